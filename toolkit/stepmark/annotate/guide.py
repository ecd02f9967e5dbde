"""What a guide is: a named, versioned list of steps.

An immutable record that a person writes as YAML; what its steps hold is in `step`, how they find themselves in turns is
in `marker`. A guide is read whole or not at all: every fault of its file is named in one `GuideError`.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator

from stepmark.annotate.faults import raw_faults, record_faults
from stepmark.annotate.files import read_raw, write_raw
from stepmark.annotate.step import Record, Step
from stepmark.errors import Fault, GuideError

__all__ = ["Guide", "parse_guide"]


class Guide(Record):
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
        if isinstance(name_or_path, Guide):
            return name_or_path
        return parse_guide(read_raw(name_or_path), str(name_or_path))

    def save(self, path: str | Path) -> Path:
        """Write the guide to `path` (``.yaml``, or ``.jsonl`` for spaCy's and Prodigy's patterns); returns the path."""
        named = {"name": self.name, "version": self.version, "language": self.language}
        return write_raw({**named, **self.model_dump(mode="json", exclude_defaults=True)}, Path(path))


def parse_guide(raw: Any, where: str) -> Guide:
    """The guide that a parsed file describes; GuideError names the step, the pattern and what is wrong, for all faults."""
    if not isinstance(raw, dict) or not isinstance(raw.get("steps"), list):
        found = f"a {type(raw).__name__}" if not isinstance(raw, dict) else "no list of 'steps'"
        raise GuideError(Fault(where, found, "a mapping with 'name' and 'steps'"))
    name = f"guide '{raw.get('name', where)}'"
    faults = raw_faults(raw, name)
    guide = None
    try:
        guide = Guide.model_validate(raw)
    except ValidationError as error:
        faults += record_faults(error.errors(), raw, name, faults)
    if guide is not None:
        from stepmark.annotate.context import rule_faults

        faults += rule_faults(guide.steps, name)
    if faults or guide is None:
        raise GuideError(faults)
    return guide
