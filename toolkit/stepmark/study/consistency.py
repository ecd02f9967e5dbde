"""What the entries of a plan say against each other: names that stand twice or nowhere, models that do not fit the outcome."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stepmark.errors import Fault
from stepmark.study.entries import KINDS_OF_MODEL, OutcomePlan

if TYPE_CHECKING:
    from stepmark.study.plan import Plan

__all__ = ["inconsistencies"]


def inconsistencies(plan: Plan) -> list[Fault]:
    """Every fault that lies between entries rather than in one of them."""
    return [*_repeated(plan), *_closing(plan), *_unknown_names(plan), *_unsuitable(plan)]


def _repeated(plan: Plan) -> list[Fault]:
    faults = []
    for key, names in (
        ("outcomes", [f"{outcome.name} {outcome.model or ''}".strip() for outcome in plan.outcomes]),
        ("steps", [step.name for step in plan.steps]),
        ("controls", [control.name for control in plan.controls]),
    ):
        for name in sorted({name for name in names if names.count(name) > 1}):
            faults.append(Fault(f"plan, {key}", f"{name} stands there twice", "each once", "Take one out."))
    steps, controls = {step.name for step in plan.steps}, {control.name for control in plan.controls}
    outcomes = {outcome.name for outcome in plan.outcomes}
    for key, either, other, kind in (
        ("controls", controls, steps, "a step"),
        ("steps", steps, outcomes, "an outcome"),
        ("controls", controls, outcomes, "an outcome"),
    ):
        for name in sorted(either & other):
            faults.append(Fault(f"plan, {key}", f"{name!r} is also {kind}", "one of the two"))
    for key in ("cluster", "second_cluster", "weight"):
        name = getattr(plan, key)
        if name in steps | outcomes:
            faults.append(Fault(f"plan, {key}", f"{name!r} is also a step or an outcome", "another column"))
    return faults


def _closing(plan: Plan) -> list[Fault]:
    return [
        Fault(
            f"plan, steps[{place}]",
            f"{step.name!r} is a step of the closing stage",
            "steps that can come before the outcome is known",
            "It is done because the conversation went well or badly, so its difference misleads. "
            "Take it out, or write insist = true to see it anyway.",
        )
        for place, step in enumerate(plan.steps)
        if step.name in plan.closing_steps and not (step.insist or plan.insist)
    ]


def _unknown_names(plan: Plan) -> list[Fault]:
    steps = {step.name for step in plan.steps}
    known = steps | {control.name for control in plan.controls}
    faults = []
    for key, pairs, allowed in (
        ("interactions", plan.interactions, known),
        ("contrasts", plan.contrasts, steps),
    ):
        for place, pair in enumerate(pairs):
            for name in pair:
                if name not in allowed:
                    faults.append(
                        Fault(
                            f"plan, {key}[{place}]",
                            f"{name!r}",
                            f"one of {', '.join(sorted(allowed))}",
                        )
                    )
    return faults


def _unsuitable(plan: Plan) -> list[Fault]:
    faults = [
        fault for place, outcome in enumerate(plan.outcomes) for fault in _of_outcome(plan, place, outcome)
    ]
    for place, step in enumerate(plan.steps):
        if step.measure == "before" and step.before is None:
            faults.append(
                Fault(f"plan, steps[{place}]", "measure 'before' without `before`", "a column of turns")
            )
    return faults


def _of_outcome(plan: Plan, place: int, outcome: OutcomePlan) -> Iterator[Fault]:
    """What of kind, model, weights and agents cannot be had together."""
    kinds = KINDS_OF_MODEL.get(outcome.model or "", ())
    if outcome.kind is not None and kinds and outcome.kind not in kinds:
        yield Fault(
            f"plan, outcomes[{place}]",
            f"model {outcome.model!r} for kind {outcome.kind!r}",
            f"kind {' or '.join(repr(kind) for kind in kinds)}",
        )
    if (outcome.kind == "time" or outcome.model == "cox") and outcome.event is None:
        yield Fault(f"plan, outcomes[{place}]", "kind 'time' without `event`", "the column of the event")
    for entry, model in (("correlation", "gee_"), ("scale", "gee_logistic")):
        asked = getattr(outcome, entry)
        if asked != OutcomePlan.model_fields[entry].default and not (outcome.model or "").startswith(model):
            named = f"model {outcome.model!r}" if outcome.model else "no model named"
            models = "'gee_logistic' or 'gee_linear'" if model == "gee_" else "'gee_logistic'"
            yield Fault(f"plan, outcomes[{place}]", f"{entry} = {asked!r} with {named}", f"model {models}")
    unweighted = outcome.model in ("gee_logistic", "gee_linear", "conditional_logit", "cox")
    if plan.weight and (unweighted or "random" in plan.agents):
        what = outcome.model if unweighted else "agents = 'random'"
        yield Fault("plan, weight", f"weights with {what}", "a model that takes weights")
    for section in ("correction", "response"):
        asked = getattr(plan, section)
        if asked is not None and asked.method != "none" and (unweighted or outcome.kind == "time"):
            named = f"model {outcome.model!r}" if outcome.model else "kind 'time'"
            yield Fault(
                f"plan, {section}", f"with {named}", "a model of single interactions, such as 'logistic'"
            )
    if outcome.model == "negative_binomial" and "random" in plan.agents:
        yield Fault("plan, agents", "'random' with negative_binomial", "model 'poisson'")
