"""Which study a report makes where nobody has written a plan."""

from __future__ import annotations

import pandas as pd

from stepmark.annotate import Guide
from stepmark.corpus import Corpus, Outcome
from stepmark.errors import PlanError
from stepmark.study import Plan

__all__ = ["FEWEST_ANSWERS", "plan_for", "too_little"]

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
    outcomes = [outcome for outcome in corpus.outcomes if not _lacks(table[outcome.name].dropna(), outcome)]
    try:
        return Plan.default(table, guide, outcomes)
    except PlanError:
        return None


def too_little(corpus: Corpus, table: pd.DataFrame) -> list[str]:
    """Why outcomes of a corpus cannot be studied, in words, one reason each; those that can be are not among them."""
    reasons = {outcome: _lacks(table[outcome.name].dropna(), outcome) for outcome in corpus.outcomes}
    return [f"{outcome.title} has {lacks}" for outcome, lacks in reasons.items() if lacks]


def _lacks(answers: pd.Series, outcome: Outcome) -> str:
    """What is too few about the answers; empty where they are enough, and not all the same."""
    if len(answers) < FEWEST_ANSWERS:
        return f"{_answers(len(answers))}, and it takes {FEWEST_ANSWERS}"
    if len(answers.unique()) == 1:
        return f"{_answers(len(answers))}, all of them {answers.iloc[0]:g}"
    rarer = min(answers.eq(1).sum(), answers.eq(0).sum())
    if outcome.kind == "binary" and rarer < FEWEST_AT_AN_END:
        return f"{_answers(len(answers))}, of which {rarer:,} are unlike the others, and it takes {FEWEST_AT_AN_END}"
    return ""


def _answers(n: int) -> str:
    return f"{n:,} answer" if n == 1 else f"{n:,} answers"
