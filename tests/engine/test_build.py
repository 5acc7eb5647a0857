import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from handrail import build, catalog, feedback
from handrail.model import HandrailError, Lesson, Summary

SOLUTION = '''\
# %% [markdown]
# # Exercises

# %%
def outer(x):
    """Return it."""
    def inner(y):
        # BEGIN SOLUTION
        secret = y + 1
        return secret
        # END SOLUTION

    # BEGIN SOLUTION \n\
    hidden = inner(x)

    return hidden
    # END SOLUTION


# %%
class Keeper:
    """Keep it."""

    def keep(self):
        # BEGIN SOLUTION
        self.kept = "secret"
        # END SOLUTION

    def given(self):
        return 1


# %% [markdown] tags=["solution"]
# The secret is explained here.

# %% tags=["solution"]
"secret code"
'''


def sources(notebook: Any) -> list[str]:
    return [cell.source for cell in notebook.cells]


@pytest.fixture
def numbers(course: Path) -> Lesson:
    return catalog.lesson(course, "01_basics/01_numbers")


def test_a_stub_has_the_place_for_the_answer_where_the_answer_stood(
    bare_course: Path, write_lesson: Callable[..., Lesson]
) -> None:
    stub = build.stub_notebook(write_lesson(bare_course, solution=SOLUTION))
    assert sources(stub)[1] == (
        'def outer(x):\n    """Return it."""\n    def inner(y):\n        # YOUR CODE HERE\n'
        "        raise NotImplementedError()\n\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    )
    assert sources(stub)[2] == (
        'class Keeper:\n    """Keep it."""\n\n    def keep(self):\n        # YOUR CODE HERE\n'
        "        raise NotImplementedError()\n\n    def given(self):\n        return 1"
    )
    for source in sources(stub):
        compile(source, "stub", "exec") if not source.startswith("# ") else None
    assert "secret" not in json.dumps(sources(stub)) and "hidden" not in json.dumps(sources(stub))
    assert len(stub.cells) == 3


def test_a_solution_has_the_answer_without_markers(bare_course: Path, write_lesson: Callable[..., Lesson]) -> None:
    solution = build.solution_notebook(write_lesson(bare_course, solution=SOLUTION))
    text = "\n".join(sources(solution))
    assert "secret = y + 1" in text and "The secret is explained here." in text
    assert "SOLUTION" not in text


def test_a_lesson_has_no_header_and_no_claims(numbers: Lesson) -> None:
    text = "\n".join(sources(build.lesson_notebook(numbers)))
    assert "/// lesson" not in text and "minutes" not in text
    assert "assert len(days) == 4" not in text
    assert "assert len(days) == 4" in "\n".join(sources(build.lesson_notebook(numbers, claims=True)))


def test_what_is_generated_is_a_valid_notebook_and_the_same_every_time(numbers: Lesson) -> None:
    first, second = build.generated(numbers), build.generated(numbers)
    assert [one.text for one in first] == [one.text for one in second]
    for one in first:
        notebook = nbformat.reads(one.text, as_version=4)
        nbformat.validate(notebook)
        assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


def test_cells_that_say_the_same_have_ids_of_their_own(bare_course: Path, write_lesson: Callable[..., Lesson]) -> None:
    lesson = write_lesson(bare_course, solution="# %%\nx = 1\n\n# %%\nx = 1\n\n# %%\nx = 1\n")
    ids = [cell.id for cell in build.stub_notebook(lesson).cells]
    assert ids == [ids[0], f"{ids[0]}-2", f"{ids[0]}-3"]


def test_what_was_written_is_not_stale_and_an_edit_by_hand_makes_it_stale(numbers: Lesson) -> None:
    for one in build.generated(numbers):
        assert one.stale
        build.write(one.file, one.text)
    lesson, stub, solution = build.generated(numbers)
    assert (lesson.stale, stub.stale, solution.stale) == (True, False, False), "the lesson has not been run yet"
    for edit in (lambda text: text.replace("YOUR CODE HERE", "return 1"), lambda text: "", lambda text: "\ufffe"):
        stub.file.write_text(edit(stub.text), encoding="utf-16")
        assert build.generated(numbers)[1].stale


def run_by_hand(lesson: Lesson) -> None:
    """Store outputs as a run would."""
    notebook = nbformat.reads(build.generated(lesson)[0].text, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("stream", text=f"{cell.source[:5]}\n")]
    build.write(lesson.notebook, build.to_text(build.tidy_outputs(notebook)))


def outputs(one: build.Generated) -> list[bool]:
    cells = nbformat.reads(one.text, as_version=4).cells
    return [bool(cell.outputs) for cell in cells if cell.cell_type == "code"]


def test_stored_outputs_are_kept_where_only_prose_changed(numbers: Lesson) -> None:
    run_by_hand(numbers)
    assert not build.generated(numbers)[0].stale
    numbers.source.write_text(numbers.source.read_text().replace("**Why.** The", "**Why.** All the"))
    changed = build.generated(numbers)[0]
    assert changed.stale and not changed.needs_run
    assert outputs(changed) == [True, True, True, False, True, True]


def test_stored_outputs_are_dropped_from_the_first_changed_cell_on(numbers: Lesson) -> None:
    run_by_hand(numbers)
    numbers.source.write_text(numbers.source.read_text().replace('print("one")', 'print("uno")'))
    changed = build.generated(numbers)[0]
    assert changed.needs_run
    assert outputs(changed) == [True, False, False, False, False, False]


def test_a_new_cell_at_the_end_needs_a_run(numbers: Lesson) -> None:
    run_by_hand(numbers)
    claims = '# %% tags=["claims"]'
    numbers.source.write_text(numbers.source.read_text().replace(claims, f"# %%\n1 + 1\n\n{claims}"))
    assert build.generated(numbers)[0].needs_run


@pytest.mark.parametrize("text", ["", "{}", "[]", "3", "{", "<<<<<<< HEAD", '{"cells": 3, "nbformat": 4}'])
def test_a_stored_notebook_that_can_not_be_read_is_generated_anew(numbers: Lesson, text: str) -> None:
    numbers.notebook.write_text(text)
    assert build.generated(numbers)[0].needs_run


def test_a_widgets_output_is_dropped_and_not_compared(numbers: Lesson) -> None:
    run_by_hand(numbers)
    notebook = build.read(numbers.notebook)
    (widget,) = [cell for cell in notebook.cells if "widget" in build.tags(cell)]
    assert widget.outputs == []
    assert build.IGNORED in build.tags(widget)


def test_outputs_are_tidied(numbers: Lesson) -> None:
    new = nbformat.v4
    cell = new.new_code_cell(
        "1 / 0",
        metadata={"papermill": {"x": 1}, "execution": {}, "tags": []},
        execution_count=7,
        outputs=[
            new.new_output("stream", name="stdout", text="a\n"),
            new.new_output("stream", name="stdout", text="b\n"),
            new.new_output("stream", name="stderr", text="c\n"),
            new.new_output("execute_result", data={"text/plain": "1"}, execution_count=7),
            new.new_output("error", ename="E", evalue="e", traceback=["\x1b[36mCell\x1b[39m In[7], line 1"]),
        ],
    )
    notebook = new.new_notebook(cells=[new.new_markdown_cell("x"), cell], metadata={"papermill": {}, "widgets": {}})
    build.tidy_outputs(notebook)
    assert [output.get("text") for output in cell.outputs] == ["a\nb\n", "c\n", None, None, None][:4]
    assert cell.execution_count == cell.outputs[2].execution_count == 1
    assert cell.outputs[3].traceback == ["\x1b[36mCell\x1b[39m In[1], line 1"]
    assert cell.metadata == {}
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


def test_the_start_page_is_built_where_there_is_one(course: Path) -> None:
    page = build.start_page(course)
    assert page is not None and page.needs_run
    assert page.file == course / "notebooks/00_start_here.ipynb"
    page.file.with_suffix(".py").unlink()
    assert build.start_page(course) is None


def test_writing_is_one_step(tmp_path: Path) -> None:
    build.write(tmp_path / "a" / "b.txt", "one")
    build.write(tmp_path / "a" / "b.txt", "two")
    assert [file.name for file in (tmp_path / "a").iterdir()] == ["b.txt"]


def test_a_script_that_jupytext_can_not_read_is_named(numbers: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise ValueError("no")

    monkeypatch.setattr("jupytext.reads", refuse)
    with pytest.raises(HandrailError, match=r"01_numbers\.py: jupytext can't read it: no\."):
        build.lesson_notebook(numbers)


def test_the_start_page_is_stale_when_its_roadmap_is(course: Path) -> None:
    page = build.start_page(course)
    assert page is not None
    notebook = nbformat.reads(page.text, as_version=4)
    shown = feedback.roadmap(catalog.phases(course), Summary(), "..")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[1].outputs = [nbformat.v4.new_output("execute_result", data={"text/plain": shown.text}, execution_count=2)]
    build.write(page.file, build.to_text(build.tidy_outputs(notebook)))
    assert not _stale(course)
    lesson = course / "notebooks/01_basics/02_arrays.py"
    lesson.write_text(lesson.read_text().replace("# # Arrays and tables", "# # Tables and arrays"))
    assert _stale(course)


def _stale(course: Path) -> bool:
    page = build.start_page(course)
    return page is not None and page.stale


def test_pictures_that_are_borrowed_are_not_stored() -> None:
    new = nbformat.v4
    shown = new.new_output("display_data", data={"image/png": "AAAA", "text/plain": "<Figure>"})
    cell = new.new_code_cell("show()", metadata={"tags": ["borrowed"]}, outputs=[shown])
    build.tidy_outputs(new.new_notebook(cells=[cell]))
    assert cell.outputs[0].data == {"text/plain": "<Figure>"}
