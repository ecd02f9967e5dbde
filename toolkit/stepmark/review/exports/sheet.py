"""The wide table as a sheet of a workbook that Excel and its like open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from stepmark.corpus import Corpus, write_atomically
from stepmark.corpus.files import as_records
from stepmark.errors import Fault, InputError
from stepmark.review.exports.table import wide_table

__all__ = ["write_xlsx"]

#: What a sheet holds (Microsoft, "Excel specifications and limits").
MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767
#: Characters that XML 1.0 cannot hold.
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_xlsx(corpus: Corpus, steps: Sequence[str], path: Path) -> list[str]:
    """Write the wide table as a workbook with the sheet `turns`.

    Times are ISO 8601 text, because a sheet knows no time zones; a text that begins with `=` stays a text. A sheet has one kind of
    line break and no empty texts: `\\\\r\\\\n` is read back as `\\\\n`, and `""` as missing.

    Raises
    ------
    InputError
        With every text that a cell cannot hold, or where there are more turns than a sheet has rows.
    """
    from openpyxl import Workbook

    table = wide_table(corpus, steps)
    rows = list(as_records(table))
    _check_fit(rows)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("turns")
    sheet.freeze_panes = "A2"
    for row in ([*table.columns], *(row.values() for row in rows)):
        sheet.append(list(_cells(sheet, row)))
    with write_atomically(path) as draft:
        book.save(draft)
    return []


def _cells(sheet: Any, values: Any) -> Iterator[Any]:
    from openpyxl.cell import WriteOnlyCell

    for value in values:
        cell = WriteOnlyCell(sheet, value)
        if isinstance(value, str):
            cell.data_type = "s"  # else a text that begins with "=" becomes a formula
        yield cell


def _check_fit(rows: list[dict[str, Any]]) -> None:
    advice = "Export it as csv."
    if len(rows) >= MOST_ROWS:
        raise InputError(
            Fault("turns", f"{len(rows):,} turns", f"at most {MOST_ROWS - 1:,} in a sheet", advice)
        )
    faults = []
    for row in rows:
        for name, value in row.items():
            if isinstance(value, str) and (found := _misfit(value)):
                where = f"interaction '{row['interaction_id']}', turn {row['turn']}, column '{name}'"
                faults.append(Fault(where, found, "a text that a cell can hold", advice))
    if faults:
        raise InputError(faults)


def _misfit(text: str) -> str:
    """What a cell cannot hold of a text; "" where it holds it."""
    if (length := len(text.encode("utf-16-le")) // 2) > MOST_CHARACTERS:
        return f"{length:,} characters, as a sheet counts them"
    control = _NO_XML.search(text)
    return f"the control character {control[0]!r}" if control else ""
