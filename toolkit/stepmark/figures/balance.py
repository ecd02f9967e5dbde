"""Are interactions with and without a step alike: the love plot, and the overlap of their chances of the step."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from stepmark.figures.chart import BLUE, INK, ORANGE, SOFT, Chart, label_rows, panels, term_labels

__all__ = ["plot_balance"]

#: Below this standardised difference two groups count as alike.
ALIKE = 0.1


def plot_balance(
    balance: pd.DataFrame,
    propensity: pd.DataFrame | None = None,
    *,
    label: str = "",
    labels: Mapping[str, str] | None = None,
) -> Chart:
    """How unlike interactions with and without one step are, before and after weighting; and how far they overlap.

    Parameters
    ----------
    balance
        Rows of the table `balance` of a study, of one step and outcome: `covariate`, `smd_before`, `smd_after`
        (standardised differences of means). Drawn with the largest difference before weighting first.
    propensity
        Rows of the table `propensity`, of the same step and outcome: `low`, `high`, `with_step`, `without_step`; without it
        there is no second panel.
    label
        What a reader should call the step.
    labels
        What to call each covariate.
    """
    rows = balance[["covariate", "smd_before", "smd_after"]].dropna(subset=["smd_before"])
    rows = rows.sort_values("smd_before", key=abs, ascending=False, kind="stable").reset_index(drop=True)
    label = label or (
        str(balance["term"].iloc[0]).replace("_", " ").capitalize() if len(balance) else "the step"
    )
    both = propensity is not None and len(propensity) > 0
    made, axes = panels(
        f"{label}: are interactions with and without it alike?",
        rows,
        shape=(1, 2 if both else 1),
        height=max(0.22 * len(rows) + 0.5, 2.2),
        note="Left: how far they differ in what was known before the first reply, in standard deviations; ○ as they are, ● after "
        "weighting; left of the dotted line they count as alike."
        + (
            " Right: how likely each was to get the step, given all that; only where both sides are there can they be compared."
            if both
            else ""
        ),
        width_ratios=[1.25, 1] if both else None,
    )
    _love(axes[0], rows, labels)
    if propensity is not None and both:
        _overlap(axes[1], propensity)
    return made


def _love(axes: Axes, rows: pd.DataFrame, labels: Mapping[str, str] | None) -> None:
    before, after = rows["smd_before"].abs(), rows["smd_after"].abs()
    axes.hlines(rows.index, before, after, color="#c3c8cf", linewidth=1.2)
    axes.scatter(before, rows.index, s=26, facecolor="white", edgecolor=SOFT, zorder=3)
    axes.scatter(after, rows.index, s=26, color=BLUE, zorder=4)
    axes.axvline(ALIKE, color=INK, linewidth=1, linestyle=":")
    axes.axvline(0, color=INK, linewidth=1)
    label_rows(axes, term_labels(rows["covariate"], labels))
    axes.tick_params(axis="y", labelsize=8)
    axes.set_xlim(-0.02, max(0.3, 1.08 * float(pd.concat([before, after]).max() if len(rows) else 0)))
    axes.set_xlabel("difference, standard deviations", fontsize=8.5, color=INK)


def _overlap(axes: Axes, chances: pd.DataFrame) -> None:
    """Interactions with the step above the line, those without below it."""
    width = (chances["high"] - chances["low"]).to_numpy()
    axes.bar(
        chances["low"],
        chances["with_step"],
        width,
        align="edge",
        color=BLUE,
        edgecolor="white",
        linewidth=0.4,
    )
    axes.bar(
        chances["low"],
        -chances["without_step"],
        width,
        align="edge",
        color=ORANGE,
        edgecolor="white",
        linewidth=0.4,
    )
    axes.axhline(0, color=INK, linewidth=1)
    most = max(float(chances[["with_step", "without_step"]].to_numpy().max()), 1.0)
    axes.set_ylim(-1.2 * most, 1.2 * most)
    axes.text(
        0.98, 0.97, "with the step", transform=axes.transAxes, ha="right", va="top", fontsize=8.5, color=BLUE
    )
    axes.text(
        0.98,
        0.03,
        "without it",
        transform=axes.transAxes,
        ha="right",
        va="bottom",
        fontsize=8.5,
        color="#a34700",
    )
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.5, 1], ["0%", "50%", "100%"])
    axes.set_yticks([])
    axes.set_xlabel("chance of the step, given all that", fontsize=8.5, color=INK)
