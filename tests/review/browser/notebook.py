"""One notebook open in JupyterLab, in a browser."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import nbformat
from tests.review.browser.labkit import Lab

PROJECT = Path(__file__).parents[3]
READY = """() => { const w = window.jupyterapp?.shell?.currentWidget, k = w?.sessionContext?.session?.kernel;
  return !!(w?.context?.isReady && w.sessionContext.isReady && k?.connectionStatus === 'connected' && k.status === 'idle'); }"""
CELL = """
import sys
sys.path.insert(0, {project!r})
from stepmark.review import Session
from stepmark.review.widget import code
from tests.review import talk
from tests.review.browser import scenes
session = Session({corpus}, store="coding.sqlite", coder="kim", {options})
code(session)
"""
SAME = "blind_share=0, repeat_share=0"
LIVE = ".sm-coding:not([data-old])"


def write_notebook(
    folder: Path, corpus: str = "scenes.kettles()", options: str = SAME, cell: str = CELL
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    code = cell.format(project=str(PROJECT), corpus=corpus, options=options).strip()
    cells = [
        nbformat.v4.new_code_cell(code),
        nbformat.v4.new_markdown_cell("second cell"),
        nbformat.v4.new_code_cell("1 + 1"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / "coding.ipynb")
    return folder / "coding.ipynb"


class Notebook:
    """The widget in a notebook: opened, run, pressed, killed, looked at."""

    def __init__(self, lab: Lab, page: Any, name: str) -> None:
        self.lab, self.page, self.folder = lab, page, lab.root / name
        self.foreign: list[str] = []
        self._frames: list[bytes] = []
        page.set_default_timeout(60_000)
        page.on("request", self._note_foreign)
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: self._frames.append(frame)))
        page.goto(f"{lab.url}/lab/workspaces/{name}/tree/{name}/coding.ipynb?reset&token={lab.token}")

    def _note_foreign(self, request: Any) -> None:
        if not request.url.startswith((self.lab.url, "data:", "blob:")):
            self.foreign.append(request.url)

    def sent(self, kind: str) -> int:
        """How many messages of a kind the widget has sent to kernels."""
        return sum(f'"type":"{kind}"'.encode() in frame for frame in self._frames)

    def ready(self) -> None:
        self.page.wait_for_function(READY)

    def command(self, name: str, arguments: str = "{}") -> None:
        """Run one of JupyterLab's commands without waiting: the browser's promise has no time limit."""
        self.page.evaluate(f"void window.jupyterapp.commands.execute('{name}', {arguments})")

    def run_all(self) -> Notebook:
        """Run all cells and wait for the widget that comes of it."""
        self.ready()
        self.page.evaluate(
            "document.querySelectorAll('.sm-coding').forEach(old => old.setAttribute('data-old', ''))"
        )
        self.command("notebook:run-all-cells")
        self.page.wait_for_selector(f"{LIVE}[data-ready]")
        self.page.locator(f"{LIVE} .sm-active, {LIVE} .sm-done").first.focus()
        return self

    def press(self, *keys: str) -> Notebook:
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def settled(self) -> Notebook:
        """Wait until everything pressed has been confirmed."""
        self.page.wait_for_function(
            f"""() => {{ const root = document.querySelector('{LIVE}');
            return !root.querySelector('[data-pending]') && /^(Saved|Press)/.test(root.querySelector('.sm-status').textContent); }}"""
        )
        return self

    def confirmed(self) -> list[str]:
        """The ids of the commands that the screen has said are saved, as noted by `watch`."""
        return self.page.evaluate("window.confirmed ?? []")

    def watch(self) -> Notebook:
        """Note each confirmation from now on."""
        self.page.evaluate(
            "() => { window.confirmed = window.confirmed ?? []; document.addEventListener('stepmark-saved', e => confirmed.push(e.detail.cid)); }"
        )
        return self

    def kernel_pid(self) -> int:
        return int(self.execute("import os; print(os.getpid())"))

    def execute(self, code: str) -> str:
        """Run code in the notebook's kernel; what it printed."""
        return self.page.evaluate(
            """async code => { const k = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            let out = ''; const f = k.requestExecute({code, silent: false, store_history: false});
            f.onIOPub = m => { if (m.header.msg_type === 'stream' && m.content.name === 'stdout') out += m.content.text; };
            await f.done; return out; }""",
            code,
        )

    def cells(self) -> list[str]:
        return self.page.evaluate(
            "jupyterapp.shell.currentWidget.content.widgets.map(c => c.model.type + ':' + c.model.sharedModel.source.slice(0, 12))"
        )

    def events(self) -> list[tuple[str, str, int, dict[str, Any]]]:
        return events_in(self.folder)


def events_in(folder: Path) -> list[tuple[str, str, int, dict[str, Any]]]:
    """What is in the file of a session, read by another process: cid, kind, place in the queue, marks."""
    with closing(sqlite3.connect(f"file:{folder / 'coding.sqlite'}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT cid, kind, position, marks FROM events ORDER BY number").fetchall()
    return [(cid, kind, position, json.loads(marks) if marks else {}) for cid, kind, position, marks in rows]
