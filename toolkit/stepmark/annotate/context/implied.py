"""A rule that makes a mark of one step where patterns of another match: an insult, for instance, is anger too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from stepmark.annotate.context.moment import Moment
from stepmark.annotate.context.registry import bind, maker
from stepmark.annotate.reading import Mark
from stepmark.annotate.step import Rule, Step

__all__ = ["implied_by"]


@maker("implied_by", of_steps=True)
def implied_by(
    moment: Moment, step: Step, *, steps: list[str], when: Sequence[str | dict[str, Any]] = ()
) -> Iterator[Mark]:
    """Marks this step wherever a pattern of one of `steps` matches in the turn, and the rules of `when` hold."""
    implying = [mark for mark in moment.candidates if mark.step in steps]
    if not implying:
        return
    holds = [bind(Rule.model_validate(call)) for call in when]
    for mark in implying:
        made = mark._replace(step=step.id, source=f"rule:{step.id}-implied-by-{mark.step}")
        if all(rule(made, moment) for rule in holds):
            yield made
