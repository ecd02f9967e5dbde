"""How many answered: by step used or not, by what the customer showed at the start."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from statsmodels.stats.proportion import proportion_confint

__all__ = ["response_rates"]


def response_rates(
    answered: pd.Series, groups: pd.DataFrame, columns: Sequence[str], conf_level: float = 0.95
) -> pd.DataFrame:
    """The response rate within each value of each column.

    Parameters
    ----------
    answered
        Whether the outcome is known, one an interaction.
    groups
        The table that holds `columns`, aligned with `answered`. Rows in which a column is missing are left out for it.
    columns
        Columns with few values, such as `apologize_used` or `anger_before`.
    conf_level
        Of Wilson's interval (Wilson 1927), which takes interactions as independent.

    Returns
    -------
    DataFrame
        `column`, `value`, `n`, `answered`, `rate`, `conf_low`, `conf_high` (shares, 0 to 1).
    """
    rows = []
    for column in columns:
        for value, own in answered.groupby(groups[column], sort=True):
            count, n = int(own.sum()), len(own)
            low, high = proportion_confint(count, n, alpha=1 - conf_level, method="wilson")
            rows.append(
                {
                    "column": column,
                    "value": str(value),
                    "n": n,
                    "answered": count,
                    "rate": count / n,
                    "conf_low": float(low),
                    "conf_high": float(high),
                }
            )
    return pd.DataFrame(rows, columns=["column", "value", "n", "answered", "rate", "conf_low", "conf_high"])
