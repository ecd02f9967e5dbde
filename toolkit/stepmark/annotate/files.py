"""How the files of guides are read and written: YAML, and the JSONL patterns of spaCy and Prodigy.

What a file holds is handed on raw, as mappings and lists; what it means, and what is wrong with it, is not asked here.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

import yaml

from stepmark.annotate.syntax import did_you_mean
from stepmark.errors import Fault, GuideError

__all__ = ["read_raw", "shipped_guides", "write_raw"]


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


def read_raw(name_or_path: str | Path) -> Any:
    """What the file of a shipped guide, a YAML file, or a JSONL file of patterns holds.

    Raises
    ------
    stepmark.errors.GuideError
        Where there is no such guide, or the file cannot be read.
    """
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml", ".jsonl"} or path.is_file():
        return _read_file(path)
    if str(name_or_path) in shipped_guides():
        text = (package_files("stepmark.annotate") / "guides" / f"{name_or_path}.yaml").read_text("utf-8")
        return _yaml(text, str(name_or_path))
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


def _read_file(path: Path) -> Any:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else f"cannot be read ({error})"
        raise GuideError(Fault(str(path), reason, "a guide in YAML or patterns in JSONL")) from None
    return _from_jsonl(text, path) if path.suffix == ".jsonl" else _yaml(text, str(path))


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


def write_raw(raw: dict[str, Any], path: Path) -> Path:
    """Write a guide as YAML, or its patterns as JSONL (vetoes, context and examples stay behind); returns the path."""
    if path.suffix == ".jsonl":
        rows = [
            {"label": step["id"], "pattern": pattern["pattern"], "id": pattern["id"]}
            for step in raw["steps"]
            for pattern in step.get("patterns", ())
        ]
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    else:
        path.write_text(
            yaml.dump(raw, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110), "utf-8"
        )
    return path
