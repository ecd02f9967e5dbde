"""Words, places and sentences of a text, read alone and among others."""

from __future__ import annotations

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from stepmark.annotate.chunks import Chunks
from stepmark.annotate.lexicon import Lexicon
from stepmark.annotate.reading import Reading

NLP = spacy.blank("en")
PIECES = [
    "hello",
    "it",
    "broke",
    "and",
    "but",
    "so",
    ".",
    "!",
    "?!",
    ")",
    '"',
    "\n",
    "...",
    "ok",
    "http://a.b",
    "@acme",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join)


def read(text: str) -> Reading:
    return Reading.of(NLP.make_doc(text))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("hello . it broke ! !", [0, 0, 1, 1, 1, 1]),
        ('it broke ." so', [0, 0, 0, 0, 1]),
        ("! ! hello", [0, 0, 1]),
        ("it\nbroke", [0, 0, 1]),
        ("", []),
        # fourteen words without a stop are one sentence, fifteen are cut before "but" and "so"
        ("a b c d e f g h but j k l m n", [0] * 14),
        ("a b c d e f g h but j k l m n so", [0] * 8 + [1] * 6 + [2]),
        # and not before five words have gone by, nor, once cut, before another five
        ("a but c d e f g h i j k l m n o", [0] * 15),
        ("a b c d but f g h i j k l m n o", [0] * 15),
        ("a b c d e but g h i and k l m n o", [0] * 5 + [1] * 10),
        ("a b c d e but g h i j and l m n o", [0] * 5 + [1] * 5 + [2] * 5),
    ],
)
def test_a_sentence_ends_with_stops_at_a_line_break_and_in_long_speech_before_a_clause(
    text: str, sentences: list[int]
) -> None:
    assert read(text).sentences == sentences


def test_what_says_nothing_is_no_word() -> None:
    assert read("hello @acme , see http://a.b now").said == [0, 1, 1, 1, 2, 2, 3]


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_a_text_reads_among_others_as_it_does_alone(texts: list[str]) -> None:
    together = Chunks(NLP, Lexicon(NLP.vocab)).read(texts).readings()
    for text, reading in zip(texts, together, strict=True):
        alone = read(text)
        assert reading.text == text
        assert reading.tokens == alone.tokens
        assert reading.starts == alone.starts
        assert reading.sentences == alone.sentences
        assert reading.said == alone.said
