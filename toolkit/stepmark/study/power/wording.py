"""What follows from the designs, in plain words, and their table for readers."""

from __future__ import annotations

import pandas as pd

from stepmark.study.power.assumptions import Assumptions
from stepmark.study.power.formula import Estimator, precision
from stepmark.study.sections import PowerPlan

__all__ = ["conclusion", "shown"]

#: A design whose standard error doubling something lowers by less than this is not limited by it.
MATTERS = 0.05


def conclusion(
    world: Assumptions,
    asked: PowerPlan,
    table: pd.DataFrame,
    chosen: pd.Series,
    unit: str,
    conf_level: float,
) -> str:
    """Which design will do, what sets its precision, and what rule codes taken as truth would show."""
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


def shown(table: pd.DataFrame) -> pd.DataFrame:
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
