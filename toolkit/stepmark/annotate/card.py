"""The card of what was learnt: how right it is on each step, on interactions that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["EncoderTrial", "Retrial", "StepTrial", "card_of"]


@dataclass(frozen=True)
class StepTrial:
    """What was found for one step on interactions that the reader was not trained on: a line of the model's card.

    Attributes
    ----------
    step
        The step.
    support
        How many of the turns that judge show it.
    rules_precision, rules_recall, rules_f1
        The rules alone, less, on turns that rules were written on, the marks of patterns that mark no other coded
        interactions; None where undefined.
    precision, recall, f1
        Rules and reader together; None where undefined, or not tried for want of support.
    on
        Whether the reader decides on this step.
    """

    step: str
    support: int
    rules_precision: float | None
    rules_recall: float | None
    rules_f1: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    on: bool


@dataclass(frozen=True)
class Retrial:
    """What was found later, for a guide whose patterns have changed since the training (`try_reader`).

    Attributes
    ----------
    guide, guide_fingerprint
        Name and version of that guide, and a hash of what decides on its marks.
    sources
        How many coded turns of each source it was tried on; it was trained on none of them.
    n_turns, n_interactions
        What the figures rest on.
    card
        What was found for every step of the guide; every mark of the rules counts.
    rules_micro_f1, micro_f1
        Over all steps: the rules alone, and with the reader; None where undefined.
    """

    guide: str
    guide_fingerprint: str
    sources: dict[str, int]
    n_turns: int
    n_interactions: int
    card: tuple[StepTrial, ...]
    rules_micro_f1: float | None
    micro_f1: float | None


@dataclass(frozen=True)
class EncoderTrial:
    """How right an encoder alone is on a step, in interactions that were kept from its training; None where undefined."""

    step: str
    support: int
    precision: float | None
    recall: float | None
    f1: float | None


def card_of(lines: Sequence[dict[str, Any]]) -> tuple[StepTrial, ...]:
    """The lines of a second reader's card as its file holds them."""
    return tuple(StepTrial(**line) for line in lines)
