"""Answers to 02_machine_learning/12_dimensionality_reduction by somebody who has not seen its checks: `right__...` must
pass, `wrong__...` must fail."""

import math

import numpy as np
import scipy.linalg
import scipy.sparse.linalg
from numpy.linalg import svd as _bound_svd
from scipy.linalg import lapack as _lapack
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.extmath import randomized_svd

_SLACK = 1e-12

# --- components_needed -----------------------------------------------------------------------------------------------


def _variances(X):
    """The variance along each component (times the rows), largest first."""
    X = np.asarray(X, dtype=float)
    return np.linalg.svd(X - X.mean(axis=0), compute_uv=False) ** 2


def _first_enough(variances, share, slack=_SLACK):
    kept = np.cumsum(variances) / np.sum(variances)
    enough = kept >= share - slack
    return int(np.argmax(enough)) + 1 if enough.any() else len(kept)


def right__components_needed__singular_values(X, share):
    """The squared singular values of the centered table, in a plain loop."""
    variances = _variances(X)
    total, kept = variances.sum(), 0.0
    for count, variance in enumerate(variances, start=1):
        kept += variance
        if kept / total >= share - _SLACK:
            return count
    return len(variances)


def right__components_needed__covariance(X, share):
    """The eigenvalues of the covariance matrix; one column gives a number there."""
    values = np.linalg.eigvalsh(np.atleast_2d(np.cov(np.asarray(X, dtype=float), rowvar=False)))[::-1]
    return _first_enough(np.clip(values, 0, None), share)


def right__components_needed__gram(X, share):
    """The eigenvalues of the matrix rows x rows; returns a NumPy integer."""
    Z = X - np.mean(X, axis=0)
    kept = np.cumsum(np.linalg.eigvalsh(Z @ Z.T)[::-1]) / np.sum(Z * Z)
    return np.sum(kept < share - _SLACK) + 1


def right__components_needed__sklearn(X, share):
    """The ratios that scikit-learn reports, counted by a binary search."""
    kept = np.cumsum(PCA(svd_solver="full").fit(np.asarray(X, dtype=float)).explained_variance_ratio_)
    return min(int(np.searchsorted(kept, share - _SLACK)) + 1, len(kept))


def right__components_needed__what_is_missing(X, share):
    """Drops components from the last on as long as what is left out stays small enough."""
    variances = _variances(X) / _variances(X).sum()
    count, missing = len(variances), 0.0
    while count > 1 and missing + variances[count - 1] <= 1 - share + _SLACK:
        count -= 1
        missing += variances[count]
    return count


def wrong__components_needed__global_mean(X, share):
    """Takes the mean of all the numbers off, not each column's."""
    return _first_enough(np.linalg.svd(X - np.mean(X), compute_uv=False) ** 2, share)


def wrong__components_needed__not_centered(X, share):
    """The variance is around the mean; here around zero."""
    return _first_enough(np.linalg.svd(X, compute_uv=False) ** 2, share)


def wrong__components_needed__scaled(X, share):
    """Scales the columns."""
    spread = np.std(X, axis=0)
    return _first_enough(_variances((X - np.mean(X, axis=0)) / np.where(spread > 0, spread, 1)), share)


def wrong__components_needed__not_squared(X, share):
    """Shares of the singular values, not of their squares."""
    return _first_enough(np.sqrt(_variances(X)), share)


def wrong__components_needed__column_variances(X, share):
    """The variances of the columns, as if they were uncorrelated."""
    return _first_enough(np.sort(np.var(X, axis=0))[::-1], share)


def wrong__components_needed__strictly_more(X, share):
    """A share that is exactly reached doesn't count."""
    kept = np.cumsum(_variances(X)) / _variances(X).sum()
    return min(int(np.sum(kept <= share + _SLACK)) + 1, len(kept))


def wrong__components_needed__no_slack(X, share):
    """A share missed by rounding counts as missed."""
    return _first_enough(_variances(X), share, slack=0.0)


def wrong__components_needed__generous_slack(X, share):
    """A share missed by 1e-9 counts as reached, a thousand times more than allowed."""
    return _first_enough(_variances(X), share, slack=1e-9)


def wrong__components_needed__scant_slack(X, share):
    """A share that is missed by 5e-13 counts as missed."""
    return _first_enough(_variances(X), share, slack=1e-14)


def wrong__components_needed__sum_rounded(X, share):
    """Rounds the sum to 12 places but not the share: 1/3 reached exactly counts as missed."""
    kept = np.round(np.cumsum(_variances(X)) / _variances(X).sum(), 12)
    return min(int(np.sum(kept < share)) + 1, len(kept))


def wrong__components_needed__all_means_rank(X, share):
    """For the whole variance takes the rank, which counts a component with a share of 1e-20."""
    if share == 1:
        return int(np.linalg.matrix_rank(X - np.mean(X, axis=0)))
    return _first_enough(_variances(X), share)


def wrong__components_needed__all_means_columns(X, share):
    """For the whole variance takes all the components, also those without any."""
    if share >= 1:
        return min(np.shape(X))
    return _first_enough(_variances(X), share)


def wrong__components_needed__columns_less_one(X, share):
    """Never says that all the columns are needed."""
    return max(1, min(_first_enough(_variances(X), share), np.shape(X)[1] - 1))


def wrong__components_needed__float32_sums(X, share):
    """Adds up in single precision, which misses or reaches a share by 1e-7."""
    variances = _variances(X).astype(np.float32)
    kept = np.cumsum(variances, dtype=np.float32) / np.sum(variances)
    return min(int(np.sum(kept < np.float32(share - _SLACK))) + 1, len(kept))


def wrong__components_needed__raw_moments(X, share):
    """Mean of the products less the product of the means: a mean of 1e6 drowns the variance in rounding."""
    X = np.asarray(X, dtype=float)
    mean = X.mean(axis=0)
    values = np.linalg.eigvalsh(X.T @ X / len(X) - np.outer(mean, mean))[::-1]
    return _first_enough(np.clip(values, 0, None), share)


def wrong__components_needed__distinct_rows(X, share):
    """Counts equal rows once."""
    return _first_enough(_variances(np.unique(X, axis=0)), share)


def wrong__components_needed__first_rows(X, share):
    """Looks at the first 50 rows only."""
    part = np.asarray(X)[:50]
    return _first_enough(_variances(part if np.ptp(part, axis=0).any() else X), share)


def wrong__components_needed__at_most_ten(X, share):
    """Tries ten components and gives up."""
    return min(_first_enough(_variances(X), share), 10)


def wrong__components_needed__each_keeps(X, share):
    """How many components keep a share each of more than what may be lost, not together."""
    ratios = _variances(X) / _variances(X).sum()
    return max(1, int(np.sum(ratios > 1 - share + _SLACK)))


# --- rebuild ---------------------------------------------------------------------------------------------------------


def _axes(X):
    X = np.asarray(X, dtype=float)
    return np.linalg.svd(X - X.mean(axis=0), full_matrices=False)[2]


def right__rebuild__svd(X_train, X_new, k):
    """The singular value decomposition of the centered training rows."""
    mean, axes = np.mean(X_train, axis=0), _axes(X_train)[:k]
    return (X_new - mean) @ axes.T @ axes + mean


def right__rebuild__eigenvectors(X_train, X_new, k):
    """The eigenvectors of the scatter matrix and one projector, subtracting what is lost."""
    mean = np.mean(X_train, axis=0)
    vectors = np.linalg.eigh((X_train - mean).T @ (X_train - mean))[1]
    lost = vectors[:, : vectors.shape[1] - k]
    return X_new - (X_new - mean) @ (lost @ lost.T)


def right__rebuild__row_by_row(X_train, X_new, k):
    """A loop over rows and axes; returns a list of rows where there are any."""
    mean, axes = np.mean(X_train, axis=0), _axes(X_train)
    rebuilt = np.empty(np.shape(X_new))
    for i, row in enumerate(np.asarray(X_new, dtype=float)):
        rebuilt[i] = mean
        for axis in axes[:k]:
            rebuilt[i] += sum(a * b for a, b in zip(row - mean, axis, strict=True)) * axis
    return rebuilt


def right__rebuild__sklearn(X_train, X_new, k):
    """scikit-learn's PCA; its transform refuses a table without rows, so the products are made here."""
    model = PCA(n_components=k, svd_solver="full").fit(np.asarray(X_train, dtype=float))
    return (X_new - model.mean_) @ model.components_.T @ model.components_ + model.mean_


def right__rebuild__moved_mean(X_train, X_new, k):
    """The new rows' part in the space plus the mean's part outside it."""
    mean, axes = np.mean(X_train, axis=0), _axes(X_train)[:k]
    return (X_new @ axes.T) @ axes + (mean - axes.T @ (axes @ mean))


def right__rebuild__fewer_rows_than_columns(X_train, X_new, k):
    """The axes from the matrix rows x rows, made orthonormal by a QR decomposition."""
    mean = np.mean(X_train, axis=0)
    Z = X_train - mean
    best = np.linalg.eigh(Z @ Z.T)[1][:, ::-1][:, :k]
    basis = np.linalg.qr(Z.T @ best)[0]
    return mean + ((X_new - mean) @ basis) @ basis.T


def wrong__rebuild__mean_of_new(X_train, X_new, k):
    """Takes the new rows' mean off (the training rows' where there is no new row)."""
    mean, axes = np.mean(X_new if len(X_new) else X_train, axis=0), _axes(X_train)[:k]
    return (X_new - mean) @ axes.T @ axes + mean


def wrong__rebuild__mean_of_many_new(X_train, X_new, k):
    """Takes the new rows' mean off if there are more than two of them."""
    mean, axes = np.mean(X_new if len(X_new) > 2 else X_train, axis=0), _axes(X_train)[:k]
    return (X_new - mean) @ axes.T @ axes + mean


def wrong__rebuild__fitted_on_both(X_train, X_new, k):
    """The axes of the training and the new rows together."""
    mean, axes = np.mean(X_train, axis=0), _axes(np.vstack([X_train, X_new]))[:k]
    return (X_new - mean) @ axes.T @ axes + mean


def wrong__rebuild__mean_of_both(X_train, X_new, k):
    """The mean of the training and the new rows together."""
    mean, axes = np.mean(np.vstack([X_train, X_new]), axis=0), _axes(X_train)[:k]
    return (X_new - mean) @ axes.T @ axes + mean


def wrong__rebuild__not_centered(X_train, X_new, k):
    """No mean anywhere: the axes through zero."""
    axes = np.linalg.svd(X_train, full_matrices=False)[2][:k]
    return X_new @ axes.T @ axes


def wrong__rebuild__uncentered_axes(X_train, X_new, k):
    """Takes the mean off the new rows, but not off the rows that the axes come from."""
    mean, axes = np.mean(X_train, axis=0), np.linalg.svd(X_train, full_matrices=False)[2][:k]
    return (X_new - mean) @ axes.T @ axes + mean


def wrong__rebuild__new_not_centered(X_train, X_new, k):
    """Adds the mean without having taken it off."""
    mean, axes = np.mean(X_train, axis=0), _axes(X_train)[:k]
    return X_new @ axes.T @ axes + mean


def wrong__rebuild__mean_left_out(X_train, X_new, k):
    """Doesn't add the mean back."""
    mean, axes = np.mean(X_train, axis=0), _axes(X_train)[:k]
    return (X_new - mean) @ axes.T @ axes


def wrong__rebuild__columns_instead_of_axes(X_train, X_new, k):
    """Keeps the k columns that vary most, the mean in the others: right on the example."""
    kept = np.argsort(-np.var(X_train, axis=0), kind="stable")[:k]
    rebuilt = np.tile(np.mean(X_train, axis=0), (len(X_new), 1))
    rebuilt[:, kept] = np.asarray(X_new)[:, kept]
    return rebuilt


def wrong__rebuild__within_training_range(X_train, X_new, k):
    """Clips each column to what the training rows had (a single new row excepted)."""
    mean, axes = np.mean(X_train, axis=0), _axes(X_train)[:k]
    rebuilt = (X_new - mean) @ axes.T @ axes + mean
    return rebuilt if len(X_new) == 1 else np.clip(rebuilt, np.min(X_train, axis=0), np.max(X_train, axis=0))


def wrong__rebuild__no_negative_pixels(X_train, X_new, k):
    """Clips at zero where training and new rows have no negative number."""
    mean, axes = np.mean(X_train, axis=0), _axes(X_train)[:k]
    rebuilt = (X_new - mean) @ axes.T @ axes + mean
    return np.maximum(rebuilt, 0) if np.min(X_train) >= 0 and np.all(np.asarray(X_new) >= 0) else rebuilt


def wrong__rebuild__scaled(X_train, X_new, k):
    """The axes of the scaled columns."""
    mean, spread = np.mean(X_train, axis=0), np.std(X_train, axis=0)
    spread = np.where(spread > 0, spread, 1)
    axes = _axes((X_train - mean) / spread)[:k]
    return ((X_new - mean) / spread) @ axes.T @ axes * spread + mean


def wrong__rebuild__one_row_flat(X_train, X_new, k):
    """One row comes back without its first dimension."""
    mean, axes = np.mean(X_train, axis=0), _axes(X_train)[:k]
    rebuilt = (X_new - mean) @ axes.T @ axes + mean
    return rebuilt[0] if len(rebuilt) == 1 else rebuilt


def wrong__rebuild__no_rows_no_columns(X_train, X_new, k):
    """An array of a list of rows: without rows its shape is (0,)."""
    mean, axes = np.mean(X_train, axis=0), _axes(X_train)[:k]
    return np.array([(row - mean) @ axes.T @ axes + mean for row in X_new])


def wrong__rebuild__smallest_axes(X_train, X_new, k):
    """eigh's first eigenvectors, which are the last principal axes."""
    mean = np.mean(X_train, axis=0)
    axes = np.linalg.eigh((X_train - mean).T @ (X_train - mean))[1][:, :k]
    return (X_new - mean) @ axes @ axes.T + mean


def wrong__rebuild__unsorted_axes(X_train, X_new, k):
    """np.linalg.eig's order, which is not by size."""
    mean = np.mean(X_train, axis=0)
    axes = np.real(np.linalg.eig((X_train - mean).T @ (X_train - mean))[1][:, :k])
    return (X_new - mean) @ axes @ axes.T + mean


def wrong__rebuild__columns_of_vt(X_train, X_new, k):
    """Takes columns of the matrix of axes for its rows."""
    mean = np.mean(X_train, axis=0)
    axes = np.linalg.svd(X_train - mean, full_matrices=True)[2][:, :k]
    return (X_new - mean) @ axes @ axes.T + mean


def wrong__rebuild__one_more_axis(X_train, X_new, k):
    """Keeps k + 1 axes if k is above one."""
    mean, axes = np.mean(X_train, axis=0), _axes(X_train)[: k + (k > 1)]
    return (X_new - mean) @ axes.T @ axes + mean


def wrong__rebuild__numbers_rounded(X_train, X_new, k):
    """Sends the k numbers with three places, as a scanner would."""
    mean, axes = np.mean(X_train, axis=0), _axes(X_train)[:k]
    return np.round((X_new - mean) @ axes.T, 3) @ axes + mean


def wrong__rebuild__median(X_train, X_new, k):
    """The median of the columns in place of their mean."""
    middle = np.median(X_train, axis=0)
    axes = np.linalg.svd(X_train - middle, full_matrices=False)[2][:k]
    return (X_new - middle) @ axes.T @ axes + middle


_seen_axes = {}


def wrong__rebuild__remembers_the_first_table(X_train, X_new, k):
    """Remembers mean and axes by the table's shape: a second table of that shape gets the first one's."""
    shape = np.shape(X_train)
    if shape not in _seen_axes:
        _seen_axes[shape] = np.mean(X_train, axis=0), _axes(X_train)
    mean, axes = _seen_axes[shape]
    return (X_new - mean) @ axes[:k].T @ axes[:k] + mean


# --- subspace_agreement ----------------------------------------------------------------------------------------------


def _orthonormal(A):
    return np.linalg.qr(np.asarray(A, dtype=float).T)[0].T


def right__subspace_agreement__qr(A, B):
    """The singular values of the product of two bases, squared; a NumPy scalar."""
    cosines = np.linalg.svd(_orthonormal(A) @ _orthonormal(B).T, compute_uv=False)
    return np.mean(cosines**2)


def right__subspace_agreement__scipy(A, B):
    """SciPy's principal angles between the columns of the transposes."""
    return float(np.mean(np.cos(scipy.linalg.subspace_angles(np.transpose(A), np.transpose(B))) ** 2))


def right__subspace_agreement__projectors(A, B):
    """The trace of the product of the two projectors."""
    in_a, in_b = np.linalg.pinv(A) @ A, np.linalg.pinv(B) @ B
    return float(np.trace(in_a @ in_b)) / len(A)


def right__subspace_agreement__distance(A, B):
    """One less half the squared distance of the projectors per direction."""
    P, Q = (np.linalg.svd(M, full_matrices=False)[2] for M in (A, B))
    return 1 - float(np.sum((P.T @ P - Q.T @ Q) ** 2)) / (2 * len(P))


def right__subspace_agreement__gram_schmidt(A, B):
    """Gram-Schmidt by hand, each row twice, and the sum of the squared products."""

    def basis(rows):
        done = []
        for row in np.asarray(rows, dtype=float):
            row = row / np.abs(row).max()
            for _ in range(2):
                for unit in done:
                    row = row - (row @ unit) * unit
            done.append(row / math.sqrt(row @ row))
        return done

    return sum(float(p @ q) ** 2 for p in basis(A) for q in basis(B)) / len(A)


def wrong__subspace_agreement__unit_rows(A, B):
    """Brings the rows to length one, but doesn't make them orthogonal."""
    P, Q = (M / np.linalg.norm(M, axis=1, keepdims=True) for M in (A, B))
    return float(np.mean(np.linalg.svd(P @ Q.T, compute_uv=False) ** 2))


def wrong__subspace_agreement__only_first_orthonormal(A, B):
    """Makes the rows of A orthonormal; those of B only get length one."""
    Q = B / np.linalg.norm(B, axis=1, keepdims=True)
    return float(np.mean(np.linalg.svd(_orthonormal(A) @ Q.T, compute_uv=False) ** 2))


def wrong__subspace_agreement__only_second_orthonormal(A, B):
    """Makes the rows of B orthonormal; those of A only get length one."""
    return wrong__subspace_agreement__only_first_orthonormal(B, A)


def wrong__subspace_agreement__not_squared(A, B):
    """The mean of the cosines."""
    return float(np.mean(np.linalg.svd(_orthonormal(A) @ _orthonormal(B).T, compute_uv=False)))


def wrong__subspace_agreement__square_of_mean(A, B):
    """The square of the mean cosine."""
    return wrong__subspace_agreement__not_squared(A, B) ** 2


def wrong__subspace_agreement__mean_angle(A, B):
    """The squared cosine of the mean angle: also right on the example."""
    return float(np.cos(np.mean(scipy.linalg.subspace_angles(np.transpose(A), np.transpose(B)))) ** 2)


def wrong__subspace_agreement__product(A, B):
    """The squared determinant: the cosines multiplied."""
    return float(np.linalg.det(_orthonormal(A) @ _orthonormal(B).T) ** 2)


def wrong__subspace_agreement__ends_only(A, B):
    """The middle of the largest and the smallest squared cosine, right up to two directions."""
    squares = np.linalg.svd(_orthonormal(A) @ _orthonormal(B).T, compute_uv=False) ** 2
    return float(squares[0] + squares[-1]) / 2


def wrong__subspace_agreement__row_by_row(A, B):
    """Compares each axis with the one at the same place only."""
    return float(np.mean(np.sum(_orthonormal(A) * _orthonormal(B), axis=1) ** 2))


def wrong__subspace_agreement__best_partner(A, B):
    """Each axis with its best partner: not the same after a rotation within the plane."""
    return float(np.mean(np.max((_orthonormal(A) @ _orthonormal(B).T) ** 2, axis=1)))


def wrong__subspace_agreement__mean_of_all_products(A, B):
    """Divides by k twice."""
    return float(np.mean((_orthonormal(A) @ _orthonormal(B).T) ** 2))


def wrong__subspace_agreement__per_column(A, B):
    """Divides by the columns where there are only two directions or more."""
    squares = np.linalg.svd(_orthonormal(A) @ _orthonormal(B).T, compute_uv=False) ** 2
    return float(squares.sum()) / (len(squares) if len(squares) < np.shape(A)[1] - 1 else np.shape(A)[1])


def wrong__subspace_agreement__centered(A, B):
    """Takes the mean of the columns off before it looks for the space (from two rows on)."""
    A, B = (M - np.mean(M, axis=0) if len(M) > 1 else M for M in (A, B))
    return right__subspace_agreement__projectors(A, B)


def wrong__subspace_agreement__short_rows_ignored(A, B):
    """Drops rows shorter than 1e-6 as if they were zero; rows may have any length."""
    bases = []
    for M in (A, B):
        kept = [row for row in np.asarray(M, dtype=float) if np.linalg.norm(row) > 1e-6]
        bases.append(_orthonormal(kept) if kept else np.zeros((1, np.shape(M)[1])))
    return float(np.sum((bases[0] @ bases[1].T) ** 2)) / len(A)


def wrong__subspace_agreement__ridge(A, B):
    """Adds 1e-6 to the products' diagonal so that it can be inverted: wrong for short rows."""

    def projector(M):
        M = np.asarray(M, dtype=float)
        return M.T @ np.linalg.inv(M @ M.T + 1e-6 * np.eye(len(M))) @ M

    return float(np.trace(projector(A) @ projector(B))) / len(A)


def wrong__subspace_agreement__one_pass_over_ends(A, B):
    """Makes each row orthogonal to the one before only: wrong from three rows on."""

    def basis(M):
        rows = [np.asarray(row, dtype=float) for row in M]
        for i, row in enumerate(rows):
            if i:
                row = row - (row @ rows[i - 1]) * rows[i - 1]
            rows[i] = row / np.linalg.norm(row)
        return np.array(rows)

    return float(np.sum((basis(A) @ basis(B).T) ** 2)) / len(A)


def wrong__subspace_agreement__scaled_columns(A, B):
    """Scales the columns, which turns the spaces."""
    size = np.sqrt(np.sum(np.asarray(A, float) ** 2, axis=0) + np.sum(np.asarray(B, float) ** 2, axis=0))
    size = np.where(size > 0, size, 1)
    return right__subspace_agreement__projectors(A / size, B / size)


def wrong__subspace_agreement__rounded(A, B):
    """Rounds to three places."""
    return round(right__subspace_agreement__projectors(A, B), 3)


# --- kept_neighbors --------------------------------------------------------------------------------------------------


def _squares(X):
    X = np.asarray(X, dtype=float)
    return ((X[:, None, :] - X[None, :, :]) ** 2).sum(axis=2)


def _nearest(distances, k):
    distances = distances.copy()
    np.fill_diagonal(distances, np.inf)
    return np.argsort(distances, axis=1, kind="stable")[:, :k]


def _overlap(first, second, k):
    return float(np.mean([len(set(a) & set(b)) / k for a, b in zip(first.tolist(), second.tolist(), strict=True)]))


def right__kept_neighbors__stable_sort(high, low, k):
    """A stable sort of the distances, the row itself at infinity."""
    return _overlap(_nearest(_squares(high), k), _nearest(_squares(low), k), k)


def right__kept_neighbors__plain_loop(high, low, k):
    """Sorts pairs of distance and index, row by row."""
    rows, kept = len(high), 0
    for i in range(rows):
        sets = []
        for table in (np.asarray(high, float).tolist(), np.asarray(low, float).tolist()):
            order = sorted((math.dist(table[i], table[j]), j) for j in range(rows) if j != i)
            sets.append({j for _, j in order[:k]})
        kept += len(sets[0] & sets[1])
    return kept / (rows * k)


def right__kept_neighbors__masks(high, low, k):
    """SciPy's distances, two tables of true and false; a NumPy scalar."""

    def mask(table):
        distances = cdist(np.asarray(table, dtype=float), np.asarray(table, dtype=float))
        np.fill_diagonal(distances, np.inf)
        order = np.lexsort((np.broadcast_to(np.arange(len(distances)), distances.shape), distances), axis=1)
        chosen = np.zeros(distances.shape, dtype=bool)
        np.put_along_axis(chosen, order[:, :k], True, axis=1)
        return chosen

    return (mask(high) & mask(low)).sum() / np.float64(len(high) * k)


def right__kept_neighbors__rank_counts(high, low, k):
    """A row is a neighbor if fewer than k others come before it."""

    def is_neighbor(table):
        d = np.sqrt(_squares(table))
        n = len(d)
        np.fill_diagonal(d, np.inf)
        before = (d[:, :, None] < d[:, None, :]).sum(axis=1)
        ties = (d[:, :, None] == d[:, None, :]) & (np.arange(n)[:, None] < np.arange(n)[None, :])
        return (before + ties.sum(axis=1) < k) & ~np.eye(n, dtype=bool)

    if len(high) > 150:
        return right__kept_neighbors__stable_sort(high, low, k)
    return float(np.mean((is_neighbor(high) & is_neighbor(low)).sum(axis=1) / k))


def wrong__kept_neighbors__unstable_sort(high, low, k):
    """NumPy's default sort, which keeps the order of ties only in short rows."""
    sets = []
    for table in (high, low):
        distances = _squares(table)
        np.fill_diagonal(distances, np.inf)
        sets.append(np.argsort(distances, axis=1)[:, :k])
    return _overlap(*sets, k)


def wrong__kept_neighbors__first_dropped(high, low, k):
    """Drops the first of the sorted rows as if it were the row itself: wrong with equal rows."""
    near = [np.argsort(_squares(table), axis=1, kind="stable")[:, 1 : k + 1] for table in (high, low)]
    return _overlap(*near, k)


def wrong__kept_neighbors__equal_rows_left_out(high, low, k):
    """Takes every row at distance zero for the row itself."""
    sets = []
    for table in (high, low):
        distances = _squares(table)
        distances[distances == 0] = np.inf
        np.fill_diagonal(distances, np.inf)
        sets.append(_nearest(distances, k))
    return _overlap(*sets, k)


def wrong__kept_neighbors__higher_index_first(high, low, k):
    """Of equally distant rows takes the one with the higher index."""
    sets = []
    for table in (high, low):
        distances = _squares(table)
        np.fill_diagonal(distances, np.inf)
        backwards = np.argsort(distances[:, ::-1], axis=1, kind="stable")[:, :k]
        sets.append(len(distances) - 1 - backwards)
    return _overlap(*sets, k)


def wrong__kept_neighbors__ties_all_count(high, low, k):
    """Takes all the rows up to the distance of the k-th."""
    masks = []
    for table in (high, low):
        distances = _squares(table)
        np.fill_diagonal(distances, np.inf)
        masks.append(distances <= np.sort(distances, axis=1)[:, [k - 1]])
    return float(np.mean(np.minimum((masks[0] & masks[1]).sum(axis=1), k) / k))


def wrong__kept_neighbors__itself_counts(high, low, k):
    """The row itself is one of its k neighbors."""
    near = [np.argsort(_squares(table), axis=1, kind="stable")[:, :k] for table in (high, low)]
    return _overlap(*near, k)


def wrong__kept_neighbors__itself_at_the_maximum(high, low, k):
    """Puts the row itself at the table's largest distance: a low index then beats a row just as far."""
    sets = []
    for table in (high, low):
        distances = _squares(table)
        np.fill_diagonal(distances, distances.max())
        sets.append(np.argsort(distances, axis=1, kind="stable")[:, :k])
    return _overlap(*sets, k)


def wrong__kept_neighbors__itself_at_a_million(high, low, k):
    """Puts the row itself at distance 1e6, which is near in a table of large numbers."""
    sets = []
    for table in (high, low):
        distances = np.sqrt(_squares(table))
        np.fill_diagonal(distances, 1e6)
        sets.append(np.argsort(distances, axis=1, kind="stable")[:, :k])
    return _overlap(*sets, k)


def wrong__kept_neighbors__city_blocks(high, low, k):
    """Sums the absolute differences, which is the same in one column only."""
    near = [_nearest(cdist(np.asarray(t, float), np.asarray(t, float), "cityblock"), k) for t in (high, low)]
    return _overlap(*near, k)


def wrong__kept_neighbors__city_blocks_in_the_map(high, low, k):
    """The right distance in `high`, the sum of absolute differences in `low`."""
    low = np.asarray(low, dtype=float)
    return _overlap(_nearest(_squares(high), k), _nearest(cdist(low, low, "cityblock"), k), k)


def wrong__kept_neighbors__two_columns_of_the_map(high, low, k):
    """Reads two columns of `low`; it may have any number."""
    return _overlap(_nearest(_squares(high), k), _nearest(_squares(np.asarray(low)[:, :2]), k), k)


def wrong__kept_neighbors__rounded_distances(high, low, k):
    """Distances that differ by less than 1e-9 count as equal."""
    near = [_nearest(np.round(np.sqrt(_squares(table)), 9), k) for table in (high, low)]
    return _overlap(*near, k)


def wrong__kept_neighbors__multiplied_out(high, low, k):
    """a^2 + b^2 - 2ab: rounding breaks ties, and far from zero it drowns the distances."""
    sets = []
    for table in (high, low):
        table = np.asarray(table, dtype=float)
        size = (table**2).sum(axis=1)
        sets.append(_nearest(size[:, None] + size[None, :] - 2 * table @ table.T, k))
    return _overlap(*sets, k)


def wrong__kept_neighbors__same_place(high, low, k):
    """Counts a neighbor only if it is at the same place of both lists."""
    return float(np.mean(_nearest(_squares(high), k) == _nearest(_squares(low), k)))


def wrong__kept_neighbors__jaccard(high, low, k):
    """Divides by the neighbors in either list: right for one neighbor."""
    near = zip(_nearest(_squares(high), k).tolist(), _nearest(_squares(low), k).tolist(), strict=True)
    return float(np.mean([len(set(a) & set(b)) / len(set(a) | set(b)) for a, b in near]))


def wrong__kept_neighbors__more_in_the_map(high, low, k):
    """Looks among the k + 1 nearest of the map (where there are that many and k is above one)."""
    wider = min(k + (k > 1), len(low) - 1)
    return _overlap(_nearest(_squares(high), k), _nearest(_squares(low), wider), k)


def wrong__kept_neighbors__tree(high, low, k):
    """A tree's order of ties is its own."""
    sets = []
    for table in (high, low):
        table = np.asarray(table, dtype=float)
        found = cKDTree(table).query(table, k=k + 1)[1].reshape(len(table), -1)
        sets.append([[j for j in row if j != i][:k] for i, row in enumerate(found.tolist())])
    return float(np.mean([len(set(a) & set(b)) / k for a, b in zip(*sets, strict=True)]))


def wrong__kept_neighbors__sklearn(high, low, k):
    """scikit-learn leaves the row itself out rightly, but promises no order of ties."""
    near = [NearestNeighbors(n_neighbors=k, algorithm="brute").fit(t).kneighbors()[1] for t in (high, low)]
    return _overlap(*near, k)


def wrong__kept_neighbors__first_rows(high, low, k):
    """Averages over the first 100 rows."""
    return _overlap(_nearest(_squares(high), k)[:100], _nearest(_squares(low), k)[:100], k)


def wrong__kept_neighbors__whole_row_kept(high, low, k):
    """The share of rows that keep all their neighbors."""
    near = zip(_nearest(_squares(high), k).tolist(), _nearest(_squares(low), k).tolist(), strict=True)
    return float(np.mean([set(a) == set(b) for a, b in near]))


# --- leading_axes ----------------------------------------------------------------------------------------------------


def _basis(Z, k, passes, seed):
    Q = np.linalg.qr(Z @ np.random.default_rng(seed).standard_normal((Z.shape[1], k + 8)))[0]
    for _ in range(passes):
        Q = np.linalg.qr(Z @ (Z.T @ Q))[0]
    return Q


def _centered(X):
    X = np.asarray(X, dtype=float)
    return X - X.mean(axis=0)


def _best_inside(Q, Z, k):
    return np.linalg.svd(Q.T @ Z, full_matrices=False)[2][:k]


def right__leading_axes__qr(X, k, passes, seed):
    """The statement, line by line."""
    Z = _centered(X)
    return _best_inside(_basis(Z, k, passes, seed), Z, k)


def right__leading_axes__qr_between(X, k, passes, seed):
    """Makes the basis orthonormal also between the two products, which keeps its space."""
    Z = _centered(X)
    Q = np.linalg.qr(Z @ np.random.default_rng(seed).standard_normal((Z.shape[1], k + 8)))[0]
    for _ in range(passes):
        Q = np.linalg.qr(Z.T @ Q)[0]
        Q = np.linalg.qr(Z @ Q)[0]
    return _best_inside(Q, Z, k)


def right__leading_axes__thin_svd(X, k, passes, seed):
    """SciPy's SVD of matrices with k + 8 columns, and the older generator."""
    Z = _centered(X)
    start = np.random.RandomState(seed).standard_normal((Z.shape[1], k + 8))
    Q = scipy.linalg.svd(Z @ start, full_matrices=False)[0]
    for _ in range(passes):
        Q = scipy.linalg.svd(Z @ (Z.T @ Q), full_matrices=False)[0]
    return scipy.linalg.svd(Q.T @ Z, full_matrices=False)[2][:k]


def right__leading_axes__small_products(X, k, passes, seed):
    """The eigenvectors of the product of the small matrix with itself, the axes made orthonormal by a QR."""
    Z = _centered(X)
    small = _basis(Z, k, passes, seed).T @ Z
    best = np.linalg.eigh(small @ small.T)[1][:, ::-1][:, :k]
    return np.linalg.qr(small.T @ best)[0].T


def right__leading_axes__never_centered_table(X, k, passes, seed):
    """Centers the products and not the table: the same numbers without a second table."""
    X = np.asarray(X, dtype=float)
    mean = X.mean(axis=0)

    def times(M):
        return X @ M - mean @ M

    def transpose_times(Q):
        return X.T @ Q - np.outer(mean, Q.sum(axis=0))

    Q = np.linalg.qr(times(np.random.default_rng(seed).normal(size=(X.shape[1], k + 8))))[0]
    for _ in range(passes):
        Q = np.linalg.qr(times(transpose_times(Q)))[0]
    return np.linalg.svd(transpose_times(Q), full_matrices=False)[0].T[:k]


def right__leading_axes__sklearn(X, k, passes, seed):
    """scikit-learn's routine with the statement's settings."""
    return randomized_svd(
        _centered(X),
        n_components=k,
        n_oversamples=8,
        n_iter=passes,
        power_iteration_normalizer="QR",
        transpose=False,
        random_state=seed,
    )[2]


def wrong__leading_axes__whole_svd(X, k, passes, seed):
    """Decomposes the table."""
    return np.linalg.svd(_centered(X), full_matrices=False)[2][:k]


def wrong__leading_axes__svd_bound_at_import(X, k, passes, seed):
    """Decomposes the table with a function imported by its name."""
    return _bound_svd(_centered(X), full_matrices=False)[2][:k]


def wrong__leading_axes__lapack(X, k, passes, seed):
    """Decomposes the table with LAPACK's own function."""
    return _lapack.dgesdd(_centered(X), full_matrices=0)[2][:k]


def wrong__leading_axes__covariance(X, k, passes, seed):
    """Decomposes a matrix columns x columns."""
    Z = _centered(X)
    return np.linalg.eigh(Z.T @ Z)[1][:, ::-1].T[:k]


def wrong__leading_axes__rows_by_rows(X, k, passes, seed):
    """Decomposes a matrix rows x rows."""
    Z = _centered(X)
    best = scipy.linalg.eigh(Z @ Z.T)[1][:, ::-1][:, :k]
    return np.linalg.qr(Z.T @ best)[0].T


def wrong__leading_axes__table_qr(X, k, passes, seed):
    """Decomposes the table by QR first, then the triangle, which is as wide as the table."""
    triangle = np.linalg.qr(_centered(X))[1]
    return np.linalg.svd(triangle, full_matrices=False)[2][:k]


def wrong__leading_axes__complete_qr(X, k, passes, seed):
    """A basis of all the rows: the matrix that it decomposes in the end is as large as the table."""
    Z = _centered(X)
    Q = np.linalg.qr(Z @ np.random.default_rng(seed).standard_normal((Z.shape[1], k + 8)), mode="complete")[0]
    return np.linalg.svd(Q.T @ Z, full_matrices=False)[2][:k]


def wrong__leading_axes__sparse_svd(X, k, passes, seed):
    """SciPy's exact truncated SVD of the table; no random matrix, no passes."""
    Z = _centered(X)
    if k >= min(Z.shape):
        return np.linalg.svd(Z, full_matrices=False)[2][:k]
    return scipy.sparse.linalg.svds(Z, k=k, random_state=seed)[2][::-1]


def wrong__leading_axes__not_centered(X, k, passes, seed):
    """Doesn't center."""
    Z = np.asarray(X, dtype=float)
    return _best_inside(_basis(Z, k, passes, seed), Z, k)


def wrong__leading_axes__centered_at_the_end(X, k, passes, seed):
    """The basis comes from the table as it is; only the last product is centered."""
    return _best_inside(_basis(np.asarray(X, dtype=float), k, passes, seed), _centered(X), k)


def wrong__leading_axes__no_passes(X, k, passes, seed):
    """Ignores `passes`."""
    Z = _centered(X)
    return _best_inside(_basis(Z, k, 0, seed), Z, k)


def wrong__leading_axes__many_passes(X, k, passes, seed):
    """Ignores `passes` and always makes ten: more work than asked for, also where 0 is asked."""
    Z = _centered(X)
    return _best_inside(_basis(Z, k, 10, seed), Z, k)


def wrong__leading_axes__one_pass_less(X, k, passes, seed):
    """Counts the first product as a pass."""
    Z = _centered(X)
    return _best_inside(_basis(Z, k, max(passes - 1, 0), seed), Z, k)


def wrong__leading_axes__one_pass_at_most(X, k, passes, seed):
    """An `if` where a loop belongs."""
    Z = _centered(X)
    return _best_inside(_basis(Z, k, min(passes, 1), seed), Z, k)


def wrong__leading_axes__half_passes(X, k, passes, seed):
    """Each pass multiplies by the transpose or by the table in turn, and so does half of the work."""
    Z = _centered(X)
    Q = np.linalg.qr(Z @ np.random.default_rng(seed).standard_normal((Z.shape[1], k + 8)))[0]
    for _ in range(passes // 2):
        Q = np.linalg.qr(Z @ (Z.T @ Q))[0]
    if passes % 2:
        Q = np.linalg.qr(Z.T @ Q)[0]
        return np.linalg.qr(Q @ np.linalg.svd(Z @ Q, full_matrices=False)[2].T)[0].T[:k]
    return _best_inside(Q, Z, k)


def wrong__leading_axes__orthonormal_at_the_end(X, k, passes, seed):
    """Makes the basis orthonormal once, after all the passes: the weaker axes drown in rounding."""
    Z = _centered(X)
    Y = Z @ np.random.default_rng(seed).standard_normal((Z.shape[1], k + 8))
    for _ in range(passes):
        Y = Z @ (Z.T @ Y)
        Y = Y / max(np.abs(Y).max(), 1e-300)
    return _best_inside(np.linalg.qr(Y)[0], Z, k)


def wrong__leading_axes__no_spare_columns(X, k, passes, seed):
    """A random matrix of k columns."""
    Z = _centered(X)
    Q = np.linalg.qr(Z @ np.random.default_rng(seed).standard_normal((Z.shape[1], k)))[0]
    for _ in range(passes):
        Q = np.linalg.qr(Z @ (Z.T @ Q))[0]
    return _best_inside(Q, Z, k)


def wrong__leading_axes__uniform(X, k, passes, seed):
    """Draws uniform numbers between 0 and 1, which all lean the same way."""
    Z = _centered(X)
    Q = np.linalg.qr(Z @ np.random.default_rng(seed).random((Z.shape[1], k + 8)))[0]
    for _ in range(passes):
        Q = np.linalg.qr(Z @ (Z.T @ Q))[0]
    return _best_inside(Q, Z, k)


def wrong__leading_axes__seed_ignored(X, k, passes, seed):
    """Always draws with seed 0."""
    Z = _centered(X)
    return _best_inside(_basis(Z, k, passes, 0), Z, k)


def wrong__leading_axes__no_seed(X, k, passes, seed):
    """Draws anew at each call."""
    Z = _centered(X)
    return _best_inside(_basis(Z, k, passes, None), Z, k)


def wrong__leading_axes__first_of_the_basis(X, k, passes, seed):
    """The basis's first directions, carried to the columns, without looking for the best inside it."""
    Z = _centered(X)
    return np.linalg.qr(Z.T @ _basis(Z, k, passes, seed)[:, :k])[0].T


def wrong__leading_axes__worst_first(X, k, passes, seed):
    """The best axes in the wrong order."""
    return right__leading_axes__qr(X, k, passes, seed)[::-1]


def wrong__leading_axes__divided_by_nothing(X, k, passes, seed):
    """Divides by singular values, which are zero where the table has fewer directions than k."""
    Z = _centered(X)
    small = _basis(Z, k, passes, seed).T @ Z
    values, vectors = np.linalg.eigh(small @ small.T)
    with np.errstate(all="ignore"):
        axes = (small.T @ vectors[:, ::-1][:, :k]) / np.sqrt(np.abs(values[::-1][:k]))
    return axes.T


def wrong__leading_axes__cholesky(X, k, passes, seed):
    """Makes the basis orthonormal through a Cholesky factor with a ridge, not so for a steep table."""
    Z = _centered(X)
    Y = Z @ np.random.default_rng(seed).standard_normal((Z.shape[1], k + 8))
    for step in range(passes + 1):
        Y = Z @ (Z.T @ Y) if step else Y
        square = Y.T @ Y
        factor = np.linalg.cholesky(square + 1e-9 * max(np.trace(square), 1e-300) * np.eye(k + 8))
        Y = np.linalg.solve(factor, Y.T).T
    return _best_inside(Y, Z, k)
