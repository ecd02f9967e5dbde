"""What an outcome is: its kind, its levels, and which end is good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from stepmark.errors import Fault, InputError

__all__ = ["Outcome", "OutcomeKind", "parse_outcome"]

OutcomeKind = Literal["binary", "ordinal", "continuous", "count"]


@dataclass(frozen=True)
class Outcome:
    """One outcome of an interaction, as `corpus.toml` declares it.

    Attributes
    ----------
    name
        Its column in the interactions table.
    kind
        `binary` (0/1), `ordinal` (one of `levels`), `continuous` or `count`.
    levels
        For ordinal outcomes, the levels from lowest to highest; empty for all others.
    good
        Which end is good: `high` or `low`.
    label
        What a reader of a report should call it; the name where none is given.
    """

    name: str
    kind: OutcomeKind
    levels: tuple[float, ...] = ()
    good: Literal["high", "low"] = "high"
    label: str = ""

    def __post_init__(self) -> None:
        where = f"outcome '{self.name}'"
        if self.kind not in get_args(OutcomeKind):
            raise InputError(Fault(where, f"kind {self.kind!r}", ", ".join(get_args(OutcomeKind))))
        if self.good not in ("high", "low"):
            raise InputError(Fault(where, f"good {self.good!r}", "'high' or 'low'"))
        if self.kind == "ordinal" and len(self.levels) < 2:
            raise InputError(
                Fault(where, f"levels {list(self.levels)!r}", "two or more levels, lowest first")
            )
        if self.kind != "ordinal" and self.levels:
            raise InputError(
                Fault(where, f"levels for a {self.kind} outcome", "levels only for an ordinal outcome")
            )

    @property
    def title(self) -> str:
        """What a reader should call it."""
        return self.label or self.name


def parse_outcome(text: str) -> Outcome:
    """The outcome that `NAME=KIND[:LEVELS][:low]` declares.

    Raises
    ------
    InputError
        Where it cannot be read so.

    Examples
    --------
    >>> parse_outcome("csat=ordinal:1,2,3")
    Outcome(name='csat', kind='ordinal', levels=(1.0, 2.0, 3.0), good='high', label='')
    >>> parse_outcome("effort=continuous:low").good
    'low'
    """
    name, equals, declared = text.partition("=")
    kind, *rest = declared.split(":")
    good = rest.pop() if rest and rest[-1] in ("high", "low") else "high"
    fault = Fault(f"outcome '{text}'", "cannot be read", "NAME=KIND, such as csat=ordinal:1,2,3,4,5")
    if not (name and equals and kind) or len(rest) > 1:
        raise InputError(fault)
    try:
        levels = tuple(float(level) for level in rest[0].split(",")) if rest else ()
    except ValueError:
        raise InputError(fault) from None
    return Outcome(name.strip(), kind.strip(), levels, good)  # type: ignore[arg-type]  # checked by Outcome itself
