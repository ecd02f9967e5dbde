"""The types that the widget's JavaScript states in its comments hold."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

WIDGET = Path("toolkit/stepmark/review/widget/coding.js")


def complaints(project: Path, config: Path) -> str:
    compiler = project / "node_modules" / ".bin" / "tsc"
    if not compiler.exists():
        pytest.skip("TypeScript's compiler not found; run `npm ci` (needs Node.js)")
    ran = subprocess.run(
        [compiler, "--project", config, "--pretty", "false"],
        cwd=project, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return ran.stdout + ran.stderr


def test_the_types_of_the_widget_hold(project: Path) -> None:
    assert complaints(project, project / "jsconfig.json") == ""


def test_a_wrong_type_is_found(project: Path, tmp_path: Path) -> None:
    source = (project / WIDGET).read_text("utf-8")
    (tmp_path / "coding.js").write_text(source.replace('this.say("")', "this.say(0)", 1), "utf-8")
    config = {"extends": str(project / "jsconfig.json"), "include": ["coding.js"]}
    (tmp_path / "jsconfig.json").write_text(json.dumps(config), "utf-8")
    found = complaints(project, tmp_path / "jsconfig.json")
    assert "Argument of type 'number' is not assignable to parameter of type 'string'" in found
