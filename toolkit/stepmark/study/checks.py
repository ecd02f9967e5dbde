"""What a fitted model's reader must know: few or uneven agents, rare steps, uneven odds, one agent who moves the result."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from stepmark.study.clusters import Clusters
from stepmark.study.effects import FEW_USES, subgroups
from stepmark.study.families import Ordinal
from stepmark.study.models import Model
from stepmark.study.multiplicity import adjust_p_values
from stepmark.study.profile import NominalTest, nominal_test
from stepmark.study.proportional import ProportionalTest, proportional_test
from stepmark.study.statements import Statements
from stepmark.study.terms import Contrast, Term
from stepmark.study.wishes import say_unheeded, second_enters

__all__ = ["check_model"]

FEW_CLUSTERS = 20
LARGE_SHARE = 1 / 3
#: An agent who makes up more than this share of an estimate's jackknife variance is named.
LARGE_INFLUENCE = 0.5
#: Of more subgroups than this, the others are counted rather than named.
MOST_NAMED = 5


def check_model(model: Model, statements: Statements) -> dict[str, Any]:
    """Say what weakens the claims of `model`; the numbers of all tests of proportional odds, by column, are returned."""
    _check_clusters(model, statements)
    _check_sparse(model, statements)
    _check_subgroups(model, statements)
    tests = _odds_tests(model)
    _check_proportional(model, tests, statements)
    _check_influence(model, statements)
    say_unheeded(model, statements)
    return {"proportional_odds": {name: asdict(test) for name, test in tests.items()}} if tests else {}


def _cluster_name(model: Model) -> str:
    return model.plan.cluster or "agent"


def _check_clusters(model: Model, statements: Statements) -> None:
    clusters, second = model.sample.clusters, model.sample.second
    if clusters is None:
        return
    if clusters.count < 2:
        statements.say(
            "clusters",
            "caution",
            f"All interactions have the same {_cluster_name(model)}: nothing can be said beyond it, and the intervals only "
            "speak of its further interactions.",
            outcome=model.sample.outcome.name,
            clusters=1,
        )
        return
    _check_uneven(clusters, _cluster_name(model), model, statements)
    if second is not None and second_enters(model):
        _check_uneven(second, str(model.plan.second_cluster), model, statements)


def _check_uneven(clusters: Clusters, name: str, model: Model, statements: Statements) -> None:
    """Say where clusters of one kind are few, or one of them is most of the data."""
    outcome = model.sample.outcome.name
    if clusters.count < FEW_CLUSTERS:
        statements.say(
            "clusters",
            "caution",
            f"Only {clusters.count} different values of {name}: intervals are wide and rest on their t distribution.",
            outcome=outcome,
            clusters=clusters.count,
        )
    share = clusters.sizes.max() / model.sample.n
    if share > LARGE_SHARE:
        label = clusters.labels[int(clusters.sizes.argmax())]
        statements.say(
            "clusters",
            "caution",
            f"{name} {label} has {share:.0%} of the interactions: the results are largely about this one, and intervals "
            "may be too narrow.",
            outcome=outcome,
            about=str(label),
            share=float(share),
        )


def _check_sparse(model: Model, statements: Statements) -> None:
    for term in model.design.terms:
        if term.role != "step" or not term.binary:
            continue
        used = term.uses
        fewer = min(used, model.sample.n - used)
        if fewer < FEW_USES:
            which = "was used" if used <= model.sample.n - used else "was not used"
            statements.say(
                "sparse",
                "caution",
                f"{term.name} {which} in only {fewer} of {model.sample.n:,} interactions: too few to rely on.",
                outcome=model.sample.outcome.name,
                about=term.name,
                used=used,
                n=model.sample.n,
            )


def _check_subgroups(model: Model, statements: Statements) -> None:
    """Say where a subgroup has no interaction that an effect is averaged over."""
    steps = [term for term in model.design.terms if term.role == "step" and term.name not in model.refused]
    for column in model.plan.subgroups if model.averages else ():
        for term in steps:
            for contrast in term.contrasts:
                _say_empty(model, term, contrast, column, statements)


def _say_empty(model: Model, term: Term, contrast: Contrast, column: str, statements: Statements) -> None:
    empty = [str(value) for value, weights in subgroups(model, contrast, column) if not weights.any()]
    if empty:
        more = f" and {len(empty) - MOST_NAMED:,} more" * (len(empty) > MOST_NAMED)
        statements.say(
            "subgroups",
            "refused",
            f"{term.name} was not used where {column} = {', '.join(empty[:MOST_NAMED])}{more}: its effect "
            f"'{contrast.label}' is not given there.",
            outcome=model.sample.outcome.name,
            about=term.name,
            groups=len(empty),
        )


def _step_columns(model: Model) -> list[tuple[int, str, str]]:
    """Position among the parameters, column and step of every column that belongs to one step alone."""
    cuts = len(model.fit.names) - len(model.design.names)
    steps = {term.name for term in model.design.terms if term.role == "step"} - model.refused
    return [
        (cuts + place, name, owner[0])
        for place, (name, owner) in enumerate(zip(model.design.names, model.design.owners, strict=True))
        if len(owner) == 1 and owner[0] in steps
    ]


def _odds_tests(model: Model) -> dict[str, ProportionalTest | NominalTest]:
    """A test of proportional odds of every column, by name: likelihood ratios where the plan trusts the likelihood.

    Elsewhere the score tests by cluster, of the steps' columns.
    """
    family = model.fit.family
    if not isinstance(family, Ordinal) or family.cuts < 2:
        return {}
    if model.spread.kind == "model":
        tests = {name: nominal_test(model.fit, name) for name in model.design.names}
        return {name: test for name, test in tests.items() if np.isfinite(test.p_value)}
    clusters = model.sample.groups
    return {name: proportional_test(model.fit, name, clusters) for _, name, _ in _step_columns(model)}


def _check_proportional(
    model: Model, tests: dict[str, ProportionalTest | NominalTest], statements: Statements
) -> None:
    asked = [(name, step) for _, name, step in _step_columns(model) if name in tests]
    if not asked:
        return
    outcome = model.sample.outcome.name
    adjusted = adjust_p_values(np.array([tests[name].p_value for name, _ in asked]), "holm")
    for (name, step), p_value in zip(asked, adjusted, strict=True):
        if p_value < 0.05:
            statements.say(
                "proportional_odds",
                "caution",
                f"{name} does not shift {outcome} evenly: it matters more at one end than at the other "
                f"(p = {p_value:.3f} after Holm). Its effect in points is an average of both, and its effects on the lowest "
                f"and the highest scores are better taken from a model of each (kind 'binary').",
                outcome=outcome,
                about=step,
                p_value=float(p_value),
            )
    if not (adjusted < 0.05).any():
        statements.say(
            "proportional_odds",
            "note",
            f"No sign that any step shifts {outcome} unevenly (smallest p = {adjusted.min():.3f} after Holm).",
            outcome=outcome,
            p_value=float(adjusted.min()),
        )


def _check_influence(model: Model, statements: Statements) -> None:
    """Name an agent without whom the result of a step would be another one."""
    part = next((part for part in model.spread.parts if part.leave_out), None)
    clusters = model.sample.clusters
    if part is None or clusters is None or part.clusters is not clusters:
        return
    errors = model.spread.std_error
    for place, name, step in _step_columns(model):
        if not errors[place] > 0:  # no interval is given
            continue
        shares = part.factor * part.contributions[:, place] ** 2 / errors[place] ** 2
        worst = int(shares.argmax())
        if shares[worst] > LARGE_INFLUENCE:
            here = float(model.fit.params[place])
            without = here - float(part.contributions[worst, place])
            label = clusters.labels[worst]
            statements.say(
                "influence",
                "caution",
                f"Leaving out {_cluster_name(model)} {label} would move the coefficient of {name} from {here:+.2f} to about "
                f"{without:+.2f}: this one makes up {shares[worst]:.0%} of its uncertainty.",
                outcome=model.sample.outcome.name,
                about=step,
                cluster=str(label),
                share=float(shares[worst]),
            )
