"""Which study a report makes where nobody has written a plan."""

from __future__ import annotations

import pandas as pd

from stepmark.annotate import Guide
from stepmark.corpus import Corpus, Outcome
from stepmark.errors import PlanError
from stepmark.study import Plan

__all__ = ["FEWEST_ANSWERS", "plan_for"]

#: An outcome is studied where so many answered, and at least so many of them at the rarer end of a yes or no.
FEWEST_ANSWERS, FEWEST_AT_AN_END = 100, 15


def plan_for(corpus: Corpus, table: pd.DataFrame, guide: Guide) -> Plan | None:
    """The default plan (`Plan.default`) for those outcomes of a corpus that can be studied.

    Parameters
    ----------
    corpus
        Whose outcomes are studied, in its order; those with fewer than 100 answers, or with nearly all answers alike, are
        not.
    table
        Its measures.
    guide
        With which it was measured.

    Returns
    -------
    Plan or None
        None where there is no outcome, or no step, to study.
    """
    outcomes = [outcome for outcome in corpus.outcomes if _enough(table, outcome)]
    try:
        return Plan.default(table, guide, outcomes)
    except PlanError:
        return None


def _enough(table: pd.DataFrame, outcome: Outcome) -> bool:
    """Whether enough answered, and not all the same."""
    answers = table[outcome.name].dropna()
    if len(answers) < FEWEST_ANSWERS:
        return False
    if outcome.kind == "binary":
        return bool(min(answers.eq(1).sum(), answers.eq(0).sum()) >= FEWEST_AT_AN_END)
    return len(answers.unique()) > 1
