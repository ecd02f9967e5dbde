"""The chance of an answer, and weights that let those who answered speak for those who did not.

Weighting by the inverse of the modelled chance repairs what is in its model and nothing else: if answering depends on
the answer itself, only an assumption helps (see `stepmark.study.response.tilt`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stepmark.errors import Fault, StudyError
from stepmark.study.families import Array, Logistic, Quantity
from stepmark.study.newton import Fit, fit

__all__ = ["ResponseModel", "response_model"]


@dataclass(frozen=True, eq=False)
class ResponseModel:
    """A model of who answers.

    Attributes
    ----------
    fit
        The logistic regression of answering on what is known of everyone.
    answered
        0/1, shape (n,).
    probability
        Each unit's modelled chance to answer, shape (n,).
    """

    fit: Fit
    answered: Array
    probability: Array

    @property
    def rate(self) -> float:
        """The share that answered."""
        return float(self.answered.mean())

    @property
    def weights(self) -> Array:
        """1/probability for those who answered, 0 for the others; shape (n,)."""
        return self.answered / self.probability

    @property
    def effective_n(self) -> float:
        """Kish's effective sample size of those who answered, after weighting."""
        return float(self.weights.sum() ** 2 / (self.weights @ self.weights))


def response_model(answered: Array, X: Array, names: Sequence[str]) -> ResponseModel:
    """Model who answers.

    Parameters
    ----------
    answered
        Whether the outcome is known, 0/1, shape (n,).
    X
        What is known of everyone, with a column of ones first, shape (n, k), of full rank. Things that happened after the
        step may be here: the model predicts answers, it explains nothing.
    names
        Names of the columns.

    Raises
    ------
    StudyError
        Where all or none answered, or where something predicts answering perfectly.
    """
    if answered.min() == answered.max():
        found = "everyone answered" if answered.all() else "nobody answered"
        raise StudyError(
            Fault("response model", found, "some answers and some missing", "Leave response weighting out.")
        )
    one = fit(Logistic(), X, answered, names=names)
    if not one.converged:
        raise StudyError(
            Fault(
                "response model",
                f"some combination of {', '.join(names[1:])} predicts answering perfectly",
                "predictors of which both kinds answer and do not answer",
                "Take predictors out of [response].",
            )
        )
    probability, _ = one.family.predict(one.params, X, np.zeros(len(X)), Quantity())
    return ResponseModel(one, answered, probability)
