"""What a fitted model's reader must know: few or uneven agents, steps that rest on a handful of interactions."""

from __future__ import annotations

from stepmark.study.effects import FEW_USES
from stepmark.study.models import Model
from stepmark.study.statements import Statements

__all__ = ["check_model"]

FEW_CLUSTERS = 20
LARGE_SHARE = 1 / 3


def check_model(model: Model, statements: Statements) -> None:
    """Say what weakens the claims of `model`."""
    _check_clusters(model, statements)
    _check_sparse(model, statements)


def _check_clusters(model: Model, statements: Statements) -> None:
    clusters, name = model.sample.clusters, model.plan.cluster or "agent"
    if clusters is None or clusters.count < 2:
        return
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
