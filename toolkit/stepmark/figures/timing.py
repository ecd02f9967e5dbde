"""When in the interaction a step matters: its curve, with pointwise and simultaneous bands, and its uses."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from stepmark.figures.chart import BLUE, INK, SOFT, UNITS, Chart, factor, panels, term_labels

__all__ = ["plot_timing"]

#: So many panels side by side, each so many inches high.
ACROSS, HEIGHT = 3, 2.0
TICKS = {0: "first", 0.5: "half-way", 1: "last"}


def plot_timing(
    timing: pd.DataFrame,
    positions: Mapping[str, pd.Series] | None = None,
    *,
    outcome: str = "the outcome",
    scale: str = "points",
    tests: pd.DataFrame | None = None,
    labels: Mapping[str, str] | None = None,
) -> Chart:
    """A curve for each step: what one use goes with, by its place in the interaction.

    Parameters
    ----------
    timing
        The table `timing` of a study, of one outcome: `term`, `position` (0 to 1), `estimate`, `conf_low`, `conf_high`
        (pointwise), `band_low`, `band_high` (simultaneous) and `shown` (false where there are too few uses).
    positions
        For each step the places of its uses, drawn as a rug; missing where it was not used.
    outcome, scale
        What a reader should call the outcome; estimates of `percentage_points` are drawn times a hundred.
    tests
        The table `timing_tests`; each panel then says whether timing matters.
    labels
        What to call each term.
    """
    terms = list(dict.fromkeys(timing["term"]))
    numbers = ["estimate", "conf_low", "conf_high", "band_low", "band_high"]
    rows = timing[["term", "position", *numbers]].copy()
    rows[numbers] = rows[numbers].where(timing["shown"].astype(bool)) * factor(scale)
    across = min(ACROSS, max(len(terms), 1))
    down = -(-max(len(terms), 1) // across)
    made, axes = panels(
        f"{outcome}: when a step matters",
        rows,
        shape=(down, across),
        height=HEIGHT * down,
        sharex=True,
        sharey=True,
        note="Line: the difference that one first use at this place goes with. Dark: 95% interval at each place; light: band that "
        "holds the whole curve with 95%. Ticks below: the uses. No line where fewer than 30 uses tell.",
    )
    for one, term, title in zip(axes, terms, term_labels(terms, labels), strict=False):
        _curve(one, made.data[made.data["term"].eq(term)])
        _rug(one, None if positions is None else positions.get(term))
        one.set_title(title, fontsize=9.5, fontweight="bold", color=INK, loc="left", pad=14)
        one.text(0, 1.03, _verdict(tests, term), transform=one.transAxes, fontsize=8, color=SOFT)
    for one in axes[len(terms) :]:
        one.set_visible(False)
    if len(rows.dropna()):
        axes[0].set_ylim(*_limits(made.data))
    for one in axes[: len(terms)][-across:]:
        one.set_xlabel("turn of its first use", fontsize=8.5, color=INK)
    axes[0].set_ylabel(f"{UNITS.get(scale, scale)} a use", fontsize=8.5, color=INK)
    return made


def _limits(rows: pd.DataFrame) -> tuple[float, float]:
    """From where the curves and most of their bands lie; ends that run off for want of uses are cut."""
    low = min(rows["estimate"].min(), rows["band_low"].quantile(0.1), 0.0)
    high = max(rows["estimate"].max(), rows["band_high"].quantile(0.9), 0.0)
    return low - 0.15 * (high - low), high + 0.05 * (high - low)


def _curve(axes: Axes, rows: pd.DataFrame) -> None:
    axes.fill_between(
        rows["position"], rows["band_low"], rows["band_high"], color=BLUE, alpha=0.13, linewidth=0
    )
    axes.fill_between(
        rows["position"], rows["conf_low"], rows["conf_high"], color=BLUE, alpha=0.25, linewidth=0
    )
    axes.plot(rows["position"], rows["estimate"], color=BLUE, linewidth=2)
    axes.axhline(0, color=INK, linewidth=1)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xticks(list(TICKS), list(TICKS.values()), fontsize=8)
    axes.grid(axis="y", color="#e8eaed", linewidth=0.8)


def _rug(axes: Axes, positions: pd.Series | None) -> None:
    """A tick at the foot of the panel for every use."""
    if positions is None:
        return
    places = positions.dropna().astype("float64")
    axes.vlines(places, 0, 0.05, transform=axes.get_xaxis_transform(), color=INK, linewidth=0.7, alpha=0.35)


def _verdict(tests: pd.DataFrame | None, term: str) -> str:
    """Whether the curve is more than a flat line."""
    if tests is None:
        return ""
    p = tests.loc[tests["term"].eq(term) & tests["test"].eq("timing matters"), "p_value"]
    if p.empty:
        return ""
    return f"test that its time matters: p = {float(p.iloc[0]):.2f}"
