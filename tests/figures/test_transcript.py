"""The read-only transcript: text stays text, marks stand where the spans are, and the text form is stable."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from stepmark.corpus import Corpus
from stepmark.errors import InputError
from stepmark.figures.bubbles import Mark, lanes, pause_in_words, segments
from stepmark.figures.transcript import show


@dataclass(frozen=True)
class FakeStep:
    id: str
    label: str
    kind: str
    stage: str


@dataclass(frozen=True)
class FakeGuide:
    steps: tuple[FakeStep, ...]


GUIDE = FakeGuide(
    (
        FakeStep("apologize", "Apologize", "step", "feel"),
        FakeStep("explain", "Explain", "step", "resolve"),
        FakeStep("anger", "Anger", "signal", "signal"),
    )
)


def corpus(*lines: str, starts: list[float] | None = None) -> Corpus:
    speakers = {"C": "customer", "A": "agent"}
    turns = pd.DataFrame(
        {
            "interaction_id": "i1",
            "turn": range(len(lines)),
            "speaker": [speakers[line[0]] for line in lines],
            "text": [line[3:] for line in lines],
        }
    )
    if starts is not None:
        turns["start"] = starts
    interactions = pd.DataFrame({"interaction_id": ["i1"], "agent_id": ["a7"], "channel": ["chat"]})
    return Corpus(turns, interactions, name="tiny")


def spans(*rows: tuple[int, str, int, int, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["turn", "step", "start_char", "end_char", "text"])
    return frame.assign(interaction_id="i1", source="rule:x", guide="difficult-customers 1.0")


class Tags(HTMLParser):
    """Which tags and which words a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def marked(self) -> list[str | None]:
        return [attrs["data-stage"] for tag, attrs in self.tags if tag == "mark"]


def test_transcript_text_is_never_html():
    nasty = "<script>alert(1)</script> & <img src=x onerror=alert(1)> {{ 7*7 }}"
    page = Tags(show(corpus(f"C: {nasty}"), "i1")._repr_html_())
    assert nasty in page.words
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "img"})


def test_a_step_label_is_never_html():
    guide = FakeGuide((FakeStep("apologize", "<b>x</b>", "step", 'feel" onclick="x'),))
    page = Tags(
        show(corpus("A: sorry"), "i1", spans((0, "apologize", 0, 5, "sorry")), guide=guide)._repr_html_()
    )
    assert "b" not in {tag for tag, _ in page.tags}
    assert not any("onclick" in attrs for _, attrs in page.tags)


def test_a_mark_covers_exactly_the_words_of_its_span_after_an_emoji():
    text = "🙂 so sorry, it broke"
    shown = show(corpus(f"A: {text}"), "i1", spans((0, "apologize", 5, 10, "sorry")), guide=GUIDE)
    assert 'title="Apologize">sorry</mark>' in shown._repr_html_()
    assert shown.bubbles[0].marks == (Mark("Apologize", "feel", 5, 10, "sorry"),)


def test_overlapping_spans_are_both_marked_and_underlined_below_each_other():
    html = show(
        corpus("A: sorry it broke today"),
        "i1",
        spans((0, "apologize", 0, 14, "sorry it broke"), (0, "explain", 6, 20, "it broke today")),
        guide=GUIDE,
    )._repr_html_()
    assert Tags(html).marked() == ["feel", "resolve", "feel", "resolve"]
    assert "sm-lane-1" in html
    assert lanes(
        [Mark("a", "feel", 0, 14, ""), Mark("b", "feel", 6, 20, ""), Mark("c", "feel", 14, 16, "")]
    ) == [0, 1, 0]


def test_the_style_sheet_is_the_shared_part_only_and_knows_every_class_that_is_drawn():
    html = show(
        corpus("C: a", "A: sorry", starts=[0, 90]), "i1", spans((1, "apologize", 0, 5, "sorry")), guide=GUIDE
    )._repr_html_()
    style, _, page = html.partition("</style>")
    classes = {name for _, attrs in Tags(page).tags for name in (attrs.get("class") or "").split()}
    plain = {"sm-transcript", "sm-customer", "sm-lane-0"}  # they look as what they are in looks by default
    assert {name for name in classes - plain if f".{name}" not in style} == set()
    assert "sm-tools" not in style
    assert "@media print" in style


def test_segments_give_back_the_whole_text():
    marks = [Mark("a", "feel", 2, 6, ""), Mark("b", "feel", 4, 99, "")]
    pieces = list(segments("abcdefgh", marks))
    assert pieces == [("ab", []), ("cd", [0]), ("ef", [0, 1]), ("gh", [1])]


def test_a_step_the_guide_does_not_know_keeps_its_id():
    shown = show(corpus("A: hello"), "i1", spans((0, "greet", 0, 5, "hello")), guide=GUIDE)
    assert shown.bubbles[0].marks[0] == Mark("greet", "other", 0, 5, "hello")


def test_the_same_words_found_by_two_patterns_are_one_mark():
    twice = spans((0, "apologize", 0, 5, "sorry"), (0, "apologize", 0, 5, "sorry"))
    assert len(show(corpus("A: sorry"), "i1", twice, guide=GUIDE).bubbles[0].marks) == 1


def test_times_count_from_the_first_turn_and_long_pauses_are_said():
    shown = show(corpus("C: broken", "A: sorry", starts=[100.0, 342.0]), "i1")
    assert [bubble.at_s for bubble in shown.bubbles] == [0.0, 242.0]
    assert "4 min later" in shown._repr_html_()
    assert "4:02" in repr(shown)


def test_times_may_be_timestamps_and_missing_ones_stay_missing():
    times = pd.to_datetime(["2026-03-01T10:00:00Z", None, "2026-03-01T10:00:07Z"])
    shown = show(corpus("C: one", "C: two", "A: three", starts=list(times)), "i1")
    assert [bubble.at_s for bubble in shown.bubbles] == [0.0, None, 7.0]
    assert [bubble.pause_s for bubble in shown.bubbles] == [None, None, None]


def test_without_times_none_are_shown():
    html = show(corpus("C: broken", "A: sorry"), "i1")._repr_html_()
    assert "sm-time" not in html.rpartition("</style>")[2]


def test_the_text_form_is_stable_and_names_the_steps():
    shown = show(
        corpus("C: broken", "A: so sorry"), "i1", spans((1, "apologize", 3, 8, "sorry")), guide=GUIDE
    )
    assert repr(shown).splitlines() == [
        "i1 · chat · agent a7 · 2 turns",
        "   0           customer  broken",
        "   1           agent     so sorry",
        "                         Apologize: “sorry”",
    ]


def test_an_agent_whose_id_says_agent_is_not_called_so_twice():
    shown = corpus("C: broken", "A: so sorry")
    renamed = replace(shown, interactions=shown.interactions.assign(agent_id="agent-7"))
    assert show(renamed, "i1").facts == ("chat", "agent-7", "2 turns")


def test_an_interaction_that_is_not_there_is_named():
    with pytest.raises(InputError, match="interaction 'nope'; expected one of the 1 of 'tiny'"):
        show(corpus("C: hi"), "nope")


@pytest.mark.parametrize(
    ("seconds", "words"), [(45, "45 s"), (61, "1 min"), (7100, "118 min"), (7200, "2 h"), (259_200, "3 days")]
)
def test_pauses_are_said_as_people_say_them(seconds: float, words: str):
    assert pause_in_words(seconds) == words
