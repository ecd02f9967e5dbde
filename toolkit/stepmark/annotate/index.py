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
COMMON = [
    ".",
    ",",
    "the",
    "to",
    "you",
    "i",
    "a",
    "?",
    "!",
    "is",
    "it",
    "and",
    "for",
    "of",
    "in",
    "that",
    "your",
    "can",
    "me",
    "my",
    "we",
    "have",
    "this",
    "on",
    "be",
    "do",
    "with",
    "not",
    "n't",
    "'s",
    "what",
    "are",
    "if",
    "would",
    "will",
    "so",
    "no",
    "at",
    "please",
    "there",
    "was",
    "just",
    "but",
    "like",
    "help",
    "any",
    "could",
    "all",
    "how",
    "from",
    "or",
    "as",
    "get",
    "an",
    "they",
    "know",
    "need",
    "am",
    "'m",
    "'re",
    "'ll",
    "'ve",
    "yes",
    "okay",
    "ok",
    "ca",
    "thank",
    "thanks",
    "one",
    "out",
    "our",
    "us",
    "has",
    "about",
    "up",
    "when",
    "which",
    "let",
    "been",
    "more",
    "then",
    "here",
    "want",
    "time",
    "had",
    "now",
    "hello",
    "hi",
    "may",
    "did",
    "sorry",
    "does",
    "by",
    "good",
    "going",
    "these",
    "them",
    "see",
    "some",
    "who",
    "were",
    "should",
    "him",
    "her",
    "its",
    "-",
    "'",
    '"',
    "(",
    ")",
    ":",
    "/",
    "&",
    "…",
]
_RANK = {word: len(COMMON) - place for place, word in enumerate(COMMON)}

Pair = tuple[int, int]


class _Filed(NamedTuple):
    """A pattern under its anchor.

    Attributes
    ----------
    entry
        Its number.
    following, preceding
        The words of which one must stand just after and just before the anchor; None where that is not known.
    before, anchor, after
        What stands before the anchor (last to first), at it, and after it.
    """

    entry: int
    following: frozenset[int] | None
    preceding: frozenset[int] | None
    before: tuple[Element, ...]
    anchor: Element
    after: tuple[Element, ...]


def anchor_words(pattern: Sequence[dict[str, Any]]) -> frozenset[str] | None:
    """The words of the anchor of a pattern: its most selective token; None where it has no anchor.

    Examples
    --------
    >>> sorted(anchor_words([{"LOWER": {"IN": ["i", "we"]}}, {"OP": "{0,3}"}, {"LOWER": "apologise"}]))
    ['apologise']
    """
    place = _anchor_place(pattern)
    return None if place is None else literals(pattern[place])


def _anchor_place(pattern: Sequence[dict[str, Any]]) -> int | None:
    places = [place for place, token in enumerate(pattern) if _needed(token) and literals(token) is not None]
    return min(places, key=lambda place: (_cost(literals(pattern[place]) or ()), place), default=None)


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
        self.by_word: dict[int, list[_Filed]] = {}
        self.by_test: list[_Filed] = []

    def __missing__(self, orth: int) -> tuple[_Filed, ...]:
        lower = self._vocab[orth].lower
        tried = [filed for filed in self.by_word.get(lower, ()) if _passes(filed.anchor, lower, orth)]
        tried += [filed for filed in self.by_test if _passes(filed.anchor, lower, orth)]
        self[orth] = kept = tuple(tried)
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
        place = _anchor_place(pattern)
        elements = compile_pattern(pattern, self._vocab)
        if elements is None:
            self._file_foreign(entry, pattern, place)
        elif place is not None:
            filed = _around(entry, elements, place)
            for word in literals(pattern[place]) or ():
                self._filed.by_word.setdefault(self._vocab.strings.add(word), []).append(filed)
        elif (tested := next((at for at, element in enumerate(elements) if element.least), None)) is not None:
            self._filed.by_test.append(_around(entry, elements, tested))
        else:
            self._anywhere.append((entry, tuple(elements)))
        return place is not None

    def _file_foreign(self, entry: int, pattern: Sequence[dict[str, Any]], place: int | None) -> None:
        self._patterns[entry] = pattern
        if place is None:
            self._foreign_anywhere.append(entry)
        for word in (literals(pattern[place]) or ()) if place is not None else ():
            self._foreign.setdefault(self._vocab.strings.add(word), []).append(entry)

    def matches(self, reading: Reading) -> list[Hit]:
        """All matches in a text, by pattern and place."""
        words, orths = reading.lowers, reading.orths
        found: dict[int, set[Pair]] = {}
        filed = self._filed
        size = len(words)
        for place, orth in enumerate(orths):
            for entry, following, preceding, before, _, after in filed[orth]:
                if following is not None and (place + 1 == size or words[place + 1] not in following):
                    continue
                if preceding is not None and (place == 0 or words[place - 1] not in preceding):
                    continue
                lasts = ends(words, orths, place + 1, after) if after else (place + 1,)
                if lasts:
                    firsts = begins(words, orths, place, before) if before else (place,)
                    if firsts:
                        found.setdefault(entry, set()).update(product(firsts, lasts))
        for entry, elements in self._anywhere:
            for start in range(len(words)):
                for end in ends(words, orths, start, elements):
                    if end > start:
                        found.setdefault(entry, set()).add((start, end))
        hits = [Hit(entry, *pair) for entry in found for pair in longest(found[entry])]
        if self._patterns:
            hits += self._foreign_matches(reading)
        hits.sort()
        return hits

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


def _around(entry: int, elements: list[Element], place: int) -> _Filed:
    """A pattern seen from its anchor, which stands for one token; more of its kind may follow."""
    at = elements[place]
    anchor = at._replace(least=1, most=1)
    rest = (at._replace(least=at.least - 1, most=at.most - 1),) if at.most > 1 else ()
    before, after = tuple(reversed(elements[:place])), (*rest, *elements[place + 1 :])
    return _Filed(entry, _next_words(after), _next_words(before), before, anchor, after)


def _next_words(elements: Sequence[Element]) -> frozenset[int] | None:
    """The words of which one must come next; None where any may."""
    if elements and elements[0].least and elements[0].wanted and elements[0].table is None:
        return elements[0].members
    return None
