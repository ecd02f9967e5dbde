"""Conditional logistic regression within agents: agent differences drop out instead of being modelled.

The likelihood conditions on how many of an agent's interactions went well; its denominators, elementary symmetric
polynomials of ``exp(x'b)``, come from the recursion of Gail, Lubin & Rubinstein (1981), run from both ends so that each
interaction's chance, and with it the score, is had without differencing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepmark.study.clusters import Clusters
from stepmark.study.families import Array

#: Strata times the square of their size that are worked on together.
MOST_CELLS = 2_000_000
#: Linear predictors further than this from their stratum's mean are as good as certain.
LARGEST_ETA = 500.0

__all__ = ["ConditionalFit", "fit_conditional"]


@dataclass(frozen=True, eq=False)
class ConditionalFit:
    """Estimates, their covariance from the Hessian, the log-likelihood, and how many interactions could speak."""

    params: Array
    matrix: Array
    loglik: float
    n_informative: int
    converged: bool


@dataclass(frozen=True, eq=False)
class _Strata:
    """Strata of similar size side by side: X (S, n, p), y and mask (S, n), successes (S,); short ones are filled up."""

    X: Array
    y: Array
    there: Array
    successes: Array


def fit_conditional(X: Array, y: Array, clusters: Clusters) -> ConditionalFit:
    """Exact conditional maximum likelihood of a 0/1 outcome, stratified by cluster; clusters with one outcome drop out."""
    strata = _strata(X, y, clusters)
    params = np.zeros(X.shape[1])
    value, score = _total(params, strata)
    converged = False
    for _ in range(40):
        move = np.linalg.solve(_information(params, strata), score)
        length = 1.0
        while True:
            trial, trial_score = _total(params + length * move, strata)
            if trial >= value - 1e-12 * abs(value) or length < 1e-6:
                break
            length /= 2
        gain = float(move @ score)
        params, value, score = params + length * move, trial, trial_score
        if abs(gain) < 1e-12:
            converged = True
            break
    matrix = np.linalg.inv(_information(params, strata))
    return ConditionalFit(params, matrix, value, sum(int(s.there.sum()) for s in strata), converged)


def _strata(X: Array, y: Array, clusters: Clusters) -> list[_Strata]:
    """The clusters with both outcomes, in groups of similar size that fit memory."""
    ends = np.append(clusters.starts[1:], len(y))
    members = [clusters.order[a:b] for a, b in zip(clusters.starts, ends, strict=True)]
    members = sorted((rows for rows in members if 0 < y[rows].sum() < len(rows)), key=len)
    groups: list[list[np.ndarray]] = []
    for rows in members:
        if not groups or len(groups[-1]) * len(rows) ** 2 > MOST_CELLS:
            groups.append([])
        groups[-1].append(rows)
    return [_side_by_side(X, y, group) for group in groups]


def _side_by_side(X: Array, y: Array, group: list[np.ndarray]) -> _Strata:
    shape = (len(group), max(len(rows) for rows in group))
    there, outcomes, columns = np.zeros(shape), np.zeros(shape), np.zeros((*shape, X.shape[1]))
    for place, rows in enumerate(group):
        there[place, : len(rows)] = 1.0
        outcomes[place, : len(rows)] = y[rows]
        columns[place, : len(rows)] = X[rows]
    return _Strata(columns, outcomes, there, outcomes.sum(axis=1).astype(int))


def _total(params: Array, strata: list[_Strata]) -> tuple[float, Array]:
    """Log-likelihood and score."""
    value, score = 0.0, np.zeros(len(params))
    for part in strata:
        eta = part.X @ params
        log_total, chances = _chances(eta, part.there, part.successes)
        value += float((part.y * eta).sum() - log_total.sum())
        score += np.einsum("sn,snp->p", part.y - chances, part.X)
    return value, score


def _information(params: Array, strata: list[_Strata]) -> Array:
    """The negative Hessian by central differences of the exact score."""
    steps = 1e-5 * np.maximum(np.abs(params), 0.1)
    rise = [_total(params + e, strata)[1] - _total(params - e, strata)[1] for e in np.diag(steps)]
    information = -np.array(rise) / (2 * steps)[:, None]
    return (information + information.T) / 2


def _chances(eta: Array, there: Array, m: Array) -> tuple[Array, Array]:
    """For each stratum the log of the sum over all choices of m units of exp(sum of their eta), and each unit's chance."""
    strata, n = eta.shape
    shift = (eta * there).sum(axis=1) / there.sum(axis=1)
    weights = np.exp(np.clip(eta - shift[:, None], -LARGEST_ETA, LARGEST_ETA)) * there
    most = int(m.max())
    before, log_before = _polynomials(weights, most)
    after, log_after = _polynomials(weights[:, ::-1], most)
    rows = np.arange(strata)
    log_total = log_before[n] + np.log(before[n, rows, m])
    partner = (m - 1)[:, None] - np.arange(most + 1)  # the degree that the other side must have
    allowed = partner >= 0
    partner = np.maximum(partner, 0)
    chances = np.empty_like(eta)
    for i in range(n):
        other = np.take_along_axis(after[n - 1 - i], partner, axis=1) * allowed
        rest = (before[i] * other).sum(axis=1)
        chances[:, i] = weights[:, i] * rest * np.exp(log_before[i] + log_after[n - 1 - i] - log_total)
    return log_total + m * shift, chances


def _polynomials(weights: Array, most: int) -> tuple[Array, Array]:
    """Elementary symmetric polynomials of degree 0 … most of the first i weights of each stratum, each with its log factor."""
    strata, n = weights.shape
    table, logs = np.zeros((n + 1, strata, most + 1)), np.zeros((n + 1, strata))
    table[0, :, 0] = 1.0
    for i in range(n):
        row = table[i].copy()
        row[:, 1:] += weights[:, i : i + 1] * table[i, :, :-1]
        top = row.max(axis=1)
        table[i + 1], logs[i + 1] = row / top[:, None], logs[i] + np.log(top)
    return table, logs
