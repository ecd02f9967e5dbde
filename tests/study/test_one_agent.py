"""One agent alone: each interaction counts for itself, as where agents are not known, and the limits of that are said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.study.worlds import small_world

from stepmark.study import Plan, study

TOLD = (
    "All interactions have the same agent: nothing can be said beyond it, and the intervals only speak of its further "
    "interactions."
)
PLANS: dict[str, dict[str, object]] = {
    "regression": {},
    "scores": {"outcome": "csat"},
    "t distribution": {"outcome": "csat", "inference": {"distribution": "t"}},
    "adjusted": {"adjustment": {"methods": ["aipw", "ra", "ipw"]}},
    "corrected": {"correction": {}},
    "corrected by design": {"correction": {"method": "dsl"}},
    "weighted for answers": {"response": {}},
    "imputed answers": {"response": {"method": "impute", "imputations": 5}},
    "e-values and controls": {"sensitivity": {"specification_curve": False}},
    "gee": {"model": "gee_logistic"},
    "times": {"outcome": {"name": "minutes", "kind": "time", "event": "resolved"}},
}


def world(answered: float) -> pd.DataFrame:
    table, rng = small_world(600), np.random.default_rng(0)
    wrong, coded = rng.random(600) < 0.1, rng.random(600) < 0.6
    table = table.assign(agent_id="only", coded=coded.astype(int), coding_probability=0.6)
    table["probe_gold"] = np.where(wrong, 1 - table["probe"], table["probe"])
    table.loc[rng.random(600) > answered, "resolved"] = np.nan
    return table


@pytest.mark.parametrize("name", PLANS)
def test_one_agent_is_as_agents_that_are_not_known(name):
    plan = {"outcome": "resolved", "steps": ["probe"], "controls": ["anger"], **PLANS[name]}
    table = world(0.7 if "response" in plan else 1.0)
    one, unknown = study(table, Plan(**plan)), study(table, Plan(**plan, cluster=""))
    # what stands apart is said in words and in the label: one agent is too few to tell
    apart = ["n_clusters", "evidence"]
    pd.testing.assert_frame_equal(
        one.effects.drop(columns=apart), unknown.effects.drop(columns=apart), rtol=1e-9
    )
    steps = one.effects[one.effects["term"] == "probe"]
    assert set(steps["evidence"]) == {"too few agents to tell"}
    assert one.tables.keys() == unknown.tables.keys()
    for key, frame in one.tables.items():
        pd.testing.assert_frame_equal(frame, unknown.tables[key], rtol=1e-9)
    assert TOLD in one.statements
    assert TOLD not in unknown.statements


def test_the_odds_of_one_agent_are_tested_as_those_of_separate_interactions():
    plan = {"outcome": "csat", "steps": ["probe", "apologize"]}
    one, unknown = (study(world(1.0), Plan(**plan, **more)) for more in ({}, {"cluster": ""}))
    tests = one.diagnostics["models"][0]["proportional_odds"]
    assert tests == unknown.diagnostics["models"][0]["proportional_odds"]
    assert 0 < tests["probe"]["p_value"] < 1


def test_no_adjusted_estimate_comes_from_the_comparable_interactions_of_one_agent():
    """The step's chance follows from the control for all agents but one, whose interactions are all that is left."""
    rng = np.random.default_rng(5)
    agent = np.repeat([0, 1, 2], [300, 100, 100])
    state = np.where(agent == 0, rng.normal(size=500), np.where(agent == 1, 30.0, -30.0))
    used = np.where(
        agent == 0, rng.random(500) < 0.5, rng.random(500) < np.where(agent == 1, 0.98, 0.02)
    ).astype(int)
    table = pd.DataFrame({"agent_id": agent, "state": state, "probe": used, "y": rng.normal(size=500) + used})
    found = study(
        table, Plan(outcome="y", steps=["probe"], controls=["state"], adjustment={"trim": (0.2, 0.8)})
    )
    assert set(found.effects["model"]) == {"linear"}
    assert any(
        text.startswith(
            "probe: the interactions with and without it that are comparable are all of one agent"
        )
        for text in found.statements
    )
