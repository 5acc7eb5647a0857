import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from handrail import search
from handrail.answers import Answer, AnswerRaised, Call, Mismatch
from handrail.inputs import between, call

NUMBERS = st.integers(-1000, 1000).map(search.generated)
LISTS = st.lists(st.integers(-20, 20), max_size=8).map(search.generated)


def fails_where(wrong: Callable[[Any], bool]) -> Callable[[Call], None]:
    def test(given: Call) -> None:
        if wrong(*given.args):
            raise Mismatch("wrong", given)

    return test


def smallest(wrong: Callable[[Any], bool], inputs: Any, also: Any = (), examples: int = 60) -> Any:
    failure = search.smallest_failure(fails_where(wrong), inputs, also, examples)
    assert failure is None or isinstance(failure, Mismatch)
    return failure and failure.given and failure.given.args[0]


def test_nothing_is_found_where_nothing_fails() -> None:
    assert smallest(lambda x: False, NUMBERS, also=[call(1)]) is None


@pytest.mark.parametrize(
    ("wrong", "inputs", "found"),
    [
        (lambda x: x > 17, NUMBERS, 18),
        (lambda x: x < -3, NUMBERS, -4),
        (lambda x: True, LISTS, []),
        (lambda x: len(x) > 2, LISTS, [0, 0, 0]),
        (lambda x: any(n < 0 for n in x), LISTS, [-1]),
        (lambda x: len(x) != len(set(x)), LISTS, [0, 0]),
        (lambda x: sum(x) > 10, LISTS, [11]),
    ],
)
def test_the_failing_input_is_shrunk_to_the_smallest(wrong: Any, inputs: Any, found: Any) -> None:
    assert smallest(wrong, inputs) == found


def test_an_input_that_is_given_is_tried_as_it_is() -> None:
    assert smallest(lambda x: x == 123_456, NUMBERS, also=[call(5), call(123_456)]) == 123_456


def test_a_generated_input_that_is_smaller_is_preferred() -> None:
    assert smallest(lambda x: x > 3, NUMBERS, also=[call(900)]) == 4


def test_a_mismatch_is_not_swapped_for_an_exception() -> None:
    def answer(x: int) -> int:
        if x == 0:
            raise ValueError
        return -x

    observed = Answer(answer)

    def test(given: Call) -> None:
        if given.args[0] > 100 or given.args[0] == 0:
            observed(*given.args)
            raise Mismatch("wrong", given)

    assert isinstance(search.smallest_failure(test, NUMBERS), Mismatch | AnswerRaised)


def test_after_a_failure_more_calls_are_gathered_for_a_diagnosis() -> None:
    answer = Answer(lambda x: x + 1)

    def test(given: Call) -> None:
        if answer(*given.args) != given.args[0]:
            raise Mismatch("wrong", given)

    search.smallest_failure(test, NUMBERS, examples=30)
    assert len({record.given.args for record in answer.records}) > 20


def test_the_first_failure_is_enough_where_only_that_is_asked() -> None:
    calls: list[int] = []

    def test(given: Call) -> None:
        calls.append(given.args[0])
        if given.args[0] > 3:
            raise Mismatch("wrong", given)

    with search.first_failure_only():
        assert search.smallest_failure(test, NUMBERS) is not None
        assert sum(x > 3 for x in calls) == 1
        assert search.smallest_failure(fails_where(lambda x: False), NUMBERS) is None
        assert smallest(lambda x: x == 7, NUMBERS, also=[call(7)]) == 7
    assert smallest(lambda x: x > 3, NUMBERS) == 4


def test_a_slow_answer_is_not_shrunk_for_long() -> None:
    def slow(x: list[int]) -> bool:
        time.sleep(0.02)
        return sum(x) > 10

    began = time.monotonic()
    assert smallest(slow, LISTS, examples=20) is not None
    assert time.monotonic() - began < 0.02 * 40 + search.SHRINK_SECONDS + search.GATHER_SECONDS + 1


def test_an_answer_that_is_wrong_only_sometimes_still_fails() -> None:
    calls = [0]

    def moody(x: int) -> bool:
        calls[0] += 1
        return calls[0] % 3 == 0

    assert search.smallest_failure(fails_where(moody), NUMBERS) is not None


def test_a_strategy_that_makes_nothing_is_an_error_of_the_check() -> None:
    with pytest.raises(Exception, match=r"Unable to satisfy|filter"):
        search.smallest_failure(fails_where(lambda x: False), NUMBERS.filter(lambda _: False))


WRONG_ANSWERS = """
import sys, json
{before}
from hypothesis import strategies as st
from handrail import expect
from handrail.answers import Answer, Mismatch

def wrong_sum(x):
    return float(abs(x).sum())

def wrong_words(words):
    return sorted(set(words))

def wrong_table(table):
    return table.groupby("city")["n"].max().sum()

found = []
for answer, oracle, on in [
    (wrong_sum, lambda x: float(x.sum()), expect.arrays(float, shape=(expect.between(1, 3), 2))),
    (wrong_words, sorted, st.lists(expect.words("abc"))),
    (wrong_table, lambda t: t["n"].sum(), expect.tables(city=expect.words("ab"), n=expect.between(0, 9))),
    (lambda s: len(s) < 2, lambda s: True, st.sets(expect.words("abc"))),
]:
    try:
        expect.agree(Answer(answer), oracle, on=on)
    except Mismatch as failure:
        found.append([failure.given.text("f"), str(failure.message)])
print(json.dumps(found))
"""


def test_the_counterexample_is_the_same_in_every_process(tmp_path: Path, python: Callable[..., Any]) -> None:
    imports = [
        "import pandas",
        "import pandas, statistics, decimal, email.mime.text",
        "import fractions, pandas, http.client",
    ]
    runs = [
        python(WRONG_ANSWERS.format(before=before), cwd=tmp_path, PYTHONHASHSEED=str(seed))
        for seed, before in enumerate(imports)
    ]
    assert [run.stderr for run in runs] == ["", "", ""]
    assert len({run.stdout for run in runs}) == 1
    assert runs[0].stdout.count("f(") == 4
    assert "f(np.array([[0.0, -0.25]]))" in runs[0].stdout or "f(np.array([[-0.25, 0.0]]))" in runs[0].stdout
    assert not list(tmp_path.iterdir())


def test_integers_between_bounds_are_calls_with_one_argument() -> None:
    assert search.generated(3) == Call((3,))
    assert search.generated(call(1, 2)) == call(1, 2)
    assert smallest(lambda x: True, between(2, 5).map(search.generated)) == 2


def test_where_shrinking_is_cut_short_the_shortest_failure_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SHRINK_CALLS", 5)
    found = smallest(lambda x: sum(x) > 10, LISTS)
    assert sum(found) > 10
    monkeypatch.setattr(search, "SHRINK_CALLS", 300)
    assert len(smallest(lambda x: sum(x) > 10, LISTS)) <= len(found)


def test_other_programs_do_not_change_how_long_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = search.Clock()
    monkeypatch.setattr(time, "process_time", lambda: clock.worked + 0.1)
    monkeypatch.setattr(time, "monotonic", lambda: clock.waited + 1.5)
    assert not clock.passed(1.0)
    assert clock.passed(0.05)
    assert clock.passed(0.5)
    with search.patiently():  # a proof waits for its turn
        assert not clock.passed(0.5)
        assert clock.passed(0.05)
