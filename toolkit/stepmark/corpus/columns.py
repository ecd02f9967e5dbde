"""Which values of a column do not fit, and how is that said?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from stepmark.corpus import values
from stepmark.corpus.origin import Origin
from stepmark.corpus.outcome import Outcome
from stepmark.corpus.tables import Column, Table
from stepmark.errors import Fault

__all__ = [
    "EXPECTED",
    "blame",
    "check_column",
    "check_columns",
    "check_extra",
    "check_key",
    "check_outcome",
    "closest",
    "phrases",
]

EXPECTED = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "time": "a time such as 2026-11-22T09:30:00Z, or seconds from the start in the whole column",
}


def closest(name: str, names: Iterable[str]) -> str:
    """The one of `names` that `name` was probably meant to be; "" where none is near."""
    by_lower = {str(candidate).lower(): str(candidate) for candidate in names}
    near = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.75)
    return by_lower[near[0]] if near else ""


def spell(choices: Iterable[Any]) -> str:
    """The choices as a sentence spells them: 'a', 'b' or 'c'."""
    names = [f"'{choice}'" if isinstance(choice, str) else f"{choice:g}" for choice in choices]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def blame(
    raw: pd.Series, bad: np.ndarray, origin: Origin, column: str, expected: str, advice: str = ""
) -> list[Fault]:
    """One fault for each distinct value among the `bad` rows of `raw`."""
    if not bad.any():
        return []
    groups: dict[str, list[int]] = {}
    for position in np.flatnonzero(bad).tolist():
        groups.setdefault(_show(raw.iloc[position]), []).append(position)
    return [Fault(origin.where(rows, column), found, expected, advice) for found, rows in groups.items()]


class _Phrase(str):
    """Words that already say what was found."""


def phrases(index: pd.Index, mask: np.ndarray, found: Iterable[str]) -> pd.Series:
    """What was found, in words, at the rows of `mask`."""
    phrases = np.full(len(index), "", dtype=object)
    phrases[mask] = [_Phrase(words) for words in found]
    return pd.Series(phrases, index=index, dtype="object")


def _show(value: Any) -> str:
    if isinstance(value, _Phrase):
        return str(value)
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return "a missing value"
    shown = (
        repr(value) if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)
    )
    return shown if len(shown) <= 80 else f"{shown[:76]} …"


def check_columns(frame: pd.DataFrame, table: Table, origin: Origin) -> list[Fault]:
    """Columns that are missing or there twice."""
    names = [str(name) for name in frame.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    faults = [Fault(origin.where(column=name), "there twice", "each column once") for name in twice]
    spare = [name for name in names if name not in table.names]
    for column in table.columns:
        if column.required and column.name not in names:
            near = closest(column.name, spare)
            advice = f"Did you mean '{near}'? Rename it to '{column.name}'." if near else _advise(column)
            found = f"no column '{column.name}' among {', '.join(names) or 'no columns'}"
            faults.append(Fault(origin.where(), found, f"it there ({column.doc.rstrip('.')})", advice))
    return faults


def _advise(column: Column) -> str:
    return "Add it, and leave it empty where it is unknown." if column.nullable else ""


def check_column(raw: pd.Series, column: Column, origin: Origin) -> tuple[pd.Series, list[Fault]]:
    """A column of the tables' own in its type, with the faults of its values."""
    if column.kind in ("str", "choice"):
        typed, bad = values.as_text(raw, keep_empty=column.name == "text")
    else:
        typed, bad = values.as_typed(raw, column.kind)
    expected = spell(column.choices) if column.kind == "choice" else EXPECTED[column.kind]
    faults = blame(raw, bad, origin, column.name, expected)
    if not column.nullable:
        missing = typed.isna().to_numpy() & ~bad
        faults += blame(typed, missing, origin, column.name, expected)
    if column.kind == "choice":
        strange = (~typed.isin(column.choices) & typed.notna()).to_numpy()
        faults += blame(typed, strange, origin, column.name, expected, _hint(typed[strange], column))
    return typed, faults


def _hint(strange: pd.Series, column: Column) -> str:
    if column.name == "speaker" and len(strange):
        return f"Say who that is, for example --speaker {strange.iloc[0]}=agent when importing."
    return ""


def check_outcome(raw: pd.Series, outcome: Outcome, origin: Origin) -> tuple[pd.Series, list[Fault]]:
    """An outcome as float64, missing where nobody answered, with the faults of its values."""
    if outcome.kind == "binary":
        answers, bad = values.as_bool(raw)
        typed, expected, allowed = answers.astype("float64"), "0 or 1 (or false, true, no, yes)", None
    else:
        typed, bad = values.as_float(raw)
        expected = {"ordinal": spell(outcome.levels or (0,)), "count": "a whole number from 0"}.get(
            outcome.kind, "a number"
        )
        allowed = {
            "ordinal": typed.isin(outcome.levels),
            "count": (typed >= 0) & (typed % 1 == 0),
        }.get(outcome.kind)
    if allowed is not None:
        bad = bad | (typed.notna() & ~allowed).to_numpy()
    return typed, blame(raw, bad, origin, outcome.name, expected, "" if not bad.any() else _declared(outcome))


def _declared(outcome: Outcome) -> str:
    return f"'{outcome.name}' is declared {outcome.kind}."


def check_extra(raw: pd.Series, origin: Origin, kind: str | None) -> tuple[pd.Series, list[Fault]]:
    """A column beyond the tables' own in its type (None: the one its values show), with the faults of its values."""
    if kind is None:
        typed, bad = values.natural(raw, typeless=origin.typeless)
        return typed, blame(raw, bad, origin, str(raw.name), "text, a number, a time, or true or false")
    typed, bad = values.as_typed(raw, kind)
    return typed, blame(raw, bad, origin, str(raw.name), EXPECTED[kind])


def check_key(frame: pd.DataFrame, table: Table, origin: Origin) -> list[Fault]:
    """Rows that are there twice."""
    key = list(table.key)
    again = frame.duplicated(key) & frame[key].notna().all(axis=1)
    if not again.any():
        return []
    mask = again.to_numpy()
    rows = frame.loc[mask, key].astype(object).to_dict("records")
    found = (f"{_name(row)} is there already" for row in rows)
    return blame(phrases(frame.index, mask, found), mask, origin, "", f"each {_spoken(key)} once")


def _name(row: Mapping[Any, Any]) -> str:
    return ", ".join(f"{name} {value!r}" for name, value in row.items())


def _spoken(key: list[str]) -> str:
    return key[0] if len(key) == 1 else f"pair of {' and '.join(key)}" if len(key) == 2 else " + ".join(key)
