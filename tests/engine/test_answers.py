import signal
import threading
import time
from collections import deque
from typing import Any

import numpy as np
import pandas as pd
import pytest

from handrail.answers import (
    MOST_REMEMBERED,
    Answer,
    AnswerRaised,
    Call,
    Mismatch,
    Record,
    TooLong,
    Unattempted,
    alike,
    limited,
    observed,
    told,
)
from handrail.watched import Counted


def test_every_call_is_remembered_with_the_arguments_as_they_were() -> None:
    def grow(items: list[int], by: int = 1) -> list[int]:
        return [*items, by]

    answer = Answer(grow)
    assert answer([1], by=2) == [1, 2]
    assert answer.records == [Record(Call(([1],), {"by": 2}), [1, 2])]
    assert answer.last == Call(([1],), {"by": 2})
    assert answer.__name__ == "grow"


def test_only_so_many_calls_are_remembered() -> None:
    answer = Answer(abs)
    for i in range(MOST_REMEMBERED + 10):
        answer(i)
    assert len(answer.records) == MOST_REMEMBERED


def test_attributes_of_the_function_do_not_disturb() -> None:
    def counted(x: int) -> int:
        return x

    counted.records = counted.function = counted.seconds = None  # type: ignore[attr-defined]
    assert Answer(counted)(3) == 3


class Changes:
    """Ways to change an argument in place."""

    @staticmethod
    def array(x: Any) -> None:
        x += 1

    @staticmethod
    def items(x: Any) -> None:
        x.append(1)

    @staticmethod
    def entry(x: Any) -> None:
        x["new"] = 1

    @staticmethod
    def inner(x: Any) -> None:
        x[0]["a"].sort()

    @staticmethod
    def index(x: Any) -> None:
        x.index = ["x", "y"]

    @staticmethod
    def dtype(x: Any) -> None:
        x["a"] = x["a"].astype(float)

    @staticmethod
    def members(x: Any) -> None:
        x.add(9)

    @staticmethod
    def first(x: Any) -> None:
        x.appendleft(9)

    @staticmethod
    def none(x: Any) -> None:
        x[0] = None


@pytest.mark.parametrize(
    ("change", "value"),
    [
        (Changes.array, np.zeros(2)),
        (Changes.items, [1]),
        (Changes.entry, {"a": 1}),
        (Changes.entry, pd.DataFrame({"a": [1, 2]})),
        (Changes.inner, [{"a": np.array([2, 1])}]),
        (Changes.index, pd.DataFrame({"a": [1, 2]})),
        (Changes.index, pd.Series([1, 2])),
        (Changes.dtype, pd.DataFrame({"a": [1, 2]})),
        (Changes.members, {1}),
        (Changes.first, deque([1])),
        (Changes.none, [1]),
    ],
)
def test_an_argument_that_is_changed_in_place_is_a_mismatch(change: Any, value: Any) -> None:
    def careless(x: Any, y: int = 0) -> int:
        change(x)
        return 0

    answer = Answer(careless)
    with pytest.raises(Mismatch, match="Your function changed its argument `x`") as caught:
        answer(value)
    assert caught.value.given is not None
    assert answer.records[0].changed == "`x`"


def test_a_keyword_that_is_changed_is_named() -> None:
    def careless(*, items: list[int]) -> None:
        items.clear()

    with pytest.raises(Mismatch, match="`items`"):
        Answer(careless)(items=[1])


@pytest.mark.parametrize("value", [np.array([np.nan]), [float("nan")], pd.DataFrame({"a": [None, 1.0]}), {"a": {1}}])
def test_an_argument_that_is_only_read_is_not_changed(value: Any) -> None:
    assert Answer(lambda x: str(x))(value)


def test_what_can_not_be_copied_is_handed_over_itself() -> None:
    lock, numbers = threading.Lock(), iter([1, 2])
    assert Answer(lambda a, b: (a, next(b)))(lock, numbers) == (lock, 1)


def test_a_random_generator_may_be_used() -> None:
    generator = np.random.default_rng(1)
    assert Answer(lambda rng: rng.random())(generator) > 0


def test_observing_does_not_count_comparisons() -> None:
    numbers = [Counted(2), Counted(1)]
    numbers[1].tally = numbers[0].tally
    Answer(lambda items: items[0] < items[1])(numbers)
    assert numbers[0].tally == [1]


def test_a_stub_is_unattempted() -> None:
    def stub(x: int) -> int:
        raise NotImplementedError()

    with pytest.raises(Unattempted):
        Answer(stub)(1)


def test_what_a_library_does_not_implement_is_an_exception_of_the_answer() -> None:
    def calls_a_library(x: int) -> int:
        raise NotImplementedError("this is only implemented for sorted data")

    with pytest.raises(AnswerRaised, match="NotImplementedError: this is only implemented"):
        Answer(calls_a_library)(1)


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), GeneratorExit(), RecursionError()])
def test_what_an_answer_raises_is_kept_with_its_input(error: BaseException) -> None:
    def raises(x: int) -> int:
        raise error

    answer = Answer(raises)
    with pytest.raises(AnswerRaised) as caught:
        answer(3)
    assert caught.value.error is error
    assert caught.value.given == Call((3,))
    assert answer.records == [Record(Call((3,)), error=type(error).__name__)]


def test_an_exception_that_can_not_say_what_it_is_has_a_name() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert told(Mute()) == "Mute"
    assert told(ValueError("first\nsecond")) == "ValueError: first"


def test_an_interrupt_passes_with_its_input() -> None:
    def interrupted(x: int) -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        Answer(interrupted)(3)
    assert caught.value.given == Call((3,))  # type: ignore[attr-defined]


def test_a_call_has_a_time_limit() -> None:
    def endless(x: int) -> int:
        while True:
            pass

    began = time.monotonic()
    answer = Answer(endless, seconds=0.2)
    with pytest.raises(TooLong, match=r"still running after 0\.2 seconds\. Does a loop never end\?") as caught:
        answer(1)
    assert time.monotonic() - began < 1
    assert caught.value.given == Call((1,))
    assert answer.records[0].error == "TooLong"
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_the_time_limit_beats_an_answer_that_catches_everything() -> None:
    def stubborn(x: int) -> int:
        for _ in range(2):
            try:
                while True:
                    pass
            except BaseException:
                continue
        while True:
            pass

    with pytest.raises(TooLong):
        Answer(stubborn, seconds=0.1)(1)


def test_an_alarm_of_the_answer_is_cleared_away() -> None:
    def alarms(x: int) -> int:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(1)
        return x

    before = signal.getsignal(signal.SIGALRM)
    assert Answer(alarms)(3) == 3
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) is before


def test_in_another_thread_there_is_no_time_limit_and_no_error() -> None:
    returned: list[int] = []
    thread = threading.Thread(target=lambda: returned.append(Answer(lambda x: x, seconds=0.1)(3)))
    thread.start()
    thread.join()
    assert returned == [3]


def test_a_timer_that_runs_already_is_left_alone() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 60)
    try:
        with limited(1):
            pass
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 50
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def test_two_calls_are_alike_when_they_do_the_same() -> None:
    given = Call((np.array([1.0]),))
    assert alike(Record(given, [1.0]), Record(given, np.array([1.0 + 1e-9])))
    assert not alike(Record(given, 1.0), Record(given, 2.0))
    assert alike(Record(given, error="ValueError"), Record(given, error="ValueError"))
    assert not alike(Record(given, error="ValueError"), Record(given, None))
    assert not alike(Record(given, 1, changed="`x`"), Record(given, 1))


def test_another_function_is_observed_on_the_same_arguments() -> None:
    record = Record(Call(([2, 1],)), [1, 2])
    assert observed(sorted, record, 1).returned == [1, 2]
    assert observed(lambda x: x.sort(), record, 1).changed == "`x`"
    assert observed(lambda x: x.missing, record, 1).error == "AttributeError"
    assert record.given == Call(([2, 1],))


def test_an_observed_stub_is_unattempted() -> None:
    def stub(x: Any) -> Any:
        raise NotImplementedError

    assert observed(stub, Record(Call((1,))), 1).error == "Unattempted"


def test_a_comparison_that_fails_is_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: Any) -> str:
        raise RuntimeError

    monkeypatch.setattr("handrail.answers.difference", crash)
    assert Answer(lambda x: x)([1]) == [1]
    assert not alike(Record(Call(), 1), Record(Call(), 1))


def test_an_earlier_result_that_is_changed_by_a_later_call_is_a_mismatch() -> None:
    kept: list[int] = []

    def collects(x: int) -> list[int]:
        kept.append(x)
        return kept

    answer = Answer(collects)
    assert answer(1) == [1]
    with pytest.raises(Mismatch, match="Your function changed what it had returned before"):
        answer(2)
    assert answer.records[1].changed


def test_a_result_that_is_kept_but_not_changed_is_fine() -> None:
    table = {1: [1], 2: [2]}
    answer = Answer(lambda x: table[x])
    assert [answer(x) for x in (1, 1, 2, 1)] == [[1], [1], [2], [1]]


def test_results_that_can_not_be_copied_are_fine() -> None:
    answer = Answer(lambda x: (i for i in range(x)))
    assert [list(answer(x)) for x in (1, 2)] == [[0], [0, 1]]
