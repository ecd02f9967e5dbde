"""Rules about shouting in writing: capitals and exclamation marks, measured against the writer's own habit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stepmark.annotate.anchors import COMMON
from stepmark.annotate.context.moment import Moment
from stepmark.annotate.context.registry import maker, rule
from stepmark.annotate.lexicon import CAPITALS, in_capitals
from stepmark.annotate.reading import Mark, Reading
from stepmark.annotate.step import Step

__all__ = ["capitals_habit", "loud_stretches", "shouted", "shouting"]

#: Words that, in capitals, are said with force; other short words in capitals are as likely names or abbreviations.
FORCE = frozenset(COMMON) | frozenset(
    """
    never always again nothing still already told said enough stop listen really every three twice worst
    terrible everything anything nobody because fix refund cancel money want waiting hours days weeks
    months zero nope
    """.split()  # noqa: SIM905 (a list of words reads better so)
)


def capitals_habit(moment: Moment) -> float:
    """The share of this speaker's earlier letters that are capitals, 0 to 1; 0 where they wrote fewer than 20."""
    counts = [_count_letters(turn.reading) for turn in moment.earlier(moment.turn.speaker)]
    n_letters = sum(letters for letters, _ in counts)
    return sum(capitals for _, capitals in counts) / n_letters if n_letters >= 20 else 0.0


def _count_letters(reading: Reading) -> tuple[int, int]:
    """How many letters a text has, and how many of them are capitals."""
    if "letters" not in reading.resolved:
        letters = [c for c in reading.text if c.isalpha()]
        reading.resolved["letters"] = (len(letters), sum(c.isupper() for c in letters))
    return reading.resolved["letters"]


def loud_stretches(reading: Reading, min_words: int) -> list[tuple[int, int]]:
    """Where (tokens) at least `min_words` words in a row are in capitals, one of them a word of force."""
    if reading.count(CAPITALS) < min_words:
        return []
    key = ("loud", min_words)
    if key not in reading.resolved:
        reading.resolved[key] = _find_loud(reading.tokens, min_words)
    return reading.resolved[key]


def _find_loud(tokens: Sequence[str], min_words: int) -> list[tuple[int, int]]:
    stretches, start = [], None
    for place, token in enumerate([*tokens, "end"]):
        if in_capitals(token) or (start is not None and not token[:1].isalnum() and place < len(tokens)):
            start = place if start is None else start
            continue
        if start is not None:
            stretches.append((start, _last_capital(tokens, start, place)))
            start = None
    return [(a, b) for a, b in stretches if _loud(tokens[a:b], min_words)]


def _last_capital(tokens: Sequence[str], start: int, end: int) -> int:
    return max(place for place in range(start, end) if in_capitals(tokens[place])) + 1


def _loud(tokens: Sequence[str], min_words: int) -> bool:
    capitals = [token.lower() for token in tokens if in_capitals(token)]
    forceful = [word for word in capitals if word in FORCE or len(word) > 5]
    return len(capitals) >= min_words and bool(forceful)


def _in_capitals_here(mark: Mark, moment: Moment, *, min_words: int = 1, habit: float = 0.5) -> bool:
    loud = loud_stretches(moment.reading, min_words)
    return bool(loud) and any(a < mark.end and mark.start < b for a, b in loud)


@rule("shouted", needs=_in_capitals_here)
def shouted(mark: Mark, moment: Moment, *, min_words: int = 1, habit: float = 0.5) -> bool:
    """The mark overlaps words in capitals, and the speaker does not write everything so."""
    return _in_capitals_here(mark, moment, min_words=min_words) and capitals_habit(moment) <= habit


def _any_shouted(
    moment: Moment, step: Step, *, min_words: int = 2, exclamations: int = 2, habit: float = 0.5
) -> bool:
    return bool(_shouted_stretches(moment.reading, min_words, exclamations))


def _shouted_stretches(reading: Reading, min_words: int, exclamations: int) -> list[tuple[int, int]]:
    loud = loud_stretches(reading, min_words)
    return [*loud, *_exclamations(reading, exclamations)] if exclamations and "!" in reading.text else loud


@maker("shouting", needs=_any_shouted)
def shouting(
    moment: Moment, step: Step, *, min_words: int = 2, exclamations: int = 2, habit: float = 0.5
) -> Iterator[Mark]:
    """Marks stretches of at least `min_words` words in capitals, and runs of `exclamations` or more "!" where not 0.

    Nothing is marked where more than `habit` of the speaker's earlier letters are capitals: they always write so.
    """
    reading = moment.reading
    stretches = _shouted_stretches(reading, min_words, exclamations)
    if not stretches or capitals_habit(moment) > habit:
        return
    for start, end in stretches:
        start_char, end_char = reading.chars(start, end)
        yield Mark(
            step.id, start_char, end_char, start, end, reading.sentences[start], f"rule:{step.id}-shouting"
        )


def _exclamations(reading: Reading, least: int) -> list[tuple[int, int]]:
    """Where (tokens) at least `least` exclamation marks follow each other."""
    runs, start = [], None
    for place, word in enumerate([*reading.words, ""]):
        loud = bool(word) and set(word) <= {"!", "?"} and "!" in word
        if loud and start is None:
            start = place
        if not loud and start is not None:
            if sum(w.count("!") for w in reading.words[start:place]) >= least:
                runs.append((start, place))
            start = None
    return runs
