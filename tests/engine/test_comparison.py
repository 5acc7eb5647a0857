import copy
import warnings
from collections import deque
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.answers import Call
from handrail.comparison import Rules, difference
from handrail.watched import Watched

NAN = float("nan")
EXACT, ANY_ORDER = Rules(exact_dtype=True), Rules(order=False)


@dataclass
class Point:
    x: float
    label: list[str]
    cache: int = field(default=0, compare=False)


class Colour(Enum):
    RED = 1


class AlwaysEqual:
    def __eq__(self, other: object) -> bool:
        return True


class RaisesWhenCompared:
    def __eq__(self, other: object) -> bool:
        raise RuntimeError("don't")


class OddArray:
    def __array__(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError("don't")


SAME: list[tuple[str, Any, Any]] = [
    ("floats that differ by rounding", 0.1 + 0.2, 0.3),
    ("NaN and NaN", NAN, np.nan),
    ("infinity", float("inf"), np.inf),
    ("minus zero", -0.0, 0.0),
    ("a float for an integer", 2.0, 2),
    ("NumPy's scalars for Python's", np.int64(2), 2),
    ("an array without axes for a number", np.array(2.5), 2.5),
    ("NumPy's bool", np.bool_(True), True),
    ("NumPy's bool expected", True, np.bool_(True)),
    ("a decimal", Decimal("0.5"), 0.5),
    ("complex numbers", 1 + 2j, 1 + (2 + 1e-9) * 1j),
    ("float16 of float64", np.float16(0.1), 0.1),
    ("float32 of float64", np.float32(0.1), 0.1),
    ("a list for an array", [1, 2.0], np.array([1.0, 2.0])),
    ("a tuple for a list", (1, 2), [1, 2]),
    ("an array for a list", np.array([1, 2]), [1, 2]),
    ("a watched array for a list", Watched.of([1, 2]), [1, 2]),
    ("a deque for a list", deque([1, 2]), [1, 2]),
    ("a range", range(3), [0, 1, 2]),
    ("float32 for float64", np.float32([0.1]), np.array([0.1])),
    ("NaN in arrays", np.array([NAN, 1]), np.array([NAN, 1])),
    ("empty arrays", np.zeros((0, 2)), np.zeros((0, 2))),
    ("integers of other widths", np.array([1], dtype=np.uint8), np.array([1])),
    ("text arrays", np.array(["a", "b"]), np.array(["a", "b"], dtype=object)),
    ("object arrays with None", np.array([None, 1.0], dtype=object), np.array([None, 1.0], dtype=object)),
    (
        "dates of other units",
        np.array(["2026-01-01", "NaT"], dtype="datetime64[s]"),
        np.array(["2026-01-01", "NaT"], dtype="datetime64[ns]"),
    ),
    ("a date of NumPy", np.datetime64("2026-01-01"), np.datetime64("2026-01-01")),
    ("a duration of NumPy", np.timedelta64(3, "s"), np.timedelta64(3, "s")),
    ("no date", np.datetime64("NaT"), np.datetime64("NaT")),
    ("pandas' missing values", pd.NaT, pd.NaT),
    ("a timestamp for a datetime", pd.Timestamp(2026, 1, 1), datetime(2026, 1, 1)),
    ("frames", pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1.0, 2.0]})),
    ("nullable integers", pd.DataFrame({"a": pd.array([1, None], "Int64")}), pd.DataFrame({"a": [1.0, NAN]})),
    ("categories for text", pd.Series(["a", None]).astype("category"), pd.Series(["a", None])),
    ("a string column", pd.Series(["a", None], dtype="str"), pd.Series(["a", None], dtype=object)),
    ("missing labels", pd.Series([1], index=[NAN]), pd.Series([1], index=[NAN])),
    ("a MultiIndex", pd.Series([1], index=[["a"], [1]]), pd.Series([1], index=[["a"], [1]])),
    ("an index", pd.Index([1, 2]), pd.RangeIndex(1, 3)),
    ("dictionaries in another order", {"b": [1.0], "a": 2}, {"a": 2, "b": [1.0 + 1e-9]}),
    ("sets", {1, 2}, frozenset({2, 1})),
    ("a view of keys for a set", {"a": 1}.keys(), {"a"}),
    ("dataclasses", Point(1.0, ["a"], cache=1), Point(1.0 + 1e-12, ["a"], cache=2)),
    ("text", "a", "a"),
    ("bytes", b"a", b"a"),
    ("an enum", Colour.RED, Colour.RED),
    ("None", None, None),
    ("a class", int, int),
]

DIFFERENT: list[tuple[str, Any, Any, str]] = [
    ("a missing return", None, 3, "The result is None. Is a `return` missing?"),
    ("None inside", {"a": None}, {"a": 2}, "The result['a'] should be 2, not None."),
    ("None for a table inside", [None], [{"a": 2}], "Item 0 of the result should be a dict, not None."),
    ("something for None", 3, None, "The result should be None."),
    ("True for 1", True, 1, "The result should be a number, not a bool."),
    ("1 for True", 1, True, "The result should be True or False, not an integer."),
    ("False for True", False, True, "The result should be True."),
    ("text for a number", "3", 3, "The result should be a number, not text."),
    ("a list for a number", [3], 3, "The result should be a number, not a list."),
    ("another number", 3, 4, "The result should be 4, not 3."),
    ("large integers", 10**20, 10**20 + 1, f"The result should be {10**20 + 1}, not {10**20}."),
    ("an integer too large for a float", 10**400, 0.5, f"The result should be 0.5, not {10**400}."),
    ("a number for NaN", 0.0, NAN, "The result should be np.nan, not 0.0."),
    ("complex", 1j, 2j, "The result should be 2j, not 1j."),
    ("infinity of the other sign", float("inf"), float("-inf"), "The result should be -np.inf, not np.inf."),
    ("another text", "a", "b", "The result should be 'b', not 'a'."),
    ("text of a number", 3, "3", "The result should be text, not an integer."),
    ("a shape", np.zeros(2), np.zeros((2, 1)), "The result should have shape (2, 1); it has (2,)."),
    (
        "an entry",
        [1.0, 5.0],
        np.array([1.0, 2.0]),
        "The result at [1] should be 2.0, not 5.0 (1 of 2 entries are wrong).",
    ),
    ("the only entry", [[5.0]], np.array([[2.0]]), "The result at [0, 0] should be 2.0, not 5.0."),
    ("numbers for bools", [1, 0], np.array([True, False]), "The result should hold bool (bool), not numbers (int64)."),
    ("text for numbers", ["1"], np.array([1]), "The result should hold numbers (int64), not text (<U1)."),
    ("ragged lists", [[1], [1, 2]], np.zeros((2, 2)), "The result should be an array of shape (2, 2), not a list."),
    ("a map for an array", map(abs, [1]), np.ones(1), "The result should be an array of shape (1,), not a map."),
    ("an odd array", OddArray(), np.ones(1), "The result should be an array of shape (1,), not a OddArray."),
    ("a date", np.datetime64("2026-01-02"), np.datetime64("2026-01-01"), "The result should be "),
    (
        "dates",
        np.array(["2026-01-02"], dtype="datetime64[D]"),
        np.array(["2026-01-01"], dtype="datetime64[D]"),
        "The result at [0] should be ",
    ),
    (
        "an object",
        np.array([None, "x"]),
        np.array([None, "y"], dtype=object),
        "The result at [1] should be 'y', not 'x'",
    ),
    ("a dictionary for a frame", {"a": [1]}, pd.DataFrame({"a": [1]}), "The result should be a DataFrame, not a dict."),
    (
        "columns",
        pd.DataFrame({"b": [1], "a": [2]}),
        pd.DataFrame({"a": [2], "b": [1]}),
        "The result should have the columns ['a', 'b']; it has ['b', 'a'].",
    ),
    ("rows", pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1, 2]}), "The result should have 2 rows; it has 1."),
    (
        "the index",
        pd.DataFrame({"a": [1]}, index=[3]),
        pd.DataFrame({"a": [1]}),
        "The index of the result should be [0]; it is [3].",
    ),
    (
        "a value",
        pd.DataFrame({"a": [1, 3]}),
        pd.DataFrame({"a": [1, 2]}),
        "The result['a'] at [1] should be 2, not 3 (1 of 2 entries are wrong).",
    ),
    (
        "a missing value",
        pd.DataFrame({"a": ["x", None]}),
        pd.DataFrame({"a": ["x", "y"]}),
        "The result['a'] at 1 is missing; it should be 'y'.",
    ),
    (
        "a value for a missing one",
        pd.Series(pd.array([1, 2], "Int64").astype(object)),
        pd.Series(pd.array([1, None], "Int64").astype(object)),
        "The result at 1 should be missing; it is 2.",
    ),
    (
        "a text in a frame",
        pd.Series(["x"], index=["k"]),
        pd.Series(["y"], index=["k"]),
        "The result at 'k' should be 'y'",
    ),
    (
        "bools in a frame",
        pd.Series([1, 0]),
        pd.Series([True, False]),
        "The result should hold bool (bool), not numbers",
    ),
    ("a list for a series", [1], pd.Series([1]), "The result should be a Series, not a list."),
    ("a longer series", pd.Series([1, 2]), pd.Series([1]), "The result should have 1 entry; it has 2."),
    ("a number for an index", np.float64(3), pd.Index([3]), "The result should be an index, not a float64."),
    ("a text for an index", "a", pd.Index(["a"]), "The result should be an index, not text."),
    ("an index", pd.Index([1, 2]), pd.Index([1, 3]), "The result should be [1, 3]; it is [1, 2]."),
    ("a list for a dictionary", [], {}, "The result should be a dictionary, not a list."),
    ("a missing key", {}, {"a": 1}, "The result lacks the key 'a'."),
    ("a key too many", {"a": 1, "b": 2}, {"a": 1}, "The result has a key too many: 'b'."),
    ("a value in a dictionary", {"a": [1, 2]}, {"a": [1, 3]}, "Item 1 of the result['a'] should be 3, not 2."),
    ("a list for a set", [1], {1}, "The result should be a set, not a list."),
    ("a missing member", {"c"}, {"c", "b", "a"}, "The result lacks 'a'."),
    ("a member too many", {"a", "c", "b"}, {"a"}, "The result has 'b' too many."),
    ("a number for a list", 3, [3], "The result should be a list, not an integer."),
    ("a shorter list", [1], [1, 2], "The result should have 2 items; it has 1."),
    ("a generator", (i for i in [1]), [1], "The result is a generator, which hands out its values only once."),
    ("a dictionary for a dataclass", {"x": 1}, Point(1, []), "The result should be a Point, not a dict."),
    ("a field", Point(1.0, ["a"]), Point(1.0, ["b"]), "Item 0 of the result.label should be 'b', not 'a'."),
    ("an enum", 1, Colour.RED, "The result should be a Colour, not an integer."),
    ("another object", date(2026, 1, 1), date(2026, 1, 2), "The result should be datetime.date(2026, 1, 2), not "),
    ("always equal for a number", AlwaysEqual(), 3, "The result should be a number, not a AlwaysEqual."),
    ("always equal for a date", AlwaysEqual(), date(2026, 1, 2), "The result should be a date, not a AlwaysEqual."),
    ("always equal in a list", [AlwaysEqual()], ["a"], "Item 0 of the result should be text, not a AlwaysEqual."),
    (
        "an object that can't be compared",
        RaisesWhenCompared(),
        RaisesWhenCompared(),
        "The result can't be compared with a RaisesWhenCompared: RuntimeError.",
    ),
]


@pytest.mark.parametrize(("returned", "expected"), [row[1:] for row in SAME], ids=[row[0] for row in SAME])
def test_agrees(returned: Any, expected: Any) -> None:
    assert difference(returned, expected) is None


@pytest.mark.parametrize(
    ("returned", "expected", "said"), [row[1:] for row in DIFFERENT], ids=[row[0] for row in DIFFERENT]
)
def test_differs_and_says_how(returned: Any, expected: Any, said: str) -> None:
    assert (difference(returned, expected) or "agrees").startswith(said)


def test_a_coroutine_is_named_and_closed() -> None:
    async def answer() -> int:
        return 3

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert difference(answer(), 3) == "The result is a coroutine that nobody awaited."


@pytest.mark.parametrize(
    ("dtype", "near", "far"), [(np.float64, 1e-8, 1e-5), (np.float32, 1e-5, 1e-3), (np.float16, 1e-3, 1e-1)]
)
def test_the_tolerance_is_that_of_the_precision(dtype: Any, near: float, far: float) -> None:
    expected = np.array([1.0])
    assert difference(np.array([1 + near], dtype=dtype), expected) is None
    assert difference(np.array([1 + far], dtype=dtype), expected) is not None
    assert difference(dtype(1 + far), 1.0) is not None


def test_a_tolerance_that_is_given_counts() -> None:
    assert difference(1.05, 1.0, Rules(rtol=0.1)) is None
    assert difference(np.array([0.05]), np.array([0.0]), Rules(atol=0.1)) is None
    assert difference(1 + 1e-9, 1.0, Rules(rtol=0, atol=0)) is not None


@pytest.mark.parametrize(
    ("returned", "expected", "said"),
    [
        (np.array([1], np.int32), np.array([1], np.int64), "The result should have dtype int64; it has int32."),
        ([1], np.array([1]), "The result should be an array of dtype int64, not a list."),
        (1.0, 1, "The result should be an integer, not a float."),
        (pd.Series([1.0]), pd.Series([1]), "The result should have dtype int64; it has float64."),
        (np.array([1]), np.array([1]), None),
        (1, 1, None),
    ],
)
def test_the_dtype_counts_where_it_is_asked_for(returned: Any, expected: Any, said: str | None) -> None:
    assert difference(returned, expected, EXACT) == said


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ([3, 1, 2], [1, 2, 3]),
        ([0.0, -1.0], [-1.0, -0.0]),
        ([NAN, 1.0], [1.0, NAN]),
        ([np.float64(2), 1], [1, 2]),
        ([{"a": 1}, {"b": 2.0}], [{"b": 2}, {"a": 1}]),
        (["a", None, 1], [1, "a", None]),
        (np.array([3, 1]), np.array([1, 3])),
        (np.array([[2, 1], [1, 9]]), np.array([[1, 9], [2, 1]])),
        (np.array(["b", None], dtype=object), np.array([None, "b"], dtype=object)),
        (np.array(5.0), np.array(5.0)),
        (np.zeros((0, 2)), np.zeros((0, 2))),
        (pd.DataFrame({"b": [1, 2], "a": [3, 4]}), pd.DataFrame({"a": [4, 3], "b": [2, 1]}, index=[5, 6])),
        (pd.DataFrame({"a": ["x", None]}), pd.DataFrame({"a": [None, "x"]})),
        (pd.DataFrame({"a": [NAN, 1.0, 0.5]}), pd.DataFrame({"a": [0.5, 1.0, NAN]})),
        (pd.Series([1, 2], index=["a", "b"]), pd.Series([2, 1], index=["b", "a"])),
        (pd.Series([1, 2], index=["a", 3]), pd.Series([2, 1], index=[3, "a"])),
    ],
)
def test_the_order_is_ignored_where_it_does_not_count(returned: Any, expected: Any) -> None:
    assert difference(returned, expected, ANY_ORDER) is None
    if np.size(expected) > 1:
        assert difference(returned, expected) is not None


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ([1, 1, 2], [1, 2, 2]),
        (np.array([1, 1]), np.array([1, 2])),
        (pd.DataFrame({1: [1]}), pd.DataFrame({"1": [1]})),
        (pd.DataFrame({"a": [1, 1]}), pd.DataFrame({"a": [1, 2]})),
        (pd.DataFrame({"a": [1, 2], "b": [3, 4]}), pd.DataFrame({"a": [1, 2], "b": [4, 3]})),
        (pd.Series([1, 2], index=["a", "b"]), pd.Series([2, 1], index=["a", "b"])),
    ],
)
def test_without_order_the_items_must_still_be_the_same(returned: Any, expected: Any) -> None:
    assert difference(returned, expected, ANY_ORDER) is not None


def test_what_lacks_is_said_where_order_does_not_count() -> None:
    assert difference([1, 1], [1, 2], ANY_ORDER) == "The result lacks 2."


def test_sparse_matrices() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    matrix = sparse.csr_matrix([[0, 1], [2, 0]])
    assert difference(matrix.copy(), matrix) is None
    assert difference(matrix.toarray(), matrix) is None
    assert difference(2 * matrix, matrix) is not None
    assert difference("text", matrix) is not None


def test_tensors() -> None:
    torch = pytest.importorskip("torch")
    expected = torch.tensor([1.0, 2.0])
    assert difference(torch.tensor([1.0, 2.0], requires_grad=True), expected) is None
    assert difference(torch.tensor([1.0, 2.0 + 1e-5]), expected) is None
    assert difference(expected.to(torch.bfloat16), expected) is None
    assert difference(expected.to_sparse(), expected) is None
    assert difference(torch.tensor(True), True) is None
    assert difference(torch.tensor(2.5), 2.5) is None
    assert difference(expected, np.array([1.0, 2.0])) is None
    assert difference(torch.tensor([1.0, 3.0]), expected, where="the loss") == (
        "The loss at [1] should be 2.0, not 3.0 (1 of 2 entries are wrong)."
    )
    assert difference([1.0, 2.0], expected) == "The result should be a tensor of shape (2,), not a list."
    assert difference(expected.double(), expected, EXACT) is not None
    assert difference(torch.zeros(2, 1), expected) == "The result should have shape (2,); it has (2, 1)."


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.lists(st.floats(width=32), max_size=3).map(np.array)
    | st.dates()
)
nested = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
        | st.builds(Point, st.floats(), st.lists(st.text(max_size=2), max_size=2))
    ),
    max_leaves=8,
)
quick = settings(max_examples=100, database=None, deadline=None)


@quick
@given(nested)
def test_a_copy_of_anything_is_equal(value: Any) -> None:
    for rules in (Rules(), EXACT, ANY_ORDER, Rules(rtol=0, atol=0)):
        assert difference(copy.deepcopy(value), value, rules) is None


@quick
@given(nested, st.data())
def test_one_changed_leaf_is_found(value: Any, data: st.DataObject) -> None:
    changed = _with_one_leaf_changed(copy.deepcopy([value]), data)
    assert difference(changed, [value]) is not None


def _with_one_leaf_changed(value: Any, data: st.DataObject) -> Any:
    """Replace one leaf by a value that no generated leaf equals."""
    places: list[Any] = []
    if isinstance(value, dict):
        places = sorted(value)
    elif isinstance(value, list | tuple):
        places = list(range(len(value)))
    if not places:
        return Colour.RED
    at = data.draw(st.sampled_from(places))
    items = dict(value) if isinstance(value, dict) else list(value)
    items[at] = _with_one_leaf_changed(items[at], data)
    return items


@quick
@given(st.lists(st.floats(-5, 5) | st.none(), max_size=6), st.randoms(use_true_random=False))
def test_a_shuffled_list_is_the_same_where_order_does_not_count(value: list[Any], random: Any) -> None:
    shuffled = value.copy()
    random.shuffle(shuffled)
    assert difference(shuffled, value, ANY_ORDER) is None


def test_lenient_rules_take_what_can_not_be_compared_for_equal() -> None:
    assert difference(object(), object(), Rules(lenient=True)) is None
    assert difference(Call((1,)), Call((2,)), Rules(lenient=True)) is not None
