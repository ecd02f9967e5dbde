"""A plan says what it means, or what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from stepmark.annotate import Guide
from stepmark.errors import PlanError
from stepmark.study import Plan


def plan(**entries: object) -> Plan:
    return Plan(**{"outcome": "resolved", "steps": ["apologize"], **entries})


def fault_of(**entries: object) -> str:
    with pytest.raises(PlanError) as caught:
        plan(**entries)
    return str(caught.value)


def test_names_stand_for_tables():
    short = plan(kind="binary", controls=["anger_before"], agents="within", inference="cr1")
    assert short.outcomes[0].kind == "binary"
    assert [control.name for control in short.controls] == ["anger_before"]
    assert short.agents == ("within",)
    assert short.inference.kind == "cr1"


def test_default_inference_is_the_cluster_jackknife_with_benjamini_hochberg():
    assert plan().inference.kind == "cv3l"
    assert plan().inference.conf_level == 0.95
    assert plan().multiplicity.method == "bh"


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"stepz": ["a"]}, "plan, stepz: no such entry. Did you mean 'steps'?"),
        (
            {"steps": [{"name": "a", "mesure": "used"}]},
            "plan, steps[0].mesure: no such entry. Did you mean 'measure'?",
        ),
        ({"steps": ["a", "a"]}, "plan, steps: a stands there twice"),
        ({"steps": ["a"], "controls": ["a"]}, "plan, controls: 'a' is also a step"),
        ({"steps": []}, "plan, steps: []"),
        ({"outcome": {"name": "csat", "kind": "odrinal"}}, "plan, outcomes[0].kind: 'odrinal'"),
        (
            {"interactions": [["apologize", "anger"]]},
            "plan, interactions[0]: 'anger'; expected one of apologize",
        ),
        ({"contrasts": [["apologize", "probe"]]}, "plan, contrasts[0]: 'probe'"),
        ({"outcome": {"name": "t", "kind": "time"}}, "kind 'time' without `event`"),
        ({"steps": [{"name": "a", "measure": "before"}]}, "measure 'before' without `before`"),
        ({"inference": {"conf_level": 1.5}}, "plan, inference.conf_level: 1.5"),
    ],
)
def test_what_is_wrong_is_named(entries, words):
    assert words in fault_of(**entries)


def test_all_faults_come_at_once():
    message = fault_of(stepz=1, inference={"kind": "cv9"}, multiplicity="all")
    assert message.count("\n") == 2
    assert "'cv9'" in message
    assert "'all'" in message


@pytest.mark.parametrize("step", ["check_resolved", "invite_feedback", "disengage"])
def test_closing_steps_enter_only_if_the_plan_insists(step):
    message = fault_of(steps=["apologize", step])
    assert f"plan, steps[1]: '{step}' is a step of the closing stage" in message
    assert "insist = true" in message
    assert plan(steps=["apologize", {"name": step, "insist": True}]).steps[1].name == step
    assert plan(steps=["apologize", step], insist=True).steps[1].name == step


def test_closing_steps_are_steps_of_the_guide():
    ids = {step.id for step in Guide.load("difficult-customers").steps}
    assert set(plan().closing_steps) <= ids
    assert "follow_up" in ids - set(plan().closing_steps)


def test_hash_depends_on_what_is_asked_and_not_on_the_title():
    assert plan(title="one").hash == plan(title="two").hash
    assert plan(seed=1).hash != plan(seed=2).hash
    assert plan(kind="binary").hash == plan(outcome={"name": "resolved", "kind": "binary"}).hash


def test_a_frozen_plan_that_was_changed_is_refused(tmp_path: Path):
    path = tmp_path / "plan.toml"
    frozen = plan(only={"channel": ["chat", "phone"]}, interactions=[]).freeze(path)
    assert Plan.load(path) == frozen
    path.write_text(path.read_text().replace("chat", "email"))
    with pytest.raises(PlanError, match="the plan was changed after it was frozen"):
        Plan.load(path)


def test_a_plan_survives_its_file(tmp_path: Path):
    path = tmp_path / "plan.toml"
    whole = plan(
        outcome={"name": "csat", "kind": "ordinal", "levels": [1, 2, 3, 4, 5], "distribution": True},
        steps=[{"name": "a", "contrast": [0, 2]}, {"name": "b", "measure": "early", "within_turns": 3}],
        controls=[{"name": "issue", "enter": "factor"}],
        interactions=[["a", "issue"]],
        subgroups=["channel"],
        only={"responded": 1},
        correction={"method": "dsl"},
    )
    path.write_text(whole.to_toml(), encoding="utf-8")
    assert Plan.load(path) == whole
    assert Plan.load(path).hash == whole.hash


def test_a_file_that_is_no_plan(tmp_path: Path):
    with pytest.raises(PlanError, match="no such file"):
        Plan.load(tmp_path / "none.toml")
    (tmp_path / "broken.toml").write_text("steps = [")
    with pytest.raises(PlanError, match=r"broken\.toml: not TOML"):
        Plan.load(tmp_path / "broken.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PlanError, match="not TOML"):
        Plan.load(tmp_path / "binary.toml")
    (tmp_path / "wrong.toml").write_text('outcome = "y"\nsteps = ["a"]\nclustr = "x"\n')
    with pytest.raises(PlanError, match=r"wrong\.toml, clustr: no such entry\. Did you mean 'cluster'"):
        Plan.load(tmp_path / "wrong.toml")


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"kind": "odrinal"}, "'odrinal'; expected 'binary', 'ordinal', 'continuous', 'count' or 'time'."),
        ({"steps": "apologize"}, "plan, steps: 'apologize'; expected a list of steps."),
        ({"steps": []}, "plan, steps: []; expected at least 1."),
        ({"nodes": 0}, "plan, nodes: 0; expected a value greater than or equal to 1."),
        ({"cluster": 3}, "plan, cluster: 3; expected a valid string."),
    ],
)
def test_what_was_expected_is_said_in_our_words(entries, words):
    assert words in fault_of(**entries)


def test_a_plan_shows_what_differs_from_the_defaults():
    assert repr(plan(agents="within", seed=0, inference="cv3l")) == (
        "Plan(outcomes=(OutcomePlan(name='resolved'),), steps=(StepPlan(name='apologize'),), agents=('within',))"
    )
