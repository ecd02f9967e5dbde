"""What one must assume, or learn from a pilot, to say how precise a study will be."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from stepmark.errors import Fault, InputError
from stepmark.study.alikeness import anova_icc
from stepmark.study.clusters import Clusters

__all__ = ["Assumptions"]

_SHARES = ("response", "prevalence", "sensitivity", "specificity", "icc_outcome", "icc_step", "explained")


@dataclass(frozen=True)
class Assumptions:
    """The world in which a study of one step and one outcome is planned.

    Attributes
    ----------
    response
        Share of interactions whose outcome is known, above 0, at most 1.
    prevalence
        True share of interactions with the step, between 0 and 1.
    sensitivity, specificity
        Of the rules for an interaction, 0 to 1; 1 and 1 where people code everything.
    outcome_sd
        Standard deviation of the outcome in its own units: 100·sqrt(q(1-q)) percentage points for a share q.
    icc_outcome, icc_step
        Intraclass correlations by agent of outcome and step, 0 to 1.
    explained
        Share of the step's variance that the controls explain (R²), 0 to below 1.
    gain
        By which factor the hand-coded sample seems larger thanks to the rules, 1 or more.
    """

    response: float = 1.0
    prevalence: float = 0.25
    sensitivity: float = 1.0
    specificity: float = 1.0
    outcome_sd: float = 1.0
    icc_outcome: float = 0.02
    icc_step: float = 0.05
    explained: float = 0.0
    gain: float = 1.0

    def __post_init__(self) -> None:
        faults = [
            Fault(f"power, {field.name}", f"{getattr(self, field.name)!r}", "a share from 0 to 1")
            for field in fields(self)
            if field.name in _SHARES and not 0 <= getattr(self, field.name) <= 1
        ]
        for name, low, high in (
            ("response", 0.0, np.inf),
            ("prevalence", 0.0, 1.0),
            ("outcome_sd", 0.0, np.inf),
        ):
            if not low < getattr(self, name) < high:
                faults.append(Fault(f"power, {name}", f"{getattr(self, name)!r}", f"a number above {low:g}"))
        if self.explained >= 1:
            faults.append(
                Fault("power, explained", "1", "less than 1", "Controls cannot determine the step.")
            )
        if self.sensitivity + self.specificity <= 1:
            found = f"sensitivity + specificity = {self.sensitivity + self.specificity:g}"
            faults.append(Fault("power", found, "more than 1", "Such rules tell nothing."))
        if self.gain < 1:
            faults.append(Fault("power, gain", f"{self.gain!r}", "1 or more"))
        if faults:
            raise InputError(faults)

    @property
    def coded_prevalence(self) -> float:
        """The share of interactions in which the rules see the step."""
        return self.prevalence * self.sensitivity + (1 - self.prevalence) * (1 - self.specificity)

    @property
    def attenuation(self) -> float:
        """The factor by which a naive slope on rule codes is too small, with error that depends on nothing else.

        Regression dilution of a binary regressor (Aigner 1973).
        """
        p, coded = self.prevalence, self.coded_prevalence
        return (self.sensitivity + self.specificity - 1) * p * (1 - p) / (coded * (1 - coded))

    @classmethod
    def from_pilot(
        cls, table: pd.DataFrame, step: str, outcome: str, agent: str = "agent_id", **known: float
    ) -> Assumptions:
        """What a pilot says: response, prevalence, spread of the outcome, intraclass correlations.

        Parameters
        ----------
        table
            One row an interaction.
        step, outcome, agent
            Its columns; the outcome is missing where nobody answered.
        known
            Anything known better than the pilot tells, such as `sensitivity`.
        """
        missing = [name for name in (step, outcome, agent) if name not in table]
        if missing:
            raise InputError(
                [
                    Fault("pilot", f"no column {name!r}", f"one of {', '.join(table.columns[:12])} …")
                    for name in missing
                ]
            )
        used = table[step].astype(float)
        score = table[outcome].astype(float)
        answered = score.notna().to_numpy()
        known_used = used.notna().to_numpy() & table[agent].notna().to_numpy()
        both = answered & known_used
        learned = {
            "response": float(answered.mean()),
            "prevalence": float(used.mean()),
            "outcome_sd": float(score.std()),
            "icc_outcome": _icc(score[both], table.loc[both, agent]),
            "icc_step": _icc(used[known_used], table.loc[known_used, agent]),
        }
        return cls(**{**learned, **known})


def _icc(values: pd.Series, agents: pd.Series) -> float:
    """The intraclass correlation, within 0 and 1; 0 where there is nothing to tell it from."""
    clusters = Clusters.of(agents)
    if clusters.count < 2 or clusters.count == len(values) or values.nunique() < 2:
        return 0.0
    return float(np.clip(anova_icc(values.to_numpy(float), clusters), 0.0, 1.0))
