"""Where in its sentence a mark stands."""

import pytest

from stepmark.annotate.context import Moment, TurnView
from stepmark.annotate.context.start import sentence_start
from stepmark.annotate.reading import Mark, Reading


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("restart the router", "restart", True),
        ("Hi Kate, restart the router", "restart", True),
        ("It froze. Ok, please restart it", "restart", True),
        ("@12345 restart the router", "restart", True),
        ("I had to restart the router", "restart", False),
        ("It froze. I will restart it", "restart", False),
    ],
)
def test_sentence_start_allows_greetings_and_nothing_else(text, word, expected):
    import spacy

    reading = Reading.of(spacy.blank("en").make_doc(text))
    at = reading.words.index(word)
    mark = Mark("step", 0, 1, at, at + 1, reading.sentences[at], "rule:x")
    moment = Moment([TurnView("agent", reading)], 0)
    assert sentence_start(mark, moment) is expected
