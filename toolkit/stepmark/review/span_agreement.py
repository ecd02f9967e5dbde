"""How well coders agree on the words that show a step, for each step."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from stepmark.review.additive import Additive, interval, ratio
from stepmark.review.coded import first_decisions
from stepmark.review.unitizing import Stretch, shared_spans, unitizing_alpha

__all__ = ["span_measures", "stretches_of"]


def span_measures(
    codes: pd.DataFrame,
    spans: pd.DataFrame,
    turns: pd.DataFrame,
    groups: pd.Index,
    weights: np.ndarray,
    conf_level: float,
) -> list[tuple[str, str, str, float, float, float, int, int]]:
    """The rows of an agreement table for spans: `span_exact`, `span_overlap`, `alpha_unitizing` of each step.

    Parameters
    ----------
    codes
        Tells which coders decided on which turn and step.
    spans
        What they marked, with source ``human:<coder>``.
    turns
        The turns table.
    groups
        The interactions, in the order of the columns of `weights`.
    weights
        One row a resample: how often each interaction was drawn.
    conf_level
        Coverage of the intervals.
    """
    rows = []
    for step, stretches in stretches_of(codes, spans, turns, groups).items():
        group = np.array([stretch.group for stretch in stretches])
        n_with = len(set(group.tolist()))
        shared = np.array([shared_spans(stretch.a, stretch.b) for stretch in stretches], float)
        n_spans = np.array([len(stretch.a) + len(stretch.b) for stretch in stretches], float)
        for name, above in (("span_exact", shared[:, 0]), ("span_overlap", shared[:, 1])):
            measure: Additive = ratio(above, n_spans, group, len(groups))
            low, high = interval(measure, weights, conf_level)
            rows.append(("coders", step, name, measure.estimate, low, high, int(n_spans.sum()), n_with))
        estimate = float(unitizing_alpha(stretches)[0]) if n_spans.sum() else float("nan")
        low, high = (
            _alpha_interval(stretches, weights, conf_level)
            if n_with > 1 and n_spans.sum()
            else (np.nan, np.nan)
        )
        rows.append(("coders", step, "alpha_unitizing", estimate, low, high, int(n_spans.sum()), n_with))
    return rows


def stretches_of(
    codes: pd.DataFrame, spans: pd.DataFrame, turns: pd.DataFrame, groups: pd.Index
) -> dict[str, list[Stretch]]:
    """For each step, what each pair of coders marked in each turn that both decided on."""
    number = {interaction_id: i for i, interaction_id in enumerate(groups)}
    length = dict(
        zip(zip(turns["interaction_id"], turns["turn"], strict=True), turns["text"].str.len(), strict=True)
    )
    marked: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
    people = spans[spans["source"].str.startswith("human:")]
    names = people["source"].str.removeprefix("human:")
    where = zip(people["interaction_id"], people["turn"], people["step"], names, strict=True)
    for key, start, end in zip(where, people["start_char"], people["end_char"], strict=True):
        marked.setdefault(key, []).append((int(start), int(end)))
    first = first_decisions(codes)
    found: dict[str, list[Stretch]] = {}
    for (interaction_id, turn, step), coders in first.groupby(["interaction_id", "turn", "step"])["coder"]:
        for a, b in combinations(sorted(set(coders)), 2):
            one, other = (marked.get((interaction_id, turn, step, coder), []) for coder in (a, b))
            stretch = Stretch(int(length[interaction_id, turn]), one, other, number[interaction_id])
            found.setdefault(str(step), []).append(stretch)
    return found


def _alpha_interval(stretches: list[Stretch], weights: np.ndarray, conf_level: float) -> tuple[float, float]:
    estimates = unitizing_alpha(stretches, weights)
    tail = (1 - conf_level) / 2
    low, high = np.nanquantile(estimates, [tail, 1 - tail])
    return float(low), float(high)
