"""The world of a planned study: what the plan assumes, and for the rest what its pilot tells.

A pilot whose interactions were in part coded by hand also tells how well the rules read the step, how often it is truly used,
and by how much the rules make the hand-coded sample seem larger.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from stepmark.errors import Fault, PlanError
from stepmark.study.columns import check_columns, column_numbers
from stepmark.study.correction.sample import FEWEST_POSITIVES, machine_step
from stepmark.study.entries import OutcomePlan, StepPlan
from stepmark.study.families import Array, Linear
from stepmark.study.newton import fit
from stepmark.study.plan import Plan
from stepmark.study.power.assumptions import Assumptions
from stepmark.study.sample import DEFAULT_CLUSTER
from stepmark.study.sections import CorrectionPlan
from stepmark.study.terms import control_term, step_term

__all__ = ["assumptions_of"]

#: What hand codes tell; each may be given in the plan instead.
OF_THE_RULES = ("sensitivity", "specificity", "gain")
#: No rules are taken to add more than this to the hand-coded sample.
LARGEST_GAIN = 20.0


def assumptions_of(
    plan: Plan, step: StepPlan, outcome: OutcomePlan, binary: bool, pilot: pd.DataFrame | None
) -> tuple[Assumptions, str]:
    """The world of a plan with a section `power`, and what was learned from hand codes, in words (empty without any).

    What the plan gives counts more than the pilot.

    Raises
    ------
    PlanError
        Where neither tells how much the outcome varies, or the hand codes are too few to tell what the plan leaves open.
    """
    asked = plan.power
    assert asked is not None
    given = {
        field.name: getattr(asked, field.name)
        for field in fields(Assumptions)
        if getattr(asked, field.name) is not None
    }
    if binary and asked.outcome_share is not None:
        given.setdefault("outcome_sd", 100 * float(np.sqrt(asked.outcome_share * (1 - asked.outcome_share))))
    if pilot is not None:
        return _from_pilot(plan, step, outcome, binary, pilot, given)
    if "outcome_sd" not in given:
        wanted = (
            "outcome_share (the share of 1)"
            if binary
            else "outcome_sd (the standard deviation of the outcome)"
        )
        raise PlanError(
            Fault("plan, power", "nothing of how much the outcome varies", f"{wanted}, or a pilot")
        )
    return Assumptions(**given), ""


def _from_pilot(
    plan: Plan,
    step: StepPlan,
    outcome: OutcomePlan,
    binary: bool,
    pilot: pd.DataFrame,
    given: dict[str, float],
) -> tuple[Assumptions, str]:
    agent = plan.cluster or DEFAULT_CLUSTER
    check_columns(pilot, [("power, pilot", outcome.name), ("power, pilot", agent)])
    used = _used(pilot, machine_step(step, plan.correction))
    answers = column_numbers(pilot, outcome.name, "power, pilot") * (100.0 if binary else 1.0)
    Z = np.column_stack(
        [np.ones(len(pilot)), *(control_term(pilot, control).block for control in plan.controls)]
    )
    table = pd.DataFrame({"used": used, "outcome": answers, "agent": pilot[agent]})
    learned = {"explained": _explained(Z, used)}
    hand = _hand_codes(plan, step, pilot)
    if hand is None:
        return Assumptions.from_pilot(table, "used", "outcome", "agent", **learned | given), ""
    if hand.fewest < FEWEST_POSITIVES:
        _refuse_too_few(step, hand, given)
        return Assumptions.from_pilot(table, "used", "outcome", "agent", **learned | given), ""
    seen = Assumptions.from_pilot(table, "used", "outcome", "agent", **learned)
    world = _corrected(seen, hand, used) | {"gain": _gain(hand, used, answers, Z)}
    return Assumptions(**seen.__dict__ | world | given), _told(step, hand, world, given)


def _used(table: pd.DataFrame, step: StepPlan) -> Array:
    """Whether the step was used, 0/1; NaN where not known."""
    used = step_term(table, step).block[:, 0]
    if not np.isin(used[np.isfinite(used)], (0.0, 1.0)).all():
        raise PlanError(
            Fault(f"plan, power, step {step.name!r}", "a number in the pilot", "a step used or not, 0/1")
        )
    return used


def _explained(Z: Array, used: Array) -> float:
    """The adjusted share of the step's variance that the controls explain in the pilot, 0 to 0.95."""
    known = np.isfinite(Z).all(axis=1) & np.isfinite(used)
    X, x = Z[known], used[known]
    if X.shape[1] == 1 or len(x) <= X.shape[1] + 1 or x.var() == 0:
        return 0.0
    left = x - X @ np.linalg.lstsq(X, x, rcond=None)[0]
    rank = np.linalg.matrix_rank(X)
    return float(np.clip(1 - (left @ left / (len(x) - rank)) / x.var(ddof=1), 0.0, 0.95))


@dataclass(frozen=True, eq=False)
class _HandCodes:
    """The hand codes of a step: 0/1, NaN where none, and the chance of each interaction to be drawn, shape (n,)."""

    used: Array
    probability: Array

    @property
    def known(self) -> np.ndarray:
        """Which interactions were coded by hand."""
        return np.isfinite(self.used)

    @property
    def fewest(self) -> int:
        """How many of them are of the rarer kind, with or without the step."""
        positives = int(np.nansum(self.used))
        return min(positives, int(self.known.sum()) - positives)

    def mean(self, values: Array, among: np.ndarray) -> float:
        """The mean of `values` in all interactions like those of `among` that were coded by hand."""
        rows = among & self.known
        return float(np.average(values[rows], weights=1 / self.probability[rows]))


def _hand_codes(plan: Plan, step: StepPlan, pilot: pd.DataFrame) -> _HandCodes | None:
    """The pilot's hand codes, as the plan's `[correction]` names them; None where it has none."""
    names = plan.correction or CorrectionPlan()
    column = names.hand.format(step=step.name)
    if column not in pilot:
        return None
    used = _used(pilot, step.model_copy(update={"column": column}))
    probability = np.full(len(pilot), np.isfinite(used).mean())
    if names.probability in pilot:
        probability = column_numbers(pilot, names.probability, "correction, probability")
        used = np.where((probability > 0) & (probability <= 1), used, np.nan)
    return _HandCodes(used, probability)


def _refuse_too_few(step: StepPlan, hand: _HandCodes, given: dict[str, float]) -> None:
    """The rules are not taken for perfect where hand codes are too few to tell, unless the plan says what they are."""
    if missing := [name for name in OF_THE_RULES if name not in given]:
        raise PlanError(
            Fault(
                "plan, power, pilot",
                f"{hand.fewest} hand-coded interactions with or without {step.name}",
                f"{FEWEST_POSITIVES} or more of each",
                f"Code more, or write {', '.join(missing)} into [power].",
            )
        )


def _corrected(seen: Assumptions, hand: _HandCodes, machine: Array) -> dict[str, float]:
    """What the hand codes say of rules and step.

    Errors of the rules that depend on nothing else shrink what agents and controls explain of the step's variance by
    ``(sensitivity + specificity - 1)^2 p (1 - p) / (p^ (1 - p^))``, with p^ the share in which the rules see it.
    """
    known = np.isfinite(machine)
    sensitivity = hand.mean(machine, known & (hand.used == 1))
    specificity = hand.mean(1 - machine, known & (hand.used == 0))
    p, coded = hand.mean(hand.used, known), seen.prevalence
    kept = max(sensitivity + specificity - 1, 0.0) ** 2 * p * (1 - p) / max(coded * (1 - coded), 1e-12)
    found = {"sensitivity": sensitivity, "specificity": specificity, "prevalence": p}
    if kept > 0:
        found |= {"icc_step": min(seen.icc_step / kept, 1.0), "explained": min(seen.explained / kept, 0.95)}
    return found


def _gain(hand: _HandCodes, machine: Array, answers: Array, Z: Array) -> float:
    """By how much the rules make the hand-coded sample seem larger, in a corpus much larger than it.

    ``1 / (1 - rho^2)`` with rho the correlation of the influence functions of the step's coefficient from hand codes and from
    rule codes, in linear models of the hand-coded interactions: the variance that predict-then-debias with its best
    tuning leaves (Angelopoulos, Duchi & Zrnic 2023, PPI++; for coefficients Kluger et al. 2025).
    """
    rows = hand.known & np.isfinite(machine) & np.isfinite(answers) & np.isfinite(Z).all(axis=1)
    weights = 1 / hand.probability[rows]
    influences: list[Array] = []
    for codes in (hand.used, machine):
        X = np.column_stack([codes[rows], Z[rows]])
        if rows.sum() <= 2 * X.shape[1] or np.linalg.matrix_rank(X) < X.shape[1]:
            return 1.0
        influences.append(fit(Linear(), X, answers[rows], weights=weights).influence()[:, 0])
    rho = float(np.corrcoef(influences[0], influences[1])[0, 1])
    return float(min(1 / max(1 - max(rho, 0.0) ** 2, 1e-12), LARGEST_GAIN))


def _told(step: StepPlan, hand: _HandCodes, world: dict[str, float], given: dict[str, float]) -> str:
    learned = [f"{name} {world[name]:.2f}" for name in OF_THE_RULES if name not in given]
    if not learned:
        return ""
    return f"Learned from {int(hand.known.sum()):,} hand-coded interactions of the pilot: {', '.join(learned)} for {step.name}."
