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
from stepmark.study.crossproducts import CrossProducts
from stepmark.study.effects import TIME_ORDERED
from stepmark.study.families import Array
from stepmark.study.further import Further
from stepmark.study.jackknife import SingularError
from stepmark.study.models import Model
from stepmark.study.multiplicity import adjust_p_values
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
    by_step = list(arms_by_step(model))
    pool = _Pool(by_step, _closing(table, model)) if by_step else None
    for term, arms in by_step:
        rows = [] if pool is None else [*_earlier(arms, pool), *_later(arms, pool)]
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


class _Pool:
    """All columns that the controls of one model are about, with their cross-products: the checks are many, the columns few.

    What was known before comes first (the steps of a model share it), then each step, each closing step, and the score.
    """

    def __init__(self, by_step: list[tuple[Term, Arms]], closing: dict[str, Array]) -> None:
        first = by_step[0][1]
        self.known = list(range(first.Z.shape[1]))
        self.step = {term.name: len(self.known) + place for place, (term, _) in enumerate(by_step)}
        self.closing = {name: len(self.known) + len(self.step) + place for place, name in enumerate(closing)}
        self.score = len(self.known) + len(self.step) + len(self.closing)
        columns = [first.Z, *(arms.treated for _, arms in by_step), *closing.values(), first.score]
        self.products = CrossProducts(np.column_stack(columns), first.weights, first.clusters)

    def tested(self, y: int, on: list[int], kind: str, control: str) -> Iterator[dict[str, object]]:
        """The last of the columns `on` in a linear model of column `y`; nothing where a single agent knows it."""
        try:
            estimate, error = self.products.slope(y, on)
        except SingularError:
            return
        df = self.products.clusters.count - 1
        yield {
            "kind": kind,
            "control": control,
            "estimate": estimate,
            "std_error": error,
            "p_value": float(2 * stats.t.sf(abs(estimate / error), df)) if error > 0 else 1.0,
        }


def _closing(table: pd.DataFrame, model: Model) -> dict[str, Array]:
    """The closing steps that the table has complete and that vary, as 0/1."""
    found = {}
    for step in model.plan.closing_steps:
        column = f"{step}_used"
        if column not in table.columns:
            continue
        values = column_numbers(table, column, "sensitivity, a closing step")[model.sample.rows]
        if np.isfinite(values).all() and np.ptp(values) > 0:
            found[step] = values
    return found


def _earlier(arms: Arms, pool: _Pool) -> Iterator[dict[str, object]]:
    """What was there before the step, explained by the step given everything else that was there."""
    for place, name in enumerate(arms.names, start=1):
        if "[" in name:  # one level of a factor is a description, not a state
            continue
        others = [known for known in pool.known if known != place]
        yield from pool.tested(place, [*others, pool.step[arms.step]], "earlier state", name)


def _later(arms: Arms, pool: _Pool) -> Iterator[dict[str, object]]:
    """Closing steps, which cannot cause the outcome, explaining it given the step and what was there before."""
    for step, place in pool.closing.items():
        on = [*pool.known, pool.step[arms.step], place]
        if pool.products.identified(on):
            yield from pool.tested(pool.score, on, "later step", step)


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
