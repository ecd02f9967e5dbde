"""The turns of a corpus, found fast by interaction, as plain values."""

from __future__ import annotations

import hashlib
from typing import Any

import pandas as pd

from stepmark.corpus import Corpus

__all__ = ["Transcripts", "text_hash"]


def text_hash(text: str) -> str:
    """A short hash of a turn's words; two turns with the same words have the same."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


class Transcripts:
    """The turns of a corpus by interaction."""

    def __init__(self, corpus: Corpus) -> None:
        self._turns = corpus.turns
        self._rows: Any = corpus.turns.groupby("interaction_id", sort=False).indices
        channels = corpus.interactions.set_index("interaction_id").get("channel")
        self._channels: Any = {} if channels is None else channels.dropna().to_dict()
        self._known: dict[str, dict[int, dict[str, Any]]] = {}

    def __contains__(self, interaction_id: object) -> bool:
        return interaction_id in self._rows

    def channel(self, interaction_id: str) -> str | None:
        """The channel of an interaction; None where unknown."""
        return self._channels.get(interaction_id)

    def frame(self, interaction_id: str) -> pd.DataFrame:
        """The rows of an interaction in the turns table."""
        return self._turns.iloc[self._rows[interaction_id]]

    def turns(self, interaction_id: str) -> list[dict[str, Any]]:
        """The turns of an interaction: `turn, speaker, text, start_s, end_s, pause_s`.

        Times are seconds from its first turn, the pause is that before the turn; None where unknown.
        """
        return list(self._by_number(interaction_id).values())

    def turn(self, interaction_id: str, turn: int) -> dict[str, Any] | None:
        """One turn; None where the corpus has none such."""
        if interaction_id not in self._rows:
            return None
        return self._by_number(interaction_id).get(turn)

    def holding(self, words: str) -> set[str]:
        """The interactions in which these words stand, in capitals or not."""
        turns = self._turns[self._turns["text"].str.contains(words, case=False, regex=False)]
        return set(turns["interaction_id"])

    def _by_number(self, interaction_id: str) -> dict[int, dict[str, Any]]:
        if interaction_id not in self._known:
            plain = _plain(self.frame(interaction_id).sort_values("turn"))
            self._known[interaction_id] = {said["turn"]: said for said in plain}
        return self._known[interaction_id]


def _plain(turns: pd.DataFrame) -> list[dict[str, Any]]:
    start, end = (_seconds(turns, name) for name in ("start", "end"))
    if start and start[0] is not None:
        first = start[0]
        start, end = ([None if s is None else s - first for s in column] for column in (start, end))
    plain = []
    for i, (turn, speaker, text) in enumerate(
        zip(turns["turn"], turns["speaker"], turns["text"], strict=True)
    ):
        before = None if i == 0 else (end[i - 1] if end[i - 1] is not None else start[i - 1])
        here = start[i]
        pause = None if before is None or here is None else here - before
        said = {"turn": int(turn), "speaker": str(speaker), "text": str(text)}
        plain.append({**said, "start_s": here, "end_s": end[i], "pause_s": pause})
    return plain


def _seconds(turns: pd.DataFrame, name: str) -> list[float | None]:
    """A column of times as seconds: since 1970 for timestamps, as they are otherwise."""
    if name not in turns:
        return [None] * len(turns)
    column = turns[name]
    if isinstance(column.dtype, pd.DatetimeTZDtype) or pd.api.types.is_datetime64_dtype(column.dtype):
        return [None if pd.isna(value) else value.timestamp() for value in column]
    return [None if pd.isna(value) else float(value) for value in column]
