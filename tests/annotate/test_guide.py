"""Reading and writing guides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stepmark.annotate import Guide, check_guide, shipped_guides
from stepmark.errors import GuideError

TINY = """
name: tiny
steps:
  - id: apologize
    speaker: agent
    patterns:
      - {id: apologize-sorry, pattern: [{LOWER: sorry}, {LOWER: {IN: [for, about]}}]}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "tiny.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_slip_in_an_attribute_is_named_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(
        GuideError, match=r"pattern 'apologize-sorry': 'LOWR' is no token attribute; did you mean 'LOWER'\?"
    ):
        Guide.load(write(tmp_path, TINY.replace("{LOWER: sorry}", "{LOWR: sorry}")))


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    text = TINY.replace("{LOWER: sorry}", "{LOWR: sorry}").replace(
        "speaker: agent", "speakr: agent\n    yields_to: [apolgize]"
    )
    with pytest.raises(GuideError) as caught:
        Guide.load(write(tmp_path, text))
    assert "did you mean 'LOWER'?" in str(caught.value)
    assert "'apologize', speakr: is no field of a guide here" in str(caught.value)
    assert "yields_to names 'apolgize', which is no step; did you mean 'apologize'?" in str(caught.value)


def test_what_is_wrong_with_the_tokens_of_a_pattern_is_said_once(tmp_path: Path) -> None:
    tokens, another = "[{LOWER: sorry}, {LOWER: {IN: [for, about]}}]", "{id: another, patern: sorry}"
    with pytest.raises(GuideError) as caught:
        Guide.load(write(tmp_path, TINY.replace(tokens, "7").rstrip("\n") + f"\n      - {another}\n"))
    said = str(caught.value).splitlines()
    assert said[0] == "guide 'tiny', step 'apologize', pattern 'apologize-sorry': 7 is no list of tokens."
    assert [line.split(": ")[0] for line in said[1:]] == [
        "guide 'tiny', 'apologize', 'another', pattern", "guide 'tiny', 'apologize', 'another', patern",
    ]  # fmt: skip


def test_what_a_field_takes_is_said_in_our_words(tmp_path: Path) -> None:
    with pytest.raises(GuideError) as caught:
        Guide.load(write(tmp_path, TINY.replace("speaker: agent", "speaker: bot")))
    assert "'apologize', speaker: 'bot'; expected 'agent'" in str(caught.value)
    assert "Input should be" not in str(caught.value)


def test_an_unknown_context_rule_and_option_are_named(tmp_path: Path) -> None:
    text = TINY.replace("]}}]}", "]}}], when: [openin, {rule: opening, turn: 3}, turn_has]}")
    with pytest.raises(GuideError) as caught:
        Guide.load(write(tmp_path, text))
    assert "'openin' is no context rule; did you mean 'opening'?" in str(caught.value)
    assert "'turn' is no option of the rule 'opening'; did you mean 'turns'?" in str(caught.value)
    assert "the rule 'turn_has' without its option 'words'" in str(caught.value)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("{rule: turn_has, words: sorry}", "'words': 'sorry'; expected a list of words"),
        ("{rule: turn_has, words: [4]}", "'words': 4; expected a valid string"),
        ("{rule: turn_has, words: []}", "'words': []; expected at least 1"),
        ("{rule: starts_turn, after: two}", "'after': 'two'; expected a valid integer"),
        ("{rule: speaker, who: bot}", "'who': 'bot'; expected 'agent', 'customer' or 'other'"),
        ("{rule: customer_wish, states: [refusd]}", "'states': 'refusd'; expected 'none', 'open', 'refused'"),
        (
            "{rule: after_step, steps: [apolgize]}",
            "'steps': names 'apolgize', which is no step; did you mean",
        ),
        ("{rule: any, of: opening}", "'of': 'opening'; expected a list of rules"),
        ("{rule: any, of: [openin]}", "'openin' is no context rule; did you mean 'opening'?"),
        ("{rule: any, of: [{}]}", "the rule 'any' calls what is no rule; expected names"),
        ("any", "the rule 'any' without its option 'of'"),
        ("{rule: adds_up, signs: {s: much}}", "'signs': 'much'; expected a valid number"),
    ],
)
def test_an_option_of_no_use_to_its_rule_is_named(tmp_path: Path, call: str, said: str) -> None:
    with pytest.raises(GuideError) as caught:
        Guide.load(write(tmp_path, TINY.replace("]}}]}", f"]}}}}], when: [{call}]}}")))
    assert "step 'apologize', pattern 'apologize-sorry" in str(caught.value)
    assert said in str(caught.value)


def test_what_a_rule_of_a_step_calls_is_looked_at_too(tmp_path: Path) -> None:
    context = "    context: [{rule: implied_by, steps: [apologize], when: [openin]}]"
    text = TINY.replace("    patterns:", f"{context}\n    patterns:", 1)
    with pytest.raises(GuideError, match="step 'apologize': 'openin' is no context rule"):
        Guide.load(write(tmp_path, text))


def test_word_lists_inside_an_option_are_joined(tmp_path: Path) -> None:
    text = TINY.replace("]}}]}", "]}}], when: [{rule: turn_has, words: [[so, very], truly]}]}")
    (rule,) = Guide.load(write(tmp_path, text)).steps[0].patterns[0].when
    assert rule.options == {"words": ["so", "very", "truly"]}


def test_an_unknown_guide_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(GuideError, match="Did you mean 'difficult-customers'"):
        Guide.load("dificult-customers")


def test_yes_and_no_are_words_in_a_guide(tmp_path: Path) -> None:
    guide = Guide.load(write(tmp_path, TINY.replace("[for, about]", "[yes, no, on, off]")))
    assert guide.steps[0].patterns[0].pattern[1] == {"LOWER": {"IN": ["yes", "no", "on", "off"]}}


def test_a_guide_survives_its_own_yaml(tmp_path: Path) -> None:
    guide = Guide.load("difficult-customers")
    assert Guide.load(guide.save(tmp_path / "copy.yaml")) == guide


def test_patterns_survive_jsonl(tmp_path: Path) -> None:
    guide = Guide.load(write(tmp_path, TINY))
    again = Guide.load(guide.save(tmp_path / "tiny.jsonl"))
    assert [p.pattern for s in again.steps for p in s.patterns] == [
        p.pattern for s in guide.steps for p in s.patterns
    ]


def test_a_phrase_of_a_jsonl_file_becomes_tokens(tmp_path: Path) -> None:
    path = tmp_path / "phrases.jsonl"
    path.write_text(json.dumps({"label": "thanks", "pattern": "many thanks"}) + "\n", "utf-8")
    assert Guide.load(path).step("thanks").patterns[0].pattern == ({"ORTH": "many"}, {"ORTH": "thanks"})


@pytest.mark.parametrize("name", shipped_guides())
def test_a_shipped_guide_passes_its_own_examples(name: str) -> None:
    result = check_guide(Guide.load(name))
    assert [str(failure) for failure in result.failures] == []
    assert result.impossible == ()


def test_words_that_are_never_one_token_are_named_in_patterns_and_in_rules(tmp_path: Path) -> None:
    text = TINY.replace("LOWER: sorry", "LOWER: {IN: [sorry, cannot]}").replace(
        "]}}]}",
        "]}}], when: [{rule: any, of: [{rule: sentence_has, words: [thats it, can not]}]},"
        " {rule: not turn_has, words: [id, n't, we 'll]}]}",
    )
    found = check_guide(Guide.load(write(tmp_path, text))).impossible
    expected = (
        "LOWER 'cannot' is never one token; the tokenizer makes ['can', 'not'] of it",
        "the rule sentence_has: 'thats' is never one token; the tokenizer makes ['that', 's'] of it",
        "the rule turn_has: 'id' is never one token; the tokenizer makes ['i', 'd'] of it",
    )
    assert found == tuple(f"'apologize-sorry': {reason}" for reason in expected)
