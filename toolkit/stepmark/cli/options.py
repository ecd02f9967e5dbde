"""The options that every command with a CORPUS shares, and how they become a corpus.

A command takes ``source: CorpusPath, format: FormatOption = "auto"`` and calls ``load_corpus(source, format)``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

    from stepmark.corpus import Corpus

__all__ = [
    "ChannelOption",
    "ColumnOption",
    "CorpusPath",
    "EncodingOption",
    "FormatOption",
    "OutcomeOption",
    "SheetOption",
    "SpeakerOption",
    "TableOption",
    "TableOut",
    "TimeFormatOption",
    "load_corpus",
    "mapping",
    "save_table",
]

CorpusPath = Annotated[
    Path, typer.Argument(metavar="CORPUS", help="A corpus folder, or a raw source that --format names.")
]
FormatOption = Annotated[
    str,
    typer.Option("--format", "-f", metavar="NAME", help="folder, csv, excel, star, twcs, uss; auto guesses."),
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="OURS=THEIRS",
        help="Which column is which: text=Message; any other name renames: csat='How was it?'. Repeatable.",
    ),
]
SpeakerOption = Annotated[
    list[str] | None,
    typer.Option(
        "--speaker",
        metavar="WORD=SPEAKER",
        help="Who is who: agent, customer or other; e.g. Kunde=customer, bot=other. Repeatable.",
    ),
]
OutcomeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--outcome",
        metavar="NAME=KIND",
        help="An outcome: csat=ordinal:1,2,3,4,5, resolved=binary, effort=continuous:low. Repeatable.",
    ),
]
ChannelOption = Annotated[
    str | None, typer.Option("--channel", metavar="NAME", help="The channel, where no column says it.")
]
TimeFormatOption = Annotated[
    list[str] | None,
    typer.Option(
        "--time-format", metavar="FORMAT", help="How times are written: '%d/%m/%Y %H:%M'. Repeatable."
    ),
]
EncodingOption = Annotated[
    str | None, typer.Option("--encoding", metavar="NAME", help="Of a text file, where it is not UTF-8.")
]
SheetOption = Annotated[
    str | None, typer.Option("--sheet", metavar="NAME", help="The sheet of a workbook; the first by default.")
]


def _table_file(path: Path | None) -> Path | None:
    """The file of a table, whose suffix is checked before the work begins."""
    if path is not None:
        from stepmark.corpus import check_suffix

        check_suffix(path)
    return path


TableOut = typer.Option(
    "--out", "-o", metavar="FILE", help="Write the table here (.parquet, .csv, .jsonl).", callback=_table_file
)
TableOption = Annotated[Path | None, TableOut]


def save_table(table: pd.DataFrame, out: Path | None) -> None:
    """Write a table where it was asked for, and say where it is."""
    if out is not None:
        from stepmark.corpus import write_table

        write_table(table, out)
        typer.echo(f"Saved: {out}")


def mapping(pairs: list[str] | None, option: str) -> dict[str, str] | None:
    """What ``--option KEY=VALUE`` said, repeated; None where it was not given."""
    if not pairs:
        return None
    found = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not (key and equals and value):
            raise typer.BadParameter(f"'{pair}' is not of the form NAME=VALUE.", param_hint=f"--{option}")
        found[key] = value
    return found


def load_corpus(source: Path, format: str = "auto", **options: Any) -> Corpus:  # noqa: A002 (the option's name)
    """The corpus at `source`; what the reader assumed is said on standard error.

    Parameters
    ----------
    source
        A corpus folder or a raw source.
    format
        The name of a reader, or `auto`.
    **options
        For the reader; those that are None were not given.
    """
    from stepmark.corpus import READERS, guess_format, read

    name = guess_format(source) if format == "auto" else format
    given = {key: value for key, value in options.items() if value is not None}
    takes = {reader.name: reader.options for reader in READERS}
    if "progress" in takes.get(name, ()):
        given["progress"] = sys.stderr.isatty()
    corpus = read(source, name, **given)
    guessed = [f"format taken as {name}"] if format == "auto" and name != "folder" else []
    for note in [*guessed, *corpus.notes]:
        typer.echo(f"{source}: {note}", err=True)
    return corpus
