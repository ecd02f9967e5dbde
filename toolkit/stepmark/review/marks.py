"""What has been said of one turn: which steps it shows, which not, where, and how sure the coder is.

Plain values and the moves between them; each move returns new :class:`Marks`. Queues and stores come elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

__all__ = ["EVERYTHING", "Marks", "Spans"]

#: The spans of one step in one turn: (start_char, end_char) pairs in order.
Spans = tuple[tuple[int, int], ...]

#: Stands in `unsure` for the turn as a whole.
EVERYTHING = "*"


@dataclass(frozen=True)
class Marks:
    """The marks of one turn.

    Attributes
    ----------
    status
        `open` (a draft, or the rules' suggestion), `done` (decided: every step asked for is in `yes` or `no`) or
        `skipped`.
    yes
        Steps that the turn shows, each with its spans (code points, end not included); a step without a span is meant
        for the whole turn.
    no
        Steps that the turn does not show.
    unsure
        Steps of which the coder is not sure; `EVERYTHING` for the whole turn.
    note
        What the coder noted; empty for nothing.
    """

    status: str = "open"
    yes: Mapping[str, Spans] = field(default_factory=lambda: MappingProxyType({}))
    no: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    note: str = ""

    # Moves --------------------------------------------------------------------------------------------------

    def accepted(self, steps: Iterable[str]) -> Marks:
        """Done as marked: each of `steps` that is not marked is decided to be absent."""
        absent = tuple(step for step in steps if step not in self.yes)
        return replace(self, status="done", no=absent)

    def decided(self, step: str, decision: str, spans: Spans = ()) -> Marks:
        """With `step` decided `yes` or `no`; `spans` say where, those there were stay where none are given."""
        if decision == "yes":
            return self._with(step, spans or self.yes.get(step, ()))
        yes = {key: value for key, value in self.yes.items() if key != step}
        return replace(self, yes=MappingProxyType(yes), no=(*_without(self.no, step), step))

    def with_span(self, step: str, span: tuple[int, int]) -> Marks:
        """With one more span of `step`; the same one twice is one."""
        return self._with(step, (*self.yes.get(step, ()), span))

    def without_span(self, step: str, span: tuple[int, int]) -> Marks:
        """Without this span of `step`; without its last one, the step is decided to be absent."""
        rest = tuple(kept for kept in self.yes.get(step, ()) if kept != span)
        return self._with(step, rest) if rest else self.decided(step, "no")

    def with_span_moved(self, step: str, old: tuple[int, int], new: tuple[int, int]) -> Marks:
        """With a span of `step` put elsewhere."""
        return self._with(step, tuple(new if span == old else span for span in self.yes.get(step, ())))

    def doubted(self, what: str, unsure: bool) -> Marks:
        """With doubt about `what` (a step, or `EVERYTHING`) noted or taken back."""
        rest = _without(self.unsure, what)
        return replace(self, unsure=(*rest, what) if unsure else rest)

    def noted(self, note: str) -> Marks:
        """With this note in place of the one there was."""
        return replace(self, note=note)

    def skipped(self) -> Marks:
        """Put aside without a decision."""
        return replace(self, status="skipped")

    def _with(self, step: str, spans: Spans) -> Marks:
        yes = {**self.yes, step: tuple(sorted(set(spans)))}
        return replace(self, yes=MappingProxyType(yes), no=_without(self.no, step))

    # As plain data ------------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able data: `status, yes, no, unsure, note`."""
        yes = {step: [list(span) for span in spans] for step, spans in self.yes.items()}
        return {
            "status": self.status,
            "yes": yes,
            "no": list(self.no),
            "unsure": list(self.unsure),
            "note": self.note,
        }

    def to_json(self) -> str:
        """As the store keeps it: compact JSON without the status, which has a column of its own."""
        said = {key: value for key, value in self.to_dict().items() if key != "status"}
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, status: str, marks: str) -> Marks:
        """The marks that `to_json` wrote."""
        said = json.loads(marks)
        yes = {step: tuple((a, b) for a, b in spans) for step, spans in said["yes"].items()}
        return cls(status, MappingProxyType(yes), tuple(said["no"]), tuple(said["unsure"]), said["note"])


def _without(steps: tuple[str, ...], step: str) -> tuple[str, ...]:
    return tuple(kept for kept in steps if kept != step)
