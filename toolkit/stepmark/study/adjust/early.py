"""Does it hold where only early uses count? Steps taken before most of what could have called for them.

A step that was used at any time may answer to what happened in between. Used within the agent's first turns it comes
before that, so that its difference can be called time-ordered; with each agent compared with herself, and negative
controls silent, it earns the strongest label that data of this kind can give.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from stepmark.study.adjust.specifications import bare_plan
from stepmark.study.entries import StepPlan
from stepmark.study.plan import Plan
from stepmark.study.result import Study
from stepmark.study.sections import SensitivityPlan

__all__ = ["early_uses"]

Ask = Callable[[pd.DataFrame, Plan], Study]
#: Columns of the effects table that are kept.
_COLUMNS = [
    "outcome", "term", "model", "scale", "estimate", "conf_low", "conf_high", "p_value", "p_adjusted", "n", "evidence",
]  # fmt: skip
WITHIN_TURNS = 2


def early_uses(table: pd.DataFrame, plan: Plan, ask: Ask) -> pd.DataFrame:
    """The plan's questions, of each step's use within the first two agent turns alone.

    Parameters
    ----------
    table, plan
        As for `stepmark.study.study`; only steps that enter as used or not are asked.
    ask
        The function that asks; `stepmark.study.study` itself.

    Returns
    -------
    DataFrame
        One row a step and model: `outcome`, `term`, `model`, `scale`, `estimate`, `conf_low`, `conf_high`, `p_value`,
        `p_adjusted`, `n`, `evidence`. Empty where the table does not tell in which agent turn steps were first used.
    """
    steps = tuple(
        StepPlan(name=step.name, measure="early", within_turns=WITHIN_TURNS, insist=step.insist)
        for step in plan.steps
        if step.measure in (None, "used") and f"{step.name}_first_agent_turn" in table
    )
    if not steps or "n_agent_turns" not in table:
        return pd.DataFrame(columns=_COLUMNS)
    agents = tuple(handling for handling in plan.agents if handling in ("pooled", "within")) or ("pooled",)
    controls = SensitivityPlan(e_values=False)
    early = bare_plan(plan).model_copy(update={"steps": steps, "agents": agents, "sensitivity": controls})
    return ask(table, early).main()[_COLUMNS].reset_index(drop=True)
