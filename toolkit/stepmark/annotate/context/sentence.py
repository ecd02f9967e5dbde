"""Rules about the sentence in which a mark stands: is it a question, a condition, an instruction, negated, reported?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stepmark.annotate.context.moment import Moment
from stepmark.annotate.context.registry import rule
from stepmark.annotate.lexicon import QUESTION
from stepmark.annotate.reading import Mark, Reading, TextBatch, sums_before

if TYPE_CHECKING:
    from stepmark.annotate.index import Hits

__all__ = [
    "asks",
    "conditional",
    "in_quotes",
    "instruction",
    "negated",
    "question",
    "reported",
    "words_before",
]

_WH = frozenset(["what", "when", "where", "which", "who", "whose", "how", "why"])
_AUXILIARIES = frozenset(
    """
    can could would will shall should may might do does did is are was were has have had any am ca wo
    """.split()  # noqa: SIM905 (a list of words reads better so)
)
_SUBJECTS = frozenset(
    """
    i you we he she it they there this that the your my our any anyone anything u ya
    """.split()  # noqa: SIM905 (a list of words reads better so)
)
_NOT = frozenset(["n't", "n’t", "nt"])
#: "Had the", "have my": somebody left "I" out.
_OWNS, _DETERMINERS = frozenset(["had", "have"]), frozenset(["the", "this", "that", "my", "your", "our"])
#: Auxiliaries that, before a personal subject, turn a clause into a question wherever it stands.
_INVERTING = frozenset(
    """
    can could would will shall may do does did have has had is are was were
    """.split()  # noqa: SIM905 (a list of words reads better so)
)
_PERSONS = frozenset(["i", "you", "we", "he", "she", "it", "they", "ye", "u"])
_BE = frozenset(["is", "'s", "are", "was", "were", "did"])
#: What, before such a pair, makes it a statement: "what they did you know", "as i can you will", "all that is it".
_NO_QUESTION_AFTER = _PERSONS | frozenset(
    """
    this that these those there is know see to not n't never no nor neither only so all as than the a 's
    one if who which what here best why how where when
    """.split()  # noqa: SIM905 (a list of words reads better so)
)
#: What may stand before a question or an instruction.
_LEADS = frozenset(
    """
    and so but okay ok hi hello hey well um uh sorry please then also now yes no alright right great
    thanks sure , - . kindly just
    """.split()  # noqa: SIM905 (a list of words reads better so)
)
#: How many words at the end of a sentence may hold its question mark; and the stops that say that it does not ask.
LAST = 3
_CLOSED = frozenset([".", "!"])
_NEGATIONS = frozenset(
    """
    not n't nt never no nobody nothing none cannot without neither nor hardly
    """.split()  # noqa: SIM905 (a list of words reads better so)
)
_IFS = frozenset(["if", "unless", "when", "whenever", "once", "until"])
_REPORTS = frozenset(
    ["said", "says", "told", "tells", "claimed", "claims", "promised", "replied", "wrote", "stated", "asked"]
)
_IMPERATIVES = frozenset(
    """
    add ask bear bring call change check choose clear click close complete confirm contact delete
    disconnect download drop email enter fill follow give go head hold install keep let log look mail make
    message open pick plug post press provide pull put reboot refer reinstall remove reply report reset
    restart return ring search select send set share sign start stop submit swap switch take tap tell text
    try turn type uninstall unplug update use visit wait write
    """.split()  # noqa: SIM905 (a list of words reads better so)
)
_OBLIGATIONS = frozenset(
    ["can", "could", "should", "must", "need", "have", "'ll", "will", "may", "might", "ought"]
)


def _ask(batch: TextBatch, hits: Hits) -> np.ndarray:
    first, end = (bounds[hits.start] for bounds in batch.sentence_bounds)
    marked = sums_before(batch.kinds & QUESTION != 0)
    asked = marked[end] > marked[np.maximum(first, end - LAST)]
    closed = batch.lexicon.among(_CLOSED, batch.forms[end - 1])
    left = np.flatnonzero(~asked & ~closed)
    sentences = list(zip(first[left].tolist(), end[left].tolist(), strict=True))
    found = {own: asks(batch.words(*own)) for own in dict.fromkeys(sentences)}
    asked[left] = [found[own] for own in sentences]
    return asked


@rule("question", turn_only=True, at_once=_ask)
def question(mark: Mark, moment: Moment) -> bool:
    """The sentence asks: it ends in a question mark, or begins as questions do (speech has no question marks)."""
    reading = moment.reading
    key = "asks", mark.sentence
    if key not in reading.resolved:
        reading.resolved[key] = asks(reading.sentence_words(mark.start))
    return bool(reading.resolved[key])


def asks(words: list[str]) -> bool:
    """Whether a sentence, as lower-cased words, is a question: by its mark, its first words, or, without stops, inside."""
    if any("?" in word for word in words[-LAST:]):
        return True
    if not _CLOSED.isdisjoint(words[-1:]):
        return False
    words = _without_leads(words)
    if len(words) < 3:
        return False
    return words[0] in _WH or _begins_inverted(words) or words[-2:] == ["or", "not"] or _inverts(words)


def _begins_inverted(words: list[str]) -> bool:
    """Whether an auxiliary and a subject stand first, as in "is the"; not where "I" was left out, as in "had the", "can't say"."""
    first, second, third = words[:3]
    if second in _NOT:
        return first in _AUXILIARIES and third in _SUBJECTS
    return first in _AUXILIARIES and second in _SUBJECTS and not (first in _OWNS and second in _DETERMINERS)


def _inverts(words: list[str]) -> bool:
    """Whether subject and auxiliary change places within the words, as in "right so did you get the letter"."""
    return any(
        before not in _NO_QUESTION_AFTER
        and (
            (word in _INVERTING and following in _PERSONS)
            or (word in ("did", "does") and following in _SUBJECTS)
            or (word == "how" and following in _BE)
        )
        for before, word, following in zip(words, words[1:], words[2:], strict=False)
    )


def _without_leads(words: list[str]) -> list[str]:
    start = 0
    while start < len(words) and (words[start] in _LEADS or words[start].startswith("@")):
        start += 1
    return words[start:]


@rule("instruction", turn_only=True)
def instruction(mark: Mark, moment: Moment) -> bool:
    """The sentence tells the other what to do: it begins with a bare verb, or with "you can", "you need to" …"""
    words = _without_leads(moment.reading.sentence_words(mark.start))
    if not words:
        return False
    return words[0] in _IMPERATIVES or (words[0] == "you" and len(words) > 1 and words[1] in _OBLIGATIONS)


@rule("conditional", turn_only=True)
def conditional(mark: Mark, moment: Moment) -> bool:
    """In the sentence, before the mark or as its first word, stands "if", "unless", "when", "once" or "until"."""
    first = moment.reading.words[mark.start]
    return first in _IFS or not _IFS.isdisjoint(words_before(mark, moment.reading))


@rule("negated", turn_only=True)
def negated(mark: Mark, moment: Moment, *, within: int = 4) -> bool:
    """One of the `within` words before the mark, or a word in it, is a negation."""
    before = words_before(mark, moment.reading)[-within:]
    inside = moment.reading.words[mark.start : mark.end]
    return not _NEGATIONS.isdisjoint(before) or not _NEGATIONS.isdisjoint(inside)


@rule("reported", turn_only=True)
def reported(mark: Mark, moment: Moment) -> bool:
    """The mark is what somebody is said to have said: "he told me that …"."""
    return not _REPORTS.isdisjoint(words_before(mark, moment.reading))


@rule("in_quotes", turn_only=True)
def in_quotes(mark: Mark, moment: Moment) -> bool:
    """The mark stands between quotation marks."""
    before = moment.reading.text[: mark.start_char]
    after = moment.reading.text[mark.end_char :]
    return (before.count("“") > before.count("”") and "”" in after) or (
        before.count('"') % 2 == 1 and '"' in after
    )


def words_before(mark: Mark, reading: Reading) -> list[str]:
    """The words of the mark's sentence that stand before it."""
    start, _ = reading.sentence_bounds(mark.start)
    return reading.words[start : mark.start]
