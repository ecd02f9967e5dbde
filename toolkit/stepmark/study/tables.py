"""Where a study's table comes from: a file with one row an interaction, or a corpus that is annotated and measured."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from stepmark.corpus.files import guess_delimiter, read_text
from stepmark.errors import Fault, InputError

__all__ = ["read_table"]

#: A number with a decimal comma, alone in its cell between semicolons.
_DECIMAL_COMMA = re.compile(r'(?:^|;)"?-?\d+,\d+"?(?:;|\r?$)', re.MULTILINE)


def _read_delimited(path: Path) -> pd.DataFrame:
    """A text table as spreadsheets of any country save it: by its header's delimiter, with its decimal sign."""
    text = read_text(path)
    delimiter = guess_delimiter(text, path.suffix.lower())
    decimal = "," if delimiter == ";" and _DECIMAL_COMMA.search(text) else "."
    return pd.read_csv(io.StringIO(text), sep=delimiter, decimal=decimal, low_memory=False)


_READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": _read_delimited,
    ".tsv": _read_delimited,
    ".parquet": lambda path: pd.read_parquet(path),
    ".jsonl": lambda path: pd.read_json(path, lines=True),
}


def read_table(path: str | Path) -> pd.DataFrame:
    """A table with one row an interaction, by the suffix of its file; types are guessed from the values.

    Raises
    ------
    InputError
        Where there is no such file, or it cannot be read as what its name says.
    """
    path = Path(path)
    expected = f"a table: {', '.join(_READERS)}"
    if not path.is_file():
        raise InputError(Fault(str(path), "a folder" if path.is_dir() else "no such file", expected))
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            Fault(str(path), f"suffix {path.suffix!r}", expected, "For transcripts add --format.")
        )
    try:
        return reader(path)
    except (ValueError, OSError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(Fault(str(path), f"cannot be read: {first}", f"a {path.suffix} table")) from None
