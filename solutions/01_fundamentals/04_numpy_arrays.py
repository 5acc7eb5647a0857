# %% [markdown]
# # Exercises: Compute with whole arrays
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(column_z_scores)` gives the next of three hints, `solution(column_z_scores)` the answer. Any order; `progress()` says where you are.

# %%
import numpy as np

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Make sensors comparable  ★☆☆ · 10 min
# A weather mast records degrees, percent and millimeters, one column per sensor. Express every reading as its distance from the mean of its own column, in standard deviations. A sensor that never moved shows exactly the same reading all the time. That is its mean, so its column becomes 0.


# %%
def column_z_scores(table: np.ndarray) -> np.ndarray:
    """Return each column of `table` minus its mean, divided by its population standard deviation.

    The population's divides the sum of squares by n, not by n - 1. Shape `(readings, sensors)` in and out. A column of
    exactly equal readings becomes 0. The argument stays unchanged.

    >>> column_z_scores(np.array([[1, 20, 7], [3, 60, 7]]))
    array([[-1., -1.,  0.],
           [ 1.,  1.,  0.]])
    """
    # BEGIN SOLUTION
    spread = table.std(axis=0)
    spread[table.max(axis=0) == table.min(axis=0)] = np.inf  # whatever is divided by it becomes 0
    return (table - table.mean(axis=0)) / spread
    # END SOLUTION


# %%
check(column_z_scores)

# %% [markdown] tags=["solution"]
# `axis=0` names the readings, so one number per sensor remains, and `(n, k)` with `(k,)` broadcasts it over the rows. Two traps: dividing by a spread of 0, and trusting `std() == 0` to find it. The mean of three times 0.1 is rounded to 0.10000000000000002, so that column's standard deviation is not 0 but 1e-17, and its readings become −1. Asking whether the largest equals the smallest needs no arithmetic, so nothing is rounded.

# %% [markdown]
# ## 2. Fade from one photograph to the next  ★☆☆ · 10 min
# A slide show blends two photographs of the same size: at `share` 0 you see the first, at 1 the second, between them a mixture. Write one frame of the fade, as a photograph that can be saved again: `uint8`, every value rounded to the nearest integer. An exact half may go up or down.


# %%
def cross_fade(first: np.ndarray, second: np.ndarray, share: float) -> np.ndarray:
    """Return `(1 - share) * first + share * second`, rounded to the nearest integer, as `uint8`.

    Both pictures are `uint8` arrays of the same shape: gray (two axes) or color (a third one, of 3 or 4 channels).
    `share` lies between 0 and 1, both included.

    >>> cross_fade(np.array([[0, 200]], dtype=np.uint8), np.array([[10, 100]], dtype=np.uint8), 0.3)
    array([[  3, 170]], dtype=uint8)
    """
    # BEGIN SOLUTION
    mixture = (1 - share) * first.astype(float) + share * second.astype(float)
    return np.rint(mixture).astype(np.uint8)
    # END SOLUTION


# %%
check(cross_fade)

# %% [markdown] tags=["solution"]
# Widen, compute, round, narrow. A Python float times a `uint8` array is a float array already, so the formula as written is safe, and `astype(float)` only says so aloud. The popular shortcut `first + share * (second - first)` is not: the difference is taken in `uint8` first, and 10 − 200 is 66 there. And `astype(np.uint8)` cuts decimals off, so 149.9 becomes 149 unless you round.

# %% [markdown]
# ## 3. Send riders to the nearest station  ★★☆ · 15 min
# An app sees riders and stations on a map, in kilometers east and north. Tell each rider the index of the station nearest in a straight line; of two equally near, the one with the lower index. There may be a million riders, so do not loop over them in Python.


# %%
def nearest_station(riders: np.ndarray, stations: np.ndarray) -> np.ndarray:
    """Return for each rider the index of the nearest station: integers, shape `(n,)`.

    `riders` has shape `(n, 2)`, where n may be 0; `stations` has `(m, 2)` and at least one. Ties go to the lower index.

    >>> nearest_station(np.array([[0.0, 1.0], [5.0, 5.0]]), np.array([[4.0, 4.0], [0.0, 0.0]]))
    array([1, 0])
    """
    # BEGIN SOLUTION
    steps = riders[:, None, :] - stations[None, :, :]  # (riders, stations, coordinates)
    return (steps**2).sum(axis=2).argmin(axis=1)
    # END SOLUTION


# %%
check(nearest_station)

# %% [markdown] tags=["solution"]
# `(n, 1, 2)` with `(1, m, 2)` gives every step from every rider to every station; the sum removes the coordinates, `argmin` the stations, and one number per rider is left. Squares keep the order of distances, so no root is needed, and `argmin` returns the first minimum, which is the tie rule. For a million riders and 20 stations the steps weigh 320 MB: work in blocks, or ask SciPy's `cKDTree`.

# %% [markdown]
# ## 4. Shrink a satellite image  ★★☆ · 20 min
# A satellite image is too large to send. Replace each block of `size` × `size` pixels by its mean. Blocks that the right or lower edge cuts through are dropped; an image smaller than a block gives an array without entries.


# %%
def block_means(image: np.ndarray, size: int) -> np.ndarray:
    """Return the mean of each complete `size` × `size` block of a gray image, shape `(height // size, width // size)`.

    The means are floats, whatever the type of the image.

    >>> block_means(np.array([[1, 3, 9], [5, 7, 9], [9, 9, 9]]), 2)
    array([[4.]])
    """
    # BEGIN SOLUTION
    down, across = image.shape[0] // size, image.shape[1] // size
    whole = image[: down * size, : across * size]
    return whole.reshape(down, size, across, size).mean(axis=(1, 3))
    # END SOLUTION


# %%
check(block_means)

# %% [markdown] tags=["solution"]
# `reshape` cuts each axis where it stands, in memory order: rows into `(down, size)`, columns into `(across, size)`. The two axes of length `size` are the inside of a block, and averaging over them leaves the grid of blocks. `reshape(down, across, size, size)` has the right number of elements and the wrong neighbors. Trim with `down * size`, not with `-(height % size)`: if nothing is left over, `[:-0]` is empty.

# %% [markdown]
# ## 5. Find the rain spells  ★★★ · 25 min
# For two years a gauge says for every hour whether it rained. A meteorologist wants the spells: at which hour each one starts, and how many hours it lasts. Write it without a Python loop, and mind spells that touch the first or the last hour.


# %%
def run_lengths(flags: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the start index and the length of every run of True in a one-dimensional boolean array, in order.

    Both are arrays of integers. Flags without a True, or without any entry, give two empty ones.

    >>> run_lengths(np.array([False, True, True, False, True]))
    (array([1, 4]), array([2, 1]))
    """
    # BEGIN SOLUTION
    edges = np.diff(np.concatenate(([0], flags.astype(int), [0])))
    starts = np.flatnonzero(edges == 1)
    ends = np.flatnonzero(edges == -1)
    return starts, ends - starts
    # END SOLUTION


# %%
check(run_lengths)

# %% [markdown] tags=["solution"]
# As integers, a run begins where the difference is 1 and has ended where it is −1. A dry hour added at both ends gives every run both edges, so `starts` and `ends` are always equally long and in step; it also moves the differences so that their indices are the flags' own. Booleans would not do: `np.diff` of booleans says *that* something changed, not in which direction.
