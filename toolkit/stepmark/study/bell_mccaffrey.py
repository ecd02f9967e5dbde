"""The CR2 adjustment of Bell & McCaffrey (2002) in the space of units, as clubSandwich defines it.

On the scale of the mean, cluster g has design ``X = dmu/dparams``, target variance Phi (the variance function over the prior
weight) and weights ``W = Phi^-1``. Its residuals are multiplied by ``A_g = D' B^-1/2 D`` with ``D = Phi^1/2`` and
``B = D (Phi - X M X') D``, M the inverse information (Pustejovsky & Tipton 2018, equation 10). Needs a matrix of the size of
the largest cluster.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stepmark.study.clusters import Clusters
from stepmark.study.families import Array
from stepmark.study.newton import Fit

__all__ = ["AdjustedCluster", "bell_mccaffrey"]


@dataclass(frozen=True, eq=False)
class AdjustedCluster:
    """One cluster: its adjusted contribution (p,), and what its degrees of freedom are computed from."""

    contribution: Array
    X: Array
    weights: Array
    adjustment: Array

    def weights_of(self, direction: Array) -> tuple[float, Array]:
        """For the direction ``M c`` of a linear function: the working variance of the cluster's part, and ``X'`` of it."""
        p = self.adjustment.T @ (self.weights * (self.X @ direction))
        return float(p @ (p / self.weights)), self.X.T @ p


def bell_mccaffrey(fit: Fit, clusters: Clusters) -> Iterator[AdjustedCluster]:
    """The clusters of a one-index fit, in order, each with its adjustment."""
    bread = fit.inverse()
    value = fit.family.derivatives(fit.params, fit.X, fit.y, fit.offset)
    variance, residuals = -value.second[0][0], value.first[0]
    weights = fit.weights / variance
    ends = np.append(clusters.starts[1:], len(clusters.order))
    for start, end in zip(clusters.starts, ends, strict=True):
        rows = clusters.order[start:end]
        X, w = variance[rows, None] * fit.X[rows], weights[rows]
        half = 1 / np.sqrt(w)
        rest = np.diag(1 / w) - X @ bread @ X.T
        values, vectors = np.linalg.eigh(half[:, None] * rest * half)
        sound = values > 1e-12 * values[-1]
        root = (vectors[:, sound] / np.sqrt(values[sound])) @ vectors[:, sound].T
        adjustment = half[:, None] * root * half
        contribution = bread @ (X.T @ (w * (adjustment @ residuals[rows])))
        yield AdjustedCluster(contribution, X, w, adjustment)
