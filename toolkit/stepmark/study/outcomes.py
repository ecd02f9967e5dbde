"""How the values of an outcome are read: which kind it is, which model it asks for, and as which numbers that takes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import pandas as pd

from stepmark.errors import Fault, PlanError
from stepmark.study.columns import column_numbers, some
from stepmark.study.entries import KINDS_OF_MODEL, OutcomePlan
from stepmark.study.families import Array

__all__ = ["coded_outcome", "event_numbers", "outcome_numbers", "read_outcome"]


class Say(Protocol):
    """Makes a statement."""

    def __call__(self, check: str, severity: Any, text: str, **data: Any) -> None: ...


def outcome_numbers(table: pd.DataFrame, outcome: OutcomePlan) -> Array:
    """The outcome's numbers, clipped where the plan says so; NaN where missing."""
    raw = column_numbers(
        table, outcome.name, f"outcome {outcome.name!r}", "Code it as 0/1 or as the levels 1, 2, 3 … first."
    )
    if outcome.clip is None:
        return raw
    return np.where(np.isfinite(raw), np.clip(raw, *outcome.clip), raw)


def event_numbers(table: pd.DataFrame, outcome: OutcomePlan) -> Array | None:
    """Whether the event of an outcome of kind `time` was seen, 0/1; None where the plan names no event."""
    if outcome.event is None:
        return None
    where = f"outcome {outcome.name!r}, event"
    seen = column_numbers(table, outcome.event, where)
    if strange := np.setdiff1d(seen[~np.isnan(seen)], (0.0, 1.0)).tolist():
        raise PlanError(Fault(f"plan, {where}", f"values {some(strange)}", "1 where it was seen, else 0"))
    return seen


def read_outcome(outcome: OutcomePlan, y: Array, say: Say) -> OutcomePlan | None:
    """Kind, model and levels, guessed from the values where the plan leaves them open.

    None, with a statement, where the outcome does not vary.

    Raises
    ------
    PlanError
        Where the values are not what the plan says.
    """
    values = np.unique(y)
    if len(values) == 1:
        say(
            "outcome",
            "refused",
            f"Every one of the {len(y):,} interactions has {outcome.name} = {values[0]:g}: "
            "there is no difference to explain.",
        )
        return None
    kind = outcome.kind or _kind(outcome, values)
    full = outcome.model_copy(update={"kind": kind, "model": outcome.model or _MODELS.get(kind, "linear")})
    if faults := list(_faults(full, values)):
        raise PlanError(faults)
    if kind == "binary" and values.tolist() != [0.0, 1.0]:
        say("outcome", "note", f"{outcome.name} = {values[1]:g} counts as yes, {values[0]:g} as no.")
    if kind != "ordinal":
        return full.model_copy(update={"levels": ()})
    if unused := [level for level in outcome.levels if level not in values]:
        say(
            "outcome",
            "note",
            f"No interaction has {outcome.name} = {some(unused)}; the model leaves them out.",
        )
    return full.model_copy(update={"levels": tuple(values.tolist())})


_MODELS = {"binary": "logistic", "ordinal": "proportional_odds", "count": "poisson", "time": "cox"}
#: More levels than this are no scale that proportional odds could describe.
MOST_LEVELS = 20


def _kind(outcome: OutcomePlan, values: Array) -> str:
    """The kind, where the plan leaves it open: the one that its model is for, else a guess from the values."""
    if outcome.model in KINDS_OF_MODEL and not outcome.model.endswith("linear"):
        return KINDS_OF_MODEL[outcome.model][0]
    if len(values) == 2:
        return "binary"
    return "ordinal" if len(values) <= 11 and np.all(values == np.round(values)) else "continuous"


def _faults(outcome: OutcomePlan, values: Array) -> Iterator[Fault]:
    """Where the values that occur are not what the outcome's kind takes."""
    where, kind = f"plan, outcome {outcome.name!r}", outcome.kind
    if kind == "binary" and len(values) > 2:
        yield Fault(where, f"{len(values)} values ({some(values)})", "two, for kind 'binary'")
    if (kind in ("count", "time") or outcome.model == "poisson") and values[0] < 0:
        yield Fault(where, "negative values", f"none, for kind {kind!r}")
    if kind == "count" and np.any(values != np.round(values)):
        yield Fault(where, f"values {some(values)}", "whole numbers, for kind 'count'")
    if kind != "ordinal":
        return
    if outcome.levels and (strange := sorted(set(values.tolist()) - set(outcome.levels))):
        yield Fault(where, f"values {some(strange)}", f"one of {some(outcome.levels)}")
    if len(values) > MOST_LEVELS:
        advice = "Use kind 'continuous'."
        yield Fault(where, f"{len(values)} levels", f"at most {MOST_LEVELS}", advice)
    if outcome.at_most is not None and not values[0] <= outcome.at_most < values[-1]:
        yield Fault(
            f"{where}, at_most", f"{outcome.at_most:g}", f"{values[0]:g} or more, and below {values[-1]:g}"
        )
    if outcome.at_least is not None and not values[0] < outcome.at_least <= values[-1]:
        yield Fault(
            f"{where}, at_least", f"{outcome.at_least:g}", f"above {values[0]:g}, and at most {values[-1]:g}"
        )


def coded_outcome(outcome: OutcomePlan, y: Array) -> Array:
    """The outcome as its model takes it: 0/1, level codes 0 … K-1, or numbers."""
    if outcome.kind == "binary":
        return (y == y.max()).astype(float)
    if outcome.model in ("proportional_odds", "ordinal_probit"):
        return np.searchsorted(np.asarray(outcome.levels), y).astype(float)
    return y
