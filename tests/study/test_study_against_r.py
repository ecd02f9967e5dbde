"""Plans over plain CSV files give the rows of the R results: models, columns, weights and clusters are all sayable."""

from __future__ import annotations

import numpy as np
import pytest
from tests.study.reference import ANNOMI, MWOZ, STAR, STAR_STEPS

from stepmark.study import adjust_p_values

pytestmark = pytest.mark.public


@pytest.mark.parametrize(
    ("row_id", "inference"),
    [
        ("A1", {"kind": "model"}),
        ("A2a", {"kind": "cr0", "distribution": "normal"}),
        ("A2b", {"kind": "cr1c", "distribution": "normal"}),
        ("A2c", {"kind": "cr1", "distribution": "normal"}),
        ("A2d", {"kind": "cr1"}),
        ("A3b", {"kind": "cr1", "distribution": "normal"}),
        ("A3c", {"kind": "cr3", "distribution": "normal"}),
        ("J1", {"kind": "cv3l"}),
        ("J2", {"kind": "cv3"}),
    ],
)
def test_plan_says_the_covariance(reference, row_id, inference):
    found = reference.ask("star_task", **STAR, cluster="wizard", inference=inference)
    reference.check_coefficients(row_id, found)
    rows = found.effects[found.effects["contrast"] == "coefficient"].set_index("term")
    expected = reference.rows(row_id)
    np.testing.assert_allclose(rows.loc[expected.index, "p_value"], expected["p"], rtol=1e-5)
    np.testing.assert_allclose(rows.loc[expected.index, "conf_low"], expected["lo"], rtol=1e-6)
    np.testing.assert_allclose(rows.loc[expected.index, "conf_high"], expected["hi"], rtol=1e-6)


def test_average_effects_in_percentage_points(reference):
    plan = {**STAR, "steps": [*STAR_STEPS, "happy", "neg_open"], "controls": ["log_open_words"]}
    found = reference.ask("star_task", **plan, cluster="wizard", inference="cr1")
    rows = found.effects[found.effects["contrast"] == "used - not used"]
    assert set(rows["scale"]) == {"percentage_points"}
    reference.check("E1_disc", rows["term"], rows["estimate"] / 100, rows["std_error"] / 100)


def test_proportional_odds_of_a_dialogue(reference):
    found = reference.ask("mwoz_dialogue", outcome="csat3", **MWOZ, inference="model")
    reference.check_coefficients("B1", found)
    assert found.diagnostics["models"][0]["loglik"] == pytest.approx(-595.78865752, rel=1e-9)


def test_proportional_odds_of_ratings_by_dialogue(reference):
    found = reference.ask("mwoz_rater", outcome="rating", **MWOZ, cluster="dialogue", inference="cr1c")
    reference.check_coefficients("B2c", found)


def test_reflections_in_counselling(reference):
    found = reference.ask("annomi", outcome="high", steps=ANNOMI, inference="model")
    reference.check_coefficients("C1", found)
    robust = reference.ask("annomi", outcome="high", steps=ANNOMI, inference="hc0")
    rows = robust.effects[robust.effects["contrast"] == "slope"]
    reference.check("E3", rows["term"], rows["estimate"] / 100, rows["std_error"] / 100)


def test_weights_and_a_part_of_the_rows(reference):
    found = reference.ask(
        "star_nonresponse",
        **STAR,
        only={"responded": 1},
        weight="w",
        cluster="wizard",
        inference="cr1c",
    )
    reference.check_coefficients("H1", found)


def test_linear_models_and_their_exact_jackknife(reference):
    linear = {**STAR, "model": "linear", "cluster": "wizard"}
    reference.check_coefficients("A7a", reference.ask("star_task", **linear, inference="cr1"))
    reference.check_coefficients("J3", reference.ask("star_task", **linear, inference="cv3"))
    reference.check_coefficients("J3", reference.ask("star_task", **linear))


def test_robust_and_topic_clustered_errors(reference):
    annomi = {"outcome": "high", "steps": ANNOMI}
    reference.check_coefficients("C1h0", reference.ask("annomi", **annomi, inference="hc0"))
    topics = reference.ask("annomi", **annomi, cluster="channel_grp", inference="cr1")
    reference.check_coefficients("C1c", topics)
    alone = reference.ask("annomi", outcome="high", steps=ANNOMI[:1], inference="model")
    reference.check_coefficients("C2", alone)
    dialogues = reference.ask("mwoz_dialogue", outcome="csat3", **MWOZ, inference="hc0")
    reference.check_coefficients("B1r", dialogues)
    reference.check_coefficients(
        "B2", reference.ask("mwoz_rater", outcome="rating", **MWOZ, inference="model")
    )


def test_scores_beyond_the_ends_count_as_the_ends(reference):
    plan = {**MWOZ, "controls": ["pos"], "outcome": {"name": "sat", "clip": [2, 4]}, "cluster": "dialogue"}
    mixed = reference.ask("mwoz_turn", **plan, agents="random", nodes=10)
    rows = mixed.effects[mixed.effects["contrast"] == "coefficient"].set_index("term")
    expected = reference.rows("B4m")
    distance = (rows.loc[expected.index, "estimate"] - expected["estimate"]) / expected["se"]
    assert distance.abs().max() < 1e-3
    pooled = reference.ask("mwoz_turn", **plan, inference="cr1c")
    effect = pooled.effects.query("term == 'apologize' and contrast == 'coefficient'").iloc[0]
    assert effect["estimate"] == pytest.approx(-0.6068779939, rel=1e-6)  # statistics.md, B4
    assert effect["std_error"] == pytest.approx(0.1176964, rel=1e-5)


def test_effects_on_every_score(reference):
    """Average effects sum up as they must; the estimates themselves are those of B2c."""
    outcome = {"name": "rating", "kind": "ordinal", "distribution": True, "at_least": 4}
    found = reference.ask("mwoz_rater", **{**MWOZ, "outcome": outcome}, cluster="dialogue", inference="cr1c")
    rows = found.effects[found.effects["term"] == "offer_solution"].set_index("contrast")
    each = [rows.loc[f"used - not used: P(={level})", "estimate"] for level in range(1, 6)]
    assert rows.loc["used - not used: P(>=4)", "estimate"] == pytest.approx(each[3] + each[4])
    assert rows.loc["used - not used", "estimate"] == pytest.approx(np.dot(each, range(1, 6)) / 100)


@pytest.mark.parametrize("method", ["holm", "bh", "by", "bonferroni", "hommel"])
def test_adjusted_p_values_are_those_of_r(reference, method):
    table = reference.data("D_padjust")
    column = {"bh": "BH", "by": "BY"}.get(method, method)
    np.testing.assert_allclose(adjust_p_values(table["p"], method), table[column], rtol=1e-7)


def test_command_line_writes_the_same_numbers(reference, tmp_path):
    found = reference.run_plan("star_task", tmp_path, **STAR, cluster="wizard", inference="cr1")
    assert "task_ok · logistic · 2,299 interactions, 99 clusters · cr1" in found.output
    rows = found.coefficients()
    reference.check("A2c", rows.index, rows["estimate"], rows["std_error"])
