# %% [markdown]
# # Exercises: find out how good a model really is
#
# Replace each `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the
# smallest input on which your answer is wrong. Stuck? `hint(ranking_auc)` gives the next of three hints,
# `solution(ranking_auc)` the answer with its reasons. Any order; `progress()` says where you are.

# %%
import math

import numpy as np
from scipy import stats

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Send a detector to another airport  ★☆☆ · 10 min
# A bag scanner was tried on bags of which half held a bottle. It found 80% of the bottles and kept quiet about 90% of
# the other bags. At your airport, one bag in a hundred holds a bottle. Complete `precision_in_the_wild`: of the bags
# that set off the alarm there, which share holds a bottle? If no bag ever sets it off, the answer is 0.


# %%
def precision_in_the_wild(recall: float, specificity: float, prevalence: float) -> float:
    """Return the precision of a detector where a share `prevalence` of all cases is positive.

    All three are shares from 0 to 1, both ends included.

    >>> round(precision_in_the_wild(0.8, 0.9, 0.5), 3)
    0.889
    >>> round(precision_in_the_wild(0.8, 0.9, 0.01), 3)
    0.075
    """
    # BEGIN SOLUTION
    right = recall * prevalence
    wrong = (1 - specificity) * (1 - prevalence)
    return right / (right + wrong) if right + wrong > 0 else 0.0
    # END SOLUTION


# %%
check(precision_in_the_wild)

# %% [markdown] tags=["solution"]
# Take all bags as 1. A share `prevalence` holds a bottle, and `recall` of those rings; the rest holds none, and
# `1 - specificity` of those rings. Precision is the first kind of alarm among both. Recall and specificity travel with
# the detector; precision doesn't, because it mixes two groups whose sizes belong to the place.

# %% [markdown]
# ## 2. Score a sorted inbox  ★☆☆ · 10 min
# A mail filter sorts messages by a score, and nobody has agreed on a threshold. Complete `ranking_auc`: the
# probability that a random spam message (label 1) has a higher score than a random good one (label 0). If the two
# scores are equal, the pair counts one half. A score can be any number; each label occurs at least once.


# %%
def ranking_auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of pairs (a row of label 1, a row of label 0) whose scores are in order, ties counting half.

    `scores` (finite numbers) and `labels` (0 and 1) have shape (n,).

    >>> ranking_auc(np.array([9.0, 2.0, 4.0, 4.0]), np.array([1, 0, 0, 1]))
    0.875
    """
    # BEGIN SOLUTION
    spam, good = scores[labels == 1][:, None], scores[labels == 0]
    return float((spam > good).mean() + (spam == good).mean() / 2)
    # END SOLUTION


# %%
check(ranking_auc)

# %% [markdown] tags=["solution"]
# A column against a row compares every pair at once. Without the half for ties, a filter that gives every message the
# same score would get 0 (or 1, with `>=`) for knowing nothing; with it, 0.5. For a million messages the table of pairs
# is too large: sort once instead, as in the lesson, or use `roc_auc_score`.

# %% [markdown]
# ## 3. Hold a forecaster to her words  ★★☆ · 15 min
# A weather service wants one number for "we say 30% and it rains on 30% of those days". Complete `calibration_gap`. Cut
# the range from 0 to 1 into `bins` parts of equal width; a probability on a border belongs to the upper part, and 1 to
# the last. In each part with days in it, take the distance between the mean probability and the share of days with
# rain. Return the mean distance, each part weighted by its days.


# %%
def calibration_gap(probabilities: np.ndarray, labels: np.ndarray, bins: int) -> float:
    """Return the expected calibration error over `bins` parts of equal width.

    `probabilities` (from 0 to 1) and `labels` (0 and 1) have shape (n,), with n and `bins` at least 1.

    >>> calibration_gap(np.array([0.25, 0.25, 1.0]), np.array([0, 1, 1]), bins=2)  # 2 days 0.25 apart, 1 day 0 apart
    0.16666666666666666
    """
    # BEGIN SOLUTION
    part = np.minimum((probabilities * bins).astype(int), bins - 1)
    gap = 0.0
    for each in np.unique(part):
        inside = part == each
        gap += inside.mean() * abs(probabilities[inside].mean() - labels[inside].mean())
    return float(gap)
    # END SOLUTION


# %%
check(calibration_gap)

# %% [markdown] tags=["solution"]
# The number of the part is the probability times `bins`, rounded down; only 1 would fall out at the end, so it is
# capped. `np.unique` names the parts that have days: the mean of an empty part is NaN, and one NaN spoils the sum. The
# number depends on `bins`: with one part it only asks whether the average is right, with many it measures the luck of a
# few days each. Report it with its number of bins.

# %% [markdown]
# ## 4. Set off the cheapest alarm  ★★☆ · 20 min
# A model watches pumps. A missed failure costs `miss_cost`, an inspection for nothing `alarm_cost`; a right alarm and a
# right silence cost nothing. The probabilities can't be trusted, so count on past cases. Complete
# `cheapest_threshold`: the alarm rings if the probability is at least the threshold. Candidates are the probabilities
# that occur, and infinity (never an alarm). Return the candidate with the lowest total cost; among equals, the largest.


# %%
def cheapest_threshold(probabilities: np.ndarray, labels: np.ndarray, miss_cost: float, alarm_cost: float) -> float:
    """Return the threshold with the lowest total cost on these rows.

    `probabilities` and `labels` (1 if the pump failed, else 0) have shape (n,), n at least 1. Costs are at least 0.

    >>> cheapest_threshold(np.array([0.1, 0.2, 0.3, 0.4]), np.array([0, 1, 0, 1]), miss_cost=10, alarm_cost=4)
    0.2
    """
    # BEGIN SOLUTION
    best, lowest = math.inf, math.inf
    for threshold in [math.inf, *sorted(set(probabilities.tolist()), reverse=True)]:
        alarm = probabilities >= threshold
        missed, wasted = np.sum(~alarm & (labels == 1)), np.sum(alarm & (labels == 0))
        cost = missed * miss_cost + wasted * alarm_cost
        if cost < lowest:
            best, lowest = threshold, cost
    return best
    # END SOLUTION


# %%
check(cheapest_threshold)

# %% [markdown] tags=["solution"]
# Between two neighboring probabilities nothing changes, so the probabilities themselves are all the thresholds there
# are, and infinity is needed for the policy "never". Walking downward and replacing only for a *lower* cost keeps the
# largest among equals. The formula `alarm_cost / (alarm_cost + miss_cost)` needs no past cases, but calibrated
# probabilities. And a threshold that was searched is a fitted parameter: its cost on these rows is too good to be
# true.

# %% [markdown]
# ## 5. Two models sit the same exam  ★★★ · 30 min
# A hospital compares two models on the same X-rays; for each picture you know whether A was right and whether B was.
# Complete `mcnemar_p_value`. Suppose both are equally good: where exactly one of them is right, a fair coin decides
# which. What is the probability of a split of these pictures at least as uneven as the one observed, in either
# direction? Compute it exactly. If there is no such picture, the answer is 1.


# %%
def mcnemar_p_value(correct_a: np.ndarray, correct_b: np.ndarray) -> float:
    """Return the exact two-sided p-value of "both models are equally good".

    `correct_a` and `correct_b` are boolean, of shape (n,): row i of both is about picture i. There may be thousands.

    >>> a_alone, b_alone, both = [True, False], [False, True], [True, True]
    >>> pictures = np.array([a_alone] * 5 + [b_alone] + [both] * 20)
    >>> mcnemar_p_value(pictures[:, 0], pictures[:, 1])  # 2 * (1 + 6) / 2**6
    0.21875
    """
    # BEGIN SOLUTION
    only_a = int(np.sum(correct_a & ~correct_b))
    only_b = int(np.sum(~correct_a & correct_b))
    tail = stats.binom.cdf(min(only_a, only_b), only_a + only_b, 0.5)
    return float(min(1.0, 2 * tail))
    # END SOLUTION


# %%
check(mcnemar_p_value)

# %% [markdown] tags=["solution"]
# Pictures that both get right, or both wrong, don't tell the models apart; they drop out. Of the rest, the number that
# goes to A is binomial with probability one half. One tail is doubled, since nobody knew beforehand which model would
# win; with an even split both tails contain the middle, and the sum is capped at 1. A test that treats the two
# accuracies as independent samples throws away the pairing, and with it most of its power.
