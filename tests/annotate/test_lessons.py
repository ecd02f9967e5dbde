"""The coded turns that taught the shipped encoder: their words are where they should be, and none was held out."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from benchmarks.accuracy import coded_part, kept_apart
from benchmarks.lessons import (
    ALIKE,
    CARE,
    CODES,
    as_row,
    conversations,
    few_alike,
    own_turns,
    public_turns,
    tweets,
)

from stepmark.annotate import CodedTurn, Guide
from stepmark.annotate.scores import with_context


@pytest.mark.public
def test_every_coded_turn_of_the_corpora_is_found_and_none_is_held_out(shared: Path) -> None:
    codes = pd.read_parquet(CODES)
    own = codes[~codes["source"].str.startswith("tweets")]
    turns = list(public_turns(codes, shared / "corpora"))
    assert len(turns) == len(own) == len(own.drop_duplicates(["source", "interaction_id", "turn"]))
    held_out = coded_part(shared / "gold", "held-out")
    named = {(turn.source, turn.interaction_id) for turn in held_out if turn.source in ("star", "twcs")}
    assert not named & {(turn.source, turn.interaction_id) for turn in turns}
    said = {
        tuple(before.text for before in with_context(turn)) for turn in held_out if turn.source == "uss-mwoz"
    }
    heard = {
        tuple(before.text for before in with_context(turn)) for turn in turns if turn.source == "uss-mwoz"
    }
    assert not said & heard


def test_the_conversations_that_were_kept_apart_teach_nothing() -> None:
    apart = {turn.interaction_id for turn in kept_apart()}
    teaching = [turn.interaction_id for turn in own_turns() if turn.source == "hard-talk"]
    assert apart
    assert not apart & set(teaching)


def test_tweets_come_with_what_they_answer(tmp_path: Path) -> None:
    codes = pd.DataFrame(
        [("tweets", "1", "2", "apologize probe"), ("tweets", "9", "9", "anger")],
        columns=["source", "interaction_id", "turn", "codes"],
    )
    (tmp_path / "t.csv").write_text(
        "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id\n"
        "1,115,True,now,where is it,2,\n2,Firm,False,now,Sorry! Which order?,,1\n",
        "utf-8",
    )
    (turn,) = tweets(codes, tmp_path / "t.csv")
    assert (turn.speaker, turn.codes, turn.context[0].text) == (
        "agent",
        {"apologize", "probe"},
        "where is it",
    )
    assert as_row(turn)["context"] == [{"speaker": "customer", "text": "where is it"}]


def test_conversations_end_with_the_agents_closing_turn(tmp_path: Path) -> None:
    codes = pd.DataFrame(
        [(CARE, "s1", "0", "anger"), (CARE, "s1", "2", "offer_solution"), (CARE, "s2", "0", "")],
        columns=["source", "interaction_id", "turn", "codes"],
    )
    held = {
        "dialogHeader": {"sessionID": "s1"},
        "dialogContent": [{"client": "a", "message": "again?!"}, {"agent": "f", "message": "Which phone?"}],
        "agentURL": {"url_utterance": "Try this: https://t.co/x"},
    }
    (tmp_path / "dev.json").write_text(json.dumps([held]), "utf-8")
    (tmp_path / "test.json").write_text("[]", "utf-8")
    first, last = conversations(codes, tmp_path)
    assert (first.speaker, first.codes, first.context) == ("customer", {"anger"}, ())
    assert (last.speaker, last.text, len(last.context)) == ("agent", "Try this: https://t.co/x", 2)


def test_what_is_said_in_the_same_words_teaches_a_few_times_only() -> None:
    said = [
        CodedTurn("x", str(at), 0, "agent", f"@{at} Anything else? https://t.co/{at}", frozenset())
        for at in range(9)
    ]
    other = CodedTurn("x", "9", 0, "customer", "Anything else?", frozenset())
    assert few_alike([*said, other]) == [*said[:ALIKE], other]


def test_the_codes_are_steps_of_the_guide() -> None:
    steps = {step.id: step.speaker for step in Guide.load("difficult-customers").steps}
    codes = pd.read_parquet(CODES)
    assert {code for shown in codes["codes"] for code in shown.split()} <= steps.keys()
