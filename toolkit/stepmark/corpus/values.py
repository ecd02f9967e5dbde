"""What type has a column, and which of its values do not fit?

Each function takes a column as it came (text from a CSV, objects from JSON, anything from a person's DataFrame) and
gives the column in its type, and a boolean mask of the rows that do not fit. What does not fit is missing in the
column that comes back; whoever calls turns the mask into faults. An empty text is missing, except in the words of a
turn.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["as_bool", "as_float", "as_int", "as_text", "as_time", "as_typed", "natural"]

#: Numbers that lose nothing when read as numbers: "7" and "-0.5", but neither "007" nor "1e5".
PLAIN_INT = r"-?(?:0|[1-9]\d{0,17})"
PLAIN_FLOAT = r"-?(?:0|[1-9]\d*)(?:\.\d+)?"
BOOLS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

Checked = tuple[pd.Series, np.ndarray]


def _mask(values: Any) -> np.ndarray:
    return np.array(values, dtype=bool)


def _plain(series: pd.Series) -> pd.Series:
    """The column without categories and without Arrow's own types, objects inferred where all are of one kind."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(series.cat.categories.dtype)
    if isinstance(series.dtype, pd.ArrowDtype):
        series = pd.Series(series.array.to_numpy(dtype=object, na_value=None), index=series.index)
    if series.dtype != object:
        return series
    try:
        return series.infer_objects()
    except UnicodeEncodeError:  # half of a character, which `_text_of` tells
        return series


def _is_text(series: pd.Series) -> bool:
    return isinstance(series.dtype, pd.StringDtype)


def _text_of(value: Any) -> str | None:
    """The text a single object stands for; None where it is missing or is no text."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:  # half of a surrogate pair
            return None
        return value
    if isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_)):
        return str(value)
    return None


def as_text(series: pd.Series, *, keep_empty: bool = False) -> Checked:
    """Text; whole numbers become text, and text with NUL characters or half a character does not fit."""
    series = _plain(series)
    if _is_text(series) or pd.api.types.is_integer_dtype(series.dtype):
        text = series.astype("str")
        bad = np.zeros(len(text), dtype=bool)
        text = text.mask(series.isna())
    else:
        texts = [_text_of(value) for value in series]
        text = pd.Series(texts, index=series.index, dtype="str")
        bad = _mask(text.isna() & series.notna())
    bad |= _mask(text.str.contains("\0", regex=False, na=False))
    empty = bad if keep_empty else bad | _mask(text == "")
    return (text.mask(empty) if empty.any() else text), bad


def as_float(series: pd.Series) -> Checked:
    """Numbers as float64, missing as NaN; infinite numbers do not fit."""
    series = _plain(series)
    if pd.api.types.is_bool_dtype(series.dtype):
        numbers = series.astype("float64")
    else:
        if _is_text(series):
            series = series.mask(series.str.strip() == "")
        numbers = pd.to_numeric(series, errors="coerce").astype("float64")
    bad = _mask((numbers.isna() & series.notna()) | np.isinf(numbers))
    return numbers.mask(bad), bad


def as_int(series: pd.Series) -> Checked:
    """Whole numbers: int64, or Int64 where some are missing."""
    series = _plain(series)
    if pd.api.types.is_integer_dtype(series.dtype):
        return _narrow(series.astype("Int64")), np.zeros(len(series), dtype=bool)
    if pd.api.types.is_bool_dtype(series.dtype):
        return _narrow(pd.Series(pd.NA, index=series.index, dtype="Int64")), _mask(series.notna())
    if _is_text(series):
        text = series.str.strip()
        fits = _mask(text.str.fullmatch(r"[+-]?\d{1,18}", na=False))
        numbers = pd.Series(pd.NA, index=series.index, dtype="Int64")
        numbers[fits] = text[fits].astype("int64").astype("Int64")
        return _narrow(numbers), ~fits & _mask(series.notna() & (text != ""))
    floats, bad = as_float(series)
    bad = bad | _mask(floats.notna() & (floats % 1 != 0)) | _mask(floats.abs() > 2**53)
    return _narrow(floats.mask(bad).astype("Int64")), bad


def as_bool(series: pd.Series) -> Checked:
    """Yes or no: bool, or boolean where some are missing."""
    series = _plain(series)
    if pd.api.types.is_bool_dtype(series.dtype):
        return _narrow(series.astype("boolean")), np.zeros(len(series), dtype=bool)
    if pd.api.types.is_numeric_dtype(series.dtype):
        fits = series.isin([0, 1])
        return _narrow(series.where(fits).astype("boolean")), _mask(~fits & series.notna())
    words = pd.Series([_word(value) for value in series], index=series.index, dtype="object")
    bools = words.map(BOOLS).astype("boolean")
    return _narrow(bools), _mask(bools.isna() & words.notna() & (words != ""))


def _word(value: Any) -> str | None:
    return None if pd.isna(value) is True else str(value).strip().lower()


def as_time(series: pd.Series) -> Checked:
    """UTC timestamps to the microsecond, or seconds as float64 where all values are numbers.

    Timestamps without a zone are taken as UTC. A column without any value comes back as timestamps.
    """
    series = _plain(series)
    if _is_text(series):
        series = series.mask(series.str.strip() == "")
    if series.isna().all():
        return pd.Series(pd.NaT, index=series.index, dtype="datetime64[us, UTC]"), _mask(series.notna())
    if pd.api.types.is_bool_dtype(series.dtype):
        return pd.Series(np.nan, index=series.index, dtype="float64"), _mask(series.notna())
    if pd.api.types.is_numeric_dtype(series.dtype):
        return as_float(series)
    if _is_text(series) and series.dropna().str.fullmatch(r"\s*[+-]?\d+(?:\.\d+)?(?:e-?\d+)?\s*").all():
        return as_float(series)
    form = "ISO8601" if _is_text(series) else "mixed"
    times = pd.to_datetime(series, utc=True, errors="coerce", format=form).astype("datetime64[us, UTC]")
    return times, _mask(times.isna() & series.notna())


def natural(series: pd.Series, *, typeless: bool = False) -> Checked:
    """The column in the type that its values show.

    With `typeless`, text that holds nothing but plain numbers or true/false becomes numbers or yes/no; "007" and "1e5"
    are names and stay text.
    """
    series = _plain(series)
    if _is_text(series):
        return as_typed(series, _kind_of_text(series) if typeless else "str")
    if pd.api.types.is_bool_dtype(series.dtype):
        return as_bool(series)
    if pd.api.types.is_integer_dtype(series.dtype):
        return as_int(series)
    if pd.api.types.is_float_dtype(series.dtype):
        return as_float(series)
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return as_time(series)
    kinds = {type(value) for value in series if pd.isna(value) is not True}
    if kinds and kinds <= {bool, np.bool_}:
        return as_bool(series)
    if kinds and kinds <= {int, float, np.float64, np.int64}:
        return as_int(series) if not kinds & {float, np.float64} else as_float(series)
    return as_text(series)


def _kind_of_text(series: pd.Series) -> str:
    values = series[series.notna() & (series != "")]
    if not len(values):
        return "str"
    for kind, pattern in (("bool", "(?:true|false)"), ("int", PLAIN_INT), ("float", PLAIN_FLOAT)):
        if values.str.fullmatch(pattern, flags=re.IGNORECASE).all():
            return kind
    return "str"


def as_typed(series: pd.Series, kind: str) -> Checked:
    """The column as `kind`: str, int, float, bool or time."""
    return {"str": as_text, "int": as_int, "float": as_float, "bool": as_bool, "time": as_time}[kind](series)


def _narrow(series: pd.Series) -> pd.Series:
    """Without the mask of missing values where none is missing."""
    if series.isna().any():
        return series
    return series.astype("bool") if series.dtype == "boolean" else series.astype("int64")
