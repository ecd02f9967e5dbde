"""A plan with a correction, from table to effects: against R, and in worlds whose truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import stepmark
from stepmark.errors import PlanError
from stepmark.study import Plan
from stepmark.study.simulate import misread, simulate

STEPS = ("apologize", "check_resolved", "courtesy")


def star_plan(**correction: object) -> Plan:
    return Plan(
        outcome="task_ok",
        kind="binary",
        steps=list(STEPS),
        controls=["happy", "neg_open"],
        cluster="wizard",
        insist=True,
        inference={"kind": "cr1c", "distribution": "normal"},
        correction={"machine": "{step}_m", "drawn": "R", "probability": "pi", **correction},
    )


@pytest.mark.public
@pytest.mark.parametrize(
    ("method", "identifier"),
    [
        ("ptd_full", "ptd_optimal_unit"),
        ("ptd_identity", "ptd_identity"),
        ("gold_only", "gold_ipw"),
        ("dsl", "dsl_moment_lambda1"),
    ],
)
def test_a_plan_reproduces_the_corrected_coefficients_of_r(
    shared: Path, method: str, identifier: str
) -> None:
    table = pd.read_csv(shared / "reference" / "star_dsl.csv")
    want = pd.read_csv(shared / "reference" / "dsl_reference.csv")
    want = want[(want["id"] == identifier) & (want["model"] == "logit")].set_index("term").loc[list(STEPS)]
    found = stepmark.study(table, star_plan(method=method)).effects
    rows = found[(found["correction"] == method) & (found["contrast"] == "coefficient")].set_index("term")
    np.testing.assert_allclose(rows.loc[list(STEPS), "estimate"], want["estimate"], rtol=1e-6)
    np.testing.assert_allclose(rows.loc[list(STEPS), "std_error"], want["se"], rtol=1e-6)


@pytest.mark.public
def test_a_plan_reproduces_the_corrected_average_effect_of_r(shared: Path) -> None:
    table = pd.read_csv(shared / "reference" / "star_dsl.csv")
    want = pd.read_csv(shared / "reference" / "dsl_reference.csv").set_index("id")
    found = stepmark.study(table, star_plan(method="ptd_full")).effects.query("term == 'apologize'")
    for correction, identifier in (("ptd_full", "AME_ptd"), ("gold_only", "AME_gold")):
        effect = found[(found["correction"] == correction) & (found["scale"] == "percentage_points")].iloc[0]
        assert effect["estimate"] == pytest.approx(100 * want.loc[identifier, "estimate"], rel=1e-6)
        assert effect["std_error"] == pytest.approx(100 * want.loc[identifier, "se"], rel=1e-6)


def coded_world(seed: int, drawn: np.ndarray | None = None) -> pd.DataFrame:
    """3,000 interactions coded by rules that misread angry customers, 500 of the answered coded by hand."""
    world = simulate(3000, 60, seed, text=False).table
    rates = {"sensitivity": {True: 0.9, False: 0.65}, "specificity": {True: 0.8, False: 0.98}}
    table = misread(world, **rates, by="anger_before", seed=seed)
    answered = world["csat"].notna().to_numpy()
    if drawn is None:
        chosen = np.random.default_rng(seed).permutation(np.flatnonzero(answered))[:500]
        drawn = np.isin(np.arange(len(world)), chosen)
    hand = {f"{s}_gold": world[f"{s}_used"].astype(float).where(drawn) for s in ("apologize", "empathize")}
    share = drawn.sum() / answered.sum()
    return table.assign(**hand, coded=drawn.astype(int), coding_probability=np.where(drawn, share, np.nan))


def csat_plan(**rest: object) -> Plan:
    return Plan(
        outcome="csat",
        kind="ordinal",
        steps=["apologize", "empathize"],
        controls=["anger_before", "prior_contacts", "queue_minutes", "issue"],
        correction="ptd",
        **rest,
    )


def main_rows(found: stepmark.study, correction: str) -> pd.DataFrame:
    rows = found.effects
    return rows[(rows["correction"] == correction) & (rows["contrast"] == "used - not used")].set_index(
        "term"
    )


def test_the_correction_moves_towards_what_full_hand_coding_gives() -> None:
    naive_error, corrected_error = [], []
    for seed in range(6):
        table = coded_world(seed)
        world = simulate(3000, 60, seed, text=False).table
        full = stepmark.study(world, csat_plan().model_copy(update={"correction": None}))
        found = stepmark.study(table, csat_plan())
        truth = main_rows(full, "none")["estimate"]
        naive_error.append(main_rows(found, "none")["estimate"] - truth)
        corrected_error.append(main_rows(found, "ptd")["estimate"] - truth)
    naive, corrected = (np.abs(np.mean(errors, axis=0)).sum() for errors in (naive_error, corrected_error))
    assert corrected < 0.6 * naive


def test_the_rule_check_finds_the_error_rates_that_were_put_in() -> None:
    found = stepmark.study(coded_world(1), csat_plan())
    check = found.tables["rule_check"].set_index(["term", "group"])
    assert check.loc[("apologize", "angry at the start"), "sensitivity"] == pytest.approx(0.9, abs=0.08)
    assert check.loc[("apologize", "calm at the start"), "specificity"] == pytest.approx(0.98, abs=0.04)
    all_rows = check.xs("all", level="group")
    assert (all_rows["sensitivity_low"] < all_rows["sensitivity"]).all()
    assert all_rows["usable"].all()


def test_few_hand_coded_positives_give_no_corrected_estimate() -> None:
    table = coded_world(2)
    rare = table["empathize_gold"].to_numpy().copy()
    rare[np.flatnonzero(rare == 1)[10:]] = 0
    found = stepmark.study(table.assign(empathize_gold=rare), csat_plan())
    assert "empathize" not in main_rows(found, "ptd").index
    assert "apologize" in main_rows(found, "ptd").index
    assert any("empathize: 10 of 500 hand-coded" in text for text in found.statements)


def test_an_audit_of_precision_is_refused_as_a_sample() -> None:
    table = coded_world(3)
    hits = np.flatnonzero(table["apologize_used"] & table["csat"].notna())[:300]
    found = stepmark.study(coded_world(3, np.isin(np.arange(3000), hits)), csat_plan())
    assert main_rows(found, "ptd").empty
    assert any("an audit of precision, not a sample" in text for text in found.statements)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"coding_probability": 0.0}, "500 hand-coded interactions have no chance above 0 and at most 1"),
        ({"coded": None}, "no column 'coded' in the table"),
        ({"empathize_gold": None}, "plan, correction, hand: no column 'empathize_gold'"),
    ],
)
def test_what_is_missing_for_a_correction_is_named(change: dict[str, object], words: str) -> None:
    table = coded_world(4)
    for name, value in change.items():
        table = table.drop(columns=name) if value is None else table.assign(**{name: value})
    with pytest.raises(PlanError, match=words):
        stepmark.study(table, csat_plan())


def test_too_few_hand_coded_are_said_so() -> None:
    table = coded_world(5)
    table["coded"] = (table["coded"].cumsum() <= 20).astype(int) * table["coded"]
    found = stepmark.study(table, csat_plan())
    assert main_rows(found, "ptd").empty
    assert any("too few to correct anything" in text for text in found.statements)


def test_each_correction_is_printed_under_its_own_heading() -> None:
    printed = repr(stepmark.study(coded_world(1), csat_plan()))
    assert "csat · proportional_odds, corrected by hand codes · " in printed
    assert "csat · proportional_odds, from hand codes alone · " in printed
