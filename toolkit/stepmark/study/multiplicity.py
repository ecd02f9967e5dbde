"""What remains of many p-values once it is counted how many questions were asked."""

from __future__ import annotations

import numpy as np

from stepmark.study.families import Array

__all__ = ["METHODS", "adjust_p_values"]

#: Our names → statsmodels'.
METHODS = {
    "bh": "fdr_bh",
    "by": "fdr_by",
    "bonferroni": "bonferroni",
    "hommel": "hommel",
}


def adjust_p_values(p_values: Array, method: str = "bh") -> Array:
    """Adjusted p-values, of the same shape.

    Parameters
    ----------
    p_values
        One p-value for each question of the family, shape (m,); missing where there was no estimate. Missing ones do not
        count in m (statsmodels would count them, or make all missing).
    method
        `bh` (Benjamini & Hochberg 1995), `by` (Benjamini & Yekutieli 2001), `holm` (1979), `bonferroni`,
        `hommel` (1988), or `none`.

    Examples
    --------
    >>> adjust_p_values([0.01, 0.02, float("nan"), 0.03], "holm").round(3).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    from statsmodels.stats.multitest import multipletests

    p_values = np.asarray(p_values, dtype=float)
    adjusted = p_values.copy()
    asked = np.isfinite(p_values)
    if method == "holm":
        adjusted[asked] = _holm(p_values[asked])
    elif method != "none" and asked.any():
        adjusted[asked] = multipletests(p_values[asked], method=METHODS[method])[1]
    return adjusted


def _holm(p_values: Array) -> Array:
    """Holm's step-down: statsmodels' own collects all garbage at each call, which costs more than the study."""
    order = np.argsort(p_values, kind="stable")
    stepped = p_values[order] * (len(p_values) - np.arange(len(p_values)))
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted
