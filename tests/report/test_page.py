"""The page that `stepmark report` writes, as a reader and a reviewer meet it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from tests.report.conftest import Made
from typer.testing import CliRunner

import stepmark
from stepmark.cli import app
from stepmark.errors import StepmarkError


class _Text(HTMLParser):
    """The words of a page, block by block, without style and code."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in ("style", "title", "details")
        if tag in ("h1", "h2", "p", "li", "td", "th", "caption", "div"):
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("style", "title", "details")

    def handle_data(self, data: str) -> None:
        if not self.hidden and self.lines:
            self.lines[-1] += data


def words(page: Path) -> list[str]:
    reader = _Text()
    reader.feed(page.read_text(encoding="utf-8"))
    return [" ".join(line.split()) for line in reader.lines if line.strip()]


def test_the_command_ends_by_saying_where_the_page_is(made: Made) -> None:
    assert made.printed.splitlines()[-1] == f"The report: {made.out / 'report.html'}"


def test_the_first_ten_lines_say_what_was_found_with_the_numbers_of_the_table(made: Made) -> None:
    first = words(made.out / "report.html")[:10]
    assert first[0] == "What goes with Satisfaction in parcels"
    effects = pd.read_csv(made.out / "effects.csv")
    row = effects.query("term == 'empathize' and outcome == 'csat' and contrast == 'used - not used'").iloc[0]
    assert row["p_adjusted"] < 0.05
    found = next(line for line in first if line.startswith("Empathize:"))
    assert (
        f"{row['estimate']:+.2f} points (95% interval {row['conf_low']:+.2f} to {row['conf_high']:+.2f})"
        in found
    )
    assert any(line.startswith("Raw averages") for line in first)
    assert any(line.startswith("Warning: nothing was coded by hand.") for line in first)
    assert any(
        line.startswith("What this is not: proof that a step causes the difference.") for line in first
    )


def test_the_page_asks_nothing_of_any_other_place_and_runs_no_script(made: Made) -> None:
    page = (made.out / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.findall(r"""(?:src|href|action)\s*=\s*["'](?!data:image/png|#)""", page)
    assert not re.findall(r"@import|url\(|https?://", page)


def test_every_figure_has_words_for_those_who_cannot_see_it(made: Made) -> None:
    images = re.findall(
        r"<img [^>]*?alt=\"([^\"]*)\"", (made.out / "report.html").read_text(encoding="utf-8")
    )
    assert len(images) >= 7
    assert all(len(alt) > 60 for alt in images)


def test_examples_are_redacted_and_tables_hold_no_words_of_customers(made: Made) -> None:
    page = (made.out / "report.html").read_text(encoding="utf-8")
    assert "&lt;PHONE_1&gt;" in page
    for file in sorted(made.out.iterdir()):
        assert "0161 496" not in file.read_text(encoding="utf-8"), file.name
    assert "text" not in pd.read_csv(made.out / "spans.csv")


def test_beside_the_page_lie_the_tables_that_it_rests_on(made: Made) -> None:
    names = {file.name for file in made.out.iterdir()}
    assert names >= {
        "report.ipynb",
        "interactions.csv",
        "spans.csv",
        "effects.csv",
        "diagnostics.json",
        "plan.toml",
    }
    assert len(pd.read_csv(made.out / "interactions.csv")) == 160
    plan = stepmark.Plan.load(made.out / "plan.toml")
    assert json.loads((made.out / "diagnostics.json").read_text(encoding="utf-8"))["plan_hash"] == plan.hash
    assert plan.hash in (made.out / "report.html").read_text(encoding="utf-8")


def test_a_second_run_writes_the_same_bytes(made: Made) -> None:
    again = made.out.with_name("again")
    stepmark.report(made.corpus, again)
    for file in sorted(made.out.iterdir()):
        assert file.read_bytes() == (again / file.name).read_bytes(), file.name


def test_the_notebook_beside_the_page_runs_again_and_nbval_finds_the_same(made: Made) -> None:
    notebook = nbformat.read(made.out / "report.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not any(str(made.corpus.parent) in cell.source for cell in code)
    options = [
        "--nbval",
        "--nbval-current-env",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-c",
        "/dev/null",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "report.ipynb"],
        cwd=made.out,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere: no such file or folder; expected a corpus folder or a raw source."),
        (["empty"], "empty"),
        (["parcels", "--plan", "no.toml"], "no.toml: no such file or directory; expected a plan in TOML."),
        (["parcels", "--guide", "unheard-of"], "unheard-of"),
    ],
)
def test_what_is_wrong_is_one_message(
    made: Made, arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "parcels").symlink_to(made.corpus)
    failed = CliRunner().invoke(app, ["report", *arguments, "--out", "out"])
    assert isinstance(failed.exception, StepmarkError)
    assert message in str(failed.exception)
    assert "Traceback" not in str(failed.exception)
    assert not (tmp_path / "out" / "report.html").exists()
