"""What a report says of a story."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.report.talk import CSAT, RESOLVED, corpus

from stepmark.annotate import Guide, annotate
from stepmark.corpus import Corpus
from stepmark.figures import Chart
from stepmark.measure import measure
from stepmark.report import (
    Facts,
    Heading,
    Story,
    Words,
    caveats,
    examples,
    headline,
    outcome_parts,
    rule_check,
    title,
)
from stepmark.report.plans import plan_for
from stepmark.report.words import listed
from stepmark.study import study


def told(source: Corpus) -> Story:
    guide = Guide.load("difficult-customers")
    spans = annotate(source, guide)
    table = measure(source, spans, guide=guide)
    plan = plan_for(source, table, guide)
    return Story(source, guide, spans, table, study(table, plan) if plan else None)


def test_without_an_outcome_the_report_says_so_and_shows_what_it_can() -> None:
    story = told(corpus(30, outcomes=()))
    said = str(headline(story))
    assert str(title(story)) == "# What agents do in parcels"
    assert said.startswith(
        "parcels holds no outcome, so nothing can be said about what goes with satisfaction."
    )
    assert "In 30 interactions, the steps that agents use most are Probe (100% of interactions)" in " ".join(
        said.split()
    )
    assert str(caveats(story)) == "No study was made, so there is nothing to check."


def test_where_too_few_answered_the_report_says_so() -> None:
    said = str(headline(told(corpus(30))))
    assert said.startswith("No outcome can be studied: too few answered")


def test_steps_that_stand_out_by_chance_are_not_named_as_findings() -> None:
    source = corpus()
    shuffled = source.interactions.assign(
        csat=np.random.default_rng(3).permutation(source.interactions["csat"])
    )
    story = told(
        replace(
            source, interactions=shuffled[["interaction_id", "agent_id", "channel", "csat"]], outcomes=(CSAT,)
        )
    )
    assert str(headline(story)).startswith("No step clearly goes with Satisfaction")


def test_the_step_that_raw_averages_have_wrong_is_named(story: Story) -> None:
    raw = story.naive("csat").set_index("term")["estimate"]
    answered = story.answered("csat")
    means = answered.groupby("apologize_used")["csat"].mean()
    assert raw["apologize"] == pytest.approx(means[True] - means[False])
    adjusted = story.effects("csat").set_index("term").loc["apologize", "estimate"]
    assert raw["apologize"] < -0.4 < adjusted


def test_each_outcome_has_its_own_part_the_main_one_first(story: Story) -> None:
    assert [outcome.name for outcome in story.outcomes] == ["csat", "resolved"]
    parts = list(outcome_parts(story, RESOLVED))
    assert str(parts[0]) == "## What goes with Resolved"
    charts = [part for part in parts if isinstance(part, Chart)]
    assert charts[0].data["interactions"].sum() == 160
    table = next(part for part in parts if isinstance(part, Facts)).frame
    assert table["step"].tolist()[0] == "Empathize"
    assert table["used"].str.endswith("of 160").all()


def test_the_numbers_of_the_table_are_those_of_the_study(story: Story) -> None:
    table = next(part for part in outcome_parts(story, CSAT) if isinstance(part, Facts)).frame.set_index(
        "step"
    )
    row = story.effects("csat").set_index("term").loc["empathize"]
    assert table.loc["Empathize", "like with like"] == f"{row['estimate']:+.2f}"
    assert table.loc["Empathize", "what can be said"].startswith("higher")


def test_what_was_checked_names_those_who_did_not_answer(story: Story) -> None:
    missing = int(story.table["csat"].isna().sum())
    assert f"{missing} of 160 interactions" in str(caveats(story))


def test_rules_are_held_against_codes_where_there_are_codes(story: Story) -> None:
    assert list(rule_check(story)) == []
    shown = story.spans[story.spans["step"].eq("empathize")][["interaction_id", "turn", "step"]].head(20)
    codes = shown.assign(coder="kim", decision=["yes"] * 10 + ["no"] * 10)
    coded = replace(story, corpus=replace(story.corpus, codes=codes))
    facts = next(part for part in rule_check(coded) if isinstance(part, Facts))
    row = facts.frame.set_index("step").loc["Empathize"]
    assert (row["of the marks, right"], row["of the coded, found"]) == ("50%", "100%")


def test_examples_come_from_both_ends_of_the_outcome(story: Story) -> None:
    shown = examples(story)
    values = [story.table.set_index("interaction_id").loc[one.title, "csat"] for one in shown]
    assert values == [story.table["csat"].max(), story.table["csat"].min()]
    assert f"Satisfaction: {values[0]:g}" in shown[0].facts


# Blocks


def test_words_of_a_corpus_are_never_markup() -> None:
    wicked = '<img src=x onerror="alert(1)">'
    for block in (
        Words((f"**{wicked}**", f"- {wicked}")),
        Heading(wicked),
        Facts(pd.DataFrame({wicked: [wicked]}), caption=wicked, note=wicked),
    ):
        assert "<img" not in block._repr_html_()
        assert "&lt;img" in block._repr_html_()


def test_blocks_read_the_same_as_text_and_as_html() -> None:
    words = Words(("**Bold** claim", "- one", "- two", "end"))
    assert str(words) == "Bold claim\n- one\n- two\nend"
    assert words._repr_html_() == (
        '<div class="words plain"><p><strong>Bold</strong> claim</p><ul><li>one</li><li>two</li></ul><p>end</p></div>'
    )
    facts = Facts(pd.DataFrame({"step": ["A"], "n": ["+1.2"]}), caption="C")
    assert str(facts) == "C\nstep    n\n   A +1.2"
    assert '<th scope="row">A</th><td class="number">+1.2</td>' in facts._repr_html_()


@pytest.mark.parametrize(
    ("items", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_are_said_as_people_say_them(items: list[str], said: str) -> None:
    assert listed(items) == said
