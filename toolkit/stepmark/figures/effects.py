"""Which steps go with the outcome: the forest plot, estimate and interval of each step, most helpful first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.lines import Line2D

from stepmark.figures.chart import BLUE, GREY, INK, ORANGE, UNITS, Chart, chart, label_rows, term_labels

__all__ = ["effect_rows", "is_sure", "plot_effects"]

#: Below this adjusted p-value a difference is drawn as more than chance.
SURE = 0.05


def is_sure(effects: pd.DataFrame) -> pd.Series:
    """Which estimates are more than chance would give, with all questions counted, and rest on enough interactions."""
    sure = effects["p_adjusted"] < SURE
    return sure & ~effects["evidence"].str.startswith("too few") if "evidence" in effects else sure


def effect_rows(
    effects: pd.DataFrame, naive: pd.DataFrame | None = None, *, labels: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """The rows of a forest plot, highest estimate first.

    Parameters
    ----------
    effects
        Estimates of one outcome, one row a step, in the columns of `effects.csv`.
    naive
        The same steps without any control; None where they are not to be shown.
    labels
        What to call each term; its own name where it has no label.

    Returns
    -------
    DataFrame
        `term`, `label`, `estimate`, `conf_low`, `conf_high`, `p_adjusted`, `naive` (missing where not given), `reading`
        (`higher`, `lower` or `cannot tell`).
    """
    rows = effects[["term", "estimate", "conf_low", "conf_high", "p_adjusted"]].copy()
    rows.insert(1, "label", term_labels(rows["term"], labels))
    raw: Any = {} if naive is None else naive.drop_duplicates("term").set_index("term")["estimate"]
    rows["naive"] = rows["term"].map(raw).astype("float64")
    sure = is_sure(effects)
    rows["reading"] = "cannot tell"
    rows.loc[sure & (rows["estimate"] > 0), "reading"] = "higher"
    rows.loc[sure & (rows["estimate"] < 0), "reading"] = "lower"
    return rows.sort_values(["estimate", "term"], ascending=[False, True]).reset_index(drop=True)


def plot_effects(
    effects: pd.DataFrame,
    naive: pd.DataFrame | None = None,
    *,
    outcome: str = "",
    labels: Mapping[str, str] | None = None,
    used: Mapping[str, str] | None = None,
) -> Chart:
    """A forest plot: how far the outcome is higher or lower where each step is used.

    Parameters
    ----------
    effects, naive, labels
        As for `effect_rows`.
    outcome
        What a reader should call the outcome; its column's name by default.
    used
        Words under each term's name, such as ``in 120 of 376``.
    """
    rows = effect_rows(effects, naive, labels=labels)
    outcome = outcome or (str(effects["outcome"].iloc[0]) if len(effects) else "the outcome")
    scale = str(effects["scale"].iloc[0]) if len(effects) else ""
    level = 100 * float(effects["conf_level"].iloc[0]) if len(effects) else 95
    hollow = (
        " Hollow: the raw difference, before like is compared with like."
        if rows["naive"].notna().any()
        else ""
    )
    made, axes = chart(
        f"{outcome}: how it differs where the step is used",
        rows,
        rows=len(rows) * 1.18,
        note=f"Filled: difference between interactions alike in what was known before the first reply, with its {level:g}% "
        f"interval. Blue or orange: more than chance would give, with all steps counted; grey: cannot tell.{hollow} "
        "Differences go with the step; they do not prove that it causes them.",
    )
    colours = {"higher": BLUE, "lower": ORANGE, "cannot tell": GREY}
    for place, row in enumerate(rows.to_dict("records")):
        colour = colours[row["reading"]]
        axes.plot(
            [row["conf_low"], row["conf_high"]],
            [place, place],
            color=colour,
            linewidth=2,
            solid_capstyle="butt",
        )
        axes.plot(row["estimate"], place, "o", color=colour, markersize=7, zorder=3)
    axes.plot(rows["naive"], rows.index + 0.22, "o", mfc="white", mec="#5b616a", markersize=4.5, zorder=4)
    axes.axvline(0, color=INK, linewidth=1)
    below = None if used is None else [used.get(term, "") for term in rows["term"]]
    label_rows(axes, rows["label"].tolist(), below)
    axes.set_xlabel(
        f"← lower          difference in {outcome}, {UNITS.get(scale, scale)}          higher →",
        fontsize=9,
        color=INK,
    )
    _legend(made, rows)
    return made


def _legend(made: Chart, rows: pd.DataFrame) -> None:
    """The two kinds of marks, where both are there."""
    if not rows["naive"].notna().any():
        return
    marks = [
        Line2D([], [], marker="o", color=INK, linewidth=2, markersize=7, label="like compared with like"),
        Line2D(
            [],
            [],
            marker="o",
            mfc="white",
            mec="#5b616a",
            linewidth=0,
            markersize=4.5,
            label="raw difference",
        ),
    ]
    made.axes[0].legend(
        handles=marks,
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=2,
        frameon=False,
        fontsize=8,
        borderaxespad=0.2,
    )
