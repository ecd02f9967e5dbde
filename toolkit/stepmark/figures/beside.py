"""What each step seems to be worth, and what is left of it: raw average, like with like, corrected, side by side."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from stepmark.figures.chart import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    SOFT,
    UNITS,
    Chart,
    label_rows,
    number,
    panels,
    term_labels,
)

__all__ = ["plot_side_by_side"]

#: Each estimate's column, its sign, and what it is called.
SIGNS = {
    "raw": ("○", "raw\naverage"),
    "adjusted": ("◇", "like with\nlike"),
    "corrected": ("●", "corrected"),
}
PLAIN_SIGNS = {"raw": SIGNS["raw"], "adjusted": ("●", SIGNS["adjusted"][1])}
#: The estimates that are not the last stand so far above it.
LANE = 0.24
COLOURS = {"higher": BLUE, "lower": ORANGE, "cannot tell": GREY}


def plot_side_by_side(
    beside: pd.DataFrame,
    *,
    outcome: str = "the outcome",
    scale: str = "points",
    labels: Mapping[str, str] | None = None,
) -> Chart:
    """Each step's raw difference, what is left of it among interactions that began alike, and after correction.

    Parameters
    ----------
    beside
        One row a step, drawn in this order: `term`, `raw`, `adjusted`, `corrected` (missing throughout where nothing was
        corrected), `conf_low` and `conf_high` (of the last of the three that is there), `reading` (`higher`, `lower` or
        `cannot tell`).
    outcome
        What a reader should call the outcome.
    scale
        Of the numbers: `points` or `percentage_points`.
    labels
        What to call each term.
    """
    rows = beside.reset_index(drop=True)
    corrected = bool(rows["corrected"].notna().any())
    final = rows["corrected"].fillna(rows["adjusted"])
    settled = rows["corrected"].notna() | (not corrected)
    middle = rows.index - LANE * settled
    colours = rows["reading"].map(COLOURS)
    made, (axes, numbers) = panels(
        f"{outcome}: the raw averages, and what is left of them",
        rows,
        shape=(1, 2),
        height=0.33 * len(rows) + 0.95,
        note=_note(corrected, bool(settled.all())),
        width_ratios=[1.0, 0.34 if corrected else 0.23],
        sharey=True,
    )
    axes.axvline(0, color=INK, linewidth=1)
    axes.hlines(rows.index, rows["conf_low"], rows["conf_high"], color=colours, linewidth=2)
    way = rows[["raw", "adjusted"]].assign(final=final).T.ffill()
    lanes = pd.DataFrame([rows.index - LANE, middle, rows.index], columns=rows.index)
    axes.plot(way.to_numpy(), lanes.to_numpy(), color="#b9bec6", linewidth=1)
    axes.scatter(rows["raw"], rows.index - LANE, s=26, facecolor="white", edgecolor=SOFT, zorder=4)
    if corrected:
        axes.scatter(rows["adjusted"], middle, s=20, marker="D", facecolor="white", edgecolor=SOFT, zorder=6)
    axes.scatter(final[settled], rows.index[settled], s=44, c=colours[settled], zorder=5)
    label_rows(axes, term_labels(rows["term"], labels))
    axes.set_xlabel(
        f"← lower      difference in {outcome}, {UNITS.get(scale, scale)}      higher →",
        fontsize=9,
        color=INK,
    )
    _columns(numbers, rows, SIGNS if corrected else PLAIN_SIGNS, scale)
    return made


def _note(corrected: bool, all_settled: bool) -> str:
    alike = "alike in what was known before the first reply"
    told = (
        [
            f"◇ Among interactions {alike}, as the rules read them.",
            "● The same, corrected by hand codes for what the rules misread, with its 95% interval.",
            *([] if all_settled else ["Without ●: could not be corrected; the interval is that of ◇."]),
        ]
        if corrected
        else [f"● Among interactions {alike}, with its 95% interval."]
    )
    raw = "○ The raw difference between interactions with and without the step."
    return " ".join(
        [
            raw,
            *told,
            "Blue or orange: more than chance would give, with all steps counted; grey: cannot tell.",
        ]
    )


def _columns(axes: Axes, rows: pd.DataFrame, signs: Mapping[str, tuple[str, str]], scale: str) -> None:
    """The numbers, each column headed by its sign, so that no legend is needed."""
    axes.set_axis_off()
    axes.set_xlim(-0.5, len(signs) - 0.5)
    for at, (name, (sign, words)) in enumerate(signs.items()):
        axes.text(at, -0.6, f"{words}\n{sign}", fontsize=7.5, color=SOFT, ha="center", va="bottom")
        weight = "bold" if at == len(signs) - 1 else "normal"
        for row, value in enumerate(rows[name]):
            axes.text(
                at,
                row,
                number(value, scale),
                fontsize=8.5,
                color=INK,
                ha="center",
                va="center",
                fontweight=weight,
            )
