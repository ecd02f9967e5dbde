"""What all commands have in common: where their output goes, and how they say that something is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import stepmark
from stepmark.cli import app
from stepmark.errors import InputError

STEPMARK = [sys.executable, "-c", "from stepmark.cli import main; main()"]


def test_the_version_is_told() -> None:
    told = CliRunner().invoke(app, ["--version"], catch_exceptions=False)
    assert (told.exit_code, told.output) == (0, f"stepmark {stepmark.__version__}\n")


@pytest.mark.parametrize(
    "command",
    [
        ["annotate", "CORPUS"],
        ["measure", "CORPUS"],
        ["agree", "CODES"],
        ["codes", "export", "STORE"],
        ["guide", "errors", "GOLD"],
        ["guide", "coverage", "CORPUS"],
    ],
)
def test_a_suffix_that_no_table_has_is_refused_before_anything_is_read(command: list[str]) -> None:
    result = CliRunner().invoke(app, [*command, "--out", "spans.xlsx"])
    assert isinstance(result.exception, InputError)
    assert str(result.exception) == (
        "spans.xlsx: suffix '.xlsx'; expected a name ending in .parquet, .csv or .jsonl."
    )


@pytest.mark.parametrize("command", ["import", "redact"])
def test_a_folder_that_holds_something_is_refused_before_anything_is_read(
    command: str, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    result = CliRunner().invoke(app, [command, "nowhere", "--out", str(tmp_path)])
    assert str(result.exception) == (
        f"{tmp_path}: not empty; expected a new folder. Use --force to replace the corpus."
    )


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """A folder with a table and a plan."""
    (tmp_path / "table.csv").write_text("interaction_id,csat,s\n" + "a,1,0\nb,2,1\nc,2,0\n" * 20)
    (tmp_path / "plan.toml").write_text(
        'outcome = "csat"\nkind = "continuous"\nsteps = ["s"]\ncluster = ""\n'
    )
    return tmp_path


def stepmark_study(folder: Path) -> subprocess.CompletedProcess[str]:
    words = ["study", "table.csv", "--plan", "plan.toml", "--out", "out"]
    return subprocess.run([*STEPMARK, *words], capture_output=True, text=True, check=False, cwd=folder)


def test_a_study_names_each_file_that_it_saved(asked: Path) -> None:
    done = stepmark_study(asked)
    place, _, named = done.stdout.splitlines()[-1].partition(": ")
    assert (done.returncode, place) == (0, "Saved in out")
    assert set(named.split(", ")) == {file.name for file in (asked / "out").iterdir()}


def test_what_the_system_refuses_is_one_message(asked: Path) -> None:
    (asked / "out").write_text("a file")
    done = stepmark_study(asked)
    assert (done.returncode, done.stderr) == (1, "out: file exists.\n")
