"""Which tokens do texts have? Those that spaCy's tokenizer makes of them, at a fraction of the cost of a `Doc`.

The tokenizer cuts a text at white space and then splits each chunk by itself, so each distinct chunk is given to it
once, and plain words of English, which it never splits, not at all. Only special cases such as ":-)" are looked for
across chunks too; texts in which one may stand so are left to it.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from spacy.attrs import IDX, ORTH
from spacy.tokenizer import Tokenizer

from stepmark.annotate.lexicon import Lexicon, column
from stepmark.annotate.reading import TextBatch, ranges, sums_before

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["Chunks"]

#: What is split by itself: words, and white space beyond the one blank that belongs to the word before it.
_CHUNK = re.compile(r"\S+|(?<!\S)\s+|(?! )\s+")
#: Letters of English, or digits, with at most one stop after them: the tokenizer splits off the stop and no more, special
#: cases apart.
_PLAIN = re.compile(r"([A-Za-z]+|[0-9]+)([,!?]|(?<=[a-z0-9])\.)?")
#: How many chunks are remembered; a year of talk has many names and numbers.
CHUNKS_KEPT = 200_000


class _Cut(NamedTuple):
    """Texts cut into chunks.

    Attributes
    ----------
    texts
        The texts.
    ids
        The numbers of their chunks, text after text.
    n_chunks
        How many each text has.
    places
        For the texts in which more than one blank stands between some of them: where each begins in the text.
    token_places
        For the texts that are one chunk as a whole: where each token begins.
    """

    texts: Sequence[str]
    ids: np.ndarray
    n_chunks: np.ndarray
    places: Mapping[int, Sequence[int]]
    token_places: Mapping[int, np.ndarray]

    @property
    def bounds(self) -> np.ndarray:
        """Where each text begins among the chunks, and where the last ends."""
        return sums_before(self.n_chunks)


class Chunks:
    """The chunks that texts are made of, each with its tokens.

    Parameters
    ----------
    nlp
        The pipeline; its tokenizer must not be changed afterwards.
    lexicon
        The forms of the tokens.
    """

    def __init__(self, nlp: Language, lexicon: Lexicon) -> None:
        self._nlp = nlp
        self._lexicon = lexicon
        tokenizer: Any = nlp.tokenizer
        self._stock = type(tokenizer) is Tokenizer
        self._numbers: dict[str, int] = {}
        #: for each chunk where in the list the forms of its tokens stand, and how many
        self._first, self._count, self._forms = array("q"), array("q"), array("q")
        #: the special cases, where all other plain words are known to be tokens; None in other languages
        self._special = frozenset(tokenizer.rules or ()) if self._stock and nlp.lang == "en" else None
        #: for the tokens inside a special case: what may stand before them there; and whether chunks begin with one
        self._inside = _inside_special_cases(tokenizer) if self._stock else {}
        self._joins = array("b")

    def read(self, texts: Sequence[str]) -> TextBatch:
        """The tokens of some texts."""
        if not self._stock:
            return TextBatch.of_docs([self._nlp.make_doc(text) for text in texts], self._lexicon)
        return self._batch(self._mended(self._cut(texts)))

    def left_to_the_tokenizer(self, texts: Sequence[str]) -> list[int]:
        """The numbers of the texts that only the tokenizer itself can split, or refuse."""
        return self._left(self._cut(texts)) if self._stock else list(range(len(texts)))

    def _cut(self, texts: Sequence[str]) -> _Cut:
        """The chunks of some texts."""
        chunks = [text.split() for text in texts]
        places: dict[int, Sequence[int]] = {}
        for number, (text, own) in enumerate(zip(texts, chunks, strict=True)):
            if " ".join(own) != text:
                found = list(_CHUNK.finditer(text))
                chunks[number], places[number] = (
                    [chunk[0] for chunk in found],
                    [chunk.start() for chunk in found],
                )
        self._learn(chain.from_iterable(chunks))
        n_chunks = np.fromiter(map(len, chunks), dtype=np.intp, count=len(chunks))
        ids = map(self._numbers.__getitem__, chain.from_iterable(chunks))
        return _Cut(texts, np.fromiter(ids, dtype=np.intp, count=n_chunks.sum()), n_chunks, places, {})

    def _mended(self, cut: _Cut) -> _Cut:
        """The same, with each text that is left to the tokenizer as one chunk that it has split."""
        docs = {number: self._nlp.make_doc(cut.texts[number]) for number in self._left(cut)}
        bounds, ids, n_chunks = cut.bounds, cut.ids.copy(), cut.n_chunks.copy()
        kept = np.ones(len(ids), dtype=bool)
        for number, doc in docs.items():
            ids[bounds[number]] = self._put(self._lexicon.numbers(doc.to_array([ORTH]).tolist()))
            kept[bounds[number] + 1 : bounds[number + 1]] = False
            n_chunks[number] = 1
        places = {number: own for number, own in cut.places.items() if number not in docs}
        token_places = {number: doc.to_array([IDX]) for number, doc in docs.items()}
        return _Cut(cut.texts, ids[kept], n_chunks, places, token_places)

    def _left(self, cut: _Cut) -> list[int]:
        """The texts in which a special case may reach from one chunk into the next, or that are too long."""
        left = {number for number, text in enumerate(cut.texts) if len(text) > self._nlp.max_length}
        bounds = cut.bounds
        joining = np.flatnonzero(column(self._joins)[cut.ids]) if len(cut.ids) else cut.ids
        owners = np.searchsorted(bounds, joining, side="right") - 1
        inner = joining > bounds[owners]
        pairs = zip(cut.ids[joining[inner] - 1].tolist(), cut.ids[joining[inner]].tolist(), strict=True)
        left.update(
            number for number, pair in zip(owners[inner].tolist(), pairs, strict=True) if self._join(*pair)
        )
        return sorted(left)

    def _join(self, before: int, chunk: int) -> bool:
        """Whether a special case may reach from one chunk into another."""
        orths = self._lexicon.orths
        last = self._forms[self._first[before] + self._count[before] - 1]
        return orths[last] in self._inside[orths[self._forms[self._first[chunk]]]]

    def _batch(self, cut: _Cut) -> TextBatch:
        """The texts token after token."""
        ids, bounds = cut.ids, cut.bounds
        n_tokens = column(self._count)[ids] if len(ids) else ids
        firsts = sums_before(n_tokens)
        forms = column(self._forms)[ranges(column(self._first)[ids], n_tokens)] if len(ids) else ids
        letters = sums_before(self._lexicon.lengths(forms))
        chunk_starts = letters[firsts[:-1]] + np.arange(len(ids))
        chunk_starts -= np.repeat(np.append(chunk_starts, 0)[bounds[:-1]], cut.n_chunks)
        for number, places in cut.places.items():
            chunk_starts[bounds[number] : bounds[number + 1]] = places
        starts = letters[:-1] + np.repeat(chunk_starts - letters[firsts[:-1]], n_tokens)
        for number, own in cut.token_places.items():
            starts[firsts[bounds[number]] : firsts[bounds[number + 1]]] = own
        return TextBatch(cut.texts, self._lexicon, forms, firsts[bounds], starts)

    def _learn(self, chunks: Iterable[str]) -> None:
        """Have new chunks split: white space alone, words all at once, one a line, so that none touches another."""
        if len(self._count) > CHUNKS_KEPT:
            self._numbers.clear()
            del self._first[:], self._count[:], self._forms[:], self._joins[:]
        new = set(chunks).difference(self._numbers)
        others = [chunk for chunk in new if not self._learn_plain(chunk)]
        spaces = [chunk for chunk in others if chunk.isspace()]
        for space in spaces:
            self._keep(space, self._lexicon.numbers(token.orth for token in self._nlp.tokenizer(space)))
        for word, orths in self._split(sorted(set(others).difference(spaces))):
            self._keep(word, self._lexicon.numbers(orths))

    def _learn_plain(self, chunk: str) -> bool:
        """Learn a chunk whose tokens are known without the tokenizer, at a tenth of the cost; whether it is one."""
        plain = _PLAIN.fullmatch(chunk)
        if plain is None or self._special is None or chunk in self._special or plain[1] in self._special:
            return False
        self._keep(chunk, [self._lexicon.number(token) for token in plain.groups() if token])
        return True

    def _keep(self, chunk: str, forms: Sequence[int]) -> None:
        self._numbers[chunk] = self._put(forms)

    def _put(self, forms: Sequence[int]) -> int:
        """The number of a new chunk, given the forms of its tokens."""
        self._first.append(len(self._forms))
        self._count.append(len(forms))
        self._forms.extend(forms)
        self._joins.append(self._lexicon.orths[forms[0]] in self._inside)
        return len(self._count) - 1

    def _split(self, words: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
        if not words:
            return
        orths, starts = self._nlp.tokenizer("\n".join(words)).to_array([ORTH, IDX]).T.tolist()
        first = place = end = 0
        for word in words:
            end += len(word)
            while place < len(starts) and starts[place] < end:
                place += 1
            yield word, orths[first:place]
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
