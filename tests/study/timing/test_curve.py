"""Timing curves against R, and whether their bands hold what they promise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepmark.study.clusters import Clusters
from stepmark.study.covariance import covariance
from stepmark.study.families import Linear
from stepmark.study.newton import fit
from stepmark.study.timing import basis_columns, basis_names, spline_basis, timing_curve


@pytest.fixture(scope="module")
def mwoz(shared: Path) -> tuple:
    """The linear model of R's T1 with its HC1 covariance and normal quantiles."""
    table = pd.read_csv(shared / "reference" / "mwoz_timing.csv")
    columns = [name for name in table.columns if name not in ("dialogue", "mean_sat")]
    X = np.column_stack([np.ones(len(table)), table[columns]])
    one = fit(Linear(), X, table["mean_sat"].to_numpy(), names=["(Intercept)", *columns])
    return one, replace(covariance(one, kind="hc1"), df=float("inf"))


def rows(shared: Path, identifier: str, start: str = "") -> pd.DataFrame:
    table = pd.read_csv(shared / "reference" / "reference2.csv")
    return table[(table["id"] == identifier) & table["term"].str.startswith(start)]


@pytest.mark.public
def test_the_regression_on_basis_sums_equals_r(shared: Path, mwoz: tuple) -> None:
    one, spread = mwoz
    want = rows(shared, "T1").set_index("term").loc[list(one.names)]
    np.testing.assert_allclose(one.params, want["estimate"], rtol=1e-7)
    np.testing.assert_allclose(spread.std_error, want["se"], rtol=1e-6)


@pytest.mark.public
@pytest.mark.parametrize("step", ["apologize", "offer_solution"])
def test_curves_and_tests_equal_r(shared: Path, mwoz: tuple, step: str) -> None:
    curve = timing_curve(*mwoz, step, grid=np.linspace(0, 1, 11))
    want = rows(shared, "T2", step)
    # R evaluates the last point at 1 - 1e-9, hence not quite the same there
    np.testing.assert_allclose(curve.table["estimate"], want["estimate"], rtol=1e-6)
    np.testing.assert_allclose(curve.table["std_error"], want["se"], rtol=1e-6)
    np.testing.assert_allclose(curve.table["conf_low"], want["lo"], rtol=1e-5)
    tests = rows(shared, "T3", step)
    np.testing.assert_allclose(curve.tests["statistic"], tests["estimate"], rtol=1e-6)
    np.testing.assert_allclose(curve.tests["p_value"], tests["p"], rtol=1e-6)


def test_the_basis_sums_to_one_everywhere() -> None:
    for knots in ((), (0.5,), (0.3, 0.7)):
        basis = spline_basis(np.linspace(0, 1, 33), knots)
        assert basis.shape[1] == 4 + len(knots)
        np.testing.assert_allclose(basis.sum(axis=1), 1)


def test_basis_columns_add_up_the_uses_of_each_interaction() -> None:
    uses = pd.DataFrame({"interaction_id": ["b", "b", "a"], "step": "apologize", "position": [0.0, 1.0, 0.5]})
    columns = basis_columns(uses, pd.Series(["a", "b", "c"]), ["apologize"])
    sums = columns[basis_names("apologize")].sum(axis=1)
    assert sums.round(9).tolist() == [1.0, 2.0, 0.0]
    assert columns.loc[1, ["apologize_B1", "apologize_B5"]].tolist() == [1.0, 1.0]


def simulated(seed: int, agents: int = 40, each: int = 20) -> tuple:
    """Studies in which a use at t adds sin(pi t) points, with agents who differ."""
    rng = np.random.default_rng(seed)
    n = agents * each
    agent = np.repeat(np.arange(agents), each)
    counts = rng.poisson(1.5, n)
    positions = rng.random(counts.sum())
    owner = np.repeat(np.arange(n), counts)
    y = rng.normal(size=n) + rng.normal(0, 0.5, agents)[agent]
    np.add.at(y, owner, 0.5 * np.sin(np.pi * positions))
    Z = np.zeros((n, 5))
    np.add.at(Z, owner, spline_basis(positions))
    X = np.column_stack([np.ones(n), Z])
    one = fit(Linear(), X, y, names=["(Intercept)", *basis_names("apologize")])
    return one, covariance(one, Clusters.of(agent)), positions


def test_bands_cover_the_whole_curve_and_intervals_each_point() -> None:
    grid = np.linspace(0.02, 0.98, 25)
    truth = 0.5 * np.sin(np.pi * grid)
    pointwise, simultaneous = [], []
    for seed in range(400):
        one, spread, _ = simulated(seed)
        table = timing_curve(one, spread, "apologize", grid=grid, draws=499, seed=seed).table
        pointwise.append(((table["conf_low"] <= truth) & (truth <= table["conf_high"])).mean())
        simultaneous.append(((table["band_low"] <= truth) & (truth <= table["band_high"])).all())
    assert 0.92 <= np.mean(pointwise) <= 0.98
    assert 0.92 <= np.mean(simultaneous) <= 0.99


def test_there_is_no_curve_where_there_are_few_uses() -> None:
    one, spread, _ = simulated(1)
    positions = np.concatenate([np.full(100, 0.1), np.full(29, 0.9)])
    table = timing_curve(one, spread, "apologize", positions=positions).table
    assert table.loc[table["position"] < 0.2, "shown"].all()
    assert not table.loc[table["position"] >= 0.2, "shown"].any()
