"""Measures of agreement as formulas over sums that add up over interactions.

The bootstrap draws interactions with replacement: a resample is a weight for each interaction, its sums are the weighted
sums, and a formula turns the sums of a thousand resamples into a thousand estimates at once. The estimate itself comes
from a library where there is one; tests hold formula and library together.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["Additive", "alpha", "cohen", "fleiss", "interval", "percent", "ratio"]

Sums = np.ndarray


@dataclass(frozen=True)
class Additive:
    """One measure on one set of data.

    Attributes
    ----------
    estimate
        Its value; NaN where it is not defined (too little data, or all decisions alike).
    sums
        One row an interaction: what adds up.
    formula
        From sums (… by columns of `sums`) to estimates (…).
    n
        How many units it rests on.
    """

    estimate: float
    sums: Sums
    formula: Callable[[Sums], np.ndarray]
    n: int


def interval(measure: Additive, weights: np.ndarray, conf_level: float) -> tuple[float, float]:
    """The bootstrap percentile interval; NaN where fewer than two interactions give data.

    Parameters
    ----------
    measure
        The measure.
    weights
        One row a resample, one column an interaction: how often it was drawn.
    conf_level
        Coverage, between 0 and 1.
    """
    if (measure.sums != 0).any(axis=1).sum() < 2 or np.isnan(measure.estimate):
        return float("nan"), float("nan")
    estimates = measure.formula(weights @ measure.sums)
    tail = (1 - conf_level) / 2
    low, high = np.nanquantile(estimates, [tail, 1 - tail])
    return float(low), float(high)


def ratio(above: np.ndarray, below: np.ndarray, group: np.ndarray, n_groups: int) -> Additive:
    """Sum of `above` divided by the sum of `below`."""
    sums = _by_group(np.column_stack([above, below]).astype(float), group, n_groups)
    return Additive(float(_over(sums.sum(0))), sums, _over, len(above))


def percent(pairs: pd.DataFrame, n_groups: int) -> Additive:
    """The share of pairs of decisions (`a`, `b`) that are alike, 0 to 1."""
    alike = (pairs["a"] == pairs["b"]).to_numpy()
    return ratio(alike, np.ones(len(pairs)), pairs["group"].to_numpy(), n_groups)


def cohen(pairs: pd.DataFrame, n_groups: int) -> Additive:
    """Cohen's (1960) kappa; with several pairs of raters (`raters`), the mean of theirs (Light 1971)."""
    tables, sums = [], []
    cell = (2 * pairs["a"].astype(int) + pairs["b"].astype(int)).to_numpy()
    for _, rows in pairs.groupby("raters").indices.items():
        ones = np.eye(4)[cell[rows]]
        sums.append(_by_group(ones, pairs["group"].to_numpy()[rows], n_groups))
        tables.append(ones.sum(0).reshape(2, 2))
    estimates = [_cohens(table) for table in tables]
    defined = [value for value in estimates if not np.isnan(value)]
    mean = float(np.mean(defined)) if defined else float("nan")
    return Additive(mean, np.hstack(sums) if sums else np.zeros((n_groups, 4)), _light, len(pairs))


def fleiss(counts: np.ndarray, group: np.ndarray, n_groups: int) -> Additive:
    """Fleiss' (1971) kappa of units that all have the same number of raters.

    Parameters
    ----------
    counts
        One row a unit, one column a category: how many raters chose it.
    group
        The interaction of each unit, as a number.
    n_groups
        How many interactions there are.
    """
    m = counts.sum(1)[0] if len(counts) else 2
    observed = ((counts**2).sum(1) - m) / (m * (m - 1))
    sums = _by_group(np.column_stack([observed, np.ones(len(counts)), counts]), group, n_groups)
    estimate = float("nan")
    if (counts.sum(0) > 0).sum() > 1:
        from statsmodels.stats.inter_rater import fleiss_kappa

        estimate = float(fleiss_kappa(counts, method="fleiss"))
    return Additive(estimate, sums, _fleiss, len(counts))


def alpha(counts: np.ndarray, distance: np.ndarray, group: np.ndarray, n_groups: int) -> Additive:
    """Krippendorff's alpha with any distance (Krippendorff 2011; `counts`, `group`, `n_groups` as in `fleiss`).

    Units with fewer than two values do not count.
    """
    kept = counts.sum(1) > 1
    counts, group = counts[kept].astype(float), group[kept]
    pairable = counts.sum(1)
    observed = np.einsum("uk,kl,ul->u", counts, distance, counts) / np.maximum(pairable - 1, 1)
    sums = _by_group(np.column_stack([observed, counts]), group, n_groups)
    estimate = float("nan")
    if (counts.sum(0) > 0).sum() > 1:
        import krippendorff

        names = np.arange(len(distance))
        estimate = float(
            krippendorff.alpha(
                value_counts=counts.astype(int), value_domain=names, level_of_measurement=_metric(distance)
            )
        )

    def formula(sums: Sums) -> np.ndarray:
        observed, values = sums[..., 0], sums[..., 1:]
        n = values.sum(-1)
        expected = np.einsum("...k,kl,...l->...", values, distance, values)
        with np.errstate(divide="ignore", invalid="ignore"):
            return 1 - (n - 1) * observed / expected

    return Additive(estimate, sums, formula, len(counts))


def _metric(distance: np.ndarray) -> Callable[..., np.ndarray]:
    def metric(
        v1: np.ndarray, v2: np.ndarray, i1: np.ndarray, i2: np.ndarray, n_v: np.ndarray, dtype: type
    ) -> np.ndarray:
        return distance[i1, i2].astype(dtype)

    return metric


def _by_group(values: np.ndarray, group: np.ndarray, n_groups: int) -> Sums:
    sums = np.zeros((n_groups, values.shape[1]))
    np.add.at(sums, group, values)
    return sums


def _over(sums: Sums) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return sums[..., 0] / sums[..., 1]


def _cohens(table: np.ndarray) -> float:
    if ((table.sum(0) == table.sum()) & (table.sum(1) == table.sum())).any():
        return float("nan")  # both raters always say the same one thing
    from statsmodels.stats.inter_rater import cohens_kappa

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return float(cohens_kappa(table, return_results=False))


def _light(sums: Sums) -> np.ndarray:
    tables = sums.reshape(*sums.shape[:-1], -1, 2, 2)
    n = tables.sum((-1, -2))
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = np.trace(tables, axis1=-2, axis2=-1) / n
        expected = (tables.sum(-1) * tables.sum(-2)).sum(-1) / n**2
        kappas = (observed - expected) / (1 - expected)
    kappas = np.where(np.isfinite(kappas), kappas, np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a resample in which no pair has a kappa
        return np.nanmean(kappas, axis=-1)


def _fleiss(sums: Sums) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = sums[..., 0] / sums[..., 1]
        shares = sums[..., 2:] / sums[..., 2:].sum(-1, keepdims=True)
        expected = (shares**2).sum(-1)
        return (observed - expected) / (1 - expected)
