"""What a queue's history adds up to: where the coder stands, and what has been said of each turn.

A fold over events, nothing else: the same events in the same order give the same ledger, whoever replays them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from stepmark.review.marks import Marks
from stepmark.review.pace import Pace
from stepmark.review.store import Event

__all__ = ["Ledger", "Version"]


@dataclass(frozen=True)
class Version:
    """What was said of one place in the queue at one time."""

    cid: str
    status: str
    marks: str
    text_hash: str
    guide: str


class Ledger:
    """The state of one queue of `n_places` places.

    Attributes
    ----------
    number
        The number of the latest event; 0 before the first.
    cursor
        The place where the coder stands; `n_places` when all is done.
    pace
        How fast the coder goes.
    """

    def __init__(self, n_places: int) -> None:
        self.number = 0
        self.cursor = 0
        self.pace = Pace()
        self._status = ["open"] * n_places
        self._counts = {"open": n_places, "done": 0, "skipped": 0}
        self._versions: dict[int, list[Version]] = {}
        self._live: list[tuple[str, int]] = []
        self._cids: dict[str, int] = {}

    def take(self, events: Iterable[Event]) -> None:
        """Add the next events of the queue."""
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        self.number = event.number
        self.cursor = event.cursor
        self._cids[event.cid] = event.position
        if event.undoes is not None:
            self._live.pop()
            self._versions[event.position].pop()
        elif event.marks is not None and event.status is not None:
            version = Version(event.cid, event.status, event.marks, event.text_hash, event.guide)
            self._versions.setdefault(event.position, []).append(version)
            self._live.append((event.cid, event.position))
            if event.status != "open":
                self.pace.decided(datetime.fromisoformat(event.made_at))
        self._count(event.position)

    def _count(self, position: int) -> None:
        if position < len(self._status):
            versions = self._versions.get(position)
            self._counts[self._status[position]] -= 1
            self._status[position] = versions[-1].status if versions else "open"
            self._counts[self._status[position]] += 1

    def place_of(self, cid: str) -> int | None:
        """The place that the event with this client id was about; None where there is none."""
        return self._cids.get(cid)

    def latest(self, position: int) -> Version | None:
        """What was last said of a place and not undone; None where nothing was."""
        versions = self._versions.get(position)
        return versions[-1] if versions else None

    def marks(self, position: int) -> Marks | None:
        """The marks of a place; None where nothing was said of it."""
        latest = self.latest(position)
        return Marks.from_json(latest.status, latest.marks) if latest else None

    def status(self, position: int) -> str:
        """`open`, `done` or `skipped`."""
        return self._status[position]

    @property
    def last_live(self) -> tuple[str, int] | None:
        """Client id and place of the event that an undo would take back; None at the start of the session."""
        return self._live[-1] if self._live else None

    @property
    def progress(self) -> dict[str, int]:
        """How many places there are, and how many are open, done and skipped."""
        return {"total": len(self._status), **self._counts}

    def next_open(self, after: int) -> int:
        """The next open place after one; the first open one where none follows; the end where none is left."""
        n = len(self._status)
        if self._counts["open"] == 0:
            return n
        for position in (*range(after + 1, n), *range(after + 1)):
            if self._status[position] == "open":
                return position
        return n
