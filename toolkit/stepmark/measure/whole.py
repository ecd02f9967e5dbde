"""What the interaction was like as a whole: length, pace, share of talk, interruptions.

Taken from speakers and times, never from words; that a burst shows anger comes from the marks.
"""

from __future__ import annotations

import pandas as pd

__all__ = ["interruption_columns", "pace_columns", "talk_columns", "timed"]

Columns = dict[str, pd.Series]


def talk_columns(turns: pd.DataFrame, n_interactions: int) -> Columns:
    """How many turns and words each party had, and the agent's share of the talk."""
    index = range(n_interactions)
    by = {who: turns[turns["speaker"].eq(who)].groupby("row") for who in ("agent", "customer")}
    words = {who: group["n_words"].sum().reindex(index, fill_value=0) for who, group in by.items()}
    share, unit = _share(turns, words, n_interactions)
    return {
        "n_turns": turns.groupby("row").size().reindex(index, fill_value=0),
        "n_agent_turns": by["agent"].size().reindex(index, fill_value=0),
        "n_customer_turns": by["customer"].size().reindex(index, fill_value=0),
        "talk_share": share,
        "talk_share_by": unit,
        "n_words_agent": words["agent"],
        "n_words_customer": words["customer"],
    }


def _share(
    turns: pd.DataFrame, words: dict[str, pd.Series], n_interactions: int
) -> tuple[pd.Series, pd.Series]:
    """The agent's share of speaking time where all of it is known, else of words; and which of the two."""
    spoken = turns[turns["speaker"].isin(["agent", "customer"])]
    seconds = (spoken["end_s"] - spoken["start_s"]).clip(lower=0)
    grouped = pd.DataFrame(
        {
            "all": seconds,
            "agent": seconds.where(spoken["speaker"].eq("agent"), 0.0),
            "unknown": seconds.isna(),
        }
    ).groupby(spoken["row"])
    sums = grouped.sum().reindex(range(n_interactions), fill_value=0)
    by_time = (sums["unknown"] == 0) & (sums["all"] > 0)
    n_words = words["agent"] + words["customer"]
    by_words = (words["agent"] / n_words).where(n_words > 0)
    share = (sums["agent"] / sums["all"]).where(by_time, by_words)
    unit = pd.Series("words", index=share.index, dtype="str").where(~by_time, "time")
    return share, unit.where(share.notna())


def timed(turns: pd.DataFrame, n_interactions: int) -> pd.Series:
    """Whether the starts of two or more turns are known, one value an interaction."""
    return turns.groupby("row")["start_s"].count().reindex(range(n_interactions), fill_value=0) >= 2


def pace_columns(
    turns: pd.DataFrame, answered: pd.DataFrame, angry: pd.DataFrame, n_interactions: int
) -> Columns:
    """How long it took, how long the customer waited, and the longest silence; all in seconds.

    Parameters
    ----------
    turns
        As `stepmark.measure.talk` returns them.
    answered
        As `stepmark.measure.replies` returns them.
    angry
        The customer turns that show `anger`, with `row` and `turn`.
    n_interactions
        Rows of the table.
    """
    index = range(n_interactions)
    waited = answered.groupby("row")["response_time_s"]
    under_fire = _replies_to(answered, angry).groupby("row")["response_time_s"]
    columns = {
        "duration_s": _duration(turns),
        "response_time_first_s": answered.drop_duplicates("row").set_index("row")["response_time_s"],
        "response_time_median_s": waited.median(),
        "response_time_max_s": waited.max(),
        "response_time_after_anger_s": under_fire.median(),
        "pause_max_s": _pauses(turns).groupby(turns["row"]).max(),
    }
    return {name: values.reindex(index) for name, values in columns.items()}


def _replies_to(answered: pd.DataFrame, marked: pd.DataFrame) -> pd.DataFrame:
    """The replies to bursts of which any turn is marked."""
    pairs = answered.reset_index().merge(
        marked[["row", "turn"]].rename(columns={"turn": "marked_turn"}), on="row"
    )
    inside = pairs["marked_turn"].between(pairs["burst"], pairs["heard"])
    return answered.loc[pairs.loc[inside, "index"].unique()]


def _duration(turns: pd.DataFrame) -> pd.Series:
    """From the first known moment to the last; missing where fewer than two moments are known."""
    grouped = turns.groupby("row")
    moments = grouped["start_s"].count() + grouped["end_s"].count()
    lasted = grouped[["start_s", "until_s"]].max().max(axis=1) - grouped[["start_s", "until_s"]].min().min(
        axis=1
    )
    return lasted.where(moments >= 2)


def _pauses(turns: pd.DataFrame) -> pd.Series:
    """The silence before each turn: from the latest end so far to its start, 0 where they overlap."""
    silent_from = turns.groupby("row")["until_s"].cummax().groupby(turns["row"]).shift()
    return (turns["start_s"] - silent_from).clip(lower=0)


def interruption_columns(turns: pd.DataFrame, n_interactions: int) -> Columns:
    """In how many turns the agent starts before the end of the customer's turn just before it.

    Missing where for no agent turn both times are known.
    """
    spoken = turns[turns["speaker"].isin(["agent", "customer"])]
    before = spoken.groupby("row")[["speaker", "end_s"]].shift()
    follows = spoken["speaker"].eq("agent") & before["speaker"].eq("customer")
    known = follows & spoken["start_s"].notna() & before["end_s"].notna()
    cut = known & (spoken["start_s"] < before["end_s"])
    sums = pd.DataFrame({"known": known, "cut": cut}).groupby(spoken["row"]).sum()
    sums = sums.reindex(range(n_interactions), fill_value=0)
    return {"n_interruptions": sums["cut"].astype("Int64").where(sums["known"] > 0)}
