"""What a report says of a story."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.report.talk import CSAT, RESOLVED, corpus

from stepmark.annotate import Guide, annotate
from stepmark.corpus import Corpus, write_folder
from stepmark.figures import Chart, is_sure
from stepmark.measure import measure
from stepmark.report import (
    Facts,
    Folded,
    Heading,
    Story,
    Words,
    caveats,
    doubt_parts,
    examples,
    first_figure,
    headline,
    outcome_parts,
    rule_check,
    step_parts,
    team_parts,
    tell,
    title,
)
from stepmark.report.plans import plan_for
from stepmark.report.verdicts import beside, earned, focal_step, holding, late_only, misled
from stepmark.report.words import listed
from stepmark.study import Plan, study
from stepmark.study.sections import CorrectionPlan


def told(source: Corpus) -> Story:
    guide = Guide.load("difficult-customers")
    spans = annotate(source, guide)
    table = measure(source, spans, guide=guide)
    plan = plan_for(source, table, guide)
    return Story(source, guide, spans, table, study(table, plan) if plan else None)


def said_of(parts: Iterable[object]) -> str:
    """The parts as text, without line breaks."""
    return " ".join(" ".join(str(part).split()) for part in parts)


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
    assert said_of(caveats(story)) == "No study was made, so there is nothing to check."
    assert list(doubt_parts(story)) == list(first_figure(story)) == []


def test_where_too_few_answered_the_report_says_so() -> None:
    source = corpus(30)
    story = told(source)
    n = source.interactions["csat"].notna().sum()
    reason = f"Satisfaction has {n} answers, and it takes 100"
    assert said_of([headline(story)]).startswith(
        f"No outcome can be studied: {reason}; Resolved has 30 answers, and it takes 100. This page shows"
    )
    assert f"Not given. {reason}." in said_of(caveats(story))


def test_questions_that_the_answers_cannot_carry_are_named_in_the_first_lines() -> None:
    story = told(corpus())
    assert "Not everything was asked" not in said_of([headline(story)])
    assert story.result is not None
    part = replace(story, result=replace(story.result, plan=Plan(outcome="csat", steps=["empathize"])))
    n = len(story.answered("csat"))
    assert (
        f"Not everything was asked: {n} answers carry one question for every 5 of them, so the default plan leaves out Probe "
        "and Apologize; a plan of your own"
    ) in said_of([headline(part)])
    assert "Not everything was asked" not in said_of([headline(replace(part, plan_source="plan.toml"))])


def test_what_the_study_refused_is_said_in_the_first_lines_and_among_what_was_checked() -> None:
    story = told(corpus(30))
    story = replace(story, result=study(story.table, Plan(outcome="csat", steps=["set_boundary"])))
    reason = story.result.statements[-1]
    assert story.outcomes == []
    assert reason in said_of([headline(story)])
    assert reason in said_of(caveats(story))


def test_answers_that_are_all_alike_are_told() -> None:
    source = corpus(120)
    alike = source.interactions.assign(csat=5.0, resolved=[0.0] + [1.0] * 119)
    said = said_of([headline(told(replace(source, interactions=alike)))])
    assert "Satisfaction has 120 answers, all of them 5;" in said
    assert "Resolved has 120 answers, of which 1 are unlike the others, and it takes 15." in said


def test_a_corpus_with_words_alone_is_told_of() -> None:
    source = corpus(30, outcomes=())
    bare = source.interactions.assign(agent_id=None, channel=None)
    story = told(replace(source, turns=source.turns.drop(columns=["start", "end"]), interactions=bare))
    assert story.table["interrupt_used"].isna().all()
    assert "the steps that agents use most are Probe (100% of interactions)" in said_of([headline(story)])
    assert said_of(step_parts(story))
    assert list(team_parts(story)) == []


def test_waits_are_of_all_customers() -> None:
    said = said_of([headline(told(corpus(30, outcomes=())))])
    assert "Half of all customers wait 20 s or longer for that reply." in said


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


def rows(**columns: object) -> pd.DataFrame:
    """One row as `beside` gives it: a step whose raw average says the opposite, clearly."""
    row = {
        "term": "apologize",
        "raw": -0.3,
        "raw_hand": np.nan,
        "adjusted": 0.1,
        "corrected": np.nan,
        "std_error": 0.1,
        "conf_low": -0.1,
        "conf_high": 0.3,
        "scale": "points",
        "evidence": "association",
        "reading": "cannot tell",
    }
    return pd.DataFrame([{**row, **columns}])


def test_raw_averages_mislead_where_the_sign_turns() -> None:
    found = misled(rows())
    assert found[["term", "why", "clear"]].to_numpy().tolist() == [["apologize", "difficulty", True]]
    assert found["loudness"].iloc[0] == pytest.approx(4.0)
    assert misled(rows(raw=0.2)).empty
    assert misled(rows(evidence="too few cases to tell")).empty
    assert not misled(rows(raw=-0.05))["clear"].iloc[0]
    assert misled(rows(adjusted=-0.01))["clear"].iloc[
        0
    ]  # it is nothing, and raw averages make something of it


def test_what_the_rules_misread_is_told_apart_from_difficulty() -> None:
    assert misled(rows(corrected=0.2, raw_hand=0.25))["why"].tolist() == ["misreading"]
    assert misled(rows(corrected=0.2, raw_hand=-0.25))["why"].tolist() == ["difficulty"]


def test_the_first_lines_say_that_raw_averages_mislead_with_raw_and_adjusted_side_by_side(
    story: Story,
) -> None:
    """The world of the test has its apologies where customers come in angry."""
    row = beside(story, "csat").set_index("term").loc["apologize"]
    said = " ".join(str(headline(story)).split())
    shown = [f"{row[name]:+.2f}".replace("-", "−") for name in ("raw", "adjusted")]
    assert (
        f"Apologize looks like {shown[0]} points; among interactions that began alike it is {shown[1]}"
        in said
    )
    figure = next(iter(first_figure(story)))
    drawn = figure.data.set_index("term").loc["apologize"]
    assert (drawn["raw"], drawn["adjusted"]) == (row["raw"], row["adjusted"])
    assert focal_step(story, "csat") == "apologize"


@pytest.mark.parametrize(
    ("agents", "said"),
    [
        (6, ", 6 agents (intervals allow for their habits);"),
        (1, ", one agent (intervals take the interactions as separate);"),
        (pd.NA, "interactions;"),
    ],
)
def test_a_table_of_effects_says_what_its_intervals_make_of_the_agents(
    story: Story, agents: Any, said: str
) -> None:
    assert story.result is not None
    found = replace(story.result, effects=story.result.effects.assign(n_clusters=agents))
    told = replace(story, result=found)
    notes = [part.note for part in outcome_parts(told, CSAT) if isinstance(part, Facts)]
    assert any(said in note for note in notes)


def test_without_hand_codes_the_first_lines_warn(story: Story) -> None:
    assert "Warning: nothing was coded by hand." in str(headline(story))


def with_codes(source: Corpus, *, probability: float, share: float = 1.0) -> Corpus:
    """The corpus coded whole, or a part of it, as the guide marks it but for every third apology, which is none."""
    guide = Guide.load("difficult-customers")
    spans = annotate(source, guide)[["interaction_id", "turn", "step"]].drop_duplicates()
    agent = source.turns.loc[source.turns["speaker"].eq("agent"), ["interaction_id", "turn"]]
    yes = spans.drop(spans[spans["step"].eq("apologize")].index[::3]).assign(decision="yes")
    none = agent.assign(step="apologize", decision="no")
    codes = pd.concat([yes, none], ignore_index=True).drop_duplicates(["interaction_id", "turn", "step"])
    codes = codes.assign(coder="kim", probability=probability)
    number = codes["interaction_id"].str.slice(1).astype(int)
    return replace(source, codes=codes[number < share * 160].reset_index(drop=True))


def test_hand_codes_of_the_whole_corpus_correct_the_estimates(tmp_path: Path) -> None:
    write_folder(with_codes(corpus(), probability=1.0), tmp_path / "coded")
    coded = tell(tmp_path / "coded")
    assert "Corrected:" in str(headline(coded))
    found = beside(coded, "csat").set_index("term").loc["apologize"]
    answered = coded.answered("csat")
    means = answered.groupby("apologize_gold")["csat"].mean()
    assert found["raw_hand"] == pytest.approx(means[1.0] - means[0.0])
    assert found["corrected"] != pytest.approx(found["adjusted"])
    chosen = coded.effects("csat").set_index("term")
    assert chosen.loc["apologize", "estimate"] == found["corrected"]


def test_hand_codes_without_known_chances_are_not_used_and_the_first_lines_say_so(tmp_path: Path) -> None:
    write_folder(with_codes(corpus(), probability=1.0, share=0.5), tmp_path / "part")
    said = " ".join(str(headline(tell(tmp_path / "part"))).split())
    assert "Warning: the hand codes could not be used (the chances with which interactions were drawn" in said


# Does it hold


def test_every_step_is_asked_in_other_ways(story: Story) -> None:
    found = holding(story, "csat").set_index("term")
    effects = story.result.effects if story.result else pd.DataFrame()
    robust = effects.query("outcome == 'csat' and model.str.startswith('doubly')").set_index("term")[
        "estimate"
    ]
    assert len(robust)
    assert found["doubly_robust"].dropna().to_dict() == robust.to_dict()
    assert found.loc["apologize", "same_agent"] == story.within_agents("csat")["apologize"]
    curve = story.further("specifications", "csat").query("term == 'apologize'")["estimate"]
    assert found.loc["apologize", ["lowest", "highest"]].tolist() == [curve.min(), curve.max()]
    assert found["weighted"].notna().any()


def test_the_section_shows_curve_balance_and_table_of_the_focal_step(story: Story) -> None:
    parts = list(doubt_parts(story))
    titles = [part.title for part in parts if isinstance(part, Chart)]
    label = story.label(focal_step(story, "csat"))
    assert f"{label}: are interactions with and without it alike?" in titles
    assert any(title.startswith(f"{label}: the estimate under") for title in titles)
    table = next(part for part in parts if isinstance(part, Facts))
    assert table.frame["step"].str.contains(label).any()
    assert "Doubly robust" in table.note


def early(low: float, high: float, evidence: str) -> pd.DataFrame:
    row = {
        "outcome": "csat",
        "term": "empathize",
        "model": "linear, within agent",
        "estimate": (low + high) / 2,
    }
    return pd.DataFrame([{**row, "conf_low": low, "conf_high": high, "evidence": evidence}])


def with_early(story: Story, table: pd.DataFrame) -> Story:
    assert story.result is not None
    return replace(story, result=replace(story.result, tables={**story.result.tables, "early": table}))


def test_a_stronger_label_is_earned_by_early_uses_only(story: Story) -> None:
    strongest = "time-ordered, within-agent, controls passed"
    assert earned(with_early(story, early(0.2, 0.8, strongest)), "csat", "empathize") == strongest
    assert earned(with_early(story, early(-0.2, 0.8, strongest)), "csat", "empathize") == "association"
    assert earned(with_early(story, early(-0.8, -0.2, strongest)), "csat", "empathize") == "association"
    assert "; time-ordered, within-agent, controls passed" in " ".join(
        str(headline(with_early(story, early(0.2, 0.8, strongest)))).split()
    )


def test_findings_that_early_uses_do_not_bear_out_are_named(story: Story) -> None:
    pooled = early(-0.3, 0.3, "time-ordered association").assign(model="linear", scale="points")
    assert late_only(with_early(story, pooled), "csat")["term"].tolist() == ["empathize"]
    said = " ".join(str(headline(with_early(story, pooled))).split())
    assert "May answer to how things went, rather than change it: Empathize on Satisfaction" in said
    assert late_only(with_early(story, pooled.assign(conf_high=2.0)), "csat").empty


# Checks


def test_the_same_finding_on_many_steps_is_one_line_with_all_of_them_folded(story: Story) -> None:
    assert story.result is not None
    statements = [
        {
            "check": "sparse",
            "severity": "refused",
            "text": f"{step} was never used.",
            "outcome": "csat",
            "about": step,
        }
        for step in ("probe", "explain", "escalate")
    ]
    result = replace(story.result, diagnostics={**story.result.diagnostics, "statements": statements})
    (only,) = caveats(replace(story, result=result))
    assert isinstance(only, Folded)
    assert only.summary.endswith("there is nothing to compare: Probe, Explain, Escalate.")
    assert only.details == ("probe was never used.", "explain was never used.", "escalate was never used.")


def test_the_checks_of_a_corpus_are_a_dozen_lines_at_most(story: Story) -> None:
    parts = caveats(story)
    assert story.result is not None
    assert len(parts) <= 12 < len(story.result.diagnostics["statements"])


# Team


def test_agents_who_differ_are_listed_with_their_steps_and_the_team(story: Story) -> None:
    table = story.table.assign(empathize_used=story.table["agent_id"].isin(["agent-0", "agent-1", "agent-2"]))
    parts = list(team_parts(replace(story, table=table.assign(anger_used=True))))
    listed = next(part for part in parts if isinstance(part, Facts)).frame.set_index("agent")
    assert {"agent-0", "agent-1", "agent-2"} <= set(listed.index)
    assert listed.loc["agent-0", "more often than the team"].startswith("Empathize (")
    assert any(isinstance(part, Chart) for part in parts)


def test_where_no_agent_can_be_told_from_the_team_it_says_so(story: Story) -> None:
    alike = story.table.assign(agent_id=[f"a{i % 8}" for i in range(len(story.table))])
    for step in story.guide.steps:
        alike[f"{step.id}_used"] = [i % 16 < 8 for i in range(len(alike))]
    (heading, words) = team_parts(replace(story, table=alike))
    assert str(heading) == "## How agents differ"
    assert "what differs is chance" in " ".join(str(words).split())


def test_a_handful_of_agents_is_no_team(story: Story) -> None:
    assert list(team_parts(replace(story, table=story.table.assign(agent_id="kim")))) == []


# Parts


def test_each_outcome_has_its_own_part_the_main_one_first(story: Story) -> None:
    assert [outcome.name for outcome in story.outcomes] == ["csat", "resolved"]
    parts = list(outcome_parts(story, RESOLVED))
    assert str(parts[0]) == "## What goes with Resolved"
    charts = [part for part in parts if isinstance(part, Chart)]
    assert charts[0].data["interactions"].sum() == 160
    (facts,) = next(part for part in parts if isinstance(part, Folded)).details
    assert isinstance(facts, Facts)
    table = facts.frame
    assert table["step"].tolist()[0] == "Empathize"
    assert table["used"].str.endswith("of 160").all()


def test_the_numbers_of_the_table_are_those_of_the_study(story: Story) -> None:
    table = next(part for part in outcome_parts(story, CSAT) if isinstance(part, Facts)).frame.set_index(
        "step"
    )
    row = story.effects("csat").set_index("term").loc["empathize"]
    assert table.loc["Empathize", "like with like"] == f"{row['estimate']:+.2f}"
    assert table.loc["Empathize", "what can be said"].startswith("higher")


def test_a_corrected_estimate_is_called_corrected_and_one_that_is_not_says_so(story: Story) -> None:
    assert story.result is not None
    plain, main = story.result.effects, story.uncorrected("csat")
    mended = main[~main["term"].eq("apologize")].assign(
        correction="ptd", estimate=lambda t: t["estimate"] + 0.5
    )
    plan = story.result.plan.model_copy(update={"correction": CorrectionPlan(hand="{step}_gold")})
    result = replace(story.result, plan=plan, effects=pd.concat([plain, mended], ignore_index=True))
    parts = [*outcome_parts(replace(story, result=result), CSAT)]
    shown = [part for part in parts if isinstance(part, Facts)]
    folded = [part.details[0] for part in parts if isinstance(part, Folded)]
    table = pd.concat([one.frame for one in (*shown, *folded) if isinstance(one, Facts)]).set_index("step")
    assert "like with like" not in table
    row = main[main["term"].eq("empathize")].iloc[0]
    assert table.loc["Empathize", "corrected"] == f"{row['estimate'] + 0.5:+.2f}"
    not_corrected = table["what can be said"].str.endswith("not corrected")
    assert table.index[not_corrected].tolist() == ["Apologize"]
    assert "Corrected: like with like, and the errors of the rules mended" in shown[0].note


def test_steps_that_cannot_be_told_from_chance_unfold_and_none_is_lost(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stepmark.report.sections.SHOWN", 1)
    effects = story.effects("csat")
    table = next(part for part in outcome_parts(story, CSAT) if isinstance(part, Facts)).frame
    folded = [part for part in outcome_parts(story, CSAT) if isinstance(part, Folded)]
    rest = next(part.details[0] for part in folded if part.summary.startswith("All other steps"))
    assert isinstance(rest, Facts)
    assert len(table) == max(1, int(is_sure(effects).sum()))
    assert {*table["step"], *rest.frame["step"]} == {story.label(term) for term in effects["term"]}
    assert rest.frame["what can be said"].str.startswith("cannot tell").all()


def test_what_was_checked_names_those_who_did_not_answer(story: Story) -> None:
    missing = int(story.table["csat"].isna().sum())
    assert f"{missing} of 160 interactions" in said_of(caveats(story))


def test_rules_are_held_against_codes_where_there_are_codes(story: Story) -> None:
    assert list(rule_check(story)) == []
    shown = story.spans[story.spans["step"].eq("empathize")][["interaction_id", "turn", "step"]].head(20)
    codes = shown.assign(coder="kim", decision=["yes"] * 10 + ["no"] * 10)
    coded = replace(story, corpus=replace(story.corpus, codes=codes))
    folded = next(part for part in rule_check(coded) if isinstance(part, Folded))
    (facts,) = folded.details
    assert isinstance(facts, Facts)
    row = facts.frame.set_index("step").loc["Empathize"]
    assert (row["of the marks, right"], row["of the coded, found"]) == ("50%", "100%")


def test_examples_come_from_both_ends_of_the_outcome(story: Story) -> None:
    shown = examples(story)
    values = [story.table.set_index("interaction_id").loc[one.title, "csat"] for one in shown]
    assert values == [story.table["csat"].max(), story.table["csat"].min()]
    assert f"Satisfaction: {values[0]:g}" in shown[0].facts
    assert not any("agent" in fact for one in shown for fact in one.facts)


# Blocks


def test_words_of_a_corpus_are_never_markup() -> None:
    wicked = '<img src=x onerror="alert(1)">'
    for block in (
        Words((f"**{wicked}**", f"- {wicked}")),
        Heading(wicked),
        Facts(pd.DataFrame({wicked: [wicked]}), caption=wicked, note=wicked),
        Folded(wicked, (wicked,)),
    ):
        assert "<img" not in block._repr_html_()
        assert "&lt;img" in block._repr_html_()


def test_blocks_read_the_same_as_text_and_as_html() -> None:
    words = Words(("**Bold** claim", "- one", "- two", "end"))
    assert str(words) == "Bold claim\n- one\n- two\nend"
    assert words._repr_html_() == (
        '<div class="words plain"><p><strong>Bold</strong> claim</p><ul><li>one</li><li>two</li></ul><p>end</p></div>'
    )
    folded = Folded("**Two** findings", ("one", "two"))
    assert str(folded) == "Two findings\n- one\n- two"
    assert folded._repr_html_() == (
        '<details class="fold"><summary><strong>Two</strong> findings</summary><ul><li>one</li><li>two</li></ul></details>'
    )
    facts = Facts(pd.DataFrame({"step": ["A"], "n": ["+1.2"]}), caption="C")
    assert str(facts) == "C\nstep    n\n   A +1.2"
    assert '<th scope="row">A</th><td class="number">+1.2</td>' in facts._repr_html_()


def test_columns_of_numbers_align_at_the_right_and_columns_of_words_do_not() -> None:
    frame = pd.DataFrame(
        {"step": ["A", "B"], "q": ["<0.001", "–"], "of": ["1 of 2", "–"], "said": ["40; all", "–"]}
    )
    html = Facts(frame)._repr_html_()
    assert '<th scope="col" class="number">q</th>' in html
    assert html.count('<td class="number">–</td>') == 2
    assert "<td>40; all</td><" in html
    assert "<td>–</td>" in html


@pytest.mark.parametrize(
    ("items", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_are_said_as_people_say_them(items: list[str], said: str) -> None:
    assert listed(items) == said
