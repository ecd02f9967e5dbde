"""A fitted model of one outcome, from a sample and a design."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from stepmark.study.bootstrap import WildBootstrap
from stepmark.study.building import Building
from stepmark.study.covariance import Covariance
from stepmark.study.design import Design
from stepmark.study.engines import ENGINES
from stepmark.study.families import Array
from stepmark.study.newton import Fit
from stepmark.study.plan import AgentHandling, Plan
from stepmark.study.sample import Sample
from stepmark.study.statements import Statements

__all__ = ["Model", "fit_model"]


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted model of one outcome, with what its effects are computed from.

    Attributes
    ----------
    sample, design
        The rows and the columns that were fitted in the end.
    fit, spread
        The fit and its covariance.
    handling
        How agents enter.
    plan
        The plan it comes from.
    refused
        Steps of which no effect is given, for reasons that were stated.
    components, intercepts
        How the agents differ, where the model says; see `stepmark.study.engines.Finished`.
    """

    sample: Sample
    design: Design
    fit: Fit
    spread: Covariance
    handling: AgentHandling
    plan: Plan
    refused: frozenset[str] = frozenset()
    components: dict[str, float] = field(default_factory=dict)
    intercepts: Array | None = None

    @property
    def label(self) -> str:
        """The model's name in the effects table."""
        model = str(self.sample.outcome.model)
        return {
            "pooled": model,
            "within": "linear, within agent",
            "mundlak": f"{model}, agent means held constant",
            "random": f"{model}, random agent intercepts",
        }[self.handling]

    @property
    def averages(self) -> bool:
        """Whether average effects can be had: not from models without intercepts."""
        engine = ENGINES.get(str(self.sample.outcome.model))
        return self.handling == "within" or engine is None or engine.averages

    @cached_property
    def bootstrap(self) -> WildBootstrap | None:
        """The wild cluster bootstrap, where the plan asks for it."""
        clusters, inference = self.sample.clusters, self.plan.inference
        if inference.kind != "wild" or clusters is None or clusters.count < 2 or not self.spread.parts:
            return None
        return WildBootstrap(self.fit, clusters, inference.replications, self.plan.seed)

    @property
    def n_clusters(self) -> int | None:
        """How many clusters there are; None where each interaction stands for itself."""
        return None if self.sample.clusters is None else self.sample.clusters.count

    @property
    def clusters_df(self) -> float:
        """The degrees of freedom of intervals by cluster, G - 1; infinite where each interaction stands for itself."""
        count = self.n_clusters or 0
        return count - 1.0 if count > 1 else float("inf")


def fit_model(
    sample: Sample,
    design: Design,
    plan: Plan,
    handling: AgentHandling,
    statements: Statements,
) -> Model | None:
    """Fit `design` to `sample`; None, with a statement, where nothing can be estimated."""
    building = Building(sample, design, plan, handling, statements)
    if not (building.agents_known() and building.big_enough()):
        return None
    building.drop_rare()
    building.drop_constant()
    while True:
        building.drop_dependent()
        if not building.big_enough():
            return None
        if building.predicts_perfectly():
            continue
        fitted = building.fitted()
        if fitted is None:
            continue
        finished = building.finished(fitted)
        if finished is not None:
            return Model(
                building.sample,
                building.design,
                finished.fit,
                finished.spread,
                handling,
                plan,
                frozenset(building.refused),
                finished.components,
                finished.intercepts,
            )
