"""Draws tidy tables: charts that know the numbers they draw, and marked transcripts."""

from stepmark.figures.answers import answer_rates, plot_outcome, plot_who_answered
from stepmark.figures.balance import plot_balance
from stepmark.figures.beside import plot_side_by_side
from stepmark.figures.chart import Chart
from stepmark.figures.coaching import plot_coaching
from stepmark.figures.effects import effect_rows, is_sure, plot_effects
from stepmark.figures.rules import plot_rule_check
from stepmark.figures.specifications import plot_specifications
from stepmark.figures.times import plot_response_times
from stepmark.figures.timing import plot_timing
from stepmark.figures.transcript import Transcript, show
from stepmark.figures.use import plot_step_positions, plot_step_use

__all__ = [
    "Chart", "Transcript", "answer_rates", "effect_rows", "is_sure", "plot_balance", "plot_coaching", "plot_effects",
    "plot_outcome", "plot_response_times", "plot_rule_check", "plot_side_by_side", "plot_specifications", "plot_step_positions",
    "plot_step_use", "plot_timing", "plot_who_answered", "show",
]  # fmt: skip
