"""Does it hold? The main outcome under other questions, one step looked into, and when steps matter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from stepmark.corpus import Outcome
from stepmark.figures import Chart, is_sure, plot_balance, plot_side_by_side, plot_specifications, plot_timing
from stepmark.report.blocks import Facts, Folded, Heading, Words
from stepmark.report.story import Story
from stepmark.report.verdicts import beside, focal_step, holding, misled
from stepmark.report.words import signed
from stepmark.study.default import left_out

__all__ = ["doubt_parts", "first_figure"]

Part = Heading | Words | Facts | Folded | Chart

#: So many steps are drawn side by side on the first screen, and shown before the others are folded away.
SHOWN = 8
#: Other questions in the table: column, heading.
QUESTIONS = {
    "adjusted": "like with like",
    "corrected": "corrected",
    "doubly_robust": "doubly robust",
    "same_agent": "same agent",
    "early": "first 2 replies",
    "weighted": "weighted",
}


def first_figure(story: Story) -> Iterator[Chart]:
    """Raw beside adjusted beside corrected, for the steps that matter most on the main outcome."""
    if not story.outcomes:
        return
    outcome = story.outcomes[0]
    rows = beside(story, outcome.name)
    if rows.empty:
        return
    chosen = rows[rows["term"].isin(_telling(story, outcome, rows))]
    best = chosen["corrected"].fillna(chosen["adjusted"])
    ordered = chosen.loc[best.sort_values(ascending=False, kind="stable").index]
    yield plot_side_by_side(
        ordered.drop(columns=["std_error", "scale", "evidence"]),
        outcome=outcome.title,
        scale=str(rows["scale"].iloc[0]),
        labels=_labels(story, ordered["term"]),
    )


def _telling(story: Story, outcome: Outcome, rows: pd.DataFrame) -> list[str]:
    """Steps told from chance, then those of which raw averages mislead, then those told best: eight at most."""
    effects = story.effects(outcome.name)
    clearest = effects.loc[effects["statistic"].abs().sort_values(ascending=False, kind="stable").index]
    order = [*clearest.loc[is_sure(clearest), "term"], *misled(rows)["term"], *clearest["term"]]
    return list(dict.fromkeys(order))[:SHOWN]


def _labels(story: Story, terms: pd.Series) -> dict[str, str]:
    return {term: story.label(term) for term in terms}


def doubt_parts(story: Story) -> Iterator[Part]:
    """The main outcome under other questions; nothing where the study asked none."""
    if not story.outcomes or story.effects(story.outcomes[0].name).empty:
        return
    outcome = story.outcomes[0]
    yield Heading("Does it hold?")
    yield from _spared(story)
    yield from _table(story, outcome)
    yield from _looked_into(story, outcome)
    yield from _when(story, outcome)


def _spared(story: Story) -> Iterator[Words]:
    """What the default plan left out because the corpus is large."""
    spared = () if story.plan_source else left_out(len(story.table))
    if spared:
        yield Words(
            (
                f"With {len(story.table):,} interactions the default plan leaves out {', '.join(spared)}, to stay within a minute; "
                "a plan of your own can ask for them.",
            ),
            "quiet",
        )


def _table(story: Story, outcome: Outcome) -> Iterator[Facts | Folded]:
    rows = holding(story, outcome.name)
    first = _telling(story, outcome, beside(story, outcome.name))
    scale = str(story.effects(outcome.name)["scale"].iloc[0])
    cells = pd.DataFrame([_cells(story, row, scale) for row in rows.to_dict("records")])
    kept = [str(name) for name in cells if not cells[name].isin(["–", ""]).all()]
    table = cells[kept].set_index(rows["term"])
    yield Facts(
        table.loc[[term for term in first if term in table.index]],
        caption=f"{outcome.title}: the same question, asked in other ways",
        note=_note(kept, scale),
    )
    rest = table.drop(index=first, errors="ignore")
    if len(rest):
        yield Folded(f"The other {len(rest)} steps", (Facts(rest),))


def _cells(story: Story, row: dict[Any, Any], scale: str) -> dict[str, str]:
    """One row of the table, as text."""
    cells = {"step": story.label(str(row["term"]))}
    for name, heading in QUESTIONS.items():
        cells[heading] = signed(row[name], scale)
    low, high = row["lowest"], row["highest"]
    cells["other choices"] = "–" if low != low else f"{signed(low, scale)} to {signed(high, scale)}"
    hidden, known = row["e_value"], row["strongest_strength"]
    cells["hidden cause"] = "–" if hidden != hidden else f"{hidden:.1f} ({known:.1f})"
    chosen = row["chosen_by"]
    cells["goes with what came before"] = str(chosen) if isinstance(chosen, str) and chosen else "–"
    return cells


def _note(columns: list[str], scale: str) -> str:
    """How to read the columns that are there."""
    unit = "percentage points" if scale == "percentage_points" else scale
    told = {
        "corrected": "Corrected: by hand codes; the other columns rest on the rules' marks.",
        "doubly robust": "Doubly robust: interactions weighted until those with and without the step are alike, and modelled; – "
        "where too few are comparable.",
        "same agent": "Same agent: each agent compared only with herself.",
        "first 2 replies": "First 2 replies: only uses within them, before most of what could have called for the step.",
        "weighted": "Weighted: those who answered stand for those like them who did not.",
        "other choices": "Other choices: lowest and highest estimate with other definitions, controls and models.",
        "hidden cause": "Hidden cause: how many times likelier something unmeasured would have to make both step and outcome to explain "
        "the interval away (in brackets, the strongest thing measured); 1.0 where there is nothing to explain.",
        "goes with what came before": "Goes with what came before: the step cannot have caused it, so it is chosen by how hard the case is.",
    }
    return " ".join([f"In {unit}.", *(told[name] for name in columns if name in told)])


def _looked_into(story: Story, outcome: Outcome) -> Iterator[Part]:
    """The specification curve and the balance of one step."""
    term = focal_step(story, outcome.name)
    curve, balance = story.further("specifications", outcome.name), story.further("balance", outcome.name)
    chances = story.further("propensity", outcome.name)
    curve, balance, chances = (
        part[part["term"].eq(term)] if len(part) else part for part in (curve, balance, chances)
    )
    if curve.empty and balance.empty:
        return
    yield Heading(f"One step looked into: {story.label(term).lower()}", 3)
    if len(curve) > 1:
        yield plot_specifications(curve, label=story.label(term), outcome=outcome.title)
    if len(balance):
        labels = {name: _capital(story.covariate(name)) for name in balance["covariate"]}
        yield plot_balance(balance, chances, label=story.label(term), labels=labels)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _when(story: Story, outcome: Outcome) -> Iterator[Part]:
    """The timing curves."""
    timing = story.further("timing", outcome.name)
    if timing.empty:
        return
    answered = story.answered(outcome.name)
    terms = pd.Series(timing["term"].unique())
    positions = {term: answered[f"{term}_position"] for term in terms if f"{term}_position" in answered}
    yield Heading("When in the conversation", 3)
    yield plot_timing(
        timing,
        positions,
        outcome=outcome.title,
        scale=str(story.effects(outcome.name)["scale"].iloc[0]),
        tests=story.further("timing_tests", outcome.name),
        labels=_labels(story, terms),
    )
