"""What numbers an entry of a plan may hold."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

__all__ = ["Different", "Inside", "Rising", "Share"]


def _rising(values: tuple[float, ...]) -> tuple[float, ...]:
    if any(low >= high for low, high in pairwise(values)):
        raise ValueError("each number once, from low to high")
    return values


def _different(values: tuple[float, float]) -> tuple[float, float]:
    if values[0] == values[1]:
        raise ValueError("two different numbers")
    return values


#: From 0 to 1.
Share = Annotated[float, Field(ge=0.0, le=1.0)]
#: Above 0 and below 1.
Inside = Annotated[float, Field(gt=0.0, lt=1.0)]
#: Numbers of which each is larger than the one before.
Rising = AfterValidator(_rising)
#: Two numbers that are not the same.
Different = AfterValidator(_different)
