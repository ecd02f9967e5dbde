"""When in the conversation the plan's steps matter: a linear model on basis sums, a curve and two tests a step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from stepmark.errors import StudyError
from stepmark.study.columns import column_numbers
from stepmark.study.covariance import Covariance, covariance, kind_for
from stepmark.study.families import Array, Linear
from stepmark.study.further import Further
from stepmark.study.identify import rank_of
from stepmark.study.jackknife import SingularError
from stepmark.study.models import Model
from stepmark.study.newton import Fit, fit
from stepmark.study.statements import Statements
from stepmark.study.timing.basis import basis_names, spline_basis
from stepmark.study.timing.curve import FEWEST_USES, Curve, timing_curve

__all__ = ["when_it_matters"]


def when_it_matters(table: pd.DataFrame, model: Model, statements: Statements) -> Further:
    """The timing curves of the steps that the plan names.

    The table holds either the basis columns of every use (`stepmark.study.timing.basis_columns`), or `S_position`, the place
    of the first use; then the curve is about first uses, and a statement says so.

    Returns
    -------
    Further
        The tables `timing` (one row a step and position) and `timing_tests` (two rows a step).
    """
    plan = model.plan.timing
    if plan is None or model.handling != "pooled" or model.sample.event is not None:
        return Further()
    wanted = plan.steps or tuple(step.name for step in model.plan.steps)
    blocks, positions = {}, {}
    for step in wanted:
        found = _basis(table.iloc[model.sample.rows], step, plan.knots, model, statements)
        if found is not None:
            blocks[step], positions[step] = found
    if not blocks or not _enough_agents(model, statements):
        return Further()
    controls = [term for term in model.design.terms if term.role == "control"]
    names = ["(Intercept)", *(name for step in blocks for name in basis_names(step, plan.knots))]
    names += [label for term in controls for label in term.labels]
    X = np.column_stack([np.ones(model.sample.n), *blocks.values(), *(term.block for term in controls)])
    order = np.array(
        [0.0, *[1.0] * (sum(b.shape[1] for b in blocks.values())), *[2.0] * 10_000][: X.shape[1]]
    )
    gone = {group[0] for group in rank_of(X, order).groups}
    kept = [place for place in range(X.shape[1]) if place not in gone]
    one = fit(
        Linear(), X[:, kept], model.sample.score, weights=model.fit.weights, names=[names[p] for p in kept]
    )
    try:
        kind = kind_for(model.plan.inference.kind, model.sample.clusters)
        spread = covariance(one, model.sample.clusters, kind, second=model.sample.second)
    except (SingularError, ValueError):
        statements.say(
            "timing",
            "refused",
            "A part of the timing curve is known from a single agent only; no curve is drawn.",
            outcome=model.sample.outcome.name,
        )
        return Further()
    if model.plan.inference.distribution == "normal":
        spread = replace(spread, df=float("inf"))
    curves = [_curve(one, spread, step, positions[step], model, statements) for step in blocks]
    drawn = [curve for curve in curves if curve is not None]
    if not drawn:
        return Further()
    about = [{"outcome": model.sample.outcome.name, "term": curve.step} for curve in drawn]
    tables = {
        "timing": [curve.table.assign(**whose) for curve, whose in zip(drawn, about, strict=True)],
        "timing_tests": [curve.tests.assign(**whose) for curve, whose in zip(drawn, about, strict=True)],
    }
    return Further(tables={name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()})


def _curve(
    one: Fit, spread: Covariance, step: str, positions: Array | None, model: Model, statements: Statements
) -> Curve | None:
    """The timing curve of a step; None, with a statement, where there is none."""
    plan = model.plan
    assert plan.timing is not None
    knots, level = plan.timing.knots, plan.inference.conf_level
    if set(basis_names(step, knots)) <= set(one.names):
        try:
            return timing_curve(
                one, spread, step, knots=knots, positions=positions, conf_level=level, seed=plan.seed
            )
        except StudyError as error:
            why = str(error)
    else:
        why = f"A part of the timing curve of {step} follows from other columns. No curve is drawn."
    statements.say("timing", "refused", why, outcome=model.sample.outcome.name, about=step)
    return None


def _enough_agents(model: Model, statements: Statements) -> bool:
    """Whether there are more agents than a curve has parts, without which its tests mean nothing."""
    plan, agents = model.plan.timing, model.n_clusters
    assert plan is not None
    parts = len(plan.knots) + 4
    if agents is None or agents > parts:
        return True
    statements.say(
        "timing",
        "refused",
        f"{agents} agents are too few for a timing curve of {parts} parts.",
        outcome=model.sample.outcome.name,
    )
    return False


def _basis(
    table: pd.DataFrame, step: str, knots: tuple[float, ...], model: Model, statements: Statements
) -> tuple[Array, Array | None] | None:
    """The basis columns of a step and the positions behind them (None where the table does not tell)."""
    names, first = basis_names(step, knots), f"{step}_position"
    position = column_numbers(table, first, "timing") if first in table else None
    uses = None if position is None else position[np.isfinite(position)]
    outcome = model.sample.outcome.name
    if uses is not None and len(uses) < FEWEST_USES:
        statements.say(
            "timing",
            "refused",
            f"{step} was used in {len(uses)} interactions only; below {FEWEST_USES} there is no timing curve.",
            outcome=outcome,
            about=step,
        )
        return None
    if set(names) <= set(table.columns):
        return np.column_stack([column_numbers(table, name, "timing") for name in names]), uses
    if position is None:
        statements.say(
            "timing",
            "refused",
            f"The table tells nothing of when {step} was used: it has neither {names[0]} … nor {first}.",
            outcome=outcome,
            about=step,
        )
        return None
    statements.say(
        "timing", "note", f"The timing curve of {step} is about its first use.", outcome=outcome, about=step
    )
    used = np.isfinite(position)
    block = np.zeros((len(position), len(names)))
    block[used] = spline_basis(position[used], knots)
    return block, uses
