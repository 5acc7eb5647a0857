"""Run one check on one answer, and say which known mistake a wrong one behaves like."""

from __future__ import annotations

import dataclasses
import inspect
import io
import linecache
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from handrail import catalog, content, tampering
from handrail.answers import (
    Answer,
    AnswerRaised,
    Call,
    Mismatch,
    Record,
    TooLong,
    Unattempted,
    alike,
    is_stub,
    limited,
    observed,
    told,
)
from handrail.comparison import comparable
from handrail.content import Check
from handrail.literals import literal, show
from handrail.model import Exercise, HandrailError, Outcome, Result

RECORDS_COMPARED = 40
DIAGNOSIS_SECONDS = 3.0
ENDLESS_SECONDS = 2.0
PRINTED = 600


def run_check(root: Path, exercise: Exercise, answer: Any) -> Result:
    """Check an answer. Never raises: what goes wrong becomes the result's outcome and message."""
    try:
        return judge(content.load_check(root, exercise), answer)
    except HandrailError as error:
        return Result(exercise.name, Outcome.BROKEN, str(error))
    except KeyboardInterrupt:
        return Result(exercise.name, Outcome.EXCEPTION, "Interrupted before your function was called.")


def judge(check: Check, answer: Any, *, diagnose: bool = True) -> Result:
    """Run a check on an answer, with everything that it prints held back and all that it tampers with put back."""
    began = time.perf_counter()
    watched = _watched(check, answer)
    with quiet() as printed, tampering.guarded() as touched:
        result, failure = _verdict(check, watched)
        wrong = result.outcome in (Outcome.FAIL, Outcome.EXCEPTION)
        if touched():
            result = Result(check.exercise, Outcome.FAIL, touched())
        elif diagnose and wrong and not isinstance(failure, KeyboardInterrupt):
            with suppress(KeyboardInterrupt):
                result = _diagnosed(check, watched, result, failure)
    return replace(result, printed=printed.text(), seconds=time.perf_counter() - began)


def _watched(check: Check, answer: Any) -> Any:
    """Return a function under observation; a class, or what isn't an answer at all, as it is."""
    if inspect.isclass(answer) or not callable(answer):
        return answer
    return Answer(answer, check.seconds, remembers=not check.by_message)


def name_of(answer: Any) -> str:
    """Return the exercise that an answer says it is, or explain why that can't be told."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, Answer):
        answer = answer.function
    name = getattr(answer, "__name__", None) if callable(answer) else None
    if isinstance(name, str):
        if name == "<lambda>":
            raise HandrailError(
                "A lambda has no name to find its exercise by. Write the answer as `def name(...):`, with the name "
                "that the stub gave it."
            )
        return name
    if hasattr(answer, "func") and callable(answer):
        return name_of(answer.func)
    kind = type(answer).__name__
    raise HandrailError(
        f"What is needed is the function itself; this is {literal(answer)[:80]} ({kind}). "
        f"Pass its name without parentheses: `check(name)`, not `check(name(...))`"
        + (f"; for a class, `check({kind})`." if type(answer).__module__ == "__main__" else ".")
    )


def _verdict(check: Check, answer: Any) -> tuple[Result, BaseException | None]:
    """Run the check once, and sort what it raised: the learner's, the check's, or a wrong answer."""
    name = check.exercise
    try:
        with nullcontext() if isinstance(answer, Answer) else limited(check.seconds):
            check.run(answer)
    except Unattempted as raised:
        return Result(name, Outcome.UNATTEMPTED, "Not attempted yet."), raised
    except Mismatch as wrong:
        return _wrong(check, answer, wrong), wrong
    except AnswerRaised as raised:
        text = raised.given.text(name)
        return _exception(name, raised.error, answer, text), raised
    except (KeyboardInterrupt, TooLong) as stopped:
        given = getattr(stopped, "given", None)
        message = f"Stopped: {stopped}" if isinstance(stopped, TooLong) else "Interrupted: it was still running."
        trace = own_frames(stopped.__traceback__, answer)
        text = given.text(name) if given is not None else ""
        return Result(name, Outcome.EXCEPTION, message, counterexample=text, trace=trace), stopped
    except BaseException as error:
        if is_stub(error) and own_frames(error.__traceback__, answer):
            return Result(name, Outcome.UNATTEMPTED, "Not attempted yet."), error
        if own_frames(error.__traceback__, answer) and not isinstance(error, HandrailError):
            return _exception(name, error, answer, ""), error
        return Result(name, Outcome.BROKEN, _crash(check, error)), error
    return Result(name, Outcome.PASS), None


def _wrong(check: Check, answer: Any, wrong: Mismatch) -> Result:
    given = wrong.given or (answer.last if isinstance(answer, Answer) and not wrong.inputs else None)
    return Result(
        check.exercise,
        Outcome.FAIL,
        wrong.message,
        counterexample=given.text(check.exercise) if given else wrong.inputs,
        expected="" if wrong.expected is ... else show(wrong.expected),
        returned="" if wrong.returned is ... else show(wrong.returned),
    )


def _exception(name: str, error: BaseException, answer: Any, counterexample: str) -> Result:
    message = told(error)
    if isinstance(error, RecursionError):
        message = "RecursionError: your function calls itself and never stops. Which input needs no further call?"
    if isinstance(error, SystemExit):
        message = "SystemExit: your function ends the program. Return a value instead."
    return Result(
        name, Outcome.EXCEPTION, message, counterexample=counterexample, trace=own_frames(error.__traceback__, answer)
    )


def own_frames(trace: TracebackType | None, answer: Any) -> tuple[str, ...]:
    """Return the lines of a traceback that stand in the file or cell of the answer, outermost first, at most five."""
    function = answer.function if isinstance(answer, Answer) else answer
    home = _file_of(function)
    lines: list[str] = []
    for frame in traceback.StackSummary.extract(traceback.walk_tb(trace), limit=None, lookup_lines=False):
        if home and frame.filename == home:
            code = linecache.getline(frame.filename, frame.lineno or 0).strip()
            line = f"line {frame.lineno}: {code}"
            if line not in lines:
                lines.append(line)
    return tuple(lines[:1] + lines[-4:] if len(lines) > 5 else lines)


def _file_of(function: Any) -> str:
    code = getattr(inspect.unwrap(function) if callable(function) else function, "__code__", None)
    if code is not None:
        return str(code.co_filename)
    parts = vars(function).values() if inspect.isclass(function) else ()
    methods = [getattr(part, "fget", None) or getattr(part, "__func__", part) for part in parts]
    files = [str(method.__code__.co_filename) for method in methods if inspect.isfunction(method)]
    generated = ("<string>", dataclasses.__file__)
    return next((file for file in files if file not in generated), "")


def _crash(check: Check, error: BaseException) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(check.file)]
    where = f"{check.file.name}:{frames[-1].lineno}" if frames else check.file.name
    return f"The check itself crashed ({where}: {told(error)}). This is not your fault; please report it."


def _diagnosed(check: Check, answer: Any, result: Result, failure: BaseException | None) -> Result:
    """Add the known mistake that the answer behaves like, if there is one."""
    found = [m for m in _candidates(check, answer, failure) if _fails_alike(check, m, result, failure, answer)]
    if not found:
        return result
    sentence = inspect.cleandoc(found[0].__doc__ or "")
    return replace(result, mistake=found[0].__name__.split("__", 1)[1], diagnosis=" ".join(sentence.split()))


def _candidates(check: Check, answer: Any, failure: BaseException | None) -> list[Callable[..., Any]]:
    """Return the mistakes that do what the answer did, on every input that is compared."""
    if not isinstance(answer, Answer):
        return list(check.mistakes)
    records = _compared(answer.records, getattr(failure, "given", None))
    return [m for m in check.mistakes if _behaves(m, records, check.seconds)]


def _compared(records: list[Record], failing: Call | None) -> list[Record]:
    """Return the records to compare, the latest first: the last and the first ones, and the one that failed."""
    half = RECORDS_COMPARED // 2
    between = records[half:-half]
    text = failing.text("") if failing is not None and between else ""
    failed = next((record for record in reversed(between) if text and record.given.text("") == text), None)
    chosen = [*records[-half:], *records[: max(0, len(records) - half)][:half]]
    return [*([failed] if failed else []), *reversed(chosen)]


def _behaves(mistake: Callable[..., Any], records: list[Record], seconds: float) -> bool:
    deadline = time.monotonic() + DIAGNOSIS_SECONDS
    for record in records:  # a count, not a clock, says how many: a busy machine tells the same mistakes apart
        patience = min(seconds, ENDLESS_SECONDS) if record.error == TooLong.__name__ else seconds
        if not alike(observed(mistake, record, patience), record):
            return False
        if time.monotonic() > deadline:
            break
    return True


def _fails_alike(
    check: Check, mistake: Callable[..., Any], result: Result, failure: BaseException | None, answer: Any
) -> bool:
    """Whether the mistake fails the check with the same message; taken for granted where the values show it."""
    shown = isinstance(failure, Mismatch) and failure.returned is not ... and comparable(failure.returned)
    by_value = shown or isinstance(failure, TooLong)
    if by_value and isinstance(answer, Answer) and answer.records:
        return True
    twin = _verdict(check, _watched(check, mistake))[0]
    mine = result.message.replace(check.exercise, ""), result.counterexample.replace(check.exercise, "")
    theirs = twin.message.replace(mistake.__name__, "").replace(check.exercise, ""), twin.counterexample
    return twin.outcome == result.outcome and mine == (theirs[0], theirs[1].replace(check.exercise, ""))


class Printed(io.TextIOBase):
    """Text that an answer prints: the beginning is kept, the rest only counted."""

    def __init__(self) -> None:
        self.kept, self.length = "", 0

    def writable(self) -> bool:
        """Text can be written."""
        return True

    def write(self, text: str) -> int:
        """Keep the beginning."""
        if len(self.kept) < PRINTED:
            self.kept += text[: PRINTED - len(self.kept)]
        self.length += len(text)
        return len(text)

    def text(self) -> str:
        """Return what was kept, and how much was not."""
        rest = self.length - len(self.kept)
        return self.kept + (f"\n… and {rest:,} more characters" if rest else "")


@contextmanager
def quiet() -> Iterator[Printed]:
    """Hold back what is printed and warned."""
    printed = Printed()
    with redirect_stdout(printed), redirect_stderr(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield printed


def find(root: Path, answer: Any) -> Exercise:
    """Return the exercise that an answer is for."""
    return catalog.exercise(root, name_of(answer))
