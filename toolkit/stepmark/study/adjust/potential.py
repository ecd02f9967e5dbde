"""The mean outcome had all interactions had the step, and had none: doubly robust, by weighting, by regression.

Robins, Rotnitzky & Zhao (1994) for the augmented inverse-probability weighted estimate; variances from the stacked
estimating equations (Stefanski & Boos 2002) of propensity model, outcome models and means, summed by cluster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit

from stepmark.study.clusters import Clusters
from stepmark.study.families import Array, Family, Linear, Logistic, Quantity
from stepmark.study.identify import full_rank
from stepmark.study.newton import Fit, fit

__all__ = ["METHODS", "Method", "PotentialMeans", "chance", "potential_means"]

Method = Literal["aipw", "ra", "ipw_hajek", "ipw_ht"]
METHODS: tuple[Method, ...] = ("aipw", "ra", "ipw_hajek", "ipw_ht")


@dataclass(frozen=True, eq=False)
class PotentialMeans:
    """Means of the outcome with and without the step, over the same interactions.

    Attributes
    ----------
    with_step, without_step
        The two means, in units of the outcome.
    influence
        First-order influence of each unit on the two means, shape (n, 2).
    propensity
        Each unit's estimated chance of the step, shape (n,).
    converged
        Whether all models converged, each on columns that vary in its arm; where not, the estimates mean nothing.
    """

    with_step: float
    without_step: float
    influence: Array
    propensity: Array
    converged: bool

    @property
    def effect(self) -> float:
        """The difference of the two means."""
        return self.with_step - self.without_step

    def covariance(self, clusters: Clusters, *, corrected: bool = True) -> Array:
        """The covariance of the two means by cluster, (2, 2); times G/(G-1) where `corrected`."""
        sums = clusters.sum(self.influence)
        G = clusters.count
        return (G / (G - 1) if corrected else 1.0) * sums.T @ sums

    def std_error(self, clusters: Clusters, *, corrected: bool = True) -> float:
        """The standard error of the difference."""
        contrast = np.array([1.0, -1.0])
        return float(np.sqrt(contrast @ self.covariance(clusters, corrected=corrected) @ contrast))


@dataclass(frozen=True, eq=False)
class _Arm:
    """One arm: who is in it, with which weight, and how that weight moves with the propensity parameters."""

    member: Array
    inverse: Array
    slope: Array


def potential_means(
    score: Array,
    treated: Array,
    Z: Array,
    method: Method = "aipw",
    *,
    family: Family | None = None,
    codes: Array | None = None,
    weights: Array | None = None,
    propensity: Fit | None = None,
) -> PotentialMeans:
    """Means of the outcome had all units had the step, and had none.

    Parameters
    ----------
    score
        The outcome in its own units, shape (n,): 0/1, points, or the scores of the levels.
    treated
        Whether the step was used, shape (n,), 0/1.
    Z
        What was known before it could be used, with a column of ones first, shape (n, k), of full rank.
    method
        `aipw` (doubly robust), `ra` (outcome regression), `ipw_hajek` (weights normalised in each arm) or `ipw_ht`.
    family
        The outcome model in each arm; logistic for 0/1 outcomes, else linear, where none is given.
    codes
        The outcome as the family wants it, where that is not `score` (level codes of an ordinal outcome; `Z` then loses
        its column of ones).
    weights
        Weights of the units, e.g. against non-response.
    propensity
        The logistic model of `treated` given `Z` with these weights, where it was fitted already.

    Returns
    -------
    PotentialMeans
    """
    weights = np.ones(len(score)) if weights is None else weights
    model: Family = family or (Logistic() if set(np.unique(score)) <= {0.0, 1.0} else Linear())
    outcome = score if codes is None else codes
    W = Z if codes is None else Z[:, 1:]
    propensity = propensity or fit(Logistic(), Z, treated, weights=weights)
    e = chance(propensity)
    arms = (
        _Arm(treated, 1 / e, -((1 - e) / e)[:, None] * Z),
        _Arm(1 - treated, 1 / (1 - e), (e / (1 - e))[:, None] * Z),
    )
    means, influences, converged = [], [], propensity.converged
    for arm in arms:
        mean, influence, sound = _arm_mean(score, outcome, W, arm, method, model, weights, propensity)
        means.append(mean)
        influences.append(influence)
        converged = converged and sound
    return PotentialMeans(means[0], means[1], np.column_stack(influences), e, converged)


def chance(propensity: Fit) -> Array:
    """Each unit's chance of the step by a propensity model, shape (n,)."""
    return expit(propensity.X @ propensity.params)


def _arm_mean(
    score: Array,
    outcome: Array,
    W: Array,
    arm: _Arm,
    method: Method,
    family: Family,
    weights: Array,
    propensity: Fit,
) -> tuple[float, Array, bool]:
    """The mean of one arm, each unit's influence on it, and whether its outcome model converged."""
    weight = weights * arm.member * arm.inverse
    if method in ("ipw_ht", "ipw_hajek"):
        return (*_weighted_mean(score, arm, weights, weight, method, propensity), True)
    rows = np.flatnonzero(arm.member)
    if not full_rank(W[rows].T @ W[rows]):  # something known before occurs in the other arm only
        return float("nan"), np.full(len(score), np.nan), False
    model = fit(family, W[rows], outcome[rows], weights=weights[rows])
    predicted, gradient = family.predict(model.params, W, np.zeros(len(W)), Quantity())
    augmented = predicted.copy()
    with_propensity = np.zeros(propensity.X.shape[1])
    total = weights.sum()
    if method == "aipw":
        residual = arm.member * (score - predicted)
        augmented += residual * arm.inverse
        with_propensity = (weights * residual) @ arm.slope / total
        gradient = gradient * (1 - arm.member * arm.inverse)[:, None]
    mean = float(weights @ augmented / total)
    influence = weights * (augmented - mean) / total + propensity.influence() @ with_propensity
    influence[rows] += model.influence() @ (weights @ gradient / total)
    return mean, influence, model.converged


def _weighted_mean(
    score: Array, arm: _Arm, weights: Array, weight: Array, method: Method, propensity: Fit
) -> tuple[float, Array]:
    """The mean of one arm by inverse-probability weights, and each unit's influence on it."""
    total = weight.sum() if method == "ipw_hajek" else weights.sum()
    mean = float(weight @ score / total)
    centred = score - mean if method == "ipw_hajek" else score
    own = weight * centred if method == "ipw_hajek" else weight * score - weights * mean
    slope = (weights * arm.member * centred) @ arm.slope
    return mean, own / total + propensity.influence() @ slope / total
