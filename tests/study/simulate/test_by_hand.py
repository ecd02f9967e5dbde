"""The conversations written by hand: whole, coded with ids of the guide, varied."""

from __future__ import annotations

import pandas as pd
import pytest

import stepmark
from stepmark.annotate import Guide
from stepmark.corpus import Corpus

SIGNALS = {"anger", "abuse", "churn_threat", "repeat_contact", "gratitude", "unresolved"}


@pytest.fixture(scope="module")
def corpus(project) -> Corpus:
    return stepmark.read(project / "corpora" / "by-hand")


@pytest.fixture(scope="module")
def coded(corpus) -> pd.DataFrame:
    """One row a code, with its turn and channel."""
    turns = corpus.turns.merge(corpus.interactions[["interaction_id", "channel"]], on="interaction_id")
    return corpus.codes.merge(turns, on=["interaction_id", "turn"], validate="many_to_one")


def test_there_are_enough_and_they_are_varied(corpus):
    assert len(corpus.interactions) >= 30
    assert set(corpus.interactions["channel"]) == {"chat", "phone", "email", "social"}
    assert corpus.interactions["industry"].nunique() >= 8
    assert set(corpus.interactions["english"]) == {"en-GB", "en-US", "en-IN", "en-NG"}
    assert set(corpus.interactions["csat"].dropna()) == {1, 2, 3, 4, 5}
    assert corpus.turns["text"].nunique() / len(corpus.turns) > 0.95


def test_every_id_of_the_guide_is_there_and_no_other(corpus):
    assert set(corpus.codes["step"]) == {step.id for step in Guide.load("difficult-customers").steps}


def test_all_turns_were_coded_and_the_codes_say_so(corpus):
    assert (corpus.codes["probability"] == 1).all()
    assert set(corpus.codes["decision"]) == {"yes"}
    assert set(corpus.codes["coder"]) == {"authors"}


def test_signals_are_the_customers_and_steps_the_agents(coded):
    assert set(coded.loc[coded["step"].isin(SIGNALS), "speaker"]) == {"customer"}
    assert set(coded.loc[~coded["step"].isin(SIGNALS), "speaker"]) == {"agent"}


def test_calls_are_transcribed_and_mails_have_paragraphs(corpus):
    channel = corpus.turns["interaction_id"].map(corpus.interactions.set_index("interaction_id")["channel"])
    phone, mail = (corpus.turns.loc[channel == name, "text"] for name in ("phone", "email"))
    assert not phone.str.contains(r"[A-Z0-9.,?!:;]").any()
    assert mail.str.contains("\n\n").mean() > 0.5


def test_interruptions_and_follow_ups_are_in_the_times(corpus, coded):
    turns = corpus.turns.set_index(["interaction_id", "turn"])
    for row in coded[coded["step"] == "interrupt"].itertuples():
        before = turns.loc[(row.interaction_id, row.turn - 1)]
        if row.channel == "phone":
            assert before["start"] < row.start < before["end"]
        else:
            after = turns.loc[(row.interaction_id, row.turn + 1)]
            assert before["speaker"] == after["speaker"] == "customer"
            assert (after["start"] - before["start"]).total_seconds() < 15
    for row in coded[coded["step"] == "follow_up"].itertuples():
        before = turns.loc[(row.interaction_id, row.turn - 1)]
        assert row.start - before["start"] >= pd.Timedelta(hours=2)


def test_only_interruptions_overlap(corpus, coded):
    turns = corpus.turns
    overlap = turns["start"] < turns.groupby("interaction_id")["end"].shift()
    told = set(coded.loc[(coded["step"] == "interrupt") & (coded["channel"] == "phone"), "interaction_id"])
    assert set(turns.loc[overlap, "interaction_id"]) == told
