"""Rules about the place in the interaction: opening, first agent turn, close, who spoke before."""

from __future__ import annotations

from stepmark.annotate.context.moment import Moment
from stepmark.annotate.context.registry import rule
from stepmark.annotate.reading import Mark

__all__ = ["after_step", "close", "customer_spoke", "first_agent_turn", "opening"]


@rule("opening")
def opening(mark: Mark, moment: Moment, *, turns: int = 2) -> bool:
    """The turn is among the first few of the interaction."""
    return moment.at < turns


@rule("close")
def close(mark: Mark, moment: Moment, *, turns: int = 4) -> bool:
    """The turn is among the last few that are known."""
    return moment.at >= len(moment.turns) - turns


@rule("first_agent_turn")
def first_agent_turn(mark: Mark, moment: Moment) -> bool:
    """The agent has not spoken before."""
    return not moment.earlier("agent", last=1)


@rule("customer_spoke")
def customer_spoke(mark: Mark, moment: Moment) -> bool:
    """The customer has spoken before."""
    return bool(moment.earlier("customer", last=1))


@rule("after_step")
def after_step(mark: Mark, moment: Moment, *, steps: list[str], within: int | None = None) -> bool:
    """One of `steps` was marked in an earlier turn (in the last `within` turns, where given)."""
    return next(moment.marks_before(steps, within), None) is not None
