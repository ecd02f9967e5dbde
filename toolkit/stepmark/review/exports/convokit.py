"""A corpus as a folder that ConvoKit loads: an utterance a turn, a conversation an interaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from stepmark.corpus import Corpus, write_atomically
from stepmark.corpus.files import as_records
from stepmark.corpus.tables import TURNS
from stepmark.review.exports.jsonl import write_lines
from stepmark.review.exports.turns import MarkedTurn, marked_turns

__all__ = ["write_convokit"]

Meta = dict[str, Any]


def write_convokit(corpus: Corpus, steps: Sequence[str], path: Path) -> list[str]:
    """Write the five files of a ConvoKit corpus; load it with ``convokit.Corpus(filename=…)``.

    An utterance's meta holds `role`, `steps`, `spans`, `codes` and `end`; a conversation's meta what the interactions table
    knows. Each turn replies to the one before it. Timestamps are Unix seconds, or seconds from the start where the source
    has only those; null where unknown, and then `get_chronological_utterance_list` refuses the conversation. A customer is one speaker an interaction, an agent one speaker throughout.
    """
    path.mkdir(parents=True, exist_ok=True)
    agents = dict(zip(corpus.interactions["interaction_id"], corpus.interactions["agent_id"], strict=True))
    utterances = _utterances(corpus, agents)
    speakers = {u["speaker"]: _entry(_speaker_meta(u, agents)) for u in utterances}
    conversations = {row.pop("interaction_id"): _entry(row) for row in as_records(corpus.interactions)}
    about = {"name": corpus.name, "licence": corpus.licence, "language": corpus.language}
    write_lines(utterances, path / "utterances.jsonl")
    _write(speakers, path / "speakers.json")
    _write(conversations, path / "conversations.json")
    _write(about, path / "corpus.json")
    index = {
        "utterances-index": _index(u["meta"] for u in utterances),
        "speakers-index": _index(entry["meta"] for entry in speakers.values()),
        "conversations-index": _index(entry["meta"] for entry in conversations.values()),
        "overall-index": _index([about]),
        "version": 1,
        "vectors": [],
    }
    _write(index, path / "index.json")
    untimed = sum(u["timestamp"] is None for u in utterances)
    return [f"{untimed:,} turns have no time; ConvoKit orders them by reply only"] if untimed else []


def _utterances(corpus: Corpus, agents: dict[str, Any]) -> list[dict[str, Any]]:
    turns = corpus.turns
    starts, ends = _seconds(turns["start"]), _seconds(turns["end"])
    extra = as_records(turns.drop(columns=list(TURNS.names)))
    further: Iterable[Meta] = extra if len(turns.columns) > len(TURNS.names) else ({} for _ in starts)
    utterances: list[dict[str, Any]] = []
    for turn, start, end, more in zip(marked_turns(corpus), starts, ends, further, strict=True):
        before = utterances[-1] if utterances else None
        follows = before is not None and before["conversation_id"] == turn.interaction_id
        utterances.append(
            {
                "id": f"{turn.interaction_id}-{turn.turn}",
                "conversation_id": turn.interaction_id,
                "text": turn.text,
                "speaker": _speaker(turn, agents[turn.interaction_id]),
                "meta": {**more, **_marks(turn), "end": end},
                "reply-to": before["id"] if before is not None and follows else None,
                "timestamp": start,
                "vectors": [],
            }
        )
    return utterances


def _speaker(turn: MarkedTurn, agent_id: Any) -> str:
    if turn.speaker == "agent" and not pd.isna(agent_id):
        return f"agent:{agent_id}"
    return f"{turn.speaker} of {turn.interaction_id}"


def _speaker_meta(utterance: dict[str, Any], agents: dict[str, Any]) -> Meta:
    role, agent_id = utterance["meta"]["role"], agents[utterance["conversation_id"]]
    return {"role": role, "agent_id": None if role != "agent" or pd.isna(agent_id) else agent_id}


def _marks(turn: MarkedTurn) -> Meta:
    spans = [{"start": s.start, "end": s.end, "step": s.step, "source": s.source} for s in turn.spans]
    marks = {"role": turn.speaker, "steps": sorted({span.step for span in turn.spans}), "spans": spans}
    return marks if turn.codes is None else {**marks, "codes": turn.codes}


def _seconds(times: pd.Series) -> list[int | float | None]:
    """Times as numbers of seconds, whole where they are whole."""
    if pd.api.types.is_datetime64_any_dtype(times.dtype):
        times = times.map(lambda time: time.timestamp(), na_action="ignore")
    numbers = [None if pd.isna(time) else float(time) for time in times]
    return [int(n) if n is not None and n.is_integer() else n for n in numbers]


def _entry(meta: Meta) -> dict[str, Any]:
    return {"meta": meta, "vectors": []}


def _index(metas: Iterable[Meta]) -> dict[str, list[str]]:
    """The types that each entry of the metadata has, as ConvoKit writes them."""
    types: dict[str, set[str]] = {}
    for meta in metas:
        for name, value in meta.items():
            types.setdefault(name, set()).update([] if value is None else [str(type(value))])
    return {name: sorted(found) for name, found in types.items()}


def _write(value: Any, path: Path) -> None:
    with write_atomically(path) as draft:
        draft.write_text(json.dumps(value, allow_nan=False) + "\n", "utf-8")
