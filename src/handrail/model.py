"""The nouns of a course: phases, lessons, exercises, and what a check says of an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class HandrailError(Exception):
    """Something that a person can put right. The message says what is wrong, where, and what to do next."""


class Outcome(StrEnum):
    """What a check can say of an answer."""

    PASS = "pass"
    FAIL = "fail"
    EXCEPTION = "exception"
    UNATTEMPTED = "unattempted"
    BROKEN = "broken"
    """The check itself crashed. Never the learner's fault."""


@dataclass(frozen=True)
class Exercise:
    """One function (or class) to complete. `name` is unique in the course."""

    name: str
    lesson: str
    title: str = ""
    stars: int = 0
    minutes: int = 0


@dataclass(frozen=True)
class Lesson:
    """A lesson and everything that lies under its path, such as `01_fundamentals/04_numpy_arrays`."""

    path: str
    title: str
    root: Path
    minutes: int = 0
    exercise_minutes: int = 0
    needs: tuple[str, ...] = ()
    seconds: float = 60.0
    memory_mb: float = 2048.0
    exercises: tuple[Exercise, ...] = ()

    @property
    def source(self) -> Path:
        """The written lesson."""
        return self.root / "notebooks" / f"{self.path}.py"

    @property
    def notebook(self) -> Path:
        """The generated, executed lesson."""
        return self.root / "notebooks" / f"{self.path}.ipynb"

    @property
    def solution_source(self) -> Path:
        """The written exercises with their reference answers."""
        return self.root / "solutions" / f"{self.path}.py"

    @property
    def solution_notebook(self) -> Path:
        """The generated notebook of the reference answers."""
        return self.root / "solutions" / f"{self.path}.ipynb"

    @property
    def stub(self) -> Path:
        """The generated notebook that learners complete."""
        return self.root / "curriculum" / f"{self.path}.ipynb"

    @property
    def checks(self) -> Path:
        """The written checks, hints and known mistakes."""
        return self.root / "curriculum" / f"{self.path}_checks.py"

    @property
    def work(self) -> Path:
        """The learner's own copy of the stub."""
        return self.root / "work" / f"{self.path}.ipynb"


@dataclass(frozen=True)
class Phase:
    """A folder of lessons, such as `01_fundamentals`."""

    name: str
    title: str
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True)
class Result:
    """What one check said of one answer."""

    exercise: str
    outcome: Outcome
    message: str = ""
    counterexample: str = ""
    """The smallest input found on which the answer is wrong, as the call that a learner would type."""
    expected: str = ""
    returned: str = ""
    mistake: str = ""
    """The name of the known mistake that the answer behaves like."""
    diagnosis: str = ""
    """That mistake's own sentence."""
    trace: tuple[str, ...] = ()
    """The learner's own lines on the way to an exception, outermost first."""
    printed: str = ""
    """What the answer printed, cut to a readable length."""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether the answer is right."""
        return self.outcome is Outcome.PASS


@dataclass(frozen=True)
class Event:
    """One line of the learner's log: what happened to an exercise, and when (ISO 8601, UTC)."""

    at: str
    exercise: str
    lesson: str
    kind: str
    """`check`, `hint` or `solution`."""
    outcome: str = ""
    mistake: str = ""
    hint: int = 0


@dataclass(frozen=True)
class Standing:
    """Where a learner stands in one exercise, folded from the events."""

    exercise: str
    passed: bool = False
    checks: int = 0
    hints: int = 0
    saw_solution: bool = False
    last: str = ""


@dataclass(frozen=True)
class Summary:
    """The learner's log, folded: a standing for each exercise, and how many lines could not be read."""

    standings: dict[str, Standing] = field(default_factory=dict)
    damaged: int = 0
