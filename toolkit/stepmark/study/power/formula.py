"""Standard error, power and minimal detectable effect by formula.

``SE^2 = sd^2 M / (n p (1-p) (1-R^2))`` with the design effect ``M = 1 + (n/G - 1) icc_outcome icc_step`` for a regressor that
varies within agents (Moulton 1986). For estimates corrected by hand codes the hand-coded interactions set the precision,
not the corpus: n is their number times the gain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import t as student

from stepmark.errors import Fault, InputError
from stepmark.study.power.assumptions import Assumptions

__all__ = ["Estimator", "Precision", "precision", "precision_table"]

Estimator = Literal["naive", "corrected", "hand_coded"]


@dataclass(frozen=True)
class Precision:
    """How precise one design is, in units of the outcome.

    Attributes
    ----------
    std_error
        Of the estimate.
    seen_as
        What the true effect that was asked about looks like on average to this estimator.
    power
        The chance that its interval leaves out 0.
    minimal_effect
        The true effect that would be found with the power asked for.
    """

    std_error: float
    seen_as: float
    power: float
    minimal_effect: float


def precision(
    assumptions: Assumptions,
    n_interactions: float,
    n_agents: float,
    effect: float,
    *,
    estimator: Estimator = "naive",
    n_coded: float | None = None,
    target_power: float = 0.8,
    conf_level: float = 0.95,
) -> Precision:
    """The precision of one design.

    Parameters
    ----------
    assumptions
        The world.
    n_interactions, n_agents
        How many are collected, answered or not.
    effect
        The true effect asked about, in units of the outcome.
    estimator
        `naive` (rule codes as they are), `corrected` (rule codes with `n_coded` hand-coded, drawn among those who answered)
        or `hand_coded` (all coded by hand).
    n_coded
        How many are hand-coded, for `corrected`.
    target_power
        For the minimal effect.
    conf_level
        Of the interval.

    Examples
    --------
    >>> world = Assumptions(response=0.2, prevalence=0.25, outcome_sd=100 * 0.21**0.5, icc_outcome=0, icc_step=0)
    >>> round(precision(world, 3000, 60, 5.0).std_error, 2)
    4.32
    """
    if n_agents < 2:
        raise InputError(Fault("power, agents", f"{n_agents:g}", "2 or more"))
    answered = n_interactions * assumptions.response
    units, shrink, p = answered, 1.0, assumptions.prevalence
    if estimator == "naive":
        shrink, p = assumptions.attenuation, assumptions.coded_prevalence
    if estimator == "corrected":
        if n_coded is None:
            raise InputError(Fault("power, coded", "nothing", "how many interactions are coded by hand"))
        units = min(n_coded * assumptions.gain, answered)
    each = units / n_agents
    inflation = 1 + max(each - 1, 0.0) * assumptions.icc_outcome * assumptions.icc_step
    variance = assumptions.outcome_sd**2 * inflation / (units * p * (1 - p) * (1 - assumptions.explained))
    error = float(np.sqrt(variance))
    df = n_agents - 1
    critical = student.ppf((1 + conf_level) / 2, df)
    seen = effect * shrink
    return Precision(
        error,
        seen,
        float(student.sf(critical - abs(seen) / error, df) + student.cdf(-critical - abs(seen) / error, df)),
        float((critical + student.ppf(target_power, df)) * error / shrink),
    )


def precision_table(
    assumptions: Assumptions,
    effect: float,
    *,
    n_interactions: Sequence[int],
    n_agents: Sequence[int],
    n_coded: Sequence[int] = (),
    cost_interaction: float = 0.0,
    cost_coded: float = 0.0,
    target_power: float = 0.8,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Precision of every combination, naive and corrected, with what each costs.

    Returns
    -------
    DataFrame
        `n_interactions`, `n_agents`, `n_coded` (missing for naive), `estimator`, `std_error`, `seen_as`, `power`,
        `minimal_effect`, `cost` (in the unit of the two costs). Designs that code more than answered are left out.
    """
    rows = []
    for n in n_interactions:
        for agents in n_agents:
            choices: list[tuple[Estimator, int | None]] = [("naive", None)]
            choices += [("corrected", c) for c in n_coded if c <= n * assumptions.response]
            for estimator, coded in choices:
                found = precision(
                    assumptions,
                    n,
                    agents,
                    effect,
                    estimator=estimator,
                    n_coded=coded,
                    target_power=target_power,
                    conf_level=conf_level,
                )
                rows.append(
                    {
                        "n_interactions": n,
                        "n_agents": agents,
                        "n_coded": coded,
                        "estimator": estimator,
                        **found.__dict__,
                        "cost": n * cost_interaction + (coded or 0) * cost_coded,
                    }
                )
    return pd.DataFrame(rows).astype({"n_coded": "Int64"})
