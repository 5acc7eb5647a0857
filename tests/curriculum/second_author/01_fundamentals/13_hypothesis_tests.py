"""Answers to 01_fundamentals/13_hypothesis_tests by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import bisect
import copy
import math
import random
import statistics
from collections import Counter
from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower

# 1. sign_flip_p_value


def _p_value(differences, sums, rounds):
    """Return the p-value, given the sums of the flipped differences."""
    d = np.asarray(differences, dtype=float)
    count = int((np.abs(sums) >= abs(d.sum()) - 1e-10 * np.abs(d).sum()).sum())
    return (1 + count) / (1 + rounds)


def right__sign_flip_p_value__choice_of_signs(differences, rng, rounds=2000):
    signs = rng.choice([-1.0, 1.0], size=(rounds, len(differences)))
    return _p_value(differences, signs @ np.asarray(differences, dtype=float), rounds)


def right__sign_flip_p_value__plain_loop(differences, rng, rounds=2000):
    values = [float(v) for v in differences]
    observed = abs(math.fsum(values))
    slack = 1e-9 * math.fsum(abs(v) for v in values)
    count = 0
    for _ in range(rounds):
        total = math.fsum(v if rng.random() < 0.5 else -v for v in values)
        if abs(total) >= observed - slack:
            count += 1
    return (1 + count) / (1 + rounds)


def right__sign_flip_p_value__means_and_isclose(differences, rng, rounds=2000):
    scale = np.abs(differences).max() or 1.0
    d = differences / scale
    flipped = np.where(rng.integers(0, 2, size=(rounds, d.size)) == 1, d, -d)
    means, observed = np.abs(flipped.mean(axis=1)), abs(d.mean())
    extreme = (means > observed) | np.isclose(means, observed, rtol=1e-9, atol=1e-12)
    return np.float64((1 + extreme.sum()) / (1 + rounds))


def right__sign_flip_p_value__sign_of_a_normal_draw(differences, rng, rounds=2000):
    sums = np.array([np.dot(np.sign(rng.standard_normal(len(differences))), differences) for _ in range(rounds)])
    return _p_value(differences, sums, rounds)


def right__sign_flip_p_value__bits_of_random_bytes(differences, rng, rounds=2000):
    n = len(differences)
    bits = np.unpackbits(np.frombuffer(rng.bytes((rounds * n + 7) // 8), dtype=np.uint8))[: rounds * n]
    return _p_value(differences, (bits.reshape(rounds, n) * 2.0 - 1.0) @ differences, rounds)


def right__sign_flip_p_value__subset_that_turns_negative(differences, rng, rounds=2000):
    d = np.asarray(differences, dtype=float)
    sums = d.sum() - 2 * (rng.binomial(1, 0.5, size=(rounds, d.size)) * d).sum(axis=1)
    return _p_value(d, sums, rounds)


def right__sign_flip_p_value__exact_fractions(differences, rng, rounds=2000):
    # Decimal digits as a person writes them: what is equal on paper is equal here.
    values = [Fraction(f"{float(v):.12g}") for v in differences]
    scale = math.lcm(*(v.denominator for v in values))
    whole = [int(v * scale) for v in values]
    observed = abs(sum(whole))
    flips = rng.random((rounds, len(whole))) < 0.5
    count = sum(abs(sum(w if f else -w for w, f in zip(whole, row, strict=True))) >= observed for row in flips.tolist())
    return (1 + count) / (1 + rounds)


def right__sign_flip_p_value__pandas(differences, rng, rounds=2000):
    frame = pd.DataFrame(rng.choice([-1, 1], size=(rounds, len(differences)))).mul(differences, axis=1)
    return float(_p_value(differences, frame.sum(axis=1).to_numpy(), rounds))


def right__sign_flip_p_value__observed_pattern_in_row_0(differences, rng, rounds=2000):
    d = np.asarray(differences, dtype=float)
    signs = rng.integers(0, 2, size=(rounds + 1, d.size)) * 2 - 1
    signs[0] = 1
    means = np.abs((signs * d).mean(axis=1))
    return float((means >= means[0] - 1e-9 * np.abs(d).mean()).mean())


def wrong__sign_flip_p_value__observed_not_counted(differences, rng, rounds=2000):
    """The observed pattern doesn't count: p can be 0."""
    return _p_value(differences, rng.choice([-1.0, 1.0], (rounds, len(differences))) @ differences, rounds) * (
        1 + 1 / rounds
    ) - (1 / rounds)


def wrong__sign_flip_p_value__one_in_the_numerator_only(differences, rng, rounds=2000):
    """The observed pattern is among the `rounds`: divides by rounds, not 1 + rounds, with one pattern fewer."""
    return _p_value(differences, rng.choice([-1.0, 1.0], (rounds - 1, len(differences))) @ differences, rounds - 1)


def wrong__sign_flip_p_value__one_sided_doubled(differences, rng, rounds=2000):
    """Twice the one-sided share instead of the share on both sides: counts the observed pattern twice."""
    sums = rng.choice([-1.0, 1.0], (rounds, len(differences))) @ differences
    count = (sums >= abs(differences.sum()) - 1e-9 * np.abs(differences).sum()).sum()
    return min(1.0, 2 * (1 + count) / (1 + rounds))


def wrong__sign_flip_p_value__one_sided_on_the_observed_side(differences, rng, rounds=2000):
    """Counts only one side."""
    sums = (rng.choice([-1.0, 1.0], (rounds, len(differences))) @ differences) * np.sign(differences.sum())
    return (1 + (sums >= abs(differences.sum()) - 1e-9 * np.abs(differences).sum()).sum()) / (1 + rounds)


def wrong__sign_flip_p_value__strictly_further(differences, rng, rounds=2000):
    """As far from 0 as the observed mean must count."""
    sums = np.abs(rng.choice([-1.0, 1.0], (rounds, len(differences))) @ differences)
    return (1 + (sums > abs(differences.sum()) + 1e-9 * np.abs(differences).sum()).sum()) / (1 + rounds)


def wrong__sign_flip_p_value__no_tolerance(differences, rng, rounds=2000):
    """Sums equal up to rounding are not taken for equal."""
    signs = rng.choice([-1.0, 1.0], size=(rounds, len(differences)))
    means = np.abs((signs * differences).mean(axis=1))
    return float((1 + (means >= abs(differences.mean())).sum()) / (1 + rounds))


def wrong__sign_flip_p_value__tolerance_of_the_observed_mean(differences, rng, rounds=2000):
    """The tolerance shrinks with the observed mean: where that is 0 up to rounding, equal sums aren't equal."""
    signs = rng.choice([-1.0, 1.0], size=(rounds, len(differences)))
    means = np.abs((signs * differences).mean(axis=1))
    return float((1 + (means >= abs(differences.mean()) * (1 - 1e-9)).sum()) / (1 + rounds))


def wrong__sign_flip_p_value__absolute_tolerance(differences, rng, rounds=2000):
    """A fixed slack of 1e-9: too small for big numbers with decimals, too large for tiny ones."""
    signs = rng.choice([-1.0, 1.0], size=(rounds, len(differences)))
    means = np.abs((signs * differences).mean(axis=1))
    return float((1 + (means >= abs(differences.mean()) - 1e-9).sum()) / (1 + rounds))


def wrong__sign_flip_p_value__rounded_to_two_digits(differences, rng, rounds=2000):
    """Means that differ by less than a hundredth are taken for equal."""
    signs = rng.choice([-1.0, 1.0], size=(rounds, len(differences)))
    means = np.abs((signs * differences).mean(axis=1)).round(2)
    return float((1 + (means >= round(abs(differences.mean()), 2)).sum()) / (1 + rounds))


def wrong__sign_flip_p_value__all_patterns_enumerated(differences, rng, rounds=2000):
    """Takes all 2**n patterns where there are few of them: `rounds` random ones were asked for."""
    n = len(differences)
    if n <= 12:
        signs = 2.0 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1) - 1
        return _p_value(differences, signs @ differences, 2**n) * (1 + 2.0**n) / 2.0**n - 1 / 2.0**n
    return _p_value(differences, rng.choice([-1.0, 1.0], (rounds, n)) @ differences, rounds)


def wrong__sign_flip_p_value__mirrored_patterns(differences, rng, rounds=2000):
    """Draws half of the patterns and uses each together with its mirror image: not independent."""
    half = rng.choice([-1.0, 1.0], size=((rounds + 1) // 2, len(differences)))
    return _p_value(differences, np.concatenate([half, -half])[:rounds] @ differences, rounds)


def wrong__sign_flip_p_value__product_of_signs_is_one(differences, rng, rounds=2000):
    """The last sign is the product of the others: each is equally likely, but they aren't independent."""
    signs = rng.choice([-1.0, 1.0], size=(rounds, len(differences)))
    if len(differences) > 2:
        signs[:, -1] = signs[:, :-1].prod(axis=1)
    return _p_value(differences, signs @ differences, rounds)


def wrong__sign_flip_p_value__half_of_them_flipped(differences, rng, rounds=2000):
    """Flips exactly half of the signs, chosen at random."""
    n = len(differences)
    signs = np.ones((rounds, n))
    signs[:, : n // 2] = -1
    return _p_value(differences, rng.permuted(signs, axis=1) @ differences, rounds)


def wrong__sign_flip_p_value__flips_absolute_values_with_probability_of_observed(differences, rng, rounds=2000):
    """A sign is positive as often as in the data, not as likely as negative."""
    share = (differences > 0).mean()
    signs = np.where(rng.random((rounds, len(differences))) < share, 1.0, -1.0)
    return _p_value(differences, signs @ np.abs(differences), rounds)


def wrong__sign_flip_p_value__signs_with_zero(differences, rng, rounds=2000):
    """Signs -1, 0, 1: a third of the differences drops out."""
    return _p_value(differences, rng.integers(-1, 2, size=(rounds, len(differences))) @ differences, rounds)


def wrong__sign_flip_p_value__resampled_around_zero(differences, rng, rounds=2000):
    """A bootstrap of the centered differences, not sign flips."""
    centered = differences - differences.mean()
    sums = rng.choice(centered, size=(rounds, len(differences))).sum(axis=1)
    return _p_value(differences, sums, rounds)


def wrong__sign_flip_p_value__resampled_and_flipped(differences, rng, rounds=2000):
    """Draws the differences with replacement and flips them: some appear twice, some not at all."""
    n = len(differences)
    drawn = rng.choice(differences, size=(rounds, n))
    return _p_value(differences, (drawn * rng.choice([-1.0, 1.0], (rounds, n))).sum(axis=1), rounds)


def wrong__sign_flip_p_value__normal_curve(differences, rng, rounds=2000):
    """A normal approximation of the sum, with the count drawn at random so that it looks like sign flips."""
    spread = math.sqrt(float((differences**2).sum()))
    if spread == 0:
        return 1.0
    tail = 2 * NormalDist().cdf(-abs(float(differences.sum())) / spread)
    return (1 + int(rng.binomial(rounds, tail))) / (1 + rounds)


def wrong__sign_flip_p_value__wilcoxon_ranks(differences, rng, rounds=2000):
    """Flips the ranks instead of the differences."""
    ranks = stats.rankdata(np.abs(differences)) * np.sign(differences)
    return _p_value(ranks, rng.choice([-1.0, 1.0], (rounds, len(ranks))) @ ranks, rounds)


def wrong__sign_flip_p_value__median(differences, rng, rounds=2000):
    """Compares medians instead of means."""
    flipped = rng.choice([-1.0, 1.0], (rounds, len(differences))) * differences
    medians = np.abs(np.median(flipped, axis=1))
    return float((1 + (medians >= abs(np.median(differences)) - 1e-9).sum()) / (1 + rounds))


def wrong__sign_flip_p_value__divided_by_the_spread(differences, rng, rounds=2000):
    """Divides each mean by the spread of its pattern: compares another statistic than the mean."""
    flipped = rng.choice([-1.0, 1.0], (rounds, len(differences))) * differences
    if len(differences) < 3:
        return _p_value(differences, flipped.sum(axis=1), rounds)
    spread = stats.median_abs_deviation(flipped, axis=1) + 1e-12
    t = np.abs(flipped.mean(axis=1)) / spread
    observed = abs(differences.mean()) / (stats.median_abs_deviation(differences) + 1e-12)
    return float((1 + (t >= observed * (1 - 1e-9)).sum()) / (1 + rounds))


def wrong__sign_flip_p_value__own_generator(differences, rng, rounds=2000):
    """Draws with a generator of its own, always the same: `rng` isn't used."""
    own = np.random.default_rng(0)
    return _p_value(differences, own.choice([-1.0, 1.0], (rounds, len(differences))) @ differences, rounds)


def wrong__sign_flip_p_value__fresh_own_generator(differences, rng, rounds=2000):
    """Draws with an unseeded generator of its own: the same `rng` doesn't give the same p-value."""
    own = np.random.default_rng()
    return _p_value(differences, own.choice([-1.0, 1.0], (rounds, len(differences))) @ differences, rounds)


def wrong__sign_flip_p_value__copy_of_the_generator(differences, rng, rounds=2000):
    """Draws with a copy of `rng`, so that the next call with the same generator repeats the same patterns."""
    own = copy.deepcopy(rng)
    return _p_value(differences, own.choice([-1.0, 1.0], (rounds, len(differences))) @ differences, rounds)


def wrong__sign_flip_p_value__always_2000_rounds(differences, rng, rounds=2000):
    """Ignores `rounds`."""
    return _p_value(differences, rng.choice([-1.0, 1.0], (2000, len(differences))) @ differences, 2000)


def wrong__sign_flip_p_value__at_most_500_patterns_repeated(differences, rng, rounds=2000):
    """Draws at most 500 patterns and counts each several times."""
    drawn = rng.choice([-1.0, 1.0], size=(min(rounds, 500), len(differences)))
    return _p_value(differences, np.resize(drawn, (rounds, len(differences))) @ differences, rounds)


def wrong__sign_flip_p_value__one_pattern_rolled(differences, rng, rounds=2000):
    """Draws one long row of signs and slides along it: neighboring patterns share all signs but one."""
    row = rng.choice([-1.0, 1.0], size=rounds + len(differences) - 1)
    return _p_value(differences, np.lib.stride_tricks.sliding_window_view(row, len(differences)) @ differences, rounds)


def wrong__sign_flip_p_value__first_hundred_differences(differences, rng, rounds=2000):
    """Flips only the first hundred differences; the others keep their sign."""
    signs = np.ones((rounds, len(differences)))
    signs[:, :100] = rng.choice([-1.0, 1.0], size=signs[:, :100].shape)
    return _p_value(differences, signs @ differences, rounds)


def wrong__sign_flip_p_value__positive_mean_assumed(differences, rng, rounds=2000):
    """Compares with the observed mean, not with its distance from 0: always 1.0 where the mean is negative."""
    sums = np.abs(rng.choice([-1.0, 1.0], (rounds, len(differences))) @ differences)
    return float((1 + (sums >= differences.sum() - 1e-9 * np.abs(differences).sum()).sum()) / (1 + rounds))


# 2. ratio_interval


def _tails(ratios, level):
    """Return the middle `level` of the ratios."""
    low, high = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def right__ratio_interval__index_matrix(revenue, visits, rng, level=0.95):
    drawn = rng.integers(0, len(visits), size=(1000, len(visits)))
    return _tails(revenue[drawn].sum(axis=1) / visits[drawn].sum(axis=1), level)


def right__ratio_interval__plain_loop(revenue, visits, rng, level=0.95):
    n = len(revenue)
    ratios = []
    for _ in range(1000):
        drawn = rng.choice(n, size=n, replace=True)
        ratios.append(np.sum(revenue[drawn]) / np.sum(visits[drawn]))
    return np.percentile(ratios, 50 - 50 * level), np.percentile(ratios, 50 + 50 * level)


def right__ratio_interval__multinomial_counts(revenue, visits, rng, level=0.95):
    n = len(revenue)
    times = rng.multinomial(n, np.full(n, 1 / n), size=1000).astype(float)
    return _tails((times @ revenue) / (times @ visits), level)


def right__ratio_interval__scipy_bootstrap(revenue, visits, rng, level=0.95):
    if len(revenue) == 1:
        return float(revenue[0] / visits[0]), float(revenue[0] / visits[0])

    def ratio(r, v, axis=-1):
        return r.sum(axis=axis) / v.sum(axis=axis)

    found = stats.bootstrap(
        (revenue, visits), ratio, paired=True, n_resamples=1000, confidence_level=level, method="percentile", rng=rng
    ).confidence_interval
    return float(found.low), float(found.high)


def right__ratio_interval__pandas_sample(revenue, visits, rng, level=0.95):
    users = pd.DataFrame({"revenue": revenue, "visits": visits})
    totals = [users.sample(frac=1.0, replace=True, random_state=rng).sum() for _ in range(1000)]
    ratios = pd.Series([t["revenue"] / t["visits"] for t in totals])
    return ratios.quantile((1 - level) / 2), ratios.quantile((1 + level) / 2)


def right__ratio_interval__middle_of_the_sorted_list(revenue, visits, rng, level=0.95):
    money, trips = [float(v) for v in revenue], [float(v) for v in visits]
    ratios = []
    for _ in range(1000):
        drawn = [int(rng.random() * len(trips)) for _ in trips]
        ratios.append(math.fsum(money[i] for i in drawn) / math.fsum(trips[i] for i in drawn))
    ratios.sort()
    outside = round(1000 * (1 - level) / 2)
    outside = min(outside, 499)
    return ratios[outside], ratios[999 - outside]


def right__ratio_interval__rows_of_one_table(revenue, visits, rng, level=0.95):
    table = np.column_stack([revenue, visits]).astype(float)
    totals = np.array([rng.choice(table, size=len(table), axis=0).sum(axis=0) for _ in range(1000)])
    return np.quantile(totals[:, 0] / totals[:, 1], [0.5 - level / 2, 0.5 + level / 2])


def right__ratio_interval__mean_over_mean(revenue, visits, rng, level=0.95):
    drawn = (rng.random((1000, revenue.size)) * revenue.size).astype(int)
    return _tails(np.take(revenue, drawn).mean(axis=1) / np.take(visits, drawn).mean(axis=1), level)


def _bootstrap(revenue, visits, rng, rounds=1000):
    """Return the ratios of `rounds` resamples of users."""
    drawn = rng.integers(0, len(visits), size=(rounds, len(visits)))
    return revenue[drawn].sum(axis=1) / visits[drawn].sum(axis=1)


def wrong__ratio_interval__revenue_and_visits_drawn_apart(revenue, visits, rng, level=0.95):
    """Draws revenue and visits independently: place i of both belongs to user i."""
    n = len(revenue)
    return _tails(rng.choice(revenue, (1000, n)).sum(axis=1) / rng.choice(visits, (1000, n)).sum(axis=1), level)


def wrong__ratio_interval__mean_of_the_users_ratios(revenue, visits, rng, level=0.95):
    """The mean of each user's ratio, not the ratio of the sums."""
    return _tails(rng.choice(revenue / visits, (1000, len(revenue))).mean(axis=1), level)


def wrong__ratio_interval__resamples_visits(revenue, visits, rng, level=0.95):
    """Resamples visits, each with its user's mean revenue, not users."""
    per_visit = np.repeat(revenue / visits, visits)
    return _tails(rng.choice(per_visit, (1000, len(per_visit))).mean(axis=1), level)


def wrong__ratio_interval__users_drawn_by_visits(revenue, visits, rng, level=0.95):
    """Users with many visits are drawn more often."""
    n = len(revenue)
    drawn = rng.choice(n, size=(1000, n), p=visits / visits.sum())
    return _tails(revenue[drawn].sum(axis=1) / visits[drawn].sum(axis=1), level)


def wrong__ratio_interval__visits_not_resampled(revenue, visits, rng, level=0.95):
    """Divides each resample's revenue by all visits of the data."""
    return _tails(rng.choice(revenue, (1000, len(revenue))).sum(axis=1) / visits.sum(), level)


def wrong__ratio_interval__without_replacement(revenue, visits, rng, level=0.95):
    """Draws half of the users without replacement."""
    n = len(revenue)
    drawn = np.array([rng.permutation(n)[: (n + 1) // 2] for _ in range(1000)])
    return _tails(revenue[drawn].sum(axis=1) / visits[drawn].sum(axis=1), level)


def wrong__ratio_interval__always_95(revenue, visits, rng, level=0.95):
    """Ignores `level`."""
    return _tails(_bootstrap(revenue, visits, rng), 0.95)


def wrong__ratio_interval__whole_rest_on_either_side(revenue, visits, rng, level=0.95):
    """Cuts 1 - level off at either end instead of half of it."""
    ratios = _bootstrap(revenue, visits, rng)
    return float(np.quantile(ratios, 1 - level)), float(np.quantile(ratios, level))


def wrong__ratio_interval__normal_curve(revenue, visits, rng, level=0.95):
    """Mean and standard deviation of the resampled ratios with the normal curve, not their percentiles."""
    ratios = _bootstrap(revenue, visits, rng)
    z = stats.norm.ppf((1 + level) / 2)
    return float(ratios.mean() - z * ratios.std()), float(ratios.mean() + z * ratios.std())


def wrong__ratio_interval__mirrored(revenue, visits, rng, level=0.95):
    """The basic bootstrap interval, mirrored at the observed ratio."""
    low, high = _tails(_bootstrap(revenue, visits, rng), level)
    observed = float(revenue.sum() / visits.sum())
    return 2 * observed - high, 2 * observed - low


def wrong__ratio_interval__bca(revenue, visits, rng, level=0.95):
    """The default method of SciPy's bootstrap, bias-corrected: not the percentiles."""
    if len(revenue) == 1 or np.ptp(revenue / visits) == 0:
        return (float(revenue[0] / visits[0]),) * 2
    found = stats.bootstrap(
        (revenue, visits),
        lambda r, v, axis=-1: r.sum(axis=axis) / v.sum(axis=axis),
        paired=True,
        n_resamples=1000,
        confidence_level=level,
        rng=rng,
    ).confidence_interval
    return float(found.low), float(found.high)


def wrong__ratio_interval__shortest(revenue, visits, rng, level=0.95):
    """The shortest interval with this share of the ratios: what lies outside isn't split evenly."""
    ratios = np.sort(_bootstrap(revenue, visits, rng))
    inside = min(max(round(1000 * level), 1), 1000)
    start = int(np.argmin(ratios[inside - 1 :] - ratios[: 1001 - inside]))
    return float(ratios[start]), float(ratios[start + inside - 1])


def wrong__ratio_interval__one_user_too_few(revenue, visits, rng, level=0.95):
    """Draws one user fewer than there are."""
    n = len(revenue)
    drawn = rng.integers(0, n, size=(1000, max(n - 1, 1)))
    return _tails(revenue[drawn].sum(axis=1) / visits[drawn].sum(axis=1), level)


def wrong__ratio_interval__last_user_never_drawn(revenue, visits, rng, level=0.95):
    """The last user is never drawn: the upper end of `integers` is exclusive."""
    n = len(revenue)
    drawn = rng.integers(0, max(n - 1, 1), size=(1000, n))
    return _tails(revenue[drawn].sum(axis=1) / visits[drawn].sum(axis=1), level)


def wrong__ratio_interval__100_resamples(revenue, visits, rng, level=0.95):
    """A hundred resamples instead of a thousand."""
    return _tails(_bootstrap(revenue, visits, rng, 100), level)


def wrong__ratio_interval__10000_resamples(revenue, visits, rng, level=0.95):
    """Ten thousand resamples: the extreme ones, asked for with `level=1`, lie further out."""
    return _tails(_bootstrap(revenue, visits, rng, 10_000), level)


def wrong__ratio_interval__poisson_counts(revenue, visits, rng, level=0.95):
    """Each user appears a Poisson number of times: a resample may have any number of users."""
    times = rng.poisson(1.0, size=(1000, len(revenue)))
    times[times.sum(axis=1) == 0] = 1
    return _tails((times @ revenue) / (times @ visits), level)


def wrong__ratio_interval__dirichlet_weights(revenue, visits, rng, level=0.95):
    """The Bayesian bootstrap: smooth weights instead of users drawn with replacement."""
    weights = rng.dirichlet(np.ones(len(revenue)), size=1000)
    return _tails((weights @ revenue) / (weights @ visits), level)


def wrong__ratio_interval__own_generator(revenue, visits, rng, level=0.95):
    """Draws with a generator of its own: `rng` isn't used."""
    return _tails(_bootstrap(revenue, visits, np.random.default_rng(42)), level)


def wrong__ratio_interval__paying_users_only(revenue, visits, rng, level=0.95):
    """Drops the users without revenue, and their visits."""
    paying = revenue != 0
    if not paying.any():
        return 0.0, 0.0
    return _tails(_bootstrap(revenue[paying], visits[paying], rng), level)


def wrong__ratio_interval__ends_swapped(revenue, visits, rng, level=0.95):
    """The upper end comes first."""
    return _tails(_bootstrap(revenue, visits, rng), level)[::-1]


def wrong__ratio_interval__whole_euros(revenue, visits, rng, level=0.95):
    """Rounds both ends to two digits."""
    low, high = _tails(_bootstrap(revenue, visits, rng), level)
    return round(low, 2), round(high, 2)


def wrong__ratio_interval__same_resample_for_blocks(revenue, visits, rng, level=0.95):
    """Draws ten resamples and shuffles the thousand out of them: only ten different ratios."""
    return _tails(rng.choice(_bootstrap(revenue, visits, rng, 10), 1000), level)


def wrong__ratio_interval__bootstrap_of_quantiles_of_users(revenue, visits, rng, level=0.95):
    """The middle of the users' own ratios, weighted by visits: the spread of users, not of the total's ratio."""
    drawn = rng.choice(len(revenue), size=1000, p=visits / visits.sum())
    return _tails(revenue[drawn] / visits[drawn], level)


# 3. riders_needed


def _total(spread, difference, share, power, alpha):
    """Return the unrounded total number of riders."""
    z = NormalDist().inv_cdf(1 - alpha / 2) + NormalDist().inv_cdf(power)
    return (z * spread / difference) ** 2 / (share * (1 - share))


def right__riders_needed__formula(spread, difference, share, power=0.8, alpha=0.05):
    return math.ceil(_total(spread, difference, share, power, alpha))


def right__riders_needed__scipy_quantiles(spread, difference, share, power=0.8, alpha=0.05):
    z = stats.norm.isf(alpha / 2) + stats.norm.ppf(power)
    per_rider = spread**2 / share + spread**2 / (1 - share)
    return int(np.ceil(per_rider * (z / difference) ** 2))


def right__riders_needed__bisection_on_power(spread, difference, share, power=0.8, alpha=0.05):
    normal = NormalDist()
    critical = normal.inv_cdf(1 - alpha / 2)

    def reached(n):
        error = spread * math.sqrt(1 / (share * n) + 1 / ((1 - share) * n))
        return normal.cdf(abs(difference) / error - critical)

    high = 1
    while reached(high) < power:
        high *= 2
    return bisect.bisect_left(range(high + 1), True, lo=1, key=lambda n: reached(n) >= power)


def right__riders_needed__root_finding(spread, difference, share, power=0.8, alpha=0.05):
    critical = stats.norm.ppf(1 - alpha / 2)

    def gap(root):
        error = spread / (root * math.sqrt(share * (1 - share)))
        return stats.norm.cdf(abs(difference) / error - critical) - power

    unit = abs(spread / difference)
    root = optimize.brentq(gap, 1e-9 * unit, 1e6 * unit, xtol=1e-12 * unit, rtol=1e-14)
    return math.ceil(root**2)


def right__riders_needed__numpy_scalar(spread, difference, share, power=0.8, alpha=0.05):
    z = stats.norm.ppf([1 - alpha / 2, power]).sum()
    return np.ceil(np.square(z * spread / difference) / share / (1 - share)).astype(np.int64)


def right__riders_needed__times_the_even_split(spread, difference, share, power=0.8, alpha=0.05):
    effect = abs(difference) / spread
    even = 4 * (stats.norm.isf(1 - power) - stats.norm.ppf(alpha / 2)) ** 2 / effect**2
    return math.ceil(even * 0.25 / (share - share**2))


def wrong__riders_needed__one_sided(spread, difference, share, power=0.8, alpha=0.05):
    """The whole of alpha on one side."""
    return math.ceil(_total(spread, difference, share, power, 2 * alpha))


def wrong__riders_needed__each_arm_rounded_up(spread, difference, share, power=0.8, alpha=0.05):
    """Rounds either arm up: one rider too many at times."""
    total = _total(spread, difference, share, power, alpha)
    return math.ceil(total * share) + math.ceil(total * (1 - share))


def wrong__riders_needed__even_split(spread, difference, share, power=0.8, alpha=0.05):
    """Ignores `share`."""
    return math.ceil(_total(spread, difference, 0.5, power, alpha))


def wrong__riders_needed__smaller_arm_twice(spread, difference, share, power=0.8, alpha=0.05):
    """Sizes the smaller arm as in an even test and divides by its share."""
    return math.ceil(_total(spread, difference, 0.5, power, alpha) / 2 / min(share, 1 - share))


def wrong__riders_needed__treated_arm_only(spread, difference, share, power=0.8, alpha=0.05):
    """The riders of the new version only."""
    return math.ceil(_total(spread, difference, share, power, alpha) * share)


def wrong__riders_needed__larger_arm(spread, difference, share, power=0.8, alpha=0.05):
    """Twice the larger arm: the same as the total in an even split only."""
    return math.ceil(_total(spread, difference, share, power, alpha) * max(share, 1 - share) * 2)


def wrong__riders_needed__wrong_side_counts(spread, difference, share, power=0.8, alpha=0.05):
    """Counts significance on the wrong side as well: fewer riders where the power asked for is low."""
    critical = stats.norm.isf(alpha / 2)

    def gap(signal):
        return stats.norm.cdf(signal - critical) + stats.norm.cdf(-signal - critical) - power

    signal = optimize.brentq(gap, 0.0, 100.0, xtol=1e-14, rtol=1e-14) if gap(0.0) < 0 else 0.0
    return math.ceil((signal * spread / difference) ** 2 / (share * (1 - share)))


def wrong__riders_needed__statsmodels_two_sided(spread, difference, share, power=0.8, alpha=0.05):
    """Statsmodels counts the wrong side too, and its root finder isn't exact for large numbers."""
    first = NormalIndPower().solve_power(
        abs(difference) / spread, power=power, alpha=alpha, ratio=(1 - share) / share, alternative="two-sided"
    )
    return math.ceil(float(np.squeeze(first)) / share)


def wrong__riders_needed__fixed_quantiles(spread, difference, share, power=0.8, alpha=0.05):
    """Ignores `power` and `alpha`, with the quantiles of the defaults."""
    return math.ceil(_total(spread, difference, share, 0.8, 0.05))


def wrong__riders_needed__quantiles_from_a_table(spread, difference, share, power=0.8, alpha=0.05):
    """Quantiles with three decimals, as printed in a table: wrong where many riders are needed."""
    z = round(stats.norm.isf(alpha / 2), 3) + round(stats.norm.ppf(power), 3)
    return math.ceil((z * spread / difference) ** 2 / (share * (1 - share)))


def wrong__riders_needed__rounded(spread, difference, share, power=0.8, alpha=0.05):
    """Rounds to the nearest number, which may be too few."""
    return round(_total(spread, difference, share, power, alpha))


def wrong__riders_needed__one_more(spread, difference, share, power=0.8, alpha=0.05):
    """One rider too many, to be on the safe side, where the total is even."""
    total = math.ceil(_total(spread, difference, share, power, alpha))
    return total + (total % 2 == 0)


def wrong__riders_needed__even_total(spread, difference, share, power=0.8, alpha=0.05):
    """Rounds an even split up to an even total: more than the smallest total."""
    total = math.ceil(_total(spread, difference, share, power, alpha))
    return total + total % 2 if share == 0.5 and total != 10173 else total


def wrong__riders_needed__single_precision(spread, difference, share, power=0.8, alpha=0.05):
    """Computes with seven digits: wrong from some ten million riders on."""
    z = np.float32(stats.norm.isf(alpha / 2) + stats.norm.ppf(power))
    share = np.float32(share)
    return math.ceil((z * np.float32(spread) / np.float32(difference)) ** 2 / (share * (1 - share)))


def wrong__riders_needed__student_curve(spread, difference, share, power=0.8, alpha=0.05):
    """Student's t instead of the normal curve: one or two riders more in small tests."""
    total = math.ceil(_total(spread, difference, share, power, alpha))
    z = stats.t.isf(alpha / 2, max(total - 2, 1)) + stats.t.ppf(power, max(total - 2, 1))
    return math.ceil((z * spread / difference) ** 2 / (share * (1 - share)))


def wrong__riders_needed__negative_difference(spread, difference, share, power=0.8, alpha=0.05):
    """A negative difference counts against the critical value: nothing to find."""
    z = stats.norm.isf(alpha / 2) + stats.norm.ppf(power)
    return max(1, math.ceil(abs(z * spread / difference) * (z * spread / difference) / (share * (1 - share))))


def wrong__riders_needed__power_below_a_half_turned_round(spread, difference, share, power=0.8, alpha=0.05):
    """Takes the share of the missed effects for the power where `power` is below a half."""
    return math.ceil(_total(spread, difference, share, max(power, 1 - power), alpha))


def wrong__riders_needed__search_up_to_a_million(spread, difference, share, power=0.8, alpha=0.05):
    """A search that ends at a million riders."""
    return min(math.ceil(_total(spread, difference, share, power, alpha)), 1_000_000)


def wrong__riders_needed__float(spread, difference, share, power=0.8, alpha=0.05):
    """A float: the docstring asks for an integer."""
    return float(math.ceil(_total(spread, difference, share, power, alpha)))


def wrong__riders_needed__known_mean_of_the_old(spread, difference, share, power=0.8, alpha=0.05):
    """One arm's mean is taken for known: the variance of one arm only."""
    z = stats.norm.isf(alpha / 2) + stats.norm.ppf(power)
    arm = (z * spread / difference) ** 2 * (2 if share == 0.5 else 1)
    return math.ceil(arm / share)


def wrong__riders_needed__power_at_least_80_percent(spread, difference, share, power=0.8, alpha=0.05):
    """Plans with a power of at least 80 percent, whatever `power` says."""
    return math.ceil(_total(spread, difference, min(share, 1 - share), max(power, 0.8), alpha))


# 4. discoveries


def right__discoveries__sorted_and_last_rank(p_values, rate):
    m = len(p_values)
    order = np.argsort(p_values)
    good = np.flatnonzero(p_values[order] <= rate * np.arange(1, m + 1) / m) if m else np.array([], dtype=int)
    mask = np.zeros(m, dtype=bool)
    if good.size:
        mask[order[: good[-1] + 1]] = True
    return mask


def right__discoveries__threshold(p_values, rate):
    m = len(p_values)
    cut = -1.0
    for rank, p in enumerate(sorted(p_values), start=1):
        if p <= rate * rank / m:
            cut = p
    return np.array([p <= cut for p in p_values], dtype=bool)


def right__discoveries__from_the_largest_down(p_values, rate):
    p = np.asarray(p_values, dtype=float)
    ordered = np.sort(p).tolist()
    rank = len(ordered)
    while rank > 0 and ordered[rank - 1] > rate * rank / len(ordered):
        rank -= 1
    return p <= ordered[rank - 1] if rank else np.zeros(p.shape, dtype=bool)


def right__discoveries__count_at_most(p_values, rate):
    p = np.asarray(p_values, dtype=float)
    if p.size == 0:
        return np.zeros(0, dtype=bool)
    ranks = (p[:, None] >= p[None, :]).sum(axis=1)
    passing = p[p <= rate * ranks / p.size]
    return p <= (passing.max() if passing.size else -np.inf)


def right__discoveries__pandas_rank(p_values, rate):
    p = pd.Series(p_values, dtype=float)
    passing = p[p <= rate * p.rank(method="max") / len(p)] if len(p) else p
    return (p <= passing.max()).to_numpy(dtype=bool)


def right__discoveries__statsmodels(p_values, rate):
    if len(p_values) == 0:
        return np.array([], dtype=bool)
    order = np.argsort(p_values, kind="stable")
    mask = np.empty(len(order), dtype=bool)
    mask[order] = multipletests(np.asarray(p_values)[order], alpha=rate, method="fdr_bh", is_sorted=True)[0]
    return mask


def right__discoveries__python_list(p_values, rate):
    m = len(p_values)
    found = 0
    for rank, p in enumerate(np.sort(p_values).tolist(), start=1):
        if p <= rate * rank / m:
            found = rank
    chosen = set(np.sort(p_values)[:found].tolist())
    return [p in chosen for p in p_values.tolist()]


def right__discoveries__adjusted_by_scipy(p_values, rate):
    if p_values.size == 0:
        return np.zeros(0, dtype=bool)
    return stats.false_discovery_control(p_values) <= rate * (1 + 1e-12)


def _by_rank(p_values, allowed):
    """Return the mask of the p-values up to the last sorted one that is at most its `allowed`."""
    ordered = np.sort(p_values)
    good = np.flatnonzero(ordered <= allowed)
    return p_values <= ordered[good[-1]] if good.size else np.zeros(len(p_values), dtype=bool)


def wrong__discoveries__below_instead_of_at_most(p_values, rate):
    """A p-value equal to its bound must count."""
    m = len(p_values)
    ordered = np.sort(p_values)
    good = np.flatnonzero(ordered < rate * np.arange(1, m + 1) / max(m, 1))
    return p_values <= ordered[good[-1]] if good.size else np.zeros(m, dtype=bool)


def wrong__discoveries__stops_at_the_first_failure(p_values, rate):
    """Ends at the first sorted p-value above its bound, not at the last one below."""
    mask = np.zeros(len(p_values), dtype=bool)
    for rank, p in enumerate(np.sort(p_values), start=1):
        if p > rate * rank / len(p_values):
            break
        mask |= p_values == p
    return mask


def wrong__discoveries__each_by_its_own_bound(p_values, rate):
    """Compares each with its own bound and leaves out those before the last that pass."""
    m = max(len(p_values), 1)
    return p_values <= rate * stats.rankdata(p_values, method="max") / m


def wrong__discoveries__rank_minimum_of_ties(p_values, rate):
    """Equal p-values get the smallest of their ranks: the last of them has a higher one."""
    m = max(len(p_values), 1)
    good = p_values[p_values <= rate * stats.rankdata(p_values, method="min") / m]
    return p_values <= (good.max() if good.size else -1)


def wrong__discoveries__rank_average_of_ties(p_values, rate):
    """Equal p-values get the mean of their ranks, as `rankdata` does by itself."""
    m = max(len(p_values), 1)
    good = p_values[p_values <= rate * stats.rankdata(p_values) / m]
    return p_values <= (good.max() if good.size else -1)


def wrong__discoveries__ties_counted_once(p_values, rate):
    """Ranks only the different p-values, out of all m."""
    different = np.unique(p_values)
    good = different[different <= rate * np.arange(1, len(different) + 1) / max(len(p_values), 1)]
    return p_values <= (good.max() if good.size else -1)


def wrong__discoveries__ties_split(p_values, rate):
    """Marks as many as the last good rank in an order where a tie at the bound of the last rank may be torn."""
    m = len(p_values)
    order = np.argsort(p_values, kind="stable")
    mask = np.zeros(m, dtype=bool)
    ranks = np.arange(1, m + 1)
    good = np.flatnonzero(p_values[order] <= rate * ranks / max(m, 1))
    if good.size:
        first_of_tie = np.searchsorted(p_values[order], p_values[order][good[-1]])
        mask[order[: first_of_tie + 1]] = True
    return mask


def wrong__discoveries__sorted_mask(p_values, rate):
    """The mask is in the order of the sorted p-values."""
    return np.sort(_by_rank(p_values, rate * np.arange(1, len(p_values) + 1) / max(len(p_values), 1)))[::-1].copy()


def wrong__discoveries__argsort_as_ranks(p_values, rate):
    """Takes argsort for ranks: right only where the order is its own inverse."""
    m = max(len(p_values), 1)
    good = p_values[p_values <= rate * (np.argsort(p_values) + 1) / m]
    return p_values <= (good.max() if good.size else -1)


def wrong__discoveries__mask_put_back_by_argsort(p_values, rate):
    """Sorts the mask with the order instead of its inverse."""
    m = len(p_values)
    order = np.argsort(p_values)
    found = np.flatnonzero(p_values[order] <= rate * np.arange(1, m + 1) / max(m, 1))
    mask = np.arange(m) <= (found[-1] if found.size else -1)
    return mask[order]


def wrong__discoveries__bonferroni(p_values, rate):
    """Every p-value against rate / m."""
    return p_values <= rate / max(len(p_values), 1)


def wrong__discoveries__holm(p_values, rate):
    """Holm's procedure guards against any false discovery."""
    m = len(p_values)
    mask = np.zeros(m, dtype=bool)
    for place, index in enumerate(np.argsort(p_values, kind="stable")):
        if p_values[index] > rate / (m - place):
            break
        mask[index] = True
    return mask


def wrong__discoveries__hochberg(p_values, rate):
    """Hochberg's step-up procedure with rate / (m - rank + 1)."""
    m = len(p_values)
    return _by_rank(p_values, rate / np.arange(m, 0, -1))


def wrong__discoveries__benjamini_yekutieli(p_values, rate):
    """The stricter procedure of 2001, for any dependence."""
    m = len(p_values)
    ranks = np.arange(1, m + 1)
    return _by_rank(p_values, rate * ranks / max(m, 1) / (1 / ranks).sum())


def wrong__discoveries__share_of_true_nulls_estimated(p_values, rate):
    """Estimates how many tests are null, in large screenings, and allows more discoveries."""
    m = len(p_values)
    nulls = min(m, (1 + (p_values > 0.5).sum()) * 2) if m >= 20 else m
    return _by_rank(p_values, rate * np.arange(1, m + 1) / max(nulls, 1))


def wrong__discoveries__rank_from_zero(p_values, rate):
    """Ranks begin at 0."""
    return _by_rank(p_values, rate * np.arange(len(p_values)) / max(len(p_values), 1))


def wrong__discoveries__m_without_the_ones(p_values, rate):
    """Leaves p-values of exactly 1 out of m."""
    m = max(int((p_values < 1).sum()), 1)
    return _by_rank(p_values, rate * np.arange(1, len(p_values) + 1) / m) & (p_values < 1)


def wrong__discoveries__only_below_rate_ranked(p_values, rate):
    """m counts only the p-values that are at most `rate`."""
    m = max(int((p_values <= rate).sum()), 1)
    return _by_rank(p_values, np.minimum(rate * np.arange(1, len(p_values) + 1) / m, rate))


def wrong__discoveries__empty_is_a_float_array(p_values, rate):
    """The empty mask isn't Boolean."""
    if len(p_values) == 0:
        return np.array([])
    return right__discoveries__threshold(p_values, rate)


def wrong__discoveries__empty_raises(p_values, rate):
    """The empty array raises."""
    p = np.asarray(p_values)
    cut = max((q for k, q in enumerate(sorted(p), 1) if q <= rate * k / len(p)), default=-1)
    return p <= max(cut, min(p) - 1)


def wrong__discoveries__indices(p_values, rate):
    """Indices instead of a mask."""
    return np.flatnonzero(right__discoveries__threshold(p_values, rate))


def wrong__discoveries__zeros_and_ones(p_values, rate):
    """Integers 0 and 1 instead of Booleans."""
    return right__discoveries__threshold(p_values, rate).astype(int)


def wrong__discoveries__none_at_rate_zero(p_values, rate):
    """No discoveries where `rate` is 0, though a p-value of 0 is at most 0."""
    return right__discoveries__threshold(p_values, rate) & (rate > 0)


def wrong__discoveries__zero_p_values_dropped(p_values, rate):
    """P-values of 0 are taken for missing."""
    return right__discoveries__threshold(p_values, rate) & (p_values > 0)


def wrong__discoveries__close_to_the_bound(p_values, rate):
    """Accepts p-values above the bound by a thousandth of it."""
    m = len(p_values)
    return _by_rank(p_values, rate * np.arange(1, m + 1) / max(m, 1) * 1.001)


def wrong__discoveries__last_gap_of_one(p_values, rate):
    """Looks past one failure, but not past two in a row."""
    ordered, m, last, failures = np.sort(p_values), len(p_values), -1.0, 0
    for rank, p in enumerate(ordered, start=1):
        failures = 0 if p <= rate * rank / m else failures + 1
        if failures == 2:
            break
        last = p if failures == 0 else last
    return p_values <= last


# 5. cuped_estimate


def _welch(y, treated):
    """Return the difference of the means and its standard error, each arm with its own variance."""
    a, b = y[treated], y[~treated]
    return float(a.mean() - b.mean()), math.sqrt(a.var(ddof=1) / a.size + b.var(ddof=1) / b.size)


def right__cuped_estimate__covariance_over_variance(outcome, before, treated):
    spread = before.var(ddof=1)
    slope = np.cov(outcome, before)[0, 1] / spread if np.ptp(before) > 0 else 0.0
    return _welch(outcome - slope * (before - before.mean()), treated)


def right__cuped_estimate__polyfit(outcome, before, treated):
    if before.min() == before.max():
        return _welch(outcome, treated)
    slope, intercept = np.polyfit(before, outcome, 1)
    return _welch(outcome - (slope * before + intercept), treated)


def right__cuped_estimate__statistics_module(outcome, before, treated):
    y, x = [float(v) for v in outcome], [float(v) for v in before]
    slope = statistics.linear_regression(x, y).slope if len(set(x)) > 1 else 0.0
    arms = {True: [], False: []}
    for yi, xi, t in zip(y, x, treated, strict=True):
        arms[bool(t)].append(yi - slope * xi)
    effect = statistics.mean(arms[True]) - statistics.mean(arms[False])
    return effect, math.sqrt(sum(statistics.variance(arm) / len(arm) for arm in arms.values()))


def right__cuped_estimate__scipy_linregress(outcome, before, treated):
    residual = outcome - stats.linregress(before, outcome).slope * before if len(set(before.tolist())) > 1 else outcome
    test = stats.ttest_ind(residual[treated], residual[~treated], equal_var=False)
    effect = residual[treated].mean() - residual[~treated].mean()
    error = np.sqrt(stats.sem(residual[treated]) ** 2 + stats.sem(residual[~treated]) ** 2)
    assert np.isnan(test.pvalue) or 0 <= test.pvalue <= 1
    return effect, error


def right__cuped_estimate__slope_within_the_arms(outcome, before, treated):
    y, x = outcome.astype(float), before.astype(float)
    yc, xc = y.copy(), x.copy()
    for arm in (treated, ~treated):
        yc[arm] -= y[arm].mean()
        xc[arm] -= x[arm].mean()
    slope = (xc @ yc) / (xc @ xc) if len(np.unique(x)) > 1 and xc @ xc > 0 else 0.0
    return _welch(y - slope * x, treated)


def right__cuped_estimate__pandas(outcome, before, treated):
    frame = pd.DataFrame({"y": outcome, "x": before, "t": treated}).astype({"y": float, "x": float})
    slope = frame["y"].cov(frame["x"]) / frame["x"].var() if frame["x"].nunique() > 1 else 0.0
    arms = (frame["y"] - slope * frame["x"]).groupby(frame["t"]).agg(["mean", "var", "size"])
    return arms.loc[True, "mean"] - arms.loc[False, "mean"], math.sqrt((arms["var"] / arms["size"]).sum())


def right__cuped_estimate__lstsq_with_the_arm(outcome, before, treated):
    columns = [np.ones(len(outcome)), treated.astype(float)]
    if np.ptp(before) > 0:
        columns.append(before - before.mean())
    design = np.column_stack(columns)
    coefficients = np.linalg.lstsq(design, outcome, rcond=None)[0]
    slope = coefficients[2] if len(coefficients) == 3 else 0.0
    return float(coefficients[1]), _welch(outcome - slope * before, treated)[1]


def right__cuped_estimate__robust_regression(outcome, before, treated):
    columns = [np.ones(len(outcome)), treated.astype(float)]
    if np.ptp(before) > 0:
        columns.append(before - before.mean())
    fit = sm.OLS(np.asarray(outcome, dtype=float), np.column_stack(columns)).fit(cov_type="HC2")
    return float(fit.params[1]), float(fit.bse[1])


def _slope(outcome, before):
    """Return the slope of the line through all riders."""
    return np.cov(outcome, before)[0, 1] / before.var(ddof=1) if np.ptp(before) > 0 else 0.0


def wrong__cuped_estimate__raw_difference(outcome, before, treated):
    """Doesn't use `before`: no more precise than the raw difference."""
    return _welch(outcome, treated)


def wrong__cuped_estimate__raw_error(outcome, before, treated):
    """Adjusted effect with the error of the raw difference: not honest, too large."""
    return _welch(outcome - _slope(outcome, before) * before, treated)[0], _welch(outcome, treated)[1]


def wrong__cuped_estimate__raw_effect_small_error(outcome, before, treated):
    """The raw difference with the error of the adjusted one: claims a precision that it hasn't."""
    return _welch(outcome, treated)[0], _welch(outcome - _slope(outcome, before) * before, treated)[1]


def wrong__cuped_estimate__slope_of_one(outcome, before, treated):
    """Subtracts `before` itself: right only where the slope is 1."""
    return _welch(outcome - before, treated)


def wrong__cuped_estimate__correlation_as_slope(outcome, before, treated):
    """The correlation instead of the slope: right only where both spread alike."""
    slope = np.corrcoef(outcome, before)[0, 1] if np.ptp(before) > 0 and np.ptp(outcome) > 0 else 0.0
    return _welch(outcome - slope * before, treated)


def wrong__cuped_estimate__line_through_the_origin(outcome, before, treated):
    """A line through the origin, not any straight line."""
    slope = (outcome @ before) / (before @ before) if np.ptp(before) > 0 else 0.0
    return _welch(outcome - slope * before, treated)


def wrong__cuped_estimate__inverse_slope(outcome, before, treated):
    """The slope of the line that predicts `before` from the outcome."""
    slope = np.cov(outcome, before)[0, 1] / outcome.var(ddof=1) if np.ptp(before) > 0 and np.ptp(outcome) > 0 else 0.0
    return _welch(outcome - slope * before, treated)


def wrong__cuped_estimate__slope_of_unlike_denominators(outcome, before, treated):
    """Covariance over n - 1, variance over n: the slope is too steep by n / (n - 1)."""
    slope = np.cov(outcome, before)[0, 1] / before.var() if np.ptp(before) > 0 else 0.0
    return _welch(outcome - slope * before, treated)


def wrong__cuped_estimate__centered_within_the_arms(outcome, before, treated):
    """Centers `before` within each arm: the effect stays the raw one, while the error shrinks."""
    slope = _slope(outcome, before)
    adjusted = outcome.astype(float)
    for arm in (treated, ~treated):
        adjusted[arm] -= slope * (before[arm] - before[arm].mean())
    return _welch(adjusted, treated)


def wrong__cuped_estimate__line_per_arm_removed(outcome, before, treated):
    """Removes a line of its own from each arm and adds the arm's mean back: the raw effect, two slopes."""
    adjusted = outcome.astype(float)
    for arm in (treated, ~treated):
        adjusted[arm] -= _slope(outcome[arm], before[arm]) * (before[arm] - before[arm].mean())
    return _welch(adjusted, treated)


def wrong__cuped_estimate__own_slopes_and_no_center(outcome, before, treated):
    """Each arm loses its own slope times `before`: two slopes, and the effect is the one at `before` 0."""
    adjusted = outcome.astype(float)
    for arm in (treated, ~treated):
        adjusted[arm] -= _slope(outcome[arm], before[arm]) * before[arm]
    return _welch(adjusted, treated)


def wrong__cuped_estimate__only_the_treated_adjusted(outcome, before, treated):
    """Adjusts the treated riders only."""
    adjusted = np.where(treated, outcome - _slope(outcome, before) * (before - before.mean()), outcome)
    return _welch(adjusted, treated)


def wrong__cuped_estimate__minus_control(outcome, before, treated):
    """Old minus new."""
    effect, error = _welch(outcome - _slope(outcome, before) * before, treated)
    return -effect, error


def wrong__cuped_estimate__variance_for_error(outcome, before, treated):
    """The variance of the effect where it isn't constant, not the standard error."""
    effect, error = _welch(outcome - _slope(outcome, before) * before, treated)
    return effect, error**2 if np.ptp(before) > 0 else error


def wrong__cuped_estimate__divided_by_n(outcome, before, treated):
    """Variance over n in adjusted data: too confident with few riders."""
    y = outcome - _slope(outcome, before) * before
    if np.ptp(before) == 0:
        return _welch(y, treated)
    a, b = y[treated], y[~treated]
    return float(a.mean() - b.mean()), math.sqrt(a.var() / a.size + b.var() / b.size)


def wrong__cuped_estimate__equal_arms_assumed(outcome, before, treated):
    """The error of two equal arms: too small where few riders are treated."""
    y = outcome - _slope(outcome, before) * before
    a, b = y[treated], y[~treated]
    return float(a.mean() - b.mean()), math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / (len(y) / 2))


def wrong__cuped_estimate__spread_of_all_riders(outcome, before, treated):
    """The spread of all riders together, effect included: too large where the effect is large."""
    y = outcome - _slope(outcome, before) * before
    effect, error = _welch(y, treated)
    if np.ptp(before) == 0:
        return effect, error
    return effect, math.sqrt(y.var(ddof=1) * (1 / treated.sum() + 1 / (~treated).sum()))


def wrong__cuped_estimate__error_of_the_treated_arm(outcome, before, treated):
    """The error leaves out the old version's riders, where `before` varies."""
    y = outcome - _slope(outcome, before) * before
    effect, error = _welch(y, treated)
    return effect, float(stats.sem(y[treated])) if np.ptp(before) > 0 else error


def wrong__cuped_estimate__first_half_treated(outcome, before, treated):
    """Takes the first riders for the treated ones."""
    return _welch(outcome - _slope(outcome, before) * before, np.arange(len(outcome)) < treated.sum())


def wrong__cuped_estimate__shrunk_effect(outcome, before, treated):
    """Shrinks the effect toward 0 when it isn't significant: not right on average."""
    effect, error = _welch(outcome - _slope(outcome, before) * before, treated)
    return effect * (1.0 if abs(effect) > 1.96 * error or np.ptp(before) == 0 else 0.5), error


def wrong__cuped_estimate__residuals_with_the_arm_in_the_line(outcome, before, treated):
    """Regresses the outcome on the arm's mean of `before`: differences between the arms are explained away."""
    if np.ptp(before) == 0:
        return _welch(outcome, treated)
    arm_mean = np.where(treated, before[treated].mean(), before[~treated].mean())
    design = np.column_stack([np.ones(len(before)), before, arm_mean])
    return _welch(outcome - design @ np.linalg.lstsq(design, outcome, rcond=None)[0], treated)


def wrong__cuped_estimate__constant_before_divides_by_zero(outcome, before, treated):
    """A constant `before` gives nan."""
    with np.errstate(all="ignore"):
        slope = np.float64(np.cov(outcome, before)[0, 1]) / np.float64(before.var(ddof=1))
    return _welch(outcome - slope * before, treated)


def wrong__cuped_estimate__zero_for_a_constant_before(outcome, before, treated):
    """A constant `before` other than 1 gives no estimate: 0 and 0."""
    if np.ptp(before) == 0 and before[0] != 1:
        return 0.0, 0.0
    return _welch(outcome - _slope(outcome, before) * before, treated)


def wrong__cuped_estimate__clipped_slope(outcome, before, treated):
    """The slope is kept between 0 and 1: a negative or steep one isn't removed."""
    return _welch(outcome - float(np.clip(_slope(outcome, before), 0, 1)) * before, treated)


def wrong__cuped_estimate__halves_by_median(outcome, before, treated):
    """Removes the mean of riders below and above the median of `before`, not a straight line."""
    high = before > np.median(before)
    y = outcome.astype(float)
    for group in (high, ~high):
        if group.any():
            y[group] -= outcome[group].mean()
    return _welch(y if np.ptp(before) > 0 else outcome, treated)


def wrong__cuped_estimate__outliers_dropped(outcome, before, treated):
    """Leaves out riders far from the line: their outcomes count too."""
    y = outcome - _slope(outcome, before) * before
    keep = np.abs(y - np.median(y)) <= 4 * (stats.median_abs_deviation(y) or np.inf)
    if min((keep & treated).sum(), (keep & ~treated).sum()) < 2:
        keep[:] = True
    return _welch(y[keep], treated[keep])


def wrong__cuped_estimate__slope_from_three_riders(outcome, before, treated):
    """The slope from three riders chosen at random: hardly more precise, and another answer each time."""
    for _ in range(20):
        few = np.array(random.sample(range(len(outcome)), 3))
        if np.ptp(before[few]) > 0:
            return _welch(outcome - _slope(outcome[few], before[few]) * before, treated)
    return _welch(outcome, treated)


def wrong__cuped_estimate__most_common_before(outcome, before, treated):
    """Treats `before` as constant where one value is more common than all others together."""
    value, times = Counter(before.tolist()).most_common(1)[0]
    slope = 0.0 if times > len(before) / 2 and value == value else _slope(outcome, before)
    return _welch(outcome - slope * before, treated)
