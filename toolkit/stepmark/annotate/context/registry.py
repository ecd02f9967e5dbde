"""Which context rules there are, and whether a guide calls them rightly."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pydantic import ValidationError

from stepmark.annotate.context.options import option_faults
from stepmark.annotate.syntax import did_you_mean
from stepmark.errors import Fault

if TYPE_CHECKING:
    import numpy as np

    from stepmark.annotate.context.moment import Moment, TurnView
    from stepmark.annotate.index import Hits
    from stepmark.annotate.reading import Mark, TextBatch
    from stepmark.annotate.step import Rule, Step

    RuleFunction = Callable[..., bool]
    MakerFunction = Callable[..., Iterable[Mark]]

__all__ = [
    "MAKERS", "RULES", "BoundMaker", "beside", "bind", "bind_at_once", "bind_maker", "bind_need", "context_rules", "maker", "only_helps", "rule", "rule_faults", "turn_only",
]  # fmt: skip

#: Rules that keep or drop a mark: ``(mark, moment, **options) -> bool``.
RULES: dict[str, Callable[..., bool]] = {}
#: Rules that make marks: ``(moment, step, **options) -> marks``.
MAKERS: dict[str, Callable[..., Any]] = {}

#: The rules that look at nothing but the turn's own text.
_TURN_ONLY: set[str] = set()

#: The rules that look at nothing but the turn's own text and what else matches in it.
_BESIDE: set[str] = set()

#: What must hold of the turn's own text before a rule can hold, or a maker can make anything.
_NEEDS: dict[str, Callable[..., bool]] = {}
#: What turns the options of a call into those that the rule's function takes.
_PREPARE: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}
#: The rules on a turn's own text that know the answer for many marks at once.
_AT_ONCE: dict[str, Callable[..., np.ndarray]] = {}
#: What says of which patterns a rule never holds.
_ONLY_HELPS: dict[str, Callable[..., bool]] = {}
#: Where makers that go by the turns' times may make marks.
_TIMED: dict[str, Callable[..., Iterable[int]]] = {}
#: The makers that make nothing in a turn in which no pattern of the steps of their option `steps` matches.
_OF_STEPS: set[str] = set()

_Function = TypeVar("_Function", bound=Callable[..., Any])


def rule(
    name: str,
    *,
    turn_only: bool = False,
    beside: bool = False,
    needs: Callable[..., bool] | None = None,
    prepare: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    at_once: Callable[..., np.ndarray] | None = None,
    only_helps: Callable[..., bool] | None = None,
) -> Callable[[_Function], _Function]:
    """Register a function ``(mark, moment, *, options…) -> bool`` as the rule `name`.

    `turn_only` says that it looks at nothing but the turn's own text, so that its answer may be kept with the text, and
    `beside` that it looks at nothing but that and the candidates.
    `needs` is a function of the same form that does so, and without which the rule never holds. `prepare` turns the
    options of a call, once, into those that the function is given. `at_once` is the same rule, of a turn's own text, for
    many marks: ``(batch, hits, **options) -> one bool for each``. `only_helps` says of which patterns' marks it never
    holds, because they are there for the step's other patterns: ``(source, **options) -> bool``.
    """

    def register(function: _Function) -> _Function:
        RULES[name] = function
        if prepare is not None:
            _PREPARE[name] = prepare
        if at_once is not None:
            _AT_ONCE[name] = at_once
        if only_helps is not None:
            _ONLY_HELPS[name] = only_helps
        if turn_only:
            _TURN_ONLY.add(name)
        if beside:
            _BESIDE.add(name)
        if needs is not None:
            _NEEDS[name] = needs
        return function

    return register


def maker(
    name: str,
    *,
    timed: Callable[..., Iterable[int]] | None = None,
    needs: Callable[..., bool] | None = None,
    prepare: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    of_steps: bool = False,
) -> Callable[[_Function], _Function]:
    """Register a function ``(moment, step, *, options…) -> marks`` as the rule `name`, for a step's `context` only.

    `timed` is for a maker that goes by the turns' times: ``(turns, **options) -> places``, the turns of an interaction in
    which it may make marks; it makes none in others. `needs` is a function of the maker's form that looks at nothing but
    the turn's own text and candidates, and without which the maker makes nothing. `prepare` is as for a `rule`. `of_steps`
    says that it makes nothing in a turn in which no pattern of the steps of its option `steps` matches.
    """

    def register(function: _Function) -> _Function:
        MAKERS[name] = function
        if timed is not None:
            _TIMED[name] = timed
        if of_steps:
            _OF_STEPS.add(name)
        if needs is not None:
            _NEEDS[name] = needs
        if prepare is not None:
            _PREPARE[name] = prepare
        return function

    return register


def context_rules() -> dict[str, str]:
    """The name of every rule, with the first line of what it says."""
    both = {**RULES, **MAKERS}
    return {name: (inspect.getdoc(both[name]) or "").partition("\n")[0] for name in sorted(both)}


def turn_only(call: Rule) -> bool:
    """Whether the answer of a called rule follows from the turn's own text."""
    if call.name == "any":
        return all(turn_only(option) for option in call.calls)
    return call.name in _TURN_ONLY


def beside(call: Rule) -> bool:
    """Whether the answer of a called rule follows from the turn's own text and what else matches in it."""
    return call.name in _BESIDE


def bind(call: Rule) -> Callable[[Mark, Moment], bool]:
    """A called rule as a function of a mark and its moment."""
    if call.name == "any":
        options = [bind(option) for option in call.calls]
        bound: Callable[[Mark, Moment], bool] = lambda mark, moment: any(o(mark, moment) for o in options)  # noqa: E731
    else:
        bound = partial(RULES[call.name], **_options(call)) if call.options else RULES[call.name]
    return (lambda mark, moment: not bound(mark, moment)) if call.negated else bound


def bind_need(call: Rule) -> Callable[[Mark, Moment], bool] | None:
    """What must hold of the turn's own text before a called rule can; None where nothing is known to."""
    if call.negated or call.name not in _NEEDS:
        return None
    return partial(_NEEDS[call.name], **_options(call))


def bind_at_once(call: Rule) -> Callable[[TextBatch, Hits], np.ndarray] | None:
    """A called rule as a function of many matches; None where it has no such form."""
    if call.name not in _AT_ONCE:
        return None
    bound = partial(_AT_ONCE[call.name], **_options(call))
    return (lambda batch, hits: ~bound(batch, hits)) if call.negated else bound


def only_helps(call: Rule, source: str) -> bool:
    """Whether a called rule never holds for the marks of a pattern, which is there for the step's other patterns."""
    if call.negated or call.name not in _ONLY_HELPS:
        return False
    return bool(_ONLY_HELPS[call.name](source, **_options(call)))


def _options(call: Rule) -> dict[str, Any]:
    return _PREPARE.get(call.name, dict)(call.options)


class BoundMaker(NamedTuple):
    """A called maker.

    Attributes
    ----------
    make
        What makes the marks.
    places
        In which of an interaction's turns it may make any, by their times; None where times do not matter.
    steps
        The steps of which a pattern must match in a turn; None where any turn will do.
    may_make
        Whether it may make any in a turn, by its text.
    """

    make: Callable[[Moment], Iterable[Mark]]
    places: Callable[[Sequence[TurnView]], Iterable[int]] | None
    steps: frozenset[str] | None
    may_make: Callable[[Moment], bool]


def bind_maker(call: Rule, step: Step) -> BoundMaker:
    """A called maker of a step, as functions of a moment."""
    name, options = call.name, {"step": step, **_options(call)}
    return BoundMaker(
        partial(MAKERS[name], **options),
        partial(_TIMED[name], **call.options) if name in _TIMED else None,
        frozenset(call.options["steps"]) if name in _OF_STEPS else None,
        partial(_NEEDS.get(name, _always), **options),
    )


def _always(moment: Moment, **options: Any) -> bool:
    return True


def rule_faults(steps: Iterable[Step], guide: str) -> list[Fault]:
    """Calls of rules that do not exist, or with options that they cannot take, in the steps of a guide."""
    steps = list(steps)
    ids = frozenset(step.id for step in steps)
    faults: list[Fault] = []
    for step in steps:
        name = f"{guide}, step '{step.id}'"
        for call in step.context:
            faults += _call_faults(call, name, {**RULES, **MAKERS}, ids)
        for entry in (*step.patterns, *step.unless):
            for call in entry.when:
                faults += _call_faults(call, f"{name}, pattern '{entry.id}'", RULES, ids)
    return faults


def _any(*, of: list[str | dict[str, Any]]) -> None:
    """What the rule ``any`` takes; `bind` knows how to ask it."""


def _call_faults(
    call: Rule, where: str, known: dict[str, Callable[..., Any]], steps: frozenset[str]
) -> Iterator[Fault]:
    function = _any if call.name == "any" else known.get(call.name)
    if function is None:
        yield Fault(where, f"'{call.name}' is no context rule; {did_you_mean(call.name, known)}")
        return
    if faults := list(option_faults(call.name, function, call.options, steps)):
        yield from (Fault(where, fault) for fault in faults)
        return
    try:
        calls = call.calls
    except ValidationError:
        yield Fault(where, f"the rule '{call.name}' calls what is no rule", "names, or mappings with 'rule'")
        return
    for inner in calls:
        yield from _call_faults(inner, where, RULES, steps)
