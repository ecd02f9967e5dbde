"""What a guide is: steps, the patterns that find them, and the examples that test them.

Plain immutable records that a person writes as YAML; how they are read from a file is in `files`, how they find
steps in turns is in `marker`.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from stepmark.annotate.syntax import flatten_lists

__all__ = ["Example", "ExampleTurn", "Examples", "Guide", "Pattern", "Rule", "Step", "Veto"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Record):
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

    @property
    def name(self) -> str:
        """The rule's name without ``not``."""
        return self.rule.removeprefix("not ").strip()

    @property
    def negated(self) -> bool:
        """Whether the rule is turned round."""
        return self.rule.startswith("not ")

    @cached_property
    def alternatives(self) -> tuple[Rule, ...]:
        """For the rule ``any``: the rules of which one must hold, from its option `of`."""
        return tuple(Rule.model_validate(option) for option in self.options.get("of", ()))


class Pattern(_Record):
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


class ExampleTurn(_Record):
    """A turn before an example. `start` and `end` are in seconds; None where unknown."""

    speaker: Literal["agent", "customer", "other"]
    text: str
    start: float | None = None
    end: float | None = None


class Example(_Record):
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


class Examples(_Record):
    """The examples of a step: those that show it and those that do not."""

    yes: tuple[Example, ...] = ()
    no: tuple[Example, ...] = ()


class Step(_Record):
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


class Guide(_Record):
    """A named, versioned list of steps; as text ``name version``.

    Attributes
    ----------
    name, version, language, description
        What it is called, its version, the language of its patterns (a spaCy code) and what it is for.
    synonyms
        Groups of words that count as the same word where content is compared.
    steps
        The steps, in the order of the codebook.
    """

    name: str
    version: str = "1.0"
    language: str = "en"
    description: str = ""
    words: Any = Field(default=None, exclude=True, repr=False)
    synonyms: tuple[tuple[str, ...], ...] = ()
    steps: tuple[Step, ...]

    @field_validator("words", mode="before")
    @classmethod
    def _forget_words(cls, value: Any) -> None:
        """The shared lists are there for the file's anchors alone; the steps hold what they stand for."""

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def __repr__(self) -> str:
        n_patterns = sum(len(step.patterns) for step in self.steps)
        return f"Guide({str(self)!r}: {len(self.steps)} steps, {n_patterns} patterns)"

    @cached_property
    def _by_id(self) -> dict[str, Step]:
        return {step.id: step for step in self.steps}

    def step(self, id: str) -> Step:  # noqa: A002 (the word that the guide file uses)
        """The step called `id`; KeyError where there is none."""
        return self._by_id[id]

    @classmethod
    def load(cls, name_or_path: str | Path | Guide) -> Guide:
        """The guide that is shipped under a name, or stands in a file (YAML, or JSONL patterns).

        Raises
        ------
        stepmark.errors.GuideError
            With every fault of the file: the guide, the step, the pattern, and what is wrong with it.
        """
        from stepmark.annotate.files import load_guide

        return name_or_path if isinstance(name_or_path, Guide) else load_guide(name_or_path)

    def save(self, path: str | Path) -> Path:
        """Write the guide to `path` (``.yaml``, or ``.jsonl`` for spaCy's and Prodigy's patterns); returns the path."""
        from stepmark.annotate.files import save_guide

        return save_guide(self, Path(path))
