"""Do the intervals of a study hold the truth of the simulated world?

Simulates corpora of difficult conversations (`stepmark.study.simulate`), lets a machine that errs code them, draws
a random sample of those who answered for coding by hand, asks `study` with every cause step at once, and counts how
often its intervals held the true effect of each step:

    naive       the raw difference in means, rule codes, nothing held constant
    rule codes  like compared with like, rule codes taken as truth
    true codes  like compared with like, every interaction coded without error
    corrected   like compared with like, rule codes corrected by the hand-coded sample

    python benchmarks/world_coverage.py --corpora 200
    python benchmarks/world_coverage.py --corpora 400 --first-seed 500000       # others
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from tqdm.auto import tqdm

from stepmark.study import Plan, study
from stepmark.study.power.trial import CONTROLS
from stepmark.study.simulate import STEPS, misread, simulate, true_effects

CAUSES = tuple(model.step for model in STEPS if model.role == "cause")
HELD_CONSTANT = ("issue", "channel", *CONTROLS)
LEVELS = (1, 2, 3, 4, 5)
METHODS = ("naive", "rule codes", "true codes", "corrected")
#: Cells of these methods should cover the truth in so many percent of the corpora.
HELD, LOWEST, HIGHEST = ("true codes", "corrected"), 92.0, 98.0


@dataclass(frozen=True)
class Design:
    """How large each corpus is, how much of it is coded by hand, and how well the machine codes."""

    n_interactions: int = 5000
    n_agents: int = 80
    n_coded: int = 800
    sensitivity: float = 0.75
    specificity: float = 0.95


def plan(steps: Iterable[str] = CAUSES, controls: Iterable[str] = HELD_CONSTANT, **rest: object) -> Plan:
    """The steps' effects on the score, all at once."""
    return Plan(
        outcome={"name": "csat", "kind": "ordinal", "levels": LEVELS},
        steps=[{"name": step, "measure": "used"} for step in steps],
        controls=list(controls),
        insist=True,
        **rest,
    )


def coded_corpus(seed: int, design: Design) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One corpus as it is, and as the machine coded it with the hand codes of a random sample beside."""
    true = simulate(design.n_interactions, design.n_agents, seed, text=False).table
    coded = misread(true, sensitivity=design.sensitivity, specificity=design.specificity, seed=seed)
    answered = np.flatnonzero(true["csat"].notna())
    drawn = np.zeros(len(true), dtype=bool)
    drawn[np.random.default_rng([seed, 1]).permutation(answered)[: design.n_coded]] = True
    hand = {f"{step}_gold": true[f"{step}_used"].astype(float).where(drawn) for step in CAUSES}
    chance = pd.Series(design.n_coded / len(answered), index=true.index).where(drawn)
    return true, coded.assign(**hand, coded=drawn.astype(int), coding_probability=chance)


def estimates(seed: int, design: Design) -> pd.DataFrame:
    """The rows of one corpus: `method`, `step`, `estimate`, `conf_low`, `conf_high`; refused estimates have none."""
    true, coded = coded_corpus(seed, design)
    parts = [("true codes", study(true, plan()).effects)]
    both = study(coded, plan(correction={"method": "ptd"})).effects
    parts += [
        (name, both[both["correction"] == kind])
        for name, kind in (("rule codes", "none"), ("corrected", "ptd"))
    ]
    parts += [("naive", study(coded, plan([step], [])).effects) for step in CAUSES]
    rows = [
        found[(found["scale"] == "points") & (found["contrast"] == "used - not used")].assign(method=name)
        for name, found in parts
    ]
    kept = ["method", "term", "estimate", "conf_low", "conf_high"]
    return pd.concat(rows)[kept].rename(columns={"term": "step"}).assign(seed=seed)


def drawn_estimates(
    corpora: int, design: Design, *, first_seed: int = 90_000, workers: int = 1, progress: bool = False
) -> pd.DataFrame:
    """The rows of all corpora; seeds do not depend on the workers."""
    seeds = range(first_seed, first_seed + corpora)
    one = partial(estimates, design=design)
    if workers == 1:
        return pd.concat([one(seed) for seed in tqdm(seeds, disable=not progress)], ignore_index=True)
    with ProcessPoolExecutor(workers) as pool:
        return pd.concat(tqdm(pool.map(one, seeds), total=corpora, disable=not progress), ignore_index=True)


def coverage(drawn: pd.DataFrame) -> pd.DataFrame:
    """One row a step and method: `truth`, `mean`, `sd` (points), `covered` (percent), `wrong_sign` (percent), `estimates`."""
    truth = true_effects().query("outcome == 'csat'").set_index("step")["effect"]
    rows = drawn.assign(truth=drawn["step"].map(truth))
    rows["covered"] = 100.0 * rows["truth"].between(rows["conf_low"], rows["conf_high"])
    rows["wrong_sign"] = 100.0 * (rows["estimate"] * rows["truth"] < 0)
    cells = rows.groupby(["method", "step"], sort=False)
    table = cells.agg(
        truth=("truth", "first"),
        mean=("estimate", "mean"),
        sd=("estimate", "std"),
        covered=("covered", "mean"),
        wrong_sign=("wrong_sign", "mean"),
        estimates=("estimate", "count"),
    )
    return table.reset_index()


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """One row a method: mean, lowest and highest coverage over the steps, in percent."""
    return table.groupby("method")["covered"].agg(["mean", "min", "max"]).reindex(METHODS).round(1)


def outside(table: pd.DataFrame) -> pd.DataFrame:
    """The cells of `HELD` outside 92 to 98%: `covered` with its exact 95% Monte-Carlo interval, and `estimates` behind it.

    Where the interval reaches into 92 to 98%, that many corpora cannot tell the cell from one inside.
    """
    cells = table[table["method"].isin(HELD) & ~table["covered"].between(LOWEST, HIGHEST)]
    held = (cells["covered"] * cells["estimates"] / 100).round().astype(int)
    ends = [
        binomtest(int(hits), int(n)).proportion_ci() for hits, n in zip(held, cells["estimates"], strict=True)
    ]
    low, high = ([100 * getattr(end, name) for end in ends] for name in ("low", "high"))
    return cells[["method", "step", "covered"]].assign(low=low, high=high, estimates=cells["estimates"])


def show(drawn: pd.DataFrame, corpora: int, design: Design) -> None:
    """Print what was measured."""
    table = coverage(drawn)
    print(
        f"95% intervals of study() for CSAT points, {corpora} simulated corpora of {design.n_interactions:,} "
        f"interactions,\n{design.n_agents} agents, {design.n_coded} of those who answered coded by hand, "
        f"rules right {design.sensitivity:.0%} / {design.specificity:.0%} of the time\n"
    )
    wide = table.pivot_table(index=["step", "truth"], columns="method", values="covered", sort=False)
    print("held the truth, percent")
    print(wide[list(METHODS)].round(1).to_string(), "\n")
    print(summary(table).to_string(), "\n")
    print(f"cells outside {LOWEST:g} to {HIGHEST:g}%, with their Monte-Carlo interval")
    print(outside(table).round(1).to_string(index=False), "\n")
    apologize = table[table["step"] == "apologize"].set_index("method").loc[list(METHODS)]
    print("apologize")
    print(apologize[["truth", "mean", "sd", "wrong_sign"]].round(3).to_string(), "\n")
    given = table[table["method"] == "corrected"].set_index("step")["estimates"].reindex(CAUSES, fill_value=0)
    refused = 100 * (1 - given / corpora)
    if refused.any():
        print("corrected estimates that were refused (fewer than 20 hand-coded uses), percent")
        print(refused[refused > 0].round(1).to_string())


def main() -> None:
    """Draw, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpora", type=int, default=200)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=90_000)
    chosen, design = parser.parse_args(), Design()
    drawn = drawn_estimates(
        chosen.corpora, design, first_seed=chosen.first_seed, workers=chosen.workers, progress=True
    )
    show(drawn, chosen.corpora, design)


if __name__ == "__main__":
    main()
