"""What a machine that errs would have coded in a simulated world."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

__all__ = ["misread"]


def misread(
    table: pd.DataFrame,
    *,
    sensitivity: float | Mapping[bool, float] = 0.75,
    specificity: float | Mapping[bool, float] = 0.95,
    by: str | pd.Series = "anger_before",
    seed: int = 0,
) -> pd.DataFrame:
    """The table with every `S_used` as an imperfect machine would code it.

    Parameters
    ----------
    table
        Such as `World.table`.
    sensitivity, specificity
        Chance that a used step is seen, and that an unused one is not. A mapping with the keys True and False
        makes them depend on `by` (differential error, `statistics` of Egami et al. 2024).
    by
        A boolean column of the table, or a boolean series in its order (e.g. ``table["csat"] <= 3``); missing
        counts as False. Used only where a mapping is given.
    seed
        Seed of the errors; they are independent of each other given the table.

    Returns
    -------
    DataFrame
        A copy; the `S_count` columns are dropped, since nothing was counted.
    """
    rng = np.random.default_rng(seed)
    flag = (table[by] if isinstance(by, str) else by).fillna(False).to_numpy(dtype=bool)
    sens, spec = _rate(sensitivity, flag), _rate(specificity, flag)
    coded = table.drop(columns=[c for c in table.columns if c.endswith("_count")])
    for column in [c for c in table.columns if c.endswith("_used")]:
        seen = rng.random(len(table)) < np.where(table[column].to_numpy(dtype=bool), sens, 1 - spec)
        coded[column] = seen
    return coded


def _rate(rate: float | Mapping[bool, float], flag: np.ndarray) -> np.ndarray:
    if isinstance(rate, Mapping):
        return np.where(flag, rate[True], rate[False])
    return np.full(len(flag), float(rate))
