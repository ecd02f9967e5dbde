"""The project as a whole: what is imported when, what a commit may not hold, and what must be described."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOMS = ("corpus", "annotate", "review", "measure", "study", "figures", "report")
HEAVY = (
    "pandas",
    "numpy",
    "spacy",
    "statsmodels",
    "scipy",
    "matplotlib",
    "ipywidgets",
    "anywidget",
    "sqlalchemy",
)


def python(code: str) -> str:
    """What `code` prints in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("what", ["stepmark", "stepmark.errors", "stepmark.rooms", "stepmark.cli"])
def test_importing_loads_nothing_heavy(what: str) -> None:
    loaded = python(f"import {what}, sys; print(*sorted(set(sys.modules) & set({HEAVY!r})))")
    assert loaded == ""


def test_the_command_line_shows_its_help_without_loading_anything_heavy() -> None:
    code = f"""
import sys
sys.argv = ["stepmark", "--help"]
from stepmark.cli import main
try:
    main()
except SystemExit:
    pass
print("heavy:", *sorted(set(sys.modules) & set({HEAVY!r})))
"""
    assert python(code).splitlines()[-1] == "heavy:"


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_of_a_room_is_there_and_described(room: str) -> None:
    module = import_module(f"stepmark.{room}")
    assert module.__doc__
    assert module.__all__ == sorted(module.__all__) or len(set(module.__all__)) == len(module.__all__)
    for name in module.__all__:
        value = getattr(module, name)
        if callable(value):
            assert value.__doc__, f"stepmark.{room}.{name} has no docstring"


@pytest.mark.parametrize("first", ["import stepmark.annotate", "import stepmark"])
def test_a_room_can_be_called_by_its_verb_whatever_was_imported_first(first: str) -> None:
    assert (
        python(f"{first}\nimport stepmark\nprint(callable(stepmark.annotate), callable(stepmark.measure))")
        == "True True"
    )


def tracked(project: Path) -> list[Path]:
    """Every text file of the project that git tracks."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=project, capture_output=True, text=True, check=True
    )
    files = [project / name for name in listed.stdout.split("\0") if name]
    return [
        file for file in files if file.suffix not in {".parquet", ".png", ".safetensors"} and file.is_file()
    ]


# Built from parts, so that this file does not hold what it looks for.
FORBIDDEN = re.compile(
    "|".join(
        [
            r"https?://[a-z0-9.-]+/" + "simple",
            "registry" + r"\.npmjs",
            "files" + r"\.pythonhosted",
            r"--(extra-)?index" + "-url +http",
            r'"resolved": *"' + "http",
            r"(?<![\w.~/])/(?:root|home/\w+|" + "work)/",
        ]
    )
)


def test_no_commit_names_a_registry_host_or_a_path_of_a_machine(project: Path) -> None:
    found = [
        f"{file.relative_to(project)}:{number}: {line.strip()[:120]}"
        for file in tracked(project)
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if FORBIDDEN.search(line)
    ]
    assert found == []


def test_every_make_target_of_the_readme_exists(project: Path) -> None:
    readme = (project / "README.md").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (project / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"^    make ([a-z-]+)", readme, re.MULTILINE))
    assert named
    assert named <= targets


def test_make_says_that_it_makes_the_environment(project: Path, tmp_path: Path) -> None:
    words = ["make", "--dry-run", f"VENV={tmp_path / 'new'}", "report"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=project)
    assert f"Making the environment in {tmp_path / 'new'};" in done.stdout


def test_every_command_of_the_readme_exists(project: Path) -> None:
    from typer.main import get_command

    from stepmark.cli import app

    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    named = set(
        re.findall(r"^    stepmark ([a-z]+)", (project / "README.md").read_text("utf-8"), re.MULTILINE)
    )
    assert named
    assert named <= commands
