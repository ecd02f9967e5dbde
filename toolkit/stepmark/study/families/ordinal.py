"""The cumulative model for an ordinal outcome: ``P(y <= k) = F(theta_k - x'b)``, proportional odds where F is logistic.

McCullagh (1980). With ``a`` and ``b`` the indices of the cut points above and below the answer, a unit's likelihood is
``F(a) - F(b)``; for the logistic F the score of b is ``x(F(a) + F(b) - 1)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from scipy.special import expit, ndtr

from stepmark.study.families.base import Array, Derivatives, Quantity

__all__ = ["Ordinal", "index_derivatives"]


@dataclass(frozen=True)
class Ordinal:
    """The cumulative model for outcomes coded 0, 1, … K-1 that stand for the scores `levels`.

    Parameters come as the K-1 cut points, then the coefficients. The design matrix has no intercept.

    Attributes
    ----------
    levels
        The K scores, lowest first; they weight the expected score.
    link
        `logit` (proportional odds) or `probit`.
    """

    levels: tuple[float, ...]
    link: Literal["logit", "probit"] = "logit"
    name: ClassVar[str] = "proportional_odds"

    @property
    def cuts(self) -> int:
        """How many cut points there are."""
        return len(self.levels) - 1

    def parameters(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """See `Family.parameters`."""
        pairs = zip(self.levels[:-1], self.levels[1:], strict=True)
        return (*(f"{low:g}|{high:g}" for low, high in pairs), *names)

    def start(self, X: Array, y: Array, weights: Array) -> Array:
        """See `Family.start`."""
        shares = np.bincount(y.astype(int), weights=weights, minlength=len(self.levels)) / weights.sum()
        below = np.clip(np.cumsum(shares)[:-1], 1e-6, 1 - 1e-6)
        cuts = np.log(below / (1 - below)) * (1.0 if self.link == "logit" else 0.6)
        return np.concatenate([cuts, np.zeros(X.shape[1])])

    def jacobians(self, X: Array, y: Array) -> tuple[Array, ...]:
        """See `Family.jacobians`."""
        n, m = len(y), self.cuts
        level, rows = y.astype(int), np.arange(n)
        above, below = np.zeros((n, m + X.shape[1])), np.zeros((n, m + X.shape[1]))
        above[:, m:] = below[:, m:] = -X
        inner = level < m
        above[rows[inner], level[inner]] = 1.0
        inner = level > 0
        below[rows[inner], level[inner] - 1] = 1.0
        return above, below

    def derivatives(self, params: Array, X: Array, y: Array, offset: Array) -> Derivatives:
        """See `Family.derivatives`."""
        cuts, eta = params[: self.cuts], X @ params[self.cuts :] + offset
        if np.any(np.diff(cuts) <= 0):
            nothing = np.zeros_like(eta)
            return Derivatives(np.full_like(eta, -np.inf), (nothing,) * 2, ((nothing,) * 2,) * 2)
        padded, level = np.concatenate([[-np.inf], cuts, [np.inf]]), y.astype(int)
        return index_derivatives(padded[level + 1] - eta, padded[level] - eta, self.link)

    def predict(self, params: Array, X: Array, offset: Array, quantity: Quantity) -> tuple[Array, Array]:
        """See `Family.predict`."""
        weights, constant = self._cut_weights(quantity)
        z = params[: self.cuts][None, :] - (X @ params[self.cuts :] + offset)[:, None]
        f, _ = _density(z, self.link)
        gradient = np.empty((len(X), len(params)))
        gradient[:, : self.cuts] = f * weights
        np.multiply(X, -(f @ weights)[:, None], out=gradient[:, self.cuts :])
        return constant + _distribution(z, self.link) @ weights, gradient

    def slope(
        self, params: Array, X: Array, dX: Array, offset: Array, quantity: Quantity
    ) -> tuple[Array, Array]:
        """See `Family.slope`."""
        weights, _ = self._cut_weights(quantity)
        z = params[: self.cuts][None, :] - (X @ params[self.cuts :] + offset)[:, None]
        f, g = _density(z, self.link)
        along = (dX @ params[self.cuts :])[:, None]
        curved = g * weights * along
        moved = curved.sum(axis=1)[:, None] * X - (f @ weights)[:, None] * dX
        return -(f @ weights) * along[:, 0], np.hstack([-curved, moved])

    def dispersion(self, params: Array, X: Array, y: Array, weights: Array, offset: Array) -> float:
        """See `Family.dispersion`."""
        return 1.0

    def loglik(self, params: Array, X: Array, y: Array, weights: Array, offset: Array) -> float:
        """See `Family.loglik`."""
        return float(weights @ self.derivatives(params, X, y, offset).loglik)

    def _cut_weights(self, quantity: Quantity) -> tuple[Array, float]:
        """Weights w and constant c with which the quantity is ``c + sum_k w_k P(y <= level k)``."""
        levels = np.asarray(self.levels)
        if quantity.what == "mean":
            return -np.diff(levels), float(levels[-1])
        if quantity.what == "at_most":
            return _last_below(levels <= quantity.level)
        if quantity.what == "at_least":
            weights, constant = _last_below(levels < quantity.level)
            return -weights, 1.0 - constant
        high, low = _last_below(levels <= quantity.level), _last_below(levels < quantity.level)
        return high[0] - low[0], high[1] - low[1]


def index_derivatives(a: Array, b: Array, link: str) -> Derivatives:
    """Log-likelihood ``log(F(a) - F(b))`` and its derivatives; -inf where a unit has ``a <= b``."""
    if np.any(a <= b):
        nothing = np.zeros_like(a)
        return Derivatives(np.full_like(a, -np.inf), (nothing,) * 2, ((nothing,) * 2,) * 2)
    mass = _mass(a, b, link)
    (fa, ga), (fb, gb) = _density(a, link), _density(b, link)
    la, lb = fa / mass, -fb / mass
    laa, lbb, lab = ga / mass - la**2, -gb / mass - lb**2, -la * lb
    return Derivatives(np.log(mass), (la, lb), ((laa, lab), (lab, lbb)))


def _last_below(below: np.ndarray) -> tuple[Array, float]:
    """Weights and constant that pick P(y <= the last level marked)."""
    count = int(below.sum())
    weights = np.zeros(len(below) - 1)
    if 0 < count < len(below):
        weights[count - 1] = 1.0
    return weights, float(count == len(below))


def _distribution(z: Array, link: str) -> Array:
    return expit(z) if link == "logit" else ndtr(z)


def _density(z: Array, link: str) -> tuple[Array, Array]:
    """The density at `z` and its derivative; both 0 at ±inf."""
    if link == "logit":
        p = expit(z)
        f = p * expit(-z)
        return f, f * (1 - 2 * p)
    with np.errstate(over="ignore"):
        f = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    return f, np.where(np.isfinite(z), -np.where(np.isfinite(z), z, 0.0) * f, 0.0)


def _mass(a: Array, b: Array, link: str) -> Array:
    """F(a) - F(b) for a > b, without cancellation in the tails."""
    if link == "logit":
        gap = -np.expm1(np.minimum(b - a, 0.0))
        mass = expit(a) * expit(-b) * gap
    else:
        flip = (a + b) > 0
        mass = np.where(flip, ndtr(-b) - ndtr(-a), ndtr(a) - ndtr(b))
    return np.maximum(mass, 1e-300)
