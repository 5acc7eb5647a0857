"""Answers to 01_fundamentals/04_numpy_arrays by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import itertools
import math
import random
import re
import statistics
from collections import namedtuple
from fractions import Fraction

import numpy as np
import pandas as pd
from scipy import ndimage
from scipy.optimize import linear_sum_assignment
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist
from skimage.measure import block_reduce
from sklearn.neighbors import NearestNeighbors

# 1. column_z_scores


def _is_constant(table):
    """Say which columns hold one and the same value in all their readings, also in a table without readings."""
    return (table == table[:1]).all(axis=0)


def _z(table):
    """Return the right z scores."""
    table = np.array(table, dtype=float)
    if not table.size:
        return table
    constant = _is_constant(table)
    deviation = np.where(constant, 0.0, table - table.mean(axis=0))
    return deviation / np.where(constant, 1.0, table.std(axis=0))


def right__column_z_scores__compare_with_first_row(table):
    return _z(table)


def right__column_z_scores__largest_equals_smallest(table):
    if table.shape[0] == 0:
        return np.zeros(table.shape)
    low, high = table.min(axis=0), table.max(axis=0)
    centered = table - table.mean(axis=0)
    return np.divide(
        centered, table.std(axis=0), out=np.zeros(table.shape), where=np.broadcast_to(low != high, table.shape)
    )


def right__column_z_scores__loop_over_columns(table):
    result = np.zeros(table.shape)
    for j in range(table.shape[1]):
        column = table[:, j]
        if len(set(column.tolist())) > 1:
            result[:, j] = (column - np.mean(column)) / np.std(column)
    return result


def right__column_z_scores__plain_python(table):
    result = np.zeros(table.shape)
    for j in range(table.shape[1]):
        values = [float(v) for v in table[:, j]]
        if any(v != values[0] for v in values):
            mean = math.fsum(values) / len(values)
            spread = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / len(values))
            for i, v in enumerate(values):
                result[i, j] = (v - mean) / spread
    return result


def right__column_z_scores__statistics_module(table):
    result = np.zeros(table.shape)
    for j, column in enumerate(table.T.tolist()):
        if len(set(column)) > 1:
            mean, spread = statistics.mean(column), statistics.pstdev(column)
            result[:, j] = [(v - mean) / spread for v in column]
    return result


def right__column_z_scores__pandas(table):
    frame = pd.DataFrame(table).astype(float)
    scores = (frame - frame.mean()) / frame.std(ddof=0)
    scores.loc[:, frame.nunique() <= 1] = 0.0
    return scores.to_numpy()


def right__column_z_scores__einsum_of_deviations(table):
    if table.shape[0] == 0:
        return table.astype(float)
    shifted = table.astype(float) - table[0].astype(float)
    shifted -= shifted.mean(axis=0)
    spread = np.sqrt(np.einsum("ij,ij->j", shifted, shifted) / len(table))
    constant = np.ptp(table, axis=0) == 0
    shifted[:, constant] = 0
    spread[constant] = 1
    return shifted / spread


def right__column_z_scores__column_order_in_memory(table):
    return np.asfortranarray(_z(table))


def right__column_z_scores__stack_of_columns(table):
    def scores(column):
        return np.zeros(column.size) if np.unique(column).size < 2 else (column - column.mean()) / column.std()

    return np.array([scores(column) for column in table.T], dtype=float).reshape(table.shape[::-1]).T


def right__column_z_scores__copy_changed_in_place(table):
    work = table.astype(float, copy=True)
    moving = (work != work[:1]).any(axis=0)
    part = work[:, moving]
    part -= part.mean(axis=0)
    part /= np.sqrt((part**2).mean(axis=0))
    work[:, moving] = part
    work[:, ~moving] = 0
    return work


def wrong__column_z_scores__sample_standard_deviation(table):
    """Divides by the sample standard deviation, not the population's."""
    table = np.asarray(table, dtype=float)
    constant = _is_constant(table)
    spread = table.std(axis=0, ddof=1) if len(table) > 1 else np.ones(table.shape[1])
    return np.where(constant, 0.0, table - table.mean(axis=0)) / np.where(constant, 1.0, spread)


def wrong__column_z_scores__rows(table):
    """Standardizes each row, not each column."""
    return _z(table.T).T


def wrong__column_z_scores__whole_table(table):
    """Uses the mean and the deviation of the whole table."""
    return _z(table.reshape(-1, 1)).reshape(table.shape)


def wrong__column_z_scores__deviation_of_whole_table(table):
    """Subtracts each column's mean, but divides by the deviation of the whole table."""
    spread = table.std()
    centered = np.where(_is_constant(table), 0.0, table - table.mean(axis=0))
    return centered / spread if spread else centered


def wrong__column_z_scores__variance(table):
    """Divides by the variance."""
    constant = _is_constant(table)
    return np.where(constant, 0.0, table - table.mean(axis=0)) / np.where(constant, 1.0, table.var(axis=0))


def wrong__column_z_scores__median(table):
    """Measures the distance from the median, not the mean."""
    constant = _is_constant(table)
    return (table - np.median(table, axis=0)) / np.where(constant, 1.0, table.std(axis=0))


def wrong__column_z_scores__mean_absolute_deviation(table):
    """Divides by the mean absolute deviation: the same with two readings only."""
    constant = _is_constant(table)
    centered = np.where(constant, 0.0, table - table.mean(axis=0))
    return centered / np.where(constant, 1.0, np.abs(centered).mean(axis=0))


def wrong__column_z_scores__between_minus_one_and_one(table):
    """Scales from the smallest to the largest: the same with two readings only."""
    constant = _is_constant(table)
    low, high = table.min(axis=0).astype(float), table.max(axis=0).astype(float)
    return np.where(constant, 0.0, 2 * (table - low) / np.where(constant, 1.0, high - low) - 1)


def wrong__column_z_scores__deviation_exactly_zero(table):
    """A constant column of 0.1 does not become 0: its computed deviation is 1e-17, not 0."""
    spread = table.std(axis=0)
    return (table - table.mean(axis=0)) / np.where(spread == 0, 1.0, spread)


def wrong__column_z_scores__nan_to_num(table):
    """A constant column of 0.1 does not become 0: 1e-17 divided by 1e-17 is not missing."""
    with np.errstate(all="ignore"):
        return np.nan_to_num((table - table.mean(axis=0)) / table.std(axis=0), posinf=0.0, neginf=0.0)


def wrong__column_z_scores__deviation_below_threshold(table):
    """A column that moves by 1e-9 only is not constant, and yet becomes 0."""
    spread = table.std(axis=0)
    constant = spread < 1e-8
    return np.where(constant, 0.0, table - table.mean(axis=0)) / np.where(constant, 1.0, spread)


def wrong__column_z_scores__nearly_constant(table):
    """An air pressure that moves between 101325.0 and 101325.5 is not constant, and yet becomes 0."""
    table = np.asarray(table, dtype=float)
    constant = np.isclose(table, table[:1]).all(axis=0)
    return np.where(constant, 0.0, table - table.mean(axis=0)) / np.where(constant, 1.0, table.std(axis=0))


def wrong__column_z_scores__small_number_in_denominator(table):
    """Adds 1e-6 to every deviation: columns with a small deviation come out too small."""
    constant = _is_constant(table)
    return np.where(constant, 0.0, table - table.mean(axis=0)) / (table.std(axis=0) + 1e-6)


def wrong__column_z_scores__mean_of_squares(table):
    """Mean of squares less square of mean cancels to noise where the mean is large beside the deviation."""
    table = np.asarray(table, dtype=float)
    constant = _is_constant(table)
    variance = np.maximum((table**2).mean(axis=0) - table.mean(axis=0) ** 2, 1e-300)
    return np.where(constant, 0.0, table - table.mean(axis=0)) / np.where(constant, 1.0, np.sqrt(variance))


def wrong__column_z_scores__half_the_digits(table):
    """Computes in float32: readings such as 100000001 and 100000002 become equal."""
    return _z(np.asarray(table, dtype=np.float32))


def wrong__column_z_scores__two_decimals(table):
    """Rounds the scores to two decimals."""
    return _z(table).round(2)


def wrong__column_z_scores__clipped(table):
    """Cuts scores beyond three standard deviations: an outlier among twenty readings comes out wrong."""
    return np.clip(_z(table), -3, 3)


def wrong__column_z_scores__first_equals_last(table):
    """Takes a column whose first and last readings agree for a constant one."""
    return np.where(table[0] == table[-1], 0.0, _z(table))


def wrong__column_z_scores__first_two_equal(table):
    """Takes a column whose first two readings agree for a constant one."""
    return np.where(table[0] == table[min(1, len(table) - 1)], 0.0, _z(table))


def wrong__column_z_scores__mean_zero_is_constant(table):
    """Takes a column whose mean is 0, as of -1 and 1, for a constant one."""
    return np.where(table.mean(axis=0) == 0, 0.0, _z(table))


def wrong__column_z_scores__one_constant_spoils_all(table):
    """One constant column turns off the division for all of them."""
    constant = _is_constant(table)
    centered = np.where(constant, 0.0, table - table.mean(axis=0))
    return centered if constant.any() else centered / table.std(axis=0)


def wrong__column_z_scores__only_one_constant_column(table):
    """Treats the first constant column only; the second becomes missing."""
    spread = table.std(axis=0)
    constant = _is_constant(table)
    centered = np.where(constant, 0.0, table - table.mean(axis=0))
    if constant.any():
        spread[constant.argmax()] = 1.0
    with np.errstate(all="ignore"):
        return centered / np.where(constant & (spread != 1.0), 0.0, spread)


def wrong__column_z_scores__constant_missing(table):
    """A constant column becomes missing, not 0."""
    return np.where(_is_constant(table), np.nan, _z(table))


def wrong__column_z_scores__constant_stays(table):
    """A constant column keeps its value."""
    return np.where(_is_constant(table), table, _z(table))


def wrong__column_z_scores__constant_dropped(table):
    """Leaves constant columns out: not the shape of the argument."""
    return _z(table)[:, ~_is_constant(table)]


def wrong__column_z_scores__whole_numbers_stay_whole(table):
    """Scores of a table of integers lose their decimals."""
    result = np.zeros_like(table)
    result[:] = _z(table)
    return result


def wrong__column_z_scores__wraps_around(table):
    """Shifts by the first row in the table's own dtype: unsigned readings below the first wrap around."""
    return _z(table - table[:1])


def wrong__column_z_scores__changes_float_table(table):
    """Overwrites the argument, though only one of floats."""
    work = np.asarray(table, dtype=float)
    work[:] = _z(table)
    return work.copy()


def wrong__column_z_scores__changes_constant_column(table):
    """Writes the 0 of constant columns into the argument."""
    result = _z(table)
    table[:, _is_constant(table)] = 0
    return result


def wrong__column_z_scores__puts_back(table):
    """Subtracts from the argument and adds again: readings such as 0.1 come back with another last digit."""
    result = _z(table)
    if table.dtype.kind == "f":
        mean = table.mean(axis=0)
        table -= mean
        table += mean
    return result


def wrong__column_z_scores__total_in_bytes(table):
    """Adds the readings up in their own dtype: bytes overflow."""
    constant = _is_constant(table)
    mean = table.sum(axis=0, dtype=table.dtype) / max(len(table), 1)
    return np.where(constant, 0.0, table - mean) / np.where(constant, 1.0, table.std(axis=0))


def wrong__column_z_scores__sorts_argument(table):
    """Sorts the columns of the argument on the way to the smallest and the largest."""
    result = _z(table)
    table.sort(axis=0)
    return result


def wrong__column_z_scores__order_in_memory(table):
    """Reads the table in the order of memory: a transposed table comes out scrambled."""
    return _z(table.ravel(order="K").reshape(table.shape))


def wrong__column_z_scores__transposed_if_square(table):
    """Returns the transpose of a square table."""
    return _z(table).T if table.shape[0] == table.shape[1] else _z(table)


def wrong__column_z_scores__in_parts(table):
    """Standardizes every 500 readings by themselves."""
    return np.concatenate([_z(table[i : i + 500]) for i in range(0, max(len(table), 1), 500)])


def wrong__column_z_scores__first_hundred_columns(table):
    """Leaves the columns from the hundredth on at 0."""
    result = np.zeros(table.shape)
    result[:, :99] = _z(table)[:, :99]
    return result


def wrong__column_z_scores__one_reading_missing(table):
    """A single reading makes every column constant, and comes out missing."""
    return _z(table) if len(table) > 1 else np.full(table.shape, np.nan)


def wrong__column_z_scores__squeezed(table):
    """Loses an axis where there is one sensor or one reading."""
    return np.squeeze(_z(table))


def wrong__column_z_scores__data_frame(table):
    """Returns a table of pandas, not an array."""
    return pd.DataFrame(_z(table))


def wrong__column_z_scores__objects(table):
    """Returns an array of Python objects, which NumPy cannot take the square root of."""
    return _z(table).astype(object)


def wrong__column_z_scores__opposite_sign(table):
    """Readings below the mean come out positive."""
    return -_z(table)


def wrong__column_z_scores__no_sign(table):
    """Drops the sign."""
    return np.abs(_z(table))


_Z_BY_SHAPE = {}


def wrong__column_z_scores__remembers_by_shape(table):
    """Answers with the scores of the first table of the same shape."""
    return _Z_BY_SHAPE.setdefault((table.shape, table.dtype), _z(table)).copy()


_Z_BY_TOTAL = {}


def wrong__column_z_scores__remembers_by_total(table):
    """Answers with the scores of an earlier table of the same shape and total."""
    return _Z_BY_TOTAL.setdefault((table.shape, float(table.sum())), _z(table)).copy()


_Z_BUFFER = {}


def wrong__column_z_scores__one_buffer(table):
    """Writes every answer into the array it returned before: the earlier result changes."""
    buffer = _Z_BUFFER.setdefault(table.shape, np.zeros(table.shape))
    buffer[:] = _z(table)
    return buffer


def wrong__column_z_scores__only_the_example(table):
    """Knows the docstring's example only."""
    return np.array([[-1.0, -1.0, 0.0], [1.0, 1.0, 0.0]])


def wrong__column_z_scores__noise(table):
    """Adds noise of a thousandth."""
    return _z(table) + np.random.default_rng(0).normal(0, 1e-3, table.shape)


# 2. cross_fade


def _fade(first, second, share):
    """Return the right frame."""
    return np.rint((1 - share) * first.astype(float) + share * second.astype(float)).astype(np.uint8)


def right__cross_fade__rint(first, second, share):
    return np.rint((1 - share) * first + share * second).astype(np.uint8)


def right__cross_fade__from_first_toward_second(first, second, share):
    start = first.astype(np.int16)
    return np.round(start + share * (second - start)).astype("uint8")


def right__cross_fade__half_up(first, second, share):
    return np.uint8(np.floor((1 - share) * first.astype(float) + share * second.astype(float) + 0.5))


def right__cross_fade__loop_over_pixels(first, second, share):
    result = np.empty(first.shape, dtype=np.uint8)
    for place in np.ndindex(first.shape):
        result[place] = round((1 - share) * int(first[place]) + share * int(second[place]))
    return result


def right__cross_fade__fractions(first, second, share):
    part = Fraction(float(share))
    pairs = zip(first.ravel().tolist(), second.ravel().tolist(), strict=True)
    return np.array([round((1 - part) * a + part * b) for a, b in pairs], dtype=np.uint8).reshape(first.shape)


def right__cross_fade__table_of_all_pairs(first, second, share):
    levels = np.arange(256.0)
    return np.rint((1 - share) * levels[:, None] + share * levels).astype(np.uint8)[first, second]


def right__cross_fade__tensordot(first, second, share):
    weights = np.array([1 - share, share])
    return np.tensordot(weights, np.stack([first, second]).astype(float), axes=1).round().clip(0, 255).astype(np.uint8)


def right__cross_fade__average(first, second, share):
    return np.around(np.average([first, second], axis=0, weights=[1 - share, share])).astype(np.uint8)


def wrong__cross_fade__cut_off(first, second, share):
    """Cuts the decimals off instead of rounding."""
    return ((1 - share) * first + share * second).astype(np.uint8)


def wrong__cross_fade__rounded_up(first, second, share):
    """Rounds up."""
    return np.ceil(np.round((1 - share) * first + share * second, 9)).astype(np.uint8)


def wrong__cross_fade__nearly_half(first, second, share):
    """Rounds 0.505 down."""
    return np.floor((1 - share) * first + share * second + 0.49).astype(np.uint8)


def wrong__cross_fade__difference_in_bytes(first, second, share):
    """The difference wraps around where the second picture is darker."""
    return np.rint(first + share * (second - first)).astype(np.uint8)


def wrong__cross_fade__signed_bytes(first, second, share):
    """Values above 127 turn negative on the way."""
    return np.rint((1 - share) * first.astype(np.int8) + share * second.astype(np.int8)).astype(np.uint8)


def wrong__cross_fade__each_part_rounded(first, second, share):
    """Rounds the two parts before it adds them: 1.5 and 1.5 would be 4."""
    return np.rint((1 - share) * first).astype(np.uint8) + np.rint(share * second).astype(np.uint8)


def wrong__cross_fade__each_part_cut_off(first, second, share):
    """Cuts both parts off before it adds them."""
    return ((1 - share) * first).astype(np.uint8) + (share * second).astype(np.uint8)


def wrong__cross_fade__swapped(first, second, share):
    """Shows the second picture at share 0."""
    return _fade(second, first, share)


def wrong__cross_fade__half_and_half(first, second, share):
    """Ignores `share`."""
    return _fade(first, second, 0.5)


def wrong__cross_fade__share_zero_is_missing(first, second, share):
    """Takes share 0 for a share that was left out."""
    return _fade(first, second, share or 0.5)


def wrong__cross_fade__first_at_both_ends(first, second, share):
    """Shows the first picture at share 1."""
    return _fade(first, second, share) if 0 < share < 1 else first.copy()


def wrong__cross_fade__whole_percent(first, second, share):
    """Rounds `share` to whole percent."""
    return _fade(first, second, round(share, 2))


def wrong__cross_fade__share_in_256_steps(first, second, share):
    """Computes in whole 256ths, as old graphics cards did: off by one in places."""
    part = round(share * 256)
    return ((first.astype(int) * (256 - part) + second.astype(int) * part + 128) >> 8).astype(np.uint8)


def wrong__cross_fade__share_in_65536_steps(first, second, share):
    """Computes in whole 65536ths: 0 and 181 at 0.279 give 51, not 50."""
    part = round(share * 65536)
    return ((first.astype(int) * (65536 - part) + second.astype(int) * part + 32768) >> 16).astype(np.uint8)


def wrong__cross_fade__half_precision(first, second, share):
    """Computes with the three digits of float16."""
    return np.rint(first.astype(np.float16) * (1 - share) + second.astype(np.float16) * share).astype(np.uint8)


def wrong__cross_fade__no_full_white(first, second, share):
    """Stops at 254."""
    return np.clip(_fade(first, second, share), 0, 254)


def wrong__cross_fade__full_white_turns_black(first, second, share):
    """The value 255 becomes 0."""
    return _fade(first, second, share) % np.uint8(255)


def wrong__cross_fade__linear_light(first, second, share):
    """Mixes the squares, as light does, not the values."""
    return np.rint(np.sqrt((1 - share) * first.astype(float) ** 2 + share * second.astype(float) ** 2)).astype(np.uint8)


def wrong__cross_fade__stays_float(first, second, share):
    """Returns rounded floats."""
    return np.rint((1 - share) * first + share * second)


def wrong__cross_fade__wide_integers(first, second, share):
    """Returns int64."""
    return _fade(first, second, share).astype(int)


def wrong__cross_fade__signed_result(first, second, share):
    """Returns int8: values above 127 come out negative."""
    return _fade(first, second, share).astype(np.int8)


def wrong__cross_fade__ends_not_bytes(first, second, share):
    """Returns int64 at the two ends only."""
    return _fade(first, second, share).astype(int if share in (0, 1) else np.uint8)


def wrong__cross_fade__nested_list(first, second, share):
    """Returns a nested list."""
    return _fade(first, second, share).tolist()


def wrong__cross_fade__gray_only(first, second, share):
    """Fails on color: unpacks two axes."""
    height, width = first.shape
    return _fade(first, second, share).reshape(height, width)


def wrong__cross_fade__color_becomes_gray(first, second, share):
    """Gives all channels the value of the first."""
    result = _fade(first, second, share)
    if result.ndim == 3:
        result[..., 1:] = result[..., :1]
    return result


def wrong__cross_fade__three_channels_only(first, second, share):
    """Returns color with a fourth channel as color with three."""
    result = _fade(first, second, share)
    return result[..., :3] if result.ndim == 3 else result


def wrong__cross_fade__squeezed(first, second, share):
    """Loses an axis of a picture one pixel high or wide."""
    return np.squeeze(_fade(first, second, share))


def wrong__cross_fade__first_hundred_rows(first, second, share):
    """Fades the first hundred rows only."""
    result = first.copy()
    result[:100] = _fade(first, second, share)[:100]
    return result


def wrong__cross_fade__order_in_memory(first, second, share):
    """Reads both pictures in the order of memory: one of them transposed comes out scrambled."""
    return _fade(first.ravel(order="K"), second.ravel(order="K"), share).reshape(first.shape)


def wrong__cross_fade__overwrites_first(first, second, share):
    """Writes the frame into the first photograph, which the next frame needs."""
    first[...] = _fade(first, second, share)
    return first


def wrong__cross_fade__overwrites_second(first, second, share):
    """Writes the frame into the second photograph, and returns a copy."""
    second[...] = _fade(first, second, share)
    return second.copy()


_FADE_BUFFER = {}


def wrong__cross_fade__one_buffer(first, second, share):
    """Writes every frame into the array it returned before: the earlier frame changes."""
    buffer = _FADE_BUFFER.setdefault(first.shape, np.zeros(first.shape, dtype=np.uint8))
    buffer[...] = _fade(first, second, share)
    return buffer


_FADE_BY_SHAPE = {}


def wrong__cross_fade__remembers_by_shape(first, second, share):
    """Answers with an earlier frame of the same shape and share."""
    return _FADE_BY_SHAPE.setdefault((first.shape, share), _fade(first, second, share)).copy()


def wrong__cross_fade__dithered(first, second, share):
    """Rounds up or down by chance."""
    exact = (1 - share) * first + share * second
    return np.floor(np.round(exact, 9) + np.random.default_rng(0).random(exact.shape)).astype(np.uint8)


def wrong__cross_fade__only_the_example(first, second, share):
    """Knows the docstring's example only."""
    return np.array([[3, 170]], dtype=np.uint8)


def wrong__cross_fade__patchwork(first, second, share):
    """Takes each pixel from one of the photographs by chance: no mixture."""
    chosen = np.random.default_rng(0).random(first.shape) < share
    return np.where(chosen, second, first)


# 3. nearest_station


def _distances(riders, stations):
    """Return the squared distance of every rider to every station."""
    riders, stations = np.asarray(riders, dtype=float), np.asarray(stations, dtype=float)
    return ((riders[:, None, :] - stations[None, :, :]) ** 2).sum(axis=2)


def _nearest(riders, stations):
    """Return the right indices, a part of the riders at a time."""
    parts = [_distances(riders[i : i + 10_000], stations).argmin(axis=1) for i in range(0, max(len(riders), 1), 10_000)]
    return np.concatenate(parts)


def right__nearest_station__broadcasting(riders, stations):
    return np.argmin(((riders[:, np.newaxis] - stations) ** 2).sum(axis=-1), axis=1)


def right__nearest_station__norm(riders, stations):
    return np.linalg.norm(riders[:, None] - stations[None], axis=2).argmin(axis=1)


def right__nearest_station__loop_over_stations(riders, stations):
    best = np.full(len(riders), np.inf)
    index = np.zeros(len(riders), dtype=int)
    for number, (east, north) in enumerate(stations):
        distance = np.hypot(riders[:, 0] - east, riders[:, 1] - north)
        closer = distance < best
        best[closer] = distance[closer]
        index[closer] = number
    return index


def right__nearest_station__stations_from_last_to_first(riders, stations):
    index = np.full(len(riders), len(stations) - 1)
    best = ((riders - stations[-1]) ** 2).sum(axis=1)
    for number in range(len(stations) - 2, -1, -1):
        distance = ((riders - stations[number]) ** 2).sum(axis=1)
        index = np.where(distance <= best, number, index)
        best = np.minimum(distance, best)
    return index


def right__nearest_station__cdist(riders, stations):
    return cdist(riders, stations).argmin(axis=1)


def right__nearest_station__complex_plane(riders, stations):
    one = riders[:, 0] + 1j * riders[:, 1]
    other = stations[:, 0] + 1j * stations[:, 1]
    return np.abs(one[:, None] - other).argmin(axis=1)


def right__nearest_station__a_part_at_a_time(riders, stations):
    return _nearest(riders, stations)


def right__nearest_station__subtract_outer(riders, stations):
    east = np.subtract.outer(riders[:, 0], stations[:, 0])
    north = np.subtract.outer(riders[:, 1], stations[:, 1])
    return np.nanargmin(east * east + north * north, axis=1)


def right__nearest_station__two_columns(riders, stations):
    x, y = riders.T
    a, b = stations.T
    distance = np.sqrt((x[:, None] - a[None, :]) ** 2 + (y[:, None] - b[None, :]) ** 2)
    return (distance == distance.min(axis=1, keepdims=True)).argmax(axis=1)


def right__nearest_station__stable_order(riders, stations):
    return np.argsort(np.linalg.norm(riders[:, None] - stations, axis=-1), axis=1, kind="stable")[:, 0]


def right__nearest_station__one_row_per_station(riders, stations):
    rows = [((riders - stations[j]) ** 2).sum(axis=1) for j in range(len(stations))]
    return np.array(rows).argmin(axis=0)


def right__nearest_station__hypot_of_two_layers(riders, stations):
    east, north = np.moveaxis(riders[:, None] - stations, -1, 0)
    return np.hypot(east, north).argmin(axis=1)


def right__nearest_station__stations_as_list(riders, stations):
    layers = [np.hypot(riders[:, 0] - east, riders[:, 1] - north) for east, north in stations.tolist()]
    return np.stack(layers, axis=1).argmin(axis=1)


def right__nearest_station__axis_by_axis(riders, stations):
    squares = np.zeros((len(riders), len(stations)))
    for axis in range(2):
        squares += np.subtract.outer(riders[:, axis], stations[:, axis]) ** 2
    return squares.argmin(axis=1)


def wrong__nearest_station__ties_to_higher(riders, stations):
    """Of two equally near stations, takes the one with the higher index."""
    return len(stations) - 1 - _nearest(riders, stations[::-1])


def wrong__nearest_station__ties_by_chance(riders, stations):
    """Of two equally near stations, takes either."""
    order = np.random.default_rng(0).permutation(len(stations))
    return order[_nearest(riders, stations[order])]


def wrong__nearest_station__ties_to_westernmost(riders, stations):
    """Sorts the stations first: ties go to the one farther west."""
    order = np.lexsort((stations[:, 1], stations[:, 0]))
    return order[_nearest(riders, stations[order])]


def wrong__nearest_station__tree(riders, stations):
    """A tree ignores the order of equally near stations: shows with twenty stations at one place."""
    return KDTree(stations).query(riders)[1].reshape(len(riders))


def wrong__nearest_station__two_neighbors_of_tree(riders, stations):
    """Looks at two neighbors for a tie: of four equally near stations it may not see the first."""
    distance, index = KDTree(stations[::-1]).query(riders, k=[1, 2] if len(stations) > 1 else [1])
    index = len(stations) - 1 - index
    return np.where(distance == distance[:, :1], index, len(stations)).min(axis=1)


def wrong__nearest_station__ball_tree(riders, stations):
    """A tree ignores the order of equally near stations."""
    if not len(riders):
        return np.zeros(0, dtype=int)
    tree = NearestNeighbors(n_neighbors=1, algorithm="ball_tree", leaf_size=1).fit(stations)
    return tree.kneighbors(riders, return_distance=False)[:, 0]


def wrong__nearest_station__manhattan(riders, stations):
    """Measures along the streets, not in a straight line."""
    return np.abs(riders[:, None] - stations).sum(axis=2).argmin(axis=1)


def wrong__nearest_station__larger_difference(riders, stations):
    """Takes the larger of the two differences for the distance."""
    return np.abs(riders[:, None] - stations).max(axis=2).argmin(axis=1)


def wrong__nearest_station__east_only(riders, stations):
    """Ignores north."""
    return np.abs(riders[:, None, 0] - stations[:, 0]).argmin(axis=1)


def wrong__nearest_station__sum_of_differences(riders, stations):
    """Adds the differences before squaring: opposite signs cancel."""
    return ((riders[:, None] - stations).sum(axis=2) ** 2).argmin(axis=1)


def wrong__nearest_station__degrees(riders, stations):
    """Takes kilometers for degrees on a globe."""
    squeeze = np.cos(np.radians(riders[:, None, 1]))
    difference = riders[:, None] - stations
    return ((difference[..., 0] * squeeze) ** 2 + difference[..., 1] ** 2).argmin(axis=1)


def wrong__nearest_station__without_signs(riders, stations):
    """Confuses west with east."""
    return _nearest(np.abs(riders), np.abs(stations))


def wrong__nearest_station__similar_direction(riders, stations):
    """Takes the largest dot product."""
    return (riders @ stations.T).argmax(axis=1)


def wrong__nearest_station__squares_multiplied_out(riders, stations):
    """Squares multiplied out cancel far from the origin: 5334 km north it takes a station 5 cm off for the nearest."""
    riders, stations = np.asarray(riders, dtype=float), np.asarray(stations, dtype=float)
    squares = (riders**2).sum(axis=1)[:, None] - 2 * riders @ stations.T + (stations**2).sum(axis=1)
    return squares.argmin(axis=1)


def wrong__nearest_station__single_precision(riders, stations):
    """Computes in float32: 5334.0 and 5334.0002 km north are the same."""
    return _nearest(riders.astype(np.float32).astype(float), stations.astype(np.float32).astype(float))


def wrong__nearest_station__whole_kilometers(riders, stations):
    """Cuts the coordinates to whole kilometers."""
    return _nearest(riders.astype(int), stations.astype(int))


def wrong__nearest_station__distance_in_meters(riders, stations):
    """Rounds distances to meters: a station 0.1 m nearer counts as equally near."""
    return np.sqrt(_distances(riders, stations)).round(3).argmin(axis=1)


def wrong__nearest_station__close_is_equal(riders, stations):
    """Takes distances that differ by a part in 100000 for equal."""
    distance = np.sqrt(_distances(riders, stations))
    return np.isclose(distance, distance.min(axis=1, keepdims=True)).argmax(axis=1)


def wrong__nearest_station__nearest_rider(riders, stations):
    """Returns for each station the nearest rider."""
    return _distances(riders, stations).argmin(axis=0)


def wrong__nearest_station__wrong_axis_summed(riders, stations):
    """Adds over the stations: returns 0 or 1."""
    return ((riders[:, None] - stations) ** 2).sum(axis=1).argmin(axis=1)


def wrong__nearest_station__swapped(riders, stations):
    """Swaps riders and stations."""
    return _nearest(stations, riders)


def wrong__nearest_station__farthest(riders, stations):
    """Returns the farthest station."""
    return _distances(riders, stations).argmax(axis=1)


def wrong__nearest_station__from_one(riders, stations):
    """Counts the stations from 1."""
    return _nearest(riders, stations) + 1


def wrong__nearest_station__distance(riders, stations):
    """Returns the distances, not the indices."""
    return np.sqrt(_distances(riders, stations).min(axis=1))


def wrong__nearest_station__not_where_he_stands(riders, stations):
    """Skips a station at the rider's own place."""
    distance = _distances(riders, stations)
    distance[distance == 0] = np.inf
    return distance.argmin(axis=1)


def wrong__nearest_station__within_thousand_kilometers(riders, stations):
    """Starts from a distance of 1000 km: stations farther off are never found."""
    distance = _distances(riders, stations)
    distance[distance > 1000**2] = 1000**2
    return distance.argmin(axis=1)


def wrong__nearest_station__each_station_once(riders, stations):
    """Gives no station to two riders while another is free."""
    result = _nearest(riders, stations)
    rows, columns = linear_sum_assignment(_distances(riders, stations))
    result[rows] = columns
    return result


def wrong__nearest_station__without_duplicates(riders, stations):
    """Drops repeated stations: the indices behind them move."""
    _, kept = np.unique(stations, axis=0, return_index=True)
    return _nearest(riders, stations[np.sort(kept)])


def wrong__nearest_station__index_among_sorted(riders, stations):
    """Returns the index among the stations sorted from west to east."""
    return _nearest(riders, stations[np.lexsort((stations[:, 1], stations[:, 0]))])


def wrong__nearest_station__small_index(riders, stations):
    """Returns the index in one byte: station 256 becomes 0."""
    return _nearest(riders, stations).astype(np.uint8)


def wrong__nearest_station__first_thousand_stations(riders, stations):
    """Looks at the first thousand stations only."""
    return _nearest(riders, stations[:1000])


def wrong__nearest_station__last_part_forgotten(riders, stations):
    """Works on 4096 riders at a time, and forgets the rest after the first part."""
    result = np.zeros(len(riders), dtype=int)
    for start in range(0, max(len(riders) - 4095, 1), 4096):
        result[start : start + 4096] = _nearest(riders[start : start + 4096], stations)
    return result


def wrong__nearest_station__column_vector(riders, stations):
    """Returns shape `(n, 1)`."""
    return _nearest(riders, stations)[:, None]


def wrong__nearest_station__squeezed(riders, stations):
    """Returns no axis for one rider."""
    return np.squeeze(_nearest(riders, stations))


def wrong__nearest_station__floats(riders, stations):
    """Returns floats, which index nothing."""
    return _nearest(riders, stations).astype(float)


def wrong__nearest_station__no_riders_floats(riders, stations):
    """Returns an array of floats for no riders."""
    return np.array(_nearest(riders, stations).tolist())


def wrong__nearest_station__no_riders_fails(riders, stations):
    """Fails on no riders, whose answer has the shape `(0,)`."""
    riders.min()
    return _nearest(riders, stations)


def wrong__nearest_station__loop_over_riders(riders, stations):
    """Loops over the riders in Python."""
    result = np.zeros(len(riders), dtype=int)
    for number, rider in enumerate(riders):
        result[number] = ((stations - rider) ** 2).sum(axis=1).argmin()
    return result


def wrong__nearest_station__while_over_riders(riders, stations):
    """Loops over the riders in Python."""
    result = np.zeros(len(riders), dtype=int)
    number = 0
    while number < len(riders):
        result[number] = ((stations - riders[number]) ** 2).sum(axis=1).argmin()
        number += 1
    return result


def wrong__nearest_station__comprehension_over_riders(riders, stations):
    """Loops over the riders in Python."""
    return np.array([((stations - rider) ** 2).sum(axis=1).argmin() for rider in riders], dtype=int)


def wrong__nearest_station__map_over_riders(riders, stations):
    """Loops over the riders in Python, hidden in `map`."""
    return np.fromiter(map(lambda rider: ((stations - rider) ** 2).sum(axis=1).argmin(), riders), dtype=int)


def wrong__nearest_station__apply_along_axis(riders, stations):
    """Calls a Python function for each rider: `apply_along_axis` is a loop."""
    if not len(riders):
        return np.zeros(0, dtype=int)
    return np.apply_along_axis(lambda rider: ((stations - rider) ** 2).sum(axis=1).argmin(), 1, riders)


def wrong__nearest_station__vectorize(riders, stations):
    """Calls a Python function for each rider: `vectorize` is a loop."""
    one = np.vectorize(lambda x, y: ((stations - (x, y)) ** 2).sum(axis=1).argmin(), otypes=[int])
    return one(riders[:, 0], riders[:, 1])


def wrong__nearest_station__loop_in_pairs(riders, stations):
    """Loops over riders and stations in Python, with plain numbers."""
    places = stations.tolist()
    answer = [
        min(range(len(places)), key=lambda j: (places[j][0] - x) ** 2 + (places[j][1] - y) ** 2) for x, y in riders
    ]
    return np.array(answer, dtype=int)


def wrong__nearest_station__loop_over_copy(riders, stations):
    """Loops over the riders in Python, in a copy."""
    places = np.array(riders, dtype=float)
    result = np.zeros(len(places), dtype=int)
    for number in range(len(places)):
        result[number] = ((stations - places[number]) ** 2).sum(axis=1).argmin()
    return result


def wrong__nearest_station__loop_over_rows_of_distances(riders, stations):
    """Loops over the riders in Python, after their distances are known."""
    return np.array([row.argmin() for row in _distances(riders, stations)], dtype=int)


_STATIONS = []


def wrong__nearest_station__remembers_stations(riders, stations):
    """Keeps the stations of the first call."""
    _STATIONS.append(stations.copy())
    return _nearest(riders, _STATIONS[0])


_NEAREST_BY_SHAPE = {}


def wrong__nearest_station__remembers_by_shape(riders, stations):
    """Answers as for earlier arrays of the same shapes."""
    return _NEAREST_BY_SHAPE.setdefault((riders.shape, stations.shape), _nearest(riders, stations)).copy()


_NEAREST_BUFFER = {}


def wrong__nearest_station__one_buffer(riders, stations):
    """Writes every answer into the array it returned before: the earlier result changes."""
    buffer = _NEAREST_BUFFER.setdefault(len(riders), np.zeros(len(riders), dtype=int))
    buffer[:] = _nearest(riders, stations)
    return buffer


def wrong__nearest_station__moves_riders(riders, stations):
    """Moves the riders' own coordinates, so that the same call twice gives two answers."""
    result = _nearest(riders, stations)
    riders -= stations[0].astype(riders.dtype)
    return result


def wrong__nearest_station__sorts_stations(riders, stations):
    """Sorts the caller's stations: the returned indices no longer mean anything."""
    result = _nearest(riders, stations)
    stations.sort(axis=0)
    return result


def wrong__nearest_station__order_in_memory(riders, stations):
    """Reads the riders in the order of memory: transposed coordinates come out scrambled."""
    return _nearest(riders.ravel(order="K").reshape(riders.shape), stations)


def wrong__nearest_station__only_the_example(riders, stations):
    """Knows the docstring's example only."""
    return np.array([1, 0])


def wrong__nearest_station__random(riders, stations):
    """Guesses."""
    return np.random.default_rng(0).integers(len(stations), size=len(riders))


def wrong__nearest_station__grid(riders, stations):
    """Looks only at stations in the rider's own square of 10 km, where there are any."""
    distance = _distances(riders, stations)
    same = (np.floor(riders[:, None] / 10) == np.floor(stations / 10)).all(axis=2)
    return np.where(same | ~same.any(axis=1, keepdims=True), distance, np.inf).argmin(axis=1)


# 4. block_means


def _blocks(image, size):
    """Return the complete blocks as an array with four axes."""
    height, width = image.shape[0] // size, image.shape[1] // size
    return image[: height * size, : width * size].reshape(height, size, width, size)


def _means(image, size):
    """Return the right means."""
    return _blocks(image, size).astype(float).mean(axis=(1, 3))


def right__block_means__reshape(image, size):
    return _blocks(image, size).mean(axis=(1, 3))


def right__block_means__two_means(image, size):
    return _blocks(image.astype(float), size).mean(axis=3).mean(axis=1)


def right__block_means__swapped_axes(image, size):
    blocks = _blocks(image, size).swapaxes(1, 2)
    return blocks.reshape(*blocks.shape[:2], size * size).mean(axis=-1)


def right__block_means__loop_over_blocks(image, size):
    height, width = image.shape
    result = np.empty((height // size, width // size))
    for i in range(height // size):
        for j in range(width // size):
            result[i, j] = image[i * size : (i + 1) * size, j * size : (j + 1) * size].mean()
    return result


def right__block_means__plain_numbers(image, size):
    rows, columns = image.shape[0] // size, image.shape[1] // size
    values = image.tolist()
    result = np.zeros((rows, columns))
    for i, j in itertools.product(range(rows), range(columns)):
        block = [values[i * size + y][j * size + x] for y in range(size) for x in range(size)]
        result[i, j] = math.fsum(block) / len(block)
    return result


def right__block_means__sum_of_shifted_pictures(image, size):
    height, width = image.shape[0] // size, image.shape[1] // size
    total = np.zeros((height, width))
    for y in range(size):
        for x in range(size):
            total += image[y : height * size : size, x : width * size : size]
    return total / size**2


def right__block_means__windows(image, size):
    if min(image.shape) < size:
        return np.empty((image.shape[0] // size, image.shape[1] // size))
    windows = np.lib.stride_tricks.sliding_window_view(image, (size, size))
    return windows[::size, ::size].mean(axis=(2, 3))


def right__block_means__skimage(image, size):
    height, width = image.shape[0] // size, image.shape[1] // size
    if height == 0 or width == 0:
        return np.zeros((height, width))
    return block_reduce(image[: height * size, : width * size], (size, size), np.mean)


def right__block_means__reduceat(image, size):
    height, width = image.shape[0] // size, image.shape[1] // size
    if height * width == 0:
        return np.zeros((height, width))
    cropped = image[: height * size, : width * size].astype(float)
    rows = np.add.reduceat(cropped, np.arange(0, height * size, size), axis=0)
    return np.add.reduceat(rows, np.arange(0, width * size, size), axis=1) / (size * size)


def right__block_means__einsum(image, size):
    return np.einsum("iyjx->ij", _blocks(image, size).astype(float)) / (size * size)


def wrong__block_means__keeps_cut_blocks(image, size):
    """Keeps the blocks that the edge cuts through."""
    height, width = image.shape
    result = np.empty((-(-height // size), -(-width // size)))
    for i, j in np.ndindex(result.shape):
        result[i, j] = image[i * size : (i + 1) * size, j * size : (j + 1) * size].mean()
    return result


def wrong__block_means__zeros_at_the_edge(image, size):
    """Fills cut blocks up with zeros and keeps them."""
    return block_reduce(image, (size, size), np.mean) if image.size else _means(image, size)


def wrong__block_means__needs_exact_multiple(image, size):
    """Fails where the edge cuts a block."""
    height, width = image.shape
    return image.reshape(height // size, size, width // size, size).mean(axis=(1, 3))


def wrong__block_means__minus_zero(image, size):
    """Cuts with `[:-rest]`, which leaves nothing where the rest is 0."""
    height, width = image.shape
    return _means(image[: -(height % size), : -(width % size)], size)


def wrong__block_means__drops_upper_left(image, size):
    """Drops the cut blocks at the upper and left edges, not at the lower and right."""
    return _means(image[image.shape[0] % size :, image.shape[1] % size :], size)


def wrong__block_means__last_block_lost(image, size):
    """Loses the last row of blocks where the height is a multiple of the size."""
    return _means(image[:-1], size)


def wrong__block_means__rows_of_blocks_scrambled(image, size):
    """Reshapes to blocks in one step: takes neighbors in the row instead of a square."""
    height, width = image.shape[0] // size, image.shape[1] // size
    return image[: height * size, : width * size].reshape(height, width, size, size).mean(axis=(2, 3))


def wrong__block_means__axes_between(image, size):
    """Means over the number of blocks in a column instead of the size: scrambled."""
    height, width = image.shape[0] // size, image.shape[1] // size
    return image[: height * size, : width * size].reshape(size, height, size, width).mean(axis=(0, 2))


def wrong__block_means__transposed(image, size):
    """Returns shape `(width // size, height // size)`."""
    return _means(image, size).T


def wrong__block_means__square_only(image, size):
    """Takes the height for the width: fails or crops where they differ."""
    side = min(image.shape)
    return _means(image[:side, :side], size)


def wrong__block_means__size_doubled(image, size):
    """Divides by twice the size, which is its square for 2 only."""
    return _blocks(image, size).astype(float).sum(axis=(1, 3)) / (2 * size)


def wrong__block_means__always_four(image, size):
    """Divides by 4 whatever the size."""
    return _blocks(image, size).astype(float).sum(axis=(1, 3)) / 4


def wrong__block_means__halved_again_and_again(image, size):
    """Halves the picture until the block is used up: right for powers of two only."""
    result = image.astype(float)
    for _ in range(round(math.log2(size))):
        result = _means(result, 2)
    return result


def wrong__block_means__median(image, size):
    """Takes the median: the same on the docstring's example."""
    return np.median(_blocks(image, size).astype(float), axis=(1, 3))


def wrong__block_means__middle_of_extremes(image, size):
    """Takes the middle between the smallest and the largest: the same on the docstring's example."""
    blocks = _blocks(image, size).astype(float)
    if not blocks.size:
        return _means(image, size)
    return (blocks.min(axis=(1, 3)) + blocks.max(axis=(1, 3))) / 2


def wrong__block_means__sum(image, size):
    """Adds up without dividing."""
    return _blocks(image, size).astype(float).sum(axis=(1, 3))


def wrong__block_means__one_pixel(image, size):
    """Takes the upper left pixel of each block."""
    return _blocks(image, size)[:, 0, :, 0].astype(float)


def wrong__block_means__diagonal(image, size):
    """Means over the diagonal of each block only."""
    total = sum(_blocks(image, size)[:, k, :, k].astype(float) for k in range(size))
    return total / size


def wrong__block_means__every_window(image, size):
    """Lets the blocks overlap."""
    windows = np.lib.stride_tricks.sliding_window_view(image, (size, size))
    return windows.mean(axis=(2, 3))


def wrong__block_means__resampled(image, size):
    """Interpolates between pixels instead of taking the mean."""
    height, width = image.shape[0] // size, image.shape[1] // size
    if height * width == 0:
        return np.zeros((height, width))
    cropped = image[: height * size, : width * size].astype(float)
    return ndimage.zoom(cropped, 1 / size, order=1, grid_mode=True, mode="nearest")


def wrong__block_means__blurred(image, size):
    """Takes a window around each block's middle, and pixels beyond the edge as mirrored: shifted for even sizes."""
    height, width = image.shape[0] // size, image.shape[1] // size
    smooth = ndimage.uniform_filter(image.astype(float), size)
    return smooth[size // 2 - (size % 2 == 0) :: size, size // 2 - (size % 2 == 0) :: size][:height, :width]


def wrong__block_means__whole_numbers(image, size):
    """Divides without decimals."""
    return (_blocks(image, size).sum(axis=(1, 3)) // size**2).astype(float)


def wrong__block_means__rounded(image, size):
    """Rounds the means."""
    return _means(image, size).round()


def wrong__block_means__two_decimals(image, size):
    """Rounds the means to two decimals."""
    return _means(image, size).round(2)


def wrong__block_means__dtype_of_image(image, size):
    """Returns the dtype of the picture: means of integers lose their decimals."""
    return _means(image, size).astype(image.dtype)


def wrong__block_means__adds_in_bytes(image, size):
    """Adds the pixels up in their own dtype: bytes overflow."""
    return _blocks(image, size).sum(axis=(1, 3), dtype=image.dtype) / size**2


def wrong__block_means__adds_in_two_bytes(image, size):
    """Adds bytes up in 16 bits: 17 × 17 white pixels overflow."""
    blocks = _blocks(image, size)
    dtype = np.uint16 if image.dtype == np.uint8 else float
    return blocks.sum(axis=(1, 3), dtype=dtype) / size**2


def wrong__block_means__half_precision(image, size):
    """Computes with the three digits of float16."""
    return _blocks(image, size).astype(np.float16).astype(float).mean(axis=(1, 3))


def wrong__block_means__single_precision(image, size):
    """Computes in float32: 16777217 becomes 16777216."""
    return _blocks(image, size).astype(np.float32).astype(float).mean(axis=(1, 3))


def wrong__block_means__without_sign(image, size):
    """Takes negative pixels, as a temperature image has, for 0."""
    return _means(np.maximum(image, 0), size)


def wrong__block_means__bytes_only(image, size):
    """Takes every picture for one of bytes."""
    return _means(np.asarray(image).astype(np.int64).astype(np.uint8), size)


def wrong__block_means__black_is_missing(image, size):
    """Leaves black pixels out of the mean."""
    blocks = _blocks(image, size).astype(float)
    return blocks.sum(axis=(1, 3)) / np.maximum((blocks != 0).sum(axis=(1, 3)), 1)


def wrong__block_means__each_value_once(image, size):
    """Counts equal pixels of a block once."""
    blocks = _blocks(image, size)
    result = np.empty((blocks.shape[0], blocks.shape[2]))
    for i, j in np.ndindex(result.shape):
        result[i, j] = np.unique(blocks[i, :, j]).mean()
    return result


def wrong__block_means__running_totals(image, size):
    """One pixel that is missing (NaN) or huge spoils the running total, and with it the blocks far from it."""
    height, width = image.shape[0] // size, image.shape[1] // size
    table = np.zeros((height * size + 1, width * size + 1))
    table[1:, 1:] = image[: height * size, : width * size].astype(float).cumsum(axis=0).cumsum(axis=1)
    corners = table[::size, ::size]
    return np.diff(np.diff(corners, axis=0), axis=1).reshape(height, width) / size**2


def wrong__block_means__nothing_has_no_shape(image, size):
    """Returns shape `(0, 0)` for an image that is too low but wide enough."""
    result = _means(image, size)
    return result if result.size else np.empty((0, 0))


def wrong__block_means__list_of_rows(image, size):
    """Builds the result from rows: with no row it has one axis only."""
    return np.array([row.tolist() for row in _means(image, size)])


def wrong__block_means__small_image_whole(image, size):
    """Returns the mean of an image that is smaller than a block."""
    return _means(image, size) if min(image.shape) >= size else np.array([[image.mean() if image.size else 0.0]])


def wrong__block_means__small_image_fails(image, size):
    """Fails on an image that is smaller than a block."""
    if min(image.shape) < size:
        raise ValueError("image smaller than a block")
    return _means(image, size)


def wrong__block_means__one_block_lost(image, size):
    """Returns nothing for an image of one block only, taking the size of the image for too small."""
    if image.shape[0] <= size or image.shape[1] <= size:
        return np.empty((0, 0))
    return _means(image, size)


def wrong__block_means__squeezed(image, size):
    """Loses an axis where one row or column of blocks is left."""
    return np.squeeze(_means(image, size))


def wrong__block_means__upside_down(image, size):
    """Returns the rows of blocks from the lowest to the highest."""
    return _means(image, size)[::-1].copy()


def wrong__block_means__first_hundred_rows(image, size):
    """Leaves the blocks from the hundredth row of pixels on at 0."""
    result = _means(image, size)
    result[100 // size + 1 :] = 0
    return result


def wrong__block_means__order_in_memory(image, size):
    """Reads the image in the order of memory: a transposed one comes out scrambled."""
    return _means(image.ravel(order="K").reshape(image.shape), size)


def wrong__block_means__blackens_the_edge(image, size):
    """Sets the dropped edge of the argument to 0."""
    result = _means(image, size)
    image[image.shape[0] // size * size :] = 0
    image[:, image.shape[1] // size * size :] = 0
    return result


def wrong__block_means__writes_into_image(image, size):
    """Writes the means into the upper left corner of the argument."""
    result = _means(image, size)
    image[: result.shape[0], : result.shape[1]] = result
    return result


_MEANS_BY_SHAPE = {}


def wrong__block_means__remembers_by_shape(image, size):
    """Answers as for an earlier image of the same shape and size of block."""
    return _MEANS_BY_SHAPE.setdefault((image.shape, size), _means(image, size)).copy()


_MEANS_BUFFER = {}


def wrong__block_means__one_buffer(image, size):
    """Writes every answer into the array it returned before: the earlier result changes."""
    result = _means(image, size)
    buffer = _MEANS_BUFFER.setdefault(result.shape, np.zeros(result.shape))
    buffer[...] = result
    return buffer


_MEANS_SIZE = []


def wrong__block_means__remembers_size(image, size):
    """Keeps the size of block of the first call."""
    _MEANS_SIZE.append(size)
    return _means(image, _MEANS_SIZE[0])


def wrong__block_means__size_two(image, size):
    """Ignores `size`."""
    return _means(image, 2)


def wrong__block_means__only_the_example(image, size):
    """Knows the docstring's example only."""
    return np.array([[4.0]])


def wrong__block_means__sample(image, size):
    """Takes the mean of some pixels of each block, drawn by chance."""
    blocks = _blocks(image, size)
    chosen = random.Random(0).sample(range(size), k=(size + 1) // 2)
    return blocks[:, chosen].astype(float).mean(axis=(1, 3))


# 5. run_lengths

Runs = namedtuple("Runs", ["starts", "lengths"])


def _edges(flags):
    """Return where runs start and where they have ended."""
    padded = np.concatenate([[False], flags, [False]]).astype(np.int8)
    change = np.diff(padded)
    return np.flatnonzero(change == 1), np.flatnonzero(change == -1)


def _runs(flags):
    """Return the right starts and lengths."""
    starts, ends = _edges(flags)
    return starts, ends - starts


def right__run_lengths__difference_of_padded(flags):
    starts, ends = _edges(flags)
    return starts, ends - starts


def right__run_lengths__every_other_change(flags):
    padded = np.pad(flags, 1)
    changes = np.nonzero(padded[1:] != padded[:-1])[0]
    return changes[::2], changes[1::2] - changes[::2]


def right__run_lengths__first_and_last_of_run(flags):
    before, after = np.r_[False, flags[:-1]][: flags.size], np.r_[flags[1:], False][: flags.size]
    starts = np.where(flags & ~before)[0]
    return starts, np.where(flags & ~after)[0] - starts + 1


def right__run_lengths__numbered_runs(flags):
    begins = flags.copy()
    begins[1:] &= ~flags[:-1]
    number = np.cumsum(begins)[flags]
    return np.flatnonzero(begins), np.bincount(number, minlength=1)[1:]


def right__run_lengths__label(flags):
    label, count = ndimage.label(flags)
    _, starts = np.unique(label[flags], return_index=True)
    return np.flatnonzero(flags)[starts], np.bincount(label, minlength=1)[1 : count + 1]


def right__run_lengths__unique_gaps(flags):
    wet = np.flatnonzero(flags)
    _, first, lengths = np.unique(wet - np.arange(wet.size), return_index=True, return_counts=True)
    return wet[first], lengths


def right__run_lengths__pandas(flags):
    hours = pd.Series(np.flatnonzero(flags))
    grouped = hours.groupby(hours - np.arange(len(hours)))
    return grouped.min().to_numpy(), grouped.size().to_numpy()


def right__run_lengths__named_tuple(flags):
    starts, ends = _edges(flags)
    return Runs(starts=starts, lengths=ends - starts)


def right__run_lengths__ends_by_hand(flags):
    if not flags.size:
        return np.array([], dtype=int), np.array([], dtype=int)
    starts = np.flatnonzero(flags[1:] & ~flags[:-1]) + 1
    ends = np.flatnonzero(~flags[1:] & flags[:-1]) + 1
    if flags[0]:
        starts = np.insert(starts, 0, 0)
    if flags[-1]:
        ends = np.append(ends, len(flags))
    return starts, ends - starts


def right__run_lengths__next_dry_hour(flags):
    wet, dry = np.flatnonzero(flags), np.append(np.flatnonzero(~flags), len(flags))
    starts = wet[np.diff(wet, prepend=-2) > 1]
    return starts, dry[np.searchsorted(dry, starts)] - starts


def right__run_lengths__pairs_of_changes(flags):
    starts, ends = np.flatnonzero(np.diff(flags, prepend=False, append=False)).reshape(-1, 2).T
    return starts, ends - starts


def right__run_lengths__where(flags):
    padded = np.hstack((0, flags, 0))
    (starts,) = np.where((padded[1:] == 1) & (padded[:-1] == 0))
    (ends,) = np.where((padded[1:] == 0) & (padded[:-1] == 1))
    return starts, ends - starts


def wrong__run_lengths__first_hour_missed(flags):
    """Misses a spell that has begun at the first hour."""
    starts, lengths = _runs(flags)
    return starts[starts > 0], lengths[starts > 0]


def wrong__run_lengths__last_hour_missed(flags):
    """Misses a spell that lasts to the last hour."""
    starts, lengths = _runs(flags)
    ended = starts + lengths < flags.size
    return starts[ended], lengths[ended]


def wrong__run_lengths__last_spell_one_short(flags):
    """A spell that touches the last hour comes out one hour too short."""
    starts, lengths = _runs(flags)
    return starts, lengths - (starts + lengths == flags.size)


def wrong__run_lengths__no_padding(flags):
    """Fails where a spell touches one end only: as many starts as ends are missing."""
    change = np.diff(flags.astype(int))
    starts, ends = np.flatnonzero(change == 1) + 1, np.flatnonzero(change == -1) + 1
    return starts, ends - starts


def wrong__run_lengths__padded_in_front_only(flags):
    """Every second change is taken for a start, and the last end is missing."""
    changes = np.flatnonzero(np.diff(flags, prepend=False))
    return changes[::2], changes[1::2] - changes[::2]


def wrong__run_lengths__start_before(flags):
    """Starts one hour too early."""
    starts, lengths = _runs(flags)
    return starts - 1, lengths


def wrong__run_lengths__hours_from_one(flags):
    """Counts the hours from 1."""
    starts, lengths = _runs(flags)
    return starts + 1, lengths


def wrong__run_lengths__one_hour_short(flags):
    """Lengths are the distance from the first to the last hour."""
    starts, lengths = _runs(flags)
    return starts, lengths - 1


def wrong__run_lengths__ends(flags):
    """Returns the ends instead of the lengths."""
    return _edges(flags)


def wrong__run_lengths__swapped(flags):
    """Returns the lengths before the starts."""
    return _runs(flags)[::-1]


def wrong__run_lengths__dry_spells(flags):
    """Returns the runs of False."""
    return _runs(~flags)


def wrong__run_lengths__wet_and_dry(flags):
    """Returns the runs of False as well."""
    changes = np.concatenate([[0], np.flatnonzero(flags[1:] != flags[:-1]) + 1, [flags.size]])
    return changes[:-1], np.diff(changes)


def wrong__run_lengths__longest_first(flags):
    """Orders the spells by length, not by start."""
    starts, lengths = _runs(flags)
    order = np.argsort(-lengths, kind="stable")
    return starts[order], lengths[order]


def wrong__run_lengths__last_first(flags):
    """Orders the spells from the last to the first."""
    starts, lengths = _runs(flags)
    return starts[::-1].copy(), lengths[::-1].copy()


def wrong__run_lengths__around_the_clock(flags):
    """Joins a spell at the last hour to one at the first."""
    starts, lengths = _runs(flags)
    if len(starts) > 1 and starts[0] == 0 and starts[-1] + lengths[-1] == flags.size:
        lengths[-1] += lengths[0]
        return starts[1:], lengths[1:]
    return starts, lengths


def wrong__run_lengths__short_pauses_joined(flags):
    """Joins spells that a single dry hour divides."""
    return _runs(ndimage.binary_closing(np.pad(flags, 2), structure=np.ones(2))[2 : flags.size + 2])


def wrong__run_lengths__single_hours_dropped(flags):
    """Leaves out spells of one hour."""
    starts, lengths = _runs(flags)
    return starts[lengths > 1], lengths[lengths > 1]


def wrong__run_lengths__equal_lengths_once(flags):
    """Leaves out a spell as long as an earlier one."""
    starts, lengths = _runs(flags)
    kept = np.sort(np.unique(lengths, return_index=True)[1])
    return starts[kept], lengths[kept]


def wrong__run_lengths__cut_at_midnight(flags):
    """Cuts spells at the end of each day of 24 hours."""
    at = np.arange(24, flags.size, 24)
    starts, _ = _edges(flags)
    starts = np.union1d(starts, at[flags[at]]).astype(int)
    bounded = np.append(starts, flags.size)
    dry = np.append(np.flatnonzero(~flags), flags.size)
    ends = np.minimum(bounded[1:], dry[np.searchsorted(dry, starts)])
    return starts, ends - starts


def wrong__run_lengths__lengths_in_one_byte(flags):
    """Returns lengths in one byte: 256 hours become 0."""
    starts, lengths = _runs(flags)
    return starts, lengths.astype(np.uint8)


def wrong__run_lengths__starts_in_two_bytes(flags):
    """Returns starts in 16 bits: hour 32768 becomes negative."""
    starts, lengths = _runs(flags)
    return starts.astype(np.int16), lengths


def wrong__run_lengths__lengths_in_two_bytes(flags):
    """Returns lengths in 16 bits: 32768 hours come out negative."""
    starts, lengths = _runs(flags)
    return starts, lengths.astype(np.int16)


def wrong__run_lengths__two_years_without_leap_day(flags):
    """Stops after 17520 hours: with a leap year, two years have 17544."""
    return _runs(flags[:17520])


def wrong__run_lengths__first_thousand(flags):
    """Stops after a thousand hours."""
    return _runs(flags[:1000])


def wrong__run_lengths__floats(flags):
    """Returns floats, which index nothing."""
    starts, lengths = _runs(flags)
    return starts.astype(float), lengths.astype(float)


def wrong__run_lengths__no_rain_floats(flags):
    """Returns arrays of floats where it never rained."""
    starts, lengths = _runs(flags)
    return np.array(starts.tolist()), np.array(lengths.tolist())


def wrong__run_lengths__no_rain_one_spell(flags):
    """Returns a spell of no hours where it never rained."""
    starts, lengths = _runs(flags)
    return (starts, lengths) if starts.size else (np.array([0]), np.array([0]))


def wrong__run_lengths__no_rain_none(flags):
    """Returns nothing where it never rained."""
    return _runs(flags) if flags.any() else None


def wrong__run_lengths__no_hours_fails(flags):
    """Fails on an empty array, whose answer is two empty arrays."""
    return _runs(flags) if flags[0] or not flags[0] else None


def wrong__run_lengths__all_rain_fails(flags):
    """Returns nothing where it always rained."""
    starts, lengths = _runs(flags)
    return (starts[:0], lengths[:0]) if flags.all() else (starts, lengths)


def wrong__run_lengths__pairs(flags):
    """Returns pairs, not a pair of arrays."""
    starts, lengths = _runs(flags)
    return list(zip(starts.tolist(), lengths.tolist(), strict=True))


def wrong__run_lengths__columns(flags):
    """Returns arrays with two axes, as `argwhere` does."""
    starts, lengths = _runs(flags)
    return starts[:, None], lengths[:, None]


def wrong__run_lengths__three_arrays(flags):
    """Returns the ends as well."""
    starts, lengths = _runs(flags)
    return starts, lengths, starts + lengths


def wrong__run_lengths__objects(flags):
    """Returns arrays of Python objects, which index nothing."""
    starts, lengths = _runs(flags)
    return starts.astype(object), lengths.astype(object)


def wrong__run_lengths__loop(flags):
    """Loops over the hours in Python."""
    starts, lengths = [], []
    before = False
    for hour, wet in enumerate(flags):
        if wet and not before:
            starts.append(hour)
            lengths.append(0)
        if wet:
            lengths[-1] += 1
        before = wet
    return np.array(starts, dtype=int), np.array(lengths, dtype=int)


def wrong__run_lengths__loop_over_spells(flags):
    """Loops over the spells in Python."""
    edges = np.flatnonzero(np.diff(np.pad(flags, 1)))
    starts, lengths = [], []
    for i in range(0, len(edges), 2):
        starts.append(edges[i])
        lengths.append(edges[i + 1] - edges[i])
    return np.array(starts, dtype=int), np.array(lengths, dtype=int)


def wrong__run_lengths__while(flags):
    """Loops over the hours in Python."""
    starts, lengths, hour = [], [], 0
    while hour < len(flags):
        if flags[hour]:
            begin = hour
            while hour < len(flags) and flags[hour]:
                hour += 1
            starts.append(begin)
            lengths.append(hour - begin)
        hour += 1
    return np.array(starts, dtype=int), np.array(lengths, dtype=int)


def wrong__run_lengths__while_over_bytes(flags):
    """Loops over the hours in Python, in a copy."""
    return wrong__run_lengths__while(flags.tobytes())


def wrong__run_lengths__group_by(flags):
    """Loops over the hours in Python, hidden in comprehensions."""
    groups = [[hour for hour, _ in group] for wet, group in itertools.groupby(enumerate(flags), lambda p: p[1]) if wet]
    return np.array([g[0] for g in groups], dtype=int), np.array([len(g) for g in groups], dtype=int)


def wrong__run_lengths__pattern(flags):
    """Loops over the spells in Python."""
    found = [match.span() for match in re.finditer(b"\x01+", flags.tobytes())]
    return np.array([a for a, _ in found], dtype=int), np.array([b - a for a, b in found], dtype=int)


def wrong__run_lengths__recursive(flags):
    """Calls itself for each spell: too deep for a thousand spells."""
    if not flags.any():
        return np.zeros(0, dtype=int), np.zeros(0, dtype=int)
    start = int(flags.argmax())
    dry = ~flags[start:]
    length = int(dry.argmax()) if dry.any() else dry.size
    starts, lengths = wrong__run_lengths__recursive(flags[start + length :])
    return np.append(start, starts + start + length), np.append(length, lengths)


def wrong__run_lengths__clears_the_ends(flags):
    """Overwrites the first and the last hour of the argument, so that the same call twice gives two answers."""
    starts, lengths = _runs(flags)
    if flags.size:
        flags[0] = flags[-1] = False
    return starts, lengths


def wrong__run_lengths__marks_starts(flags):
    """Keeps only the starts in the argument, so that the same call twice gives two answers."""
    starts, lengths = _runs(flags)
    flags[1:] &= ~flags[:-1].copy()
    return starts, lengths


def wrong__run_lengths__one_piece_of_memory(flags):
    """Fails on every second hour of a record: the view is not one piece of memory."""
    return _runs(np.frombuffer(flags, dtype=bool) if flags.size else flags)


_RUNS_BY_COUNT = {}


def wrong__run_lengths__remembers_by_count(flags):
    """Answers as for an earlier record with as many hours and as much rain."""
    starts, lengths = _RUNS_BY_COUNT.setdefault((flags.size, int(flags.sum())), _runs(flags))
    return starts.copy(), lengths.copy()


_RUNS_BUFFER = {}


def wrong__run_lengths__one_buffer(flags):
    """Writes every answer into the arrays it returned before: the earlier result changes."""
    starts, lengths = _runs(flags)
    pair = _RUNS_BUFFER.setdefault(starts.size, (starts.copy(), lengths.copy()))
    pair[0][:], pair[1][:] = starts, lengths
    return pair


_RUNS_SO_FAR = []


def wrong__run_lengths__collects(flags):
    """Keeps the spells of earlier calls in a list that is never emptied."""
    starts, lengths = _runs(flags)
    _RUNS_SO_FAR.extend(zip(starts.tolist(), lengths.tolist(), strict=True))
    both = np.array(_RUNS_SO_FAR, dtype=int).reshape(-1, 2)
    return both[:, 0].copy(), both[:, 1].copy()


def wrong__run_lengths__only_the_example(flags):
    """Knows the docstring's example only."""
    return np.array([1, 4]), np.array([2, 1])


def wrong__run_lengths__guess(flags):
    """Guesses the lengths."""
    starts, lengths = _runs(flags)
    return starts, np.random.default_rng(0).permutation(lengths)
