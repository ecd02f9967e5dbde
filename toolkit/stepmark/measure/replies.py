"""How long the customer waited: the agent's replies, one by one.

A customer often sends several messages before the agent answers, and an agent several in a row. The clock of a reply
therefore starts when the customer's burst ends, and an agent's second turn in a row answers nobody.
"""

from __future__ import annotations

import pandas as pd

__all__ = ["replies"]


def replies(turns: pd.DataFrame) -> pd.DataFrame:
    """The agent's replies to the customer's bursts.

    A burst is a run of customer turns with no agent turn between; turns of other parties neither end it nor answer
    it. The response time runs from the end of the burst's last turn (its start where the end is unknown) to the start
    of the agent's next turn. It is 0 where the agent starts before the customer has finished, and missing where a
    time is unknown or the agent's turn is stamped before the burst's last turn began.

    Parameters
    ----------
    turns
        As `stepmark.measure.talk` returns them.

    Returns
    -------
    DataFrame
        One row a reply, in order: `row`, `interaction_id`, `burst` (turn with which the burst began), `heard` (the
        burst's last turn), `turn` (the agent's), `response_time_s`.
    """
    spoken = turns[turns["speaker"].isin(["agent", "customer"])]
    grouped = spoken.groupby("row", sort=False)
    before = grouped[["speaker", "turn", "start_s", "until_s"]].shift()
    opens = spoken["speaker"].eq("customer") & before["speaker"].ne("customer")
    burst = spoken["turn"].where(opens).groupby(spoken["row"]).ffill()
    answers = spoken["speaker"].eq("agent") & before["speaker"].eq("customer")
    waited = (spoken["start_s"] - before["until_s"]).clip(lower=0)
    waited = waited.where(spoken["start_s"] >= before["start_s"])
    table = pd.DataFrame(
        {
            "row": spoken["row"],
            "interaction_id": spoken["interaction_id"],
            "burst": burst,
            "heard": before["turn"],
            "turn": spoken["turn"],
            "response_time_s": waited,
        }
    )[answers]
    return table.astype({"burst": "int64", "heard": "int64"}).reset_index(drop=True)
