"""Checks of `01_fundamentals/15_performance_memory`: values, types, and what an answer costs: bytes and steps."""

import cProfile
import functools
import hashlib
import heapq
import itertools
import pstats
import struct
import sys
import tempfile
import tracemalloc
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from handrail.expect import (
    Mismatch,
    agree,
    arrays,
    between,
    call,
    calls,
    close,
    equivalent,
    for_all,
    hints,
    kind,
    numbers,
    require,
    slow,
    told_by_message,
    vectorized,
)


def _peak(function):
    """Return what the function returns, and the most bytes that were allocated at once during the call."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        result = function()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return result, peak - before


# 1. shrink_columns


@hints(
    "For each kind of column: what must be true of its values so that a smaller type loses nothing?",
    "Integers: the range decides. Floats: go there and back, and compare. Texts: count the different ones.",
    '`pd.to_numeric(column, downcast="integer")` knows the ranges and keeps gaps; for floats it is not strict enough.',
)
@equivalent("np.errstate(over='ignore')", "np.errstate()", because="it silences a warning, and changes no value")
def check_shrink_columns(shrink_columns):
    def test(table):
        _require_shrunk(shrink_columns(table), table)

    large = pd.DataFrame({"height": [1e300, 0.5], "docks": [2**40, -129]})
    for_all(test, on=_tables(), also=[call(large)], examples=28)
    for why, table in _telling_tables():
        try:
            _require_shrunk(shrink_columns(table.copy()), table)
        except Mismatch as problem:
            problem.message = f"{problem.message} {why}"
            problem.given = call(table)
            raise


def _require_shrunk(mine, table):
    kind(mine, pd.DataFrame)
    close(list(mine.columns), list(table.columns), "the list of columns")
    if not (mine.index.equals(table.index) and all(_same_values(mine[name], table[name]) for name in table)):
        close(mine, table, rtol=0.0, atol=0.0)
        for name in table:  # integers beside a gap are compared as floats there
            pairs = zip(mine[name].tolist(), table[name].tolist(), strict=True)
            changed = [(new, old) for new, old in pairs if not (pd.isna(new) and pd.isna(old)) and new != old]
            require(not changed, f"A value of column {name!r} changed: {changed[:1]}, the new and the old one.")
    for name in table:
        found, wanted = mine[name].dtype.name, _smallest(table[name])
        require(found == wanted, f"Column {name!r} should have type {wanted}; it has {found}.")


def _same_values(mine, theirs):
    """Whether a column certainly holds the same: a quick way to yes. No means: look closer."""
    try:
        return (mine.dtype == theirs.dtype and mine.equals(theirs)) or mine.astype(theirs.dtype).equals(theirs)
    except (TypeError, ValueError):
        return False


def _smallest(column):
    """Return the name of the type that the task asks for, found without pandas' own conversions."""
    values = [value for value in column.tolist() if not pd.isna(value)]
    name = column.dtype.name
    if name in ("int8", "int16", "int32", "int64", "Int64"):
        bits = next(bits for bits in (8, 16, 32, 64) if all(-(2 ** (bits - 1)) <= v < 2 ** (bits - 1) for v in values))
        return f"{name.rstrip('0123456789')}{bits}"
    if name == "float64":
        return "float32" if all(map(_survives, values)) else name
    if name == "str":
        return "category" if 2 * len(set(values)) < len(column) else name
    return name


def _survives(value):
    try:
        return struct.unpack("f", struct.pack("f", value))[0] == value
    except OverflowError:
        return False


EDGES = [0, 1, -1, 127, 128, -128, -129, 32767, 32768, -32768, -32769, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**62]
FLOATS = [0.5, 0.0, -2.0, 0.1, 1e300, -1e300, 1e-50, 16777217.0, float("nan"), float("inf"), 300.0]


@st.composite
def _tables(draw):
    """Draw a table with some kinds of columns, perhaps without rows, under an index that isn't 0, 1, 2."""
    rows = draw(st.sampled_from([1, 2, 3, 4, 0]))

    def values(options):
        few = draw(st.lists(st.sampled_from(options), min_size=1, max_size=3))  # so that some columns stay small
        return (few * 4)[:rows]

    columns = {
        "docks": (EDGES, "int64"),
        "bikes": ([*EDGES, None], "Int64"),
        "height": (FLOATS, "float64"),
        "name": (["Pier", "Park", "Mill", "", None], "str"),
        "open": ([True, False], "bool"),
        "seen": (["2024-05-01", "2024-05-02"], "datetime64[us]"),
    }
    chosen = draw(st.lists(st.sampled_from(list(columns)), min_size=1, max_size=2, unique=True))
    index = pd.Index(draw(st.sampled_from([range(rows), range(rows, 0, -1), [7] * rows])))
    options = {name: columns[name] for name in chosen}
    return call(pd.DataFrame({name: pd.array(values(v), dtype=dtype) for name, (v, dtype) in options.items()}, index))


def _telling_tables():
    """Return tables that a search hardly meets, each with what is special about it."""
    late = pd.DataFrame({"height": [0.5] * 119 + [0.1], "docks": [1] * 119 + [200]})
    yield "Only the last of 120 values need more than the smallest type.", late
    yield "Values a hair apart are not equal.", pd.DataFrame({"height": [0.5, 0.5 + 2**-40]})
    for most in (2**7 - 1, 2**15 - 1, 2**31 - 1):
        edge = [most, -most - 1]
        docks = pd.DataFrame({"docks": edge, "bikes": pd.array(edge, dtype="Int64")})
        yield f"A signed type holds {most} and {-most - 1}, too.", docks
    yield "A missing value survives.", pd.DataFrame({"height": [0.5, float("nan")]})
    yield "Infinity is a float32, too.", pd.DataFrame({"height": [0.5, float("inf"), float("-inf")]})
    yield "Of no values, the smallest type holds all.", late.head(0)
    names = pd.Series(["Pier", "Pier", "Park", "Pier", "Pier"])
    others = {"docks": names.str.len().astype("uint16"), "height": names.str.len().astype("Float64")}
    yield (
        "Not signed, not `float64`, not `str`: other types stay.",
        pd.DataFrame({**others, "name": names.astype(object)}),
    )
    yield "Types end on both sides.", pd.DataFrame({"docks": [5, -129], "bikes": [-32769, 7]})
    names = [f"Station {i}" for i in range(12)]
    yield "12 different names in 25 rows.", pd.DataFrame({"name": (names * 3)[:25]})
    yield "12 different names in 24 rows: half, not fewer.", pd.DataFrame({"name": names * 2})
    yield "Whole numbers in a float column stay floats.", pd.DataFrame({"height": [1.0, 2.0, 300.0]})
    yield "The columns are small already.", pd.DataFrame({"docks": [1, 2], "bikes": [1, 300]}, dtype="int16")
    small = pd.DataFrame({"height": [0.5, 0.1]}, dtype="float32")
    yield "float32 is as small as it may be.", small.assign(kind=pd.Categorical(["a", "a"]))
    gaps = pd.array([2**40, None, 5], dtype="Int64")
    yield "A column has a gap.", pd.DataFrame({"bikes": gaps, "two words": ["a", "a", "a"]}, index=["x", "y", "x"])
    large = pd.array([2**53 + 1, None], dtype="Int64")
    yield "The integer has more digits than a float.", pd.DataFrame({"bikes": large})
    yield "All values are missing.", pd.DataFrame({"bikes": pd.array([None, None], dtype="Int64")})


def _converted(table, integers=None, floats=None, texts=None):
    """Shrink a table rightly, but for the kinds of columns that come with a function of their own."""

    def other(column):
        with np.errstate(all="ignore"):
            if pd.api.types.is_signed_integer_dtype(column.dtype) and integers is not None:
                return integers(column)
            if column.dtype == "float64" and floats is not None:
                return floats(column)
            if isinstance(column.dtype, pd.StringDtype) and texts is not None:
                return texts(column)
            wanted = _smallest(column)
            return column if wanted == column.dtype.name else column.astype(wanted)

    return table.assign(**{name: other(table[name]) for name in table})


def shrink_columns__lossy_floats(table):
    """You turned every float column into float32. It keeps seven digits: 0.1 comes back changed in the eighth. Do it
    only where every value survives.
    """
    return _converted(table, floats=lambda column: column.astype("float32"))


def shrink_columns__nearly_equal(table):
    """In `float32`, a value of a column that you narrowed is only *nearly* the same: 0.1 changes in the eighth digit.
    `downcast="float"` and `np.allclose` put up with that. The task says: exactly the same.
    """
    return _converted(table, floats=lambda column: pd.to_numeric(column, downcast="float"))


def shrink_columns__floats_to_integers(table):
    """Whole numbers in a float column became integers. The task makes integers smaller and floats smaller, but turns
    neither into the other.
    """

    def whole(column):
        narrow = column.astype("float32") if _smallest(column) == "float32" else column
        present = column.notna().all() and (column % 1 == 0).all() and (column.abs() < 100).all()
        return column.astype("int8") if present else narrow

    return _converted(table, floats=whole)


def shrink_columns__overflowing_integers(table):
    """You chose int8 without looking at the values. It ends at 127: 200 became −56, and nobody was told."""

    def narrow(column):
        if column.dtype.name[0] == "I":
            return pd.to_numeric(column, downcast="integer")
        return pd.Series(column.to_numpy().astype("int8"), index=column.index)

    return _converted(table, integers=narrow)


def shrink_columns__looks_at_the_largest(table):
    """You looked at the largest integer only. Types end on both sides: −129 needs 16 bits, too."""

    def narrow(column):
        if column.dtype.name[0] == "I" or not len(column):
            return pd.to_numeric(column, downcast="integer")
        bits = next(bits for bits in (8, 16, 32, 64) if column.max() < 2 ** (bits - 1))
        return pd.Series(column.to_numpy().astype(f"int{bits}"), index=column.index)

    return _converted(table, integers=narrow)


def shrink_columns__always_category(table):
    """You made every text column a category. A category stores each different text once *and* a code for each row: a
    column of unique names grows.
    """
    return _converted(table, texts=lambda column: column.astype("category"))


def shrink_columns__missing_integers(table):
    """You filled the gaps to be able to convert: a missing value became 0, which is a measurement. `Int8` to `Int64`
    (capital I) can hold a gap.
    """

    def filled(column):
        narrow = pd.to_numeric(column.fillna(0).astype("int64"), downcast="integer")
        return narrow.astype(narrow.dtype.name.capitalize()) if column.dtype.name[0] == "I" else narrow

    return _converted(table, integers=filled)


# 2. count_above


@hints(
    "Which object of your answer has as many entries as the file has values?",
    'Open with `np.load(path, mmap_mode="r")`: nothing is loaded until you slice.',
    "Step through the positions 0, chunk, 2 * chunk, …; a slice may reach beyond the end. Add up the counts.",
)
def check_count_above(count_above):
    def test(values, threshold, chunk):
        found = count_above(_saved(values), threshold, chunk)
        _require_count(found)
        close(found, sum(value > threshold for value in values.tolist()))

    grid = numbers(-2, 2, step=0.5, missing=True)
    for_all(test, on=calls(arrays(grid, size=between(0, 7)), numbers(-1, 1, step=0.5), between(1, 8)), examples=50)
    edge = np.array([np.inf, -np.inf, np.nan, 0.3, 0.1 + 0.2, -0.0])
    for_all(test, on=st.sampled_from([call(edge, 0.3, 4), call(edge, 0.0, 2), call(edge, np.inf, 100)]), examples=9)

    values = np.random.default_rng(15).random(300_003)
    given = call(_Told("the path of a file with 300,003 values"), 0.5, 5000)
    path = _saved(values)
    try:
        found, peak = _peak(lambda: count_above(path, 0.5, 5000))
    except Mismatch as problem:
        problem.given = given
        raise
    close(found, int(np.count_nonzero(values > 0.5)), given=given)
    if peak >= 4 * 40_000 + 8_000:
        shorter = _saved(values[:100_001])
        _, third = _peak(lambda: count_above(shorter, 0.5, 5000))
        held = f"{peak / 40_000:.0f} chunks of 40 kB"
        if third < 0.6 * peak:
            held = "the whole file" if peak >= values.nbytes else "something for each value of the file"
        raise Mismatch(f"At one time your function held {held}; four chunks are allowed.", given)

    given = call(_Told("the path of a file with 70,000 values of 1.0"), 0.5, 70_000)
    close(count_above(_saved(np.ones(70_000)), 0.5, 70_000), 70_000, given=given)

    try:
        vectorized(count_above, call(_saved(values[:9]), 0.5, 9), call(_saved(values[:9000]), 0.5, 9000))
    except Mismatch as problem:
        problem.message = (
            "A file of 9,000 values in one chunk of 9,000 takes far more steps of Python than one of 9 in 9."
        )
        problem.given = call(_Told("the path of a file with 9,000 values"), 0.5, 9000)
        raise
    again = _saved(np.array([1.0, 2.0]), "again")
    close(count_above(again, 0.0, 1), 2, given=call(_Told("a file of [1.0, 2.0]"), 0.0, 1))
    np.save(again, np.array([1.0, -2.0, -3.0]))
    close(count_above(again, 0.0, 1), 1, given=call(_Told("the same file, rewritten as [1.0, -2.0, -3.0]"), 0.0, 1))
    np.save(again, np.array([1.0, 2.0]))  # for a diagnosis, which asks again


def _require_count(found):
    whole = isinstance(found, int | np.integer) and not isinstance(found, bool)
    require(found is None or whole, f"The result should be an integer, not {type(found).__name__}.")


class _Told:
    """Stands in a message for an argument that is too large to show."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return f"‹{self.text}›"


@functools.cache
def _folder():
    return tempfile.TemporaryDirectory(prefix="handrail-")  # removed when Python ends


def _saved(values, name=None):
    """Save an array once, under a name that follows from its values: a diagnosis reads it again."""
    path = Path(_folder().name) / f"{name or hashlib.sha256(values.tobytes()).hexdigest()[:16]}.npy"
    path.parent.mkdir(exist_ok=True)
    if name or not path.exists():
        np.save(path, values)
    return path


def count_above__loads_all(path, threshold, chunk):
    """You loaded the whole file; chunks of it made afterwards save nothing. Open it as a memory map, or read it piece
    by piece.
    """
    values = np.load(path)
    return sum(int((values[at : at + chunk] > threshold).sum()) for at in range(0, len(values), chunk))


def count_above__mask_of_everything(path, threshold, chunk):
    """The file stays on the disk, but at one time there are masks with one byte for each of its values. Compare one
    slice at a time, count, and let its mask go.
    """
    return int((np.load(path, mmap_mode="r") > threshold).sum())


def count_above__forgets_the_rest(path, threshold, chunk):
    """You counted complete chunks only. 10,003 values in chunks of 1,000 leave three, which belong to the file, too."""
    values = np.load(path, mmap_mode="r")
    whole = range(0, len(values) - chunk + 1, chunk)
    return sum(int((values[at : at + chunk] > threshold).sum()) for at in whole)


def count_above__at_least(path, threshold, chunk):
    """You counted the values that equal the threshold as well. They are not above it."""
    values = np.load(path, mmap_mode="r")
    return sum(int((values[at : at + chunk] >= threshold).sum()) for at in range(0, len(values), chunk))


def count_above__counts_missing(path, threshold, chunk):
    """You subtracted the values up to the threshold from all. A missing value is not up to it, and not above it
    either: every comparison with NaN is false.
    """
    values = np.load(path, mmap_mode="r")
    return len(values) - sum(int((values[at : at + chunk] <= threshold).sum()) for at in range(0, len(values), chunk))


def count_above__value_by_value(path, threshold, chunk):
    """You go through the file in steps of your own: value by value, or in pieces that `chunk` doesn't decide. Take
    `chunk` values at a time, and let NumPy compare and count them.
    """
    return sum(1 for value in np.load(path, mmap_mode="r") if value > threshold)


# 3. pairs_within


@hints(
    "How much of the n × n matrix must exist at one time, if you only want to count?",
    "One row of it, or a block of rows, has as many columns as there are points: count, then forget it.",
    "Compare point i with the points after it only. Then no pair comes twice, and no point meets itself.",
)
def check_pairs_within(pairs_within):
    def test(points, radius):
        found = pairs_within(points, radius)
        _require_count(found)
        close(found, _pairs_by_squares(points, radius))

    for_all(test, on=_clouds(), examples=40)
    for why, points, radius in _telling_points():
        given = call(points, radius)
        close(pairs_within(points.copy(), radius), _pairs_by_squares(points, radius), given=given, why=why)

    _require_no_pair_loop(pairs_within)

    # 3,000 points within 3 of each other, 1,000 on a line: neither their distances nor their pairs fit
    places = np.concatenate([np.arange(3000) / 1024, 100.0 + np.arange(1000)])
    places = np.random.default_rng(4).permutation(places)[:, None]
    given = call(_Told("4,000 points on a line: 3,000 of them within 3, the others 1 apart"), 10.5)
    function = getattr(pairs_within, "function", pairs_within)  # a diagnosis need not repeat it
    found, peak = _peak(lambda: function(places, 10.5))
    expected = 3000 * 2999 // 2 + sum(1000 - apart for apart in range(1, 11))
    require(found == expected, f"The result should be {expected}, not {found}.", given)
    megabytes = f"{peak / 1e6:.0f}" if peak < 1e8 else "more than 100"
    held = f"At one time your function held {megabytes} MB for 4,000 points; 8 kB for each are 32 MB."
    require(peak < 32e6 + 50_000, held, given)


def _require_no_pair_loop(pairs_within):
    """Compare 20 small clouds with a large one: they have more points and more blocks, but fewer pairs."""
    function = getattr(pairs_within, "function", pairs_within)

    def each(clouds):
        return [function(cloud, 0.25) for cloud in clouds]

    points = np.random.default_rng(3).random((240, 2))
    try:
        vectorized(each, call(np.split(points, 20)), call([points[:64]]))
    except Mismatch as problem:
        problem.message = (
            "You loop over pairs in Python: 64 points, with 2,016 pairs, take more steps than 20 × 12 points, "
            "which have 1,320. Loop over points or blocks, let NumPy do a row."
        )
        problem.given = call(_Told("an array of 64 points"), 0.25)
        raise


def _clouds():
    """Generate points on a grid, where distances equal to the radius are common and squares are exact."""
    grid = numbers(-4, 4, step=0.5)
    radius = st.sampled_from([1.0, 2.5, 5.0, 0.5, 3.0])
    shapes = [(between(0, 6), 2), (between(1, 5), 3), (between(1, 6), 1)]
    return st.one_of([calls(arrays(grid, shape=shape), radius) for shape in shapes])


def _telling_points():
    """Return points that a search hardly meets, each with what is special about them."""
    yield "The points are exactly 5 apart, which is not less than 5.", np.array([[0.0, 0.0], [3.0, 4.0]]), 5.0
    yield "The three points stand at one place.", np.full((3, 2), 0.5), 0.25
    far = np.array([691_000.1, 5_334_000.7]) + np.arange(12)[:, None] * np.array([0.03, 0.05])
    yield "The origin of this map is 5,000 km away.", far, 0.07
    yield "Many points stand close together: 150 of them.", np.arange(300.0).reshape(150, 2) % 17 / 4, 1.5
    yield "There are 130 points, and the last two are close.", np.append(10 * np.arange(129.0), 1280.5)[:, None], 1.0
    yield "The radius covers all points.", np.arange(22.0).reshape(11, 2), 1000.0
    yield "The points have four coordinates.", np.array([[0.0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, 0]]), 2.0


def _pairs_by_squares(points, radius):
    pairs = itertools.combinations(points.tolist(), 2)
    return sum(sum((x - y) ** 2 for x, y in zip(p, q, strict=True)) < radius * radius for p, q in pairs)


def pairs_within__full_matrix(points, radius):
    """You made the whole matrix of distances: hundreds of MB for 4,000 points, a hundred times that for 40,000. Work in
    rows or blocks.
    """
    squares = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    return int(np.count_nonzero(np.triu(squares < radius**2, k=1)))


def pairs_within__counts_twice(points, radius):
    """You counted (a, b) and (b, a). They are one pair."""
    rows = (((points - point) ** 2).sum(axis=1) < radius**2 for point in points)
    return sum(int(row.sum()) for row in rows) - len(points)


def pairs_within__counts_itself(points, radius):
    """You counted each point with itself: it is at distance 0. That is not a pair."""
    return pairs_within__counts_twice(points, radius) // 2 + len(points)


def pairs_within__up_to_the_radius(points, radius):
    """You counted pairs whose distance equals the radius. The task asks for less than that."""
    rows = (((points[i + 1 :] - points[i]) ** 2).sum(axis=1) <= radius**2 for i in range(len(points)))
    return sum(int(row.sum()) for row in rows)


def pairs_within__neighbors_in_order(points, radius):
    """You compared each point with the next one only. Any two of the points can be close, wherever they stand in the
    array.
    """
    return int(((np.diff(points, axis=0) ** 2).sum(axis=1) < radius**2).sum())


def pairs_within__city_block(points, radius):
    """You added the differences along the axes. That is the way through streets; the straight distance needs
    squares.
    """
    rows = (np.abs(points[i + 1 :] - points[i]).sum(axis=1) < radius for i in range(len(points)))
    return sum(int(row.sum()) for row in rows)


def pairs_within__loops(points, radius):
    """You visit the pairs one by one in Python: eight million for 4,000 points. Let NumPy compare a point with all
    others at once.
    """
    return _pairs_by_squares(points, radius)


# 4. own_time_ranking


@hints(
    "A function that only waits for others: which of its two times is long, which is short?",
    "`cProfile.Profile().runcall(work)` runs it; `pstats.Stats(profile).stats` has a tuple of numbers per function.",
    "The third number of each tuple is the own time. The first part of the key is the file: `~` for built-ins.",
)
@told_by_message
def check_own_time_ranking(own_time_ranking):
    for why, functions in _programs():
        _require_mostly_ranked(own_time_ranking, _Program(functions), why)


def _require_mostly_ranked(own_time_ranking, program, why):
    """Require the right order more often than not: where another program interrupts, a small function seems slow.

    Four right orders more than wrong ones are enough; ten wrong ones more than right ones are needed. Whoever is right
    in three of four runs is refused once in 50,000 times.
    """
    given = call(_Told(program.text()))
    lead, messages = 0, Counter()
    while -10 < lead < 4:
        message = _misranked(own_time_ranking, program, why, given)
        messages.update([message] if message else [])
        lead += -1 if message else 1
    if lead < 0:
        raise Mismatch(messages.most_common(1)[0][0], given)


def _misranked(own_time_ranking, program, why, given):
    """Require that the right functions are named. Return what is wrong with their order: the clock's part of it."""
    program.ran.clear()
    try:
        ranking = own_time_ranking(program.work)
    except Mismatch as problem:
        problem.given = given
        raise
    finally:
        running = _profiler_stopped()
    require(not running, "A profiler is still running after your function has returned.", given)
    times = len(program.ran)
    require(times == 1, f"`work` should run exactly once; it ran {times} times.", given)
    require(isinstance(ranking, list | tuple), "The result should be a list of names.", given)
    require(all(isinstance(name, str) for name in ranking), "The list should hold names, as texts.", given)
    strange = [name for name in ranking if name not in program.own]
    builtin = any(name.startswith("<") and " " in name for name in strange)
    require(not builtin, f"The ranking holds a built-in function. {why}", given)
    for name in strange:
        require(False, f"The ranking should not hold `{name}`: no function of that name ran in `work`. {why}", given)
    missing = ", ".join(f"`{name}`" for name in program.own if name not in ranking)
    require(not missing, f"Missing from the ranking: {missing}. {why}", given)
    require(len(ranking) == len(set(ranking)), f"A function is named more than once. {why}", given)
    for hot in sorted(ranking, key=program.own.get, reverse=True):
        before = ranking[: ranking.index(hot)]
        before = sorted(name for name in before if 10 * max(program.own[name], 1000) <= program.own[hot])
        if before:
            listed = ", ".join(f"`{name}`" for name in before)
            return f"Before `{hot}` stands what does far less work of its own: {listed}. {why}"
    return ""


def _profiler_stopped():
    """Stop a profiler that still runs; say whether there was one."""
    profiler = sys.getprofile()  # kept until it is off: a profiler that goes while it runs complains
    running = profiler is not None
    if hasattr(profiler, "disable"):
        profiler.disable()
    elif running:
        sys.setprofile(None)
    monitoring = getattr(sys, "monitoring", None)  # where cProfile lives from Python 3.12 on
    if monitoring is not None and monitoring.get_tool(monitoring.PROFILER_ID) is not None:
        monitoring.free_tool_id(monitoring.PROFILER_ID)
        running = True
    return running


class _Program:
    """Functions with a known amount of work of their own: name, loops, and what it calls how often."""

    def __init__(self, functions):
        self.functions, self.ran = functions, []
        self.own = dict.fromkeys(functions, 0)
        self._add("work", 1)
        namespace = {"ran": self.ran}
        for name in functions:
            file = f"{'library' if name.startswith('library') else 'program'}.py"
            exec(compile(self.source(name), file, "exec"), namespace)  # text of our own
        self.work = namespace["work"]

    def _add(self, name, times):
        loops, callees = self.functions[name]
        self.own[name] += loops * times
        for callee, each in callees.items():
            if callee in self.functions:
                self._add(callee, times * each)
            elif "lambda" in callee:
                self.own["<lambda>"] = 0

    def source(self, name):
        loops, callees = self.functions[name]
        lines = [f"def {name}():", "    ran.append(1)" if name == "work" else "    pass"]
        lines += [f"    for i in range({loops}):", "        i + i"]
        for callee, times in callees.items():
            lines += [f"    for i in range({times}):", f"        {callee if '(' in callee else callee + '()'}"]
        return "\n".join(lines)

    def text(self):
        return "; ".join(
            f"{name}: {loops:,} loops" + "".join(f", then {times} × {callee}" for callee, times in callees.items())
            for name, (loops, callees) in self.functions.items()
        )


def _programs():
    """Yield programs, `name: (loops of its own, {called: how often})`, each with what is special about it."""
    # the first two tell known mistakes apart: each puts something else before `heavy`, or before `part`
    yield (
        "`tiny` is called 300 times, `heavy` twice; `manage` waits for `heavy`.",
        {
            "work": (50, {"tiny": 300, "manage": 1, "once": 3}),
            "manage": (50, {"heavy": 2}),
            "tiny": (3, {}),
            "heavy": (40_000, {}),
            "once": (300, {}),
        },
    )
    yield (
        "`part` is called by two functions, 1,000 times in all.",
        {
            "work": (2000, {"single": 1, "left": 1, "right": 1}),
            "single": (6000, {}),
            "left": (2000, {"part": 400}),
            "right": (2000, {"part": 600}),
            "part": (100, {}),
        },
    )
    yield (
        "The built-in function `sum` takes the most time here.",
        {"work": (50, {"adds": 1, "busy": 1}), "adds": (300, {"sum(range(200_000))": 1}), "busy": (10_000, {})},
    )
    yield "`work` does the most itself.", {"work": (40_000, {"assist": 2}), "assist": (1000, {})}
    chain = {"work": (20, {"e": 1}), "e": (80_000, {"a": 1}), "a": (800, {"z": 1}), "z": (8000, {"b": 1})}
    yield "Each function calls the next.", {**chain, "b": (100, {})}
    library = {f"library_{letter}": (10, {}) for letter in "abcdefgh"}
    quick = {"work": (10, {**dict.fromkeys(library, 1), "(lambda: 0)()": 1}), **library}
    yield "All are quick; `library_…` stand in another file, and the `__name__` of a lambda is `<lambda>`.", quick


def _profiled(work):
    profile = cProfile.Profile()
    profile.runcall(work)
    return {key: value[:4] for key, value in pstats.Stats(profile).stats.items()}


def _ranked(work, at, builtins=False, largest_first=True):
    """Rank by one of the four numbers: 0 and 1 are calls, 2 own time, 3 cumulative time."""
    rows = [(value[at], name) for (file, _, name), value in _profiled(work).items() if builtins or file != "~"]
    return [name for _, name in sorted(rows, reverse=largest_first)]


def own_time_ranking__by_cumulative_time(work):
    """You ranked by cumulative time, which includes what a function waits for. A function that only calls others has
    little time of its own.
    """
    return _ranked(work, 3)


def own_time_ranking__by_number_of_calls(work):
    """You ranked by the number of calls. A tiny function that is called hundreds of times can cost less than one call
    of a heavy one.
    """
    return _ranked(work, 1)


def own_time_ranking__time_of_one_call(work):
    """You divided by the number of calls. The question is what a function costs over all of its calls."""
    rows = [(own / calls, name) for (file, _, name), (_, calls, own, _) in _profiled(work).items() if file != "~"]
    return [name for _, name in sorted(rows, reverse=True)]


def own_time_ranking__with_built_ins(work):
    """Your list holds built-in functions. They can't be changed; leave them out."""
    return _ranked(work, 2, builtins=True)


def own_time_ranking__smallest_first(work):
    """Your list begins with the function that costs least. Turn it round."""
    return _ranked(work, 2, largest_first=False)


def own_time_ranking__wall_clock_of_the_whole(work):
    """You ran `work` and know about `work` only. One total tells nothing about who spent it: use a profiler."""
    work()
    return [work.__name__]


# 5. warped_distance


@hints(
    "The cheapest way to a pair (i, j) comes from one of three pairs. In which rows do they stand?",
    "Keep two rows of costs, with one column more at the left. What must stand where no path may go?",
    "Start each row as infinities, and fill j from `i - band` to `i + band` only. How wide must the band at least be?",
)
@slow("compiles your function with Numba")
@equivalent("m + 1", "m + 2", because="a column more at the right is never read")
def check_warped_distance(warped_distance):
    agree(warped_distance, _by_cheapest_first, on=_series(), examples=60)
    for why, a, b, window in _telling_series():
        given = call(np.array(a), np.array(b), window)
        close(warped_distance(*given.copy().args), _by_cheapest_first(*given.args), given=given, why=why)

    waves = [np.sin(np.arange(400.0) / 7), np.sin(np.arange(400.0) / 9)]
    given = call(_Told("400 readings"), _Told("400 readings"), 30)
    try:
        _, peak = _peak(lambda: warped_distance(*waves, 30))
    except Mismatch as problem:
        problem.given = given
        raise
    held = (
        f"A row of costs takes 3.2 kB here; at one time your function held {peak / 3208:.0f} times that. Keep two rows."
    )
    require(peak < 20 * 3208, held, given)
    given = call(_Told("3,000 readings"), _Told("3 readings"), 0)
    function = getattr(warped_distance, "function", warped_distance)
    many, few = np.arange(3000.0), np.arange(3.0)
    _, peak = _peak(lambda: function(many, few, 0))
    held = f"At one time your function held {peak / 1000:.0f} kB. Rows as long as `b` take a few bytes here."
    require(peak < 16_000, held, given)
    _require_compiles(warped_distance)


def _require_compiles(warped_distance):
    import numba

    function = getattr(warped_distance, "function", warped_distance)
    function = getattr(function, "py_func", function)  # the answer may be decorated already
    compiled = numba.njit(function)
    rng = np.random.default_rng(5)
    for lengths, window in (((7, 12), 1), ((9, 9), 2), ((12, 5), 0)):
        given = call(*(rng.integers(-4, 5, size=length) / 2 for length in lengths), window)
        try:
            found = compiled(*given.copy().args)
        except numba.core.errors.NumbaError as error:
            raise Mismatch(f"Numba can't compile your function: {_reason(error)}", given) from error
        except Exception as error:
            raise Mismatch(f"Compiled by Numba, your function raises {type(error).__name__}: {error}", given) from error
        close(found, _by_cheapest_first(*given.args), "the result of the compiled function", given)

    early, late = np.zeros(3000), np.zeros(3000)
    early[1000], late[1150] = 1.0, 1.0
    for window, expected in ((149, 2.0), (150, 0.0)):  # the peaks can be paired only if the window reaches
        given = call(_Told("3,000 zeros, but a 1 at 1,000"), _Told("3,000 zeros, but a 1 at 1,150"), window)
        close(compiled(early.copy(), late.copy(), window), expected, "the result of the compiled function", given)


def _reason(error):
    """Return the line of Numba's long message that says what it minds."""
    lines = [line.strip() for line in str(error).splitlines()]
    told = [line for line in lines if line and not line.startswith(("Failed in", "During:", ">>>", "File"))]
    return told[0][:160] if told else type(error).__name__


def _series():
    """Generate short series on a grid, of equal and of different lengths, with narrow and wide windows."""
    values = numbers(-2, 2, step=0.5)
    series = arrays(values, size=between(1, 6))
    return calls(series, series, between(0, 4))


def _telling_series():
    """Return series that a search hardly meets, each with what is special about them."""
    ramp = [float(i * i % 7) for i in range(40)]
    yield "The lengths differ by 31, the window is 2.", ramp, ramp[5:14], 2
    yield "The lengths differ by 31, the window is 2.", ramp[5:14], ramp, 2
    yield "The series has 40 readings, the window lets none move.", ramp, [*ramp[1:], 0.0], 0
    yield "Two long series, a window of 3.", ramp, [value / 2 for value in ramp[3:] + ramp[:3]], 3
    yield "The values are large.", [1e6, 1e6 + 0.5, 1e6], [1e6, 1e6], 1
    yield "The window is wider than the series.", [0.0, 3.0, 1.0], [1.0, 1.0, 0.0, 2.0], 100
    yield "One reading against three.", [2.0], [0.0, 5.0, 2.5], 0
    yield "Three readings against one.", [0.0, 5.0, 2.5], [2.0], 0
    yield "The cost exceeds a million.", [-1e6, 1e6], [1e6, -1e6], 1
    yield "Small costs follow a large one.", [2.0**25] + [1.0] * 99, [0.0] * 100, 0
    peaks = [0.0] * 6 + [9.0] + [0.0] * 6
    yield "The peaks lie 4 apart, the window is 3.", peaks, [*peaks[4:], 0.0, 0.0, 0.0, 0.0], 3


def _by_cheapest_first(a, b, window):
    """Search the pairs in order of their cost, as a route planner does (Dijkstra)."""
    a, b = a.tolist(), b.tolist()
    band = max(window, abs(len(a) - len(b)))
    waiting, done = [(abs(a[0] - b[0]), 0, 0)], set()
    while waiting:
        cost, i, j = heapq.heappop(waiting)
        if (i, j) == (len(a) - 1, len(b) - 1):
            return cost
        if (i, j) in done:
            continue
        done.add((i, j))
        for k, m in ((i + 1, j), (i, j + 1), (i + 1, j + 1)):
            if k < len(a) and m < len(b) and abs(k - m) <= band and (k, m) not in done:
                heapq.heappush(waiting, (cost + abs(a[k] - b[m]), k, m))
    raise AssertionError("the band always has a path")


def warped_distance__whole_table(a, b, window):
    """You made the whole table: 200 MB for 5,000 readings against 5,000. A row needs only the row before it."""
    n, m = len(a), len(b)
    band = max(window, abs(n - m))
    table = np.full((n + 1, m + 1), np.inf)
    table[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(max(1, i - band), min(m, i + band) + 1):
            table[i, j] = abs(a[i - 1] - b[j - 1]) + min(table[i - 1, j], table[i, j - 1], table[i - 1, j - 1])
    return table[n, m]


def warped_distance__does_not_compile(a, b, window):
    """It is right, but Numba can't compile it: it must know one type for each variable and each entry of a list. Keep
    to arrays and numbers.
    """
    band = max(window, abs(len(a) - len(b)))
    costs = {"above": [0.0] + [float("inf")] * len(b), "name": "costs"}
    for i in range(len(a)):
        row = [float("inf")] * (len(b) + 1)
        for j in range(max(0, i - band), min(len(b), i + band + 1)):
            row[j + 1] = abs(a[i] - b[j]) + min(costs["above"][j], costs["above"][j + 1], row[j])
        costs["above"] = row
    return costs["above"][-1]


def _warped(a, b, window, widen=True, clear=True, step=1, power=1):
    """Fill two rows that are used again and again, with one thing wrong."""
    band = max(window, abs(len(a) - len(b))) if widen else window
    above, row = np.full(len(b) + 1, np.inf), np.full(len(b) + 1, np.inf)
    above[0] = 0.0
    for i in range(len(a)):
        if clear:
            row[:] = np.inf
        row[0] = np.inf
        for j in range(max(0, i - band), min(len(b), i + band + 1)):
            diagonal = above[j] if step else np.inf if i and j else above[j]
            row[j + 1] = abs(a[i] - b[j]) ** power + min(diagonal, above[j + 1], row[j])
        above, row = row, above
    return float(above[-1])


def warped_distance__band_too_narrow(a, b, window):
    """Your band is as wide as the window, even where the lengths differ by more: then no path reaches the end, and the
    cost is infinite. Widen it to the difference.
    """
    return _warped(a, b, window, widen=False)


def warped_distance__edge_of_the_band(a, b, window):
    """You use two rows in turn, and values from two rows ago stand at the edge of the band. The pair just outside must
    be infinite: clear a row before you fill it.
    """
    return _warped(a, b, window, clear=False)


def warped_distance__no_diagonal(a, b, window):
    """Your paths go right or down, never both at once. A step may also add 1 to i and to j."""
    return _warped(a, b, window, step=0)


def warped_distance__squares(a, b, window):
    """You added squares of the differences. A pair costs |a[i] - b[j]|."""
    return _warped(a, b, window, power=2)


def warped_distance__ignores_the_window(a, b, window):
    """You allowed every pair. The window bounds how far i and j may differ."""
    return _warped(a, b, len(a) + len(b))
