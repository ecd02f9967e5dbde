"""The shipped difficult conversations: whole, coded with ids of the guide, one part kept apart."""

from __future__ import annotations

import pytest

import stepmark
from stepmark.corpus import Corpus


@pytest.fixture(scope="module")
def corpus(project) -> Corpus:
    return stepmark.read(project / "corpora" / "hard-talk")


def test_a_third_is_kept_apart_and_no_agent_is_in_both_parts(corpus):
    parts = corpus.interactions.groupby("part")
    assert parts.size().to_dict() == {"apart": 47, "open": 105}
    assert set.intersection(*(set(group["agent_id"]) for _, group in parts)) == set()


def test_codes_fit_the_guide_and_the_speaker(corpus):
    guide = stepmark.Guide.load("difficult-customers")
    coded = corpus.codes.merge(corpus.turns, on=["interaction_id", "turn"], validate="many_to_one")
    assert [
        (row.interaction_id, row.turn, row.step)
        for row in coded.itertuples()
        if guide.step(row.step).speaker not in ("any", row.speaker)
    ] == []
    assert {step.id for step in guide.steps} - set(coded["step"]) == {"interrupt"}


def test_hardly_a_turn_is_said_twice(corpus):
    assert corpus.turns["text"].nunique() / len(corpus.turns) > 0.98


def test_every_turn_was_coded_once(corpus):
    assert (corpus.codes["probability"] == 1).all()
    assert not corpus.codes.duplicated(["interaction_id", "turn", "step"]).any()
