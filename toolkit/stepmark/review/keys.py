"""Which key does what: one for each command, one for each code."""

from __future__ import annotations

import string
from collections.abc import Iterable

__all__ = ["COMMAND_KEYS", "code_keys"]

#: Names as in the browser's `KeyboardEvent.key`. Letters and digits are left to the codes; `yes` and `no` are for
#: sessions on one step, where codes need no keys.
COMMAND_KEYS = {
    "accept": "Enter",
    "yes": "y",
    "no": "n",
    "undo": "Backspace",
    "skip": ".",
    "unsure": "?",
    "note": ";",
    "back": "ArrowUp",
    "forward": "ArrowDown",
    "search": "/",
    "help": "h",
}

_TAKEN = {key for key in COMMAND_KEYS.values() if len(key) == 1} - {"y", "n"}


def code_keys(steps: Iterable[str]) -> dict[str, str]:
    """A key for each step: a letter of its name where one is free, in the order of the steps.

    Examples
    --------
    >>> code_keys(["apologize", "acknowledge", "probe"])
    {'apologize': 'a', 'acknowledge': 'c', 'probe': 'p'}
    """
    spare = [
        key for key in string.ascii_lowercase + string.digits + string.ascii_uppercase if key not in _TAKEN
    ]
    keys: dict[str, str] = {}
    for step in steps:
        wanted = [letter for letter in step.lower() if letter in spare]
        keys[step] = (wanted or spare or [""])[0]
        if keys[step]:
            spare.remove(keys[step])
    return keys
