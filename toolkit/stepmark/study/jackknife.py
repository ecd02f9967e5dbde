"""How much each cluster moves the estimates of a fit: by one Newton step without it, or by fitting again.

MacKinnon, Nielsen & Webb (2023). A cluster without which a parameter could not be estimated is named.
"""

from __future__ import annotations

import numpy as np

from stepmark.study.clusters import Clusters
from stepmark.study.families import Array
from stepmark.study.newton import Fit, fit

__all__ = ["SingularError", "blocks", "jackknife", "leave_one_out", "refit_without", "share_of"]


class SingularError(ValueError):
    """Without one of the clusters some parameters could not be estimated.

    Attributes
    ----------
    cluster
        Position of that cluster.
    parameters
        Positions of the parameters that hang on it.
    clusters
        The clusters that it is one of, where there may be several kinds.
    """

    def __init__(self, cluster: int, parameters: tuple[int, ...], clusters: Clusters | None = None) -> None:
        super().__init__("a parameter is known from a single cluster")
        self.cluster, self.parameters, self.clusters = cluster, parameters, clusters


def jackknife(fit: Fit, clusters: Clusters) -> Array:
    """One-step estimates of how much each cluster moves the parameters: ``(A - A_g)^-1 s_g``, shape (G, p).

    The estimate without cluster g is about ``fit.params - jackknife[g]``.

    Raises
    ------
    SingularError
        Where a parameter is known from one cluster only.
    """
    sums = clusters.sum(fit.scores)
    contributions = np.empty_like(sums)
    for rows in blocks(clusters.count, len(fit.params)):
        shares = share_of(fit, clusters, rows)
        contributions[rows] = leave_one_out(fit.information, shares, sums[rows], rows.start)
    return contributions


def leave_one_out(information: Array, shares: Array, sums: Array, first: int = 0) -> Array:
    """``(A - A_g)^-1 s_g`` for each of some clusters, shape (G, p).

    Parameters
    ----------
    information
        The information A of all clusters, shape (p, p).
    shares, sums
        Each cluster's share of it, shape (G, p, p), and its summed score, shape (G, p).
    first
        The place of the first of these clusters among all, for the error's sake.

    Raises
    ------
    SingularError
        Where a parameter is known from one cluster only.
    """
    scale = np.sqrt(np.diag(information))
    rest = _scaled_rest(information, shares, scale, first)
    return np.linalg.solve(rest, (sums / scale)[..., None])[..., 0] / scale


def refit_without(fit_all: Fit, clusters: Clusters) -> Array:
    """The exact jackknife: the estimate minus the estimate without each cluster, shape (G, p).

    Raises
    ------
    SingularError
        Where the model cannot be fitted without one of the clusters.
    """
    moved = np.empty((clusters.count, len(fit_all.params)))
    jackknife(fit_all, clusters)  # says which parameters hang on one cluster
    for g in range(clusters.count):
        keep = clusters.codes != g
        rest = fit(
            fit_all.family,
            fit_all.X[keep],
            fit_all.y[keep],
            weights=fit_all.weights[keep],
            offset=fit_all.offset[keep],
            start=fit_all.params,
        )
        if not rest.converged:
            raise SingularError(g, tuple(range(len(fit_all.params))))
        moved[g] = fit_all.params - rest.params
    return moved


def blocks(count: int, p: int) -> list[slice]:
    """Runs of clusters whose p×p matrices fit memory together."""
    step = max(1, 4_000_000 // (p * p))
    return [slice(a, min(a + step, count)) for a in range(0, count, step)]


def share_of(fit: Fit, clusters: Clusters, rows: slice) -> Array:
    """The information of the clusters `rows`, shape (rows, p, p)."""
    ends = np.append(clusters.starts[1:], len(clusters.codes))
    first, last = int(clusters.starts[rows.start]), int(ends[rows.stop - 1])
    return fit.information_by(clusters.starts[rows] - first, clusters.order[first:last])


def _scaled_rest(information: Array, shares: Array, scale: Array, first: int) -> Array:
    """``A - A_g`` in units where A has a unit diagonal; raises where it is singular."""
    rest = (information - shares) / np.outer(scale, scale)
    try:
        pivots = np.diagonal(np.linalg.cholesky(rest), axis1=1, axis2=2)
        sound = bool((pivots > 1e-6).all())
    except np.linalg.LinAlgError:
        sound = False
    if not sound:
        values, vectors = np.linalg.eigh(rest)
        worst = int(values[:, 0].argmin())
        if values[worst, 0] < 1e-10:
            loading = np.abs(vectors[worst][:, values[worst] < 1e-10]).max(axis=1)
            raise SingularError(first + worst, tuple(np.flatnonzero(loading > 1e-5).tolist()))
    return rest
