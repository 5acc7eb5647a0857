# %% [markdown]
# # Exercises: search well, and know what the search did to your score
#
# Replace each `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the
# smallest input on which your answer is wrong. Stuck? `hint(log_uniform_draws)` gives the next of three hints,
# `solution(log_uniform_draws)` the answer with its reasons. Any order; `progress()` says where you are.

# %%
import math
from collections.abc import Callable

import numpy as np

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Draw learning rates  ★☆☆ · 10 min
# A team tries learning rates between 0.0001 and 1 and wants each factor of ten to be tried equally often. Complete
# `log_uniform_draws`: n independent draws whose logarithm is uniform between those of the limits. The same seed gives
# the same draws, another seed others, and the program's global random numbers stay untouched.


# %%
def log_uniform_draws(low: float, high: float, n: int, seed: int) -> np.ndarray:
    """Return n draws between `low` and `high`, shape (n,), whose logarithm is uniform; n may be 0.

    `low` is positive and at most `high`.

    >>> bool(np.allclose(log_uniform_draws(3.0, 3.0, n=2, seed=0), 3.0))
    True
    """
    # BEGIN SOLUTION
    exponents = np.random.default_rng(seed).uniform(math.log(low), math.log(high), n)
    return np.exp(exponents)
    # END SOLUTION


# %%
check(log_uniform_draws)

# %% [markdown] tags=["solution"]
# Draw where the scale is uniform, then go back: take the logarithms of the limits, draw between them, exponentiate. A
# `Generator` of its own makes the draws repeatable without `np.random.seed`, which would change the random numbers of
# everybody else in the program.

# %% [markdown]
# ## 2. Plan the nights of a cluster  ★☆☆ · 15 min
# You must book machines before a halving begins. Complete `halving_plan`: one pair (candidates, budget) for each round.
# Each further round keeps `ceil(candidates / factor)` candidates and multiplies the budget by `factor`, but never
# exceeds `full_budget`. The first round that has a single candidate or the full budget is the last. A first budget
# above the full one counts as the full one.


# %%
def halving_plan(candidates: int, first_budget: int, factor: int, full_budget: int) -> list[tuple[int, int]]:
    """Return (candidates, budget) of each round; all arguments are at least 1, `factor` is at least 2.

    >>> halving_plan(27, first_budget=80, factor=3, full_budget=720)
    [(27, 80), (9, 240), (3, 720)]
    """
    # BEGIN SOLUTION
    budget = min(first_budget, full_budget)
    plan = [(candidates, budget)]
    while candidates > 1 and budget < full_budget:
        candidates = -(-candidates // factor)
        budget = min(budget * factor, full_budget)
        plan.append((candidates, budget))
    return plan
    # END SOLUTION


# %%
check(halving_plan)

# %% [markdown] tags=["solution"]
# Two conditions end the halving, and each is checked on the round just planned. `-(-a // b)` rounds up in whole
# numbers: `math.ceil(a / b)` does too, as long as the quotient of floats is exact enough. Rounding down would let five
# candidates with a factor of three shrink to one, then to none.

# %% [markdown]
# ## 3. Choose within the noise  ★★☆ · 10 min
# A search over forests ends with mean scores, their standard errors, and what each setting costs in service. Complete
# `simplest_within_one_error`: the index of the cheapest setting whose mean is at least the best mean minus the standard
# error *of the best setting*. If several means are the best, the one with the lowest index is the best setting. Of
# equally cheap settings, choose the lowest index.


# %%
def simplest_within_one_error(means: np.ndarray, errors: np.ndarray, costs: np.ndarray) -> int:
    """Return the index of the cheapest setting within one standard error of the best.

    All three have shape (n,), n at least 1; larger means are better.

    >>> simplest_within_one_error(np.array([0.75, 1.0, 0.5]), np.array([0.5, 0.25, 0.5]), np.array([20.0, 90.0, 1.0]))
    0
    """
    # BEGIN SOLUTION
    best = np.argmax(means)
    good_enough = means >= means[best] - errors[best]
    return int(np.argmin(np.where(good_enough, costs, np.inf)))
    # END SOLUTION


# %%
check(simplest_within_one_error)

# %% [markdown] tags=["solution"]
# The error of the best says how far its lead may be luck; a setting's own error would let the noisiest ones qualify.
# `np.where` puts everything else out of reach, and `argmin` takes the first of equals. In the example 0.75 reaches
# 1 − 0.25, and 0.5 doesn't, although it is the cheapest.

# %% [markdown]
# ## 4. Score a search honestly  ★★☆ · 15 min
# A vendor's `tune(X, y)` searches as long as it likes and returns a function from rows to predicted labels. Complete
# `nested_score`. `folds[i]` is the fold of row i, any whole number. For each fold, tune once, on all other rows as they are, and
# take the accuracy on the fold's rows. Return the mean of these accuracies, each fold counting once, whatever its size.


# %%
def nested_score(
    tune: Callable[[np.ndarray, np.ndarray], Callable[[np.ndarray], np.ndarray]],
    X: np.ndarray,
    y: np.ndarray,
    folds: np.ndarray,
) -> float:
    """Return the mean accuracy on folds that the search hasn't seen.

    `X` has shape (rows, columns), `y` and `folds` have shape (rows,); there are at least two different folds.

    >>> def majority(X, y):
    ...     return lambda rows: np.full(len(rows), np.bincount(y).argmax())
    >>> nested_score(majority, np.zeros((5, 1)), np.array([0, 0, 0, 1, 0]), folds=np.array([7, 7, 8, 8, 8]))
    0.8333333333333333
    """
    # BEGIN SOLUTION
    accuracies = []
    for fold in np.unique(folds):
        outside = folds != fold
        model = tune(X[outside], y[outside])
        accuracies.append(np.mean(model(X[~outside]) == y[~outside]))
    return float(np.mean(accuracies))
    # END SOLUTION


# %%
check(nested_score)

# %% [markdown] tags=["solution"]
# The search stands inside the loop, so each fold is judged by a model whose settings, too, were chosen without it. How
# the search splits its rows inside is its own business. `np.unique` finds the folds whatever their numbers are; in the
# example they score 2/2 and 2/3.

# %% [markdown]
# ## 5. Take one step of TPE  ★★★ · 30 min
# An experiment costs a night, so the next setting must be chosen well. A trial is (setting, loss); small losses are
# good. Complete `parzen_next`: the best `ceil(good_share * n)` of the n trials are good (of equal losses, the earlier
# trial), the others bad. A group's density is the mean of normal densities with standard deviation `width`, one at
# each of its settings. Return the candidate with the largest ratio good/bad, the first of equals. It must work far
# from all trials.


# %%
def parzen_next(trials: list[tuple[float, float]], candidates: np.ndarray, good_share: float, width: float) -> float:
    """Return the candidate to try next.

    There are at least two trials; `good_share` leaves at least one trial in each group. `candidates` has shape (m,),
    m at least 1; `width` is positive.

    >>> trials = [(1.0, 9.0), (4.0, 2.0), (5.0, 3.0), (9.0, 8.0)]
    >>> parzen_next(trials, candidates=np.array([2.0, 4.0, 8.0]), good_share=0.5, width=1.0)
    4.0
    """

    # BEGIN SOLUTION
    def log_density(settings: np.ndarray) -> np.ndarray:
        exponents = -0.5 * ((candidates[:, None] - settings) / width) ** 2
        return np.logaddexp.reduce(exponents, axis=1)

    ranked = np.array([setting for setting, _ in sorted(trials, key=lambda trial: trial[1])])
    n_good = math.ceil(good_share * len(trials))
    ratio = log_density(ranked[:n_good]) - log_density(ranked[n_good:])
    return float(candidates[np.argmax(ratio)])
    # END SOLUTION


# %%
check(parzen_next)

# %% [markdown] tags=["solution"]
# The ratio asks where good trials are *more* frequent than bad ones; the good density alone leads back to where
# everybody has looked. Forty widths away every density is 0 in floats, and 0/0 says nothing, so compare logarithms:
# `logaddexp` adds what `exp` would have lost. `sorted` keeps equal losses in their order. The bells' constant factor
# cancels, and the sizes of the groups shift all ratios alike, so both may be left out.
