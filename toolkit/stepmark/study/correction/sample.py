"""Which interactions were coded by hand, with which chance, and whether they can carry a correction."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from stepmark.errors import Fault, PlanError
from stepmark.study.columns import check_columns, column_numbers, some
from stepmark.study.entries import StepPlan
from stepmark.study.families import Array
from stepmark.study.models import Model
from stepmark.study.outcomes import outcome_numbers
from stepmark.study.sections import CorrectionPlan
from stepmark.study.statements import Statements
from stepmark.study.terms import Term, step_term

__all__ = ["FEWEST_POSITIVES", "HandSample", "hand_sample", "machine_step"]

#: With fewer hand-coded interactions with (or without) a step there is no corrected estimate for it.
FEWEST_POSITIVES = 20


@dataclass(frozen=True, eq=False)
class HandSample:
    """The hand-coded among the interactions of a model.

    Attributes
    ----------
    drawn
        Which of the model's n interactions were coded by hand, shape (n,), boolean.
    probability
        The chance with which each was drawn, shape (n,); missing for others where it is not known.
    terms
        The hand-coded term of each step that is corrected, over the model's interactions; what stands at those not
        coded by hand is never read.
    outcome
        The hand-coded outcome as the model takes it, shape (n,), where the model's own is machine-coded; else None.
    """

    drawn: np.ndarray
    probability: Array
    terms: dict[str, Term]
    outcome: Array | None = None

    @property
    def rows(self) -> np.ndarray:
        """Positions of the hand-coded interactions."""
        return np.flatnonzero(self.drawn)

    @property
    def weights(self) -> Array:
        """1/probability of the hand-coded."""
        return 1 / self.probability[self.drawn]


def machine_step(step: StepPlan, correction: CorrectionPlan | None) -> StepPlan:
    """The step as the machine coded it, where the plan names its column by a template."""
    if correction is None or not correction.machine or step.column is not None:
        return step
    return step.model_copy(update={"column": correction.machine.format(step=step.name)})


def hand_sample(table: pd.DataFrame, model: Model, statements: Statements) -> HandSample | None:
    """The hand-coded interactions of a model; None, with a statement, where they cannot carry a correction.

    Raises
    ------
    PlanError
        Where the table lacks the columns that the plan's `[correction]` names, or a probability is not above 0 and at
        most 1.
    """
    plan = model.plan.correction
    assert plan is not None
    wanted = {
        step.name: step.model_copy(update={"column": plan.hand.format(step=step.name)})
        for step in model.plan.steps
        if any(term.name == step.name for term in model.design.terms)
    }
    check_columns(
        table,
        [
            ("correction, drawn", plan.drawn),
            ("correction, probability", plan.probability),
            *(("correction, hand", str(step.column)) for step in wanted.values()),
            *([("correction, hand_outcome", plan.hand_outcome)] if plan.hand_outcome else []),
        ],
    )
    rows = model.sample.rows
    drawn = column_numbers(table, plan.drawn, "correction, drawn")[rows] == 1
    probability = column_numbers(table, plan.probability, "correction, probability")[rows]
    terms = {name: step_term(table, step).take(rows) for name, step in wanted.items()}
    terms = {name: _like(term, model.design.term(name)) for name, term in terms.items()}
    drawn &= np.all([np.isfinite(term.block).all(axis=1) for term in terms.values()], axis=0)
    outcome = None
    if plan.hand_outcome:
        outcome = _hand_outcome(
            column_numbers(table, plan.hand_outcome, "correction, hand_outcome")[rows], model
        )
        drawn &= np.isfinite(outcome)
    _check_probability(probability[drawn], plan)
    found = HandSample(drawn, probability, terms, outcome)
    return found if _carries(found, model, statements) else None


def _like(term: Term, machine: Term) -> Term:
    """The hand-coded term with the machine's contrasts, so that both answer the same question."""
    return replace(term, labels=machine.labels, contrasts=machine.contrasts)


def _hand_outcome(values: Array, model: Model) -> Array:
    """The hand-coded outcome as the model takes it: level codes, 0/1 or numbers; NaN where missing."""
    known, levels = np.isfinite(values), _levels(model)
    if levels is None:
        count = model.sample.outcome.kind == "count"
        strange = values[known & ((values < 0) | (values != np.round(values)))] if count else values[:0]
        expected = "whole numbers of 0 or more, as the machine-coded outcome has"
    else:
        strange = np.setdiff1d(values[known], levels)
        expected = f"the levels {', '.join(f'{level:g}' for level in levels)} of the machine-coded outcome"
    if len(strange):
        raise PlanError(
            Fault("plan, correction, hand_outcome", f"values {some(np.unique(strange))}", expected)
        )
    if levels is None:
        return values
    return np.where(known, np.searchsorted(levels, np.where(known, values, levels[0])), np.nan)


def _levels(model: Model) -> Array | None:
    """The values that the model has codes for, in their order; None where it takes the numbers themselves."""
    outcome = model.sample.outcome
    if outcome.kind == "binary":
        return np.unique(outcome_numbers(model.sample.table, outcome))
    return np.asarray(outcome.levels) if outcome.model in ("proportional_odds", "ordinal_probit") else None


def _check_probability(probability: Array, plan: CorrectionPlan) -> None:
    bad = ~((probability > 0) & (probability <= 1))
    if bad.any():
        raise PlanError(
            Fault(
                f"plan, correction, probability {plan.probability!r}",
                f"{int(bad.sum())} hand-coded interactions have no chance above 0 and at most 1",
                "the chance with which each hand-coded interaction was drawn",
                "Take it from the codes that the coding session wrote.",
            )
        )


def _carries(sample: HandSample, model: Model, statements: Statements) -> bool:
    outcome = model.sample.outcome.name
    count = len(sample.rows)
    if count < 2 * FEWEST_POSITIVES:
        statements.say(
            "coding",
            "refused",
            f"Only {count} hand-coded interactions have an answer for {outcome}: too few to correct anything.",
            outcome=outcome,
            hand_coded=count,
        )
        return False
    audited = _audited(sample, model)
    if audited:
        statements.say(
            "coding",
            "refused",
            f"Every hand-coded interaction is one in which the rules saw {audited}: that is an audit of precision, not a "
            "sample. What the rules missed cannot be learned from it, so nothing is corrected. Draw interactions "
            "without looking at the rules, or by strata that include those without a mark.",
            outcome=outcome,
            about=audited,
        )
        return False
    return True


def _audited(sample: HandSample, model: Model) -> str:
    """A step that the machine saw in all hand-coded interactions but not in nearly all others."""
    for name in sample.terms:
        column = model.design.term(name).block[:, 0]
        if (column[sample.drawn] > 0).all() and (column > 0).mean() < 0.9:
            return name
    return ""
