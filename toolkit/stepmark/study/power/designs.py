"""Which design finds the effect at the lowest cost, and what sets its precision?"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from stepmark.errors import Fault, InputError, PlanError
from stepmark.study.columns import check_columns, column_numbers
from stepmark.study.plan import Plan
from stepmark.study.power.assumed import assumed_power
from stepmark.study.power.assumptions import Assumptions
from stepmark.study.power.formula import Estimator, precision, precision_table
from stepmark.study.power.trial import Trial, simulated_power
from stepmark.study.sample import DEFAULT_CLUSTER
from stepmark.study.sections import OutcomePlan, PowerPlan, StepPlan
from stepmark.study.terms import control_term, step_term

__all__ = ["Power", "power"]

#: A design whose standard error doubling something lowers by less than this is not limited by it.
MATTERS = 0.05


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
            _shown(self.table).to_string(index=False),
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
    world = _assumptions(plan, asked, step, outcome, binary, pilot)
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
    said = _conclusion(world, asked, table, chosen, unit, plan.inference.conf_level)
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


def _assumptions(
    plan: Plan,
    asked: PowerPlan,
    step: StepPlan,
    outcome: OutcomePlan,
    binary: bool,
    pilot: pd.DataFrame | None,
) -> Assumptions:
    """The world: what the plan assumes, and for the rest what the pilot tells."""
    given = {
        field.name: getattr(asked, field.name)
        for field in fields(Assumptions)
        if getattr(asked, field.name) is not None
    }
    if binary and asked.outcome_share is not None:
        given.setdefault("outcome_sd", 100 * float(np.sqrt(asked.outcome_share * (1 - asked.outcome_share))))
    if pilot is not None:
        return _from_pilot(plan, step, outcome, binary, pilot, given)
    if "outcome_sd" not in given:
        wanted = (
            "outcome_share (the share of 1)"
            if binary
            else "outcome_sd (the standard deviation of the outcome)"
        )
        raise PlanError(
            Fault("plan, power", "nothing of how much the outcome varies", f"{wanted}, or a pilot")
        )
    return Assumptions(**given)


def _from_pilot(
    plan: Plan,
    step: StepPlan,
    outcome: OutcomePlan,
    binary: bool,
    pilot: pd.DataFrame,
    given: dict[str, float],
) -> Assumptions:
    agent = plan.cluster or DEFAULT_CLUSTER
    check_columns(pilot, [("power, pilot", outcome.name), ("power, pilot", agent)])
    used = step_term(pilot, step).block[:, 0]
    if not np.isin(used[np.isfinite(used)], (0.0, 1.0)).all():
        raise PlanError(
            Fault(f"plan, power, step {step.name!r}", "a number in the pilot", "a step used or not, 0/1")
        )
    answers = column_numbers(pilot, outcome.name, "power, pilot") * (100.0 if binary else 1.0)
    table = pd.DataFrame({"used": used, "outcome": answers, "agent": pilot[agent]})
    learned = {"explained": _explained(plan, pilot, used)} | given
    return Assumptions.from_pilot(table, "used", "outcome", "agent", **learned)


def _explained(plan: Plan, pilot: pd.DataFrame, used: np.ndarray) -> float:
    """The adjusted share of the step's variance that the plan's controls explain in the pilot, 0 to 0.95."""
    blocks = [control_term(pilot, control).block for control in plan.controls]
    if not blocks:
        return 0.0
    X = np.column_stack([np.ones(len(pilot)), *blocks])
    known = np.isfinite(X).all(axis=1) & np.isfinite(used)
    X, x = X[known], used[known]
    if len(x) <= X.shape[1] + 1 or x.var() == 0:
        return 0.0
    left = x - X @ np.linalg.lstsq(X, x, rcond=None)[0]
    rank = np.linalg.matrix_rank(X)
    return float(np.clip(1 - (left @ left / (len(x) - rank)) / x.var(ddof=1), 0.0, 0.95))


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


def _conclusion(
    world: Assumptions,
    asked: PowerPlan,
    table: pd.DataFrame,
    chosen: pd.Series,
    unit: str,
    conf_level: float,
) -> str:
    cost = f", at a cost of {chosen['cost']:,.0f}" if chosen["cost"] > 0 else ""
    what = f"{_design(chosen)} (power {chosen['power']:.0%}{cost})"
    wanted = f"finds {asked.effect:+g} {unit} with a power of {asked.target_power:.0%}"
    if chosen["reaches"]:
        best = "cheapest" if table["cost"].gt(0).any() else "smallest"
        said = [f"The {best} design that {wanted}: {what}."]
    else:
        said = [f"None of these designs {wanted}; the most powerful is {what}."]
        said += [f"It finds effects of {chosen['minimal_effect']:.3g} {unit} or more."]
    said.append(_limit(world, asked, chosen, unit, conf_level))
    if world.sensitivity < 1 or world.specificity < 1:
        seen = asked.effect * world.attenuation
        said.append(f"Rule codes taken as truth would show {seen:+.3g} instead of {asked.effect:+g} {unit}.")
        if chosen["estimator"] == "naive":
            said.append("Give n_coded: without hand-coded interactions that cannot be corrected.")
    return " ".join(said)


def _design(row: pd.Series) -> str:
    coded = "" if pd.isna(row["n_coded"]) else f", {row['n_coded']:,} of them coded by hand"
    return f"{row['n_interactions']:,} interactions of {row['n_agents']:,} agents{coded}"


def _limit(world: Assumptions, asked: PowerPlan, chosen: pd.Series, unit: str, conf_level: float) -> str:
    """What sets the precision: which of the numbers, doubled, would lower the standard error most."""
    n, agents = int(chosen["n_interactions"]), int(chosen["n_agents"])
    coded = None if pd.isna(chosen["n_coded"]) else int(chosen["n_coded"])

    def error(n: int, agents: int, coded: int | None) -> float:
        kind: Estimator = chosen["estimator"]
        return precision(
            world, n, agents, asked.effect, estimator=kind, n_coded=coded, conf_level=conf_level
        ).std_error

    now = error(n, agents, coded)
    doubled = {
        "interactions": (error(2 * n, agents, coded), n * asked.cost_interaction),
        "agents": (error(n, 2 * agents, coded), 0.0),
    }
    if coded is not None and 2 * coded <= n * world.response:
        doubled["hand-coded"] = (error(n, agents, 2 * coded), coded * asked.cost_coded)
    best = min(doubled, key=lambda name: doubled[name][0])
    names = {
        "interactions": "the number of interactions",
        "agents": "the number of agents",
        "hand-coded": "the hand-coded sample, not the corpus,",
    }
    more_of = "hand-coded interactions" if best == "hand-coded" else best
    said = (
        f"{names[best][0].upper()}{names[best][1:]} sets the precision: twice as many {more_of} lower the standard error "
        f"from {now:.3g} to {doubled[best][0]:.3g} {unit}{_price(doubled[best][1])}"
    )
    if best == "hand-coded":
        more, price = doubled["interactions"]
        gains = "leave it at" if more > now * (1 - MATTERS) else "bring it to"
        said += f", twice as many interactions {gains} {more:.3g}{_price(price)}"
    return said + "."


def _price(cost: float) -> str:
    return f" for {cost:,.0f} more" if cost > 0 else ""


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """The table for readers: rounded, in words."""
    costs = {"cost": table["cost"].map("{:,.0f}".format)} if table["cost"].gt(0).any() else {}
    return pd.DataFrame(
        {
            "interactions": table["n_interactions"].map("{:,}".format),
            "agents": table["n_agents"].map("{:,}".format),
            "hand-coded": ["-" if pd.isna(n) else f"{n:,}" for n in table["n_coded"]],
            "estimate": table["estimator"],
            "std. error": table["std_error"].map("{:.3g}".format),
            "seen as": table["seen_as"].map("{:+.3g}".format),
            "power": table["power"].map("{:.0%}".format),
            "smallest effect": table["minimal_effect"].map("{:.3g}".format),
            **costs,
            "enough": table["reaches"].map({True: "yes", False: ""}),
        }
    )
