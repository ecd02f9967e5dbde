"""How a room of the package can be called by its verb.

The rooms `annotate`, `measure`, `study` and `report` share their names with the functions that do their work.
A room is therefore a module that can be called: ``stepmark.annotate(corpus, guide)`` runs
``stepmark.annotate.annotate``, whichever of the two was imported first.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

__all__ = ["make_callable"]


class _Room(ModuleType):
    """A module whose call is its function of the same name."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        verb = self.__name__.rpartition(".")[2]
        return getattr(self, verb)(*args, **kwargs)


def make_callable(name: str) -> None:
    """Let the module `name` be called as its function of the same name."""
    sys.modules[name].__class__ = _Room
