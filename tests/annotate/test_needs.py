"""What is known of a rule only saves asking it, turn by turn: it never changes what is marked."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cache
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.annotate.talk import guide

from stepmark.annotate import Marker, RawTurn
from stepmark.annotate.context import registry

WORDS = [
    "FIX", "IT", "NOW", "Now", "it", "furious", "!", "!!", "?!", ".", "ÄRGER", "A1", "ok", "USB", "?", "and", "hi", ",",
    "can", "you", "@acme", "http://a.b", "\n", "so now it is",
]  # fmt: skip
SECONDS = st.one_of(st.none(), st.integers(0, 100_000).map(float))
TURNS = st.builds(
    RawTurn,
    st.sampled_from(["agent", "customer"]),
    st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join),
    SECONDS,
    SECONDS,
)
STEPS = {
    "loud": {"patterns": [{"pattern": "it", "when": ["shouted"]}]},
    "calm": {"patterns": [{"pattern": "now", "when": ["not shouted"]}]},
    "two": {"patterns": [{"pattern": "now", "when": [{"rule": "shouted", "min_words": 2, "habit": 0.8}]}]},
    "shout": {"context": ["shouting"]},
    "implied": {"context": [{"rule": "implied_by", "steps": ["loud", "calm"]}]},
    "start": {"patterns": [{"pattern": "it", "when": [{"rule": "starts_turn", "after": 1}]}]},
    "end": {"patterns": [{"pattern": "it", "when": [{"rule": "ends_turn", "before": 1}]}]},
    "first": {"patterns": [{"pattern": "it", "when": [{"rule": "starts_sentence", "after": 1}]}]},
    "begin": {"patterns": [{"pattern": "now", "when": ["sentence_start"]}]},
    "not begin": {"patterns": [{"pattern": "it", "when": ["not sentence_start", "not starts_turn"]}]},
    "asks": {
        "patterns": [{"pattern": "it", "when": ["question"]}, {"pattern": "now", "when": ["not question"]}]
    },
    "bare": {"patterns": [{"pattern": "ok", "when": [{"rule": "bare", "beside": 1}]}]},
    "words": {"patterns": [{"pattern": "now", "when": [{"rule": "turn_words", "least": 2, "most": 4}]}]},
    "beside": {
        "patterns": [{"pattern": "it", "when": [{"rule": "same_sentence", "steps": ["words", "asks"]}]}]
    },
    "apart": {
        "patterns": [{"pattern": "now", "when": [{"rule": "not same_turn", "steps": ["beside", "bare"]}]}]
    },
    "not apart": {
        "patterns": [{"pattern": "ok"}],
        "unless": [{"pattern": "now", "scope": "turn", "when": [{"rule": "same_turn", "steps": ["asks"]}]}],
    },
    "cut": {"context": ["interrupted"]},
    "back": {"context": ["came_back"]},
}


@cache
def markers() -> tuple[Marker, Marker]:
    """One that knows what is known of rules, and one that asks them of every mark and turn."""
    knowing = Marker(guide(**STEPS))
    with ExitStack() as forgetting:
        for name in ("_NEEDS", "_AT_ONCE", "_TIMED", "_OF_STEPS", "_BESIDE"):
            forgetting.enter_context(patch.object(registry, name, type(getattr(registry, name))()))
        return knowing, Marker(guide(**STEPS))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(TURNS, min_size=1, max_size=5), min_size=1, max_size=4))
def test_knowing_more_of_rules_changes_no_mark(interactions: list[list[RawTurn]]) -> None:
    knowing, asking = markers()
    for turns in interactions:
        knowing.read_ahead(turns)
        assert knowing.mark_all(turns) == asking.mark_all(turns)
