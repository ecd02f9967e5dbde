"""Which tables there are, and what each of their columns means.

This is the one place that lists columns. Readers, validation, documentation and the card of a corpus all read it.
A missing value is missing (`pandas.NA`, `NaT`, `NaN`), never 0 or "".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["CHANNELS", "CODES", "INTERACTIONS", "SPANS", "SPEAKERS", "TURNS", "Column", "Table"]

SPEAKERS = ("agent", "customer", "other")
CHANNELS = ("chat", "phone", "email", "social", "messaging", "other")

Kind = Literal["str", "int", "float", "time", "choice"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name
        Its name.
    kind
        `str`, `int`, `float`, `time` (UTC timestamps, or seconds from the start where the source has only those)
        or `choice` (one of `choices`).
    doc
        What it holds, with unit and range.
    required
        Whether the table must have it.
    nullable
        Whether a value may be missing.
    choices
        For `choice`: the values allowed.
    """

    name: str
    kind: Kind
    doc: str
    required: bool = True
    nullable: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table of the toolkit: its name, its columns, and the columns that are unique together."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(column.name for column in self.columns)


INTERACTIONS = Table(
    "interactions",
    (
        Column("interaction_id", "str", "Names the interaction; unique."),
        Column("agent_id", "str", "Names the agent; missing where the source names none.", nullable=True),
        Column("channel", "choice", "How they met.", nullable=True, choices=CHANNELS),
    ),
    key=("interaction_id",),
)

TURNS = Table(
    "turns",
    (
        Column("interaction_id", "str", "The interaction it belongs to."),
        Column("turn", "int", "Its place in the interaction, from 0."),
        Column("speaker", "choice", "Who speaks.", choices=SPEAKERS),
        Column("text", "str", "The words; plain text, never HTML."),
        Column("start", "time", "When it began; missing where unknown.", required=False, nullable=True),
        Column("end", "time", "When it ended; missing where unknown.", required=False, nullable=True),
    ),
    key=("interaction_id", "turn"),
)

SPANS = Table(
    "spans",
    (
        Column("interaction_id", "str", "The interaction."),
        Column("turn", "int", "The turn within it."),
        Column("step", "str", "The id of a step, breach or signal of the guide."),
        Column("start_char", "int", "Where it begins in the turn's text, in code points."),
        Column("end_char", "int", "Where it ends; the character at this place is not included."),
        Column("text", "str", "The words of the span."),
        Column("source", "str", "`rule:<pattern id>`, `time`, `model:<name>` or `human:<coder>`."),
        Column("guide", "str", "Name and version of the guide, e.g. `difficult-customers 1.0`."),
    ),
    key=("interaction_id", "turn", "step", "start_char", "end_char", "source"),
)

CODES = Table(
    "codes",
    (
        Column("interaction_id", "str", "The interaction."),
        Column("turn", "int", "The turn within it."),
        Column("step", "str", "The id of the step decided on."),
        Column("coder", "str", "Who decided."),
        Column("decision", "choice", "Whether the turn shows the step.", choices=("yes", "no")),
        Column("decided_at", "time", "When; UTC.", required=False, nullable=True),
        Column(
            "probability",
            "float",
            "The chance with which this turn or interaction was drawn for coding, above 0, at most 1; 1 where all were.",
            required=False,
            nullable=True,
        ),
    ),
    key=("interaction_id", "turn", "step", "coder"),
)
