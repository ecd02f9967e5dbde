"""Linear, logistic and Poisson models: one index ``x'b + offset`` a unit, canonical links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import expit, gammaln

from stepmark.study.families.base import Array, Derivatives, Quantity

__all__ = ["Linear", "Logistic", "Poisson"]


@dataclass(frozen=True)
class _OneIndex:
    """What the families with one index share; each adds its log-likelihood and its mean function."""

    name: ClassVar[str] = ""

    def parameters(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """See `Family.parameters`."""
        return names

    def jacobians(self, X: Array, y: Array) -> tuple[Array, ...]:
        """See `Family.jacobians`."""
        return (X,)

    def start(self, X: Array, y: Array, weights: Array) -> Array:
        """See `Family.start`."""
        return np.zeros(X.shape[1])

    def _mean(self, eta: Array) -> tuple[Array, Array, Array]:
        """The mean at `eta` and its first two derivatives."""
        raise NotImplementedError

    def predict(self, params: Array, X: Array, offset: Array, quantity: Quantity) -> tuple[Array, Array]:
        """See `Family.predict`."""
        mean, first, _ = self._mean(X @ params + offset)
        return mean, first[:, None] * X

    def slope(
        self, params: Array, X: Array, dX: Array, offset: Array, quantity: Quantity
    ) -> tuple[Array, Array]:
        """See `Family.slope`."""
        _, first, second = self._mean(X @ params + offset)
        along = dX @ params
        return first * along, (second * along)[:, None] * X + first[:, None] * dX

    def dispersion(self, params: Array, X: Array, y: Array, weights: Array, offset: Array) -> float:
        """See `Family.dispersion`."""
        return 1.0

    def loglik(self, params: Array, X: Array, y: Array, weights: Array, offset: Array) -> float:
        """See `Family.loglik`."""
        return float(weights @ self.derivatives(params, X, y, offset).loglik)

    def derivatives(self, params: Array, X: Array, y: Array, offset: Array) -> Derivatives:
        """See `Family.derivatives`."""
        raise NotImplementedError


@dataclass(frozen=True)
class Linear(_OneIndex):
    """Least squares. Scores are ``x(y - x'b)``; the residual variance enters only the model-based covariance."""

    name: ClassVar[str] = "linear"

    def _mean(self, eta: Array) -> tuple[Array, Array, Array]:
        return eta, np.ones_like(eta), np.zeros_like(eta)

    def derivatives(self, params: Array, X: Array, y: Array, offset: Array) -> Derivatives:
        """See `Family.derivatives`."""
        residual = y - X @ params - offset
        return Derivatives(-0.5 * residual**2, (residual,), ((-np.ones_like(y),),))

    def dispersion(self, params: Array, X: Array, y: Array, weights: Array, offset: Array) -> float:
        """See `Family.dispersion`."""
        residual = y - X @ params - offset
        return float(weights @ residual**2) / (len(y) - X.shape[1])

    def loglik(self, params: Array, X: Array, y: Array, weights: Array, offset: Array) -> float:
        """See `Family.loglik`."""
        n, residual = len(y), y - X @ params - offset
        left = max(float(weights @ residual**2) / n, np.finfo(float).tiny)  # below, some machines round to 0
        return float(-0.5 * n * (np.log(2 * np.pi * left) + 1))


@dataclass(frozen=True)
class Logistic(_OneIndex):
    """Logistic regression of a 0/1 outcome. Scores are ``x(y - F(x'b))``."""

    name: ClassVar[str] = "logistic"

    def _mean(self, eta: Array) -> tuple[Array, Array, Array]:
        p = expit(eta)
        v = p * (1 - p)
        return p, v, v * (1 - 2 * p)

    def derivatives(self, params: Array, X: Array, y: Array, offset: Array) -> Derivatives:
        """See `Family.derivatives`."""
        eta = X @ params + offset
        p = expit(eta)
        return Derivatives(y * eta - np.logaddexp(0, eta), (y - p,), ((-p * (1 - p),),))


@dataclass(frozen=True)
class Poisson(_OneIndex):
    """Poisson regression of a count, log link. With cluster-robust errors it needs only the mean to be right."""

    name: ClassVar[str] = "poisson"

    def start(self, X: Array, y: Array, weights: Array) -> Array:
        """See `Family.start`."""
        target = np.log(np.maximum(y, 0.5))
        root = np.sqrt(weights)
        return np.linalg.lstsq(root[:, None] * X, root * target, rcond=None)[0]

    def _mean(self, eta: Array) -> tuple[Array, Array, Array]:
        mean = np.exp(np.minimum(eta, 500.0))
        return mean, mean, mean

    def derivatives(self, params: Array, X: Array, y: Array, offset: Array) -> Derivatives:
        """See `Family.derivatives`."""
        eta = X @ params + offset
        mean = np.exp(np.minimum(eta, 500.0))
        return Derivatives(y * eta - mean - gammaln(y + 1), (y - mean,), ((-mean,),))
