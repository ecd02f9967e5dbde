"""The commands of the room `report`."""

from __future__ import annotations

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this room's commands to `app`."""
