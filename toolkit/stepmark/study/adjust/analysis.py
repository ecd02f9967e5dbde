"""Each step among interactions that were alike before it: rows beside the regression, with overlap and balance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from stepmark.study.adjust.arms import Arms, arms_by_step
from stepmark.study.adjust.balance import SMALLEST_ARM, Balance, balance
from stepmark.study.adjust.potential import Method, PotentialMeans, potential_means
from stepmark.study.effects import Estimate, evidence_of, row, unit
from stepmark.study.families import Quantity
from stepmark.study.further import Further
from stepmark.study.models import Model
from stepmark.study.sections import AdjustmentPlan
from stepmark.study.statements import Statements
from stepmark.study.terms import Term

__all__ = ["adjust"]

_METHODS: dict[str, Method] = {"aipw": "aipw", "ra": "ra", "ipw": "ipw_hajek", "ipw_ht": "ipw_ht"}
_TITLES = {
    "aipw": "doubly robust (AIPW)",
    "ra": "outcome regression by arm",
    "ipw": "inverse-probability weighted",
    "ipw_ht": "inverse-probability weighted (Horvitz-Thompson)",
}
#: Standardised differences above this after weighting are called out.
BALANCED = 0.1


def adjust(table: pd.DataFrame, model: Model, statements: Statements) -> Further:
    """Compare interactions with and without each binary step that were alike before it.

    Returns
    -------
    Further
        A row a step and method, the tables `overlap` (one row a step), `balance` (one row a step and covariate),
        `propensity` (one row a step and twentieth of its estimated chance of use: `low`, `high`, and how many interactions
        `with_step` and `without_step` are there) and `adjusted_means` (one row a step and method: the mean outcome had all
        interactions had the step, and had none); no row, with a statement, where the two kinds do not overlap.
    """
    plan = model.plan.adjustment
    if plan is None or model.handling != "pooled" or model.sample.event is not None:
        return Further()
    _say_unlike(model, statements)
    estimates: list[Estimate] = []
    overlaps, balances, chances, means = [], [], [], []
    for term, arms in arms_by_step(model, plan.confounders):
        if not arms.names:
            _nothing_known(model, statements)
            return Further()
        chances.append(_chances(model, arms))
        arms, checked, trimmed = _comparable(arms, plan)
        overlaps.append(_overlap_row(model, arms, checked, trimmed))
        balances.append(checked.table.assign(term=term.name, outcome=model.sample.outcome.name))
        if not checked.sufficient:
            _no_overlap(model, arms, checked, trimmed, statements)
            continue
        if arms.clusters.count < 2:
            _single(model, arms, statements)
            continue
        _say_unbalanced(model, arms, checked, statements)
        for name in plan.methods:
            found = potential_means(
                arms.score,
                arms.treated,
                arms.Z,
                _METHODS[name],
                weights=arms.weights,
                propensity=arms.propensity,
            )
            if found.converged:
                estimates.append(_row(model, term, name, found, arms))
                means.append(_means_row(model, term, name, found, arms))
            else:
                _no_solution(model, term, statements)
    tables = {"overlap": pd.DataFrame(overlaps)} if overlaps else {}
    if balances:
        tables["balance"] = pd.concat(balances, ignore_index=True)
        tables["propensity"] = pd.concat(chances, ignore_index=True)
    if means:
        tables["adjusted_means"] = pd.DataFrame(means)
    return Further(tuple(estimates), tables)


def _comparable(arms: Arms, plan: AdjustmentPlan) -> tuple[Arms, Balance, int]:
    """The interactions whose chance of the step is neither near 0 nor near 1, checked once more among themselves."""
    checked, trimmed = _check(arms, plan), 0
    if checked.trimmed and checked.sufficient:
        trimmed = checked.trimmed
        arms = arms.take(checked.kept)
        checked = _check(arms, AdjustmentPlan(trim=(0.0, 1.0)))
    return arms, checked, trimmed


def _check(arms: Arms, plan: AdjustmentPlan) -> Balance:
    return balance(arms.treated, arms.Z[:, 1:], arms.names, arms.chance, arms.weights, plan.trim)


def _chances(model: Model, arms: Arms) -> pd.DataFrame:
    """How many interactions with and without the step have which chance of it, before any is set aside."""
    edges = np.linspace(0.0, 1.0, 21)
    chance, treated = arms.chance, arms.treated == 1
    return pd.DataFrame(
        {
            "outcome": model.sample.outcome.name,
            "term": arms.step,
            "low": edges[:-1],
            "high": edges[1:],
            "with_step": np.histogram(chance[treated], edges)[0],
            "without_step": np.histogram(chance[~treated], edges)[0],
        }
    )


def _row(model: Model, term: Term, method: str, found: PotentialMeans, arms: Arms) -> Estimate:
    scale, factor = unit(model, Quantity())
    df = float(arms.clusters.count - 1) if np.isfinite(model.clusters_df) else float("inf")
    normal = model.plan.inference.distribution == "normal"
    exact = _uncorrected(model)
    estimate = row(
        model,
        estimate=factor * found.effect,
        std_error=factor * found.std_error(arms.clusters, corrected=not exact),
        df=float("inf") if normal else df,
        term=term.name,
        measure=term.measure,
        contrast=term.contrasts[0].label,
        scale=scale,
        evidence=evidence_of(model, [term]),
        family=f"mean|{method}",
    )
    inference = model.plan.inference.kind if exact else "cr1c"
    return replace(estimate, model=_TITLES[method], n=len(arms.treated), inference=inference)


def _uncorrected(model: Model) -> bool:
    """Whether the plan wants the sandwich without a factor for few clusters or units."""
    return model.plan.inference.kind in ("cr0", "hc0")


def _means_row(model: Model, term: Term, method: str, found: PotentialMeans, arms: Arms) -> dict[str, object]:
    scale, factor = unit(model, Quantity())
    spread = found.covariance(arms.clusters, corrected=not _uncorrected(model))
    errors = factor * np.sqrt(np.diag(spread))
    return {
        "outcome": model.sample.outcome.name,
        "term": term.name,
        "method": method,
        "scale": "percent" if scale == "percentage_points" else scale,
        "mean_with": factor * found.with_step,
        "std_error_with": float(errors[0]),
        "mean_without": factor * found.without_step,
        "std_error_without": float(errors[1]),
        "n": len(arms.treated),
    }


def _overlap_row(model: Model, arms: Arms, checked: Balance, trimmed: int) -> dict[str, object]:
    differences = checked.table[["smd_before", "smd_after"]].abs().max()
    return {
        "outcome": model.sample.outcome.name,
        "term": arms.step,
        "n": len(arms.treated),
        "used": int(arms.treated.sum()),
        "trimmed": trimmed or checked.trimmed,
        "effective_with": checked.effective_with,
        "effective_without": checked.effective_without,
        "largest_smd_before": float(differences["smd_before"]),
        "largest_smd_after": float(differences["smd_after"]),
        "estimated": checked.sufficient,
    }


def _say_unlike(model: Model, statements: Statements) -> None:
    """Name the steps that have no two arms to compare."""
    for term in model.design.terms:
        if term.role == "step" and not term.binary and term.name not in model.refused:
            statements.say(
                "overlap",
                "refused",
                f"{term.name} is a number, not used or not used, so it has no adjusted estimate besides the regression; "
                "let it enter as 'used' for one.",
                outcome=model.sample.outcome.name,
                about=term.name,
            )


def _nothing_known(model: Model, statements: Statements) -> None:
    statements.say(
        "overlap",
        "refused",
        "The plan adjusts but names nothing that was known before the first reply; give controls or confounders.",
        outcome=model.sample.outcome.name,
    )


def _no_overlap(model: Model, arms: Arms, checked: Balance, trimmed: int, statements: Statements) -> None:
    which = "with" if checked.effective_with < checked.effective_without else "without"
    size = min(checked.effective_with, checked.effective_without)
    statements.say(
        "overlap",
        "refused",
        f"{arms.step}: interactions {which} it that are comparable with the others carry the weight of {size:.0f} "
        f"({checked.trimmed + trimmed:,} set aside); below {SMALLEST_ARM:.0f} there is no adjusted estimate.",
        outcome=model.sample.outcome.name,
        about=arms.step,
        effective=float(size),
    )


def _single(model: Model, arms: Arms, statements: Statements) -> None:
    statements.say(
        "overlap",
        "refused",
        f"{arms.step}: the interactions with and without it that are comparable are all of one agent; there is no adjusted "
        "estimate that speaks of others.",
        outcome=model.sample.outcome.name,
        about=arms.step,
    )


def _say_unbalanced(model: Model, arms: Arms, checked: Balance, statements: Statements) -> None:
    after = checked.table.set_index("covariate")["smd_after"].abs().dropna()
    if after.empty or after.max() <= BALANCED:
        return
    worst, difference = str(after.idxmax()), float(after.max())
    statements.say(
        "overlap",
        "caution",
        f"{arms.step}: after weighting, {worst} still differs by {difference:.2f} standard "
        "deviations between interactions with and without it.",
        outcome=model.sample.outcome.name,
        about=arms.step,
        smd=difference,
    )


def _no_solution(model: Model, term: Term, statements: Statements) -> None:
    statements.say(
        "overlap",
        "refused",
        f"{term.name}: the adjustment models have no finite solution; no adjusted estimate is given.",
        outcome=model.sample.outcome.name,
        about=term.name,
    )
