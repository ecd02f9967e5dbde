"""All that a report tells of: corpus, guide, marks, measures, and what the study found."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from stepmark.annotate import Guide, annotate
from stepmark.corpus import Corpus, Outcome, read
from stepmark.measure import hand_coded, measure
from stepmark.report.plans import plan_for
from stepmark.study import Plan, Study, study

__all__ = ["Story", "tell"]


@dataclass(frozen=True, eq=False)
class Story:
    """What a report tells of.

    Attributes
    ----------
    corpus, guide
        What was read, and with which guide it was marked.
    spans
        The marks: the corpus's own where it came with any, else the guide's.
    table
        One row an interaction.
    result
        What the study found; None where there is no outcome or no step to study.
    source, plan_source
        The paths that were given, for the reader who wants the same; `plan_source` is empty for the default plan.
    """

    corpus: Corpus
    guide: Guide
    spans: pd.DataFrame = field(repr=False)
    table: pd.DataFrame = field(repr=False)
    result: Study | None
    source: str = ""
    plan_source: str = ""

    def label(self, step: str) -> str:
        """What a reader should call a step."""
        labels = {known.id: known.title for known in self.guide.steps}
        return labels.get(step, step.replace("_", " ").capitalize())

    @property
    def outcomes(self) -> list[Outcome]:
        """The outcomes that were studied, the main one first."""
        if self.result is None:
            return []
        known = {outcome.name: outcome for outcome in self.corpus.outcomes}
        found = dict.fromkeys(self.result.effects["outcome"])
        return [known.get(name, Outcome(name, "continuous")) for name in found]

    def answered(self, outcome: str) -> pd.DataFrame:
        """The rows of the table with an answer to `outcome`."""
        return self.table[self.table[outcome].notna()]

    def effects(self, outcome: str) -> pd.DataFrame:
        """The average effects on `outcome` by the first model: one row a step, the corrected estimate where there is one."""
        if self.result is None:
            return pd.DataFrame()
        rows = self.result.main()
        rows = rows[rows["outcome"].eq(outcome)]
        rows = rows[rows["model"].eq(rows["model"].iloc[0])] if len(rows) else rows
        asked = self.result.plan.correction
        rows = rows[rows["correction"].isin(["none", asked.method if asked else "none"])]
        corrected_first = rows.assign(_plain=rows["correction"].eq("none")).sort_values(
            "_plain", kind="stable"
        )
        return corrected_first.drop_duplicates("term").drop(columns="_plain").sort_index()

    def within_agents(self, outcome: str) -> pd.Series:
        """The estimates in which each agent is compared only with herself, by step; empty where none were made."""
        if self.result is None:
            return pd.Series(dtype="float64")
        rows = self.result.main()
        rows = rows[rows["outcome"].eq(outcome) & rows["model"].str.contains("within")]
        return rows.drop_duplicates("term").set_index("term")["estimate"]

    def naive(self, outcome: str) -> pd.DataFrame:
        """The raw difference for each step: the mean outcome with it less the mean without, in the outcome's unit."""
        answered, effects = self.answered(outcome), self.effects(outcome)
        factor = 100.0 if effects["scale"].eq("percentage_points").any() else 1.0
        rows = []
        for step in effects.loc[effects["measure"].eq("used"), "term"]:
            name = f"{step}_used" if f"{step}_used" in answered else step
            used = answered[name].astype("boolean")
            means = answered[outcome].astype("float64").groupby(used).mean()
            rows.append((step, factor * (means.get(True, float("nan")) - means.get(False, float("nan")))))
        return pd.DataFrame(rows, columns=["term", "estimate"]).astype({"estimate": "float64"})


def tell(
    source: str | Path,
    *,
    format: str = "auto",  # noqa: A002 (the word of the command line)
    plan: str | Path = "",
    guide: str | Path = "difficult-customers",
) -> Story:
    """Read a corpus and go the whole way of the data: mark, measure, study.

    Parameters
    ----------
    source
        A corpus folder, or a raw source.
    format
        The name of a reader, or `auto`.
    plan
        A plan in TOML; empty for the corpus folder's own `plan.toml`, or else the default plan.
    guide
        A shipped guide's name, or a path.
    """
    own = Path(source) / "plan.toml"
    plan = plan or (own if own.is_file() else "")
    asked = Plan.load(plan) if plan else None
    known = Guide.load(guide)
    corpus = read(source, format)
    spans = annotate(corpus, known) if corpus.spans is None else corpus.spans
    table = measure(corpus, spans, guide=known)
    if asked and asked.correction and corpus.codes is not None:
        table = hand_coded(table, corpus.codes, corpus.turns)
    asked = asked or plan_for(corpus, table, known)
    result = study(table, asked) if asked else None
    return Story(corpus, known, spans, table, result, str(source), str(plan))
