"""Which design finds the effect at the lowest cost, and what sets its precision?"""

from __future__ import annotations

from dataclasses import dataclass, fields

import pandas as pd

from stepmark.errors import Fault, InputError, PlanError
from stepmark.study.entries import OutcomePlan, StepPlan
from stepmark.study.plan import Plan
from stepmark.study.power.assumed import assumed_power
from stepmark.study.power.assumptions import Assumptions
from stepmark.study.power.formula import precision_table
from stepmark.study.power.pilot import assumptions_of
from stepmark.study.power.trial import Trial, simulated_power
from stepmark.study.power.wording import conclusion, shown
from stepmark.study.sections import PowerPlan

__all__ = ["Power", "power"]


@dataclass(frozen=True, eq=False)
class Power:
    """What each design would find, and which is the cheapest that will do.

    Attributes
    ----------
    step, outcome, unit
        What the effect is of, on what, and its unit.
    effect
        The true effect asked about.
    assumptions
        The world, from the plan and its pilot.
    table
        One row a design; see `precision_table`. `reaches` says whether its power is the one wanted; naive designs never
        do where the rules err, because what they estimate is not the effect.
    chosen
        The cheapest design that reaches the power wanted (the smallest, where nothing costs anything), else the most
        powerful; a row of `table`.
    conclusion
        What follows, in plain words.
    trial
        The chosen design tried out in simulated studies; None where not asked for.
    """

    step: str
    outcome: str
    unit: str
    effect: float
    assumptions: Assumptions
    table: pd.DataFrame
    chosen: pd.Series
    conclusion: str
    trial: Trial | None = None

    def __repr__(self) -> str:
        world = ", ".join(
            f"{f.name} {getattr(self.assumptions, f.name):.3g}" for f in fields(self.assumptions)
        )
        parts = [
            f"Power to find {self.effect:+g} {self.unit} of {self.outcome} with {self.step}",
            f"Assumed: {world}",
            "",
            shown(self.table).to_string(index=False),
        ]
        if self.trial is not None:
            parts += ["", f"The chosen design in {self.trial.replications} simulated studies:"]
            parts += [self.trial.table.round(3).to_string(index=False)]
        return "\n".join([*parts, "", self.conclusion])


def power(plan: Plan, pilot: pd.DataFrame | None = None, *, progress: bool = False) -> Power:
    """Precision, power and cost of the designs in the plan's `[power]`.

    Parameters
    ----------
    plan
        With a section `power`; see `stepmark.study.sections.PowerPlan`.
    pilot
        The table that `pilot` names, one row an interaction; None where there is none.
    progress
        Whether to show a bar over simulated studies.

    Raises
    ------
    PlanError
        Where the plan has no such section, names what it does not hold, or does not tell enough to assume.
    InputError
        Where what it assumes cannot be, or no design is possible.

    Examples
    --------
    >>> plan = Plan(outcome="csat", kind="ordinal", steps=["apologize"], power={"effect": 0.3, "outcome_sd": 1.3,
    ...             "n_interactions": [1000, 4000], "n_agents": [60]})
    >>> found = power(plan)
    >>> found.table["power"].round(2).tolist()
    [0.87, 1.0]
    >>> print(found.conclusion)
    The smallest design that finds +0.3 points with a power of 80%: 1,000 interactions of 60 agents (power 87%). The...
    """
    asked = plan.power
    if asked is None:
        raise PlanError(
            Fault(
                "plan", "no section [power]", "[power] with effect, n_interactions, n_agents and assumptions"
            )
        )
    step, outcome = _subject(plan, asked)
    binary = _is_binary(outcome, pilot)
    world, told = assumptions_of(plan, step, outcome, binary, pilot)
    table = precision_table(
        world,
        asked.effect,
        n_interactions=asked.n_interactions,
        n_agents=asked.n_agents,
        n_coded=asked.n_coded,
        cost_interaction=asked.cost_interaction,
        cost_coded=asked.cost_coded,
        target_power=asked.target_power,
        conf_level=plan.inference.conf_level,
    )
    honest = (table["estimator"] == "corrected") | (world.sensitivity == world.specificity == 1)
    table["reaches"] = honest & (table["power"] >= asked.target_power)
    if not honest.any():
        honest = table["estimator"] == "naive"
    chosen = _chosen(table[honest], asked)
    unit = "percentage points" if binary else "points"
    trial = _tried(plan, asked, world, step, outcome, chosen, progress)
    said = f"{conclusion(world, asked, table, chosen, unit, plan.inference.conf_level)} {told}".strip()
    return Power(step.name, outcome.name, unit, asked.effect, world, table, chosen, said, trial)


def _subject(plan: Plan, asked: PowerPlan) -> tuple[StepPlan, OutcomePlan]:
    """The step and the outcome that the effect is of and on."""
    steps = {step.name: step for step in plan.steps}
    outcomes = {outcome.name: outcome for outcome in plan.outcomes}
    faults = [
        Fault(f"plan, power.{key}", f"{name!r}", f"one of the plan's own: {', '.join(known)}")
        for key, name, known in (("step", asked.step, steps), ("outcome", asked.outcome, outcomes))
        if name is not None and name not in known
    ]
    if faults:
        raise PlanError(faults)
    return (
        steps[asked.step] if asked.step else plan.steps[0],
        outcomes[asked.outcome] if asked.outcome else plan.outcomes[0],
    )


def _is_binary(outcome: OutcomePlan, pilot: pd.DataFrame | None) -> bool:
    if outcome.kind is not None or pilot is None or outcome.name not in pilot:
        return outcome.kind == "binary"
    return bool(pilot[outcome.name].dropna().isin([0, 1]).all())


def _chosen(table: pd.DataFrame, asked: PowerPlan) -> pd.Series:
    """The cheapest design that reaches the power wanted, else the most powerful; ties go to the smaller design."""
    size = ["cost", "n_coded", "n_interactions", "n_agents"]
    enough = table[table["reaches"]]
    if len(enough):
        return enough.sort_values(size, kind="stable").iloc[0]
    if table.empty:
        raise InputError(
            Fault("plan, power", "no possible design", "n_coded below what n_interactions × response answers")
        )
    best = table[table["power"] >= table["power"].max() - 1e-12]
    return best.sort_values(size, kind="stable").iloc[0]


def _tried(
    plan: Plan,
    asked: PowerPlan,
    world: Assumptions,
    step: StepPlan,
    outcome: OutcomePlan,
    chosen: pd.Series,
    progress: bool,
) -> Trial | None:
    """The chosen design in simulated studies; without hand codes all are taken as coded."""
    n, agents = int(chosen["n_interactions"]), int(chosen["n_agents"])
    coded = round(n * world.response) if pd.isna(chosen["n_coded"]) else int(chosen["n_coded"])
    if asked.simulate == "assumptions":
        return assumed_power(
            world,
            asked.effect,
            n_interactions=n,
            n_agents=agents,
            n_coded=coded,
            step=step.name,
            replications=asked.replications,
            seed=plan.seed,
            conf_level=plan.inference.conf_level,
            progress=progress,
        )
    if asked.simulate == "world":
        return _in_the_world(plan, asked, world, step.name, outcome.name, (n, agents, coded), progress)
    return None


def _in_the_world(
    plan: Plan,
    asked: PowerPlan,
    world: Assumptions,
    step: str,
    outcome: str,
    design: tuple[int, int, int],
    progress: bool,
) -> Trial:
    from stepmark.study.simulate import STEPS

    causes = [model.step for model in STEPS if model.role == "cause"]
    faults = [
        Fault("plan, power.simulate = 'world'", f"{key} {name!r}", f"one of {', '.join(known)}")
        for key, name, known in (("step", step, causes), ("outcome", outcome, ["csat", "resolved"]))
        if name not in known
    ]
    if faults:
        raise PlanError(faults)
    return simulated_power(
        [step],
        outcome=outcome,
        n_interactions=design[0],
        n_agents=design[1],
        n_coded=design[2],
        sensitivity=world.sensitivity,
        specificity=world.specificity,
        replications=asked.replications,
        seed=plan.seed,
        conf_level=plan.inference.conf_level,
        progress=progress,
    )
