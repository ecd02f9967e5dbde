"""Who spoke, when and how much: the turns with all that the measures need.

Times become seconds from the start of the first turn, whether the source has timestamps or seconds. Whether a turn
answers another is left to `stepmark.measure.replies`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from stepmark.corpus import Corpus

__all__ = ["talk"]

WORD = r"[^\s\pZ]+"


def talk(corpus: Corpus) -> pd.DataFrame:
    """The turns of a corpus with their place, clock and length.

    Parameters
    ----------
    corpus
        Any corpus, timed or not.

    Returns
    -------
    DataFrame
        One row a turn, in order, with the columns `row` (int: the row of its interaction in `corpus.interactions`),
        `interaction_id`, `turn`, `speaker`, `place` (int from 0 within the interaction), `agent_place` (int: how
        many agent turns came before), `n_words` (int: runs of characters between spaces), `start_s` and `end_s`
        (seconds from the start of the interaction's first turn; missing where unknown), `until_s` (`end_s`, or
        `start_s` where the end is unknown).
    """
    turns = corpus.turns.sort_values(["interaction_id", "turn"], kind="stable")
    rows = pd.Series(np.arange(len(corpus.interactions)), index=corpus.interactions["interaction_id"].array)
    table = pd.DataFrame(
        {
            "row": rows.reindex(turns["interaction_id"].array).to_numpy(),
            "interaction_id": turns["interaction_id"].to_numpy(),
            "turn": turns["turn"].to_numpy(dtype="int64"),
            "speaker": turns["speaker"].astype("str").to_numpy(),
            "n_words": _words(turns["text"]),
        }
    )
    table["place"] = table.groupby("row").cumcount()
    agent = table["speaker"].eq("agent").astype("int64")
    table["agent_place"] = agent.groupby(table["row"]).cumsum() - agent
    table["start_s"], table["end_s"] = _seconds(turns, table["row"])
    table["until_s"] = table["end_s"].fillna(table["start_s"])
    return table


def _words(texts: pd.Series) -> np.ndarray:
    """How many runs of characters between spaces (of any kind that Unicode knows) each text has."""
    counts = pc.count_substring_regex(pa.array(texts, type=pa.large_string()), WORD)
    return counts.fill_null(0).to_numpy(zero_copy_only=False).astype("int64")


def _seconds(turns: pd.DataFrame, row: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Starts and ends in seconds from the start of each interaction's first turn."""
    start, end = (_clock(turns, name, row.index) for name in ("start", "end"))
    origin = start.where(~row.duplicated()).groupby(row).transform("max")
    return start - origin, end - origin


def _clock(turns: pd.DataFrame, name: str, index: pd.Index) -> pd.Series:
    """A column of times as float seconds on whatever clock it has; NaN where missing."""
    if name not in turns:
        return pd.Series(np.nan, index=index)
    times = turns[name]
    if pd.api.types.is_datetime64_any_dtype(times.dtype):
        times = (times - times.min()) / pd.Timedelta(seconds=1)
    return pd.Series(pd.to_numeric(times).to_numpy(dtype="float64", na_value=np.nan), index=index)
