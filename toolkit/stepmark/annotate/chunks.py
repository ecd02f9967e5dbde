"""Which tokens do texts have? Those that spaCy's tokenizer makes of them, at a fraction of the cost of a `Doc`.

The tokenizer cuts a text at white space and then splits each chunk by itself, so each distinct chunk is given to it
once, and plain words of English, which it never splits, not at all. Only special cases such as ":-)" are looked for
across chunks too; texts in which one may stand so are left to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from spacy.attrs import IDX, ORTH
from spacy.tokenizer import Tokenizer

from stepmark.annotate.lexicon import Lexicon
from stepmark.annotate.reading import TextBatch, sums_before

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["Chunks"]

#: What is split by itself: words, and white space beyond the one blank that belongs to the word before it.
_CHUNK = re.compile(r"\S+|(?<!\S)\s+|(?! )\s+")
#: Letters of English with at most one stop after them: the tokenizer splits off the stop and no more, special cases apart.
_PLAIN = re.compile(r"([A-Za-z]+)([,!?]|(?<=[a-z])\.)?")
#: How many chunks are remembered; a year of talk has many names and numbers.
CHUNKS_KEPT = 200_000

#: The numbers of the forms of a chunk's tokens.
Forms = tuple[int, ...]


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
        self._forms: dict[str, Forms] = {}
        #: the special cases, where all other plain words are known to be tokens; None in other languages
        self._special = frozenset(tokenizer.rules or ()) if self._stock and nlp.lang == "en" else None
        #: for the tokens inside a special case, and for the chunks that begin with one: what may stand before it there
        self._inside = _inside_special_cases(tokenizer) if self._stock else {}
        self._joining: dict[str, set[int]] = {}

    def read(self, texts: Sequence[str]) -> TextBatch:
        """The tokens of some texts."""
        if not self._stock:
            return TextBatch.of_docs([self._nlp.make_doc(text) for text in texts], self._lexicon)
        chunks, places = self._cut(texts)
        forms = self._forms.__getitem__
        pieces = [list(map(forms, own)) for own in chunks]
        for number in self._left(texts, chunks):
            orths, places[number] = self._nlp.make_doc(texts[number]).to_array([ORTH, IDX]).T.tolist()
            pieces[number] = [(form,) for form in self._lexicon.numbers(orths)]
        return _batch(texts, self._lexicon, pieces, places)

    def left_to_the_tokenizer(self, texts: Sequence[str]) -> list[int]:
        """The numbers of the texts that only the tokenizer itself can split, or refuse."""
        return self._left(texts, self._cut(texts)[0]) if self._stock else list(range(len(texts)))

    def _cut(self, texts: Sequence[str]) -> tuple[list[list[str]], dict[int, Sequence[int]]]:
        """The chunks of each text, and where they begin in those in which more than a blank stands between some."""
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
        return chunks, places

    def _left(self, texts: Sequence[str], chunks: Sequence[Sequence[str]]) -> list[int]:
        return [
            number
            for number, (text, own) in enumerate(zip(texts, chunks, strict=True))
            if self._may_join(own) or len(text) > self._nlp.max_length
        ]

    def _may_join(self, chunks: Sequence[str]) -> bool:
        """Whether a special case may reach from one chunk into the next."""
        if self._joining.keys().isdisjoint(chunks):
            return False
        last, joining = self._lexicon.orths, self._joining
        return any(b in joining and last[self._forms[a][-1]] in joining[b] for a, b in pairwise(chunks))

    def _learn(self, chunks: Iterable[str]) -> None:
        """Have new chunks split: white space alone, words all at once, one a line, so that none touches another."""
        if len(self._forms) > CHUNKS_KEPT:
            self._forms.clear()
        new = set(chunks).difference(self._forms)
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
        self._forms[chunk] = tuple(forms)
        first = self._lexicon.orths[forms[0]]
        if first in self._inside:
            self._joining[chunk] = self._inside[first]

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


def _batch(
    texts: Sequence[str],
    lexicon: Lexicon,
    pieces: Sequence[Sequence[Forms]],
    places: Mapping[int, Sequence[int]],
) -> TextBatch:
    """The texts token after token, from the chunks of each.

    `places` says where the chunks of a text begin; where it does not, one blank stands between each two.
    """
    chunks = list(chain.from_iterable(pieces))
    bounds = sums_before(np.fromiter(map(len, pieces), dtype=np.intp, count=len(pieces)))
    n_tokens = np.fromiter(map(len, chunks), dtype=np.intp, count=len(chunks))
    firsts = sums_before(n_tokens)
    forms = np.fromiter(chain.from_iterable(chunks), dtype=np.intp, count=firsts[-1])
    letters = sums_before(lexicon.lengths(forms))
    chunk_starts = letters[firsts[:-1]] + np.arange(len(chunks))
    chunk_starts -= np.repeat(np.append(chunk_starts, 0)[bounds[:-1]], np.diff(bounds))
    for number, starts in places.items():
        chunk_starts[bounds[number] : bounds[number + 1]] = starts
    starts = letters[:-1] + np.repeat(chunk_starts - letters[firsts[:-1]], n_tokens)
    return TextBatch(texts, lexicon, forms, firsts[bounds], starts)


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
