"""What a command makes of the marks of a turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stepmark.errors import CodingError, Fault
from stepmark.review.commands import check_span
from stepmark.review.marks import EVERYTHING, Marks, Spans

__all__ = ["transition"]


def transition(
    marks: Marks,
    command: Mapping[str, Any],
    text: str,
    steps: Sequence[str],
    shown: Mapping[str, Spans],
    verify: bool,
) -> Marks:
    """The marks after a command.

    Parameters
    ----------
    marks
        The marks before.
    command
        A command that changes marks, already checked for its form.
    text
        The words of the turn; spans must lie in them.
    steps
        The steps that the turn can show.
    shown
        The suggestions on the screen; they say where, when a step is decided without a span.
    verify
        Whether one step is verified: then its decision decides the turn.

    Raises
    ------
    CodingError
        Where the step cannot be in this turn, or a span is not in its text or not there to be changed.
    """
    do, step = command["do"], command.get("step")
    if do == "accept":
        return marks.accepted(steps)
    if do == "skip":
        return marks.skipped()
    if do == "note":
        return marks.noted(command["note"])
    if step is not None and step not in steps:
        raise CodingError(Fault(f"command '{do}', step", repr(step), f"one of {', '.join(steps)}"))
    if do == "unsure":
        return marks.doubted(step or EVERYTHING, command["unsure"])
    if do == "decide":
        where = _given(command, text) or marks.yes.get(command["step"]) or shown.get(command["step"], ())
        decided = marks.decided(command["step"], command["decision"], where)
        return decided.accepted(steps) if verify else decided
    return _with_spans(marks, command, text)


def _with_spans(marks: Marks, command: Mapping[str, Any], text: str) -> Marks:
    do, step = command["do"], command["step"]
    span = (command["start_char"], command["end_char"])
    if do == "add":
        check_span(span, text)
        return marks.with_span(step, span)
    if span not in marks.yes.get(step, ()):
        there = ", ".join(f"{a} to {b}" for a, b in marks.yes.get(step, ())) or "none"
        raise CodingError(
            Fault(f"command '{do}', {step}", f"no span {span[0]} to {span[1]}", f"one of: {there}")
        )
    if do == "remove":
        return marks.without_span(step, span)
    moved = (command["new_start_char"], command["new_end_char"])
    check_span(moved, text)
    return marks.with_span_moved(step, span, moved)


def _given(command: Mapping[str, Any], text: str) -> Spans:
    spans = tuple((int(start), int(end)) for start, end in command.get("spans") or ())
    for span in spans:
        check_span(span, text)
    return spans
