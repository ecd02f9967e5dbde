"""Order as an exposure: a step before another or after it, and a follow-up soon after its promise or late.

Each function adds columns that a plan can name as steps; what is compared is then part of the plan and of its hash.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from stepmark.study.columns import check_columns, numbers

__all__ = ["ORDERS", "add_order", "add_promptness"]

#: What `S_order` can be.
ORDERS = ("none", "only", "before", "together", "after")
DAY_S = 86_400.0


def add_order(
    table: pd.DataFrame, step: str, others: str | Sequence[str], *, name: str | None = None
) -> pd.DataFrame:
    """The table with the order of a step and one or several others as columns.

    Parameters
    ----------
    table
        As `stepmark.measure` gives it, with `S_first_turn` for each step.
    step
        The step whose place is asked about, e.g. `apologize`.
    others
        What it may come before or after, e.g. `["acknowledge", "paraphrase"]`; the first of them counts.
    name
        What to call the others in column names; their own name, or `others`, where left out.

    Returns
    -------
    DataFrame
        With `<step>_order_<name>`: `none` (the step was not used), `only` (none of the others), `before`, `together` (in one
        turn) or `after` the first of them; and the same as 0/1 columns that a plan can name as steps with `_used` left off:
        `<step>_only_<name>_used`, `<step>_before_<name>_used`, `<step>_together_<name>_used`, `<step>_after_<name>_used`.
        All are 0 where the step was not used, so that each is compared with not using it.

    Examples
    --------
    >>> table = pd.DataFrame({"apologize_first_turn": [1.0, 5.0, None], "probe_first_turn": [3.0, 3.0, 3.0]})
    >>> add_order(table, "apologize", "probe")["apologize_order_probe"].tolist()
    ['before', 'after', 'none']
    """
    chosen = [others] if isinstance(others, str) else list(others)
    name = name or (chosen[0] if len(chosen) == 1 else "others")
    check_columns(table, [("order", f"{one}_first_turn") for one in (step, *chosen)])
    own = numbers(table[f"{step}_first_turn"])
    first = np.min([np.nan_to_num(numbers(table[f"{one}_first_turn"]), nan=np.inf) for one in chosen], axis=0)
    order = np.select(
        [np.isnan(own), np.isinf(first), own < first, own == first], list(ORDERS[:-1]), ORDERS[-1]
    )
    columns = {f"{step}_{kind}_{name}_used": (order == kind).astype(int) for kind in ORDERS[1:]}
    return table.assign(**{f"{step}_order_{name}": order}, **columns)


def add_promptness(table: pd.DataFrame, *, within_s: float = DAY_S) -> pd.DataFrame:
    """The table with how soon a promised follow-up came.

    Parameters
    ----------
    table
        With `promise_to_follow_up_s` (seconds; missing where there was no promise, or no follow-up) and
        `promise_follow_up_used`.
    within_s
        What counts as soon, in seconds; a day where left out.

    Returns
    -------
    DataFrame
        With `prompt_follow_up_used` and `late_follow_up_used` (0/1; missing where nothing was promised: to be
        compared with promises that were not kept), and `follow_up_log_hours` (logarithm of one plus the hours; missing where
        nothing followed).
    """
    check_columns(table, [("promptness", "promise_to_follow_up_s"), ("promptness", "promise_follow_up_used")])
    delay = numbers(table["promise_to_follow_up_s"])
    promised = numbers(table["promise_follow_up_used"]) == 1
    soon = np.where(promised, delay <= within_s, np.nan)
    late = np.where(promised, delay > within_s, np.nan)
    return table.assign(
        prompt_follow_up_used=soon,
        late_follow_up_used=late,
        follow_up_log_hours=np.log1p(np.where(delay >= 0, delay, np.nan) / 3600),
    )
