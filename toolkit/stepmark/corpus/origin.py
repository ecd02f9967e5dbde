"""Where does a row stand, as the person who has the file open would say it?

Validation works on positions in a table. An `Origin` turns them into "calls.csv, line 41, column 'speaker'".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Origin"]

#: How many places a fault names before it counts the rest.
PLACES_SHOWN = 5


@dataclass(frozen=True)
class Origin:
    """Where the rows of a table came from.

    Attributes
    ----------
    name
        The file, or the table where there is none.
    unit
        What a row is called there: `row`, `line`, `file` …
    numbers
        The number (or label) of each row, by position; or a function that finds them when they are first needed,
        because in a text file with line breaks inside quotes that means reading it again.
    typeless
        Whether the source holds text only, so that the types of columns nobody declared are guessed (CSV).
    """

    name: str
    unit: str = "row"
    numbers: Sequence[Any] | Callable[[], Sequence[Any]] | None = None
    typeless: bool = False

    def where(self, positions: Sequence[int] = (), column: str = "") -> str:
        """Say where `positions` (from 0) of `column` are, naming the first few and counting the rest."""
        parts = [self.name]
        if len(positions):
            parts.append(self._places(positions))
        if column:
            parts.append(f"column '{column}'")
        return ", ".join(parts)

    def _places(self, positions: Sequence[int]) -> str:
        numbers = self.numbers() if callable(self.numbers) else self.numbers
        shown = [str(p if numbers is None else numbers[p]) for p in positions[:PLACES_SHOWN]]
        if (rest := len(positions) - len(shown)) > 0:
            return f"{self.unit}s {', '.join(shown)} and {rest:,} more"
        if len(shown) == 1:
            return f"{self.unit} {shown[0]}"
        return f"{self.unit}s {', '.join(shown[:-1])} and {shown[-1]}"
