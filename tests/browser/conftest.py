"""A real JupyterLab on a copy of the course, and a real headless browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REPORTS = ROOT / "reports" / "screenshots"
TOKEN = "handrail"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a Chromium, or skip: only a machine that has one can drive it."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("HANDRAIL_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI must drive a browser: install chromium")
        pytest.skip("no chromium on this machine; install it, or set HANDRAIL_CHROMIUM")
    return found


@pytest.fixture(scope="session")
def course(tmp_path_factory) -> Path:
    """Return a copy of the course in a folder whose name has a space and letters outside ASCII."""
    copy = tmp_path_factory.mktemp("browser") / "my course é"
    for top in ("notebooks", "curriculum", "solutions"):
        shutil.copytree(ROOT / top, copy / top, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    (copy / "datasets").symlink_to(ROOT / "datasets")
    return copy


@pytest.fixture(scope="session")
def lab(course):
    """Start what `make lab` starts; yield its address; end it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "handrail", "lab", "--no-browser", f"--port={port}"]
    environment = {k: v for k, v in os.environ.items() if k not in ("HANDRAIL_PROGRESS", "HANDRAIL_LESSONS")}
    log = (course / "lab.log").open("w")
    server = subprocess.Popen(
        [*command, f"--IdentityProvider.token={TOKEN}"], cwd=course, env=environment, stdout=log, stderr=log
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api/status?token={TOKEN}", server, course / "lab.log")
        yield address
    finally:
        server.terminate()
        server.wait(30)
        log.close()


@pytest.fixture
def page(chromium, lab):
    """Yield a browser's page that hasn't been anywhere; fail on a request that leaves this machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(60_000)
        outside: list[str] = []
        page.on("request", lambda request: _note(request.url, outside))
        yield page
        browser.close()
    assert not outside, "the browser asked for something outside this machine"


@pytest.fixture
def keep(page):
    """Return a function that keeps a screenshot of a step, for people: CI stores them."""
    REPORTS.mkdir(parents=True, exist_ok=True)

    def keep(name: str) -> None:
        page.screenshot(path=REPORTS / f"{name}.png")

    return keep


def _note(url: str, outside: list[str]) -> None:
    if not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:", "about:")):
        outside.append(url)


def _wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            pytest.fail(f"JupyterLab ended:\n{log.read_text()[-3000:]}")
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not answer:\n{log.read_text()[-3000:]}")
