"""What holds for every test, notebook cell and doctest of the project.

On a user's machine a test whose part is missing (a browser, a database server, the public corpora) is skipped by
name, with the reason. Where STEPMARK_ALL_PARTS is set, as in CI, such a skip is a failure: nothing may go unrun in
silence.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

ALL_PARTS = bool(os.environ.get("STEPMARK_ALL_PARTS"))

#: The report's template has no outputs; `tests/report` runs it.
collect_ignore = ["toolkit/stepmark/report/report.ipynb"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where all parts must be there."""
    report = yield
    if ALL_PARTS and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped where all parts must be there: {reason}"
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the nightly simulations to `make nightly`; they are deselected by name, not skipped."""
    if "nightly" in config.option.markexpr:
        return
    nightly = [item for item in items if item.get_closest_marker("nightly")]
    if nightly:
        config.hook.pytest_deselected(items=nightly)
        items[:] = [item for item in items if item not in nightly]
