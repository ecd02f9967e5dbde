"""A study from table and plan to result: sample, model, effects, further analyses, and the counting of questions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd

from stepmark.errors import Fault, InputError, StudyError
from stepmark.study.adjust.analysis import adjust
from stepmark.study.adjust.controls import negative_controls
from stepmark.study.adjust.early import early_uses
from stepmark.study.adjust.specifications import specification_curve
from stepmark.study.adjust.strength import e_values
from stepmark.study.alikeness import intraclass_correlations
from stepmark.study.checks import check_model
from stepmark.study.correction.analysis import correct
from stepmark.study.correction.sample import machine_step
from stepmark.study.design import Design
from stepmark.study.effects import TOO_FEW, Estimate, coefficients, effects_frame, marginal_effects
from stepmark.study.entries import OutcomePlan
from stepmark.study.further import Further
from stepmark.study.models import Model, fit_model
from stepmark.study.multiplicity import adjust_p_values
from stepmark.study.names import check_names
from stepmark.study.plan import Plan
from stepmark.study.response.analysis import weight_responses
from stepmark.study.response.completed import impute_responses
from stepmark.study.result import Study
from stepmark.study.sample import draw_sample
from stepmark.study.statements import Statements
from stepmark.study.terms import Term, control_term, step_term
from stepmark.study.timing.analysis import when_it_matters

__all__ = ["FURTHER", "study"]

#: What is asked of every fitted model besides its effects; each says nothing where the plan does not ask for it.
FURTHER = (correct, adjust, e_values, negative_controls, weight_responses, impute_responses, when_it_matters)


def study(table: pd.DataFrame, plan: Plan) -> Study:
    """Ask the plan's questions of the table.

    Parameters
    ----------
    table
        One row an interaction, as `stepmark.measure` gives it, or any table with the columns that the plan names.
        Missing answers are missing; rows without an answer are counted and left out.
    plan
        See `Plan`.

    Returns
    -------
    Study
        With an empty effects table, and statements why, where nothing can be estimated.

    Raises
    ------
    PlanError
        Where the plan names columns that the table lacks, or that do not hold what the plan says.
    InputError
        Where the table is not a table, or has two columns of the same name.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"resolved": [0, 1, 1, 0, 1, 0, 1] * 20, "apologize": [1, 0, 1, 0, 0, 1, 1] * 20,
    ...                       "agent_id": list("abcdefghij") * 14})
    >>> found = study(table, Plan(outcome="resolved", steps=["apologize"]))
    >>> round(float(found.effects.loc[0, "estimate"]), 1)  # 2 of 4 resolved with it, 2 of 3 without
    -16.7
    >>> found.effects.loc[0, "scale"], found.effects.loc[0, "inference"]
    ('percentage_points', 'cv3l')
    """
    _check_table(table)
    check_names(plan, table.columns)
    statements = Statements()
    models: list[Model] = []
    described: list[dict[str, Any]] = []
    estimates: list[Estimate] = []
    terms = [step_term(table, machine_step(step, plan.correction)) for step in plan.steps]
    terms += [control_term(table, control) for control in plan.controls]
    for outcome in plan.outcomes:
        for model in _models(table, plan, outcome, terms, statements):
            models.append(model)
            described.append(_describe(model) | check_model(model, statements))
            estimates += [*marginal_effects(model), *coefficients(model)]
    further = [(model, analysis(table, model, statements)) for analysis in FURTHER for model in models]
    estimates = _relabelled(estimates, further)
    estimates += [estimate for _, found in further for estimate in found.estimates]
    estimates = _with_error(estimates, statements)
    estimates, counted = _adjusted(estimates, plan)
    diagnostics: dict[str, Any] = {
        "plan_hash": plan.hash,
        "planned": plan.frozen is not None,
        "rows": len(table),
        "multiplicity": counted,
        "models": described,
        "statements": [asdict(statement) for statement in statements],
    }
    for _, found in further:
        for name, part in found.diagnostics.items():
            diagnostics.setdefault(name, {}).update(part)
    tables = _stacked([found for _, found in further])
    if plan.sensitivity is not None and plan.sensitivity.specification_curve:
        tables["specifications"] = specification_curve(table, plan, study)
    if plan.sensitivity is not None and plan.sensitivity.early:
        tables["early"] = early_uses(table, plan, study)
    return Study(plan, effects_frame(estimates), diagnostics, tuple(models), tables)


def _with_error(estimates: list[Estimate], statements: Statements) -> list[Estimate]:
    """The estimates whose uncertainty is known; the others are named and left out."""
    known = [row for row in estimates if np.isfinite((row.estimate, row.p_value)).all() and row.std_error > 0]
    kept = {id(row) for row in known}
    for outcome, term in dict.fromkeys((row.outcome, row.term) for row in estimates if id(row) not in kept):
        statements.say(
            "precision",
            "refused",
            f"Some of what the plan asks of {term} is not given, because its uncertainty cannot be computed: it is known from "
            "one agent alone, does not vary, or its variance with clusters in two ways came out negative.",
            outcome=outcome,
            about=term,
        )
    return known


def _relabelled(estimates: list[Estimate], further: list[tuple[Model, Further]]) -> list[Estimate]:
    """The estimates with the evidence labels that further analyses of their model gave them, where one can tell at all."""
    labels = {
        (model.sample.outcome.name, model.label, term): label
        for model, found in further
        for term, label in found.evidence.items()
    }
    return [
        replace(row, evidence=labels.get((row.outcome, row.model, row.term), row.evidence))
        if row.family and not row.evidence.startswith(TOO_FEW)
        else row
        for row in estimates
    ]


def _stacked(further: list[Further]) -> dict[str, pd.DataFrame]:
    """The tables of all further analyses, those of one name below each other."""
    names = dict.fromkeys(name for found in further for name in found.tables)
    return {
        name: pd.concat([found.tables[name] for found in further if name in found.tables], ignore_index=True)
        for name in names
    }


def _check_table(table: pd.DataFrame) -> None:
    if not isinstance(table, pd.DataFrame):
        raise InputError(Fault("study", f"a {type(table).__name__}", "a DataFrame, one row an interaction"))
    repeated = sorted({str(name) for name in table.columns[table.columns.duplicated()]})
    if repeated:
        raise InputError(Fault("table", f"columns of the same name: {', '.join(repeated)}", "each name once"))
    if table.empty:
        raise StudyError(Fault("table", "no interaction", "one row an interaction"))


def _models(
    table: pd.DataFrame, plan: Plan, outcome: OutcomePlan, terms: list[Term], statements: Statements
) -> Iterator[Model]:
    columns = {term.name: term.block.sum(axis=1) for term in terms}  # missing or infinite where any column is
    columns, terms = _without_empty(columns, terms, outcome, statements)
    why_missing = {term.name: term.missing for term in terms}
    sample = draw_sample(table, plan, outcome, columns, statements, why_missing)
    if sample is None:
        return
    design = _design([term.take(sample.rows) for term in terms], plan)
    for handling in plan.agents:
        model = fit_model(sample, design, plan, handling, statements)
        if model is not None:
            yield model


def _without_empty(
    columns: dict[str, Any], terms: list[Term], outcome: OutcomePlan, statements: Statements
) -> tuple[dict[str, Any], list[Term]]:
    """Leave out terms that are missing everywhere, rather than all interactions."""
    kept = []
    for term in terms:
        if np.isfinite(term.block).all(axis=1).any():
            kept.append(term)
            continue
        statements.say(
            "rows",
            "refused" if term.role == "step" else "caution",
            f"{term.name!r} is missing in every interaction and was left out.",
            outcome=outcome.name,
            about=term.name,
        )
    names = {term.name for term in kept}
    return {name: values for name, values in columns.items() if name in names}, kept


def _design(terms: list[Term], plan: Plan) -> Design:
    place = {term.name: position for position, term in enumerate(terms)}
    pairs = [(place[a], place[b]) for a, b in plan.interactions if a in place and b in place]
    return Design(tuple(terms), tuple(pairs))


def _adjusted(estimates: list[Estimate], plan: Plan) -> tuple[list[Estimate], dict[str, Any]]:
    """Adjust p-values within each family: one question asked of all steps and outcomes."""
    method = plan.multiplicity.method
    families: dict[str, list[int]] = {}
    for place, estimate in enumerate(estimates):
        if estimate.family and np.isfinite(estimate.p_value):
            families.setdefault(estimate.family, []).append(place)
    adjusted = list(estimates)
    sizes, holm = {}, {}
    for family, places in families.items():
        p_values = np.array([estimates[place].p_value for place in places])
        for place, value in zip(places, adjust_p_values(p_values, method), strict=True):
            adjusted[place] = replace(estimates[place], p_adjusted=float(value))
        sizes[family] = len(places)
        holm[family] = {
            f"{estimates[place].outcome}: {estimates[place].term}, {estimates[place].contrast}": float(value)
            for place, value in zip(places, adjust_p_values(p_values, "holm"), strict=True)
        }
    return adjusted, {"method": method, "family_sizes": sizes, "holm": holm}


def _describe(model: Model) -> dict[str, Any]:
    """The numbers of a model as a whole."""
    described = {
        "outcome": model.sample.outcome.name,
        "model": model.label,
        "n": model.sample.n,
        "n_clusters": model.n_clusters,
        "parameters": len(model.fit.params),
        "loglik": model.fit.loglik if np.isfinite(model.fit.loglik) else None,
        "iterations": model.fit.iterations,
        "inference": model.spread.kind,
        "anova_icc": intraclass_correlations(model),
    }
    if model.components:
        described["components"] = model.components
    if model.intercepts is not None and model.sample.clusters is not None:
        described["intercepts"] = {
            str(label): {"mode": float(mode), "sd": float(sd)}
            for label, (mode, sd) in zip(model.sample.clusters.labels, model.intercepts, strict=True)
        }
    return described
