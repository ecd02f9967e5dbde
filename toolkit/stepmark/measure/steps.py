"""When and how often each step was used."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

__all__ = ["marked_turns", "step_columns"]


def marked_turns(turns: pd.DataFrame, spans: pd.DataFrame) -> pd.DataFrame:
    """The turns that show each step: `turns` joined to `step`, one row a turn and step, in order."""
    marks = spans[["interaction_id", "turn", "step"]].drop_duplicates()
    marks = marks.astype({"turn": "int64"})
    return turns.merge(marks, on=["interaction_id", "turn"], how="inner").sort_values(
        ["row", "place"], kind="stable"
    )


def step_columns(
    turns: pd.DataFrame, marked: pd.DataFrame, steps: Sequence[str], n_interactions: int
) -> dict[str, pd.Series]:
    """The measures of each step (`STEP_MEASURES`), one value an interaction, by column name.

    Parameters
    ----------
    turns
        As `stepmark.measure.talk` returns them.
    marked
        As `marked_turns` returns them.
    steps
        The ids to measure, in the order wanted.
    n_interactions
        Rows of the table; an interaction without turns has used nothing.
    """
    shape = (len(steps), n_interactions)
    at = pd.Index(steps).get_indexer(pd.Index(marked["step"])), marked["row"].to_numpy()
    count = np.zeros(shape, dtype="int64")
    np.add.at(count, at, 1)
    first = ~marked.duplicated(["step", "row"]).to_numpy()
    at = at[0][first], at[1][first]
    turn, place, start_s, agent_place = (
        _placed(marked.loc[first, name], at, shape) for name in ("turn", "place", "start_s", "agent_place")
    )
    by_agent = _placed(marked.loc[first, "speaker"].eq("agent"), at, shape) == 1
    last = turns.groupby("row")["place"].max().reindex(range(n_interactions)).to_numpy(dtype="float64")
    position = place / np.maximum(last, 1)
    columns: dict[str, pd.Series] = {}
    for k, step in enumerate(steps):
        columns |= {
            f"{step}_used": pd.Series(count[k] > 0),
            f"{step}_count": pd.Series(count[k]),
            f"{step}_first_turn": pd.Series(turn[k]).astype("Int64"),
            f"{step}_first_agent_turn": pd.Series(agent_place[k]).where(by_agent[k]).astype("Int64"),
            f"{step}_first_s": pd.Series(start_s[k]),
            f"{step}_position": pd.Series(position[k]),
        }
    return columns


def _placed(values: pd.Series, at: tuple[np.ndarray, np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """Values put at their step and interaction; NaN everywhere else."""
    placed = np.full(shape, np.nan)
    placed[at] = values.to_numpy(dtype="float64")
    return placed
