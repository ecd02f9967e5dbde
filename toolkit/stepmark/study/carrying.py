"""How much of what it would like to ask a default plan asks: no more than the answers can carry.

A model with too many parameters for its answers fits their chance and says nothing. Five to nine answers a parameter are
where intervals begin to hold (Vittinghoff & McCulloch 2007, for events a variable). What is left out is chosen by its share alone,
never by what it goes with, so that the choice does not bend what is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

__all__ = ["ANSWERS_A_PARAMETER", "Control", "carried"]

#: A column, or a table of a plan's `controls`.
Control = str | dict[str, Any]

#: The default plan asks for one parameter for every so many answers to the main outcome.
ANSWERS_A_PARAMETER = 5


def carried(
    answered: pd.DataFrame, steps: list[str], controls: list[Control], fixed: int
) -> tuple[list[str], list[Control]]:
    """Those of `steps` and `controls` that the answers can carry, in their order; all of them where they can.

    Controls may take half of the parameters, those that divide the interactions most evenly first; steps take the rest, those
    used in nearest to half of the interactions first, and at least one of them stays.

    Parameters
    ----------
    answered
        The measured interactions with an answer.
    steps, controls
        What would be asked: steps by id (their column is `<step>_used`), controls by column.
    fixed
        How many parameters the model has without them: an intercept, or cut points.

    Examples
    --------
    >>> table = pd.DataFrame({"probe_used": [0, 1] * 10, "apologize_used": [0, 0, 0, 1] * 5, "anger_before": [0, 1] * 10})
    >>> carried(table, ["apologize", "probe"], ["anger_before"], fixed=1)  # 20 answers carry 4 parameters, one is taken
    (['apologize', 'probe'], ['anger_before'])
    >>> carried(table, ["apologize", "probe"], ["anger_before"], fixed=2)
    (['probe'], ['anger_before'])
    """
    left = len(answered) // ANSWERS_A_PARAMETER - fixed
    wanted = {str(_name(control)): _parameters(answered[_name(control)]) for control in controls}
    shares = {step: _evenness(answered[f"{step}_used"]) for step in steps}
    varying = [
        step for step in steps if shares[step] > 0
    ]  # the others take no parameter, and are named by the study
    if len(varying) + sum(wanted.values()) <= left:
        return steps, controls
    evenness = {name: _evenness(answered[name]) for name in wanted}
    kept = _filled(_first(wanted, evenness), wanted, left // 2)
    left -= sum(wanted[name] for name in kept)
    asked = _first(steps, shares)[: max(left, 1)]
    return [step for step in steps if step in asked], [one for one in controls if _name(one) in kept]


def _name(control: Control) -> str:
    return control if isinstance(control, str) else str(control["name"])


def _parameters(column: pd.Series) -> int:
    """What a control costs: one parameter, or one a level after the first."""
    return 1 if pd.api.types.is_numeric_dtype(column) else max(int(column.nunique()) - 1, 1)


def _evenness(column: pd.Series) -> float:
    """How evenly a column divides the interactions: 1/2 for half and half; numbers are taken to divide them evenly."""
    shares = column.value_counts(normalize=True)
    if len(shares) > 2 and pd.api.types.is_numeric_dtype(column):
        return 0.5
    return float(1 - shares.max()) if len(shares) else 0.0


def _first(names: Iterable[str], weight: Mapping[str, float]) -> list[str]:
    """The names, heaviest first, in their order where they weigh the same."""
    return sorted(names, key=lambda name: -weight[name])


def _filled(names: list[str], costs: Mapping[str, int], budget: int) -> list[str]:
    """As many of the names, from the first, as the budget allows; one that does not fit is passed over."""
    kept: list[str] = []
    for name in names:
        if sum(costs[one] for one in kept) + costs[name] <= budget:
            kept.append(name)
    return kept
