"""Transcripts that read like talk.

Each turn is a line ``WHO[@START[-END]]: words [#step …]`` with C for the customer, A for the agent and O for others;
times are in seconds, steps are marks on the turn::

    interaction("C@0: it broke again #anger", "A@40: I'm so sorry #apologize")
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from stepmark.corpus import Corpus, write_folder

LINE = re.compile(r"(?P<who>[CAO])(?:@(?P<start>[-\d.]+?)(?:-(?P<end>[\d.]+))?)?: (?P<words>.*)")
SPEAKERS = {"C": "customer", "A": "agent", "O": "other"}


def interaction(*lines: str, name: str = "i") -> tuple[pd.DataFrame, pd.DataFrame]:
    """The turns and the spans that the lines show."""
    turns, spans = [], []
    for turn, line in enumerate(lines):
        parts = LINE.fullmatch(line)
        assert parts, line
        text, *steps = re.split(r"\s*#", parts["words"])
        turns.append(
            {
                "interaction_id": name,
                "turn": turn,
                "speaker": SPEAKERS[parts["who"]],
                "text": text,
                "start": float(parts["start"] or "nan"),
                "end": float(parts["end"] or "nan"),
            }
        )
        spans += [
            {
                "interaction_id": name,
                "turn": turn,
                "step": step,
                "start_char": 0,
                "end_char": len(text),
                "text": text,
                "source": "human:test",
                "guide": "test 1.0",
            }
            for step in steps
        ]
    columns = ["interaction_id", "turn", "step", "start_char", "end_char", "text", "source", "guide"]
    return pd.DataFrame(turns), pd.DataFrame(spans, columns=columns)


def corpus(*interactions: tuple[pd.DataFrame, pd.DataFrame]) -> tuple[Corpus, pd.DataFrame]:
    """A corpus of several interactions (named i0, i1 …), and all their spans."""
    names = [f"i{number}" for number in range(len(interactions))]
    turns = pd.concat(
        [t.assign(interaction_id=name) for name, (t, _) in zip(names, interactions, strict=True)]
    )
    spans = pd.concat(
        [s.assign(interaction_id=name) for name, (_, s) in zip(names, interactions, strict=True)]
    )
    rows = pd.DataFrame({"interaction_id": names, "agent_id": "ann", "channel": "chat"})
    return Corpus(turns=turns.reset_index(drop=True), interactions=rows), spans.reset_index(drop=True)


def folder_of(place: Path, *interactions: tuple[pd.DataFrame, pd.DataFrame]) -> Path:
    """A corpus folder that holds these interactions."""
    write_folder(corpus(*interactions)[0], place)
    return place
