"""The card of a simulated corpus: what is true in it, how it misleads, how answers go missing."""

from __future__ import annotations

import pandas as pd

import stepmark.study.simulate as package
from stepmark.study.simulate.world import World

__all__ = ["write_card"]


def write_card(world: World, command: str) -> str:
    """The card (Markdown) of the corpus of `world`, which `command` makes; every number in it is computed here."""
    if world.corpus is None:
        raise ValueError("a card needs a world with text")
    corpus, truth = world.corpus, world.truth
    agent = corpus.turns.loc[corpus.turns["speaker"] == "agent", "text"]
    answered = corpus.interactions["csat"].notna()
    sections = [
        f"# {corpus.name}: difficult conversations whose truth is known",
        "*Written by `stepmark.study.simulate`; do not edit. Nobody in it exists, no sentence comes from elsewhere.*",
        f"{len(corpus.interactions)} interactions of {corpus.interactions['agent_id'].nunique()} agents, "
        f"{len(corpus.turns):,} turns, over {_shares(corpus.interactions['channel'])}. {agent.nunique() / len(agent):.0%} of the "
        f"agents' turns are distinct. {answered.mean():.0%} answered the survey; {corpus.interactions['resolved'].mean():.0%} "
        "of the matters were resolved. Licence: MIT, like the code.",
        f"    {command}",
        "## Files\n\n"
        "`corpus.toml`, `turns.parquet`, `interactions.parquet`, and `codes.parquet`: **the truth of the simulation**, not a "
        "person's reading (coder `truth`; all turns coded, probability 1; a turn without a row shows none). "
        "Before the agent speaks are known: `industry`, `issue`, `channel`, `queue_minutes`, `prior_contacts`, "
        "`experience_years` (of the agent), and what the customer says first. `csat` is 1 to 5, missing where not answered; "
        "`resolved` is 0 or 1. Times: begin and end on the phone, the time of sending elsewhere.",
        f"## How it comes about\n\n{_model()}",
        "## What is true\n\n"
        "Average effect of using the step at least once, all else as it was: points of CSAT on the full 1 to 5 scale, percentage "
        "points of resolved. *Naive* is the difference in means with and without the step in a very large sample of "
        "this world; *here* is that difference among the answers of this corpus; *used* its share of these interactions.",
        _effects(world, truth),
        _apology(world, truth),
        f"## Who answers\n\n{_answers(world)}",
    ]
    return "\n\n".join(sections) + "\n"


def _model() -> str:
    """Points 1 to 6 of the package's own description."""
    text = (package.__doc__ or "").partition("\n\n")[2].strip()
    return text.partition("\n\nHence")[0]


def _shares(channel: pd.Series) -> str:
    share = channel.value_counts(normalize=True).sort_index()
    return ", ".join(f"{name} ({part:.0%})" for name, part in share.items())


def _naive_here(world: World, step: str) -> float:
    csat = world.table["csat"].astype("float64")
    used = world.table[f"{step}_used"]
    return float(csat[used].mean() - csat[~used].mean())


def _effects(world: World, truth: pd.DataFrame) -> str:
    known = {(row["step"], row["outcome"]): row for row in truth.to_dict("records")}
    lines = [
        "| step | role | used | CSAT: true | naive | here | log-odds | resolved: true | naive | log-odds |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for model in world.settings.steps:
        c, r = known[model.step, "csat"], known[model.step, "resolved"]
        used = world.table[f"{model.step}_used"].mean()
        cells = [f"`{model.step}`", model.role, f"{used:.1%}", f"{c['effect']:+.3f}", f"{c['naive']:+.2f}"]
        cells += [f"{_naive_here(world, model.step):+.2f}", f"{c['log_odds']:+.2f}", f"{r['effect']:+.2f}"]
        lines.append("| " + " | ".join([*cells, f"{r['naive']:+.1f}", f"{r['log_odds']:+.2f}"]) + " |")
    error = truth.loc[truth["outcome"] == "csat", "monte_carlo_se"].max()
    note = f"The averages run over 200,000 cases; their Monte-Carlo error is at most {error:.4f} points."
    return "\n".join(lines) + f"\n\n{note}"


def _apology(world: World, truth: pd.DataFrame) -> str:
    row = truth[(truth["step"] == "apologize") & (truth["outcome"] == "csat")].iloc[0]
    return (
        f"An apology truly adds {row.effect:.2f} points. The naive table says {row.naive:+.2f} ({_naive_here(world, 'apologize'):+.2f} "
        "in this corpus): agents apologize where the case is bad. Control for what is known before the agent speaks, "
        "and the sign turns. Closing steps do nothing and look as if they did."
    )


def _answers(world: World) -> str:
    s = world.settings
    by = world.table["csat"].notna().groupby(world.table["anger_before"]).mean()
    return (
        f"Log-odds of an answer: {s.answer_base:+.2f}; {s.answer_anger:+.2f} with anger in the opening; {s.answer_resolved:+.2f} if "
        f"resolved; {s.answer_channel:+.2f} by e-mail and on social media; and, **not at random**, {s.answer_low:+.2f} for a score of 1 or "
        f"2 and {s.answer_top:+.2f} for a 5. In this corpus {by[True]:.0%} of those who opened in anger answered, {by[False]:.0%} of the "
        "others."
    )
