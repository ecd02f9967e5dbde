"""When an agent takes which step: the uses of a case, put in order and grouped into turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

__all__ = ["Agenda", "set_agenda"]

#: Where in a conversation a step tends to stand, 0 to 1.
PLACE = {
    "empathize": 0.06, "apologize": 0.08, "acknowledge": 0.1, "probe": 0.16, "paraphrase": 0.22, "reassure": 0.26,
    "set_boundary": 0.3, "defensive": 0.36, "raise_voice": 0.42, "ask_preference": 0.46, "explain": 0.5,
    "offer_solution": 0.52, "state_limits": 0.56, "escalate": 0.62, "offer_alternative": 0.68, "next_steps": 0.72,
    "document": 0.78, "promise_follow_up": 0.82, "check_resolved": 0.86, "courtesy": 0.9, "invite_feedback": 0.97,
}  # fmt: skip
ALONE = ("raise_voice", "defensive", "set_boundary")
#: Chance of one, two, three … steps in a turn.
SIZES = {
    "chat": (0.5, 0.35, 0.15),
    "phone": (0.5, 0.35, 0.15),
    "email": (0.0, 0.1, 0.3, 0.3, 0.2, 0.1),
    "social": (0.45, 0.4, 0.15),
}
FILLER = {"chat": 0.22, "phone": 0.3, "email": 0.0, "social": 0.04}


@dataclass(frozen=True)
class Agenda:
    """What an agent will do.

    Attributes
    ----------
    turns
        The steps of each turn before the conversation ends; an empty tuple is a turn without a step.
    later
        The steps of each turn that comes days later.
    ends
        Whether the agent breaks the conversation off.
    interruptions
        The turns (indices) that come before the customer has finished.
    """

    turns: tuple[tuple[str, ...], ...]
    later: tuple[tuple[str, ...], ...]
    ends: bool
    interruptions: frozenset[int]


def set_agenda(counts: Mapping[str, int], channel: str, rng: Random) -> Agenda:
    """Put the uses of one case (`counts`: step to number of uses) into the turns of its agent."""
    left = {step: n for step, n in counts.items() if n > 0}
    if "promise_follow_up" in left and "next_steps" in left:  # each promise is a next step as well
        left["next_steps"] = max(0, left["next_steps"] - left["promise_follow_up"])
    later: list[tuple[str, ...]] = [("follow_up",)] * left.pop("follow_up", 0)
    ends, interruptions = bool(left.pop("disengage", 0)), left.pop("interrupt", 0)
    if later and left.get("check_resolved", 0) and rng.random() < 0.6:
        left["check_resolved"] -= 1
        later[-1] = ("follow_up", "check_resolved")
    turns = _group(_ordered(left, rng), channel, rng)
    turns = _with_fillers(turns, channel, rng)
    while len(turns) < max(1, interruptions):
        turns.append(())
    at = sorted(range(len(turns)), key=lambda _: rng.random())[:interruptions]
    return Agenda(tuple(turns), tuple(later), ends, frozenset(at))


def _ordered(counts: Mapping[str, int], rng: Random) -> list[str]:
    uses: list[tuple[float, int, str]] = []
    for step, n in counts.items():
        for i in range(n):
            place = PLACE[step] + 0.2 * (rng.random() - 0.5) + (0.5 * rng.random() if i else 0.0)
            uses.append((min(place, 1.0), len(uses), step))
    return [step for _, _, step in sorted(uses)]


def _group(uses: list[str], channel: str, rng: Random) -> list[tuple[str, ...]]:
    turns: list[tuple[str, ...]] = []
    turn: list[str] = []
    size = _size(channel, rng)
    for step in uses:
        apart = step in turn or step in ALONE or (turn and turn[-1] in ALONE)
        if turn and (len(turn) >= size or apart):
            turns.append(tuple(turn))
            turn, size = [], _size(channel, rng)
        turn.append(step)
    return [*turns, tuple(turn)] if turn else turns


def _size(channel: str, rng: Random) -> int:
    u, total = rng.random(), 0.0
    for size, chance in enumerate(SIZES[channel], start=1):
        total += chance
        if u < total:
            return size
    return len(SIZES[channel])


def _with_fillers(turns: list[tuple[str, ...]], channel: str, rng: Random) -> list[tuple[str, ...]]:
    filled: list[tuple[str, ...]] = []
    for turn in turns:
        if rng.random() < FILLER[channel]:
            filled.append(())
        filled.append(turn)
    return filled
