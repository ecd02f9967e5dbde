"""Early uses alone: what they are, and the label that they earn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stepmark.study import Plan, study


def world(n: int = 3_000, *, by_difficulty: bool = False) -> pd.DataFrame:
    """Early empathy adds half a point, late empathy answers to trouble and stands for half a point less."""
    rng = np.random.default_rng(4)
    queue = rng.normal(size=n)
    chance = 1 / (1 + np.exp(-queue)) if by_difficulty else np.full(n, 0.5)
    early, late = rng.random(n) < 0.6 * chance, rng.random(n) < 0.4
    turn = np.where(early, 1.0, np.where(late, 5.0, np.nan))
    score = 3 + 0.5 * early - 0.5 * (late & ~early) - 0.3 * queue + rng.normal(size=n)
    return pd.DataFrame(
        {
            "agent_id": [f"a{i % 30}" for i in range(n)],
            "queue_minutes": queue,
            "prior_contacts": rng.poisson(1, n),
            "n_agent_turns": 7,
            "empathize_used": early | late,
            "empathize_first_agent_turn": turn,
            "score": score,
        }
    )


def asked(**sensitivity: object) -> Plan:
    return Plan(
        outcome="score",
        kind="continuous",
        steps=["empathize"],
        controls=["queue_minutes", "prior_contacts"],
        agents=["pooled", "within"],
        sensitivity={"early": True, **sensitivity},
    )


def test_early_uses_are_told_apart_from_those_that_answer_to_trouble() -> None:
    found = study(world(), asked())
    any_time = found.main().query("model == 'linear'")["estimate"].iloc[0]
    early = found.tables["early"].set_index("model")["estimate"]
    # late empathy alone has half a point less; against all without early empathy, 0.5 + 0.5 * 0.4
    assert early["linear"] == pytest.approx(0.7, abs=0.1)
    assert any_time < early["linear"] - 0.3


def test_the_strongest_label_is_earned_within_agents_where_controls_are_silent() -> None:
    labels = study(world(), asked()).tables["early"].set_index("model")["evidence"]
    assert labels["linear"] == "time-ordered association"
    assert labels["linear, within agent"] == "time-ordered, within-agent, controls passed"


def test_a_negative_control_that_speaks_takes_the_label_away() -> None:
    labels = study(world(by_difficulty=True), asked()).tables["early"]["evidence"]
    assert set(labels) == {"association"}


def test_where_the_table_does_not_tell_when_nothing_is_said() -> None:
    table = world().drop(columns="empathize_first_agent_turn")
    assert study(table, asked()).tables["early"].empty
