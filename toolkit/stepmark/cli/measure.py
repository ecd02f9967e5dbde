"""The command of the room `measure`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this room's commands to `app`."""
    app.command("measure")(measure)


def measure(
    corpus: Annotated[
        Path, typer.Argument(metavar="CORPUS", help="A corpus folder, or a raw source with --format.")
    ],
    guide: Annotated[
        str, typer.Option("--guide", "-g", help="A shipped guide's name, or a path.")
    ] = "difficult-customers",
    spans: Annotated[
        Path | None, typer.Option("--spans", help="Measure these marks instead of annotating.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the table here (.parquet, .csv, .jsonl).")
    ] = None,
    format: Annotated[  # noqa: A002 (the word of the command line)
        str, typer.Option("--format", "-f", help="The format of a raw source; a corpus folder needs none.")
    ] = "auto",
) -> None:
    """Measure each interaction: one row each, with the use of every step, times, shares and states."""
    import stepmark
    from stepmark.annotate import Guide, annotate
    from stepmark.corpus import write_table
    from stepmark.measure import read_marks
    from stepmark.measure.printing import print_measures

    loaded = Guide.load(guide)
    source = stepmark.read(corpus, format=format)
    marks = annotate(source, loaded, progress=sys.stderr.isatty()) if spans is None else read_marks(spans)
    table = stepmark.measure(source, marks, guide=loaded)
    if out is not None:
        write_table(table, out)
    print_measures(table, source, loaded)
