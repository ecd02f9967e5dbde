"""Which features does a second reader know? Those that several interactions share, and that hold nobody's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from stepmark.annotate.reading import Reading

__all__ = ["Vocabulary", "names_in"]

#: In how many interactions a feature must occur, and in one of how many: much talk has many accidents.
LEAST_INTERACTIONS, ONE_IN = 3, 1_000
#: From which share of capitals inside sentences on a word counts as a name.
NAME_SHARE = 0.5


@dataclass(frozen=True)
class Vocabulary:
    """Known features, in alphabetical order."""

    features: tuple[str, ...]

    @classmethod
    def of(
        cls,
        turns: Sequence[Mapping[str, float]],
        groups: Sequence[int] | np.ndarray,
        names: frozenset[str],
        known: Iterable[str] = (),
    ) -> Vocabulary:
        """The features that turns of at least three interactions, and of one in 1,000, share, without those that hold a name.

        Those that are `known` already are among them in any case.
        """
        least = max(LEAST_INTERACTIONS, round(len(set(groups)) / ONE_IN))
        seen = {(feature, int(group)) for turn, group in zip(turns, groups, strict=True) for feature in turn}
        counts = Counter(feature for feature, _ in seen)
        kept = (feature for feature, n in counts.items() if n >= least)
        new = (feature for feature in kept if names.isdisjoint(feature.split()))
        return cls(tuple(sorted({*new, *known})))

    @cached_property
    def _places(self) -> dict[str, int]:
        return {feature: place for place, feature in enumerate(self.features)}

    def matrix(self, turns: Sequence[Mapping[str, float]]) -> Any:
        """Turns x features (sparse), each row of length 1, or of nothing."""
        from scipy.sparse import csr_array
        from sklearn.preprocessing import normalize

        known = [
            sorted((place, x) for name, x in turn.items() if (place := self._places.get(name)) is not None)
            for turn in turns
        ]
        ends = np.cumsum([0, *map(len, known)])
        cells = [cell for row in known for cell in row]
        places, strengths = [place for place, _ in cells], [x for _, x in cells]
        shape = (len(turns), len(self.features))
        raw = csr_array((np.array(strengths, dtype=float), places, ends), shape=shape)
        return normalize(raw) if all(shape) else raw


def names_in(readings: Iterable[Reading]) -> frozenset[str]:
    """The words, lower-cased, that are mostly written with a first capital where no sentence begins."""
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for reading in readings:
        numbers = reading.sentences
        for at, token in enumerate(reading.tokens):
            if at and numbers[at] == numbers[at - 1] and token.isalpha():
                if token.islower():
                    small[token] += 1
                elif len(token) > 1 and token.istitle():
                    capital[token.lower()] += 1
    return frozenset(word for word, n in capital.items() if n > NAME_SHARE * (n + small[word]))
