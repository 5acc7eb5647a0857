import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from handrail.watched import MOST_SINGLE_READS, Counted, LoopedOver, Watched


@pytest.mark.parametrize(
    "compare",
    [lambda a, b: a == b, lambda a, b: a < b, lambda a, b: a > b, lambda a, b: a <= b, lambda a, b: a >= b],
)
def test_each_comparison_counts_once(compare: Callable[[Any, Any], Any]) -> None:
    tally = [0]
    one, two = Counted(1, tally), Counted(2, tally)
    assert compare(one, two) == compare(1, 2)
    assert compare(one, 2) == compare(1, 2)
    assert tally == [2]


def test_a_copy_counts_on_the_same_tally() -> None:
    one = Counted(1)
    assert copy.deepcopy(one) == one
    assert one.tally == [1]
    assert (repr(one), hash(one)) == ("1", hash(1))


def test_sorting_is_counted() -> None:
    tally = [0]
    assert sorted(Counted(i, tally) for i in (3, 1, 2))[0].value == 1
    assert 2 <= tally[0] <= 4


@pytest.mark.parametrize(
    "use",
    [
        lambda x: [v for v in x],
        lambda x: x.tolist(),
        lambda x: [x[i] for i in range(len(x))],
        lambda x: list(x),
        lambda x: sum(x),
        lambda x: [row for row in x[:, None]],
        lambda x: [x[i, 0] for x in [x[:, None]] for i in range(20)],
    ],
)
def test_looping_is_refused(use: Callable[[Any], Any]) -> None:
    with pytest.raises(LoopedOver, match="one array expression does it"):
        use(Watched.of(np.arange(20.0)))


@pytest.mark.parametrize(
    "use",
    [
        lambda x: x - x.mean(),
        lambda x: x[x > 3],
        lambda x: x[[1, 2]],
        lambda x: x[1:].sum() + x[0] + x[-1],
        lambda x: np.where(x > 2, x, 0).cumsum(),
        lambda x: np.sort(x)[::-1].reshape(4, 5) @ np.ones(5),
        lambda x: float(np.median(x)),
    ],
)
def test_array_expressions_are_allowed(use: Callable[[Any], Any]) -> None:
    plain = np.arange(20.0)
    np.testing.assert_allclose(np.asarray(use(Watched.of(plain))), use(plain))


def test_a_few_single_reads_are_allowed_and_a_copy_is_still_watched() -> None:
    watched = copy.deepcopy(Watched.of(np.arange(20)))
    assert [int(watched[i]) for i in range(MOST_SINGLE_READS)] == list(range(MOST_SINGLE_READS))
    with pytest.raises(LoopedOver):
        watched[9]


def test_an_array_without_axes_can_not_be_looped_over_anyway() -> None:
    with pytest.raises(TypeError):
        iter(Watched.of(1.0))
