"""Checks of `01_fundamentals/12_probability`: exact where that is possible; what is random has a fixed seed.

Answers may use their random numbers in any way that has the right distribution, so counts of outcomes are compared with
exact probabilities. The bounds are wide: a right answer fails any of them with a probability below 1e-9 in all.
"""

import copy
import itertools
import math
import numbers as number_types
import statistics
from fractions import Fraction

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from scipy import special, stats

from handrail.expect import agree, between, call, close, equivalent, flags, for_all, hints, numbers, raises, require

ONE_TAIL = 1e-12  # of each count, on each side; about 400 counts are tested in this file, so 8e-10 in all
LARGEST = 1 - 2**-53  # the largest number that `rng.random` returns


def _unlikely(count, n, probability):
    """Whether so many or more, or so few or fewer, of n independent trials come up with a probability below 1e-12."""
    at_most, at_least = special.bdtr(count, n, probability), special.bdtrc(count - 1, n, probability)
    return min(at_most, at_least) < ONE_TAIL


def _came(count, expected):
    came = {0: "never came up", 1: "came up once"}.get(count, f"came up {count:,} times")
    return f"{came}; about {expected:,.0f} were expected." if expected >= 10 else f"{came}; {expected:.2g} is expected."


def _scalar(value):
    """Unwrap NumPy's scalars, and arrays without axes."""
    return value.item() if isinstance(value, np.generic | np.ndarray) and np.ndim(value) == 0 else value


# 1. belief_after_tests


@hints(
    "There are two ways to these results: being ill and getting them, being well and getting them. How likely is each?",
    "Multiply along each way, starting with the prior or with one minus it. A negative result has factors of its own.",
    "The answer is the share of the one way in both together. When is there nothing to take a share of?",
)
def check_belief_after_tests(belief_after_tests):
    agree(belief_after_tests, _by_ways, on=_clinics())

    why = "These results have probability 0, for the ill and for the well."
    for impossible in (
        (0.0, [True], 0.9, 1.0),
        (1.0, [False], 1.0, 0.5),
        (0.5, [True, False], 1.0, 1.0),
        (0.5, [False, True, True], 1.0, 1.0),
        (0.25, [True], 0.0, 1.0),
        (0.25, [False], 1.0, 0.0),
    ):
        raises(belief_after_tests, ValueError, call(*impossible), why)

    for why, *given in (
        ("Without results the prior is the answer.", 0.3, [], 0.9, 0.8),
        ("The disease has 1 ill in 10 million.", 1e-7, [True], 0.99, 0.99),
        ("A positive result where there are no false alarms is proof.", 0.01, [True, False, False], 0.6, 1.0),
        ("A negative result of a test that finds all the ill is proof.", 0.9, [True, False, True], 1.0, 0.75),
        ("Nobody is ill.", 0.0, [True, True], 0.9, 0.8),
        ("Everybody is ill.", 1.0, [False, True], 0.9, 0.8),
        ("This test is always wrong.", 0.25, [True], 0.0, 0.0),
        ("There are ten positive results.", 1e-6, [True] * 10, 0.75, 0.5),
        ("There are ten results.", 0.5, [i % 3 == 0 for i in range(10)], 0.55, 0.7),
        ("So many contradictions are improbable, not impossible.", 0.5, [True, False] * 5, 0.999, 0.999),
    ):
        expected = _by_ways(*given)
        close(belief_after_tests(*given), expected, given=call(*given), rtol=1e-6, atol=1e-14, why=why)


@st.composite
def _clinics(draw):
    share = numbers(0, 1, 0.05).map(lambda p: round(p, 2))
    given = draw(share), draw(st.lists(flags(), max_size=6)), draw(share), draw(share)
    assume(sum(_ways(*given)) > 0)
    return call(*given)


def _ways(prior, results, sensitivity, specificity):
    """Return the exact probabilities of being ill and getting these results, of being well and getting them."""
    prior, sensitivity, specificity = Fraction(prior), Fraction(sensitivity), Fraction(specificity)
    positives = sum(results)
    negatives = len(results) - positives
    ill = prior * sensitivity**positives * (1 - sensitivity) ** negatives
    return ill, (1 - prior) * (1 - specificity) ** positives * specificity**negatives


def _by_ways(prior, results, sensitivity, specificity):
    ill, well = _ways(prior, results, sensitivity, specificity)
    return float(ill / (ill + well))


def belief_after_tests__ignores_the_prior(prior, results, sensitivity, specificity):
    """Your answer doesn't depend on how frequent the disease is. With 1 ill in 1,000, one positive result of a test
    that is right for 99 % gives 9 %, not 99 %: start with the prior.
    """
    ill = well = 1.0
    for positive in results:
        ill *= sensitivity if positive else 1 - sensitivity
        well *= 1 - specificity if positive else specificity
    if ill + well == 0:
        raise ValueError("impossible")
    return ill / (ill + well)


def belief_after_tests__negative_as_positive(prior, results, sensitivity, specificity):
    """You treat every result as positive. A negative one has other likelihoods, one minus each of the two, and lowers
    the belief.
    """
    ill, well = prior, 1 - prior
    for _ in results:
        ill, well = ill * sensitivity, well * (1 - specificity)
    if ill + well == 0:
        raise ValueError("impossible")
    return ill / (ill + well)


def belief_after_tests__forgets_to_normalise(prior, results, sensitivity, specificity):
    """You return the probability of being ill *and* getting these results. Given the results, it must be divided by the
    probability of getting them, ill or well.
    """
    ill = prior
    for positive in results:
        ill *= sensitivity if positive else 1 - sensitivity
    return ill


def belief_after_tests__starts_again(prior, results, sensitivity, specificity):
    """Only the last result counts in your answer: each test starts again from the prior. Start it from what the tests
    before have taught.
    """
    belief = prior
    for positive in results:
        ill = prior * (sensitivity if positive else 1 - sensitivity)
        well = (1 - prior) * (1 - specificity if positive else specificity)
        if ill + well == 0:
            raise ValueError("impossible")
        belief = ill / (ill + well)
    return belief


def belief_after_tests__specificity_for_alarms(prior, results, sensitivity, specificity):
    """You took the specificity for the share of false alarms. It is the share of the well who test *negative*; the
    others are the false alarms.
    """
    ill, well = prior, 1 - prior
    for positive in results:
        ill *= sensitivity if positive else 1 - sensitivity
        well *= specificity if positive else 1 - specificity
    if ill + well == 0:
        raise ValueError("impossible")
    return ill / (ill + well)


def belief_after_tests__adds_the_evidence(prior, results, sensitivity, specificity):
    """You used the net number of positive results, as if a negative one took back a positive one. That holds only if
    sensitivity and specificity are equal.
    """
    net = sum(1 if positive else -1 for positive in results)
    hit, alarm = (sensitivity, 1 - specificity) if net >= 0 else (1 - sensitivity, specificity)
    ill, well = prior * hit ** abs(net), (1 - prior) * alarm ** abs(net)
    if ill + well == 0:
        raise ValueError("impossible")
    return ill / (ill + well)


def belief_after_tests__divides_by_zero(prior, results, sensitivity, specificity):
    """For results that can't happen you divide 0 by 0, and Python raises ZeroDivisionError. The task asks for a
    ValueError: test the sum first.
    """
    ill, well = prior, 1 - prior
    for positive in results:
        ill *= sensitivity if positive else 1 - sensitivity
        well *= 1 - specificity if positive else specificity
    return ill / (ill + well)


def belief_after_tests__impossible_is_healthy(prior, results, sensitivity, specificity):
    """For results that can't happen you return a belief. There is none: no share of nothing exists, so the caller must
    be told.
    """
    ill, well = prior, 1 - prior
    for positive in results:
        ill *= sensitivity if positive else 1 - sensitivity
        well *= 1 - specificity if positive else specificity
    return ill / (ill + well) if ill + well else 0.0


# 2. mean_and_error


class Simulation:
    """A simulation that returns given numbers, or draws them; notes its generators, what it drew and what it said."""

    def __init__(self, values=None):
        self.values, self.given, self.drawn, self.said = values, [], [], []

    def __call__(self, rng):
        self.given.append(rng)
        self.drawn.append(float(rng.normal()))
        at = len(self.given) - 1
        told = self.drawn if self.values is None else self.values
        said = told[at] if at < len(told) else 100 + at
        if isinstance(said, Exception):
            raise said
        self.said.append(said)
        return said

    def __repr__(self):
        if self.values is None or len(self.values) > 20:
            return "simulate"
        return f"simulate_returning({self.values!r})"


class Counted(Simulation):
    """A simulation that knows how often it and its copies were called."""

    def __init__(self, values, calls=None):
        super().__init__(values)
        self.calls = [] if calls is None else calls

    def __call__(self, rng):
        self.calls.append(rng)
        return super().__call__(rng)

    def __deepcopy__(self, memory):
        return Counted(self.values, self.calls)


@hints(
    "First collect the n numbers. Both results are computed from the same ones.",
    "How far may one simulation be off? How far the mean of n? The second is smaller, and shrinks with the root of n.",
    "The sample standard deviation divides by n - 1; NumPy's default doesn't. And what can n - 1 not be?",
)
def check_mean_and_error(mean_and_error):
    def run(values, why="", atol=None, seed=3):
        simulation, rng = Simulation(values), np.random.default_rng(seed)
        n = len(values) if values is not None else 500
        found = mean_and_error(simulation, n, rng)
        told = simulation.said[:n] if len(simulation.said) >= n else [0.0, 1.0]
        expected = statistics.fmean(told), statistics.stdev(map(float, told)) / math.sqrt(n)
        given = call(Simulation(values), n, np.random.default_rng(seed))
        ran = len(simulation.given)
        require(ran == n, f"`simulate` must be called {n} times; calls counted: {ran}. {why}".strip(), given)
        alone = all(one is rng for one in simulation.given)
        same = " All simulations drew the same number." if len(set(simulation.drawn)) == 1 else ""
        require(alone, f"`simulate` was called with another generator than the one you were given.{same}", given)
        close(found, expected, given=given, atol=atol, why=why)

    kinds = numbers(), between(-5, 5), flags(), st.one_of(between(0, 3), numbers(0, 3, 0.5))
    few = [st.lists(kind, min_size=2, max_size=7) for kind in kinds]
    for_all(run, on=st.tuples(st.one_of(few)).map(lambda drawn: call(*drawn)), also=[call([1.0, 4.0])], examples=40)

    run(None, "The simulation draws its numbers from `rng`.")
    run(None, "The simulation draws its numbers from `rng`.", seed=4)
    run([0, 0.5, 1.5], "The first number is an integer, the others aren't.")
    run([np.True_, np.True_, np.False_], "The simulation returns NumPy's booleans.")
    run([np.uint8(200), np.uint8(200), np.uint8(100)], "The simulation returns small integers (uint8).")
    run([16_777_217.0, 16_777_216.0], "The numbers have eight digits.")
    run([100_000_000.25, 100_000_000.5, 100_000_001.0], "The numbers are large beside their spread.")
    run([1e-7, 3e-7, 2e-7, 9e-7], "The numbers are small.", atol=1e-16)
    run([0.1, 0.1, 0.1], "All numbers are equal, so the error is 0.")
    run([True, False, False, True, True, False] * 20, "The simulation says whether an event occurred.")
    run([0.0] * 60 + [1.0] * 40, "The first 60 numbers are 0, the other 40 are 1.")
    run([float(i * i % 97) for i in range(3000)], "There are 3,000 simulations.")
    for n in (1, 0, -1):
        simulation = Counted([4.0])
        given = call(simulation, n, np.random.default_rng(3))
        raises(mean_and_error, ValueError, given, "Two simulations are the least.")
        require(not simulation.calls, "Ask how large n is first: nothing may be simulated if it is below 2.", given)
    fails = call(Simulation([1.0, ZeroDivisionError("nobody came"), 2.0]), 2, np.random.default_rng(3))
    raises(mean_and_error, ZeroDivisionError, fails, "It comes from `simulate`: let it through.")


def mean_and_error__spread_not_error(simulate, n, rng):
    """You returned the standard deviation of the simulations. It says how far one of them may be off; the mean of n is
    better by the root of n.
    """
    if n < 2:
        raise ValueError("too few")
    values = [float(simulate(rng)) for _ in range(n)]
    return statistics.fmean(values), statistics.stdev(values)


def mean_and_error__same_draw(simulate, n, rng):
    """Every simulation gets a generator made anew from the same seed, so all of them draw the same number, and the
    error seems to be 0. Hand on the generator that you were given.
    """
    if n < 2:
        raise ValueError("too few")
    values = [float(simulate(np.random.default_rng(12))) for _ in range(n)]
    return statistics.fmean(values), statistics.stdev(values) / math.sqrt(n)


def mean_and_error__divides_by_n(simulate, n, rng):
    """You divided the standard deviation by n. The error of a mean shrinks with the root of n only."""
    if n < 2:
        raise ValueError("too few")
    values = [float(simulate(rng)) for _ in range(n)]
    return statistics.fmean(values), statistics.stdev(values) / n


def mean_and_error__variance_over_n(simulate, n, rng):
    """Variance over n is the *square* of the standard error. Take the root."""
    if n < 2:
        raise ValueError("too few")
    values = [float(simulate(rng)) for _ in range(n)]
    return statistics.fmean(values), statistics.variance(values) / n


def mean_and_error__population(simulate, n, rng):
    """You used the population's standard deviation, NumPy's default. The numbers are a sample, and their mean was
    computed from them: divide by n - 1.
    """
    if n < 2:
        raise ValueError("too few")
    values = [float(simulate(rng)) for _ in range(n)]
    return statistics.fmean(values), statistics.pstdev(values) / math.sqrt(n)


def mean_and_error__simulates_twice(simulate, n, rng):
    """You simulated once for the mean and again for the error. Keep the n numbers, and compute both from them."""
    if n < 2:
        raise ValueError("too few")
    mean = statistics.fmean(float(simulate(rng)) for _ in range(n))
    return mean, statistics.stdev(float(simulate(rng)) for _ in range(n)) / math.sqrt(n)


def mean_and_error__half_width(simulate, n, rng):
    """You returned 1.96 standard errors, half the width of a 95 % interval. The task asks for one."""
    if n < 2:
        raise ValueError("too few")
    values = [float(simulate(rng)) for _ in range(n)]
    return statistics.fmean(values), 1.96 * statistics.stdev(values) / math.sqrt(n)


def mean_and_error__one_is_enough(simulate, n, rng):
    """For n = 1 you returned an error. One simulation shows no spread, so nothing is known of its error: refuse."""
    values = [float(simulate(rng)) for _ in range(n)]
    if n < 2:
        return sum(values), 0.0
    return statistics.fmean(values), statistics.stdev(values) / math.sqrt(n)


def mean_and_error__cancels(simulate, n, rng):
    """The mean of the squares minus the square of the mean loses its digits when the numbers are large beside their
    spread. Subtract the mean first, then square.
    """
    if n < 2:
        raise ValueError("too few")
    values = np.array([float(simulate(rng)) for _ in range(n)])
    variance = max(0.0, (values**2).mean() - values.mean() ** 2) * n / (n - 1)
    return float(values.mean()), math.sqrt(variance / n)


# 3. draw_weighted

STATIONS = [[2, 3, 5], [0.5, 0.25, 0.25], [0, 1, 0, 3, 0], [7.5], [0.001, 0.002, 0.0005], [39, 0, 22, 11, 60, 18] * 2]
STATIONS += [[1e-13, 0.0, 3e-13], list(range(300)), [1, 1999], np.array([200, 100], np.uint8)]
LARGEST = 1 - 2**-53  # the largest number that `rng.random` returns


class Scripted(np.random.Generator):
    """A generator that notes what is asked of it, and may begin with 24 times the same number."""

    def __init__(self, bits, number=None):
        super().__init__(bits)
        self.number, self.left, self.asked = number, 0 if number is None else 24, set()

    def __deepcopy__(self, memo):
        return Scripted(copy.deepcopy(self.bit_generator, memo), self.number)

    def __getattribute__(self, name):
        if not name.startswith("_") and name not in ("number", "left", "asked", "bit_generator"):
            object.__getattribute__(self, "asked").add(name)
        return super().__getattribute__(name)

    def random(self, size=None, dtype=np.float64, out=None):
        drawn = super().random(size, dtype, out)
        flat = np.atleast_1d(drawn)
        given = min(self.left, flat.size)
        self.left -= given
        flat.reshape(-1)[:given] = self.number
        return float(flat[0]) if size is None and out is None else flat


@hints(
    "Lay the weights end to end on a line. Where does a random point of the line fall?",
    "The pieces end at the running totals. For each random number, scaled to the line, find the first end beyond it.",
    "`np.searchsorted` finds it; its argument `side` decides who owns a border. Scale with the last running total.",
)
def check_draw_weighted(draw_weighted):
    for weights in STATIONS:
        for size in (0, 1, 5):
            given = call(np.array(weights), size, np.random.default_rng(size))
            _indices(draw_weighted(*given.copy().args), given)

    five = np.array([1.0, 1.0, 1.0, 1.0, 1.0])
    rng, given = Scripted(np.random.PCG64(5)), call(five, 40, np.random.default_rng(5))
    first, second = (_indices(draw_weighted(five.copy(), 40, rng), given) for _ in range(2))
    again = _indices(draw_weighted(five.copy(), 40, np.random.default_rng(5)), given)
    require((first != second).any(), "Two calls with one generator gave the same draws. Use the `rng` you get.", given)
    require((first == again).all(), "Called with equal generators it gave different draws. Use only `rng`.", given)
    others = sorted(rng.asked - {"random"})
    require(not others, f"You used `rng.{others[0] if others else ''}`. Only `rng.random` is allowed here.", given)

    for why, weights, number in _borders():
        for size in (1, 3):
            given = call(np.array(weights), size, np.random.default_rng(1))
            _indices(draw_weighted(np.array(weights), size, Scripted(np.random.PCG64(1), number)), given, why)

    for seed, weights in enumerate(STATIONS):
        _as_often_as_weighted(draw_weighted, np.array(weights), seed)
    _independently(draw_weighted)


def _borders():
    """Return what is special, the weights, and the first numbers that `rng.random` returns."""
    almost = "Here `rng.random` begins with 1 - 2**-53, almost 1."
    yield almost, [1, 2, 0], LARGEST
    yield almost, [4.0, 0.0, 0.0], LARGEST
    yield almost, [0.1] * 10, LARGEST
    yield almost, [0.1] * 10 + [0.0], LARGEST
    zero = "Here `rng.random` begins with exactly 0.0."
    yield zero, [0, 2, 3], 0.0
    yield zero, [0, 3, 0], 0.0
    yield zero, [0.0, 0.0, 0.25, 0.5], 0.0
    yield "Here `rng.random` begins with 0.5, exactly on a border.", [1, 0, 1], 0.5
    yield "Here `rng.random` begins with 0.25, exactly on a border.", [0, 1, 0, 0, 3], 0.25


def _indices(found, given, why=""):
    """Return the draws as an array, or fail: integers, as many as asked for, none of weight 0."""
    weights, size, _ = given.args
    drawn = np.asarray(found) if isinstance(found, np.ndarray | list | tuple) else None
    require(drawn is not None, f"The result should be an array of {size} indices. {why}".strip(), given)
    require(drawn.shape == (size,), f"The result should have shape ({size},); it has {drawn.shape}.", given)
    require(drawn.dtype.kind in "iu" or size == 0, f"Indices are integers; these are {drawn.dtype}.", given)
    if size == 0:
        integers = isinstance(found, list | tuple) or drawn.dtype.kind in "iu"
        require(integers, f"With size 0 the result should still be an array of integers, not {drawn.dtype}.", given)
        return drawn
    for index in drawn[(drawn < 0) | (drawn >= len(weights))][:1]:
        require(False, f"Index {index} was drawn; the last one is {len(weights) - 1}. {why}".strip(), given)
    for index in drawn[weights[drawn] == 0][:1]:
        require(False, f"Index {index} was drawn, but its weight is 0. {why}".strip(), given)
    return drawn


def _as_often_as_weighted(draw_weighted, weights, seed):
    """Compare counts of single draws, and of pairs of neighbors, with the exact probabilities."""
    total = math.fsum(weights)
    shares = weights / total
    size = 60_000 if shares[-1] > 0.99 else 20_000
    given = call(weights, size, np.random.default_rng(seed))
    drawn = _indices(draw_weighted(*given.copy().args), given)
    counts = np.bincount(drawn, minlength=len(weights))
    for at, (count, share) in enumerate(zip(counts.tolist(), shares, strict=True)):
        told = f"In {size:,} draws index {at} (weight {weights[at]:g} of {total:,.7g}) {_came(count, size * share)}"
        require(not _unlikely(count, size, share), told, given)
    if len(weights) > 12:
        return
    pairs = np.bincount(drawn[::2] * len(weights) + drawn[1::2], minlength=len(weights) ** 2)
    for (i, j), count in zip(itertools.product(range(len(weights)), repeat=2), pairs.tolist(), strict=True):
        if shares[i] * shares[j] > 0.02:
            told = f"Index {i} is followed by index {j} too often or too seldom: your draws depend on each other."
            require(not _unlikely(count, size // 2, shares[i] * shares[j]), told, given)
    if shares.max() < 0.9:
        places = drawn.astype(np.uint8).tobytes()
        told = "The first 200 draws come again later, in the same order: draw each index anew."
        require(places.find(places[:200], 1) < 0, told, given)


def _independently(draw_weighted, calls=1500):
    """Many calls of size 2 with one generator: are both places drawn alike, and independently?"""
    function = getattr(draw_weighted, "function", draw_weighted)
    weights, rng = np.array([1.0, 3.0]), np.random.default_rng(8)
    drawn = [function(weights, 2, rng) for _ in range(calls)]
    given = call(weights, 2, np.random.default_rng(8))
    for found in drawn:
        if getattr(found, "shape", None) != (2,) or found.dtype.kind not in "iu" or found.max() > 1:
            _indices(found, given)
    counts = np.bincount(np.array(drawn) @ [2, 1], minlength=4).tolist()
    for (i, j), count, share in zip(itertools.product((0, 1), repeat=2), counts, (1, 3, 3, 9), strict=True):
        told = f"In {calls:,} calls the two draws {[i, j]} {_came(count, calls * share / 16)}"
        require(not _unlikely(count, calls, share / 16), told, given)


def draw_weighted__unnormalised(weights, size, rng):
    """You took the weights for probabilities. They need not sum to 1: the random number must be scaled to their total,
    or they to 1.
    """
    return np.minimum(np.searchsorted(np.cumsum(weights), rng.random(size), side="right"), len(weights) - 1)


def draw_weighted__zero_can_win(weights, size, rng):
    """A draw of exactly 0.0 gives the first index even if its weight is 0, since 0.0 does not lie *below* its end.
    Look for the first end above the draw: `side` decides.
    """
    totals = np.cumsum(weights)
    return np.searchsorted(totals, rng.random(size) * totals[-1])


def draw_weighted__own_seed(weights, size, rng):
    """You made a generator of your own with a fixed seed, so every call gives the same draws. Use the one you get."""
    totals = np.cumsum(weights)
    return np.searchsorted(totals, np.random.default_rng(0).random(size) * totals[-1], side="right")


def draw_weighted__uses_choice(weights, size, rng):
    """`rng.choice` does the whole exercise for you. Build it from `rng.random`, as section 3 of the lesson does for the
    exponential.
    """
    return rng.choice(len(weights), size=size, p=weights / weights.sum())


def draw_weighted__falls_off_the_end(weights, size, rng):
    """The running totals of shares may end at 0.9999999999999999, a little below 1, and a draw may lie above: then you
    return an index that doesn't exist. Use the last running total as the scale.
    """
    return np.searchsorted(np.cumsum(weights / weights.sum()), rng.random(size), side="right")


def draw_weighted__one_number_for_all(weights, size, rng):
    """You drew one random number and repeated its index. Each draw needs a number of its own."""
    totals = np.cumsum(weights)
    return np.full(size, np.searchsorted(totals, rng.random() * totals[-1], side="right"))


def draw_weighted__ignores_the_weights(weights, size, rng):
    """All indices of positive weight are equally likely in your draws. The larger weight should come more often."""
    open_stations = np.flatnonzero(weights)
    return open_stations[(rng.random(size) * len(open_stations)).astype(int)]


def draw_weighted__in_order(weights, size, rng):
    """You return the right numbers of each index, but sorted. The draws should be independent: the first must not tell
    anything about the second.
    """
    totals = np.cumsum(weights)
    return np.sort(np.searchsorted(totals, rng.random(size) * totals[-1], side="right"))


# 4. docks_needed


@hints(
    "Say you have d docks. What does one more cost, and with which probability does it serve a rider?",
    "Build while the rider who would else be turned away is worth it. `sf(d)` of a distribution is P(X > d).",
    "Two parameters of the negative binomial follow from mean and variance, as in section 4. Start from 0 docks, and "
    "compare two amounts of money at each step.",
)
@equivalent(
    "turned_away_cost * demand.sf(docks) > dock_cost",
    "turned_away_cost * demand.sf(docks) >= dock_cost",
    because="where the two are equal, one dock more costs the same, and either number is right",
)
def check_docks_needed(docks_needed):
    def test(mean, variance, dock_cost, turned_away_cost, why=""):
        given = call(mean, variance, dock_cost, turned_away_cost)
        found = docks_needed(mean, variance, dock_cost, turned_away_cost)
        costs = _expected_costs(mean, variance, dock_cost, turned_away_cost)
        best = int(costs.argmin())
        value = _scalar(found)
        if isinstance(value, number_types.Real) and not isinstance(value, number_types.Integral) and value == best:
            require(False, f"A number of docks is an integer; yours is {value!r}.", given)
        whole = isinstance(value, int) and not isinstance(value, bool)
        as_cheap = whole and 0 <= value < len(costs) and costs[value] <= costs[best] * (1 + 1e-9)
        if not as_cheap:
            close(found, best, given=given, exact_dtype=True, why=why)

    for_all(test, on=_stations(), also=[call(41.5, 372.7, 1, 100), call(41.5, 372.7, 1, 20)], examples=14)

    for why, *given in (
        ("A dock costs as much as a rider turned away.", 40.0, 300.0, 3.0, 3.0),
        ("A dock costs more than a rider turned away.", 40.0, 300.0, 5.0, 3.0),
        ("A rider turned away costs nothing.", 40.0, 300.0, 1.0, 0.0),
        ("Variance and mean are equal, so X is Poisson.", 25.0, 25.0, 1, 30),
        ("Variance and mean are equal, so X is Poisson.", 4.0, 4.0, 1, 400),
        ("Variance and mean are equal, so X is Poisson.", 1.0, 1.0, 1, 60),
        ("The variance is below the mean, so X is Poisson.", 25.0, 4.0, 1, 30),
        ("The variance is 0, below the mean, so X is Poisson.", 12.0, 0.0, 1, 30),
        ("The variance is a little above the mean.", 25.0, 25.5, 1, 30),
        ("Riders are rare.", 0.02, 0.02, 1.0, 40.0),
        ("Riders are rare, but come in crowds.", 0.5, 40.0, 1.0, 40.0),
        ("The station is large.", 160.0, 3000.0, 2, 60),
        ("The variance is 9 % above the mean.", 100.0, 109.0, 1, 100),
        ("The station is as large as allowed.", 1000.0, 1000.0, 1, 10),
        ("A rider turned away costs 20,000 docks.", 30.0, 90.0, 0.5, 10_000.0),
    ):
        test(*given, why=why)


@st.composite
def _stations(draw):
    mean = draw(numbers(0.5, 40, 0.5))
    variance = mean * draw(st.sampled_from([0.5, 1, 1.5, 3, 9, 20]))
    dock_cost = draw(st.sampled_from([1, 2, 0.25, 7.5]))
    return call(mean, variance, dock_cost, dock_cost * draw(st.sampled_from([1.5, 2, 3, 5, 20, 100, 500, 1, 0.5])))


def _expected_costs(mean, variance, dock_cost, turned_away_cost):
    """Return the expected cost of 0, 1, 2 … docks, summed over the whole distribution."""
    spread = math.sqrt(max(mean, variance))
    x = np.arange(int(mean + 14 * spread + 14 * spread**2 / mean) + 30)
    if variance > mean:
        shape = mean**2 / (variance - mean)
        ways = special.gammaln(x + shape) - special.gammaln(shape) - special.gammaln(x + 1)
        logs = ways + shape * math.log(shape / (shape + mean)) + x * math.log(mean / (shape + mean))
    else:
        logs = x * math.log(mean) - mean - special.gammaln(x + 1)
    more = np.cumsum(np.exp(logs)[::-1])[::-1]  # P(X >= x)
    turned_away = np.append(np.cumsum(more[:0:-1])[::-1], 0.0)  # E[max(X - d, 0)], the sum of P(X > d), P(X > d + 1) …
    return dock_cost * x + turned_away_cost * turned_away


def _demand(mean, variance):
    if variance <= mean:
        return stats.poisson(mean)
    shape = mean**2 / (variance - mean)
    return stats.nbinom(shape, shape / (shape + mean))


def _docks(demand, dock_cost, turned_away_cost):
    docks = 0
    while turned_away_cost * demand.sf(docks) > dock_cost:
        docks += 1
    return docks


def docks_needed__always_poisson(mean, variance, dock_cost, turned_away_cost):
    """You used a Poisson distribution, and its variance is its mean. Where the variance is larger, very quiet and very
    busy hours are more frequent than it says.
    """
    return _docks(stats.poisson(mean), dock_cost, turned_away_cost)


def docks_needed__always_negative_binomial(mean, variance, dock_cost, turned_away_cost):
    """A negative binomial has a variance above its mean. Where the data's isn't, its shape is infinite or negative:
    there the task asks for the Poisson.
    """
    shape = mean**2 / (variance - mean)
    return _docks(stats.nbinom(shape, shape / (shape + mean)), dock_cost, turned_away_cost)


def docks_needed__covers_the_average(mean, variance, dock_cost, turned_away_cost):
    """You built for the average hour. It is the other hours that turn people away, and their price must count."""
    return math.ceil(mean)


def docks_needed__fixed_risk(mean, variance, dock_cost, turned_away_cost):
    """You built for 99 hours of 100 whatever the prices. Where a rider turned away costs only twice a dock, that wastes
    money: another dock pays only while P(X > d) exceeds the ratio of the prices.
    """
    return int(_demand(mean, variance).ppf(0.99))


def docks_needed__one_too_many(mean, variance, dock_cost, turned_away_cost):
    """You compared P(X >= d). With d docks nobody is turned away when exactly d riders come: an additional dock serves
    someone only if more than d do.
    """
    demand, docks = _demand(mean, variance), 0
    while turned_away_cost * demand.sf(docks - 1) > dock_cost:
        docks += 1
    return docks


def docks_needed__normal_quantile(mean, variance, dock_cost, turned_away_cost):
    """You used the normal distribution. Counts of riders are lopsided: hours far above the mean are more frequent than
    it says.
    """
    if turned_away_cost <= dock_cost:
        return 0
    quantile = stats.norm(mean, math.sqrt(max(mean, variance))).isf(dock_cost / turned_away_cost)
    return max(0, math.ceil(quantile))


def docks_needed__never_zero(mean, variance, dock_cost, turned_away_cost):
    """You build at least one dock. If a dock costs more than it can save, none is best."""
    return max(1, _docks(_demand(mean, variance), dock_cost, turned_away_cost))


def docks_needed__quantile_of_nothing(mean, variance, dock_cost, turned_away_cost):
    """The ratio of the prices is no probability when a dock costs more than a rider, or when a rider costs nothing. A
    quantile formula needs these cases apart: there no dock pays.
    """
    return int(_demand(mean, variance).isf(dock_cost / turned_away_cost))


# 5. thompson_choice

OFFERS = [
    ("nothing is known of the offers", [0, 0, 0], [0, 0, 0], 600),
    ("each offer was shown once", [1, 0], [0, 1], 2000),
    ("the first offer was shown only 9 times", [0, 19], [9, 179], 2400),
    ("there are four offers", [3, 8, 0, 2], [7, 12, 1, 9], 1000),
    ("the offers were shown 300 times each", [30, 40], [270, 260], 600),
    ("the first offer looks worse after 1,000 trials each", [300, 340], [700, 660], 1200),
    ("the offers were shown 10,000 times each", [5000, 5010], [5000, 4990], 400),
]


@hints(
    "What do you believe of an offer's rate after s acceptances and f refusals? The lesson's last section has the "
    "distribution.",
    "Don't compare the means of these beliefs: they would always choose the same offer. Draw from each belief.",
    "`rng.beta` takes arrays, and draws independently for each entry. Which two parameters does an untried offer have?",
)
def check_thompson_choice(thompson_choice):
    def choose(successes, failures, rng, given):
        found = thompson_choice(np.array(successes), np.array(failures), rng)
        _offer(found, len(successes), given)
        return int(found)

    for _, successes, failures, _ in [("", [0], [0], 0), *OFFERS]:
        for seed in (3, 4, 5):
            given = call(np.array(successes), np.array(failures), np.random.default_rng(seed))
            choose(successes, failures, np.random.default_rng(seed), given)

    given = call(np.zeros(4, int), np.zeros(4, int), np.random.default_rng(2))
    rng, twin = np.random.default_rng(2), np.random.default_rng(2)
    first = [choose([0] * 4, [0] * 4, rng, given) for _ in range(30)]
    again = [choose([0] * 4, [0] * 4, twin, given) for _ in range(30)]
    stuck = "Four untried offers, 30 customers, and you showed all of them offer"
    require(len(set(first)) > 1, f"{stuck} {first[0]}: nothing is learned of the others.", given)
    require(first == again, "With equal generators it chose different offers. All chance must come from `rng`.", given)

    for best, successes, failures in ((1, [50, 40], [5000, 1]), (11, [1] * 11 + [900], [900] * 11 + [1])):
        clear, given = np.array(successes), call(np.array(successes), np.array(failures), np.random.default_rng(6))
        told = f"Offer {best} is better than the others beyond any doubt, and you showed another one."
        for rng in (np.random.default_rng(6), np.random.default_rng(7)):
            require(choose(clear, failures, rng, given) == best, told, given)

    for why, successes, failures, times in OFFERS:
        _as_often_as_best(thompson_choice, np.array(successes), np.array(failures), times, why)


def _offer(found, k, given):
    if type(found) is int and 0 <= found < k:
        return
    value = _scalar(found)
    if not isinstance(value, int) or isinstance(value, bool):
        close(found, 0, given=given, exact_dtype=True)
    told = f"The result should be the index of an offer, an integer from 0 to {k - 1}; it is {value!r}."
    require(0 <= value < k, told, given)


def _as_often_as_best(thompson_choice, successes, failures, times, why):
    """Compare how often each offer is chosen with the exact probability that its rate is the largest."""
    function = getattr(thompson_choice, "function", thompson_choice)
    given, rng = call(successes, failures, np.random.default_rng(times)), np.random.default_rng(times)
    counts = [0] * len(successes)
    for _ in range(times):
        found = function(successes, failures, rng)
        _offer(found, len(successes), given)
        counts[int(found)] += 1
    for at, (count, share) in enumerate(zip(counts, _chances_of_best(successes, failures), strict=True)):
        told = (
            f"When {why}: of {times:,} customers {count:,} were shown offer {at}. It is the best with probability "
            f"{share:.3f}, so about {times * share:,.0f} should be."
        )
        require(not _unlikely(count, times, share), told, given)


def _chances_of_best(successes, failures):
    """Return for each offer the probability that its rate is the largest: the integral of density times the others."""
    rate, a, b = (np.arange(2000)[:, None] + 0.5) / 2000, successes + 1.0, failures + 1.0
    density = np.exp((a - 1) * np.log(rate) + (b - 1) * np.log1p(-rate) - special.betaln(a, b))
    below = special.betainc(a, b, rate)
    others = [np.delete(below, i, axis=1).prod(axis=1) for i in range(len(successes))]
    return [float((density[:, i] * rest).mean()) for i, rest in enumerate(others)]


def thompson_choice__greedy(successes, failures, rng):
    """You chose the offer that looks best now. After a bad start a good offer is never shown again: without sampling
    there is no exploration.
    """
    return int(((successes + 1) / (successes + failures + 2)).argmax())


def thompson_choice__no_prior(successes, failures, rng):
    """You left out the prior. Beta(0, 0), the belief of an untried offer, doesn't exist: start from Beta(1, 1), where
    all rates are equally plausible.
    """
    return int(rng.beta(successes, failures).argmax())


def thompson_choice__one_draw_for_all(successes, failures, rng):
    """All offers use the same random number, so they are lucky or unlucky together. Their rates must be drawn
    independently.
    """
    return int(stats.beta.ppf(rng.random(), successes + 1, failures + 1).argmax())


def thompson_choice__refusals_win(successes, failures, rng):
    """You exchanged acceptances and refusals: the offer that is refused most is shown most."""
    return int(rng.beta(failures + 1, successes + 1).argmax())


def thompson_choice__own_seed(successes, failures, rng):
    """You made a generator of your own with a fixed seed: every customer gets the same draw. Use the one you get."""
    return int(np.random.default_rng(0).beta(successes + 1, failures + 1).argmax())


def thompson_choice__proportional(successes, failures, rng):
    """You chose in proportion to the mean rates. An offer that is surely the second best would be shown for ever; it
    should be shown as often as it is the best.
    """
    means = (successes + 1) / (successes + failures + 2)
    return int(rng.choice(len(means), p=means / means.sum()))


def thompson_choice__sometimes_random(successes, failures, rng):
    """You show the leader, and now and then any offer. Then the exploration never gets less, however much you know.
    Draw each rate from its belief instead.
    """
    if rng.random() < 0.1:
        return int(rng.integers(len(successes)))
    return int(((successes + 1) / (successes + failures + 2)).argmax())


def thompson_choice__normal_belief(successes, failures, rng):
    """You drew from normal distributions of the right means and spreads. After few trials a belief is lopsided, and
    the choice comes out differently: draw from the Beta distribution.
    """
    belief = stats.beta(successes + 1, failures + 1)
    return int(rng.normal(belief.mean(), belief.std()).argmax())
