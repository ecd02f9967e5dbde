"""From which score on does a turn show a step? Thresholds with the best F1, drawn towards a common one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["best_thresholds", "chosen_out_of_fold"]

#: The thresholds that are tried.
GRID = np.round(np.linspace(0.05, 0.9, 69), 4)
#: With how many coded turns' weight the common threshold enters that of a step.
SHRINKAGE = 60


def best_thresholds(
    scores: np.ndarray, coded: np.ndarray, asked: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """For each step, the threshold with the best F1; of equals the lowest.

    Parameters
    ----------
    scores, coded, asked
        Turns x steps: scores, whether people coded the step, and whether it was decided on at all.
    weights
        How many times each turn counts; once where not given.

    Returns
    -------
    numpy.ndarray
        One threshold a step, 0.05 to 0.9. The counts of all steps together, scaled to the weight of 60 coded turns, are
        added to a step's own: a rare step takes the common threshold, a frequent one its own.
    """
    counts = np.ones(len(scores)) if weights is None else weights
    found = (scores[None] >= GRID[:, None, None]) & asked
    shown = counts @ (coded & asked)
    right, total = (np.einsum("t,gts->gs", counts, each) for each in (found & coded, found))
    total += shown
    weight = SHRINKAGE / max(1.0, float(shown.sum()))
    right += weight * right.sum(axis=1, keepdims=True)
    total = total + weight * total.sum(axis=1, keepdims=True)
    return GRID[np.argmax(2 * right / np.maximum(total, 1e-9), axis=0)]


def chosen_out_of_fold(
    scores: np.ndarray, folds: np.ndarray, thresholds: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Which scores (turns x steps) reach their threshold, as the turns of the other folds ask for it.

    Parameters
    ----------
    scores, folds
        Turns x steps, and the fold of each turn.
    thresholds
        Gives the thresholds that some turns, named by place, ask for.
    """
    reached = np.zeros(scores.shape, dtype=bool)
    for fold in np.unique(folds):
        own = folds == fold
        reached[own] = scores[own] >= thresholds(np.flatnonzero(~own))
    return reached
