"""The README's section on corpora says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stepmark.cli import app
from stepmark.corpus import READERS


@pytest.fixture(scope="module")
def section(project: Path) -> str:
    text = (project / "README.md").read_text(encoding="utf-8")
    return text.split("## Corpora: read, check, redact\n", 1)[1].split("\n## ", 1)[0]


def test_its_example_runs(section: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert len(code) == 1
    exec(compile(code[0], "README.md", "exec"), {})
    assert capsys.readouterr().out == "[\"I'm <NAME_1>, where is order <ORDER_1>?\", 'Sorry, <NAME_1>.']\n"


def test_it_lists_every_format(section: str) -> None:
    listed = {
        name
        for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    assert listed == {"auto", *(reader.name for reader in READERS)}


def test_its_options_exist(section: str) -> None:
    options = set(re.findall(r"--[a-z]+", section)) - {"--format"}
    helped = CliRunner().invoke(app, ["import", "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).stdout
    assert options
    assert {option for option in options if option not in helped} == set()
