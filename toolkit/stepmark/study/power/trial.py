"""Power by trying it out: many simulated studies in which the truth is known.

The shipped simulator draws the studies, a machine that errs codes them, a probability sample is hand-coded, and
each is estimated naively, from the hand codes alone, and corrected. What the formulas cannot tell shows up here: bias,
studies without an estimate, and whether intervals keep their promise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student
from tqdm.auto import tqdm

from stepmark.study.averages import average_difference
from stepmark.study.clusters import Clusters
from stepmark.study.correction import Coordinates, coordinates, predict_then_debias
from stepmark.study.families import Array, Family, Logistic, Ordinal, Quantity
from stepmark.study.jackknife import SingularError
from stepmark.study.newton import fit
from stepmark.study.simulate import Settings, misread, simulate

__all__ = ["CONTROLS", "Trial", "compared", "simulated_power"]

#: What a study of the simulated world holds constant, besides the issue.
CONTROLS = (
    "anger_before",
    "abuse_before",
    "churn_threat_before",
    "repeat_contact_before",
    "unresolved_before",
    "prior_contacts",
    "queue_minutes",
    "experience_years",
)


@dataclass(frozen=True, eq=False)
class Trial:
    """What many simulated studies of one design showed.

    Attributes
    ----------
    estimates
        One row a replication, step and method: `replication`, `step`, `method` (`naive`, `gold only`, `corrected`),
        `estimate`, `std_error`, `conf_low`, `conf_high`, in units of the outcome; replications without an estimate have no row.
    truth
        The true effect of each step.
    replications
        How many studies were drawn.
    """

    estimates: pd.DataFrame
    truth: pd.Series
    replications: int

    @property
    def table(self) -> pd.DataFrame:
        """One row a step and method: `truth`, `mean_estimate`, `sd`, `coverage`, `power`, `failed` (shares, 0 to 1)."""
        drawn = self.estimates.assign(truth=self.estimates["step"].map(self.truth))
        drawn["covered"] = drawn["conf_low"].le(drawn["truth"]) & drawn["truth"].le(drawn["conf_high"])
        drawn["found"] = drawn["conf_low"].gt(0) | drawn["conf_high"].lt(0)
        cells = drawn.groupby(["step", "method"], sort=False)
        table = cells.agg(
            truth=("truth", "first"),
            mean_estimate=("estimate", "mean"),
            sd=("estimate", "std"),
            coverage=("covered", "mean"),
            power=("found", "mean"),
            failed=("covered", lambda covered: 1 - len(covered) / self.replications),
        )
        return table.reset_index()


def simulated_power(
    steps: Sequence[str],
    *,
    outcome: str = "csat",
    n_interactions: int = 3000,
    n_agents: int = 60,
    n_coded: int = 300,
    sensitivity: float = 0.75,
    specificity: float = 0.95,
    replications: int = 200,
    seed: int = 0,
    settings: Settings | None = None,
    conf_level: float = 0.95,
    progress: bool = False,
) -> Trial:
    """Simulate studies of one design and estimate each.

    Parameters
    ----------
    steps
        The steps studied together, by id.
    outcome
        `csat` (effects in points of the score) or `resolved` (in percentage points).
    n_interactions, n_agents, n_coded
        The design; those hand-coded are drawn at random among those who answered.
    sensitivity, specificity
        Of the rules.
    replications, seed
        How many studies, and from where the seeds count.
    settings
        The simulated world; the default one where None.
    conf_level
        Of the intervals.
    progress
        Whether to show a bar.
    """
    settings = settings or Settings()
    rows: list[dict[str, object]] = []
    for replication in tqdm(range(replications), disable=not progress, desc="simulated studies"):
        world = simulate(n_interactions, n_agents, seed + replication, settings, text=False).table
        world = world[world[outcome].notna()].reset_index(drop=True)
        coded = misread(world, sensitivity=sensitivity, specificity=specificity, seed=seed + replication)
        rng = np.random.default_rng([seed, replication])
        drawn = rng.permutation(len(world)) < n_coded
        rows += _study(world, coded, drawn, steps, outcome, conf_level, replication)
    columns = ["replication", "step", "method", "estimate", "std_error", "conf_low", "conf_high"]
    truth = simulate(1, 1, seed, settings, text=False).truth.query("outcome == @outcome").set_index("step")
    return Trial(pd.DataFrame(rows, columns=columns), truth["effect"].loc[list(steps)], replications)


def _study(
    world: pd.DataFrame,
    coded: pd.DataFrame,
    drawn: np.ndarray,
    steps: Sequence[str],
    outcome: str,
    conf_level: float,
    replication: int,
) -> list[dict[str, object]]:
    """The rows of one study; none where the hand-coded sample cannot carry the model."""
    clusters = Clusters.of(world["agent_id"])
    probability = np.full(len(world), drawn.mean())
    rows, everyone = np.flatnonzero(drawn), np.arange(len(world))
    true, rule = _design(world, steps, outcome), _design(coded, steps, outcome)
    y = world[outcome].to_numpy(float)
    weights = 1 / probability[rows]
    try:
        hand = _estimated(true[rows], y[rows], weights, len(steps), outcome, rows, clusters)
        on_hand = _estimated(rule[rows], y[rows], weights, len(steps), outcome, rows, clusters)
        on_all = _estimated(rule, y, np.ones(len(y)), len(steps), outcome, everyone, clusters)
    except (SingularError, np.linalg.LinAlgError):
        return []
    if hand is None or on_hand is None or on_all is None:
        return []
    unit = 100.0 if outcome == "resolved" else 1.0
    trio = (hand, on_hand, on_all)
    return compared(trio, probability, clusters, steps, unit, conf_level, replication)


def compared(
    fits: tuple[Coordinates, Coordinates, Coordinates],
    probability: Array,
    clusters: Clusters,
    steps: Sequence[str],
    unit: float,
    conf_level: float,
    replication: int,
) -> list[dict[str, object]]:
    """The rows of one study, naive, from hand codes only, and corrected.

    Parameters
    ----------
    fits
        On hand codes, on rule codes of the hand-coded, on rule codes of all; the effects of `steps` come last.
    probability
        Chance of being hand-coded, shape (n,).
    unit
        What effects are multiplied by: 100 for percentage points.
    """
    hand, on_hand, on_all = fits
    found = []
    critical = student.ppf((1 + conf_level) / 2, clusters.count - 1)
    for method, trio, tuning in (
        ("naive", (on_all, on_all, on_all), "none"),
        ("gold only", (hand, on_hand, on_all), "none"),
        ("corrected", (hand, on_hand, on_all), "diagonal"),
    ):
        result = predict_then_debias(*trio, probability, tuning)  # type: ignore[arg-type]
        estimates = unit * result.estimate[-len(steps) :]
        errors = unit * result.std_error(clusters)[-len(steps) :]
        for step, estimate, error in zip(steps, estimates, errors, strict=True):
            half = critical * error
            found.append(
                {
                    "replication": replication,
                    "step": step,
                    "method": method,
                    "estimate": estimate,
                    "std_error": error,
                    "conf_low": estimate - half,
                    "conf_high": estimate + half,
                }
            )
    return found


def _design(table: pd.DataFrame, steps: Sequence[str], outcome: str) -> Array:
    """Steps, controls and issue as numbers; with a column of ones first for the logistic model."""
    used = table[[f"{step}_used" for step in steps]].astype(float)
    rest = table[list(CONTROLS)].astype(float)
    factors = pd.get_dummies(table[["issue", "channel"]], drop_first=True, dtype=float)
    columns = [used.to_numpy(), rest.to_numpy(), factors.to_numpy()]
    return np.hstack(columns if outcome == "csat" else [np.ones((len(table), 1)), *columns])


def _estimated(
    X: Array,
    y: Array,
    weights: Array,
    n_steps: int,
    outcome: str,
    rows: Array,
    clusters: Clusters,
) -> Coordinates | None:
    """Parameters and average effects of the steps; None where the model has no solution."""
    family: Family
    if outcome == "csat":
        levels, codes = np.unique(y, return_inverse=True)
        family, response, first = Ordinal(tuple(levels)), codes.astype(float), 0
        if len(levels) < 5:
            return None
    else:
        family, response, first = Logistic(), y, 1
    one = fit(family, X, response, weights=weights)
    if not one.converged:
        return None
    averages = []
    for j in range(first, first + n_steps):
        up, down = X.copy(), X.copy()
        up[:, j], down[:, j] = 1, 0
        averages.append(average_difference(one, up, down, Quantity()))
    return coordinates(one, averages, rows, clusters)
