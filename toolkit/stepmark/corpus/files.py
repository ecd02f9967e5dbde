"""How is a table kept in a file? Parquet, CSV or JSON Lines, by the file's suffix.

Each of the three gives back exactly what was written: missing stays missing (in CSV an empty cell; an empty text is
`""`), "007" stays a text, line breaks and right-to-left marks stay where they are. Files are written beside their
place and moved there when they are complete.
"""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from stepmark.corpus.origin import Origin
from stepmark.errors import Fault, InputError

__all__ = [
    "SUFFIXES",
    "as_records",
    "check_suffix",
    "guess_delimiter",
    "read_bytes",
    "read_table",
    "read_text",
    "write_atomically",
    "write_table",
]

#: The suffixes that tables are kept under, with the name of their format.
SUFFIXES = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl"}


@contextmanager
def write_atomically(path: Path) -> Iterator[Path]:
    """A place to write to; the file moves to `path` when all went well, and leaves nothing behind where not."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    except OSError as error:
        found = f"cannot be written ({error.strerror})"
        raise InputError(Fault(str(path), found, "a place that can be written to")) from None
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        mask = os.umask(0)
        os.umask(mask)
        draft.chmod(0o666 & ~mask)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file that is there, is a file, may be read and is not empty."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(Fault(str(path), "no such file", "a file that is there")) from None
    except IsADirectoryError:
        raise InputError(Fault(str(path), "a directory", "a file")) from None
    except OSError as error:
        raise InputError(Fault(str(path), f"cannot be read ({error.strerror})", "a file")) from None
    if not data.strip():
        raise InputError(Fault(str(path), "an empty file", "a table with at least one row"))
    return data


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """The text of a file, which must be text in `encoding` without NUL bytes; a byte order mark is dropped."""
    return _decode(read_bytes(path), path, encoding)


def guess_delimiter(text: str, suffix: str) -> str:
    """What stands between the names of a table's header: a comma, a semicolon, a tab or a bar; else what the suffix says."""
    header = text.split("\n", 1)[0]
    try:
        return csv.Sniffer().sniff(header, delimiters=",;\t|").delimiter
    except csv.Error:
        return "\t" if suffix == ".tsv" else ","


def _decode(data: bytes, path: Path, encoding: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif (at := data.find(b"\0")) >= 0:
        where = f"{path}, line {data.count(10, 0, at) + 1}"
        raise InputError(Fault(where, "a NUL byte", "text", "This looks like a binary file."))
    try:
        return data.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except LookupError:
        raise InputError(Fault(str(path), f"unknown encoding '{encoding}'", "one such as utf-8")) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{data[error.start]:02x} is not {encoding.upper()} text"
        advice = "Save it as UTF-8, or name its encoding where the command takes it (--encoding cp1252)."
        raise InputError(Fault(f"{path}, line {line}", found, f"{encoding.upper()} text", advice)) from None


def read_table(path: str | Path, *, encoding: str = "utf-8") -> tuple[pd.DataFrame, Origin]:
    """A table as its file holds it (types are not checked yet), and where its rows stand."""
    path = Path(path)
    readers: dict[str, Callable[[Path], tuple[pd.DataFrame, Origin]]] = {
        ".parquet": _read_parquet,
        ".csv": partial(read_csv, encoding=encoding),
        ".jsonl": _read_jsonl,
    }
    if path.suffix.lower() not in readers:
        raise InputError(
            Fault(str(path), f"suffix '{path.suffix}'", "a table as .parquet, .csv or .jsonl (JSON Lines)")
        )
    return readers[path.suffix.lower()](path)


def _read_parquet(path: Path) -> tuple[pd.DataFrame, Origin]:
    data = read_bytes(path)
    try:
        table = pq.read_table(pa.BufferReader(data))
    except (pa.ArrowException, OSError) as error:
        found = f"not a Parquet file ({str(error).splitlines()[0]})"
        raise InputError(Fault(str(path), found, "a complete Parquet file")) from None
    return table.to_pandas(), Origin(str(path), numbers=range(1, table.num_rows + 1))


def read_csv(
    path: Path, *, encoding: str = "utf-8", delimiter: str | None = ","
) -> tuple[pd.DataFrame, Origin]:
    """A CSV with a header, all columns as text; an empty cell is missing, `""` is an empty text. None: guess the delimiter."""
    text = read_text(path, encoding)
    delimiter = delimiter or guess_delimiter(text, path.suffix.lower())
    numbers = partial(_csv_lines, text, delimiter)
    ragged: list[tuple[int, int, int]] = []

    def note(row: Any) -> str:
        ragged.append((row.number or 0, row.expected_columns, row.actual_columns))
        return "skip"

    _check_quotes(text, delimiter, path)
    header = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    _check_header(header, path)
    options = pacsv.ConvertOptions(
        column_types={name: pa.large_string() for name in header},
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        null_values=[""],
    )
    try:
        table = pacsv.read_csv(
            pa.BufferReader(text.encode()),
            pacsv.ReadOptions(use_threads=False, block_size=max(1 << 20, min(len(text) * 4, 1 << 30))),
            pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=note),
            options,
        )
    except pa.ArrowInvalid as error:
        raise InputError(Fault(str(path), f"not a table ({error})", "a CSV with a header")) from None
    if ragged:
        lines = numbers()
        raise InputError(
            Fault(f"{path}, line {lines[number - 2]}", f"{found} cells", f"{expected}, as in the header")
            for number, expected, found in ragged
        )
    return table.to_pandas(), Origin(str(path), "line", numbers, typeless=True)


def _check_header(header: list[str], path: Path) -> None:
    """Refuse two columns of one name: nobody could tell which is meant."""
    twice = [name for name in dict.fromkeys(header) if header.count(name) > 1]
    if twice:
        raise InputError(
            Fault(
                f"{path}, line 1",
                f"{header.count(name)} columns '{name}'",
                "one of each name",
                "Rename or drop the others.",
            )
            for name in twice
        )


def _check_quotes(text: str, delimiter: str, path: Path) -> None:
    """Refuse a quotation mark that opens and never closes: the rest of the file would be read as one cell."""
    if text.count('"') % 2 == 0:
        return
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begin = 1
    try:
        for _ in rows:
            begin = rows.line_num + 1
    except csv.Error as error:
        if "unexpected end" in str(error) or "field limit" in str(error):
            found = "a quotation mark opens and never closes"
            raise InputError(
                Fault(f"{path}, line {begin}", found, 'a closing ", or "" for one within a cell')
            ) from None


def _csv_lines(text: str, delimiter: str) -> list[int]:
    """On which line of the file each row begins; the header is not counted as a row."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines, begin = [], 1
    for row in rows:
        if row:
            lines.append(begin)
        begin = rows.line_num + 1
    return lines[1:]


def _read_jsonl(path: Path) -> tuple[pd.DataFrame, Origin]:
    records, lines, faults = [], [], []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            faults.append(
                Fault(f"{path}, line {number}", f"no JSON: {error.msg} (character {error.pos + 1})")
            )
            continue
        if isinstance(record, dict):
            records.append(record)
            lines.append(number)
        else:
            faults.append(Fault(f"{path}, line {number}", f"{line.strip()[:60]}", "one JSON object, {…}"))
    if faults:
        raise InputError(faults)
    names = list(dict.fromkeys(name for record in records for name in record))
    columns = {name: pd.Series([r.get(name) for r in records], dtype="object") for name in names}
    return pd.DataFrame(columns), Origin(str(path), "line", lines)


def check_suffix(path: Path) -> None:
    """Refuse a name that no table can be written under: before the work that makes the table, not after it."""
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(
            Fault(str(path), f"suffix '{path.suffix}'", "a name ending in .parquet, .csv or .jsonl")
        )


def write_table(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a table as Parquet, CSV or JSON Lines, by the suffix of `path`.

    Raises
    ------
    InputError
        Where the suffix is none of the three.
    """
    path = Path(path)
    check_suffix(path)
    writers: dict[str, Callable[[pd.DataFrame, Path], None]] = {
        ".parquet": _write_parquet,
        ".csv": _write_csv,
        ".jsonl": _write_jsonl,
    }
    with write_atomically(path) as draft:
        writers[path.suffix.lower()](frame, draft)


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path, compression="zstd")


def _as_written(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns as text files hold them: times in ISO 8601, true and false in small letters."""
    written = {}
    for name, column in frame.items():
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            times = column.dt.tz_convert("UTC") if column.dt.tz is not None else column
            column = times.dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ").str.replace(".000000Z", "Z", regex=False)
        written[str(name)] = column
    return pd.DataFrame(written, index=frame.index)


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    pacsv.write_csv(pa.Table.from_pandas(_as_written(frame), preserve_index=False), path)


def as_records(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The rows of a table as JSON holds them: times in ISO 8601, missing values as None."""
    written = _as_written(frame)
    columns = [column.astype(object).where(column.notna(), None).tolist() for _, column in written.items()]
    names = list(written.columns)
    for row in zip(*columns, strict=True):
        yield dict(zip(names, row, strict=True))


def _write_jsonl(frame: pd.DataFrame, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for record in as_records(frame):
            file.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")
