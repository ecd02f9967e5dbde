"""The parts of a report, one function each: what was read, what was done, what goes with the outcome, how rules do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from stepmark.annotate import evaluate
from stepmark.corpus import Outcome, check
from stepmark.figures import (
    Chart,
    answer_rates,
    is_sure,
    plot_effects,
    plot_outcome,
    plot_response_times,
    plot_rule_check,
    plot_step_positions,
    plot_step_use,
    plot_who_answered,
)
from stepmark.figures.chart import UNITS
from stepmark.figures.effects import SURE
from stepmark.report.blocks import Facts, Folded, Heading, Words
from stepmark.report.story import Story
from stepmark.report.verdicts import earned
from stepmark.report.words import held_constant, signed

__all__ = ["further_tables", "outcome_parts", "rule_check", "step_parts", "what_was_read", "who_answered"]

Part = Heading | Words | Facts | Folded | Chart

#: What the study's further tables show, by name; any other is shown under its own name.
TITLES = {
    "rule_check": "How well the rules find each step in hand-coded interactions",
    "response_rates": "Who answered, step by step",
    "tilt": "If answering followed the answer itself",
    "timing": "When in the interaction a step matters",
    "timing_tests": "Tests of timing",
    "overlap": "How many interactions can be compared",
    "balance": "How alike the compared interactions are",
    "propensity": "The chances of each step",
    "e_values": "How strong a hidden cause would have to be",
    "negative_controls": "What cannot be an effect, and yet shows",
    "specifications": "Every step under other choices",
    "early": "Uses within the first two replies",
    "adjusted_means": "The outcome had all, or none, had the step",
}
#: What a reader should call a model.
MODELS = {
    "proportional_odds": "model for scores (proportional odds)",
    "logistic": "model for yes and no (logistic)",
    "linear": "linear model",
}
#: No more rows of a further table are shown; all are in its file.
ROWS_SHOWN = 40
#: Behind what can be said of a step with too few hand codes, where others are corrected.
_NOT_CORRECTED = ", not corrected"
#: So many steps stand in the table of effects where fewer can be told from chance; the others unfold.
SHOWN = 5


def what_was_read(story: Story) -> Facts:
    """What the corpus holds, and what its reader took for granted."""
    rows = check(story.corpus).rows()
    marks = f"{len(story.spans):,} marks of {story.spans['step'].nunique()} steps in "
    marks += (
        f"{story.spans[['interaction_id', 'turn']].drop_duplicates().shape[0]:,} turns; guide {story.guide}"
    )
    rows.append(("marks", marks))
    return Facts(pd.DataFrame(rows, columns=["what", "found"]))


def step_parts(story: Story) -> Iterator[Part]:
    """How often each step is used, where it first comes, and how long customers wait."""
    yield plot_step_use(story.table, story.guide)
    yield plot_step_positions(story.table, story.guide)
    if story.table["response_time_first_s"].notna().any():
        yield plot_response_times(story.table)
    else:
        yield Words(
            ("This corpus has no times, so nothing is said about waits, pauses or interruptions.",), "quiet"
        )


def outcome_parts(story: Story, outcome: Outcome) -> Iterator[Part]:
    """One outcome: what was answered, what goes with it, the numbers, and who answered."""
    yield Heading(f"What goes with {outcome.title}")
    yield plot_outcome(story.table, outcome)
    effects, naive = story.effects(outcome.name), story.naive(outcome.name)
    if effects.empty:
        yield Words((f"Nothing could be estimated for {outcome.title}; see what was checked.",))
        return
    yield from _effect_parts(story, outcome, effects, naive)
    yield from who_answered(story, outcome)


def _effect_parts(
    story: Story, outcome: Outcome, effects: pd.DataFrame, naive: pd.DataFrame
) -> Iterator[Part]:
    """The forest plot and its table."""
    answered = story.answered(outcome.name)
    used = {
        term: f"in {int(answered[f'{term}_used'].sum()):,} of {len(answered):,}"
        for term in effects["term"]
        if f"{term}_used" in answered
    }
    labels = {term: story.label(term) for term in effects["term"]}
    yield plot_effects(effects, naive, outcome=outcome.title, labels=labels, used=used)
    if outcome != story.outcomes[0]:
        table = _effects_table(story, outcome, effects, naive, used)
        yield Folded(f"{outcome.title}: all numbers", (table,))
        return
    clear = _clearest(effects)
    yield _effects_table(story, outcome, effects[clear], naive, used)
    if not clear.all():
        rest = _effects_table(story, outcome, effects[~clear], naive, used)
        yield Folded(f"All other steps ({(~clear).sum()}): none can be told from chance", (rest,))


def _clearest(effects: pd.DataFrame) -> pd.Series:
    """Which rows a reader should see at once: all that can be told from chance, or else the few nearest to it."""
    nearest = effects["statistic"].abs().rank(ascending=False, method="first")
    return is_sure(effects) | (nearest <= SHOWN)


def _effects_table(
    story: Story, outcome: Outcome, effects: pd.DataFrame, naive: pd.DataFrame, used: dict[str, str]
) -> Facts:
    raw, within = naive.set_index("term")["estimate"], story.within_agents(outcome.name)
    scale, corrected = str(effects["scale"].iloc[0]), story.corrected(outcome.name)
    rows = [
        {
            "step": story.label(row["term"]),
            "used": used.get(row["term"], "").removeprefix("in "),
            "raw difference": signed(raw[row["term"]], scale) if row["term"] in raw else "–",
            "corrected" if corrected else "like with like": signed(row["estimate"], scale),
            f"{100 * row['conf_level']:g}% interval": f"{signed(row['conf_low'], scale)} to {signed(row['conf_high'], scale)}",
            "q": _p_value(row["p_adjusted"]),
            "same agent": signed(within[row["term"]], scale) if row["term"] in within else "–",
            "what can be said": _reading(story, row)
            + _NOT_CORRECTED * (corrected and row["correction"] == "none"),
        }
        for row in effects.sort_values("estimate", ascending=False).to_dict("records")
    ]
    same = " Same agent: each agent compared only with herself." if len(within) else ""
    first = effects.iloc[0]
    table = pd.DataFrame(rows)
    return Facts(
        table if len(within) else table.drop(columns="same agent"),
        caption=f"{outcome.title}: difference in {UNITS.get(scale, scale)} where the step is used",
        note=f"{first['n']:,} interactions{_agents(first['n_clusters'])}; {MODELS.get(first['model'], first['model'])}. {_compared(corrected)}: {held_constant(story)} held constant. "
        f"q is the p-value after counting how many steps and outcomes were tried; below {SURE:g} chance is an unlikely "
        f"explanation.{same}",
    )


def _agents(n_clusters: int) -> str:
    """How many agents there are, and what intervals make of that; empty where they are not known."""
    if pd.isna(n_clusters):
        return ""
    if n_clusters == 1:
        return ", one agent (intervals take the interactions as separate)"
    return f", {n_clusters:,} agents (intervals allow for their habits)"


def _compared(corrected: bool) -> str:
    """What the estimates of the table are; the words before the colon that says what is held constant."""
    if not corrected:
        return "Like with like"
    return "Corrected: like with like, and the errors of the rules mended by hand codes. Like with like"


def _p_value(p: float) -> str:
    return "<0.001" if p < 0.0005 else f"{p:.3f}"


def _reading(story: Story, row: dict[Any, Any]) -> str:
    if bool(is_sure(pd.DataFrame([row])).iloc[0]):
        word = "higher" if row["estimate"] > 0 else "lower"
        return f"{word} ({earned(story, row['outcome'], row['term'])})"
    return "cannot tell"


def who_answered(story: Story, outcome: Outcome) -> Iterator[Part]:
    """Which interactions have an answer: by the customer's opening, and by channel."""
    missing = story.table[outcome.name].isna().sum()
    if not missing:
        yield Words((f"Every interaction has an answer to {outcome.title}.",), "quiet")
        return
    groups: dict[str, pd.Series] = {}
    for step in story.guide.steps:
        before = story.table.get(f"{step.id}_before")
        if before is not None and before.sum() >= 10:
            groups[f"opens with {step.title.lower()}"] = before.astype(bool)
    channels = story.table["channel"].dropna()
    for name in sorted(channels.unique()) if len(set(channels)) > 1 else []:
        groups[f"by {name}"] = story.table["channel"].eq(name)
    yield plot_who_answered(answer_rates(story.table, outcome.name, groups), outcome.title)


def rule_check(story: Story) -> Iterator[Part]:
    """How well the guide finds the steps that people coded; nothing where the corpus has no codes."""
    codes = story.corpus.codes
    if codes is None or codes.empty:
        return
    yield Heading("How well the rules do")
    result = evaluate(codes, story.guide, corpus=story.corpus)
    where = f"{result.n_turns:,} turns of {result.n_interactions:,} interactions, against the codes of {_coders(codes)}"
    yield Words(
        (
            f"Overall F1 {result.micro_f1:.2f} ({result.micro_low:.2f} to {result.micro_high:.2f}) over {where}: the share of marks "
            "that are right and the share of coded turns that are found, in one number. Where the rules miss a step as often for "
            "everyone, its differences are drawn towards zero; where they err more when things go badly, worse.",
        )
    )
    for outcome in story.outcomes[:1]:
        check = story.further("rule_check", outcome.name)
        if len(check):
            yield plot_rule_check(check, labels={term: story.label(term) for term in check["term"]})
    steps = result.steps[result.steps["support"] > 0].sort_values("f1", ascending=False, kind="stable")
    yield Folded("Turn by turn, each step", (_found_and_right(story, steps),))


def _found_and_right(story: Story, steps: pd.DataFrame) -> Facts:
    rows = [
        {
            "step": story.label(row["step"]),
            "coded turns": f"{row['support']:,}",
            "of the marks, right": _percent(row["precision"]),
            "of the coded, found": _percent(row["recall"]),
            "F1": f"{row['f1']:.2f}",
        }
        for row in steps.to_dict("records")
    ]
    return Facts(pd.DataFrame(rows))


def _percent(share: float) -> str:
    return "–" if pd.isna(share) else f"{share:.0%}"


def _coders(codes: pd.DataFrame) -> str:
    known = sorted(codes["coder"].unique())
    return ", ".join(known) if len(known) <= 3 else f"{len(known)} coders"


def further_tables(story: Story) -> Iterator[Part]:
    """What else the study computed, each table folded, rounded and cut to 40 rows."""
    tables = {} if story.result is None else story.result.tables
    if tables:
        yield Heading("All further tables")
    for name, table in tables.items():
        title = TITLES.get(name, name.replace("_", " ").capitalize())
        shown = table.head(ROWS_SHOWN).map(_cell)
        of = (
            f"the first {ROWS_SHOWN} of {len(table):,} rows"
            if len(table) > ROWS_SHOWN
            else f"{len(table)} rows"
        )
        yield Folded(f"{title} ({of}; {name}.csv)", (Facts(shown),))


def _cell(value: Any) -> str:
    if value is None or value is pd.NA or value != value:
        return "–"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
