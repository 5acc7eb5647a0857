"""What is proved of the course as a whole."""

import re
import subprocess

from handrail import build, catalog

from .conftest import ROOT


def test_exercise_names_are_unique_and_every_need_exists():
    lessons = catalog.lessons(ROOT)
    known = {lesson.path for lesson in lessons}
    planned = re.compile(r"^0\d_\w+/\d\d_\w+$")
    assert all(need in known or planned.match(need) for lesson in lessons for need in lesson.needs)


def test_start_page_is_generated_from_its_source():
    page = build.start_page(ROOT)
    assert page is not None
    assert not page.stale, "run `make build` and commit what it writes"


def test_every_generated_notebook_has_a_source():
    made = [file for top in ("notebooks", "solutions", "curriculum") for file in (ROOT / top).glob("*/*.ipynb")]
    paths = {lesson.path for lesson in catalog.lessons(ROOT)}
    assert {f"{file.parent.name}/{file.stem}" for file in made} <= paths


def test_no_file_names_a_path_of_somebodys_machine():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    private = re.compile(r"(?<![\w.}])/(?:root|home/\w+|Users/\w+|work|tmp/venv)/")
    text = [ROOT / name for name in listed.splitlines() if name.endswith((".py", ".ipynb", ".md", ".toml", ".yml"))]
    found = [str(file.relative_to(ROOT)) for file in text if private.search(file.read_text(encoding="utf-8"))]
    assert not [name for name in found if not name.startswith("tests/")]
