"""Fixtures of the study room."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.study.reference import Reference


@pytest.fixture(scope="session")
def reference(shared: Path) -> Reference:
    """Results from R and the design matrices behind them."""
    return Reference(shared / "reference")
