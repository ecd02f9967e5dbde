"""Sharing the work of annotation between processes. The result does not depend on how many there are."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from stepmark.annotate.guide import Guide
from stepmark.annotate.marker import Marker
from stepmark.annotate.model import Model

__all__ = ["annotate_in_processes"]

#: The marker of a worker process, made once when the process starts.
_held: dict[str, Marker] = {}


def annotate_in_processes(
    interactions: list[Any], guide: Guide, workers: int, progress: bool, model: Model | None = None
) -> list[list[Any]]:
    """The columns of the spans table, in the order of the interactions, worked out by several processes."""
    batches = list(_batches(interactions))
    with ProcessPoolExecutor(
        max_workers=min(workers, max(1, len(batches))),
        mp_context=_processes(),
        initializer=_start,
        initargs=(guide, model),
    ) as pool:
        results: Any = pool.map(_work, batches)
        if progress:
            from tqdm.auto import tqdm

            results = tqdm(results, total=len(batches), desc="annotate", unit=" batches")
        columns: list[list[Any]] = [[] for _ in range(7)]
        for result in results:
            for column, part in zip(columns, result, strict=True):
                column.extend(part)
    return columns


def _processes() -> Any:
    """How processes start: as copies of this one where that is safe, else from a fresh server."""
    methods = multiprocessing.get_all_start_methods()
    if "fork" in methods and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")


def _start(guide: Guide, model: Model | None) -> None:
    _held["marker"] = Marker(guide, model=model)


def _work(batch: list[Any]) -> list[list[Any]]:
    from stepmark.annotate.run import span_columns

    return span_columns(batch, _held["marker"])


def _batches(interactions: list[Any]) -> Iterator[list[Any]]:
    """Runs of whole interactions of some thousand turns each."""
    from stepmark.annotate.run import BATCH_TURNS

    batch: list[Any] = []
    size = 0
    for interaction in interactions:
        batch.append(interaction)
        size += len(interaction[2])
        if size >= BATCH_TURNS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
