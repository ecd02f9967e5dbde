"""Imputed answers: pooled by Rubin's rules, and in agreement with weights where both may be used."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import stepmark
from stepmark.study import Plan
from stepmark.study.families import Linear, Logistic, Ordinal
from stepmark.study.newton import fit
from stepmark.study.response.impute import cluster_bootstrap, draw_outcome, pool


def test_pooling_is_rubins_rule_with_the_degrees_of_freedom_of_barnard_and_rubin() -> None:
    estimates, variances = np.array([2.0, 2.5, 1.5, 2.2]), np.array([0.3, 0.2, 0.25, 0.25])
    one = pool(estimates, variances, complete_df=30)
    between = estimates.var(ddof=1)
    total = 0.25 + 1.25 * between
    share = 1.25 * between / total
    old, observed = 3 / share**2, 31 / 33 * 30 * (1 - share)
    assert one.std_error**2 == pytest.approx(total)
    assert one.df == pytest.approx(old * observed / (old + observed))
    assert one.missing_information == pytest.approx(share)
    assert pool(np.ones(3), np.ones(3), complete_df=9).df == 9


def test_draws_follow_the_model_they_come_from() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=4000)
    wide, ones = x[:, None], np.column_stack([np.ones(4000), x])
    latent = x + rng.logistic(size=4000)
    for family, X, y in (
        (Linear(), ones, 1 + x + rng.normal(size=4000)),
        (Logistic(), ones, (latent > 0).astype(float)),
        (Ordinal((1.0, 2.0, 3.0)), wide, np.digitize(latent, [-1, 1]).astype(float)),
    ):
        one = fit(family, X, y)
        again = fit(family, X, draw_outcome(one, X, rng))
        np.testing.assert_allclose(again.params, one.params, atol=0.15)


def test_agents_are_drawn_whole() -> None:
    groups = np.repeat(np.arange(10), 7)
    times = cluster_bootstrap(groups, np.random.default_rng(1)).reshape(10, 7)
    assert (times == times[:, :1]).all()
    assert times[:, 0].sum() == 10


def answered_by_anger(seed: int, n: int = 2500) -> tuple[pd.DataFrame, pd.Series]:
    """Answers missing at random: the angry, and those whose matter took long, answer less."""
    rng = np.random.default_rng(seed)
    agent = rng.integers(0, 40, n)
    anger = rng.random(n) < 0.4
    used = rng.random(n) < np.where(anger, 0.6, 0.3)
    minutes = 10 + 4 * anger + rng.normal(size=n)
    index = 0.7 * used - 1.2 * anger - 0.1 * (minutes - 10) + rng.normal(0, 0.3, 40)[agent]
    csat = np.digitize(index + rng.logistic(size=n), [-2, -1, 0, 1.2]) + 1.0
    answered = rng.random(n) < expit(0.6 - 1.0 * anger - 0.3 * (minutes - 10))
    table = pd.DataFrame(
        {
            "agent_id": agent.astype(str),
            "empathize_used": used,
            "anger_before": anger,
            "minutes": minutes,
            "csat": np.where(answered, csat, np.nan),
        }
    )
    return table, pd.Series(csat)


def plan(method: str, **rest: object) -> Plan:
    response = {"method": method, "predictors": ["minutes"], "tilt": 0.1, "imputations": 10}
    return Plan(
        outcome="csat",
        kind="ordinal",
        steps=["empathize"],
        controls=["anger_before"],
        response=response,
        **rest,
    )


def imputed(table: pd.DataFrame, asked: Plan) -> pd.Series:
    found = stepmark.study(table, asked).effects
    return found[found["correction"] == "imputed"].iloc[0]


def test_imputing_agrees_with_weighting_where_answers_are_missing_at_random() -> None:
    truth, gaps, covered = [], [], []
    for seed in range(6):
        table, csat = answered_by_anger(seed)
        whole = stepmark.study(table.assign(csat=csat), plan("none")).main().iloc[0]
        one = imputed(table, plan("impute"))
        other = (
            stepmark.study(table, plan("weight")).effects.query("correction == 'response_weighted'").iloc[0]
        )
        gaps.append((one["estimate"] - other["estimate"]) / other["std_error"])
        truth.append(whole["estimate"])
        covered.append(one["conf_low"] < whole["estimate"] < one["conf_high"])
        assert one["std_error"] > whole["std_error"]
    assert np.abs(np.mean(gaps)) < 0.3
    assert np.max(np.abs(gaps)) < 1.0
    assert np.mean(covered) >= 5 / 6


def test_imputing_is_seeded_and_speaks_of_everyone() -> None:
    table, _ = answered_by_anger(3)
    one, same, other = (imputed(table, plan("impute", seed=seed)) for seed in (1, 1, 2))
    assert one["estimate"] == same["estimate"] != other["estimate"]
    assert one["n"] == len(table)
    found = stepmark.study(table, plan("impute"))
    assert "response_weighted" not in set(found.effects["correction"])
    assert any("of the answers were imputed 10 times" in text for text in found.statements)
    assert {"response_rates", "tilt"} <= set(found.tables)


def test_binary_and_continuous_answers_are_imputed_and_counts_are_refused() -> None:
    table, _ = answered_by_anger(5, 800)
    table["good"] = (table["csat"] >= 4).astype(float).where(table["csat"].notna())
    for name, kind in (("good", "binary"), ("csat", "continuous")):
        asked = Plan(outcome=name, kind=kind, steps=["empathize"], response={"method": "impute"})
        assert np.isfinite(imputed(table, asked)["std_error"])
    counted = Plan(outcome="csat", kind="count", steps=["empathize"], response={"method": "impute"})
    found = stepmark.study(table, counted)
    assert "imputed" not in set(found.effects["correction"])
    assert any("are not imputed; use method = 'weight'" in text for text in found.statements)


def test_where_everyone_answered_nothing_is_imputed() -> None:
    table, csat = answered_by_anger(5, 400)
    found = stepmark.study(table.assign(csat=csat), plan("impute"))
    assert set(found.effects["correction"]) == {"none"}
