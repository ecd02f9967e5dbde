"""Figures of what a study says besides its effects, tested by the numbers they draw."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection

from stepmark.figures import (
    Chart,
    plot_balance,
    plot_coaching,
    plot_rule_check,
    plot_side_by_side,
    plot_specifications,
    plot_timing,
)


def points(axes: Axes) -> list[list[tuple[float, float]]]:
    """The places of all scattered marks, one list a call."""
    marks = [one for one in axes.collections if isinstance(one, PathCollection)]
    return [[(float(x), float(y)) for x, y in np.asarray(one.get_offsets())] for one in marks]


def lines(axes: Axes) -> list[list[tuple[float, ...]]]:
    """The ends of all drawn line segments, one list a call."""
    drawn = [one for one in axes.collections if isinstance(one, LineCollection)]
    return [[tuple(float(v) for v in np.ravel(segment)) for segment in one.get_segments()] for one in drawn]


def words(chart: Chart) -> str:
    return " ".join(text.get_text() for axes in chart.axes for text in axes.texts)


# Side by side


@pytest.fixture
def beside() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "term": ["apologize", "probe"],
            "raw": [-0.3, 0.1],
            "adjusted": [0.09, 0.05],
            "corrected": [0.16, np.nan],
            "conf_low": [0.02, -0.2],
            "conf_high": [0.3, 0.3],
            "reading": ["higher", "cannot tell"],
        }
    )


def test_raw_adjusted_and_corrected_stand_side_by_side(beside: pd.DataFrame) -> None:
    drawn = plot_side_by_side(beside, outcome="Satisfaction", labels={"apologize": "Say sorry"})
    raw, adjusted, final = points(drawn.axes[0])
    assert [x for x, _ in raw] == [-0.3, 0.1]
    assert [x for x, _ in adjusted] == [0.09, 0.05]
    assert final == [(0.16, 0)]
    assert adjusted[0][1] < 0
    assert adjusted[1][1] == 1
    assert "the interval is that of ◇" in drawn.note
    assert lines(drawn.axes[0])[0] == [(0.02, 0, 0.3, 0), (-0.2, 1, 0.3, 1)]
    assert [label.get_text() for label in drawn.axes[0].get_yticklabels()] == ["Say sorry", "Probe"]
    for number in ("−0.30", "+0.09", "+0.16", "–"):
        assert number in words(drawn)


def test_without_correction_there_is_no_column_for_it(beside: pd.DataFrame) -> None:
    drawn = plot_side_by_side(beside.assign(corrected=np.nan))
    raw, final = points(drawn.axes[0])
    assert len(final) == len(raw) == 2
    assert "◇" not in drawn.note
    assert "corrected" not in words(drawn) + drawn.note


# Timing


@pytest.fixture
def timing() -> pd.DataFrame:
    position = np.linspace(0, 1, 11)
    one = pd.DataFrame({"position": position, "estimate": position - 0.5, "shown": position < 0.75})
    for name, reach in (("conf", 0.2), ("band", 0.3)):
        one[f"{name}_low"], one[f"{name}_high"] = one["estimate"] - reach, one["estimate"] + reach
    return pd.concat([one.assign(term="apologize"), one.assign(term="probe")], ignore_index=True)


def test_curves_are_drawn_where_there_are_uses_with_both_bands_and_a_rug(timing: pd.DataFrame) -> None:
    uses = {"apologize": pd.Series([0.1, np.nan, 0.4])}
    drawn = plot_timing(timing, uses, scale="percentage_points", labels={"probe": "Ask"})
    first, second = drawn.axes[:2]
    curve = first.lines[0].get_xydata()
    assert np.isnan(curve[8:, 1]).all()
    np.testing.assert_allclose(curve[:8, 1], 100 * (np.linspace(0, 0.7, 8) - 0.5), atol=1e-9)
    assert len([one for one in first.collections if not isinstance(one, LineCollection)]) == 2
    assert [segment[0] for segment in lines(first)[0]] == [0.1, 0.4]
    assert lines(second) == []
    assert second.get_title(loc="left") == "Ask"


def test_a_gap_without_uses_is_not_bridged(timing: pd.DataFrame) -> None:
    gap = timing.assign(shown=lambda t: ~t["position"].between(0.35, 0.65))
    curve = plot_timing(gap).axes[0].lines[0].get_xydata()
    assert np.isnan(curve[4:7, 1]).all()
    assert np.isfinite(curve[7:, 1]).all()


def test_each_panel_says_whether_the_time_matters(timing: pd.DataFrame) -> None:
    tests = pd.DataFrame({"term": ["probe"], "test": ["timing matters"], "p_value": [0.031]})
    drawn = plot_timing(timing, tests=tests)
    assert words(drawn).split() == ["test", "that", "its", "time", "matters:", "p", "=", "0.03"]


# Specifications


def test_specifications_stand_in_order_with_the_choices_below() -> None:
    curve = pd.DataFrame(
        {
            "term": "apologize",
            "definition": ["as planned", "early", "count"],
            "controls": ["all", "none", "without channel"],
            "agents": ["pooled", "within", "pooled"],
            "model": ["as planned", "linear", "linear"],
            "scale": "points",
            "estimate": [0.2, -0.1, 0.05],
            "conf_low": [0.1, -0.3, -0.1],
            "conf_high": [0.3, -0.05, 0.2],
            "planned": [True, False, False],
        }
    )
    drawn = plot_specifications(curve)
    estimates, ring = points(drawn.axes[0])
    assert [y for _, y in estimates] == [-0.1, 0.05, 0.2]
    assert ring == [(2, 0.2)]
    names = [label.get_text() for label in drawn.axes[1].get_yticklabels()]
    assert names[:3] == ["step: as planned", "step: used in the first 2 replies", "step: each further use"]
    assert "held constant: without channel" in names
    chosen = points(drawn.axes[1])[1::2]
    assert [[x for x, _ in dots] for dots in chosen[:3]] == [[2], [0], [1]]
    assert "3 ways to ask" in drawn.title


def test_what_is_left_out_stands_in_the_order_of_the_table() -> None:
    left_out = [f"without {name}" for name in ("queue", "channel", "anger", "issue", "tenure")]
    curve = pd.DataFrame(
        {"controls": ["none", *left_out, "all"], "estimate": [0.3, 0.1, 0.5, 0.2, 0.4, 0.6, 0.7]}
    )
    fixed = {
        "term": "apologize",
        "definition": "as planned",
        "agents": "pooled",
        "model": "linear",
        "scale": "points",
    }
    drawn = plot_specifications(curve.assign(**fixed, conf_low=0.0, conf_high=1.0, planned=False))
    names = [label.get_text() for label in drawn.axes[1].get_yticklabels()]
    assert names[1:8] == [f"held constant: {held}" for held in ("all that is known", "nothing", *left_out)]


# Balance


def test_balance_is_drawn_before_and_after_the_worst_first() -> None:
    balance = pd.DataFrame(
        {
            "term": "apologize",
            "covariate": ["queue_minutes", "issue[billing]", "always"],
            "smd_before": [0.1, -0.4, np.nan],
            "smd_after": [0.02, 0.05, np.nan],
        }
    )
    chances = pd.DataFrame(
        {"low": [0.0, 0.5], "high": [0.5, 1.0], "with_step": [3, 9], "without_step": [8, 2]}
    )
    drawn = plot_balance(balance, chances)
    before, after = points(drawn.axes[0])
    assert before == [(0.4, 0), (0.1, 1)]
    assert after == [(0.05, 0), (0.02, 1)]
    assert [label.get_text() for label in drawn.axes[0].get_yticklabels()] == [
        "Issue: billing",
        "Queue minutes",
    ]
    assert [bar.get_height() for bar in drawn.axes[1].patches] == [3, 9, -8, -2]
    assert len(plot_balance(balance).axes) == 1


# Coaching


def test_agents_stand_beside_the_team_and_those_who_differ_are_named() -> None:
    table = pd.DataFrame(
        {
            "agent_id": ["ana", "ben", "cy"],
            "step": "empathize",
            "occasions": [20, 3, 20],
            "used": [12, 1, 1],
            "shrunken": [0.5, 0.3, 0.1],
            "conf_low": [0.4, 0.1, 0.05],
            "conf_high": [0.6, 0.5, 0.2],
            "team": 0.3,
            "reading": ["above the team", "like the team, as far as one can tell", "below the team"],
        }
    )
    drawn = plot_coaching(table)
    axes = drawn.axes[0]
    assert points(axes)[0] == [(10, 0), (30, 1), (50, 2)]
    assert axes.lines[0].get_xdata()[0] == 30
    assert sorted(words(drawn).split()) == ["ana", "cy"]


# Rule check


@pytest.fixture
def check() -> pd.DataFrame:
    rows = [
        (term, group, share, 0.9)
        for term, shares in {"probe": (0.5, 0.6, 0.4), "apologize": (0.8, 0.9, 0.7)}.items()
        for group, share in zip(("all", "angry at the start", "calm at the start"), shares, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["term", "group", "sensitivity", "specificity"])
    for name in ("sensitivity", "specificity"):
        frame[f"{name}_low"], frame[f"{name}_high"] = frame[name] - 0.1, frame[name] + 0.1
    return frame


def test_what_the_rules_see_is_told_apart_by_anger_the_best_read_step_first(check: pd.DataFrame) -> None:
    drawn = plot_rule_check(check)
    angry, calm = points(drawn.axes[0])
    assert [x for x, _ in angry] == [90, 60]
    assert [x for x, _ in calm] == [70, 40]
    assert [label.get_text() for label in drawn.axes[0].get_yticklabels()] == ["Apologize", "Probe"]
    assert "◆ angry at the start" in words(drawn)


def test_where_anger_is_not_known_all_are_drawn_together(check: pd.DataFrame) -> None:
    drawn = plot_rule_check(check[check["group"].eq("all")])
    assert [[x for x, _ in dots] for dots in points(drawn.axes[0])] == [[80, 50]]
    assert "angry" not in words(drawn)


# All


def test_they_have_words_for_those_who_cannot_see_them(
    beside: pd.DataFrame, timing: pd.DataFrame, check: pd.DataFrame
) -> None:
    for drawn in (plot_side_by_side(beside), plot_timing(timing), plot_rule_check(check)):
        image, about = drawn._repr_png_()
        assert image.startswith(b"\x89PNG")
        assert len(about["alt"]) > 60


def test_nothing_to_draw_is_drawn_as_nothing(
    beside: pd.DataFrame, timing: pd.DataFrame, check: pd.DataFrame
) -> None:
    for drawn in (
        plot_side_by_side(beside.iloc[:0]),
        plot_timing(timing.iloc[:0]),
        plot_rule_check(check.iloc[:0]),
    ):
        assert "nothing to draw" in str(drawn)
        assert drawn._repr_png_()[0]
