"""Lets people decide what a step is, and measures how they agree."""

from stepmark.review.session import Session
from stepmark.review.store import Store

__all__ = ["Session", "Store"]
