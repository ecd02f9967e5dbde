"""Rules about the place in the interaction: opening, close, first agent turn, who spoke before."""

from __future__ import annotations

from stepmark.annotate.context.moment import Moment
from stepmark.annotate.context.registry import rule
from stepmark.annotate.reading import Mark
from stepmark.annotate.step import Speaker

__all__ = ["close", "customer_spoke", "first_agent_turn", "opening", "previous_speaker", "speaker"]


@rule("opening")
def opening(mark: Mark, moment: Moment, *, turns: int = 2) -> bool:
    """The turn is among the first `turns` of the interaction."""
    return moment.at < turns


@rule("close")
def close(mark: Mark, moment: Moment, *, turns: int = 4) -> bool:
    """The turn is among the last `turns` that are known."""
    return moment.at >= len(moment.turns) - turns


@rule("first_agent_turn")
def first_agent_turn(mark: Mark, moment: Moment) -> bool:
    """The agent has not spoken before."""
    return not moment.earlier("agent", last=1)


@rule("customer_spoke")
def customer_spoke(mark: Mark, moment: Moment) -> bool:
    """The customer has spoken before."""
    return bool(moment.earlier("customer", last=1))


@rule("previous_speaker")
def previous_speaker(mark: Mark, moment: Moment, *, who: Speaker) -> bool:
    """The turn before this one is that of `who` (agent, customer or other)."""
    return moment.at > 0 and moment.turns[moment.at - 1].speaker == who


@rule("speaker")
def speaker(mark: Mark, moment: Moment, *, who: Speaker) -> bool:
    """This turn is that of `who`: for a step that several may show."""
    return moment.turn.speaker == who
