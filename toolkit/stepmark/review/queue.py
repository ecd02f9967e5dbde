"""In which order a coder meets the turns, which of them without suggestions, and which of them twice.

A draw (see `draw`) says which turns and with which chance; :func:`build_queue` adds the blind share and the repeats.
The result is plain columns that the store keeps as JSON.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd

from stepmark.errors import CodingError, Fault

__all__ = ["CodingQueue", "build_queue", "fingerprint"]


@dataclass(frozen=True)
class CodingQueue:
    """The places of a queue, one list a column; all of the same length, but for `disputes`.

    Attributes
    ----------
    interaction_id, turn
        The turn to code.
    probability
        The chance with which it was drawn; None where that is unknown (a fixed list).
    blind
        Whether it is shown without suggestions.
    occasion
        0 for the first time, 1 where it comes back.
    disputes
        In an adjudication, what the coders said of each turn: their `votes` where they differ ({step: {coder: decision}}),
        and the spans where they do not, `agreed` ({step: [[start_char, end_char], …]}). Empty in other sessions.
    """

    interaction_id: list[str]
    turn: list[int]
    probability: list[float | None]
    blind: list[bool]
    occasion: list[int]
    disputes: list[dict[str, Any]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.turn)

    def places_of(self, interaction_id: str) -> dict[int, list[int]]:
        """The places of each turn of an interaction, in order."""
        places: dict[int, list[int]] = {}
        for place, (key, turn) in enumerate(zip(self.interaction_id, self.turn, strict=True)):
            if key == interaction_id:
                places.setdefault(turn, []).append(place)
        return places

    def votes(self) -> dict[tuple[str, int], dict[str, dict[str, str]]]:
        """In an adjudication, who said what of the steps in dispute, by interaction and turn."""
        keys = zip(self.interaction_id, self.turn, strict=True)
        return {key: said["votes"] for key, said in zip(keys, self.disputes, strict=False)}

    def agreed(self) -> pd.DataFrame:
        """In an adjudication, what the coders agree on: `interaction_id, turn, step, start_char, end_char`.

        The offsets are missing where a step is meant for the whole turn.
        """
        rows = [
            (interaction_id, turn, step, start, end)
            for interaction_id, turn, said in zip(self.interaction_id, self.turn, self.disputes, strict=True)
            for step, spans in said["agreed"].items()
            for start, end in spans or [(None, None)]
        ]
        return pd.DataFrame(rows, columns=["interaction_id", "turn", "step", "start_char", "end_char"])

    def to_json(self) -> str:
        """As the store keeps it."""
        columns = {
            column.name: getattr(self, column.name) for column in fields(self)
        }  # asdict copies every place
        return json.dumps(columns, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> CodingQueue:
        """The queue that `to_json` wrote."""
        return cls(**json.loads(text))


def build_queue(
    units: pd.DataFrame,
    *,
    whole: bool = False,
    blind_share: float = 0.0,
    repeat_share: float = 0.0,
    repeat_after: int = 20,
    seed: int = 0,
) -> CodingQueue:
    """The queue of one coder.

    Parameters
    ----------
    units
        One row a turn in the order of coding: `interaction_id`, `turn`, and `probability` (missing where unknown).
    whole
        Whether interactions are coded whole: the turns of one interaction then stay together, are blind together and
        come back together.
    blind_share
        Share of the units (turns, or interactions if `whole`) shown without suggestions, drawn at random; rounded
        up, so that a share above 0 gives at least one.
    repeat_share
        Share of the units that come back, drawn at random; rounded up likewise.
    repeat_after
        How many other units lie between the two occasions at least, where the queue is long enough; where it is
        not, the unit comes back after all others.
    seed
        Seed of all three draws.

    Raises
    ------
    CodingError
        Where a share is not from 0 to 1, or there is nothing to code.
    """
    _check(units, blind_share, repeat_share)
    rng = np.random.default_rng(seed)
    groups = _groups(units, whole)
    n = int(groups.max()) + 1
    blind = np.zeros(n, bool)
    blind[rng.permutation(n)[: math.ceil(blind_share * n)]] = True
    back = np.sort(rng.permutation(n)[: math.ceil(repeat_share * n)])
    room = np.maximum(n - back - repeat_after - 1, 0)
    later = np.where(
        room > 0, back + repeat_after + 0.5 + rng.random(len(back)) * room, n + np.arange(len(back))
    )
    again = np.flatnonzero(np.isin(groups, back))
    rows = np.concatenate([np.arange(len(units)), again])
    when = np.concatenate([groups, later[np.searchsorted(back, groups[again])]])
    occasion = np.repeat([0, 1], [len(units), len(again)])
    order = np.argsort(when, kind="stable")
    return _columns(units, rows[order], blind[groups][rows[order]], occasion[order])


def fingerprint(units: pd.DataFrame) -> str:
    """A short hash of which turns are drawn, in which order and with which chance."""
    keyed = units[["interaction_id", "turn", "probability"]].reset_index(drop=True)
    hashes = pd.util.hash_pandas_object(keyed, index=False).to_numpy()
    return hashlib.blake2b(hashes.tobytes(), digest_size=8).hexdigest()


def _groups(units: pd.DataFrame, whole: bool) -> np.ndarray:
    """The number of each row's unit, in order of appearance."""
    if not whole:
        return np.arange(len(units))
    return pd.factorize(units["interaction_id"])[0]


def _columns(units: pd.DataFrame, rows: np.ndarray, blind: np.ndarray, occasion: np.ndarray) -> CodingQueue:
    taken = units.iloc[rows]
    chance = taken["probability"].astype("float64").tolist()
    return CodingQueue(
        interaction_id=taken["interaction_id"].astype(object).tolist(),
        turn=taken["turn"].tolist(),
        probability=[None if math.isnan(p) else p for p in chance],
        blind=blind.tolist(),
        occasion=occasion.tolist(),
    )


def _check(units: pd.DataFrame, blind_share: float, repeat_share: float) -> None:
    faults = [
        Fault(name, f"{share!r}", "a share from 0 to 1")
        for name, share in (("blind_share", blind_share), ("repeat_share", repeat_share))
        if not 0 <= share <= 1
    ]
    if units.empty:
        faults.append(
            Fault(
                "the draw", "no turns to code", "at least one", "Look at the speaker and the step asked for."
            )
        )
    if faults:
        raise CodingError(faults)
