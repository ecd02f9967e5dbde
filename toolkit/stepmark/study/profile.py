"""Likelihood ratios: profile intervals of a coefficient, and the test of proportional odds against free odds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2

from stepmark.study.families import Array, Ordinal
from stepmark.study.families.partial import PartialOrdinal
from stepmark.study.newton import Fit, fit

__all__ = ["NominalTest", "nominal_test", "profile_interval"]


def profile_interval(full: Fit, place: int, level: float = 0.95) -> tuple[float, float]:
    """The values of one parameter that a likelihood-ratio test does not reject (Venzon & Moolgavkar 1988).

    Parameters
    ----------
    full
        A fit whose log-likelihood is complete: logistic, ordinal or Poisson.
    place
        Position of the parameter; it must be a coefficient, not a cut point (those give a missing interval).
    level
        Of confidence.
    """
    column = place - (len(full.params) - full.X.shape[1])
    if column < 0:
        return float("nan"), float("nan")
    allowed = chi2.ppf(level, 1) / 2
    error = float(np.sqrt(full.inverse()[place, place]))
    rest = np.delete(full.X, column, axis=1)
    start = np.delete(full.params, place)

    def excess(value: float) -> float:
        offset = full.offset + value * full.X[:, column]
        restricted = fit(full.family, rest, full.y, weights=full.weights, offset=offset, start=start)
        return full.loglik - restricted.loglik - allowed

    def end(side: float) -> float:
        reach = 2 * error
        while excess(full.params[place] + side * reach) < 0:
            reach *= 1.5
            if reach > 1e3 * error:
                return side * float("inf")
        centre = float(full.params[place])
        return float(brentq(excess, centre, centre + side * reach, xtol=1e-11 * max(1.0, abs(centre))))

    return end(-1.0), end(1.0)


@dataclass(frozen=True)
class NominalTest:
    """A likelihood-ratio test of one column's proportional odds: `statistic`, degrees of freedom `df`, `p_value`.

    `p_value` is missing where the model with free odds has no finite solution.
    """

    statistic: float
    df: int
    p_value: float
    test: str = "likelihood ratio"


def nominal_test(full: Fit, name: str) -> NominalTest:
    """Whether the column `name` needs its own coefficient at every cut point (`ordinal::nominal_test` in R).

    Not for clustered data, where the likelihood ratio is not a chi-square; see `stepmark.study.checks` for those.
    """
    family = full.family
    if not isinstance(family, Ordinal):
        raise TypeError("proportional odds can only be tested in an ordinal model")
    column = full.names.index(name) - family.cuts
    free = PartialOrdinal(family.levels, family.link, column=column)
    extra = np.zeros(family.cuts - 1)
    start: Array = np.concatenate([full.params, extra])
    wider = fit(
        free,
        full.X,
        full.y,
        weights=full.weights,
        offset=full.offset,
        start=start,
        names=full.names[family.cuts :],
    )
    statistic = 2 * (wider.loglik - full.loglik)
    df = family.cuts - 1
    return NominalTest(statistic, df, float(chi2.sf(statistic, df)) if wider.converged else float("nan"))
