"""How much an estimate depends on choices: the specification curve (Simonsohn, Simmons & Nelson 2020)."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from stepmark.figures.chart import BLUE, GREY, INK, ORANGE, UNITS, Chart, panels

__all__ = ["plot_specifications"]

#: The choices in the order in which they are shown, and what a reader should call each.
CHOICES = {"definition": "step:", "controls": "held constant:", "agents": "agents:", "model": "model:"}
WORDS = {
    "as planned": "as planned",
    "early": "used in the first 2 replies",
    "count": "each further use",
    "used": "used or not",
    "all": "all that is known",
    "none": "nothing",
    "pooled": "all together",
    "within": "each with herself",
    "linear": "linear",
}


def plot_specifications(curve: pd.DataFrame, *, label: str = "", outcome: str = "the outcome") -> Chart:
    """The estimates of one step under every combination of choices, lowest first, with the choices below.

    Parameters
    ----------
    curve
        Rows of the table `specifications` of a study, of one step and outcome.
    label
        What a reader should call the step; its own name by default.
    outcome
        What a reader should call the outcome.
    """
    rows = curve.sort_values("estimate", kind="stable").reset_index(drop=True)
    label = label or (str(rows["term"].iloc[0]).replace("_", " ").capitalize() if len(rows) else "The step")
    scale = str(rows["scale"].iloc[0]) if len(rows) else "points"
    lines = [(name, value) for name in CHOICES for value in sorted(curve[name].unique(), key=_place)]
    made, axes = panels(
        f"{label}: the estimate under {len(rows)} ways to ask",
        rows[[*CHOICES, "estimate", "conf_low", "conf_high", "planned"]],
        shape=(2, 1),
        height=2.1 + 0.2 * len(lines),
        sharex=True,
        height_ratios=[2.1, max(0.2 * len(lines), 0.2)],
        note="Above: each estimate with its 95% interval; the ringed one is the plan's own. Blue or orange: the interval leaves out "
        "zero. Below: the choices behind it. A sign that changes with the choices is not one to build on; one that stays may still "
        "share a fault of all.",
    )
    _estimates(axes[0], made.data)
    axes[0].set_ylabel(f"{outcome},\n{UNITS.get(scale, scale)}", fontsize=8.5, color=INK)
    _choices(axes[1], made.data, lines)
    return made


def _place(choice: str) -> int:
    """Where a choice stands among its alternatives; those that leave something out come last, in the order of the table."""
    return list(WORDS).index(choice) if choice in WORDS else len(WORDS)


def _estimates(axes: Axes, rows: pd.DataFrame) -> None:
    colours = [
        BLUE if low > 0 else ORANGE if high < 0 else GREY
        for low, high in zip(rows["conf_low"], rows["conf_high"], strict=True)
    ]
    axes.axhline(0, color=INK, linewidth=1)
    axes.vlines(rows.index, rows["conf_low"], rows["conf_high"], color=colours, linewidth=1.6)
    axes.scatter(rows.index, rows["estimate"], c=colours, s=22, zorder=3)
    own = rows[rows["planned"].astype(bool)]
    axes.scatter(own.index, own["estimate"], s=110, facecolor="none", edgecolor=INK, linewidth=1.3, zorder=4)
    axes.grid(axis="x", visible=False)
    axes.grid(axis="y", color="#e8eaed", linewidth=0.8)
    axes.margins(y=0.08)
    axes.tick_params(labelbottom=False)


def _choices(axes: Axes, rows: pd.DataFrame, lines: list[tuple[str, str]]) -> None:
    """A dot for every choice of every specification."""
    for place, (name, value) in enumerate(lines):
        chosen = rows.index[rows[name].eq(value)]
        axes.scatter(rows.index, [place] * len(rows), s=9, color="#e3e6ea", linewidth=0)
        axes.scatter(chosen, [place] * len(chosen), s=14, color=INK, linewidth=0, zorder=3)
    axes.set_yticks(
        range(len(lines)), [f"{CHOICES[name]} {WORDS.get(value, value)}" for name, value in lines]
    )
    axes.tick_params(axis="y", labelsize=8)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.set_xticks([])
    axes.grid(visible=False)
