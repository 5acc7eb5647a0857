"""What is proved of every exercise. Each function returns problems as sentences; none is good news."""

from __future__ import annotations

import doctest
import inspect
import io
import re
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from handrail import build, content, search
from handrail.answers import Answer
from handrail.catalog import BEGIN, END
from handrail.checking import judge, quiet
from handrail.content import Check
from handrail.literals import literal
from handrail.model import Exercise, Lesson, Outcome, Result
from handrail.mutants import Mutant, mutants

SECONDS_A_MUTANT = 3.0
WORTH_HIDING = 12


@dataclass
class MutantTally:
    """What became of the mutants of one exercise."""

    made: int = 0
    rejected: int = 0
    equivalent: int = 0
    survivors: list[Mutant] = field(default_factory=list)
    unused: list[tuple[str, str, str]] = field(default_factory=list)


def check_of(lesson: Lesson, exercise: Exercise) -> Check:
    """Return the check of an exercise of this lesson."""
    return content.load_check(lesson.root, exercise)


def answer_of(lesson: Lesson, exercise: Exercise) -> Any:
    """Return the reference answer."""
    return content.definitions(lesson.solution_source)[exercise.name]


def solution_passes(lesson: Lesson, exercise: Exercise) -> list[str]:
    """Prove that the reference answer passes its check."""
    result = judge(check_of(lesson, exercise), answer_of(lesson, exercise))
    return [] if result.passed else [f"the reference answer: {told(result)}"]


def mistakes_told_apart(lesson: Lesson, exercise: Exercise) -> list[str]:
    """Prove that there are at least two known mistakes; each fails, with its own sentence and not another's."""
    check = check_of(lesson, exercise)
    problems = [] if len(check.mistakes) >= 2 else [f"only {len(check.mistakes)} known mistakes; two are the least"]
    sentences = [" ".join((mistake.__doc__ or "").split()) for mistake in check.mistakes]
    problems += [f"two mistakes say the same: {s}" for s in set(sentences) if sentences.count(s) > 1]
    for mistake in check.mistakes:
        suffix = mistake.__name__.split("__", 1)[1]
        with search.patiently():
            result = judge(check, mistake)
        if result.outcome not in (Outcome.FAIL, Outcome.EXCEPTION):
            problems.append(f"{suffix} is not rejected: {told(result)}")
        elif result.mistake != suffix:
            problems.append(f"{suffix} is told {result.mistake or 'nothing'} instead: {told(result)}")
        if not mistake.__doc__:
            problems.append(f"{suffix} has no sentence")
    return problems


def nonsense_fails(lesson: Lesson, exercise: Exercise) -> list[str]:
    """Prove that answers of the wrong kind fail with a reason; the check never crashes on them."""
    check = check_of(lesson, exercise)
    is_class = inspect.isclass(answer_of(lesson, exercise))
    problems = []
    for name, answer in (_nonsense_classes() if is_class else _nonsense_functions()).items():
        result = judge(check, answer, diagnose=False)
        if result.outcome not in (Outcome.FAIL, Outcome.EXCEPTION) or not result.message:
            problems.append(f"an answer that {name}: {told(result)}")
    return problems


def hints_lead(lesson: Lesson, exercise: Exercise) -> list[str]:
    """Prove that there are three different hints, and the last is not the answer."""
    check = check_of(lesson, exercise)
    problems = [] if len(set(check.hints)) == 3 else [f"{len(set(check.hints))} different hints; three are needed"]
    lines = answer_lines(lesson, exercise)
    for hint in check.hints:
        squeezed = squeeze(hint)
        problems += [f"the hint {hint!r} gives away {line!r}" for line in lines if squeeze(line) in squeezed]
    return problems


def stub_hides_answer(lesson: Lesson, exercise: Exercise) -> list[str]:
    """Prove that the stub raises NotImplementedError for this exercise, and shows no line of its answer."""
    notebook = build.stub_notebook(lesson)
    cells = [cell.source for cell in notebook.cells if re.search(rf"(?m)^(def|class) {exercise.name}\b", cell.source)]
    if len(cells) != 1:
        return [f"{len(cells)} cells of the stub define it; one is right"]
    problems = [] if "raise NotImplementedError()" in cells[0] else ["the stub doesn't raise NotImplementedError()"]
    everything = squeeze("\n".join(cell.source for cell in notebook.cells))
    leaks = [line for line in answer_lines(lesson, exercise) if squeeze(line) in everything]
    return problems + [f"the stub shows a line of the answer: {line}" for line in leaks]


def examples_true(lesson: Lesson, exercise: Exercise) -> list[str]:
    """Prove that the docstring has an example, and every example is true."""
    names = dict(content.definitions(lesson.solution_source))
    tests = doctest.DocTestFinder(recurse=True, exclude_empty=True).find(
        names[exercise.name], exercise.name, globs=names
    )
    tests = [test for test in tests if test.examples]
    if not tests:
        return ["the docstring has no example"]
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS, verbose=False)
    said = io.StringIO()
    with redirect_stdout(said):
        failed = sum(runner.run(test, out=said.write).failed for test in tests)
    return [f"{failed} examples of the docstring are not true:\n{said.getvalue()}"] if failed else []


def statement_short(lesson: Lesson, exercise: Exercise) -> list[str]:
    """Prove that the heading has difficulty and minutes."""
    problems = [] if exercise.stars else ["the heading has no difficulty (★☆☆)"]
    return problems + ([] if exercise.minutes else ["the heading has no minutes (· 10 min)"])


def run_mutants(lesson: Lesson, exercise: Exercise) -> MutantTally:
    """Make every mutant of the reference answer, and run the check on it."""
    check = check_of(lesson, exercise)
    usual = judge(check, answer_of(lesson, exercise), diagnose=False).seconds
    check = replace(check, seconds=max(SECONDS_A_MUTANT, 3 * usual))
    source = content.reference(lesson, exercise.name).code
    listed = {(a, b): because for a, b, because in check.equivalents}
    tally, used = MutantTally(), set()
    for mutant in mutants(source):
        tally.made += 1
        if (mutant.original, mutant.mutated) in listed:
            tally.equivalent += 1
            used.add((mutant.original, mutant.mutated))
        elif survives(lesson, exercise, check, mutant):
            tally.survivors.append(mutant)
        else:
            tally.rejected += 1
    tally.unused = [(a, b, why) for (a, b), why in listed.items() if (a, b) not in used]
    return tally


def survives(lesson: Lesson, exercise: Exercise, check: Check, mutant: Mutant) -> bool:
    """Whether a mutant passes the check."""
    answer = _made(lesson, exercise, mutant)
    with search.first_failure_only():
        return answer is not None and judge(check, answer, diagnose=False).passed


def last_calls(lesson: Lesson, exercise: Exercise, mutant: Mutant, count: int = 4) -> list[str]:
    """Return what the last calls of a mutant in its check were and what came of them, to see why it survives."""
    answer = Answer(_made(lesson, exercise, mutant))
    with quiet(), search.first_failure_only(), suppress(Exception):
        check_of(lesson, exercise).run(answer)
    return [f"{r.given.text(exercise.name)} -> {r.error or literal(r.returned)}"[:300] for r in answer.records[-count:]]


def _made(lesson: Lesson, exercise: Exercise, mutant: Mutant) -> Any:
    names = dict(content.definitions(lesson.solution_source))
    try:
        exec(compile(mutant.source, "mutant", "exec", dont_inherit=True), names)
    except Exception:
        return None
    return names[exercise.name]


def mutants_rejected(lesson: Lesson, exercise: Exercise) -> list[str]:
    """Prove that every mutant is rejected, except those listed as equivalent; and what is listed exists."""
    tally = run_mutants(lesson, exercise)
    problems = [f"survives: {mutant}" for mutant in tally.survivors]
    return problems + [f"@equivalent names no mutant: {a!r} -> {b!r}" for a, b, _ in tally.unused]


def second_author(lesson: Lesson, exercise: Exercise, kind: str) -> list[Any]:
    """Return the answers by somebody who had not seen the check: `right__<exercise>__...`, `wrong__<exercise>__...`."""
    file = lesson.root / "tests" / "curriculum" / "second_author" / f"{lesson.path}.py"
    names = vars(content.module(file)) if file.is_file() else {}
    return [value for name, value in names.items() if name.startswith(f"{kind}__{exercise.name}__")]


def must_pass(lesson: Lesson, exercise: Exercise, answer: Any) -> list[str]:
    """Prove that a right answer passes."""
    result = judge(check_of(lesson, exercise), answer)
    return [] if result.passed else [f"{answer.__name__} is right, and was told: {told(result)}"]


def must_fail(lesson: Lesson, exercise: Exercise, answer: Any) -> list[str]:
    """Prove that a wrong answer fails with a reason."""
    with search.first_failure_only():
        result = judge(check_of(lesson, exercise), answer, diagnose=False)
    failed = result.outcome in (Outcome.FAIL, Outcome.EXCEPTION) and result.message
    return [] if failed else [f"{answer.__name__} is wrong, and was told: {told(result)}"]


def second_author_agrees(lesson: Lesson, exercise: Exercise) -> list[str]:
    """Prove that the second author's right answers pass, and the wrong ones fail."""
    right = [p for answer in second_author(lesson, exercise, "right") for p in must_pass(lesson, exercise, answer)]
    return right + [
        p for answer in second_author(lesson, exercise, "wrong") for p in must_fail(lesson, exercise, answer)
    ]


PROOFS: tuple[Callable[[Lesson, Exercise], list[str]], ...] = (
    statement_short,
    examples_true,
    solution_passes,
    stub_hides_answer,
    hints_lead,
    mistakes_told_apart,
    nonsense_fails,
    second_author_agrees,
    mutants_rejected,
)


def prove(
    lesson: Lesson, exercises: Sequence[Exercise] | None = None
) -> Iterable[tuple[Exercise, str, list[str], float]]:
    """Yield the problems that each proof finds in each exercise, with the seconds it took."""
    for exercise in exercises or lesson.exercises:
        for one in PROOFS:
            began = time.perf_counter()
            problems = one(lesson, exercise)
            yield exercise, one.__name__.replace("_", " "), problems, time.perf_counter() - began


def answer_lines(lesson: Lesson, exercise: Exercise) -> list[str]:
    """Return the lines of the answer that are long enough to give it away."""
    text = lesson.solution_source.read_text(encoding="utf-8")
    cell = next(
        (c for c in re.split(r"(?m)^# %%.*$", text) if re.search(rf"(?m)^(def|class) {exercise.name}\b", c)), ""
    )
    inside = re.findall(rf"{BEGIN}\n(.*?){END}", cell, re.DOTALL)
    lines = [line.strip() for part in inside for line in part.splitlines()]
    return [line for line in lines if len(squeeze(line)) >= WORTH_HIDING and not line.startswith(("#", '"""'))]


def squeeze(text: str) -> str:
    """Return the text without white space."""
    return re.sub(r"\s+", "", text)


def told(result: Result) -> str:
    """Return a result in one line."""
    parts = [result.outcome.value, result.message, result.counterexample]
    return " | ".join(part.replace("\n", " ") for part in parts if part)


def _nonsense_functions() -> dict[str, Callable[..., Any]]:
    import numpy as np

    values = {
        "returns None": None,
        "returns text": "text",
        "returns a negative number": -1.5,
        "returns an empty list": [],
        "returns an empty dictionary": {},
        "returns an array of a strange shape": np.full((3, 1, 2), np.nan),
        "returns an object of no use": object(),
        "returns a function": lambda: None,
    }
    return {name: _constant(value) for name, value in values.items()}


def _constant(value: Any) -> Callable[..., Any]:
    def nonsense(*_args: Any, **_kwargs: Any) -> Any:
        return value

    return nonsense


def _nonsense_classes() -> dict[str, type]:
    class Empty:
        """Nothing."""

    class TakesAnything:
        """Takes any arguments and has no methods."""

        def __init__(self, *_args: Any, **_kwargs: Any) -> None:
            """Ignore them."""

    return {"is an empty class": Empty, "is a class without methods": TakesAnything}
