"""Who is compared with whom: the decisions of a codes table side by side.

Each comparison is a table with one row a unit (turn), step and rater: `unit`, `group` (the number of its interaction),
`step`, `rater`, `yes`. Raters are coders, the two occasions of one coder, or blind and suggested coding.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["COMPARISONS", "pairs_of", "ratings", "shared_counts"]

#: What is compared, in the order of the printed table.
COMPARISONS = ("coders", "self", "blind")


def ratings(codes: pd.DataFrame, comparison: str) -> pd.DataFrame:
    """The decisions that count for a comparison, one row a unit, step and rater.

    `coders`: each coder's first decision. `self`: the first and the later decision of one coder on turns that came back.
    `blind`: decisions made blind and decisions made with suggestions, by different coders on one turn.
    """
    keyed = _keyed(codes)
    if comparison == "self":
        keyed["unit"] = keyed["unit"] + "\n" + keyed["coder"]
        keyed["rater"] = np.where(keyed["occasion"] == 0, "first", "later")
        keyed = keyed[keyed.groupby(["unit", "step"])["rater"].transform("nunique") == 2]
        return keyed.drop_duplicates(["unit", "step", "rater"])[_COLUMNS]
    keyed = keyed[keyed["occasion"] == 0]
    if comparison == "coders":
        return keyed.assign(rater=keyed["coder"])[_COLUMNS]
    return _blind_and_suggested(keyed)


_COLUMNS = ["unit", "group", "step", "rater", "yes"]


def _keyed(codes: pd.DataFrame) -> pd.DataFrame:
    occasion = codes["occasion"].fillna(0) if "occasion" in codes else pd.Series(0, index=codes.index)
    blind = codes["blind"] if "blind" in codes else pd.Series(pd.NA, index=codes.index, dtype="boolean")
    unit = codes["interaction_id"].astype("str") + "\n" + codes["turn"].astype("str")
    keyed = pd.DataFrame(
        {"unit": unit, "step": codes["step"], "coder": codes["coder"], "rater": "", "blind": blind}
    )
    keyed["occasion"] = occasion.to_numpy()
    keyed["yes"] = (codes["decision"] == "yes").to_numpy()
    keyed["group"] = pd.factorize(codes["interaction_id"])[0]
    return keyed


def _blind_and_suggested(keyed: pd.DataFrame) -> pd.DataFrame:
    """One row each for the blind and the suggested decision of every pair of coders that differ in it."""
    known = keyed[keyed["blind"].notna()]
    blind = known[known["blind"].astype(bool)]
    shown = known[~known["blind"].astype(bool)]
    both = blind.merge(shown, on=["unit", "step", "group"], suffixes=("_blind", "_shown"))
    both = both[both["coder_blind"] != both["coder_shown"]]
    unit = both["unit"] + "\n" + both["coder_blind"] + "\n" + both["coder_shown"]
    sides = [
        pd.DataFrame(
            {"unit": unit, "group": both["group"], "step": both["step"], "rater": rater, "yes": both[column]}
        )
        for rater, column in (("blind", "yes_blind"), ("suggested", "yes_shown"))
    ]
    return pd.concat(sides, ignore_index=True)


def pairs_of(rated: pd.DataFrame) -> pd.DataFrame:
    """Each pair of raters on the same unit and step: `group`, `step`, `raters`, `a`, `b`."""
    both = rated.merge(rated, on=["unit", "step", "group"], suffixes=("_a", "_b"))
    both = both[both["rater_a"] < both["rater_b"]]
    raters = both["rater_a"] + " & " + both["rater_b"]
    pairs = {
        "group": both["group"],
        "step": both["step"],
        "raters": raters,
        "a": both["yes_a"],
        "b": both["yes_b"],
    }
    return pd.DataFrame(pairs).reset_index(drop=True)


def shared_counts(rated: pd.DataFrame) -> pd.DataFrame:
    """How many raters said no and yes of each unit and step: `group`, `step`, `no`, `yes`."""
    counted = rated.groupby(["unit", "step", "group"], sort=False)["yes"].agg(["size", "sum"]).reset_index()
    counted = counted[counted["size"] > 1]
    no = counted["size"] - counted["sum"]
    return pd.DataFrame({"group": counted["group"], "step": counted["step"], "no": no, "yes": counted["sum"]})
