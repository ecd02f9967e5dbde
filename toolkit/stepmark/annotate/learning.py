"""Training a second reader from people's codes, with figures that come from interactions it has not seen.

For each step a logistic regression on the features of a turn (`features`). Its threshold is chosen, and it is compared
with the rules, out of fold; folds never split an interaction, and the choice of the threshold is nested in them.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stepmark.annotate.features import turn_features
from stepmark.annotate.gold import CodedTurn
from stepmark.annotate.guide import Guide
from stepmark.annotate.marker import Marker
from stepmark.annotate.model import Model, StepModel, StepTrial
from stepmark.annotate.scores import coded_turns, with_context
from stepmark.annotate.step import Step
from stepmark.errors import Fault, InputError

if TYPE_CHECKING:
    import pandas as pd

    from stepmark.corpus import Corpus

__all__ = ["learn"]

#: How many turns must show a step before a reader is tried for it.
LEAST_SUPPORT = 15
#: By how much F1 out of fold must beat the rules.
LEAST_GAIN = 0.01
FOLDS = 5
#: In how many turns a feature must occur.
LEAST_TURNS = 3
#: Weights smaller than this are left out of the file.
NEGLIGIBLE = 0.01
THRESHOLDS = np.round(np.arange(0.1, 0.91, 0.05), 2)


def learn(
    gold: str | Path | Sequence[CodedTurn] | pd.DataFrame,
    guide: Guide | str | Path = "difficult-customers",
    *,
    corpus: Corpus | pd.DataFrame | None = None,
    name: str = "second-reader",
    seed: int = 0,
) -> Model:
    """Train a second reader for the steps where it beats the rules.

    Parameters
    ----------
    gold
        A gold file, coded turns, or a codes table (then with its `corpus`).
    guide
        The guide whose steps it reads.
    corpus
        The corpus that a codes table belongs to.
    name
        Its name, for the `source` of its marks.
    seed
        Of the folds.

    Returns
    -------
    Model
        Decides on a step only where its F1, on interactions that it was not trained on, beats the rules' by at least
        0.01. The rules' F1 is flattered where they were written on the same turns: then fewer steps are switched on.
    """
    guide = Guide.load(guide)
    turns = list(coded_turns(gold, corpus))
    groups = np.unique([turn.interaction for turn in turns], return_inverse=True)[1]
    if groups.max() + 1 < FOLDS:
        found = f"{groups.max() + 1} coded interactions"
        raise InputError(Fault("learn", found, f"{FOLDS} or more, so that it can be tried on others"))
    features, marked = _read(turns, guide)
    trials = [_Trial(turns, features, marked, groups, step, seed).run() for step in guide.steps]
    steps = {trial.step: model for trial, model in trials if model is not None}
    card = tuple(trial for trial, _ in trials)
    return Model(name, str(guide), steps, card, len(turns), int(groups.max()) + 1, seed)


def _read(turns: Sequence[CodedTurn], guide: Guide) -> tuple[list[frozenset[str]], list[frozenset[str]]]:
    """For each coded turn: its features, and the steps that the rules mark."""
    marker = Marker(guide)
    features, marked = [], []
    for turn in turns:
        views, marks = marker.mark_views(with_context(turn))
        features.append(turn_features(views, marks, len(views) - 1))
        marked.append(frozenset(mark.step for mark in marks[-1]))
    return features, marked


class _Trial:
    """One step tried out of fold."""

    def __init__(
        self, turns: Sequence[CodedTurn], features: list[frozenset[str]], marked: list[frozenset[str]],
        groups: np.ndarray, step: Step, seed: int,
    ) -> None:  # fmt: skip
        asked = [
            i for i, turn in enumerate(turns)
            if step.speaker in ("any", turn.speaker) and (turn.coded is None or step.id in turn.coded)
        ]  # fmt: skip
        self.step = step
        self.seed = seed
        self.features = [features[i] for i in asked]
        self.coded = np.array([step.id in turns[i].codes for i in asked], dtype=bool)
        self.marked = np.array([step.id in marked[i] for i in asked], dtype=bool)
        self.groups = groups[asked]

    def run(self) -> tuple[StepTrial, StepModel | None]:
        """What was found, and the reader where it is switched on."""
        support = int(self.coded.sum())
        rules = _f1(self.coded, self.marked)
        if support < LEAST_SUPPORT or support == len(self.coded) or len(np.unique(self.groups)) < FOLDS:
            return StepTrial(self.step.id, support, rules, None, on=False), None
        matrix, names = _matrix(self.features)
        decided = self._out_of_fold(matrix)
        found = _f1(self.coded, decided)
        on = found is not None and found >= (rules or 0.0) + LEAST_GAIN
        trial = StepTrial(self.step.id, support, rules, found, on=on)
        return trial, self._final(matrix, names) if on else None

    def _folds(self, rows: np.ndarray) -> Any:
        from sklearn.model_selection import StratifiedGroupKFold

        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=self.seed)
        with warnings.catch_warnings():  # a rare step may be absent from a fold, which is no fault here
            warnings.filterwarnings("ignore", category=UserWarning)
            yield from folds.split(rows, self.coded[rows], self.groups[rows])

    def _out_of_fold(self, matrix: Any) -> np.ndarray:
        """Decisions on each turn by a reader, and with a threshold, that knew nothing of its interaction."""
        decided = np.zeros(len(self.coded), dtype=bool)
        everything = np.arange(len(self.coded))
        for train, test in self._folds(everything):
            threshold = self._threshold(matrix, train)
            decided[test] = self._fit(matrix, train).predict_proba(matrix[test])[:, 1] >= threshold
        return decided

    def _threshold(self, matrix: Any, rows: np.ndarray) -> float:
        """The threshold with the best F1 on probabilities out of fold within some rows; of equals the highest."""
        probability = np.zeros(len(rows))
        for train, test in self._folds(rows):
            probability[test] = self._fit(matrix, rows[train]).predict_proba(matrix[rows[test]])[:, 1]
        scores = [_f1(self.coded[rows], probability >= threshold) or 0.0 for threshold in THRESHOLDS]
        return float(THRESHOLDS[max(range(len(scores)), key=lambda place: (scores[place], place))])

    def _fit(self, matrix: Any, rows: np.ndarray) -> Any:
        from sklearn.dummy import DummyClassifier
        from sklearn.linear_model import LogisticRegression

        if self.coded[rows].all() or not self.coded[rows].any():
            return (
                _Never()
                if not self.coded[rows].any()
                else DummyClassifier().fit(matrix[rows], self.coded[rows])
            )
        model = LogisticRegression(C=1.0, class_weight="balanced", solver="liblinear", random_state=self.seed)
        return model.fit(matrix[rows], self.coded[rows])

    def _final(self, matrix: Any, names: list[str]) -> StepModel:
        everything = np.arange(len(self.coded))
        fitted = self._fit(matrix, everything)
        weights = {
            name: round(float(weight), 4)
            for name, weight in zip(names, fitted.coef_[0], strict=True) if abs(weight) >= NEGLIGIBLE
        }  # fmt: skip
        return StepModel(self._threshold(matrix, everything), round(float(fitted.intercept_[0]), 4), weights)


class _Never:
    """The reader of a part in which nobody showed the step."""

    def predict_proba(self, matrix: Any) -> np.ndarray:
        return np.zeros((matrix.shape[0], 2))


def _matrix(features: list[frozenset[str]]) -> tuple[Any, list[str]]:
    """Turns x features (sparse), for features that enough turns have; and the names of the features."""
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(analyzer=sorted, min_df=LEAST_TURNS, binary=True)
    matrix = vectorizer.fit_transform(features)
    return matrix.tocsr().astype(float), vectorizer.get_feature_names_out().tolist()


def _f1(coded: np.ndarray, found: np.ndarray) -> float | None:
    total = int(coded.sum() + found.sum())
    return 2 * int((coded & found).sum()) / total if total else None
