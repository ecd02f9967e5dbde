"""What a learned reader sees of a turn: its words, what came before it, its form and its place.

What the rules mark in the turn itself is asked elsewhere (`model`), so that rules that were written on the same coded
turns cannot hide what the words say; what they mark in the turns before it is part of what came before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise

from stepmark.annotate.context.moment import TurnView
from stepmark.annotate.reading import Reading

__all__ = ["features_of_words", "plain", "plain_words", "turn_features"]

#: The version of what is seen: another number wherever readers that were trained before would see something else.
VERSION = 2
#: How much each kind of feature counts before the turn's length is divided out.
STRENGTHS = {
    "word": 1.0,
    "pair": 1.0,
    "skip": 0.7,
    "letters": 0.3,
    "before": 0.5,
    "form": 1.0,
    "place": 2.0,
    "shown last": 1.0,
    "shown": 0.7,
}
#: How many letters stand together in a feature; "<" and ">", which count too, are a word's ends.
LETTERS = (2, 3, 4)
LENGTHS = (2, 4, 7, 12, 20, 35, 60)
TURNS = (0, 1, 2, 4, 7, 10)
#: For how many turns it counts that a step was shown.
REMEMBERED = 6
#: Seconds between a turn and the one before it.
PAUSES = (60, 600, 3_600, 20_000, 86_400)
SHARES = (0.2, 0.4, 0.6)
SHARED = (0, 1, 2, 4)
#: The names under which names of accounts, links and numbers go.
KINDS = ("@name", "link", "number")
SIGNS = frozenset(".,?!;")


def turn_features(views: Sequence[TurnView], at: int, shown: Sequence[Collection[str]]) -> dict[str, float]:
    """The features of one turn, by name, each with its strength (above 0).

    Parameters
    ----------
    views
        The turns of the interaction that are known.
    at
        The turn's place among them.
    shown
        The steps that the rules mark in each of the turns before it.

    Returns
    -------
    dict
        Words, pairs, pairs over a gap of one, runs of two to four letters (what a typo leaves of a word), words of the
        turn before with its speaker; how long the turn is and how it is written; how many turns of each side came
        before, how long it took, and how many of its longer words others have said before; which steps the last two
        turns showed, and the last six. Times that are not known give no feature.
    """
    here, before = views[at], views[:at]
    found = dict(word_features(here.reading))
    place, form = STRENGTHS["place"], STRENGTHS["form"]
    found.update(_above("length", len(plain_words(here.reading)), LENGTHS, form))
    for speaker in ("agent", "customer"):
        n = sum(view.speaker == speaker for view in before)
        found.update(_above(f"{speaker} turns", n, TURNS, form))
    found.update(dict.fromkeys(_written(here.text), place))
    found.update(_said_before(here, before))
    found.update(_shown_before(before, shown[:at]))
    last = before[-1] if before else None
    found[f"after {last.speaker if last else 'nothing'}"] = place
    if last is not None:
        strength = STRENGTHS["before"]
        found.update((f"{last.speaker} said {word}", strength) for word in plain_words(last.reading))
        if here.start is not None and last.start is not None:
            found.update(_above("pause", here.start - last.start, PAUSES, place))
    return found


def word_features(reading: Reading) -> dict[str, float]:
    """The features of a text's own words; worked out once for equal texts."""
    kept: dict[str, float] | None = reading.resolved.get("word features")
    if kept is None:
        kept = reading.resolved["word features"] = dict(features_of_words(plain_words(reading)))
    return kept


def features_of_words(words: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Single words and their letters, pairs, and pairs with a word between them; ``^`` and ``$`` stand for the ends."""
    for word in words:
        yield f"word {word}", STRENGTHS["word"]
    for letters in chain.from_iterable(map(_letters, words)):
        yield letters, STRENGTHS["letters"]
    for first, last in zip(words, words[2:], strict=False):
        yield f"skip {first} _ {last}", STRENGTHS["skip"]
    for pair in pairwise(["^", *words, "$"]):
        yield f"pair {' '.join(pair)}", STRENGTHS["pair"]


@lru_cache(maxsize=50_000)
def _letters(word: str) -> tuple[str, ...]:
    """The runs of letters in a word; none in what stands for links and numbers, or in signs."""
    if not word.isalpha() or word in KINDS:
        return ()
    whole = f"<{word}>"
    runs = (whole[at : at + n] for n in LETTERS for at in range(len(whole) - n + 1))
    return tuple(f"letters {run}" for run in dict.fromkeys(runs))


def plain_words(reading: Reading) -> list[str]:
    """The plain words of a text; worked out once for equal texts."""
    kept: list[str] | None = reading.resolved.get("plain words")
    if kept is None:
        kept = reading.resolved["plain words"] = plain(reading.words)
    return kept


def plain(words: Iterable[str]) -> list[str]:
    """Words with names of accounts, links and numbers each under one name, without blanks."""
    return [_kind(word) for word in words if not word.isspace()]


def _kind(word: str) -> str:
    if word.isalpha():
        return word
    account, link, number = KINDS
    if word.startswith("@") and len(word) > 1:
        return account
    if word.startswith(("http", "www.")):
        return link
    return number if any(letter.isdigit() for letter in word) else word.replace("’", "'")


def _above(name: str, value: float, bounds: Iterable[float], strength: float) -> dict[str, float]:
    """One feature for each bound that a value lies above."""
    return {f"{name} > {bound}": strength for bound in bounds if value > bound}


def _written(text: str) -> Iterator[str]:
    """How a text is written."""
    if "?" in text:
        yield "written ?"
    if "!" in text:
        yield "written !"
    if "@" in text:
        yield "written @"
    if SIGNS.isdisjoint(text):
        yield "written without signs"
    if text == text.lower():
        yield "written without capitals"
    shouted = sum(word.isupper() and len(word) > 2 and word.isalpha() for word in text.split())
    if shouted:
        yield "written in capitals" if shouted > 1 else "written with a word in capitals"


def _said_before(here: TurnView, before: Sequence[TurnView]) -> dict[str, float]:
    """How many of a turn's longer words others have said before it."""
    own = _long_words(here.reading)
    if not own or not before:
        return {}
    others = (view.reading for view in before if view.speaker != here.speaker)
    n = len(set().union(*(own & _long_words(reading) for reading in others)))
    place = STRENGTHS["place"]
    return _above("said before", n, SHARED, 0.7 * place) | _above(
        "share said before", n / len(own), SHARES, place
    )


def _shown_before(
    before: Sequence[TurnView], shown: Sequence[Collection[str]]
) -> Iterator[tuple[str, float]]:
    """The steps of the last two turns, each with its speaker, and those of the last six."""
    for when, kind, places in (
        ("showed", "shown last", slice(-1, None)),
        ("had shown", "shown", slice(-2, -1)),
    ):
        for view, steps in zip(before[places], shown[places], strict=True):
            yield from ((f"{view.speaker} {when} {step}", STRENGTHS[kind]) for step in steps)
    for step in sorted(set().union(*shown[-REMEMBERED:])):
        yield f"lately {step}", STRENGTHS["shown"]


def _long_words(reading: Reading) -> frozenset[str]:
    kept: frozenset[str] | None = reading.resolved.get("long words")
    if kept is None:
        words = plain_words(reading)
        kept = frozenset(word for word in words if len(word) > 3 and word.isalpha())
        reading.resolved["long words"] = kept
    return kept
