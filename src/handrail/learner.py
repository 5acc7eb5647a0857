"""The four calls of a learner: find the exercise, run, record, and return a value that shows itself."""

from __future__ import annotations

import os
import threading
from typing import Any
from urllib.parse import quote

from handrail import catalog, checking, content, feedback, journal
from handrail.feedback import Feedback, Panel
from handrail.model import Event, Exercise, HandrailError, Outcome, Result


class CheckFailed(AssertionError):
    """Raised instead of shown when HANDRAIL_STRICT=1: a check did not pass."""


class Session:
    """What a kernel remembers of its learner: what was shown, tried, and warned of once."""

    def __init__(self) -> None:
        self.hints: dict[str, int] = {}
        self.tried: set[str] = set()
        self.asked: set[str] = set()
        self.warned = False
        self.lock = threading.Lock()

    def warn_once(self, warning: str) -> str:
        """Return a warning the first time only."""
        with self.lock:
            fresh, self.warned = bool(warning) and not self.warned, self.warned or bool(warning)
        return warning if fresh else ""


SESSION = Session()


def check(answer: Any) -> Feedback:
    """Check an answer, record the outcome, and return the feedback."""
    strict = os.environ.get("HANDRAIL_STRICT") == "1"
    try:
        root = catalog.find_root()
        exercise = checking.find(root, answer)
        if isinstance(answer, str):
            raise HandrailError(f"This is only its name. Pass the function itself: `check({answer})`, without quotes.")
    except HandrailError as error:
        result = Result(str(getattr(answer, "__name__", "")), Outcome.BROKEN, str(error))
        if strict:
            raise CheckFailed(str(error)) from None
        return feedback.of(result, headline="Nothing was checked")
    result = checking.run_check(root, exercise, answer)
    if result.outcome is not Outcome.UNATTEMPTED:
        SESSION.tried.add(exercise.name)
    warning = SESSION.warn_once(journal.record(root, journal.checked(result, exercise.lesson)))
    shown = feedback.of(result, exercise=exercise, notice=warning)
    if strict and not result.passed:
        raise CheckFailed(repr(shown))
    return shown


def hint(answer: Any) -> Panel:
    """Return the hints shown so far and one more."""
    try:
        root = catalog.find_root()
        exercise = checking.find(root, answer)
        hints = content.load_check(root, exercise).hints
    except HandrailError as error:
        return feedback.sentence("No hint", str(error))
    shown = min(SESSION.hints.get(exercise.name, 0) + 1, len(hints))
    SESSION.hints[exercise.name] = shown
    event = Event(journal.now(), exercise.name, exercise.lesson, "hint", hint=shown)
    return feedback.hints(exercise, hints, shown, SESSION.warn_once(journal.record(root, event)))


def solution(answer: Any) -> Panel:
    """Return the reference answer; the first time without an attempt, a question instead."""
    try:
        root = catalog.find_root()
        exercise = checking.find(root, answer)
        text = content.reference(catalog.lesson(root, exercise.lesson), exercise.name)
    except HandrailError as error:
        return feedback.sentence("No solution", str(error))
    if not _tried(root, exercise) and exercise.name not in SESSION.asked:
        SESSION.asked.add(exercise.name)
        return feedback.sentence(
            f"{exercise.title or exercise.name}: are you sure?",
            f"You haven't checked an answer of your own yet. A hint may be all you need: `hint({exercise.name})`. "
            f"To see the reference answer all the same, run `solution({exercise.name})` again.",
        )
    warning = journal.record(root, Event(journal.now(), exercise.name, exercise.lesson, "solution"))
    return feedback.solution(exercise, text.code, text.explanation, SESSION.warn_once(warning))


def progress() -> Panel:
    """Return the roadmap with the learner's own standing, and the next step."""
    try:
        root = catalog.find_root()
        return feedback.roadmap(catalog.phases(root), journal.load(root), _here(root))
    except HandrailError as error:
        return feedback.sentence("No progress to show", str(error))


def _tried(root: Any, exercise: Exercise) -> bool:
    standing = journal.load(root).standings.get(exercise.name)
    return exercise.name in SESSION.tried or (standing is not None and (standing.checks > 0 or standing.saw_solution))


def _here(root: Any) -> str:
    """Return the way from the working directory to the course's folder, for links in a notebook."""
    try:
        return quote(os.path.relpath(root, os.getcwd()).replace(os.sep, "/"))
    except ValueError:
        return "."
