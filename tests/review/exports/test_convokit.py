"""A folder that ConvoKit loads.

What its `Corpus(filename=…)` reads was checked with ConvoKit 5.0.0; it is no dependency, so the files are read here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.review.exports.talk import TEXTS, corpus

from stepmark.corpus import Corpus
from stepmark.review.exports import export


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    done = export(corpus(), "convokit", tmp_path / "ck")
    assert done.notes == ("2 turns have no time; ConvoKit orders them by reply only",)
    return tmp_path / "ck"


def utterances(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "utterances.jsonl").read_text("utf-8").split("\n") if line]


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text("utf-8"))


def test_each_turn_replies_to_the_one_before_it(folder: Path) -> None:
    said = utterances(folder)
    assert [u["text"] for u in said] == list(TEXTS.values())
    assert [(u["id"], u["reply-to"]) for u in said] == [
        *(("i1-0", None), ("i1-1", "i1-0"), ("i1-2", "i1-1")),
        *(("i2-0", None), ("i2-1", "i2-0")),
    ]
    assert [u["timestamp"] for u in said] == [1767261600, 1767261630.5, 1767261720, None, None]


def test_spans_and_codes_are_metadata_of_the_utterance(folder: Path) -> None:
    meta = utterances(folder)[1]["meta"]
    assert meta["steps"] == ["apologize", "probe"]
    assert {TEXTS["i1", 1][s["start"] : s["end"]] for s in meta["spans"]} == {
        *("So sorry", "sorry about that", "When did it stop?")
    }
    assert meta["codes"] == {"ana": {"apologize": "yes", "probe": "no"}}
    assert (meta["role"], meta["device"], meta["end"]) == ("agent", None, None)


def test_an_agent_is_one_speaker_and_a_customer_one_an_interaction(folder: Path) -> None:
    assert [u["speaker"] for u in utterances(folder)] == [
        *("customer of i1", "agent:kim", "customer of i1", "other of i2", "agent of i2")
    ]
    speakers = read(folder, "speakers")
    assert speakers["agent:kim"]["meta"] == {"role": "agent", "agent_id": "kim"}
    assert speakers["agent of i2"]["meta"] == {"role": "agent", "agent_id": None}


def test_what_is_known_of_an_interaction_is_metadata_of_the_conversation(folder: Path) -> None:
    conversations = read(folder, "conversations")
    assert conversations["i1"] == {"meta": {"agent_id": "kim", "channel": "chat", "csat": 4.0}, "vectors": []}
    assert conversations["i2"]["meta"]["csat"] is None


def test_the_index_names_the_types_as_convokit_does(folder: Path) -> None:
    index = read(folder, "index")
    assert index["conversations-index"]["csat"] == ["<class 'float'>"]
    assert index["utterances-index"]["steps"] == ["<class 'list'>"]
    assert (index["version"], index["vectors"]) == (1, [])


def test_seconds_from_the_start_stay_seconds_from_the_start(tmp_path: Path) -> None:
    held = corpus(marks=[], codes=False)
    timed = held.turns[["interaction_id", "turn", "speaker", "text"]].assign(
        start=[0.0, 1.25, 9.0, None, 3.0], end=[1.0, 2.0, 9.5, None, 4.0]
    )
    export(Corpus(timed, held.interactions), "convokit", tmp_path / "ck")
    said = utterances(tmp_path / "ck")
    assert [u["timestamp"] for u in said] == [0, 1.25, 9, None, 3]
    assert [u["meta"]["end"] for u in said] == [1, 2, 9.5, None, 4]
