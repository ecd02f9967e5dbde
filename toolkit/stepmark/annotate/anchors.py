"""Which token of a pattern is its anchor? One that every match holds and whose words are known, of these the most selective."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from stepmark.annotate.lexical import literals

__all__ = ["COMMON", "anchor_places", "anchor_words"]

#: Words of English by how common they are in talk, commonest first: the poorest anchors.
COMMON = """
    . , the to you i a ? ! is it and for of in that your can me my we have this on be do with not n't 's
    what are if would will so no at please there was just but like help any could all how from or as get an
    they know need am 'm 're 'll 've yes okay ok ca thank thanks one out our us has about up when which let
    been more then here want time had now hello hi may did sorry does by good going these them see some who
    were should him her its - ' " ( ) : / & …
""".split()  # noqa: SIM905 (a hundred words read better so)
_RANK = {word: len(COMMON) - place for place, word in enumerate(COMMON)}


def anchor_words(pattern: Sequence[dict[str, Any]]) -> frozenset[str] | None:
    """The words of the anchor of a pattern: its most selective token; None where it has no anchor.

    Examples
    --------
    >>> sorted(anchor_words([{"LOWER": {"IN": ["i", "we"]}}, {"OP": "{0,3}"}, {"LOWER": "apologise"}]))
    ['apologise']
    """
    places = anchor_places(pattern)
    return literals(pattern[places[0]]) if places else None


def anchor_places(pattern: Sequence[dict[str, Any]]) -> list[int]:
    """The tokens of a pattern that every match holds and whose words are known, the most selective first."""
    places = [place for place, token in enumerate(pattern) if _needed(token) and literals(token) is not None]
    return sorted(places, key=lambda place: _cost(literals(pattern[place]) or ()))


def _needed(token: dict[str, Any]) -> bool:
    """Whether the token stands at least once in every match."""
    operator = str(next((value for name, value in token.items() if str(name).upper() == "OP"), "1"))
    return operator in {"1", "+"} or (operator[0] == "{" and operator[1] not in "0,")


def _cost(words: Collection[str]) -> float:
    """How often a text is expected to hold one of these words; small is selective."""
    return sum(1 + _RANK.get(word, 0) for word in words)
