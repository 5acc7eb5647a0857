"""Notebooks are run in real kernels. Few of them: each takes more than a second."""

import os
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from handrail import build, execute
from handrail.execute import Job, Run, run_all, run_one
from handrail.model import Lesson

pytestmark = [pytest.mark.notebook, pytest.mark.filterwarnings("default")]


def notebook(*cells: str, tags: dict[int, list[str]] | None = None) -> str:
    made = [
        nbformat.v4.new_code_cell(source, id=f"cell-{i}", metadata={"tags": (tags or {}).get(i, [])})
        for i, source in enumerate(cells)
    ]
    return build.to_text(nbformat.v4.new_notebook(cells=made))


def outputs(run: Run) -> list[str]:
    cells = nbformat.reads(run.text, as_version=4).cells
    return ["".join(output.get("text", "") for output in cell.outputs) for cell in cells]


def test_a_notebook_is_run_in_its_folder_with_one_thread_and_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDRAIL_COLD", "1")  # a kernel's whole memory, not what it adds to its parent's
    (tmp_path / "here").mkdir()
    before = dict(os.environ)
    text = notebook(
        "import os\nprint(os.path.basename(os.getcwd()), os.environ['OMP_NUM_THREADS'], os.environ['MINE'])",
        "1 / 0",
        "print(os.environ['HANDRAIL_PROGRESS'], os.environ['HF_HUB_OFFLINE'])",
        tags={1: ["raises-exception"]},
    )
    run = run_one(Job("name", text, tmp_path / "here", environment=(("MINE", "yes"),)))
    assert (run.name, run.error) == ("name", "")
    assert outputs(run) == ["here 1 yes\n", "", "off 1\n"]
    assert run.peak_mb > 20 and run.seconds >= 0 and run.cpu_seconds > 0
    cells = nbformat.reads(run.text, as_version=4).cells
    assert [cell.execution_count for cell in cells] == [1, 2, 3]
    assert cells[1].outputs[0].ename == "ZeroDivisionError"
    assert "In[2]" in "".join(cells[1].outputs[0].traceback)
    assert dict(os.environ) == before


def test_a_notebook_that_fails_says_in_which_cell(tmp_path: Path) -> None:
    text = notebook("1 / 0", "{}['missing']", tags={0: ["raises-exception"]})
    (run,) = run_all([Job("bad", text, tmp_path)])
    assert run == Run("bad", error="cell 2: KeyError: 'missing'\n{}['missing']")


def test_a_folder_that_is_missing_is_an_error_of_the_run(tmp_path: Path) -> None:
    (run,) = run_all([Job("lost", notebook("1"), tmp_path / "missing")])
    assert run.error


def test_the_cells_that_measure_leave_no_output(bare_course: Path, write_lesson: Callable[..., Lesson]) -> None:
    lesson = write_lesson(bare_course)
    build.write(lesson.notebook, build.generated(lesson)[0].text)
    proof = execute.proof_notebook(lesson)
    assert proof.cells[0].id == "handrail-began"
    assert str(bare_course / ".proof/01_basics/01_twice.json") in proof.cells[-1].source
    for cell in (proof.cells[0], proof.cells[-1]):
        compile(cell.source, "measure", "exec")
        assert build.tags(cell) == [build.IGNORED]


def test_an_interactive_cell_is_left_out_and_kept_as_written(tmp_path: Path) -> None:
    text = notebook("x = 1", "while True:\n    pass", "print(x)", tags={1: ["widget"]})
    run = run_one(Job("name", text, tmp_path, seconds=60))
    assert run.error == ""
    cells = nbformat.reads(run.text, as_version=4).cells
    assert [cell.source for cell in cells] == ["x = 1", "while True:\n    pass", "print(x)"]
    assert outputs(run) == ["", "", "1\n"]
