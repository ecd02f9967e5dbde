"""How is a corpus kept on disk? As a folder: `corpus.toml`, `turns.*`, `interactions.*`, and layers where there are any.

`corpus.toml` is written by people as well, so it is read strictly: an entry that nobody knows is a fault, with the
name it was probably meant to have.
"""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stepmark.corpus.columns import closest
from stepmark.corpus.corpus import Corpus
from stepmark.corpus.files import SUFFIXES, read_table, read_text, write_atomically, write_table
from stepmark.corpus.origin import Origin
from stepmark.corpus.outcome import Outcome
from stepmark.corpus.tables import CODES, INTERACTIONS, SPANS, TURNS
from stepmark.errors import Fault, InputError, expected_of

__all__ = ["check_place", "is_folder", "read_folder", "write_folder"]

CARD = "corpus.toml"
TABLES = {"interactions": INTERACTIONS, "turns": TURNS, "spans": SPANS, "codes": CODES}
TypeName = Literal["str", "int", "float", "bool", "time"]


class _OutcomeEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["binary", "ordinal", "continuous", "count"]
    levels: list[float | int] = []
    good: Literal["high", "low"] = "high"
    label: str = ""


class _Card(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    licence: str = ""
    language: str = "en"
    outcomes: dict[str, _OutcomeEntry] = {}
    #: The kinds of columns beyond the tables' own; what is not listed is taken as it looks.
    columns: dict[Literal["interactions", "turns", "spans", "codes"], dict[str, TypeName]] = Field(default={})


def is_folder(path: Path) -> bool:
    """Whether `path` is a corpus folder."""
    return (path / CARD).is_file()


def read_folder(path: str | Path) -> Corpus:
    """The corpus kept in a folder.

    Parameters
    ----------
    path
        A folder with `corpus.toml`, `turns.*` and `interactions.*` (Parquet, CSV or JSON Lines), and `spans.*` and
        `codes.*` where there are any.

    Raises
    ------
    InputError
        With every fault of `corpus.toml`, or else every fault of the tables.
    """
    folder = Path(path)
    if not folder.is_dir():
        found = "a file" if folder.exists() else "no such folder"
        raise InputError(Fault(str(folder), found, f"a corpus folder with a {CARD}"))
    if not is_folder(folder):
        advice = "Import it first: stepmark import SOURCE --format NAME --out DIR."
        raise InputError(Fault(str(folder), f"a directory without {CARD}", "a corpus folder", advice))
    card = _read_card(folder / CARD)
    outcomes = _outcomes(card, folder / CARD)
    frames, origins = _read_tables(folder)
    return Corpus(
        frames["turns"],
        frames["interactions"],
        outcomes,
        card.name,
        card.licence,
        card.language,
        frames.get("spans"),
        frames.get("codes"),
        origins=origins,
        types={str(table): dict(kinds) for table, kinds in card.columns.items()},
    )


def _read_card(path: Path) -> _Card:
    try:
        entries = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(Fault(str(path), f"no TOML: {error}")) from None
    try:
        return _Card.model_validate(entries)
    except ValidationError as error:
        raise InputError([_card_fault(path, fault) for fault in error.errors()]) from None


def _card_fault(path: Path, fault: Any) -> Fault:
    """One complaint of pydantic in our words."""
    place = [str(part) for part in fault["loc"] if part != "[key]"]
    where = f"{path}, entry '{'.'.join(place)}'"
    if fault["type"] == "missing":
        return Fault(where, "not there", "an entry of that name")
    if fault["type"] == "extra_forbidden":
        known = (_OutcomeEntry if place[0] == "outcomes" else _Card).model_fields
        near = closest(place[-1], known)
        return Fault(where, "unknown", ", ".join(known), f"Did you mean '{near}'?" if near else "")
    return Fault(where, repr(fault["input"]), expected_of(fault))


def _outcomes(card: _Card, path: Path) -> tuple[Outcome, ...]:
    outcomes, faults = [], []
    for name, entry in card.outcomes.items():
        try:
            levels = tuple(float(level) for level in entry.levels)
            outcomes.append(Outcome(name, entry.kind, levels, entry.good, entry.label))
        except InputError as error:
            faults += [Fault(f"{path}, {f.where}", f.found, f.expected, f.advice) for f in error.faults]
    if faults:
        raise InputError(faults)
    return tuple(outcomes)


def _read_tables(folder: Path) -> tuple[dict[str, pd.DataFrame], dict[str, Origin]]:
    """The tables of a folder as they stand there; all that cannot be read in one error."""
    frames: dict[str, pd.DataFrame] = {}
    origins: dict[str, Origin] = {}
    faults: list[Fault] = []
    for table in TABLES:
        files = [folder / f"{table}{suffix}" for suffix in SUFFIXES if (folder / f"{table}{suffix}").exists()]
        if not files and table in ("turns", "interactions"):
            expected = " or ".join(f"{table}{suffix}" for suffix in SUFFIXES)
            faults.append(Fault(str(folder), f"no {table}", expected))
        elif len(files) > 1:
            found = " and ".join(file.name for file in files)
            faults.append(Fault(str(folder), found, f"one file of {table}", "Keep the one that is right."))
        elif files:
            try:
                frames[table], origins[table] = read_table(files[0])
            except InputError as error:
                faults += error.faults
    if faults:
        raise InputError(faults)
    return frames, origins


def write_folder(
    corpus: Corpus,
    path: str | Path,
    *,
    format: Literal["parquet", "csv", "jsonl"] = "parquet",  # noqa: A002 (the name of the option everywhere)
    overwrite: bool = False,
) -> Path:
    """Write a corpus folder, and give its path.

    A new folder appears whole or not at all. In a folder that is there already, which takes `overwrite`, each file
    of the corpus is replaced whole; other files stay, and so do the spans and codes of a corpus that brings none.

    Parameters
    ----------
    corpus
        What to write.
    path
        The folder.
    format
        How to keep the tables.
    overwrite
        Whether a corpus that is there already may be replaced.

    Raises
    ------
    InputError
        Where `path` is a file, or a folder that holds something and `overwrite` is false.
    """
    folder = Path(path)
    if format not in SUFFIXES.values():
        raise InputError(Fault("format", repr(format), ", ".join(SUFFIXES.values())))
    check_place(folder, overwrite=overwrite)
    if folder.exists() and any(folder.iterdir()):
        _fill(corpus, folder, format)
        return folder
    draft = _draft_folder(folder)
    try:
        _fill(corpus, draft, format)
        draft.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def check_place(folder: Path, *, overwrite: bool) -> None:
    """Refuse a file, and a folder that holds something unless it may be replaced."""
    if folder.exists() and not folder.is_dir():
        raise InputError(Fault(str(folder), "a file", "a folder to write to"))
    if not overwrite and folder.exists() and any(folder.iterdir()):
        raise InputError(
            Fault(str(folder), "not empty", "a new folder", "Use --force to replace the corpus.")
        )


def _draft_folder(folder: Path) -> Path:
    """A hidden folder beside the one to write."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        found = f"cannot be written ({error.strerror})"
        raise InputError(Fault(str(folder), found, "a folder in a place that can be written to")) from None


def _fill(corpus: Corpus, folder: Path, form: str) -> None:
    for table in TABLES:
        frame: pd.DataFrame | None = getattr(corpus, table)
        kept = folder / f"{table}.{form}"
        if frame is None:  # layers that are there are people's work, and stay
            continue
        write_table(frame, kept)
        for suffix in SUFFIXES:
            if (old := folder / f"{table}{suffix}") != kept:
                old.unlink(missing_ok=True)
    with write_atomically(folder / CARD) as draft:
        draft.write_text(tomli_w.dumps(_card(corpus)), encoding="utf-8")


def _card(corpus: Corpus) -> dict[str, Any]:
    card: dict[str, Any] = {"name": corpus.name, "licence": corpus.licence, "language": corpus.language}
    if corpus.outcomes:
        card["outcomes"] = {outcome.name: _entry(outcome) for outcome in corpus.outcomes}
    named = {outcome.name for outcome in corpus.outcomes}
    kinds = {}
    for name, table in TABLES.items():
        frame: pd.DataFrame | None = getattr(corpus, name)
        if frame is not None:
            extra = [column for column in frame.columns if column not in {*table.names, *named}]
            kinds[name] = {str(column): _kind(frame[column]) for column in extra}
    kinds = {name: columns for name, columns in kinds.items() if columns}
    return card | ({"columns": kinds} if kinds else {})


def _entry(outcome: Outcome) -> dict[str, Any]:
    entry: dict[str, Any] = {"kind": outcome.kind}
    if outcome.levels:
        entry["levels"] = [int(level) if level == int(level) else level for level in outcome.levels]
    entry["good"] = outcome.good
    return entry | ({"label": outcome.label} if outcome.label else {})


def _kind(column: pd.Series) -> TypeName:
    if pd.api.types.is_bool_dtype(column.dtype):
        return "bool"
    if pd.api.types.is_integer_dtype(column.dtype):
        return "int"
    if pd.api.types.is_float_dtype(column.dtype):
        return "float"
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "time"
    return "str"
