"""The table of measures in a few lines on the terminal."""

from __future__ import annotations

import pandas as pd
from rich.console import Console
from rich.table import Table

from stepmark.annotate import Guide
from stepmark.corpus import Corpus

__all__ = ["print_measures", "summary"]

#: Whole-interaction measures that a reader looks for first.
SHOWN = (
    "n_turns",
    "duration_s",
    "response_time_first_s",
    "response_time_median_s",
    "response_time_after_anger_s",
    "pause_max_s",
    "talk_share",
    "n_interruptions",
    "promise_to_follow_up_s",
    "resolution_to_follow_up_s",
)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """How the whole-interaction measures are spread.

    Returns
    -------
    DataFrame
        Columns `measure`, `known` (interactions in which it is known), `low` and `high` (first and ninth decile),
        `median`; all missing where it is known for none.
    """
    rows = []
    for name in SHOWN:
        values = table[name].astype("float64").dropna()
        low, median, high = values.quantile([0.1, 0.5, 0.9])
        rows.append({"measure": name, "known": len(values), "low": low, "median": median, "high": high})
    return pd.DataFrame(rows)


def print_measures(table: pd.DataFrame, corpus: Corpus, guide: Guide) -> None:
    """Print how the measures are spread over the interactions."""
    console = Console()
    console.print(
        f"{corpus.name}: {len(table):,} interactions, {len(table.columns)} columns, guide {guide}",
        highlight=False,
    )
    shown = Table("measure", "known in", "10%", "median", "90%", box=None, pad_edge=False)
    for column in shown.columns[1:]:
        column.justify = "right"
    for row in summary(table).to_dict("records"):
        numbers = [_text(row[quantile]) for quantile in ("low", "median", "high")]
        shown.add_row(row["measure"], f"{row['known']:,}", *numbers)
    console.print(shown)
    console.print(
        "Seconds where a name ends in _s. 'known in' counts interactions; what a source lacks is missing.",
        highlight=False,
    )


def _text(value: float) -> str:
    """Three significant digits, or all digits of what is larger; a dash where missing."""
    if pd.isna(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
