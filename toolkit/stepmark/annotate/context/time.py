"""Rules about time: gaps between turns, coming back after a break, speaking before the other has finished.

Where times are unknown, nothing is concluded from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median

from stepmark.annotate.context.moment import Moment, TurnView
from stepmark.annotate.context.registry import maker, rule
from stepmark.annotate.context.sentence import asks
from stepmark.annotate.reading import Mark
from stepmark.annotate.step import Speaker, Step

__all__ = ["after_gap", "came_back", "first_question", "first_sentence", "interrupted", "pause_s", "untimed"]

HOUR_S = 3600.0


def pause_s(moment: Moment) -> float | None:
    """Seconds between the end (or, unknown, the start) of the turn before and this one; None where unknown."""
    return _pause(moment.turns[moment.at - 1], moment.turn) if moment.at else None


def _pause(before: TurnView, turn: TurnView) -> float | None:
    ended = before.start if before.end is None else before.end
    return None if turn.start is None or ended is None else turn.start - ended


def first_sentence(moment: Moment, step: Step, source: str) -> Iterator[Mark]:
    """A mark over the first sentence of the turn; none where the turn has no words."""
    reading = moment.reading
    if reading.words:
        end = reading.sentences.count(reading.sentences[0])
        start_char, end_char = reading.chars(0, end)
        yield Mark(step.id, start_char, end_char, 0, end, reading.sentences[0], source)


def first_question(moment: Moment, step: Step, source: str) -> Iterator[Mark]:
    """A mark over the first sentence of the turn that asks; none where nothing is asked."""
    reading = moment.reading
    start = 0
    while start < len(reading.words):
        _, end = reading.sentence_bounds(start)
        if asks(reading.words[start:end]):
            start_char, end_char = reading.chars(start, end)
            yield Mark(step.id, start_char, end_char, start, end, reading.sentences[start], source)
            return
        start = end


@rule("after_gap")
def after_gap(mark: Mark, moment: Moment, *, least_s: float = 4 * HOUR_S) -> bool:
    """At least `least_s` seconds have passed since the turn before."""
    pause = pause_s(moment)
    return pause is not None and pause >= least_s


@rule("untimed")
def untimed(mark: Mark, moment: Moment) -> bool:
    """How long the pause before this turn was is not known."""
    return pause_s(moment) is None


def _breaks(turns: Sequence[TurnView], *, least_s: float = 12 * HOUR_S, **_: object) -> list[int]:
    places, ended = [], None
    for at, (_speaker, _reading, start, end) in enumerate(turns):
        if ended is not None and start is not None and start - ended >= least_s:
            places.append(at)
        ended = start if end is None else end
    return places


@maker("came_back", timed=_breaks)
def came_back(
    moment: Moment,
    step: Step,
    *,
    least_s: float = 12 * HOUR_S,
    times_usual: float = 0.0,
    least_pauses: int = 4,
    asking: bool = False,
) -> Iterable[Mark]:
    """Marks a turn of somebody who takes up again after a break of `least_s`, where they spoke last themselves.

    With `times_usual`, also where the other spoke last, if the break is so many times the median pause before it:
    in a call a silence of an hour is a new call, between letters it is nothing. At least `least_pauses` pauses must
    be known, and the speaker must have spoken before. With `asking`, it is the first question of such a turn that is
    marked, and nothing where none is asked.
    """
    pause = pause_s(moment)
    if pause is None or pause < least_s or not _returns(moment, pause, times_usual, least_pauses):
        return ()
    return first_question(moment, step, "time") if asking else first_sentence(moment, step, "time")


def _returns(moment: Moment, pause: float, times_usual: float, least_pauses: int) -> bool:
    if not moment.earlier(moment.turn.speaker, last=1):
        return False
    again = moment.turns[moment.at - 1].speaker == moment.turn.speaker
    return again or _unusual(pause, moment, times_usual, least_pauses)


def _unusual(pause: float, moment: Moment, times_usual: float, least_pauses: int) -> bool:
    """Whether a pause is `times_usual` times the median pause before it; never where `times_usual` is 0."""
    starts = [turn.start for turn in moment.turns[: moment.at] if turn.start is not None]
    if not times_usual or len(starts) <= least_pauses:
        return False
    usual = median(later - earlier for earlier, later in pairwise(starts))
    return pause >= times_usual * max(usual, 1.0)


def _cuts(
    turns: Sequence[TurnView],
    *,
    overlap_s: float = 0.3,
    burst_s: float = 10.0,
    other: Speaker = "customer",
) -> list[int]:
    """The turns that begin before the other's has ended."""
    following: Iterable[TurnView | None] = (*turns[2:], None)
    return [
        at
        for at, (before, turn, after) in enumerate(zip(turns, turns[1:], following, strict=False), 1)
        if before.speaker == other
        and before.start is not None
        and turn.start is not None
        and (
            before.end - turn.start > overlap_s
            if before.end is not None
            else _in_burst(before.start, after, burst_s, other)
        )
    ]


def _in_burst(start: float, after: TurnView | None, burst_s: float, other: str) -> bool:
    """Whether the turn after is the other's next message, soon after the one before, which began at `start`."""
    if after is None or after.speaker != other or after.start is None or after.end is not None:
        return False
    return after.start - start <= burst_s


@maker("interrupted", timed=_cuts)
def interrupted(
    moment: Moment, step: Step, *, overlap_s: float = 0.3, burst_s: float = 10.0, other: Speaker = "customer"
) -> Iterable[Mark]:
    """Marks a turn that begins before the other has finished.

    Where the end of the other's turn is known: it is more than `overlap_s` after the start of this one. Where only starts
    are known (chat): this turn stands between two messages of the other that are at most `burst_s` apart.
    """
    turns, at = moment.turns[max(0, moment.at - 1) : moment.at + 2], min(moment.at, 1)
    cut = at in _cuts(turns, overlap_s=overlap_s, burst_s=burst_s, other=other)
    return first_sentence(moment, step, "time") if cut else ()
