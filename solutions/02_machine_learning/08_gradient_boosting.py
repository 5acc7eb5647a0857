# %% [markdown]
# # Exercises: learn from what is left over
#
# Replace each `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the
# smallest input on which your answer is wrong. Stuck? `hint(negative_gradient)` gives the next of three hints,
# `solution(negative_gradient)` the answer with its reasons. Any order; `progress()` says where you are.

# %%
from collections.abc import Callable

import numpy as np
from sklearn.tree import DecisionTreeRegressor

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Tell the next tree what to learn  ★☆☆ · 10 min
# A delivery service boosts three models: minutes late (squared loss), minutes late with broken sensors (absolute loss),
# late or not (log loss). Complete `negative_gradient`: for each row, the direction in which its score must move to
# lower its loss, as steep as the loss is there. The squared loss is ½(y − s)², the absolute loss |y − s|. Where a score
# already equals `y`, the absolute loss asks for 0.


# %%
def negative_gradient(loss: str, y: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return what the next tree is fitted to, shape (n,); `loss` is "squared", "absolute" or "log".

    For the log loss, `y` holds 0 and 1, and scores are log-odds, perhaps as far from 0 as 1000 or -1000.

    >>> negative_gradient("squared", np.array([3.0, 1.0]), np.array([1.0, 1.5]))
    array([ 2. , -0.5])
    >>> negative_gradient("log", np.array([1, 0]), np.array([0.0, 0.0]))
    array([ 0.5, -0.5])
    """
    # BEGIN SOLUTION
    if loss == "squared":
        return y - scores
    if loss == "absolute":
        return np.sign(y - scores)
    return y - (1 + np.tanh(scores / 2)) / 2
    # END SOLUTION


# %%
check(negative_gradient)

# %% [markdown] tags=["solution"]
# The squared loss asks for the whole distance, the absolute loss only for its sign: a broken sensor pulls no harder
# than a late van. The log loss asks for y − p. Its p is 1 / (1 + exp(−s)), which overflows for scores near −1000;
# the same curve written with `tanh` doesn't (`scipy.special.expit` is another way).

# %% [markdown]
# ## 2. Stop in time  ★☆☆ · 10 min
# Training costs money by the round. `losses[i]` is what the validation loss is after round i + 1. A round improves if
# its loss is lower than all earlier ones; the first always does. Training stops as soon as `patience` rounds in a row
# haven't improved, and nobody sees later losses. Complete `rounds_to_keep`: the number of rounds whose loss is the
# lowest one seen, the smallest such number if several are. Without any losses it is 0.


# %%
def rounds_to_keep(losses: list[float], patience: int) -> int:
    """Return how many rounds of training to keep; `patience` is at least 1. A loss may be infinite.

    >>> rounds_to_keep([0.9, 0.7, 0.8, 0.7, 0.2], patience=2)
    2
    """
    # BEGIN SOLUTION
    kept = 0
    for number, loss in enumerate(losses, start=1):
        if kept == 0 or loss < losses[kept - 1]:
            kept = number
        elif number - kept == patience:
            break
    return kept
    # END SOLUTION


# %%
check(rounds_to_keep)

# %% [markdown] tags=["solution"]
# The number of the best round is all that must be remembered: the distance to it is the number of rounds in a row
# without an improvement. In the example, rounds 3 and 4 don't beat 0.7 (a tie is no improvement), so training stops
# and never reaches the 0.2. That is the price of patience 2.

# %% [markdown]
# ## 3. Is this cut worth a leaf?  ★★☆ · 15 min
# A bank must justify every cut of its model. Complete `second_order_gain` for one cut: what the best answers of the two
# sides save, minus what one answer for all rows saves, minus `minimum_gain`. One answer for a group saves
# ½G² / (H + penalty), with G and H the sums of its gradients and of its hessians (curvatures). A group without rows
# saves 0.


# %%
def second_order_gain(
    gradients: np.ndarray, hessians: np.ndarray, goes_left: np.ndarray, penalty: float, minimum_gain: float
) -> float:
    """Return the gain of a cut, negative if it isn't worth a leaf.

    The arrays have shape (n,), n at least 1; hessians are positive, `goes_left` holds True and False. `penalty` and
    `minimum_gain` are 0 or more.

    >>> hessians = np.array([1.0, 1.0, 1.0])
    >>> second_order_gain(np.array([-4.0, 3.0, 3.0]), hessians, np.array([True, False, False]), 1.0, 0.25)
    9.25
    """

    # BEGIN SOLUTION
    def saved(rows: np.ndarray) -> float:
        return float(gradients[rows].sum() ** 2 / (hessians[rows].sum() + penalty) / 2) if rows.any() else 0.0

    return saved(goes_left) + saved(~goes_left) - saved(goes_left | ~goes_left) - minimum_gain
    # END SOLUTION


# %%
check(second_order_gain)

# %% [markdown] tags=["solution"]
# In the example the left side saves ½ · 16 / 2 = 4, the right ½ · 36 / 3 = 6 and all rows together ½ · 4 / 4 = 0.5:
# what the sides want cancels in the whole, which is why cutting pays. With neither penalty nor γ a cut never loses, so
# a tree would cut to the end. XGBoost reports twice this gain, before subtracting γ, since it leaves out the ½.

# %% [markdown]
# ## 4. Put a column into bins  ★★☆ · 25 min
# Complete `quantile_bins` for incomes with ties and gaps. A larger value never gets a smaller bin, equal
# values share one. The bins in use are 0, 1, … without a gap, `max_bins` at most; a missing value gets −1. Up to
# `max_bins` different values: one bin each. Beyond that, with n values not missing, no bin may hold more than
# 1 + 1.2 n / max_bins of them, the copies of its most frequent value not counted.


# %%
def quantile_bins(values: np.ndarray, max_bins: int) -> np.ndarray:
    """Return the bin of each value, integers of shape (n,); `max_bins` is at least 1.

    NaN marks a missing value. No value is infinite; all may be missing.

    >>> quantile_bins(np.array([30.0, np.nan, 10.0, 30.0, 900.0]), max_bins=4)
    array([ 1, -1,  0,  1,  2])
    """
    # BEGIN SOLUTION
    bins = np.full(len(values), -1)
    known = ~np.isnan(values)
    edges = np.unique(values[known])
    if len(edges) > max_bins:
        edges = np.quantile(values[known], np.arange(1, max_bins) / max_bins)
    places = np.searchsorted(edges, values[known], side="right")
    bins[known] = np.unique(places, return_inverse=True)[1]
    return bins
    # END SOLUTION


# %%
check(quantile_bins)

# %% [markdown] tags=["solution"]
# Quantiles put about equally many rows between two edges, however far the values reach; a frequent value makes several
# edges equal, and the bins between them stay empty. `np.unique(..., return_inverse=True)` numbers the places in use
# without gaps and keeps their order. The missing values are set aside first, since one NaN makes every quantile NaN.
# Left in a bin of their own, they can later go to whichever side of a cut gains more.

# %% [markdown]
# ## 5. Boost a classifier  ★★★ · 30 min
# Complete `boosted_classifier`. All scores (log-odds) start at the log-odds of the share of ones. In each round, fit a
# `DecisionTreeRegressor` of depth `depth` to y − p, p being the probabilities at the current scores. Its leaves say
# what to add to the score, times `rate`: Σ(y − p) / Σp(1 − p) over the training rows in the leaf. Return a function
# from new rows to their probabilities. Use no ready-made boosting.


# %%
def boosted_classifier(
    X: np.ndarray, y: np.ndarray, rounds: int, rate: float, depth: int
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that predicts the probability of 1 for rows, shape (m, columns) to (m,).

    `X` has shape (n, columns), `y` holds 0 and 1, each at least once. `rounds` may be 0. `tree.apply(X)` gives the leaf
    of each row.

    >>> predict = boosted_classifier(np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([0, 0, 1, 1]), 2, 0.5, 1)
    >>> predict(np.array([[0.0], [9.0]])).round(3)
    array([0.157, 0.843])
    """
    # BEGIN SOLUTION
    start = np.log(y.mean() / (1 - y.mean()))
    scores, trees = np.full(len(y), start), []
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-scores))
        tree = DecisionTreeRegressor(max_depth=depth).fit(X, y - p)
        leaf = tree.apply(X)
        for node in np.unique(leaf):
            inside = leaf == node
            tree.tree_.value[node, 0, 0] = (y - p)[inside].sum() / (p * (1 - p))[inside].sum()
        scores = scores + rate * tree.predict(X)
        trees.append(tree)

    def predict(rows: np.ndarray) -> np.ndarray:
        total = np.full(len(rows), start)
        for tree in trees:
            total = total + rate * tree.predict(rows)
        return 1 / (1 + np.exp(-total))

    return predict
    # END SOLUTION


# %%
check(boosted_classifier)

# %% [markdown] tags=["solution"]
# The tree chooses the groups, Newton's step chooses what each group gets. Here the new answers are written over the
# tree's own, as scikit-learn does; a dictionary from leaves to answers for each tree does as well. All trees must be
# kept, because a new row has to pass through every one of them. The scores add up in log-odds, where nothing can leave
# its range, and become probabilities once, at the end.
