"""Like with like: what a step goes with among interactions that were alike before it was used.

Outcome regression, inverse-probability and doubly robust estimates with cluster-robust variance; overlap, balance and
effective sample size; how strong a hidden confounder would have to be; negative controls.
"""

from stepmark.study.adjust.balance import Balance, balance
from stepmark.study.adjust.potential import METHODS, PotentialMeans, potential_means
from stepmark.study.adjust.sensitivity import e_value, risk_ratio_of_difference

__all__ = [
    "METHODS",
    "Balance",
    "PotentialMeans",
    "balance",
    "e_value",
    "potential_means",
    "risk_ratio_of_difference",
]
