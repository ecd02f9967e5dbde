"""What must hold whatever a coder presses: the history rebuilds the session, undo goes back, replays are harmless."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.review.talk import Words, marks_of, small_corpus

from stepmark.errors import CodingError
from stepmark.review import Session, Store

CORPUS = small_corpus(2)
MARKS = marks_of(CORPUS)
STEPS = st.sampled_from(["apologize", "probe", "courtesy", "anger"])
PLACES = st.integers(0, 12)
CHARS = st.integers(0, 22)

commands = st.one_of(
    st.fixed_dictionaries(
        {"do": st.sampled_from(["accept", "accept", "accept", "skip", "undo", "back", "forward"])}
    ),
    st.fixed_dictionaries({"do": st.just("go"), "to": PLACES}),
    st.fixed_dictionaries(
        {"do": st.just("decide"), "step": STEPS, "decision": st.sampled_from(["yes", "no"])}
    ),
    st.fixed_dictionaries({"do": st.just("add"), "step": STEPS, "start_char": CHARS, "end_char": CHARS}),
    st.fixed_dictionaries({"do": st.just("remove"), "step": STEPS, "start_char": CHARS, "end_char": CHARS}),
    st.fixed_dictionaries({"do": st.just("unsure"), "unsure": st.booleans(), "step": STEPS}),
    st.fixed_dictionaries({"do": st.just("note"), "note": st.text(max_size=5), "position": PLACES}),
)
sometimes = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@contextmanager
def open_session(folder: str) -> Iterator[Session]:
    shares = {"blind_share": 0.3, "repeat_share": 0.2, "repeat_after": 3}
    with Store(Path(folder) / "coding.sqlite") as store:
        yield Session(CORPUS, Words(), store, coder="ana", spans=MARKS, **shares)


def press_all(session: Session, pressed: list[dict], prefix: str = "c") -> list[dict]:
    """The commands that made sense, sent."""
    sent = []
    for i, command in enumerate(pressed):
        try:
            session.apply({**command, "cid": f"{prefix}{i}"})
            sent.append({**command, "cid": f"{prefix}{i}"})
        except CodingError:
            continue
    return sent


def everything(session: Session) -> tuple:
    views = [session.view(position) for position in range(len(session.queue) + 1)]
    return views, session.position, session.codes().to_dict("list")


@sometimes
@given(st.lists(commands, max_size=25))
def test_replaying_the_history_rebuilds_the_session(pressed: list[dict]) -> None:
    with tempfile.TemporaryDirectory() as folder, open_session(folder) as session:
        press_all(session, pressed)
        with open_session(folder) as again:
            assert everything(again) == everything(session)


@sometimes
@given(st.lists(commands, min_size=1, max_size=12), st.lists(commands, max_size=10))
def test_undo_goes_back_from_any_state(before: list[dict], then: list[dict]) -> None:
    before = [command for command in before if command["do"] != "undo"]
    then = [command for command in then if command["do"] not in ("undo", "back", "forward", "go")]
    with tempfile.TemporaryDirectory() as folder, open_session(folder) as session:
        press_all(session, [{"do": "accept"}, *before])
        earlier = [session.marks(position) for position in range(len(session.queue))]
        codes = session.codes()
        sent = press_all(session, then, prefix="t")
        for i in range(len(sent)):
            session.apply({"do": "undo", "cid": f"u{i}"})
        assert [session.marks(position) for position in range(len(session.queue))] == earlier
        assert session.codes().equals(codes)


@sometimes
@given(st.lists(commands, max_size=15), st.randoms(use_true_random=False))
def test_sending_everything_again_in_any_order_changes_nothing(pressed: list[dict], rng) -> None:
    with tempfile.TemporaryDirectory() as folder, open_session(folder) as session:
        sent = press_all(session, pressed)
        state = everything(session)
        again = sent * 2
        rng.shuffle(again)
        assert all(session.apply(command)["replayed"] for command in again)
        assert everything(session) == state


@sometimes
@given(st.lists(commands, max_size=25))
def test_codes_are_what_the_done_turns_say(pressed: list[dict]) -> None:
    with tempfile.TemporaryDirectory() as folder, open_session(folder) as session:
        press_all(session, pressed)
        expected = {}
        for position in range(len(session.queue)):
            marks = session.marks(position)
            if marks.status == "done" and session.queue.occasion[position] == 0:
                said = dict.fromkeys(marks.no, "no") | dict.fromkeys(marks.yes, "yes")
                expected |= {(*session.turn_at(position), step): decision for step, decision in said.items()}
        codes = session.codes()
        keys = zip(codes["interaction_id"], codes["turn"], codes["step"], strict=True)
        assert dict(zip(keys, codes["decision"], strict=True)) == expected
