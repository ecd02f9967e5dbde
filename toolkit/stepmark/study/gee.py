"""Generalised estimating equations: how interactions of one agent are taken to go together, and on which scale.

statsmodels solves the equations (Liang & Zeger 1986); the choices are those of R's geepack. By default statsmodels takes the
number of parameters off when it estimates the dispersion, which geepack does not, and it cannot hold the dispersion.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from stepmark.study.clusters import Clusters
from stepmark.study.families import Array

if TYPE_CHECKING:
    from statsmodels.genmod.cov_struct import CovStruct

__all__ = ["Correlation", "Gee", "Scale", "fit_gee"]

Correlation = Literal["exchangeable", "independence"]
Scale = Literal["estimated", "fixed"]


@dataclass(frozen=True, eq=False)
class Gee:
    """A solution of the estimating equations.

    Attributes
    ----------
    params, matrix
        The coefficients, shape (p,), and their robust covariance without any factor for few clusters, shape (p, p).
    correlation
        Of two interactions of one agent; 0 with `independence`.
    scale
        The dispersion, a mean of squared Pearson residuals: of this solution, or of independence where it was held there.
    converged
        Whether the equations were solved.
    """

    params: Array
    matrix: Array
    correlation: float
    scale: float
    converged: bool


def fit_gee(
    X: Array,
    y: Array,
    clusters: Clusters,
    start: Array,
    *,
    binary: bool,
    correlation: Correlation = "exchangeable",
    scale: Scale = "estimated",
) -> Gee:
    """Solve the equations for a logistic (`binary`) or a linear model.

    Parameters
    ----------
    X, y
        The design, shape (n, p), and the outcome, shape (n,).
    clusters
        The agents.
    start
        The coefficients under independence, shape (p,).
    correlation, scale
        See `stepmark.study.entries.OutcomePlan`.
    """
    import statsmodels.api as sm

    family = sm.families.Binomial() if binary else sm.families.Gaussian()

    def dispersion(means: Array) -> float:
        return float(np.mean((y - means) ** 2 / family.variance(means)))

    held = dispersion(family.fitted(X @ start)) if scale == "fixed" else None
    alone = correlation == "independence" or clusters.count == len(y)
    structure = sm.cov_struct.Independence() if alone else _exchangeable(held)
    model = sm.GEE(y, X, groups=clusters.codes, family=family, cov_struct=structure)
    with warnings.catch_warnings():  # what they say is checked afterwards
        warnings.simplefilter("ignore")
        found = model.fit(maxiter=200, ctol=1e-12, ddof_scale=0)
    return Gee(
        np.asarray(found.params),
        np.asarray(found.cov_params()),
        0.0 if alone else float(found.cov_struct.dep_params),
        dispersion(found.fittedvalues) if held is None else held,
        bool(found.converged),
    )


def _exchangeable(held: float | None) -> CovStruct:
    """Each pair of an agent's interactions alike, their mean product reckoned with a dispersion that is held, or estimated."""
    import statsmodels.api as sm

    if held is None:
        return sm.cov_struct.Exchangeable()

    scale: float = held

    class Held(sm.cov_struct.Exchangeable):
        def update(self, params: Any) -> None:
            products, pairs = 0.0, 0.0
            for y, (mean, _) in zip(self.model.endog_li, self.model.cached_means, strict=True):
                residual = (y - mean) / np.sqrt(self.model.family.variance(mean))
                products += (residual.sum() ** 2 - residual @ residual) / 2
                pairs += len(y) * (len(y) - 1) / 2
            self.dep_params = products / pairs / scale

    return Held()
