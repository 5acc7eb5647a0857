from collections.abc import Callable
from pathlib import Path

import pytest

from handrail import catalog, content
from handrail.model import Exercise, HandrailError, Lesson


def test_a_check_comes_with_all_that_belongs_to_it(miniature: Path) -> None:
    check = content.load_check(miniature, catalog.exercise(miniature, "centered"))
    assert check.exercise == "centered"
    assert [mistake.__name__ for mistake in check.mistakes] == ["centered__median", "centered__loop"]
    assert len(check.hints) == 3
    assert check.equivalents == (("x.mean(axis=None)", "x.mean()", "None is the default"),)
    assert (check.slow, check.seconds) == ("", 20.0)


def test_a_checks_file_is_run_once_and_again_when_it_changed(course: Path) -> None:
    exercise = catalog.exercise(course, "share")
    first = content.load_check(course, exercise)
    assert content.load_check(course, exercise).run is first.run
    first.file.write_text(first.file.read_text().replace("Which part of it is it?", "Another hint."))
    assert content.load_check(course, exercise).hints[0] == "Another hint."


def test_a_reference_answer_comes_without_markers_and_with_its_explanation(miniature: Path) -> None:
    share = content.reference(catalog.lesson(miniature, "01_basics/01_numbers"), "share")
    assert share.code.startswith("def share(")
    assert share.code.endswith("    return part / whole")
    assert "SOLUTION" not in share.code
    assert share.explanation == (
        "A share is a quotient. *Nothing* needs a line of its own.\n\nDivision by zero raises in Python."
    )


def test_an_explanation_ends_where_the_next_exercise_begins(miniature: Path) -> None:
    lesson = catalog.lesson(miniature, "01_basics/01_numbers")
    assert content.reference(lesson, "count_down").explanation == "`range` of a negative number is empty."
    assert content.reference(lesson, "Account").explanation == "The test comes before the change."
    faults = catalog.lesson(miniature, "01_basics/03_faults")
    assert content.reference(faults, "shaky").explanation == ""
    assert content.reference(faults, "bare").code == 'def bare(x: int) -> int:\n    """Return `x`."""\n    return x'


def test_answers_that_follow_each_other_are_kept_apart(bare_course: Path, write_lesson: Callable[..., Lesson]) -> None:
    cell = "# %%\ndef {}():\n    # BEGIN SOLUTION\n    return 1\n    # END SOLUTION\n"
    lesson = write_lesson(bare_course, solution=cell.format("first") + cell.format("second"))
    assert content.reference(lesson, "first") == content.Reference("def first():\n    return 1", "")


def test_definitions_are_made_without_running_the_checks(miniature: Path) -> None:
    names = content.definitions(miniature / "solutions/01_basics/01_numbers.py")
    assert names["share"](1, 4) == 0.25
    assert names["Account"](5).pay(2) == 3
    faults = content.definitions(miniature / "solutions/01_basics/03_faults.py")
    assert faults["smallest"] == 1


def test_a_solution_that_can_not_be_run_is_named_with_its_line(
    bare_course: Path, write_lesson: Callable[..., Lesson]
) -> None:
    lesson = write_lesson(bare_course, solution="# %%\nimport math\nvalue = 1 / 0\n")
    with pytest.raises(HandrailError, match=r"01_twice\.py:3: ZeroDivisionError: division by zero"):
        content.definitions(lesson.solution_source)


def test_what_a_checks_file_says_of_itself_is_passed_on(bare_course: Path, write_lesson: Callable[..., Lesson]) -> None:
    lesson = write_lesson(bare_course)
    lesson.checks.write_text("from handrail.model import HandrailError\nraise HandrailError('Install the data.')\n")
    with pytest.raises(HandrailError, match=r"^Install the data\.$"):
        content.load_check(bare_course, Exercise("twice", lesson.path))


def test_a_dataclass_with_postponed_annotations_can_be_written(tmp_path: Path) -> None:
    file = tmp_path / "01_values_checks.py"
    file.write_text(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n\n"
        "@dataclass\nclass Point:\n    x: float\n",
        encoding="utf-8",
    )
    assert content.module(file).Point(1.0).x == 1.0
    assert content.definitions(file)["Point"](2.0).x == 2.0


def test_annotations_are_objects_unless_the_author_postpones_them(tmp_path: Path) -> None:
    file = tmp_path / "01_values_checks.py"
    file.write_text("def half(x: float) -> float:\n    return x / 2\n", encoding="utf-8")
    assert content.module(file).half.__annotations__["x"] is float
    assert content.definitions(file)["half"].__annotations__["x"] is float
