"""What a further analysis adds to a study: rows of effects, tables of its own, and a part of the diagnostics."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from stepmark.study.effects import Estimate

__all__ = ["Further"]


@dataclass(frozen=True, eq=False)
class Further:
    """The outcome of one further analysis of one model.

    Attributes
    ----------
    estimates
        Rows for the effects table.
    tables
        Tables by name; those of one name are put below each other.
    diagnostics
        Numbers for machines, by name.
    evidence
        New evidence labels for the rows of the model itself, by step.
    """

    estimates: tuple[Estimate, ...] = ()
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    diagnostics: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
