"""What a model's reader must know is found, and said."""

from __future__ import annotations

import numpy as np
import pytest
from tests.study.worlds import small_world

from stepmark.study import Plan, study
from stepmark.study.clusters import Clusters
from stepmark.study.families import Logistic, Ordinal
from stepmark.study.newton import fit
from stepmark.study.profile import nominal_test, profile_interval
from stepmark.study.proportional import proportional_test


def uneven_world(n: int = 2000):
    """`probe` saves conversations from the lowest score and does nothing at the top."""
    table = small_world(n, agents=50, seed=2)
    rng = np.random.default_rng(5)
    table["csat"] = np.where(
        (table["csat"] == 1) & (table["probe"] == 1) & (rng.random(n) < 0.8), 2, table["csat"]
    )
    return table


def ordinal_fit(table):
    columns = ["probe", "apologize", "anger"]
    return fit(
        Ordinal((1, 2, 3, 4, 5)), table[columns].to_numpy(dtype=float), table["csat"] - 1, names=columns
    )


def test_uneven_odds_are_found_and_even_ones_are_not():
    uneven, even = uneven_world(), small_world(2000, agents=50, seed=2)
    agents = Clusters.of(uneven["agent_id"])
    assert proportional_test(ordinal_fit(uneven), "probe", agents).p_value < 1e-3
    assert proportional_test(ordinal_fit(even), "probe", agents).p_value > 0.01


def test_score_test_without_clusters_is_close_to_the_likelihood_ratio():
    model = ordinal_fit(uneven_world(1000))
    for name in ("probe", "apologize"):
        ratio, score = nominal_test(model, name), proportional_test(model, name)
        assert score.df == ratio.df == 3
        assert 3 * score.statistic == pytest.approx(ratio.statistic, rel=0.25, abs=1.0)


def test_uneven_odds_are_said():
    found = study(uneven_world(), Plan(outcome="csat", steps=["probe", "apologize"], controls=["anger"]))
    said = [s for s in found.diagnostics["statements"] if s["check"] == "proportional_odds"]
    assert [s["about"] for s in said] == ["probe"]
    assert "probe does not shift csat evenly" in said[0]["text"]


def test_an_agent_who_moves_the_result_is_named():
    table = small_world(300, agents=12)
    rows = table["agent_id"] == "a05"
    table.loc[rows, "minutes"] = np.where(table.loc[rows, "probe"] == 1, 60.0, 0.0)
    found = study(table, Plan(outcome="minutes", steps=["probe", "apologize"], controls=["anger"]))
    assert any(
        "Leaving out agent a05 would move the coefficient of probe" in text for text in found.statements
    )


def test_profile_interval_ends_where_the_likelihood_ratio_says():
    table = small_world()
    X = np.column_stack([np.ones(len(table)), table[["probe", "anger"]]])
    full = fit(Logistic(), X, table["resolved"].to_numpy())
    low, high = profile_interval(full, 1, 0.95)
    assert low < full.params[1] < high
    for end in (low, high):
        rest = fit(Logistic(), X[:, [0, 2]], table["resolved"].to_numpy(), offset=end * X[:, 1])
        assert 2 * (full.loglik - rest.loglik) == pytest.approx(3.841459, abs=1e-4)
