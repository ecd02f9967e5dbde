"""Signs that show a step together, none of which shows it alone."""

import pytest
from tests.annotate.talk import guide, interaction, steps_of

SIGNS = {"anger-your": 0.5, "anger-day": 0.5, "anger-calm": -0.6}


def a_guide(**options: object):
    """Anger where "your" and "day" add up; "furious" alone is anger, "thanks" and "sorry" speak against it."""
    when = [{"rule": "adds_up", "signs": SIGNS, "least": 1.0, **options}]
    return guide(
        gratitude={"patterns": [{"pattern": "bless"}]},
        anger={
            "patterns": [
                {"id": "anger-loud", "pattern": "furious"},
                {"id": "anger-your", "pattern": "your", "when": when},
                {"id": "anger-day", "pattern": "day", "when": when},
                {"id": "anger-day-2", "pattern": "days", "when": when},
                {"id": "anger-calm-thanks", "pattern": "thanks", "when": when},
            ],
        },
    )


@pytest.mark.parametrize(
    ("said", "marked"),
    [
        ("C: your day", True),
        ("C: your shop", False),
        ("C: day after days", False),  # one sign, though two patterns
        ("C: thanks your day", False),
        ("C: furious", True),
    ],
)
def test_signs_count_only_where_they_weigh_enough_together(said, marked):
    assert bool(steps_of(a_guide(), interaction(said))[0]) is marked


def test_a_sign_that_speaks_against_is_never_marked_itself():
    marks = steps_of(a_guide(least=-1.0), interaction("C: thanks"))
    assert marks == [[]]


def test_one_sign_is_enough_for_a_customer_who_was_angry_just_before():
    talk = interaction("C: furious", "A: hello", "C: your shop", "A: go on", "C: fine", "C: my shop")
    assert steps_of(a_guide(heat=0.6), talk)[2] == ["anger"]
    assert steps_of(a_guide(), talk)[2] == []


def test_what_was_shown_before_is_forgotten_turn_by_turn_and_cooled():
    long_ago = interaction("C: furious", "C: one", "C: two", "C: your shop")
    assert steps_of(a_guide(heat=0.6, memory=0.5), long_ago)[3] == []
    assert steps_of(a_guide(heat=0.6, memory=1.0), long_ago)[3] == ["anger"]
    thanked = interaction("C: furious", "C: bless", "C: your shop")
    assert steps_of(a_guide(heat=0.6, memory=1.0, cooled_by=["gratitude"]), thanked)[2] == []


def test_only_the_speakers_own_turns_count():
    assert steps_of(a_guide(heat=0.6), interaction("A: furious", "C: your shop"))[1] == []


def test_mild_words_before_and_a_brief_turn_weigh_too():
    mild = interaction("C: sorry to ask", "C: your day")
    assert steps_of(a_guide(mild=-0.3, mild_words=["sorry"]), mild)[1] == []
    assert steps_of(a_guide(mild=-0.3, mild_words=["dear"]), mild)[1] == ["anger", "anger"]
    assert steps_of(a_guide(brief=-0.3, brief_words=2), interaction("C: your day"))[0] == []
    assert steps_of(a_guide(brief=-0.3, brief_words=1), interaction("C: your day"))[0] == ["anger", "anger"]


def test_a_customer_who_was_calm_so_far_must_show_more():
    calm = {"calm": -0.3, "roused_by": ["anger"]}
    assert steps_of(a_guide(**calm), interaction("C: hello", "C: your day"))[1] == []
    assert steps_of(a_guide(**calm), interaction("C: your day"))[0] == ["anger", "anger"]
    assert steps_of(a_guide(**calm), interaction("C: furious", "C: your day"))[1] == ["anger", "anger"]
    assert steps_of(a_guide(**calm), interaction("A: furious", "C: hello", "C: your day"))[2] == []
