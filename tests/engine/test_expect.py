import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st

from handrail import expect
from handrail.answers import Answer, AnswerRaised, Mismatch, Unattempted
from handrail.expect import (
    agree,
    arrays,
    attempt,
    between,
    call,
    calls,
    close,
    columns,
    for_all,
    kind,
    raises,
    require,
    shape,
)


def mismatch(action: Callable[[], object]) -> Mismatch:
    with pytest.raises(Mismatch) as caught:
        action()
    return caught.value


def text_of(problem: Mismatch) -> str:
    return problem.given.text("f") if problem.given else problem.inputs


def test_a_right_answer_agrees() -> None:
    agree(Answer(lambda x: [v * 2 for v in x]), lambda x: x + x, on=arrays(float), also=[call(np.array([]))])


@pytest.mark.parametrize(
    ("answer", "oracle", "on", "found"),
    [
        (lambda x: x, abs, between(-9, 9), "f(-1)"),
        (lambda a, b: a - b, lambda a, b: abs(a - b), (between(0, 9), between(0, 9)), "f(0, 1)"),
        (lambda x: x.sum(), lambda x: x.size, arrays(int, size=between(0, 3)), "f(np.array([0]))"),
        (lambda x: x[0], max, st.lists(between(0, 9), min_size=1), "f([0, 1])"),
        (lambda a, b=1: a, lambda a, b=1: a * b, calls(between(1, 5), b=between(1, 5)), "f(1, b=2)"),
        (lambda x: x, lambda x: 0, [3, call(4)], "f(3)"),
    ],
)
def test_the_smallest_input_that_differs_is_reported(answer: Any, oracle: Any, on: Any, found: str) -> None:
    problem = mismatch(lambda: agree(Answer(answer), oracle, on=on))
    assert text_of(problem) == found
    assert problem.expected is not ... and problem.returned is not ...


def test_what_is_given_is_tried_first() -> None:
    problem = mismatch(lambda: agree(Answer(lambda x: x), lambda x: min(x, 50), on=between(0, 9), also=[call(77)]))
    assert (text_of(problem), problem.expected, problem.returned) == ("f(77)", 50, 77)


def test_a_reason_is_added_to_the_message() -> None:
    problem = mismatch(lambda: agree(lambda x: 1, lambda x: 2, on=between(0, 1), why="Think of two."))
    assert problem.message == "The result should be 2, not 1. Think of two."


def test_the_rules_of_comparison_are_passed_on() -> None:
    agree(lambda x: [2, 1], lambda x: [1, 2], on=between(0, 1), order=False)
    agree(lambda x: 1.05, lambda x: 1.0, on=between(0, 1), rtol=0.1)
    agree(lambda x: x + 0.05, lambda x: x, on=between(0, 1), atol=0.1)
    mismatch(lambda: agree(lambda x: np.float32([1]), lambda x: np.array([1.0]), on=between(0, 1), exact_dtype=True))


def test_the_answer_and_the_oracle_get_arguments_of_their_own() -> None:
    def careless_oracle(x: list[int]) -> int:
        x.clear()
        return 0

    agree(Answer(lambda x: 0 if x else 1), careless_oracle, on=st.lists(between(0, 3), min_size=1))


@pytest.mark.parametrize(
    ("change", "on"),
    [
        (lambda x: x.sort(), arrays(int, size=between(0, 4))),
        (lambda x: x.reverse(), st.lists(between(0, 3))),
        (lambda x: x.update(a=1), st.dictionaries(st.sampled_from("abc"), between(0, 3))),
        (lambda x: x.insert(0, "new", 1), expect.tables(a=between(0, 3))),
        (lambda x: x[0].append(1), st.lists(st.lists(between(0, 3)), min_size=1)),
    ],
)
def test_an_answer_that_changes_its_input_fails_even_when_it_returns_the_right_value(change: Any, on: Any) -> None:
    def careless(x: Any) -> int:
        change(x)
        return 0

    problem = mismatch(lambda: agree(Answer(careless), lambda x: 0, on=on))
    assert "Your function changed its argument `x`. Work on a copy" in problem.message


def test_another_exercise_can_be_the_oracle() -> None:
    other = Answer(lambda x: x)
    agree(Answer(lambda x: x), other, on=between(0, 3))
    assert other.records == []


def test_an_oracle_that_crashes_is_not_the_answers_fault() -> None:
    with pytest.raises(ZeroDivisionError):
        agree(Answer(lambda x: x), lambda x: 1 // 0, on=between(0, 3))


def test_an_answer_that_raises_is_reported_on_the_smallest_input() -> None:
    def crash(x: list[int]) -> int:
        return x[2]

    with pytest.raises(AnswerRaised) as caught:
        agree(Answer(crash), lambda x: x[2] if len(x) > 2 else 0, on=st.lists(between(0, 5), min_size=1))
    assert caught.value.given == call([0])


def test_the_message_of_an_exception_may_be_asked_for() -> None:
    def refuse(x: int) -> int:
        raise ValueError(f"line {x}: no number")

    raises(Answer(refuse), ValueError, call(3), says="line 3")
    with pytest.raises(Mismatch, match="must contain 'line 4'; it is 'line 3: no number'"):
        raises(Answer(refuse), ValueError, call(3), "Say where.", says="line 4")


def test_a_wrong_answer_that_takes_a_while_is_reported_in_time() -> None:
    def slow(x: list[int]) -> int:
        time.sleep(0.003)
        return sum(x) + (len(x) > 3)

    began = time.monotonic()
    problem = mismatch(lambda: agree(Answer(slow), sum, on=st.lists(between(-20, 20), max_size=8)))
    assert time.monotonic() - began < 3  # about 1.2 s on a machine with nothing else to do
    assert problem.given is not None and len(problem.given.args[0]) == 4


def test_a_property_is_reported_with_the_names_of_its_arguments() -> None:
    def holds(x: list[int], limit: int) -> None:
        require(len(x) < limit, "Too long.")

    problem = mismatch(lambda: for_all(holds, on=(st.lists(between(0, 9)), between(1, 5))))
    assert (problem.message, problem.inputs) == ("Too long.", "x = [0]\nlimit = 1")


def test_a_property_that_holds_says_nothing() -> None:
    for_all(lambda x: require(x < 10, "no"), on=between(0, 9), also=[call(x=3)])


def test_require() -> None:
    require([1], "not said")
    assert mismatch(lambda: require(0, "said")).message == "said"


def test_close() -> None:
    close(1.0, 1)
    close([2, 1], [1, 2], order=False)
    problem = mismatch(lambda: close(1.0, 2.0, "the share", call(3), why="See?"))
    assert (problem.message, problem.given, problem.expected, problem.returned) == (
        "The share should be 2.0, not 1.0. See?",
        call(3),
        2.0,
        1.0,
    )


def test_kind() -> None:
    kind(1, int)
    kind([], (list, tuple))
    assert (
        mismatch(lambda: kind(None, dict)).message == "The result should be a dict; it is None. Is a `return` missing?"
    )
    assert mismatch(lambda: kind(None, dict, "the second part of X_train")).message == (
        "The second part of X_train should be a dict; it is None."
    )
    assert mismatch(lambda: kind("a", (list, tuple))).message == "The result should be a list or tuple; it is str."


def test_shape() -> None:
    shape(np.zeros((2, 3)), (None, 3))
    assert (
        mismatch(lambda: shape(np.zeros(2), (2, 1), "`X_train`")).message
        == "`X_train` should have shape (2, 1); it has (2,)."
    )
    assert mismatch(lambda: shape(np.zeros(2), (3,))).message == "The result should have shape (3,); it has (2,)."
    assert mismatch(lambda: shape([1], (1,))).message == "The result should have shape (1,); it is [1]."
    assert mismatch(lambda: shape(SimpleNamespace(shape=3), (1,))).message.startswith(
        "The result should have shape (1,)"
    )


def test_columns() -> None:
    columns(pd.DataFrame({"a": [], "b": []}), ["a", "b"])
    said = mismatch(lambda: columns(pd.DataFrame({"b": [], "a": []}), ["a", "b"])).message
    assert said == "The result should have the columns ['a', 'b']; it has ['b', 'a']."
    assert mismatch(lambda: columns([1], ["a"])).message == "The result should be a DataFrame; it is [1]."


def refuses(x: int) -> int:
    if x < 0:
        raise ValueError("negative")
    return x


@pytest.mark.parametrize("answer", [Answer(refuses), refuses])
def test_an_answer_that_refuses_an_input_is_right(answer: Any) -> None:
    raises(answer, ValueError, call(-1))
    raises(answer, (TypeError, ValueError), call(-1))
    assert (
        mismatch(lambda: raises(answer, ValueError, call(1), "It is 1.")).message
        == "This input must raise ValueError. It is 1."
    )


def test_an_answer_that_refuses_with_another_exception_is_wrong() -> None:
    said = mismatch(lambda: raises(Answer(refuses), (KeyError, IndexError), call(-1))).message
    assert said == "This input must raise KeyError or IndexError; it raised ValueError."


def test_what_the_learner_made_may_raise_and_it_says_doing_what() -> None:
    assert attempt(lambda: 3, "counting") == 3
    assert mismatch(lambda: attempt(lambda: 1 // 0, "fitting your pipeline on X")).message == (
        "Fitting your pipeline on X raised ZeroDivisionError: integer division or modulo by zero"
    )
    assert mismatch(lambda: attempt(lambda: require(False, "no"), "x")).message == "no"
    with pytest.raises(AnswerRaised):
        attempt(lambda: Answer(refuses)(-1), "x")


def test_a_stub_inside_of_what_the_learner_made_is_unattempted() -> None:
    def stub() -> None:
        raise NotImplementedError()

    def from_a_library() -> None:
        raise NotImplementedError("only for sorted data")

    with pytest.raises(Unattempted):
        attempt(stub, "x")
    mismatch(lambda: attempt(from_a_library, "x"))


def test_a_check_carries_its_hints_equivalents_and_patience() -> None:
    @expect.hints("one", "two", "three")
    @expect.slow("trains for 3 s")
    @expect.equivalent("a", "b", because="first")
    @expect.equivalent("c", "d", because="second")
    def check_it(it: Any) -> None:
        """Check it."""

    marked: Any = check_it
    assert marked.hints == ("one", "two", "three")
    assert marked.equivalents == (("c", "d", "second"), ("a", "b", "first"))
    assert (marked.slow, marked.seconds) == ("trains for 3 s", 120.0)


def test_everything_that_a_check_may_use_is_listed() -> None:
    assert all(hasattr(expect, name) for name in expect.__all__)


def test_a_loop_in_python_is_refused_where_the_work_should_be_vectorized() -> None:
    small, large = call(np.arange(5.0)), call(np.arange(500.0))
    expect.vectorized(Answer(lambda x: x - x.mean()), small, large)
    said = mismatch(lambda: expect.vectorized(Answer(lambda x: [float(v) for v in x]), small, large, "Use `astype`."))
    assert said.message.startswith("The work is done one element at a time in Python")
    assert said.message.endswith("Use `astype`.")
    assert said.given is small
