"""Does a guide give a rule the options that it has, with values that it can take?"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, get_type_hints

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from stepmark.annotate.syntax import did_you_mean
from stepmark.errors import expected_of

__all__ = ["option_faults"]

#: What a guide gives where a rule's function takes something that was prepared once, by the annotation there.
_GIVEN: dict[str, Any] = {
    "Wanted": Annotated[list[str], Field(min_length=1)],
    "Signs": Annotated[dict[str, float], Field(min_length=1)],
    "Rules": list[str | dict[str, Any]],
    "frozenset[str]": list[str],
}
#: The options that name steps of the guide.
_OF_STEPS = frozenset({"steps", "limits", "offers", "cooled_by", "roused_by"})
#: The options that call other rules.
_OF_RULES = frozenset({"of", "when"})


def option_faults(
    rule: str, function: Callable[..., Any], options: Mapping[str, Any], steps: Collection[str]
) -> Iterator[str]:
    """What is wrong with the options of a called rule, in words; nothing where all is well.

    Parameters
    ----------
    rule, function
        The rule's name, and its function, whose keyword-only parameters are its options.
    options
        What the guide gives.
    steps
        The ids of the guide's steps.
    """
    known = _parameters(function)
    for name in options:
        if name not in known:
            hint = did_you_mean(name, known) if known else "it has no options"
            yield f"'{name}' is no option of the rule '{rule}'; {hint}"
    for name, (values, needed) in known.items():
        if name in options:
            for fault in _value_faults(name, options[name], values, steps):
                yield f"the rule '{rule}', option '{name}': {fault}"
        elif needed:
            yield f"the rule '{rule}' without its option '{name}'"


@cache
def _parameters(function: Callable[..., Any]) -> dict[str, tuple[TypeAdapter[Any], bool]]:
    """By the name of each option: what values it takes, and whether it is needed."""
    hints = get_type_hints(function)
    return {
        name: (
            TypeAdapter(_GIVEN.get(str(parameter.annotation), hints[name]), config=ConfigDict(strict=True)),
            parameter.default is parameter.empty,
        )
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }


def _value_faults(name: str, value: Any, values: TypeAdapter[Any], steps: Collection[str]) -> Iterator[str]:
    try:
        values.validate_python(value)
    except ValidationError as error:
        detail = error.errors()[0]
        listed = "steps" if name in _OF_STEPS else "rules" if name in _OF_RULES else name
        yield f"{detail['input']!r}; expected {expected_of({**detail, 'loc': (listed,)})}"
        return
    if name in _OF_STEPS:
        for step in value or ():
            if step not in steps:
                yield f"names '{step}', which is no step; {did_you_mean(step, steps)}"
