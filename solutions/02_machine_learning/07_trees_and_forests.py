# %% [markdown]
# # Exercises: ask questions, then ask a crowd
#
# Replace each `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the
# smallest input on which your answer is wrong. Stuck? `hint(impurity_drop)` gives the next of three hints,
# `solution(impurity_drop)` the answer with its reasons. Any order; `progress()` says where you are.

# %%
from collections import Counter

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Choose the question that helps triage  ★☆☆ · 10 min
# A hospital wants to know which single question tells urgent from other patients best. Complete `impurity_drop`: the
# Gini impurity of all labels, minus the impurity that remains after the question: that of each side, weighted by the
# side's share of the patients. Gini impurity is 1 minus the sum of the squared shares of the labels. A side without
# patients adds nothing.


# %%
def impurity_drop(labels: list[str], goes_left: list[bool]) -> float:
    """Return how much Gini impurity a question removes; `goes_left[i]` is the answer for `labels[i]`.

    There is at least one label, and there may be more than two different ones.

    >>> impurity_drop(["urgent", "urgent", "other", "other"], [True, True, False, False])
    0.5
    """

    # BEGIN SOLUTION
    def gini(group: list[str]) -> float:
        return 1 - sum((count / len(group)) ** 2 for count in Counter(group).values())

    left = [label for i, label in enumerate(labels) if goes_left[i]]
    right = [label for i, label in enumerate(labels) if not goes_left[i]]
    remaining = sum(len(side) * gini(side) for side in (left, right) if side)
    return gini(labels) - remaining / len(labels)
    # END SOLUTION


# %%
check(impurity_drop)

# %% [markdown] tags=["solution"]
# The weights make the two sides one number: the impurity that a patient meets on average after the question. Without
# them a side of one patient, which is always pure, would make any question look good. An empty side has no shares to
# square; its weight is 0, so it is left out.

# %% [markdown]
# ## 2. Test a forest without test patients  ★☆☆ · 15 min
# A study has so few patients that none can be spared for a test. Its forest drew a bootstrap sample for each tree:
# `in_bag[t, i]` is how often tree t drew patient i. Complete `out_of_bag_error`. Each patient's prediction is the
# average over the trees that never drew the patient; return the mean absolute error of these averages. Leave out
# patients whom every tree drew; at least one patient remains.


# %%
def out_of_bag_error(predictions: np.ndarray, in_bag: np.ndarray, y: np.ndarray) -> float:
    """Return the mean absolute error of a forest, each row judged by the trees that haven't seen it.

    `predictions` and `in_bag` (counts) have shape (trees, rows), `y` has shape (rows,).

    >>> predictions = np.array([[4.0, 7.0, 1.0], [8.0, 5.0, 2.0]])
    >>> out_of_bag_error(predictions, in_bag=np.array([[0, 2, 1], [0, 0, 3]]), y=np.array([5.0, 8.0, 9.0]))
    2.0
    """
    # BEGIN SOLUTION
    votes = in_bag == 0
    n_votes = votes.sum(axis=0)
    judged = n_votes > 0
    average = np.where(votes, predictions, 0).sum(axis=0)[judged] / n_votes[judged]
    return float(np.abs(average - y[judged]).mean())
    # END SOLUTION


# %%
check(out_of_bag_error)

# %% [markdown] tags=["solution"]
# A count of 0 is what makes a tree a stranger to a patient; `~in_bag` would turn a count of 2 into −3. The average comes
# before the absolute value, because the forest is judged, not its trees: errors of different sign cancel in the
# average. In the example patient 0 gets (4 + 8) / 2 = 6, patient 1 gets 5 from the second tree alone, and patient 2 is
# known to both.

# %% [markdown]
# ## 3. Cut used cars by mileage  ★★☆ · 25 min
# A portal tries a million cuts a day. Complete `best_price_split`. A cut at a threshold sends `values <= threshold` to
# the left; thresholds lie halfway between two neighboring different values. Among the cuts with at least `min_leaf`
# rows on each side, find one with the largest drop: the squared errors around the mean of all prices, minus those
# around the means of the two sides. Equally good cuts are equally right. Without any such cut, return None. No Python
# loop over rows, no n × n array.


# %%
def best_price_split(values: np.ndarray, prices: np.ndarray, min_leaf: int) -> tuple[float, float] | None:
    """Return the threshold of the best cut and its drop in the sum of squared errors, or None if there is no cut.

    `values` and `prices` have shape (n,), n at least 1, in any order; `min_leaf` is at least 1.

    >>> best_price_split(np.array([90.0, 10.0, 30.0]), np.array([2.0, 8.0, 8.0]), min_leaf=1)
    (60.0, 24.0)
    """
    # BEGIN SOLUTION
    order = np.argsort(values)
    x, y = values[order], prices[order] - prices.mean()
    n = len(x)
    n_left = np.arange(1, n)
    left = y.cumsum()[:-1]
    drop = left**2 / n_left + left**2 / (n - n_left)
    allowed = (x[1:] > x[:-1]) & (n_left >= min_leaf) & (n - n_left >= min_leaf)
    if not allowed.any():
        return None
    best = np.where(allowed, drop, -1).argmax()
    return float((x[best] + x[best + 1]) / 2), float(drop[best])
    # END SOLUTION


# %%
check(best_price_split)

# %% [markdown] tags=["solution"]
# After sorting, every cut is a position, and a running sum knows the left side of all of them. With the mean shifted to
# 0, the right side's sum is minus the left's, and the squared prices cancel between before and after; what remains is
# S²/n_left + S²/n_right. The mask does the rest: no cut between equal values, none that leaves too few rows. Shifting
# also keeps the numbers small: squares of large prices would lose digits.

# %% [markdown]
# ## 4. Put a tree into words  ★★☆ · 20 min
# An auditor doesn't read code. Complete `rules_of_tree`: one line for each leaf, from the leftmost to the rightmost,
# such as `"area <= 91.5 and rooms > 3.0 -> cheap"`. Its conditions are the questions from the root to the leaf, in
# this order, `<=` for yes and `>` for no, also if a later one makes an earlier one superfluous. Write thresholds as
# Python writes a float, all digits. A tree that asks nothing has the line `"always -> cheap"`.


# %%
def rules_of_tree(tree: DecisionTreeClassifier, names: list[str]) -> list[str]:
    """Return the rules of a fitted tree; `names[j]` is the name of column j. Classes may be text or numbers.

    In `tree.tree_`, node i asks for column `feature[i]` and `threshold[i]`; yes leads to `children_left[i]`, no to
    `children_right[i]`. A leaf has -1 for both. `value[i, 0]` are the shares of `tree.classes_` in the node, the
    largest is the answer (the first of equals). The root is node 0.

    >>> tree = DecisionTreeClassifier().fit(np.array([[30.0], [50.0]]), ["cheap", "dear"])
    >>> rules_of_tree(tree, ["area"])
    ['area <= 40.0 -> cheap', 'area > 40.0 -> dear']
    """

    # BEGIN SOLUTION
    def lines(node: int, asked: list[str]) -> list[str]:
        yes, no = nodes.children_left[node], nodes.children_right[node]
        if yes == -1:
            answer = tree.classes_[nodes.value[node, 0].argmax()]
            return [f"{' and '.join(asked) or 'always'} -> {answer}"]
        name, threshold = names[nodes.feature[node]], float(nodes.threshold[node])
        return [
            *lines(yes, [*asked, f"{name} <= {threshold!r}"]),
            *lines(no, [*asked, f"{name} > {threshold!r}"]),
        ]

    nodes = tree.tree_
    return lines(0, [])
    # END SOLUTION


# %%
check(rules_of_tree)

# %% [markdown] tags=["solution"]
# A function that calls itself for both children and passes on what was asked so far visits the leaves from left to
# right. `float()` matters since NumPy 2: the `repr` of its own number is `np.float64(40.0)`. Rounded thresholds would
# read better, and send the rows in between to the wrong leaf: then the auditor checks another model than the one in
# use.

# %% [markdown]
# ## 5. Promise a range, not a price  ★★★ · 30 min
# A lender asks between which prices a house lies. Complete `forest_interval`. For a row of `X`, every tree gives out a
# weight of 1, shared equally by all rows of `X_train` in the leaf that the row falls into. Add the weights of each
# training row over the trees. The lower bound is the smallest target in `y_train` at which the weights of all targets
# up to and including it reach the share (1 − coverage) / 2 of the total; for the upper bound the share is
# (1 + coverage) / 2.


# %%
def forest_interval(
    forest: RandomForestRegressor, X_train: np.ndarray, y_train: np.ndarray, X: np.ndarray, coverage: float
) -> np.ndarray:
    """Return the lower and the upper bound for each row of `X`, shape (rows, 2).

    `forest` is fitted on `X_train` and `y_train`; `forest.apply(X)` are the leaves, shape (rows, trees). `coverage` is
    above 0 and below 1.

    >>> X_train, y_train = np.array([[1.0], [2.0], [8.0], [9.0]]), np.array([10.0, 20.0, 70.0, 90.0])
    >>> forest = RandomForestRegressor(1, max_depth=1, bootstrap=False).fit(X_train, y_train)
    >>> forest_interval(forest, X_train, y_train, np.array([[1.5], [20.0]]), coverage=0.9)
    array([[10., 20.],
           [70., 90.]])
    """
    # BEGIN SOLUTION
    order = np.argsort(y_train)
    targets, leaves, asked = y_train[order], forest.apply(X_train)[order], forest.apply(X)
    bounds = np.empty((len(X), 2))
    for row, its_leaves in enumerate(asked):
        together = leaves == its_leaves
        share = (together / together.sum(axis=0)).sum(axis=1).cumsum()
        share /= share[-1]
        bounds[row] = targets[np.searchsorted(share, [(1 - coverage) / 2, (1 + coverage) / 2])]
    return bounds
    # END SOLUTION


# %%
check(forest_interval)

# %% [markdown] tags=["solution"]
# A forest's prediction is a weighted mean of training targets; here you keep the weights and read quantiles instead of
# the mean (Meinshausen, *Quantile Regression Forests*, 2006). The spread of the trees' predictions is something else:
# each tree says a mean of its leaf, and means vary less than houses. On 400 new houses of Ferrow, a 90% interval made
# from the trees' predictions held about 68% of the prices, this one about 88%.
