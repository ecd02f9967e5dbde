"""When in the conversation does a step matter, in which order, and what comes after it?"""

from stepmark.study.timing.basis import basis_columns, basis_names, spline_basis
from stepmark.study.timing.curve import Curve, timing_curve
from stepmark.study.timing.exchanges import around_event, exchanges
from stepmark.study.timing.order import add_order, add_promptness
from stepmark.study.timing.transitions import next_signals, next_steps

__all__ = [
    "Curve",
    "add_order",
    "add_promptness",
    "around_event",
    "basis_columns",
    "basis_names",
    "exchanges",
    "next_signals",
    "next_steps",
    "spline_basis",
    "timing_curve",
]
