"""The results from R that ours must reproduce, the data behind them (not part of the project), and plans that ask for them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from typer.testing import CliRunner

from stepmark.cli import app
from stepmark.study import Plan, Study, study

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

#: The plans that most rows share.
STAR = {
    "outcome": "task_ok",
    "kind": "binary",
    "steps": STAR_STEPS,
    "controls": STAR_CONTROLS,
    "insist": True,
}
MWOZ = {"steps": MWOZ_STEPS, "controls": MWOZ_CONTROLS, "kind": "ordinal", "insist": True}


@dataclass(frozen=True)
class Printed:
    """What the command line said, and the folder that it wrote."""

    output: str
    folder: Path

    @property
    def effects(self) -> pd.DataFrame:
        return self.table("effects")

    @property
    def model(self) -> dict[str, Any]:
        """The first model of the diagnostics."""
        return json.loads((self.folder / "diagnostics.json").read_text())["models"][0]

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / f"{name}.csv")

    def coefficients(self, **wanted: str) -> pd.DataFrame:
        """The rows of the coefficients by term, of those with these values in other columns."""
        rows = self.effects.query("contrast == 'coefficient'")
        for column, value in wanted.items():
            rows = rows[rows[column] == value]
        return rows.set_index("term")


def run_plan(data: Path, folder: Path, **plan: object) -> Printed:
    """`stepmark study DATA --plan PLAN --out FOLDER`; it must succeed."""
    folder.mkdir(exist_ok=True)
    written = folder / "asked.toml"
    written.write_text(Plan(**plan).to_toml())
    result = CliRunner().invoke(app, ["study", str(data), "--plan", str(written), "--out", str(folder)])
    assert result.exit_code == 0, result.output
    return Printed(result.output, folder)


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

    def extra(self, row_id: str) -> dict[str, float]:
        """The numbers beside the estimates of a row, by name."""
        pairs = (pair.split("=") for pair in self.rows(row_id)["extra"].iloc[0].split(";"))
        return {name: float(value) for name, value in pairs}

    def ask(self, data: str, **plan: object) -> Study:
        """The study of one of the tables."""
        return study(self.data(data), Plan(**plan))

    def run_plan(self, data: str, folder: Path, **plan: object) -> Printed:
        """The same by the command line."""
        return run_plan(self.folder / f"{data}.csv", folder, **plan)

    def check_coefficients(self, row_id: str, found: Study, **tolerance: float) -> None:
        """Every coefficient of the reference row is met by a study."""
        rows = found.effects[found.effects["contrast"] == "coefficient"]
        self.check(row_id, rows["term"], rows["estimate"], rows["std_error"], **tolerance)

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
