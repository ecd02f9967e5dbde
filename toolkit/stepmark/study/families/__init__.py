"""The models for one outcome: linear, logistic, proportional odds, counts."""

from stepmark.study.families.base import Array, Derivatives, Family, Quantity
from stepmark.study.families.counts import NegativeBinomial
from stepmark.study.families.ordinal import Ordinal
from stepmark.study.families.random import RandomIntercept
from stepmark.study.families.smooth import Linear, Logistic, Poisson

__all__ = [
    "Array",
    "Derivatives",
    "Family",
    "Linear",
    "Logistic",
    "NegativeBinomial",
    "Ordinal",
    "Poisson",
    "Quantity",
    "RandomIntercept",
]
