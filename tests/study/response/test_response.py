"""Non-response: the model against R, the weights against a known truth, and the tilt against its own logic."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepmark.errors import StudyError
from stepmark.study.clusters import Clusters
from stepmark.study.covariance import covariance
from stepmark.study.families import Logistic
from stepmark.study.newton import fit
from stepmark.study.response import Tilt, response_model, response_rates, tilt_sensitivity

TERMS = (
    "apologize",
    "state_limits",
    "offer_alternative",
    "check_resolved",
    "courtesy",
    "happy",
    "neg_open",
    "log_open_words",
)


@pytest.mark.public
def test_the_response_model_and_the_weighted_fit_equal_r(shared: Path) -> None:
    table = pd.read_csv(shared / "reference" / "star_nonresponse.csv")
    reference = pd.read_csv(shared / "reference" / "reference.csv")
    X = np.column_stack([np.ones(len(table)), table[list(TERMS)]])
    names = ["(Intercept)", *TERMS]
    model = response_model(table["responded"].to_numpy(float), X, names)
    want = reference[reference["id"] == "H0"].set_index("term").loc[names]
    np.testing.assert_allclose(model.fit.params, want["estimate"], rtol=1e-6)
    np.testing.assert_allclose(covariance(model.fit, kind="model").std_error, want["se"], rtol=1e-6)

    seen = table["responded"] == 1
    np.testing.assert_allclose(model.weights[seen], table.loc[seen, "w"], rtol=1e-9)
    one = fit(
        Logistic(),
        X[seen],
        table.loc[seen, "task_ok"].to_numpy(float),
        weights=model.weights[seen],
        names=names,
    )
    want = reference[reference["id"] == "H1"].set_index("term").loc[names]
    spread = covariance(one, Clusters.of(table.loc[seen, "wizard"]), "cr1c")
    np.testing.assert_allclose(one.params, want["estimate"], rtol=1e-6)
    np.testing.assert_allclose(spread.std_error, want["se"], rtol=1e-6)


def test_weights_repair_the_mean_when_anger_keeps_people_from_answering() -> None:
    rng = np.random.default_rng(1)
    anger = (rng.random(40_000) < 0.4).astype(float)
    csat = rng.normal(4 - anger, 1)
    answered = (rng.random(40_000) < np.where(anger == 1, 0.15, 0.45)).astype(float)
    model = response_model(answered, np.column_stack([np.ones(40_000), anger]), ["(Intercept)", "anger"])
    assert np.average(csat, weights=model.weights) == pytest.approx(csat.mean(), abs=0.04)
    assert csat[answered == 1].mean() > csat.mean() + 0.1
    assert model.effective_n < answered.sum()


@pytest.mark.parametrize(("value", "words"), [(1.0, "everyone answered"), (0.0, "nobody answered")])
def test_nothing_to_model_is_said_so(value: float, words: str) -> None:
    with pytest.raises(StudyError, match=words):
        response_model(np.full(10, value), np.ones((10, 1)), ["(Intercept)"])


def test_rates_are_shares_of_each_group() -> None:
    answered = pd.Series([True, False, True, True])
    groups = pd.DataFrame({"apologize_used": [True, True, False, None]})
    rates = response_rates(answered, groups, ["apologize_used"])
    assert rates["n"].tolist() == [1, 2]
    assert rates["rate"].tolist() == [1.0, 0.5]
    assert (rates["conf_low"] < rates["rate"]).all()


def test_the_tilt_undoes_an_answering_that_follows_the_answer() -> None:
    rng = np.random.default_rng(2)
    score = rng.integers(1, 6, 200_000).astype(float)
    answered = rng.random(200_000) < np.exp(0.3 * (score - 5))
    seen = score[answered]

    def mean(weights: np.ndarray) -> tuple[float, float, float]:
        value = float(np.average(seen, weights=weights))
        return value, value - 0.01, value + 0.01

    tilt = tilt_sensitivity(mean, seen, np.ones(len(seen)), most=0.3, points=3)
    assert tilt.table["estimate"].iloc[1] == pytest.approx(seen.mean())
    assert tilt.table["estimate"].iloc[2] == pytest.approx(score.mean(), abs=0.02)
    assert tilt.table["estimate"].is_monotonic_decreasing


def test_the_breaking_point_is_where_the_interval_meets_zero() -> None:
    gamma = np.array([-0.2, -0.1, 0.0, 0.1, 0.2])
    low = np.array([0.5, 0.4, 0.3, 0.1, -0.1])
    table = pd.DataFrame({"gamma": gamma, "estimate": low + 0.2, "conf_low": low, "conf_high": low + 0.4})
    assert Tilt(table).breaking_gamma == pytest.approx(0.15)
    assert np.isnan(Tilt(table.assign(conf_low=0.1)).breaking_gamma)
    assert np.isnan(Tilt(table.assign(conf_low=-0.1)).breaking_gamma)
