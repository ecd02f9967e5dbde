"""How agents differ in the steps they take: for a coach, fair to those with few interactions."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from stepmark.figures import Chart, plot_coaching
from stepmark.report.blocks import Facts, Folded, Heading, Words
from stepmark.report.story import Story
from stepmark.study.agents import coaching
from stepmark.study.agents.coaching import FEWEST_AGENTS
from stepmark.study.entries import CLOSING_STEPS

__all__ = ["team_parts"]

#: So many steps are drawn, and so many agents listed before the others are folded away.
STEPS, AGENTS = 3, 12
#: A step is looked at where it was used in so many interactions, and not in so many.
FEWEST = 20


def team_parts(story: Story) -> Iterator[Heading | Words | Facts | Folded | Chart]:
    """Who takes which step more or less often than the team; nothing where there are fewer than five agents."""
    steps = _steps(story)
    if story.table["agent_id"].nunique() < FEWEST_AGENTS or not steps:
        return
    found = coaching(story.table, steps)
    yield Heading("How agents differ")
    apart = found.table[~found.table["reading"].str.startswith("like")]
    agents = found.table["agent_id"].nunique()
    if apart.empty:
        yield Words(
            (
                f"In none of {len(steps)} steps can any of {agents} agents be told from the team: what differs is chance.",
            )
        )
        return
    counts = apart["step"].value_counts()
    chosen = sorted(counts.index, key=lambda step: (-counts[step], steps.index(step)))[:STEPS]
    yield Words(
        (
            f"{apart['agent_id'].nunique()} of {agents} agents take some step clearly more or less often than the team. Use it to find "
            "who can show others how, and where practice would help, after listening to a few of their conversations; not to rank. "
            "Steps are counted as the rules read them, empathy and boundaries where there was occasion for them.",
        )
    )
    drawn = found.table[found.table["step"].isin(chosen)].assign(
        _order=lambda rows: rows["step"].map(chosen.index)
    )
    yield plot_coaching(
        drawn.sort_values("_order", kind="stable").drop(columns="_order"),
        labels={step: story.label(step) for step in chosen},
        conf_level=found.conf_level,
    )
    yield from _listed(story, apart)


def _steps(story: Story) -> list[str]:
    """The agent's steps that are neither rare nor always there; closing steps answer to how it went."""
    found = []
    for step in story.guide.steps:
        used = story.table.get(f"{step.id}_used")
        if step.kind == "signal" or step.id in CLOSING_STEPS or used is None:
            continue
        count = int(used.astype("boolean").sum())
        if min(count, int(used.notna().sum()) - count) >= FEWEST:
            found.append(step.id)
    return found


def _listed(story: Story, apart: pd.DataFrame) -> Iterator[Facts | Folded]:
    """Each agent who differs, with the steps."""
    counts = story.table["agent_id"].value_counts()
    rows = []
    for agent, own in apart.groupby("agent_id", sort=True):
        rows.append(
            {
                "agent": str(agent),
                "interactions": f"{counts[agent]:,}",
                "more often than the team": _shares(story, own[own["reading"].str.startswith("above")]),
                "less often": _shares(story, own[own["reading"].str.startswith("below")]),
            }
        )
    steps = apart["agent_id"].value_counts()
    table = pd.DataFrame(rows)
    order = table["agent"].map({str(agent): -int(n) for agent, n in steps.items()})
    table = table.loc[order.sort_values(kind="stable").index]
    yield Facts(
        table.head(AGENTS),
        caption="Who differs from the team, and in what",
        note="In brackets: the agent's likely rate, and the team's. The intervals hold a true rate nine times in ten, so that among "
        "many agents and steps some readings are chance.",
    )
    if len(table) > AGENTS:
        yield Folded(f"The other {len(table) - AGENTS} agents who differ", (Facts(table.iloc[AGENTS:]),))


def _shares(story: Story, rows: pd.DataFrame) -> str:
    said = [
        f"{story.label(row['step'])} ({row['shrunken']:.0%}, {row['team']:.0%})"
        for row in rows.to_dict("records")
    ]
    return ", ".join(said) or "–"
