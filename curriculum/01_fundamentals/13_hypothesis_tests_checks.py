"""Checks of `01_fundamentals/13_hypothesis_tests`: enumeration, exact arithmetic, repetitions with fixed seeds.

Where an answer draws random numbers, its bounds are six standard errors wide: with another seed a right answer would be
refused less than once in a hundred million times.
"""

import functools
import itertools
import math
from statistics import NormalDist

import numpy as np
from hypothesis import strategies as st
from scipy import stats

from handrail.expect import (
    Mismatch,
    agree,
    between,
    call,
    close,
    equivalent,
    for_all,
    hints,
    require,
    shape,
)

NUMBER = (int, float, np.number)


@hints(
    "Make a table of random signs, one row for each round, and multiply it by the differences. What does a row give?",
    "Compare absolute values: a mean far below 0 is as surprising as one far above. Count what is as far, and 1 more.",
    "Sums of the same size can differ in the last digit. Lower the threshold by a billionth of the largest sum.",
)
@equivalent(
    "1e-09 * np.abs(differences).sum()",
    "2e-09 * np.abs(differences).sum()",
    because="both forgive rounding, and nothing else",
)
def check_sign_flip_p_value(sign_flip_p_value):
    def has_right_p(differences, seed):
        given = call(differences, np.random.default_rng(seed))
        _close_to_exact(sign_flip_p_value, given, 2000)

    grid = st.integers(-12, 12).map(lambda i: i / 4)
    few = st.lists(grid, min_size=1, max_size=8).map(np.array)
    whole = st.lists(between(-5, 9), min_size=1, max_size=8).map(np.array)
    for_all(has_right_p, (st.one_of(few, whole), between(0, 9)), examples=18)

    rounded = "Summed in another order, tenths differ in the last digit. That is rounding, not evidence."
    for values in ([0.1] * 6, [0.1, 0.2, 0.3, 0.3, 0.2, 0.1], [0.1, 0.2, -0.3, 0.1, 0.2, -0.3]):
        _close_to_exact(sign_flip_p_value, call(np.array(values), np.random.default_rng(1)), 2000, rounded)
    _close_to_exact(sign_flip_p_value, call(np.array([-1.0] * 9 + [0.5]), np.random.default_rng(2)), 2000)
    tiny = call(np.array([3e-9, 1e-9, 2e-9, -1e-9]), np.random.default_rng(2))
    _close_to_exact(sign_flip_p_value, tiny, 2000, "The differences are billionths, and yet differences.")
    for rounds in (1, 9, 40, 400):
        _whole_rounds(sign_flip_p_value, rounds)
    _uses_the_generator(sign_flip_p_value)
    _strong_and_long(sign_flip_p_value)


def _close_to_exact(answer, given, rounds, why=""):
    """Compare an estimate with the p-value of all sign patterns."""
    differences, rng = given.copy().args
    returned = answer(differences, rng, **given.kwargs)
    _is_number(returned)
    exact = _all_signs(given.args[0])
    bound = 6 * math.sqrt(exact * (1 - exact) / rounds) + 1.5 / (rounds + 1)
    text = f"Over all sign patterns the p-value is {exact:.4g}; {rounds:,} rounds should come close. {why}".strip()
    if not abs(float(returned) - exact) <= bound:
        raise Mismatch(text, given, returned=returned)


def _all_signs(differences):
    """Return the exact p-value by enumeration, in whole numbers where the values are multiples of 1e-10."""
    units = [round(float(value) * 1e10) for value in differences]
    total = abs(sum(units))
    patterns = itertools.product([-1, 1], repeat=len(units))
    sums = [abs(sum(sign * unit for sign, unit in zip(pattern, units, strict=True))) for pattern in patterns]
    return sum(value >= total for value in sums) / len(sums)


def _whole_rounds(answer, rounds):
    """With few rounds p is one of few fractions, of which 0 is none."""
    differences = np.array([2.0, 1.0, 3.0, -1.0, 2.5])
    exact, found = _all_signs(differences), []
    for seed in range(20):
        given = call(differences.copy(), np.random.default_rng(seed), rounds=rounds)
        returned = answer(*given.copy().args, rounds=rounds)
        _is_number(returned)
        steps = float(returned) * (rounds + 1)
        if abs(steps - round(steps)) > 1e-6 or not 1 <= round(steps) <= rounds + 1:
            fraction = f"With rounds={rounds}, p is (1 + count) / {rounds + 1}, where count is 0 to {rounds}."
            raise Mismatch(fraction, given, returned=returned)
        found.append(float(returned))
    expected = (1 + rounds * exact) / (rounds + 1)
    error = math.sqrt(exact * (1 - exact) / rounds / 20)
    require(
        abs(np.mean(found) - expected) <= 6 * error + 1e-9,
        f"With rounds={rounds} and 20 seeds, p is {np.mean(found):.3f} on average; {expected:.3f} is to be expected.",
        call(differences, np.random.default_rng(0), rounds=rounds),
    )


def _uses_the_generator(answer):
    differences = np.array([1.0, -2.0, 0.5, 3.0, 1.5, -1.0])
    found = [answer(differences.copy(), np.random.default_rng(seed)) for seed in (0, 0, 1, 2, 3, 4)]
    given = call(differences, np.random.default_rng(0))
    pairs = [[answer(differences.copy(), np.random.default_rng(seed)) for _ in "ab"] for seed in range(5)]
    require(
        all(one == other for one, other in pairs),
        "Two calls with equal generators gave different values. Draw from `rng` only.",
        given,
    )
    require(len(set(map(float, found))) > 2, "Other seeds gave the same value. Draw from `rng`.", given)
    rng = np.random.default_rng(0)
    twice = {float(answer(differences.copy(), rng)) for _ in range(6)}
    require(len(twice) > 1, "Six calls with one generator gave one value. Don't copy or reseed it.", given)
    few = (differences, 40, 300, 1.28), (np.ones(10), 2000, 72, 1.55)  # six standard errors of a standard deviation
    for differences, rounds, seeds, most in few:
        exact = _all_signs(differences)
        found = [float(answer(differences.copy(), np.random.default_rng(seed), rounds)) for seed in range(seeds)]
        ratio = np.std(found, ddof=1) / math.sqrt(exact * (1 - exact) * rounds) * (rounds + 1)
        message = (
            f"From seed to seed, p varies {ratio:.1f} times as much as it does with {rounds} independent patterns."
        )
        require(2 - most < ratio < most, message, call(differences, np.random.default_rng(0), rounds))


def _strong_and_long(answer):
    """Many differences, strong in either direction: nothing but the observed pattern is as far."""
    strong = np.linspace(0.5, 1.5, 400)
    for differences in (strong, -strong):
        given = call(differences, np.random.default_rng(5))
        returned = answer(*given.copy().args)
        close(returned, 1 / 2001, given=given, why="400 differences all have one sign: no random pattern is as far.")
    late = np.r_[np.zeros(100), np.ones(10)]
    given = call(late, np.random.default_rng(5))
    require(answer(*given.copy().args) < 0.01, "The last 10 of 110 differences are 1, the others 0: p is 0.002.", given)
    balanced = np.random.default_rng(8).normal(0.05, 1.0, 300)
    given = call(balanced, np.random.default_rng(5))
    returned = answer(*given.copy().args)
    expected = 2 * NormalDist().cdf(-abs(balanced.sum()) / math.sqrt((balanced**2).sum()))
    require(abs(returned - expected) < 0.07, f"With 300 differences p is about {expected:.2f}.", given)


def _is_number(value):
    require(
        isinstance(value, NUMBER) and not isinstance(value, bool) and np.ndim(value) == 0,
        f"The result should be one number; it is a {type(value).__name__}.",
    )


def sign_flip_p_value__shuffles_order(differences, rng, rounds=2000):
    """Shuffling the differences leaves their mean as it is, so every round is as far as the data. Flip signs: that is
    what could as well have happened if the pump changes nothing.
    """
    total = abs(differences.sum())
    as_far = [abs(rng.permutation(differences).sum()) >= total - 1e-9 for _ in range(rounds)]
    return (1 + sum(as_far)) / (1 + rounds)


def sign_flip_p_value__one_sided(differences, rng, rounds=2000):
    """You count only what lies on the upper side. A mean far below 0 would have surprised you as much: compare absolute
    values.
    """
    signs = rng.choice([-1.0, 1.0], size=(rounds, len(differences)))
    as_far = signs @ differences >= differences.sum() - 1e-9 * np.abs(differences).sum()
    return (1 + as_far.sum()) / (1 + rounds)


def sign_flip_p_value__zero_p_value(differences, rng, rounds=2000):
    """The observed data is one of the sign patterns, and you didn't count it. Without it p can become 0, as if so many
    rounds could show that something is impossible.
    """
    signs = rng.choice([-1.0, 1.0], size=(rounds, len(differences)))
    as_far = np.abs(signs @ differences) >= abs(differences.sum()) - 1e-9 * np.abs(differences).sum()
    return as_far.sum() / rounds


def sign_flip_p_value__strictly_farther(differences, rng, rounds=2000):
    """A pattern that is exactly as far as the data counts as well: "at least as far"."""
    signs = rng.choice([-1.0, 1.0], size=(rounds, len(differences)))
    as_far = np.abs(signs @ differences) > abs(differences.sum()) + 1e-9 * np.abs(differences).sum()
    return (1 + as_far.sum()) / (1 + rounds)


def sign_flip_p_value__trusts_equality(differences, rng, rounds=2000):
    """Sums that should be equal differ in their last digit, since 0.1 + 0.2 - 0.3 isn't 0 for a computer. Allow for
    that when you compare.
    """
    signs = rng.choice([-1.0, 1.0], size=(rounds, len(differences)))
    total = 0.0
    for value in differences:
        total += value
    as_far = np.abs([sum(row * differences) for row in signs]) >= abs(total)
    return (1 + int(as_far.sum())) / (1 + rounds)


@hints(
    "What was drawn by lot, users or visits? Draw that, with replacement: 1,000 times as many as there are.",
    "Draw places, not values: the same places serve both arrays. Each resample gives one sum over one sum.",
    "For a level of 0.95, 0.025 of the ratios lie below the interval and 0.025 above: `np.quantile` takes both.",
)
@equivalent(
    "rng.integers(0, len(visits), size=(1000, len(visits)))",
    "rng.integers(0, len(visits), size=(1001, len(visits)))",
    because="one resample more doesn't show",
)
@equivalent(
    "rng.integers(0, len(visits), size=(1000, len(visits)))",
    "rng.integers(0, len(visits), size=(999, len(visits)))",
    because="one resample less doesn't show",
)
def check_ratio_interval(ratio_interval):
    def interval(revenue, visits, seed, **level):
        given = call(revenue, visits, np.random.default_rng(seed), **level)
        returned = ratio_interval(*given.copy().args, **level)
        _is_pair(returned, given)
        return given, (float(returned[0]), float(returned[1]))

    def has_right_ends(revenue, visits, level):
        given, (low, high) = interval(revenue, visits, 1, **({} if level == 0.95 else {"level": level}))
        ratios = _exact_ratios(revenue, visits)
        _end_fits(low, (1 - level) / 2, ratios, given)
        _end_fits(high, (1 + level) / 2, ratios, given)

    telling = call(np.array([0.0, 1.0]), np.array([1, 1]), 0.3), call(np.array([0.0, 0, 0, 1]), np.ones(4, int), 0.7)
    for_all(has_right_ends, _few_users(), also=telling, examples=12)
    _ends_on_average(interval)
    _what_it_draws_from(interval)


@st.composite
def _few_users(draw):
    n = draw(between(1, 3))
    money = draw(st.lists(between(0, 9), min_size=n, max_size=n))
    visits = draw(st.lists(between(1, 9), min_size=n, max_size=n))
    return call(np.array(money, dtype=float), np.array(visits), draw(st.sampled_from([0.95, 0.3, 0.7])))


def _exact_ratios(revenue, visits):
    """Return the ratio of every possible resample, sorted, all equally likely."""
    n = len(visits)
    chosen = itertools.product(range(n), repeat=n)
    return sorted(sum(revenue[i] for i in row) / sum(visits[i] for i in row) for row in chosen)


def _end_fits(end, share, ratios, given):
    """Find the end between two quantiles of the exact distribution that 1,000 resamples hardly ever miss."""
    slack = 6.5 * math.sqrt(share * (1 - share) / 1000)
    low = ratios[max(0, math.ceil((share - slack) * len(ratios)) - 1)]
    high = ratios[min(len(ratios) - 1, math.floor((share + slack) * len(ratios)))]
    where = "lower" if share < 0.5 else "upper"
    if not low - 1e-6 <= end <= high + 1e-6:
        text = f"{low:.4g}" if low == high else f"between {low:.4g} and {high:.4g}"
        raise Mismatch(f"Over all possible resamples the {where} end is {text}; yours is {end:.4g}.", given)


def _users(seed, n):
    """Return revenue and visits of users: a few visit often, and spend accordingly."""
    rng = np.random.default_rng(seed)
    visits = 1 + rng.poisson(rng.gamma(0.5, 8.0, n))
    return np.round(visits * rng.gamma(4.0, 0.5, n), 2), visits


@functools.cache
def _many_ratios(seed, n):
    revenue, visits = _users(seed, n)
    users = np.random.default_rng(seed).integers(n, size=(20_000, n))
    return revenue[users].sum(axis=1) / visits[users].sum(axis=1)


def _ends_on_average(interval):
    """Compare both ends with those of 20,000 resamples of our own, over several groups of users and levels."""
    for level in (0.95, 0.8):
        misses = []
        for seed, n in ((1, 25), (2, 50), (3, 40), (4, 80)):
            revenue, visits = _users(seed, n)
            ratios = _many_ratios(seed, n)
            ends = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2])
            for again in (0, 1):
                named = {} if level == 0.95 else {"level": level}
                given, found = interval(revenue, visits, 10 * seed + again, **named)
                misses.append((np.array(found) - ends) / ratios.std())
                if np.abs(misses[-1]).max() > 0.6:
                    raise Mismatch(
                        f"{n} users: the interval of level {level} should go from {ends[0]:.3f} to {ends[1]:.3f}.",
                        given,
                        returned=found,
                    )
        # one end of 1,000 resamples is off by 0.085 standard deviations (0.95) or 0.054 (0.8), say 0.09
        off = np.mean(misses, axis=0)
        wide = f"At level {level} the intervals are too {'wide' if off[1] > 0 else 'narrow'}, on average over 8 groups."
        require(abs(off[1] - off[0]) < 0.25, wide, given)
        require(
            np.abs(off).max() < 0.19, f"At level {level} the intervals are shifted, on average over 8 groups.", given
        )
        noise = np.mean(np.square(misses))
        require(noise < 0.03, "The ends vary more from seed to seed than those of 1,000 resamples do.", given)
        require(noise > 0.0004, "The ends don't vary as those of 1,000 random resamples do.", given)


def _what_it_draws_from(interval):
    revenue, visits = _users(7, 30)
    given, first = interval(revenue, visits, 3)
    _, again = interval(revenue, visits, 3)
    _, other = interval(revenue, visits, 4)
    require(first == again, "Two calls with equal generators gave different intervals. Draw from `rng` only.", given)
    require(first != other, "Another seed gave the same interval. Draw from `rng`.", given)
    for seed in range(6):
        given, found = interval(np.array([0.0, 1.0]), np.array([1, 1]), seed, level=0.3)
        why = (
            "Two users with one visit each: half of the resamples take each of them once, a quarter one of them twice."
        )
        close(found, (0.5, 0.5), "the interval", given, why=why)
    given = call(revenue, visits, np.random.default_rng(3))
    _, moved = interval(1000 * revenue, visits, 3)
    close(np.array(moved), 1000 * np.array(first), "the interval of revenue in cents", rtol=1e-6)
    _, narrow = interval(revenue, visits, 3, level=0.5)
    require(
        first[0] < narrow[0] < narrow[1] < first[1], "An interval of level 0.5 must lie inside that of 0.95.", given
    )


def _is_pair(value, given):
    pair = isinstance(value, tuple | list | np.ndarray) and len(value) == 2
    require(pair, "The result should be two numbers, (low, high).", given)
    _is_number(value[0])
    _is_number(value[1])
    require(value[0] <= value[1], "The lower end comes first.", given)


def ratio_interval__mean_of_ratios(revenue, visits, rng, level=0.95):
    """You average each user's own ratio, in which a user with one visit weighs as much as one with a hundred. Asked was
    total revenue over total visits.
    """
    users = rng.integers(0, len(visits), size=(1000, len(visits)))
    return tuple(np.quantile((revenue / visits)[users].mean(axis=1), [(1 - level) / 2, (1 + level) / 2]))


def ratio_interval__separate_resampling(revenue, visits, rng, level=0.95):
    """You draw revenue and visits apart, so that one user's revenue meets another's visits. They belong together: draw
    users.
    """
    money = rng.choice(revenue, size=(1000, len(revenue))).sum(axis=1)
    times = rng.choice(visits, size=(1000, len(visits))).sum(axis=1)
    return tuple(np.quantile(money / times, [(1 - level) / 2, (1 + level) / 2]))


def ratio_interval__wrong_percentiles(revenue, visits, rng, level=0.95):
    """You cut `1 - level` off at *each* end. It is the sum of both ends: half of it on either side."""
    users = rng.integers(0, len(visits), size=(1000, len(visits)))
    ratios = revenue[users].sum(axis=1) / visits[users].sum(axis=1)
    return tuple(np.quantile(ratios, [1 - level, level]))


def ratio_interval__ignores_level(revenue, visits, rng, level=0.95):
    """Whatever `level` is, you return the interval of level 0.95."""
    users = rng.integers(0, len(visits), size=(1000, len(visits)))
    ratios = revenue[users].sum(axis=1) / visits[users].sum(axis=1)
    return tuple(np.quantile(ratios, [0.025, 0.975]))


def ratio_interval__without_replacement(revenue, visits, rng, level=0.95):
    """Drawn without replacement, every resample is the sample itself in another order, and the interval has no width.
    A user may be drawn twice.
    """
    users = rng.permuted(np.tile(np.arange(len(visits)), (1000, 1)), axis=1)
    ratios = revenue[users].sum(axis=1) / visits[users].sum(axis=1)
    return tuple(np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2]))


def ratio_interval__resamples_visits(revenue, visits, rng, level=0.95):
    """You draw visits instead of users. The visits of one user resemble each other, so that your interval is too
    narrow: draw what was drawn by lot.
    """
    weights = visits / visits.sum()
    users = rng.choice(len(visits), size=(1000, int(visits.sum())), p=weights)
    return tuple(np.quantile((revenue / visits)[users].mean(axis=1), [(1 - level) / 2, (1 + level) / 2]))


@hints(
    "What is the variance of the difference of two means, if n1 riders are in one arm and n2 in the other?",
    "Write both arms as parts of the total N, and solve for N: steps² · variance = difference², with steps = z1 + z2.",
    "z1 leaves alpha / 2 above it, z2 leaves 1 - power. The variance is spread² (1/share + 1/(1 - share)) / N.",
)
def check_riders_needed(riders_needed):
    def needed(spread, difference, share, power, alpha):
        given = call(spread, difference, share, power, alpha)
        returned = riders_needed(*given.args)
        _is_number(returned)
        whole = isinstance(returned, int | np.integer)
        require(whole, f"The number of riders should be an int; it is a {type(returned).__name__}.", given)
        close(int(returned), _by_search(spread, difference, share, power, alpha), "the number of riders", given)

    shares = st.sampled_from([0.5, 0.1, 0.2, 0.75, 0.9, 0.03])
    differences = st.sampled_from([0.5, -0.5, 1.0, 0.25, 3.0, -2.0])
    spreads, powers = st.sampled_from([9.0, 1.0, 4, 30.5]), st.sampled_from([0.8, 0.9, 0.95, 0.6, 0.999, 0.3])
    for_all(needed, (spreads, differences, shares, powers, st.sampled_from([0.05, 0.01, 0.1, 0.001])), examples=40)
    needed(9.0, 0.5, 0.1, 0.8, 0.05)
    needed(20.0, 0.01, 0.5, 0.8, 0.05)
    needed(9.0, 0.5, 0.5, 0.3, 0.05)
    given = call(spread=9.0, difference=0.5, share=0.5)
    close(riders_needed(**given.kwargs), 10173, "the number of riders", given, why="The defaults are 0.8 and 0.05.")
    given = call(9.0, 0.5, 0.5, alpha=0.01)
    close(riders_needed(9.0, 0.5, 0.5, alpha=0.01), _by_search(9.0, 0.5, 0.5, 0.8, 0.01), "the number", given)


def _by_search(spread, difference, share, power, alpha):
    """Return the smallest N whose power suffices, by doubling and halving; no formula is solved for N."""
    threshold = NormalDist().inv_cdf(1 - alpha / 2)

    def enough(riders):
        error = spread * math.sqrt(1 / (riders * share) + 1 / (riders * (1 - share)))
        return NormalDist().cdf(abs(difference) / error - threshold) >= power

    high = 1
    while not enough(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def riders_needed__even_split(spread, difference, share, power=0.8, alpha=0.05):
    """You plan as if both arms were equal. The smaller arm dominates the error: at a share of 0.1 the total must be 2.8
    times as large.
    """
    steps = stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power)
    return math.ceil(4 * steps**2 * spread**2 / difference**2)


def riders_needed__one_sided(spread, difference, share, power=0.8, alpha=0.05):
    """The test is two-sided: half of `alpha` lies on either side, so that for 5 % the threshold is 1.96, not 1.64."""
    steps = stats.norm.ppf(1 - alpha) + stats.norm.ppf(power)
    return math.ceil(steps**2 * spread**2 * (1 / share + 1 / (1 - share)) / difference**2)


def riders_needed__spread_not_squared(spread, difference, share, power=0.8, alpha=0.05):
    """Halving the spread must quarter the number: variances add, not standard deviations."""
    steps = stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power)
    return math.ceil(steps**2 * spread * (1 / share + 1 / (1 - share)) / difference**2)


def riders_needed__one_arm(spread, difference, share, power=0.8, alpha=0.05):
    """That is the size of the arm with the new version. Asked was the total."""
    steps = stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power)
    return math.ceil(share * steps**2 * spread**2 * (1 / share + 1 / (1 - share)) / difference**2)


def riders_needed__no_power(spread, difference, share, power=0.8, alpha=0.05):
    """You ask only that the true difference reaches the threshold. Half of the estimates lie below the truth, so that
    such a test has a power of one half, whatever `power` says.
    """
    steps = stats.norm.ppf(1 - alpha / 2)
    return math.ceil(steps**2 * spread**2 * (1 / share + 1 / (1 - share)) / difference**2)


def riders_needed__rounds_down(spread, difference, share, power=0.8, alpha=0.05):
    """Rounded down, or to the nearest, the power is a little too small. Round the total up."""
    steps = stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power)
    return int(steps**2 * spread**2 * (1 / share + 1 / (1 - share)) / difference**2)


@hints(
    "Sort, number from 1, and draw the line rate * rank / m in your mind. Which values lie on it or below?",
    "Not only those below the line: everything up to the *last* one below it.",
    "The last one below the line is a limit. Compare the p-values with it as they came, and the order is right.",
)
@equivalent("ordered[below].max(initial=-1.0)", "ordered[below].max(initial=-2.0)", because="no p-value is negative")
def check_discoveries(discoveries):
    def marks(p_values, rate):
        found = discoveries(p_values, rate)
        shape(found, (len(p_values),), "the mask") if not isinstance(found, list) else None
        mask = np.asarray(found)
        empty = isinstance(found, list) and not found
        require(mask.dtype == bool or empty, f"The mask should be Boolean; it holds {mask.dtype}.")
        return mask.astype(bool)

    agree(marks, _by_definition, on=_p_values(), examples=60)
    for p_values, rate, why in _telling_p_values():
        given = call(np.array(p_values), rate)
        close(marks(*given.copy().args), _by_definition(np.array(p_values), rate), "the mask", given, why=why)


@st.composite
def _p_values(draw):
    """Generate p-values of which none lies on its line, where rounding would decide."""
    values = draw(st.lists(between(0, 60).map(lambda i: (2 * i + 1) / 2000), min_size=1, max_size=7))
    high = draw(st.lists(st.sampled_from([0.3, 0.5, 0.9, 1.0]), max_size=4))
    order = draw(st.permutations(values + high))
    rate = draw(st.sampled_from([0.05, 0.1, 0.2, 0.01]))
    return call(np.array([value for value in order if not _on_a_line(value, rate, len(order))] or [0.5]), rate)


def _on_a_line(value, rate, most):
    """Whether value = rate * rank / m for some rank of at most `most` tests; in whole numbers, since floats round."""
    odd, per = round(2000 * value), round(2000 * rate)
    return any(odd * m % per == 0 and odd <= per for m in range(1, most + 1))


def _by_definition(p_values, rate):
    """Discover p if, for some value q >= p, at most a share `rate` of what chance puts below q was found there."""
    m = len(p_values)
    good = [q for q in p_values.tolist() if q * m <= rate * sum(other <= q for other in p_values.tolist())]
    return np.array([any(p <= q for q in good) for p in p_values.tolist()], dtype=bool)


def _telling_p_values():
    yield [], 0.05, "There are no tests, so there are no discoveries."
    yield [0.0625, 0.75, 0.75, 0.75], 0.25, "0.0625 is exactly 0.25 × 1 / 4: at most, not below."
    yield [0.6, 0.5, 0.9], 0.05, "Nothing lies below the line."
    yield [0.0, 0.0, 1.0], 0.05, "A p-value may be rounded to 0."
    yield [0.0, 0.5], 0.0, "At a rate of 0, a p-value of 0 is still at most 0."
    yield [0.05004, 0.05001], 0.05, "Both lie above the line, if only just."
    yield [1.0, 1.0], 1.0, "Whoever accepts everything discovers everything."
    yield [0.045, 0.041, 0.044, 0.042, 0.043], 0.05, "The largest is below its own line, so all are discovered."
    yield [0.03, 0.03, 0.9], 0.05, "Equal p-values: the second has rank 2, and both are discovered."
    yield [0.2, 0.2, 0.2, 0.15], 0.2, "Equal p-values are discovered together."
    many = np.random.default_rng(3).random(500) ** 3
    yield many.tolist(), 0.1, "500 tests."


def discoveries__each_for_itself(p_values, rate):
    """You compare every value with its own point of the line. One that misses its point is a discovery all the same if
    a value of higher rank passes: all up to the last that passes are taken.
    """
    ranks = np.empty(len(p_values), dtype=int)
    ranks[np.argsort(p_values, kind="stable")] = np.arange(1, len(p_values) + 1)
    return p_values <= rate * ranks / max(len(p_values), 1)


def discoveries__stops_at_the_first(p_values, rate):
    """You stop at the first value above the line. The rule goes up to the *last* one below it."""
    ordered, last = np.sort(p_values), -1.0
    for rank, value in enumerate(ordered, start=1):
        if value > rate * rank / len(ordered):
            break
        last = value
    return p_values <= last


def discoveries__bonferroni(p_values, rate):
    """Divided by the number of tests, the threshold bounds the chance of *any* false discovery. Asked was a bound on
    their share.
    """
    return p_values <= rate / max(len(p_values), 1)


def discoveries__uncorrected(p_values, rate):
    """You compare each p-value with the rate itself, as if there were one test."""
    return p_values <= rate


def discoveries__sorted_mask(p_values, rate):
    """Your mask is that of the sorted values. The first entry must belong to the first p-value that came in."""
    ordered = np.sort(p_values)
    below = ordered <= rate * np.arange(1, len(ordered) + 1) / max(len(ordered), 1)
    return ordered <= ordered[below].max(initial=-1.0)


def discoveries__ranks_from_zero(p_values, rate):
    """The smallest p-value has rank 1. Counted from 0, every line is one step too low."""
    ordered = np.sort(p_values)
    below = ordered <= rate * np.arange(len(ordered)) / max(len(ordered), 1)
    return p_values <= ordered[below].max(initial=-1.0)


@hints(
    "Fit one straight line of `outcome` on `before`, all riders together. What is left when you subtract it?",
    "Subtract slope × (before − mean of before) from each outcome, then compare the arms as before.",
    "The slope is the covariance over the variance of `before`. The error is that of the adjusted values, per arm.",
)
@equivalent(
    "(centered * outcome).sum() / spread if np.ptp(before) > 0 else 0.0",
    "(centered * outcome).sum() / spread if np.ptp(before) > 0 else 1.0",
    because="a constant `before` is centered to 0, whatever the slope",
)
def check_cuped_estimate(cuped_estimate):
    def estimated(outcome, before, treated):
        given = call(outcome, before, treated)
        returned = cuped_estimate(*given.copy().args)
        pair = isinstance(returned, tuple | list | np.ndarray) and len(returned) == 2
        require(pair, "The result should be two numbers, the effect and its standard error.", given)
        _is_number(returned[0])
        _is_number(returned[1])
        return float(returned[0]), float(returned[1])

    def one_line(shift, slope, new_arm):
        """Every outcome lies on one line, so that neither an effect nor an error is left."""
        before, treated = np.array([1.0, 2, 3, 4, 5, 6, 7, 8]), np.isin(np.arange(8), new_arm)
        given = call(slope * before + shift, before, treated)
        why = "`before` predicts every outcome exactly."
        effect, error = estimated(*given.args)
        close(effect, 0.0, "the effect", given, atol=1e-6, why=why)
        close(error, 0.0, "the standard error", given, atol=1e-6, why=why)

    arms = st.lists(between(0, 7), min_size=3, max_size=5, unique=True).map(sorted)
    for_all(one_line, (between(-3, 3), between(-3, 3), arms), examples=15)
    _without_past(estimated)
    _few_riders(estimated)
    _like_the_formula(estimated)
    _over_experiments(estimated)


def _experiment(seed, n=400, share=0.5, effect=0.6, level=0.0, unit=1.0):
    """Return outcome, before and treated of riders; the past explains three quarters of the variance."""
    rng = np.random.default_rng(seed)
    usual = rng.gamma(4.0, 2.0, n)
    before = level + unit * (usual + rng.normal(0, 1.0, n))
    treated = rng.random(n) < share
    return usual + rng.normal(0, 1.8, n) + effect * treated, before, treated


def _without_past(estimated):
    """A constant `before` predicts nothing: the raw difference with its own error is left."""
    why = "`before` is the same for everybody, so it predicts nothing: the raw difference is left."
    for seed, constant in enumerate((0.0, 7.0, 0.1)):
        outcome, _, treated = _experiment(seed, 12)
        given = call(outcome, np.full(12, constant), treated)
        close(estimated(*given.args)[0], _raw(outcome, treated)[0], "the effect", given, rtol=1e-6, why=why)
        outcome, treated = outcome[:6].round(1), np.array([True, False] * 3)  # equal arms: every formula agrees
        given = call(outcome, np.full(6, constant), treated)
        error = _raw(outcome, treated)[1]
        close(estimated(*given.args)[1], error, "the standard error", given, rtol=0.03, why=why)


def _few_riders(estimated):
    """Try two small groups of which the result is known by hand."""
    before, treated = np.array([0.0, 0, 0, 10, 0, 0, 0, 10]), np.arange(8) < 4
    given = call(2 * before + 3.0 * treated, before, treated)
    effect, error = estimated(*given.args)
    why = "Most were new riders, with 0 before. The outcome is 2 × before, and 3 more for the treated."
    close(effect, 3.0, "the effect", given, atol=1e-6, why=why)
    close(error, 0.0, "the standard error", given, atol=1e-6, why=why)
    given = call(np.array([3.0, 7, 3, 1, 0, 1]), np.array([1.0, 2, 3, 1, 2, 3]), np.arange(6) < 3)
    effect, error = estimated(*given.args)
    close(effect, 11 / 3, "the effect", given, atol=1e-6, why="Here `before` predicts nothing.")
    require(1.3 < error < 1.65, f"The error should be about 1.4 (variances over n - 1); it is {error:.3f}.", given)


def _raw(outcome, treated):
    new, old = outcome[treated], outcome[~treated]
    result = stats.ttest_ind(new, old, equal_var=False)
    effect = math.fsum(new) / len(new) - math.fsum(old) / len(old)
    return effect, abs(effect / result.statistic)


def _like_the_formula(estimated):
    """Compare with the regression of outcome on treatment and past: nearly the same, in other ways of computing."""
    worlds = ({}, {"level": 100.0}, {"unit": -1.0}, {"unit": 0.02}, {"unit": 60.0}, {"share": 0.15}, {"effect": 8.0})
    for seed, options in enumerate(worlds):
        outcome, before, treated = _experiment(seed, 300, **options)
        design = np.column_stack([np.ones(300), treated, before])
        solved, *_ = np.linalg.lstsq(design, outcome)
        left = outcome - design @ solved
        error = math.sqrt(left @ left / 297 * np.linalg.inv(design.T @ design)[1, 1])
        given = call(outcome, before, treated)
        found = estimated(*given.args)
        slack = 0.35 * error + 0.02 * abs(solved[1])
        require(
            abs(found[0] - solved[1]) < slack,
            f"300 riders: the effect should be about {solved[1]:.2f}; yours is {found[0]:.2f}.",
            given,
        )
        wide = abs(options.get("effect", 0)) > 5  # one slope from all riders then takes part of the effect for chance
        require(
            (0.8 if not wide else 0.7) * error < found[1] < (1.25 if not wide else 1.6) * error,
            f"300 riders: the standard error should be about {error:.2f}; yours is {found[1]:.2f}.",
            given,
        )


def _over_experiments(estimated):
    """Repeat an experiment 200 times: right on average, twice as precise, honest about the error."""
    runs = [_experiment(1000 + seed, 120) for seed in range(200)]
    found = np.array([estimated(*run) for run in runs])
    raw = np.array([outcome[treated].mean() - outcome[~treated].mean() for outcome, _, treated in runs])
    given = call(*runs[0])
    spread, error = found[:, 0].std(ddof=1), found[:, 1].mean()
    bias = found[:, 0].mean() - 0.6
    require(
        abs(bias) < 0.15, f"In 200 experiments with a true effect of 0.6 you are off by {bias:+.2f} on average.", given
    )
    require(
        spread < 0.65 * raw.std(ddof=1),
        f"In 200 experiments your estimate varies by {spread:.2f}, the raw difference by {raw.std(ddof=1):.2f}: "
        "what `before` predicts hasn't been removed.",
        given,
    )
    require(
        0.85 < error / spread < 1.17,
        f"In 200 experiments your estimate varies by {spread:.2f}; your standard error says {error:.2f}.",
        given,
    )


def cuped_estimate__raw_difference(outcome, before, treated):
    """That is the raw difference: what `before` predicts is still in it."""
    new, old = outcome[treated], outcome[~treated]
    return new.mean() - old.mean(), math.sqrt(new.var(ddof=1) / len(new) + old.var(ddof=1) / len(old))


def cuped_estimate__centered_per_arm(outcome, before, treated):
    """Your effect is the raw difference, but your error is that of adjusted values, and so too small. Centered at the
    mean of its own arm, `before` takes nothing from the difference: center at the mean of all riders.
    """
    slope = np.cov(outcome, before)[0, 1] / before.var(ddof=1) if np.ptp(before) > 0 else 0.0
    center = np.where(treated, before[treated].mean(), before[~treated].mean())
    adjusted = outcome - slope * (before - center)
    new, old = adjusted[treated], adjusted[~treated]
    return new.mean() - old.mean(), math.sqrt(new.var(ddof=1) / len(new) + old.var(ddof=1) / len(old))


def cuped_estimate__old_error(outcome, before, treated):
    """The effect is adjusted, but the standard error is that of the raw outcomes: it is too large. Take the spread of
    the adjusted values.
    """
    slope = np.cov(outcome, before)[0, 1] / before.var(ddof=1) if np.ptp(before) > 0 else 0.0
    adjusted = outcome - slope * (before - before.mean())
    new, old = outcome[treated], outcome[~treated]
    error = math.sqrt(new.var(ddof=1) / len(new) + old.var(ddof=1) / len(old))
    return adjusted[treated].mean() - adjusted[~treated].mean(), error


def cuped_estimate__subtracts_before(outcome, before, treated):
    """You subtract `before` itself, as if the slope were 1. Where the past is on another scale, or noisy, that adds
    variance. Estimate the slope.
    """
    change = (outcome - before) if np.ptp(before) > 0 else outcome
    new, old = change[treated], change[~treated]
    return new.mean() - old.mean(), math.sqrt(new.var(ddof=1) / len(new) + old.var(ddof=1) / len(old))


def cuped_estimate__spread_for_error(outcome, before, treated):
    """That is how much riders differ, not how uncertain their mean is: each arm's variance is divided by its number of
    riders.
    """
    slope = np.cov(outcome, before)[0, 1] / before.var(ddof=1) if np.ptp(before) > 0 else 0.0
    adjusted = outcome - slope * (before - before.mean())
    new, old = adjusted[treated], adjusted[~treated]
    return new.mean() - old.mean(), math.sqrt(new.var(ddof=1) + old.var(ddof=1))


def cuped_estimate__slope_of_before(outcome, before, treated):
    """You divide the covariance by the variance of `outcome`. The line predicts the outcome, so divide by that of
    `before`.
    """
    slope = np.cov(outcome, before)[0, 1] / outcome.var(ddof=1) if np.ptp(before) > 0 else 0.0
    adjusted = outcome - slope * (before - before.mean())
    new, old = adjusted[treated], adjusted[~treated]
    return new.mean() - old.mean(), math.sqrt(new.var(ddof=1) / len(new) + old.var(ddof=1) / len(old))
