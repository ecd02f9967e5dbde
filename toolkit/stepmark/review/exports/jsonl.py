"""Turns as JSON Lines for Prodigy and for doccano."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepmark.corpus import Corpus, write_atomically
from stepmark.review.exports.docs import SPANS_KEY, changes, docs_of
from stepmark.review.exports.turns import MarkedTurn, about, distinct, left_out, marked_turns, n_empty

if TYPE_CHECKING:
    from spacy.tokens import Doc

__all__ = ["write_doccano", "write_lines", "write_prodigy"]


def write_prodigy(corpus: Corpus, steps: Sequence[str], path: Path) -> list[str]:
    """Write tasks for Prodigy's `spans.manual`, one a turn, with tokens; what was changed on the way, in words.

    Offsets count code points, `token_end` is included, as in what `prodigy db-out` writes.
    """
    pairs = list(docs_of(marked_turns(corpus), corpus.language))
    write_lines((_task(turn, doc) for turn, doc in pairs), path)
    return changes(pairs)


def write_doccano(corpus: Corpus, steps: Sequence[str], path: Path) -> list[str]:
    """Write examples for a doccano project of the kind "sequence labeling".

    doccano counts UTF-16 units, as browsers do (its issue 2290): an emoji counts twice. It drops spans that overlap unless
    the project allows them.
    """
    turns = marked_turns(corpus)
    write_lines((_example(turn) for turn in turns), path)
    return left_out(n_empty(turns))


def write_lines(records: Iterable[dict[str, Any]], path: Path) -> None:
    """Write each record as one line of JSON, in ASCII: some tools guess the encoding of a file, and not always right."""
    with write_atomically(path) as draft, draft.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            file.write(json.dumps(record, allow_nan=False) + "\n")


def _task(turn: MarkedTurn, doc: Doc) -> dict[str, Any]:
    known = about(turn)
    codes = {"codes": known.pop("codes")} if "codes" in known else {}
    tokens = [
        {"text": token.text, "start": token.idx, "end": token.idx + len(token), "id": token.i, "ws": bool(token.whitespace_)}
        for token in doc
    ]  # fmt: skip
    spans = [
        {"start": span.start_char, "end": span.end_char, "token_start": span.start, "token_end": span.end - 1,
         "label": span.label_}
        for span in doc.spans[SPANS_KEY]
    ]  # fmt: skip
    return {"text": turn.text, "tokens": tokens, "spans": spans, "meta": known, **codes}


def _example(turn: MarkedTurn) -> dict[str, Any]:
    labels = [
        [_units(turn.text, span.start), _units(turn.text, span.end), span.step] for span in distinct(turn)
    ]
    return {"text": turn.text, "label": labels, **about(turn)}


def _units(text: str, place: int) -> int:
    """How many UTF-16 units stand before a place that is counted in code points."""
    return len(text[:place].encode("utf-16-le")) // 2
