"""A study with the right controls covers what is true, over many corpora; the naive table does not."""

from __future__ import annotations

import pandas as pd
import pytest

from stepmark.study import Plan, study
from stepmark.study.simulate import STEPS, simulate, true_effects

CORPORA, INTERACTIONS, AGENTS = 200, 3_000, 60
CAUSES = [s.step for s in STEPS if s.role == "cause"]
KNOWN_BEFORE = ["issue", "channel", "queue_minutes", "prior_contacts", "experience_years"]
SIGNALS = ["anger", "abuse", "churn_threat", "repeat_contact", "unresolved"]


def plan(steps: list[str], controls: list[str]) -> Plan:
    return Plan.model_validate(
        {
            "outcomes": [{"name": "csat", "kind": "ordinal", "levels": [1, 2, 3, 4, 5]}],
            "steps": [{"name": step, "measure": "used"} for step in steps],
            "controls": [{"name": name} for name in controls],
            "cluster": "agent_id",
            "insist": True,
        }
    )


def points(table: pd.DataFrame, the_plan: Plan) -> pd.DataFrame:
    effects = study(table, the_plan).effects
    return effects[effects["scale"] == "points"].set_index("term")


@pytest.mark.nightly
def test_adjusted_intervals_cover_the_truth_and_naive_ones_miss_it():
    truth = true_effects().query("outcome == 'csat'").set_index("step")["effect"]
    adjusted = plan(CAUSES, [*KNOWN_BEFORE, *(f"{s}_before" for s in SIGNALS)])
    naive = plan(["apologize"], [])
    covered, signs = [], []
    for seed in range(CORPORA):
        table = simulate(INTERACTIONS, AGENTS, seed=50_000 + seed, text=False).table
        found = points(table, adjusted)
        found = found[found["estimate"].notna()]
        covered.append((found["conf_low"] <= truth[found.index]) & (truth[found.index] <= found["conf_high"]))
        signs.append(points(table, naive).loc["apologize", "conf_high"] < 0)
    coverage = 100 * pd.DataFrame(covered).mean()
    assert 93.5 < coverage.mean() < 96.5, coverage
    assert coverage.min() > 90, coverage
    assert sum(signs) / CORPORA > 0.95


def test_one_study_gets_the_sign_of_apologize_right_where_the_naive_one_does_not():
    table = simulate(4_000, 60, seed=1, text=False).table
    adjusted = plan(CAUSES, [*KNOWN_BEFORE, *(f"{s}_before" for s in SIGNALS)])
    assert points(table, plan(["apologize"], [])).loc["apologize", "conf_high"] < -0.1
    row = points(table, adjusted).loc["apologize"]
    truth = true_effects().query("outcome == 'csat'").set_index("step")["effect"]["apologize"]
    assert row["estimate"] > 0
    assert row["conf_low"] < truth < row["conf_high"]
