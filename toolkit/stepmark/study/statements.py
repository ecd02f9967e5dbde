"""What was checked and found, in plain words, with the numbers for machines beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Statement", "Statements"]

Severity = Literal["note", "caution", "refused"]


@dataclass(frozen=True)
class Statement:
    """One finding about the data, the model, or what may be claimed.

    Attributes
    ----------
    check
        Which check speaks: `rows`, `sparse`, `rank`, `separation`, `clusters` …
    severity
        `note` (to know), `caution` (weakens a claim), `refused` (an estimate is not given).
    text
        The finding, for a reader.
    outcome, about
        The outcome and the term it concerns; empty where it concerns all.
    data
        The numbers behind it.
    """

    check: str
    severity: Severity
    text: str
    outcome: str = ""
    about: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text


class Statements(list[Statement]):
    """Statements in the order in which they were made; the same one is kept once."""

    def say(
        self,
        check: str,
        severity: Severity,
        text: str,
        *,
        outcome: str = "",
        about: str = "",
        **data: Any,
    ) -> None:
        """Add a statement, unless it stands there already."""
        statement = Statement(check, severity, text, outcome, about, data)
        if statement not in self:
            self.append(statement)
