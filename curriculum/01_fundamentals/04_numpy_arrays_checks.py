"""Checks of `01_fundamentals/04_numpy_arrays`: independent oracles in plain Python, exact where that is possible."""

import itertools
import statistics
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from handrail.expect import Watched, agree, arrays, between, call, close, hints, kind, numbers, require


@hints(
    "Which numbers should be left: one for the table, one for each row, or one for each column?",
    "The axis you name disappears. A shape (sensors,) then meets (readings, sensors), aligned at the right.",
    "Don't divide a constant column by its spread. To find one without arithmetic: which two reductions agree there?",
)
def check_column_z_scores(column_z_scores):
    moving = (between(2, 5), between(1, 4))
    tables = [arrays(dtype, shape=moving, distinct=True) for dtype in (float, int, np.uint8)]
    agree(column_z_scores, _by_column, on=st.one_of(tables), examples=40)

    few_values = st.sampled_from([2.5, 0.0, -1.0])  # makes constant columns, the more so in one row
    agree(column_z_scores, _by_column, on=arrays(few_values, shape=(between(1, 3), between(1, 3))), examples=20)

    rounded_mean, tiny_steps = np.full((3, 1), 0.1), np.array([[0.0, 7.0], [1e-9, 8.0]])
    agree(column_z_scores, _by_column, on=st.sampled_from([rounded_mean, tiny_steps]), examples=4)


def _by_column(table):
    return np.array([_z_scores(column) for column in table.T.tolist()]).T.reshape(table.shape)


def _z_scores(column):
    if len(set(column)) == 1:
        return [0.0] * len(column)
    mean, spread = statistics.fmean(column), statistics.pstdev(column)
    return [(value - mean) / spread for value in column]


def column_z_scores__whole_table(table):
    """You used one mean and one spread for the whole table. Each sensor has its own: reduce along one axis only."""
    return (table - table.mean()) / table.std()


def column_z_scores__row_wise(table):
    """You standardized each row. The axis you name disappears, so name the one that counts the readings."""
    centered = table - table.mean(axis=1, keepdims=True)
    return centered / table.std(axis=1, keepdims=True)


def column_z_scores__rows_unaligned(table):
    """With `axis=1` one number for each reading is left; (readings,) does not line up with (readings, sensors). Name
    the axis that should disappear.
    """
    return (table - table.mean(axis=1)) / table.std(axis=1)


def column_z_scores__divides_by_zero(table):
    """A constant column became nan: its spread is 0, and 0/0 is not a number. Every reading equals the mean, so it lies
    0 deviations away.
    """
    return (table - table.mean(axis=0)) / table.std(axis=0)


def column_z_scores__writes_in_place(table):
    """You wrote the result into the table that you were given. The caller still needs it: make a new array."""
    table -= table.mean(axis=0)
    table /= np.where(table.std(axis=0) == 0, 1, table.std(axis=0))
    return table


def column_z_scores__sample_deviation(table):
    """You divided by the sample standard deviation (`ddof=1`), the one of statistics courses. The task asks for the
    population's, which divides by n.
    """
    spread = table.std(axis=0, ddof=1)
    return (table - table.mean(axis=0)) / np.where(spread == 0, 1, spread)


def column_z_scores__trusts_zero(table):
    """You look for a standard deviation of exactly 0. The mean of equal numbers can be rounded, and then their
    deviation is a tiny number instead of 0: compare the readings themselves.
    """
    spread = table.std(axis=0)
    return (table - table.mean(axis=0)) / np.where(spread == 0, 1, spread)


def column_z_scores__small_is_zero(table):
    """You take a small spread for none. A sensor that counts in billionths moves by billionths: ask whether its
    readings are equal, not whether they are close.
    """
    spread = table.std(axis=0)
    still = np.isclose(spread, 0)
    return np.where(still, 0, (table - table.mean(axis=0)) / np.where(still, 1, spread))


def column_z_scores__adds_epsilon(table):
    """A small number added to the spread avoids 0/0, but changes every result, and it swallows a sensor that moves by
    billionths. Treat constant columns by themselves.
    """
    return (table - table.mean(axis=0)) / (table.std(axis=0) + 1e-8)


def column_z_scores__keeps_integers(table):
    """Your result has the type of the table, and a table of integers has no room for decimals: they were cut off."""
    result = np.zeros_like(table)
    for at, column in enumerate(table.T):
        if column.max() > column.min():
            result[:, at] = (column - column.mean()) / column.std()
    return result


@hints(
    "What type does each operation of your formula return, and can that type hold every value on the way?",
    "Do the arithmetic in floats. On the way back to uint8, what happens to 149.9?",
    "Three steps: widen, mix, round; only then narrow. `astype` alone cuts the decimals off.",
)
def check_cross_fade(cross_fade):
    def photograph(first, second, share):
        faded = cross_fade(first, second, share)
        kind(faded, np.ndarray)
        return faded

    agree(photograph, _nearest_levels, on=_pairs_of_pictures(_shares_without_halves()), examples=50, exact_dtype=True)

    def halves(first, second, share):
        close(photograph(first, second, share).astype(float), (1 - share) * first + share * second, atol=0.5, rtol=0)

    for share in (0.5, 0.25):  # a half may be rounded either way
        halves(np.array([[200, 0, 7, 255]], dtype=np.uint8), np.array([[100, 255, 8, 254]], dtype=np.uint8), share)


def _shares_without_halves():
    """Shares whose mixtures of integers never lie halfway between two integers: odd denominators."""
    fractions = [Fraction(k, n) for n in (1, 3, 5, 9) for k in range(n + 1)]
    return st.sampled_from(sorted({float(fraction) for fraction in fractions}))


@st.composite
def _pairs_of_pictures(draw, shares):
    shape = draw(st.sampled_from([(1, 1), (1, 2), (2, 3), (1, 2, 3)]))
    first, second = draw(arrays(np.uint8, shape=shape)), draw(arrays(np.uint8, shape=shape))
    return call(first, second, draw(shares))


def _nearest_levels(first, second, share):
    """Mix in exact fractions, pixel by pixel."""
    exact = Fraction(share).limit_denominator(9)
    pairs = zip(first.ravel().tolist(), second.ravel().tolist(), strict=True)
    levels = [round((1 - exact) * a + exact * b) for a, b in pairs]
    return np.array(levels, dtype=np.uint8).reshape(first.shape)


def cross_fade__difference_wraps(first, second, share):
    """`second - first` is computed in uint8, where 10 − 200 is 66. The shortcut needs a type that knows negative
    numbers.
    """
    return np.rint(first + share * (second - first)).astype(np.uint8)


def cross_fade__wraps_around(first, second, share):
    """You stayed with integers, but a uint8 times an integer is still a uint8: every product wraps around at 256. Widen
    first.
    """
    percent = round(100 * share)
    return (first * (100 - percent) + second * percent) // 100


def cross_fade__cuts_off(first, second, share):
    """`astype` cuts decimals off: 149.9 became 149. Round to the nearest before you convert."""
    return ((1 - share) * first + share * second).astype(np.uint8)


def cross_fade__stays_float(first, second, share):
    """The values are right, the type is not: a photograph is uint8, one byte for each value, and yours takes eight."""
    return np.rint((1 - share) * first + share * second)


def cross_fade__other_way_round(first, second, share):
    """Your fade runs backward: at share 0 it shows the second photograph. Which of the two does `share` belong to?"""
    return np.rint(share * first + (1 - share) * second).astype(np.uint8)


@hints(
    "Imagine a table, a row for each rider, a column for each station. What stands in it, what do you ask of a row?",
    "Riders (n, 1, 2) and stations (1, m, 2) meet in (n, m, 2). `None` in an index adds an axis of length 1.",
    "Square the differences, let the axis of coordinates disappear, then ask where each rider's smallest entry is.",
)
def check_nearest_station(nearest_station):
    def indices(riders, stations):
        nearest = nearest_station(riders, stations)
        numbers_of_nearest = np.asarray(nearest)
        fits = numbers_of_nearest.dtype.kind in "iu" or not numbers_of_nearest.size
        require(fits, "The result should hold integers: each is used as an index of a station.")
        return nearest

    agree(indices, _nearest_by_loops, on=_maps(), examples=40)
    many = np.arange(120.0).reshape(60, 2) % 17
    nearest_station(Watched.of(many), np.array([[0.5, 1.0], [9.0, 3.0]]))  # a loop over the few stations would be fine


@st.composite
def _maps(draw):
    place = draw(st.sampled_from([numbers(-3, 3, step=1), numbers(-4, 4, step=0.25)]))  # the coarse grid makes ties
    riders, stations = draw(between(1, 5)), draw(between(1, 5))
    return call(draw(arrays(place, shape=(riders, 2))), draw(arrays(place, shape=(stations, 2))))


def _nearest_by_loops(riders, stations):
    nearest = []
    for x, y in riders.tolist():
        squares = [Fraction(x - a) ** 2 + Fraction(y - b) ** 2 for a, b in stations.tolist()]
        nearest.append(squares.index(min(squares)))
    return np.array(nearest)


def nearest_station__wrong_axis(riders, stations):
    """You returned one rider for each station. The question was one station for each rider: which axis is left?"""
    return ((riders[:, None] - stations[None]) ** 2).sum(axis=-1).argmin(axis=0)


def nearest_station__city_block(riders, stations):
    """You added the two distances along the axes. That is the way through streets; the straight line needs squares."""
    return np.abs(riders[:, None] - stations[None]).sum(axis=-1).argmin(axis=1)


def nearest_station__distance_itself(riders, stations):
    """You returned how far the nearest station is. The rider asked which one: its position, not its distance."""
    return np.sqrt(((riders[:, None] - stations[None]) ** 2).sum(axis=-1)).min(axis=1)


def nearest_station__last_of_equals(riders, stations):
    """Of two stations equally near you chose the later one. `argmin` returns the first smallest that it sees."""
    squares = ((riders[:, None] - stations[None]) ** 2).sum(axis=-1)
    return len(stations) - 1 - squares[:, ::-1].argmin(axis=1)


def nearest_station__loops(riders, stations):
    """Right, but you visit the riders one by one in Python, and there may be a million. Give them an axis of their own
    and let one expression do all.
    """
    return np.array([((stations - rider) ** 2).sum(axis=1).argmin() for rider in riders])


@hints(
    "First cut off what fills no block. Then: how many blocks fit down, how many across, and what is inside one?",
    "A reshape to four axes splits each axis in place: rows into (blocks, rows of a block), and columns likewise.",
    "In the shape with four axes, which two belong to the inside of a block? `mean` takes a tuple of axes.",
)
def check_block_means(block_means):
    def with_shape(image, size):
        means = block_means(image, size)
        grid = (image.shape[0] // size, image.shape[1] // size)
        # a list can't say that it has 0 rows of 2
        return np.empty(grid) if isinstance(means, list) and 0 in grid and not np.size(means) else means

    agree(with_shape, _means_by_loops, on=_images(), examples=50)
    too_small = [call(np.ones((rows, columns)), size) for rows, columns, size in ((1, 1, 2), (2, 5, 3), (4, 1, 2))]
    agree(with_shape, _means_by_loops, on=st.sampled_from(too_small), examples=6)


@st.composite
def _images(draw):
    """Draw an image with at least one complete block."""
    dtype = draw(st.sampled_from([float, np.uint8, int]))
    size = draw(st.sampled_from([2, 3, 1]))
    return call(draw(arrays(dtype, shape=(between(size, 7), between(size, 7)))), size)


def _means_by_loops(image, size):
    rows, columns = image.shape[0] // size, image.shape[1] // size
    means = np.empty((rows, columns))
    for i, j in itertools.product(range(rows), range(columns)):
        block = [image[i * size + k, j * size + m] for k in range(size) for m in range(size)]
        means[i, j] = statistics.fmean(map(float, block))
    return means


def block_means__takes_samples(image, size):
    """You kept one pixel of each block and threw the others away. The task asks for the mean of all of them."""
    return image[::size, ::size]


def block_means__scrambled(image, size):
    """Your blocks hold pixels that are neighbors in memory, not squares. `reshape` splits axes in memory order: each
    axis must be split in its own place.
    """
    down, across = image.shape[0] // size, image.shape[1] // size
    whole = image[: down * size, : across * size]
    return whole.reshape(down, across, size, size).mean(axis=(2, 3))


def block_means__needs_multiples(image, size):
    """An image whose height or width is no multiple of the size cannot be cut into equal blocks. What should happen to
    the rest?
    """
    height, width = image.shape
    return image.reshape(height // size, size, width // size, size).mean(axis=(1, 3))


def block_means__cuts_minus_zero(image, size):
    """You cut off the rest with a negative index. If nothing is left over, that index is -0, and `[:-0]` is `[:0]`: an
    empty image.
    """
    whole = image[: -(image.shape[0] % size), : -(image.shape[1] % size)]
    height, width = whole.shape
    return whole.reshape(height // size, size, width // size, size).mean(axis=(1, 3))


def block_means__keeps_the_rest(image, size):
    """You also averaged the blocks that the edge cuts through. The task drops them: only complete blocks count."""
    rows, columns = range(0, image.shape[0], size), range(0, image.shape[1], size)
    return np.array([[image[i : i + size, j : j + size].mean() for j in columns] for i in rows])


@hints(
    "A run starts where a False turns into a True. How do you see every turn at once, without a loop?",
    "The difference of neighbors is 1 where a run starts and −1 just behind its end, if the flags are integers.",
    "The first and the last flag have one neighbor only. What could stand beside them to give every run two edges?",
)
def check_run_lengths(run_lengths):
    def runs(flags):
        found = run_lengths(flags)
        for part in found if isinstance(found, tuple) else ():
            numbers_of_part = np.asarray(part)
            fits = numbers_of_part.dtype.kind in "iu" or not numbers_of_part.size
            require(fits, "Starts and lengths should be integers.")
        return found

    short = [np.array(flags, dtype=bool) for n in (1, 2, 3, 4) for flags in itertools.product([0, 1], repeat=n)]
    agree(runs, _runs_by_groups, on=arrays(bool, size=between(1, 12)), also=list(map(call, short)), examples=40)
    agree(runs, _runs_by_groups, on=st.just(np.array([], dtype=bool)), examples=1)
    run_lengths(Watched.of(np.arange(60) % 7 < 4))


def _runs_by_groups(flags):
    starts, lengths, at = [], [], 0
    for flag, group in itertools.groupby(flags.tolist()):
        length = len(list(group))
        if flag:
            starts.append(at)
            lengths.append(length)
        at += length
    return np.array(starts, dtype=int), np.array(lengths, dtype=int)


def run_lengths__misses_the_edges(flags):
    """A run that touches the first or the last flag has no neighbor to differ from there, so it lacks a start or an
    end. Give it one.
    """
    edges = np.diff(flags.astype(int))
    starts = np.flatnonzero(edges == 1) + 1
    return starts, np.flatnonzero(edges == -1) + 1 - starts


def run_lengths__sign_lost(flags):
    """You counted the dry spells between as well. The difference of booleans is True at starts *and* ends; integers
    also say which.
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False]))))
    return edges[:-1], np.diff(edges)


def run_lengths__end_for_length(flags):
    """Your second array says where the runs end. A length is the end minus the start."""
    edges = np.diff(np.concatenate(([0], flags.astype(int), [0])))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def run_lengths__one_too_short(flags):
    """You took the last True minus the first. A spell from hour 3 to hour 5 lasts three hours, not two."""
    edges = np.diff(np.concatenate(([0], flags.astype(int), [0])))
    starts = np.flatnonzero(edges == 1)
    return starts, np.flatnonzero(edges == -1) - 1 - starts


def run_lengths__loops(flags):
    """Right, but you visit the flags one by one in Python. All starts can be found in one expression, and all ends in
    another.
    """
    starts, lengths = [], []
    for at, flag in enumerate(flags):
        if flag and (at == 0 or not flags[at - 1]):
            starts.append(at)
            lengths.append(0)
        if flag:
            lengths[-1] += 1
    return np.array(starts, dtype=int), np.array(lengths, dtype=int)
