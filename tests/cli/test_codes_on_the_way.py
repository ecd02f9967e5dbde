"""What `codes export` writes is what `evaluate`, `learn` and `guide errors` read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.measure.talk import folder_of, interaction
from typer.testing import CliRunner

from stepmark.cli import app
from stepmark.corpus import read, write_folder
from stepmark.errors import InputError
from stepmark.review import read_codes

CODES = """interaction_id,turn,step,coder,decision,probability,occasion,blind
i0,1,apologize,ana,no,0.5,0,false
i0,1,probe,ana,no,0.5,0,false
i1,1,probe,ana,yes,0.5,0,true
i1,1,apologize,ana,no,0.5,0,true
"""


@pytest.fixture
def coded(tmp_path: Path) -> Path:
    folder_of(
        tmp_path / "corpus",
        interaction("C: it broke again!!", "A: I'm so sorry about that"),
        interaction("C: hi", "A: Could you tell me the order number?"),
    )
    (tmp_path / "codes.csv").write_text(CODES, "utf-8")
    return tmp_path


def test_the_numbers_of_turns_in_a_csv_are_numbers(coded: Path) -> None:
    words = [str(coded / "codes.csv"), "--corpus", str(coded / "corpus")]
    done = CliRunner().invoke(app, ["evaluate", *words], catch_exceptions=False)
    assert "against 2 coded turns" in done.output
    errors = CliRunner().invoke(app, ["guide", "errors", *words], catch_exceptions=False)
    assert "1 marked wrongly" in errors.output


def test_a_corpus_folder_with_codes_needs_no_other_file(coded: Path) -> None:
    held = read(coded / "corpus")
    write_folder(replace(held, codes=read_codes(coded / "codes.csv")), coded / "with-codes")
    done = CliRunner().invoke(app, ["evaluate", str(coded / "with-codes")], catch_exceptions=False)
    assert "against 2 coded turns" in done.output
    bare = CliRunner().invoke(app, ["evaluate", str(coded / "corpus")])
    assert "corpus: no codes; expected a corpus that people coded." in str(bare.exception)


def test_steps_that_are_never_found_are_named_below_the_table(coded: Path) -> None:
    done = CliRunner().invoke(app, ["annotate", str(coded / "corpus")], catch_exceptions=False)
    table, _, below = done.output.partition("Never found: ")
    assert "apologize" in table
    assert "escalate" not in table
    assert "escalate" in below


@pytest.mark.parametrize("command", [["evaluate"], ["learn"], ["guide", "errors"]])
def test_a_codes_table_without_its_corpus_is_one_fault(coded: Path, command: list[str]) -> None:
    result = CliRunner().invoke(app, [*command, str(coded / "codes.csv")])
    assert isinstance(result.exception, InputError)
    assert str(result.exception).endswith(
        "codes.csv: a codes table without its corpus; expected --corpus CORPUS, to know what was said."
    )
