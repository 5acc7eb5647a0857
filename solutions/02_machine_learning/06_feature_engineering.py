# %% [markdown]
# # Exercises: say to the model what you know
#
# Replace each `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the
# smallest input on which your answer is wrong. Stuck? `hint(bridge_days)` gives the next of three hints,
# `solution(bridge_days)` the answer with its reasons. Any order; `progress()` says where you are.

# %%
import zlib
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Staff a clinic on bridge days  ★☆☆ · 10 min
# A clinic plans its shifts. On a bridge day half the town takes leave, so its model needs a column that says so.
# Complete `bridge_days`. A day is free if it is a Saturday, a Sunday or a holiday; the others are working days. A
# bridge day is a working day with a free day directly before *and* directly after it, by the calendar. The list of days
# has gaps, in any order.


# %%
def bridge_days(days: list[date], holidays: set[date]) -> list[bool]:
    """Return for each of `days` whether it is a bridge day.

    >>> labor_day = date(2025, 5, 1)  # a Thursday
    >>> bridge_days([date(2025, 4, 30), date(2025, 5, 1), date(2025, 5, 2)], {labor_day})
    [False, False, True]
    """

    # BEGIN SOLUTION
    def free(day: date) -> bool:
        return day.weekday() >= 5 or day in holidays

    one = timedelta(days=1)
    return [not free(day) and free(day - one) and free(day + one) for day in days]
    # END SOLUTION


# %%
check(bridge_days)

# %% [markdown] tags=["solution"]
# The rule is three questions to the calendar, and the first is easy to forget: a holiday on a Friday is free, not a
# bridge. The neighbors come from the calendar and not from the list, which may skip days. A holiday on a Tuesday makes
# a bridge of the Monday, two holidays on Tuesday and Thursday one of the Wednesday.

# %% [markdown]
# ## 2. Count words in a fixed number of columns  ★☆☆ · 15 min
# A mail filter must turn any message into a vector of the same length, the same tomorrow as today, without keeping a
# list of words. Complete `hashed_counts`. The checksum of a token is `zlib.crc32(token.encode())`, a whole number of 32
# bits. Its remainder after division by `buckets` is the bucket. Each occurrence of a token adds 1 to its bucket, or -1
# if bit 31 of the checksum (the highest) is set.


# %%
def hashed_counts(tokens: list[str], buckets: int) -> np.ndarray:
    """Return the signed counts of the tokens, shape (buckets,).

    The checksum of "win" is 2,966,043,510: bucket 2 of 4, bit 31 set. That of "free" is 1,294,909,896: bucket 0.

    >>> hashed_counts(["win", "free", "win"], 4).tolist()
    [1.0, 0.0, -2.0, 0.0]
    """
    # BEGIN SOLUTION
    counts = np.zeros(buckets)
    for token in tokens:
        checksum = zlib.crc32(token.encode())
        counts[checksum % buckets] += -1 if checksum >> 31 else 1
    return counts
    # END SOLUTION


# %%
check(hashed_counts)

# %% [markdown] tags=["solution"]
# A checksum depends on the text alone, so training today and serving tomorrow agree; Python's own `hash` of a text is
# salted anew at each start. The sign makes two words in one bucket cancel as often as add up, so that on average a
# collision shifts nothing. With arrays, `np.add.at` does the same; `counts[places] += signs` doesn't, since it writes
# each place once.

# %% [markdown]
# ## 3. Sum up what a customer spent before  ★★☆ · 20 min
# A card company judges each payment by what the same customer spent in the days before. Complete `spent_before`: for
# each payment at time t, the sum of the same customer's amounts from t - `days` (included) up to t (not included), 0 if
# there are none. So neither the payment itself counts, nor others at the very same time. The rows come in any order;
# the result keeps their order and index.


# %%
def spent_before(payments: pd.DataFrame, days: int) -> pd.Series:
    """Return for each of the `payments` (customer, when, amount; none missing, no time zone) the sum before it.

    >>> when = pd.to_datetime(["2026-03-09", "2026-03-01", "2026-03-08"])
    >>> payments = pd.DataFrame({"customer": ["Ada", "Ada", "Bo"], "when": when, "amount": [5.0, 30.0, 7.0]})
    >>> spent_before(payments, days=10).tolist()
    [30.0, 0.0, 0.0]
    """
    # BEGIN SOLUTION
    ordered = payments.set_axis(range(len(payments))).sort_values(["customer", "when"])
    window = ordered.groupby("customer").rolling(f"{days}D", on="when", closed="left")
    spent = pd.Series(window["amount"].sum().fillna(0).to_numpy(), index=ordered.index)
    return spent.sort_index().set_axis(payments.index)
    # END SOLUTION


# %%
check(spent_before)

# %% [markdown] tags=["solution"]
# `rolling` walks through sorted rows, so the table is sorted by customer and time first; the row numbers remember the
# way back, since the caller's index may hold anything, even duplicates. `closed="left"` keeps the early end of the
# window and drops the late one: at time t only what was known *before* t counts. Without it, the amount that the model
# is to judge would be part of its own column.

# %% [markdown]
# ## 4. Fold rare employers into one  ★★☆ · 15 min
# A lender's forms have a text column with thousands of employers. Complete `fold_rare_levels`, which prepares the
# column `new` by what was seen in `train`: a level that occurs at least `minimum` times in `train` stays, any other
# becomes `"other"`, and a missing value becomes `"missing"`, however rare. In production `new` may be a single row.
# Order and index are those of `new`.


# %%
def fold_rare_levels(train: pd.Series, new: pd.Series, minimum: int) -> pd.Series:
    """Return `new` (text, perhaps missing) with rare and unseen levels folded; `minimum` is at least 1.

    >>> train = pd.Series(["Post", "Post", "Mill", None], dtype="str")
    >>> fold_rare_levels(train, pd.Series(["Mill", "Post", None], dtype="str"), minimum=2).tolist()
    ['other', 'Post', 'missing']
    """
    # BEGIN SOLUTION
    counts = train.value_counts()
    frequent = counts.index[counts >= minimum]
    return new.where(new.isin(frequent), "other").mask(new.isna(), "missing")
    # END SOLUTION


# %%
check(fold_rare_levels)

# %% [markdown] tags=["solution"]
# What is rare is learned from `train` alone; a single new row couldn't say. `isin` answers "no" for rare, unseen and
# missing values alike, so the missing ones get their own word in a second step: that somebody left the field empty is
# information, and it mustn't depend on how many did so in training.

# %% [markdown]
# ## 5. Hold columns against their shadows  ★★★ · 30 min
# A lab measured many columns on a few plants. Which ones matter? Complete `beats_its_shadow`. In each round, put beside
# the columns of `X` a new shadow of each (a copy with its rows shuffled, each column on its own), and pass that one
# table and `y` to `importances`. A column wins the round if its importance exceeds that of the *luckiest* shadow.
# Return the positions of the columns that win more than half of the rounds. `seed` alone decides the shuffles.


# %%
def beats_its_shadow(X: np.ndarray, y: np.ndarray, importances: Callable, rounds: int, seed: int) -> list[int]:
    """Return the columns of `X`, shape (n, d), that beat every shadow in most rounds, ascending.

    `importances(table, y)` returns a number for each column of a table, such as the size of its weight in a model.

    >>> def covariances(table, y):
    ...     return np.abs((table - table.mean(axis=0)).T @ y)
    >>> y = np.arange(20.0)
    >>> X = np.column_stack([np.full(20, 7.0), y**2])
    >>> beats_its_shadow(X, y, covariances, rounds=3, seed=0)
    [1]
    """
    # BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    wins = np.zeros(X.shape[1])
    for _ in range(rounds):
        shadows = rng.permuted(X, axis=0)
        real, luck = np.split(importances(np.hstack([X, shadows]), y), 2)
        wins += real > luck.max()
    return np.flatnonzero(wins > rounds / 2).tolist()
    # END SOLUTION


# %%
check(beats_its_shadow)

# %% [markdown] tags=["solution"]
# A shadow has the same values as its column and no connection with `y`: whatever importance it gets is luck. It must
# stand in the same table, because a model shares out its importance among the columns that it sees; numbers of two
# models can't be compared. The bar is the largest shadow, since among many columns of noise the luckiest always looks
# good, and several rounds keep one lucky shuffle from deciding. With the importances of a random forest (lesson 07),
# the method is known as Boruta.
