"""Who meets whom about what: the facts of one interaction, and its sentences about them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from stepmark.study.simulate.grammar import expand, lower_first, phrases, pick, upper_first, words

__all__ = ["Scene", "industries_of", "set_scene"]

_PERSON = (
    (r"\bmy\b", "your"),
    (r"\bI'm\b", "you're"),
    (r"\bI\b", "you"),
    (r"\bme\b", "you"),
    (r"\bmyself\b", "yourself"),
)
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


@dataclass
class Scene:
    """One interaction while it is being written.

    Attributes
    ----------
    rng
        The source of all its choices.
    industry, issue, company, channel
        What it is about and where it happens.
    american
        Whether it is spelled the American way.
    facts
        Names, amounts and the trouble: fixed for the whole interaction.
    answer
        What the customer would answer to the last question.
    """

    rng: Random
    industry: str
    issue: str
    channel: str
    company: str
    american: bool
    facts: dict[str, str]
    answer: str = "i don't know"
    said: set[str] = field(default_factory=set)

    def say(self, who: str, key: str) -> str:
        """A sentence under `key` of the phrase file of `who` (`agent` or `customer`), fresh where there is one."""
        phrase, _, answer = self._fresh(_lines(who, key)).partition(" // ")
        sentence = self.speak(phrase)
        if answer:
            self.answer = self._spell(answer)
        return sentence

    def speak(self, phrase: str) -> str:
        """The sentence of one phrase, as it would be written with care."""
        return upper_first(self._spell(phrase))

    def _spell(self, phrase: str) -> str:
        return expand(phrase, self.rng, self._fill, american=self.american)

    def _fresh(self, lines: Sequence[str]) -> str:
        left = [line for line in lines if line not in self.said] or list(lines)
        line = pick(self.rng, left)
        if len(lines) > 1:
            self.said.add(line)
        return line

    def _fill(self, slot: str) -> str:
        if slot in self.facts:
            return self.facts[slot]
        if slot.endswith("_c"):
            return upper_first(self._whole(slot[:-2]))
        if slot == "probe_l":
            return lower_first(self._whole("probe"))
        return self._records(slot) or _detail(slot, self.rng)

    def _whole(self, slot: str) -> str:
        return self._spell(self._fill(slot))

    def _records(self, slot: str) -> str:
        about = phrases("industries")[self.industry]["issues"][self.issue]
        if slot == "team":
            return pick(self.rng, phrases("industries")[self.industry]["team"].split(", "))
        if slot == "probe":
            question, _, answer = self._fresh(about["probe"].splitlines()).partition(" // ")
            self.answer = self._spell(answer)
            return question
        if slot == "answer":
            return self.answer
        if slot in ("fix", "fixed"):
            return self._fresh(about["fix"].splitlines()).split(" // ")[slot == "fixed"]
        if slot == "want_you":
            return _you(self._whole("want"))
        return self._fresh(about[slot].splitlines()) if slot in about else ""


def industries_of(issue: str) -> list[str]:
    """The industries in which an issue can come up, in the order of the file."""
    return [name for name, entry in phrases("industries").items() if issue in entry["issues"]]


def set_scene(rng: Random, issue: str, channel: str, agent: str) -> Scene:
    """Draw a company, a customer and the trouble for one interaction of the agent called `agent`."""
    industry = pick(rng, industries_of(issue))
    company = pick(rng, phrases("industries")[industry]["companies"].split(", "))
    american = rng.random() < 0.45
    facts = {
        "co": company,
        "agent": agent,
        "agent2": pick(rng, [name for name in words("agent_names") if name != agent]),
        "cust": pick(rng, words("first_names")),
        "cust_l": pick(rng, words("last_names")),
        "town": pick(rng, words("us_towns" if american else "uk_towns")),
        "month": pick(rng, words("months")),
        "amount": f"{'$' if american else '£'}{int(8 + rng.random() * 90)}",
        "amount2": f"{'$' if american else '£'}{int(110 + rng.random() * 700)}",
    }
    scene = Scene(rng, industry, issue, channel, company, american, facts)
    fixed = {slot: _detail(slot, rng) for slot in ("day", "clock", "n2")}
    line = pick(rng, phrases("industries")[industry]["issues"][issue]["trouble"].splitlines())
    told = expand(
        line, rng, lambda slot: facts.get(slot) or fixed.get(slot) or _detail(slot, rng), american=american
    )
    facts["trouble_me"], facts["trouble_you"], facts["trouble_np"] = told.split(" // ")
    return scene


def _lines(who: str, key: str) -> list[str]:
    return phrases(who)[key].splitlines()


def _you(text: str) -> str:
    for pattern, other in _PERSON:
        text = re.sub(pattern, other, text)
    return text


def _digits(rng: Random, n: int) -> str:
    return "".join(str(int(rng.random() * 10)) for _ in range(n))


def _ordinal(day: int) -> str:
    return f"{day}{'th' if day in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def _clock(rng: Random) -> str:
    hour, minute = int(1 + rng.random() * 12), pick(rng, (0, 0, 15, 30, 40))
    suffix = pick(rng, ("am", "pm", " o'clock"))
    return f"{hour}:{minute:02d}" if minute else f"{hour}{suffix}"


def _detail(slot: str, rng: Random) -> str:
    """A small fact that may differ each time it is asked for."""
    if slot in ("day", "month"):
        return pick(rng, words(slot + "s"))
    if slot == "clock":
        return _clock(rng)
    if slot == "ordinal":
        return _ordinal(int(1 + rng.random() * 30))
    if slot == "n2":
        return pick(rng, ("2", "3", "4", "5", "6"))
    if slot.startswith("digits"):
        return _digits(rng, int(slot[-1]))
    if slot == "postcode":
        return f"{pick(rng, _LETTERS)}{pick(rng, _LETTERS)}{_digits(rng, 1)} {_digits(rng, 1)}{pick(rng, _LETTERS)}{pick(rng, _LETTERS)}"
    if slot == "ref":
        return f"{pick(rng, _LETTERS)}{pick(rng, _LETTERS)}{_digits(rng, 5)}"
    raise KeyError(f"no words for the slot {{{slot}}}")
