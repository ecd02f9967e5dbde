"""A small corpus for exports: emoji, line breaks, times, missing values, marks of a rule and of a person, codes."""

from __future__ import annotations

import pandas as pd

from stepmark.corpus import Corpus, Outcome

TEXTS = {
    ("i1", 0): 'It broke 😡😡 again, "great".',
    ("i1", 1): "👍🏽 So sorry about that.\r\nWhen did it stop?",
    ("i1", 2): "=1+1, since Monday",
    ("i2", 0): "Hallo, süß – 👨‍👩‍👧 hi",
    ("i2", 1): "Sorry!",
}
SPEAKERS = ("customer", "agent", "customer", "other", "agent")


def mark(place: tuple[str, int], words: str, step: str, source: str = "rule:p-01") -> dict[str, object]:
    """A row of a spans table: these words of a turn."""
    start = TEXTS[place].index(words)
    where = {"start_char": start, "end_char": start + len(words), "text": words}
    return {
        "interaction_id": place[0],
        "turn": place[1],
        "step": step,
        **where,
        "source": source,
        "guide": "words 1.0",
    }


MARKS = [
    mark(("i1", 0), "😡 again", "anger"),
    mark(("i1", 1), "So sorry", "apologize"),
    mark(("i1", 1), "So sorry", "apologize", "rule:p-02"),
    mark(("i1", 1), "sorry about that", "apologize", "human:ana"),
    mark(("i1", 1), "When did it stop?", "probe"),
    mark(("i2", 1), "Sorry", "apologize"),
]
CODES = [
    {"interaction_id": "i1", "turn": 1, "step": "apologize", "coder": "ana", "decision": "yes"},
    {"interaction_id": "i1", "turn": 1, "step": "probe", "coder": "ana", "decision": "no"},
    {"interaction_id": "i2", "turn": 1, "step": "apologize", "coder": "ben", "decision": "yes"},
]


def corpus(*, marks: list[dict[str, object]] | None = None, codes: bool = True) -> Corpus:
    """Two interactions; the second has no agent, no answer and no times."""
    turns = pd.DataFrame(
        {
            "interaction_id": [key[0] for key in TEXTS],
            "turn": [key[1] for key in TEXTS],
            "speaker": SPEAKERS,
            "text": list(TEXTS.values()),
            "start": pd.to_datetime(
                ["2026-01-01T10:00:00Z", "2026-01-01T10:00:30.5Z", "2026-01-01T10:02:00Z", None, None],
                format="ISO8601",
            ),
            "device": ["web", None, "app", "web", "web"],
        }
    )
    interactions = pd.DataFrame(
        {"interaction_id": ["i1", "i2"], "agent_id": ["kim", None], "channel": "chat", "csat": [4, None]}
    )
    spans = MARKS if marks is None else marks
    return Corpus(
        turns,
        interactions,
        (Outcome("csat", "ordinal", (1, 2, 3, 4, 5)),),
        spans=pd.DataFrame(spans) if spans else None,
        codes=pd.DataFrame(CODES) if codes else None,
    )
