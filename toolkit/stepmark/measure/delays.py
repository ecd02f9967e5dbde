"""How prompt the follow-up was: from the promise, and from the solution, to the later contact."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

__all__ = ["RESOLVING", "delay_columns"]

#: What may count as the moment at which the problem was dealt with.
RESOLVING = ("offer_solution", "offer_alternative", "check_resolved")


def delay_columns(marked: pd.DataFrame, n_interactions: int) -> dict[str, pd.Series]:
    """Seconds from the first promise to the first follow-up after it, and from the resolution to the first follow-up.

    The resolution is the last agent turn before the first follow-up that shows one of `RESOLVING`. Both run from the
    end of the earlier turn (its start where the end is unknown) to the start of the follow-up, and are missing where
    either is not there or not timed.

    Parameters
    ----------
    marked
        As `stepmark.measure.steps.marked_turns` returns them.
    n_interactions
        Rows of the table.
    """
    back = _shows(marked, ["follow_up"])
    promised = _shows(marked, ["promise_follow_up"]).drop_duplicates("row")
    kept = _after(promised, back).drop_duplicates("row")
    resolved = _after(_shows(marked, RESOLVING), back.drop_duplicates("row")).drop_duplicates(
        "row", keep="last"
    )
    index = range(n_interactions)
    return {
        "promise_to_follow_up_s": kept.set_index("row")["delay_s"].reindex(index),
        "resolution_to_follow_up_s": resolved.set_index("row")["delay_s"].reindex(index),
    }


def _shows(marked: pd.DataFrame, steps: Sequence[str]) -> pd.DataFrame:
    """The turns that show any of `steps`, once each, in order."""
    return marked.loc[marked["step"].isin(steps), ["row", "place", "start_s", "until_s"]].drop_duplicates()


def _after(earlier: pd.DataFrame, later: pd.DataFrame) -> pd.DataFrame:
    """Every pair of an earlier and a later turn of one interaction, in order, with the delay between them."""
    pairs = earlier.merge(later, on="row", suffixes=("", "_later"))
    pairs = pairs[pairs["place_later"] > pairs["place"]].sort_values(["row", "place", "place_later"])
    delay = (pairs["start_s_later"] - pairs["until_s"]).clip(lower=0)
    return pairs.assign(delay_s=delay)
