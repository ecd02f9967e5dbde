"""Predict-then-debias: estimates from rule codes, moved by what hand codes say about their error.

With b from hand codes on the hand-coded, c from rule codes on the hand-coded (both weighted by 1/probability) and a from
rule codes on all, the corrected estimate is ``b - Omega (c - a)``. It is unbiased for any error of the rules, also one
that depends on anger or on the outcome, because the rules cancel in ``c - a``; Omega only decides how much is gained.

Kluger, Lu, Zrnic, Wang & Bates (2025), "Prediction-powered inference with imputed covariates and nonuniform sampling";
the one-step cluster jackknife of its influence functions follows MacKinnon, Nielsen & Webb (2023).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from stepmark.study.clusters import Clusters
from stepmark.study.correction.coordinates import Coordinates
from stepmark.study.families import Array

__all__ = ["Corrected", "Tuning", "predict_then_debias"]

Tuning = Literal["diagonal", "full", "identity", "none"]


@dataclass(frozen=True, eq=False)
class Corrected:
    """Corrected estimates.

    Attributes
    ----------
    estimate
        Shape (q,).
    omega
        The tuning matrix, shape (q, q); 0 means gold only, 1 on the diagonal full use of the rule codes.
    influence
        First-order influence of each unit, shape (N, q).
    moved
        How much each cluster moves the estimates, shape (G, q).
    """

    estimate: Array
    omega: Array
    influence: Array
    moved: Array

    def covariance(self, clusters: Clusters, kind: Literal["cv3l", "cr1c"] = "cv3l") -> Array:
        """The covariance by cluster, (q, q): jackknife (`cv3l`) or sandwich with G/(G-1) (`cr1c`)."""
        G = clusters.count
        if kind == "cv3l":
            return (G - 1) / G * self.moved.T @ self.moved
        sums = clusters.sum(self.influence)
        return G / (G - 1) * sums.T @ sums

    def std_error(self, clusters: Clusters, kind: Literal["cv3l", "cr1c"] = "cv3l") -> Array:
        """Standard errors, shape (q,)."""
        return np.sqrt(np.diag(self.covariance(clusters, kind)))


def predict_then_debias(
    hand: Coordinates,
    rule_on_hand: Coordinates,
    rule_on_all: Coordinates,
    probability: Array,
    tuning: Tuning = "diagonal",
    *,
    parameters: int | None = None,
    sampled_clusters: Clusters | None = None,
) -> Corrected:
    """Correct the estimates from rule codes by those from hand codes.

    Parameters
    ----------
    hand, rule_on_hand, rule_on_all
        The three fits b, c and a, with the same q coordinates.
    probability
        The chance with which each of the N units was drawn for hand-coding; only those of hand-coded units are read.
    tuning
        `diagonal`: each coordinate by its own regression, clipped to 0 … 1 (the default: steadiest where few were
        coded); `full`: by all parameters; `identity`: no tuning; `none`: hand codes only.
    parameters
        With `full`: the first so many coordinates are regressed on; all where none is given.
    sampled_clusters
        The clusters of all units, where whole clusters were drawn for hand-coding; the tuning then regresses
        sums by cluster. Units were drawn independently where none are given.

    Returns
    -------
    Corrected
    """
    omega = _tuned(hand, rule_on_hand, probability, tuning, parameters, sampled_clusters)
    return Corrected(
        hand.estimate - omega @ (rule_on_hand.estimate - rule_on_all.estimate),
        omega,
        hand.influence - (rule_on_hand.influence - rule_on_all.influence) @ omega.T,
        hand.moved - (rule_on_hand.moved - rule_on_all.moved) @ omega.T,
    )


def _tuned(
    hand: Coordinates,
    rule: Coordinates,
    probability: Array,
    tuning: Tuning,
    parameters: int | None,
    sampled: Clusters | None,
) -> Array:
    """Omega, shape (q, q)."""
    q = len(hand.estimate)
    if tuning in ("identity", "none"):
        return np.eye(q) * (tuning == "identity")
    drawn = np.any(hand.influence != 0, axis=1)
    unseen = np.where(drawn, 1 - probability, 0.0)[:, None]
    phi, psi = hand.influence, rule.influence
    if sampled is not None:
        root = np.sqrt(unseen)
        phi, psi, unseen = sampled.sum(root * phi), sampled.sum(root * psi), np.ones((sampled.count, 1))
    if tuning == "diagonal":
        power = (unseen * psi**2).sum(axis=0)
        shared = (unseen * phi * psi).sum(axis=0)
        return np.diag(np.clip(shared / np.where(power > 0, power, np.inf), 0.0, 1.0))
    k = q if parameters is None else parameters
    base = psi[:, :k]
    omega = np.zeros((q, q))
    omega[:, :k] = np.linalg.lstsq(base.T @ (unseen * base), base.T @ (unseen * phi), rcond=None)[0].T
    return omega
