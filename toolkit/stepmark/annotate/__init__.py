"""Finds guide steps in turns. Knows nothing of screens."""
