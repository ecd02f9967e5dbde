"""The commands of the room `report`: the page, and the notebooks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from stepmark.cli.options import CorpusPath, FormatOption

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this room's commands to `app`."""
    app.command("report")(report)
    app.command("lab")(lab)


def report(
    corpus: CorpusPath,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="The folder to write to.")],
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan", help="A plan in TOML; else the corpus folder's plan.toml, or the default plan."
        ),
    ] = None,
    guide: Annotated[
        str, typer.Option("--guide", "-g", help="A shipped guide's name, or a path.")
    ] = "difficult-customers",
    format: FormatOption = "auto",  # noqa: A002 (the word of the command line)
) -> None:
    """Go the whole way from transcripts to one HTML page with its tables and its notebook."""
    from stepmark.report import report as run

    page = run(corpus, out, format=format, plan=plan, guide=guide, progress=sys.stderr.isatty())
    typer.echo(f"The report: {page}")


def lab(
    folder: Annotated[Path, typer.Argument(help="The notebooks.")] = Path("notebooks"),
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
) -> None:
    """Open JupyterLab on the notebooks."""
    import subprocess

    from stepmark.errors import Fault, InputError

    if not folder.is_dir():
        raise InputError(
            Fault(str(folder), "no such folder", "a folder with notebooks", "Name one: stepmark lab FOLDER.")
        )
    words = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}"]
    raise typer.Exit(subprocess.call([*words, *([] if browser else ["--no-browser"])]))
