# /// lesson
# minutes = 60
# exercise_minutes = 92
# needs = ["01_fundamentals/05_pandas_tables", "01_fundamentals/08_sql_duckdb_polars"]
# seconds = 34
# memory_mb = 820
# ///

# %% [markdown]
# # Make it fast and small, in this order
#
# **Why.** A report adds up the revenue of two years of bike rental, row by row. It is right, and it takes more than ten times as long as it must. Everybody who reads it points at the same line, and that line is innocent. Where does the time go? And why do 350,880 rows of small numbers take 34 MB?
#
# **You will**
# - profile before you change anything, and name the line that dominates,
# - explain where Python spends memory, and what keeps it from being freed,
# - choose types that shrink a table without losing a value,
# - work through a file that is larger than memory,
# - compile a numerical loop, say when that doesn't pay, and what you give up.
#
# **You need** lessons 05 and 08. 60 minutes, and 92 for the exercises.

# %%
import cProfile
import ctypes
import gc
import json
import math
import os
import pstats
import subprocess
import sys
import timeit
import tracemalloc
import weakref
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numba
import numpy as np
import pandas as pd

from handrail.kit import data
from handrail.kit.race import peak_mb, race

plt.style.use("handrail.kit.course")

# %% [markdown]
# ## 1. Measure
#
# This is the report. `hours` has one row for each hour of two years, its `start` still text. A ride costs 150 cents in the rush hours and 100 otherwise (invented prices, on the city's generated data). The loop takes a row, parses its time, looks up the price, and adds.

# %%
hours = pd.read_csv(data.path("city_bikes") / "hours.csv")
PRICES = {hour: 150 if hour in (7, 8, 16, 17, 18) else 100 for hour in range(24)}


def price_at(start: str) -> int:
    """Return the cents that a ride costs which begins at this time."""
    return PRICES[datetime.fromisoformat(start).hour]


def revenue(table: pd.DataFrame) -> int:
    """Return the revenue of all rentals, in cents."""
    total = 0
    for _, row in table.iterrows():
        total += row["rentals"] * price_at(row["start"])
    return int(total)


print(f"{revenue(hours):,} cents from {len(hours):,} rows")

# %% [markdown]
# **Predict before you run.** Four things happen in a row: pandas makes the row, two values are read from it, `price_at` parses the time and finds the price, and the sum grows. Which takes the most time?
#
# A **profiler** watches a program run and notes each call of a function: how often, and how long. `cProfile` comes with Python. `cumulative` adds up the time between a function's call and its return, everything that it called included.

# %%
profile = cProfile.Profile()
profile.runcall(revenue, hours.head(4000))
stats = pstats.Stats(profile).stats  # {(file, line, name): (.., calls, own time, cumulative time, callers)}


def cumulative(name: str, file: str = "") -> float:
    """Return the seconds spent in the functions of this name, whatever they called included."""
    return sum(time for (where, _, what), (*_, time, _) in stats.items() if what == name and where.endswith(file))


whole = cumulative("revenue")
shares = {
    "make the row (iterrows)": cumulative("iterrows") / whole,
    'read from it (row["..."])': cumulative("__getitem__", "series.py") / whole,
    "parse and price (price_at)": cumulative("price_at") / whole,
}

# %%
figure, ax = plt.subplots(figsize=(8, 2.2))
bars = ax.barh(list(shares), [100 * share for share in shares.values()], color=["C1", "C0", "C0"])
ax.bar_label(bars, fmt="%.0f %%", padding=4)
ax.invert_yaxis()
ax.set(xlabel="share of the time in revenue() (%)", xlim=(0, 100))
ax.set_title("Parsing is innocent: the time goes into making rows")
ax.grid(visible=False)
plt.show()

# %% [markdown]
# The tempting answer is parsing: it looks like work. But `iterrows` builds a whole Series for each row, with an index, a type that fits all columns, and checks of all of these. (A profiler slows down what it watches, many small calls most. Trust the order of the shares, not their digits.)
#
# How does a profiler know? Python offers a hook: `sys.setprofile` takes a function that is called whenever a function is entered or left. The next cell is a small profiler that only counts. (`Callable[[], object]` is the type of a function without arguments.) Compare its counts with `cProfile`'s.


# %%
def count_calls(function: Callable[[], object]) -> Counter:
    """Return how often each function was called, by its name, while `function` ran."""
    counts = Counter()

    def note(frame, event, argument):
        if event in ("call", "c_call"):  # a function written in Python, or one in C
            counts[frame.f_code.co_name if event == "call" else argument.__name__] += 1

    sys.setprofile(note)
    function()
    sys.setprofile(None)
    return counts


counts = count_calls(lambda: revenue(hours.head(4000)))
by_library = sum(calls for (_, _, name), (_, calls, *_) in stats.items() if name == "price_at")
print("price_at:", counts["price_at"], "by hand,", by_library, "by cProfile")
print("more than 50 calls for each row:", counts.total() > 50 * 4000)

# %% [markdown]
# The repair follows from the diagnosis: make no rows. Two expressions work on whole columns. `str[11:13]` cuts the hour out of each text, `map` looks up each price. `race` makes sure that both give the same revenue before it times them.


# %%
def revenue_by_column(table: pd.DataFrame) -> int:
    """Return the revenue of all rentals, in cents."""
    hour = table["start"].str[11:13].astype(int)
    return int((table["rentals"] * hour.map(PRICES)).sum())


race(
    {"column by column": lambda: revenue_by_column(hours), "row by row": lambda: revenue(hours)},
    title="The same revenue, without a Series for each row",
    repeats=3,
)

# %% [markdown]
# A ratio that a program relies on should be measured, too. `times_as_long` takes the best of three runs of each: other programs can make a run slower, never faster.
#
# How much can a repair gain at all? If a part takes the share $p$ of the time and becomes $s$ times faster, the whole becomes $1 / (1 - p + p / s)$ times faster. This is **Amdahl's law**. Look at the first line: that is the most that a faster parser could have brought.


# %%
def times_as_long(slow: Callable[[], object], fast: Callable[[], object]) -> float:
    """Return how many times as long as `fast` a call of `slow` takes, by the best of three runs."""
    best = [min(timeit.repeat(function, number=1, repeat=3)) for function in (slow, fast)]
    return best[0] / best[1]


def whole_faster(share: float, times: float) -> float:
    """Return how many times faster a program gets if this share of it gets so many times faster (Amdahl)."""
    return 1 / (1 - share + share / times)


print(f"5 % of the time, infinitely faster: {whole_faster(0.05, math.inf):.2f} times")
print(f"95 % of the time, 100 times faster: {whole_faster(0.95, 100):.1f} times")
report_ratio = times_as_long(lambda: revenue(hours), lambda: revenue_by_column(hours))
print("the report is more than 10 times faster:", report_ratio > 10)

# %% [markdown]
# Memory has a profiler of its own. `tracemalloc` follows what Python and NumPy allocate; its **peak** is the most that was held at one time, and that decides whether a program fits. By hand it is three calls; `peak_mb` of the course wraps them. Then both weigh a million numbers as a list.


# %%
def peak_by_hand(function: Callable[[], object]) -> float:
    """Return the most memory, in MB, that was held at once during a call."""
    tracemalloc.start()
    function()
    _, peak = tracemalloc.get_traced_memory()  # (held now, most held), in bytes
    tracemalloc.stop()
    return peak / 1e6


list_mb, array_mb = peak_mb(lambda: list(range(1_000_000))), peak_mb(lambda: np.arange(1_000_000))
same = math.isclose(peak_by_hand(lambda: list(range(1_000_000))), list_mb, rel_tol=0.01)
print("by hand and peak_mb agree:", same)
print(f"list at least 32 MB: {list_mb > 32}, array {array_mb:.0f} MB")

# %% [markdown]
# ## 2. What an object costs
#
# A number in an array is its 8 bytes. A number of Python is an *object*: it also carries a reference count (section 3) and a pointer to its type, 16 bytes before the first digit. A container holds no objects but references to them, 8 bytes each. `sys.getsizeof` weighs one object, without what it refers to.

# %%
print("int", sys.getsizeof(7), "float", sys.getsizeof(7.0), "empty list", sys.getsizeof([]))
print("each letter more:", sys.getsizeof("bikes") - sys.getsizeof("bike"))
print("each reference more:", sys.getsizeof((1, 2, 3)) - sys.getsizeof((1, 2)))
print("a list of one huge text:", sys.getsizeof(["x" * 1_000_000]) < 100)

# %% [markdown]
# The last line warns: the list weighs less than 100 bytes, the text in it a million. So weigh what a program *allocates* instead. Here are 20,000 records of two floats, built in five ways. A `__slots__` line tells a class that its objects have these attributes and no others, which saves the dictionary in which they would be looked up.


# %%
class Plain:
    def __init__(self, x: float, y: float) -> None:
        self.x, self.y = x, y


class Slots:
    __slots__ = ("x", "y")

    def __init__(self, x: float, y: float) -> None:
        self.x, self.y = x, y


forms = {"dict": lambda x, y: {"x": x, "y": y}, "class": Plain, "class with slots": Slots, "tuple": lambda x, y: (x, y)}
each = {}
for name, make in forms.items():
    each[name] = peak_mb(lambda make=make: [make(float(i), i + 0.5) for i in range(20_000)]) * 1e6 / 20_000
each["array row"] = peak_mb(lambda: np.empty((20_000, 2))) * 1e6 / 20_000

# %%
figure, ax = plt.subplots(figsize=(8, 2.8))
bars = ax.barh(list(each), list(each.values()), color=["C0"] * 4 + ["C1"])
ax.bar_label(bars, fmt="%.0f", padding=4)
ax.invert_yaxis()
ax.set(xlabel="bytes for one record of two floats", xlim=(0, 280))
ax.set_title("A dictionary for each record takes over ten times the array's bytes")
ax.grid(visible=False)
plt.show()

# %% [markdown]
# Two floats are 16 bytes; the rest is bookkeeping. It pays for freedom (other attributes, other types), and for 20 stations nobody minds. For 20 million trips it is the difference between a laptop and none.
#
# Some objects are made once and shared. `is` asks whether two names refer to the same object. The texts are converted at run time, so that nobody can prepare the answer.

# %%
print("int('7') is int('7'):        ", int("7") is int("7"))
print("int('70000') is int('70000'):", int("70000") is int("70000"))
print("equal, of course:            ", int("70000") == int("70000"))

# %% [markdown]
# Python keeps the small integers (up to 256) ready, since they are needed all the time. So `is` between numbers works in your tests, with small ones, and fails later. Compare values with `==`, and keep `is` for `None`.
#
# ## 3. Who frees memory?
#
# Each object counts the references to it. When the last one goes, the object is freed, at once. To watch without adding to the count you need a **weak reference**: it finds the object as long as it lives, and gives `None` afterwards.


# %%
class Station:
    pass


pier = Station()
before = sys.getrefcount(pier)
others = [pier, pier]
print("references more:", sys.getrefcount(pier) - before)
witness = weakref.ref(pier)
del pier, others
print("alive after del:", witness() is not None)

# %% [markdown]
# Now an object that refers to itself. What will the witness say after `del`? (`gc` is the garbage collector, which is switched off for a moment, so that it doesn't run in between.)

# %%
loop = Station()
loop.nearest = loop
witness = weakref.ref(loop)
gc.disable()
del loop
survived = witness() is not None
print("self-reference alive after del:", survived)
gc.enable()
gc.collect()
print("... after the collector ran:   ", witness() is not None)

# %% [markdown]
# `loop` refers to itself, so its count never reaches 0. Such **cycles** are found by the collector, which searches from time to time. Parents that know their children, which know their parents, are the usual case: freed, but later than you think.
#
# Most "leaks" are neither: something you forgot still refers to something large. **Predict before you run.** `big` has 80 MB. You keep three numbers of it and delete the rest. How much memory is held after `del big`?

# %%
tracemalloc.start()
big = np.ones(10_000_000)
small = big[:3]
del big
kept = tracemalloc.get_traced_memory()[0] / 1e6
print(f"small has {small.nbytes} bytes, held: {kept:.0f} MB, behind small: {small.base.nbytes / 1e6:.0f} MB")
small = small.copy()
freed = tracemalloc.get_traced_memory()[0] / 1e6
print(f"after small.copy(), held: {freed:.0f} MB")
tracemalloc.stop()

# %% [markdown]
# The tempting answer is nothing, or 24 bytes. But a slice is a view (lesson 04): `small` refers to the whole block, and one reference is enough. If you keep little of much, copy it.
#
# A notebook has more such references: every variable of every cell, and `Out`, which keeps the value of each cell that ends in an expression. A cache, such as a dictionary of results by question, grows until you bound it.
#
# ## 4. Smaller types
#
# Now the 34 MB. The table of the report is each station's rentals in each hour, joined with the stations, with the types that `read_csv` would choose: 8 bytes for every number.

# %%
joined = data.rentals().merge(data.stations(), on="station_id")
numbers = ["station_id", "member", "casual"]
table = joined.astype(dict.fromkeys(numbers, "int64")).rename(columns={"elevation_m": "elevation"})


def megabytes(frame: pd.DataFrame) -> float:
    """Return what the columns of a table weigh, in MB (10**6 bytes), texts included."""
    return float(frame.memory_usage(index=False, deep=True).sum() / 1e6)


print(f"{len(table):,} rows, {megabytes(table):.1f} MB")
print(table.iloc[0].to_string())
print("largest:", table[["station_id", "member", "casual", "docks", "elevation"]].max().to_dict())

# %% [markdown]
# All these numbers are small. An `int8` reaches from −128 to 127, an `int16` to 32,767. And the twenty names are written 17,544 times each. A **category** column writes every different text once, and a small code in each row. The test at the end matters as much as the types: is each value still the same?

# %%
small_types = {"station_id": "int8", "member": "int16", "casual": "int8", "docks": "int8", "elevation": "int8"}
categories = table.astype({"name": "category", "district": "category"})
shrunk = categories.astype(small_types)
for frame, name in ((table, "as read"), (categories, "categories"), (shrunk, "small integers, too")):
    print(f"{name:20} {megabytes(frame):5.1f} MB")
print("same values:", all((shrunk[name].astype(table[name].dtype) == table[name]).all() for name in table))

# %% [markdown]
# A third of the memory, and no value lost. What remains are the times and the coordinates, 8 bytes each. (Better still is not to join: 20 coordinates, stored 350,880 times, belong into a table of 20 rows.)
#
# Could the coordinates be `float32`, or `float16`? And the members `int8`? A type is too small when values change, and neither NumPy nor pandas says so. Look at the largest error in each line.


# %%
def cost(column: str, dtype: str) -> tuple[float, float]:
    """Return the MB of a column in this type, and the largest change of a value."""
    values = table[column].to_numpy()
    narrow = values.astype(dtype)
    return narrow.nbytes / 1e6, float(np.abs(narrow.astype(float) - values).max())


for column, dtype in (("member", "int16"), ("member", "int8"), ("x_km", "float32"), ("x_km", "float16")):
    size, error = cost(column, dtype)
    print(f"{column:6} as {dtype:8} {size:4.2f} MB, largest error {error:.3g}")

# %% [markdown]
# `int8` turned a 134 into −122: an error of 256. The coordinates survive `float32` up to a tenth of a millimeter, which is a fine bargain for a map, but it is not lossless. Choose columns and types yourself. Which column has no error in `float16`?

# %% tags=["widget"]
from ipywidgets import interact

columns = ["station_id", "member", "casual", "docks", "elevation", "x_km", "y_km"]


@interact(column=columns, dtype=["int8", "int16", "int32", "float16", "float32", "float64"])
def choose(column="member", dtype="int8"):
    size, error = cost(column, dtype)
    print(f"{column} as {dtype}: {size:.2f} MB, largest error {error:.3g}")


# %% [markdown]
# One trap deserves its own line. A `float32` has 24 bits for its digits, so it counts to 16,777,216 and then only in steps of two. Money in cents passes that at 167,772.16 euros. See what adding a cent does there, and what the revenue of the report would become.

# %%
limit = np.float32(16_777_216)
print("one cent more:", limit + np.float32(1) > limit)
exact = revenue_by_column(hours)
print(f"revenue {exact:,} cents, as float32 {int(np.float32(exact)):,}")

# %% [markdown]
# The largest memory of a program is often one that no name refers to. In `(x - 1) * 2 + x**2` each operation makes a new array, a **temporary**. Some are reused or freed on the way, but two or more exist at once. The same polynomial as $(x + 2)\,x - 2$, step by step in one array, needs no temporary at all.


# %%
def in_place(x: np.ndarray) -> np.ndarray:
    """Return (x - 1) * 2 + x**2, computed inside a single new array."""
    result = x + 2
    result *= x
    result -= 2
    return result


x = np.linspace(0, 1, 5_000_000)
print("same:", np.allclose((x - 1) * 2 + x**2, in_place(x)))
plain_mb, in_place_mb = peak_mb(lambda: (x - 1) * 2 + x**2), peak_mb(lambda: in_place(x))
print(f"x {x.nbytes / 1e6:.0f} MB, peak in place {in_place_mb:.0f} MB, peak as written at least 80: {plain_mb >= 79.9}")
x = None

# %% [markdown]
# ## 5. Larger than memory
#
# Some data never fits. The next cell writes 25 million random numbers, 200 MB, to a temporary file. `open_memmap` makes an array whose bytes *are* the file: a **memory map**. Nothing is loaded when you open one; the operating system fetches a page (4,096 bytes or more) when you touch it.

# %%
folder = TemporaryDirectory()
file = Path(folder.name) / "values.npy"
rng = np.random.default_rng(15)
mapped = np.lib.format.open_memmap(file, mode="w+", dtype=float, shape=(25_000_000,))
for at in range(0, len(mapped), 1_000_000):
    mapped[at : at + 1_000_000] = rng.random(1_000_000)
mapped.flush()
mapped = None
print(f"{file.stat().st_size / 1e6:.0f} MB")

# %% [markdown]
# Three programs read it, each in a fresh Python that reports how much its memory grew. The first loads the file. The other two take the mean of 100,000 numbers from a map: the first 100,000, or every 250th. **Predict before you run.** Both read the same *number* of values. Do they need the same memory?

# %%
frame = """
import json, resource
import numpy as np

def peak():  # the most memory that this process has held, in MB
    try:
        return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) * 1024 / 1e6
    except (OSError, IndexError):  # not on Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6

before = peak()
mean = ({program}).mean()
print(json.dumps([float(mean), peak() - before]))
"""

# %%
programs = {
    "load all": f"np.load({str(file)!r})",
    "map, first 100,000": f"np.load({str(file)!r}, mmap_mode='r')[:100_000]",
    "map, every 250th": f"np.load({str(file)!r}, mmap_mode='r')[::250]",
}
grown = {}
for name, program in programs.items():
    code = [sys.executable, "-c", frame.format(program=program)]
    mean, grown[name] = json.loads(subprocess.run(code, capture_output=True, text=True, check=True).stdout)
    print(f"{name:18} mean {mean:.3f}")

# %%
figure, ax = plt.subplots(figsize=(8, 2.2))
bars = ax.barh(list(grown), list(grown.values()), color=["C0", "C0", "C1"])
ax.bar_label(bars, fmt="%.0f", padding=4)
ax.invert_yaxis()
ax.set(xlabel="growth of the process's memory (MB)", xlim=(0, 230))
ax.set_title("Every 250th number touches every page of the file")
ax.grid(visible=False)
plt.show()

# %% [markdown]
# The tempting answer is yes. But memory comes in pages, and a page of 4,096 bytes holds 512 numbers. Every 250th number lies on every page, so all 200 MB were fetched for 0.8 MB of values. (The system may drop such pages when memory gets short, so a map doesn't crash where loading would.) Store next to each other what is read together.
#
# When all values *are* needed, work in **chunks**: take a piece, reduce it to a few numbers, let it go. Here is the standard deviation of the whole file: its square is the mean of the squares minus the square of the mean. What is the peak, with chunks of a million?


# %%
def spread_of(file: Path, chunk: int) -> float:
    """Return the standard deviation of a saved array, holding only a few chunks of it at a time."""
    values = np.load(file, mmap_mode="r")
    total = squares = 0.0
    for at in range(0, len(values), chunk):
        part = np.array(values[at : at + chunk])
        total += part.sum()
        squares += (part**2).sum()
    return math.sqrt(squares / len(values) - (total / len(values)) ** 2)


chunk_mb = peak_mb(lambda: spread_of(file, 1_000_000))
print(f"standard deviation {spread_of(file, 1_000_000):.4f}, in theory {math.sqrt(1 / 12):.4f}, peak {chunk_mb:.0f} MB")

# %% [markdown]
# Two chunks were held, the piece and its squares, whatever the size of the file. Parquet's row groups and the streaming engines of lesson 08 do this for you. One caution: subtracting two large, nearly equal numbers loses digits, so for data far from 0, subtract a rough mean first.
#
# ## 6. Compile
#
# Some loops can't become column expressions, because each step needs the one before. The **edit distance** is the smallest number of changes (insert, drop, replace) that turn one sequence into another. Each cell of a table follows from three neighbors; one row of it is enough, overwritten as we go. The sequences: how busy the first 800 hours of 2023 and of 2024 were, in steps of 100 rentals.


# %%
def edit_distance(a, b):
    """Return the smallest number of changes that turn sequence `a` into `b`."""
    row = list(range(len(b) + 1))
    for i in range(len(a)):
        corner, row[0] = row[0], i + 1
        for j in range(len(b)):
            best = corner
            if a[i] != b[j]:
                best = 1 + min(corner, row[j], row[j + 1])
            corner, row[j + 1] = row[j + 1], best
    return row[-1]


busy = (hours["rentals"] // 100).to_numpy()
first, second = busy[:800], busy[8760:9560]
lists = first.tolist(), second.tolist()
print("kitten, sitting:", edit_distance("kitten", "sitting"), "; 2023, 2024:", edit_distance(*lists))

# %% [markdown]
# **Numba** translates a function to machine code when it is first called. It looks at the types of the arguments, finds the type of every variable, and compiles a version for them. `njit` ("no Python, just in time") is all you write. The third competitor hands arrays to the Python version. Will that be faster than lists?

# %%
compiled_distance = numba.njit(edit_distance)
first_call = min(timeit.repeat(lambda: compiled_distance(first, second), number=1, repeat=1))
later_call = min(timeit.repeat(lambda: compiled_distance(first, second), number=1, repeat=3))
print("the first call takes more than 10 times as long:", first_call > 10 * later_call)

race(
    {
        "Numba, arrays": lambda: compiled_distance(first, second),
        "Python, lists": lambda: edit_distance(*lists),
        "Python, arrays": lambda: edit_distance(first, second),
    },
    title="640,000 cells: compiled code skips the objects",
    repeats=3,
)
loop_ratio = times_as_long(lambda: edit_distance(*lists), lambda: compiled_distance(first, second))

# %% [markdown]
# Arrays make the Python version *slower*: each `a[i]` has to make a new object from the 8 bytes. Compiled, the loop works on the bytes themselves. The first call pays for the compilation, so compiling a function that runs once for a moment is a loss. (`cache=True` keeps the machine code on disk beside your file.)
#
# So compile everything? Look at a plain sum of two million numbers.


# %%
@numba.njit
def total(values):
    """Return the sum of the values."""
    result = 0.0
    for value in values:
        result += value
    return result


many = rng.random(2_000_000)
race({"a.sum()": many.sum, "Numba": lambda: total(many)}, title="NumPy's sum is compiled already")
sum_ratio = times_as_long(many.sum, lambda: total(many))

# %% [markdown]
# NumPy's `sum` is a compiled loop already, and a good one: it adds several numbers at a time. Numba pays for what NumPy has no function for: a recurrence (each value needs the one before), a table filled cell by cell, a double loop with a branch (an `if`). `njit(parallel=True)` with `numba.prange` for `range` divides a loop among cores, `nogil=True` lets Python's threads run it side by side (lesson 14).
#
# A graphics card runs thousands of such loop bodies at once. A **kernel** is the body for one index; the launch says how many. Numba can *simulate* a card on the processor, slowly, to learn and to test; it must be asked, by an environment variable, before Numba is imported, hence a fresh Python.

# %%
kernel = """
import numpy as np
from numba import cuda

@cuda.jit
def add(a, b, out):
    i = cuda.grid(1)        # which of all the threads am I?
    if i < out.size:        # more threads than numbers were started
        out[i] = a[i] + b[i]

a, out = np.arange(100.0), np.zeros(100)
add[4, 32](a, 2 * a, out)   # 4 blocks of 32 threads
print("100 sums by 128 threads, equal to NumPy's:", np.array_equal(out, a + 2 * a))
"""
settings = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1"}
simulated = subprocess.run([sys.executable, "-c", kernel], capture_output=True, text=True, check=True, env=settings)
print(simulated.stdout, end="")

# %% [markdown]
# ## 7. How it fails
#
# Machine code is fast because it leaves out what Python does for you. Three of these things are safety. See what happens to an index outside the array, to a number too large for 64 bits, and to a dictionary with values of two types.


# %%
def item(values, i):
    """Return one value."""
    return values[i]


def power_of_two(n):
    """Return 2**n, by doubling."""
    result = 1
    for _ in range(n):
        result *= 2
    return result


three = np.ones(3)
outside = numba.njit(item)(three, 5)
print("index 5 of three values:", type(outside).__name__, "and no IndexError")
compiled_power = numba.njit(power_of_two)
print("2**64 in Python ", power_of_two(64))
print("2**64 compiled  ", compiled_power(64))

# %%


@numba.njit
def describe(n):
    """Return how many facts there are."""
    facts = {}
    facts["docks"] = n
    facts["name"] = "Pier"
    return len(facts)


try:
    describe(20)
except numba.TypingError as error:
    refused = type(error).__name__
    print(refused, "at the first call: a dictionary of integers can't take a text")

# %% [markdown]
# The first is the worst: whatever lies behind the array in memory comes back as a number, another one tomorrow. And it is no error to *write* there. The second is the overflow of lesson 04. The third is honest: Numba must know one type for each variable, and says so.
#
# The repairs belong into your tests. `boundscheck=True` compiles the checks in. And the uncompiled function is still there: let both answer the same random questions *before* you measure speed. (The library Hypothesis, which runs behind `check`, invents such questions.)

# %%
try:
    numba.njit(boundscheck=True)(item)(three, 5)
except IndexError as error:
    checked = type(error).__name__
    print("with boundscheck:", checked)

pairs = [rng.integers(3, size=(2, length)) for length in rng.integers(1, 12, size=200)]
agreed = sum(compiled_distance(a, b) == edit_distance(a.tolist(), b.tolist()) for a, b in pairs)
print("edit distance: equal on", agreed, "of", len(pairs), "random pairs")
wrong = [n for n in range(80) if compiled_power(n) != power_of_two(n)]
print("2**n: the smallest n on which they differ is", wrong[0])

# %% [markdown]
# From 63 on, for an `int64` holds $2^{63} - 1$ at most. A test that asks only for small powers would have passed.
#
# ## 8. Other languages
#
# Python can call compiled code that others wrote. `ctypes` opens a library of C functions, here those that Python itself uses, `cos` and `sqrt` among them. C functions carry no description of their types: you must say them, and by default `ctypes` believes that everything returns an `int`.

# %%
c_library = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
undeclared = c_library.sqrt(ctypes.c_double(2.0))
print("sqrt(2), result not declared:", type(undeclared).__name__, undeclared == math.sqrt(2))

c_library.cos.argtypes, c_library.cos.restype = [ctypes.c_double], ctypes.c_double
print("cos(1) declared, as in math:", math.isclose(c_library.cos(1.0), math.cos(1.0)))

# %% [markdown]
# No error: an integer was read from where none had been left. That is the price of C in one line.
#
# The edit distance in C is the same loop. If this machine has a C compiler (`cc`), the cell builds a library from it and loads it; if not, the race below goes on without it.

# %%
source = """
#include <stdint.h>
int64_t edit_distance(const int64_t *a, int64_t n, const int64_t *b, int64_t m, int64_t *row) {
    for (int64_t j = 0; j <= m; j++) row[j] = j;
    for (int64_t i = 0; i < n; i++) {
        int64_t corner = row[0];
        row[0] = i + 1;
        for (int64_t j = 0; j < m; j++) {
            int64_t best = corner < row[j] ? corner : row[j];
            best = a[i] == b[j] ? corner : 1 + (best < row[j + 1] ? best : row[j + 1]);
            corner = row[j + 1];
            row[j + 1] = best;
        }
    }
    return row[m];
}"""

# %% [markdown]
# `-shared` asks the compiler for a library instead of a program. The types of arguments and result must be declared, as for `cos`; then the C function joins the race.


# %%
def built(source: str, folder: Path) -> ctypes.CDLL | None:
    """Return the library that `cc` makes of a C source, or None where that isn't possible."""
    (folder / "distance.c").write_text(source, encoding="utf-8")
    command = ["cc", "-O2", "-shared", "-fPIC", "-o", str(folder / "distance.so"), str(folder / "distance.c")]
    try:
        subprocess.run(command, check=True, capture_output=True)
        return ctypes.CDLL(str(folder / "distance.so"))
    except (OSError, subprocess.CalledProcessError):
        return None


# %%
library = built(source, Path(folder.name))
candidates = {"Python": lambda: edit_distance(*lists), "Numba": lambda: compiled_distance(first, second)}
if library is not None:
    numbers_c = np.ctypeslib.ndpointer(dtype=np.int64, flags="C_CONTIGUOUS")
    library.edit_distance.argtypes = [numbers_c, ctypes.c_int64, numbers_c, ctypes.c_int64, numbers_c]
    library.edit_distance.restype = ctypes.c_int64
    a, b = first.astype(np.int64), second.astype(np.int64)
    row = np.empty(len(b) + 1, dtype=np.int64)
    candidates["C"] = lambda: library.edit_distance(a, len(a), b, len(b), row)

print("answers:", {function() for function in candidates.values()})
race(candidates, title="Machine code is machine code, whoever writes it", repeats=3)
folder.cleanup()
print("temporary files left:", file.exists())

# %% [markdown]
# Where there is a compiler, C and Numba lie close together beside Python. What differs is what you write, build and risk:
#
# | | you write | to build | what can go wrong |
# |---|---|---|---|
# | NumPy | array expressions | nothing | temporaries, overflow |
# | Numba | Python loops | nothing; compiles at the first call | no checks; only numbers, arrays, simple types |
# | Cython | Python with types | a C compiler, a build step | two languages in one file |
# | C, C++ (pybind11) | C or C++ | a compiler for each platform | crashes, memory errors |
# | Rust (PyO3) | Rust | its compiler, maturin | a new language; memory errors are refused |
# | PyPy | plain Python | another interpreter | libraries that are written for CPython, the usual Python |
#
# You use Rust already: Polars is written in it, and so is the core of pydantic. Mostly the best C or Rust is what somebody else has tested.
#
# ## In practice
#
# - **Keep the order**: measure; find a better algorithm (lesson 02); vectorize; choose smaller types; compile; use more cores; buy a larger machine. Each step costs more than the one before.
# - **Every optimization comes with two tests**: one that it gives the same answer, one that it is faster, both kept. If it saves less than it costs to read, take it out again.
# - **Measure on data of the real size.** On ten rows, everything is fast, and `iterrows` wins.
# - **Ask for the peak, not the size.** A table of 4 GB in a machine of 8 GB fails at the first temporary.

# %% [markdown]
# ## Check yourself
#
# **1.** The profile says that 60 % of the time goes into `Series.__init__`. What do you do?
# - **a)** parse the times with a faster library
# - **b)** compile the loop with Numba
# - **c)** avoid creating a Series for each row
# - **d)** run it on more cores
#
# <details><summary>Answer</summary>
#
# **c.** Remove the work that dominates: column expressions make no row. *a* improves what the profile says is small. *b*: Numba can't compile a loop over a DataFrame's rows; it doesn't know pandas objects. *d* does the same needless work in parallel, and four cores give at most a factor of four.
# </details>
#
# **2.** `part = big[:3]` is kept, `big` is deleted. What stays in memory?
# - **a)** three elements
# - **b)** all of `big`
# - **c)** nothing
# - **d)** that depends on the garbage collector
#
# <details><summary>Answer</summary>
#
# **b.** The slice is a view; its `.base` refers to the whole block. *a* would be right after `.copy()`. *c* forgets that `part` can still be read. *d*: there is no cycle here, so the collector has no say; the count isn't 0.
# </details>
#
# **3.** What does Numba *not* speed up?
# - **a)** a double loop with a branch
# - **b)** a recurrence, where each value needs the last
# - **c)** filling the table of the edit distance
# - **d)** a single `a.sum()`
#
# <details><summary>Answer</summary>
#
# **d.** It is one call of compiled code already. *a*, *b* and *c* have no NumPy function, so in Python each step makes objects; these are the loops that Numba is for.
# </details>

# %% [markdown]
# ## In short
#
# - Profile first. The line that looks like work is often not the one that does it.
# - Objects carry bookkeeping, arrays don't. A view keeps the whole alive; cycles wait for the collector.
# - Integers and texts can shrink without loss; floats only where a test says so. The peak counts, temporaries included.
# - Map or read in chunks what doesn't fit. Memory comes in pages.
# - Compile recurrences, not sums. Test the compiled code against the Python code before you time it.
#
# ## Next
#
# [Open the exercises](../../work/01_fundamentals/15_performance_memory.ipynb): shrink a table, count in a file that doesn't fit, find near neighbors without a full matrix, rank functions by their own time, align two series in two rows of memory. Then lesson 16 puts the whole phase into one report.

# %% tags=["claims"]
assert shares["make the row (iterrows)"] > 0.4 and shares["parse and price (price_at)"] < 0.25, shares
assert counts["price_at"] == by_library == 4000 and counts.total() > 50 * 4000
assert revenue(hours) == revenue_by_column(hours) and report_ratio > 10, report_ratio
assert f"{whole_faster(0.05, math.inf):.2f}" == "1.05" and 16 < whole_faster(0.95, 100) < 17.5
assert same and 32 < list_mb < 45 and 7.9 < array_mb < 8.1
assert each["dict"] > 10 * each["array row"] > 155 and each["class with slots"] < each["class"], each
assert survived and witness() is None and kept > 79 and freed < 1
assert len(table) == 350_880 and f"{megabytes(table):.0f}" == "34" and megabytes(shrunk) < 0.37 * megabytes(table)
assert table["member"].max() == 134 and cost("member", "int8")[1] == 256 and cost("member", "int16")[1] == 0
assert 0 < cost("x_km", "float32")[1] < 1e-6 and table["elevation"].max() < 127
assert limit + np.float32(1) == limit and int(np.float32(exact)) != exact
assert plain_mb > 79.9 and 39.9 < in_place_mb < 41
assert grown["map, first 100,000"] < 40 < 120 < grown["map, every 250th"] and grown["load all"] > 120, grown
assert 15 < chunk_mb < 20
assert first_call > 10 * later_call and loop_ratio > 10 and sum_ratio < 3, (loop_ratio, sum_ratio)
assert edit_distance("kitten", "sitting") == 3 and edit_distance(*lists) == 181
assert "True" in simulated.stdout and refused == "TypingError" and checked == "IndexError"
assert agreed == 200 and wrong[0] == 63 and compiled_power(64) == 0
assert type(undeclared) is int and not file.exists()
