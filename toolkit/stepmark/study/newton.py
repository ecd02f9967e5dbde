"""Maximum likelihood by Newton's method, keeping every unit's score and Hessian.

Why our own: standard errors by agent, corrections for coding errors and marginal effects need each unit's score and
its share of the Hessian, with weights; `statsmodels.OrderedModel` gives neither and is forty times slower.
Clusters, covariances and effects are left to their own modules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stepmark.study.families import Array, Family

__all__ = ["Fit", "fit", "products_by"]

_CHUNK = 2_000_000


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model: estimates, per-unit scores, and the Hessian in parts that can be summed by cluster.

    Attributes
    ----------
    family
        The model.
    names
        The p parameters: for proportional odds the cut points (`2|3` …), then the columns of `X`.
    params
        Their estimates, shape (p,).
    X, y, weights, offset
        What was fitted: (n, k), (n,), (n,), (n,). Ordinal outcomes are coded 0 … K-1.
    scores
        Weighted score of each unit at the estimates, shape (n, p); they sum to zero.
    information
        The weighted sum of negative Hessians, shape (p, p).
    loglik
        Weighted log-likelihood, with all its constants.
    dispersion
        Residual variance of a linear model, else 1.
    converged
        Whether Newton's method ended at a maximum.
    iterations
        How many steps it took.
    """

    family: Family
    names: tuple[str, ...]
    params: Array
    X: Array
    y: Array
    weights: Array
    offset: Array
    scores: Array
    information: Array
    loglik: float
    dispersion: float
    converged: bool
    iterations: int
    _parts: tuple[tuple[Array, Array], ...]

    @property
    def n(self) -> int:
        """How many units were fitted."""
        return len(self.y)

    @property
    def one_index(self) -> bool:
        """Whether the model has one linear predictor a unit, as linear, logistic and Poisson models have."""
        return len(self._parts) == 1

    def index(self, name: str) -> int:
        """The position of the parameter called `name`."""
        return self.names.index(name)

    def inverse(self) -> Array:
        """The inverse of the information, shape (p, p)."""
        return _inverse(self.information)

    def influence(self) -> Array:
        """First-order influence of each unit: ``estimate - truth ≈ influence.sum(axis=0)``, shape (n, p)."""
        return self.scores @ self.inverse()

    def information_by(self, starts: Array, order: Array) -> Array:
        """The information of each cluster, shape (G, p, p); `order` sorts units by cluster, `starts` are the G first places."""
        sums = np.zeros((len(starts), len(self.params), len(self.params)))
        for left, right in self._parts:
            sums += products_by(left[order], right[order], starts)
        return sums


def fit(
    family: Family,
    X: Array,
    y: Array,
    *,
    weights: Array | None = None,
    offset: Array | None = None,
    names: Sequence[str] | None = None,
    start: Array | None = None,
    max_iterations: int = 60,
) -> Fit:
    """Fit `family` to `y` given `X` by Newton's method with step halving.

    Parameters
    ----------
    family
        `Linear()`, `Logistic()`, `Ordinal(levels)`, `Poisson()` or `NegativeBinomial()`.
    X
        Design matrix (n, k) of full rank, with a column of ones for all but `Ordinal`. No missing values.
    y
        Outcome (n,): numbers, 0/1, or level codes 0 … K-1.
    weights
        Non-negative weight of each unit; 1 where none are given.
    offset
        Added to the linear predictor; 0 where none is given.
    names
        Names of the columns of `X`; `x0`, `x1` … where none are given.
    start
        Parameter values to start from.
    max_iterations
        After so many steps the result says `converged=False`.

    Returns
    -------
    Fit
        Check `converged`: with a step that predicts the outcome perfectly there is no maximum.

    Examples
    --------
    >>> import numpy as np
    >>> from stepmark.study.families import Logistic
    >>> X = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    >>> fit(Logistic(), X, np.array([0, 0, 1, 0, 1, 1.0])).params.round(4)
    array([-0.6931,  1.3863])
    """
    X, y = np.ascontiguousarray(X, dtype=float), np.asarray(y, dtype=float)
    weights = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    offset = np.zeros(len(y)) if offset is None else np.asarray(offset, dtype=float)
    columns = tuple(names) if names is not None else tuple(f"x{j}" for j in range(X.shape[1]))
    params = family.start(X, y, weights) if start is None else np.array(start, dtype=float)
    jacobians = family.jacobians(X, y)
    converged, iterations = False, 0
    value = family.derivatives(params, X, y, offset)
    objective = float(weights @ value.loglik)
    while iterations < max_iterations and not converged:
        iterations += 1
        gradient = sum(J.T @ (weights * d) for J, d in zip(jacobians, value.first, strict=True))
        information = sum(left.T @ right for left, right in _parts(jacobians, value.second, weights))
        move = _ascent(np.asarray(information), np.asarray(gradient))
        gain = float(move @ gradient)
        params, value, objective, length = _line_search(
            family, params, move, objective, X, y, weights, offset, value
        )
        converged = length == 0.0 or abs(gain) < 1e-9 * min(1.0, 1e-3 * abs(objective) + 1e-3)
    parts = _parts(jacobians, value.second, weights)
    scores = sum(J * (weights * d)[:, None] for J, d in zip(jacobians, value.first, strict=True))
    information = np.asarray(sum(left.T @ right for left, right in parts))
    scores = np.asarray(scores)
    flat = bool(np.all(np.abs(scores.sum(axis=0)) <= 1e-5 * (1 + np.abs(scores).sum(axis=0))))
    return Fit(
        family=family,
        names=family.parameters(columns),
        params=params,
        X=X,
        y=y,
        weights=weights,
        offset=offset,
        scores=scores,
        information=information,
        loglik=family.loglik(params, X, y, weights, offset),
        dispersion=family.dispersion(params, X, y, weights, offset),
        converged=converged and flat and bool(np.isfinite(params).all()),
        iterations=iterations,
        _parts=parts,
    )


def _parts(
    jacobians: tuple[Array, ...], second: tuple[tuple[Array, ...], ...], weights: Array
) -> tuple[tuple[Array, Array], ...]:
    """Pairs (L, R) of (n, p) arrays with unit i's negative Hessian ``sum over pairs of L_i R_i'``."""
    return tuple(
        (J, np.asarray(sum(K * (-weights * d)[:, None] for K, d in zip(jacobians, row, strict=True))))
        for J, row in zip(jacobians, second, strict=True)
    )


def _line_search(family, params, move, objective, X, y, weights, offset, value):  # type: ignore[no-untyped-def]
    """Take the longest of the steps 1, 1/2, 1/4 … that does not lower the objective."""
    length = 1.0
    while length > 1e-10:
        proposal = params + length * move
        trial = family.derivatives(proposal, X, y, offset)
        reached = float(weights @ trial.loglik)
        if reached >= objective - 1e-12 * abs(objective):
            return proposal, trial, reached, length
        length /= 2
    return params, value, objective, 0.0


def _ascent(information: Array, gradient: Array) -> Array:
    """The Newton step, in units in which every parameter has information 1; damped where the Hessian is not definite."""
    scale = np.sqrt(np.maximum(np.abs(np.diag(information)), 1e-300))
    scaled = information / np.outer(scale, scale)
    for ridge in (0.0, 1e-8, 1e-4, 1e-2, 1.0, 10.0):
        try:
            lower = np.linalg.cholesky(scaled + ridge * np.eye(len(scale)))
        except np.linalg.LinAlgError:
            continue
        return np.linalg.solve(lower.T, np.linalg.solve(lower, gradient / scale)) / scale
    return gradient / scale**2


def _inverse(information: Array) -> Array:
    scale = np.sqrt(np.maximum(np.abs(np.diag(information)), 1e-300))
    return np.linalg.inv(information / np.outer(scale, scale)) / np.outer(scale, scale)


def products_by(left: Array, right: Array, starts: Array) -> Array:
    """Sums of the outer products ``L_i R_i'`` over runs of rows that begin at `starts`, shape (G, p, q)."""
    if len(left) < 6 * len(starts):
        return _outer_sums(left, right, starts)
    ends = np.append(starts[1:], len(left))
    return np.array([left[a:b].T @ right[a:b] for a, b in zip(starts, ends, strict=True)])


def _outer_sums(left: Array, right: Array, starts: Array) -> Array:
    """The same for many short runs, in pieces that fit memory."""
    p, G = left.shape[1], len(starts)
    ends = np.append(starts[1:], len(left))
    sums = np.empty((G, p, p))
    step = max(1, _CHUNK // (p * p * 6))
    for a in range(0, G, step):
        b = min(a + step, G)
        rows = slice(int(starts[a]), int(ends[b - 1]))
        outer = left[rows, :, None] * right[rows, None, :]
        sums[a:b] = np.add.reduceat(outer, starts[a:b] - starts[a], axis=0)
    return sums
