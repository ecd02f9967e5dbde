"""What customers answered, and who answered at all."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from stepmark.corpus import Outcome
from stepmark.figures.chart import BLUE, GREY, INK, Chart, chart, label_rows

__all__ = ["answer_rates", "plot_outcome", "plot_who_answered"]

#: A continuous outcome is drawn in so many bins.
BINS = 10


def plot_outcome(table: pd.DataFrame, outcome: Outcome) -> Chart:
    """Bars: how many interactions have each answer, and how many have none.

    Parameters
    ----------
    table
        One row an interaction, with the outcome's column.
    outcome
        Which outcome, and its kind.
    """
    values = table[outcome.name].astype("float64")
    answers = values.dropna()
    counts = _binned(answers, outcome)
    rows = pd.DataFrame({"answer": list(counts), "interactions": list(counts.values())})
    rows["share"] = rows["interactions"] / max(len(answers), 1)
    missing = int(values.isna().sum())
    made, axes = chart(
        f"{outcome.title}: what was answered",
        rows,
        rows=len(rows) * 1.1,
        note=f"Of {len(values):,} interactions {len(answers):,} have an answer and {missing:,} have none"
        + (f" ({missing / len(values):.0%})." if len(values) else ".")
        + " Percentages are of the answers.",
    )
    axes.barh(rows.index, rows["interactions"], color=BLUE, height=0.7)
    for place, row in enumerate(rows.to_dict("records")):
        axes.annotate(
            f"{row['interactions']:,} ({row['share']:.0%})",
            (row["interactions"], place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=INK,
        )
    label_rows(axes, rows["answer"].tolist())
    axes.set_xlim(0, 1.2 * max(rows["interactions"].max() if len(rows) else 1, 1))
    axes.set_xlabel("interactions", fontsize=9, color=INK)
    return made


def _binned(answers: pd.Series, outcome: Outcome) -> dict[str, int]:
    """How many have each answer, the best first for ordinal and binary outcomes."""
    if outcome.kind == "binary":
        return {"yes": int((answers == 1).sum()), "no": int((answers == 0).sum())}
    levels = outcome.levels or tuple(sorted(answers.unique()))
    if len(levels) <= BINS + 1:
        return {f"{level:g}": int((answers == level).sum()) for level in sorted(levels, reverse=True)}
    edges = np.histogram_bin_edges(answers, bins=BINS)
    held = np.histogram(answers, bins=edges)[0]
    return {f"{a:.3g} to {b:.3g}": int(n) for a, b, n in zip(edges, edges[1:], held, strict=False)}


def answer_rates(
    table: pd.DataFrame, outcome: str, groups: Mapping[str, pd.Series], *, conf_level: float = 0.95
) -> pd.DataFrame:
    """The share of interactions with an answer, overall and in groups.

    Parameters
    ----------
    table
        One row an interaction, with the outcome's column.
    outcome
        The outcome's column.
    groups
        For each name a mask over the rows of `table`.
    conf_level
        Of the interval.

    Returns
    -------
    DataFrame
        `group`, `interactions`, `answered`, `rate` (0 to 1), `conf_low`, `conf_high`: Wilson's score interval, for single
        interactions (Brown, Cai and DasGupta 2001, eq. 4). Groups with no interaction are left out.
    """
    z = float(stats.norm.ppf(0.5 + conf_level / 2))
    answered = table[outcome].notna()
    rows = []
    for name, mask in {"all interactions": pd.Series(True, index=table.index), **groups}.items():
        n, k = int(mask.sum()), int((answered & mask).sum())
        if n == 0:
            continue
        centre = (k + z * z / 2) / (n + z * z)
        reach = z / (n + z * z) * np.sqrt(k * (n - k) / n + z * z / 4)
        rows.append((name, n, k, k / n, max(0.0, centre - reach), min(1.0, centre + reach)))
    return pd.DataFrame(rows, columns=["group", "interactions", "answered", "rate", "conf_low", "conf_high"])


def plot_who_answered(rates: pd.DataFrame, outcome: str) -> Chart:
    """Who answered: the rate of answers in each group, with its interval.

    Parameters
    ----------
    rates
        As `answer_rates` returns it; its first row is drawn as the reference line.
    outcome
        What a reader should call the outcome.
    """
    made, axes = chart(
        f"{outcome}: who answered",
        rates,
        rows=len(rates) * 0.95,
        note="Point: share of interactions with an answer, with its 95% interval. Dotted: all interactions. Where some answer "
        "more often than others, the results speak of those who answered.",
    )
    colours = [INK, *[BLUE] * (len(rates) - 1)]
    axes.hlines(rates.index, 100 * rates["conf_low"], 100 * rates["conf_high"], color=colours, linewidth=2.2)
    axes.scatter(100 * rates["rate"], rates.index, color=colours, s=40, zorder=3)
    if len(rates):
        axes.axvline(100 * float(rates["rate"].iloc[0]), color=GREY, linewidth=1, linestyle=":")
    words = [f"{k:,} of {n:,}" for k, n in zip(rates["answered"], rates["interactions"], strict=True)]
    label_rows(axes, rates["group"].tolist(), words)
    axes.set_xlim(0, 102)
    axes.set_xlabel("answered, percent of interactions", fontsize=9, color=INK)
    return made
