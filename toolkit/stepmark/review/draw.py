"""What to code next, drawn so that the chance of each turn is known.

A draw is a table, one row a turn in the order of coding, with the columns `interaction_id`, `turn`, `probability` and
`stratum`. The probability is that with which the row's unit (the turn, or its whole interaction) came into the draw: it
is stored with each decision, and estimates weigh by its inverse (Horvitz & Thompson 1952). Units come in random
order, so that what was coded when a coder stops early, `m` of `n` units, is again a sample, with `probability * m / n`.

Scores and strata are given by unit: a Series indexed by `interaction_id`, or by (`interaction_id`, `turn`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from stepmark.corpus import Corpus
from stepmark.errors import CodingError, Fault

__all__ = [
    "DRAW_COLUMNS",
    "Unit",
    "draw_listed",
    "draw_random",
    "draw_stratified",
    "draw_uncertain",
    "inclusion_chances",
]

DRAW_COLUMNS = ("interaction_id", "turn", "probability", "stratum")

Unit = Literal["interaction", "turn"]


def draw_random(
    corpus: Corpus, n: int, *, unit: Unit = "interaction", speaker: str | None = None, seed: int = 0
) -> pd.DataFrame:
    """A simple random sample of `n` units, each with probability `n / N`.

    Parameters
    ----------
    corpus
        What to draw from.
    n
        How many units; all of them where there are fewer.
    unit
        Whether to draw whole interactions, or single turns.
    speaker
        Keep only the turns of one speaker; of both where None.
    seed
        Seed of the draw.
    """
    units = _units(corpus, unit, speaker)
    strata = pd.Series("all", index=units.index)
    return _spread(units, _from_strata(units, strata, {"all": min(n, len(units))}, seed), unit)


def draw_stratified(
    corpus: Corpus,
    n: int,
    strata: pd.Series,
    *,
    allocation: Literal["equal", "proportional"] | Mapping[str, int] = "equal",
    unit: Unit = "interaction",
    speaker: str | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """A stratified sample: `n_h` of the `N_h` units of each stratum, each with probability `n_h / N_h`.

    Parameters
    ----------
    corpus, n, unit, speaker, seed
        As for `draw_random`.
    strata
        The stratum of each unit, such as those of `strata_by_rules`; every unit must have one.
    allocation
        `equal` (the same number from each stratum, so that rare steps are seen; what a small stratum cannot give goes
        to the others), `proportional`, or the number for each stratum. No stratum goes without: leaving one out would
        leave its units with probability 0, and no estimate could be had for them.

    Raises
    ------
    CodingError
        Where a unit has no stratum, or a stratum would get nothing.
    """
    units = _units(corpus, unit, speaker)
    labels = _by_unit(strata, units, "strata")
    sizes = labels.value_counts().sort_index()
    numbers = _allocate(sizes, n, allocation)
    return _spread(units, _from_strata(units, labels, numbers, seed), unit)


def draw_uncertain(
    corpus: Corpus,
    n: int,
    uncertainty: pd.Series,
    *,
    floor: float = 0.2,
    unit: Unit = "turn",
    speaker: str | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """A sample that prefers uncertain units over a floor of random ones, with known probabilities above 0.

    Parameters
    ----------
    corpus, n, unit, speaker, seed
        As for `draw_random`.
    uncertainty
        How uncertain each unit is, 0 or more; such as ``1 - abs(2 * p - 1)`` of a model's probability `p`.
    floor
        Share of the sample, above 0 and at most 1, that is spread evenly over all units; the rest goes in proportion
        to the uncertainty.

    Notes
    -----
    Unit `i` has probability ``min(1, c * (floor / N + (1 - floor) * u_i / sum(u)))`` with `c` such that the
    probabilities sum to `n`. The sample is drawn systematically in random order (Madow 1949; Goodman & Kish 1950), which
    gives exactly these probabilities and exactly `n` units.
    """
    if not 0 < floor <= 1:
        raise CodingError(Fault("floor", repr(floor), "a share above 0, at most 1"))
    units = _units(corpus, unit, speaker)
    scores = _by_unit(uncertainty, units, "uncertainty").astype("float64").to_numpy()
    if (scores < 0).any() or not np.isfinite(scores).all():
        raise CodingError(Fault("uncertainty", "a value below 0, or none", "0 or more for every unit"))
    chances = inclusion_chances(scores, n, floor)
    rng = np.random.default_rng(seed)
    rows = rng.permutation(_systematic(chances, rng))
    chosen = units.iloc[rows].assign(probability=chances[rows], stratum="uncertain")
    return _spread(units, chosen, unit)


def draw_listed(corpus: Corpus, units: pd.DataFrame) -> pd.DataFrame:
    """A fixed list of turns (`interaction_id`, `turn`) or interactions (`interaction_id`), in the order given.

    Its probability is that in the column `probability`, where there is one; else it is missing: what someone picked
    has no known chance, and estimates cannot weigh by it.

    Raises
    ------
    CodingError
        Where the corpus lacks one of them; all are named.
    """
    keys = [key for key in ("interaction_id", "turn") if key in units]
    listed = units[keys].assign(
        probability=units["probability"] if "probability" in units else float("nan"), stratum="listed"
    )
    turns = corpus.turns[["interaction_id", "turn"]]
    found = (
        listed.reset_index(drop=True)
        .reset_index(names="place")
        .merge(turns, on=keys, how="left", indicator=True)
    )
    missing = found[found["_merge"] == "left_only"]
    if not missing.empty:
        raise CodingError(
            [Fault("the list", " ".join(f"{key} {row[key]!r}" for key in keys), "one of the corpus")
             for row in missing.to_dict("records")]
        )  # fmt: skip
    return found.sort_values(["place", "turn"])[list(DRAW_COLUMNS)].reset_index(drop=True)


def inclusion_chances(uncertainty: np.ndarray, n: int, floor: float) -> np.ndarray:
    """The inclusion probabilities of `draw_uncertain`: above 0, at most 1, with sum `n` (or all 1)."""
    size = np.full(len(uncertainty), floor / len(uncertainty))
    total = uncertainty.sum()
    size += (1 - floor) * (uncertainty / total if total > 0 else 1 / len(uncertainty))
    if n >= len(size):
        return np.ones(len(size))
    certain = np.zeros(len(size), bool)
    while True:  # units whose share reaches 1 are taken for certain; the rest share what is left
        chances = np.where(certain, 1.0, size * (n - certain.sum()) / size[~certain].sum())
        if (chances <= 1).all():
            return chances
        certain |= chances > 1


# How the units are found and drawn --------------------------------------------------------------------------


def _units(corpus: Corpus, unit: Unit, speaker: str | None) -> pd.DataFrame:
    """The turns (of one speaker), or the interactions that have any, indexed by the unit's key."""
    turns = corpus.turns[["interaction_id", "turn", "speaker"]]
    if speaker is not None:
        turns = turns[turns["speaker"] == speaker]
    if turns.empty:
        raise CodingError(Fault("the draw", f"no turns of speaker {speaker!r}", "turns to draw from"))
    if unit == "turn":
        return turns[["interaction_id", "turn"]].set_index(["interaction_id", "turn"], drop=False)
    groups = turns.groupby("interaction_id", sort=False)["turn"].agg(list).rename("turns").reset_index()
    return groups.set_index("interaction_id", drop=False)


def _by_unit(values: pd.Series, units: pd.DataFrame, what: str) -> pd.Series:
    aligned = values.reindex(units.index)
    if aligned.isna().any():
        first = units.index[aligned.isna()][0]
        raise CodingError(
            Fault(what, f"none for {first!r} and {int(aligned.isna().sum()) - 1} more", "one for each unit")
        )
    return aligned


def _allocate(
    sizes: pd.Series, n: int, allocation: Literal["equal", "proportional"] | Mapping[str, int]
) -> dict[str, int]:
    """How many units to draw from each stratum: at least one, at most all, `n` together where that can be."""
    if isinstance(allocation, Mapping):
        numbers = {
            str(stratum): min(int(allocation.get(str(stratum), 0)), int(sizes[stratum]))
            for stratum in sizes.index
        }
    else:
        weights = sizes if allocation == "proportional" else sizes * 0 + 1
        numbers = _fill(sizes.to_numpy(), weights.to_numpy(dtype=float), n, sizes.index)
    empty = [stratum for stratum, number in numbers.items() if number < 1]
    if empty:
        advice = "Draw more units, merge strata, or give each stratum a number."
        raise CodingError(
            Fault("the draw", f"nothing from stratum {', '.join(empty)}", "at least one unit of each", advice)
        )
    return numbers


def _fill(sizes: np.ndarray, weights: np.ndarray, n: int, names: pd.Index) -> dict[str, int]:
    """Hand out `n` places one by one to the stratum that is furthest behind its share and has units left."""
    given = np.minimum(1, sizes)
    for _ in range(max(min(n, sizes.sum()) - int(given.sum()), 0)):
        behind = np.where(given < sizes, given / weights, np.inf)
        given[int(behind.argmin())] += 1
    return {str(name): int(number) for name, number in zip(names, given, strict=True)}


def _from_strata(
    units: pd.DataFrame, labels: pd.Series, numbers: Mapping[str, int], seed: int
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    drawn = []
    for stratum, number in numbers.items():
        rows = np.flatnonzero((labels == stratum).to_numpy())
        taken = rng.choice(rows, number, replace=False)
        drawn.append(units.iloc[taken].assign(probability=number / len(rows), stratum=stratum))
    together = pd.concat(drawn)
    return together.iloc[rng.permutation(len(together))]


def _systematic(chances: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rows drawn with exactly these chances: equal steps along the cumulated chances of randomly ordered units."""
    order = rng.permutation(len(chances))
    upto = np.cumsum(chances[order])
    upto[-1] = round(upto[-1])  # the sum is whole but for rounding
    points = rng.random() + np.arange(round(upto[-1]))
    return order[np.searchsorted(upto, points, side="right")]


def _spread(units: pd.DataFrame, chosen: pd.DataFrame, unit: Unit) -> pd.DataFrame:
    """One row a turn of the units chosen, in their order."""
    if unit == "interaction":
        chosen = chosen.explode("turns").rename(columns={"turns": "turn"})
    drawn = chosen.reset_index(drop=True)[list(DRAW_COLUMNS)]
    return drawn.astype({"turn": "int64", "probability": "float64", "stratum": "str"})
