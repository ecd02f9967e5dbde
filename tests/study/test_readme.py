"""The plan in the README is a plan, and lists every entry that there is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from stepmark.study import Plan
from stepmark.study.entries import OutcomePlan, StepPlan
from stepmark.study.sections import InferencePlan


@pytest.fixture(scope="module")
def section(project: Path) -> str:
    text = (project / "README.md").read_text(encoding="utf-8")
    return text.split("## Studies: what goes")[1].split("\n## ")[0]


def test_the_plan_of_the_readme_loads(section):
    (toml,) = re.findall(r"```toml\n# plan\.toml\n(.*?)```", section, re.DOTALL)
    plan = Plan(**tomllib.loads(toml))
    assert [outcome.kind for outcome in plan.outcomes] == ["ordinal", "binary"]
    assert plan.steps[2].within_turns == 2


def test_every_entry_of_a_plan_is_listed(section):
    named = set(Plan.model_fields) - {"title", "outcomes", "closing_steps", "frozen"}
    missing = {name for name in named if f"`{name}`" not in section and f"[{name}]" not in section}
    assert not missing


@pytest.mark.parametrize(
    ("model", "field"), [(StepPlan, "measure"), (OutcomePlan, "model"), (InferencePlan, "kind")]
)
def test_every_choice_is_listed(section, model, field):
    schema = str(model.model_json_schema()["properties"][field])
    for choice in re.findall(r"'([a-z0-9_]+)'", schema.split("'enum': [")[1].split("]")[0]):
        listed = choice in section or re.fullmatch(r"hc[12]", choice)  # `hc0` to `hc3`
        assert listed, choice
