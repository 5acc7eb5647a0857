"""Write a value the way a person would type it, cut to a readable length."""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Mapping
from typing import Any

LONGEST = 700
MOST_ITEMS = 80
MOST_ROWS = 14


def call(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    """Return the call as source text, such as `share(np.array([1.0]), weight=2)`."""
    parts = [literal(value) for value in args] + [f"{key}={literal(value)}" for key, value in kwargs.items()]
    joined = ", ".join(parts)
    if len(joined) > 90 or "\n" in joined:
        inner = ",\n".join("    " + part.replace("\n", "\n    ") for part in parts)
        return f"{name}(\n{inner},\n)"
    return f"{name}({joined})"


def literal(value: Any) -> str:
    """Return source text that makes this value, or a description in ‹brackets› where that would be too long."""
    try:
        text = _literal(value)
    except Exception as error:  # a value's own repr may fail; the learner should still see the rest
        return f"‹{type(value).__name__}, whose repr raises {type(error).__name__}›"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def show(value: Any) -> str:
    """Return how a value looks when it is printed: tables as tables, everything else as source text."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(value, pandas.DataFrame | pandas.Series):
        try:
            return _cut(value.to_string(max_rows=MOST_ROWS))
        except Exception as error:
            return f"‹{type(value).__name__}, whose repr raises {type(error).__name__}›"
    return literal(value)


def _literal(value: Any) -> str:
    numpy, pandas, torch = (sys.modules.get(name) for name in ("numpy", "pandas", "torch"))
    if numpy is not None and isinstance(value, numpy.ndarray):
        return _array(value)
    if numpy is not None and isinstance(value, numpy.generic):
        return _literal(value.item()) if value.dtype.kind in "biufcU" else repr(value)
    if numpy is not None and type(value) is numpy.random.Generator:
        return _generator(value)
    if pandas is not None and isinstance(value, pandas.DataFrame):
        return _frame(value)
    if pandas is not None and isinstance(value, pandas.Series):
        return _series(value)
    if torch is not None and isinstance(value, torch.Tensor):
        return _tensor(value)
    return _plain(value)


def _generator(value: Any) -> str:
    """Return how to make a generator of random numbers, if it is as its seed made it."""
    entropy = getattr(getattr(value.bit_generator, "seed_seq", None), "entropy", None)
    if isinstance(entropy, int):
        fresh = sys.modules["numpy"].random.default_rng(entropy)
        if value.bit_generator.state == fresh.bit_generator.state:
            return f"np.random.default_rng({entropy})"
    return f"‹a {type(value).__name__} that has drawn numbers already›"


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return _float(value)
    if type(value) in (list, tuple, set, frozenset):
        return _items(value)
    if type(value) is dict:
        body = ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in list(value.items())[:MOST_ITEMS])
        return f"{{{body}{', …' if len(value) > MOST_ITEMS else ''}}}"
    if inspect.isgenerator(value):
        return f"‹a generator, {value.__name__}›"
    if inspect.isroutine(value) or inspect.isclass(value):
        return str(getattr(value, "__name__", repr(value)))
    return repr(value)


def _items(value: Any) -> str:
    ordered = list(value) if isinstance(value, list | tuple) else _in_order(value)
    shown = [_literal(item) for item in ordered[:MOST_ITEMS]]
    body = ", ".join(shown + ["…"] * (len(value) > MOST_ITEMS))
    if isinstance(value, list):
        return f"[{body}]"
    if isinstance(value, tuple):
        return f"({body},)" if len(value) == 1 else f"({body})"
    name = "set" if isinstance(value, set) else "frozenset"
    return f"{{{body}}}" if value and name == "set" else f"{name}({'{' + body + '}' if value else ''})"


def _in_order(value: Any) -> list[Any]:
    """Return the items of a set in an order that is the same in every process."""
    try:
        return sorted(value)
    except TypeError:
        return sorted(value, key=lambda item: (type(item).__name__, repr(item)))


def _float(value: float) -> str:
    if math.isnan(value):
        return "np.nan"
    if math.isinf(value):
        return "np.inf" if value > 0 else "-np.inf"
    short = repr(value)
    return short if len(short) <= 12 else f"{value:.10g}"


def _array(value: Any) -> str:
    if value.size > MOST_ITEMS:
        return f"‹array of shape {value.shape}, {value.dtype}›"
    if value.size == 0 and value.ndim > 1:
        return f"np.zeros({value.shape}{_dtype(value)})"
    numpy = sys.modules["numpy"]
    order = ', order="F"' if value.flags.f_contiguous and not value.flags.c_contiguous else ""
    return f"np.array({_literal(numpy.asarray(value).tolist())}{_dtype(value)}{order})"


def _dtype(value: Any) -> str:
    usual = value.size and (value.dtype.kind in "bUO" or str(value.dtype) == "int64")
    if usual or str(value.dtype) == "float64":
        return ""
    name = {"bool": "bool", "object": "object"}.get(str(value.dtype), f"np.{value.dtype}")
    return f", dtype={str(value.dtype)!r}" if value.dtype.kind in "MmU" else f", dtype={name}"


def _column(value: Any) -> str:
    if value.dtype.kind in "Mm" or "datetime" in str(value.dtype):
        return f"pd.to_datetime({[None if item != item else str(item) for item in value]!r})"
    return _literal([None if item is None or item is getattr(item, "NaT", ...) else item for item in value.tolist()])


def _frame(value: Any) -> str:
    if len(value) > MOST_ROWS or value.shape[1] > 12:
        return f"‹DataFrame of {len(value)} rows, columns {list(map(str, value.columns))}›"
    body = ", ".join(f"{_literal(name)}: {_column(value.iloc[:, i])}" for i, name in enumerate(value.columns))
    return f"pd.DataFrame({{{body}}}{_index(value)})"


def _series(value: Any) -> str:
    if len(value) > MOST_ITEMS:
        return f"‹Series of {len(value)} values, {value.dtype}›"
    dtype = f", dtype={str(value.dtype)!r}" if len(value) == 0 else ""
    return f"pd.Series({_column(value)}{_index(value)}{dtype})"


def _index(value: Any) -> str:
    plain = list(value.index) == list(range(len(value)))
    return "" if plain else f", index={_literal(value.index.tolist())}"


def _tensor(value: Any) -> str:
    if value.numel() > MOST_ITEMS:
        return f"‹tensor of shape {tuple(value.shape)}, {str(value.dtype).removeprefix('torch.')}›"
    usual = str(value.dtype) in ("torch.float32", "torch.int64", "torch.bool")
    return f"torch.tensor({_literal(value.detach().cpu().tolist())}{'' if usual else f', dtype={value.dtype}'})"


def _cut(text: str) -> str:
    return text if len(text) <= 2 * LONGEST else f"{text[: 2 * LONGEST - 1]}…"
