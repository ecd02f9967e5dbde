"""Who did not answer the survey, and how far could that move what we found?"""

from stepmark.study.response.model import ResponseModel, response_model
from stepmark.study.response.rates import response_rates
from stepmark.study.response.tilt import Tilt, tilt_sensitivity

__all__ = ["ResponseModel", "Tilt", "response_model", "response_rates", "tilt_sensitivity"]
