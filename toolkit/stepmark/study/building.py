"""The way from a design to a model that can be fitted: what must be left out is taken out, and said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stepmark.study.clusters import Clusters
from stepmark.study.covariance import Covariance, by_cluster, covariance, kind_for
from stepmark.study.design import INTERCEPT
from stepmark.study.engines import ENGINES, Engine, Finished, Task
from stepmark.study.families import Array, Linear, Logistic, NegativeBinomial, Ordinal, Poisson
from stepmark.study.identify import extreme_cell
from stepmark.study.jackknife import SingularError
from stepmark.study.newton import Fit, fit
from stepmark.study.workpiece import Workpiece, demeaned

__all__ = ["Building"]

#: A coefficient per standard deviation of its column whose standard error exceeds this has no finite estimate.
UNBOUNDED = 30.0
#: Residuals of a linear model below this share of the outcome are rounding errors.
EXACT = 1e-9


class Building(Workpiece):
    """A model in the making: separation, the fit itself, and parameters that hang on a single cluster."""

    def predicts_perfectly(self) -> bool:
        """Set aside the first 0/1 column one of whose values goes with one extreme outcome only; whether there was one."""
        if not isinstance(self.family, Logistic | Ordinal):
            return False
        X, y = self.matrix(), self.sample.y
        for place, name in enumerate(self.design.names):
            column = X[:, place]
            if name == INTERCEPT or not np.isin(column, (0.0, 1.0)).all():
                continue
            cell = extreme_cell(column, y, float(y.min()), float(y.max()))
            if cell is not None:
                self.set_aside(name, place, column == cell[0], self._perfect(name, column, cell))
                return True
        return False

    def _perfect(self, name: str, column: Array, cell: tuple[float, float]) -> str:
        rows = int((column == cell[0]).sum())
        outcome = self.sample.outcome
        level = outcome.levels[int(cell[1])] if outcome.levels else cell[1]
        which = "with" if cell[0] else "without"
        them = f"All {rows:,} interactions" if rows > 1 else "The only interaction"
        return (
            f"{them} {which} {name} ended with {outcome.name} = {level:g}: no finite effect can be estimated"
        )

    def fitted(self) -> Fit | None:
        """The fit; None where a column had to be taken out because the model predicts perfectly with it."""
        X, y = self.matrix(), self.sample.y
        if self.demean:
            y = demeaned(y[:, None], self.sample)[:, 0]
        if isinstance(self.family, Ordinal):
            self._levels_that_occur()
            y = self.sample.y
        result = fit(self.family, X, y, weights=self.sample.weights, names=self.design.names)
        if isinstance(self.family, Linear):
            return None if self._leaves_nothing(result) else result
        if isinstance(self.family, NegativeBinomial) and not (result.converged and result.params[0] > -12):
            self._take_poisson()
            return None
        if _bounded(result, X.std(axis=0)):
            return result
        self._leave_out_largest(result.params)
        return None

    def _take_poisson(self) -> None:
        self.say(
            "dispersion",
            "note",
            f"{self.sample.outcome.name} does not vary more than a Poisson law allows; a Poisson model was fitted.",
        )
        self.family = Poisson()
        outcome = self.sample.outcome.model_copy(update={"model": "poisson"})
        self.sample = replace(self.sample, outcome=outcome)

    def _leave_out_largest(self, params: Array) -> None:
        """Take out the column with the largest coefficient per standard deviation: with it the model predicts perfectly."""
        spread = self.matrix().std(axis=0)
        slopes = np.abs(params[len(params) - len(spread) :]) * spread
        worst = int(np.argmax(np.where(spread > 0, slopes, -1.0)))
        name = self.design.names[worst]
        steps = sorted(set(self.design.owners[worst]) & self.step_names())
        self.say(
            "separation",
            "refused" if steps else "caution",
            f"With {name} the model can predict {self.sample.outcome.name} perfectly, so no finite effect of it can be "
            "estimated; it was left out of the model.",
            steps[0] if steps else name,
        )
        self.refused = self.refused | set(steps)
        self.design = self.design.without([name])

    def _leaves_nothing(self, result: Fit) -> bool:
        """Whether a linear model meets every outcome exactly, which would make its standard errors 0; said where it does."""
        residual = result.y - result.X @ result.params
        if np.abs(residual).max() > EXACT * np.abs(result.y).max():
            return False
        self.give_up(
            "exact",
            f"{self.sample.outcome.name} follows from the other columns without error: it was computed from them, and "
            "there is nothing to estimate.",
        )
        return True

    def _levels_that_occur(self) -> None:
        """Renumber the levels after rows were set aside."""
        family, y = self.family, self.sample.y.astype(int)
        assert isinstance(family, Ordinal)
        present = np.unique(y)
        if len(present) < len(family.levels):
            levels = tuple(family.levels[level] for level in present)
            outcome = self.sample.outcome.model_copy(update={"levels": levels})
            self.sample = replace(self.sample, y=np.searchsorted(present, y).astype(float), outcome=outcome)
            self.family = replace(family, levels=levels)

    @property
    def engine(self) -> Engine | None:
        """What fits the model instead of Newton's method; None where that does."""
        return ENGINES.get("random" if self.handling == "random" else str(self.sample.outcome.model))

    def finished(self, fitted: Fit) -> Finished | None:
        """The model's own fit and covariance; None where a column had to be taken out on the way, or there is none."""
        if self.engine is None:
            spread = self.spread(fitted)
            return None if spread is None else Finished(fitted, spread)
        task = Task(
            fitted,
            self.design.matrix(),
            self.sample.outcome,
            self.sample.y,
            self.sample.event,
            self.sample.clusters or Clusters.units(self.sample.n),
            self.plan.inference.kind,
            self.plan.nodes,
        )
        try:
            found = self.engine.run(task)
        except np.linalg.LinAlgError:
            found = None
        if found is not None and found.fit.converged and np.isfinite(found.spread.matrix).all():
            if self._within_bounds(found):
                return found
            self._leave_out_largest(found.fit.params)
            return None
        self.give_up(
            "convergence",
            f"The model of {self.sample.outcome.name} ({self.sample.outcome.model}, agents {self.handling}) did not "
            "converge; none of its estimates is given.",
        )
        return None

    def _within_bounds(self, found: Finished) -> bool:
        """Whether the engine's coefficients are finite maxima, as `_bounded` judges those of Newton's method."""
        if self.sample.outcome.model in ("linear", "gee_linear"):
            return True
        spread = self.matrix().std(axis=0)
        errors = found.spread.std_error[len(found.fit.params) - len(spread) :]
        return bool((errors * spread <= UNBOUNDED).all())

    def spread(self, fitted: Fit) -> Covariance | None:
        """The covariance; None where a column had to be taken out because a single cluster knows it."""
        kind, clusters = self._kind()
        absorbed = clusters.count if self.handling == "within" and clusters is not None else 0
        second = self.sample.second if clusters is not None else None
        try:
            return covariance(fitted, clusters, kind, second=second, absorbed=absorbed)
        except SingularError as error:
            self._set_aside_single(fitted, error)
            return None

    def _kind(self) -> tuple[str, Clusters | None]:
        """The kind of covariance, and the clusters that enter it or whose means were taken out."""
        clusters = self.sample.clusters
        kind = kind_for(self.plan.inference.kind, clusters)
        return kind, clusters if by_cluster(kind) or self.handling == "within" else None

    def _cluster_name(self) -> str:
        return self.plan.cluster or "agent"

    def _named(self, error: SingularError) -> str:
        """The single cluster that a parameter is known from, of the first clusters or the second."""
        sample = self.sample
        named = (sample.clusters, self._cluster_name()), (sample.second, self.plan.second_cluster)
        for clusters, name in named:
            if clusters is not None and clusters is error.clusters:
                return f"{name} {clusters.labels[error.cluster]}"
        return "a single interaction"

    def _set_aside_single(self, fitted: Fit, error: SingularError) -> None:
        cuts = len(fitted.params) - fitted.X.shape[1]
        columns = [place - cuts for place in error.parameters if place >= cuts]
        names = self.design.names
        steps_first = [place for place in columns if set(self.design.owners[place]) & self.step_names()]
        candidates = [place for place in steps_first or columns if names[place] != INTERCEPT]
        place = candidates[0] if candidates else len(names) - 1
        column = fitted.X[:, place]
        why = f"What {names[place]} goes with is known from {self._named(error)} alone"
        binary = np.isin(column, (0.0, 1.0)).all() and not self.demean
        rare = (
            column == (1.0 if column.mean() <= 0.5 else 0.0) if binary else np.zeros(len(column), dtype=bool)
        )
        self.set_aside(names[place], place, rare, why)


def _bounded(result: Fit, spread: Array) -> bool:
    """Whether all coefficients are finite maxima, judged by their standard errors per standard deviation."""
    if not result.converged:
        return False
    try:
        variance = np.diag(result.inverse())[len(result.params) - len(spread) :]
    except np.linalg.LinAlgError:
        return False
    return bool((variance >= 0).all() and (np.sqrt(variance) * spread <= UNBOUNDED).all())
