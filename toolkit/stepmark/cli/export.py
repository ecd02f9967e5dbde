"""The command `export`: a corpus with its marks, for other tools."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from stepmark.cli.options import CorpusPath, FormatOption, load_corpus

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this command to `app`."""
    app.command("export")(export)


def export(
    corpus: CorpusPath,
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="FORMAT", help="csv, xlsx, spacy, prodigy, doccano, label-studio, convokit."
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Write it here; for convokit, a folder.")
    ],
    spans: Annotated[
        Path | None, typer.Option("--spans", help="These marks; else the corpus' own, if it has any.")
    ] = None,
    codes: Annotated[
        Path | None, typer.Option("--codes", help="These codes; else the corpus' own, if it has any.")
    ] = None,
    guide: Annotated[
        str | None,
        typer.Option("--guide", "-g", help="Annotate with this guide: a shipped guide's name, or a path."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there already.")] = False,
    format: FormatOption = "auto",  # noqa: A002 (the word of the command line)
) -> None:
    """Write a corpus with its spans and codes as another tool reads it."""
    from stepmark.review.exports import check_out
    from stepmark.review.exports import export as run

    check_out(to, out, overwrite=force)
    source = load_corpus(corpus, format)
    done = run(
        source, to, out, spans=spans, codes=codes, guide=guide, overwrite=force, progress=sys.stderr.isatty()
    )
    for note in done.notes:
        typer.echo(f"{out}: {note}", err=True)
    codes_too = f" and {done.n_codes:,} codes" if done.n_codes else ""
    typer.echo(f"{done.n_turns:,} turns, {done.n_spans:,} spans ({done.marks}){codes_too}")
    typer.echo(f"Saved: {out}")
