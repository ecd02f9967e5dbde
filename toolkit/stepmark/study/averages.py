"""Averages over interactions of something the model predicts, with their influence functions.

An average marginal effect is ``tau = sum w_i h_i(b) / sum w_i`` where ``h_i`` is the difference between two predictions
for interaction i (a step used or not) or a slope. Its uncertainty has two sources: the parameters b (the delta method), and,
if one speaks of the population rather than of these interactions, which interactions were seen. Both are handled here,
for every kind of covariance by cluster. See Kluger et al. (2025) for the same averages as coordinates of a correction.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stepmark.study.clusters import Clusters
from stepmark.study.covariance import Covariance, root
from stepmark.study.families import Array, Quantity
from stepmark.study.newton import Fit

__all__ = ["Average", "average", "average_difference", "average_slope"]


@dataclass(frozen=True, eq=False)
class Average:
    """A weighted average of a prediction over the units of a fit.

    Attributes
    ----------
    estimate
        The average.
    values
        What is averaged, shape (n,).
    weights
        With these weights, shape (n,).
    gradients
        The derivative of each unit's value with respect to the parameters, shape (n, p).
    """

    estimate: float
    values: Array
    weights: Array
    gradients: Array

    @property
    def total(self) -> float:
        """The sum of the weights."""
        return float(self.weights.sum())

    @cached_property
    def gradient(self) -> Array:
        """The derivative of the average with respect to the parameters, shape (p,)."""
        return self.weights @ self.gradients / self.total

    @property
    def own(self) -> Array:
        """Each unit's part in the averaging itself: ``w_i (h_i - tau)``, shape (n,)."""
        return self.weights * (self.values - self.estimate)

    def influence(self, parameters: Array) -> Array:
        """First-order influence of each unit, shape (n,), given that of the parameters, shape (n, p)."""
        return self.own / self.total + parameters @ self.gradient

    def leave_out(self, clusters: Clusters, moved: Array) -> Array:
        """How much each cluster moves the average, shape (G,), given how much it moves the parameters, (G, p).

        The one-step jackknife of the stacked equations of the parameters and the average. Missing for a cluster that has
        all the weight: without it there is no average.
        """
        by_cluster = clusters.sum(self.gradients, self.weights)
        rest = self.total * self.gradient - by_cluster
        top = clusters.sum(self.own) + np.einsum("gp,gp->g", rest, moved)
        others = self.total - clusters.sum(self.weights)
        return top / np.where(others > 1e-12 * self.total, others, np.nan)

    def variance(self, spread: Covariance, population: bool) -> float:
        """Its variance; with `population` the sampling of interactions counts too, not only that of the parameters."""
        if not population or not spread.parts:
            return spread.variance(self.gradient)
        total = 0.0
        for part in spread.parts:
            if part.leave_out:
                moved = self.leave_out(part.clusters, part.contributions)
            else:
                moved = part.clusters.sum(self.own) / self.total + part.contributions @ self.gradient
            total += part.factor * float(moved @ moved)
        return total

    def std_error(self, spread: Covariance, population: bool) -> float:
        """The root of its variance; missing where that came out negative."""
        return float(root(np.array(self.variance(spread, population))))


def average(fit: Fit, X: Array, quantity: Quantity, weights: Array | None = None) -> Average:
    """The average prediction with the design matrix `X`, shape (n, k), in place of the fitted one."""
    values, gradients = fit.family.predict(fit.params, X, fit.offset, quantity)
    return _average(values, gradients, fit.weights if weights is None else weights)


def average_difference(
    fit: Fit, X1: Array, X0: Array, quantity: Quantity, weights: Array | None = None
) -> Average:
    """The average difference between the predictions with `X1` and with `X0`, both (n, k)."""
    one, g1 = fit.family.predict(fit.params, X1, fit.offset, quantity)
    nil, g0 = fit.family.predict(fit.params, X0, fit.offset, quantity)
    np.subtract(g1, g0, out=g1)
    return _average(one - nil, g1, fit.weights if weights is None else weights)


def average_slope(fit: Fit, X: Array, dX: Array, quantity: Quantity, weights: Array | None = None) -> Average:
    """The average derivative of the prediction at `X` along `dX`, the change of the design for one more unit."""
    values, gradients = fit.family.slope(fit.params, X, dX, fit.offset, quantity)
    return _average(values, gradients, fit.weights if weights is None else weights)


def _average(values: Array, gradients: Array, weights: Array) -> Average:
    return Average(float(weights @ values / weights.sum()), values, weights, gradients)
