from pathlib import Path

import pytest

from handrail import bench, catalog


def test_a_lessons_checks_are_measured(miniature: Path) -> None:
    lesson = catalog.lesson(miniature, "01_basics/01_numbers")
    right, wrong = bench.times(lesson, lesson.exercises[0], repeats=2)
    assert len(right) == 2 and len(wrong) == 3
    assert all(0 < seconds < 5 for seconds in right + wrong)


def test_the_report_has_a_line_for_each_exercise_and_sums_up_those_that_are_not_slow(
    miniature: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "times", lambda lesson, exercise, repeats: ([0.010, 0.020], [0.1]))
    lines = bench.report(miniature).splitlines()
    assert lines[1].split() == ["share", "15", "100"]
    assert len(lines) == 1 + 8 + 2
    assert lines[-2] == "right: median 15 ms, p95 20 ms over 16 checks"
    assert lines[-1] == "wrong: median 100 ms, p95 100 ms over 8 checks"


def test_little_is_not_summed_up() -> None:
    assert bench.summary("right", [0.1]) == "right: too few to sum up"
    assert bench.median([]) == 0.0
