"""An encoder: a small pretrained language model that was adapted to a guide's steps, as a further opinion for a second reader.

Its file holds only what was learnt: low-rank changes of the model's layers, a last layer and a card. The model itself
(all-MiniLM-L6-v2, Apache licence) comes with the extra `encoder`. How it is trained is in `adapting`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from stepmark.annotate.card import EncoderTrial
from stepmark.annotate.encoder_network import Network, Said, not_installed
from stepmark.errors import Fault, InputError

__all__ = ["SUFFIX", "Encoder"]

#: The version of what the network sees of a turn and of how it is built.
VERSION = 2
SUFFIX = ".encoder.safetensors"


@dataclass(frozen=True, eq=False)
class Encoder:
    """A language model that was adapted to the steps of a guide.

    Attributes
    ----------
    guide
        Name and version of the guide.
    speakers
        By step, whose turns can show it.
    card
        How right it alone is on each step, in interactions that were kept from its training.
    about, sources, source_weights, n_turns, n_interactions, n_tried, epochs, seed, made_with
        What it was trained on and with; `n_tried` of the turns were kept from training, for the card.
    weights
        What was learnt, by name.
    """

    guide: str
    speakers: dict[str, str]
    card: tuple[EncoderTrial, ...] = field(repr=False)
    about: str
    sources: dict[str, int]
    source_weights: dict[str, float]
    n_turns: int
    n_interactions: int
    n_tried: int
    epochs: int
    seed: int
    made_with: dict[str, str]
    weights: dict[str, np.ndarray] = field(repr=False)

    @cached_property
    def _network(self) -> Network:
        return Network(len(self.speakers), self.weights)

    def __getstate__(self) -> dict[str, Any]:
        """Without the network, which every process builds for itself."""
        return {name: value for name, value in self.__dict__.items() if name != "_network"}

    def opinions(self, said: Said, asked: Sequence[int]) -> list[dict[str, float]]:
        """How likely each step is that the speaker can show, in some turns of an interaction, each given those before it."""
        rows = self._network.probabilities([self._network.tokens(said[: at + 1]) for at in asked])
        return [
            {
                step: float(probability)
                for (step, who), probability in zip(self.speakers.items(), row, strict=True)
                if who in ("any", said[at][0])
            }
            for at, row in zip(asked, rows, strict=True)
        ]

    def save(self, path: str | Path) -> Path:
        """Write the encoder in the form of the package safetensors; returns the path."""
        from safetensors.numpy import save_file

        plain = {name: value for name, value in asdict(self).items() if name != "weights"}
        card = json.dumps({"version": VERSION, **plain}, ensure_ascii=False)
        save_file(dict(sorted(self.weights.items())), Path(path), metadata={"encoder": card})
        return Path(path)

    @classmethod
    def load(cls, path: str | Path) -> Encoder:
        """The encoder that a file holds.

        Raises
        ------
        stepmark.errors.InputError
            If the extra is not installed, there is no such file, or it holds no encoder of this version.
        """
        expected = "an encoder made by `stepmark adapt`"
        try:
            from safetensors import SafetensorError, safe_open
        except ImportError as missing:
            raise InputError(not_installed(missing)) from None
        try:
            with safe_open(path, "numpy") as file:
                plain = json.loads((file.metadata() or {})["encoder"])
                weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
            if (version := plain.pop("version")) != VERSION:
                advice = "Train it again with `stepmark adapt`."
                raise InputError(Fault(str(path), f"version {version}", f"version {VERSION}", advice))
            card = tuple(EncoderTrial(**line) for line in plain.pop("card"))
            return cls(card=card, weights=weights, **plain)
        except FileNotFoundError:
            raise InputError(Fault(str(path), "no such file", expected)) from None
        except (SafetensorError, KeyError, TypeError, ValueError, OSError):
            raise InputError(Fault(str(path), "holds no encoder", expected)) from None
