from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from handrail.model import Lesson, Outcome, Result


def test_everything_of_a_lesson_lies_under_its_path() -> None:
    lesson = Lesson("01_basics/01_numbers", "Numbers", Path("/course"))
    files = {
        lesson.source: "notebooks/01_basics/01_numbers.py",
        lesson.notebook: "notebooks/01_basics/01_numbers.ipynb",
        lesson.solution_source: "solutions/01_basics/01_numbers.py",
        lesson.solution_notebook: "solutions/01_basics/01_numbers.ipynb",
        lesson.stub: "curriculum/01_basics/01_numbers.ipynb",
        lesson.checks: "curriculum/01_basics/01_numbers_checks.py",
        lesson.work: "work/01_basics/01_numbers.ipynb",
    }
    assert {file.relative_to("/course").as_posix(): text for file, text in files.items()} == {
        text: text for text in files.values()
    }


def test_only_pass_is_right() -> None:
    assert [outcome for outcome in Outcome if Result("x", outcome).passed] == [Outcome.PASS]


def test_a_result_can_not_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Result("x", Outcome.FAIL).outcome = Outcome.PASS  # type: ignore[misc]
