"""Do these tables fit together? Checked once, at the door, with every fault in one message.

A fault groups the rows that have the same thing wrong: "turns.csv, lines 3, 9 and 12, column 'speaker': 'bot'; expected
…". The checks are vectorised; a million turns take about a second.

pandera was tried for this. Its lazy validation finds the same rows, but its failure cases would still have to be turned
into lines of a file, grouped, joined across tables and given their advice, and the conversions (times, "007", empty
cells) would still have to be ours; importing it costs half a second.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from stepmark.corpus.columns import check_column, check_columns, check_extra, check_key, check_outcome
from stepmark.corpus.links import check_links, same_kind
from stepmark.corpus.origin import Origin
from stepmark.corpus.outcome import Outcome
from stepmark.corpus.tables import CODES, INTERACTIONS, SPANS, TURNS, Table
from stepmark.errors import Fault, InputError

__all__ = ["check_table", "check_tables"]


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
    faults = check_columns(frame, table, origin)
    frame = frame.loc[:, ~frame.columns.duplicated()]
    columns: dict[str, pd.Series] = {}
    by_name = {outcome.name: outcome for outcome in outcomes}
    own = [column for column in table.columns if column.name in frame.columns]
    for column in own:
        columns[column.name], found = check_column(frame[column.name], column, origin)
        faults += found
    for name in (name for name in frame.columns if name not in table.names):
        if name in by_name:
            columns[str(name)], found = check_outcome(frame[name], by_name[name], origin)
        else:
            columns[str(name)], found = check_extra(frame[name], origin, (types or {}).get(name))
        faults += found
    typed = pd.DataFrame(columns, index=frame.index)
    if set(table.key) <= set(typed.columns):
        faults += check_key(typed, table, origin)
    return typed, faults


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
    faults += check_links(typed, outcomes, places)
    if faults:
        raise InputError(faults)
    for name, frame in typed.items():
        typed[name] = None if frame is None else _settle(frame, tables[name])
    return typed


def _settle(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """The table with all its columns in their order, sorted by its key, with a plain index."""
    if table is TURNS:
        for name in ("start", "end"):
            if name not in frame:
                frame[name] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us, UTC]")
        frame["start"], frame["end"] = same_kind(frame["start"], frame["end"])
    extra = [name for name in frame.columns if name not in table.names]
    frame = frame[[name for name in table.names if name in frame] + extra]
    return frame.sort_values(list(table.key), kind="stable", ignore_index=True)
