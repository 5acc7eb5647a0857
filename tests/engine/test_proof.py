"""The proofs say nothing of a good exercise, and name each fault that was planted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from handrail import catalog, proof
from handrail.model import Exercise, Lesson


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "SECONDS_A_MUTANT", 0.3)


@pytest.fixture
def proved(miniature: Path) -> Callable[[str, Callable[[Lesson, Exercise], list[str]]], str]:
    """A function that runs one proof on an exercise and returns its problems as one text."""

    def run(name: str, prove: Callable[[Lesson, Exercise], list[str]]) -> str:
        exercise = catalog.exercise(miniature, name)
        return "\n".join(prove(catalog.lesson(miniature, exercise.lesson), exercise))

    return run


Proved = Callable[[str, Callable[[Lesson, Exercise], list[str]]], str]


@pytest.mark.parametrize("path", ["01_basics/01_numbers", "01_basics/02_arrays"])
def test_of_good_exercises_everything_is_proved(miniature: Path, path: str) -> None:
    lesson = catalog.lesson(miniature, path)
    found = list(proof.prove(lesson))
    assert len(found) == len(lesson.exercises) * len(proof.PROOFS)
    assert [(exercise.name, name, problems) for exercise, name, problems, _ in found if problems] == []


def test_a_broken_check_is_found(proved: Proved) -> None:
    assert "the reference answer: broken | The check itself crashed (03_faults_checks.py:9" in proved(
        "shaky", proof.solution_passes
    )
    assert "only 0 known mistakes; two are the least" in proved("shaky", proof.mistakes_told_apart)


def test_a_heading_without_difficulty_and_minutes_is_found(proved: Proved) -> None:
    assert proved("careless", proof.statement_short).splitlines() == [
        "the heading has no difficulty (★☆☆)",
        "the heading has no minutes (· 10 min)",
    ]


def test_a_false_example_and_none_at_all_are_found(proved: Proved) -> None:
    said = proved("careless", proof.examples_true)
    assert said.startswith("1 examples of the docstring are not true:")
    assert "Expected:\n    3\nGot:\n    2" in said
    assert proved("bare", proof.examples_true) == "the docstring has no example"


def test_a_leak_in_the_stub_is_found(proved: Proved) -> None:
    assert proved("careless", proof.stub_hides_answer) == (
        "the stub shows a line of the answer: smallest, largest = min(numbers), max(numbers)"
    )


def test_an_answer_outside_of_the_markers_is_found(bare_course: Path, write_lesson: Callable[..., Lesson]) -> None:
    lesson = write_lesson(
        bare_course, solution="# %%\ndef twice(x):\n    return 2 * x\n\n# %%\ndef twice(x):\n    pass\n"
    )
    assert proof.stub_hides_answer(lesson, Exercise("twice", lesson.path)) == [
        "2 cells of the stub define it; one is right"
    ]
    lesson = write_lesson(bare_course, solution="# %%\ndef twice(x):\n    return 2 * x\n")
    assert proof.stub_hides_answer(lesson, Exercise("twice", lesson.path)) == [
        "the stub doesn't raise NotImplementedError()"
    ]


def test_hints_that_repeat_themselves_or_give_the_answer_away_are_found(proved: Proved) -> None:
    assert proved("careless", proof.hints_lead).splitlines() == [
        "2 different hints; three are needed",
        "the hint 'Write `return largest - smallest`.' gives away 'return largest - smallest'",
    ]


def test_mistakes_that_pass_or_are_told_anothers_sentence_are_found(proved: Proved) -> None:
    problems = proved("careless", proof.mistakes_told_apart).splitlines()
    assert "two mistakes say the same: You forgot the smallest." in problems
    assert "passes is not rejected: pass" in problems
    assert any(problem.startswith("second_twin is told first_twin instead: fail") for problem in problems)
    assert "silent has no sentence" in problems
    assert "only 1 known mistakes; two are the least" in proved("bare", proof.mistakes_told_apart)


def test_a_check_that_crashes_on_nonsense_is_found(proved: Proved) -> None:
    said = proved("careless", proof.nonsense_fails)
    assert "an answer that returns None: broken | The check itself crashed" in said
    assert "AttributeError: 'NoneType' object has no attribute 'real'" in said


def test_a_check_that_accepts_nonsense_is_found(bare_course: Path, write_lesson: Callable[..., Lesson]) -> None:
    lesson = write_lesson(bare_course)
    lesson.checks.write_text("def check_twice(twice):\n    twice(1)\n")
    said = proof.nonsense_fails(lesson, Exercise("twice", lesson.path))
    assert "an answer that returns None: pass" in said


def test_a_mutant_that_survives_and_an_equivalent_that_does_not_exist_are_found(
    bare_course: Path, write_lesson: Callable[..., Lesson]
) -> None:
    lesson = write_lesson(bare_course)
    lesson.checks.write_text(
        "from handrail.expect import equivalent, require\n\n"
        "@equivalent('a + b', 'a - b', because='it names nothing')\n"
        "def check_twice(twice):\n    require(twice(2) == 4, 'Twice 2 is 4.')\n"
    )
    exercise = Exercise("twice", lesson.path)
    answer = lesson.solution_source.read_text().replace("return 2 * x", "return x ** 2")
    lesson.solution_source.write_text(answer)
    assert proof.mutants_rejected(lesson, exercise) == [
        "survives: line 2: `x ** 2` -> `x * 2`",
        "@equivalent names no mutant: 'a + b' -> 'a - b'",
    ]
    tally = proof.run_mutants(lesson, exercise)
    assert (tally.made, tally.rejected, tally.equivalent) == (4, 3, 0)


def test_a_mutant_that_can_not_even_be_defined_is_rejected(
    bare_course: Path, write_lesson: Callable[..., Lesson]
) -> None:
    solution = "# %%\ndef twice(x, y=[1][0]):\n    # BEGIN SOLUTION\n    return 2 * x\n    # END SOLUTION\n"
    lesson = write_lesson(bare_course, solution=solution)
    assert proof.mutants_rejected(lesson, Exercise("twice", lesson.path))[0].startswith("survives: ")
    assert not any("[1][1]" in problem for problem in proof.mutants_rejected(lesson, Exercise("twice", lesson.path)))


def test_a_mutant_that_never_ends_is_rejected_in_time(bare_course: Path, write_lesson: Callable[..., Lesson]) -> None:
    solution = (
        "# %%\ndef twice(x):\n    # BEGIN SOLUTION\n    left = 2\n    while left > 0:\n        left -= 1\n"
        "    return 2 * x\n    # END SOLUTION\n"
    )
    lesson = write_lesson(bare_course, solution=solution)
    problems = proof.mutants_rejected(lesson, Exercise("twice", lesson.path))
    assert not any("left += 1" in problem for problem in problems)


def test_only_the_asked_for_exercise_is_proved(miniature: Path) -> None:
    lesson = catalog.lesson(miniature, "01_basics/03_faults")
    assert {exercise.name for exercise, *_ in proof.prove(lesson, lesson.exercises[2:])} == {"bare"}
