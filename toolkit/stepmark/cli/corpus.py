"""The commands of the room `corpus`."""

from __future__ import annotations

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stepmark.cli.options import (
    ChannelOption,
    ColumnOption,
    CorpusPath,
    EncodingOption,
    FormatOption,
    OutcomeOption,
    SheetOption,
    SpeakerOption,
    TimeFormatOption,
    load_corpus,
    mapping,
)

__all__ = ["register"]


class Tables(StrEnum):
    """How the tables of a corpus folder are kept."""

    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"


OutOption = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The corpus folder to write.")]
TablesOption = Annotated[Tables, typer.Option("--tables", help="How to keep the tables.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace the corpus that is in DIR already.")]


def register(app: typer.Typer) -> None:
    """Add this room's commands to `app`."""
    app.command("import")(import_corpus)
    app.command("check")(check_corpus)
    app.command("redact")(redact_corpus)


def import_corpus(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="The file or folder to read.")],
    out: OutOption,
    format: FormatOption = "auto",  # noqa: A002 (the option's name)
    column: ColumnOption = None,
    speaker: SpeakerOption = None,
    outcome: OutcomeOption = None,
    channel: ChannelOption = None,
    time_format: TimeFormatOption = None,
    encoding: EncodingOption = None,
    sheet: SheetOption = None,
    name: Annotated[str | None, typer.Option("--name", help="What to call the corpus.")] = None,
    licence: Annotated[str | None, typer.Option("--licence", help="Its licence.")] = None,
    tables: TablesOption = Tables.PARQUET,
    force: ForceOption = False,
) -> None:
    """Read a source into a corpus folder."""
    from stepmark.corpus import check_place, write_folder

    check_place(out, overwrite=force)
    corpus = load_corpus(
        source,
        format,
        columns=mapping(column, "column"),
        speakers=mapping(speaker, "speaker"),
        outcomes=outcome or None,
        channel=channel,
        time_format=time_format or None,
        encoding=encoding,
        sheet=sheet,
    )
    corpus = replace(corpus, name=name or corpus.name, licence=licence or corpus.licence)
    write_folder(corpus, out, format=tables.value, overwrite=force)
    typer.echo(f"{out}: {corpus}")


def check_corpus(source: CorpusPath, format: FormatOption = "auto") -> None:  # noqa: A002 (the option's name)
    """Validate a corpus and print what is there."""
    from stepmark.corpus import check

    report = check(load_corpus(source, format))
    typer.echo(str(replace(report, notes=())))


def redact_corpus(
    source: CorpusPath,
    out: OutOption,
    format: FormatOption = "auto",  # noqa: A002 (the option's name)
    across: Annotated[
        bool, typer.Option("--across", help="The same value gets the same placeholder in all interactions.")
    ] = False,
    agents: Annotated[
        bool, typer.Option("--agents", help="Replace agent_id too, by agent-1, agent-2 …")
    ] = False,
    tables: TablesOption = Tables.PARQUET,
    force: ForceOption = False,
) -> None:
    """Replace personal data by typed, consistent placeholders."""
    from stepmark.corpus import check_place, redact, write_folder

    check_place(out, overwrite=force)
    corpus = redact(load_corpus(source, format), across=across, agents=agents, progress=sys.stderr.isatty())
    write_folder(corpus, out, format=tables.value, overwrite=force)
    typer.echo(f"{out}: {corpus}")
    for note in corpus.notes:
        typer.echo(note)
