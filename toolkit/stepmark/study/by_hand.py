"""Whether what people coded in a corpus can correct what the rules misread in it."""

from __future__ import annotations

import pandas as pd

from stepmark.corpus import Corpus
from stepmark.errors import InputError
from stepmark.measure import hand_coded
from stepmark.study.default import has_hand_sample
from stepmark.study.plan import Plan

__all__ = ["with_hand_codes"]


def with_hand_codes(
    table: pd.DataFrame, corpus: Corpus, plan: Plan | None = None
) -> tuple[pd.DataFrame, str]:
    """The measures with what people coded beside them; and why that is no sample, where it is none.

    Parameters
    ----------
    table
        One row an interaction, as `measure` gives it.
    corpus
        The corpus, with or without codes.
    plan
        The plan that will be studied; None for the default plan.

    Returns
    -------
    tuple of DataFrame and str
        The table, with the columns of `stepmark.measure.hand_coded` where the codes can be read; and the reason why they are
        no sample of whole interactions, empty where they are or where there are none.

    Raises
    ------
    InputError
        Where the plan asks for a correction and the codes cannot give it.
    """
    if corpus.codes is None or corpus.codes.empty:
        return table, ""
    try:
        coded = hand_coded(table, corpus.codes, corpus.turns)
    except InputError as error:
        if plan is not None and plan.correction is not None:
            raise
        return table, str(error)
    if plan is None and not has_hand_sample(coded):
        return coded, "the chances with which interactions were drawn for coding do not add up to the corpus"
    return coded, ""
