"""What can go wrong with a store, in words that say what to do; nothing was saved where one of these is raised."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError

from stepmark.errors import CodingError, Fault

__all__ = ["advice_for", "in_plain_words"]

_NOT_SAVED = "Nothing was saved by this step."

#: What the database says, what that is called, and what to do about it.
_TROUBLES = (
    (
        "file is not a database",
        "not a SQLite file",
        "Give the path of a stepmark store, or of a file that does not exist yet.",
    ),
    (
        "malformed",
        "the file is damaged",
        "Copy it away, then save what can be read with `sqlite3 FILE .recover`.",
    ),
    (
        "disk is full",
        "the disk is full",
        "Make room on it, then repeat the step; what was confirmed before is safe.",
    ),
    (
        "disk i/o error",
        "the disk refuses to write or read",
        "See whether it is full, over its quota or unplugged, then repeat the step.",
    ),
    (
        "readonly database",
        "the file is read-only",
        "Make the file and its folder writable, or copy it to where you may write.",
    ),
    (
        "unable to open database file",
        "the file cannot be opened",
        "See whether its folder exists and you may write there.",
    ),
    (
        "database is locked",
        "another program has held the file for too long",
        "Close it (a database browser?), then repeat the step.",
    ),
    ("no space left", "the disk of the server is full", "Make room on it, then repeat the step."),
    (
        "read-only transaction",
        "the server takes no changes",
        "Ask for the primary server and the right to write.",
    ),
    (
        "permission denied",
        "you may not use this database",
        "Ask its owner for the rights to read and insert.",
    ),
    ("password authentication", "the server does not know this user and password", "Correct the URL."),
    ("does not exist", "the server has no such database", "Create it (`createdb NAME`), or correct the URL."),
    (
        "connection",
        "the server cannot be reached",
        "See whether it runs and whether the URL is right, then repeat the step.",
    ),
)


def advice_for(message: str) -> tuple[str, str]:
    """What the database's own message means, and what to do."""
    low = message.lower()
    for words, found, advice in _TROUBLES:
        if words in low:
            return found, advice
    return f"the database says '{message.strip().splitlines()[0]}'", "Repeat the step once that is mended."


@contextmanager
def in_plain_words(where: str) -> Iterator[None]:
    """Turn what the database driver raises into a `CodingError` about the store at `where`.

    Violated constraints pass through: they are answers, not trouble.
    """
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, sqlite3.Error) as error:
        said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        found, advice = advice_for(said)
        raise CodingError(Fault(where, found, advice=f"{_NOT_SAVED} {advice}")) from error
