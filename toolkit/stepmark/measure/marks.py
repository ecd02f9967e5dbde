"""Which turns does a file of marks name, and with which steps?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from stepmark.corpus import check_table, read_table
from stepmark.corpus.tables import SPANS
from stepmark.errors import Fault, InputError

__all__ = ["read_marks"]

#: What `measure` needs of a span; where it stands in the turn may be left out.
NEEDED = ("interaction_id", "turn", "step")
MARKS = replace(SPANS, columns=tuple(replace(c, required=c.name in NEEDED) for c in SPANS.columns))


def read_marks(path: str | Path) -> pd.DataFrame:
    """The spans in a file, each column in its type, as `measure` takes them.

    Parameters
    ----------
    path
        Spans as .parquet, .csv or .jsonl, with at least `interaction_id`, `turn` and `step`.

    Raises
    ------
    InputError
        With every fault of the file; for a codes table, whose rows may say that a step is *not* there.
    """
    frame, origin = read_table(path)
    if "decision" in frame:
        advice = "Turn its 'yes' rows into spans, or use `stepmark.measure.hand_coded`."
        raise InputError(Fault(str(path), "a codes table (column 'decision')", "spans", advice))
    marks, faults = check_table(frame, MARKS, origin)
    if faults:
        raise InputError(faults)
    return marks
