"""How is a marked conversation drawn as HTML? Text enters as text: whatever it holds, it is escaped.

The widget of a coding session draws the same bubbles, marks and chips with the same style sheet; here there is no
script, and the page prints.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from markupsafe import Markup

__all__ = ["GLYPHS", "Bubble", "Mark", "clock", "html", "lanes", "pause_in_words", "segments", "style_sheet"]

#: Each stage's sign, so that a stage never shows by colour alone.
GLYPHS = {
    "understand": "●",
    "feel": "◆",
    "resolve": "■",
    "protect": "▲",
    "close": "✓",
    "breach": "✕",
    "signal": "○",
}
#: A pause is worth a line of its own from this many seconds.
PAUSE_S = 60.0
#: Marks that overlap are underlined below each other, at most this many deep.
LANES = 4


@dataclass(frozen=True)
class Mark:
    """One span as it is drawn: the step's label and stage, and where it stands in the turn (code points)."""

    label: str
    stage: str
    start_char: int
    end_char: int
    text: str


@dataclass(frozen=True)
class Bubble:
    """One turn as it is drawn; `at_s` (seconds from the first turn) and `pause_s` are None where unknown."""

    turn: int
    speaker: str
    text: str
    at_s: float | None
    pause_s: float | None
    marks: tuple[Mark, ...]


def html(title: str, facts: Sequence[str], bubbles: Sequence[Bubble]) -> str:
    """A conversation as HTML with its style sheet: a heading, the bubbles, and a legend of the stages that occur."""
    return str(
        Markup(
            '<style>{}</style><section class="sm sm-transcript" aria-label="Transcript {}">'
            '<header class="sm-head"><div class="sm-title" role="heading" aria-level="4">{}</div>'
            '<div class="sm-facts">{}</div></header><div class="sm-turns" role="list">{}</div>{}</section>'
        ).format(
            Markup(style_sheet()),
            title,
            title,
            " · ".join(facts),
            Markup("").join(_turn(bubble) for bubble in bubbles),
            _legend(bubbles),
        )
    )


@cache
def style_sheet() -> str:
    """The part of the coding widget's style sheet that the display shares with it."""
    whole = files("stepmark").joinpath("review", "widget", "coding.css").read_text(encoding="utf-8")
    return whole.partition("/* the widget:")[0]


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds, with hours where there are any: `0:42`, `1:02:05`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def pause_in_words(seconds: float) -> str:
    """A pause as people say it: `45 s`, `2 min`, `3 h`, `4 days`."""
    for unit, size, starts in (("days", 86_400, 172_800), ("h", 3_600, 7_200), ("min", 60, 60)):
        if seconds >= starts:
            return f"{round(seconds / size)} {unit}"
    return f"{round(seconds)} s"


def segments(text: str, marks: Sequence[Mark]) -> Iterator[tuple[str, list[int]]]:
    """Cut a text where marks begin or end: each piece with the places (in `marks`) of those that cover it."""
    cuts = {0, len(text)}
    for mark in marks:
        cuts |= {min(mark.start_char, len(text)), min(mark.end_char, len(text))}
    points = sorted(cuts)
    for start, end in pairwise(points):
        yield text[start:end], [i for i, m in enumerate(marks) if m.start_char <= start and m.end_char >= end]


def lanes(marks: Sequence[Mark]) -> list[int]:
    """Which underline each mark takes, from 0: the first that is free over its whole length."""
    taken: list[list[Mark]] = []
    found = []
    for mark in marks:
        lane = next(
            (k for k, others in enumerate(taken) if all(mark.start_char >= o.end_char for o in others)),
            len(taken),
        )
        taken[lane:lane] = [[]] if lane == len(taken) else []
        taken[lane].append(mark)
        found.append(min(lane, LANES - 1))
    return found


def _turn(bubble: Bubble) -> Markup:
    pause = ""
    if bubble.pause_s is not None and bubble.pause_s >= PAUSE_S:
        pause = Markup('<div class="sm-pause" role="listitem">{} later</div>').format(
            pause_in_words(bubble.pause_s)
        )
    at = "" if bubble.at_s is None else Markup('<span class="sm-time">{}</span>').format(clock(bubble.at_s))
    return Markup(
        '{}<div class="sm-turn sm-{}" role="listitem"><div class="sm-meta"><span class="sm-who">{}</span> {} '
        '<span class="sm-no">#{}</span></div><div class="sm-bubble"><div class="sm-text" dir="auto">{}</div></div>{}</div>'
    ).format(
        pause,
        bubble.speaker,
        bubble.speaker.capitalize(),
        at,
        bubble.turn,
        _text(bubble.text, bubble.marks),
        _chips(bubble.marks),
    )


def _text(text: str, marks: Sequence[Mark]) -> Markup:
    lane = lanes(marks)
    pieces = []
    place = 0
    for piece, covering in segments(text, marks):
        place += len(piece)
        html = Markup("{}").format(piece)
        for i in sorted(covering, key=lambda i: lane[i]):
            last = place == marks[i].end_char
            ref = Markup("<sup>{}</sup>").format(i + 1) if last and len(marks) > 1 else ""
            html = Markup('<mark class="sm-mark sm-lane-{}" data-stage="{}" title="{}">{}{}</mark>').format(
                lane[i], marks[i].stage, marks[i].label, html, ref
            )
        pieces.append(html)
    return Markup("").join(pieces)


def _chips(marks: Sequence[Mark]) -> Markup:
    if not marks:
        return Markup("")
    chips = [
        _chip(mark.stage, mark.label, str(i) if len(marks) > 1 else "")
        for i, mark in enumerate(marks, start=1)
    ]
    return Markup('<div class="sm-chips" role="list" aria-label="Marked">{}</div>').format(
        Markup("").join(chips)
    )


def _chip(stage: str, label: str, number: str = "") -> Markup:
    ref = Markup("<sup>{}</sup>").format(number) if number else ""
    return Markup(
        '<span class="sm-chip" role="listitem" data-stage="{}"><span class="sm-glyph" aria-hidden="true">{}</span> {}{}</span>'
    ).format(stage, GLYPHS.get(stage, "◇"), label, ref)


def _legend(bubbles: Iterable[Bubble]) -> Markup:
    stages = {mark.stage for bubble in bubbles for mark in bubble.marks}
    if not stages:
        return Markup("")
    order = [*GLYPHS, *sorted(stages - set(GLYPHS))]
    chips = [_chip(stage, stage) for stage in order if stage in stages]
    return Markup('<div class="sm-legend" role="list" aria-label="Stages">{}</div>').format(
        Markup("").join(chips)
    )
