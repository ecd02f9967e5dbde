"""If answering depends on the answer itself: how far could that move an estimate?

Weights are multiplied by ``exp(-g (Y - middle))``: with g above 0 people answer the more the happier they are, so that
the unhappy who did answer stand for more (exponential tilting: Robins, Rotnitzky & Scharfstein 2000; Franks, D'Amour &
Feller 2020). No data can tell g; the question is at which g the conclusion changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepmark.study.families import Array

__all__ = ["Tilt", "tilt_sensitivity"]

#: Given weights: estimate, lower and upper bound of its interval.
Estimator = Callable[[Array], tuple[float, float, float]]


@dataclass(frozen=True, eq=False)
class Tilt:
    """An estimate under a range of assumptions on how the answer itself moves answering.

    Attributes
    ----------
    table
        One row an assumption: `gamma` (log-odds of answering for one more point), `estimate`, `conf_low`, `conf_high`.
    """

    table: pd.DataFrame

    @property
    def breaking_gamma(self) -> float:
        """The gamma nearest to 0 at which the interval holds 0, by interpolation; missing where it never or always does."""
        gamma = self.table["gamma"].to_numpy()
        nearest = self.table[["conf_low", "conf_high"]].abs().min(axis=1).to_numpy()
        outside = self.table["conf_low"].mul(self.table["conf_high"]).gt(0).to_numpy()
        margin = np.where(outside, nearest, -nearest)
        middle = int(np.abs(gamma).argmin())
        if margin[middle] <= 0:
            return float("nan")
        crossings = []
        for side in (range(middle, len(gamma) - 1), range(middle, 0, -1)):
            step = 1 if side.step > 0 else -1
            for here in side:
                there = here + step
                if margin[there] <= 0:
                    share = margin[here] / (margin[here] - margin[there])
                    crossings.append(gamma[here] + share * (gamma[there] - gamma[here]))
                    break
        return float(min(crossings, key=abs)) if crossings else float("nan")

    @property
    def span(self) -> tuple[float, float]:
        """The smallest and the largest estimate."""
        return float(self.table["estimate"].min()), float(self.table["estimate"].max())


def tilt_sensitivity(
    estimator: Estimator,
    score: Array,
    weights: Array,
    *,
    most: float = 0.35,
    points: int = 15,
    middle: float | None = None,
) -> Tilt:
    """Estimate again under weights tilted by the answer.

    Parameters
    ----------
    estimator
        Gives estimate, lower and upper bound for weights of those who answered.
    score
        Their answers in the outcome's own units, shape (m,).
    weights
        Their weights before tilting, shape (m,): 1, or 1/chance to answer.
    most
        gamma goes from -most to most.
    points
        How many values of gamma; odd, so that 0 is among them.
    middle
        The answer that keeps its weight; the middle of the range of answers where none is given.
    """
    centre = (score.min() + score.max()) / 2 if middle is None else middle
    rows = []
    for gamma in np.linspace(-most, most, points):
        estimate, low, high = estimator(weights * np.exp(-gamma * (score - centre)))
        rows.append({"gamma": float(gamma), "estimate": estimate, "conf_low": low, "conf_high": high})
    return Tilt(pd.DataFrame(rows))
