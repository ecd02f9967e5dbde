"""Which tokens does a text have? Those that spaCy's tokenizer makes of it, at a fraction of the cost of a `Doc`.

The tokenizer cuts a text at white space and then splits each chunk by itself, so each distinct chunk is given to it
once. Only special cases such as ":-)" are looked for across chunks too; texts in which one may stand so are left to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from spacy.attrs import IDX, ORTH
from spacy.tokenizer import Tokenizer

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["Chunks"]

#: What is split by itself: words, and white space beyond the one blank that belongs to the word before it.
_CHUNK = re.compile(r"\S+|(?<!\S)\s+|(?! )\s+")
#: How many chunks are remembered; a year of talk has many names and numbers.
CHUNKS_KEPT = 200_000

Tokens = tuple[int, ...]


class Chunks:
    """The chunks that texts are made of, each with the ids of its tokens.

    Parameters
    ----------
    nlp
        The pipeline; its tokenizer must not be changed afterwards.
    """

    def __init__(self, nlp: Language) -> None:
        self._nlp = nlp
        self._stock = type(nlp.tokenizer) is Tokenizer
        self._tokens: dict[str, Tokens] = {}
        #: for the tokens inside a special case, and for the chunks that begin with one: what may stand before it there
        self._inside = _inside_special_cases(nlp.tokenizer) if self._stock else {}
        self._joining: dict[str, set[int]] = {}

    def orths(self, texts: Sequence[str]) -> list[list[int] | None]:
        """The ids of the tokens of each text; None for a text that only the tokenizer itself can split."""
        if not self._stock:
            return [None] * len(texts)
        chunks = [_CHUNK.findall(text) for text in texts]
        self._learn(chain.from_iterable(chunks))
        tokens = self._tokens.__getitem__
        return [
            list(chain.from_iterable(map(tokens, own)))
            if len(text) <= self._nlp.max_length and not self._may_join(own)
            else None
            for text, own in zip(texts, chunks, strict=True)
        ]

    def _may_join(self, chunks: Sequence[str]) -> bool:
        """Whether a special case may reach from one chunk into the next."""
        if self._joining.keys().isdisjoint(chunks):
            return False
        return any(self._tokens[a][-1] in self._joining.get(b, ()) for a, b in pairwise(chunks))

    def _learn(self, chunks: Iterable[str]) -> None:
        """Have new chunks split: white space alone, words all at once, one a line, so that none touches another."""
        if len(self._tokens) > CHUNKS_KEPT:
            self._tokens.clear()
        new = set(chunks).difference(self._tokens)
        spaces = {chunk for chunk in new if chunk.isspace()}
        for space in spaces:
            self._tokens[space] = tuple(token.orth for token in self._nlp.tokenizer(space))
        for word, tokens in self._split(list(new - spaces)):
            self._tokens[word] = tokens
            if tokens[0] in self._inside:
                self._joining[word] = self._inside[tokens[0]]

    def _split(self, words: Sequence[str]) -> Iterator[tuple[str, Tokens]]:
        if not words:
            return
        orths, starts = self._nlp.tokenizer("\n".join(words)).to_array([ORTH, IDX]).T.tolist()
        first = place = end = 0
        for word in words:
            end += len(word)
            while place < len(starts) and starts[place] < end:
                place += 1
            yield word, tuple(orths[first:place])
            first = place = place + 1
            end += 1


def _inside_special_cases(tokenizer: Tokenizer) -> dict[int, set[int]]:
    """For tokens that a special case holds, or would hold if it were none, after its first: what stands before them.

    The tokenizer looks for a special case in the tokens that it makes without knowing it. Two chunks may hold the halves
    of one, and what they are split into by then may have been replaced by the tokens of special cases of their own.
    """
    unaware = Tokenizer(
        tokenizer.vocab,
        prefix_search=tokenizer.prefix_search,
        suffix_search=tokenizer.suffix_search,
        infix_finditer=tokenizer.infix_finditer,
        token_match=tokenizer.token_match,
        url_match=tokenizer.url_match,
    )
    inside: dict[int, set[int]] = {}
    first_now: dict[int, set[int]] = {}
    last_now: dict[int, set[int]] = {}
    for case in tokenizer.rules or ():
        otherwise, now = unaware(case), tokenizer(case)
        first_now.setdefault(otherwise[0].orth, set()).add(now[0].orth)
        last_now.setdefault(otherwise[-1].orth, set()).add(now[-1].orth)
        for before, token in pairwise(otherwise):
            inside.setdefault(token.orth, set()).add(before.orth)
    found: dict[int, set[int]] = {}
    for token, befores in inside.items():
        for first in {token, *first_now.get(token, ())}:
            found.setdefault(first, set()).update(befores, *(last_now.get(one, ()) for one in befores))
    return found
