"""What an earlier study left in a folder, and what of it must go before another is saved there."""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["DIAGNOSTICS", "EFFECTS", "clear"]

EFFECTS, DIAGNOSTICS = "effects.csv", "diagnostics.json"


def clear(folder: str | Path) -> None:
    """Take the effects, diagnostics and further tables of an earlier study out of `folder`.

    Its diagnostics name its tables, so that nothing else is touched; without them nothing is. The plan stays.
    """
    folder = Path(folder)
    try:
        found = json.loads((folder / DIAGNOSTICS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    tables = found.get("tables") if isinstance(found, dict) else None
    if not isinstance(tables, list):
        return
    named = [f"{name}.csv" for name in tables if str(name).isidentifier()]
    for name in (EFFECTS, *named, DIAGNOSTICS):
        (folder / name).unlink(missing_ok=True)
