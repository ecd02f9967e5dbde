"""What does a turn's text alone decide of its marks? The patterns that match, less those that a veto takes.

What hangs on the turns around it is left open: for each candidate the rules that are still to be asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from stepmark.annotate.context import RULES, Moment
from stepmark.annotate.context.registry import bind, bind_need, turn_only
from stepmark.annotate.reading import Hit, Mark
from stepmark.annotate.step import Pattern, Rule, Step, Veto

__all__ = ["Candidate", "Entry", "candidates_of", "entries_of", "stands"]

BoundRule = Callable[[Mark, Moment], bool]


class Entry(NamedTuple):
    """A pattern or veto with the rules that it asks for.

    Attributes
    ----------
    step, pattern, source
        The step, the pattern, and the source of its marks.
    own
        Its rules on the turn's own text.
    needs, rules
        Its rules on what is around the turn, and what those need of its text.
    veto
        Whether it takes marks away.
    """

    step: Step
    pattern: Pattern
    source: str
    own: tuple[BoundRule, ...]
    needs: tuple[BoundRule, ...]
    rules: tuple[BoundRule, ...]
    veto: bool


class Candidate(NamedTuple):
    """A mark that no veto took.

    Attributes
    ----------
    mark
        The mark.
    lost
        Whether a rule that it asks for cannot hold for this text; other rules see the candidate all the same.
    rules
        The rules on what is around the turn that must hold.
    vetoes
        Vetoes that take it only where their own rules hold.
    """

    mark: Mark
    lost: bool
    rules: tuple[BoundRule, ...]
    vetoes: tuple[tuple[Mark, tuple[BoundRule, ...]], ...]


def entries_of(step: Step) -> Iterable[Entry]:
    """The patterns and vetoes of a step."""
    keeping = tuple(call for call in step.context if call.name in RULES or call.name == "any")
    for pattern in step.patterns:
        yield _entry(step, pattern, (*pattern.when, *keeping), veto=False)
    for veto in step.unless:
        yield _entry(step, veto, veto.when, veto=True)


def _entry(step: Step, pattern: Pattern, calls: Sequence[Rule], *, veto: bool) -> Entry:
    own = tuple(bind(call) for call in calls if turn_only(call))
    around = [call for call in calls if not turn_only(call)]
    needs = tuple(need for need in map(bind_need, around) if need is not None)
    return Entry(step, pattern, f"rule:{pattern.id}", own, needs, tuple(map(bind, around)), veto)


def candidates_of(hits: Iterable[Hit], entries: Sequence[Entry], alone: Moment) -> list[Candidate]:
    """The candidates among the matches in a text, given the turn alone."""
    found: list[tuple[Mark, Entry]] = []
    vetoes: dict[str, list[tuple[Mark, Entry]]] = {}
    for hit in hits:
        entry = entries[hit.entry]
        mark = _mark_of(hit, entry, alone)
        if entry.own and not _hold(entry.own, mark, alone):
            continue
        if entry.veto:
            vetoes.setdefault(entry.step.id, []).append((mark, entry))
        else:
            found.append((mark, entry))
    candidates = []
    for mark, entry in found:
        against = vetoes.get(mark.step)
        taking = [veto for veto in against if _takes(*veto, mark)] if against else ()
        if all(veto.rules for _, veto in taking):
            lost = bool(entry.needs) and not _hold(entry.needs, mark, alone)
            asked = tuple((taken, veto.rules) for taken, veto in taking)
            candidates.append(Candidate(mark, lost, entry.rules, asked))
    return candidates


def _mark_of(hit: Hit, entry: Entry, alone: Moment) -> Mark:
    _, start, end = hit
    reading = alone.reading
    start_char, end_char = reading.chars(start, end)
    return Mark(entry.step.id, start_char, end_char, start, end, reading.sentences[start], entry.source)


def _takes(veto: Mark, entry: Entry, mark: Mark) -> bool:
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


def stands(candidate: Candidate, moment: Moment) -> bool:
    """Whether a candidate's rules hold, and no veto with rules takes it."""
    mark, lost, rules, vetoes = candidate
    if lost or not _hold(rules, mark, moment):
        return False
    return not (vetoes and any(_hold(asked, veto, moment) for veto, asked in vetoes))
