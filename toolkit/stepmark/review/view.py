"""What a screen needs to know, as plain JSON-able data; every word of it is computed, nothing kept.

The shape of `Session.view()`::

    session, coder, mode, guide, store   names; `store` is the id of the store, for a client's own journal
    number                               of the latest event; grows with each
    position, finished, blind            the place in the queue; whether all is done; whether without suggestions
    interaction                          {id, channel, n_turns}, None when finished
    turn                                 the number of the turn to decide, None when finished
    turns                                every turn of the interaction, as below
    codes                                codes of the turn to decide: {id, label, stage, kind, key}
    keys                                 {command: key}
    progress                             {total, open, done, skipped}
    pace                                 {seconds_per_turn, turns_per_hour, time_left_s}, None where not known yet
    can_undo                             whether there is anything to undo

A turn::

    turn, speaker, text                  text is plain text: render it as such
    start_s, end_s, pause_s              seconds from the first turn, pause before it; None where unknown
    position                             its place in the queue, None where it is not to be coded
    active                               whether it is the one to decide
    status                               open, done or skipped
    marks                                {yes: {step: [[start_char, end_char], …]}, no: […], unsure: […], note}
    suggested                            {step: [[start_char, end_char], …]} by the rules, empty where blind
    votes                                {step: {coder: yes or no}} where coders differ, in an adjudication
    text_changed                         whether its words have changed since it was decided

Offsets count code points, the end is not included. A step in `yes` without spans is meant for the whole turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stepmark.review.keys import COMMAND_KEYS, code_keys
from stepmark.review.marks import Marks
from stepmark.review.transcript import text_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stepmark.review.session import Session

__all__ = ["codebook", "turn_view", "view"]


def view(session: Session, position: int) -> dict[str, Any]:
    """The snapshot of a session at a place of its queue."""
    finished = position >= len(session.queue)
    return {
        "session": session.name,
        "coder": session.coder,
        "mode": session.mode,
        "guide": str(session.guide),
        "store": session.store.store_id,
        "position": position,
        "finished": finished,
        "blind": not finished and session.is_blind(position),
        **(_nothing() if finished else _interaction(session, position)),
        "keys": dict(COMMAND_KEYS),
        **standing(session),
    }


def standing(session: Session) -> dict[str, Any]:
    """How far the session is: `number`, `progress`, `pace`, `can_undo`."""
    ledger = session.ledger
    return {
        "number": ledger.number,
        "progress": ledger.progress,
        "pace": ledger.pace.to_dict(ledger.progress["open"]),
        "can_undo": ledger.last_live is not None,
    }


def codebook(session: Session) -> list[dict[str, Any]]:
    """What each code means: `id, label, stage, kind, speaker, key, definition, counts, does_not_count`."""
    described = []
    for step, code in zip(session.steps, _codes(session, session.steps), strict=True):
        examples = getattr(step, "examples", None)
        shown = {"definition": step.definition, "speaker": step.speaker}
        yes, no = (_phrases(getattr(examples, side, None)) for side in ("yes", "no"))
        described.append({**code, **shown, "counts": yes, "does_not_count": no})
    return described


def turn_view(session: Session, said: dict[str, Any], interaction_id: str, position: int) -> dict[str, Any]:
    """One turn of an interaction, as seen from a place in the queue."""
    here = session.place_seen(interaction_id, said["turn"], position)
    hidden = session.is_blind(position) or (here is not None and session.is_blind(here))
    suggested = {} if hidden else session.suggested(interaction_id, said["turn"])
    latest = None if here is None else session.ledger.latest(here)
    marks = Marks(yes=suggested) if here is None else session.marks(here, hidden=hidden)
    shown = marks.to_dict()
    status = shown.pop("status")
    return {
        **said,
        "position": here,
        "active": here == position,
        "status": status,
        "marks": shown,
        "suggested": {step: [list(span) for span in spans] for step, spans in suggested.items()},
        "votes": session.votes.get((interaction_id, said["turn"]), {}),
        "text_changed": latest is not None and latest.text_hash != text_hash(said["text"]),
    }


def _interaction(session: Session, position: int) -> dict[str, Any]:
    interaction_id, turn = session.turn_at(position)
    turns = session.transcripts.turns(interaction_id)
    return {
        "interaction": {
            "id": interaction_id,
            "channel": session.transcripts.channel(interaction_id),
            "n_turns": len(turns),
        },
        "turn": turn,
        "turns": [turn_view(session, said, interaction_id, position) for said in turns],
        "codes": _codes(session, session.steps_for(interaction_id, turn)),
    }


def _nothing() -> dict[str, Any]:
    return {"interaction": None, "turn": None, "turns": [], "codes": []}


def _codes(session: Session, steps: Iterable[Any]) -> list[dict[str, Any]]:
    """The codes at hand with their keys; those of one speaker share the keys among them."""
    keys: dict[str, str] = {}
    for speaker in {step.speaker for step in session.steps}:
        keys |= code_keys(step.id for step in session.steps if step.speaker == speaker)
    names = ("id", "label", "stage", "kind")
    return [{**{name: getattr(step, name) for name in names}, "key": keys[step.id]} for step in steps]


def _phrases(examples: Any) -> list[str]:
    return [getattr(example, "text", None) or str(example) for example in examples or ()]
