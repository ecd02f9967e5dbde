"""What can be wrong with what a person hands us, and how we say it.

Every error that a user can cause is a :class:`StepmarkError`. The command line prints its text and exits with
status 1; in a notebook it is an ordinary exception whose text says where, what was found, what was expected and
what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "CodingError",
    "Fault",
    "GuideError",
    "InputError",
    "PlanError",
    "StepmarkError",
    "StudyError",
    "expected_of",
]

#: How many faults a message spells out before it only counts the rest.
FAULTS_SHOWN = 20


class StepmarkError(Exception):
    """Anything that a user can cause and mend."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong at one place.

    Attributes
    ----------
    where
        File, line or row, column, or the name of a step, pattern or plan entry.
    found
        What stands there, as the user wrote it.
    expected
        What should stand there.
    advice
        What to do about it; empty where `expected` says it all.
    """

    where: str
    found: str
    expected: str = ""
    advice: str = ""

    def __str__(self) -> str:
        expected = f"; expected {self.expected}" if self.expected else ""
        advice = f" {self.advice}" if self.advice else ""
        stop = "" if (self.found + expected).endswith("?") else "."
        return f"{self.where}: {self.found}{expected}{stop}{advice}"


def expected_of(detail: Mapping[str, Any]) -> str:
    """What pydantic expected in a place, in our words; `detail` is one of the `errors()` of its ValidationError.

    Examples
    --------
    >>> expected_of({"type": "tuple_type", "loc": ("steps",), "msg": "Input should be a valid tuple"})
    'a list of steps'
    """
    if detail["type"] == "literal_error":
        return str(detail["ctx"]["expected"])
    if detail["type"] in ("tuple_type", "list_type"):
        last = detail["loc"][-1] if detail["loc"] else 0
        return f"a list of {last}" if isinstance(last, str) else "a list"
    if detail["type"] == "too_short":
        return f"at least {detail['ctx']['min_length']}"
    said = str(detail["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    return f"a value {said}" if said.startswith(("greater", "less")) else said


class InputError(StepmarkError):
    """One or more faults in data that enter, all reported at once.

    Attributes
    ----------
    faults
        Every fault found, in file order.
    """

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
        shown = [str(fault) for fault in self.faults[:FAULTS_SHOWN]]
        if (rest := len(self.faults) - FAULTS_SHOWN) > 0:
            shown.append(f"… and {rest} more faults like these.")
        super().__init__("\n".join(shown))

    def __reduce__(self) -> tuple[type, tuple[tuple[Fault, ...]]]:
        return type(self), (self.faults,)


class GuideError(InputError):
    """Faults in a guide file: the guide, the step, the pattern, and what is wrong with it."""


class PlanError(InputError):
    """Faults in a study plan, or a plan that asks for columns the table does not have."""


class StudyError(InputError):
    """Data from which the estimate that was asked for cannot be had."""


class CodingError(InputError):
    """A coding session or its store cannot do what was asked, and nothing was changed."""
