"""The screen of a coding session in a notebook: one ES module, one style sheet, and this thin shell.

The widget decides nothing. It shows what :meth:`Session.view` says, hands each key press to :meth:`Session.apply` as a
command, and says "saved" only when the session has said so.
"""

from stepmark.review.widget.coding import CodingWidget, code
from stepmark.review.widget.examples import offer_examples

__all__ = ["CodingWidget", "code", "offer_examples"]
