"""What would one more pattern do? Tried on a corpus and on coded turns, before it enters a guide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stepmark.annotate.gold import CodedTurn
from stepmark.annotate.guide import Guide, parse_guide
from stepmark.annotate.scores import evaluate
from stepmark.annotate.tuning import guide_diff

if TYPE_CHECKING:
    import pandas as pd

    from stepmark.corpus import Corpus

__all__ = ["PatternTrial", "try_pattern"]


@dataclass(frozen=True, eq=False)
class PatternTrial:
    """What a pattern changes.

    Attributes
    ----------
    changes
        One row a turn that becomes marked or is no longer; columns as in `guide_diff`.
    before, after
        Precision, recall and F1 of the step on the coded turns, each 0 to 1 or missing, without and with the pattern.
    """

    changes: pd.DataFrame
    before: dict[str, float]
    after: dict[str, float]


def try_pattern(
    pattern: Sequence[dict[str, Any]],
    step: str,
    guide: Guide,
    corpus: Corpus | pd.DataFrame,
    gold: Sequence[CodedTurn],
    *,
    veto: bool = False,
) -> PatternTrial:
    """Try a token pattern for a step.

    Parameters
    ----------
    pattern
        A token pattern, as for spaCy's `Matcher`.
    step
        The step that it should find.
    guide
        The guide as it is.
    corpus
        Text on which to see what it newly marks, or newly drops.
    gold
        Coded turns on which to see what that does to precision.
    veto
        Whether it should take marks away (where it overlaps them) in place of making them.

    Raises
    ------
    stepmark.errors.GuideError
        If the pattern has faults.
    """
    changed = _with_pattern(guide, step, pattern, veto=veto)
    before, after = (_scores(gold, each, step) for each in (guide, changed))
    changes = guide_diff(guide, changed, corpus)
    return PatternTrial(changes[changes["step"] == step].reset_index(drop=True), before, after)


def _with_pattern(guide: Guide, step: str, pattern: Sequence[dict[str, Any]], *, veto: bool) -> Guide:
    """The guide with one more pattern, checked as if it were read from a file."""
    raw = guide.model_dump(mode="json")
    entry = {"id": f"{step}-on-trial", "pattern": list(pattern)}
    for held in raw["steps"]:
        if held["id"] == step:
            held["unless" if veto else "patterns"].append(entry)
    return parse_guide(raw, guide.name)


def _scores(gold: Sequence[CodedTurn], guide: Guide, step: str) -> dict[str, float]:
    scores = evaluate(gold, guide).steps.set_index("step")
    return {name: float(scores[name][step]) for name in ("precision", "recall", "f1")}
