"""What would one more pattern do? Tried on a corpus and on coded turns, before it enters a guide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from stepmark.annotate.gold import CodedTurn
from stepmark.annotate.guide import Guide, parse_guide
from stepmark.annotate.interactions import marked_interactions
from stepmark.annotate.marker import Marker
from stepmark.annotate.scores import mark_gold, read_ahead, score
from stepmark.annotate.step import Step
from stepmark.annotate.syntax import did_you_mean
from stepmark.annotate.tuning import guide_diff
from stepmark.errors import Fault, GuideError

if TYPE_CHECKING:
    import pandas as pd

    from stepmark.corpus import Corpus

__all__ = ["PatternTrial", "PatternTrials", "try_pattern"]

#: What the pattern on trial is called, after its step.
ON_TRIAL = "on-trial"


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


class PatternTrials:
    """Tries patterns one after the other on the same text; what does not hang on the pattern is found out once.

    A pattern changes no interaction in which it does not match, so only those in which it does are marked again.

    Parameters
    ----------
    guide
        The guide as it is.
    corpus
        Text on which to see what a pattern newly marks, or newly drops.
    gold
        Coded turns on which to see what that does to precision.
    """

    def __init__(self, guide: Guide, corpus: Corpus | pd.DataFrame, gold: Sequence[CodedTurn]) -> None:
        import pandas as pd

        self.guide = guide
        self.gold = gold
        self._turns = corpus if isinstance(corpus, pd.DataFrame) else corpus.turns

    @cached_property
    def _before(self) -> list[frozenset[str]]:
        """The steps that the guide marks in each coded turn."""
        return mark_gold(self.gold, self.guide)

    def try_pattern(
        self, pattern: Sequence[dict[str, Any]], step: str, *, veto: bool = False
    ) -> PatternTrial:
        """Try a token pattern for a step; parameters and errors as in `try_pattern`."""
        changed = _with_pattern(self.guide, step, pattern, veto=veto)
        alone = _alone(changed, step, veto=veto)
        touched = self._turns[self._turns["interaction_id"].isin(_matched(alone, self._turns))]
        changes = guide_diff(self.guide, changed, touched)
        own = changes[changes["step"] == step].reset_index(drop=True)
        return PatternTrial(
            own, self._scores(self._before, step), self._scores(self._after(changed, alone), step)
        )

    def _after(self, changed: Guide, alone: Marker) -> list[frozenset[str]]:
        """The steps that the changed guide marks in each coded turn."""
        touched = [
            at for at, (_, said) in enumerate(read_ahead(self.gold, alone)) if any(alone.mark_all(said))
        ]
        marked = list(self._before)
        for at, found in zip(touched, mark_gold([self.gold[at] for at in touched], changed), strict=True):
            marked[at] = found
        return marked

    def _scores(self, marked: Sequence[frozenset[str]], step: str) -> dict[str, float]:
        found = score(self.gold, marked, _only(self.guide, self.guide.step(step))).steps.iloc[0]
        return {name: float(found[name]) for name in ("precision", "recall", "f1")}


def try_pattern(
    pattern: Sequence[dict[str, Any]],
    step: str,
    guide: Guide,
    corpus: Corpus | pd.DataFrame,
    gold: Sequence[CodedTurn],
    *,
    veto: bool = False,
) -> PatternTrial:
    """Try a token pattern for a step; to try several, make `PatternTrials` once.

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
        If the pattern has faults, or the guide has no such step.
    """
    return PatternTrials(guide, corpus, gold).try_pattern(pattern, step, veto=veto)


def _with_pattern(guide: Guide, step: str, pattern: Sequence[dict[str, Any]], *, veto: bool) -> Guide:
    """The guide with one more pattern, checked as if it were read from a file."""
    known = [each.id for each in guide.steps]
    if step not in known:
        raise GuideError(Fault(f"guide '{guide.name}'", f"'{step}' is no step; {did_you_mean(step, known)}"))
    raw = guide.model_dump(mode="json")
    entry = {"id": f"{step}-{ON_TRIAL}", "pattern": pattern}
    for held in raw["steps"]:
        if held["id"] == step:
            held["unless" if veto else "patterns"].append(entry)
    return parse_guide(raw, guide.name)


def _alone(changed: Guide, step: str, *, veto: bool) -> Marker:
    """What marks the turns in which the pattern on trial matches, whatever else the guide holds."""
    own = changed.step(step)
    entry = (own.unless if veto else own.patterns)[-1]
    return Marker(_only(changed, Step(id=own.id, speaker=own.speaker, patterns=(entry,))))


def _only(guide: Guide, step: Step) -> Guide:
    """A guide of one step, in a guide's language."""
    return Guide(name=guide.name, language=guide.language, steps=(step,))


def _matched(alone: Marker, turns: pd.DataFrame) -> list[str]:
    """The interactions in which the pattern on trial matches."""
    return [name for (name, _, _), (marks,) in marked_interactions(turns, alone) if any(marks)]
