"""Does a guide do what its own examples say, and can its patterns match at all?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from stepmark.annotate.guide import Guide
from stepmark.annotate.marker import Marker, RawTurn
from stepmark.annotate.step import Example, ExampleTurn, Rule, Step

__all__ = ["Check", "Failure", "check_guide"]

#: The options of rules that list words of a text; several with blanks between them are looked for in a row.
_OF_WORDS = ("words", "mild_words")


@dataclass(frozen=True)
class Failure:
    """An example that does not come out as the guide says.

    Attributes
    ----------
    step
        The step it belongs to.
    expected
        Whether the step should be marked.
    text
        The example.
    patterns
        What marked it, where nothing should have.
    """

    step: str
    expected: bool
    text: str
    patterns: tuple[str, ...]

    def __str__(self) -> str:
        if self.expected:
            return f"{self.step}: not marked, but should be: {self.text!r}"
        return f"{self.step}: marked by {', '.join(self.patterns)}, but should not be: {self.text!r}"


@dataclass(frozen=True)
class Check:
    """What the check of a guide found.

    Attributes
    ----------
    guide
        Name and version.
    n_examples
        How many examples were run.
    failures
        Those that came out otherwise than the guide says.
    unanchored
        Ids of patterns without an anchor: legal, but slow.
    impossible
        Patterns that can never match, with the reason.
    without_examples
        Steps that have no example for or no example against.
    """

    guide: str
    n_examples: int
    failures: tuple[Failure, ...]
    unanchored: tuple[str, ...]
    impossible: tuple[str, ...]
    without_examples: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every example came out as it should and every pattern can match."""
        return not self.failures and not self.impossible


def check_guide(guide: Guide) -> Check:
    """Run a guide's examples against its patterns, and look for patterns that are slow or can never match."""
    marker = Marker(guide)
    failures, count = [], 0
    for step in guide.steps:
        for example, expected in _examples(step):
            count += 1
            patterns = _found(marker, step, example)
            if bool(patterns) != expected:
                failures.append(Failure(step.id, expected, example.text, patterns))
    lacking = tuple(step.id for step in guide.steps if not step.examples.yes or not step.examples.no)
    return Check(str(guide), count, tuple(failures), marker.unanchored, tuple(_impossible(marker)), lacking)


def _examples(step: Step) -> Iterator[tuple[Example, bool]]:
    for example in step.examples.yes:
        yield example, True
    for example in step.examples.no:
        yield example, False


def _found(marker: Marker, step: Step, example: Example) -> tuple[str, ...]:
    """What marks the step in an example, as sources."""
    speaker = "agent" if step.speaker == "any" else step.speaker
    turns = [
        *(_raw(turn) for turn in example.context),
        RawTurn(speaker, example.text, example.start, example.end),
        *(_raw(turn) for turn in example.then),
    ]
    marks = marker.mark_all(turns)[len(example.context)]
    return tuple(dict.fromkeys(mark.source for mark in marks if mark.step == step.id))


def _raw(turn: ExampleTurn) -> RawTurn:
    return RawTurn(turn.speaker, turn.text, turn.start, turn.end)


def _impossible(marker: Marker) -> Iterator[str]:
    """Words of patterns and of their rules that the tokenizer splits, so that no single token ever equals them."""
    pieces = _pieces(marker)
    for place, word in _words(marker.guide):
        parts = [part.text for part in marker.nlp.make_doc(word)]
        if len(parts) != 1 and word.lower() not in pieces:
            yield f"{place} {word!r} is never one token; the tokenizer makes {parts} of it"


def _words(guide: Guide) -> Iterator[tuple[str, str]]:
    """(where it stands, word) for every word that a guide looks for in a text."""
    for step in guide.steps:
        for name, word in chain.from_iterable(map(_words_of_rule, step.context)):
            yield f"'{step.id}': the rule {name}:", word
        for entry in (*step.patterns, *step.unless):
            for token in entry.pattern:
                for name in ("LOWER", "ORTH", "TEXT"):
                    for word in _values(token.get(name)):
                        yield f"'{entry.id}': {name}", word
            for name, word in chain.from_iterable(map(_words_of_rule, entry.when)):
                yield f"'{entry.id}': the rule {name}:", word


def _values(value: Any) -> tuple[str, ...]:
    """The words that a token's attribute may equal."""
    if isinstance(value, dict):
        return tuple(map(str, value.get("IN", ())))
    return () if value is None else (str(value),)


def _words_of_rule(call: Rule) -> Iterator[tuple[str, str]]:
    """(its name, word) for the words that a called rule, and those that it calls, look for."""
    for option in _OF_WORDS:
        for word in " ".join(call.options.get(option, ())).split():
            yield call.name, word
    for inner in call.calls:
        yield from _words_of_rule(inner)


def _pieces(marker: Marker) -> frozenset[str]:
    """What the tokenizer makes of contracted words ("'m", "n't"): tokens that never stand alone in a text."""
    rules = getattr(marker.nlp.tokenizer, "rules", None) or {}
    return frozenset(
        str(value).lower() for pieces in rules.values() for piece in pieces for value in piece.values()
    )
