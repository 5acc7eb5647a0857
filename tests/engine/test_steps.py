import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from handrail.steps import steps


def loop(x: Any) -> float:
    total = 0.0
    for value in x:
        total += value
    return total


@pytest.mark.parametrize(
    "slow",
    [
        loop,
        lambda x: sum(float(value) for value in x),
        lambda x: [abs(value) for value in x],
        lambda x: np.vectorize(lambda value: value + 1)(x),
    ],
)
def test_a_loop_over_the_elements_takes_more_steps_for_more_elements(slow: Callable[[Any], Any]) -> None:
    assert steps(slow, np.arange(500.0)) > steps(slow, np.arange(5.0)) + 400


@pytest.mark.parametrize("fast", [np.sum, lambda x: x - x.mean(), lambda x: np.sort(x)[::-1], lambda x: x[x > 3]])
def test_an_array_expression_takes_the_same_steps_for_any_size(fast: Callable[[Any], Any]) -> None:
    fast(np.arange(5.0))
    assert steps(fast, np.arange(500.0)) == steps(fast, np.arange(5.0))


def test_what_watched_before_watches_again_even_after_an_exception() -> None:
    seen: list[str] = []

    def profile(frame: Any, event: str, argument: Any) -> None:
        seen.append(event)

    trace = sys.gettrace()
    sys.setprofile(profile)
    try:
        with pytest.raises(ZeroDivisionError):
            steps(lambda: 1 // 0)
        assert sys.getprofile() is profile
        assert sys.gettrace() is trace
    finally:
        sys.setprofile(None)
