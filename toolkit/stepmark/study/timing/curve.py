"""The effect of one use of a step as a curve over the conversation, with bands and tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from stepmark.errors import Fault, StudyError
from stepmark.study.covariance import Covariance
from stepmark.study.families import Array
from stepmark.study.newton import Fit
from stepmark.study.timing.basis import basis_names, spline_basis

__all__ = ["FEWEST_USES", "Curve", "timing_curve"]

#: With fewer uses than this in a fifth of the conversation there is no curve there.
FEWEST_USES = 30
_FIFTHS = 5


@dataclass(frozen=True, eq=False)
class Curve:
    """What one use of a step at each position goes with.

    Attributes
    ----------
    step
        Its name.
    table
        One row a position: `position` (0 to 1), `estimate` (in units of the linear predictor: points for linear models),
        `std_error`, `conf_low`, `conf_high` (pointwise), `band_low`, `band_high` (simultaneous over all positions), `uses`
        (in that fifth of the conversation; missing where positions of uses were not given) and `shown` (whether
        there are enough uses there).
    tests
        Two rows: `any effect` and `timing matters`, with `statistic` (Wald), `df`, `df_residual` and `p_value`.
    conf_level
        Of intervals and band.
    """

    step: str
    table: pd.DataFrame
    tests: pd.DataFrame
    conf_level: float


def timing_curve(
    fit: Fit,
    spread: Covariance,
    step: str,
    *,
    knots: Sequence[float] = (0.5,),
    positions: Array | None = None,
    grid: Array | None = None,
    conf_level: float = 0.95,
    draws: int = 4999,
    seed: int = 0,
) -> Curve:
    """The timing curve of a step whose basis columns are among the columns of `fit`.

    Parameters
    ----------
    fit, spread
        The fit and its covariance.
    step
        Its basis columns are named as by `basis_names`.
    knots
        The inner knots they were made with.
    positions
        Positions of all uses, for the rug and for where a curve is shown; shown everywhere where none are given.
    grid
        Where to evaluate; 0, 0.02 … 1 where none is given.
    conf_level
        Of the pointwise intervals and of the simultaneous band.
    draws, seed
        For the band: Rademacher multipliers on the clusters' contributions (the sup-t band of Montiel Olea &
        Plagborg-Møller 2019, with a wild bootstrap in place of normal draws, and t in place of normal tails where the
        covariance has finite degrees of freedom).

    Raises
    ------
    StudyError
        Where the covariance of the curve is none: with clusters in two ways some variances may come out negative.
    """
    grid = np.linspace(0, 1, 51) if grid is None else grid
    at = [fit.index(name) for name in basis_names(step, knots)]
    b, V, basis = fit.params[at], spread.matrix[np.ix_(at, at)], spline_basis(grid, knots)
    if not np.linalg.eigvalsh(V)[0] > 0:
        raise StudyError(_no_variance(step))
    errors = np.sqrt(np.einsum("gk,kl,gl->g", basis, V, basis))
    point = _quantile(conf_level, spread.df)
    joint = max(point, _supremum(spread, at, basis, errors, conf_level, draws, seed))
    estimate = basis @ b
    uses = _uses(grid, positions)
    table = pd.DataFrame(
        {
            "position": grid,
            "estimate": estimate,
            "std_error": errors,
            "conf_low": estimate - point * errors,
            "conf_high": estimate + point * errors,
            "band_low": estimate - joint * errors,
            "band_high": estimate + joint * errors,
            "uses": uses,
            "shown": uses.isna() | (uses >= FEWEST_USES),
        }
    )
    contrasts = np.column_stack([-np.ones(len(at) - 1), np.eye(len(at) - 1)])
    tests = [
        _wald("any effect", np.eye(len(at)), b, V, spread.df),
        _wald("timing matters", contrasts, b, V, spread.df),
    ]
    return Curve(step, table, pd.DataFrame(tests), conf_level)


def _no_variance(step: str) -> Fault:
    return Fault(
        f"timing curve of {step}",
        "parts that do not vary, or whose variance with clusters in two ways came out negative",
        "variances above 0 all along the curve",
        "Leave the curve or the second cluster out.",
    )


def _quantile(conf_level: float, df: float) -> float:
    tail = (1 + conf_level) / 2
    return float(stats.norm.ppf(tail) if np.isinf(df) else stats.t.ppf(tail, df))


def _supremum(
    spread: Covariance,
    at: list[int],
    basis: Array,
    errors: Array,
    conf_level: float,
    draws: int,
    seed: int,
) -> float:
    """The quantile of the largest standardised deviation along the curve."""
    rng = np.random.default_rng(seed)
    if len(spread.parts) == 1:
        part = spread.parts[0]
        moves = np.sqrt(part.factor) * part.contributions[:, at]
        signs = rng.integers(0, 2, size=(draws, len(moves))) * 2.0 - 1.0
        deviations = signs @ moves
    else:
        V = spread.matrix[np.ix_(at, at)]
        deviations = rng.multivariate_normal(np.zeros(len(at)), V, size=draws)
    largest = np.abs(deviations @ basis.T / errors).max(axis=1)
    if np.isfinite(spread.df):  # the standard errors are estimated from df + 1 clusters
        largest /= np.sqrt(rng.chisquare(spread.df, draws) / spread.df)
    return float(np.quantile(largest, conf_level))


def _uses(grid: Array, positions: Array | None) -> pd.Series:
    """How many uses there are in the fifth of the conversation around each position of the grid."""
    if positions is None:
        return pd.Series(pd.NA, index=range(len(grid)), dtype="Int64")
    fifth = np.minimum((np.asarray(positions) * _FIFTHS).astype(int), _FIFTHS - 1)
    counts = np.bincount(fifth, minlength=_FIFTHS)
    return pd.Series(counts[np.minimum((grid * _FIFTHS).astype(int), _FIFTHS - 1)], dtype="Int64")


def _wald(name: str, L: Array, b: Array, V: Array, df: float) -> dict[str, object]:
    """A Wald test of ``L b = 0``: chi-squared, or F with the residual degrees of freedom of the covariance."""
    effect = L @ b
    statistic = float(effect @ np.linalg.solve(L @ V @ L.T, effect))
    rank = len(L)
    p = stats.chi2.sf(statistic, rank) if np.isinf(df) else stats.f.sf(statistic / rank, rank, df)
    return {"test": name, "statistic": statistic, "df": rank, "df_residual": df, "p_value": float(p)}
