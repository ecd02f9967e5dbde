"""One text as the engine reads it: its words, their places, and its sentences.

A reading depends on nothing but the text, so equal texts share one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from spacy.attrs import IDX, ORTH

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

__all__ = ["Hit", "Mark", "Reading", "WordNames", "sentence_numbers"]

#: Tokens that end a sentence.
STOPS = frozenset({".", "!", "?", "…", "...", "..", "....", "!!", "??", "!?", "?!", "!!!", "???", "。", "؟"})
#: Marks that still belong to the sentence that a stop has ended.
CLOSERS = frozenset({'"', "'", ")", "”", "’", "]"})
CLOSING = STOPS | CLOSERS
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
    first_stop = next(
        (place for place, word in enumerate(words) if word in STOPS or "\n" in word), len(words)
    )
    if CLOSING.issuperset(words[first_stop:]):
        return _split_long(words, [0] * len(words))
    numbers, current, closed = [0] * first_stop, 0, False
    for word in words[first_stop:]:
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
    text
        The text.
    orths
        The ids of its tokens.
    names
        The words of the vocabulary, shared by the readings of a marker.
    Attributes
    ----------
    lowers
        The ids of the tokens, lower-cased.
    doc
        The document as some pipeline has made it, where it was kept.
    """

    def __init__(self, text: str, orths: list[int], names: WordNames) -> None:
        self.text = text
        self.orths = orths
        self.names = names
        self.doc: Doc | None = None
        lower = names.lower
        self.lowers = [lower[orth] for orth in orths]
        #: What follows from the text alone; kept here by whoever worked it out.
        self.resolved: dict[object, Any] = {}

    @classmethod
    def of(cls, doc: Doc, names: WordNames | None = None, *, keep_doc: bool = False) -> Reading:
        """The reading of a document; `keep_doc` where patterns may ask for more of it than its words: it is heavy."""
        orths, starts = doc.to_array([ORTH, IDX]).T.tolist() if len(doc) else ([], [])
        reading = cls(doc.text, orths, WordNames(doc.vocab) if names is None else names)
        vars(reading).update(starts=starts, doc=doc if keep_doc else None)
        return reading

    @_once
    def starts(self) -> list[int]:
        """Where each token begins in the text."""
        starts, at = [], 0
        for token in self.tokens:
            if at and self.text[at] == " ":
                at += 1  # the blank that belongs to the token before
            starts.append(at)
            at += len(token)
        return starts

    @_once
    def tokens(self) -> list[str]:
        """The tokens as they stand."""
        names = self.names
        return [names[orth] for orth in self.orths]

    @_once
    def words(self) -> list[str]:
        """The tokens, lower-cased."""
        names = self.names
        return [names[lower] for lower in self.lowers]

    @_once
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
