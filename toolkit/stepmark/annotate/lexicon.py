"""The forms of words that the texts of a marker hold: numbered in the order in which they are met, so that arrays can speak of them.

What is known of a form stands in columns under its number.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from spacy.vocab import Vocab

__all__ = [
    "CAPITALS",
    "CLAUSE",
    "CLOSER",
    "LETTERS",
    "LINE_BREAK",
    "QUESTION",
    "STOP",
    "WORD",
    "Lexicon",
    "in_capitals",
]

#: Tokens that end a sentence.
STOPS = frozenset({".", "!", "?", "…", "...", "..", "....", "!!", "??", "!?", "?!", "!!!", "???", "。", "؟"})
#: Marks that still belong to the sentence that a stop has ended.
CLOSERS = frozenset({'"', "'", ")", "”", "’", "]"})
#: Words that, in a long stretch without any stop, begin a new clause: speech that was written down.
CLAUSES = frozenset(
    {"and", "but", "so", "because", "okay", "ok", "well", "then", "now", "um", "uh", "anyway", "also"}
)

#: The bits of a form's kind. Letters or digits are what it begins with; a word says something: no punctuation, name of an
#: account, link or picture.
STOP, CLOSER, LINE_BREAK, LETTERS, WORD, CAPITALS, QUESTION, CLAUSE = 1, 2, 4, 8, 16, 32, 64, 128


class Lexicon:
    """Forms of words, by number.

    Parameters
    ----------
    vocab
        The vocabulary that they come from.

    Attributes
    ----------
    orths, lowers
        The vocabulary's ids of each form and of its lower-cased form.
    tokens, words
        Each form as it is written, and lower-cased.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self.orths: list[int] = []
        self.lowers: list[int] = []
        self.tokens: list[str] = []
        self.words: list[str] = []
        self._numbers: dict[int, int] = {}
        self._lengths = array("i")
        self._kinds = array("B")
        self._among: dict[frozenset[str], array[int]] = {}

    def __len__(self) -> int:
        return len(self.orths)

    def numbers(self, orths: Iterable[int]) -> list[int]:
        """The numbers of some forms, given the vocabulary's ids of them; new forms get the next ones."""
        known = self._numbers
        return [known[orth] if orth in known else self._add(orth) for orth in orths]

    def number(self, token: str) -> int:
        """The number of a form, given as it is written, of a language that lower-cases words as Python does."""
        orth = self.vocab.strings.add(token)
        known = self._numbers.get(orth)
        if known is not None:
            return known
        word = token.lower()
        return self._put(orth, orth if word == token else self.vocab.strings.add(word), token, word)

    def _add(self, orth: int) -> int:
        lower = self.vocab[orth].lower
        return self._put(orth, lower, self.vocab.strings[orth], self.vocab.strings[lower])

    def _put(self, orth: int, lower: int, token: str, word: str) -> int:
        self._numbers[orth] = number = len(self.orths)
        self.orths.append(orth)
        self.lowers.append(lower)
        self.tokens.append(token)
        self.words.append(word)
        self._lengths.append(len(token))
        self._kinds.append(_kind(token, word))
        return number

    def lengths(self, numbers: np.ndarray) -> np.ndarray:
        """How many characters each of some forms has."""
        return column(self._lengths)[numbers] if len(self) else numbers

    def kinds(self, numbers: np.ndarray) -> np.ndarray:
        """What each of some forms is, in the bits from `STOP` to `CLAUSE`."""
        return column(self._kinds)[numbers] if len(self) else numbers

    def among(self, words: frozenset[str], numbers: np.ndarray) -> np.ndarray:
        """Whether each of some forms, lower-cased, is one of some words; looked up once for every form."""
        held = self._among.setdefault(words, array("B"))
        held.extend([word in words for word in self.words[len(held) :]])
        return column(held).view(bool)[numbers] if len(self) else numbers.astype(bool)


def column(values: array[int]) -> np.ndarray:
    """Numbers that are added to one by one, as NumPy sees them; let go of before more are added."""
    return np.frombuffer(values, dtype=values.typecode)


def in_capitals(token: str) -> bool:
    """Whether a token has more than one letter, nothing else, and no small one."""
    return len(token) > 1 and token.isalpha() and token.isupper()


def _kind(token: str, word: str) -> int:
    letters = word[:1].isalnum()
    says = letters and not word.startswith("http")
    ends = STOP * (word in STOPS) | CLOSER * (word in CLOSERS) | LINE_BREAK * ("\n" in word)
    begins = LETTERS * letters | CLAUSE * (word in CLAUSES)
    return ends | begins | WORD * says | CAPITALS * in_capitals(token) | QUESTION * ("?" in word)
