"""Which formats are there, what is their file called, and may it be written?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stepmark.corpus import Corpus, check_place
from stepmark.errors import Fault, InputError
from stepmark.review.exports.convokit import write_convokit
from stepmark.review.exports.docs import write_spacy
from stepmark.review.exports.jsonl import write_doccano, write_prodigy
from stepmark.review.exports.label_studio import configuration_of, write_label_studio
from stepmark.review.exports.sheet import write_xlsx
from stepmark.review.exports.table import write_csv

__all__ = ["FORMATS", "Format", "check_out"]


@dataclass(frozen=True)
class Format:
    """A way to write a corpus for another tool.

    Attributes
    ----------
    name
        What it is called on the command line.
    suffix
        What its file ends in; "" for a folder.
    write
        Writes a corpus with its spans, for these steps, to a place; returns what was changed on the way, in words.
    beside
        The further file that stands beside it, if there is one.
    """

    name: str
    suffix: str
    write: Callable[[Corpus, Sequence[str], Path], list[str]]
    beside: Callable[[Path], Path] | None = None


FORMATS = {
    form.name: form
    for form in (
        Format("csv", ".csv", write_csv),
        Format("xlsx", ".xlsx", write_xlsx),
        Format("spacy", ".spacy", write_spacy),
        Format("prodigy", ".jsonl", write_prodigy),
        Format("doccano", ".jsonl", write_doccano),
        Format("label-studio", ".json", write_label_studio, configuration_of),
        Format("convokit", "", write_convokit),
    )
}


def check_out(to: str, out: Path, *, overwrite: bool) -> Format:
    """The format called `to`, where it may be written to `out`: before the work begins, not after it."""
    if to not in FORMATS:
        raise InputError(Fault("format", f"'{to}'", ", ".join(FORMATS)))
    form = FORMATS[to]
    if not form.suffix:
        check_place(out, overwrite=overwrite)
        return form
    if out.suffix.lower() != form.suffix:
        raise InputError(
            Fault(str(out), f"suffix '{out.suffix}'", f"a name ending in {form.suffix}, for {to}")
        )
    for place in [out, *([form.beside(out)] if form.beside else [])]:
        if place.is_dir():
            raise InputError(Fault(str(place), "a directory", "a file to write to"))
        if place.exists() and not overwrite:
            raise InputError(Fault(str(place), "there already", "a new file", "Use --force to replace it."))
    return form
