"""The four calls of a learner: in this process, in a plain script, and in a real kernel."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import handrail
from handrail import journal, learner
from handrail.model import Outcome


def share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def wrong_share(part: float, whole: float) -> float:
    return part / whole * 100 if whole else 0.0


wrong_share.__name__ = "share"


def stub(part: float, whole: float) -> float:
    raise NotImplementedError()


stub.__name__ = "share"


def test_a_right_answer_is_shown_and_recorded(course: Path) -> None:
    result = handrail.check(share)
    assert result.outcome is Outcome.PASS
    assert repr(result) == "✓ share: Right"
    assert journal.load(course).standings["share"].passed


def test_a_wrong_answer_is_shown_with_its_diagnosis_and_recorded(course: Path) -> None:
    result = handrail.check(wrong_share)
    assert (result.outcome, result.mistake) == (Outcome.FAIL, "percent")
    assert result.counterexample == "share(0.5, 0.5)"
    assert (result.expected, result.returned) == ("1.0", "100.0")
    assert "you returned **percent**" in repr(result)
    (event,), _ = journal.read(journal.log_file(course))
    assert (event.outcome, event.mistake, event.lesson) == ("fail", "percent", "01_basics/01_numbers")


def test_the_last_definition_of_a_name_counts(course: Path) -> None:
    names: dict[str, Any] = {}
    exec("def share(part, whole): return 0\ndef share(part, whole): return part / whole if whole else 0.0", names)
    assert handrail.check(names["share"]).passed


def test_every_exercise_of_the_course_can_be_checked(course: Path) -> None:
    from handrail import catalog, content

    for lesson in catalog.lessons(course):
        answers = content.definitions(lesson.solution_source)
        for exercise in lesson.exercises:
            expected = Outcome.BROKEN if exercise.name == "shaky" else Outcome.PASS
            assert handrail.check(answers[exercise.name]).outcome is expected


def no_exercise(x: int) -> int:
    return x


def shere(x: int) -> int:
    return x


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (no_exercise, "There is no exercise called `no_exercise`. The name of the function must be the one"),
        (shere, "There is no exercise called `shere`. Did you mean `share`?"),
        (lambda x: x, "A lambda has no name to find its exercise by."),
        (0.25, "What is needed is the function itself; this is 0.25 (float). Pass its name without parentheses"),
        (None, "this is None (NoneType)"),
        ("share", "This is only its name. Pass the function itself: `check(share)`, without quotes."),
    ],
)
def test_what_is_no_answer_ends_in_a_sentence(course: Path, answer: Any, said: str) -> None:
    result = handrail.check(answer)
    assert result.outcome is Outcome.BROKEN
    assert "Nothing was checked" in repr(result)
    assert said in repr(result)
    assert not journal.log_file(course).exists()


def test_an_unclosed_marker_in_the_solution_is_said(course: Path) -> None:
    solution = course / "solutions/01_basics/01_numbers.py"
    solution.write_text(solution.read_text().replace("    # END SOLUTION", "", 1))
    for shown in (handrail.check(share), handrail.hint(share), handrail.solution(share)):
        assert "01_numbers.py:19: `# BEGIN SOLUTION` is never closed. Put `# END SOLUTION` after the answer." in repr(
            shown
        )


def test_in_strict_mode_what_does_not_pass_raises(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAIL_STRICT", "1")
    assert handrail.check(share).passed
    for answer, said in ((wrong_share, "Not yet right"), (stub, "Not attempted"), (no_exercise, "no exercise called")):
        with pytest.raises(learner.CheckFailed, match=said):
            handrail.check(answer)


def test_each_hint_goes_one_step_further(course: Path) -> None:
    shown = [repr(handrail.hint(share)) for _ in range(4)]
    assert ["Hint 1 of 3" in shown[0], "Hint 2 of 3" in shown[1], "Hint 3 of 3" in shown[2]] == [True] * 3
    assert shown[3] == shown[2]
    assert "1. Which part of it is it?" in shown[2]
    assert journal.load(course).standings["share"].hints == 3


@pytest.mark.parametrize("call", [handrail.hint, handrail.solution])
def test_for_an_unknown_name_the_nearest_is_offered(course: Path, call: Callable[[Any], Any]) -> None:
    assert "Did you mean `count_down`?" in repr(call("countdown"))
    assert "There is no exercise called `zzz`" in repr(call("zzz"))
    assert "Pass its name without parentheses" in repr(call(3))
    assert "`share`" in repr(call("shares"))


def test_the_solution_asks_once_before_it_is_shown(course: Path) -> None:
    asked = repr(handrail.solution("share"))
    assert asked.startswith("Share: are you sure?")
    assert "def share" not in asked
    shown = repr(handrail.solution("share"))
    assert "return part / whole" in shown
    assert "A share is a quotient." in shown
    assert journal.load(course).standings["share"].saw_solution


def test_the_solution_does_not_ask_who_has_tried(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handrail.check(stub)
    assert "are you sure" in repr(handrail.solution(share))
    handrail.check(wrong_share)
    assert "def share" in repr(handrail.solution(share))
    monkeypatch.setattr(learner, "SESSION", learner.Session())
    assert "def share" in repr(handrail.solution(share)), "an attempt of yesterday counts"


def test_progress_shows_what_is_next(course: Path) -> None:
    handrail.check(share)
    work = course / "work" / "01_basics"
    work.mkdir(parents=True)
    os.chdir(work)
    panel = handrail.progress()
    assert "1 of 8 exercises are right." in repr(panel)
    assert "Next: Count and share" in repr(panel)
    assert "href='../../notebooks/01_basics/01_numbers.ipynb'" in panel.html


def test_links_to_a_course_elsewhere_are_quoted(course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = tmp_path / "Anna's <course> ü"
    shutil.copytree(course, odd)
    monkeypatch.setenv("HANDRAIL_COURSE", str(odd))
    monkeypatch.chdir(tmp_path)
    assert "href='Anna%27s%20%3Ccourse%3E%20%C3%BC/notebooks/" in handrail.progress().html


def test_from_outside_of_any_course_there_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HANDRAIL_COURSE", str(tmp_path))
    for shown in (handrail.check(share), handrail.hint(share), handrail.solution(share), handrail.progress()):
        assert "lies outside a course" in repr(shown)


def test_a_log_that_can_not_be_written_is_said_once_and_checks_work(course: Path) -> None:
    (course / "work").write_text("this is no folder")
    first, second = handrail.check(share), handrail.check(share)
    assert "Your progress can't be saved" in repr(first)
    assert repr(second) == "✓ share: Right"
    assert second.passed


def test_damaged_lines_of_the_log_are_said(course: Path) -> None:
    handrail.check(share)
    with journal.log_file(course).open("a") as log:
        log.write("{torn\n")
    assert "1 line of work/progress.jsonl could not be read and was skipped." in repr(handrail.progress())


def test_progress_off_writes_nothing(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAIL_PROGRESS", "off")
    handrail.check(share)
    handrail.hint(share)
    assert not (course / "work").exists()


def test_links_are_relative_to_the_same_folder_where_there_is_no_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def other_drive(*_: Any) -> str:
        raise ValueError

    monkeypatch.setattr(os.path, "relpath", other_drive)
    assert learner._here("x") == "."


SCRIPT = """
import json, handrail

def share(part, whole):
    return part / whole * 100 if whole else 0.0

result = handrail.check(share)
print(json.dumps([result.outcome, result.message, result.counterexample, result.mistake, result.passed]))
print(result)
"""


def test_a_plain_script_gets_the_same_result(course: Path, python: Callable[..., Any]) -> None:
    said = python(SCRIPT, cwd=course)
    assert said.stderr == ""
    first, *rest = said.stdout.splitlines()
    assert json.loads(first) == ["fail", "The result should be 1.0, not 100.0.", "share(0.5, 0.5)", "percent", False]
    assert rest[0] == "✗ share: Not yet right"
    assert not (course / ".hypothesis").exists()


@contextmanager
def kernel(folder: Path) -> Iterator[Callable[..., dict[str, Any]]]:
    """A real Jupyter kernel; yields a function that runs a cell and returns what it shows."""
    from jupyter_client.manager import KernelManager

    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(folder), env=os.environ | {"OMP_NUM_THREADS": "1"})
    client = manager.client()
    client.start_channels()

    def run(code: str, interrupt_when: str = "", timeout: float = 60) -> dict[str, Any]:
        shown: dict[str, Any] = {"stdout": "", "error": ""}
        request = client.execute(code)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            message = client.get_iopub_msg(timeout=timeout)
            if message["parent_header"].get("msg_id") != request:
                continue
            content = message["content"]
            if message["msg_type"] == "execute_result":
                shown |= content["data"]
            elif message["msg_type"] == "stream":
                shown["stdout"] += content["text"]
            elif message["msg_type"] == "error":
                shown["error"] = f"{content['ename']}: {content['evalue']}"
            elif message["msg_type"] == "status" and content["execution_state"] == "busy" and interrupt_when:
                while not Path(interrupt_when).exists() and time.monotonic() < deadline:
                    time.sleep(0.05)
                manager.interrupt_kernel()
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                return shown
        raise TimeoutError(code)

    try:
        client.wait_for_ready(timeout=60)
        yield run
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


@pytest.mark.notebook
@pytest.mark.filterwarnings("default")
def test_a_real_kernel_shows_checks_and_survives_an_interrupt(course: Path) -> None:
    work = course / "work" / "01_basics"
    work.mkdir(parents=True)
    running = work / "running"
    with kernel(work) as run:
        wrong = run(
            "from handrail import check, hint, progress\ndef share(part, whole):\n    return whole\ncheck(share)"
        )
        assert "<section role='status'" in wrong["text/html"]
        assert "share: Not yet right" in wrong["text/plain"]

        raised = run("def share(part, whole):\n    missing = part / whole\n    return missing\ncheck(share)")
        assert "ZeroDivisionError" in raised["text/plain"]
        assert "line 2: missing = part / whole" in raised["text/plain"]
        assert "line 2: missing = part / whole" in raised["text/html"]
        assert raised["error"] == ""

        printed = run("def share(part, whole):\n    print('x' * 10**6)\n    return 7\ncheck(share)")
        assert printed["stdout"] == ""
        assert "more characters" in printed["text/plain"]

        endless = (
            f"def share(part, whole):\n    open({str(running)!r}, 'w').close()\n    while True: pass\ncheck(share)"
        )
        stopped = run(endless, interrupt_when=str(running))
        assert stopped["error"] == ""
        assert "Interrupted: it was still running." in stopped["text/plain"]
        assert "line 3: while True: pass" in stopped["text/plain"]

        right = run("def share(part, whole):\n    return part / whole if whole else 0.0\ncheck(share)")
        assert right["text/plain"] == "✓ share: Right"
        assert "1 of 8 exercises are right." in run("progress()")["text/plain"]
        assert run("raise SystemError('as always')")["error"] == "SystemError: as always"
