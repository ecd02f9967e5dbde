"""Finds the matches of many token patterns in a text at little more than the cost of reading it.

spaCy's `Matcher` tries every pattern at every token. Here each pattern is filed under an *anchor*: a token that it
cannot match without, and of these the most selective. A text is looked up word by word, and only where an anchor stands
is its pattern tried, from there outwards. The matches are those of one `Matcher` that holds all patterns, each under its
own name with ``greedy="LONGEST"``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

from stepmark.annotate.lexical import Element, begins, compile_pattern, ends, literals, longest
from stepmark.annotate.reading import Hit, Reading

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.vocab import Vocab

__all__ = ["COMMON", "PatternIndex", "anchor_words"]

#: Words of English by how common they are in talk, commonest first: the poorest anchors.
COMMON = """
    . , the to you i a ? ! is it and for of in that your can me my we have this on be do with not n't 's
    what are if would will so no at please there was just but like help any could all how from or as get an
    they know need am 'm 're 'll 've yes okay ok ca thank thanks one out our us has about up when which let
    been more then here want time had now hello hi may did sorry does by good going these them see some who
    were should him her its - ' " ( ) : / & …
""".split()  # noqa: SIM905 (a hundred words read better so)
_RANK = {word: len(COMMON) - place for place, word in enumerate(COMMON)}

Pair = tuple[int, int]


class _Filed(NamedTuple):
    """A pattern seen from its anchor.

    Attributes
    ----------
    entry
        Its number.
    following, preceding
        The words of which one must stand just after and just before the anchor; None where that is not known.
    needed
        The words of which one must stand somewhere else in the text; None where that is not known.
    after, before
        What comes after those words, and what before them (last to first).
    """

    entry: int
    following: frozenset[int] | None
    preceding: frozenset[int] | None
    needed: frozenset[int] | None
    after: tuple[Element, ...]
    before: tuple[Element, ...]


def anchor_words(pattern: Sequence[dict[str, Any]]) -> frozenset[str] | None:
    """The words of the anchor of a pattern: its most selective token; None where it has no anchor.

    Examples
    --------
    >>> sorted(anchor_words([{"LOWER": {"IN": ["i", "we"]}}, {"OP": "{0,3}"}, {"LOWER": "apologise"}]))
    ['apologise']
    """
    places = _places(pattern)
    return literals(pattern[places[0]]) if places else None


def _places(pattern: Sequence[dict[str, Any]]) -> list[int]:
    """The tokens of a pattern that every match holds and whose words are known, the most selective first."""
    places = [place for place, token in enumerate(pattern) if _needed(token) and literals(token) is not None]
    return sorted(places, key=lambda place: _cost(literals(pattern[place]) or ()))


def _needed(token: dict[str, Any]) -> bool:
    """Whether the token stands at least once in every match."""
    operator = str(next((value for name, value in token.items() if str(name).upper() == "OP"), "1"))
    return operator in {"1", "+"} or (operator[0] == "{" and operator[1] not in "0,")


def _cost(words: Collection[str]) -> float:
    """How often a text is expected to hold one of these words; small is selective."""
    return sum(1 + _RANK.get(word, 0) for word in words)


class _Filing(dict[int, tuple[_Filed, ...]]):
    """The patterns to try at each word, by the id of its exact form; worked out when the word is first met."""

    def __init__(self, vocab: Vocab) -> None:
        super().__init__()
        self._vocab = vocab
        #: patterns under the lower-cased words of their anchors, and those whose anchor is a test on a word
        self.by_word: dict[int, list[tuple[Element, _Filed]]] = {}
        self.by_test: list[tuple[Element, _Filed]] = []

    def __missing__(self, orth: int) -> tuple[_Filed, ...]:
        lower = self._vocab[orth].lower
        near = (*self.by_word.get(lower, ()), *self.by_test)
        self[orth] = kept = tuple(filed for anchor, filed in near if _passes(anchor, lower, orth))
        return kept


def _passes(element: Element, lower: int, orth: int) -> bool:
    held = lower in element.members if element.table is None else element.table[orth]
    return held is element.wanted


class PatternIndex:
    """Many token patterns, filed by anchor.

    Parameters
    ----------
    nlp
        The pipeline whose vocabulary the texts are read with.
    patterns
        The token patterns by number; a match names its pattern by that number.

    Attributes
    ----------
    unanchored
        The numbers of the patterns without an anchor.
    """

    def __init__(self, nlp: Language, patterns: Iterable[tuple[int, Sequence[dict[str, Any]]]]) -> None:
        self._nlp = nlp
        self._vocab = nlp.vocab
        self._filed = _Filing(nlp.vocab)
        #: patterns that may match anywhere
        self._anywhere: list[tuple[int, tuple[Element, ...]]] = []
        #: patterns that only a Matcher can read, under their anchors; and those without any
        self._foreign: dict[int, list[int]] = {}
        self._foreign_anywhere: list[int] = []
        self._matchers: dict[int, Any] = {}
        self._patterns: dict[int, Sequence[dict[str, Any]]] = {}
        self.unanchored = tuple(entry for entry, pattern in patterns if not self._file(entry, pattern))

    def _file(self, entry: int, pattern: Sequence[dict[str, Any]]) -> bool:
        """File a pattern; whether it has an anchor."""
        places = _places(pattern)
        elements = compile_pattern(pattern, self._vocab)
        if elements is None:
            self._file_foreign(entry, pattern, places)
        elif places:
            filed = _around(entry, elements, places[0], self._needed(pattern, places))
            for word in self._ids(pattern[places[0]]):
                self._filed.by_word.setdefault(word, []).append((elements[places[0]], filed))
        elif (tested := next((at for at, element in enumerate(elements) if element.least), None)) is not None:
            self._filed.by_test.append((elements[tested], _around(entry, elements, tested, None)))
        else:
            self._anywhere.append((entry, tuple(elements)))
        return bool(places)

    def _ids(self, token: dict[str, Any]) -> frozenset[int]:
        return frozenset(self._vocab.strings.add(word) for word in literals(token) or ())

    def _needed(self, pattern: Sequence[dict[str, Any]], places: Sequence[int]) -> frozenset[int] | None:
        """The words of the most selective token that does not stand beside the anchor."""
        apart = [place for place in places if abs(place - places[0]) > 1]
        return self._ids(pattern[apart[0]]) if apart else None

    def _file_foreign(self, entry: int, pattern: Sequence[dict[str, Any]], places: Sequence[int]) -> None:
        self._patterns[entry] = pattern
        if not places:
            self._foreign_anywhere.append(entry)
        for word in self._ids(pattern[places[0]]) if places else ():
            self._foreign.setdefault(word, []).append(entry)

    def matches(self, reading: Reading) -> list[Hit]:
        """All matches in a text, by pattern and place."""
        found: dict[int, set[Pair]] = {}
        self._anchored_matches(reading, found)
        for entry, elements in self._anywhere:
            for start in range(len(reading.lowers)):
                for end in ends(reading.lowers, reading.orths, start, elements):
                    if end > start:
                        found.setdefault(entry, set()).add((start, end))
        hits = [Hit(entry, start, end) for entry, pairs in found.items() for start, end in longest(pairs)]
        if self._patterns:
            hits += self._foreign_matches(reading)
        hits.sort()
        return hits

    def _anchored_matches(self, reading: Reading, found: dict[int, set[Pair]]) -> None:
        words, orths = reading.lowers, reading.orths
        filed, size, held = self._filed, len(words), set(words)
        for place, orth in enumerate(orths):
            for entry, following, preceding, needed, after, before in filed[orth]:
                first, last = place, place + 1
                if following is not None:
                    if last == size or words[last] not in following:
                        continue
                    last += 1
                if preceding is not None:
                    if first == 0 or words[first - 1] not in preceding:
                        continue
                    first -= 1
                if needed is not None and needed.isdisjoint(held):
                    continue
                lasts = ends(words, orths, last, after) if after else (last,)
                if lasts:
                    firsts = begins(words, orths, first, before) if before else (first,)
                    if firsts:
                        found.setdefault(entry, set()).update(product(firsts, lasts))

    def _foreign_matches(self, reading: Reading) -> Iterable[Hit]:
        """The matches of the patterns that only a Matcher can read."""
        entries = set(self._foreign_anywhere)
        for word in reading.lowers:
            entries.update(self._foreign.get(word, ()))
        if not entries:
            return
        doc = self._nlp.make_doc(reading.text) if reading.doc is None else reading.doc
        for entry in entries:
            for _, start, end in self._matcher(entry)(doc):
                yield Hit(entry, start, end)

    def _matcher(self, entry: int) -> Any:
        """The small matcher of one pattern, built when it is first needed."""
        if entry not in self._matchers:
            from spacy.matcher import Matcher

            matcher = Matcher(self._vocab, validate=False)
            matcher.add("p", [list(self._patterns[entry])], greedy="LONGEST")
            self._matchers[entry] = matcher
        return self._matchers[entry]


def _around(entry: int, elements: list[Element], place: int, needed: frozenset[int] | None) -> _Filed:
    """A pattern seen from its anchor, which stands for one token; more of its kind may follow."""
    at = elements[place]
    more = (at._replace(least=at.least - 1, most=at.most - 1),) if at.most > 1 else ()
    following, after = _neighbour((*more, *elements[place + 1 :]))
    preceding, before = _neighbour(tuple(reversed(elements[:place])))
    return _Filed(entry, following, preceding, needed, after, before)


def _neighbour(elements: tuple[Element, ...]) -> tuple[frozenset[int] | None, tuple[Element, ...]]:
    """The words of which one must come next, and what follows on it; None, and all, where that is not known."""
    if elements:
        members, wanted, table, least, most = elements[0]
        if wanted and table is None and least == most == 1:
            return members, elements[1:]
    return None, elements
