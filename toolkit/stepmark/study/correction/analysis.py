"""The corrected rows of a study: what its models would have found had every interaction been coded by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from stepmark.study.correction.coordinates import Coordinates
from stepmark.study.correction.debias import Tuning, predict_then_debias
from stepmark.study.correction.moment import design_based
from stepmark.study.correction.rulecheck import rule_check
from stepmark.study.correction.sample import FEWEST_POSITIVES, HandSample, hand_sample
from stepmark.study.correction.trio import Asked, questions, three_coordinates, three_models
from stepmark.study.effects import (
    Estimate,
    coefficients,
    linear_scale,
    marginal_effects,
    row,
    unit,
)
from stepmark.study.further import Further
from stepmark.study.models import Model
from stepmark.study.statements import Statements

__all__ = ["correct"]

_TUNINGS: dict[str, Tuning] = {
    "ptd": "diagonal",
    "ptd_full": "full",
    "ptd_identity": "identity",
    "gold_only": "none",
}


def correct(table: pd.DataFrame, model: Model, statements: Statements) -> Further:
    """Correct one pooled model by the hand-coded interactions that its plan names.

    Parameters
    ----------
    table
        The table of the study.
    model
        A model of rule codes; its plan has a `[correction]`.
    statements
        Takes what must be said.

    Returns
    -------
    Further
        Corrected and gold-only rows (`correction` says which) and the table `rule_check`; nothing, with a statement,
        where the hand-coded cannot carry a correction.
    """
    plan = model.plan.correction
    if plan is None or plan.method == "none" or model.handling != "pooled":
        return Further()
    sample = hand_sample(table, model, statements)
    if sample is None:
        return Further()
    sample = _with_enough(sample, model, statements)
    check = rule_check(table, model, sample)
    if not sample.terms and sample.outcome is None:
        return Further(tables={"rule_check": check})
    trio = three_models(model, sample, statements)
    if trio is None:
        return Further(tables={"rule_check": check})
    methods = [plan.method] + (["gold_only"] if plan.method != "gold_only" else [])
    uncorrected, asked = _naive(model), list(questions(model, sample))
    three = three_coordinates(trio, asked, sample, statements)
    estimates: list[Estimate] = []
    for method in methods:
        if method == "dsl":
            estimates += _design_based_rows(model, trio, sample, uncorrected, statements)
        elif three is not None:
            estimates += _rows(model, three, asked, sample, method, uncorrected)
    counts = {"hand_coded": len(sample.rows), "of": model.sample.n, "corrected_steps": sorted(sample.terms)}
    name = f"{model.sample.outcome.name}, {model.label}"
    return Further(tuple(estimates), {"rule_check": check}, {"correction": {name: counts}})


def _with_enough(sample: HandSample, model: Model, statements: Statements) -> HandSample:
    """Leave steps with too few hand-coded positives or negatives as the rules coded them, and say so."""
    kept = {}
    for name, term in sample.terms.items():
        used = int((term.block[sample.drawn, 0] != 0).sum())
        fewer = min(used, len(sample.rows) - used)
        if fewer >= FEWEST_POSITIVES:
            kept[name] = term
            continue
        statements.say(
            "coding",
            "refused",
            f"{name}: {used} of {len(sample.rows)} hand-coded interactions have it; below {FEWEST_POSITIVES} with or "
            "without it there is no corrected estimate. It is held constant as the rules coded it.",
            outcome=model.sample.outcome.name,
            about=name,
            hand_coded_positives=used,
            hand_coded=len(sample.rows),
        )
    return replace(sample, terms=kept)


def _rows(
    model: Model,
    three: tuple[Coordinates, Coordinates, Coordinates],
    asked: list[Asked],
    sample: HandSample,
    method: str,
    uncorrected: dict[tuple[str, str], Estimate],
) -> list[Estimate]:
    """Average effects and coefficients by predict-then-debias or from hand codes alone."""
    k = len(model.fit.params)
    probability = np.where(sample.drawn, sample.probability, 0.0)
    result = predict_then_debias(*three, probability, _TUNINGS[method], parameters=k)
    errors = result.std_error(model.sample.groups, "cv3l" if model.spread.kind in ("cv3l", "cv3") else "cr1c")
    df = model.spread.df if model.n_clusters else float("inf")
    found = []
    for place, one in enumerate(asked):
        _, factor = unit(model, one.quantity)
        found.append(
            _corrected(
                model,
                uncorrected[_place(one, model)],
                factor * float(result.estimate[k + place]),
                factor * float(errors[k + place]),
                df,
                method,
            )
        )
    for name in _corrected_columns(model, sample):
        at = model.fit.index(name)
        found.append(
            _corrected(
                model, uncorrected[name, ""], float(result.estimate[at]), float(errors[at]), df, method
            )
        )
    return found


def _place(one: Asked, model: Model) -> tuple[str, str]:
    """Where the uncorrected row of an average effect is found: term and contrast."""
    _, contrast = one.of(model)
    if one.quantity.what == "mean":
        return one.term, contrast.label
    signs = {"at_most": "P(<={})", "at_least": "P(>={})", "equal": "P(={})"}
    return one.term, f"{contrast.label}: {signs[one.quantity.what].format(f'{one.quantity.level:g}')}"


def _naive(model: Model) -> dict[tuple[str, str], Estimate]:
    """The uncorrected rows, average effects by term and contrast, coefficients by column."""
    effects = {(found.term, found.contrast): found for found in marginal_effects(model)}
    return effects | {(found.term, ""): found for found in coefficients(model)}


def _corrected_columns(model: Model, sample: HandSample) -> list[str]:
    """All parameters but those of steps that were refused, or of which too few hand codes are known."""
    steps = {term.name for term in model.design.terms if term.role == "step"}
    unknown = (steps - set(sample.terms)) | model.refused
    gone = {
        name
        for name, owner in zip(model.design.names, model.design.owners, strict=True)
        if unknown & set(owner)
    }
    return [name for name in model.fit.names if name not in gone]


def _corrected(
    model: Model, naive: Estimate, estimate: float, std_error: float, df: float, method: str
) -> Estimate:
    """The uncorrected row with corrected numbers."""
    kind = "cv3l" if model.spread.kind in ("cv3l", "cv3") else "cr1c"
    found = row(
        model,
        estimate=estimate,
        std_error=std_error,
        df=df,
        term=naive.term,
        measure=naive.measure,
        contrast=naive.contrast,
        scale=naive.scale,
        evidence=naive.evidence,
        correction=method,
        family=f"{naive.family}|{method}" if naive.family else "",
    )
    return replace(found, inference=kind)


def _design_based_rows(
    model: Model,
    trio: tuple[Model, Model, Model],
    sample: HandSample,
    uncorrected: dict[tuple[str, str], Estimate],
    statements: Statements,
) -> list[Estimate]:
    """Coefficients by the design-based equations."""
    solved = design_based(trio[0].fit, trio[1].fit, model.fit, sample.rows)
    if not solved.converged:
        statements.say(
            "coding",
            "refused",
            "The design-based equations have no solution with these hand-coded interactions; use method 'ptd'.",
            outcome=model.sample.outcome.name,
        )
        return []
    errors = np.sqrt(np.diag(solved.covariance(model.sample.groups)))
    df = model.spread.df
    found = []
    for name in _corrected_columns(model, sample):
        at = model.fit.index(name)
        one = _corrected(model, uncorrected[name, ""], float(solved.params[at]), float(errors[at]), df, "dsl")
        found.append(replace(one, inference="cr1c", scale=linear_scale(model)))
    return found
