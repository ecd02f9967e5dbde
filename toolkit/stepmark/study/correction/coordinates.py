"""Estimates of one fit, parameters and averages alike, with how much every unit and every cluster moves them.

A correction combines three fits: hand codes on the hand-coded, rule codes on the hand-coded, rule codes on all. Each is
brought here to the same form, over all N units and all G clusters, so that they can be added and subtracted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stepmark.study.averages import Average
from stepmark.study.clusters import Clusters, Ints
from stepmark.study.families import Array
from stepmark.study.jackknife import jackknife
from stepmark.study.newton import Fit

__all__ = ["Coordinates", "coordinates"]


@dataclass(frozen=True, eq=False)
class Coordinates:
    """q estimates of one fit.

    Attributes
    ----------
    estimate
        The parameters of the fit, then the averages; shape (q,).
    influence
        First-order influence of each of all N units, shape (N, q): ``estimate - truth ≈ influence.sum(axis=0)``.
        Zero for units that the fit did not use.
    moved
        How much each of all G clusters moves the estimates, by the one-step jackknife, shape (G, q).
        Zero for clusters of which the fit used no unit.
    """

    estimate: Array
    influence: Array
    moved: Array


def coordinates(fit: Fit, averages: Sequence[Average], rows: Ints, clusters: Clusters) -> Coordinates:
    """The parameters of `fit` and `averages` of its predictions as coordinates over all units.

    Parameters
    ----------
    fit
        A converged fit of m units.
    averages
        Averages of predictions of that fit.
    rows
        Which of the N units the fit used, shape (m,).
    clusters
        The G clusters of all N units.

    Raises
    ------
    stepmark.study.jackknife.SingularError
        Where a parameter is known from one cluster only.
    """
    inner = Clusters.of(clusters.codes[rows])
    influence, moved = fit.influence(), jackknife(fit, inner)
    by_unit = [influence, *(average.influence(influence)[:, None] for average in averages)]
    by_cluster = [moved, *(average.leave_out(inner, moved)[:, None] for average in averages)]
    return Coordinates(
        np.concatenate([fit.params, [average.estimate for average in averages]]),
        _placed(np.hstack(by_unit), rows, len(clusters.codes)),
        _placed(np.hstack(by_cluster), np.asarray(inner.labels, dtype=np.intp), clusters.count),
    )


def _placed(values: Array, rows: Ints, count: int) -> Array:
    """`values` at `rows` of an array with `count` rows, zero elsewhere."""
    placed = np.zeros((count, values.shape[1]))
    placed[rows] = values
    return placed
