"""Tells the whole way of the data on one page that anyone can run again."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from stepmark.rooms import make_callable

if TYPE_CHECKING:
    from stepmark.report.blocks import Facts, Folded, Heading, Words
    from stepmark.report.checks import caveats
    from stepmark.report.conversations import example_parts, examples
    from stepmark.report.doubts import doubt_parts, first_figure
    from stepmark.report.page import write_page
    from stepmark.report.plans import plan_for
    from stepmark.report.practice import practice_parts
    from stepmark.report.run import report, run_notebook
    from stepmark.report.sameness import provenance
    from stepmark.report.sections import (
        further_tables,
        outcome_parts,
        rule_check,
        step_parts,
        what_was_read,
        who_answered,
    )
    from stepmark.report.story import Story, tell
    from stepmark.report.tables import keep_tables
    from stepmark.report.team import team_parts
    from stepmark.report.words import headline, title

__all__ = [
    "Facts", "Folded", "Heading", "Story", "Words", "caveats", "doubt_parts", "example_parts", "examples", "first_figure",
    "further_tables", "headline", "keep_tables", "outcome_parts", "plan_for", "practice_parts", "provenance", "report", "rule_check",
    "run_notebook", "step_parts", "team_parts", "tell", "title", "what_was_read", "who_answered", "write_page",
]  # fmt: skip

#: Where each name lives; loaded when first asked for, so that the process that only starts the notebook stays light.
_HOMES = {
    "Facts": "blocks", "Folded": "blocks", "Heading": "blocks", "Words": "blocks", "caveats": "checks",
    "example_parts": "conversations", "examples": "conversations", "doubt_parts": "doubts", "first_figure": "doubts",
    "keep_tables": "tables", "write_page": "page", "plan_for": "plans", "practice_parts": "practice", "provenance": "sameness",
    "report": "run", "run_notebook": "run",
    "further_tables": "sections", "outcome_parts": "sections", "rule_check": "sections", "step_parts": "sections",
    "what_was_read": "sections", "who_answered": "sections",
    "Story": "story", "tell": "story", "team_parts": "team", "headline": "words", "title": "words",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'stepmark.report' has no attribute {name!r}")
    return getattr(import_module(f"stepmark.report.{_HOMES[name]}"), name)


make_callable(__name__)
