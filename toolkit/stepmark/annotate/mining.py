"""Which constructions are worth a pattern? Runs of words that coded turns have and other turns lack.

Ranked by the log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, eq. 16 and 22), the
prior being the uncoded text, so that a run of words that is common everywhere cannot win.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stepmark.annotate.gold import CodedTurn
from stepmark.annotate.guide import Guide
from stepmark.annotate.interactions import interactions_of
from stepmark.annotate.marker import Marker, RawTurn
from stepmark.annotate.scores import coded_turns, read_ahead

if TYPE_CHECKING:
    import pandas as pd

    from stepmark.corpus import Corpus

__all__ = ["mine_constructions"]

Run = tuple[str, ...]


def mine_constructions(
    gold: str | Path | Sequence[CodedTurn],
    corpus: Corpus | pd.DataFrame,
    guide: Guide | str | Path = "difficult-customers",
    *,
    step: str | None = None,
    longest: int = 4,
    least: int = 2,
    missed_only: bool = False,
    top: int = 20,
    codes_corpus: Any = None,
) -> pd.DataFrame:
    """Runs of words that are over-represented in turns coded with a step.

    Parameters
    ----------
    gold
        A gold file, coded turns, or a codes table (then with `codes_corpus`).
    corpus
        Uncoded text, for the support of a run there.
    guide
        Whose steps are asked for.
    step
        Only this step; all where None.
    longest
        The longest run, in words.
    least
        In how many coded interactions a run must occur.
    missed_only
        Whether to look only at coded turns that the guide passes over.
    top
        How many runs a step.

    Returns
    -------
    pandas.DataFrame
        By step and `z`: `step`, `words`, `z` (log-odds over its standard error), `coded` (turns coded with the step that
        have the run), `interactions`, `precision` (of coded turns that have it, the share with the step, 0 to 1),
        `uncoded_per_1000` (turns of the uncoded corpus with the run, by the same speaker).
    """
    import pandas as pd

    guide = Guide.load(guide)
    turns = coded_turns(gold, codes_corpus)
    marker = Marker(guide)
    passed_over = (
        [_marked_steps(marker, said) for _, said in read_ahead(turns, marker)]
        if missed_only
        else [frozenset[str]()] * len(turns)
    )
    runs = [_runs(marker.read(turn.text).words, longest) for turn in turns]
    background, sizes = _background(corpus, marker, longest, set().union(*runs) if runs else set())
    rows = []
    for wanted in guide.steps:
        if step in (None, wanted.id):
            speaker = None if wanted.speaker == "any" else wanted.speaker
            mine = [i for i, turn in enumerate(turns) if speaker in (None, turn.speaker)]
            coded = [i for i in mine if wanted.id in turns[i].codes and wanted.id not in passed_over[i]]
            table = _ranked(
                coded,
                mine,
                turns,
                runs,
                background[speaker or "any"],
                sizes[speaker or "any"],
                least,
                wanted.id,
            )
            rows += [(wanted.id, *row) for row in table[:top]]
    names = ["step", "words", "z", "coded", "interactions", "precision", "uncoded_per_1000"]
    return pd.DataFrame(rows, columns=names)


def _marked_steps(marker: Marker, said: Sequence[RawTurn]) -> frozenset[str]:
    return frozenset(mark.step for mark in marker.mark(said)[-1])


def _runs(words: Sequence[str], longest: int) -> set[Run]:
    return {
        tuple(words[start : start + size])
        for size in range(1, longest + 1)
        for start in range(len(words) - size + 1)
    }


def _background(
    corpus: Any, marker: Marker, longest: int, wanted: set[Run]
) -> tuple[dict[str, Counter[Run]], Counter[str]]:
    """For each speaker, and for any: in how many turns of the corpus each wanted run occurs, and how many turns there are."""
    counts: dict[str, Counter[Run]] = defaultdict(Counter)
    sizes: Counter[str] = Counter()
    for _, _, raw in interactions_of(corpus):
        for turn in raw:
            words = [token.lower_ for token in marker.nlp.make_doc(turn.text)]
            held = _runs(words, longest) & wanted
            for key in (turn.speaker, "any"):
                counts[key].update(held)
                sizes[key] += 1
    return counts, sizes


def _ranked(
    coded: list[int], mine: list[int], turns: Sequence[CodedTurn], runs: list[set[Run]], background: Counter[Run],
    size: int, least: int, step: str,
) -> list[tuple[Any, ...]]:  # fmt: skip
    here, there = _count(runs[i] for i in coded), _count(runs[i] for i in mine if step not in turns[i].codes)
    where: dict[Run, set[str]] = defaultdict(set)
    for i in coded:
        for run in runs[i]:
            where[run].add(turns[i].interaction)
    n_here, n_there = len(coded), sum(step not in turns[i].codes for i in mine)
    rows = []
    for run, count in here.items():
        if len(where[run]) >= least and any(word.isalpha() for word in run):
            prior = 10 * (background[run] + 0.5) / (size + 1)
            z = _log_odds_z(count, n_here, there[run], n_there, prior)
            precision = count / (count + there[run])
            rows.append(
                (" ".join(run), z, count, len(where[run]), precision, 1000 * background[run] / max(size, 1))
            )
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def _count(runs: Iterable[set[Run]]) -> Counter[Run]:
    counts: Counter[Run] = Counter()
    for held in runs:
        counts.update(held)
    return counts


def _log_odds_z(
    count: int, size: int, other: int, other_size: int, prior: float, prior_size: float = 10.0
) -> float:
    """The log-odds ratio of a run of words in two sets of turns over its standard error (Monroe et al. 2008)."""
    here, there = count + prior, other + prior
    odds = here / (size + prior_size - here) if size + prior_size > here else np.inf
    other_odds = there / (other_size + prior_size - there)
    return float((np.log(odds) - np.log(other_odds)) / np.sqrt(1 / here + 1 / there))
