"""Is a token pattern one that spaCy's `Matcher` can read, and if not, what is wrong with it?

Knows the language of token patterns (attributes, predicates, operators); leaves their meaning to spaCy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

__all__ = ["FLAGS", "LINGUISTIC", "OPERATOR", "did_you_mean", "flatten_lists", "token_faults"]

FLAGS = frozenset(
    [
        "IS_ALPHA",
        "IS_ASCII",
        "IS_DIGIT",
        "IS_LOWER",
        "IS_UPPER",
        "IS_TITLE",
        "IS_PUNCT",
        "IS_SPACE",
        "IS_STOP",
        "IS_SENT_START",
        "SENT_START",
        "IS_QUOTE",
        "IS_BRACKET",
        "IS_LEFT_PUNCT",
        "IS_RIGHT_PUNCT",
        "IS_CURRENCY",
        "LIKE_NUM",
        "LIKE_URL",
        "LIKE_EMAIL",
        "SPACY",
    ]
)
STRINGS = frozenset(["ORTH", "TEXT", "LOWER", "NORM", "SHAPE", "PREFIX", "SUFFIX"])
#: Attributes that only a trained pipeline sets.
LINGUISTIC = frozenset(["LEMMA", "POS", "TAG", "MORPH", "DEP", "ENT_TYPE", "ENT_IOB", "ENT_ID", "ENT_KB_ID"])
ATTRIBUTES = FLAGS | STRINGS | LINGUISTIC | {"LENGTH", "_", "OP"}

COMPARISONS = frozenset({"==", "!=", ">=", "<=", ">", "<"})
MEMBERSHIPS = frozenset({"IN", "NOT_IN", "IS_SUBSET", "IS_SUPERSET", "INTERSECTS"})
FUZZY = frozenset({"FUZZY", *(f"FUZZY{distance}" for distance in range(1, 10))})
PREDICATES = COMPARISONS | MEMBERSHIPS | FUZZY | {"REGEX"}

OPERATOR = re.compile(r"^([!?+*1]|\{\d+\}|\{\d+,\d+\}|\{\d+,\}|\{,\d+\})$")


def did_you_mean(word: str, choices: Iterator[str] | Any) -> str:
    """A question that names the nearest of `choices`, or the list of them where none is near."""
    choices = sorted(choices)
    upper = {choice.upper(): choice for choice in choices}
    near = get_close_matches(word.upper(), list(upper), n=1, cutoff=0.6)
    if near:
        return f"did you mean '{upper[near[0]]}'?"
    return f"there are {', '.join(choices)}" if len(choices) <= 40 else "see spaCy's token attributes"


def flatten_lists(value: Any) -> Any:
    """A token pattern with lists inside its lists opened, so that shared word lists can be joined in YAML."""
    if isinstance(value, dict):
        return {key: flatten_lists(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        flat: list[Any] = []
        for item in value:
            flat.extend(flatten_lists(item) if isinstance(item, list | tuple) else [flatten_lists(item)])
        return flat
    return value


def token_faults(tokens: Any) -> list[str]:
    """Everything that is wrong with a token pattern, in words; empty where nothing is."""
    if not isinstance(tokens, list | tuple):
        return [f"{tokens!r} is no list of tokens"]
    if not tokens:
        return ["the pattern has no tokens"]
    faults = [fault for place, token in enumerate(tokens, 1) for fault in _faults_of_token(place, token)]
    if not faults and all(_may_be_empty(token) for token in tokens):
        faults.append("every token is optional, so the pattern would match nothing at all")
    return faults


def _faults_of_token(place: int, token: Any) -> Iterator[str]:
    if not isinstance(token, dict):
        yield f"token {place} is {token!r}; expected a mapping such as {{LOWER: sorry}}"
        return
    for name, value in token.items():
        attribute = str(name).upper()
        if attribute not in ATTRIBUTES:
            yield f"'{name}' is no token attribute; {did_you_mean(str(name), ATTRIBUTES)}"
        elif attribute == "OP":
            if not isinstance(value, str) or not OPERATOR.match(value):
                yield f"token {place} has operator {value!r}; expected one of ! ? + * {{n}} {{n,m}} {{n,}} {{,m}}"
        elif attribute != "_":
            yield from _faults_of_value(place, attribute, value)


def _faults_of_value(place: int, attribute: str, value: Any) -> Iterator[str]:
    where = f"token {place}, {attribute}"
    if isinstance(value, dict):
        yield from _faults_of_predicate(where, attribute, value)
    elif attribute in FLAGS:
        if not isinstance(value, bool):
            yield f"{where} is {value!r}; expected true or false"
    elif attribute == "LENGTH":
        if not isinstance(value, int) or isinstance(value, bool):
            yield f"{where} is {value!r}; expected a whole number or a comparison"
    elif not isinstance(value, str):
        yield f"{where} is {value!r}; expected text (put it in quotes)"
    elif attribute == "LOWER":
        yield from _never_lower(where, value)


def _faults_of_predicate(where: str, attribute: str, value: dict[Any, Any]) -> Iterator[str]:
    for name, operand in value.items():
        predicate = str(name).upper()
        if predicate not in PREDICATES:
            yield f"{where}: '{name}' is no predicate; {did_you_mean(str(name), PREDICATES)}"
        elif predicate in MEMBERSHIPS:
            if not isinstance(operand, list | tuple) or not operand:
                yield f"{where}, {predicate} is {operand!r}; expected a list with at least one entry"
                continue
            for item in operand:
                if not isinstance(item, str | int) or (attribute in STRINGS and not isinstance(item, str)):
                    yield f"{where}, {predicate} holds {item!r}; expected text (put it in quotes)"
                elif attribute == "LOWER":
                    yield from _never_lower(where, item)
        elif predicate == "REGEX" and isinstance(operand, str):
            try:
                re.compile(operand)
            except re.error as error:
                yield f"{where}, REGEX {operand!r} cannot be read: {error}"
        elif predicate in FUZZY and isinstance(operand, dict):
            yield from _faults_of_predicate(where, "FUZZY", operand)


def _never_lower(where: str, value: Any) -> Iterator[str]:
    if isinstance(value, str) and value != value.lower():
        yield f"{where} is {value!r}, which a lower-cased word never equals; write {value.lower()!r}"


def _may_be_empty(token: dict[str, Any]) -> bool:
    operator = str(next((value for key, value in token.items() if str(key).upper() == "OP"), "1"))
    return operator in {"?", "*", "!"} or operator.startswith(("{0", "{,"))
