"""From an executed notebook to one HTML page that asks nothing of any other place."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from nbconvert import HTMLExporter
from traitlets.config import Config

__all__ = ["write_page"]


def write_page(notebook: Any, path: str | Path, *, title: str) -> Path:
    """Write a notebook's outputs as a page; its code is there, folded away.

    Parameters
    ----------
    notebook
        An executed notebook.
    path
        Where the page goes.
    title
        Of the page.

    Returns
    -------
    Path
        Where it is. Style sheet and images are in the file; it has no script and makes no request.
    """
    template = files("stepmark.report") / "page"
    exporter = HTMLExporter(
        config=Config(
            {"HTMLExporter": {"template_paths": [str(template)], "template_file": "report.html.j2"}}
        )
    )
    style = (template / "page.css").read_text(encoding="utf-8")
    page, _ = exporter.from_notebook_node(notebook, resources={"title": title, "style": style})
    path = Path(path)
    path.write_text(page, encoding="utf-8")
    return path
