"""When was that, in an export whose times are written as its system likes?

ISO 8601 first, then Unix seconds or milliseconds, then the usual formats. Where two of them fit all the times and
mean different days (03/04/2026), nothing is guessed: the user has to say.
"""

from __future__ import annotations

import pandas as pd

from stepmark.corpus import values
from stepmark.corpus.columns import EXPECTED, blame
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


def read_clock(
    raw: pd.Series, origin: Origin, name: str, time_format: str | None = None
) -> tuple[pd.Series, list[str], list[Fault]]:
    """A column of times (or of seconds from the start), what was guessed, and its faults."""
    if time_format is not None:
        times = pd.to_datetime(raw, format=time_format, utc=True, errors="coerce")
        return times, [], blame(raw, (times.isna() & raw.notna()).to_numpy(), origin, name, time_format)
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
    return times, [], blame(raw, wrong, origin, name, EXPECTED["time"], advice)
