"""A rule that makes a mark of one step where patterns of another match: an insult, for instance, is anger too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from stepmark.annotate.context.moment import Moment
from stepmark.annotate.context.registry import bind, maker
from stepmark.annotate.reading import Mark
from stepmark.annotate.step import Rule, Step

__all__ = ["implied_by"]


#: Rules that must all hold of a mark.
Rules = Sequence[Callable[[Mark, Moment], bool]]


def _prepared(options: Mapping[str, Any]) -> dict[str, Any]:
    return {**options, "when": [bind(Rule.model_validate(call)) for call in options.get("when", ())]}


@maker("implied_by", of_steps=True, prepare=_prepared)
def implied_by(moment: Moment, step: Step, *, steps: list[str], when: Rules = ()) -> Iterator[Mark]:
    """Marks this step wherever a pattern of one of `steps` matches in the turn, and the rules of `when` hold."""
    for mark in moment.candidates:
        if mark.step in steps:
            made = mark._replace(step=step.id, source=f"rule:{step.id}-implied-by-{mark.step}")
            if all(rule(made, moment) for rule in when):
                yield made
