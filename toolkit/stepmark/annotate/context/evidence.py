"""A rule that adds signs up: what no single word shows, several words and the turns before may show together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import fsum
from typing import Any

from stepmark.annotate.context.moment import Moment
from stepmark.annotate.context.registry import rule
from stepmark.annotate.lexicon import WORD
from stepmark.annotate.reading import Mark

__all__ = ["Signs", "adds_up"]

#: Weights are written in tenths: what lies so many places behind the point is the computer's, not the guide's.
PLACES = 9
#: How many of the speaker's turns with a mild word count.
MILD_TURNS = 3


class Signs:
    """What speaks for a step, and against it: each sign with its weight.

    Parameters
    ----------
    weights
        By sign: the id of a pattern, or what the ids of several begin with before a hyphen.
    """

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.weights = dict(weights)
        self._of: dict[str, frozenset[str]] = {}
        self._against: dict[str, bool] = {}
        self._sums: dict[frozenset[str], float] = {}

    def of(self, source: str) -> frozenset[str]:
        """The signs that a mark of a source is."""
        known = self._of.get(source)
        if known is None:
            name = source.removeprefix("rule:")
            own = (sign for sign in self.weights if name == sign or name.startswith(f"{sign}-"))
            known = self._of[source] = frozenset(own)
        return known

    def against(self, source: str) -> bool:
        """Whether a mark of a source is a sign that speaks against the step."""
        known = self._against.get(source)
        if known is None:
            known = self._against[source] = any(self.weights[sign] < 0 for sign in self.of(source))
        return known

    def weight_of(self, sources: frozenset[str]) -> float:
        """The sum of the weights of the signs that marks of some sources are, each counted once."""
        known = self._sums.get(sources)
        if known is None:
            signs = frozenset().union(*map(self.of, sources))
            known = self._sums[sources] = _sum(self.weights[sign] for sign in signs)
        return known


def _sum(weights: Iterable[float]) -> float:
    return round(fsum(weights), PLACES)


def _prepared(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a call in the form that is quickest to ask, made once."""
    lists = {name: frozenset(options.get(name, ())) for name in ("cooled_by", "mild_words", "roused_by")}
    return {**options, "signs": _signs(tuple(options["signs"].items())), **lists}


@lru_cache(maxsize=64)
def _signs(weights: tuple[tuple[str, float], ...]) -> Signs:
    """The same signs for every pattern that asks for them, so that what one has worked out the others know."""
    return Signs(dict(weights))


def _speaks_against(source: str, *, signs: Signs, **_: object) -> bool:
    return signs.against(source)


@rule("adds_up", prepare=_prepared, only_helps=_speaks_against)
def adds_up(
    mark: Mark,
    moment: Moment,
    *,
    signs: Signs,
    least: float = 1.0,
    heat: float = 0.0,
    memory: float = 0.7,
    cooled_by: frozenset[str] = frozenset(),
    mild_words: frozenset[str] = frozenset(),
    mild: float = 0.0,
    brief_words: int = 0,
    brief: float = 0.0,
    roused_by: frozenset[str] = frozenset(),
    calm: float = 0.0,
) -> bool:
    """The signs in this turn, with what the speaker showed before, weigh at least `least`.

    `signs` gives the weight of each sign by its patterns' id, or by what their ids begin with before a hyphen; a sign counts
    once a turn, and one whose weight is below 0 speaks against and is never marked itself. What was shown before weighs
    `heat` times its sum: 1 for each earlier turn of the speaker that has the step, less 1 for each with a step of
    `cooled_by`, and `memory` times less a turn later. Each of up to three earlier turns with one of `mild_words` adds `mild`,
    and a turn of at most `brief_words` words adds `brief`. Where the speaker has spoken before and shown none of `roused_by`,
    `calm` is added.
    """
    if signs.against(mark.source):
        return False
    sources = [mark.source, *[other.source for other in moment.candidates if other.step == mark.step]]
    shown = signs.weight_of(frozenset(sources))
    heated = heat * _shown_before(mark.step, moment, memory, cooled_by) if heat else 0.0
    hope = MILD_TURNS * max(0.0, mild) + max(0.0, brief) + max(0.0, calm)
    if _sum((shown, heated, hope)) < least:
        return False
    earlier = _earlier_places(moment)
    milder = _mild_turns(moment, earlier, mild_words) if mild else 0
    short = bool(brief) and moment.reading.count(WORD) <= brief_words
    calmly = bool(calm) and _was_calm(moment, earlier, roused_by)
    return _sum((shown, heated, mild * milder, brief * short, calm * calmly)) >= least


def _shown_before(step: str, moment: Moment, memory: float, cooled_by: frozenset[str]) -> float:
    shown, speaker = 0.0, moment.turn.speaker
    for turn, marks in zip(moment.turns[: moment.at], moment.marks, strict=False):
        if (marks or shown) and turn.speaker == speaker:
            steps = [other.step for other in marks]
            shown = max(0.0, shown * memory + (step in steps) - (not cooled_by.isdisjoint(steps)))
    return shown


def _mild_turns(moment: Moment, earlier: Iterable[int], words: frozenset[str]) -> int:
    return min(MILD_TURNS, sum(moment.turns[at].reading.holds(words) for at in earlier))


def _was_calm(moment: Moment, earlier: Sequence[int], roused_by: frozenset[str]) -> bool:
    """Whether the speaker has spoken before, and showed none of some steps."""
    return bool(earlier) and not any(mark.step in roused_by for at in earlier for mark in moment.marks[at])


def _earlier_places(moment: Moment) -> list[int]:
    speaker = moment.turn.speaker
    return [at for at, turn in enumerate(moment.turns[: moment.at]) if turn.speaker == speaker]
