# %% [markdown]
# # Exercises: turn a score into a probability
#
# Replace each `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the
# smallest input on which your answer is wrong. Stuck? `hint(probability_after)` gives the next of three hints,
# `solution(probability_after)` the answer with its reasons. Any order; `progress()` says where you are.

# %%
import numpy as np
from scipy.optimize import linprog
from scipy.special import expit

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Tell a patient what an odds ratio means  ★☆☆ · 5 min
# A study says: "smoking multiplies the odds of this complication by 2.5". A surgeon knows the risk of her patient
# without smoking and wants the risk with it. Complete `probability_after`: the probability after its odds are
# multiplied by `odds_ratio`. Whoever is certain stays certain: 0 remains 0, and 1 remains 1.


# %%
def probability_after(probability: float, odds_ratio: float) -> float:
    """Return the probability (0 to 1) after its odds are multiplied by `odds_ratio`, which is above 0.

    >>> probability_after(0.5, 3.0)
    0.75
    """
    # BEGIN SOLUTION
    chances_for = probability * odds_ratio
    chances_against = 1 - probability
    return chances_for / (chances_for + chances_against)
    # END SOLUTION


# %%
check(probability_after)

# %% [markdown] tags=["solution"]
# The odds are p : (1 − p). The factor multiplies the first number, and chances for : chances against become a
# probability again when you divide by their sum. Keeping the two numbers apart, instead of dividing p by 1 − p, also
# handles certainty: 1 : 0 becomes 2.5 : 0, still 1, and nothing is divided by zero.

# %% [markdown]
# ## 2. Price the mistakes of a credit model  ★☆☆ · 15 min
# A bank's model gives every loan a score, the log-odds that it defaults. Its mistakes count by the amount of the loan.
# Complete `weighted_log_loss`: the weighted mean of −log(probability given to what happened). A bug upstream lets
# scores reach ±10,000, and the report must show what those mistakes cost.


# %%
def weighted_log_loss(scores: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    """Return the weighted mean log loss of log-odds `scores`, exact for scores up to 10,000 and down to -10,000.

    All three have shape (n,); `labels` are 0 and 1, `weights` at least 0 and not all 0.

    >>> round(weighted_log_loss(np.array([0.0, -800.0]), np.array([0, 1]), np.array([3.0, 1.0])), 3)
    200.52
    """
    # BEGIN SOLUTION
    toward_truth = np.where(labels == 1, scores, -scores)
    losses = np.logaddexp(0, -toward_truth)
    return float(losses @ weights / weights.sum())
    # END SOLUTION


# %%
check(weighted_log_loss)

# %% [markdown] tags=["solution"]
# With m the score toward what happened, the loss is −log(1 / (1 + e⁻ᵐ)) = log(1 + e⁻ᵐ) = log(e⁰ + e⁻ᵐ), which is
# `logaddexp(0, -m)`. It takes out the larger exponent before it computes anything, so m = −800 gives 800 and not
# infinity. The weights are divided by their own sum: doubling all amounts must not double the loss.

# %% [markdown]
# ## 3. Warn before the weights explode  ★★☆ · 20 min
# A lab fits unpenalized models to small studies. If some line (plane, ...) has all 1s strictly on one side and all 0s
# strictly on the other, no best weights exist. Complete `is_separable`, by asking `linprog` whether *any* weights and
# intercept satisfy one inequality for each row; nothing needs to be minimized. If only one class occurs, the answer is
# True.


# %%
def is_separable(X: np.ndarray, y: np.ndarray) -> bool:
    """Tell whether a line, anywhere in space, separates the rows with y = 1 strictly from those with y = 0.

    Shapes (n, d) and (n,); at least one row and one column.

    >>> X = np.array([[1.0], [2.0], [3.0]])
    >>> is_separable(X, np.array([0, 1, 1])), is_separable(X, np.array([0, 1, 0]))
    (True, False)
    """
    # BEGIN SOLUTION
    signs = 2 * y - 1
    A = signs[:, None] * np.column_stack([np.ones(len(X)), X])
    found = linprog(np.zeros(A.shape[1]), A_ub=-A, b_ub=-np.ones(len(A)), bounds=(None, None))
    return bool(found.success)
    # END SOLUTION


# %%
check(is_separable)

# %% [markdown] tags=["solution"]
# "On the right side" means sign · (b + w·x) > 0. A linear program can't say "greater than", but weights can be scaled:
# if any weights work, a multiple of them reaches 1 in every row. So ask for sign · (b + w·x) ≥ 1, that is −A·w ≤ −1.
# Two details: the column of ones carries the intercept, and `linprog` assumes weights ≥ 0 unless `bounds` says
# otherwise.

# %% [markdown]
# ## 4. Train a sorter of complaints  ★★☆ · 20 min
# A help desk sends every complaint to one of k teams. The scores of the teams are `X @ W`, the probabilities their
# softmax, and the loss is the mean of −log(probability of the right team). Complete `softmax_gradient`, its gradient
# with respect to `W`. Some teams may have no complaint in the batch, and scores of ±1,000 occur.


# %%
def softmax_gradient(W: np.ndarray, X: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the gradient of the mean log loss of `softmax(X @ W)`: (d, k), (n, d), (n,) -> (d, k).

    `labels` are integers from 0 to k - 1.

    >>> softmax_gradient(np.zeros((1, 2)), np.array([[1.0], [3.0]]), np.array([0, 1]))
    array([[ 0.5, -0.5]])
    """
    # BEGIN SOLUTION
    scores = X @ W
    positive = np.exp(scores - scores.max(axis=1, keepdims=True))
    P = positive / positive.sum(axis=1, keepdims=True)
    happened = np.eye(W.shape[1])[labels]
    return X.T @ (P - happened) / len(X)
    # END SOLUTION


# %%
check(softmax_gradient)

# %% [markdown] tags=["solution"]
# As with two classes, the slope of the loss in a score is "said minus happened", now for every class: P has a row of
# probabilities for each complaint, and `np.eye(k)[labels]` a row with a 1 at the right team. The number of teams comes
# from `W`, because a batch need not contain them all. Subtracting each row's largest score leaves the probabilities as
# they are and keeps `exp` finite.

# %% [markdown]
# ## 5. Fit a fraud model in a few steps  ★★★ · 30 min
# A payment service refits a small fraud model every minute; fraud is so rare that the classes are often separated, so
# it needs a penalty. Complete `newton_logistic`: minimize the *summed* log loss plus alpha/2 · (sum of squared weights)
# by Newton's method. The intercept isn't penalized. Start with zeros and take exactly `steps` full steps.


# %%
def newton_logistic(X: np.ndarray, y: np.ndarray, alpha: float, steps: int) -> np.ndarray:
    """Return intercept and weights, shape (d + 1,), after `steps` Newton steps from zero.

    `X` has shape (n, d), `y` (n,) holds 0 and 1, both of them; `alpha` is above 0.

    >>> newton_logistic(np.array([[-1.0], [1.0]]), np.array([0, 1]), alpha=0.5, steps=1)
    array([0., 1.])
    """
    # BEGIN SOLUTION
    A = np.column_stack([np.ones(len(X)), X])
    penalty = np.full(A.shape[1], alpha)
    penalty[0] = 0
    w = np.zeros(A.shape[1])
    for _ in range(steps):
        p = expit(A @ w)
        slope = A.T @ (p - y) + penalty * w
        curvature = (A.T * (p * (1 - p))) @ A + np.diag(penalty)
        w = w - np.linalg.solve(curvature, slope)
    return w
    # END SOLUTION


# %%
check(newton_logistic)

# %% [markdown] tags=["solution"]
# Slope and curvature of the sum add up: the log loss gives Aᵀ(p − y) and Aᵀ·diag(p(1 − p))·A, the penalty gives alpha ·
# w and alpha on the diagonal, with a 0 for the intercept in both. The penalty appears in the slope *and* in the
# curvature; forget either, and the steps lead elsewhere or take much longer. On separated classes p(1 − p) shrinks
# toward 0 while alpha stays, so the weights come to rest. Far from the start full steps can overshoot; solvers then
# halve them.
