"""The lessons and exercises that this run proves."""

from __future__ import annotations

import os
from pathlib import Path

from handrail import catalog

ROOT = Path(__file__).parents[2]


def lessons():
    """Return the lessons to prove: all, or those that `HANDRAIL_LESSONS` names."""
    chosen = os.environ.get("HANDRAIL_LESSONS")
    return [lesson for lesson in catalog.lessons(ROOT) if not chosen or lesson.path in chosen.split(",")]


def pytest_generate_tests(metafunc) -> None:
    """Run a test once for each lesson, or for each exercise, that it asks for."""
    if "exercise" in metafunc.fixturenames:
        pairs = [(lesson, exercise) for lesson in lessons() for exercise in lesson.exercises]
        metafunc.parametrize(("lesson", "exercise"), pairs, ids=[exercise.name for _, exercise in pairs])
    elif "lesson" in metafunc.fixturenames:
        found = lessons()
        metafunc.parametrize("lesson", found, ids=[lesson.path for lesson in found])
