"""What a team could try first: nothing that the evidence does not allow."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from tests.report.talk import CSAT

from stepmark.report import Facts, Folded, Story, practice_parts
from stepmark.report.practice import UNTOLD, to_try
from stepmark.study import Plan


def convincing(story: Story, *, evidence: str = "time-ordered association", low: float = 0.2) -> Story:
    """The story with hand codes that say the same, with early uses, and with agents some of whom empathize far more often."""
    assert story.result is not None
    plain = story.result.effects
    corrected = plain[plain["model"].eq(plain["model"].iloc[0])].assign(correction="ptd")
    early = pd.DataFrame(
        {
            "term": ["empathize"],
            "outcome": ["csat"],
            "model": ["linear"],
            "scale": ["points"],
            "estimate": [0.5],
        }
        | {"conf_low": [low], "conf_high": [0.8], "evidence": [evidence]}
    )
    plan = Plan(**{**story.result.plan.model_dump(exclude_defaults=True), "correction": {}})
    result = replace(
        story.result,
        plan=plan,
        effects=pd.concat([plain, corrected], ignore_index=True),
        tables={**story.result.tables, "early": early},
    )
    often = story.table["agent_id"].isin(["agent-1", "agent-2", "agent-3"])
    table = story.table.assign(empathize_used=often | (story.table.index % 3 == 0), anger_used=True)
    return replace(story, result=result, table=table)


def row(story: Story, term: str = "empathize") -> pd.Series:
    return to_try(story, CSAT).set_index("term").loc[term]


def text(story: Story) -> str:
    return " ".join(" ".join(str(part).split()) for part in practice_parts(story))


def test_rules_alone_recommend_nothing(story: Story) -> None:
    assert row(story)["against"] == "rests on the rules' marks alone, which err: code some by hand"
    assert row(story, "apologize")["against"] == UNTOLD
    said = text(story)
    assert "The evidence allows no recommendation. Of" in said
    assert "Worth a trial" not in said


def test_what_passes_everything_is_worth_a_trial(story: Story) -> None:
    good = convincing(story)
    found = row(good)
    assert found["against"] == ""
    assert found["often"] > found["team"] + 0.2
    assert found["occasions"] == len(good.table)
    assert to_try(good, CSAT)["term"].iloc[0] == "empathize"
    said = text(good)
    assert "Worth a trial: more empathize." in said
    assert "let some agents begin before others, and compare" in said


@pytest.mark.parametrize(
    ("changed", "against"),
    [
        ({"evidence": "association"}, "an association: nothing shows that the step came first"),
        ({"low": -0.2}, "its early uses show no such difference"),
    ],
)
def test_without_early_uses_that_agree_there_is_no_trial(story: Story, changed, against) -> None:
    assert row(convincing(story, **changed))["against"].startswith(against)


def test_where_all_do_it_alike_there_is_nothing_to_practise(story: Story) -> None:
    good = convincing(story)
    alike = good.table.assign(empathize_used=good.table.groupby("agent_id").cumcount() % 2 == 0)
    assert (
        row(replace(good, table=alike))["against"] == "those who do it most differ too little from the team"
    )


def test_where_low_is_good_the_same_difference_is_no_reason(story: Story) -> None:
    found = to_try(convincing(story), replace(CSAT, good="low")).set_index("term").loc["empathize"]
    assert found["against"] == "goes with worse outcomes: listen to some before asking for more"


def test_a_sign_that_turns_within_agents_speaks_against_a_trial(story: Story) -> None:
    good = convincing(story)
    assert good.result is not None
    effects = good.result.effects.copy()
    within = effects["model"].str.contains("within") & effects["term"].eq("empathize")
    effects.loc[within, "estimate"] = -0.3
    turned = replace(good, result=replace(good.result, effects=effects))
    assert row(turned)["against"].startswith("the sign turns under another question")


def test_steps_that_cannot_be_told_from_chance_are_folded_away(story: Story) -> None:
    parts = list(practice_parts(story))
    shown = next(part for part in parts if isinstance(part, Facts))
    folded = next(part for part in parts if isinstance(part, Folded))
    assert shown.frame["step"].tolist() == ["Empathize"]
    assert f"The other {len(to_try(story, CSAT)) - 1} steps: no advice" in folded.summary


def test_without_agents_there_is_nobody_to_learn_from(story: Story) -> None:
    assert list(practice_parts(replace(story, table=story.table.assign(agent_id=pd.NA)))) == []
    assert list(practice_parts(replace(story, result=None))) == []
