"""The plan for a corpus whose owner has not written one: what a careful analyst would ask of it.

Every step of the guide, among interactions alike in what came before it, and all that tells how far to trust the answer:
doubly robust estimates with overlap and balance, E-values, negative controls, early uses alone, other choices, weights against
missing answers, correction by hand codes, timing. What a large table would make slow, or a small one cannot carry, is left out
by a stated rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import pandas as pd

from stepmark.corpus import Outcome
from stepmark.errors import Fault, PlanError
from stepmark.study.carrying import ANSWERS_A_PARAMETER, Control, carried
from stepmark.study.entries import CLOSING_STEPS
from stepmark.study.terms import MOST_LEVELS

__all__ = ["default_entries", "has_hand_sample", "left_out"]

#: Up to so many interactions the default plan asks for each; above, it leaves it out to stay within a minute.
LARGEST = {
    "the specification curve": 5_000,
    "negative controls": 50_000,
    "early uses": 50_000,
    "timing": 50_000,
    "weights against missing answers": 50_000,
}
#: A signal in the opening is held constant where so many interactions show it and so many do not.
RAREST_SIGNAL = 10
#: How many answers a timing curve takes, with its five parameters, and of how many steps curves are drawn at most.
ANSWERS_A_CURVE, MOST_CURVES = 100, 6
#: A step's timing is asked where it was used in so many answered interactions.
USES_A_CURVE = 60

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


def default_entries(
    table: pd.DataFrame,
    guide: _Guide,
    outcomes: Iterable[Outcome],
    *,
    controls: Iterable[str] = (),
    cluster: str | None = None,
) -> dict[str, Any]:
    """The entries of a plan with every agent step and breach of `guide` that `table` has, for every outcome.

    Held constant is what the customer brought: the signals and the number of words before the agent's first reply, and
    what was known beforehand (`KNOWN_BEFORE`, `controls`). Agents are pooled, with each also compared with herself. Steps that
    end a conversation are left out, because they happen when it went well.

    The sections `[adjustment]` and `[sensitivity]` are on; `[response]` where answers are missing; `[correction]` where the
    table holds a hand-coded sample (`has_hand_sample`); `[timing]` for those steps whose share of use is nearest to one half,
    one a hundred answers, at most six. See `left_out` for what large tables are spared, and `stepmark.study.carrying.carried` for
    what the answers of small ones cannot carry; the title says both.

    Parameters
    ----------
    table
        As `stepmark.measure` gives it; with the columns of `stepmark.measure.hand_coded` where people have coded.
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
    outcomes = list(outcomes)
    wanted, asked = _acts(table, guide), [one for one in outcomes if _answered(table, one)]
    _check(wanted, asked)
    known = _controls(table, guide, controls, {outcome.name for outcome in asked})
    answered = table[table[asked[0].name].notna()]
    acts, entered = carried(answered, wanted, known, _fixed(answered, asked[0]))
    agents = ("pooled", "within") if _varies(table, cluster or "agent_id") else ("pooled",)
    spared = left_out(len(table))
    return {
        "title": _title(spared, (acts, wanted), (entered, known)),
        "outcomes": [_outcome(outcome) for outcome in asked],
        "steps": acts,
        "controls": entered,
        "cluster": cluster,
        "agents": agents,
        "adjustment": {} if entered else None,
        "sensitivity": {
            "e_values": bool(entered),
            "negative_controls": "negative controls" not in spared,
            "specification_curve": False if "the specification curve" in spared else "short",
            "early": "early uses" not in spared,
        },
        "response": None
        if "weights against missing answers" in spared
        else _response(table, asked, outcomes),
        "correction": {} if has_hand_sample(table) else None,
        "timing": _timing(table, acts, asked[0].name) if "timing" not in spared else None,
    }


def _fixed(answered: pd.DataFrame, outcome: Outcome) -> int:
    """The parameters of a model before any step: cut points between the scores, or an intercept."""
    return int(answered[outcome.name].nunique()) - 1 if outcome.kind == "ordinal" else 1


def _title(spared: tuple[str, ...], steps: tuple[Any, Any], controls: tuple[Any, Any]) -> str:
    """What kind of plan it is, and what it leaves out of what it would like to ask."""
    title = f"Default plan{f' without {_listed(spared)}' if spared else ''}"
    if len(steps[0]) == len(steps[1]) and len(controls[0]) == len(controls[1]):
        return title
    kept = f"{len(steps[0])} of {len(steps[1])} steps and {len(controls[0])} of {len(controls[1])} controls"
    return f"{title}, {kept}: one parameter for every {ANSWERS_A_PARAMETER} answers"


def left_out(interactions: int) -> tuple[str, ...]:
    """What the default plan of so many interactions leaves out to stay within a minute.

    Examples
    --------
    >>> left_out(5_000), left_out(5_001)
    ((), ('the specification curve',))
    """
    return tuple(name for name, most in LARGEST.items() if interactions > most)


def has_hand_sample(table: pd.DataFrame) -> bool:
    """Whether the table holds hand codes that were drawn with a known chance.

    The chances are believed where 1/chance of the hand-coded adds up to about the whole table (within a fifth): a part
    of a table, each with chance 1, is not a sample of it.
    """
    if not {"coded", "coding_probability"} <= set(table.columns):
        return False
    chances = table.loc[table["coded"] == 1, "coding_probability"].astype(float)
    if chances.empty or not chances.between(0, 1, inclusive="right").all():
        return False
    return bool(abs((1 / chances).sum() / len(table) - 1) <= 0.2)


def _acts(table: pd.DataFrame, guide: _Guide) -> list[str]:
    """The agent's steps and breaches that the table has, but for those that end a conversation."""
    steps = [step for step in guide.steps if f"{step.id}_used" in table.columns]
    return [step.id for step in steps if step.kind in ("step", "breach") and step.id not in CLOSING_STEPS]


def _answered(table: pd.DataFrame, outcome: Outcome) -> bool:
    return outcome.name in table and bool(table[outcome.name].notna().any())


def _check(acts: list[str], asked: list[Outcome]) -> None:
    faults = []
    if not asked:
        faults.append(
            Fault("default plan", "no outcome with an answer", "one", "Declare the outcomes in corpus.toml.")
        )
    if not acts:
        faults.append(Fault("default plan", "no column '<step>_used' of the guide", "a measured table"))
    if faults:
        raise PlanError(faults)


def _controls(
    table: pd.DataFrame, guide: _Guide, further: Iterable[str], outcomes: set[str]
) -> list[Control]:
    """What was there before the agent's first reply, and varies."""
    signals = [f"{step.id}_before" for step in guide.steps if step.kind == "signal"]
    entered: list[Control] = [name for name in signals if _often_both(table, name)]
    if _varies(table, "opening_words"):
        entered.append({"name": "opening_words", "enter": "log"})
    known = [name for name in _unique([*KNOWN_BEFORE, *further]) if name not in outcomes]
    return [*entered, *(name for name in known if _usable(table, name))]


def _response(
    table: pd.DataFrame, asked: list[Outcome], outcomes: list[Outcome]
) -> dict[str, tuple[str, ...]] | None:
    """Weights against missing answers, by all that is known of everyone; None where nothing is missing."""
    if not any(table[outcome.name].isna().any() for outcome in asked):
        return None
    candidates = [*(outcome.name for outcome in outcomes), "n_turns"]
    complete = [name for name in candidates if _varies(table, name) and not table[name].isna().any()]
    return {"predictors": tuple(complete)}


def _timing(table: pd.DataFrame, steps: list[str], outcome: str) -> dict[str, tuple[str, ...]] | None:
    """The steps whose timing can be told best: used in about half of the answered interactions."""
    answered = table[table[outcome].notna()]
    shares = {
        step: float(answered[f"{step}_used"].mean())
        for step in steps
        if f"{step}_position" in table and answered[f"{step}_used"].sum() >= USES_A_CURVE
    }
    most = min(MOST_CURVES, len(answered) // ANSWERS_A_CURVE)
    chosen = sorted(shares, key=lambda step: (abs(shares[step] - 0.5), step))[:most]
    return {"steps": tuple(step for step in steps if step in chosen)} if chosen else None


def _listed(items: tuple[str, ...]) -> str:
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {"name": outcome.name, "kind": outcome.kind, "levels": outcome.levels, "good": outcome.good}


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _varies(table: pd.DataFrame, name: str) -> bool:
    return name in table.columns and len(table[name].dropna().unique()) > 1


def _often_both(table: pd.DataFrame, name: str) -> bool:
    """Whether a 0/1 column has enough of either for a model to hold it constant."""
    if not _varies(table, name):
        return False
    shown = int(table[name].astype("boolean").sum())
    return min(shown, int(table[name].notna().sum()) - shown) >= RAREST_SIGNAL


def _usable(table: pd.DataFrame, name: str) -> bool:
    """Whether it varies and, if words, has few enough levels to be a factor."""
    if not _varies(table, name):
        return False
    return pd.api.types.is_numeric_dtype(table[name]) or table[name].nunique() <= MOST_LEVELS
