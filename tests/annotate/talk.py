"""Lets tests read like talk: ``interaction("C: it broke again", "A: I'm so sorry about that")``."""

from __future__ import annotations

import json
from pathlib import Path

from stepmark.annotate import CodedTurn, Guide, Marker, RawTurn
from stepmark.annotate.guide import parse_guide

SPEAKERS = {"A": "agent", "C": "customer", "O": "other"}


def interaction(
    *lines: str, times: tuple[float | None, ...] = (), ends: tuple[float | None, ...] = ()
) -> list[RawTurn]:
    """Turns from lines that begin with A:, C: or O:; times in seconds where given."""
    turns = []
    for place, line in enumerate(lines):
        speaker, _, text = line.partition(": ")
        start = times[place] if place < len(times) else None
        end = ends[place] if place < len(ends) else None
        turns.append(RawTurn(SPEAKERS[speaker], text, start, end))
    return turns


def guide(**steps: dict) -> Guide:
    """A guide of steps; each pattern may be written as a phrase of lower-case tokens."""
    raw = [{"id": name, "speaker": "any", **step} for name, step in steps.items()]
    for step in raw:
        for kind in ("patterns", "unless"):
            for number, entry in enumerate(step.get(kind, [])):
                if isinstance(entry["pattern"], str):
                    entry["pattern"] = [{"LOWER": word} for word in entry["pattern"].split()]
                entry.setdefault("id", f"{step['id']}-{kind}-{number}")
    return parse_guide({"name": "test", "steps": raw}, "test")


def steps_of(the_guide: Guide, turns: list[RawTurn]) -> list[list[str]]:
    """The steps marked in each turn, by place."""
    return [[mark.step for mark in marks] for marks in Marker(the_guide).mark(turns)]


def gold_file(path: Path, lines: list[CodedTurn]) -> str:
    """A file of coded turns, without the turns before them; returns its path."""
    rows = [
        {"source": turn.source, "interaction_id": turn.interaction_id, "turn": 0, "speaker": turn.speaker}
        | {"text": turn.text, "codes": sorted(turn.codes)}
        for turn in lines
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return str(path)
