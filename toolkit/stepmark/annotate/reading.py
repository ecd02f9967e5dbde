"""Texts as the engine reads them: their words, the places of these, and their sentences.

Texts are read many at a time, in arrays (`TextBatch`); rules see one text of them (`Reading`). A reading depends on nothing
but the text, so equal texts share one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import numpy as np
from spacy.attrs import IDX, ORTH

from stepmark.annotate.lexicon import CLAUSE, CLOSER, LINE_BREAK, STOP, WORD, Lexicon

if TYPE_CHECKING:
    from spacy.tokens import Doc

__all__ = ["Hit", "Mark", "Reading", "TextBatch", "ranges", "sums_before"]

#: How many words without a stop are read as speech without punctuation, and how many at least stand before a new clause.
LONG, SHORT = 14, 5


class Hit(NamedTuple):
    """A pattern that matched: its number in the guide, and the tokens from `start` up to, not including, `end`."""

    entry: int
    start: int
    end: int


class Mark(NamedTuple):
    """A step found in a turn.

    Attributes
    ----------
    step
        The step's id.
    start_char, end_char
        Where in the turn's text; the end is not included.
    start, end
        The same in tokens.
    sentence
        The number of the sentence in which it begins, from 0.
    source
        `rule:<pattern id>`, `time` or `model:<name>`.
    """

    step: str
    start_char: int
    end_char: int
    start: int
    end: int
    sentence: int
    source: str


class TextBatch:
    """Some texts, token after token in arrays.

    Parameters
    ----------
    texts
        The texts.
    lexicon
        The forms of their tokens.
    forms
        The number of each token's form, text after text.
    bounds
        Where among the tokens each text begins, and where the last ends: one more than there are texts.
    starts
        Where each token begins in its text, in characters.
    docs
        The documents, where patterns may ask for more of them than their words.
    """

    def __init__(
        self,
        texts: Sequence[str],
        lexicon: Lexicon,
        forms: np.ndarray,
        bounds: np.ndarray,
        starts: np.ndarray,
        docs: Sequence[Doc] | None = None,
    ) -> None:
        self.texts = texts
        self.lexicon = lexicon
        self.forms = forms
        self.bounds = bounds
        self.starts = starts
        self.docs = docs
        self._counts: dict[int, list[int]] = {}
        self._holding: dict[frozenset[str], list[bool]] = {}

    @classmethod
    def of_docs(cls, docs: Sequence[Doc], lexicon: Lexicon, *, keep: bool = False) -> TextBatch:
        """The texts of documents; `keep` them where patterns may ask for more than their words: they are heavy."""
        columns = [doc.to_array([ORTH, IDX]).T.tolist() if len(doc) else ([], []) for doc in docs]
        return cls(
            [doc.text for doc in docs],
            lexicon,
            np.array([form for orths, _ in columns for form in lexicon.numbers(orths)], dtype=np.intp),
            sums_before(np.array([len(doc) for doc in docs], dtype=np.intp)),
            np.array([start for _, starts in columns for start in starts], dtype=np.intp),
            docs if keep else None,
        )

    def readings(self) -> list[Reading]:
        """Each text by itself."""
        return [Reading(self, number) for number in range(len(self.texts))]

    @cached_property
    def sentences(self) -> np.ndarray:
        """The number of each token's sentence in its text, from 0.

        A sentence ends with stops, or at a line break. In a stretch of more than `LONG` words without a stop (speech
        written down without punctuation) a word such as "but" or "so" begins a new one after at least five words.
        """
        numbers = np.cumsum(self._begins)
        return numbers - numbers[np.repeat(self.bounds[:-1], np.diff(self.bounds))]

    @cached_property
    def sentence_bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """For each token where among the tokens of the batch its sentence begins and ends."""
        bounds = np.append(np.flatnonzero(self._begins), len(self.forms))
        number = np.cumsum(self._begins)
        return bounds[number - 1], bounds[number]

    @cached_property
    def said(self) -> np.ndarray:
        """How many tokens of the batch before each, and in all, are words (no punctuation, account, link or picture)."""
        return sums_before(self.kinds & WORD != 0)

    @cached_property
    def kinds(self) -> np.ndarray:
        """What each token is, as the bits of the lexicon."""
        return self.lexicon.kinds(self.forms)

    def words(self, start: int, end: int) -> list[str]:
        """The tokens of the batch from `start` up to, not including, `end`, lower-cased."""
        words = self.lexicon.words
        return [words[form] for form in self.forms[start:end].tolist()]

    def counts(self, kind: int) -> list[int]:
        """For each text how many of its tokens are of a kind, which is a bit of the lexicon's."""
        if kind not in self._counts:
            self._counts[kind] = np.diff(sums_before(self.kinds & kind != 0)[self.bounds]).tolist()
        return self._counts[kind]

    def holding(self, words: frozenset[str]) -> list[bool]:
        """For each text whether one of some lower-cased words stands in it."""
        if words not in self._holding:
            before = sums_before(self.lexicon.among(words, self.forms))
            self._holding[words] = (np.diff(before[self.bounds]) > 0).tolist()
        return self._holding[words]

    @cached_property
    def _begins(self) -> np.ndarray:
        """Whether each token begins a sentence."""
        begins = self._after_stops()
        begins[self.bounds[:-1][np.diff(self.bounds) > 0]] = True
        begins[self._clauses(begins)] = True
        return begins

    def _after_stops(self) -> np.ndarray:
        """Whether each token begins a sentence because one ends before it."""
        closed = sums_before(self.kinds & (STOP | LINE_BREAK) != 0)
        plain = np.flatnonzero(self.kinds & (STOP | CLOSER) == 0)
        text_starts = np.repeat(self.bounds[:-1], np.diff(self.bounds))[plain]
        since = np.maximum(text_starts, np.concatenate([[0], plain[:-1]]))
        begins = np.zeros(len(self.forms), dtype=bool)
        begins[plain] = closed[plain] > closed[since]
        return begins

    def _clauses(self, begins: np.ndarray) -> list[int]:
        """The words that begin a new clause in long sentences, given where sentences begin."""
        starts = np.flatnonzero(begins)
        long = np.diff(starts, append=len(begins)) > LONG
        places = np.flatnonzero(self.kinds & CLAUSE)
        own = np.searchsorted(starts, places, side="right") - 1
        places, firsts = places[long[own]], starts[own[long[own]]]
        clauses, last = [], 0
        for place, first in zip(places.tolist(), firsts.tolist(), strict=True):
            if place - max(first, last) >= SHORT:
                clauses.append(place)
                last = place
        return clauses


def sums_before(counts: np.ndarray) -> np.ndarray:
    """The sum of all counts before each, and of all.

    Examples
    --------
    >>> sums_before(np.array([2, 3])).tolist()
    [0, 2, 5]
    """
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)


def ranges(firsts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The numbers of several ranges, one after the other.

    Examples
    --------
    >>> ranges(np.array([5, 20]), np.array([2, 3])).tolist()
    [5, 6, 20, 21, 22]
    """
    before = np.cumsum(counts) - counts
    return np.repeat(firsts - before, counts) + np.arange(counts.sum())


_Value = TypeVar("_Value")


class _once(Generic[_Value]):  # noqa: N801 (reads as a decorator)
    """A property that is worked out once; `functools.cached_property` takes a lock for each in Python 3.11."""

    def __init__(self, find: Callable[[Any], _Value]) -> None:
        self._find = find
        self.__doc__ = find.__doc__

    def __get__(self, reading: Any, owner: type) -> _Value:
        value = reading.__dict__[self._find.__name__] = self._find(reading)
        return value


class Reading:
    """A text with its tokens; words, places and sentences are found when first asked for.

    Parameters
    ----------
    batch
        The texts that were read with it.
    number
        Its place among them.
    """

    def __init__(self, batch: TextBatch, number: int) -> None:
        self.batch = batch
        self.number = number
        self.text = batch.texts[number]
        #: What matches in it as a speaker's, and what else follows from the text alone; kept here by whoever worked it out.
        self.found: dict[str, Any] = {}
        self.resolved: dict[object, Any] = {}

    @classmethod
    def of(cls, doc: Doc, lexicon: Lexicon | None = None, *, keep_doc: bool = False) -> Reading:
        """The reading of a document; `keep_doc` where patterns may ask for more of it than its words."""
        lexicon = Lexicon(doc.vocab) if lexicon is None else lexicon
        return TextBatch.of_docs([doc], lexicon, keep=keep_doc).readings()[0]

    @_once
    def own(self) -> slice:
        """Where its tokens stand in the arrays of the batch."""
        return slice(*self.batch.bounds[self.number : self.number + 2].tolist())

    @_once
    def forms(self) -> list[int]:
        """The numbers of the tokens' forms."""
        return self.batch.forms[self.own].tolist()

    @_once
    def starts(self) -> list[int]:
        """Where each token begins in the text."""
        return self.batch.starts[self.own].tolist()

    @_once
    def tokens(self) -> list[str]:
        """The tokens as they stand."""
        tokens = self.batch.lexicon.tokens
        return [tokens[form] for form in self.forms]

    @_once
    def words(self) -> list[str]:
        """The tokens, lower-cased."""
        words = self.batch.lexicon.words
        return [words[form] for form in self.forms]

    @_once
    def sentences(self) -> list[int]:
        """The number of the sentence of each token."""
        return self.batch.sentences[self.own].tolist()

    @_once
    def said(self) -> list[int]:
        """How many of the tokens before each, and in all, are words."""
        said = self.batch.said[self.own.start : self.own.stop + 1]
        return (said - said[0]).tolist()

    def count(self, kind: int) -> int:
        """How many of its tokens are of a kind, which is a bit of the lexicon's."""
        return self.batch.counts(kind)[self.number]

    def holds(self, words: frozenset[str]) -> bool:
        """Whether one of some lower-cased words stands in it."""
        return self.batch.holding(words)[self.number]

    def chars(self, start: int, end: int) -> tuple[int, int]:
        """Where the tokens from `start` up to, not including, `end` stand in the text."""
        return self.starts[start], self.starts[end - 1] + len(self.tokens[end - 1])

    def sentence_bounds(self, token: int) -> tuple[int, int]:
        """Where (tokens) the sentence that holds a token begins and ends."""
        number = self.sentences[token]
        return bisect_left(self.sentences, number), bisect_right(self.sentences, number)

    def sentence_words(self, token: int) -> list[str]:
        """The words of the sentence that holds a token."""
        start, end = self.sentence_bounds(token)
        return self.words[start:end]
