"""What each context rule lets through: read the tables as talk."""

from __future__ import annotations

from typing import Any

import pytest
from tests.annotate.talk import guide, interaction, steps_of

from stepmark.annotate import Marker, context_rules


def marked(phrase: str, when: list[Any], *lines: str, **times: Any) -> bool:
    """Whether a phrase with rules is marked in the last of some lines."""
    the_guide = guide(
        found={"patterns": [{"pattern": phrase, "when": when}]},
        state_limits={"patterns": [{"pattern": "impossible"}]},
        offer_solution={"patterns": [{"pattern": "refund you"}]},
        anger={"speaker": "customer", "patterns": [{"pattern": "furious"}]},
    )
    return "found" in steps_of(the_guide, interaction(*lines, **times))[-1]


@pytest.mark.parametrize(
    ("phrase", "when", "lines", "expected"),
    [
        ("the order", ["question"], ["A: where is the order"], True),
        ("the order", ["question"], ["A: is that the order?"], True),
        ("the order", ["question"], ["A: I have the order."], False),
        ("the order", ["question"], ["A: don't you have the order"], True),
        ("the order", ["question"], ["A: can't fault the order at all"], False),
        ("the order", ["question"], ["A: had the order within a day"], False),
        ("the order", ["not question"], ["A: I have the order. Is it late?"], True),
        ("the letter", ["question"], ["A: right well thank you sir did you get the letter"], True),
        ("the letter", ["question"], ["A: as far as we know they did send the letter"], False),
        ("call us", ["conditional"], ["A: if it fails, call us"], True),
        ("call us", ["conditional"], ["A: It fails. Please call us"], False),
        ("your cable", ["instruction"], ["A: please unplug your cable"], True),
        ("your cable", ["instruction"], ["A: I saw your cable"], False),
        ("apologised", ["negated"], ["C: nobody apologised"], True),
        ("apologised", ["negated"], ["C: they apologised"], False),
        ("apologise", ["reported"], ["C: he said they would apologise"], True),
        ("apologise", ["reported"], ["A: I apologise"], False),
        ("so sorry", ["in_quotes"], ['C: he wrote "so sorry" and left'], True),
        ("so sorry", ["in_quotes"], ["A: so sorry and bye"], False),
        ("hello", ["opening"], ["A: hello"], True),
        ("hello", ["opening"], ["C: hi", "A: hi", "C: well", "A: hello"], False),
        ("hello", ["first_agent_turn"], ["C: hi", "A: hello"], True),
        ("hello", ["first_agent_turn"], ["A: hi", "C: hi", "A: hello"], False),
        ("hello", [{"rule": "previous_speaker", "who": "customer"}], ["C: hi", "A: hello"], True),
        ("hello", [{"rule": "previous_speaker", "who": "customer"}], ["A: hi", "A: hello"], False),
        ("hello", [{"rule": "speaker", "who": "agent"}], ["C: hello"], False),
        ("ok", ["bare"], ["A: ok thanks"], True),
        ("ok", ["bare"], ["A: ok so the parcel is on its way"], False),
        ("ok", ["after_question"], ["C: is it late?", "A: ok"], True),
        ("ok", ["after_question"], ["C: it is late.", "A: ok"], False),
        ("credit", ["after_limit"], ["A: a refund is impossible", "C: why", "A: a credit then"], True),
        ("credit", ["after_limit"], ["A: impossible, but a credit works"], True),
        ("credit", ["after_limit"], ["A: a credit then"], False),
        ("hear you", ["anger_before"], ["C: I am furious", "A: I hear you"], True),
        ("hear you", ["anger_before"], ["C: I am fine", "A: I hear you"], False),
        ("hear you", ["anger_before"], ["A: furious", "A: I hear you"], False),
        ("told you", ["shouted"], ["A: I TOLD YOU already"], True),
        ("told you", ["shouted"], ["A: I told you already"], False),
        ("told you", ["shouted"], ["A: ALL MY MAILS LOOK LIKE THIS EVERY DAY", "A: I TOLD YOU ALREADY"], False),
        ("so you", ["restates_customer"], ["C: the parcel came with a broken lid", "A: so you got a parcel with broken lids"], True),
        ("so you", ["restates_customer"], ["C: the parcel came with a broken lid", "A: so you live in Leeds"], False),
        ("so you", ["restates_customer"], ["A: our silver plan has a discount", "C: ok", "A: so you take the silver plan discount"], False),
        ("x", [{"rule": "any", "of": ["opening", "after_limit"]}], ["A: x"], True),
        ("x", [{"rule": "any", "of": ["after_limit", "anger_before"]}], ["A: x"], False),
        ("x", [{"rule": "sentence_has", "words": ["big deal"]}], ["A: no. x is a big deal"], True),
        ("x", [{"rule": "sentence_has", "words": ["big deal"]}], ["A: big deal. x is not"], False),
        ("x", [{"rule": "turn_words", "most": 2}], ["A: x y z"], False),
        ("b 7", ["said_before"], ["C: it is b 7 here", "A: b 7 then"], True),
        ("b 7", ["said_before"], ["C: 7 b", "A: b 7 then"], False),
    ],
)  # fmt: skip
def test_a_rule_keeps_and_drops(phrase: str, when: list[Any], lines: list[str], expected: bool) -> None:
    assert marked(phrase, when, *lines) is expected


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        (["A: and here now"], "none"),
        (["C: I want my money back", "A: and here now"], "open"),
        (["C: I want my money back", "A: impossible", "C: why", "A: and here now"], "refused"),
        (["C: my money", "A: I can refund you", "A: and here now"], "offered"),
        (["C: my money", "A: I can refund you", "C: no, something else", "A: and here now"], "refused"),
        (["C: my money", "A: I can refund you", "C: yes please", "A: and here now"], "met"),
    ],
)
def test_the_wish_of_the_customer_has_a_state(lines: list[str], state: str) -> None:
    states = ["none", "open", "refused", "offered", "met"]
    held = [s for s in states if marked("and here", [{"rule": "customer_wish", "states": [s]}], *lines)]
    assert held == [state]


def test_a_gap_needs_times() -> None:
    when = ["after_gap"]
    assert marked("hello", when, "C: hi", "A: hello", times=(0.0, 20_000.0))
    assert not marked("hello", when, "C: hi", "A: hello", times=(0.0, 60.0))
    assert not marked("hello", when, "C: hi", "A: hello")
    assert marked("hello", ["untimed"], "C: hi", "A: hello")
    assert not marked("hello", ["untimed"], "C: hi", "A: hello", times=(0.0, 60.0))


def test_coming_back_after_a_break_is_marked_from_times_alone() -> None:
    the_guide = guide(follow_up={"speaker": "agent", "context": ["came_back"]})
    day = 86_400.0
    assert steps_of(the_guide, interaction("A: bye", "A: any news? Tell me", times=(0, day))) == [
        [],
        ["follow_up"],
    ]
    assert steps_of(the_guide, interaction("C: bye", "A: any news?", times=(0, day))) == [[], []]
    assert steps_of(the_guide, interaction("A: bye", "A: any news?")) == [[], []]


@pytest.mark.parametrize(
    ("times", "ends", "back"),
    [((0, 60), (), True), ((0, 59), (), False), ((0, 90), (30, 95), True), ((0, 89), (30, 95), False)],
)
def test_a_break_is_counted_from_the_end_of_the_turn_before_where_it_is_known(times, ends, back) -> None:
    the_guide = guide(
        follow_up={"speaker": "agent", "context": [{"rule": "came_back", "least_s": 60, "times_usual": 0}]}
    )
    talk = interaction("A: bye", "A: any news?", times=times, ends=ends)
    assert steps_of(the_guide, talk)[1] == ["follow_up"] * back


def test_a_break_is_long_by_the_pauses_before_it() -> None:
    returned = {"rule": "came_back", "least_s": 3600, "times_usual": 30}
    the_guide = guide(follow_up={"speaker": "agent", "context": [returned]})
    lines = ("C: no heat", "A: which boiler", "C: the old one", "A: reset it", "C: ok", "A: is it warm?")
    call, letters = (0, 10, 20, 30, 40, 9_000), (0, 9_000, 18_000, 27_000, 36_000, 45_000)
    assert steps_of(the_guide, interaction(*lines, times=call))[-1] == ["follow_up"]
    assert steps_of(the_guide, interaction(*lines, times=letters))[-1] == []
    assert steps_of(the_guide, interaction(*lines[:1], *lines[-1:], times=(0, 9_000)))[-1] == []


def test_what_is_asked_on_coming_back_is_a_mark_of_its_own() -> None:
    the_guide = guide(check_resolved={"speaker": "agent", "context": [{"rule": "came_back", "asking": True}]})
    times = (0, 86_400)
    asked = Marker(the_guide).mark(
        interaction("A: bye", "A: Good morning. Is it warm now? Bye.", times=times)
    )
    assert [(mark.step, mark.start_char, mark.end_char) for mark in asked[1]] == [("check_resolved", 14, 29)]
    assert steps_of(the_guide, interaction("A: bye", "A: It is done.", times=times)) == [[], []]


def test_an_interruption_is_an_overlap_or_a_turn_within_a_burst() -> None:
    the_guide = guide(interrupt={"speaker": "agent", "context": ["interrupted"]})
    talk = interaction("C: my line", "A: well", times=(0, 3), ends=(5, 6))
    assert steps_of(the_guide, talk) == [[], ["interrupt"]]
    burst = interaction("C: my", "A: well", "C: line", times=(0, 2, 4))
    assert steps_of(the_guide, burst) == [[], ["interrupt"], []]
    apart = interaction("C: my line", "A: well", "C: thanks", times=(0, 30, 60))
    assert steps_of(the_guide, apart) == [[], [], []]


def test_shouting_is_capitals_with_force_not_names() -> None:
    the_guide = guide(raise_voice={"speaker": "agent", "context": ["shouting"]})
    assert steps_of(the_guide, interaction("A: I TOLD YOU ALREADY")) == [["raise_voice"]]
    assert steps_of(the_guide, interaction("A: we will check!!")) == [["raise_voice"]]
    assert steps_of(the_guide, interaction("A: your PNR is XKCD QRST, flight BA 12")) == [[]]


def test_every_rule_says_what_it_does() -> None:
    assert all(text.endswith((".", "…", '…"', '"')) or len(text) > 20 for text in context_rules().values())
    assert {"question", "restates_customer", "came_back"} <= context_rules().keys()
