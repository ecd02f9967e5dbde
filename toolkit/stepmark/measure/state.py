"""How the customer came in, before the agent could do anything, and how they left."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

__all__ = ["state_columns"]

#: How many of the customer's last turns say how they left.
LAST_TURNS = 2


def state_columns(
    turns: pd.DataFrame,
    answered: pd.DataFrame,
    marked: pd.DataFrame,
    signals: Sequence[str],
    n_interactions: int,
) -> dict[str, pd.Series]:
    """The customer's opening words, and each signal before the agent's first reply and in the last two turns.

    The agent's first reply is their first turn after a customer's: a greeting before the customer has spoken is none.
    Where the agent never replies, every customer turn comes before the reply. The first turns and the last may be
    the same.

    Parameters
    ----------
    turns, answered, marked
        As `talk`, `replies` and `marked_turns` return them.
    signals
        Ids of the guide's signals.
    n_interactions
        Rows of the table.
    """
    index = range(n_interactions)
    customer = turns[turns["speaker"].eq("customer")]
    first_reply = answered.drop_duplicates("row").set_index("row")["turn"]
    limit = customer["row"].map(first_reply)
    opening = customer[limit.isna() | (customer["turn"] < limit)]
    ending = customer[customer.groupby("row").cumcount(ascending=False) < LAST_TURNS]
    words = opening.groupby("row")["n_words"].sum().reindex(index, fill_value=0)
    columns = {"opening_words": words}
    for signal in signals:
        shown = marked[marked["step"].eq(signal)]
        columns[f"{signal}_before"] = _any(opening, shown, n_interactions)
        columns[f"{signal}_end"] = _any(ending, shown, n_interactions)
    return columns


def _any(turns: pd.DataFrame, shown: pd.DataFrame, n_interactions: int) -> pd.Series:
    """Whether any of `turns` is among those that show the signal, one value an interaction."""
    rows = turns.merge(shown[["row", "turn"]], on=["row", "turn"])["row"]
    index = pd.RangeIndex(n_interactions)
    return pd.Series(index.isin(rows.unique()), index=index)
