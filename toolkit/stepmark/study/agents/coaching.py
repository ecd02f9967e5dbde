"""Each agent's use of each step against the team, fair to people with few interactions.

An agent's own rate rests on few interactions and says more about chance than about the agent. It is shrunk towards the
team by as much as the team's own spread warrants: a beta-binomial model for each step, fitted by maximum likelihood, with the
posterior of each agent's rate (empirical Bayes: Efron & Morris 1977; Casella 1985). Use is counted where there was
occasion for it. Agents are not ranked, and not on outcomes at all: customers are not dealt out evenly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import minimize
from scipy.special import betaln

from stepmark.errors import Fault, InputError
from stepmark.study.columns import check_columns, numbers
from stepmark.study.families import Array

__all__ = ["OPPORTUNITIES", "Coaching", "coaching", "fit_beta_binomial"]

#: Steps that have their occasion: the 0/1 column of the table that says whether there was one.
OPPORTUNITIES: Mapping[str, str] = {
    "empathize": "anger_used",
    "set_boundary": "abuse_used",
    "follow_up": "promise_follow_up_used",
}
#: Fewer agents than this are no team to be compared with.
FEWEST_AGENTS = 5
_CONCENTRATIONS = (0.5, 1e6)


@dataclass(frozen=True, eq=False)
class Coaching:
    """Each agent's use of each step against the team.

    Attributes
    ----------
    table
        One row an agent and step: `agent_id`, `step`, `occasions` (interactions in which there was occasion), `used` (in how
        many of them), `rate` (used/occasions; missing without occasion), `shrunken` (posterior mean), `conf_low`,
        `conf_high` (equal-tailed posterior interval), `team` (the team's mean rate) and `reading`: `above the team`,
        `below the team`, or `like the team, as far as one can tell`.
    spread
        One row a step: `step`, `team`, `concentration` (of the beta distribution; large where agents are alike) and
        `agent_sd` (standard deviation of the agents' true rates).
    conf_level
        Of the intervals.
    """

    table: pd.DataFrame
    spread: pd.DataFrame
    conf_level: float

    def of(self, agent: str) -> pd.DataFrame:
        """The rows of one agent.

        Raises
        ------
        InputError
            Where there is no such agent.
        """
        own = self.table[self.table["agent_id"] == agent]
        if own.empty:
            known = ", ".join(map(str, self.table["agent_id"].unique()[:10]))
            raise InputError(Fault("coaching", f"agent {agent!r}", f"one of {known} …"))
        return own.reset_index(drop=True)


def coaching(
    table: pd.DataFrame,
    steps: Sequence[str],
    *,
    agent: str = "agent_id",
    opportunities: Mapping[str, str] = OPPORTUNITIES,
    conf_level: float = 0.9,
) -> Coaching:
    """Each agent's use of each step against the team.

    Parameters
    ----------
    table
        One row an interaction, with `S_used` for each step; rows without an agent are left out.
    steps
        Which steps.
    agent
        The column of agents.
    opportunities
        For steps that have their occasion, the 0/1 column that says whether there was one; all interactions for others, and
        where the table lacks that column.
    conf_level
        Of the posterior intervals; 0.9 leaves one in twenty to each side.

    Raises
    ------
    InputError
        Where a column is missing, or there are fewer than five agents to compare.

    Examples
    --------
    >>> table = pd.DataFrame({"agent_id": list("abcdef") * 20, "explain_used": [1, 0, 1, 0, 1, 1] * 20})
    >>> found = coaching(table, ["explain"])
    >>> found.of("b")[["occasions", "used", "reading"]].values.tolist()
    [[20, 0, 'below the team']]
    """
    check_columns(table, [("coaching", agent), *(("coaching", f"{step}_used") for step in steps)])
    table = table[table[agent].notna()]
    names = sorted(table[agent].unique())
    if len(names) < FEWEST_AGENTS:
        raise InputError(
            Fault(
                "coaching",
                f"{len(names)} agents",
                f"{FEWEST_AGENTS} or more",
                "There is no team to compare with.",
            )
        )
    parts, spreads = [], []
    for step in steps:
        part, spread = _step(table, step, agent, names, opportunities.get(step), conf_level)
        parts.append(part)
        spreads.append(spread)
    return Coaching(pd.concat(parts, ignore_index=True), pd.DataFrame(spreads), conf_level)


def _step(
    table: pd.DataFrame, step: str, agent: str, names: list[str], occasion: str | None, conf_level: float
) -> tuple[pd.DataFrame, dict[str, object]]:
    used = numbers(table[f"{step}_used"])
    counts = np.isfinite(used)
    if occasion is not None and occasion in table:
        counts &= numbers(table[occasion]) == 1
    by_agent = pd.DataFrame({"agent_id": table[agent], "used": used}).loc[counts].groupby("agent_id")["used"]
    n = by_agent.size().reindex(names, fill_value=0).to_numpy()
    x = by_agent.sum().reindex(names, fill_value=0).to_numpy(float)
    team, concentration = fit_beta_binomial(x, n)
    a, b = team * concentration + x, (1 - team) * concentration + n - x
    tail = (1 - conf_level) / 2
    low, high = stats.beta.ppf(tail, a, b), stats.beta.ppf(1 - tail, a, b)
    reading = np.select(
        [low > team, high < team],
        ["above the team", "below the team"],
        "like the team, as far as one can tell",
    )
    part = pd.DataFrame(
        {
            "agent_id": names,
            "step": step,
            "occasions": n,
            "used": x.astype(int),
            "rate": np.divide(x, n, out=np.full(len(n), np.nan), where=n > 0),
            "shrunken": a / (a + b),
            "conf_low": low,
            "conf_high": high,
            "team": team,
            "reading": reading,
        }
    )
    sd = float(np.sqrt(team * (1 - team) / (concentration + 1)))
    return part, {"step": step, "team": team, "concentration": concentration, "agent_sd": sd}


def fit_beta_binomial(x: Array, n: Array) -> tuple[float, float]:
    """Mean and concentration of the beta distribution of agents' rates, by maximum likelihood.

    Parameters
    ----------
    x, n
        Uses and occasions of each agent, shape (G,).

    Returns
    -------
    tuple
        Mean (0 to 1) and concentration a + b, within 0.5 and a million: so large where agents do not differ more than
        chance would make them.
    """
    total = float(n.sum())
    if total == 0:
        return float("nan"), float("nan")
    share = (x.sum() + 0.5) / (total + 1)
    if x.sum() in (0, total):
        return float(share), _CONCENTRATIONS[1]

    def loss(theta: Array) -> float:
        mean, size = 1 / (1 + np.exp(-theta[0])), np.exp(theta[1])
        a, b = mean * size, (1 - mean) * size
        return -float((betaln(a + x, b + n - x) - betaln(a, b)).sum())

    starts = [(np.log(share / (1 - share)), np.log(size)) for size in (3.0, 30.0, 300.0)]
    bounds = [(-12.0, 12.0), tuple(np.log(_CONCENTRATIONS))]
    found = min(
        (minimize(loss, start, bounds=bounds, method="L-BFGS-B") for start in starts), key=lambda r: r.fun
    )
    return float(1 / (1 + np.exp(-found.x[0]))), float(np.exp(found.x[1]))
