"""Turns for tools that annotate: spaCy, Prodigy, doccano and Label Studio; each read back as the tool reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import spacy
from spacy.tokens import Doc, DocBin
from tests.review.exports.talk import MARKS, TEXTS, corpus, mark

from stepmark.review.exports import export

#: Each place and step once, by turn.
DISTINCT = [
    [("😡 again", "anger")],
    [("So sorry", "apologize"), ("sorry about that", "apologize"), ("When did it stop?", "probe")],
    [],
    [],
    [("Sorry", "apologize")],
]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def docs(path: Path) -> list[Doc]:
    return list(DocBin().from_disk(path).get_docs(spacy.blank("en").vocab))


def test_spacy_reads_the_turns_and_their_spans(tmp_path: Path) -> None:
    done = export(corpus(marks=MARKS[1:]), "spacy", tmp_path / "t.spacy")
    read = docs(tmp_path / "t.spacy")
    assert [doc.text for doc in read] == list(TEXTS.values())
    found = [[(span.text, span.label_) for span in doc.spans["steps"]] for doc in read]
    assert found == [[], *DISTINCT[1:]]
    assert [span.id_ for span in read[1].spans["steps"]] == ["p-01", "human:ana", "p-01"]
    assert read[1].user_data["stepmark"] == {
        "interaction_id": "i1",
        "turn": 1,
        "speaker": "agent",
        "codes": {"ana": {"apologize": "yes", "probe": "no"}},
    }
    assert done.notes == ()


def test_a_span_that_cuts_through_a_token_is_widened_and_told(tmp_path: Path) -> None:
    cut = [mark(("i2", 1), "orr", "apologize"), mark(("i1", 2), ", since ", "probe")]
    done = export(corpus(marks=cut), "spacy", tmp_path / "t.spacy")
    read = docs(tmp_path / "t.spacy")
    assert [span.text for span in read[4].spans["steps"]] == ["Sorry"]
    assert [span.text for span in read[2].spans["steps"]] == [", since"]
    assert done.notes == ("1 spans that cut through a token were widened to whole tokens",)


def test_prodigy_tasks_hold_tokens_that_make_up_the_text(tmp_path: Path) -> None:
    export(corpus(marks=MARKS[1:]), "prodigy", tmp_path / "t.jsonl")
    tasks = lines(tmp_path / "t.jsonl")
    for task, text, expected in zip(tasks, TEXTS.values(), [[], *DISTINCT[1:]], strict=True):
        tokens = task["tokens"]
        assert task["text"] == text
        assert "".join(token["text"] + " " * token["ws"] for token in tokens) == text
        assert [(text[s["start"] : s["end"]], s["label"]) for s in task["spans"]] == expected
        for span in task["spans"]:
            assert tokens[span["token_start"]]["start"] == span["start"]
            assert tokens[span["token_end"]]["end"] == span["end"]
    assert tasks[1]["meta"] == {"interaction_id": "i1", "turn": 1, "speaker": "agent"}
    assert tasks[1]["codes"] == {"ana": {"apologize": "yes", "probe": "no"}}


def test_doccano_offsets_count_as_browsers_do(tmp_path: Path) -> None:
    export(corpus(), "doccano", tmp_path / "t.jsonl")
    examples = lines(tmp_path / "t.jsonl")
    for example, text, expected in zip(examples, TEXTS.values(), DISTINCT, strict=True):
        units = text.encode("utf-16-le")
        found = [
            (units[2 * start : 2 * end].decode("utf-16-le"), label) for start, end, label in example["label"]
        ]
        assert (example["text"], found) == (text, expected)
    assert examples[0]["label"] == [[11, 19, "anger"]]  # two emoji before "again", four units


def test_label_studio_shows_each_layer_as_a_prediction(tmp_path: Path) -> None:
    export(corpus(), "label-studio", tmp_path / "t.json")
    tasks = json.loads((tmp_path / "t.json").read_text("utf-8"))
    assert [task["data"]["text"] for task in tasks] == list(TEXTS.values())
    human, rules = tasks[1]["predictions"]
    assert (human["model_version"], rules["model_version"]) == ("human:ana", "words 1.0")
    assert [region["value"]["text"] for region in rules["result"]] == ["So sorry", "When did it stop?"]
    assert tasks[2]["predictions"] == []
    regions = [region for p in tasks[0]["predictions"] for region in p["result"]]
    assert regions == [
        {
            "id": "0",
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "value": {"start": 10, "end": 17, "text": "😡 again", "labels": ["anger"]},
        }
    ]


def test_the_configuration_for_label_studio_has_a_label_for_each_step(tmp_path: Path) -> None:
    export(
        corpus(), "label-studio", tmp_path / "t.json", guide="motivational-interviewing", spans=corpus().spans
    )
    view = ElementTree.parse(tmp_path / "t.xml").getroot()
    labels = [label.get("value") for label in view.iter("Label")]
    assert labels[-3:] == ["anger", "apologize", "probe"]
    assert len(labels) > 3
    assert (view.find("Labels").get("name"), view.find("Text").get("value")) == ("label", "$text")  # type: ignore[union-attr]


def test_a_span_without_words_is_left_out_and_told(tmp_path: Path) -> None:
    empty = {**mark(("i2", 1), "Sorry", "probe"), "end_char": 0, "text": ""}
    for to, name in (
        ("spacy", "a.spacy"),
        ("prodigy", "a.jsonl"),
        ("doccano", "b.jsonl"),
        ("label-studio", "a.json"),
    ):
        done = export(corpus(marks=[MARKS[-1], empty]), to, tmp_path / name)
        assert done.notes == ("1 spans without words were left out",)
    assert lines(tmp_path / "b.jsonl")[4]["label"] == [[0, 5, "apologize"]]


def test_without_codes_nothing_speaks_of_them(tmp_path: Path) -> None:
    export(corpus(codes=False), "doccano", tmp_path / "t.jsonl")
    assert all("codes" not in example for example in lines(tmp_path / "t.jsonl"))


def test_the_json_is_ascii_for_tools_that_guess_encodings(tmp_path: Path) -> None:
    for to, name in (
        ("doccano", "a.jsonl"),
        ("prodigy", "b.jsonl"),
        ("label-studio", "a.json"),
        ("convokit", "ck"),
    ):
        export(corpus(), to, tmp_path / name)
    written = [file for file in tmp_path.rglob("*.json*") if file.is_file()]
    assert len(written) == 8
    assert all(file.read_bytes().isascii() for file in written)
