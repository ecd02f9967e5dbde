"""A study with the right controls covers what is true, over many corpora; the naive table does not."""

from __future__ import annotations

import pandas as pd
import pytest
from benchmarks.world_coverage import Design, coverage, drawn_estimates, outside, summary

from stepmark.study import Plan, study
from stepmark.study.simulate import STEPS, simulate, true_effects

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
def test_intervals_of_studies_of_200_corpora_hold_the_truth_and_naive_ones_miss_it() -> None:
    table = coverage(drawn_estimates(200, Design(), workers=2))
    covered = table.set_index(["method", "step"])["covered"]
    for method in ("true codes", "corrected"):
        assert 93 < covered[method].mean() < 97, covered[method]
        assert covered[method].between(90, 100).all(), covered[
            method
        ]  # 200 draws: 95 ± 1.5, the lowest of 21
    assert covered["naive"].mean() < 70
    assert wrong_sign(table, "naive") == 100
    assert wrong_sign(table, "corrected") < 10


def test_three_corpora_tell_naive_intervals_from_those_that_hold() -> None:
    table = coverage(drawn_estimates(3, Design(n_interactions=3000, n_agents=50, n_coded=700)))
    covered = summary(table)["mean"]
    assert covered["naive"] < 75
    assert covered["true codes"] > 85
    assert covered["corrected"] > 85
    assert wrong_sign(table, "naive") == 100


def test_cells_outside_the_bar_come_with_what_chance_allows_them() -> None:
    cells = [
        ("true codes", "probe", 91.5, 200),
        ("corrected", "explain", 95.0, 200),
        ("naive", "probe", 0.0, 200),
    ]
    table = pd.DataFrame(cells, columns=["method", "step", "covered", "estimates"])
    (found,) = outside(table).to_dict("records")
    assert (found["method"], found["step"]) == ("true codes", "probe")
    # Clopper & Pearson's interval of 183 of 200
    assert found["low"] == pytest.approx(86.74, abs=0.01)
    assert found["high"] == pytest.approx(94.97, abs=0.01)


def wrong_sign(table: pd.DataFrame, method: str) -> float:
    rows = table[(table["method"] == method) & (table["step"] == "apologize")]
    return float(rows["wrong_sign"].iloc[0])


def test_one_study_gets_the_sign_of_apologize_right_where_the_naive_one_does_not():
    table = simulate(4_000, 60, seed=1, text=False).table
    adjusted = plan(CAUSES, [*KNOWN_BEFORE, *(f"{s}_before" for s in SIGNALS)])
    assert points(table, plan(["apologize"], [])).loc["apologize", "conf_high"] < -0.1
    row = points(table, adjusted).loc["apologize"]
    truth = true_effects().query("outcome == 'csat'").set_index("step")["effect"]["apologize"]
    assert row["estimate"] > 0
    assert row["conf_low"] < truth < row["conf_high"]
