"""Which terms the data can tell apart: constant columns, columns that are combinations of others, perfect prediction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr

from stepmark.study.families import Array

__all__ = ["Rank", "extreme_cell", "full_rank", "rank_of"]

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Rank:
    """What of a design matrix can be estimated.

    Attributes
    ----------
    kept
        Positions of columns that together span everything; earlier columns are preferred.
    tangled
        Positions of columns whose coefficients are not identified: they take part in a linear dependence.
    groups
        For each dropped column, the positions of the columns it is a combination of, itself first.
    """

    kept: tuple[int, ...]
    tangled: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...]


def rank_of(X: Array, preferred: Array | None = None) -> Rank:
    """The rank of `X`, column by column; `preferred` orders the columns, lowest kept first."""
    k = X.shape[1]
    order = np.arange(k) if preferred is None else np.argsort(preferred, kind="stable")
    norms = np.sqrt((X**2).sum(axis=0))
    scaled = X / np.where(norms > 0, norms, 1.0)
    R = qr(scaled[:, order], mode="r")[0][:k]
    kept: list[int] = []
    groups: list[tuple[int, ...]] = []
    basis = np.zeros((R.shape[0], 0))
    for place in range(k):
        column = R[:, place]
        rest = column - basis @ (basis.T @ column)
        rest = rest - basis @ (basis.T @ rest)
        if np.linalg.norm(rest) > TOLERANCE:
            basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
            kept.append(int(order[place]))
            continue
        if not kept:
            groups.append((int(order[place]),))
            continue
        weights = np.linalg.lstsq(scaled[:, kept], scaled[:, order[place]], rcond=None)[0]
        partners = [kept[j] for j in np.flatnonzero(np.abs(weights) > 1e-6)]
        groups.append((int(order[place]), *partners))
    tangled = sorted({column for group in groups for column in group})
    return Rank(tuple(sorted(kept)), tuple(tangled), tuple(groups))


def full_rank(products: Array) -> bool:
    """Whether no column of X is a combination of the others, from ``X'X``: quick, by its smallest eigenvalue in units of norm 1."""
    norms = np.sqrt(np.diag(products))
    return bool(norms.all()) and bool(np.linalg.eigvalsh(products / np.outer(norms, norms))[0] > TOLERANCE)


def extreme_cell(column: Array, y: Array, low: float, high: float) -> tuple[float, float] | None:
    """For a 0/1 column: the value at which every outcome is `low`, or every one `high`, with that outcome; else None.

    With such a value a logistic or ordinal model predicts perfectly, and its coefficient has no finite estimate.
    """
    for value in (0.0, 1.0):
        there = y[column == value]
        for end in (low, high):
            if len(there) and (there == end).all():
                return value, end
    return None
