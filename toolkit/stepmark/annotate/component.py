"""The spaCy component `guide_steps`: a guide's steps in anyone's pipeline, as ``doc.spans["steps"]``.

spaCy imports this module when it looks for factories, so it loads nothing heavy until a component is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import minibatch

if TYPE_CHECKING:
    from stepmark.annotate.guide import Guide
    from stepmark.annotate.marker import Marker, RawTurn

__all__ = ["CONTEXT_KEY", "GuideSteps", "create_guide_steps"]

#: Where in ``doc.user_data`` the component looks for what it should know beyond the text.
CONTEXT_KEY = "stepmark"


class GuideSteps:
    """Writes the steps that a guide finds in a document to ``doc.spans[spans_key]``.

    A document is one turn. What lies beyond its text is given in ``doc.user_data["stepmark"]``, all of it optional:
    ``speaker`` ("agent", "customer", "other"), ``start`` and ``end`` in seconds, and ``context``, the turns before as
    dictionaries with ``speaker``, ``text``, ``start`` and ``end``. A span's ``label_`` is the step and its ``id_`` the pattern.

    Parameters
    ----------
    nlp
        The pipeline.
    name
        The component's name in it.
    guide
        The name of a shipped guide, or a path.
    spans_key
        Under which name the spans are kept.
    speaker
        Who speaks where a document does not say; "any" tries the steps of all speakers.
    """

    def __init__(self, nlp: Language, name: str, guide: str, spans_key: str, speaker: str) -> None:
        from stepmark.annotate.files import shipped_guides

        self.nlp = nlp
        self.name = name
        self.spans_key = spans_key
        self.speaker = speaker
        self._named = guide
        self._guide: Guide | None = None
        self._marker: Marker | None = None
        if guide in shipped_guides() or Path(guide).exists():  # a saved pipeline brings its guide along
            _ = self.guide

    @property
    def guide(self) -> Guide:
        """The guide."""
        from stepmark.annotate.guide import Guide

        if self._guide is None:
            self._guide = Guide.load(self._named)
        return self._guide

    @property
    def marker(self) -> Marker:
        """The guide made ready for this pipeline's vocabulary."""
        from stepmark.annotate.marker import Marker

        if self._marker is None:
            self._marker = Marker(self.guide, self.nlp)
        return self._marker

    def __call__(self, doc: Doc) -> Doc:
        """Mark the steps of a document."""
        return self._mark([doc])[0]

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 1_000) -> Iterator[Doc]:
        """Mark the steps of documents, many at a time: many times faster than one after the other."""
        for docs in minibatch(stream, batch_size):
            yield from self._mark(list(docs))

    def _mark(self, docs: list[Doc]) -> list[Doc]:
        every = self.marker.mark_docs([(doc, *self._turns(doc)) for doc in docs])
        for doc, marks in zip(docs, every, strict=True):
            doc.spans[self.spans_key] = [
                Span(doc, mark.start, mark.end, label=mark.step, span_id=mark.source.removeprefix("rule:"))
                for mark in marks
            ]
        return docs

    def _turns(self, doc: Doc) -> tuple[RawTurn, list[RawTurn]]:
        from stepmark.annotate.marker import RawTurn

        known = doc.user_data.get(CONTEXT_KEY, {})
        context = [
            RawTurn(turn.get("speaker", "other"), turn["text"], turn.get("start"), turn.get("end"))
            for turn in known.get("context", ())
        ]
        turn = RawTurn(known.get("speaker", self.speaker), doc.text, known.get("start"), known.get("end"))
        return turn, context

    def to_bytes(self, *, exclude: Any = ()) -> bytes:
        """The guide, as bytes."""
        return self.guide.model_dump_json().encode()

    def from_bytes(self, data: bytes, *, exclude: Any = ()) -> GuideSteps:
        """Take the guide from bytes; returns itself."""
        from stepmark.annotate.guide import Guide

        self._guide, self._marker = Guide.model_validate_json(data), None
        return self

    def to_disk(self, path: str | Path, *, exclude: Any = ()) -> None:
        """Save the guide with the pipeline."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        self.guide.save(folder / "guide.yaml")

    def from_disk(self, path: str | Path, *, exclude: Any = ()) -> GuideSteps:
        """Take the guide that was saved with the pipeline; returns itself."""
        from stepmark.annotate.guide import Guide

        self._guide, self._marker = Guide.load(Path(path) / "guide.yaml"), None
        return self


@Language.factory(
    "guide_steps",
    default_config={"guide": "difficult-customers", "spans_key": "steps", "speaker": "any"},
    assigns=["doc.spans"],
)
def create_guide_steps(nlp: Language, name: str, guide: str, spans_key: str, speaker: str) -> GuideSteps:
    """Create the component; called by spaCy for ``nlp.add_pipe("guide_steps", config={"guide": …})``."""
    return GuideSteps(nlp, name, guide, spans_key, speaker)
