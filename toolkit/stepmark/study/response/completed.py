"""What the study says where the answers of those who did not answer are imputed, many times over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from stepmark.study.clusters import Clusters
from stepmark.study.columns import numbers
from stepmark.study.correction.sample import machine_step
from stepmark.study.covariance import covariance
from stepmark.study.effects import Estimate, effect, row, unit
from stepmark.study.entries import ControlPlan
from stepmark.study.families import Array, Linear, Logistic, Ordinal, Quantity
from stepmark.study.further import Further
from stepmark.study.identify import rank_of
from stepmark.study.jackknife import SingularError
from stepmark.study.models import Model
from stepmark.study.newton import Fit, fit
from stepmark.study.response.impute import draw_outcome, fit_on, pool
from stepmark.study.sample import DEFAULT_CLUSTER, weights_of
from stepmark.study.statements import Statements
from stepmark.study.terms import Term, control_term, step_term

__all__ = ["impute_responses"]

#: Fewer imputations that worked than this are not pooled.
FEWEST = 5


@dataclass(frozen=True, eq=False)
class _Everyone:
    """All interactions of whom steps, controls and agent are known, answered or not."""

    model: Model
    more: Array
    answered: np.ndarray
    y: Array


def impute_responses(table: pd.DataFrame, model: Model, statements: Statements) -> Further:
    """Estimate again with missing answers imputed.

    Returns
    -------
    Further
        Rows with `correction` `imputed`, averaged over all interactions, answered or not; nothing where everyone
        answered. Interactions with a step that was too rare to study are imputed as if it had not been used.
    """
    plan = model.plan.response
    if plan is None or plan.method != "impute" or model.handling != "pooled":
        return Further()
    if not isinstance(model.fit.family, Linear | Logistic | Ordinal) or model.sample.event is not None:
        statements.say(
            "response",
            "refused",
            f"Answers of a {model.label} model are not imputed; use method = 'weight'.",
            outcome=model.sample.outcome.name,
        )
        return Further()
    everyone = _everyone(table, model)
    if everyone.answered.all():
        return Further()
    found = list(_pooled(everyone, _imputed(everyone, plan.imputations)))
    if not found:
        statements.say(
            "response",
            "refused",
            "Missing answers could not be imputed: the model of answers has no solution when agents are drawn again.",
            outcome=model.sample.outcome.name,
        )
        return Further()
    estimates, information = zip(*found, strict=True)
    missing = 1 - everyone.answered.mean()
    statements.say(
        "response",
        "note",
        f"{missing:.0%} of the answers were imputed {plan.imputations} times; up to {max(information):.0%} of what could be "
        "known of an estimate is missing with them. Imputation repairs only what its model knows.",
        outcome=model.sample.outcome.name,
        missing=missing,
        missing_information=max(information),
    )
    return Further(tuple(estimates))


def _everyone(table: pd.DataFrame, model: Model) -> _Everyone:
    plan, sample = model.plan, model.sample
    terms = [_anywhere(table, model, term) for term in model.design.terms]
    assert plan.response is not None
    extra = [control_term(table, ControlPlan(name=name)).block for name in plan.response.predictors]
    more = np.column_stack([np.empty((len(table), 0)), *extra])
    known = np.isfinite(np.column_stack([*(term.block for term in terms), more])).all(axis=1)
    for column, wanted in plan.only.items():
        known &= table[column].isin(list(wanted) if isinstance(wanted, tuple) else [wanted]).to_numpy()
    weights = weights_of(table, plan)
    known &= np.nan_to_num(weights) > 0
    answers = np.full(len(table), np.nan)
    answers[sample.rows] = sample.y
    # those who answered, but are not in the sample, were left out for a reason
    known &= np.isfinite(answers) | np.isnan(numbers(table[sample.outcome.name]))
    name = plan.cluster if plan.cluster is not None else DEFAULT_CLUSTER
    if sample.clusters is not None:
        known &= table[name].notna().to_numpy()
    rows = np.flatnonzero(known)
    clusters = None if sample.clusters is None else Clusters.of(table[name].iloc[rows])
    whole = replace(
        sample,
        rows=rows,
        table=table.iloc[rows],
        y=answers[rows],
        weights=weights[rows],
        clusters=clusters,
        second=None,
    )
    design = replace(model.design, terms=tuple(term.take(rows) for term in terms))
    return _Everyone(
        replace(model, sample=whole, design=design), more[rows], np.isfinite(answers[rows]), answers[rows]
    )


def _anywhere(table: pd.DataFrame, model: Model, term: Term) -> Term:
    """The term over all rows of the table."""
    if term.role == "step":
        step = next(one for one in model.plan.steps if one.name == term.name)
        return step_term(table, machine_step(step, model.plan.correction))
    return control_term(table, next(one for one in model.plan.controls if one.name == term.name))


def _imputed(everyone: _Everyone, times: int) -> Iterator[Model]:
    """The model fitted to each completed table."""
    model = everyone.model
    X = model.design.matrix()
    wide = np.column_stack([X, everyone.more])
    order = np.r_[np.zeros(X.shape[1]), np.ones(everyone.more.shape[1])]
    seen = everyone.answered
    gone = {group[0] for group in rank_of(wide[seen], order).groups}
    wide = wide[:, [place for place in range(wide.shape[1]) if place not in gone]]
    weights = model.sample.weights
    groups = model.sample.groups.codes
    for time in range(times):
        rng = np.random.default_rng([model.plan.seed, time])
        one = fit_on(model.fit.family, wide[seen], everyone.y[seen], weights[seen], groups[seen], rng)
        if one is None:
            continue
        y = everyone.y.copy()
        y[~seen] = draw_outcome(one, wide[~seen], rng)
        again = fit(model.fit.family, X, y, weights=weights, names=model.design.names, start=model.fit.params)
        completed = _completed(model, again)
        if completed is not None:
            yield completed


def _completed(model: Model, again: Fit) -> Model | None:
    if not again.converged:
        return None
    try:
        spread = covariance(again, model.sample.clusters, model.spread.kind)
    except (SingularError, ValueError):
        return None
    return replace(model, fit=again, spread=spread, sample=replace(model.sample, y=again.y))


def _pooled(everyone: _Everyone, models: Iterator[Model]) -> Iterator[tuple[Estimate, float]]:
    """Each step's effects pooled over the completed tables, with the share of information that is missing."""
    drawn: dict[tuple[str, str], list[Estimate]] = {}
    for model in models:
        for term in model.design.terms:
            if term.role == "step" and term.name not in model.refused:
                for contrast in term.contrasts:
                    found = effect(model, term, contrast, Quantity(), model.fit.weights, "")
                    drawn.setdefault((term.name, contrast.label), []).append(found)
    model = everyone.model
    for (name, label), rows in drawn.items():
        if len(rows) < FEWEST:
            continue
        estimates = np.array([one.estimate for one in rows])
        one = pool(estimates, np.array([one.std_error for one in rows]) ** 2, model.clusters_df)
        first = rows[0]
        yield (
            row(
                model,
                term=name,
                measure=first.measure,
                contrast=label,
                scale=unit(model, Quantity())[0],
                estimate=one.estimate,
                std_error=one.std_error,
                df=one.df,
                evidence=first.evidence,
                family=f"{first.family}|imputed",
                correction="imputed",
            ),
            one.missing_information,
        )
