"""Plans over plain CSV files give the rows of the R results: models, columns, weights and clusters are all sayable."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.study.reference import (
    ANNOMI,
    MWOZ_CONTROLS,
    MWOZ_STEPS,
    STAR_CONTROLS,
    STAR_STEPS,
    Reference,
)
from typer.testing import CliRunner

from stepmark.cli import app
from stepmark.study import Plan, Study, adjust_p_values, study

pytestmark = pytest.mark.public

STAR = {
    "outcome": "task_ok",
    "kind": "binary",
    "steps": STAR_STEPS,
    "controls": STAR_CONTROLS,
    "insist": True,
}
MWOZ = {"steps": MWOZ_STEPS, "controls": MWOZ_CONTROLS, "kind": "ordinal", "insist": True}


def ask(reference: Reference, data: str, **plan: object) -> Study:
    return study(reference.data(data), Plan(**plan))


def check_coefficients(reference: Reference, row_id: str, found: Study, **tolerance: float) -> None:
    rows = found.effects[found.effects["contrast"] == "coefficient"]
    reference.check(row_id, rows["term"], rows["estimate"], rows["std_error"], **tolerance)


@pytest.mark.parametrize(
    ("row_id", "inference"),
    [
        ("A1", {"kind": "model"}),
        ("A2a", {"kind": "cr0", "distribution": "normal"}),
        ("A2b", {"kind": "cr1c", "distribution": "normal"}),
        ("A2c", {"kind": "cr1", "distribution": "normal"}),
        ("A2d", {"kind": "cr1"}),
        ("J1", {"kind": "cv3l"}),
        ("J2", {"kind": "cv3"}),
    ],
)
def test_plan_says_the_covariance(reference, row_id, inference):
    found = ask(reference, "star_task", **STAR, cluster="wizard", inference=inference)
    check_coefficients(reference, row_id, found)
    rows = found.effects[found.effects["contrast"] == "coefficient"].set_index("term")
    expected = reference.rows(row_id)
    np.testing.assert_allclose(rows.loc[expected.index, "p_value"], expected["p"], rtol=1e-5)
    np.testing.assert_allclose(rows.loc[expected.index, "conf_low"], expected["lo"], rtol=1e-6)
    np.testing.assert_allclose(rows.loc[expected.index, "conf_high"], expected["hi"], rtol=1e-6)


def test_average_effects_in_percentage_points(reference):
    plan = {**STAR, "steps": [*STAR_STEPS, "happy", "neg_open"], "controls": ["log_open_words"]}
    found = ask(reference, "star_task", **plan, cluster="wizard", inference="cr1")
    rows = found.effects[found.effects["contrast"] == "used - not used"]
    assert set(rows["scale"]) == {"percentage_points"}
    reference.check("E1_disc", rows["term"], rows["estimate"] / 100, rows["std_error"] / 100)


def test_proportional_odds_of_a_dialogue(reference):
    found = ask(reference, "mwoz_dialogue", outcome="csat3", **MWOZ, inference="model")
    check_coefficients(reference, "B1", found)
    assert found.diagnostics["models"][0]["loglik"] == pytest.approx(-595.78865752, rel=1e-9)


def test_proportional_odds_of_ratings_by_dialogue(reference):
    found = ask(reference, "mwoz_rater", outcome="rating", **MWOZ, cluster="dialogue", inference="cr1c")
    check_coefficients(reference, "B2c", found)


def test_reflections_in_counselling(reference):
    found = ask(reference, "annomi", outcome="high", steps=ANNOMI, inference="model")
    check_coefficients(reference, "C1", found)
    robust = ask(reference, "annomi", outcome="high", steps=ANNOMI, inference="hc0")
    rows = robust.effects[robust.effects["contrast"] == "slope"]
    reference.check("E3", rows["term"], rows["estimate"] / 100, rows["std_error"] / 100)


def test_weights_and_a_part_of_the_rows(reference):
    found = ask(
        reference,
        "star_nonresponse",
        **STAR,
        only={"responded": 1},
        weight="w",
        cluster="wizard",
        inference="cr1c",
    )
    check_coefficients(reference, "H1", found)


@pytest.mark.parametrize("method", ["holm", "bh", "by", "bonferroni", "hommel"])
def test_adjusted_p_values_are_those_of_r(reference, method):
    table = reference.data("D_padjust")
    column = {"bh": "BH", "by": "BY"}.get(method, method)
    np.testing.assert_allclose(adjust_p_values(table["p"], method), table[column], rtol=1e-7)


def test_command_line_writes_the_same_numbers(reference, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(Plan(**STAR, cluster="wizard", inference="cr1").to_toml())
    data = reference.folder / "star_task.csv"
    result = CliRunner().invoke(
        app, ["study", str(data), "--plan", str(plan), "--out", str(tmp_path / "out")]
    )
    assert result.exit_code == 0, result.output
    assert "task_ok · logistic · 2,299 interactions, 99 clusters · cr1" in result.output
    effects = pd.read_csv(tmp_path / "out" / "effects.csv")
    rows = effects[effects["contrast"] == "coefficient"]
    reference.check("A2c", rows["term"], rows["estimate"], rows["std_error"])
