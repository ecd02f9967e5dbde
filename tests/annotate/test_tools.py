"""Evaluation, tuning, the component and the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import spacy
from tests.annotate.talk import guide
from typer.testing import CliRunner

from stepmark.annotate import (
    Guide,
    PatternTrials,
    annotate,
    evaluate,
    gold_from_codes,
    guide_coverage,
    guide_diff,
    guide_errors,
    mine_constructions,
    pattern_precision,
    read_gold,
    try_pattern,
)  # fmt: skip
from stepmark.annotate.guide import parse_guide
from stepmark.cli import app
from stepmark.corpus import read_folder
from stepmark.errors import GuideError, InputError

SORRY = {"patterns": [{"id": "s-sorry", "pattern": "sorry"}]}
LINES = [
    ("a", "so sorry", ["s"]),
    ("b", "sorry", []),
    ("c", "my apologies", ["s"]),
    ("d", "hello", []),
]


def gold_file(folder: Path, lines: list[tuple[str, str, list[str]]] = LINES) -> Path:
    rows = [
        {
            "source": "t",
            "interaction_id": name,
            "turn": 0,
            "speaker": "agent",
            "text": text,
            "context": [],
            "codes": codes,
        }
        for name, text, codes in lines
    ]
    path = folder / "gold.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def corpus(*texts: str) -> pd.DataFrame:
    rows = [(f"i{n}", 0, "agent", text) for n, text in enumerate(texts)]
    return pd.DataFrame(rows, columns=["interaction_id", "turn", "speaker", "text"])


def test_the_scores_are_those_worked_out_by_hand(tmp_path: Path) -> None:
    # marked: a (coded), b (not); missed: c. Agreement 2/4, chance 2/4: kappa 0.
    result = evaluate(gold_file(tmp_path), guide(s=SORRY))
    row = result.steps.iloc[0]
    assert (row["support"], row["predicted"], row["true_positive"]) == (2, 2, 1)
    assert (row["precision"], row["recall"], row["f1"], row["kappa"]) == (0.5, 0.5, 0.5, 0.0)
    assert result.micro_f1 == result.macro_f1 == 0.5
    assert result.micro_low < 0.5 < result.micro_high
    assert json.loads(result.to_json())["steps"]["s"]["true_positive"] == 1


def test_the_same_seed_gives_the_same_interval(tmp_path: Path) -> None:
    gold, the_guide = gold_file(tmp_path), guide(s=SORRY)
    again = evaluate(gold, the_guide, seed=3)
    assert evaluate(gold, the_guide, seed=3).to_json() == again.to_json()
    assert evaluate(gold, the_guide, seed=3).micro_low == again.micro_low


def test_all_bad_lines_of_a_gold_file_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    bad = {"interaction_id": "a", "turn": 0, "speaker": "bot", "text": "hi", "codes": "s", "start": "noon"}
    path.write_text("{nope\n" + json.dumps(bad) + "\n[]\n", "utf-8")
    with pytest.raises(InputError) as caught:
        read_gold(path)
    text = str(caught.value)
    assert "line 1: is no JSON" in text
    assert "line 2: speaker 'bot'; expected 'agent', 'customer' or 'other'" in text
    assert "line 2: codes 's'; expected a list of step ids" in text
    assert "line 2: start 'noon'; expected seconds, or a timestamp" in text
    assert "line 3: a list; expected an object" in text


def test_a_codes_table_is_gold_with_its_corpus() -> None:
    turns = corpus("so sorry", "hello", "my apologies")
    rows = [
        ("i0", 0, "s", "x", "yes"),
        ("i0", 0, "s", "y", "yes"),
        ("i2", 0, "s", "x", "yes"),
        ("i2", 0, "s", "y", "no"),
    ]
    codes = pd.DataFrame(rows, columns=["interaction_id", "turn", "step", "coder", "decision"])
    gold = gold_from_codes(codes, turns)
    assert [(turn.interaction_id, sorted(turn.codes)) for turn in gold] == [("i0", ["s"]), ("i2", [])]
    assert evaluate(codes, guide(s=SORRY), corpus=turns).micro_f1 == 1.0
    with pytest.raises(InputError, match="a codes table without its corpus"):
        evaluate(codes, guide(s=SORRY))


def test_codes_that_hold_only_what_was_seen_say_no_where_they_are_silent() -> None:
    turns = corpus("so sorry", "sorry").assign(interaction_id="i0", turn=[0, 1])
    seen = pd.DataFrame(
        [("i0", 0, "s", "x", "yes", 1.0)],
        columns=["interaction_id", "turn", "step", "coder", "decision", "probability"],
    )
    assert [sorted(turn.codes) for turn in gold_from_codes(seen, turns)] == [["s"], []]
    assert evaluate(seen, guide(s=SORRY), corpus=turns).steps["precision"].tolist() == [0.5]
    drawn = seen.assign(probability=0.5)  # the other turn may just not have been drawn
    assert [sorted(turn.codes) for turn in gold_from_codes(drawn, turns)] == [["s"]]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("corpora/mine", "annotate: a str; expected a Corpus, or a table of turns. Read it first"),
        (None, "annotate: a NoneType; expected a Corpus"),
        (
            pd.DataFrame({"turn": [0], "text": ["hi"]}),
            "a table without interaction_id, speaker; expected a table of",
        ),
    ],
)
def test_what_is_no_corpus_is_refused_at_the_door(given: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        annotate(given, guide(s=SORRY))


@pytest.mark.parametrize(
    ("gold", "said"), [([], "coded turns: none"), (3, "coded turns: a int; expected coded turns")]
)
def test_gold_that_is_none_is_refused(gold: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        evaluate(gold, guide(s=SORRY))


def test_errors_and_precision_name_the_pattern(tmp_path: Path) -> None:
    gold, the_guide = gold_file(tmp_path), guide(s=SORRY)
    errors = guide_errors(gold, the_guide)
    assert errors[["error", "patterns", "text"]].to_numpy().tolist() == [
        ["marked wrongly", "s-sorry", "sorry"],
        ["missed", "", "my apologies"],
    ]
    assert pattern_precision(gold, the_guide).iloc[0][["fired", "right", "precision"]].tolist() == [2, 1, 0.5]


def test_coverage_names_patterns_that_never_fire_or_only_with_another() -> None:
    patterns = [{"id": f"s-{n}", "pattern": p} for n, p in enumerate(["sorry", "so sorry", "apologies"])]
    table = guide_coverage(
        corpus("so sorry", "so sorry", "sorry"), guide(s={"patterns": patterns})
    ).set_index("pattern")
    assert table["n_turns"].tolist() == [3, 2, 0]
    assert table.loc["s-1", "always_with"] == "s-0"
    assert table.loc["s-0", "alone"] == 1


def test_diff_shows_what_a_change_changes() -> None:
    changed = guide(s={"patterns": [{"id": "s-apologies", "pattern": "apologies"}]})
    table = guide_diff(guide(s=SORRY), changed, corpus("sorry", "my apologies", "hello"))
    assert table[["change", "text"]].to_numpy().tolist() == [["gone", "sorry"], ["new", "my apologies"]]


#: Patterns that match often, seldom, never; that meet context rules, or take marks away.
TRIED = [
    ("apologize", [{"LOWER": "sorry"}], False),
    ("apologize", [{"LOWER": "sorry"}], True),
    ("anger", [{"LOWER": {"IN": ["still", "again"]}}], False),
    ("offer_alternative", [{"LOWER": "instead"}], False),
    ("acknowledge", [{"LOWER": "xyzzy"}], False),
    ("courtesy", [{"LOWER": "thank"}, {"LOWER": "you"}], True),
]


def test_a_trial_finds_what_marking_everything_twice_finds(project: Path) -> None:
    by_hand = read_folder(project / "corpora" / "by-hand")
    the_guide = Guide.load("difficult-customers")
    gold = gold_from_codes(by_hand.codes, by_hand, complete=True)
    trials = PatternTrials(the_guide, by_hand, gold)
    changed_something = 0
    for step, pattern, veto in TRIED:
        raw = the_guide.model_dump(mode="json")
        (own,) = (each for each in raw["steps"] if each["id"] == step)
        own["unless" if veto else "patterns"].append({"id": f"{step}-on-trial", "pattern": pattern})
        changed = parse_guide(raw, "changed")
        plain = guide_diff(the_guide, changed, by_hand)
        found = trials.try_pattern(pattern, step, veto=veto)
        expected = plain[plain["step"] == step].reset_index(drop=True)
        pd.testing.assert_frame_equal(found.changes, expected)
        changed_something += len(expected) > 0
        for scores, each in ((found.before, the_guide), (found.after, changed)):
            row = evaluate(gold, each).steps.set_index("step").loc[step]
            assert scores == pytest.approx({name: row[name] for name in scores}, nan_ok=True)
    assert changed_something >= 3


def test_a_trial_for_an_unknown_step_names_the_nearest() -> None:
    with pytest.raises(GuideError, match=r"'sory' is no step; did you mean 'sorry'\?"):
        try_pattern([{"LOWER": "x"}], "sory", guide(sorry=SORRY), corpus("x"), [])


def test_mining_ranks_what_coded_turns_have_and_others_lack(tmp_path: Path) -> None:
    lines = [(f"y{n}", f"please accept it number {n}", ["s"]) for n in range(5)]
    lines += [(f"n{n}", f"please wait number {n}", []) for n in range(5)]
    table = mine_constructions(gold_file(tmp_path, lines), corpus("please hold", "hello"), guide(s=SORRY))
    assert "accept" in table.iloc[0]["words"]
    assert table.iloc[0]["precision"] == 1.0
    please = table[table["words"] == "please"].iloc[0]
    assert please["uncoded_per_1000"] == 500.0
    assert please["z"] < table.iloc[0]["z"]


def test_the_component_marks_in_any_pipeline_and_is_saved_with_it(tmp_path: Path) -> None:
    path = guide(s={**SORRY, "speaker": "agent"}).save(tmp_path / "g.yaml")
    nlp = spacy.blank("en")
    nlp.add_pipe("guide_steps", config={"guide": str(path)})
    doc = nlp("so sorry 🙂")
    assert [(s.text, s.label_, s.id_) for s in doc.spans["steps"]] == [("sorry", "s", "s-sorry")]
    doc = nlp.make_doc("sorry")
    doc.user_data["stepmark"] = {"speaker": "customer"}
    assert len(nlp(doc).spans["steps"]) == 0
    nlp.to_disk(tmp_path / "pipeline")
    path.unlink()
    again = spacy.load(tmp_path / "pipeline")("sorry")
    assert [s.text for s in again.spans["steps"]] == ["sorry"]


def test_the_component_marks_piped_documents_as_it_marks_each_by_itself(project: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("guide_steps")
    turns = read_folder(project / "corpora" / "by-hand").turns.head(60)
    docs = [nlp.make_doc(text) for text in turns["text"]]
    for doc, speaker in zip(docs, turns["speaker"], strict=True):
        doc.user_data["stepmark"] = {
            "speaker": speaker,
            "context": [{"speaker": "customer", "text": "it broke"}],
        }
    piped = list(nlp.pipe([doc.copy() for doc in docs], batch_size=25))
    alone = [nlp(doc) for doc in docs]
    spans = [[(s.text, s.label_, s.id_) for s in doc.spans["steps"]] for doc in piped]
    assert spans == [[(s.text, s.label_, s.id_) for s in doc.spans["steps"]] for doc in alone]
    assert sum(map(len, spans)) > 30


def test_the_command_line_says_what_it_found(tmp_path: Path) -> None:
    run = CliRunner().invoke
    gold = gold_file(tmp_path, [("a", "so sorry about the delay", ["apologize"])])
    result = run(app, ["evaluate", str(gold), "--json", str(tmp_path / "scores.json")])
    assert result.exit_code == 0, result.output
    assert "micro F1 1.000" in result.output
    assert json.loads((tmp_path / "scores.json").read_text())["micro_f1"] == 1.0
    result = run(app, ["guide", "check", "motivational-interviewing"])
    assert result.exit_code == 0
    assert "18 of 18 examples come out as they should" in result.output
    assert "question" in run(app, ["guide", "rules"]).output


def test_a_failing_example_is_named_and_ends_in_status_1(tmp_path: Path) -> None:
    raw = guide(s={**SORRY, "examples": {"yes": ["my apologies"], "no": ["sorry?"]}})
    result = CliRunner().invoke(app, ["guide", "check", str(raw.save(tmp_path / "g.yaml"))])
    assert result.exit_code == 1
    assert "s: not marked, but should be: 'my apologies'" in result.output
    assert "s: marked by rule:s-sorry, but should not be: 'sorry?'" in result.output


@pytest.mark.public
def test_the_guide_reads_the_coded_turns_as_well_as_the_first_issue_asks(shared: Path) -> None:
    assert evaluate(shared / "gold" / "dev.jsonl", Guide.load("difficult-customers")).micro_f1 >= 0.55
