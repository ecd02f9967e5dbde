"""From a fitted model to rows of the effects table, in the outcome's own units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from stepmark.study.averages import Average, average_difference, average_slope
from stepmark.study.families import Array, Logistic, Ordinal, Poisson, Quantity
from stepmark.study.models import Model
from stepmark.study.profile import profile_interval
from stepmark.study.terms import Contrast, Term

__all__ = [
    "EFFECT_COLUMNS",
    "Estimate",
    "coefficients",
    "contrast_average",
    "effects_frame",
    "evidence_of",
    "linear_scale",
    "marginal_effects",
    "profiled",
    "quantities",
    "row",
    "subgroups",
    "unit",
]

EFFECT_COLUMNS = (
    "term",
    "measure",
    "outcome",
    "model",
    "contrast",
    "scale",
    "estimate",
    "std_error",
    "statistic",
    "p_value",
    "p_adjusted",
    "conf_low",
    "conf_high",
    "conf_level",
    "n",
    "n_clusters",
    "inference",
    "correction",
    "evidence",
)

#: Measures that fix the exposure to a moment before the outcome.
TIME_ORDERED = ("early", "before")
#: With fewer clusters, or fewer uses or non-uses of a step, the evidence label says that one cannot tell.
TOO_FEW_CLUSTERS, FEW_USES = 6, 20
CONTROL = "control, not interpreted"
#: What the labels begin with that say one cannot tell; nothing that is found out later takes them away.
TOO_FEW = "too few"


@dataclass(frozen=True)
class Estimate:
    """One row of the effects table; see `EFFECT_COLUMNS`.

    Attributes
    ----------
    family
        Estimates of one family are adjusted together for how many they are; empty for those that are not (controls).
    """

    term: str
    measure: str
    outcome: str
    model: str
    contrast: str
    scale: str
    estimate: float
    std_error: float
    statistic: float
    p_value: float
    conf_low: float
    conf_high: float
    conf_level: float
    n: int
    n_clusters: int | None
    inference: str
    evidence: str
    correction: str = "none"
    p_adjusted: float = float("nan")
    family: str = ""


def effects_frame(estimates: list[Estimate]) -> pd.DataFrame:
    """The effects table, in full precision."""
    frame = pd.DataFrame([asdict(estimate) for estimate in estimates], columns=list(EFFECT_COLUMNS))
    return frame.astype({"n": "Int64", "n_clusters": "Int64"})


def coefficients(model: Model) -> Iterator[Estimate]:
    """One row for each parameter, on the scale of the linear predictor."""
    errors = model.spread.std_error
    cuts = len(model.fit.names) - len(model.design.names)
    owners = [*[()] * cuts, *model.design.owners]
    for j, (name, owner) in enumerate(zip(model.fit.names, owners, strict=True)):
        if model.refused & set(owner):
            continue
        steps = [model.design.term(o) for o in owner if model.design.term(o).role == "step"]
        gradient = np.zeros(len(model.fit.names))
        gradient[j] = 1.0
        yield row(
            model,
            gradient=gradient,
            term=name,
            measure=steps[0].measure if steps else "",
            contrast="coefficient",
            scale=linear_scale(model),
            estimate=float(model.fit.params[j]),
            std_error=float(errors[j]),
            df=_degrees(model, gradient),
            evidence=evidence_of(model, steps) if steps else CONTROL,
            family=f"coefficient|{model.handling}" if steps else "",
        )


def linear_scale(model: Model) -> str:
    """The scale of the coefficients."""
    return (
        "points"
        if model.handling == "within"
        else _LINEAR_SCALE.get(str(model.sample.outcome.model), "points")
    )


_LINEAR_SCALE = {
    "logistic": "log_odds",
    "gee_logistic": "log_odds",
    "conditional_logit": "log_odds",
    "proportional_odds": "log_odds",
    "ordinal_probit": "probit",
    "poisson": "log_rate",
    "negative_binomial": "log_rate",
    "cox": "log_hazard",
}


def marginal_effects(model: Model) -> Iterator[Estimate]:
    """The average effect of each contrast of each step, on every quantity that suits the outcome."""
    if not model.averages:
        return
    for term in model.design.terms:
        if term.role != "step" or term.name in model.refused:
            continue
        for contrast in term.contrasts:
            for quantity in quantities(model):
                yield effect(model, term, contrast, quantity, model.fit.weights, "")
            for column in model.plan.subgroups:
                yield from _by_group(model, term, contrast, column)
    for pair in model.plan.contrasts:
        if not model.refused & set(pair) and set(pair) <= {term.name for term in model.design.terms}:
            yield _compared(model, *(model.design.term(name) for name in pair))


def _compared(model: Model, first: Term, second: Term) -> Estimate:
    """How much larger the average effect of the first step is than that of the second."""
    weights = model.fit.weights
    one = contrast_average(model, first, first.contrasts[0], Quantity(), weights)
    two = contrast_average(model, second, second.contrasts[0], Quantity(), weights)
    gap = Average(
        one.estimate - two.estimate, one.values - two.values, weights, one.gradients - two.gradients
    )
    scale, factor = unit(model, Quantity())
    return row(
        model,
        gradient=factor * gap.gradient,
        term=f"{first.name} - {second.name}",
        measure=first.measure,
        contrast=f"({first.contrasts[0].label}) - ({second.contrasts[0].label})",
        scale=scale,
        estimate=factor * gap.estimate,
        std_error=factor * gap.std_error(model.spread, _population(model)),
        df=_degrees(model, gap.gradient),
        evidence=evidence_of(model, [first, second]),
        family=f"between steps|{model.handling}",
    )


def _by_group(model: Model, term: Term, contrast: Contrast, column: str) -> Iterator[Estimate]:
    for value, weights in subgroups(model, contrast, column):
        if weights.any():
            yield effect(model, term, contrast, Quantity(), weights, f" where {column} = {value}")


def subgroups(model: Model, contrast: Contrast, column: str) -> Iterator[tuple[object, Array]]:
    """Each value of a column, with the weights (n,) of what `contrast` is averaged over there: all 0 where it is nothing."""
    values = model.sample.table[column]
    among = np.ones(len(values)) if contrast.among is None else contrast.among
    for value in sorted(values.dropna().unique(), key=str):
        yield value, model.fit.weights * among * (values == value).to_numpy()


def quantities(model: Model) -> list[Quantity]:
    """What is averaged: the mean, and for ordinal outcomes the two ends and, if planned, every level."""
    outcome = model.sample.outcome
    if outcome.model not in ("proportional_odds", "ordinal_probit") or model.handling == "within":
        return [Quantity()]
    levels = outcome.levels
    low = outcome.at_most if outcome.at_most is not None else (levels[1] if len(levels) >= 4 else levels[0])
    high = (
        outcome.at_least if outcome.at_least is not None else (levels[-2] if len(levels) >= 4 else levels[-1])
    )
    ends = [Quantity("at_most", low), Quantity("at_least", high)]
    each = [Quantity("equal", level) for level in levels] if outcome.distribution else []
    return [Quantity(), *ends, *each]


def contrast_average(
    model: Model, term: Term, contrast: Contrast, quantity: Quantity, weights: Array
) -> Average:
    """The average effect of one contrast with all it takes to know its uncertainty."""
    if contrast.among is not None:
        weights = weights * contrast.among
    if contrast.kind == "slope":
        along = model.design.direction(term.name, contrast)
        return average_slope(model.fit, model.design.matrix(), along, quantity, weights)
    high, low = model.design.contrasted(term.name, contrast)
    return average_difference(model.fit, high, low, quantity, weights)


def effect(
    model: Model, term: Term, contrast: Contrast, quantity: Quantity, weights: Array, where: str
) -> Estimate:
    found = contrast_average(model, term, contrast, quantity, weights)
    scale, factor = unit(model, quantity)
    label = contrast.label if quantity.what == "mean" else f"{contrast.label}: {_ascii(quantity)}"
    return row(
        model,
        gradient=factor * found.gradient,
        term=term.name,
        measure=term.measure,
        contrast=label + where,
        scale=scale,
        estimate=factor * found.estimate,
        std_error=factor * found.std_error(model.spread, _population(model)),
        df=_degrees(model, found.gradient),
        evidence=evidence_of(model, [term]),
        family=f"{'subgroup' if where else _ascii(quantity)}|{model.handling}",
    )


def _population(model: Model) -> bool:
    over = model.plan.inference.averaged_over
    if over == "auto":
        return any(part.leave_out for part in model.spread.parts)
    return over == "population"


def unit(model: Model, quantity: Quantity) -> tuple[str, float]:
    """The scale of an average effect on `quantity`, and the factor that brings it there."""
    kind = model.sample.outcome.kind
    if quantity.what != "mean" or kind == "binary":
        return "percentage_points", 100.0
    return {"count": "count", "time": "log_hazard"}.get(str(kind), "points"), 1.0


def _ascii(quantity: Quantity) -> str:
    signs = {"at_most": "P(<={})", "at_least": "P(>={})", "equal": "P(={})", "mean": "mean"}
    return signs[quantity.what].format(f"{quantity.level:g}")


def _degrees(model: Model, gradient: Array) -> float:
    rule = model.plan.inference.distribution
    if rule == "normal":
        return float("inf")
    if rule == "t" and np.isfinite(model.clusters_df):
        return model.clusters_df
    return model.spread.degrees(gradient)


def evidence_of(model: Model, terms: list[Term]) -> str:
    """How far a row of the effects can be relied on, in words: its label."""
    if model.n_clusters is not None and model.n_clusters < TOO_FEW_CLUSTERS:
        return f"{TOO_FEW} agents to tell"
    if any(term.binary and min(term.uses, model.sample.n - term.uses) < FEW_USES for term in terms):
        return f"{TOO_FEW} cases to tell"
    ordered = all(term.measure in TIME_ORDERED for term in terms)
    return "time-ordered association" if ordered else "association"


def row(
    model: Model, *, estimate: float, std_error: float, df: float, gradient: Array | None = None, **rest: Any
) -> Estimate:
    """One row of the effects table for `model`, with interval and p-value by t with `df` degrees of freedom.

    With a `gradient` of the estimate, shape (p,), the plan's wild cluster bootstrap or profile likelihood takes their place.
    """
    level = model.plan.inference.conf_level
    reach = float(stats.t.ppf(0.5 + level / 2, df)) * std_error
    statistic = estimate / std_error if std_error > 0 else float("nan")
    p_value = float(2 * stats.t.sf(abs(statistic), df))
    low, high = estimate - reach, estimate + reach
    kind = model.spread.kind
    if gradient is not None and model.bootstrap is not None:
        kind = "wild"
        p_value, low, high = model.bootstrap.test(gradient, estimate, level)
    elif gradient is not None and profiled(model) and _slope(model, gradient):
        kind = "profile"
        low, high = profile_interval(model.fit, int(np.flatnonzero(gradient)[0]), level)
    return Estimate(
        outcome=model.sample.outcome.name,
        model=model.label,
        estimate=estimate,
        std_error=std_error,
        statistic=statistic,
        p_value=p_value,
        conf_low=low,
        conf_high=high,
        conf_level=level,
        n=model.sample.n,
        n_clusters=model.n_clusters,
        inference=kind,
        **rest,
    )


def profiled(model: Model) -> bool:
    """Whether coefficients have profile likelihood intervals: the plan wants them, and the model's likelihood is trusted."""
    likely = isinstance(model.fit.family, Logistic | Ordinal | Poisson) and model.spread.kind == "model"
    return model.plan.inference.interval == "profile" and likely


def _slope(model: Model, gradient: Array) -> bool:
    """Whether the gradient is that of a single coefficient, not of a cut point, whose likelihood is not profiled."""
    cuts = len(model.fit.names) - len(model.design.names)
    alone = np.count_nonzero(gradient) == 1 and gradient.max() == 1.0
    return bool(alone and not gradient[:cuts].any())
