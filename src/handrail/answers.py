"""A learner's function under observation: every call copied, timed, guarded and remembered."""

from __future__ import annotations

import copy
import functools
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from handrail.comparison import Rules, difference
from handrail.literals import call as call_text

MOST_REMEMBERED = 400
SECONDS_A_CALL = 20.0
CHANGED = "Your function changed its argument {}. Work on a copy: the caller still needs the original."
REUSED = (
    "Your function changed what it had returned before. Make a new result in each call: the caller keeps the old one."
)


@dataclass(frozen=True)
class Call:
    """One set of arguments for a function."""

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    def copy(self) -> Call:
        """Return the call with arguments of its own; what can't be copied is shared."""
        return Call(tuple(map(_copied, self.args)), {key: _copied(value) for key, value in self.kwargs.items()})

    def text(self, name: str) -> str:
        """Return the call as a person would type it."""
        return call_text(name, self.args, self.kwargs)


class Mismatch(Exception):
    """The answer is wrong: what is wrong, for which input, what was expected and what came back."""

    def __init__(
        self,
        message: str,
        given: Call | None = None,
        *,
        expected: Any = ...,
        returned: Any = ...,
    ) -> None:
        super().__init__(message)
        self.message, self.given = message, given
        self.expected, self.returned = expected, returned
        self.inputs = ""


class AnswerRaised(Exception):
    """The answer raised an exception of its own."""

    def __init__(self, error: BaseException, given: Call) -> None:
        super().__init__(told(error))
        self.error, self.given = error, given


def told(error: BaseException) -> str:
    """Return the name of an exception and the first line of what it says."""
    name = type(error).__name__
    try:
        first = (str(error).strip().splitlines() or [""])[0]
    except Exception:  # an exception of the learner's own, which can't say what it is
        first = ""
    return f"{name}: {first}" if first else name


def is_stub(error: BaseException) -> bool:
    """Whether this is a stub's `raise NotImplementedError()`: a library's says what it doesn't implement."""
    return isinstance(error, NotImplementedError) and not error.args


class Unattempted(BaseException):
    """The answer is still the stub. Not an Exception: no search should go on after it."""


class TooLong(BaseException):
    """One call of the answer took longer than it may. Not an Exception: no search should go on after it."""

    given: Call | None = None


@dataclass(frozen=True)
class Record:
    """What one call did: the arguments as they were, and what came back, was raised or was changed."""

    given: Call
    returned: Any = None
    error: str = ""
    changed: str = ""


class Answer:
    """Calls the learner's function as if it were that function, and remembers what happened."""

    def __init__(
        self, function: Callable[..., Any], seconds: float = SECONDS_A_CALL, *, remembers: bool = True
    ) -> None:
        functools.update_wrapper(self, function)
        self.function, self.seconds, self.remembers = function, seconds, remembers
        self.records: list[Record] = []
        self.last: Call | None = None
        self.returned: Any = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function once, on the arguments themselves."""
        given = Call(args, kwargs).copy()
        self.last, earlier = given, _copied(self.returned)
        try:
            with limited(self.seconds):
                returned = self.function(*args, **kwargs)
        except (Exception, SystemExit, GeneratorExit) as error:
            if is_stub(error):
                raise Unattempted from error
            self._remember(Record(given, error=type(error).__name__))
            raise AnswerRaised(error, given) from error
        except TooLong as stopped:
            stopped.given = given
            self._remember(Record(given, error=type(stopped).__name__))
            raise
        except KeyboardInterrupt as interrupt:
            interrupt.given = given  # type: ignore[attr-defined]
            raise
        changed = changed_arguments(given, args, kwargs, self.function)
        reused = _changed(earlier, self.returned)
        self.returned = returned if self.remembers else None
        self._remember(Record(given, returned, changed=changed or ("the earlier result" if reused else "")))
        if changed:
            raise Mismatch(CHANGED.format(changed), given)
        if reused:
            raise Mismatch(REUSED, given)
        return returned

    def _remember(self, record: Record) -> None:
        if self.remembers and len(self.records) < MOST_REMEMBERED:
            self.records.append(record)


def observed(function: Callable[..., Any], record: Record, seconds: float) -> Record:
    """Run another function on the arguments of a record, and record what it does."""
    twin = Answer(function, seconds)
    mine = record.given.copy()
    with suppress(AnswerRaised, Mismatch, Unattempted, TooLong):
        twin(*mine.args, **mine.kwargs)
    return twin.records[0] if twin.records else Record(record.given, error="Unattempted")


def alike(first: Record, second: Record) -> bool:
    """Whether two calls did the same. Values that can't be compared, such as fitted models, are taken to be alike."""
    if first.error or second.error:
        return first.error == second.error
    if first.changed != second.changed:
        return False
    try:
        either = (first.returned, second.returned), (second.returned, first.returned)
        return all(difference(*pair, Rules(lenient=True)) is None for pair in either)
    except Exception:
        return False


def changed_arguments(before: Call, args: tuple[Any, ...], kwargs: Mapping[str, Any], function: Any) -> str:
    """Return the names of arguments that no longer equal their copies, or an empty text."""
    names = _names(function)
    pairs = [
        (names[i] if i < len(names) else str(i + 1), a, b)
        for i, (a, b) in enumerate(zip(before.args, args, strict=True))
    ]
    pairs += [(name, before.kwargs[name], value) for name, value in kwargs.items()]
    return ", ".join(f"`{name}`" for name, was, now in pairs if was is not now and _changed(was, now))


def _changed(was: Any, now: Any) -> bool:
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(now, numpy.ndarray):
        was, now = numpy.asarray(was), numpy.asarray(now)
    if was is now or was is None or now is None:
        return False
    try:
        return difference(now, was, Rules(rtol=0.0, atol=0.0, exact_dtype=True, lenient=True)) is not None
    except Exception:
        return False


def _names(function: Any) -> list[str]:
    code = getattr(function, "__code__", None)
    return list(code.co_varnames[: code.co_argcount]) if code else []


def _copied(value: Any) -> Any:
    try:
        return copy.deepcopy(value)
    except Exception:  # a lock, a generator, a module: the answer gets the thing itself
        return value


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TooLong in the running code after so many seconds, where the platform can (main thread, POSIX).

    Again each second, for code that catches everything in a loop.
    """
    able = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not able or signal.getitimer(signal.ITIMER_REAL)[0]:
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooLong(f"still running after {seconds:g} seconds. Does a loop never end?")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)
