"""Random-intercept models: linear by REML, 0/1 and ordinal ones by adaptive Gauss-Hermite quadrature, which Python lacks.

The linear model has one variance ratio to find, so REML is a search in one dimension over sums by cluster.

The likelihood of a cluster is an integral over its intercept; it is computed at nodes placed around its mode and scaled by
its curvature there (Pinheiro & Bates 1995; Liu & Pierce 1994). One node is Laplace's approximation (`nAGQ=1` of lme4 and
ordinal). The score follows from Fisher's identity: the complete-data score averaged over the intercept's posterior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import logsumexp

from stepmark.study.clusters import Clusters
from stepmark.study.families import Array, Family, Ordinal

#: With so many nodes the quadrature is the integral for all practical purposes, and its score that of Fisher's identity.
EXACT_NODES = 9

__all__ = ["LinearMixedFit", "MixedFit", "fit_linear_mixed", "fit_random_intercept"]


@dataclass(frozen=True, eq=False)
class MixedFit:
    """A fitted random-intercept model.

    Attributes
    ----------
    names, params
        `log_sd`, then the parameters of the family.
    matrix
        Their covariance from the inverse Hessian of the log-likelihood.
    loglik
        The log-likelihood.
    modes, mode_sds
        The most likely intercept of each cluster and its conditional standard deviation, shape (G,); lme4 calls
        them `ranef(condVar=TRUE)`.
    converged
        Whether the score is zero.
    """

    names: tuple[str, ...]
    params: Array
    matrix: Array
    loglik: float
    modes: Array
    mode_sds: Array
    converged: bool

    @property
    def sd(self) -> float:
        """The standard deviation of the intercepts."""
        return float(np.exp(self.params[0]))


def fit_random_intercept(
    family: Family,
    X: Array,
    y: Array,
    clusters: Clusters,
    *,
    start: Array,
    names: tuple[str, ...],
    nodes: int = 15,
) -> MixedFit:
    """Fit `family` with a normal random intercept for each cluster.

    Parameters
    ----------
    family
        `Logistic()`, `Poisson()` or `Ordinal(levels)`.
    X, y
        As for `stepmark.study.newton.fit`.
    clusters
        Whose intercepts differ.
    start
        The parameters of the fit without random intercepts.
    names
        The names of the columns of `X`.
    nodes
        Quadrature nodes; 1 is Laplace's approximation.
    """
    exact = _Integral(family, X, y, clusters, max(nodes, EXACT_NODES))
    theta = _climb(exact, np.concatenate([[np.log(0.5)], start]))
    hessian = _hessian_of_score(exact, theta)
    integral = _Integral(family, X, y, clusters, nodes)
    for _ in range(12):  # from the maximum of the integral to that of its approximation by `nodes` nodes
        score = _numeric_gradient(integral, theta)
        move = np.linalg.solve(hessian, score)
        theta = theta - move
        if abs(float(score @ move)) < 1e-13:
            break
    if nodes < EXACT_NODES:
        hessian = _numeric_hessian(integral, theta)
    value, _ = integral(theta)
    return MixedFit(
        names=("log_sd", *family.parameters(names)),
        params=theta,
        matrix=np.linalg.inv(-hessian),
        loglik=value,
        modes=integral.modes,
        mode_sds=integral.scales,
        converged=bool(np.isfinite(theta).all() and abs(float(score @ move)) < 1e-6),
    )


@dataclass(frozen=True, eq=False)
class LinearMixedFit:
    """A linear random-intercept model.

    Attributes
    ----------
    params, matrix
        The estimates, shape (p,), and their covariance.
    sd, residual_sd
        The standard deviations of the intercepts and of the units around them.
    criterion
        The REML criterion, -2 times the restricted log-likelihood.
    modes, mode_sds
        The predicted intercept of each cluster and its conditional standard deviation, shape (G,).
    """

    params: Array
    matrix: Array
    sd: float
    residual_sd: float
    criterion: float
    modes: Array
    mode_sds: Array


def fit_linear_mixed(X: Array, y: Array, clusters: Clusters) -> LinearMixedFit:
    """Restricted maximum likelihood (Patterson & Thompson 1971) with an intercept for each cluster, as `lme4::lmer`."""
    n, p = X.shape
    sizes, sums, totals = clusters.sizes, clusters.sum(X), clusters.sum(y)
    cross, target, square = X.T @ X, X.T @ y, float(y @ y)

    def solved(log_ratio: float) -> tuple[float, Array, Array, float]:
        """The criterion, estimates, bread and residual variance at a ratio of the two variances."""
        ratio = float(np.exp(log_ratio))
        shrink = ratio / (1 + sizes * ratio)
        A = cross - (sums * shrink[:, None]).T @ sums
        b = target - sums.T @ (shrink * totals)
        params = np.linalg.solve(A, b)
        quadratic = square - float(shrink @ totals**2) - float(params @ b)
        variance = quadratic / (n - p)
        log_det = float(np.log1p(sizes * ratio).sum() + np.linalg.slogdet(A)[1])
        criterion = log_det + (n - p) * (np.log(2 * np.pi * variance) + 1)
        return criterion, params, np.linalg.inv(A), variance

    found = minimize_scalar(
        lambda t: solved(t)[0], bounds=(-20.0, 10.0), method="bounded", options={"xatol": 1e-10}
    )
    criterion, params, bread, variance = solved(float(found.x))
    ratio = float(np.exp(found.x))
    kept = ratio / (1 + sizes * ratio)
    return LinearMixedFit(
        params,
        variance * bread,
        sd=float(np.sqrt(variance * ratio)),
        residual_sd=float(np.sqrt(variance)),
        criterion=criterion,
        modes=kept * (totals - sums @ params),
        mode_sds=np.sqrt(variance * kept),
    )


def _climb(integral: _Integral, first: Array) -> Array:
    """The maximum by its score: quasi-Newton, then Newton steps with a numeric Hessian."""

    def minus(theta: Array) -> tuple[float, Array]:
        value, score = integral(theta)
        return -value, -score

    theta = minimize(minus, first, jac=True, method="BFGS", options={"gtol": 1e-3, "maxiter": 200}).x
    for _ in range(6):
        score = integral(theta)[1]
        move = np.linalg.solve(_hessian_of_score(integral, theta), score)
        theta = theta - move
        if abs(float(score @ move)) < 1e-8:
            break
    return np.asarray(theta)


class _Integral:
    """The log-likelihood and its score at any parameters; remembers the clusters' modes to start from next time."""

    def __init__(self, family: Family, X: Array, y: Array, clusters: Clusters, nodes: int) -> None:
        self.family, self.X, self.y, self.clusters = family, X, y, clusters
        self.jacobians = family.jacobians(X, y)
        self.sign = -1.0 if isinstance(family, Ordinal) else 1.0
        z, w = np.polynomial.hermite.hermgauss(nodes)
        self.z, self.log_w = z, np.log(w) + z**2
        self.modes, self.scales = np.zeros(clusters.count), np.ones(clusters.count)

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """Log-likelihood and score at `theta`."""
        sd, params = float(np.exp(np.clip(theta[0], -20.0, 20.0))), theta[1:]
        if not (1e-8 < sd < 1e4) or not self._find_modes(params, sd):
            return -np.inf, np.zeros_like(theta)
        at = self.modes[:, None] + np.sqrt(2) * self.scales[:, None] * self.z
        value = np.empty_like(at)
        firsts = []
        for k in range(len(self.z)):
            found = self.family.derivatives(params, self.X, self.y, at[self.clusters.codes, k])
            value[:, k] = self.clusters.sum(found.loglik)
            firsts.append(found.first)
        value += -0.5 * (at / sd) ** 2 - np.log(sd) - 0.5 * np.log(2 * np.pi) + self.log_w
        total = logsumexp(value, axis=1)
        posterior = np.exp(value - total[:, None])
        by_unit = posterior[self.clusters.codes]
        score = sum(
            J.T @ sum(by_unit[:, k] * firsts[k][r] for k in range(len(self.z)))
            for r, J in enumerate(self.jacobians)
        )
        of_sd = float((posterior * ((at / sd) ** 2 - 1)).sum())
        loglik = float((total + np.log(np.sqrt(2) * self.scales)).sum())
        return loglik, np.concatenate([[of_sd], np.asarray(score)])

    def _find_modes(self, params: Array, sd: float) -> bool:
        """The most likely intercept of each cluster, by Newton's method for all at once."""
        u = self.modes
        for _ in range(50):
            found = self.family.derivatives(params, self.X, self.y, u[self.clusters.codes])
            if not np.isfinite(found.loglik).all():
                return False
            first = self.clusters.sum(self.sign * np.sum(found.first, axis=0)) - u / sd**2
            second = self.clusters.sum(np.sum(found.second, axis=(0, 1))) - 1 / sd**2
            move = first / second
            u = u - np.clip(move, -3.0, 3.0)
            if np.abs(move).max() < 1e-10:
                break
        self.modes, self.scales = u, 1 / np.sqrt(-second)
        return True


def _steps(theta: Array, size: float) -> Array:
    return size * np.maximum(np.abs(theta), 0.1)


def _numeric_gradient(integral: _Integral, theta: Array) -> Array:
    """The gradient of the approximation itself, by central differences."""
    steps = _steps(theta, 1e-4)
    rise = [integral(theta + e)[0] - integral(theta - e)[0] for e in np.diag(steps)]
    return np.array(rise) / (2 * steps)


def _hessian_of_score(integral: _Integral, theta: Array) -> Array:
    steps = _steps(theta, 1e-4)
    rise = [integral(theta + e)[1] - integral(theta - e)[1] for e in np.diag(steps)]
    hessian = np.array(rise) / (2 * steps)[:, None]
    return (hessian + hessian.T) / 2


def _numeric_hessian(integral: _Integral, theta: Array) -> Array:
    """Second differences of the approximation, where it is too coarse for Fisher's identity."""
    steps = _steps(theta, 1e-3)
    rise = [
        _numeric_gradient(integral, theta + e) - _numeric_gradient(integral, theta - e)
        for e in np.diag(steps)
    ]
    hessian = np.array(rise) / (2 * steps)[:, None]
    return (hessian + hessian.T) / 2
