"""Training a second reader from people's codes, with figures that come from interactions it has not seen.

For each step a ridge regression of the codes on the features of a turn (`features`), by speaker. Thresholds are chosen,
and rules alone are compared with rules and reader together, out of fold; folds never split an interaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stepmark.annotate.card import StepTrial
from stepmark.annotate.features import turn_features
from stepmark.annotate.gold import CodedTurn, groups_of, sources_of
from stepmark.annotate.guide import Guide
from stepmark.annotate.lessons import Lessons, decisions_on, lessons_of
from stepmark.annotate.marker import Marker
from stepmark.annotate.model import RULE_BONUS, Model, fingerprint
from stepmark.annotate.reading import Mark
from stepmark.annotate.scores import read_ahead
from stepmark.annotate.side import UNIT, Side
from stepmark.annotate.step import Step
from stepmark.annotate.thresholds import best_thresholds, chosen_out_of_fold
from stepmark.annotate.vocabulary import Vocabulary, names_in
from stepmark.errors import Fault, InputError

if TYPE_CHECKING:
    import pandas as pd

    from stepmark.corpus import Corpus

__all__ = ["learn"]

#: Precision, recall and F1; None where undefined.
Scores = tuple[float | None, float | None, float | None]

#: How many turns must show a step before a reader is tried for it.
LEAST_SUPPORT = 15
#: By how much F1 of both together must beat the rules' out of fold.
LEAST_GAIN = 0.01
FOLDS = 5
#: The penalty on the sum of squared weights; rows have length 1.
PENALTY = 0.4


def learn(
    gold: str | Path | Sequence[CodedTurn] | pd.DataFrame,
    guide: Guide | str | Path = "difficult-customers",
    *,
    unseen: str | Path | Sequence[CodedTurn] | None = None,
    weights: Mapping[str, float] | None = None,
    corpus: Corpus | pd.DataFrame | None = None,
    least_elsewhere: int = 4,
    begin: Model | str | Path | None = None,
    name: str = "second-reader",
    about: str = "",
    seed: int = 0,
) -> Model:
    """Train a second reader for the steps where it helps the rules.

    Parameters
    ----------
    gold
        A gold file, coded turns, or a codes table (then with its `corpus`).
    guide
        The guide whose steps it reads.
    unseen
        Further coded turns, on which no rule was written: a gold file, or turns. There the rules are as right as on
        anybody's, so that the trial asks these alone, where there are some.
    weights
        How many times a turn of a source counts, in training and for thresholds; 1 where a source is not named.
    corpus
        The corpus that a codes table belongs to.
    least_elsewhere
        A mark of the rules in a turn of `gold` counts only if its pattern also marks turns of so many other coded
        interactions: a pattern that was written for one of these turns proves nothing. 0 where none was.
    begin
        A reader to begin from, its file, or a shipped one's name: what it has learnt holds until the turns speak against it,
        so that few of one's own suffice. Turns that it was trained on would flatter both. Steps that fewer than 15 turns
        show are decided as it decides them.
    name
        Its name, for the `source` of its marks.
    about
        Where the coded turns come from, in words, for its card.
    seed
        Of the folds.

    Returns
    -------
    Model
        Decides on a step only where F1 of rules and reader together beats the rules' by at least 0.01, on interactions
        that the reader was not trained on.

    Raises
    ------
    stepmark.errors.InputError
        Where there are too few interactions, a weight means nothing, or `begin` shares no step with the guide.

    Notes
    -----
    Scores are linear: ridge regression of 0/1 codes (Hoerl and Kennard 1970; as a classifier, Rifkin and others 2003) on
    the words alone, so that rules which flatter themselves on the coded turns cannot silence them. A mark of the rules
    adds a fixed 0.3. A threshold is that with the best F1 out of fold, drawn towards the best common one; for the card it
    is chosen without the fold that is judged. With `begin`, weights are drawn towards that reader's and not towards 0, as
    Chelba and Acero (2006) adapt a classifier to another domain.
    """
    guide = Guide.load(guide)
    beginning = None if begin is None else _beginning(Model.load(begin), guide)
    lessons = lessons_of(gold, unseen, weights or {}, corpus)
    task = _Task(lessons, guide, seed, least_elsewhere, beginning)
    scores = task.out_of_fold() + RULE_BONUS * task.marked
    both = chosen_out_of_fold(scores, task.folds, lambda rows: task.thresholds(scores, rows))
    card = tuple(task.trial(place, both) for place in range(len(guide.steps)))
    on = frozenset(trial.step for trial in card if trial.on)
    chosen = np.where([trial.on for trial in card], both, task.marked)
    return Model(
        name=name,
        guide=str(guide),
        guide_fingerprint=fingerprint(guide),
        sides=task.sides(on, task.thresholds(scores, task.rows)),
        card=card,
        about=about,
        sources=sources_of(lessons.turns),
        n_turns=len(lessons.turns),
        n_unseen=int(lessons.unseen.sum()),
        n_interactions=task.n_interactions,
        weights=dict(sorted((weights or {}).items())),
        begun_from="" if beginning is None else f"{beginning.name} ({beginning.n_turns:,} coded turns)",
        seed=seed,
        rules_micro_f1=task.agreement(task.marked)[2],
        micro_f1=task.agreement(chosen)[2],
        made_with={package: version(package) for package in ("stepmark", "numpy", "scikit-learn", "spacy")},
    )


class _Task:
    """Coded turns as arrays: turns x steps."""

    def __init__(
        self, lessons: Lessons, guide: Guide, seed: int, least_elsewhere: int, beginning: Model | None = None
    ) -> None:
        turns = lessons.turns
        groups = groups_of(turns)
        self.n_interactions = int(groups.max()) + 1
        if self.n_interactions < FOLDS:
            found = f"{self.n_interactions} coded interactions"
            raise InputError(Fault("learn", found, f"{FOLDS} or more, so that it can be tried on others"))
        steps = guide.steps
        self.guide, self.groups, self.weights, self.judged = guide, groups, lessons.weights, lessons.judged
        self.rows = np.arange(len(turns))
        self.features, marks, self.names = _read(turns, guide)
        marked = _supported(marks, groups, np.where(lessons.unseen, 0, least_elsewhere))
        self.coded, self.asked = decisions_on(turns, steps)
        self.marked = self.asked & [[step.id in found for step in steps] for found in marked]
        self.folds = _folds(groups, seed)
        self.begun = {} if beginning is None else beginning.sides
        support = (self.coded & self.asked)[self.judged].sum(axis=0)
        #: The thresholds of steps that are decided as before, for want of turns; missing for the others.
        self.held = np.array(
            [
                _threshold(self.begun, step) if n < LEAST_SUPPORT else np.nan
                for step, n in zip(steps, support, strict=True)
            ]
        )

    def out_of_fold(self) -> np.ndarray:
        """The score of each turn by a reader that was trained on other interactions; -inf where nothing was asked."""
        scores = np.full(self.coded.shape, -np.inf)
        for fold in range(FOLDS):
            test = self.rows[self.folds == fold]
            for who, places in self.speakers():
                train = self.rows[(self.folds != fold) & self.asked[:, places].any(axis=1)]
                vocabulary = self.vocabulary(train, who)
                matrix = vocabulary.matrix([self.features[row] for row in test])
                for group, weights, bias in self.fits(vocabulary, train, places, who):
                    scores[np.ix_(test, group)] = matrix @ weights.T + bias
        return np.where(self.asked, scores, -np.inf)

    def speakers(self) -> Iterator[tuple[str, np.ndarray]]:
        """(speaker, places of the steps that their turns can show)."""
        whose = np.array([step.speaker for step in self.guide.steps])
        for who in sorted(set(whose.tolist())):
            taught = (self.coded & self.asked).any(axis=0) | (self.asked.any(axis=0) & ~np.isnan(self.held))
            places = np.flatnonzero((whose == who) & taught)
            if len(places):
                yield who, places

    def vocabulary(self, rows: np.ndarray, who: str) -> Vocabulary:
        """The features that enough interactions among some turns share, and those that the beginning knows of a speaker."""
        known = self.begun[who].features if who in self.begun else ()
        return Vocabulary.of([self.features[row] for row in rows], self.groups[rows], self.names, known)

    def fits(
        self, vocabulary: Vocabulary, rows: np.ndarray, places: np.ndarray, who: str
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """(places of steps, weights: steps x features, biases), for groups of steps that were asked of the same turns."""
        from sklearn.linear_model import Ridge

        patterns, which = np.unique(self.asked[np.ix_(rows, places)], axis=1, return_inverse=True)
        for number in range(patterns.shape[1]):
            group, own = places[which.ravel() == number], rows[patterns[:, number]]
            matrix = vocabulary.matrix([self.features[row] for row in own])
            codes = self.coded[np.ix_(own, group)].astype(float)
            begun = self.begun.get(who, Side((), {}, {}, {}))
            weights, bias = begun.laid_out(
                vocabulary.features, [self.guide.steps[place].id for place in group]
            )
            if len(own):
                left = codes - (matrix @ weights.T + bias)
                fitted = Ridge(PENALTY, solver="sparse_cg", tol=1e-6).fit(matrix, left, self.weights[own])
                weights, bias = weights + np.atleast_2d(fitted.coef_), bias + np.atleast_1d(fitted.intercept_)
            yield group, weights, bias

    def thresholds(self, scores: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """For each step the threshold that some turns ask for, or that of before where they are too few."""
        best = best_thresholds(scores[rows], self.coded[rows], self.asked[rows], self.weights[rows])
        return np.where(np.isnan(self.held), best, self.held)

    def agreement(self, found: np.ndarray, place: int | slice = slice(None)) -> Scores:
        """(precision, recall, F1) of decisions, on all steps or one, in the turns that judge."""
        coded, found = (self.coded & self.asked)[self.judged, place], found[self.judged, place]
        right, n_found, n_coded = int((coded & found).sum()), int(found.sum()), int(coded.sum())
        return _ratio(right, n_found), _ratio(right, n_coded), _ratio(2 * right, n_found + n_coded)

    def trial(self, place: int, both: np.ndarray) -> StepTrial:
        """What was found for one step."""
        support = int((self.coded & self.asked)[self.judged, place].sum())
        rules = self.agreement(self.marked, place)
        tried = support >= LEAST_SUPPORT
        found: Scores = self.agreement(both, place) if tried else (None, None, None)
        helps = (found[2] or 0.0) >= (rules[2] or 0.0) + LEAST_GAIN
        on = helps if tried else not bool(np.isnan(self.held[place]))
        return StepTrial(self.guide.steps[place].id, support, *rules, *found, on=on)

    def sides(self, on: frozenset[str], thresholds: np.ndarray) -> dict[str, Side]:
        """The readers of all coded turns, for the steps that are switched on; where no turn speaks, that of before."""
        sides = {who: side.only(on) for who, side in self.begun.items() if not on.isdisjoint(side.bias)}
        for who, places in self.speakers():
            kept = np.array([place for place in places if self.guide.steps[place].id in on], dtype=int)
            if len(kept):
                rows = self.rows[self.asked[:, kept].any(axis=1)]
                vocabulary = self.vocabulary(rows, who)
                sides[who] = self._side(vocabulary, list(self.fits(vocabulary, rows, kept, who)), thresholds)
        return sides

    def _side(self, vocabulary: Vocabulary, fits: list[Any], thresholds: np.ndarray) -> Side:
        of_step = {
            int(place): (weights[number], float(bias[number]))
            for places, weights, bias in fits for number, place in enumerate(places)
        }  # fmt: skip
        ids = {place: self.guide.steps[place].id for place in sorted(of_step)}
        return Side(
            vocabulary.features,
            {ids[place]: round(of_step[place][1], 4) for place in ids},
            {ids[place]: tuple(np.rint(of_step[place][0] / UNIT).astype(int).tolist()) for place in ids},
            {ids[place]: round(float(thresholds[place]), 4) for place in ids},
        )


def _beginning(model: Model, guide: Guide) -> Model:
    """A reader to begin from, if it decides on a step of this guide."""
    if all(np.isnan(_threshold(model.sides, step)) for step in guide.steps):
        found = f"decides on {', '.join(model.steps) or 'no step'}"
        expected = f"a step of '{guide}' with the same speaker, to begin from"
        raise InputError(Fault(f"model '{model.name}'", found, expected))
    return model


def _threshold(sides: Mapping[str, Side], step: Step) -> float:
    """The threshold of a step in a reader; missing where it does not decide on it for that speaker."""
    side = sides.get(step.speaker)
    return np.nan if side is None else side.thresholds.get(step.id, np.nan)


def _read(
    turns: Sequence[CodedTurn], guide: Guide
) -> tuple[list[dict[str, float]], list[list[Mark]], frozenset[str]]:
    """For each coded turn: its features, and every pattern's marks; and the words that are names."""
    marker = Marker(guide)
    features, found, readings = [], [], []
    for _, said in read_ahead(turns, marker):
        views, marks = marker.mark_views(said)
        shown = [frozenset(mark.step for mark in before) for before in marks[:-1]]
        features.append(turn_features(views, len(views) - 1, shown))
        found.append(marks[-1])
        readings.append(views[-1].reading)
    return features, found, names_in(readings)


def _supported(
    marks: Sequence[Sequence[Mark]], groups: np.ndarray, least: np.ndarray
) -> list[frozenset[str]]:
    """For each turn, the steps marked by a pattern that also marks turns of at least so many other interactions."""
    where: dict[tuple[str, str], set[int]] = {}
    for found, group in zip(marks, groups, strict=True):
        for mark in found:
            where.setdefault((mark.step, mark.source), set()).add(int(group))
    return [
        frozenset(mark.step for mark in found if len(where[mark.step, mark.source]) > elsewhere)
        for found, elsewhere in zip(marks, least.tolist(), strict=True)
    ]


def _folds(groups: np.ndarray, seed: int) -> np.ndarray:
    """The fold of each turn; an interaction is in one fold."""
    drawn = np.random.default_rng(seed).permutation(int(groups.max()) + 1) % FOLDS
    return drawn[groups]


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
