"""The wild cluster bootstrap, for few or uneven agents: restricted, on scores, inverted to an interval.

Kline & Santos (2012); MacKinnon, Nielsen & Webb (2023). For a function of the parameters with gradient d and a null value
tau0, the scores of the clusters are taken at the estimate moved along ``A^-1 d`` to the null, multiplied by random signs, and
the t statistic is computed anew. Moving is linear in tau0, so one set of draws serves every null value of the interval.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from stepmark.study.clusters import Clusters
from stepmark.study.families import Array
from stepmark.study.newton import Fit

__all__ = ["WildBootstrap"]

#: With fewer clusters there are too few different signs; Webb's (2023) six points are used.
FEW = 13


class WildBootstrap:
    """Draws of cluster signs for one fit, reused for every effect.

    Parameters
    ----------
    fit, clusters
        The fit and its agents.
    replications, seed
        How many draws, and from which seed.
    """

    def __init__(self, fit: Fit, clusters: Clusters, replications: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        points = np.array([-1.0, 1.0])
        if clusters.count < FEW:
            points = np.sqrt([0.5, 1.0, 1.5]) * np.array([[1.0], [-1.0]])
        self.draws = rng.choice(points.ravel(), size=(replications, clusters.count))
        self.inverse = fit.inverse()
        self.scores = clusters.sum(fit.scores)
        self.shares = fit.information_by(clusters.starts, clusters.order)

    def test(self, gradient: Array, estimate: float, level: float) -> tuple[float, float, float]:
        """The p-value of "no effect", and the interval of null values that are not rejected at 1 - `level`."""
        along = self.inverse @ gradient
        shift = along / float(gradient @ along)
        own = self.scores @ along
        observed = float(np.sqrt((own**2).sum()))
        base, moved = self._pieces(self.scores, along), self._pieces(self.shares @ shift, along)

        def p_value(null: float) -> float:
            distance = estimate - null
            top = base[0] + distance * moved[0]
            spread = base[1] + distance * moved[1]
            t = np.abs(top) / np.sqrt((spread**2).sum(axis=1))
            return float((t >= abs(distance) / observed - 1e-12).mean())

        low, high = (self._end(p_value, estimate, side * observed, 1 - level) for side in (-1, 1))
        return p_value(0.0), low, high

    def _pieces(self, scores: Array, along: Array) -> tuple[Array, Array]:
        """For each draw the statistic's numerator and each cluster's part in it after re-estimation."""
        total = self.draws @ scores
        top = total @ along
        projected = np.einsum("p,gpq->gq", along, self.shares) @ self.inverse
        return top, self.draws * (scores @ along) - total @ projected.T

    @staticmethod
    def _end(p_value, estimate: float, step: float, alpha: float) -> float:  # type: ignore[no-untyped-def]
        """Where p falls to alpha on one side of the estimate."""
        far = estimate + 2 * step
        for _ in range(40):
            if p_value(far) < alpha:
                return float(brentq(lambda null: p_value(null) - alpha, estimate, far, xtol=1e-4 * abs(step)))
            far += 2 * step
        return float(np.copysign(np.inf, step))
