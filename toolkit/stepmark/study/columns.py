"""Columns of a table by name: that they are there, and hold numbers."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from stepmark.errors import Fault, PlanError
from stepmark.study.families import Array

__all__ = ["check_columns", "column_numbers", "numbers", "some"]

#: Larger numbers count as infinite and smaller ones as 0: their powers are beyond what a computer can hold.
LARGEST, SMALLEST = 1e50, 1e-50


def check_columns(table: pd.DataFrame, named: Iterable[tuple[str, str]]) -> None:
    """Refuse a plan that asks for columns which `table` lacks; `named` gives the plan's entry and the column.

    Raises
    ------
    PlanError
        With one fault for each missing column.
    """
    faults = []
    for where, column in named:
        if column in table.columns:
            continue
        close = difflib.get_close_matches(column, [str(name) for name in table.columns], n=1)
        advice = f"Did you mean {close[0]!r}?" if close else f"Its columns: {some(table.columns)}."
        faults.append(Fault(f"plan, {where}", f"no column {column!r} in the table", advice=advice))
    if faults:
        raise PlanError(faults)


def numbers(column: pd.Series) -> Array:
    """The values of `column` as floats, missing as NaN; 0/1 for booleans.

    Beyond 1e50 they are infinite, below 1e-50 they are 0.

    Raises
    ------
    ValueError
        Where they are not numbers.
    """
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(na_value=np.nan)
    else:
        values = pd.to_numeric(column.astype(object), errors="raise").to_numpy(na_value=np.nan)
    if np.iscomplexobj(values) or values.dtype.kind in "mM":
        raise ValueError("neither dates nor complex numbers are numbers here")
    values = values.astype(float)
    sizes = np.abs(values)
    return np.where(sizes > LARGEST, np.copysign(np.inf, values), np.where(sizes < SMALLEST, 0.0, values))


def column_numbers(table: pd.DataFrame, name: str, where: str, advice: str = "") -> Array:
    """The numbers in the column `name`; `where` says which entry of the plan asks for it.

    Raises
    ------
    PlanError
        Where it holds something else.
    """
    try:
        return numbers(table[name])
    except (ValueError, TypeError):
        found = f"column {name!r} holds words: {some(table[name].dropna().unique())}"
        raise PlanError(Fault(f"plan, {where}", found, "numbers", advice)) from None


def some(values: Iterable[Any], most: int = 8) -> str:
    """The first values, in words."""
    shown = [f"{value:g}" if isinstance(value, int | float | np.number) else str(value) for value in values]
    return ", ".join(shown[:most]) + (" …" if len(shown) > most else "")
