"""Rules about where in its sentence a mark stands: at the start, or as the whole of the turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stepmark.annotate.context.moment import Moment
from stepmark.annotate.context.registry import rule
from stepmark.annotate.lexicon import LETTERS
from stepmark.annotate.reading import Mark, TextBatch, sums_before

if TYPE_CHECKING:
    import numpy as np

    from stepmark.annotate.index import Hits

__all__ = ["sentence_start"]

#: Words that may stand before the first word that counts: greetings, assents, names of people in a post.
_LEADS = frozenset(
    [
        "hi",
        "hello",
        "hey",
        "there",
        "ok",
        "okay",
        "please",
        "pls",
        "also",
        "so",
        "and",
        "but",
        "well",
        "yes",
        "no",
        "sure",
        "oh",
        "kindly",
        "just",
        "then",
        "now",
        "thanks",
        "great",
        "hmm",
        "alright",
    ]
)
_NAME_ENDS = frozenset(",!:")


def _start_sentences(batch: TextBatch, hits: Hits) -> np.ndarray:
    lead = (batch.kinds & LETTERS == 0) | batch.lexicon.among(_LEADS, batch.forms)
    lead[:-1] |= batch.lexicon.among(_NAME_ENDS, batch.forms[1:])
    others, (first, _) = sums_before(~lead), batch.sentence_bounds
    return others[hits.start] == others[first[hits.start]]


@rule("sentence_start", turn_only=True, at_once=_start_sentences)
def sentence_start(mark: Mark, moment: Moment) -> bool:
    """The mark begins its sentence, but for a greeting, a name before a comma, or such words as "ok" and "so"."""
    words, sentences = moment.reading.words, moment.reading.sentences
    place = mark.start - 1
    while place >= 0 and sentences[place] == mark.sentence:
        if not _leads(words[place], words[place + 1]):
            return False
        place -= 1
    return True


def _leads(word: str, following: str) -> bool:
    return word in _LEADS or not word[0].isalnum() or following in _NAME_ENDS
