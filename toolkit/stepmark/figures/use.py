"""How often each step is used, and where in the interaction it first comes."""

from __future__ import annotations

import pandas as pd

from stepmark.annotate import Guide
from stepmark.figures.chart import INK, STAGE_COLOURS, Chart, chart, label_rows

__all__ = ["plot_step_positions", "plot_step_use"]


def plot_step_use(table: pd.DataFrame, guide: Guide) -> Chart:
    """Bars: the share of interactions in which each step is used, by stage, most used first.

    Parameters
    ----------
    table
        As `stepmark.measure` returns it, with at least one row.
    guide
        The guide with which it was measured.
    """
    rows = _steps(guide)
    rows["used"] = [int(table[f"{step}_used"].fillna(False).sum()) for step in rows["step"]]
    rows["known"] = [int(table[f"{step}_used"].notna().sum()) for step in rows["step"]]
    rows["share"] = (rows["used"] / rows["known"]).where(rows["known"] > 0)
    rows = rows.sort_values(["order", "share"], ascending=[True, False], kind="stable")
    rows = rows[["stage", "label", "used", "known", "share"]].reset_index(drop=True)
    made, axes = chart(
        "How often each step is used",
        rows,
        rows=len(rows) * 0.68,
        note="Share of interactions in which at least one turn shows it, as the guide's rules find it. What only times can "
        "show is counted only where there are times.",
    )
    axes.barh(rows.index, rows["share"].fillna(0) * 100, color=_colours(rows), height=0.72)
    for place, row in enumerate(rows.to_dict("records")):
        words = f"{row['share']:.0%}" if row["known"] else "unknown: no times"
        axes.annotate(
            words,
            (100 * row["share"] if row["known"] else 0, place),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
            color="#3d434c",
        )
    label_rows(axes, rows["label"].tolist())
    axes.tick_params(axis="y", labelsize=8)
    axes.set_xlim(0, min(100, max(10, 1.12 * 100 * rows["share"].max())))
    axes.set_xlabel("interactions, percent", fontsize=9, color=INK)
    _stage_legend(made, rows)
    return made


def plot_step_positions(table: pd.DataFrame, guide: Guide, *, at_least: int = 10) -> Chart:
    """Where each step first comes, from the start (0) to the end (1): the middle half of its first uses, and the median.

    Parameters
    ----------
    table
        As `stepmark.measure` returns it.
    guide
        The guide with which it was measured.
    at_least
        Steps used in fewer interactions are left out.
    """
    rows = _steps(guide)
    first = [table[f"{step}_position"].dropna() for step in rows["step"]]
    rows["uses"] = [len(positions) for positions in first]
    for name, quantile in (("low", 0.25), ("median", 0.5), ("high", 0.75)):
        rows[name] = [positions.quantile(quantile) for positions in first]
    rows = rows[rows["uses"] >= at_least].sort_values(["median", "low"], kind="stable")
    rows = rows[["stage", "label", "uses", "low", "median", "high"]].reset_index(drop=True)
    made, axes = chart(
        "Where in the interaction each step first comes",
        rows,
        rows=len(rows) * 0.68,
        note=f"Point: the median first use. Bar: the middle half of all first uses. Steps used in fewer than {at_least} "
        "interactions are left out.",
    )
    axes.hlines(rows.index, rows["low"], rows["high"], color=_colours(rows), linewidth=7, alpha=0.35)
    axes.scatter(rows["median"], rows.index, color=_colours(rows), s=38, zorder=3)
    label_rows(axes, rows["label"].tolist())
    axes.tick_params(axis="y", labelsize=8)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xticks(
        [0, 0.25, 0.5, 0.75, 1], ["first turn", "a quarter", "half-way", "three quarters", "last turn"]
    )
    _stage_legend(made, rows)
    return made


def _steps(guide: Guide) -> pd.DataFrame:
    """The guide's steps with label, stage, and the stage's place."""
    order = list(STAGE_COLOURS)
    rows = [(step.id, step.title, step.stage if step.kind == "step" else step.kind) for step in guide.steps]
    frame = pd.DataFrame(rows, columns=["step", "label", "stage"])
    frame["order"] = [order.index(stage) if stage in order else len(order) for stage in frame["stage"]]
    return frame


def _colours(rows: pd.DataFrame) -> list[str]:
    return [STAGE_COLOURS.get(stage, "#8a8f98") for stage in rows["stage"]]


def _stage_legend(made: Chart, rows: pd.DataFrame) -> None:
    """One patch a stage that occurs, above the axes."""
    from matplotlib.patches import Patch

    stages = [stage for stage in STAGE_COLOURS if stage in set(rows["stage"])]
    made.axes[0].legend(
        handles=[Patch(color=STAGE_COLOURS[stage], label=stage) for stage in stages],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=len(stages) or 1,
        frameon=False,
        fontsize=8,
        handlelength=0.9,
        handleheight=0.9,
        columnspacing=1.1,
        borderaxespad=0.2,
    )
