"""How alike the interactions of one agent are: intraclass correlations."""

from __future__ import annotations

import numpy as np

from stepmark.study.clusters import Clusters
from stepmark.study.families import Array
from stepmark.study.models import Model

__all__ = ["anova_icc", "intraclass_correlations"]


def intraclass_correlations(model: Model) -> dict[str, float]:
    """The intraclass correlation by agent of the outcome and of every column of a step, by name.

    Without agents, or where each has one interaction only, there are none; what never varies has none either.
    """
    clusters, outcome = model.sample.clusters, model.sample.outcome.name
    if clusters is None or not 1 < clusters.count < model.sample.n:
        return {}
    columns = {outcome: model.sample.score}
    for term in model.design.terms:
        if term.role == "step":
            columns.update(zip(term.labels, term.block.T, strict=True))
    return {name: anova_icc(values, clusters) for name, values in columns.items() if np.ptp(values) > 0}


def anova_icc(values: Array, clusters: Clusters) -> float:
    """The one-way analysis-of-variance estimate of the intraclass correlation; may be below 0.

    Donner (1986): ``(MSB - MSW) / (MSB + (m0 - 1) MSW)`` with m0 the mean cluster size less its spread.

    Parameters
    ----------
    values
        Shape (n,), none missing.
    clusters
        Two or more, at least one of two units.

    Examples
    --------
    >>> anova_icc(np.array([1.0, 1.0, 3.0, 3.0]), Clusters.of([0, 0, 1, 1]))
    1.0
    """
    sizes, n, G = clusters.sizes, len(values), clusters.count
    means = clusters.sum(values) / sizes
    between = float(sizes @ (means - values.mean()) ** 2) / (G - 1)
    within = float(((values - means[clusters.codes]) ** 2).sum()) / (n - G)
    m0 = (n - float(sizes @ sizes) / n) / (G - 1)
    return (between - within) / (between + (m0 - 1) * within)
