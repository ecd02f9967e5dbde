"""The command line: a thin shell over the rooms, one module a room (two of `annotate`: `annotate` and `guide`).

Exit status 0 done, 1 the input is wrong (one clear message on standard error), 2 usage.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from stepmark import __version__
from stepmark.cli import annotate, corpus, export, guide, measure, report, review, study
from stepmark.errors import Fault, StepmarkError

__all__ = ["app", "main"]

app = typer.Typer(
    name="stepmark",
    help="Mark guide steps in difficult conversations and tie them to satisfaction.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for _room in (corpus, annotate, guide, review, export, measure, study, report):
    _room.register(app)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"stepmark {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    """Mark guide steps in difficult conversations and tie them to satisfaction."""


def main() -> None:
    """Run the command line; an input that is wrong ends in one message and exit status 1.

    So does a place that cannot be read or written, wherever that turns out.
    """
    try:
        app()
    except StepmarkError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None
    except OSError as error:
        if error.filename is None:
            raise
        sys.stderr.write(f"{Fault(str(error.filename), str(error.strerror).lower())}\n")
        raise SystemExit(1) from None
