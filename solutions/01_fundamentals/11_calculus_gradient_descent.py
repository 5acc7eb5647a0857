# %% [markdown]
# # Exercises: Roll downhill and know why it works
#
# Five exercises: four functions and a class. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(softplus_slope)` gives the next of three hints, `solution(softplus_slope)` the answer. Any order; `progress()` says where you are.

# %%
import math
from collections.abc import Callable

import numpy as np

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Measure a gradient  ★☆☆ · 12 min
# You wrote the gradient of a loss by hand, and want a second opinion that knows nothing of your algebra. Measure the gradient with central differences. The loss is smooth and changes noticeably over distances of about `max(1, abs(w[i]))` in coordinate i, so choose each step as a small part of that. Weights may be as large as a million.


# %%
def gradient_by_differences(f: Callable[[np.ndarray], float], w: np.ndarray) -> np.ndarray:
    """Return the gradient of `f` at `w`, by central differences: floats, as many as `w` has (which may be none).

    An entry may be off by 1e-8 of the gradient's largest entry, or of 1 if that is larger. `w` is one-dimensional and
    holds numbers of any type, integers too. It stays unchanged; `f` wants an array of float64.

    >>> gradient_by_differences(lambda w: float(w[0] ** 2 * w[1]), np.array([3, 1])).round(6)
    array([6., 9.])
    """
    # BEGIN SOLUTION
    gradient = np.empty(len(w))
    for i in range(len(w)):
        step = np.zeros(len(w))
        step[i] = 1e-5 * max(1.0, abs(w[i]))
        up, down = w + step, w - step
        gradient[i] = (f(up) - f(down)) / (up[i] - down[i])
    return gradient
    # END SOLUTION


# %%
check(gradient_by_differences)

# %% [markdown] tags=["solution"]
# One coordinate moves at a time, by 1e-5 of its own scale: near the cube root of the spacing of floats, where the error of the formula (it shrinks with the square of the step) meets the error of rounding (it grows as the step shrinks). `w + step` is a new array of floats, so integers and the caller's array are both safe. Dividing by `up[i] - down[i]` uses the distance that was really walked: near a million, adding 10 is exact, but adding 3.7 is not.

# %% [markdown]
# ## 2. Differentiate the softplus  ★☆☆ · 10 min
# The softplus log(1 + eᶻ) is a smooth version of max(0, z), and the lesson's loss of logistic regression is made of it. Work out its slope with the chain rule, then write it so that it stays right where eᶻ no longer fits into a float: training fails on such rows first.


# %%
def softplus_slope(z: np.ndarray) -> np.ndarray:
    """Return the derivative of log(1 + exp(z)) at each z: float64, in the shape of `z`.

    `z` holds floats or integers of any type (float32 and uint8 too) between -10,000 and 10,000, in any shape, an empty
    one included. Each result is right to 1e-12 of itself, however small it is; below 1e-300, any such result will do.

    >>> softplus_slope(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    # BEGIN SOLUTION
    return np.exp(-np.logaddexp(0, -z.astype(float)))
    # END SOLUTION


# %%
check(softplus_slope)

# %% [markdown] tags=["solution"]
# The chain rule gives eᶻ / (1 + eᶻ), which is 1 / (1 + e⁻ᶻ), the sigmoid. The first form is inf/inf for large z. In the second the overflow is harmless, since 1/inf is 0, which is the right answer there; NumPy only warns. `logaddexp(0, -z)` is log(1 + e⁻ᶻ) without an overflow, so the reference has no warning either. The type comes first: −1 doesn't fit into uint8, and from float32 NumPy computes float32, with 7 digits. Forms such as 1 − 1/(1 + eᶻ) are equal on paper, but for z = −40 they subtract 1 from 1.

# %% [markdown]
# ## 3. Fit a line that ignores vandals  ★★☆ · 20 min
# A few meters report nonsense, and squared errors let nonsense pull hardest. The *Huber loss* of a residual r is r²/2 while |r| ≤ delta, and delta·(|r| − delta/2) beyond: there its slope is only ±delta. Find by gradient descent the line with the smallest mean Huber loss. x may be years, or in the thousands.


# %%
def robust_line(x: np.ndarray, y: np.ndarray, delta: float) -> tuple[float, float]:
    """Return intercept and slope of the line with the smallest mean Huber loss, as floats.

    At every x of the data the line is within 0.001 of the best one. `x` and `y` are one-dimensional, of floats or
    integers, with 2 to 5,000 rows; `x` has at least two different values, `y` lies between -1,000 and 1,000. `delta` is
    at least 0.01. The best line is unique.

    >>> x, y = np.array([0, 1, 2, 3, 4]), np.array([1, 3, 99, 7, 9])
    >>> intercept, slope = robust_line(x, y, delta=0.2)
    >>> round(intercept, 2), round(slope, 2)
    (1.05, 2.0)
    """
    # BEGIN SOLUTION
    design = np.column_stack([np.ones(len(x)), (x - x.mean()) / x.std()])
    line = uphill = np.ones(2)
    while abs(uphill).max() > 1e-8:
        pull = np.clip(design @ line - y, -delta, delta)
        uphill = design.T @ pull / len(x)
        line = line - uphill
    slope = line[1] / x.std()
    return float(line[0] - slope * x.mean()), float(slope)
    # END SOLUTION


# %%
check(robust_line)

# %% [markdown] tags=["solution"]
# The slope of the Huber loss is the residual, clipped to ±delta: one `np.clip` replaces both cases. Standardized, x has curvature 1 in both directions where all residuals are small, and less where some are clipped, so a rate of 1 is safe on any data (the limit is 2). The loop ends when the gradient is nearly 0, not after a number of steps that suits one data set. Then the line is converted back: one standard deviation is a step of `x.std()` in x.

# %% [markdown]
# ## 4. Find the largest safe learning rate  ★★☆ · 25 min
# A loss is a quadratic bowl in thousands of directions; its lowest point is anywhere. You can ask for its gradient, and a matrix of all curvatures would not fit into memory. Up to which learning rate does gradient descent still converge? (What does the difference of two gradients tell?)


# %%
def largest_safe_rate(gradient: Callable[[np.ndarray], np.ndarray], dimension: int) -> float:
    """Return the learning rate below which gradient descent on a quadratic loss converges, within 1 percent.

    `gradient` takes an array of shape `(dimension,)` and returns one. The loss has a minimum, where the gradient is 0,
    within a million of 0 in each coordinate; some directions may be flat, but not all. From dimension 1,000 on, call
    `gradient` fewer than `dimension` times.

    >>> round(largest_safe_rate(lambda w: np.array([2.0, 8.0]) * (w - 3), 2), 2)
    0.25
    """
    # BEGIN SOLUTION
    origin = gradient(np.zeros(dimension))
    direction = np.random.default_rng(0).normal(size=dimension)
    for _ in range(900):
        direction = gradient(direction / np.linalg.norm(direction)) - origin
    return float(2 / np.linalg.norm(direction))
    # END SOLUTION


# %%
check(largest_safe_rate)

# %% [markdown] tags=["solution"]
# The gradient is H(w − minimum), so `gradient(v) - gradient(0)` is Hv: the curvature matrix applied to v without ever being built. Each repetition stretches every part of v by its own curvature, so the part with the largest takes over (the power iteration of lesson 10), and the stretching factor settles at that curvature. The start is random: a tidy one, such as all ones, can be exactly at right angles to the direction you look for. 900 repetitions bring about 1 percent, even among thousands of directions whose curvatures lie close together. A loop that stops when little changes needs a *relative* change, and care: one steep direction among thousands alike shows only after a while.

# %% [markdown]
# ## 5. Build a number that knows its slope  ★★★ · 30 min
# Libraries for deep learning differentiate your code without differences and without rounding trouble. Here is the idea in miniature: a number that carries its own slope, and passes it through every operation by the rules of calculus (those of sums, products, quotients; log z has slope 1/z, sin z cos z). Write `+ - * / **` and negation, with plain numbers on *either* side, and the methods `exp`, `log`, `sin`.


# %%
class DualNumber:
    """A value, and its slope: how fast it changes when the input does. A plain number has slope 0.

    Each operation returns a new DualNumber. A base above 0 takes any exponent, plain or DualNumber. A DualNumber of 0
    takes plain exponents 0, 1, 2, ...; one below 0 takes plain whole exponents. 0 to the power 0 is 1.

    >>> x = DualNumber(3, 1)  # the input itself changes at the rate 1
    >>> y = 2 * x**2 - 1 / x + x.sin()
    >>> round(y.value, 4), round(y.slope, 4)
    (17.8078, 11.1211)
    """

    def __init__(self, value: float, slope: float = 0.0) -> None:
        self.value, self.slope = value, slope

    def __add__(self, other: "DualNumber | float") -> "DualNumber":
        """Return the sum. Then write the other operators and functions as methods below."""
        # BEGIN SOLUTION
        other = self._lifted(other)
        return DualNumber(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other):
        other = self._lifted(other)
        return DualNumber(self.value * other.value, self.slope * other.value + self.value * other.slope)

    def __truediv__(self, other):
        other = self._lifted(other)
        rise = self.slope * other.value - self.value * other.slope
        return DualNumber(self.value / other.value, rise / other.value**2)

    def __pow__(self, exponent):
        if isinstance(exponent, DualNumber):
            return (self.log() * exponent).exp()
        if exponent == 0:
            return DualNumber(1)
        return DualNumber(self.value**exponent, exponent * self.value ** (exponent - 1) * self.slope)

    def __neg__(self):
        return -1 * self

    def __sub__(self, other):
        return self + -1 * other

    def __rsub__(self, other):
        return -self + other

    def __rtruediv__(self, other):
        return DualNumber(other) / self

    def __rpow__(self, base):
        return DualNumber(base) ** self

    __radd__, __rmul__ = __add__, __mul__

    def exp(self):
        return DualNumber(math.exp(self.value), math.exp(self.value) * self.slope)

    def log(self):
        return DualNumber(math.log(self.value), self.slope / self.value)

    def sin(self):
        return DualNumber(math.sin(self.value), math.cos(self.value) * self.slope)

    @staticmethod
    def _lifted(other):
        return other if isinstance(other, DualNumber) else DualNumber(other)
        # END SOLUTION


# %%
check(DualNumber)

# %% [markdown] tags=["solution"]
# Each method is one rule of calculus: product, quotient, power, and for `exp`, `log`, `sin` the chain rule, outer slope times inner slope. For `2 - x` Python first asks the 2, which declines, then calls `x.__rsub__(2)`. A power has two rules: with a plain exponent the power rule, which also works at 0 and below; with a DualNumber as exponent, uᵛ = exp(v·log u). This is *forward mode*: one pass for each input. Networks have millions of inputs and one loss, so they use the backward pass of section 3, which finds all slopes in one.
