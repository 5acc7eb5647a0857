"""Every way to answer, however odd, ends in a result with a clear sentence, and leaves the process as it was."""

import builtins
import functools
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st

from handrail import catalog, checking
from handrail.content import Check
from handrail.expect import agree, arrays, attempt, between, call, close, require, told_by_message
from handrail.model import HandrailError, Outcome, Result

MakeCheck = Callable[..., Check]


def check_total(total: Any) -> None:
    """The sum of a list of integers."""
    agree(total, sum, on=st.lists(between(-5, 5), max_size=4))


@pytest.fixture
def judged(check_from: MakeCheck) -> Callable[..., Result]:
    """A function that checks an answer to "return the sum of a list"."""

    def judge(answer: Any, seconds: float = 20.0) -> Result:
        return checking.judge(check_from(check_total, seconds=seconds), answer)

    return judge


Judged = Callable[..., Result]


def test_a_right_answer_passes(judged: Judged) -> None:
    result = judged(lambda items: sum(items))
    assert (result.outcome, result.message, result.exercise) == (Outcome.PASS, "", "total")
    assert result.seconds > 0


def test_a_wrong_answer_fails_with_the_smallest_input(judged: Judged) -> None:
    result = judged(lambda items: sum(map(abs, items)))
    assert result.outcome is Outcome.FAIL
    assert (result.counterexample, result.expected, result.returned) == ("total([-1])", "-1", "1")
    assert result.message == "The result should be -1, not 1."


def test_a_stub_is_unattempted(judged: Judged) -> None:
    def total(items: list[int]) -> int:
        # YOUR CODE HERE
        raise NotImplementedError()

    assert judged(total).outcome is Outcome.UNATTEMPTED


def test_a_generator_that_is_still_a_stub_is_unattempted(check_from: MakeCheck) -> None:
    def check_numbers(numbers: Any) -> None:
        agree(lambda n: list(numbers(n)), lambda n: list(range(n)), on=between(0, 3))

    def numbers(n: int) -> Iterator[int]:
        raise NotImplementedError()
        yield n

    assert checking.judge(check_from(check_numbers), numbers).outcome is Outcome.UNATTEMPTED


def test_an_exception_is_shown_with_the_learners_own_line(judged: Judged) -> None:
    def helper(items: list[int]) -> int:
        return items[0] + sum(items[1:])  # the line of the helper

    def total(items: list[int]) -> int:
        return helper(items)

    result = judged(total)
    assert result.outcome is Outcome.EXCEPTION
    assert result.message == "IndexError: list index out of range"
    assert result.counterexample == "total([])"
    assert [line.split(": ", 1)[1] for line in result.trace] == [
        "return helper(items)",
        "return items[0] + sum(items[1:])  # the line of the helper",
    ]


def test_a_long_way_to_an_exception_is_cut(judged: Judged) -> None:
    def total(items: list[int]) -> int:
        return first(items)

    def first(items: list[int]) -> int:
        return second(items)

    def second(items: list[int]) -> int:
        return third(items)

    def third(items: list[int]) -> int:
        return fourth(items)

    def fourth(items: list[int]) -> int:
        return fifth(items)

    def fifth(items: list[int]) -> int:
        raise ValueError

    trace = judged(total).trace
    assert len(trace) == 5
    assert trace[0].endswith("return first(items)") and trace[-1].endswith("raise ValueError")


def test_recursion_without_end_is_explained(judged: Judged) -> None:
    def total(items: list[int]) -> int:
        return total(items)

    result = judged(total)
    assert result.outcome is Outcome.EXCEPTION
    assert result.message.startswith("RecursionError: your function calls itself and never stops.")


def test_an_answer_that_ends_the_program_is_explained(judged: Judged) -> None:
    assert judged(lambda items: sys.exit(1)).message == (
        "SystemExit: your function ends the program. Return a value instead."
    )


def test_ten_megabytes_of_output_are_held_back(judged: Judged, capsys: pytest.CaptureFixture[str]) -> None:
    def total(items: list[int]) -> int:
        print("x" * 10_000_000)
        print("to the other stream", file=sys.stderr)
        return 0

    result = judged(total)
    assert result.outcome is Outcome.FAIL
    assert result.printed.startswith("xxx")
    assert len(result.printed) < 2_000
    assert "more characters" in result.printed
    assert capsys.readouterr() == ("", "")


def test_an_answer_that_never_returns_is_stopped_by_the_time_limit(judged: Judged) -> None:
    def total(items: list[int]) -> int:
        while True:
            pass

    began = time.monotonic()
    result = judged(total, seconds=0.2)
    assert time.monotonic() - began < 2
    assert result.outcome is Outcome.EXCEPTION
    assert result.message == "Stopped: still running after 0.2 seconds. Does a loop never end?"
    assert result.counterexample == "total([])"
    assert result.trace[-1].split(": ", 1)[1] in ("while True:", "pass")


@contextmanager
def interrupted_after(seconds: float) -> Iterator[None]:
    """Somebody presses the stop button of the notebook.

    Interrupts arrive as in a kernel, also where the tests run in the background of a shell, which has them ignored.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        yield
    finally:
        timer.join()
        signal.signal(signal.SIGINT, before)


def test_an_interrupt_ends_the_check_and_nothing_else(judged: Judged) -> None:
    def total(items: list[int]) -> int:
        while len(items) > 1:
            pass
        return sum(items)

    with interrupted_after(0.3):
        result = judged(total)
    assert result.outcome is Outcome.EXCEPTION
    assert result.message == "Interrupted: it was still running."
    assert result.counterexample.startswith("total([")
    assert judged(sum).passed


def test_an_interrupt_during_the_diagnosis_keeps_the_result(check_from: MakeCheck) -> None:
    def total__slow(items: list[int]) -> int:
        """You are slow."""
        time.sleep(0.1)
        return 0

    began = time.monotonic()
    with interrupted_after(2.0):
        result = checking.judge(check_from(check_total, *[total__slow] * 10), lambda items: 0)
    assert (result.outcome, result.mistake) in ((Outcome.FAIL, ""), (Outcome.FAIL, "slow"))
    assert time.monotonic() - began < 5


def test_an_interrupt_before_the_function_is_called_is_a_result_too(
    miniature: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("handrail.content.load_check", interrupt)
    result = checking.run_check(miniature, catalog.exercise(miniature, "share"), abs)
    assert result.message == "Interrupted before your function was called."


def test_a_class_that_never_returns_is_stopped_as_well(check_from: MakeCheck) -> None:
    class Endless:
        def run(self) -> None:
            while True:
                pass

    def check_endless(endless: Any) -> None:
        endless().run()

    result = checking.judge(check_from(check_endless, seconds=0.2), Endless)
    assert result.outcome is Outcome.EXCEPTION
    assert result.message.startswith("Stopped: still running after 0.2 seconds.")


def test_a_generator_is_named(judged: Judged) -> None:
    def total(items: list[int]) -> Iterator[int]:
        yield sum(items)

    assert judged(total).message.startswith("The result is a generator")


def test_a_coroutine_is_named(judged: Judged) -> None:
    async def total(items: list[int]) -> int:
        return sum(items)

    assert judged(total).message == "The result is a coroutine that nobody awaited."


def test_an_answer_that_changes_its_input_fails(judged: Judged) -> None:
    def total(items: list[int]) -> int:
        result = 0
        while items:
            result += items.pop()
        return result

    result = judged(total)
    assert result.outcome is Outcome.FAIL
    assert result.message.startswith("Your function changed its argument `items`.")
    assert result.counterexample == "total([0])"


@contextmanager
def restored(module: Any, name: str) -> Iterator[None]:
    before = getattr(module, name)
    try:
        yield
    finally:
        setattr(module, name, before)


@pytest.mark.parametrize(
    ("module", "name"), [(np, "sum"), (np.linalg, "norm"), (math, "fsum"), (builtins, "sorted"), (pd, "concat")]
)
def test_an_answer_that_replaces_a_librarys_function_fails_and_the_function_is_back(
    judged: Judged, module: Any, name: str
) -> None:
    def total(items: list[int]) -> int:
        setattr(module, name, lambda *_: 0)
        return sum(items)

    before = getattr(module, name)
    with restored(module, name):
        result = judged(total)
        assert result.outcome is Outcome.FAIL
        assert result.message == f"Your function replaced `{module.__name__}.{name}` for everyone. Leave it as it is."
        assert getattr(module, name) is before


def test_an_answer_that_deletes_a_librarys_function_or_the_library_fails(judged: Judged) -> None:
    def total(items: list[int]) -> int:
        del np.cumsum
        sys.modules.pop("numpy", None)
        return sum(items)

    before, cumsum = np, np.cumsum
    result = judged(total)
    assert result.outcome is not Outcome.PASS
    assert sys.modules["numpy"] is before
    assert np.cumsum is cumsum


def test_a_function_that_was_replaced_before_the_check_is_said(judged: Judged) -> None:
    def mine(*_: Any) -> int:
        return 0

    mine.__module__ = "__main__"
    with restored(np, "sum"):
        np.sum = mine
        result = judged(sum)
    assert result.outcome is Outcome.FAIL
    assert result.message == (
        "`numpy.sum` has been replaced by a function of yours. Restart the kernel, and leave it as it is."
    )


class Odd:
    """Answers that nobody expects."""

    @staticmethod
    def deletes_its_globals(items: list[int]) -> Any:
        names: dict[str, Any] = {}
        exec("def inner():\n    globals().clear()\n    return 'odd'", names)
        return names["inner"]()

    @staticmethod
    def closes_the_stream(items: list[int]) -> Any:
        sys.stdout.close()
        return "odd"

    @staticmethod
    def replaces_the_stream(items: list[int]) -> Any:
        sys.stdout = None  # type: ignore[assignment]
        return "odd"

    @staticmethod
    def sets_an_alarm(items: list[int]) -> Any:
        signal.alarm(1)
        return "odd"

    @staticmethod
    def returns_what_can_not_be_shown(items: list[int]) -> Any:
        class Mute:
            def __repr__(self) -> str:
                raise RuntimeError

        return Mute()

    @staticmethod
    def returns_what_equals_everything(items: list[int]) -> Any:
        class Equal:
            def __eq__(self, other: object) -> bool:
                return True

            def __hash__(self) -> int:
                return 0

        return Equal()

    @staticmethod
    def returns_itself(items: list[int]) -> Any:
        return Odd.returns_itself

    @staticmethod
    def returns_a_list_of_itself(items: list[int]) -> Any:
        endless: list[Any] = []
        endless.append(endless)
        return endless

    @staticmethod
    def raises_what_can_not_say_why(items: list[int]) -> Any:
        class Mute(Exception):
            def __str__(self) -> str:
                raise RuntimeError

        raise Mute

    @staticmethod
    def raises_the_end_of_a_generator(items: list[int]) -> Any:
        raise GeneratorExit

    @staticmethod
    def needs_another_argument(items: list[int], more: int) -> Any:
        return 0

    @staticmethod
    def takes_none() -> Any:
        return 0


@pytest.mark.parametrize("name", [name for name in vars(Odd) if not name.startswith("_")])
def test_an_odd_answer_is_wrong_and_the_next_check_works(judged: Judged, name: str) -> None:
    stdout = sys.stdout
    result = judged(getattr(Odd, name))
    assert result.outcome in (Outcome.FAIL, Outcome.EXCEPTION)
    assert result.message
    assert sys.stdout is stdout and not stdout.closed
    assert judged(sum).passed


def test_a_check_that_crashes_is_broken_and_never_the_learners_fault(check_from: MakeCheck) -> None:
    def check_shaky(shaky: Any) -> None:
        shaky(1)
        {}["missing"]

    result = checking.judge(check_from(check_shaky), abs)
    assert result.outcome is Outcome.BROKEN
    assert "The check itself crashed (test_checking.py:" in result.message
    assert "KeyError: 'missing'). This is not your fault; please report it." in result.message


def test_an_exception_outside_of_a_call_is_the_learners_when_it_is_in_their_lines(check_from: MakeCheck) -> None:
    def check_adder(adder: Any) -> None:
        adder(1)(2)

    namespace: dict[str, Any] = {}
    exec(compile("def adder(x):\n    return lambda y: x + missing\n", "a cell", "exec"), namespace)
    result = checking.judge(check_from(check_adder), namespace["adder"])
    assert (result.outcome, result.message) == (Outcome.EXCEPTION, "NameError: name 'missing' is not defined")
    exec(
        compile("def adder(x):\n    def add(y):\n        raise NotImplementedError\n    return add", "a cell", "exec"),
        namespace,
    )
    assert checking.judge(check_from(check_adder), namespace["adder"]).outcome is Outcome.UNATTEMPTED


def test_decorated_answers_are_answers(judged: Judged) -> None:
    def doubled(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def inner(*arguments: Any) -> Any:
            return function(*arguments)

        return inner

    assert judged(doubled(sum)).passed
    assert judged(functools.partial(sum)).passed
    cached = functools.lru_cache(lambda items: 0)
    assert judged(cached).message.startswith("TypeError: ")


# What may be passed


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (len, "len"),
        ("share", "share"),
        (functools.lru_cache(math.gcd), "gcd"),
        (functools.partial(math.gcd, 2), "gcd"),
        (dict, "dict"),
        (np.vectorize(math.gcd), "gcd"),
    ],
)
def test_an_answer_says_which_exercise_it_is_for(answer: Any, name: str) -> None:
    assert checking.name_of(answer) == name
    if callable(answer) and not isinstance(answer, type):
        assert checking.name_of(checking.Answer(answer)) == name


class Model:
    """An exercise that asks for a class."""


Model.__module__ = "__main__"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda x: x, "A lambda has no name to find its exercise by. Write the answer as `def name(...):`"),
        (3.0, "What is needed is the function itself; this is 3.0 (float). Pass its name without parentheses"),
        (None, "What is needed is the function itself; this is None (NoneType)."),
        (Model(), "`check(name)`, not `check(name(...))`; for a class, `check(Model)`."),
        (pd.DataFrame({"a": [1]}), "this is pd.DataFrame({'a': [1]}) (DataFrame)."),
    ],
)
def test_what_is_no_answer_is_explained(answer: Any, said: str) -> None:
    with pytest.raises(HandrailError) as caught:
        checking.name_of(answer)
    assert said in str(caught.value)


# Diagnosis


def total__without_the_last(items: Any) -> Any:
    """You left out
    the *last* one."""
    return sum(items[:-1])


def total__sizes(items: Any) -> Any:
    """You added sizes."""
    return sum(abs(i) for i in items)


def test_a_known_mistake_is_recognized_however_it_is_written(check_from: MakeCheck) -> None:
    def total(items: list[int]) -> int:
        result = 0
        for i in range(len(items) - 1):
            result += items[i]
        return result

    check = check_from(check_total, total__sizes, total__without_the_last)
    result = checking.judge(check, total)
    assert (result.mistake, result.diagnosis) == ("without_the_last", "You left out the *last* one.")
    assert checking.judge(check, total, diagnose=False).mistake == ""


def test_an_answer_that_is_only_similar_is_not_diagnosed(check_from: MakeCheck) -> None:
    def total(items: list[int]) -> int:
        return sum(items[:-1]) if len(items) < 4 else 0

    result = checking.judge(check_from(check_total, total__sizes, total__without_the_last), total)
    assert (result.outcome, result.mistake) == (Outcome.FAIL, "")


def test_each_mistake_has_time_of_its_own(check_from: MakeCheck) -> None:
    def total__slow_and_other(items: Any) -> Any:
        """Not this one."""
        time.sleep(0.02)
        return sum(items[:-1])

    def total(items: list[int]) -> int:
        return sum(abs(i) for i in items)

    result = checking.judge(check_from(check_total, total__slow_and_other, total__sizes), total)
    assert result.mistake == "sizes"


def test_a_mistake_that_raises_is_recognized(check_from: MakeCheck) -> None:
    def total__starts_with_the_first(items: Any) -> Any:
        """An empty list has no first item."""
        return items[0] + sum(items[1:])

    def total(items: list[int]) -> int:
        result = items[0]
        for item in items[1:]:
            result += item
        return result

    result = checking.judge(check_from(check_total, total__sizes, total__starts_with_the_first), total)
    assert (result.outcome, result.mistake) == (Outcome.EXCEPTION, "starts_with_the_first")


def test_a_mistake_that_never_ends_is_recognized_in_time(check_from: MakeCheck) -> None:
    def total__forever(items: Any) -> Any:
        """Your loop never ends."""
        while items:
            pass
        return 0

    def total(items: list[int]) -> int:
        while len(items) > 0:
            pass
        return 0

    began = time.monotonic()
    result = checking.judge(check_from(check_total, total__sizes, total__forever, seconds=0.3), total)
    assert result.mistake == "forever"
    assert time.monotonic() - began < 3


def test_a_mistake_that_changes_its_input_is_recognized(check_from: MakeCheck) -> None:
    def total__empties(items: Any) -> Any:
        """You emptied the list."""
        return sum(items.pop() for _ in range(len(items)))

    def total(items: list[int]) -> int:
        result = sum(items)
        items.clear()
        return result

    assert checking.judge(check_from(check_total, total__sizes, total__empties), total).mistake == "empties"


def check_doubled(doubled: Any) -> None:
    from handrail.expect import Watched

    agree(doubled, lambda x: x + x, on=arrays(float))
    doubled(Watched.of(np.arange(20.0)))


def doubled__halved(x: Any) -> Any:
    """You halved them."""
    return x / 2


def doubled__loop(x: Any) -> Any:
    """Right, but a loop."""
    return np.array([2 * v for v in x])


def test_an_answer_that_is_right_but_forbidden_is_recognized(check_from: MakeCheck) -> None:
    def doubled(x: Any) -> Any:
        out = np.zeros(len(x))
        for i, value in enumerate(x):
            out[i] = value + value
        return out

    result = checking.judge(check_from(check_doubled, doubled__halved, doubled__loop), doubled)
    assert result.mistake == "loop"
    assert result.message == "LoopedOver: you loop over the elements in Python; one array expression does it"


def check_Counter(Counter: Any) -> None:  # noqa: N802
    def counts(times: int) -> None:
        counter = attempt(Counter, "making a counter")
        for _ in range(times):
            counter.up()
        require(counter.value == times, "It should count each call.")

    from handrail.expect import for_all

    for_all(counts, on=between(0, 5))


class Counter__by_two:  # noqa: N801
    """You count by two."""

    def __init__(self) -> None:
        self.value = 0

    def up(self) -> None:
        self.value += 2


class Counter__from_one:  # noqa: N801
    """You begin at 1."""

    def __init__(self) -> None:
        self.value = 1

    def up(self) -> None:
        self.value += 1


def test_a_class_is_diagnosed_by_what_the_check_says(check_from: MakeCheck) -> None:
    class Counter:
        value = 1

        def up(self) -> None:
            self.value = self.value + 1

    check = check_from(check_Counter, Counter__by_two, Counter__from_one)
    result = checking.judge(check, Counter)
    assert (result.mistake, result.counterexample) == ("from_one", "times = 0")


@told_by_message
def check_query(query: Any) -> None:
    for limit in (3, 1):
        text = query(limit)
        found = [number for number in range(5) if eval(text, {"number": number})]  # what the text says, not the text
        require(len(found) == limit, f"The query finds {len(found)} numbers instead of {limit}.")


def query__one_too_many(limit: int) -> str:
    """You count the limit itself."""
    return f"number <= {limit}"


def query__all(limit: int) -> str:
    """You ask for everything."""
    return "True"


def test_answers_that_mean_something_only_when_run_are_told_apart_by_the_message(check_from: MakeCheck) -> None:
    def query(limit: int) -> str:
        return f"not number > {limit}"

    check = check_from(check_query, query__all, query__one_too_many)
    assert checking.judge(check, query).mistake == "one_too_many"
    assert checking.judge(check, lambda limit: "number < 9").mistake == "all"
    assert checking.judge(check, lambda limit: f"number > {limit}").mistake == ""


def test_an_exception_in_a_class_is_shown_with_the_learners_line(check_from: MakeCheck) -> None:
    @dataclass
    class Counter:
        value: int = 0

        @property
        def double(self) -> int:
            return 2 * self.value

        def up(self) -> None:
            self.value += self.step  # type: ignore[attr-defined]

    result = checking.judge(check_from(check_Counter), Counter)
    assert result.outcome is Outcome.EXCEPTION
    assert result.message == "AttributeError: 'Counter' object has no attribute 'step'"
    assert result.trace[-1].endswith("self.value += self.step  # type: ignore[attr-defined]")


def test_a_class_without_methods_fails(check_from: MakeCheck) -> None:
    class Counter:
        def __init__(self, start: int) -> None:
            self.value = start

    result = checking.judge(check_from(check_Counter), Counter)
    assert result.outcome is Outcome.FAIL
    assert result.message.startswith("Making a counter raised TypeError")


def test_the_file_of_an_answer_is_that_of_its_own_code() -> None:
    @dataclass
    class OnlyFields:
        value: int

    assert checking.own_frames(None, OnlyFields) == ()
    assert checking._file_of(OnlyFields) == ""
    assert checking._file_of(Model) == ""
    assert checking._file_of(3) == ""
    assert checking._file_of(Counter__by_two) == __file__


# Checks on the files of a course


@pytest.mark.parametrize("name", ["share", "count_down", "Account", "centered", "by_city"])
def test_the_miniature_courses_mistakes_are_told_apart(miniature: Path, name: str) -> None:
    from handrail import content

    check = content.load_check(miniature, catalog.exercise(miniature, name))
    for mistake in check.mistakes:
        assert checking.judge(check, mistake).mistake == mistake.__name__.split("__", 1)[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def check_share(share:\n", "01_numbers_checks.py:1: '(' was never closed. Mend that line."),
        ("def check_share(share): pass\n1 / 0\n", "01_numbers_checks.py:2: ZeroDivisionError: division by zero"),
        ("import no_such_package\ndef check_share(share): pass\n", "01_numbers_checks.py:1: ModuleNotFoundError"),
        ("raise SystemExit(3)\ndef check_share(share): pass\n", "01_numbers_checks.py:1: SystemExit: 3"),
        ("TEXT = '''\ndef check_share(\n'''\n", "has no function `check_share`. Write it, or rename the exercise."),
    ],
)
def test_a_faulty_checks_file_is_broken_and_named(course: Path, text: str, said: str) -> None:
    exercise = catalog.exercise(course, "share")
    (course / "curriculum/01_basics/01_numbers_checks.py").write_text(text)
    result = checking.run_check(course, exercise, lambda part, whole: 0)
    assert result.outcome is Outcome.BROKEN
    assert said in result.message


def test_a_checks_file_that_is_gone_is_named(course: Path) -> None:
    exercise = catalog.exercise(course, "share")
    (course / "curriculum/01_basics/01_numbers_checks.py").unlink()
    result = checking.run_check(course, exercise, abs)
    assert result.outcome is Outcome.BROKEN
    assert "01_numbers_checks.py is missing. Restore it with `git checkout" in result.message


def test_the_input_that_failed_is_compared_wherever_it_stands(check_from: MakeCheck) -> None:
    def check_double(double: Any) -> None:
        """Twice a number, on sixty of them; the thirtieth is told first."""
        results = {number: double(number) for number in range(60)}
        close(results[30], 60, given=call(30))
        for number, result in results.items():
            close(result, 2 * number, given=call(number))

    def double__large_ones_stay(number: int) -> int:
        """You left large numbers as they are."""
        return number if number == 30 else 2 * number

    def double__from_thirty_one(number: int) -> int:
        """Its first and last twenty results are those of the other mistake."""
        return number if number == 31 else 2 * number

    check = check_from(check_double, double__from_thirty_one, double__large_ones_stay)
    assert checking.judge(check, double__large_ones_stay).mistake == "large_ones_stay"
    assert checking.judge(check, lambda number: 61 if number == 30 else 2 * number).mistake == ""
