"""What all tests share: notebooks stay whole on one worker, and the measurements are printed at the end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from handrail import catalog, suite
from handrail.model import HandrailError

ROOT = Path(__file__).parents[1]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the cells of one notebook to one worker, in order."""
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker(pytest.mark.xdist_group(str(item.path)))


def pytest_terminal_summary(terminalreporter) -> None:
    """Print, for each lesson proved in this run, what it took and how much of it was compared."""
    try:
        found = suite.measurements(ROOT, catalog.lessons(ROOT))
    except HandrailError:
        return
    if not found or os.environ.get("PYTEST_XDIST_WORKER"):
        return
    terminalreporter.section("lessons: seconds, CPU seconds, peak memory, share of outputs compared")
    for path, numbers in found.items():
        terminalreporter.write_line(
            f"{path:<50} {numbers['seconds']:6.1f} s {numbers['cpu_seconds']:6.1f} CPU s "
            f"{numbers['peak_mb']:6.0f} MB {numbers['compared']:6.0%}"
        )
