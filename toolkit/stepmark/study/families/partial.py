"""The cumulative model in which one column has a coefficient of its own at every cut point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepmark.study.families.base import Array, Derivatives
from stepmark.study.families.ordinal import Ordinal, index_derivatives

__all__ = ["PartialOrdinal"]


@dataclass(frozen=True)
class PartialOrdinal(Ordinal):
    """Partial proportional odds (Peterson & Harrell 1990): ``P(y <= k) = F(theta_k - x'b - z d_k)`` with d_1 = 0.

    Parameters are those of `Ordinal`, then d_2 … d_{K-1} of column z.

    Attributes
    ----------
    column
        The position of z among the columns of the design matrix.
    """

    column: int = 0

    def parameters(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """See `Family.parameters`."""
        extra = [f"{names[self.column]}@{cut}" for cut in super().parameters(())[1:]]
        return (*super().parameters(names), *extra)

    def start(self, X: Array, y: Array, weights: Array) -> Array:
        """See `Family.start`."""
        return np.concatenate([super().start(X, y, weights), np.zeros(self.cuts - 1)])

    def jacobians(self, X: Array, y: Array) -> tuple[Array, ...]:
        """See `Family.jacobians`."""
        above, below = super().jacobians(X, y)
        level, rows, z = y.astype(int), np.arange(len(y)), X[:, self.column]
        more = [np.zeros((len(y), self.cuts)) for _ in range(2)]
        inner = level < self.cuts
        more[0][rows[inner], level[inner]] = -z[inner]
        inner = level > 0
        more[1][rows[inner], level[inner] - 1] = -z[inner]
        return np.hstack([above, more[0][:, 1:]]), np.hstack([below, more[1][:, 1:]])

    def derivatives(self, params: Array, X: Array, y: Array, offset: Array) -> Derivatives:
        """See `Family.derivatives`."""
        m, k = self.cuts, X.shape[1]
        cuts, eta = params[:m], X @ params[m : m + k] + offset
        own = np.concatenate([[0.0], params[m + k :]])
        grid = cuts[None, :] - eta[:, None] - X[:, self.column][:, None] * own[None, :]
        edge = np.full((len(y), 1), np.inf)
        padded, level, rows = np.hstack([-edge, grid, edge]), y.astype(int), np.arange(len(y))
        return index_derivatives(padded[rows, level + 1], padded[rows, level], self.link)
