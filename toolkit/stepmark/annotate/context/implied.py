"""A rule that makes a mark of one step where patterns of another match: an insult, for instance, is anger too."""

from __future__ import annotations

from collections.abc import Iterator

from stepmark.annotate.context.moment import Moment
from stepmark.annotate.context.registry import maker
from stepmark.annotate.reading import Mark
from stepmark.annotate.step import Step

__all__ = ["implied_by"]


@maker("implied_by")
def implied_by(moment: Moment, step: Step, *, steps: list[str]) -> Iterator[Mark]:
    """Marks this step wherever a pattern of one of `steps` matches in the turn."""
    for mark in moment.candidates:
        if mark.step in steps:
            yield mark._replace(step=step.id, source=f"rule:{step.id}-implied-by-{mark.step}")
