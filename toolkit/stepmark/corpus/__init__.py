"""Transcripts: what they are, how they are read, checked and redacted. Knows nothing of steps."""

from stepmark.corpus.corpus import Corpus
from stepmark.corpus.files import read_table, write_table
from stepmark.corpus.folder import read_folder, write_folder
from stepmark.corpus.outcome import Outcome

__all__ = ["Corpus", "Outcome", "read_folder", "read_table", "write_folder", "write_table"]
