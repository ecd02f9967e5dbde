"""What the command line prints of a plan besides effects: how agents differ, means, tests, curves; and rows without an R twin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from tests.study.reference import MWOZ, MWOZ_CONTROLS, STAR, STAR_CONTROLS, STAR_STEPS, Reference

pytestmark = pytest.mark.public

NORMAL = {"kind": "cr1", "distribution": "normal"}
WIZARDS = {**STAR, "cluster": "wizard"}


def test_random_intercepts_print_their_spread_and_each_wizard(reference: Reference, tmp_path: Path):
    model = reference.run_plan("star_task", tmp_path, **WIZARDS, agents="random").model
    extra = reference.extra("A5_15")
    assert model["components"]["sd_intercepts"] == pytest.approx(extra["sd_wizard"], rel=1e-4)
    assert model["components"]["icc"] == pytest.approx(extra["ICC_latent"], rel=1e-4)
    assert model["loglik"] == pytest.approx(extra["logLik"], abs=1e-6)
    blups = pd.read_csv(reference.folder / "A5_15_wizard_blups.csv").set_index("wizard")
    ours = pd.DataFrame(model["intercepts"]).T.rename(int).loc[blups.index]
    np.testing.assert_allclose(ours["mode"], blups["blup"], atol=1e-5)
    np.testing.assert_allclose(ours["sd"], blups["condsd"], rtol=1e-4)


def test_linear_random_intercepts_print_both_standard_deviations(reference: Reference, tmp_path: Path):
    plan = {**WIZARDS, "model": "linear", "agents": "random"}
    components = reference.run_plan("star_task", tmp_path, **plan).model["components"]
    extra = reference.extra("A9")
    assert components["sd_intercepts"] == pytest.approx(extra["sd_wizard"], rel=1e-5)
    assert components["sd_residual"] == pytest.approx(extra["sigma"], rel=1e-6)
    assert components["reml_criterion"] == pytest.approx(extra["reml"], rel=1e-8)


def test_ordinal_random_intercepts_print_their_spread(reference: Reference, tmp_path: Path):
    plan = {**MWOZ, "outcome": "rating", "cluster": "dialogue", "agents": "random", "nodes": 10}
    model = reference.run_plan("mwoz_rater", tmp_path, **plan).model
    extra = reference.extra("B3_10")
    assert model["components"]["sd_intercepts"] == pytest.approx(extra["sd"], rel=1e-4)
    assert model["loglik"] == pytest.approx(extra["logLik"], abs=1e-5)


def test_gee_prints_its_correlation_and_scale_and_no_likelihood(reference: Reference, tmp_path: Path):
    model = reference.run_plan("star_task", tmp_path, **{**WIZARDS, "model": "gee_logistic"}).model
    extra = reference.extra("A4")
    assert model["components"]["correlation"] == pytest.approx(extra["alpha"], abs=1e-8)
    assert model["components"]["scale"] == pytest.approx(extra["scale"], abs=1e-8)
    assert model["loglik"] is None


def test_intraclass_correlations_of_outcome_and_steps(reference: Reference, tmp_path: Path):
    model = reference.run_plan("star_task", tmp_path, **WIZARDS).model
    expected = reference.rows("ICC")["estimate"]
    ours = pd.Series(model["anova_icc"])[expected.index]
    np.testing.assert_allclose(ours, expected, rtol=1e-8)


def test_nominal_tests_of_every_column_where_the_likelihood_is_trusted(reference: Reference, tmp_path: Path):
    model = reference.run_plan(
        "mwoz_dialogue", tmp_path, **MWOZ, outcome="csat3", inference="model", cluster=""
    ).model
    expected = pd.read_csv(reference.folder / "B1_nominal_test.csv").set_index("term")
    ours = pd.DataFrame(model["proportional_odds"]).T.loc[expected.index]
    np.testing.assert_allclose(ours["statistic"].astype(float), expected["LR"], rtol=1e-6)
    np.testing.assert_allclose(ours["p_value"].astype(float), expected["p"], rtol=1e-6)
    assert set(ours["test"]) == {"likelihood ratio"}


@pytest.mark.parametrize(
    ("row_id", "method", "cluster", "kind"),
    [
        ("F_aipw_cl", "aipw", "wizard", "cr0"),
        ("F_aipw_iid", "aipw", "", "hc0"),
        ("F_ra_iid", "ra", "", "hc0"),
        ("F_ipw_hajek_cl", "ipw", "wizard", "cr0"),
        ("F_ipw_hajek_iid", "ipw", "", "hc0"),
        ("F_ipw_ht_cl", "ipw_ht", "wizard", "cr0"),
        ("F_ipw_ht_iid", "ipw_ht", "", "hc0"),
    ],
)
def test_adjusted_differences_and_both_means(reference, tmp_path, row_id, method, cluster, kind):
    found = reference.run_plan(
        "star_task",
        tmp_path,
        outcome="task_ok",
        steps=["apologize"],
        controls=STAR_CONTROLS,
        cluster=cluster,
        inference={"kind": kind, "distribution": "normal"},
        adjustment={"methods": [method], "trim": [0.0, 1.0]},
    )
    adjusted = found.effects.query("contrast == 'used - not used' and model != 'logistic'").iloc[0]
    means = found.table("adjusted_means").iloc[0]
    reference.check(
        row_id,
        ["ATE", "POM1", "POM0"],
        np.array([adjusted["estimate"], means["mean_with"], means["mean_without"]]) / 100,
        np.array([adjusted["std_error"], means["std_error_with"], means["std_error_without"]]) / 100,
    )
    assert adjusted["inference"] == kind


@pytest.mark.parametrize("model", ["linear", "logistic"])
@pytest.mark.parametrize(
    ("row_id", "method"),
    [
        ("naive", "none"),
        ("gold_ipw", "gold_only"),
        ("ptd_identity", "ptd_identity"),
        ("ptd_optimal_unit", "ptd_full"),
        ("dsl_moment_lambda1", "dsl"),
    ],
)
def test_every_coefficient_of_a_corrected_model(reference, tmp_path, model, row_id, method):
    found = _corrected(reference, tmp_path, model, method if method != "none" else "gold_only")
    table = reference.data("dsl_reference")
    short = {"linear": "lm", "logistic": "logit"}[model]
    expected = table[(table["id"] == row_id) & (table["model"] == short)].set_index("term")
    ours = found.coefficients(correction=method).loc[expected.index]
    np.testing.assert_allclose(ours["estimate"], expected["estimate"], rtol=1e-6)
    np.testing.assert_allclose(ours["std_error"], expected["se"], rtol=1e-6)
    assert set(ours.loc[["(Intercept)", "happy", "neg_open"], "evidence"]) == {"control, not interpreted"}


@pytest.mark.parametrize(
    ("row_id", "method"), [("AME_naive", "none"), ("AME_gold", "gold_only"), ("AME_ptd", "ptd_full")]
)
def test_average_effects_of_a_corrected_model(reference, tmp_path, row_id, method):
    found = _corrected(reference, tmp_path, "logistic", "ptd_full")
    table = reference.data("dsl_reference").set_index("id").loc[row_id]
    ours = found.effects.query(
        "term == 'apologize' and contrast == 'used - not used' and correction == @method"
    ).iloc[0]
    assert ours["estimate"] / 100 == pytest.approx(table["estimate"], rel=1e-6)
    assert ours["std_error"] / 100 == pytest.approx(table["se"], rel=1e-6)


def _corrected(reference: Reference, folder: Path, model: str, method: str):
    return reference.run_plan(
        "star_dsl",
        folder,
        outcome="task_ok",
        model=model,
        steps=["apologize", "check_resolved", "courtesy"],
        controls=["happy", "neg_open"],
        insist=True,
        cluster="wizard",
        inference={"kind": "cr1c", "averaged_over": "population"},
        correction={"method": method, "machine": "{step}_m", "drawn": "R", "probability": "pi"},
    )


def test_timing_curve_and_its_tests(reference: Reference, tmp_path: Path):
    steps = ["apologize", "offer_solution"]
    found = reference.run_plan(
        "mwoz_timing",
        tmp_path,
        outcome="mean_sat",
        kind="continuous",
        steps=[f"{step}_B{k}" for step in steps for k in range(1, 6)],
        controls=MWOZ_CONTROLS,
        cluster="",
        inference={"kind": "hc1", "distribution": "normal"},
        timing={"steps": steps},
    )
    rows = found.coefficients()
    reference.check("T1", rows.index, rows["estimate"], rows["std_error"])
    curve = found.table("timing")
    curve.index = [f"{term}@{at:g}" for term, at in zip(curve["term"], curve["position"], strict=True)]
    reference.check("T2", curve.index, curve["estimate"], curve["std_error"])
    expected = reference.rows("T2")
    np.testing.assert_allclose(curve.loc[expected.index, "conf_low"], expected["lo"], rtol=1e-6)
    tests = found.table("timing_tests").set_index(["test", "term"])
    for name, model in (("any effect", "any"), ("timing matters", "timing")):
        wald = reference.rows("T3").query(f"model.str.contains('{model} ')")
        np.testing.assert_allclose(tests.loc[name].loc[wald.index, "statistic"], wald["estimate"], rtol=1e-6)
        np.testing.assert_allclose(tests.loc[name].loc[wald.index, "p_value"], wald["p"], rtol=1e-6)


def test_two_way_clusters_and_slopes_of_every_column_are_those_of_statsmodels(reference, tmp_path):
    data, columns = reference.data("star_task"), [*STAR_STEPS, *STAR_CONTROLS]
    plan = {
        "outcome": "task_ok",
        "steps": [{"name": name, "contrast": "slope"} for name in columns],
        "insist": True,
        "cluster": "wizard",
        "inference": NORMAL,
    }
    X = sm.add_constant(data[columns])
    for second in (None, "user"):
        found = reference.run_plan(
            "star_task", tmp_path, **plan, **({"second_cluster": second} if second else {})
        )
        groups = data[["wizard", "user"]].to_numpy() if second else data["wizard"]
        theirs = sm.Logit(data["task_ok"], X).fit(
            disp=0, tol=1e-13, cov_type="cluster", cov_kwds={"groups": groups}
        )
        np.testing.assert_allclose(found.coefficients()["std_error"], theirs.bse, rtol=1e-8)
        slopes, margins = found.effects.query("contrast == 'slope'"), theirs.get_margeff()
        np.testing.assert_allclose(slopes["estimate"] / 100, margins.margeff, rtol=1e-8)
        np.testing.assert_allclose(slopes["std_error"] / 100, margins.margeff_se, rtol=1e-8)


def test_a_rare_outcome_with_one_more_control_is_that_of_statsmodels(reference, tmp_path):
    plan = {**WIZARDS, "outcome": "calm", "controls": [*STAR_CONTROLS, "multitask"], "inference": NORMAL}
    rows = reference.run_plan("star_all", tmp_path, **plan).coefficients()
    data = reference.data("star_all")
    X = sm.add_constant(data[[*STAR_STEPS, *STAR_CONTROLS, "multitask"]])
    theirs = sm.Logit(data["calm"], X).fit(
        disp=0, tol=1e-13, cov_type="cluster", cov_kwds={"groups": data["wizard"]}
    )
    np.testing.assert_allclose(rows["estimate"], theirs.params, rtol=1e-8)
    np.testing.assert_allclose(rows["std_error"], theirs.bse, rtol=1e-8)
