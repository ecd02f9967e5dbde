"""The anchor index finds what one Matcher with all patterns finds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.matcher import Matcher

from stepmark.annotate import Guide
from stepmark.annotate.anchors import anchor_words
from stepmark.annotate.index import PatternIndex
from stepmark.annotate.lexicon import Lexicon
from stepmark.annotate.reading import Hit, Reading, TextBatch
from stepmark.annotate.syntax import FLAGS
from stepmark.corpus import read_folder

WORDS = [
    "sorry",
    "for",
    "the",
    "wait",
    "we",
    "ca",
    "n't",
    "refund",
    "you",
    "?",
    "!",
    "Sorry",
    "REFUND",
    "apologise",
]
NLP = spacy.blank("en")
LEXICON = Lexicon(NLP.vocab)


def literal() -> st.SearchStrategy[dict[str, Any]]:
    lower = st.sampled_from(sorted({word.lower() for word in WORDS}))
    return st.one_of(
        st.builds(lambda word: {"LOWER": word}, lower),
        st.builds(lambda words: {"LOWER": {"IN": words}}, st.lists(lower, min_size=1, max_size=3)),
        st.builds(lambda word: {"ORTH": word}, st.sampled_from(WORDS)),
        st.builds(lambda word: {"lower": word, "IS_ALPHA": True}, lower),
    )


def token() -> st.SearchStrategy[dict[str, Any]]:
    other = st.sampled_from(
        [
            {"IS_ALPHA": True},
            {"IS_PUNCT": True},
            {},
            {"LOWER": {"NOT_IN": ["we"]}},
            {"LOWER": {"REGEX": "^s"}},
            {"LOWER": {"FUZZY1": "apologize"}},
            {"LENGTH": {">=": 4}},
            {"IS_UPPER": True, "LENGTH": {">": 2, "<": 9}},
            {"SHAPE": "xxxx"},
            {"LOWER": {"FUZZY": {"IN": ["refund", "apologize"]}}},
            {"TEXT": {"IN": ["Sorry", "we"]}, "IS_TITLE": False},
            {"LIKE_NUM": False, "LOWER": {"NOT_IN": ["for"], "REGEX": "o"}},
            {"NORM": "not"},
        ]
    )
    operator = st.sampled_from(
        [None, None, None, "1", "?", "+", "*", "!", "{2}", "{1,2}", "{0,2}", "{,2}", "{1,}"]
    )
    return st.builds(
        lambda base, op: {**base, **({"OP": op} if op else {})},
        st.one_of(literal(), literal(), other),
        operator,
    )


PATTERNS = st.lists(st.lists(token(), min_size=1, max_size=4), min_size=1, max_size=6)
TEXTS = st.lists(st.sampled_from([*WORDS, "can't", "🙂", "\n", "ok"]), max_size=12).map(" ".join)


def read(text: str) -> Reading:
    return Reading.of(NLP.make_doc(text), LEXICON)


def matches_of_one_matcher(patterns: list[list[dict[str, Any]]], text: str) -> list[Hit]:
    matcher = Matcher(NLP.vocab, validate=False)
    for place, pattern in enumerate(patterns):
        matcher.add(str(place), [pattern], greedy="LONGEST")
    found = matcher(NLP.make_doc(text))
    return sorted(Hit(int(NLP.vocab.strings[key]), start, end) for key, start, end in found if end > start)


@settings(max_examples=200, deadline=None)
@given(PATTERNS, st.lists(TEXTS, min_size=1, max_size=4))
def test_the_index_finds_what_one_matcher_finds(
    patterns: list[list[dict[str, Any]]], texts: list[str]
) -> None:
    index = PatternIndex(NLP, LEXICON, enumerate(patterns))
    for text in texts:
        assert index.matches(read(text)) == matches_of_one_matcher(patterns, text)


WORDS_OF_ALL_KINDS = "NASA ten 1,000 www.a.com x@y.co ( ) « $ £ … - the Straße İ ½ ok"


@pytest.mark.parametrize("flag", sorted(FLAGS - {"IS_SENT_START", "SENT_START", "SPACY"}))
def test_words_that_the_vocabulary_has_not_met_pass_the_same_tests(flag: str) -> None:
    nlp = spacy.blank("en")
    lexicon, words = Lexicon(nlp.vocab), WORDS_OF_ALL_KINDS.split()
    numbers = [lexicon.number(word) for word in words]
    bounds, starts = np.array([0, len(words)]), np.cumsum([0, *(len(word) + 1 for word in words[:-1])])
    batch = TextBatch([WORDS_OF_ALL_KINDS], lexicon, np.array(numbers), bounds, starts)
    assert nlp.vocab.strings["NASA"] not in nlp.vocab
    found = PatternIndex(nlp, lexicon, [(0, [{flag: True}])]).matches(batch.readings()[0])
    assert [hit.start for hit in found] == [
        at for at, word in enumerate(words) if getattr(NLP.vocab[word], flag.lower())
    ]


def test_many_texts_are_looked_at_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["sorry for the wait", "", "refund for you", "we refund"] * 5
    batch = TextBatch.of_docs([NLP.make_doc(text) for text in texts], LEXICON)
    index = PatternIndex(NLP, LEXICON, [(7, [{"LOWER": "for"}, {}]), (9, [{"LOWER": "refund"}])])
    whole = index.matches_in(batch, range(len(texts)))
    monkeypatch.setattr("stepmark.annotate.index.TOKENS_AT_ONCE", 5)
    parts = index.matches_in(batch, range(len(texts)))
    assert [column.tolist() for column in parts] == [column.tolist() for column in whole]
    assert whole.entry.tolist() == [7, 7, 9, 9] * 5


def test_the_anchor_is_the_most_selective_word_that_every_match_holds() -> None:
    pattern = [
        {"LOWER": {"IN": ["i", "we"]}},
        {"OP": "{0,3}"},
        {"LOWER": "apologise"},
        {"LOWER": "refund", "OP": "?"},
    ]
    assert anchor_words(pattern) == {"apologise"}


def test_a_pattern_without_a_literal_has_no_anchor_and_still_matches() -> None:
    index = PatternIndex(
        NLP, LEXICON, enumerate([[{"LOWER": "for"}], [{"IS_ALPHA": True}, {"IS_PUNCT": True}]])
    )
    assert index.unanchored == (1,)
    assert index.matches(read("please wait!")) == [Hit(1, 1, 3)]


def guide_patterns() -> list[list[dict[str, Any]]]:
    steps = Guide.load("difficult-customers").steps
    return [list(entry.pattern) for step in steps for entry in (*step.patterns, *step.unless)]


def assert_same_on(texts: list[str]) -> None:
    patterns = guide_patterns()
    index = PatternIndex(NLP, LEXICON, enumerate(patterns))
    matcher = Matcher(NLP.vocab, validate=False)
    for place, pattern in enumerate(patterns):
        matcher.add(str(place), [pattern], greedy="LONGEST")
    found = 0
    for text in texts:
        expected = sorted(
            Hit(int(NLP.vocab.strings[key]), start, end) for key, start, end in matcher(NLP.make_doc(text))
        )
        assert index.matches(read(text)) == expected
        found += len(expected)
    assert found > len(texts) / 4


def test_the_shipped_guide_finds_the_same_on_the_shipped_corpus(project: Path) -> None:
    turns = read_folder(project / "corpora" / "hard-days").turns
    assert_same_on(turns["text"].drop_duplicates().iloc[::240].tolist())


@pytest.mark.public
def test_the_shipped_guide_finds_the_same_on_public_dialogues(shared: Path) -> None:
    files = sorted((shared / "corpora" / "star" / "dialogues").glob("*.json"))[::25]
    events = (event for file in files for event in json.loads(file.read_text("utf-8"))["Events"])
    texts = [event["Text"] for event in events if event.get("Text")]
    assert_same_on(list(dict.fromkeys(texts))[::24])


@pytest.mark.nightly
def test_the_shipped_guide_finds_the_same_on_all_public_dialogues(shared: Path) -> None:
    files = sorted((shared / "corpora" / "star" / "dialogues").glob("*.json"))
    events = (event for file in files for event in json.loads(file.read_text("utf-8"))["Events"])
    assert_same_on(list(dict.fromkeys(event["Text"] for event in events if event.get("Text"))))
