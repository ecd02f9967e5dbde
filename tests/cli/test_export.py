"""`stepmark export`: which marks go along, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from tests.review.exports.talk import MARKS, corpus
from typer.testing import CliRunner, Result

from stepmark.cli import app
from stepmark.corpus import write_folder, write_table
from stepmark.errors import InputError
from stepmark.review.exports import FORMATS, export

OUT = {to: f"out{form.suffix}" for to, form in FORMATS.items()}


def ask(folder: Path, to: str, *words: str) -> Result:
    return CliRunner().invoke(app, ["export", str(folder / "corpus"), "--to", to, *words])


def labels(path: Path) -> set[str]:
    return {label for line in path.read_text("utf-8").splitlines() for *_, label in json.loads(line)["label"]}


@pytest.fixture
def held(tmp_path: Path) -> Path:
    write_folder(corpus(), tmp_path / "corpus")
    return tmp_path


@pytest.mark.parametrize("to", FORMATS)
def test_every_format_is_written_refused_the_second_time_and_replaced_when_asked(to: str, held: Path) -> None:
    out = held / OUT[to]
    first = ask(held, to, "--out", str(out))
    assert first.output.splitlines()[-2:] == [
        "5 turns, 6 spans (of the corpus) and 3 codes",
        f"Saved: {out}",
    ]
    before = {file: file.read_bytes() for file in held.rglob("*") if file.is_file()}
    again = ask(held, to, "--out", str(out))
    assert isinstance(again.exception, InputError)
    assert "--force" in str(again.exception)
    assert {file: file.read_bytes() for file in held.rglob("*") if file.is_file()} == before
    assert ask(held, to, "--out", str(out), "--force").exit_code == 0


@pytest.mark.parametrize(
    "to", [to for to in FORMATS if to != "xlsx"]
)  # a workbook holds the time of its making
def test_two_runs_write_the_same_bytes(to: str, held: Path) -> None:
    written = []
    for run in ("one", "two"):
        ask(held, to, "--out", str(held / run / OUT[to]))
        written.append({file.name: file.read_bytes() for file in (held / run).rglob("*") if file.is_file()})
    assert written[0]
    assert written[0] == written[1]


def test_marks_come_from_a_file_a_guide_or_the_corpus(held: Path) -> None:
    write_table(corpus(marks=MARKS[:1]).spans, held / "spans.csv")  # type: ignore[arg-type]
    ask(held, "doccano", "--out", str(held / "file.jsonl"), "--spans", str(held / "spans.csv"))
    told = ask(held, "doccano", "--out", str(held / "guide.jsonl"), "--guide", "difficult-customers")
    ask(held, "doccano", "--out", str(held / "own.jsonl"))
    assert labels(held / "file.jsonl") == {"anger"}
    assert labels(held / "own.jsonl") == {"anger", "apologize", "probe"}
    assert "apologize" in labels(held / "guide.jsonl")
    assert "(by difficult-customers " in told.output


def test_a_corpus_without_spans_is_annotated(tmp_path: Path) -> None:
    bare = corpus(codes=False)
    done = export(replace(bare, spans=None), "csv", tmp_path / "t.csv")
    assert done.marks.startswith("by difficult-customers")
    assert done.n_spans > 0


def test_codes_come_from_a_file(held: Path) -> None:
    (held / "codes.csv").write_text("interaction_id,turn,step,coder,decision\ni1,1,document,cem,no\n")
    ask(held, "csv", "--out", str(held / "t.csv"), "--codes", str(held / "codes.csv"))
    header = (held / "t.csv").read_text("utf-8").splitlines()[0]
    assert header.endswith('"apologize","document","probe","document_cem"')


def test_spans_that_do_not_fit_the_corpus_are_one_message(held: Path) -> None:
    wrong = [{**MARKS[0], "start_char": 0}, {**MARKS[1], "turn": 9}]
    write_table(pd.DataFrame(wrong), held / "spans.csv")
    result = ask(held, "csv", "--out", str(held / "t.csv"), "--spans", str(held / "spans.csv"))
    assert isinstance(result.exception, InputError)
    assert "spans.csv, line 3: interaction 'i1', turn 9; expected a turn of turns" in str(result.exception)
    assert "spans.csv, line 2: text '😡 again' where the turn has" in str(result.exception)
    assert not (held / "t.csv").exists()


@pytest.mark.parametrize(
    ("to", "out", "message"),
    [
        (
            "exel",
            "t.xlsx",
            "format: 'exel'; expected csv, xlsx, spacy, prodigy, doccano, label-studio, convokit.",
        ),
        ("spacy", "t.json", "t.json: suffix '.json'; expected a name ending in .spacy, for spacy."),
    ],
)
def test_a_wrong_format_or_suffix_is_refused_before_anything_is_read(to: str, out: str, message: str) -> None:
    result = CliRunner().invoke(app, ["export", "nowhere", "--to", to, "--out", out])
    assert str(result.exception) == message


def test_the_configuration_beside_the_tasks_is_not_overwritten_either(held: Path) -> None:
    (held / "out.xml").write_text("mine")
    result = ask(held, "label-studio", "--out", str(held / "out.json"))
    assert (
        str(result.exception)
        == f"{held / 'out.xml'}: there already; expected a new file. Use --force to replace it."
    )
