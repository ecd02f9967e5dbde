"""A report whose kernel is stopped, or never starts."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import nbformat
import psutil  # ipykernel needs it too
import pytest

from stepmark.errors import StepmarkError
from stepmark.report import run, run_notebook

#: A cell that says who it is, presses Ctrl-C for whoever runs it, and goes on for long.
STOPPING = """
import os, pathlib, signal, time
pathlib.Path("kernel").write_text(str(os.getpid()))
os.kill(os.getppid(), signal.SIGINT)
time.sleep(600)
"""


def notebook(source: str) -> Any:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])


async def within_a_loop(folder: Path) -> None:
    run_notebook(notebook(STOPPING), folder)


@pytest.fixture
def _at_a_terminal(no_event_loop: None) -> Iterator[None]:
    """Ctrl-C is heard, as it is not by what a shell starts in the background."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)


@pytest.mark.usefixtures("_at_a_terminal")
@pytest.mark.parametrize("looped", [False, True])
def test_ctrl_c_is_a_keyboard_interrupt_and_leaves_no_kernel(looped: bool, tmp_path: Path) -> None:
    with closing(asyncio.new_event_loop()) as loop, pytest.raises(KeyboardInterrupt):
        loop.run_until_complete(within_a_loop(tmp_path)) if looped else run_notebook(
            notebook(STOPPING), tmp_path
        )
    assert is_gone(int((tmp_path / "kernel").read_text()))


def is_gone(pid: int, within_s: float = 30.0) -> bool:
    """Whether a process ends in time; one that waits to be buried has ended."""
    for _ in range(int(within_s / 0.1)):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize(
    ("does", "reason"),
    [("import time; time.sleep(600)", "didn't respond in 1 seconds"), ("raise SystemExit(1)", "died")],
)
def test_a_kernel_that_does_not_start_is_one_message(
    does: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = tmp_path / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    argv = [sys.executable, "-c", does, "{connection_file}"]
    spec.write_text(json.dumps({"argv": argv, "display_name": "Silent", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setattr(run, "START_TIMEOUT", 1)
    with pytest.raises(StepmarkError) as failure:
        run_notebook(notebook("1"), tmp_path)
    message = str(failure.value)
    assert message.startswith("the Python kernel that runs the report: it does not start (Kernel ")
    assert reason in message
    assert "expected an answer on 127.0.0.1" in message


def test_a_widget_is_kept_without_the_name_that_its_kernel_gave_it(tmp_path: Path) -> None:
    widgets = notebook("import ipywidgets; ipywidgets.Checkbox()")
    run_notebook(widgets, tmp_path)
    (output,) = widgets.cells[0].outputs
    assert output.data == {"text/plain": "A widget: run this cell to use it."}


@pytest.mark.parametrize("stood", [True, False])
def test_a_report_that_is_stopped_leaves_no_empty_folder_of_its_own(
    stood: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "run_notebook", stop)
    (tmp_path / "corpus").mkdir()
    if stood:
        (tmp_path / "out").mkdir()
    with pytest.raises(KeyboardInterrupt):
        run.report(tmp_path / "corpus", tmp_path / "out")
    assert (tmp_path / "out").exists() is stood
