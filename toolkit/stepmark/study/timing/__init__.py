"""When in the conversation does a step matter, and what comes after it?"""

from stepmark.study.timing.basis import basis_columns, basis_names, spline_basis
from stepmark.study.timing.curve import Curve, timing_curve

__all__ = ["Curve", "basis_columns", "basis_names", "spline_basis", "timing_curve"]
