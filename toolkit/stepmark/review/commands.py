"""What a client may ask of a session, checked before anything is done.

A command is a plain dict with `do`, a `cid` made by the client, and what `do` needs; `position` names the place in the
queue that it is about, where that is not the one the session stands at.

========  ================================================  =======================================================
do        needs                                             does
========  ================================================  =======================================================
accept                                                      decides the turn as it is marked, goes on
decide    step, decision (yes, no); optional spans          decides one step; in `verify` it goes on
add       step, start_char, end_char                        adds a span (the step is then there)
change    step, start_char, end_char,                       moves a span
          new_start_char, new_end_char
remove    step, start_char, end_char                        removes a span (the last one: the step is not there)
unsure    unsure (true, false); optional step               notes or takes back doubt, about the turn or one step
note      note                                              notes words; empty takes them back
skip                                                        puts the turn aside, goes on
undo                                                        takes back the latest of all these, back to the first
back                                                        goes to the place before
forward                                                     goes to the place after
go        to                                                goes to this place
========  ================================================  =======================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stepmark.errors import CodingError, Fault

__all__ = ["MOVES", "check_command", "check_span"]

#: Commands that change no mark.
MOVES = ("back", "forward", "go")

_SPAN = {"start_char": int, "end_char": int}
_NEEDS: dict[str, dict[str, type]] = {
    "accept": {},
    "decide": {"step": str, "decision": str},
    "add": {"step": str, **_SPAN},
    "change": {"step": str, **_SPAN, "new_start_char": int, "new_end_char": int},
    "remove": {"step": str, **_SPAN},
    "unsure": {"unsure": bool},
    "note": {"note": str},
    "skip": {},
    "undo": {},
    "back": {},
    "forward": {},
    "go": {"to": int},
}


def check_command(command: Mapping[str, Any]) -> None:
    """Raise `CodingError` with every fault in the form of a command."""
    do = command.get("do")
    faults = []
    if not (isinstance(command.get("cid"), str) and command["cid"]):
        faults.append(_fault(command, "cid", "a text that no other command has"))
    if do not in _NEEDS:
        faults.append(_fault(command, "do", ", ".join(_NEEDS)))
    for name, kind in _NEEDS.get(str(do), {}).items():
        value = command.get(name)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            faults.append(
                _fault(command, name, {int: "a whole number", str: "a text", bool: "true or false"}[kind])
            )
    if (
        do == "decide"
        and isinstance(command.get("decision"), str)
        and command["decision"] not in ("yes", "no")
    ):
        faults.append(_fault(command, "decision", "yes or no"))
    if not isinstance(command.get("position", 0), int):
        faults.append(_fault(command, "position", "a whole number"))
    if faults:
        raise CodingError(faults)


def check_span(span: tuple[int, int], text: str) -> None:
    """Raise `CodingError` where a span does not lie in the text or is empty."""
    start, end = span
    if not 0 <= start < end <= len(text):
        raise CodingError(
            Fault(f"span {start} to {end}", f"a turn of {len(text)} characters", "a part of it")
        )


def _fault(command: Mapping[str, Any], name: str, expected: str) -> Fault:
    found = repr(command[name]) if name in command else "nothing"
    return Fault(f"command '{command.get('do', '?')}', {name}", found, expected)
