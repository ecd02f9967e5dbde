"""How many interactions, agents and hand-coded interactions does a study take?"""

from stepmark.rooms import make_callable
from stepmark.study.alikeness import anova_icc
from stepmark.study.power.assumed import assumed_power
from stepmark.study.power.assumptions import Assumptions
from stepmark.study.power.designs import Power, power
from stepmark.study.power.formula import Precision, precision, precision_table
from stepmark.study.power.trial import Trial, simulated_power

__all__ = [
    "Assumptions",
    "Power",
    "Precision",
    "Trial",
    "anova_icc",
    "assumed_power",
    "power",
    "precision",
    "precision_table",
    "simulated_power",
]

make_callable(__name__)
