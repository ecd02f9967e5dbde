"""How what people agreed on becomes part of a guide: as examples, which are the guide's tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from stepmark.annotate import Guide, Step
from stepmark.corpus import Corpus
from stepmark.review.adjudication import gold_codes
from stepmark.review.transcript import Transcripts

__all__ = ["add_examples"]


def add_examples(
    guide: Guide,
    codes: pd.DataFrame,
    corpus: Corpus,
    *,
    steps: Iterable[str] | None = None,
    per_step: int = 5,
    n_context: int = 2,
) -> Guide:
    """A new guide with turns that coders agree on among its examples.

    Parameters
    ----------
    guide
        The guide; left as it is.
    codes
        Decisions of coders, or a gold layer; turns on which coders differ are left out.
    corpus
        The corpus that they are about. Give a redacted one: examples are stored in the guide's file, words and all.
    steps
        Ids of the steps to add to; all where None.
    per_step
        How many examples of each side to add to a step at most, in the order of the corpus. A turn that
        does not show a step becomes an example only where the rules mark it (`suggested`): the others teach nothing.
    n_context
        How many turns before go along.

    Returns
    -------
    Guide
        Examples that the guide has already, by their words, are not added again.
    """
    wanted = set(steps) if steps is not None else {step.id for step in guide.steps}
    agreed = gold_codes(codes, open_disputes="leave_out")
    agreed = _with_suggestions(agreed[agreed["step"].isin(wanted)], codes)
    transcripts = Transcripts(corpus)
    extended = []
    for step in guide.steps:
        mine = agreed[agreed["step"] == step.id]
        yes = _new_examples(mine[mine["decision"] == "yes"], transcripts, step, per_step, n_context)
        wrong = mine[(mine["decision"] == "no") & mine["suggested"]]
        no = _new_examples(wrong, transcripts, step, per_step, n_context)
        extended.append(_extended(step, yes, no))
    return Guide.model_validate({**guide.model_dump(), "steps": [step.model_dump() for step in extended]})


def _with_suggestions(agreed: pd.DataFrame, codes: pd.DataFrame) -> pd.DataFrame:
    """With a column `suggested`: whether the rules marked the step when it was decided."""
    if "suggested" not in codes:
        return agreed.assign(suggested=False)
    marked = codes[codes["suggested"].fillna(False).astype(bool)]
    keys = ["interaction_id", "turn", "step"]
    known = pd.MultiIndex.from_frame(marked[keys])
    return agreed.assign(suggested=pd.MultiIndex.from_frame(agreed[keys]).isin(known))


def _new_examples(
    chosen: pd.DataFrame, transcripts: Transcripts, step: Step, per_step: int, n_context: int
) -> list[dict[str, Any]]:
    known = {example.text for example in (*step.examples.yes, *step.examples.no)}
    found: list[dict[str, Any]] = []
    for interaction_id, turn in zip(chosen["interaction_id"], chosen["turn"], strict=True):
        said = transcripts.turn(interaction_id, turn)
        if said is None or said["text"] in known or len(found) == per_step:
            continue
        known.add(said["text"])
        before = [other for other in transcripts.turns(interaction_id) if other["turn"] < turn][-n_context:]
        context = [{"speaker": other["speaker"], "text": other["text"]} for other in before if n_context]
        found.append({"text": said["text"], "context": context})
    return found


def _extended(step: Step, yes: list[dict[str, Any]], no: list[dict[str, Any]]) -> Step:
    if not (yes or no):
        return step
    examples = step.examples.model_dump()
    both = {"yes": [*examples["yes"], *yes], "no": [*examples["no"], *no]}
    return Step.model_validate({**step.model_dump(), "examples": both})
