"""What does a turn's text alone decide of its marks? The patterns that match, less those that a veto takes.

What hangs on the turns around it is left open: for each candidate the rules that are still to be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from stepmark.annotate.context import RULES, Moment
from stepmark.annotate.context.registry import beside, bind, bind_at_once, bind_need, only_helps, turn_only
from stepmark.annotate.index import Hits
from stepmark.annotate.reading import Mark, TextBatch
from stepmark.annotate.step import Pattern, Rule, Step, Veto

__all__ = ["Candidate", "Entry", "Finder", "candidates_of", "hopeful", "standing"]

BoundRule = Callable[[Mark, Moment], bool]
RuleAtOnce = Callable[[TextBatch, Hits], np.ndarray]


class Entry(NamedTuple):
    """A pattern or veto with the rules that it asks for.

    Attributes
    ----------
    step, pattern, source
        The step, the pattern, and the source of its marks.
    at_once, own
        Its rules on the turn's own text: those that many matches are asked for at once, and those that each is.
    beside
        Its rules on what else matches in the turn; a veto has them among its other rules.
    needs, rules
        Its rules on what is around the turn, and what those need of its text.
    veto
        Whether it takes marks away.
    helper
        Whether it is there for the step's other patterns alone: a veto, or a sign that speaks against the step. What it
        matches means nothing in a text in which none of those match.
    """

    step: Step
    pattern: Pattern
    source: str
    at_once: tuple[Rule, ...]
    own: tuple[BoundRule, ...]
    beside: tuple[BoundRule, ...]
    needs: tuple[BoundRule, ...]
    rules: tuple[BoundRule, ...]
    veto: bool
    helper: bool


#: A pattern that matches, and the mark that it would make.
Found = tuple[Entry, Mark]


class Candidate(NamedTuple):
    """A mark that no veto took.

    Attributes
    ----------
    mark
        The mark.
    lost
        Whether a rule that it asks for cannot hold for this text; other rules see the candidate all the same.
    beside
        The rules on what else matches in the turn that must hold.
    rules
        The rules on what is around the turn that must hold.
    vetoes
        Vetoes that take it only where their own rules hold.
    """

    mark: Mark
    lost: bool
    beside: tuple[BoundRule, ...]
    rules: tuple[BoundRule, ...]
    vetoes: tuple[tuple[Mark, tuple[BoundRule, ...]], ...]


def _entries_of(step: Step) -> Iterable[Entry]:
    """The patterns and vetoes of a step."""
    keeping = tuple(call for call in step.context if call.name in RULES or call.name == "any")
    for pattern in step.patterns:
        yield _entry(step, pattern, (*pattern.when, *keeping), veto=False)
    for veto in step.unless:
        yield _entry(step, veto, veto.when, veto=True)


def _entry(step: Step, pattern: Pattern, calls: Sequence[Rule], *, veto: bool) -> Entry:
    together = tuple(call for call in calls if bind_at_once(call) is not None)
    own = tuple(bind(call) for call in calls if call not in together and turn_only(call))
    near = [call for call in calls if beside(call) and not veto]
    around = [call for call in calls if not turn_only(call) and call not in near]
    needs = tuple(need for need in map(bind_need, around) if need is not None)
    source = f"rule:{pattern.id}"
    helper = veto or any(only_helps(call, source) for call in calls)
    rules = tuple(map(bind, around))
    return Entry(step, pattern, source, together, own, tuple(map(bind, near)), needs, rules, veto, helper)


def _asked_at_once(entries: Sequence[Entry]) -> list[tuple[RuleAtOnce, np.ndarray]]:
    """Each rule that many matches are asked for at once, with whether each entry asks for it."""
    asking: dict[str, tuple[Rule, np.ndarray]] = {}
    for number, entry in enumerate(entries):
        for call in entry.at_once:
            key = call.model_dump_json()
            asking.setdefault(key, (call, np.zeros(len(entries), dtype=bool)))[1][number] = True
    return [(rule, those) for call, those in asking.values() if (rule := bind_at_once(call)) is not None]


#: A mark, and a candidate, of a row of its fields; `Mark._make` takes three times as long.
_make_mark, _make_candidate = partial(tuple.__new__, Mark), partial(tuple.__new__, Candidate)


class Finder:
    """Makes marks of the matches of a guide's patterns.

    Parameters
    ----------
    steps
        The steps of the guide.

    Attributes
    ----------
    entries
        Their patterns and vetoes; a match names its own by its place among them.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self.entries = [entry for step in steps for entry in _entries_of(step)]
        numbers = {step.id: number for number, step in enumerate(steps)}
        self._step = np.array([numbers[entry.step.id] for entry in self.entries], dtype=np.intp)
        self._helper = np.array([entry.helper for entry in self.entries], dtype=bool)
        self._at_once = _asked_at_once(self.entries)
        #: the steps that make marks of other steps' matches too, which helpers then stand by: (that step, this one)
        self._implied = [
            (numbers[other], numbers[step.id])
            for step in steps
            for call in step.context
            for other in call.options.get("steps", ())
            if other in numbers
        ]

    def marks(self, batch: TextBatch, hits: Hits) -> dict[int, list[Found]]:
        """What matches in each text of a batch that holds matches: entries with their marks."""
        hits = hits.those(self._hold_at_once(batch, hits))
        hits = hits.those(self._matter(hits))
        last = hits.end - 1
        own = [self.entries[number] for number in hits.entry.tolist()]
        marks = zip(
            [entry.step.id for entry in own],
            batch.starts[hits.start].tolist(),
            (batch.starts[last] + batch.lexicon.lengths(batch.forms[last])).tolist(),
            (hits.start - batch.bounds[hits.text]).tolist(),
            (hits.end - batch.bounds[hits.text]).tolist(),
            batch.sentences[hits.start].tolist(),
            [entry.source for entry in own],
            strict=True,
        )
        found: dict[int, list[Found]] = {}
        for text, entry, mark in zip(hits.text.tolist(), own, map(_make_mark, marks), strict=True):
            found.setdefault(text, []).append((entry, mark))
        return found

    def _hold_at_once(self, batch: TextBatch, hits: Hits) -> np.ndarray:
        """Whether the rules of each match hold that are asked for many at once."""
        holds = np.ones(len(hits.entry), dtype=bool)
        for rule, asking in self._at_once:
            own = np.flatnonzero(asking[hits.entry])
            if len(own):
                holds[own] &= rule(batch, hits.those(own))
        return holds

    def _matter(self, hits: Hits) -> np.ndarray:
        """Whether matches are no helpers, or stand in a text with something that they can help."""
        step, helper = self._step[hits.entry], self._helper[hits.entry]
        text = hits.text * (len(self._step) + 1)
        helped = [(text + step)[~helper]]
        helped += [text[~helper & (step == other)] + own for other, own in self._implied]
        return ~helper | np.isin(text + step, np.concatenate(helped))


def candidates_of(found: Iterable[Found], alone: Moment) -> list[Candidate]:
    """The candidates among what matches in a text, given the turn alone."""
    held: list[Found] = []
    vetoes: dict[str, list[Found]] = {}
    for entry, mark in found:
        if entry.own and not _hold(entry.own, mark, alone):
            continue
        if entry.veto:
            vetoes.setdefault(mark.step, []).append((entry, mark))
        else:
            held.append((entry, mark))
    candidates = []
    for entry, mark in held:
        against = vetoes.get(mark.step)
        taking = [veto for veto in against if _takes(*veto, mark)] if against else []
        if not taking or all(veto.rules for veto, _ in taking):
            lost = entry.helper or (bool(entry.needs) and not _hold(entry.needs, mark, alone))
            asked = tuple((taken, veto.rules) for veto, taken in taking) if taking else ()
            candidates.append(_make_candidate((mark, lost, entry.beside, entry.rules, asked)))
    return candidates


def _takes(entry: Entry, veto: Mark, mark: Mark) -> bool:
    scope = entry.pattern.scope if isinstance(entry.pattern, Veto) else "overlap"
    if scope == "turn":
        return True
    if scope == "sentence":
        return veto.sentence == mark.sentence
    return veto.start < mark.end and mark.start < veto.end


def _hold(rules: Iterable[BoundRule], mark: Mark, moment: Moment) -> bool:
    """Whether all rules hold for a mark."""
    for rule in rules:  # noqa: SIM110 (called for every candidate: half the time of `all` with a generator)
        if not rule(mark, moment):
            return False
    return True


def hopeful(candidates: Iterable[Candidate], alone: Moment) -> list[Candidate]:
    """The candidates that may stand, by the turn's own text and all that matches in it."""
    return [
        candidate
        for candidate in candidates
        if not candidate.lost and (not candidate.beside or _hold(candidate.beside, candidate.mark, alone))
    ]


def standing(candidates: Iterable[Candidate], moment: Moment) -> list[Mark]:
    """The marks of the hopeful candidates whose rules hold, and which no veto with rules takes."""
    return [
        mark
        for mark, _, _, rules, vetoes in candidates
        if (not rules or _hold(rules, mark, moment))
        and not (vetoes and any(_hold(asked, veto, moment) for veto, asked in vetoes))
    ]
