"""The environment for conda users holds what pyproject.toml asks for, no less and no more."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

#: Names on conda-forge where they are not those of PyPI (the core of matplotlib comes without Qt there).
CONDA_NAMES = {"matplotlib": "matplotlib-base"}


@pytest.fixture(scope="module")
def wanted(project: Path) -> dict[str, SpecifierSet]:
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    asked = tomllib.loads(text)["project"]
    requirements = [Requirement(dependency) for dependency in asked["dependencies"]]
    names = {canonicalize_name(r.name): r.specifier for r in requirements}
    return {CONDA_NAMES.get(name, name): s for name, s in names.items()} | {
        "python": SpecifierSet(asked["requires-python"])
    }


@pytest.fixture(scope="module")
def environment(project: Path) -> dict:
    return yaml.safe_load((project / "environment.yml").read_text(encoding="utf-8"))


def test_conda_installs_what_pyproject_asks_for(environment: dict, wanted: dict[str, SpecifierSet]) -> None:
    entries = [entry.partition(" ") for entry in environment["dependencies"] if isinstance(entry, str)]
    found = {name: SpecifierSet(versions) for name, _, versions in entries if name != "pip"}
    assert found == wanted


def test_conda_takes_all_from_one_channel_and_stepmark_from_here(environment: dict) -> None:
    assert environment["channels"] == ["conda-forge"]
    assert environment["dependencies"][-1] == {"pip": ["-e ."]}
    assert "pip" in environment["dependencies"]
