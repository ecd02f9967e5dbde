"""Which stratum each turn or interaction falls into, by what the rules mark in it."""

from __future__ import annotations

import pandas as pd

from stepmark.corpus import Corpus
from stepmark.review.draw import Unit

__all__ = ["strata_by_rules", "strata_by_step"]


def strata_by_rules(
    corpus: Corpus, spans: pd.DataFrame, *, step: str | None = None, unit: Unit = "turn"
) -> pd.Series:
    """`hit` where the rules mark the step (any step where None) in the unit, else `none`; indexed by unit."""
    marked = spans if step is None else spans[spans["step"] == step]
    index = _index(corpus.turns, unit)
    return pd.Series("none", index=index).where(~index.isin(_index(marked, unit)), "hit").rename("stratum")


def strata_by_step(corpus: Corpus, spans: pd.DataFrame, *, unit: Unit = "turn") -> pd.Series:
    """The rarest step that the rules mark in the unit, else `none`; indexed by unit.

    Rare steps come first, so that a sample with equal numbers a stratum holds enough of each.
    """
    keys = _keys(unit)
    marked = spans[[*keys, "step"]].drop_duplicates()
    frequency = marked["step"].value_counts()
    ranked = marked.assign(n=marked["step"].map(frequency)).sort_values(["n", "step"], kind="stable")
    rarest = ranked.drop_duplicates(keys).set_index(keys)["step"]
    return rarest.reindex(_index(corpus.turns, unit)).fillna("none").rename("stratum")


def _keys(unit: Unit) -> list[str]:
    return ["interaction_id"] if unit == "interaction" else ["interaction_id", "turn"]


def _index(table: pd.DataFrame, unit: Unit) -> pd.Index:
    keys = table[_keys(unit)].drop_duplicates()
    return pd.Index(keys["interaction_id"]) if unit == "interaction" else pd.MultiIndex.from_frame(keys)
