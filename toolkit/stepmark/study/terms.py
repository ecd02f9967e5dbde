"""How a step or a control becomes columns of numbers, and which effect of it is reported."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from stepmark.errors import Fault, PlanError
from stepmark.study.columns import check_columns, column_numbers
from stepmark.study.entries import ControlPlan, StepPlan
from stepmark.study.families import Array

__all__ = ["Contrast", "Term", "control_term", "step_term"]

#: More levels than this in a column of words, and it is probably an identifier.
MOST_LEVELS = 60


@dataclass(frozen=True, eq=False)
class Contrast:
    """One effect of a term: the prediction with its columns at `high` minus that at `low`.

    Attributes
    ----------
    label
        What is compared, e.g. `used - not used`.
    low, high
        Values of the term's m columns, shape (m,).
    kind
        `set`: the columns take these values in every interaction; `shift`: these are added to what was observed;
        `slope`: the derivative along `high`.
    among
        Only these rows are averaged over, shape (n,); all where None.
    """

    label: str
    low: Array
    high: Array
    kind: Literal["set", "shift", "slope"] = "set"
    among: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Term:
    """A step, control or agent mean, as columns.

    Attributes
    ----------
    name
        The step's id or the control's column.
    role
        `step`, `control` or `agent_mean`.
    measure
        How it enters: `used`, `count` … for steps; `value` or `factor` for controls.
    labels
        The names of its m columns.
    block
        Their values, shape (n, m); NaN where missing.
    contrasts
        The effects to report; empty for controls.
    missing
        Why a value is missing, where that is known: what is true of those interactions.
    binary
        Whether it is one column of 0 and 1.
    """

    name: str
    role: Literal["step", "control", "agent_mean"]
    measure: str
    labels: tuple[str, ...]
    block: Array
    contrasts: tuple[Contrast, ...] = ()
    missing: str = ""

    @property
    def binary(self) -> bool:
        """Whether it is one column of 0 and 1."""
        return self.block.shape[1] == 1 and _is_binary(self.block[:, 0])

    @property
    def uses(self) -> int:
        """In how many rows its first column is not 0."""
        return int((self.block[:, 0] != 0).sum())

    def take(self, rows: np.ndarray) -> Term:
        """The same term for these rows only."""
        among = [None if c.among is None else c.among[rows] for c in self.contrasts]
        contrasts = tuple(replace(c, among=a) for c, a in zip(self.contrasts, among, strict=True))
        return replace(self, block=self.block[rows], contrasts=contrasts)


def step_term(table: pd.DataFrame, step: StepPlan) -> Term:
    """The columns of a step, by its measure.

    Raises
    ------
    PlanError
        Where the table lacks the column, or the column does not fit the measure.
    """
    measure = step.measure or _default_measure(table, step)
    if measure == "position":
        return _position(table, step)
    if measure == "category":
        return _category(table, step)
    values = _measured(table, step, measure)
    return Term(
        name=step.name,
        role="step",
        measure=measure,
        labels=(step.name,),
        block=values[:, None],
        contrasts=(_contrast(step, measure, values),),
        missing=f"the agent has fewer than {step.within_turns} turns" if measure == "early" else "",
    )


def control_term(table: pd.DataFrame, control: ControlPlan) -> Term:
    """The columns of a control: a number, or one 0/1 column for each level of a factor but the most frequent."""
    check_columns(table, [(f"controls, {control.name!r}", control.name)])
    column = table[control.name]
    words = not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column))
    if control.enter == "factor" or (control.enter is None and words):
        return _factor(column, control)
    values = column_numbers(table, control.name, f"controls, {control.name!r}", "Use enter = 'factor'.")
    if control.enter == "log":
        values = np.log1p(np.where(values > -1, values, np.nan))
    return Term(control.name, "control", control.enter or "value", (control.name,), values[:, None])


def _factor(column: pd.Series, control: ControlPlan) -> Term:
    counts = column.value_counts()
    if len(counts) > MOST_LEVELS and control.enter is None:
        raise PlanError(
            Fault(
                f"plan, controls, {control.name!r}",
                f"{len(counts)} different words",
                f"at most {MOST_LEVELS}",
                "If it is meant as a factor, write {name = …, enter = 'factor'}.",
            )
        )
    reference = sorted(counts.index[counts == counts.max()], key=str)[0] if len(counts) else None
    levels = sorted((level for level in counts.index if level != reference), key=str)
    missing = column.isna().to_numpy()
    block = np.column_stack(
        [(column == level).to_numpy(dtype=float, na_value=0.0) for level in levels] or [np.zeros(len(column))]
    )
    block[missing] = np.nan
    labels = tuple(f"{control.name}[{level}]" for level in levels) or (f"{control.name}[-]",)
    return Term(control.name, "control", "factor", labels, block)


def _default_measure(table: pd.DataFrame, step: StepPlan) -> str:
    if step.column is None and f"{step.name}_used" in table.columns:
        return "used"
    column = step.column or step.name
    if column not in table.columns:
        return "used"
    return "used" if _is_binary(_step_numbers(table, step, column)) else "value"


def _measured(table: pd.DataFrame, step: StepPlan, measure: str) -> Array:
    """The one column of all measures but `position` and `category`."""
    if measure == "early":
        return _early(table, step)
    if measure == "before":
        first = _first_turn(table, step)
        check_columns(table, [(f"steps, {step.name!r}, before", str(step.before))])
        moment = _step_numbers(table, step, str(step.before))
        return np.where(np.isnan(moment), np.nan, np.nan_to_num(first, nan=np.inf) < moment).astype(float)
    if measure == "per_10_turns" and step.column is None and f"{step.name}_per_10_turns" not in table.columns:
        check_columns(table, [(f"steps, {step.name!r}", "n_agent_turns")])
        turns = _step_numbers(table, step, "n_agent_turns")
        return 10 * _column(table, step, "count") / np.where(turns > 0, turns, np.nan)
    values = _column(table, step, measure)
    if measure == "used" and not _is_binary(values):
        return np.where(np.isnan(values), np.nan, values > 0).astype(float)
    return values


def _column(table: pd.DataFrame, step: StepPlan, measure: str) -> Array:
    if step.column is not None:
        name = step.column
    else:
        name = next(
            (c for c in (f"{step.name}_{measure}", step.name) if c in table.columns), f"{step.name}_{measure}"
        )
        name = step.name if measure == "value" else name
    check_columns(table, [(f"steps, {step.name!r}", name)])
    return _step_numbers(table, step, name)


def _step_numbers(table: pd.DataFrame, step: StepPlan, name: str) -> Array:
    return column_numbers(table, name, f"steps, {step.name!r}")


def _first_turn(table: pd.DataFrame, step: StepPlan) -> Array:
    name = step.column or f"{step.name}_first_turn"
    check_columns(table, [(f"steps, {step.name!r}", name)])
    return _step_numbers(table, step, name)


def _early(table: pd.DataFrame, step: StepPlan) -> Array:
    """Used within the first agent turns; missing where the conversation is shorter than that (a landmark)."""
    first = step.column or f"{step.name}_first_agent_turn"
    check_columns(table, [(f"steps, {step.name!r}", first), (f"steps, {step.name!r}", "n_agent_turns")])
    long_enough = _step_numbers(table, step, "n_agent_turns") >= step.within_turns
    used = np.nan_to_num(_step_numbers(table, step, first), nan=np.inf) < step.within_turns
    return np.where(long_enough, used.astype(float), np.nan)


def _category(table: pd.DataFrame, step: StepPlan) -> Term:
    count = _column(table, step, "count")
    missing = np.isnan(count)
    block = np.column_stack([count == 1, count > 1]).astype(float)
    block[missing] = np.nan
    none = np.zeros(2)
    contrasts = (
        Contrast("one - none", none, np.array([1.0, 0.0])),
        Contrast("more - none", none, np.array([0.0, 1.0])),
        Contrast("more - one", np.array([1.0, 0.0]), np.array([0.0, 1.0])),
    )
    return Term(step.name, "step", "category", (f"{step.name}[one]", f"{step.name}[more]"), block, contrasts)


def _position(table: pd.DataFrame, step: StepPlan) -> Term:
    """Used or not, and among users how late the first use came, centred at its mean."""
    name = step.column or f"{step.name}_position"
    check_columns(table, [(f"steps, {step.name!r}", name)])
    position = _step_numbers(table, step, name)
    used = np.isfinite(position)
    late = np.where(used, position - (position[used].mean() if used.any() else 0.0), 0.0)
    block = np.column_stack([used.astype(float), late])
    none = np.zeros(2)
    contrasts = (
        Contrast("used at the average moment - not used", none, np.array([1.0, 0.0])),
        Contrast("a tenth of the conversation later", none, np.array([0.0, 0.1]), kind="shift", among=used),
    )
    return Term(step.name, "step", "position", (step.name, f"{step.name}[position]"), block, contrasts)


def _contrast(step: StepPlan, measure: str, values: Array) -> Contrast:
    nil, one = np.zeros(1), np.ones(1)
    wanted = step.contrast
    if isinstance(wanted, tuple):
        low, high = wanted
        return Contrast(f"{high:g} - {low:g}", np.array([low]), np.array([high]))
    binary = _is_binary(values)
    if wanted is None:
        wanted = "difference" if binary else "slope"
    if wanted == "slope":
        return Contrast("slope", nil, one, kind="slope")
    if not binary:
        return Contrast("one more", nil, one, kind="shift")
    label = {"early": "used early - not", "before": "used before - not"}.get(measure, "used - not used")
    return Contrast(label, nil, one)


def _is_binary(values: Array) -> bool:
    return bool(np.isin(values[~np.isnan(values)], (0.0, 1.0)).all())
