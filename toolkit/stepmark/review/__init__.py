"""Lets people decide what a step is, and measures how they agree."""

from stepmark.review.adjudication import adjudicate, disagreements, gold_codes
from stepmark.review.agreement import Agreement, agree
from stepmark.review.coded import codes_of, history_of, spans_of, with_absent
from stepmark.review.codes_file import import_codes, read_codes, write_codes
from stepmark.review.coding_plan import CodingPlan, plan_coding
from stepmark.review.draw import draw_listed, draw_random, draw_stratified, draw_uncertain
from stepmark.review.errors_draw import draw_errors
from stepmark.review.examples import add_examples
from stepmark.review.exports import Exported, export
from stepmark.review.session import Session
from stepmark.review.store import Store
from stepmark.review.strata import strata_by_rules, strata_by_step

__all__ = [
    "Agreement", "CodingPlan", "Exported", "Session", "Store", "add_examples", "adjudicate", "agree", "codes_of", "disagreements",
    "draw_errors", "draw_listed", "draw_random", "draw_stratified", "draw_uncertain", "export", "gold_codes", "history_of", "import_codes",
    "plan_coding", "read_codes", "spans_of", "strata_by_rules", "strata_by_step", "with_absent", "write_codes",
]  # fmt: skip
