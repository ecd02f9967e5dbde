"""The same model three times: from hand codes, from rule codes on the hand-coded, and from rule codes on all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from stepmark.study.clusters import Clusters
from stepmark.study.correction.coordinates import Coordinates, coordinates
from stepmark.study.correction.sample import HandSample
from stepmark.study.effects import contrast_average, quantities
from stepmark.study.families import Array, Quantity
from stepmark.study.jackknife import SingularError
from stepmark.study.models import Model
from stepmark.study.newton import Fit, fit
from stepmark.study.statements import Statements
from stepmark.study.terms import Contrast, Term

__all__ = ["Asked", "questions", "three_coordinates", "three_models"]


@dataclass(frozen=True, eq=False)
class Asked:
    """One average effect that is asked of all three fits."""

    term: str
    contrast: int
    quantity: Quantity

    def of(self, model: Model) -> tuple[Term, Contrast]:
        """Its term and contrast in one of the three models."""
        term = model.design.term(self.term)
        return term, term.contrasts[self.contrast]


def three_models(
    model: Model, sample: HandSample, statements: Statements
) -> tuple[Model, Model, Model] | None:
    """The model from hand codes, from rule codes on the hand-coded, and from rule codes on all."""
    terms = tuple(sample.terms.get(term.name, term) for term in model.design.terms)
    hand_design = replace(model.design, terms=terms)
    rows = sample.rows
    weights = model.fit.weights[rows] * sample.weights
    y = model.fit.y if sample.outcome is None else sample.outcome
    hand = _fitted(model, hand_design.take(rows).matrix(), y[rows], weights)
    rule = _fitted(model, model.design.take(rows).matrix(), model.fit.y[rows], weights)
    levels = len(set(model.fit.y))
    complete = model.fit.family.name != "proportional_odds" or all(
        len(set(values)) == levels for values in (y[rows], model.fit.y[rows])
    )
    if not complete or hand is None or rule is None:
        why = (
            "they hold fewer levels of the outcome"
            if not complete
            else "the model has no finite solution on them"
        )
        statements.say(
            "coding",
            "refused",
            f"The {len(rows)} hand-coded interactions cannot carry the model of {model.sample.outcome.name}: {why}. "
            "Code more, use fewer controls, or merge levels.",
            outcome=model.sample.outcome.name,
        )
        return None
    return (
        replace(model, fit=hand, design=hand_design.take(rows), sample=model.sample.take(rows)),
        replace(model, fit=rule, design=model.design.take(rows), sample=model.sample.take(rows)),
        model,
    )


def _fitted(model: Model, X: Array, y: Array, weights: Array) -> Fit | None:
    """The model's family fitted to other rows or codes; None without a finite solution."""
    if np.linalg.matrix_rank(X) < X.shape[1]:
        return None
    found = fit(model.fit.family, X, y, weights=weights, names=model.design.names)
    return found if found.converged else None


def questions(model: Model, sample: HandSample) -> Iterator[Asked]:
    """Every average effect of the steps that can be corrected."""
    for term in model.design.terms:
        if term.name in sample.terms and term.name not in model.refused:
            for place in range(len(term.contrasts)):
                for quantity in quantities(model):
                    yield Asked(term.name, place, quantity)


def three_coordinates(
    trio: tuple[Model, Model, Model], asked: list[Asked], sample: HandSample, statements: Statements
) -> tuple[Coordinates, Coordinates, Coordinates] | None:
    """The three fits as coordinates, whatever method then combines them; None, with a statement, where one agent decides."""
    model = trio[2]
    clusters, everyone = model.sample.groups, np.arange(model.sample.n)
    try:
        return (
            _coordinates(trio[0], asked, sample.rows, clusters),
            _coordinates(trio[1], asked, sample.rows, clusters),
            _coordinates(trio[2], asked, everyone, clusters),
        )
    except SingularError:
        statements.say(
            "coding",
            "refused",
            "Something in the model is known from the hand-coded interactions of a single agent only; nothing is "
            "corrected. Code interactions of more agents.",
            outcome=model.sample.outcome.name,
        )
        return None


def _coordinates(model: Model, asked: list[Asked], rows: np.ndarray, clusters: Clusters) -> Coordinates:
    averages = [contrast_average(model, *one.of(model), one.quantity, model.fit.weights) for one in asked]
    return coordinates(model.fit, averages, rows, clusters)
