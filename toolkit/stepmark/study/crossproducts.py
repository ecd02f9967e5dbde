"""Many linear regressions among the same columns: their cross-products are summed by cluster once, and used for all.

A linear model and its one-step cluster jackknife need no more of the data than sums of products of their columns, in all and by
cluster. A few dozen columns hold hundreds of small regressions, each of which then costs a few small matrices.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stepmark.study.clusters import Clusters
from stepmark.study.families import Array
from stepmark.study.identify import full_rank
from stepmark.study.jackknife import leave_one_out
from stepmark.study.newton import products_by

__all__ = ["CrossProducts"]

#: Up to so many numbers the products by cluster are kept; above, they are summed again for each regression.
MOST_KEPT = 25_000_000
#: So many numbers are worked on at a time.
_AT_ONCE = 4_000_000


class CrossProducts:
    """Sums of products of q columns over n units, by cluster.

    Parameters
    ----------
    columns
        Shape (n, q).
    weights
        Of the units, shape (n,).
    clusters
        The G clusters of the units.
    """

    def __init__(self, columns: Array, weights: Array, clusters: Clusters) -> None:
        self.clusters = clusters
        self._columns = columns[clusters.order]
        self._weighted = self._columns * weights[clusters.order][:, None]
        self._ends = np.append(clusters.starts[1:], len(clusters.codes))
        self.total = self._weighted.T @ self._columns
        keep = clusters.count * columns.shape[1] ** 2 <= MOST_KEPT
        self._kept = self._sums(slice(0, clusters.count), range(columns.shape[1])) if keep else None

    def identified(self, on: Sequence[int]) -> bool:
        """Whether none of the columns `on` is a combination of the others."""
        return full_rank(self.total[np.ix_(on, on)])

    def slope(self, y: int, on: Sequence[int]) -> tuple[float, float]:
        """The coefficient of the last of the columns `on` in a linear model of column `y`, and its standard error.

        The error is that of the one-step cluster jackknife (`cv3l`).

        Raises
        ------
        stepmark.study.jackknife.SingularError
            Where a coefficient is known from one cluster only.
        """
        information, G = self.total[np.ix_(on, on)], self.clusters.count
        scale = np.sqrt(np.diag(information))
        beta = np.linalg.solve(information / np.outer(scale, scale), self.total[on, y] / scale) / scale
        moved = np.empty(G)
        step = max(1, _AT_ONCE // len(on) ** 2)
        for first in range(0, G, step):
            rows = slice(first, min(first + step, G))
            products = self._products(rows, [*on, y])
            shares, with_y = products[:, :-1, :-1], products[:, :-1, -1]
            moved[rows] = leave_one_out(information, shares, with_y - shares @ beta, first)[:, -1]
        return float(beta[-1]), float(np.sqrt((G - 1) / G * moved @ moved))

    def _products(self, rows: slice, places: Sequence[int]) -> Array:
        """The products of some columns in some clusters, shape (clusters, columns, columns)."""
        if self._kept is None:
            return self._sums(rows, places)
        return self._kept[rows][:, np.asarray(places)[:, None], np.asarray(places)]

    def _sums(self, rows: slice, places: Sequence[int]) -> Array:
        first, last = int(self.clusters.starts[rows.start]), int(self._ends[rows.stop - 1])
        left, right = (side[first:last][:, list(places)] for side in (self._weighted, self._columns))
        return products_by(left, right, self.clusters.starts[rows] - first)
