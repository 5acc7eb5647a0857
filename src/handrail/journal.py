"""The learner's log: append-only JSON lines, folded into a summary.

A line is written with one call, on its own line even after a torn one, so that a kill in the middle of a write, two
kernels at once, and a full disk cost at most that line.
"""

from __future__ import annotations

import dataclasses
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from handrail.model import Event, Outcome, Result, Standing, Summary

LOG = "progress.jsonl"


def enabled() -> bool:
    """Whether anything is recorded: `HANDRAIL_PROGRESS=off` records nothing."""
    return os.environ.get("HANDRAIL_PROGRESS", "").lower() not in ("off", "0", "no", "false")


def log_file(root: Path) -> Path:
    """Return where the course keeps the log."""
    return root / "work" / LOG


def now() -> str:
    """Return the time, as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def checked(result: Result, lesson: str) -> Event:
    """Return the event of a check."""
    return Event(now(), result.exercise, lesson, "check", outcome=result.outcome.value, mistake=result.mistake)


def record(root: Path, event: Event) -> str:
    """Append one event. Return a sentence where that is impossible; checks go on without it."""
    if not enabled():
        return ""
    line = json.dumps({k: v for k, v in dataclasses.asdict(event).items() if v not in ("", 0)}, ensure_ascii=False)
    try:
        append(log_file(root), line)
    except OSError as error:
        return (
            f"Your progress can't be saved ({error.strerror}: {log_file(root)}). Checks work all the same. "
            "Make that folder writable and free some space, or set HANDRAIL_PROGRESS=off."
        )
    return ""


def append(file: Path, line: str) -> None:
    """Append a line with a single write. A torn line before it is closed first."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        data = (b"\n" if torn else b"") + line.encode() + b"\n"
        if os.write(handle, data) != len(data):
            raise OSError(28, "No space left on device")
    finally:
        os.close(handle)


def read(file: Path) -> tuple[list[Event], int]:
    """Return the events of a log in order, and how many of its lines could not be read."""
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError:
        return [], 0
    events: list[Event] = []
    damaged = 0
    for line in filter(None, map(bytes.strip, lines)):
        try:
            events.append(_event(json.loads(line)))
        except (ValueError, TypeError, AttributeError, RecursionError):
            damaged += 1
    return events, damaged


def _event(entry: dict[str, Any]) -> Event:
    """Return the event of a line; raise where a part is missing or of the wrong kind."""
    kinds = {field.name: int if field.name == "hint" else str for field in dataclasses.fields(Event)}
    values = {name: value for name, value in entry.items() if name in kinds}
    if any(type(value) is not kinds[name] for name, value in values.items()):
        raise TypeError(entry)
    return Event(**values)


def summarize(events: list[Event], damaged: int = 0) -> Summary:
    """Fold events into where the learner stands. An exercise once passed stays passed."""
    standings: dict[str, Standing] = {}
    for event in events:
        was = standings.get(event.exercise, Standing(event.exercise))
        standings[event.exercise] = Standing(
            event.exercise,
            passed=was.passed or event.outcome == Outcome.PASS,
            checks=was.checks + (event.kind == "check" and event.outcome != Outcome.UNATTEMPTED),
            hints=max(was.hints, event.hint),
            saw_solution=was.saw_solution or event.kind == "solution",
            last=event.at,
        )
    return Summary(standings, damaged)


def load(root: Path) -> Summary:
    """Return where the learner of this course stands; nowhere, while nothing is recorded."""
    return Summary() if not enabled() else summarize(*read(log_file(root)))
