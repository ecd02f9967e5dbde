"""Runs the report: the notebook with its parameters, the page, and the tables beside them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellExecutionError
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from stepmark.corpus import check_place
from stepmark.errors import Fault, InputError, StepmarkError
from stepmark.report.kernel import Client, execute
from stepmark.report.page import write_page

__all__ = ["NOTEBOOK", "report", "run_notebook"]

#: What the notebook and its page are called in the report's folder.
NOTEBOOK, PAGE = "report.ipynb", "report.html"
#: How a widget stands among what a cell shows.
WIDGET = "application/vnd.jupyter.widget-view+json"
#: A cell that takes longer, in seconds, has gone wrong.
CELL_TIMEOUT = 1800
#: A busy machine may take so many seconds to start a kernel.
START_TIMEOUT = 120


def report(
    source: str | Path,
    out: str | Path,
    *,
    format: str = "auto",  # noqa: A002 (the word of the command line)
    plan: str | Path | None = None,
    guide: str | Path = "difficult-customers",
    progress: bool = False,
) -> Path:
    """The whole way of the data as one page that anyone can run again.

    Parameters
    ----------
    source
        A corpus folder, or a raw source.
    out
        The folder to write to; made where it is not there. Files of an earlier report in it are replaced.
    format
        The name of a reader, or `auto`.
    plan
        A plan in TOML; by default the corpus folder's own `plan.toml`, or else `Plan.default`.
    guide
        A shipped guide's name, or a path.
    progress
        Whether to show a progress bar.

    Returns
    -------
    Path
        The page. Beside it lie the executed notebook and the tables (see `stepmark.report.keep_tables`). Two runs on the
        same data write the same bytes.

    Raises
    ------
    StepmarkError
        Where corpus, plan or guide are not what they should be; with the message that reading them gives.
    """
    source, out = Path(source), Path(out)
    if not source.exists():
        raise InputError(Fault(str(source), "no such file or folder", "a corpus folder or a raw source"))
    check_place(out, overwrite=True)
    with as_file(files("stepmark.report") / NOTEBOOK) as template:
        notebook = load_notebook_node(str(template))
    given = {
        "CORPUS": _from(out, source),
        "FORMAT": format,
        "PLAN": "" if plan is None else _from(out, Path(plan)),
        "GUIDE": _from(out, Path(guide)) if Path(guide).is_file() else str(guide),
    }
    notebook = parameterize_notebook(notebook, given)
    try:
        with _folder(out):
            run_notebook(notebook, out, progress=progress)
    except StepmarkError as error:
        raise StepmarkError(_as_given(str(error), given, source, plan, guide)) from None
    nbformat.write(notebook, out / NOTEBOOK)
    return write_page(notebook, out / PAGE, title=_title(notebook))


@contextmanager
def _folder(path: Path) -> Iterator[None]:
    """The folder, made where it is not there; one that was made and into which nothing came is taken away again."""
    is_new = not path.exists()
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        if is_new and not any(path.iterdir()):
            path.rmdir()
        raise


def _from(folder: Path, path: Path) -> str:
    """The path as it is reached from `folder`, so that the notebook runs wherever the two are moved together."""
    return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()


def _as_given(
    message: str, given: dict[str, str], source: Path, plan: str | Path | None, guide: str | Path
) -> str:
    """A message with the paths as the user wrote them, not as the notebook reaches them."""
    for inside, outside in ((given["PLAN"], plan), (given["GUIDE"], guide), (given["CORPUS"], source)):
        message = message.replace(inside, str(outside)) if inside else message
    return message


def run_notebook(notebook: Any, folder: str | Path, *, progress: bool = False) -> None:
    """Execute a notebook in place, in `folder`, and leave nothing in it that differs from run to run.

    Raises
    ------
    StepmarkError
        With the message of the cell's own error, where it was one of ours; or where the kernel does not start.
    KeyboardInterrupt
        On Ctrl-C.
    """
    client = Client(
        notebook,
        timeout=CELL_TIMEOUT,
        startup_timeout=START_TIMEOUT,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],  # it warns at each start that it talks within this machine
        store_widget_state=False,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    with _bar(notebook, client, progress), _own_errors():
        execute(client)
    _settle(notebook)


@contextmanager
def _own_errors() -> Iterator[None]:
    """An error of ours comes back as ours, with its message and without the notebook's traceback."""
    import stepmark.errors

    try:
        yield
    except CellExecutionError as error:
        kind = getattr(stepmark.errors, error.ename, None)
        if kind is None:
            raise
        failure = StepmarkError(error.evalue)
        raise failure from None


@contextmanager
def _bar(notebook: Any, client: Client, progress: bool) -> Iterator[None]:
    """A progress bar over the cells that compute."""
    if not progress:
        yield
        return
    from tqdm.auto import tqdm

    with tqdm(
        total=sum(cell.cell_type == "code" for cell in notebook.cells), desc="report", unit=" cells"
    ) as bar:
        client.on_cell_executed = lambda **_: bar.update(1)
        yield


def _settle(notebook: Any) -> None:
    """Take out what differs from run to run or from machine to machine."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata.pop("papermill", None)
    notebook.metadata.pop("signature", None)
    notebook.metadata["language_info"] = {"name": "python"}
    for place, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{place}"
        cell.metadata.pop("execution", None)
        cell.metadata.pop("papermill", None)
        for output in cell.get("outputs", []):
            _settle_widget(output.get("data", {}))


def _settle_widget(data: dict[str, Any]) -> None:
    """A widget lives as long as its kernel: what is kept of it is that it can be had again."""
    if data.pop(WIDGET, None):
        data["text/plain"] = "A widget: run this cell to use it."


def _title(notebook: Any) -> str:
    """The first heading that the notebook shows."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            text = output.get("data", {}).get("text/plain", "")
            if text.startswith("# "):
                return str(text.splitlines()[0]).removeprefix("# ")
    return "Report"
