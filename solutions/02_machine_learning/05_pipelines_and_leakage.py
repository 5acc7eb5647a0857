# %% [markdown]
# # Exercises: catch every leak before production does
#
# Replace each `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the
# smallest input on which your answer is wrong. Stuck? `hint(tabular_pipeline)` gives the next of three hints,
# `solution(tabular_pipeline)` the answer with its reasons. Any order; `progress()` says where you are.

# %%
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Prepare listings for a rent model  ★☆☆ · 15 min
# A rental portal's model will sit behind a service. Listings arrive one by one, with gaps, new words, and columns that
# nobody asked for. Complete `tabular_pipeline`, which prepares them for `model`, its last step. Numbers: the training
# median for what is missing, scaled by any scaler; beside each column with gaps, another that marks them. Ordered text:
# its place in the given order, -1 for anything else. Nominal text: one column of 0 and 1 for each level that training
# has.


# %%
def tabular_pipeline(numeric: list[str], ordered: dict[str, list[str]], nominal: list[str], model: Any) -> Pipeline:
    """Return a pipeline, not yet fitted, from a raw table to `model`; columns that aren't named are ignored.

    A nominal word that is missing or new is none of training's levels; a missing one may have a column of its own.

    >>> rents = pd.DataFrame({"area": [20.0, np.nan, 40.0], "state": ["poor", "good", "?"], "city": ["A", "B", "A"]})
    >>> pipeline = tabular_pipeline(["area"], {"state": ["poor", "good"]}, ["city"], DummyRegressor())
    >>> pipeline[:-1].fit_transform(rents).shape  # area, where area was missing, state, city A, city B
    (3, 5)
    """
    # BEGIN SOLUTION
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    places = OrdinalEncoder(categories=list(ordered.values()), handle_unknown="use_encoded_value", unknown_value=-1)
    words = OneHotEncoder(handle_unknown="ignore")
    prepare = make_column_transformer((numbers, numeric), (places, list(ordered)), (words, nominal))
    return make_pipeline(prepare, model)
    # END SOLUTION


# %%
check(tabular_pipeline)

# %% [markdown] tags=["solution"]
# Each transformer stores at `fit` what it needs later: the median, the scale, the levels. At `predict` nothing is
# computed from the rows that arrive, so one row alone gets the same answer as in a batch. `categories=` hands over the
# order; without it the encoder sorts the levels it happens to see by the alphabet. The column transformer drops the
# columns that aren't named: a column that appears in next month's export can't reach the model.

# %% [markdown]
# ## 2. Find the patients you have met  ★☆☆ · 10 min
# A hospital's readmission model scores suspiciously well. You learn that the export ran twice, and that each run gave
# every stay a new record number. Complete `rows_already_seen`: how many rows of the test table also occur in the
# training table, when the columns in `ignore` don't count? At least one column counts. Two missing values are equal.
# The tables have the same columns, but perhaps in another order.


# %%
def rows_already_seen(train: pd.DataFrame, test: pd.DataFrame, ignore: list[str]) -> int:
    """Return how many rows of `test` equal a row of `train` in every column that isn't in `ignore`.

    >>> train = pd.DataFrame({"record": [1, 2], "age": [70.0, np.nan], "ward": ["A", "B"]})
    >>> test = pd.DataFrame({"record": [8, 9], "age": [np.nan, 70.0], "ward": ["B", "B"]})
    >>> rows_already_seen(train, test, ["record"])
    1
    """
    # BEGIN SOLUTION
    columns = [name for name in train.columns if name not in ignore]
    seen = train[columns].drop_duplicates()
    return len(test[columns].merge(seen, on=columns))
    # END SOLUTION


# %%
check(rows_already_seen)

# %% [markdown] tags=["solution"]
# `merge` compares whole rows and takes two missing values for equal. But it returns one row for every *pair*: a row
# that occurs three times in training would count three times, so the training rows are made unique first. The test rows
# stay as they are: a patient who is twice in the test table flatters the score twice.

# %% [markdown]
# ## 3. Rate a garage by other people's claims  ★★☆ · 20 min
# An insurer wants to replace each garage by its share of fraudulent claims; many garages have one claim. Complete
# `cross_fitted_rates`. For each row, look at the *other* folds: sum and count are the frauds and the claims of its
# garage there, the prior is the share of fraud among all claims there. The row's rate is (sum + weight · prior) /
# (count + weight). A garage without claims there gets the prior, even if the weight is 0.


# %%
def cross_fitted_rates(codes: np.ndarray, labels: np.ndarray, folds: np.ndarray, weight: float) -> np.ndarray:
    """Return the smoothed rate of each row's code, computed from the other folds only.

    `codes`, `labels` (0 and 1), `folds` (whole numbers, at least two different ones) and the result have shape (n,);
    `weight` is at least 0.

    >>> cross_fitted_rates(np.array(["a", "a", "b", "a"]), np.array([1, 0, 0, 1]), np.array([0, 1, 1, 1]), weight=0)
    array([0.5, 1. , 1. , 1. ])
    """
    # BEGIN SOLUTION
    rates = np.empty(len(codes))
    for fold in np.unique(folds):
        inside, outside = folds == fold, folds != fold
        prior = labels[outside].mean()
        groups = pd.Series(labels[outside]).groupby(codes[outside])
        smoothed = (groups.sum() + weight * prior) / (groups.count() + weight)
        rates[inside] = pd.Series(codes[inside]).map(smoothed).fillna(prior)
    return rates
    # END SOLUTION


# %%
check(cross_fitted_rates)

# %% [markdown] tags=["solution"]
# Everything that touches a label, the prior included, comes from the rows of the other folds; a single claim can't
# predict itself any more. The weight counts like that many claims of an average garage: with a hundred real claims it
# hardly matters, with one it decides. The trap is the code that the other folds don't know: it isn't missing, it is
# average.

# %% [markdown]
# ## 4. Name the columns that know too much  ★★☆ · 20 min
# Before every training run, a bank wants a list of columns that give the label away. Complete `suspicious_columns`: the
# names of the numeric columns, sorted, whose own AUC exceeds `limit`. Low values may give the label away as well as
# high ones. So may a value that is missing: judge each column once by its values (the median where they are missing)
# and once by *whether* they are missing. A constant column has an AUC of 0.5.


# %%
def suspicious_columns(frame: pd.DataFrame, labels: np.ndarray, limit: float) -> list[str]:
    """Return the sorted names of numeric columns that alone rank the labels better than `limit`, in either direction.

    A column's AUC is the share of pairs (a row of label 1, a row of label 0) in which the first has the higher value,
    ties counting one half. `labels` holds 0 and 1 (both occur), in the order of the rows of `frame`, whose columns are
    numbers or text.

    >>> loans = pd.DataFrame({"income": [3, 1, 2, 4], "fee": [9, 9, 0, 0], "call": [1, 1, np.nan, np.nan]})
    >>> suspicious_columns(loans, np.array([0, 0, 1, 1]), limit=0.9)
    ['call', 'fee']
    """
    # BEGIN SOLUTION
    zeros, ones = labels == 0, labels == 1

    def strength(values: np.ndarray) -> float:
        higher = (values[ones][:, None] > values[zeros]).mean()
        lower = (values[ones][:, None] < values[zeros]).mean()
        return 0.5 + abs(higher - lower) / 2

    found = []
    for name in sorted(frame.select_dtypes("number").columns):
        column = frame[name]
        filled = column.fillna(column.median()).to_numpy()
        if max(strength(filled), strength(column.isna().to_numpy())) > limit:
            found.append(name)
    return found
    # END SOLUTION


# %%
check(suspicious_columns)

# %% [markdown] tags=["solution"]
# The AUC is the share of pairs (one leaver, one stayer) in the right order, ties counting one half; the two directions
# mirror each other around 0.5, which `abs` takes care of. Correlation isn't enough: a column can rank the labels
# perfectly and still have a small correlation, if a few of its values are huge. Missing values deserve their own test:
# the exit survey that only leavers fill in gives them away by being there.

# %% [markdown]
# ## 5. Stop a bad split at the gate  ★★★ · 30 min
# Every training run of your company passes a gate. Complete `audit_split`, which names all problems of a split:
# `"shared entity"`: an entity is in both tables; `"future in training"`: a training row is later than the earliest test
# row; `"duplicate row"`: a test row equals a training row in every column but entity and time (two missing values are
# equal); `"label missing"`: somewhere in either table; `"single class"`: a table has fewer than two different labels,
# missing ones aside.


# %%
def audit_split(train: pd.DataFrame, test: pd.DataFrame, entity: str, time: str, label: str) -> set[str]:
    """Return the problems of a split: the columns `entity`, `time` and `label` are named, the others are features.

    Both tables have the same columns, perhaps in another order. No entity and no time is missing.

    >>> train = pd.DataFrame({"driver": [1, 2], "day": [3, 8], "km": [10.0, 25.0], "accident": [0, 1]})
    >>> test = pd.DataFrame({"driver": [3, 2], "day": [8, 9], "km": [31.0, 10.0], "accident": [1, 0]})
    >>> sorted(audit_split(train, test, "driver", "day", "accident"))
    ['duplicate row', 'shared entity']
    """
    # BEGIN SOLUTION
    columns = [name for name in train.columns if name not in (entity, time)]
    found = {
        "shared entity": train[entity].isin(test[entity]).any(),
        "future in training": train[time].max() > test[time].min(),
        "duplicate row": len(train[columns].merge(test[columns], on=columns)) > 0,
        "label missing": pd.concat([train[label], test[label]]).isna().any(),
        "single class": min(train[label].nunique(), test[label].nunique()) < 2,
    }
    return {problem for problem, present in found.items() if present}
    # END SOLUTION


# %%
check(audit_split)

# %% [markdown] tags=["solution"]
# Five questions, each with its own answer, and all of them are asked: a gate that stops at the first problem sends the
# author through it five times. Extremes decide about time, not averages, because one late row is enough; the same day
# is allowed. The duplicate is looked for without entity and time, since a copy arrives under a new number on another
# day.
