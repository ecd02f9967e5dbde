"""One step of a fitted model as a treatment: who had it, what was known before, what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stepmark.study.adjust.potential import chance
from stepmark.study.clusters import Clusters
from stepmark.study.families import Array, Logistic
from stepmark.study.identify import rank_of
from stepmark.study.models import Model
from stepmark.study.newton import Fit, fit
from stepmark.study.terms import Term

__all__ = ["Arms", "arms_by_step", "binary_steps"]


@dataclass(frozen=True, eq=False)
class Arms:
    """A binary step and what it is adjusted for.

    Attributes
    ----------
    step
        Its name.
    treated
        0/1, shape (n,).
    Z
        A column of ones, then what was known before, of full rank, shape (n, k).
    names
        Names of the columns of Z after the first.
    score
        The outcome in its own units, shape (n,).
    weights
        Shape (n,).
    clusters
        Agents, or each unit its own where there is one agent or none.
    """

    step: str
    treated: Array
    Z: Array
    names: tuple[str, ...]
    score: Array
    weights: Array
    clusters: Clusters

    @cached_property
    def propensity(self) -> Fit:
        """The logistic model of the step given what was known before; fitted once for all who ask."""
        return fit(Logistic(), self.Z, self.treated, weights=self.weights)

    @property
    def chance(self) -> Array:
        """Each unit's estimated chance of the step, shape (n,)."""
        return chance(self.propensity)

    def take(self, keep: np.ndarray) -> Arms:
        """The same for some rows only, given as a mask; constant columns of Z are dropped."""
        Z = self.Z[keep]
        varies = np.ptp(Z, axis=0) > 0
        varies[0] = True
        names = tuple(name for name, kept in zip(self.names, varies[1:], strict=True) if kept)
        return Arms(
            self.step,
            self.treated[keep],
            Z[:, varies],
            names,
            self.score[keep],
            self.weights[keep],
            Clusters.of(self.clusters.codes[keep]),
        )


def binary_steps(model: Model) -> Iterator[Term]:
    """The steps of a model that are used or not, and were not refused."""
    for term in model.design.terms:
        if term.role == "step" and term.binary and term.name not in model.refused:
            yield term


def arms_by_step(model: Model, confounders: tuple[str, ...] = ()) -> Iterator[tuple[Term, Arms]]:
    """Each binary step of `model` as a treatment, adjusted for the controls named (all where none are)."""
    controls = [
        one
        for one in model.design.terms
        if one.role == "control" and (not confounders or one.name in confounders)
    ]
    labels = [label for one in controls for label in one.labels]
    Z = np.column_stack([np.ones(model.sample.n), *(one.block for one in controls)])
    gone = {group[0] for group in rank_of(Z, np.r_[0.0, np.ones(len(labels))]).groups}
    kept = [place for place in range(Z.shape[1]) if place not in gone]
    for term in binary_steps(model):
        yield (
            term,
            Arms(
                term.name,
                term.block[:, 0],
                Z[:, kept],
                tuple(labels[place - 1] for place in kept if place),
                model.sample.score,
                model.sample.weights,
                model.sample.groups,
            ),
        )
