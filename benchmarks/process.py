"""A world that studies are drawn from, and one study of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stepmark.study.families import Array


@dataclass(frozen=True, eq=False)
class Draw:
    """One study: true and rule-coded steps, the outcome and its rule-coded version, anger, and agents."""

    x: Array
    x_rule: Array
    csat: Array
    csat_rule: Array
    anger: Array
    agent: Array
    coded: Array
    probability: Array


@dataclass(frozen=True)
class Process:
    """A world that studies are drawn from: how, under which rule errors, and how large and how much coded each is."""

    draw: Callable[..., Draw]
    scenarios: tuple[str, ...]
    n: int
    agents: int
    coded: int
