"""How uncertain the estimates of a fit are: model-based, robust, by cluster, and by cluster jackknife.

All robust kinds have one form. With A the information, A_g and s_g a cluster's share of it and its summed score, the
contribution of cluster g is ``c_g = A^-1 (I - A_g A^-1)^-a s_g`` and the covariance ``factor * sum c_g c_g'``:

=========  ===  ==========================  ==================================================================
kind        a   factor                      known as
=========  ===  ==========================  ==================================================================
`cr0`       0   1                           Liang & Zeger (1986)
`cr1c`      0   G/(G-1)                     survey linearisation, CR1 of clubSandwich
`cr1`       0   G/(G-1) (N-1)/(N-k)         Stata, statsmodels, sandwich's HC1
`cr2`      1/2  1                           Bell & McCaffrey (2002), with Satterthwaite degrees of freedom
`cr3`       1   1                           CR3 of clubSandwich: `cv3l` without its factor
`cv3l`      1   (G-1)/G                     one-step cluster jackknife (MacKinnon, Nielsen & Webb 2023); default
`cv3`       –   (G-1)/G                     exact cluster jackknife: refitted without each cluster
=========  ===  ==========================  ==================================================================

`hc0`, `hc1`, `hc2`, `hc3` are the same with each unit its own cluster (factors 1, n/(n-k), 1, 1).
For generalised linear models ``A_g`` has the working weights in it, which is what clubSandwich does. Its CR2 takes
another square root, in the space of units (`stepmark.study.bell_mccaffrey`), used here for linear, logistic and Poisson
models; the two agree exactly for unweighted linear models.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from stepmark.study.bell_mccaffrey import bell_mccaffrey
from stepmark.study.clusters import Clusters
from stepmark.study.families import Array
from stepmark.study.jackknife import SingularError, blocks, jackknife, refit_without, share_of
from stepmark.study.newton import Fit

__all__ = [
    "KINDS",
    "Covariance",
    "Part",
    "by_cluster",
    "covariance",
    "kind_for",
    "root",
]

#: Kind → (power a, whether by unit rather than by cluster).
KINDS: dict[str, tuple[float, bool]] = {
    "cr0": (0.0, False),
    "cr1c": (0.0, False),
    "cr1": (0.0, False),
    "cr2": (0.5, False),
    "cr3": (1.0, False),
    "cv3l": (1.0, False),
    "cv3": (1.0, False),
    "hc0": (0.0, True),
    "hc1": (0.0, True),
    "hc2": (0.5, True),
    "hc3": (1.0, True),
}


@dataclass(frozen=True, eq=False)
class Part:
    """Contributions of clusters, (G, p), that enter the covariance with a factor; two-way clustering has three parts."""

    factor: float
    clusters: Clusters
    contributions: Array
    leave_out: bool = False


@dataclass(frozen=True, eq=False)
class Covariance:
    """The covariance of a fit's parameters, with what it takes to carry it over to functions of them.

    Attributes
    ----------
    kind
        See the module's table; `model` for the inverse information.
    matrix
        Shape (p, p).
    df
        Degrees of freedom of the t distribution; infinite for the normal. With `cr2` see :meth:`satterthwaite`.
    parts
        Contributions by cluster; empty for `model`.
    """

    kind: str
    matrix: Array
    df: float
    parts: tuple[Part, ...] = ()
    _fit: Fit | None = field(default=None, repr=False)

    @property
    def std_error(self) -> Array:
        """Standard errors of the parameters, shape (p,); missing where the variance came out negative."""
        return root(np.diag(self.matrix))

    def variance(self, gradient: Array) -> float:
        """The delta-method variance of a function with this gradient, shape (p,)."""
        return float(gradient @ self.matrix @ gradient)

    def degrees(self, gradient: Array) -> float:
        """The degrees of freedom for a function with this gradient: its own with `cr2`, else `df`."""
        if self.kind == "cr2" and self._fit is not None:
            return _satterthwaite(self._fit, self.parts[0].clusters, gradient)
        return self.df


def root(variance: Array) -> Array:
    """Standard errors from variances; missing where those of clusters in two ways came out negative."""
    return np.sqrt(np.where(variance >= 0, variance, np.nan))


def by_cluster(kind: str) -> bool:
    """Whether a kind of covariance sums scores by cluster."""
    return kind != "model" and not KINDS[kind][1]


def kind_for(asked: str, clusters: Clusters | None) -> str:
    """The kind of covariance that a plan's `asked` comes down to: `wild` is drawn around `cr1`.

    Kinds by cluster come down to `hc3` where no cluster is known, or only one.
    """
    kind = "cr1" if asked == "wild" else asked
    return "hc3" if by_cluster(kind) and (clusters is None or clusters.count < 2) else kind


def covariance(
    fit: Fit,
    clusters: Clusters | None = None,
    kind: str = "cv3l",
    *,
    second: Clusters | None = None,
    absorbed: int = 0,
) -> Covariance:
    """The covariance of the estimates of `fit`.

    Parameters
    ----------
    fit
        A converged fit.
    clusters
        The clusters of its units; with None the kind must be `model` or one of `hc0` … `hc3`.
    kind
        `model`, or one of :data:`KINDS`.
    second
        A second clustering, for two-way covariances: first + second - crossed (Cameron, Gelbach & Miller 2011). How
        its groups differ cannot be told from a single one, which is passed over.
    absorbed
        Parameters that were swept out before fitting (agent means); they count in k.

    Returns
    -------
    Covariance
        With t(G-1) for kinds by cluster (the smaller G with two clusterings), t(n-k) for linear models otherwise.

    Raises
    ------
    SingularError
        For `cr2`, `cv3l` and `cv3`, where a parameter is known from one cluster only, of either clustering.
    """
    k = len(fit.params) + absorbed
    units_df = float(fit.n - k) if fit.family.name == "linear" else float("inf")
    if kind == "model":
        return Covariance(kind, fit.dispersion * fit.inverse(), units_df)
    if KINDS[kind][1]:
        by_unit = (_part(fit, Clusters.units(fit.n), kind, k),)
        return Covariance(kind, _total(by_unit), units_df, by_unit, fit)
    if clusters is None:
        raise ValueError(f"inference {kind!r} needs clusters")
    parts: tuple[Part, ...] = (_part(fit, clusters, kind, k),)
    smallest = clusters.count
    if second is not None and second.count > 1:
        crossed = _part(fit, clusters.crossed(second), kind, k)
        minus = Part(-crossed.factor, crossed.clusters, crossed.contributions, crossed.leave_out)
        parts = (*parts, _part(fit, second, kind, k), minus)
        smallest = min(smallest, second.count)
    return Covariance(kind, _total(parts), float(smallest - 1), parts, fit)


def _part(fit: Fit, clusters: Clusters, kind: str, k: int) -> Part:
    try:
        contributions = _contributions(fit, clusters, kind)
    except SingularError as error:
        raise SingularError(error.cluster, error.parameters, clusters) from None
    return Part(
        _factor(kind, clusters.count, fit.n, k), clusters, contributions, leave_out=KINDS[kind][0] == 1.0
    )


def _factor(kind: str, G: int, n: int, k: int) -> float:
    return {
        "cr1c": G / (G - 1),
        "cr1": G / (G - 1) * (n - 1) / (n - k),
        "cv3l": (G - 1) / G,
        "cv3": (G - 1) / G,
        "hc1": n / (n - k),
    }.get(kind, 1.0)


def _contributions(fit: Fit, clusters: Clusters, kind: str) -> Array:
    power = KINDS[kind][0]
    if kind == "cv3":
        return refit_without(fit, clusters)
    if power == 1.0:
        return jackknife(fit, clusters)
    if power == 0.5:
        return _half_adjusted(fit, clusters)
    return clusters.sum(fit.scores) @ fit.inverse()


def _total(parts: tuple[Part, ...]) -> Array:
    total = [part.factor * part.contributions.T @ part.contributions for part in parts]
    return np.sum(total, axis=0)


def _leverage(fit: Fit, clusters: Clusters, rows: slice, root: Array) -> tuple[Array, Array]:
    """Eigenvalues and vectors of ``A^-1/2 A_g A^-1/2``."""
    values, vectors = np.linalg.eigh(root @ share_of(fit, clusters, rows) @ root)
    if (values[:, -1] > 1 - 1e-9).any():
        worst = int(values[:, -1].argmax())
        loading = np.abs(root @ vectors[worst][:, -1])
        raise SingularError(
            rows.start + worst, tuple(np.flatnonzero(loading > 1e-5 * loading.max()).tolist())
        )
    return values, vectors


def _inverse_root(matrix: Array) -> Array:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors / np.sqrt(values)) @ vectors.T


def _half_adjusted(fit: Fit, clusters: Clusters) -> Array:
    """Contributions of CR2: unit by unit for models with one index (as clubSandwich), else by matrices of the parameters."""
    if fit.one_index:
        return np.array([block.contribution for block in bell_mccaffrey(fit, clusters)])
    root = _inverse_root(fit.information)
    sums = clusters.sum(fit.scores) @ root
    out = np.empty_like(sums)
    for rows in blocks(clusters.count, len(root)):
        values, vectors = _leverage(fit, clusters, rows, root)
        along = np.einsum("gji,gj->gi", vectors, sums[rows]) / np.sqrt(1 - values)
        out[rows] = np.einsum("gij,gj->gi", vectors, along) @ root
    return out


def _satterthwaite(fit: Fit, clusters: Clusters, gradient: Array) -> float:
    """Degrees of freedom of CR2 for one linear function, after Pustejovsky & Tipton (2018), working independence."""
    if fit.one_index:
        return _satterthwaite_by_unit(fit, clusters, gradient)
    root = _inverse_root(fit.information)
    c = root @ gradient
    own, u = np.empty(clusters.count), np.empty((clusters.count, len(root)))
    for rows in blocks(clusters.count, len(root)):
        values, vectors = _leverage(fit, clusters, rows, root)
        along = np.einsum("gji,j->gi", vectors, c)
        own[rows] = (along**2 * values / (1 - values)).sum(axis=1)
        u[rows] = np.einsum("gij,gj->gi", vectors, along * values / np.sqrt(1 - values))
    P = np.diag(own) - u @ u.T
    return float(np.trace(P) ** 2 / (P**2).sum())


def _satterthwaite_by_unit(fit: Fit, clusters: Clusters, gradient: Array) -> float:
    bread = fit.inverse()
    own, u = [], []
    for block in bell_mccaffrey(fit, clusters):
        spread, projected = block.weights_of(bread @ gradient)
        own.append(spread)
        u.append(projected)
    stacked = np.array(u)
    P = np.diag(own) - stacked @ bread @ stacked.T
    return float(np.trace(P) ** 2 / (P**2).sum())
