"""The plan for a corpus whose owner has not written one: every step of the guide, alike in what came before it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import pandas as pd

from stepmark.corpus import Outcome
from stepmark.errors import Fault, PlanError
from stepmark.study.plan import CLOSING_STEPS, Plan
from stepmark.study.terms import MOST_LEVELS

__all__ = ["default_plan"]

#: Columns of these names were there before the conversation began.
KNOWN_BEFORE = (
    "channel",
    "issue",
    "issue_type",
    "topic",
    "domain",
    "product",
    "priority",
    "queue_minutes",
    "queue_time_s",
    "prior_contacts",
    "experience_years",
)


class _Step(Protocol):
    id: str
    kind: str
    speaker: str


class _Guide(Protocol):
    @property
    def steps(self) -> Iterable[Any]: ...


def default_plan(
    table: pd.DataFrame,
    guide: _Guide,
    outcomes: Iterable[Outcome],
    *,
    controls: Iterable[str] = (),
    cluster: str | None = None,
) -> Plan:
    """A plan with every agent step and breach of `guide` that `table` has, for every outcome.

    Held constant is what the customer brought: the signals and the number of words before the agent's first reply, and
    what was known beforehand (`KNOWN_BEFORE`, `controls`). Agents are pooled, with each also compared with herself. Steps that
    end a conversation are left out, because they happen when it went well.

    Parameters
    ----------
    table
        As `stepmark.measure` gives it.
    guide
        The guide whose steps were measured.
    outcomes
        The corpus' outcomes; those that the table lacks, or in which all answers are missing, are left out.
    controls
        Further columns that were known before the agent's first reply.
    cluster
        By default `agent_id`, where the agents are known.

    Raises
    ------
    PlanError
        Where no outcome or no step is left.
    """
    steps = [step for step in guide.steps if f"{step.id}_used" in table.columns]
    acts = [step.id for step in steps if step.kind in ("step", "breach") and step.id not in CLOSING_STEPS]
    asked = [outcome for outcome in outcomes if outcome.name in table and table[outcome.name].notna().any()]
    faults = []
    if not asked:
        faults.append(
            Fault("default plan", "no outcome with an answer", "one", "Declare the outcomes in corpus.toml.")
        )
    if not acts:
        faults.append(Fault("default plan", "no column '<step>_used' of the guide", "a measured table"))
    if faults:
        raise PlanError(faults)
    signals = [f"{step.id}_before" for step in guide.steps if step.kind == "signal"]
    entered: list[str | dict[str, Any]] = [name for name in signals if _varies(table, name)]
    if _varies(table, "opening_words"):
        entered.append({"name": "opening_words", "enter": "log"})
    names = {outcome.name for outcome in asked}
    entered += [
        name for name in _unique([*KNOWN_BEFORE, *controls]) if _usable(table, name) and name not in names
    ]
    agents = ("pooled", "within") if _varies(table, cluster or "agent_id") else ("pooled",)
    return Plan(
        title="Default plan",
        outcomes=[_outcome(outcome) for outcome in asked],
        steps=acts,
        controls=entered,
        cluster=cluster,
        agents=agents,
    )


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {"name": outcome.name, "kind": outcome.kind, "levels": outcome.levels, "good": outcome.good}


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _varies(table: pd.DataFrame, name: str) -> bool:
    return name in table.columns and len(table[name].dropna().unique()) > 1


def _usable(table: pd.DataFrame, name: str) -> bool:
    """Whether it varies and, if words, has few enough levels to be a factor."""
    if not _varies(table, name):
        return False
    return pd.api.types.is_numeric_dtype(table[name]) or table[name].nunique() <= MOST_LEVELS
