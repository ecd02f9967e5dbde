"""A corpus is checked when it is made: every fault, in words, in one message; and nobody can change it afterwards."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pandas as pd
import pytest

from stepmark.corpus import Corpus, Outcome, parse_outcome
from stepmark.errors import InputError

TURNS = {
    "interaction_id": ["a", "a"],
    "turn": [0, 1],
    "speaker": ["customer", "agent"],
    "text": ["Hm", "Hello"],
}
INTERACTIONS = {"interaction_id": ["a"], "agent_id": ["kim"], "channel": ["chat"]}


def corpus(
    turns: dict | None = None, interactions: dict | None = None, *outcomes: Outcome, **layers: dict
) -> Corpus:
    return Corpus(
        pd.DataFrame(TURNS | (turns or {})),
        pd.DataFrame(INTERACTIONS | (interactions or {})),
        outcomes,
        **{name: pd.DataFrame(layer) for name, layer in layers.items()},
    )


def faults_of(*args: object, **layers: object) -> list[str]:
    with pytest.raises(InputError) as error:
        corpus(*args, **layers)  # type: ignore[arg-type]
    return [str(fault) for fault in error.value.faults]


CSAT = Outcome("csat", "ordinal", (1, 2, 3, 4, 5))


@pytest.mark.parametrize(
    ("turns", "interactions", "outcomes", "message"),
    [
        (
            {"speaker": ["customer", "bot"]},
            {},
            (),
            "turns, row 1, column 'speaker': 'bot'; expected 'agent', 'customer' or 'other'. "
            "Say who that is, for example --speaker bot=agent when importing.",
        ),
        (
            {},
            {"channel": ["fax"]},
            (),
            "interactions, row 0, column 'channel': 'fax'; "
            "expected 'chat', 'phone', 'email', 'social', 'messaging' or 'other'.",
        ),
        ({"turn": [0, "x"]}, {}, (), "turns, row 1, column 'turn': 'x'; expected a whole number."),
        ({"turn": [0, 1.5]}, {}, (), "turns, row 1, column 'turn': 1.5; expected a whole number."),
        ({"turn": [0, -1]}, {}, (), "turns, row 1, column 'turn': -1; expected 0 or more."),
        (
            {"turn": [0, 0]},
            {},
            (),
            "turns, row 1: interaction_id 'a', turn 0 is there already; expected each pair of interaction_id and turn once.",
        ),
        (
            {"interaction_id": ["a", "b"]},
            {},
            (),
            "turns, row 1, column 'interaction_id': 'b'; expected an interaction_id of interactions.",
        ),
        ({"text": ["Hm", None]}, {}, (), "turns, row 1, column 'text': a missing value; expected text."),
        ({"text": ["Hm", "a\0b"]}, {}, (), "turns, row 1, column 'text': 'a\\x00b'; expected text."),
        (
            {"text": pd.Series(["Hm", "\ud83d"], dtype="object")},
            {},
            (),
            "turns, row 1, column 'text': '\\ud83d'; expected text.",
        ),
        (
            {"start": ["2026-01-01", "soon"]},
            {},
            (),
            "turns, row 1, column 'start': 'soon'; expected a time such as 2026-11-22T09:30:00Z, "
            "or seconds from the start in the whole column.",
        ),
        (
            {"start": [0.0, 5.0], "end": [1.0, 4.0]},
            {},
            (),
            "turns, row 1: end 4.0 is before start 5.0; expected an end at or after the start.",
        ),
        (
            {"start": [0.0, 5.0], "end": ["2026-01-01", None]},
            {},
            (),
            "turns: 'start' and 'end' of two kinds; expected both times, or both seconds.",
        ),
        (
            {"mood": [["x"], None]},
            {},
            (),
            "turns, row 0, column 'mood': ['x']; expected text, a number, a time, or true or false.",
        ),
        (
            {},
            {"csat": [6]},
            (CSAT,),
            "interactions, row 0, column 'csat': 6; expected 1, 2, 3, 4 or 5. 'csat' is declared ordinal.",
        ),
        (
            {},
            {"resolved": ["maybe"]},
            (Outcome("resolved", "binary"),),
            "interactions, row 0, column 'resolved': 'maybe'; expected 0 or 1 (or false, true, no, yes). "
            "'resolved' is declared binary.",
        ),
        (
            {},
            {"calls": [1.5]},
            (Outcome("calls", "count"),),
            "interactions, row 0, column 'calls': 1.5; expected a whole number from 0. 'calls' is declared count.",
        ),
        (
            {},
            {"CSAT": [5]},
            (CSAT,),
            "interactions: no column for the outcome 'csat'; expected one column each. Did you mean 'CSAT'?",
        ),
        (
            {},
            {"csat": [1]},
            (CSAT, CSAT),
            "outcome 'csat': declared twice; expected each outcome once.",
        ),
        (
            {},
            {},
            (Outcome("agent_id", "count"),),
            "outcome 'agent_id': the name of a column of every corpus; expected another name.",
        ),
    ],
)
def test_each_fault_is_told_in_words(
    turns: dict, interactions: dict, outcomes: tuple[Outcome, ...], message: str
) -> None:
    assert message in faults_of(turns, interactions, *outcomes)


def test_a_missing_column_names_the_one_that_was_meant() -> None:
    with pytest.raises(InputError) as error:
        Corpus(pd.DataFrame(TURNS).rename(columns={"speaker": "Speeker"}), pd.DataFrame(INTERACTIONS))
    assert str(error.value) == (
        "turns: no column 'speaker' among interaction_id, turn, Speeker, text; expected it there (Who speaks). "
        "Did you mean 'Speeker'? Rename it to 'speaker'."
    )


def test_all_faults_of_all_tables_come_at_once() -> None:
    found = faults_of({"speaker": ["bot", "bot"], "turn": ["x", 1]}, {"channel": ["fax"], "csat": [9]}, CSAT)
    assert [fault.split(":")[0] for fault in found] == [
        "interactions, row 0, column 'channel'",
        "interactions, row 0, column 'csat'",
        "turns, row 0, column 'turn'",
        "turns, rows 0 and 1, column 'speaker'",
    ]


def test_rows_with_the_same_fault_are_counted_after_the_first_five() -> None:
    many = 30
    turns = pd.DataFrame({"interaction_id": "a", "turn": range(many), "speaker": "bot", "text": "x"})
    with pytest.raises(InputError, match=r"^turns, rows 0, 1, 2, 3, 4 and 25 more, column 'speaker': 'bot'"):
        Corpus(turns, pd.DataFrame(INTERACTIONS))


def test_spans_and_codes_must_belong_to_turns() -> None:
    span = {"interaction_id": ["a"], "turn": [7], "step": ["apologize"], "start_char": [0], "end_char": [2]}
    span |= {"text": ["Hm"], "source": ["rule:x"], "guide": ["g 1"]}
    code = {"interaction_id": ["a"], "turn": [1], "step": ["s"], "coder": ["c"], "decision": ["perhaps"]}
    assert faults_of(spans=span, codes=code) == [
        "codes, row 0, column 'decision': 'perhaps'; expected 'yes' or 'no'.",
        "spans, row 0: interaction 'a', turn 7; expected a turn of turns.",
    ]


def test_a_code_has_a_chance_of_having_been_drawn() -> None:
    code = {
        "interaction_id": ["a"] * 2,
        "turn": [0, 1],
        "step": ["s"] * 2,
        "coder": ["c"] * 2,
        "decision": ["no"] * 2,
    }
    assert faults_of(codes=code | {"probability": [0, 1.5]}) == [
        "codes, row 0, column 'probability': 0; expected above 0, at most 1.",
        "codes, row 1, column 'probability': 1.5; expected above 0, at most 1.",
    ]


def test_a_corpus_travels_to_another_process() -> None:
    made = corpus({}, {"csat": [4]}, CSAT)
    back = pickle.loads(pickle.dumps(made))
    assert repr(back) == repr(made)
    pd.testing.assert_frame_equal(back.turns, made.turns)


def test_spans_must_cut_the_text_of_their_turn() -> None:
    span = {"interaction_id": ["a"] * 3, "turn": [1] * 3, "step": ["s", "t", "u"], "start_char": [0, 3, 0]}
    span |= {
        "end_char": [9, 2, 4],
        "text": ["Hello", "", "Help"],
        "source": ["time"] * 3,
        "guide": ["g 1"] * 3,
    }
    expected = "expected places within the turn's text, and the words that stand there."
    assert faults_of(spans=span) == [
        f"spans, row 0: characters 0 to 9 of a turn with 5; {expected}",
        f"spans, row 1: characters 3 to 2 of a turn with 5; {expected}",
        f"spans, row 2: text 'Help' where the turn has 'Hell'; {expected}",
    ]


def test_values_take_the_types_of_the_tables() -> None:
    made = corpus(
        {"interaction_id": [7, 7], "start": ["2026-01-01T10:00:00+01:00", None]},
        {
            "interaction_id": [7],
            "agent_id": [""],
            "csat": ["4"],
            "vip": [True],
            "mood": pd.Categorical(["up"]),
        },
        CSAT,
    )
    assert made.turns["interaction_id"].tolist() == ["7", "7"]
    assert str(made.turns["start"].dtype) == str(made.turns["end"].dtype) == "datetime64[us, UTC]"
    assert made.turns["start"][0] == pd.Timestamp("2026-01-01T09:00:00Z")
    row = made.interactions.iloc[0]
    assert pd.isna(row["agent_id"])
    assert row["csat"] == 4.0
    assert row["vip"] is np.True_ or row["vip"] is True
    assert row["mood"] == "up"


def test_seconds_stay_seconds_and_no_times_are_no_times() -> None:
    assert corpus({"start": [0, 2.5]}).turns["start"].tolist() == [0.0, 2.5]
    assert corpus().turns[["start", "end"]].isna().all(axis=None)


def test_turns_come_sorted() -> None:
    made = corpus({"turn": [1, 0]})
    assert made.turns["text"].tolist() == ["Hello", "Hm"]
    assert made.turns.index.tolist() == [0, 1]


def test_a_corpus_cannot_be_changed_from_outside() -> None:
    turns = pd.DataFrame(TURNS)
    made = Corpus(turns, pd.DataFrame(INTERACTIONS))
    turns.loc[0, "text"] = "changed"
    look = made.turns
    look.loc[0, "text"] = "changed"
    look["new"] = 1
    assert made.turns["text"][0] == "Hm"
    assert "new" not in made.turns
    with pytest.raises(FrozenInstanceError):
        made.name = "other"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        made.turns = look  # type: ignore[misc]


def test_replace_makes_another_and_checks_it() -> None:
    made = corpus()
    assert replace(made, name="other").name == "other"
    assert made.name == "unnamed"
    with pytest.raises(InputError, match="'bot'"):
        replace(made, turns=made.turns.assign(speaker="bot"))


def test_an_empty_corpus_is_a_corpus() -> None:
    empty = Corpus(pd.DataFrame(TURNS).iloc[:0], pd.DataFrame(INTERACTIONS).iloc[:0])
    assert repr(empty) == "Corpus('unnamed': 0 interactions, 0 turns)"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("csat=ordinal:1,2,3", Outcome("csat", "ordinal", (1, 2, 3))),
        ("resolved=binary", Outcome("resolved", "binary")),
        ("effort=ordinal:1,2:low", Outcome("effort", "ordinal", (1, 2), "low")),
    ],
)
def test_outcomes_have_a_short_form(text: str, outcome: Outcome) -> None:
    assert parse_outcome(text) == outcome


@pytest.mark.parametrize("text", ["csat", "=binary", "csat=", "csat=ordinal:1,x", "csat=ordinal:1,2:3"])
def test_a_short_form_that_cannot_be_read_says_so(text: str) -> None:
    with pytest.raises(InputError, match="cannot be read; expected NAME=KIND"):
        parse_outcome(text)


def test_an_outcome_of_no_known_kind_says_so() -> None:
    with pytest.raises(InputError, match="kind 'stars'; expected binary, ordinal, continuous, count"):
        parse_outcome("csat=stars")
