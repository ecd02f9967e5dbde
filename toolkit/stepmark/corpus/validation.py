"""Do these tables fit together? Checked once, at the door, with every fault in one message.

A fault groups the rows that have the same thing wrong: "turns.csv, lines 3, 9 and 12, column 'speaker': 'bot'; expected
…". The checks are vectorised; a million turns take about a second.

pandera was tried for this. Its lazy validation finds the same rows, but its failure cases would still have to be turned
into lines of a file, grouped, joined across tables and given their advice, and the conversions (times, "007", empty
cells) would still have to be ours; importing it costs half a second.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from stepmark.corpus import values
from stepmark.corpus.origin import Origin
from stepmark.corpus.outcome import Outcome
from stepmark.corpus.tables import CODES, INTERACTIONS, SPANS, TURNS, Column, Table
from stepmark.errors import Fault, InputError

__all__ = ["check_table", "check_tables", "closest"]

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


def _phrases(index: pd.Index, mask: np.ndarray, found: Iterable[str]) -> pd.Series:
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


def _check_columns(frame: pd.DataFrame, table: Table, origin: Origin) -> list[Fault]:
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


def _check_column(raw: pd.Series, column: Column, origin: Origin) -> tuple[pd.Series, list[Fault]]:
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


def _check_outcome(raw: pd.Series, outcome: Outcome, origin: Origin) -> tuple[pd.Series, list[Fault]]:
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


def check_table(
    frame: pd.DataFrame,
    table: Table,
    origin: Origin | None = None,
    *,
    types: Mapping[str, str] | None = None,
    outcomes: tuple[Outcome, ...] = (),
) -> tuple[pd.DataFrame, list[Fault]]:
    """One table with each column in its type, and its faults.

    Parameters
    ----------
    frame
        The table as it came. Columns beyond those of `table` are kept, after them.
    table
        Which table it is meant to be.
    origin
        Where its rows came from; by default they are called by the table's name and the frame's index.
    types
        The kinds (str, int, float, bool, time) of columns beyond the table's own, where they are known.
    outcomes
        Columns that are outcomes.
    """
    origin = origin or Origin(table.name, numbers=frame.index.tolist())
    faults = _check_columns(frame, table, origin)
    frame = frame.loc[:, ~frame.columns.duplicated()]
    columns: dict[str, pd.Series] = {}
    by_name = {outcome.name: outcome for outcome in outcomes}
    own = [column for column in table.columns if column.name in frame.columns]
    for column in own:
        columns[column.name], found = _check_column(frame[column.name], column, origin)
        faults += found
    for name in (name for name in frame.columns if name not in table.names):
        if name in by_name:
            columns[str(name)], found = _check_outcome(frame[name], by_name[name], origin)
        else:
            columns[str(name)], found = _check_extra(frame[name], origin, (types or {}).get(name))
        faults += found
    typed = pd.DataFrame(columns, index=frame.index)
    if set(table.key) <= set(typed.columns):
        faults += _check_key(typed, table, origin)
    return typed, faults


def _check_extra(raw: pd.Series, origin: Origin, kind: str | None) -> tuple[pd.Series, list[Fault]]:
    if kind is None:
        typed, bad = values.natural(raw, typeless=origin.typeless)
        return typed, blame(raw, bad, origin, str(raw.name), "text, a number, a time, or true or false")
    typed, bad = values.as_typed(raw, kind)
    return typed, blame(raw, bad, origin, str(raw.name), EXPECTED[kind])


def _check_key(frame: pd.DataFrame, table: Table, origin: Origin) -> list[Fault]:
    """Rows that are there twice."""
    key = list(table.key)
    again = frame.duplicated(key) & frame[key].notna().all(axis=1)
    if not again.any():
        return []
    mask = again.to_numpy()
    rows = frame.loc[mask, key].astype(object).to_dict("records")
    found = (f"{_name(row)} is there already" for row in rows)
    return blame(_phrases(frame.index, mask, found), mask, origin, "", f"each {_spoken(key)} once")


def _name(row: Mapping[Any, Any]) -> str:
    return ", ".join(f"{name} {value!r}" for name, value in row.items())


def _spoken(key: list[str]) -> str:
    return key[0] if len(key) == 1 else f"pair of {' and '.join(key)}" if len(key) == 2 else " + ".join(key)


def check_tables(
    turns: pd.DataFrame,
    interactions: pd.DataFrame,
    outcomes: tuple[Outcome, ...] = (),
    spans: pd.DataFrame | None = None,
    codes: pd.DataFrame | None = None,
    *,
    origins: Mapping[str, Origin] | None = None,
    types: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, pd.DataFrame | None]:
    """The tables of a corpus in their types, sorted, or one `InputError` with every fault of all of them.

    Parameters
    ----------
    turns, interactions, spans, codes
        The tables as they came.
    outcomes
        Which columns of `interactions` are outcomes.
    origins
        By table name, where its rows came from.
    types
        By table name, the kinds of columns beyond the table's own, where they are known.
    """
    came = {"interactions": interactions, "turns": turns, "spans": spans, "codes": codes}
    tables = {"interactions": INTERACTIONS, "turns": TURNS, "spans": SPANS, "codes": CODES}
    places = {
        name: (origins or {}).get(name) or Origin(name, numbers=frame.index.tolist())
        for name, frame in came.items()
        if frame is not None
    }
    typed: dict[str, pd.DataFrame | None] = {"spans": None, "codes": None}
    faults: list[Fault] = []
    for name, place in places.items():
        frame = came[name]
        assert frame is not None
        named = outcomes if name == "interactions" else ()
        typed[name], found = check_table(
            frame, tables[name], place, types=(types or {}).get(name), outcomes=named
        )
        faults += found
    faults += _check_declared(interactions, outcomes, places["interactions"])
    faults += _check_links(typed, places)
    faults += _check_order(typed["turns"], places["turns"])
    if faults:
        raise InputError(faults)
    for name, frame in typed.items():
        typed[name] = None if frame is None else _settle(frame, tables[name])
    return typed


def _check_declared(interactions: pd.DataFrame, outcomes: tuple[Outcome, ...], origin: Origin) -> list[Fault]:
    """Outcomes that are declared and have no column, or the column of something else."""
    faults = []
    for outcome in outcomes:
        if outcome.name in INTERACTIONS.names:
            faults.append(
                Fault(f"outcome '{outcome.name}'", "the name of a column of every corpus", "another name")
            )
        elif outcome.name not in interactions.columns:
            near = closest(outcome.name, map(str, interactions.columns))
            advice = f"Did you mean '{near}'?" if near else ""
            faults.append(
                Fault(
                    origin.where(), f"no column for the outcome '{outcome.name}'", "one column each", advice
                )
            )
    return faults


def _check_links(typed: Mapping[str, pd.DataFrame | None], origins: Mapping[str, Origin]) -> list[Fault]:
    """Turns of unknown interactions, spans and codes of unknown turns."""
    faults: list[Fault] = []
    known, turns = typed["interactions"], typed["turns"]
    assert known is not None
    assert turns is not None
    if "interaction_id" in known and "interaction_id" in turns:
        ids = turns["interaction_id"]
        lost = (~ids.isin(known["interaction_id"]) & ids.notna()).to_numpy()
        expected = f"an interaction_id of {origins['interactions'].name}"
        faults += blame(ids, lost, origins["turns"], "interaction_id", expected)
    if not {"interaction_id", "turn"} <= set(turns.columns):
        return faults
    places = pd.MultiIndex.from_frame(turns[["interaction_id", "turn"]])
    for name in ("spans", "codes"):
        layer = typed[name]
        if layer is None or not {"interaction_id", "turn"} <= set(layer.columns):
            continue
        at = pd.MultiIndex.from_frame(layer[["interaction_id", "turn"]])
        lost = ~at.isin(places)
        found = (f"interaction {i!r}, turn {t}" for i, t in at[lost])
        faults += blame(
            _phrases(layer.index, lost, found), lost, origins[name], "", f"a turn of {origins['turns'].name}"
        )
    return faults


def _check_order(turns: pd.DataFrame | None, origin: Origin) -> list[Fault]:
    """Turns below 0, and turns that end before they start."""
    assert turns is not None
    faults: list[Fault] = []
    if "turn" in turns:
        below = (turns["turn"] < 0).fillna(False).to_numpy(dtype=bool)
        faults += blame(turns["turn"], below, origin, "turn", "0 or more")
    if "start" not in turns or "end" not in turns:
        return faults
    start, end = _same_kind(turns["start"], turns["end"])
    if start.dtype != end.dtype:
        return [
            *faults,
            Fault(origin.where(), "'start' and 'end' of two kinds", "both times, or both seconds"),
        ]
    back = (end < start).to_numpy()
    found = (f"end {e} is before start {s}" for s, e in zip(start[back], end[back], strict=True))
    shown = _phrases(turns.index, back, found)
    return faults + blame(shown, back, origin, "", "an end at or after the start")


def _same_kind(start: pd.Series, end: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Both columns in one type where one of them is all missing."""
    if start.dtype != end.dtype and end.isna().all():
        return start, pd.Series(np.nan, index=end.index, dtype="float64").astype(start.dtype)
    if start.dtype != end.dtype and start.isna().all():
        return pd.Series(np.nan, index=start.index, dtype="float64").astype(end.dtype), end
    return start, end


def _settle(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """The table with all its columns in their order, sorted by its key, with a plain index."""
    if table is TURNS:
        for name in ("start", "end"):
            if name not in frame:
                frame[name] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us, UTC]")
        frame["start"], frame["end"] = _same_kind(frame["start"], frame["end"])
    extra = [name for name in frame.columns if name not in table.names]
    frame = frame[[name for name in table.names if name in frame] + extra]
    return frame.sort_values(list(table.key), kind="stable", ignore_index=True)
