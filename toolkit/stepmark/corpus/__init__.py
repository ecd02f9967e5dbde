"""Transcripts: what they are, how they are read, checked and redacted. Knows nothing of steps."""

from stepmark.corpus.corpus import Corpus
from stepmark.corpus.outcome import Outcome

__all__ = ["Corpus", "Outcome"]
