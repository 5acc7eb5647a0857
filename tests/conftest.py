"""What all tests share: notebooks stay whole on one worker, the longest first; the measurements come at the end."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from handrail import catalog, suite
from handrail.model import HandrailError

ROOT = Path(__file__).parents[1]


_taken: dict[str, float] = defaultdict(float)


def unit(nodeid: str) -> str:
    """Return what goes to a worker as a whole: a notebook, all tests that share a browser's server, or one test."""
    file = nodeid.split("::")[0]
    return file if file.endswith(".ipynb") or "tests/browser" in file else nodeid


class WholeFiles(LoadScopeScheduling):
    """Hand out tests one by one, but the cells of a notebook together, and all tests that share a browser's server."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first, so that no worker starts it when the others are done."""
    file = ROOT / suite.EXPECTED
    seconds = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    items[:] = [items[place] for place in suite.longest_first([unit(item.nodeid) for item in items], seconds)]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up how long each unit takes."""
    _taken[unit(report.nodeid)] += report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remember how long everything took, for the order of the next run."""
    if not hasattr(session.config, "workerinput") and (ROOT / suite.PROOF).is_dir():
        suite.remember_seconds(ROOT, _taken)


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
