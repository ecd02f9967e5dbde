"""What do the cells of an export mean that say nothing, or that carry blanks around an id?"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from stepmark.corpus.outcome import Outcome

__all__ = ["blank_answers", "trim_ids"]

#: What survey tools write where nobody answered.
NO_ANSWER = frozenset({"n/a", "na", "n.a.", "nan", "null", "none", "-", "–", "--", "no answer"})
IDS = ("interaction_id", "agent_id")


def trim_ids(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The table with no blanks around its ids, so that " kim" and "kim" are one agent, and what was done, in words."""
    notes = []
    for name in (name for name in IDS if name in frame):
        trimmed = frame[name].map(lambda value: value.strip() if isinstance(value, str) else value)
        if n := int((trimmed.notna() & trimmed.ne(frame[name])).sum()):
            notes.append(f"blanks around {name} dropped in {n:,} row{'s' * (n > 1)}")
            frame = frame.assign(**{name: trimmed})
    return frame, notes


def blank_answers(frame: pd.DataFrame, outcomes: Iterable[Outcome]) -> tuple[pd.DataFrame, list[str]]:
    """The table with outcomes missing where the export says in words that nobody answered, and which words those were."""
    notes = []
    for name in (outcome.name for outcome in outcomes if outcome.name in frame):
        column = frame[name].astype(object)
        silent = column.map(lambda value: isinstance(value, str) and value.strip().lower() in NO_ANSWER)
        if silent.any():
            words = ", ".join(repr(word) for word in sorted(set(column[silent])))
            notes.append(f"{words} in '{name}' taken as no answer")
            frame = frame.assign(**{name: column.mask(silent.astype(bool), None)})
    return frame, notes
