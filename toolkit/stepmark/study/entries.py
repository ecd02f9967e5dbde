"""The entries of a plan that become columns of a model: what is explained, which steps, what is held constant."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stepmark.study.limits import Different, Rising
from stepmark.study.strict import Section

__all__ = ["CLOSING_STEPS", "KINDS_OF_MODEL", "ControlPlan", "OutcomePlan", "Scalar", "StepPlan"]

#: Steps that happen because the conversation has come to its end. Other steps of the codebook's stage `close` (promising a
#: follow-up, making it, documenting) are done while the matter is open, and before a survey is answered.
CLOSING_STEPS = ("check_resolved", "invite_feedback", "disengage")

Scalar = bool | int | float | str

#: Which kinds of outcome each model is for; the first of them is the kind where only the model is given.
KINDS_OF_MODEL: dict[str, tuple[str, ...]] = {
    "logistic": ("binary",),
    "gee_logistic": ("binary",),
    "conditional_logit": ("binary",),
    "proportional_odds": ("ordinal",),
    "ordinal_probit": ("ordinal",),
    "poisson": ("count", "binary", "continuous"),
    "negative_binomial": ("count",),
    "cox": ("time",),
    "linear": ("continuous", "binary", "ordinal", "count"),
    "gee_linear": ("continuous", "binary", "ordinal", "count"),
}


class OutcomePlan(Section):
    """What is to be explained.

    Attributes
    ----------
    name
        Its column.
    kind
        `binary`, `ordinal`, `continuous`, `count` or `time` (to an event); guessed from the values where left out.
    model
        `logistic`, `proportional_odds`, `ordinal_probit`, `linear`, `poisson`, `negative_binomial`, `cox`,
        `conditional_logit`, `gee_logistic`, `gee_linear`; by default the first that suits the kind.
    levels
        For ordinal outcomes, the scores from lowest to highest; those that occur where left out.
    good
        Which end is good.
    at_most, at_least
        For ordinal outcomes: also the effect on P(score ≤ at_most) and P(score ≥ at_least); by default the two lowest
        and the two highest of four or more levels.
    distribution
        For ordinal outcomes: also the effect on the probability of every single level.
    event
        For `time`: the column that says whether the event was seen (1) or not yet (0).
    correlation
        For `gee_logistic` and `gee_linear`: how interactions of one agent are taken to go together, `exchangeable` (each
        pair alike) or `independence`.
    scale
        For `gee_logistic` with `exchangeable`: whether the correlation is reckoned with the dispersion `estimated` at the
        solution (as R's geepack does), or `fixed` at that of independence (what its `scale.fix = TRUE` does).
    clip
        Two numbers: values below the first count as the first, values above the second as the second.
    """

    name: str
    kind: Literal["binary", "ordinal", "continuous", "count", "time"] | None = None
    model: (
        Literal[
            "logistic",
            "proportional_odds",
            "ordinal_probit",
            "linear",
            "poisson",
            "negative_binomial",
            "cox",
            "conditional_logit",
            "gee_logistic",
            "gee_linear",
        ]
        | None
    ) = None
    levels: Annotated[tuple[float, ...], Rising] = ()
    good: Literal["high", "low"] = "high"
    at_most: float | None = None
    at_least: float | None = None
    distribution: bool = False
    event: str | None = None
    correlation: Literal["exchangeable", "independence"] = "exchangeable"
    scale: Literal["estimated", "fixed"] = "estimated"
    clip: Annotated[tuple[float, float], Rising] | None = None


class StepPlan(Section):
    """A step, and how it enters.

    Attributes
    ----------
    name
        The step's id, or any column.
    measure
        `used` (0/1), `count`, `category` (none, one, more), `per_10_turns`, `position` (used, and how late it was first
        used), `early` (used within the first `within_turns` agent turns), `before` (first used before the turn in the
        column `before`), or `value` (the column as it is). By default `used` where the table has `<name>_used` or the
        column holds 0 and 1, else `value`.
    column
        The column to read, where it is not named after the step.
    contrast
        The effect to report: `difference` (used against not used; one more unit for numbers), `slope` (the derivative),
        or two values `[from, to]`. By default `difference` for 0/1 and categories, `slope` for numbers.
    within_turns
        For `early`: how many agent turns count.
    before
        For `before`: a column with turn numbers.
    insist
        Let a step of the closing stage enter as a cause.
    """

    name: str
    measure: (
        Literal["used", "count", "category", "per_10_turns", "position", "early", "before", "value"] | None
    ) = None
    column: str | None = None
    contrast: Literal["difference", "slope"] | Annotated[tuple[float, float], Different] | None = None
    within_turns: int = Field(default=2, ge=1)
    before: str | None = None
    insist: bool = False


class ControlPlan(Section):
    """Something held constant: a column, entered as it is or as a factor.

    Attributes
    ----------
    name
        Its column.
    enter
        `value` (a number), `log` (the logarithm of one plus the number) or `factor` (one column a level); by default
        `factor` for words, `value` for numbers.
    """

    name: str
    enter: Literal["value", "log", "factor"] | None = None
