"""Regressions from sums of cross-products are those of the data themselves, whatever the clusters."""

from __future__ import annotations

import numpy as np
import pytest

from stepmark.study import crossproducts
from stepmark.study.clusters import Clusters
from stepmark.study.covariance import covariance
from stepmark.study.crossproducts import CrossProducts
from stepmark.study.families import Linear
from stepmark.study.jackknife import SingularError
from stepmark.study.newton import fit


def columns(n: int = 300) -> np.ndarray:
    """A constant, a number far from 0, two steps, and an outcome of them."""
    rng = np.random.default_rng(3)
    words, steps = 40 + 5 * rng.normal(size=n), rng.random((n, 2)) < 0.4
    return np.column_stack([np.ones(n), words, steps, 3 + 0.1 * words + steps[:, 0] + rng.normal(size=n)])


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("clusters", [Clusters.of(np.arange(300) ** 2 % 17), Clusters.units(300)])
def test_slopes_and_jackknife_are_those_of_a_fit(monkeypatch, clusters, kept):
    monkeypatch.setattr(crossproducts, "MOST_KEPT", 10**9 if kept else 0)
    monkeypatch.setattr(crossproducts, "_AT_ONCE", 100)  # many blocks
    data, weights = columns(), np.random.default_rng(4).uniform(0.5, 2, 300)
    products = CrossProducts(data, weights, clusters)
    for y, on in ((4, [0, 1, 2]), (4, [0, 1, 3, 2]), (1, [0, 3])):
        one = fit(Linear(), data[:, on], data[:, y], weights=weights)
        expected = one.params[-1], covariance(one, clusters, "cv3l").std_error[-1]
        np.testing.assert_allclose(products.slope(y, on), expected, rtol=1e-8)


def test_columns_that_cannot_be_told_apart_are_known():
    data = columns()
    products = CrossProducts(np.column_stack([data, data[:, 2]]), np.ones(300), Clusters.units(300))
    assert products.identified([0, 1, 2])
    assert not products.identified([0, 2, 5])


def test_what_a_single_cluster_knows_is_refused():
    data = columns()
    agents = np.arange(300) % 10
    data[:, 2] = (agents == 3) & (data[:, 2] == 1)
    with pytest.raises(SingularError):
        CrossProducts(data, np.ones(300), Clusters.of(agents)).slope(4, [0, 1, 2])
