"""Answers to 02_machine_learning/02_linear_regression by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import math

import numpy as np
from sklearn.linear_model import LinearRegression, Ridge


def _with_ones(X):
    X = np.asarray(X, dtype=float)
    return np.column_stack([np.ones(len(X)), X])


# ---------------------------------------------------------------------------------------------------- percent_effect


def right__percent_effect__plain_exp(coefficient, change):
    return (math.exp(coefficient * change) - 1) * 100


def right__percent_effect__expm1_numpy(coefficient, change):
    return np.expm1(np.float64(coefficient) * change) * 100


def right__percent_effect__ratio_of_prices(coefficient, change):
    before, after = math.exp(1.0), math.exp(1.0 + coefficient * change)
    return 100 * after / before - 100


def right__percent_effect__power_of_one_step(coefficient, change):
    return 100 * (math.exp(coefficient) ** change - 1)


def wrong__percent_effect__one_step_times_change(coefficient, change):
    """A change by 2 is not twice the effect of a change by 1: effects multiply."""
    return 100 * math.expm1(coefficient) * change


def wrong__percent_effect__linear_when_small(coefficient, change):
    """Uses the rule of thumb for small products: 0.04 is 4.08 %, not 4 %."""
    step = coefficient * change
    return 100 * step if abs(step) < 0.05 else 100 * math.expm1(step)


def wrong__percent_effect__mirrored_fall(coefficient, change):
    """A fall is not the negative of the rise: it never exceeds 100 %."""
    step = coefficient * change
    return math.copysign(100 * math.expm1(abs(step)), step)


def wrong__percent_effect__rounded(coefficient, change):
    """Rounds to two decimals, which nobody asked for."""
    return round(100 * math.expm1(coefficient * change), 2)


def wrong__percent_effect__magnitude_of_change(coefficient, change):
    """A negative change turns the effect around."""
    return 100 * math.expm1(coefficient * abs(change))


def wrong__percent_effect__whole_steps(coefficient, change):
    """Counts whole steps only: a change by 0.5 has an effect."""
    return 100 * ((1 + math.expm1(coefficient)) ** int(change) - 1)


def wrong__percent_effect__capped(coefficient, change):
    """Caps a rise at 1000 %."""
    return min(100 * math.expm1(coefficient * change), 1000.0)


def wrong__percent_effect__short_series(coefficient, change):
    """The first eight terms of the series: wrong for products of 2 or more."""
    step = coefficient * change
    return 100 * sum(step**i / math.factorial(i) for i in range(1, 9))


# ---------------------------------------------------------------------------------------------- ridge_with_intercept


def right__ridge_with_intercept__sklearn(X, y, alpha):
    model = Ridge(alpha=alpha, solver="svd").fit(X, y)
    return float(model.intercept_), model.coef_


def right__ridge_with_intercept__zero_in_the_penalty(X, y, alpha):
    Z = _with_ones(X)
    penalty = alpha * np.eye(Z.shape[1])
    penalty[0, 0] = 0
    solved = np.linalg.solve(Z.T @ Z + penalty, Z.T @ np.asarray(y, dtype=float))
    return solved[0], solved[1:]


def right__ridge_with_intercept__rows_added(X, y, alpha):
    Z = _with_ones(X)
    d = Z.shape[1] - 1
    extra = np.column_stack([np.zeros(d), math.sqrt(alpha) * np.eye(d)])
    solved = np.linalg.lstsq(np.vstack([Z, extra]), np.concatenate([y, np.zeros(d)]), rcond=None)[0]
    return float(solved[0]), solved[1:]


def right__ridge_with_intercept__dual(X, y, alpha):
    center, level = X.mean(axis=0), y.mean()
    A = X - center
    weights = A.T @ np.linalg.solve(A @ A.T + alpha * np.eye(len(A)), y - level)
    return level - center @ weights, weights


def wrong__ridge_with_intercept__all_penalized(X, y, alpha):
    """The intercept pays, too."""
    Z = _with_ones(X)
    solved = np.linalg.solve(Z.T @ Z + alpha * np.eye(Z.shape[1]), Z.T @ y)
    return float(solved[0]), solved[1:]


def wrong__ridge_with_intercept__mean_of_squares(X, y, alpha):
    """Minimizes the mean of the squared errors, not their sum."""
    return right__ridge_with_intercept__dual(X, y, alpha * len(X))


def wrong__ridge_with_intercept__standardized(X, y, alpha):
    """Penalizes the weights of standardized columns."""
    spread = X.std(axis=0)
    spread = np.where(spread < 1e-12, 1.0, spread)
    intercept, weights = right__ridge_with_intercept__dual(X / spread, y, alpha)
    return intercept, weights / spread


def wrong__ridge_with_intercept__free_when_tall(X, y, alpha):
    """Penalizes only when there are fewer rows than columns."""
    if len(X) > 2 * X.shape[1] + 1 and np.linalg.matrix_rank(_with_ones(X)) == X.shape[1] + 1:
        model = LinearRegression().fit(X, y)
        return float(model.intercept_), model.coef_
    return right__ridge_with_intercept__dual(X, y, alpha)


def wrong__ridge_with_intercept__shortest_when_wide(X, y, alpha):
    """Forgets `alpha` when there are fewer rows than columns."""
    if len(X) < X.shape[1]:
        center, level = X.mean(axis=0), y.mean()
        weights = np.linalg.pinv(X - center) @ (y - level)
        return level - center @ weights, weights
    return right__ridge_with_intercept__dual(X, y, alpha)


def wrong__ridge_with_intercept__level_of_y(X, y, alpha):
    """The mean of `y` is the intercept only where the columns have mean 0."""
    return y.mean(), right__ridge_with_intercept__dual(X, y, alpha)[1]


def wrong__ridge_with_intercept__medians(X, y, alpha):
    """Centers at medians: the same up to two rows, and on symmetric columns."""
    center, level = np.median(X, axis=0), np.median(y)
    A = X - center
    weights = np.linalg.solve(A.T @ A + alpha * np.eye(X.shape[1]), A.T @ (y - level))
    return level - center @ weights, weights


def wrong__ridge_with_intercept__whole_alpha(X, y, alpha):
    """Rounds `alpha` up to a whole number."""
    return right__ridge_with_intercept__dual(X, y, math.ceil(alpha))


def wrong__ridge_with_intercept__level_kept_out(X, y, alpha):
    """Centers `y` but not `X`."""
    weights = np.linalg.solve(X.T @ X + alpha * np.eye(X.shape[1]), X.T @ (y - y.mean()))
    return y.mean() - X.mean(axis=0) @ weights, weights


# -------------------------------------------------------------------------------------------------- unlike_training


def _leverages(Z, rows):
    inverse = np.linalg.inv(Z.T @ Z)
    return np.einsum("ij,jk,ik->i", rows, inverse, rows)


def right__unlike_training__inverse(X_train, X_new):
    Z, rows = _with_ones(X_train), _with_ones(X_new)
    limit = _leverages(Z, Z).max()
    return [int(i) for i in np.flatnonzero(_leverages(Z, rows) > limit + 1e-9)]


def right__unlike_training__orthogonal(X_train, X_new):
    Z = _with_ones(X_train)
    Q, R = np.linalg.qr(Z)
    limit = (Q**2).sum(axis=1).max()
    new = (np.linalg.solve(R.T, _with_ones(X_new).T) ** 2).sum(axis=0)
    return np.flatnonzero(new >= limit + 1e-9)


def right__unlike_training__distance_from_the_mean(X_train, X_new):
    center = X_train.mean(axis=0)
    scatter = np.atleast_2d((X_train - center).T @ (X_train - center))

    def leverage(row):
        return 1 / len(X_train) + (row - center) @ np.linalg.solve(scatter, row - center)

    limit = max(leverage(row) for row in X_train)
    return [i for i, row in enumerate(X_new) if leverage(row) - limit >= 1e-9]


def wrong__unlike_training__ranges(X_train, X_new):
    """Looks at one column at a time."""
    low, high = X_train.min(axis=0), X_train.max(axis=0)
    return np.flatnonzero(((X_new < low) | (X_new > high)).any(axis=1)).tolist()


def wrong__unlike_training__no_intercept(X_train, X_new):
    """Leaves out the 1 in front."""
    limit = _leverages(X_train, X_train).max()
    return np.flatnonzero(_leverages(X_train, X_new) > limit + 1e-9).tolist()


def wrong__unlike_training__as_large(X_train, X_new):
    """Takes rows that equal the largest training leverage, too."""
    Z = _with_ones(X_train)
    return np.flatnonzero(_leverages(Z, _with_ones(X_new)) > _leverages(Z, Z).max() - 1e-9).tolist()


def wrong__unlike_training__rule_of_thumb(X_train, X_new):
    """Compares with twice the mean leverage."""
    Z = _with_ones(X_train)
    return np.flatnonzero(_leverages(Z, _with_ones(X_new)) > 2 * Z.shape[1] / len(Z) + 1e-9).tolist()


def wrong__unlike_training__ruler_with_new_rows(X_train, X_new):
    """Puts the new rows into the ruler."""
    Z, rows = _with_ones(X_train), _with_ones(X_new)
    both = np.vstack([Z, rows])
    return np.flatnonzero(_leverages(both, rows) > _leverages(both, Z).max() + 1e-9).tolist()


def wrong__unlike_training__own_axes(X_train, X_new):
    """Ignores how the columns lean together."""
    center, spread = X_train.mean(axis=0), X_train.std(axis=0)
    limit = (((X_train - center) / spread) ** 2).sum(axis=1).max()
    return np.flatnonzero((((X_new - center) / spread) ** 2).sum(axis=1) > limit + 1e-9).tolist()


def wrong__unlike_training__generous(X_train, X_new):
    """Calls leverages equal that differ by 0.001."""
    Z = _with_ones(X_train)
    return np.flatnonzero(_leverages(Z, _with_ones(X_new)) > _leverages(Z, Z).max() + 1e-3).tolist()


def wrong__unlike_training__worst_first(X_train, X_new):
    """Lists the largest leverage first, not the positions in increasing order."""
    Z = _with_ones(X_train)
    new = _leverages(Z, _with_ones(X_new))
    return [int(i) for i in np.argsort(-new) if new[i] > _leverages(Z, Z).max() + 1e-9]


def wrong__unlike_training__exact(X_train, X_new):
    """Compares without tolerance: a copy of a training row may be listed."""
    Z = _with_ones(X_train)
    Q, R = np.linalg.qr(Z)
    new = (np.linalg.solve(R.T, _with_ones(X_new).T) ** 2).sum(axis=0)
    return np.flatnonzero(new > (Q**2).sum(axis=1).max()).tolist()


def wrong__unlike_training__empty_refused(X_train, X_new):
    """No new rows are allowed: the answer is an empty list."""
    if len(X_new) == 0:
        raise ValueError("no rows")
    return right__unlike_training__inverse(X_train, X_new)


# ------------------------------------------------------------------------------------------------- influential_rows


def _fit(X, y):
    Z = _with_ones(X)
    h = (np.linalg.qr(Z)[0] ** 2).sum(axis=1)
    e = y - Z @ np.linalg.lstsq(Z, np.asarray(y, dtype=float), rcond=None)[0]
    return Z, h, e


def right__influential_rows__formula(X, y, k):
    Z, h, e = _fit(X, y)
    n, p = Z.shape
    cook = e**2 / (p * (e @ e) / (n - p)) * h / (1 - h) ** 2
    return np.argsort(-cook)[:k].tolist()


def right__influential_rows__left_out(X, y, k):
    Z = _with_ones(X)
    fitted = Z @ np.linalg.lstsq(Z, y, rcond=None)[0]
    moved = []
    for i in range(len(Z)):
        weights = np.linalg.lstsq(np.delete(Z, i, axis=0), np.delete(y, i), rcond=None)[0]
        moved.append(float(((Z @ weights - fitted) ** 2).sum()))
    return sorted(range(len(Z)), key=lambda i: moved[i], reverse=True)[:k]


def right__influential_rows__hat_matrix(X, y, k):
    Z = _with_ones(X)
    hat = Z @ np.linalg.inv(Z.T @ Z) @ Z.T
    h, e = np.diag(hat), y - hat @ y
    return np.argsort(np.abs(e) * np.sqrt(h) / (1 - h))[::-1][:k]


def wrong__influential_rows__residuals(X, y, k):
    """Sorts by the residuals alone."""
    return np.argsort(-np.abs(_fit(X, y)[2]))[:k].tolist()


def wrong__influential_rows__leverages(X, y, k):
    """Sorts by the leverages alone."""
    return np.argsort(-_fit(X, y)[1])[:k].tolist()


def wrong__influential_rows__one_power_short(X, y, k):
    """Divides by 1 - h, not by its square."""
    _, h, e = _fit(X, y)
    return np.argsort(-(e**2) * h / (1 - h))[:k].tolist()


def wrong__influential_rows__no_leverage_factor(X, y, k):
    """Sorts by the residual of the fit without the row: the factor h is missing."""
    _, h, e = _fit(X, y)
    return np.argsort(-((e / (1 - h)) ** 2))[:k].tolist()


def wrong__influential_rows__dffits(X, y, k):
    """Scales by the variance without the row (DFFITS), another order."""
    Z, h, e = _fit(X, y)
    n, p = Z.shape
    variance = (e @ e - e**2 / (1 - h)) / max(n - p - 1, 1)
    return np.argsort(-(e**2) * h / (1 - h) ** 2 / np.maximum(variance, 1e-15))[:k].tolist()


def wrong__influential_rows__last_k(X, y, k):
    """The slice [-k:] takes all rows when k is 0."""
    _, h, e = _fit(X, y)
    return np.argsort(e**2 * h / (1 - h) ** 2)[-k:][::-1].tolist()


def wrong__influential_rows__by_position(X, y, k):
    """Returns the right rows by position, not the largest first."""
    return sorted(right__influential_rows__formula(X, y, k))


def wrong__influential_rows__unsorted_beyond_three(X, y, k):
    """Orders only the first three."""
    order = right__influential_rows__formula(X, y, k)
    return order[:3] + sorted(order[3:])


def wrong__influential_rows__coefficients_moved(X, y, k):
    """Measures how far the coefficients move, not the fitted values."""
    Z, h, e = _fit(X, y)
    moved = np.linalg.pinv(Z) * (e / (1 - h))
    return np.argsort(-(moved**2).sum(axis=0))[:k].tolist()


def wrong__influential_rows__through_the_origin(X, y, k):
    """Fits without an intercept."""
    h = (np.linalg.qr(X)[0] ** 2).sum(axis=1)
    e = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    return np.argsort(-(e**2) * h / (1 - h) ** 2)[:k].tolist()


# ---------------------------------------------------------------------------------------------------- lasso_weights


def _soft(value, threshold):
    return math.copysign(max(abs(value) - threshold, 0.0), value)


def _lasso(X, y, alpha, sweeps, order=None, keep=None, stop=None):
    A, b = X - X.mean(axis=0), y - y.mean()
    n, d = A.shape
    w = np.zeros(d)
    for sweep in range(sweeps):
        before = w.copy()
        for j in order(sweep, d) if order else range(d):
            if np.ptp(X[:, j]) == 0 or (keep and not keep(sweep, w[j])):
                continue
            partial = b - A @ w + A[:, j] * w[j]
            w[j] = _soft(A[:, j] @ partial / n, alpha) / (A[:, j] @ A[:, j] / n)
        if stop is not None and np.abs(w - before).max() < stop:
            break
    return w


def right__lasso_weights__recomputed(X, y, alpha, sweeps):
    return _lasso(X, y, alpha, sweeps)


def right__lasso_weights__running_residual(X, y, alpha, sweeps):
    A = X - X.mean(axis=0)
    n, d = A.shape
    w, residual = np.zeros(d), y - y.mean()
    squares = (A**2).sum(axis=0)
    for _ in range(sweeps):
        for j in range(d):
            if squares[j] < 1e-12:
                continue
            score = A[:, j] @ residual + squares[j] * w[j]
            new = np.sign(score) * max(abs(score) - n * alpha, 0) / squares[j]
            residual = residual + A[:, j] * (w[j] - new)
            w[j] = new
    return w


def right__lasso_weights__gram(X, y, alpha, sweeps):
    C = np.cov(np.column_stack([X, y]), rowvar=False, bias=True)
    gram, score = C[:-1, :-1], C[:-1, -1]
    w = [0.0] * X.shape[1]
    for _ in range(sweeps):
        for j in range(len(w)):
            rest = score[j] - sum(gram[j, i] * w[i] for i in range(len(w)) if i != j)
            if gram[j, j] > 1e-12:
                w[j] = (max(rest - alpha, 0) + min(rest + alpha, 0)) / gram[j, j]
    return w


def wrong__lasso_weights__all_at_once(X, y, alpha, sweeps):
    """Sets all weights from those before the sweep."""
    A, b = X - X.mean(axis=0), y - y.mean()
    w = np.zeros(X.shape[1])
    for _ in range(sweeps):
        new = w.copy()
        for j in range(len(w)):
            square = A[:, j] @ A[:, j]
            if np.ptp(X[:, j]) > 0:
                new[j] = _soft(A[:, j] @ (b - A @ w) + square * w[j], len(A) * alpha) / square
        w = new
    return w


def wrong__lasso_weights__columns_not_centered(X, y, alpha, sweeps):
    """Centers `y` only: the intercept does not follow."""
    n, d = X.shape
    w, b = np.zeros(d), y - y.mean()
    for _ in range(sweeps):
        for j in range(d):
            if np.ptp(X[:, j]) > 0:
                partial = b - X @ w + X[:, j] * w[j]
                w[j] = _soft(X[:, j] @ partial, n * alpha) / (X[:, j] @ X[:, j])
    return w


def wrong__lasso_weights__intercept_once_a_sweep(X, y, alpha, sweeps):
    """Sets the intercept after each sweep, not with each weight."""
    n, d = X.shape
    w, intercept = np.zeros(d), y.mean()
    for _ in range(sweeps):
        for j in range(d):
            if np.ptp(X[:, j]) > 0:
                partial = y - intercept - X @ w + X[:, j] * w[j]
                w[j] = _soft(X[:, j] @ partial, n * alpha) / (X[:, j] @ X[:, j])
        intercept = (y - X @ w).mean()
    return w


def wrong__lasso_weights__one_half_missing(X, y, alpha, sweeps):
    """Minimizes the mean of the squares, without the 2."""
    return _lasso(X, y, alpha / 2, sweeps)


def wrong__lasso_weights__sum_of_squares(X, y, alpha, sweeps):
    """Minimizes half the sum of squares, without the n."""
    return _lasso(X, y, alpha / len(X), sweeps)


def wrong__lasso_weights__zero_stays_zero(X, y, alpha, sweeps):
    """After the first sweep, a weight of 0 is never looked at again."""
    return _lasso(X, y, alpha, sweeps, keep=lambda sweep, weight: sweep == 0 or weight != 0)


def wrong__lasso_weights__there_and_back(X, y, alpha, sweeps):
    """Every second sweep goes from last to first."""
    return _lasso(X, y, alpha, sweeps, order=lambda s, d: range(d) if s % 2 == 0 else reversed(range(d)))


def wrong__lasso_weights__stops_early(X, y, alpha, sweeps):
    """Stops when the weights move by less than 0.01, not after `sweeps` sweeps."""
    return _lasso(X, y, alpha, sweeps, stop=1e-2)


def wrong__lasso_weights__at_most_five(X, y, alpha, sweeps):
    """Does at most five sweeps."""
    return _lasso(X, y, alpha, min(sweeps, 5))


def wrong__lasso_weights__threshold_unscaled(X, y, alpha, sweeps):
    """Shrinks the least-squares weight by `alpha`: right only for columns of variance 1."""
    A, b = X - X.mean(axis=0), y - y.mean()
    w = np.zeros(X.shape[1])
    for _ in range(sweeps):
        for j in range(len(w)):
            if np.ptp(X[:, j]) > 0:
                w[j] = _soft(A[:, j] @ (b - A @ w + A[:, j] * w[j]) / (A[:, j] @ A[:, j]), alpha)
    return w


def wrong__lasso_weights__never_none(X, y, alpha, sweeps):
    """Does one sweep when asked for none."""
    return _lasso(X, y, alpha, max(sweeps, 1))


def wrong__lasso_weights__nan_on_constant(X, y, alpha, sweeps):
    """Gives a constant column the weight NaN."""
    return np.where(np.ptp(X, axis=0) == 0, np.nan, _lasso(X, y, alpha, sweeps))


def wrong__lasso_weights__type_of_columns(X, y, alpha, sweeps):
    """Cuts the weights to whole numbers when the columns are whole numbers."""
    return _lasso(X, y, alpha, sweeps).astype(X.dtype)
