"""How a guide marks the turns of an interaction.

For each turn: the patterns that match, less those that a veto takes, less those whose context rules do not hold, with
the marks that context rules make, less those that yield to another step; overlapping marks of a step become one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from stepmark.annotate.candidates import Candidate, Finder, candidates_of, hopeful, standing
from stepmark.annotate.chunks import Chunks
from stepmark.annotate.context import MAKERS, Moment, TurnView
from stepmark.annotate.context.moment import make_view
from stepmark.annotate.context.registry import BoundMaker, bind_maker
from stepmark.annotate.guide import Guide
from stepmark.annotate.index import PatternIndex
from stepmark.annotate.lexicon import Lexicon
from stepmark.annotate.reading import Mark, Reading, TextBatch
from stepmark.annotate.step import Step
from stepmark.annotate.syntax import LINGUISTIC
from stepmark.errors import Fault, GuideError

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from stepmark.annotate.model import Model

__all__ = ["Marker", "RawTurn", "make_turn"]

#: How many readings are kept, so that equal texts are read once.
READINGS_KEPT = 20_000


class RawTurn(NamedTuple):
    """A turn to mark: times in seconds, None where unknown."""

    speaker: str
    text: str
    start: float | None = None
    end: float | None = None


#: A turn of a row of its fields; `RawTurn._make` takes three times as long.
make_turn = partial(tuple.__new__, RawTurn)


class _Decided(NamedTuple):
    """What a text alone decides of a turn.

    Attributes
    ----------
    candidates
        The candidates, as other rules see them.
    hopeful
        Those whose rules may hold.
    makers
        The makers that may make marks in it.
    settled
        Whether no rule is left to ask, so that the marks are known unless a maker adds to them.
    marks, merged
        Where settled: every pattern's marks, and those with the overlapping marks of a step made one.
    """

    candidates: list[Mark]
    hopeful: list[Candidate]
    makers: list[BoundMaker]
    settled: bool
    marks: list[Mark]
    merged: list[Mark]


#: What is decided of a text in which nothing is found.
_NOTHING = _Decided([], [], [], True, [], [])


class Marker:
    """A guide made ready to mark turns.

    Parameters
    ----------
    guide
        The guide.
    nlp
        The pipeline that reads the texts; a blank one of the guide's language where none is given.
    model
        A second reader that adds marks and takes some away; none where the rules stand alone.
    """

    def __init__(self, guide: Guide, nlp: Language | None = None, model: Model | None = None) -> None:
        own = nlp is None
        nlp = _blank(guide) if nlp is None else nlp
        self.guide = guide
        self.nlp = nlp
        self.model = model
        self._finder = Finder(guide.steps)
        self._indexes: dict[str, PatternIndex] = {}
        self._makers = [
            (step, bind_maker(call, step))
            for step in guide.steps
            for call in step.context
            if call.name in MAKERS
        ]
        self._makers_for: dict[str, list[BoundMaker]] = {}
        self._timed = [
            (step, maker.places, maker) for step, maker in self._makers if maker.places is not None
        ]
        self._yields = {step.id: frozenset(step.yields_to) for step in guide.steps if step.yields_to}
        self._synonyms = _synonyms(guide)
        self._lexicon = Lexicon(nlp.vocab)
        self._chunks = Chunks(nlp, self._lexicon) if own else None
        self._readings: dict[str, Reading] = {}

    @property
    def unanchored(self) -> tuple[str, ...]:
        """The ids of patterns without an anchor: legal, but tried on every text."""
        return tuple(self._finder.entries[entry].pattern.id for entry in self._index("any").unanchored)

    def prepare(self) -> None:
        """File the patterns of all speakers now; otherwise they are filed when a speaker first speaks."""
        for speaker in ("agent", "customer", "other"):
            self._index(speaker)

    def _index(self, speaker: str) -> PatternIndex:
        """The patterns of the steps that a speaker's turns can show."""
        if speaker not in self._indexes:
            own = (
                (number, entry.pattern.pattern)
                for number, entry in enumerate(self._finder.entries)
                if _may_show(entry.step, speaker)
            )
            self._indexes[speaker] = PatternIndex(self.nlp, self._lexicon, own)
        return self._indexes[speaker]

    def read(self, text: str) -> Reading:
        """The reading of a text; equal texts are read once."""
        reading = self._readings.get(text)
        if reading is None:
            self._read_all([text])
            reading = self._readings[text]
        return reading

    def _read_all(self, texts: Iterable[str]) -> None:
        wanted = dict.fromkeys(texts)
        new = [text for text in wanted if text not in self._readings]
        if len(self._readings) + len(new) > READINGS_KEPT:
            self._readings.clear()
            new = list(wanted)
        for reading in self._batch(new).readings():
            self._readings[reading.text] = reading

    def _batch(self, texts: Sequence[str]) -> TextBatch:
        if self._chunks is not None:
            return self._chunks.read(texts)
        return TextBatch.of_docs([self.nlp.make_doc(text) for text in texts], self._lexicon)

    def read_ahead(self, turns: Iterable[RawTurn]) -> None:
        """Read turns that will be marked, and match them all at once, at less than the cost of one after the other."""
        texts: dict[str, dict[str, None]] = {}
        for turn in turns:
            texts.setdefault(turn.speaker, {})[turn.text] = None
        self._read_all(chain.from_iterable(texts.values()))
        for speaker, own in texts.items():
            self._match(speaker, [self._readings[text] for text in own])

    def _match(self, speaker: str, readings: Iterable[Reading]) -> None:
        """Match texts as a speaker's; what is found is kept with each."""
        batches: dict[TextBatch, dict[int, Reading]] = {}
        for reading in readings:
            if speaker not in reading.found:
                batches.setdefault(reading.batch, {})[reading.number] = reading
        for batch, held in batches.items():
            hits = self._index(speaker).matches_in(batch, sorted(held))
            for number, found in self._finder.marks(batch, hits).items():
                held[number].found[speaker] = found
            for reading in held.values():
                reading.found.setdefault(speaker, ())

    def forget(self) -> None:
        """Let go of the texts that were read."""
        self._readings.clear()

    def mark(self, turns: Iterable[RawTurn]) -> list[list[Mark]]:
        """The marks of each turn of one interaction, by place; overlapping marks of a step are one."""
        views, merged = self._by_rules(turns)
        return merged if self.model is None else self.model.read_again(self.guide, views, merged)

    def mark_last(self, turns: Iterable[RawTurn]) -> tuple[list[Mark], list[Mark]]:
        """The marks of the last turn by the rules alone, and after the second reading; the same where there is no reader."""
        views, merged = self._by_rules(turns)
        if self.model is None:
            return merged[-1], merged[-1]
        return merged[-1], self.model.read_again(self.guide, views, merged, len(views) - 1)[0]

    def _by_rules(self, turns: Iterable[RawTurn]) -> tuple[list[TurnView], list[list[Mark]]]:
        """The turns as context rules see them, and the marks of each by the rules, overlapping ones of a step made one."""
        views, every = self.mark_views(turns)
        return views, [
            self._merged(view, marks) if len(marks) > 1 else marks
            for view, marks in zip(views, every, strict=True)
        ]

    def mark_all(self, turns: Iterable[RawTurn]) -> list[list[Mark]]:
        """The marks of each turn with every pattern's own, before those of a step are merged."""
        return self.mark_views(turns)[1]

    def mark_views(self, turns: Iterable[RawTurn]) -> tuple[list[TurnView], list[list[Mark]]]:
        """The turns as context rules see them, and every pattern's marks of each."""
        views = self._views(turns)
        return views, self._mark_views(views)

    def mark_docs(self, docs: Sequence[tuple[Doc, RawTurn, Sequence[RawTurn]]]) -> list[list[Mark]]:
        """The marks of documents that some pipeline has read, each given as a turn and the turns before it."""
        readings = TextBatch.of_docs([doc for doc, _, _ in docs], self._lexicon, keep=True).readings()
        self.read_ahead(turn for _, _, context in docs for turn in context)
        for speaker in {turn.speaker for _, turn, _ in docs}:
            own = zip(readings, docs, strict=True)
            self._match(speaker, [reading for reading, (_, turn, _) in own if turn.speaker == speaker])
        return [
            _merge(
                self._mark_views(
                    [*self._views(context), TurnView(turn.speaker, reading, turn.start, turn.end)]
                )[-1]
            )
            for reading, (_, turn, context) in zip(readings, docs, strict=True)
        ]

    def _views(self, turns: Iterable[RawTurn]) -> list[TurnView]:
        known = self._readings
        return [
            make_view((speaker, known[text] if text in known else self.read(text), start, end))
            for speaker, text, start, end in turns
        ]

    def _mark_views(self, views: Sequence[TurnView]) -> list[list[Mark]]:
        timed = self._timed_at(views)
        marks: list[list[Mark]] = []
        for at, view in enumerate(views):
            decided = self._decided(view)
            if decided.settled and not decided.makers and at not in timed:
                marks.append(decided.marks)
            else:
                moment = Moment(views, at, marks, decided.candidates, self._synonyms)
                marks.append(self._mark_turn(decided, moment, timed.get(at, ())))
        return marks

    def _timed_at(self, views: Sequence[TurnView]) -> dict[int, list[BoundMaker]]:
        """The makers that may make marks in some turns of an interaction because of the turns' times."""
        found: dict[int, list[BoundMaker]] = {}
        for step, places, maker in self._timed:
            for at in places(views):
                if _may_show(step, views[at].speaker):
                    found.setdefault(at, []).append(maker)
        return found

    def _mark_turn(self, decided: _Decided, moment: Moment, timed: Sequence[BoundMaker]) -> list[Mark]:
        made = [mark for maker in (*decided.makers, *timed) for mark in maker.make(moment)]
        if decided.settled and not made:
            return decided.marks
        return self._give_way(standing(decided.hopeful, moment) + made)

    def _merged(self, view: TurnView, marks: list[Mark]) -> list[Mark]:
        """The marks of a turn, merged; once for equal texts whose marks hang on nothing else."""
        decided = self._decided(view)
        return decided.merged if marks is decided.marks else _merge(marks)

    def _decided(self, turn: TurnView) -> _Decided:
        """What a turn's text alone decides of its marks; kept with the reading."""
        reading, speaker = turn.reading, turn.speaker
        kept: _Decided | None = reading.resolved.get(speaker)
        if kept is None:
            kept = reading.resolved[speaker] = self._decide(speaker, reading)
        return kept

    def _decide(self, speaker: str, reading: Reading) -> _Decided:
        if speaker not in reading.found:
            self._match(speaker, [reading])
        marks: list[Mark] = []
        alone = Moment([make_view((speaker, reading, None, None))], 0, candidates=marks)
        candidates = candidates_of(reading.found[speaker], alone)
        marks += [candidate.mark for candidate in candidates]
        makers = self._makers_in(speaker, alone)
        if not candidates and not makers:
            return _NOTHING
        left = hopeful(candidates, alone)
        settled = not [candidate for candidate in left if candidate.rules or candidate.vetoes]
        stand = self._give_way([candidate.mark for candidate in left]) if settled else []
        return _Decided(marks, left, makers, settled, stand, _merge(stand))

    def _makers_in(self, speaker: str, alone: Moment) -> list[BoundMaker]:
        """The makers that may make marks in a turn, whatever its time."""
        if speaker not in self._makers_for:
            own = (maker for step, maker in self._makers if _may_show(step, speaker))
            self._makers_for[speaker] = [maker for maker in own if maker.places is None]
        there = {mark.step for mark in alone.candidates}
        return [
            maker
            for maker in self._makers_for[speaker]
            if (maker.steps is None or not maker.steps.isdisjoint(there)) and maker.may_make(alone)
        ]

    def _give_way(self, marks: list[Mark]) -> list[Mark]:
        """The marks without those that yield to another step's mark in the same sentence."""
        if not self._yields or len(marks) < 2:
            return marks
        if self._yields.keys().isdisjoint([mark.step for mark in marks]):
            return marks
        there = {(mark.step, mark.sentence) for mark in marks}
        return [
            mark
            for mark in marks
            if not any((other, mark.sentence) in there for other in self._yields.get(mark.step, ()))
        ]


def _may_show(step: Step, speaker: str) -> bool:
    """Whether a speaker's turns can show a step; "any", on either side, is everybody."""
    return speaker == "any" or step.speaker in ("any", speaker)


def _blank(guide: Guide) -> Language:
    """A pipeline that only splits texts into tokens, for guides that need no more."""
    import spacy

    faults = [
        Fault(
            f"guide '{guide.name}', step '{step.id}', pattern '{entry.id}'",
            f"needs {', '.join(needed)}, which only a trained pipeline sets",
            "attributes of the text",
            "Or add the component guide_steps to a trained pipeline.",
        )
        for step in guide.steps
        for entry in (*step.patterns, *step.unless)
        if (needed := sorted({str(name).upper() for token in entry.pattern for name in token} & LINGUISTIC))
    ]
    if faults:
        raise GuideError(faults)
    return spacy.blank(guide.language)


def _merge(marks: list[Mark]) -> list[Mark]:
    """The marks by place; where marks of a step overlap, the longest stands (of equals the first)."""
    if len(marks) < 2:
        return marks
    kept: list[Mark] = []
    for mark in sorted(marks, key=lambda m: (m.start_char - m.end_char, m.start_char)):
        if not any(
            other.step == mark.step and other.start_char < mark.end_char and mark.start_char < other.end_char
            for other in kept
        ):
            kept.append(mark)
    return sorted(kept, key=lambda m: (m.start_char, m.end_char, m.step))


def _synonyms(guide: Guide) -> dict[str, str]:
    """For each stemmed word of a group of synonyms, the stem that stands for the group."""
    from stepmark.annotate.context.content import stem

    return {stem(word.lower()): stem(group[0].lower()) for group in guide.synonyms for word in group}
