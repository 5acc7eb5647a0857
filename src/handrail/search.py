"""Find the smallest input on which a test fails, the same one on every run. Thin over Hypothesis."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handrail.answers import AnswerRaised, Call, Mismatch

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

SHRINK_CALLS = 300
SHRINK_SECONDS = 1.0
GATHER_SECONDS = 0.15


QUICK: ContextVar[bool] = ContextVar("quick", default=False)
PATIENT: ContextVar[bool] = ContextVar("patient", default=False)


@contextmanager
def first_failure_only() -> Iterator[None]:
    """Within this block a search stops at its first failing input, whatever its size: enough to reject a mutant."""
    token = QUICK.set(True)
    try:
        yield
    finally:
        QUICK.reset(token)


@contextmanager
def patiently() -> Iterator[None]:
    """Within this block a search isn't cut short because the machine is busy: for proofs, where nobody waits."""
    token = PATIENT.set(True)
    try:
        yield
    finally:
        PATIENT.reset(token)


class Clock:
    """Time since it was made, as this process worked: other programs must not change what is found."""

    def __init__(self) -> None:
        self.worked, self.waited = time.process_time(), time.monotonic()

    def passed(self, seconds: float) -> bool:
        """Whether the process has worked so many seconds, or waited twice as many; in a proof ten times that."""
        worked, waited = time.process_time() - self.worked, time.monotonic() - self.waited
        limit = 10 * seconds if PATIENT.get() else seconds
        return worked > limit or waited > 2 * limit


class Found(Exception):
    """Stops Hypothesis at a failing input. One class for each kind of failure, so that shrinking never swaps them."""


class Enough(BaseException):
    """Ends a search at once. Not an Exception: Hypothesis would take it for a failure."""


class FoundMismatch(Found):
    """The answer was wrong."""


class FoundException(Found):
    """The answer raised."""


def smallest_failure(
    test: Callable[[Call], None], inputs: SearchStrategy[Call], also: Sequence[Call] = (), examples: int = 60
) -> Exception | None:
    """Return what `test` raises on the smallest input that makes it raise, or None.

    The inputs of `also` come first, as they are. The others are generated; after a failure a few more are run, so that
    the records of the answer suffice for a diagnosis, and the failing input is shrunk.
    """
    first = _first_failure(test, also)
    if QUICK.get():
        return first or _first_found(test, inputs, examples)
    if first is None and not _fails(test, inputs, examples):
        return None
    if first is not None:
        _fails(test, inputs, examples)
    smallest = _shrunk(test, inputs, examples)
    return smallest if smallest is not None else first


def _first_failure(test: Callable[[Call], None], also: Sequence[Call]) -> Exception | None:
    failures = [failure for given in also if (failure := failure_of(test, given)) is not None]
    return failures[0] if failures else None


def _first_found(test: Callable[[Call], None], inputs: SearchStrategy[Call], examples: int) -> Exception | None:
    failures: list[Exception] = []

    def stop(given: Call) -> None:
        if not failures and (failure := failure_of(test, given)) is not None:
            failures.append(failure)
        if failures:  # Hypothesis asks a second time
            raise FoundMismatch

    _run(stop, inputs, examples, shrink=False)
    return failures[0] if failures else None


def failure_of(test: Callable[[Call], None], given: Call) -> Exception | None:
    """Run the test once; return what it raises."""
    try:
        test(given)
    except Exception as failure:
        return failure
    return None


def _fails(test: Callable[[Call], None], inputs: SearchStrategy[Call], examples: int) -> bool:
    """Run the test on all generated inputs, or for a moment longer once one has failed."""
    since: list[Clock] = []

    def gather(given: Call) -> None:
        if since and since[0].passed(GATHER_SECONDS):
            raise Enough
        if failure_of(test, given) is not None and not since:
            since.append(Clock())

    _run(gather, inputs, examples, shrink=False)
    return bool(since)


def _shrunk(test: Callable[[Call], None], inputs: SearchStrategy[Call], examples: int) -> Exception | None:
    failures: list[Exception] = []
    calls, clock = 0, Clock()

    def fail(given: Call) -> None:
        nonlocal calls, clock
        if failures:
            clock = clock if calls else Clock()
            calls += 1
            if calls > SHRINK_CALLS or clock.passed(SHRINK_SECONDS):
                raise Enough
        failure = failure_of(test, given)
        if failure is not None:
            failures.append(failure)
            raise FoundException if isinstance(failure, AnswerRaised) else FoundMismatch

    if _run(fail, inputs, examples, shrink=True):
        return failures[-1] if failures else None
    return min(failures, key=_size)


def _size(failure: Exception) -> int:
    given = failure.given if isinstance(failure, Mismatch | AnswerRaised) else None
    return len(given.text("")) if given else 10**9


def _run(body: Callable[[Call], None], inputs: SearchStrategy[Call], examples: int, *, shrink: bool) -> bool:
    """Run `body` on inputs that are the same in every process; return whether it went to the end.

    No database, a fixed seed, no constants of modules.
    """
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis.errors import Flaky, HypothesisException

    _keep_to_ourselves()

    @seed(2026)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        report_multiple_bugs=False,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
    )
    @given(inputs)
    def run(call: Call) -> None:
        body(call)

    try:
        run()
    except Enough:
        return False
    except (Found, Flaky):
        return True
    except ExceptionGroup as group:
        if not all(isinstance(error, Found | HypothesisException) for error in group.exceptions):
            raise
    return True


def _keep_to_ourselves() -> None:
    """Keep Hypothesis from writing beside the notebook, and from mining loaded modules for constants to try.

    The constants would make the inputs depend on what else was imported.
    """
    from hypothesis.configuration import set_hypothesis_home_dir
    from hypothesis.internal.conjecture import providers

    if "HYPOTHESIS_STORAGE_DIRECTORY" not in os.environ:
        owner = os.getuid() if hasattr(os, "getuid") else "user"
        set_hypothesis_home_dir(Path(tempfile.gettempdir()) / f"handrail-hypothesis-{owner}")
    constants = getattr(providers, "_local_constants", None)
    if constants is not None:
        providers._get_local_constants = lambda: constants


def generated(call: Any) -> Call:
    """Return what a strategy drew as a call: itself, or a call with one argument."""
    return call if isinstance(call, Call) else Call((call,))
