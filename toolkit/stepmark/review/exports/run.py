"""From a corpus to a file of another tool: which marks go along, and where they go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from stepmark.annotate import Guide, annotate
from stepmark.corpus import Corpus, expect_corpus, read_table
from stepmark.review.exports.formats import check_out

__all__ = ["Exported", "export"]

#: A table, its file, or none.
Layer = pd.DataFrame | str | Path | None
#: Annotates where neither spans nor a guide are named and the corpus brings no spans.
DEFAULT_GUIDE = "difficult-customers"


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes
    ----------
    path
        Where.
    n_turns, n_spans, n_codes
        How much of each.
    marks
        Where the spans came from, in words.
    notes
        What the format could not hold as it was, in words.
    """

    path: Path
    n_turns: int
    n_spans: int
    n_codes: int
    marks: str
    notes: tuple[str, ...] = ()


def export(
    corpus: Corpus,
    to: str,
    out: str | Path,
    *,
    spans: Layer = None,
    codes: Layer = None,
    guide: Guide | str | Path | None = None,
    overwrite: bool = False,
    progress: bool = False,
) -> Exported:
    """Write a corpus with its marks as another tool reads it; what was written.

    Parameters
    ----------
    corpus
        The transcripts.
    to
        The format: csv, xlsx, spacy, prodigy, doccano, label-studio or convokit.
    out
        The file; for convokit, the folder.
    spans
        The marks: a spans table, or its file. By default those that `guide` finds, where one is named; else the corpus' own;
        else those of the guide `difficult-customers`.
    codes
        What people decided: a codes table, or its file. By default the corpus' own codes, if it has any.
    guide
        A guide, its shipped name or its path; its steps are the columns or labels also where `spans` are given.
    overwrite
        Whether what is there already may be replaced.
    progress
        Whether to show a progress bar while annotating.

    Raises
    ------
    InputError
        Where the format is unknown, `out` is there already or has another suffix, spans or codes do not fit the corpus, or the
        format cannot hold a text.

    Examples
    --------
    >>> import tempfile
    >>> turns = pd.DataFrame({"interaction_id": ["a"], "turn": [0], "speaker": ["agent"], "text": ["So sorry!"]})
    >>> interactions = pd.DataFrame({"interaction_id": ["a"], "agent_id": ["kim"], "channel": ["chat"]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     export(Corpus(turns, interactions), "doccano", Path(folder) / "turns.jsonl").n_spans
    1
    """
    expect_corpus(corpus, "export")
    out = Path(out)
    form = check_out(to, out, overwrite=overwrite)
    known = None if guide is None else Guide.load(guide)
    layered = _with_layers(corpus, spans, codes)
    marks = "as given"
    if spans is None and (known is not None or corpus.spans is None):
        known = known or Guide.load(DEFAULT_GUIDE)
        layered, marks = replace(layered, spans=annotate(corpus, known, progress=progress)), f"by {known}"
    elif spans is None:
        marks = "of the corpus"
    notes = form.write(layered, _steps(layered, known), out)
    n_spans, n_codes = (0 if layer is None else len(layer) for layer in (layered.spans, layered.codes))
    return Exported(out, len(layered.turns), n_spans, n_codes, marks, tuple(notes))


def _with_layers(corpus: Corpus, spans: Layer, codes: Layer) -> Corpus:
    """The corpus with the spans and codes that were given, checked together."""
    layers, origins = {}, {}
    for name, layer in (("spans", spans), ("codes", codes)):
        if isinstance(layer, (str, Path)):
            layers[name], origins[name] = read_table(layer)
        elif layer is not None:
            layers[name] = layer
    return replace(corpus, **layers, origins=origins) if layers else corpus  # type: ignore[arg-type]


def _steps(corpus: Corpus, guide: Guide | None) -> Sequence[str]:
    """The steps of the guide, in its order; then others that spans or codes name."""
    own = [] if guide is None else [step.id for step in guide.steps]
    layers = (layer for layer in (corpus.spans, corpus.codes) if layer is not None)
    seen = sorted({step for layer in layers for step in layer["step"]})
    return list(dict.fromkeys([*own, *seen]))
