"""How long the checks take: on right answers, and on the known mistakes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from handrail import catalog, checking, proof
from handrail.model import Exercise, Lesson


def report(root: Path, repeats: int = 3) -> str:
    """Return a table: milliseconds of `check` for each exercise, and median and 95th percentile over all."""
    rows, right, wrong = [], [], []
    for lesson in catalog.lessons(root):
        for exercise in lesson.exercises:
            mine, theirs = times(lesson, exercise, repeats)
            slow = proof.check_of(lesson, exercise).slow
            rows.append(f"{exercise.name:<26} {1000 * median(mine):7.0f} {1000 * max(theirs, default=0):7.0f}  {slow}")
            if not slow:
                right += mine
                wrong += theirs
    head = f"{'exercise':<26} {'right':>7} {'wrong':>7}  ms: median of right answers, slowest known mistake"
    return "\n".join([head, *rows, summary("right", right), summary("wrong", wrong)])


def times(lesson: Lesson, exercise: Exercise, repeats: int) -> tuple[list[float], list[float]]:
    """Return the seconds of checks of the reference answer, and of one check of each known mistake."""
    check, answer = proof.check_of(lesson, exercise), proof.answer_of(lesson, exercise)
    checking.judge(check, answer)
    right = [seconds(check, answer) for _ in range(repeats)]
    return right, [seconds(check, mistake) for mistake in check.mistakes]


def seconds(check: Any, answer: Any) -> float:
    """Return the wall time of one check."""
    began = time.perf_counter()
    checking.judge(check, answer)
    return time.perf_counter() - began


def median(values: Sequence[float]) -> float:
    """Return the median, 0 for no values."""
    return statistics.median(values) if values else 0.0


def summary(name: str, values: Sequence[float]) -> str:
    """Return median and 95th percentile in milliseconds, in one line."""
    if len(values) < 2:
        return f"{name}: too few to sum up"
    p95 = statistics.quantiles(values, n=20, method="inclusive")[-1]
    return f"{name}: median {1000 * median(values):.0f} ms, p95 {1000 * p95:.0f} ms over {len(values)} checks"
