"""A simulated world: its corpus, its measured table, and what is true in it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from stepmark.corpus import Corpus
from stepmark.errors import Fault, InputError
from stepmark.study.simulate.cases import draw_cases
from stepmark.study.simulate.settings import Settings
from stepmark.study.simulate.transcripts import write_corpus
from stepmark.study.simulate.truth import true_effects

__all__ = ["World", "simulate"]


@dataclass(frozen=True, eq=False)
class World:
    """What `simulate` drew.

    Attributes
    ----------
    table
        One row an interaction, as `measure` would give it if it made no errors: ids, covariates, `S_before` for the
        customer's signals, `S_used` and `S_count` for the steps, `csat` (missing where not answered), `resolved`.
    corpus
        The same interactions as transcripts; None where no text was asked for.
    codes
        The true step of each turn, columns as in `stepmark.corpus.tables.CODES`, coder `truth`; None without text.
    settings, n_agents, seed
        What it was drawn from; with few interactions some agents get none.
    """

    table: pd.DataFrame = field(repr=False)
    settings: Settings = field(repr=False)
    n_agents: int
    seed: int
    corpus: Corpus | None = None
    codes: pd.DataFrame | None = field(default=None, repr=False)

    @property
    def truth(self) -> pd.DataFrame:
        """The true effect of each step on each outcome; see `true_effects`."""
        return true_effects(self.settings)

    @property
    def steps(self) -> pd.DataFrame | None:
        """The true codes of each turn; another name for `codes`."""
        return self.codes


def simulate(
    n_interactions: int = 600,
    n_agents: int = 40,
    seed: int = 0,
    settings: Settings | None = None,
    *,
    text: bool = True,
) -> World:
    """Draw a world of difficult conversations whose true effects are known.

    Parameters
    ----------
    n_interactions, n_agents
        How many; agents get uneven shares, and with few interactions some get none.
    seed
        Two worlds of one seed are the same, on any machine and in any process.
    settings
        The structural model; the default one where None.
    text
        Whether to write the transcripts. Without them 100,000 interactions take about a second.

    Returns
    -------
    World

    Raises
    ------
    InputError
        Where a number is below 1, or the seed below 0.

    Examples
    --------
    >>> world = simulate(1_000, 20, seed=1, text=False)
    >>> world.table.shape[0], int(world.table["csat"].isna().sum()) > 100
    (1000, True)
    """
    faults = [
        Fault(f"simulate, {name}", f"{value}", f"a whole number of at least {least}")
        for name, value, least in (
            ("n_interactions", n_interactions, 1),
            ("n_agents", n_agents, 1),
            ("seed", seed, 0),
        )
        if value < least
    ]
    if faults:
        raise InputError(faults)
    settings = settings or Settings()
    cases = draw_cases(n_interactions, n_agents, seed, settings)
    if not text:
        return World(cases.table, settings, n_agents, seed)
    corpus, codes = write_corpus(cases, seed)
    return World(cases.table, settings, n_agents, seed, corpus, codes)
