"""How well the rules read each step, among whom: the table that comes before any corrected estimate."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from stepmark.study.clusters import Clusters
from stepmark.study.correction.sample import FEWEST_POSITIVES, HandSample
from stepmark.study.families import Array
from stepmark.study.models import Model

__all__ = ["rule_check", "weighted_share"]

#: Where the table has it, the check is split by whether the customer was angry before the first reply.
ANGER = "anger_before"


def rule_check(table: pd.DataFrame, model: Model, sample: HandSample) -> pd.DataFrame:
    """Sensitivity and specificity of the rules for each step, overall, by anger and by outcome.

    Returns
    -------
    DataFrame
        One row a step and group: `outcome`, `term`, `group`, `hand_coded`, `hand_coded_positives`, `machine_share` (of all),
        `hand_share`, `sensitivity`, `specificity`, each of the last three with `_low` and `_high`, and `usable` (at
        least twenty hand-coded with and without it, in the group `all`). Shares are weighted by 1/probability;
        intervals are Wilson's with the effective sample size of the clustered, weighted design; missing
        where there is nothing to tell them from.
    """
    clusters = model.sample.groups
    rows = []
    for name, term in sample.terms.items():
        machine = (model.design.term(name).block[:, 0] != 0).astype(float)
        hand = (term.block[:, 0] != 0).astype(float)
        for group, member in _groups(table, model):
            rows.append(
                {
                    "outcome": model.sample.outcome.name,
                    "term": name,
                    "group": group,
                    **_row(machine, hand, member, sample, clusters),
                }
            )
    return pd.DataFrame(rows)


def _row(
    machine: Array, hand: Array, member: np.ndarray, sample: HandSample, clusters: Clusters
) -> dict[str, object]:
    drawn = sample.drawn & member
    weights = np.where(drawn, 1 / np.where(drawn, sample.probability, 1.0), 0.0)
    positives = int(hand[drawn].sum())
    found: dict[str, object] = {
        "hand_coded": int(drawn.sum()),
        "hand_coded_positives": positives,
        "machine_share": float(machine[member].mean()) if member.any() else float("nan"),
    }
    hand = np.where(drawn, hand, 0.0)
    for name, top, bottom in (
        ("hand_share", hand, np.ones_like(hand)),
        ("sensitivity", hand * machine, hand),
        ("specificity", (1 - hand) * (1 - machine), 1 - hand),
    ):
        share, low, high = weighted_share(weights * top, weights * bottom, clusters)
        found |= {name: share, f"{name}_low": low, f"{name}_high": high}
    found["usable"] = min(positives, int(drawn.sum()) - positives) >= FEWEST_POSITIVES
    return found


def weighted_share(top: Array, bottom: Array, clusters: Clusters) -> tuple[float, float, float]:
    """The ratio of two weighted sums with a 95% interval.

    Parameters
    ----------
    top, bottom
        Weighted numerators and denominators of each unit, shape (n,); ``top <= bottom``.
    clusters
        The clusters of the units.

    Returns
    -------
    tuple
        Share, lower and upper bound; Wilson's interval with the effective sample size that the linearised variance
        by cluster implies (Kott & Carr 1997), or Kish's where the share is 0 or 1. All missing without units.
    """
    total = float(bottom.sum())
    if total <= 0:
        return (float("nan"),) * 3
    share = float(top.sum()) / total
    moved = clusters.sum(top - share * bottom) / total
    variance = clusters.count / max(clusters.count - 1, 1) * float(moved @ moved)
    kish = total**2 / float(bottom @ bottom)
    effective = (
        kish if variance <= 0 or share in (0.0, 1.0) else min(share * (1 - share) / variance, 4 * kish)
    )
    low, high = proportion_confint(share * effective, effective, method="wilson")
    return share, float(low), float(high)


def _groups(table: pd.DataFrame, model: Model) -> Iterator[tuple[str, np.ndarray]]:
    """All, calm and angry at the start, and the lower and upper half of the outcome."""
    n, y = model.sample.n, model.sample.y
    yield "all", np.ones(n, dtype=bool)
    if ANGER in table.columns:
        angry = table[ANGER].iloc[model.sample.rows].astype("boolean").fillna(False).to_numpy(dtype=bool)
        if angry.any() and not angry.all():
            yield "angry at the start", angry
            yield "calm at the start", ~angry
    low = y <= np.median(y) if (y > np.median(y)).any() else y < np.median(y)
    if low.any() and not low.all():
        yield "lower outcomes", low
        yield "higher outcomes", ~low
