# /// lesson
# minutes = 50
# exercise_minutes = 80
# needs = ["01_fundamentals/01_python_essentials"]
# seconds = 20
# memory_mb = 500
# ///

# %% [markdown]
# # Compute with whole arrays
#
# **Why.** To brighten a photograph you add 100 to every pixel. Python raises no error and prints no warning, and almost half of the picture gets *darker*. What is an array, that this can happen?
#
# **You will**
# - say what shape, dtype and strides are, and predict how many bytes an array takes,
# - replace loops by expressions, masks and reductions along an axis,
# - predict the shape of a broadcast result, and notice an accidental one,
# - tell a view from a copy before it overwrites your data,
# - choose a dtype that neither overflows nor wastes memory.
#
# **You need** lesson 01. 50 minutes, and 80 for the exercises.

# %%
import math
import sys

import matplotlib.pyplot as plt
import numpy as np
from skimage import data

from handrail.kit.race import race
from handrail.kit.shapes import byte_offsets, draw_alignment, draw_memory

plt.style.use("handrail.kit.course")

# %% [markdown]
# `camera` is a photograph that comes with scikit-image: 0 is black, 255 is white. The right-hand picture is the left one plus 100. Look at the sky and the lawn, which were bright, and at the coat, which was not.

# %% tags=["borrowed"]
camera = data.camera()
brighter = camera + 100
darker = (brighter < camera).mean()

figure, axes = plt.subplots(1, 2, figsize=(7, 3.8))
figure.suptitle(f"Plus 100, and {darker:.1%} of the pixels are darker", x=0, ha="left", weight="bold")
for ax, picture, name in zip(axes, (camera, brighter), ("camera", "camera + 100"), strict=True):
    ax.imshow(picture, cmap="gray", vmin=0, vmax=255)
    ax.set_title(name, weight="normal", size=10.5)
    ax.set_axis_off()
plt.show()

# %% [markdown]
# ## 1. One block of memory
#
# An array is one block of bytes and a recipe for reading it. The **dtype** says how many bytes make one element and what they mean, the **shape** how many elements lie along each axis, the **strides** how many bytes to walk for one step along each axis. Below, the recipe is followed by hand: row 200, column 300.

# %%
print("shape", camera.shape, "dtype", camera.dtype, "strides", camera.strides, camera.nbytes, "bytes")

block = camera.tobytes()
address = 200 * camera.strides[0] + 300 * camera.strides[1]
print("by hand:", block[address], "by index:", camera[200, 300])

# %% [markdown]
# That multiplication is all that indexing does. It follows that a reshape (another number of rows), a transpose (`.T`: rows become columns) or every second column (`[:, ::2]`: all rows, steps of two) need not move a byte: a new recipe for the same block is enough. Below are four arrays on the same twelve bytes: `arange` counts from 0, `uint8` is a number in one byte. Each color is a row of the array; follow it down into memory.

# %%
twelve = np.arange(12, dtype=np.uint8)
table = twelve.reshape(3, 4)

figure, axes = plt.subplots(2, 2, figsize=(9, 5.4))
figure.suptitle("Four arrays, one block of twelve bytes", x=0.01, ha="left", weight="bold")
names = "table", "twelve.reshape(4, 3)", "table[:, ::2]", "table.T"
views = table, twelve.reshape(4, 3), table[:, ::2], table.T
for ax, name, view in zip(axes.flat, names, views, strict=True):
    draw_memory(view, axes=ax)
    ax.set_title(f"{name}: {view.shape}, strides {view.strides}", weight="normal", size=10.5)
plt.show()

# %% [markdown]
# A list is built differently: a block of *addresses*, each leading to an object of its own somewhere else. The next cell weighs a million floats in both forms, then lets both add up a million squares. `map` calls a function on each item. `race` first checks that the two agree, then draws the time as a multiple of the faster one.

# %%
floats = np.arange(1_000_000, dtype=float)
boxed = floats.tolist()
list_bytes = sys.getsizeof(boxed) + sum(map(sys.getsizeof, boxed))
print(f"list {list_bytes:,} bytes, array {floats.nbytes:,} bytes")

whole, listed = np.arange(1_000_000), list(range(1_000_000))
race(
    {"array": lambda: (whole * whole).sum(), "list": lambda: sum(x * x for x in listed)},
    title="The array skips a million visits to objects",
)

# %% [markdown]
# ## 2. Expressions, masks, axes
#
# An operator on an array works on every element. To *standardize* numbers (mean 0, standard deviation 1: the root of the mean squared distance from the mean), you would loop three times over a list; the array version is the formula itself. `**` is "to the power of"; `allclose` asks for equality up to rounding. Check that both give the same, and which of two standard deviations NumPy means.

# %%
numbers = [1, 2, 3, 4, 5]
mean = sum(numbers) / len(numbers)
spread = math.sqrt(sum((x - mean) ** 2 for x in numbers) / len(numbers))
by_hand = [(x - mean) / spread for x in numbers]

array = np.array(numbers)
standardized = (array - array.mean()) / array.std()
print(standardized.round(3), np.allclose(by_hand, standardized))
print(f"std {array.std():.3f}, with ddof=1 {array.std(ddof=1):.3f}")

# %% [markdown]
# NumPy divides by $n$, how many numbers there are; statistics courses, and pandas, divide by $n-1$ (`ddof=1`). Know which one you print.
#
# Now data with two axes: two years of bike rental in a city, hour by hour. The city is invented; the numbers come from a documented random process (`datasets/city_bikes`). `axis=1` adds the two kinds of riders, `axis=0` adds the hours. The rule to remember: **the axis you name disappears.**

# %%
file = "../../datasets/city_bikes/hours.csv"
hours = np.loadtxt(file, delimiter=",", skiprows=1, usecols=range(3, 10))
rain, rentals = hours[:, 3], hours[:, 6]
riders = hours[:, 4:6]  # (hours, kinds): members, casual riders
print("riders", riders.shape)
both, totals = riders.sum(axis=1), riders.sum(axis=0)
print("sum(axis=1)", both.shape, "equals the column `rentals`:", (both == rentals).all())
print("sum(axis=0)", totals.shape, totals)

# %% [markdown]
# 17,544 hours are 731 days of 24, so one `reshape` makes a day an axis (−1: as many as there are). `argmax` gives the position of the largest. No date was parsed for this picture: two bright bands are the rush hours, the gaps in them weekends. Look at the evening band in March and in October. What happens to it?

# %%
by_day = rentals.reshape(-1, 24)  # (days, hours)
figure, ax = plt.subplots(figsize=(9, 3.6))
image = ax.imshow(by_day.T, aspect="auto", origin="lower", vmax=500)
ax.set_title("Each spring the rush hour moves down by one row")
ax.set(xlabel="day since 2023-01-01", ylabel="column of by_day")
ax.set_yticks(range(0, 24, 6))
ax.grid(visible=False)
figure.colorbar(image, label="rentals per hour", extend="max")
plt.show()
print("busiest column before 26 March:", by_day[:84].mean(axis=0).argmax())
print("busiest column until October:  ", by_day[85:301].mean(axis=0).argmax())

# %% [markdown]
# People did not change their habits, the clock did: in summer time, column 16 is 17:00. `reshape` cuts memory into equal pieces, and what a piece *means* is up to you. Name your axes in a comment, and distrust them. (Lesson 05 does this with real times.)
#
# A comparison makes a **mask**, an array of booleans. It selects rows, its mean is a share, `~` inverts it, and `np.where` chooses between two values element by element. Here: is a wet hour quieter, how often is January wet against July, and what would a subsidy of 10 cents a ride, 20 in rain, cost?

# %%
wet = rain > 0
print(f"wet: {wet.mean():.1%} of the hours")
print(f"rentals in a wet hour {rentals[wet].mean():.1f}, in a dry hour {rentals[~wet].mean():.1f}")

wet_by_day = wet.reshape(-1, 24)
print(f"wet in January {wet_by_day[:31].mean():.1%}, in July {wet_by_day[181:212].mean():.1%} (2023)")

cents = np.where(wet, 20, 10)
print(f"subsidy: {(cents * rentals).sum() / 100:,.0f} euros")

# %% [markdown]
# A wet hour has little more than half the rentals of a dry one. That is not yet the effect of rain: it rains more often in winter, when fewer people ride anyway. Lesson 16 separates the two.
#
# ## 3. Broadcasting
#
# Arrays of different shapes combine if their shapes fit. **Align the shapes at the right. A missing axis counts as 1, and 1 stretches to whatever stands opposite. Anything else is an error.** Write down the ten results before you run the next cell; two are errors.
#
# | | first | second | result? | | | first | second | result? |
# |---|---|---|---|---|---|---|---|---|
# | 1 | `(5,)` | `(5,)` | | | 6 | `(6, 1)` | `(1, 4)` | |
# | 2 | `(3,)` | `()` | | | 7 | `(20, 1, 2)` | `(1, 20, 2)` | |
# | 3 | `(17544, 7)` | `(7,)` | | | 8 | `(512, 512, 3)` | `(3,)` | |
# | 4 | `(4, 3)` | `(4,)` | | | 9 | `(512, 512, 3)` | `(512, 512)` | |
# | 5 | `(4, 3)` | `(4, 1)` | | | 10 | `(1, 4)` | `(0, 4)` | |

# %%
photo = (512, 512, 3)
firsts = [(5,), (3,), (17544, 7), (4, 3), (4, 3), (6, 1), (20, 1, 2), photo, photo, (1, 4)]
seconds = [(5,), (), (7,), (4,), (4, 1), (1, 4), (1, 20, 2), (3,), (512, 512), (0, 4)]
for number, (first, second) in enumerate(zip(firsts, seconds, strict=True), start=1):
    try:
        print(f"{number:2}  {first} with {second} gives {np.broadcast_shapes(first, second)}")
    except ValueError:
        print(f"{number:2}  {first} with {second} does not fit")

# %% [markdown]
# Numbers 4 and 9 fail for one reason: aligned at the right, 3 meets 4, and 3 meets 512. A trailing axis of length 1 (number 5) says "one value per *row*". And number 10 is no joke: 1 stretches to any length, zero included.
#
# The drawing aligns two shapes; yellow axes stretch. Below it, choose shapes yourself, and find a pair that clashes in two places.

# %%
draw_alignment((20, 1, 2), (1, 20, 2))
plt.show()

# %% tags=["widget"]
from ipywidgets import Dropdown, interact

shapes = [(), (3,), (4,), (4, 1), (4, 3), (1, 4), (2, 4, 3), (5, 1, 3), (20, 1, 2), (1, 20, 2)]
options = [(str(shape), shape) for shape in shapes]
left, right = Dropdown(options=options, value=(20, 1, 2)), Dropdown(options=options, value=(1, 20, 2))


@interact(first=left, second=right)
def align(first, second):
    draw_alignment(first, second)
    plt.show()


# %% [markdown]
# What is that pair of shapes good for? Every station minus every other station. By hand it takes two loops; with the axes set up as `(20, 1, 2)` and `(1, 20, 2)` (`None` inserts an axis of length 1), all 400 differences come from one minus sign, and the sum over the last axis, −1, removes the coordinates.

# %%
# (stations, 2): kilometers east and north of the center
xy = np.loadtxt("../../datasets/city_bikes/stations.csv", delimiter=",", skiprows=1, usecols=(5, 6))
by_hand = np.empty((20, 20))
for i in range(20):
    for j in range(20):
        by_hand[i, j] = math.dist(xy[i], xy[j])

difference = xy[:, None, :] - xy[None, :, :]  # (stations, stations, 2)
distance = np.sqrt((difference**2).sum(axis=-1))  # (stations, stations)
print(difference.shape, "->", distance.shape, "same as by hand:", np.allclose(distance, by_hand))
print(f"farthest apart: {distance.max():.2f} km, on average {distance.sum() / (20 * 19):.2f} km")

# %% [markdown]
# ## 4. Predict before you run
#
# A *model*, such as a neural network, computes predictions; training makes its error, the *loss*, small. Predictions often come as a column, shape `(5, 1)`. The truth `y` has shape `(5,)`. The predictions below are perfect: every number is right. What is the mean squared error?

# %%
y = np.arange(5.0)
p = y.reshape(-1, 1)
print(((y - p) ** 2).mean())

# %% [markdown]
# The tempting answer is 0. It is 4.0, for `(5,)` with `(5, 1)` gives `(5, 5)`: every truth minus *every* prediction. No error, a plausible number, and it is worse than wrong. Look at what this loss says of a model that predicts the mean of `y` for everybody.

# %%
lazy = np.full((5, 1), y.mean())
slipped = (y - p) ** 2
print("slipped loss of the perfect model:", slipped.mean())
print("slipped loss of the lazy model:   ", ((y - lazy) ** 2).mean())

figure, ax = plt.subplots(figsize=(4.6, 4))
ax.imshow(slipped, cmap="Blues", vmax=24)
for (row, column), value in np.ndenumerate(slipped):
    style = {"weight": "bold", "color": "C5"} if row == column else {}
    ax.text(column, row, f"{value:.0f}", ha="center", va="center", size=14, **style)
ax.set_title("You meant the diagonal,\nthe mean took all 25")
ax.set(xlabel="truth y", ylabel="prediction p")
ax.grid(visible=False)
plt.show()

# %% [markdown]
# The slipped loss *prefers* the lazy model, 2 against 4. Train on it and your network learns to answer with the average, while the loss goes down as it should. On our 17,544 hours the same slip would also ask for 2.46 GB. The repair is a check at the border of the function; `ravel()` flattens to one axis.


# %%
def mean_squared_error(truth: np.ndarray, prediction: np.ndarray) -> float:
    """Return the mean squared difference of two arrays of the same shape."""
    if truth.shape != prediction.shape:
        raise ValueError(f"truth has shape {truth.shape}, prediction {prediction.shape}")
    return float(((truth - prediction) ** 2).mean())


print(f"the slip on 17,544 hours: {len(rentals) ** 2 * rentals.itemsize / 1e9:.2f} GB")
print("aligned:", mean_squared_error(y, p.ravel()))
try:
    mean_squared_error(y, p)
except ValueError as error:
    print("refused:", error)

# %% [markdown]
# ## 5. Views and copies
#
# A **view** is a new recipe for old memory; a **copy** has memory of its own. You can tell which you get: what strides can describe is a view (slices with a step, reshapes, transposes), what they cannot is a copy (lists of indices, masks, a new dtype). *Contiguous* means row after row without a gap. Before you run: which of these six share memory with `camera`?

# %%
six = {
    "camera[::2, ::2]": camera[::2, ::2],
    "camera[[0, 2, 4]]": camera[[0, 2, 4]],
    "camera[camera > 155]": camera[camera > 155],
    "camera.T": camera.T,
    "camera.ravel()": camera.ravel(),
    "camera.T.ravel()": camera.T.ravel(),
}
for name, result in six.items():
    kind = "view" if np.shares_memory(camera, result) else "copy"
    print(f"{name:21} {kind}  strides {result.strides!s:10} contiguous {result.flags.c_contiguous}")

# %% [markdown]
# The last one surprises: the transpose is a view, but flattening it would need steps of 512, 512, … and then back to the start, which no single stride describes. So `ravel` copies when it must. (`reshape` does the same, without a word.)
#
# Two faults grow from this. One writes where it should not; the other does not write where it should. See which elements become 0 and which become −1.

# %%
table = np.arange(12).reshape(3, 4)
row = table[1]
row[:] = 0
print(table)

table[table > 5][:] = -1
print("after table[table > 5][:] = -1, any −1?", (table == -1).any())
table[table > 5] = -1
print("after table[table > 5] = -1,    any −1?", (table == -1).any())

# %% [markdown]
# `row` is a view, so clearing it cleared that row of the table. `table[table > 5]` is a copy, so the first assignment filled a temporary that nobody kept. Without the extra `[:]` the table itself is asked to write. To hand out a part without surprises, use `.copy()`; it also lets the rest go, which a view keeps alive as its `.base`.
#
# ## 6. Memory order
#
# Processors do not fetch single bytes but cache lines, 64 bytes on most machines: eight floats. Reading along a row uses all eight; reading down a column uses one, then needs the next line. Left: the first 16 steps on an 8×8 array. Right: the same sum of 16 million floats, by rows and by columns.

# %%
big = np.ones((4000, 4000))
lines = [np.unique(byte_offsets(part) // 64).size for part in (big[0], big[:, 0])]
print("cache lines that 4,000 floats lie in:", lines[0], "for a row,", lines[1], "for a column")

small = np.ones((8, 8))
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.4))
for view, name in ((small, "by rows"), (small.T, "by columns")):
    addresses = byte_offsets(view).ravel()[:16]
    left.plot(addresses, "o-", linewidth=1)
    left.annotate(name, (15, addresses[-1]), xytext=(6, -4), textcoords="offset points")
left.set(title="A column jumps a line at each step", xlabel="step", ylabel="address in bytes")
left.set(xlim=(-0.5, 20), xticks=range(0, 16, 4), yticks=range(0, 513, 64))
sums = {"by rows": lambda: sum(map(np.sum, big)), "by columns": lambda: sum(map(np.sum, big.T))}
race(sums, title="… which costs time", axes=right)
plt.show()
big = None  # gives the 128 MB back

# %% [markdown]
# Same numbers, same additions, eight times the cache lines. NumPy's own `sum(axis=0)` walks memory in the good order whichever axis you name; your loops, and your choice of what to put in a row, are where it bites.
#
# ## 7. How it fails
#
# Back to the photograph. A `uint8` has eight bits: it counts to 255, then starts again at 0. The Python integer 100 adopts the array's dtype, so the sum is a `uint8` too, and a pixel above 155 loses 156 instead of gaining 100. See what decides the dtype of a result.

# %%
print("200 + 100 =", np.array([200], dtype=np.uint8) + np.array([100], dtype=np.uint8))
print(f"pixels above 155: {(camera > 155).mean():.1%}")
print(f"mean of camera {camera.mean():.2f}, of camera + 100 {brighter.mean():.2f}")
print("dtypes:", (camera + 100).dtype, (camera + np.int16(100)).dtype, (camera + 100.0).dtype)
try:
    camera + 300
except OverflowError as error:
    print("camera + 300:", error)

# %% [markdown]
# 300 does not fit into a `uint8`, so NumPy refuses it; 100 fits, and nobody looks at the sum. (Two *scalars*, single numbers, that overflow at least warn; arrays never do.) The repair has three steps: **widen, clip, narrow.** `astype` converts; `clip` turns what lies outside two limits into the nearer one. The curve shows what both versions do to each of the 256 gray levels.

# %% tags=["borrowed"]
repaired = np.clip(camera.astype(np.int16) + 100, 0, 255).astype(np.uint8)
print(f"mean {repaired.mean():.2f}, darker: {(repaired < camera).mean():.1%}")

levels = np.arange(256, dtype=np.uint8)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), width_ratios=[1.4, 1])
left.plot(levels, levels + 100, ".", markersize=6, color="C5")
left.plot(levels, np.clip(levels.astype(np.int16) + 100, 0, 255), color="C0", linewidth=1.5)
left.text(150, 264, "widen, clip, narrow", color="C0")
left.text(200, 20, "levels + 100", color="C5")
left.set_title("Above 155 the sum wraps around")
left.set(xlabel="gray level before", ylabel="gray level after", ylim=(-5, 290))
right.imshow(repaired, cmap="gray", vmin=0, vmax=255)
right.set_title("Brighter, at last")
right.set_axis_off()
plt.show()

# %% [markdown]
# No pixel is darker now. The sky is plain white, though: what was clipped can't be brought back.
#
# Floats fail more quietly: they run out of digits. A `float32` has about seven, a `float64`, NumPy's usual float, sixteen. Ten million times 0.1 should be a million. `cumsum` adds one after the other; `sum` adds halves of halves (pairwise summation), so that numbers of similar size meet. Which do you trust?

# %%
tenths = np.full(10_000_000, 0.1, dtype=np.float32)
print(f"one after the other: {tenths.cumsum()[-1]:,.0f}")
print(f"pairwise sum:        {tenths.sum():,.0f}")
print(f"sum in float64:      {tenths.sum(dtype=np.float64):,.0f}")

step = np.float32(600_000) + np.float32(0.1) - np.float32(600_000)
print("0.1 added to 600,000 adds", step)

# %% [markdown]
# One after the other is 9 % too large. Beyond half a million, neighboring `float32` numbers lie 1/16 apart, so each 0.1 is rounded to 0.125, millions of times in the same direction. A loop that sums `float32` losses makes this very mistake. Sum in `float64`, or leave summing to the library.
#
# ## 8. The toolbox
#
# Few questions need more than these. `argsort` gives the order instead of the sorted values, `[::-1]` reverses it; `unique` counts; `cumsum` with `searchsorted` finds when a running total passes a mark: when was bike ride number 1,000,000? `default_rng` draws, with a seed, the same sample everywhere.

# %%
busiest = rentals.argsort()[::-1][:3]
print("busiest hours:", busiest, "with", rentals[busiest], "rentals")

levels, counts = np.unique(camera, return_counts=True)
print("gray levels in use:", len(levels), "most common:", levels[counts.argmax()], "(the coat)")

millionth = np.searchsorted(rentals.cumsum(), 1_000_000)
print("the millionth ride:", np.datetime64("2023-01-01T00") + millionth)

sample = np.random.default_rng(4).choice(rentals, size=400, replace=False)
print(f"mean of 400 random hours {sample.mean():.1f}, of all {rentals.mean():.1f}")

# %% [markdown]
# A moving average needs every window of three neighbors. `sliding_window_view` makes them without copying a number: a step to the next window and a step inside it are the same 56 bytes (one row of `hours`), so the windows overlap. `@`, the matrix product, then weighs each window; `einsum` spells it with letters, and sums over what is missing behind `->`.

# %%
from numpy.lib.stride_tricks import sliding_window_view

ten, weights = rentals[:10], np.array([0.25, 0.5, 0.25])
by_hand = [sum(w * x for w, x in zip(weights, ten[i : i + 3], strict=True)) for i in range(8)]
windows = sliding_window_view(ten, 3)  # (windows, places)
print(ten.shape, "->", windows.shape, "strides", windows.strides, np.shares_memory(ten, windows))

smooth = windows @ weights
print(windows.shape, "@", weights.shape, "->", smooth.shape, "same as by hand:", np.allclose(by_hand, smooth))
print("einsum agrees:", np.allclose(smooth, np.einsum("wp,p->w", windows, weights)))
print("(3, 4) @ (4, 2) ->", (np.ones((3, 4)) @ np.ones((4, 2))).shape)

week = sliding_window_view(rentals, 168)
print(f"{week.shape}: looks like {week.nbytes / 1e6:.1f} MB, lives in {hours.nbytes / 1e6:.2f} MB")

# %% [markdown]
# ## In practice
#
# - **Assert shapes where data enters a function**, not where the result looks odd. Write axes as comments: `# (hours, stations)`.
# - **Vectorize the inner loop, and stop there.** When an expression is harder to read than the loop, or its temporaries outgrow memory (every operator makes one), a loop over blocks is better. Lesson 15 measures it.
# - **Choose dtypes on purpose.** Photographs are `uint8` in files and something wider in arithmetic; sums are `float64`.
# - The block of memory is the common currency: pandas columns, scikit-learn's inputs and PyTorch tensors are handed to one another as views where they can be. So faults of section 5 cross library borders.

# %% [markdown]
# ## Check yourself
#
# **1.** What is the shape of an `(8, 1, 6)` array plus a `(7, 1)` array?
# - **a)** none, it is an error
# - **b)** `(8, 1, 6)`
# - **c)** `(8, 7, 6)`
# - **d)** `(7, 1, 6)`
#
# <details><summary>Answer</summary>
#
# **c.** Aligned at the right, 6 meets 1, 1 meets 7, 8 meets nothing. *a* believes that the number of axes must agree; a missing axis counts as 1. *b* believes that the larger array wins, but either one may stretch. *d* aligns from the left.
# </details>
#
# **2.** `row = table[1]`, then `row[:] = 0`. What changes?
# - **a)** only `row`
# - **b)** `row` and `table`
# - **c)** nothing, it is an error
# - **d)** `row`, and `table` only if it holds floats
#
# <details><summary>Answer</summary>
#
# **b.** An integer index makes a view. *a* is what a slice of a *list* would do: it copies. *c*: assigning through a view is allowed (unless the array is read-only). *d*: the dtype does not matter, the recipe does.
# </details>
#
# **3.** What is `np.array([250], np.uint8) + 10`?
# - **a)** `[260]`
# - **b)** `[255]`
# - **c)** an `OverflowError`
# - **d)** `[4]`
#
# <details><summary>Answer</summary>
#
# **d.** 260 − 256. *a* expects Python's integers, which grow; here the 10 becomes a `uint8`. *b* expects saturation, which is what image editors do and NumPy does not. *c* comes only when the Python integer itself does not fit, as 300 does not.
# </details>

# %% [markdown]
# ## In short
#
# - An array is a block of bytes with a dtype, a shape and strides; indexing is a multiplication.
# - The axis you name disappears.
# - Broadcasting aligns at the right and stretches 1s. Equal lengths are no protection: `(n,)` against `(n, 1)` is an `(n, n)` surprise.
# - Slices, reshapes and transposes are views; masks, index lists and arithmetic copy.
# - `uint8` wraps without a word: widen, clip, narrow. `float32` has seven digits: sum in `float64`.
#
# ## Next
#
# [Open the exercises](../../work/01_fundamentals/04_numpy_arrays.ipynb): standardize sensors, fade between photographs, send riders to stations, shrink an image, find the rain spells. Then lesson 05 gives the columns names and the rows times.

# %% tags=["claims"]
assert f"{darker:.1%}" == "46.6%"
assert (camera.shape, camera.dtype, camera.strides, camera.nbytes) == ((512, 512), np.uint8, (512, 1), 262_144)
assert block[address] == camera[200, 300]
assert (list_bytes, floats.nbytes) == (32_000_056, 8_000_000)
assert standardized.round(3).tolist() == [-1.414, -0.707, 0.0, 0.707, 1.414]
assert f"{array.std():.3f} {array.std(ddof=1):.3f}" == "1.414 1.581"
assert hours.shape == (17_544, 7) and riders.sum(axis=0).tolist() == [1_677_219, 631_658]
assert by_day.shape == (731, 24)
assert (by_day[:84].mean(axis=0).argmax(), by_day[85:301].mean(axis=0).argmax()) == (17, 16)
assert round(wet.mean(), 3) == 0.122
assert [round(rentals[mask].mean(), 1) for mask in (wet, ~wet)] == [75.9, 139.3]
assert wet_by_day[:31].mean() > 2 * wet_by_day[181:212].mean()
assert distance.shape == (20, 20) and round(distance.max(), 2) == 9.11
assert ((y - p) ** 2).mean() == 4.0 and ((y - lazy) ** 2).mean() == 2.0
assert round(17_544**2 * 8 / 1e9, 2) == 2.46
assert camera[::2, ::2].strides == (1024, 2) and not camera[::2, ::2].flags.c_contiguous
assert [np.shares_memory(camera, result) for result in six.values()] == [True, False, False, True, True, False]
assert lines == [500, 4000]
assert [round(picture.mean(), 2) for picture in (camera, camera + 100, repaired)] == [129.06, 109.87, 211.65]
assert not (repaired < camera).any()
assert 1.08e6 < tenths.cumsum()[-1] < 1.10e6 and abs(tenths.sum() - 1e6) < 0.5 and step == 0.125
assert str(np.datetime64("2023-01-01T00") + millionth) == "2023-11-28T17" and rentals.max() == 769
assert windows.shape == (8, 3) and windows.strides == (56, 56) and np.shares_memory(ten, windows)
