"""Multiple imputation of missing answers: an alternative to weights that rests on the same assumption.

The outcome of those who did not answer is drawn from the study's own model, given steps, controls and what else is known
of everyone. Each completed table is estimated as if all had answered, and the results are pooled (Rubin 1987). So that
the imputations are as uncertain as the model is, agents are drawn with replacement and the model is fitted anew before
each (approximate Bayesian bootstrap by cluster: Rubin & Schenker 1986; Little & Rubin 2019, section 10.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepmark.study.families import Array, Family, Linear, Logistic, Ordinal, Quantity
from stepmark.study.newton import Fit, fit

__all__ = ["Pooled", "cluster_bootstrap", "draw_outcome", "fit_on", "pool"]


@dataclass(frozen=True)
class Pooled:
    """One estimate pooled over imputations.

    Attributes
    ----------
    estimate, std_error
        The mean of the estimates, and the root of the total variance.
    df
        Degrees of freedom for t (Barnard & Rubin 1999).
    missing_information
        The share of the variance that is due to missing answers, 0 to 1.
    """

    estimate: float
    std_error: float
    df: float
    missing_information: float


def pool(estimates: Array, variances: Array, complete_df: float = float("inf")) -> Pooled:
    """Pool one estimate over imputations by Rubin's rules.

    Parameters
    ----------
    estimates, variances
        Of each imputation, shape (m,), m at least 2.
    complete_df
        Degrees of freedom had all answered: clusters less one.

    Examples
    --------
    >>> one = pool(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 1.0]))
    >>> one.estimate, round(one.std_error**2, 4), round(one.df, 3)  # 1 + (1 + 1/3) * 1
    (2.0, 2.3333, 6.125)
    """
    m = len(estimates)
    within, between = float(np.mean(variances)), float(np.var(estimates, ddof=1))
    total = within + (1 + 1 / m) * between
    share = (1 + 1 / m) * between / total if total > 0 else 0.0
    if share == 0:
        return Pooled(float(np.mean(estimates)), float(np.sqrt(total)), complete_df, 0.0)
    df = (m - 1) / share**2
    if np.isfinite(complete_df):
        observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
        df = 1 / (1 / df + 1 / observed)
    return Pooled(float(np.mean(estimates)), float(np.sqrt(total)), float(df), share)


def cluster_bootstrap(groups: np.ndarray, rng: np.random.Generator) -> Array:
    """How often each unit is drawn when clusters are drawn with replacement; shape (n,)."""
    names, codes = np.unique(groups, return_inverse=True)
    times = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names))
    return times[codes].astype(float)


def draw_outcome(one: Fit, X: Array, rng: np.random.Generator) -> Array:
    """One random outcome a row from a fitted linear (normal), logistic or ordinal model.

    Parameters
    ----------
    one
        The fit.
    X
        Rows with the columns of the fit.

    Returns
    -------
    Array
        Numbers, 0/1, or level codes 0 … K-1, shape (rows,).
    """
    family, nil = one.family, np.zeros(len(X))
    if isinstance(family, Ordinal):
        below = [
            family.predict(one.params, X, nil, Quantity("at_most", level))[0] for level in family.levels[:-1]
        ]
        return (rng.random(len(X))[:, None] > np.column_stack(below)).sum(axis=1).astype(float)
    mean, _ = family.predict(one.params, X, nil, Quantity())
    if isinstance(family, Logistic):
        return (rng.random(len(X)) < mean).astype(float)
    if isinstance(family, Linear):
        spread = family.dispersion(one.params, one.X, one.y, one.weights, np.zeros(len(one.y)))
        return mean + rng.normal(0, np.sqrt(spread), len(X))
    raise TypeError(f"no draw from {family.name}")


def fit_on(
    family: Family, X: Array, y: Array, weights: Array, groups: np.ndarray, rng: np.random.Generator
) -> Fit | None:
    """The imputation model on agents drawn with replacement; None without a finite solution."""
    times = cluster_bootstrap(groups, rng)
    kept = times > 0
    if isinstance(family, Ordinal) and len(np.unique(y[kept])) < len(family.levels):
        return None
    if np.linalg.matrix_rank(X[kept]) < X.shape[1]:
        return None
    again = fit(family, X[kept], y[kept], weights=(weights * times)[kept])
    return again if again.converged else None
