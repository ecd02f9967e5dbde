"""What is a corpus? Turns, interactions, and what is known about them.

Reading and writing belong to the readers and to `folder`; the checks to `validation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from typing import Any

import pandas as pd

from stepmark.corpus.origin import Origin
from stepmark.corpus.outcome import Outcome
from stepmark.corpus.validation import check_tables
from stepmark.errors import Fault, InputError

__all__ = ["Corpus", "expect_corpus", "expect_turns"]


class _Frame:
    """A table of a corpus. Each look at it is a copy that costs nothing until it is changed (copy on write)."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.slot = f"_{name}"
        self.optional = name in ("spans", "codes")

    def __get__(self, corpus: Corpus | None, owner: type | None = None) -> Any:
        if corpus is None:  # the dataclass asks for the default
            if self.optional:
                return None
            raise AttributeError(self.slot)
        frame = corpus.__dict__[self.slot]
        return None if frame is None else frame.copy(deep=False)

    def __set__(self, corpus: Corpus, frame: pd.DataFrame | None) -> None:
        corpus.__dict__[self.slot] = frame


def _table() -> Any:
    """A descriptor, one for the class and not one for each corpus (hence the exceptions to RUF009)."""
    return _Frame()


@dataclass(frozen=True, eq=False, repr=False)
class Corpus:
    """Transcripts with their outcomes; checked when it is made, and immutable.

    Parameters
    ----------
    turns
        One row a turn; columns as in `stepmark.corpus.tables.TURNS`, and others of any name. Comes back sorted by
        interaction and turn, with `start` and `end` (missing where unknown).
    interactions
        One row an interaction; columns as in `INTERACTIONS`, then outcomes and covariates of any name. Outcomes come
        back as float64, missing where nobody answered.
    outcomes
        The outcomes among the columns of `interactions`.
    name, licence, language
        From `corpus.toml`.
    spans, codes
        Layers that came with the corpus; None where there are none.
    notes
        What a reader took for granted, in words for the user; not kept on disk.
    origins, types
        For readers: where the rows of each table came from, and the kinds of columns beyond the tables' own.

    Raises
    ------
    InputError
        With every fault of the tables: columns that are missing, values that do not fit, rows that are there twice,
        turns of unknown interactions.

    Examples
    --------
    >>> import pandas as pd
    >>> turns = pd.DataFrame({"interaction_id": ["a"], "turn": [0], "speaker": ["customer"], "text": ["It broke."]})
    >>> interactions = pd.DataFrame({"interaction_id": ["a"], "agent_id": ["kim"], "channel": ["chat"], "csat": [4]})
    >>> Corpus(turns, interactions, (Outcome("csat", "ordinal", (1, 2, 3, 4, 5)),))
    Corpus('unnamed': 1 interaction, 1 turn, outcome csat)
    """

    turns: pd.DataFrame = _table()  # noqa: RUF009
    interactions: pd.DataFrame = _table()  # noqa: RUF009
    outcomes: tuple[Outcome, ...] = ()
    name: str = "unnamed"
    licence: str = ""
    language: str = "en"
    spans: pd.DataFrame | None = _table()  # noqa: RUF009
    codes: pd.DataFrame | None = _table()  # noqa: RUF009
    notes: tuple[str, ...] = ()
    origins: InitVar[Mapping[str, Origin] | None] = None
    types: InitVar[Mapping[str, Mapping[str, str]] | None] = None

    def __post_init__(
        self, origins: Mapping[str, Origin] | None, types: Mapping[str, Mapping[str, str]] | None
    ) -> None:
        object.__setattr__(self, "outcomes", tuple(self.outcomes))
        checked = check_tables(
            self.turns,
            self.interactions,
            self.outcomes,
            self.spans,
            self.codes,
            origins=origins,
            types=types,
        )
        for table, frame in checked.items():
            object.__setattr__(self, table, frame)

    def __repr__(self) -> str:
        parts = [_count(len(self.interactions), "interaction"), _count(len(self.turns), "turn")]
        if self.outcomes:
            names = ", ".join(outcome.name for outcome in self.outcomes)
            parts.append(f"outcome{'s' if len(self.outcomes) > 1 else ''} {names}")
        return f"Corpus({self.name!r}: {', '.join(parts)})"

    def outcome(self, name: str) -> Outcome:
        """The outcome called `name`; KeyError where the corpus declares none of that name."""
        for outcome in self.outcomes:
            if outcome.name == name:
                return outcome
        raise KeyError(name)


#: What to do with whatever is not a corpus yet.
_READ_FIRST = "Read it first: stepmark.read(path), or make one: stepmark.Corpus(turns, interactions)."


def expect_corpus(value: Any, command: str) -> None:
    """Refuse what is no corpus (a path, a table), in words, at the door of `command`."""
    if not isinstance(value, Corpus):
        raise InputError(Fault(command, f"a {type(value).__name__}", "a Corpus", _READ_FIRST))


def expect_turns(value: Any, command: str) -> None:
    """Refuse what is neither a corpus nor a table of turns, in words, at the door of `command`."""
    if isinstance(value, Corpus):
        return
    if not isinstance(value, pd.DataFrame):
        raise InputError(
            Fault(command, f"a {type(value).__name__}", "a Corpus, or a table of turns", _READ_FIRST)
        )
    needed = ("interaction_id", "turn", "speaker", "text")
    missing = ", ".join(name for name in needed if name not in value)
    if missing:
        raise InputError(
            Fault(command, f"a table without {missing}", f"a table of turns: {', '.join(needed)}")
        )


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
