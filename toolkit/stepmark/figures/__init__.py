"""Draws tidy tables: charts that know the numbers they draw, and marked transcripts."""

from stepmark.figures.answers import answer_rates, plot_outcome, plot_who_answered
from stepmark.figures.chart import Chart
from stepmark.figures.effects import effect_rows, is_sure, plot_effects
from stepmark.figures.times import plot_response_times
from stepmark.figures.transcript import Transcript, show
from stepmark.figures.use import plot_step_positions, plot_step_use

__all__ = [
    "Chart",
    "Transcript",
    "answer_rates",
    "effect_rows",
    "is_sure",
    "plot_effects",
    "plot_outcome",
    "plot_response_times",
    "plot_step_positions",
    "plot_step_use",
    "plot_who_answered",
    "show",
]
