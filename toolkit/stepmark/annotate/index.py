"""Finds the matches of many token patterns in a text at little more than the cost of reading it.

spaCy's `Matcher` tries every pattern at every token. Here each pattern is filed under an *anchor*: a token that it
cannot match without, and of these the most selective. A text is looked up word by word; where an anchor stands and
the fixed tokens beside it agree, the pattern's own small `Matcher` runs. The matches are those of one `Matcher` that
holds all patterns, each under its own name with ``greedy="LONGEST"``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from stepmark.annotate.reading import Hit

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

__all__ = ["PatternIndex", "anchor_words", "literals"]

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


class _Candidate(NamedTuple):
    """A pattern filed under an anchor.

    Attributes
    ----------
    entry
        The pattern's number.
    run
        For the fixed tokens beside the anchor: how far from it, and the words that may stand there.
    others
        For each further token that the pattern needs: the words of which one must stand in the text.
    """

    entry: int
    run: tuple[tuple[int, frozenset[int]], ...]
    others: tuple[frozenset[int], ...]


def literals(token: dict[str, Any]) -> frozenset[str] | None:
    """The lower-cased words of which one must stand where this token of a pattern matches; None where any word may.

    Examples
    --------
    >>> sorted(literals({"LOWER": {"IN": ["can", "could"]}}))
    ['can', 'could']
    >>> literals({"IS_DIGIT": True}) is None
    True
    """
    found = None
    for name, value in token.items():
        if str(name).upper() in {"LOWER", "ORTH", "TEXT"}:
            words = _words_of(value)
            if words is not None:
                found = words if found is None else found & words
    return found


def _words_of(value: Any) -> frozenset[str] | None:
    if isinstance(value, str):
        return frozenset({value.lower()})
    if isinstance(value, dict):
        for name, operand in value.items():
            if str(name).upper() == "IN":
                return frozenset(word.lower() for word in operand)
            if name == "==" and isinstance(operand, str):
                return frozenset({operand.lower()})
    return None


def _operator(token: dict[str, Any]) -> str:
    return str(next((value for name, value in token.items() if str(name).upper() == "OP"), "1"))


def _fixed(token: dict[str, Any]) -> bool:
    """Whether the token stands exactly once in every match."""
    return _operator(token) in {"1", "{1}", "{1,1}"}


def _needed(token: dict[str, Any]) -> bool:
    """Whether the token stands at least once in every match."""
    operator = _operator(token)
    return operator in {"1", "+"} or (operator[0] == "{" and operator[1] not in "0,")


def _cost(words: frozenset[str]) -> float:
    """How often a text is expected to hold one of these words; small is selective."""
    return sum(1 + _RANK.get(word, 0) for word in words)


def anchor_words(pattern: Sequence[dict[str, Any]]) -> frozenset[str] | None:
    """The words of the anchor of a pattern: its most selective token; None where it has no anchor."""
    place = _anchor_place(pattern)
    return None if place is None else literals(pattern[place])


def _anchor_place(pattern: Sequence[dict[str, Any]]) -> int | None:
    places = [place for place, token in enumerate(pattern) if _needed(token) and literals(token) is not None]
    return min(
        places, key=lambda place: (_cost(literals(pattern[place]) or frozenset()), place), default=None
    )


class PatternIndex:
    """Many token patterns, filed by anchor.

    Parameters
    ----------
    nlp
        The pipeline whose vocabulary the texts are read with.
    patterns
        The token patterns; a match names its pattern by its place in this list.
    """

    def __init__(self, nlp: Language, patterns: Iterable[Sequence[dict[str, Any]]]) -> None:
        self.patterns = [list(pattern) for pattern in patterns]
        self._vocab = nlp.vocab
        self._matchers: dict[int, Any] = {}
        self._filed: dict[int, list[_Candidate]] = {}
        self.unanchored: tuple[int, ...] = tuple(
            entry for entry, pattern in enumerate(self.patterns) if not self._file(entry, pattern)
        )

    def _file(self, entry: int, pattern: Sequence[dict[str, Any]]) -> bool:
        place = _anchor_place(pattern)
        if place is None:
            return False
        run = [(at - place, self._ids(pattern[at])) for at in _run(pattern, place) if at != place]
        beside = {place, *(_run(pattern, place))}
        others = [
            self._ids(token)
            for at, token in enumerate(pattern)
            if at not in beside and _needed(token) and literals(token) is not None
        ]
        candidate = _Candidate(entry, tuple(run), tuple(others))
        for word in self._ids(pattern[place]):
            self._filed.setdefault(word, []).append(candidate)
        return True

    def _ids(self, token: dict[str, Any]) -> frozenset[int]:
        return frozenset(self._vocab.strings.add(word) for word in literals(token) or ())

    def _matcher(self, entry: int) -> Any:
        """The small matcher of one pattern, built when it is first needed."""
        if entry not in self._matchers:
            from spacy.matcher import Matcher

            matcher = Matcher(self._vocab, validate=False)
            matcher.add("p", [self.patterns[entry]], greedy="LONGEST")
            self._matchers[entry] = matcher
        return self._matchers[entry]

    def candidates(self, words: list[int]) -> list[int]:
        """The patterns that may match a text with these words (as ids of the vocabulary), in order."""
        found = set(self.unanchored)
        filed, held = self._filed, None
        for place, word in enumerate(words):
            for entry, run, others in filed.get(word, ()):
                if entry in found or not _agrees(words, place, run):
                    continue
                if others:
                    held = held or set(words)
                    if any(held.isdisjoint(other) for other in others):
                        continue
                found.add(entry)
        return sorted(found)

    def matches(self, doc: Doc) -> list[Hit]:
        """All matches, by pattern and place."""
        from spacy.attrs import LOWER

        if not len(doc):
            return []
        hits = []
        for entry in self.candidates(doc.to_array(LOWER).tolist()):
            hits += sorted(Hit(entry, start, end) for _, start, end in self._matcher(entry)(doc))
        return hits

    def anchor_load(self) -> Counter[str]:
        """How many patterns are filed under each word."""
        return Counter({self._vocab.strings[word]: len(filed) for word, filed in self._filed.items()})


def _agrees(words: list[int], place: int, run: tuple[tuple[int, frozenset[int]], ...]) -> bool:
    for offset, choices in run:
        at = place + offset
        if at < 0 or at >= len(words) or words[at] not in choices:
            return False
    return True


def _run(pattern: Sequence[dict[str, Any]], place: int) -> list[int]:
    """The places beside the anchor whose distance from it is fixed and whose words are known."""
    run: list[int] = []
    if not _fixed(pattern[place]):
        return run
    for direction in (-1, 1):
        at = place + direction
        while 0 <= at < len(pattern) and _fixed(pattern[at]):
            if literals(pattern[at]) is not None:
                run.append(at)
            at += direction
    return run
