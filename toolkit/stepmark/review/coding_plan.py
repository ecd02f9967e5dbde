"""Who codes what: planned before the first turn is coded."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations, cycle

import numpy as np
import pandas as pd

from stepmark.errors import CodingError, Fault

__all__ = ["CodingPlan", "plan_coding"]


@dataclass(frozen=True, eq=False)
class CodingPlan:
    """Which coder codes which of `n` units.

    Attributes
    ----------
    n
        How many units (interactions or turns) are coded.
    coders
        Who codes.
    assignments
        One row a unit and coder: `unit` (0 to n-1), `coder`, `shared` (whether others code it too).
    """

    n: int
    coders: tuple[str, ...]
    assignments: pd.DataFrame

    def __repr__(self) -> str:
        loads = self.assignments["coder"].value_counts()
        each = ", ".join(f"{coder} {loads.get(coder, 0)}" for coder in self.coders)
        shared = self.assignments.loc[self.assignments["shared"], "unit"].nunique()
        return f"CodingPlan({self.n} units, {shared} of them shared: {each})"

    def part(self, draw: pd.DataFrame, coder: str, *, unit: str = "interaction") -> pd.DataFrame:
        """The rows of a draw that `coder` codes, in the draw's order; give it to `Session` as its `draw`.

        Who codes a unit does not depend on what is in it, so the probabilities stay those of the draw.
        """
        if coder not in self.coders:
            raise CodingError(Fault("coder", repr(coder), ", ".join(self.coders)))
        keys = ["interaction_id"] if unit == "interaction" else ["interaction_id", "turn"]
        numbers = draw.groupby(keys, sort=False).ngroup()
        if numbers.max() + 1 != self.n:
            raise CodingError(
                Fault(
                    "the draw",
                    f"{numbers.max() + 1} units",
                    f"{self.n}, as planned",
                    "Plan for as many as are drawn.",
                )
            )
        mine = self.assignments.loc[self.assignments["coder"] == coder, "unit"]
        return draw[numbers.isin(mine)].reset_index(drop=True)


def plan_coding(
    n: int,
    coders: list[str] | tuple[str, ...],
    overlap: float = 0.1,
    *,
    coders_per_unit: int = 2,
    seed: int = 0,
) -> CodingPlan:
    """A plan that gives each unit to one coder and a random share of them to several.

    Parameters
    ----------
    n
        How many units are coded.
    coders
        Who codes; at least as many as `coders_per_unit` where there is overlap.
    overlap
        Share of the units that several people code (rounded up), from 0 to 1: those on which agreement is measured.
    coders_per_unit
        By how many people a shared unit is coded.
    seed
        Seed of the draw of the shared units and of the order.

    Returns
    -------
    CodingPlan
        Loads differ by at most one unit where all pairs of coders share equally often.

    Examples
    --------
    >>> plan_coding(100, ["ana", "ben"], overlap=0.2)
    CodingPlan(100 units, 20 of them shared: ana 60, ben 60)
    """
    _check(n, coders, overlap, coders_per_unit)
    rng = np.random.default_rng(seed)
    order = rng.permutation(n)
    n_shared = math.ceil(overlap * n)
    teams = cycle([tuple(team) for team in combinations(coders, coders_per_unit)])
    rows = [(int(unit), coder, True) for unit in order[:n_shared] for coder in next(teams)]
    load = dict.fromkeys(coders, 0)
    for _, coder, _ in rows:
        load[coder] += 1
    for unit in order[n_shared:]:
        coder = min(coders, key=lambda name: load[name])
        load[coder] += 1
        rows.append((int(unit), coder, False))
    table = pd.DataFrame(rows, columns=["unit", "coder", "shared"])
    return CodingPlan(n, tuple(coders), table.sort_values(["unit", "coder"], ignore_index=True))


def _check(n: int, coders: list[str] | tuple[str, ...], overlap: float, coders_per_unit: int) -> None:
    faults = []
    if n < 1:
        faults.append(Fault("n", str(n), "1 or more"))
    if not coders or len(set(coders)) != len(coders):
        faults.append(Fault("coders", repr(list(coders)), "names, each once"))
    if not 0 <= overlap <= 1:
        faults.append(Fault("overlap", repr(overlap), "a share from 0 to 1"))
    if coders_per_unit < 2 or (overlap > 0 and coders_per_unit > len(coders)):
        faults.append(
            Fault("coders_per_unit", str(coders_per_unit), f"from 2 to the number of coders, {len(coders)}")
        )
    if faults:
        raise CodingError(faults)
