"""The helpers of the module alone, in a real browser."""

from __future__ import annotations

import random

import pytest
from tests.review.browser.scenes import kettles

from stepmark.errors import CodingError
from stepmark.review import Session
from stepmark.review.marks import Marks
from stepmark.review.transition import transition

pytestmark = pytest.mark.browser
TEXT = "I am so sorry 🙂 that it broke, really"
STEPS = ["apologize", "empathize", "probe"]


@pytest.fixture
def module(bench, tmp_path, guide):
    shown = bench(Session(kettles(1), guide, store=tmp_path / "coding.sqlite", coder="kim"))

    def call(name, *args):
        return shown.page.evaluate("([name, args]) => coding[name](...args)", [name, list(args)])

    return call


def test_stops_are_words_and_runs_of_signs_in_code_points(module):
    for words in (["I'm", "so", "sorry", "!!"], ["🙂🙂", "it", "broke"], ["a", "b"], [], ["نعتذر", "بشدة"]):
        text = "  ".join(words).replace("sorry  !!", "sorry!!")
        assert [text[start:end] for start, end in module("stops", text)] == words


def test_languages_without_spaces_have_stops_too(module):
    text = "お待たせしました。"
    found = [text[start:end] for start, end in module("stops", text)]
    assert len(found) > 2  # where exactly is the browser's dictionary's business
    assert "".join(found) == text


def test_lanes_never_put_two_overlapping_spans_on_one_line(module):
    spans = sorted([random.Random(i).sample(range(30), 2) for i in range(12)])
    spans = [sorted(span) for span in spans]
    spans.sort()
    found = module("lanes", spans[:4])
    for i, a in enumerate(spans[:4]):
        for j, b in enumerate(spans[:i]):
            if a[0] < b[1] and b[0] < a[1]:
                assert found[i] != found[j]


def test_times_are_said_as_in_the_read_only_display(module):
    from stepmark.figures.bubbles import clock, pause_in_words

    for seconds in (0, 59, 60, 61, 3599, 3600, 7199, 7200, 172_799, 172_800, 400_000):
        assert module("clock", seconds) == clock(seconds)
        assert module("inWords", seconds) == pause_in_words(seconds)


def commands(seed: int):
    """Random commands, some of which make no sense."""
    rng = random.Random(seed)
    for _ in range(rng.randint(1, 8)):
        do = rng.choice(["accept", "skip", "note", "unsure", "decide", "add", "remove", "change"])
        step, spans = rng.choice(STEPS), [[0, 4], [5, 7], [5, 13], [20, 30]]
        command = {"do": do, "step": step}
        if do == "note":
            command = {"do": do, "note": rng.choice(["", "hm"])}
        if do == "unsure":
            command = {
                "do": do,
                "unsure": rng.random() < 0.7,
                **({"step": step} if rng.random() < 0.5 else {}),
            }
        if do == "decide":
            command["decision"] = rng.choice(["yes", "no"])
        if do in ("add", "remove", "change"):
            command["start_char"], command["end_char"] = rng.choice(spans)
        if do == "change":
            command["new_start_char"], command["new_end_char"] = rng.choice(spans)
        yield command


@pytest.mark.parametrize("verify", [False, True])
def test_what_a_key_shows_at_once_is_what_the_session_then_says(module, verify):
    suggested = {"apologize": ((5, 13),), "probe": ()}
    n_compared = 0
    for seed in range(150):
        marks = Marks(yes=suggested) if seed % 2 else Marks()
        for command in commands(seed):
            shown = marks.to_dict()
            status = shown.pop("status")
            try:
                marks = transition(marks, command, TEXT, STEPS, suggested, verify)
            except CodingError:
                break
            turn = {
                "status": status,
                "marks": shown,
                "suggested": {k: [list(s) for s in v] for k, v in suggested.items()},
            }
            found = module("after", turn, command, STEPS, verify)
            assert {"status": found["status"], **found["marks"]} == marks.to_dict(), command
            n_compared += 1
    assert n_compared > 200
