"""The spaCy component `guide_steps`: how a guide marks steps in anyone's pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

__all__ = ["GuideSteps", "create_guide_steps"]


class GuideSteps:
    """A pipeline component that writes the steps of a guide to ``doc.spans[spans_key]``."""

    def __init__(self, nlp: Language, name: str, guide: str, spans_key: str) -> None:
        self.name = name
        self.spans_key = spans_key

    def __call__(self, doc: Doc) -> Doc:
        """Mark the steps of a document."""
        return doc


def create_guide_steps(nlp: Language, name: str, **config: Any) -> GuideSteps:
    """Create the component; called by spaCy."""
    return GuideSteps(nlp, name, "", "steps")
