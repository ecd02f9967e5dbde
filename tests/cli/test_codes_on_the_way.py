"""What `codes export` writes is what `evaluate`, `learn` and `guide errors` read."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.measure.talk import corpus, interaction
from typer.testing import CliRunner

from stepmark.cli import app
from stepmark.corpus import write_folder
from stepmark.errors import InputError

CODES = """interaction_id,turn,step,coder,decision,probability,occasion,blind
i0,1,apologize,ana,no,0.5,0,false
i0,1,probe,ana,no,0.5,0,false
i1,1,probe,ana,yes,0.5,0,true
i1,1,apologize,ana,no,0.5,0,true
"""


@pytest.fixture
def coded(tmp_path: Path) -> Path:
    held, _ = corpus(
        interaction("C: it broke again!!", "A: I'm so sorry about that"),
        interaction("C: hi", "A: Could you tell me the order number?"),
    )
    write_folder(held, tmp_path / "corpus")
    (tmp_path / "codes.csv").write_text(CODES, "utf-8")
    return tmp_path


def test_the_numbers_of_turns_in_a_csv_are_numbers(coded: Path) -> None:
    words = [str(coded / "codes.csv"), "--corpus", str(coded / "corpus")]
    done = CliRunner().invoke(app, ["evaluate", *words], catch_exceptions=False)
    assert "against 2 coded turns" in done.output
    errors = CliRunner().invoke(app, ["guide", "errors", *words], catch_exceptions=False)
    assert "1 marked wrongly" in errors.output


@pytest.mark.parametrize("command", [["evaluate"], ["learn"], ["guide", "errors"]])
def test_a_codes_table_without_its_corpus_is_one_fault(coded: Path, command: list[str]) -> None:
    result = CliRunner().invoke(app, [*command, str(coded / "codes.csv")])
    assert isinstance(result.exception, InputError)
    assert str(result.exception).endswith(
        "codes.csv: a codes table without its corpus; expected --corpus CORPUS, to know what was said."
    )
