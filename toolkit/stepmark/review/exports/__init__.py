"""A corpus with its spans and codes, as other tools read it."""

from stepmark.review.exports.formats import FORMATS, check_out
from stepmark.review.exports.run import Exported, export

__all__ = ["FORMATS", "Exported", "check_out", "export"]
