"""How guides are read and written: YAML, and the JSONL patterns of spaCy and Prodigy.

A file is read whole or not at all: every fault of it is named in one `GuideError`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from stepmark.annotate.guide import Guide
from stepmark.annotate.syntax import did_you_mean, flatten_lists, token_faults
from stepmark.errors import Fault, GuideError

__all__ = ["load_guide", "parse_guide", "save_guide", "shipped_guides"]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe YAML in which yes, no, on and off are words, as they are in talk; only true and false are truth values."""


_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in resolvers if pair[0] != "tag:yaml.org,2002:bool"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def shipped_guides() -> tuple[str, ...]:
    """The names of the guides that come with the package."""
    folder = package_files("stepmark.annotate") / "guides"
    return tuple(
        sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    )


def load_guide(name_or_path: str | Path) -> Guide:
    """The guide of a shipped name, a YAML file, or a JSONL file of patterns; GuideError names all faults."""
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml", ".jsonl"} or path.is_file():
        return _load_file(path)
    if str(name_or_path) in shipped_guides():
        text = (package_files("stepmark.annotate") / "guides" / f"{name_or_path}.yaml").read_text("utf-8")
        return parse_guide(_yaml(text, str(name_or_path)), str(name_or_path))
    raise GuideError(
        Fault(
            f"guide '{name_or_path}'",
            "neither a file nor a shipped guide",
            "",
            _near_guide(str(name_or_path)),
        )
    )


def _near_guide(name: str) -> str:
    hint = did_you_mean(name, shipped_guides())
    return hint[0].upper() + hint[1:]


def _load_file(path: Path) -> Guide:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else f"cannot be read ({error})"
        raise GuideError(Fault(str(path), reason, "a guide in YAML or patterns in JSONL")) from None
    raw = _from_jsonl(text, path) if path.suffix == ".jsonl" else _yaml(text, str(path))
    return parse_guide(raw, str(path))


def _yaml(text: str, where: str) -> Any:
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"{where}, line {mark.line + 1}" if mark else where
        problem = getattr(error, "problem", None) or str(error)
        raise GuideError(Fault(line, f"is no YAML: {problem}", "a guide in YAML")) from None


def _from_jsonl(text: str, path: Path) -> dict[str, Any]:
    """A raw guide from lines of {"label", "pattern", "id"?}; a pattern may be a phrase, as in spaCy and Prodigy."""
    faults: list[Fault] = []
    steps: dict[str, dict[str, Any]] = {}
    seen = Counter[str]()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            label, pattern = row["label"], row["pattern"]
        except (json.JSONDecodeError, KeyError, TypeError):
            faults.append(Fault(f"{path}, line {number}", f"{line[:60]!r}", '{"label": …, "pattern": …}'))
            continue
        step = str(label)
        seen[step] += 1
        tokens = _phrase(pattern) if isinstance(pattern, str) else pattern
        entry = {"id": row.get("id") or f"{step}-{seen[step]}", "pattern": tokens}
        steps.setdefault(step, {"id": step, "speaker": "any", "patterns": []})["patterns"].append(entry)
    if faults:
        raise GuideError(faults)
    for entry in steps.values():
        _number_repeated_ids(entry["patterns"])
    return {"name": path.stem, "steps": list(steps.values())}


def _number_repeated_ids(patterns: list[dict[str, Any]]) -> None:
    counts = Counter(entry["id"] for entry in patterns)
    place = Counter[str]()
    for entry in patterns:
        if counts[entry["id"]] > 1:
            place[entry["id"]] += 1
            entry["id"] = f"{entry['id']}-{place[entry['id']]}"


def _phrase(text: str) -> list[dict[str, str]]:
    import spacy

    return [{"ORTH": token.text} for token in spacy.blank("en").make_doc(text)]


def parse_guide(raw: Any, where: str) -> Guide:
    """The guide that a parsed file describes; GuideError names the step, the pattern and what is wrong, for all faults."""
    if not isinstance(raw, dict) or not isinstance(raw.get("steps"), list):
        found = f"a {type(raw).__name__}" if not isinstance(raw, dict) else "no list of 'steps'"
        raise GuideError(Fault(where, found, "a mapping with 'name' and 'steps'"))
    name = f"guide '{raw.get('name', where)}'"
    faults = [*_pattern_faults(raw, name), *_id_faults(raw, name), *_reference_faults(raw, name)]
    guide = None
    try:
        guide = Guide.model_validate(raw)
    except ValidationError as error:
        faults += [_fault_of(detail, raw, name) for detail in error.errors()]
    if guide is not None:
        from stepmark.annotate.context import rule_faults

        faults += rule_faults(guide)
    if faults or guide is None:
        raise GuideError(faults)
    return guide


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
                yield Fault(f"{name}, step '{step}', {kind} '{entry.get('id')}'", fault)


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
    return Fault(where, f"{str(detail['input'])[:80]!r}: {detail['msg']}")


def _has(value: Any, part: Any) -> bool:
    return part in value if isinstance(value, dict) else isinstance(part, int) and 0 <= part < len(value)


def save_guide(guide: Guide, path: Path) -> Path:
    """Write a guide as YAML, or its patterns as JSONL (vetoes, context and examples stay behind); returns the path."""
    if path.suffix == ".jsonl":
        rows = [
            {"label": step.id, "pattern": list(p.pattern), "id": p.id}
            for step in guide.steps
            for p in step.patterns
        ]
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    else:
        raw = guide.model_dump(mode="json", exclude_defaults=True)
        raw = {"name": guide.name, "version": guide.version, "language": guide.language, **raw}
        path.write_text(
            yaml.dump(raw, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110), "utf-8"
        )
    return path
