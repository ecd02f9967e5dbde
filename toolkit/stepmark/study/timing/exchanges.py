"""The conversation as exchanges: what the agent did, what the customer had shown before, and what they showed next.

"It calms customers" is a claim about the next thing the customer says, given what they said before. So the unit is the
agent's reply (one turn, or several in a row) with the customer's turns just before and just after it. The table can be
studied as any other, with `S_next` as outcome, `S_now` held constant, and agents as clusters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from stepmark.errors import Fault, InputError

__all__ = ["around_event", "exchanges"]


def exchanges(
    turns: pd.DataFrame,
    marks: pd.DataFrame,
    steps: Sequence[str],
    signals: Sequence[str] = ("anger",),
    interactions: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row a reply of an agent.

    Parameters
    ----------
    turns
        The turns of a corpus; turns of others than agent and customer are passed over.
    marks
        Spans, or codes (of which those with decision `yes` count): `interaction_id`, `turn`, `step`.
    steps
        Agent steps; what is asked about.
    signals
        Customer signals.
    interactions
        Whose `agent_id` and other columns are to stand beside; None for none.

    Returns
    -------
    DataFrame
        `interaction_id`, `turn` (the first of the reply), `exchange` (0-based count of replies in the interaction),
        `S_used` for each step (bool: anywhere in the reply), and for each signal `S_now` (0/1: in the customer's turns since
        the last reply; missing before they have spoken), `S_ever` (0/1: at any time before the reply) and `S_next`
        (0/1: in their turns until the next reply; missing where they say no more).

    Raises
    ------
    InputError
        Where a table lacks a column.

    Examples
    --------
    >>> turns = pd.DataFrame({"interaction_id": "a", "turn": range(4), "speaker": ["customer", "agent", "agent", "customer"]})
    >>> marks = pd.DataFrame({"interaction_id": "a", "turn": [0, 2], "step": ["anger", "empathize"]})
    >>> exchanges(turns, marks, ["empathize"])[["turn", "empathize_used", "anger_now", "anger_next"]].values.tolist()
    [[1, True, 1.0, 0.0]]
    """
    _check(turns, marks)
    blocks, at = _blocks(turns)
    shown = _shown(marks, at, len(blocks), [*steps, *signals])
    agent = (blocks["speaker"] == "agent").to_numpy()
    same_before = blocks["interaction_id"].eq(blocks["interaction_id"].shift()).to_numpy()
    rows = np.flatnonzero(agent)
    table = blocks.loc[rows, ["interaction_id", "turn"]].reset_index(drop=True)
    table["exchange"] = table.groupby("interaction_id").cumcount()
    columns = {f"{step}_used": shown[step][rows] for step in steps}
    same_after = np.append(same_before[1:], False)
    for signal in signals:
        values = shown[signal].astype(float)
        before, after = np.append(np.nan, values[:-1]), np.append(values[1:], np.nan)
        customer = pd.Series(np.where(agent, 0.0, values))
        columns[f"{signal}_now"] = np.where(same_before, before, np.nan)[rows]
        columns[f"{signal}_ever"] = customer.groupby(blocks["interaction_id"]).cummax().to_numpy()[rows]
        columns[f"{signal}_next"] = np.where(same_after, after, np.nan)[rows]
    table = table.assign(**columns)
    return table if interactions is None else table.merge(interactions, how="left", on="interaction_id")


def _check(turns: pd.DataFrame, marks: pd.DataFrame) -> None:
    faults = [
        Fault(where, f"no column {column!r}", "a table of the corpus")
        for where, frame, columns in (
            ("turns", turns, ("interaction_id", "turn", "speaker")),
            ("marks", marks, ("interaction_id", "turn", "step")),
        )
        for column in columns
        if column not in frame
    ]
    if faults:
        raise InputError(faults)


def _blocks(turns: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Turns of one speaker in a row as one block; and the block of each turn."""
    own = turns[turns["speaker"].isin(["agent", "customer"])][["interaction_id", "turn", "speaker"]]
    own = own.sort_values(["interaction_id", "turn"], kind="stable", ignore_index=True)
    new = own[["interaction_id", "speaker"]].ne(own[["interaction_id", "speaker"]].shift()).any(axis=1)
    at = own.assign(block=new.cumsum() - 1)
    return own[new].reset_index(drop=True), at


def _shown(marks: pd.DataFrame, at: pd.DataFrame, n: int, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Whether each block shows each step or signal."""
    if "decision" in marks:
        marks = marks[marks["decision"] == "yes"]
    found = marks[["interaction_id", "turn", "step"]].merge(at, on=["interaction_id", "turn"])
    shown = {}
    for name in names:
        shown[name] = np.zeros(n, dtype=bool)
        shown[name][found.loc[found["step"] == name, "block"]] = True
    return shown


def around_event(
    table: pd.DataFrame, event: str, columns: Sequence[str], *, before: int = 3, after: int = 3
) -> pd.DataFrame:
    """Mean of columns in the exchanges around the first one in each interaction at which `event` is 1.

    Parameters
    ----------
    table
        As `exchanges` gives it.
    event
        A 0/1 column such as `anger_now`.
    columns
        Columns of numbers, such as `empathize_used`.
    before, after
        How many exchanges to each side. Interactions that are shorter lack the outer ones: `n` tells.

    Returns
    -------
    DataFrame
        `column`, `offset` (exchanges from the event), `mean`, `std_error` (by interaction, each of which has one row an
        offset), `n`.
    """
    first = table[table[event] == 1].groupby("interaction_id")["exchange"].min()
    offset = table["exchange"] - table["interaction_id"].map(first)
    near = table.assign(offset=offset)[offset.between(-before, after)]
    parts = []
    for column in columns:
        values = near[column].astype(float).groupby(near["offset"].astype(int))
        part = pd.DataFrame({"mean": values.mean(), "std_error": values.sem(), "n": values.count()})
        parts.append(part.reset_index().assign(column=column))
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return found.reindex(columns=["column", "offset", "mean", "std_error", "n"])
