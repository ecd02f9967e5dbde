"""Which steps of a guide a session asks about."""

from __future__ import annotations

from typing import Any

from stepmark.errors import CodingError, Fault

__all__ = ["coded_steps", "loaded"]


def loaded(guide: Any) -> Any:
    """The guide itself, loaded where its name or path is given."""
    if not isinstance(guide, str):
        return guide
    from stepmark.annotate import Guide

    return Guide.load(guide)


def coded_steps(guide: Any, wanted: list[str] | None, one: str | None) -> list[Any]:
    """The steps to code, in the guide's order.

    Parameters
    ----------
    guide
        The guide.
    wanted
        Ids of the steps asked for; all that people can tell from words where None.
    one
        The only step asked about, where one step is verified.

    Raises
    ------
    CodingError
        Where the guide lacks one of them; all are named.
    """
    known = {step.id: step for step in guide.steps}
    asked = [one] if one is not None else wanted
    if asked is None:
        return [step for step in known.values() if _told_from_words(step)]
    faults = [
        Fault("step", repr(name), f"one of the guide {guide}: {', '.join(known)}")
        for name in asked
        if name not in known
    ]
    if faults:
        raise CodingError(faults)
    return [step for name, step in known.items() if name in asked]


def _told_from_words(step: Any) -> bool:
    """Whether people can see the step in the words; one that rules find by time alone has no patterns."""
    return bool(getattr(step, "patterns", True)) or not getattr(step, "context", ())
