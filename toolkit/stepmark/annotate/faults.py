"""What is wrong with a guide as it stands in a file, in words: the guide, the step, the pattern, and the fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from stepmark.annotate.syntax import did_you_mean, flatten_lists, token_faults
from stepmark.errors import Fault, expected_of

__all__ = ["raw_faults", "record_faults"]


def raw_faults(raw: dict[str, Any], name: str) -> list[Fault]:
    """The faults of a guide that its records cannot see: in token patterns, ids, and what steps say of each other."""
    return [*_pattern_faults(raw, name), *_id_faults(raw, name), *_reference_faults(raw, name)]


def _entries(raw: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """(step id, kind, entry) for each pattern and veto of a raw guide."""
    for step in raw["steps"]:
        if isinstance(step, dict):
            for kind in ("patterns", "unless"):
                for entry in step.get(kind) or []:
                    yield str(step.get("id")), "pattern" if kind == "patterns" else "veto", entry


def _pattern_faults(raw: dict[str, Any], name: str) -> Iterator[Fault]:
    for step, kind, entry in _entries(raw):
        if isinstance(entry, dict) and "pattern" in entry:
            for fault in token_faults(flatten_lists(entry["pattern"])):
                yield Fault(_of_entry(name, step, kind, entry), fault)


def _of_entry(name: str, step: str, kind: str, entry: dict[str, Any]) -> str:
    return f"{name}, step '{step}', {kind} '{entry.get('id')}'"


def _id_faults(raw: dict[str, Any], name: str) -> Iterator[Fault]:
    ids = Counter(step.get("id") for step in raw["steps"] if isinstance(step, dict))
    for step, count in ids.items():
        if count > 1:
            yield Fault(f"{name}, step '{step}'", f"stands {count} times", "each step once")
    owners: dict[Any, list[str]] = {}
    for step, _, entry in _entries(raw):
        if isinstance(entry, dict):
            owners.setdefault(entry.get("id"), []).append(step)
    for pattern, steps in owners.items():
        if len(steps) > 1:
            yield Fault(
                f"{name}, pattern '{pattern}'",
                f"the id stands {len(steps)} times",
                "an id of its own",
                f"See step {', '.join(sorted(set(steps)))}.",
            )


def _reference_faults(raw: dict[str, Any], name: str) -> Iterator[Fault]:
    steps = [step for step in raw["steps"] if isinstance(step, dict)]
    known = {str(step.get("id")) for step in steps}
    for step in steps:
        for other in step.get("yields_to") or []:
            if other not in known:
                yield Fault(
                    f"{name}, step '{step.get('id')}'",
                    f"yields_to names '{other}', which is no step; {did_you_mean(str(other), known)}",
                )
            elif step.get("id") in (next(s for s in steps if s.get("id") == other).get("yields_to") or []):
                yield Fault(
                    f"{name}, step '{step.get('id')}'",
                    f"yields to '{other}', which yields to it",
                    "one of the two to give way",
                )


def record_faults(
    details: Iterable[Any], raw: dict[str, Any], name: str, known: Sequence[Fault]
) -> list[Fault]:
    """What the records of a guide say is wrong; of the tokens of a pattern only where nothing is known to be wrong with them."""
    told = {fault.where for fault in known}
    faulty = {
        id(entry)
        for step, kind, entry in _entries(raw)
        if isinstance(entry, dict) and _of_entry(name, step, kind, entry) in told
    }
    return [_fault_of(detail, raw, name) for detail in details if not _is_of_tokens(detail, raw, faulty)]


def _is_of_tokens(detail: Any, raw: dict[str, Any], entries: set[int]) -> bool:
    """Whether a finding is of the tokens of one of some patterns."""
    match detail["loc"]:
        case ("steps", int(step), ("patterns" | "unless") as kind, int(place), "pattern", *_):
            return id(raw["steps"][step][kind][place]) in entries
    return False


def _fault_of(detail: Any, raw: dict[str, Any], name: str) -> Fault:
    """A fault in words, with names instead of places in lists."""
    where = name
    value: Any = raw
    for part in detail["loc"]:
        value = value[part] if isinstance(value, dict | list | tuple) and _has(value, part) else None
        if isinstance(part, int) and isinstance(value, dict) and "id" in value:
            where += f", '{value['id']}'"
        elif part not in ("steps", "patterns", "unless"):
            where += f", {part}" if isinstance(part, str) else f" {part + 1}"
    if detail["type"] == "extra_forbidden":
        return Fault(where, "is no field of a guide here", "", "Look for a slip of spelling.")
    if detail["type"] == "missing":
        return Fault(where, "is missing")
    found = repr(str(detail["input"])[:80])
    if detail["type"] == "value_error":  # a finding of ours, which says what is wrong
        return Fault(where, f"{found}: {expected_of(detail)}")
    return Fault(where, found, expected_of(detail))


def _has(value: Any, part: Any) -> bool:
    return part in value if isinstance(value, dict) else isinstance(part, int) and 0 <= part < len(value)
