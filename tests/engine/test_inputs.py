from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from handrail import inputs
from handrail.answers import Call

quick = settings(max_examples=40, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(st.data())
def test_what_is_generated_keeps_to_what_was_asked(data: st.DataObject) -> None:
    assert data.draw(inputs.between(2, 4)) in (2, 3, 4)
    number = data.draw(inputs.numbers(-1, 1, 0.5))
    assert number in (-1, -0.5, 0, 0.5, 1)
    assert data.draw(inputs.flags()) in (True, False)
    assert set(data.draw(inputs.words("xy", 1, 3))) <= {"x", "y"}
    array = data.draw(inputs.arrays(float, size=inputs.between(1, 3)))
    assert array.dtype == float and 1 <= array.size <= 3
    assert data.draw(inputs.arrays(int, shape=(2, inputs.between(1, 2)))).shape in ((2, 1), (2, 2))
    assert data.draw(inputs.arrays(np.uint8, shape=st.just((1, 2, 3)))).shape == (1, 2, 3)
    assert data.draw(inputs.arrays(bool)).dtype == bool
    distinct = data.draw(inputs.arrays(inputs.between(0, 9), size=5, distinct=True))
    assert len(set(distinct.tolist())) == 5
    assert data.draw(inputs.arrays(np.float32, size=2)).dtype == np.float32


@quick
@given(st.data())
def test_tables_have_the_columns_and_rows_that_were_asked_for(data: st.DataObject) -> None:
    table = data.draw(inputs.tables(rows=inputs.between(1, 3), a=inputs.words(), b=inputs.numbers(missing=True)))
    assert list(table.columns) == ["a", "b"]
    assert 1 <= len(table) <= 3
    assert table.index.is_unique
    fixed = data.draw(inputs.tables(rows=2, index=lambda n: [f"row {i}" for i in range(n)], a=inputs.flags()))
    assert list(fixed.index) == ["row 0", "row 1"]
    drawn = data.draw(inputs.tables(rows=2, index=inputs.between(0, 50), a=inputs.flags()))
    assert drawn.index.is_unique
    assert len(data.draw(inputs.tables(a=inputs.flags()))) <= 8


def test_numbers_can_be_missing_and_tables_can_have_another_index() -> None:
    assert np.isnan(found(inputs.numbers(missing=True), lambda x: x != x))
    assert list(found(inputs.tables(rows=2, a=inputs.flags()), lambda t: t.index[0] != 0).index) != [0, 1]


def test_calls_are_made_of_positional_and_named_arguments() -> None:
    assert inputs.call(1, x=2) == Call((1,), {"x": 2})
    made = found(inputs.calls(inputs.between(3, 3), flag=st.just(True)), lambda call: True)
    assert made == Call((3,), {"flag": True})


def found(strategy: Any, condition: Any) -> Any:
    return find(strategy, condition, settings=quick)


@pytest.mark.parametrize("step", [0.25, 0.5, 1])
def test_the_smallest_number_is_zero(step: float) -> None:
    assert found(inputs.numbers(-5, 5, step), lambda _: True) == 0
