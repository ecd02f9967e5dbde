"""Codes as files, out of a store and into it: CSV, JSON Lines or Parquet, by the suffix."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from stepmark.corpus import Corpus, check_table, read_table, write_table
from stepmark.corpus.tables import CODES
from stepmark.errors import CodingError, Fault, InputError
from stepmark.review.coded import first_decisions
from stepmark.review.marks import Marks
from stepmark.review.queue import CodingQueue
from stepmark.review.store import Event, Store
from stepmark.review.transcript import text_hash

__all__ = ["import_codes", "read_codes", "write_codes"]

_TYPES = {"occasion": "int", "blind": "bool", "suggested": "bool", "unsure": "bool", "text_changed": "bool"}
#: Where codes go that were made elsewhere.
IMPORTED = "imported"


def write_codes(codes: pd.DataFrame, path: str | Path) -> None:
    """Write a codes table as `.csv`, `.jsonl` (JSON Lines) or `.parquet`; `read_codes` gives it back as it was."""
    write_table(codes, path)


def read_codes(path: str | Path) -> pd.DataFrame:
    """The codes table in a file, checked; columns beyond those of a codes table are kept.

    Raises
    ------
    InputError
        With every fault: file, line, column, what was found, what was expected.
    """
    frame, origin = read_table(path)
    table = replace(CODES, key=(*CODES.key, "occasion")) if "occasion" in frame else CODES
    types = {name: kind for name, kind in _TYPES.items() if name in frame}
    codes, faults = check_table(frame, table, origin, types=types)
    if faults:
        raise InputError(faults)
    return codes


def import_codes(store: Store, codes: pd.DataFrame, corpus: Corpus, *, session: str = IMPORTED) -> int:
    """Put codes that were made elsewhere into a store; how many turns were new.

    Each coder's decisions on a turn become one event in the queue `session`. Importing the same codes twice adds nothing.

    Parameters
    ----------
    store
        The store.
    codes
        A codes table, such as `read_codes` gives.
    corpus
        The corpus that they are about.
    session
        What to call the session of these codes.

    Raises
    ------
    CodingError
        Where the session holds other codes already, or a turn is not in the corpus.
    """
    texts = dict(
        zip(
            zip(corpus.turns["interaction_id"], corpus.turns["turn"], strict=True),
            corpus.turns["text"],
            strict=True,
        )
    )
    first = first_decisions(codes)
    return sum(
        _import_coder(store, mine.sort_values(["interaction_id", "turn", "step"]), str(coder), texts, session)
        for coder, mine in first.groupby("coder")
    )


def _import_coder(
    store: Store, codes: pd.DataFrame, coder: str, texts: dict[tuple[str, int], str], session: str
) -> int:
    turns = list(codes.groupby(["interaction_id", "turn"]))
    keys = [(str(decided["interaction_id"].iloc[0]), int(decided["turn"].iloc[0])) for _, decided in turns]
    _check_turns(keys, texts)
    chances = [_chance(decided) for _, decided in turns]
    items = CodingQueue(
        [i for i, _ in keys], [t for _, t in keys], chances, [False] * len(keys), [0] * len(keys)
    )
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    queue = store.add_queue(session, coder, json.dumps({"mode": "import"}), items.to_json(), now)
    if queue.items != items.to_json():
        advice = "Import these under another name (`session`)."
        raise CodingError(
            Fault(f"session '{session}' of coder '{coder}'", "holds codes of other turns", advice=advice)
        )
    known = len(store.events(queue.queue_id))
    for position, ((_, decided), key) in enumerate(zip(turns, keys, strict=True)):
        if position >= known:
            store.append(
                queue.queue_id,
                _event(position, key, decided, texts[key], coder, session, chances[position], now),
            )
    return len(keys) - known


def _event(
    position: int, key: tuple[str, int], decided: pd.DataFrame, text: str, coder: str, session: str,
    chance: float | None, now: str,
) -> Event:  # fmt: skip
    said = dict(zip(decided["step"], decided["decision"], strict=True))
    yes = {step: () for step, decision in said.items() if decision == "yes"}
    marks = Marks("done", yes, tuple(step for step, decision in said.items() if decision == "no"))
    cid = hashlib.blake2b(
        "\n".join((session, coder, key[0], str(key[1]))).encode(), digest_size=16
    ).hexdigest()
    at = decided["decided_at"].max() if "decided_at" in decided else pd.NaT
    return Event(
        number=position + 1,
        cid=cid,
        kind="import",
        position=position,
        cursor=position + 1,
        undoes=None,
        made_at=now if pd.isna(at) else pd.Timestamp(at).isoformat(),
        interaction_id=key[0],
        turn=key[1],
        status="done",
        marks=marks.to_json(),
        suggested=None,
        blind=False,
        occasion=0,
        probability=chance,
        guide=str(decided["guide"].iloc[0]) if "guide" in decided else "",
        text_hash=str(decided["text_hash"].iloc[0]) if "text_hash" in decided else text_hash(text),
    )


def _chance(decided: pd.DataFrame) -> float | None:
    if "probability" not in decided or pd.isna(decided["probability"].iloc[0]):
        return None
    return float(decided["probability"].iloc[0])


def _check_turns(keys: list[tuple[str, int]], texts: dict[tuple[str, int], str]) -> None:
    faults = [
        Fault("codes", f"turn {turn} of interaction '{interaction_id}'", "a turn of the corpus")
        for interaction_id, turn in keys
        if (interaction_id, turn) not in texts
    ]
    if faults:
        raise CodingError(faults)
