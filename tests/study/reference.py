"""The results from R that ours must reproduce, and the data behind them (not part of the project)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

STAR_STEPS = ["apologize", "state_limits", "offer_alternative", "check_resolved", "courtesy"]
STAR_CONTROLS = ["happy", "neg_open", "log_open_words"]
MWOZ_STEPS = [
    "apologize",
    "state_limits",
    "offer_alternative",
    "offer_solution",
    "check_resolved",
    "courtesy",
]
MWOZ_CONTROLS = ["log_n_sys", "n_domains", "open_words"]
ANNOMI = ["refl_p10", "ques_p10", "inp_p10", "log_n_th"]


@dataclass(frozen=True)
class Reference:
    """Looks up rows of the result files by id."""

    folder: Path

    def data(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / f"{name}.csv")

    def rows(self, row_id: str) -> pd.DataFrame:
        first = pd.read_csv(self.folder / "reference.csv")
        second = pd.read_csv(self.folder / "reference2.csv")
        rows = pd.concat([first, second])
        rows = rows[rows["id"] == row_id].set_index("term")
        assert len(rows), f"no reference row {row_id}"
        return rows

    def check(
        self,
        row_id: str,
        names: Sequence[str],
        estimates: object,
        std_errors: object = None,
        *,
        rtol: float = 1e-6,
        se_rtol: float | None = None,
        terms: Sequence[str] | None = None,
    ) -> None:
        """Every term of the reference row is met, estimate and standard error."""
        rows = self.rows(row_id)
        wanted = list(terms) if terms is not None else list(rows.index)
        ours = pd.Series(np.asarray(estimates, dtype=float), list(names))
        np.testing.assert_allclose(ours[wanted], rows.loc[wanted, "estimate"], rtol=rtol, err_msg=row_id)
        if std_errors is not None:
            errors = pd.Series(np.asarray(std_errors, dtype=float), list(names))
            np.testing.assert_allclose(
                errors[wanted], rows.loc[wanted, "se"], rtol=se_rtol or rtol, err_msg=f"{row_id} se"
            )
