# %% [markdown]
# # Exercises: see many columns in two, and know what was lost
#
# Replace each `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the
# smallest input on which your answer is wrong. Stuck? `hint(components_needed)` gives the next of three hints,
# `solution(components_needed)` the answer with its reasons. Any order; `progress()` says where you are.

# %%
import numpy as np

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Say how many components it takes  ★☆☆ · 10 min
# A satellite may send only a few numbers for each spectrum that it takes. Complete `components_needed`: the smallest
# number of principal components (at least one) that together keep at least `share` of the variance. Don't scale the
# columns. A share that is missed by no more than 1e-12 counts as reached: that much is rounding.


# %%
def components_needed(X: np.ndarray, share: float) -> int:
    """Return how many components keep `share` of the variance.

    `X` has shape (rows, columns), at least two rows, and not all rows are equal; `share` is above 0 and at most 1.

    >>> components_needed(np.array([[3.0, 1.0], [3.0, -1.0], [-3.0, 1.0], [-3.0, -1.0]]), 0.9)
    1
    """
    # BEGIN SOLUTION
    singular = np.linalg.svd(X - X.mean(axis=0), compute_uv=False)
    kept = np.cumsum(singular**2) / np.sum(singular**2)
    return int(np.sum(kept < share - 1e-12)) + 1
    # END SOLUTION


# %%
check(components_needed)

# %% [markdown] tags=["solution"]
# The variances along the axes are the squared singular values of the centered table, up to a factor that cancels in the
# share. Every running share below the wanted one belongs to a number of components that isn't enough; the next number
# is the answer. In the example the variances are as 9 to 1, so one component keeps exactly 90%, or, for a computer,
# 89.99999999999999%: hence the 1e-12.

# %% [markdown]
# ## 2. Clean a single new image  ★☆☆ · 10 min
# A scanner cleans images one by one: it projects each on a few axes and back, as in the lesson. Complete `rebuild`:
# take the mean and the first `k` principal axes of the rows of `X_train`, give each row of `X_new` its `k` numbers, and
# return the rows that these numbers describe, in the original columns.


# %%
def rebuild(X_train: np.ndarray, X_new: np.ndarray, k: int) -> np.ndarray:
    """Return what `k` components of the training rows keep of the new rows, shape of `X_new`.

    `X_train` has shape (rows, columns); `X_new` has the same columns and any number of rows, also one or none. `k` is
    at least 1, and at most the number of columns and the number of training rows less one.

    >>> rebuild(np.array([[1.0, 5.0], [3.0, 5.0], [2.0, 5.0]]), np.array([[7.0, 9.0]]), k=1)
    array([[7., 5.]])
    """
    # BEGIN SOLUTION
    mean = X_train.mean(axis=0)
    axes = np.linalg.svd(X_train - mean, full_matrices=False)[2][:k]
    return (X_new - mean) @ axes.T @ axes + mean
    # END SOLUTION


# %%
check(rebuild)

# %% [markdown] tags=["solution"]
# Everything that is learned, the mean and the axes, comes from the training rows; a new row is only transformed. The
# sign of an axis doesn't matter: it enters twice. The mean of the new rows would be wrong, and for one row fatal, since
# a row minus itself is 0. In the example the training rows vary only in the first column, so the 9 becomes a 5.

# %% [markdown]
# ## 3. Ask whether two labs found the same plane  ★★☆ · 20 min
# Two labs report the k directions in which their patients differ most. Axes may be flipped, swapped or rotated within
# the same plane, and their lengths mean nothing. Complete `subspace_agreement`: the mean of the squared cosines of the
# k principal angles between the spaces that the rows of `A` and of `B` span. With orthonormal rows `P` and `Q` for the
# two spaces, these cosines are the singular values of `P @ Q.T`.


# %%
def subspace_agreement(A: np.ndarray, B: np.ndarray) -> float:
    """Return how much two spaces agree: 1 if they are the same, 0 if all their directions are orthogonal.

    `A` and `B` have shape (k, columns), k at least 1; the rows of each are linearly independent, of any length, and
    needn't be orthogonal.

    >>> round(subspace_agreement(np.array([[2.0, 0.0, 0.0], [3.0, 1.0, 0.0]]), np.array([[0, 5.0, 0], [0, 0, 1.0]])), 9)
    0.5
    """
    # BEGIN SOLUTION
    P, Q = np.linalg.qr(A.T)[0], np.linalg.qr(B.T)[0]
    return float(np.sum((P.T @ Q) ** 2)) / len(A)
    # END SOLUTION


# %%
check(subspace_agreement)

# %% [markdown] tags=["solution"]
# QR makes the columns orthonormal without leaving the space that they span, so lengths and skewness are gone. The sum of
# the squared singular values of a matrix is the sum of its squared entries, so no SVD is needed. The mean square is
# also the share of a ball's variance in one space that survives the projection on the other, which a mean of cosines
# isn't.

# %% [markdown]
# ## 4. Count the neighbors that a map kept  ★★☆ · 15 min
# A team wants one honest number beside each map it publishes. Complete `kept_neighbors`: for every row, the share of
# its `k` nearest other rows in `high` that are also among its `k` nearest other rows in `low`; return the average. The
# distance is Euclidean. Of equally distant rows, the one with the lower index is nearer.


# %%
def kept_neighbors(high: np.ndarray, low: np.ndarray, k: int) -> float:
    """Return the average share of the `k` nearest neighbors that a map keeps, between 0 and 1.

    `high` and `low` have the same number of rows, more than `k`, and any number of columns; `k` is at least 1. Rows may
    be equal to each other.

    >>> kept_neighbors(np.array([[0.0], [1.0], [5.0], [9.0]]), np.array([[0.0], [8.0], [1.0], [3.0]]), k=1)
    0.25
    """

    # BEGIN SOLUTION
    def neighbors(table: np.ndarray) -> np.ndarray:
        d2 = ((table[:, None] - table[None]) ** 2).sum(axis=2).astype(float)
        np.fill_diagonal(d2, np.inf)
        return d2.argsort(kind="stable")[:, :k]

    before, after = neighbors(high), neighbors(low)
    return float(np.sum(before[:, :, None] == after[:, None, :])) / before.size
    # END SOLUTION


# %%
check(kept_neighbors)

# %% [markdown] tags=["solution"]
# An infinite distance to itself removes a row from its own list, also where another row equals it: dropping the first
# of the sorted neighbors could drop the twin instead. A stable sort keeps equal distances in the order of the rows. The
# comparison of each with each finds a neighbor at whatever place.
# Trustworthiness punishes intruders by how far away they come from; this count doesn't ask, and is easier to explain.

# %% [markdown]
# ## 5. Find axes without decomposing the table  ★★★ · 30 min
# A table is too large for an SVD. Complete `leading_axes`: center it, multiply it by a standard normal matrix with k + 8
# columns (drawn with `seed`), and make the result orthonormal: a basis of roughly the right space. Each of `passes`
# multiplies the basis by the centered table's transpose and by the centered table, and makes it orthonormal again. The
# best axes inside the last basis are those of a matrix with k + 8 rows. Decompose nothing whose shorter side exceeds
# k + 8.


# %%
def leading_axes(X: np.ndarray, k: int, passes: int, seed: int) -> np.ndarray:
    """Return k orthonormal principal axes, shape (k, columns), best first; signs are free.

    `X` has shape (rows, columns); `k` is at least 1 and at most rows and columns, even if the rows vary in fewer
    directions; `passes` is 0 or more. The same `seed` gives the same axes. (A QR decomposition of a matrix with k + 8
    columns is allowed, of course.)

    >>> table = np.column_stack([np.arange(30.0), np.zeros(30), np.arange(30.0)])
    >>> np.abs(leading_axes(table, k=1, passes=2, seed=0)).round(3)
    array([[0.707, 0.   , 0.707]])
    """
    # BEGIN SOLUTION
    centered = X - X.mean(axis=0)
    sketch = np.random.default_rng(seed).standard_normal((X.shape[1], k + 8))
    basis = np.linalg.qr(centered @ sketch)[0]
    for _ in range(passes):
        basis = np.linalg.qr(centered @ (centered.T @ basis))[0]
    return np.linalg.svd(basis.T @ centered, full_matrices=False)[2][:k]
    # END SOLUTION


# %%
check(leading_axes)

# %% [markdown] tags=["solution"]
# A random sketch sees every direction in proportion to its singular value; each pass multiplies that proportion by the
# squared singular value, so that the tail fades. Without QR in between all columns would turn toward the first axis, and
# the later ones would drown in rounding. The last step sorts: the basis spans the right space, but its columns are
# mixtures. This is what `PCA(svd_solver="randomized")` does (Halko, Martinsson and Tropp, 2011).
