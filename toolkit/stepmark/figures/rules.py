"""How well the rules read each step, among the angry and the calm."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from stepmark.figures.chart import BLUE, ORANGE, SOFT, Chart, label_rows, panels, term_labels

__all__ = ["plot_rule_check"]

#: Which groups are told apart, with the colour, the sign and the place of each within its row.
GROUPS = {
    "angry at the start": (ORANGE, "D", -0.14),
    "calm at the start": (BLUE, "o", 0.14),
}
ALL = {"all": (BLUE, "o", 0.0)}
TITLES = {
    "sensitivity": "of those with the step, the rules saw it in",
    "specificity": "of those without it, the rules saw none in",
}


def plot_rule_check(check: pd.DataFrame, *, labels: Mapping[str, str] | None = None) -> Chart:
    """Sensitivity and specificity of the rules for each step, by the customer's anger at the start.

    Parameters
    ----------
    check
        The table `rule_check` of a study, of one outcome: `term`, `group`, `sensitivity` and `specificity` with their
        `_low` and `_high`. Where it does not tell the angry from the calm, all are drawn together. Steps stand in order
        of their sensitivity, best first.
    labels
        What to call each term.
    """
    groups = GROUPS if check["group"].isin(list(GROUPS)).any() else ALL
    whole = check[check["group"].eq("all")].sort_values("sensitivity", ascending=False, kind="stable")
    order = {term: place for place, term in enumerate(whole["term"])}
    kept = ["term", "group", *(f"{name}{end}" for name in TITLES for end in ("", "_low", "_high"))]
    rows = check.loc[check["group"].isin(list(groups)) & check["term"].isin(list(order)), kept]
    rows = rows.assign(place=rows["term"].map(order).astype("float64")).sort_values(
        ["place", "group"], kind="stable"
    )
    made, axes = panels(
        "How well the rules read each step",
        rows,
        shape=(1, 2),
        height=max(0.27 * len(order) + 0.6, 1.6),
        sharey=True,
        note="Against hand codes, with 95% intervals. Where the two colours stand apart, the rules misread more where things go "
        "badly, and uncorrected differences mislead.",
    )
    for one, name in zip(axes, TITLES, strict=True):
        _shares(one, made.data, name, groups)
    label_rows(axes[0], term_labels(order, labels))
    axes[0].tick_params(axis="y", labelsize=8)
    _name_groups(axes[0], groups)
    return made


def _shares(axes: Axes, rows: pd.DataFrame, name: str, groups: Mapping[str, tuple[str, str, float]]) -> None:
    for group, (colour, sign, shift) in groups.items():
        part = rows[rows["group"].eq(group)]
        at = part["place"] + shift
        axes.hlines(
            at, 100 * part[f"{name}_low"], 100 * part[f"{name}_high"], color=colour, linewidth=1.2, alpha=0.6
        )
        axes.scatter(100 * part[name], at, color=colour, marker=sign, s=20, zorder=3)
    axes.set_title(TITLES[name], fontsize=8.5, color=SOFT, loc="left", x=0.02)
    axes.set_xlim(-2, 102)
    axes.set_xticks([0, 50, 100], ["0%", "50%", "100%"])


def _name_groups(axes: Axes, groups: Mapping[str, tuple[str, str, float]]) -> None:
    """The groups' names in their colours, over the first panel."""
    if len(groups) < 2:
        return
    signs = {"D": "◆", "o": "●"}
    for place, (group, (colour, sign, _)) in enumerate(groups.items()):
        axes.annotate(
            f"{signs[sign]} {group}",
            (0.02 + 0.52 * place, 1),
            xycoords="axes fraction",
            xytext=(0, 18),
            textcoords="offset points",
            fontsize=8.5,
            color=colour,
        )
