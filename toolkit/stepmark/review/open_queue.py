"""How a session finds its queue again, or has it made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from stepmark.corpus import Corpus
from stepmark.errors import CodingError, Fault
from stepmark.review.queue import CodingQueue, build_queue, fingerprint
from stepmark.review.store import Store

__all__ = ["Disputes", "open_queue"]

_KEYS = ["interaction_id", "turn"]

#: What coders said of each turn of an adjudication; see `CodingQueue.disputes`.
Disputes = Mapping[tuple[str, int], Mapping[str, Any]]


def _codable(corpus: Corpus, steps: list[Any], units: pd.DataFrame | None = None) -> pd.DataFrame:
    """Those of `units` (every turn, in order, with probability 1, where None) whose speaker has a step to code.

    Raises
    ------
    CodingError
        Where the corpus lacks one of the units; all are named.
    """
    speakers = {step.speaker for step in steps}
    turns = corpus.turns[["interaction_id", "turn", "speaker"]]
    if units is not None:
        turns = units[["interaction_id", "turn", "probability"]].merge(turns, on=_KEYS, how="left")
        missing = turns[turns["speaker"].isna()]
        if not missing.empty:
            keys = zip(missing["interaction_id"], missing["turn"], strict=True)
            raise CodingError(
                [
                    Fault("the draw", f"turn {turn} of interaction '{i}'", "a turn of the corpus")
                    for i, turn in keys
                ]
            )
    if not speakers & {"any", None}:
        turns = turns[turns["speaker"].isin(speakers)]
    chosen = turns.drop(columns="speaker").reset_index(drop=True)
    return chosen.assign(probability=1.0) if units is None else chosen


def open_queue(
    store: Store,
    session: str,
    coder: str,
    design: dict[str, Any],
    corpus: Corpus,
    steps: list[Any],
    draw: pd.DataFrame | None,
    disputes: Disputes | None,
    now: str,
) -> tuple[int, CodingQueue]:
    """Id and places of a coder's queue: the stored one where there is one, else a new one.

    Raises
    ------
    CodingError
        Where the stored queue was made with another design, or from other turns than `draw` names, or the corpus
        lacks a turn of it.
    """
    stored = store.queue(session, coder)
    if stored is None:
        units = _codable(corpus, steps, draw)
        made = {**design, "units": fingerprint(units if draw is None else draw)}
        items = _new_queue(units, design, disputes)
        stored = store.add_queue(session, coder, json.dumps(made), items.to_json(), now)
    wanted = design if draw is None else {**design, "units": fingerprint(draw)}
    _check_design(session, coder, wanted, json.loads(stored.design))
    queue = CodingQueue.from_json(stored.items)
    _check_turns(session, queue, corpus)
    return stored.queue_id, queue


def _new_queue(units: pd.DataFrame, design: dict[str, Any], disputes: Disputes | None) -> CodingQueue:
    queue = build_queue(
        units,
        whole=design["mode"] == "interaction",
        blind_share=design["blind_share"],
        repeat_share=design["repeat_share"],
        repeat_after=design["repeat_after"],
        seed=design["seed"],
    )
    if disputes is None:
        return queue
    keys = zip(queue.interaction_id, queue.turn, strict=True)
    return replace(queue, disputes=[dict(disputes[key]) for key in keys])


def _check_turns(session: str, queue: CodingQueue, corpus: Corpus) -> None:
    ids, turns = (corpus.turns[name].tolist() for name in _KEYS)
    asked = set(zip(queue.interaction_id, queue.turn, strict=True))
    missing = asked.difference(zip(ids, turns, strict=True))
    advice = "Open the session with the corpus that it was drawn from."
    faults = [
        Fault(f"session '{session}'", f"the corpus has no turn {turn} of interaction '{key}'", advice=advice)
        for key, turn in sorted(missing)
    ]
    if faults:
        raise CodingError(faults)


def _check_design(session: str, coder: str, wanted: dict[str, Any], stored: dict[str, Any]) -> None:
    advice = "Open it as it was, or give this one another name."
    where = f"session '{session}' of coder '{coder}'"
    faults = [
        Fault(
            f"{where}, {name}",
            "other turns than it was opened with" if name == "units" else repr(value),
            "" if name == "units" else f"{stored.get(name)!r}, as it was opened with",
            advice,
        )
        for name, value in wanted.items()
        if stored.get(name) != value
    ]
    if faults:
        raise CodingError(faults)
