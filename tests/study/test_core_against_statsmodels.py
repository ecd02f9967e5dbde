"""The solver against a second library, on data that need no download; and properties that must hold for any data."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.miscmodels.ordinal_model import OrderedModel
from tests.study.worlds import small_world

from stepmark.study.averages import average_difference, average_slope
from stepmark.study.bootstrap import WildBootstrap
from stepmark.study.clusters import Clusters
from stepmark.study.covariance import covariance
from stepmark.study.families import (
    Linear,
    Logistic,
    NegativeBinomial,
    Ordinal,
    Poisson,
    Quantity,
    RandomIntercept,
)
from stepmark.study.jackknife import SingularError, jackknife
from stepmark.study.newton import fit

COLUMNS = ["probe", "apologize", "anger"]


def columns(n: int = 400, seed: int = 0):
    table = small_world(n, seed=seed)
    return table, np.column_stack([np.ones(n), table[COLUMNS]]), Clusters.of(table["agent_id"])


@pytest.mark.parametrize(
    ("family", "outcome", "theirs"),
    [
        (Linear(), "minutes", sm.OLS),
        (Logistic(), "resolved", sm.Logit),
        (Poisson(), "contacts", sm.Poisson),
    ],
)
def test_estimates_and_clustered_errors(family, outcome, theirs):
    table, X, agents = columns()
    y = table[outcome].to_numpy(dtype=float)
    ours = fit(family, X, y)
    options = {} if theirs is sm.OLS else {"disp": 0, "method": "newton", "tol": 1e-12}
    other = theirs(y, X).fit(cov_type="cluster", cov_kwds={"groups": agents.codes}, **options)
    np.testing.assert_allclose(ours.params, other.params, rtol=1e-7)
    np.testing.assert_allclose(covariance(ours, agents, "cr1").std_error, other.bse, rtol=1e-6)
    assert ours.loglik == pytest.approx(other.llf, rel=1e-9)


def test_proportional_odds():
    """At our estimates statsmodels' likelihood is the same and its slope is zero (its own search takes half a minute)."""
    table, X, _ = columns()
    y = table["csat"].to_numpy() - 1
    ours = fit(Ordinal((1, 2, 3, 4, 5)), X[:, 1:], y, names=COLUMNS)
    theirs = OrderedModel(y, X[:, 1:], distr="logit")
    cuts = ours.params[:4]
    params = np.concatenate([ours.params[4:], cuts[:1], np.log(np.diff(cuts))])
    assert theirs.loglike(params) == pytest.approx(ours.loglik, rel=1e-12)
    np.testing.assert_allclose(theirs.score(params), 0, atol=1e-4)
    assert theirs.loglike(params + 0.01) < ours.loglik - 1e-4


def test_negative_binomial():
    table, X, _ = columns()
    rng = np.random.default_rng(1)
    y = rng.poisson(table["contacts"] * rng.gamma(1.0, 1.0, len(table))).astype(float)
    ours = fit(NegativeBinomial(), X, y)
    other = sm.NegativeBinomial(y, X).fit(
        disp=0, method="newton", start_params=[*ours.params[1:], 1.0], tol=1e-12
    )
    assert ours.converged
    np.testing.assert_allclose(ours.params[1:], other.params[:-1], rtol=1e-5)
    assert np.exp(ours.params[0]) == pytest.approx(other.params[-1], rel=1e-5)


@pytest.mark.parametrize("log_mean", [-1e5, -800.0, -30.0, 2.0, 450.0])
def test_negative_binomial_of_any_mean_is_finite(log_mean):
    """With alpha = 1 it is the geometric law: P(y) = (1 - p) p**y with p = mean / (1 + mean)."""
    y = np.array([0.0, 1.0, 7.0])
    found = NegativeBinomial().derivatives(np.array([0.0, log_mean]), np.ones((3, 1)), y, np.zeros(3))
    log_p, log_rest = -np.logaddexp(0, -log_mean), -np.logaddexp(0, log_mean)
    np.testing.assert_allclose(found.loglik, log_rest + y * log_p, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.first[1], y - (y + 1) * np.exp(log_p), rtol=1e-9, atol=1e-9)
    assert all(np.isfinite(row).all() for rows in (found.first, *found.second) for row in rows)


def test_weights_are_copies_of_rows():
    table, X, _ = columns(120)
    y = table["csat"].to_numpy() - 1
    weights = np.random.default_rng(0).integers(1, 4, len(y))
    repeated = np.repeat(np.arange(len(y)), weights)
    for family, design, outcome in (
        (Ordinal((1, 2, 3, 4, 5)), X[:, 1:], y),
        (Logistic(), X, table["resolved"].to_numpy()),
        (Linear(), X, table["minutes"].to_numpy()),
    ):
        weighted = fit(family, design, outcome, weights=weights)
        copied = fit(family, design[repeated], outcome[repeated])
        np.testing.assert_allclose(weighted.params, copied.params, rtol=1e-8)
        np.testing.assert_allclose(weighted.information, copied.information, rtol=1e-8)


@pytest.mark.parametrize(
    "family",
    [
        Linear(),
        Logistic(),
        Poisson(),
        NegativeBinomial(),
        Ordinal((1, 2, 3)),
        Ordinal((1, 2, 3), "probit"),
        RandomIntercept(Logistic()),
        RandomIntercept(Ordinal((1, 2, 3))),
    ],
    ids=lambda family: (
        f"{family.name}-{getattr(family, 'link', getattr(getattr(family, 'base', None), 'name', ''))}"
    ),
)
@pytest.mark.parametrize(
    "quantity", [Quantity(), Quantity("at_most", 1), Quantity("at_least", 2), Quantity("equal", 2)], ids=str
)
def test_gradients_of_predictions_are_those_of_differences(family, quantity):
    rng = np.random.default_rng(3)
    X, dX, offset = rng.normal(size=(5, 2)), rng.normal(size=(5, 2)), rng.normal(size=5)
    size = len(family.parameters(("a", "b")))
    params = np.concatenate([np.linspace(-0.8, 0.6, size - 2), [0.4, -0.3]])
    for predict in (
        lambda p: family.predict(p, X, offset, quantity),
        lambda p: family.slope(p, X, dX, offset, quantity),
    ):
        _, gradient = predict(params)
        for j, e in enumerate(np.eye(size) * 1e-6):
            rise = (predict(params + e)[0] - predict(params - e)[0]) / 2e-6
            np.testing.assert_allclose(gradient[:, j], rise, atol=1e-6)


def test_chances_of_all_levels_sum_to_one_and_give_the_mean():
    family, rng = Ordinal((1, 2, 5)), np.random.default_rng(0)
    params, X, offset = np.array([-1.0, 0.5, 0.3]), rng.normal(size=(6, 1)), np.zeros(6)
    chances = [family.predict(params, X, offset, Quantity("equal", level))[0] for level in (1, 2, 5)]
    np.testing.assert_allclose(sum(chances), 1.0)
    mean = family.predict(params, X, offset, Quantity())[0]
    np.testing.assert_allclose(mean, chances[0] + 2 * chances[1] + 5 * chances[2])
    high = family.predict(params, X, offset, Quantity("at_least", 2))[0]
    np.testing.assert_allclose(high, chances[1] + chances[2])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["linear", "logistic", "ordinal"]))
def test_the_jackknife_is_that_of_refitting_up_to_curvature(seed, kind):
    """Exactly so for least squares; for the others the one-step estimate is close."""
    table, X, agents = columns(300, seed)
    family, design, y = {
        "linear": (Linear(), X, table["minutes"].to_numpy()),
        "logistic": (Logistic(), X, table["resolved"].to_numpy()),
        "ordinal": (Ordinal((1, 2, 3, 4, 5)), X[:, 1:], table["csat"].to_numpy() - 1),
    }[kind]
    if kind == "ordinal" and len(np.unique(y)) < 5:
        return
    whole = fit(family, design, y)
    keep = agents.codes != 0
    rest = fit(family, design[keep], y[keep])
    moved = jackknife(whole, agents)[0]
    error = np.abs(moved - (whole.params - rest.params))
    assert (error <= (1e-9 if kind == "linear" else 0.02)).all()


def test_scores_sum_to_zero_and_information_sums_by_cluster():
    table, X, agents = columns()
    model = fit(Ordinal((1, 2, 3, 4, 5)), X[:, 1:], table["csat"].to_numpy() - 1)
    np.testing.assert_allclose(model.scores.sum(axis=0), 0, atol=1e-6)
    parts = model.information_by(agents.starts, agents.order)
    np.testing.assert_allclose(parts.sum(axis=0), model.information, rtol=1e-10)
    alone = Clusters.units(model.n)
    np.testing.assert_allclose(
        model.information_by(alone.starts, alone.order).sum(axis=0), model.information, rtol=1e-10
    )


def test_leaving_out_a_cluster_of_an_average_is_refitting_without_it():
    """For a linear model with interactions the average effect without an agent is exactly the one-step jackknife's."""
    table, X, agents = columns()
    y = table["minutes"].to_numpy()
    full = np.column_stack([X, X[:, 1] * X[:, 3]])
    used, unused = full.copy(), full.copy()
    used[:, 1], used[:, 4] = 1.0, full[:, 3]
    unused[:, 1], unused[:, 4] = 0.0, 0.0
    model = fit(Linear(), full, y)
    effect = average_difference(model, used, unused, Quantity())
    moved = effect.leave_out(agents, jackknife(model, agents))
    keep = agents.codes != 4
    rest = fit(Linear(), full[keep], y[keep])
    without = average_difference(rest, used[keep], unused[keep], Quantity())
    assert effect.estimate - moved[4] == pytest.approx(without.estimate, abs=1e-10)


def test_slope_and_difference_agree_for_a_linear_model():
    table, X, _ = columns()
    model = fit(Linear(), X, table["minutes"].to_numpy())
    step = np.zeros_like(X)
    step[:, 1] = 1.0
    slope = average_slope(model, X, step, Quantity())
    assert slope.estimate == pytest.approx(model.params[1])
    assert average_difference(model, X + step, X, Quantity()).estimate == pytest.approx(model.params[1])


def test_a_parameter_known_from_one_cluster_only_is_named():
    table, X, agents = columns()
    only = np.column_stack([X, (agents.codes == 7) * (X[:, 1] == 1)]).astype(float)
    model = fit(Linear(), only, table["minutes"].to_numpy())
    for kind in ("cv3l", "cv3"):
        with pytest.raises(SingularError) as caught:
            covariance(model, agents, kind)
        assert caught.value.cluster == 7
        assert 4 in caught.value.parameters


def test_two_way_clusters_that_are_the_same_are_one_way():
    table, X, agents = columns()
    model = fit(Logistic(), X, table["resolved"].to_numpy())
    one = covariance(model, agents, "cr1").matrix
    np.testing.assert_allclose(covariance(model, agents, "cr1", second=agents).matrix, one)


def test_the_wild_bootstrap_agrees_with_many_agents_and_is_reproducible():
    table, X, agents = columns(3000)
    agents = Clusters.of(np.arange(3000) % 150)
    model = fit(Logistic(), X, table["resolved"].to_numpy())
    error = covariance(model, agents, "cr1").std_error[1]
    gradient = np.array([0.0, 1.0, 0.0, 0.0])
    first = WildBootstrap(model, agents, 999, seed=4).test(gradient, float(model.params[1]), 0.95)
    second = WildBootstrap(model, agents, 999, seed=4).test(gradient, float(model.params[1]), 0.95)
    assert first == second
    p_value, low, high = first
    assert p_value < 0.01
    assert low == pytest.approx(model.params[1] - 1.96 * error, abs=0.25 * error)
    assert high == pytest.approx(model.params[1] + 1.96 * error, abs=0.25 * error)
