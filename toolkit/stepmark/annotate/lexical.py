"""Token patterns as small programs over the ids of words, without a pass through spaCy's `Matcher`.

Most patterns ask only what a word is (`LOWER`, `IN`, `REGEX`, `IS_UPPER` …), never what a parser says. Such a pattern
becomes a row of elements, which `programs` runs on many texts at once.
The matches are those of `Matcher`. A pattern that asks for more (part of speech, `NORM`, extensions) has no program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from spacy.attrs import IDS, LOWER, PREFIX, SHAPE, SUFFIX

from stepmark.annotate.syntax import FLAGS

if TYPE_CHECKING:
    from spacy.vocab import Vocab

__all__ = ["Element", "LexemeTable", "compile_pattern", "literals"]

#: More often than any text is long.
UNBOUNDED = 1 << 30

_STRINGS: dict[str, Callable[[_Word], str]] = {
    "LOWER": lambda word: word.get(LOWER),
    "ORTH": lambda word: word.text,
    "TEXT": lambda word: word.text,
    "SHAPE": lambda word: word.get(SHAPE),
    "PREFIX": lambda word: word.get(PREFIX),
    "SUFFIX": lambda word: word.get(SUFFIX),
}
_FLAGS = FLAGS - {"IS_SENT_START", "SENT_START", "SPACY"}  # those say where a token stands, not what it is
#: By attribute, the name under which a lexeme has it.
_NAMES = {
    LOWER: "lower_",
    SHAPE: "shape_",
    PREFIX: "prefix_",
    SUFFIX: "suffix_",
    **{IDS[flag]: flag.lower() for flag in _FLAGS},
}
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "==": int.__eq__, "!=": int.__ne__, ">=": int.__ge__, "<=": int.__le__, ">": int.__gt__, "<": int.__lt__,
}  # fmt: skip

Test = Callable[["_Word"], bool]


class _Word:
    """A word as tests see it: what the vocabulary says of a lexeme, which is made only where it has made it already."""

    __slots__ = ("_orth", "_vocab", "text")

    def __init__(self, vocab: Vocab, orth: int) -> None:
        self._vocab = vocab
        self._orth = orth
        self.text: str = vocab.strings[orth]

    def get(self, attribute: int) -> Any:
        """What the vocabulary says of it: a flag, or a string."""
        if self._orth in self._vocab:  # type: ignore[operator]
            return getattr(self._vocab[self._orth], _NAMES[attribute])
        return self._vocab.lex_attr_getters[attribute](self.text)  # type: ignore[attr-defined]


class LexemeTable(dict[int, bool]):
    """Whether a word passes a test, by the id of its exact form; each word is tested once."""

    def __init__(self, vocab: Vocab, tests: Sequence[Test]) -> None:
        super().__init__()
        self._vocab = vocab
        self._tests = tests

    def __missing__(self, orth: int) -> bool:
        word = _Word(self._vocab, orth)
        for test in self._tests:
            if not test(word):
                self[orth] = False
                return False
        self[orth] = True
        return True


class Element(NamedTuple):
    """A stretch of tokens of one kind.

    Attributes
    ----------
    members
        Ids of lower-cased words.
    wanted
        Whether a token must be among the members (or pass the table), or must not.
    table
        Where given, decides in place of `members`.
    least, most
        How many tokens in a row.
    """

    members: frozenset[int]
    wanted: bool
    table: LexemeTable | None
    least: int
    most: int


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
    return None


def compile_pattern(pattern: Sequence[dict[str, Any]], vocab: Vocab) -> list[Element] | None:
    """The elements of a token pattern; None where it asks for more than what its words are."""
    elements = []
    for token in pattern:
        spec = {str(name).upper(): value for name, value in token.items()}
        operator = str(spec.pop("OP", "1"))
        least, most = _bounds(operator)
        members = _members(spec, vocab)
        if members is not None:
            ids, wanted, table = members[0], members[1], None
        else:
            tests = _tests(spec)
            if tests is None:
                return None
            ids, wanted, table = frozenset[int](), True, LexemeTable(vocab, tests)
        elements.append(Element(ids, wanted != (operator == "!"), table, least, most))
    return elements


def _bounds(operator: str) -> tuple[int, int]:
    """How often at least and at most."""
    named = {"1": (1, 1), "!": (1, 1), "?": (0, 1), "+": (1, UNBOUNDED), "*": (0, UNBOUNDED)}
    if operator in named:
        return named[operator]
    least, comma, most = operator[1:-1].partition(",")
    low = int(least or 0)
    return low, (int(most) if most else UNBOUNDED) if comma else low


def _members(spec: dict[str, Any], vocab: Vocab) -> tuple[frozenset[int], bool] | None:
    """For a token that asks only which lower-cased word it is: (words, whether it must be one of them)."""
    if not spec:
        return frozenset(), False
    if set(spec) != {"LOWER"}:
        return None
    value = spec["LOWER"]
    if isinstance(value, str):
        return frozenset({vocab.strings.add(value)}), True
    predicates = {str(name).upper(): operand for name, operand in value.items()}
    for name, wanted in (("IN", True), ("NOT_IN", False)):
        if set(predicates) == {name}:
            return frozenset(vocab.strings.add(word) for word in predicates[name]), wanted
    return None


def _tests(spec: dict[str, Any]) -> list[Test] | None:
    """The tests of a token on a word; None where one of them asks for more than the word."""
    tests: list[Test] = []
    for attribute, value in spec.items():
        found = _tests_of(attribute, value)
        if found is None:
            return None
        tests += found
    return tests


def _tests_of(attribute: str, value: Any) -> list[Test] | None:
    if attribute in _FLAGS and isinstance(value, bool):
        flag = IDS[attribute]
        return [lambda word: word.get(flag) == value]
    if attribute == "LENGTH":
        predicates = value if isinstance(value, dict) else {"==": value}
        if not all(name in _COMPARE and isinstance(operand, int) for name, operand in predicates.items()):
            return None
        return [_length_test(_COMPARE[name], operand) for name, operand in predicates.items()]
    if attribute not in _STRINGS:
        return None
    text = _STRINGS[attribute]
    if isinstance(value, str):
        return [lambda word: text(word) == value]
    if not isinstance(value, dict):
        return None
    tests = [_string_test(text, str(name).upper(), operand) for name, operand in value.items()]
    return None if None in tests else tests  # type: ignore[return-value]


def _length_test(compare: Callable[[int, int], bool], operand: int) -> Test:
    return lambda word: compare(len(word.text), operand)


def _string_test(text: Callable[[_Word], str], predicate: str, operand: Any) -> Test | None:
    if predicate in ("REGEX",) and isinstance(operand, str):
        expression = re.compile(operand)
        return lambda word: expression.search(text(word)) is not None
    if predicate in ("IN", "NOT_IN"):
        words, wanted = frozenset(operand), predicate == "IN"
        return lambda word: (text(word) in words) is wanted
    if predicate.startswith("FUZZY") and isinstance(operand, str):
        return _fuzzy_test(text, operand, predicate.removeprefix("FUZZY"))
    if predicate.startswith("FUZZY") and isinstance(operand, dict) and set(operand) == {"IN"}:
        tests = [_fuzzy_test(text, word, predicate.removeprefix("FUZZY")) for word in operand["IN"]]
        return lambda word: any(test(word) for test in tests)
    return None


def _fuzzy_test(text: Callable[[_Word], str], near: str, distance: str) -> Test:
    from spacy.matcher.levenshtein import levenshtein_compare

    edits = int(distance) if distance else -1
    return lambda word: text(word) == near or bool(levenshtein_compare(text(word), near, edits))
