import re
from collections.abc import Callable
from pathlib import Path

import pytest

from handrail import catalog
from handrail.model import Exercise, HandrailError, Lesson

Write = Callable[..., Lesson]
HEADER = "# /// lesson\n# minutes = 1\n# ///\n"
HEADING = "\n# %% [markdown]\n# # A lesson\n"


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(HandrailError) as caught:
        action()
    return str(caught.value)


def test_the_tree_gives_phases_lessons_and_exercises_in_order(miniature: Path) -> None:
    (phase,) = catalog.phases(miniature)
    assert (phase.name, phase.title) == ("01_basics", "First steps")
    assert [lesson.path for lesson in phase.lessons] == [
        "01_basics/01_numbers",
        "01_basics/02_arrays",
        "01_basics/03_faults",
    ]
    first = phase.lessons[0]
    assert (first.title, first.minutes, first.exercise_minutes, first.seconds) == ("Count and share", 5, 15, 20)
    assert first.exercises == (
        Exercise("share", "01_basics/01_numbers", "Share", 1, 5),
        Exercise("count_down", "01_basics/01_numbers", "Count down", 2, 5),
        Exercise("Account", "01_basics/01_numbers", "Keep an account", 3, 5),
    )
    assert phase.lessons[1].needs == ("01_basics/01_numbers",)


def test_a_phase_without_a_readme_is_called_by_its_folder(course: Path) -> None:
    (course / "notebooks/01_basics/README.md").unlink()
    assert catalog.phases(course)[0].title == "Basics"


def test_files_without_a_number_are_no_lessons(course: Path) -> None:
    (course / "notebooks/01_basics/helper.py").write_text("1 / 0")
    (course / "notebooks/drafts").mkdir()
    assert len(catalog.lessons(course)) == 3


@pytest.mark.parametrize(
    ("lesson", "said"),
    [
        (HEADING, "no header. Begin the file with `# /// lesson`"),
        ("# /// lesson\n# minutes = \n# ///\n" + HEADING, "the header is not TOML: Invalid value (at"),
        (
            "# /// lesson\n# minutes = 'ten'\n# ///\n" + HEADING,
            "`minutes` in the header should be a number, not 'ten'.",
        ),
        ("# /// lesson\n# seconds = true\n# ///\n" + HEADING, "`seconds` in the header should be a number, not True."),
        (
            "# /// lesson\n# needs = '01_basics/01_a'\n# ///\n" + HEADING,
            "`needs` in the header should be a list of lessons' paths",
        ),
        ("# /// lesson\n# needs = [1]\n# ///\n" + HEADING, "`needs` in the header should be a list of lessons' paths"),
        ("# /// lesson\n# minuets = 5\n# ///\n" + HEADING, "the header has `minuets`; it may have minutes, "),
        (HEADER + "\n# %%\n1\n", "no heading. Begin the first Markdown cell with `# # Title`."),
    ],
)
def test_a_faulty_lesson_is_named_with_what_to_do(
    bare_course: Path, write_lesson: Write, lesson: str, said: str
) -> None:
    written = write_lesson(bare_course, lesson=lesson)
    message = refused(lambda: catalog.lessons(bare_course))
    assert message.startswith(f"{written.source}: ")
    assert said in message


def test_a_file_that_is_not_utf8_is_named_with_its_line(bare_course: Path, write_lesson: Write) -> None:
    lesson = write_lesson(bare_course)
    lesson.source.write_bytes(lesson.source.read_bytes() + "# größer\n".encode("latin-1"))
    assert re.search(r"01_twice\.py:10: this isn't UTF-8", refused(lambda: catalog.lessons(bare_course)))


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        (
            "def f():\n    # BEGIN SOLUTION\n    return 1\n",
            3,
            "is never closed. Put `# END SOLUTION` after the answer.",
        ),
        ("def f():\n    # BEGIN SOLUTION\n    return 1\n\n# %%\n    # END SOLUTION\n", 3, "is never closed"),
        ("def f():\n    return 1\n    # END SOLUTION\n", 4, "without `# BEGIN SOLUTION` before it"),
        ("def f():\n    # BEGIN SOLUTION\n    # BEGIN SOLUTION\n", 4, "a solution begins inside the one of line 3"),
    ],
)
def test_solution_markers_must_match(bare_course: Path, write_lesson: Write, body: str, line: int, said: str) -> None:
    lesson = write_lesson(bare_course, solution="# %%\n" + body)
    message = refused(lambda: catalog.lessons(bare_course))
    assert message.startswith(f"{lesson.solution_source}:{line}: ")
    assert said in message


def test_a_syntax_error_in_a_solution_is_named_with_its_line(bare_course: Path, write_lesson: Write) -> None:
    lesson = write_lesson(bare_course, solution="# %%\ndef f(:\n    # BEGIN SOLUTION\n    # END SOLUTION\n")
    assert refused(lambda: catalog.lessons(bare_course)).startswith(f"{lesson.solution_source}:")


def test_two_exercises_of_one_name_in_two_lessons_are_named_with_both(bare_course: Path, write_lesson: Write) -> None:
    write_lesson(bare_course, "01_basics/01_first", "twice")
    write_lesson(bare_course, "01_basics/02_second", "twice")
    said = "Two exercises are called `twice`: one in 01_basics/01_first, one in 01_basics/02_second. Rename one"
    assert said in refused(lambda: catalog.lessons(bare_course))
    assert said in refused(lambda: catalog.exercise(bare_course, "twice"))


def test_two_exercises_of_one_name_in_one_lesson_are_refused(bare_course: Path, write_lesson: Write) -> None:
    twin = "# %%\ndef f():\n    # BEGIN SOLUTION\n    return 1\n    # END SOLUTION\n\n"
    write_lesson(bare_course, solution=twin + twin)
    assert "Two exercises are called `f`" in refused(lambda: catalog.lessons(bare_course))


def test_a_lesson_without_a_solution_script_says_so(bare_course: Path, write_lesson: Write) -> None:
    lesson = write_lesson(bare_course)
    lesson.solution_source.unlink()
    assert refused(lambda: catalog.lessons(bare_course)) == (
        f"{lesson.solution_source} is missing. Write it, or remove the lesson's other files."
    )


def test_an_exercise_without_a_check_says_where_to_write_one(bare_course: Path, write_lesson: Write) -> None:
    lesson = write_lesson(bare_course)
    lesson.checks.unlink()
    message = refused(lambda: catalog.exercise(bare_course, "twice"))
    assert "solutions/01_basics/01_twice.py defines `twice`, but" in message
    assert "01_twice_checks.py has no `check_twice`" in message


def test_a_check_without_an_answer_says_what_is_missing(bare_course: Path, write_lesson: Write) -> None:
    write_lesson(bare_course, solution="# %%\ndef twice(x):\n    return 2 * x\n")
    message = refused(lambda: catalog.exercise(bare_course, "twice"))
    assert "solutions/01_basics/01_twice.py doesn't define it with an answer between `# BEGIN SOLUTION`" in message


@pytest.mark.parametrize(
    ("name", "near"), [("shere", "`share`"), ("count_downs", "`count_down`"), ("account", "`Account`")]
)
def test_the_nearest_exercise_is_offered(miniature: Path, name: str, near: str) -> None:
    message = refused(lambda: catalog.exercise(miniature, name))
    assert f"There is no exercise called `{name}`. Did you mean {near}?" in message


def test_nothing_is_offered_where_nothing_is_near(miniature: Path) -> None:
    assert "Did you mean" not in refused(lambda: catalog.exercise(miniature, "zzz"))


def test_a_lesson_is_found_by_its_path_however_it_is_written(miniature: Path) -> None:
    ways = ("01_basics/01_numbers", "notebooks/01_basics/01_numbers.py", "01_basics/01_numbers.ipynb")
    assert {catalog.lesson(miniature, way).path for way in ways} == {"01_basics/01_numbers"}


def test_the_nearest_lesson_is_offered(miniature: Path) -> None:
    message = refused(lambda: catalog.lesson(miniature, "01_basics/01_number"))
    assert message == "There is no lesson 01_basics/01_number. Did you mean `01_basics/01_numbers`?"


def test_the_root_is_found_from_any_folder_inside(course: Path) -> None:
    deep = course / "work" / "01_basics"
    deep.mkdir(parents=True)
    assert catalog.find_root(course) == catalog.find_root(deep) == course


def test_from_outside_the_root_is_the_one_that_is_set(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDRAIL_COURSE", str(course))
    assert catalog.find_root(tmp_path) == course


def test_from_outside_the_root_is_the_checkout_otherwise(tmp_path: Path) -> None:
    assert catalog.find_root(tmp_path) == Path(catalog.__file__).parents[2]


def test_a_setting_that_is_no_course_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAIL_COURSE", str(tmp_path / "nowhere"))
    message = refused(lambda: catalog.find_root(tmp_path))
    assert f"{tmp_path} lies outside a course" in message
    assert "nowhere isn't one either. Open the notebook from the course's folder" in message


def test_a_folder_that_was_removed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert "This folder has been removed" in refused(catalog.find_root)
