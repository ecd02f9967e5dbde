"""What each step truly does in a simulated world, in the outcome's own units."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from scipy.special import expit

from stepmark.study.simulate.cases import draw_cases, expected_csat
from stepmark.study.simulate.settings import Settings

__all__ = ["true_effects"]


def true_effects(
    settings: Settings | None = None, *, n: int = 200_000, seed: int = 20_261_122
) -> pd.DataFrame:
    """True average effect of using each step at least once, everything else left as it was drawn.

    For each of `n` cases drawn from the structural model the expected outcome is computed exactly with the step
    switched on and with it switched off; the effect is the mean difference over the cases (the average treatment
    effect, of which an average marginal effect in a well-controlled model is the estimate).

    Parameters
    ----------
    settings
        The world; the default one where None.
    n
        How many cases to average over; 50 to an agent.
    seed
        Seed of these cases.

    Returns
    -------
    DataFrame
        One row a step and outcome: `step`, `role` (`cause`, or `closing`: a step that results from how things
        went and does nothing), `outcome` (`csat`, `resolved`), `scale` (`points` of the 1-5 score,
        `percentage_points`), `effect`, `monte_carlo_se` (of the average, not of a study), `log_odds` (the
        coefficient in the structural model), `naive` (difference in mean outcome between interactions with and
        without the step, same unit: what a plain table shows in a very large sample), `used_share` (0 to 1).
    """
    return _true_effects(settings or Settings(), n, seed).copy()


@cache
def _true_effects(settings: Settings, n: int, seed: int) -> pd.DataFrame:
    cases = draw_cases(n, max(2, n // 50), seed, settings)
    resolved = cases.table["resolved"].to_numpy(dtype=float)
    rows = []
    for m in settings.steps:
        x = cases.table[f"{m.step}_used"].to_numpy(dtype=bool)
        for outcome, b, eta, y, scale in (
            ("csat", m.csat, cases.eta_csat, cases.csat, 1.0),
            ("resolved", m.resolved, cases.eta_resolved, resolved, 100.0),
        ):
            b = b if m.role == "cause" else 0.0
            off = eta - b * x
            if outcome == "csat":
                gain = expected_csat(off + b, settings.csat_cuts) - expected_csat(off, settings.csat_cuts)
            else:
                gain = 100 * (expit(off + b) - expit(off))
            naive = scale * (y[x].mean() - y[~x].mean()) if 0 < x.sum() < n else np.nan
            rows.append(
                {
                    "step": m.step,
                    "role": m.role,
                    "outcome": outcome,
                    "scale": "points" if outcome == "csat" else "percentage_points",
                    "effect": gain.mean(),
                    "monte_carlo_se": gain.std() / np.sqrt(n),
                    "log_odds": b,
                    "naive": naive,
                    "used_share": x.mean(),
                }
            )
    return pd.DataFrame(rows)
