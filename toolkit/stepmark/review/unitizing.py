"""How well two coders agree on where a step is said: exact spans, overlapping spans, and the unitizing alpha.

The unitizing alpha looks at a continuum of `length` characters that each of two coders cuts into units (the spans of one
step) and gaps. Where turns have several pairs of coders, each turn and pair is a stretch of the continuum of its
own; the end of a turn ends a gap. Spans of one coder that overlap are one unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Stretch", "merged", "shared_spans", "unitizing_alpha"]

Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Stretch:
    """What two coders marked in one stretch of text; `group` is the number of its interaction."""

    length: int
    a: Spans
    b: Spans
    group: int = 0


def merged(spans: Spans) -> list[tuple[int, int]]:
    """The spans in order, overlapping ones made one."""
    united: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if united and start < united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((start, end))
    return united


def shared_spans(a: Spans, b: Spans) -> tuple[int, int]:
    """How many spans of both coders together have an equal one, and how many an overlapping one, at the other's."""
    exact = 2 * len(set(a) & set(b))
    touch = sum(any(s < f and e < t for e, f in other) for one, other in ((a, b), (b, a)) for s, t in one)
    return exact, touch


def unitizing_alpha(stretches: Sequence[Stretch], weights: np.ndarray | None = None) -> np.ndarray:
    """Krippendorff's unitizing alpha of one step for two coders, one value a resample.

    Parameters
    ----------
    stretches
        What the two marked.
    weights
        One row a resample, one column an interaction: how often it was drawn. None: once each, one value.

    Returns
    -------
    ndarray
        1 for the same units, 0 for what chance gives; NaN where nobody marked a unit.

    Notes
    -----
    Krippendorff (1995), "On the reliability of unitizing continuous data", Sociological Methodology 25, 47-76; the
    formulas for observed and expected disagreement as in Krippendorff (2004), "Measuring the reliability of qualitative
    text analysis data", Quality & Quantity 38, 787-800, with m = 2.
    """
    groups = np.array([stretch.group for stretch in stretches])
    if weights is None:
        weights = np.ones((1, groups.max(initial=0) + 1))
    observed = np.array([_observed(stretch) for stretch in stretches])
    lengths = np.array([stretch.length for stretch in stretches], float)
    units, gaps = _segments(stretches)
    by_stretch = weights[:, groups]
    total = by_stretch @ lengths
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1 - (by_stretch @ observed) / (2 * total**2) / _expected(units, gaps, weights, total)


def _observed(stretch: Stretch) -> float:
    """The sum of squared differences over all pairs of segments of the two coders, both ways round."""
    a, b = merged(stretch.a), merged(stretch.b)
    squared = 0.0
    for s, t in a:
        overlapping = [(e, f) for e, f in b if s < f and e < t]
        squared += sum((s - e) ** 2 + (t - f) ** 2 for e, f in overlapping) if overlapping else (t - s) ** 2
    squared += sum((f - e) ** 2 for e, f in b if not any(s < f and e < t for s, t in a))
    return 2 * squared


def _segments(stretches: Sequence[Stretch]) -> tuple[np.ndarray, np.ndarray]:
    """Length and interaction of each unit and of each gap, of both coders."""
    units, gaps = [], []
    for stretch in stretches:
        for spans in (stretch.a, stretch.b):
            upto = 0
            for start, end in merged(spans):
                gaps.append((start - upto, stretch.group))
                units.append((end - start, stretch.group))
                upto = end
            gaps.append((stretch.length - upto, stretch.group))
    kept = [(length, group) for length, group in gaps if length > 0]
    return np.array(units, float).reshape(-1, 2), np.array(kept, float).reshape(-1, 2)


def _expected(units: np.ndarray, gaps: np.ndarray, weights: np.ndarray, total: np.ndarray) -> np.ndarray:
    """The disagreement of units and gaps put together at random."""
    length, times = units[:, 0], weights[:, units[:, 1].astype(int)]
    room = _room(length, gaps, weights)
    n_units = times.sum(1, keepdims=True)
    each = (n_units - 1) / 3 * (2 * length**3 - 3 * length**2 + length) + length**2 * room
    above = 2 / total * (times * each).sum(1)
    below = 2 * total * (2 * total - 1) - (times * length * (length - 1)).sum(1)
    return above / below


def _room(length: np.ndarray, gaps: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """In how many places a unit of each length fits into the gaps: the sum of (gap - length + 1) over gaps as long."""
    order = np.argsort(gaps[:, 0])
    sizes, times = gaps[order, 0], weights[:, gaps[order, 1].astype(int)]
    first = np.searchsorted(sizes, length, side="left")
    n_upto = np.pad(np.cumsum(times, 1), ((0, 0), (1, 0)))
    sum_upto = np.pad(np.cumsum(times * sizes, 1), ((0, 0), (1, 0)))
    n_as_long = n_upto[:, -1:] - n_upto[:, first]
    sum_as_long = sum_upto[:, -1:] - sum_upto[:, first]
    return sum_as_long - n_as_long * (length - 1)
