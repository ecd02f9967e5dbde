"""Rules about shared content: does the agent say again what the customer said?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal

from Stemmer import Stemmer

from stepmark.annotate.context.moment import Moment
from stepmark.annotate.context.registry import maker, rule
from stepmark.annotate.context.sentence import asks
from stepmark.annotate.reading import Mark, Reading
from stepmark.annotate.step import Step

__all__ = ["content", "restated", "restates_customer", "shared_content", "stem"]

#: Words without content of their own: grammar, courtesy, and what any service talk is full of.
EMPTY = frozenset(
    [
        "a",
        "an",
        "the",
        "this",
        "that",
        "these",
        "those",
        "it",
        "its",
        "i",
        "me",
        "my",
        "mine",
        "you",
        "your",
        "yours",
        "he",
        "him",
        "his",
        "she",
        "her",
        "we",
        "us",
        "our",
        "they",
        "them",
        "their",
        "and",
        "or",
        "but",
        "so",
        "because",
        "if",
        "when",
        "while",
        "as",
        "than",
        "then",
        "there",
        "here",
        "what",
        "which",
        "who",
        "whom",
        "whose",
        "how",
        "why",
        "where",
        "am",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "'s",
        "'re",
        "'m",
        "have",
        "has",
        "had",
        "'ve",
        "do",
        "does",
        "did",
        "done",
        "doing",
        "will",
        "would",
        "'ll",
        "'d",
        "can",
        "ca",
        "could",
        "should",
        "shall",
        "may",
        "might",
        "must",
        "wo",
        "not",
        "n't",
        "no",
        "nor",
        "yes",
        "yeah",
        "ok",
        "okay",
        "of",
        "to",
        "in",
        "on",
        "at",
        "by",
        "for",
        "from",
        "with",
        "about",
        "into",
        "over",
        "up",
        "out",
        "off",
        "down",
        "again",
        "also",
        "just",
        "only",
        "very",
        "too",
        "really",
        "still",
        "already",
        "ever",
        "even",
        "any",
        "some",
        "all",
        "both",
        "each",
        "more",
        "most",
        "much",
        "many",
        "one",
        "ones",
        "other",
        "another",
        "such",
        "own",
        "same",
        "now",
        "well",
        "please",
        "thank",
        "thanks",
        "sorry",
        "apologies",
        "hi",
        "hello",
        "hey",
        "dear",
        "sir",
        "madam",
        "let",
        "know",
        "get",
        "got",
        "getting",
        "gets",
        "go",
        "going",
        "gone",
        "come",
        "make",
        "sure",
        "like",
        "want",
        "wants",
        "wanted",
        "need",
        "needs",
        "needed",
        "help",
        "see",
        "say",
        "said",
        "tell",
        "told",
        "ask",
        "think",
        "mean",
        "right",
        "correct",
        "understand",
        "understood",
        "look",
        "looking",
        "say",
        "thing",
        "things",
        "something",
        "anything",
        "way",
        "bit",
        "lot",
        "kind",
        "able",
        "would",
        "'d",
        "u",
        "ur",
        "im",
        "dont",
        "cant",
    ]
)


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer:
    return Stemmer("english")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of an English word (Porter 2001, Snowball)."""
    return str(_stemmer().stemWord(word))


def content(words: Iterable[str], synonyms: dict[str, str]) -> list[str]:
    """The stems of the words that carry content, synonyms under one name; numbers, names of accounts and links do not count."""
    stems = [stem(word) for word in words if word.isalpha() and len(word) > 1 and word not in EMPTY]
    return [synonyms.get(word, word) for word in stems]


def _content_of(reading: Reading, synonyms: dict[str, str]) -> frozenset[str]:
    kept = reading.resolved.get("content")
    if kept is None:
        kept = reading.resolved["content"] = frozenset(content(reading.words, synonyms))
    return kept


def shared_content(
    words: Iterable[str], moment: Moment, last: int | None = None, least: int = 0
) -> tuple[set[str], set[str]]:
    """(content shared with the customer's own words, all content) of some words of this turn.

    What the agent brought up before the customer did is the agent's own and does not count. `last` looks only at the
    customer's last few turns. Where all content is less than `least` words, nothing is looked for.
    """
    here = set(content(words, moment.synonyms))
    if len(here) < least:
        return set(), here
    agents: set[str] = set()
    customers: set[str] = set()
    n_customer = sum(turn.speaker == "customer" for turn in moment.turns[: moment.at])
    seen = 0
    for turn in moment.turns[: moment.at]:
        said = _content_of(turn.reading, moment.synonyms)
        if turn.speaker == "customer":
            seen += 1
            if last is None or seen > n_customer - last:
                customers |= said - agents
        elif turn.speaker == "agent":
            agents |= said - customers
    return here & customers, here


@rule("restates_customer")
def restates_customer(
    mark: Mark, moment: Moment, *, min_shared: int = 2, min_share: float = 0.0, last: int | None = None,
    where: Literal["sentence", "turn", "after"] = "sentence",
) -> bool:  # fmt: skip
    """The words say again what the customer said: at least `min_shared` content words, `min_share` of all content.

    `where` says which words: those of the `sentence`, of the `turn`, or of the sentence `after` the mark (a frame such
    as "so you are saying that").
    """
    reading = moment.reading
    if where == "turn":
        words = reading.words
    elif where == "after":
        words = _after(mark, reading)
    else:
        words = reading.sentence_words(mark.start)
    shared, here = shared_content(words, moment, last, min_shared)
    return len(shared) >= min_shared and len(shared) >= min_share * len(here)


def _after(mark: Mark, reading: Reading) -> list[str]:
    end = mark.end
    while end < len(reading.words) and reading.sentences[end] == mark.sentence:
        end += 1
    return reading.words[mark.end : end]


@maker("restated")
def restated(
    moment: Moment, step: Step, *, min_shared: int = 3, min_share: float = 0.6, last: int | None = 2,
    questions_only: bool = False,
) -> Iterator[Mark]:  # fmt: skip
    """Marks a sentence most of whose content words are the customer's own."""
    reading = moment.reading
    if not any(turn.speaker == "customer" for turn in moment.turns[: moment.at]):
        return
    start = 0
    while start < len(reading.words):
        number = reading.sentences[start]
        end = start
        while end < len(reading.words) and reading.sentences[end] == number:
            end += 1
        words = reading.words[start:end]
        if len(words) > min_shared and (not questions_only or asks(words)):
            shared, here = shared_content(words, moment, last, min_shared)
            if len(shared) >= min_shared and len(shared) >= min_share * len(here):
                start_char, end_char = reading.chars(start, end)
                yield Mark(step.id, start_char, end_char, start, end, number, f"rule:{step.id}-restated")
        start = end
