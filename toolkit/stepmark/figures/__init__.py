"""Draws tidy tables."""
