"""A step that another step's patterns imply."""

from stepmark.annotate import Guide
from stepmark.annotate.guide import parse_guide
from stepmark.annotate.marker import Marker, RawTurn


def a_guide() -> Guide:
    return parse_guide(
        {
            "name": "tiny",
            "steps": [
                {
                    "id": "abuse",
                    "speaker": "customer",
                    "patterns": [{"id": "abuse-fool", "pattern": [{"LOWER": "fool"}]}],
                    "unless": [{"id": "abuse-i", "pattern": [{"LOWER": "i"}], "scope": "turn"}],
                },
                {
                    "id": "anger",
                    "speaker": "customer",
                    "patterns": [],
                    "context": [{"rule": "implied_by", "steps": ["abuse"]}],
                },
            ],
        },
        "tiny",
    )


def test_an_insult_is_anger_too_and_names_what_implied_it():
    marks = Marker(a_guide()).mark_all([RawTurn("customer", "You fool. Hello?")])[0]
    assert [(mark.step, mark.source) for mark in marks] == [
        ("abuse", "rule:abuse-fool"),
        ("anger", "rule:anger-implied-by-abuse"),
    ]


def test_a_vetoed_mark_implies_nothing():
    assert Marker(a_guide()).mark_all([RawTurn("customer", "I was a fool")])[0] == []


def test_what_is_implied_can_ask_for_rules():
    raw = a_guide().model_dump(mode="json", exclude={"words"})
    raw["steps"][1]["context"] = [
        {"rule": "implied_by", "steps": ["abuse"], "when": [{"rule": "turn_words", "least": 3}]}
    ]
    marker = Marker(parse_guide(raw, "tiny"))
    assert [mark.step for mark in marker.mark_all([RawTurn("customer", "You fool")])[0]] == ["abuse"]
    assert [mark.step for mark in marker.mark_all([RawTurn("customer", "You are a fool")])[0]] == [
        "abuse",
        "anger",
    ]
