"""How strong would what we did not measure have to be, beside the strongest of what we did?"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from stepmark.study.adjust.arms import Arms, arms_of, binary_steps
from stepmark.study.adjust.potential import PotentialMeans, potential_means
from stepmark.study.adjust.sensitivity import e_value, e_value_of_interval, risk_ratio_of_difference
from stepmark.study.families import Array, Logistic, Quantity
from stepmark.study.further import Further
from stepmark.study.models import Model
from stepmark.study.newton import fit
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
    for term in binary_steps(model):
        arms = arms_of(model, term)
        means = potential_means(arms.score, arms.treated, arms.Z, "ra", weights=arms.weights)
        if not means.converged:
            continue
        ratio, low, high = _risk_ratio(means, arms)
        name, strength = _strongest(arms)
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


def _strongest(arms: Arms) -> tuple[str, float]:
    """The measured confounder with the largest joint strength; empty and missing where there is none."""
    best, most = "", float("nan")
    for place, name in enumerate(arms.names, start=1):
        with_outcome = _ratio_along(arms, place, arms.score)
        with_step = _ratio_along(arms, place, arms.treated)
        strength = (
            min(max(r, 1 / r) for r in (with_outcome, with_step)) if with_outcome * with_step > 0 else 1.0
        )
        if not strength <= most:
            best, most = name, strength
    return best, most


def _ratio_along(arms: Arms, place: int, y: Array) -> float:
    """What one more unit (0/1) or standard deviation of a covariate is worth as a risk ratio, given the others."""
    column = arms.Z[:, place]
    binary = set(np.unique(column)) <= {0.0, 1.0}
    ends = (0.0, 1.0) if binary else (column.mean() - column.std() / 2, column.mean() + column.std() / 2)
    if not set(np.unique(y)) <= {0.0, 1.0}:
        slope = np.linalg.lstsq(arms.Z, y, rcond=None)[0][place] * (ends[1] - ends[0])
        return risk_ratio_of_difference(float(slope), float(y.std()))
    model = fit(Logistic(), arms.Z, y, weights=arms.weights)
    means = []
    for end in ends:
        Z = arms.Z.copy()
        Z[:, place] = end
        predicted, _ = model.family.predict(model.params, Z, np.zeros(len(Z)), Quantity())
        means.append(float(np.average(predicted, weights=arms.weights)))
    return means[1] / means[0] if model.converged and means[0] > 0 else 1.0
