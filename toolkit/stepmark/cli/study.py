"""The commands of the room `study`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this room's commands to `app`."""

    @app.command("study")
    def study(
        table: Annotated[
            Path, typer.Argument(help="A table (CSV, Parquet, JSON Lines), or a corpus folder.")
        ],
        plan: Annotated[Path, typer.Option("--plan", help="The study plan, in TOML.")],
        out: Annotated[Path, typer.Option("--out", help="Folder for effects.csv and diagnostics.json.")],
        guide: Annotated[str, typer.Option("--guide", help="The guide, where a corpus is given.")] = (
            "difficult-customers"
        ),
        source_format: Annotated[
            str, typer.Option("--format", help="The format of a raw source of transcripts.")
        ] = "",
    ) -> None:
        """Ask which steps go with the outcome, and how sure we are."""
        from stepmark.study import Plan
        from stepmark.study import study as ask
        from stepmark.study.tables import read_table

        found = ask(read_table(table, guide=guide, source_format=source_format), Plan.load(plan))
        found.save(out)
        typer.echo(repr(found))
        typer.echo(f"Saved: {out / 'effects.csv'}, {out / 'diagnostics.json'}")
        if found.effects.empty:
            raise typer.Exit(1)
