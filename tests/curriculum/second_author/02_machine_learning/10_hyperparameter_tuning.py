"""Answers to 02_machine_learning/10_hyperparameter_tuning by somebody who has not seen its checks: `right__...` must
pass, `wrong__...` must fail."""

import math
import random
from collections import namedtuple
from fractions import Fraction

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import logsumexp
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import LeaveOneGroupOut

# --- log_uniform_draws -----------------------------------------------------------------------------------------------


def right__log_uniform_draws__base_ten(low, high, n, seed):
    """Powers of ten with uniform exponents, kept within the limits in spite of rounding."""
    exponents = np.random.default_rng(seed).uniform(math.log10(low), math.log10(high), n)
    return np.clip(10.0**exponents, low, high)


def right__log_uniform_draws__not_clipped(low, high, n, seed):
    """Exponential of a uniform draw, as the books write it; rounding may step over a limit in the last digit."""
    return np.exp(np.random.default_rng(seed).uniform(np.log(low), np.log(high), size=n))


def right__log_uniform_draws__ratio(low, high, n, seed):
    """Low times a uniform power of the ratio."""
    return low * (high / low) ** np.random.default_rng(seed).random(n)


def right__log_uniform_draws__standard_library(low, high, n, seed):
    """A loop with a private generator of the standard library; the limits the other way round."""
    generator = random.Random(seed)
    return np.array([math.exp(generator.uniform(math.log(high), math.log(low))) for _ in range(n)], dtype=float)


def right__log_uniform_draws__scipy(low, high, n, seed):
    """SciPy's distribution, which doesn't know equal limits."""
    if low == high:
        return np.full(n, float(low))
    return stats.loguniform(low, high).rvs(size=n, random_state=seed)


def right__log_uniform_draws__state_put_back(low, high, n, seed):
    """Uses the global numbers, but leaves them as they were."""
    state = np.random.get_state()
    np.random.seed(seed)
    draws = np.exp(np.random.uniform(np.log(low), np.log(high), n))
    np.random.set_state(state)
    return draws


def right__log_uniform_draws__exponential(low, high, n, seed):
    """Takes the exponential distribution's distribution function for the uniform share."""
    share = 1 - np.exp(-np.random.default_rng([seed, 7]).exponential(size=n))
    return np.exp((1 - share) * math.log(low) + share * math.log(high))


def wrong__log_uniform_draws__uniform(low, high, n, seed):
    """The draws are uniform, not their logarithm."""
    return np.random.default_rng(seed).uniform(low, high, n)


def wrong__log_uniform_draws__decade_then_uniform(low, high, n, seed):
    """Each factor of ten is equally frequent, but within it the draws are uniform, not their logarithm."""
    generator = np.random.default_rng(seed)
    exponents = generator.uniform(math.log10(low), math.log10(high), n)
    start = np.maximum(10.0 ** np.floor(exponents), low)
    end = np.minimum(10.0 ** (np.floor(exponents) + 1), high)
    return np.clip(start + (end - start) * generator.random(n), low, high)


def wrong__log_uniform_draws__log1p(low, high, n, seed):
    """The logarithm of 1 + x is uniform: nearly right for large limits only."""
    return np.clip(np.expm1(np.random.default_rng(seed).uniform(np.log1p(low), np.log1p(high), n)), low, high)


def wrong__log_uniform_draws__normal_logarithm(low, high, n, seed):
    """The logarithm is normal around the middle, cut at the limits."""
    a, b = math.log(low), math.log(high)
    return np.exp(np.clip(np.random.default_rng(seed).normal((a + b) / 2, (b - a) / math.sqrt(12), n), a, b))


def wrong__log_uniform_draws__whole_exponents(low, high, n, seed):
    """Draws powers of two only: a grid, not a uniform logarithm."""
    exponents = np.random.default_rng(seed).uniform(math.log2(low), math.log2(high), n)
    return np.clip(2.0 ** np.round(exponents), low, high)


def wrong__log_uniform_draws__bent(low, high, n, seed):
    """The share is bent, so that small values are somewhat more frequent."""
    share = np.random.default_rng(seed).random(n) ** 1.3
    return np.exp((1 - share) * math.log(low) + share * math.log(high))


def wrong__log_uniform_draws__even_grid(low, high, n, seed):
    """Shuffles an even grid: another seed gives the same draws in another order."""
    return np.random.default_rng(seed).permutation(np.geomspace(low, high, n))


def wrong__log_uniform_draws__sorted(low, high, n, seed):
    """Returns the draws in order, so the first ones are always small."""
    return np.sort(right__log_uniform_draws__not_clipped(low, high, n, seed))


def wrong__log_uniform_draws__one_draw(low, high, n, seed):
    """Repeats one draw n times."""
    return np.full(n, math.exp(np.random.default_rng(seed).uniform(math.log(low), math.log(high))))


def wrong__log_uniform_draws__few_seeds(low, high, n, seed):
    """Takes the seed's last eight bits only: seeds 1 and 257 give the same draws."""
    return right__log_uniform_draws__not_clipped(low, high, n, seed % 256)


def wrong__log_uniform_draws__seed_ignored(low, high, n, seed):
    """The seed has no effect."""
    return right__log_uniform_draws__not_clipped(low, high, n, 0)


def wrong__log_uniform_draws__seed_zero(low, high, n, seed):
    """Takes seed 0 for no seed: the same seed gives other draws."""
    return right__log_uniform_draws__not_clipped(low, high, n, seed or None)


_GENERATORS = {}


def wrong__log_uniform_draws__goes_on(low, high, n, seed):
    """Keeps the generator between calls: the same seed gives other draws the second time."""
    generator = _GENERATORS.setdefault(seed, np.random.default_rng(seed))
    return np.exp(generator.uniform(np.log(low), np.log(high), n))


def wrong__log_uniform_draws__global_numpy(low, high, n, seed):
    """Sets NumPy's global random numbers."""
    np.random.seed(seed)
    return np.exp(np.random.uniform(np.log(low), np.log(high), n))


def wrong__log_uniform_draws__global_standard(low, high, n, seed):
    """Sets the standard library's global random numbers."""
    random.seed(seed)
    return np.array([math.exp(random.uniform(math.log(low), math.log(high))) for _ in range(n)])


def wrong__log_uniform_draws__state_read(low, high, n, seed):
    """Mixes one global random number into the seed: it takes it away, and the same seed gives other draws."""
    return right__log_uniform_draws__not_clipped(low, high, n, [seed, np.random.randint(1000)])


def wrong__log_uniform_draws__at_most_one(low, high, n, seed):
    """Believes that no learning rate exceeds 1."""
    return np.minimum(right__log_uniform_draws__not_clipped(low, high, n, seed), max(low, 1.0))


def wrong__log_uniform_draws__six_decimals(low, high, n, seed):
    """Rounds to six decimals: very small draws become 0 or fall on a grid."""
    return np.round(right__log_uniform_draws__not_clipped(low, high, n, seed), 6)


def wrong__log_uniform_draws__at_least_one(low, high, n, seed):
    """Returns one draw where none is wanted."""
    return right__log_uniform_draws__not_clipped(low, high, max(n, 1), seed)


def wrong__log_uniform_draws__column(low, high, n, seed):
    """Returns a column of shape (n, 1)."""
    return right__log_uniform_draws__not_clipped(low, high, (n, 1), seed)


def wrong__log_uniform_draws__tail_repeats(low, high, n, seed):
    """Draws a hundred values and repeats them when more are wanted."""
    return np.resize(right__log_uniform_draws__not_clipped(low, high, 100, seed), n)


# --- halving_plan ----------------------------------------------------------------------------------------------------

_Round = namedtuple("_Round", "candidates budget")


def right__halving_plan__closed_form(candidates, first_budget, factor, full_budget):
    """Each round by its number: rounding up step by step is rounding up once."""
    plan, power = [], 1
    while True:
        plan.append(_Round(-(-candidates // power), min(first_budget * power, full_budget)))
        if plan[-1].candidates == 1 or plan[-1].budget == full_budget:
            return plan
        power *= factor


def right__halving_plan__recursion(candidates, first_budget, factor, full_budget):
    """Calls itself for the further rounds; ceil as the statement writes it."""
    budget = min(first_budget, full_budget)
    if candidates == 1 or budget == full_budget:
        return [(candidates, budget)]
    further = right__halving_plan__recursion(math.ceil(candidates / factor), budget * factor, factor, full_budget)
    return [(candidates, budget), *further]


def right__halving_plan__loop(candidates, first_budget, factor, full_budget):
    """A plain loop; rounds up with divmod; rounds as lists."""
    budget = min(first_budget, full_budget)
    plan = [[candidates, budget]]
    while candidates > 1 and budget < full_budget:
        quotient, rest = divmod(candidates, factor)
        candidates = quotient + (rest > 0)
        budget = min(budget * factor, full_budget)
        plan.append([candidates, budget])
    return plan


def right__halving_plan__numpy_integers(candidates, first_budget, factor, full_budget):
    """The numbers are NumPy's integers."""
    return [
        (np.int64(c), np.int64(b)) for c, b in right__halving_plan__loop(candidates, first_budget, factor, full_budget)
    ]


def wrong__halving_plan__rounds_down(candidates, first_budget, factor, full_budget):
    """Keeps floor(candidates / factor), but at least one."""
    plan = [(candidates, min(first_budget, full_budget))]
    while plan[-1][0] > 1 and plan[-1][1] < full_budget:
        plan.append((max(plan[-1][0] // factor, 1), min(plan[-1][1] * factor, full_budget)))
    return plan


def wrong__halving_plan__rounds_to_nearest(candidates, first_budget, factor, full_budget):
    """Keeps the nearest whole number, but at least one."""
    plan = [(candidates, min(first_budget, full_budget))]
    while plan[-1][0] > 1 and plan[-1][1] < full_budget:
        plan.append((max(round(plan[-1][0] / factor), 1), min(plan[-1][1] * factor, full_budget)))
    return plan


def wrong__halving_plan__nearly_ceil(candidates, first_budget, factor, full_budget):
    """Rounds up by adding 0.95: wrong when the rest is small beside the factor, as 41 / 40."""
    plan = [(candidates, min(first_budget, full_budget))]
    while plan[-1][0] > 1 and plan[-1][1] < full_budget:
        plan.append((int(plan[-1][0] / factor + 0.95), min(plan[-1][1] * factor, full_budget)))
    return plan


def wrong__halving_plan__always_one_more(candidates, first_budget, factor, full_budget):
    """Keeps candidates // factor + 1 unless that would keep all: one too many where the factor divides."""
    plan = [(candidates, min(first_budget, full_budget))]
    while plan[-1][0] > 1 and plan[-1][1] < full_budget:
        kept = plan[-1][0]
        plan.append((1 if kept <= factor else kept // factor + 1, min(plan[-1][1] * factor, full_budget)))
    return plan


def wrong__halving_plan__only_whole_steps(candidates, first_budget, factor, full_budget):
    """Ends before a round whose budget would have to be cut to the full one."""
    plan = [(candidates, min(first_budget, full_budget))]
    while plan[-1][0] > 1 and plan[-1][1] * factor <= full_budget:
        plan.append((-(-plan[-1][0] // factor), plan[-1][1] * factor))
    return plan


def wrong__halving_plan__budget_not_cut(candidates, first_budget, factor, full_budget):
    """The last budget may exceed the full one."""
    plan = [(candidates, min(first_budget, full_budget))]
    while plan[-1][0] > 1 and plan[-1][1] < full_budget:
        plan.append((-(-plan[-1][0] // factor), plan[-1][1] * factor))
    return plan


def wrong__halving_plan__first_not_cut(candidates, first_budget, factor, full_budget):
    """A first budget above the full one stays."""
    plan = [(candidates, first_budget)]
    while plan[-1][0] > 1 and plan[-1][1] < full_budget:
        plan.append((-(-plan[-1][0] // factor), min(plan[-1][1] * factor, full_budget)))
    return plan


def wrong__halving_plan__until_one_candidate(candidates, first_budget, factor, full_budget):
    """Goes on at the full budget until a single candidate is left."""
    plan = [(candidates, min(first_budget, full_budget))]
    while plan[-1][0] > 1:
        plan.append((-(-plan[-1][0] // factor), min(plan[-1][1] * factor, full_budget)))
    return plan


def wrong__halving_plan__until_full_budget(candidates, first_budget, factor, full_budget):
    """Goes on with a single candidate until the budget is the full one."""
    plan = [(candidates, min(first_budget, full_budget))]
    while plan[-1][1] < full_budget:
        plan.append((-(-plan[-1][0] // factor), min(plan[-1][1] * factor, full_budget)))
    return plan


def wrong__halving_plan__winner_trained_fully(candidates, first_budget, factor, full_budget):
    """Gives the last round the full budget although it has a single candidate."""
    plan = right__halving_plan__loop(candidates, first_budget, factor, full_budget)
    return [*map(tuple, plan[:-1]), (plan[-1][0], full_budget)]


def wrong__halving_plan__single_round_dropped(candidates, first_budget, factor, full_budget):
    """One candidate needs no round, it thinks: an empty plan."""
    return right__halving_plan__loop(candidates, first_budget, factor, full_budget) if candidates > 1 else []


def wrong__halving_plan__ends_below_factor(candidates, first_budget, factor, full_budget):
    """Ends as soon as fewer candidates than the factor are left."""
    plan = [(candidates, min(first_budget, full_budget))]
    while plan[-1][0] >= factor and plan[-1][1] < full_budget:
        plan.append((-(-plan[-1][0] // factor), min(plan[-1][1] * factor, full_budget)))
    return plan


def wrong__halving_plan__logarithm(candidates, first_budget, factor, full_budget):
    """Counts the rounds with logarithms, whose rounding gives a round too many, as for 125 and factor 5."""
    first = min(first_budget, full_budget)
    steps = min(math.ceil(math.log(candidates, factor)), math.ceil(math.log(full_budget / first, factor)))
    return [(-(-candidates // factor**k), min(first * factor**k, full_budget)) for k in range(steps + 1)]


def wrong__halving_plan__ten_rounds(candidates, first_budget, factor, full_budget):
    """Plans ten rounds at most."""
    return right__halving_plan__loop(candidates, first_budget, factor, full_budget)[:10]


def wrong__halving_plan__factor_three(candidates, first_budget, factor, full_budget):
    """Always keeps a third, the docstring's factor, whatever the factor."""
    return right__halving_plan__loop(candidates, first_budget, 3, full_budget)


def wrong__halving_plan__pairs_swapped(candidates, first_budget, factor, full_budget):
    """Pairs of (budget, candidates)."""
    return [(b, c) for c, b in right__halving_plan__loop(candidates, first_budget, factor, full_budget)]


def wrong__halving_plan__equal_work(candidates, first_budget, factor, full_budget):
    """Computes the candidates from the budget that was really reached: too many in a round whose budget was cut."""
    plan = right__halving_plan__loop(candidates, first_budget, factor, full_budget)
    return [(-(-candidates * plan[0][1] // b), b) for c, b in plan]


# --- simplest_within_one_error ---------------------------------------------------------------------------------------


def right__simplest_within_one_error__loop(means, errors, costs):
    """Two plain loops."""
    best = 0
    for i in range(len(means)):
        if means[i] > means[best]:
            best = i
    chosen = best
    for i in range(len(means)):
        if means[i] >= means[best] - errors[best] and (costs[i], i) < (costs[chosen], chosen):
            chosen = i
    return chosen


def right__simplest_within_one_error__masked(means, errors, costs):
    """Infinite costs where the mean is too low."""
    best = np.argmax(means)
    return np.where(means >= means[best] - errors[best], costs, np.inf).argmin()


def right__simplest_within_one_error__pandas(means, errors, costs):
    """A table, sorted stably."""
    table = pd.DataFrame({"mean": means, "error": errors, "cost": costs})
    best = table["mean"].idxmax()
    near = table[table["mean"] >= table.at[best, "mean"] - table.at[best, "error"]]
    return int(near.sort_values("cost", kind="stable").index[0])


def right__simplest_within_one_error__difference(means, errors, costs):
    """Compares the gap to the best with the error; min over the indices."""
    best = max(range(len(means)), key=lambda i: means[i])
    near = [i for i in range(len(means)) if means[best] - means[i] <= errors[best]]
    return min(near, key=lambda i: costs[i])


def right__simplest_within_one_error__exact(means, errors, costs):
    """Exact fractions of the given floats."""
    means, errors = [Fraction(float(m)) for m in means], [Fraction(float(e)) for e in errors]
    best = means.index(max(means))
    near = [i for i, mean in enumerate(means) if mean + errors[best] >= means[best]]
    return sorted(near, key=lambda i: costs[i])[0]


def wrong__simplest_within_one_error__own_error(means, errors, costs):
    """Gives each setting its own standard error."""
    return int(np.where(means + errors >= means.max(), costs, np.inf).argmin())


def wrong__simplest_within_one_error__largest_error(means, errors, costs):
    """Takes the largest error."""
    return int(np.where(means >= means.max() - errors.max(), costs, np.inf).argmin())


def wrong__simplest_within_one_error__best_lower_bound(means, errors, costs):
    """Takes for the limit the largest of all mean - error, not the best setting's."""
    return int(np.where(means >= (means - errors).max(), costs, np.inf).argmin())


def wrong__simplest_within_one_error__strict(means, errors, costs):
    """A mean exactly at the limit doesn't count, except the best itself."""
    best = means.argmax()
    near = (means > means[best] - errors[best]) | (means == means[best])
    return int(np.where(near, costs, np.inf).argmin())


def wrong__simplest_within_one_error__last_best(means, errors, costs):
    """Of equal best means, takes the error of the last."""
    best = len(means) - 1 - means[::-1].argmax()
    return int(np.where(means >= means[best] - errors[best], costs, np.inf).argmin())


def wrong__simplest_within_one_error__surest_best(means, errors, costs):
    """Of equal best means, takes the smallest error."""
    error = errors[means == means.max()].min()
    return int(np.where(means >= means.max() - error, costs, np.inf).argmin())


def wrong__simplest_within_one_error__cheapest_best(means, errors, costs):
    """Of equal best means, takes the error of the cheapest."""
    best = min(range(len(means)), key=lambda i: (-means[i], costs[i]))
    return int(np.where(means >= means[best] - errors[best], costs, np.inf).argmin())


def wrong__simplest_within_one_error__last_cheap(means, errors, costs):
    """Of equally cheap settings, takes the last."""
    best = means.argmax()
    masked = np.where(means >= means[best] - errors[best], costs, np.inf)
    return int(np.flatnonzero(masked == masked.min())[-1])


def wrong__simplest_within_one_error__better_cheap(means, errors, costs):
    """Of equally cheap settings, takes the one with the larger mean."""
    best = means.argmax()
    near = np.flatnonzero(means >= means[best] - errors[best])
    return int(min(near, key=lambda i: (costs[i], -means[i], i)))


def wrong__simplest_within_one_error__position_among_near(means, errors, costs):
    """Returns the position among the settings that qualify, not among all."""
    best = means.argmax()
    return int(costs[means >= means[best] - errors[best]].argmin())


def wrong__simplest_within_one_error__tolerant(means, errors, costs):
    """Lets a mean in that is below the limit by a little (one in a million)."""
    best = means.argmax()
    return int(np.where(means >= means[best] - errors[best] - 1e-6, costs, np.inf).argmin())


def wrong__simplest_within_one_error__big_constant(means, errors, costs):
    """Marks what doesn't qualify by a cost of a million: wrong when all that qualify cost more."""
    best = means.argmax()
    return int(np.where(means >= means[best] - errors[best], costs, 1e6).argmin())


def wrong__simplest_within_one_error__largest_cost(means, errors, costs):
    """Marks what doesn't qualify by the largest cost: wrong when only the dearest qualifies and isn't the first."""
    best = means.argmax()
    return int(np.where(means >= means[best] - errors[best], costs, costs.max()).argmin())


def wrong__simplest_within_one_error__share(means, errors, costs):
    """Takes the error for a share of the best mean: wrong for best means other than 1, as negative ones."""
    best = means.argmax()
    return int(np.where(means >= means[best] - abs(means[best]) * errors[best], costs, np.inf).argmin())


def wrong__simplest_within_one_error__distance(means, errors, costs):
    """Takes the error divided by the root of the number of settings for the error."""
    best = means.argmax()
    return int(np.where(means >= means[best] - errors[best] / math.sqrt(len(means)), costs, np.inf).argmin())


def wrong__simplest_within_one_error__worst_of_near(means, errors, costs):
    """Takes the lowest mean that qualifies for the simplest and ignores the costs."""
    best = means.argmax()
    return int(np.where(means >= means[best] - errors[best], means, np.inf).argmin())


def wrong__simplest_within_one_error__whole_costs(means, errors, costs):
    """Compares whole costs only."""
    return right__simplest_within_one_error__loop(means, errors, [int(cost) for cost in costs])


# --- nested_score ----------------------------------------------------------------------------------------------------


def right__nested_score__loop(tune, X, y, folds):
    """Counts hits in plain loops."""
    accuracies = []
    for fold in set(folds.tolist()):
        inside = [i for i in range(len(y)) if folds[i] == fold]
        outside = [i for i in range(len(y)) if folds[i] != fold]
        predicted = tune(X[outside], y[outside])(X[inside])
        accuracies.append(sum(1 for p, i in zip(predicted, inside, strict=True) if p == y[i]) / len(inside))
    return sum(accuracies) / len(accuracies)


def right__nested_score__scikit(tune, X, y, folds):
    """scikit-learn's splitter by groups."""
    splits = LeaveOneGroupOut().split(X, y, groups=folds)
    return np.mean([np.mean(tune(X[train], y[train])(X[test]) == y[test]) for train, test in splits])


def right__nested_score__pandas(tune, X, y, folds):
    """Predicts all rows out of fold, then groups."""
    hits = pd.Series(0.0, index=range(len(y)))
    for fold in pd.unique(folds):
        here = folds == fold
        hits[here] = (np.asarray(tune(X[~here], y[~here])(X[here])) == y[here]).astype(float)
    return float(hits.groupby(folds).mean().mean())


def right__nested_score__exact(tune, X, y, folds):
    """Exact fractions; the folds in falling order."""
    total, names = Fraction(0), sorted(set(folds.tolist()), reverse=True)
    for fold in names:
        test = np.flatnonzero(folds == fold)
        predicted = tune(np.delete(X, test, axis=0), np.delete(y, test))(X[test])
        total += Fraction(int(np.count_nonzero(predicted == y[test])), len(test))
    return float(total / len(names))


def _accuracies(tune, X, y, folds):
    return [
        float(np.mean(tune(X[folds != fold], y[folds != fold])(X[folds == fold]) == y[folds == fold]))
        for fold in np.unique(folds)
    ]


def wrong__nested_score__pooled(tune, X, y, folds):
    """Each row counts once, not each fold."""
    sizes = np.unique(folds, return_counts=True)[1]
    return float(np.average(_accuracies(tune, X, y, folds), weights=sizes))


def wrong__nested_score__tuned_on_all(tune, X, y, folds):
    """Tunes once on all rows."""
    predict = tune(X, y)
    return float(np.mean([np.mean(predict(X[folds == f]) == y[folds == f]) for f in np.unique(folds)]))


def wrong__nested_score__tuned_on_fold(tune, X, y, folds):
    """Tunes on the fold and scores the other rows."""
    scores = []
    for fold in np.unique(folds):
        here = folds == fold
        scores.append(np.mean(tune(X[here], y[here])(X[~here]) == y[~here]))
    return float(np.mean(scores))


def wrong__nested_score__training_accuracy(tune, X, y, folds):
    """Takes the accuracy on the rows that the search has seen."""
    scores = []
    for fold in np.unique(folds):
        rest = folds != fold
        scores.append(np.mean(tune(X[rest], y[rest])(X[rest]) == y[rest]))
    return float(np.mean(scores))


def wrong__nested_score__tuned_once(tune, X, y, folds):
    """Searches for the first fold only and uses the same function for the others."""
    names = np.unique(folds)
    predict = tune(X[folds != names[0]], y[folds != names[0]])
    return float(np.mean([np.mean(predict(X[folds == f]) == y[folds == f]) for f in names]))


def wrong__nested_score__numbers_from_zero(tune, X, y, folds):
    """Expects the folds 0, 1, ...: a number that is missing gives a fold without rows, which counts as 0."""
    scores = []
    for fold in range(int(folds.max()) + 1):
        here = folds == fold
        scores.append(np.mean(tune(X[~here], y[~here])(X[here]) == y[here]) if here.any() else 0.0)
    return float(np.mean(scores)) if scores else 0.0


def wrong__nested_score__from_lowest(tune, X, y, folds):
    """Goes from the lowest to the highest number, without the highest."""
    names = [f for f in range(int(folds.min()), int(folds.max())) if (folds == f).any()]
    return float(np.mean([np.mean(tune(X[folds != f], y[folds != f])(X[folds == f]) == y[folds == f]) for f in names]))


def wrong__nested_score__negative_left_out(tune, X, y, folds):
    """Takes a negative number for 'in no fold': these rows are never scored."""
    names = [f for f in np.unique(folds) if f >= 0]
    if not names:
        return 0.0
    return float(np.mean([np.mean(tune(X[folds != f], y[folds != f])(X[folds == f]) == y[folds == f]) for f in names]))


def wrong__nested_score__sign_lost(tune, X, y, folds):
    """Takes the folds 3 and -3 for the same."""
    names = np.abs(folds)
    return float(np.mean(_accuracies(tune, X, y, names))) if len(np.unique(names)) > 1 else 1.0


def wrong__nested_score__one_byte(tune, X, y, folds):
    """Keeps the fold in one byte: 1 and 257 become the same."""
    names = folds.astype(np.int64).astype(np.int8)
    return float(np.mean(_accuracies(tune, X, y, names))) if len(np.unique(names)) > 1 else 1.0


def wrong__nested_score__neighbors_only(tune, X, y, folds):
    """Expects a fold's rows to lie together: begins a new fold at each change of the number."""
    runs = np.cumsum(np.diff(folds, prepend=folds[0]) != 0)
    return float(np.mean(_accuracies(tune, X, y, runs)))


def wrong__nested_score__best_fold(tune, X, y, folds):
    """Reports the best fold."""
    return max(_accuracies(tune, X, y, folds))


def wrong__nested_score__median(tune, X, y, folds):
    """The median of the folds' accuracies."""
    return float(np.median(_accuracies(tune, X, y, folds)))


def wrong__nested_score__balanced(tune, X, y, folds):
    """Each kind of label counts once within a fold."""
    scores = []
    for fold in np.unique(folds):
        here = folds == fold
        scores.append(balanced_accuracy_score(y[here], tune(X[~here], y[~here])(X[here])))
    return float(np.mean(scores))


def wrong__nested_score__scaled_on_all(tune, X, y, folds):
    """Centers the columns with the mean of all rows before the search: it has seen the fold."""
    return float(np.mean(_accuracies(tune, X - X.mean(axis=0), y, folds)))


def wrong__nested_score__searches_remembered(tune, X, y, folds):
    """Keeps a search's result by its labels: other rows with the same labels get the wrong function."""
    known, scores = {}, []
    for fold in np.unique(folds):
        here = folds == fold
        key = tuple(y[~here].tolist())
        if key not in known:
            known[key] = tune(X[~here], y[~here])
        scores.append(np.mean(known[key](X[here]) == y[here]))
    return float(np.mean(scores))


def wrong__nested_score__test_labels_for_search(tune, X, y, folds):
    """Gives the search the labels of as many first rows, not those of its own rows."""
    scores = []
    for fold in np.unique(folds):
        here = folds == fold
        scores.append(np.mean(tune(X[~here], y[: (~here).sum()])(X[here]) == y[here]))
    return float(np.mean(scores))


def wrong__nested_score__zero_or_one(tune, X, y, folds):
    """Compares only whether labels are positive: wrong with more than two kinds."""
    scores = []
    for fold in np.unique(folds):
        here = folds == fold
        scores.append(np.mean((tune(X[~here], y[~here])(X[here]) > 0) == (y[here] > 0)))
    return float(np.mean(scores))


def wrong__nested_score__three_decimals(tune, X, y, folds):
    """Rounds to three decimals."""
    return round(float(np.mean(_accuracies(tune, X, y, folds))), 3)


def wrong__nested_score__lone_rows_skipped(tune, X, y, folds):
    """Leaves folds of a single row out."""
    accuracies, sizes = _accuracies(tune, X, y, folds), np.unique(folds, return_counts=True)[1]
    scores = [score for score, size in zip(accuracies, sizes, strict=True) if size > 1]
    return float(np.mean(scores or accuracies))


# --- parzen_next -----------------------------------------------------------------------------------------------------


def _groups(trials, good_share):
    order = sorted(trials, key=lambda trial: trial[1])
    good = math.ceil(good_share * len(trials))
    return np.array([s for s, _ in order[:good]], float), np.array([s for s, _ in order[good:]], float)


def _log_density(candidates, settings, width):
    candidates = np.asarray(candidates, float)
    return logsumexp(-0.5 * ((candidates[:, None] - settings) / width) ** 2, axis=1) - math.log(len(settings))


def right__parzen_next__logsumexp(trials, candidates, good_share, width):
    """SciPy's logsumexp of normal log densities."""
    good, bad = _groups(trials, good_share)
    return candidates[np.argmax(_log_density(candidates, good, width) - _log_density(candidates, bad, width))]


def right__parzen_next__by_hand(trials, candidates, good_share, width):
    """Plain loops; takes the largest exponent out of each sum; the constants are left out."""
    ranks = sorted(range(len(trials)), key=lambda i: (trials[i][1], i))
    cut = math.ceil(good_share * len(trials))

    def log_sum(x, group):
        exponents = [-((x - trials[i][0]) ** 2) / (2 * width**2) for i in group]
        largest = max(exponents)
        return largest + math.log(sum(math.exp(e - largest) for e in exponents))

    best, best_ratio = None, -math.inf
    for x in candidates:
        ratio = log_sum(x, ranks[:cut]) - log_sum(x, ranks[cut:])
        if ratio > best_ratio:
            best, best_ratio = x, ratio
    return float(best)


def right__parzen_next__logaddexp(trials, candidates, good_share, width):
    """NumPy's logaddexp with SciPy's normal log densities and a stable argsort."""
    settings, losses = np.array(trials, float).T
    order = np.argsort(losses, kind="stable")
    cut = math.ceil(good_share * len(losses))
    logs = [
        np.logaddexp.reduce(stats.norm.logpdf(np.asarray(candidates)[:, None], settings[part], width), axis=1)
        for part in (order[:cut], order[cut:])
    ]
    return float(candidates[int((logs[0] - logs[1]).argmax())])


def right__parzen_next__pandas(trials, candidates, good_share, width):
    """Ranks by pandas; both sums relative to one and the same shift, then separately."""
    table = pd.DataFrame(trials, columns=["setting", "loss"])
    is_good = table["loss"].rank(method="first") <= math.ceil(good_share * len(table))
    scores = []
    for x in candidates:
        exponents = -0.5 * ((x - table["setting"]) / width) ** 2
        sums = []
        for part in (exponents[is_good], exponents[~is_good]):
            sums.append(part.max() + np.log(np.exp(part - part.max()).mean()))
        scores.append(sums[0] - sums[1])
    return max(zip(candidates, scores, strict=True), key=lambda pair: pair[1])[0]


def wrong__parzen_next__densities(trials, candidates, good_share, width):
    """Divides the densities themselves: 0 / 0 far from all trials."""
    good, bad = _groups(trials, good_share)
    candidates = np.asarray(candidates, float)
    with np.errstate(all="ignore"):
        a, b = (stats.norm.pdf(candidates[:, None], group, width).mean(axis=1) for group in (good, bad))
        return float(candidates[np.argmax(a / b)])


def wrong__parzen_next__tiny_added(trials, candidates, good_share, width):
    """Adds 1e-300 to the densities: far from all trials each ratio is 1, and the first candidate wins."""
    good, bad = _groups(trials, good_share)
    candidates = np.asarray(candidates, float)
    a, b = (stats.norm.pdf(candidates[:, None], group, width).mean(axis=1) + 1e-300 for group in (good, bad))
    return float(candidates[np.argmax(a / b)])


def wrong__parzen_next__logs_of_densities(trials, candidates, good_share, width):
    """Takes logarithms after the densities have become 0; what has no ratio can't win."""
    good, bad = _groups(trials, good_share)
    candidates = np.asarray(candidates, float)
    with np.errstate(all="ignore"):
        a, b = (np.log(stats.norm.pdf(candidates[:, None], group, width).mean(axis=1)) for group in (good, bad))
    return float(candidates[np.argmax(np.nan_to_num(a - b, nan=-1e308, posinf=1e308))])


def wrong__parzen_next__both_zero_only(trials, candidates, good_share, width):
    """Far from all trials it takes the candidate nearest to a good one, only where *all* densities are 0."""
    good, bad = _groups(trials, good_share)
    candidates = np.asarray(candidates, float)
    a, b = (stats.norm.pdf(candidates[:, None], group, width).mean(axis=1) for group in (good, bad))
    if (a == 0).all() and (b == 0).all():
        return float(candidates[np.abs(candidates[:, None] - good).min(axis=1).argmin()])
    with np.errstate(all="ignore"):
        return float(candidates[np.argmax(np.nan_to_num(a / b, nan=0.0))])


def wrong__parzen_next__cut_at_thirty_widths(trials, candidates, good_share, width):
    """Takes distances beyond 30 widths for 30 widths, so that nothing becomes 0: equal ratios far away."""
    good, bad = _groups(trials, good_share)
    candidates = np.asarray(candidates, float)
    a, b = (
        np.exp(-0.5 * np.minimum(np.abs(candidates[:, None] - group) / width, 30) ** 2).mean(axis=1)
        for group in (good, bad)
    )
    return float(candidates[np.argmax(a / b)])


def wrong__parzen_next__nearest_only(trials, candidates, good_share, width):
    """Takes only the nearest setting of each group: fine far away, wrong where several settings add up."""
    good, bad = _groups(trials, good_share)
    near = [np.abs(np.asarray(candidates, float)[:, None] - group).min(axis=1) / width for group in (good, bad)]
    return float(candidates[np.argmax(near[1] ** 2 - near[0] ** 2)])


def wrong__parzen_next__mean_of_logs(trials, candidates, good_share, width):
    """The mean of the log densities, not the logarithm of the mean density."""
    good, bad = _groups(trials, good_share)
    x = np.asarray(candidates, float)[:, None]
    return float(candidates[np.argmax(((x - bad) ** 2).mean(axis=1) - ((x - good) ** 2).mean(axis=1))])


def wrong__parzen_next__all_trials(trials, candidates, good_share, width):
    """Divides by the density of all trials: near the good ones that ratio stops growing, so others look equal."""
    good, bad = _groups(trials, good_share)
    everything = np.concatenate([good, bad])
    return float(
        candidates[np.argmax(_log_density(candidates, good, width) - _log_density(candidates, everything, width))]
    )


def wrong__parzen_next__rounded_down(trials, candidates, good_share, width):
    """floor(good_share * n), but at least one."""
    good, bad = _groups(trials, max(math.floor(good_share * len(trials)), 1) / len(trials) - 1e-12)
    return float(candidates[np.argmax(_log_density(candidates, good, width) - _log_density(candidates, bad, width))])


def wrong__parzen_next__rounded(trials, candidates, good_share, width):
    """The nearest number of good trials, but at least one."""
    good, bad = _groups(trials, max(round(good_share * len(trials)), 1) / len(trials) - 1e-12)
    return float(candidates[np.argmax(_log_density(candidates, good, width) - _log_density(candidates, bad, width))])


def wrong__parzen_next__large_losses_good(trials, candidates, good_share, width):
    """Takes the largest losses for the good ones."""
    return right__parzen_next__logsumexp([(s, -loss) for s, loss in trials], candidates, good_share, width)


def wrong__parzen_next__in_order_of_trial(trials, candidates, good_share, width):
    """Doesn't sort: the first trials are the good ones."""
    return right__parzen_next__logsumexp([(t[0], i) for i, t in enumerate(trials)], candidates, good_share, width)


def wrong__parzen_next__later_of_equals(trials, candidates, good_share, width):
    """Of equal losses, takes the later trial."""
    return right__parzen_next__logsumexp(trials[::-1], candidates, good_share, width)


def wrong__parzen_next__sorted_by_setting(trials, candidates, good_share, width):
    """Of equal losses, takes the smaller setting."""
    return right__parzen_next__logsumexp(sorted(trials), candidates, good_share, width)


def wrong__parzen_next__threshold(trials, candidates, good_share, width):
    """All trials as good as the last good one are good: too many when losses are equal."""
    limit = sorted(loss for _, loss in trials)[math.ceil(good_share * len(trials)) - 1]
    good = np.array([s for s, loss in trials if loss <= limit])
    bad = np.array([s for s, loss in trials if loss > limit])
    if not len(bad):
        return float(candidates[0])
    return float(candidates[np.argmax(_log_density(candidates, good, width) - _log_density(candidates, bad, width))])


def wrong__parzen_next__setting_tried_once(trials, candidates, good_share, width):
    """A dict by setting keeps only the last trial of each setting, when at least two are left."""
    once = list(dict(trials).items())
    cut = math.ceil(good_share * len(once))
    if not 0 < cut < len(once):
        once = trials
    return right__parzen_next__logsumexp(once, candidates, good_share, width)


def wrong__parzen_next__settings_of_group_once(trials, candidates, good_share, width):
    """Each setting counts once in a group, however often it was tried."""
    good, bad = map(np.unique, _groups(trials, good_share))
    return float(candidates[np.argmax(_log_density(candidates, good, width) - _log_density(candidates, bad, width))])


def wrong__parzen_next__good_density(trials, candidates, good_share, width):
    """The largest density of the good group; the bad one is ignored."""
    return float(candidates[np.argmax(_log_density(candidates, _groups(trials, good_share)[0], width))])


def wrong__parzen_next__difference(trials, candidates, good_share, width):
    """The largest difference of the densities, not the largest ratio."""
    good, bad = _groups(trials, good_share)
    x = np.asarray(candidates, float)[:, None]
    a, b = (stats.norm.pdf(x, group, width).mean(axis=1) for group in (good, bad))
    return float(candidates[np.argmax(a - b)])


def wrong__parzen_next__width_is_variance(trials, candidates, good_share, width):
    """Takes the width for the variance."""
    return right__parzen_next__logsumexp(trials, candidates, good_share, math.sqrt(width))


def wrong__parzen_next__factor_two_missing(trials, candidates, good_share, width):
    """exp(-(d / width)**2) without the half."""
    return right__parzen_next__logsumexp(trials, candidates, good_share, width / math.sqrt(2))


def wrong__parzen_next__width_ignored(trials, candidates, good_share, width):
    """Always takes a width of 1, the docstring's."""
    return right__parzen_next__logsumexp(trials, candidates, good_share, 1.0)


def wrong__parzen_next__half_good(trials, candidates, good_share, width):
    """Half of the trials are good, whatever the share."""
    return right__parzen_next__logsumexp(trials, candidates, 0.5, width)


def wrong__parzen_next__laplace(trials, candidates, good_share, width):
    """Falls with the distance, not with its square: another kernel, but it works far away."""
    good, bad = _groups(trials, good_share)
    x = np.asarray(candidates, float)[:, None]
    a, b = (logsumexp(-np.abs(x - group) / width, axis=1) - math.log(len(group)) for group in (good, bad))
    return float(candidates[np.argmax(a - b)])


def wrong__parzen_next__last_of_equals(trials, candidates, good_share, width):
    """Of candidates with the same ratio, returns the last."""
    good, bad = _groups(trials, good_share)
    ratios = _log_density(candidates, good, width) - _log_density(candidates, bad, width)
    return float(candidates[np.flatnonzero(ratios == ratios.max())[-1]])


def wrong__parzen_next__smallest_of_equals(trials, candidates, good_share, width):
    """Sorts the candidates: of equal ratios, returns the smallest candidate."""
    return right__parzen_next__logsumexp(trials, np.sort(candidates), good_share, width)


def wrong__parzen_next__coarse_ratio(trials, candidates, good_share, width):
    """Rounds the log ratio to two decimals: takes the first of nearly equal candidates."""
    good, bad = _groups(trials, good_share)
    ratios = _log_density(candidates, good, width) - _log_density(candidates, bad, width)
    return float(candidates[np.argmax(np.round(ratios, 2))])


def wrong__parzen_next__index(trials, candidates, good_share, width):
    """Returns the candidate's index."""
    good, bad = _groups(trials, good_share)
    return int(np.argmax(_log_density(candidates, good, width) - _log_density(candidates, bad, width)))


def wrong__parzen_next__between_limits(trials, candidates, good_share, width):
    """Doesn't leave the range of what was tried, unless all candidates lie outside."""
    settings = [s for s, _ in trials]
    inside = np.array([c for c in candidates if min(settings) <= c <= max(settings)])
    return right__parzen_next__logsumexp(trials, inside if len(inside) else candidates, good_share, width)
