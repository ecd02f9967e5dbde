"""What a report is made of: paragraphs and tables that read the same as text and as HTML.

Whatever comes from a corpus enters as text: it is escaped, so that no label, id or word of a customer can become markup.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from textwrap import fill

import pandas as pd

__all__ = ["Facts", "Folded", "Heading", "Words"]

_BOLD = re.compile(r"\*\*(.+?)\*\*")
#: What begins with a number, and says little else: "+0.35 to +0.80", "53 of 377", "1.4 (1.2)", "<0.001".
_NUMBER = re.compile(r"^[<+−-]?\d[^A-Za-z]*(?:(?: of| to) [^A-Za-z]*)?$")
_RIGHT = ' class="number"'


@dataclass(frozen=True, repr=False)
class Heading:
    """A heading, of level 1 (the page's) to 3."""

    text: str
    level: int = 2

    def __repr__(self) -> str:
        return f"{'#' * self.level} {self.text}"

    def _repr_html_(self) -> str:
        """The same as HTML."""
        return f"<h{self.level}>{escape(self.text)}</h{self.level}>"


@dataclass(frozen=True, repr=False)
class Words:
    """Paragraphs; a line that begins with ``- `` is an item of a list, and ``**words**`` stand out.

    Attributes
    ----------
    lines
        One paragraph or item each.
    tone
        `plain`, `headline`, `caution` or `quiet`: how the page sets them.
    """

    lines: tuple[str, ...]
    tone: str = "plain"

    def __repr__(self) -> str:
        return "\n".join(
            fill(_BOLD.sub(r"\1", line), 110, subsequent_indent="  " * line.startswith("- "))
            for line in self.lines
        )

    def _repr_html_(self) -> str:
        """The same as HTML; the lines themselves are escaped."""
        parts: list[str] = []
        for line in self.lines:
            is_item = line.startswith("- ")
            inside = _marked_up(line.removeprefix("- "))
            if is_item and parts and parts[-1].endswith("</ul>"):
                parts[-1] = f"{parts[-1].removesuffix('</ul>')}<li>{inside}</li></ul>"
            else:
                parts.append(f"<ul><li>{inside}</li></ul>" if is_item else f"<p>{inside}</p>")
        return f'<div class="words {self.tone}">{"".join(parts)}</div>'


@dataclass(frozen=True, repr=False)
class Folded:
    """One line that unfolds to its details: lines of text, or tables.

    Attributes
    ----------
    summary
        What stands there folded; ``**words**`` stand out.
    details
        What it unfolds to: lines of text as items of a list, and tables.
    """

    summary: str
    details: tuple[str | Facts, ...]

    def __repr__(self) -> str:
        items = tuple(f"- {one}" if isinstance(one, str) else str(one) for one in self.details)
        texts = (str(Words((one,))) if one.startswith("- ") else one for one in items)
        return "\n".join([str(Words((self.summary,))), *texts])

    def _repr_html_(self) -> str:
        """The same as HTML, without script; all words are escaped."""
        items = "".join(
            f"<li>{_marked_up(one)}</li>" if isinstance(one, str) else one._repr_html_()
            for one in self.details
        )
        listed = f"<ul>{items}</ul>" if any(isinstance(one, str) for one in self.details) else items
        return f'<details class="fold"><summary>{_marked_up(self.summary)}</summary>{listed}</details>'


@dataclass(frozen=True, repr=False)
class Facts:
    """A small table with a caption and how to read it; its cells are shown as they are.

    Attributes
    ----------
    frame
        The cells, as text.
    caption
        What it shows.
    note
        How to read it; empty where that is plain.
    """

    frame: pd.DataFrame
    caption: str = ""
    note: str = ""

    def __repr__(self) -> str:
        shown = self.frame.to_string(index=False) if len(self.frame) else "nothing to show"
        return "\n".join(part for part in (self.caption, shown, self.note) if part)

    def _repr_html_(self) -> str:
        """The same as HTML; all cells are escaped."""
        cells = self.frame.astype("str")
        numbers = [place > 0 and _all_numbers(cells.iloc[:, place]) for place in range(cells.shape[1])]
        rows = "".join(
            "<tr>" + "".join(_cell(value, place, numbers[place]) for place, value in enumerate(row)) + "</tr>"
            for row in cells.to_numpy().tolist()
        )
        head = "".join(_head(str(name), is_number) for name, is_number in zip(cells, numbers, strict=True))
        caption = f"<caption>{escape(self.caption)}</caption>" if self.caption else ""
        note = f'<p class="note">{escape(self.note)}</p>' if self.note else ""
        return f'<div class="facts"><table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{note}</div>'


def _marked_up(line: str) -> str:
    """A line escaped, with its bold words."""
    return _BOLD.sub(r"<strong>\1</strong>", escape(line, quote=False))


def _all_numbers(cells: pd.Series) -> bool:
    """Whether a column holds numbers only, or intervals, counts and shares; a dash stands for one that is missing."""
    known = cells[cells.ne("–")]
    return len(known) > 0 and bool(known.str.match(_NUMBER).all())


def _head(name: str, is_number: bool) -> str:
    return f'<th scope="col"{_RIGHT * is_number}>{escape(name)}</th>'


def _cell(value: str, place: int, is_number: bool) -> str:
    """The first cell names its row; columns of numbers align at the right."""
    if place == 0:
        return f'<th scope="row">{escape(value)}</th>'
    return f"<td{_RIGHT * is_number}>{escape(value)}</td>"
