"""What a training changed when agents were trained one group after another: staggered difference in differences.

A plain regression on "trained yet" compares late groups with groups trained earlier and can get even the sign wrong
(Goodman-Bacon 2021). Here every group is compared with agents not yet trained at that time (Callaway & Sant'Anna 2021, with
the period before training as base), and the differences are averaged by time since training. Uncertainty by jackknife
over agents.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from stepmark.errors import Fault, InputError
from stepmark.study.columns import check_columns, numbers

__all__ = ["Rollout", "rollout"]

#: Fewer agents than this carry no jackknife.
FEWEST_AGENTS = 10


@dataclass(frozen=True, eq=False)
class Rollout:
    """What a staggered training changed, in units of the outcome.

    Attributes
    ----------
    by_time
        One row a time since training (periods; -1 is the base and 0 the first period with training): `since`, `estimate`,
        `std_error`, `conf_low`, `conf_high`, `agents` (trained agents behind it). Rows before -1 test whether the groups
        went in parallel before.
    average
        One row: the average over all periods since training.
    cells
        One row a group and period: `start`, `period`, `since`, `estimate`, `agents`, `comparison` (agents not yet trained).
    conf_level
        Of the intervals, by t with G-1 degrees of freedom.
    """

    by_time: pd.DataFrame
    average: pd.DataFrame
    cells: pd.DataFrame
    conf_level: float


def rollout(
    table: pd.DataFrame,
    outcome: str,
    *,
    period: str = "period",
    start: str = "trained_from",
    agent: str = "agent_id",
    conf_level: float = 0.95,
) -> Rollout:
    """Estimate what a staggered training changed.

    Parameters
    ----------
    table
        One row an interaction; rows without an outcome are left out.
    outcome
        A column of numbers: a step used (0/1), a satisfaction score.
    period
        A column of whole numbers: week, month.
    start
        The first period in which the agent was trained; missing for agents never trained.
    agent
        The column of agents.
    conf_level
        Of the intervals.

    Raises
    ------
    InputError
        Where an agent has two starts, there are fewer than ten agents, or no group can be compared with any other.
    """
    check_columns(table, [("rollout", name) for name in (outcome, period, start, agent)])
    means, starts = _agent_means(table, outcome, period, start, agent)
    if len(starts) < FEWEST_AGENTS:
        raise InputError(Fault("rollout", f"{len(starts)} agents", f"{FEWEST_AGENTS} or more"))
    cells = _cells(means, starts)
    if cells.empty:
        raise InputError(
            Fault(
                "rollout",
                "no group that was trained while others were not yet",
                "agents trained at different times, or some never, with interactions before and after",
            )
        )
    by_time = _summarised(means, starts, lambda c: _weighted(c, "since"), "since", conf_level)
    trained = cells[cells["since"] >= 0].assign(all=0)
    average = (
        _summarised(
            means, starts, lambda c: _weighted(c[c["since"] >= 0].assign(all=0), "all"), "all", conf_level
        )
        if not trained.empty
        else pd.DataFrame()
    )
    agents = cells.groupby("since")["agents"].sum()
    by_time["agents"] = by_time["since"].map(agents)
    return Rollout(by_time, average.drop(columns="all", errors="ignore"), cells, conf_level)


def _agent_means(
    table: pd.DataFrame, outcome: str, period: str, start: str, agent: str
) -> tuple[pd.DataFrame, pd.Series]:
    """Mean outcome by agent (rows) and period (columns), and each agent's start (missing if never)."""
    known = table[table[agent].notna() & table[period].notna()]
    starts = known.groupby(agent)[start]
    mixed = starts.max() > starts.min()
    if mixed.any():
        name = mixed.index[mixed][0]
        raise InputError(Fault("rollout", f"agent {name!r} has several starts of training", "one"))
    values = known.assign(value=numbers(known[outcome])).dropna(subset="value")
    means = values.pivot_table(index=agent, columns=period, values="value", aggfunc="mean")
    return means, starts.first().reindex(means.index)


def _cells(means: pd.DataFrame, starts: pd.Series) -> pd.DataFrame:
    """The difference in differences of every group and period against agents not yet trained."""
    rows = []
    periods = list(means.columns)
    for first in sorted(starts.dropna().unique()):
        base = max((p for p in periods if p < first), default=None)
        if base is None:
            continue
        group = means[starts == first]
        for now in periods:
            if now == base:
                continue
            waiting = means[starts.isna() | (starts > max(now, base))]
            changed, others = (part[now] - part[base] for part in (group, waiting))
            changed, others = changed.dropna(), others.dropna()
            if changed.empty or others.empty:
                continue
            rows.append(
                {
                    "start": first,
                    "period": now,
                    "since": int(now - first),
                    "estimate": float(changed.mean() - others.mean()),
                    "agents": len(changed),
                    "comparison": len(others),
                }
            )
    return pd.DataFrame(rows, columns=["start", "period", "since", "estimate", "agents", "comparison"])


def _weighted(cells: pd.DataFrame, by: str) -> pd.Series:
    """Averages of cells, each weighted by the agents behind it."""
    weighted = cells.assign(total=cells["estimate"] * cells["agents"]).groupby(by)[["total", "agents"]].sum()
    return weighted["total"] / weighted["agents"]


def _summarised(
    means: pd.DataFrame,
    starts: pd.Series,
    summary: Callable[[pd.DataFrame], pd.Series],
    by: str,
    conf_level: float,
) -> pd.DataFrame:
    """A summary of the cells with its cluster jackknife (CV3): one agent left out at a time."""
    full = summary(_cells(means, starts))
    without = [
        summary(_cells(means.drop(index=agent), starts.drop(index=agent))).reindex(full.index)
        for agent in means.index
    ]
    moved = np.array([full - one for one in without], dtype=float)
    G = len(means)
    variance = (G - 1) / G * np.nansum(moved**2, axis=0)
    errors = np.where(np.isnan(moved).any(axis=0), np.nan, np.sqrt(variance))
    reach = student.ppf((1 + conf_level) / 2, G - 1) * errors
    return pd.DataFrame(
        {
            by: full.index,
            "estimate": full.to_numpy(),
            "std_error": errors,
            "conf_low": full.to_numpy() - reach,
            "conf_high": full.to_numpy() + reach,
        }
    )
