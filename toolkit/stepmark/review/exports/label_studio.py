"""Turns as tasks of Label Studio, with the spans as predictions, and the labelling configuration that shows them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from stepmark.corpus import Corpus, write_atomically
from stepmark.review.exports.turns import (
    MarkedTurn,
    TurnSpan,
    about,
    distinct,
    left_out,
    marked_turns,
    n_empty,
)

__all__ = ["configuration_of", "write_label_studio"]


def write_label_studio(corpus: Corpus, steps: Sequence[str], path: Path) -> list[str]:
    """Write the tasks, and beside them the configuration to paste into the project (`.xml`).

    Offsets count code points, as Label Studio's `Text` does. Each coder's spans are a prediction of their own, and so are
    those of rules and models.
    """
    turns = marked_turns(corpus)
    tasks = [_task(turn) for turn in turns]
    with write_atomically(path) as draft:
        draft.write_text(json.dumps(tasks, allow_nan=False, indent=1) + "\n", "utf-8")
    with write_atomically(configuration_of(path)) as draft:
        draft.write_text(_configuration(steps), "utf-8")
    return left_out(n_empty(turns))


def configuration_of(path: Path) -> Path:
    """Where the configuration of the tasks in a file stands."""
    return path.with_suffix(".xml")


def _task(turn: MarkedTurn) -> dict[str, Any]:
    layers = sorted(turn.spans, key=_layer)
    predictions = [
        {
            "model_version": layer,
            "result": [_region(turn.text, n, span) for n, span in enumerate(_once(turn, spans))],
        }
        for layer, spans in groupby(layers, key=_layer)
    ]
    return {
        "data": {"text": turn.text, **about(turn)},
        "predictions": [p for p in predictions if p["result"]],
    }


def _layer(span: TurnSpan) -> str:
    """Who made a span: a coder, or all rules and models of a guide."""
    return span.source if span.source.startswith("human:") else span.guide


def _once(turn: MarkedTurn, spans: Any) -> list[TurnSpan]:
    return distinct(MarkedTurn(turn.interaction_id, turn.turn, turn.speaker, turn.text, tuple(spans), None))


def _region(text: str, number: int, span: TurnSpan) -> dict[str, Any]:
    value = {"start": span.start, "end": span.end, "text": text[span.start : span.end], "labels": [span.step]}
    return {"id": str(number), "from_name": "label", "to_name": "text", "type": "labels", "value": value}


def _configuration(steps: Sequence[str]) -> str:
    labels = "".join(f"    <Label value={quoteattr(step)}/>\n" for step in steps)
    return (
        '<View>\n  <Header value="$speaker"/>\n  <Labels name="label" toName="text">\n'
        f'{labels}  </Labels>\n  <Text name="text" value="$text"/>\n</View>\n'
    )
