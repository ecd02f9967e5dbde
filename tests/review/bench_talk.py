"""A small guide, a corpus and coded turns to try patterns on."""

from __future__ import annotations

import pandas as pd
from tests.annotate.talk import guide

from stepmark.annotate import CodedTurn, Guide

TURNS = {
    "so sorry": {"apologize"},
    "my apologies <img src=x onerror=alert(1)>": {"apologize"},
    "sorry, who is this?": set[str](),
    "hello": set[str](),
}


def guide_corpus_and_gold() -> tuple[Guide, pd.DataFrame, list[CodedTurn]]:
    """A guide that knows "sorry", four interactions of one turn, and what people coded in them."""
    corpus = pd.DataFrame(
        [(f"i{n}", 0, "agent", text) for n, text in enumerate(TURNS)],
        columns=["interaction_id", "turn", "speaker", "text"],
    )
    gold = [
        CodedTurn("test", f"i{n}", 0, "agent", text, frozenset(codes))
        for n, (text, codes) in enumerate(TURNS.items())
    ]
    return guide(apologize={"patterns": [{"id": "apologize-sorry", "pattern": "sorry"}]}), corpus, gold
