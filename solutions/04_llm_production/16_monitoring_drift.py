# %% [markdown]
# # Exercises: Notice that a model is getting worse before the customers do
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(bucket_quantile)` gives the next of three hints, `solution(bucket_quantile)` the answer. Any order; `progress()` says where you are.

# %%
import math
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Read p95 from counters  ★☆☆ · 12 min
# Your service promised 95 % of answers within 250 ms, and keeps only buckets. Read the quantile as Prometheus does. Find the first bucket whose cumulative count reaches `q` times the total, and assume that its observations are spread evenly between its bounds; the first bucket begins at 0. If it is the last one, which has no end, return the largest finite bound. Without observations, return nan.


# %%
def bucket_quantile(upper: list[float], cumulative: list[int], q: float) -> float:
    """Return the `q`-quantile of a histogram with upper bounds `upper` and counts up to each bound, `cumulative`.

    `upper` is positive and ascending, with at least one finite bound, and ends with `inf`; the last of `cumulative` is
    the number of observations. `q` lies above 0, and is 1 at most.

    >>> bucket_quantile([0.1, 0.25, math.inf], [40, 60, 60], 0.75)
    0.1375
    """
    # BEGIN SOLUTION
    if cumulative[-1] == 0:
        return math.nan
    rank = q * cumulative[-1]
    at = next(i for i, count in enumerate(cumulative) if count >= rank)
    if math.isinf(upper[at]):
        return upper[at - 1]
    start, before = (upper[at - 1], cumulative[at - 1]) if at else (0.0, 0)
    return start + (upper[at] - start) * (rank - before) / (cumulative[at] - before)
    # END SOLUTION


# %%
check(bucket_quantile)

# %% [markdown] tags=["solution"]
# 75 % of 60 observations are 45: the first bucket holds 40 of them, so the quantile is 5/20 of the way through the second. The counts are cumulative already; only the bucket's own count needs a difference. The answer is never outside the bucket, so its width bounds the error. The last bucket has no width, hence the largest finite bound: the true value is that or more.

# %% [markdown]
# ## 2. Measure how far a column moved  ★☆☆ · 15 min
# The score of a loan model should look as it did at launch. Cut `reference` into bins at its quantiles 1/bins, 2/bins, ... (`np.quantile`, linear); merge equal edges. The outer bins are open; a value equal to an edge belongs above it. Count both columns, add 0.5 to every count, and divide by the sum, which gives shares p (reference) and q (current). Return the sum of (q − p) · ln(q / p).


# %%
def stability_index(reference: np.ndarray, current: np.ndarray, bins: int) -> float:
    """Return the population stability index of `current` against `reference`, in quantile bins of `reference`.

    Both are one-dimensional, of floats or integers, without missing values, and hold one value at least. `bins` is 1 or more.

    >>> launch = np.array([1.0, 2.0, 3.0, 4.0])
    >>> stability_index(launch, launch, 2), round(stability_index(launch, launch + 10, 2), 3)
    (0.0, 0.879)
    """
    # BEGIN SOLUTION
    edges = np.unique(np.quantile(reference, np.arange(1, bins) / bins))
    p, q = (
        np.array([np.sum(np.digitize(values, edges) == i) + 0.5 for i in range(len(edges) + 1)])
        for values in (reference, current)
    )
    p, q = p / p.sum(), q / q.sum()
    return float(((q - p) * np.log(q / p)).sum())
    # END SOLUTION


# %%
check(stability_index)

# %% [markdown] tags=["solution"]
# The edges come from the reference alone, or the ruler would move with what it measures. Only the *inner* edges are needed: `digitize` puts everything below the first and above the last into the outer bins, however far away. Tied values make equal edges, and `unique` merges them; otherwise bins appear that nothing can fall into. Half a row in each bin keeps the logarithm finite, and weighs less the more rows there are.

# %% [markdown]
# ## 3. Judge only what is complete  ★★☆ · 25 min
# The report of `as_of` compares scores with outcomes, one line for each calendar month. A month counts only if the window of a customer scored at its very end would be over: the next month's first moment plus `window` is not after `as_of`. A score's outcome is 1 if the customer left from the score's moment to `window` later, both included, as far as was known at `as_of` (included). Of several rows about a customer, the one known last by then counts. No row means: stayed.


# %%
def matured_scores(
    predictions: pd.DataFrame, outcomes: pd.DataFrame, as_of: pd.Timestamp, window: pd.Timedelta
) -> pd.DataFrame:
    """Return one row for each complete month with predictions, in order: `month`, `count`, `mean_score`, `rate`.

    `predictions` has `customer`, `scored_at`, `score`; a customer may occur several times, and each row counts.
    `outcomes` has `customer`, `left_at` (missing: the customer stays) and `known_at`, when this was written down; no
    two rows of a customer have the same `known_at`. Times are datetime64. `month` is text such as "2026-03".

    >>> scored = pd.to_datetime(["2026-03-05", "2026-03-20"])
    >>> predictions = pd.DataFrame({"customer": ["A", "B"], "scored_at": scored, "score": [0.5, 0.25]})
    >>> left = pd.to_datetime(["2026-04-01"])
    >>> outcomes = pd.DataFrame({"customer": ["A"], "left_at": left, "known_at": left})
    >>> matured_scores(predictions, outcomes, pd.Timestamp("2026-06-01"), pd.Timedelta(days=60))
         month  count  mean_score  rate
    0  2026-03      2       0.375   0.5
    """
    # BEGIN SOLUTION
    month = predictions["scored_at"].dt.to_period("M")
    complete = (month + 1).dt.start_time + window <= as_of
    rows = predictions[complete]
    known = outcomes[outcomes["known_at"] <= as_of].sort_values("known_at")
    latest = known.groupby("customer").tail(1).set_index("customer")["left_at"]
    left_at = latest.reindex(rows["customer"]).to_numpy()
    left = (left_at - rows["scored_at"]).between(pd.Timedelta(0), window)
    groups = rows.assign(month=month[complete].astype(str), left=left).groupby("month")
    columns = {"count": groups.size(), "mean_score": groups["score"].mean(), "rate": groups["left"].mean()}
    return pd.DataFrame(columns).reset_index()
    # END SOLUTION


# %%
check(matured_scores)

# %% [markdown] tags=["solution"]
# Two filters by time, and both matter. `known_at <= as_of` rebuilds what could be known on that day; `tail(1)` after sorting takes the last word about each customer. (Not `last()`: that skips missing values, and a missing `left_at` is the correction "she stays after all".) The second filter removes whole months, never single rows: a half month holds its early scores only, and those aren't like the rest. `between` is False for missing times, so customers without a row count as zeros.

# %% [markdown]
# ## 4. Promise two false alarms a year  ★★☆ · 20 min
# A team is woken by every alarm, and accepts `alarms_per_year` false ones. Find the level for their statistic: draw 2,000 quiet days of `n` rows from `reference`, with replacement, and call `statistic(reference, day)` once for each. Return the smallest of these values that at most the share `alarms_per_year / checks_per_year` of them exceed. The same `seed` draws the same days, another one others.


# %%
def alarm_level(
    reference: np.ndarray,
    statistic: Callable[[np.ndarray, np.ndarray], float],
    n: int,
    checks_per_year: int,
    alarms_per_year: float,
    seed: int,
) -> float:
    """Return the level that `statistic` exceeds so many times in a quiet year: one of 2,000 resampled values.

    An alarm is a value *above* the level. `reference` has one dimension; `n` may be larger or smaller than its length.
    `alarms_per_year` is positive and less than `checks_per_year`.

    >>> def mean_shift(old, new):
    ...     return abs(new.mean() - old.mean())
    >>> level = alarm_level(np.arange(100.0), mean_shift, 50, 365, 12, seed=0)
    >>> 7 < level < 10
    True
    """
    # BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    quiet = [statistic(reference, rng.choice(reference, n)) for _ in range(2000)]
    return float(np.quantile(quiet, 1 - alarms_per_year / checks_per_year, method="inverted_cdf"))
    # END SOLUTION


# %%
check(alarm_level)

# %% [markdown] tags=["solution"]
# A quiet day is one that comes from the reference, with as many rows as production will compare: the noise of 200 rows is five times that of 5,000. `inverted_cdf` takes the smallest value that at least the share 1 − alarms/checks doesn't exceed; NumPy's default would interpolate between two values. Without replacement, a day of all rows would be the reference itself and its statistic exactly 0. Where less than one alarm in 2,000 checks is asked for, the answer is the maximum, and more draws would be better.

# %% [markdown]
# ## 5. Say when it began  ★★★ · 30 min
# A clinic watches its lab's daily error rate. Standardize each value, z = (x − mean) / deviation. An upper sum adds z − slack, a lower one −z − slack; neither falls below 0, both begin at 0. Alarm at the first position where a sum is above `limit`, and read no further. Return this position and where the change began: just after the last position at which that sum was 0. A missing value (nan) leaves both sums as they are; its position counts, for the start as well. No alarm: None.


# %%
def change_alarm(
    stream: Iterable[float], mean: float, deviation: float, slack: float, limit: float
) -> tuple[int, int] | None:
    """Return the positions (from 0) of a two-sided CUSUM's alarm and of the estimated start of the change, or None.

    The stream may be endless. `deviation` is positive, `slack` and `limit` aren't negative. Before position 0 the sums
    are 0.

    >>> change_alarm([0.0, 0.0, 2.0, 2.0, 2.0], mean=0.0, deviation=1.0, slack=0.5, limit=4.0)
    (4, 2)
    """
    # BEGIN SOLUTION
    sums, starts = [0.0, 0.0], {}
    for position, value in enumerate(stream):
        if math.isnan(value):
            continue
        z = (value - mean) / deviation
        for side, signed in enumerate((z, -z)):
            if sums[side] == 0:
                starts[side] = position
            sums[side] = max(0.0, sums[side] + signed - slack)
            if sums[side] > limit:
                return position, starts[side]
    return None
    # END SOLUTION


# %%
check(change_alarm)

# %% [markdown] tags=["solution"]
# Each side remembers where it last left 0: as long as its sum is 0, the start moves along with the position. The floor at 0 is what makes the method quick: without it a good year builds up credit that a bad month has to use up first. The slack removes the drift of a quiet stream: with slack 0.5, shifts of less than half a deviation add nothing. Missing values count as positions, or the reported days would be wrong.
