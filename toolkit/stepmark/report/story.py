"""All that a report tells of: corpus, guide, marks, measures, and what the study found."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from stepmark.annotate import Guide, annotate
from stepmark.corpus import Corpus, Outcome, read
from stepmark.measure import expected_columns, measure
from stepmark.report.plans import plan_for, too_little
from stepmark.study import Plan, Study, study
from stepmark.study.by_hand import with_hand_codes
from stepmark.study.names import check_names

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
    uncoded
        Why the corpus' hand codes could not be read as a sample; empty where they could, or where there are none.
    source, plan_source
        The paths that were given, for the reader who wants the same; `plan_source` is empty for the default plan.
    """

    corpus: Corpus
    guide: Guide
    spans: pd.DataFrame = field(repr=False)
    table: pd.DataFrame = field(repr=False)
    result: Study | None
    uncoded: str = ""
    source: str = ""
    plan_source: str = ""

    def label(self, step: str) -> str:
        """What a reader should call a step."""
        labels = {known.id: known.title for known in self.guide.steps}
        return labels.get(step, step.replace("_", " ").capitalize())

    def covariate(self, name: str) -> str:
        """What a reader should call something that was known before the first reply."""
        column, _, level = name.removesuffix("]").partition("[")
        if column.endswith("_before"):
            return f"{self.label(column.removesuffix('_before')).lower()} in the opening"
        words = {"opening_words": "how much the customer says first"}.get(column, column.replace("_", " "))
        return f"{words}: {level}" if level else words

    @property
    def outcomes(self) -> list[Outcome]:
        """The outcomes that were studied, the main one first."""
        if self.result is None:
            return []
        known = {outcome.name: outcome for outcome in self.corpus.outcomes}
        found = dict.fromkeys(self.result.effects["outcome"])
        return [known.get(name, Outcome(name, "continuous")) for name in found]

    @property
    def unstudied(self) -> list[str]:
        """Why no outcome could be studied, in words; empty where one was, or where the corpus has none."""
        if self.outcomes or not self.corpus.outcomes:
            return []
        if self.result is None:
            return too_little(self.corpus, self.table) or ["no step of the guide is in the table"]
        said = self.result.diagnostics["statements"]
        return list(dict.fromkeys(one["text"] for one in said if one["severity"] == "refused"))

    def answered(self, outcome: str) -> pd.DataFrame:
        """The rows of the table with an answer to `outcome`."""
        return self.table[self.table[outcome].notna()]

    def main(self, outcome: str) -> pd.DataFrame:
        """All average effects on `outcome`, of every model and correction."""
        if self.result is None:
            return pd.DataFrame()
        rows = self.result.main()
        return rows[rows["outcome"].eq(outcome)]

    def uncorrected(self, outcome: str) -> pd.DataFrame:
        """The average effects on `outcome` by the first model, as the rules read the steps: one row a step."""
        rows = self.main(outcome)
        rows = rows[rows["model"].eq(rows["model"].iloc[0])] if len(rows) else rows
        return rows[rows["correction"].eq("none")].drop_duplicates("term") if len(rows) else rows

    def effects(self, outcome: str) -> pd.DataFrame:
        """The average effects on `outcome` by the first model: one row a step, the corrected estimate where there is one."""
        plain, rows = self.uncorrected(outcome), self.main(outcome)
        if self.result is None or self.result.plan.correction is None or plain.empty:
            return plain
        first, method = plain["model"].iloc[0], self.result.plan.correction.method
        corrected = rows[rows["model"].eq(first) & rows["correction"].eq(method)].drop_duplicates("term")
        best = pd.concat([corrected, plain]).drop_duplicates("term").set_index("term")
        return best.loc[plain["term"]].reset_index()[list(plain.columns)]

    def corrected(self, outcome: str) -> bool:
        """Whether any estimate of `outcome` is corrected by hand codes."""
        rows = self.effects(outcome)
        return bool(len(rows)) and bool(rows["correction"].ne("none").any())

    def further(self, name: str, outcome: str) -> pd.DataFrame:
        """The rows of a further table of the study that are about `outcome`; empty where there is none."""
        table = pd.DataFrame() if self.result is None else self.result.tables.get(name, pd.DataFrame())
        return table[table["outcome"].eq(outcome)] if "outcome" in table else pd.DataFrame()

    def within_agents(self, outcome: str) -> pd.Series:
        """The estimates in which each agent is compared only with herself, by step; empty where none were made."""
        rows = self.main(outcome)
        if rows.empty:
            return pd.Series(dtype="float64")
        within = rows[rows["model"].str.contains("within")]
        return within.drop_duplicates("term").set_index("term")["estimate"]

    def naive(self, outcome: str, *, hand: bool = False) -> pd.DataFrame:
        """The raw difference for each step: the mean outcome with it less the mean without, in the outcome's unit.

        As the rules read the steps; with `hand`, by hand codes, each interaction weighted by 1/its chance to be drawn (missing
        where the study was not corrected by them).
        """
        answered, effects = self.answered(outcome), self.effects(outcome)
        factor = 100.0 if effects["scale"].eq("percentage_points").any() else 1.0
        rows = []
        for step in effects.loc[effects["measure"].eq("used"), "term"]:
            name = f"{step}_used" if f"{step}_used" in answered else step
            name, weights = (f"{step}_gold", _drawn(self, answered)) if hand else (name, 1.0)
            rows.append((step, factor * _gap(answered, name, outcome, weights)))
        return pd.DataFrame(rows, columns=["term", "estimate"]).astype({"estimate": "float64"})


def _drawn(story: Story, rows: pd.DataFrame) -> pd.Series | float:
    """1/chance of being coded by hand, 0 where not coded; missing where the study was not corrected by hand codes."""
    if story.result is None or story.result.plan.correction is None or "coding_probability" not in rows:
        return float("nan")
    return (1 / rows["coding_probability"].astype("float64")).where(rows["coded"].eq(1), 0.0)


def _gap(rows: pd.DataFrame, used: str, outcome: str, weights: pd.Series | float) -> float:
    """The weighted mean of `outcome` where `used` is 1, less the mean where it is 0."""
    if used not in rows:
        return float("nan")
    step, scores = rows[used].astype("Float64"), rows[outcome].astype("float64")
    weighted = pd.Series(weights, index=rows.index)
    means = []
    for value in (1.0, 0.0):
        chosen = step.eq(value).fillna(False)
        total = float(weighted[chosen].sum(skipna=False))
        means.append(float((weighted * scores)[chosen].sum()) / total if total > 0 else float("nan"))
    return means[0] - means[1]


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
    if asked is not None:
        check_names(asked, expected_columns(corpus, known))
    spans = annotate(corpus, known) if corpus.spans is None else corpus.spans
    table, uncoded = with_hand_codes(measure(corpus, spans, guide=known), corpus, asked)
    asked = asked or plan_for(corpus, table, known)
    result = study(table, asked) if asked else None
    return Story(corpus, known, spans, table, result, uncoded, str(source), str(plan))
