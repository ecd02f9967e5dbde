"""A small corpus in which steps, satisfaction and times are known, for the tests of the report."""

from __future__ import annotations

import numpy as np
import pandas as pd

from stepmark.corpus import Corpus, Outcome

CSAT = Outcome("csat", "ordinal", (1, 2, 3, 4, 5), label="Satisfaction")
RESOLVED = Outcome("resolved", "binary", label="Resolved")
LINES = {
    "opening": ["Hi, my parcel is late.", "This is ridiculous, my parcel is late!! I'm furious."],
    "apologize": "I'm so sorry about the delay.",
    "probe": "Could you tell me when it was sent?",
    "empathize": "I can see why that's upsetting.",
    "plain": "One moment.",
}


def corpus(n: int = 160, *, seed: int = 1, outcomes: tuple[Outcome, ...] = (CSAT, RESOLVED)) -> Corpus:
    """Interactions in which empathy helps, and agents apologize to those who are angry."""
    rng = np.random.default_rng(seed)
    turns, rows = [], []
    for i in range(n):
        angry = rng.random() < 0.5
        empathize, apologize = rng.random() < 0.5, rng.random() < (0.8 if angry else 0.2)
        said = ["apologize"] * apologize + ["empathize"] * empathize
        words = [LINES["opening"][angry], LINES["probe"], "On Monday. Ring me on 0161 496 0000."]
        words += [" ".join(LINES[step] for step in said or ["plain"]), "ok", "Goodbye."]
        for turn, text in enumerate(words):
            speaker = "agent" if turn % 2 else "customer"
            turns.append((f"t{i:03}", turn, speaker, text, 30.0 * turn, 30.0 * turn + 10))
        score = np.clip(round(3 - 1.5 * angry + 1.5 * empathize + rng.normal(0, 0.8)), 1, 5)
        answered = rng.random() < 0.8
        rows.append((f"t{i:03}", f"agent-{i % 12}", "chat", score if answered else np.nan, float(score > 2)))
    columns = ["interaction_id", "turn", "speaker", "text", "start", "end"]
    interactions = pd.DataFrame(rows, columns=["interaction_id", "agent_id", "channel", "csat", "resolved"])
    kept = ["interaction_id", "agent_id", "channel", *(outcome.name for outcome in outcomes)]
    return Corpus(pd.DataFrame(turns, columns=columns), interactions[kept], outcomes, name="parcels")
