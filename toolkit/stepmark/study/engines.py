"""The models that Newton's method for independent units does not fit: random intercepts, GEE, conditional logit, Cox.

Each engine takes the ordinary fit as its start and gives back estimates with their covariance. What statsmodels does well
it does here (GEE, Cox); the traps met with it are in the comments.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from stepmark.study.clusters import Clusters
from stepmark.study.conditional import fit_conditional
from stepmark.study.covariance import Covariance
from stepmark.study.entries import OutcomePlan
from stepmark.study.families import Array, Family, Linear, Logistic, Ordinal, RandomIntercept
from stepmark.study.gee import fit_gee
from stepmark.study.mixed import fit_linear_mixed, fit_random_intercept
from stepmark.study.newton import Fit

__all__ = ["ENGINES", "Engine", "Finished", "Task"]


@dataclass(frozen=True, eq=False)
class Task:
    """What an engine is asked to fit.

    Attributes
    ----------
    start
        The ordinary fit of the same columns.
    X
        The design matrix as it is, even where the ordinary fit was of demeaned columns.
    outcome
        What the plan says of the outcome.
    y, event
        Its values, and for times whether the event was seen.
    clusters
        The agents.
    kind
        The plan's covariance, for engines that offer a choice.
    nodes
        Quadrature nodes.
    """

    start: Fit
    X: Array
    outcome: OutcomePlan
    y: Array
    event: Array | None
    clusters: Clusters
    kind: str
    nodes: int = 15


@dataclass(frozen=True, eq=False)
class Finished:
    """A fit with its covariance, and what else the model estimates.

    Attributes
    ----------
    fit, spread
        The estimates and their covariance.
    components
        How the clusters differ, by name: `sd_intercepts`, `sd_residual`, `icc` (on the scale of the linear predictor) and
        `reml_criterion` of random intercepts; `correlation` and `scale` of GEE.
    intercepts
        Of random-intercept models: the most likely intercept of each cluster and its conditional standard deviation, shape
        (G, 2).
    """

    fit: Fit
    spread: Covariance
    components: dict[str, float] = field(default_factory=dict)
    intercepts: Array | None = None


@dataclass(frozen=True)
class Engine:
    """How a model is fitted, and what its result allows.

    Attributes
    ----------
    run
        The fit itself.
    averages
        Whether average effects can be had; without intercepts they cannot.
    """

    run: Callable[[Task], Finished]
    averages: bool = True


def _random_intercepts(task: Task) -> Finished:
    """Logistic, ordinal and Poisson models with random intercepts; the covariance is that of the model."""
    if isinstance(task.start.family, Linear):
        return _linear_mixed(task)
    columns = task.start.names[len(task.start.names) - task.X.shape[1] :]
    found = fit_random_intercept(
        task.start.family,
        task.X,
        task.y,
        task.clusters,
        start=task.start.params,
        names=columns,
        nodes=task.nodes,
    )
    family = RandomIntercept(task.start.family)
    fit = replace(
        task.start,
        family=family,
        names=found.names,
        params=found.params,
        loglik=found.loglik,
        converged=found.converged,
    )
    components = {"sd_intercepts": found.sd}
    if (noise := _latent_variance(task.start.family)) is not None:
        components["icc"] = found.sd**2 / (found.sd**2 + noise)
    intercepts = np.column_stack([found.modes, found.mode_sds])
    return Finished(fit, Covariance("model", found.matrix, float("inf")), components, intercepts)


def _latent_variance(family: Family) -> float | None:
    """The variance of the latent outcome within clusters: that of the logistic or the normal law; None where there is none."""
    if isinstance(family, Ordinal) and family.link == "probit":
        return 1.0
    return float(np.pi**2 / 3) if isinstance(family, Logistic | Ordinal) else None


def _linear_mixed(task: Task) -> Finished:
    found = fit_linear_mixed(task.X, task.y, task.clusters)
    fit = replace(task.start, params=found.params, loglik=-found.criterion / 2)
    components = {
        "sd_intercepts": found.sd,
        "sd_residual": found.residual_sd,
        "icc": found.sd**2 / (found.sd**2 + found.residual_sd**2),
        "reml_criterion": found.criterion,
    }
    intercepts = np.column_stack([found.modes, found.mode_sds])
    return Finished(fit, Covariance("model", found.matrix, float("inf")), components, intercepts)


def _gee(task: Task) -> Finished:
    """The working correlation that the plan asks for; robust covariance."""
    clusters = task.clusters.or_units()
    found = fit_gee(
        task.X,
        task.y,
        clusters,
        task.start.params,
        binary=not isinstance(task.start.family, Linear),
        correlation=task.outcome.correlation,
        scale=task.outcome.scale,
    )
    fit = replace(task.start, params=found.params, loglik=float("nan"), converged=found.converged)
    spread = Covariance("robust", found.matrix, float(clusters.count - 1))
    return Finished(fit, spread, {"correlation": found.correlation, "scale": found.scale})


def _conditional(task: Task) -> Finished:
    found = fit_conditional(task.X, task.y, task.clusters)
    fit = replace(task.start, params=found.params, loglik=found.loglik, converged=found.converged)
    return Finished(fit, Covariance("model", found.matrix, float("inf")))


def _cox(task: Task) -> Finished:
    """Cox regression, Efron's ties; robust by agent unless the plan asks for the model's covariance."""
    import statsmodels.api as sm

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = sm.PHReg(task.y, task.X, status=task.event, ties="efron").fit()
    fit = replace(task.start, params=np.asarray(found.params), loglik=float(found.llf), converged=True)
    bread = np.asarray(found.cov_params())
    if task.kind == "model":
        return Finished(fit, Covariance("model", bread, float("inf")))
    # PHReg has no residuals for units that leave before the first event: their share is 0
    scores = np.nan_to_num(np.asarray(found.score_residuals))
    clusters = task.clusters.or_units()
    sums, G = clusters.sum(scores) @ bread, clusters.count
    return Finished(fit, Covariance("cr1c", G / (G - 1) * sums.T @ sums, float(G - 1)))


ENGINES = {
    "random": Engine(_random_intercepts),
    "gee_logistic": Engine(_gee),
    "gee_linear": Engine(_gee),
    "conditional_logit": Engine(_conditional, averages=False),
    "cox": Engine(_cox, averages=False),
}
