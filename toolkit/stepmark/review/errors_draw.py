"""Where guide and people differ, as a draw: to look again, the turns at hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from stepmark.annotate import Guide, guide_errors
from stepmark.corpus import Corpus
from stepmark.review.draw import draw_listed

__all__ = ["draw_errors"]


def draw_errors(
    corpus: Corpus,
    codes: pd.DataFrame,
    guide: Guide | str | Path = "difficult-customers",
    *,
    steps: list[str] | None = None,
) -> pd.DataFrame:
    """The turns that the guide marks wrongly or misses, as a draw that a session opens.

    Parameters
    ----------
    corpus
        What was coded.
    codes
        People's codes of it.
    guide
        The guide held against them.
    steps
        Only errors of these steps; of all where None.

    Returns
    -------
    DataFrame
        As every draw (see `stepmark.review.draw`), each turn once, in the order of the corpus; the probability is missing,
        since turns picked for their errors are no sample. Empty where guide and people agree.
    """
    found = guide_errors(codes, guide, corpus=corpus)
    if steps is not None:
        found = found[found["step"].isin(steps)]
    units = found[["interaction_id", "turn"]].drop_duplicates()
    in_order = corpus.turns[["interaction_id", "turn"]].merge(
        units.astype({"interaction_id": str, "turn": "int64"}), on=["interaction_id", "turn"]
    )
    return draw_listed(corpus, in_order)
