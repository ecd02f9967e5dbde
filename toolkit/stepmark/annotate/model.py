"""A learned second reader: for some steps of a guide, what each feature of a turn's words adds to their score.

A plain file that a person can read and argue with. How it is trained is in `learning`, what it sees in `features`.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

from stepmark.annotate.context.moment import TurnView
from stepmark.annotate.features import VERSION, turn_features
from stepmark.annotate.guide import Guide
from stepmark.annotate.reading import Mark, Reading
from stepmark.annotate.side import Side
from stepmark.annotate.syntax import did_you_mean
from stepmark.errors import Fault, InputError

__all__ = ["RULE_BONUS", "Model", "Retrial", "StepTrial", "fingerprint", "shipped_readers"]

#: What a mark of the rules adds to a score. Not fitted: rules look better on turns that they were written on than they are.
RULE_BONUS = 0.3


@dataclass(frozen=True)
class StepTrial:
    """What was found for one step on interactions that the reader was not trained on: a line of the model's card.

    Attributes
    ----------
    step
        The step.
    support
        How many of the turns that judge show it.
    rules_precision, rules_recall, rules_f1
        The rules alone, less, on turns that rules were written on, the marks of patterns that mark no other coded
        interactions; None where undefined.
    precision, recall, f1
        Rules and reader together; None where undefined, or not tried for want of support.
    on
        Whether the reader decides on this step.
    """

    step: str
    support: int
    rules_precision: float | None
    rules_recall: float | None
    rules_f1: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    on: bool


@dataclass(frozen=True)
class Retrial:
    """What was found later, for a guide whose patterns have changed since the training (`try_reader`).

    Attributes
    ----------
    guide, guide_fingerprint
        Name and version of that guide, and a hash of what decides on its marks.
    sources
        How many coded turns of each source it was tried on; it was trained on none of them.
    n_turns, n_interactions
        What the figures rest on.
    card
        What was found for every step of the guide; every mark of the rules counts.
    rules_micro_f1, micro_f1
        Over all steps: the rules alone, and with the reader; None where undefined.
    """

    guide: str
    guide_fingerprint: str
    sources: dict[str, int]
    n_turns: int
    n_interactions: int
    card: tuple[StepTrial, ...]
    rules_micro_f1: float | None
    micro_f1: float | None


@dataclass(frozen=True)
class Model:
    """A learned second reader for a guide.

    Attributes
    ----------
    name
        Its name; marks that it adds have the source ``model:<name>``.
    guide, guide_fingerprint
        Name and version of the guide it was tried with, and a hash of what decides on its marks.
    sides
        By speaker, how it scores their turns, for the steps on which it decides.
    card
        What was found for every step of the guide.
    about
        Where its coded turns come from, in words.
    sources
        How many coded turns of each source it was trained on.
    weights
        How many times a turn of a source counts, where not once.
    n_turns, n_interactions, seed
        What it was trained on, and with which seed.
    n_unseen
        How many of these turns no rule was written on: where there are some, they alone judge. Unknown in older files.
    rules_micro_f1, micro_f1
        Over all steps, on interactions that it was not trained on: the rules alone, and with this reader.
    made_with
        The versions of the libraries that trained it.
    features_version
        The version of the features that it was trained on (`features.VERSION`).
    begun_from
        The reader that it was begun from, and how many coded turns had taught that one; empty where there was none.
    retrial
        What was found for a guide that has changed since, if it was tried again.
    """

    name: str
    guide: str
    guide_fingerprint: str
    sides: dict[str, Side]
    card: tuple[StepTrial, ...]
    about: str
    sources: dict[str, int]
    n_turns: int
    n_interactions: int
    seed: int
    rules_micro_f1: float | None
    micro_f1: float | None
    made_with: dict[str, str]
    n_unseen: int = 0
    weights: dict[str, float] = field(default_factory=dict)
    features_version: int = VERSION
    begun_from: str = ""
    retrial: Retrial | None = None

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps on which it decides, in the order of the guide."""
        return tuple(trial.step for trial in self.card if trial.on)

    def checked_for(self, guide: Guide) -> Model:
        """Itself, if it is for this guide.

        Warns
        -----
        UserWarning
            Where the guide's patterns are not those that it was tried with: it still reads, its card no longer holds.

        Raises
        ------
        stepmark.errors.InputError
            Where it is for another guide, or decides on steps that the guide has not.
        """
        if fault := self.fault_with(guide):
            raise InputError(fault)
        tried_with = {self.guide_fingerprint, self.retrial.guide_fingerprint if self.retrial else ""}
        if fingerprint(guide) not in tried_with:
            warnings.warn(
                f"Model '{self.name}' was tried with other patterns of the guide '{guide.name}' than these: it still reads, "
                "but the figures on its card are of the earlier ones. Try it again with `stepmark evaluate --retried`, or "
                "train it again with `stepmark learn`, for new ones.",
                stacklevel=2,
            )
        return self

    def fault_with(self, guide: Guide) -> Fault | None:
        """What keeps it from reading with a guide; None where nothing does."""
        where, advice = f"model '{self.name}'", "Train one for this guide with `stepmark learn`."
        if self.guide.rpartition(" ")[0] != guide.name:
            return Fault(where, f"trained with '{self.guide}'", f"the guide '{guide}'", advice)
        if missing := sorted(set(self.steps) - {step.id for step in guide.steps}):
            return Fault(where, f"decides on {', '.join(missing)}", f"steps of '{guide}'", advice)
        return None

    def read_again(
        self, guide: Guide, views: Sequence[TurnView], merged: Sequence[list[Mark]]
    ) -> list[list[Mark]]:
        """The marks of an interaction after a second reading: some are taken away, some added."""
        shown = [frozenset(mark.step for mark in marks) for marks in merged]
        return [self._turn(guide, views, shown, at, marks) for at, marks in enumerate(merged)]

    def decisions(
        self, views: Sequence[TurnView], shown: Sequence[Collection[str]], at: int
    ) -> dict[str, bool]:
        """For each step on which it decides and that the speaker can show, whether a turn shows it.

        Parameters
        ----------
        views, shown
            The turns of an interaction, and the steps that the rules mark in each, up to the turn or further.
        at
            The turn's place among them.
        """
        sides = [side for who, side in self.sides.items() if who in ("any", views[at].speaker)]
        if not sides or not views[at].reading.forms:
            return {}
        features = turn_features(views, at, shown)
        return {
            step: score + RULE_BONUS * (step in shown[at]) >= side.thresholds[step]
            for side in sides for step, score in side.scores(features).items()
        }  # fmt: skip

    def _turn(
        self,
        guide: Guide,
        views: Sequence[TurnView],
        shown: Sequence[frozenset[str]],
        at: int,
        marks: list[Mark],
    ) -> list[Mark]:
        marked = shown[at]
        decided = self.decisions(views, shown, at)
        added = [step for step, shows in decided.items() if shows and step not in marked]
        if not added and all(decided.get(step, True) for step in marked):
            return marks
        kept = [mark for mark in marks if decided.get(mark.step, True)]
        side = {step: guide.step(step).speaker for step in added}
        kept += [self._mark(step, self.sides[side[step]], views[at].reading) for step in added]
        return sorted(kept, key=lambda mark: (mark.start_char, mark.end_char, mark.step))

    def _mark(self, step: str, side: Side, reading: Reading) -> Mark:
        """A mark over the sentence whose own words speak most for a step."""
        start, end = side.telling_sentence(step, reading)
        number = reading.sentences[start]
        return Mark(step, *reading.chars(start, end), start, end, number, f"model:{self.name}")

    def save(self, path: str | Path) -> Path:
        """Write the reader as JSON; returns the path."""
        path = Path(path)
        plain = asdict(self)
        sides = plain.pop("sides")
        head = json.dumps(plain, indent=1, ensure_ascii=False)
        tail = json.dumps(sides, ensure_ascii=False, separators=(",", ":"))
        path.write_text(f'{head[:-2]},\n "sides": {tail}\n}}\n', "utf-8")
        return path

    @classmethod
    def load(cls, name_or_path: str | Path | Model) -> Model:
        """The reader that is shipped under a name, or that a file holds.

        Raises
        ------
        stepmark.errors.InputError
            If there is none, or the file holds no reader, or one that was trained on other features.
        """
        if isinstance(name_or_path, Model):
            return name_or_path
        where, expected = str(name_or_path), "a reader made by `stepmark learn`"
        path: Any = Path(name_or_path)
        if not path.suffix and not path.is_file() and where in shipped_readers():
            path = package_files("stepmark.annotate") / "readers" / f"{where}.json"
        try:
            raw = json.loads(path.read_text("utf-8"))
            if (version := raw.get("features_version", 1)) != VERSION:
                found = f"a reader trained on version {version} of the features"
                raise InputError(
                    Fault(where, found, f"version {VERSION}", "Train it again with `stepmark learn`.")
                )
            return cls._from_plain(raw)
        except OSError:
            advice = did_you_mean(where, shipped_readers())
            raise InputError(Fault(where, "no such file or shipped reader", expected, advice)) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InputError(Fault(where, "holds no reader", expected)) from None

    @classmethod
    def _from_plain(cls, raw: dict[str, Any]) -> Model:
        sides = {
            who: Side(
                tuple(side["features"]),
                side["bias"],
                {step: tuple(weights) for step, weights in side["weights"].items()},
                side["thresholds"],
            )
            for who, side in raw.pop("sides").items()
        }
        if retrial := raw.pop("retrial", None):
            retrial = Retrial(card=_card(retrial.pop("card")), **retrial)
        return cls(sides=sides, card=_card(raw.pop("card")), retrial=retrial, **raw)


def _card(lines: Sequence[dict[str, Any]]) -> tuple[StepTrial, ...]:
    return tuple(StepTrial(**line) for line in lines)


def shipped_readers() -> tuple[str, ...]:
    """The names of the second readers that come with the package."""
    folder = package_files("stepmark.annotate") / "readers"
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


def fingerprint(guide: Guide) -> str:
    """A hash of all that decides on a guide's marks: steps, patterns, vetoes, rules and synonyms, not labels and examples."""
    said = {"label", "stage", "definition", "sources", "examples"}
    steps = [step.model_dump(mode="json", exclude=said) for step in guide.steps]
    whole = json.dumps([guide.language, guide.synonyms, steps], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]
