"""What a rule is known to need only saves asking it: it never changes what is marked."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.annotate.talk import guide

from stepmark.annotate import Marker, RawTurn
from stepmark.annotate.context import registry

WORDS = ["FIX", "IT", "NOW", "Now", "it", "furious", "!", "!!", "?!", ".", "ÄRGER", "A1", "ok", "USB"]
SECONDS = st.one_of(st.none(), st.integers(0, 100_000).map(float))
TURNS = st.builds(
    RawTurn,
    st.sampled_from(["agent", "customer"]),
    st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join),
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
    "cut": {"context": ["interrupted"]},
    "back": {"context": ["came_back"]},
}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(TURNS, min_size=1, max_size=5), min_size=1, max_size=4))
def test_knowing_what_rules_need_changes_no_mark(interactions: list[list[RawTurn]]) -> None:
    knowing = Marker(guide(**STEPS))
    with (
        patch.dict(registry._NEEDS, clear=True),
        patch.dict(registry._AT_ONCE, clear=True),
        patch.object(registry, "_TIMED", set()),
    ):
        asking = Marker(guide(**STEPS))
    for turns in interactions:
        assert knowing.mark_all(turns) == asking.mark_all(turns)
