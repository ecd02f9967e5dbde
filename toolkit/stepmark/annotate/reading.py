"""One text as the engine reads it: its words, their places, and its sentences.

A reading depends on nothing but the text, so equal texts share one.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from spacy.attrs import IDX, ORTH

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

__all__ = ["Hit", "Mark", "Reading", "WordNames", "sentence_numbers"]

_COLUMNS = [ORTH, IDX]
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
    """The word of each id of a vocabulary, looked up once; and the id of its lower-cased form."""

    def __init__(self, vocab: Vocab) -> None:
        super().__init__()
        self.vocab = vocab
        self.lower = _LowerIds(vocab)

    def __missing__(self, key: int) -> str:
        self[key] = name = self.vocab.strings[key]
        return name


class _LowerIds(dict[int, int]):
    def __init__(self, vocab: Vocab) -> None:
        super().__init__()
        self._vocab = vocab

    def __missing__(self, orth: int) -> int:
        self[orth] = lower = self._vocab[orth].lower
        return lower


class Reading:
    """A text with its tokens; words and sentences are found when first asked for.

    Parameters
    ----------
    text
        The text.
    doc
        Its tokens, as spaCy made them.
    names
        The words of the vocabulary, shared by the readings of a marker.
    keep_doc
        Whether some pattern needs the document itself later; it is heavy, so it is dropped where not.

    Attributes
    ----------
    orths, lowers
        The ids of the tokens as they stand, and lower-cased.
    starts
        Where each token begins in the text.
    """

    def __init__(
        self, text: str, doc: Doc, names: WordNames | None = None, *, keep_doc: bool = False
    ) -> None:
        self.text = text
        self.doc = doc if keep_doc else None
        self.names = WordNames(doc.vocab) if names is None else names
        self.orths: list[int] = []
        self.starts: list[int] = []
        if len(doc):
            self.orths, self.starts = doc.to_array(_COLUMNS).T.tolist()
        lower = self.names.lower
        self.lowers = [lower[orth] for orth in self.orths]
        #: What follows from the text alone; kept here by whoever worked it out.
        self.resolved: dict[str, object] = {}

    @cached_property
    def tokens(self) -> list[str]:
        """The tokens as they stand."""
        names = self.names
        return [names[orth] for orth in self.orths]

    @cached_property
    def words(self) -> list[str]:
        """The tokens, lower-cased."""
        names = self.names
        return [names[lower] for lower in self.lowers]

    @cached_property
    def sentences(self) -> list[int]:
        """The number of the sentence of each token."""
        return sentence_numbers(self.words)

    def chars(self, start: int, end: int) -> tuple[int, int]:
        """Where the tokens from `start` up to, not including, `end` stand in the text."""
        return self.starts[start], self.starts[end - 1] + len(self.names[self.orths[end - 1]])

    def sentence_bounds(self, token: int) -> tuple[int, int]:
        """Where (tokens) the sentence that holds a token begins and ends."""
        number = self.sentences[token]
        start = end = token
        while start > 0 and self.sentences[start - 1] == number:
            start -= 1
        while end < len(self.sentences) and self.sentences[end] == number:
            end += 1
        return start, end

    def sentence_words(self, token: int) -> list[str]:
        """The words of the sentence that holds a token."""
        start, end = self.sentence_bounds(token)
        return self.words[start:end]
