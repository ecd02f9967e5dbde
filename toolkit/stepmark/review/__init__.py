"""Lets people decide what a step is, and measures how they agree."""

from stepmark.review.agreement import Agreement, agree
from stepmark.review.coded import codes_of, history_of, spans_of
from stepmark.review.coding_plan import CodingPlan, plan_coding
from stepmark.review.draw import draw_listed, draw_random, draw_stratified, draw_uncertain
from stepmark.review.session import Session
from stepmark.review.store import Store
from stepmark.review.strata import strata_by_rules, strata_by_step

__all__ = [
    "Agreement", "CodingPlan", "Session", "Store", "agree", "codes_of", "draw_listed", "draw_random", "draw_stratified", "draw_uncertain",
    "history_of", "plan_coding", "spans_of", "strata_by_rules", "strata_by_step",
]  # fmt: skip
