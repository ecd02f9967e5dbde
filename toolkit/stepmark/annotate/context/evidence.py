"""A rule that adds signs up: what no single word shows, several words and the turns before may show together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import fsum

from stepmark.annotate.context.moment import Moment
from stepmark.annotate.context.registry import rule
from stepmark.annotate.reading import Mark

__all__ = ["adds_up", "signs_in"]

#: Weights are written in tenths: what lies so many places behind the point is the computer's, not the guide's.
PLACES = 9


class _SignsOf(dict[str, tuple[str, ...]]):
    """The signs that a mark of each source is; worked out when the source is first met."""

    def __init__(self, signs: tuple[str, ...]) -> None:
        super().__init__()
        self._signs = signs

    def __missing__(self, source: str) -> tuple[str, ...]:
        name = source.removeprefix("rule:")
        own = tuple(sign for sign in self._signs if name == sign or name.startswith(f"{sign}-"))
        self[source] = own
        return own


@lru_cache(maxsize=64)
def _signs_of(signs: tuple[str, ...]) -> _SignsOf:
    return _SignsOf(signs)


def _speaks_for(mark: Mark, moment: Moment, *, signs: Mapping[str, float], **_: object) -> bool:
    """Whether the mark is no sign that speaks against its step."""
    return not any(signs[sign] < 0 for sign in _signs_of(tuple(signs))[mark.source])


@rule("adds_up", needs=_speaks_for)
def adds_up(
    mark: Mark,
    moment: Moment,
    *,
    signs: dict[str, float],
    least: float = 1.0,
    heat: float = 0.0,
    memory: float = 0.7,
    cooled_by: Sequence[str] = (),
    mild_words: Sequence[str] = (),
    mild: float = 0.0,
    brief_words: int = 0,
    brief: float = 0.0,
) -> bool:
    """The signs in this turn, with what the speaker showed before, weigh at least `least`.

    `signs` gives the weight of each sign by its patterns' id, or by what their ids begin with before a hyphen; a sign counts
    once a turn, and one whose weight is below 0 speaks against and is never marked itself. What was shown before weighs `heat` times its sum: 1 for each earlier turn of the speaker that has
    the step, less 1 for each with a step of `cooled_by`, and `memory` times less a turn later. Each of up to three earlier
    turns with one of `mild_words` adds `mild`, and a turn of at most `brief_words` words adds `brief`.
    """
    if not _speaks_for(mark, moment, signs=signs):
        return False
    weights = [signs[sign] for sign in signs_in(mark, moment, signs)]
    if heat:
        weights.append(heat * _shown_before(mark.step, moment, memory, cooled_by))
    if mild:
        weights.append(mild * _mild_turns(moment, frozenset(mild_words)))
    if brief and _n_words(moment) <= brief_words:
        weights.append(brief)
    return round(fsum(weights), PLACES) >= least


def signs_in(mark: Mark, moment: Moment, signs: Mapping[str, float]) -> set[str]:
    """The signs whose patterns match in this turn; the mark itself is one of them."""
    known = _signs_of(tuple(signs))
    sources = {other.source for other in moment.candidates if other.step == mark.step} | {mark.source}
    return {sign for source in sources for sign in known[source]}


def _shown_before(step: str, moment: Moment, memory: float, cooled_by: Sequence[str]) -> float:
    shown = 0.0
    for place in _earlier_places(moment):
        steps = {other.step for other in moment.marks[place]}
        shown = max(0.0, shown * memory + (step in steps) - (not steps.isdisjoint(cooled_by)))
    return shown


def _mild_turns(moment: Moment, words: frozenset[str], most: int = 3) -> int:
    return min(
        most, sum(not words.isdisjoint(moment.turns[at].reading.words) for at in _earlier_places(moment))
    )


def _earlier_places(moment: Moment) -> Iterator[int]:
    speaker = moment.turn.speaker
    return (place for place in range(moment.at) if moment.turns[place].speaker == speaker)


def _n_words(moment: Moment) -> int:
    return sum(word[:1].isalnum() for word in moment.reading.words)
