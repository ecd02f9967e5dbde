"""Which interactions a model is fitted to, with outcome, weights and clusters; and what was left out, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from stepmark.errors import Fault, PlanError
from stepmark.study.clusters import Clusters
from stepmark.study.columns import column_numbers
from stepmark.study.entries import OutcomePlan
from stepmark.study.families import Array
from stepmark.study.outcomes import coded_outcome, event_numbers, outcome_numbers, read_outcome
from stepmark.study.plan import Plan
from stepmark.study.statements import Statements

__all__ = ["DEFAULT_CLUSTER", "Sample", "draw_sample", "weights_of"]

#: A default that a plan need not name, used where the table has it.
DEFAULT_CLUSTER = "agent_id"


@dataclass(frozen=True, eq=False)
class Sample:
    """The rows that one outcome is studied in.

    Attributes
    ----------
    rows
        Their positions in the table that was given, shape (n,).
    table
        These rows of it, complete in outcome, steps, controls, weight and clusters.
    outcome
        What the plan says of the outcome, with kind, model and levels filled in.
    y
        The outcome: numbers, 0/1, or level codes 0 … K-1 for ordinal outcomes, shape (n,).
    event
        For outcomes of kind `time`: whether the event was seen, shape (n,); else None.
    weights
        Shape (n,); all 1 where the plan names none.
    clusters, second
        The units that belong together; None where each interaction stands for itself.
    """

    rows: np.ndarray
    table: pd.DataFrame
    outcome: OutcomePlan
    y: Array
    event: Array | None
    weights: Array
    clusters: Clusters | None
    second: Clusters | None = None

    @property
    def n(self) -> int:
        """How many interactions."""
        return len(self.y)

    @property
    def groups(self) -> Clusters:
        """What intervals take as independent: the clusters, or each interaction where none is known or only one."""
        return Clusters.units(self.n) if self.clusters is None else self.clusters.or_units()

    @property
    def score(self) -> Array:
        """The outcome in its own units, shape (n,): the scores of the levels where the model takes level codes, else `y`."""
        if self.outcome.model in ("proportional_odds", "ordinal_probit"):
            return np.asarray(self.outcome.levels)[self.y.astype(int)]
        return self.y

    def take(self, rows: np.ndarray) -> Sample:
        """The same sample with these rows only, given as positions or as a mask."""
        return replace(
            self,
            rows=self.rows[rows],
            table=self.table[rows] if rows.dtype == bool else self.table.iloc[rows],
            y=self.y[rows],
            event=None if self.event is None else self.event[rows],
            weights=self.weights[rows],
            clusters=None if self.clusters is None else Clusters.of(self.clusters.values[rows]),
            second=None if self.second is None else Clusters.of(self.second.values[rows]),
        )


def weights_of(table: pd.DataFrame, plan: Plan) -> Array:
    """The weight of each row of `table`, shape (n,); all 1 where the plan names none."""
    return np.ones(len(table)) if plan.weight is None else column_numbers(table, plan.weight, "weight")


def draw_sample(
    table: pd.DataFrame,
    plan: Plan,
    outcome: OutcomePlan,
    columns: dict[str, Array],
    statements: Statements,
    why_missing: Mapping[str, str] | None = None,
) -> Sample | None:
    """The complete rows for `outcome`; None, with a statement, where there is nothing to study.

    Parameters
    ----------
    columns
        The numeric columns of steps and controls by name, each of the length of `table`; NaN where missing.
    why_missing
        For columns where it is known, what is true of the interactions in which they are missing.
    """
    say = _Sayer(statements, outcome.name)
    keep = _only(table, plan, say)
    raw = outcome_numbers(table, outcome)
    keep = _answered(raw, keep, say)
    event = event_numbers(table, outcome)
    for name, values in {**columns, **({} if event is None else {str(outcome.event): event})}.items():
        keep = _complete(name, values, keep, say, (why_missing or {}).get(name, ""))
    weights = weights_of(table, plan)
    keep = _weighted(plan, weights, keep, say)
    cluster = _cluster_column(table, plan, say)
    for column in (cluster, plan.second_cluster):
        if column:
            keep = _clustered(table[column], column, keep, say)
    rows = np.flatnonzero(keep)
    if len(rows) == 0:
        say("rows", "refused", f"No interaction is left to study {outcome.name!r} in.")
        return None
    if event is not None and not event[rows].any():
        say("outcome", "refused", f"No {outcome.event!r} was seen in any of the {len(rows):,} interactions.")
        return None
    full = read_outcome(outcome, raw[rows], say)
    if full is None:
        return None
    part = table.iloc[rows]
    return Sample(
        rows=rows,
        table=part,
        outcome=full,
        y=coded_outcome(full, raw[rows]),
        event=None if event is None else event[rows],
        weights=weights[rows],
        clusters=Clusters.of(part[cluster].to_numpy()) if cluster else None,
        second=Clusters.of(part[plan.second_cluster].to_numpy()) if plan.second_cluster else None,
    )


@dataclass(frozen=True)
class _Sayer:
    """Makes statements about one outcome."""

    statements: Statements
    outcome: str

    def __call__(self, check: str, severity: Any, text: str, **data: Any) -> None:
        self.statements.say(check, severity, text, outcome=self.outcome, **data)


def _only(table: pd.DataFrame, plan: Plan, say: _Sayer) -> np.ndarray:
    keep = np.ones(len(table), dtype=bool)
    for column, wanted in plan.only.items():
        values = list(wanted) if isinstance(wanted, tuple) else [wanted]
        keep &= table[column].isin(values).to_numpy()
    if plan.only:
        say(
            "rows",
            "note",
            f"The plan studies {keep.sum():,} of {len(table):,} rows.",
            studied=int(keep.sum()),
        )
    return keep


def _answered(raw: Array, keep: np.ndarray, say: _Sayer) -> np.ndarray:
    infinite, missing = keep & np.isinf(raw), keep & np.isnan(raw)
    if infinite.any():
        say(
            "rows",
            "caution",
            f"{infinite.sum():,} infinite values of {say.outcome!r} are left out.",
            n=int(infinite.sum()),
        )
    if missing.any():
        share = missing.sum() / keep.sum()
        say(
            "response",
            "note" if share < 0.05 else "caution",
            f"{missing.sum():,} of {keep.sum():,} interactions ({share:.0%}) have no {say.outcome!r}; "
            "the results speak of the others.",
            missing=int(missing.sum()),
            of=int(keep.sum()),
        )
    return keep & np.isfinite(raw)


def _complete(name: str, values: Array, keep: np.ndarray, say: _Sayer, why: str = "") -> np.ndarray:
    bad = keep & ~np.isfinite(values)
    if bad.any():
        infinite = int((keep & np.isinf(values)).sum())
        what = f"infinite ({infinite:,}) or missing" if infinite else "missing"
        say(
            "rows",
            "caution",
            f"{bad.sum():,} of {keep.sum():,} interactions are left out because {name!r} is {what}{f': {why} there' * bool(why)}.",
            about=name,
            n=int(bad.sum()),
        )
    return keep & ~bad


def _weighted(plan: Plan, weights: Array, keep: np.ndarray, say: _Sayer) -> np.ndarray:
    if plan.weight is None:
        return keep
    if (keep & (weights < 0)).any():
        raise PlanError(Fault("plan, weight", f"{plan.weight!r} has negative values", "weights of 0 or more"))
    return _complete(plan.weight, weights, keep, say) & (np.nan_to_num(weights) > 0)


def _cluster_column(table: pd.DataFrame, plan: Plan, say: _Sayer) -> str:
    known = DEFAULT_CLUSTER in table.columns and table[DEFAULT_CLUSTER].notna().any()
    first = plan.cluster if plan.cluster is not None else DEFAULT_CLUSTER if known else ""
    if plan.second_cluster and not first:
        where, found = "plan, second_cluster", f"{plan.second_cluster!r} without a first cluster"
        raise PlanError(Fault(where, found, "`cluster` = a column too"))
    if plan.cluster is not None or known:
        return first
    say(
        "clusters",
        "caution",
        "The agents are not known, so each interaction counts as independent of all others. "
        "Where agents differ, the intervals are too narrow.",
    )
    return ""


def _clustered(values: pd.Series, column: str, keep: np.ndarray, say: _Sayer) -> np.ndarray:
    missing = keep & values.isna().to_numpy()
    if missing.any():
        say(
            "clusters",
            "caution",
            f"{missing.sum():,} of {keep.sum():,} interactions are left out because {column!r} is missing: "
            "together they would count as one big cluster.",
            n=int(missing.sum()),
        )
    return keep & ~missing
