"""What the customer of a scene says: the opening, the answers, the end. Each sentence comes with its signals."""

from __future__ import annotations

from dataclasses import dataclass

from stepmark.study.simulate.scene import Scene

__all__ = ["Customer", "Sentence"]

#: A sentence and the codes it carries.
Sentence = tuple[str, tuple[str, ...]]

_CODES: dict[str, tuple[str, ...]] = {
    "open_angry": ("anger",),
    "anger": ("anger",),
    "abuse": ("abuse", "anger"),
    "churn_threat": ("churn_threat",),
    "repeat_contact": ("repeat_contact",),
    "unresolved": ("unresolved",),
    "answer_angry": ("anger",),
    "sceptical": ("anger",),
    "protest_angry": ("anger",),
    "not_done": ("unresolved",),
    "gratitude": ("gratitude",),
    "retort": ("anger",),
}
_CALMER = {1: 0.75, 2: 0.45, 3: 0.15, 4: 0.04, 5: 0.0}
_THANKS = {1: 0.0, 2: 0.03, 3: 0.12, 4: 0.5, 5: 0.85}


@dataclass
class Customer:
    """A customer on the way from the opening mood to the final score.

    Attributes
    ----------
    scene
        What it is about.
    before
        The signals of the opening.
    csat
        The score (1 to 5) that the conversation is heading for, answered or not.
    resolved
        Whether the matter ends resolved.
    tried
        Whether anything was tried so far; only then can a matter be *still* unresolved.
    """

    scene: Scene
    before: tuple[str, ...]
    csat: int
    resolved: bool
    tried: bool = False

    def say(self, key: str) -> Sentence:
        """One sentence under a key of the customer's phrases."""
        return self.scene.say("customer", key), _CODES.get(key, ())

    def opening(self) -> list[Sentence]:
        """All that the customer says before the agent's first reply; shows exactly the signals of `before`."""
        rng, angry = self.scene.rng, "anger" in self.before
        said = [self.say("open_angry" if angry else "open_plain")]
        more: list[str] = [
            s for s in ("repeat_contact", "unresolved", "abuse", "churn_threat") if s in self.before
        ]
        if angry and rng.random() < 0.4:
            more.append("anger")
        if rng.random() < 0.45:
            more.append("more_plain")
        more.sort(key=lambda _: rng.random())
        return said + [self.say(key) for key in more]

    def angry(self, progress: float) -> bool:
        """Whether anger shows at this point (`progress` 0 to 1) of the conversation."""
        start = 0.65 if "anger" in self.before else 0.04
        return self.scene.rng.random() < (1 - progress) * start + progress * _CALMER[self.csat]

    def reply(self, steps: tuple[str, ...], progress: float) -> list[Sentence]:
        """What comes back after an agent's turn that took `steps`."""
        rng, angry = self.scene.rng, self.angry(progress)
        self.tried = self.tried or bool({"offer_solution", "offer_alternative"} & set(steps))
        keys = [self._key(steps, angry)]
        if keys == ["ok"] and angry:
            keys = ["anger"]
        if rng.random() < (0.3 if angry else 0.15):
            keys.append("anger" if angry and rng.random() < 0.5 else "more_plain")
        if self.csat == 1 and progress > 0.6 and rng.random() < 0.12:
            keys.append("churn_threat")
        if "abuse" in self.before and "set_boundary" not in steps and angry and rng.random() < 0.15:
            keys.append("abuse")
        return [self.say(key) for key in keys]

    def _key(self, steps: tuple[str, ...], angry: bool) -> str:
        rng, last = self.scene.rng, set(steps)
        if last & {"raise_voice", "defensive"}:
            return "retort"
        if "set_boundary" in last:
            return "calm" if rng.random() < 0.25 * self.csat else "abuse"
        if "check_resolved" in last:
            return "yes_done" if self.resolved or not self.tried else "not_done"
        if "ask_preference" in last:
            return "prefer"
        if "probe" in last:
            return "answer_angry" if angry else "answer"
        if last & {"offer_solution", "offer_alternative"}:
            return "sceptical" if angry else "accept"
        if "state_limits" in last:
            return "protest_angry" if angry else "protest"
        if "explain" in last and not angry:
            return "learned"
        if last & {"next_steps", "promise_follow_up", "reassure"} and angry:
            return "sceptical"
        return "ok"

    def ending(self) -> list[Sentence]:
        """The customer's last words."""
        rng = self.scene.rng
        if rng.random() < _THANKS[self.csat]:
            return [self.say("gratitude")]
        keys = []
        if not self.resolved and self.tried and rng.random() < 0.4:
            keys.append("unresolved")
        if rng.random() < _CALMER[self.csat]:
            keys.append("anger")
        if self.csat == 1 and rng.random() < 0.2:
            keys.append("churn_threat")
        return [self.say(key) for key in keys or ["end_plain"]]
