"""Counts: one row an interaction."""
