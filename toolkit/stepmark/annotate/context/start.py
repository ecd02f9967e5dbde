"""Rules about where in its sentence a mark stands: at the start, or as the whole of the turn."""

from __future__ import annotations

from stepmark.annotate.context.moment import Moment
from stepmark.annotate.context.registry import rule
from stepmark.annotate.reading import Mark

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


@rule("sentence_start", turn_only=True)
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
