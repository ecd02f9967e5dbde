"""The command of the room `measure`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from stepmark.cli.options import CorpusPath, FormatOption, TableOption, save_table

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this room's commands to `app`."""
    app.command("measure")(measure)


def measure(
    corpus: CorpusPath,
    guide: Annotated[
        str, typer.Option("--guide", "-g", help="A shipped guide's name, or a path.")
    ] = "difficult-customers",
    spans: Annotated[
        Path | None, typer.Option("--spans", help="Measure these marks instead of annotating.")
    ] = None,
    out: TableOption = None,
    format: FormatOption = "auto",  # noqa: A002 (the word of the command line)
) -> None:
    """Measure each interaction: one row each, with the use of every step, times, shares and states."""
    import stepmark
    from stepmark.annotate import Guide, annotate
    from stepmark.measure import measure as run
    from stepmark.measure import read_marks
    from stepmark.measure.printing import print_measures

    loaded = Guide.load(guide)
    source = stepmark.read(corpus, format=format)
    marks = annotate(source, loaded, progress=sys.stderr.isatty()) if spans is None else read_marks(spans)
    table = run(source, marks, guide=loaded)
    print_measures(table, source, loaded)
    save_table(table, out)
