"""What a figure of ours is: a matplotlib figure that knows the numbers it draws.

Drawn through matplotlib's objects, never through `pyplot`, so that no figure leaves anything behind for the next. In
a notebook it shows as an image with the drawn numbers as its text, which is what nbval compares.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = [
    "BLUE", "GREY", "INK", "ORANGE", "SOFT", "STAGE_COLOURS", "UNITS", "Chart", "chart", "duration", "factor", "label_rows",
    "number", "panels", "term_labels",
]  # fmt: skip

#: Okabe and Ito's colours (2008), which people with any colour vision can tell apart.
BLUE, ORANGE, GREY, INK, SOFT = "#0072b2", "#d55e00", "#8a8f98", "#22272e", "#5b616a"
#: What a scale's numbers are called; percentage points are drawn as they are.
UNITS = {"percentage_points": "percentage points", "points": "points", "count": "more of it"}
STAGE_COLOURS = {
    "understand": "#0072b2",
    "feel": "#cc79a7",
    "resolve": "#009e73",
    "protect": "#e69f00",
    "close": "#56b4e9",
    "breach": "#d55e00",
    "signal": "#8a8f98",
}
#: Dots an inch: sharp on paper and on dense screens.
DPI = 170


class Chart(Figure):
    """A figure with the numbers it draws.

    Attributes
    ----------
    title
        What it shows, in a line.
    note
        How to read it, in a sentence or two.
    data
        What is drawn, one row a mark, in drawing order.
    """

    title: str = ""
    note: str = ""
    data: pd.DataFrame

    def __repr__(self) -> str:
        shown = self.data.dropna(axis="columns", how="all").round(3)
        drawn = shown.to_string(index=False) if len(shown) else "nothing to draw"
        return f"{self.title}\n{drawn}\n{self.note}".rstrip()

    __str__ = __repr__

    def _repr_png_(self) -> tuple[bytes, dict[str, str]]:
        """The image for a notebook, with its words for those who cannot see it."""
        image = io.BytesIO()
        self.savefig(image, format="png", dpi=DPI, metadata={"Software": None})
        return image.getvalue(), {"alt": f"{self.title} {self.note}".strip()}


def chart(
    title: str, data: pd.DataFrame, *, rows: float, note: str = "", width: float = 7.6
) -> tuple[Chart, Axes]:
    """An empty chart of a height for so many rows, with a title at the left and a note underneath.

    Parameters
    ----------
    title
        What it shows.
    data
        What will be drawn.
    rows
        How many lines of marks it holds; one takes 0.34 inches.
    note
        How to read it.
    width
        In inches.
    """
    made, axes = panels(title, data, height=0.34 * max(rows, 2) + 0.4, note=note, width=width)
    return made, axes[0]


def panels(
    title: str,
    data: pd.DataFrame,
    *,
    shape: tuple[int, int] = (1, 1),
    height: float,
    note: str = "",
    width: float = 7.6,
    **layout: Any,
) -> tuple[Chart, list[Axes]]:
    """An empty chart of several panels side by side or below each other, with a title and a note.

    Parameters
    ----------
    title, data, note, width
        As for `chart`.
    shape
        Rows and columns of panels.
    height
        Of all panels together, in inches.
    layout
        What matplotlib's `subplots` takes, such as `sharey` and `height_ratios`.
    """
    lines = _wrap(note, width)
    made = Chart(figsize=(width, height + 0.75 + 0.17 * len(lines)), facecolor="white", layout="constrained")
    made.title, made.note, made.data = title, note, data.reset_index(drop=True)
    grid = made.subplots(*shape, squeeze=False, **layout)
    made.suptitle(title, x=0.012, ha="left", fontsize=11.5, fontweight="bold", color=INK)
    if lines:
        made.supxlabel("\n".join(lines), x=0.012, ha="left", fontsize=8.2, color="#555b64")
    axes = list(grid.flat)
    for one in axes:
        _quiet(one)
    return made, axes


def _wrap(note: str, width: float) -> list[str]:
    from textwrap import wrap

    return wrap(note, round(width * 16.3))


def _quiet(axes: Axes) -> None:
    """No frame but the line under the marks; a light grid behind them."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#c9cdd3")
    axes.tick_params(colors="#3d434c", labelsize=9, length=0)
    axes.grid(axis="x", color="#e8eaed", linewidth=0.8)
    axes.set_axisbelow(True)


def label_rows(axes: Axes, labels: Sequence[str], below: Sequence[str] | None = None) -> None:
    """Name the rows at the left, from top to bottom, with smaller words under each name."""
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    if below is None:
        return
    for tick in axes.get_yticklabels():
        tick.set_verticalalignment("bottom")
    for place, words in enumerate(below):
        axes.annotate(
            words,
            (0, place),
            xycoords=axes.get_yaxis_transform(),
            xytext=(-3.5, -1.5),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=7,
            color="#6b727c",
        )


def duration(seconds: float) -> str:
    """Seconds as people say them, to three digits: `40 s`, `5 min`, `3 h`, `2 days`."""
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            said = f"{seconds / size:.3g} {unit}"
            return "1 day" if said == "1 days" else said
    return f"{seconds:.3g} s"


def term_labels(terms: Iterable[str], labels: Mapping[str, str] | None = None) -> list[str]:
    """What a reader should call each term: its label, else its name in words; a factor's level after a colon."""
    known = labels or {}
    return [known.get(term, _in_words(str(term))) for term in terms]


def _in_words(term: str) -> str:
    name, _, level = term.removesuffix("]").partition("[")
    said = name.replace("_", " ").capitalize()
    return f"{said}: {level}" if level else said


def factor(scale: str) -> float:
    """What brings shares to the unit in which they are drawn: 100 for percentage points."""
    return 100.0 if scale == "percentage_points" else 1.0


def number(value: float, scale: str) -> str:
    """A difference with its sign, to the digits that its unit deserves; a dash where it is missing."""
    if value != value:
        return "–"
    digits = 1 if scale == "percentage_points" else 2
    return f"{round(value, digits) + 0.0:+.{digits}f}".replace("-", "−")
