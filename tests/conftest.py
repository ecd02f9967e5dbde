"""What all tests share: the public corpora and coded turns, where they are present."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("STEPMARK_SHARED", PROJECT.parent / "shared"))


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the project."""
    return PROJECT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public corpora, coded turns and reference results; the test is skipped where it is absent."""
    if not (SHARED / "corpora").is_dir():
        pytest.skip(f"public corpora not found at {SHARED}; set STEPMARK_SHARED")
    return SHARED


@pytest.fixture
def no_event_loop() -> Iterator[None]:
    """As in a plain process: what drives a browser keeps an event loop running in its own."""
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(loop)
