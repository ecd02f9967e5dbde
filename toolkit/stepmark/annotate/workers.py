"""Sharing the work of annotation between processes. The result does not depend on how many there are."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, NamedTuple

from tqdm import TMonitor

from stepmark.annotate.guide import Guide
from stepmark.annotate.interactions import TurnColumns, interactions_in
from stepmark.annotate.marker import Marker
from stepmark.annotate.model import Model
from stepmark.annotate.spans import SpanColumns, span_columns

__all__ = ["annotate_in_processes"]


class _Held(NamedTuple):
    turns: TurnColumns
    marker: Marker


#: What a worker process works on and with; set once, when the process starts.
_held: list[_Held] = []


def annotate_in_processes(
    turns: TurnColumns, batches: Sequence[range], marker: Marker, workers: int
) -> Iterator[SpanColumns]:
    """The columns of the spans of each batch, in order, worked out by several processes.

    A process that starts as a copy of this one has turns and marker at once; any other is sent what it needs.
    """
    context = _processes(may_fork=marker.model is None or marker.model.encoder is None)
    ready = None
    if context.get_start_method() == "fork":
        marker.prepare()
        ready = marker
    with ProcessPoolExecutor(
        max_workers=max(1, min(workers, len(batches))),
        mp_context=context,
        initializer=_start,
        initargs=(turns, marker.guide, marker.model, ready),
    ) as pool:
        yield from pool.map(_work, batches)


def _processes(may_fork: bool) -> Any:
    """How processes start: as copies of this one where that is safe (not with PyTorch, which may hold locks), else from a fresh server."""
    methods = multiprocessing.get_all_start_methods()
    if may_fork and "fork" in methods and not _other_threads():
        return multiprocessing.get_context("fork")
    if "forkserver" not in methods:
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def _other_threads() -> list[threading.Thread]:
    """Threads that may hold a lock while this process is copied; that of a progress bar only looks at the clock."""
    main = threading.main_thread()
    return [
        thread for thread in threading.enumerate() if thread is not main and not isinstance(thread, TMonitor)
    ]


def _start(turns: TurnColumns, guide: Guide, model: Model | None, ready: Marker | None) -> None:
    _held.append(_Held(turns, ready or Marker(guide, model=model)))


def _work(rows: range) -> SpanColumns:
    turns, marker = _held[0]
    return span_columns(interactions_in(turns, rows), marker)
