"""Tells the whole way of the data on one page that anyone can run again."""

from stepmark.report.blocks import Facts, Heading, Words
from stepmark.report.examples import example_parts, examples
from stepmark.report.keep import keep_tables
from stepmark.report.page import write_page
from stepmark.report.plans import plan_for
from stepmark.report.provenance import provenance
from stepmark.report.run import report, run_notebook
from stepmark.report.sections import (
    further_tables,
    outcome_parts,
    rule_check,
    step_parts,
    what_was_read,
    who_answered,
)
from stepmark.report.story import Story, tell
from stepmark.report.words import caveats, headline, title
from stepmark.rooms import make_callable

__all__ = [
    "Facts",
    "Heading",
    "Story",
    "Words",
    "caveats",
    "example_parts",
    "examples",
    "further_tables",
    "headline",
    "keep_tables",
    "outcome_parts",
    "plan_for",
    "provenance",
    "report",
    "rule_check",
    "run_notebook",
    "step_parts",
    "tell",
    "title",
    "what_was_read",
    "who_answered",
    "write_page",
]

make_callable(__name__)
