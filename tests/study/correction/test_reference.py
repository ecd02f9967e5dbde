"""Corrections against the results from R, and against each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepmark.study.averages import average_difference
from stepmark.study.clusters import Clusters
from stepmark.study.correction import coordinates, design_based, predict_then_debias
from stepmark.study.families import Linear, Logistic, Quantity
from stepmark.study.newton import fit

pytestmark = pytest.mark.public

STEPS = ("apologize", "check_resolved", "courtesy")
TERMS = ("(Intercept)", *STEPS, "happy", "neg_open")


class StarSample:
    """The three fits on STAR's rule and hand codes, by one family."""

    def __init__(self, shared: Path, model: str) -> None:
        table = pd.read_csv(shared / "reference" / "star_dsl.csv")
        family = {"lm": Linear(), "logit": Logistic()}[model]
        rest = table[["happy", "neg_open"]].to_numpy(float)
        y = table["task_ok"].to_numpy(float)
        self.rows = np.flatnonzero(table["R"] == 1)
        self.probability = table["pi"].to_numpy(float)
        self.clusters = Clusters.of(table["wizard"])
        ones = np.ones((len(table), 1))
        rule = np.hstack([ones, table[[f"{s}_m" for s in STEPS]].to_numpy(float), rest])
        hand = np.hstack([ones, table[[f"{s}_gold" for s in STEPS]].to_numpy(float), rest])
        weights = 1 / self.probability[self.rows]
        self.hand = fit(family, hand[self.rows], y[self.rows], weights=weights)
        self.rule_on_hand = fit(family, rule[self.rows], y[self.rows], weights=weights)
        self.rule_on_all = fit(family, rule, y)
        self.fits = (self.hand, self.rule_on_hand, self.rule_on_all)

    def coordinates(self, with_average: bool = False):
        """Coordinates of the three fits, with the average effect of `apologize` where asked for."""
        places = (self.rows, self.rows, np.arange(len(self.probability)))
        for one, rows in zip(self.fits, places, strict=True):
            averages = [effect_of_column_one(one)] if with_average else []
            yield coordinates(one, averages, rows, self.clusters)


def effect_of_column_one(one):
    up, down = one.X.copy(), one.X.copy()
    up[:, 1], down[:, 1] = 1, 0
    return average_difference(one, up, down, Quantity())


def expected(shared: Path, identifier: str, model: str) -> pd.DataFrame:
    table = pd.read_csv(shared / "reference" / "dsl_reference.csv")
    return table[(table["id"] == identifier) & (table["model"] == model)].set_index("term")


@pytest.mark.parametrize("model", ["lm", "logit"])
@pytest.mark.parametrize(
    ("identifier", "tuning"),
    [("gold_ipw", "none"), ("ptd_identity", "identity"), ("ptd_optimal_unit", "full")],
)
def test_predict_then_debias_equals_r(shared: Path, model: str, identifier: str, tuning: str) -> None:
    star = StarSample(shared, model)
    corrected = predict_then_debias(*star.coordinates(), star.probability, tuning)
    want = expected(shared, identifier, model).loc[list(TERMS)]
    np.testing.assert_allclose(corrected.estimate, want["estimate"], rtol=1e-6)
    np.testing.assert_allclose(corrected.std_error(star.clusters, "cr1c"), want["se"], rtol=1e-6)


@pytest.mark.parametrize("model", ["lm", "logit"])
def test_the_naive_estimate_equals_r(shared: Path, model: str) -> None:
    star = StarSample(shared, model)
    *_, naive = star.coordinates()
    alone = predict_then_debias(naive, naive, naive, star.probability, "none")
    want = expected(shared, "naive", model).loc[list(TERMS)]
    np.testing.assert_allclose(alone.estimate, want["estimate"], rtol=1e-6)
    np.testing.assert_allclose(alone.std_error(star.clusters, "cr1c"), want["se"], rtol=1e-6)


@pytest.mark.parametrize("model", ["lm", "logit"])
def test_the_design_based_equations_equal_r(shared: Path, model: str) -> None:
    star = StarSample(shared, model)
    solved = design_based(*star.fits, star.rows)
    want = expected(shared, "dsl_moment_lambda1", model).loc[list(TERMS)]
    assert solved.converged
    np.testing.assert_allclose(solved.params, want["estimate"], rtol=1e-6)
    np.testing.assert_allclose(np.sqrt(np.diag(solved.covariance(star.clusters))), want["se"], rtol=1e-6)


@pytest.mark.parametrize(("identifier", "tuning"), [("AME_gold", "none"), ("AME_ptd", "full")])
def test_the_corrected_average_effect_equals_r(shared: Path, identifier: str, tuning: str) -> None:
    star = StarSample(shared, "logit")
    corrected = predict_then_debias(
        *star.coordinates(with_average=True), star.probability, tuning, parameters=len(TERMS)
    )
    want = expected(shared, identifier, "logit").loc["apologize"]
    np.testing.assert_allclose(corrected.estimate[-1], want["estimate"], rtol=1e-6)
    np.testing.assert_allclose(corrected.std_error(star.clusters, "cr1c")[-1], want["se"], rtol=1e-6)
