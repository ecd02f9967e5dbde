"""What a study found: the effects table, what was checked, and how both are shown and saved."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from stepmark.study.earlier import DIAGNOSTICS, EFFECTS, clear
from stepmark.study.effects import CONTROL, TOO_FEW
from stepmark.study.models import Model
from stepmark.study.plan import Plan

__all__ = ["Study"]

_SCALES = {
    "percentage_points": "pp",
    "points": "points",
    "count": "",
    "log_odds": "log odds",
    "log_rate": "log rate",
    "log_hazard": "log hazard",
}
#: What names the rows of one model in print.
_BLOCK = ["outcome", "model", "correction"]

_CORRECTIONS = {
    "ptd": "corrected by hand codes",
    "ptd_full": "corrected by hand codes (full tuning)",
    "ptd_identity": "corrected by hand codes (no tuning)",
    "dsl": "corrected by hand codes (design-based)",
    "gold_only": "from hand codes alone",
    "response_weighted": "weighted for who answered",
    "imputed": "missing answers imputed",
}


@dataclass(frozen=True, eq=False)
class Study:
    """The result of a study; immutable.

    Attributes
    ----------
    plan
        What was asked.
    effects
        One row an estimate, in full precision; see `stepmark.study.effects.EFFECT_COLUMNS`. Rows whose contrast is
        `coefficient` are on the model's own scale, all others in the outcome's units.
    diagnostics
        `plan_hash`, `planned` (frozen before the data were seen), `rows`, `statements` (each with check, severity, text,
        outcome, about and the numbers behind it), `multiplicity`, and a part for each further analysis.
    models
        The fitted models, for further work.
    tables
        Further tables by name, such as the rule check; saved as CSV beside the effects.
    """

    plan: Plan
    effects: pd.DataFrame
    diagnostics: dict[str, Any]
    models: tuple[Model, ...] = field(default=(), repr=False)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    @property
    def statements(self) -> list[str]:
        """What was checked and found, in plain words."""
        return [statement["text"] for statement in self.diagnostics["statements"]]

    def main(self) -> pd.DataFrame:
        """The average effects of the steps in the outcome's units, of every model and correction."""
        found = self.effects
        mean = ~found["contrast"].str.contains(r"coefficient|: P\(| where ")
        return found[mean & (found["evidence"] != CONTROL)]

    def odds_ratios(self) -> pd.DataFrame:
        """Odds ratios of the steps, for an appendix: they are not ratios of probabilities and read too large."""
        import numpy as np

        found = self.effects
        rows = found[(found["scale"] == "log_odds") & (found["evidence"] != CONTROL)]
        out = rows[["term", "outcome", "model"]].copy()
        for name, column in (
            ("odds_ratio", "estimate"),
            ("conf_low", "conf_low"),
            ("conf_high", "conf_high"),
        ):
            out[name] = np.exp(rows[column])
        return out.reset_index(drop=True)

    def save(self, folder: str | Path) -> None:
        """Write `effects.csv`, `diagnostics.json`, `plan.toml` and a CSV for each further table into `folder`.

        Those that an earlier study saved there are taken out; see `stepmark.study.earlier`.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        clear(folder)
        self.effects.to_csv(folder / EFFECTS, index=False, float_format="%.17g")
        said = {**self.diagnostics, "tables": list(self.tables)}
        text = json.dumps(said, indent=2, ensure_ascii=False, default=_plain)
        (folder / DIAGNOSTICS).write_text(text + "\n", encoding="utf-8")
        (folder / "plan.toml").write_text(self.plan.to_toml(), encoding="utf-8")
        for name, table in self.tables.items():
            table.to_csv(folder / f"{name}.csv", index=False, float_format="%.17g")

    def __repr__(self) -> str:
        blocks = [_block_text(*block) for block in self._blocks()]
        said = "".join(f"! {line}\n" for line in self._cautions())
        return "\n".join([*blocks, said]).rstrip() or "Nothing could be estimated."

    def _repr_html_(self) -> str:
        parts = []
        for head, table, foot in self._blocks():
            parts.append(f"<p><strong>{html.escape(head)}</strong></p>")
            parts.append(table.to_html(index=False, border=0))
            parts.append(f"<p>{html.escape(foot)}</p>")
        cautions = "".join(f"<li>{html.escape(line)}</li>" for line in self._cautions())
        return "".join(parts) + (f"<ul>{cautions}</ul>" if cautions else "")

    def _cautions(self) -> list[str]:
        return [
            statement["text"]
            for statement in self.diagnostics["statements"]
            if statement["severity"] != "note"
        ]

    def _shown(self) -> pd.DataFrame:
        """The average effects; of models that have none, such as conditional logit and Cox, the steps' coefficients."""
        found, main = self.effects, self.main()
        averaged = pd.MultiIndex.from_frame(found[_BLOCK]).isin(pd.MultiIndex.from_frame(main[_BLOCK]))
        bare = (found["contrast"] == "coefficient") & (found["evidence"] != CONTROL) & ~averaged
        return found[bare | found.index.isin(main.index)]

    def _blocks(self) -> list[tuple[str, pd.DataFrame, str]]:
        """For each outcome and model: a heading, a table of six columns, and how to read it."""
        blocks = []
        for (outcome, model, correction), rows in self._shown().groupby(_BLOCK, sort=False):
            first = rows.iloc[0]
            clusters = "" if pd.isna(first["n_clusters"]) else f", {first['n_clusters']:,} clusters"
            named = (
                model
                if correction == "none"
                else f"{model}, {_CORRECTIONS.get(str(correction), str(correction))}"
            )
            head = f"{outcome} · {named} · {first['n']:,} interactions{clusters} · {first['inference']}"
            unit = _SCALES.get(str(first["scale"]), str(first["scale"]))
            level = f"{100 * float(first['conf_level']):g}%"
            table = pd.DataFrame(
                {
                    "step": rows["term"],
                    "contrast": rows["contrast"],
                    _heading(rows, unit): [f"{value:+.2f}" for value in rows["estimate"]],
                    level: [
                        f"{low:+.2f} to {high:+.2f}"
                        for low, high in zip(rows["conf_low"], rows["conf_high"], strict=True)
                    ],
                    "q": [f"{value:.3f}" for value in rows["p_adjusted"]],
                    "evidence": rows["evidence"],
                }
            )
            blocks.append((head, table, self._how_to_read(rows, unit)))
        return blocks

    def _how_to_read(self, rows: pd.DataFrame, unit: str) -> str:
        first = rows.iloc[0]
        method = self.plan.multiplicity.method
        counted = "" if method == "none" else f" q counts that several steps were tried ({method})."
        size = f"{first['estimate']:+.2f} {unit}".strip()
        return (
            f"Read: among interactions alike in what is held constant, {first['term']} ({first['contrast']}) goes with "
            f"{size} of {first['outcome']}; {_claim(str(first['evidence']))}.{counted}"
        )


def _heading(rows: pd.DataFrame, unit: str) -> str:
    """What the numbers of a printed block are, with their unit."""
    bare = (rows["contrast"] == "coefficient").all()
    return f"{'coefficient' if bare else 'difference'} {unit}".strip()


def _claim(evidence: str) -> str:
    """An evidence label as a half-sentence."""
    if evidence.startswith(TOO_FEW):
        return f"there are {evidence}"
    return f"{'an' if evidence[0] in 'aeiou' else 'a'} {evidence}, not proof of an effect"


def _block_text(head: str, table: pd.DataFrame, foot: str) -> str:
    return f"{head}\n{table.to_string(index=False)}\n{foot}\n"


def _plain(value: Any) -> Any:
    """NumPy's and pandas' scalars as JSON knows them."""
    if hasattr(value, "item"):
        return value.item()
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    return str(value)
