"""Rules about the state of the exchange: what was marked before, what became of the wish, how angry the customer is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from stepmark.annotate.context.moment import Moment, TurnView
from stepmark.annotate.context.registry import rule
from stepmark.annotate.context.sentence import asks
from stepmark.annotate.reading import Mark

__all__ = [
    "after_limit", "after_step", "anger_before", "customer_wish", "same_sentence", "same_turn", "wish_state",
]  # fmt: skip

_DECLINING = frozenset(
    [
        "no",
        "nope",
        "nah",
        "not",
        "n't",
        "never",
        "but",
        "instead",
        "rather",
        "else",
        "another",
        "different",
        "other",
        "too",
        "ridiculous",
    ]
)
_ACCEPTING = frozenset(
    [
        "yes",
        "yeah",
        "yep",
        "sure",
        "perfect",
        "great",
        "good",
        "fine",
        "works",
        "okay",
        "ok",
        "please",
        "thanks",
        "thank",
        "excellent",
        "wonderful",
    ]
)


@rule("after_step")
def after_step(mark: Mark, moment: Moment, *, steps: list[str], within: int | None = None) -> bool:
    """One of `steps` was marked in an earlier turn (in the last `within` turns, where given)."""
    first = 0 if within is None else max(0, moment.at - within)
    return any(other.step in steps for marks in moment.marks[first : moment.at] for other in marks)


@rule("same_turn", beside=True)
def same_turn(mark: Mark, moment: Moment, *, steps: list[str], before: bool = False) -> bool:
    """A pattern of one of `steps` matches in this turn too; with `before`, before the mark."""
    return any(other.step in steps and (not before or other.end <= mark.start) for other in moment.candidates)


@rule("same_sentence", beside=True)
def same_sentence(mark: Mark, moment: Moment, *, steps: list[str]) -> bool:
    """A pattern of one of `steps` matches in this sentence too."""
    return mark.sentence in [other.sentence for other in moment.candidates if other.step in steps]


@rule("after_limit")
def after_limit(mark: Mark, moment: Moment, *, steps: list[str] | None = None, within: int = 3) -> bool:
    """A limit was stated in this turn before the mark, or in the last `within` turns."""
    limits = steps or ["state_limits"]
    return same_turn(mark, moment, steps=limits, before=True) or after_step(
        mark, moment, steps=limits, within=within
    )


@rule("customer_wish")
def customer_wish(
    mark: Mark,
    moment: Moment,
    *,
    states: list[Literal["none", "open", "refused", "offered", "met"]],
    limits: list[str] | None = None,
    offers: list[str] | None = None,
) -> bool:
    """The customer's wish is, just before the mark, in one of `states`: none, open, refused, offered, met."""
    state = wish_state(
        mark, moment, limits or ["state_limits"], offers or ["offer_solution", "offer_alternative"]
    )
    return state in states


def wish_state(mark: Mark, moment: Moment, limits: Sequence[str], offers: Sequence[str]) -> str:
    """What has become of the customer's wish, just before a mark.

    `none` before the customer has asked for anything; `open` since they have; `refused` since the agent stated a limit,
    or the customer turned an offer down; `offered` since the agent made an offer; `met` since the customer took it.
    """
    state = "none"
    for place, turn in enumerate(moment.turns[: moment.at]):
        if turn.speaker == "customer":
            state = _after_customer(state, turn)
        elif turn.speaker == "agent":
            state = _after_agent(state, moment.marks[place], limits, offers)
    earlier = [other for other in moment.candidates if other.end <= mark.start]
    return _after_agent(state, earlier, limits, offers)


def _after_agent(state: str, marks: Sequence[Mark], limits: Sequence[str], offers: Sequence[str]) -> str:
    for mark in sorted(marks, key=lambda m: m.start_char):
        if mark.step in limits:
            state = "refused"
        elif mark.step in offers:
            state = "offered"
    return state


def _after_customer(state: str, turn: TurnView) -> str:
    words = turn.reading.words
    if state == "offered":
        if not _DECLINING.isdisjoint(words):
            return "refused"
        if not _ACCEPTING.isdisjoint(words[:6]):
            return "met"
        return "offered"
    if state in ("none", "met") and (len(words) >= 4 or asks(words)):
        return "open"
    return state


@rule("anger_before")
def anger_before(
    mark: Mark, moment: Moment, *, least: float = 0.5, memory: float = 0.8, steps: list[str] | None = None
) -> bool:
    """The customer's anger so far reaches `least`: each angry turn counts 1, and `memory` times less a turn later."""
    wanted = frozenset(steps or ("anger", "abuse", "churn_threat"))
    evidence = 0.0
    for place, turn in enumerate(moment.turns[: moment.at]):
        if turn.speaker == "customer":
            angry = any(other.step in wanted for other in moment.marks[place])
            evidence = evidence * memory + angry
    return evidence >= least
