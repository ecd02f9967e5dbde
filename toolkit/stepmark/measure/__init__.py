"""Counts: one row an interaction, from who spoke, when, and which steps were marked."""

from stepmark.measure.columns import STEP_MEASURES, WHOLE_MEASURES, Measure, measure_columns
from stepmark.measure.hand import hand_coded
from stepmark.measure.marks import read_marks
from stepmark.measure.replies import replies
from stepmark.measure.table import describe_columns, expected_columns, measure
from stepmark.measure.talk import talk
from stepmark.rooms import make_callable

__all__ = [
    "STEP_MEASURES",
    "WHOLE_MEASURES",
    "Measure",
    "describe_columns",
    "expected_columns",
    "hand_coded",
    "measure",
    "measure_columns",
    "read_marks",
    "replies",
    "talk",
]

make_callable(__name__)
