"""Small tables with known relations, for the tests of this room."""

from __future__ import annotations

import numpy as np
import pandas as pd


def small_world(n: int = 400, agents: int = 20, seed: int = 0) -> pd.DataFrame:
    """Steps `probe` and `apologize`, a control `anger`, outcomes of every kind, agents that differ."""
    rng = np.random.default_rng(seed)
    skill = rng.normal(size=agents) * 0.4
    agent = rng.integers(0, agents, n)
    anger = rng.normal(size=n)
    probe = (rng.random(n) < 0.5).astype(int)
    apologize = (rng.random(n) < 0.2 + 0.4 * (anger > 0)).astype(int)
    index = 0.8 * probe + 0.3 * apologize - 0.7 * anger + skill[agent]
    return pd.DataFrame(
        {
            "agent_id": [f"a{value:02d}" for value in agent],
            "probe": probe,
            "apologize": apologize,
            "anger": anger,
            "resolved": (index + rng.logistic(size=n) > 0).astype(int),
            "csat": np.digitize(index + rng.logistic(size=n), [-2.0, -0.7, 0.5, 1.8]) + 1,
            "minutes": 10 - 2 * index + rng.normal(size=n),
            "contacts": rng.poisson(np.exp(0.3 - 0.3 * index)),
        }
    )
