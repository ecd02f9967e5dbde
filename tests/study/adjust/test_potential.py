"""Potential means against R's stacked estimating equations, and their defining properties."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepmark.study.adjust import METHODS, balance, e_value, potential_means
from stepmark.study.adjust.sensitivity import e_value_of_interval
from stepmark.study.clusters import Clusters


@pytest.mark.public
@pytest.mark.parametrize(
    ("method", "kind"),
    [*((method, "iid") for method in METHODS), ("aipw", "cl"), ("ipw_hajek", "cl"), ("ipw_ht", "cl")],
)
def test_potential_means_equal_r(shared: Path, method: str, kind: str) -> None:
    star = pd.read_csv(shared / "reference" / "star_task.csv")
    table = pd.read_csv(shared / "reference" / "reference.csv")
    want = table[table["id"] == f"F_{method}_{kind}"].set_index("term")
    Z = np.column_stack([np.ones(len(star)), star[["happy", "neg_open", "log_open_words"]]])
    got = potential_means(star["task_ok"].to_numpy(float), star["apologize"].to_numpy(float), Z, method)
    clusters = Clusters.of(star["wizard"]) if kind == "cl" else Clusters.units(len(star))
    errors = np.sqrt(np.diag(got.covariance(clusters, corrected=False)))
    np.testing.assert_allclose(
        [got.effect, got.with_step, got.without_step],
        want.loc[["ATE", "POM1", "POM0"], "estimate"],
        rtol=1e-7,
    )
    np.testing.assert_allclose(
        [got.std_error(clusters, corrected=False), *errors],
        want.loc[["ATE", "POM1", "POM0"], "se"],
        rtol=1e-6,
    )


def world(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Anger raises apologies and lowers satisfaction; an apology adds 10 points of a hundred."""
    rng = np.random.default_rng(seed)
    anger = rng.random(n) < 0.5
    apology = rng.random(n) < np.where(anger, 0.7, 0.2)
    satisfied = rng.random(n) < 0.7 - 0.4 * anger + 0.1 * apology
    return satisfied.astype(float), apology.astype(float), np.column_stack([np.ones(n), anger])


@pytest.mark.parametrize("method", METHODS)
def test_adjusting_finds_the_effect_that_the_raw_difference_hides(method: str) -> None:
    satisfied, apology, Z = world(200_000, seed=3)
    raw = satisfied[apology == 1].mean() - satisfied[apology == 0].mean()
    got = potential_means(satisfied, apology, Z, method)
    assert raw < -0.05
    assert got.effect == pytest.approx(0.10, abs=4 * got.std_error(Clusters.units(len(satisfied))))


def test_balance_is_mended_by_weighting_and_says_how_much_is_left() -> None:
    _, apology, Z = world(4000, seed=4)
    propensity = np.where(Z[:, 1] == 1, 0.7, 0.2)
    checked = balance(apology, Z[:, 1:], ["anger"], propensity)
    assert abs(checked.table.loc[0, "smd_before"]) > 0.8
    assert abs(checked.table.loc[0, "smd_after"]) < 0.1
    assert checked.trimmed == 0
    assert checked.sufficient


def test_without_overlap_nothing_is_left_to_compare() -> None:
    treated = np.array([1.0] * 60 + [0.0] * 60)
    checked = balance(treated, treated[:, None], ["same"], np.where(treated == 1, 0.99, 0.01))
    assert checked.trimmed == 120
    assert not checked.sufficient


def test_e_values_of_the_paper() -> None:
    assert e_value(3.9) == pytest.approx(7.26, abs=0.005)
    assert e_value(1.8) == pytest.approx(3.0, abs=0.005)
    assert e_value_of_interval(0.9, 1.4) == 1.0
    assert e_value_of_interval(0.2, 0.5) == e_value(0.5)


@pytest.mark.parametrize("method", ["aipw", "ra"])
def test_what_is_known_of_one_arm_only_has_no_solution(method: str) -> None:
    satisfied, apology, Z = world(2_000, seed=5)
    only_with = apology * (np.arange(len(apology)) % 5 == 0)
    assert not potential_means(satisfied, apology, np.column_stack([Z, only_with]), method).converged  # type: ignore[arg-type]
