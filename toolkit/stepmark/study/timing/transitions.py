"""What follows on a step more often than chance: the customer's next signal, the agent's next step.

Chance is what the same interactions would show had their replies come in another order: replies are shuffled within each
interaction, so that neither long conversations nor agents who use a step often look like sequence. That tells that
order matters, not that one thing causes the next.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from stepmark.errors import Fault, InputError
from stepmark.study.families import Array
from stepmark.study.multiplicity import adjust_p_values
from stepmark.study.timing.exchanges import exchanges

__all__ = ["next_signals", "next_steps"]


def next_signals(
    turns: pd.DataFrame,
    marks: pd.DataFrame,
    steps: Sequence[str],
    signals: Sequence[str] = ("anger",),
    *,
    shuffles: int = 999,
    seed: int = 0,
    method: str = "bh",
) -> pd.DataFrame:
    """How often each signal is in the customer's answer to each step, against chance.

    Parameters
    ----------
    turns, marks, steps, signals
        As for `stepmark.study.timing.exchanges`.
    shuffles, seed
        How often the replies of each interaction are shuffled; the smallest p-value is 1/(shuffles + 1).
    method
        How p-values are adjusted over all pairs.

    Returns
    -------
    DataFrame
        One row a pair: `step`, `next`, `n` (replies with the step that were answered), `count` (of those, followed by the
        signal), `rate` (count/n), `expected` (the rate under chance), `ratio` (rate/expected), `p_value` (two-sided permutation
        test: Good 2005), `p_adjusted`. Pairs with n = 0 have missing values.
    """
    table = exchanges(turns, marks, steps, signals)
    answered = table[table[f"{signals[0]}_next"].notna()]
    own = answered[[f"{step}_used" for step in steps]].to_numpy(float)
    follow = answered[[f"{signal}_next" for signal in signals]].to_numpy(float)
    groups = pd.factorize(answered["interaction_id"])[0]
    observed = own.T @ follow
    rng = _shuffler(shuffles, seed)
    drawn = np.array([own[_within(groups, rng)].T @ follow for _ in range(shuffles)])
    return _compared(steps, signals, own.sum(axis=0), observed, drawn, method)


def next_steps(
    turns: pd.DataFrame,
    marks: pd.DataFrame,
    steps: Sequence[str],
    *,
    shuffles: int = 999,
    seed: int = 0,
    method: str = "bh",
) -> pd.DataFrame:
    """How often each step is in the agent's reply after a reply with each step, against chance.

    Parameters and columns as for `next_signals`; `n` counts the replies with the step that were followed by another reply.
    """
    table = exchanges(turns, marks, steps, ())
    own = table[[f"{step}_used" for step in steps]].to_numpy(float)
    groups = pd.factorize(table["interaction_id"])[0]
    paired = groups[:-1] == groups[1:]

    def counts(values: Array) -> Array:
        return values[:-1][paired].T @ values[1:][paired]

    rng = _shuffler(shuffles, seed)
    drawn = np.array([counts(own[_within(groups, rng)]) for _ in range(shuffles)])
    return _compared(steps, steps, own[:-1][paired].sum(axis=0), counts(own), drawn, method)


def _shuffler(shuffles: int, seed: int) -> np.random.Generator:
    if shuffles < 99:
        raise InputError(Fault("transitions, shuffles", f"{shuffles}", "99 or more"))
    return np.random.default_rng(seed)


def _within(groups: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Positions shuffled within each group of neighbouring rows."""
    return np.argsort(groups + rng.random(len(groups)), kind="stable")


def _compared(
    steps: Sequence[str],
    follows: Sequence[str],
    n: Array,
    observed: Array,
    drawn: Array,
    method: str,
) -> pd.DataFrame:
    expected = drawn.mean(axis=0)
    far = np.abs(drawn - expected) >= np.abs(observed - expected) - 1e-9
    p = (1 + far.sum(axis=0)) / (1 + len(drawn))
    rows = [
        {
            "step": step,
            "next": follow,
            "n": int(n[i]),
            "count": int(observed[i, j]),
            "expected": expected[i, j],
        }
        | {"p_value": p[i, j] if n[i] else np.nan}
        for i, step in enumerate(steps)
        for j, follow in enumerate(follows)
    ]
    table = pd.DataFrame(rows)
    used = table["n"].where(table["n"] > 0)
    table["rate"] = table["count"] / used
    table["expected"] = table["expected"] / used
    table["ratio"] = table["rate"] / table["expected"].where(table["expected"] > 0)
    table["p_adjusted"] = adjust_p_values(table["p_value"].to_numpy(), method)
    order = ["step", "next", "n", "count", "rate", "expected", "ratio", "p_value", "p_adjusted"]
    return table[order]
