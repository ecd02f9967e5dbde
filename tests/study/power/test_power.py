"""Precision by formula against known values and against simulation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepmark.errors import InputError
from stepmark.study.clusters import Clusters
from stepmark.study.power import Assumptions, anova_icc, precision, precision_table, simulated_power


@pytest.mark.public
def test_intraclass_correlations_equal_r(shared: Path) -> None:
    star = pd.read_csv(shared / "reference" / "star_task.csv")
    reference = pd.read_csv(shared / "reference" / "reference2.csv").query("id == 'ICC'")
    clusters = Clusters.of(star["wizard"])
    got = [anova_icc(star[term].to_numpy(float), clusters) for term in reference["term"]]
    np.testing.assert_allclose(got, reference["estimate"], rtol=1e-7)


def resolved_world(**changed: float) -> Assumptions:
    """Seven in ten resolved, a step in a quarter of the interactions, one in five answers."""
    base = {
        "response": 0.2,
        "prevalence": 0.25,
        "outcome_sd": 100 * 0.21**0.5,
        "icc_outcome": 0,
        "icc_step": 0,
    }
    return Assumptions(**{**base, **changed})


def test_the_formula_is_the_textbook_one_for_two_means() -> None:
    world = resolved_world(response=1.0)
    expected = 100 * np.sqrt(0.21 / 500 + 0.21 / 1500)
    assert precision(world, 2000, 100, 5.0).std_error == pytest.approx(expected)


def test_rules_that_err_shrink_what_is_seen() -> None:
    world = resolved_world(sensitivity=0.75, specificity=0.95)
    # p^ = .225; (.75 + .95 - 1) * .1875 / (.225 * .775)
    assert world.attenuation == pytest.approx(0.7 * 0.1875 / (0.225 * 0.775))
    assert precision(world, 10_000, 100, 5.0).seen_as == pytest.approx(5 * world.attenuation)


def test_the_hand_coded_sample_sets_the_precision_of_the_corrected_estimate() -> None:
    world = resolved_world(gain=1.7)
    small, large = (
        precision(world, n, 10**6, 5.0, estimator="corrected", n_coded=400) for n in (10_000, 100_000)
    )
    assert small.std_error == pytest.approx(large.std_error)
    # (z.975 + z.8) * 100 * sqrt(.21 / (400 * .1875 * 1.7))
    assert small.minimal_effect == pytest.approx(
        2.80159 * 100 * np.sqrt(0.21 / (400 * 0.1875 * 1.7)), rel=1e-4
    )


def test_power_at_the_minimal_effect_is_the_power_asked_for() -> None:
    world = resolved_world(sensitivity=0.8, specificity=0.9)
    effect = precision(world, 8000, 80, 1.0).minimal_effect
    assert precision(world, 8000, 80, effect).power == pytest.approx(0.8, abs=0.005)


def test_alike_agents_cost_precision() -> None:
    assert (
        precision(resolved_world(icc_outcome=0.1, icc_step=0.3), 3000, 20, 5).std_error
        > precision(resolved_world(), 3000, 20, 5).std_error
    )


def test_a_pilot_tells_what_to_assume() -> None:
    rng = np.random.default_rng(5)
    agent = np.repeat(np.arange(400), 10)
    csat = 3 + rng.normal(0, 0.5, 400)[agent] + rng.normal(size=4000)
    csat[rng.random(4000) < 0.5] = np.nan
    table = pd.DataFrame({"agent_id": agent.astype(str), "csat": csat, "used": rng.random(4000) < 0.3})
    learned = Assumptions.from_pilot(table, "used", "csat", sensitivity=0.8, specificity=0.95)
    assert learned.response == pytest.approx(0.5, abs=0.05)
    assert learned.prevalence == pytest.approx(0.3, abs=0.05)
    assert learned.icc_outcome == pytest.approx(0.2, abs=0.05)
    assert learned.icc_step < 0.03
    assert learned.sensitivity == 0.8


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"prevalence": 0.0}, "power, prevalence: 0.0"),
        ({"response": 1.2}, "power, response: 1.2; expected a share from 0 to 1"),
        ({"sensitivity": 0.3, "specificity": 0.6}, "Such rules tell nothing"),
        ({"gain": 0.5}, "power, gain: 0.5; expected 1 or more"),
    ],
)
def test_what_cannot_be_assumed_is_said_so(changed: dict[str, float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Assumptions(**changed)


def test_the_table_leaves_out_designs_that_code_more_than_answered() -> None:
    table = precision_table(
        resolved_world(),
        5.0,
        n_interactions=[1000, 4000],
        n_agents=[40],
        n_coded=[400],
        cost_interaction=1,
        cost_coded=10,
    )
    assert table["estimator"].tolist() == ["naive", "naive", "corrected"]
    assert table["cost"].tolist() == [1000, 4000, 8000]


def test_simulated_studies_agree_with_the_formula_and_keep_their_promise() -> None:
    trial = simulated_power(
        ["apologize", "empathize", "explain"],
        outcome="resolved",
        n_interactions=2500,
        n_agents=50,
        n_coded=400,
        replications=60,
        seed=3,
    )
    table = trial.table.set_index(["step", "method"])
    assert table["failed"].max() <= 0.05
    corrected = table.xs("corrected", level="method")
    gold = table.xs("gold only", level="method")
    assert (corrected["sd"] <= 1.1 * gold["sd"]).all()
    assert corrected["coverage"].between(0.85, 1.0).all()
    again = simulated_power(["apologize"], outcome="resolved", replications=2, seed=3, n_interactions=2500)
    assert again.estimates.equals(
        simulated_power(
            ["apologize"], outcome="resolved", replications=2, seed=3, n_interactions=2500
        ).estimates
    )
