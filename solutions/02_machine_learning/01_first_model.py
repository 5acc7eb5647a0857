# %% [markdown]
# # Exercises: take one model from data to service
#
# Replace each `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the
# smallest input on which your answer is wrong. Stuck? `hint(score_majority_guess)` gives the next of three hints,
# `solution(score_majority_guess)` the answer with its reasons. Any order; `progress()` says where you are.

# %%
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient
from pydantic import Field, ValidationError, create_model
from sklearn.dummy import DummyClassifier

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Score the laziest guess  ★☆☆ · 5 min
# A help desk wants a model that sorts tickets. Before anybody builds one, find out what the laziest answer is worth:
# always the label that is most frequent in training. Complete `score_majority_guess`, the accuracy of that answer on
# the test labels. If several labels are equally frequent, answer the first of them in the alphabet.


# %%
def score_majority_guess(train_labels: list[str], test_labels: list[str]) -> float:
    """Return the share of `test_labels` that equal the most frequent of `train_labels`; neither list is empty.

    >>> score_majority_guess(["login", "printer", "login"], ["login", "screen", "printer", "login"])
    0.5
    """
    # BEGIN SOLUTION
    counts = Counter(train_labels)
    most = max(counts.values())
    guess = min(label for label, count in counts.items() if count == most)
    return test_labels.count(guess) / len(test_labels)
    # END SOLUTION


# %%
check(score_majority_guess)

# %% [markdown] tags=["solution"]
# The guess is learned from the training labels and scored on the test labels, like any model. `Counter.most_common(1)`
# would be shorter, but among equally frequent labels it takes the one that it met first: the same data in another order
# would get another baseline. `sklearn.dummy.DummyClassifier` is this function with `fit` and `predict`.

# %% [markdown]
# ## 2. Let the model say "unsure"  ★☆☆ · 10 min
# A recycling plant sorts bottles by a model's answer; a wrong bottle spoils a batch, an unsure one goes to a person.
# Complete `abstain_when_unsure`: for each row of probabilities the most probable class, or `"unsure"` if its
# probability is below `floor`. If two classes are equally probable, take the one that comes first in `classes`.


# %%
def abstain_when_unsure(probabilities: np.ndarray, classes: list[str], floor: float) -> list[str]:
    """Return one answer for each row of `probabilities`, shape (n, k); column j belongs to `classes[j]`.

    `n` may be 0; `k` is at least 1.

    >>> abstain_when_unsure(np.array([[0.75, 0.25], [0.4, 0.6]]), ["glass", "plastic"], floor=0.7)
    ['glass', 'unsure']
    """
    # BEGIN SOLUTION
    best = np.array(classes)[probabilities.argmax(axis=1)]
    return np.where(probabilities.max(axis=1) >= floor, best, "unsure").tolist()
    # END SOLUTION


# %%
check(abstain_when_unsure)

# %% [markdown] tags=["solution"]
# `argmax` along each row says where the largest probability stands, `max` how large it is; both look at a row, so
# `axis=1`. With three classes the largest can be as small as 1/3: an answer is then hardly better than a throw of dice,
# and `predict` would give it without a word.

# %% [markdown]
# ## 3. Measure the luck of a split  ★★☆ · 15 min
# A start-up reports the accuracy of one split. You want to know how far luck could have moved it. Complete
# `luck_of_the_split`: for each seed, put the rows in the order of `np.random.default_rng(seed).permutation(n)`; the
# first `round(n * test_share)` of them are the test rows, all others the training rows. Call `fit_and_score` once for
# each seed, and return the lowest and the highest score.


# %%
def luck_of_the_split(
    fit_and_score: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], float],
    X: np.ndarray,
    y: np.ndarray,
    seeds: list[int],
    test_share: float,
) -> tuple[float, float]:
    """Return the lowest and the highest of `fit_and_score(X_train, y_train, X_test, y_test)` over the seeds.

    `X` has shape (n, d), `y` shape (n,). There is at least one seed, one training row and one test row.

    >>> def highest_label(X_train, y_train, X_test, y_test):
    ...     return float(y_test.max())
    >>> luck_of_the_split(highest_label, np.eye(5), np.arange(5), seeds=[5, 6, 7], test_share=0.4)
    (2.0, 4.0)
    """
    # BEGIN SOLUTION
    n = len(y)
    size = round(n * test_share)
    scores = []
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(n)
        test, train = order[:size], order[size:]
        scores.append(fit_and_score(X[train], y[train], X[test], y[test]))
    return min(scores), max(scores)
    # END SOLUTION


# %%
check(luck_of_the_split)

# %% [markdown] tags=["solution"]
# One permutation of the row numbers decides everything: its beginning is the test set, its rest the training set, and
# because `X` and `y` are indexed with the same numbers, rows and labels stay together. The lowest score is the one that
# a report should mention; a mean alone hides how bad an unlucky split can look.

# %% [markdown]
# ## 4. Guard the door of a model  ★★☆ · 15 min
# A water works sends measurements as dictionaries; the model wants a row of numbers in the order of training. Complete
# `row_for_model`. Raise `ValueError` if the value of a column is missing, isn't a number, or lies outside its limits
# (the limits themselves are allowed). `None`, NaN, a bool and text such as `"7.1"` aren't numbers. The message names
# that column and no other. Keys that aren't columns are ignored.


# %%
def row_for_model(record: dict[str, float], columns: list[str], limits: dict[str, tuple[float, float]]) -> list[float]:
    """Return the values of `record` in the order of `columns`; `limits` holds (lowest, highest) of every column.

    Raise `ValueError` with the name of the column that is missing, not a number, or outside its limits.

    >>> limits = {"acidity": (4.0, 10.0), "oxygen": (0.0, 20.0)}
    >>> row_for_model({"oxygen": 8.5, "acidity": 7.1}, ["acidity", "oxygen"], limits)
    [7.1, 8.5]
    >>> row_for_model({"oxygen": 85.0, "acidity": 7.1}, ["acidity", "oxygen"], limits)
    Traceback (most recent call last):
    ValueError: oxygen is 85.0: outside 0.0 to 20.0
    """
    # BEGIN SOLUTION
    row = []
    for name in columns:
        if name not in record:
            raise ValueError(f"{name} is missing")
        value, (low, high) = record[name], limits[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{name} is {value!r}: not a number")
        if not low <= value <= high:
            raise ValueError(f"{name} is {value!r}: outside {low} to {high}")
        row.append(value)
    return row
    # END SOLUTION


# %%
check(row_for_model)

# %% [markdown] tags=["solution"]
# The columns lead, not the record: so the caller's order doesn't matter, and nothing extra gets in. NaN is neither
# below the lower nor above the upper limit, so ask the other way round: `not low <= value <= high` refuses whatever
# isn't inside. `True` would pass as 1, since Python's bool is a kind of int. Each refusal names its column, so that the
# caller can repair it without asking you.

# %% [markdown]
# ## 5. Write a service for any table  ★★★ · 30 min
# Your company has ten models of this kind. Complete `species_service`, one app for all of them. `GET /health`: `model`
# (name of the model's class) and `columns`. `POST /predict`: gets a list of flowers (objects with one number for each
# column, keys in any order), returns a list of objects with `species` (`"unsure"` if the probability is below `floor`)
# and `probability`, the largest. If a value is missing, not a number or outside its limits, answer 422, the column's
# name in the body.


# %%
def species_service(model: Any, columns: list[str], limits: dict[str, tuple[float, float]], floor: float) -> FastAPI:
    """Return the app. It calls `model.predict_proba` once for each request that has flowers and no error in them.

    The model takes a table (or rows of numbers) in the order of `columns`, and has names in `classes_`; the first of
    equally probable ones is the answer. It can't take an empty table: an empty list gets an empty list. A request that
    isn't a list of objects is answered 422. `true` isn't a number; text that spells one may be taken or refused, and
    so may keys that aren't columns.

    >>> always = DummyClassifier().fit([[1.0], [2.0], [3.0], [4.0]], ["rose", "rose", "rose", "tulip"])
    >>> client = TestClient(species_service(always, ["height"], {"height": (0.0, 9.0)}, floor=0.5))
    >>> client.post("/predict", json=[{"height": 1.5}]).json()
    [{'species': 'rose', 'probability': 0.75}]
    >>> client.post("/predict", json=[{"height": 15}]).status_code
    422
    """
    # BEGIN SOLUTION
    fields = {name: (float, Field(ge=limits[name][0], le=limits[name][1], strict=True)) for name in columns}
    flower_type = create_model("Flower", **fields)
    app = FastAPI()

    @app.get("/health")
    def health() -> dict:
        return {"model": type(model).__name__, "columns": columns}

    @app.post("/predict")
    def predict(flowers: list[dict]) -> list:
        if not flowers:
            return []
        try:
            table = pd.DataFrame([dict(flower_type(**flower)) for flower in flowers])[columns]
        except ValidationError as error:
            raise HTTPException(422, str(error)) from error
        answers = []
        for chances in model.predict_proba(table):
            best = chances.argmax()
            species = str(model.classes_[best]) if chances[best] >= floor else "unsure"
            answers.append({"species": species, "probability": float(chances[best])})
        return answers

    return app
    # END SOLUTION


# %%
check(species_service)

# %% [markdown] tags=["solution"]
# `create_model` builds at run time the class that the lesson wrote by hand, so pydantic guards the door of any table;
# what it says of a wrong flower names the column. Without `strict` it would read `true` as 1. All flowers of a request go to the model as one table: a call costs
# about the same for one row as for a hundred. `float` and `str` turn NumPy's values into what JSON knows; many models
# answer in float32, which JSON can't write.
