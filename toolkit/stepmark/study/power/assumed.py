"""Power by trying it out in studies drawn from assumptions, such as a pilot's.

For outcomes and steps of which the shipped simulator knows nothing. One step, one outcome, agents that differ in both,
a control that explains as much of the step as assumed, rules that err at random, and a random sample coded by hand.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from stepmark.study.clusters import Clusters
from stepmark.study.correction import Coordinates, coordinates
from stepmark.study.families import Array, Linear
from stepmark.study.jackknife import SingularError
from stepmark.study.newton import fit
from stepmark.study.power.assumptions import Assumptions
from stepmark.study.power.trial import Trial, compared

__all__ = ["assumed_power"]


def assumed_power(
    assumptions: Assumptions,
    effect: float,
    *,
    n_interactions: int,
    n_agents: int,
    n_coded: int,
    step: str = "step",
    replications: int = 200,
    seed: int = 0,
    conf_level: float = 0.95,
    progress: bool = False,
) -> Trial:
    """Draw studies of one design from the assumptions and estimate each.

    Each agent's chance to use the step is drawn from a beta distribution, each agent's level of the outcome from a normal
    one, with the intraclass correlations assumed. The model is linear in step and control, as in the formula.

    Parameters
    ----------
    assumptions
        The world; `gain` is not assumed here but comes about.
    effect
        The true effect, in units of the outcome.
    n_interactions, n_agents, n_coded
        The design; those hand-coded are drawn at random among those who answered.
    step
        What to call the step.
    replications, seed
        How many studies, and the seed of all of them.
    conf_level
        Of the intervals.
    progress
        Whether to show a bar.

    Examples
    --------
    >>> trial = assumed_power(Assumptions(sensitivity=0.8, specificity=0.95), 0.5, n_interactions=600, n_agents=20,
    ...                       n_coded=200, replications=20)
    >>> trial.table["method"].tolist()
    ['naive', 'gold only', 'corrected']
    """
    rows: list[dict[str, object]] = []
    for replication in tqdm(range(replications), disable=not progress, desc="simulated studies"):
        rng = np.random.default_rng([seed, replication])
        rows += _study(
            rng, assumptions, effect, (n_interactions, n_agents, n_coded), step, conf_level, replication
        )
    columns = ["replication", "step", "method", "estimate", "std_error", "conf_low", "conf_high"]
    return Trial(pd.DataFrame(rows, columns=columns), pd.Series({step: effect}), replications)


def _study(
    rng: np.random.Generator,
    world: Assumptions,
    effect: float,
    design: tuple[int, int, int],
    step: str,
    conf_level: float,
    replication: int,
) -> list[dict[str, object]]:
    """The rows of one study; none where its hand-coded sample cannot carry the model."""
    n, n_agents, n_coded = round(design[0] * world.response), design[1], design[2]
    agent = rng.integers(0, n_agents, n)
    control = rng.choice([-1.0, 1.0], n)
    used = _used(rng, world, agent, control, n_agents)
    level = rng.normal(0, np.sqrt(world.icc_outcome), n_agents)[agent]
    noise = rng.normal(0, np.sqrt(1 - world.icc_outcome), n)
    y = effect * used + world.outcome_sd * (level + noise)
    seen = np.where(used == 1, rng.random(n) < world.sensitivity, rng.random(n) >= world.specificity).astype(
        float
    )
    drawn = np.flatnonzero(rng.permutation(n) < n_coded)
    clusters, chance = Clusters.of(agent), np.full(n, min(n_coded, n) / n)
    try:
        fits = (
            _linear(used[drawn], control[drawn], y[drawn], drawn, clusters),
            _linear(seen[drawn], control[drawn], y[drawn], drawn, clusters),
            _linear(seen, control, y, np.arange(n), clusters),
        )
    except (SingularError, np.linalg.LinAlgError):
        return []
    return compared(fits, chance, clusters, [step], 1.0, conf_level, replication)


def _used(
    rng: np.random.Generator, world: Assumptions, agent: np.ndarray, control: Array, n_agents: int
) -> Array:
    """Whether the step was used: agents differ by `icc_step`, and the control explains the share `explained`."""
    p = world.prevalence
    share = np.full(n_agents, p)
    if 0 < world.icc_step < 1:
        size = 1 / world.icc_step - 1  # a beta of this concentration has this intraclass correlation
        share = rng.beta(p * size, (1 - p) * size, n_agents)
    chance = share[agent] + control * np.sqrt(world.explained * p * (1 - p))
    return (rng.random(len(agent)) < chance).astype(float)


def _linear(x: Array, control: Array, y: Array, rows: np.ndarray, clusters: Clusters) -> Coordinates:
    X = np.column_stack([np.ones(len(x)), control, x])
    return coordinates(fit(Linear(), X, y), [], rows, clusters)
