"""The commands, as a person runs them."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handrail import cli

COMMANDS = ["lab", "test", "build", "prove", "new", "progress", "bench"]


@pytest.fixture
def handrail(course: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A function that runs a command in the miniature course, in a process of its own."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "handrail", *arguments]
        return subprocess.run(command, cwd=course, capture_output=True, text=True, timeout=120)

    return run


Handrail = Callable[..., Any]


def test_help_names_every_command(handrail: Handrail) -> None:
    said = handrail("--help")
    assert said.returncode == 0
    assert all(f"    {name} " in said.stdout for name in COMMANDS)


@pytest.mark.notebook
@pytest.mark.filterwarnings("default")
def test_a_new_lesson_is_written_built_and_proved(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["new", "01_basics/04_data"]) == 0
    made = capsys.readouterr().out
    assert "wrote notebooks/01_basics/04_data.py" in made
    assert "Next: edit them, then `make build` and `.venv/bin/handrail prove 01_basics/04_data`." in made
    assert cli.main(["build", "01_basics/04_data"]) == 0
    assert "ran notebooks/01_basics/04_data.ipynb" in capsys.readouterr().out
    assert cli.main(["prove", "01_basics/04_data"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "proved"


def test_a_lesson_that_exists_is_not_written_again(handrail: Handrail) -> None:
    again = handrail("new", "01_basics/01_numbers")
    assert again.returncode == 2
    assert again.stderr.startswith("handrail: ") and "exists already" in again.stderr
    assert len(again.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["new", "cleaning"], "'cleaning' is not the path of a lesson. Write a numbered phase"),
        (
            ["prove", "01_basics/01_number"],
            "There is no lesson 01_basics/01_number. Did you mean `01_basics/01_numbers`?",
        ),
        (["prove", "--exercise", "shere"], "There is no exercise called `shere`. Did you mean `share`?"),
        (["prove", "01_basics/02_arrays", "--exercise", "share"], "`share` is no exercise of 01_basics/02_arrays."),
        (["build", "nothing"], "There is no lesson nothing."),
    ],
)
def test_what_a_person_can_cause_ends_in_one_sentence(
    course: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert cli.main(arguments) == 2
    stdout, stderr = capsys.readouterr()
    assert stdout == ""
    assert stderr.startswith(f"handrail: {said}")
    assert len(stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [[], ["bild"], ["build", "--al1"], ["progress", "now"], ["new"]])
def test_unknown_arguments_end_in_the_usage(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
    assert capsys.readouterr().err.startswith("usage: handrail")


def test_problems_are_listed_and_the_exit_code_says_so(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["prove", "01_basics/03_faults", "--exercise", "bare"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ok   bare: solution passes (") for line in lines)
    assert any(line.startswith("FAIL bare: examples true (") for line in lines)
    assert "       the docstring has no example" in lines
    assert lines[-1] == "2 problems"


def test_one_exercise_is_proved_wherever_it_is(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["prove", "--exercise", "share"]) == 0
    assert "careless" not in capsys.readouterr().out


def test_progress_is_the_roadmap(handrail: Handrail) -> None:
    said = handrail("progress")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith("0 of 8 exercises are right.")
    assert said.stdout.endswith("Next: Count and share (01_basics/01_numbers)\n")


def test_a_lesson_that_does_not_run_fails_the_build(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["wrote a", "FAILED b: cell 2: ValueError"]
    monkeypatch.setattr("handrail.refresh.refresh", lambda *_, **__: iter(lines))
    assert cli.main(["build"]) == 1
    assert capsys.readouterr().out.splitlines() == lines


def test_commands_call_their_function(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("handrail.lab.launch", lambda root, rest: 3 if rest == ["--no-browser"] else 4)
    monkeypatch.setattr("handrail.suite.run", lambda root, rest: 5 if rest == ["-k", "x"] else 6)
    monkeypatch.setattr("handrail.bench.report", lambda root: "a table")
    assert cli.main(["lab", "--no-browser"]) == 3
    assert cli.main(["test", "-k", "x"]) == 5
    assert cli.main(["bench"]) == 0
    assert capsys.readouterr().out == "a table\n"


def test_a_file_that_can_not_be_written_and_an_interrupt_end_in_a_sentence(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(13, "Permission denied", "notebooks/x.py")

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("handrail.template.write", refuse)
    assert cli.main(["new", "01_basics/09_x"]) == 2
    assert capsys.readouterr().err == "handrail: notebooks/x.py: Permission denied. Make it readable and writable.\n"
    monkeypatch.setattr("handrail.template.write", interrupt)
    assert cli.main(["new", "01_basics/09_x"]) == 130
    assert capsys.readouterr().err == "\nStopped.\n"
