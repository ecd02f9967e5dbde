"""Another world for `benchmarks/coverage.py`: written once, run once, and nothing tuned on it.

Unlike the first it has few and very uneven agents (35, some with hundreds of interactions, some with a handful), steps that
are common, uncommon and rare (about 44, 15 and 7%), a skewed and heteroskedastic satisfaction in which one step helps only
where the trouble is large (so that all three models are wrong about its form), a continuous difficulty instead of anger,
and rules whose errors differ by agent and difficulty, or by outcome.
"""

from __future__ import annotations

import numpy as np
from benchmarks.process import Draw, Process
from scipy.special import expit, logit

from stepmark.study.families import Array

SHARES = (0.46, 0.14, 0.05)
RAISED_BY_TROUBLE = (0.5, 0.9, 1.1)
EFFECTS = (0.25, 0.55, -0.5)
CUTS = (-1.9, -1.2, -0.5, 0.6)


def draw(scenario: str, seed: int, n: int = 3500, agents: int = 35, coded: int = 400) -> Draw:
    """One study; the same seed gives the same study."""
    rng = np.random.default_rng([seed, 2])
    sizes = rng.lognormal(0.0, 1.0, agents)
    agent = rng.choice(agents, size=n, p=sizes / sizes.sum())
    skill = 0.3 * (rng.exponential(1.0, agents) - 1.0)
    style = 0.4 * skill[:, None] + rng.normal(0, 0.4, (agents, 3))
    mumbles = rng.normal(0, 0.5, agents)
    trouble = rng.gamma(1.5, 0.6, n) - 0.9
    x = _used(rng, trouble, style[agent])
    latent = x @ EFFECTS + 0.5 * x[:, 1] * (trouble > 0.5) - 0.8 * trouble + skill[agent]
    latent += np.exp(0.25 * trouble) * (rng.gumbel(size=n) - np.euler_gamma)
    csat = 1.0 + (latent[:, None] > np.array(CUTS)).sum(axis=1)
    sensitivity, specificity = _error_rates(scenario, trouble, csat, mumbles[agent])
    x_rule = (rng.random((n, 3)) < np.where(x == 1, sensitivity[:, None], 1 - specificity[:, None])).astype(
        float
    )
    probability = np.full(n, coded / n)
    return Draw(x, x_rule, csat, csat, trouble, agent, rng.permutation(n) < coded, probability)


def _used(rng: np.random.Generator, trouble: Array, style: Array) -> Array:
    """Which steps were used: more where the trouble is large, and by agent."""
    chance = expit(logit(SHARES) - 0.1 + trouble[:, None] * RAISED_BY_TROUBLE + style)
    return (rng.random(chance.shape) < chance).astype(float)


def _error_rates(scenario: str, trouble: Array, csat: Array, mumbles: Array) -> tuple[Array, Array]:
    """Sensitivity and specificity of the rules for each interaction, about .77 and .94 on average."""
    if scenario == "outcome":
        return np.where(csat <= 3, 0.88, 0.68), np.where(csat <= 3, 0.87, 0.97)
    return expit(1.3 + 0.5 * trouble - mumbles), expit(2.8 - 0.6 * trouble - 0.5 * mumbles)


SECOND = Process(draw, ("agent_and_trouble", "outcome"), n=3500, agents=35, coded=400)
