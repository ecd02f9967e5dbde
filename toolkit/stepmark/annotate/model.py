"""A learned second reader: for some steps of a guide, a weight for each feature of a turn.

A plain file that a person can read and argue with. How it is trained is in `learning`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stepmark.annotate.context.moment import TurnView
from stepmark.annotate.features import turn_features
from stepmark.annotate.guide import Guide
from stepmark.annotate.reading import Mark
from stepmark.errors import Fault, InputError

__all__ = ["Model", "StepModel", "StepTrial"]


@dataclass(frozen=True)
class StepModel:
    """How the reader decides on one step.

    Attributes
    ----------
    threshold
        The probability from which a turn shows the step, 0 to 1.
    bias
        The log-odds of a turn without any feature.
    weights
        What each feature adds to the log-odds.
    """

    threshold: float
    bias: float
    weights: dict[str, float]

    def probability(self, features: Iterable[str]) -> float:
        """The probability that a turn with these features shows the step, 0 to 1."""
        odds = self.bias + sum(self.weights.get(feature, 0.0) for feature in sorted(features))
        return 1 / (1 + math.exp(-odds)) if odds > -700 else 0.0


@dataclass(frozen=True)
class StepTrial:
    """What cross-validation found for one step: a line of the model's card.

    Attributes
    ----------
    step
        The step.
    support
        How many coded turns show it.
    rules_f1, model_f1
        F1 of the rules, and of the reader on interactions that it was not trained on; None where undefined.
    on
        Whether the reader decides on this step.
    """

    step: str
    support: int
    rules_f1: float | None
    model_f1: float | None
    on: bool


@dataclass(frozen=True)
class Model:
    """A learned second reader for a guide.

    Attributes
    ----------
    name
        Its name; marks that it adds have the source ``model:<name>``.
    guide
        Name and version of the guide it was trained with.
    steps
        The steps on which it decides.
    card
        What cross-validation found for every step of the guide.
    n_turns, n_interactions, seed
        What it was trained on, and with which seed.
    """

    name: str
    guide: str
    steps: dict[str, StepModel]
    card: tuple[StepTrial, ...]
    n_turns: int
    n_interactions: int
    seed: int

    def checked_for(self, guide: Guide) -> Model:
        """Itself, if it was trained with this guide; InputError where it was trained with another."""
        if self.guide != str(guide):
            where, advice = f"model '{self.name}'", "Train it again with `stepmark learn`."
            raise InputError(Fault(where, f"trained with '{self.guide}'", f"the guide '{guide}'", advice))
        return self

    def read_again(
        self,
        guide: Guide,
        views: Sequence[TurnView],
        every: Sequence[Sequence[Mark]],
        merged: Sequence[list[Mark]],
    ) -> list[list[Mark]]:
        """The marks of an interaction after a second reading: some are taken away, some added over the whole turn."""
        return [self._turn(guide, views, every, at, merged[at]) for at in range(len(views))]

    def _turn(
        self,
        guide: Guide,
        views: Sequence[TurnView],
        every: Sequence[Sequence[Mark]],
        at: int,
        marks: list[Mark],
    ) -> list[Mark]:
        reading, speaker = views[at].reading, views[at].speaker
        if not reading.orths:
            return marks
        features = turn_features(views, every, at)
        kept = marks
        for step, reader in self.steps.items():
            if guide.step(step).speaker not in ("any", speaker):
                continue
            shows = reader.probability(features) >= reader.threshold
            marked = any(mark.step == step for mark in kept)
            if marked and not shows:
                kept = [mark for mark in kept if mark.step != step]
            elif shows and not marked:
                last = len(reading.orths)
                kept = [*kept, Mark(step, *reading.chars(0, last), 0, last, 0, f"model:{self.name}")]
        return sorted(kept, key=lambda mark: (mark.start_char, mark.end_char, mark.step))

    def save(self, path: str | Path) -> Path:
        """Write the reader as JSON; returns the path."""
        path = Path(path)
        path.write_text(
            json.dumps(asdict(self), indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8"
        )
        return path

    @classmethod
    def load(cls, path: str | Path | Model) -> Model:
        """The reader that a file holds.

        Raises
        ------
        stepmark.errors.InputError
            If the file is not there or holds no reader.
        """
        if isinstance(path, Model):
            return path
        try:
            return cls._from_plain(json.loads(Path(path).read_text("utf-8")))
        except OSError:
            raise InputError(Fault(str(path), "no such file", "a reader made by `stepmark learn`")) from None
        except (ValueError, KeyError, TypeError):
            raise InputError(
                Fault(str(path), "holds no reader", "a reader made by `stepmark learn`")
            ) from None

    @classmethod
    def _from_plain(cls, raw: dict[str, Any]) -> Model:
        steps = {step: StepModel(**value) for step, value in raw.pop("steps").items()}
        card = tuple(StepTrial(**line) for line in raw.pop("card"))
        return cls(steps=steps, card=card, **raw)
