"""How is a plain table read? One row a turn, with whatever columns somebody's system exports.

What is the same in all rows of an interaction belongs to the interaction, what varies belongs to the turns. Column
names, speakers and times are taken as they are usually written, and every guess is told in `Corpus.notes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from stepmark.corpus.columns import blame, closest
from stepmark.corpus.corpus import Corpus
from stepmark.corpus.files import read_bytes, read_csv, read_table
from stepmark.corpus.origin import Origin
from stepmark.corpus.outcome import Outcome, parse_outcome
from stepmark.corpus.readers.cells import blank_answers, trim_ids
from stepmark.corpus.readers.clocks import read_clock
from stepmark.corpus.readers.headers import (
    CHANNEL_WORDS,
    SPEAKER_WORDS,
    USUAL_OUTCOMES,
    match_columns,
    missing_column,
)
from stepmark.corpus.tables import CHANNELS, INTERACTIONS, TURNS
from stepmark.corpus.validation import check_table
from stepmark.errors import Fault, InputError

__all__ = ["read_excel", "read_plain"]

#: An export may leave the numbers of its turns to their order.
EXPORT = replace(
    TURNS, columns=tuple(replace(c, required=c.required and c.name != "turn") for c in TURNS.columns)
)


def read_plain(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    speakers: Mapping[str, str] | None = None,
    outcomes: Iterable[Outcome | str] = (),
    channel: str | None = None,
    time_format: str | Sequence[str] | None = None,
    encoding: str = "utf-8",
) -> Corpus:
    """A corpus from one table of turns: CSV (also with tabs or semicolons), JSON Lines or Parquet.

    Parameters
    ----------
    path
        The file.
    columns
        Our column to the file's, e.g. ``{"text": "Message"}``; the others are guessed by usual names. Any other name
        renames a column: ``{"csat": "Satisfaction (1-5)"}``.
    speakers
        Who is who, e.g. ``{"bot": "agent"}``; usual words (user, client, representative …) are known.
    outcomes
        Which columns are outcomes: `Outcome`, or its short form ``"csat=ordinal:1,2,3,4,5"``. Where none is given,
        columns called csat, nps, resolved and the like are taken.
    channel
        The channel of all interactions, where the table has no such column.
    time_format
        How times are written, as in `datetime.strptime`; of several ways, each time is read by the first that fits it.
        By default ISO 8601, Unix seconds, or the one usual format that fits all of them.
    encoding
        Of a text file.

    Returns
    -------
    Corpus
        Turns are numbered by the table's own turn column, else by time where all times are known, else by their order
        in the file. An empty cell of text is an empty turn. Where several agents spoke, the interaction belongs to
        the one with most turns, and the turns keep `agent_id`.
    """
    path = Path(path)
    if path.suffix.lower() in (".csv", ".tsv", ".txt"):
        frame, origin = read_csv(path, encoding=encoding, delimiter=None)
    else:
        frame, origin = read_table(path)
    return _corpus(frame, origin, path, columns, speakers, outcomes, channel, time_format)


def read_excel(
    path: str | Path,
    *,
    sheet: str | int = 0,
    columns: Mapping[str, str] | None = None,
    speakers: Mapping[str, str] | None = None,
    outcomes: Iterable[Outcome | str] = (),
    channel: str | None = None,
    time_format: str | Sequence[str] | None = None,
) -> Corpus:
    """A corpus from one sheet of an Excel workbook, one row a turn.

    Parameters
    ----------
    path
        The workbook (.xlsx).
    sheet
        The sheet, by name or place from 0.
    columns, speakers, outcomes, channel, time_format
        As in `read_plain`.
    """
    path = Path(path)
    read_bytes(path)
    try:
        with pd.ExcelFile(path, engine="openpyxl") as book:
            sheets = book.sheet_names
            taken = _sheet(path, sheets, sheet)
            frame = pd.read_excel(book, sheet_name=taken, dtype=object)
    except (BadZipFile, KeyError, OSError):
        raise InputError(Fault(str(path), "not an Excel workbook", "a complete .xlsx file")) from None
    blank = frame.isna().all(axis=1).to_numpy()
    numbers = (np.flatnonzero(~blank) + 2).tolist()
    named = f", sheet {taken!r} of {len(sheets)}" if len(sheets) > 1 else ""
    origin = Origin(f"{path}{named}", "row", numbers)
    return _corpus(
        frame[~blank].reset_index(drop=True), origin, path, columns, speakers, outcomes, channel, time_format
    )


def _sheet(path: Path, sheets: Sequence[Any], sheet: str | int) -> str:
    """The name of the sheet that is asked for by name or place."""
    if sheet in sheets:
        return str(sheet)
    if isinstance(sheet, int) and 0 <= sheet < len(sheets):
        return str(sheets[sheet])
    names = [str(name) for name in sheets]
    near = closest(str(sheet), names)
    advice = f"Did you mean '{near}'?" if near else ""
    raise InputError(Fault(str(path), f"no sheet {sheet!r}", f"one of {', '.join(names)}", advice))


def _corpus(
    frame: pd.DataFrame,
    origin: Origin,
    path: Path,
    columns: Mapping[str, str] | None,
    speakers: Mapping[str, str] | None,
    outcomes: Iterable[Outcome | str],
    channel: str | None,
    time_format: str | Sequence[str] | None,
) -> Corpus:
    """The corpus from a table as it came."""
    if not len(frame):
        raise InputError(Fault(origin.name, "a header without rows", "one row a turn"))
    matched, notes = match_columns(frame.columns, _known(columns), origin.name)
    needed = [column for column in EXPORT.columns if column.required and column.name not in matched]
    if needed:
        raise InputError(missing_column(c.name, c.doc, frame.columns, origin.name) for c in needed)
    frame = frame.rename(columns={source: ours for ours, source in matched.items()})
    frame, trimmed = trim_ids(_fill(frame, origin, channel))
    frame, heard = _speakers(frame, speakers or {})
    frame, clock = _times(frame, origin, time_format)
    declared, assumed = _outcomes(frame, outcomes)
    frame, unanswered = blank_answers(frame, declared)
    types = {"agent_id": "str", "channel": "str"}
    typed, faults = check_table(frame, EXPORT, origin, types=types, outcomes=tuple(declared))
    faults += [_no_outcome(o.name, frame, origin) for o in declared if o.name not in frame]
    if faults:
        raise InputError(faults)
    turns, order = _number(typed)
    interactions, turns = _split(turns, declared, origin)
    said = (*notes, *trimmed, *heard, *clock, *assumed, *unanswered, *order, *_shared(turns))
    return Corpus(turns, interactions, tuple(declared), path.stem, notes=said)


def _no_outcome(name: str, frame: pd.DataFrame, origin: Origin) -> Fault:
    others = [str(other) for other in frame.columns if other not in {*TURNS.names, *INTERACTIONS.names}]
    near = closest(name, others) or next((other for other in others if name.lower() in other.lower()), "")
    advice = f"Is it '{near}'? Rename it: --column {name}='{near}'." if near else ""
    expected = f"one of {', '.join(others)}" if others else "one column each"
    return Fault(origin.name, f"no column for the outcome '{name}'", expected, advice)


def _known(columns: Mapping[str, str] | None) -> dict[str, str]:
    """The mapping; a name that is almost one of ours is a slip, any other renames a column that is none of ours."""
    ours = {*TURNS.names, *INTERACTIONS.names}
    strange = [
        name
        for name, source in (columns or {}).items()
        if name not in ours and (closest(name, ours) or source in ours)
    ]
    if strange:
        raise InputError(
            Fault(f"column mapping '{name}'", "not a column of stepmark", ", ".join(sorted(ours)))
            for name in strange
        )
    return dict(columns or {})


def _fill(frame: pd.DataFrame, origin: Origin, channel: str | None) -> pd.DataFrame:
    """With what a table may leave out: agent, channel, and the text of an empty turn."""
    if "agent_id" not in frame:
        frame = frame.assign(agent_id=None)
    if "channel" not in frame:
        frame = frame.assign(channel=channel)
    known = frame["channel"].map(lambda word: CHANNEL_WORDS.get(str(word).lower(), str(word).lower()))
    frame = frame.assign(channel=known.where(frame["channel"].notna(), None))
    strange = (frame["channel"].notna() & ~frame["channel"].isin(CHANNELS)).to_numpy()
    if faults := blame(frame["channel"], strange, origin, "channel", ", ".join(CHANNELS)):
        raise InputError(faults)
    if "text" in frame:
        words = [
            value if isinstance(value, str) else "" if pd.isna(value) else str(value)
            for value in frame["text"]
        ]
        frame = frame.assign(text=pd.Series(words, index=frame.index, dtype="object"))
    return frame


def _speakers(frame: pd.DataFrame, speakers: Mapping[str, str]) -> tuple[pd.DataFrame, list[str]]:
    """Who is who, by the user's mapping and then by the usual words."""
    if "speaker" not in frame:
        return frame, []
    given = {name.lower(): role for name, role in speakers.items()}
    words = frame["speaker"].astype(object).where(frame["speaker"].notna(), None)
    known = {word: _role(word, given) for word in words.dropna().unique()}
    guessed = {word: role for word, role in known.items() if word != role and str(word).lower() not in given}
    notes = [f"speaker {word!r} taken as {role}" for word, role in guessed.items() if role != word]
    return frame.assign(speaker=words.map(known)), notes


def _role(word: Any, given: Mapping[str, str]) -> Any:
    """The speaker a word of the source stands for; the word itself where nobody knows."""
    plain = str(word).strip().lower()
    return given.get(plain) or SPEAKER_WORDS.get(plain.replace(" ", "_")) or word


def _times(
    frame: pd.DataFrame, origin: Origin, time_format: str | Sequence[str] | None
) -> tuple[pd.DataFrame, list[str]]:
    """With the times of the source as times."""
    notes: list[str] = []
    faults: list[Fault] = []
    for name in ("start", "end"):
        if name in frame:
            times, said, wrong = read_clock(frame[name], origin, name, time_format)
            frame = frame.assign(**{name: times})
            notes += said
            faults += wrong
    if faults:
        raise InputError(faults)
    return frame, notes


def _outcomes(frame: pd.DataFrame, outcomes: Iterable[Outcome | str]) -> tuple[list[Outcome], list[str]]:
    """The outcomes that are declared; where there are none, those known by name."""
    declared = [parse_outcome(o) if isinstance(o, str) else o for o in outcomes]
    if declared:
        return declared, []
    notes = []
    for name in frame.columns:
        kind, levels = USUAL_OUTCOMES.get(str(name).lower(), ("", ()))
        if kind:
            declared.append(Outcome(str(name), kind, levels))  # type: ignore[arg-type]
            spelt = f"{kind} {levels[0]:g} to {levels[-1]:g}" if levels else kind
            notes.append(
                f"column '{name}' taken as an outcome, {spelt} (change it with --outcome {name}=KIND)"
            )
    return declared, notes


def _number(turns: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The turns in their order, numbered from 0 in each interaction."""
    if "turn" in turns:
        turns, notes = turns.sort_values("turn", kind="stable"), []
    elif "start" in turns and turns["start"].notna().all():
        turns, notes = turns.sort_values("start", kind="stable"), ["turns ordered by their start"]
    else:
        notes = ["turns ordered as in the file"]
    return turns.assign(turn=turns.groupby("interaction_id", sort=False).cumcount()), notes


def _split(turns: pd.DataFrame, outcomes: list[Outcome], origin: Origin) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What belongs to the interactions, and what belongs to the turns."""
    extra = [name for name in turns.columns if name not in TURNS.names]
    groups = turns.groupby("interaction_id", sort=False)
    varying = groups[extra].nunique().max() > 1 if extra else pd.Series(dtype=bool)
    firm = {"channel", *(outcome.name for outcome in outcomes)}
    clashes = [name for name in extra if name in firm and varying[name]]
    if clashes:
        raise InputError([fault for name in clashes for fault in _clash(turns, name, origin)])
    whole = [
        "agent_id",
        "channel",
        *(n for n in extra if n not in ("agent_id", "channel") and not varying[n]),
    ]
    interactions = groups[whole].first()
    if varying["agent_id"]:
        interactions["agent_id"] = _main_agents(turns).reindex(interactions.index)
    own = [name for name in extra if varying[name]]
    ours = [name for name in TURNS.names if name in turns]
    return interactions.reset_index(), turns[[*ours, *own]]


def _clash(turns: pd.DataFrame, name: str, origin: Origin) -> list[Fault]:
    """Rows whose value is not the one that the interaction began with."""
    ordered = turns.sort_index()
    first = ordered.groupby("interaction_id")[name].transform("first")
    wrong = (ordered[name].notna() & (ordered[name] != first)).to_numpy()
    return blame(ordered[name], wrong, origin, name, "one value in all rows of an interaction")


def _shared(turns: pd.DataFrame) -> list[str]:
    """A note on the interactions in which more than one agent spoke."""
    if "agent_id" not in turns:
        return []
    pairs = turns[["interaction_id", "agent_id"]].dropna().drop_duplicates()
    n = int(pairs["interaction_id"].value_counts().gt(1).sum())
    what = (
        "1 interaction with several agents counts"
        if n == 1
        else f"{n:,} interactions with several agents count"
    )
    return [f"{what} for the agent with most turns"] if n else []


def _main_agents(turns: pd.DataFrame) -> pd.Series:
    """Of each interaction, the agent with most turns; of equals, the one who came first."""
    said = turns[turns["speaker"].eq("agent") & turns["agent_id"].notna()]
    said = said if len(said) else turns[turns["agent_id"].notna()]
    counts = said.groupby(["interaction_id", "agent_id"], sort=False).size().rename("turns").reset_index()
    most = counts.sort_values("turns", ascending=False, kind="stable").drop_duplicates("interaction_id")
    return most.set_index("interaction_id")["agent_id"]
