"""Answers to 01_fundamentals/15_performance_memory by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import cProfile
import itertools
import math
import pstats
import random
import sys
import time
from pathlib import Path

import numba
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist, pdist

# 1. shrink_columns


def _smallest(low, high):
    return next(
        f"int{bits}"
        for bits in (8, 16, 32, 64)
        if np.iinfo(f"int{bits}").min <= low <= high <= np.iinfo(f"int{bits}").max
    )


def _signed(column):
    known = column.dropna()
    name = _smallest(int(known.min()), int(known.max())) if len(known) else "int8"
    return column.astype(name.capitalize() if pd.api.types.is_extension_array_dtype(column.dtype) else name)


def _narrow(column):
    with np.errstate(over="ignore"):
        small = column.astype("float32")
    return small if small.astype("float64").equals(column) else column


def _texts(column):
    return column.astype("category") if column.nunique() < len(column) / 2 else column


def _shrink(table, signed=_signed, narrow=_narrow, texts=_texts, other=None):
    """Apply one function for each kind of column; the wrong answers replace one of them."""
    result = table.copy()
    for name in table.columns:
        column = table[name]
        if pd.api.types.is_signed_integer_dtype(column.dtype):
            result[name] = signed(column)
        elif column.dtype == np.float64:
            result[name] = narrow(column)
        elif column.dtype == "str":
            result[name] = texts(column)
        elif other is not None:
            result[name] = other(column)
    return result


def right__shrink_columns__one_function_a_kind(table):
    """Look at each column's type, and replace it in a copy."""
    return _shrink(table)


def right__shrink_columns__downcast(table):
    """Let `to_numeric` find the integer type; compare floats after the way there and back."""
    new = {}
    for name, column in table.items():
        if column.dtype.kind == "i":
            new[name] = pd.to_numeric(column, downcast="integer").dtype
            if len(column) == 0 or column.isna().all():
                new[name] = "int8" if isinstance(column.dtype, np.dtype) else "Int8"
        elif column.dtype == "float64":
            values = column.to_numpy()
            with np.errstate(all="ignore"):
                if np.array_equal(values.astype(np.float32).astype(np.float64), values, equal_nan=True):
                    new[name] = np.float32
        elif isinstance(column.dtype, pd.StringDtype) and 2 * len(column.dropna().unique()) < len(column):
            new[name] = "category"
    return table.astype(new)


def right__shrink_columns__try_each_type(table):
    """Try the types from small to large, and take the first that gives every value back."""
    columns = []
    for position in range(table.shape[1]):
        column = table.iloc[:, position]
        kind = str(column.dtype)
        if kind.lower() in {"int8", "int16", "int32", "int64"}:
            for bits in (8, 16, 32, 64):
                info = np.iinfo(f"int{bits}")
                if ((column.isna()) | ((column >= info.min) & (column <= info.max))).all():
                    column = column.astype(kind[:3] + str(bits))
                    break
        elif kind == "float64":
            with np.errstate(over="ignore"):
                back = column.astype("float32").astype("float64")
            if (back.eq(column) | column.isna()).all():
                column = column.astype("float32")
        elif kind == "str" and column.dropna().drop_duplicates().size * 2 < column.size:
            column = pd.Series(pd.Categorical(column), index=column.index, name=column.name)
        columns.append(column)
    return pd.concat(columns, axis=1) if columns else table.copy()


def wrong__shrink_columns__downcast_float(table):
    """`to_numeric(downcast="float")` only asks for nearly equal values: it loses digits."""
    return _shrink(table, narrow=lambda c: pd.to_numeric(c, downcast="float"))


def wrong__shrink_columns__close_enough(table):
    """Accept float32 when the values are close, not the same."""

    def narrow(column):
        with np.errstate(over="ignore"):
            small = column.astype("float32")
        return small if np.allclose(small.astype("float64"), column, rtol=1e-12, equal_nan=True) else column

    return _shrink(table, narrow=narrow)


def wrong__shrink_columns__only_the_range_of_floats(table):
    """Look at the range of a float column but not at its digits."""

    def narrow(column):
        fits = column.abs().max() <= np.finfo(np.float32).max or column.isna().all()
        return column.astype("float32") if fits else column

    return _shrink(table, narrow=narrow)


def wrong__shrink_columns__missing_blocks_float32(table):
    """A column with NaN stays float64, since NaN is not equal to itself."""

    def narrow(column):
        with np.errstate(over="ignore"):
            small = column.astype("float32")
        return small if (small == column).all() else column

    return _shrink(table, narrow=narrow)


def wrong__shrink_columns__infinity_blocks_float32(table):
    """Infinity has a float32, but this answer demands finite numbers."""

    def narrow(column):
        return column if np.isinf(column).any() else _narrow(column)

    return _shrink(table, narrow=narrow)


def wrong__shrink_columns__symmetric_range(table):
    """By the largest absolute value: -128 would fit into int8, but goes to int16."""

    def signed(column):
        known = [abs(int(v)) for v in column.dropna()]
        name = _smallest(0, max(known, default=0))
        return column.astype(name.capitalize() if str(column.dtype)[0] == "I" else name)

    return _shrink(table, signed=signed)


def wrong__shrink_columns__largest_only(table):
    """Look at the largest value only; -300 doesn't fit into int8."""

    def signed(column):
        if str(column.dtype)[0] == "I" or not len(column):
            return _signed(column)
        return pd.Series(column.to_numpy().astype(_smallest(0, max(0, column.max()))), index=column.index)

    return _shrink(table, signed=signed)


def wrong__shrink_columns__through_float(table):
    """Nullable integers travel through float64: 2**53 + 1 with a missing value beside it comes back as 2**53."""

    def signed(column):
        small = _signed(column)
        if column.isna().any():
            return column.astype("float64").astype(small.dtype)
        return small

    return _shrink(table, signed=signed)


def wrong__shrink_columns__only_64_bits(table):
    """An int32 or Int32 column is a signed integer, too, but stays as it is."""
    return _shrink(table, signed=lambda c: _signed(c) if str(c.dtype).endswith("64") else c)


def wrong__shrink_columns__at_most_half(table):
    """Category from exactly half: the docstring says fewer."""
    return _shrink(table, texts=lambda c: c.astype("category") if len(c) and c.nunique() <= len(c) / 2 else c)


def wrong__shrink_columns__missing_counted(table):
    """The missing text counts as one more text."""
    return _shrink(table, texts=lambda c: c.astype("category") if c.nunique(dropna=False) < len(c) / 2 else c)


def wrong__shrink_columns__half_of_the_known(table):
    """Compare with the number of texts that are there, not with the number of rows."""
    return _shrink(table, texts=lambda c: c.astype("category") if c.nunique() < c.count() / 2 else c)


def wrong__shrink_columns__whole_half(table):
    """`len // 2`: two texts in five rows are fewer than 2.5."""
    return _shrink(table, texts=lambda c: c.astype("category") if c.nunique() < len(c) // 2 else c)


def wrong__shrink_columns__unsigned_too(table):
    """Unsigned integers are another type, and keep it."""
    return _shrink(
        table, other=lambda c: c.astype(np.min_scalar_type(c.max())) if c.dtype.kind == "u" and len(c) else c
    )


def wrong__shrink_columns__float32_of_nullable(table):
    """pandas' `Float64` keeps its type; here it becomes `Float32`."""
    return _shrink(table, other=lambda c: c.astype("Float32") if str(c.dtype) == "Float64" else c)


def wrong__shrink_columns__objects_too(table):
    """An object column is not a text column."""

    def other(column):
        return column.astype("category") if column.dtype == object and column.nunique() < len(column) / 2 else column

    return _shrink(table, other=other)


def wrong__shrink_columns__first_hundred(table):
    """Decide by the first hundred rows; -1000 in row 101 turns over."""

    def signed(column):
        kind = _signed(column.head(100)).dtype
        if str(kind)[0] == "I":
            return _signed(column)
        return pd.Series(column.to_numpy().astype(kind), index=column.index)

    def narrow(column):
        same = _narrow(column.head(100)).dtype == np.float32
        return column.astype("float32") if same else column

    return _shrink(table, signed=signed, narrow=narrow)


def wrong__shrink_columns__empty_stays(table):
    """A table without rows keeps int64, though int8 holds all of its values."""
    return _shrink(table) if len(table) else table.copy()


def wrong__shrink_columns__index_lost(table):
    """Build a new table from the columns' values: the index starts at 0 again."""
    return _shrink(table).reset_index(drop=True)


# 2. count_above


def right__count_above__memory_map(path, threshold, chunk):
    """Map the file, and slice."""
    values = np.load(path, mmap_mode="r")
    return sum(int(np.count_nonzero(values[i : i + chunk] > threshold)) for i in range(0, len(values), chunk))


def right__count_above__from_file(path, threshold, chunk):
    """Read the header, then chunk after chunk until nothing is left."""
    count = 0
    with open(path, "rb") as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        _, _, dtype = read(file)
        while (values := np.fromfile(file, dtype=dtype, count=chunk)).size:
            count += (values > threshold).sum()
    return count


def right__count_above__one_buffer(path, threshold, chunk):
    """Read into the same buffer again and again; unbuffered."""
    mapped = np.load(path, mmap_mode="r")
    start, n = mapped.offset, mapped.size
    del mapped
    buffer = np.empty(min(chunk, n), dtype=np.float64)
    count = 0
    with open(path, "rb", buffering=0) as file:
        file.seek(start)
        for at in range(0, n, chunk):
            part = buffer[: min(chunk, n - at)]
            file.readinto(part)
            count += int((part > threshold).sum())
    return count


def wrong__count_above__one_reading_at_a_time(path, threshold, chunk):
    """Takes one reading at a time in a Python loop, not `chunk`."""
    count, n = 0, 0
    with Path(path).open("rb") as file:
        np.lib.format.read_magic(file)
        (n,), _, dtype = np.lib.format.read_array_header_1_0(file)
        for _ in range(n):
            if np.frombuffer(file.read(8), dtype)[0] > threshold:
                count += 1
    return count


def wrong__count_above__at_once(path, threshold, chunk):
    """Loads the whole file."""
    return int((np.load(path) > threshold).sum())


def wrong__count_above__mask_of_everything(path, threshold, chunk):
    """Maps the file, but the comparison makes one byte for each reading of the file."""
    return int(np.count_nonzero(np.load(path, mmap_mode="r") > threshold))


def wrong__count_above__five_chunks(path, threshold, chunk):
    """Holds five chunks at a time."""
    values = np.load(path, mmap_mode="r")
    step = 5 * chunk
    return sum(int((np.array(values[i : i + step]) > threshold).sum()) for i in range(0, len(values), step))


def wrong__count_above__plain_floats(path, threshold, chunk):
    """A copied chunk and its list of Python floats: 40 bytes a reading."""
    values = np.load(path, mmap_mode="r")
    count = 0
    for i in range(0, len(values), chunk):
        part = np.array(values[i : i + chunk])
        floats = part.tolist()
        count += sum(v > threshold for v in floats)
    return count


def wrong__count_above__keeps_the_chunks(path, threshold, chunk):
    """Collects the chunks' masks before it sums them: a byte for each reading of the file."""
    values = np.load(path, mmap_mode="r")
    masks = [values[i : i + chunk] > threshold for i in range(0, len(values), chunk)]
    return int(sum(m.sum() for m in masks))


def wrong__count_above__at_least_a_million(path, threshold, chunk):
    """Takes a million readings at a time, however small the chunk."""
    values = np.load(path, mmap_mode="r")
    step = max(chunk, 1_000_000)
    return sum(int((np.array(values[i : i + step]) > threshold).sum()) for i in range(0, len(values), step))


def wrong__count_above__rest_left_out(path, threshold, chunk):
    """Whole chunks only."""
    values = np.load(path, mmap_mode="r")
    return sum(int((values[i * chunk : (i + 1) * chunk] > threshold).sum()) for i in range(len(values) // chunk))


def wrong__count_above__at_least(path, threshold, chunk):
    """Counts the readings at the threshold, too."""
    values = np.load(path, mmap_mode="r")
    return sum(int((values[i : i + chunk] >= threshold).sum()) for i in range(0, len(values), chunk))


def wrong__count_above__missing_counted(path, threshold, chunk):
    """Not at most is not the same as above: NaN counts."""
    values = np.load(path, mmap_mode="r")
    return sum(int((~(values[i : i + chunk] <= threshold)).sum()) for i in range(0, len(values), chunk))


def wrong__count_above__float32(path, threshold, chunk):
    """Compares in float32: 0.1 + 1e-12 is no longer above 0.1."""
    values = np.load(path, mmap_mode="r")
    limit = np.float32(threshold)
    return sum(int((values[i : i + chunk].astype(np.float32) > limit).sum()) for i in range(0, len(values), chunk))


def wrong__count_above__small_counter(path, threshold, chunk):
    """Counts in 16 bits: 40,000 readings of one chunk turn over."""
    values = np.load(path, mmap_mode="r")
    parts = range(0, len(values), chunk)
    return sum(int((values[i : i + chunk] > threshold).sum(dtype=np.int16)) for i in parts)


def wrong__count_above__finite_only(path, threshold, chunk):
    """Infinity is above every finite threshold."""
    values = np.load(path, mmap_mode="r")
    parts = (values[i : i + chunk] for i in range(0, len(values), chunk))
    return sum(int((np.isfinite(p) & (p > threshold)).sum()) for p in parts)


def wrong__count_above__empty_refused(path, threshold, chunk):
    """An empty file is allowed."""
    values = np.load(path, mmap_mode="r")
    if not len(values):
        raise ValueError("no readings")
    return right__count_above__memory_map(path, threshold, chunk)


_counted = {}


def wrong__count_above__remembers_files(path, threshold, chunk):
    """Remembers the count of a path and threshold: the file may have been overwritten since."""
    key = (str(path), threshold)
    if key not in _counted:
        _counted[key] = right__count_above__memory_map(path, threshold, chunk)
    return _counted[key]


# 3. pairs_within


def right__pairs_within__each_with_later(points, radius):
    """One bike after the other, with those behind it; one coordinate at a time, so memory doesn't grow with d."""
    count = 0
    for i in range(len(points)):
        squares = np.zeros(len(points) - i - 1)
        for k in range(points.shape[1]):
            squares += (points[i + 1 :, k] - points[i, k]) ** 2
        count += int((np.sqrt(squares) < radius).sum())
    return count


def right__pairs_within__blocks(points, radius):
    """Blocks of 64 bikes against all; self pairs taken off, then halved."""
    count = 0
    for start in range(0, len(points), 64):
        count += int((cdist(points[start : start + 64], points) < radius).sum())
    return (count - (len(points) if radius > 0 else 0)) // 2


def right__pairs_within__tree(points, radius):
    """A tree counts distances of at most the largest float below the radius."""
    if radius <= 0 or len(points) == 0:
        return 0
    if points.shape[1] == 0:
        return math.comb(len(points), 2)
    tree = cKDTree(points)
    return (int(tree.count_neighbors(tree, np.nextafter(radius, -np.inf))) - len(points)) // 2


def right__pairs_within__sweep(points, radius):
    """Sort by the first coordinate; only bikes less than a radius further on can be near."""
    if radius <= 0 or len(points) < 2:
        return 0
    if points.shape[1] == 0:
        return len(points) * (len(points) - 1) // 2
    ordered = points[np.argsort(points[:, 0], kind="stable")]
    ends = np.searchsorted(ordered[:, 0], np.nextafter(ordered[:, 0] + radius, np.inf), side="right")
    count = 0
    for i, end in enumerate(ends):
        for start in range(i + 1, end, 1000):
            gaps = ordered[start : min(end, start + 1000)] - ordered[i]
            count += int((np.linalg.norm(gaps, axis=1) < radius).sum())
    return count


@numba.njit
def _compiled_pairs(points, radius):
    count = 0
    for i in range(points.shape[0]):
        for j in range(i):
            square = 0.0
            for k in range(points.shape[1]):
                square += (points[i, k] - points[j, k]) ** 2
            if np.sqrt(square) < radius:
                count += 1
    return count


def right__pairs_within__compiled(points, radius):
    """The loop over pairs is compiled, so none runs in Python."""
    return _compiled_pairs(points, radius)


def wrong__pairs_within__full_matrix(points, radius):
    """All n x n distances at once."""
    return int(np.triu(cdist(points, points) < radius, 1).sum())


def wrong__pairs_within__condensed(points, radius):
    """Half a matrix: 16,000 bytes a point for 4,000 points."""
    return int((pdist(points) < radius).sum()) if len(points) > 1 else 0


def wrong__pairs_within__quarters(points, radius):
    """Four blocks, however many points: works within the memory up to a size."""
    count, step = 0, max(1, len(points) // 4)
    for start in range(0, len(points), step):
        count += int((cdist(points[start : start + step], points) < radius).sum())
    return (count - (len(points) if radius > 0 else 0)) // 2


def wrong__pairs_within__collects_pairs(points, radius):
    """Collects the pairs themselves; when all bikes stand together, these are n * n / 2."""
    found = []
    for i in range(len(points)):
        near = np.flatnonzero(np.linalg.norm(points[i + 1 :] - points[i], axis=1) < radius)
        found.append(near)
    return sum(len(near) for near in found)


def wrong__pairs_within__python_pairs(points, radius):
    """A loop over pairs in Python."""
    return sum(math.dist(p, q) < radius for p, q in itertools.combinations(points.tolist(), 2))


def wrong__pairs_within__map_over_pairs(points, radius):
    """A loop over pairs in Python, hidden in `map` with a lambda."""
    rows = points.tolist()
    return sum(map(lambda pair: math.dist(*pair) < radius, itertools.combinations(rows, 2)))


def wrong__pairs_within__at_most(points, radius):
    """Counts distances equal to the radius."""
    return int(sum((np.linalg.norm(points[i + 1 :] - p, axis=1) <= radius).sum() for i, p in enumerate(points)))


def wrong__pairs_within__expanded_square(points, radius):
    """|p|^2 + |q|^2 - 2pq loses all digits for points far from the origin."""
    squares = (points**2).sum(axis=1)
    count = 0
    for i, p in enumerate(points):
        square = np.maximum(squares[i + 1 :] + squares[i] - 2 * points[i + 1 :] @ p, 0)
        count += int((np.sqrt(square) < radius).sum())
    return count


def wrong__pairs_within__two_dimensions(points, radius):
    """Only the first two coordinates."""
    flat = points[:, :2]
    return right__pairs_within__each_with_later(flat, radius)


def wrong__pairs_within__largest_coordinate(points, radius):
    """The largest difference of a coordinate, not the straight distance."""
    far = (np.abs(points[i + 1 :] - p).max(axis=1, initial=0.0) for i, p in enumerate(points))
    return int(sum((d < radius).sum() for d in far))


def wrong__pairs_within__different_places(points, radius):
    """Two points at the same place are left out."""
    count = 0
    for i, p in enumerate(points):
        far = np.linalg.norm(points[i + 1 :] - p, axis=1)
        count += int(((far > 0) & (far < radius)).sum())
    return count


def wrong__pairs_within__inside_blocks(points, radius):
    """Pairs across two blocks of 500 are lost."""
    count = 0
    for start in range(0, len(points), 500):
        block = points[start : start + 500]
        count += int((cdist(block, block) < radius).sum()) - (len(block) if radius > 0 else 0)
    return count // 2


def wrong__pairs_within__last_block_lost(points, radius):
    """From 100 points on, an incomplete last block of 100 is never taken as the first of a pair."""
    if len(points) < 100:
        return right__pairs_within__each_with_later(points, radius)
    count = 0
    for block in range(len(points) // 100):
        start = block * 100
        near = cdist(points[start : start + 100], points) < radius
        count += int(near.sum())
    return (count - (len(points) // 100 * 100 if radius > 0 else 0)) // 2


def wrong__pairs_within__single_precision(points, radius):
    """In float32 two places 1e-9 apart are the same."""
    small = points.astype(np.float32)
    return int(sum((np.linalg.norm(small[i + 1 :] - p, axis=1) < radius).sum() for i, p in enumerate(small)))


def wrong__pairs_within__small_counter(points, radius):
    """Counts in 16 bits: wrong from 32,768 pairs."""
    count = np.int16(0)
    with np.errstate(over="ignore"):
        for i, p in enumerate(points):
            count += (np.linalg.norm(points[i + 1 :] - p, axis=1) < radius).sum(dtype=np.int16)
    return int(count)


def wrong__pairs_within__sorted_neighbors(points, radius):
    """Looks only 50 bikes ahead in the order of the first coordinate."""
    ordered = points[np.argsort(points[:, 0])] if points.shape[1] else points
    near = (np.linalg.norm(ordered[i + 1 : i + 51] - p, axis=1) < radius for i, p in enumerate(ordered))
    return int(sum(n.sum() for n in near))


# 4. own_time_ranking


def right__own_time_ranking__pstats(work):
    """cProfile with pstats; the file of a built-in is `~`."""
    profile = cProfile.Profile()
    profile.runcall(work)
    stats = pstats.Stats(profile).stats
    own = {name: tt for (file, _, name), (_, _, tt, _, _) in stats.items() if file != "~"}
    return sorted(own, key=own.get, reverse=True)


def right__own_time_ranking__raw_entries(work):
    """The profiler's own entries: a built-in's code is a text."""
    profile = cProfile.Profile()
    profile.enable()
    try:
        work()
    finally:
        profile.disable()
    entries = [entry for entry in profile.getstats() if not isinstance(entry.code, str)]
    return [e.code.co_name for e in sorted(entries, key=lambda e: -e.inlinetime)]


def right__own_time_ranking__processor_time(work):
    """The profiler with another clock."""
    profile = cProfile.Profile(time.process_time)
    profile.runcall(work)
    entries = sorted(profile.getstats(), key=lambda entry: entry.inlinetime, reverse=True)
    return [entry.code.co_name for entry in entries if hasattr(entry.code, "co_name")]


def right__own_time_ranking__own_profiler(work):
    """A profiler by `sys.setprofile`: the time between two events belongs to the function on top, or to a built-in."""
    own, stack, last = {}, [], time.perf_counter()

    def notice(frame, event, argument):
        nonlocal last
        now = time.perf_counter()
        if stack and stack[-1] is not None:
            own[stack[-1]] = own.get(stack[-1], 0.0) + now - last
        if event == "call":
            stack.append(frame.f_code.co_name)
            own.setdefault(frame.f_code.co_name, 0.0)
        elif event == "c_call":
            stack.append(None)
        elif stack:
            stack.pop()
        last = time.perf_counter()

    sys.setprofile(notice)
    try:
        work()
    finally:
        sys.setprofile(None)
    return sorted(own, key=own.__getitem__, reverse=True)


def _entries(work):
    profile = cProfile.Profile()
    profile.runcall(work)
    return [entry for entry in profile.getstats() if not isinstance(entry.code, str)]


def _ranked(entries, key):
    return [entry.code.co_name for entry in sorted(entries, key=key, reverse=True)]


def wrong__own_time_ranking__cumulative(work):
    """With the functions that it calls."""
    return _ranked(_entries(work), lambda e: e.totaltime)


def wrong__own_time_ranking__per_call(work):
    """The mean of a call, not all of its calls."""
    return _ranked(_entries(work), lambda e: e.inlinetime / e.callcount)


def wrong__own_time_ranking__calls(work):
    """By the number of calls."""
    return _ranked(_entries(work), lambda e: e.callcount)


def wrong__own_time_ranking__smallest_first(work):
    """The wrong way round."""
    return _ranked(_entries(work), lambda e: -e.inlinetime)


def wrong__own_time_ranking__built_ins_belong_to_callers(work):
    """`builtins=False` adds a built-in's time to the function that called it."""
    profile = cProfile.Profile(builtins=False)
    profile.runcall(work)
    return _ranked(profile.getstats(), lambda e: e.inlinetime)


def wrong__own_time_ranking__built_ins_listed(work):
    """Built-in functions are in the list."""
    profile = cProfile.Profile()
    profile.runcall(work)
    own = {name: tt for (_, _, name), (_, _, tt, _, _) in pstats.Stats(profile).stats.items()}
    return sorted(own, key=own.get, reverse=True)


def wrong__own_time_ranking__context_manager(work):
    """`with Profile()` adds its own `__exit__` to the list."""
    with cProfile.Profile() as profile:
        work()
    return _ranked([e for e in profile.getstats() if not isinstance(e.code, str)], lambda e: e.inlinetime)


def wrong__own_time_ranking__called_twice(work):
    """Warms up first: `work` runs twice."""
    work()
    return _ranked(_entries(work), lambda e: e.inlinetime)


def wrong__own_time_ranking__twice_on_quick_work(work):
    """Runs quick work a second time for a better measurement."""
    begin = time.perf_counter()
    entries = _entries(work)
    if time.perf_counter() - begin < 0.002:
        entries = _entries(work)
    return _ranked(entries, lambda e: e.inlinetime)


def wrong__own_time_ranking__left_running(work):
    """Never disables the profiler."""
    profile = cProfile.Profile()
    profile.enable()
    work()
    return _ranked([e for e in profile.getstats() if not isinstance(e.code, str)], lambda e: e.inlinetime)


def wrong__own_time_ranking__without_work(work):
    """`work` itself ran, too."""
    return [name for name in _ranked(_entries(work), lambda e: e.inlinetime) if name != work.__name__]


def wrong__own_time_ranking__work_at_the_top(work):
    """`work` is always named first."""
    names = _ranked(_entries(work), lambda e: e.inlinetime)
    return [work.__name__] + [name for name in names if name != work.__name__]


_shared_profile = cProfile.Profile()


def wrong__own_time_ranking__shared_profiler(work):
    """One profiler for all calls: it still holds the functions of earlier work."""
    _shared_profile.runcall(work)
    entries = [e for e in _shared_profile.getstats() if not isinstance(e.code, str)]
    return _ranked(entries, lambda e: e.inlinetime)


def wrong__own_time_ranking__top_five(work):
    """Only the first five."""
    return _ranked(_entries(work), lambda e: e.inlinetime)[:5]


def wrong__own_time_ranking__only_the_noticeable(work):
    """Leaves out functions of less than a tenth of a millisecond; they ran, too."""
    entries = [e for e in _entries(work) if e.inlinetime >= 1e-4 or e.code is getattr(work, "__code__", None)]
    return _ranked(entries, lambda e: e.inlinetime)


def wrong__own_time_ranking__same_file(work):
    """Leaves out functions of the standard library, such as `fnmatch.filter`: they are written in Python, and ran."""
    home = work.__code__.co_filename
    return _ranked([e for e in _entries(work) if e.code.co_filename == home], lambda e: e.inlinetime)


def wrong__own_time_ranking__names_in_pointed_brackets(work):
    """Takes every name with `<` for a built-in, and loses the lambdas."""
    return [name for name in _ranked(_entries(work), lambda e: e.inlinetime) if not name.startswith("<")]


def wrong__own_time_ranking__deepest_first(work):
    """Guesses: who is called last is hot. No clock at all."""
    seen = []

    def notice(frame, event, argument):
        if event == "call" and frame.f_code.co_name not in seen:
            seen.append(frame.f_code.co_name)

    sys.setprofile(notice)
    try:
        work()
    finally:
        sys.setprofile(None)
    return seen[::-1]


def wrong__own_time_ranking__shuffled(work):
    """The right names in an order of chance."""
    names = _ranked(_entries(work), lambda e: e.inlinetime)
    random.shuffle(names)
    return names


# 5. warped_distance


def right__warped_distance__two_rows(a, b, window):
    """Two rows; the new one begins full of infinity."""
    n, m = len(a), len(b)
    reach = max(window, abs(n - m))
    before = np.full(m + 1, np.inf)
    before[0] = 0.0
    for i in range(n):
        now = np.full(m + 1, np.inf)
        for j in range(max(0, i - reach), min(m, i + reach + 1)):
            now[j + 1] = abs(a[i] - b[j]) + min(before[j + 1], before[j], now[j])
        before = now
    return before[m]


def right__warped_distance__one_row(a, b, window):
    """One row, overwritten, with the diagonal value kept aside."""
    reach = max(window, abs(a.size - b.size))
    row = np.empty(b.size)
    for i in range(a.size):
        diagonal = np.inf
        for j in range(b.size):
            above = row[j] if i > 0 else np.inf
            left = row[j - 1] if j > 0 else np.inf
            best = 0.0 if i == 0 and j == 0 else min(above, left, diagonal)
            diagonal = above
            row[j] = best + abs(a[i] - b[j]) if abs(i - j) <= reach else np.inf
    return row[-1]


def right__warped_distance__lists(a, b, window):
    """Rows as Python lists of floats, each cell asked whether it is allowed."""
    reach = max(window, len(a) - len(b), len(b) - len(a))
    before = [np.inf for _ in range(len(b))]
    for i in range(len(a)):
        now = [np.inf for _ in range(len(b))]
        for j in range(len(b)):
            if -reach <= i - j <= reach:
                cost = abs(a[i] - b[j])
                if i == 0 and j == 0:
                    now[j] = cost
                else:
                    best = before[j]
                    if j > 0:
                        best = min(best, before[j - 1], now[j - 1])
                    now[j] = cost + best
        before = now
    return float(before[len(b) - 1])


@numba.njit
def right__warped_distance__compiled_already(a, b, window):
    """The learner compiled it."""
    n, m = len(a), len(b)
    reach = max(window, abs(n - m))
    old, new = np.full(m + 1, np.inf), np.full(m + 1, np.inf)
    old[0] = 0.0
    for i in range(n):
        new[:] = np.inf
        for j in range(m):
            if abs(i - j) <= reach:
                new[j + 1] = abs(a[i] - b[j]) + min(old[j], old[j + 1], new[j])
        old, new = new, old
    return old[m]


def right__warped_distance__backwards(a, b, window):
    """From the end to the beginning; the cost is the same."""
    n, m = len(a), len(b)
    reach = max(window, abs(n - m))
    after = np.full(m + 1, np.inf)
    after[m] = 0.0
    for i in range(n - 1, -1, -1):
        now = np.full(m + 1, np.inf)
        for j in range(m - 1, -1, -1):
            if abs(i - j) <= reach:
                now[j] = abs(a[i] - b[j]) + min(after[j], after[j + 1], now[j + 1])
        after = now
    return after[0]


def wrong__warped_distance__full_table(a, b, window):
    """A table of len(a) * len(b)."""
    n, m = len(a), len(b)
    reach = max(window, abs(n - m))
    table = np.full((n + 1, m + 1), np.inf)
    table[0, 0] = 0.0
    for i in range(n):
        for j in range(max(0, i - reach), min(m, i + reach + 1)):
            table[i + 1, j + 1] = abs(a[i] - b[j]) + min(table[i, j], table[i, j + 1], table[i + 1, j])
    return table[n, m]


def wrong__warped_distance__rows_of_a(a, b, window):
    """Two rows along `a`: memory grows with len(a), not len(b)."""
    n, m = len(a), len(b)
    reach = max(window, abs(n - m))
    before = np.full(n + 1, np.inf)
    before[0] = 0.0
    for j in range(m):
        now = np.full(n + 1, np.inf)
        for i in range(max(0, j - reach), min(n, j + reach + 1)):
            now[i + 1] = abs(a[i] - b[j]) + min(before[i + 1], before[i], now[i])
        before = now
    return before[n]


def wrong__warped_distance__band_table(a, b, window):
    """A table of the band only: memory grows with window * len(a)."""
    n, m = len(a), len(b)
    reach = max(window, abs(n - m))
    band = np.full((n, 2 * reach + 3), np.inf)
    for i in range(n):
        for j in range(max(0, i - reach), min(m, i + reach + 1)):
            k = j - i + reach + 1
            best = 0.0 if i == 0 and j == 0 else band[i, k - 1]
            if i > 0:
                best = min(best, band[i - 1, k], band[i - 1, k + 1])
            band[i, k] = abs(a[i] - b[j]) + best
    return band[n - 1, m - n + reach + 1]


def wrong__warped_distance__window_as_given(a, b, window):
    """The window is not widened by the difference of the lengths."""
    n, m = len(a), len(b)
    before = np.full(m + 1, np.inf)
    before[0] = 0.0
    for i in range(n):
        now = np.full(m + 1, np.inf)
        for j in range(max(0, i - window), min(m, i + window + 1)):
            now[j + 1] = abs(a[i] - b[j]) + min(before[j + 1], before[j], now[j])
        before = now
    return before[m]


def wrong__warped_distance__window_and_difference(a, b, window):
    """The window plus the difference of the lengths, not the larger of the two."""
    n, m = len(a), len(b)
    reach = window + abs(n - m)
    before = np.full(m + 1, np.inf)
    before[0] = 0.0
    for i in range(n):
        now = np.full(m + 1, np.inf)
        for j in range(max(0, i - reach), min(m, i + reach + 1)):
            now[j + 1] = abs(a[i] - b[j]) + min(before[j + 1], before[j], now[j])
        before = now
    return before[m]


def wrong__warped_distance__around_the_diagonal(a, b, window):
    """The band follows the line from corner to corner, not i = j."""
    n, m = len(a), len(b)
    reach = max(window, abs(n - m))
    before = np.full(m + 1, np.inf)
    before[0] = 0.0
    for i in range(n):
        now = np.full(m + 1, np.inf)
        center = i * m // n
        for j in range(max(0, center - reach), min(m, center + reach + 1)):
            now[j + 1] = abs(a[i] - b[j]) + min(before[j + 1], before[j], now[j])
        before = now
    return before[m]


def wrong__warped_distance__no_window(a, b, window):
    """Ignores the window."""
    n, m = len(a), len(b)
    before = np.full(m + 1, np.inf)
    before[0] = 0.0
    for i in range(n):
        now = np.full(m + 1, np.inf)
        for j in range(m):
            now[j + 1] = abs(a[i] - b[j]) + min(before[j + 1], before[j], now[j])
        before = now
    return before[m]


def wrong__warped_distance__zero_is_no_window(a, b, window):
    """Takes a window of 0 for none."""
    n, m = len(a), len(b)
    reach = max(window, abs(n - m)) if window > 0 else n + m
    before = np.full(m + 1, np.inf)
    before[0] = 0.0
    for i in range(n):
        now = np.full(m + 1, np.inf)
        for j in range(max(0, i - reach), min(m, i + reach + 1)):
            now[j + 1] = abs(a[i] - b[j]) + min(before[j + 1], before[j], now[j])
        before = now
    return before[m]


def wrong__warped_distance__free_end(a, b, window):
    """The path may end anywhere in the last row."""
    n, m = len(a), len(b)
    reach = max(window, abs(n - m))
    before = np.full(m + 1, np.inf)
    before[0] = 0.0
    for i in range(n):
        now = np.full(m + 1, np.inf)
        for j in range(max(0, i - reach), min(m, i + reach + 1)):
            now[j + 1] = abs(a[i] - b[j]) + min(before[j + 1], before[j], now[j])
        before = now
    return before.min()


def wrong__warped_distance__stale_left(a, b, window):
    """Rows change places without being filled again: what lies left of the band is two rows old."""
    n, m = len(a), len(b)
    reach = max(window, abs(n - m))
    before, now = np.full(m + 1, np.inf), np.full(m + 1, np.inf)
    before[0] = 0.0
    for i in range(n):
        if i == 1:
            now[0] = np.inf
        for j in range(max(0, i - reach), min(m, i + reach + 1)):
            now[j + 1] = abs(a[i] - b[j]) + min(before[j + 1], before[j], now[j])
        before, now = now, before
    return before[m]


def wrong__warped_distance__large_for_infinite(a, b, window):
    """A million stands for infinity: heights in millimeters cost more."""
    n, m = len(a), len(b)
    reach = max(window, abs(n - m))
    before = np.full(m + 1, 1e6)
    before[0] = 0.0
    for i in range(n):
        now = np.full(m + 1, 1e6)
        for j in range(max(0, i - reach), min(m, i + reach + 1)):
            now[j + 1] = abs(a[i] - b[j]) + min(before[j + 1], before[j], now[j])
        before = now
    return before[m]


def wrong__warped_distance__single_precision(a, b, window):
    """Rows in float32 lose digits of the sum."""
    n, m = len(a), len(b)
    reach = max(window, abs(n - m))
    before = np.full(m + 1, np.inf, dtype=np.float32)
    before[0] = 0.0
    for i in range(n):
        now = np.full(m + 1, np.inf, dtype=np.float32)
        for j in range(max(0, i - reach), min(m, i + reach + 1)):
            now[j + 1] = abs(a[i] - b[j]) + min(before[j + 1], before[j], now[j])
        before = now
    return float(before[m])


def wrong__warped_distance__not_for_numba(a, b, window):
    """Right values, but a generator with two starred parts that numba can't compile."""
    n, m = len(a), len(b)
    reach = max(window, abs(n - m))
    before = {-1: 0.0}
    for i in range(n):
        now = {}
        for j in range(max(0, i - reach), min(m, i + reach + 1)):
            ways = [*(row.get(k, math.inf) for row, k in ((before, j), (before, j - 1), (now, j - 1)))]
            now[j] = float(abs(a[i] - b[j])) + min(ways)
        before = now
    return before[m - 1]


def wrong__warped_distance__no_diagonal_step(a, b, window):
    """A step of both is not allowed here."""
    n, m = len(a), len(b)
    reach = max(window, abs(n - m), 1)
    before = np.full(m + 1, np.inf)
    for i in range(n):
        now = np.full(m + 1, np.inf)
        for j in range(max(0, i - reach), min(m, i + reach + 1)):
            best = 0.0 if i == 0 and j == 0 else min(before[j + 1], now[j])
            now[j + 1] = abs(a[i] - b[j]) + best
        before = now
    return before[m]
