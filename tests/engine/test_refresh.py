import shutil
from pathlib import Path

import pytest

from handrail import build, catalog, refresh

pytestmark = [pytest.mark.notebook, pytest.mark.filterwarnings("default")]


def files(root: Path) -> dict[str, bytes]:
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in sorted(root.rglob("*.ipynb"))}


def test_a_course_is_built_once_and_then_only_what_changed(course: Path) -> None:
    shutil.rmtree(course / "notebooks/01_basics/__pycache__", ignore_errors=True)
    lessons = catalog.lessons(course)
    assert len(refresh.stale(lessons)) == 9

    said = list(refresh.refresh(course, lessons))
    assert sum(line.startswith("wrote ") for line in said) == 6
    assert sorted(line.split(" (")[0] for line in said if line.startswith("ran ")) == [
        "ran notebooks/00_start_here.ipynb",
        "ran notebooks/01_basics/01_numbers.ipynb",
        "ran notebooks/01_basics/02_arrays.ipynb",
        "ran notebooks/01_basics/03_faults.ipynb",
    ]
    assert not refresh.stale(lessons)
    built = files(course)
    assert len(built) == 10

    assert list(refresh.refresh(course, lessons)) == []
    assert files(course) == built

    stub = course / "curriculum/01_basics/01_numbers.ipynb"
    stub.write_text(stub.read_text().replace("YOUR CODE HERE", "my own code"))
    assert refresh.stale(lessons) == [str(stub)]
    assert list(refresh.refresh(course, lessons)) == ["wrote curriculum/01_basics/01_numbers.ipynb"]
    assert files(course) == built

    source = course / "notebooks/01_basics/02_arrays.py"
    source.write_text(source.read_text() + "\n# %% [markdown]\n# More prose.\n")
    assert list(refresh.refresh(course, lessons)) == ["wrote notebooks/01_basics/02_arrays.ipynb"]
    assert b'"3"' in files(course)["notebooks/01_basics/02_arrays.ipynb"]

    source.write_text(source.read_text().replace("total = sum([1, 2])", "total = sum([1, 2]) / 0"))
    (failed,) = refresh.refresh(course, lessons)
    assert failed.startswith("FAILED notebooks/01_basics/02_arrays.ipynb: cell 2: ZeroDivisionError: division by zero")
    assert b'"3"' in files(course)["notebooks/01_basics/02_arrays.ipynb"], "what is stored stays until a run succeeds"


def test_everything_is_run_again_where_that_is_asked(course: Path) -> None:
    lesson = catalog.lesson(course, "01_basics/03_faults")
    list(refresh.refresh(course, [lesson], start_page=False))
    before = build.generated(lesson)[0]
    assert not before.stale
    (line,) = refresh.refresh(course, [lesson], everything=True, start_page=False)
    assert line.startswith("ran notebooks/01_basics/03_faults.ipynb")
    assert build.generated(lesson)[0].text == before.text
