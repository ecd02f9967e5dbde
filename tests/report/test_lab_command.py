"""`stepmark lab` opens JupyterLab on the notebooks."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.review.browser.labkit import Server
from typer.testing import CliRunner

from stepmark.cli import app


def test_lab_serves_the_notebooks_of_the_folder_named_until_it_is_stopped(tmp_path: Path) -> None:
    books = tmp_path / "root" / "books"
    books.mkdir(parents=True)
    (books / "mine.ipynb").write_text("{}", "utf-8")
    (tmp_path / "config").mkdir()
    may_be_root = {"ServerApp": {"allow_root": True}}
    (tmp_path / "config" / "jupyter_server_config.json").write_text(json.dumps(may_be_root), "utf-8")
    stepmark = Path(sys.executable).with_name("stepmark")
    lab = Server(tmp_path, [str(stepmark), "lab", "books", "--no-browser"])
    try:
        assert [entry["name"] for entry in lab.ask("/api/contents")["content"]] == ["mine.ipynb"]
    finally:
        lab.stop()
    assert lab.process.returncode == 0


def test_lab_says_so_where_there_is_no_such_folder() -> None:
    said = CliRunner().invoke(app, ["lab", "nowhere"]).exception
    assert (
        str(said)
        == "nowhere: no such folder; expected a folder with notebooks. Name one: stepmark lab FOLDER."
    )
