"""Makes the corpus that the project ships, and any other like it, by one command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from stepmark.corpus import write_atomically, write_folder
from stepmark.errors import StepmarkError
from stepmark.study.simulate.card import write_card
from stepmark.study.simulate.world import World, simulate

__all__ = ["SHIPPED", "main", "ship"]

#: What `corpora/hard-days` is made of.
SHIPPED = {"n_interactions": 640, "n_agents": 40, "seed": 7}
_COMMAND = (
    "python -m stepmark.study.simulate --interactions {n} --agents {g} --seed {seed} --out corpora/hard-days"
)


def ship(world: World, folder: str | Path) -> Path:
    """Write the corpus of a world with text and its card to `folder`, in place of what is there; gives the folder."""
    if world.corpus is None:
        raise ValueError("only a world with text can be shipped")
    path = write_folder(world.corpus, folder, overwrite=True)
    command = _COMMAND.format(n=len(world.table), g=world.n_agents, seed=world.seed)
    with write_atomically(path / "README.md") as draft:
        draft.write_text(write_card(world, command), encoding="utf-8")
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives its exit status (1 where the input is wrong)."""
    parser = argparse.ArgumentParser(prog="python -m stepmark.study.simulate", description=__doc__)
    parser.add_argument("--out", required=True, help="the corpus folder to write")
    parser.add_argument("--interactions", type=int, default=SHIPPED["n_interactions"])
    parser.add_argument("--agents", type=int, default=SHIPPED["n_agents"])
    parser.add_argument("--seed", type=int, default=SHIPPED["seed"])
    asked = parser.parse_args(arguments)
    try:
        world = simulate(asked.interactions, asked.agents, asked.seed)
        path = ship(world, asked.out)
    except StepmarkError as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    sys.stdout.write(f"{path}: {len(world.table):,} interactions of seed {asked.seed}\n")
    return 0
