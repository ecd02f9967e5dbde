"""What the rules propose for the turns of an interaction: read from given spans, or marked when first asked for."""

from __future__ import annotations

from typing import Any

import pandas as pd

from stepmark.review.marks import Spans

__all__ = ["Suggestions"]


class Suggestions:
    """The rules' marks, by interaction and turn.

    Parameters
    ----------
    turns
        The turns of the corpus.
    guide
        Marks the turns where no spans are given.
    spans
        Spans that were made before; None to mark each interaction when it is first looked at.
    """

    def __init__(self, turns: Any, guide: Any, spans: pd.DataFrame | None) -> None:
        self._turns, self._guide, self._spans = turns, guide, spans
        self._rows = spans.groupby("interaction_id", sort=False).indices if spans is not None else {}
        self._known: dict[str, dict[int, dict[str, Spans]]] = {}

    def of(self, interaction_id: str, turn: int) -> dict[str, Spans]:
        """The steps marked in a turn, each with its spans."""
        if interaction_id not in self._known:
            self._known[interaction_id] = self._look_up(interaction_id)
        return self._known[interaction_id].get(turn, {})

    def _look_up(self, interaction_id: str) -> dict[int, dict[str, Spans]]:
        if self._spans is None:
            from stepmark.annotate import annotate

            marked = annotate(self._turns.frame(interaction_id), self._guide)
        else:
            marked = self._spans.iloc[self._rows.get(interaction_id, [])]
        found: dict[int, dict[str, Spans]] = {}
        columns = ["turn", "step", "start_char", "end_char"]
        for turn, step, start, end in marked[columns].itertuples(index=False):
            spans = found.setdefault(int(turn), {}).setdefault(step, ())
            if not (pd.isna(start) or pd.isna(end)) and (int(start), int(end)) not in spans:
                found[int(turn)][step] = tuple(sorted((*spans, (int(start), int(end)))))
        return found
