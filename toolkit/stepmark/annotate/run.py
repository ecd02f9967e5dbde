"""From turns to the spans table: in this process, in several, or in somebody's cluster.

One pure function, :func:`annotate_batch`, takes a batch of turns to a batch of spans; interactions are never split.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

from stepmark.annotate.guide import Guide
from stepmark.annotate.marker import Marker, RawTurn

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from stepmark.annotate.model import Model
    from stepmark.corpus import Corpus

__all__ = ["annotate", "annotate_batch", "interactions_of", "span_columns", "warm_up"]

COLUMNS = ("interaction_id", "turn", "step", "start_char", "end_char", "text", "source", "guide")
#: How many turns a process is handed at a time.
BATCH_TURNS = 8_000

Interaction = tuple[str, Sequence[int], Sequence[RawTurn]]


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
        A second reader made by `learn`, or its file; the rules stand alone where none is given.

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
    guide = Guide.load(guide)
    reader = _reader(model, guide)
    interactions = list(interactions_of(corpus))
    if workers > 1:
        from stepmark.annotate.workers import annotate_in_processes

        columns = annotate_in_processes(interactions, guide, workers, progress, reader)
    else:
        columns = span_columns(_with_progress(interactions, progress), _marker(guide, reader))
    return _frame(columns, guide)


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
    return _frame(span_columns(interactions_of(turns), _marker(guide)), guide)


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


def _turns_of(corpus: Corpus | pd.DataFrame) -> pd.DataFrame:
    from stepmark.corpus import Corpus

    return corpus.turns if isinstance(corpus, Corpus) else corpus


def interactions_of(corpus: Corpus | pd.DataFrame) -> Iterator[Interaction]:
    """(interaction, turn numbers, turns) in the order of their ids."""
    turns = _turns_of(corpus)
    starts, ends = _seconds(turns, "start"), _seconds(turns, "end")
    rows = zip(
        turns["interaction_id"].tolist(),
        turns["turn"].tolist(),
        turns["speaker"].tolist(),
        turns["text"].tolist(),
        starts,
        ends,
        strict=True,
    )
    for interaction, group in groupby(sorted(rows, key=lambda row: row[:2]), key=lambda row: row[0]):
        held = list(group)
        yield interaction, [row[1] for row in held], [RawTurn(*row[2:]) for row in held]


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


def _with_progress(interactions: list[Interaction], progress: bool) -> Any:
    if not progress:
        return interactions
    from tqdm.auto import tqdm

    return tqdm(interactions, desc="annotate", unit=" interactions")


def span_columns(interactions: Any, marker: Marker) -> list[list[Any]]:
    """The columns of the spans of some interactions, all but the guide's, each as a list."""
    ids: list[str] = []
    numbers: list[int] = []
    steps: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    texts: list[str] = []
    sources: list[str] = []
    with _no_cycles():
        for interaction, places, turns in interactions:
            for number, turn, marks in zip(places, turns, marker.mark(turns), strict=True):
                for mark in marks:
                    ids.append(interaction)
                    numbers.append(number)
                    steps.append(mark.step)
                    starts.append(mark.start_char)
                    ends.append(mark.end_char)
                    texts.append(turn.text[mark.start_char : mark.end_char])
                    sources.append(mark.source)
    return [ids, numbers, steps, starts, ends, texts, sources]


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


def _frame(columns: list[list[Any]], guide: Guide) -> pd.DataFrame:
    import pandas as pd

    kinds = ("str", "int64", "str", "int64", "int64", "str", "str")
    data = {
        name: pd.Series(values, dtype=kind)
        for name, values, kind in zip(COLUMNS, columns, kinds, strict=False)
    }
    data["guide"] = pd.Series([str(guide)] * len(columns[0]), dtype="str")
    return pd.DataFrame(data)
