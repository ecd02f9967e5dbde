"""Counts that vary more than a Poisson law allows: the negative binomial model (NB2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import gammaln, polygamma, psi

from stepmark.study.families.base import Array, Derivatives, Quantity

__all__ = ["NegativeBinomial"]


@dataclass(frozen=True)
class NegativeBinomial:
    """Mean ``mu = exp(x'b)``, variance ``mu + alpha mu²``. Parameters are ``log alpha``, then the coefficients.

    Cameron & Trivedi (1998), section 3.3. Its two indices are ``log alpha`` and the linear predictor.
    """

    name: ClassVar[str] = "negative_binomial"

    def parameters(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """See `Family.parameters`."""
        return ("log_alpha", *names)

    def start(self, X: Array, y: Array, weights: Array) -> Array:
        """See `Family.start`."""
        root = np.sqrt(weights)
        target = np.log(np.maximum(y, 0.5))
        return np.concatenate([[0.0], np.linalg.lstsq(root[:, None] * X, root * target, rcond=None)[0]])

    def jacobians(self, X: Array, y: Array) -> tuple[Array, ...]:
        """See `Family.jacobians`."""
        shape, mean = np.zeros((len(y), X.shape[1] + 1)), np.zeros((len(y), X.shape[1] + 1))
        shape[:, 0], mean[:, 1:] = 1.0, X
        return shape, mean

    def derivatives(self, params: Array, X: Array, y: Array, offset: Array) -> Derivatives:
        """See `Family.derivatives`."""
        log_r, log_mu = np.clip(-params[0], -50.0, 50.0), np.minimum(X @ params[1:] + offset, 500.0)
        r, mu = np.exp(log_r), np.exp(log_mu)
        total = r + mu
        # r and mu as shares of their sum, in logarithms: those of a mean too small for a float are there too
        log_rest, log_share = -np.logaddexp(0.0, log_mu - log_r), -np.logaddexp(0.0, log_r - log_mu)
        share, gap = np.exp(log_share), (y - mu) / total
        loglik = gammaln(y + r) - gammaln(r) - gammaln(y + 1) + r * log_rest + y * log_share
        of_r = psi(y + r) - psi(r) + log_rest - gap
        of_r2 = polygamma(1, y + r) - polygamma(1, r) + 1 / r - 1 / total + gap / total
        cross = -r * gap * share
        shape2, mean2 = r**2 * of_r2 + r * of_r, -r * share * (r + y) / total
        return Derivatives(loglik, (-r * of_r, r * gap), ((shape2, cross), (cross, mean2)))

    def predict(self, params: Array, X: Array, offset: Array, quantity: Quantity) -> tuple[Array, Array]:
        """See `Family.predict`."""
        mu = np.exp(np.minimum(X @ params[1:] + offset, 500.0))
        return mu, np.column_stack([np.zeros(len(mu)), mu[:, None] * X])

    def slope(
        self, params: Array, X: Array, dX: Array, offset: Array, quantity: Quantity
    ) -> tuple[Array, Array]:
        """See `Family.slope`."""
        mu, along = np.exp(np.minimum(X @ params[1:] + offset, 500.0)), dX @ params[1:]
        gradient = mu[:, None] * (along[:, None] * X + dX)
        return mu * along, np.column_stack([np.zeros(len(mu)), gradient])

    def dispersion(self, params: Array, X: Array, y: Array, weights: Array, offset: Array) -> float:
        """See `Family.dispersion`."""
        return 1.0

    def loglik(self, params: Array, X: Array, y: Array, weights: Array, offset: Array) -> float:
        """See `Family.loglik`."""
        return float(weights @ self.derivatives(params, X, y, offset).loglik)
