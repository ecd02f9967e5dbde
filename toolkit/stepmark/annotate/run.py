"""From turns to the spans table: in this process, in several, or in somebody's cluster.

One pure function, :func:`annotate_batch`, takes a batch of turns to a batch of spans; interactions are never split.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from stepmark.annotate.guide import Guide
from stepmark.annotate.interactions import (
    BATCH_TURNS,
    TurnColumns,
    batches_of,
    interactions_in,
    interactions_of,
    turn_columns,
)
from stepmark.annotate.marker import Marker
from stepmark.annotate.spans import SpanColumns, span_columns, spans_table
from stepmark.annotate.workers import annotate_in_processes

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from stepmark.annotate.model import Model
    from stepmark.corpus import Corpus

__all__ = ["annotate", "annotate_batch", "warm_up"]

#: How many turns are handed to one of several processes at a time.
PORTION_TURNS = 4_000


def annotate(
    corpus: Corpus | pd.DataFrame,
    guide: Guide | str | Path = "difficult-customers",
    *,
    workers: int = 1,
    progress: bool = False,
    model: Model | str | Path | None = None,
) -> pd.DataFrame:
    """The spans in which a guide finds its steps.

    Parameters
    ----------
    corpus
        A `Corpus`, or a turns table.
    guide
        A guide, the name of a shipped one, or a path.
    workers
        How many processes share the work; the result does not depend on it.
    progress
        Whether to show a progress bar.
    model
        A second reader made by `learn`, its file, or the name of a shipped one; the rules stand alone where none is given.

    Returns
    -------
    pandas.DataFrame
        One row a span, columns as in `stepmark.corpus.tables.SPANS`, by interaction, turn and place.

    Examples
    --------
    >>> import pandas as pd
    >>> turns = pd.DataFrame({"interaction_id": ["a"], "turn": [0], "speaker": ["agent"], "text": ["So sorry about that."]})
    >>> annotate(turns)["step"].tolist()
    ['apologize']
    """
    from stepmark.corpus import expect_turns

    expect_turns(corpus, "annotate")
    guide = Guide.load(guide)
    reader = _reader(model, guide)
    with _no_cycles():
        turns = turn_columns(corpus)
        least = BATCH_TURNS if workers == 1 else PORTION_TURNS
        batches = batches_of(turns, least)
        if workers > 1:
            parts = annotate_in_processes(turns, batches, _marker(guide, reader), workers)
        else:
            parts = _annotate_here(turns, batches, _marker(guide, reader))
        return spans_table(_with_progress(parts, len(batches), least) if progress else parts, guide)


def warm_up(guide: Guide) -> None:
    """Make a guide ready in this process before it is first used; `annotate` does so by itself."""
    _marker(guide).prepare()


def annotate_batch(turns: pd.DataFrame, guide: Guide) -> pd.DataFrame:
    """The spans of a batch of whole interactions: pure and picklable, for Dask, Spark or any other scheduler.

    Parameters
    ----------
    turns
        A turns table; all turns of an interaction must be in the same batch.
    guide
        The guide. It is made ready once a process.
    """
    with _no_cycles():
        return spans_table([span_columns(interactions_of(turns), _marker(guide))], guide)


@lru_cache(maxsize=4)
def _marker_of(guide: _SameGuide) -> Marker:
    return Marker(guide.guide)


class _SameGuide:
    """A guide as the key of a cache: guides are equal where they are the same object."""

    def __init__(self, guide: Guide) -> None:
        self.guide = guide

    def __hash__(self) -> int:
        return hash(str(self.guide))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SameGuide) and (self.guide is other.guide or self.guide == other.guide)


def _marker(guide: Guide, model: Model | None = None) -> Marker:
    return _marker_of(_SameGuide(guide)) if model is None else Marker(guide, model=model)


def _reader(model: Model | str | Path | None, guide: Guide) -> Model | None:
    from stepmark.annotate.model import Model

    return None if model is None else Model.load(model).checked_for(guide)


def _annotate_here(turns: TurnColumns, batches: Iterable[range], marker: Marker) -> Iterator[SpanColumns]:
    for rows in batches:
        yield span_columns(interactions_in(turns, rows), marker)
    marker.forget()


def _with_progress(parts: Iterable[SpanColumns], total: int, turns: int) -> Iterable[SpanColumns]:
    from tqdm.auto import tqdm

    return tqdm(parts, total=total, desc="annotate", unit=f" × {turns:,} turns")


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Without the search for cyclic garbage, which takes a third of the time: marking makes no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
