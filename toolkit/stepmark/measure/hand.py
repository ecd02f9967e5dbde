"""What people coded, beside what the rules saw: columns of hand codes for interactions that were coded whole."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from stepmark.annotate import coded_whole
from stepmark.errors import Fault, InputError

__all__ = ["hand_coded", "hand_columns"]

#: The layer that adjudication writes; taken where no coder is named.
GOLD = "gold"


def hand_coded(
    table: pd.DataFrame, codes: pd.DataFrame, turns: pd.DataFrame, *, coder: str | None = None
) -> pd.DataFrame:
    """The table with what people coded, for studies that correct the rules by it.

    A correction needs whole interactions: "used at least once" is known only where every agent turn was coded. Interactions
    of which only some turns were coded count as not coded. Codes that hold nothing but `yes` with probability 1
    throughout stand for a corpus that was coded whole.

    Parameters
    ----------
    table
        One row an interaction, as `measure` gives it.
    codes
        Columns as in `stepmark.corpus.tables.CODES`.
    turns
        The turns of the corpus.
    coder
        Whose codes; the layer `gold` where none is named, or the only coder.

    Returns
    -------
    DataFrame
        A copy with `S_gold` (0/1, missing where not coded) for every step S that has a column `S_used`, `coded` (0/1) and
        `coding_probability` (the chance with which the interaction was drawn; missing where not coded).

    Raises
    ------
    InputError
        Where several coders coded and none is named, the coder is unknown, or an interaction has several probabilities.

    Examples
    --------
    >>> table = pd.DataFrame({"interaction_id": ["a", "b"], "apologize_used": [True, True]})
    >>> turns = pd.DataFrame({"interaction_id": ["a", "b"], "turn": [0, 0], "speaker": "agent"})
    >>> codes = pd.DataFrame({"interaction_id": ["a"], "turn": [0], "step": ["apologize"], "coder": ["kim"],
    ...                       "decision": ["no"], "probability": [0.5]})
    >>> hand_coded(table, codes, turns)[["apologize_gold", "coded", "coding_probability"]].iloc[0].tolist()
    [0.0, 1.0, 0.5]
    """
    own = _of_coder(codes, coder)
    chances = _chances(own)
    whole = _whole(own, turns, table["interaction_id"])
    ids = table["interaction_id"]
    is_coded = ids.isin(whole)
    yes = own[own["decision"] == "yes"]
    columns: dict[str, pd.Series] = {}
    for name in table.columns:
        if not name.endswith("_used"):
            continue
        step = name.removesuffix("_used")
        used = ids.isin(yes.loc[yes["step"] == step, "interaction_id"])
        columns[f"{step}_gold"] = used.astype(float).where(is_coded)
    probability = ids.map(chances).astype(float).fillna(1.0).where(is_coded)
    return table.assign(**columns, coded=is_coded.astype(int), coding_probability=probability)


def hand_columns(names: Iterable[str]) -> list[str]:
    """The columns that `hand_coded` adds to a table with columns of these names."""
    steps = (name.removesuffix("_used") for name in names if name.endswith("_used"))
    return [*(f"{step}_gold" for step in steps), "coded", "coding_probability"]


def _of_coder(codes: pd.DataFrame, coder: str | None) -> pd.DataFrame:
    coders = sorted(codes["coder"].unique())
    chosen = coder or (GOLD if GOLD in coders else coders[0] if len(coders) == 1 else None)
    if chosen is None or chosen not in coders:
        found = f"coder {coder!r}" if coder else f"codes of {len(coders)} coders"
        raise InputError(
            Fault(
                "codes",
                found,
                f"one of {', '.join(coders)}",
                "Name one, or adjudicate first; the result is the layer 'gold'.",
            )
        )
    return codes[codes["coder"] == chosen]


def _chances(own: pd.DataFrame) -> pd.Series:
    """The chance with which each interaction was drawn; 1 where the codes do not say."""
    if "probability" not in own:
        return pd.Series(dtype=float)
    by_interaction = own.groupby("interaction_id")["probability"]
    mixed = by_interaction.max() > by_interaction.min()
    if mixed.any():
        first = mixed.index[mixed][0]
        raise InputError(
            Fault(
                f"codes, interaction {first!r}",
                "several probabilities of being drawn",
                "one for the whole interaction",
                "Draw whole interactions for codes that are to correct a study.",
            )
        )
    return by_interaction.first().dropna()


def _whole(own: pd.DataFrame, turns: pd.DataFrame, ids: pd.Series) -> pd.Series:
    """The interactions all of whose agent turns were coded."""
    if coded_whole(own):
        return ids
    agent = turns.loc[turns["speaker"] == "agent", ["interaction_id", "turn"]]
    seen = own[["interaction_id", "turn"]].drop_duplicates()
    merged = agent.merge(seen, how="left", on=["interaction_id", "turn"], indicator=True)
    complete = merged["_merge"].eq("both").groupby(merged["interaction_id"]).all()
    return pd.Series(complete.index[complete])
