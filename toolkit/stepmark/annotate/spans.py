"""The marks of some interactions as columns, and the columns as the spans table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stepmark.annotate.guide import Guide
from stepmark.annotate.interactions import Interaction
from stepmark.annotate.marker import Marker

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SpanColumns", "span_columns", "spans_table"]

COLUMNS = ("interaction_id", "turn", "step", "start_char", "end_char", "text", "source", "guide")

#: The columns of some spans, all but the guide's.
SpanColumns = list[list[Any]]


def span_columns(interactions: Iterable[Interaction], marker: Marker) -> SpanColumns:
    """The columns of the spans of some interactions."""
    held = list(interactions)
    marker.read_ahead(turn for _, _, turns in held for turn in turns)
    columns: SpanColumns = [[] for _ in COLUMNS[:-1]]
    ids, numbers, steps, starts, ends, texts, sources = columns
    for interaction, places, turns in held:
        for number, turn, marks in zip(places, turns, marker.mark(turns), strict=True):
            for mark in marks:
                ids.append(interaction)
                numbers.append(number)
                steps.append(mark.step)
                starts.append(mark.start_char)
                ends.append(mark.end_char)
                texts.append(turn.text[mark.start_char : mark.end_char])
                sources.append(mark.source)
    return columns


def spans_table(parts: Iterable[SpanColumns], guide: Guide) -> pd.DataFrame:
    """The spans table of some parts, in their order, with the guide that found them."""
    import pandas as pd

    columns: SpanColumns = [[] for _ in COLUMNS[:-1]]
    for part in parts:
        for column, more in zip(columns, part, strict=True):
            column.extend(more)
    columns.append([str(guide)] * len(columns[0]))
    kinds = ("str", "int64", "str", "int64", "int64", "str", "str", "str")
    return pd.DataFrame(
        {name: pd.Series(v, dtype=kind) for name, v, kind in zip(COLUMNS, columns, kinds, strict=True)}
    )
