"""What a simulated world is made of: who uses which step when, and what that does to the outcomes.

Every number of the structural model stands here, so that a changed world is a changed `Settings` and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from stepmark.errors import Fault, InputError

__all__ = ["STEPS", "Settings", "StepModel"]


@dataclass(frozen=True)
class StepModel:
    """How agents come to use one step, and what it does.

    The first use is a draw with log-odds ``base + anger*A + prior*P + queue*(Q - 8) + hardness*H + warmth*W
    + temper*T + experience*(E - 4) + if_resolved*R``, in the names of `stepmark.study.simulate`.

    Attributes
    ----------
    step
        Its id in the codebook.
    base
        Log-odds of use for a calm first contact with an average agent.
    anger, prior, queue, hardness
        What the state of the customer before the agent's first word adds: anger in the opening (0 or 1), earlier
        contacts (0 to 4), minutes in the queue, hardness of the issue.
    warmth, temper, experience
        What the agent adds: two traits of style (standard normal) and years in the job.
    if_resolved
        For steps of the closing stage only: what a resolved matter adds. Their use is a result, not a cause.
    csat, resolved
        True effect of using it at least once, as log-odds of the proportional-odds and of the logistic model.
    more
        Mean number of further uses once it is used.
    needs
        A column that must be true before the step can happen; empty where none.
    role
        `cause`, or `closing` for a step that follows from how things went and does nothing itself.
    """

    step: str
    base: float
    anger: float = 0.0
    prior: float = 0.0
    queue: float = 0.0
    hardness: float = 0.0
    warmth: float = 0.0
    temper: float = 0.0
    experience: float = 0.0
    if_resolved: float = 0.0
    csat: float = 0.0
    resolved: float = 0.0
    more: float = 0.15
    needs: str = ""
    role: Literal["cause", "closing"] = "cause"


STEPS: tuple[StepModel, ...] = (
    StepModel("acknowledge", -0.4, 0.3, warmth=0.5, experience=0.03, csat=0.20, resolved=0.10, more=0.3),
    StepModel("probe", 1.0, -0.3, prior=-0.2, experience=0.03, more=0.7),
    StepModel("paraphrase", -1.2, 0.2, warmth=0.3, experience=0.08, csat=0.40, resolved=0.30),
    StepModel("empathize", -1.0, 0.9, prior=0.1, warmth=0.8, experience=0.03, csat=0.55, resolved=0.15),
    StepModel(
        "apologize", -1.3, 1.5, 0.45, 0.04, 1.0, warmth=0.3, temper=-0.2, csat=0.25, resolved=0.0, more=0.3
    ),
    StepModel("reassure", -0.6, 0.5, 0.2, warmth=0.4, csat=0.15, resolved=0.10),
    StepModel("courtesy", 0.4, -0.4, warmth=0.6, temper=-0.3, csat=0.20, resolved=0.0, more=0.5),
    StepModel("ask_preference", -1.4, experience=0.06, warmth=0.2, csat=0.35, resolved=0.25),
    StepModel(
        "offer_solution", 1.1, -0.1, hardness=-1.2, experience=0.05, csat=0.80, resolved=1.10, more=0.5
    ),
    StepModel("offer_alternative", -0.9, 0.2, hardness=0.9, experience=0.06, csat=0.45, resolved=0.45),
    StepModel("state_limits", -1.2, 0.1, hardness=1.3, temper=0.2, csat=-0.45, resolved=-0.60),
    StepModel("explain", -0.4, experience=0.06, hardness=0.3, csat=0.30, resolved=0.20, more=0.3),
    StepModel("next_steps", 0.2, prior=0.2, experience=0.05, csat=0.25, resolved=0.20, more=0.2),
    StepModel("set_boundary", -0.3, experience=0.04, temper=0.3, csat=-0.10, needs="abuse_before"),
    StepModel("escalate", -2.7, 1.0, 0.5, 0.02, 0.8, experience=-0.06, csat=0.15, resolved=0.30),
    StepModel("promise_follow_up", -1.6, 0.4, 0.3, warmth=0.2, experience=0.04, csat=0.15),
    StepModel(
        "follow_up", 0.0, warmth=0.3, experience=0.12, csat=0.50, resolved=0.40, needs="promise_follow_up"
    ),
    StepModel("document", -1.2, 0.2, 0.3, experience=0.03),
    StepModel("raise_voice", -4.4, 0.8, temper=1.0, experience=-0.05, csat=-1.10, resolved=-0.30),
    StepModel("defensive", -2.9, 0.9, 0.1, temper=0.9, experience=-0.06, csat=-0.85, resolved=-0.25),
    StepModel("interrupt", -2.0, 0.5, temper=0.6, experience=-0.04, csat=-0.30, needs="live"),
    StepModel("disengage", -1.2, if_resolved=-1.5, needs="set_boundary", role="closing", more=0.0),
    StepModel("check_resolved", -0.9, if_resolved=1.6, warmth=0.2, experience=0.03, role="closing"),
    StepModel("invite_feedback", -2.6, if_resolved=1.3, role="closing", more=0.0),
)


@dataclass(frozen=True)
class Settings:
    """A world's structural model.

    Attributes
    ----------
    steps
        The steps, in the order in which they are drawn.
    hardness
        For each issue: its share of the interactions (up to a constant) and how hard it is to put right.
    channels
        For each channel: its share and what it adds to the latent satisfaction.
    csat_cuts
        The four thresholds of the proportional-odds model between the scores 1 to 5.
    csat_state, resolved_state
        Coefficients of the state before the agent's first word, by column of the table.
    resolved_base
        Log-odds of a resolved matter for a calm first contact without any step.
    csat_experience, resolved_experience
        What a year in the job does by itself.
    agent_sd
        Spread of what agents do to both outcomes beyond steps and experience; log-odds.
    hidden_skill
        How far that spread goes with the agent's warmth, -1 to 1. At 0 pooled estimates are right; elsewhere
        only comparisons within an agent are.
    together
        Correlation of the two outcomes' own noise (Gaussian copula), so that both margins stay exact.
    answer_base, answer_anger, answer_resolved, answer_channel
        Log-odds that the survey is answered, with what anger in the opening, a resolved matter and e-mail or
        social media add.
    answer_low, answer_top
        The part that is missing *not* at random: what a score of 1 or 2, and of 5, adds to these log-odds.
    """

    steps: tuple[StepModel, ...] = STEPS
    hardness: tuple[tuple[str, float, float], ...] = (
        ("billing", 0.22, 0.0),
        ("delay", 0.20, 0.4),
        ("fault", 0.20, 0.1),
        ("refund", 0.16, 0.8),
        ("access", 0.12, -0.5),
        ("service", 0.10, 0.5),
    )
    channels: tuple[tuple[str, float, float], ...] = (
        ("chat", 0.40, 0.0),
        ("phone", 0.26, 0.1),
        ("email", 0.17, -0.1),
        ("social", 0.17, -0.2),
    )
    csat_cuts: tuple[float, float, float, float] = (-1.5, -0.5, 0.5, 1.9)
    csat_state: tuple[tuple[str, float], ...] = (
        ("anger_before", -1.10),
        ("abuse_before", -0.50),
        ("churn_threat_before", -0.40),
        ("repeat_contact_before", -0.25),
        ("unresolved_before", -0.20),
        ("prior_contacts", -0.35),
        ("queue_minutes", -0.035),
        ("hardness", -0.80),
    )
    resolved_state: tuple[tuple[str, float], ...] = (
        ("anger_before", -0.35),
        ("churn_threat_before", -0.15),
        ("unresolved_before", -0.25),
        ("prior_contacts", -0.30),
        ("hardness", -1.00),
    )
    resolved_base: float = 0.1
    csat_experience: float = 0.04
    resolved_experience: float = 0.05
    agent_sd: float = 0.30
    hidden_skill: float = 0.0
    together: float = 0.5
    answer_base: float = 0.15
    answer_anger: float = 0.35
    answer_resolved: float = 0.10
    answer_channel: float = -0.40
    answer_low: float = 0.30
    answer_top: float = 0.15

    def __post_init__(self) -> None:
        if not -1 <= self.hidden_skill <= 1:
            raise InputError(Fault("settings, hidden_skill", f"{self.hidden_skill}", "a number from -1 to 1"))
        if not -1 < self.together < 1:
            raise InputError(Fault("settings, together", f"{self.together}", "a number between -1 and 1"))
        if list(self.csat_cuts) != sorted(set(self.csat_cuts)):
            raise InputError(Fault("settings, csat_cuts", f"{self.csat_cuts}", "four rising numbers"))

    def step(self, name: str) -> StepModel:
        """The model of the step called `name`.

        Raises
        ------
        InputError
            Where this world has no such step.
        """
        for model in self.steps:
            if model.step == name:
                return model
        known = ", ".join(model.step for model in self.steps)
        raise InputError(Fault("settings, steps", f"{name!r}", f"one of {known}"))

    def with_effects(
        self, csat: Mapping[str, float] | None = None, resolved: Mapping[str, float] | None = None
    ) -> Settings:
        """The same world with other true effects (log-odds) of the named steps.

        Examples
        --------
        >>> Settings().with_effects(csat={"apologize": 0.0}).step("apologize").csat
        0.0
        """
        csat, resolved = csat or {}, resolved or {}
        for name in [*csat, *resolved]:
            self.step(name)
        steps = tuple(
            replace(s, csat=csat.get(s.step, s.csat), resolved=resolved.get(s.step, s.resolved))
            for s in self.steps
        )
        return replace(self, steps=steps)
