"""The second reader: what it sees, what it learns, how it is judged, and the one that is shipped."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.annotate.talk import gold_file, guide, interaction
from typer.testing import CliRunner

from stepmark.annotate import (
    CodedTurn,
    Guide,
    Marker,
    Model,
    RawTurn,
    annotate,
    evaluate,
    evaluate_both,
    learn,
    shipped_readers,
    try_reader,
)
from stepmark.annotate.features import turn_features
from stepmark.annotate.gold import gold_from_codes
from stepmark.annotate.model import RULE_BONUS, fingerprint
from stepmark.annotate.printing import print_card
from stepmark.annotate.thresholds import best_thresholds
from stepmark.annotate.vocabulary import Vocabulary, names_in
from stepmark.cli import app
from stepmark.corpus import read_folder
from stepmark.errors import InputError

FAULT = {"patterns": [{"id": "s-sorry", "pattern": "sorry"}]}
SHOES = {"patterns": [{"id": "t-shoes", "pattern": "shoes"}]}


def coded(name: str, text: str, *codes: str, speaker: str = "agent") -> CodedTurn:
    return CodedTurn("talk", name, 0, speaker, text, frozenset(codes))


def lessons(n: int = 20) -> list[CodedTurn]:
    """Turns that admit a fault in words that no rule knows, and turns about shoes, which a rule knows."""
    shown = [coded(f"y{k}", f"we accept fault number {k}", "s") for k in range(n)]
    return [*shown, *(coded(f"n{k}", f"we sell shoes number {k}", "t") for k in range(n))]


def turns(*texts: str) -> pd.DataFrame:
    rows = [(f"i{n}", 0, "agent", text) for n, text in enumerate(texts)]
    return pd.DataFrame(rows, columns=["interaction_id", "turn", "speaker", "text"])


def features(*lines: str, times: tuple[float | None, ...] = ()) -> dict[str, float]:
    views, every = Marker(guide(s=FAULT)).mark_views(interaction(*lines, times=times))
    shown = [{mark.step for mark in marks} for marks in every]
    return turn_features(views, len(views) - 1, shown)


def test_a_turn_is_seen_with_its_words_its_place_and_what_was_said_before() -> None:
    seen = features("C: my parcel broke", "A: your parcel broke?", times=(0.0, 90.0))
    assert {"word parcel", "pair ^ your", "skip your _ broke"} <= seen.keys()
    assert {"letters <par", "letters cel>", "letters rce"} <= seen.keys()
    assert {"customer said my", "after customer", "pause > 60", "said before > 1", "written ?"} <= seen.keys()
    assert "pause > 600" not in seen
    assert not any(name.startswith("pause") for name in features("C: my parcel", "A: your parcel"))
    assert not any(name.startswith("said before") for name in features("A: my parcel", "A: your parcel"))


def test_the_steps_of_the_turns_before_are_seen_and_not_those_of_the_turn_itself() -> None:
    def steps(*lines: str) -> dict[str, float]:
        return {name: x for name, x in features(*lines).items() if name.split()[-1] == "s"}

    assert steps("C: where is it", "A: sorry") == {}
    assert steps("A: sorry", "C: where is it") == {"agent showed s": 1.0, "lately s": 0.7}
    assert steps("A: sorry", "C: where", "A: there") == {"agent had shown s": 0.7, "lately s": 0.7}
    assert steps("A: sorry", *["C: where"] * 5, "A: there") == {"lately s": 0.7}
    assert steps("A: sorry", *["C: where"] * 6, "A: there") == {}


def test_accounts_links_and_numbers_go_under_one_name() -> None:
    seen = features("A: @ana see https://t.co/x about 4471")
    assert {"word @name", "word link", "word number"} <= seen.keys()
    assert not any("ana" in name or "4471" in name for name in seen)


def test_only_features_of_several_interactions_without_names_are_known() -> None:
    seen = [{"word parcel": 1.0, "word ana": 1.0, "pair hi ana": 1.0}] * 6
    assert Vocabulary.of(seen, [0, 1, 2, 2, 2, 2], frozenset({"ana"})).features == ("word parcel",)
    assert Vocabulary.of(seen, [0, 1, 1, 1, 1, 1], frozenset()).features == ()
    read = Marker(guide(s=FAULT)).read
    texts = ["so Ana said", "yes Ana did", "Today it rains", "well, today", "I know THE rule"]
    assert names_in(map(read, texts)) == {"ana"}


def test_of_much_talk_only_what_many_interactions_share_is_known() -> None:
    seen = [{"word parcel": 1.0} if n < 10 else {"word kettle": 1.0} if n < 19 else {} for n in range(10_000)]
    assert Vocabulary.of(seen, np.arange(10_000), frozenset()).features == ("word parcel",)


def test_rows_of_the_matrix_have_length_1_or_nothing() -> None:
    known = Vocabulary(("a", "b"))
    matrix = known.matrix([{"b": 4.0, "a": 3.0}, {"c": 1.0}]).toarray()
    np.testing.assert_allclose(matrix, [[0.6, 0.8], [0.0, 0.0]])


def test_a_frequent_step_takes_its_own_threshold_and_a_rare_one_the_common() -> None:
    scores = np.tile(np.linspace(0, 0.99, 1000)[:, None], (1, 2))
    shown = scores >= np.array([[0.3, 0.9]])
    shown[:, 1] &= np.arange(1000) % 50 == 0
    own = best_thresholds(scores, shown, np.ones_like(shown))
    assert own[0] == pytest.approx(0.3, abs=0.02)
    asked = np.ones_like(shown)
    asked[:, 1] = False
    assert best_thresholds(scores, shown, asked)[1] == own[0]


def test_a_second_reader_is_switched_on_where_it_helps_the_rules(tmp_path: Path) -> None:
    the_guide = guide(s=FAULT, t=SHOES)
    model = learn(lessons(), the_guide, about="made up", name="two")
    card = {trial.step: trial for trial in model.card}
    assert (card["s"].rules_f1, card["s"].f1, card["s"].support, card["s"].on) == (0.0, 1.0, 20, True)
    assert (card["t"].rules_f1, card["t"].f1, card["t"].on) == (1.0, 1.0, False)
    assert (model.rules_micro_f1, model.micro_f1) == (pytest.approx(2 / 3), 1.0)
    assert (model.steps, model.sources, model.n_interactions) == (("s",), {"talk": 40}, 40)
    assert (
        Model.load(model.save(tmp_path / "m.json"))
        == model
        == learn(lessons(), the_guide, about="made up", name="two")
    )
    assert evaluate(lessons(), the_guide, model=tmp_path / "m.json").micro_f1 == 1.0
    found = annotate(turns("Hello there. We accept fault."), the_guide, model=model)
    assert found[["source", "text"]].to_numpy().tolist() == [["model:two", "We accept fault."]]


def test_a_mark_that_the_words_speak_against_is_taken_away() -> None:
    said = ["sorry for the trouble", "sorry we are late", "so sorry for that"] * 8
    asked = ["sorry who is it", "sorry say it again", "sorry who said it"] * 8
    gold = [coded(f"y{n}", text, "s") for n, text in enumerate(said)]
    gold += [coded(f"n{n}", text) for n, text in enumerate(asked)]
    model = learn(gold, guide(s=FAULT))
    assert annotate(turns("sorry who is it", "sorry for the trouble"), guide(s=FAULT), model=model)[
        ["interaction_id", "source"]
    ].to_numpy().tolist() == [["i1", "rule:s-sorry"]]


def test_a_pattern_that_was_written_for_one_turn_proves_nothing() -> None:
    alone = guide(s=FAULT, t={"patterns": [{"id": f"t-{k}", "pattern": f"number {k}"} for k in range(20)]})
    gold = [replace(turn, codes=turn.codes - {"t"}) for turn in lessons()]
    gold = [replace(turn, codes=turn.codes | {"t"}) if "s" in turn.codes else turn for turn in gold]
    strict = {trial.step: trial for trial in learn(gold, alone).card}["t"]
    lenient = {trial.step: trial for trial in learn(gold, alone, least_elsewhere=0).card}["t"]
    assert strict.rules_recall == 0.0
    assert lenient.rules_recall == 1.0


def test_where_no_rule_was_written_the_rules_count_and_only_there_are_they_judged() -> None:
    alone = guide(s=FAULT, t={"patterns": [{"id": f"t-{k}", "pattern": f"number {k}"} for k in range(20)]})
    shown = [replace(turn, codes=turn.codes | {"t"}) for turn in lessons() if "s" in turn.codes]
    model = learn(lessons(), alone, unseen=[replace(turn, source="new") for turn in shown])
    card = {trial.step: trial for trial in model.card}
    assert (card["t"].support, card["t"].rules_recall, card["t"].rules_precision) == (20, 1.0, 1.0)
    assert (card["s"].support, model.n_turns, model.n_unseen) == (20, 60, 20)
    assert model.sources == {"new": 20, "talk": 40}


def test_a_source_that_counts_more_is_believed_where_sources_disagree() -> None:
    there = [replace(turn, source="there") for turn in lessons()]
    here = [replace(turn, source="here", codes=frozenset("st") - turn.codes) for turn in lessons()]
    text, rules = turns("we accept fault number 4"), guide(s={"patterns": []}, t={"patterns": []})
    for trusted, step in (("there", "s"), ("here", "t")):
        model = learn([*there, *here], rules, weights={trusted: 3})
        assert annotate(text, rules, model=model)["step"].tolist() == [step]
        assert model.weights == {trusted: 3}


def test_a_turn_that_counts_twice_asks_for_the_threshold_of_two() -> None:
    scores, asked = np.array([[0.5], [0.3], [0.2]]), np.ones((3, 1), dtype=bool)
    shown = np.array([[True], [False], [True]])
    assert best_thresholds(scores, shown, asked)[0] <= 0.2
    assert best_thresholds(scores, shown, asked, np.array([1.0, 5.0, 1.0]))[0] > 0.3
    twice = np.repeat(np.arange(3), [1, 5, 1])
    np.testing.assert_array_equal(
        best_thresholds(scores[twice], shown[twice], asked[twice]),
        best_thresholds(scores, shown, asked, np.array([1.0, 5.0, 1.0])),
    )


def test_weights_that_mean_nothing_are_refused_all_at_once() -> None:
    with pytest.raises(InputError) as error:
        learn(lessons(), guide(s=FAULT), weights={"talk": 0, "tolk": 2})
    assert "weight of 'talk': 0; expected above 0" in str(error.value)
    assert "weight of 'tolk': no coded turn has this source; did you mean 'talk'?" in str(error.value)


def test_a_step_that_people_did_not_decide_on_teaches_nothing() -> None:
    gold = [replace(turn, coded=frozenset({"s"})) for turn in lessons()]
    card = {trial.step: trial for trial in learn(gold, guide(s=FAULT, t=SHOES)).card}
    assert (card["s"].f1, card["t"].support, card["t"].f1) == (1.0, 0, None)


def test_too_few_interactions_are_refused() -> None:
    with pytest.raises(InputError, match="learn: 4 coded interactions; expected 5 or more"):
        learn(lessons(2), guide(s=FAULT))


def test_the_file_and_the_marker_score_alike() -> None:
    the_guide = guide(s=FAULT)
    model = learn(lessons(), the_guide)
    views, _ = Marker(the_guide).mark_views(interaction("A: we accept fault"))
    score = model.sides["any"].scores(turn_features(views, 0, ()))["s"]
    threshold = model.sides["any"].thresholds["s"]
    assert model.decisions(views, [()], 0) == {"s": score >= threshold}
    assert model.decisions(views, [("s",)], 0) == {"s": score + RULE_BONUS >= threshold}
    views, _ = Marker(the_guide).mark_views(interaction("A: "))
    assert model.decisions(views, [()], 0) == {}


def test_a_reader_that_is_begun_from_another_knows_what_that_one_knew() -> None:
    the_guide = guide(s=FAULT, t=SHOES)
    before = learn(lessons(), the_guide, name="before")
    few = [turn for turn in lessons(10) if turn.interaction_id[1:] < "8"]
    assert learn(few, the_guide).steps == ()
    model = learn(few, the_guide, begin=before)
    assert (model.steps, model.begun_from, model.n_turns) == (("s",), "before (40 coded turns)", 16)
    line = next(trial for trial in model.card if trial.step == "s")
    assert (line.support, line.on, line.f1) == (8, True, None)
    assert model.sides["any"].thresholds["s"] == before.sides["any"].thresholds["s"]
    assert evaluate(lessons(), the_guide, model=model).micro_f1 == 1.0


def test_what_was_learnt_before_holds_until_enough_turns_speak_against_it() -> None:
    def score(model: Model, line: str) -> float:
        return model.sides["any"].scores(features(line))["s"]

    the_guide, fault, mistake = (
        guide(s=FAULT, t=SHOES),
        "A: we accept fault number 3",
        "A: we own mistake number 3",
    )
    before = learn(lessons(), the_guide)
    own = [coded(f"m{k}", f"we own mistake number {k}", "s") for k in range(40)]
    own += [coded(f"f{k}", f"we accept fault number {k}") for k in range(40)]
    few, many = (learn([*own[:n], *own[40 : 40 + n]], the_guide, begin=before) for n in (15, 40))
    assert score(before, fault) > 0.9 > 0.5 > score(few, fault) > score(many, fault)
    assert score(before, mistake) < 0.5 < score(few, mistake) < score(many, mistake)


def test_a_speaker_of_whom_no_turn_was_coded_is_read_as_before() -> None:
    asked = {"speaker": "customer", "patterns": [{"id": "c-where", "pattern": "where"}]}
    the_guide = guide(s=FAULT, t=SHOES, c=asked)
    theirs = [coded(f"c{k}", f"my parcel number {k} is late", "c", speaker="customer") for k in range(20)]
    theirs += [coded(f"d{k}", f"my kettle number {k} is red", speaker="customer") for k in range(20)]
    before = learn([*lessons(), *theirs], the_guide)
    assert set(before.steps) == {"s", "c"}
    model = learn(lessons(), the_guide, begin=before)
    assert set(model.steps) == {"s", "c"}
    assert model.sides["customer"] == before.sides["customer"]


def test_a_step_that_was_asked_in_one_interaction_only_is_left_to_the_rules() -> None:
    rare = replace(lessons()[0], coded=frozenset({"s", "t"}))
    others = [replace(turn, codes=turn.codes - {"s"}, coded=frozenset({"t"})) for turn in lessons()[1:]]
    card = {trial.step: trial for trial in learn([rare, *others], guide(s=FAULT, t=SHOES)).card}
    assert (card["s"].support, card["s"].on) == (1, False)


def test_a_reader_can_only_be_begun_from_one_that_shares_a_step_and_its_speaker() -> None:
    before = learn(lessons(), guide(s=FAULT))
    for other in (guide(t=SHOES), guide(s={**FAULT, "speaker": "agent"})):
        with pytest.raises(
            InputError, match=r"model 'second-reader': decides on s; expected a step of 'test 1\.0' with"
        ):
            learn(lessons(), other, begin=before)


def test_a_reader_is_tried_again_with_a_guide_that_has_changed(tmp_path: Path) -> None:
    before, now = guide(s=FAULT), guide(s={"patterns": [{"id": "s-accept", "pattern": "accept"}]})
    model = learn(lessons(), before)
    others = [
        coded("o1", "we accept fault", "s"),
        coded("o2", "we accept cards"),
        coded("o3", "we take fault number 9", "s"),
    ]
    again = try_reader(model, others, now)
    assert (again.card, again.sides, again.guide_fingerprint) == (
        model.card,
        model.sides,
        model.guide_fingerprint,
    )
    assert again.retrial is not None
    line = again.retrial.card[0]
    assert (line.support, line.rules_precision, line.rules_recall, line.on) == (2, 0.5, 0.5, True)
    both = evaluate(others, now, model=again)
    assert (line.f1, again.retrial.micro_f1) == (both.steps["f1"][0], both.micro_f1)
    assert (again.retrial.sources, again.retrial.n_turns, again.retrial.n_interactions) == ({"talk": 3}, 3, 3)
    assert Model.load(again.save(tmp_path / "m.json")) == again
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert again.checked_for(now).checked_for(before) is again
    with pytest.raises(InputError, match="decides on s; expected steps of"):
        try_reader(model, others, guide(t=SHOES))


def test_a_reader_knows_which_patterns_it_was_tried_with() -> None:
    before = guide(s=FAULT)
    model = learn(lessons(), before)
    assert model.checked_for(before) is model
    labelled = guide(s={**FAULT, "label": "Says sorry", "definition": "Says it."})
    assert fingerprint(labelled) == fingerprint(before)
    with pytest.warns(UserWarning, match="tried with other patterns of the guide 'test' than these"):
        assert model.checked_for(guide(s=SHOES)) is model
    with pytest.raises(
        InputError, match=r"trained with 'test 1\.0'; expected the guide 'difficult-customers"
    ):
        evaluate(lessons(), model=model)
    with pytest.raises(InputError, match=r"decides on s; expected steps of 'test 1\.0'"):
        model.checked_for(guide(t=SHOES))


def test_what_is_no_reader_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text("[]", "utf-8")
    with pytest.raises(InputError, match=r"m\.json: holds no reader; expected a reader made by"):
        Model.load(tmp_path / "m.json")
    with pytest.raises(InputError, match="did you mean 'difficult-customers'"):
        Model.load("difficult-customer")


def test_a_reader_that_was_trained_on_other_features_is_refused(tmp_path: Path) -> None:
    path = learn(lessons(), guide(s=FAULT)).save(tmp_path / "m.json")
    held = json.loads(path.read_text("utf-8"))
    for version in (held["features_version"] + 1, None):
        held["features_version"] = version
        written = {key: value for key, value in held.items() if value is not None}
        path.write_text(json.dumps(written), "utf-8")
        with pytest.raises(
            InputError, match=r"m\.json: a reader trained on version \d of .*`stepmark learn`"
        ):
            Model.load(path)


def test_what_an_earlier_turn_shows_helps_to_read_a_later_one() -> None:
    def asked(name: str, before: str, *codes: str) -> CodedTurn:
        context = RawTurn("agent", before), RawTurn("agent", "one moment")
        return CodedTurn("talk", name, 2, "customer", "and now", frozenset(codes), context)

    gold = [asked(f"y{k}", "sorry", "t") for k in range(20)] + [asked(f"n{k}", "hello") for k in range(20)]
    model = learn(gold, guide(s=FAULT, t={**SHOES, "speaker": "customer"}))
    assert (model.steps, model.micro_f1) == (("t",), 1.0)
    side = model.sides["customer"]
    told = {name for name, weight in zip(side.features, side.weights["t"], strict=True) if weight > 0}
    assert told == {"agent had shown s", "lately s"}


def test_the_command_learns_from_several_files_and_says_what_it_found(tmp_path: Path) -> None:
    guide(s=FAULT, t=SHOES).save(tmp_path / "g.yaml")
    files = [gold_file(tmp_path / f"{n}.jsonl", lessons()[20 * n : 20 * n + 20]) for n in (0, 1)]
    command = ["learn", *files, "--guide", str(tmp_path / "g.yaml"), "--out"]
    for name in ("a.json", "b.json"):
        result = CliRunner().invoke(app, [*command, str(tmp_path / name), "--about", "made up"])
        assert result.exit_code == 0, result.output
    assert "micro F1 0.67 by rules alone, 1.00 by both; 1 steps switched on; 40 turns" in result.output
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert Model.load(tmp_path / "a.json").about == "made up"


def test_the_command_takes_turns_that_no_rule_was_written_on_and_weights(tmp_path: Path) -> None:
    guide(s=FAULT, t=SHOES).save(tmp_path / "g.yaml")
    seen, unseen = (gold_file(tmp_path / f"{n}.jsonl", lessons()[n::2]) for n in (0, 1))
    command = ["learn", seen, "--unseen", unseen, "--guide", str(tmp_path / "g.yaml")]
    out = ["--out", str(tmp_path / "m.json")]
    result = CliRunner().invoke(app, [*command, "--weight", "talk=2", *out])
    assert result.exit_code == 0, result.output
    assert "tried on the 20 turns that no rule was written on" in " ".join(result.output.split())
    model = Model.load(tmp_path / "m.json")
    assert (model.n_turns, model.n_unseen, model.weights) == (40, 20, {"talk": 2.0})
    result = CliRunner().invoke(app, [*command, "--weight", "talk", *out])
    assert result.exit_code == 1
    assert str(result.exception) == "--weight: talk; expected a source and a number, such as chat=2."


def test_the_command_begins_from_a_reader_and_tries_it_again(tmp_path: Path) -> None:
    guide(s=FAULT, t=SHOES).save(tmp_path / "g.yaml")
    guide(s={"patterns": [{"id": "s-own", "pattern": "own up"}]}, t=SHOES).save(tmp_path / "now.yaml")
    gold = gold_file(tmp_path / "gold.jsonl", lessons())
    reader, begun, retried = (str(tmp_path / name) for name in ("m.json", "b.json", "r.json"))
    run = CliRunner().invoke
    run(app, ["learn", gold, "--guide", str(tmp_path / "g.yaml"), "--out", reader])
    result = run(app, ["learn", gold, "--guide", str(tmp_path / "g.yaml"), "--begin", reader, "--out", begun])
    assert "begun from second-reader (40 coded turns)" in " ".join(result.output.split())
    command = ["evaluate", gold, "--guide", str(tmp_path / "now.yaml"), "--retried", retried]
    result = run(app, [*command, "--model", reader])
    assert result.exit_code == 0, result.output
    assert f"Saved: {retried}" in result.output.replace("\n", "")
    assert Model.load(retried).retrial is not None
    result = run(app, command)
    assert (
        str(result.exception) == "--retried: no reader; expected --model READER, the one that is tried again."
    )


def test_a_card_shows_both_trials(capsys: pytest.CaptureFixture[str]) -> None:
    print_card(try_reader(learn(lessons(), guide(s=FAULT)), lessons(3), guide(s=FAULT)))
    printed = " ".join(capsys.readouterr().out.split())
    assert "second-reader tried again with test 1.0, as it is now" in printed
    assert "1.00 by both; 6 turns of 6 interactions: talk 6" in printed


def test_the_shipped_reader_is_small_reads_and_says_where_it_comes_from(project: Path) -> None:
    assert shipped_readers() == ("difficult-customers",)
    path = project / "toolkit/stepmark/annotate/readers/difficult-customers.json"
    assert path.stat().st_size < 3_500_000
    model = Model.load("difficult-customers")
    known = {step.id for step in Guide.load("difficult-customers").steps}
    assert set(model.steps) <= known
    assert {trial.step for trial in model.card} == known
    assert model.about
    assert all(trial.f1 > trial.rules_f1 for trial in model.card if trial.on)  # type: ignore[operator]
    assert sum(model.sources.values()) == model.n_turns
    tried_with = {model.guide_fingerprint, model.retrial.guide_fingerprint if model.retrial else ""}
    assert fingerprint(Guide.load("difficult-customers")) in tried_with


def test_the_shipped_reader_reads_the_shipped_conversations(project: Path) -> None:
    # it was trained on them too: how right it is elsewhere is in its card and in benchmarks/accuracy.py
    corpus = read_folder(project / "corpora/by-hand")
    gold = gold_from_codes(corpus.codes, corpus, complete=True)
    rules, both = evaluate_both(gold, model="difficult-customers")
    assert both.micro_f1 > rules.micro_f1 + 0.05
    alone, together = evaluate(gold), evaluate(gold, model="difficult-customers")
    assert (rules.to_json(), both.to_json()) == (alone.to_json(), together.to_json())
    spans = annotate(corpus, model="difficult-customers")
    added = spans[spans["source"] == "model:difficult-customers"]
    assert len(added) > 0
    texts = corpus.turns.set_index(["interaction_id", "turn"])["text"]
    for span in added.to_dict("records"):
        assert (
            texts[span["interaction_id"], span["turn"]][span["start_char"] : span["end_char"]] == span["text"]
        )
