"""What does a turn carry? Its words, the spans in it, and what each coder decided on it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from stepmark.corpus import Corpus
from stepmark.review.coded import first_decisions

__all__ = ["MarkedTurn", "TurnSpan", "about", "distinct", "left_out", "marked_turns", "n_empty"]

Key = tuple[str, int]


class TurnSpan(NamedTuple):
    """A span within a turn; offsets in code points, the end is not included."""

    start: int
    end: int
    step: str
    source: str
    guide: str


@dataclass(frozen=True)
class MarkedTurn:
    """A turn with what is known of it.

    Attributes
    ----------
    interaction_id, turn, speaker, text
        As in the turns table.
    spans
        By place, then step and source.
    codes
        Step to decision (`yes`, `no`) by coder; None where the corpus has no codes at all.
    """

    interaction_id: str
    turn: int
    speaker: str
    text: str
    spans: tuple[TurnSpan, ...]
    codes: dict[str, dict[str, str]] | None


def marked_turns(corpus: Corpus) -> list[MarkedTurn]:
    """The turns of a corpus, in its order, each with its spans and codes."""
    spans = _spans(corpus.spans)
    codes = None if corpus.codes is None else _codes(corpus.codes)
    said = corpus.turns[["interaction_id", "turn", "speaker", "text"]].itertuples(index=False, name=None)
    return [
        MarkedTurn(
            interaction_id,
            int(turn),
            speaker,
            text,
            tuple(spans.get((interaction_id, turn), ())),
            None if codes is None else codes.get((interaction_id, turn), {}),
        )
        for interaction_id, turn, speaker, text in said
    ]


def distinct(turn: MarkedTurn) -> list[TurnSpan]:
    """The spans of a turn for tools that know a place and a label only: each once, and none without a character."""
    first = {
        (span.start, span.end, span.step): span for span in reversed(turn.spans) if span.start < span.end
    }
    return sorted(first.values())


def left_out(n: int) -> list[str]:
    """What to say of spans that the format cannot hold."""
    return [f"{n:,} spans without words were left out"] if n else []


def n_empty(turns: list[MarkedTurn]) -> int:
    """How many spans hold no character."""
    return sum(span.start == span.end for turn in turns for span in turn.spans)


def about(turn: MarkedTurn) -> dict[str, Any]:
    """What tells where a turn belongs, and what was decided on it, for the JSON of other tools."""
    known = {"interaction_id": turn.interaction_id, "turn": turn.turn, "speaker": turn.speaker}
    return known if turn.codes is None else {**known, "codes": turn.codes}


def _spans(spans: pd.DataFrame | None) -> dict[Key, list[TurnSpan]]:
    found: dict[Key, list[TurnSpan]] = defaultdict(list)
    if spans is not None:
        columns = ["interaction_id", "turn", "start_char", "end_char", "step", "source", "guide"]
        for interaction_id, turn, start, end, *rest in spans[columns].itertuples(index=False, name=None):
            found[interaction_id, turn].append(TurnSpan(int(start), int(end), *rest))
    return {key: sorted(own) for key, own in found.items()}


def _codes(codes: pd.DataFrame) -> dict[Key, dict[str, dict[str, str]]]:
    found: dict[Key, dict[str, dict[str, str]]] = defaultdict(dict)
    columns = ["interaction_id", "turn", "coder", "step", "decision"]
    decided = first_decisions(codes)[columns].sort_values(columns)
    for interaction_id, turn, coder, step, decision in decided.itertuples(index=False, name=None):
        found[interaction_id, turn].setdefault(coder, {})[step] = decision
    return found
