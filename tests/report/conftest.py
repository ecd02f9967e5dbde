"""One report of a small corpus, made once for all tests that read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.report.talk import corpus
from typer.testing import CliRunner

from stepmark.cli import app
from stepmark.corpus import write_folder
from stepmark.report import Story, tell


@dataclass(frozen=True)
class Made:
    """A corpus folder, the folder of its report, and what the command printed."""

    corpus: Path
    out: Path
    printed: str


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    root = tmp_path_factory.mktemp("report")
    write_folder(corpus(), root / "parcels")
    done = CliRunner().invoke(
        app, ["report", str(root / "parcels"), "--out", str(root / "first")], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return Made(root / "parcels", root / "first", done.output)


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("story") / "parcels"
    write_folder(corpus(), folder)
    return tell(folder)
