"""`stepmark agree` and `stepmark codes`, as a person at a terminal sees them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tests.review.talk import Words, marks_of, small_corpus
from typer.testing import CliRunner

from stepmark.cli import app
from stepmark.corpus import write_folder
from stepmark.errors import StepmarkError
from stepmark.review import Session, Store, read_codes


@pytest.fixture
def store(tmp_path: Path) -> str:
    corpus = small_corpus(4)
    write_folder(corpus, tmp_path / "corpus")
    where = str(tmp_path / "coding.sqlite")
    for coder in ("ana", "ben"):
        with Store(where) as opened:
            session = Session(
                corpus, Words(), opened, coder=coder, spans=marks_of(corpus), repeat_share=0.2, repeat_after=2
            )
            for i in range(len(session.queue)):
                if coder == "ben" and i % 4 == 1:
                    session.apply({"do": "note", "cid": f"n{i}", "note": "hm"})
                session.apply({"do": "accept", "cid": f"{coder}{i}"})
    return where


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_agree_prints_and_writes_the_agreement_of_a_store(store: str, tmp_path: Path) -> None:
    said = run(
        "agree",
        store,
        "--corpus",
        tmp_path / "corpus",
        "--out",
        tmp_path / "agreement.csv",
        "--resamples",
        50,
    )
    assert said.startswith("Agreement of 2 coders (ana, ben); 95% intervals by interaction, 50 resamples")
    table = pd.read_csv(tmp_path / "agreement.csv")
    assert {"coders", "self", "blind"} >= set(table["comparison"]) >= {"coders", "self"}
    assert {"span_exact", "span_overlap", "alpha_unitizing", "alpha_masi"} <= set(table["measure"])


def test_codes_go_out_as_csv_and_come_in_elsewhere(store: str, tmp_path: Path) -> None:
    out = tmp_path / "codes.csv"
    assert run("codes", "export", store, "--out", out) == f"88 codes of 2 coders written to {out}.\n"
    assert len(read_codes(out)) == 88
    more = run("codes", "export", store, "--out", tmp_path / "all.jsonl", "--repeats")
    assert int(more.split()[0]) > 88
    other = str(tmp_path / "other.sqlite")
    assert "40 turns added to" in run("codes", "import", out, other, "--corpus", tmp_path / "corpus")
    assert "0 turns added to" in run("codes", "import", out, other, "--corpus", tmp_path / "corpus")
    run("agree", out, "--resamples", 20, "--out", tmp_path / "a.csv")
    run("agree", other, "--resamples", 20, "--out", tmp_path / "b.csv")
    both = [pd.read_csv(tmp_path / name).query("comparison == 'coders'") for name in ("a.csv", "b.csv")]
    pd.testing.assert_frame_equal(*(table.reset_index(drop=True) for table in both), check_dtype=False)


def test_a_store_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(
        StepmarkError, match=r"none\.sqlite: no such file; expected a codes table, a corpus folder or a store"
    ):
        run("agree", tmp_path / "none.sqlite")
    assert not (tmp_path / "none.sqlite").exists()
    write_folder(small_corpus(1), tmp_path / "corpus")
    with pytest.raises(StepmarkError, match="no codes in this corpus"):
        run("agree", tmp_path / "corpus")
