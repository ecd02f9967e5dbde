"""What a learned reader sees of a turn: which patterns fired, its words, the turn before, and its place."""

from __future__ import annotations

from collections.abc import Sequence

from stepmark.annotate.context.moment import TurnView
from stepmark.annotate.reading import Mark

__all__ = ["turn_features"]

#: Up to how many words a turn counts as bare, short, middling; longer ones are long.
LENGTHS = ((4, "bare"), (12, "short"), (30, "middling"))


def turn_features(views: Sequence[TurnView], marks: Sequence[Sequence[Mark]], at: int) -> frozenset[str]:
    """The features of one turn, as names; each is there or not.

    Parameters
    ----------
    views
        The turns of the interaction that are known.
    marks
        The marks that the guide's rules gave each of them, every pattern's own.
    at
        The turn's place among them.
    """
    words = _plain(views[at].reading.words)
    found = {f"word {word}" for word in words}
    found.update(f"pair {first} {second}" for first, second in zip(["^", *words], [*words, "$"], strict=True))
    for mark in marks[at]:
        found.update((f"step {mark.step}", f"source {mark.source}"))
    if at > 0:
        before = views[at - 1]
        found.add(f"after {before.speaker}")
        found.update(f"before {word}" for word in _plain(before.reading.words))
        found.update(f"before step {mark.step}" for mark in marks[at - 1])
    found.add("place first" if at < 2 else "place later")
    found.add("length " + next((name for most, name in LENGTHS if len(words) <= most), "long"))
    return frozenset(found)


def _plain(words: Sequence[str]) -> list[str]:
    """Words with names of accounts, links and numbers each under one name."""
    return [_kind(word) for word in words if not word.isspace()]


def _kind(word: str) -> str:
    if word.startswith("@") and len(word) > 1:
        return "@name"
    if word.startswith(("http", "www.")):
        return "link"
    return "number" if any(letter.isdigit() for letter in word) else word
