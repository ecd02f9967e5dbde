"""What full hand-coding would have given, from rule codes for all and hand codes for a probability sample.

Rules misread some turns, and they misread more where things go badly. Interactions that people coded, drawn with a
known probability, tell by how much the estimates from rule codes are off; the correction takes it away and pays for it
with honest standard errors.
"""

from stepmark.study.correction.coordinates import Coordinates, coordinates
from stepmark.study.correction.debias import Corrected, Tuning, predict_then_debias
from stepmark.study.correction.moment import design_based

__all__ = ["Coordinates", "Corrected", "Tuning", "coordinates", "design_based", "predict_then_debias"]
