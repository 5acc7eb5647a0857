"""`make test`: prove what has changed since it was last proved, in one run of pytest."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from handrail import build, catalog, execute, warm
from handrail.model import HandrailError, Lesson

PROOF = ".proof"
PROVED = ".cache/handrail/proved.json"
SECONDS = ".cache/handrail/seconds.json"
EXPECTED = f"{PROOF}/seconds.json"
LONG = 10.0
"""From this many seconds on a test's place in the order matters; shorter ones stay together, with their fixtures."""
ENGINE, BROWSER = "the engine", "the browser"
FIRST_LESSON = tuple(f"{top}/01_fundamentals/01_python_essentials*" for top in ("curriculum", "solutions"))
"""What the browser's learner opens: its exercise, and the checks that answer them."""
SHARED = ("src", "pyproject.toml", "requirements.lock", "tests/conftest.py", "tests/curriculum/*.py", "tests/offline")


def run(root: Path, arguments: Sequence[str]) -> int:
    """Prove the course, or only what pytest's own arguments choose. Return pytest's exit code.

    What was proved before is not proved again unless something that it depends on has changed. With `CI` or
    `HANDRAIL_FRESH` in the environment nothing is reused.
    """
    lessons = catalog.lessons(root)
    prints = fingerprints(root, lessons)
    known = {} if arguments or os.environ.get("CI") or os.environ.get("HANDRAIL_FRESH") else proved(root)
    todo = [unit for unit, text in prints.items() if known.get(unit) != text]
    open_lessons = [lesson for lesson in lessons if lesson.path in todo]
    write_proofs(root, open_lessons)
    build.write(root / EXPECTED, json.dumps(expected_seconds(root, open_lessons)))
    if not todo:
        print("Everything was proved before, and nothing has changed since. HANDRAIL_FRESH=1 proves it again.")
    network = root / PROOF / "network.log"
    environment = os.environ | execute.ONE_THREAD | execute.OFFLINE
    environment |= {
        "HANDRAIL_PROGRESS": "off",
        "HANDRAIL_LESSONS": ",".join(lesson.path for lesson in open_lessons) or "none",
        "HANDRAIL_NETWORK_LOG": str(network),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(root / "tests/offline"), os.environ.get("PYTHONPATH")])),
    }
    reused = [unit for unit in prints if unit not in todo]
    if reused:
        print(f"Proved before and unchanged: {', '.join(reused)}", flush=True)
    with kernels(environment):
        code = subprocess.run(command(root, arguments, todo), cwd=root, env=environment, check=False).returncode
    if network.is_file():
        print(f"The proof must run offline. These asked for the network:\n{network.read_text(encoding='utf-8')}")
        code = code or 1
    if code == 0 and not arguments:
        remember(root, prints)
    return code


@contextmanager
def kernels(environment: dict[str, str]) -> Iterator[None]:
    """Have Jupyter's kernels forked from a warm parent within this block, where that is possible.

    `HANDRAIL_COLD` in the environment (`make test COLD=1`) starts each kernel as usual: both must agree.
    """
    parent = warm.address(environment)
    if warm.start(environment, owner=os.getpid(), wait=True):
        environment[warm.VARIABLE] = warm.NAME
    try:
        yield
    finally:
        warm.stop(parent)


def command(root: Path, arguments: Sequence[str], todo: Sequence[str]) -> list[str]:
    """Return the pytest command: tests and the lessons' notebooks side by side, a notebook to a worker."""
    workers = str(max(2, os.cpu_count() or 2))
    where = [name for unit, name in ((ENGINE, "tests/engine"), (BROWSER, "tests/browser")) if unit in todo]
    where += ["tests/curriculum", *([PROOF] if (root / PROOF).is_dir() else [])]
    chosen = any((root / argument.split("::")[0]).exists() for argument in arguments)
    return [
        *(sys.executable, "-m", "pytest", "-n", workers, "--dist", "loadscope", "--nbval"),
        *("--no-loadscope-reorder", "--nbval-cell-timeout", "600"),
        *("--nbval-sanitize-with", "tests/curriculum/nbval_sanitize.cfg"),
        *([] if chosen else where),
        *arguments,
    ]


def write_proofs(root: Path, lessons: Sequence[Lesson]) -> None:
    """Write, for each lesson, its stored notebook with the claims as a last cell, at the same depth as the lesson."""
    shutil.rmtree(root / PROOF, ignore_errors=True)
    (root / PROOF).mkdir()
    for lesson in lessons:
        if not lesson.notebook.is_file():
            raise HandrailError(f"{lesson.notebook} is missing. Run `make build`.")
        build.write(root / PROOF / f"{lesson.path}.ipynb", build.to_text(execute.proof_notebook(lesson)))


def expected_seconds(root: Path, lessons: Sequence[Lesson]) -> dict[str, float]:
    """Return how long tests will take: as long as when they last ran here, or else what a lesson's header allows.

    The keys are what a worker gets as a whole: a notebook, or a test. One that isn't named takes no time to speak of.
    """
    return {f"{PROOF}/{lesson.path}.ipynb": lesson.seconds for lesson in lessons} | _numbers(root / SECONDS)


def remember_seconds(root: Path, seconds: dict[str, float]) -> None:
    """Keep how long tests took, for the order of the next run; what didn't run now keeps its number."""
    long = {unit: round(taken, 1) for unit, taken in seconds.items() if taken >= LONG}
    build.write(root / SECONDS, json.dumps(_numbers(root / SECONDS) | long, indent=1) + "\n")


def longest_first(units: Sequence[str], seconds: dict[str, float]) -> list[int]:
    """Return the places of the units in the order to run them in: those that take longest first, so that none is last.

    Units that take equally long, and those of which nothing is known, keep their order.
    """
    return sorted(range(len(units)), key=lambda place: -seconds.get(units[place], 0.0))


def _numbers(file: Path) -> dict[str, float]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def fingerprints(root: Path, lessons: Sequence[Lesson]) -> dict[str, str]:
    """Return what each part of the proof depends on, as a hash: the engine, the browser, each lesson."""
    shared = digest(root, SHARED) + platform.python_version() + platform.machine()
    parts = {
        ENGINE: digest(root, ["tests/engine", "tests/course", "docs/design.md", "datasets", "Makefile"]),
        BROWSER: digest(root, ["tests/browser", "notebooks/00_start_here.ipynb", *FIRST_LESSON, "Makefile"]),
    }
    for lesson in lessons:
        mine = [f"{top}/{lesson.path}*" for top in ("notebooks", "solutions", "curriculum")]
        mine += [f"tests/curriculum/second_author/{lesson.path}.py", "datasets"]
        parts[lesson.path] = digest(root, mine)
    return {name: hashlib.sha256((shared + part).encode()).hexdigest() for name, part in parts.items()}


def digest(root: Path, patterns: Iterable[str]) -> str:
    """Return a hash over the names and the bytes of all files that the patterns name."""
    files = {file for pattern in patterns for path in root.glob(pattern) for file in _files(path)}
    total = hashlib.sha256()
    for file in sorted(files):
        total.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


def proved(root: Path) -> dict[str, str]:
    """Return the fingerprints of what was proved before."""
    try:
        known = json.loads((root / PROVED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def remember(root: Path, prints: dict[str, str]) -> None:
    """Keep the fingerprints of what has just been proved."""
    build.write(root / PROVED, json.dumps(prints, indent=1) + "\n")


def measurements(root: Path, lessons: Sequence[Lesson]) -> dict[str, dict[str, float]]:
    """Return what the proof of each lesson measured: seconds, CPU seconds, peak memory, share of outputs compared."""
    found = {}
    for lesson in lessons:
        file = root / PROOF / f"{lesson.path}.json"
        if file.is_file():
            found[lesson.path] = json.loads(file.read_text()) | {"compared": compared_share(lesson)}
    return found


def compared_share(lesson: Lesson) -> float:
    """Return the share of the lesson's output-bearing cells whose output nbval compares."""
    notebook = build.read(lesson.notebook)
    code = [c for c in notebook.cells if c.cell_type == "code"] if notebook else []
    bearing = [c for c in code if c.outputs or "quotes" in build.tags(c)]
    ignored = [c for c in bearing if build.IGNORED in build.tags(c)]
    return 1 - len(ignored) / len(bearing) if bearing else 1.0


def _files(path: Path) -> Iterable[Path]:
    found = [path] if path.is_file() else path.rglob("*")
    return [file for file in found if file.is_file() and "__pycache__" not in file.parts]
