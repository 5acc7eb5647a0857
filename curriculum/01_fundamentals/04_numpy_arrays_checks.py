"""Checks of `01_fundamentals/04_numpy_arrays`: independent oracles in plain Python, exact where that is possible."""

import itertools
import statistics
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from handrail.expect import (
    Mismatch,
    agree,
    arrays,
    between,
    call,
    calls,
    close,
    for_all,
    hints,
    numbers,
    require,
    vectorized,
)


@hints(
    "Which numbers should be left: one for the table, one for each row, or one for each column?",
    "The axis you name disappears. A shape (sensors,) then meets (readings, sensors), aligned at the right.",
    "Don't divide a constant column by its spread. To find one without arithmetic: which two reductions agree there?",
)
def check_column_z_scores(column_z_scores):
    def scores(table):
        found = column_z_scores(table)
        objects = isinstance(found, np.ndarray) and found.dtype.kind == "O"
        require(not objects, "The result should hold numbers, not Python objects.")
        return found

    moving = (between(2, 5), between(1, 4))
    tables = [arrays(dtype, shape=moving, distinct=True) for dtype in (float, int, np.uint8)]
    agree(scores, _by_column, on=st.one_of(tables), examples=30)

    few_values = st.sampled_from([1.0, -1.0, 0.0, 2.5])  # makes constant columns, the more so in one row
    agree(scores, _by_column, on=arrays(few_values, shape=(between(1, 5), between(1, 3))), examples=30)

    for why, table in _telling_tables():
        close(scores(table.copy()), _by_column(table), given=call(table), why=why)

    table = np.array([[0.1], [0.3], [0.7]])
    scores(mine := table.copy())
    touched = "Your function changed the last digits of its argument. Work on a copy."
    require((mine == table).all(), touched, call(table))


def _telling_tables():
    """Return tables that a search hardly meets, each with what is special about it."""
    pressure, outlier = np.array([[1e5], [1e5 + 0.5]]), np.array([[0.0]] * 19 + [[10.0]])
    yield "All readings are the same, so the column is constant.", np.full((3, 1), 0.1)
    yield "The first sensor moves, if only by a billionth.", np.array([[0.0, 7.0], [1e-9, 8.0]])
    yield "The air pressure moves by half a pascal: little beside its size, but it moves.", pressure
    yield "All readings are the same, so the column is constant.", np.full((3, 1), 123456789.1)
    yield "The readings are large beside their spread.", np.array([[1e8 + 1], [1e8 + 2], [1e8 + 4]])
    yield "One of the readings lies more than four deviations off.", outlier
    yield "The table has 1,200 readings of each sensor.", np.arange(2400.0).reshape(1200, 2) % 97
    yield "The table has 120 sensors.", np.arange(360.0).reshape(3, 120) ** 2 % 97


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
    """You rely on the standard deviation of equal readings being exactly 0. Their mean can be rounded, and then it is a
    tiny number instead: compare the readings themselves.
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
    def frame(first, second, share, why=""):
        faded = cross_fade(first, second, share)
        nearest = _nearest_levels(first, second, share, faded)
        close(faded, nearest, given=call(first, second, share), exact_dtype=True, why=why)

    gray, white = np.array([[0, 40, 255]], dtype=np.uint8), np.array([[100, 7, 255]], dtype=np.uint8)
    for_all(frame, on=_pairs_of_pictures(), also=[call(gray, white, share) for share in (0.0, 1.0)], examples=40)

    for one, other, share, exact in ((139, 35, 0.1, 128.6), (0, 181, 0.279, 50.499), (0, 5, 0.101, 0.505)):
        pixels = np.array([[one]], dtype=np.uint8), np.array([[other]], dtype=np.uint8)
        frame(*pixels, share, f"The mixture is exactly {exact}.")

    large = np.arange(120 * 3 * 4).reshape(120, 3, 4)
    first, second = (large * 7 % 256).astype(np.uint8, order="F"), (large * 31 % 251).astype(np.uint8)
    frame(first, second, 0.3, "The pictures have 120 rows, and one of them is laid out in memory by columns.")


@st.composite
def _pairs_of_pictures(draw):
    dimensions = draw(st.sampled_from([(1, 1), (1, 2), (2, 3), (1, 2, 3), (1, 1, 4)]))
    first, second = draw(arrays(np.uint8, shape=dimensions)), draw(arrays(np.uint8, shape=dimensions))
    return call(first, second, draw(st.sampled_from([0.25, 0.5, 0.1, 0.3, 0.7, 0.9, 0.0, 1.0])))


def _nearest_levels(first, second, share, faded):
    """Mix in whole thousandths; of the two levels beside an exact half, take the one in `faded`."""
    thousandths = round(1000 * share)
    mixture = (1000 - thousandths) * first.astype(int) + thousandths * second.astype(int)
    level, rest = np.divmod(mixture + 500, 1000)
    if getattr(faded, "shape", None) == first.shape:
        level = np.where((rest == 0) & (faded == level - 1), level - 1, level)
    return level.astype(np.uint8)


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
    """`astype` cuts decimals off, so that 149.9 would become 149. Round to the nearest before you convert."""
    return ((1 - share) * first + share * second).astype(np.uint8)


def cross_fade__stays_float(first, second, share):
    """The values are right, the type is not: a photograph is a `uint8` array, with one byte for each value."""
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
        require(_integers(nearest), "The result should hold integers: each is used as an index of a station.")
        return nearest

    agree(indices, _nearest_by_loops, on=_maps(), examples=40)
    for why, riders, stations in _telling_maps():
        given = call(np.array(riders), np.array(stations))
        close(indices(*given.copy().args), _nearest_by_loops(*given.args), given=given, why=why)

    many = np.arange(420.0).reshape(210, 2) % 17
    stations = np.array([[9.0, 3.0], [0.5, 1.0], [16.0, 16.0]])  # a loop over the few stations is fine
    vectorized(nearest_station, small=call(many[:4], stations), large=call(many, stations))

    nobody = call(np.empty((0, 2)), np.ones((3, 2)))
    close(indices(*nobody.args), np.array([], dtype=int), given=nobody, why="There are no riders.")
    along_the_coast = np.stack([np.arange(1500.0), np.zeros(1500)], axis=1)
    given = call(np.array([[3.2, 1.0], [256.0, 0.0], [1400.4, 2.0]]), along_the_coast)
    close(indices(*given.copy().args), np.array([3, 256, 1400]), given=given, why="There are 1,500 stations.")
    given = call(along_the_coast[np.arange(5000) % 11], np.array([[0.0, 0.0], [10.0, 0.0]]))
    east = given.args[0][:, 0]
    close(indices(*given.copy().args), (east > 5).astype(int), given=given, why="There are 5,000 riders.")


def _integers(values):
    """Say whether these are integers, as far as that can be seen; an empty list may be anything."""
    if hasattr(values, "dtype"):
        return "int" in str(values.dtype).lower()
    return not isinstance(values, list) or all(isinstance(value, int | np.integer) for value in values)


def _telling_maps():
    """Return riders and stations that a search hardly meets, each pair with what is special about it."""
    circle = [[x, y] for x in range(-5, 6) for y in range(-5, 6) if x * x + y * y == 25]
    yield "All stations stand at one place.", [[0.0, 0.0], [1.0, 1.0]], [[1.0, 1.0]] * 20
    yield "All stations are 5 km away.", [[0, 0]], circle[::-1]
    yield "The second station is a millimeter nearer.", [[0.0, 0.0]], [[1.000001, 0.0], [1.0, 0.0]]
    yield "The rider stands at the second station.", [[691.0, 5334.0]], [[691.0, 5334.00005], [691.0, 5334.0]]
    yield "Both stations are more than 1,000 km away.", [[0.0, 0.0]], [[3000.0, 0.0], [2000.0, 0.0]]
    yield "A kilometer east is as long as one north.", [[0.0, 60.0]], [[1.5, 60.0], [0.0, 61.0]]


def _maps():
    """Generate maps on a grid: many ties, and none that a rounded root would break."""
    grids = [numbers(-1, 1, step=1), numbers(-1.5, 1.5, step=0.5)]
    return st.one_of(
        [calls(arrays(grid, shape=(between(1, 3), 2)), arrays(grid, shape=(between(1, 6), 2))) for grid in grids]
    )


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
    """You visit the riders one by one in Python, and there may be a million. Give them an axis of their own and let one
    expression do all.
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

    agree(with_shape, _means_by_loops, on=_images(), examples=40)
    too_small = [call(np.ones((rows, columns)), size) for rows, columns, size in ((1, 1, 2), (2, 5, 3), (4, 1, 2))]
    agree(with_shape, _means_by_loops, on=st.sampled_from(too_small), examples=6)
    for why, image, size in _telling_images():
        close(with_shape(image.copy(), size), _means_by_loops(image, size), given=call(image, size), why=why)


@st.composite
def _images(draw):
    """Draw an image with at least one complete block."""
    dtype = draw(st.sampled_from([float, np.uint8, int]))
    size = draw(st.sampled_from([2, 3, 1]))
    return call(draw(arrays(dtype, shape=(between(size, 7), between(size, 7)))), size)


def _telling_images():
    """Return images that a search hardly meets, each with what is special about it."""
    yield "The values need more than 11 bits.", np.array([[2049, 40001]], dtype=np.uint16), 1
    yield "Large values cancel in the mean.", np.array([[16777217, -16777216], [0, 0]]), 2
    yield "A huge pixel stands beside a small one, in another block.", np.array([[1e17, 1.0]]), 1
    yield "The sum of a block needs more than 16 bits.", np.full((17, 17), 255, dtype=np.uint8), 17
    yield "The image has 220 rows.", (np.arange(1540).reshape(220, 7) * 37 % 251).astype(np.uint8), 3


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
        parts = found if isinstance(found, tuple | list) else (found,)
        require(all(_integers(part) for part in parts), "Starts and lengths should be integers.")
        return found

    short = [np.array(flags, dtype=bool) for n in (1, 2, 3, 4) for flags in itertools.product([0, 1], repeat=n)]
    agree(runs, _runs_by_groups, on=arrays(bool, size=between(1, 12)), also=list(map(call, short)), examples=40)
    agree(runs, _runs_by_groups, on=st.just(np.array([], dtype=bool)), examples=1)

    def every_second(flags):
        try:
            found = runs(flags[::2])
        except Mismatch:
            raise
        except Exception as error:
            raise Mismatch(f"Given `flags[::2]`, every second flag of a record, it raised {error}") from error
        close(found, _runs_by_groups(flags[::2]), why="It was given `flags[::2]`, every second flag of a record.")

    for_all(every_second, on=arrays(bool, size=between(3, 6)), examples=5)

    many = np.arange(600) % 3 > 0
    vectorized(run_lengths, small=call(many[:6]), large=call(many))

    for why, pieces in _long_records():
        flags = np.concatenate([np.full(length, raining) for raining, length in pieces])
        close(runs(flags.copy()), _runs_of_pieces(pieces), given=call(flags), why=why)


def _long_records():
    """Return records as pieces, dry or wet and how long, each with what is special about it."""
    days = [(False, 1), (True, 2)] * 5847 + [(False, 2), (True, 1)]
    yield "It rained for 30 hours on end.", [(True, 30)]
    yield "It rained for 256 hours on end.", [(False, 3), (True, 256), (False, 1)]
    yield "Two years have 17,544 hours.", days
    yield "It rained for 70,000 hours on end.", [(True, 70_000)]
    yield "It was dry for 70,000 hours before the rain.", [(False, 70_000), (True, 1)]


def _runs_of_pieces(pieces):
    lengths = np.array([length for _, length in pieces])
    wet = np.array([raining for raining, _ in pieces])
    return (lengths.cumsum() - lengths)[wet], lengths[wet]


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
    """You visit the flags or the spells one by one in Python. All starts can be found in one expression, and all ends
    in another.
    """
    starts, lengths = [], []
    for at, flag in enumerate(flags):
        if flag and (at == 0 or not flags[at - 1]):
            starts.append(at)
            lengths.append(0)
        if flag:
            lengths[-1] += 1
    return np.array(starts, dtype=int), np.array(lengths, dtype=int)
