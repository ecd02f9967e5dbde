"""The findings in plain words, each number computed."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from stepmark.corpus import Outcome
from stepmark.figures import is_sure
from stepmark.figures.chart import duration
from stepmark.report.blocks import Heading, Words
from stepmark.report.story import Story

__all__ = ["caveats", "difference", "headline", "held_constant", "listed", "title"]

UNITS = {"percentage_points": "percentage points", "points": "points"}


def listed(items: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = list(items) or [""]
    return f"{', '.join(first)} and {last}" if first else last


def signed(value: float, scale: str) -> str:
    """A difference with its sign, to the digits that its unit deserves."""
    digits = 1 if scale == "percentage_points" else 2
    return f"{round(value, digits) + 0.0:+.{digits}f}".replace("-", "−")


def difference(row: pd.Series) -> str:
    """An estimate with unit and interval: `+0.50 points (95% interval +0.18 to +0.82)`."""
    scale = str(row["scale"])
    low, high = signed(row["conf_low"], scale), signed(row["conf_high"], scale)
    unit = UNITS.get(scale, scale)
    return f"{signed(row['estimate'], scale)} {unit} ({100 * row['conf_level']:g}% interval {low} to {high})"


def title(story: Story) -> Heading:
    """The page's heading: its question."""
    if not story.outcomes:
        return Heading(f"What agents do in {story.corpus.name}", 1)
    return Heading(f"What goes with {story.outcomes[0].title} in {story.corpus.name}", 1)


def headline(story: Story) -> Words:
    """What was found, for the first lines of the page."""
    if not story.outcomes:
        return Words(_without_outcome(story), "headline")
    main = story.outcomes[0]
    lines = [*_found(story, main), *_raw_misleads(story, main)]
    for other in story.outcomes[1:]:
        lines += _in_short(story, other)
    return Words((*lines, *_what_it_is_not(story, main)), "headline")


def _found(story: Story, outcome: Outcome) -> list[str]:
    """Which steps go with a higher or lower outcome, and for how many nothing can be told."""
    rows = story.effects(outcome.name).sort_values("estimate", ascending=False)
    sure = rows[is_sure(rows)]
    unsure = rows.drop(sure.index)
    n, agents = len(story.answered(outcome.name)), story.answered(outcome.name)["agent_id"].nunique()
    among = f"{n:,} interactions with an answer" + (f" and {agents:,} agents" if agents else "")
    if sure.empty:
        lines = [
            f"**No step clearly goes with {outcome.title}**: {among} are not enough to tell any of {len(rows)} steps from chance."
        ]
    else:
        lines = [
            f"**Of {len(rows)} steps, {len(sure)} clearly {'goes' if len(sure) == 1 else 'go'} with {outcome.title}**, in {among}."
        ]
    for up, word in ((True, "higher"), (False, "lower")):
        part = sure[(sure["estimate"] > 0) == up].sort_values("estimate", key=abs, ascending=False)
        for _, row in part.iterrows():
            percent = row["scale"] == "percentage_points"
            what = f"a {word} rate of “{outcome.title}”" if percent else f"{word} {outcome.title}"
            lines.append(f"- **{story.label(row['term'])}** goes with {what}: {difference(row)}.")
    if len(unsure):
        largest = unsure.loc[unsure["statistic"].abs().sort_values(ascending=False).index[:2]]
        named = listed(f"{story.label(row['term'])}, {difference(row)}" for _, row in largest.iterrows())
        others = f"For the other {_count(len(unsure), 'step')} we cannot tell. " if len(sure) else ""
        lines.append(
            f"{others}The clearest of them: {named}; with {len(rows)} steps tried, that can be chance."
        )
    return lines


def _raw_misleads(story: Story, outcome: Outcome) -> list[str]:
    """The step of which the raw averages say the opposite most loudly, where there is one."""
    rows = story.effects(outcome.name).merge(story.naive(outcome.name), on="term", suffixes=("", "_naive"))
    gap = (rows["estimate"] - rows["estimate_naive"]).abs()
    opposite = rows[(rows["estimate"] * rows["estimate_naive"] < 0) & (gap > rows["std_error"])]
    if opposite.empty:
        return []
    row = opposite.assign(gap=gap).sort_values("gap").iloc[-1]
    raw = signed(row["estimate_naive"], str(row["scale"]))
    return [
        f"**Raw averages mislead.** {story.label(row['term'])} looks like {raw} {UNITS.get(str(row['scale']), '')}; among "
        f"interactions that began alike it is {difference(row)}."
    ]


def _in_short(story: Story, outcome: Outcome) -> list[str]:
    """One sentence on a further outcome."""
    rows = story.effects(outcome.name)
    sure = rows[is_sure(rows)].sort_values("estimate", key=abs, ascending=False)
    if sure.empty:
        return [f"For {outcome.title}, none of {len(rows)} steps can be told from chance."]
    named = listed(
        f"{story.label(r['term'])} ({signed(r['estimate'], str(r['scale']))})"
        for _, r in sure.head(4).iterrows()
    )
    more = f" and {len(sure) - 4} more" if len(sure) > 4 else ""
    unit = UNITS.get(str(sure["scale"].iloc[0]), "")
    return [
        f"For {outcome.title}, {len(sure)} of {len(rows)} steps can be told from chance: {named}{more}, in {unit}."
    ]


def _what_it_is_not(story: Story, outcome: Outcome) -> list[str]:
    """What a reader must not take from the page."""
    missing = story.table[outcome.name].isna().mean()
    silent = (
        f" {missing:.0%} of the interactions have no answer; nothing is said about them."
        if missing >= 0.01
        else ""
    )
    return [
        "**What this is not:** proof that a step causes the difference. Interactions are compared with others that were alike "
        f"before the agent's first reply, as far as the corpus tells; a step may still answer to trouble, as an apology does, and go with it whatever it "
        f"does. The steps are marked by rules, which err.{silent}"
    ]


def held_constant(story: Story) -> str:
    """What the study holds constant, in words."""
    controls = [] if story.result is None else [control.name for control in story.result.plan.controls]
    if not controls:
        return "nothing is held constant"
    said = [
        f"{story.label(name.removesuffix('_before')).lower()} in the opening"
        if name.endswith("_before")
        else {"opening_words": "how much the customer says first"}.get(name, name.replace("_", " "))
        for name in controls
    ]
    return listed(said)


def _without_outcome(story: Story) -> tuple[str, ...]:
    """What can be said of a corpus in which no satisfaction can be studied."""
    table = story.table
    agent = [step for step in story.guide.steps if step.kind != "signal"]
    used = pd.Series(
        {step.id: float(table[f"{step.id}_used"].astype("boolean").mean()) for step in agent}
    ).dropna()
    top = used.sort_values(ascending=False, kind="stable").head(3)
    steps = listed(f"{story.label(str(step))} ({share:.0%} of interactions)" for step, share in top.items())
    why = (
        f"**{story.corpus.name} holds no outcome**, so nothing can be said about what goes with satisfaction. This page shows what agents and customers do."
        if not story.corpus.outcomes
        else "**No outcome can be studied**: too few answered, or all gave the same answer, or no step varies. This page shows what agents and customers do."
    )
    lines = [why, f"In {len(table):,} interactions, the steps that agents use most are {steps}."]
    anger = float(table["anger_before"].mean()) if "anger_before" in table else float("nan")
    if anger == anger:
        lines.append(f"{anger:.0%} of customers show anger before the first reply.")
    waits = table["response_time_first_s"].dropna()
    if len(waits):
        lines.append(f"Half of them wait {duration(float(waits.median()))} or longer for it.")
    lines.append("Steps are marked by rules, which err; see how well they do before you lean on a number.")
    return tuple(lines)


def caveats(story: Story) -> Words:
    """What was checked, in plain words: what is refused first, then what weakens a claim, then what is good to know."""
    if story.result is None:
        return Words(("No study was made, so there is nothing to check.",))
    order = {"refused": "Not given: ", "caution": "Take care: ", "note": ""}
    said = [
        f"- {order[severity]}{statement['text']}"
        for severity in order
        for statement in story.result.diagnostics["statements"]
        if statement["severity"] == severity
    ]
    return Words(tuple(dict.fromkeys(said)) or ("Nothing was found amiss.",))


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
