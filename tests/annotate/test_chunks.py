"""Texts are split as the pipeline's own tokenizer splits them."""

from __future__ import annotations

import json
import re
from itertools import product
from pathlib import Path
from string import ascii_letters

import pytest
import spacy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stepmark.annotate import Guide, Marker, RawTurn
from stepmark.annotate.chunks import Chunks
from stepmark.annotate.lexicon import Lexicon
from stepmark.annotate.step import Step
from stepmark.corpus import read_folder

NLP = spacy.blank("en")
MARKER = Marker(Guide(name="test", steps=(Step(id="s"),)))
CHUNKS = Chunks(NLP, Lexicon(NLP.vocab))
PIECES = st.sampled_from(
    ["can't", "it's", "sorry", "e.g.", "U.S.", "we're!!", ":-)", ":", "-", ")", "(", "'s", "8)", "http://a.b/c?d", "@acme", "🙂",
     "don’t", "£5.20", "a/b", "…", "...", "Nov.", "10pm", "o'clock", "ಠ_ಠ", "¯\\(ツ)/¯", "gonna", "'", '"', "x"]
)  # fmt: skip
SPACES = st.sampled_from(
    ["", " ", " ", " ", "  ", "   ", "\n", " \n", "\n ", "\n\n", "\t", "\u00a0", "\u2003", "\r\n"]
)
SPECIAL = st.sampled_from(sorted(NLP.tokenizer.rules))
TEXTS = st.lists(st.one_of(PIECES, SPECIAL, SPACES, SPACES, st.text(max_size=4)), max_size=24).map("".join)


def assert_split_as_by_spacy(texts: list[str]) -> int:
    """How many of the texts were split without the tokenizer's own pass."""
    MARKER.read_ahead(RawTurn("agent", text) for text in texts)
    for text in texts:
        doc, reading = MARKER.nlp.make_doc(text), MARKER.read(text)
        assert reading.tokens == [token.text for token in doc], text
        assert reading.starts == [token.idx for token in doc], text
        assert reading.words == [token.lower_ for token in doc], text
    return len(texts) - len(CHUNKS.left_to_the_tokenizer(texts))


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
@example(["", " ", "  ", "\n", " a", "a ", "a  ", "a \n b", "a\n b"])
@example(["a:( :}x"])  # the halves of "(:" hide in ":(" and ":}"
def test_texts_are_split_as_by_the_tokenizer(texts: list[str]) -> None:
    assert_split_as_by_spacy(texts)


def test_plain_words_are_split_as_by_the_tokenizer_with_and_without_a_stop() -> None:
    short = ["".join(letters) for size in (1, 2) for letters in product(ascii_letters, repeat=size)]
    words = [
        *short,
        *NLP.tokenizer.rules,
        *map(str.upper, NLP.tokenizer.rules),
        "naïve",
        "Straße",
        "x1",
        "eg",
        *map(str, range(1_000)),
        "0800123456",
    ]
    assert_split_as_by_spacy([f"{word}{stop}" for word in words for stop in ("", *",.!?;", "?!", "...")])


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.from_regex(r"([A-Za-z]{1,9}|[0-9]{1,9})[,.!?]{0,2}", fullmatch=True), max_size=9).map(
        " ".join
    )
)
def test_plain_texts_are_split_as_by_the_tokenizer(text: str) -> None:
    assert_split_as_by_spacy([text])


def test_plain_words_of_another_language_are_left_to_its_tokenizer() -> None:
    nlp = spacy.blank("de")
    nlp.tokenizer.add_special_case("zum", [{"ORTH": "zu"}, {"ORTH": "m"}])
    nlp.tokenizer.suffix_search = re.compile("heit$|[.]$").search
    text = "zum Wohl. Freiheit"
    read = Chunks(nlp, Lexicon(nlp.vocab)).read([text]).readings()[0].tokens
    assert read == [token.text for token in nlp.make_doc(text)] == ["zu", "m", "Wohl", ".", "Frei", "heit"]


def test_special_cases_that_may_reach_over_a_blank_are_left_to_the_tokenizer() -> None:
    assert CHUNKS.left_to_the_tokenizer(["it 's late", "late 's", "a:( :}x", "it's late"]) == [0, 2]
    assert CHUNKS.left_to_the_tokenizer(["a - b", "( c )"]) == []


def test_a_tokenizer_that_is_not_the_usual_one_splits_every_text_itself() -> None:
    nlp = spacy.blank("en")
    nlp.tokenizer = lambda text: spacy.tokens.Doc(nlp.vocab, words=text.split("|"))
    chunks = Chunks(nlp, Lexicon(nlp.vocab))
    assert chunks.left_to_the_tokenizer(["a|b c"]) == [0]
    assert chunks.read(["a|b c"]).readings()[0].tokens == ["a", "b c"]


def test_a_text_longer_than_the_pipeline_takes_is_refused_as_by_the_pipeline() -> None:
    marker = Marker(Guide(name="test", steps=(Step(id="s"),)))
    marker.nlp.max_length = 10
    with pytest.raises(ValueError, match="exceeds maximum"):
        marker.read("a text of more than ten letters")


def test_the_shipped_corpus_is_split_as_by_the_tokenizer(project: Path) -> None:
    texts = read_folder(project / "corpora" / "hard-days").turns["text"].drop_duplicates().iloc[::5].tolist()
    assert assert_split_as_by_spacy(texts) > 0.99 * len(texts)


@pytest.mark.public
def test_public_dialogues_are_split_as_by_the_tokenizer(shared: Path) -> None:
    files = sorted((shared / "corpora" / "star" / "dialogues").glob("*.json"))[::10]
    events = (event for file in files for event in json.loads(file.read_text("utf-8"))["Events"])
    texts = list(dict.fromkeys(event["Text"] for event in events if event.get("Text")))
    assert assert_split_as_by_spacy(texts) > 0.99 * len(texts) > 4_000
