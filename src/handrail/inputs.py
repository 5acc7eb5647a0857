"""Strategies for inputs that are short to read: grids of numbers, small arrays, small tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from handrail.answers import Call

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def call(*args: Any, **kwargs: Any) -> Call:
    """Return one set of arguments."""
    return Call(args, kwargs)


def calls(*args: SearchStrategy[Any], **kwargs: SearchStrategy[Any]) -> SearchStrategy[Call]:
    """Generate calls from a strategy for each argument."""
    from hypothesis import strategies as st

    return st.builds(call, *args, **kwargs)


def between(low: int, high: int) -> SearchStrategy[int]:
    """Generate integers from `low` to `high`, both included."""
    from hypothesis import strategies as st

    return st.integers(low, high)


def numbers(low: float = -10, high: float = 10, step: float = 0.25, *, missing: bool = False) -> SearchStrategy[float]:
    """Generate floats on a grid, so that the smallest failing input is short to read; with NaN where `missing`."""
    from hypothesis import strategies as st

    grid = st.integers(round(low / step), round(high / step)).map(lambda i: i * step)
    return st.one_of(grid, st.just(float("nan"))) if missing else grid


def flags() -> SearchStrategy[bool]:
    """Generate True and False."""
    from hypothesis import strategies as st

    return st.booleans()


def words(letters: str = "abc", low: int = 0, high: int = 4) -> SearchStrategy[str]:
    """Generate short text from a few letters, so that ties and repetitions occur."""
    from hypothesis import strategies as st

    return st.text(letters, min_size=low, max_size=high)


def arrays(
    elements: Any = float,
    size: int | SearchStrategy[int] | None = None,
    shape: tuple[int | SearchStrategy[int], ...] | SearchStrategy[tuple[int, ...]] | None = None,
    *,
    distinct: bool = False,
) -> SearchStrategy[Any]:
    """Generate NumPy arrays.

    `elements` is `float`, `int`, `bool`, a dtype such as `np.uint8`, or a strategy. `size` makes one axis, `shape`
    several (each an integer or a strategy). With `distinct` no two entries are equal. Some arrays of two and more axes
    are laid out in memory by columns (`order="F"`), as transposed data is.
    """
    import numpy as np
    from hypothesis import strategies as st
    from hypothesis.strategies import SearchStrategy

    if isinstance(elements, SearchStrategy):
        dtype, strategy = None, elements
    else:
        dtype, strategy = np.dtype(elements), _elements(np.dtype(elements))

    def fill(dimensions: tuple[int, ...]) -> SearchStrategy[Any]:
        count = int(np.prod(dimensions, dtype=int))
        entries = st.lists(strategy, min_size=count, max_size=count, unique=distinct)
        made = entries.map(lambda values: np.array(values, dtype=dtype).reshape(dimensions))
        return made if sum(n > 1 for n in dimensions) < 2 else st.builds(_laid_out, made, st.booleans())

    return _shapes(size, shape).flatmap(fill)


def tables(
    rows: int | SearchStrategy[int] | None = None,
    index: SearchStrategy[Any] | Callable[[int], Any] | None = None,
    **columns: SearchStrategy[Any],
) -> SearchStrategy[Any]:
    """Generate data frames from a strategy of entries for each column.

    `index` is a strategy of labels (unique), or a function of the number of rows; without it labels are 0, 1, 2 ... or,
    in every other table, a shuffled range that starts elsewhere.
    """
    import pandas as pd
    from hypothesis import strategies as st

    @st.composite
    def table(draw: Any) -> Any:
        count = _drawn(draw, between(0, 8) if rows is None else rows)
        body = {name: draw(st.lists(entry, min_size=count, max_size=count)) for name, entry in columns.items()}
        if callable(index):
            labels = index(count)
        elif index is not None:
            labels = draw(st.lists(index, min_size=count, max_size=count, unique=True))
        else:
            labels = draw(st.one_of(st.just(list(range(count))), st.permutations(range(3, 3 + count))))
        return pd.DataFrame(body, index=list(labels), columns=list(columns))

    return table()


def _laid_out(array: Any, by_columns: bool) -> Any:
    return array.copy(order="F") if by_columns else array


def _elements(dtype: Any) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    if dtype.kind == "b":
        return st.booleans()
    if dtype.kind == "u":
        return st.integers(0, 2 ** (8 * dtype.itemsize) - 1)
    if dtype.kind == "i":
        return st.integers(-20, 20)
    return numbers()


def _shapes(size: Any, shape: Any) -> SearchStrategy[tuple[int, ...]]:
    from hypothesis import strategies as st
    from hypothesis.strategies import SearchStrategy

    if isinstance(shape, SearchStrategy):
        return shape
    axes: Sequence[Any] = shape if shape is not None else (between(0, 6) if size is None else size,)
    return st.tuples(*[axis if isinstance(axis, SearchStrategy) else st.just(axis) for axis in axes])


def _drawn(draw: Any, value: Any) -> Any:
    return value if isinstance(value, int) else draw(value)
