"""What a context rule can see: the turn, the turns before it with their marks, and the turns after it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from stepmark.annotate.reading import Mark, Reading

__all__ = ["Moment", "TurnView", "make_view"]


class TurnView(NamedTuple):
    """A turn: who speaks, its reading, and its times in seconds (None where unknown)."""

    speaker: str
    reading: Reading
    start: float | None = None
    end: float | None = None

    @property
    def text(self) -> str:
        """The words."""
        return self.reading.text


#: A turn of a row of its fields; `TurnView._make` takes three times as long.
make_view = partial(tuple.__new__, TurnView)

_NO_SYNONYMS: dict[str, str] = {}


class Moment(NamedTuple):
    """A place in an interaction.

    Attributes
    ----------
    turns
        All turns that are known, in order.
    at
        The place of this turn among them.
    marks
        For each earlier turn, the marks it was given.
    candidates
        The marks of this turn that no veto took, before any context rule was asked.
    synonyms
        For a stemmed word of the guide's synonym list, the word that stands for its group.
    """

    turns: Sequence[TurnView]
    at: int
    marks: Sequence[Sequence[Mark]] = ()
    candidates: Sequence[Mark] = ()
    synonyms: dict[str, str] = _NO_SYNONYMS

    @property
    def turn(self) -> TurnView:
        """This turn."""
        return self.turns[self.at]

    @property
    def reading(self) -> Reading:
        """The reading of this turn's text."""
        return self.turns[self.at].reading

    def earlier(self, speaker: str | None = None, last: int | None = None) -> list[TurnView]:
        """The turns before this one, oldest first; only those of a speaker, only the last few, where asked."""
        turns = [turn for turn in self.turns[: self.at] if speaker is None or turn.speaker == speaker]
        return turns if last is None else turns[-last:]
