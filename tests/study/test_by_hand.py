"""Hand codes of a corpus reach its study, and what is wrong with them is said."""

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from stepmark.cli import app
from stepmark.corpus import Corpus
from stepmark.errors import InputError
from stepmark.study import Plan
from stepmark.study.by_hand import with_hand_codes

TABLE = pd.DataFrame({"interaction_id": ["a", "b"], "apologize_used": [True, True]})


def corpus(*chances: float) -> Corpus:
    """Interaction `a` with one agent turn for each chance with which it was coded; `b` with one that nobody coded."""
    turns = pd.DataFrame(
        [("a", turn, "agent", "Sorry.") for turn in range(len(chances))] + [("b", 0, "agent", "Sorry.")],
        columns=["interaction_id", "turn", "speaker", "text"],
    )
    codes = pd.DataFrame(
        [("a", turn, "apologize", "kim", "no", chance) for turn, chance in enumerate(chances)],
        columns=["interaction_id", "turn", "step", "coder", "decision", "probability"],
    )
    met = pd.DataFrame({"interaction_id": ["a", "b"], "agent_id": "kay", "channel": "chat"})
    return Corpus(turns, met, (), codes=codes)


def test_a_sample_drawn_with_known_chances_stands_beside_the_marks() -> None:
    table, why_not = with_hand_codes(TABLE, corpus(0.5))
    assert (table["apologize_gold"].tolist()[0], why_not) == (0.0, "")


def test_chances_that_do_not_add_up_to_the_corpus_are_no_sample() -> None:
    assert "do not add up to the corpus" in with_hand_codes(TABLE, corpus(0.1))[1]


def test_unreadable_codes_are_an_error_only_for_a_plan_that_needs_them() -> None:
    table, why_not = with_hand_codes(TABLE, corpus(0.5, 0.2))
    assert table is TABLE
    assert "a" in why_not
    with pytest.raises(InputError):
        with_hand_codes(TABLE, corpus(0.5, 0.2), Plan(outcome="csat", steps=["apologize"], correction={}))


def test_a_study_without_a_plan_corrects_by_what_people_coded(project: Path, tmp_path: Path) -> None:
    CliRunner().invoke(app, ["study", str(project / "corpora" / "by-hand"), "--out", str(tmp_path)])
    assert "[correction]" in (tmp_path / "plan.toml").read_text("utf-8")
