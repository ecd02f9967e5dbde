"""What holds for the measures of any conversation."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.measure.talk import corpus, interaction

import stepmark
from stepmark.annotate import Guide, Step
from stepmark.corpus import Corpus
from stepmark.measure import replies, talk

GUIDE = Guide(name="test", steps=(Step(id="apologize"), Step(id="anger", kind="signal")))

FEW = settings(max_examples=6, deadline=None, derandomize=True)

turn = st.builds(
    lambda who, words, mark: (who, f"{words}{mark}"),
    st.sampled_from("CAO"),
    st.sampled_from(["it broke", "oh", "one two three"]),
    st.sampled_from(["", "", " #apologize", " #anger"]),
)


@st.composite
def conversation(draw: st.DrawFn) -> list[str]:
    """Lines with times that never run backwards; some starts and ends are unknown."""
    clock, lines = 0, []
    for who, words in draw(st.lists(turn, min_size=1, max_size=9)):
        clock += draw(st.integers(0, 50))
        until = f"-{clock + draw(st.integers(0, 30))}" if draw(st.booleans()) else ""
        lines.append(f"{who}@{clock}{until}: {words}" if draw(st.integers(0, 5)) else f"{who}: {words}")
    return lines


def measured(conversations: list[list[str]], shift: float = 0.0) -> tuple[Corpus, pd.DataFrame]:
    """A corpus of the conversations, its clock moved by `shift` seconds, and its measures."""
    talked = [interaction(*lines) for lines in conversations]
    moved = [(t.assign(start=t["start"] + shift, end=t["end"] + shift), spans) for t, spans in talked]
    corpus_, spans = corpus(*moved)
    return corpus_, stepmark.measure(corpus_, spans, guide=GUIDE)


#: A corpus of conversations is measured at once, so that few examples try many conversations.
conversations = st.lists(conversation(), min_size=1, max_size=10)  # named i0 to i9: sorted


@FEW
@given(conversations)
def test_measures_stay_in_their_range(lines: list[list[str]]) -> None:
    table = measured(lines)[1]
    seconds = table[[name for name in table if name.endswith("_s")]]
    assert (seconds.isna() | (seconds >= 0)).all(axis=None)
    shares = table[["apologize_position", "anger_position", "talk_share"]]
    assert (shares.isna() | ((shares >= 0) & (shares <= 1))).all(axis=None)
    assert (table["n_turns"] >= table["n_agent_turns"] + table["n_customer_turns"]).all()
    assert (table["opening_words"] <= table["n_words_customer"]).all()
    assert not (table["pause_max_s"] > table["duration_s"]).any()
    assert not (table["response_time_max_s"] > table["duration_s"]).any()


@FEW
@given(conversations)
def test_used_counted_and_placed_say_the_same(lines: list[list[str]]) -> None:
    table = measured(lines)[1]
    for step in ("apologize", "anger"):
        count = [sum(f"#{step}" in line for line in talked) for talked in lines]
        assert table[f"{step}_count"].tolist() == count
        assert table[f"{step}_used"].tolist() == [n > 0 for n in count]
        assert table[f"{step}_first_turn"].notna().tolist() == [n > 0 for n in count]
        assert table[f"{step}_position"].notna().tolist() == [n > 0 for n in count]


@FEW
@given(conversations)
def test_every_reply_answers_the_customer_who_spoke_last(lines: list[list[str]]) -> None:
    answered = replies(talk(measured(lines)[0]))
    expected = []
    for row, talked in enumerate(lines):
        spoken = [(number, line[0]) for number, line in enumerate(talked) if line[0] in "CA"]
        pairs = [(one, two) for one, two in pairwise(spoken) if one[1] + two[1] == "CA"]
        expected += [(row, heard, turn) for (heard, _), (turn, _) in pairs]
    assert list(zip(answered["row"], answered["heard"], answered["turn"], strict=True)) == expected
    assert (answered["burst"] <= answered["heard"]).all()


@FEW
@given(st.lists(conversation(), min_size=2, max_size=4))
def test_an_interaction_is_measured_alike_in_any_company(lines: list[list[str]]) -> None:
    together = measured(lines)[1].drop(columns="interaction_id")
    alone = pd.concat([measured([talked])[1] for talked in lines]).drop(columns="interaction_id")
    pd.testing.assert_frame_equal(together, alone.reset_index(drop=True), check_dtype=False)


@FEW
@given(conversations, st.integers(-5000, 5000))
def test_the_clock_may_start_anywhere(lines: list[list[str]], shift: int) -> None:
    pd.testing.assert_frame_equal(measured(lines, shift)[1], measured(lines)[1])
