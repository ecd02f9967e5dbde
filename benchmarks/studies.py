"""How fast the study room is: proportional odds with a cluster jackknife, and the default study of 100,000 interactions.

Run ``python benchmarks/studies.py`` (a minute or two); ``--ordered-model`` adds statsmodels' OrderedModel on the same
data, ``Rscript`` is used where it is installed with the package `ordinal`. ``--interactions 50000`` times the default study where it
asks most: above, it leaves out negative controls, early uses, timing and weights.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core, as in the bars

import argparse
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from stepmark.annotate import Guide
from stepmark.corpus import Outcome
from stepmark.study import Plan, study
from stepmark.study.averages import average_difference
from stepmark.study.clusters import Clusters
from stepmark.study.covariance import covariance
from stepmark.study.families import Ordinal, Quantity
from stepmark.study.newton import fit
from stepmark.study.simulate import simulate

LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)


def ordinal_data(n: int = 50_000, k: int = 26, agents: int = 500, seed: int = 0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, k))
    X[:, :13] = X[:, :13] > 0.5
    eta = X @ rng.normal(scale=0.2, size=k)
    y = np.digitize(eta + rng.logistic(size=n), [-1.5, -0.5, 0.5, 1.5])
    return X, y.astype(float), rng.integers(0, agents, n)


def ours(X, y, agents) -> np.ndarray:
    start = time.perf_counter()
    model = fit(Ordinal(LEVELS), X, y)
    spread = covariance(model, Clusters.of(agents), "cv3l")
    done = time.perf_counter()
    print(f"stepmark: fit and cluster jackknife {done - start:.2f} s ({model.iterations} Newton steps)")
    for j in range(X.shape[1]):
        high, low = X.copy(), X.copy()
        high[:, j], low[:, j] = 1.0, 0.0
        average_difference(model, high, low, Quantity()).variance(spread, population=True)
    print(f"stepmark: {X.shape[1]} average effects with their jackknife {time.perf_counter() - done:.2f} s")
    return model.params[len(LEVELS) - 1 :]


def theirs(X, y, agents, expected) -> None:
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    start = time.perf_counter()
    found = OrderedModel(y, X, distr="logit").fit(
        method="newton", disp=0, cov_type="cluster", cov_kwds={"groups": agents}
    )
    gap = np.abs(found.params[: X.shape[1]] - expected).max()
    print(
        f"statsmodels OrderedModel (newton, CR1): {time.perf_counter() - start:.2f} s, estimates differ by {gap:.1e}"
    )


def in_r(X, y) -> None:
    rscript = shutil.which("Rscript")
    if rscript is None:
        print("R: not installed here")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        pd.DataFrame(X).add_prefix("x").assign(y=y).to_csv(path, index=False)
        code = (
            f"d <- read.csv('{path}'); d$y <- factor(d$y, ordered=TRUE); library(ordinal); "
            "t <- system.time(clm(y ~ ., data=d)); cat(t[['elapsed']])"
        )
        done = subprocess.run([rscript, "-e", code], capture_output=True, text=True, check=False)
        print(
            f"R ordinal::clm: {done.stdout} s"
            if done.returncode == 0
            else "R: package 'ordinal' not installed here"
        )


def default_study(n: int = 100_000, agents: int = 500) -> None:
    table = simulate(n, agents, seed=1, text=False).table
    outcomes = Outcome("csat", "ordinal", (1, 2, 3, 4, 5)), Outcome("resolved", "binary")
    plan = Plan.default(table, Guide.load("difficult-customers"), outcomes)
    start = time.process_time()
    found = study(table, plan)
    seconds = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{plan.title}: {n:,} interactions, {len(plan.steps)} steps, {agents} agents, 2 outcomes, pooled and within: "
        f"{seconds:.1f} s of one processor, {memory:.2f} GB at most, {len(found.effects)} estimates"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ordered-model", action="store_true", help="also run statsmodels' OrderedModel")
    parser.add_argument("--interactions", type=int, default=100_000, help="of the default study")
    options = parser.parse_args()
    X, y, agents = ordinal_data()
    print(f"proportional odds, {X.shape[0]:,} x {X.shape[1]}, 500 agents")
    slopes = ours(X, y, agents)
    if options.ordered_model:
        theirs(X, y, agents, slopes)
    in_r(X, y)
    default_study(options.interactions)


if __name__ == "__main__":
    main()
