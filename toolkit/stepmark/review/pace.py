"""How fast the coder goes, and how long the rest will take."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from statistics import median

__all__ = ["BREAK_S", "Pace"]

#: A longer gap between two decided turns is a break, not coding time; in seconds.
BREAK_S = 300.0
#: How many of the latest gaps the pace is taken from.
GAPS_KEPT = 50


class Pace:
    """The pace of one coder: the median time from one decided turn to the next, breaks left out."""

    def __init__(self) -> None:
        self._last: datetime | None = None
        self._gaps_s: deque[float] = deque(maxlen=GAPS_KEPT)

    def decided(self, at: datetime) -> None:
        """Take note that a turn was decided at this time."""
        if self._last is not None and 0 <= (gap := (at - self._last).total_seconds()) <= BREAK_S:
            self._gaps_s.append(gap)
        self._last = at

    def to_dict(self, n_open: int) -> dict[str, float | None]:
        """Pace and the time that `n_open` more turns will take; None until two turns were decided in a row."""
        if not self._gaps_s:
            return {"seconds_per_turn": None, "turns_per_hour": None, "time_left_s": None}
        each = median(self._gaps_s)
        hourly = 3600 / each if each else None
        return {"seconds_per_turn": each, "turns_per_hour": hourly, "time_left_s": each * n_open}
