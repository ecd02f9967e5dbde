"""What every model family offers: per-unit log-likelihood, its derivatives, and predictions with their gradients.

A unit's log-likelihood is a function of a few linear indices ``u_r = J_r @ params``: one for linear, logistic and
Poisson models, two for proportional odds (the cut point above and the one below the answer). Scores, Hessians, their sums
by cluster and everything built on them follow from the Jacobians ``J_r`` and the derivatives with respect to the indices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy.typing as npt

__all__ = ["Array", "Derivatives", "Family", "Quantity"]

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Derivatives:
    """The log-likelihood of each unit and its derivatives with respect to its indices.

    Attributes
    ----------
    loglik
        Shape (n,).
    first
        One array of shape (n,) for each index.
    second
        ``second[r][s]``: the second derivative with respect to indices r and s, shape (n,).
    """

    loglik: Array
    first: tuple[Array, ...]
    second: tuple[tuple[Array, ...], ...]


@dataclass(frozen=True)
class Quantity:
    """Something that a model predicts for a unit.

    Attributes
    ----------
    what
        `mean` (expected outcome: a probability, a score, a count), `at_most` or `at_least` (the probability that an
        ordinal outcome is at most or at least `level`), or `equal`.
    level
        The level in question, in the outcome's own units; not used for `mean`.
    """

    what: str = "mean"
    level: float = float("nan")

    def __str__(self) -> str:
        sign = {"mean": "mean", "at_most": "P(≤{})", "at_least": "P(≥{})", "equal": "P(={})"}[self.what]
        return sign.format(f"{self.level:g}")


class Family(Protocol):
    """A model for one outcome given a design matrix."""

    name: ClassVar[str]

    def parameters(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The names of all parameters, in their order, for design columns `names`."""

    def start(self, X: Array, y: Array, weights: Array) -> Array:
        """Parameter values to start from."""

    def jacobians(self, X: Array, y: Array) -> tuple[Array, ...]:
        """For each index its derivative with respect to the parameters, shape (n, p)."""

    def derivatives(self, params: Array, X: Array, y: Array, offset: Array) -> Derivatives:
        """Log-likelihood and derivatives at `params`; the log-likelihood is -inf where `params` is not allowed."""

    def predict(self, params: Array, X: Array, offset: Array, quantity: Quantity) -> tuple[Array, Array]:
        """The predicted quantity, shape (n,), and its gradient with respect to the parameters, shape (n, p)."""

    def slope(
        self, params: Array, X: Array, dX: Array, offset: Array, quantity: Quantity
    ) -> tuple[Array, Array]:
        """The derivative of the prediction when the design moves along `dX`, and its gradient."""

    def dispersion(self, params: Array, X: Array, y: Array, weights: Array, offset: Array) -> float:
        """The factor of the model-based covariance: 1, or the residual variance of a linear model."""

    def loglik(self, params: Array, X: Array, y: Array, weights: Array, offset: Array) -> float:
        """The full log-likelihood, with all its constants, as other programs print it."""
