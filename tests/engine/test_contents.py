"""JupyterLab saves what a learner writes into a lesson beside it, never over it."""

import asyncio
import json
from pathlib import Path

import nbformat
import pytest

from handrail.contents import CourseContents, edition

LESSON = "notebooks/01_one/01_first.ipynb"
STUB = "curriculum/01_one/01_first.ipynb"
OWN = "work/01_one/01_first.ipynb"


@pytest.fixture
def root(tmp_path) -> Path:
    """Return a course with one lesson and its stub, and a learner's copy of that."""
    folder = tmp_path / "my é course"
    for name, source in ((LESSON, "01_first.py"), (STUB, "01_first_checks.py"), (OWN, None)):
        path = folder / name
        path.parent.mkdir(parents=True)
        write(path, "as published")
        if source:
            path.with_name(source).touch()
    return folder


@pytest.fixture
def contents(root, monkeypatch) -> CourseContents:
    """Return the course's files as JupyterLab sees them, with a database of signatures of their own."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(root / "signatures"))
    return CourseContents(root_dir=str(root))


def notebook(text: str):
    output = nbformat.v4.new_output("display_data", {"text/html": "<b>out</b>"})
    cell = nbformat.v4.new_code_cell(text, outputs=[output], execution_count=1, id="a")
    return nbformat.v4.new_notebook(cells=[cell])


def write(path: Path, text: str) -> None:
    path.write_text(nbformat.writes(notebook(text)), encoding="utf-8")


def save(contents: CourseContents, path: str, text: str) -> dict:
    return asyncio.run(contents.save({"type": "notebook", "format": "json", "content": notebook(text)}, path))


def source(contents: CourseContents, path: str) -> str:
    return asyncio.run(contents.get(path))["content"]["cells"][0]["source"]


@pytest.mark.parametrize("path", [LESSON, STUB])
def test_a_published_notebook_is_kept_as_published(root, contents, path):
    published = (root / path).read_bytes()
    assert source(contents, path) == "as published"
    save(contents, path, "with my notes")
    save(contents, path, "with more of my notes")
    assert (root / path).read_bytes() == published
    assert source(contents, path) == "with more of my notes"
    assert source(CourseContents(root_dir=str(root)), path) == "with more of my notes"


def test_a_new_version_is_shown_and_the_notes_in_the_old_one_are_kept(root, contents):
    save(contents, LESSON, "with my notes")
    notes = edition(root, root / LESSON)
    write(root / LESSON, "as published anew")
    assert source(contents, LESSON) == "as published anew"
    assert "with my notes" in notes.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [OWN, "notebooks/01_one/mine.ipynb", "mine.ipynb"])
def test_what_is_the_learners_is_saved_where_it_is(root, contents, path):
    save(contents, path, "mine")
    assert json.loads((root / path).read_text(encoding="utf-8"))["cells"][0]["source"] == ["mine"]
    assert not (root / "work" / "_edited").exists()


def test_removing_what_was_saved_brings_back_what_was_published(root, contents):
    contents.delete_to_trash = False
    save(contents, LESSON, "with my notes")
    asyncio.run(contents.delete(LESSON))
    assert source(contents, LESSON) == "as published"


def test_a_folder_lists_a_notebook_once(contents):
    save(contents, LESSON, "with my notes")
    listed = asyncio.run(contents.get("notebooks/01_one"))["content"]
    assert [entry["path"] for entry in listed if entry["type"] == "notebook"] == [LESSON]


def test_published_outputs_are_trusted_and_changed_ones_need_a_signature(root, contents):
    def trusted(path: str) -> bool:
        return asyncio.run(contents.get(path))["content"]["cells"][0]["metadata"].get("trusted", False)

    assert trusted(LESSON)
    assert not trusted(OWN)
    edited = edition(root, root / LESSON)
    edited.parent.mkdir(parents=True)
    write(edited, "from who knows where")
    assert not trusted(LESSON)
