"""A learned second reader: for some steps of a guide, what each feature of a turn's words adds to their score.

A plain file that a person can read and argue with. How it is trained is in `learning`, what it sees in `features`.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.resources import files as package_files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stepmark.annotate.card import Retrial, StepTrial, card_of
from stepmark.annotate.context.moment import TurnView
from stepmark.annotate.features import VERSION, turn_features
from stepmark.annotate.guide import Guide
from stepmark.annotate.reading import Mark, Reading
from stepmark.annotate.side import Side
from stepmark.annotate.syntax import did_you_mean
from stepmark.errors import Fault, InputError

if TYPE_CHECKING:
    from stepmark.annotate.encoder import Encoder

__all__ = ["ENCODER_NEUTRAL", "ENCODER_WEIGHT", "RULE_BONUS", "Model", "fingerprint", "shipped_readers"]

#: What a mark of the rules adds to a score. Not fitted: rules look better on turns that they were written on than they are.
RULE_BONUS = 0.3
#: How much an encoder's probability counts beside the score, and from which on it speaks for a step. Both were chosen on turns that neither
#: the shipped reader nor its encoder had learnt from; weights of 0.5 to 0.9 and 0.3 to 0.4 did alike there, within 0.005 of micro F1.
ENCODER_WEIGHT = 0.7
ENCODER_NEUTRAL = 0.35


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
    encoder
        A language model that has a say in its decisions; none where the words alone decide. Kept in a file of its own.
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
    encoder: Encoder | None = field(default=None, compare=False, repr=False)

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
        self, guide: Guide, views: Sequence[TurnView], merged: Sequence[list[Mark]], first: int = 0
    ) -> list[list[Mark]]:
        """The marks of an interaction after a second reading, of the turns from the first that is asked: some are taken away, some added."""
        shown = [frozenset(mark.step for mark in marks) for marks in merged]
        asked = range(len(views))[first:]
        opinions = self._opinions(views, asked)
        return [
            self._turn(guide, views[at], merged[at], self.decisions(views, shown, at, opinion))
            for at, opinion in zip(asked, opinions, strict=True)
        ]

    def _opinions(self, views: Sequence[TurnView], asked: Sequence[int]) -> list[dict[str, float]]:
        """How likely the encoder finds each step in some turns; nothing where there is no encoder."""
        if self.encoder is None:
            return [{} for _ in asked]
        return self.encoder.opinions([(view.speaker, view.reading.text) for view in views], asked)

    def decisions(
        self,
        views: Sequence[TurnView],
        shown: Sequence[Collection[str]],
        at: int,
        opinion: Mapping[str, float] = MappingProxyType({}),
    ) -> dict[str, bool]:
        """For each step on which it decides and that the speaker can show, whether a turn shows it.

        Parameters
        ----------
        views, shown
            The turns of an interaction, and the steps that the rules mark in each, up to the turn or further.
        at
            The turn's place among them.
        opinion
            For some steps, how likely an encoder finds them.
        """
        sides = [side for who, side in self.sides.items() if who in ("any", views[at].speaker)]
        if not sides or not views[at].reading.forms:
            return {}
        features = turn_features(views, at, shown)
        return {
            step: score
            + RULE_BONUS * (step in shown[at])
            + ENCODER_WEIGHT * (opinion.get(step, ENCODER_NEUTRAL) - ENCODER_NEUTRAL)
            >= side.thresholds[step]
            for side in sides for step, score in side.scores(features).items()
        }  # fmt: skip

    def _turn(
        self, guide: Guide, view: TurnView, marks: list[Mark], decided: Mapping[str, bool]
    ) -> list[Mark]:
        marked = {mark.step for mark in marks}
        added = [step for step, shows in decided.items() if shows and step not in marked]
        if not added and all(decided.get(step, True) for step in marked):
            return marks
        kept = [mark for mark in marks if decided.get(mark.step, True)]
        side = {step: guide.step(step).speaker for step in added}
        kept += [self._mark(step, self.sides[side[step]], view.reading) for step in added]
        return sorted(kept, key=lambda mark: (mark.start_char, mark.end_char, mark.step))

    def _mark(self, step: str, side: Side, reading: Reading) -> Mark:
        """A mark over the sentence whose own words speak most for a step."""
        start, end = side.telling_sentence(step, reading)
        number = reading.sentences[start]
        return Mark(step, *reading.chars(start, end), start, end, number, f"model:{self.name}")

    def save(self, path: str | Path) -> Path:
        """Write the reader as JSON; returns the path."""
        path = Path(path)
        plain = asdict(replace(self, encoder=None))
        sides = plain.pop("sides")
        del plain["encoder"]
        head = json.dumps(plain, indent=1, ensure_ascii=False)
        tail = json.dumps(sides, ensure_ascii=False, separators=(",", ":"))
        path.write_text(f'{head[:-2]},\n "sides": {tail}\n}}\n', "utf-8")
        return path

    @classmethod
    def load(cls, name_or_path: str | Path | Model) -> Model:
        """The reader that is shipped under a name, or that a file holds.

        With `+encoder` after it, its encoder has a say too, which stands beside it under the same name; with `+` and the path of an
        encoder's file, that one has.

        Raises
        ------
        stepmark.errors.InputError
            If there is none, or the file holds no reader, or one that was trained on other features; if the encoder is for another
            guide, or what it reads with is not installed.
        """
        if isinstance(name_or_path, Model):
            return name_or_path
        reader, plus, encoder = str(name_or_path).rpartition("+")
        if plus and (encoder == "encoder" or encoder.endswith(".safetensors")):
            return cls.load(reader)._with_encoder(reader, encoder)
        where, expected = str(name_or_path), "a reader made by `stepmark learn`"
        path = _found(where)
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

    def _with_encoder(self, reader: str, encoder: str) -> Model:
        """With the encoder beside it, or that of a file."""
        from stepmark.annotate.encoder import SUFFIX, Encoder

        where = _found(reader)
        path = (
            where.with_name(where.name.removesuffix(".json") + SUFFIX)
            if encoder == "encoder"
            else Path(encoder)
        )
        found = Encoder.load(path)
        if found.guide.rpartition(" ")[0] != self.guide.rpartition(" ")[0]:
            expected = f"one for '{self.guide}', as the reader '{self.name}' is"
            raise InputError(Fault(f"encoder {path.name}", f"made for '{found.guide}'", expected))
        return replace(self, encoder=found)

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
            retrial = Retrial(card=card_of(retrial.pop("card")), **retrial)
        return cls(sides=sides, card=card_of(raw.pop("card")), retrial=retrial, **raw)


def _found(name_or_path: str) -> Any:
    """The file of a reader that is shipped under a name, or that a path names."""
    path = Path(name_or_path)
    if not path.suffix and not path.is_file() and name_or_path in shipped_readers():
        return package_files("stepmark.annotate") / "readers" / f"{name_or_path}.json"
    return path


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
