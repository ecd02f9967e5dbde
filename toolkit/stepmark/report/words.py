"""The findings in plain words, each number computed."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from stepmark.corpus import Outcome
from stepmark.figures import is_sure
from stepmark.figures.chart import UNITS, duration
from stepmark.figures.chart import number as signed
from stepmark.report.blocks import Heading, Words
from stepmark.report.story import Story
from stepmark.report.verdicts import beside, earned, late_only, misled
from stepmark.study.carrying import ANSWERS_A_PARAMETER
from stepmark.study.entries import CLOSING_STEPS

__all__ = ["difference", "headline", "held_constant", "listed", "signed", "title"]

#: So many findings stand in the first lines; the others are in the table.
FINDINGS = 5
#: So many steps are named of which raw averages mislead.
NAMED = 3


def listed(items: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = list(items) or [""]
    return f"{', '.join(first)} and {last}" if first else last


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
    lines = [*_found(story, main), *_raw_misleads(story, main), _hand_codes(story, main)]
    lines += [*(_in_short(story, other) for other in story.outcomes[1:]), *_late_only(story)]
    lines += _not_asked(story, main)
    return Words((*lines, _what_it_is_not(story, main)), "headline")


def _found(story: Story, outcome: Outcome) -> list[str]:
    """Which steps go with a higher or lower outcome, and for how many nothing can be told."""
    rows = story.effects(outcome.name)
    if rows.empty:
        return [f"**Nothing could be estimated for {outcome.title}**; see what was checked."]
    sure = rows[is_sure(rows)].sort_values("estimate", key=abs, ascending=False)
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
    lines += [_finding(story, outcome, row) for _, row in sure.head(FINDINGS).iterrows()]
    if len(sure) > FINDINGS:
        lines.append(f"- and {len(sure) - FINDINGS} more, in the table below.")
    return [*lines, *_untold(story, rows.drop(sure.index), len(rows))]


def _finding(story: Story, outcome: Outcome, row: pd.Series) -> str:
    label = earned(story, outcome.name, row["term"])
    more = "" if label == "association" else f"; {label}"
    return f"- **{story.label(row['term'])}**: {difference(row)}{more}"


def _untold(story: Story, unsure: pd.DataFrame, tried: int) -> list[str]:
    """For how many steps nothing can be told, and the clearest of them."""
    if unsure.empty:
        return []
    clearest = unsure.sort_values("statistic", key=abs, ascending=False, kind="stable").head(2)
    named = listed(
        f"{story.label(row['term'])} ({signed(row['estimate'], str(row['scale']))})"
        for _, row in clearest.iterrows()
    )
    others = (
        f"For the other {_count(len(unsure), 'step')} we cannot tell; clearest are"
        if len(unsure) < tried
        else "Clearest are"
    )
    return [f"{others} {named}. With {tried} steps tried, that can be chance."]


def _raw_misleads(story: Story, outcome: Outcome) -> list[str]:
    """What raw averages say of the steps of which they say the opposite; or that they do not."""
    rows = beside(story, outcome.name)
    if rows.empty:
        return []
    turned = misled(rows)
    hard, misread = (
        turned[turned["why"].eq("difficulty")],
        turned[turned["why"].eq("misreading") & turned["clear"]],
    )
    clear = hard[hard["clear"]]
    if len(clear):
        lines = [f"**Raw averages mislead.** {_turned(story, clear.iloc[0])}{_also(story, clear.iloc[1:])}"]
    elif len(hard):
        lines = [
            f"**Raw averages may mislead.** {_turned(story, hard.iloc[0])} Which sign is right, these data cannot tell."
        ]
    else:
        lines = ["**Raw averages** and estimates of like with like point the same way for every step."]
    if len(misread):
        average, verb = ("average", "changes") if len(misread) == 1 else ("averages", "change")
        lines.append(
            f"**So do uncorrected rules:** the raw {average} of {_names(story, misread)} {verb} sign once the rules' errors are mended."
        )
    return lines


def _late_only(story: Story) -> list[str]:
    """The findings that early uses do not bear out."""
    named = []
    for outcome in story.outcomes:
        for row in late_only(story, outcome.name).head(NAMED).to_dict("records"):
            scale = str(row["scale"])
            early = signed(row["estimate"], scale)
            low, high = signed(row["conf_low"], scale), signed(row["conf_high"], scale)
            named.append(
                f"**{story.label(row['term'])}** on {outcome.title} (used in the first two replies alone: {early}, {low} to {high})"
            )
    return [f"May answer to how things went, rather than change it: {'; '.join(named)}."] if named else []


def _not_asked(story: Story, outcome: Outcome) -> list[str]:
    """The steps that the default plan leaves out because the answers cannot carry them."""
    if story.result is None or story.plan_source:
        return []
    asked = {step.name for step in story.result.plan.steps}
    left = [
        story.label(step.id)
        for step in story.guide.steps
        if step.kind != "signal"
        and step.id not in {*asked, *CLOSING_STEPS}
        and story.table.get(f"{step.id}_used", pd.Series(dtype="boolean")).any()
    ]
    if not left:
        return []
    n, named = (
        len(story.answered(outcome.name)),
        [*left[:NAMED], *[f"{len(left) - NAMED} more"][: len(left) > NAMED]],
    )
    return [
        f"**Not everything was asked:** {n:,} answers carry one question for every {ANSWERS_A_PARAMETER} of them, so the default plan "
        f"leaves out {listed(named)}; a plan of your own can ask for what matters to you."
    ]


def _turned(story: Story, row: pd.Series) -> str:
    """The step that raw averages have most wrong, raw beside adjusted beside corrected."""
    scale, name = str(row["scale"]), story.label(row["term"])
    unit = UNITS.get(scale, scale)
    low, high = signed(row["conf_low"], scale), signed(row["conf_high"], scale)
    by_hand = pd.notna(row["raw_hand"]) and pd.notna(row["corrected"])
    raw = f"{signed(row['raw_hand' if by_hand else 'raw'], scale)} {unit}"
    aside = f" ({signed(row['raw'], scale)} as the rules read it)" if by_hand else ""
    alike = f"{signed(row['best'], scale)} (interval {low} to {high})"
    why = (
        "It is taken where things go badly."
        if row["best"] > 0
        else "It is taken where things go well anyway."
    )
    told = f" {why}" if row["clear"] else ""
    return f"**{name}** looks like {raw}{aside}; among interactions that began alike it is {alike}.{told}"


def _also(story: Story, rows: pd.DataFrame) -> str:
    return f" Likewise {_names(story, rows)}, less clearly." if len(rows) else ""


def _names(story: Story, rows: pd.DataFrame) -> str:
    """Up to three steps by name, and how many more."""
    names = [story.label(term) for term in rows["term"].head(NAMED)]
    return listed([*names, f"{len(rows) - NAMED} more"] if len(rows) > NAMED else names)


def _hand_codes(story: Story, outcome: Outcome) -> str:
    """Whether people's codes correct what the rules misread; a warning where they do not."""
    advice = "Code a few hundred, drawn at random, and the report mends it (README, “Sessions”)."
    blind = "Rules misread some turns, and more where things go badly: differences may be too small, or of the wrong sign."
    if story.corrected(outcome.name):
        coded = int(story.answered(outcome.name)["coded"].sum())
        steps = story.effects(outcome.name)["correction"].ne("none")
        left = f" ({_count(int((~steps).sum()), 'rare step')} could not be mended)" * (not steps.all())
        return f"**Corrected:** {coded:,} answered interactions were coded by hand, which mends what the rules misread{left}."
    if story.corpus.codes is None or story.corpus.codes.empty:
        return f"**Warning: nothing was coded by hand.** {blind} {advice}"
    why = story.uncoded or "they are too few, or no sample of the interactions with an answer"
    return f"**Warning: the hand codes could not be used** ({why.rstrip('.')}). {blind} {advice}"


def _in_short(story: Story, outcome: Outcome) -> str:
    """One sentence on a further outcome."""
    rows = story.effects(outcome.name)
    sure = rows[is_sure(rows)].sort_values("estimate", key=abs, ascending=False)
    if sure.empty:
        return f"For **{outcome.title}**, none of {len(rows)} steps can be told from chance."
    named = listed(
        f"{story.label(r['term'])} ({signed(r['estimate'], str(r['scale']))})"
        for _, r in sure.head(4).iterrows()
    )
    more = f" and {len(sure) - 4} more" if len(sure) > 4 else ""
    unit = UNITS.get(str(sure["scale"].iloc[0]), "")
    return f"For **{outcome.title}**, {len(sure)} of {len(rows)} steps can be told from chance: {named}{more}, in {unit}."


def _what_it_is_not(story: Story, outcome: Outcome) -> str:
    """What a reader must not take from the page."""
    missing = story.table[outcome.name].isna().mean()
    silent = f" {missing:.0%} of the interactions have no answer." if missing >= 0.01 else ""
    return (
        "**What this is not:** proof that a step causes the difference. Interactions are compared with others that were alike "
        "before the agent's first reply, as far as the corpus tells; a step may still answer to trouble that came later."
        f"{silent}"
    )


def held_constant(story: Story) -> str:
    """What the study holds constant, in words."""
    controls = [] if story.result is None else [control.name for control in story.result.plan.controls]
    return listed(story.covariate(name) for name in controls) if controls else "nothing is held constant"


def _without_outcome(story: Story) -> tuple[str, ...]:
    """What can be said of a corpus in which no satisfaction can be studied."""
    table = story.table
    agent = [step for step in story.guide.steps if step.kind != "signal"]
    shares = {step.id: table[f"{step.id}_used"].astype("boolean").mean() for step in agent}
    used = pd.Series(shares, dtype="Float64").dropna()  # interruptions are missing where there are no times
    top = used.sort_values(ascending=False, kind="stable").head(3)
    steps = listed(f"{story.label(str(step))} ({share:.0%} of interactions)" for step, share in top.items())
    why = (
        f"**{story.corpus.name} holds no outcome**, so nothing can be said about what goes with satisfaction. This page shows what agents and customers do."
        if not story.corpus.outcomes
        else f"**No outcome can be studied**: {'; '.join(reason.rstrip('.') for reason in story.unstudied)}. This page shows what agents and customers do."
    )
    lines = [why, f"In {len(table):,} interactions, the steps that agents use most are {steps}."]
    if "anger_before" in table:
        lines.append(f"{table['anger_before'].mean():.0%} of customers show anger before the first reply.")
    waits = table["response_time_first_s"].dropna()
    if len(waits):
        lines.append(
            f"Half of all customers wait {duration(float(waits.median()))} or longer for that reply."
        )
    lines.append("Steps are marked by rules, which err; see how well they do before you lean on a number.")
    return tuple(lines)


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
