"""Transcripts: what they are, how they are read, checked and redacted. Knows nothing of steps."""

from stepmark.corpus.corpus import Corpus, expect_corpus, expect_turns
from stepmark.corpus.files import check_suffix, read_table, write_atomically, write_table
from stepmark.corpus.folder import check_place, read_folder, write_folder
from stepmark.corpus.outcome import Outcome, parse_outcome
from stepmark.corpus.readers import READERS, Reader, guess_format, read
from stepmark.corpus.redaction import redact, redact_text, redact_texts
from stepmark.corpus.summary import CheckReport, check
from stepmark.corpus.validation import check_table

__all__ = [
    "READERS",
    "CheckReport",
    "Corpus",
    "Outcome",
    "Reader",
    "check",
    "check_place",
    "check_suffix",
    "check_table",
    "expect_corpus",
    "expect_turns",
    "guess_format",
    "parse_outcome",
    "read",
    "read_folder",
    "read_table",
    "redact",
    "redact_text",
    "redact_texts",
    "write_atomically",
    "write_folder",
    "write_table",
]
