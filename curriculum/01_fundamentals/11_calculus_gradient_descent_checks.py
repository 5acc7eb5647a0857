"""Checks of `01_fundamentals/11_calculus_gradient_descent`: exact slopes, decimals, known curvatures."""

import cmath
import math
import operator
import random
from decimal import Decimal, localcontext

import numpy as np
from hypothesis import strategies as st

from handrail.expect import (
    Mismatch,
    arrays,
    between,
    call,
    close,
    equivalent,
    for_all,
    hints,
    numbers,
    require,
)

# 1. gradient_by_differences


class Formula:
    """A function of w that shows its own source; its gradient was worked out with pencil and paper."""

    def __init__(self, text, slopes):
        self.text, self.slopes = text, slopes

    def __call__(self, w):
        if not isinstance(w, np.ndarray) or w.dtype != np.float64:
            raise TypeError(f"f wants an array of float64; it was given {_described(w)}")
        if w.ndim != 1:
            raise ValueError(f"f wants the whole array w, one-dimensional; it was given the shape {w.shape}")
        return float(eval(self.text, {"np": np, "w": w}))

    def __repr__(self):
        return f"lambda w: float({self.text})"


def _described(w):
    return f"one of {w.dtype}" if isinstance(w, np.ndarray) else f"a {type(w).__name__}"


def _neighbors(w):
    """Return the sum of the two neighbors of each entry."""
    padded = np.concatenate(([0.0], w, [0.0]))
    return padded[:-2] + padded[2:]


FORMULAS = [
    Formula("(w**2).sum()", lambda w: 2 * w),
    Formula("10 + (w**2).sum()", lambda w: 2 * w),
    Formula("np.exp(w).sum()", np.exp),
    Formula("(np.arange(1, len(w) + 1) * np.sin(w)).sum()", lambda w: np.arange(1, len(w) + 1) * np.cos(w)),
    Formula("(w[1:] * w[:-1]).sum() + (w**3).sum() / 3", lambda w: _neighbors(w) + w**2),
]
BENT, WAVES = FORMULAS[1], Formula("3 + np.sin(w).sum()", np.cos)
MILLIONS = Formula("(w**2).sum() / 1e6", lambda w: 2 * w / 1e6)
MIXED = Formula("(w[0] / 1e6) ** 2 + np.sin(w[1])", lambda w: np.array([2 * w[0] / 1e12, np.cos(w[1])]))


@hints(
    "What does f do when only one coordinate moves, a little up and a little down? That is one entry of the gradient.",
    "Work on copies of float64. The step of coordinate i is a small part of the larger of 1 and its own size.",
    "The best part is a few millionths, as in section 1: smaller drowns in rounding. Divide by the way between both.",
)
@equivalent("1e-05 * max(1.0, abs(w[i]))", "2e-05 * max(1.0, abs(w[i]))", because="the step may be twice as long")
@equivalent("max(1.0, abs(w[i]))", "max(2.0, abs(w[i]))", because="the step may be twice as long")
def check_gradient_by_differences(gradient_by_differences):
    def test(f, w, why=""):
        given = call(f, w.copy())
        expected = np.asarray(f.slopes(w.astype(float)), dtype=float)
        allowed = 1e-8 * max([1.0, *abs(expected)])
        found = gradient_by_differences(f, w)
        close(found, expected, given=given, rtol=0, atol=allowed, why=why or f"An error of {allowed:.0e} is allowed.")

    for why, f, w in _telling_weights():
        test(f, np.array(w), why=why)
    weights = arrays(numbers(-2, 2, step=0.25), size=between(1, 4))
    for_all(test, on=(st.sampled_from(FORMULAS), weights), examples=30)


def _telling_weights():
    """Return functions and weights that a search hardly meets, each with what is special about them."""
    yield "", FORMULAS[0], [0.5]
    yield "", FORMULAS[3], [0.5, -1.5]
    yield "The weights are integers.", BENT, np.array([3, 1, -2])
    yield "One weight is 0, another a billionth.", WAVES, [0.0, 1e-9, -1e-6, 0.5]
    yield "The weight is near a million, where floats lie 1e-10 apart.", MILLIONS, [1e6, 1234567.0]
    yield "The weight is large and negative.", MILLIONS, [-3e5]
    yield "Both weights need a step of their own: one is a million, the other 0.5.", MIXED, [1e6, 0.5]
    yield "The weights are float32, f computes in float64.", WAVES, np.array([0.3, 1.7], dtype=np.float32)
    yield "One slope is tiny beside the other, but above the allowed error.", FORMULAS[0], [2e-7, 1.0]
    yield "There are 40 weights.", FORMULAS[4], np.sin(np.arange(40.0))
    yield "There are no weights.", FORMULAS[0], []


def gradient_by_differences__forward_only(f, w):
    """Roughly right, but not to 1e-8. A single step forward does that: its error shrinks only with the step itself, and
    rounding stops it at about 2e-8. So does a central difference, if its step is far from the best one.
    """
    w = np.array(w, dtype=float)
    steps = 1.5e-8 * np.maximum(1, abs(w))
    return np.array([(f(w + step) - f(w)) / step.max() for step in np.diag(steps)])


def gradient_by_differences__integer_step(f, w):
    """w can hold integers, and an integer array cuts the step off: adding 0.00001 changed nothing. Make a copy of
    floats first.
    """
    gradient = np.zeros(len(w))
    for i in range(len(w)):
        step = 1e-5 * max(1.0, abs(w[i]))
        up, down = w.copy(), w.copy()
        up[i] += step
        down[i] -= step
        gradient[i] = (f(up) - f(down)) / (2 * step)
    return gradient


def gradient_by_differences__all_at_once(f, w):
    """You moved all coordinates together; that is one directional derivative. The gradient moves one at a time."""
    w = np.array(w, dtype=float)
    steps = 1e-5 * np.maximum(1, abs(w))
    return (f(w + steps) - f(w - steps)) / (2 * steps)


def gradient_by_differences__tiny_step(f, w):
    """The difference drowns in rounding: with a step of 1e-15 hardly a digit of f changes. Smaller isn't better."""
    w = np.array(w, dtype=float)
    steps = 1e-15 * np.maximum(1, abs(w))
    return np.array([(f(w + step) - f(w - step)) / (2 * step.max()) for step in np.diag(steps)])


def gradient_by_differences__same_step_everywhere(f, w):
    """Your step is the same for every weight. Beside a million, 0.00001 is almost nothing, and the difference is mostly
    rounding: let the step grow with the weight.
    """
    w = np.array(w, dtype=float)
    return np.array([(f(w + step) - f(w - step)) / 2e-5 for step in np.diag(np.full(len(w), 1e-5))])


def gradient_by_differences__step_of_zero(f, w):
    """Your step is a part of the weight itself, so a weight of 0 gets a step of 0, and a tiny one a step that drowns in
    rounding. Below 1, let the step stop shrinking.
    """
    w = np.array(w, dtype=float)
    steps = 1e-5 * abs(w)
    return np.array([(f(w + step) - f(w - step)) / (2 * step.max()) for step in np.diag(steps)])


def gradient_by_differences__half_the_distance(f, w):
    """Your gradient is twice as long as it should be: from one step down to one step up it is two steps."""
    w = np.array(w, dtype=float)
    steps = 1e-5 * np.maximum(1, abs(w))
    return np.array([(f(w + step) - f(w - step)) / step.max() for step in np.diag(steps)])


# 2. softplus_slope


@hints(
    "Two functions are nested: a log outside, 1 + eᶻ inside. Multiply the outer slope by the inner one.",
    "The fraction has eᶻ above and below. Divide both by it: what is left to overflow, and is that bad?",
    "Only e⁻ᶻ is left, below. Where it overflows the slope is 0, which is right. `np.logaddexp` has no warning.",
)
def check_softplus_slope(softplus_slope):
    def slopes(z, why=""):
        given = call(z.copy())
        found = softplus_slope(z)
        dtype = getattr(found, "dtype", np.dtype(float))
        require(dtype != np.float32 and dtype != np.float16, f"The result should be float64, not {dtype}.")
        expected = _exact_slopes(z)
        close(found, expected, given=given, rtol=1e-6, atol=1e-3, why=why)
        mine, exact, at = (np.asarray(one, dtype=float).ravel().tolist() for one in (found, expected, z))
        for i, (a, b) in enumerate(zip(mine, exact, strict=True)):
            if not abs(a - b) <= max(1e-12 * b, 1e-300):
                message = f"For z = {at[i]} the slope is {b}, and you return {a}. An error of 1e-12 of it is allowed."
                raise Mismatch(f"{message} {why}".strip(), given)

    for why, z in _telling_inputs():
        slopes(z, why=why)
    grids = [numbers(-4, 4, step=0.5), numbers(-60, 60, step=0.25), numbers(-800, 800, step=0.5)]
    generated = [arrays(grid, size=between(1, 4)) for grid in grids]
    for_all(slopes, on=st.one_of(generated), examples=40)


def _telling_inputs():
    """Return inputs that a search hardly meets, each with what is special about it."""
    for z in (0.0, 1.0, -1.0, 1000.0, -1000.0, -40.0, -30.0, 30.0):
        yield "", np.array([z])
    yield "z goes from -10,000 to 10,000.", np.array([-1e4, 1e4, -745.5, 709.9, 710.0, -709.9])
    yield "The slope is tiny, but not 0.", np.array([-650.0, -600.0, -500.0, -350.0, -101.0])
    yield "The slope is 1, up to a few parts in a trillion.", np.array([25.0, 26.5, 36.5, 37.5])
    yield "z is close to 0.", np.array([1e-9, -1e-9, 1e-17, -0.0])
    yield "z holds integers.", np.array([-40, -3, 0, 2, 1000])
    for dtype, z in (
        ("float32", [-40.25, 0.5, 90]),
        ("int8", [-128, 0, 127]),
        ("int16", [-600, 5]),
        ("uint8", [3, 255]),
    ):
        yield f"z is of {dtype}: compute in float64.", np.array(z, dtype=dtype)
    yield "z has two axes.", np.array([[-2.0, 3.0, -50.0], [800.0, 0.0, -7.0]])
    yield "z is stored column by column.", np.array([[-2.0, 3.0, -50.0], [800.0, 0.0, -7.0]], order="F")
    yield "z has three axes.", np.arange(-6.0, 6.0).reshape(2, 3, 2)
    yield "z is empty.", np.zeros((0, 3))
    yield "z has 1,000 entries.", np.linspace(-30, 30, 1000)


def _exact_slopes(z):
    """Compute with 40 digits, and with exponents that do not overflow."""
    with localcontext() as context:
        context.prec = 40
        flat = [float(1 / (1 + (-Decimal(value)).exp())) for value in z.ravel().tolist()]
    return np.array(flat, dtype=float).reshape(z.shape)


def softplus_slope__overflows(z):
    """The formula is right, but eᶻ becomes inf for z = 1000, and inf/inf is nan. Divide above and below by eᶻ."""
    return np.exp(z) / (1 + np.exp(z))


def softplus_slope__slope_of_the_sigmoid(z):
    """You differentiated once more than asked: the slope of the softplus is the sigmoid p itself, p(1 − p) is the
    slope of that.
    """
    p = np.exp(-np.logaddexp(0, -z))
    return p * (1 - p)


def softplus_slope__clipped(z):
    """You clipped z, and so every z beyond the border gets the slope of the border: for z = −30 the slope is 9e-14, not
    2e-9.
    """
    return 1 / (1 + np.exp(-np.clip(z, -20, 20)))


def softplus_slope__subtracts_from_one(z):
    """Small results have lost their digits: for z = −40 the slope is 4e-18, not 0. A difference does that, such as
    1 − 1/(1 + eᶻ) or 1 + tanh(z/2), and so does a border for z. Find a formula without either.
    """
    return 1 - 1 / (1 + np.exp(z))


def softplus_slope__outer_slope_only(z):
    """The slope of the logarithm is 1/(1 + eᶻ), and the chain rule goes on: multiply by the slope of what is inside."""
    return np.exp(-np.logaddexp(0, z))


def softplus_slope__value(z):
    """You returned the softplus itself. Asked is its slope: for large z it is nearly 1, since the softplus grows like
    z.
    """
    return np.logaddexp(0, z)


# 3. robust_line


@hints(
    "Which slope has the Huber loss for a residual of 0.3, and for one of 300, if delta is 1? Average such slopes.",
    "`np.clip` of the residuals is the slope of the loss. For the line's slope, multiply by x.",
    "Walk in standardized x, where curvature is at most 1, until the gradient is nearly 0; convert back at the end.",
)
@equivalent("abs(uphill).max() > 1e-08", "abs(uphill).max() > 2e-08", because="0.001 is allowed")
@equivalent(
    "abs(uphill).max() > 1e-08", "abs(uphill).max() >= 1e-08", because="the walk passes the border, it doesn't hit it"
)
def check_robust_line(robust_line):
    for why, x, y, delta in _meter_readings():
        x, y = np.array(x), np.array(y)
        given = call(x, y, delta)
        best = _best_line(x, y, delta)
        found = _two_numbers(robust_line(x.copy(), y.copy(), delta), given, why)
        ends = np.array([x.min(), x.max()], dtype=float)
        off = abs((found[0] - best[0]) + (found[1] - best[1]) * ends).max()
        if not off <= 1e-3:
            pull = np.clip(found[0] + found[1] * x - y, -delta, delta)
            uphill = pull.mean(), (pull * (x - x.mean())).mean() / x.std()
            message = (
                f"Your line is {off:.3g} away from the best one at an end of the data; 0.001 is allowed. With x "
                f"standardized, the gradient is ({uphill[0]:.2g}, {uphill[1]:.2g}) there, instead of 0. {why}"
            )
            raise Mismatch(message.strip(), given, expected=best, returned=found)


def _two_numbers(line, given, why):
    try:
        intercept, slope = line
        pair = float(intercept), float(slope)
    except (TypeError, ValueError):
        raise Mismatch("The result should be two numbers, intercept and slope.", given, returned=line) from None
    text = isinstance(intercept, str) or isinstance(slope, str) or isinstance(line, dict | set)
    require(not text, "The result should be two numbers, intercept and slope, in this order.", given)
    if not all(map(math.isfinite, pair)):
        raise Mismatch("The result should be two finite numbers. " + why, given, returned=line)
    return pair


def _meter_readings():
    """Return data sets with what is special about each: first small ones, then one trouble at a time."""
    yield "", [0, 1, 2, 3, 4], [1, 40, 3, 5, 5], 1.0
    yield "", [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [9.0, 5.2, 6.8, 9.1, -60.0, 13.0], 1.0
    for seed in range(18):
        yield "", *_with_vandals(seed, rows=8 + seed), (0.5, 1.0, 2.0)[seed % 3]
    yield "There are two rows.", [3, 5], [7, 1], 1.0
    yield "x counts thousands.", *_with_vandals(31, rows=12, low=40_000, high=90_000), 1.0
    yield "x holds years.", *_with_vandals(32, rows=12, low=2005, high=2024), 1.0
    yield "x is tiny.", *_with_vandals(33, rows=12, low=0.001, high=0.004, decimals=5), 1.0
    yield "Each x is negative.", *_with_vandals(34, rows=12, low=-30, high=-20), 1.0
    yield "There are 5,000 rows.", *_with_vandals(35, rows=5000), 1.0
    yield "delta is so large that no residual reaches it.", *_with_vandals(36, rows=10), 1000
    yield "delta is small.", *_with_vandals(37, rows=12, noise=0.03), 0.1
    yield "delta is tiny.", *_with_vandals(39, rows=12, noise=0.01), 0.01
    x, y = _with_vandals(40, rows=12, noise=0.03)
    yield "The vandals are far off, and a row pulls by delta at most.", x, np.where(y > 24, 900, y), 0.1
    x, y = _with_vandals(41, rows=12, low=2005, high=2024, decimals=0)
    yield "x holds years as 16-bit integers: their squares don't fit.", x.astype(np.int16), y, 1.0
    x, y = _with_vandals(38, rows=12)
    yield "y reaches into the hundreds.", x, (9 * y).round(), 10
    yield "The line falls.", x, -y, 1.0
    yield "The rows are not in order of x, and the vandal is the first.", x[::-1], y[::-1], 1.0
    yield "Two x differ, the others are equal.", [1, 1, 1, 2, 2, 2], [4.0, 4.4, 60.0, 8.0, 9.0, 8.5], 1.0


def _with_vandals(seed, rows, low=0.0, high=10.0, decimals=2, noise=0.4):
    """Return x and y of a line with a slope of 20 from end to end; every fifth y is nonsense, and far too high."""
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(low, high, rows)).round(decimals)
    y = 3 + 20 * (x - low) / (high - low) + noise * rng.normal(size=rows)
    y[rng.permutation(rows)[: rows // 5]] += rng.uniform(20, 80, rows // 5)
    return x, y.round(2)


def _best_line(x, y, delta):
    """Solve for the line as if the residuals stayed on their sides of ±delta, until they do; reweight if they move."""
    x, y = x.astype(float), y.astype(float)
    center, spread = x.mean(), x.std()
    design = np.column_stack([np.ones(len(x)), (x - center) / spread])
    line = np.linalg.lstsq(design, y)[0]
    for _ in range(500):
        residual = design @ line - y
        inside, sides = abs(residual) <= delta, np.sign(residual)
        if len(set(x[inside])) > 1:
            target = design[inside].T @ y[inside] - delta * design[~inside].T @ sides[~inside]
            candidate = np.linalg.solve(design[inside].T @ design[inside], target)
            found = design @ candidate - y
            if ((abs(found) <= delta) == inside).all() and (np.sign(found) == sides)[~inside].all():
                line = candidate
                break
        weights = np.minimum(1, delta / np.maximum(abs(residual), 1e-300))
        line = np.linalg.solve(design.T @ (weights[:, None] * design), design.T @ (weights * y))
    return float(line[0] - line[1] * center / spread), float(line[1] / spread)


def _walk(x, y, slopes, rate=1.0, steps=3000):
    """Walk downhill in standardized x, and convert back."""
    center, spread = x.mean(), x.std()
    scaled = (x - center) / spread
    height = tilt = 0.0
    for _ in range(steps):
        pull = slopes(height + tilt * scaled - y)
        height, tilt = height - rate * pull.mean(), tilt - rate * (pull * scaled).mean()
    return height - tilt * center / spread, tilt / spread


def robust_line__squared_beyond_delta(x, y, delta):
    """Beyond delta the slope of the loss is ±delta; your outliers still pull with their full weight, as in least
    squares.
    """
    return _walk(x, y, lambda residual: residual, steps=20)


def robust_line__uphill(x, y, delta):
    """You add the gradient, so the loss grows at every step. Downhill is the direction against it."""
    return _walk(x, y, lambda residual: np.clip(residual, -delta, delta), rate=-1.0)


def robust_line__sum_not_mean(x, y, delta):
    """You add the slopes of all rows. With 2,000 rows the step is 2,000 times too long; average them."""
    return _walk(x, y, lambda residual: len(x) * np.clip(residual, -delta, delta), rate=0.02, steps=6000)


def robust_line__fixed_scale(x, y, delta):
    """Your rate suits one scale of x. With x in the thousands the steps become far too long for the slope, with tiny x
    far too short: standardize x inside, and convert back.
    """
    intercept = slope = 0.0
    for _ in range(8000):
        pull = np.clip(intercept + slope * x - y, -delta, delta)
        intercept, slope = intercept - 0.03 * pull.mean(), slope - 0.03 * (pull * x).mean()
        if max(abs(pull.mean()), abs((pull * x).mean())) < 1e-6:
            break
    return intercept, slope


def robust_line__sign_only(x, y, delta):
    """You minimize the mean absolute residual: every row pulls equally hard. Within delta the pull is the residual
    itself.
    """
    return _walk(x, y, lambda residual: 0.003 * np.sign(residual), steps=6000)


def robust_line__ignores_delta(x, y, delta):
    """Your loss changes at 1, whatever delta is."""
    return _walk(x, y, lambda residual: np.clip(residual, -1, 1))


def robust_line__drops_outliers(x, y, delta):
    """Your rows beyond delta do not pull at all. Their slope is ±delta: less than their residual, but not 0."""
    return _walk(x, y, lambda residual: np.where(abs(residual) <= delta, residual, 0))


def robust_line__still_standardized(x, y, delta):
    """Your line belongs to the standardized x. Convert it: divide the slope by the spread, and move the intercept from
    the mean of x back to x = 0.
    """
    intercept, slope = _walk(x, y, lambda residual: np.clip(residual, -delta, delta))
    return intercept + slope * x.mean(), slope * x.std()


def robust_line__slope_first(x, y, delta):
    """You returned slope and intercept. Asked are intercept and slope."""
    return _walk(x, y, lambda residual: np.clip(residual, -delta, delta))[::-1]


def robust_line__stops_too_early(x, y, delta):
    """Your line is still on its way. No fixed number of steps suits all data: walk until the gradient is nearly
    0.
    """
    return _walk(x, y, lambda residual: np.clip(residual, -delta, delta), steps=50)


# 4. largest_safe_rate


class Bowl:
    """The gradient of a quadratic loss, which counts how often it is asked."""

    def __init__(self, curvatures, lowest, mirror=None):
        self.curvatures, self.lowest = np.array(curvatures, dtype=float), np.array(lowest, dtype=float)
        self.mirror, self.calls, self.along_one_axis = mirror, 0, 0

    def __call__(self, w):
        w = np.asarray(w, dtype=float)
        if w.shape != self.lowest.shape:
            raise ValueError(f"gradient wants an array of shape {self.lowest.shape}, not {w.shape}")
        self.calls += 1
        self.along_one_axis += np.count_nonzero(w) == 1
        if self.calls >= len(self.lowest) >= 1000:
            raise TooManyCalls(f"gradient was called {self.calls:,} times")
        bent = self._mirrored(w - self.lowest)
        bent = self.curvatures * bent if self.curvatures.ndim == 1 else self.curvatures @ bent
        return self._mirrored(bent)

    def _mirrored(self, w):
        """Turn a large bowl away from the axes without a matrix: reflect at the plane across `mirror`."""
        return w if self.mirror is None else w - 2 * (self.mirror @ w) * self.mirror

    def __repr__(self):
        if len(self.lowest) > 4:
            return f"‹gradient of a bowl in {len(self.lowest)} directions›"
        times = "*" if self.curvatures.ndim == 1 else "@"
        return f"lambda w: np.array({self.curvatures.tolist()}) {times} (w - np.array({self.lowest.tolist()}))"


class TooManyCalls(Exception):
    """The gradient was asked as often as it has entries."""


@hints(
    "Along a direction of curvature c the rate must stay below 2/c. So you look for one number: the largest curvature.",
    "The gradient at v minus the gradient at 0 is the curvature matrix times v, wherever the lowest point is.",
    "Repeat that with the result, rescaled to length 1, from a random start: its growth settles.",
)
@equivalent("range(900)", "range(901)", because="one repetition more does no harm")
@equivalent("range(900)", "range(899)", because="one repetition less does no harm")
@equivalent("np.random.default_rng(0)", "np.random.default_rng(1)", because="any seed will do")
def check_largest_safe_rate(largest_safe_rate):
    for why, curvatures, lowest, largest, *mirror in _bowls():
        gradient, dimension = Bowl(curvatures, lowest, *mirror), len(lowest)
        given = call(Bowl(curvatures, lowest, *mirror), dimension)
        try:
            found = largest_safe_rate(gradient, dimension)
        except Exception as error:
            if gradient.calls < dimension or dimension < 1000:
                raise
            message = f"With dimension {dimension:,}, you called `gradient` {dimension:,} times or more"
            one_by_one = ", along one axis after another" if gradient.along_one_axis >= dimension // 2 else ""
            raise Mismatch(f"{message}{one_by_one}.", given) from error
        close(found, 2 / largest, given=given, rtol=0.01, atol=0, why=why)


def _bowls():
    """Return curvatures (a matrix, or the diagonal of one), the lowest point, the largest curvature, and a mirror."""
    yield "The lowest point is at 0.", [3.0, 2.0, 8.0], [0.0, 0.0, 0.0], 8.0
    yield "The lowest point is not at 0.", [2.0, 8.0], [3.0, -1.0], 8.0
    yield "The steepest direction comes first.", [9.0, 1.0], [1.0, 5.0], 9.0
    yield "There is one direction.", [4.0], [-2.0], 4.0
    yield "The bowl is round.", [3.0, 3.0, 3.0], [1.0, 2.0, 3.0], 3.0
    yield "The steepest direction is (1, -1).", [[2.0, -1.0], [-1.0, 2.0]], [1.0, 1.0], 3.0
    yield "The steepest direction is (1, 1).", [[2.0, 1.0], [1.0, 2.0]], [4.0, -4.0], 3.0
    yield "The steepest direction is (2, -1), and (1, 2) is flat.", [[4.0, -2.0], [-2.0, 1.0]], [0.0, 0.0], 5.0
    yield "One direction is flat.", [0.0, 5.0], [100.0, 1.0], 5.0
    yield "The bowl is flat but for one direction.", [[1.0, -1.0], [-1.0, 1.0]], [7.0, 0.0], 2.0
    yield "All curvatures are below a millionth.", [1e-9, 3e-7, 2e-7], [1.0, 0.0, 2.0], 3e-7
    yield "The curvatures reach a million.", [1e6, 3e4, 0.1], [1.0, 0.0, 2.0], 1e6
    yield "The lowest point is far away.", [1.0, 2.5], [1e6, -1e6], 2.5
    for seed in range(8):
        yield (
            "The steepest direction lies between the axes.",
            *_turned_bowl(seed, np.random.default_rng(seed).uniform(0.1, 10, 3 + 3 * seed)),
        )
    yield "Two curvatures are close.", *_turned_bowl(20, [10.0, 9.7, 3.0, 1.0, 0.5, 0.1])
    yield "The curvatures lie close together.", *_turned_bowl(21, np.linspace(1, 2, 60))
    yield "The one large curvature is among many small ones.", *_turned_bowl(22, [10.0] + [1.0] * 59)
    why = "No axis is the steepest direction."
    yield why, np.append(np.linspace(0, 1, 2499), 1.1), np.full(2500, 2.0), 1.1, _mirror(23, 2500)
    why = "One direction is steeper than the 999 others, which are alike."
    yield why, np.append(np.full(999, 1.0), 1.5), np.full(1000, 2.0), 1.5, _mirror(24, 1000)


def _mirror(seed, n):
    """Return a random direction of length 1."""
    direction = np.random.default_rng(seed).normal(size=n)
    return direction / np.linalg.norm(direction)


def _turned_bowl(seed, curvatures):
    """Return a bowl with these curvatures along random directions at right angles."""
    rng = np.random.default_rng(seed)
    n = len(curvatures)
    directions = np.linalg.qr(rng.normal(size=(n, n)))[0]
    return directions @ np.diag(curvatures) @ directions.T, rng.normal(size=n), max(curvatures)


def _power(gradient, dimension, origin, start=None, rounds=600):
    """Repeat the curvature matrix; return its largest curvature."""
    v = np.random.default_rng(1).normal(size=dimension) if start is None else start
    length = 1.0
    for _ in range(rounds):
        v = gradient(v / np.linalg.norm(v)) - origin
        length = np.linalg.norm(v)
    return float(length)


def largest_safe_rate__half_of_it(gradient, dimension):
    """Safe, but not the largest: 1/c reaches the bottom of a direction in one step; up to 2/c it still gets nearer."""
    return 1 / _power(gradient, dimension, gradient(np.zeros(dimension)))


def largest_safe_rate__forgets_the_offset(gradient, dimension):
    """Your loss can have its minimum away from 0. Then gradient(v) isn't the curvature matrix times v: subtract
    gradient(0).
    """
    return 2 / _power(gradient, dimension, 0.0)


def largest_safe_rate__too_few_rounds(gradient, dimension):
    """After a few repetitions the rate can still be far too large, above all when curvatures are close together.
    Repeat until the answer settles.
    """
    return 2 / _power(gradient, dimension, gradient(np.zeros(dimension)), rounds=6)


def largest_safe_rate__trace_bound(gradient, dimension):
    """The trace is the sum of all curvatures; only the largest counts."""
    origin = gradient(np.zeros(dimension))
    return 2 / sum((gradient(axis) - origin)[i] for i, axis in enumerate(np.eye(min(dimension, 900), dimension)))


def largest_safe_rate__along_the_axes(gradient, dimension):
    """You looked along each coordinate by itself. The steepest direction may lie between them."""
    origin = gradient(np.zeros(dimension))
    return 2 / max((gradient(axis) - origin)[i] for i, axis in enumerate(np.eye(min(dimension, 900), dimension)))


def largest_safe_rate__starts_with_ones(gradient, dimension):
    """You start with (1, 1, …), and if that is at right angles to the steepest direction, no repetition finds it. Start
    with random numbers.
    """
    return 2 / _power(gradient, dimension, gradient(np.zeros(dimension)), start=np.ones(dimension))


def largest_safe_rate__absolute_change(gradient, dimension):
    """You stop when the curvature changes by less than a fixed amount. Where all curvatures are tiny, that is at once:
    compare the change with the curvature itself.
    """
    v, origin, before, length = np.random.default_rng(2).normal(size=dimension), gradient(np.zeros(dimension)), 0.0, 1.0
    while abs(length - before) > 1e-6:
        v = gradient(v / np.linalg.norm(v)) - origin
        before, length = length, np.linalg.norm(v)
    return float(2 / length)


def largest_safe_rate__smallest_curvature(gradient, dimension):
    """You used the smallest curvature. Along that direction any rate up to yours is safe; the steepest one diverges
    long before.
    """
    origin = gradient(np.zeros(dimension))
    rows = [gradient(axis) - origin for axis in np.eye(min(dimension, 900), dimension)]
    return float(2 / np.linalg.eigvalsh(np.array(rows)[:, :900])[0])


def largest_safe_rate__builds_the_matrix(gradient, dimension):
    """You ask for the gradient once for each direction, and build the whole matrix of curvatures. With a million
    weights it has a trillion entries: find its largest stretch without it.
    """
    origin = gradient(np.zeros(dimension))
    axis = np.zeros(dimension)
    rows = []
    for i in range(dimension):
        axis[i] = 1.0
        rows.append(gradient(axis) - origin)
        axis[i] = 0.0
    return float(2 / np.linalg.eigvalsh(np.array(rows))[-1])


# 5. DualNumber

BINARY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
}
IN_PLACE = {
    "+": operator.iadd,
    "-": operator.isub,
    "*": operator.imul,
    "/": operator.itruediv,
    "**": operator.ipow,
}
FUNCTIONS = {"exp": cmath.exp, "log": cmath.log, "sin": cmath.sin}
TINY = 1e-30  # the imaginary part of f(x + i·TINY) is TINY times the slope, without any difference


@hints(
    "Write each rule of calculus for two numbers u and v that know u' and v': sum, product, quotient, power.",
    "Turn a plain number into a DualNumber of slope 0 first. For `2 - x` Python calls `x.__rsub__(2)`.",
    "uⁿ with a plain n: n·uⁿ⁻¹·u', and n = 0 apart. If the exponent has a slope, write the power with exp and log.",
)
def check_DualNumber(DualNumber):
    x = _attempt(lambda: DualNumber(3.0, 2.0), "DualNumber(3.0, 2.0)")
    _same(x, 3.0, 2.0, "DualNumber(3.0, 2.0)")
    _same(_attempt(lambda: DualNumber(5.0), "DualNumber(5.0)"), 5.0, 0.0, "DualNumber(5.0)")
    for tree, value, slope in _single_operations():
        _compare(DualNumber, tree, value, slope)
    _two_inputs(DualNumber)

    _new_numbers(DualNumber)
    for tree, value, slope in _random_expressions():
        _compare(DualNumber, tree, value, slope)


class Tree:
    """An expression of x that can be computed with any kind of number, and shown."""

    def __init__(self, *parts):
        self.parts = parts

    def of(self, x, functions):
        """Compute the expression."""
        kind, *inner = self.parts
        if kind == "x":
            return x
        if kind == "number":
            return inner[0]
        below = [part.of(x, functions) for part in inner]
        if kind in FUNCTIONS:
            return functions[kind](below[0])
        return -below[0] if kind == "negative" else BINARY[kind](*below)

    def __repr__(self):
        kind, *inner = self.parts
        if kind == "x":
            return "x"
        if kind == "number":
            return repr(inner[0]) if inner[0] >= 0 else f"({inner[0]!r})"
        if kind in FUNCTIONS:
            return f"{inner[0]!r}.{kind}()"
        return f"(-{inner[0]!r})" if kind == "negative" else f"({inner[0]!r} {kind} {inner[1]!r})"


def _number(value):
    return Tree("number", value)


X = Tree("x")
METHODS = {name: (lambda u, name=name: getattr(u, name)()) for name in FUNCTIONS}


def _single_operations():
    """Return one operation at a time, with the value and the slope of x."""
    for symbol in "+", "-", "*", "/":
        yield Tree(symbol, X, _number(2)), 3.0, 1.0
        yield Tree(symbol, _number(2), X), 3.0, 1.0
        yield Tree(symbol, X, X), 3.0, 1.0
        yield Tree(symbol, _number(-0.5), X), -2.0, 3.0
        yield Tree(symbol, X, _number(-0.5)), -2.0, -3.0
    yield Tree("negative", X), 3.0, 2.0
    for name in FUNCTIONS:
        yield Tree(name, X), 2.0, 1.0
        yield Tree(name, X), 0.25, -3.0
    for name in "exp", "sin":
        yield Tree(name, X), -1.5, 2.0
        yield Tree(name, X), 0.0, 2.0
    for base, exponents in ((3.0, (2, 3, 1, 0, -1, -2, 0.5, -1.5, 2.0)), (-2.0, (2, 3, 1, 0, -1, -2, 2.0))):
        for exponent in exponents:
            yield Tree("**", X, _number(exponent)), base, 2.0
    for exponent in 2, 1, 3, 0, 2.0, 1.0, 0.0:
        yield Tree("**", X, _number(exponent)), 0.0, 2.0
    yield Tree("**", _number(2), X), 3.0, 1.0
    yield Tree("**", _number(0.5), X), -2.0, 2.0
    yield Tree("**", _number(1), X), 3.0, 1.0
    yield Tree("**", X, X), 2.0, 1.0
    yield Tree("**", X, Tree("negative", X)), 0.5, 1.0
    yield Tree("**", X, Tree("-", X, X)), 3.0, 1.0
    yield Tree("**", X, Tree("-", X, _number(2))), 2.0, 1.0
    yield Tree("/", Tree("sin", X), Tree("exp", X)), 0.0, 1.0
    yield Tree("*", X, _number(0)), 3.0, 1.0


def _two_inputs(DualNumber):
    """Compare operations on two numbers with slopes of their own."""
    for (a, da), (b, db) in (((3.0, 2.0), (5.0, -1.0)), ((0.5, 0.0), (2.0, 3.0)), ((4.0, 1.0), (-3.0, 0.0))):
        for symbol, operation in BINARY.items():
            text = f"DualNumber({a}, {da}) {symbol} DualNumber({b}, {db})"
            exact = operation(complex(a, da * TINY), complex(b, db * TINY))
            found = _attempt(lambda: operation(DualNumber(a, da), DualNumber(b, db)), text)
            _same(found, exact.real, exact.imag / TINY, text)


def _new_numbers(DualNumber):
    """Apply each operation, and look whether it made a new number and left the others alone."""
    x, y = DualNumber(3.0, 2.0), DualNumber(2.0, -1.0)
    for name, operation in BINARY.items():
        in_place, neutral = IN_PLACE[name], 0 if name in "+-" else 1
        operation(x, y), operation(x, 2), operation(2, x)
        _unchanged(f"`{name}`", x, y)
        for other, text in ((y, "y"), (2, "2")):
            _attempt(lambda: in_place(x, other), f"x {name}= {text}")
            _unchanged(f"`x {name}= {text}`", x, y)
        for left, right, text in ((x, neutral, f"x {name} {neutral}"), (neutral, x, f"{neutral} {name} x")):
            require(operation(left, right) is not x, f"`{text}` returned x itself. Return a new DualNumber.")
    for name, operation in METHODS.items():
        operation(x)
        _unchanged(f"`{name}`", x, y)
    require(-x is not x, "`-x` returned x itself. Return a new DualNumber.")
    _unchanged("`-x`", x, y)


def _unchanged(text, x, y):
    same = (x.value, x.slope, y.value, y.slope) == (3.0, 2.0, 2.0, -1.0)
    require(same, f"{text} changed a number that it was applied to. Return a new DualNumber.")


def _compare(DualNumber, tree, value, slope):
    exact = complex(tree.of(complex(value, slope * TINY), FUNCTIONS))
    text = f"{tree!r} at x = DualNumber({value}, {slope})"
    found = _attempt(lambda: tree.of(DualNumber(value, slope), METHODS), text)
    _same(found, exact.real, exact.imag / TINY, text)


def _attempt(action, text):
    try:
        return action()
    except NotImplementedError:
        raise
    except Exception as error:
        raise Mismatch(f"`{text}` raised {type(error).__name__}: {error}") from error


def _same(found, value, slope, text):
    both = hasattr(found, "value") and hasattr(found, "slope")
    require(both, f"`{text}` should be a DualNumber, with a value and a slope; it is a {type(found).__name__}.")
    for name, mine, expected in (("value", found.value, value), ("slope", found.slope, slope)):
        close(mine, expected, f"the {name} of {text}", rtol=1e-11, atol=1e-11)


def _random_expressions():
    """Return 60 expressions, shortest first, each with an x at which it is smooth and of moderate size."""
    rng, found = random.Random(11), []
    while len(found) < 60:
        tree, x = _grown(rng, rng.choice([2, 3, 3, 4])), rng.randrange(-8, 13) / 4
        if _has_x(tree) and tree.parts[0] != "x" and _moderate(tree, x):
            found.append((tree, x, rng.choice([1.0, 1.0, -2.0])))
    return sorted(found, key=lambda one: len(repr(one[0])))


def _grown(rng, depth):
    if depth == 0 or rng.random() < 0.15:
        return X if rng.random() < 0.6 else _number(rng.randrange(-4, 7) / 2)
    kind = rng.choice([*BINARY, *BINARY, *FUNCTIONS, "negative", "power"])
    if kind == "power":
        return Tree("**", _grown(rng, depth - 1), _number(rng.randrange(4)))
    return Tree(kind, *(_grown(rng, depth - 1) for _ in range(2 if kind in BINARY else 1)))


def _moderate(tree, x):
    """Say whether every part of an expression is defined near x, and neither huge nor close to a pole."""
    kind, *inner = tree.parts
    if kind in ("x", "number"):
        return True
    if not all(_moderate(part, x) for part in inner):
        return False
    if kind in FUNCTIONS and not _has_x(inner[0]):
        return False
    first, *second = (complex(part.of(complex(x, TINY), FUNCTIONS)).real for part in inner)
    if (kind == "log" and first < 0.1) or (kind == "exp" and first > 4) or (kind == "/" and abs(second[0]) < 0.1):
        return False
    if kind == "**" and not _allowed_power(inner[1], first, second[0]):
        return False
    result = complex(tree.of(complex(x, TINY), FUNCTIONS))
    return abs(result.real) < 1e4 and abs(result.imag / TINY) < 1e4


def _has_x(tree):
    kind, *inner = tree.parts
    return kind == "x" or (kind != "number" and any(map(_has_x, inner)))


def _allowed_power(exponent, base, power):
    if abs(power) > 4:
        return False
    plain = exponent.parts[0] == "number"
    return base > 0.1 or (plain and power == int(power) and (power >= 0 or base < -0.1))


class _Dual:
    """A right answer, for the mistakes to be wrong in one place each."""

    def __init__(self, value, slope=0.0):
        self.value, self.slope = value, slope

    def _both(self, other):
        other = other if isinstance(other, _Dual) else type(self)(other)
        return self.value, self.slope, other.value, other.slope

    def __add__(self, other):
        u, du, v, dv = self._both(other)
        return type(self)(u + v, du + dv)

    def __sub__(self, other):
        u, du, v, dv = self._both(other)
        return type(self)(u - v, du - dv)

    def __mul__(self, other):
        u, du, v, dv = self._both(other)
        return type(self)(u * v, du * v + u * dv)

    def __truediv__(self, other):
        u, du, v, dv = self._both(other)
        return type(self)(u / v, (du * v - u * dv) / v**2)

    def __pow__(self, other):
        u, du, v, dv = self._both(other)
        first = v * u ** (v - 1) * du if v else 0.0
        return type(self)(u**v, first + (math.log(u) * u**v * dv if dv else 0.0))

    def __neg__(self):
        return type(self)(-self.value, -self.slope)

    def __radd__(self, other):
        return type(self)(other) + self

    def __rsub__(self, other):
        return type(self)(other) - self

    def __rmul__(self, other):
        return type(self)(other) * self

    def __rtruediv__(self, other):
        return type(self)(other) / self

    def __rpow__(self, other):
        return type(self)(other) ** self

    def exp(self):
        return type(self)(math.exp(self.value), math.exp(self.value) * self.slope)

    def log(self):
        return type(self)(math.log(self.value), self.slope / self.value)

    def sin(self):
        return type(self)(math.sin(self.value), math.cos(self.value) * self.slope)


class DualNumber__no_product_rule(_Dual):
    """The slope of a product isn't the product of the slopes: the slope of x·x at 3 is 6. Each factor changes while the
    other stays.
    """

    def __mul__(self, other):
        u, du, v, dv = self._both(other)
        return type(self)(u * v, du * dv)


class DualNumber__left_number_missing(_Dual):
    """With a plain number on the left, Python asks the right operand when the left does not know: `2 - x` calls
    `x.__rsub__(2)`, `2 / x` calls `x.__rtruediv__(2)`.
    """

    __rsub__ = __rtruediv__ = __rpow__ = None


class DualNumber__no_left_numbers(_Dual):
    """`x + 2` works and `2 + x` does not: Python asks the 2 first, then the right operand, by the name `__radd__`. Each
    operator needs such a twin.
    """

    __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rpow__ = None


class DualNumber__left_like_right(_Dual):
    """`2 - x` isn't `x - 2`: `__rsub__` gets the number that stands on the left. The same holds for the quotient."""

    __rsub__, __rtruediv__, __rpow__ = _Dual.__sub__, _Dual.__truediv__, _Dual.__pow__


class DualNumber__numbers_refused(_Dual):
    """The other operand can be a plain number, which has neither a value nor a slope. Make it a DualNumber of slope 0
    first.
    """

    def _both(self, other):
        return self.value, self.slope, other.value, other.slope


class DualNumber__quotient_sign(_Dual):
    """(u/v)' = (u'v − uv')/v²; you swapped the terms, and the slope of every quotient has the wrong sign."""

    def __truediv__(self, other):
        u, du, v, dv = self._both(other)
        return type(self)(u / v, (u * dv - du * v) / v**2)


class DualNumber__quotient_undivided(_Dual):
    """(u/v)' = (u'v − uv')/v²; you forgot to divide by v²."""

    def __truediv__(self, other):
        u, du, v, dv = self._both(other)
        return type(self)(u / v, du * v - u * dv)


class DualNumber__power_of_zero(_Dual):
    """x**2 has the slope 0 at 0, and a slope below 0 too; you took the logarithm of the base. With a plain number as
    exponent use the power rule.
    """

    def __pow__(self, other):
        u, du, v, dv = self._both(other)
        return type(self)(u**v, u**v * (dv * math.log(u) + v * du / u))


class DualNumber__constant_exponent(_Dual):
    """Your power rule takes the exponent for a constant. In `2**x` and `x**x` it has a slope of its own: write the
    power with exp and log.
    """

    def __pow__(self, other):
        u, du, v, _ = self._both(other)
        return type(self)(u**v, v * u ** (v - 1) * du if v else 0.0)


class DualNumber__zeroth_power(_Dual):
    """x**0 is 1 for every x and its slope is 0, at 0 too; the power rule computes 0 to the power −1 there. Treat an
    exponent of 0 apart.
    """

    def __pow__(self, other):
        u, du, v, dv = self._both(other)
        return type(self)(u**v, v * u ** (v - 1) * du + (math.log(u) * u**v * dv if dv else 0.0))


class DualNumber__chain_rule_missing(_Dual):
    """You forgot the chain rule: the slope of exp(u) is exp(u) times the slope of u. The input can have any slope."""

    def exp(self):
        return type(self)(math.exp(self.value), math.exp(self.value))

    def log(self):
        return type(self)(math.log(self.value), 1 / self.value)

    def sin(self):
        return type(self)(math.sin(self.value), math.cos(self.value))


class DualNumber__changes_itself(_Dual):
    """Your sum changes the left number itself, and whoever still needs it gets the wrong one. Return a new one."""

    def __add__(self, other):
        u, du, v, dv = self._both(other)
        self.value, self.slope = u + v, du + dv
        return self
