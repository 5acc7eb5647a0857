"""Say how two values differ: numbers, arrays, tables, tensors and anything nested of them."""

from __future__ import annotations

import dataclasses
import inspect
import math
import numbers
import sys
from collections import deque
from collections.abc import Mapping, Sequence, Set
from typing import Any, cast

from handrail.literals import literal


@dataclasses.dataclass(frozen=True)
class Rules:
    """How closely two values must agree.

    `rtol` and `atol` default to what the coarser of the two precisions allows. `lenient` takes values that can't be
    compared for equal.
    """

    rtol: float | None = None
    atol: float | None = None
    exact_dtype: bool = False
    order: bool = True
    lenient: bool = False


TOLERANCES = {"float16": (1e-2, 1e-3), "bfloat16": (2e-2, 1e-2), "float32": (1e-4, 1e-5), "complex64": (1e-4, 1e-5)}
USUAL = (1e-6, 1e-9)
NO_DIFFERENCE = None


def difference(returned: Any, expected: Any, rules: Rules | None = None, where: str = "the result") -> str | None:
    """Return a sentence on how `returned` differs from `expected`, or None where they agree."""
    rules = rules or Rules()
    if returned is None and expected is not None:
        if where == "the result":
            return "The result is None. Is a `return` missing?"
        plain = isinstance(expected, str | bytes | numbers.Number)
        return f"{_begin(where)} should be {literal(expected) if plain else _kind(expected)}, not None."
    if inspect.isgenerator(returned) and not inspect.isgenerator(expected):
        return f"{_begin(where)} is a generator, which hands out its values only once. Return them all at once."
    if inspect.iscoroutine(returned):
        returned.close()
        return f"{_begin(where)} is a coroutine that nobody awaited."
    for kind, compare in _comparisons(expected):
        if kind:
            return cast("str | None", compare(returned, expected, rules, where))
    return _other(returned, expected, rules, where)


def comparable(value: Any) -> bool:
    """Whether values of this kind are compared by what they hold. A fitted model isn't."""
    return any(fits for fits, _ in _comparisons(value))


def _comparisons(expected: Any) -> list[tuple[bool, Any]]:
    """Return what the expected value is, and how such values are compared; the first that holds counts."""
    numpy, pandas, torch = (sys.modules.get(name) for name in ("numpy", "pandas", "torch"))
    sparse = sys.modules.get("scipy.sparse")
    return [
        (expected is None, _none),
        (isinstance(expected, str | bytes), _equal),
        (isinstance(expected, bool) or (numpy is not None and isinstance(expected, numpy.bool_)), _truth),
        (isinstance(expected, numbers.Number) and not isinstance(expected, _dates()), _number),
        (torch is not None and isinstance(expected, torch.Tensor), _tensor),
        (pandas is not None and isinstance(expected, pandas.DataFrame), _frame),
        (pandas is not None and isinstance(expected, pandas.Series), _series),
        (pandas is not None and isinstance(expected, pandas.Index), _index),
        (numpy is not None and isinstance(expected, numpy.ndarray), _array),
        (sparse is not None and sparse.issparse(expected), _sparse),
        (isinstance(expected, Mapping), _mapping),
        (isinstance(expected, Set), _set),
        (isinstance(expected, list | tuple | range | deque), _sequence),
        (dataclasses.is_dataclass(expected) and not inspect.isclass(expected), _fields),
    ]


def _none(returned: Any, expected: None, rules: Rules, where: str) -> str | None:
    return None if returned is None else f"{_begin(where)} should be None."


def _equal(returned: Any, expected: Any, rules: Rules, where: str) -> str | None:
    if not isinstance(returned, str | bytes):
        return f"{_begin(where)} should be {_kind(expected)}, not {_kind(returned)}."
    return None if returned == expected else f"{_begin(where)} should be {literal(expected)}, not {literal(returned)}."


def _truth(returned: Any, expected: bool, rules: Rules, where: str) -> str | None:
    value = _scalar(returned)
    if not isinstance(value, bool):
        return f"{_begin(where)} should be True or False, not {_kind(returned)}."
    return None if value == bool(expected) else f"{_begin(where)} should be {bool(expected)}."


def _number(returned: Any, expected: Any, rules: Rules, where: str) -> str | None:
    value = _scalar(returned)
    if isinstance(value, bool) or not isinstance(value, numbers.Number):
        return f"{_begin(where)} should be a number, not {_kind(returned)}."
    if rules.exact_dtype and isinstance(_scalar(expected), int) and not isinstance(value, int):
        return f"{_begin(where)} should be an integer, not {_kind(value)}."
    if _near(value, _scalar(expected), *_tolerance(rules, returned, expected)):
        return None
    return f"{_begin(where)} should be {literal(_scalar(expected))}, not {literal(value)}."


def _near(a: Any, b: Any, rtol: float, atol: float) -> bool:
    if bool(a == b):
        return True
    if isinstance(a, int) and isinstance(b, int):
        return False
    if isinstance(a, complex) or isinstance(b, complex):
        return bool(abs(a - b) <= max(rtol * max(abs(a), abs(b)), atol))
    try:
        first, second = float(a), float(b)
    except (TypeError, OverflowError):
        return False
    return (math.isnan(first) and math.isnan(second)) or math.isclose(first, second, rel_tol=rtol, abs_tol=atol)


def _array(returned: Any, expected: Any, rules: Rules, where: str) -> str | None:
    numpy = sys.modules["numpy"]
    value = _as_array(returned)
    if value is None:
        return f"{_begin(where)} should be an array of shape {expected.shape}, not {_kind(returned)}."
    expected = numpy.asarray(expected)
    if value.shape != expected.shape:
        return f"{_begin(where)} should have shape {expected.shape}; it has {value.shape}."
    if (problem := _dtypes(returned, value, expected, rules, where)) is not None:
        return problem
    if not rules.order:
        value, expected = _sorted(value), _sorted(expected)
    wrong = _unequal(value, expected, rules)
    if not wrong.any():
        return None
    at = tuple(int(i) for i in numpy.argwhere(wrong)[0])
    place = f"{where} at [{', '.join(map(str, at))}]" if at else where
    tally = f" ({int(wrong.sum())} of {wrong.size} entries are wrong)" if wrong.size > 1 else ""
    return f"{_begin(place)} should be {literal(expected[at])}, not {literal(value[at])}{tally}."


def _as_array(returned: Any) -> Any:
    numpy, torch = sys.modules["numpy"], sys.modules.get("torch")
    if torch is not None and isinstance(returned, torch.Tensor):
        return _from_tensor(returned)
    if isinstance(returned, str | bytes | Mapping | Set) or returned is None or callable(returned):
        return None
    if hasattr(returned, "columns"):  # a table: what the caller does with an array fails on it
        return None
    try:
        value = numpy.asarray(returned)
    except Exception:  # ragged lists, or whatever the `__array__` of another library raises
        return None
    plain = isinstance(returned, numpy.ndarray | Sequence | numbers.Number) or hasattr(returned, "__array__")
    return value if plain else None


def _dtypes(returned: Any, value: Any, expected: Any, rules: Rules, where: str) -> str | None:
    kinds = {"b": "bool", "U": "text", "T": "text", "O": "objects", "M": "dates", "m": "durations"}
    mine, theirs = kinds.get(value.dtype.kind, "numbers"), kinds.get(expected.dtype.kind, "numbers")
    loose = theirs == "objects" or (mine == "objects" and theirs != "numbers")
    if mine != theirs and value.size and not loose:
        return f"{_begin(where)} should hold {theirs} ({expected.dtype}), not {mine} ({value.dtype})."
    if rules.exact_dtype and not hasattr(returned, "dtype"):
        return f"{_begin(where)} should be an array of dtype {expected.dtype}, not {_kind(returned)}."
    if rules.exact_dtype and value.dtype != expected.dtype:
        return f"{_begin(where)} should have dtype {expected.dtype}; it has {value.dtype}."
    return None


def _unequal(value: Any, expected: Any, rules: Rules) -> Any:
    numpy = sys.modules["numpy"]
    if value.dtype.kind in "biufc" and expected.dtype.kind in "biufc":
        rtol, atol = _tolerance(rules, value, expected)
        exact = value.dtype.kind in "biu" and expected.dtype.kind in "biu"
        with numpy.errstate(all="ignore"):
            return value != expected if exact else ~numpy.isclose(value, expected, rtol=rtol, atol=atol, equal_nan=True)
    if value.dtype.kind == expected.dtype.kind and value.dtype.kind in "Mm":
        return (value != expected) & ~(numpy.isnat(value) & numpy.isnat(expected))
    pairs = zip(value.ravel().tolist(), expected.ravel().tolist(), strict=True)
    flat = [not (_missing(a) and _missing(b)) and difference(a, b, rules) is not None for a, b in pairs]
    return numpy.array(flat, dtype=bool).reshape(expected.shape)


def _sorted(value: Any) -> Any:
    numpy = sys.modules["numpy"]
    if value.dtype.kind == "O":
        keys = numpy.array([repr(row) for row in value.tolist()], dtype=str)
        return value[numpy.argsort(keys, kind="stable")] if value.ndim else value
    if value.ndim <= 1:
        return numpy.sort(value) if value.ndim else value
    return value[numpy.lexsort(value.reshape(len(value), -1).T[::-1])] if value.size else value


def _tensor(returned: Any, expected: Any, rules: Rules, where: str) -> str | None:
    torch = sys.modules["torch"]
    if not isinstance(returned, torch.Tensor):
        return f"{_begin(where)} should be a tensor of shape {tuple(expected.shape)}, not {_kind(returned)}."
    if rules.exact_dtype and returned.dtype != expected.dtype:
        return f"{_begin(where)} should have dtype {expected.dtype}; it has {returned.dtype}."
    rtol, atol = _tolerance(rules, returned, expected)
    loose = dataclasses.replace(rules, rtol=rtol, atol=atol, exact_dtype=False)
    return _array(_from_tensor(returned), _from_tensor(expected), loose, where)


def _from_tensor(tensor: Any) -> Any:
    torch = sys.modules["torch"]
    plain = tensor.detach().cpu()
    plain = plain.to_dense() if plain.is_sparse else plain
    return plain.to(torch.float32).numpy() if plain.dtype == torch.bfloat16 else plain.numpy()


def _frame(returned: Any, expected: Any, rules: Rules, where: str) -> str | None:
    pandas = sys.modules["pandas"]
    if not isinstance(returned, pandas.DataFrame):
        return f"{_begin(where)} should be a DataFrame, not {_kind(returned)}."
    mine, theirs = list(returned.columns), list(expected.columns)
    if mine != theirs and (rules.order or sorted(mine, key=repr) != sorted(theirs, key=repr)):
        return f"{_begin(where)} should have the columns {theirs}; it has {mine}."
    if len(returned) != len(expected):
        return f"{_begin(where)} should have {_count(len(expected), 'row')}; it has {len(returned)}."
    if not rules.order:
        returned, expected = (_sorted_rows(table, theirs) for table in (returned, expected))
        rules = dataclasses.replace(rules, order=True)  # or else each column would be sorted by itself
    problem = _labels(returned.index, expected.index, rules, f"the index of {where}")
    for at, name in enumerate(theirs):
        problem = problem or _values(returned.iloc[:, at], expected.iloc[:, at], rules, f"{where}[{name!r}]")
    return problem


def _sorted_rows(table: Any, columns: list[Any]) -> Any:
    """Return the table with its columns in this order, its rows sorted, and a plain index."""
    table = table.iloc[:, [list(table.columns).index(name) for name in columns]]
    rows = list(table.itertuples(index=False, name=None))
    return table.iloc[_order(rows)].reset_index(drop=True)


def _series(returned: Any, expected: Any, rules: Rules, where: str) -> str | None:
    pandas = sys.modules["pandas"]
    if not isinstance(returned, pandas.Series):
        return f"{_begin(where)} should be a Series, not {_kind(returned)}."
    if len(returned) != len(expected):
        return f"{_begin(where)} should have {_count(len(expected), 'entry', 'entries')}; it has {len(returned)}."
    if not rules.order:
        returned, expected = (s.iloc[_order([*zip(s.index, s, strict=True)])] for s in (returned, expected))
        rules = dataclasses.replace(rules, order=True)
    problem = _labels(returned.index, expected.index, rules, f"the index of {where}")
    return problem or _values(returned, expected, rules, where)


def _labels(returned: Any, expected: Any, rules: Rules, where: str) -> str | None:
    mine, theirs = returned.tolist(), expected.tolist()
    same = len(mine) == len(theirs) and all(
        (_missing(a) and _missing(b)) or difference(a, b, Rules()) is None for a, b in zip(mine, theirs, strict=True)
    )
    return None if same else f"{_begin(where)} should be {literal(theirs)}; it is {literal(mine)}."


def _values(returned: Any, expected: Any, rules: Rules, where: str) -> str | None:
    if rules.exact_dtype and returned.dtype != expected.dtype:
        return f"{_begin(where)} should have dtype {expected.dtype}; it has {returned.dtype}."
    if returned.dtype.kind in "biufc" and expected.dtype.kind in "biufc":
        return _array(returned.to_numpy(), expected.to_numpy(), rules, where)
    for label, mine, theirs in zip(expected.index.tolist(), returned.tolist(), expected.tolist(), strict=True):
        if _missing(mine) and _missing(theirs):
            continue
        if _missing(mine):
            return f"{_begin(where)} at {label!r} is missing; it should be {literal(theirs)}."
        if _missing(theirs):
            return f"{_begin(where)} at {label!r} should be missing; it is {literal(mine)}."
        if (problem := difference(mine, theirs, rules, f"{where} at {label!r}")) is not None:
            return problem
    return None


def _index(returned: Any, expected: Any, rules: Rules, where: str) -> str | None:
    if not (hasattr(returned, "tolist") and hasattr(returned, "__len__") and _has_axes(returned)):
        return f"{_begin(where)} should be an index, not {_kind(returned)}."
    return _labels(returned, expected, rules, where)


def _sparse(returned: Any, expected: Any, rules: Rules, where: str) -> str | None:
    dense = returned.toarray() if hasattr(returned, "toarray") else returned
    return _array(dense, expected.toarray(), rules, where)


def _mapping(returned: Any, expected: Mapping[Any, Any], rules: Rules, where: str) -> str | None:
    if not isinstance(returned, Mapping):
        return f"{_begin(where)} should be a dictionary, not {_kind(returned)}."
    for key in expected:
        if key not in returned:
            return f"{_begin(where)} lacks the key {literal(key)}."
    for key in returned:
        if key not in expected:
            return f"{_begin(where)} has a key too many: {literal(key)}."
    found = (difference(returned[key], expected[key], rules, f"{where}[{literal(key)}]") for key in expected)
    return next((problem for problem in found if problem), None)


def _set(returned: Any, expected: Set[Any], rules: Rules, where: str) -> str | None:
    if not isinstance(returned, Set):
        return f"{_begin(where)} should be a set, not {_kind(returned)}."
    if lacking := [item for item in expected if item not in returned]:
        return f"{_begin(where)} lacks {min(map(literal, lacking))}."
    extra = [item for item in returned if item not in expected]
    return f"{_begin(where)} has {min(map(literal, extra))} too many." if extra else None


def _sequence(returned: Any, expected: Any, rules: Rules, where: str) -> str | None:
    if hasattr(returned, "tolist") and not isinstance(returned, list | tuple):
        returned = _plain_array(returned).tolist()
    if not isinstance(returned, list | tuple | range | deque):
        return f"{_begin(where)} should be a {type(expected).__name__}, not {_kind(returned)}."
    if len(returned) != len(expected):
        lacking = [item for item in expected if item not in returned] if _plain(expected) and _plain(returned) else []
        named = f" It lacks {literal(lacking[0])}." if lacking else ""
        return f"{_begin(where)} should have {_counted(expected)}; it has {len(returned)}.{named}"
    if not rules.order:
        return _same_items(list(returned), list(expected), rules, where)
    pairs = enumerate(zip(returned, expected, strict=True))
    found = (difference(mine, theirs, rules, f"item {i} of {where}") for i, (mine, theirs) in pairs)
    return next((problem for problem in found if problem), None)


def _same_items(returned: list[Any], expected: list[Any], rules: Rules, where: str) -> str | None:
    """Compare two lists of one length without regard to order: each item must find a partner."""
    rest = [returned[i] for i in _order(returned)]
    for theirs in (expected[i] for i in _order(expected)):
        at = next((i for i, mine in enumerate(rest) if difference(mine, theirs, rules) is None), None)
        if at is None:
            return f"{_begin(where)} lacks {literal(theirs)}."
        del rest[at]
    return None


def _order(items: list[Any]) -> list[int]:
    """Return the positions that sort the items; what Python can't compare is sorted by how it is written."""
    try:
        return sorted(range(len(items)), key=lambda i: _sort_key(items[i]))
    except Exception:
        return sorted(range(len(items)), key=lambda i: repr(items[i]))


def _sort_key(value: Any) -> Any:
    """Return a key that puts missing values last, inside of tuples too."""
    if isinstance(value, tuple):
        return tuple(map(_sort_key, value))
    return (1,) if _missing(value) else (0, value)


def _plain(items: Any) -> bool:
    return all(isinstance(item, str | int) for item in items)


def _counted(items: Any) -> str:
    return _count(len(items), "item")


def _count(number: int, one: str, many: str = "") -> str:
    return f"1 {one}" if number == 1 else f"{number} {many or one + 's'}"


def _fields(returned: Any, expected: Any, rules: Rules, where: str) -> str | None:
    if type(returned) is not type(expected):
        return f"{_begin(where)} should be a {type(expected).__name__}, not {_kind(returned)}."
    names = [field.name for field in dataclasses.fields(expected) if field.compare]
    found = (difference(getattr(returned, n), getattr(expected, n), rules, f"{where}.{n}") for n in names)
    return next((problem for problem in found if problem), None)


def _other(returned: Any, expected: Any, rules: Rules, where: str) -> str | None:
    if rules.lenient or returned is expected:
        return None
    try:
        if _missing(returned) and _missing(expected):
            return None
        if bool(_by_expected(returned, expected)):
            return None
    except Exception as error:
        return f"{_begin(where)} can't be compared with {_kind(expected)}: {type(error).__name__}."
    if type(returned) is not type(expected):
        return f"{_begin(where)} should be {_kind(expected)}, not {_kind(returned)}."
    return f"{_begin(where)} should be {literal(expected)}, not {literal(returned)}."


def _by_expected(returned: Any, expected: Any) -> Any:
    """Return whether the expected value says that they are equal: what came back may say so of everything."""
    compare: Any = type(expected).__eq__
    equal = compare(expected, returned)
    return isinstance(returned, type(expected)) and returned == expected if equal is NotImplemented else equal


def _tolerance(rules: Rules, returned: Any, expected: Any) -> tuple[float, float]:
    names = [str(getattr(value, "dtype", "")).removeprefix("torch.") for value in (returned, expected)]
    coarse = [TOLERANCES[name] for name in names if name in TOLERANCES] or [USUAL]
    rtol, atol = max(coarse)
    return (rtol if rules.rtol is None else rules.rtol), (atol if rules.atol is None else rules.atol)


def _scalar(value: Any) -> Any:
    """Unwrap NumPy's scalars, and arrays and tensors without axes."""
    shape = getattr(value, "shape", None)
    return value.item() if shape == () and hasattr(value, "item") else value


def _missing(value: Any) -> bool:
    if value is None:
        return True
    pandas = sys.modules.get("pandas")
    if pandas is not None and (value is pandas.NA or value is pandas.NaT):
        return True
    try:
        return isinstance(value, (numbers.Number, *_dates())) and bool(value != value)
    except (TypeError, ValueError):
        return False


def _dates() -> tuple[type, ...]:
    """Return NumPy's types of dates and durations, if it is loaded."""
    numpy = sys.modules.get("numpy")
    return (numpy.datetime64, numpy.timedelta64) if numpy is not None else ()


def _has_axes(value: Any) -> bool:
    return getattr(value, "shape", None) != ()


def _plain_array(value: Any) -> Any:
    """Return an array without what its class adds; a watched one refuses to become a list."""
    numpy = sys.modules.get("numpy")
    return numpy.asarray(value) if numpy is not None and isinstance(value, numpy.ndarray) else value


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    shape = getattr(value, "shape", None)
    name = type(value).__name__
    if isinstance(shape, tuple) and shape:
        return f"{'an array' if name == 'ndarray' else f'a {name}'} of shape {tuple(shape)}"
    known = {"str": "text", "int": "an integer", "float": "a float", "bool": "a bool", "function": "a function"}
    return known.get(name, f"a {name}")


def _begin(where: str) -> str:
    return where[0].upper() + where[1:] if where.startswith(("the ", "item ")) else where
