"""What the commands that take coded turns share: their options, and how a path becomes turns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stepmark.errors import Fault, InputError

if TYPE_CHECKING:
    from stepmark.corpus import Corpus

__all__ = ["Coded", "Gold", "GuideName", "OneStep", "read_corpus", "read_gold", "read_golds"]

GuideName = Annotated[str, typer.Option("--guide", "-g", help="A shipped guide's name, or a path.")]
Gold = Annotated[
    Path,
    typer.Argument(
        metavar="GOLD",
        help="Coded turns (JSON Lines), a corpus folder with codes, or a codes table with --corpus.",
    ),
]
Coded = Annotated[Path | None, typer.Option("--corpus", help="The corpus that a codes table belongs to.")]
OneStep = Annotated[str | None, typer.Option("--step", "-s", help="Only this step.")]


def read_corpus(path: Path, format: str) -> Corpus:  # noqa: A002
    """The corpus at a path, in the form that is named."""
    import stepmark

    return stepmark.read(path, format=format)


def read_gold(path: Path, corpus: Path | None) -> tuple[Any, Corpus | None]:
    """Coded turns, or a codes table with its corpus."""
    if corpus is None:
        if path.suffix.lower() in (".csv", ".parquet"):
            raise InputError(
                Fault(str(path), "a codes table without its corpus", "--corpus CORPUS, to know what was said")
            )
        return path, None
    from stepmark.review import read_codes

    return read_codes(path), read_corpus(corpus, "auto")


def read_golds(paths: list[Path], corpus: Path | None) -> tuple[Any, Corpus | None]:
    """The coded turns of all files, or one codes table with its corpus."""
    from stepmark.annotate import coded_turns

    if corpus is None:
        return [turn for path in paths for turn in coded_turns(read_gold(path, None)[0])], None
    if len(paths) > 1:
        raise InputError(Fault("--corpus", f"{len(paths)} codes tables", "one, of that corpus"))
    return read_gold(paths[0], corpus)
