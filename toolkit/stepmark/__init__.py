"""Mark guide steps in difficult conversations and tie them to satisfaction, with statistics that deserve trust.

The way of the data, one direction::

    corpus → annotate → review → measure → study → figures → report

Importing the package loads none of the rooms; each is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # each room's owner lists here what __all__ names below
    from stepmark.corpus import Corpus, Outcome, check, read, redact

__version__ = "0.1.0"

#: Where each public name lives.
_HOMES = {
    "Corpus": "corpus",
    "Outcome": "corpus",
    "check": "corpus",
    "read": "corpus",
    "redact": "corpus",
    "Guide": "annotate",
    "annotate": "annotate",
    "evaluate": "annotate",
    "export": "review",
    "measure": "measure",
    "Plan": "study",
    "power": "study",
    "study": "study",
    "report": "report",
}

#: Rooms that no public name stands for: `stepmark.figures.plot_effects` works without an import of its own.
_ROOMS = ("corpus", "figures", "review")

__all__ = ["Corpus", "Outcome", "__version__", "check", "read", "redact"]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"stepmark.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'stepmark' has no attribute {name!r}")
    room = import_module(f"stepmark.{_HOMES[name]}")
    return room if name == _HOMES[name] else getattr(room, name)


def __dir__() -> list[str]:
    return sorted({*__all__, *_HOMES, *_ROOMS})
