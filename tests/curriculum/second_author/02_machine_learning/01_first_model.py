"""Answers to 02_machine_learning/01_first_model by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import json
import math
import numbers
import statistics
from collections import Counter
from typing import Annotated, Any

import numpy as np
import pandas as pd
from fastapi import Body, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, create_model
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import train_test_split

# 1. score_majority_guess


def _majority(labels):
    counts = Counter(labels)
    return min(counts, key=lambda label: (-counts[label], label))


def right__score_majority_guess__scikit_learn(train_labels, test_labels):
    model = DummyClassifier(strategy="most_frequent").fit(np.zeros((len(train_labels), 1)), train_labels)
    return model.score(np.zeros((len(test_labels), 1)), test_labels)


def right__score_majority_guess__pandas_mode(train_labels, test_labels):
    guess = pd.Series(train_labels).mode().sort_values().iloc[0]
    return (pd.Series(test_labels) == guess).mean()


def right__score_majority_guess__numpy_unique(train_labels, test_labels):
    labels, counts = np.unique(train_labels, return_counts=True)
    return np.mean(np.array(test_labels) == labels[counts.argmax()], dtype=np.float32)


def right__score_majority_guess__plain_loop(train_labels, test_labels):
    best = None
    for label in sorted(set(train_labels)):
        if best is None or train_labels.count(label) > train_labels.count(best):
            best = label
    return test_labels.count(best) / len(test_labels)


def right__score_majority_guess__multimode(train_labels, test_labels):
    guess = min(statistics.multimode(train_labels))
    return statistics.fmean(label == guess for label in test_labels)


def wrong__score_majority_guess__first_seen_on_a_tie(train_labels, test_labels):
    """Answers the label seen first on a tie, not the first in the alphabet."""
    guess = Counter(train_labels).most_common(1)[0][0]
    return test_labels.count(guess) / len(test_labels)


def wrong__score_majority_guess__last_of_the_alphabet(train_labels, test_labels):
    """Answers the last label of the alphabet on a tie."""
    counts = Counter(train_labels)
    guess = max(counts, key=lambda label: (counts[label], label))
    return test_labels.count(guess) / len(test_labels)


def wrong__score_majority_guess__compares_two_on_a_tie(train_labels, test_labels):
    """Looks at two of the most frequent only: wrong if three or more labels are equally frequent."""
    (guess, most), *others = Counter(train_labels).most_common(2)
    if others and others[0][1] == most:
        guess = min(guess, others[0][0])
    return test_labels.count(guess) / len(test_labels)


def wrong__score_majority_guess__shortest_on_a_tie(train_labels, test_labels):
    """Answers the shortest label on a tie, not the first in the alphabet."""
    counts = Counter(train_labels)
    guess = min(counts, key=lambda label: (-counts[label], len(label), label))
    return test_labels.count(guess) / len(test_labels)


def wrong__score_majority_guess__majority_of_the_test(train_labels, test_labels):
    """Looks at the test labels to choose the guess."""
    return test_labels.count(_majority(test_labels)) / len(test_labels)


def wrong__score_majority_guess__majority_of_both(train_labels, test_labels):
    """Counts the test labels too to choose the guess."""
    return test_labels.count(_majority(train_labels + test_labels)) / len(test_labels)


def wrong__score_majority_guess__tie_settled_by_the_test(train_labels, test_labels):
    """On a tie takes the label that scores best on the test."""
    counts = Counter(train_labels)
    tied = [label for label in counts if counts[label] == max(counts.values())]
    return max(test_labels.count(label) for label in tied) / len(test_labels)


def wrong__score_majority_guess__share_of_the_training(train_labels, test_labels):
    """Scores on the training labels."""
    return train_labels.count(_majority(train_labels)) / len(train_labels)


def wrong__score_majority_guess__divides_by_training(train_labels, test_labels):
    """Divides by the number of training labels."""
    return test_labels.count(_majority(train_labels)) / len(train_labels)


def wrong__score_majority_guess__zip_stops_early(train_labels, test_labels):
    """Looks at no more test labels than there are training labels."""
    guess = _majority(train_labels)
    return sum(label == guess for label, _ in zip(test_labels, train_labels, strict=False)) / len(test_labels)


def wrong__score_majority_guess__part_of_a_word(train_labels, test_labels):
    """Counts a test label that only contains the guess: "printer 2" isn't "printer"."""
    guess = _majority(train_labels)
    return sum(guess in label for label in test_labels) / len(test_labels)


def wrong__score_majority_guess__labels_cut_at_eight(train_labels, test_labels):
    """Cuts labels at eight letters: "password lost" and "password new" become one label."""
    labels, counts = np.unique(np.array(train_labels, dtype="U8"), return_counts=True)
    return float(np.mean(np.array(test_labels, dtype="U8") == labels[counts.argmax()]))


def wrong__score_majority_guess__two_decimals(train_labels, test_labels):
    """Rounds the share: 1/3 becomes 0.33."""
    return round(test_labels.count(_majority(train_labels)) / len(test_labels), 2)


def wrong__score_majority_guess__different_labels_only(train_labels, test_labels):
    """Counts each test label once."""
    guess = _majority(train_labels)
    return float(guess in test_labels) / len(set(test_labels))


def wrong__score_majority_guess__ignores_capitals(train_labels, test_labels):
    """Takes "Login" and "login" for one label: they aren't equal."""
    guess = _majority([label.lower() for label in train_labels])
    return sum(label.lower() == guess for label in test_labels) / len(test_labels)


# 2. abstain_when_unsure


def right__abstain_when_unsure__argmax_and_loop(probabilities, classes, floor):
    return [classes[int(np.argmax(row))] if row.max() >= floor else "unsure" for row in probabilities]


def right__abstain_when_unsure__where_on_objects(probabilities, classes, floor):
    best = np.array(classes, dtype=object)[probabilities.argmax(axis=1)]
    return list(np.where(probabilities.max(axis=1) < floor, "unsure", best))


def right__abstain_when_unsure__numpy_text(probabilities, classes, floor):
    codes = np.where(probabilities.max(axis=1) < floor, len(classes), probabilities.argmax(axis=1))
    return list(np.array([*classes, "unsure"])[codes])


def right__abstain_when_unsure__plain_loops(probabilities, classes, floor):
    answers = []
    for row in probabilities.tolist():
        answer, largest = "unsure", -1.0
        for name, p in zip(classes, row, strict=True):
            if p > largest:
                answer, largest = name, p
        answers.append(answer if largest >= floor else "unsure")
    return answers


def right__abstain_when_unsure__pandas(probabilities, classes, floor):
    table = pd.DataFrame(probabilities)
    answers = pd.Series([classes[j] for j in np.argsort(-table.to_numpy(), axis=1, kind="stable")[:, 0]], dtype=object)
    return answers.mask(table.max(axis=1) < floor, "unsure").tolist()


def wrong__abstain_when_unsure__unsure_at_the_floor(probabilities, classes, floor):
    """Is unsure at the floor itself; only below it is right."""
    return [classes[row.argmax()] if row.max() > floor else "unsure" for row in probabilities]


def wrong__abstain_when_unsure__last_on_a_tie(probabilities, classes, floor):
    """Takes the last of equally probable classes."""
    last = probabilities.shape[1] - 1 - probabilities[:, ::-1].argmax(axis=1)
    return [classes[j] if row[j] >= floor else "unsure" for j, row in zip(last, probabilities, strict=True)]


def wrong__abstain_when_unsure__alphabet_on_a_tie(probabilities, classes, floor):
    """Takes the first in the alphabet of equally probable classes, not the first in `classes`."""
    answers = []
    for row in probabilities:
        best = min(name for name, p in zip(classes, row, strict=True) if p == row.max())
        answers.append(best if row.max() >= floor else "unsure")
    return answers


def wrong__abstain_when_unsure__tie_is_unsure(probabilities, classes, floor):
    """Is unsure on a tie above the floor."""
    return [
        classes[row.argmax()] if row.max() >= floor and (row == row.max()).sum() == 1 else "unsure"
        for row in probabilities
    ]


def wrong__abstain_when_unsure__one_class_above_floor(probabilities, classes, floor):
    """Is unsure if two classes reach a low floor."""
    return [classes[row.argmax()] if np.count_nonzero(row >= floor) == 1 else "unsure" for row in probabilities]


def wrong__abstain_when_unsure__first_above_floor(probabilities, classes, floor):
    """Takes the first class that reaches the floor, not the most probable one."""
    return [next((name for name, p in zip(classes, row, strict=True) if p >= floor), "unsure") for row in probabilities]


def wrong__abstain_when_unsure__unsure_cut_short(probabilities, classes, floor):
    """Writes "unsur" into an array of names of five letters."""
    answers = np.array(classes)[probabilities.argmax(axis=1)]
    answers[probabilities.max(axis=1) < floor] = "unsure"
    return answers.tolist()


def wrong__abstain_when_unsure__long_names_cut_short(probabilities, classes, floor):
    """Writes names into an array of text of twelve letters: longer names are cut."""
    answers = np.full(len(probabilities), "unsure", dtype="U12")
    sure = probabilities.max(axis=1) >= floor
    answers[sure] = np.array(classes)[probabilities.argmax(axis=1)][sure]
    return answers.tolist()


def wrong__abstain_when_unsure__floor_of_at_least_half(probabilities, classes, floor):
    """Is unsure below one half, however low the floor is."""
    floor = max(floor, 0.5)
    return [classes[row.argmax()] if row.max() >= floor else "unsure" for row in probabilities]


def wrong__abstain_when_unsure__tolerant(probabilities, classes, floor):
    """Is sure a little below the floor."""
    return [
        classes[row.argmax()] if row.max() >= floor or np.isclose(row.max(), floor) else "unsure"
        for row in probabilities
    ]


def wrong__abstain_when_unsure__rounds(probabilities, classes, floor):
    """Rounds before it compares: 0.699 passes a floor of 0.7."""
    return [classes[row.argmax()] if round(float(row.max()), 2) >= floor else "unsure" for row in probabilities]


def wrong__abstain_when_unsure__ignores_the_order_of_classes(probabilities, classes, floor):
    """Sorts the classes: column j no longer belongs to `classes[j]`."""
    names = sorted(classes)
    return [names[row.argmax()] if row.max() >= floor else "unsure" for row in probabilities]


def wrong__abstain_when_unsure__margin(probabilities, classes, floor):
    """Compares with the floor what the best has more than the second, and breaks down on one class."""
    two = np.sort(probabilities, axis=1)[:, -2:]
    margin = two[:, 1] - two[:, 0]
    return [
        classes[row.argmax()] if row.max() >= floor and m > 0 else "unsure"
        for row, m in zip(probabilities, margin, strict=True)
    ]


def wrong__abstain_when_unsure__no_rows(probabilities, classes, floor):
    """Can't take an array without rows."""
    best = np.stack([np.eye(len(classes), dtype=int)[row.argmax()] for row in probabilities]).argmax(axis=1)
    return [classes[j] if row[j] >= floor else "unsure" for j, row in zip(best, probabilities, strict=True)]


def wrong__abstain_when_unsure__one_row_squeezed(probabilities, classes, floor):
    """Gives one answer, not a list, for a single row."""
    answers = [classes[row.argmax()] if row.max() >= floor else "unsure" for row in probabilities]
    return answers[0] if len(answers) == 1 else answers


def wrong__abstain_when_unsure__floor_zero_is_half(probabilities, classes, floor):
    """Takes a floor of 0 for a missing one."""
    floor = floor or 0.5
    return [classes[row.argmax()] if row.max() >= floor else "unsure" for row in probabilities]


# 3. luck_of_the_split


def _scores(fit_and_score, X, y, seeds, cut):
    """Return the scores with the first `cut` rows of each order as test rows."""
    scores = []
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(X))
        test, train = order[:cut], order[cut:]
        scores.append(fit_and_score(X[train], y[train], X[test], y[test]))
    return scores


def right__luck_of_the_split__min_and_max(fit_and_score, X, y, seeds, test_share):
    scores = _scores(fit_and_score, X, y, seeds, round(len(y) * test_share))
    return min(scores), max(scores)


def right__luck_of_the_split__split_and_sort(fit_and_score, X, y, seeds, test_share):
    scores = []
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(X.shape[0])
        test, train = np.split(order, [round(X.shape[0] * test_share)])
        scores.append(float(fit_and_score(X[train], y[train], X[test], y[test])))
    scores.sort()
    return scores[0], scores[-1]


def right__luck_of_the_split__shuffle_and_infinities(fit_and_score, X, y, seeds, test_share):
    low, high = math.inf, -math.inf
    cut = round(len(y) * test_share)
    for seed in seeds:
        order = np.arange(len(y))
        np.random.default_rng(seed).shuffle(order)
        moved, labels = np.take(X, order, axis=0), np.take(y, order)
        score = fit_and_score(moved[cut:], labels[cut:], moved[:cut], labels[:cut])
        low, high = min(low, score), max(high, score)
    return low, high


def right__luck_of_the_split__numpy_array_of_scores(fit_and_score, X, y, seeds, test_share):
    scores = np.array(_scores(fit_and_score, X, y, seeds, int(np.rint(len(y) * test_share))))
    return scores.min(), scores.max()


def wrong__luck_of_the_split__cuts_off(fit_and_score, X, y, seeds, test_share):
    """Cuts off instead of rounding."""
    scores = _scores(fit_and_score, X, y, seeds, max(int(len(y) * test_share), 1))
    return min(scores), max(scores)


def wrong__luck_of_the_split__half_goes_up(fit_and_score, X, y, seeds, test_share):
    """Rounds one half up: `round(2.5)` is 2, not 3."""
    scores = _scores(fit_and_score, X, y, seeds, math.floor(len(y) * test_share + 0.5))
    return min(scores), max(scores)


def wrong__luck_of_the_split__rounds_up(fit_and_score, X, y, seeds, test_share):
    """Rounds up."""
    scores = _scores(fit_and_score, X, y, seeds, min(math.ceil(len(y) * test_share), len(y) - 1))
    return min(scores), max(scores)


def wrong__luck_of_the_split__last_rows_are_the_test(fit_and_score, X, y, seeds, test_share):
    """Takes the last rows as test rows."""
    scores = []
    cut = len(y) - round(len(y) * test_share)
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(y))
        train, test = order[:cut], order[cut:]
        scores.append(fit_and_score(X[train], y[train], X[test], y[test]))
    return min(scores), max(scores)


def wrong__luck_of_the_split__one_generator(fit_and_score, X, y, seeds, test_share):
    """Goes on with the generator of the first seed."""
    scores = []
    rng = np.random.default_rng(seeds[0])
    cut = round(len(y) * test_share)
    for _ in seeds:
        order = rng.permutation(len(y))
        scores.append(fit_and_score(X[order[cut:]], y[order[cut:]], X[order[:cut]], y[order[:cut]]))
    return min(scores), max(scores)


def wrong__luck_of_the_split__scikit_learn(fit_and_score, X, y, seeds, test_share):
    """Splits with scikit-learn: another order of the rows."""
    scores = []
    for seed in seeds:
        X_train, X_test, y_train, y_test = train_test_split(
            X, y, test_size=round(len(y) * test_share), random_state=seed
        )
        scores.append(fit_and_score(X_train, y_train, X_test, y_test))
    return min(scores), max(scores)


def wrong__luck_of_the_split__labels_not_moved(fit_and_score, X, y, seeds, test_share):
    """Moves the rows of `X` in training, not their labels."""
    scores = []
    cut = round(len(y) * test_share)
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(y))
        train, test = order[cut:], order[:cut]
        scores.append(fit_and_score(X[train], y[np.sort(train)], X[test], y[test]))
    return min(scores), max(scores)


def wrong__luck_of_the_split__test_features_in_order(fit_and_score, X, y, seeds, test_share):
    """Sorts the test rows of `X`, not their labels."""
    scores = []
    cut = round(len(y) * test_share)
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(y))
        train, test = order[cut:], order[:cut]
        scores.append(fit_and_score(X[train], y[train], X[np.sort(test)], y[test]))
    return min(scores), max(scores)


def wrong__luck_of_the_split__trains_on_everything(fit_and_score, X, y, seeds, test_share):
    """Trains on the test rows too."""
    scores = []
    cut = round(len(y) * test_share)
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(y))
        scores.append(fit_and_score(X[order], y[order], X[order[:cut]], y[order[:cut]]))
    return min(scores), max(scores)


def wrong__luck_of_the_split__scores_between_0_and_1(fit_and_score, X, y, seeds, test_share):
    """Starts at 1 and 0: wrong if all scores are above 1 or below 0."""
    scores = _scores(fit_and_score, X, y, seeds, round(len(y) * test_share))
    return min([1.0, *scores]), max([0.0, *scores])


def wrong__luck_of_the_split__highest_starts_at_minus_one(fit_and_score, X, y, seeds, test_share):
    """Starts the highest at -1: wrong if all scores are below."""
    scores = _scores(fit_and_score, X, y, seeds, round(len(y) * test_share))
    return min(scores), max([-1.0, *scores])


def wrong__luck_of_the_split__first_is_never_the_highest(fit_and_score, X, y, seeds, test_share):
    """Never takes a score that is a new lowest one as the highest: wrong if the first score is the highest."""
    low, high = math.inf, -math.inf
    for score in _scores(fit_and_score, X, y, seeds, round(len(y) * test_share)):
        if score < low:
            low = score
        elif score > high:
            high = score
    return low, high if len(seeds) > 1 else low


def wrong__luck_of_the_split__fits_twice(fit_and_score, X, y, seeds, test_share):
    """Calls `fit_and_score` twice for each seed."""
    cut = round(len(y) * test_share)
    return min(_scores(fit_and_score, X, y, seeds, cut)), max(_scores(fit_and_score, X, y, seeds, cut))


def wrong__luck_of_the_split__stops_at_a_perfect_score(fit_and_score, X, y, seeds, test_share):
    """Stops at a score of 1: the lowest may come later."""
    scores = []
    for seed in seeds:
        scores += _scores(fit_and_score, X, y, [seed], round(len(y) * test_share))
        if scores[-1] == 1.0:
            break
    return min(scores), max(scores)


def wrong__luck_of_the_split__first_and_last(fit_and_score, X, y, seeds, test_share):
    """Takes the scores of the first and the last seed only."""
    scores = _scores(fit_and_score, X, y, seeds, round(len(y) * test_share))
    return min(scores[0], scores[-1]), max(scores[0], scores[-1])


def wrong__luck_of_the_split__numbers_only(fit_and_score, X, y, seeds, test_share):
    """Makes floats of the labels: `y` may hold text, and whole numbers stay whole."""
    cut = round(len(y) * test_share)
    scores = _scores(fit_and_score, X, y.astype(float), seeds, cut)
    return min(scores), max(scores)


_SCORE_OF_SEED: dict[int, float] = {}


def wrong__luck_of_the_split__remembers_seeds(fit_and_score, X, y, seeds, test_share):
    """Remembers the score of a seed from an earlier call with other data."""
    for seed in seeds:
        if seed not in _SCORE_OF_SEED:
            _SCORE_OF_SEED[seed] = _scores(fit_and_score, X, y, [seed], round(len(y) * test_share))[0]
    scores = [_SCORE_OF_SEED[seed] for seed in seeds]
    return min(scores), max(scores)


# 4. row_for_model


def right__row_for_model__isinstance(record, columns, limits):
    row = []
    for column in columns:
        value = record.get(column)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
            raise ValueError(f"{column} is {type(value).__name__}, not a number")
        low, high = limits[column]
        if not low <= value <= high:
            raise ValueError(f"{column} is {value}: outside {low} to {high}")
        row.append(value)
    return row


def right__row_for_model__numbers_real(record, columns, limits):
    for column in columns:
        value = record.get(column, None)
        low, high = limits[column]
        number = isinstance(value, numbers.Real) and value is not True and value is not False
        if not (number and low <= value <= high):
            raise ValueError("please look at " + column)
    return [float(record[column]) for column in columns]


class _BadColumn(ValueError):
    """A column that the model can't take."""


def right__row_for_model__own_error(record, columns, limits):
    def value_of(column):
        try:
            value = record[column]
        except KeyError:
            raise _BadColumn(column) from None
        if type(value) is bool or not isinstance(value, (int, float, np.number)):
            raise _BadColumn(column)
        if value >= limits[column][0] and value <= limits[column][1]:
            return float(value)
        raise _BadColumn(column)

    return [value_of(column) for column in columns]


def right__row_for_model__pydantic_strict(record, columns, limits):
    row = []
    for column in columns:
        low, high = limits[column]
        adapter = TypeAdapter(Annotated[float, Field(strict=True, ge=low, le=high)])
        try:
            row.append(adapter.validate_python(record.get(column)))
        except ValidationError:
            raise ValueError(f"{column!r} is missing, no number or out of limits") from None
    return row


def _row(record, columns, limits, good, error=ValueError):
    """Return the row if `good(value, low, high)` holds for every column that is there."""
    row = []
    for column in columns:
        if column not in record:
            raise error(f"{column} is missing")
        if not good(record[column], *limits[column]):
            raise error(f"{column} is wrong")
        row.append(record[column])
    return row


def _number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and not math.isnan(value)


def wrong__row_for_model__true_is_one(record, columns, limits):
    """Takes `True` for 1."""
    return _row(record, columns, limits, lambda v, low, high: isinstance(v, (int, float)) and low <= v <= high)


def wrong__row_for_model__false_is_zero(record, columns, limits):
    """Refuses `True`, but takes `False` for 0."""
    return _row(
        record, columns, limits, lambda v, low, high: isinstance(v, (int, float)) and v is not True and low <= v <= high
    )


def wrong__row_for_model__one_is_true(record, columns, limits):
    """Refuses 1.0 because it equals `True`."""
    return _row(
        record,
        columns,
        limits,
        lambda v, low, high: (
            v not in (None, True) and isinstance(v, (int, float)) and v is not False and low <= v <= high
        ),
    )


def wrong__row_for_model__zero_is_missing(record, columns, limits):
    """Refuses 0."""
    return _row(record, columns, limits, lambda v, low, high: bool(v) and _number(v) and low <= v <= high)


def wrong__row_for_model__nan_slips_through(record, columns, limits):
    """Takes NaN, which is neither below nor above the limits."""
    return _row(
        record,
        columns,
        limits,
        lambda v, low, high: isinstance(v, (int, float)) and not isinstance(v, bool) and not (v < low or v > high),
    )


def wrong__row_for_model__reads_text(record, columns, limits):
    """Takes text that spells a number."""

    def good(value, low, high):
        try:
            return not isinstance(value, bool) and low <= float(value) <= high
        except (TypeError, ValueError):
            return False

    return [float(value) for value in _row(record, columns, limits, good)]


def wrong__row_for_model__type_error_on_a_list(record, columns, limits):
    """Knows only the four kinds of non-numbers of the statement: a list raises `TypeError`."""
    return _row(
        record, columns, limits, lambda v, low, high: not isinstance(v, (str, bool, type(None))) and low <= v <= high
    )


def wrong__row_for_model__floats_only(record, columns, limits):
    """Refuses whole numbers."""
    return _row(record, columns, limits, lambda v, low, high: isinstance(v, float) and low <= v <= high)


def wrong__row_for_model__limits_not_allowed(record, columns, limits):
    """Refuses the lower limit itself."""
    return _row(record, columns, limits, lambda v, low, high: _number(v) and low < v <= high)


def wrong__row_for_model__upper_limit_not_allowed(record, columns, limits):
    """Refuses the upper limit itself."""
    return _row(record, columns, limits, lambda v, low, high: _number(v) and low <= v < high)


def wrong__row_for_model__a_little_outside(record, columns, limits):
    """Takes values a little outside the limits."""
    return _row(record, columns, limits, lambda v, low, high: _number(v) and low - 1e-6 <= v <= high + 1e-6)


def wrong__row_for_model__limits_by_position(record, columns, limits):
    """Takes the limits in the order of the dictionary, not by name."""
    by_position = dict(zip(columns, limits.values(), strict=False))
    return _row(record, columns, by_position, lambda v, low, high: _number(v) and low <= v <= high)


def wrong__row_for_model__order_of_the_record(record, columns, limits):
    """Returns the values in the order of the record."""
    _row(record, columns, limits, lambda v, low, high: _number(v) and low <= v <= high)
    return [value for column, value in record.items() if column in columns]


def wrong__row_for_model__refuses_other_keys(record, columns, limits):
    """Raises for a key that isn't a column, where it should be ignored."""
    for key in record:
        if key not in columns:
            raise ValueError(f"{key} is unknown")
    return _row(record, columns, limits, lambda v, low, high: _number(v) and low <= v <= high)


def wrong__row_for_model__looks_at_other_keys(record, columns, limits):
    """Raises if the value of a key that isn't a column is no number."""
    for key, value in record.items():
        if not _number(value):
            raise ValueError(f"{key} is no number")
    return _row(record, columns, limits, lambda v, low, high: _number(v) and low <= v <= high)


def wrong__row_for_model__key_error(record, columns, limits):
    """Raises `KeyError` for a missing column."""
    row = [record[column] for column in columns]
    _row(record, columns, limits, lambda v, low, high: _number(v) and low <= v <= high)
    return row


def wrong__row_for_model__names_every_column(record, columns, limits):
    """Lists all columns in the message about a missing one."""
    for column in columns:
        if column not in record:
            raise ValueError(f"{column} is missing: send all of {', '.join(columns)}")
    return _row(record, columns, limits, lambda v, low, high: _number(v) and low <= v <= high)


def wrong__row_for_model__shows_the_record(record, columns, limits):
    """Shows the whole record in the message, and so the names of other columns."""
    try:
        return _row(record, columns, limits, lambda v, low, high: _number(v) and low <= v <= high)
    except ValueError as error:
        raise ValueError(f"{error} in {record}") from None


def wrong__row_for_model__no_name_if_not_a_number(record, columns, limits):
    """Doesn't name the column whose value isn't a number."""
    for value in record.values():
        if value is None or isinstance(value, (str, bool)):
            raise ValueError(f"{value!r} is not a number")
    return _row(record, columns, limits, lambda v, low, high: _number(v) and low <= v <= high)


def wrong__row_for_model__moves_into_limits(record, columns, limits):
    """Moves a value that is far outside to the limit instead of raising."""
    _row(record, columns, limits, lambda v, low, high: _number(v))
    return [min(max(record[column], limits[column][0]), limits[column][1]) for column in columns]


# 5. species_service


def right__species_service__pydantic_model(model, columns, limits, floor):
    app = FastAPI()
    fields: dict[str, Any] = {}
    for i, column in enumerate(columns):
        low, high = limits[column]
        fields[f"f{i}"] = (float, Field(alias=column, ge=low, le=high, strict=True))
    Flower = create_model("Flower", **fields)

    @app.get("/health")
    def health():
        return {"model": type(model).__name__, "columns": columns}

    @app.post("/predict")
    def predict(flowers: list[Flower]):
        if not flowers:
            return []
        table = pd.DataFrame([flower.model_dump(by_alias=True) for flower in flowers], columns=columns)
        answers = []
        for row in model.predict_proba(table):
            best = int(np.argmax(row))
            species = str(model.classes_[best]) if row[best] >= floor else "unsure"
            answers.append({"species": species, "probability": float(row[best])})
        return answers

    return app


def right__species_service__request_by_hand(model, columns, limits, floor):
    app = FastAPI()

    @app.get("/health")
    async def health():
        return {"columns": list(columns), "model": model.__class__.__name__}

    @app.post("/predict")
    async def predict(request: Request):
        try:
            flowers = json.loads(await request.body())
        except ValueError:
            return JSONResponse({"error": "no JSON"}, status_code=422)
        if not isinstance(flowers, list) or not all(isinstance(flower, dict) for flower in flowers):
            return JSONResponse({"error": "send a list of objects"}, status_code=422)
        for flower in flowers:
            for column in columns:
                value = flower.get(column)
                low, high = limits[column]
                if type(value) not in (int, float) or not low <= value <= high:
                    return JSONResponse({"error": column}, status_code=422)
        if not flowers:
            return []
        rows = np.array([[flower[column] for column in columns] for flower in flowers], dtype=float)
        chances = np.asarray(model.predict_proba(rows))
        best = chances.max(axis=1).tolist()
        names = [str(model.classes_[j]) for j in chances.argmax(axis=1)]
        return [
            {"probability": p, "species": "unsure" if p < floor else name} for p, name in zip(best, names, strict=True)
        ]

    return app


def right__species_service__dictionaries_and_http_exception(model, columns, limits, floor):
    app = FastAPI()

    def number(flower, column):
        try:
            value = flower[column]
            if isinstance(value, bool):
                raise ValueError
            value = float(value)
        except (KeyError, TypeError, ValueError, OverflowError):
            raise HTTPException(422, f"{column}: a number is needed") from None
        if not limits[column][0] <= value <= limits[column][1]:
            raise HTTPException(422, [{"column": column, "limits": limits[column]}])
        return value

    @app.get("/health")
    def health() -> dict[str, Any]:
        return {"model": type(model).__name__, "columns": columns}

    @app.post("/predict")
    def predict(flowers: Annotated[list[dict[str, Any]], Body()]) -> list[dict[str, str | float]]:
        rows = [[number(flower, column) for column in columns] for flower in flowers]
        answers = []
        for chances in model.predict_proba(rows) if rows else []:
            ranking = sorted(range(len(chances)), key=lambda j: -chances[j])
            largest = float(chances[ranking[0]])
            species = "unsure" if largest < floor else str(model.classes_[ranking[0]])
            answers.append({"species": species, "probability": largest})
        return answers

    return app


def right__species_service__validates_inside(model, columns, limits, floor):
    fields: dict[str, Any] = {
        column: (Annotated[float, Field(ge=limits[column][0], le=limits[column][1], strict=True)], ...)
        for column in columns
    }
    adapter = TypeAdapter(list[create_model("Row", __config__=ConfigDict(extra="ignore"), **fields)])
    app = FastAPI(title="species")
    app.state.names = [*map(str, model.classes_)]

    @app.get("/health")
    def health():
        return JSONResponse({"model": type(model).__name__, "columns": columns})

    @app.post("/predict")
    def predict(body: Annotated[Any, Body()] = None):
        try:
            flowers = adapter.validate_python(body)
        except ValidationError as error:
            raise HTTPException(422, [str(e["loc"]) for e in error.errors()]) from None
        if len(flowers) == 0:
            return []
        table = pd.DataFrame([dict(flower) for flower in flowers])[columns]
        chances = pd.DataFrame(model.predict_proba(table), columns=range(len(app.state.names)))
        largest, best = chances.max(axis=1), chances.idxmax(axis=1)
        species = best.map(lambda j: app.state.names[j]).mask(largest < floor, "unsure")
        return pd.DataFrame({"species": species, "probability": largest}).to_dict("records")

    return app


def _problem(flower, columns, limits):
    """Return the first column whose value is missing, no number or outside its limits, or None."""
    for column in columns:
        value = flower.get(column)
        if type(value) not in (int, float) or not limits[column][0] <= value <= limits[column][1]:
            return column
    return None


def _answers(model, chances, floor):
    return [
        {
            "species": str(model.classes_[int(np.argmax(row))]) if max(row) >= floor else "unsure",
            "probability": float(max(row)),
        }
        for row in chances
    ]


def _health(model, columns, limits):
    return {"model": type(model).__name__, "columns": columns}


def _rows(flowers, columns):
    return [[float(flower[column]) for column in columns] for flower in flowers]


def _predict(model, rows):
    return model.predict_proba(np.array(rows)) if rows else []


def _service(
    model,
    columns,
    limits,
    floor,
    *,
    problem=_problem,
    answers=_answers,
    health=_health,
    rows=_rows,
    predict=_predict,
    status=422,
    detail=lambda column: f"{column} is wrong",
    wrap=lambda result: result,
):
    """Return a right service, but for what the caller puts in another's place."""
    app = FastAPI()

    @app.get("/health")
    def get_health():
        return health(model, columns, limits)

    @app.post("/predict")
    def post_predict(flowers: list[dict[str, Any]]):
        for flower in flowers:
            column = problem(flower, columns, limits)
            if column is not None:
                raise HTTPException(status, detail(column))
        return wrap(answers(model, predict(model, rows(flowers, columns)), floor))

    return app


def wrong__species_service__one_call_for_each_flower(model, columns, limits, floor):
    """Calls `predict_proba` for each flower."""
    return _service(
        model, columns, limits, floor, predict=lambda m, rows: [m.predict_proba(np.array([row]))[0] for row in rows]
    )


def wrong__species_service__calls_at_the_start(model, columns, limits, floor):
    """Calls `predict_proba` once without a request."""
    model.predict_proba(np.array([[limits[column][0] for column in columns]]))
    return _service(model, columns, limits, floor)


def wrong__species_service__calls_before_it_looks(model, columns, limits, floor):
    """Calls `predict_proba` on the flowers before the one with an error."""
    app = FastAPI()

    @app.get("/health")
    def health():
        return _health(model, columns, limits)

    @app.post("/predict")
    def predict(flowers: list[dict[str, Any]]):
        good = []
        for flower in flowers:
            column = _problem(flower, columns, limits)
            if column is not None:
                if good:
                    _predict(model, _rows(good, columns))
                raise HTTPException(422, column)
            good.append(flower)
        return _answers(model, _predict(model, _rows(good, columns)), floor)

    return app


def wrong__species_service__remembers_requests(model, columns, limits, floor):
    """Doesn't call `predict_proba` for flowers that it has seen before."""
    seen: dict[str, Any] = {}

    def predict(model, rows):
        key = repr(rows)
        if key not in seen:
            seen[key] = _predict(model, rows)
        return seen[key]

    return _service(model, columns, limits, floor, predict=predict)


def wrong__species_service__calls_predict_too(model, columns, limits, floor):
    """Asks `model.predict` for the names: needs a method that isn't promised, and it may answer otherwise."""

    def answers(model, chances, floor):
        result = _answers(model, chances, floor)
        if result:
            names = model.predict(last[0])
            for answer, name in zip(result, names, strict=True):
                answer["species"] = "unsure" if answer["species"] == "unsure" else str(name)
        return result

    last: list[Any] = []

    def predict(model, rows):
        last[:] = [np.array(rows)]
        return _predict(model, rows)

    return _service(model, columns, limits, floor, predict=predict, answers=answers)


_LATEST: dict[str, Any] = {}


def wrong__species_service__latest_model_for_all(model, columns, limits, floor):
    """Keeps the model in one place for all apps: an earlier app answers with the model of the latest."""
    _LATEST["model"] = model
    return _service(
        model, columns, limits, floor, predict=lambda m, rows: _LATEST["model"].predict_proba(rows) if rows else []
    )


_FLOORS: list[float] = []


def wrong__species_service__latest_floor_for_all(model, columns, limits, floor):
    """Keeps the floor in one place for all apps: an earlier app abstains by the floor of the latest."""
    _FLOORS.append(floor)
    return _service(model, columns, limits, floor, answers=lambda m, chances, _: _answers(m, chances, _FLOORS[-1]))


def wrong__species_service__keys_of_the_first_flower(model, columns, limits, floor):
    """Takes the values in the order in which the first flower of a request has its keys."""

    def rows(flowers, columns):
        keys = [key for key in (flowers[0] if flowers else {}) if key in columns]
        return [[flower[key] for key in keys] for flower in flowers]

    return _service(model, columns, limits, floor, rows=rows)


def wrong__species_service__keys_of_each_flower(model, columns, limits, floor):
    """Takes the values in the order in which each flower has its keys, unless the first has the right order."""

    def rows(flowers, columns):
        if flowers and list(flowers[0]) != list(columns):
            return _rows(flowers, columns)
        return [[float(value) for value in flower.values()] for flower in flowers]

    return _service(model, columns, limits, floor, rows=rows)


def wrong__species_service__order_of_limits(model, columns, limits, floor):
    """Gives the model the columns in the order of `limits`."""
    return _service(
        model, columns, limits, floor, rows=lambda flowers, _: _rows(flowers, [c for c in limits if c in columns])
    )


def wrong__species_service__health_in_the_order_of_limits(model, columns, limits, floor):
    """Reports the columns in the order of `limits`."""
    return _service(
        model, columns, limits, floor, health=lambda m, _, lim: {"model": type(m).__name__, "columns": list(lim)}
    )


def wrong__species_service__health_shows_parameters(model, columns, limits, floor):
    """Reports the text of the model with its parameters, not the name of its class."""
    return _service(model, columns, limits, floor, health=lambda m, c, _: {"model": str(m), "columns": c})


def wrong__species_service__true_is_one(model, columns, limits, floor):
    """Takes true for 1, as pydantic does unless it is strict."""
    fields: dict[str, Any] = {c: (float, Field(ge=limits[c][0], le=limits[c][1])) for c in columns}
    Flower = create_model("Flower", **fields)
    app = FastAPI()

    @app.get("/health")
    def health():
        return _health(model, columns, limits)

    @app.post("/predict")
    def predict(flowers: list[Flower]):
        rows = [[getattr(flower, column) for column in columns] for flower in flowers]
        return _answers(model, _predict(model, rows), floor)

    return app


def wrong__species_service__limits_not_allowed(model, columns, limits, floor):
    """Refuses the limits themselves, which aren't outside."""
    fields: dict[str, Any] = {c: (float, Field(gt=limits[c][0], lt=limits[c][1], strict=True)) for c in columns}
    Flower = create_model("Flower", **fields)
    app = FastAPI()

    @app.get("/health")
    def health():
        return _health(model, columns, limits)

    @app.post("/predict")
    def predict(flowers: list[Flower]):
        rows = [[getattr(flower, column) for column in columns] for flower in flowers]
        return _answers(model, _predict(model, rows), floor)

    return app


def wrong__species_service__looks_at_the_first_flower(model, columns, limits, floor):
    """Looks for values outside their limits in the first flower only."""
    app = FastAPI()

    @app.get("/health")
    def health():
        return _health(model, columns, limits)

    @app.post("/predict")
    def predict(flowers: list[dict[str, Any]]):
        for i, flower in enumerate(flowers):
            wide = {c: limits[c] if i == 0 else (-math.inf, math.inf) for c in columns}
            column = _problem(flower, columns, wide)
            if column is not None:
                raise HTTPException(422, column)
        return _answers(model, _predict(model, _rows(flowers, columns)), floor)

    return app


def wrong__species_service__leaves_out_bad_flowers(model, columns, limits, floor):
    """Leaves out flowers with an error if others are good."""
    app = FastAPI()

    @app.get("/health")
    def health():
        return _health(model, columns, limits)

    @app.post("/predict")
    def predict(flowers: list[dict[str, Any]]):
        good = [flower for flower in flowers if _problem(flower, columns, limits) is None]
        if flowers and not good:
            raise HTTPException(422, _problem(flowers[0], columns, limits))
        return _answers(model, _predict(model, _rows(good, columns)), floor)

    return app


def wrong__species_service__always_names_the_first_column(model, columns, limits, floor):
    """Names the first column, whichever is wrong."""
    return _service(model, columns, limits, floor, detail=lambda _: f"{columns[0]} is wrong")


def wrong__species_service__names_no_column(model, columns, limits, floor):
    """Says 422 without the name of the column."""
    return _service(model, columns, limits, floor, detail=lambda _: "a value is wrong")


def wrong__species_service__status_400(model, columns, limits, floor):
    """Answers 400."""
    return _service(model, columns, limits, floor, status=400)


def wrong__species_service__empty_table(model, columns, limits, floor):
    """Gives the model an empty table."""
    return _service(
        model,
        columns,
        limits,
        floor,
        predict=lambda m, rows: m.predict_proba(np.array(rows, dtype=float).reshape(len(rows), len(columns))),
    )


def wrong__species_service__unsure_cut_short(model, columns, limits, floor):
    """Writes "unsure" into the array of names: it is cut to the length of the longest of them."""

    def answers(model, chances, floor):
        if not len(chances):
            return []
        names = np.array([str(name) for name in model.classes_])[np.argmax(chances, axis=1)]
        names[np.max(chances, axis=1) < floor] = "unsure"
        return [
            {"species": str(name), "probability": float(p)}
            for name, p in zip(names, np.max(chances, axis=1), strict=True)
        ]

    return _service(model, columns, limits, floor, answers=answers)


def wrong__species_service__unsure_at_the_floor(model, columns, limits, floor):
    """Is unsure at the floor itself."""
    return _service(
        model, columns, limits, floor, answers=lambda m, chances, f: _answers(m, chances, np.nextafter(f, 2))
    )


def wrong__species_service__last_on_a_tie(model, columns, limits, floor):
    """Takes the last of equally probable names."""

    def answers(model, chances, floor):
        result = _answers(model, chances, floor)
        for answer, row in zip(result, chances, strict=True):
            if answer["species"] != "unsure":
                answer["species"] = str(model.classes_[len(row) - 1 - int(np.argmax(row[::-1]))])
        return result

    return _service(model, columns, limits, floor, answers=answers)


def wrong__species_service__names_sorted(model, columns, limits, floor):
    """Sorts the names of `classes_`: they no longer belong to the columns of `predict_proba`."""

    def answers(model, chances, floor):
        result = _answers(model, chances, floor)
        for answer, row in zip(result, chances, strict=True):
            if answer["species"] != "unsure":
                answer["species"] = sorted(map(str, model.classes_))[int(np.argmax(row))]
        return result

    return _service(model, columns, limits, floor, answers=answers)


def wrong__species_service__rounds_the_probability(model, columns, limits, floor):
    """Rounds the probability to three places."""

    def answers(model, chances, floor):
        return [a | {"probability": round(a["probability"], 3)} for a in _answers(model, chances, floor)]

    return _service(model, columns, limits, floor, answers=answers)


def wrong__species_service__unsure_has_no_probability(model, columns, limits, floor):
    """Gives an unsure answer a probability of 0."""

    def answers(model, chances, floor):
        return [a | {"probability": 0.0} if a["species"] == "unsure" else a for a in _answers(model, chances, floor)]

    return _service(model, columns, limits, floor, answers=answers)


def wrong__species_service__null_breaks_it(model, columns, limits, floor):
    """Breaks down (status 500) on null."""

    def problem(flower, columns, limits):
        for column in columns:
            value = flower.get(column, math.inf)
            if isinstance(value, (str, bool)) or not limits[column][0] <= value <= limits[column][1]:
                return column
        return None

    return _service(model, columns, limits, floor, problem=problem)


def wrong__species_service__list_breaks_it(model, columns, limits, floor):
    """Breaks down (status 500) if a value is a list or an object."""

    def problem(flower, columns, limits):
        for column in columns:
            value = flower.get(column)
            if value is None or isinstance(value, (str, bool)):
                return column
            if not limits[column][0] <= value <= limits[column][1]:
                return column
        return None

    return _service(model, columns, limits, floor, problem=problem)


def wrong__species_service__zero_is_missing(model, columns, limits, floor):
    """Takes 0 for a missing value."""

    def problem(flower, columns, limits):
        return next((c for c in columns if not flower.get(c)), None) or _problem(flower, columns, limits)

    return _service(model, columns, limits, floor, problem=problem)


def wrong__species_service__one_object_is_fine(model, columns, limits, floor):
    """Takes one object in place of a list."""
    app = FastAPI()

    @app.get("/health")
    def health():
        return _health(model, columns, limits)

    @app.post("/predict")
    def predict(flowers: Annotated[list[dict[str, Any]] | dict[str, Any], Body()]):
        if isinstance(flowers, dict):
            flowers = [flowers]
        for flower in flowers:
            column = _problem(flower, columns, limits)
            if column is not None:
                raise HTTPException(422, column)
        return _answers(model, _predict(model, _rows(flowers, columns)), floor)

    return app


def wrong__species_service__rows_are_fine(model, columns, limits, floor):
    """Takes lists of numbers in place of objects."""
    app = FastAPI()

    @app.get("/health")
    def health():
        return _health(model, columns, limits)

    @app.post("/predict")
    def predict(flowers: list[dict[str, Any] | list[Any]]):
        flowers = [dict(zip(columns, f, strict=False)) if isinstance(f, list) else f for f in flowers]
        for flower in flowers:
            column = _problem(flower, columns, limits)
            if column is not None:
                raise HTTPException(422, column)
        return _answers(model, _predict(model, _rows(flowers, columns)), floor)

    return app


def wrong__species_service__wraps_the_list(model, columns, limits, floor):
    """Returns an object around the list."""
    return _service(model, columns, limits, floor, wrap=lambda result: {"answers": result})


def wrong__species_service__alone_without_a_list(model, columns, limits, floor):
    """Returns one object, not a list, for one flower."""
    return _service(model, columns, limits, floor, wrap=lambda result: result[0] if len(result) == 1 else result)


def wrong__species_service__names_like_python(model, columns, limits, floor):
    """Expects keys with an underscore for each space of a column's name."""
    return _service(
        model,
        columns,
        limits,
        floor,
        rows=lambda flowers, columns: [[float(f[c.replace(" ", "_")]) for c in columns] for f in flowers],
    )
