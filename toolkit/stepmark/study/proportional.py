"""Do the odds of a better score shift by the same factor at every cut point? A score test that allows for clusters.

The model with a free coefficient at every cut point (Peterson & Harrell 1990) need not be fitted: the score of the extra
coefficients at the proportional fit, made orthogonal to the fitted ones, has mean zero if proportionality holds (Boos 1992),
and its covariance is summed by cluster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import f as f_law

from stepmark.study.clusters import Clusters
from stepmark.study.families import Ordinal
from stepmark.study.newton import Fit

__all__ = ["ProportionalTest", "proportional_test"]


@dataclass(frozen=True)
class ProportionalTest:
    """Test of one column: `statistic` is F with `df` and `df_rest` degrees of freedom; `p_value` is small where odds are uneven."""

    statistic: float
    df: int
    df_rest: int
    p_value: float
    test: str = "score, by cluster"


def proportional_test(fit: Fit, name: str, clusters: Clusters | None = None) -> ProportionalTest:
    """Test whether the column `name` of an ordinal fit has proportional odds.

    Parameters
    ----------
    fit
        A fit of `Ordinal` with three levels or more.
    clusters
        The units that belong together; each unit by itself where None.

    Raises
    ------
    TypeError
        For other models.
    """
    family = fit.family
    if not isinstance(family, Ordinal) or family.cuts < 2:
        raise TypeError("proportional odds can only be tested with three levels or more")
    clusters = clusters or Clusters.units(fit.n)
    m, z = family.cuts, fit.X[:, fit.names.index(name) - family.cuts]
    value = family.derivatives(fit.params, fit.X, fit.y, fit.offset)
    jacobians = family.jacobians(fit.X, fit.y)
    extra = [-z[:, None] * J[:, 1:m] for J in jacobians]  # the same cut point, times the column
    scores = sum(E * (fit.weights * d)[:, None] for E, d in zip(extra, value.first, strict=True))
    cross = sum(
        E.T @ ((-fit.weights * value.second[r][s])[:, None] * jacobians[s])
        for r, E in enumerate(extra)
        for s in range(2)
    )
    free = np.asarray(scores) - fit.scores @ (fit.inverse() @ np.asarray(cross).T)
    by_cluster = clusters.sum(free)
    total = by_cluster.sum(axis=0)
    q, G = m - 1, clusters.count
    wald = float(total @ np.linalg.pinv(by_cluster.T @ by_cluster) @ total)
    statistic = wald * (G - q) / (q * G)
    return ProportionalTest(statistic, q, G - q, float(f_law.sf(statistic, q, max(G - q, 1))))
