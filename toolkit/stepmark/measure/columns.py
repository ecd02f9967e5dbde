"""Which measures there are, what each means, and its unit.

This is the one place that lists them; the table, its documentation and the report read it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["SIGNAL_MEASURES", "STEP_MEASURES", "WHOLE_MEASURES", "Measure", "measure_columns"]


@dataclass(frozen=True)
class Measure:
    """One measure: the name of its column (for a step's measure: what follows the step's id), and what it holds."""

    name: str
    doc: str


#: For every step, breach and signal S of the guide: the column `S_<name>`.
STEP_MEASURES = (
    Measure("used", "Whether any turn shows the step."),
    Measure("count", "In how many turns."),
    Measure("first_turn", "The turn of the first use, from 0; missing if never used."),
    Measure(
        "first_agent_turn",
        "The place of the first use among the agent's turns, from 0; missing if never used, and for what the customer does.",
    ),
    Measure(
        "first_s",
        "Seconds from the start of the first turn to the first use; missing if never, or not timed.",
    ),
    Measure(
        "position", "Place of the first use, 0 the first turn to 1 the last, by turns; missing if never used."
    ),
)

#: For every signal S of the guide: the column `S_<name>`.
SIGNAL_MEASURES = (
    Measure("before", "Whether the customer shows it before the agent's first reply."),
    Measure("end", "Whether the customer shows it in their last two turns."),
)

#: The whole interaction. Times are in seconds and missing where the source has none.
WHOLE_MEASURES = (
    Measure("n_turns", "Turns of all parties."),
    Measure("n_agent_turns", "Turns of the agent."),
    Measure("n_customer_turns", "Turns of the customer."),
    Measure("duration_s", "From the first known moment to the last."),
    Measure("response_time_first_s", "The agent's first reply: from the end of the customer's burst."),
    Measure("response_time_median_s", "Median of the agent's replies."),
    Measure("response_time_max_s", "The longest of the agent's replies."),
    Measure("response_time_after_anger_s", "Median of the agent's replies to bursts that show `anger`."),
    Measure("pause_max_s", "The longest silence between one turn and the next, whoever speaks."),
    Measure("talk_share", "The agent's share of the talk, 0 to 1, in the unit of `talk_share_by`."),
    Measure(
        "talk_share_by",
        "`time` where every turn of agent and customer has start and end, else `words`; missing where nobody spoke.",
    ),
    Measure(
        "n_interruptions",
        "Turns in which the agent starts before the customer has finished; missing untimed.",
    ),
    Measure("n_words_agent", "Words of the agent."),
    Measure("n_words_customer", "Words of the customer."),
    Measure("promise_to_follow_up_s", "From the first promised follow-up to the first follow-up after it."),
    Measure(
        "resolution_to_follow_up_s",
        "From the last solution, alternative or check before the first follow-up, to that follow-up.",
    ),
    Measure("opening_words", "Words of the customer before the agent's first reply."),
)


def measure_columns(steps: Iterable[str], signals: Iterable[str]) -> dict[str, str]:
    """What each column that `measure` adds holds, in the order of the table.

    Parameters
    ----------
    steps
        Ids of all steps, breaches and signals of the guide, in its order.
    signals
        Ids of those that are signals.

    Returns
    -------
    dict
        Column name to description.
    """
    described = {f"{step}_{m.name}": m.doc for step in steps for m in STEP_MEASURES}
    described |= {m.name: m.doc for m in WHOLE_MEASURES}
    return described | {f"{signal}_{m.name}": m.doc for signal in signals for m in SIGNAL_MEASURES}
