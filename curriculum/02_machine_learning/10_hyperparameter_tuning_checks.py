"""Checks of `02_machine_learning/10_hyperparameter_tuning`: shares of decades, simulations, tuners with a diary."""

import math
import random

import numpy as np
from hypothesis import strategies as st

from handrail.expect import (
    Mismatch,
    arrays,
    between,
    call,
    calls,
    close,
    flags,
    for_all,
    hints,
    kind,
    numbers,
    require,
)

# 1. log_uniform_draws


@st.composite
def _ranges(draw):
    low = draw(st.sampled_from([0.0001, 0.01, 0.5, 1.0, 3.0, 100.0]))
    return call(low, low * draw(st.sampled_from([1, 2, 10, 1000])), draw(between(0, 5)), draw(between(0, 9)))


@hints(
    "Which quantity is uniform here: the rate, or its logarithm? Draw that one.",
    "Between which two numbers does the logarithm lie? And how do you come back from a logarithm to a rate?",
    "A generator made from the seed draws uniformly between the logarithms of the limits; the exponential of each draw "
    "is the result.",
)
def check_log_uniform_draws(log_uniform_draws):
    def test(low, high, n, seed):
        drawn = _numbers_of(log_uniform_draws(low, high, n, seed), n)
        inside = (drawn >= low * (1 - 1e-6)) & (drawn <= high * (1 + 1e-6))
        require(inside.all(), f"A draw lies outside of the limits {low:g} and {high:g}.")

    wide = [call(0.0001, 1.0, 4000, 0), call(2.0, 2.0, 3, 1), call(0.001, 1000.0, 0, 2), call(5.0, 50.0, 1, 3)]
    for_all(test, on=_ranges(), also=wide, examples=25)
    for low, high, seed in ((0.0001, 1.0, 0), (0.0001, 1.0, 7), (10.0, 1e6, 3), (0.02, 0.9, 11), (1e-9, 1e-5, 2)):
        _even_in_logarithms(log_uniform_draws, call(low, high, 4000, seed))
    _repeatable(log_uniform_draws)


def _numbers_of(returned, n):
    kind(returned, (np.ndarray, list, tuple))
    drawn = np.asarray(returned)
    if drawn.shape != (n,):
        raise Mismatch(f"The result should have shape ({n},); it has {drawn.shape}.", returned=returned)
    require(n == 0 or drawn.dtype.kind == "f", "The draws should be floats.")
    require(np.isfinite(drawn).all() if n else True, "Not every draw is a finite number.")
    return drawn.astype(float)


def _even_in_logarithms(answer, given):
    low, high, n, _ = given.args
    drawn = _numbers_of(answer(*given.args), n)
    require(len(np.unique(drawn)) > 0.99 * n, "Some draws are repeated: draw each anew; don't round or clip.", given)
    place = (np.log(drawn) - math.log(low)) / (math.log(high) - math.log(low))
    for part in range(4):
        share = float(((place >= part / 4) & (place < (part + 1) / 4)).mean())
        start, stop = (low * (high / low) ** (k / 4) for k in (part, part + 1))
        message = f"Between {start:.3g} and {stop:.3g} lie {share:.0%} of {n} draws; it should be about 25%."
        require(abs(share - 0.25) < 0.04, message, given)
    distance = np.abs(np.sort(place) - (np.arange(n) + 0.5) / n).max()
    require(distance < 0.04, "The logarithms of the draws aren't spread evenly between those of the limits.", given)
    related = float(np.corrcoef(place[:-1], place[1:])[0, 1])
    require(abs(related) < 0.1, "Each draw tells the next: they should be independent, and not sorted.", given)


def _repeatable(answer):
    before, plain = np.random.get_state(), random.getstate()
    first = _numbers_of(answer(0.01, 10.0, 6, 4), 6)
    untouched = all(np.array_equal(a, b) for a, b in zip(before, np.random.get_state(), strict=True))
    require(
        untouched and plain == random.getstate(),
        "The program's global random numbers have changed. Use a generator of your own, made from the seed.",
    )
    other = _numbers_of(answer(0.01, 10.0, 6, 5), 6)
    shared = np.isclose(first[:, None], other, rtol=1e-9).any()
    require(not shared, "Another seed should give other draws.", call(0.01, 10.0, 6, 5))
    for seed in (4, 0):
        given = call(0.01, 10.0, 6, seed)
        close(answer(*given.args), answer(*given.args), "a second call with the same seed", given)
    for seed in (4 + 2**8, 4 + 2**16):
        distant = _numbers_of(answer(0.01, 10.0, 6, seed), 6)
        message = f"Seeds 4 and {seed} give the same draws: use the whole seed."
        require(not np.isclose(distant, first, rtol=1e-9).any(), message, call(0.01, 10.0, 6, seed))


def log_uniform_draws__uniform(low, high, n, seed):
    """You drew the value itself uniformly, so nearly all draws are in the last factor of ten. Its logarithm should be
    uniform.
    """
    return np.random.default_rng(seed).uniform(low, high, n)


def log_uniform_draws__limits_not_logged(low, high, n, seed):
    """You drew between the limits and exponentiated. Take the logarithms of the limits first."""
    with np.errstate(over="ignore"):
        return np.exp(np.random.default_rng(seed).uniform(low, high, n))


def log_uniform_draws__global_seed(low, high, n, seed):
    """`np.random.seed` changes the random numbers of the whole program. Make a generator of your own."""
    np.random.seed(seed)
    return np.exp(np.random.uniform(math.log(low), math.log(high), n))


def log_uniform_draws__logarithms(low, high, n, seed):
    """Those are the logarithms. Take the exponential of each draw to come back to the range."""
    return np.random.default_rng(seed).uniform(math.log(low), math.log(high), n)


def log_uniform_draws__two_bases(low, high, n, seed):
    """The logarithm and the power have different bases. Natural logarithms go with `exp`, those of base 10 with
    `10**`.
    """
    return 10 ** np.random.default_rng(seed).uniform(math.log(low), math.log(high), n)


def log_uniform_draws__evenly_spaced(low, high, n, seed):
    """Those are points at equal distances, the same for every seed. Draw at random."""
    return np.geomspace(low, high, n)


# 2. halving_plan


def _halving_plan(candidates, first_budget, factor, full_budget):
    """Write the rounds down one by one, counting up to the least number of survivors."""
    rounds, budget = [], first_budget if first_budget < full_budget else full_budget
    while True:
        rounds.append((candidates, budget))
        if candidates == 1 or budget == full_budget:
            return rounds
        candidates = next(kept for kept in range(1, candidates + 1) if kept * factor >= candidates)
        budget = budget * factor if budget * factor < full_budget else full_budget


@hints(
    "Write the plan for 5 candidates with a factor of 3 on paper. How many survive the first round?",
    "A loop that plans one round at a time: what changes from one round to the next, and which two conditions stop it?",
    "Append the round first, then ask whether it was the last. The budget of every round, the first one included, is "
    "the smaller of two numbers.",
)
def check_halving_plan(halving_plan):
    corners = [
        call(27, 80, 3, 720),
        call(27, 80, 3, 500),
        call(5, 10, 3, 1000),
        call(1, 10, 3, 1000),
        call(9, 100, 3, 100),
        call(9, 200, 3, 100),
        call(2, 1, 2, 100),
        call(64, 1, 2, 8),
        call(100, 7, 4, 10**6),
        call(9, 10, 3, 90),
        call(3, 1, 7, 100),
        call(1, 50, 2, 20),
        call(10, 5, 2, 1000),
        call(1000, 1, 10, 10**9),
        call(81, 10, 3, 91),
        call(125, 1, 5, 1000),
        call(41, 1, 40, 2),
        call(2001, 1, 2000, 2),
    ]

    def whole(answer):
        def planned(*args):
            plan = answer(*args)
            kind(plan, list)
            for step in plan:
                kind(step, (tuple, list), "a round")
                require(len(step) == 2, "A round should be a pair: candidates and budget.")
                for value in step:
                    kind(value, (int, np.integer), "a number of candidates or a budget")
            return [tuple(step) for step in plan]

        return planned

    def test(candidates, first_budget, factor, full_budget):
        given = candidates, first_budget, factor, full_budget
        plan, expected = whole(halving_plan)(*given), _halving_plan(*given)
        for number, (step, wanted) in enumerate(zip(plan, expected, strict=False), start=1):
            if step != wanted:
                raise Mismatch(f"Round {number} should be {wanted}, not {step}.", expected=expected, returned=plan)
        close(plan, expected)

    for_all(test, on=calls(between(1, 40), between(1, 30), between(2, 5), between(1, 99)), also=corners, examples=40)
    long = call(2**29, 1, 2, 2**40)
    rounds = len(whole(halving_plan)(*long.args))
    require(rounds == 30, f"A plan may be long: 2**29 candidates need 30 rounds of halving, not {rounds}.", long)


def halving_plan__rounded_down(candidates, first_budget, factor, full_budget):
    """You rounded the number of survivors down: it may even reach 0. Round it up, then at least one survives."""
    budget = min(first_budget, full_budget)
    plan = [(candidates, budget)]
    while candidates > 1 and budget < full_budget:
        candidates, budget = candidates // factor, min(budget * factor, full_budget)
        plan.append((candidates, budget))
    return plan


def halving_plan__at_least_one(candidates, first_budget, factor, full_budget):
    """You rounded the number of survivors down. Round it up: a third of 4 candidates are 2, a third of 5 too."""
    budget = min(first_budget, full_budget)
    plan = [(candidates, budget)]
    while candidates > 1 and budget < full_budget:
        candidates, budget = max(candidates // factor, 1), min(budget * factor, full_budget)
        plan.append((candidates, budget))
    return plan


def halving_plan__whole_steps_only(candidates, first_budget, factor, full_budget):
    """You end before a round whose budget would exceed the full one. Plan it with the full budget."""
    budget = min(first_budget, full_budget)
    plan = [(candidates, budget)]
    while candidates > 1 and budget * factor <= full_budget:
        candidates, budget = math.ceil(candidates / factor), budget * factor
        plan.append((candidates, budget))
    return plan


def halving_plan__budget_first(candidates, first_budget, factor, full_budget):
    """Your pairs are the wrong way round: first the candidates, then the budget."""
    return [step[::-1] for step in _halving_plan(candidates, first_budget, factor, full_budget)]


def halving_plan__beyond_full(candidates, first_budget, factor, full_budget):
    """A budget went beyond the full one: there are no more rows than that."""
    budget, plan = first_budget, [(candidates, first_budget)]
    while candidates > 1 and budget < full_budget:
        candidates, budget = math.ceil(candidates / factor), budget * factor
        plan.append((candidates, budget))
    return plan


def halving_plan__ends_before_last(candidates, first_budget, factor, full_budget):
    """The last round is missing: the survivors are trained once more, with the last budget."""
    budget, plan = min(first_budget, full_budget), []
    while candidates > 1 and budget < full_budget:
        plan.append((candidates, budget))
        candidates, budget = math.ceil(candidates / factor), min(budget * factor, full_budget)
    return plan


def halving_plan__full_budget_repeated(candidates, first_budget, factor, full_budget):
    """You go on after the full budget until one candidate is left. A round with the full budget is the last."""
    budget = min(first_budget, full_budget)
    plan = [(candidates, budget)]
    while candidates > 1:
        candidates, budget = math.ceil(candidates / factor), min(budget * factor, full_budget)
        plan.append((candidates, budget))
    return plan


def halving_plan__lone_candidate_goes_on(candidates, first_budget, factor, full_budget):
    """A single candidate has nobody left to beat: its first round is the last, whatever the budget."""
    budget = min(first_budget, full_budget)
    plan = [(candidates, budget)]
    while budget < full_budget:
        candidates, budget = math.ceil(candidates / factor), min(budget * factor, full_budget)
        plan.append((candidates, budget))
    return plan


def halving_plan__first_budget_too_large(candidates, first_budget, factor, full_budget):
    """A first budget above the full one counts as the full one: the limit holds in the first round too."""
    plan = _halving_plan(candidates, first_budget, factor, full_budget)
    return [(candidates, first_budget), *plan[1:]]


# 3. simplest_within_one_error


@st.composite
def _settings(draw):
    n = draw(between(1, 7))
    means = draw(arrays(numbers(-1, 2), size=n))
    return call(means, draw(arrays(numbers(0, 1), size=n)), draw(arrays(numbers(0, 3, step=0.5), size=n)))


def _simplest_within_one_error(means, errors, costs):
    best = 0
    for i, mean in enumerate(means):
        if mean > means[best]:
            best = i
    chosen = None
    for i, mean in enumerate(means):
        if mean >= means[best] - errors[best] and (chosen is None or costs[i] < costs[chosen]):
            chosen = i
    return chosen


@hints(
    "First find the best setting and write down its mean and its error: they draw one line for all settings.",
    "Which settings are on or above the line? Among these, and only these, look at the costs.",
    "Put the cost of every setting below the line out of reach; then the position of the smallest cost is the answer. "
    "What does it return for equal costs?",
)
def check_simplest_within_one_error(simplest_within_one_error):
    def test(means, errors, costs):
        chosen = simplest_within_one_error(means, errors, costs)
        kind(chosen, (int, np.integer))
        close(int(chosen), _simplest_within_one_error(means, errors, costs))

    row = np.array
    corners = [
        call(row([0.75, 1.0, 0.5]), row([0.5, 0.25, 0.5]), row([20.0, 90.0, 1.0])),
        call(row([0.5, 1.0, 0.75]), row([1.0, 0.0, 1.0]), row([1.0, 9.0, 2.0])),
        call(row([1.0]), row([0.0]), row([5.0])),
        call(row([1.0, 1.0, 0.5]), row([0.25, 0.5, 0.25]), row([5.0, 5.0, 1.0])),
        call(row([0.5, 1.0, 1.0]), row([0.0, 0.5, 0.25]), row([1.0, 7.0, 3.0])),
        call(row([0.75, 0.75, 1.0]), row([0.0, 0.0, 0.25]), row([2.0, 2.0, 2.0])),
        call(row([-4.0, -3.0, -8.0]), row([0.5, 1.0, 9.0]), row([3.0, 8.0, 1.0])),
        call(row([1.0, 0.5, 0.75]), row([0.5, 0.0, 0.0]), row([9.0, 3.0, 2.0])),
        call(row([1, 3, 2]), row([1, 1, 1]), row([1, 9, 5])),
        call(row([90.0, 95.0, 94.0, 80.0]), row([0.5, 2.0, 0.5, 30.0]), row([1e6, 1e12, 1e9, 1.0])),
        call(row([0.5, 0.75]), row([0.0, 0.25]), row([-2.0, -3.0])),
        call(row([0.0, 0.0, 0.0]), row([0.0, 0.0, 0.0]), row([3.0, 1.0, 1.0])),
        call(row([0.25, 1.0]), row([0.75, 0.5]), row([0.0, 4.0])),
    ]
    for_all(test, on=_settings(), also=corners, examples=40)
    close_call = call(row([0.75 - 2**-34, 1.0]), row([0.25, 0.25]), row([1.0, 2.0]))
    message = "A mean that is below the line doesn't qualify, not even when only by 0.00000000006."
    require(simplest_within_one_error(*close_call.args) == 1, message, close_call)


def _cheapest(fit, costs):
    return int(np.argmin(np.where(fit, costs, np.inf)))


def simplest_within_one_error__own_errors(means, errors, costs):
    """You added each setting's own error, so a noisy one always qualifies. Use the error of the best."""
    return _cheapest(means + errors >= means.max(), costs)


def simplest_within_one_error__best_mean(means, errors, costs):
    """That is the best mean. Its lead may be within the noise of a cheaper setting."""
    return int(np.argmax(means))


def simplest_within_one_error__first_within(means, errors, costs):
    """That is the first setting within the error. The order of trials means nothing: compare the costs."""
    best = means.argmax()
    return int(np.flatnonzero(means >= means[best] - errors[best])[0])


def simplest_within_one_error__line_excluded(means, errors, costs):
    """A setting exactly one error below the best still qualifies: at least, not more than."""
    best = means.argmax()
    return _cheapest((means > means[best] - errors[best]) | (np.arange(len(means)) == best), costs)


def simplest_within_one_error__position_among_chosen(means, errors, costs):
    """That is the position among the settings that qualify, not among all."""
    best = means.argmax()
    return int(costs[means >= means[best] - errors[best]].argmin())


def simplest_within_one_error__dearest(means, errors, costs):
    """You returned the dearest setting that qualifies. The cheapest is wanted."""
    best = means.argmax()
    return int(np.argmax(np.where(means >= means[best] - errors[best], costs, -np.inf)))


def simplest_within_one_error__both_errors(means, errors, costs):
    """You allowed the error of both settings. Only the error of the best counts."""
    best = means.argmax()
    return _cheapest(means + errors >= means[best] - errors[best], costs)


def simplest_within_one_error__largest_error(means, errors, costs):
    """You used another error than that of the best setting, such as the largest or the mean of all."""
    return _cheapest(means >= means.max() - errors.max(), costs)


# 4. nested_score


@st.composite
def _study(draw):
    n = draw(between(2, 9))
    numbered = st.sampled_from([0, 1, -2, 2, 7, 258])
    folds = draw(arrays(numbered, size=n))
    if len(set(folds.tolist())) == 1:
        folds[draw(between(0, n - 1))] = 3
    labels = draw(arrays(between(0, 2), size=n))
    return call(draw(arrays(between(0, 3), shape=(n, 2))).astype(float), labels, folds, draw(flags()))


def _memory(X, y):
    """Return a model that knows its rows by heart, and says its most frequent label of any other."""
    known = {tuple(row): label for row, label in zip(X.tolist(), y.tolist(), strict=True)}
    labels = sorted(set(y.tolist()))
    usual = max(labels, key=y.tolist().count) if labels else -1
    return lambda rows: np.array([known.get(tuple(row), usual) for row in np.asarray(rows).tolist()])


def _usual(X, y):
    """Return a model that always says the most frequent label of its rows."""
    labels = y.tolist()
    usual = max(sorted(set(labels)), key=labels.count) if labels else -1
    return lambda rows: np.full(len(rows), usual)


def _nested_score(tune, X, y, folds):
    shares = []
    for fold in sorted(set(folds.tolist())):
        inside = [i for i, other in enumerate(folds.tolist()) if other == fold]
        rest = [i for i, other in enumerate(folds.tolist()) if other != fold]
        said = tune(X[rest], y[rest])(X[inside]).tolist()
        shares.append(sum(a == b for a, b in zip(said, y[inside].tolist(), strict=True)) / len(inside))
    return math.fsum(shares) / len(shares)


@hints(
    "Take one fold. Which rows may the search see, and which rows judge what it returns?",
    "A loop over the different numbers in `folds`; inside it one call of `tune`, one of its model, one accuracy.",
    "`folds != fold` marks the rows for `tune`, `folds == fold` those for the accuracy. Collect one accuracy for each "
    "fold; what is done with them at the end?",
)
def check_nested_score(nested_score):
    def test(X, y, folds, tune_learns_by_heart):
        tune, diary = _memory if tune_learns_by_heart else _usual, []

        def watched(rows, labels):
            if not (isinstance(rows, np.ndarray) and isinstance(labels, np.ndarray)):
                raise TypeError("`tune` takes two NumPy arrays.")
            if len(rows) != len(labels):
                raise ValueError("`tune` got X and y of different lengths.")
            diary.append(rows.tolist())
            return tune(rows, labels)

        score, own = nested_score(watched, X, y, folds), X.tolist()
        kind(score, (float, np.floating))
        untouched = all(row in own for rows in diary for row in rows)
        require(untouched, "`tune` got a row that isn't in X: hand it the rows as they are.")
        close(score, _nested_score(tune, X, y, folds), rtol=1e-6)
        n = len(np.unique(folds))
        require(len(diary) >= n, f"{n} folds need {n} searches: `tune` was called too seldom.")
        require(len(diary) == n, f"`tune` was called {len(diary)} times for {n} folds; each search costs hours.")

    for_all(test, on=_study(), also=_planned_studies(), examples=30)


def _planned_studies():
    rng = np.random.default_rng(2)
    ids = np.column_stack([np.arange(60.0), rng.normal(size=60)])
    words = np.array(["stay", "leave"])[rng.integers(0, 2, 60)]
    return [
        call(np.zeros((5, 1)), np.array([0, 0, 0, 1, 0]), np.array([7, 7, 8, 8, 8]), False),
        call(np.arange(6.0)[:, None], np.array([0, 1, 0, 1, 1, 0]), np.array([0, 0, 0, 0, 0, 1]), True),
        call(np.arange(4.0)[:, None], np.array([1, 1, 0, 1]), np.array([5, -3, 5, 9]), True),
        call(np.array([[1.0], [1.0], [2.0], [2.0]]), np.array([1, 1, 0, 1]), np.array([0, 1, 0, 1]), True),
        call(np.arange(2.0)[:, None], np.array([1, 1]), np.array([4, 2]), False),
        call(ids, rng.integers(0, 2, 60), rng.permutation(60) % 5, True),
        call(ids, words, np.repeat([1, 2, 3], [5, 15, 40]), True),
        call(ids, words, np.repeat([9, 0, 4], [30, 10, 20])[rng.permutation(60)], False),
    ]


def _accuracies(tune, X, y, folds):
    for fold in np.unique(folds):
        out = folds != fold
        yield tune(X[out], y[out]), out


def nested_score__tuned_on_all(tune, X, y, folds):
    """The search saw the rows that it is tested on. Tune inside the loop, on the rows of the other folds."""
    model = tune(X, y)
    return float(np.mean([np.mean(model(X[folds == fold]) == y[folds == fold]) for fold in np.unique(folds)]))


def nested_score__inner_rows(tune, X, y, folds):
    """That is the score on the rows that the search used, the one it chose itself by. Judge on the fold left out."""
    return float(np.mean([np.mean(model(X[out]) == y[out]) for model, out in _accuracies(tune, X, y, folds)]))


def nested_score__rows_pooled(tune, X, y, folds):
    """You averaged over rows, so large folds count more. Average the folds' accuracies."""
    right = [model(X[~out]) == y[~out] for model, out in _accuracies(tune, X, y, folds)]
    return float(np.concatenate(right).mean())


def nested_score__one_fold_for_training(tune, X, y, folds):
    """You tuned on one fold and judged on the others. It is the other way round."""
    scores = []
    for fold in np.unique(folds):
        own = folds == fold
        scores.append(np.mean(tune(X[own], y[own])(X[~own]) == y[~own]))
    return float(np.mean(scores))


def nested_score__folds_counted_from_zero(tune, X, y, folds):
    """The numbers of the folds needn't be 0, 1, 2, ...: take the different numbers that occur."""
    scores = []
    for fold in range(len(np.unique(folds))):
        own = folds == fold
        if own.any() and not own.all():
            scores.append(np.mean(tune(X[~own], y[~own])(X[own]) == y[own]))
    return float(np.mean(scores)) if scores else 0.0


def nested_score__best_fold(tune, X, y, folds):
    """That is the best fold: again the luckiest of several estimates. Average them."""
    return float(max(np.mean(model(X[~out]) == y[~out]) for model, out in _accuracies(tune, X, y, folds)))


def nested_score__errors(tune, X, y, folds):
    """Those are the shares of wrong answers. Asked is the accuracy."""
    return float(np.mean([np.mean(model(X[~out]) != y[~out]) for model, out in _accuracies(tune, X, y, folds)]))


# 5. parzen_next


@st.composite
def _nights(draw):
    n = draw(between(2, 8))
    trials = [(draw(numbers(-3, 6)), draw(numbers(0, 2))) for _ in range(n)]
    share = draw(st.sampled_from([0.25, 0.5]))
    candidates = draw(arrays(numbers(-4, 8), size=between(1, 6), distinct=True))
    return call(trials, candidates, share, draw(st.sampled_from([0.25, 0.5, 1.0, 2.0])))


def _log_ratios(trials, candidates, good_share, width):
    """Return the logarithm of good/bad at each candidate, shifted so that no exponential is 0 in every term."""
    n_good = math.ceil(good_share * len(trials))
    places = sorted(range(len(trials)), key=lambda i: (trials[i][1], i))
    ratios = []
    for candidate in candidates:
        logs = []
        for group in (places[:n_good], places[n_good:]):
            powers = [-(((candidate - trials[i][0]) / width) ** 2) / 2 for i in group]
            top = max(powers)
            logs.append(top + math.log(math.fsum(math.exp(power - top) for power in powers) / len(group)))
        ratios.append(logs[0] - logs[1])
    return ratios


@hints(
    "Sort the trials by loss and cut the list in two. How many are good, if 3 trials have a share of 0.25?",
    "For one candidate and one group: one bell for each setting of the group, and their mean. Then compare two groups.",
    "Far from all trials both densities are 0 in floats. Keep the exponents, and add the bells as logarithms: "
    "`np.logaddexp.reduce` does that; the ratio becomes a difference.",
)
def check_parzen_next(parzen_next):
    def test(trials, candidates, good_share, width):
        chosen = parzen_next(trials, candidates, good_share, width)
        kind(chosen, (float, int, np.floating, np.integer))
        values, ratios = candidates.tolist(), _log_ratios(trials, candidates.tolist(), good_share, width)
        best = values[int(np.argmax(ratios))]
        near = [at for at, value in enumerate(values) if math.isclose(value, chosen, rel_tol=1e-6, abs_tol=1e-9)]
        if not near:
            raise Mismatch("The result isn't one of the candidates.", expected=best, returned=chosen)
        tied = max(ratios[at] for at in near) >= max(ratios) - 1e-9 * (1 + abs(max(ratios)))
        exact = len(set(ratios)) == 1 and len(values) > 1
        if not tied:
            message = f"The ratio good/bad is larger at {best:g} than at {float(chosen):g}."
            raise Mismatch(message, expected=best, returned=chosen)
        if exact and near[0] != 0:
            raise Mismatch("All candidates have the same ratio: return the first.", expected=best, returned=chosen)

    for_all(test, on=_nights(), also=_planned_nights(), examples=40)


def _planned_nights():
    row, rng = np.array, np.random.default_rng(6)
    spread = [(float(x), float((x - 2) ** 2)) for x in rng.normal(0, 3, 20).round(2)]
    return [
        call([(1.0, 9.0), (4.0, 2.0), (5.0, 3.0), (9.0, 8.0)], row([2.0, 4.0, 8.0]), 0.5, 1.0),
        call([(0.0, 1.0), (4.0, 5.0), (5.0, 7.0)], row([4.0, 0.0, 5.0]), 0.25, 1.0),
        call([(0.0, 1.0), (0.0, 2.0)], row([5.0, 1.0, 9.0]), 0.5, 1.0),
        call([(0.0, 3.0), (1.0, 1.0)], row([500.0, 900.0, -400.0, 700.0]), 0.5, 1.0),
        call([(0.0, 1.0), (1.0, 3.0)], row([500.0, -900.0, 900.0, 40.0]), 0.5, 0.5),
        call([(0.0, 1.0), (3.0, 2.0), (6.0, 3.0), (6.0, 4.0), (0.0, 5.0)], row([0.0, 3.0]), 0.25, 1.0),
        call([(2.0, 1.0), (2.25, 4.0), (2.0, 5.0), (-3.0, 1.5)], row([2.0, -3.0]), 0.5, 1.0),
        call([(5.0, 1.0), (1.0, 1.0), (3.0, 1.0)], row([1.0, 3.0, 5.0]), 0.25, 1.0),
        call([(1.0, 2.0), (6.0, 1.0), (3.0, 2.0), (0.0, 9.0)], row([1.0, 3.0]), 0.5, 0.5),
        call([(3.0, -5.0), (1.0, -9.0), (2.0, 0.0)], row([1.0, 2.0, 3.0]), 0.25, 0.5),
        call([(1.0, 1.0), (2.0, 2.0)], row([7.0]), 0.5, 1.0),
        call(spread, np.linspace(-8, 8, 41), 0.25, 1.0),
        call(spread, np.linspace(-8, 8, 41), 0.25, 0.25),
        call(spread, np.linspace(8, -8, 41), 0.1, 3.0),
        call(spread[:10], row([40.0, -60.0, 90.0]), 0.25, 0.5),
        call([(0.0, 2.0), (1.0, 1.0), (3.0, 3.0)], row([2, 0, 4, -1]), 0.5, 1.0),
        call([(0.0, 1.0), (0.0, 1.0), (4.0, 1.0), (2.0, 9.0), (2.0, 8.0), (2.0, 7.0)], row([4.0, 0.0]), 0.5, 1.0),
        call([(0.0, 3.0), (1.0, 1.0)], row([2.0, 3.0]), 0.5, 300.0),
    ]


def _step(trials, candidates, width, n_good, pick=None, order=None):
    ranked = sorted(trials, key=order or (lambda trial: trial[1]))
    logs = []
    for group in (ranked[:n_good], ranked[n_good:]):
        settings = np.array([setting for setting, _ in group])
        powers = -0.5 * ((candidates[:, None] - settings) / width) ** 2
        logs.append(np.logaddexp.reduce(powers, axis=1) if len(settings) else np.zeros(len(candidates)))
    return float(candidates[(pick(*logs) if pick else logs[0] - logs[1]).argmax()])


def parzen_next__largest_losses(trials, candidates, good_share, width):
    """You took the trials with the largest losses for good ones: that is a search for the worst."""
    return _step(trials, candidates, width, math.ceil(good_share * len(trials)), order=lambda trial: -trial[1])


def parzen_next__good_only(trials, candidates, good_share, width):
    """That is where good trials are dense. Where all have looked already, bad ones are dense too: compare with them."""
    return _step(trials, candidates, width, math.ceil(good_share * len(trials)), pick=lambda good, bad: good)


def parzen_next__rounded_down(trials, candidates, good_share, width):
    """The number of good trials is rounded up. Rounded down, three trials with a share of 0.25 have no good one."""
    return _step(trials, candidates, width, math.floor(good_share * len(trials)))


def parzen_next__at_least_one(trials, candidates, good_share, width):
    """The number of good trials is rounded up: five trials with a share of 0.25 have two good ones."""
    return _step(trials, candidates, width, max(math.floor(good_share * len(trials)), 1))


def parzen_next__floats_underflow(trials, candidates, good_share, width):
    """Far from the trials both densities are 0 in floats, and their ratio means nothing. Compare logarithms."""
    ranked = np.array([setting for setting, _ in sorted(trials, key=lambda trial: trial[1])])
    cut = math.ceil(good_share * len(trials))
    bells = np.exp(-0.5 * ((candidates[:, None] - ranked) / width) ** 2)
    with np.errstate(all="ignore"):
        return float(candidates[(bells[:, :cut].mean(axis=1) / bells[:, cut:].mean(axis=1)).argmax()])


def parzen_next__never_zero(trials, candidates, good_share, width):
    """A small number added to the densities decides far from the trials. Compare logarithms instead."""
    ranked = np.array([setting for setting, _ in sorted(trials, key=lambda trial: trial[1])])
    cut = math.ceil(good_share * len(trials))
    bells = np.exp(-0.5 * ((candidates[:, None] - ranked) / width) ** 2)
    return float(candidates[((bells[:, :cut].mean(axis=1) + 1e-12) / (bells[:, cut:].mean(axis=1) + 1e-12)).argmax()])


def parzen_next__not_sorted(trials, candidates, good_share, width):
    """You took the first trials of the list for the good ones. Sort the trials by their loss first."""
    return _step(trials, candidates, width, math.ceil(good_share * len(trials)), order=lambda trial: 0)


def parzen_next__width_as_variance(trials, candidates, good_share, width):
    """`width` is the standard deviation: divide the distance by it before you square."""
    return _step(trials, candidates, math.sqrt(width), math.ceil(good_share * len(trials)))


def parzen_next__ties_by_setting(trials, candidates, good_share, width):
    """Trials with equal losses were ordered by their setting. The earlier trial goes first."""
    return _step(trials, candidates, width, math.ceil(good_share * len(trials)), order=lambda trial: trial[::-1])


def parzen_next__ties_by_age(trials, candidates, good_share, width):
    """Of trials with equal losses you took the later one. The earlier trial goes first."""
    return _step(trials[::-1], candidates, width, math.ceil(good_share * len(trials)))


def parzen_next__nearest_bell(trials, candidates, good_share, width):
    """You used the nearest trial of each group. The density is the mean of all bells of the group."""
    ranked = np.array([setting for setting, _ in sorted(trials, key=lambda trial: trial[1])])
    cut = math.ceil(good_share * len(trials))
    powers = -0.5 * ((candidates[:, None] - ranked) / width) ** 2
    return float(candidates[(powers[:, :cut].max(axis=1) - powers[:, cut:].max(axis=1)).argmax()])


def parzen_next__mean_of_logarithms(trials, candidates, good_share, width):
    """You averaged logarithms. A group's density is the mean of its bells; take the logarithm of that mean."""
    ranked = np.array([setting for setting, _ in sorted(trials, key=lambda trial: trial[1])])
    cut = math.ceil(good_share * len(trials))
    powers = -0.5 * ((candidates[:, None] - ranked) / width) ** 2
    return float(candidates[(powers[:, :cut].mean(axis=1) - powers[:, cut:].mean(axis=1)).argmax()])
