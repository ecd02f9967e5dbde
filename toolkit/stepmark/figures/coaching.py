"""How often each agent takes a step, beside the team: drawn towards it where there are few interactions."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from stepmark.figures.chart import BLUE, GREY, INK, ORANGE, Chart, panels, term_labels

__all__ = ["plot_coaching"]

#: So many panels side by side.
ACROSS = 3
COLOURS = {"above the team": BLUE, "below the team": ORANGE}


def plot_coaching(
    table: pd.DataFrame, *, labels: Mapping[str, str] | None = None, conf_level: float = 0.9
) -> Chart:
    """Each agent's rate of each step, with its interval, beside the team's; agents who differ are named.

    Parameters
    ----------
    table
        As `stepmark.study.agents.coaching(…).table`: `agent_id`, `step`, `shrunken`, `conf_low`, `conf_high`, `team`,
        `reading`. Steps are drawn in the order in which they come.
    labels
        What to call each step.
    conf_level
        Of the intervals.
    """
    steps = list(dict.fromkeys(table["step"]))
    rows = table.sort_values("shrunken", kind="stable").assign(_step=lambda t: t["step"].map(steps.index))
    rows = rows.sort_values("_step", kind="stable").drop(columns="_step")
    agents = table["agent_id"].nunique()
    across = min(ACROSS, max(len(steps), 1))
    down = -(-max(len(steps), 1) // across)
    made, axes = panels(
        "How often agents take a step, beside the team",
        rows[
            ["step", "agent_id", "occasions", "used", "shrunken", "conf_low", "conf_high", "team", "reading"]
        ],
        shape=(down, across),
        height=down * min(max(0.1 * agents + 0.5, 1.6), 6.0),
        sharex=True,
        note=f"One line an agent: the likely rate of use, with its {100 * conf_level:g}% interval, drawn towards the team's rate "
        "(dashed) by as much as few interactions warrant. Named: those who differ from the team. More is not always better: "
        "customers differ, and no agent is judged by scores.",
    )
    for one, step, title in zip(axes, steps, term_labels(steps, labels), strict=False):
        _agents(one, made.data[made.data["step"].eq(step)].reset_index(drop=True))
        one.set_title(title, fontsize=9.5, fontweight="bold", color=INK, loc="left")
    for one in axes[len(steps) :]:
        one.set_visible(False)
    for one in axes[: len(steps)][-across:]:
        one.set_xlabel("interactions with it, percent", fontsize=8.5, color=INK)
    return made


def _agents(axes: Axes, rows: pd.DataFrame) -> None:
    colours = [COLOURS.get(reading, GREY) for reading in rows["reading"]]
    axes.hlines(rows.index, 100 * rows["conf_low"], 100 * rows["conf_high"], color=colours, linewidth=1.4)
    axes.scatter(100 * rows["shrunken"], rows.index, c=colours, s=11, zorder=3)
    if len(rows):
        axes.axvline(100 * float(rows["team"].iloc[0]), color=INK, linewidth=1, linestyle="--")
    axes.set_yticks([])
    axes.set_ylim(-1, max(len(rows), 1))
    axes.margins(x=0.08)
    apart = rows[rows["reading"].isin(COLOURS)]
    size = 7 if len(rows) <= 50 else 5
    for place, row in apart.iterrows():
        above = row["reading"] == "above the team"
        axes.annotate(
            str(row["agent_id"])[:12],
            (100 * row["conf_low" if above else "conf_high"], place),
            xytext=(-3 if above else 3, 0),
            textcoords="offset points",
            ha="right" if above else "left",
            va="center",
            fontsize=size,
            color=INK,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )
