"""A family with a random intercept: predictions averaged over the distribution of agents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from stepmark.study.families.base import Array, Derivatives, Family, Quantity

__all__ = ["RandomIntercept"]

_STEP = 1e-5


@dataclass(frozen=True)
class RandomIntercept:
    """A model whose linear predictor has a normal intercept for each cluster.

    Parameters are the logarithm of the intercepts' standard deviation, then those of the `base` family. Predictions are for
    an agent drawn at random, not for the average one. Fitting is left to `stepmark.study.mixed`.
    """

    base: Family
    nodes: int = 9
    name: ClassVar[str] = "random_intercept"

    def parameters(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """See `Family.parameters`."""
        return ("log_sd", *self.base.parameters(names))

    def start(self, X: Array, y: Array, weights: Array) -> Array:
        """See `Family.start`."""
        return np.concatenate([[np.log(0.5)], self.base.start(X, y, weights)])

    def jacobians(self, X: Array, y: Array) -> tuple[Array, ...]:
        """Not defined: units of a cluster depend on each other."""
        raise NotImplementedError("use stepmark.study.mixed")

    def derivatives(self, params: Array, X: Array, y: Array, offset: Array) -> Derivatives:
        """Not defined: units of a cluster depend on each other."""
        raise NotImplementedError("use stepmark.study.mixed")

    def predict(self, params: Array, X: Array, offset: Array, quantity: Quantity) -> tuple[Array, Array]:
        """See `Family.predict`."""
        return self._averaged(lambda o: self.base.predict(params[1:], X, o, quantity), params[0], offset)

    def slope(
        self, params: Array, X: Array, dX: Array, offset: Array, quantity: Quantity
    ) -> tuple[Array, Array]:
        """See `Family.slope`."""
        return self._averaged(lambda o: self.base.slope(params[1:], X, dX, o, quantity), params[0], offset)

    def dispersion(self, params: Array, X: Array, y: Array, weights: Array, offset: Array) -> float:
        """See `Family.dispersion`."""
        return 1.0

    def loglik(self, params: Array, X: Array, y: Array, weights: Array, offset: Array) -> float:
        """Not defined: units of a cluster depend on each other."""
        raise NotImplementedError("use stepmark.study.mixed")

    def _averaged(self, predict, log_sd: float, offset: Array) -> tuple[Array, Array]:  # type: ignore[no-untyped-def]
        """The prediction and its gradient, averaged over the intercepts by Gauss-Hermite quadrature."""
        sd = float(np.exp(log_sd))
        nodes, weights = np.polynomial.hermite.hermgauss(self.nodes)
        values, gradients = np.zeros(len(offset)), 0.0
        for node, weight in zip(np.sqrt(2) * sd * nodes, weights / np.sqrt(np.pi), strict=True):
            value, gradient = predict(offset + node)
            step = max(_STEP * abs(node), 1e-12)
            rise = (predict(offset + node + step)[0] - predict(offset + node - step)[0]) / (2 * step)
            values += weight * value
            gradients = gradients + weight * np.column_stack([rise * node, gradient])
        return values, np.asarray(gradients)
