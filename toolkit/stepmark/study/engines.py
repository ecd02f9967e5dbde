"""The models that Newton's method for independent units does not fit: random intercepts, GEE, conditional logit, Cox.

Each engine takes the ordinary fit as its start and gives back estimates with their covariance. What statsmodels does well
it does here (GEE with geepack's scale, Cox); the traps met with it are in the comments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from stepmark.study.clusters import Clusters
from stepmark.study.conditional import fit_conditional
from stepmark.study.covariance import Covariance
from stepmark.study.families import Array, Linear, RandomIntercept
from stepmark.study.mixed import fit_linear_mixed, fit_random_intercept
from stepmark.study.newton import Fit

__all__ = ["ENGINES", "Engine", "Task"]


@dataclass(frozen=True, eq=False)
class Task:
    """What an engine is asked to fit.

    Attributes
    ----------
    start
        The ordinary fit of the same columns.
    X
        The design matrix as it is, even where the ordinary fit was of demeaned columns.
    y, event
        Outcome, and for times whether the event was seen.
    clusters
        The agents.
    kind
        The plan's covariance, for engines that offer a choice.
    nodes
        Quadrature nodes.
    """

    start: Fit
    X: Array
    y: Array
    event: Array | None
    clusters: Clusters
    kind: str
    nodes: int = 15


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

    run: Callable[[Task], tuple[Fit, Covariance]]
    averages: bool = True


def _random_intercepts(task: Task) -> tuple[Fit, Covariance]:
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
    return fit, Covariance("model", found.matrix, float("inf"))


def _linear_mixed(task: Task) -> tuple[Fit, Covariance]:
    found = fit_linear_mixed(task.X, task.y, task.clusters)
    fit = replace(task.start, params=found.params, loglik=-found.criterion / 2)
    return fit, Covariance("model", found.matrix, float("inf"))


def _gee(task: Task) -> tuple[Fit, Covariance]:
    """Exchangeable working correlation within agents; robust covariance."""
    import statsmodels.api as sm

    family = sm.families.Gaussian() if isinstance(task.start.family, Linear) else sm.families.Binomial()
    model = sm.GEE(
        task.y, task.X, groups=task.clusters.codes, family=family, cov_struct=sm.cov_struct.Exchangeable()
    )
    # only without the scale's degrees of freedom is it geepack's
    found = model.fit(maxiter=200, ctol=1e-12, ddof_scale=0)
    fit = replace(task.start, params=np.asarray(found.params), converged=bool(found.converged))
    return fit, Covariance("robust", np.asarray(found.cov_params()), float(task.clusters.count - 1))


def _conditional(task: Task) -> tuple[Fit, Covariance]:
    found = fit_conditional(task.X, task.y, task.clusters)
    fit = replace(task.start, params=found.params, loglik=found.loglik, converged=found.converged)
    return fit, Covariance("model", found.matrix, float("inf"))


def _cox(task: Task) -> tuple[Fit, Covariance]:
    """Cox regression, Efron's ties; robust by agent unless the plan asks for the model's covariance."""
    import statsmodels.api as sm

    found = sm.PHReg(task.y, task.X, status=task.event, ties="efron").fit()
    fit = replace(task.start, params=np.asarray(found.params), loglik=float(found.llf), converged=True)
    bread = np.asarray(found.cov_params())
    if task.kind == "model":
        return fit, Covariance("model", bread, float("inf"))
    # PHReg has no residuals for units that leave before the first event: their share is 0
    scores = np.nan_to_num(np.asarray(found.score_residuals))
    sums = task.clusters.sum(scores) @ bread
    G = task.clusters.count
    return fit, Covariance("cr1c", G / (G - 1) * sums.T @ sums, float(G - 1))


ENGINES = {
    "random": Engine(_random_intercepts),
    "gee_logistic": Engine(_gee),
    "gee_linear": Engine(_gee),
    "conditional_logit": Engine(_conditional, averages=False),
    "cox": Engine(_cox, averages=False),
}
