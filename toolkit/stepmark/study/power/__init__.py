"""How many interactions, agents and hand-coded interactions does a study take?"""

from stepmark.study.power.assumptions import Assumptions, anova_icc
from stepmark.study.power.formula import Precision, precision, precision_table
from stepmark.study.power.trial import Trial, simulated_power

__all__ = [
    "Assumptions",
    "Precision",
    "Trial",
    "anova_icc",
    "precision",
    "precision_table",
    "simulated_power",
]
