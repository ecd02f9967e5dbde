"""How a session finds its queue again, or has it made."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd

from stepmark.corpus import Corpus
from stepmark.errors import CodingError, Fault
from stepmark.review.queue import CodingQueue, build_queue, fingerprint
from stepmark.review.store import Store

__all__ = ["codable_turns", "open_queue"]

_KEYS = ["interaction_id", "turn"]


def codable_turns(corpus: Corpus, steps: list[Any], units: pd.DataFrame | None = None) -> pd.DataFrame:
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
    draw: pd.DataFrame | None,
    codable: Callable[[pd.DataFrame | None], pd.DataFrame],
    now: str,
) -> tuple[int, CodingQueue]:
    """Id and places of a coder's queue: the stored one where there is one, else a new one.

    Raises
    ------
    CodingError
        Where the stored queue was made with another design, or from other turns than `draw` names.
    """
    stored = store.queue(session, coder)
    if stored is None:
        units = codable(draw)
        items = build_queue(
            units,
            whole=design["mode"] == "interaction",
            blind_share=design["blind_share"],
            repeat_share=design["repeat_share"],
            repeat_after=design["repeat_after"],
            seed=design["seed"],
        )
        made = {**design, "units": fingerprint(units if draw is None else draw)}
        stored = store.add_queue(session, coder, json.dumps(made), items.to_json(), now)
    wanted = design if draw is None else {**design, "units": fingerprint(draw)}
    _check_design(session, coder, wanted, json.loads(stored.design))
    return stored.queue_id, CodingQueue.from_json(stored.items)


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
