"""Where a study's table comes from: a file with one row an interaction, or a corpus that is annotated and measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from stepmark.errors import Fault, InputError

__all__ = ["read_table"]

_READERS: dict[str, Callable[..., pd.DataFrame]] = {
    ".csv": pd.read_csv,
    ".tsv": lambda path: pd.read_csv(path, sep="\t"),
    ".parquet": pd.read_parquet,
    ".jsonl": lambda path: pd.read_json(path, lines=True),
}


def read_table(
    path: str | Path, *, guide: str = "difficult-customers", source_format: str = ""
) -> pd.DataFrame:
    """One row an interaction: from a table by its suffix, or by measuring the corpus at `path`.

    Raises
    ------
    InputError
        Where there is no such file, or it cannot be read as what its name says.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(Fault(str(path), "no such file or folder", "a table or a corpus"))
    if path.is_dir() or source_format:
        return _measured(path, guide, source_format)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            Fault(str(path), f"suffix {path.suffix!r}", ", ".join(_READERS), "For transcripts add --format.")
        )
    try:
        return reader(path)
    except (ValueError, OSError, UnicodeDecodeError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(Fault(str(path), f"cannot be read: {first}", f"a {path.suffix} table")) from None


def _measured(path: Path, guide: str, source_format: str) -> pd.DataFrame:
    from stepmark.annotate import annotate
    from stepmark.corpus import read  # type: ignore[attr-defined, unused-ignore]
    from stepmark.measure import measure  # type: ignore[attr-defined, unused-ignore]

    corpus = read(path, format=source_format or "auto")
    spans = corpus.spans if corpus.spans is not None else annotate(corpus, guide)
    return measure(corpus, spans, guide=guide)
