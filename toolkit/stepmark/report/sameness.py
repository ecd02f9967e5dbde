"""What it takes to get the same report again: command, versions, and hashes of what went in."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from platform import python_version

import pandas as pd

from stepmark.corpus import Corpus
from stepmark.report.blocks import Facts
from stepmark.report.story import Story
from stepmark.study import Plan

__all__ = ["corpus_hash", "guide_hash", "provenance"]

#: Distributions whose version can change a number or a picture.
PARTS = ("stepmark", "spacy", "pandas", "numpy", "scipy", "matplotlib")


def provenance(story: Story, *, format: str = "auto") -> Facts:  # noqa: A002 (the word of the command line)
    """How to run the report again, and how to tell that the same went in."""
    plan = story.result.plan if story.result else None
    frozen = story.result is not None and bool(story.result.diagnostics["planned"])
    rows = [
        ("run from this folder", _command(story, format)),
        ("corpus", f"SHA-256 {corpus_hash(story.corpus)}"),
        ("guide", f"{story.guide}, SHA-256 {guide_hash(story)}"),
        ("plan", _plan(story, plan) if plan else "none: there is nothing to study"),
        ("plan fixed before the data were seen", "yes" if frozen else "no"),
        (
            "versions",
            ", ".join([f"Python {python_version()}", *(f"{part} {version(part)}" for part in PARTS)]),
        ),
    ]
    if plan is None:
        rows = [row for row in rows if "before the data" not in row[0]]
    return Facts(pd.DataFrame(rows, columns=["what", "which"]))


def _command(story: Story, format: str) -> str:  # noqa: A002
    words = ["stepmark", "report", story.source, *(["--format", format] if format != "auto" else [])]
    if story.plan_source:
        words += ["--plan", story.plan_source]
    return " ".join([*words, "--out", "."])


def _plan(story: Story, plan: Plan) -> str:
    where = story.plan_source or "the default plan, written to plan.toml"
    return f"{where}, SHA-256 {plan.hash}"


def corpus_hash(corpus: Corpus) -> str:
    """The SHA-256 of turns and interactions as CSV; 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for frame in (corpus.turns, corpus.interactions):
        digest.update(frame.to_csv(index=False, float_format="%.17g").encode())
    return digest.hexdigest()


def guide_hash(story: Story) -> str:
    """The SHA-256 of the guide's content; 64 hexadecimal digits."""
    return hashlib.sha256(story.guide.model_dump_json().encode()).hexdigest()
