"""How far two sets of codes are apart."""

from __future__ import annotations

from collections.abc import Set

import numpy as np

__all__ = ["distances", "masi_distance"]


def masi_distance(a: Set[str], b: Set[str]) -> float:
    """The MASI distance of two sets, 0 (the same) to 1 (nothing in common).

    One minus Jaccard's index times monotonicity, which is 1 for equal sets, 2/3 where one contains the other, 1/3 where
    they overlap otherwise, 0 where they do not (Passonneau 2006, "Measuring agreement on set-valued items (MASI)",
    LREC). Two empty sets are equal.

    Examples
    --------
    >>> round(masi_distance({"probe"}, {"probe", "apologize"}), 3)
    0.667
    """
    if a == b:
        return 0.0
    common = len(a & b)
    monotonicity = 2 / 3 if common and (a <= b or b <= a) else 1 / 3
    return 1 - monotonicity * common / len(a | b)


def distances(sets: list[frozenset[str]]) -> np.ndarray:
    """The matrix of MASI distances between all of them."""
    return np.array([[masi_distance(a, b) for b in sets] for a in sets])
