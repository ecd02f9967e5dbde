"""Agreed codes become examples of a guide with one click."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipywidgets
import pandas as pd

from stepmark.annotate import Guide
from stepmark.corpus import Corpus
from stepmark.errors import StepmarkError
from stepmark.review.examples import add_examples

__all__ = ["offer_examples"]


def offer_examples(guide: str | Path, codes: pd.DataFrame, corpus: Corpus, **options: Any) -> ipywidgets.VBox:
    """A button that adds the turns coders agree on to the examples of a guide's file.

    Parameters
    ----------
    guide
        The path of the guide's YAML file; it is written when the button is pressed, and not before.
    codes, corpus, options
        As for `add_examples`. Give a redacted corpus: examples are stored words and all.

    Returns
    -------
    ipywidgets.VBox
        The button, and below it what was added, or what was wrong.
    """
    path = Path(guide)
    now = Guide.load(path)
    richer = add_examples(now, codes, corpus, **options)
    count = _count(richer) - _count(now)
    button = ipywidgets.Button(
        description=f"Add {count} agreed turns to {path.name}",
        tooltip="Writes them into the guide's file as examples for and against",
        disabled=count == 0,
        layout=ipywidgets.Layout(width="auto"),
    )
    said = ipywidgets.Label(value="" if count else "Every agreed turn is among the guide's examples already.")

    def add(_button: ipywidgets.Button) -> None:
        try:
            richer.save(path)
        except (StepmarkError, OSError) as error:
            said.value = f"Nothing was added: {error}"
            return
        button.disabled = True
        said.value = (
            f"{count} examples added. Run `stepmark guide check {path}` to see which the rules read rightly."
        )

    button.on_click(add)
    return ipywidgets.VBox([button, said])


def _count(guide: Guide) -> int:
    return sum(len(step.examples.yes) + len(step.examples.no) for step in guide.steps)
