"""Turns as spaCy documents, with their spans as `doc.spans["steps"]`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stepmark.annotate.component import CONTEXT_KEY
from stepmark.corpus import Corpus, write_atomically
from stepmark.review.exports.turns import MarkedTurn, TurnSpan, about, distinct, left_out, marked_turns

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Span

__all__ = ["SPANS_KEY", "changes", "docs_of", "write_spacy"]

#: Where spans stand in a document; the same as of the pipeline component `guide_steps`.
SPANS_KEY = "steps"


def write_spacy(corpus: Corpus, steps: Sequence[str], path: Path) -> list[str]:
    """Write a `DocBin`, one document a turn; what was changed on the way, in words.

    A span's `label_` is the step, its `id_` the pattern (or the source, where no pattern made it). `doc.user_data["stepmark"]`
    tells interaction, turn, speaker and codes. Read it with ``DocBin().from_disk(path).get_docs(nlp.vocab)``.
    """
    from spacy.tokens import DocBin

    pairs = list(docs_of(marked_turns(corpus), corpus.language))
    with write_atomically(path) as draft:
        DocBin(docs=[doc for _, doc in pairs], store_user_data=True).to_disk(draft)
    return changes(pairs)


def docs_of(turns: list[MarkedTurn], language: str) -> Iterator[tuple[MarkedTurn, Doc]]:
    """Each turn with its document, tokenized by spaCy's rules for the language (by the general ones where it has none)."""
    nlp = _tokenizer(language)
    for turn, doc in zip(turns, nlp.pipe(turn.text for turn in turns), strict=True):
        doc.user_data[CONTEXT_KEY] = about(turn)
        spans = (_span(doc, span) for span in distinct(turn))
        doc.spans[SPANS_KEY] = [span for span in spans if span is not None]
        yield turn, doc


def changes(pairs: list[tuple[MarkedTurn, Doc]]) -> list[str]:
    """What the documents could not hold as it was: spans without words, and edges within a token."""
    blank = sum(not turn.text[span.start : span.end].strip() for turn, _ in pairs for span in turn.spans)
    widened = sum(_n_widened(turn, doc) for turn, doc in pairs)
    notes = left_out(blank)
    return (
        [*notes, f"{widened:,} spans that cut through a token were widened to whole tokens"]
        if widened
        else notes
    )


def _n_widened(turn: MarkedTurn, doc: Doc) -> int:
    begins = {token.idx for token in doc}
    ends = {token.idx + len(token) for token in doc}
    trimmed = (_trim(turn.text, span) for span in distinct(turn))
    return sum(start < end and (start not in begins or end not in ends) for start, end in trimmed)


def _span(doc: Doc, span: TurnSpan) -> Span | None:
    """The tokens that a span touches; None where it holds blanks only."""
    start, end = _trim(doc.text, span)
    named = span.source.removeprefix("rule:")
    return (
        doc.char_span(start, end, label=span.step, span_id=named, alignment_mode="expand")
        if start < end
        else None
    )


def _trim(text: str, span: TurnSpan) -> tuple[int, int]:
    """Where a span begins and ends without the blanks at its edges, which belong to no token."""
    words = text[span.start : span.end]
    start = span.start + len(words) - len(words.lstrip())
    return start, max(start, span.end - len(words) + len(words.rstrip()))


def _tokenizer(language: str) -> Language:
    import spacy

    try:
        return spacy.blank(language.partition("-")[0].lower())
    except ImportError:  # a language that spaCy does not know, or for which it needs another package
        return spacy.blank("xx")
