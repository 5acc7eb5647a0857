"""Checks of `02_machine_learning/04_model_evaluation`: counting in fractions, all pairs, enumeration."""

import math
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from scipy import stats

from handrail.expect import agree, between, call, hints

# 1. precision_in_the_wild

SHARES = st.integers(0, 20).map(lambda twentieths: twentieths / 20)


@hints(
    "Imagine a million bags at your airport. How many of them hold a bottle, and how many of those set off the alarm?",
    "There are two kinds of alarms: for bags with a bottle, and for bags without. Write each as a share of *all* bags.",
    "Right alarms: recall times prevalence. Wrong ones: the share that isn't quiet, times the share without a bottle. "
    "Then divide one by their sum, unless that is 0.",
)
def check_precision_in_the_wild(precision_in_the_wild):
    also = [
        call(0.8, 0.9, 0.01),
        call(0.5, 0.75, 0.25),
        call(1.0, 0.5, 0.5),
        call(0.0, 1.0, 0.5),
        call(1.0, 1.0, 0.0),
        call(0.0, 0.5, 0.5),
        call(0.9, 0.9, 0.0),
        call(0.9, 0.9, 1.0),
        call(0.0, 0.9, 1.0),
        call(0.75, 0.0, 0.25),
        call(1, 1, 1),
        call(1, 0, 0),
        call(0.9, 0.999999, 1e-6),
        call(0.95, 0.9, 1e-9),
        call(1e-9, 1.0, 1e-9),
        call(1e-3, 0.5, 1e-4),
    ]
    agree(precision_in_the_wild, _of_a_million, on=(SHARES, SHARES, SHARES), also=also, examples=40, atol=1e-15)


def _of_a_million(recall, specificity, prevalence):
    """Count the alarms of a million cases, in fractions of a case."""
    cases = Fraction(10**6)
    positive = cases * Fraction(prevalence)
    found = positive * Fraction(recall)
    loud = (cases - positive) - (cases - positive) * Fraction(specificity)
    return float(found / (found + loud)) if found + loud else 0.0


def precision_in_the_wild__recall_backwards(recall, specificity, prevalence):
    """You answered another question: of the bags with a bottle, how many set off the alarm? Asked is: of the bags that
    set it off, how many hold a bottle?
    """
    return recall


def precision_in_the_wild__equal_groups(recall, specificity, prevalence):
    """You weigh both groups alike, as in the trial. Where one bag in 100 holds a bottle, most alarms come from the 99
    others.
    """
    alarms = recall + 1 - specificity
    return recall / alarms if alarms else 0.0


def precision_in_the_wild__quiet_counted_as_alarm(recall, specificity, prevalence):
    """Specificity is the share of the bags without a bottle at which the detector keeps *quiet*. The false alarms are
    the rest.
    """
    right, wrong = recall * prevalence, specificity * (1 - prevalence)
    return right / (right + wrong) if right + wrong else 0.0


def precision_in_the_wild__specificity(recall, specificity, prevalence):
    """That is the specificity: of the bags without a bottle, how many stay quiet. Precision looks at the alarms."""
    return specificity


def precision_in_the_wild__quiet_bags(recall, specificity, prevalence):
    """You looked at the bags that stay quiet, and at how many of them hold no bottle. Look at those that ring."""
    right, missed = specificity * (1 - prevalence), (1 - recall) * prevalence
    return right / (right + missed) if right + missed else 0.0


def precision_in_the_wild__right_alarms_of_all(recall, specificity, prevalence):
    """That is the share of right alarms among *all* bags. Divide by the share of bags that set off the alarm."""
    return recall * prevalence


def precision_in_the_wild__never_rings(recall, specificity, prevalence):
    """A detector that never sets off an alarm leaves 0 / 0. The task asks for 0 then."""
    right, wrong = recall * prevalence, (1 - specificity) * (1 - prevalence)
    return right / (right + wrong) if right + wrong else math.nan


def precision_in_the_wild__certain_without_others(recall, specificity, prevalence):
    """Without a false alarm the precision is 1 only if there is a right alarm. If there is none either, it is 0."""
    right, wrong = recall * prevalence, (1 - specificity) * (1 - prevalence)
    return right / (right + wrong) if wrong else 1.0


# 2. ranking_auc


@st.composite
def _sorted_mail(draw):
    n = draw(between(2, 8))
    scores = draw(st.lists(st.integers(-4, 4).map(lambda quarters: quarters / 4), min_size=n, max_size=n))
    labels = draw(st.lists(between(0, 1), min_size=n, max_size=n).filter(lambda found: 0 < sum(found) < n))
    return call(np.array(scores), np.array(labels))


def _mail(scores, labels, dtype=float):
    return call(np.array(scores, dtype=dtype), np.array(labels))


@hints(
    "Take one spam message and one good one. What are the three things that can happen to their scores?",
    "Compare every spam message with every good one: scores as a column against scores as a row give a table.",
    "The mean of the table of `>` is the share of pairs in order. Ties need a table of their own, and half a weight.",
)
def check_ranking_auc(ranking_auc):
    rng = np.random.default_rng(4)
    also = [
        _mail([3.0, 3.0, 3.0], [1, 0, 0]),
        _mail([0.9, 0.2, 0.4, 0.4], [1, 0, 0, 1]),
        _mail([0.4, 0.4, 0.2, 0.9], [1, 0, 1, 0]),
        _mail([0.75, 0.25, 0.75], [1, 0, 0]),
        _mail([-9.0, -7.5], [0, 1]),
        _mail([-7.5, -9.0], [0, 1]),
        _mail([1, 3, 2, 2, 5], [0, 1, 1, 0, 0], dtype=int),
        _mail([250, 3, 7, 255, 0], [1, 0, 1, 0, 0], dtype=np.uint8),
        _mail([16777217.0, 16777216.0, 16777215.0], [1, 0, 0]),
        _mail([3e-12, 2e-12, 1e-12], [1, 0, 0]),
        _mail([1e300, -1e300, 1e-300, 0.0], [0, 0, 1, 1]),
        _mail([2.0, 1.0, 1.0, 1.0, 0.0, 1.0], [0, 1, 0, 1, 1, 0], dtype=np.float32),
        call(rng.integers(0, 9, 90), rng.integers(0, 2, 90)),
        call(np.sort(rng.normal(size=60)), np.repeat([0, 1, 0, 1], 15)),
    ]
    agree(ranking_auc, _all_pairs, on=_sorted_mail(), also=also, examples=25)
    many = call(rng.integers(0, 99, 400) - np.repeat([0, 60], 200), np.repeat([1, 0], 200))
    agree(ranking_auc, _all_pairs, on=[many], examples=1, why="Here 200 spam and 200 good messages make 40,000 pairs.")


def _all_pairs(scores, labels):
    """Compare pair by pair, counting in halves."""
    spam = [score for score, label in zip(scores.tolist(), labels.tolist(), strict=True) if label == 1]
    good = [score for score, label in zip(scores.tolist(), labels.tolist(), strict=True) if label == 0]
    halves = sum(2 if a > b else 1 if a == b else 0 for a in spam for b in good)
    return halves / (2 * len(spam) * len(good))


def _pairs(scores, labels):
    return scores[labels == 1][:, None], scores[labels == 0]


def ranking_auc__ties_ignored(scores, labels):
    """Equal scores count one half: a filter that gives every message the same score must get 0.5, and gets 0."""
    spam, good = _pairs(scores, labels)
    return (spam > good).mean()


def ranking_auc__ties_win(scores, labels):
    """Equal scores count one half: a filter that gives every message the same score must get 0.5, and gets 1."""
    spam, good = _pairs(scores, labels)
    return (spam >= good).mean()


def ranking_auc__accuracy(scores, labels):
    """That is the accuracy at a threshold of 0.5. No threshold is involved here: multiply all scores by ten, and the
    result must not change.
    """
    return ((scores >= 0.5) == labels).mean()


def ranking_auc__wrong_class_on_top(scores, labels):
    """You counted the pairs in which the *good* message has the higher score: the wrong class is on top."""
    spam, good = _pairs(scores, labels)
    return (good > spam).mean() + (good == spam).mean() / 2


def ranking_auc__order_breaks_ties(scores, labels):
    """You sorted, and equal scores were ranked by the order in which the messages came. A tied pair counts one half."""
    ranks = np.empty(len(scores))
    ranks[np.argsort(scores, kind="stable")] = np.arange(1, len(scores) + 1)
    spam, good = (labels == 1).sum(), (labels == 0).sum()
    return (ranks[labels == 1].sum() - spam * (spam + 1) / 2) / (spam * good)


def ranking_auc__best_direction(scores, labels):
    """You turn a bad order around. A filter that ranks good messages above spam has an AUC below 0.5, and should."""
    auc = _all_pairs(scores, labels)
    return max(auc, 1 - auc)


def ranking_auc__pairs_of_the_same_class(scores, labels):
    """You compared with all messages. A pair is one spam message and one *good* one."""
    spam = scores[labels == 1][:, None]
    return (spam > scores).mean() + (spam == scores).mean() / 2


# 3. calibration_gap


@st.composite
def _forecasts(draw):
    """Return days whose probabilities are on a border of the parts only where that is exact."""
    n = draw(between(1, 7))
    bins = draw(st.sampled_from([2, 4, 1, 8, 5, 3, 10, 7]))
    exact = bins in (1, 2, 4, 8)
    one = between(0, 8).map(lambda k: k / 8) if exact else between(-1, 64).map(_between_borders)
    said = draw(st.lists(one, min_size=n, max_size=n))
    rain = draw(st.lists(between(0, 1), min_size=n, max_size=n))
    return call(np.array(said), np.array(rain), bins)


def _between_borders(k):
    return min(max(2 * k + 1, 0), 128) / 128


def _days(said, rain, bins):
    return call(np.array(said, dtype=float), np.array(rain), bins)


@hints(
    "Find the part of each day first: with 4 parts of width 0.25, which part holds 0.6? Which operation says so?",
    "For one part, select its days with a mask. The distance needs two means over them: what was said, what happened.",
    "Add up share of days times distance, over the parts that have days. And look at what becomes of probability 1.",
)
def check_calibration_gap(calibration_gap):
    rng = np.random.default_rng(8)
    said = rng.integers(0, 64, 300) / 64 + 1 / 128
    also = [
        _days([0.25, 0.25, 1.0], [0, 1, 1], 2),
        _days([0.125, 0.125, 0.125, 0.875], [0, 0, 1, 1], 2),
        _days([0.125, 0.375, 0.875], [0, 1, 0], 2),
        _days([0.75, 1.0, 0.875], [1, 0, 1], 4),
        _days([0.5, 0.125, 0.25], [1, 1, 0], 2),
        _days([0.25, 0.125, 0.625, 0.75], [1, 0, 0, 1], 4),
        _days([0.625, 0.125, 0.625, 0.25, 0.125, 1.0], [1, 0, 0, 1, 0, 1], 3),
        _days([0.375], [1], 1),
        _days([0.0], [0], 5),
        _days([1.0, 1.0], [1, 0], 10),
        _days([0.0, 1.0, 0.0], [1, 0, 0], 1),
        _days([0.3, 0.9, 0.6, 0.2], [0, 1, 1, 1], 1000),
        _days([0.2505, 0.5065, 0.2515, 0.9005], [0, 1, 1, 1], 1000),
        _days([0.8125, 0.875], [0, 1], 16),
        call(said, (rng.random(300) < said**2).astype(int), 10),
        call(said**3, (rng.random(300) < said).astype(np.uint8), 5),
    ]
    agree(calibration_gap, _gap_by_loop, on=_forecasts(), also=also, examples=25)


def _gap_by_loop(probabilities, labels, bins):
    """Add up, part by part, how far the sums of said and happened are apart: the weights cancel."""
    said, happened = {}, {}
    for p, y in zip(probabilities.tolist(), labels.tolist(), strict=True):
        part = min(math.floor(Fraction(p) * bins), bins - 1)
        said[part] = said.get(part, 0) + Fraction(p)
        happened[part] = happened.get(part, 0) + y
    return float(sum(abs(said[part] - happened[part]) for part in said) / len(labels))


def _parts(probabilities, labels, bins, cap=True):
    """Return (share of days, mean said, share with rain, number) of each part that has days."""
    part = np.floor(probabilities * bins).astype(int)
    part = np.minimum(part, bins - 1) if cap else part
    masks = [(each, part == each) for each in np.unique(part)]
    return [(mask.mean(), probabilities[mask].mean(), labels[mask].mean(), each) for each, mask in masks]


def calibration_gap__parts_weigh_alike(probabilities, labels, bins):
    """A part with one day counts as much as a part with a thousand. Weight each distance by its days."""
    return np.mean([abs(said - rain) for _, said, rain, _ in _parts(probabilities, labels, bins)])


def calibration_gap__middle_of_the_part(probabilities, labels, bins):
    """You compare with the middle of the part. Compare with the probabilities that were said."""
    return sum(days * abs((each + 0.5) / bins - rain) for days, _, rain, each in _parts(probabilities, labels, bins))


def calibration_gap__one_falls_out(probabilities, labels, bins):
    """Probability 1 has a part of its own, beyond the last one. It belongs to the last."""
    return sum(days * abs(said - rain) for days, said, rain, _ in _parts(probabilities, labels, bins, cap=False))


def calibration_gap__one_is_dropped(probabilities, labels, bins):
    """Days with probability 1 are in no part, since the last part ends before 1. They belong to the last."""
    parts = _parts(probabilities, labels, bins, cap=False)
    return sum(days * abs(said - rain) for days, said, rain, each in parts if each < bins)


def calibration_gap__empty_part(probabilities, labels, bins):
    """The mean of a part without days is NaN, and one NaN spoils the sum. Skip parts without days."""
    parts = _parts(probabilities, labels, bins)
    return math.nan if len(parts) < bins else sum(days * abs(said - rain) for days, said, rain, _ in parts)


def calibration_gap__border_to_the_lower(probabilities, labels, bins):
    """A probability on the border of two parts belongs to the upper one; yours goes to the lower, as in `pd.cut`."""
    part = np.clip(np.ceil(probabilities * bins) - 1, 0, bins - 1)
    masks = [part == each for each in np.unique(part)]
    return sum(mask.mean() * abs(probabilities[mask].mean() - labels[mask].mean()) for mask in masks)


def calibration_gap__signs_cancel(probabilities, labels, bins):
    """Too high in one part and too low in another cancel in your sum. Take the distance in each part."""
    return abs(sum(days * (said - rain) for days, said, rain, _ in _parts(probabilities, labels, bins)))


def calibration_gap__day_by_day(probabilities, labels, bins):
    """A single day has rain or hasn't, so its distance from 30% is never 0. Average within a part first."""
    return abs(probabilities - labels).mean()


def calibration_gap__largest(probabilities, labels, bins):
    """That is the largest distance. Asked is the mean, weighted by days."""
    return max(abs(said - rain) for _, said, rain, _ in _parts(probabilities, labels, bins))


def calibration_gap__squared(probabilities, labels, bins):
    """You averaged squared distances. Asked are the distances themselves."""
    return sum(days * (said - rain) ** 2 for days, said, rain, _ in _parts(probabilities, labels, bins))


def calibration_gap__always_ten(probabilities, labels, bins):
    """The number of parts is an argument: `bins`. Ten is only a habit."""
    return _gap_by_loop(probabilities, labels, 10)


# 4. cheapest_threshold


@st.composite
def _pumps(draw):
    n = draw(between(1, 6))
    said = draw(st.lists(between(0, 8).map(lambda k: k / 8), min_size=n, max_size=n))
    failed = draw(st.lists(between(0, 1), min_size=n, max_size=n))
    miss, alarm = draw(between(0, 12)) / 2, draw(between(0, 12)) / 2
    return call(np.array(said), np.array(failed), miss, alarm)


def _past(said, failed, miss, alarm):
    return call(np.array(said, dtype=float), np.array(failed), miss, alarm)


@hints(
    "Take one candidate and write down who gets an alarm. Which of the rows cost something, and how much?",
    "The candidates are few: the probabilities that occur, and infinity. Try them all, and mind the order in which you "
    "try them.",
    "Start with infinity and walk down. Replace the best only if the new cost is strictly lower: then the larger "
    "threshold stays among equals.",
)
def check_cheapest_threshold(cheapest_threshold):
    rng = np.random.default_rng(6)
    said = rng.permutation(80) / 128
    also = [
        _past([0.125, 0.25, 0.375, 0.5], [0, 1, 0, 1], 10, 4),
        _past([0.75, 0.5, 0.25], [0, 0, 1], 1, 4),
        _past([0.75, 0.5, 0.25], [0, 1, 1], 4, 1),
        _past([0.25, 0.5, 0.75], [1, 0, 1], 1, 1),
        _past([0.25, 0.5, 0.75, 0.875], [1, 0, 0, 1], 2, 1),
        _past([0.25, 0.5, 0.5, 0.75], [0, 1, 0, 0], 3, 1),
        _past([0.5, 0.75], [0, 0], 5, 1),
        _past([0.5, 0.75, 0.0], [1, 1, 1], 5, 1),
        _past([0.0, 0.0], [1, 0], 5, 1),
        _past([1.0, 1.0], [1, 0], 1, 5),
        _past([0.5, 0.25], [1, 0], 0, 0),
        _past([0.5, 0.25], [1, 0], 0, 1),
        _past([0.5, 0.25], [0, 1], 1, 0),
        _past([0.5], [1], 0.5, 9),
        _past([0.0001220703125, 0.00006103515625], [1, 0], 3e6, 1),
        _past([0.25, 0.2501, 0.2499], [0, 1, 0], 3, 1),
        call(said, (rng.random(80) < said).astype(int), 4.5, 1.0),
        call(np.round(said * 8) / 8, (rng.random(80) < said).astype(int), 1.0, 2.25),
        call(said.astype(np.float32), (rng.random(80) < said).astype(np.uint8), 250.0, 120.0),
    ]
    agree(cheapest_threshold, _cheapest_of_all, on=_pumps(), also=also, examples=35)


def _cost(threshold, probabilities, labels, miss_cost, alarm_cost):
    """Return the cost of the rows, one by one, in fractions."""
    pairs = zip(probabilities.tolist(), labels.tolist(), strict=True)
    missed = wasted = 0
    for p, failed in pairs:
        missed += failed == 1 and p < threshold
        wasted += failed == 0 and p >= threshold
    return Fraction(miss_cost) * missed + Fraction(alarm_cost) * wasted


def _searched(candidates, probabilities, labels, miss_cost, alarm_cost, sign=-1):
    costs = [(_cost(t, probabilities, labels, miss_cost, alarm_cost), sign * t, t) for t in candidates]
    return min(costs)[2]


def _cheapest_of_all(probabilities, labels, miss_cost, alarm_cost):
    return _searched({math.inf, *probabilities.tolist()}, probabilities, labels, miss_cost, alarm_cost)


def cheapest_threshold__formula(probabilities, labels, miss_cost, alarm_cost):
    """That formula is right only if the probabilities are calibrated; these are not. Count the costs on the rows."""
    return alarm_cost / (alarm_cost + miss_cost) if alarm_cost + miss_cost else math.inf


def cheapest_threshold__costs_swapped(probabilities, labels, miss_cost, alarm_cost):
    """The costs are swapped. A miss is a failure without an alarm; a wasted alarm is an alarm without a failure."""
    return _cheapest_of_all(probabilities, labels, alarm_cost, miss_cost)


def cheapest_threshold__always_someone(probabilities, labels, miss_cost, alarm_cost):
    """Sometimes the cheapest policy is to set off no alarm at all: infinity is a candidate as well."""
    return _searched(set(probabilities.tolist()), probabilities, labels, miss_cost, alarm_cost)


def cheapest_threshold__infinity_last(probabilities, labels, miss_cost, alarm_cost):
    """Infinity is the largest candidate: it also wins if another threshold costs just as much."""
    given = (probabilities, labels, miss_cost, alarm_cost)
    best = _searched(set(probabilities.tolist()), *given)
    return best if _cost(best, *given) <= _cost(math.inf, *given) else math.inf


def cheapest_threshold__row_by_row(probabilities, labels, miss_cost, alarm_cost):
    """You cut between rows with the same probability. At one threshold, all of them ring, or none."""
    rows = sorted(zip(probabilities.tolist(), labels.tolist(), strict=True), key=lambda row: -row[0])
    best, lowest, cost = math.inf, 0.0, 0.0
    for p, failed in rows:
        cost += -miss_cost if failed else alarm_cost
        if cost < lowest:
            best, lowest = p, cost
    return best


def cheapest_threshold__one_price(probabilities, labels, miss_cost, alarm_cost):
    """Both mistakes got the same price, as in accuracy. Use `miss_cost` and `alarm_cost`."""
    return _cheapest_of_all(probabilities, labels, 1, 1)


def cheapest_threshold__smallest_of_equals(probabilities, labels, miss_cost, alarm_cost):
    """Of several thresholds with the lowest cost, take the largest: it sets off the fewest alarms."""
    candidates = {math.inf, *probabilities.tolist()}
    return _searched(candidates, probabilities, labels, miss_cost, alarm_cost, sign=1)


def cheapest_threshold__rings_above(probabilities, labels, miss_cost, alarm_cost):
    """The alarm rings if the probability is *at least* the threshold. Yours rings only above it."""
    candidates = {math.inf, *probabilities.tolist()}
    above = {t: _cost(np.nextafter(t, 2), probabilities, labels, miss_cost, alarm_cost) for t in candidates}
    return min(candidates, key=lambda t: (above[t], -t))


def cheapest_threshold__rates(probabilities, labels, miss_cost, alarm_cost):
    """You multiplied the prices by rates within each class. What is paid for are numbers of pumps."""
    ones, zeros = max(int((labels == 1).sum()), 1), max(int((labels == 0).sum()), 1)
    return _cheapest_of_all(probabilities, labels, miss_cost * zeros, alarm_cost * ones)


def cheapest_threshold__every_alarm_costs(probabilities, labels, miss_cost, alarm_cost):
    """You pay for right alarms as well. `alarm_cost` is due for an inspection for nothing only."""
    candidates = {math.inf, *probabilities.tolist()}

    def cost(threshold):
        right = int(((probabilities >= threshold) & (labels == 1)).sum())
        return _cost(threshold, probabilities, labels, miss_cost, alarm_cost) + Fraction(alarm_cost) * right

    return min(candidates, key=lambda t: (cost(t), -t))


# 5. mcnemar_p_value


def _exam(only_a, only_b, both=0, neither=0, seed=0):
    """Return the answers of two models to an exam, in any order."""
    a = np.repeat([True, False, True, False], [only_a, only_b, both, neither])
    b = np.repeat([False, True, True, False], [only_a, only_b, both, neither])
    order = np.random.default_rng(seed).permutation(len(a))
    return call(a[order], b[order])


@st.composite
def _exams(draw):
    counts = [draw(between(0, 6)) for _ in range(4)]
    counts[2] += sum(counts) == 0
    return _exam(*counts, seed=draw(between(0, 9)))


@hints(
    "Four kinds of pictures: both right, both wrong, only A, only B. Which kinds would look different if A and B "
    "changed places?",
    "If both are equally good, the number of pictures that only A gets right is that of heads among so many tosses.",
    "Add up the probabilities of the smaller count and of all below it, double the sum, and see what that gives for 3 "
    "against 3.",
)
def check_mcnemar_p_value(mcnemar_p_value):
    also = [
        _exam(5, 1, 20, 2),
        _exam(1, 5, 3, 9),
        _exam(2, 2, 4, 1),
        _exam(3, 3),
        _exam(0, 0, 4, 2),
        _exam(0, 0, 0, 1),
        _exam(1, 0, 1),
        _exam(0, 1),
        _exam(0, 6, 2, 2),
        _exam(7, 0, 0, 3),
        _exam(4, 3, 30, 0),
        _exam(9, 2, 40, 60),
        _exam(18, 8),
        _exam(30, 40),
        _exam(25, 12, 900, 63),
        _exam(330, 400, 1100, 170),
        _exam(0, 30, 12, 5),
        _exam(60, 60, 10, 10),
    ]
    agree(mcnemar_p_value, _every_split, on=_exams(), also=also, examples=40, atol=1e-12)
    many = "Here the models disagree on 1500 pictures. (2**1500 fits into an int, not into a float.)"
    agree(mcnemar_p_value, _every_split, on=[_exam(790, 710, 300, 100)], examples=1, atol=1e-12, why=many)


def _every_split(correct_a, correct_b):
    """Go through all splits of the disagreements, in whole numbers."""
    pairs = list(zip(correct_a.tolist(), correct_b.tolist(), strict=True))
    only_a, only_b = pairs.count((True, False)), pairs.count((False, True))
    n = only_a + only_b
    as_uneven, ways = 0, 1
    for k in range(n + 1):
        as_uneven += ways if abs(2 * k - n) >= abs(only_a - only_b) else 0
        ways = ways * (n - k) // (k + 1)
    return float(Fraction(as_uneven, 2**n))


def _alone(correct_a, correct_b):
    return int((correct_a & ~correct_b).sum()), int((~correct_a & correct_b).sum())


def mcnemar_p_value__unpaired(correct_a, correct_b):
    """You threw away that both models saw the same pictures. Only those on which they disagree carry information about
    the difference.
    """
    n, a, b = len(correct_a), correct_a.sum(), correct_b.sum()
    pooled = (a + b) / (2 * n)
    error = math.sqrt(pooled * (1 - pooled) * 2 / n)
    return 1.0 if error == 0 else float(2 * stats.norm.sf(abs(a - b) / n / error))


def mcnemar_p_value__one_sided(correct_a, correct_b):
    """You did not know beforehand which model is better, so a split as uneven the other way counts as well."""
    b, c = _alone(correct_a, correct_b)
    return float(stats.binom.cdf(min(b, c), b + c, 0.5))


def mcnemar_p_value__above_one(correct_a, correct_b):
    """A probability can't exceed 1. Where the disagreements are balanced, both tails hold the middle: cap the sum."""
    b, c = _alone(correct_a, correct_b)
    return float(2 * stats.binom.cdf(min(b, c), b + c, 0.5)) if b + c else 1.0


def mcnemar_p_value__two(correct_a, correct_b):
    """A probability can't exceed 1. Yours does if the disagreements are balanced, and is 2 if there are none."""
    b, c = _alone(correct_a, correct_b)
    return float(2 * stats.binom.cdf(min(b, c), b + c, 0.5))


def mcnemar_p_value__one_winner(correct_a, correct_b):
    """You doubled the tail of the same model, whichever won. The smaller of the two counts says which tail to take."""
    b, c = _alone(correct_a, correct_b)
    return min(1.0, float(2 * stats.binom.cdf(c, b + c, 0.5)))


def mcnemar_p_value__middle_p(correct_a, correct_b):
    """You counted the observed split half, as the mid-p variant does. "At least as uneven" counts it in full."""
    b, c = _alone(correct_a, correct_b)
    tail = stats.binom.cdf(min(b, c), b + c, 0.5) - stats.binom.pmf(min(b, c), b + c, 0.5) / 2
    return min(1.0, float(2 * tail)) if b + c else 1.0


def mcnemar_p_value__all_pictures(correct_a, correct_b):
    """Pictures on which both are right, or both wrong, say nothing about the difference. The coin is tossed only where
    they disagree.
    """
    b, c = _alone(correct_a, correct_b)
    return min(1.0, float(2 * stats.binom.cdf(min(b, c), len(correct_a), 0.5)))


def mcnemar_p_value__chi_squared(correct_a, correct_b):
    """That is McNemar's approximation by a chi-squared distribution. With few disagreements it is off; the task asks
    for the exact value.
    """
    b, c = _alone(correct_a, correct_b)
    return 1.0 if b + c == 0 else float(stats.chi2.sf((b - c) ** 2 / (b + c), 1))


def mcnemar_p_value__corrected_chi_squared(correct_a, correct_b):
    """That is McNemar's approximation with a continuity correction: close, but the task asks for the exact value."""
    b, c = _alone(correct_a, correct_b)
    return 1.0 if b + c == 0 else float(stats.chi2.sf(max(abs(b - c) - 1, 0) ** 2 / (b + c), 1))


def mcnemar_p_value__more_uneven(correct_a, correct_b):
    """The observed split counts itself: "at least as uneven". You added up only what is more uneven."""
    b, c = _alone(correct_a, correct_b)
    return 1.0 if b == c else float(2 * stats.binom.cdf(min(b, c) - 1, b + c, 0.5))


def mcnemar_p_value__this_split_only(correct_a, correct_b):
    """You computed the probability of exactly this split. More uneven ones would have surprised you as well."""
    b, c = _alone(correct_a, correct_b)
    return min(1.0, float(2 * stats.binom.pmf(min(b, c), b + c, 0.5)))


def mcnemar_p_value__agreements(correct_a, correct_b):
    """You compared how often both are right with how often both are wrong. What tells the models apart is where they
    disagree.
    """
    both, neither = int((correct_a & correct_b).sum()), int((~correct_a & ~correct_b).sum())
    return min(1.0, float(2 * stats.binom.cdf(min(both, neither), both + neither, 0.5)))


def mcnemar_p_value__nothing_to_compare(correct_a, correct_b):
    """Without a disagreement there is no evidence of a difference: the answer is 1, not NaN or 0."""
    b, c = _alone(correct_a, correct_b)
    return math.nan if b + c == 0 else _every_split(correct_a, correct_b)
