"""What the engine's tests share: a miniature course, read where it stands or copied where a test writes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from handrail import learner
from handrail.content import Check
from handrail.model import Lesson

set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "handrail-engine-tests")
MINIATURE = Path(__file__).resolve().parents[1] / "course"
SOURCE = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test says itself what it sets; what it starts finds the engine."""
    monkeypatch.setenv("PYTHONPATH", search_path())
    for name in ("HANDRAIL_PROGRESS", "HANDRAIL_STRICT", "HANDRAIL_COURSE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def miniature() -> Path:
    """The miniature course where it stands. Nothing may be written to it."""
    return MINIATURE


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the miniature course, with the working directory inside and a learner who has done nothing yet."""
    root = tmp_path / "course"
    shutil.copytree(MINIATURE, root, ignore=shutil.ignore_patterns("*.ipynb", "work", "__pycache__"))
    monkeypatch.chdir(root)
    monkeypatch.setattr(learner, "SESSION", learner.Session())
    return root


@pytest.fixture
def bare_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course without a lesson; `write_lesson` adds one."""
    root = tmp_path / "bare"
    for folder in ("notebooks", "solutions", "curriculum"):
        (root / folder / "01_basics").mkdir(parents=True)
    monkeypatch.chdir(root)
    return root


LESSON = "# /// lesson\n# minutes = 1\n# ///\n\n# %% [markdown]\n# # A lesson\n\n# %%\n1 + 1\n"
SOLUTION = """\
# %% [markdown]
# # Exercises

# %% [markdown]
# ## 1. Twice  ★☆☆ · 5 min

# %%
def {name}(x):
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION
"""
CHECKS = """\
from handrail.expect import agree, between, hints

@hints("one", "two", "three")
def check_{name}({name}):
    agree({name}, lambda x: x + x, on=between(-3, 3))
"""


def _write_lesson(
    root: Path, path: str = "01_basics/01_twice", name: str = "twice", *, lesson: str = LESSON, solution: str = SOLUTION
) -> Lesson:
    """Write the three files of a small lesson."""
    texts = {
        root / "notebooks" / f"{path}.py": lesson,
        root / "solutions" / f"{path}.py": solution.replace("{name}", name),
        root / "curriculum" / f"{path}_checks.py": CHECKS.replace("{name}", name),
    }
    for file, text in texts.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return Lesson(path, "A lesson", root)


def _check_from(run: Callable[[Any], Any], *mistakes: Any, seconds: float = 20.0) -> Check:
    """A check that is written in a test: no files, no course."""
    return Check(
        run.__name__.removeprefix("check_"),
        run,
        Path(run.__code__.co_filename),
        mistakes=mistakes,
        seconds=seconds,
        by_message=getattr(run, "by_message", False),
    )


def search_path() -> str:
    """Where a fresh Python finds the engine, and what this one was told besides."""
    return os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH")]))


def _python(code: str, *arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a fresh Python that finds the engine."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("HANDRAIL_")}
    variables |= {"PYTHONPATH": search_path(), "OMP_NUM_THREADS": "1"} | environment
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=cwd, env=variables, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def write_lesson() -> Callable[..., Lesson]:
    """A function that writes the three files of a small lesson."""
    return _write_lesson


@pytest.fixture
def check_from() -> Callable[..., Check]:
    """A function that makes a check of a function written in a test."""
    return _check_from


@pytest.fixture
def python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """A function that runs a script in a fresh Python."""
    return _python


@pytest.fixture(scope="module")
def without_minilm() -> Iterator[None]:
    """Let the stand-in compare texts by their words, so that a test doesn't load MiniLM."""
    numpy, meaning = (pytest.importorskip(name) for name in ("numpy", "handrail.standin.meaning"))

    def words(texts: list[str]) -> Any:
        found = numpy.zeros((len(texts), 384), dtype=numpy.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()) or ["-"]:
                found[row, zlib.crc32(word[:5].encode()) % 384] += 1
        return found / numpy.linalg.norm(found, axis=1, keepdims=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(meaning, "vectors", words)
        yield


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """A stand-in for the tests of one file, on a port of its own."""
    from handrail.standin.server import Server

    with Server() as running:
        yield running
