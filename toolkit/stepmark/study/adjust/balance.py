"""Are interactions with and without the step comparable, and how many of them carry the comparison?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepmark.study.families import Array

__all__ = ["Balance", "balance", "effective_size", "standardised_difference"]

#: Below this effective sample size in either arm there is no estimate.
SMALLEST_ARM = 50.0
#: Chances of use outside this range are trimmed.
TRIM = (0.05, 0.95)


@dataclass(frozen=True, eq=False)
class Balance:
    """How comparable the two arms are.

    Attributes
    ----------
    table
        One row a covariate: `covariate`, `smd_before`, `smd_after` (standardised mean differences, unweighted and
        after inverse-probability weighting).
    kept
        Which units have a chance of use inside the trimming range, shape (n,).
    effective_with, effective_without
        Effective sample size (Kish 1965) of the kept units in each arm.
    """

    table: pd.DataFrame
    kept: np.ndarray
    effective_with: float
    effective_without: float

    @property
    def trimmed(self) -> int:
        """How many units were trimmed for want of overlap."""
        return int((~self.kept).sum())

    @property
    def sufficient(self) -> bool:
        """Whether both arms carry at least fifty interactions' worth of information."""
        return min(self.effective_with, self.effective_without) >= SMALLEST_ARM


def effective_size(weights: Array) -> float:
    """Kish's effective sample size ``(sum w)^2 / sum w^2``; 0 without units."""
    square = float(weights @ weights)
    return float(weights.sum()) ** 2 / square if square > 0 else 0.0


def standardised_difference(values: Array, treated: Array, weights: Array) -> float:
    """The weighted difference of means in units of the unweighted pooled standard deviation; missing where that is 0."""
    one, nil = treated == 1, treated == 0
    if not one.any() or not nil.any():
        return float("nan")
    pooled = np.sqrt((values[one].var() + values[nil].var()) / 2)
    if pooled == 0:
        return float("nan")
    return float(
        (np.average(values[one], weights=weights[one]) - np.average(values[nil], weights=weights[nil]))
        / pooled
    )


def balance(
    treated: Array,
    Z: Array,
    names: Sequence[str],
    propensity: Array,
    weights: Array | None = None,
    trim: tuple[float, float] = TRIM,
) -> Balance:
    """Check overlap and balance.

    Parameters
    ----------
    treated
        0/1, shape (n,).
    Z
        Covariates without the column of ones, shape (n, k), named by `names`.
    propensity
        Estimated chance of use, shape (n,).
    weights
        Weights of the units; 1 where none are given.
    trim
        Units with a chance of use outside this range are set aside.
    """
    weights = np.ones(len(treated)) if weights is None else weights
    kept = (propensity >= trim[0]) & (propensity <= trim[1])
    inverse = weights * np.where(treated == 1, 1 / propensity, 1 / (1 - propensity))
    rows = [
        {
            "covariate": name,
            "smd_before": standardised_difference(values, treated, weights),
            "smd_after": standardised_difference(values[kept], treated[kept], inverse[kept]),
        }
        for name, values in zip(names, Z.T, strict=True)
    ]
    table = pd.DataFrame(rows, columns=["covariate", "smd_before", "smd_after"])
    return Balance(
        table,
        kept,
        effective_size(inverse[kept & (treated == 1)]),
        effective_size(inverse[kept & (treated == 0)]),
    )
