"""Answers to 01_fundamentals/12_probability by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import copy
import functools
import itertools
import math
import statistics
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
from scipy import special, stats

# 1. belief_after_tests


def right__belief_after_tests__exact_fractions(prior, results, sensitivity, specificity):
    """Multiply exactly, so that no number of results is too large."""
    ill, well = Fraction(float(prior)), 1 - Fraction(float(prior))
    for positive in results:
        ill *= Fraction(float(sensitivity)) if positive else 1 - Fraction(float(sensitivity))
        well *= 1 - Fraction(float(specificity)) if positive else Fraction(float(specificity))
    if ill + well == 0:
        raise ValueError("these results can't happen")
    return float(ill / (ill + well))


def right__belief_after_tests__counts_and_logarithms(prior, results, sensitivity, specificity):
    """Only the numbers of positive and negative results matter; logarithms of the two joint probabilities."""
    positive = sum(bool(result) for result in results)
    negative = len(results) - positive
    ill = special.xlog1py(negative, -sensitivity) + special.xlogy(positive, sensitivity) + special.xlogy(1, prior)
    well = special.xlogy(negative, specificity) + special.xlog1py(positive, -specificity) + special.xlog1py(1, -prior)
    total = np.logaddexp(ill, well)
    if total == -np.inf:
        raise ValueError("impossible results")
    return float(np.exp(ill - total))


def right__belief_after_tests__odds(prior, results, sensitivity, specificity):
    """Log odds, with the certain cases taken out first."""
    ill = [sensitivity if result else 1 - sensitivity for result in results]
    well = [1 - specificity if result else specificity for result in results]
    can_be_ill = prior > 0 and all(ill)
    can_be_well = prior < 1 and all(well)
    if not can_be_ill and not can_be_well:
        raise ValueError
    if not can_be_ill:
        return 0.0
    if not can_be_well:
        return 1.0
    log_odds = math.fsum([math.log(prior), -math.log1p(-prior), *map(math.log, ill), *(-math.log(q) for q in well)])
    return float(special.expit(log_odds))


def right__belief_after_tests__decimals(prior, results, sensitivity, specificity):
    """Decimal numbers with 60 digits and an exponent that does not run out."""
    with localcontext() as context:
        context.prec = 60
        p, a, b = (Decimal(float(x)) for x in (prior, sensitivity, specificity))
        ill = math.prod([a if result else 1 - a for result in results], start=p)
        well = math.prod([1 - b if result else b for result in results], start=1 - p)
        if not ill and not well:
            raise ValueError("probability 0")
        return float(ill / (ill + well))


def _belief(prior, results, sensitivity, specificity):
    """Give the right answer, for the wrong ones to spoil."""
    return right__belief_after_tests__exact_fractions(prior, results, sensitivity, specificity)


def right__belief_after_tests__products(prior, results, sensitivity, specificity):
    """Two products of floats; enough digits for ten results."""
    ill, well = prior, 1 - prior
    for positive in results:
        ill *= sensitivity if positive else 1 - sensitivity
        well *= 1 - specificity if positive else specificity
    if ill + well == 0:
        raise ValueError("impossible")
    return ill / (ill + well)


def right__belief_after_tests__one_after_the_other(prior, results, sensitivity, specificity):
    """The lesson's way: each belief is the prior of the next test; enough digits for ten results."""
    for positive in results:
        ill = sensitivity if positive else 1 - sensitivity
        well = 1 - specificity if positive else specificity
        total = prior * ill + (1 - prior) * well
        if total == 0:
            raise ValueError("impossible")
        prior = prior * ill / total
    return prior


def wrong__belief_after_tests__stops_when_certain(prior, results, sensitivity, specificity):
    """Violates: after all of the results; stops at 0 or 1, and misses that a later result can't happen."""
    for i, positive in enumerate(results):
        prior = _belief(prior, [positive], sensitivity, specificity)
        if prior in (0.0, 1.0):
            return prior
        if i + 1 == len(results):
            return prior
    return prior


def wrong__belief_after_tests__last_result_only(prior, results, sensitivity, specificity):
    """Violates: all of the results."""
    return _belief(prior, results[-1:], sensitivity, specificity)


def wrong__belief_after_tests__negatives_ignored(prior, results, sensitivity, specificity):
    """Violates: negative results count too."""
    return _belief(prior, [result for result in results if result], sensitivity, specificity)


def wrong__belief_after_tests__each_kind_once(prior, results, sensitivity, specificity):
    """Violates: each result counts, also the third positive one; right up to one of a kind."""
    return _belief(prior, sorted(set(results)), sensitivity, specificity)


def wrong__belief_after_tests__opposites_cancel(prior, results, sensitivity, specificity):
    """Violates: a positive and a negative result cancel only if sensitivity and specificity are equal."""
    net = sum(1 if result else -1 for result in results)
    return _belief(prior, [net > 0] * abs(net), sensitivity, specificity)


def wrong__belief_after_tests__opposites_cancel_where_possible(prior, results, sensitivity, specificity):
    """Violates: as above, with the impossible cases right."""
    full = _belief(prior, results, sensitivity, specificity)
    net = sum(1 if result else -1 for result in results)
    return full if full in (0.0, 1.0) else _belief(prior, [net > 0] * abs(net), sensitivity, specificity)


def wrong__belief_after_tests__shares_swapped(prior, results, sensitivity, specificity):
    """Violates: what sensitivity and specificity are."""
    return _belief(prior, results, specificity, sensitivity)


def wrong__belief_after_tests__false_alarm_is_specificity(prior, results, sensitivity, specificity):
    """Violates: specificity is the share of the well who test negative, not positive."""
    return _belief(prior, results, sensitivity, 1 - specificity)


def wrong__belief_after_tests__mean_of_single_beliefs(prior, results, sensitivity, specificity):
    """Violates: the belief after all results, not the mean of the beliefs after each."""
    if not results:
        return prior
    return statistics.fmean(_belief(prior, [result], sensitivity, specificity) for result in results)


def wrong__belief_after_tests__majority(prior, results, sensitivity, specificity):
    """Violates: all results count; takes the more frequent one as the result."""
    positive = sum(results)
    return _belief(prior, [2 * positive >= len(results)] if results else [], sensitivity, specificity)


def wrong__belief_after_tests__impossible_is_nan(prior, results, sensitivity, specificity):
    """Violates: raises ValueError if the results have probability 0."""
    try:
        return _belief(prior, results, sensitivity, specificity)
    except ValueError:
        return math.nan


def wrong__belief_after_tests__impossible_is_the_prior(prior, results, sensitivity, specificity):
    """Violates: raises ValueError if the results have probability 0."""
    try:
        return _belief(prior, results, sensitivity, specificity)
    except ValueError:
        return prior


def wrong__belief_after_tests__impossible_divides_by_zero(prior, results, sensitivity, specificity):
    """Violates: ValueError, not ZeroDivisionError."""
    try:
        return _belief(prior, results, sensitivity, specificity)
    except ValueError:
        return 0 / 0


def wrong__belief_after_tests__clipped_shares(prior, results, sensitivity, specificity):
    """Violates: 0 and 1 are allowed shares; moves them inside, so that nothing is impossible."""
    prior, sensitivity, specificity = (min(max(share, 1e-12), 1 - 1e-12) for share in (prior, sensitivity, specificity))
    return _belief(prior, results, sensitivity, specificity)


def wrong__belief_after_tests__unlikely_is_impossible(prior, results, sensitivity, specificity):
    """Violates: ValueError for probability 0 only, not for a small one."""
    belief = _belief(prior, results, sensitivity, specificity)
    ill = math.prod(sensitivity if result else 1 - sensitivity for result in results)
    well = math.prod(1 - specificity if result else specificity for result in results)
    if prior * ill + (1 - prior) * well < 1e-12:
        raise ValueError("impossible")
    return belief


def wrong__belief_after_tests__impossible_if_ill_can_not(prior, results, sensitivity, specificity):
    """Violates: results that no ill person can have are possible for the well; the belief is 0."""
    belief = _belief(prior, results, sensitivity, specificity)
    if belief == 0 and prior > 0:
        raise ValueError("impossible")
    return belief


def wrong__belief_after_tests__certain_prior_refused(prior, results, sensitivity, specificity):
    """Violates: the shares 0 and 1 are included."""
    if not 0 < prior < 1:
        raise ValueError("no prior")
    return _belief(prior, results, sensitivity, specificity)


def wrong__belief_after_tests__one_well_only(prior, results, sensitivity, specificity):
    """Violates: results are impossible too if all are ill and the test never misses; checks the well only."""
    try:
        return _belief(prior, results, sensitivity, specificity)
    except ValueError:
        if prior == 0 or any(results):
            raise
        return 1.0


def wrong__belief_after_tests__no_results_are_even_odds(prior, results, sensitivity, specificity):
    """Violates: without results the answer is the prior."""
    return _belief(prior, results, sensitivity, specificity) if results else 0.5


def wrong__belief_after_tests__rounded(prior, results, sensitivity, specificity):
    """Violates: the probability, not four digits of it."""
    return round(_belief(prior, results, sensitivity, specificity), 4)


def wrong__belief_after_tests__probability_of_the_results(prior, results, sensitivity, specificity):
    """Violates: the probability of illness given the results, not of both together."""
    _belief(prior, results, sensitivity, specificity)
    return prior * math.prod(sensitivity if result else 1 - sensitivity for result in results)


def wrong__belief_after_tests__given_illness(prior, results, sensitivity, specificity):
    """Violates: illness given the results, not the results given illness, scaled; ignores the prior."""
    return _belief(0.5, results, sensitivity, specificity) if results else prior


# 2. mean_and_error


def right__mean_and_error__numpy(simulate, n, rng):
    """NumPy's mean and standard deviation."""
    if n < 2:
        raise ValueError("n must be at least 2")
    values = np.array([simulate(rng) for _ in range(n)], dtype=float)
    return values.mean(), values.std(ddof=1) / np.sqrt(n)


def right__mean_and_error__statistics(simulate, n, rng):
    """The standard library's exact sums."""
    if n <= 1:
        raise ValueError
    values = [float(simulate(rng)) for _ in range(n)]
    return statistics.fmean(values), statistics.stdev(values) / math.sqrt(n)


def right__mean_and_error__welford(simulate, n, rng):
    """One pass without a list: running mean and running sum of squares."""
    if n < 2:
        raise ValueError(n)
    mean = squares = 0.0
    for count in range(1, n + 1):
        value = float(simulate(rng))
        step = value - mean
        mean += step / count
        squares += step * (value - mean)
    return mean, math.sqrt(squares / (n - 1) / n)


def right__mean_and_error__scipy_sem(simulate, n, rng):
    """SciPy has the standard error ready."""
    if n < 2:
        raise ValueError("a single run can't tell")
    values = np.fromiter((simulate(rng) for _ in range(n)), dtype=np.float64, count=n)
    return float(np.mean(values)), float(stats.sem(values))


def _runs(simulate, n, rng):
    """Run as asked, for the wrong answers to spoil what comes after."""
    if n < 2:
        raise ValueError("n is below 2")
    return np.array([simulate(rng) for _ in range(n)], dtype=float)


def wrong__mean_and_error__population_deviation(simulate, n, rng):
    """Violates: sample standard deviation, n - 1."""
    values = _runs(simulate, n, rng)
    return values.mean(), values.std() / math.sqrt(n)


def wrong__mean_and_error__population_deviation_of_many(simulate, n, rng):
    """Violates: n - 1 for every n; uses n from 30 on."""
    values = _runs(simulate, n, rng)
    return values.mean(), values.std(ddof=1 if n < 30 else 0) / math.sqrt(n)


def wrong__mean_and_error__deviation_of_one(simulate, n, rng):
    """Violates: the error of the mean, over root n."""
    values = _runs(simulate, n, rng)
    return values.mean(), values.std(ddof=1)


def wrong__mean_and_error__root_of_n_minus_one(simulate, n, rng):
    """Violates: over root n; takes n - 1 twice."""
    values = _runs(simulate, n, rng)
    return values.mean(), values.std(ddof=1) / math.sqrt(n - 1)


def wrong__mean_and_error__over_n(simulate, n, rng):
    """Violates: over root n, not n."""
    values = _runs(simulate, n, rng)
    return values.mean(), values.std(ddof=1) / n


def wrong__mean_and_error__confidence_interval(simulate, n, rng):
    """Violates: the standard error, not 1.96 of it."""
    values = _runs(simulate, n, rng)
    return values.mean(), 1.96 * values.std(ddof=1) / math.sqrt(n)


def wrong__mean_and_error__squares_minus_square(simulate, n, rng):
    """Violates: the standard deviation; around a mean of 1e9 the difference of large squares is rubbish."""
    values = _runs(simulate, n, rng)
    variance = (np.sum(values**2) - n * values.mean() ** 2) / (n - 1)
    return values.mean(), math.sqrt(max(variance, 0.0) / n)


def wrong__mean_and_error__one_run_too_many(simulate, n, rng):
    """Violates: exactly n times; runs once to see whether it works."""
    if n < 2:
        raise ValueError
    simulate(rng)
    values = _runs(simulate, n, rng)
    return values.mean(), values.std(ddof=1) / math.sqrt(n)


def wrong__mean_and_error__once_more_at_the_end(simulate, n, rng):
    """Violates: exactly n times; the generator is one draw further afterwards."""
    values = _runs(simulate, n, rng)
    simulate(rng)
    return values.mean(), values.std(ddof=1) / math.sqrt(n)


def wrong__mean_and_error__runs_twice(simulate, n, rng):
    """Violates: exactly n times; one set of runs for the mean, one for the error."""
    mean = _runs(simulate, n, rng).mean()
    return mean, _runs(simulate, n, rng).std(ddof=1) / math.sqrt(n)


def wrong__mean_and_error__copy_of_the_generator(simulate, n, rng):
    """Violates: each time with `rng` itself; a second call gives the same runs again."""
    rng = copy.deepcopy(rng)
    values = _runs(simulate, n, rng)
    return values.mean(), values.std(ddof=1) / math.sqrt(n)


def wrong__mean_and_error__wrapped_generator(simulate, n, rng):
    """Violates: with `rng` itself; another Generator on the same bits draws the same, but is not it."""
    values = _runs(simulate, n, np.random.Generator(rng.bit_generator))
    return values.mean(), values.std(ddof=1) / math.sqrt(n)


def wrong__mean_and_error__children_of_the_generator(simulate, n, rng):
    """Violates: each time with `rng` itself."""
    if n < 2:
        raise ValueError
    values = np.array([simulate(child) for child in rng.spawn(n)], dtype=float)
    return values.mean(), values.std(ddof=1) / math.sqrt(n)


def wrong__mean_and_error__fresh_generator(simulate, n, rng):
    """Violates: with `rng` itself; ignores it."""
    values = _runs(simulate, n, np.random.default_rng(0))
    return values.mean(), values.std(ddof=1) / math.sqrt(n)


def wrong__mean_and_error__one_value_repeated(simulate, n, rng):
    """Violates: n simulations; takes one n times."""
    if n < 2:
        raise ValueError
    values = np.array([simulate(rng)] * n, dtype=float)
    return values.mean(), values.std(ddof=1) / math.sqrt(n)


def wrong__mean_and_error__single_run_without_error(simulate, n, rng):
    """Violates: ValueError if n is below 2."""
    if n < 1:
        raise ValueError
    values = np.array([simulate(rng) for _ in range(n)], dtype=float)
    return values.mean(), values.std(ddof=1) / math.sqrt(n) if n > 1 else math.nan


def wrong__mean_and_error__single_run_has_error_zero(simulate, n, rng):
    """Violates: ValueError if n is below 2."""
    if n == 1:
        return float(simulate(rng)), 0.0
    values = _runs(simulate, n, rng)
    return values.mean(), values.std(ddof=1) / math.sqrt(n)


def wrong__mean_and_error__only_one_is_refused(simulate, n, rng):
    """Violates: ValueError for every n below 2; 0 and negative numbers give NaN here."""
    if n == 1:
        raise ValueError
    values = np.array([simulate(rng) for _ in range(n)], dtype=float)
    if not len(values):
        return math.nan, math.nan
    return values.mean(), values.std(ddof=1) / math.sqrt(n)


def wrong__mean_and_error__two_are_refused(simulate, n, rng):
    """Violates: ValueError only if n is below 2."""
    if n < 3:
        raise ValueError
    return right__mean_and_error__numpy(simulate, n, rng)


def wrong__mean_and_error__type_of_the_first(simulate, n, rng):
    """Violates: numbers; if the first is an integer, all others are cut to integers."""
    if n < 2:
        raise ValueError
    first = simulate(rng)
    values = np.empty(n, dtype=type(first))
    values[0] = first
    for i in range(1, n):
        values[i] = simulate(rng)
    values = values.astype(float)
    return values.mean(), values.std(ddof=1) / math.sqrt(n)


def wrong__mean_and_error__single_precision(simulate, n, rng):
    """Violates: the mean of the numbers; float32 can't tell 16777216 from 16777217."""
    values = _runs(simulate, n, rng).astype(np.float32)
    return float(values.mean()), float(values.std(ddof=1)) / math.sqrt(n)


def wrong__mean_and_error__sum_of_booleans(simulate, n, rng):
    """Violates: may also return booleans; the sum of NumPy's True and True is True."""
    if n < 2:
        raise ValueError
    values = [simulate(rng) for _ in range(n)]
    total = values[0]
    for value in values[1:]:
        total = total + value
    mean = total / n
    return mean, math.sqrt(sum((float(value) - mean) ** 2 for value in values) / (n - 1) / n)


def wrong__mean_and_error__subtracts_booleans(simulate, n, rng):
    """Violates: may also return booleans; NumPy can't subtract those from one another."""
    if n < 2:
        raise ValueError
    values = np.array([simulate(rng) for _ in range(n)])
    shift = values - values[0]
    return values[0] + shift.mean(), shift.std(ddof=1) / math.sqrt(n)


def wrong__mean_and_error__without_zeros(simulate, n, rng):
    """Violates: the mean of all numbers; takes a 0 for a run without result."""
    values = _runs(simulate, n, rng)
    kept = values[values != 0] if np.count_nonzero(values) > 1 else values
    return kept.mean(), kept.std(ddof=1) / math.sqrt(n)


def wrong__mean_and_error__without_outliers(simulate, n, rng):
    """Violates: the mean of all numbers; leaves out what is more than 3 deviations away."""
    values = _runs(simulate, n, rng)
    kept = values[np.abs(values - values.mean()) <= 3 * values.std()]
    return kept.mean(), values.std(ddof=1) / math.sqrt(n)


def wrong__mean_and_error__at_most_a_thousand(simulate, n, rng):
    """Violates: exactly n times."""
    values = _runs(simulate, min(n, 1000), rng)
    return values.mean(), values.std(ddof=1) / math.sqrt(n)


def wrong__mean_and_error__bootstrap(simulate, n, rng):
    """Violates: the formula for the error; draws again from the runs, which is near it, and random."""
    values = _runs(simulate, n, rng)
    own = np.random.default_rng(1)
    means = own.choice(values, size=(2000, n)).mean(axis=1) if n <= 1000 else values
    error = means.std(ddof=1) if n <= 1000 else values.std(ddof=1) / math.sqrt(n)
    return values.mean(), error


def wrong__mean_and_error__errors_skipped(simulate, n, rng):
    """Violates: exactly n times; hides what the simulation raises and runs it again."""
    if n < 2:
        raise ValueError
    values = []
    while len(values) < n:
        try:
            values.append(float(simulate(rng)))
        except ArithmeticError:
            continue
    return float(np.mean(values)), float(np.std(values, ddof=1)) / math.sqrt(n)


def wrong__mean_and_error__swapped(simulate, n, rng):
    """Violates: the mean first."""
    return right__mean_and_error__numpy(simulate, n, rng)[::-1]


def wrong__mean_and_error__sum_of_small_integers(simulate, n, rng):
    """Violates: may also return integers; `sum` of NumPy's int8 or uint8 wraps around."""
    if n < 2:
        raise ValueError
    values = [simulate(rng) for _ in range(n)]
    with np.errstate(over="ignore"):
        mean = float(sum(values)) / n
    return mean, math.sqrt(sum((float(value) - mean) ** 2 for value in values) / (n - 1) / n)


def wrong__mean_and_error__stops_when_settled(simulate, n, rng):
    """Violates: the mean of all; stops at three equal numbers in a row, as if it had settled."""
    values = _runs(simulate, n, rng)
    for i in range(2, n):
        if values[i] == values[i - 1] == values[i - 2] and i > 50:
            return values[: i + 1].mean(), values[: i + 1].std(ddof=1) / math.sqrt(i + 1)
    return values.mean(), values.std(ddof=1) / math.sqrt(n)


# 3. draw_weighted


def right__draw_weighted__cumulated(weights, size, rng):
    """Cumulate the positive weights only, and search for each random number times their sum."""
    weights = np.asarray(weights, dtype=float)
    open_ = np.flatnonzero(weights > 0)
    bounds = np.cumsum(weights[open_] / weights.max())
    places = np.searchsorted(bounds, rng.random(size) * bounds[-1], side="right")
    return open_[np.minimum(places, len(open_) - 1)]


def right__draw_weighted__loop(weights, size, rng):
    """A plain loop: walk along the positive weights until the random point is passed."""
    largest = float(max(weights))
    positive = [(i, float(weight) / largest) for i, weight in enumerate(weights) if weight > 0]
    total = math.fsum(weight for _, weight in positive)
    drawn = []
    for _ in range(size):
        point = float(rng.random()) * total
        for index, weight in positive:
            chosen = index
            point -= weight
            if point < 0:
                break
        drawn.append(chosen)
    return np.array(drawn, dtype=np.int64)


def right__draw_weighted__race(weights, size, rng):
    """An exponential race between the open stations: who is first, wins, with the probability of its weight."""
    weights = np.asarray(weights, dtype=float)
    open_ = np.flatnonzero(weights)
    rates = weights[open_] / weights.max()
    times = -np.log1p(-rng.random((size, len(open_)))) / rates
    return open_[times.argmin(axis=1)]


def right__draw_weighted__alias_table(weights, size, rng):
    """Walker's alias method: two random numbers for each draw, one for the column and one for its two halves."""
    values = np.asarray(weights).tolist()
    positive = [i for i, weight in enumerate(values) if weight > 0]
    k, total = len(positive), sum(Fraction(values[i]) for i in positive)
    share = [Fraction(values[i]) * k / total for i in positive]
    small = [j for j in range(k) if share[j] < 1]
    large = [j for j in range(k) if share[j] >= 1]
    alias = list(range(k))
    while small:
        low, high = small.pop(), large[-1]
        alias[low] = high
        share[high] -= 1 - share[low]
        if share[high] < 1:
            small.append(large.pop())
    drawn = []
    for _ in range(size):
        column = min(int(rng.random() * k), k - 1)
        drawn.append(positive[column if rng.random() < share[column] else alias[column]])
    return np.array(drawn, dtype=int)


def wrong__draw_weighted__left_side(weights, size, rng):
    """Violates: weight 0 is never drawn; `rng.random` returns 0.0 and the first station is closed."""
    bounds = np.cumsum(np.asarray(weights, dtype=float))
    return np.searchsorted(bounds, rng.random(size) * bounds[-1], side="left")


def wrong__draw_weighted__shares_cumulated(weights, size, rng):
    """Violates: whatever `rng.random` returns; ten shares of 0.1 add up to 1 - 2**-53, and the index may be past it."""
    weights = np.asarray(weights, dtype=float)
    return np.searchsorted(np.cumsum(weights / weights.sum()), rng.random(size), side="right")


def wrong__draw_weighted__shares_cumulated_and_clipped(weights, size, rng):
    """Violates: weight 0 is never drawn; clips to the last index, which may be a closed station."""
    weights = np.asarray(weights, dtype=float)
    places = np.searchsorted(np.cumsum(weights / weights.sum()), rng.random(size), side="right")
    return np.minimum(places, len(weights) - 1)


def wrong__draw_weighted__one_minus_random(weights, size, rng):
    """Violates: weight 0 is never drawn; 1 - 0.0 is 1, which is past all bounds, and gives the last index."""
    bounds = np.cumsum(np.asarray(weights, dtype=float))
    places = np.searchsorted(bounds, (1 - rng.random(size)) * bounds[-1], side="right")
    return np.minimum(places, len(bounds) - 1)


def wrong__draw_weighted__gumbel(weights, size, rng):
    """Violates: weight 0 is never drawn; where `rng.random` is 0.0 all are minus infinity, and the first one wins."""
    with np.errstate(divide="ignore"):
        scores = np.log(np.asarray(weights, dtype=float)) - np.log(-np.log(rng.random((size, len(weights)))))
    return scores.argmax(axis=1)


def wrong__draw_weighted__tiny_weight_for_all(weights, size, rng):
    """Violates: weight 0 is never drawn; gives each station 1e-9 of the total."""
    weights = np.asarray(weights, dtype=float)
    bounds = np.cumsum(weights + 1e-9 * weights.sum())
    return np.searchsorted(bounds, rng.random(size) * bounds[-1], side="right")


def wrong__draw_weighted__small_weights_lost(weights, size, rng):
    """Violates: each with its probability; a table of a thousand places has none for a weight of 1 in 10,000."""
    weights = np.asarray(weights, dtype=float)
    table = np.repeat(np.arange(len(weights)), np.rint(1000 * weights / weights.sum()).astype(int))
    table = table if len(table) else np.array([int(weights.argmax())])
    return table[(rng.random(size) * len(table)).astype(int)]


def wrong__draw_weighted__whole_numbers(weights, size, rng):
    """Violates: weights are any numbers; repeats each index as often as the whole part of its weight says."""
    table = np.repeat(np.arange(len(weights)), np.asarray(weights).astype(int))
    return table[(rng.random(size) * len(table)).astype(int)]


def wrong__draw_weighted__already_shares(weights, size, rng):
    """Violates: the weights need not sum to 1."""
    weights = np.asarray(weights, dtype=float)
    places = np.searchsorted(np.cumsum(weights), rng.random(size), side="right")
    return np.minimum(places, np.flatnonzero(weights)[-1])


def wrong__draw_weighted__choice(weights, size, rng):
    """Violates: no `rng.choice`."""
    weights = np.asarray(weights, dtype=float)
    return rng.choice(len(weights), size=size, p=weights / weights.sum())


def wrong__draw_weighted__multinomial(weights, size, rng):
    """Violates: `rng.random` as the only source of chance."""
    weights = np.asarray(weights, dtype=float)
    counts = rng.multinomial(size, weights / weights.sum())
    return rng.permutation(np.repeat(np.arange(len(weights)), counts))


def wrong__draw_weighted__python_random(weights, size, rng):
    """Violates: chance from `rng`; uses NumPy's global state."""
    bounds = np.cumsum(np.asarray(weights, dtype=float))
    return np.searchsorted(bounds, np.random.random_sample(size) * bounds[-1], side="right")


def wrong__draw_weighted__uniform(weights, size, rng):
    """Violates: in proportion to the weights; draws from the open stations alike."""
    open_ = np.flatnonzero(np.asarray(weights) > 0)
    return open_[(rng.random(size) * len(open_)).astype(int)]


def wrong__draw_weighted__evenly_spread(weights, size, rng):
    """Violates: independently; one random number shifts a comb of `size` teeth, so each index comes as often as due."""
    bounds = np.cumsum(np.asarray(weights, dtype=float))
    points = (np.arange(size) + rng.random()) / max(size, 1)
    shuffled = points[np.argsort(rng.random(size), kind="stable")]
    places = np.searchsorted(bounds, shuffled * bounds[-1], side="right")
    return np.minimum(places, np.flatnonzero(weights)[-1])


def wrong__draw_weighted__one_in_each_layer(weights, size, rng):
    """Violates: independently; one point in each of `size` layers, in random order."""
    bounds = np.cumsum(np.asarray(weights, dtype=float))
    points = (np.arange(size) + rng.random(size)) / max(size, 1)
    points = points[np.argsort(rng.random(size), kind="stable")]
    places = np.searchsorted(bounds, points * bounds[-1], side="right")
    return np.minimum(places, np.flatnonzero(weights)[-1])


def wrong__draw_weighted__mirrored_pairs(weights, size, rng):
    """Violates: independently; the second half mirrors the random numbers of the first."""
    half = rng.random((size + 1) // 2)
    points = np.concatenate([half, 1 - half])[:size]
    bounds = np.cumsum(np.asarray(weights, dtype=float))
    places = np.searchsorted(bounds, points * bounds[-1], side="right")
    return np.minimum(places, np.flatnonzero(weights)[-1])


def wrong__draw_weighted__sorted(weights, size, rng):
    """Violates: drawn independently; gives them in ascending order."""
    return np.sort(right__draw_weighted__cumulated(weights, size, rng))


def wrong__draw_weighted__one_draw_repeated(weights, size, rng):
    """Violates: independently; draws once."""
    return np.repeat(right__draw_weighted__cumulated(weights, 1, rng), size)


def wrong__draw_weighted__never_twice_in_a_row(weights, size, rng):
    """Violates: independently; draws once more where the last index comes again."""
    drawn = []
    for _ in range(size):
        index = int(right__draw_weighted__cumulated(weights, 1, rng)[0])
        if drawn and index == drawn[-1]:
            index = int(right__draw_weighted__cumulated(weights, 1, rng)[0])
        drawn.append(index)
    return np.array(drawn, dtype=int)


def wrong__draw_weighted__two_digits(weights, size, rng):
    """Violates: each with its probability; random numbers are rounded to two digits first."""
    bounds = np.cumsum(np.asarray(weights, dtype=float))
    points = np.floor(rng.random(size) * 100) / 100
    return np.searchsorted(bounds, points * bounds[-1], side="right")


def wrong__draw_weighted__squared(weights, size, rng):
    """Violates: in proportion to the weights, not to their squares."""
    return right__draw_weighted__cumulated(np.asarray(weights, dtype=float) ** 2, size, rng)


def wrong__draw_weighted__order_by_weight(weights, size, rng):
    """Violates: indices into `weights`; gives those into the sorted weights."""
    return right__draw_weighted__cumulated(np.sort(np.asarray(weights))[::-1], size, rng)


def wrong__draw_weighted__positions_among_the_open(weights, size, rng):
    """Violates: indices into `weights`; counts only the open stations."""
    weights = np.asarray(weights)
    return right__draw_weighted__cumulated(weights[weights > 0], size, rng)


def wrong__draw_weighted__nothing_refused(weights, size, rng):
    """Violates: `size` may be 0; an empty list of draws has no integers but floats."""
    return np.array([int(right__draw_weighted__cumulated(weights, 1, rng)[0]) for _ in range(size)])


def wrong__draw_weighted__floats(weights, size, rng):
    """Violates: integers."""
    return right__draw_weighted__cumulated(weights, size, rng).astype(float)


def wrong__draw_weighted__small_integers(weights, size, rng):
    """Violates: indices into `weights`; from 128 on int8 makes them negative."""
    return right__draw_weighted__cumulated(weights, size, rng).astype(np.int8)


def wrong__draw_weighted__column(weights, size, rng):
    """Violates: `size` indices, not a table of one column."""
    return right__draw_weighted__cumulated(weights, size, rng)[:, None]


def wrong__draw_weighted__sum_in_half_precision(weights, size, rng):
    """Violates: each with its probability; float16 can't add 1 to 2048."""
    bounds = np.cumsum(np.asarray(weights).astype(np.float16), dtype=np.float16).astype(float)
    places = np.searchsorted(bounds, rng.random(size) * bounds[-1], side="right")
    return np.minimum(places, np.flatnonzero(weights)[-1])


def wrong__draw_weighted__total_of_its_own(weights, size, rng):
    """Violates: whatever `rng.random` returns; `sum` adds in another order than `cumsum`, and may end above it."""
    weights = np.asarray(weights, dtype=float)
    points = rng.random(size) * weights.sum()
    return np.minimum(np.searchsorted(np.cumsum(weights), points, side="right"), len(weights) - 1)


def wrong__draw_weighted__points_in_single_precision(weights, size, rng):
    """Violates: weight 0 is never drawn; 1 - 2**-53 is 1 in float32, and then the last index comes."""
    bounds = np.cumsum(np.asarray(weights, dtype=float))
    points = np.asarray(rng.random(size)).astype(np.float32).astype(float) * bounds[-1]
    return np.minimum(np.searchsorted(bounds, points, side="right"), len(bounds) - 1)


def wrong__draw_weighted__sum_in_its_own_type(weights, size, rng):
    """Violates: each with its probability; 200 + 100 is 44 in uint8."""
    weights = np.asarray(weights)
    bounds = np.cumsum(weights, dtype=weights.dtype).astype(float)
    points = rng.random(size) * bounds[-1]
    return np.array([np.flatnonzero(weights)[min(np.argmax((bounds > x)[weights > 0]), 10**9)] for x in points], int)


def wrong__draw_weighted__period(weights, size, rng):
    """Violates: independently; after 4096 draws the same ones come again."""
    return np.resize(right__draw_weighted__cumulated(weights, min(size, 4096), rng), size)


def wrong__draw_weighted__every_second_copied(weights, size, rng):
    """Violates: independently; each draw comes twice, the second time in the other half."""
    half = right__draw_weighted__cumulated(weights, (size + 1) // 2, rng)
    return np.concatenate([half, half])[:size]


# 4. docks_needed


def _demand(mean, variance):
    """Give the distribution of the demand."""
    if variance > mean:
        return stats.nbinom(mean**2 / (variance - mean), mean / variance)
    return stats.poisson(mean)


def right__docks_needed__bisection(mean, variance, dock_cost, turned_away_cost):
    """A further dock pays as long as riders enough come for it: the smallest d with cost * P(X > d) <= dock cost."""
    demand = _demand(mean, variance)

    def pays(docks):
        return turned_away_cost * demand.sf(docks) > dock_cost

    if not pays(0):
        return 0
    low, high = 0, 1
    while pays(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if pays(middle) else (low, middle)
    return high


def right__docks_needed__quantile(mean, variance, dock_cost, turned_away_cost):
    """The quantile, then a step or two against rounding."""
    if turned_away_cost <= dock_cost:
        return 0
    share = dock_cost / turned_away_cost
    demand = _demand(mean, variance)
    docks = max(int(demand.isf(max(share, 1e-12))), 0)
    while demand.sf(docks) > share:
        docks += 1
    while docks > 0 and demand.sf(docks - 1) <= share:
        docks -= 1
    return docks


def right__docks_needed__table_of_costs(mean, variance, dock_cost, turned_away_cost):
    """All costs up to a number of docks that no rider exceeds; E[max(X - d, 0)] is the sum of P(X > k) for k >= d."""
    demand = _demand(mean, variance)
    top = 16
    while turned_away_cost * demand.sf(top) > 1e-9 * dock_cost:
        top *= 2
    tail = demand.sf(np.arange(top + 1))
    turned_away = np.cumsum(tail[::-1])[::-1]
    return int(np.argmin(np.arange(top + 1) * dock_cost + turned_away_cost * turned_away))


def right__docks_needed__incomplete_functions(mean, variance, dock_cost, turned_away_cost):
    """Without `stats`: the tails are the incomplete gamma and beta function, searched in one array."""

    def tail(docks):
        if variance > mean:
            return special.betainc(docks + 1.0, mean**2 / (variance - mean), 1 - mean / variance)
        return special.gammainc(docks + 1.0, mean)

    top = 16
    while turned_away_cost * tail(top) > dock_cost:
        top *= 2
    return int(np.count_nonzero(turned_away_cost * tail(np.arange(top)) > dock_cost))


def _docks(mean, variance, dock_cost, turned_away_cost):
    """Give the right answer, for the wrong ones to spoil."""
    return right__docks_needed__bisection(mean, variance, dock_cost, turned_away_cost)


def _share_served(demand, share):
    """Give the smallest d with P(X > d) <= share."""
    docks = 0 if share >= 1 else max(int(demand.isf(max(share, 1e-12))), 0)
    while demand.sf(docks) > share:
        docks += 1
    while docks > 0 and demand.sf(docks - 1) <= share:
        docks -= 1
    return docks


def wrong__docks_needed__newspaper_seller(mean, variance, dock_cost, turned_away_cost):
    """Violates: each dock costs, used or not; the ratio b / (b + h) is for a cost of the unused ones only."""
    return _share_served(_demand(mean, variance), dock_cost / (dock_cost + turned_away_cost))


def wrong__docks_needed__always_poisson(mean, variance, dock_cost, turned_away_cost):
    """Violates: the demand is negative binomial if the variance is larger than the mean; ignores `variance`."""
    return _docks(mean, mean, dock_cost, turned_away_cost)


def wrong__docks_needed__always_negative_binomial(mean, variance, dock_cost, turned_away_cost):
    """Violates: Poisson where the variance is not larger than the mean."""
    demand = stats.nbinom(mean**2 / (variance - mean), mean / variance)
    return _share_served(demand, dock_cost / turned_away_cost if turned_away_cost else 1)


def wrong__docks_needed__binomial_below(mean, variance, dock_cost, turned_away_cost):
    """Violates: Poisson also where the variance is less than the mean; fits a binomial there."""
    if not 0 < variance < mean:
        return _docks(mean, variance, dock_cost, turned_away_cost)
    trials = max(1, math.ceil(mean**2 / (mean - variance)))
    share = dock_cost / turned_away_cost if turned_away_cost else 1
    return _share_served(stats.binom(trials, mean / trials), share)


def wrong__docks_needed__no_variance_is_certain(mean, variance, dock_cost, turned_away_cost):
    """Violates: Poisson also where the variance is 0; takes the demand for certain."""
    if variance == 0:
        return round(mean) if turned_away_cost > dock_cost else 0
    return _docks(mean, variance, dock_cost, turned_away_cost)


def wrong__docks_needed__nearly_poisson(mean, variance, dock_cost, turned_away_cost):
    """Violates: negative binomial for every variance above the mean, not from 10 percent above."""
    return _docks(mean, variance if variance > 1.1 * mean else mean, dock_cost, turned_away_cost)


def wrong__docks_needed__whole_parameter(mean, variance, dock_cost, turned_away_cost):
    """Violates: the given mean and variance; rounds the negative binomial's number of successes."""
    if variance <= mean:
        return _docks(mean, variance, dock_cost, turned_away_cost)
    successes = max(1, round(mean**2 / (variance - mean)))
    share = dock_cost / turned_away_cost if turned_away_cost else 1
    return _share_served(stats.nbinom(successes, successes / (successes + mean)), share)


def wrong__docks_needed__whole_mean(mean, variance, dock_cost, turned_away_cost):
    """Violates: the given mean, not the next integer."""
    return _docks(max(1, round(mean)), variance, dock_cost, turned_away_cost)


def wrong__docks_needed__normal(mean, variance, dock_cost, turned_away_cost):
    """Violates: the demand is not normal."""
    if turned_away_cost <= dock_cost:
        return 0
    spread = math.sqrt(max(variance, mean))
    return max(0, math.ceil(stats.norm.isf(dock_cost / turned_away_cost, mean, spread) - 0.5))


def wrong__docks_needed__variance_as_deviation(mean, variance, dock_cost, turned_away_cost):
    """Violates: `variance` is the variance, not the standard deviation."""
    return _docks(mean, variance**2, dock_cost, turned_away_cost)


def wrong__docks_needed__one_more(mean, variance, dock_cost, turned_away_cost):
    """Violates: the smallest cost; the last dock does not pay (none at all stays none)."""
    docks = _docks(mean, variance, dock_cost, turned_away_cost)
    return docks + 1 if docks else 0


def wrong__docks_needed__one_less(mean, variance, dock_cost, turned_away_cost):
    """Violates: the smallest cost; the next dock would pay."""
    return max(_docks(mean, variance, dock_cost, turned_away_cost) - 1, 0)


def wrong__docks_needed__at_least_one(mean, variance, dock_cost, turned_away_cost):
    """Violates: no docks at all may be best."""
    return max(_docks(mean, variance, dock_cost, turned_away_cost), 1)


def wrong__docks_needed__at_least_the_mean(mean, variance, dock_cost, turned_away_cost):
    """Violates: fewer docks than the mean demand may be best; begins to search there."""
    demand, docks = _demand(mean, variance), int(mean)
    while turned_away_cost * demand.sf(docks) > dock_cost:
        docks += 1
    return docks


def wrong__docks_needed__dear_docks_refused(mean, variance, dock_cost, turned_away_cost):
    """Violates: docks may cost more than riders; the quantile of a negative share is NaN."""
    return int(_demand(mean, variance).ppf(1 - dock_cost / turned_away_cost))


def wrong__docks_needed__none_only_if_dear(mean, variance, dock_cost, turned_away_cost):
    """Violates: the smallest cost; the quantile of share 0 is -1, which is no number of docks."""
    if turned_away_cost < dock_cost:
        return 0
    return int(_demand(mean, variance).ppf(1 - dock_cost / turned_away_cost))


def right__docks_needed__quantile_of_the_served(mean, variance, dock_cost, turned_away_cost):
    """The quantile of one minus the ratio of the prices, which is exact enough up to a ratio of a million."""
    if turned_away_cost <= dock_cost:
        return 0
    return max(0, int(min(_demand(mean, variance).ppf(1 - dock_cost / turned_away_cost), 10**6)))


def wrong__docks_needed__up_to_a_thousand(mean, variance, dock_cost, turned_away_cost):
    """Violates: any mean; tries 0 to 999 docks."""
    return min(_docks(mean, variance, dock_cost, turned_away_cost), 999)


def wrong__docks_needed__up_to_five_deviations(mean, variance, dock_cost, turned_away_cost):
    """Violates: the smallest cost of all; looks no further than five standard deviations above the mean."""
    top = math.ceil(mean + 5 * math.sqrt(max(mean, variance)))
    return min(_docks(mean, variance, dock_cost, turned_away_cost), top)


def wrong__docks_needed__expectation_cut_off(mean, variance, dock_cost, turned_away_cost):
    """Violates: E[max(X - d, 0)] runs over all X; sums up to four standard deviations above the mean."""
    demand = _demand(mean, variance)
    top = math.ceil(mean + 4 * math.sqrt(max(mean, variance)))
    values = np.arange(top + 1)
    chances = demand.pmf(values)
    costs = [d * dock_cost + turned_away_cost * np.sum(chances * np.maximum(values - d, 0)) for d in values]
    return int(np.argmin(costs))


def wrong__docks_needed__recursion_from_zero(mean, variance, dock_cost, turned_away_cost):
    """Violates: any mean; P(X = 0) is 0 in floats from a mean of 746 on, and so are all that follow from it."""
    if variance > mean:
        size, p = mean**2 / (variance - mean), mean / variance
        chance = p**size
    else:
        chance = math.exp(-mean)
    above, docks = 1 - chance, 0
    while turned_away_cost * above > dock_cost and docks < 10**5:
        docks += 1
        chance *= (docks - 1 + size) / docks * (1 - p) if variance > mean else mean / docks
        above -= chance
    return docks


def wrong__docks_needed__simulated(mean, variance, dock_cost, turned_away_cost):
    """Violates: the smallest expected cost, not that of 20,000 draws."""
    draws = _demand(mean, variance).rvs(size=20_000, random_state=np.random.default_rng(0))
    if turned_away_cost <= dock_cost:
        return 0
    return int(np.quantile(draws, 1 - dock_cost / turned_away_cost, method="inverted_cdf"))


def wrong__docks_needed__chance_of_any_turned_away(mean, variance, dock_cost, turned_away_cost):
    """Violates: the riders turned away count, each of them, not only whether there are any."""
    demand = _demand(mean, variance)
    top = int(demand.isf(1e-15)) + 2
    docks = np.arange(top)
    return int(np.argmin(docks * dock_cost + turned_away_cost * demand.sf(docks)))


def wrong__docks_needed__costs_swapped(mean, variance, dock_cost, turned_away_cost):
    """Violates: which cost is which."""
    return _docks(mean, variance, turned_away_cost, dock_cost) if turned_away_cost else 0


def wrong__docks_needed__mean_rider(mean, variance, dock_cost, turned_away_cost):
    """Violates: E[max(X - d, 0)], not max(E[X] - d, 0)."""
    return math.ceil(mean) if turned_away_cost > dock_cost else 0


def wrong__docks_needed__float(mean, variance, dock_cost, turned_away_cost):
    """Violates: an int."""
    return float(_docks(mean, variance, dock_cost, turned_away_cost))


def wrong__docks_needed__parameter_of_the_failures(mean, variance, dock_cost, turned_away_cost):
    """Violates: the given mean; mixes up p and 1 - p."""
    if variance <= mean:
        return _docks(mean, variance, dock_cost, turned_away_cost)
    demand = stats.nbinom(mean**2 / (variance - mean), 1 - mean / variance)
    return _share_served(demand, dock_cost / turned_away_cost if turned_away_cost else 1)


def wrong__docks_needed__whole_costs(mean, variance, dock_cost, turned_away_cost):
    """Violates: the costs are any numbers; rounds them to whole ones first."""
    dock_cost, turned_away_cost = max(1, round(dock_cost)), round(turned_away_cost)
    return _docks(mean, variance, dock_cost, turned_away_cost)


@functools.cache
def _remembered(mean, variance):
    return {}


def wrong__docks_needed__remembers_the_station(mean, variance, dock_cost, turned_away_cost):
    """Violates: the answer depends on the costs; the second call with a mean and variance gets the first one's."""
    memory = _remembered(mean, variance)
    return memory.setdefault("docks", _docks(mean, variance, dock_cost, turned_away_cost))


# 5. thompson_choice


def right__thompson_choice__beta(successes, failures, rng):
    """Draw all rates at once."""
    return int(np.argmax(rng.beta(np.asarray(successes) + 1.0, np.asarray(failures) + 1.0)))


def right__thompson_choice__loop(successes, failures, rng):
    """One offer after the other; remember the best."""
    best, highest = 0, -1.0
    for i, (yes, no) in enumerate(zip(successes, failures, strict=True)):
        rate = rng.beta(1 + int(yes), 1 + int(no))
        if rate > highest:
            best, highest = i, rate
    return best


def right__thompson_choice__gamma_ratio(successes, failures, rng):
    """A beta number is a ratio of gamma numbers."""
    yes = rng.standard_gamma(np.asarray(successes, dtype=float) + 1)
    no = rng.standard_gamma(np.asarray(failures, dtype=float) + 1)
    return np.argmax(np.log(yes) - np.log(no))


def right__thompson_choice__inverted(successes, failures, rng):
    """Uniform numbers through the inverse of the distribution function, last offer first."""
    rates = [
        special.betaincinv(int(yes) + 1, int(no) + 1, rng.random())
        for yes, no in zip(reversed(successes), reversed(failures), strict=True)
    ]
    return len(rates) - 1 - max(range(len(rates)), key=rates.__getitem__)


def right__thompson_choice__uniform_order_statistics(successes, failures, rng):
    """The (s + 1)-th smallest of s + f + 1 uniform numbers has the distribution Beta(s + 1, f + 1)."""
    rates = []
    for yes, no in zip(map(int, successes), map(int, failures), strict=True):
        if yes + no > 10**6:
            rates.append(rng.beta(yes + 1, no + 1))
        else:
            rates.append(np.partition(rng.random(yes + no + 1), yes)[yes])
    return rates.index(max(rates))


def _chances_to_be_best(successes, failures):
    """Integrate for each offer its density times the others' distribution functions."""
    yes, no = np.asarray(successes, dtype=float) + 1, np.asarray(failures, dtype=float) + 1
    if len(yes) == 1:
        return np.ones(1)
    edges = np.unique(
        np.concatenate(
            [[0.0, 1.0], *(stats.beta.ppf(np.linspace(1e-9, 1 - 1e-9, 9), yes[i], no[i]) for i in range(len(yes)))]
        )
    )
    nodes, weights = np.polynomial.legendre.leggauss(24)
    x = (edges[:-1, None] + edges[1:, None] + np.diff(edges)[:, None] * nodes) / 2
    w = (np.diff(edges)[:, None] * weights / 2).ravel()
    x = x.ravel()
    below = special.betainc(yes[:, None], no[:, None], x)
    density = stats.beta.pdf(x, yes[:, None], no[:, None])
    chances = np.array([w @ (density[i] * np.delete(below, i, axis=0).prod(axis=0)) for i in range(len(yes))])
    return chances / chances.sum()


def right__thompson_choice__probability_of_being_best(successes, failures, rng):
    """Compute the probabilities that each is the best, and draw one index with them."""
    chances = _chances_to_be_best(successes, failures)
    return int(rng.choice(len(chances), p=chances))


def _rates(successes, failures, rng):
    """Draw one rate for each offer, for the wrong answers to spoil."""
    return rng.beta(np.asarray(successes) + 1.0, np.asarray(failures) + 1.0)


def wrong__thompson_choice__greedy(successes, failures, rng):
    """Violates: chosen at random; shows the offer with the best mean."""
    successes, failures = np.asarray(successes, dtype=float), np.asarray(failures, dtype=float)
    return int(np.argmax((successes + 1) / (successes + failures + 2)))


def wrong__thompson_choice__now_and_then_any(successes, failures, rng):
    """Violates: with the probability that it is the best; the best mean, and any in one of ten cases."""
    if rng.random() < 0.1:
        return int(rng.integers(len(successes)))
    return wrong__thompson_choice__greedy(successes, failures, rng)


def wrong__thompson_choice__upper_bounds(successes, failures, rng):
    """Violates: chosen at random; the largest upper bound."""
    yes, no = np.asarray(successes, dtype=float) + 1, np.asarray(failures, dtype=float) + 1
    return int(np.argmax(special.betaincinv(yes, no, 0.95)))


def wrong__thompson_choice__without_prior(successes, failures, rng):
    """Violates: the prior is Beta(1, 1); uses almost none."""
    return int(np.argmax(rng.beta(np.asarray(successes) + 1e-3, np.asarray(failures) + 1e-3)))


def wrong__thompson_choice__prior_only_where_nothing_is_known(successes, failures, rng):
    """Violates: the prior is Beta(1, 1) for every rate, not only where a count is 0."""
    return int(np.argmax(rng.beta(np.maximum(successes, 1), np.maximum(failures, 1))))


def wrong__thompson_choice__prior_of_jeffreys(successes, failures, rng):
    """Violates: the prior is Beta(1, 1), not Beta(1/2, 1/2)."""
    return int(np.argmax(rng.beta(np.asarray(successes) + 0.5, np.asarray(failures) + 0.5)))


def wrong__thompson_choice__prior_of_two(successes, failures, rng):
    """Violates: the prior is Beta(1, 1), not Beta(2, 2)."""
    return int(np.argmax(rng.beta(np.asarray(successes) + 2.0, np.asarray(failures) + 2.0)))


def wrong__thompson_choice__trials_for_failures(successes, failures, rng):
    """Violates: `failures` counts the declined ones; adds the accepted ones to it."""
    successes, failures = np.asarray(successes, dtype=float), np.asarray(failures, dtype=float)
    return int(np.argmax(rng.beta(successes + 1, successes + failures + 1)))


def wrong__thompson_choice__normal(successes, failures, rng):
    """Violates: Beta; a normal number with its mean and variance."""
    yes, no = np.asarray(successes, dtype=float) + 1, np.asarray(failures, dtype=float) + 1
    mean = yes / (yes + no)
    return int(np.argmax(rng.normal(mean, np.sqrt(mean * (1 - mean) / (yes + no + 1)))))


def wrong__thompson_choice__one_number_for_all(successes, failures, rng):
    """Violates: the probability that it is the best; the same quantile of every rate, so the draws depend."""
    yes, no = np.asarray(successes, dtype=float) + 1, np.asarray(failures, dtype=float) + 1
    return int(np.argmax(special.betaincinv(yes, no, rng.random())))


def wrong__thompson_choice__mean_of_two_draws(successes, failures, rng):
    """Violates: one rate for each offer; the mean of two varies less."""
    return int(np.argmax((_rates(successes, failures, rng) + _rates(successes, failures, rng)) / 2))


def wrong__thompson_choice__better_of_two_draws(successes, failures, rng):
    """Violates: one rate for each offer; the larger of two favors what is unknown."""
    return int(np.argmax(np.maximum(_rates(successes, failures, rng), _rates(successes, failures, rng))))


def wrong__thompson_choice__most_frequent_of_three(successes, failures, rng):
    """Violates: with the probability that it is the best; the winner of most of three rounds is it more often."""
    winners = [int(np.argmax(_rates(successes, failures, rng))) for _ in range(3)]
    return max(winners, key=winners.count)


def wrong__thompson_choice__in_proportion_to_the_rates(successes, failures, rng):
    """Violates: with the probability that it is the best, not in proportion to its mean rate."""
    yes, no = np.asarray(successes, dtype=float) + 1, np.asarray(failures, dtype=float) + 1
    mean = yes / (yes + no)
    return int(rng.choice(len(mean), p=mean / mean.sum()))


def wrong__thompson_choice__in_proportion_to_the_draws(successes, failures, rng):
    """Violates: the offer whose drawn rate is largest, not one in proportion to the drawn rates."""
    rates = _rates(successes, failures, rng)
    return int(rng.choice(len(rates), p=rates / rates.sum()))


def wrong__thompson_choice__outcome_instead_of_rate(successes, failures, rng):
    """Violates: the largest drawn rate; draws whether the customer would accept, and takes the first such offer."""
    return int(np.argmax(rng.random(len(successes)) < _rates(successes, failures, rng)))


def wrong__thompson_choice__swapped(successes, failures, rng):
    """Violates: the largest rate of acceptance, not of refusal."""
    return int(np.argmax(_rates(failures, successes, rng)))


def wrong__thompson_choice__smallest(successes, failures, rng):
    """Violates: the largest drawn rate."""
    return int(np.argmin(_rates(successes, failures, rng)))


def wrong__thompson_choice__new_ones_first(successes, failures, rng):
    """Violates: with the probability that it is the best; an offer never shown comes first, always."""
    tried = np.asarray(successes) + np.asarray(failures)
    if (tried == 0).any():
        return int(np.argmin(tried))
    return int(np.argmax(_rates(successes, failures, rng)))


def wrong__thompson_choice__never_accepted_is_out(successes, failures, rng):
    """Violates: poor offers are never ruled out by bad luck; one that three customers declined is not shown again."""
    rates = _rates(successes, failures, rng)
    rates[(np.asarray(successes) == 0) & (np.asarray(failures) >= 3)] = -1
    return int(np.argmax(rates))


def wrong__thompson_choice__clearly_worse_is_out(successes, failures, rng):
    """Violates: never ruled out; leaves out what is two standard deviations below the best mean."""
    yes, no = np.asarray(successes, dtype=float) + 1, np.asarray(failures, dtype=float) + 1
    mean = yes / (yes + no)
    spread = np.sqrt(mean * (1 - mean) / (yes + no + 1))
    rates = _rates(successes, failures, rng)
    rates[mean + 2 * spread < mean.max()] = -1
    return int(np.argmax(rates))


def wrong__thompson_choice__counts_capped(successes, failures, rng):
    """Violates: the counts say how much is known; at most 100 of them count here."""
    yes, no = np.asarray(successes, dtype=float), np.asarray(failures, dtype=float)
    scale = np.minimum(1, 100 / np.maximum(yes + no, 1))
    return int(np.argmax(_rates(yes * scale, no * scale, rng)))


def wrong__thompson_choice__half_the_evidence(successes, failures, rng):
    """Violates: Beta(1 + successes, 1 + failures); halves both parameters, with the mean right."""
    return int(np.argmax(rng.beta((np.asarray(successes) + 1) / 2, (np.asarray(failures) + 1) / 2)))


def wrong__thompson_choice__global_generator(successes, failures, rng):
    """Violates: all chance comes from `rng`."""
    return int(np.argmax(np.random.beta(np.asarray(successes) + 1.0, np.asarray(failures) + 1.0)))


def wrong__thompson_choice__fixed_seed(successes, failures, rng):
    """Violates: all chance comes from `rng`; the same counts give the same offer always."""
    return int(np.argmax(_rates(successes, failures, np.random.default_rng(0))))


def wrong__thompson_choice__generator_of_its_own(successes, failures, rng):
    """Violates: all chance comes from `rng`; takes a fresh one from the system."""
    return int(np.argmax(_rates(successes, failures, np.random.default_rng())))


def wrong__thompson_choice__first_of_close_ones(successes, failures, rng):
    """Violates: the largest drawn rate; rounds them to two digits, and the first of equal ones wins."""
    return int(np.argmax(_rates(successes, failures, rng).round(2)))


def wrong__thompson_choice__first_ten(successes, failures, rng):
    """Violates: k >= 1 offers, not only the first ten."""
    return int(np.argmax(_rates(successes, failures, rng)[:10]))


def wrong__thompson_choice__knockout(successes, failures, rng):
    """Violates: one rate for each offer; the winner of each pair draws again against the next."""
    best = 0
    for i in itertools.islice(range(len(successes)), 1, None):
        pair = [best, i]
        best = pair[int(np.argmax(_rates(np.asarray(successes)[pair], np.asarray(failures)[pair], rng)))]
    return best


def wrong__thompson_choice__rate_instead_of_index(successes, failures, rng):
    """Violates: the index, not the rate."""
    return float(_rates(successes, failures, rng).max())


def wrong__thompson_choice__counted_from_one(successes, failures, rng):
    """Violates: the index."""
    return int(np.argmax(_rates(successes, failures, rng))) + 1


def wrong__thompson_choice__mean_of_the_well_known(successes, failures, rng):
    """Violates: the probability to be the best; from 1000 customers on takes the mean for the rate."""
    yes, no = np.asarray(successes, dtype=float) + 1, np.asarray(failures, dtype=float) + 1
    rates = rng.beta(yes, no)
    return int(np.argmax(np.where(yes + no > 1000, yes / (yes + no), rates)))
