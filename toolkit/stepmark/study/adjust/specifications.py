"""How much does the answer depend on choices that could have been made otherwise?

The specification curve of Simonsohn, Simmons & Nelson (2020): the same question under every defensible combination of
how the step is defined, what is held constant, how agents enter and which model is used. It shows dependence on
choices; it does not prove robustness, and it does not rescue a step that came after the outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import pandas as pd

from stepmark.errors import PlanError
from stepmark.study.entries import StepPlan
from stepmark.study.plan import Plan
from stepmark.study.result import Study

__all__ = ["bare_plan", "specification_curve"]

Ask = Callable[[pd.DataFrame, Plan], Study]

_COLUMNS = [
    "outcome",
    "term",
    "definition",
    "controls",
    "agents",
    "model",
    "scale",
    "estimate",
    "conf_low",
    "conf_high",
    "p_value",
    "n",
    "planned",
]


def specification_curve(table: pd.DataFrame, plan: Plan, ask: Ask) -> pd.DataFrame:
    """The effect of every step under every combination of choices.

    Parameters
    ----------
    table, plan
        As for `stepmark.study.study`.
    ask
        The function that asks; `stepmark.study.study` itself.

    Returns
    -------
    DataFrame
        One row a specification, step and outcome: `outcome`, `term`, `definition` (`used`, `early`, `count`, `as planned`),
        `controls` (`none`, `all`, `without <name>`), `agents` (`pooled`, `within`), `model` (`as planned`, `linear`), `scale`,
        `estimate`, `conf_low`, `conf_high`, `p_value`, `n`, `planned` (whether it is the plan's own). Combinations
        that the table does not allow are left out; a `short` curve is of the first outcome, with all controls or none.
    """
    rows = []
    short = plan.sensitivity is not None and plan.sensitivity.specification_curve == "short"
    bare = bare_plan(plan)
    if short:
        bare = bare.model_copy(update={"outcomes": plan.outcomes[:1]})
    held = [chosen for chosen in _controls(plan) if not short or chosen[0] in ("all", "none")]
    for definition, controls, agents, model in product(
        _definitions(table, plan), held, _agents(table, plan), ("as planned", "linear")
    ):
        varied = bare.model_copy(
            update={
                "steps": definition[1],
                "controls": controls[1],
                "agents": (agents,),
                "outcomes": tuple(_modelled(outcome, model) for outcome in bare.outcomes),
            }
        )
        if model == "as planned" and agents == "within":
            continue  # comparisons within an agent are linear in any case
        try:
            found = ask(table, varied).main()
        except PlanError:
            continue
        own = definition[0] == "as planned" and controls[0] == "all" and model == "as planned"
        chosen = {"definition": definition[0], "controls": controls[0], "agents": agents}
        found = found.assign(**chosen, model=model, planned=own and agents == plan.agents[0])
        rows.append(found)
    if not rows:
        return pd.DataFrame(columns=_COLUMNS)
    everything = pd.concat(rows, ignore_index=True)
    return everything[_COLUMNS].sort_values(["outcome", "term", "estimate"], kind="stable", ignore_index=True)


def bare_plan(plan: Plan) -> Plan:
    """The plan's models alone: nothing corrected, weighted, adjusted or asked besides."""
    sections = ("correction", "response", "adjustment", "sensitivity", "timing", "frozen")
    lists = ("subgroups", "contrasts", "interactions")
    return plan.model_copy(
        update={**dict.fromkeys(sections), **dict.fromkeys(lists, ())},
    )


def _definitions(table: pd.DataFrame, plan: Plan) -> Iterator[tuple[str, tuple[StepPlan, ...]]]:
    """Ways to define the steps that the table allows for all of them."""
    yield "as planned", plan.steps
    own = {step.measure for step in plan.steps}
    for measure, needed in (("used", "_used"), ("early", "_first_agent_turn"), ("count", "_count")):
        if own == {measure} or (measure == "used" and own <= {None, "used"}):
            continue
        if all(f"{step.name}{needed}" in table for step in plan.steps):
            yield (
                measure,
                tuple(
                    StepPlan(name=step.name, measure=measure, insist=step.insist)  # type: ignore[arg-type]
                    for step in plan.steps
                ),
            )


def _controls(plan: Plan) -> Iterator[tuple[str, tuple[object, ...]]]:
    """All controls, none, and all but each."""
    yield "all", plan.controls
    if plan.controls:
        yield "none", ()
    if len(plan.controls) > 1:
        for left_out in plan.controls:
            kept = tuple(control for control in plan.controls if control != left_out)
            yield f"without {left_out.name}", kept


def _agents(table: pd.DataFrame, plan: Plan) -> tuple[str, ...]:
    cluster = plan.cluster if plan.cluster is not None else "agent_id"
    return ("pooled", "within") if cluster in table and len(table[cluster].unique()) > 1 else ("pooled",)


def _modelled(outcome: object, model: str) -> object:
    if model == "as planned":
        return outcome
    return outcome.model_copy(update={"model": "linear"})  # type: ignore[attr-defined]
