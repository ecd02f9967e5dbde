"""Trying a second reader again, on coded turns that it was not trained on, for a guide that has changed since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepmark.annotate.card import Retrial, StepTrial
from stepmark.annotate.gold import CodedTurn
from stepmark.annotate.guide import Guide
from stepmark.annotate.model import Model, fingerprint
from stepmark.annotate.scores import Evaluation, coded_turns, plain_number, score_both
from stepmark.errors import Fault, InputError

if TYPE_CHECKING:
    import pandas as pd

    from stepmark.corpus import Corpus

__all__ = ["retry", "try_reader"]


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
        Where there is no coded turn, the reader is for another guide, or it reads with an encoder.
    """
    return retry(model, gold, guide, corpus=corpus)[0]


def retry(
    model: Model | str | Path,
    gold: str | Path | Sequence[CodedTurn] | pd.DataFrame | Corpus,
    guide: Guide | str | Path = "difficult-customers",
    *,
    corpus: Corpus | pd.DataFrame | None = None,
    seed: int = 0,
) -> tuple[Model, Evaluation, Evaluation]:
    """As `try_reader`, with the scores of the rules alone and of both, whose intervals are drawn with a seed."""
    model, guide = Model.load(model), Guide.load(guide)
    if fault := model.fault_with(guide) or _fault_of_company(model):
        raise InputError(fault)
    rules, both = score_both(coded_turns(gold, corpus), guide, model, seed=seed)
    rows = zip(rules.steps.to_dict("records"), both.steps.to_dict("records"), strict=True)
    retrial = Retrial(
        guide=str(guide),
        guide_fingerprint=fingerprint(guide),
        sources=both.sources,
        n_turns=both.n_turns,
        n_interactions=both.n_interactions,
        card=tuple(_line(alone, with_it, model.steps) for alone, with_it in rows),
        rules_micro_f1=plain_number(rules.micro_f1),
        micro_f1=plain_number(both.micro_f1),
    )
    return replace(model, retrial=retrial), rules, both


def _fault_of_company(model: Model) -> Fault | None:
    """What is wrong with trying a reader together with an encoder; None where it reads alone."""
    if model.encoder is None:
        return None
    return Fault(
        f"model '{model.name}'",
        "reads with an encoder",
        "the reader alone, in whose file the figures will stand",
    )


def _line(rules: dict[Any, Any], both: dict[Any, Any], on: Sequence[str]) -> StepTrial:
    """One step's line of a card, from two evaluations."""
    return StepTrial(
        step=both["step"],
        support=int(both["support"]),
        rules_precision=plain_number(rules["precision"]),
        rules_recall=plain_number(rules["recall"]),
        rules_f1=plain_number(rules["f1"]),
        precision=plain_number(both["precision"]),
        recall=plain_number(both["recall"]),
        f1=plain_number(both["f1"]),
        on=both["step"] in on,
    )
