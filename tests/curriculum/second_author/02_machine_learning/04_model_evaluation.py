"""Answers to 02_machine_learning/04_model_evaluation by somebody who has not seen its checks: `right__...` must pass,
`wrong__...` must fail."""

import math
from fractions import Fraction

import numpy as np
from scipy import stats
from sklearn.metrics import roc_auc_score

# 1. precision_in_the_wild


def right__precision_in_the_wild__counts(recall, specificity, prevalence):
    found = recall * prevalence
    false_alarms = (1 - specificity) * (1 - prevalence)
    alarms = found + false_alarms
    return found / alarms if alarms > 0 else 0.0


def right__precision_in_the_wild__fractions(recall, specificity, prevalence):
    r, s, p = Fraction(recall), Fraction(specificity), Fraction(prevalence)
    alarms = r * p + (1 - s) * (1 - p)
    return float(r * p / alarms) if alarms else 0


def right__precision_in_the_wild__odds(recall, specificity, prevalence):
    if recall * prevalence == 0:
        return np.float64(0)
    if specificity == 1 or prevalence == 1:
        return 1.0
    odds = prevalence / (1 - prevalence) * recall / (1 - specificity)
    return np.float64(odds / (1 + odds))


def wrong__precision_in_the_wild__one_for_silence(recall, specificity, prevalence):
    """No alarm at all is to give 0, not 1."""
    found, false = recall * prevalence, (1 - specificity) * (1 - prevalence)
    return found / (found + false) if found + false else 1.0


def wrong__precision_in_the_wild__zero_if_never_a_false_alarm(recall, specificity, prevalence):
    """Without false alarms every alarm is right: 1, unless there is none."""
    found, false = recall * prevalence, (1 - specificity) * (1 - prevalence)
    return found / (found + false) if false else 0.0


def wrong__precision_in_the_wild__epsilon(recall, specificity, prevalence):
    """A rare thing is found by a precise detector, but the epsilon in the denominator hides it."""
    found, false = recall * prevalence, (1 - specificity) * (1 - prevalence)
    return found / (found + false + 1e-9)


def wrong__precision_in_the_wild__small_is_never(recall, specificity, prevalence):
    """Alarms that are rare, such as 1 in a million cases, still happen."""
    found, false = recall * prevalence, (1 - specificity) * (1 - prevalence)
    return found / (found + false) if found + false > 1e-4 else 0.0


def wrong__precision_in_the_wild__rounded(recall, specificity, prevalence):
    """Rounds to three digits as the docstring's example does."""
    found, false = recall * prevalence, (1 - specificity) * (1 - prevalence)
    return round(found / (found + false), 3) if found + false else 0.0


def wrong__precision_in_the_wild__zero_without_positives_only(recall, specificity, prevalence):
    """Guards prevalence 0 alone: recall 0 with specificity 1 divides by zero."""
    if prevalence == 0:
        return 0.0
    return recall * prevalence / (recall * prevalence + (1 - specificity) * (1 - prevalence))


def wrong__precision_in_the_wild__nan_for_silence(recall, specificity, prevalence):
    """No alarm at all is to give 0, not NaN."""
    with np.errstate(all="ignore"):
        found, false = np.float64(recall * prevalence), (1 - specificity) * (1 - prevalence)
        return float(found / (found + false))


def wrong__precision_in_the_wild__negative_predictive_value(recall, specificity, prevalence):
    """The share of quiet bags that are empty."""
    quiet = specificity * (1 - prevalence)
    missed = (1 - recall) * prevalence
    return quiet / (quiet + missed) if quiet + missed else 0.0


# 2. ranking_auc


def right__ranking_auc__loop(scores, labels):
    won = [
        1.0 if a > b else 0.5 if a == b else 0.0
        for a, x in zip(scores, labels, strict=True)
        if x == 1
        for b, y in zip(scores, labels, strict=True)
        if y == 0
    ]
    return sum(won) / len(won)


def right__ranking_auc__ranks(scores, labels):
    spam = np.asarray(labels) == 1
    n1, n0 = int(spam.sum()), int((~spam).sum())
    return (stats.rankdata(scores)[spam].sum() - n1 * (n1 + 1) / 2) / (n1 * n0)


def right__ranking_auc__two_searches(scores, labels):
    good = np.sort(scores[labels == 0])
    spam = scores[labels == 1]
    return float((np.searchsorted(good, spam, "left") + np.searchsorted(good, spam, "right")).mean() / 2 / len(good))


def wrong__ranking_auc__close_scores_tie(scores, labels):
    """Scores that are close, but not equal, count as a tie."""
    a, b = scores[labels == 1][:, None], scores[labels == 0][None, :]
    tie = np.isclose(a, b)
    return float(np.where(tie, 0.5, a > b).mean())


def wrong__ranking_auc__float32(scores, labels):
    """Scores that differ beyond the seventh digit count as a tie."""
    scores = scores.astype(np.float32)
    a, b = scores[labels == 1][:, None], scores[labels == 0][None, :]
    return float(((a > b) + 0.5 * (a == b)).mean())


def wrong__ranking_auc__sign_of_integers(scores, labels):
    """Truncates the scores to integers."""
    scores = scores.astype(int)
    a, b = scores[labels == 1][:, None], scores[labels == 0][None, :]
    return float(((a > b) + 0.5 * (a == b)).mean())


def wrong__ranking_auc__never_below_half(scores, labels):
    """Turns a ranking that is worse than chance around."""
    auc = roc_auc_score(labels, scores)
    return float(max(auc, 1 - auc))


def wrong__ranking_auc__ordinal_ranks(scores, labels):
    """Ties are broken by the position in the array instead of counting half."""
    spam = labels == 1
    n1, n0 = int(spam.sum()), int((~spam).sum())
    return float((stats.rankdata(scores, method="ordinal")[spam].sum() - n1 * (n1 + 1) / 2) / (n1 * n0))


def wrong__ranking_auc__thresholds_from_zero_to_one(scores, labels):
    """Sweeps thresholds between 0 and 1, though a score can be any number."""
    thresholds = np.r_[np.inf, np.linspace(1, 0, 1001), -np.inf]
    tpr = [(scores[labels == 1] >= t).mean() for t in thresholds]
    fpr = [(scores[labels == 0] >= t).mean() for t in thresholds]
    return float(np.trapezoid(tpr, fpr))


def wrong__ranking_auc__sampled_pairs(scores, labels):
    """Beyond 400 pairs it only estimates."""
    a, b = scores[labels == 1], scores[labels == 0]
    if len(a) * len(b) > 400:
        rng = np.random.default_rng(0)
        a, b = rng.choice(a, 4000), rng.choice(b, 4000)
        return float(((a > b) + 0.5 * (a == b)).mean())
    return float(((a[:, None] > b) + 0.5 * (a[:, None] == b)).mean())


def wrong__ranking_auc__step_without_ties(scores, labels):
    """Sums a staircase over the sorted rows: ties count 0 or 1, by the order of a sort."""
    order = np.argsort(-scores, kind="stable")
    y = labels[order]
    return float((np.cumsum(y)[y == 0]).sum() / (y.sum() * (len(y) - y.sum())))


def wrong__ranking_auc__distinct_scores(scores, labels):
    """Drops repeated scores within a class: each counts once."""
    a, b = np.unique(scores[labels == 1]), np.unique(scores[labels == 0])
    return float(((a[:, None] > b) + 0.5 * (a[:, None] == b)).mean())


def wrong__ranking_auc__small_counters(scores, labels):
    """Counts pairs in 8 bits: overflows with more than 127 of them."""
    a, b = scores[labels == 1], scores[labels == 0]
    twice = (2 * (a[:, None] > b) + (a[:, None] == b)).astype(np.int16).sum(dtype=np.int16)
    return float(twice) / 2 / (len(a) * len(b)) if len(a) * len(b) < 2**20 else math.nan


# 3. calibration_gap


def right__calibration_gap__loop(probabilities, labels, bins):
    edges = np.arange(bins + 1) / bins
    total = 0.0
    for k in range(bins):
        last = k == bins - 1
        inside = (probabilities >= edges[k]) & ((probabilities < edges[k + 1]) | last)
        if inside.any():
            total += inside.sum() * abs(probabilities[inside].mean() - labels[inside].mean())
    return total / len(probabilities)


def right__calibration_gap__bincount(probabilities, labels, bins):
    part = np.minimum((probabilities * bins).astype(int), bins - 1)
    return float(np.abs(np.bincount(part, weights=probabilities - labels)).sum() / len(labels))


def right__calibration_gap__linspace(probabilities, labels, bins):
    part = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], probabilities, side="right")
    return sum(abs((probabilities - labels)[part == k].sum()) for k in np.unique(part)) / len(labels)


def wrong__calibration_gap__border_below(probabilities, labels, bins):
    """A probability on a border belongs to the upper part."""
    part = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], probabilities, side="left")
    return float(np.abs(np.bincount(part, weights=probabilities - labels)).sum() / len(labels))


def wrong__calibration_gap__one_left_out(probabilities, labels, bins):
    """Probability 1 gets a part of its own."""
    part = (probabilities * bins).astype(int)
    return float(np.abs(np.bincount(part, weights=probabilities - labels)).sum() / len(labels))


def wrong__calibration_gap__one_dropped(probabilities, labels, bins):
    """Probability 1 belongs to no part: half-open parts to the end."""
    total = 0.0
    for k in range(bins):
        inside = (probabilities >= k / bins) & (probabilities < (k + 1) / bins)
        if inside.any():
            total += inside.sum() * abs(probabilities[inside].mean() - labels[inside].mean())
    return total / len(probabilities)


def wrong__calibration_gap__unweighted(probabilities, labels, bins):
    """Every part with days counts the same."""
    part = np.minimum((probabilities * bins).astype(int), bins - 1)
    return float(np.mean([abs((probabilities - labels)[part == k].mean()) for k in np.unique(part)]))


def wrong__calibration_gap__middle_of_the_part(probabilities, labels, bins):
    """Takes the middle of the part for the mean probability."""
    part = np.minimum((probabilities * bins).astype(int), bins - 1)
    return float(np.abs(np.bincount(part, weights=(part + 0.5) / bins - labels)).sum() / len(labels))


def wrong__calibration_gap__equal_counts(probabilities, labels, bins):
    """Parts of equal counts, not of equal width."""
    parts = np.array_split(np.argsort(probabilities, kind="stable"), bins)
    return float(sum(abs((probabilities - labels)[i].sum()) for i in parts) / len(labels))


def wrong__calibration_gap__range_of_the_data(probabilities, labels, bins):
    """Cuts the range from the smallest to the largest probability."""
    edges = np.linspace(probabilities.min(), probabilities.max(), bins + 1)
    part = np.searchsorted(edges[1:-1], probabilities, side="right")
    return float(np.abs(np.bincount(part, weights=probabilities - labels)).sum() / len(labels))


def wrong__calibration_gap__squared(probabilities, labels, bins):
    """The root of the mean squared distance."""
    part = np.minimum((probabilities * bins).astype(int), bins - 1)
    sums, n = np.bincount(part, weights=probabilities - labels), np.bincount(part)
    return float(math.sqrt((sums[n > 0] ** 2 / n[n > 0]).sum() / len(labels)))


def wrong__calibration_gap__at_most_ten_bins(probabilities, labels, bins):
    """More than ten parts are cut to ten."""
    bins = min(bins, 10)
    part = np.minimum((probabilities * bins).astype(int), bins - 1)
    return float(np.abs(np.bincount(part, weights=probabilities - labels)).sum() / len(labels))


def wrong__calibration_gap__eight_bit_parts(probabilities, labels, bins):
    """Numbers the parts in 8 bits: parts beyond 255 fall together with others."""
    part = np.minimum((probabilities * bins).astype(int), bins - 1).astype(np.uint8)
    return float(np.abs(np.bincount(part, weights=probabilities - labels)).sum() / len(labels))


def wrong__calibration_gap__parts_by_percent(probabilities, labels, bins):
    """Rounds probabilities to whole percent before it cuts: some days move to the part next door."""
    part = np.minimum((np.round(probabilities, 2) * bins).astype(int), bins - 1)
    return float(np.abs(np.bincount(part, weights=probabilities - labels)).sum() / len(labels))


def wrong__calibration_gap__signed(probabilities, labels, bins):
    """Takes the distance at the end only: parts cancel."""
    part = np.minimum((probabilities * bins).astype(int), bins - 1)
    return float(abs(np.bincount(part, weights=probabilities - labels).sum()) / len(labels))


# 4. cheapest_threshold


def right__cheapest_threshold__loop(probabilities, labels, miss_cost, alarm_cost):
    best, lowest = math.inf, miss_cost * sum(labels)
    for t in sorted(set(probabilities.tolist()), reverse=True):
        rings = probabilities >= t
        cost = miss_cost * int(((labels == 1) & ~rings).sum()) + alarm_cost * int(((labels == 0) & rings).sum())
        if cost < lowest:
            best, lowest = t, cost
    return best


def right__cheapest_threshold__broadcast(probabilities, labels, miss_cost, alarm_cost):
    candidates = np.append(np.unique(probabilities), np.inf)[::-1]
    rings = probabilities[None, :] >= candidates[:, None]
    misses = (~rings & (labels == 1)).sum(axis=1)
    false = (rings & (labels == 0)).sum(axis=1)
    return candidates[np.argmin(miss_cost * misses + alarm_cost * false)]


def right__cheapest_threshold__cumulated(probabilities, labels, miss_cost, alarm_cost):
    values, inverse = np.unique(-probabilities, return_inverse=True)
    failed = np.bincount(inverse, weights=labels, minlength=len(values)).cumsum()
    fine = np.bincount(inverse, weights=1 - labels, minlength=len(values)).cumsum()
    cost = np.r_[failed[-1] * miss_cost, (failed[-1] - failed) * miss_cost + fine * alarm_cost]
    return float(np.r_[np.inf, -values][cost.argmin()])


def right__cheapest_threshold__only_failures_can_win(probabilities, labels, miss_cost, alarm_cost):
    candidates = np.append(np.unique(probabilities[labels == 1]), np.inf)[::-1]
    return float(candidates[_costs(probabilities, labels, candidates, miss_cost, alarm_cost).argmin()])


def _costs(probabilities, labels, candidates, miss_cost, alarm_cost):
    rings = probabilities[None, :] >= candidates[:, None]
    misses, false = (~rings & (labels == 1)).sum(axis=1), (rings & (labels == 0)).sum(axis=1)
    return miss_cost * misses + alarm_cost * false


def wrong__cheapest_threshold__smallest_of_equals(probabilities, labels, miss_cost, alarm_cost):
    """Among equals the largest is asked."""
    candidates = np.append(np.unique(probabilities), np.inf)
    return float(candidates[_costs(probabilities, labels, candidates, miss_cost, alarm_cost).argmin()])


def wrong__cheapest_threshold__infinity_only_if_cheaper(probabilities, labels, miss_cost, alarm_cost):
    """Takes the largest of the equals, but infinity only if it is strictly cheaper."""
    candidates = np.append(np.unique(probabilities)[::-1], np.inf)
    return float(candidates[_costs(probabilities, labels, candidates, miss_cost, alarm_cost).argmin()])


def wrong__cheapest_threshold__never_infinity(probabilities, labels, miss_cost, alarm_cost):
    """Forgets infinity."""
    candidates = np.unique(probabilities)[::-1]
    return float(candidates[_costs(probabilities, labels, candidates, miss_cost, alarm_cost).argmin()])


def wrong__cheapest_threshold__strictly_above(probabilities, labels, miss_cost, alarm_cost):
    """The alarm rings above the threshold only."""
    candidates = np.append(np.unique(probabilities), np.inf)[::-1]
    rings = probabilities[None, :] > candidates[:, None]
    misses, false = (~rings & (labels == 1)).sum(axis=1), (rings & (labels == 0)).sum(axis=1)
    return float(candidates[(miss_cost * misses + alarm_cost * false).argmin()])


def wrong__cheapest_threshold__right_alarms_cost_too(probabilities, labels, miss_cost, alarm_cost):
    """Counts the inspection of a failing pump as well."""
    candidates = np.append(np.unique(probabilities), np.inf)[::-1]
    rings = probabilities[None, :] >= candidates[:, None]
    misses = (~rings & (labels == 1)).sum(axis=1)
    return float(candidates[(miss_cost * misses + alarm_cost * rings.sum(axis=1)).argmin()])


def wrong__cheapest_threshold__trusts_the_probabilities(probabilities, labels, miss_cost, alarm_cost):
    """The threshold of decision theory, moved to a probability that occurs."""
    if miss_cost + alarm_cost == 0:
        return math.inf
    above = probabilities[probabilities >= alarm_cost / (alarm_cost + miss_cost)]
    return float(above.min()) if len(above) else math.inf


def wrong__cheapest_threshold__rows_of_a_tie_apart(probabilities, labels, miss_cost, alarm_cost):
    """Cuts between rows with the same probability: the sort decides which of them ring."""
    order = np.argsort(-probabilities, kind="stable")
    p, y = probabilities[order], labels[order]
    cost = np.r_[0, y.cumsum()] * -miss_cost + np.r_[0, (1 - y).cumsum()] * alarm_cost
    return float(np.r_[np.inf, p][cost.argmin()])


def wrong__cheapest_threshold__one_for_infinity(probabilities, labels, miss_cost, alarm_cost):
    """Never an alarm is infinity; at 1.0 a certain failure still rings."""
    best = right__cheapest_threshold__loop(probabilities, labels, miss_cost, alarm_cost)
    return 1.0 if math.isinf(best) else best


def wrong__cheapest_threshold__integer_costs(probabilities, labels, miss_cost, alarm_cost):
    """Costs lose what is after the point."""
    candidates = np.append(np.unique(probabilities), np.inf)[::-1]
    return float(candidates[_costs(probabilities, labels, candidates, int(miss_cost), int(alarm_cost)).argmin()])


def wrong__cheapest_threshold__balanced(probabilities, labels, miss_cost, alarm_cost):
    """Weighs the shares of misses and of false alarms, not their numbers."""
    candidates = np.append(np.unique(probabilities), np.inf)[::-1]
    n1, n0 = max(int((labels == 1).sum()), 1), max(int((labels == 0).sum()), 1)
    return float(candidates[_costs(probabilities, labels, candidates, miss_cost / n1, alarm_cost / n0).argmin()])


def wrong__cheapest_threshold__candidates_in_percent(probabilities, labels, miss_cost, alarm_cost):
    """Takes probabilities that differ by less than a thousandth for the same candidate."""
    _, first = np.unique(np.round(probabilities, 3), return_index=True)
    candidates = np.append(probabilities[first], np.inf)[::-1]
    return float(candidates[_costs(probabilities, labels, candidates, miss_cost, alarm_cost).argmin()])


def wrong__cheapest_threshold__first_valley(probabilities, labels, miss_cost, alarm_cost):
    """Lowers the threshold while the cost doesn't rise, and stops at the first valley."""
    candidates = np.append(np.unique(probabilities), np.inf)[::-1]
    costs = _costs(probabilities, labels, candidates, miss_cost, alarm_cost)
    best = 0
    for k in range(1, len(costs)):
        if costs[k] > costs[k - 1]:
            break
        if costs[k] < costs[best]:
            best = k
    return float(candidates[best])


# 5. mcnemar_p_value


def right__mcnemar_p_value__binomtest(correct_a, correct_b):
    b, c = int((correct_a & ~correct_b).sum()), int((~correct_a & correct_b).sum())
    return float(stats.binomtest(b, b + c).pvalue) if b + c else 1.0


def right__mcnemar_p_value__whole_numbers(correct_a, correct_b):
    b = sum(bool(x) and not y for x, y in zip(correct_a, correct_b, strict=True))
    c = sum(bool(y) and not x for x, y in zip(correct_a, correct_b, strict=True))
    n = b + c
    ways = sum(math.comb(n, k) for k in range(n + 1) if abs(2 * k - n) >= abs(b - c))
    return float(Fraction(ways, 2**n))


def right__mcnemar_p_value__twice_the_tail(correct_a, correct_b):
    apart = correct_a != correct_b
    n, b = int(apart.sum()), int((correct_a & apart).sum())
    return min(1.0, 2 * float(stats.binom.cdf(min(b, n - b), n, 0.5)))


def wrong__mcnemar_p_value__above_one(correct_a, correct_b):
    """Twice the tail counts the middle twice: an even split gives more than 1."""
    b, c = int((correct_a & ~correct_b).sum()), int((~correct_a & correct_b).sum())
    return 2 * sum(math.comb(b + c, k) for k in range(min(b, c) + 1)) / 2 ** (b + c) if b + c else 1.0


def wrong__mcnemar_p_value__chi_squared_when_large(correct_a, correct_b):
    """From 25 differing pictures on it takes the approximation with correction, as textbooks do."""
    b, c = int((correct_a & ~correct_b).sum()), int((~correct_a & correct_b).sum())
    if b + c >= 25:
        return float(stats.chi2.sf(max(abs(b - c) - 1, 0) ** 2 / (b + c), 1))
    return float(stats.binomtest(b, b + c).pvalue) if b + c else 1.0


def wrong__mcnemar_p_value__normal_when_very_large(correct_a, correct_b):
    """Beyond 1000 differing pictures it takes the normal approximation."""
    b, c = int((correct_a & ~correct_b).sum()), int((~correct_a & correct_b).sum())
    if b + c > 1000:
        return float(min(1.0, 2 * stats.norm.cdf((min(b, c) + 0.5 - (b + c) / 2) / math.sqrt((b + c) / 4))))
    return float(stats.binomtest(b, b + c).pvalue) if b + c else 1.0


def wrong__mcnemar_p_value__floating_powers(correct_a, correct_b):
    """0.5 ** n is 0 beyond 1074 differing pictures, and the numbers of ways don't fit a float."""
    b, c = int((correct_a & ~correct_b).sum()), int((~correct_a & correct_b).sum())
    n, total = b + c, 0.0
    for k in range(min(b, c) + 1):
        try:
            total += float(math.comb(n, k)) * 0.5**n
        except OverflowError:
            break
    return min(1.0, 2 * total) if n else 1.0


def wrong__mcnemar_p_value__integers_of_64_bits(correct_a, correct_b):
    """Numbers of ways in 64 bits: wrong from 67 differing pictures on."""
    b, c = int((correct_a & ~correct_b).sum()), int((~correct_a & correct_b).sum())
    ways = sum(math.comb(b + c, k) % 2**63 for k in range(min(b, c) + 1))
    return min(1.0, 2 * ways / 2 ** (b + c)) if b + c else 1.0


def wrong__mcnemar_p_value__one_sided(correct_a, correct_b):
    """One direction only."""
    b, c = int((correct_a & ~correct_b).sum()), int((~correct_a & correct_b).sum())
    return float(stats.binom.cdf(min(b, c), b + c, 0.5)) if b + c else 1.0


def wrong__mcnemar_p_value__more_uneven(correct_a, correct_b):
    """The observed split itself is left out."""
    b, c = int((correct_a & ~correct_b).sum()), int((~correct_a & correct_b).sum())
    return min(1.0, 2 * float(stats.binom.cdf(min(b, c) - 1, b + c, 0.5))) if b != c else 1.0


def wrong__mcnemar_p_value__mid_p(correct_a, correct_b):
    """The mid-p variant counts the observed split half."""
    b, c = int((correct_a & ~correct_b).sum()), int((~correct_a & correct_b).sum())
    tail = float(stats.binom.cdf(min(b, c), b + c, 0.5) - 0.5 * stats.binom.pmf(min(b, c), b + c, 0.5))
    return min(1.0, 2 * tail) if b + c else 1.0


def wrong__mcnemar_p_value__unpaired(correct_a, correct_b):
    """Compares two shares as if the pictures were not the same."""
    a, b, n = int(correct_a.sum()), int(correct_b.sum()), len(correct_a)
    return float(stats.fisher_exact([[a, n - a], [b, n - b]])[1]) if n else 1.0


def wrong__mcnemar_p_value__right_against_wrong(correct_a, correct_b):
    """Tosses the coin over the pictures on which both agree."""
    b, c = int((correct_a & correct_b).sum()), int((~correct_a & ~correct_b).sum())
    return float(stats.binomtest(b, b + c).pvalue) if b + c else 1.0


def wrong__mcnemar_p_value__better_a_only(correct_a, correct_b):
    """Takes A for the better one: beyond 1 cut off, but wrong where B is."""
    b, c = int((correct_a & ~correct_b).sum()), int((~correct_a & correct_b).sum())
    return min(1.0, 2 * float(stats.binom.cdf(c, b + c, 0.5))) if b + c else 1.0


def wrong__mcnemar_p_value__float_coin(correct_a, correct_b):
    """Raises an OverflowError from about 1030 differing pictures on: the number of ways exceeds the largest float."""
    b, c = int((correct_a & ~correct_b).sum()), int((~correct_a & correct_b).sum())
    return min(1.0, 2 * sum(math.comb(b + c, k) * 0.5 ** (b + c) for k in range(min(b, c) + 1)))


def wrong__mcnemar_p_value__distinct_pictures(correct_a, correct_b):
    """Gives up pairing beyond 2 ** 10 pictures: looks at the first of them only."""
    correct_a, correct_b = correct_a[:1024], correct_b[:1024]
    b, c = int((correct_a & ~correct_b).sum()), int((~correct_a & correct_b).sum())
    return float(stats.binomtest(b, b + c).pvalue) if b + c else 1.0


def wrong__mcnemar_p_value__rounded(correct_a, correct_b):
    """Small values are rounded to 0: six digits."""
    b, c = int((correct_a & ~correct_b).sum()), int((~correct_a & correct_b).sum())
    return round(float(stats.binomtest(b, b + c).pvalue), 6) if b + c else 1.0
