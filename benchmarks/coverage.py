"""How often do 95% intervals cover the truth when steps are coded by rules that misread?

Draws studies whose truth is known (60 agents of uneven size, about 3,000 interactions, 300 of them hand-coded by simple
random sampling; three steps, used more with angry customers and by some agents) under four kinds of rule error, and prints
for naive, gold-only and corrected estimates how often the interval covered what full hand-coding would have given.

    python -m benchmarks.coverage --replications 2000
    python -m benchmarks.coverage --replications 500 --process second       # see benchmarks/second_process.py
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial

import numpy as np
import pandas as pd
from benchmarks.first_process import FIRST
from benchmarks.process import Draw, Process
from benchmarks.second_process import SECOND
from scipy.stats import t as student
from tqdm.auto import tqdm

from stepmark.study.averages import Average, average_difference
from stepmark.study.clusters import Clusters
from stepmark.study.correction import coordinates, predict_then_debias
from stepmark.study.families import Array, Family, Linear, Logistic, Ordinal, Quantity
from stepmark.study.jackknife import SingularError
from stepmark.study.newton import Fit, fit

STEPS = ("apologize", "empathize", "escalate")
LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)
MODELS = ("linear", "logistic", "proportional_odds")


def design(model: str, x: Array, anger: Array) -> Array:
    """The design matrix: an intercept unless the model has cut points, the steps, anger."""
    columns = [x, anger[:, None]]
    return np.hstack(columns if model == "proportional_odds" else [np.ones((len(x), 1)), *columns])


def outcome(model: str, csat: Array) -> Array:
    """CSAT as it is, resolved (4 or 5) as 0/1, or CSAT as level codes."""
    return {"linear": csat, "logistic": (csat >= 4).astype(float), "proportional_odds": csat - 1}[model]


def family(model: str) -> Family:
    """The family of a model."""
    return {"linear": Linear(), "logistic": Logistic(), "proportional_odds": Ordinal(LEVELS)}[model]


def targets(model: str) -> list[str]:
    """The cells of a model: coefficients, and average effects where they differ from them."""
    names = [f"{model} {step} coefficient" for step in STEPS]
    return names if model == "linear" else names + [f"{model} {step} average effect" for step in STEPS]


def positions(model: str) -> Array:
    """Where the targets stand among the coordinates."""
    first = 4 if model == "proportional_odds" else 1
    coefficients = first + np.arange(3)
    return coefficients if model == "linear" else np.concatenate([coefficients, first + 4 + np.arange(3)])


def fitted(
    model: str, x: Array, anger: Array, csat: Array, weights: Array | None = None
) -> tuple[Fit, list[Average]]:
    """A fit and the average effects of the three steps."""
    X = design(model, x, anger)
    one = fit(family(model), X, outcome(model, csat), weights=weights)
    averages = []
    for j in range(X.shape[1] - 4, X.shape[1] - 1) if model != "linear" else ():
        up, down = X.copy(), X.copy()
        up[:, j], down[:, j] = 1, 0
        averages.append(average_difference(one, up, down, Quantity()))
    return one, averages


def estimates(study: Draw) -> pd.DataFrame:
    """Naive, gold-only and corrected estimates with standard errors: one row a target and method."""
    rows, everyone = np.flatnonzero(study.coded), np.arange(len(study.agent))
    clusters, weights = Clusters.of(study.agent), 1 / study.probability[study.coded]
    found = []
    for model in MODELS:
        three = [
            fitted(model, study.x[rows], study.anger[rows], study.csat[rows], weights),
            fitted(model, study.x_rule[rows], study.anger[rows], study.csat_rule[rows], weights),
            fitted(model, study.x_rule, study.anger, study.csat_rule),
        ]
        if not all(one.converged for one, _ in three):
            continue
        try:
            hand, rule, naive = (
                coordinates(one, averages, where, clusters)
                for (one, averages), where in zip(three, (rows, rows, everyone), strict=True)
            )
        except SingularError:
            continue
        at = positions(model)
        for method, trio, tuning in (
            ("naive", (naive, naive, naive), "none"),
            ("gold only", (hand, rule, naive), "none"),
            ("corrected", (hand, rule, naive), "diagonal"),
        ):
            result = predict_then_debias(*trio, study.probability, tuning)
            values = {"estimate": result.estimate[at], "std_error": result.std_error(clusters)[at]}
            found.append(pd.DataFrame({"target": targets(model), "method": method, **values}))
    return pd.concat(found, ignore_index=True).assign(df=clusters.count - 1) if found else pd.DataFrame()


@cache
def truth(process: Process = FIRST, n: int = 3_000_000) -> pd.Series:
    """What full hand-coding would give in the limit: the same models on `n` interactions of as many agents as that takes."""
    agents = n * process.agents // process.n
    study = process.draw(process.scenarios[0], seed=1, n=n, agents=agents, coded=0)
    values: dict[str, float] = {}
    for model in MODELS:
        one, averages = fitted(model, study.x, study.anger, study.csat)
        everything = np.concatenate([one.params, [average.estimate for average in averages]])
        values.update(zip(targets(model), everything[positions(model)], strict=True))
    return pd.Series(values)


def replicate(process: Process, scenario: str, seed: int) -> pd.DataFrame:
    """One replication of a scenario."""
    return estimates(process.draw(scenario, seed)).assign(scenario=scenario, seed=seed)


def replications(
    process: Process, scenario: str, count: int, workers: int, progress: bool
) -> Iterator[pd.DataFrame]:
    """`count` replications; the seeds of a scenario never depend on the workers."""
    first = 1_000_000 * (1 + process.scenarios.index(scenario))
    with ProcessPoolExecutor(workers) as pool:
        done = pool.map(partial(replicate, process, scenario), range(first, first + count), chunksize=10)
        yield from tqdm(done, total=count, desc=scenario, disable=not progress)


def coverage(
    count: int, workers: int = 2, truth_n: int = 3_000_000, progress: bool = False, process: Process = FIRST
) -> pd.DataFrame:
    """Coverage in percent, bias and spread for each scenario, target and method."""
    drawn = pd.concat(
        [
            part
            for scenario in process.scenarios
            for part in replications(process, scenario, count, workers, progress)
        ]
    )
    drawn["bias"] = drawn["estimate"] - drawn["target"].map(truth(process, truth_n))
    half = drawn["std_error"] * student.ppf(0.975, drawn["df"])
    drawn["covered"] = 100.0 * (drawn["bias"].abs() <= half)
    cells = drawn.groupby(["scenario", "target", "method"], sort=False)
    return cells.agg(
        coverage=("covered", "mean"),
        bias=("bias", "mean"),
        sd=("estimate", "std"),
        mean_std_error=("std_error", "mean"),
        fits=("covered", "size"),
    ).reset_index()


def spread_ratio(table: pd.DataFrame) -> pd.Series:
    """The standard deviation of the corrected estimate over that of gold only, for each cell."""
    wide = table.pivot_table(index=["scenario", "target"], columns="method", values="sd")
    return wide["corrected"] / wide["gold only"]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--replications", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--process", choices=["first", "second"], default="first")
    arguments = parser.parse_args()
    process = FIRST
    if arguments.process == "second":
        process = SECOND
    table = coverage(arguments.replications, arguments.workers, progress=True, process=process)
    print(
        f"Coverage of 95% intervals in percent; {arguments.replications} replications, "
        f"{process.coded} of {process.n:,} hand-coded"
    )
    print(table.groupby(["scenario", "method"], sort=False)["coverage"].agg(["mean", "min", "max"]).round(1))
    by_method = table.groupby("method", sort=False)["coverage"].agg(["mean", "min", "max"])
    print(by_method.round(1))
    print(f"standard deviation, corrected over gold only: at most {spread_ratio(table).max():.2f}")
    fits = table.loc[table["method"] == "corrected", "fits"]
    print(
        f"replications without a corrected estimate: {100 * (1 - fits.mean() / arguments.replications):.2f}%"
    )


if __name__ == "__main__":
    main()
