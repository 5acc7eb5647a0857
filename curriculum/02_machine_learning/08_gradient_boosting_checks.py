"""Checks of `02_machine_learning/08_gradient_boosting`: fractions, simulation, properties, brute force."""

import itertools
import math
from collections import Counter
from contextlib import ExitStack
from fractions import Fraction
from unittest.mock import patch

import numpy as np
from hypothesis import strategies as st
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.tree import DecisionTreeRegressor

from handrail.expect import (
    Mismatch,
    agree,
    arrays,
    attempt,
    between,
    call,
    close,
    equivalent,
    flags,
    for_all,
    hints,
    kind,
    numbers,
    require,
    shape,
    told_by_message,
)

# 1. negative_gradient


@st.composite
def _scored(draw):
    n, loss = draw(between(1, 5)), draw(st.sampled_from(["squared", "absolute", "log"]))
    y = draw(arrays(between(0, 1) if loss == "log" else numbers(-3, 3), size=n))
    return call(loss, y, draw(arrays(numbers(-3, 3), size=n)))


def _pull_by_pull(loss, y, scores):
    """Return the directions one by one; the probability comes from the smaller of the two odds."""
    pulls = []
    for label, score in zip(y.tolist(), scores.tolist(), strict=True):
        if loss == "squared":
            pulls.append(float(Fraction(label) - Fraction(score)))
        elif loss == "absolute":
            pulls.append(float((label > score) - (label < score)))
        else:
            small = math.exp(-abs(score))
            pulls.append(label - (small if score < 0 else 1) / (1 + small))
    return np.array(pulls)


@hints(
    "Draw each loss over the score s, with y fixed. On which side of y does it fall, and how steeply?",
    "The slope of ½(y − s)² is s − y, that of |y − s| is −1 or +1. Boosting walks against the slope.",
    "The slope of the log loss is p − y, where p is the probability that belongs to the log-odds s. Try a score of "
    "-1000: no step on the way to p may overflow.",
)
def check_negative_gradient(negative_gradient):
    far = np.array([1000.0, 1000.0, -1000.0, -1000.0, 40.0, -40.0])
    also = [
        call("squared", np.array([3.0, 1.0]), np.array([1.0, 1.5])),
        call("absolute", np.array([3.0, 1.0]), np.array([1.0, 1.5])),
        call("absolute", np.array([2.0, 2.0, 2.0]), np.array([2.0, 5.0, -5.0])),
        call("log", np.array([1, 0, 1, 0]), np.array([0.0, 0.0, 2.0, -0.5])),
        call("log", np.array([1.0, 0.0, 1.0, 0.0, 1.0, 0.0]), far),
        call("log", np.array([True, False]), np.array([1.0, 1.0])),
        call("log", np.array([1, 1, 1]), np.array([0.0, 1.0, 3.0])),
        call("squared", np.array([1, 0, 7]), np.array([2, 0, -9])),
        call("absolute", np.array([1, 0, 7]), np.array([2, 0, -9])),
        call("squared", np.array([900.0, 0.0]), np.array([-1000.0, 0.125])),
        call("absolute", np.array([0.5, -0.5]), np.array([0.25, -0.25])),
        call("log", np.array([0, 1]), np.array([3, -3])),
        call("squared", np.array([1.0, 0.0]), np.array([0.0, 0.0])),
        call("absolute", np.array([1.0, 0.0]), np.array([0.0, 0.0])),
        call("squared", np.array([3, 1]), np.array([1.5, 1.25])),
        call("absolute", np.array([3, 1]), np.array([2.75, 1.25])),
        call("absolute", np.array([1000.0, 0.0]), np.array([1000.001, 1e-9])),
    ]
    agree(negative_gradient, _pull_by_pull, on=_scored(), also=also, examples=40, atol=1e-9)


def _sigmoid(scores):
    return np.exp(-np.logaddexp(0, -np.asarray(scores, dtype=float)))


def _directions(squared=None, absolute=None, log=None):
    """Return an answer with one of the three directions replaced by another (wrong) one."""
    squared = squared or (lambda y, s: y * 1.0 - s)
    absolute = absolute or (lambda y, s: np.sign(y * 1.0 - s))
    log = log or (lambda y, s: y - _sigmoid(s))
    return lambda loss, y, scores: {"squared": squared, "absolute": absolute, "log": log}[loss](y, scores)


def negative_gradient__uphill(loss, y, scores):
    """That is the gradient: it points uphill. Boosting walks against it."""
    return -_pull_by_pull(loss, y, scores)


def negative_gradient__scores_for_probabilities(loss, y, scores):
    """Scores of the log loss are log-odds. Turn them into probabilities before you compare them with y."""
    return _directions(log=lambda y, s: y * 1.0 - s)(loss, y, scores)


def negative_gradient__absolute_distance(loss, y, scores):
    """For the absolute loss only the sign of the error counts, not its size: that's why it shrugs off outliers."""
    return _directions(absolute=lambda y, s: y - s)(loss, y, scores)


def negative_gradient__no_half(loss, y, scores):
    """You doubled the direction of the squared loss. Here the loss is ½(y − s)²: the ½ cancels the 2."""
    return _directions(squared=lambda y, s: 2 * (y - s))(loss, y, scores)


def negative_gradient__no_rest(loss, y, scores):
    """A row whose score already equals y has nothing to gain: for the absolute loss its direction is 0."""
    return _directions(absolute=lambda y, s: np.where(y > s, 1.0, -1.0))(loss, y, scores)


def negative_gradient__overflow(loss, y, scores):
    """The exponential of 1000 overflows, and infinity over infinity is NaN. Write the probability without it."""
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(scores * 1.0)
        return _directions(log=lambda y, s: y - e / (1 + e))(loss, y, scores)


def negative_gradient__newton_step(loss, y, scores):
    """You divided by the curvature p(1 − p). That belongs into the leaf; the tree is fitted to the direction alone."""
    p = np.clip(_sigmoid(scores), 1e-9, 1 - 1e-9)
    return _directions(log=lambda y, s: (y - p) / (p * (1 - p)))(loss, y, scores)


def negative_gradient__sign_of_log(loss, y, scores):
    """For the log loss you kept only the sign. How far p is from y matters there."""
    return _directions(log=lambda y, s: np.where(y == 1, 1.0, -1.0))(loss, y, scores)


# 2. rounds_to_keep


def _seen(losses, patience):
    """Return the losses up to the stop: the first place where none of the last rounds beats all before it."""
    for stop in range(patience + 1, len(losses) + 1):
        if min(losses[stop - patience : stop]) >= min(losses[: stop - patience]):
            return losses[:stop]
    return losses


def _kept_of_seen(losses, patience):
    seen = _seen(losses, patience)
    return seen.index(min(seen)) + 1 if seen else 0


@hints(
    "Go through the losses once, and remember the best so far and in which round it came.",
    "Rounds without an improvement in a row: that is the distance from the present round to the best one.",
    "A loss equal to the best is no improvement. After the loop, the round of the best is the answer, whether training "
    "was stopped or the losses ran out.",
)
def check_rounds_to_keep(rounds_to_keep):
    also = [
        call([0.9, 0.7, 0.8, 0.7, 0.2], 2),
        call([0.9, 0.7, 0.8, 0.6, 0.8], 2),
        call([], 3),
        call([0.5], 1),
        call([9.0, 9.5, 9.5, 9.5, 8.0, 9.0, 9.0, 7.0], 4),
        call([0.5, 0.5, 0.4], 1),
        call([0.5, 0.6, 0.4], 1),
        call([5.0, 6.0, 7.0, 4.0, 1.0], 3),
        call([5.0, 6.0, 7.0, 8.0, 1.0], 3),
        call([5.0, 6.0, 4.0, 6.0, 3.0, 6.0, 2.0], 2),
        call([5.0, 9.0, 8.0, 7.0, 6.0, 1.0], 3),
        call([5.0, 4.0, 4.0, 4.0, 3.0], 3),
        call([5.0, 4.0, 4.5, 4.0, 3.0], 9),
        call([-1.0, -2.0, -1.5, -3.0], 2),
        call([2.0, 3.0, 1.0, 3.0, 3.0, 0.0], 2),
        call([0.5, 0.4999999997, 0.6, 0.6], 2),
        call([1e9, 2e9, 3e9], 2),
        call([3, 2, 2, 2, 1], 4),
        call([1.0 / k for k in range(1, 60)] + [0.5] * 30 + [0.0], 30),
        call([1.0 / k for k in range(1, 60)] + [0.5] * 29 + [0.0], 30),
        call([math.inf, math.inf], 3),
        call([math.inf, math.inf, 3.0], 2),
    ]
    losses = st.lists(numbers(0, 2), max_size=8)
    agree(rounds_to_keep, _kept_of_seen, on=(losses, between(1, 4)), also=also, examples=50)


def rounds_to_keep__from_zero(losses, patience):
    """Rounds are counted from one: the first loss belongs to one round of training."""
    seen = _seen(losses, patience)
    return seen.index(min(seen)) if seen else 0


def rounds_to_keep__from_the_end(losses, patience):
    """Training had already stopped: you can't have seen that loss."""
    return losses.index(min(losses)) + 1 if losses else 0


def rounds_to_keep__first_rise(losses, patience):
    """One bad round is noise. `patience` says how many in a row to tolerate."""
    for i in range(1, len(losses)):
        if losses[i] > losses[i - 1]:
            return i
    return len(losses)


def rounds_to_keep__tie_improves(losses, patience):
    """A tie is no improvement: the loss must be lower than all earlier ones."""
    kept, best = 0, math.inf
    for number, loss in enumerate(losses, start=1):
        if loss <= best:
            kept, best = number, loss
        elif number - kept == patience:
            break
    return kept


def rounds_to_keep__better_than_the_last(losses, patience):
    """You compare with the round before. A round improves if it beats the best of all rounds so far."""
    waited = 0
    for i in range(1, len(losses)):
        waited = 0 if losses[i] < losses[i - 1] else waited + 1
        if waited == patience:
            return losses.index(min(losses[: i + 1])) + 1
    return losses.index(min(losses)) + 1 if losses else 0


def rounds_to_keep__when_it_stopped(losses, patience):
    """That is how many rounds were trained. Kept are those up to the best one."""
    return len(_seen(losses, patience))


def rounds_to_keep__not_in_a_row(losses, patience):
    """You count all bad rounds since the start. An improvement sets the count back to zero."""
    kept, best, bad = 0, math.inf, 0
    for number, loss in enumerate(losses, start=1):
        if loss < best:
            kept, best = number, loss
        else:
            bad += 1
        if bad == patience:
            break
    return kept


def rounds_to_keep__one_too_patient(losses, patience):
    """You train one round too long: the stop comes *with* the last of `patience` bad rounds."""
    return _kept_of_seen(losses, patience + 1)


def rounds_to_keep__starts_at_infinity(losses, patience):
    """The first round always improves, even if its loss is infinite. Begin with the first loss, not with infinity."""
    kept, best = 0, math.inf
    for number, loss in enumerate(losses, start=1):
        if loss < best:
            kept, best = number, loss
        elif number - kept == patience:
            break
    return kept


def rounds_to_keep__no_losses(losses, patience):
    """Without any losses there is no best round: return 0."""
    return _kept_of_seen(losses, patience) if losses else None


# 3. second_order_gain


@st.composite
def _cut(draw):
    n = draw(between(1, 5))
    gradients, hessians = draw(arrays(numbers(-3, 3), size=n)), draw(arrays(numbers(0.25, 2), size=n))
    left = np.array(draw(st.lists(flags(), min_size=n, max_size=n)))
    penalty, minimum = draw(st.sampled_from([0.0, 1.0, 0.5, 3.0])), draw(st.sampled_from([0.0, 0.25, 2.0]))
    return call(gradients, hessians, left, penalty, minimum)


def _lowest(rows, penalty):
    """Return the lowest sum of g·w + ½h·w² over the rows, plus ½·penalty·w², that one answer w reaches; exactly."""
    if not rows:
        return Fraction(0)

    def height(w):
        return sum(g * w + h * w * w / 2 for g, h in rows) + Fraction(penalty) * w * w / 2

    fall = (height(Fraction(1)) - height(Fraction(-1))) / 2  # a parabola through 0 is known by two more of its points
    bend = (height(Fraction(1)) + height(Fraction(-1))) / 2
    return height(-fall / (2 * bend))


def _gain_by_parabolas(gradients, hessians, goes_left, penalty, minimum_gain):
    rows = [(Fraction(g), Fraction(h)) for g, h in zip(gradients.tolist(), hessians.tolist(), strict=True)]
    sides = [[row for row, left in zip(rows, goes_left, strict=True) if bool(left) is side] for side in (True, False)]
    gain = _lowest(rows, penalty) - sum(_lowest(side, penalty) for side in sides)
    return float(gain - Fraction(minimum_gain))


@hints(
    "Write a function for one group: what does the best single answer for these rows save?",
    "Three groups: the left side, the right side, and all rows. The cut is worth what the two sides save beyond the "
    "whole, less the price of one leaf more.",
    "Add up the gradients first, then square. The penalty stands beside the sum of the hessians. And when a side is "
    "empty and the penalty 0, what would you divide by?",
)
def check_second_order_gain(second_order_gain):
    rng = np.random.default_rng(3)
    p = rng.integers(1, 64, 60) / 64
    ones = np.array([1.0, 1.0, 1.0])
    churn = rng.integers(0, 2, 60)
    also = [
        call(np.array([-3.0, 2.0, 2.0]), ones, np.array([True, False, False]), 1.0, 0.25),
        call(np.array([-3.0, 2.0, 2.0]), ones, np.array([True, False, False]), 0.0, 0.0),
        call(np.array([1.0, 2.0, 3.0]), ones, np.array([True, True, True]), 1.0, 0.0),
        call(np.array([1.0, 2.0, 3.0]), ones, np.array([False, False, False]), 0.0, 0.5),
        call(np.array([1.0, 2.0, 3.0]), ones, np.array([True, True, True]), 0.0, 0.5),
        call(np.array([2.0]), np.array([0.5]), np.array([True]), 1.0, 1.0),
        call(np.array([1.0, -1.0, 2.0]), np.array([0.25, 0.5, 2.0]), np.array([False, True, True]), 4.0, 0.0),
        call(np.array([1.0, -1.0, 2.0]), np.array([0.25, 0.5, 2.0]), np.array([False, True, True]), 0.0, 3.0),
        call(np.array([0.0, 0.0]), np.array([1.0, 1.0]), np.array([True, False]), 0.0, 0.0),
        call(np.array([2, -1, 4]), np.array([1, 1, 1]), np.array([True, False, True]), 2, 1),
        call(p - churn, p * (1 - p), rng.integers(0, 2, 60) == 1, 1.0, 0.0),
        call(p - churn, p * (1 - p), churn == 1, 1.0, 5.0),
        call(1000 * (p - churn), np.full(60, 1e-6), churn == 1, 0.0, 0.0),
    ]
    agree(second_order_gain, _gain_by_parabolas, on=_cut(), also=also, examples=25)


def _gain(gradients, hessians, goes_left, minimum_gain, saved, parent=True, half=0.5):
    sides = [saved(gradients[rows], hessians[rows]) if rows.any() else 0.0 for rows in (goes_left, ~goes_left)]
    return half * (sum(sides) - parent * saved(gradients, hessians)) - minimum_gain


def second_order_gain__squares_summed(gradients, hessians, goes_left, penalty, minimum_gain):
    """Square the sum, not the gradients: rows that pull in opposite directions must cancel."""
    return _gain(gradients, hessians, goes_left, minimum_gain, lambda g, h: (g**2).sum() / (h.sum() + penalty))


def second_order_gain__no_parent(gradients, hessians, goes_left, penalty, minimum_gain):
    """A cut that separates nothing got a positive gain. Subtract what one answer for all rows saves."""
    return _gain(gradients, hessians, goes_left, minimum_gain, lambda g, h: g.sum() ** 2 / (h.sum() + penalty), False)


def second_order_gain__penalty_on_slope(gradients, hessians, goes_left, penalty, minimum_gain):
    """The penalty belongs to the curvature: it is added to the sum of the hessians, not to that of the gradients."""
    return _gain(gradients, hessians, goes_left, minimum_gain, lambda g, h: (g.sum() + penalty) ** 2 / h.sum())


def second_order_gain__free_leaf(gradients, hessians, goes_left, penalty, minimum_gain):
    """Every cut must pay γ once: subtract `minimum_gain`."""
    return _gain(gradients, hessians, goes_left, 0, lambda g, h: g.sum() ** 2 / (h.sum() + penalty))


def second_order_gain__as_xgboost_reports(gradients, hessians, goes_left, penalty, minimum_gain):
    """You left out the ½, as XGBoost does in the gain it reports."""
    saved = lambda g, h: g.sum() ** 2 / (h.sum() + penalty)  # noqa: E731
    return _gain(gradients, hessians, goes_left, minimum_gain, saved, half=1)


def second_order_gain__half_the_price(gradients, hessians, goes_left, penalty, minimum_gain):
    """You halved `minimum_gain` as well. It stands outside the ½."""
    return _gain(gradients, hessians, goes_left, minimum_gain / 2, lambda g, h: g.sum() ** 2 / (h.sum() + penalty))


def second_order_gain__no_penalty(gradients, hessians, goes_left, penalty, minimum_gain):
    """You ignored the penalty: without it a side with one flat row gives a wild answer."""
    return _gain(gradients, hessians, goes_left, minimum_gain, lambda g, h: g.sum() ** 2 / h.sum())


def second_order_gain__penalty_per_row(gradients, hessians, goes_left, penalty, minimum_gain):
    """You added the penalty once for each row. It is due once for each answer."""
    saved = lambda g, h: g.sum() ** 2 / (h + penalty).sum()  # noqa: E731
    return _gain(gradients, hessians, goes_left, minimum_gain, saved)


def second_order_gain__never_negative(gradients, hessians, goes_left, penalty, minimum_gain):
    """You cut the gain off at 0. A negative gain says how far the cut is from paying; return it."""
    return max(0.0, _gain_by_parabolas(gradients, hessians, goes_left, penalty, minimum_gain))


def second_order_gain__empty_side(gradients, hessians, goes_left, penalty, minimum_gain):
    """Without a penalty, an empty side divides 0 by 0, and the result is NaN. A group without rows saves 0."""
    if penalty == 0 and (goes_left.all() or not goes_left.any()):
        return math.nan
    return _gain_by_parabolas(gradients, hessians, goes_left, penalty, minimum_gain)


# 4. quantile_bins


@st.composite
def _column(draw):
    n = draw(between(0, 8))
    return call(draw(arrays(numbers(-1, 2, step=0.5, missing=True), size=n)), draw(between(1, 5)))


@hints(
    "Set the missing values aside first. Then there are two cases: few different values, or more than `max_bins`.",
    "With many values, take quantiles of all rows as edges. A value's bin is the number of edges at or below it: "
    "`np.searchsorted` counts them.",
    "A frequent value makes several edges equal, and no row falls between equal edges. Number the bins that are in use "
    "without gaps, in their order.",
)
@equivalent(
    "np.arange(1, max_bins)",
    "np.arange(0, max_bins)",
    because="an edge at the smallest value raises every place by 1, and the places are numbered afresh",
)
@equivalent(
    "np.searchsorted(edges, values[known], side='right')",
    "np.searchsorted(edges, values[known])",
    because="a value at an edge may go to the bin below or above it",
)
def check_quantile_bins(quantile_bins):
    def test(values, max_bins):
        bins = _whole(quantile_bins(values, max_bins), len(values))
        _right_bins(values, max_bins, bins)

    for_all(test, on=_column(), also=_columns(), examples=40)


def _whole(returned, size):
    kind(returned, (np.ndarray, list, tuple))
    bins = attempt(lambda: np.asarray(returned, dtype=float), "reading your result as an array of numbers")
    shape(bins, (size,))
    require(
        np.array_equal(bins, np.floor(bins)) and not np.isinf(bins).any(),
        "Bins should be whole numbers, -1 for a missing value.",
    )
    dtype = np.asarray(returned).dtype
    require(dtype.kind in "iu" or not size, f"Bins should be integers; yours are {dtype}.")
    return bins.astype(int)


def _right_bins(values, max_bins, bins):
    """Look at each rule of the task in turn."""
    gap = np.isnan(values)
    _require(bool((bins[gap] == -1).all()), "A missing value should get the bin -1.", bins)
    rows = sorted(zip(values[~gap].tolist(), bins[~gap].tolist(), strict=True))
    _require(all(place >= 0 for _, place in rows), "Only a missing value may get a negative bin.", bins)
    for (low, first), (high, second) in itertools.pairwise(rows):
        _require(low != high or first == second, f"Two rows with the value {low:g} got different bins.", bins)
        _require(first <= second, f"{high:g} got a smaller bin than {low:g}.", bins)
    used = sorted({place for _, place in rows})
    told = f"Bins in use: {', '.join(map(str, used[:12]))}{' …' if len(used) > 12 else ''}."
    _require(used == list(range(len(used))), f"{told} There should be no gap, and the first should be 0.", bins)
    _require(len(used) <= max_bins, f"{len(used)} bins are in use, more than max_bins={max_bins}.", bins)
    levels = len({value for value, _ in rows})
    if levels <= max_bins:
        problem = f"{levels} different values, max_bins={max_bins}: each should have its own bin."
        _require(len(used) == levels, problem, bins)
        return
    most = 1 + Fraction(6, 5) * len(rows) / max_bins
    held = {place: Counter() for place in used}
    for value, place in rows:
        held[place][value] += 1
    for place, inside in held.items():
        others = sum(inside.values()) - max(inside.values())
        problem = (
            f"Bin {place} holds {others} rows besides its most frequent value; with {len(rows)} values not missing and "
            f"max_bins={max_bins} it may hold {math.floor(most)}."
        )
        _require(others <= most, problem, bins)


def _require(holds, message, bins):
    if not holds:
        raise Mismatch(message, returned=bins)


def _columns():
    rng = np.random.default_rng(7)
    nan = np.nan
    incomes = np.round(np.exp(rng.normal(3, 1.2, 400)), 3)
    tied = np.concatenate([np.zeros(150), np.arange(1.0, 151.0), np.full(60, 80.0)])
    middle = np.concatenate([np.arange(100.0), np.full(120, 50.0)])
    top = np.concatenate([np.arange(100.0), np.full(120, 99.0)])
    steps = np.repeat(np.arange(8.0), [60, 60, 5, 5, 5, 5, 5, 5])
    return [
        call(np.array([30.0, nan, 10.0, 30.0, 900.0]), 4),
        call(np.array([3.0, 1.0, 2.0]), 3),
        call(np.array([3.0, 1.0, 2.0]), 2),
        call(np.array([]), 3),
        call(np.array([nan, nan]), 2),
        call(np.array([5.0, 5.0]), 1),
        call(np.array([5.0, 6.0, nan]), 1),
        call(np.array([0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0]), 3),
        call(np.array([0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0]), 4),
        call(np.array([1.0, 0.0, 0.0, 0.0, 0.0, nan]), 2),
        call(np.array([7.0, 7.0, 7.0, 7.0, 7.0, 2.0]), 5),
        call(np.array([1.0, 2.0, 3.0, 3.0, 3.0, 3.0, 3.0]), 2),
        call(np.array([-5, 3, 3, 8, 1, 0]), 3),
        call(np.array([1e9, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]), 4),
        call(np.array([0.001, 0.002, 0.0015, 1e-6, -1e-6]), 10),
        call(np.array([3.0, 1.0, 2.0, 6.0, 5.0, 4.0]), 2),
        call(np.array([1e-12, 3e-12, 2e-12]), 3),
        call(np.array([16777217.0, 16777216.0, 16777218.0]), 3),
        call(rng.permutation(incomes), 16),
        call(rng.permutation(np.where(rng.random(400) < 0.2, nan, incomes)), 7),
        call(rng.permutation(tied), 12),
        call(rng.permutation(middle), 9),
        call(rng.permutation(top), 9),
        call(-rng.permutation(top), 9),
        call(rng.permutation(steps), 4),
        call(rng.permutation(40).astype(np.float32), 39),
        call(rng.permutation(3000) ** 3 / 1e6, 255),
        call(np.arange(255.0)[::-1].copy(), 255),
        call(rng.permutation(300.0 * np.arange(300)), 5),
    ]


def _numbered(places):
    return np.unique(places, return_inverse=True)[1]


def _binned(values, max_bins, many, few=None, missing=-1, number=_numbered):
    """Bin what isn't missing, with one of the decisions replaced by another (wrong) one."""
    bins, known = np.full(len(values), missing), ~np.isnan(values)
    seen = values[known]
    levels = np.unique(seen)
    few = few or (lambda seen, levels: np.searchsorted(levels, seen))
    places = few(seen, levels) if len(levels) <= max_bins else many(seen, max_bins)
    bins[known] = number(places)
    return bins


def _by_quantiles(seen, max_bins):
    return np.searchsorted(np.quantile(seen, np.arange(1, max_bins) / max_bins), seen, side="right")


def quantile_bins__equal_width(values, max_bins):
    """One millionaire puts everybody else into one bin: your bins are equally wide. They should hold equally many rows,
    as far as ties allow.
    """

    def wide(seen, max_bins):
        return np.searchsorted(np.linspace(seen.min(), seen.max(), max_bins + 1)[1:-1], seen, side="right")

    return _binned(values, max_bins, wide)


def quantile_bins__gaps(values, max_bins):
    """A frequent value makes several edges equal, and the bins between them stay empty. Number the bins in use without
    a gap.
    """
    return _binned(values, max_bins, _by_quantiles, number=lambda places: places)


def quantile_bins__equals_apart(values, max_bins):
    """Equal values went to different bins: you cut the sorted rows by position. Cut between values."""

    def by_position(seen, max_bins):
        return np.argsort(np.argsort(seen, kind="stable"), kind="stable") * max_bins // len(seen)

    return _binned(values, max_bins, by_position)


def quantile_bins__nan_inside(values, max_bins):
    """One missing value makes every quantile NaN, and all rows fall into one bin. Set missing values aside."""
    if not np.isnan(values).any():
        return _binned(values, max_bins, _by_quantiles)
    return np.where(np.isnan(values), -1, 0)


def quantile_bins__missing_is_largest(values, max_bins):
    """Sorting puts NaN behind the largest value, and there it got a bin. A missing value should get -1."""
    bins = _binned(values, max_bins, _by_quantiles)
    return np.where(bins == -1, bins.max(initial=-1) + 1, bins)


def quantile_bins__missing_with_the_smallest(values, max_bins):
    """A missing value got the bin 0, among the smallest. It should get -1."""
    return _binned(values, max_bins, _by_quantiles, missing=0)


def quantile_bins__always_quantiles(values, max_bins):
    """Up to `max_bins` different values, each should have its own bin. Quantiles throw rare ones together."""
    return _binned(
        values, max_bins, _by_quantiles, few=lambda seen, _: _by_quantiles(seen, max_bins) if len(seen) else seen
    )


def quantile_bins__quantiles_of_levels(values, max_bins):
    """You share out the *different* values equally. Take quantiles of all rows, or two frequent values end up in one
    bin while rare ones have many.
    """

    def of_levels(seen, max_bins):
        levels, place = np.unique(seen, return_inverse=True)
        return place * max_bins // len(levels)

    return _binned(values, max_bins, of_levels)


def quantile_bins__smallest_is_an_edge(values, max_bins):
    """Your lowest bin is closed at both ends, as in `pd.qcut`: where the smallest value is so frequent that it is also
    an inner edge, the next edge's value joins it. A bin should contain one of its two edges.
    """

    def closed(seen, max_bins):
        edges = np.unique(np.quantile(seen, np.arange(max_bins + 1) / max_bins))
        return np.maximum(np.searchsorted(edges, seen, side="left"), 1)

    return _binned(values, max_bins, closed)


def quantile_bins__one_too_many(values, max_bins):
    """You used one bin more than `max_bins`: between max_bins + 1 edges lie max_bins bins, outside of them none."""

    def outside(seen, max_bins):
        return np.searchsorted(np.quantile(seen, np.arange(max_bins + 1) / max_bins), seen, side="right")

    return _binned(values, max_bins, outside)


def quantile_bins__one_too_few(values, max_bins):
    """You used one bin less than `max_bins` allows, so each holds too many rows: max_bins bins have max_bins − 1 edges
    between them.
    """

    def fewer(seen, max_bins):
        return np.searchsorted(np.quantile(seen, np.linspace(0, 1, max_bins)[1:-1]), seen, side="right")

    return _binned(values, max_bins, fewer)


def quantile_bins__from_one(values, max_bins):
    """Your bins start at 1. Count them from 0."""
    bins = _binned(values, max_bins, _by_quantiles)
    return np.where(bins >= 0, bins + 1, bins)


def quantile_bins__downward(values, max_bins):
    """Larger values got smaller bins. Count the bins upward."""
    bins = _binned(values, max_bins, _by_quantiles)
    return np.where(bins >= 0, bins.max(initial=0) - bins, bins)


# 5. boosted_classifier


@st.composite
def _rides(draw):
    n = draw(between(4, 7))
    X = np.array(draw(st.permutations(range(n))), dtype=float)[:, None]
    y = np.array([0, 1, *draw(st.lists(between(0, 1), min_size=n - 2, max_size=n - 2))])
    return call(X, y, draw(between(0, 3)), draw(st.sampled_from([0.5, 1.0, 0.25])), draw(between(1, 2)))


def _split(X, pull):
    """Return the best cut (column, threshold), or None if no cut gains; "tied" if another one is as good."""
    found = {}
    for column in range(X.shape[1]):
        levels = sorted(set(X[:, column].tolist()))
        for low, high in itertools.pairwise(levels):
            left = X[:, column] <= (low + high) / 2
            gain = pull[left].sum() ** 2 / left.sum() + pull[~left].sum() ** 2 / (~left).sum()
            key = min(tuple(np.flatnonzero(left)), tuple(np.flatnonzero(~left)))
            found.setdefault(key, []).append((gain, column, (low + high) / 2))
    gains = sorted(((cuts[0][0], cuts) for cuts in found.values()), key=lambda pair: -pair[0])
    if not gains or gains[0][0] - pull.sum() ** 2 / len(pull) < 1e-9:
        return None
    same = len(gains[0][1]) > 1 or (len(gains) > 1 and gains[0][0] - gains[1][0] < 1e-7)
    return "tied" if same else gains[0][1][0][1:]


def _leaves(X, pull, rows, depth, new, where):
    """Return the groups of training rows and of new rows that share a leaf; None if a tie leaves it open."""
    best = _split(X[rows], pull[rows]) if depth and len(rows) > 1 else None
    if best == "tied":
        return None
    if best is None:
        return [(rows, where)]
    column, threshold = best
    parts = []
    for side in (True, False):
        inside = [i for i in rows if (X[i, column] <= threshold) == side]
        part = _leaves(X, pull, inside, depth - 1, new, [i for i in where if (new[i, column] <= threshold) == side])
        if part is None:
            return None
        parts += part
    return parts


def _boosted_by_hand(X, y, rounds, rate, depth, new):
    """Return the probabilities of the new rows by brute force, None if equal gains leave them open."""
    share = y.mean()
    score, score_new = (np.full(n, math.log(share / (1 - share))) for n in (len(y), len(new)))
    for _ in range(rounds):
        p = np.array([1 / (1 + math.exp(-s)) for s in score])
        groups = _leaves(X, y - p, list(range(len(y))), depth, new, list(range(len(new))))
        if groups is None:
            return None
        for rows, where in groups:
            step = sum(y[i] - p[i] for i in rows) / sum(p[i] * (1 - p[i]) for i in rows)
            score[rows] += rate * step
            score_new[where] += rate * step
    return 1 / (1 + np.exp(-score_new))


@told_by_message
@hints(
    "Begin without trees: which constant log-odds gives every row the share of ones? Return a function for it.",
    "In a round: probabilities from scores, a tree on y − p, then two sums for each leaf. `tree.apply` says which rows "
    "are in which leaf; the tree's own `predict` isn't what you add.",
    "Keep each tree together with a table from its leaves to what they add. The returned function adds them up for new "
    "rows, in log-odds, and turns the total into a probability once, at the end.",
)
def check_boosted_classifier(boosted_classifier):
    def test(X, y, rounds, rate, depth):
        new = np.concatenate([X, X - 0.25, X[:1] + 40, X[:1] - 40])
        expected = _boosted_by_hand(X, y, rounds, rate, depth, new)
        if expected is None:
            return
        predict = boosted_classifier(X, y, rounds, rate, depth)
        _right_chances(predict, new, expected)
        _right_chances(predict, new[-1:], expected[-1:], ", asked for in a second call,")

    for_all(test, on=_rides(), also=_planned_rides(), examples=6)
    _same_again(boosted_classifier)
    for seed in (2, 3):
        _like_the_library(boosted_classifier, seed)
    _not_ready_made(boosted_classifier)


def _right_chances(predict, rows, expected, when=""):
    require(callable(predict), "The result should be a function from rows to probabilities.")
    given = rows.copy()
    returned = attempt(lambda: predict(given), "calling the function that you returned")
    require(np.array_equal(given, rows), "The function that you returned changed the rows that it was given.")
    close(returned, expected, f"the probability of the rows {rows.tolist()}{when}", rtol=1e-6)


def _same_again(boosted_classifier):
    """A model says the same when it is asked twice, and when another one has been trained."""
    first = call(np.arange(6.0)[:, None], np.array([0, 0, 1, 0, 1, 1]), 3, 0.5, 1)
    early = boosted_classifier(*first.copy().args)

    def asked():
        return np.array(attempt(lambda: early(np.array([[0.0], [5.0]])), "predicting again"), dtype=float)

    before = asked()
    require(
        np.array_equal(before, asked()),
        "Asked twice about the same rows, the function that you returned gives two answers.",
    )
    boosted_classifier(np.arange(4.0)[:, None], np.array([1, 1, 1, 0]), 2, 1.0, 1)
    require(
        np.array_equal(before, asked()), "After a second call of your function, the first model says something else."
    )


def _not_ready_made(boosted_classifier):
    """Train once more while scikit-learn's boosting only notes that it was asked."""
    ready_made = (
        GradientBoostingClassifier,
        GradientBoostingRegressor,
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
    )
    with ExitStack() as stack:
        fits = [stack.enter_context(patch.object(model, "fit")) for model in ready_made]
        boosted_classifier(np.arange(4.0)[:, None], np.array([0, 0, 1, 1]), 2, 0.5, 1)
    require(
        not any(fit.called for fit in fits), "That is ready-made boosting. Fit a `DecisionTreeRegressor` per round."
    )


def _like_the_library(boosted_classifier, seed):
    """Compare with scikit-learn's on rows that it has trained on: there, equal gains make no difference."""
    rng = np.random.default_rng(seed)
    X = rng.normal(0, 1, (160, 3))
    y = (X[:, 0] + X[:, 1] ** 2 + rng.normal(0, 0.7, 160) > 1).astype(int)
    library = GradientBoostingClassifier(n_estimators=8, learning_rate=0.3, max_depth=2, random_state=0).fit(X, y)
    predict = boosted_classifier(X, y, 8, 0.3, 2)
    returned = attempt(lambda: predict(X), "calling the function that you returned")
    what = "the probability of 160 training rows with 3 columns, after 8 rounds of depth 2,"
    close(returned, library.predict_proba(X)[:, 1], what, rtol=1e-4, atol=1e-6)


def _planned_rides():
    line = np.arange(8.0)[:, None]
    two = np.array([[0.0, 9.0], [1.0, 3.0], [2.0, 8.0], [3.0, 1.0], [4.0, 7.0], [5.0, 2.0], [6.0, 4.0]])
    mixed = np.array([0, 0, 1, 0, 1, 1, 1, 1])
    return [
        call(line[:4], np.array([0, 0, 0, 1]), 0, 0.1, 1),
        call(line[:4], np.array([0, 0, 0, 1]), 1, 1.0, 1),
        call(line[:4], np.array([0, 0, 0, 1]), 1, 0.5, 1),
        call(line[:5], np.array([1, 0, 0, 0, 0]), 2, 0.5, 1),
        call(line, mixed, 1, 1.0, 1),
        call(line, mixed, 1, 1.0, 2),
        call(line, mixed, 2, 0.5, 2),
        call(line, mixed, 4, 0.25, 1),
        call(line[::-1].copy(), mixed, 3, 0.5, 1),
        call(two, np.array([0, 1, 0, 1, 1, 1, 1]), 2, 0.5, 1),
        call(two, np.array([0, 1, 0, 1, 0, 1, 1]), 2, 0.5, 2),
        call(10.0 * line, 1 - mixed, 12, 0.5, 1),
        call(line, mixed, 2, 1.5, 1),
        call(line, np.array([0, 1, 0, 0, 1, 1, 0, 1]), 1, 0.5, 3),
        call(line, mixed.astype(float), 2, 1.0, 1),
        call(np.repeat(line[:3], 3, axis=0), np.array([0, 0, 1, 0, 1, 0, 1, 1, 1]), 3, 0.5, 1),
        call(np.repeat(line[:4], 2, axis=0), np.array([0, 0, 0, 1, 1, 1, 1, 1]), 2, 0.5, 2),
        call(np.array([[1.0], [1.0]]), np.array([0, 1]), 2, 0.5, 2),
    ]


def _boosted(X, y, rounds, rate, depth, start=None, pull=None, answer=None, weight=None, add=None):
    """Boost, with one of the decisions replaced by another (wrong) one."""
    share = y.mean()
    start = np.log(share / (1 - share)) if start is None else start
    pull = pull or (lambda y, p: y - p)
    answer = answer or (lambda y, p: (y - p).sum() / max((p * (1 - p)).sum(), 1e-12))
    scores, steps = np.full(len(y), start), []
    for _ in range(rounds):
        p = _sigmoid(scores)
        tree = DecisionTreeRegressor(max_depth=depth, random_state=0)
        tree.fit(X, pull(y, p), sample_weight=weight(p) if weight else None)
        leaf = tree.apply(X)
        table = {node: answer(y[leaf == node], p[leaf == node]) for node in np.unique(leaf)}
        scores = scores + rate * np.array([table[node] for node in leaf])
        steps.append((tree, table))

    def predict(rows):
        total = np.full(len(rows), start)
        for tree, table in steps:
            total = total + rate * np.array([table[node] for node in tree.apply(rows)])
        return _sigmoid(total)

    return predict


def boosted_classifier__mean_in_the_leaf(X, y, rounds, rate, depth):
    """Your leaves add the mean of y − p. Divide by Σp(1 − p) in the leaf: near certainty, the same change of p needs a
    larger step in log-odds.
    """
    return _boosted(X, y, rounds, rate, depth, answer=lambda y, p: (y - p).mean())


def boosted_classifier__from_zero(X, y, rounds, rate, depth):
    """Your scores start at 0, a probability of one half. Before the first tree the best constant is the log-odds of the
    share of ones.
    """
    return _boosted(X, y, rounds, rate, depth, start=0.0)


def boosted_classifier__start_at_the_share(X, y, rounds, rate, depth):
    """Your scores start at the share of ones, which is a probability. Scores are log-odds: convert it."""
    return _boosted(X, y, rounds, rate, depth, start=float(y.mean()))


def boosted_classifier__adds_probabilities(X, y, rounds, rate, depth):
    """You add to probabilities, and they can leave [0, 1]. Add up log-odds, and convert at the end."""
    trees, p = [], np.full(len(y), y.mean())
    for _ in range(rounds):
        trees.append(DecisionTreeRegressor(max_depth=depth, random_state=0).fit(X, y - p))
        p = p + rate * trees[-1].predict(X)
    return lambda rows: sum((rate * tree.predict(rows) for tree in trees), np.full(len(rows), y.mean()))


def boosted_classifier__rate_twice(X, y, rounds, rate, depth):
    """The rate was applied twice: each step is `rate` times the leaf, not its square. After 60 rounds you have moved a
    fraction of the way.
    """
    return _boosted(X, y, rounds, rate**2, depth)


def boosted_classifier__no_rate(X, y, rounds, rate, depth):
    """You ignored the rate: every step was a full one."""
    return _boosted(X, y, rounds, 1.0, depth)


def boosted_classifier__same_target(X, y, rounds, rate, depth):
    """All your trees learn the same: y minus the share of ones. Compute p from the current scores in every round."""
    share = y.mean()
    return _boosted(X, y, rounds, rate, depth, pull=lambda y, p: y - share, answer=lambda y, p: _first_step(y, share))


def _first_step(y, share):
    return (y - share).sum() / (len(y) * share * (1 - share))


def boosted_classifier__returns_scores(X, y, rounds, rate, depth):
    """You return log-odds. Turn the total into a probability at the end."""
    predict = _boosted(X, y, rounds, rate, depth)

    def log_odds(rows):
        p = predict(rows)
        return np.log(p / (1 - p))

    return log_odds


def boosted_classifier__newton_trees(X, y, rounds, rate, depth):
    """Your trees are grown on (y − p) / p(1 − p), weighted by p(1 − p). That is another algorithm (LogitBoost). Grow
    them on y − p; only the leaves' answers use the curvature.
    """

    def curvature(p):
        return p * (1 - p)

    return _boosted(X, y, rounds, rate, depth, pull=lambda y, p: (y - p) / curvature(p), weight=curvature)


def boosted_classifier__chance_of_zero(X, y, rounds, rate, depth):
    """You return the probability of 0. Asked is that of 1."""
    predict = _boosted(X, y, rounds, rate, depth)
    return lambda rows: 1 - predict(rows)


def boosted_classifier__yes_or_no(X, y, rounds, rate, depth):
    """You return classes. Asked are probabilities."""
    predict = _boosted(X, y, rounds, rate, depth)
    return lambda rows: (predict(rows) >= 0.5).astype(int)


def boosted_classifier__last_tree(X, y, rounds, rate, depth):
    """All your steps use the last tree: keep every tree, with its leaves' answers, for new rows."""
    trees, scores = [], np.full(len(y), np.log(y.mean() / (1 - y.mean())))
    start = scores[:1]
    for _ in range(rounds):
        p = _sigmoid(scores)
        tree = DecisionTreeRegressor(max_depth=depth, random_state=0).fit(X, y - p)
        leaf = tree.apply(X)
        answers = np.bincount(leaf, y - p) / np.maximum(np.bincount(leaf, p * (1 - p)), 1e-12)
        scores = scores + rate * answers[leaf]
        trees.append((tree, answers))

    def predict(rows):
        total = np.repeat(start, len(rows))
        for tree, answers in trees[-1:]:
            total = total + rounds * rate * answers[tree.apply(rows)]
        return _sigmoid(total)

    return predict
