# %% [markdown]
# # Exercises: Reason with chance and check it by simulation
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(belief_after_tests)` gives the next of three hints, `solution(belief_after_tests)` the answer. Any order; `progress()` says where you are.

# %%
from collections.abc import Callable

import numpy as np
from scipy import stats

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Combine several test results  ★☆☆ · 10 min
# A clinic repeats a test. Some results are positive (`True`), some negative (`False`), and they err independently. How likely is illness after all of them, at most ten? Without results the answer is the prior. Some results can't happen at all, such as a positive one where nobody is ill and the test gives no false alarm: raise `ValueError`.


# %%
def belief_after_tests(prior: float, results: list[bool], sensitivity: float, specificity: float) -> float:
    """Return the probability of illness, given the results of independent tests.

    `sensitivity` is the share of the ill who test positive, `specificity` the share of the well who test negative. All
    three shares lie between 0 and 1, both included. Raises ValueError if these results have probability 0.

    >>> round(belief_after_tests(0.001, [True, True], 0.99, 0.99), 4)
    0.9075
    """
    # BEGIN SOLUTION
    ill, well = prior, 1 - prior
    for positive in results:
        ill *= sensitivity if positive else 1 - sensitivity
        well *= 1 - specificity if positive else specificity
    if ill + well == 0:
        raise ValueError("these results can't happen, neither to the ill nor to the well")
    return ill / (ill + well)
    # END SOLUTION


# %%
check(belief_after_tests)

# %% [markdown] tags=["solution"]
# Two ways lead to these results: being ill and getting them, being well and getting them. Independence lets you multiply along each way; the division by the sum of both makes a probability of it. A negative result has likelihoods of its own, `1 - sensitivity` and `specificity`, so it lowers the belief. Taking each belief as the prior of the next test, as in the lesson, does the same, until the belief is so near 1 that a float can't tell it from 1: no negative result brings it back. After hundreds of tests the products underflow to 0 as well: then add logarithms.

# %% [markdown]
# ## 2. Report a simulation with its error  ★☆☆ · 10 min
# A colleague hands you a simulation: each call draws from the generator that it is given and returns one number. Run it n times and return the mean of the numbers and the standard error of that mean. One run can't tell its error: if n is below 2, raise `ValueError` before the simulation is called at all, for it may take minutes.


# %%
def mean_and_error(
    simulate: Callable[[np.random.Generator], float], n: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Return the mean of `n` simulations and its standard error: sample standard deviation (n - 1) over root n.

    `simulate` is called exactly n times, each time with `rng` itself. It may also return integers or booleans, Python's
    or NumPy's, of different types. What it raises comes through.

    >>> mean, error = mean_and_error(lambda rng: rng.normal(10, 2), 400, np.random.default_rng(5))
    >>> bool(abs(mean - 10) < 3 * error), round(error, 1)
    (True, 0.1)
    """
    # BEGIN SOLUTION
    if n < 2:
        raise ValueError(f"{n} simulations can't tell their error; 2 are the least")
    values = np.array([simulate(rng) for _ in range(n)])
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(n))
    # END SOLUTION


# %%
check(mean_and_error)

# %% [markdown] tags=["solution"]
# The standard deviation says how far *one* simulation may be from the truth, the standard error how far their *mean* may be; the second shrinks with √n, the first doesn't. All runs share one generator, which moves on from call to call. A generator made anew from a seed would repeat the same number n times, and report an error of 0. For other n and seeds, mean ± 1.96 errors contains the truth in about 95 of 100 cases.

# %% [markdown]
# ## 3. Draw with weights  ★★☆ · 12 min
# A simulation sends bikes to stations in proportion to their docks, and some stations are closed: weight 0. Draw `size` station indices, independently, with `rng.random` as the only source of chance (no `rng.choice`). Weights are not negative, at least one is positive, and their sum is finite, but need not be 1.


# %%
def draw_weighted(weights: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return `size` indices into `weights`, integers, each drawn with probability weight / sum of weights.

    An index of weight 0 is never drawn, whatever `rng.random` returns: it may be exactly 0.0, and at most 1 - 2**-53,
    so near 1 that running totals, which are rounded, may end below it. `size` may be 0.

    >>> draw_weighted(np.array([0.0, 3.0, 0.0]), 4, np.random.default_rng(1))
    array([1, 1, 1, 1])
    """
    # BEGIN SOLUTION
    totals = np.cumsum(weights)
    return np.searchsorted(totals, rng.random(size) * totals[-1], side="right")
    # END SOLUTION


# %%
check(draw_weighted)

# %% [markdown] tags=["solution"]
# The running totals cut a line into pieces as long as the weights, and each scaled uniform number falls into one: inverse-transform sampling for a table. A piece of weight 0 has no length, so it matters who owns a border: `side="right"` finds the first total *above* the draw, and a draw of exactly 0.0 skips a leading 0. Scale with the last total, not with a sum computed apart: ten weights of 0.1 sum to 1.0, but their running totals end at 0.9999999999999999, and the largest draw would fall off the end.

# %% [markdown]
# ## 4. Build the right number of docks  ★★☆ · 15 min
# Each dock holds a bike and costs `dock_cost` a day; each rider who finds none costs `turned_away_cost`. How many docks d make d · `dock_cost` + `turned_away_cost` · E[max(X − d, 0)] smallest? The demand X is negative binomial with the given mean and variance if the variance is larger than the mean, else Poisson with the given mean. No docks at all may be best.


# %%
def docks_needed(mean: float, variance: float, dock_cost: float, turned_away_cost: float) -> int:
    """Return the number of docks, at least 0, with the smallest expected cost; if two cost the same, either.

    `mean` (at most 1,000) and `dock_cost` are above 0, `variance` and `turned_away_cost` at least 0, the latter at most
    a million times `dock_cost`.

    >>> docks_needed(41.5, 372.7, 1, 100), docks_needed(41.5, 372.7, 1, 20)
    (98, 77)
    """
    # BEGIN SOLUTION
    if variance > mean:
        shape = mean**2 / (variance - mean)
        demand = stats.nbinom(shape, shape / (shape + mean))
    else:
        demand = stats.poisson(mean)
    docks = 0
    while turned_away_cost * demand.sf(docks) > dock_cost:
        docks += 1
    return docks
    # END SOLUTION


# %%
check(docks_needed)

# %% [markdown] tags=["solution"]
# No sum over costs is needed if you ask what *one more* dock brings. With d docks, another one serves a rider exactly if more than d come: it saves `turned_away_cost` · P(X > d) and costs `dock_cost`. P(X > d) falls as d grows, so build while the saving is larger, then stop. It is a quantile whose level is set by the prices, not by habit: at a price ratio of 1 to 100 it is the 99 % quantile, at 1 to 20 the 95 % one. A Poisson planner would have built 57 instead of 98.

# %% [markdown]
# ## 5. Choose the next offer  ★★★ · 20 min
# An app shows one of k offers to each customer and wants to learn and to sell at once. Thompson sampling: start with every acceptance rate equally plausible, draw for each offer one rate from what you now believe of it, and show the offer whose drawn rate is largest. Poor offers are tried less and less often, but never ruled out by bad luck.


# %%
def thompson_choice(successes: np.ndarray, failures: np.ndarray, rng: np.random.Generator) -> int:
    """Return the index of the offer to show next, chosen at random with the probability that it is the best.

    `successes` and `failures` count, for each of k ≥ 1 offers, how often it was accepted and declined: int64, shape
    `(k,)`. The prior of every rate is uniform, Beta(1, 1). All chance comes from `rng`, or generators spawned from it.

    >>> thompson_choice(np.array([2, 900]), np.array([900, 2]), np.random.default_rng(3))
    1
    """
    # BEGIN SOLUTION
    rates = rng.beta(successes + 1, failures + 1)
    return int(rates.argmax())
    # END SOLUTION


# %%
check(thompson_choice)

# %% [markdown] tags=["solution"]
# After s acceptances and f refusals the belief about a rate is Beta(1 + s, 1 + f). One draw from each belief, and the largest wins: so an offer is shown exactly as often as it is believed to be the best. An offer with few data has a wide belief and sometimes draws high, which is the exploration; `argmax` of the means would drop it for good after a bad start. The draws must be independent: what is luck for one offer must not be luck for all.
