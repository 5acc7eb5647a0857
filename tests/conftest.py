"""What all tests share: notebooks stay whole on one worker, and the measurements are printed at the end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from handrail import catalog, suite
from handrail.model import HandrailError

ROOT = Path(__file__).parents[1]


class WholeFiles(LoadScopeScheduling):
    """Hand out tests one by one, but the cells of a notebook together, and all tests that share a browser's server."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return file if file.endswith(".ipynb") or "tests/browser" in file else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log) -> WholeFiles:
    """Put our scheduler in the place of pytest-xdist's."""
    return WholeFiles(config, log)


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
