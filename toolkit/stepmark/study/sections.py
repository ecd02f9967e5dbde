"""The sections of a plan: how uncertainty is computed, and what each further analysis needs to know.

One class a section of `plan.toml`. A section that is left out takes its defaults; one whose analysis is optional is None.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stepmark.study.limits import Inside, Rising, Share
from stepmark.study.strict import Section

__all__ = [
    "AdjustmentPlan",
    "CorrectionPlan",
    "InferencePlan",
    "MultiplicityPlan",
    "PowerPlan",
    "ResponsePlan",
    "SensitivityPlan",
    "TimingPlan",
]


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
