# %% [markdown]
# # Exercises: put a price on a square meter
#
# Replace each `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the
# smallest input on which your answer is wrong. Stuck? `hint(percent_effect)` gives the next of three hints,
# `solution(percent_effect)` the answer with its reasons. Any order; `progress()` says where you are.

# %%
import math

import numpy as np

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Say it in percent  ★☆☆ · 5 min
# A rent survey fits the *natural logarithm* of the rent. Its report must speak to tenants: "an elevator goes with 6.2 %
# more rent". Complete `percent_effect`: by how many percent does the predicted rent change when a feature grows by
# `change`, all other features staying as they are? A fall is negative; `change` may be negative, too.


# %%
def percent_effect(coefficient: float, change: float) -> float:
    """Return the change of the price in percent, in a model of log prices, when a feature grows by `change`.

    >>> round(percent_effect(0.06, 1), 2)
    6.18
    >>> round(percent_effect(-0.5, 2), 2)
    -63.21
    """
    # BEGIN SOLUTION
    return 100 * math.expm1(coefficient * change)
    # END SOLUTION


# %%
check(percent_effect)

# %% [markdown] tags=["solution"]
# The log price grows by coefficient · change, so the price is *multiplied* by exp of that; 1 is what it was, the rest is
# the change. `expm1` is exp minus 1, without losing digits when the effect is tiny. Up to about 10 % the coefficient
# itself is near enough. Beyond that it isn't, and no fall exceeds 100 %.

# %% [markdown]
# ## 2. Penalize slopes, not the level  ★☆☆ · 15 min
# A utility predicts the use of power of 60 households from a dozen columns that lean together, and wants ridge
# regression that it can read. Complete `ridge_with_intercept`: the intercept and the weights that minimize the *sum* of
# squared errors plus `alpha` times the sum of the squared weights. The intercept costs nothing. There may be fewer rows
# than columns, and constant columns.


# %%
def ridge_with_intercept(X: np.ndarray, y: np.ndarray, alpha: float) -> tuple[float, np.ndarray]:
    """Return the intercept and the weights, shape (d,), of ridge regression.

    `X` has shape (n, d), `y` (n,), with n and d at least 1; `alpha` is positive.

    >>> intercept, weights = ridge_with_intercept(np.array([[0.0], [2.0]]), np.array([10.0, 14.0]), alpha=2)
    >>> round(intercept, 6), weights.round(6).tolist()
    (11.0, [1.0])
    """
    # BEGIN SOLUTION
    center = X.mean(axis=0)
    Z = X - center
    weights = np.linalg.solve(Z.T @ Z + alpha * np.eye(X.shape[1]), Z.T @ y)
    return float(y.mean() - center @ weights), weights
    # END SOLUTION


# %%
check(ridge_with_intercept)

# %% [markdown] tags=["solution"]
# For any weights, the best free intercept makes the residuals add up to 0; that is why centering removes it from the
# problem. (Centering X is enough: its columns then add up to 0, and the level of y drops out of `Z.T @ y`.) The
# intercept comes back at the end. With `alpha` on the diagonal the matrix is invertible whatever the columns are: more
# columns than rows, copies, constants.

# %% [markdown]
# ## 3. Stop a request unlike all training rows  ★★☆ · 20 min
# A service predicts prices of used cars. A request can be inside the range of every column and still be unlike any car
# of the training data. Complete `unlike_training`: the positions, in increasing order, of the new rows whose leverage
# exceeds the largest leverage of any training row. The model has an intercept, and the ruler is made of the training
# rows alone. Leverages that differ by less than 1e-9 count as equal.


# %%
def unlike_training(X_train: np.ndarray, X_new: np.ndarray) -> list[int]:
    """Return the positions of the rows of `X_new` at which a linear model fitted on `X_train` would extrapolate.

    With Z the training rows, a 1 in front of each, the leverage of a row z (with its 1) is `z @ inv(Z.T @ Z) @ z`.
    `X_train` has shape (n, d) with n > d, and its columns and the ones are linearly independent; `X_new` has shape (m, d), m >= 0.

    >>> cars = np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 4.0], [4.0, 4.0]])
    >>> unlike_training(cars, np.array([[2.0, 2.0], [4.0, 1.0]]))
    [1]
    """
    # BEGIN SOLUTION
    center = X_train.mean(axis=0)
    R = np.linalg.qr(X_train - center, mode="r")

    def distances(X: np.ndarray) -> np.ndarray:
        return (np.linalg.solve(R.T, (X - center).T) ** 2).sum(axis=0)

    return np.flatnonzero(distances(X_new) > distances(X_train).max() + 1e-9).tolist()
    # END SOLUTION


# %%
check(unlike_training)

# %% [markdown] tags=["solution"]
# With an intercept, the leverage is 1/n plus a squared distance from the mean of the training rows, measured in their
# own spread and lean (the Mahalanobis distance, divided by n − 1). The 1/n is the same for all rows, so only distances
# are compared. QR of the centered rows avoids the inverse. The new rows never touch the ruler, or a single strange
# request would make itself look normal.

# %% [markdown]
# ## 4. Find the rows that decide  ★★☆ · 20 min
# A dose-response line will decide how a drug is given, and the reviewer wants to see the patients that decide the line.
# Complete `influential_rows`: the positions of the `k` rows with the largest Cook's distance, the largest first, for
# least squares with an intercept. If there are fewer than `k` rows, return them all.


# %%
def influential_rows(X: np.ndarray, y: np.ndarray, k: int) -> list[int]:
    """Return the positions of the `k` rows (k >= 0) with the largest Cook's distance, largest first.

    A row's distance tells how far all predictions move when it is left out. `X` has shape (n, d), `y` (n,). The columns
    and the ones are linearly independent, no leverage is 1, not all residuals are 0, and no two distances are equal.

    >>> influential_rows(np.array([[0.0], [1.0], [2.0], [10.0]]), np.array([0.0, 1.0, 2.0, 0.0]), k=2)
    [3, 0]
    """
    # BEGIN SOLUTION
    A = np.column_stack([np.ones(len(X)), X])
    Q, _ = np.linalg.qr(A)
    leverage = (Q**2).sum(axis=1)
    residual = y - Q @ (Q.T @ y)
    distance = residual**2 * leverage / (1 - leverage) ** 2
    return np.argsort(-distance)[:k].tolist()
    # END SOLUTION


# %%
check(influential_rows)

# %% [markdown] tags=["solution"]
# Cook's distance is residual² · leverage / (1 − leverage)², divided by the number of coefficients and the noise; these
# two are the same for all rows and don't change the order. The hat matrix is Q Qᵀ, so the leverages are the squared
# lengths of the rows of Q, and the n × n matrix is never built. Dividing the residual by 1 − leverage gives the error
# that the row would have if it had been left out.

# %% [markdown]
# ## 5. Write the lasso  ★★★ · 30 min
# A clinic wants a score from as few of its measurements as possible. Complete `lasso_weights`, which minimizes the sum
# of squared errors divided by 2n, plus `alpha` times the sum of |w|; the intercept is free. Start with all weights at 0.
# One sweep goes through the columns from first to last and sets each weight, and the intercept with it, to its best
# value, all other weights staying as they are at that moment. Do exactly `sweeps` sweeps. A constant column keeps
# weight 0.


# %%
def lasso_weights(X: np.ndarray, y: np.ndarray, alpha: float, sweeps: int) -> np.ndarray:
    """Return the weights, shape (d,), after `sweeps` sweeps of cyclic coordinate descent.

    `X` has shape (n, d), `y` (n,), with n and d at least 1; `alpha` is positive, `sweeps` may be 0. The columns are
    neither standardized nor changed.

    >>> X, y = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]), np.array([3.0, -3.0, 0.5, -0.5])
    >>> lasso_weights(X, y, alpha=0.5, sweeps=1).tolist()
    [2.0, 0.0]
    """
    # BEGIN SOLUTION
    n, d = X.shape
    Z, residual = X - X.mean(axis=0), y
    weights, squares = np.zeros(d), (Z**2).sum(axis=0)
    for _ in range(sweeps):
        for j in range(d):
            if np.ptp(X[:, j]) == 0:
                continue
            rho = Z[:, j] @ residual + squares[j] * weights[j]
            updated = np.sign(rho) * max(abs(rho) - alpha * n, 0) / squares[j]
            residual = residual - (updated - weights[j]) * Z[:, j]
            weights[j] = updated
    return weights
    # END SOLUTION


# %%
check(lasso_weights)

# %% [markdown] tags=["solution"]
# `rho` is what column j could explain if its own weight were 0: its product with the residual, plus what it explains
# already. The best weight is `rho` moved toward zero by alpha · n, divided by the column's sum of squares. The residual
# is updated after *each* weight, so the next column sees what is left; with columns that lean together this is what
# makes the sweeps converge. Centering X takes care of the intercept, as in ridge.
