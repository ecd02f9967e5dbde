"""How does one conversation read, with its steps marked? A display for notebooks and reports: no script, printable.

The widget of a coding session draws the same bubbles, marks and chips with the same style sheet; here nothing can be
changed. Transcript text enters as text: whatever it holds, it is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from stepmark.errors import Fault, InputError
from stepmark.figures.bubbles import Bubble, Mark, clock, html

if TYPE_CHECKING:
    from stepmark.corpus import Corpus

__all__ = ["Transcript", "show"]


class Steps(Protocol):
    """What is asked of a guide here: its steps, each with id, label, kind and stage."""

    @property
    def steps(self) -> Iterable[Any]: ...


@dataclass(frozen=True)
class Transcript:
    """A conversation with its marks; a notebook shows it as bubbles, a terminal as text.

    Attributes
    ----------
    title
        The interaction's id.
    facts
        What is known of it: channel, agent, number of turns.
    bubbles
        Its turns, in order.
    """

    title: str
    facts: tuple[str, ...]
    bubbles: tuple[Bubble, ...]

    def _repr_html_(self) -> str:
        """The conversation as HTML, with its style sheet and without script."""
        return html(self.title, self.facts, self.bubbles)

    def __repr__(self) -> str:
        return "\n".join([" · ".join((self.title, *self.facts)), *map(_text_turn, self.bubbles)])


def show(
    corpus: Corpus,
    interaction_id: str,
    spans: pd.DataFrame | None = None,
    *,
    guide: Steps | str | None = None,
) -> Transcript:
    """One interaction of a corpus as bubbles, its spans highlighted by stage.

    Parameters
    ----------
    corpus
        Where the interaction is.
    interaction_id
        Which one.
    spans
        Table of spans (columns as in `stepmark.corpus.tables.SPANS`), of this or more interactions; the corpus's own
        spans where None.
    guide
        The guide that names the steps and their stages; where None, the guide named in the spans. Steps that it does
        not know keep their id and a neutral colour.

    Returns
    -------
    Transcript
        Shows itself in a notebook (HTML, no script) and as text elsewhere.

    Raises
    ------
    InputError
        The corpus has no such interaction.
    """
    turns = corpus.turns[corpus.turns["interaction_id"] == interaction_id].sort_values("turn")
    if turns.empty:
        raise InputError(
            Fault(
                "show",
                f"interaction {interaction_id!r}",
                f"one of the {len(corpus.interactions):,} of {corpus.name!r}",
            )
        )
    spans = corpus.spans if spans is None else spans
    marks = _marks(spans, interaction_id, guide)
    at = _seconds(turns, "start")
    ends = _seconds(turns, "end")
    bubbles = [
        Bubble(
            row["turn"], row["speaker"], row["text"], at[i], _pause(at, ends, i), marks.get(row["turn"], ())
        )
        for i, row in enumerate(turns.to_dict("records"))
    ]
    return Transcript(str(interaction_id), _facts(corpus, interaction_id, len(turns)), tuple(bubbles))


def _facts(corpus: Corpus, interaction_id: str, n_turns: int) -> tuple[str, ...]:
    rows = corpus.interactions[corpus.interactions["interaction_id"] == interaction_id]
    facts = []
    if len(rows):
        row = rows.iloc[0]
        facts += [str(row["channel"])] if pd.notna(row.get("channel")) else []
        facts += [_named(str(row["agent_id"]))] if pd.notna(row.get("agent_id")) else []
    return (*facts, f"{n_turns} turns")


def _named(agent: str) -> str:
    """`agent kim`; an id that says so itself stands alone."""
    return agent if agent.lower().startswith("agent") else f"agent {agent}"


def _marks(
    spans: pd.DataFrame | None, interaction_id: str, guide: Steps | str | None
) -> dict[int, tuple[Mark, ...]]:
    if spans is None:
        return {}
    mine = spans[spans["interaction_id"] == interaction_id].sort_values(
        ["turn", "start_char", "end_char", "step"]
    )
    steps = _steps(guide, mine)
    found: dict[int, list[Mark]] = {}
    for row in mine.to_dict("records"):
        label, stage = steps.get(row["step"], (row["step"], "other"))
        mark = Mark(label, stage, row["start_char"], row["end_char"], row["text"])
        at_turn = found.setdefault(row["turn"], [])
        if mark not in at_turn:  # two patterns that find the same words are one mark to the reader
            at_turn.append(mark)
    return {turn: tuple(marks) for turn, marks in found.items()}


def _steps(guide: Steps | str | None, spans: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Label and stage of each step, by id."""
    names = (
        [guide] if guide is not None else sorted({str(name).rpartition(" ")[0] for name in spans["guide"]})
    )
    found = {}
    for name in names:
        for step in _load(name).steps:
            found[step.id] = (step.label, step.stage if step.kind == "step" else step.kind)
    return found


def _load(guide: Steps | str) -> Steps:
    if not isinstance(guide, str):
        return guide
    found: Steps = import_module("stepmark.annotate").Guide.load(
        guide
    )  # loads spaCy: only where it is needed
    return found


def _seconds(turns: pd.DataFrame, column: str) -> list[float | None]:
    """Times of the turns in seconds from the first known start; None where missing."""
    if column not in turns:
        return [None] * len(turns)
    origin = turns["start"].min() if "start" in turns else turns[column].min()
    since = turns[column] - origin
    if pd.api.types.is_timedelta64_dtype(since):
        since = since.dt.total_seconds()
    return [None if pd.isna(value) else float(value) for value in since]


def _pause(at: Sequence[float | None], ends: Sequence[float | None], i: int) -> float | None:
    """Seconds of silence before turn `i`; a turn without an end is taken to end where it began."""
    if i == 0 or (here := at[i]) is None:
        return None
    before = ends[i - 1] if ends[i - 1] is not None else at[i - 1]
    return None if before is None else max(0.0, here - before)


def _text_turn(bubble: Bubble) -> str:
    at = "" if bubble.at_s is None else clock(bubble.at_s)
    line = f"{bubble.turn:>4} {at:>8}  {bubble.speaker:<8}  {bubble.text}"
    return "\n".join([line, *(f"{'':25}{mark.label}: “{mark.text}”" for mark in bubble.marks)])
