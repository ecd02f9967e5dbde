"""Trying a second reader again, on coded turns that it was not trained on, for a guide that has changed since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepmark.annotate.gold import CodedTurn
from stepmark.annotate.guide import Guide
from stepmark.annotate.marker import Marker
from stepmark.annotate.model import Model, Retrial, StepTrial, fingerprint
from stepmark.annotate.scores import coded_turns, score, steps_marked
from stepmark.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from stepmark.corpus import Corpus

__all__ = ["try_reader"]


def try_reader(
    model: Model | str | Path,
    gold: str | Path | Sequence[CodedTurn] | pd.DataFrame | Corpus,
    guide: Guide | str | Path = "difficult-customers",
    *,
    corpus: Corpus | pd.DataFrame | None = None,
) -> Model:
    """Try a second reader with a guide whose patterns have changed since it was trained, without training it again.

    Parameters
    ----------
    model
        A reader made by `learn`, its file, or the name of a shipped one.
    gold
        Coded turns that it was **not** trained on, in the forms that `evaluate` takes.
    guide
        The guide as it is now.
    corpus
        The corpus that a codes table belongs to.

    Returns
    -------
    Model
        The same reader with the trial in `retrial`; one that it had before is replaced. It decides on the same steps as
        before, also where the trial speaks against it: which steps it decides on is learnt, not tested.

    Raises
    ------
    stepmark.errors.InputError
        Where there is no coded turn, or the reader is for another guide.
    """
    model, guide = Model.load(model), Guide.load(guide)
    if fault := model.fault_with(guide):
        raise InputError(fault)
    turns = coded_turns(gold, corpus)
    alone, both = (
        score(turns, steps_marked(turns, Marker(guide, model=reader)), guide) for reader in (None, model)
    )
    rows = zip(alone.steps.to_dict("records"), both.steps.to_dict("records"), strict=True)
    return replace(
        model,
        retrial=Retrial(
            guide=str(guide),
            guide_fingerprint=fingerprint(guide),
            sources=dict(sorted(Counter(turn.source for turn in turns).items())),
            n_turns=both.n_turns,
            n_interactions=both.n_interactions,
            card=tuple(_line(rules, with_it, model.steps) for rules, with_it in rows),
            rules_micro_f1=_known(alone.micro_f1),
            micro_f1=_known(both.micro_f1),
        ),
    )


def _line(rules: dict[Any, Any], both: dict[Any, Any], on: Sequence[str]) -> StepTrial:
    """One step's line of a card, from two evaluations."""
    return StepTrial(
        step=both["step"],
        support=int(both["support"]),
        rules_precision=_known(rules["precision"]),
        rules_recall=_known(rules["recall"]),
        rules_f1=_known(rules["f1"]),
        precision=_known(both["precision"]),
        recall=_known(both["recall"]),
        f1=_known(both["f1"]),
        on=both["step"] in on,
    )


def _known(value: float) -> float | None:
    return None if value != value else float(value)
