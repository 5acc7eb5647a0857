# %% [markdown]
# # Exercises: Make it fast and small, in this order
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest input on which your answer is wrong, or how much memory it took. Stuck? `hint(shrink_columns)` gives the next of three hints, `solution(shrink_columns)` the answer. Any order; `progress()` says where you are.

# %%
import cProfile
import pstats
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Shrink a table without loss  ★☆☆ · 15 min
# A table of sensor data no longer fits into the machine. Return it with the smallest types that keep every value: integers in the smallest signed type, floats in `float32` where each value comes back exactly the same, texts as categories where that pays. Missing values stay missing.


# %%
def shrink_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the same columns, index and values in smaller types. The argument stays unchanged.

    Signed integers become the smallest of `int8` to `int64` that holds all of them; pandas' integers with missing
    values (`Int64`) likewise one of `Int8` to `Int64`. `float64` becomes `float32` if no value changes. Texts (`str`)
    become `category` if there are fewer different texts, missing ones not counted, than half the number of rows.
    All other columns keep their type.

    >>> table = pd.DataFrame({"count": [1, 300], "share": [0.5, 0.1], "name": ["Pier", "Park"]})
    >>> shrink_columns(table).dtypes.astype(str).to_dict()
    {'count': 'int16', 'share': 'float64', 'name': 'str'}
    """

    # BEGIN SOLUTION
    def shrunk(column: pd.Series) -> pd.Series:
        if pd.api.types.is_signed_integer_dtype(column.dtype):
            return pd.to_numeric(column, downcast="integer")
        if column.dtype == "float64":
            with np.errstate(over="ignore"):  # a number beyond float32 becomes infinite, and is found out
                narrow = column.astype("float32")
            return narrow if narrow.astype("float64").equals(column) else column
        if column.dtype == "str" and column.nunique() < len(column) / 2:
            return column.astype("category")
        return column

    return table.assign(**{name: shrunk(table[name]) for name in table})
    # END SOLUTION


# %%
check(shrink_columns)

# %% [markdown] tags=["solution"]
# Each kind of column has its own test for "nothing is lost". For integers it is the range, and pandas knows `downcast="integer"`, which keeps missing values too. For floats it is the round trip: narrow, widen, compare. `downcast="float"` won't do, since it accepts values that are only *nearly* equal. A category stores each different text once and a code per row, so a column of unique names would grow.

# %% [markdown]
# ## 2. Count in a file that doesn't fit  ★☆☆ · 12 min
# A sensor has written more readings than your memory holds, as a `.npy` file. How many lie above a threshold? Take `chunk` readings at a time, without a Python loop over single readings, and never hold more than four chunks (of 8 bytes a reading). The number of readings need not be a multiple of `chunk`, and may be 0.


# %%
def count_above(path: Path, threshold: float, chunk: int) -> int:
    """Return how many values of a saved array are greater than `threshold`; a missing one (NaN) is not.

    `path` names a file written by `np.save`, with a one-dimensional float64 array. `chunk` is at least 1.
    The memory in use at one time stays below `4 * 8 * chunk` bytes, but for a few kilobytes or one count per chunk.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(Path(folder) / "values.npy", np.array([0.5, 3.0, 2.0, 9.0, 2.5]))
    ...     count_above(Path(folder) / "values.npy", 2.0, chunk=2)
    3
    """
    # BEGIN SOLUTION
    values = np.load(path, mmap_mode="r")
    return sum(int((values[at : at + chunk] > threshold).sum()) for at in range(0, len(values), chunk))
    # END SOLUTION


# %%
check(count_above)

# %% [markdown] tags=["solution"]
# A memory map loads nothing until a slice is touched, and the comparison of one slice makes a mask of `chunk` bytes, which is gone before the next one comes. `(values > threshold).sum()` looks as innocent, but its mask has one byte for each value of the whole file. A slice that reaches beyond the end is cut off there, so the last, shorter chunk needs no special case.

# %% [markdown]
# ## 3. Count close pairs without a matrix  ★★☆ · 20 min
# Two bikes that report positions closer than `radius` may block each other. Count such pairs among n bikes. The usual array of all n × n distances takes 384 MB for 4,000 bikes; you have 32 MB, and in general 8 kB for each bike. Loop over bikes or blocks of them in Python if you like, but not over pairs.


# %%
def pairs_within(points: np.ndarray, radius: float) -> int:
    """Return the number of unordered pairs of points whose straight distance is less than `radius`.

    `points` has shape `(n, d)`: n points in 1 to 10 dimensions, float64; n may be 0, `radius` is positive. Two points at
    the same place are a pair, at distance 0. At most 8,000 bytes for each point are in use at one time, but for a few
    kilobytes.

    >>> pairs_within(np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]), 5.0)
    2
    """
    # BEGIN SOLUTION
    pairs = 0
    for i in range(len(points)):
        steps = points[i + 1 :] - points[i]  # to the later points only, so that each pair is seen once
        pairs += int(((steps**2).sum(axis=1) < radius**2).sum())
    return pairs
    # END SOLUTION


# %%
check(pairs_within)

# %% [markdown] tags=["solution"]
# One row of the matrix at a time: the distances from a point to all later points take memory in proportion to n, and are gone before the next row. Only later points are asked, so nothing is counted twice and no point meets itself; (0, 0) and (3, 4) are exactly 5 apart and no pair. Blocks of 100 rows make fewer steps of Python for a little more memory. For millions of points, SciPy's `cKDTree` doesn't even look at the far ones.

# %% [markdown]
# ## 4. Name the hot function  ★★☆ · 15 min
# A colleague wants to know where a program spends its time. Run `work` under a profiler and rank the functions that ran, `work` among them, by their *own* time: what is spent in a function itself, without the functions that it calls, over all of its calls. Built-in functions (`sum`, `len`) are left out.


# %%
def own_time_ranking(work: Callable[[], object]) -> list[str]:
    """Return the names of the Python functions that ran during one call of `work`, by own time, largest first.

    Each function is named once, by its `__name__`; no two have the same. Time in a built-in function counts for nobody.
    `work` is called exactly once, and no profiler is left running.

    >>> def add_up():
    ...     for i in range(200_000):
    ...         i + i
    >>> def report():
    ...     add_up()
    >>> own_time_ranking(report)
    ['add_up', 'report']
    """
    # BEGIN SOLUTION
    profile = cProfile.Profile()
    profile.runcall(work)
    stats = pstats.Stats(profile).stats  # (file, line, name): (.., calls, own time, cumulative time, callers)
    own = [(times[2], name) for (file, _, name), times in stats.items() if file != "~"]
    return [name for _, name in sorted(own, reverse=True)]
    # END SOLUTION


# %%
check(own_time_ranking)

# %% [markdown] tags=["solution"]
# `pstats` keeps for each function its number of calls, its own time (`tottime` in the printed table) and its cumulative time; built-ins have `~` for a file. Rank by own time to find the code to change, by cumulative time to find the call to avoid: in the lesson, `iterrows` had little own time, and most of the program below it. The number of calls says little by itself.

# %% [markdown]
# ## 5. Align two rides  ★★★ · 30 min
# Two riders cover the same route at different speeds. **Dynamic time warping** compares their heights: pair the readings in order, first with first, last with last, each reading in at least one pair; pay the sum of `|a[i] - b[j]|` over the pairs; take the cheapest way. `window` bounds how far i and j may differ. Use two rows of memory, not a table, and write plain loops that `numba.njit` compiles.


# %%
def warped_distance(a: np.ndarray, b: np.ndarray, window: int) -> float:
    """Return the smallest cost of a path of pairs (i, j) from (0, 0) to (len(a) - 1, len(b) - 1).

    Each step of the path adds 1 to i, to j, or to both. A pair costs `|a[i] - b[j]|`, and is allowed if
    `|i - j| <= max(window, |len(a) - len(b)|)`. Both arrays are float64 and not empty; `window` is at least 0.
    Memory grows with `len(b)`, not with `len(a) * len(b)` or `window * len(a)`. The check compiles the function.

    >>> warped_distance(np.array([0.0, 2.0, 5.0]), np.array([0.0, 0.0, 2.0, 4.0]), 1)
    1.0
    """
    # BEGIN SOLUTION
    n, m = len(a), len(b)
    band = max(window, abs(n - m))
    above = np.full(m + 1, np.inf)  # costs of the row before; column 0 stands outside
    above[0] = 0.0
    for i in range(n):
        row = np.full(m + 1, np.inf)
        for j in range(max(0, i - band), min(m, i + band + 1)):
            row[j + 1] = abs(a[i] - b[j]) + min(above[j], above[j + 1], row[j])
        above = row
    return float(above[m])
    # END SOLUTION


# %%
check(warped_distance)

# %% [markdown] tags=["solution"]
# A path reaches a pair from above, from the left or diagonally, so a row needs only the row before it. Whatever lies outside the band must be infinite: a fresh row of infinities takes care of that, while a row that is used again must be cleared, or values of two rows ago leak in at the edge. The band must be at least as wide as the lengths differ, or no path reaches the last corner. Compiled, 5,000 × 5,000 readings with a window of 200 take a few hundredths of a second.
