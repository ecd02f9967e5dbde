"""`stepmark measure`."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.measure.talk import folder_of, interaction
from typer.testing import CliRunner

from stepmark.cli import app
from stepmark.corpus import read_table
from stepmark.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_of(
        tmp_path / "corpus",
        interaction("C@0: it broke again!!", "A@60: I'm so sorry about that"),
        interaction("C: hi", "A: hello, how can I help?"),
    )


def test_it_writes_the_table_and_prints_how_measures_are_spread(folder: Path) -> None:
    out = folder.parent / "table.parquet"
    done = CliRunner().invoke(app, ["measure", str(folder), "--out", str(out)], catch_exceptions=False)
    assert done.exit_code == 0
    written = read_table(out)[0]
    assert written["interaction_id"].tolist() == ["i0", "i1"]
    assert written["apologize_used"].tolist() == [True, False]
    assert [line.split() for line in done.output.splitlines() if line.startswith("response_time_first")] == [
        ["response_time_first_s", "1", "60", "60", "60"]
    ]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_marks_are_read_from_any_file_that_annotate_writes(folder: Path, suffix: str) -> None:
    marks, out = folder.parent / f"spans.{suffix}", folder.parent / "table.parquet"
    for command in (
        ["annotate", str(folder), "--out", str(marks)],
        ["measure", str(folder), "--spans", str(marks), "--out", str(out)],
    ):
        assert CliRunner().invoke(app, command, catch_exceptions=False).exit_code == 0
    assert read_table(out)[0]["apologize_used"].tolist() == [True, False]


def test_a_codes_table_is_not_taken_for_marks(folder: Path) -> None:
    codes = folder.parent / "codes.csv"
    codes.write_text("interaction_id,turn,step,coder,decision\ni0,1,apologize,ana,no\n", "utf-8")
    result = CliRunner().invoke(app, ["measure", str(folder), "--spans", str(codes)])
    assert isinstance(result.exception, InputError)
    assert "codes.csv: a codes table (column 'decision'); expected spans." in str(result.exception)


def test_a_corpus_that_is_not_there_is_one_message(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["measure", str(tmp_path / "nowhere")])
    assert isinstance(result.exception, InputError)
    assert "nowhere" in str(result.exception)
