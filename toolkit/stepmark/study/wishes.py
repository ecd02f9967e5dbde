"""Which of the plan's wishes on uncertainty a model could not follow: said, where other programs pass over them in silence."""

from __future__ import annotations

from collections.abc import Iterator

from stepmark.study.effects import profiled
from stepmark.study.models import Model
from stepmark.study.sections import InferencePlan
from stepmark.study.statements import Statements

__all__ = ["say_unheeded", "second_enters"]

#: Kinds of inference that corrected and adjusted estimates come in.
OF_CORRECTED, OF_ADJUSTED = ("cv3l", "cv3", "cr1c"), ("cv3l", "cr1c", "cr0", "hc0")
#: GEE's robust covariance has no factor for few clusters, as `cr0`.
SAME = {("cr0", "robust")}


def say_unheeded(model: Model, statements: Statements) -> None:
    """Say what of `[inference]` and `second_cluster` does not enter the intervals of `model`, or of what is made of it."""
    for text in (*_kind(model), *_profile(model), *_second(model), *_further(model)):
        statements.say("inference", "caution", text, outcome=model.sample.outcome.name)


def _kind(model: Model) -> Iterator[str]:
    asked, used = model.plan.inference.kind, _used(model)
    if asked == InferencePlan.model_fields["kind"].default or asked == used or (asked, used) in SAME:
        return
    clusters = model.sample.clusters
    if clusters is None:
        why = ", because no cluster is known"
    else:
        why = ", which is what it has" if clusters.count > 1 else ", because there is only one cluster"
    yield f"The plan asks for inference {asked!r}; the intervals of the model {model.label!r} are {used!r}{why}."


def _used(model: Model) -> str:
    return "wild" if model.bootstrap is not None else model.spread.kind


def _profile(model: Model) -> Iterator[str]:
    if model.plan.inference.interval == "profile" and not profiled(model):
        yield (
            f"Profile intervals are for coefficients of models that are fitted by likelihood alone (inference 'model'); those of "
            f"{model.label!r} with {_used(model)!r} are estimate ± t times the standard error."
        )


def _second(model: Model) -> Iterator[str]:
    second, plan = model.plan.second_cluster, model.plan
    if not second:
        return
    if model.sample.second is not None and model.sample.second.count < 2:
        yield (
            f"All interactions have the same {second}: nothing can be said beyond it, so it does not enter the intervals, "
            "which only speak of its further interactions."
        )
        return
    if not second_enters(model):
        yield f"{second!r} does not enter the intervals of the model {model.label!r} ({_used(model)!r})."
    if plan.correction is not None and plan.correction.method != "none":
        yield f"{second!r} does not enter the intervals of corrected estimates: they go by the first cluster alone."
    if plan.adjustment is not None:
        yield f"{second!r} does not enter the intervals of adjusted estimates: they go by the first cluster alone."
    if plan.response is not None and plan.response.method == "impute":
        yield f"{second!r} does not enter the intervals of imputed estimates: they go by the first cluster alone."


def second_enters(model: Model) -> bool:
    """Whether the intervals of a model go by its second cluster too."""
    return len(model.spread.parts) > 2 and model.bootstrap is None


def _further(model: Model) -> Iterator[str]:
    """Where corrected and adjusted estimates have another kind of interval than the plan asks for."""
    asked, plan = model.plan.inference.kind, model.plan
    if model.handling != "pooled":
        return
    if plan.correction is not None and plan.correction.method != "none" and asked not in OF_CORRECTED:
        yield f"The intervals of corrected estimates are 'cr1c' by cluster, not {asked!r}."
    if plan.adjustment is not None and asked not in OF_ADJUSTED:
        yield f"The intervals of adjusted estimates are 'cr1c' by cluster, not {asked!r}."
