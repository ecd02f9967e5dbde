"""What a command becomes in a session's history: the event that the store is asked to append."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stepmark.errors import CodingError, Fault
from stepmark.review.commands import MOVES
from stepmark.review.marks import Marks
from stepmark.review.store import Event
from stepmark.review.transcript import text_hash
from stepmark.review.transition import transition

if TYPE_CHECKING:
    from stepmark.review.session import Session

__all__ = ["next_event"]


def next_event(session: Session, command: Mapping[str, Any], now: str) -> Event:
    """The event that a command, already checked for its form, makes next in the history of a session.

    Raises
    ------
    CodingError
        Where there is nothing to undo or to decide, or the command does not fit the turn.
    """
    if command["do"] == "undo":
        return _undo(session, command, now)
    position = session.checked(command.get("position", session.position))
    if command["do"] in MOVES:
        here = min(position, len(session.queue) - 1)
        return _event(session, command, now, here, _target(session, command, position))
    return _decision(session, command, now, position)


def _undo(session: Session, command: Mapping[str, Any], now: str) -> Event:
    latest = session.ledger.last_live
    if latest is None:
        raise CodingError(
            Fault("undo", "nothing is left to undo", advice="This is the start of the session.")
        )
    cid, position = latest
    return replace(_event(session, command, now, position, position), undoes=cid)


def _target(session: Session, command: Mapping[str, Any], position: int) -> int:
    """The place that a move goes to; the ends of the queue hold."""
    if command["do"] == "go":
        return session.checked(command["to"])
    step = 1 if command["do"] == "forward" else -1
    return min(max(position + step, 0), len(session.queue))


def _decision(session: Session, command: Mapping[str, Any], now: str, position: int) -> Event:
    do, verify = command["do"], session.mode == "verify"
    if position >= len(session.queue):
        raise CodingError(Fault(f"command '{do}'", "no turn is left to decide", advice="Go back, or undo."))
    interaction_id, turn = session.turn_at(position)
    steps = [step.id for step in session.steps_for(interaction_id, turn)]
    suggested = session.suggested(interaction_id, turn)
    shown = {} if session.is_blind(position) else suggested
    text = session.text_at(position)
    marks = transition(session.marks(position), command, text, steps, shown, verify)
    if do == "accept":
        _check_disputes(session, position)
    goes_on = do in ("accept", "skip") or (do == "decide" and verify)
    cursor = _next_place(session, position) if goes_on else position
    event = _event(session, command, now, position, cursor, marks)
    if session.mode == "adjudicate":  # what is shown there is what coders said, not what rules suggest
        return event
    return replace(event, suggested=json.dumps(list(suggested)))


def _check_disputes(session: Session, position: int) -> None:
    """In an adjudication, a turn is accepted once everything in dispute is decided."""
    marks = session.marks(position)
    votes = session.votes.get(session.turn_at(position), {})
    undecided = [step for step in votes if step not in marks.yes and step not in marks.no]
    if undecided:
        raise CodingError(
            Fault("command 'accept'", f"coders differ on {', '.join(undecided)}", "a decision on each first")
        )


def _next_place(session: Session, position: int) -> int:
    cursor = session.ledger.next_open(position)
    # where it is the last open one, it is no longer open after this event
    return len(session.queue) if cursor == position else cursor


def _event(
    session: Session,
    command: Mapping[str, Any],
    now: str,
    position: int,
    cursor: int,
    marks: Marks | None = None,
) -> Event:
    interaction_id, turn = session.turn_at(position)
    return Event(
        number=session.ledger.number + 1,
        cid=command["cid"],
        kind="move" if command["do"] in MOVES else command["do"],
        position=position,
        cursor=cursor,
        undoes=None,
        made_at=now,
        interaction_id=interaction_id,
        turn=turn,
        status=marks.status if marks else None,
        marks=marks.to_json() if marks else None,
        suggested=None,
        blind=session.is_blind(position),
        occasion=session.queue.occasion[position],
        probability=session.queue.probability[position],
        guide=str(session.guide),
        text_hash=text_hash(session.text_at(position)),
    )
