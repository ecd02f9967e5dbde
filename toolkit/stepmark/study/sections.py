"""The sections of a plan: outcomes, steps, controls, inference, and what each further analysis needs to know.

One class a section of `plan.toml`. A section that is left out takes its defaults; one whose analysis is optional is None.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from stepmark.study.limits import Different, Inside, Rising, Share

__all__ = [
    "KINDS_OF_MODEL",
    "AdjustmentPlan",
    "ControlPlan",
    "CorrectionPlan",
    "InferencePlan",
    "MultiplicityPlan",
    "OutcomePlan",
    "PowerPlan",
    "ResponsePlan",
    "Section",
    "SensitivityPlan",
    "StepPlan",
    "TimingPlan",
]

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


class Section(BaseModel):
    """What all sections share: unknown entries are errors, and nothing can be changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        """What differs from the defaults."""
        fields = type(self).model_fields
        return [
            (name, value)
            for name, value in super().__repr_args__()
            if name not in fields or value != fields[name].get_default(call_default_factory=True)
        ]


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


class InferencePlan(Section):
    """How uncertainty is computed.

    Attributes
    ----------
    kind
        `cv3l` (default: one-step cluster jackknife), `cv3` (exact), `cr0`, `cr1c`, `cr1`, `cr2`, `cr3`, `hc0` … `hc3`, `model`,
        or `wild` (wild cluster bootstrap).
    distribution
        `auto`: t with G-1 degrees of freedom by cluster, Satterthwaite's with `cr2`, t(n-k) for linear models without
        clusters, else normal. Or `normal`, or `t` (always G-1).
    interval
        `wald`, or `profile` for profile likelihood intervals of coefficients (without clusters).
    averaged_over
        Whether an average effect speaks of these `interactions` or of a `population` that they were drawn from; `auto`:
        the population with the jackknife, these interactions (the usual delta method) otherwise.
    replications
        For `wild`.
    """

    kind: Literal[
        "cv3l", "cv3", "cr0", "cr1c", "cr1", "cr2", "cr3", "hc0", "hc1", "hc2", "hc3", "model", "wild"
    ] = "cv3l"
    distribution: Literal["auto", "normal", "t"] = "auto"
    interval: Literal["wald", "profile"] = "wald"
    averaged_over: Literal["auto", "interactions", "population"] = "auto"
    conf_level: float = Field(default=0.95, gt=0.0, lt=1.0)
    replications: int = Field(default=1999, ge=99)


class MultiplicityPlan(Section):
    """How p-values are adjusted over the declared family: all steps and outcomes of the plan.

    Attributes
    ----------
    method
        `bh` (false discovery rate), `by`, `holm`, `bonferroni`, `hommel`, or `none`.
    """

    method: Literal["bh", "by", "holm", "bonferroni", "hommel", "none"] = "bh"


class CorrectionPlan(Section):
    """How errors of the machine's codes are corrected by hand-coded interactions.

    Attributes
    ----------
    method
        `ptd` (predict-then-debias, diagonally tuned), `ptd_full`, `ptd_identity`, `dsl`, `gold_only`, or `none`.
    hand
        How the hand-coded column of a step is called; `{step}` stands for its name.
    machine
        The same for the machine's column; empty for the plan's own columns.
    drawn
        The 0/1 column that says which interactions were drawn for hand-coding.
    probability
        The column with the chance of being drawn.
    hand_outcome
        The hand-coded outcome, where the plan's own outcome is machine-coded.
    """

    method: Literal["ptd", "ptd_full", "ptd_identity", "dsl", "gold_only", "none"] = "ptd"
    hand: str = "{step}_gold"
    machine: str = ""
    drawn: str = "coded"
    probability: str = "coding_probability"
    hand_outcome: str | None = None


class ResponsePlan(Section):
    """How missing answers to the survey are handled.

    Attributes
    ----------
    method
        `weight` (by the inverse of the modelled chance to answer), `impute`, or `none`.
    predictors
        Columns of the response model besides the plan's steps and controls.
    tilt
        The range of answers' own influence on answering to try, e.g. 0.35.
    imputations
        For `impute`: how often missing answers are drawn.
    """

    method: Literal["weight", "impute", "none"] = "weight"
    predictors: tuple[str, ...] = ()
    tilt: float = Field(default=0.35, ge=0.0, le=10.0)
    imputations: int = Field(default=20, ge=5)


class AdjustmentPlan(Section):
    """How difficulty is adjusted for besides regression.

    Attributes
    ----------
    methods
        Any of `aipw`, `ipw`, `ra`.
    confounders
        Columns known before the first reply; the plan's controls where left out.
    trim
        Propensities outside this range are left out.
    """

    methods: tuple[Literal["aipw", "ipw", "ipw_ht", "ra"], ...] = ("aipw",)
    confounders: tuple[str, ...] = ()
    trim: Annotated[tuple[Share, Share], Rising] = (0.05, 0.95)


class SensitivityPlan(Section):
    """What is done to find out how much the results depend on choices.

    Attributes
    ----------
    e_values, negative_controls
        Each on or off.
    specification_curve
        Off, `true` (every combination of choices, for all outcomes), or `short` (the first outcome, with all controls
        or none).
    early
        Also ask of steps that enter as used or not what goes with their use within the first two agent turns alone: such
        uses come before most of what happens, and can earn a stronger evidence label.
    """

    e_values: bool = True
    negative_controls: bool = True
    specification_curve: bool | Literal["short"] = False
    early: bool = False


class TimingPlan(Section):
    """When in the conversation steps matter.

    Attributes
    ----------
    steps
        Whose timing is studied; all steps of the plan where left out.
    knots
        Inner knots of the cubic spline, on positions 0 to 1.
    """

    steps: tuple[str, ...] = ()
    knots: Annotated[tuple[Inside, ...], Rising] = (0.5,)


class PowerPlan(Section):
    """The designs between which `stepmark power` chooses, and what is assumed of the world.

    What a pilot tells (response, prevalence, spread of the outcome, intraclass correlations, what the controls explain)
    need not be assumed; with hand codes of at least twenty interactions with and without the step (the plan's
    `[correction]` says in which column, `{step}_gold` by default) it also tells sensitivity, specificity and gain. What is given
    here counts more than the pilot.

    Attributes
    ----------
    effect
        The true effect that should be found: percentage points for binary outcomes, else the outcome's own unit.
    n_interactions, n_agents, n_coded
        The designs: all combinations of how many are collected (answered or not), of how many agents, and how many of those
        answered are coded by hand.
    step, outcome
        What the effect is of and on; the first step and the first outcome of the plan where left out.
    pilot
        A table with one row an interaction, from the plan's folder.
    response, prevalence, sensitivity, specificity, icc_outcome, icc_step, explained, gain
        See `stepmark.study.power.Assumptions`.
    outcome_sd
        Standard deviation of the outcome, in the unit of the effect; for binary outcomes it follows from `outcome_share`.
    outcome_share
        For binary outcomes: the share of 1, between 0 and 1.
    cost_interaction, cost_coded
        What it costs to collect one interaction and to code one by hand, in any one unit.
    target_power
        The chance to find the effect that is wanted.
    simulate
        `no`; `assumptions`: also try the chosen design out in studies drawn from the assumptions; `world`: in the shipped
        simulated world, whose own effects it then looks for.
    replications
        How many studies are simulated.
    """

    effect: float
    n_interactions: tuple[int, ...] = Field(min_length=1)
    n_agents: tuple[int, ...] = Field(min_length=1)
    n_coded: tuple[int, ...] = ()
    step: str | None = None
    outcome: str | None = None
    pilot: str | None = None
    response: float | None = None
    prevalence: float | None = None
    sensitivity: float | None = None
    specificity: float | None = None
    icc_outcome: float | None = None
    icc_step: float | None = None
    explained: float | None = None
    gain: float | None = None
    outcome_sd: float | None = Field(default=None, gt=0.0)
    outcome_share: float | None = Field(default=None, gt=0.0, lt=1.0)
    cost_interaction: float = Field(default=0.0, ge=0.0)
    cost_coded: float = Field(default=0.0, ge=0.0)
    target_power: float = Field(default=0.8, gt=0.0, lt=1.0)
    simulate: Literal["no", "assumptions", "world"] = "no"
    replications: int = Field(default=200, ge=20)
