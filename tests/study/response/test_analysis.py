"""Non-response and timing as a plan asks for them, in worlds whose truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import stepmark
from stepmark.study import Plan
from stepmark.study.simulate import simulate

CONTROLS = ["anger_before", "prior_contacts", "queue_minutes", "issue"]


@pytest.fixture(scope="module")
def world() -> pd.DataFrame:
    return simulate(4000, 60, 21, text=False).table


def plan(**rest: object) -> Plan:
    return Plan(
        **{
            "outcome": "csat",
            "kind": "ordinal",
            "steps": ["empathize", "explain"],
            "controls": CONTROLS,
            **rest,
        }
    )


def test_weighted_rows_stand_beside_the_unweighted(world: pd.DataFrame) -> None:
    found = stepmark.study(world, plan(response={"predictors": ["channel", "resolved"]}))
    rows = found.effects.query("contrast == 'used - not used'").set_index(["correction", "term"])
    plain, weighted = rows.loc[("none", "empathize")], rows.loc[("response_weighted", "empathize")]
    assert weighted["estimate"] == pytest.approx(plain["estimate"], abs=plain["std_error"])
    assert weighted["std_error"] > 0.9 * plain["std_error"]
    assert any("answered. Weighted by their chance to answer" in text for text in found.statements)


def test_who_answered_is_told_by_step_and_state(world: pd.DataFrame) -> None:
    rates = stepmark.study(world, plan(response={})).tables["response_rates"]
    assert {"empathize_used", "explain_used", "anger_before", "resolved"} <= set(rates["column"])
    total = rates[rates["column"] == "anger_before"]
    assert total["answered"].sum() == world["csat"].notna().sum()
    assert total["n"].sum() == len(world)


def test_a_tilt_that_would_change_the_conclusion_is_named(world: pd.DataFrame) -> None:
    found = stepmark.study(world, plan(response={"tilt": 1.5}))
    tilt = found.tables["tilt"]
    assert sorted(tilt["gamma"].unique()) == pytest.approx(np.linspace(-1.5, 1.5, 9))
    middle = tilt[np.isclose(tilt["gamma"], 0) & (tilt["term"] == "empathize")].iloc[0]
    weighted = found.effects.query("correction == 'response_weighted' and term == 'empathize'").iloc[0]
    assert middle["estimate"] == pytest.approx(weighted["estimate"])


def test_everyone_answered_needs_no_weights(world: pd.DataFrame) -> None:
    found = stepmark.study(world, plan(outcome="resolved", kind="binary", response={}))
    assert (found.effects["correction"] == "none").all()


@pytest.mark.public
def test_a_plan_reproduces_the_timing_tests_of_r(shared: Path) -> None:
    table = pd.read_csv(shared / "reference" / "mwoz_timing.csv")
    asked = Plan(
        outcome="mean_sat",
        kind="continuous",
        steps=["apologize_B1"],
        controls=["log_n_sys", "n_domains", "open_words"],
        cluster="",
        inference={"kind": "hc1", "distribution": "normal"},
        timing={"steps": ["apologize", "offer_solution"]},
    )
    tests = stepmark.study(table, asked).tables["timing_tests"].set_index(["term", "test"])
    want = pd.read_csv(shared / "reference" / "reference2.csv").query("id == 'T3'")
    for (_, row), test in zip(want.iterrows(), ["any effect", "timing matters"] * 2, strict=True):
        got = tests.loc[(row["term"], test)]
        assert got["statistic"] == pytest.approx(row["estimate"], rel=1e-6)


def test_the_first_use_stands_in_for_all_uses_and_is_said_so(world: pd.DataFrame) -> None:
    rng = np.random.default_rng(1)
    used = world["empathize_used"].to_numpy(dtype=bool)
    place = np.where(used, rng.random(len(world)), np.nan)
    found = stepmark.study(
        world.assign(empathize_position=place), plan(timing={"steps": ["empathize", "explain"]})
    )
    assert set(found.tables["timing"]["term"]) == {"empathize"}
    assert any("curve of empathize is about its first use" in text for text in found.statements)
    assert any("tells nothing of when explain was used" in text for text in found.statements)


def test_a_rare_step_has_no_timing_curve(world: pd.DataFrame) -> None:
    place = np.where(np.arange(len(world)) < 25, 0.5, np.nan)
    found = stepmark.study(world.assign(empathize_position=place), plan(timing={"steps": ["empathize"]}))
    assert "timing" not in found.tables
    assert any("there is no timing curve" in text for text in found.statements)
