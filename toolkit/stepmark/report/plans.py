"""Which study a report makes where nobody has written a plan.

A plan of one's own says more. This one asks of every outcome what goes with it, among interactions alike in what was
known before the agent's first reply.
"""

from __future__ import annotations

import pandas as pd

from stepmark.annotate import Guide
from stepmark.corpus import Corpus, Outcome
from stepmark.study import Plan
from stepmark.study.plan import CLOSING_STEPS

__all__ = ["KNOWN_BEFORE", "default_plan"]

#: Columns of an interactions table that are, by their names, known before anybody speaks.
KNOWN_BEFORE = (
    "issue",
    "topic",
    "reason",
    "product",
    "industry",
    "domains",
    "queue_minutes",
    "prior_contacts",
)
#: A step enters where it is used, and not used, in so many interactions that answered.
FEWEST_USES = 15
#: An outcome is studied where so many answered, and a control of words has at most so many values.
FEWEST_ANSWERS, MOST_LEVELS = 50, 12


def default_plan(corpus: Corpus, table: pd.DataFrame, guide: Guide) -> Plan | None:
    """The study that a report makes of a corpus without a plan.

    Parameters
    ----------
    corpus
        Whose outcomes are studied, in its order; those with fewer than 50 answers are not.
    table
        Its measures.
    guide
        With which it was measured. Its steps and breaches enter where they are used, and not used, in at least 15
        interactions with an answer to the first outcome; those of the closing stage never do.

    Returns
    -------
    Plan or None
        None where there is no outcome, or no step, to study.
    """
    outcomes = [outcome for outcome in corpus.outcomes if _enough(table, outcome)]
    if not outcomes:
        return None
    answered = table[table[outcomes[0].name].notna()]
    steps = [step for step in _agent_steps(guide) if _varies(answered[f"{step}_used"])]
    if not steps:
        return None
    return Plan(
        title=f"What goes with {outcomes[0].title}",
        outcomes=[_outcome(outcome) for outcome in outcomes],
        steps=[{"name": step, "measure": "used"} for step in steps],
        controls=_controls(answered, guide),
    )


def _enough(table: pd.DataFrame, outcome: Outcome) -> bool:
    """Whether enough answered, and not all the same."""
    answers = table[outcome.name].dropna()
    fewest = min(answers.eq(1).sum(), answers.eq(0).sum()) if outcome.kind == "binary" else answers.nunique()
    return len(answers) >= FEWEST_ANSWERS and fewest >= (FEWEST_USES if outcome.kind == "binary" else 2)


def _outcome(outcome: Outcome) -> dict[str, object]:
    entry: dict[str, object] = {"name": outcome.name, "kind": outcome.kind, "good": outcome.good}
    return entry | ({"levels": outcome.levels} if outcome.kind == "ordinal" else {})


def _agent_steps(guide: Guide) -> list[str]:
    return [step.id for step in guide.steps if step.kind != "signal" and step.id not in CLOSING_STEPS]


def _varies(used: pd.Series) -> bool:
    known = used.dropna().astype(bool)
    return bool(min(known.sum(), (~known).sum()) >= FEWEST_USES) and len(known) == len(used)


def _controls(answered: pd.DataFrame, guide: Guide) -> list[str]:
    """The customer's state before the first reply, how they met, and what the corpus says of the case."""
    signals = [f"{step.id}_before" for step in guide.steps if step.kind == "signal"]
    controls = [name for name in signals if _varies(answered[name])]
    if answered["opening_words"].std() > 0:
        controls.append("opening_words")
    for name in ("channel", *KNOWN_BEFORE):
        if name in answered and answered[name].notna().all() and _usable(answered[name]):
            controls.append(name)
    return controls


def _usable(values: pd.Series) -> bool:
    """Numbers that vary, or words with a few values that each come often enough."""
    if pd.api.types.is_numeric_dtype(values):
        return bool(values.std() > 0)
    counts = values.value_counts()
    return 2 <= len(counts) <= MOST_LEVELS and int(counts.min()) >= 5
