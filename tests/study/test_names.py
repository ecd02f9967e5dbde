"""A plan that names what a corpus cannot have is refused before the corpus is marked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from stepmark.annotate import Guide
from stepmark.cli import app
from stepmark.corpus import Corpus, Outcome, write_folder
from stepmark.errors import PlanError
from stepmark.measure import expected_columns, hand_coded, measure
from stepmark.report import tell
from stepmark.study import Plan
from stepmark.study.names import check_names

GUIDE = "difficult-customers"
TYPO = "plan, steps, 'apologise': no column 'apologise_used' in the table. Did you mean 'apologize_used'?"


def corpus() -> Corpus:
    turns = pd.DataFrame(
        {
            "interaction_id": ["a", "a"],
            "turn": [0, 1],
            "speaker": ["customer", "agent"],
            "text": ["It is broken.", "I'm sorry."],
        }
    )
    interactions = pd.DataFrame(
        {"interaction_id": ["a"], "agent_id": ["kim"], "channel": ["chat"], "resolved": [1.0]}
    )
    codes = pd.DataFrame(
        {"interaction_id": ["a"], "turn": [1], "step": ["apologize"], "coder": ["gold"], "decision": ["yes"]}
    )
    return Corpus(turns, interactions, (Outcome("resolved", "binary"),), "one", codes=codes)


def test_all_names_that_a_table_lacks_come_at_once() -> None:
    plan = Plan(
        outcome="resolved", steps=["apologise", {"name": "probe", "measure": "early"}], controls=["channnel"]
    )
    with pytest.raises(PlanError) as caught:
        check_names(plan, ["resolved", "channel", "apologize_used", "probe_first_agent_turn"])
    lines = str(caught.value).splitlines()
    assert lines[0] == "plan, controls: no column 'channnel' in the table. Did you mean 'channel'?"
    assert lines[1] == TYPO
    assert "'n_agent_turns'" in lines[2]


@pytest.mark.parametrize("measured", ["used", "count", "category", "per_10_turns", "position", "early"])
def test_names_that_are_there_pass_for_every_measure(measured: str) -> None:
    plan = Plan(outcome="resolved", steps=[{"name": "probe", "measure": measured}], only={"coded": 1})
    check_names(plan, expected_columns(corpus(), Guide.load(GUIDE)))


def test_the_columns_expected_are_those_that_come() -> None:
    one, guide = corpus(), Guide.load(GUIDE)
    assert one.codes is not None
    table = hand_coded(measure(one, guide=guide), one.codes, one.turns)
    assert set(expected_columns(one, guide)) == set(table.columns)


def test_a_typo_in_a_plan_is_told_before_the_corpus_is_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mark(*_: Any, **__: Any) -> None:
        pytest.fail("the corpus was marked first")

    monkeypatch.setattr("stepmark.annotate.annotate", mark)
    monkeypatch.setattr("stepmark.report.story.annotate", mark)
    write_folder(corpus(), tmp_path / "one")
    plan = tmp_path / "plan.toml"
    plan.write_text('outcome = "resolved"\nsteps = ["apologise"]\n', encoding="utf-8")
    words = ["study", str(tmp_path / "one"), "--plan", str(plan), "--out", str(tmp_path / "out")]
    assert str(CliRunner().invoke(app, words).exception) == TYPO
    with pytest.raises(PlanError) as caught:
        tell(tmp_path / "one", plan=plan)
    assert str(caught.value) == TYPO
