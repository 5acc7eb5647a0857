"""Say how two values differ: numbers, arrays, tables, tensors and anything nested of them."""

from __future__ import annotations

import dataclasses
import inspect
import math
import numbers
import sys
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
        return f"{_begin(where)} is None. Is a `return` missing?" if where == "the result" else f"{where} is None."
    if inspect.isgenerator(returned) and not inspect.isgenerator(expected):
        return f"{_begin(where)} is a generator, which hands out its values only once. Return them all at once."
    if inspect.iscoroutine(returned):
        returned.close()
        return f"{_begin(where)} is a coroutine that nobody awaited."
    for kind, compare in _comparisons(expected):
        if kind:
            return cast("str | None", compare(returned, expected, rules, where))
    return _other(returned, expected, rules, where)


def _comparisons(expected: Any) -> list[tuple[bool, Any]]:
    """Return what the expected value is, and how such values are compared; the first that holds counts."""
    numpy, pandas, torch = (sys.modules.get(name) for name in ("numpy", "pandas", "torch"))
    sparse = sys.modules.get("scipy.sparse")
    return [
        (expected is None, _none),
        (isinstance(expected, str | bytes), _equal),
        (isinstance(expected, bool) or (numpy is not None and isinstance(expected, numpy.bool_)), _truth),
        (isinstance(expected, numbers.Number), _number),
        (torch is not None and isinstance(expected, torch.Tensor), _tensor),
        (pandas is not None and isinstance(expected, pandas.DataFrame), _frame),
        (pandas is not None and isinstance(expected, pandas.Series), _series),
        (pandas is not None and isinstance(expected, pandas.Index), _index),
        (numpy is not None and isinstance(expected, numpy.ndarray), _array),
        (sparse is not None and sparse.issparse(expected), _sparse),
        (isinstance(expected, Mapping), _mapping),
        (isinstance(expected, Set), _set),
        (isinstance(expected, list | tuple | range), _sequence),
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
    place = f"{where}[{', '.join(map(str, at))}]" if at else where
    tally = f" ({int(wrong.sum())} of {wrong.size} entries are wrong)" if wrong.size > 1 else ""
    return f"{_begin(place)} should be {literal(expected[at])}, not {literal(value[at])}{tally}."


def _as_array(returned: Any) -> Any:
    numpy, torch = sys.modules["numpy"], sys.modules.get("torch")
    if torch is not None and isinstance(returned, torch.Tensor):
        return _from_tensor(returned)
    if isinstance(returned, str | bytes | Mapping | Set) or returned is None or callable(returned):
        return None
    try:
        value = numpy.asarray(returned)
    except (ValueError, TypeError):
        return None
    plain = isinstance(returned, numpy.ndarray | Sequence | numbers.Number) or hasattr(returned, "__array__")
    return value if plain else None


def _dtypes(returned: Any, value: Any, expected: Any, rules: Rules, where: str) -> str | None:
    kinds = {"b": "bool", "U": "text", "T": "text", "O": "objects", "M": "dates", "m": "durations"}
    mine, theirs = kinds.get(value.dtype.kind, "numbers"), kinds.get(expected.dtype.kind, "numbers")
    if mine != theirs and value.size and "objects" not in (mine, theirs):
        return f"{_begin(where)} should hold {theirs} ({expected.dtype}), not {mine} ({value.dtype})."
    if rules.exact_dtype and hasattr(returned, "dtype") and value.dtype != expected.dtype:
        return f"{_begin(where)} should have dtype {expected.dtype}; it has {value.dtype}."
    return (
        f"{_begin(where)} should be an array, not {_kind(returned)}." if rules.exact_dtype and value is None else None
    )


def _unequal(value: Any, expected: Any, rules: Rules) -> Any:
    numpy = sys.modules["numpy"]
    if value.dtype.kind in "biufc" and expected.dtype.kind in "biufc":
        rtol, atol = _tolerance(rules, value, expected)
        exact = value.dtype.kind in "biu" and expected.dtype.kind in "biu"
        with numpy.errstate(all="ignore"):
            return value != expected if exact else ~numpy.isclose(value, expected, rtol=rtol, atol=atol, equal_nan=True)
    pairs = zip(value.ravel().tolist(), expected.ravel().tolist(), strict=True)
    flat = [not (_missing(a) and _missing(b)) and difference(a, b, rules) is not None for a, b in pairs]
    return numpy.array(flat, dtype=bool).reshape(expected.shape)


def _sorted(value: Any) -> Any:
    numpy = sys.modules["numpy"]
    if value.ndim <= 1:
        return numpy.sort(value)
    flat = value.reshape(len(value), -1)
    return value[numpy.lexsort(flat.T[::-1])] if len(value) else value


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
    if mine != theirs and (rules.order or sorted(map(str, mine)) != sorted(map(str, theirs))):
        return f"{_begin(where)} should have the columns {theirs}; it has {mine}."
    if len(returned) != len(expected):
        return f"{_begin(where)} should have {len(expected)} rows; it has {len(returned)}."
    if not rules.order:
        returned, expected = (t[theirs].sort_values(theirs, ignore_index=True) for t in (returned, expected))
    problem = _labels(returned.index, expected.index, rules, f"the index of {where}")
    for name, at in zip(theirs, range(len(theirs)), strict=True):
        at_mine = at if rules.order else list(returned.columns).index(name)
        problem = problem or _values(returned.iloc[:, at_mine], expected.iloc[:, at], rules, f"{where}[{name!r}]")
    return problem


def _series(returned: Any, expected: Any, rules: Rules, where: str) -> str | None:
    pandas = sys.modules["pandas"]
    if not isinstance(returned, pandas.Series):
        return f"{_begin(where)} should be a Series, not {_kind(returned)}."
    if len(returned) != len(expected):
        return f"{_begin(where)} should have {len(expected)} entries; it has {len(returned)}."
    if not rules.order:
        returned, expected = returned.sort_index(), expected.sort_index()
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
        if _missing(mine) or (problem := difference(mine, theirs, rules, f"{where} at {label!r}")) is not None:
            return (
                problem
                if not _missing(mine)
                else f"{_begin(where)} at {label!r} is missing; it should be {literal(theirs)}."
            )
    return None


def _index(returned: Any, expected: Any, rules: Rules, where: str) -> str | None:
    if not hasattr(returned, "tolist"):
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
    if lacking := expected - returned:
        return f"{_begin(where)} lacks {literal(next(iter(lacking)))}."
    extra = returned - expected
    return f"{_begin(where)} has {literal(next(iter(extra)))} too many." if extra else None


def _sequence(returned: Any, expected: Any, rules: Rules, where: str) -> str | None:
    if hasattr(returned, "tolist") and not isinstance(returned, list | tuple):
        returned = returned.tolist()
    if not isinstance(returned, list | tuple | range):
        return f"{_begin(where)} should be a {type(expected).__name__}, not {_kind(returned)}."
    if len(returned) != len(expected):
        return f"{_begin(where)} should have {len(expected)} items; it has {len(returned)}."
    if not rules.order:
        returned, expected = sorted(returned, key=repr), sorted(expected, key=repr)
    pairs = enumerate(zip(returned, expected, strict=True))
    found = (difference(mine, theirs, rules, f"{where}[{i}]") for i, (mine, theirs) in pairs)
    return next((problem for problem in found if problem), None)


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
        if bool(returned == expected):
            return None
    except Exception as error:
        return f"{_begin(where)} can't be compared with {_kind(expected)}: {type(error).__name__}."
    if type(returned) is not type(expected):
        return f"{_begin(where)} should be {_kind(expected)}, not {_kind(returned)}."
    return f"{_begin(where)} should be {literal(expected)}, not {literal(returned)}."


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
        return isinstance(value, numbers.Number) and bool(value != value)
    except (TypeError, ValueError):
        return False


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
    return where[0].upper() + where[1:] if where.startswith("the ") else where
