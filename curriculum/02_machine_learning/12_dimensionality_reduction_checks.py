"""Checks of `02_machine_learning/12_dimensionality_reduction`: eigenvalues, principal angles, loops, exact axes."""

import functools
import itertools
import math
import sys

import numpy as np
import scipy.linalg
from hypothesis import assume
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from handrail.expect import (
    agree,
    arrays,
    attempt,
    between,
    call,
    close,
    equivalent,
    for_all,
    hints,
    kind,
    numbers,
    require,
    shape,
    told_by_message,
)


def _also_right(answer, oracle, cases, **tolerance):
    """Compare on inputs too large or too special to come before the search, each with what is special about it."""
    for why, given in cases.items():
        mine = given.copy()
        returned = answer(*mine.args, **mine.kwargs)
        close(returned, oracle(*given.copy().args), given=given, why=why, **tolerance)


# 1. components_needed

SHARES = [1e-9, 0.2, 0.5, 0.75, 0.8, 0.9, 0.95, 0.99, 1.0]


@st.composite
def _spectra(draw):
    X = draw(arrays(numbers(-4, 4), shape=(draw(between(2, 8)), draw(between(1, 4)))))
    assume(np.ptp(X, axis=0).any())
    return call(X, draw(st.sampled_from(SHARES)))


def _components_needed(X, share):
    X = np.asarray(X, dtype=float)
    ratio = PCA(svd_solver="full").fit(X).explained_variance_ratio_
    return next(k for k, kept in enumerate(itertools.accumulate(ratio), start=1) if kept >= share - 1e-12)


def _crosses(*lengths, middle=0.0):
    """Return rows at ± each length along its own column, around a middle: variances as the squared lengths."""
    return np.vstack([np.diag(lengths), -np.diag(lengths)]) + middle


@hints(
    "The variance along an axis has to do with a singular value, but of which table, and is it the value itself?",
    "Center first. Squared singular values, divided by their sum, are the shares; a running sum tells what k of them "
    "keep.",
    "Count the running shares that are still below the wanted one (with 1e-12 of grace). That many components are not "
    "enough. How many are?",
)
@equivalent(
    "kept < share - 1e-12",
    "kept <= share - 1e-12",
    because="no share of a computer's arithmetic lies exactly 1e-12 below the wanted one",
)
def check_components_needed(components_needed):
    corners = [
        call(_crosses(3.0, 1.0), 0.5),
        call(_crosses(3.0, 2.0, 1.0), 0.6),
        call(_crosses(3.0, 2.0, 1.0), 0.93),
        call(_crosses(1.0, 1.0, 1.0, 1.0), 0.75),
        call(_crosses(1.0, 1.0, 1.0, 1.0), 0.76),
        call(_crosses(2.0, 1.0, 1.0, middle=[50.0, -20.0, 70.0]), 0.7),
        call(_crosses(3.0, 1.0), 0.9 + 5e-13),
        call(_crosses(2.0, 1.0, 1.0), 5 / 6 + 5e-13),
        call(_crosses(3.0, 1.0), 0.9 + 1.6e-12),
        call(_crosses(3.0, 1.0), 0.9 + 1e-10),
        call(_crosses(1.0, 1e-5), 1.0),
        call(_crosses(1.0, 1e-8), 1.0),
        call(_crosses(100.0, 1.0), 0.9),
        call(_crosses(3.0, 1.0), 1e-9),
        call(np.array([[2.0], [5.0], [5.0]]), 1.0),
        call(np.array([[1.0, 2.0, 3.0, 4.0], [2.0, 0.0, 3.0, 9.0]]), 1.0),
        call(np.array([[1.0, 0.0, 2.0, 4.0, 1.0], [0.0, 3.0, 1.0, 0.0, 2.0], [5.0, 1.0, 0.0, 2.0, 2.0]]), 0.99),
        call(np.array([[1, 7, 7], [2, 7, 9], [3, 7, 8], [9, 7, 0]]), 0.95),
        call(np.random.default_rng(0).integers(-9, 10, (60, 9)) * np.arange(1.0, 10), 0.8),
    ]
    agree(components_needed, _components_needed, on=_spectra(), also=corners, examples=18)
    turned = np.zeros((120, 2))
    turned[:60, 0] = turned[60:, 1] = np.tile([1.0, -1.0], 30)
    special = {
        "Equal rows count each.": call(np.array([[2.0, 0.0], [-2.0, 0.0], *[[0.0, 3.0], [0.0, -3.0]] * 2]), 0.75),
        "The mean is far from 0: center before you square or multiply.": call(_crosses(3.0, 1.0, middle=1e8), 0.95),
        "Here 16 axes have the same variance.": call(_crosses(*[1.0] * 16), 0.99),
        "Here the last rows vary along another axis than the first.": call(turned, 0.75),
    }
    _also_right(components_needed, _components_needed, special)


def _shares(table, power=2):
    singular = np.linalg.svd(table, compute_uv=False) ** power
    return singular.cumsum() / singular.sum()


def components_needed__not_centered(X, share):
    """Your first component points at the mean. Subtract the mean of each column first."""
    return int((_shares(X) < share - 1e-12).sum()) + 1


def components_needed__not_squared(X, share):
    """Variance is the square of the singular value."""
    return int((_shares(X - X.mean(axis=0), power=1) < share - 1e-12).sum()) + 1


def components_needed__one_too_few(X, share):
    """With this many components the share is not yet reached: a position counts from 0."""
    return int((_shares(X - X.mean(axis=0)) < share - 1e-12).sum())


def components_needed__exact_comparison(X, share):
    """A share that is missed by 1e-12 or less counts as reached: rounding alone can miss it. Allow for that."""
    return min(int((_shares(X - X.mean(axis=0)) < share).sum()) + 1, min(X.shape))


def components_needed__scaled(X, share):
    """You scaled the columns to the same spread. The task asks for the variance of the columns as they are."""
    spread = X.std(axis=0)
    scaled = (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return int((_shares(scaled) < share - 1e-12).sum()) + 1


# 2. rebuild


@st.composite
def _scans(draw):
    columns = draw(between(1, 4))
    X_train = draw(arrays(numbers(-4, 4), shape=(draw(between(2, 8)), columns)))
    k = draw(between(1, min(columns, len(X_train) - 1)))
    assume(_clear(X_train, k))
    return call(X_train, draw(arrays(numbers(-4, 4), shape=(draw(between(1, 4)), columns))), k)


def _clear(X_train, k):
    """Whether the first k axes span one space only: no variance of zero among them, and no tie at the border."""
    singular = np.append(np.linalg.svd(X_train - X_train.mean(axis=0), compute_uv=False), 0)
    return singular[k - 1] > 0.1 and singular[k - 1] - singular[k] > 0.02 * singular[0]


def _rebuild(X_train, X_new, k):
    X_train, X_new = np.asarray(X_train, dtype=float), np.asarray(X_new, dtype=float)
    mean = X_train.mean(axis=0)
    _, vectors = np.linalg.eigh((X_train - mean).T @ (X_train - mean))
    rows = [mean + sum((v @ (row - mean)) * v for v in vectors.T[::-1][:k]) for row in X_new]
    return np.array(rows).reshape(X_new.shape).round(12) + 0.0  # so that a message says 0, not 2.8e-17


@hints(
    "What does the scanner know when a single new image arrives? Only the training rows: the mean and the axes are "
    "theirs.",
    "Subtract the training mean, take the dot products with k axes, then turn the k numbers back into a row.",
    "The numbers are `(X_new - mean) @ axes.T`, the way back multiplies by `axes`. What was subtracted at the start, "
    "and is still missing?",
)
@equivalent(
    "np.linalg.svd(X_train - mean, full_matrices=False)",
    "np.linalg.svd(X_train - mean)",
    because="the first k axes are the same; only columns that nobody uses are added",
)
@equivalent(
    "np.linalg.svd(X_train - mean, full_matrices=False)",
    "np.linalg.svd(X_train - mean, full_matrices=True)",
    because="the first k axes are the same; only columns that nobody uses are added",
)
def check_rebuild(rebuild):
    rng = np.random.default_rng(3)
    spread = np.array([[3.0, 0.0, 1.0], [-3.0, 0.5, 1.0], [0.0, 2.0, 1.5], [1.0, -2.5, 0.0], [5.0, 1.0, 7.0]])
    wide = rng.integers(-8, 9, (4, 7)) / 4
    corners = [
        call(spread, np.array([[2.0, 1.0, -1.0], [0.0, 4.0, 3.0], [7.0, -1.0, 2.0]]), 1),
        call(spread, np.array([[2.0, 1.0, -1.0], [0.0, 4.0, 3.0], [7.0, -1.0, 2.0]]), 2),
        call(spread, np.array([[2.0, 1.0, -1.0]]), 2),
        call(spread, np.array([[2.0, 1.0, -1.0], [2.0, 1.0, -1.0]]), 1),
        call(spread, np.array([[2.0, 1.0, -1.0], [-9.0, 4.0, 2.0]]), 3),
        call(spread + np.array([100.0, -50.0, 30.0]), spread[:2], 2),
        call(spread * [1.0, 10.0, 0.1], spread[1:4], 1),
        call(wide, rng.integers(-8, 9, (3, 7)) / 4, 2),
        call(wide, wide, 3),
        call(np.array([[1], [4], [9]]), np.array([[7], [2]]), 1),
        call(np.array([[1, 5, 0], [3, 5, 2], [2, 5, 7]]), np.array([[7, 9, 1], [0, 0, 0]]), 1),
        call(rng.integers(-20, 21, (40, 6)) * np.array([1, 2, 3, 4, 5, 6.0]), rng.integers(-20, 21, (9, 6)) / 2, 4),
    ]
    agree(rebuild, _rebuild, on=_scans(), also=corners, examples=18, rtol=1e-5, atol=1e-6)
    empty = rebuild(spread, np.empty((0, 3)), 2)
    kind(empty, (np.ndarray, list, tuple), "the result for no new rows")
    require(len(empty) == 0, "For no new rows the result should have no rows.")
    if isinstance(empty, np.ndarray):
        shape(empty, (0, 3), "the result for no new rows, an `X_new` of shape (0, 3),")


def _way_back(table, axes):
    return table @ axes.T @ axes


def rebuild__mean_of_the_new(X_train, X_new, k):
    """You subtracted the mean of the new rows, and a single new row came back unchanged. Use the training mean."""
    axes = np.linalg.svd(X_train - X_train.mean(axis=0), full_matrices=False)[2][:k]
    mean = X_new.mean(axis=0) if len(X_new) else X_train.mean(axis=0)
    return _way_back(X_new - mean, axes) + mean


def rebuild__mean_not_added(X_train, X_new, k):
    """What you return lies around 0: add the training mean at the end."""
    mean = X_train.mean(axis=0)
    return _way_back(X_new - mean, np.linalg.svd(X_train - mean, full_matrices=False)[2][:k])


def rebuild__axes_of_the_new(X_train, X_new, k):
    """The axes belong to the training rows. A scanner that sees one image can't learn axes from it."""
    mean = X_train.mean(axis=0)
    return _way_back(X_new - mean, np.linalg.svd(X_new - mean, full_matrices=False)[2][:k]) + mean


def rebuild__not_centered(X_train, X_new, k):
    """Without subtracting the mean your first axis points at it, and the others are bent too."""
    return _way_back(X_new, np.linalg.svd(X_train, full_matrices=False)[2][:k])


def rebuild__scaled(X_train, X_new, k):
    """You scaled the columns; the axes of scaled columns are others. Only center."""
    mean, spread = X_train.mean(axis=0), X_train.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    axes = np.linalg.svd((X_train - mean) / spread, full_matrices=False)[2][:k]
    return _way_back((X_new - mean) / spread, axes) * spread + mean


def rebuild__the_numbers(X_train, X_new, k):
    """You return the k numbers of each row. Turn them back into rows of the original columns."""
    mean = X_train.mean(axis=0)
    return (X_new - mean) @ np.linalg.svd(X_train - mean, full_matrices=False)[2][:k].T


# 3. subspace_agreement


@st.composite
def _planes(draw):
    columns = draw(between(1, 5))
    k = draw(between(1, min(columns, 3)))
    A, B = (draw(arrays(numbers(-4, 4), shape=(k, columns))) for _ in "AB")
    assume(min(np.linalg.svd(M, compute_uv=False)[-1] for M in (A, B)) > 0.3)
    return call(A, B)


def _subspace_agreement(A, B):
    angles = scipy.linalg.subspace_angles(np.asarray(A, dtype=float).T, np.asarray(B, dtype=float).T)
    return float(np.mean(np.cos(angles) ** 2))


@hints(
    "Two labs that report the same plane with other directions in it must get 1. Does your answer depend on the "
    "lengths of the rows, or on their order?",
    "First give each space an orthonormal basis: `np.linalg.qr` makes orthonormal *columns*, and your directions are "
    "rows.",
    "With orthonormal bases, take all their dot products, k × k of them. The squared singular values of that matrix "
    "are the squared cosines; their sum is also something simpler.",
)
def check_subspace_agreement(subspace_agreement):
    plane = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    tilted = np.array([[0.6, 0.0, 0.8, 0.0], [0.0, 1.0, 0.0, 0.0]])
    skew = np.array([[1.0, 0.0, 0.0, 0.0], [1.0, 0.5, 0.0, 0.0]])
    rng = np.random.default_rng(2)
    many = rng.integers(-9, 10, (2, 6, 30)) / 2
    corners = [
        call(plane, tilted),
        call(plane, tilted[::-1]),
        call(plane, -3.0 * tilted),
        call(plane * [[5.0], [1.0]], tilted),
        call(skew, tilted),
        call(tilted, skew * [[100.0], [0.5]]),
        call(skew, plane),
        call(plane, np.array([[0.0, 0.0, 2.0, 0.0], [0.0, 0.0, 1.0, 3.0]])),
        call(np.array([[3.0, 4.0]]), np.array([[4.0, 3.0]])),
        call(np.array([[3.0, 4.0]]), np.array([[-4.0, 3.0]])),
        call(np.array([[2.0]]), np.array([[-5.0]])),
        call(np.array([[1, 2], [3, 4]]), np.array([[5, 6], [7, 9]])),
        call(np.array([[1, 2, 0], [3, 4, 1]]), np.array([[0, 1, 1], [2, 0, 5]])),
        call(many[0], many[1]),
        call(many[0], rng.normal(size=(6, 6)) @ many[0]),
        call(1e-6 * many[0], 1e5 * many[1]),
    ]
    near = {"rtol": 1e-5, "atol": 1e-7}
    agree(subspace_agreement, _subspace_agreement, on=_planes(), also=corners, examples=18, **near)
    special = {"Rows may have any length, also a tiny one.": call(1e-9 * skew, tilted)}
    _also_right(subspace_agreement, _subspace_agreement, special, **near)


def _unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _bases(A, B):
    return np.linalg.qr(A.T)[0], np.linalg.qr(B.T)[0]


def subspace_agreement__pairs_of_rows(A, B):
    """The same plane has many bases: axes may be flipped, swapped or rotated. Don't compare row by row."""
    return float(np.mean((_unit(A) * _unit(B)).sum(axis=1) ** 2))


def subspace_agreement__raw_rows(A, B):
    """Longer rows counted more. Make the rows of each orthonormal first."""
    return float(np.linalg.norm(A @ B.T) ** 2) / len(A)


def subspace_agreement__not_orthogonal(A, B):
    """Your rows have length 1 but aren't orthogonal, so what two of them share counts twice. Use QR."""
    return float(np.linalg.norm(_unit(A) @ _unit(B).T) ** 2) / len(A)


def subspace_agreement__not_squared(A, B):
    """Use squares; then it is the share of one plane's variance that the other keeps."""
    P, Q = _bases(A, B)
    return float(np.linalg.svd(P.T @ Q, compute_uv=False).mean())


def subspace_agreement__sum(A, B):
    """That is the sum of the squared cosines. Divide by their number, so that equal spaces have 1."""
    P, Q = _bases(A, B)
    return float(((P.T @ Q) ** 2).sum())


def subspace_agreement__best_pair(A, B):
    """That is the best of the angles only. Average the squared cosines of all k."""
    P, Q = _bases(A, B)
    return float(np.linalg.svd(P.T @ Q, compute_uv=False).max() ** 2)


# 4. kept_neighbors


@st.composite
def _maps(draw):
    n = draw(between(2, 8))
    high = draw(arrays(numbers(-2, 2, step=0.5), shape=(n, draw(between(1, 3)))))
    low = draw(arrays(numbers(-2, 2, step=0.5), shape=(n, draw(between(1, 3)))))
    return call(high, low, draw(between(1, min(4, n - 1))))


def _kept_neighbors(high, low, k):
    total = 0
    for i in range(len(high)):
        lists = []
        for table in (high.tolist(), low.tolist()):
            others = [(math.fsum((a - b) ** 2 for a, b in zip(table[i], table[j], strict=True)), j)
                      for j in range(len(table)) if j != i]  # fmt: skip
            lists.append({j for _, j in sorted(others)[:k]})
        total += len(lists[0] & lists[1])
    return total / (k * len(high))


@hints(
    "Write a function for one table: for each row, the k nearest others. Try it on three points on a line.",
    "Being in both lists counts, at whichever place. And a row must never be in its own list, not even when another "
    "row is equal to it.",
    "Make the distance of each row to itself infinite before you sort, and sort so that equal distances keep the order "
    "of the rows (`kind=...`).",
)
@equivalent(
    "d2.argsort(kind='stable')",
    "d2.argsort(kind='stable?')",
    because="NumPy reads the first letter only",
)
def check_kept_neighbors(kept_neighbors):
    rng = np.random.default_rng(4)
    grid = rng.integers(0, 5, (2, 60, 2)).astype(float)
    line = np.array([[0.0], [1.0], [3.0], [7.0], [15.0]])
    corners = [
        call(line, np.array([[0.0], [1.0], [15.0], [7.0], [2.0]]), 1),
        call(line, np.array([[0.0], [1.0], [15.0], [7.0], [2.0]]), 2),
        call(line, line[::-1].copy(), 2),
        call(line, -line, 3),
        call(line, line, 4),
        call(np.array([[0.0], [9.0]]), np.array([[4.0], [4.0]]), 1),
        call(np.array([[0.0, 0.0], [3.0, 3.0], [0.0, 5.0], [9.0, 9.0]]), np.array([[0.0], [1.0], [2.0], [4.0]]), 1),
        call(np.array([[2.0], [2.0], [2.0], [5.0]]), np.array([[1.0], [4.0], [2.0], [2.0]]), 1),
        call(np.array([[2.0], [2.0], [2.0], [5.0], [2.0]]), np.array([[3.0], [3.0], [9.0], [3.0], [3.0]]), 2),
        call(np.array([[0.0], [1.0], [-1.0], [2.0]]), np.array([[0.0], [-1.0], [1.0], [3.0]]), 1),
        call(np.array([[0], [4], [1], [9]]), np.array([[0, 0], [1, 1], [5, 2], [2, 2]]), 2),
        call(grid[0], grid[1], 5),
        call(rng.integers(0, 40, (40, 6)) / 4, rng.integers(0, 40, (40, 2)) / 4, 7),
        call(grid[0], grid[0] + rng.integers(0, 2, (60, 2)), 3),
    ]
    agree(kept_neighbors, _kept_neighbors, on=_maps(), also=corners, examples=18)
    bent = np.array([[0.0], [1.0], [15.0], [7.0], [2.0]])
    special = {
        "The numbers are tiny, but the distances differ.": call(1e-12 * line, 1e-12 * bent, 2),
        "The distances are large; a row still isn't its own neighbor.": call(1e7 * line, 1e7 * bent, 2),
        "The rows are far from 0: subtract before you square.": call(line + 1e9, bent + 1e9, 2),
    }
    _also_right(kept_neighbors, _kept_neighbors, special)
    pairs = np.repeat(np.arange(0.0, 600, 10), 2)[:, None] + np.tile([[0.0], [1.0]], (60, 1))
    parted = pairs.copy()
    parted[110:, 0] = 1000 + 10 * (np.arange(10) % 5) + np.arange(10) // 5  # new partners for the last ten rows
    given = call(pairs, parted, 1)
    close(kept_neighbors(*given.copy().args), 110 / 120, given=given, why="Every row counts, also of 120.")


def _sorted_rows(table, power=2, own=np.inf):
    d = (np.abs(table[:, None] - table[None]) ** power).sum(axis=2).astype(float)
    np.fill_diagonal(d, own)
    return d.argsort(axis=1, kind="stable")


def _shared(first, second):
    return float(np.mean([len(set(a) & set(b)) / len(a) for a, b in zip(first.tolist(), second.tolist(), strict=True)]))


def kept_neighbors__own_neighbor(high, low, k):
    """Every row is its own neighbor here: you start with a gift of 1/k. Leave the row itself out."""
    return _shared(_sorted_rows(high, own=-1)[:, :k], _sorted_rows(low, own=-1)[:, :k])


def kept_neighbors__same_rank(high, low, k):
    """Asked is membership, not rank: a neighbor that moved from second to third place is kept."""
    return float((_sorted_rows(high)[:, :k] == _sorted_rows(low)[:, :k]).mean())


def kept_neighbors__both_from_the_map(high, low, k):
    """Both lists came from the map, so they always agree. One belongs to `high`."""
    return _shared(_sorted_rows(low)[:, :k], _sorted_rows(low)[:, :k])


def kept_neighbors__first_dropped(high, low, k):
    """You dropped the first of the sorted rows as the row itself. Where another row equals it, that may be the twin."""
    return _shared(_sorted_rows(high, own=0)[:, 1 : k + 1], _sorted_rows(low, own=0)[:, 1 : k + 1])


def kept_neighbors__city_blocks(high, low, k):
    """You added up absolute differences. The Euclidean distance squares them."""
    return _shared(_sorted_rows(high, power=1)[:, :k], _sorted_rows(low, power=1)[:, :k])


def kept_neighbors__union(high, low, k):
    """You divided by all rows that are in either list. The share is of the k neighbors in the data."""
    pairs = zip(_sorted_rows(high)[:, :k].tolist(), _sorted_rows(low)[:, :k].tolist(), strict=True)
    return float(np.mean([len(set(a) & set(b)) / len(set(a) | set(b)) for a, b in pairs]))


# 5. leading_axes

DECOMPOSITIONS = {"svd", "svdvals", "svds", "eig", "eigh", "eigvals", "eigvalsh", "eigsh", "eigs", "pinv", "schur"}


@functools.cache
def _table(rows, columns, spectrum, middle=0.0, seed=0):
    """Return a table with these singular values around its mean, and its axes."""
    rng = np.random.default_rng(seed)
    left = rng.normal(size=(rows, len(spectrum)))
    left = np.linalg.qr(left - left.mean(axis=0))[0]
    axes = np.linalg.qr(rng.normal(size=(columns, len(spectrum))))[0].T
    return left * np.array(spectrum) @ axes + middle * rng.normal(size=columns), axes


SLOW = tuple(1 / np.sqrt(np.arange(1.0, 101)))
STEEP = tuple(10 ** (-np.arange(30) / 2))


def _kept(X, axes, best=None):
    """Return the variance along the axes, as a share of the most that as many axes can have."""
    centered = X - X.mean(axis=0)
    best = np.linalg.svd(centered, compute_uv=False) if best is None else np.array(best)
    return float(((centered @ axes.T) ** 2).sum() / (best[: len(axes)] ** 2).sum())


def _axes_of(answer, X, k, passes, seed, why=""):
    """Call the answer, watch what it decomposes, and look at what came back as an array of orthonormal rows."""
    sides = []

    def profile(frame, event, argument):
        code = frame.f_code
        if (
            event == "call"
            and code.co_name in DECOMPOSITIONS
            and ("numpy" in code.co_filename or "sci" in code.co_filename)
        ):
            given = next((v for v in frame.f_locals.values() if len(getattr(v, "shape", ())) == 2), None)
            sides.append(0 if given is None else min(given.shape))

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        returned = answer(X, k, passes, seed)
    finally:
        sys.setprofile(before)
    kind(returned, (np.ndarray, list, tuple))
    axes = attempt(lambda: np.asarray(returned, dtype=float), "reading your result as an array of numbers")
    shape(axes, (k, X.shape[1]))
    require(
        max(sides, default=0) <= k + 8,
        "You decomposed a matrix whose shorter side exceeds k + 8. Decompose only what the basis leaves of the table.",
    )
    orthonormal = np.allclose(axes @ axes.T, np.eye(k), atol=1e-5)
    require(orthonormal, f"The rows should have length 1 and be orthogonal. {why}".strip())
    return axes


@st.composite
def _small_tables(draw):
    X = draw(arrays(numbers(-4, 4), shape=(draw(between(2, 7)), draw(between(1, 4)))))
    singular = np.linalg.svd(X - X.mean(axis=0), compute_uv=False)
    rank = int((singular > 0.1).sum())
    assume(rank > 0)
    return call(X, draw(between(1, rank)), draw(between(0, 3)), draw(between(0, 9)))


@told_by_message
@equivalent(
    "np.linalg.svd(basis.T @ centered, full_matrices=False)",
    "np.linalg.svd(basis.T @ centered)",
    because="the first k axes are the same; only axes that nobody uses are added",
)
@equivalent(
    "np.linalg.svd(basis.T @ centered, full_matrices=False)",
    "np.linalg.svd(basis.T @ centered, full_matrices=True)",
    because="the first k axes are the same; only axes that nobody uses are added",
)
@hints(
    "Follow the four steps on a small table, and print the shape after each: (rows, k + 8) is the shape of the basis.",
    "`np.linalg.qr(...)[0]` makes columns orthonormal. Use it after the first product and again in every pass; without "
    "it all columns turn toward the first axis.",
    "`basis.T @ centered` has k + 8 rows, so its SVD is cheap. Its right singular vectors are sorted; the basis itself "
    "isn't.",
)
def check_leading_axes(leading_axes):
    def small(X, k, passes, seed):
        axes = _axes_of(leading_axes, X, k, passes, seed)
        message = "On a table with so few columns the sketch holds all of it, so the axes should be the best ones."
        require(_kept(X, axes) > 1 - 1e-7, message)

    _far_from_the_origin(leading_axes)
    _sorted_axes(leading_axes)
    _full_sketch(leading_axes)
    _many_passes(leading_axes)
    _steep(leading_axes)
    _without_passes(leading_axes)
    _one_pass(leading_axes)
    _seeds(leading_axes)
    _leaning_sketch(leading_axes)
    corners = [
        call(np.array([[1.0], [4.0], [9.0]]), 1, 0, 0),
        call(np.array([[1, 4, 0], [5, 2, 2]]), 1, 2, 1),
        call(np.array([[100.0, 0.0], [101.0, 3.0], [99.0, 5.0]]), 2, 1, 5),
    ]
    for_all(small, on=_small_tables(), also=corners, examples=12)
    line = np.outer([1.0, -1.0, 2.0, -2.0], [3.0, 0.0, 4.0])
    why = "The rows of this table lie on a line; you still return k axes."
    first = _axes_of(leading_axes, line, 3, 1, 0, why)[0]
    require(abs(first @ [0.6, 0.0, 0.8]) > 1 - 1e-7, "Where the rows lie on a line, the first axis is along it.")


def _far_from_the_origin(answer):
    X, _ = _table(60, 40, tuple(0.3 ** np.arange(12)), middle=5.0)
    mine = _axes_of(answer, X, 3, 4, 0)
    mean = X.mean(axis=0) / np.linalg.norm(X.mean(axis=0))
    require(abs(mine[0] @ mean) < 0.5, "Your first axis points at the mean of the rows.")


def _many_passes(answer):
    X, axes = _table(200, 60, (1.0,) * 3 + (0.8,) * 57, seed=5)
    missed = [1 - np.linalg.norm(_axes_of(answer, X, 3, 12, seed) @ axes[:3].T) ** 2 / 3 for seed in (0, 1)]
    require(
        max(missed) < 6e-4,
        "On a table of 200 × 60 with three singular values of 1 and a tail of 0.8, 12 passes should let the tail fade.",
    )


def _sorted_axes(answer):
    X, axes = _table(60, 30, tuple(0.9 ** np.arange(4)), middle=1.0, seed=3)
    where = "On a table of rank k the basis holds all of it, but"
    overlap = np.abs(_axes_of(answer, X, 4, 1, 0) @ axes[:4].T)
    require((overlap**2).sum() > 3.999, f"{where} your k axes don't.")
    require(overlap.max(axis=1).min() > 0.9999, f"{where} your axes are mixtures of the principal ones.")
    require(overlap.diagonal().min() > 0.9999, f"{where} your axes aren't in order: the largest variance comes first.")


def _steep(answer):
    X, axes = _table(120, 40, STEEP, middle=1.0, seed=1)
    mine = _axes_of(answer, X, 8, 12, 3)
    require(
        np.abs((mine * axes[:8]).sum(axis=1)).min() > 0.999,
        "On a table whose singular values fall tenfold every two axes, the axes after 12 passes aren't the principal "
        "ones: the later ones drowned in rounding.",
    )


def _full_sketch(answer):
    for rank, asked in (
        (9, "Has your random matrix k + 8 columns?"),
        (10, "Has your random matrix k + 8 columns, and do you multiply the centered table by it?"),
    ):
        X, axes = _table(50, 30, tuple(0.8 ** np.arange(rank)), middle=1.0, seed=2)
        mine = _axes_of(answer, X, 2, 0, 4)
        require(
            np.abs((mine * axes[:2]).sum(axis=1)).min() > 1 - 1e-9,
            f"On a table of rank k + {rank - 2} a sketch with k + 8 columns holds everything, also without a pass; "
            f"yours doesn't. {asked}",
        )


def _without_passes(answer):
    X, _ = _table(300, 100, SLOW)
    kept = np.mean([_kept(X, _axes_of(answer, X, 5, 0, seed), SLOW) for seed in (0, 1, 2)])
    require(
        kept < 0.975,
        "Without a pass (passes = 0) one sketch can't be that good: you went over the table more often than asked, or "
        "decomposed it.",
    )


def _one_pass(answer):
    X, _ = _table(300, 100, SLOW)
    kept = np.mean([_kept(X, _axes_of(answer, X, 5, 1, seed), SLOW) for seed in (0, 1, 2)])
    require(kept > 0.98, "With passes = 1 your axes are no better than without a pass. Is one pass missing?")


@functools.cache
def _agreeing_columns():
    """Return a table that varies 20% more along the direction in which all columns agree than along any other."""
    rng = np.random.default_rng(7)
    axes = np.linalg.qr(np.column_stack([np.ones(100), rng.normal(size=(100, 99))]))[0].T
    left = rng.normal(size=(150, 100))
    return np.linalg.qr(left - left.mean(axis=0))[0] * np.array([1.2, *[1.0] * 99]) @ axes


def _leaning_sketch(answer):
    X = _agreeing_columns()
    first = [_axes_of(answer, X, 1, 0, seed)[0] for seed in (0, 1, 2)]
    require(
        np.mean([axis.sum() ** 2 / 100 for axis in first]) < 0.7,
        "Your sketch leans toward the direction in which all columns agree. Draw standard normal numbers: around 0.",
    )


def _seeds(answer):
    X, _ = _table(300, 100, SLOW)
    first, again, other = (_axes_of(answer, X, 3, 0, seed) for seed in (5, 5, 6))
    require(np.array_equal(first, again), "The same seed should give the same axes each time.")
    require(not np.allclose(np.abs(first), np.abs(other)), "Another seed should draw another sketch.")


def _sketched(X, k, passes, seed, centered=True, between=None, last=True):
    """Return the axes, with one of the steps replaced by another (wrong) one."""
    table = X - X.mean(axis=0) if centered else X
    basis = table @ np.random.default_rng(seed).standard_normal((X.shape[1], k + 8))
    basis = np.linalg.qr(basis)[0]
    for _ in range(passes):
        basis = table @ (table.T @ basis)
        basis = np.linalg.qr(basis)[0] if between is None else between(basis)
    basis = np.linalg.qr(basis)[0]
    if not last:
        return np.linalg.qr(table.T @ basis)[0].T[:k]
    return np.linalg.svd(basis.T @ table, full_matrices=False)[2][:k]


def leading_axes__not_centered(X, k, passes, seed):
    """The first axis points at the mean. Center the table first."""
    return _sketched(X, k, passes, seed, centered=False)


def leading_axes__passes_ignored(X, k, passes, seed):
    """One sketch mixes the tail into the axes. Every pass multiplies by the transpose and by the table again."""
    return _sketched(X, k, 0, seed)


def leading_axes__not_orthonormal_in_between(X, k, passes, seed):
    """The later axes drowned in rounding. The basis must be orthonormal after every pass, not only at the end."""
    return _sketched(X, k, passes, seed, between=lambda basis: basis / np.linalg.norm(basis))


def leading_axes__not_sorted(X, k, passes, seed):
    """The plane is right, but the axes are mixtures and not sorted: the columns of a basis aren't principal axes. Find
    the best axes inside it with the SVD of a small matrix.
    """
    return _sketched(X, k, passes, seed, last=False)


def leading_axes__too_few_columns(X, k, passes, seed):
    """Your random matrix has too few columns. It needs k + 8: the spare ones catch what k alone would miss."""
    table = X - X.mean(axis=0)
    basis = np.linalg.qr(table @ np.random.default_rng(seed).standard_normal((X.shape[1], k)))[0]
    for _ in range(passes):
        basis = np.linalg.qr(table @ (table.T @ basis))[0]
    return np.linalg.svd(basis.T @ table, full_matrices=False)[2][:k]


def leading_axes__whole_table(X, k, passes, seed):
    """You decomposed the table or a matrix as large. Project the table on the basis first, and decompose that."""
    return np.linalg.svd(X - X.mean(axis=0), full_matrices=False)[2][:k]


def leading_axes__seed_ignored(X, k, passes, seed):
    """Your sketch doesn't depend on `seed`. Draw it with `np.random.default_rng(seed)`."""
    return _sketched(X, k, passes, 0)
