import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest

from handrail import build, catalog, suite
from handrail.model import HandrailError, Lesson


def store(lesson: Lesson) -> None:
    """Store a lesson as if it had been run."""
    notebook = nbformat.reads(build.generated(lesson)[0].text, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("stream", text="x\n")]
    build.write(lesson.notebook, build.to_text(build.tidy_outputs(notebook)))


@pytest.fixture
def stored(course: Path) -> Path:
    for lesson in catalog.lessons(course):
        store(lesson)
    return course


@pytest.fixture
def pytest_runs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What would have been run; nothing is."""
    for name in ("CI", "HANDRAIL_FRESH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HANDRAIL_COLD", "1")
    monkeypatch.delenv(suite.warm.VARIABLE, raising=False)
    runs: list[dict[str, Any]] = []

    def run(command: list[str], **more: Any) -> SimpleNamespace:
        runs.append({"command": command} | more)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subprocess, "run", run)
    return runs


def test_the_lessons_are_proved_with_their_claims_at_their_own_depth(stored: Path) -> None:
    (stored / ".proof").mkdir()
    (stored / ".proof" / "old.ipynb").write_text("old")
    suite.write_proofs(stored, catalog.lessons(stored))
    proofs = sorted(file.relative_to(stored / ".proof").as_posix() for file in (stored / ".proof").rglob("*.ipynb"))
    assert proofs == ["01_basics/01_numbers.ipynb", "01_basics/02_arrays.ipynb", "01_basics/03_faults.ipynb"]
    assert "assert len(days) == 4" in (stored / ".proof" / proofs[0]).read_text()


def test_a_lesson_that_was_never_built_says_what_to_do(course: Path) -> None:
    with pytest.raises(HandrailError, match=r"01_numbers\.ipynb is missing\. Run `make build`\."):
        suite.write_proofs(course, catalog.lessons(course))


def test_what_was_proved_is_not_proved_again_until_it_changes(
    stored: Path, pytest_runs: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert suite.run(stored, []) == 0
    assert pytest_runs[0]["env"]["HANDRAIL_LESSONS"].count("01_basics/") == 3
    assert pytest_runs[0]["env"]["HANDRAIL_PROGRESS"] == "off"

    assert suite.run(stored, []) == 0
    assert pytest_runs[1]["env"]["HANDRAIL_LESSONS"] == "none"
    assert "Everything was proved before" in capsys.readouterr().out

    checks = stored / "curriculum/01_basics/02_arrays_checks.py"
    checks.write_text(checks.read_text() + "# changed\n")
    suite.run(stored, [])
    assert pytest_runs[2]["env"]["HANDRAIL_LESSONS"] == "01_basics/02_arrays"
    assert "Proved before and unchanged: " in capsys.readouterr().out


def test_a_run_that_fails_or_is_partial_is_not_remembered(
    stored: Path, pytest_runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.run(stored, ["-k", "share"])
    assert not suite.proved(stored)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=1))
    assert suite.run(stored, []) == 1
    assert not suite.proved(stored)


@pytest.mark.parametrize("name", ["CI", "HANDRAIL_FRESH"])
def test_a_fresh_proof_reuses_nothing(
    stored: Path, pytest_runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    suite.run(stored, [])
    monkeypatch.setenv(name, "1")
    suite.run(stored, [])
    assert pytest_runs[1]["env"]["HANDRAIL_LESSONS"].count("01_basics/") == 3


def test_a_proof_that_asked_for_the_network_fails(
    stored: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(command: list[str], env: dict[str, str], **_: Any) -> SimpleNamespace:
        Path(env["HANDRAIL_NETWORK_LOG"]).write_text("example.org")
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subprocess, "run", run)
    assert suite.run(stored, []) == 1
    assert "The proof must run offline" in capsys.readouterr().out
    assert not suite.proved(stored)


@pytest.mark.parametrize(
    ("arguments", "whole"), [([], True), (["-k", "share"], True), (["solutions/01_basics::x"], False)]
)
def test_arguments_choose_a_part_only_where_they_are_paths(course: Path, arguments: list[str], whole: bool) -> None:
    command = suite.command(course, arguments, [suite.ENGINE])
    assert ("tests/curriculum" in command) is whole
    assert command[len(command) - len(arguments) :] == arguments


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_damaged_memory_is_forgotten(course: Path, text: str) -> None:
    build.write(course / suite.PROVED, text)
    assert suite.proved(course) == {}


def test_what_was_measured_is_read_with_the_share_of_compared_outputs(stored: Path) -> None:
    lessons = catalog.lessons(stored)
    build.write(stored / ".proof/01_basics/01_numbers.json", json.dumps({"seconds": 1.5, "peak_mb": 100}))
    measured = suite.measurements(stored, lessons)
    assert measured == {"01_basics/01_numbers": {"seconds": 1.5, "peak_mb": 100, "compared": 1 - 1 / 5}}


def test_a_lesson_without_outputs_is_compared_as_a_whole(
    bare_course: Path, write_lesson: Callable[..., Lesson]
) -> None:
    assert suite.compared_share(write_lesson(bare_course)) == 1.0


def test_kernels_are_forked_unless_a_cold_proof_is_asked_for(
    course: Path, pytest_runs: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for lesson in catalog.lessons(course):
        store(lesson)
    suite.run(course, ["-k", "nothing"])
    assert suite.warm.VARIABLE not in pytest_runs[-1]["env"]
    stopped: list[Path] = []
    monkeypatch.setattr(suite.warm, "start", lambda variables, **_: True)
    monkeypatch.setattr(suite.warm, "stop", stopped.append)
    suite.run(course, ["-k", "nothing"])
    assert pytest_runs[-1]["env"][suite.warm.VARIABLE] == suite.warm.NAME
    assert stopped == [suite.warm.address(pytest_runs[-1]["env"])]


def test_what_takes_longest_is_run_first_and_the_rest_keeps_its_order(stored: Path) -> None:
    lessons = catalog.lessons(stored)
    notebook = f"{suite.PROOF}/{lessons[0].path}.ipynb"
    assert suite.expected_seconds(stored, lessons)[notebook] == lessons[0].seconds
    suite.remember_seconds(stored, {"slow": 90.0, notebook: 12.34, "quick": 0.2})
    suite.remember_seconds(stored, {"slower": 95.0})
    expected = suite.expected_seconds(stored, lessons)
    assert (expected[notebook], expected["slow"], "quick" in expected) == (12.3, 90.0, False)
    units = ["a", "slow", "b", notebook, "slower", "c"]
    assert suite.longest_first(units, expected) == [4, 1, 3, 0, 2, 5]


@pytest.mark.parametrize("text", ["", "[]", "no JSON"])
def test_damaged_seconds_are_forgotten(stored: Path, text: str) -> None:
    suite.remember_seconds(stored, {"slow": 90.0})
    (stored / suite.SECONDS).write_text(text)
    assert suite.longest_first(["a", "slow"], suite.expected_seconds(stored, [])) == [0, 1]
