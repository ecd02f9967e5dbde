"""How well coders agree, with each other, with themselves, and with and without suggestions.

Everything comes as one tidy table with bootstrap intervals by interaction. The measures are in `additive` (percent, kappa,
alpha), `masi` (sets of codes) and `unitizing` (spans); who is compared with whom is in `raters`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from stepmark.errors import CodingError, Fault
from stepmark.review.additive import Additive, alpha, cohen, fleiss, interval, percent, ratio
from stepmark.review.masi import distances
from stepmark.review.raters import COMPARISONS, pairs_of, ratings, shared_counts
from stepmark.review.span_agreement import span_measures

__all__ = ["OVERALL", "Agreement", "agree"]

#: Stands in the column `step` for all steps together.
OVERALL = "(all)"
COLUMNS = ("comparison", "step", "measure", "estimate", "conf_low", "conf_high", "n", "n_interactions")


@dataclass(frozen=True, eq=False)
class Agreement:
    """How well coders agree.

    Attributes
    ----------
    table
        One row a comparison, step and measure: `comparison` (coders, self, blind), `step` (`(all)` for all together),
        `measure`, `estimate`, `conf_low`, `conf_high`, `n` (units or pairs that it rests on), `n_interactions`.
    coders
        Who was compared.
    conf_level, n_boot, seed
        Of the intervals.
    """

    table: pd.DataFrame
    coders: tuple[str, ...]
    conf_level: float
    n_boot: int
    seed: int

    def __repr__(self) -> str:
        shown = self.table[self.table["step"] == OVERALL] if len(self.table) > 40 else self.table
        rounded = shown[list(COLUMNS[:7])].round(2).to_string(index=False, na_rep="")
        head = f"Agreement of {len(self.coders)} coders ({', '.join(self.coders)})"
        return f"{head}; {self.conf_level:.0%} intervals by interaction, {self.n_boot} resamples\n{rounded}\n{_READ}"

    def of(self, measure: str, step: str = OVERALL, comparison: str = "coders") -> float:
        """One estimate; KeyError where the table has none such."""
        table = self.table
        rows = (table["measure"] == measure) & (table["step"] == step) & (table["comparison"] == comparison)
        if not rows.any():
            raise KeyError((measure, step, comparison))
        return float(table.loc[rows, "estimate"].iloc[0])


_READ = (
    "1 is full agreement, 0 what chance gives (percent and F1 are shares).\n"
    "pull: how much more often coders say what the rules say where they see the rules' marks; 0 is none.\n"
    "coders: with each other; self: with themselves; blind: those who see the rules' marks with those who do not."
)


def agree(
    codes: pd.DataFrame,
    *,
    spans: pd.DataFrame | None = None,
    turns: pd.DataFrame | None = None,
    n_boot: int = 1000,
    conf_level: float = 0.95,
    seed: int = 0,
) -> Agreement:
    """How well the coders of a codes table agree.

    Parameters
    ----------
    codes
        A codes table. With a column `occasion`, coders are compared with themselves; with `blind`, blind with
        suggested coding; with `suggested` too, the pull of suggestions is measured.
    spans
        What people marked, with source ``human:<coder>`` (see `spans_of`); None for no measures of spans.
    turns
        The turns table, for the lengths of the turns; needed with `spans`.
    n_boot
        How many resamples of interactions the intervals rest on.
    conf_level
        Coverage of the (percentile) intervals.
    seed
        Seed of the resamples.

    Returns
    -------
    Agreement
        Measures of each step and of all: `percent`; `kappa_cohen` (Cohen 1960; with more than two coders the mean over
        pairs, Light 1971); `kappa_fleiss` (Fleiss 1971; on the units with the most common number of coders);
        `alpha` (Krippendorff, nominal, any number of coders); for all steps `alpha_masi` (sets of codes,
        Passonneau 2006); for spans `span_exact` and `span_overlap` (F1), `alpha_unitizing` (Krippendorff 1995). For
        `blind`: `pull`, how much more often decisions agree with the rules where their marks were shown; who is
        shown what was drawn at random, so the difference is their effect. Missing where a measure is not defined.

    Raises
    ------
    CodingError
        Where no turn was coded by two coders, nor twice by one.

    Notes
    -----
    The bootstrap draws interactions, for decisions in one interaction hang together. With few interactions (below some
    twenty) its percentile intervals are too narrow; the column `n_interactions` says how many there are.
    """
    _check(codes, spans, turns, conf_level)
    groups = pd.factorize(codes["interaction_id"])[1]
    rng = np.random.default_rng(seed)
    n = len(groups)
    weights = rng.multinomial(n, np.full(n, 1 / n), size=n_boot).astype(float)
    rows = []
    for comparison, step, name, measure in _measures(codes, n):
        low, high = interval(measure, weights, conf_level)
        n_with = int((measure.sums != 0).any(axis=1).sum())
        rows.append((comparison, step, name, measure.estimate, low, high, measure.n, n_with))
    if spans is not None and turns is not None:
        rows += span_measures(codes, spans, turns, groups, weights, conf_level)
    if not rows:
        advice = "Plan some overlap (`plan_coding`), or let some turns come back (`repeat_share`)."
        raise CodingError(Fault("codes", "no turn with two decisions on a step", "some coded twice", advice))
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(COLUMNS[:3], "str"))
    return Agreement(table, tuple(sorted(codes["coder"].unique())), conf_level, n_boot, seed)


def _measures(codes: pd.DataFrame, n_groups: int) -> Iterator[tuple[str, str, str, Additive]]:
    """Comparison, step, name and measure of every row of the table but those of spans."""
    for comparison in COMPARISONS:
        rated = ratings(codes, comparison)
        pairs, counts = pairs_of(rated), shared_counts(rated)
        for step in [OVERALL, *sorted(pairs["step"].unique())] if len(pairs) else []:
            of_step = slice(None) if step == OVERALL else pairs["step"] == step
            counts_of_step = counts if step == OVERALL else counts[counts["step"] == step]
            for name, measure in _of_step(pairs[of_step], counts_of_step, n_groups, comparison):
                yield comparison, step, name, measure
        if comparison == "coders" and len(pairs):
            yield comparison, OVERALL, "alpha_masi", _sets(rated, n_groups)
    yield from (("blind", step, "pull", measure) for step, measure in _pull(codes))


def _of_step(
    pairs: pd.DataFrame, counts: pd.DataFrame, n_groups: int, comparison: str
) -> Iterator[tuple[str, Additive]]:
    values, group = counts[["no", "yes"]].to_numpy(), counts["group"].to_numpy()
    yield "percent", percent(pairs, n_groups)
    yield "kappa_cohen", cohen(pairs, n_groups)
    if comparison == "coders":
        sizes = values.sum(1)
        common = sizes == np.bincount(sizes).argmax()
        yield "kappa_fleiss", fleiss(values[common], group[common], n_groups)
    yield "alpha", alpha(values, 1 - np.eye(2), group, n_groups)


def _sets(rated: pd.DataFrame, n_groups: int) -> Additive:
    """Alpha of the sets of codes that each rater gave to a unit, with MASI distance."""
    said = rated.assign(step=rated["step"].where(rated["yes"]))
    given: Any = said.groupby(["unit", "group", "rater"])["step"]
    sets = given.agg(lambda steps: frozenset(steps.dropna())).reset_index()
    known: list[frozenset[str]] = sorted(set(sets["step"].tolist()), key=sorted)
    column = sets["step"].map({value: i for i, value in enumerate(known)})
    counts = pd.crosstab([sets["unit"], sets["group"]], column).reindex(
        columns=range(len(known)), fill_value=0
    )
    group = counts.index.get_level_values("group").to_numpy()
    return alpha(counts.to_numpy(), distances(known), group, n_groups)


def _pull(codes: pd.DataFrame) -> Iterator[tuple[str, Additive]]:
    """The share of decisions that are as the rules say, where they were shown less where they were hidden."""
    if "suggested" not in codes or "blind" not in codes:
        return
    group, n_groups = pd.factorize(codes["interaction_id"])[0], codes["interaction_id"].nunique()
    kept = (codes["suggested"].notna() & codes["blind"].notna()).to_numpy()
    codes, group = codes[kept], group[kept]
    for step in [OVERALL, *sorted(codes["step"].unique())] if len(codes) else []:
        mine = np.full(len(codes), True) if step == OVERALL else (codes["step"] == step).to_numpy()
        blind = codes["blind"].astype(bool).to_numpy()[mine]
        alike = ((codes["decision"] == "yes") == codes["suggested"].astype(bool)).to_numpy()[mine]
        if not blind.any() or blind.all():
            continue
        shown = ratio(alike & ~blind, ~blind, group[mine], n_groups)
        hidden = ratio(alike & blind, blind, group[mine], n_groups)
        sums = np.hstack([shown.sums, hidden.sums])
        yield step, Additive(shown.estimate - hidden.estimate, sums, _difference, int(mine.sum()))


def _difference(sums: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return sums[..., 0] / sums[..., 1] - sums[..., 2] / sums[..., 3]


def _check(
    codes: pd.DataFrame, spans: pd.DataFrame | None, turns: pd.DataFrame | None, conf_level: float
) -> None:
    needed = ("interaction_id", "turn", "step", "coder", "decision")
    faults = [
        Fault("codes", f"no column '{name}'", ", ".join(needed)) for name in needed if name not in codes
    ]
    if not faults and not codes["decision"].isin(["yes", "no"]).all():
        odd = codes.loc[~codes["decision"].isin(["yes", "no"]), "decision"].iloc[0]
        faults.append(Fault("codes, column 'decision'", repr(odd), "yes or no"))
    if spans is not None and turns is None:
        faults.append(Fault("turns", "nothing", "the turns table, with `spans`"))
    if not 0 < conf_level < 1:
        faults.append(Fault("conf_level", repr(conf_level), "a number between 0 and 1"))
    if faults:
        raise CodingError(faults)
