"""Coaching that is fair to people with few interactions, and what a training changed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stepmark.errors import InputError
from stepmark.study.agents import coaching, rollout
from stepmark.study.agents.coaching import fit_beta_binomial


def team(seed: int, sizes: np.ndarray, concentration: float = 20.0, mean: float = 0.4) -> tuple:
    """Agents whose true rates are beta distributed, and the table of their interactions."""
    rng = np.random.default_rng(seed)
    rates = rng.beta(mean * concentration, (1 - mean) * concentration, len(sizes))
    agent = np.repeat(np.arange(len(sizes)), sizes)
    table = pd.DataFrame(
        {"agent_id": [f"a{i:03}" for i in agent], "explain_used": rng.random(len(agent)) < rates[agent]}
    )
    return rates, table


def test_maximum_likelihood_finds_the_beta_distribution() -> None:
    rng = np.random.default_rng(1)
    rates = rng.beta(8, 12, 4000)
    mean, concentration = fit_beta_binomial(rng.binomial(30, rates).astype(float), np.full(4000, 30))
    assert mean == pytest.approx(0.4, abs=0.01)
    assert concentration == pytest.approx(20, rel=0.12)


def test_shrunken_rates_are_nearer_to_the_truth_than_raw_ones() -> None:
    rates, table = team(2, np.random.default_rng(2).integers(3, 40, 200))
    found = coaching(table, ["explain"]).table
    raw, shrunken = ((found[name] - rates).pow(2).mean() for name in ("rate", "shrunken"))
    assert shrunken < 0.7 * raw


def test_posterior_intervals_cover_agents_true_rates() -> None:
    covered = []
    for seed in range(20):
        rates, table = team(seed, np.random.default_rng(seed).integers(3, 60, 60))
        found = coaching(table, ["explain"], conf_level=0.9).table
        covered.append(((found["conf_low"] <= rates) & (rates <= found["conf_high"])).mean())
    assert 0.86 <= np.mean(covered) <= 0.94


def test_one_interaction_never_singles_anybody_out() -> None:
    _, table = team(3, np.array([1, *[40] * 20]))
    table.loc[0, "explain_used"] = False
    assert coaching(table, ["explain"]).of("a000")["reading"].tolist() == [
        "like the team, as far as one can tell"
    ]


def test_a_step_counts_only_where_there_was_occasion() -> None:
    table = pd.DataFrame(
        {
            "agent_id": list("abcdef") * 10,
            "set_boundary_used": [True] * 30 + [False] * 30,
            "abuse_used": [True] * 36 + [False] * 24,
        }
    )
    found = coaching(table, ["set_boundary"]).of("a")
    assert found[["occasions", "used"]].values.tolist() == [[6, 5]]


def test_agents_who_are_alike_are_all_like_the_team() -> None:
    table = pd.DataFrame({"agent_id": list("abcdefgh") * 50, "explain_used": [True, False] * 200})
    table["explain_used"] = np.tile(np.repeat([True, False], 8), 25)
    assert (coaching(table, ["explain"]).table["reading"] == "like the team, as far as one can tell").all()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (pd.DataFrame({"agent_id": ["a"], "explain_used": [True]}), "1 agents; expected 5 or more"),
        (pd.DataFrame({"agent_id": list("abcdef")}), "no column 'explain_used'"),
    ],
)
def test_no_team_or_no_column_is_said_so(table: pd.DataFrame, words: str) -> None:
    with pytest.raises(InputError, match=words):
        coaching(table, ["explain"])


def trained(seed: int, effect: float = 0.5, agents: int = 40, trend: float = 0.1) -> pd.DataFrame:
    """Groups trained in periods 3, 5 and 7 or never; everyone drifts upward; better agents are trained first."""
    rng = np.random.default_rng(seed)
    start = np.tile([3.0, 5.0, 7.0, np.nan], agents // 4)
    level = rng.normal(0, 0.5, agents) + np.where(start == 3, 0.6, 0)
    rows = pd.MultiIndex.from_product([range(agents), range(10), range(6)], names=["agent", "period", "k"])
    table = rows.to_frame(index=False)
    table["trained_from"] = start[table["agent"]]
    after = table["period"] >= table["trained_from"]
    noise = rng.normal(0, 0.5, len(table))
    table["score"] = level[table["agent"]] + trend * table["period"] + effect * after + noise
    return table.assign(agent_id=table["agent"].map("a{:02}".format))


def test_a_staggered_training_is_found_in_spite_of_trend_and_selection() -> None:
    covered = []
    for seed in range(5):
        found = rollout(trained(seed, agents=24), "score")
        row = found.average.iloc[0]
        covered.append(row["conf_low"] <= 0.5 <= row["conf_high"])
        assert row["estimate"] == pytest.approx(0.5, abs=0.3)
    assert sum(covered) >= 4


def test_before_the_training_nothing_shows() -> None:
    by_time = rollout(trained(3), "score").by_time.set_index("since")
    before = by_time[by_time.index < -1]
    assert ((before["conf_low"] <= 0) & (before["conf_high"] >= 0)).mean() >= 0.8
    assert -1 not in by_time.index


def test_trained_groups_are_compared_with_those_not_yet_trained_only() -> None:
    cells = rollout(trained(1), "score").cells
    late = cells[(cells["start"] == 5) & (cells["period"] == 8)].iloc[0]
    assert late["comparison"] == 10  # only those never trained


def test_training_everyone_at_once_cannot_be_told_from_time() -> None:
    table = trained(1).assign(trained_from=4.0)
    with pytest.raises(InputError, match="no group that was trained while others were not yet"):
        rollout(table[table["period"] >= 4], "score")


def test_an_agent_trained_twice_is_an_error() -> None:
    table = trained(1)
    table.loc[0, "trained_from"] = 9.0
    with pytest.raises(InputError, match="agent 'a00' has several starts of training"):
        rollout(table, "score")
