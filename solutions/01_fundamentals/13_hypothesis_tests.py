# %% [markdown]
# # Exercises: Decide whether a difference is real
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(discoveries)` gives the next of three hints, `solution(discoveries)` the answer. Any order; `progress()` says where you are.

# %%
import math

import numpy as np
from scipy import stats

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Did the new pump help?  ★☆☆ · 12 min
# Twenty bikes got a new pump, and for each you know the minutes it saves: time before minus time after. If the pump changes nothing, each difference could as well have had the other sign. Flip signs at random, `rounds` times, and return the two-sided p-value. The observed data counts as one round more, so that p is never 0. Sums that differ only by rounding, as 0.1 + 0.2 and 0.3 do, are equal.


# %%
def sign_flip_p_value(differences: np.ndarray, rng: np.random.Generator, rounds: int = 2000) -> float:
    """Return the share of sign patterns whose mean is at least as far from 0 as the observed mean.

    Patterns: `rounds` random ones, drawn with `rng`, each sign independent and equally likely; and the observed one,
    which always counts. So p is `(1 + count) / (1 + rounds)`. `differences` has shape `(n,)`, n at least 1; rounding is
    below a billionth of the sum of their absolute values.

    >>> sign_flip_p_value(np.array([0.0, 0.0]), np.random.default_rng(1), rounds=9)
    1.0
    """
    # BEGIN SOLUTION
    signs = rng.choice([-1.0, 1.0], size=(rounds, len(differences)))
    flipped = np.abs(signs @ differences)
    as_far = flipped >= abs(differences.sum()) - 1e-9 * np.abs(differences).sum()
    return float((1 + as_far.sum()) / (1 + rounds))
    # END SOLUTION


# %%
check(sign_flip_p_value)

# %% [markdown] tags=["solution"]
# What may be exchanged depends on how the data arose: labels of visitors in the lesson, signs of differences here, since each bike is its own control. Sums instead of means keep the order. Absolute values make the test two-sided, `>=` counts ties, and the small allowance is needed because 0.1 + 0.2 − 0.3 isn't exactly 0. The 1 above and below the line is the observed pattern itself, which is one of the possible ones.

# %% [markdown]
# ## 2. An interval round a ratio  ★★☆ · 15 min
# The app reports revenue per visit: the sum of all revenue over the sum of all visits. A few users visit a hundred times, most once. Users were chosen by lot, visits weren't: draw *users* with replacement, 1,000 times, and return the middle `level` of the 1,000 ratios. What lies outside is split evenly between both ends.


# %%
def ratio_interval(
    revenue: np.ndarray, visits: np.ndarray, rng: np.random.Generator, level: float = 0.95
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of total revenue over total visits, from 1,000 resamples of users.

    `revenue` and `visits` have shape `(users,)`; place i of both belongs to user i, and every user has at least one
    visit. `rng` makes all random draws.

    >>> ratio_interval(np.array([6.0]), np.array([4]), np.random.default_rng(1))
    (1.5, 1.5)
    """
    # BEGIN SOLUTION
    users = rng.integers(0, len(visits), size=(1000, len(visits)))
    ratios = revenue[users].sum(axis=1) / visits[users].sum(axis=1)
    low, high = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
    # END SOLUTION


# %%
check(ratio_interval)

# %% [markdown] tags=["solution"]
# One set of drawn users serves both arrays, so revenue and visits of a user stay together; drawn apart, they lose their correlation and the interval is far too wide. The mean of each user's own ratio is another quantity, in which a user with one visit weighs as much as one with a hundred. And the resampled unit is the one that was drawn by lot: the user.

# %% [markdown]
# ## 3. Plan a lopsided test  ★★☆ · 15 min
# The city allows a new tariff for only a `share` of the riders. How many riders must take part *in all*, old and new tariff together, so that a two-sided test of two means notices a true `difference` with probability `power`? Minutes per ride have the same standard deviation, `spread`, in both arms (groups). Use the normal curve, and round the total up.


# %%
def riders_needed(spread: float, difference: float, share: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """Return the smallest total number of riders whose test has at least this power.

    A fraction `share` of the riders (between 0 and 1) sees the new version, the rest the old one. The test calls a
    difference significant at level `alpha`, half of it on either side. The small chance to be significant with the
    wrong sign is neglected, and an arm may have a fraction of a rider. `difference` may be negative, but not 0; it and
    `spread` have the same unit; `power` is larger than `alpha`.

    >>> riders_needed(spread=9.0, difference=0.5, share=0.5)
    10173
    """
    # BEGIN SOLUTION
    steps = stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power)
    variance = spread**2 * (1 / share + 1 / (1 - share))  # of the difference, times the number of riders
    return math.ceil(steps**2 * variance / difference**2)
    # END SOLUTION


# %%
check(riders_needed)

# %% [markdown] tags=["solution"]
# With N riders in all, the arms have N·share and N·(1 − share); the variance of the difference of their means is the sum of σ²/n of both. The smaller arm dominates that sum: at a share of 0.1 the total must be 2.8 times as large as at 0.5. The threshold lies 1.96 standard errors from 0, and the truth must lie another 0.84 beyond, so that 80 % of the estimates pass it.

# %% [markdown]
# ## 4. Which findings to follow up  ★★☆ · 15 min
# A screening tested hundreds of stations, and the repair team can check each discovery. They accept that a share `rate` of the discoveries is false. Mark the discoveries of Benjamini–Hochberg: of the sorted p-values, the last that is at most rate × rank / m, and all before it. The mask keeps the order in which the p-values came.


# %%
def discoveries(p_values: np.ndarray, rate: float) -> np.ndarray:
    """Return a Boolean mask of the discoveries of Benjamini and Hochberg (1995), shape `(m,)` like `p_values`.

    The rank of the smallest p-value is 1; equal p-values are discovered together or not at all. No tests, no
    discoveries: the empty array gives an empty mask.

    >>> discoveries(np.array([0.9, 0.01, 0.03]), 0.05)
    array([False,  True,  True])
    """
    # BEGIN SOLUTION
    ordered = np.sort(p_values)
    m = len(ordered)
    below = ordered <= rate * np.arange(1, m + 1) / m
    last = ordered[below].max(initial=-1.0)
    return p_values <= last
    # END SOLUTION


# %%
check(discoveries)

# %% [markdown] tags=["solution"]
# The rule looks for the *last* sorted value under the line, not for the first one above: a value may lie above its own point of the line and still be a discovery, if a later one passes. Comparing the original array with that value restores the order without sorting back. `initial=-1.0` is the answer when nothing lies below, since no p-value is smaller.

# %% [markdown]
# ## 5. Let the past sharpen the test  ★★★ · 25 min
# Riders differ much, and rode before the test as they ride in it. Remove from each `outcome` what `before` predicts (a straight line with one slope for all riders), then compare the two arms. Return the effect and its standard error. Your estimate must be right on average, much less spread out than the raw difference when the past predicts well, and honest about its error: √(adjusted variance / riders, summed over both arms).


# %%
def cuped_estimate(outcome: np.ndarray, before: np.ndarray, treated: np.ndarray) -> tuple[float, float]:
    """Return the effect of a treatment and its standard error, adjusted for what happened before it.

    All three have shape `(riders,)`: `outcome` and `before` are minutes, `treated` is Boolean, with at least three
    riders in each arm. A `before` that is the same for everybody predicts nothing: return the raw difference then.
    Source: Deng, Xu, Kohavi, Walker (2013), "Improving the sensitivity of online controlled experiments by utilizing
    pre-experiment data" (CUPED).

    >>> effect, error = cuped_estimate(
    ...     np.array([3.0, 5.0, 7.0, 2.0, 4.0, 6.0]), np.ones(6), np.array([True, True, True, False, False, False])
    ... )
    >>> round(effect, 3), round(error, 3)
    (1.0, 1.633)
    """
    # BEGIN SOLUTION
    centered = before - before.mean()
    spread = (centered**2).sum()
    slope = (centered * outcome).sum() / spread if np.ptp(before) > 0 else 0.0
    adjusted = outcome - slope * centered
    new, old = adjusted[treated], adjusted[~treated]
    error = math.sqrt(new.var(ddof=1) / len(new) + old.var(ddof=1) / len(old))
    return float(new.mean() - old.mean()), error
    # END SOLUTION


# %%
check(cuped_estimate)

# %% [markdown] tags=["solution"]
# By luck of the lot one arm has the keener riders, and that difference is visible *before* the test. Subtracting slope × (before − mean) takes it out. Since the lot ignored the past, the adjustment has no effect of its own to remove: the estimate stays right on average, and its variance shrinks by the squared correlation, 0.87² here, as if four times as many riders had taken part. It works only with what was measured before the start; anything later may carry the effect itself.
