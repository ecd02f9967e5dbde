"""Designs weighed against each other: which is enough, which is cheapest, and what sets the precision."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import stepmark
from stepmark.cli import app
from stepmark.errors import InputError, PlanError
from stepmark.study import Plan
from stepmark.study.clusters import Clusters
from stepmark.study.power import Assumptions, anova_icc, assumed_power, power, precision
from stepmark.study.simulate import misread, simulate

ASKED = {
    "effect": 10.0,
    "n_interactions": [5000, 20000],
    "n_agents": [60],
    "n_coded": [400, 1600],
    "prevalence": 0.25,
    "response": 0.4,
    "sensitivity": 0.75,
    "specificity": 0.95,
    "gain": 1.7,
    "outcome_share": 0.7,
    "cost_interaction": 0.1,
    "cost_coded": 5.0,
}


def plan(**changed: Any) -> Plan:
    return Plan(outcome="resolved", kind="binary", steps=["apologize"], power={**ASKED, **changed})


def test_the_cheapest_design_that_is_enough_is_chosen() -> None:
    found = power(plan())
    enough = found.table[found.table["reaches"]]
    assert found.chosen["cost"] == enough["cost"].min() == 5000 * 0.1 + 1600 * 5
    assert found.chosen["power"] >= 0.8
    assert found.conclusion.startswith(
        "The cheapest design that finds +10 percentage points with a power of 80%: 5,000 interactions of 60 agents, "
        "1,600 of them coded by hand"
    )


def test_naive_designs_are_never_enough_where_the_rules_err() -> None:
    table = power(plan()).table
    assert (table.loc[table["estimator"] == "naive", "power"] > 0.8).any()
    assert not table.loc[table["estimator"] == "naive", "reaches"].any()
    perfect = power(plan(sensitivity=1.0, specificity=1.0, n_coded=[])).table
    assert perfect["reaches"].all()


def test_it_says_that_the_hand_coded_sample_sets_the_precision_and_what_more_costs() -> None:
    found = power(plan(n_coded=[400]))
    world = found.assumptions
    now, coded = (
        precision(world, 5000, 60, 10, estimator="corrected", n_coded=n).std_error for n in (400, 800)
    )
    assert (
        "The hand-coded sample, not the corpus, sets the precision: twice as many hand-coded interactions lower the standard error "
        f"from {now:.3g} to {coded:.3g} percentage points for 2,000 more, twice as many interactions leave it at "
        f"{now:.3g} for 500 more." in found.conclusion
    )
    assert f"would show {10 * world.attenuation:+.3g} instead of +10 percentage points" in found.conclusion


def test_where_none_is_enough_it_says_what_could_be_found() -> None:
    found = power(plan(effect=1.0))
    smallest = f"{found.chosen['minimal_effect']:.3g}"
    assert found.conclusion.startswith("None of these designs finds +1 percentage points with a power of 80%")
    assert f"It finds effects of {smallest} percentage points or more." in found.conclusion
    assert found.chosen["power"] == found.table.query("estimator == 'corrected'")["power"].max()


def test_a_pilot_replaces_what_is_not_assumed_and_the_plan_goes_first() -> None:
    rng = np.random.default_rng(4)
    anger = rng.random(3000) < 0.4
    used = rng.random(3000) < np.where(anger, 0.8, 0.2)
    resolved = np.where(rng.random(3000) < 0.5, rng.random(3000) < 0.6, np.nan)
    agents = rng.integers(0, 50, 3000).astype(str)
    pilot = pd.DataFrame(
        {"agent_id": agents, "apologize_used": used, "resolved": resolved, "anger_before": anger}
    )
    told = dict.fromkeys(("prevalence", "response", "outcome_share"))
    asked = Plan(
        outcome="resolved",
        steps=["apologize"],
        controls=["anger_before"],
        power={**ASKED, **told, "gain": 1.2},
    )
    world = power(asked, pilot).assumptions
    assert world.prevalence == pytest.approx(used.mean())
    assert world.response == pytest.approx(0.5, abs=0.03)
    assert world.outcome_sd == pytest.approx(100 * np.nanstd(resolved, ddof=1))
    assert world.explained == pytest.approx(np.corrcoef(used, anger)[0, 1] ** 2, abs=0.002)
    assert (world.gain, world.sensitivity) == (1.2, 0.75)


def coded_pilot(coded: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A pilot that rules coded, right 75% and 95% of the time, with hand codes of some; and the truth."""
    truth = simulate(6000, 60, seed=3, text=False).table
    pilot = misread(truth, sensitivity=0.75, specificity=0.95, seed=4)
    drawn = np.random.default_rng(5).permutation(len(truth)) < coded
    return pilot.assign(apologize_gold=truth["apologize_used"].astype(float).where(drawn)), truth


def test_hand_codes_of_a_pilot_tell_what_the_rules_are_worth() -> None:
    pilot, truth = coded_pilot(3000)
    open_ = dict.fromkeys(("sensitivity", "specificity", "gain", "prevalence", "response", "outcome_share"))
    found = power(plan(**open_, icc_step=None), pilot)
    world, used = found.assumptions, truth["apologize_used"].astype(float)
    assert world.sensitivity == pytest.approx(0.75, abs=0.03)
    assert world.specificity == pytest.approx(0.95, abs=0.02)
    assert world.prevalence == pytest.approx(used.mean(), abs=0.02)
    true_icc = anova_icc(used.to_numpy(), Clusters.of(truth["agent_id"]))
    read_icc = anova_icc(pilot["apologize_used"].to_numpy(float), Clusters.of(truth["agent_id"]))
    assert read_icc < 0.8 * true_icc
    assert world.icc_step == pytest.approx(true_icc, rel=0.2)
    assert "Learned from 3,000 hand-coded interactions of the pilot: sensitivity 0.7" in found.conclusion
    # what the gain is said to be is what predict-then-debias reaches in simulated studies
    tried = assumed_power(
        replace(world, response=1.0),
        10.0,
        n_interactions=6000,
        n_agents=60,
        n_coded=400,
        replications=200,
        seed=2,
    ).table.set_index("method")["sd"]
    assert world.gain == pytest.approx((tried["gold only"] / tried["corrected"]) ** 2, rel=0.25)


def test_what_the_plan_says_of_the_rules_goes_before_hand_codes() -> None:
    pilot, _ = coded_pilot(3000)
    found = power(plan(gain=None), pilot)
    assert (found.assumptions.sensitivity, found.assumptions.specificity) == (0.75, 0.95)
    assert "Learned from 3,000 hand-coded interactions of the pilot: gain" in found.conclusion


def test_too_few_hand_codes_do_not_make_the_rules_perfect() -> None:
    pilot, _ = coded_pilot(30)
    with pytest.raises(
        PlanError, match=r"20 or more of each. Code more, or write sensitivity, gain into \[power\]"
    ):
        power(plan(sensitivity=None, gain=None), pilot)
    assert power(plan(), pilot).assumptions.sensitivity == 0.75


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"step": "empathise"}, r"plan, power.step: 'empathise'; expected one of the plan's own: apologize"),
        ({"outcome_share": None}, "nothing of how much the outcome varies; expected outcome_share"),
        ({"prevalence": 1.5}, "power, prevalence: 1.5; expected a share from 0 to 1"),
        ({"n_agent": [3]}, "plan, power.n_agent: no such entry. Did you mean 'n_agents'?"),
        ({"effect": "big"}, "plan, power.effect: 'big'"),
        ({"sensitivity": 1.0, "specificity": 1.0, "n_agents": [1]}, "power, agents: 1; expected 2 or more"),
    ],
)
def test_what_cannot_be_planned_is_said_so(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        power(plan(**changed))


def test_a_plan_without_the_section_is_refused() -> None:
    with pytest.raises(PlanError, match=r"no section \[power\]; expected \[power\] with effect"):
        stepmark.power(Plan(outcome="csat", steps=["apologize"]))


def test_how_a_study_is_sized_is_no_part_of_what_it_asks() -> None:
    assert plan().hash == plan(effect=3.0).hash


def test_studies_drawn_from_assumptions_agree_with_the_formula() -> None:
    world = Assumptions(
        response=0.8,
        prevalence=0.3,
        sensitivity=0.85,
        specificity=0.95,
        outcome_sd=1.2,
        icc_outcome=0.05,
        icc_step=0.1,
        explained=0.2,
    )
    trial = assumed_power(world, 0.4, n_interactions=2000, n_agents=50, n_coded=300, replications=300, seed=1)
    table = trial.table.set_index("method")
    naive = precision(world, 2000, 50, 0.4)
    coded = precision(world, 2000, 50, 0.4, estimator="corrected", n_coded=300)
    assert table.loc["naive", "sd"] == pytest.approx(naive.std_error, rel=0.2)
    assert table.loc["gold only", "sd"] == pytest.approx(coded.std_error, rel=0.15)
    assert table.loc["gold only", "power"] == pytest.approx(coded.power, abs=0.1)
    assert table.loc["corrected", "mean_estimate"] == pytest.approx(0.4, abs=0.03)
    assert table.loc["corrected", "sd"] < table.loc["gold only", "sd"]
    assert table.loc["corrected", "coverage"] == pytest.approx(0.95, abs=0.04)
    assert table.loc["naive", "coverage"] < 0.8


def test_the_command_prints_the_table_and_a_conclusion_and_writes_csv(tmp_path: Path) -> None:
    path, out = tmp_path / "plan.toml", tmp_path / "designs.csv"
    small = plan(simulate="world", replications=20, n_interactions=[1500], n_coded=[400])
    path.write_text(small.to_toml(), encoding="utf-8")
    done = CliRunner().invoke(app, ["power", "--plan", str(path), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "Power to find +10 percentage points of resolved with apologize" in done.output
    assert "in 20 simulated studies" in done.output
    assert "None of these designs finds" in done.output
    assert pd.read_csv(out)["estimator"].tolist() == ["naive", "corrected"]


def test_the_command_names_a_pilot_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(plan(pilot="pilot.csv").to_toml(), encoding="utf-8")
    done = CliRunner().invoke(app, ["power", "--plan", str(path)])
    assert isinstance(done.exception, InputError)
    assert f"{tmp_path / 'pilot.csv'}: no such file" in str(done.exception)
