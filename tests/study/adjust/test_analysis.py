"""Adjustment, E-values and negative controls as a plan asks for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import stepmark
from stepmark.study import Plan
from stepmark.study.simulate import simulate

CONTROLS = ["anger_before", "prior_contacts", "queue_minutes", "issue", "experience_years"]


def plan(**rest: object) -> Plan:
    return Plan(
        **{"outcome": "csat", "kind": "ordinal", "steps": ["apologize"], "controls": CONTROLS, **rest}
    )


@pytest.fixture(scope="module")
def world() -> pd.DataFrame:
    return simulate(6000, 80, 11, text=False).table


@pytest.mark.public
def test_a_plan_reproduces_the_doubly_robust_estimate_of_r(shared: Path) -> None:
    star = pd.read_csv(shared / "reference" / "star_task.csv")
    reference = pd.read_csv(shared / "reference" / "reference.csv")
    asked = Plan(
        outcome="task_ok",
        kind="binary",
        steps=["apologize"],
        controls=["happy", "neg_open", "log_open_words"],
        cluster="wizard",
        inference={"kind": "cr0", "distribution": "normal"},
        adjustment={"methods": ["aipw", "ipw", "ipw_ht"], "trim": [0, 1]},
    )
    found = stepmark.study(star, asked).effects.set_index("model")
    for model, identifier in (
        ("doubly robust (AIPW)", "F_aipw_cl"),
        ("inverse-probability weighted", "F_ipw_hajek_cl"),
        ("inverse-probability weighted (Horvitz-Thompson)", "F_ipw_ht_cl"),
    ):
        want = reference[(reference["id"] == identifier) & (reference["term"] == "ATE")].iloc[0]
        got = found.loc[model]
        assert got["estimate"] == pytest.approx(100 * want["estimate"], rel=1e-7)
        assert got["std_error"] == pytest.approx(100 * want["se"], rel=1e-6)
        assert got["conf_low"] == pytest.approx(100 * want["lo"], rel=1e-6)


def test_the_naive_sign_of_apologize_is_wrong_and_the_adjusted_one_is_right(world: pd.DataFrame) -> None:
    truth = simulate(1, 1, 0, text=False).truth.query("step == 'apologize' and outcome == 'csat'").iloc[0]
    answered = world.dropna(subset="csat")
    naive = answered.groupby("apologize_used")["csat"].mean()
    found = stepmark.study(world, plan(adjustment={"methods": ["aipw"]})).effects
    adjusted = found[found["model"] == "doubly robust (AIPW)"].iloc[0]
    assert truth["effect"] > 0
    assert naive[True] < naive[False]
    assert adjusted["estimate"] > 0
    assert adjusted["conf_low"] <= truth["effect"] <= adjusted["conf_high"]


def test_overlap_and_balance_stand_beside_the_estimate(world: pd.DataFrame) -> None:
    found = stepmark.study(world, plan(adjustment={}))
    overlap = found.tables["overlap"].iloc[0]
    assert overlap["largest_smd_after"] < 0.1 < overlap["largest_smd_before"]
    assert overlap["estimated"]
    chances = found.tables["propensity"]
    assert chances["with_step"].sum() == overlap["used"]
    assert chances[["with_step", "without_step"]].sum().sum() == overlap["n"] + overlap["trimmed"]
    middle = (chances["low"] + chances["high"]) / 2
    mean = {name: np.average(middle, weights=chances[name]) for name in ("with_step", "without_step")}
    assert mean["with_step"] > mean["without_step"] + 0.1
    assert set(found.tables["balance"]["covariate"]) >= {"anger_before", "queue_minutes"}


def test_without_overlap_there_is_no_adjusted_estimate(world: pd.DataFrame) -> None:
    forced = world.assign(
        apologize_used=world["anger_before"].astype(bool) ^ (np.arange(len(world)) % 200 == 0)
    )
    found = stepmark.study(forced, plan(adjustment={}))
    assert found.effects[found.effects["model"].str.contains("AIPW")].empty
    assert any("there is no adjusted estimate" in text for text in found.statements)


def test_an_adjustment_without_anything_known_before_is_refused(world: pd.DataFrame) -> None:
    found = stepmark.study(world, plan(controls=[], adjustment={}))
    assert any("names nothing that was known before the first reply" in text for text in found.statements)


def test_e_values_stand_beside_the_strongest_measured_confounder(world: pd.DataFrame) -> None:
    found = stepmark.study(world, plan(sensitivity={"negative_controls": False}))
    row = found.tables["e_values"].iloc[0]
    assert row["e_value"] >= row["e_value_bound"] >= 1
    assert row["strongest"] in found.models[0].design.names
    assert row["strongest_strength"] > 1


def test_negative_controls_fire_where_difficulty_chooses_the_step(world: pd.DataFrame) -> None:
    found = stepmark.study(world, plan(sensitivity={"e_values": False}))
    controls = found.tables["negative_controls"].set_index(["kind", "control"])
    assert controls.loc[("earlier state", "anger_before"), "hit"]
    assert controls.loc[("later step", "check_resolved"), "hit"]
    assert any("apologize goes with anger_before" in text for text in found.statements)


def test_negative_controls_stay_silent_for_a_step_that_chance_chooses(world: pd.DataFrame) -> None:
    coin = world.assign(apologize_used=np.random.default_rng(9).random(len(world)) < 0.4)
    found = stepmark.study(coin, plan(sensitivity={"e_values": False}))
    controls = found.tables["negative_controls"]
    assert not controls.loc[controls["kind"] == "earlier state", "hit"].any()


def test_the_specification_curve_holds_the_planned_one_and_its_alternatives(world: pd.DataFrame) -> None:
    asked = plan(
        controls=["anger_before", "prior_contacts"],
        sensitivity={"e_values": False, "negative_controls": False, "specification_curve": True},
    )
    found = stepmark.study(world, asked)
    curve = found.tables["specifications"]
    planned = curve[curve["planned"]]
    assert len(planned) == 1
    assert planned["estimate"].iloc[0] == pytest.approx(found.main()["estimate"].iloc[0])
    assert set(curve["controls"]) == {"all", "none", "without anger_before", "without prior_contacts"}
    assert {"pooled", "within"} == set(curve["agents"])
    assert curve.loc[curve["controls"] == "none", "estimate"].max() < planned["estimate"].iloc[0]


def test_a_step_that_chance_chooses_early_earns_the_strongest_label(world: pd.DataFrame) -> None:
    rng = np.random.default_rng(12)
    early = world.assign(
        apologize_first_agent_turn=np.where(rng.random(len(world)) < 0.4, 0.0, np.nan), n_agent_turns=6
    )
    asked = plan(
        controls=["anger_before", "prior_contacts", "queue_minutes"],
        steps=[{"name": "apologize", "measure": "early"}],
        agents=["pooled", "within"],
        sensitivity={"e_values": False},
    )
    rows = stepmark.study(early, asked).main().set_index("model")
    assert rows.loc["proportional_odds", "evidence"] == "time-ordered association"
    assert rows.loc["linear, within agent", "evidence"] == "time-ordered, within-agent, controls passed"

    # whatever the controls say: with so few agents or uses one cannot tell
    few = stepmark.study(early[early["agent_id"].isin(early["agent_id"].unique()[:5])], asked).main()
    assert set(few["evidence"]) == {"too few agents to tell"}
    seldom = early.assign(apologize_first_agent_turn=np.where(np.arange(len(early)) < 12, 0.0, np.nan))
    assert set(stepmark.study(seldom, asked).main()["evidence"]) == {"too few cases to tell"}

    angry = world["anger_before"].astype(bool) & (rng.random(len(world)) < 0.8)
    chosen = world.assign(apologize_first_agent_turn=np.where(angry, 0.0, np.nan), n_agent_turns=6)
    rows = stepmark.study(chosen, asked).main().set_index("model")
    assert (rows["evidence"] == "association").all()
