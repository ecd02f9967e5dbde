"""One text as the engine reads it: its words, their places, and its sentences.

A reading depends on nothing but the text, so equal texts share one.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

__all__ = ["Hit", "Mark", "Reading", "WordNames", "sentence_numbers"]

#: Tokens that end a sentence.
STOPS = frozenset({".", "!", "?", "…", "...", "..", "....", "!!", "??", "!?", "?!", "!!!", "???", "。", "؟"})
#: Marks that still belong to the sentence that a stop has ended.
CLOSERS = frozenset({'"', "'", ")", "”", "’", "]"})
#: Words that, without any stop for `LONG` words, begin a new clause in speech that was written down.
CLAUSES = frozenset(
    {"and", "but", "so", "because", "okay", "ok", "well", "then", "now", "um", "uh", "anyway", "also"}
)
#: How many words without a stop are read as speech without punctuation.
LONG = 14


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


def sentence_numbers(words: list[str]) -> list[int]:
    """The number of the sentence of each word, from 0.

    A sentence ends with stops, or at a line break. In a stretch of more than `LONG` words without a stop (speech
    written down without punctuation) a word such as "but" or "so" begins a new one after at least five words.

    Parameters
    ----------
    words
        The tokens of a text, lower-cased.

    Examples
    --------
    >>> sentence_numbers(["hello", ".", "it", "broke", "!", "!"])
    [0, 0, 1, 1, 1, 1]
    """
    if STOPS.isdisjoint(words) and not any("\n" in word for word in words):
        return _split_long(words, [0] * len(words))
    numbers, current, closed = [], 0, False
    for word in words:
        stop = word in STOPS
        if closed and not stop and word not in CLOSERS:
            current, closed = current + 1, False
        numbers.append(current)
        closed = closed or stop or "\n" in word
    return _split_long(words, numbers)


def _split_long(words: list[str], numbers: list[int]) -> list[int]:
    if len(words) <= LONG:
        return numbers
    lengths: dict[int, int] = {}
    for number in numbers:
        lengths[number] = lengths.get(number, 0) + 1
    if max(lengths.values()) <= LONG:
        return numbers
    split, added, since, before = [], 0, 0, -1
    for word, number in zip(words, numbers, strict=True):
        since = since + 1 if number == before else 0
        if since >= 5 and word in CLAUSES and lengths[number] > LONG:
            added, since = added + 1, 0
        split.append(number + added)
        before = number
    return split


class WordNames(dict[int, str]):
    """The word of each id of a vocabulary; looked up once."""

    def __init__(self, vocab: Vocab) -> None:
        super().__init__()
        self._vocab = vocab

    def __missing__(self, key: int) -> str:
        self[key] = name = self._vocab.strings[key]
        return name


class Reading:
    """A text with its tokens; `words` and `sentences` are found when first asked for.

    Attributes
    ----------
    text
        The text.
    doc
        Its tokens, as spaCy made them.
    """

    def __init__(self, text: str, doc: Doc, names: WordNames | None = None) -> None:
        self.text = text
        self.doc = doc
        self._names = names
        #: What follows from the text alone; kept here by whoever worked it out.
        self.resolved: dict[str, object] = {}

    @cached_property
    def words(self) -> list[str]:
        """The tokens, lower-cased."""
        names = WordNames(self.doc.vocab) if self._names is None else self._names
        return [names[word] for word in self.lowers]

    @cached_property
    def lowers(self) -> list[int]:
        """The ids of the tokens, lower-cased."""
        from spacy.attrs import LOWER

        return self.doc.to_array(LOWER).tolist() if len(self.doc) else []

    @cached_property
    def orths(self) -> list[int]:
        """The ids of the tokens as they stand."""
        from spacy.attrs import ORTH

        return self.doc.to_array(ORTH).tolist() if len(self.doc) else []

    @cached_property
    def sentences(self) -> list[int]:
        """The number of the sentence of each token."""
        return sentence_numbers(self.words)

    def chars(self, start: int, end: int) -> tuple[int, int]:
        """Where the tokens from `start` up to `end` stand in the text."""
        doc = self.doc
        last = doc[end - 1]
        return doc[start].idx, last.idx + len(last)

    def sentence_words(self, token: int) -> list[str]:
        """The words of the sentence that holds a token."""
        number = self.sentences[token]
        return [word for word, other in zip(self.words, self.sentences, strict=True) if other == number]
