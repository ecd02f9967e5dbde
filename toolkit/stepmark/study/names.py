"""Which columns a plan asks for: told from their names alone, before anything takes time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import pandas as pd

from stepmark.errors import Fault, PlanError
from stepmark.study.columns import check_columns
from stepmark.study.correction.sample import machine_step
from stepmark.study.plan import Plan
from stepmark.study.terms import step_term

__all__ = ["check_names"]


def check_names(plan: Plan, columns: Iterable[str]) -> None:
    """Refuse a plan that asks for columns that are not among `columns`: its outcomes, steps, controls, clusters …

    Raises
    ------
    PlanError
        With one fault for each entry that names a column in vain.

    Examples
    --------
    >>> try:
    ...     check_names(Plan(outcome="resolved", steps=["apologise"]), ["resolved", "apologize_used"])
    ... except PlanError as error:
    ...     print(error)
    plan, steps, 'apologise': no column 'apologise_used' in the table. Did you mean 'apologize_used'?
    """
    table = pd.DataFrame({name: pd.Series(dtype="float64") for name in columns})
    checks: list[Callable[[], object]] = [partial(check_columns, table, [entry]) for entry in _named(plan)]
    checks += [partial(step_term, table, machine_step(step, plan.correction)) for step in plan.steps]
    faults: list[Fault] = []
    for check in checks:
        try:
            check()
        except PlanError as error:
            faults += error.faults
    if faults:
        raise PlanError(faults)


def _named(plan: Plan) -> Iterator[tuple[str, str]]:
    """The columns that the plan names outright, with where it does."""
    for outcome in plan.outcomes:
        yield "outcomes", outcome.name
        if outcome.event:
            yield f"outcomes, {outcome.name!r}, event", outcome.event
    for control in plan.controls:
        yield "controls", control.name
    for column in plan.only:
        yield "only", column
    for column in plan.subgroups:
        yield "subgroups", column
    for entry in ("cluster", "second_cluster", "weight"):
        if column := getattr(plan, entry):
            yield entry, column
