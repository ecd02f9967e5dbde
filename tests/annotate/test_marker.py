"""How a guide marks turns."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.annotate.talk import guide, interaction, steps_of

from stepmark.annotate import Guide, Marker, annotate, annotate_batch
from stepmark.corpus.tables import SPANS
from stepmark.errors import GuideError

DIFFICULT = Guide.load("difficult-customers")
PHRASES = [
    "so sorry",
    "refund you",
    "call you back",
    "not my fault",
    "thank you",
    "is there",
    "anything else",
]
TALK = st.lists(st.sampled_from([*PHRASES, "🙂", "I CAN", "and", ".", "?", "can't"]), max_size=8).map(
    " ".join
)


def turns(*texts: str) -> pd.DataFrame:
    rows = [("a", place, "agent", text) for place, text in enumerate(texts)]
    return pd.DataFrame(rows, columns=["interaction_id", "turn", "speaker", "text"])


def test_a_veto_takes_what_it_overlaps_its_sentence_or_the_turn() -> None:
    for scope, expected in (("overlap", ["s", "s"]), ("sentence", ["s"]), ("turn", [])):
        the_guide = guide(
            s={"patterns": [{"pattern": "sorry"}], "unless": [{"pattern": "not that", "scope": scope}]}
        )
        assert steps_of(the_guide, interaction("A: not that I am sorry. Sorry!"))[0] == expected, scope
    the_guide = guide(s={"patterns": [{"pattern": "sorry"}], "unless": [{"pattern": "not sorry"}]})
    assert steps_of(the_guide, interaction("A: not sorry, sorry"))[0] == ["s"]


def test_a_veto_with_a_rule_holds_only_where_the_rule_does() -> None:
    unless = [{"pattern": "sorry", "when": ["opening"]}]
    the_guide = guide(s={"patterns": [{"pattern": "sorry"}], "unless": unless})
    assert steps_of(the_guide, interaction("A: sorry", "A: sorry", "A: sorry")) == [[], [], ["s"]]


def test_a_step_yields_to_another_in_its_sentence_only() -> None:
    the_guide = guide(
        probe={"patterns": [{"pattern": "is there"}], "yields_to": ["check"]},
        check={"patterns": [{"pattern": "anything else"}]},
    )
    assert steps_of(the_guide, interaction("A: is there anything else"))[0] == ["check"]
    assert steps_of(the_guide, interaction("A: is there a fault. anything else"))[0] == ["probe", "check"]


def test_of_overlapping_marks_of_a_step_the_longest_stands() -> None:
    the_guide = guide(
        s={"patterns": [{"pattern": "so sorry"}, {"pattern": "so sorry about"}, {"pattern": "about that"}]}
    )
    spans = annotate(turns("so sorry about that"), the_guide)
    assert spans["text"].tolist() == ["so sorry about"]
    assert spans["source"].tolist() == ["rule:s-patterns-1"]


def test_offsets_count_code_points_also_after_emoji() -> None:
    the_guide = guide(s={"patterns": [{"pattern": "so sorry"}]})
    text = "👩‍👩‍👧 🙂 so sorry"
    row = annotate(turns(text), the_guide).iloc[0]
    assert text[row["start_char"] : row["end_char"]] == "so sorry" == row["text"]


def test_the_spans_table_has_the_columns_of_the_design_even_when_empty() -> None:
    spans = annotate(turns("nothing"), guide(s={"patterns": [{"pattern": "sorry"}]}))
    assert tuple(spans.columns) == SPANS.names
    assert len(spans) == 0


def test_speakers_are_kept_apart() -> None:
    the_guide = guide(s={"speaker": "agent", "patterns": [{"pattern": "sorry"}]})
    assert steps_of(the_guide, interaction("C: sorry", "A: sorry")) == [[], ["s"]]


def test_a_pattern_that_needs_a_trained_pipeline_is_refused_by_name() -> None:
    the_guide = guide(s={"patterns": [{"pattern": [{"POS": "VERB"}], "id": "s-verb"}]})
    with pytest.raises(GuideError, match=r"pattern 's-verb': needs POS, which only a trained pipeline sets"):
        Marker(the_guide)


def test_the_result_does_not_depend_on_the_number_of_processes_or_the_order_of_rows() -> None:
    frame = pd.concat(
        [turns("so sorry", "we refund you").assign(interaction_id=f"i{n:04}") for n in range(5_000)],
        ignore_index=True,
    )
    the_guide = guide(s={"patterns": [{"pattern": "so sorry"}]}, o={"patterns": [{"pattern": "refund you"}]})
    alone = annotate(frame, the_guide)
    assert len(alone) == 10_000
    pd.testing.assert_frame_equal(alone, annotate(frame, the_guide, workers=2))
    pd.testing.assert_frame_equal(alone, annotate(frame.sample(frac=1, random_state=1), the_guide))
    pd.testing.assert_frame_equal(alone, annotate_batch(frame, the_guide))


@settings(max_examples=40, deadline=None)
@given(st.lists(TALK, min_size=1, max_size=4))
def test_a_rule_for_one_step_never_changes_another(texts: list[str]) -> None:
    steps = {f"s{n}": {"patterns": [{"pattern": phrase}]} for n, phrase in enumerate(PHRASES)}
    whole = annotate(turns(*texts), guide(**steps))
    steps["s0"] = {
        "patterns": [{"pattern": "sorry"}, {"pattern": "and"}],
        "unless": [{"pattern": "thank you", "scope": "turn"}],
    }
    changed = annotate(turns(*texts), guide(**steps))
    pd.testing.assert_frame_equal(
        whole[whole["step"] != "s0"].reset_index(drop=True),
        changed[changed["step"] != "s0"].reset_index(drop=True),
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(TALK, min_size=1, max_size=4))
def test_spans_cut_the_text_of_their_turn(texts: list[str]) -> None:
    for row in annotate(turns(*texts), DIFFICULT).itertuples():
        assert texts[row.turn][row.start_char : row.end_char] == row.text != ""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere processes are not started as copies")
def test_a_progress_bar_does_not_keep_processes_from_being_copies() -> None:
    source = """
from tqdm import tqdm
from stepmark.annotate.workers import _processes
list(tqdm([1]))
print(_processes(may_fork=True).get_start_method())
print(_processes(may_fork=False).get_start_method())
import threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
print(_processes(may_fork=True).get_start_method())
"""
    run = subprocess.run([sys.executable, "-c", source], check=True, capture_output=True, text=True)
    assert run.stdout.split() == ["fork", "forkserver", "forkserver"]
