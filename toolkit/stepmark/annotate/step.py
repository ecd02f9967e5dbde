"""What a step of a guide is: the patterns and rules that find it, and the examples that test it.

Plain immutable records, as a person writes them in a guide's file.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from stepmark.annotate.syntax import flatten_lists

__all__ = ["Example", "ExampleTurn", "Examples", "Pattern", "Record", "Rule", "Speaker", "Step", "Veto"]

#: Who can say a turn.
Speaker = Literal["agent", "customer", "other"]


class Record(BaseModel):
    """A record that a person writes: it does not change, and has no fields but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(Record):
    """A call of a named context rule.

    Attributes
    ----------
    rule
        The rule's name; ``not name`` turns it round.
    options
        Its options, by name.
    """

    rule: str
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _from_name_or_mapping(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"rule": value}
        if isinstance(value, dict) and "options" not in value:
            return {"rule": value.get("rule"), "options": {k: v for k, v in value.items() if k != "rule"}}
        return value

    @field_validator("options", mode="before")
    @classmethod
    def _open_nested_lists(cls, value: Any) -> Any:
        return flatten_lists(value)

    @property
    def name(self) -> str:
        """The rule's name without ``not``."""
        return self.rule.removeprefix("not ").strip()

    @property
    def negated(self) -> bool:
        """Whether the rule is turned round."""
        return self.rule.startswith("not ")

    @cached_property
    def calls(self) -> tuple[Rule, ...]:
        """The rules that its options call: for the rule ``any`` those of which one must hold (`of`), else those of `when`."""
        called = self.options.get("of" if self.name == "any" else "when", ())
        return tuple(Rule.model_validate(call) for call in called)


class Pattern(Record):
    """One token pattern of a step, in spaCy's own form.

    Attributes
    ----------
    id
        Unique in the guide.
    pattern
        A list of token descriptions as for spaCy's `Matcher`.
    when
        Context rules that must all hold where the pattern matches.
    """

    id: str
    pattern: tuple[dict[str, Any], ...]
    when: tuple[Rule, ...] = ()

    @field_validator("pattern", mode="before")
    @classmethod
    def _open_nested_lists(cls, value: Any) -> Any:
        return flatten_lists(value)


class Veto(Pattern):
    """A token pattern that takes marks of its step away.

    Attributes
    ----------
    scope
        What it takes: marks that it overlaps, marks in the same sentence, or all marks of the step in the turn.
    """

    scope: Literal["overlap", "sentence", "turn"] = "overlap"


class ExampleTurn(Record):
    """A turn before an example. `start` and `end` are in seconds; None where unknown."""

    speaker: Speaker
    text: str
    start: float | None = None
    end: float | None = None


class Example(Record):
    """A turn that shows a step, or does not, with the turns before it.

    Attributes
    ----------
    text
        The turn's text.
    context
        The turns before it, oldest first.
    then
        The turns after it.
    start, end
        Its times in seconds; None where unknown.
    """

    text: str
    context: tuple[ExampleTurn, ...] = ()
    then: tuple[ExampleTurn, ...] = ()
    start: float | None = None
    end: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value


class Examples(Record):
    """The examples of a step: those that show it and those that do not."""

    yes: tuple[Example, ...] = ()
    no: tuple[Example, ...] = ()


class Step(Record):
    """One thing that an agent should do (step) or not do (breach), or that a customer shows (signal).

    Attributes
    ----------
    id, label, kind, stage
        Its name, its title, `step`, `breach` or `signal`, and the stage of the interaction it belongs to.
    speaker
        Whose turns can show it.
    definition, sources
        What it means, and where it comes from.
    yields_to
        Steps whose mark in the same sentence takes this step's mark away.
    patterns, unless, context
        What finds it, what vetoes it, and rules that look beyond the turn.
    examples
        Turns that show it and turns that do not: its tests.
    """

    id: str
    label: str = ""
    kind: Literal["step", "breach", "signal"] = "step"
    stage: str = ""
    speaker: Literal["agent", "customer", "other", "any"] = "agent"
    definition: str = ""
    sources: tuple[str, ...] = ()
    yields_to: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    unless: tuple[Veto, ...] = ()
    context: tuple[Rule, ...] = ()
    examples: Examples = Examples()

    @property
    def title(self) -> str:
        """What a reader should call it."""
        return self.label or self.id.replace("_", " ").capitalize()
