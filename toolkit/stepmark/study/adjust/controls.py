"""Negative controls: associations that cannot be effects. Where they show, so may confounding elsewhere.

Lipsitch, Tchetgen Tchetgen & Cohen (2010). Two kinds run by themselves: what the customer showed before the agent could do
anything, "explained" by the step given the other things known before; and closing steps, which come after the outcome,
"explaining" it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from stepmark.study.adjust.arms import Arms, arms_by_step, binary_steps
from stepmark.study.columns import column_numbers
from stepmark.study.covariance import SingularError, covariance
from stepmark.study.effects import TIME_ORDERED
from stepmark.study.families import Array, Linear
from stepmark.study.further import Further
from stepmark.study.identify import full_rank
from stepmark.study.models import Model
from stepmark.study.multiplicity import adjust_p_values
from stepmark.study.newton import fit
from stepmark.study.statements import Statements
from stepmark.study.terms import Term

__all__ = ["negative_controls"]

LEVEL = 0.05
#: The strongest label: used before the moment that counts, agents compared with themselves, negative controls silent.
PASSED = "time-ordered, within-agent, controls passed"


def negative_controls(table: pd.DataFrame, model: Model, statements: Statements) -> Further:
    """Run the negative controls of every binary step.

    Returns
    -------
    Further
        The table `negative_controls`, one row a check: `term`, `kind` (`earlier state` or `later step`), `control` (what is
        explained, or explains), `estimate` (linear model: units of what is explained), `std_error`, `p_value`, `p_adjusted`
        (Holm, within the step), `hit` (below 0.05 after adjustment). And evidence labels: a hit takes a time-ordered
        association back to an association; silence lets a time-ordered, within-agent one pass.
    """
    wanted = model.plan.sensitivity
    if wanted is None or not wanted.negative_controls or not _speaks(model):
        return Further()
    parts = []
    evidence: dict[str, str] = {}
    for term, arms in arms_by_step(model):
        rows = [*_earlier(arms), *_later(table, model, arms)]
        if not rows:
            continue
        part = pd.DataFrame(rows)
        part["p_adjusted"] = adjust_p_values(part["p_value"].to_numpy(), "holm")
        part["hit"] = part["p_adjusted"] < LEVEL
        part.insert(0, "term", term.name)
        part.insert(0, "outcome", model.sample.outcome.name)
        parts.append(part)
        evidence |= _label(model, term, part)
        _say(model, part, statements)
    if not parts or model.handling == "within":
        return Further(evidence=evidence)
    return Further(tables={"negative_controls": pd.concat(parts, ignore_index=True)}, evidence=evidence)


def _speaks(model: Model) -> bool:
    """Whether the controls say anything of this model: a table for pooled ones, labels for time-ordered ones within agents."""
    if model.handling == "within":
        return any(term.measure in TIME_ORDERED for term in binary_steps(model))
    return model.handling == "pooled"


def _label(model: Model, term: Term, part: pd.DataFrame) -> dict[str, str]:
    """What the controls do to the label of a step whose use comes before the moment that counts."""
    if term.measure not in TIME_ORDERED:
        return {}
    if (part["hit"] & (part["kind"] == "earlier state")).any():
        return {term.name: "association"}
    return {term.name: PASSED} if model.handling == "within" else {}


def _earlier(arms: Arms) -> Iterator[dict[str, object]]:
    """What was there before the step, explained by the step given everything else that was there."""
    for place, name in enumerate(arms.names, start=1):
        if "[" in name:  # one level of a factor is a description, not a state
            continue
        others = np.delete(arms.Z, place, axis=1)
        yield from _tested(
            arms, np.column_stack([others, arms.treated]), arms.Z[:, place], "earlier state", name
        )


def _later(table: pd.DataFrame, model: Model, arms: Arms) -> Iterator[dict[str, object]]:
    """Closing steps, which cannot cause the outcome, explaining it given the step and what was there before."""
    for step in model.plan.closing_steps:
        column = f"{step}_used"
        if column not in table.columns:
            continue
        values = column_numbers(table, column, "sensitivity, a closing step")[model.sample.rows]
        if not np.isfinite(values).all() or np.ptp(values) == 0:
            continue
        X = np.column_stack([arms.Z, arms.treated, values])
        if full_rank(X):
            yield from _tested(arms, X, arms.score, "later step", step)


def _tested(arms: Arms, X: Array, y: Array, kind: str, control: str) -> Iterator[dict[str, object]]:
    """The last column of `X` in a linear model of `y`."""
    one = fit(Linear(), X, y, weights=arms.weights)
    try:
        spread = covariance(one, arms.clusters if arms.clusters.count > 1 else None, "cv3l")
    except (SingularError, ValueError):
        return
    estimate, error = float(one.params[-1]), float(spread.std_error[-1])
    yield {
        "kind": kind,
        "control": control,
        "estimate": estimate,
        "std_error": error,
        "p_value": float(2 * stats.t.sf(abs(estimate / error), spread.df)) if error > 0 else 1.0,
    }


def _say(model: Model, part: pd.DataFrame, statements: Statements) -> None:
    hits = part[part["hit"] & (part["kind"] == "earlier state")]
    if hits.empty:
        return
    term = part["term"].iloc[0]
    statements.say(
        "negative_controls",
        "caution",
        f"{term} goes with {', '.join(hits['control'])}, which came before it and which it cannot have caused: it is "
        "chosen by how difficult the conversation is, so what was not measured may be at work too.",
        outcome=model.sample.outcome.name,
        about=str(term),
        controls=list(hits["control"]),
    )
