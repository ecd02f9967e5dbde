"""When was that, in an export whose times are written as its system likes?

ISO 8601 first, then Unix seconds or milliseconds, then the usual formats. Where two of them fit all the times and
mean different days (03/04/2026), nothing is guessed: the user has to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from stepmark.corpus import values
from stepmark.corpus.columns import EXPECTED, blame, phrases
from stepmark.corpus.origin import Origin
from stepmark.errors import Fault

__all__ = ["read_clock"]

_DATES = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%d %b %Y", "%b %d, %Y")
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
USUAL_FORMATS = (
    "%a %b %d %H:%M:%S %z %Y",
    "%a, %d %b %Y %H:%M:%S %z",
    *(f"{date} {clock}" for date in _DATES for clock in _CLOCKS),
)
#: Numbers from here on cannot be seconds from the start of an interaction: they are Unix times, of 2001 or later.
UNIX_FROM = 1e9
MILLISECONDS_FROM = 1e11
#: Up to how many values that cannot be read are told one by one.
FEW_VALUES = 3


def read_clock(
    raw: pd.Series, origin: Origin, name: str, time_format: str | Sequence[str] | None = None
) -> tuple[pd.Series, list[str], list[Fault]]:
    """A column of times (or of seconds from the start), what was guessed, and its faults."""
    if time_format is not None:
        return _by_formats(raw, origin, name, [time_format] if isinstance(time_format, str) else time_format)
    times, bad = values.as_time(raw)
    if (
        pd.api.types.is_float_dtype(times.dtype)
        and (least := float(times.astype("float64").min())) >= UNIX_FROM
    ):
        spelt, scale = ("milliseconds", 1e3) if least >= MILLISECONDS_FROM else ("seconds", 1.0)
        unix = pd.to_datetime(times.astype("float64") / scale, unit="s", utc=True)
        return unix, [f"'{name}' taken as Unix {spelt}"], []
    if not bad.any():
        return times, [], []
    return _usual(raw, bad, origin, name)


def _by_formats(
    raw: pd.Series, origin: Origin, name: str, formats: Sequence[str]
) -> tuple[pd.Series, list[str], list[Fault]]:
    """The times, each by the first of the formats that fits it."""
    times = pd.Series(pd.NaT, index=raw.index, dtype="datetime64[us, UTC]")
    notes = []
    for form in formats:
        found = pd.to_datetime(raw.mask(times.notna()), format=form, utc=True, errors="coerce")
        times = times.fillna(found.astype(times.dtype))
        if len(formats) > 1:
            notes.append(f"{found.notna().sum():,} times of '{name}' read as {form}")
    wrong = (times.isna() & raw.notna()).to_numpy()
    return times, notes, _unread(raw, wrong, origin, name, " or ".join(formats))


def _unread(
    raw: pd.Series, wrong: np.ndarray, origin: Origin, name: str, expected: str, advice: str = ""
) -> list[Fault]:
    """The faults of times that cannot be read: each value while they are few, else all in one with an example or two."""
    values = raw[wrong].astype(str).unique().tolist()
    if len(values) <= FEW_VALUES:
        return blame(raw, wrong, origin, name, expected, advice)
    shapes = {re.sub(r"\d+", "0", value): value for value in reversed(values)}
    examples = " and ".join(repr(value) for value in list(reversed(shapes.values()))[:3])
    found = phrases(raw.index, wrong, [f"times such as {examples}"] * int(wrong.sum()))
    return blame(found, wrong, origin, name, expected, advice)


def _usual(
    raw: pd.Series, bad: object, origin: Origin, name: str
) -> tuple[pd.Series, list[str], list[Fault]]:
    """The times by the one usual format that fits all of them."""
    text = raw.astype("str")
    fits = {}
    for form in USUAL_FORMATS:
        if pd.isna(pd.to_datetime(text.dropna().iloc[:1], format=form, utc=True, errors="coerce")).any():
            continue
        times = pd.to_datetime(text, format=form, utc=True, errors="coerce")
        if (times.notna() | text.isna()).all():
            fits[form] = times
    kinds = {tuple(times.dropna()): form for form, times in fits.items()}
    if len(kinds) == 1:
        form = next(iter(fits))
        return fits[form], [f"times of '{name}' read as {form}"], []
    if kinds:
        found = f"times such as {text.dropna().iloc[0]!r} that fit {' and '.join(fits)}"
        advice = f"Say which: --time-format '{next(iter(fits))}'."
        return raw, [], [Fault(origin.where(column=name), found, "times that can be read in one way", advice)]
    times, wrong = values.as_time(raw)
    advice = "Say how they are written: --time-format '%d/%m/%Y %H:%M'."
    if text[wrong].nunique() > FEW_VALUES:
        advice = f"{advice[:-1]} (once for each way, where they are written in several)."
    return times, [], _unread(raw, wrong, origin, name, EXPECTED["time"], advice)
