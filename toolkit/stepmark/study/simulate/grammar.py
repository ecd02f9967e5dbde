"""Turns phrases kept as data into sentences: reads the phrase files, makes choices, fills slots."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

import yaml

__all__ = ["expand", "lower_first", "phrases", "pick", "upper_first", "words"]

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_LOCALE = re.compile(r"<([^<>/]*)/([^<>/]*)>|([A-Za-z']+)/([A-Za-z']+)")
_LOUD = re.compile(r"^(I\b|[A-Z]{2,}|[A-Z][a-z]+day\b)")


@cache
def phrases(name: str) -> Mapping[str, Any]:
    """The phrase file `name` (`agent`, `customer`, `industries`, `slots`) as it stands."""
    text = files("stepmark.study.simulate").joinpath("language", f"{name}.yaml").read_text("utf-8")
    return yaml.safe_load(text)


@cache
def words(name: str) -> tuple[str, ...]:
    """The comma-separated list `name` of the slots file."""
    return tuple(word.strip() for word in phrases("slots")[name].split(","))


def pick(rng: Random, options: Sequence[Any]) -> Any:
    """One of `options`; uses a single uniform number, so that it never changes between Python versions."""
    return options[int(rng.random() * len(options))]


def expand(phrase: str, rng: Random, fill: Callable[[str], str], *, american: bool = False) -> str:
    """One sentence of a phrase: innermost choices first, then slots, then spelling.

    Parameters
    ----------
    phrase
        Text with ``[a|b]`` choices, ``{slot}`` slots, and ``<uk/us>`` or ``uk/us`` spellings.
    rng
        Where the choices come from.
    fill
        Gives the words for a slot's name; they may hold choices and slots themselves.
    american
        Which spelling to take.
    """
    while True:
        found = _CHOICE.search(phrase)
        if found:
            phrase = phrase[: found.start()] + pick(rng, found[1].split("|")) + phrase[found.end() :]
            continue
        found = _SLOT.search(phrase)
        if not found:
            break
        phrase = phrase[: found.start()] + fill(found[1]) + phrase[found.end() :]
    spelled = _LOCALE.sub(lambda m: (m[2] or m[4] or "") if american else (m[1] or m[3] or ""), phrase)
    return (
        re.sub(r"\s+([,.?!]|'(?:ll|d|s|re|ve)\b)", r"\1", re.sub(r" {2,}", " ", spelled))
        .replace("\\n", "\n")
        .strip()
    )


def upper_first(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """The text without a capital at its beginning, where that word is no name."""
    return text if _LOUD.match(text) else text[:1].lower() + text[1:]
