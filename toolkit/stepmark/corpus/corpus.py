"""What a corpus is: turns, interactions, and what is known about them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from stepmark.corpus.outcome import Outcome

__all__ = ["Corpus"]


@dataclass(frozen=True, eq=False)
class Corpus:
    """Transcripts with their outcomes; immutable.

    Attributes
    ----------
    turns
        One row a turn; columns as in `stepmark.corpus.tables.TURNS`, sorted by interaction and turn.
    interactions
        One row an interaction; columns as in `INTERACTIONS`, then outcomes and covariates of any name.
    outcomes
        The outcomes among the columns of `interactions`.
    name, licence, language
        From `corpus.toml`.
    spans, codes
        Layers that came with the corpus; None where there are none.
    """

    turns: pd.DataFrame
    interactions: pd.DataFrame
    outcomes: tuple[Outcome, ...] = ()
    name: str = "unnamed"
    licence: str = ""
    language: str = "en"
    spans: pd.DataFrame | None = field(default=None, repr=False)
    codes: pd.DataFrame | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return f"Corpus({self.name!r}: {len(self.interactions):,} interactions, {len(self.turns):,} turns)"

    def outcome(self, name: str) -> Outcome:
        """The outcome called `name`; KeyError where the corpus declares none of that name."""
        for outcome in self.outcomes:
            if outcome.name == name:
                return outcome
        raise KeyError(name)
