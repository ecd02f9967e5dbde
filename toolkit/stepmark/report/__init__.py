"""Tells the whole way of the data on one page that anyone can run again."""

__all__: list[str] = []
