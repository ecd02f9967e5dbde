"""What a second reader is taught with: coded turns, what each counts, and on which of them no rule was written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stepmark.annotate.gold import CodedTurn, decisions_of
from stepmark.annotate.scores import coded_turns
from stepmark.annotate.step import Step
from stepmark.annotate.syntax import did_you_mean
from stepmark.errors import Fault, InputError

if TYPE_CHECKING:
    import pandas as pd

    from stepmark.corpus import Corpus

__all__ = ["Lessons", "decisions_on", "lessons_of"]


@dataclass(frozen=True, eq=False)
class Lessons:
    """Coded turns to learn from.

    Attributes
    ----------
    turns
        The coded turns.
    unseen
        For each, whether no rule was written on it.
    weights
        For each, how many times it counts.
    """

    turns: tuple[CodedTurn, ...]
    unseen: np.ndarray
    weights: np.ndarray

    @property
    def judged(self) -> np.ndarray:
        """Which turns judge rules and reader: those on which no rule was written; all, where there are none."""
        return self.unseen if self.unseen.any() else ~self.unseen


def lessons_of(
    gold: str | Path | Sequence[CodedTurn] | pd.DataFrame,
    unseen: str | Path | Sequence[CodedTurn] | None = None,
    weights: Mapping[str, float] | None = None,
    corpus: Corpus | pd.DataFrame | None = None,
) -> Lessons:
    """Coded turns, those on which no rule was written last; parameters as in `learn`.

    Raises
    ------
    stepmark.errors.InputError
        If a weight is not above 0, or for a source that no turn has.
    """
    seen = tuple(coded_turns(gold, corpus))
    further = () if unseen is None else tuple(coded_turns(unseen))
    turns, weights = seen + further, weights or {}
    if faults := _weight_faults(weights, {turn.source for turn in turns}):
        raise InputError(faults)
    return Lessons(
        turns,
        np.arange(len(turns)) >= len(seen),
        np.array([weights.get(turn.source, 1.0) for turn in turns], dtype=float),
    )


def decisions_on(turns: Sequence[CodedTurn], steps: Sequence[Step]) -> tuple[np.ndarray, np.ndarray]:
    """(coded, asked), turns x steps: whether people saw a step, and whether the speaker can show it and it was decided on."""
    coded, asked = decisions_of(turns, [step.id for step in steps])
    may = np.array([[step.speaker in ("any", turn.speaker) for step in steps] for turn in turns])
    return coded, asked & may


def _weight_faults(weights: Mapping[str, float], sources: set[str]) -> list[Fault]:
    """What is wrong with the weights of sources."""
    faults = [Fault(f"weight of '{name}'", str(x), "above 0") for name, x in weights.items() if not x > 0]
    unknown = sorted(set(weights) - sources)
    return faults + [
        Fault(f"weight of '{name}'", f"no coded turn has this source; {did_you_mean(name, sources)}")
        for name in unknown
    ]
