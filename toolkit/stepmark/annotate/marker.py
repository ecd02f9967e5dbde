"""How a guide marks the turns of an interaction.

For each turn: the patterns that match, less those that a veto takes, less those whose context rules do not hold, with
the marks that context rules make, less those that yield to another step; overlapping marks of a step become one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from stepmark.annotate.chunks import Chunks
from stepmark.annotate.context import MAKERS, RULES, Moment, TurnView
from stepmark.annotate.context.registry import bind, turn_only
from stepmark.annotate.guide import Guide
from stepmark.annotate.index import PatternIndex
from stepmark.annotate.reading import Hit, Mark, Reading, WordNames
from stepmark.annotate.step import Pattern, Rule, Step, Veto
from stepmark.annotate.syntax import LINGUISTIC
from stepmark.errors import Fault, GuideError

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from stepmark.annotate.model import Model

__all__ = ["Marker", "RawTurn"]

#: How many readings are kept, so that equal texts are read once.
READINGS_KEPT = 20_000


BoundRule = Callable[[Mark, Moment], bool]
Maker = Callable[[Moment, Step], Iterable[Mark]]


class RawTurn(NamedTuple):
    """A turn to mark: times in seconds, None where unknown."""

    speaker: str
    text: str
    start: float | None = None
    end: float | None = None


class _Entry(NamedTuple):
    """A pattern or veto with the rules that it asks for: those on the turn's own text, and those on what is around it."""

    step: Step
    pattern: Pattern
    own: tuple[BoundRule, ...]
    rules: tuple[BoundRule, ...]
    veto: bool


class _Candidate(NamedTuple):
    mark: Mark
    rules: tuple[BoundRule, ...]
    #: vetoes that take it only where their own rules hold
    vetoes: tuple[tuple[Mark, tuple[BoundRule, ...]], ...]


class _Resolved(NamedTuple):
    """What a text alone decides: the candidates, and, where `settled`, the marks of every turn with this text."""

    candidates: list[_Candidate]
    marks: list[Mark]
    settled: bool


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
        self._entries = [entry for step in guide.steps for entry in _entries_of(step)]
        self._indexes: dict[str, PatternIndex] = {}
        self._makers_by_speaker: dict[str, list[tuple[Step, Maker]]] = {}
        self._makers: list[tuple[Step, Maker]] = [
            (step, partial(MAKERS[call.name], **call.options))
            for step in guide.steps
            for call in step.context
            if call.name in MAKERS
        ]
        self._yields = {step.id: frozenset(step.yields_to) for step in guide.steps if step.yields_to}
        self._synonyms = _synonyms(guide)
        self._chunks = Chunks(nlp) if own else None
        self._names = WordNames(nlp.vocab)
        self._readings: dict[str, Reading] = {}

    @property
    def unanchored(self) -> tuple[str, ...]:
        """The ids of patterns without an anchor: legal, but tried on every text."""
        return tuple(self._entries[entry].pattern.id for entry in self._index("any").unanchored)

    def prepare(self) -> None:
        """File the patterns of all speakers now; otherwise they are filed when a speaker first speaks."""
        for speaker in ("agent", "customer", "other"):
            self._index(speaker)

    def _index(self, speaker: str) -> PatternIndex:
        """The patterns of the steps that a speaker's turns can show."""
        if speaker not in self._indexes:
            own = (
                (number, entry.pattern.pattern)
                for number, entry in enumerate(self._entries)
                if _may_show(entry.step, speaker)
            )
            self._indexes[speaker] = PatternIndex(self.nlp, own)
        return self._indexes[speaker]

    def read(self, text: str) -> Reading:
        """The reading of a text; equal texts are read once."""
        reading = self._readings.get(text)
        if reading is None:
            self.read_ahead([text])
            reading = self._readings[text]
        return reading

    def read_ahead(self, texts: Iterable[str]) -> None:
        """Read texts that will be asked for, at less than the cost of one after the other."""
        new = [text for text in dict.fromkeys(texts) if text not in self._readings]
        if len(self._readings) + len(new) > READINGS_KEPT:
            self._readings.clear()
        split = [None] * len(new) if self._chunks is None else self._chunks.orths(new)
        for text, orths in zip(new, split, strict=True):
            self._readings[text] = (
                Reading.of(self.nlp.make_doc(text), self._names)
                if orths is None
                else Reading(text, orths, self._names)
            )

    def forget(self) -> None:
        """Let go of the texts that were read."""
        self._readings.clear()

    def mark(self, turns: Iterable[RawTurn]) -> list[list[Mark]]:
        """The marks of each turn of one interaction, by place; overlapping marks of a step are one."""
        views, every = self.mark_views(turns)
        merged = [self._merged(view, marks) for view, marks in zip(views, every, strict=True)]
        return merged if self.model is None else self.model.read_again(self.guide, views, merged)

    def mark_all(self, turns: Iterable[RawTurn]) -> list[list[Mark]]:
        """The marks of each turn with every pattern's own, before those of a step are merged."""
        return self.mark_views(turns)[1]

    def mark_views(self, turns: Iterable[RawTurn]) -> tuple[list[TurnView], list[list[Mark]]]:
        """The turns as context rules see them, and every pattern's marks of each."""
        views = [self._view(turn) for turn in turns]
        return views, self._mark_views(views)

    def mark_doc(self, doc: Doc, turn: RawTurn, context: Iterable[RawTurn] = ()) -> list[Mark]:
        """The marks of a document that some pipeline has read, given the turns before it."""
        reading = Reading.of(doc, self._names, keep_doc=True)
        here = TurnView(turn.speaker, reading, turn.start, turn.end)
        return _merge(self._mark_views([*map(self._view, context), here])[-1])

    def _view(self, turn: RawTurn) -> TurnView:
        return TurnView(turn.speaker, self.read(turn.text), turn.start, turn.end)

    def _mark_views(self, views: Sequence[TurnView]) -> list[list[Mark]]:
        marks: list[list[Mark]] = []
        for at in range(len(views)):
            marks.append(self._mark_turn(views, at, marks))
        return marks

    def _mark_turn(self, views: Sequence[TurnView], at: int, before: list[list[Mark]]) -> list[Mark]:
        candidates, marks, settled = self._resolved(views[at])
        makers = self._makers_of(views[at].speaker)
        if settled and not makers:
            return marks
        moment = Moment(views, at, before, [candidate.mark for candidate in candidates], self._synonyms)
        made = [mark for step, make in makers for mark in make(moment, step)]
        if settled and not made:
            return marks
        return self._give_way([c.mark for c in candidates if _stands(c, moment)] + made)

    def _merged(self, view: TurnView, marks: list[Mark]) -> list[Mark]:
        """The marks of a turn, merged; once for equal texts whose marks hang on nothing else."""
        resolved = self._resolved(view)
        if marks is not resolved.marks:
            return _merge(marks)
        key = f"merged {view.speaker}"
        if key not in view.reading.resolved:
            view.reading.resolved[key] = _merge(marks)
        return view.reading.resolved[key]

    def _makers_of(self, speaker: str) -> list[tuple[Step, Maker]]:
        if speaker not in self._makers_by_speaker:
            own = [(step, make) for step, make in self._makers if _may_show(step, speaker)]
            self._makers_by_speaker[speaker] = own
        return self._makers_by_speaker[speaker]

    def _resolved(self, turn: TurnView) -> _Resolved:
        """What a turn's text alone decides of its marks; kept with the reading."""
        reading = turn.reading
        kept = reading.resolved.get(turn.speaker)
        if kept is None:
            candidates = self._resolve(reading, turn.speaker)
            settled = not any(candidate.rules or candidate.vetoes for candidate in candidates)
            marks = self._give_way([candidate.mark for candidate in candidates]) if settled else []
            kept = reading.resolved[turn.speaker] = _Resolved(candidates, marks, settled)
        return kept

    def _resolve(self, reading: Reading, speaker: str) -> list[_Candidate]:
        alone = Moment([TurnView(speaker, reading)], 0)
        marks: list[tuple[Mark, tuple[BoundRule, ...]]] = []
        vetoes: dict[str, list[tuple[Mark, _Entry]]] = {}
        for hit in self._index(speaker).matches(reading):
            entry = self._entries[hit.entry]
            mark = _mark_of(hit, entry, reading)
            if entry.own and not all(rule(mark, alone) for rule in entry.own):
                continue
            if entry.veto:
                vetoes.setdefault(entry.step.id, []).append((mark, entry))
            else:
                marks.append((mark, entry.rules))
        candidates = []
        for mark, rules in marks:
            taking = [
                (veto, entry)
                for veto, entry in vetoes.get(mark.step, ())
                if _takes(veto, entry.pattern, mark)
            ]
            if all(entry.rules for _, entry in taking):
                candidates.append(
                    _Candidate(mark, rules, tuple((veto, entry.rules) for veto, entry in taking))
                )
        return candidates

    def _give_way(self, marks: list[Mark]) -> list[Mark]:
        """The marks without those that yield to another step's mark in the same sentence."""
        if not self._yields or len(marks) < 2:
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


def _entries_of(step: Step) -> Iterable[_Entry]:
    keeping = tuple(call for call in step.context if call.name in RULES or call.name == "any")
    for pattern in step.patterns:
        yield _entry(step, pattern, (*pattern.when, *keeping), veto=False)
    for veto in step.unless:
        yield _entry(step, veto, veto.when, veto=True)


def _entry(step: Step, pattern: Pattern, calls: Iterable[Rule], *, veto: bool) -> _Entry:
    own = tuple(bind(call) for call in calls if turn_only(call))
    around = tuple(bind(call) for call in calls if not turn_only(call))
    return _Entry(step, pattern, own, around, veto)


def _mark_of(hit: Hit, entry: _Entry, reading: Reading) -> Mark:
    start_char, end_char = reading.chars(hit.start, hit.end)
    sentence = reading.sentences[hit.start]
    return Mark(entry.step.id, start_char, end_char, hit.start, hit.end, sentence, f"rule:{entry.pattern.id}")


def _takes(veto: Mark, pattern: Pattern, mark: Mark) -> bool:
    scope = pattern.scope if isinstance(pattern, Veto) else "overlap"
    if scope == "turn":
        return True
    if scope == "sentence":
        return veto.sentence == mark.sentence
    return veto.start < mark.end and mark.start < veto.end


def _stands(candidate: _Candidate, moment: Moment) -> bool:
    """Whether a candidate's rules hold, and no veto with rules takes it."""
    mark, rules, vetoes = candidate
    if not all(rule(mark, moment) for rule in rules):
        return False
    return not any(all(rule(veto, moment) for rule in asked) for veto, asked in vetoes)


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
