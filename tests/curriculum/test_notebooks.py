"""What is proved of every notebook. nbval compares the lessons themselves, in `.proof` (see `handrail.suite`)."""

import ast
import re

import pytest

from handrail import build, execute, suite

UNATTEMPTED = re.compile("Not attempted yet")


def test_notebooks_are_generated_from_their_sources(lesson):
    stale = [str(one.file) for one in build.generated(lesson) if one.stale]
    assert not stale, "run `make build` and commit what it writes"


@pytest.mark.notebook
def test_stub_runs_from_top_to_bottom_unattempted(lesson):
    run = _run(lesson, lesson.stub)
    assert not run.error
    shown = [cell for cell in build.parsed(run.text).cells if cell.source.startswith("check(")]
    assert len(shown) == len(lesson.exercises)
    assert all(UNATTEMPTED.search(str(cell.outputs)) for cell in shown)


@pytest.mark.notebook
def test_solution_runs_from_top_to_bottom_and_every_check_passes(lesson):
    run = _run(lesson, lesson.solution_notebook, ("HANDRAIL_STRICT", "1"))
    assert not run.error


def test_nine_outputs_of_ten_are_compared(lesson):
    assert suite.compared_share(lesson) >= 0.9


def test_lesson_has_the_length_of_one_sitting(lesson):
    cells = build.lesson_notebook(lesson).cells
    assert 30 <= len(cells) <= 75, f"{len(cells)} cells"
    long = [cell.source for cell in cells if cell.cell_type == "code" and len(_code(cell.source)) > 15]
    assert not long, "a code cell has at most 15 lines, imports apart"


def _run(lesson, file, *environment):
    return execute.run_one(execute.Job(file.name, file.read_text(encoding="utf-8"), file.parent, environment))


def _code(source):
    """Return the lines of code that a reader must follow: no blanks, no comments, no imports."""
    imports = [node for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)]
    skipped = {line for node in imports for line in range(node.lineno, node.end_lineno + 1)}
    lines = [line.strip() for i, line in enumerate(source.splitlines(), start=1) if i not in skipped]
    return [line for line in lines if line and not line.startswith("#")]
