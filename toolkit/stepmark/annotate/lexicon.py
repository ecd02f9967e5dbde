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

__all__ = ["CLOSER", "CLOSERS", "LINE_BREAK", "STOP", "STOPS", "WORD", "Lexicon"]

#: Tokens that end a sentence.
STOPS = frozenset({".", "!", "?", "…", "...", "..", "....", "!!", "??", "!?", "?!", "!!!", "???", "。", "؟"})
#: Marks that still belong to the sentence that a stop has ended.
CLOSERS = frozenset({'"', "'", ")", "”", "’", "]"})

#: The bits of a form's kind. A word says something: no punctuation, name of an account, link or picture.
STOP, CLOSER, LINE_BREAK, WORD = 1, 2, 4, 8


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

    def __len__(self) -> int:
        return len(self.orths)

    def numbers(self, orths: Iterable[int]) -> list[int]:
        """The numbers of some forms, given the vocabulary's ids of them; new forms get the next ones."""
        known = self._numbers
        return [known[orth] if orth in known else self._add(orth) for orth in orths]

    def _add(self, orth: int) -> int:
        lower = self.vocab[orth].lower
        token, word = self.vocab.strings[orth], self.vocab.strings[lower]
        self._numbers[orth] = number = len(self.orths)
        self.orths.append(orth)
        self.lowers.append(lower)
        self.tokens.append(token)
        self.words.append(word)
        self._lengths.append(len(token))
        self._kinds.append(_kind(word))
        return number

    def lengths(self, numbers: np.ndarray) -> np.ndarray:
        """How many characters each of some forms has."""
        return np.frombuffer(self._lengths, dtype=np.intc)[numbers] if len(self) else numbers

    def kinds(self, numbers: np.ndarray) -> np.ndarray:
        """What each of some forms is: the bits `STOP`, `CLOSER`, `LINE_BREAK` and `WORD`."""
        return np.frombuffer(self._kinds, dtype=np.uint8)[numbers] if len(self) else numbers


def _kind(word: str) -> int:
    says = word[:1].isalnum() and not word.startswith("http")
    return STOP * (word in STOPS) | CLOSER * (word in CLOSERS) | LINE_BREAK * ("\n" in word) | WORD * says
