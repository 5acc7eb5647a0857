"""Handrail: a course whose exercises are checked the moment they are run.

The whole learner API is `check(f)`, `hint(f)`, `solution(f)` and `progress()`. Each returns a value that shows itself,
rich in a notebook and plain in a terminal. Importing this package loads no other one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from handrail.feedback import Feedback, Panel

__all__ = ["check", "hint", "progress", "solution"]
__version__ = "0.1.0"


def check(answer: Any) -> Feedback:
    """Check your answer to an exercise: pass the function (or class) that you completed.

    The returned value has `.outcome`, `.message`, `.counterexample`, `.expected`, `.returned`, `.mistake` and
    `.diagnosis`.
    """
    from handrail import learner

    return learner.check(answer)


def hint(answer: Any) -> Panel:
    """Show the next hint for an exercise, from gentle to telling. Pass the function or its name."""
    from handrail import learner

    return learner.hint(answer)


def solution(answer: Any) -> Panel:
    """Show the reference answer and its explanation. Asks once if you haven't tried yet."""
    from handrail import learner

    return learner.solution(answer)


def progress() -> Panel:
    """Show where you are in the course, and what is next."""
    from handrail import learner

    return learner.progress()
