"""Uses of a step along the conversation as ordinary regressors.

With ``beta(t) = sum_k b_k B_k(t)`` the effect of one use at position t, the sum of ``beta`` over an interaction's uses is
``sum_k b_k Z_k`` with ``Z_k = sum_j B_k(t_j)``: a functional regression (Packard, Li & Berger 2024 use it on the language of
service calls) becomes a regression on K columns, and every estimator, cluster and correction works as for any other column.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.interpolate import BSpline

from stepmark.study.families import Array

__all__ = ["basis_columns", "basis_names", "spline_basis"]

_DEGREE = 3


def spline_basis(positions: Array, knots: Sequence[float] = (0.5,)) -> Array:
    """The cubic B-spline basis at `positions` in 0 … 1, shape (m, K) with K = 4 + number of inner knots.

    Examples
    --------
    >>> spline_basis(np.array([0.0, 1.0])).round(6).tolist()
    [[1.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0]]
    """
    padded = np.concatenate([np.zeros(_DEGREE + 1), np.asarray(knots, float), np.ones(_DEGREE + 1)])
    inside = np.clip(np.asarray(positions, float), 0.0, 1.0)
    return BSpline.design_matrix(inside, padded, _DEGREE).toarray()


def basis_names(step: str, knots: Sequence[float] = (0.5,)) -> list[str]:
    """The names of a step's basis columns: `apologize_B1` … `apologize_B5`."""
    return [f"{step}_B{k + 1}" for k in range(_DEGREE + 1 + len(knots))]


def basis_columns(
    uses: pd.DataFrame, interactions: pd.Series, steps: Sequence[str], knots: Sequence[float] = (0.5,)
) -> pd.DataFrame:
    """Sums of the basis over the uses of each step, one row an interaction.

    Parameters
    ----------
    uses
        One row a use: `interaction_id`, `step`, `position` (0 the first turn, 1 the last).
    interactions
        The ids of all interactions, in the order wanted; those without a use get zeros.
    steps
        The steps wanted.
    knots
        Inner knots.

    Returns
    -------
    DataFrame
        `interaction_id` and K columns a step, named as by `basis_names`.
    """
    columns: dict[str, object] = {"interaction_id": interactions.to_numpy()}
    place = pd.Index(interactions)
    for step in steps:
        own = uses[uses["step"] == step]
        basis = spline_basis(own["position"].to_numpy(float), knots)
        sums = np.zeros((len(interactions), basis.shape[1]))
        np.add.at(sums, place.get_indexer(own["interaction_id"]), basis)
        columns |= dict(zip(basis_names(step, knots), sums.T, strict=True))
    return pd.DataFrame(columns)
