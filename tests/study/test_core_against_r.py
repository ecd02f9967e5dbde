"""The solver and the covariances give what R gives (sources and models: shared/reference/README.md)."""

from __future__ import annotations

import numpy as np
import pytest
from tests.study.reference import (
    ANNOMI,
    MWOZ_CONTROLS,
    MWOZ_STEPS,
    STAR_CONTROLS,
    STAR_STEPS,
    Reference,
)

from stepmark.study.averages import average_difference, average_slope
from stepmark.study.clusters import Clusters
from stepmark.study.covariance import covariance
from stepmark.study.families import Linear, Logistic, Ordinal, Quantity
from stepmark.study.newton import Fit, fit

pytestmark = pytest.mark.public


def design(frame, columns: list[str]) -> tuple[np.ndarray, list[str]]:
    return np.column_stack([np.ones(len(frame)), frame[columns]]), ["(Intercept)", *columns]


@pytest.fixture(scope="module")
def star(reference: Reference) -> tuple[Fit, Clusters]:
    data = reference.data("star_task")
    X, names = design(data, STAR_STEPS + STAR_CONTROLS)
    return fit(Logistic(), X, data["task_ok"].to_numpy(), names=names), Clusters.of(data["wizard"])


@pytest.mark.parametrize(
    ("row_id", "kind"),
    [
        ("A1", "model"),
        ("A2a", "cr0"),
        ("A2b", "cr1c"),
        ("A2c", "cr1"),
        ("A3b", "cr1"),
        ("J1", "cv3l"),
        ("J2", "cv3"),
    ],
)
def test_logistic_regression_of_star(reference, star, row_id, kind):
    model, wizards = star
    reference.check(row_id, model.names, model.params, covariance(model, wizards, kind).std_error)


def test_cr3_of_clubsandwich_is_the_one_step_jackknife_but_for_its_factor(reference, star):
    model, wizards = star
    ours = covariance(model, wizards, "cv3l").std_error * np.sqrt(99 / 98)
    reference.check("A3c", model.names, model.params, ours)


def test_average_effects_of_star_with_fixed_covariates(reference, star):
    model, wizards = star
    spread = covariance(model, wizards, "cr1")
    effects = []
    for name in reference.rows("E1_disc").index:
        used, unused = model.X.copy(), model.X.copy()
        used[:, model.index(name)], unused[:, model.index(name)] = 1.0, 0.0
        effects.append(average_difference(model, used, unused, Quantity()))
    errors = [effect.variance(spread, population=False) ** 0.5 for effect in effects]
    names = list(reference.rows("E1_disc").index)
    reference.check("E1_disc", names, [effect.estimate for effect in effects], errors)


def test_linear_probability_model_of_star(reference):
    data = reference.data("star_task")
    X, names = design(data, STAR_STEPS + STAR_CONTROLS)
    model, wizards = fit(Linear(), X, data["task_ok"].to_numpy(), names=names), Clusters.of(data["wizard"])
    reference.check("A7a", names, model.params, covariance(model, wizards, "cr1").std_error)
    reference.check("J3", names, model.params, covariance(model, wizards, "cv3").std_error)
    reference.check("J3", names, model.params, covariance(model, wizards, "cv3l").std_error)


def test_proportional_odds_of_dialogues(reference):
    data = reference.data("mwoz_dialogue")
    columns = MWOZ_STEPS + MWOZ_CONTROLS
    model = fit(Ordinal((2, 3, 4)), data[columns].to_numpy(), data["csat3"].to_numpy() - 2, names=columns)
    reference.check("B1", model.names, model.params, covariance(model, None, "model").std_error)
    reference.check(
        "B1p", model.names, model.params, covariance(model, None, "model").std_error, rtol=2e-4, se_rtol=1e-5
    )
    assert model.loglik == pytest.approx(-595.78865752, rel=1e-9)
    reference.check("B1r", model.names, model.params, covariance(model, None, "hc0").std_error)


def test_proportional_odds_of_raters_by_dialogue(reference):
    data = reference.data("mwoz_rater")
    columns = MWOZ_STEPS + MWOZ_CONTROLS
    model = fit(
        Ordinal((1, 2, 3, 4, 5)), data[columns].to_numpy(), data["rating"].to_numpy() - 1, names=columns
    )
    dialogues = Clusters.of(data["dialogue"])
    reference.check("B2", model.names, model.params, covariance(model, None, "model").std_error)
    reference.check("B2c", model.names, model.params, covariance(model, dialogues, "cr1c").std_error)


def test_logistic_regression_of_annomi(reference):
    data = reference.data("annomi")
    X, names = design(data, ANNOMI)
    model = fit(Logistic(), X, data["high"].to_numpy(), names=names)
    reference.check("C1", names, model.params, covariance(model, None, "model").std_error)
    reference.check("C1h0", names, model.params, covariance(model, None, "hc0").std_error)
    by_topic = covariance(model, Clusters.of(data["channel_grp"]), "cr1")
    reference.check("C1c", names, model.params, by_topic.std_error)
    slopes = [
        average_slope(model, X, np.eye(len(names))[j] * np.ones_like(X), Quantity())
        for j in range(1, len(names))
    ]
    spread = covariance(model, None, "hc0")
    errors = [slope.variance(spread, population=False) ** 0.5 for slope in slopes]
    reference.check("E3", ANNOMI, [slope.estimate for slope in slopes], errors)
