"""Which conversations a report shows, with names and numbers taken out."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from stepmark.corpus import Corpus, redact
from stepmark.figures import Transcript, show
from stepmark.report.blocks import Heading, Words
from stepmark.report.story import Story

__all__ = ["choose_examples", "example_parts", "examples"]

#: A conversation that is shown has at least and at most so many turns.
SHORTEST, LONGEST = 6, 18


def choose_examples(story: Story) -> list[str]:
    """The ids of up to two conversations worth reading: of middle length, and rich in steps.

    Where the main outcome was studied, one from its best end and one from its worst; else the two richest.
    """
    table = story.table[story.table["n_turns"].between(SHORTEST, LONGEST)]
    steps = [f"{step.id}_used" for step in story.guide.steps]
    richness = table[steps].astype("boolean").fillna(False).sum(axis=1)
    ranked = table.assign(_rich=richness).sort_values(["_rich", "interaction_id"], ascending=[False, True])
    if not story.outcomes:
        return ranked["interaction_id"].head(2).tolist()
    outcome = story.outcomes[0]
    values = ranked[outcome.name]
    ends = [values.max(), values.min()] if outcome.good == "high" else [values.min(), values.max()]
    chosen = [ranked.loc[values.eq(end), "interaction_id"].head(1).tolist() for end in ends]
    return list(dict.fromkeys(name for names in chosen for name in names))


def example_parts(story: Story) -> list[Heading | Words | Transcript]:
    """A heading and the chosen conversations; nothing where none is of a length to be read."""
    shown = examples(story)
    if not shown:
        return []
    said = "Names, numbers and addresses are replaced; words that show a step are underlined in the colour of its stage."
    return [Heading("How it sounds"), Words((said,), "quiet"), *shown]


def examples(story: Story) -> list[Transcript]:
    """The chosen conversations, redacted and with their steps marked."""
    names = choose_examples(story)
    if not names:
        return []
    redacted = redact(_part(story, names))
    shown = [show(redacted, name, redacted.spans, guide=story.guide) for name in names]
    return [replace(one, facts=(*one.facts, *_answer(story, one.title))) for one in shown]


def _part(story: Story, names: list[str]) -> Corpus:
    """The corpus of these interactions only, with their marks, and without a word of who the agents are."""

    def of(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["interaction_id"].isin(names)].reset_index(drop=True)

    corpus = story.corpus
    return replace(
        corpus,
        turns=of(corpus.turns),
        interactions=of(corpus.interactions).assign(agent_id=None).astype({"agent_id": "str"}),
        spans=of(story.spans),
        codes=None,
    )


def _answer(story: Story, name: str) -> list[str]:
    """The main outcome of an interaction, in words."""
    if not story.outcomes:
        return []
    outcome = story.outcomes[0]
    value = story.table.loc[story.table["interaction_id"].eq(name), outcome.name].iloc[0]
    if pd.isna(value):
        return []
    said = (
        {1.0: "yes", 0.0: "no"}.get(float(value), f"{value:g}") if outcome.kind == "binary" else f"{value:g}"
    )
    return [f"{outcome.title}: {said}"]
