"""Figures are tested by the numbers they draw, and by how they reach a notebook."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from stepmark.annotate import Guide, Step
from stepmark.corpus import Outcome
from stepmark.figures import (
    answer_rates,
    effect_rows,
    plot_effects,
    plot_outcome,
    plot_response_times,
    plot_step_positions,
    plot_step_use,
    plot_who_answered,
)
from stepmark.figures.chart import Chart, duration

CSAT = Outcome("csat", "ordinal", (1, 2, 3, 4, 5), label="Satisfaction")
GUIDE = Guide(
    name="test",
    steps=(
        Step(id="apologize", label="Apologize", stage="feel"),
        Step(id="probe", stage="understand"),
        Step(id="interrupt", kind="breach"),
        Step(id="anger", kind="signal"),
    ),
)


@pytest.fixture
def effects() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "term": ["probe", "apologize", "escalate", "defensive"],
            "outcome": "csat",
            "scale": "points",
            "estimate": [0.1, 0.5, -0.4, -0.6],
            "conf_low": [-0.2, 0.2, -0.9, -0.9],
            "conf_high": [0.4, 0.8, 0.1, -0.3],
            "conf_level": 0.95,
            "p_adjusted": [0.7, 0.01, 0.2, 0.004],
        }
    )


def naive() -> pd.DataFrame:
    return pd.DataFrame({"term": ["apologize", "probe"], "estimate": [-0.3, 0.15]})


# Effects


def test_effects_stand_from_highest_to_lowest_and_say_which_can_be_told(effects: pd.DataFrame) -> None:
    rows = effect_rows(effects, naive(), labels={"apologize": "Say sorry"})
    assert rows["label"].tolist() == ["Say sorry", "Probe", "Escalate", "Defensive"]
    assert rows["reading"].tolist() == ["higher", "cannot tell", "cannot tell", "lower"]
    assert rows["naive"].tolist()[:2] == [-0.3, 0.15]
    assert rows["naive"].isna().tolist() == [False, False, True, True]


def test_the_forest_plot_draws_intervals_and_points_where_they_belong(effects: pd.DataFrame) -> None:
    drawn = plot_effects(effects, naive())
    axes = drawn.axes[0]
    points = [line.get_xdata()[0] for line in axes.lines if line.get_markersize() == 7]
    spans = [tuple(line.get_xdata()) for line in axes.lines if len(line.get_xdata()) == 2][:4]
    assert points == drawn.data["estimate"].tolist() == [0.5, 0.1, -0.4, -0.6]
    assert spans == list(zip(drawn.data["conf_low"], drawn.data["conf_high"], strict=True))
    assert [label.get_text() for label in axes.get_yticklabels()] == drawn.data["label"].tolist()
    hollow = next(line for line in axes.lines if line.get_markersize() == 4.5)
    assert list(hollow.get_xdata())[:2] == [-0.3, 0.15]


def test_the_forest_plot_names_units_and_warns(effects: pd.DataFrame) -> None:
    drawn = plot_effects(
        effects.assign(scale="percentage_points"), outcome="Resolved", used={"probe": "in 3 of 9"}
    )
    assert "difference in Resolved, percentage points" in drawn.axes[0].get_xlabel()
    assert "do not prove" in drawn.note
    assert "Hollow" not in drawn.note
    assert "in 3 of 9" in [text.get_text() for text in drawn.axes[0].texts]
    assert "Hollow" in plot_effects(effects, naive()).note


# Use and place of steps


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "apologize_used": [True, True, False, False],
            "apologize_position": [0.2, 0.4, np.nan, np.nan],
            "probe_used": [True, False, False, False],
            "probe_position": [0.9, np.nan, np.nan, np.nan],
            "interrupt_used": pd.array([True, None, None, False], dtype="boolean"),
            "interrupt_position": [0.5, np.nan, np.nan, np.nan],
            "anger_used": [False] * 4,
            "anger_position": [np.nan] * 4,
            "channel": ["chat", "chat", "phone", None],
            "response_time_first_s": [10.0, 30.0, 5.0, np.nan],
            "response_time_median_s": [10.0, 30.0, 5.0, np.nan],
            "response_time_after_anger_s": [np.nan] * 4,
            "csat": [5.0, 1.0, np.nan, 5.0],
        }
    )


def test_use_is_a_share_of_the_interactions_in_which_it_is_known() -> None:
    rows = plot_step_use(table(), GUIDE).data
    assert rows["stage"].tolist() == ["understand", "feel", "breach", "signal"]
    assert rows["known"].tolist() == [4, 4, 2, 4]
    assert rows["share"].tolist() == [0.25, 0.5, 0.5, 0.0]


def test_what_no_interaction_can_show_is_called_unknown() -> None:
    untimed = table().assign(interrupt_used=pd.array([None] * 4, dtype="boolean"))
    drawn = plot_step_use(untimed, GUIDE)
    assert "unknown: no times" in [text.get_text() for text in drawn.axes[0].texts]


def test_places_are_those_of_first_uses_and_rare_steps_are_left_out() -> None:
    rows = plot_step_positions(table(), GUIDE, at_least=2).data
    assert rows["label"].tolist() == ["Apologize"]
    assert rows.loc[0, ["low", "median", "high"]].tolist() == pytest.approx([0.25, 0.3, 0.35])


# Times, answers


def test_waits_are_shown_for_each_channel_that_has_times() -> None:
    rows = plot_response_times(table()).data
    assert rows[["group", "reply", "interactions"]].to_numpy().tolist() == [
        ["chat", "first reply", 2],
        ["chat", "a typical reply", 2],
        ["phone", "first reply", 1],
        ["phone", "a typical reply", 1],
    ]
    assert rows.loc[0, "median"] == 20


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3600, "1 h"), (86400, "1 day"), (200_000, "2.31 days")],
)
def test_durations_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_answers_are_counted_best_first_and_those_without_are_named() -> None:
    drawn = plot_outcome(table(), CSAT)
    assert dict(zip(drawn.data["answer"], drawn.data["interactions"], strict=True)) == {
        "5": 2,
        "4": 0,
        "3": 0,
        "2": 0,
        "1": 1,
    }
    assert "Of 4 interactions 3 have an answer and 1 have none (25%)" in drawn.note


def test_a_binary_outcome_is_yes_and_no_and_a_continuous_one_is_binned() -> None:
    answers = pd.DataFrame({"resolved": [1.0, 0.0, 1.0, np.nan], "effort": [0.0, 0.2, 0.3, 1.0]})
    assert plot_outcome(answers, Outcome("resolved", "binary")).data["interactions"].tolist() == [2, 1]
    many = pd.DataFrame({"effort": np.linspace(0, 1, 50)})
    assert plot_outcome(many, Outcome("effort", "continuous")).data["interactions"].sum() == 50


def test_rates_of_answers_have_wilsons_interval() -> None:
    answers = pd.DataFrame({"csat": [1.0] * 8 + [np.nan] * 2})
    rates = answer_rates(answers, "csat", {"none": pd.Series(False, index=answers.index)})
    assert rates["group"].tolist() == ["all interactions"]
    # Brown, Cai and DasGupta (2001): for 8 of 10 the score interval is 0.490 to 0.943
    assert rates.loc[0, ["conf_low", "conf_high"]].tolist() == pytest.approx([0.490, 0.943], abs=5e-4)
    assert plot_who_answered(rates, "Satisfaction").data["answered"].tolist() == [8]


# Charts in a notebook


def test_a_chart_shows_as_an_image_with_its_words_and_as_its_numbers(effects: pd.DataFrame) -> None:
    drawn = plot_effects(effects)
    image, about = drawn._repr_png_()
    assert image.startswith(b"\x89PNG")
    assert about["alt"].startswith("csat: how it differs where the step is used Filled:")
    assert "apologize Apologize" in str(drawn)
    assert "naive" not in str(drawn)
    assert drawn._repr_png_()[0] == plot_effects(effects)._repr_png_()[0]


def test_nothing_to_draw_is_drawn_as_nothing(effects: pd.DataFrame) -> None:
    empty: list[Chart] = [
        plot_effects(effects.iloc[:0]),
        plot_response_times(table().iloc[:0]),
        plot_step_positions(table(), GUIDE, at_least=99),
        plot_outcome(table().iloc[:0], CSAT),
    ]
    assert ["nothing to draw" in str(chart) for chart in empty[:3]] == [True] * 3
    assert all(chart._repr_png_()[0] for chart in empty)


@pytest.mark.timeout(60)
def test_drawing_leaves_no_state_of_pyplot_behind() -> None:
    code = "import sys, stepmark.figures; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
