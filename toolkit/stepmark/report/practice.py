"""What could a team try first? Only what the evidence allows, with what speaks against each of the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from stepmark.corpus import Outcome
from stepmark.figures.chart import UNITS
from stepmark.report.blocks import Facts, Folded, Heading, Words
from stepmark.report.story import Story
from stepmark.report.verdicts import beside, holding, late_only
from stepmark.report.words import listed, signed
from stepmark.study.agents import coaching
from stepmark.study.agents.coaching import FEWEST_AGENTS

__all__ = ["practice_parts", "to_try"]

#: Where those who take a step most often do so by less than this more than the team, there is little to practise.
ROOM = 0.05
#: Those who take a step most often are so large a part of the agents.
MOST_OFTEN = 0.25
#: Unlike what was found, these lie against a trial; the first that holds is told.
UNTOLD = "cannot be told from chance"


def practice_parts(story: Story) -> Iterator[Heading | Words | Facts | Folded]:
    """What a trainer could try first, and why not the rest; nothing without an outcome or without agents to compare."""
    rows = pd.DataFrame() if not story.outcomes else to_try(story, story.outcomes[0])
    if rows.empty:
        return
    outcome = story.outcomes[0]
    yield Heading("What a team could try first")
    yield Words(tuple(_advice(story, outcome, rows)))
    told = rows[rows["against"].ne(UNTOLD)]
    shown, rest = (told, rows.drop(told.index)) if len(told) else (rows.iloc[:0], rows)
    if len(shown):
        yield Facts(
            _cells(story, shown), caption="Steps that go with the outcome by more than chance", note=_NOTE
        )
    if len(rest):
        yield Folded(
            f"The other {len(rest)} steps: no advice, they cannot be told from chance",
            (Facts(_cells(story, rest)),),
        )


def to_try(story: Story, outcome: Outcome) -> pd.DataFrame:
    """Each step's opportunity, its use by the team and by those who use it most, its estimate, and what speaks against a trial.

    Returns
    -------
    DataFrame
        One row a step that agents are compared on: `term`, `occasions` (interactions in which there was occasion for it), `team`
        (the team's rate of use), `often` (that of the quarter of agents who take it most often; for breaches, least often; rates
        are drawn towards the team), `estimate`, `conf_low`, `conf_high`, `scale`, `evidence` (the label earned) and `against`
        (why it is not to be tried first; empty where nothing is). Those to be tried come first, then by distance from chance.
        Empty where fewer than five agents are known.
    """
    best = story.effects(outcome.name)
    best = best[best["measure"].eq("used") & best["term"].map(lambda term: f"{term}_used" in story.table)]
    if best.empty or story.table["agent_id"].nunique() < FEWEST_AGENTS:
        return pd.DataFrame()
    asked = holding(story, outcome.name).set_index("term")
    reading = beside(story, outcome.name).set_index("term")["reading"]
    late = set(late_only(story, outcome.name).get("term", []))
    rows = best.set_index("term")[["estimate", "conf_low", "conf_high", "scale", "correction", "statistic"]]
    rows = rows.join(asked[["evidence", "adjusted", "doubly_robust", "same_agent"]]).join(reading)
    rows = rows.join(_rates(story, list(rows.index))).rename_axis("term").reset_index()
    rows["against"] = [_against(story, outcome, row, late) for row in rows.to_dict("records")]
    order = rows.assign(
        _held=rows["against"].ne(""), _chance=rows["against"].eq(UNTOLD), _size=-rows["statistic"].abs()
    )
    rows = rows.loc[order.sort_values(["_held", "_chance", "_size"], kind="stable").index]
    kept = [
        "term",
        "occasions",
        "team",
        "often",
        "estimate",
        "conf_low",
        "conf_high",
        "scale",
        "evidence",
        "against",
    ]
    return rows[kept].reset_index(drop=True)


def _rates(story: Story, steps: list[str]) -> pd.DataFrame:
    """Occasions, the team's rate and that of those who take the step most (of breaches: least) often, by step."""
    found = coaching(story.table, steps).table
    rows = {}
    for step, own in found.groupby("step"):
        size = max(1, round(MOST_OFTEN * len(own)))
        rates = own["shrunken"].sort_values(ascending=_breach(story, str(step)))
        rows[step] = (int(own["occasions"].sum()), float(own["team"].iloc[0]), float(rates.head(size).mean()))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["occasions", "team", "often"])


def _breach(story: Story, step: str) -> bool:
    return any(known.id == step and known.kind == "breach" for known in story.guide.steps)


def _against(story: Story, outcome: Outcome, row: dict[Any, Any], late: set[str]) -> str:
    """The first thing that speaks against trying a step; empty where nothing does."""
    better = (row["estimate"] > 0) == (outcome.good == "high")
    breach = _breach(story, row["term"])
    turned = [
        name
        for name, words in (("doubly_robust", "doubly robust"), ("same_agent", "same agent"))
        if row[name] * row["adjusted"] < 0
    ]
    reasons = (
        (row["reading"] == "cannot tell", UNTOLD),
        (
            better == breach,
            f"goes with {'better' if better else 'worse'} outcomes: listen to some before asking for {'less' if breach else 'more'}",
        ),
        (row["correction"] == "none", "rests on the rules' marks alone, which err: code some by hand"),
        (row["term"] in late, "its early uses show no such difference: it may answer to how things went"),
        (row["evidence"] == "association", "an association: nothing shows that the step came first"),
        (bool(turned), "the sign turns under another question (see “Does it hold?”)"),
        (abs(row["often"] - row["team"]) < ROOM, "those who do it most differ too little from the team"),
    )
    return next((words for holds, words in reasons if holds), "")


def _advice(story: Story, outcome: Outcome, rows: pd.DataFrame) -> Iterator[str]:
    """What to try, or that nothing is to be tried; and what a trial is."""
    chosen = rows[rows["against"].eq("")]
    told = int(rows["against"].ne(UNTOLD).sum())
    if chosen.empty:
        yield (
            f"**The evidence allows no recommendation.** Of {len(rows)} steps, {told} "
            f"{'goes' if told == 1 else 'go'} with {outcome.title} by more than chance; what speaks against trying "
            f"{'it' if told == 1 else 'them'} first stands in the last column."
            if told
            else f"**The evidence allows no recommendation:** none of {len(rows)} steps can be told from chance."
        )
    else:
        named = listed(
            f"{'less' if _breach(story, term) else 'more'} {story.label(term).lower()}"
            for term in chosen["term"]
        )
        yield (
            f"**Worth a trial: {named}.** Each goes with better outcomes by more than chance, with hand codes, in early uses and under "
            "the other questions, and some agents do so already: listen to them."
        )
        yield (
            "A trial is not a roll-out: let some agents begin before others, and compare (README, “Studies”: rollout). Nothing here is "
            "a target for single agents."
        )


_NOTE = (
    "Occasions: interactions in which the step could be taken, where the guide knows them, else all. Most often: the quarter of agents "
    "who take it most often (of breaches: least), drawn towards the team. Rates are counted as the rules read them."
)


def _cells(story: Story, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows as text."""
    scale = str(rows["scale"].iloc[0])
    return pd.DataFrame(
        [
            {
                "step": story.label(row["term"]),
                "occasions": f"{row['occasions']:,}",
                "team": f"{row['team']:.0%}",
                "most often": f"{row['often']:.0%}",
                f"difference in {UNITS.get(scale, scale)}": f"{signed(row['estimate'], scale)} "
                f"({signed(row['conf_low'], scale)} to {signed(row['conf_high'], scale)})",
                "evidence": row["evidence"],
                "try first?": f"no: {row['against']}" if row["against"] else "yes",
            }
            for row in rows.to_dict("records")
        ]
    )
