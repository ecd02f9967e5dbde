"""How a second reader scores the turns of one speaker: linear in the features of a turn."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np

from stepmark.annotate.features import features_of_words, plain
from stepmark.annotate.reading import Reading

__all__ = ["UNIT", "Side"]

#: Weights are kept as whole numbers of this size.
UNIT = 0.001


@dataclass(frozen=True)
class Side:
    """How the reader scores the turns of one speaker.

    Attributes
    ----------
    features
        The features that it knows.
    bias
        For each step, the score of a turn with none of them.
    weights
        For each step, what each feature adds, in thousandths, times the feature's strength and divided by the length
        (the root of the sum of squares) of the turn's known features.
    thresholds
        For each step, the score from which a turn shows it.
    """

    features: tuple[str, ...]
    bias: dict[str, float]
    weights: dict[str, tuple[int, ...]]
    thresholds: dict[str, float]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {feature: place for place, feature in enumerate(self.features)}

    @cached_property
    def _matrix(self) -> np.ndarray:
        """Features x steps."""
        columns = [np.asarray(self.weights[step], dtype=np.float32) for step in self.bias]
        return np.stack(columns, axis=1) * np.float32(UNIT)

    @cached_property
    def _biases(self) -> np.ndarray:
        return np.array(list(self.bias.values()), dtype=np.float32)

    def scores(self, features: Mapping[str, float]) -> dict[str, float]:
        """The score of each step for a turn with these features: near 0 where it is absent, near 1 where it is there."""
        places = self._places
        known = [name for name in features if name in places]
        total = self._biases
        if known:
            x = np.array([features[name] for name in known], dtype=np.float32)
            total = total + (x / np.sqrt(x @ x)) @ self._matrix[[places[name] for name in known]]
        return dict(zip(self.bias, total.tolist(), strict=True))

    def laid_out(self, features: Sequence[str], steps: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """(weights: steps x features, biases: steps) for features and steps in another order; 0 for those that it does not know."""
        weights, biases = np.zeros((len(steps), len(features))), np.zeros(len(steps))
        known = [(at, self._places[name]) for at, name in enumerate(features) if name in self._places]
        to, come_from = np.array(known, dtype=int).reshape(-1, 2).T
        for row, step in enumerate(steps):
            if step in self.bias:
                weights[row, to] = np.asarray(self.weights[step])[come_from] * UNIT
                biases[row] = self.bias[step]
        return weights, biases

    def only(self, steps: Collection[str]) -> Side:
        """The same for some of its steps."""
        kept = [step for step in self.bias if step in steps]
        bias, weights, thresholds = (
            {step: each[step] for step in kept} for each in (self.bias, self.weights, self.thresholds)
        )
        return Side(self.features, bias, weights, thresholds)  # type: ignore[arg-type]

    def telling_sentence(self, step: str, reading: Reading) -> tuple[int, int]:
        """Where (tokens) the sentence begins and ends whose own words speak most for a step; of equals the first."""
        weights, places = self.weights[step], self._places

        def speaks(ends: tuple[int, int]) -> float:
            own = dict(features_of_words(plain(reading.words[slice(*ends)])))
            return sum(weights[places[name]] * x for name, x in own.items() if name in places)

        return max(_sentences(reading), key=lambda ends: (speaks(ends), -ends[0]))


def _sentences(reading: Reading) -> list[tuple[int, int]]:
    """Where (tokens) each sentence begins and ends, without the blanks around it."""
    numbers = reading.sentences
    spoken = [at for at, word in enumerate(reading.words) if not word.isspace()] or [0]
    return [
        (held[0], held[-1] + 1) for _, group in groupby(spoken, numbers.__getitem__) if (held := list(group))
    ]
