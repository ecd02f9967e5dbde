"""Coded turns: reading a gold file, or a codes table with its corpus, into turns with the steps that people saw.

Knows nothing of how well a guide does; that is in `scores`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stepmark.annotate.marker import RawTurn
from stepmark.errors import Fault, InputError

if TYPE_CHECKING:
    import pandas as pd

    from stepmark.corpus import Corpus

__all__ = [
    "CodedTurn",
    "coded_whole",
    "decisions_of",
    "gold_from_codes",
    "groups_of",
    "read_gold",
    "seconds",
    "sources_of",
]

_SPEAKERS = ("agent", "customer", "other")


@dataclass(frozen=True)
class CodedTurn:
    """A turn with the steps that people saw in it.

    Attributes
    ----------
    source, interaction_id, turn
        Where it comes from; together they name it.
    speaker, text
        Who says what.
    codes
        The ids of the steps seen.
    context
        The turns before it that are known, oldest first.
    start, end
        Its times in seconds; None where unknown.
    coded
        The steps that were decided on for this turn; None where all were.
    """

    source: str
    interaction_id: str
    turn: str | int
    speaker: str
    text: str
    codes: frozenset[str]
    context: tuple[RawTurn, ...] = ()
    start: float | None = None
    end: float | None = None
    coded: frozenset[str] | None = None

    @property
    def interaction(self) -> str:
        """The interaction, unique over sources."""
        return f"{self.source}/{self.interaction_id}"


def groups_of(turns: Sequence[CodedTurn]) -> np.ndarray:
    """The interaction of each turn, as a number from 0."""
    return np.unique([turn.interaction for turn in turns], return_inverse=True)[1]


def decisions_of(turns: Sequence[CodedTurn], steps: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """(coded, asked), turns x steps: whether people saw a step, and whether they decided on it at all."""
    coded = np.array([[step in turn.codes for step in steps] for turn in turns], dtype=bool)
    asked = np.array(
        [[turn.coded is None or step in turn.coded for step in steps] for turn in turns], dtype=bool
    )
    return coded, asked


def sources_of(turns: Sequence[CodedTurn]) -> dict[str, int]:
    """How many turns there are of each source, by name."""
    return dict(sorted(Counter(turn.source for turn in turns).items()))


def read_gold(path: str | Path) -> list[CodedTurn]:
    """The coded turns of a gold file (JSON Lines).

    Raises
    ------
    stepmark.errors.InputError
        With every line that is wrong: its number, what was found, what was expected.
    """
    path = Path(path)
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        found = "no such file" if isinstance(error, FileNotFoundError) else "is no text file that can be read"
        raise InputError(Fault(str(path), found, "coded turns as JSON Lines")) from None
    turns, faults = [], []
    for number, line in enumerate(lines, 1):
        if line.strip():
            where = f"{path}, line {number}"
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                faults.append(
                    Fault(
                        where, f"is no JSON ({error.msg} at character {error.pos + 1})", "one object a line"
                    )
                )
                continue
            wrong = _faults_of(row, where)
            faults += wrong
            if not wrong:
                turns.append(_coded_turn(row))
    if faults:
        raise InputError(faults)
    if not turns:
        raise InputError(Fault(str(path), "holds no coded turn", "one JSON object a line"))
    return turns


def _faults_of(row: Any, where: str) -> list[Fault]:
    if not isinstance(row, dict):
        return [
            Fault(
                where,
                f"a {type(row).__name__}",
                "an object with interaction_id, turn, speaker, text and codes",
            )
        ]
    faults = [
        Fault(where, f"'{name}' is missing")
        for name in ("interaction_id", "turn", "speaker", "text", "codes")
        if row.get(name) is None
    ]
    if row.get("speaker") is not None and row["speaker"] not in _SPEAKERS:
        faults.append(Fault(where, f"speaker {row['speaker']!r}", "'agent', 'customer' or 'other'"))
    if row.get("text") is not None and not isinstance(row["text"], str):
        faults.append(Fault(where, f"text {row['text']!r}", "text"))
    codes = row.get("codes")
    if codes is not None and not (isinstance(codes, list) and all(isinstance(code, str) for code in codes)):
        faults.append(Fault(where, f"codes {codes!r}", "a list of step ids"))
    for place, turn in enumerate(row.get("context") or [], 1):
        if not (
            isinstance(turn, dict) and turn.get("speaker") in _SPEAKERS and isinstance(turn.get("text"), str)
        ):
            faults.append(Fault(f"{where}, context {place}", f"{str(turn)[:60]!r}", "speaker and text"))
        else:
            faults += _time_faults(turn, f"{where}, context {place}")
    faults += _time_faults(row, where)
    return faults


def _coded_turn(row: dict[str, Any]) -> CodedTurn:
    context = tuple(
        RawTurn(turn["speaker"], turn["text"], *_times(turn)) for turn in row.get("context") or []
    )
    return CodedTurn(
        str(row.get("source", "")),
        str(row["interaction_id"]),
        row["turn"],
        row["speaker"],
        row["text"],
        frozenset(row["codes"]),
        context,
        *_times(row),
    )


def _times(turn: dict[str, Any]) -> tuple[float | None, float | None]:
    return seconds(turn.get("start")), seconds(turn.get("end"))


def seconds(value: Any) -> float | None:
    """A time in seconds: a number as it is, a timestamp (ISO 8601; UTC where it names no zone) since 1970; None if missing.

    Raises
    ------
    ValueError
        If it is neither.

    Examples
    --------
    >>> seconds("1970-01-01T00:01:00"), seconds(60), seconds(None)
    (60.0, 60.0, None)
    """
    if value is None or value == "":
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no time")
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _time_faults(turn: dict[str, Any], where: str) -> list[Fault]:
    faults = []
    for name in ("start", "end"):
        try:
            seconds(turn.get(name))
        except ValueError:
            faults.append(
                Fault(where, f"{name} {turn[name]!r}", "seconds, or a timestamp such as 2024-03-04T18:41:09")
            )
    return faults


def coded_whole(codes: pd.DataFrame) -> bool:
    """Whether codes hold what was seen and nothing else: `yes` throughout, drawn with probability 1 where they say so.

    A turn without a row then shows no step; otherwise nobody has decided on it.

    Examples
    --------
    >>> import pandas as pd
    >>> coded_whole(pd.DataFrame({"decision": ["yes", "yes"]})), coded_whole(pd.DataFrame({"decision": ["yes", "no"]}))
    (True, False)
    """
    certain = codes["probability"].fillna(1.0).eq(1.0).all() if "probability" in codes else True
    return bool(certain and codes["decision"].eq("yes").all())


def gold_from_codes(
    codes: pd.DataFrame,
    corpus: Corpus | pd.DataFrame,
    coder: str | None = None,
    *,
    complete: bool | None = None,
) -> list[CodedTurn]:
    """The turns of a corpus that people decided on, with all turns before them as context.

    Parameters
    ----------
    codes
        A codes table; several coders' decisions are settled by majority, ties count as no.
    corpus
        The corpus, or its turns table.
    coder
        Only this coder's decisions, where given.
    complete
        Whether every turn of an interaction with codes was coded for every step, only what was seen being written down;
        otherwise a step without a decision is unknown. None asks the codes themselves: `coded_whole`.
    """
    from stepmark.annotate.interactions import interactions_of

    if coder is not None:
        codes = codes[codes["coder"] == coder]
    complete = coded_whole(codes) if complete is None else complete
    votes: dict[tuple[str, int], dict[str, int]] = {}
    rows = zip(
        *(codes[name].tolist() for name in ("interaction_id", "turn", "step", "decision")), strict=True
    )
    for interaction, turn, step, decision in rows:
        tally = votes.setdefault((interaction, turn), {})
        tally[step] = tally.get(step, 0) + (1 if decision == "yes" else -1)
    coded = {interaction for interaction, _ in votes}
    gold = []
    for interaction, numbers, turns in interactions_of(corpus):
        for at, (number, turn) in enumerate(zip(numbers, turns, strict=True)):
            decided = votes.get((interaction, number), {})
            if decided or (complete and interaction in coded):
                seen = frozenset(step for step, vote in decided.items() if vote > 0)
                asked = None if complete else frozenset(decided)
                gold.append(_from_votes(interaction, number, turn, turns[:at], seen, asked))
    return gold


def _from_votes(
    interaction: str,
    number: int,
    turn: RawTurn,
    before: Sequence[RawTurn],
    seen: frozenset[str],
    asked: frozenset[str] | None,
) -> CodedTurn:
    return CodedTurn(
        "", interaction, number, turn.speaker, turn.text, seen, tuple(before), turn.start, turn.end, asked
    )
