"""Design-based supervised learning: one set of estimating equations that holds for any error of the rules.

``sum_i [ w_i m(D_i; b) + (1 - w_i) m(D^_i; b) ] = 0`` with ``w_i = 1/probability`` for hand-coded units, else 0. Egami,
Hinck, Stewart & Wei (2023), NeurIPS, with the rule codes as they are (Lambda = I, no learner). It is unbiased, but for rare
steps less precise than hand codes alone; predict-then-debias is the default, and this stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepmark.study.clusters import Clusters
from stepmark.study.families import Array, Family
from stepmark.study.newton import Fit

__all__ = ["DesignBased", "design_based"]


@dataclass(frozen=True, eq=False)
class DesignBased:
    """The solution of the design-based equations.

    Attributes
    ----------
    params
        Shape (p,).
    influence
        First-order influence of each of the N units, shape (N, p).
    converged
        Whether the equations were solved; with few hand codes of a rare step they may have no solution.
    """

    params: Array
    influence: Array
    converged: bool

    def covariance(self, clusters: Clusters) -> Array:
        """The sandwich by cluster with G/(G-1), shape (p, p)."""
        sums = clusters.sum(self.influence)
        return clusters.count / (clusters.count - 1) * sums.T @ sums


@dataclass(frozen=True, eq=False)
class _Moments:
    """One weighted set of scores and its information at given parameters."""

    family: Family
    X: Array
    y: Array
    weights: Array

    def at(self, params: Array) -> tuple[Array, Array]:
        """Scores (n, p) and information (p, p)."""
        jacobians = self.family.jacobians(self.X, self.y)
        value = self.family.derivatives(params, self.X, self.y, np.zeros(len(self.y)))
        scores = np.zeros((len(self.y), len(params)))
        information = np.zeros((len(params), len(params)))
        for r, J in enumerate(jacobians):
            scores += J * (self.weights * value.first[r])[:, None]
            for s, K in enumerate(jacobians):
                information -= J.T @ (K * (self.weights * value.second[r][s])[:, None])
        return scores, information


def design_based(
    hand: Fit, rule_on_hand: Fit, rule_on_all: Fit, rows: Array, max_iterations: int = 100
) -> DesignBased:
    """Solve the design-based equations by Newton's method from the hand-coded estimates.

    Parameters
    ----------
    hand, rule_on_hand, rule_on_all
        The three fits; the first two weighted by 1/probability.
    rows
        Which of the N units were hand-coded, shape (m,).
    max_iterations
        After so many steps the result says `converged=False`.
    """
    parts = [
        (_Moments(hand.family, hand.X, hand.y, hand.weights), 1.0, rows),
        (_Moments(hand.family, rule_on_hand.X, rule_on_hand.y, rule_on_hand.weights), -1.0, rows),
        (_Moments(hand.family, rule_on_all.X, rule_on_all.y, rule_on_all.weights), 1.0, None),
    ]
    params, converged = hand.params, False
    scores, information = _total(parts, params, rule_on_all.n)
    for _ in range(max_iterations):
        try:
            step = np.linalg.solve(information, scores.sum(axis=0))
        except np.linalg.LinAlgError:
            break
        params = params + step
        scores, information = _total(parts, params, rule_on_all.n)
        if not np.isfinite(scores).all():
            break
        if np.abs(step).max() < 1e-10:
            converged = True
            break
    influence = scores @ np.linalg.pinv(information).T
    return DesignBased(params, influence, converged)


def _total(parts: list[tuple[_Moments, float, Array | None]], params: Array, n: int) -> tuple[Array, Array]:
    scores, information = np.zeros((n, len(params))), np.zeros((len(params), len(params)))
    for moments, sign, rows in parts:
        own, hessian = moments.at(params)
        information += sign * hessian
        if rows is None:
            scores += sign * own
        else:
            scores[rows] += sign * own
    return scores, information
