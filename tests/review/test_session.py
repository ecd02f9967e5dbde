"""What a coder can do in a session, without a screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from tests.review.talk import Words, corpus_of, interaction, marks_of, small_corpus

from stepmark.errors import CodingError
from stepmark.review import Session, Store


@pytest.fixture
def open_session(tmp_path: Path):
    """Opens sessions on one store; without repeats and blind turns unless asked for."""
    opened = []

    def open_(corpus=None, **options):
        corpus = corpus or small_corpus()
        defaults = {"coder": "ana", "spans": marks_of(corpus), "blind_share": 0.0, "repeat_share": 0.0}
        store = Store(tmp_path / "coding.sqlite")
        opened.append(store)
        return Session(corpus, Words(), store, **{**defaults, **options})

    yield open_
    for store in opened:
        store.close()


_ids = count()


def press(session: Session, do: str, **more: object) -> dict:
    return session.apply({"do": do, "cid": f"c{next(_ids)}", **more})


def decisions(session: Session) -> dict[tuple[str, int, str], str]:
    codes = session.codes()
    keys = zip(codes["interaction_id"], codes["turn"], codes["step"], strict=True)
    return dict(zip(keys, codes["decision"], strict=True))


def test_one_command_accepts_a_turn_whose_marks_are_right_and_goes_on(open_session) -> None:
    session = open_session()
    assert session.view()["turns"][0]["marks"]["yes"] == {"anger": [[9, 14]]}
    ack = press(session, "accept")
    assert ack["saved"]
    assert ack["position"] == 1
    assert decisions(session) == {("i0", 0, "anger"): "yes"}
    press(session, "accept")
    said = decisions(session)
    assert said["i0", 1, "apologize"] == "yes"
    assert said["i0", 1, "probe"] == said["i0", 1, "courtesy"] == "no"


def test_a_wrong_mark_is_put_right_before_it_is_accepted(open_session) -> None:
    session = open_session()
    press(session, "go", to=1)
    press(session, "decide", step="apologize", decision="no")
    press(session, "decide", step="courtesy", decision="yes", spans=[[0, 4]])
    assert decisions(session) == {}
    press(session, "accept")
    assert decisions(session) == {
        ("i0", 1, "apologize"): "no",
        ("i0", 1, "courtesy"): "yes",
        ("i0", 1, "probe"): "no",
    }


def test_a_span_is_added_moved_and_removed(open_session) -> None:
    session = open_session()
    press(session, "go", to=1)
    press(session, "add", step="apologize", start_char=0, end_char=4)
    press(session, "change", step="apologize", start_char=8, end_char=13, new_start_char=5, new_end_char=13)
    assert session.view()["turns"][1]["marks"]["yes"] == {"apologize": [[0, 4], [5, 13]]}
    press(session, "remove", step="apologize", start_char=0, end_char=4)
    press(session, "remove", step="apologize", start_char=5, end_char=13)
    marks = session.view()["turns"][1]["marks"]
    assert (marks["yes"], marks["no"]) == ({}, ["apologize"])


def test_undo_takes_back_every_step_to_the_start_of_the_session(open_session) -> None:
    session = open_session()
    start = session.view()
    for do, more in (
        ("accept", {}),
        ("decide", {"step": "probe", "decision": "yes"}),
        ("note", {"note": "hm"}),
        ("unsure", {"unsure": True}),
        ("accept", {}),
        ("skip", {}),
    ):
        press(session, do, **more)
    seen = []
    for _ in range(6):
        seen.append((press(session, "undo")["position"], session.ledger.progress["open"]))
    assert seen == [(2, 23), (1, 24), (1, 24), (1, 24), (1, 24), (0, 25)]
    end = session.view()
    assert {**end, "number": 0, "pace": start["pace"]} == start
    with pytest.raises(CodingError, match="nothing is left to undo"):
        press(session, "undo")


def test_a_session_goes_on_exactly_where_it_stopped(open_session) -> None:
    session = open_session()
    for _ in range(3):
        press(session, "accept")
    press(session, "back")
    press(session, "unsure", unsure=True, step="anger")
    again = open_session()
    assert again.view() == session.view()
    assert again.position == 2
    assert press(again, "undo")["can_undo"]


def test_sending_a_command_twice_changes_nothing_more(open_session) -> None:
    session = open_session()
    first = session.apply({"do": "accept", "cid": "same"})
    second = session.apply({"do": "accept", "cid": "same"})
    assert (first["replayed"], second["replayed"]) == (False, True)
    assert session.position == 1
    assert open_session().apply({"do": "accept", "cid": "same"})["replayed"]


def test_a_command_names_the_place_it_is_about(open_session) -> None:
    session = open_session()
    press(session, "accept", position=3)
    assert session.ledger.status(3) == "done"
    assert session.position == 4


def test_blind_turns_show_nothing_of_the_rules(open_session) -> None:
    session = open_session(mode="blind")
    view = session.view()
    assert view["blind"]
    assert all(turn["suggested"] == {} and turn["marks"]["yes"] == {} for turn in view["turns"])
    press(session, "accept")
    assert decisions(session)["i0", 0, "anger"] == "no"
    assert session.codes()["suggested"].tolist() == [True]


def test_a_share_of_turns_is_drawn_blind_and_none_of_them_shows_through(open_session) -> None:
    session = open_session(blind_share=0.2)
    blind = [p for p in range(len(session.queue)) if session.is_blind(p)]
    assert len(blind) == 5
    for position in range(len(session.queue)):
        for turn in session.view(position)["turns"]:
            if session.view(position)["blind"] or turn["position"] in blind:
                assert turn["suggested"] == {}
                assert turn["marks"]["yes"] == {}


def test_verify_takes_one_command_a_turn(open_session) -> None:
    session = open_session(mode="verify", step="apologize")
    n = len(session.queue)
    assert n == 15
    for i in range(n):
        assert session.view()["codes"] == [
            {"id": "apologize", "label": "Apologize", "stage": "feel", "kind": "step", "key": "a"}
        ]
        press(session, "decide", step="apologize", decision="yes" if i % 2 else "no")
    assert session.finished
    assert list(decisions(session).values()).count("yes") == 7


def test_a_turn_comes_back_as_if_new(open_session) -> None:
    session = open_session(repeat_share=0.2, repeat_after=5)
    again = [p for p in range(len(session.queue)) if session.queue.occasion[p]]
    assert len(again) == 5
    for _ in range(again[0]):
        press(session, "accept")
    here = next(turn for turn in session.view()["turns"] if turn["active"])
    assert session.position == again[0]
    assert here["status"] == "open"
    first = session.place_seen(*session.turn_at(again[0]), position=0)
    assert first is not None
    assert again[0] - first > 5
    press(session, "accept")
    assert len(session.codes()) == len(
        session.codes().drop_duplicates(["interaction_id", "turn", "step", "coder"])
    )


def test_interactions_come_whole(open_session) -> None:
    session = open_session(mode="interaction", repeat_share=0.4, blind_share=0.2)
    ids = session.queue.interaction_id
    runs = [ids[i] for i in range(len(ids)) if i == 0 or ids[i] != ids[i - 1] or session.queue.turn[i] == 0]
    assert len(runs) == 7
    assert all(len(set(session.queue.blind[i : i + 5])) == 1 for i in range(0, len(ids), 5))


def test_pace_is_the_median_gap_without_breaks(open_session) -> None:
    gaps = iter([0, 0, 10, 10, 20, 4000, 10, 10])
    now = [datetime(2026, 1, 1, tzinfo=UTC)]

    def clock() -> datetime:
        now[0] += timedelta(seconds=next(gaps))
        return now[0]

    session = open_session(clock=clock)
    assert session.view()["pace"]["time_left_s"] is None
    for _ in range(6):
        ack = press(session, "accept")
    assert ack["pace"] == {"seconds_per_turn": 10.0, "turns_per_hour": 360.0, "time_left_s": 190.0}


def test_a_changed_text_keeps_its_decision_and_flags_it(open_session) -> None:
    session = open_session()
    for _ in range(5):
        press(session, "accept")
    lines = (
        "C: it broke again",
        "A: I am so very sorry",
        "C: ok",
        "A: when did it stop?",
        "A: sorry, and thank you",
    )
    changed = corpus_of(*(interaction(*lines, interaction_id=f"i{i}") for i in range(5)))
    again = open_session(changed)
    assert [turn["text_changed"] for turn in again.view(0)["turns"]] == [False, True, False, False, False]
    codes = again.codes()
    assert set(codes.loc[codes["text_changed"], "turn"]) == {1}
    assert len(codes) == 11


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ({"do": "dance", "cid": "x"}, "command 'dance', do: 'dance'; expected accept, decide"),
        ({"do": "accept"}, "command 'accept', cid: nothing; expected a text"),
        ({"do": "decide", "cid": "x", "step": "probe"}, "decision: nothing; expected a text"),
        ({"do": "decide", "cid": "x", "step": "probe", "decision": "maybe"}, "'maybe'; expected yes or no"),
        ({"do": "decide", "cid": "x", "step": "probe", "decision": "yes"}, "'probe'; expected one of anger"),
        ({"do": "add", "cid": "x", "step": "anger", "start_char": 3, "end_char": 99}, "span 3 to 99: a turn of 14 char"),
        ({"do": "add", "cid": "x", "step": "anger", "start_char": True, "end_char": 9}, "start_char: True; expected a wh"),
        ({"do": "remove", "cid": "x", "step": "anger", "start_char": 0, "end_char": 2}, "no span 0 to 2; expected one of: 9 to 14"),
        ({"do": "go", "cid": "x", "to": 99}, "position: 99; expected a place from 0 to 25"),
        ({"do": "unsure", "cid": "x", "unsure": 1}, "unsure: 1; expected true or false"),
    ],
)  # fmt: skip
def test_a_command_that_makes_no_sense_changes_nothing(open_session, command, words) -> None:
    session = open_session()
    with pytest.raises(CodingError) as caught:
        session.apply(command)
    assert words in str(caught.value)
    assert session.ledger.number == 0


def test_another_design_under_the_same_name_is_told(open_session) -> None:
    open_session()
    with pytest.raises(CodingError, match="mode: 'blind'; expected 'correct', as it was opened with"):
        open_session(mode="blind")
    with pytest.raises(CodingError, match="other turns than it was opened with"):
        open_session(draw=small_corpus().turns[["interaction_id", "turn"]].head(3).assign(probability=0.5))


def test_a_corpus_without_the_turns_of_the_session_is_told(open_session) -> None:
    open_session()
    with pytest.raises(CodingError, match="the corpus has no turn 0 of interaction 'i3'"):
        open_session(small_corpus(3))


def test_an_unknown_step_or_mode_is_told(open_session) -> None:
    with pytest.raises(CodingError, match="'juggle'; expected one of the guide words"):
        open_session(mode="verify", step="juggle")
    with pytest.raises(CodingError, match="mode: 'nap'; expected correct, blind, verify, interaction"):
        open_session(mode="nap")


def test_the_last_turn_ends_the_session_and_undo_reopens_it(open_session) -> None:
    session = open_session(small_corpus(1))
    for _ in range(5):
        ack = press(session, "accept")
    assert ack["finished"]
    assert ack["view"]["turns"] == []
    with pytest.raises(CodingError, match="no turn is left to decide"):
        press(session, "accept")
    assert press(session, "undo")["position"] == 4


def test_a_skipped_turn_is_passed_over_until_someone_goes_back(open_session) -> None:
    session = open_session(small_corpus(1))
    press(session, "skip")
    for _ in range(4):
        ack = press(session, "accept")
    assert ack["finished"]
    assert ack["progress"] == {"total": 5, "open": 0, "done": 4, "skipped": 1}
    press(session, "go", to=0)
    assert press(session, "accept")["progress"]["done"] == 5


def test_offsets_count_code_points(open_session) -> None:
    corpus = corpus_of(interaction("A: 😀😀 sorry"))
    session = open_session(corpus)
    assert session.view()["turns"][0]["marks"]["yes"] == {"apologize": [[3, 8]]}
    press(session, "change", step="apologize", start_char=3, end_char=8, new_start_char=0, new_end_char=8)
    press(session, "accept")
    assert decisions(session)["i1", 0, "apologize"] == "yes"


def test_words_are_found_in_every_conversation_of_the_queue_and_in_no_other(open_session) -> None:
    corpus = corpus_of(*(interaction(f"C: {words}", "A: hello", interaction_id=f"i{i}") for i, words in enumerate(
        ["It broke (again)", "fine", "BROKE (again)", "broke again", "it broke (again)"])))  # fmt: skip
    draw = corpus.turns[["interaction_id", "turn"]].iloc[[9, 8, 5, 1, 3, 7]].assign(probability=1.0)
    session = open_session(corpus, draw=draw)
    assert session.find("broke (AGAIN)") == [("i4", 0), ("i2", 2), ("i0", 3)]
    assert session.find("nowhere") == []
