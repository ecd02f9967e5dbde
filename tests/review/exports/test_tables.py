"""Turns as a table: one row a turn, one column a step."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tests.review.exports.talk import TEXTS, corpus

import stepmark
from stepmark.corpus import Corpus
from stepmark.errors import InputError
from stepmark.review.exports import export
from stepmark.review.exports.sheet import MOST_CHARACTERS


def test_a_csv_has_a_row_a_turn_and_a_column_a_step(tmp_path: Path) -> None:
    export(corpus(), "csv", tmp_path / "t.csv")
    table = pd.read_csv(tmp_path / "t.csv")
    assert list(table.columns) == [
        *("interaction_id", "turn", "speaker", "text", "start", "end", "device"),
        *("agent_id", "channel", "csat", "anger", "apologize", "probe"),
        *("apologize_ana", "apologize_ben", "probe_ana"),
    ]
    assert table["apologize"].tolist() == [0, 1, 0, 0, 1]
    assert table["probe"].tolist() == [0, 1, 0, 0, 0]
    assert table["apologize_ana"].dropna().to_dict() == {1: 1.0}
    assert table["probe_ana"].dropna().to_dict() == {1: 0.0}
    assert table["apologize_ben"].dropna().to_dict() == {4: 1.0}


def test_a_csv_is_read_back_as_the_corpus_that_it_was(tmp_path: Path) -> None:
    held = corpus()
    export(held, "csv", tmp_path / "t.csv")
    back = stepmark.read(tmp_path / "t.csv", format="csv")
    assert back.turns["text"].tolist() == list(TEXTS.values())
    assert back.turns["start"].equals(held.turns["start"])
    assert back.interactions["csat"].isna().tolist() == [False, True]


def test_what_is_missing_is_an_empty_cell_and_never_nan(tmp_path: Path) -> None:
    export(corpus(), "csv", tmp_path / "t.csv")
    last = (tmp_path / "t.csv").read_text("utf-8").splitlines()[-1]
    assert last == '"i2",1,"agent","Sorry!",,,"web",,"chat",,0,1,0,,1,'


def test_a_sheet_holds_the_texts_as_texts_and_the_numbers_as_numbers(tmp_path: Path) -> None:
    export(corpus(), "xlsx", tmp_path / "t.xlsx")
    table = pd.read_excel(tmp_path / "t.xlsx", sheet_name="turns", dtype=object)
    assert table["text"].tolist() == [text.replace("\r\n", "\n") for text in TEXTS.values()]
    assert table["apologize"].tolist() == [0, 1, 0, 0, 1]
    assert table["start"].tolist()[:2] == ["2026-01-01T10:00:00Z", "2026-01-01T10:00:30.500000Z"]
    assert table.loc[4, ["start", "agent_id", "csat", "apologize_ana"]].isna().all()


def changed(text: str) -> Corpus:
    held = corpus(marks=[], codes=False)
    return Corpus(held.turns.assign(text=[text, *held.turns["text"][1:]]), held.interactions, spans=None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bell \x07", "the control character '\\x07'"),
        ("😀" * (MOST_CHARACTERS // 2 + 1), "32,768 characters, as a sheet counts them"),
    ],
)
def test_a_text_that_no_cell_holds_is_one_fault(text: str, found: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        export(changed(text), "xlsx", tmp_path / "t.xlsx")
    assert str(caught.value) == (
        f"interaction 'i1', turn 0, column 'text': {found}; expected a text that a cell can hold. Export it as csv."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_step_that_is_called_like_a_column_of_the_corpus_is_one_fault(tmp_path: Path) -> None:
    held = corpus()
    clash = Corpus(held.turns.assign(probe="x"), held.interactions, spans=held.spans)
    with pytest.raises(InputError, match=r"column 'probe': .*two have this name; expected one"):
        export(clash, "csv", tmp_path / "t.csv")
