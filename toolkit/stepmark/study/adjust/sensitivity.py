"""How strong would a hidden confounder have to be to explain an association away?"""

from __future__ import annotations

import math

__all__ = ["e_value", "e_value_of_interval", "risk_ratio_of_difference"]


def e_value(risk_ratio: float) -> float:
    """The E-value of a risk ratio: the least strength, with step and with outcome, that could explain it away.

    VanderWeele & Ding (2017), Annals of Internal Medicine 167: ``RR + sqrt(RR (RR - 1))`` for RR above 1, of 1/RR below.
    Missing where the ratio is missing or not positive.

    Examples
    --------
    >>> round(e_value(3.9), 2), round(e_value(1 / 3.9), 2), e_value(1.0)
    (7.26, 7.26, 1.0)
    """
    if not risk_ratio > 0:
        return math.nan
    ratio = max(risk_ratio, 1 / risk_ratio)
    return ratio + math.sqrt(ratio * (ratio - 1))


def e_value_of_interval(low: float, high: float) -> float:
    """The E-value of the bound nearer to 1; 1 where the interval holds 1 and nothing needs explaining."""
    if math.isnan(low) or math.isnan(high):
        return math.nan
    if low <= 1 <= high:
        return 1.0
    return e_value(low if low > 1 else high)


def risk_ratio_of_difference(difference: float, standard_deviation: float) -> float:
    """The risk ratio that a difference of means is about worth: ``exp(0.91 d)`` with d in standard deviations.

    VanderWeele & Ding (2017), after Chinn (2000).

    Examples
    --------
    >>> round(risk_ratio_of_difference(0.5, 1.0), 3)
    1.576
    """
    return math.exp(0.91 * difference / standard_deviation) if standard_deviation > 0 else math.nan
