"""Which units belong together: clusters as integer codes, with sums by cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from stepmark.study.families import Array

__all__ = ["Clusters"]

Ints = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Clusters:
    """A partition of n units into G clusters, such as interactions by agent.

    Attributes
    ----------
    codes
        The cluster of each unit, 0 … G-1, shape (n,).
    labels
        The G labels, in sorted order.
    order
        Positions that sort the units by cluster.
    starts
        Where each cluster begins in that order, shape (G,).
    """

    codes: Ints
    labels: tuple[object, ...]
    order: Ints
    starts: Ints

    @classmethod
    def of(cls, values: object) -> Clusters:
        """The clusters that equal values form.

        Raises
        ------
        ValueError
            Where a value is missing: it would become one big cluster.

        Examples
        --------
        >>> Clusters.of(["b", "a", "b"]).sizes.tolist()
        [1, 2]
        """
        codes, labels = pd.factorize(pd.Series(values), sort=True)
        if (codes < 0).any():
            raise ValueError("a unit without a cluster")
        order = np.argsort(codes, kind="stable")
        starts = np.searchsorted(codes[order], np.arange(len(labels)))
        return cls(codes, tuple(labels), order, starts)

    @classmethod
    def units(cls, n: int) -> Clusters:
        """Each unit a cluster of its own."""
        rows = np.arange(n)
        return cls(rows, tuple(range(n)), rows, rows)

    def or_units(self) -> Clusters:
        """These clusters; each unit its own where there is only one, from which nothing can be told of others."""
        return self if self.count > 1 else Clusters.units(len(self.codes))

    @property
    def count(self) -> int:
        """How many clusters there are, G."""
        return len(self.starts)

    @property
    def values(self) -> Array:
        """The label of each unit, shape (n,)."""
        return np.asarray(pd.Index(self.labels))[self.codes]

    @property
    def sizes(self) -> Ints:
        """Units in each cluster, shape (G,)."""
        return np.diff(np.append(self.starts, len(self.codes)))

    def sum(self, values: Array, weights: Array | None = None) -> Array:
        """Sums by cluster of per-unit `values`, (n,) or (n, q) to (G,) or (G, q), weighted where `weights` (n,) are given."""
        each = np.ones(len(self.codes)) if weights is None else np.asarray(weights, dtype=float)
        if values.ndim == 1:
            return np.bincount(self.codes, weights=values * each, minlength=self.count)
        # a sparse product goes through `values` once, whatever its width
        ends = np.append(self.starts, len(self.codes))
        shape = (self.count, len(self.codes))
        return np.asarray(csr_array((each[self.order], self.order, ends), shape=shape) @ values)

    def crossed(self, other: Clusters) -> Clusters:
        """The finer clusters of units that share both memberships."""
        return Clusters.of(self.codes * other.count + other.codes)
