"""Lets people decide what a step is, and measures how they agree."""
