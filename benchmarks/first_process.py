"""The world of `benchmarks/coverage.py`: three steps, anger, uneven agents, and four kinds of rule errors."""

from __future__ import annotations

import numpy as np
from benchmarks.process import Draw, Process
from scipy.special import expit, logit

from stepmark.study.families import Array

SHARES = (0.33, 0.24, 0.07)
RAISED_BY_ANGER = (1.2, 0.8, 1.5)
EFFECTS = (0.12, 0.65, -0.75)
CUTS = (-2.2, -1.3, -0.4, 0.9)
ANGRY = 0.35
SCENARIOS = ("moderate", "anger", "outcome", "anger_and_outcome_coded")


def error_rates(scenario: str, anger: Array, csat: Array) -> tuple[Array, Array]:
    """Sensitivity and specificity of the rules for each interaction."""
    if scenario == "moderate":
        return np.full(len(anger), 0.75), np.full(len(anger), 0.95)
    if scenario == "outcome":
        return np.where(csat <= 3, 0.90, 0.65), np.where(csat <= 3, 0.85, 0.97)
    return np.where(anger == 1, 0.90, 0.65), np.where(anger == 1, 0.80, 0.98)


def draw(scenario: str, seed: int, n: int = 3000, agents: int = 60, coded: int = 300) -> Draw:
    """One study; the same seed gives the same study."""
    rng = np.random.default_rng(seed)
    sizes = rng.gamma(2.0, size=agents)
    agent = rng.choice(agents, size=n, p=sizes / sizes.sum())
    quality = rng.normal(0, 0.4, agents)
    style = 0.5 * quality[:, None] + rng.normal(0, 0.5, (agents, 3))
    anger = (rng.random(n) < ANGRY).astype(float)
    at_calm = logit(SHARES) - ANGRY * np.array(RAISED_BY_ANGER) - np.array([0.08, 0.08, 0.25])
    x = (rng.random((n, 3)) < expit(at_calm + anger[:, None] * RAISED_BY_ANGER + style[agent])).astype(float)
    latent = x @ EFFECTS - 1.2 * anger + quality[agent] + rng.logistic(size=n)
    csat = 1.0 + (latent[:, None] > np.array(CUTS)).sum(axis=1)
    sensitivity, specificity = error_rates(scenario, anger, csat)
    fires = np.where(x == 1, sensitivity[:, None], 1 - specificity[:, None])
    x_rule = (rng.random((n, 3)) < fires).astype(float)
    csat_rule = csat
    if scenario == "anger_and_outcome_coded":
        slip = rng.random(n) < 0.15 + 0.15 * x_rule[:, 0]
        csat_rule = np.clip(csat + slip * np.where(rng.random(n) < 0.6, -1, 1), 1, 5)
    probability = np.full(n, coded / n)
    return Draw(x, x_rule, csat, csat_rule, anger, agent, rng.permutation(n) < coded, probability)


FIRST = Process(draw, SCENARIOS, n=3000, agents=60, coded=300)
