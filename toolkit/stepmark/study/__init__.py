"""Asks which steps go with an outcome, and how sure we are."""

from stepmark.rooms import make_callable
from stepmark.study import power
from stepmark.study.multiplicity import adjust_p_values
from stepmark.study.plan import Plan
from stepmark.study.result import Study
from stepmark.study.run import study

__all__ = ["Plan", "Study", "adjust_p_values", "power", "study"]

make_callable(__name__)
