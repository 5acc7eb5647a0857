# %% [markdown]
# # Exercises: explain a prediction without fooling yourself
#
# Replace each `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the
# smallest input on which your answer is wrong. Stuck? `hint(dependence_curve)` gives the next of three hints,
# `solution(dependence_curve)` the answer with its reasons. Any order; `progress()` says where you are.

# %%
import itertools
import math
from collections.abc import Callable

import numpy as np

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Draw what a dose does  ★☆☆ · 10 min
# A hospital's model scores the risk of each patient. The pharmacist asks how the average risk moves with the dose.
# Complete `dependence_curve`: for each grid value, the average prediction over all patients when everyone gets this
# value in the given column and keeps everything else. Even if the patients are written down in integers, a grid value
# of 0.5 stays 0.5.


# %%
def dependence_curve(
    predict: Callable[[np.ndarray], np.ndarray], X: np.ndarray, column: int, grid: np.ndarray
) -> np.ndarray:
    """Return the average prediction for each grid value, shape (len(grid),).

    `X` has shape (rows, columns), with at least one row; `predict` takes such a matrix and returns one number per row.

    >>> patients = np.array([[1.0, 5.0], [3.0, 6.0]])
    >>> dependence_curve(lambda X: X[:, 0] ** 2 + X[:, 1], patients, column=1, grid=np.array([0.0, 10.0]))
    array([ 5., 15.])
    """
    # BEGIN SOLUTION
    copies = np.repeat(X[None].astype(float), len(grid), axis=0)
    copies[:, :, column] = grid[:, None]
    return np.array([predict(everyone).mean() for everyone in copies])
    # END SOLUTION


# %%
check(dependence_curve)

# %% [markdown] tags=["solution"]
# Each grid value gets its own copy of all patients, so nothing of the first value is left for the second, and the
# caller keeps the data. The copy is made of floats: an array of integers would turn a dose of 0.5 into 0 without a
# word. Predict first, average last: for the patient with average columns, who may not exist, a curved model says
# something else.

# %% [markdown]
# ## 2. Tell an applicant why  ★☆☆ · 10 min
# A bank scores the risk of an applicant with a linear formula: the sum of weight times value. The law wants the main
# reasons in her letter. Complete `reason_codes`: the names of the columns that push her score above that of the
# average applicant, strongest push first, at most `top` of them. Columns that push her down or not at all are no
# reasons. Equally strong reasons keep the order of `names`.


# %%
def reason_codes(weights: np.ndarray, means: np.ndarray, row: np.ndarray, names: list[str], top: int) -> list[str]:
    """Return the names of the columns that raise the score of `row`, strongest first.

    `weights`, the average applicant `means` and the applicant `row` have one entry per name; names differ; `top` is at
    least 0.

    >>> weights, means = np.array([2.0, 0.1, -1.0]), np.array([1.0, 40.0, 3.0])
    >>> reason_codes(weights, means, np.array([2.0, 41.0, 0.0]), ["late payments", "age", "years here"], top=2)
    ['years here', 'late payments']
    """
    # BEGIN SOLUTION
    pushes = weights * (row - means)
    strongest = sorted(range(len(names)), key=lambda place: -pushes[place])[:top]
    return [names[place] for place in strongest if pushes[place] > 0]
    # END SOLUTION


# %%
check(reason_codes)

# %% [markdown] tags=["solution"]
# A push is the weight times the distance from the average, so a negative weight pushes up whoever lies *below* the
# average: too few years are a reason. `weight * value` would name the age of everybody, because ages are large numbers.
# `sorted` keeps equal ones in their order; so does `np.argsort`, if you ask it for a stable sort.

# %% [markdown]
# ## 3. Share the profit of a joint delivery  ★★☆ · 25 min
# Up to eight shops deliver together. `value(coalition)` is the profit of any group of them, also of no shop at all; it
# comes from a planning program that runs for minutes, so ask it at most once for each coalition. Complete
# `shapley_shares`: each shop's Shapley value, its additional profit on joining, averaged over all orders in which the
# shops can join.


# %%
def shapley_shares(value: Callable[[frozenset[str]], float], players: list[str]) -> dict[str, float]:
    """Return the share of each player; the shares add up to value(all) - value(none).

    `players` are 0 to 8 different names; `value` takes a frozenset of names, the empty one included.

    >>> profit = {frozenset(): 0, frozenset("a"): 10, frozenset("b"): 20, frozenset("ab"): 50}
    >>> shapley_shares(profit.get, ["a", "b"])
    {'a': 20.0, 'b': 30.0}
    """
    # BEGIN SOLUTION
    n = len(players)
    profit = {
        coalition: value(coalition)
        for size in range(n + 1)
        for coalition in map(frozenset, itertools.combinations(players, size))
    }
    shares = dict.fromkeys(players, 0.0)
    for coalition in profit:
        for player in coalition:
            others = coalition - {player}
            share_of_orders = 1 / (n * math.comb(n - 1, len(others)))
            shares[player] += share_of_orders * (profit[coalition] - profit[others])
    return shares
    # END SOLUTION


# %%
check(shapley_shares)

# %% [markdown] tags=["solution"]
# In how many of the n! orders does a player find exactly these s others inside? Theirs can come in s! orders before,
# the rest in (n − s − 1)! after: that is the weight s!(n − s − 1)!/n!, written here as 1 / (n · C(n − 1, s)). So 256
# coalitions suffice for 8 players instead of 40,320 orders. The plain average over coalitions is wrong: there are many
# of middle size, and an order passes through each size once.

# %% [markdown]
# ## 4. Shuffle what belongs together  ★★☆ · 20 min
# A model of energy use gets the temperature in °C and in °F. Complete `group_importance`: by how much the mean absolute
# error rises when the given columns are shuffled together, the same order for all of them, averaged over `repeats`.
# For others to check your number: make one generator, `np.random.default_rng(seed)`; repeat after repeat, draw an order
# with its `permutation(len(X))`, and let row i take the group's values from row `order[i]` of the original `X`.


# %%
def group_importance(
    predict: Callable[[np.ndarray], np.ndarray],
    X: np.ndarray,
    y: np.ndarray,
    columns: list[int],
    repeats: int,
    seed: int,
) -> float:
    """Return the mean increase of the mean absolute error; it may be negative.

    `X` has shape (rows, columns), `y` shape (rows,); `columns` are different places, perhaps none; `repeats` is at
    least 1.

    >>> X, y = np.array([[0.0, 32.0], [10.0, 50.0]]), np.array([1.0, 11.0])
    >>> group_importance(lambda X: X[:, 0] + 1, X, y, columns=[0, 1], repeats=4, seed=1)
    2.5
    """
    # BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    errors = []
    for _ in range(repeats):
        shuffled = X.copy()
        shuffled[:, columns] = X[rng.permutation(len(X))][:, columns]
        errors.append(np.abs(predict(shuffled) - y).mean())
    return float(np.mean(errors) - np.abs(predict(X) - y).mean())
    # END SOLUTION


# %%
check(group_importance)

# %% [markdown] tags=["solution"]
# One order for the whole group keeps °C and °F consistent: no row says 10 °C and 86 °F, which the model has never seen.
# Each repeat starts from the original data. In the example, with two rows, an order either changes nothing or swaps
# them, which adds an error of 10; seed 1 swaps in one of four repeats. A negative result is possible and means nothing
# but luck.

# %% [markdown]
# ## 5. Find the way out with the fewest changes  ★★★ · 30 min
# An applicant is refused because her score is above `target`. Complete `smallest_change`: the fewest columns, at most
# three, whose new values, taken from `allowed`, bring the score to at most `target`. Among changes of equally many
# columns take one with the lowest score; which of several, doesn't matter. Return `{}` if she needs none, None if there
# is no way. Call `score` at most once for each number of columns (0, 1, 2, 3).


# %%
def smallest_change(
    score: Callable[[np.ndarray], np.ndarray], row: np.ndarray, allowed: dict[int, list[float]], target: float
) -> dict[int, float] | None:
    """Return the new values by column, such as `{2: 0.5}`.

    `score` takes a matrix, shape (candidates, columns), and returns one score per candidate. `allowed[j]` are the
    values that column j can take, perhaps none; other columns stay. `row` may hold integers even if `allowed` holds 0.5.

    >>> smallest_change(lambda rows: rows.sum(axis=1), np.array([5.0, 4.0, 1.0]), {0: [4.0, 3.0], 1: [0.0]}, target=8.0)
    {1: 0.0}
    """
    # BEGIN SOLUTION
    for size in range(4):
        changes = [
            dict(pairs)
            for chosen in itertools.combinations(allowed, size)
            for pairs in itertools.product(*([(column, value) for value in allowed[column]] for column in chosen))
        ]
        if not changes:
            continue
        candidates = np.tile(row.astype(float), (len(changes), 1))
        for place, change in enumerate(changes):
            candidates[place, list(change)] = list(change.values())
        scores = score(candidates)
        best = int(np.argmin(scores))
        if scores[best] <= target:
            return changes[best]
    return None
    # END SOLUTION


# %%
check(smallest_change)

# %% [markdown] tags=["solution"]
# Sizes in ascending order make "fewest" automatic; within a size, one matrix holds all candidates, and `argmin` picks
# the lowest score. For no column there is one candidate, the row itself. Walking greedily, the best single change first
# and then the next, misses pairs that work only together, such as a longer contract *and* a cheaper plan.
