import errno
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handrail import journal
from handrail.model import Event, Outcome, Result, Standing

RIGHT = Event("2026-01-01T10:00:00+00:00", "share", "01_basics/01_numbers", "check", outcome="pass")
APPEND = """
import sys
from pathlib import Path
from handrail import journal
from handrail.model import Event
for i in range(int(sys.argv[2])):
    journal.record(Path(sys.argv[1]), Event(journal.now(), f"{sys.argv[3]}_{i}", "lesson", "check", outcome="fail"))
"""


def event(kind: str = "check", **more: Any) -> Event:
    return Event("2026-01-01T10:00:00+00:00", "share", "01_basics/01_numbers", kind, **more)


def test_what_is_recorded_is_read_again(tmp_path: Path) -> None:
    assert journal.record(tmp_path, RIGHT) == ""
    assert journal.record(tmp_path, event("hint", hint=2)) == ""
    assert journal.read(tmp_path / "work" / "progress.jsonl") == ([RIGHT, event("hint", hint=2)], 0)


def test_a_line_holds_only_what_is_known(tmp_path: Path) -> None:
    journal.record(tmp_path, event("solution"))
    assert json.loads(journal.log_file(tmp_path).read_text()) == {
        "at": "2026-01-01T10:00:00+00:00",
        "exercise": "share",
        "lesson": "01_basics/01_numbers",
        "kind": "solution",
    }


def test_a_result_becomes_an_event() -> None:
    made = journal.checked(Result("share", Outcome.FAIL, mistake="percent"), "01_basics/01_numbers")
    assert (made.kind, made.outcome, made.mistake) == ("check", "fail", "percent")
    assert made.at.endswith("+00:00")


def test_events_fold_into_where_the_learner_stands() -> None:
    events = [
        event(outcome="unattempted"),
        event(outcome="fail"),
        event("hint", hint=2),
        event("hint", hint=1),
        event(outcome="pass"),
        event(outcome="fail"),
        event("solution"),
    ]
    standing = Standing("share", passed=True, checks=3, hints=2, saw_solution=True, last=events[-1].at)
    assert journal.summarize(events).standings == {"share": standing}


@pytest.mark.parametrize(
    "line",
    [
        b"{not json",
        b"[]",
        b"3",
        b"{}",
        b'{"at": 1, "exercise": "share", "lesson": "x", "kind": "check"}',
        b'{"at": "x", "exercise": ["share"], "lesson": "x", "kind": "check"}',
        b'{"at": "x", "exercise": "share", "lesson": "x", "kind": "hint", "hint": "two"}',
        b"\x00\x00\x00",
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_damaged_line_is_skipped_and_counted(tmp_path: Path, line: bytes) -> None:
    journal.record(tmp_path, RIGHT)
    with journal.log_file(tmp_path).open("ab") as log:
        log.write(line + b"\n")
    journal.record(tmp_path, RIGHT)
    summary = journal.load(tmp_path)
    assert summary.damaged == 1
    assert summary.standings["share"].checks == 2


def test_fields_of_a_later_version_are_ignored(tmp_path: Path) -> None:
    journal.append(journal.log_file(tmp_path), '{"at":"x","exercise":"a","lesson":"b","kind":"check","mood":5}')
    assert journal.load(tmp_path).damaged == 0


def test_a_torn_last_line_costs_only_itself(tmp_path: Path) -> None:
    journal.record(tmp_path, RIGHT)
    with journal.log_file(tmp_path).open("ab") as log:
        log.write(b'{"at": "2026-01')
    journal.record(tmp_path, RIGHT)
    events, damaged = journal.read(journal.log_file(tmp_path))
    assert (events, damaged) == ([RIGHT, RIGHT], 1)


def test_two_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", APPEND, str(tmp_path), "500"]
    both = [subprocess.Popen([*command, name]) for name in ("first", "second")]
    assert [process.wait(60) for process in both] == [0, 0]
    events, damaged = journal.read(journal.log_file(tmp_path))
    assert damaged == 0
    assert {one.exercise for one in events} == {f"{name}_{i}" for name in ("first", "second") for i in range(500)}


def test_a_kill_at_any_moment_loses_at_most_the_line_being_written(tmp_path: Path) -> None:
    for i in range(6):
        process = subprocess.Popen([sys.executable, "-c", APPEND, str(tmp_path), "100000", f"run{i}"])
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and f'"run{i}_20"'.encode() not in _bytes(tmp_path):
            time.sleep(0.005)
        time.sleep(0.003 * i)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    events, damaged = journal.read(journal.log_file(tmp_path))
    assert damaged <= 6
    for i in range(6):
        mine = [int(one.exercise.split("_")[1]) for one in events if one.exercise.startswith(f"run{i}_")]
        assert mine == list(range(len(mine))) and len(mine) > 20


def _bytes(root: Path) -> bytes:
    return journal.log_file(root).read_bytes() if journal.log_file(root).is_file() else b""


def test_off_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for word in ("off", "OFF", "0", "no", "false"):
        monkeypatch.setenv("HANDRAIL_PROGRESS", word)
        assert journal.record(tmp_path, RIGHT) == ""
    assert not list(tmp_path.iterdir())
    monkeypatch.setenv("HANDRAIL_PROGRESS", "on")
    journal.record(tmp_path, RIGHT)
    assert journal.load(tmp_path).standings["share"].passed


def test_a_full_disk_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "log_file", lambda root: Path("/dev/full"))
    warning = journal.record(tmp_path, RIGHT)
    assert warning.startswith(
        "Your progress can't be saved (No space left on device: /dev/full). Checks work all the same."
    )
    assert "HANDRAIL_PROGRESS=off" in warning


def test_half_a_line_that_still_fitted_is_a_sentence_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    with monkeypatch.context() as full_disk:
        full_disk.setattr(os, "write", lambda handle, data: write(handle, data[:7]))
        assert "No space left on device" in journal.record(tmp_path, RIGHT)
    journal.record(tmp_path, RIGHT)
    assert journal.read(journal.log_file(tmp_path)) == ([RIGHT], 1)


def test_a_folder_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "work").write_text("")
    assert "can't be saved (File exists" in journal.record(tmp_path, RIGHT)
    assert journal.load(tmp_path).standings == {}


def in_a_child(action: Callable[[], bool], *, user: int) -> bool:
    """Run in a child process as another user; whether the action says True."""
    child = os.fork()
    if child == 0:
        try:
            os.setgid(user)
            os.setuid(user)
            os._exit(0 if action() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.skipif(not hasattr(os, "fork") or os.name != "posix", reason="needs POSIX")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_read_only_folder_is_a_sentence_and_its_log_can_still_be_read() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        journal.record(root, RIGHT)
        for path, mode in ((root, 0o755), (journal.log_file(root), 0o444), (root / "work", 0o555)):
            path.chmod(mode)

        def refused() -> bool:
            said = journal.record(root, RIGHT)
            return os.strerror(errno.EACCES) in said and journal.load(root).standings["share"].checks == 1

        assert in_a_child(refused, user=65534) if os.getuid() == 0 else refused()
        (root / "work").chmod(0o755)


def test_recording_takes_no_noticeable_time(tmp_path: Path) -> None:
    def milliseconds() -> float:
        began = time.perf_counter()
        journal.record(tmp_path, RIGHT)
        return 1000 * (time.perf_counter() - began)

    assert statistics.median(milliseconds() for _ in range(50)) < 5
