"""Do the tables of a corpus belong together? Turns to interactions, spans to turns, ends to starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from stepmark.corpus.columns import blame, closest, phrases
from stepmark.corpus.origin import Origin
from stepmark.corpus.outcome import Outcome
from stepmark.corpus.tables import INTERACTIONS, SPANS
from stepmark.errors import Fault

__all__ = ["check_links", "same_kind"]

EXPECTED_CUT = "places within the turn's text, and the words that stand there"


def check_links(
    typed: Mapping[str, pd.DataFrame | None], outcomes: tuple[Outcome, ...], origins: Mapping[str, Origin]
) -> list[Fault]:
    """The faults between the tables of a corpus, each of which has its types already."""
    faults = _check_declared(typed["interactions"], outcomes, origins["interactions"])
    faults += _check_links(typed, origins)
    faults += _check_chances(typed["codes"], origins.get("codes"))
    faults += _check_cuts(typed["spans"], typed["turns"], origins.get("spans"))
    return faults + _check_order(typed["turns"], origins["turns"])


def _check_declared(
    interactions: pd.DataFrame | None, outcomes: tuple[Outcome, ...], origin: Origin
) -> list[Fault]:
    """Outcomes that are declared and have no column, or the column of something else."""
    assert interactions is not None
    faults = []
    names = [outcome.name for outcome in outcomes]
    for name in sorted({name for name in names if names.count(name) > 1}):
        faults.append(Fault(f"outcome '{name}'", "declared twice", "each outcome once"))
    for outcome in outcomes:
        if outcome.name in INTERACTIONS.names:
            faults.append(
                Fault(f"outcome '{outcome.name}'", "the name of a column of every corpus", "another name")
            )
        elif outcome.name not in interactions.columns:
            near = closest(outcome.name, map(str, interactions.columns))
            advice = f"Did you mean '{near}'?" if near else ""
            faults.append(
                Fault(
                    origin.where(), f"no column for the outcome '{outcome.name}'", "one column each", advice
                )
            )
    return faults


def _check_links(typed: Mapping[str, pd.DataFrame | None], origins: Mapping[str, Origin]) -> list[Fault]:
    """Turns of unknown interactions, spans and codes of unknown turns."""
    faults: list[Fault] = []
    known, turns = typed["interactions"], typed["turns"]
    assert known is not None
    assert turns is not None
    if "interaction_id" in known and "interaction_id" in turns:
        ids = turns["interaction_id"]
        lost = (~ids.isin(known["interaction_id"]) & ids.notna()).to_numpy()
        expected = f"an interaction_id of {origins['interactions'].name}"
        faults += blame(ids, lost, origins["turns"], "interaction_id", expected)
    if not {"interaction_id", "turn"} <= set(turns.columns):
        return faults
    places = pd.MultiIndex.from_frame(turns[["interaction_id", "turn"]])
    for name in ("spans", "codes"):
        layer = typed[name]
        if layer is None or not {"interaction_id", "turn"} <= set(layer.columns):
            continue
        at = pd.MultiIndex.from_frame(layer[["interaction_id", "turn"]])
        lost = ~at.isin(places)
        found = (f"interaction {i!r}, turn {t}" for i, t in at[lost])
        faults += blame(
            phrases(layer.index, lost, found), lost, origins[name], "", f"a turn of {origins['turns'].name}"
        )
    return faults


def _check_chances(codes: pd.DataFrame | None, origin: Origin | None) -> list[Fault]:
    """Codes whose chance of having been drawn is none."""
    if codes is None or origin is None or "probability" not in codes:
        return []
    chance = codes["probability"]
    wrong = (chance.notna() & ~((chance > 0) & (chance <= 1))).to_numpy()
    return blame(chance, wrong, origin, "probability", "above 0, at most 1")


def _check_cuts(spans: pd.DataFrame | None, turns: pd.DataFrame | None, origin: Origin | None) -> list[Fault]:
    """Spans whose places are not in the text of their turn, or whose words are not those of the turn."""
    if spans is None or turns is None or origin is None:
        return []
    if not {*SPANS.names} <= set(spans.columns) or "text" not in turns:
        return []
    said = dict(zip(zip(turns["interaction_id"], turns["turn"], strict=True), turns["text"], strict=True))
    wrong: dict[str, list[int]] = {}
    for place, row in enumerate(spans[list(SPANS.names)].itertuples(index=False)):
        text = said.get((row.interaction_id, row.turn))
        if isinstance(text, str) and (fault := _miscut(text, row)):
            wrong.setdefault(fault, []).append(place)
    return [Fault(origin.where(places), found, EXPECTED_CUT) for found, places in wrong.items()]


def _miscut(text: str, span: Any) -> str:
    """What is wrong with the cut of a span; "" where nothing is."""
    if pd.isna(span.start_char) or pd.isna(span.end_char):
        return ""
    if not 0 <= span.start_char <= span.end_char <= len(text):
        return f"characters {span.start_char} to {span.end_char} of a turn with {len(text)}"
    cut = text[span.start_char : span.end_char]
    words = span.text if isinstance(span.text, str) else ""
    return "" if cut == words else f"text {words!r} where the turn has {cut!r}"


def _check_order(turns: pd.DataFrame | None, origin: Origin) -> list[Fault]:
    """Turns below 0, and turns that end before they start."""
    assert turns is not None
    faults: list[Fault] = []
    if "turn" in turns:
        below = (turns["turn"] < 0).fillna(False).to_numpy(dtype=bool)
        faults += blame(turns["turn"], below, origin, "turn", "0 or more")
    if "start" not in turns or "end" not in turns:
        return faults
    start, end = same_kind(turns["start"], turns["end"])
    if start.dtype != end.dtype:
        return [
            *faults,
            Fault(origin.where(), "'start' and 'end' of two kinds", "both times, or both seconds"),
        ]
    back = (end < start).to_numpy()
    found = (f"end {e} is before start {s}" for s, e in zip(start[back], end[back], strict=True))
    shown = phrases(turns.index, back, found)
    return faults + blame(shown, back, origin, "", "an end at or after the start")


def same_kind(start: pd.Series, end: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Both columns in one type where one of them is all missing."""
    if start.dtype != end.dtype and end.isna().all():
        return start, pd.Series(np.nan, index=end.index, dtype="float64").astype(start.dtype)
    if start.dtype != end.dtype and start.isna().all():
        return pd.Series(np.nan, index=start.index, dtype="float64").astype(end.dtype), end
    return start, end
