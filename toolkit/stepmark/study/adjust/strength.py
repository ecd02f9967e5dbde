"""How strong would what we did not measure have to be, beside the strongest of what we did?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.special import expit

from stepmark.study.adjust.arms import Arms, arms_by_step
from stepmark.study.adjust.potential import PotentialMeans, potential_means
from stepmark.study.adjust.sensitivity import e_value, e_value_of_interval, risk_ratio_of_difference
from stepmark.study.families import Array, Logistic
from stepmark.study.further import Further
from stepmark.study.models import Model
from stepmark.study.newton import Fit, fit
from stepmark.study.statements import Statements

__all__ = ["e_values"]

_REACH = 1.959963984540054


def e_values(table: pd.DataFrame, model: Model, statements: Statements) -> Further:
    """E-values of each binary step, beside the strongest measured confounder on the same scale.

    Returns
    -------
    Further
        The table `e_values`, one row a step: `risk_ratio` with and without it (for scores: what the difference is about
        worth), its interval, `e_value`, `e_value_bound` (of the bound nearer to 1), `strongest` (the measured
        confounder with the largest joint strength) and `strongest_strength` (the smaller of its risk ratios with
        step and outcome). A hidden confounder weaker than `e_value_bound` cannot explain the finding away.
    """
    if model.plan.sensitivity is None or not model.plan.sensitivity.e_values or model.handling != "pooled":
        return Further()
    if model.sample.event is not None:
        return Further()
    rows = []
    with_outcome: Array | None = None
    for term, arms in arms_by_step(model):
        if with_outcome is None:  # the same for all steps: they share what was known before
            with_outcome = _ratios(arms, arms.score)
        means = potential_means(
            arms.score, arms.treated, arms.Z, "ra", weights=arms.weights, propensity=arms.propensity
        )
        if not means.converged:
            continue
        ratio, low, high = _risk_ratio(means, arms)
        name, strength = _strongest(arms, with_outcome)
        rows.append(
            {
                "outcome": model.sample.outcome.name,
                "term": term.name,
                "risk_ratio": ratio,
                "conf_low": low,
                "conf_high": high,
                "e_value": e_value(ratio),
                "e_value_bound": e_value_of_interval(low, high),
                "strongest": name,
                "strongest_strength": strength,
            }
        )
    return Further(tables={"e_values": pd.DataFrame(rows)} if rows else {})


def _risk_ratio(means: PotentialMeans, arms: Arms) -> tuple[float, float, float]:
    """The ratio of the two means for 0/1 outcomes, of what the difference is worth for others, with a 95% interval."""
    covariance = means.covariance(arms.clusters)
    if set(np.unique(arms.score)) <= {0.0, 1.0}:
        gradient = np.array([1 / means.with_step, -1 / means.without_step])
        log_ratio = math.log(means.with_step / means.without_step)
        error = math.sqrt(gradient @ covariance @ gradient)
        return tuple(math.exp(log_ratio + z * error) for z in (0.0, -_REACH, _REACH))  # type: ignore[return-value]
    spread, error = float(arms.score.std()), means.std_error(arms.clusters)
    ends = (means.effect + z * error for z in (0.0, -_REACH, _REACH))
    return tuple(risk_ratio_of_difference(end, spread) for end in ends)  # type: ignore[return-value]


def _strongest(arms: Arms, with_outcome: Array) -> tuple[str, float]:
    """The measured confounder with the largest joint strength; empty and missing where there is none."""
    if not arms.names:
        return "", float("nan")
    both = np.minimum(_size(with_outcome), _size(_ratios(arms, arms.treated, arms.propensity)))
    return arms.names[int(both.argmax())], float(both.max())


def _size(ratios: Array) -> Array:
    """How far risk ratios are from 1, in either direction; 1 where they are not known."""
    known = ratios > 0
    safe = np.where(known, ratios, 1.0)
    return np.maximum(safe, 1 / safe)


def _ratios(arms: Arms, y: Array, model: Fit | None = None) -> Array:
    """What one more unit (0/1) or standard deviation of each covariate is worth as a risk ratio, given the others.

    With the logistic `model` of a 0/1 `y` given what was known before, where it was fitted already.
    """
    ends = [_ends(column) for column in arms.Z.T[1:]]
    if not set(np.unique(y)) <= {0.0, 1.0}:
        slopes = np.linalg.lstsq(arms.Z, y, rcond=None)[0][1:]
        worth = [slope * (high - low) for slope, (low, high) in zip(slopes, ends, strict=True)]
        return np.array([risk_ratio_of_difference(float(one), float(y.std())) for one in worth])
    model = model or fit(Logistic(), arms.Z, y, weights=arms.weights)
    if not model.converged:
        return np.ones(len(ends))
    linear = arms.Z @ model.params
    found = []
    for place, pair in enumerate(ends, start=1):
        rest = linear - model.params[place] * arms.Z[:, place]
        low, high = (
            float(np.average(expit(rest + model.params[place] * end), weights=arms.weights)) for end in pair
        )
        found.append(high / low if low > 0 else 1.0)
    return np.array(found)


def _ends(column: Array) -> tuple[float, float]:
    """Without and with it for 0/1, half a standard deviation below and above the mean for numbers."""
    if set(np.unique(column)) <= {0.0, 1.0}:
        return 0.0, 1.0
    return float(column.mean() - column.std() / 2), float(column.mean() + column.std() / 2)
