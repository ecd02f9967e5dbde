"""Which turns does each interaction of a turns table have, and how is a table cut for several processes?

Interactions are never cut. Columns are plain lists: the quickest to slice, to go through and to send.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from stepmark.annotate.marker import Marker, RawTurn, make_turn
from stepmark.annotate.reading import Mark

if TYPE_CHECKING:
    import pandas as pd

    from stepmark.corpus import Corpus

__all__ = [
    "Interaction",
    "TurnColumns",
    "batches_of",
    "interactions_in",
    "interactions_of",
    "marked_interactions",
    "turn_columns",
]

#: How many turns are read at a time.
BATCH_TURNS = 12_000

Interaction = tuple[str, Sequence[int], Sequence[RawTurn]]


class TurnColumns(NamedTuple):
    """Turns by interaction and number, column by column; times in seconds, None where unknown."""

    interactions: list[str]
    numbers: list[int]
    speakers: list[str]
    texts: list[str]
    starts: list[float | None]
    ends: list[float | None]


def turn_columns(corpus: Corpus | pd.DataFrame) -> TurnColumns:
    """The turns of a corpus, or of a turns table, in order."""
    import pandas as pd

    turns = corpus if isinstance(corpus, pd.DataFrame) else corpus.turns
    columns = TurnColumns(
        turns["interaction_id"].tolist(),
        turns["turn"].tolist(),
        turns["speaker"].tolist(),
        turns["text"].tolist(),
        _seconds(turns, "start"),
        _seconds(turns, "end"),
    )
    keys = list(zip(columns.interactions, columns.numbers, strict=True))
    if keys == sorted(keys):
        return columns
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return TurnColumns._make([column[row] for row in order] for column in columns)


def interactions_of(corpus: Corpus | pd.DataFrame) -> Iterator[Interaction]:
    """(interaction, turn numbers, turns) in the order of their ids."""
    columns = turn_columns(corpus)
    return interactions_in(columns, range(len(columns.texts)))


def interactions_in(columns: TurnColumns, rows: range) -> Iterator[Interaction]:
    """(interaction, turn numbers, turns) of some rows, which hold whole interactions."""
    own = slice(rows.start, rows.stop)
    turns = list(map(make_turn, zip(*(column[own] for column in columns[2:]), strict=True)))
    numbers = columns.numbers[own]
    for first, last in pairwise(_bounds(columns.interactions[own])):
        yield columns.interactions[rows.start + first], numbers[first:last], turns[first:last]


def marked_interactions(
    corpus: Corpus | pd.DataFrame, *markers: Marker
) -> Iterator[tuple[Interaction, list[list[list[Mark]]]]]:
    """Each interaction with every pattern's marks of its turns, by each marker; many turns are read at a time."""
    columns = turn_columns(corpus)
    for rows in batches_of(columns, BATCH_TURNS):
        held = list(interactions_in(columns, rows))
        for marker in markers:
            marker.read_ahead(turn for _, _, turns in held for turn in turns)
        for interaction in held:
            yield interaction, [marker.mark_all(interaction[2]) for marker in markers]


def batches_of(columns: TurnColumns, least: int) -> list[range]:
    """Rows of whole interactions, of at least so many turns but for the last."""
    batches, first = [], 0
    bounds = _bounds(columns.interactions)
    for bound in bounds:
        if bound - first >= least or bound == bounds[-1] > first:
            batches.append(range(first, bound))
            first = bound
    return batches


def _bounds(interactions: list[str]) -> list[int]:
    """Where each interaction begins, and where the last ends."""
    begins = [row for row, (a, b) in enumerate(pairwise(interactions), 1) if a != b]
    return [0, *begins, len(interactions)] if interactions else []


def _seconds(turns: pd.DataFrame, name: str) -> list[float | None]:
    """A time column in seconds, None where missing or absent."""
    if name not in turns.columns:
        return [None] * len(turns)
    column = turns[name]
    if column.dtype.kind == "M" or hasattr(column.dtype, "tz"):
        values = column.astype(
            "datetime64[ns, UTC]" if getattr(column.dtype, "tz", None) else "datetime64[ns]"
        )
        seconds = values.astype("int64") / 1e9
    else:
        seconds = column.astype("float64")
    missing = column.isna()
    return [None if gone else value for value, gone in zip(seconds.tolist(), missing.tolist(), strict=True)]
