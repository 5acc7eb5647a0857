import ast
from collections import OrderedDict
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.literals import LONGEST, call, literal, show


class Silent:
    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (True, "True"),
        (3, "3"),
        (0.1 + 0.2, "0.3"),
        (float("nan"), "np.nan"),
        (float("-inf"), "-np.inf"),
        (float("inf"), "np.inf"),
        ("it's", '"it\'s"'),
        ((), "()"),
        ((1,), "(1,)"),
        ([1, [2.5]], "[1, [2.5]]"),
        ({"b": 1, "a": np.float64(2.5)}, "{'b': 1, 'a': 2.5}"),
        ({"z", "b", "a"}, "{'a', 'b', 'z'}"),
        ({1, "a"}, "{1, 'a'}"),
        (set(), "set()"),
        (frozenset({2, 1}), "frozenset({1, 2})"),
        (OrderedDict(a=1), "OrderedDict({'a': 1})" if "{" in repr(OrderedDict(a=1)) else "OrderedDict([('a', 1)])"),
        (np.int64(3), "3"),
        (np.bool_(True), "True"),
        (np.array([1.0, 2.5]), "np.array([1.0, 2.5])"),
        (np.array([1, 2]), "np.array([1, 2])"),
        (np.array([], dtype=int), "np.array([], dtype=np.int64)"),
        (np.array([1, 2], dtype=np.uint8), "np.array([1, 2], dtype=np.uint8)"),
        (np.zeros((0, 3)), "np.zeros((0, 3))"),
        (np.array(["2026-01-01"], dtype="datetime64[D]"), None),
        (np.zeros(100), "‹array of shape (100,), float64›"),
        (pd.DataFrame({"a": [1, 2]}), "pd.DataFrame({'a': [1, 2]})"),
        (pd.DataFrame({"a": [1.0, None]}, index=["x", "y"]), "pd.DataFrame({'a': [1.0, np.nan]}, index=['x', 'y'])"),
        (pd.DataFrame({"a": range(50)}), "‹DataFrame of 50 rows, columns ['a']›"),
        (pd.Series([1, 2], index=[3, 4]), "pd.Series([1, 2], index=[3, 4])"),
        (pd.Series(range(100)), "‹Series of 100 values, int64›"),
        (pd.Series(pd.to_datetime(["2026-01-01", None])), "pd.Series(pd.to_datetime(['2026-01-01 00:00:00', None]))"),
        (len, "len"),
        (dict, "dict"),
        ((i for i in ()), "‹a generator, <genexpr>›"),
        (Silent(), "‹Silent, whose repr raises RuntimeError›"),
        ([Silent()], "‹list, whose repr raises RuntimeError›"),
    ],
)
def test_values_are_written_as_a_person_would_type_them(value: Any, text: str | None) -> None:
    written = literal(value)
    if text is None:
        assert written.startswith("np.array(")
    else:
        assert written == text


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=5) | st.integers(-40, 40).map(lambda i: i / 8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, database=None, deadline=None)
@given(plain)
def test_plain_values_can_be_read_back(value: Any) -> None:
    text = literal(value)
    if "…" not in text:
        assert ast.literal_eval(text) == value


def test_arrays_and_tables_can_be_typed_back() -> None:
    for value in (np.array([[1.5, np.nan]]), np.array([[True]]), pd.DataFrame({"a": ["x", None], "b": [1.5, np.nan]})):
        again = eval(literal(value), {"np": np, "pd": pd})
        np.testing.assert_array_equal(
            np.asarray(again, dtype=object).astype(str), np.asarray(value, object).astype(str)
        )


def test_a_long_value_is_cut() -> None:
    assert literal("x" * 10_000).endswith("…")
    assert len(literal([[1.25] * 90] * 90)) == LONGEST
    assert "…" in literal(list(range(1000)))
    assert "…" in literal({i: i for i in range(1000)})


def test_a_list_that_holds_itself_is_described() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert literal(endless) == "‹list, whose repr raises RecursionError›"


def test_a_short_call_stands_on_one_line_and_a_long_one_on_several() -> None:
    assert call("share", (1, 2.0), {"exact": True}) == "share(1, 2.0, exact=True)"
    assert call("f", (list(range(30)), 1), {}) == f"f(\n    {list(range(30))},\n    1,\n)"


def test_tables_are_shown_as_tables() -> None:
    assert show(pd.DataFrame({"a": [1]})) == "   a\n0  1"
    assert show(pd.Series([1], index=["x"])) == "x    1"
    assert show([1]) == "[1]"


def test_a_table_that_can_not_be_shown_is_described() -> None:
    assert show(pd.Series([Silent()], dtype=object)) == "‹Series, whose repr raises RuntimeError›"


def test_a_wide_table_is_cut() -> None:
    assert show(pd.DataFrame({"a": ["x" * 3000]})).endswith("…")


def test_tensors() -> None:
    torch = pytest.importorskip("torch")
    assert literal(torch.tensor([1.0, 2.0], requires_grad=True)) == "torch.tensor([1.0, 2.0])"
    assert literal(torch.tensor([1], dtype=torch.int8)) == "torch.tensor([1], dtype=torch.int8)"
    assert literal(torch.zeros(9, 10)) == "‹tensor of shape (9, 10), float32›"


def test_a_generator_is_written_with_its_seed() -> None:
    rng = np.random.default_rng(3)
    assert literal(rng) == "np.random.default_rng(3)"
    rng.random()
    assert literal(rng) == "‹a Generator that has drawn numbers already›"
