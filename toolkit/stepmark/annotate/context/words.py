"""Rules about plain words: in the sentence, in the turn, in what the other said before; and how much else is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from stepmark.annotate.context.moment import Moment
from stepmark.annotate.context.registry import rule
from stepmark.annotate.context.sentence import asks, words_before
from stepmark.annotate.lexicon import WORD
from stepmark.annotate.reading import Mark, TextBatch
from stepmark.annotate.step import Speaker

if TYPE_CHECKING:
    import numpy as np

    from stepmark.annotate.index import Hits

__all__ = [
    "after_question", "bare", "before_has", "earlier_has", "ends_turn", "said_before", "sentence_has", "starts_sentence",
    "starts_turn", "turn_has", "turn_words",
]  # fmt: skip


class Wanted(NamedTuple):
    """Words that are looked for: single ones, and runs of several with blanks between them."""

    single: frozenset[str]
    runs: tuple[str, ...]

    def among(self, words: Sequence[str]) -> bool:
        """Whether a row of words holds one of them."""
        if not self.single.isdisjoint(words):
            return True
        joined = f" {' '.join(words)} " if self.runs else ""
        return any(run in joined for run in self.runs)


def _prepared(options: Mapping[str, Any]) -> dict[str, Any]:
    words = frozenset(options["words"])
    runs = tuple(f" {word} " for word in sorted(words) if " " in word)
    return {**options, "words": Wanted(frozenset(word for word in words if " " not in word), runs)}


@rule("sentence_has", turn_only=True, prepare=_prepared)
def sentence_has(mark: Mark, moment: Moment, *, words: Wanted) -> bool:
    """The sentence holds one of `words` (lower-case, tokens with blanks between them for several)."""
    return words.among(moment.reading.sentence_words(mark.start))


@rule("turn_has", turn_only=True, prepare=_prepared)
def turn_has(mark: Mark, moment: Moment, *, words: Wanted) -> bool:
    """The turn holds one of `words`."""
    return words.among(moment.reading.words)


@rule("before_has", turn_only=True, prepare=_prepared)
def before_has(mark: Mark, moment: Moment, *, words: Wanted) -> bool:
    """One of `words` stands in the sentence before the mark."""
    return words.among(words_before(mark, moment.reading))


@rule("earlier_has", prepare=_prepared)
def earlier_has(
    mark: Mark, moment: Moment, *, words: Wanted, speaker: Speaker = "customer", last: int | None = None
) -> bool:
    """One of `words` stands in the earlier turns of `speaker`, or in the `last` few of them."""
    return any(words.among(turn.reading.words) for turn in moment.earlier(speaker, last))


@rule("after_question")
def after_question(mark: Mark, moment: Moment, *, speaker: Speaker = "customer") -> bool:
    """The last turn of `speaker` before this one ends in a question."""
    before = moment.earlier(speaker, last=1)
    if not before or not before[0].reading.words:
        return False
    reading = before[0].reading
    return asks(reading.sentence_words(len(reading.words) - 1))


def _are_bare(batch: TextBatch, hits: Hits, *, beside: int = 2) -> np.ndarray:
    first, last = batch.bounds[hits.text], batch.bounds[hits.text + 1]
    return batch.said[last] - batch.said[first] - (batch.said[hits.end] - batch.said[hits.start]) <= beside


@rule("bare", turn_only=True, at_once=_are_bare)
def bare(mark: Mark, moment: Moment, *, beside: int = 2) -> bool:
    """The turn says hardly anything else: at most `beside` words outside the mark."""
    said = moment.reading.said
    return said[-1] - (said[mark.end] - said[mark.start]) <= beside


def _in_turns_of_words(
    batch: TextBatch, hits: Hits, *, least: int = 0, most: int | None = None
) -> np.ndarray:
    n_words = batch.said[batch.bounds[hits.text + 1]] - batch.said[batch.bounds[hits.text]]
    return (n_words >= least) & (most is None or n_words <= most)


@rule("turn_words", turn_only=True, at_once=_in_turns_of_words)
def turn_words(mark: Mark, moment: Moment, *, least: int = 0, most: int | None = None) -> bool:
    """The turn has at least `least` and at most `most` words."""
    n_words = moment.reading.count(WORD)
    return n_words >= least and (most is None or n_words <= most)


def _start_sentences(batch: TextBatch, hits: Hits, *, after: int = 0) -> np.ndarray:
    first, _ = batch.sentence_bounds
    return batch.said[hits.start] - batch.said[first[hits.start]] <= after


@rule("starts_sentence", turn_only=True, at_once=_start_sentences)
def starts_sentence(mark: Mark, moment: Moment, *, after: int = 0) -> bool:
    """At most `after` words stand in the sentence before the mark."""
    reading = moment.reading
    first, _ = reading.sentence_bounds(mark.start)
    return reading.said[mark.start] - reading.said[first] <= after


def _start_turns(batch: TextBatch, hits: Hits, *, after: int = 2) -> np.ndarray:
    return batch.said[hits.start] - batch.said[batch.bounds[hits.text]] <= after


@rule("starts_turn", turn_only=True, at_once=_start_turns)
def starts_turn(mark: Mark, moment: Moment, *, after: int = 2) -> bool:
    """At most `after` words stand in the turn before the mark."""
    return moment.reading.said[mark.start] <= after


def _end_turns(batch: TextBatch, hits: Hits, *, before: int = 2) -> np.ndarray:
    return batch.said[batch.bounds[hits.text + 1]] - batch.said[hits.end] <= before


@rule("ends_turn", turn_only=True, at_once=_end_turns)
def ends_turn(mark: Mark, moment: Moment, *, before: int = 2) -> bool:
    """At most `before` words stand in the turn after the mark."""
    said = moment.reading.said
    return said[-1] - said[mark.end] <= before


@rule("said_before")
def said_before(mark: Mark, moment: Moment) -> bool:
    """The words of the mark stand, in the same order, in an earlier turn: what is repeated is no news."""
    said = f" {' '.join(moment.reading.words[mark.start : mark.end])} "
    return any(said in f" {' '.join(turn.reading.words)} " for turn in moment.earlier())
