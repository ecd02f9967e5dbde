"""What the study would say had everyone answered, as far as what is known of everyone can tell; and how far beyond."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from stepmark.errors import StudyError
from stepmark.study.columns import numbers
from stepmark.study.correction.sample import machine_step
from stepmark.study.covariance import covariance
from stepmark.study.effects import Estimate, effect
from stepmark.study.entries import ControlPlan
from stepmark.study.families import Array, Quantity
from stepmark.study.further import Further
from stepmark.study.identify import rank_of
from stepmark.study.jackknife import SingularError
from stepmark.study.models import Model
from stepmark.study.newton import fit
from stepmark.study.response.model import ResponseModel, response_model
from stepmark.study.response.rates import response_rates
from stepmark.study.response.tilt import tilt_sensitivity
from stepmark.study.statements import Statements
from stepmark.study.terms import Term, control_term, step_term

__all__ = ["weight_responses"]

#: What is shown of who answered besides the steps, where the table has it.
STATE = ("anger_before", "resolved", "channel")


def weight_responses(table: pd.DataFrame, model: Model, statements: Statements) -> Further:
    """Estimate again with weights against non-response, and with answers that follow the outcome itself.

    Returns
    -------
    Further
        Rows with `correction` `response_weighted`; the tables `response_rates` (who answered) and `tilt` (one row a step and
        assumption: see `stepmark.study.response.tilt`). Weights are taken as known, which makes intervals a
        little too wide rather than too narrow (Robins, Rotnitzky & Zhao 1994).
    """
    plan = model.plan.response
    if plan is None or plan.method == "none" or model.handling != "pooled" or model.sample.event is not None:
        return Further()
    answered = np.isfinite(numbers(table[model.sample.outcome.name])).astype(float)
    rates = {"response_rates": _rates(table, model, answered)}
    X, names, known = _predictors(table, model)
    if answered[known].min() == answered[known].max():
        return Further(tables=rates)
    try:
        response = response_model(answered[known], X[known], names)
    except StudyError as error:
        statements.say("response", "refused", str(error), outcome=model.sample.outcome.name)
        return Further(tables=rates)
    chance = np.full(len(table), np.nan)
    chance[known] = response.probability
    weights = model.sample.weights / chance[model.sample.rows]
    _say_rate(model, response, statements)
    weighted = _weighted(model, weights)
    if weighted is None:
        return Further(tables=rates)
    estimates = () if plan.method == "impute" else tuple(_rows(weighted))
    tilt = _tilt(model, weights, plan.tilt, statements)
    return Further(estimates, rates | ({"tilt": tilt} if not tilt.empty else {}))


def _rates(table: pd.DataFrame, model: Model, answered: Array) -> pd.DataFrame:
    used = [f"{step.name}_used" if f"{step.name}_used" in table else step.name for step in model.plan.steps]
    columns = [c for c in dict.fromkeys([*used, *STATE]) if c in table and table[c].nunique() <= 12]
    columns = [c for c in columns if c != model.sample.outcome.name]
    found = response_rates(pd.Series(answered, index=table.index), table, columns)
    return found.assign(outcome=model.sample.outcome.name)


def _predictors(table: pd.DataFrame, model: Model) -> tuple[Array, list[str], np.ndarray]:
    """What is known of everyone, with a column of ones first; names; and of whom all of it is known."""
    plan = model.plan
    assert plan.response is not None
    columns = [*plan.controls, *(ControlPlan(name=name) for name in plan.response.predictors)]
    terms: list[Term] = [control_term(table, control) for control in dict.fromkeys(columns)]
    steps = [term for term in model.design.terms if term.role == "step"]
    blocks = [_everywhere(table, model, term) for term in steps] + [term.block for term in terms]
    labels = [label for term in [*steps, *terms] for label in term.labels]
    X = np.column_stack([np.ones(len(table)), *blocks])
    known = np.isfinite(X).all(axis=1)
    gone = {group[0] for group in rank_of(X[known], np.r_[0.0, np.ones(len(labels))]).groups}
    kept = [place for place in range(X.shape[1]) if place not in gone]
    return X[:, kept], ["(Intercept)", *(labels[place - 1] for place in kept if place)], known


def _everywhere(table: pd.DataFrame, model: Model, term: Term) -> Array:
    """A step's columns for all rows of the table, not only for those that answered."""
    step = next(one for one in model.plan.steps if one.name == term.name)
    return step_term(table, machine_step(step, model.plan.correction)).block


def _say_rate(model: Model, response: ResponseModel, statements: Statements) -> None:
    statements.say(
        "response",
        "note",
        f"{response.rate:.0%} answered. Weighted by their chance to answer they carry the weight of "
        f"{response.effective_n:,.0f} independent answers; weights repair only what is in the response model.",
        outcome=model.sample.outcome.name,
        rate=response.rate,
        effective_n=response.effective_n,
        largest_weight=float(response.weights.max()),
    )


def _weighted(model: Model, weights: Array) -> Model | None:
    """The same model with these weights; None without a finite solution."""
    again = fit(
        model.fit.family,
        model.fit.X,
        model.fit.y,
        weights=weights,
        names=model.design.names,
        start=model.fit.params,
    )
    if not again.converged:
        return None
    kind, clusters = model.spread.kind, model.sample.clusters
    try:
        spread = covariance(again, clusters, kind, second=model.sample.second)
    except (SingularError, ValueError):
        return None
    return replace(model, fit=again, spread=spread)


def _rows(weighted: Model) -> Iterator[Estimate]:
    for term in weighted.design.terms:
        if term.role == "step" and term.name not in weighted.refused:
            for contrast in term.contrasts:
                found = effect(weighted, term, contrast, Quantity(), weighted.fit.weights, "")
                family = f"{found.family}|response_weighted"
                yield replace(found, correction="response_weighted", family=family)


def _tilt(model: Model, weights: Array, most: float, statements: Statements) -> pd.DataFrame:
    """Each step's first contrast under a range of assumptions on how answers move answering."""
    fitted: dict[bytes, Model | None] = {}
    parts = []
    for term in model.design.terms:
        if term.role != "step" or term.name in model.refused:
            continue

        def estimator(tilted: Array, term: Term = term) -> tuple[float, float, float]:
            key = tilted.tobytes()
            if key not in fitted:
                fitted[key] = _weighted(model, tilted)
            weighted = fitted[key]
            if weighted is None:
                return (float("nan"),) * 3
            found = effect(weighted, term, term.contrasts[0], Quantity(), weighted.fit.weights, "")
            return found.estimate, found.conf_low, found.conf_high

        tilt = tilt_sensitivity(estimator, model.sample.score, weights, most=most, points=9)
        parts.append(tilt.table.assign(term=term.name, outcome=model.sample.outcome.name))
        if not np.isnan(tilt.breaking_gamma):
            statements.say(
                "response",
                "caution",
                f"{term.name}: the interval would include 0 if each point of {model.sample.outcome.name} changed the "
                f"log-odds of answering by {tilt.breaking_gamma:+.2f}.",
                outcome=model.sample.outcome.name,
                about=term.name,
                gamma=tilt.breaking_gamma,
            )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
