"""How long customers wait."""

from __future__ import annotations

import pandas as pd

from stepmark.figures.chart import BLUE, INK, Chart, chart, duration, label_rows

__all__ = ["plot_response_times"]

MEASURES = {
    "response_time_first_s": "first reply",
    "response_time_median_s": "a typical reply",
    "response_time_after_anger_s": "a reply to anger",
}
TICKS = (1, 5, 15, 60, 300, 1800, 3600, 14_400, 86_400, 604_800)


def plot_response_times(table: pd.DataFrame, *, by: str = "channel") -> Chart:
    """How long the customer waits for the first reply, a typical one, and one to anger; for each channel.

    Parameters
    ----------
    table
        As `stepmark.measure` returns it.
    by
        The column whose values are compared; rows of the table in which it is missing stand as `unknown`.
    """
    groups = table[by].astype("str").fillna("unknown") if by in table else pd.Series("all", index=table.index)
    rows = []
    for group, part in table.groupby(groups, sort=True):
        for name, words in MEASURES.items():
            known = part[name].dropna()
            if len(known):
                low, median, high = known.quantile([0.1, 0.5, 0.9])
                rows.append((str(group), words, len(known), low, median, high))
    frame = pd.DataFrame(rows, columns=["group", "reply", "interactions", "low", "median", "high"])
    made, axes = chart(
        "How long customers wait",
        frame,
        rows=len(frame) * 0.95,
        note="Point: the median interaction. Line: from the fastest tenth to the slowest tenth. The clock starts when the "
        "customer's last message in a row ends; each step to the right on the axis is a multiple, not a sum.",
    )
    shown = frame[["low", "median", "high"]].clip(lower=0.5)
    axes.set_xscale("log")
    axes.hlines(frame.index, shown["low"], shown["high"], color=BLUE, linewidth=2.2)
    axes.scatter(shown["median"], frame.index, color=BLUE, s=40, zorder=3)
    for place, row in enumerate(frame.to_dict("records")):
        axes.annotate(
            duration(row["median"]),
            (max(row["median"], 0.5), place),
            xytext=(0, 5),
            textcoords="offset points",
            ha="center",
            fontsize=7.5,
            color=INK,
        )
    several = len(set(frame["group"])) > 1
    labels = [
        f"{group}: {reply}" if several else reply
        for group, reply in zip(frame["group"], frame["reply"], strict=True)
    ]
    label_rows(axes, labels, [f"{n:,} interactions" for n in frame["interactions"]])
    _ticks(made, frame)
    return made


def _ticks(made: Chart, frame: pd.DataFrame) -> None:
    """Round moments that people use, within what is shown."""
    axes = made.axes[0]
    low = max(0.5, frame["low"].min() if len(frame) else 1) / 1.4
    high = max(2.0, frame["high"].max() if len(frame) else 60) * 1.4
    axes.set_xlim(low, high)
    ticks = [tick for tick in TICKS if low <= tick <= high]
    axes.set_xticks(ticks, [duration(tick) for tick in ticks])
    axes.set_xticks([], minor=True)
