"""How a careful sentence comes out of someone's mouth or keyboard: channel, haste, typos, speech."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

from stepmark.study.simulate.grammar import pick, words

__all__ = ["Voice", "agent_voice", "customer_voice", "spoken"]

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_KEYS = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wertyuiop[sdfghjkl;xcvbnm,", strict=True))


@dataclass(frozen=True)
class Voice:
    """How one person writes or speaks.

    Attributes
    ----------
    spoken
        Whether it was said and transcribed: no capitals, no punctuation, numbers in words, fillers.
    lower
        Whether capitals are left out.
    bare
        Whether apostrophes and full stops are left out.
    short
        Whether "you", "please" and the like are cut short.
    typos
        Share of the words mistyped.
    fillers
        Chance of a filler in a spoken sentence.
    """

    spoken: bool = False
    lower: bool = False
    bare: bool = False
    short: bool = False
    typos: float = 0.0
    fillers: float = 0.0

    def render(self, sentence: str, rng: Random) -> str:
        """The sentence in this voice."""
        if self.spoken:
            return _hesitate(spoken(sentence), self.fillers, rng)
        text = sentence
        if self.short:
            text = re.sub(r"\b[Yy]ou\b", "u", re.sub(r"\b[Pp]lease\b", "pls", re.sub(r"\band\b", "&", text)))
        if self.lower:
            text = " ".join(w if w.isupper() and len(w) > 2 else w.lower() for w in text.split(" "))
        if self.bare:
            text = re.sub(r"\.$", "", text.replace("'", ""))
        return " ".join(_mistype(w, rng) if rng.random() < self.typos else w for w in text.split(" "))


def agent_voice(channel: str, rng: Random) -> Voice:
    """How an agent comes across on a channel."""
    if channel == "phone":
        return Voice(spoken=True, fillers=0.15)
    hasty = rng.random() < 0.2
    return Voice(bare=channel == "chat" and hasty, typos=0.008 if hasty else 0.001)


def customer_voice(channel: str, rng: Random) -> Voice:
    """How a customer comes across on a channel."""
    if channel == "phone":
        return Voice(spoken=True, fillers=0.4)
    if channel == "email":
        return Voice(typos=pick(rng, (0.0, 0.005, 0.02)))
    careless = rng.random() < 0.6
    return Voice(
        lower=careless and rng.random() < 0.8,
        bare=careless,
        short=careless and rng.random() < 0.35,
        typos=pick(rng, (0.01, 0.03, 0.06)) if careless else 0.004,
    )


def spoken(text: str) -> str:
    """The text as a transcriber hears it: words only, numbers and references spelled out.

    Examples
    --------
    >>> spoken("That's £45 by 9:40, ref AB12.")
    "that's forty five pounds by nine forty ref a b one two"
    """
    text = re.sub(r"([£$])(\d+)", lambda m: f"{m[2]} {'pounds' if m[1] == '£' else 'dollars'}", text)
    text = re.sub(r"(\d+):(\d\d)", r"\1 \2", text)
    text = re.sub(r"(\d+)(am|pm|st|nd|rd|th)\b", _suffixed, text)
    text = re.sub(r"\b(?=\w*\d)(?=\w*[A-Z])\w+\b", lambda m: " ".join(m[0]), text)
    text = re.sub(r"\d+", lambda m: _number(m[0]), text)
    text = re.sub(r"[^\w'\s]", " ", text.replace("-", " ")).lower()
    return re.sub(r"\s+", " ", text).strip()


def _number(digits: str) -> str:
    if len(digits) > 3 or digits[0] == "0":
        return " ".join(_ONES[int(d)] for d in digits)
    n = int(digits)
    if n < 20:
        return _ONES[n]
    if n < 100:
        return _TENS[n // 10 - 2] + (f" {_ONES[n % 10]}" if n % 10 else "")
    rest = f" and {_number(str(n % 100))}" if n % 100 else ""
    return f"{_ONES[n // 100]} hundred{rest}"


def _suffixed(found: re.Match[str]) -> str:
    if found[2] in ("am", "pm"):
        return f"{found[1]} {found[2]}"
    n = int(found[1])
    tens, ones = (n // 10 * 10, n % 10) if n > 20 else (0, n)
    special = {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth"}
    if n in (20, 30):
        return _number(str(n))[:-1] + "ieth"
    last = special.get(ones, _ONES[ones] + "th")
    return f"{_number(str(tens))} {last}" if tens else last


def _hesitate(text: str, chance: float, rng: Random) -> str:
    if rng.random() >= chance:
        return text
    parts = text.split(" ")
    at = int(rng.random() * len(parts))
    filler = pick(rng, words("fillers"))
    repeat = [parts[at]] if rng.random() < 0.25 and parts[at].isalpha() else []
    return " ".join([*parts[:at], *repeat, filler, *parts[at:]])


def _mistype(word: str, rng: Random) -> str:
    """One slip of the finger: two letters swapped, one left out, doubled, or its neighbour on the keyboard."""
    if len(word) < 4 or not word.isalpha():
        return word
    at, kind = 1 + int(rng.random() * (len(word) - 2)), int(rng.random() * 4)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    near = word[at] if kind == 2 else _KEYS.get(word[at].lower(), word[at])
    return word[:at] + near + word[at + (kind == 3) :]
