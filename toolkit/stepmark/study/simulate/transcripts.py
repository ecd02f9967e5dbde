"""Puts the cases of a world into words: turns, true codes, and the corpus they make."""

from __future__ import annotations

from random import Random

import numpy as np
import pandas as pd

from stepmark.corpus import Corpus, Outcome
from stepmark.study.simulate.agenda import set_agenda
from stepmark.study.simulate.cases import SIGNALS_BEFORE, Cases
from stepmark.study.simulate.clock import FIRST_DAY, time_turns
from stepmark.study.simulate.customer import Customer
from stepmark.study.simulate.dialogue import write_dialogue
from stepmark.study.simulate.grammar import words
from stepmark.study.simulate.scene import set_scene

__all__ = ["CODER", "OUTCOMES", "write_corpus"]

CODER = "truth"
OUTCOMES = (
    Outcome("csat", "ordinal", (1, 2, 3, 4, 5), "high", "Satisfaction (1 to 5)"),
    Outcome("resolved", "binary", good="high", label="Resolved"),
)
_SPREAD_DAYS = 300


def write_corpus(cases: Cases, seed: int, name: str = "hard-days") -> tuple[Corpus, pd.DataFrame]:
    """The corpus of `cases` and the true codes of its turns.

    Each interaction is written from a random source of its own, made of `seed` and its place alone, so that its words
    do not depend on the others.
    """
    steps = [c.removesuffix("_count") for c in cases.table.columns if c.endswith("_count")]
    rows: list[tuple[object, ...]] = []
    codes: list[tuple[object, ...]] = []
    industries = []
    for i, case in enumerate(cases.table.to_dict("records")):
        rng = Random(seed * 1_000_003 + i)
        scene = set_scene(rng, case["issue"], case["channel"], _agent_name(case["agent_id"]))
        industries.append(scene.industry)
        before = tuple(signal for signal in SIGNALS_BEFORE if case[f"{signal}_before"])
        agenda = set_agenda({s: case[f"{s}_count"] for s in steps}, case["channel"], rng)
        customer = Customer(scene, before, int(cases.csat[i]), bool(case["resolved"]))
        turns = write_dialogue(scene, agenda, customer)
        starts, ends = time_turns(turns, case["channel"], rng)
        begin = FIRST_DAY + pd.Timedelta(seconds=_begin(rng))
        for t, turn in enumerate(turns):
            rows.append((case["interaction_id"], t, turn.speaker, turn.text, begin, starts[t], ends[t]))
            codes += [(case["interaction_id"], t, code) for code in turn.codes]
    interactions = _interactions(cases.table, industries)
    layer = _codes(codes)
    corpus = Corpus(_turns(rows), interactions, OUTCOMES, name, "MIT", "en", codes=layer)
    return corpus, layer


def _agent_name(agent_id: str) -> str:
    names = words("agent_names")
    return names[(int(agent_id.rpartition("-")[2]) - 1) % len(names)]


def _begin(rng: Random) -> float:
    """Seconds after the first day at which an interaction begins: between 8 and 20 o'clock."""
    return round(int(rng.random() * _SPREAD_DAYS) * 86_400 + 28_800 + rng.random() * 43_200)


def _turns(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["interaction_id", "turn", "speaker", "text", "begin", "start", "end"])
    begin = frame.pop("begin")
    for column in ("start", "end"):
        frame[column] = (begin + pd.to_timedelta(frame[column], unit="s")).dt.round("100ms").dt.as_unit("ms")
    return frame.astype({"turn": np.int64})


def _interactions(table: pd.DataFrame, industries: list[str]) -> pd.DataFrame:
    keep = [c for c in table.columns if not c.endswith(("_used", "_count", "_before"))]
    frame = table[keep].copy()
    frame.insert(keep.index("issue"), "industry", pd.Series(industries, dtype="str", index=frame.index))
    return frame


def _codes(codes: list[tuple[object, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(codes, columns=["interaction_id", "turn", "step"])
    return frame.assign(coder=CODER, decision="yes", probability=1.0)
