"""Which formats can be read, and which of them is this?

A reader is a row of `READERS`: its name, what it reads, how it knows its own, and the function. A new format is a
module with such a function and a row here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stepmark.corpus.columns import closest
from stepmark.corpus.corpus import Corpus
from stepmark.corpus.folder import is_folder, read_folder
from stepmark.corpus.readers.plain import read_excel, read_plain
from stepmark.corpus.readers.star import looks_like_star, read_star
from stepmark.corpus.readers.twcs import looks_like_twcs, read_twcs
from stepmark.corpus.readers.uss import looks_like_uss, read_uss
from stepmark.errors import Fault, InputError

__all__ = ["READERS", "Reader", "guess_format", "read"]


@dataclass(frozen=True)
class Reader:
    """A format that can be read.

    Attributes
    ----------
    name
        What `format` calls it.
    doc
        What it reads.
    read
        From a path and options to a corpus.
    looks_like
        Whether a path holds this format, by its content.
    """

    name: str
    doc: str
    read: Callable[..., Corpus]
    looks_like: Callable[[Path], bool]

    @property
    def options(self) -> tuple[str, ...]:
        """The options it takes."""
        return tuple(inspect.signature(self.read).parameters)[1:]


def _has_suffix(*suffixes: str) -> Callable[[Path], bool]:
    return lambda path: path.is_file() and path.suffix.lower() in suffixes


#: Every format, in the order in which a guess tries them.
READERS = (
    Reader("folder", "a corpus folder with its corpus.toml", read_folder, is_folder),
    Reader("star", "STAR: one JSON file a dialogue", read_star, looks_like_star),
    Reader("twcs", "Customer Support on Twitter: one CSV of tweets", read_twcs, looks_like_twcs),
    Reader("uss", "User Satisfaction Simulation: tab-separated turns", read_uss, looks_like_uss),
    Reader("excel", "an Excel sheet, one row a turn", read_excel, _has_suffix(".xlsx", ".xlsm")),
    Reader(
        "csv",
        "a table with one row a turn: CSV, JSON Lines, Parquet",
        read_plain,
        _has_suffix(".csv", ".tsv", ".jsonl", ".parquet"),
    ),
)


def guess_format(path: str | Path) -> str:
    """The name of the format that `path` holds, by what is in it.

    Raises
    ------
    InputError
        Where nothing is there, or no reader knows it.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(Fault(str(path), "no such file or folder", "a corpus folder, or a source to read"))
    for reader in READERS:
        if reader.looks_like(path):
            return reader.name
    known = "; ".join(f"{reader.name} ({reader.doc})" for reader in READERS)
    found = (
        "a directory without corpus.toml" if path.is_dir() else f"a file of no known format ('{path.name}')"
    )
    raise InputError(Fault(str(path), found, known, "Name its format with --format."))


def read(path: str | Path, format: str = "auto", **options: Any) -> Corpus:  # noqa: A002 (the design's name)
    """The corpus that is in a folder or a source file.

    Parameters
    ----------
    path
        A corpus folder, or a source.
    format
        `folder`, `csv`, `excel`, `star`, `twcs`, `uss`; or `auto`, which looks at the content and says in
        `Corpus.notes` what it took the source for.
    **options
        What the reader of the format takes, e.g. ``columns={"text": "Message"}`` for `csv`.

    Raises
    ------
    InputError
        With every fault of the source; for a format nobody knows, or an option its reader does not take.
    """
    by_name = {reader.name: reader for reader in READERS}
    guessed = format == "auto"
    name = guess_format(path) if guessed else format
    if name not in by_name:
        near = closest(name, by_name)
        advice = f"Did you mean '{near}'?" if near else ""
        raise InputError(Fault("format", f"'{name}'", f"auto, {', '.join(by_name)}", advice))
    reader = by_name[name]
    strange = [option for option in options if option not in reader.options]
    if strange:
        expected = f"one of {', '.join(reader.options)}" if reader.options else "no options"
        raise InputError(Fault(f"format '{name}'", f"option '{option}'", expected) for option in strange)
    corpus = reader.read(path, **options)
    if guessed and name != "folder":
        return replace(corpus, notes=(f"format taken as {name}: {reader.doc}", *corpus.notes))
    return corpus
