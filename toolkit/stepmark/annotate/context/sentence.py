"""Rules about the sentence in which a mark stands: is it a question, a condition, an instruction, negated, reported?"""

from __future__ import annotations

from stepmark.annotate.context.moment import Moment
from stepmark.annotate.context.registry import rule
from stepmark.annotate.reading import Mark

__all__ = ["conditional", "negated", "question", "reported"]

_ASKING = frozenset(
    [
        "what",
        "when",
        "where",
        "which",
        "who",
        "whose",
        "how",
        "why",
        "can",
        "could",
        "would",
        "will",
        "shall",
        "should",
        "may",
        "might",
        "do",
        "does",
        "did",
        "is",
        "are",
        "was",
        "were",
        "have",
        "has",
        "any",
        "am",
        "ca",
        "wo",
    ]
)
_AFTER_ASKING = frozenset(
    ["i", "you", "we", "he", "she", "it", "they", "there", "this", "that", "the", "your", "my", "n't", "any"]
)
_WH = frozenset(["what", "when", "where", "which", "who", "whose", "how", "why"])
_LEADS = frozenset(
    [
        "and",
        "so",
        "but",
        "okay",
        "ok",
        "hi",
        "hello",
        "well",
        "um",
        "sorry",
        "please",
        "then",
        "also",
        "now",
        "yes",
        "no",
        "alright",
        "great",
        "thanks",
        ",",
        "-",
        ".",
    ]
)
_NEGATIONS = frozenset(
    [
        "not",
        "n't",
        "never",
        "no",
        "nobody",
        "nothing",
        "none",
        "cannot",
        "without",
        "neither",
        "nor",
        "hardly",
    ]
)
_IFS = frozenset(["if", "unless", "when", "whenever", "once", "until"])
_REPORTS = frozenset(
    ["said", "says", "told", "tells", "claimed", "claims", "promised", "replied", "wrote", "stated"]
)


@rule("question")
def question(mark: Mark, moment: Moment) -> bool:
    """The sentence asks: it ends in a question mark, or begins as questions do (speech has no question marks)."""
    words = moment.reading.sentence_words(mark.start)
    if "?" in words or any("?" in word for word in words[-2:]):
        return True
    if "!" in words[-1:] or "." in words[-1:]:
        return False
    words = _without_leads(words)
    if len(words) < 3 or words[0] not in _ASKING:
        return False
    return words[0] in _WH or words[1] in _AFTER_ASKING


def _without_leads(words: list[str]) -> list[str]:
    start = 0
    while start < len(words) and (words[start] in _LEADS or words[start].startswith("@")):
        start += 1
    return words[start:]


@rule("conditional")
def conditional(mark: Mark, moment: Moment) -> bool:
    """The mark stands in or after a clause that begins with "if", "unless", "when", "once" or "until"."""
    return not _IFS.isdisjoint(_before(mark, moment))


@rule("negated")
def negated(mark: Mark, moment: Moment, *, within: int = 4) -> bool:
    """One of the few words before the mark, or a word in it, is a negation."""
    before = _before(mark, moment)[-within:]
    inside = moment.reading.words[mark.start : mark.end]
    return not _NEGATIONS.isdisjoint(before) or not _NEGATIONS.isdisjoint(inside)


@rule("reported")
def reported(mark: Mark, moment: Moment) -> bool:
    """The mark is what somebody is said to have said: "he told me that …"."""
    return not _REPORTS.isdisjoint(_before(mark, moment))


def _before(mark: Mark, moment: Moment) -> list[str]:
    """The words of the mark's sentence that stand before it."""
    reading = moment.reading
    number = reading.sentences[mark.start]
    start = mark.start
    while start > 0 and reading.sentences[start - 1] == number:
        start -= 1
    return reading.words[start : mark.start]
