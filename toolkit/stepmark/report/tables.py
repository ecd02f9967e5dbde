"""The tables that lie beside a report, so that anyone can go on from its numbers."""

from __future__ import annotations

from pathlib import Path

from stepmark.corpus import write_table
from stepmark.report.blocks import Words
from stepmark.report.story import Story
from stepmark.study.earlier import clear

__all__ = ["keep_tables"]


def keep_tables(story: Story, folder: str | Path = ".") -> Words:
    """Write what the report rests on into `folder`; returns the names of the files in words.

    `interactions.csv` has one row an interaction with all measures, `spans.csv` the marks without their words (so that a
    report can be passed on where transcripts cannot), `effects.csv`, `diagnostics.json`, `plan.toml` and the further
    tables of the study. Tables of an earlier study in the folder are taken out.
    """
    folder = Path(folder)
    write_table(story.table, folder / "interactions.csv")
    write_table(story.spans.drop(columns="text", errors="ignore"), folder / "spans.csv")
    names = ["interactions.csv", "spans.csv"]
    clear(folder)
    if story.result is not None:
        story.result.save(folder)
        names += [
            "effects.csv",
            "diagnostics.json",
            "plan.toml",
            *(f"{name}.csv" for name in story.result.tables),
        ]
    return Words((f"Beside this page: {', '.join(names)}.",), "quiet")
