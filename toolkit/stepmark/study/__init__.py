"""Asks which steps go with an outcome, and how sure we are."""
