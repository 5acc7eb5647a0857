from pathlib import Path

import pytest

from handrail import build, catalog, proof, template
from handrail.model import HandrailError


def test_a_new_lesson_has_a_working_exercise(course: Path) -> None:
    files = template.write(course, "01_basics/04_cleaning_data")
    assert [file.relative_to(course).as_posix() for file in files] == [
        "notebooks/01_basics/04_cleaning_data.py",
        "solutions/01_basics/04_cleaning_data.py",
        "curriculum/01_basics/04_cleaning_data_checks.py",
        "tests/curriculum/second_author/01_basics/04_cleaning_data.py",
        "curriculum/01_basics/04_cleaning_data.ipynb",
        "solutions/01_basics/04_cleaning_data.ipynb",
    ]
    lesson = catalog.lesson(course, "01_basics/04_cleaning_data")
    assert [exercise.name for exercise in lesson.exercises] == ["rainy_days_cleaning_data"]
    assert [problem for *_, problems, _ in proof.prove(lesson) for problem in problems] == []
    assert [one.stale for one in build.generated(lesson)] == [True, False, False]


@pytest.mark.parametrize(
    "path", ["cleaning", "01_basics", "01_basics/cleaning", "basics/01_x", "../01_x/01_y", "", "01_a/01_b/01_c"]
)
def test_what_is_no_path_of_a_lesson_is_refused(course: Path, path: str) -> None:
    before = sorted(course.rglob("*"))
    with pytest.raises(HandrailError, match="is not the path of a lesson"):
        template.write(course, path)
    assert sorted(course.rglob("*")) == before


def test_nothing_that_exists_is_touched(course: Path) -> None:
    checks = course / "curriculum/01_basics/09_new_checks.py"
    checks.write_text("mine")
    with pytest.raises(HandrailError, match=r"09_new_checks\.py exists already\. Choose another number or name"):
        template.write(course, "01_basics/09_new")
    assert checks.read_text() == "mine"
    assert not (course / "notebooks/01_basics/09_new.py").exists()


def test_a_lesson_of_the_same_name_in_another_phase_gets_an_exercise_of_its_own(course: Path) -> None:
    template.write(course, "01_basics/04_data")
    template.write(course, "02_more/04_data")
    assert {exercise.name for lesson in catalog.lessons(course) for exercise in lesson.exercises} >= {
        "rainy_days_data",
        "rainy_days_data_02",
    }
