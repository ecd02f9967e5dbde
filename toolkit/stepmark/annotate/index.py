"""Finds the matches of many token patterns in many texts at little more than the cost of reading them.

spaCy's `Matcher` tries every pattern at every token. Here each pattern is filed under an *anchor*: a token that it
cannot match without, and of these the most selective. Texts are looked up word by word, and only where an anchor stands
is its pattern tried, from there outwards, all such places of many texts at once. The matches are those of one `Matcher`
that holds all patterns, each under its own name with ``greedy="LONGEST"``.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from stepmark.annotate.anchors import anchor_places
from stepmark.annotate.lexical import Element, compile_pattern, literals
from stepmark.annotate.lexicon import Lexicon, column
from stepmark.annotate.programs import Programs, Tokens
from stepmark.annotate.reading import Hit, Reading, TextBatch, ranges

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["Hits", "PatternIndex"]

#: About how many tokens are looked at together: enough for NumPy, and little memory.
TOKENS_AT_ONCE = 200_000
#: How many tries of a pattern at a token are followed together: few enough for the processor's own memory.
ATTEMPTS_AT_ONCE = 32_000


class Hits(NamedTuple):
    """Matches in the texts of a batch, by text, pattern and place.

    Attributes
    ----------
    text
        The number of the text.
    entry
        The number of the pattern.
    start, end
        The tokens of the batch from `start` up to, not including, `end`.
    """

    text: np.ndarray
    entry: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def those(self, chosen: np.ndarray) -> Hits:
        """Some of them."""
        return Hits(*(column[chosen] for column in self))


class _Tries(NamedTuple):
    """Tries of patterns at tokens.

    Attributes
    ----------
    text, token
        The text, and the token of the batch.
    number
        The filed pattern.
    width
        How many tokens the anchor is: 1, or 0 where the pattern has none.
    """

    text: np.ndarray
    token: np.ndarray
    number: np.ndarray
    width: np.ndarray

    def those(self, chosen: np.ndarray) -> _Tries:
        """Some of them, by number."""
        return _Tries(*(column.take(chosen) for column in self))

    def parts(self) -> list[_Tries]:
        """At most `ATTEMPTS_AT_ONCE` at a time; one part at least."""
        firsts = range(0, max(len(self.token), 1), ATTEMPTS_AT_ONCE)
        return [_Tries(*(column[first : first + ATTEMPTS_AT_ONCE] for column in self)) for first in firsts]


class _Filed(NamedTuple):
    """A pattern seen from its anchor: what comes after it, and what before it (last to first)."""

    entry: int
    after: tuple[Element, ...]
    before: tuple[Element, ...]


def _passes(element: Element, lower: int, orth: int) -> bool:
    held = lower in element.members if element.table is None else element.table[orth]
    return held is element.wanted


class PatternIndex:
    """Many token patterns, filed by anchor.

    Parameters
    ----------
    nlp
        The pipeline whose vocabulary the texts are read with.
    lexicon
        The forms of their words.
    patterns
        The token patterns by number; a match names its pattern by that number.

    Attributes
    ----------
    unanchored
        The numbers of the patterns without an anchor.
    """

    def __init__(
        self, nlp: Language, lexicon: Lexicon, patterns: Iterable[tuple[int, Sequence[dict[str, Any]]]]
    ) -> None:
        self._nlp = nlp
        self._vocab = nlp.vocab
        self._lexicon = lexicon
        self._filed: list[_Filed] = []
        #: patterns under the lower-cased words of their anchors; those whose anchor asks more of its words than what they
        #: are, and those whose anchor is any word that passes a test; and those without an anchor
        self._by_word: dict[int, list[int]] = {}
        self._by_tested_word: dict[int, list[tuple[Element, int]]] = {}
        self._by_test: list[tuple[Element, int]] = []
        self._anywhere: list[int] = []
        #: patterns that only a Matcher can read, under their anchors; and those without any
        self._foreign: dict[int, list[int]] = {}
        self._foreign_anywhere: list[int] = []
        self._matchers: dict[int, Any] = {}
        self._patterns: dict[int, Sequence[dict[str, Any]]] = {}
        self.unanchored = tuple(entry for entry, pattern in patterns if not self._file(entry, pattern))
        self._programs = Programs(row for filed in self._filed for row in (filed.after, filed.before))
        self._entry = np.array([filed.entry for filed in self._filed], dtype=np.intp)
        #: for each form its row in the programs, and where in the list the patterns stand that are tried at it, and how many
        self._row, self._first, self._count = array("i"), array("i"), array("i")
        self._tried = array("i")

    def _file(self, entry: int, pattern: Sequence[dict[str, Any]]) -> bool:
        """File a pattern; whether it has an anchor."""
        places = anchor_places(pattern)
        elements = compile_pattern(pattern, self._vocab)
        if elements is None:
            self._file_foreign(entry, pattern, places)
            return bool(places)
        tested = next((place for place, element in enumerate(elements) if element.least), None)
        if places:
            anchor, number = elements[places[0]], self._add(_around(entry, elements, places[0]))
            for word in self._ids(pattern[places[0]]):
                if anchor.table is None:
                    self._by_word.setdefault(word, []).append(number)
                else:
                    self._by_tested_word.setdefault(word, []).append((anchor, number))
        elif tested is not None:
            self._by_test.append((elements[tested], self._add(_around(entry, elements, tested))))
        else:
            self._anywhere.append(self._add(_Filed(entry, tuple(elements), ())))
        return bool(places)

    def _add(self, filed: _Filed) -> int:
        self._filed.append(filed)
        return len(self._filed) - 1

    def _ids(self, token: dict[str, Any]) -> frozenset[int]:
        return frozenset(self._vocab.strings.add(word) for word in literals(token) or ())

    def _file_foreign(self, entry: int, pattern: Sequence[dict[str, Any]], places: Sequence[int]) -> None:
        self._patterns[entry] = pattern
        if not places:
            self._foreign_anywhere.append(entry)
        for word in self._ids(pattern[places[0]]) if places else ():
            self._foreign.setdefault(word, []).append(entry)

    def matches(self, reading: Reading) -> list[Hit]:
        """All matches in a text, by pattern and place."""
        found = self.matches_in(reading.batch, [reading.number])
        first = reading.own.start
        return [
            Hit(entry, start - first, end - first)
            for _, entry, start, end in zip(*map(np.ndarray.tolist, found), strict=True)
        ]

    def matches_in(self, batch: TextBatch, texts: Sequence[int]) -> Hits:
        """All matches in some texts of a batch, which are given by number in ascending order."""
        self._learn_forms()
        portions = _portions(batch, np.asarray(texts, dtype=np.intp))
        found = _joined([_longest(_sorted(self._matched(batch, portion))) for portion in portions])
        return _sorted(_joined([found, self._foreign_matches(batch, texts)])) if self._patterns else found

    def _learn_forms(self) -> None:
        """Work out for the forms that are new which patterns are tried at them."""
        by_word, by_tested_word, row_of = self._by_word, self._by_tested_word, self._programs.row_of
        for form in range(len(self._row), len(self._lexicon)):
            lower = self._lexicon.lowers[form]
            tried = by_word.get(lower, ())
            tested = by_tested_word.get(lower, ())
            if tested or self._by_test:
                orth, asked = self._lexicon.orths[form], (*tested, *self._by_test)
                tried = [*tried, *(number for anchor, number in asked if _passes(anchor, lower, orth))]
            self._row.append(row_of(lower))
            self._first.append(len(self._tried))
            self._count.append(len(tried))
            self._tried.extend(tried)

    def _matched(self, batch: TextBatch, texts: np.ndarray) -> Hits:
        """Wherever a pattern matches: every stretch, also those within others."""
        n_tokens = np.diff(batch.bounds)[texts]
        text = np.repeat(texts, n_tokens)
        token = ranges(batch.bounds[texts], n_tokens)
        at, number = self._attempts(batch.forms[token])
        anywhere = np.repeat(self._anywhere, len(token)).astype(np.intp)
        width = np.repeat([1, 0], [len(at), len(anywhere)])  # whether the place itself is the anchor's
        at = np.concatenate([at, np.tile(np.arange(len(token)), len(self._anywhere))])
        number = np.concatenate([number, anywhere])
        rows = column(self._row)[batch.forms] if len(batch.forms) else batch.forms
        tokens = self._programs.tokens(rows, batch.forms, batch.bounds, self._lexicon.orths)
        tries = _Tries(text[at], token[at], number, width)
        tries = _joined([part.those(np.flatnonzero(self._hopeful(tokens, part))) for part in tries.parts()])
        return _joined([self._followed(tokens, part) for part in tries.parts()])

    def _attempts(self, forms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(place among the forms, pattern) for each pattern that is tried at each."""
        if not len(self._tried):
            return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
        count = column(self._count)[forms]
        at = np.repeat(np.arange(len(forms)), count)
        return at, column(self._tried)[ranges(column(self._first)[forms], count)].astype(np.intp)

    def _hopeful(self, tokens: Tokens, tries: _Tries) -> np.ndarray:
        """Whether the words beside the anchor may be what each pattern asks for."""
        text, token, number, width = tries
        place = token + text + 1
        after = self._programs.may_set_out(tokens, 2 * number, place + width)
        return after & self._programs.may_set_out(tokens, 2 * number + 1, place - 1)

    def _followed(self, tokens: Tokens, tries: _Tries) -> Hits:
        """The matches of patterns that are tried at some tokens."""
        text, token, number, width = tries
        place = token + text + 1
        after, end = self._programs.reach(tokens, 2 * number, place + width, 1)
        n_ends = np.bincount(after, minlength=len(token))
        alive = np.flatnonzero(n_ends)
        before, start = self._programs.reach(tokens, 2 * number[alive] + 1, place[alive] - 1, -1)
        before = alive[before]
        pairs = ranges((np.cumsum(n_ends) - n_ends)[before], n_ends[before])
        which = np.repeat(before, n_ends[before])
        first = np.repeat(start + 1, n_ends[before]) - text[which] - 1
        end = end[pairs] - text[which] - 1
        found = Hits(text[which], self._entry[number[which]], first, end)
        return found.those(found.end > found.start)

    def _foreign_matches(self, batch: TextBatch, texts: Sequence[int]) -> Hits:
        """The matches of the patterns that only a Matcher can read."""
        found = [(text, *hit) for text in texts for hit in self._foreign_matches_in(batch, text)]
        columns = np.array(found, dtype=np.intp).reshape(-1, 4).T
        return Hits(*columns)

    def _foreign_matches_in(self, batch: TextBatch, text: int) -> Iterator[Hit]:
        first, last = batch.bounds[text : text + 2].tolist()
        entries = set(self._foreign_anywhere)
        for form in batch.forms[first:last].tolist():
            entries.update(self._foreign.get(self._lexicon.lowers[form], ()))
        if not entries:
            return
        doc = self._nlp.make_doc(batch.texts[text]) if batch.docs is None else batch.docs[text]
        for entry in entries:
            for _, start, end in self._matcher(entry)(doc):
                yield Hit(entry, first + start, first + end)

    def _matcher(self, entry: int) -> Any:
        """The small matcher of one pattern, built when it is first needed."""
        if entry not in self._matchers:
            from spacy.matcher import Matcher

            matcher = Matcher(self._vocab, validate=False)
            matcher.add("p", [list(self._patterns[entry])], greedy="LONGEST")
            self._matchers[entry] = matcher
        return self._matchers[entry]


def _around(entry: int, elements: list[Element], place: int) -> _Filed:
    """A pattern seen from its anchor, which stands for one token; more of its kind may follow."""
    at = elements[place]
    more = (at._replace(least=at.least - 1, most=at.most - 1),) if at.most > 1 else ()
    return _Filed(entry, (*more, *elements[place + 1 :]), tuple(reversed(elements[:place])))


def _portions(batch: TextBatch, texts: np.ndarray) -> list[np.ndarray]:
    """The texts in portions of about `TOKENS_AT_ONCE` tokens."""
    portion = np.cumsum(np.diff(batch.bounds)[texts]) // TOKENS_AT_ONCE
    return np.split(texts, np.flatnonzero(np.diff(portion)) + 1)


def _longest(hits: Hits) -> Hits:
    """Of overlapping matches of a pattern in a text the longest, of equally long ones the first; the matches are sorted."""
    text, entry, start, end = hits
    same = (text[1:] == text[:-1]) & (entry[1:] == entry[:-1])
    group = np.concatenate([[0], np.cumsum(~same)])[: len(text)]
    kept = np.ones(len(text), dtype=bool)
    crowded = np.unique(group[1:][same & (start[1:] < end[:-1])])
    left = np.flatnonzero(np.isin(group, crowded))
    kept[left] = False
    while len(left):
        own = group[left]
        order = np.lexsort((start[left], start[left] - end[left], own))
        first = order[np.flatnonzero(np.diff(own[order], prepend=-1))]
        best = left[first]
        kept[best] = True
        best = np.repeat(best, np.bincount(own)[own[first]])
        left = left[(end[left] <= start[best]) | (end[best] <= start[left])]
    return hits.those(kept)


def _sorted(hits: Hits) -> Hits:
    """By text, pattern and place, each once."""
    hits = hits.those(np.lexsort((hits.end, hits.start, hits.entry, hits.text)))
    new = np.ones(len(hits.text), dtype=bool)
    new[1:] = np.any([column[1:] != column[:-1] for column in hits], axis=0)
    return hits.those(new)


_Arrays = TypeVar("_Arrays", Hits, _Tries)


def _joined(parts: Sequence[_Arrays]) -> _Arrays:
    """Parts of the same kind as one."""
    return type(parts[0])(*(np.concatenate(column) for column in zip(*parts, strict=True)))
