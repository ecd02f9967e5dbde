"""Small talk for tests: transcripts that read like talk, and a guide of four steps that marks by single words."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from stepmark.corpus import Corpus

SPEAKERS = {"A": "agent", "C": "customer", "O": "other"}


@dataclass(frozen=True)
class Step:
    id: str
    word: str
    label: str = ""
    stage: str = "feel"
    kind: str = "step"
    speaker: str = "agent"
    definition: str = "what it is"
    examples: object = None


@dataclass(frozen=True)
class Words:
    """A guide whose steps are marked where their word stands."""

    steps: tuple[Step, ...] = field(
        default=(
            Step("apologize", "sorry", "Apologize"),
            Step("probe", "when", "Probe", stage="understand"),
            Step("courtesy", "thank", "Courtesy"),
            Step("anger", "again", "Anger", stage="customer", kind="signal", speaker="customer"),
        )
    )

    def __str__(self) -> str:
        return "words 1.0"


def interaction(*lines: str, interaction_id: str = "i1") -> list[dict[str, object]]:
    rows = []
    for turn, line in enumerate(lines):
        who, _, text = line.partition(": ")
        rows.append({"interaction_id": interaction_id, "turn": turn, "speaker": SPEAKERS[who], "text": text})
    return rows


def corpus_of(*interactions: list[dict[str, object]]) -> Corpus:
    turns = pd.DataFrame([row for rows in interactions for row in rows])
    ids = list(dict.fromkeys(turns["interaction_id"]))
    agents = [f"agent-{i % 3}" for i in range(len(ids))]
    return Corpus(turns, pd.DataFrame({"interaction_id": ids, "agent_id": agents, "channel": "chat"}))


def small_corpus(n: int = 5) -> Corpus:
    lines = (
        "C: it broke again",
        "A: I am so sorry",
        "C: ok",
        "A: when did it stop?",
        "A: sorry, and thank you",
    )
    return corpus_of(*(interaction(*lines, interaction_id=f"i{i}") for i in range(n)))


def marks_of(corpus: Corpus, guide: Words | None = None) -> pd.DataFrame:
    """The spans that the guide marks in the corpus."""
    rows = []
    for row in corpus.turns.itertuples():
        for step in (guide or Words()).steps:
            at = row.text.find(step.word)
            if at >= 0 and step.speaker == row.speaker:
                place = {"interaction_id": row.interaction_id, "turn": row.turn, "step": step.id}
                where = {"start_char": at, "end_char": at + len(step.word), "text": step.word}
                rows.append({**place, **where, "source": f"rule:{step.id}-01", "guide": "words 1.0"})
    return pd.DataFrame(rows)
