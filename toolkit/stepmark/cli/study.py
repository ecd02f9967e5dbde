"""The commands of the room `study`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from stepmark.study import Study

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this room's commands to `app`."""
    app.command("study")(study)
    app.command("power")(power)


def study(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE_OR_CORPUS",
            help="A table with one row an interaction (.csv, .parquet, .jsonl), a corpus folder, or a raw source.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The folder to write to.")],
    plan: Annotated[
        Path | None,
        typer.Option("--plan", "-p", help="The study plan, in TOML. A corpus has a default plan."),
    ] = None,
    guide: Annotated[
        str, typer.Option("--guide", "-g", help="For a corpus: a shipped guide's name, or a path.")
    ] = "difficult-customers",
    format: Annotated[  # noqa: A002 (the word of the command line)
        str, typer.Option("--format", "-f", help="The format of a raw source of transcripts.")
    ] = "",
) -> None:
    """Ask which steps go with the outcome, and how sure we are."""
    found = _ask(source, plan, guide, format)
    found.save(out)
    if plan is None:
        typer.echo(f"{found.plan.title}\n")
    typer.echo(repr(found))
    further = (f"{name}.csv" for name in found.tables)
    typer.echo(f"Saved in {out}: {', '.join(['effects.csv', 'diagnostics.json', 'plan.toml', *further])}")
    if found.effects.empty:
        raise typer.Exit(1)


def _ask(source: Path, plan: Path | None, guide: str, source_format: str) -> Study:
    """The study of a table or of a corpus; the plan is read first, before anything takes time."""
    from stepmark.errors import Fault, PlanError
    from stepmark.study import Plan
    from stepmark.study import study as ask
    from stepmark.study.tables import read_table

    chosen = None if plan is None else Plan.load(plan)
    if not (source.is_dir() or source_format):
        if chosen is None:
            raise PlanError(Fault(str(source), "a table without a plan", "--plan PLAN.toml"))
        return ask(read_table(source), chosen)

    from stepmark.annotate import Guide, annotate
    from stepmark.cli.options import load_corpus
    from stepmark.measure import expected_columns, measure
    from stepmark.study.by_hand import with_hand_codes
    from stepmark.study.names import check_names

    corpus, loaded = load_corpus(source, source_format or "auto"), Guide.load(guide)
    if chosen is not None:
        check_names(chosen, expected_columns(corpus, loaded))
    progress = sys.stderr.isatty()
    spans = annotate(corpus, loaded, progress=progress) if corpus.spans is None else corpus.spans
    table, _ = with_hand_codes(measure(corpus, spans, guide=loaded), corpus, chosen)
    return ask(table, chosen or Plan.default(table, loaded, corpus.outcomes))


def power(
    plan: Annotated[
        Path, typer.Option("--plan", "-p", help="The study plan, in TOML, with a section [power].")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Also write the table of designs here, as CSV.")
    ] = None,
) -> None:
    """Say how many interactions, agents and hand-coded interactions it takes."""
    from stepmark.errors import Fault, InputError
    from stepmark.study import Plan
    from stepmark.study.power import power as ask
    from stepmark.study.tables import read_table

    chosen = Plan.load(plan)
    named = chosen.power.pilot if chosen.power is not None else None
    pilot = None if named is None else read_table(plan.parent / named)
    found = ask(chosen, pilot, progress=sys.stderr.isatty())
    typer.echo(repr(found))
    if out is not None:
        try:
            found.table.to_csv(out, index=False, float_format="%.17g")
        except OSError as error:
            raise InputError(Fault(str(out), (error.strerror or "cannot be written").lower())) from None
        typer.echo(f"Saved: {out}")
