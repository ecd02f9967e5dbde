"""Draws the cases of a simulated world: agents, the customer's state, steps and outcomes. No words yet.

All draws come from uniform numbers (inverse transforms), so that they do not depend on how a library makes
normal, gamma or Poisson numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr, ndtri

from stepmark.study.simulate.settings import Settings, StepModel

__all__ = ["SIGNALS_BEFORE", "Cases", "draw_cases", "expected_csat"]

SIGNALS_BEFORE = ("anger", "abuse", "churn_threat", "repeat_contact", "unresolved")
Columns = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Cases:
    """What was drawn.

    Attributes
    ----------
    table
        One row an interaction: ids, covariates, `S_before` for the signals, `S_used` and `S_count` for the steps,
        `csat` (missing where not answered) and `resolved`.
    csat
        The score of everyone, answered or not; shape (n,), 1 to 5.
    eta_csat, eta_resolved
        Linear predictors of the two outcomes; shape (n,).
    warmth, temper
        The traits of each interaction's agent; shape (n,).
    """

    table: pd.DataFrame
    csat: np.ndarray
    eta_csat: np.ndarray
    eta_resolved: np.ndarray
    warmth: np.ndarray
    temper: np.ndarray


def draw_cases(n_interactions: int, n_agents: int, seed: int, settings: Settings) -> Cases:
    """Draw `n_interactions` cases of `n_agents` agents; the same seed gives the same cases."""
    rng = np.random.default_rng(seed)
    agents = _agents(rng, n_agents, settings)
    state = _state(rng, n_interactions, agents, settings)
    warmth, temper = agents["warmth"][state["agent"]], agents["temper"][state["agent"]]
    used: Columns = {}
    for model in settings.steps:
        if model.role == "cause":
            used[model.step] = _use(rng, model, state, used, warmth, temper, 0)
            if model.step == "promise_follow_up" and "next_steps" in used:
                used["next_steps"] = used["next_steps"] | used[model.step]  # the codebook codes both
    skill = agents["skill"][state["agent"]]
    eta_csat, eta_resolved = _predictors(state, used, skill, settings)
    csat, resolved = _outcomes(rng, eta_csat, eta_resolved, settings)
    for model in settings.steps:
        if model.role == "closing":
            used[model.step] = _use(rng, model, state, used, warmth, temper, resolved)
    answered = rng.random(n_interactions) < expit(_answer(state, csat, resolved, settings))
    counts = {
        m.step: np.where(used[m.step], 1 + _poisson(rng, m.more, n_interactions, 3), 0)
        for m in settings.steps
    }
    table = _table(state, used, counts, csat, resolved, answered, settings)
    return Cases(table, csat, eta_csat, eta_resolved, warmth, temper)


def expected_csat(eta: np.ndarray, cuts: tuple[float, ...]) -> np.ndarray:
    """Expected score 1 to 5 at the linear predictor `eta`: 1 plus the chances of being above each threshold."""
    return 1 + sum((expit(eta - cut) for cut in cuts), start=np.zeros_like(eta))


def _normal(rng: np.random.Generator, n: int) -> np.ndarray:
    return ndtri(np.clip(rng.random(n), 1e-12, 1 - 1e-12))


def _poisson(rng: np.random.Generator, mean: float | np.ndarray, n: int, most: int) -> np.ndarray:
    """Poisson numbers, cut off at `most`."""
    u, k = rng.random(n), np.zeros(n, dtype=int)
    term = np.exp(-np.broadcast_to(np.asarray(mean, dtype=float), (n,)))
    below = term.copy()
    for i in range(1, most + 1):
        k += u > below
        term = term * mean / i
        below = below + term
    return k


def _pick(rng: np.random.Generator, shares: np.ndarray, n: int) -> np.ndarray:
    edges = np.cumsum(shares) / shares.sum()
    return np.searchsorted(edges[:-1], rng.random(n), side="right")


def _agents(rng: np.random.Generator, n: int, settings: Settings) -> Columns:
    warmth, temper, own = _normal(rng, n), _normal(rng, n), _normal(rng, n)
    years = np.round(np.clip(-2.5 * np.log(1 - rng.random(n)) + 0.2, 0.2, 14) * 1.4, 1)
    share = np.exp(0.6 * _normal(rng, n))
    h = settings.hidden_skill
    skill = settings.agent_sd * (h * warmth + np.sqrt(1 - h**2) * own)
    return {"warmth": warmth, "temper": temper, "years": years, "share": share, "skill": skill}


def _state(rng: np.random.Generator, n: int, agents: Columns, settings: Settings) -> Columns:
    """All that is settled before the agent's first word."""
    severity = _normal(rng, n)
    agent = _pick(rng, agents["share"], n)
    issue = _pick(rng, np.array([share for _, share, _ in settings.hardness]), n)
    channel = _pick(rng, np.array([share for _, share, _ in settings.channels]), n)
    hard = np.array([h for _, _, h in settings.hardness])[issue]
    queue = np.round(np.minimum(-4 * np.log((1 - rng.random(n)) * (1 - rng.random(n))), 60), 1)
    prior = _poisson(rng, np.exp(-0.7 + 0.5 * severity), n, 4)
    anger = rng.random(n) < expit(-1.0 + 0.8 * severity + 0.5 * prior + 0.05 * (queue - 8) + hard)
    abuse = rng.random(n) < expit(-4.4 + 0.6 * severity + 2.0 * anger)
    anger = anger | abuse  # abuse is anger too
    churn = rng.random(n) < expit(-3.0 + 0.4 * severity + 1.3 * anger + 0.3 * prior)
    repeat = rng.random(n) < np.where(prior > 0, 0.75, 0.02)
    unresolved = rng.random(n) < np.where(prior > 0, expit(0.1 + 0.3 * severity), 0.02)
    names = [name for name, _, _ in settings.channels]
    return {
        "agent": agent,
        "issue": issue,
        "channel": channel,
        "hardness": hard,
        "queue_minutes": queue,
        "prior_contacts": prior,
        "experience_years": agents["years"][agent],
        "anger_before": anger,
        "abuse_before": abuse,
        "churn_threat_before": churn,
        "repeat_contact_before": repeat,
        "unresolved_before": unresolved,
        "live": np.isin(channel, [i for i, name in enumerate(names) if name in ("chat", "phone")]),
        "slow": np.isin(channel, [i for i, name in enumerate(names) if name in ("email", "social")]),
    }


def _use(
    rng: np.random.Generator,
    m: StepModel,
    state: Columns,
    used: Columns,
    warmth: np.ndarray,
    temper: np.ndarray,
    resolved: np.ndarray | int,
) -> np.ndarray:
    eta = (
        m.base
        + m.anger * state["anger_before"]
        + m.prior * state["prior_contacts"]
        + m.queue * (state["queue_minutes"] - 8)
        + m.hardness * state["hardness"]
        + m.warmth * warmth
        + m.temper * temper
        + m.experience * (state["experience_years"] - 4)
        + m.if_resolved * resolved
    )
    drawn = rng.random(len(eta)) < expit(eta)
    return drawn & {**state, **used}[m.needs] if m.needs else drawn


def _predictors(
    state: Columns, used: Columns, skill: np.ndarray, settings: Settings
) -> tuple[np.ndarray, np.ndarray]:
    channel = np.array([add for _, _, add in settings.channels])[state["channel"]]
    years = state["experience_years"] - 4
    csat = skill + channel + settings.csat_experience * years
    resolved = skill + settings.resolved_base + settings.resolved_experience * years
    csat = csat + sum(b * state[name] for name, b in settings.csat_state)
    resolved = resolved + sum(b * state[name] for name, b in settings.resolved_state)
    for model in settings.steps:
        if model.role == "cause":
            csat = csat + model.csat * used[model.step]
            resolved = resolved + model.resolved * used[model.step]
    return csat, resolved


def _outcomes(
    rng: np.random.Generator, eta_csat: np.ndarray, eta_resolved: np.ndarray, settings: Settings
) -> tuple[np.ndarray, np.ndarray]:
    """Scores and resolutions whose noise is logistic in each margin and normal-correlated between them."""
    n, rho = len(eta_csat), settings.together
    first, second = _normal(rng, n), _normal(rng, n)
    u = np.clip(ndtr(np.stack([first, rho * first + np.sqrt(1 - rho**2) * second])), 1e-15, 1 - 1e-15)
    noise = np.log(u / (1 - u))
    csat = 1 + np.searchsorted(np.array(settings.csat_cuts), eta_csat + noise[0])
    return csat, eta_resolved + noise[1] > 0


def _answer(state: Columns, csat: np.ndarray, resolved: np.ndarray, settings: Settings) -> np.ndarray:
    return (
        settings.answer_base
        + settings.answer_anger * state["anger_before"]
        + settings.answer_resolved * resolved
        + settings.answer_channel * state["slow"]
        + settings.answer_low * (csat <= 2)
        + settings.answer_top * (csat == 5)
    )


def _table(
    state: Columns,
    used: Columns,
    counts: Columns,
    csat: np.ndarray,
    resolved: np.ndarray,
    answered: np.ndarray,
    settings: Settings,
) -> pd.DataFrame:
    n = len(csat)
    width = max(4, len(str(n)))
    issues = np.array([name for name, _, _ in settings.hardness])
    channels = np.array([name for name, _, _ in settings.channels])
    columns: dict[str, object] = {
        "interaction_id": pd.array([f"hd-{i:0{width}d}" for i in range(1, n + 1)], dtype="str"),
        "agent_id": pd.array([f"agent-{a + 1:02d}" for a in state["agent"]], dtype="str"),
        "channel": pd.array(channels[state["channel"]], dtype="str"),
        "csat": pd.array(np.where(answered, csat, 0), dtype="Int64"),
        "resolved": pd.array(resolved.astype(int), dtype="Int64"),
        "issue": pd.array(issues[state["issue"]], dtype="str"),
        "queue_minutes": state["queue_minutes"],
        "prior_contacts": state["prior_contacts"],
        "experience_years": state["experience_years"],
    }
    columns |= {f"{name}_before": state[f"{name}_before"] for name in SIGNALS_BEFORE}
    for step in used:
        columns[f"{step}_used"], columns[f"{step}_count"] = used[step], counts[step]
    table = pd.DataFrame(columns)
    table.loc[~answered, "csat"] = pd.NA
    return table
