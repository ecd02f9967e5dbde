"""When each turn begins and ends: response times, bursts, pauses, interruptions, days between."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from random import Random

import pandas as pd
from scipy.special import ndtri

from stepmark.study.simulate.dialogue import Turn

__all__ = ["FIRST_DAY", "time_turns"]

FIRST_DAY = pd.Timestamp("2025-01-06", tz="UTC")
#: Median seconds until the agent and the customer answer, and the spread of their logarithms.
_GAP = {
    "chat": ((38.0, 0.7), (24.0, 0.8)),
    "phone": ((0.9, 0.6), (0.7, 0.6)),
    "email": ((9_000.0, 0.8), (14_000.0, 0.9)),
    "social": ((1_500.0, 0.9), (900.0, 1.1)),
}
_WORDS_A_SECOND = 2.6
_DAY = 86_400.0


def time_turns(turns: Sequence[Turn], channel: str, rng: Random) -> tuple[list[float], list[float]]:
    """Begin and end of each turn, in seconds after the first; ends are missing (NaN) except on the phone.

    A written message has one time, that of sending. An agent who cuts in starts before the customer's turn ends
    (phone) or within seconds of a message that the customer goes on after (elsewhere).
    """
    starts: list[float] = []
    ends: list[float] = []
    for i, turn in enumerate(turns):
        start = 0.0 if i == 0 else _next_start(turn, starts[-1], ends[-1], channel, rng)
        talk = len(turn.text.split()) / _WORDS_A_SECOND * (0.85 + 0.3 * rng.random()) + 0.4
        starts.append(round(start, 1))
        ends.append(round(start + talk, 1) if channel == "phone" else starts[-1])
    return starts, ends if channel == "phone" else [float("nan")] * len(ends)


def _next_start(turn: Turn, start: float, end: float, channel: str, rng: Random) -> float:
    if turn.pace == "days_later":
        return end + _DAY * (1 + int(rng.random() * 4)) + _between(rng, -7_000.0, 7_000.0)
    if turn.pace == "cut_in":
        if channel == "phone":
            return max(start + 0.3, end - min(0.5 + 1.5 * rng.random(), 0.6 * (end - start)))
        return end + _between(rng, 1.0, 3.0)
    if turn.pace in ("go_on", "burst"):
        return end + (_between(rng, 0.1, 0.6) if channel == "phone" else _between(rng, 2.0, 6.0))
    median, spread = _GAP[channel][turn.speaker != "agent"]
    gap = median * exp(spread * float(ndtri(min(max(rng.random(), 1e-6), 1 - 1e-6))))
    if turn.speaker == "agent" and channel in ("chat", "phone") and rng.random() < 0.06:
        gap += _between(rng, 45.0, 240.0)  # looking something up
    return end + gap + (3.0 if channel == "chat" else 0.0)


def _between(rng: Random, low: float, high: float) -> float:
    return low + (high - low) * rng.random()
