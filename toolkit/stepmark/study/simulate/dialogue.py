"""Writes the turns of one interaction: who says what in which order, with the true codes of each turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from stepmark.study.simulate.agenda import Agenda
from stepmark.study.simulate.customer import Customer, Sentence
from stepmark.study.simulate.grammar import lower_first, upper_first
from stepmark.study.simulate.scene import Scene
from stepmark.study.simulate.voice import Voice, agent_voice, customer_voice

__all__ = ["Pace", "Turn", "write_dialogue"]

Pace = Literal["reply", "burst", "cut_in", "go_on", "days_later"]
_BURST = {"chat": 0.6, "phone": 0.0, "email": 0.0, "social": 0.2}
_TAGS = ("fail", "customerservice", "stillwaiting", "help", "neveragain", "notimpressed")


@dataclass(frozen=True)
class Turn:
    """One turn: `pace` says how it comes after the one before, `codes` what it truly shows."""

    speaker: Literal["agent", "customer", "other"]
    text: str
    codes: tuple[str, ...]
    pace: Pace = "reply"


@dataclass
class _Writer:
    scene: Scene
    agent: Voice
    customer: Voice

    @property
    def rng(self) -> Random:
        return self.scene.rng

    def from_customer(self, sentences: Sequence[Sentence], *, first: bool = False) -> list[Turn]:
        """The sentences as one turn, or as the several messages of a burst."""
        groups: list[list[Sentence]] = [[]]
        for i, sentence in enumerate(sentences):
            if i and self.rng.random() < _BURST[self.scene.channel]:
                groups.append([])
            groups[-1].append(sentence)
        turns = []
        for i, group in enumerate(groups):
            codes = tuple(sorted({code for _, codes in group for code in codes}))
            text = self._customer_text([self._heated(s, c) for s, c in group], opening=first and i == 0)
            turns.append(Turn("customer", text, codes, "burst" if i else "reply"))
        return turns

    def from_agent(self, steps: Sequence[str], *, pace: Pace = "reply", greet: bool = False) -> Turn:
        """One turn of the agent that takes `steps`, or none."""
        said = []
        for step in steps or ("filler",):
            loud = step == "raise_voice" and self.scene.channel == "phone"
            said.append(self.scene.say("agent", "raise_voice_phone" if loud else step))
        if greet and self.scene.channel != "email" and self.rng.random() < 0.85:
            said.insert(0, self.scene.say("agent", "greeting"))
        codes = {*steps, *(["next_steps"] if "promise_follow_up" in steps else [])}
        return Turn("agent", self._agent_text(said), tuple(sorted(codes)), pace)

    def _heated(self, sentence: str, codes: tuple[str, ...]) -> str:
        """Angry people put a word in capitals."""
        parts = sentence.split(" ")
        long = [i for i, word in enumerate(parts) if len(word) > 3 and word.isalpha()]
        if "anger" in codes and long and self.rng.random() < 0.25:
            at = long[int(self.rng.random() * len(long))]
            parts[at] = parts[at].upper()
        return " ".join(parts)

    def _agent_text(self, said: list[str]) -> str:
        said = [self.agent.render(sentence, self.rng) for sentence in said]
        if self.scene.channel == "email":
            return self._mail("agent", said)
        if self.scene.channel == "social":
            sign = f" ^{self.scene.facts['agent'][:2].upper()}" if self.rng.random() < 0.8 else ""
            return f"@{self._handle()} {' '.join(said)}{sign}"
        return self._joined(said)

    def _customer_text(self, said: list[str], *, opening: bool) -> str:
        said = [self.customer.render(sentence, self.rng) for sentence in said]
        if self.scene.channel == "email":
            return self._mail("customer", said)
        if self.scene.channel == "social" and opening:
            tag = f" #{_TAGS[int(self.rng.random() * len(_TAGS))]}" if self.rng.random() < 0.35 else ""
            return f"@{''.join(w for w in self.scene.company if w.isalnum())} {' '.join(said)}{tag}"
        return " ".join(said)

    def _joined(self, said: list[str]) -> str:
        """The sentences in a row; now and then one runs into the next, as people write."""
        text = said[0]
        for sentence in said[1:]:
            run_on = text.endswith(".") and self.rng.random() < 0.15
            text = f"{text[:-1]}, {lower_first(sentence)}" if run_on else f"{text} {sentence}"
        return text

    def _mail(self, who: str, said: list[str]) -> str:
        """A mail: salutation, paragraphs of one to three sentences, signature."""
        paragraphs, i = [], 0
        while i < len(said):
            size = 1 + int(self.rng.random() * 3)
            paragraphs.append(" ".join(upper_first(s) for s in said[i : i + size]))
            i += size
        return "\n\n".join([self.scene.say(who, "mail_open"), *paragraphs, self.scene.say(who, "mail_close")])

    def _handle(self) -> str:
        return f"{self.scene.facts['cust'].lower()}_{self.scene.facts['cust_l'].lower()}"


def write_dialogue(scene: Scene, agenda: Agenda, customer: Customer) -> list[Turn]:
    """All turns of one interaction, in order."""
    rng = scene.rng
    write = _Writer(scene, agent_voice(scene.channel, rng), customer_voice(scene.channel, rng))
    turns: list[Turn] = []
    if scene.channel == "phone":
        turns.append(
            Turn(
                "other", f"welcome to {scene.company.lower()} tell us in a few words why you are calling", ()
            )
        )
    turns += write.from_customer(customer.opening(), first=True)
    for i, steps in enumerate(agenda.turns):
        cut = i in agenda.interruptions
        turns.append(write.from_agent(steps, pace="cut_in" if cut else "reply", greet=i == 0))
        if cut:
            turns += [
                _paced(turn, "go_on" if j == 0 else "burst")
                for j, turn in enumerate(write.from_customer([customer.say("more_plain")]))
            ]
        if i + 1 < len(agenda.turns):
            reply = write.from_customer(customer.reply(steps, (i + 1) / len(agenda.turns)))
            turns += [_paced(reply[0], "burst"), *reply[1:]] if cut else reply
    customer.reply(agenda.turns[-1], 1.0)
    turns += _the_end(write, agenda, customer, cut_in=len(agenda.turns) - 1 in agenda.interruptions)
    return [_coded(turn) for turn in turns]


def _the_end(write: _Writer, agenda: Agenda, customer: Customer, *, cut_in: bool) -> list[Turn]:
    last = write.from_customer(customer.ending())
    turns = [_paced(last[0], "burst"), *last[1:]] if cut_in else last
    if agenda.ends:
        turns.append(write.from_agent(("disengage",)))
    for steps in agenda.later:
        turns.append(write.from_agent(steps, pace="days_later"))
        answer = customer.say("yes_done" if customer.resolved else "not_done" if customer.tried else "ok")
        turns += write.from_customer([answer] if customer.csat < 4 else [customer.say("gratitude")])
    return turns


def _paced(turn: Turn, pace: Pace) -> Turn:
    return Turn(turn.speaker, turn.text, turn.codes, pace)


def _coded(turn: Turn) -> Turn:
    """With `interrupt` where the agent came in too early: it is coded from times, never from words."""
    codes = {*turn.codes, *(["interrupt"] if turn.pace == "cut_in" else [])}
    return Turn(turn.speaker, turn.text, tuple(sorted(codes)), turn.pace)
