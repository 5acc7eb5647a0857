"""Checks of `02_machine_learning/01_first_model`: oracles by counting, a recording scorer, a model behind routes."""

import json
import math
from collections import Counter
from contextlib import ExitStack, contextmanager

import numpy as np
import pandas as pd
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from hypothesis import strategies as st

from handrail.expect import (
    AnswerRaised,
    Mismatch,
    agree,
    attempt,
    between,
    call,
    calls,
    close,
    equivalent,
    for_all,
    hints,
    kind,
    require,
    told_by_message,
    words,
)

# 1. score_majority_guess


def _share_of_first_of_most(train_labels, test_labels):
    labels, counts = np.unique(train_labels, return_counts=True)
    guess = labels[counts.argmax()]
    return sum(label == guess for label in test_labels) / len(test_labels)


@hints(
    "Two questions, one after the other: which label does the training name most often, and how often is it right?",
    "Count the training labels first. If two of them share the highest count, the order of the rows must not decide.",
    "Among the labels whose count is the highest, take the smallest with `min`; then count it in the test labels.",
)
def check_score_majority_guess(score_majority_guess):
    label = words("abc", low=1, high=2)
    also = [
        call(["mail", "mail", "chat"], ["chat", "mail", "mail", "mail"]),
        call(["web", "mail"], ["mail", "mail", "web"]),
        call(["b", "a", "b", "a", "c"], ["a", "b", "b"]),
        call(["b", "b", "a"], ["a", "a", "a", "b"]),
        call(["a"], ["b"]),
        call(["b"], ["b"]),
        call(["c", "c", "a", "b"], ["d", "e"]),
        call(["a"] * 40 + ["b"] * 41 + ["c"] * 40, ["b"] * 30 + ["c"] * 70),
        call(["ab", "a", "ab", "a"], ["ab", "a", "ab"]),
        call(["c", "b", "a"], ["a", "b", "b"]),
        call(["VPN", "VPN", "vpn"], ["vpn", "VPN", "vpn"]),
        call(["my screen stays dark", "my screen stays white", "my screen stays white"], ["my screen stays dark"]),
    ]
    lists = st.lists(label, min_size=1, max_size=6)
    agree(score_majority_guess, _share_of_first_of_most, on=calls(lists, lists), also=also)


def score_majority_guess__looks_at_the_test(train_labels, test_labels):
    """You chose the answer by looking at the test labels. A baseline may only learn from the training labels."""
    counts = Counter(sorted(test_labels))
    return counts.most_common(1)[0][1] / len(test_labels)


def score_majority_guess__scored_on_training(train_labels, test_labels):
    """That is the label's share in the training labels; the score is counted on the test labels."""
    return Counter(train_labels).most_common(1)[0][1] / len(train_labels)


def score_majority_guess__first_seen(train_labels, test_labels):
    """Two labels are equally frequent here; take the first in the alphabet, so that the answer doesn't depend on the
    order of the rows.
    """
    guess = Counter(train_labels).most_common(1)[0][0]
    return test_labels.count(guess) / len(test_labels)


def score_majority_guess__last_in_the_alphabet(train_labels, test_labels):
    """Of several labels that are equally frequent, you took the last in the alphabet. The task asks for the first."""
    counts = Counter(sorted(train_labels, reverse=True))
    return test_labels.count(counts.most_common(1)[0][0]) / len(test_labels)


# 2. abstain_when_unsure


@st.composite
def _uncertain(draw):
    """Draw up to five rows of eighths that add up to 1, the names of their columns, and a floor."""
    count = draw(between(1, 4))
    rows = []
    for _ in range(draw(between(0, 5))):
        cuts = sorted(draw(st.lists(between(0, 8), min_size=count - 1, max_size=count - 1)))
        rows.append(np.diff([0, *cuts, 8]) / 8)
    names = draw(st.permutations(["glass", "can", "paper", "box"]))[:count]
    return call(np.array(rows).reshape(-1, count), names, draw(between(0, 8)) / 8)


def _one_by_one(probabilities, classes, floor):
    answers = []
    for row in probabilities.tolist():
        ranked = sorted(zip(row, range(0, -len(row), -1), classes, strict=True))
        largest, _, name = ranked[-1]
        answers.append("unsure" if largest < floor else name)
    return answers


@hints(
    "For each row you need two things: how large its largest probability is, and in which column it stands.",
    "NumPy gives both for all rows at once, with `axis=1`. The column number leads to the name.",
    "`max` along the rows, compared with the floor, says which rows are sure; `argmax` gives the positions in "
    "`classes`. What if a probability equals the floor?",
)
def check_abstain_when_unsure(abstain_when_unsure):
    three = np.array([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.0, 0.375, 0.625]])
    also = [
        call(three, ["paper", "glass", "can"], 0.625),
        call(three, ["paper", "glass", "can"], 0.5),
        call(np.array([[0.25, 0.75]]), ["b", "a"], 0.75),
        call(np.array([[0.5, 0.5], [0.0, 1.0]]), ["x", "b"], 0.25),
        call(np.zeros((0, 2)), ["a", "b"], 0.5),
        call(np.array([[1.0], [1.0]]), ["only"], 1.0),
        call(three.astype(np.float32), ["c", "b", "a"], 0.0),
        call(np.asfortranarray(np.tile(three, (40, 1))), ["c", "a", "b"], 0.7),
        call(np.array([[0.25, 0.5, 0.25]] * 3)[::-1], ["c", "a", "b"], 1.0),
        call(np.array([[0.7, 0.3], [0.69999, 0.30001]]), ["c", "a"], 0.7),
        call(np.full((2, 4), 0.25), ["d", "c", "b", "a"], 0.3),
        call(np.full((1, 4), 0.25), ["d", "c", "b", "a"], 0.0),
        call(np.array([[0.699999999, 0.300000001]]), ["c", "a"], 0.7),
        call(np.array([[0.25, 0.75], [0.5, 0.5]]), ["can", "bottle of polyethylene terephthalate"], 0.75),
    ]
    agree(abstain_when_unsure, _one_by_one, on=_uncertain(), also=also)


def abstain_when_unsure__equal_is_unsure(probabilities, classes, floor):
    """A probability equal to the floor is sure enough: "unsure" is for what lies *below* it."""
    return [classes[row.argmax()] if row.max() > floor else "unsure" for row in probabilities]


def abstain_when_unsure__positions(probabilities, classes, floor):
    """Answer with the name of the class, not with its position."""
    return [int(row.argmax()) if row.max() >= floor else "unsure" for row in probabilities]


def abstain_when_unsure__mean_of_the_row(probabilities, classes, floor):
    """The mean of a row of probabilities is always 1 / (number of classes). Compare the largest one."""
    return ["unsure" if row.mean() < floor else classes[row.argmax()] for row in probabilities]


def abstain_when_unsure__last_of_equals(probabilities, classes, floor):
    """Of two equally probable classes you took the later one. Take the one that comes first in `classes`."""
    last = [len(row) - 1 - row[::-1].argmax() for row in probabilities]
    return [classes[at] if row[at] >= floor else "unsure" for at, row in zip(last, probabilities, strict=True)]


def abstain_when_unsure__names_sorted(probabilities, classes, floor):
    """You put the names in alphabetical order. Column j belongs to `classes[j]`, in the order that you are given."""
    names = sorted(classes)
    return [names[row.argmax()] if row.max() >= floor else "unsure" for row in probabilities]


# 3. luck_of_the_split


class Scorer:
    """A scorer that keeps what it is given. Its score depends on the test rows and on nothing else."""

    def __init__(self):
        self.given = []

    def __call__(self, X_train, y_train, X_test, y_test):
        self.given.append(tuple(np.array(part) for part in (X_train, y_train, X_test, y_test)))
        rows = np.asarray(X_test)[:, 0]
        return float(((rows * rows * 7 + rows * 3) % 11).sum() % 13 - 6) / 4

    def __deepcopy__(self, memo):
        return self

    def __repr__(self):
        return "‹a function that keeps what it is given›"


def _expected_splits(n, seeds, test_share):
    size = round(n * test_share)
    return [np.random.default_rng(seed).permutation(n)[:size].tolist() for seed in seeds]


def _data(n, width, text=False):
    """Return rows whose first number says which row they are, and labels that are all different."""
    X = np.arange(n, dtype=float)[:, None] + np.arange(width) * 100
    y = np.array([f"label {i}" for i in range(n)]) if text else np.arange(n) * 10 + 5
    return X, y


@st.composite
def _splits(draw):
    n = draw(between(2, 12))
    size = draw(between(1, n - 1))
    seeds = draw(st.lists(between(0, 50), min_size=1, max_size=5, unique=True))
    return call(n, draw(between(1, 3)), seeds, size / n)


@hints(
    "Everything about one split follows from one shuffled list of row numbers. What are its two parts for?",
    "For each seed: shuffle the row numbers, cut the list in two, index `X` and `y` with the same numbers, and keep "
    "the score. After the loop two of the scores matter.",
    "The generator must be made inside of the loop, from that seed. The first numbers of the permutation are the test "
    "rows; mind the order of the four arguments.",
)
def check_luck_of_the_split(luck_of_the_split):
    def test(n, width, seeds, test_share, text=False):
        X, y = _data(n, width, text)
        scorer = Scorer()
        given = call(scorer, X, y, seeds, test_share)
        returned = luck_of_the_split(*given.copy().args)
        wanted = _expected_splits(n, seeds, test_share)
        _right_splits(scorer.given[:], X, y, wanted, given)
        scores = [Scorer()(None, None, X[rows], None) for rows in wanted]
        close(returned, (min(scores), max(scores)), "the pair (lowest, highest)", given)

    also = [
        call(8, 2, [0, 1, 2, 3, 4], 0.25),
        call(10, 1, [0, 1, 2], 0.25),
        call(7, 2, [3, 1], 0.5),
        call(2, 1, [5], 0.5),
        call(11, 3, [10, 11, 12, 13], 0.3),
        call(9, 2, [42, 0, 7], 0.8, True),
        call(200, 1, [1, 1000], 0.3),
        call(6, 2, list(range(20, 0, -1)), 0.34),
    ]
    for_all(test, on=_splits(), also=also, examples=40)


def _right_splits(given, X, y, wanted, inputs):
    """Fail unless the scorer was called once for each seed, with the parts of that seed's permutation."""
    require(
        len(given) == len(wanted),
        f"Calls of `fit_and_score`: {len(given)}; seeds: {len(wanted)}. Call it once for each seed.",
        inputs,
    )
    label_of = dict(zip(X[:, 0].tolist(), y.tolist(), strict=True))
    splits = []
    for X_train, y_train, X_test, y_test in given:
        require(
            X_train.ndim == 2 and X_test.ndim == 2 and X_train.shape[1] == X_test.shape[1] == X.shape[1],
            "`fit_and_score` should get tables of rows as its first and third argument, with all columns of `X`.",
            inputs,
        )
        _belong_together(X_train, y_train, X, label_of, inputs)
        _belong_together(X_test, y_test, X, label_of, inputs)
        train, test = (sorted(part[:, 0].astype(int).tolist()) for part in (X_train, X_test))
        require(not set(train) & set(test), "Some test rows were also in the training rows.", inputs)
        require(
            len(train) + len(test) == len(X),
            f"{len(train)} training rows and {len(test)} test rows, out of {len(X)}. All others are training rows.",
            inputs,
        )
        splits.append(test)
    for at, rows in enumerate(sorted(map(sorted, wanted))):
        mine = sorted(splits)[at]
        require(
            len(mine) == len(rows),
            f"{len(mine)} test rows; `round(n * test_share)` is {len(rows)}.",
            inputs,
        )
    require(
        sorted(splits) == sorted(map(sorted, wanted)),
        f"The test rows of the splits were {splits}; from the seeds' permutations they should be "
        f"{[sorted(rows) for rows in wanted]}.",
        inputs,
    )


def _belong_together(rows, labels, X, label_of, inputs):
    known = {tuple(row) for row in X.tolist()}
    require(all(tuple(row) in known for row in rows.tolist()), "`fit_and_score` got rows that aren't in `X`.", inputs)
    mine = [label_of[row[0]] for row in rows.tolist()]
    require(labels.tolist() == mine, "Rows and labels no longer belong together.", inputs)


def _scores(fit_and_score, X, y, seeds, test_share, order_of=None):
    """Return the score for each seed, from an order of the rows that may be a wrong one."""
    order_of = order_of or (lambda seed: np.random.default_rng(seed).permutation(len(y)))
    size, scores = round(len(y) * test_share), []
    for seed in seeds:
        test, train = np.split(order_of(seed), [size])
        scores.append(fit_and_score(X[train], y[train], X[test], y[test]))
    return scores


def luck_of_the_split__one_order_for_all(fit_and_score, X, y, seeds, test_share):
    """Every seed produced the same split, so you measured no luck at all. Shuffle anew for each seed."""
    order = np.random.default_rng(0).permutation(len(y))
    scores = _scores(fit_and_score, X, y, seeds, test_share, lambda seed: order)
    return min(scores), max(scores)


def luck_of_the_split__trains_on_everything(fit_and_score, X, y, seeds, test_share):
    """You trained on all rows, and so on the test rows too. Train on the others."""
    scores = []
    for seed in seeds:
        test = np.random.default_rng(seed).permutation(len(y))[: round(len(y) * test_share)]
        scores.append(fit_and_score(X, y, X[test], y[test]))
    return min(scores), max(scores)


def luck_of_the_split__shuffled_separately(fit_and_score, X, y, seeds, test_share):
    """You shuffled `X` and `y` separately: rows and labels no longer belong together."""
    size, scores = round(len(y) * test_share), []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        rows, labels = rng.permutation(X), rng.permutation(y)
        scores.append(fit_and_score(rows[size:], labels[size:], rows[:size], labels[:size]))
    return min(scores), max(scores)


def luck_of_the_split__mean_and_deviation(fit_and_score, X, y, seeds, test_share):
    """Mean and standard deviation hide how far luck can go. Return the lowest and the highest score."""
    scores = _scores(fit_and_score, X, y, seeds, test_share)
    return float(np.mean(scores)), float(np.std(scores))


def luck_of_the_split__tests_on_the_rest(fit_and_score, X, y, seeds, test_share):
    """You trained on the first rows of the permutation and tested on the rest. The first ones are the test rows."""
    scores = _scores(
        lambda a, b, c, d: fit_and_score(c, d, a, b),
        *(X, y, seeds, test_share),
    )
    return min(scores), max(scores)


def luck_of_the_split__cut_off(fit_and_score, X, y, seeds, test_share):
    """You cut the number of test rows off with `int`. Round it: 0.29 * 100 is a little less than 29."""
    scores = []
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(y))
        test, train = np.split(order, [int(len(y) * test_share)])
        scores.append(fit_and_score(X[train], y[train], X[test], y[test]))
    return min(scores), max(scores)


# 4. row_for_model

NAN = float("nan")
POOL = ["acidity", "oxygen", "nitrate", "turbidity", "flow_rate"]
NOT_NUMBERS = [None, NAN, True, False, "7.1", "wet", [7.0], {}, -NAN]


@st.composite
def _measured(draw):
    """Draw columns, limits and a record: valid, or with one wrong value; the last argument names its column."""
    columns = draw(st.permutations(POOL))[: draw(between(0, 4))]
    limits, record = {}, {}
    for name in draw(st.permutations(columns)):
        low, width = draw(between(-4, 4)) / 2, draw(between(0, 6)) / 2
        limits[name] = (low, low + width)
    for name in draw(st.permutations(columns)):
        low, high = limits[name]
        record[name] = draw(st.sampled_from([low, high, (low + high) / 2]))
    if draw(st.booleans()):
        record = {"note": "wet", **record} if draw(st.booleans()) else {**record, "station": 7}
    bad = draw(st.sampled_from([None, *columns]))
    if bad:
        low, high = limits[bad]
        wrong = [low - 0.25, high + 0.25, math.inf, -math.inf, *NOT_NUMBERS, ...]
        value = draw(st.sampled_from(wrong))
        record = {
            name: value if name == bad else old for name, old in record.items() if name != bad or value is not ...
        }
    return call(record, columns, limits, bad)


@hints(
    "Go through the columns, not through the record. What can be wrong with the value of one column?",
    "Three questions for each column: is it there, is it a number, is it inside? Which of them does NaN slip through, "
    "and which does True?",
    "NaN is neither smaller nor larger than anything; ask whether the value *is* inside, and refuse if not. "
    "`isinstance(True, int)` is True. Put the name of the column into the message.",
)
def check_row_for_model(row_for_model):
    def test(record, columns, limits, bad):
        given = call(record, columns, limits)
        if bad is None:
            returned = row_for_model(*given.copy().args)
            close(returned, [record[name] for name in columns], given=given)
        else:
            _refused(row_for_model, given, bad)

    two = {"oxygen": (0.0, 20.0), "acidity": (4.0, 10.0)}
    order = ["acidity", "oxygen"]
    fine = [
        {"acidity": 7.5, "oxygen": 8.0},
        {"oxygen": 8.0, "acidity": 7.5},
        {"oxygen": 8, "note": "wet", "acidity": 7},
        {"acidity": 4.0, "oxygen": 20.0},
        {"acidity": 10, "oxygen": 0},
    ]
    also = [call(record, order, two, None) for record in fine]
    also += [call({"oxygen": value, "acidity": 7.5}, order, two, "oxygen") for value in [*NOT_NUMBERS, 20.5, -0.5]]
    also += [call({"oxygen": 8.0}, order, two, "acidity"), call({}, ["oxygen"], two, "oxygen")]
    also += [call({"oxygen": 8.0, "acidity": value}, order, two, "acidity") for value in (0.0, 10.0000001, 10**30, NAN)]
    also += [
        call({}, [], {}, None),
        call({"note": 1.0}, [], {}, None),
        call({"site": None, "flow": 3.0}, ["flow"], {"flow": (3, 3)}, None),
        call({"petal length (cm)": -1.5}, ["petal length (cm)"], {"petal length (cm)": (-2, -1)}, None),
        call({"oxygen": 0.0, "acidity": 4.0, "salt": 1e9}, order, two, None),
    ]
    for_all(test, on=_measured(), also=also)


def _refused(row_for_model, given, bad):
    """Fail unless the answer refuses this input with a ValueError that names the bad column and no other."""
    record, columns, _ = given.args
    what = f"`{bad}` is {record[bad]!r}" if bad in record else f"`{bad}` is missing"
    try:
        returned = row_for_model(*given.copy().args)
    except AnswerRaised as raised:
        name = type(raised.error).__name__
        require(isinstance(raised.error, ValueError), f"{what}: raise ValueError; your function raised {name}.", given)
        said = str(raised.error)
        require(bad in said, f"{what}: the message must name that column; it is {said!r}.", given)
        others = [column for column in columns if column != bad and column in said]
        require(not others, f"{what}, and the message names `{''.join(others[:1])}` as well: {said!r}.", given)
        return
    raise Mismatch(f"{what}: this input must raise ValueError.", given, returned=returned)


def _row(record, columns, limits, number=None, inside=None, value_of=None):
    """Return the row as the task asks for, but for what is given instead."""
    number = number or (lambda value: isinstance(value, int | float) and not isinstance(value, bool))
    inside = inside or (lambda value, low, high: low <= value <= high)
    row = []
    for name in columns:
        if value_of is None and name not in record:
            raise ValueError(f"{name} is missing")
        value = value_of(name) if value_of else record[name]
        if not number(value) or not inside(value, *limits[name]):
            raise ValueError(f"{name} is wrong")
        row.append(value)
    return row


def row_for_model__callers_order(record, columns, limits):
    """The caller's dictionary decides the order, and what is in the row. Use the columns that the model was trained
    with.
    """
    _row(record, columns, limits)
    return list(record.values())


def row_for_model__missing_is_zero(record, columns, limits):
    """A missing measurement became 0, and the model would answer without complaint."""
    return _row(record, columns, limits, value_of=lambda name: record.get(name, 0))


def row_for_model__nan_slips_through(record, columns, limits):
    """NaN passes every comparison with "smaller" and "larger". Ask whether the value *is* inside."""
    return _row(record, columns, limits, inside=lambda value, low, high: not (value < low or value > high))


def row_for_model__limits_excluded(record, columns, limits):
    """A value equal to one of its limits is allowed."""
    return _row(record, columns, limits, inside=lambda value, low, high: low < value < high)


def row_for_model__true_is_one(record, columns, limits):
    """A bool passed as a number: Python's bool is a kind of int. Refuse both `True` and `False`."""
    return _row(record, columns, limits, number=lambda value: isinstance(value, int | float))


def row_for_model__text_converted(record, columns, limits):
    """Text that looks like a number isn't one. Whoever sends text has a fault that should be heard of."""

    def converted(name):
        value = record.get(name)
        return float(value) if isinstance(value, str) and value.replace(".", "").isdigit() else value

    return _row(record, columns, limits, value_of=converted)


def row_for_model__key_error(record, columns, limits):
    """A missing column must raise ValueError; `record[name]` raises KeyError. Ask first."""
    return _row(record, columns, limits, value_of=lambda name: record[name])


def row_for_model__extra_refused(record, columns, limits):
    """Keys that aren't columns are ignored: a caller may send more than the model needs."""
    if set(record) - set(columns):
        raise ValueError("there are keys that aren't columns")
    return _row(record, columns, limits)


# 5. species_service

CHANCES = np.array(
    [
        [0.125, 0.75, 0.125],
        [0.5, 0.25, 0.25],
        [0.25, 0.3125, 0.4375],
        [0.375, 0.25, 0.375],
        [0.0, 0.0, 1.0],
        [0.5, 0.0, 0.5],
    ],
    dtype=np.float32,
)


class Garden:
    """A model that notes what it is asked, and answers in float32, as many models do."""

    def __init__(self, width, names):
        self.width, self.classes_, self.asked = width, np.array(names), []

    def predict_proba(self, X):
        rows = np.asarray(X, dtype=float)
        self.asked.append(rows.tolist())
        if rows.ndim != 2 or rows.shape[1] != self.width or not len(rows):
            raise ValueError(f"expected rows of {self.width} numbers, at least one; got shape {rows.shape}")
        return self.answer(rows)[:, : len(self.classes_)]

    @staticmethod
    def answer(rows):
        """Return probabilities that depend on the order of the columns."""
        places = (rows * 4 @ np.arange(1, rows.shape[1] + 1)).astype(int) % len(CHANCES)
        return CHANCES[places]

    def __deepcopy__(self, memo):
        return self

    def __repr__(self):
        return f"‹a model of {self.width} column{'s' if self.width > 1 else ''}›"


class Meadow(Garden):
    """Another class of model."""


SHORT = 200
PETALS = ["petal_width", "petal_length", "sepal_width"]
BOUNDS = {"petal_length": (0.5, 10.0), "sepal_width": (1, 6), "petal_width": (0.25, 4.0)}
IRISES = [
    {"petal_width": 1.5, "petal_length": 4.5, "sepal_width": 3.0},
    {"petal_length": 5.25, "sepal_width": 2, "petal_width": 2.0},
    {"sepal_width": 6, "petal_width": 0.25, "petal_length": 10.0},
    {"sepal_width": 1.0, "petal_width": 4.0, "petal_length": 0.5},
    {"petal_length": 1.5, "petal_width": 1.75, "sepal_width": 3.5},
    {"petal_length": 1.75, "petal_width": 0.25, "sepal_width": 3.5},
    {"petal_length": 1.0, "petal_width": 1.5, "sepal_width": 3.25},
    {"petal_length": 1.0, "petal_width": 1.25, "sepal_width": 3.25},
]


@hints(
    "Two routes in one function: they see `model`, `columns`, `limits` and `floor`, as they are defined inside it.",
    "The door first: what is asked of each column, and what answers 422? Then one table for all flowers of the "
    "request, one call of the model, and one object for each row of its answer.",
    "pydantic can build a class at run time (`create_model`), with `Field(ge=..., le=..., strict=True)` for each "
    "column; or check by hand and raise `HTTPException(422, ...)`. Turn NumPy's numbers into Python's, and think of "
    "the empty list.",
)
@equivalent(
    "create_model('Flower', **fields)",
    "create_model('Flower?', **fields)",
    because="the name of the class is the author's choice; only the text of a refusal shows it",
)
@told_by_message
def check_species_service(species_service):
    stem, small = ["stem length (cm)"], {"stem length (cm)": (0, 90.5)}
    stems = [{"stem length (cm)": size} for size in (0, 90.5, 30.25, 30.75, 31, 31.5)]
    model, other = Garden(3, ["setosa", "virginica", "versicolor"]), Meadow(1, ["tall", "small", "dwarf"])
    with ExitStack() as opened:
        with _about(model, PETALS, BOUNDS, 0.5):
            app = species_service(model, PETALS.copy(), BOUNDS.copy(), 0.5)
            kind(app, FastAPI)
            first = opened.enter_context(TestClient(app))
            _healthy(first, model, PETALS)
            for flowers in (IRISES[:1], IRISES[4:6], IRISES, [], IRISES):
                _answered(first, flowers, model, PETALS, 0.5)
            _refusals(first, model)
        with _about(other, stem, small, 0.4375):
            app = species_service(other, stem.copy(), small.copy(), 0.4375)
            kind(app, FastAPI)
            second = opened.enter_context(TestClient(app))
            _healthy(second, other, stem)
            _answered(second, stems[:1], other, stem, 0.4375)
            _answered(second, stems, other, stem, 0.4375)
            _refused_flower(second, other, [{"stem length (cm)": 91}], "stem length (cm)", "above its limit")
        with _about(
            model, PETALS, BOUNDS, 0.5, after="After you made a second app, for another model, this one changed: "
        ):
            model.asked.clear()
            _healthy(first, model, PETALS)
            _answered(first, IRISES[::-1], model, PETALS, 0.5)


@contextmanager
def _about(*arguments, after=""):
    """Show these arguments, and what came before, with whatever is found wrong in the block."""
    try:
        yield
    except Mismatch as wrong:
        wrong.given, wrong.message = call(*arguments), after + wrong.message
        raise


def _healthy(client, model, columns):
    before = len(model.asked)
    response = attempt(lambda: client.get("/health"), "`GET /health`")
    require(not before, "The model was asked while you made the app. Ask it when flowers arrive.")
    require(not model.asked, "`GET /health` asked the model. It should only say which model and columns there are.")
    require(response.status_code == 200, f"`GET /health` should answer 200; it answered {response.status_code}.")
    close(
        _json(response, "`GET /health`"), {"model": type(model).__name__, "columns": columns}, "the body of `/health`"
    )


def _asked(client, body):
    text = json.dumps(body)
    text = f"`POST /predict` with {text if len(text) < SHORT else f'{len(body)} flowers'}"
    return text, attempt(lambda: client.post("/predict", json=body), text)


def _json(response, what):
    try:
        return response.json()
    except ValueError:
        raise Mismatch(f"{what} should answer in JSON; the body is {response.text[:60]!r}.") from None


def _answered(client, flowers, model, columns, floor):
    """Fail unless good flowers are answered from one call of the model, with the columns in its order."""
    model.asked.clear()
    what, response = _asked(client, flowers)
    require(response.status_code == 200, f"{what} should answer 200; it answered {response.status_code}.")
    rows = [[float(flower[name]) for name in columns] for flower in flowers]
    if not flowers:
        require(not model.asked, "For an empty list of flowers there is nothing to ask the model.")
    elif len(model.asked) != 1:
        require(False, f"{what}: one request, and the model was called {len(model.asked)} times. Call it once.")
    else:
        asked = model.asked[0]
        require(len(asked) == len(rows), f"{what}: the model should be asked {len(rows)} rows, not {len(asked)}.")
        for flower, row, wanted in zip(flowers, asked, rows, strict=True):
            require(
                row == wanted,
                f"{what}: for {json.dumps(flower)} the model should be asked {wanted}, in the order of {columns}; "
                f"it was asked {row}.",
            )
    model.asked.clear()
    answers = _json(response, what)
    kind(answers, list, f"the answer to {what}")
    require(
        len(answers) == len(flowers),
        f"{what}: {len(flowers)} flowers should get as many answers; there are {len(answers)}.",
    )
    for flower, mine, chances in zip(
        flowers, answers, model.answer(np.array(rows)).tolist() if rows else [], strict=True
    ):
        largest = max(chances)
        name = str(model.classes_[chances.index(largest)]) if largest >= floor else "unsure"
        named = ", ".join(f"{one} {chance}" for one, chance in zip(model.classes_, chances, strict=True))
        why = f"(The flower is {json.dumps(flower)}. The model says: {named}. The floor is {floor}.)"
        close(mine, {"species": name, "probability": largest}, "the answer", why=why)


def _refusals(client, model):
    """Fail unless each fault of each column is answered 422, wherever in the list the flower stands."""
    good = IRISES[1]
    faults = {"missing": ..., "text": "wide", "null": None, "true": True, "a list": [2.0]}
    bodies = {}
    for at, name in enumerate(PETALS):
        low, high = BOUNDS[name]
        for fault, value in {"below its limit": low - 0.125, "above its limit": high + 0.125, **faults}.items():
            bad = {key: old for key, old in (good | {name: value}).items() if old is not ...}
            flowers = [[bad], [good, bad], [bad, good]][at]
            bodies[name, fault] = _refused_flower(client, model, flowers, name, fault)
    for fault in faults | {"below its limit": 0}:
        said = {bodies[name, fault] for name in PETALS}
        require(len(said) == 3, "The same body for three different columns can't say which of them is wrong.")
    for body in (good, [1.5], "iris", [list(good.values())], [good, [2.0, 2.0, 2.0]], [None]):
        model.asked.clear()
        what, response = _asked(client, body)
        require(response.status_code == 422, f"{what} should answer 422; it answered {response.status_code}.")


def _refused_flower(client, model, flowers, name, fault):
    model.asked.clear()
    what, response = _asked(client, flowers)
    require(
        response.status_code == 422,
        f"`{name}` is {fault}: {what} should answer 422; it answered {response.status_code}.",
    )
    said = response.text
    require(name in said, f"`{name}` is {fault}, and the body doesn't name it: {said[:80]!r}.")
    require(not model.asked, f"`{name}` is {fault}, and the model was asked nevertheless.")
    return said


def _app(model, columns, limits, floor, ask=None, answer=None, fault=None, sure=None, number=None):
    """Return the service as the task asks for, but for what is given instead."""
    app = FastAPI()
    ask = ask or (lambda records: model.predict_proba([[record[name] for name in columns] for record in records]))
    answer = answer or (lambda species, chance: {"species": str(species), "probability": float(chance)})
    sure = sure or (lambda chance: chance >= floor)
    number = number or (lambda value: isinstance(value, int | float) and not isinstance(value, bool))

    @app.get("/health")
    def health():
        return {"model": type(model).__name__, "columns": columns}

    @app.post("/predict")
    def predict(records: list[dict]):
        for record in records:
            for name in columns:
                value = record.get(name)
                if not number(value) or not limits[name][0] <= value <= limits[name][1]:
                    if fault:
                        return fault(record, name)
                    raise HTTPException(422, f"{name} is wrong")
        answers = []
        for row in ask(records) if records else []:
            species = model.classes_[row.argmax()] if sure(row.max()) else "unsure"
            answers.append(answer(species, row.max()))
        return answers

    return app


def species_service__one_call_for_each(model, columns, limits, floor):
    """The model was called once for each flower; one call for the whole request is many times faster."""
    return _app(
        *(model, columns, limits, floor),
        ask=lambda records: [model.predict_proba([[record[name] for name in columns]])[0] for record in records],
    )


def species_service__numpy_in_json(model, columns, limits, floor):
    """The response could not be turned into JSON: convert NumPy's values with `float` and `str`."""
    return _app(model, columns, limits, floor, answer=lambda s, chance: {"species": str(s), "probability": chance})


def species_service__error_with_200(model, columns, limits, floor):
    """A bad request must not answer 200: callers only look at the status."""
    return _app(model, columns, limits, floor, fault=lambda record, name: {"error": f"{name} is wrong"})


def species_service__callers_order(model, columns, limits, floor):
    """The columns arrived in the caller's order. Put them into the order that the model was trained with."""
    return _app(model, columns, limits, floor, ask=lambda records: model.predict_proba(pd.DataFrame(records)))


def species_service__unnamed_column(model, columns, limits, floor):
    """You refused the flower without a word about the column. Whoever called can't repair what isn't named."""
    return _app(
        *(model, columns, limits, floor),
        fault=lambda record, name: JSONResponse({"detail": "a value is wrong"}, status_code=422),
    )


def species_service__equal_is_unsure(model, columns, limits, floor):
    """A probability equal to the floor is sure enough: "unsure" is for what lies *below* it."""
    return _app(model, columns, limits, floor, sure=lambda chance: chance > floor)


def species_service__true_is_one(model, columns, limits, floor):
    """You let `true` pass as 1: Python's bool is a kind of int, and pydantic reads a bool as a number unless the field
    is strict: `Field(..., strict=True)`.
    """
    return _app(model, columns, limits, floor, number=lambda value: isinstance(value, int | float))


def species_service__missing_ends_in_500(model, columns, limits, floor):
    """A missing column ends in an exception of the service, which the caller sees as 500: "my fault". It is the
    caller's: answer 422.
    """
    return _app(model, columns, limits, floor, fault=lambda record, name: record[name] and _rejected(name))


def _rejected(name):
    raise HTTPException(422, f"{name} is wrong")


def species_service__empty_list_asked(model, columns, limits, floor):
    """An empty list of flowers reached the model, and a model can't predict nothing. Answer with an empty list."""
    app = _app(model, columns, limits, floor)

    @app.middleware("http")
    async def ask_first(request: Request, call_next):
        if request.url.path == "/predict" and await request.body() == b"[]":
            model.predict_proba(np.zeros((0, len(columns))))
        return await call_next(request)

    return app
