"""Checks, hints and known mistakes of 03_deep_learning/13_diffusion."""

import math
import warnings

import numpy as np
import torch
from hypothesis import strategies as st

from handrail.expect import (
    agree,
    between,
    call,
    close,
    equivalent,
    for_all,
    hints,
    kind,
    numbers,
    require,
    shape,
    told_by_message,
)


def grid(*dimensions, seed, dtype=torch.float32):
    """Return random multiples of 0.25 between -2 and 2: short to read, seldom tied."""
    generator = torch.Generator().manual_seed(seed)
    return (torch.randint(-8, 9, dimensions, generator=generator) / 4).to(dtype)


# 1. first_step_below

RATIOS = (0.0, 0.01, 0.3, 0.9, 1.0, 1.2, 3.0, 7.0, 40.0)


def walk_down(alpha_bars, ratio):
    """Compare picture's and noise's variance, step by step."""
    for step, kept in enumerate(alpha_bars.tolist()):
        if kept < ratio * (1 - kept):
            return step
    return len(alpha_bars)


@st.composite
def schedules(draw):
    entries = [k / 16 for k in draw(st.lists(between(0, 16), max_size=7))]
    if draw(st.booleans()):
        entries.sort(reverse=True)
    dtype = draw(st.sampled_from([torch.float32, torch.float64]))
    return call(torch.tensor(entries, dtype=dtype), draw(st.sampled_from(RATIOS)))


@hints(
    "Which of the two is the signal's power at a step, and which the noise's: ā, or 1 − ā? Do you need their roots?",
    "Compare all steps at once: a tensor of booleans says which are below. What is the first True, and what if there "
    "is none?",
    "`nonzero` lists the places of True in order. Take the first one as a Python int, and the length if the list is "
    "empty.",
)
def check_first_step_below(first_step_below):
    cases = [
        call(torch.tensor([0.9, 0.5, 0.2]), 1.0),
        call(torch.tensor([0.95, 0.8, 0.6, 0.3, 0.1]), 0.5),
        call(torch.tensor([0.9, 0.2, 0.9, 0.2, 0.9]), 1.0),
        call(torch.tensor([0.9, 0.8, 0.7]), 1.0),
        call(torch.tensor([1.0, 1.0, 0.5]), 2.0),
        call(torch.tensor([0.75, 0.5]), 3.0),
        call(torch.tensor([0.1, 0.05]), 1.0),
        call(torch.tensor([]), 1.0),
        call(torch.tensor([1.0, 0.9999, 0.5]), 1e10),
        call(torch.linspace(0.999, 0.001, 3000, dtype=torch.float64), 0.2502),
    ]

    def step(alpha_bars, ratio):
        returned = first_step_below(alpha_bars, ratio)
        if isinstance(returned, torch.Tensor | np.ndarray):
            kind(returned, int)
        close(returned, walk_down(alpha_bars, ratio))

    for_all(step, schedules(), also=cases, examples=60)


def _first(below):
    places = below.nonzero()
    return int(places[0]) if len(places) else len(below)


def first_step_below__inverted(alpha_bars, ratio):
    """Your ratio is upside down: (1−ā)/ā is noise to signal. At the beginning, where ā is near 1, signal to noise is
    large."""
    return _first((1 - alpha_bars) / alpha_bars < ratio)


def first_step_below__roots(alpha_bars, ratio):
    """You took square roots. The signal-to-noise ratio compares *powers*, ā with 1 − ā; √ā and √(1−ā) are the
    amplitudes."""
    return _first((alpha_bars / (1 - alpha_bars)).sqrt() < ratio)


def first_step_below__last(alpha_bars, ratio):
    """That is the last step below. Look for the first one."""
    places = (alpha_bars / (1 - alpha_bars) < ratio).nonzero()
    return int(places[-1]) if len(places) else len(alpha_bars)


def first_step_below__argmax(alpha_bars, ratio):
    """Where no step is below, you returned 0: `argmax` finds the first True, or the first entry if all are False.
    Return the number of steps."""
    below = alpha_bars / (1 - alpha_bars) < ratio
    return int(below.int().argmax()) if len(below) else 0


def first_step_below__counts(alpha_bars, ratio):
    """You counted the steps that aren't below. That is the first one below only if the schedule never rises again."""
    return int((alpha_bars / (1 - alpha_bars) >= ratio).sum())


def first_step_below__at_most(alpha_bars, ratio):
    """A step whose ratio *equals* the bound isn't below it."""
    return _first(alpha_bars / (1 - alpha_bars) <= ratio)


def first_step_below__plain_share(alpha_bars, ratio):
    """You compared ā itself with the bound. The ratio is ā/(1−ā): 1 where ā is a half."""
    return _first(alpha_bars < ratio)


def first_step_below__from_one(alpha_bars, ratio):
    """You count steps from 1. The first entry of the schedule is step 0."""
    return min(_first(alpha_bars / (1 - alpha_bars) < ratio) + 1, len(alpha_bars))


def first_step_below__adds_a_little(alpha_bars, ratio):
    """You kept 1 − ā away from 0 by a small number. That turns the infinite ratio of ā = 1 into a large one, and a
    larger bound is above it."""
    return _first(alpha_bars / (1 - alpha_bars + 1e-8) < ratio)


def first_step_below__above(alpha_bars, ratio):
    """You found the first step whose ratio is *above* the bound."""
    return _first(alpha_bars / (1 - alpha_bars) > ratio)


# 2. from_velocity


def solved(velocity, x_t, alpha_bar):
    """Solve the two forward formulas for (x₀, ε), picture by picture, in NumPy and float64."""
    clean, noise = np.empty(x_t.shape), np.empty(x_t.shape)
    for i, kept in enumerate(alpha_bar.tolist()):
        a, b = math.sqrt(kept), math.sqrt(1 - kept)
        both = np.stack([x_t[i].double().numpy().ravel(), velocity[i].double().numpy().ravel()])
        clean[i], noise[i] = np.linalg.solve([[a, b], [-b, a]], both).reshape(2, *x_t.shape[1:])
    return torch.tensor(clean, dtype=x_t.dtype), torch.tensor(noise, dtype=x_t.dtype)


@st.composite
def velocities(draw):
    sizes = draw(st.sampled_from([(), (2,), (3,), (1, 2, 2), (2, 3), (0,)]))
    batch, seed = draw(between(1, 4)), draw(between(0, 50))
    dtype = draw(st.sampled_from([torch.float32, torch.float32, torch.float64]))
    kept = draw(st.lists(st.sampled_from([0.0, 0.04, 0.25, 0.36, 0.5, 0.81, 1.0]), min_size=batch, max_size=batch))
    both = (grid(batch, *sizes, seed=seed + 100 * i, dtype=dtype) for i in range(2))
    return call(*both, torch.tensor(kept, dtype=dtype))


@hints(
    "There are two equations, for v and for x_t, and two unknowns. The coefficients are a cosine and a sine.",
    "Multiply x_t by √ā and v by √(1−ā), and add or subtract: which of the two unknowns drops out, and what does "
    "ā + (1 − ā) make of the other?",
    "The picture is √ā of one minus √(1−ā) of the other; the noise swaps the factors and adds. And each ā must meet "
    "all pixels of its own picture: give it axes of length 1.",
)
def check_from_velocity(from_velocity):
    cases = [
        call(torch.tensor([[0.2]]), torch.tensor([[1.4]]), torch.tensor([0.36])),
        call(grid(2, 3, seed=1), grid(2, 3, seed=2), torch.tensor([0.04, 0.81])),
        call(grid(3, 3, seed=3), grid(3, 3, seed=4), torch.tensor([0.04, 0.5, 0.81])),
        call(grid(2, 2, seed=5), grid(2, 2, seed=6), torch.tensor([0.0, 1.0])),
        call(grid(3, seed=7), grid(3, seed=8), torch.tensor([0.25, 0.5, 0.81])),
        call(grid(2, 1, 2, 3, seed=9), grid(2, 1, 2, 3, seed=10), torch.tensor([0.25, 0.64])),
    ]

    def pair(velocity, x_t, alpha_bar):
        returned = from_velocity(velocity, x_t, alpha_bar)
        kind(returned, (tuple, list))
        require(len(returned) == 2, f"Two tensors should come back, picture and noise; there are {len(returned)}.")
        expected = solved(velocity, x_t, alpha_bar)
        for value, right, what in zip(returned, expected, ("the clean picture", "the noise"), strict=True):
            kind(value, torch.Tensor, what)
            shape(value, tuple(x_t.shape), what)
            close(value, right, what, rtol=1e-4, atol=1e-5)

    for_all(pair, velocities(), also=cases, examples=40)


def _column(alpha_bar, x_t):
    return alpha_bar.reshape(-1, *[1] * (x_t.ndim - 1))


def from_velocity__signs(velocity, x_t, alpha_bar):
    """The signs are exchanged. Put x_t and v back into your formulas: in the picture the noise must cancel."""
    a = _column(alpha_bar, x_t)
    return a.sqrt() * x_t + (1 - a).sqrt() * velocity, (1 - a).sqrt() * x_t - a.sqrt() * velocity


def from_velocity__exchanged_roots(velocity, x_t, alpha_bar):
    """√ā and √(1−ā) are exchanged. At ā = 1 nothing is noise, so the picture must be x_t itself."""
    a = 1 - _column(alpha_bar, x_t)
    return a.sqrt() * x_t - (1 - a).sqrt() * velocity, (1 - a).sqrt() * x_t + a.sqrt() * velocity


def from_velocity__divides(velocity, x_t, alpha_bar):
    """You divided by √ā, which explodes at the last step, where ā is 0. From v the picture is found without a
    division."""
    a = _column(alpha_bar, x_t)
    noise = (1 - a).sqrt() * x_t + a.sqrt() * velocity
    return (x_t - (1 - a).sqrt() * noise) / a.sqrt(), noise


def from_velocity__no_roots(velocity, x_t, alpha_bar):
    """You mixed with ā and 1 − ā. Those are shares of the *variance*; pictures and noise are mixed with their roots."""
    a = _column(alpha_bar, x_t)
    return a * x_t - (1 - a) * velocity, (1 - a) * x_t + a * velocity


def from_velocity__wrong_axis(velocity, x_t, alpha_bar):
    """Each ā met a *column* instead of a picture: (batch,) broadcasts along the last axis. Give it axes of length 1
    behind the first."""
    if x_t.ndim > 1 and x_t.shape[-1] != len(alpha_bar):
        alpha_bar = _column(alpha_bar, x_t)
    a = alpha_bar
    return a.sqrt() * x_t - (1 - a).sqrt() * velocity, (1 - a).sqrt() * x_t + a.sqrt() * velocity


def from_velocity__one_step(velocity, x_t, alpha_bar):
    """You used the first ā for the whole batch. Each picture is at a step of its own."""
    a = alpha_bar[0]
    return a.sqrt() * x_t - (1 - a).sqrt() * velocity, (1 - a).sqrt() * x_t + a.sqrt() * velocity


def from_velocity__order(velocity, x_t, alpha_bar):
    """Both tensors are right, but their order is exchanged: the clean picture comes first."""
    a = _column(alpha_bar, x_t)
    return (1 - a).sqrt() * x_t + a.sqrt() * velocity, a.sqrt() * x_t - (1 - a).sqrt() * velocity


def from_velocity__takes_noise(velocity, x_t, alpha_bar):
    """You treated the velocity as if it were the noise. v mixes noise and picture, and both must be taken apart."""
    a = _column(alpha_bar, x_t)
    return (x_t - (1 - a).sqrt() * velocity) / a.sqrt().clamp(min=1e-3), velocity


# 3. mixture_score_at


def score_by_autograd(x, weights, means, widths, alpha_bar):
    """Differentiate torch's own log density of the noised mixture, in float64."""
    places = torch.tensor(np.asarray(x, dtype=float), requires_grad=True)
    weights, means, widths = (torch.tensor(np.asarray(part, dtype=float)) for part in (weights, means, widths))
    spread = (alpha_bar * widths**2 + (1 - alpha_bar)).sqrt()
    bells = torch.distributions.Normal(math.sqrt(alpha_bar) * means, spread, validate_args=False)
    density = (weights.log() + bells.log_prob(places[:, None])).logsumexp(dim=1)
    (slope,) = torch.autograd.grad(density.sum(), places)
    return slope.numpy() + 0.0  # 0, not -0


@st.composite
def mixtures(draw):
    bells = draw(between(1, 3))
    parts = np.array(draw(st.lists(between(1, 8), min_size=bells, max_size=bells)), dtype=float)
    means = np.array(draw(st.lists(numbers(-4, 4), min_size=bells, max_size=bells)))
    widths = np.array(draw(st.lists(st.sampled_from([0.25, 0.5, 1.0, 2.0]), min_size=bells, max_size=bells)))
    x = np.array(draw(st.lists(numbers(-6, 6), min_size=1, max_size=4)), dtype=float)
    return call(x, parts / parts.sum(), means, widths, draw(st.sampled_from([0.0, 0.04, 0.25, 0.64, 0.99, 1.0])))


TWO_BELLS = (np.array([0.25, 0.75]), np.array([-2.0, 1.0]), np.array([0.5, 1.0]))


@hints(
    "What are mean and variance of one bell after noising? Scaling by √ā changes both, and the noise adds to one.",
    "The density is a sum of bells, and the slope of its logarithm is its slope over itself: each bell's own slope, "
    "(mean − x)/variance, averaged. With which shares?",
    "A bell's share at x is weight · height there, over the sum of all. Far out the heights round to 0: work with "
    "their logarithms, and subtract the largest before `exp`.",
)
def check_mixture_score_at(mixture_score_at):
    places = np.array([-2.5, -1.0, 0.0, 0.5, 3.0])
    cases = [
        call(places, *TWO_BELLS, 0.25),
        call(places, *TWO_BELLS, 0.64),
        call(np.array([0.0, 1.0]), np.array([1.0]), np.array([2.0]), np.array([1.0]), 0.25),
        call(places, *TWO_BELLS, 0.0),
        call(places, *TWO_BELLS, 1.0),
        call(np.array([-1000.0, 1000.0]), *TWO_BELLS, 0.64),
        call(np.array([-40.0, 0.0, 40.0]), np.full(3, 1 / 3), np.array([-5.0, 0.0, 5.0]), np.full(3, 0.1), 1.0),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # 0/0: the nan is what gets reported
        agree(mixture_score_at, score_by_autograd, on=mixtures(), also=cases, examples=30, rtol=1e-6, atol=1e-8)


def _pull(x, weights, means, variances, scaled):
    away = scaled - x[:, None]
    logs = np.log(weights) - np.log(variances) / 2 - away**2 / (2 * variances)
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    return (shares / shares.sum(axis=1, keepdims=True) * away / variances).sum(axis=1)


def mixture_score_at__means_stay(x, weights, means, widths, alpha_bar):
    """The means stayed where they were. Noising scales the data by √ā, and their means with them."""
    return _pull(x, weights, means, alpha_bar * widths**2 + 1 - alpha_bar, means)


def mixture_score_at__forgets_noise(x, weights, means, widths, alpha_bar):
    """The variance of the noise is missing: a noised bell has ā·s² *plus* 1 − ā."""
    variances = np.maximum(alpha_bar * widths**2, 1e-300)
    return _pull(x, weights, means, variances, np.sqrt(alpha_bar) * means)


def mixture_score_at__prior_weights(x, weights, means, widths, alpha_bar):
    """Each bell pulls with its weight, wherever x is. Near a bump only that bump pulls: weigh each by the probability
    that x came from it."""
    variances = alpha_bar * widths**2 + 1 - alpha_bar
    return (weights * (np.sqrt(alpha_bar) * means - x[:, None]) / variances).sum(axis=1)


def mixture_score_at__underflows(x, weights, means, widths, alpha_bar):
    """Far from all bells the result isn't a number: every height rounds to 0 there, and 0/0 is nan. Work with
    logarithms, and subtract the largest."""
    variances = alpha_bar * widths**2 + 1 - alpha_bar
    away = np.sqrt(alpha_bar) * means - x[:, None]
    heights = weights * np.exp(-(away**2) / (2 * variances)) / np.sqrt(variances)
    return (heights * away / variances).sum(axis=1) / heights.sum(axis=1)


def mixture_score_at__unscaled_spread(x, weights, means, widths, alpha_bar):
    """The variance s² of a bell must shrink too: scaling by √ā multiplies it by ā."""
    return _pull(x, weights, means, widths**2 + 1 - alpha_bar, np.sqrt(alpha_bar) * means)


def mixture_score_at__scales_by_share(x, weights, means, widths, alpha_bar):
    """You multiplied the means by ā. ā is a share of the variance; the pictures themselves are scaled by √ā."""
    return _pull(x, weights, means, alpha_bar * widths**2 + 1 - alpha_bar, alpha_bar * means)


def mixture_score_at__forgets_height(x, weights, means, widths, alpha_bar):
    """A narrow bell is higher than a wide one of the same weight. The factor 1/standard deviation is missing in the
    shares."""
    variances = alpha_bar * widths**2 + 1 - alpha_bar
    return _pull(x, weights * np.sqrt(variances), means, variances, np.sqrt(alpha_bar) * means)


def mixture_score_at__slope_of_density(x, weights, means, widths, alpha_bar):
    """That is the slope of the density. The score is the slope of its *logarithm*: divide by the density."""
    variances = alpha_bar * widths**2 + 1 - alpha_bar
    away = np.sqrt(alpha_bar) * means - x[:, None]
    heights = weights * np.exp(-(away**2) / (2 * variances)) / np.sqrt(2 * np.pi * variances)
    return (heights * away / variances).sum(axis=1)


def mixture_score_at__points_away(x, weights, means, widths, alpha_bar):
    """The sign is exchanged. A score points uphill, toward the data: (mean − x)/variance."""
    return -_pull(x, weights, means, alpha_bar * widths**2 + 1 - alpha_bar, np.sqrt(alpha_bar) * means)


def mixture_score_at__ignores_weights(x, weights, means, widths, alpha_bar):
    """`weights` changes nothing. A bell with three times the weight is three times as likely to be where x came
    from."""
    variances = alpha_bar * widths**2 + 1 - alpha_bar
    return _pull(x, np.full(len(weights), 1 / len(weights)), means, variances, np.sqrt(alpha_bar) * means)


def mixture_score_at__divides_by_deviation(x, weights, means, widths, alpha_bar):
    """A bell's slope is (mean − x) over its *variance*. You divided by the standard deviation."""
    variances = alpha_bar * widths**2 + 1 - alpha_bar
    away = np.sqrt(alpha_bar) * means - x[:, None]
    logs = np.log(weights) - np.log(variances) / 2 - away**2 / (2 * variances)
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    return (shares / shares.sum(axis=1, keepdims=True) * away / np.sqrt(variances)).sum(axis=1)


# 4. frechet_distance


def by_singular_values(a, b):
    """Take the trace of the root from the singular values of (centered a)(centered b)ᵀ, without any covariance."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    first, second = ((part - part.mean(axis=0)) / math.sqrt(len(part) - 1) for part in (a, b))
    shared = np.linalg.svd(first @ second.T, compute_uv=False).sum()
    return float(((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum() + (first**2).sum() + (second**2).sum() - 2 * shared)


@st.composite
def crowds(draw):
    d, n, m = draw(between(1, 4)), draw(between(2, 7)), draw(between(2, 7))
    seed = draw(between(0, 100))
    a, b = (grid(rows, d, seed=seed + 200 * i, dtype=torch.float64).numpy() for i, rows in enumerate((n, m)))
    if draw(st.booleans()):
        a[:, 0] = 1.5  # a feature that never varies
    return call(a, b)


def crowd(n, d, seed, scale=1.0):
    """Return correlated features, n × d."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) * scale + rng.normal(size=d)


@hints(
    "Four parts: a squared length, two traces, and the trace of a matrix square root. A matrix root isn't the root of "
    "each entry.",
    "The trace of the root is the sum of the roots of the eigenvalues. C₁C₂ isn't symmetric; which symmetric matrix "
    "has the same eigenvalues?",
    "C₁^½ C₂ C₁^½ is symmetric, and `eigh` gives you C₁^½. Clip eigenvalues that rounding made negative, and mind that "
    "`np.cov` returns a single number for one feature.",
)
def check_frechet_distance(frechet_distance):
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(6, 6)))[0]
    a, b = crowd(50, 6, 1), crowd(40, 6, 2)
    cases = [
        call(np.array([[0.0], [2.0]]), np.array([[3.0], [7.0]])),
        call(crowd(6, 2, 6), crowd(5, 2, 7)),
        call(a, b),
        call(b, a),
        call(a, a.copy()),
        call(a @ turn, b @ turn),
        call(crowd(5, 12, 3), crowd(4, 12, 4)),
        call(np.column_stack([a, np.zeros(50)]), np.column_stack([b, np.full(40, 3.0)])),
        call(a[:, :2] * 0 + 1, b[:, :2] * 0 - 1),
        call(crowd(150, 30, 8, 0.2), crowd(20, 30, 9, 0.2)),
    ]

    def distance(a, b):
        returned = frechet_distance(a, b)
        require(
            not isinstance(returned, complex | np.complexfloating),
            "A complex number came back. The imaginary part is rounding: use a symmetric matrix, whose roots are real.",
        )
        close(returned, by_singular_values(a, b), rtol=1e-5, atol=1e-4)

    for_all(distance, crowds(), also=cases, examples=40)


def _moments(a, b):
    return ((part.mean(axis=0), np.atleast_2d(np.cov(part, rowvar=False))) for part in (a, b))


def _shared(first, second):
    values, vectors = np.linalg.eigh(first)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    return np.sqrt(np.linalg.eigvalsh(root @ second @ root).clip(0)).sum()


def _distance(mean_a, first, mean_b, second):
    gap = mean_a - mean_b
    return float(gap @ gap + np.trace(first) + np.trace(second) - 2 * _shared(first, second))


def frechet_distance__unsquared_means(a, b):
    """The distance of the means isn't squared."""
    (mean_a, first), (mean_b, second) = _moments(a, b)
    gap = np.linalg.norm(mean_a - mean_b)
    return float(gap + np.trace(first) + np.trace(second) - 2 * _shared(first, second))


def frechet_distance__complex(a, b):
    """You returned a complex number: C₁C₂ isn't symmetric, and rounding gives its root an imaginary part. Take the
    root of C₁^½ C₂ C₁^½, whose eigenvalues are real."""
    (mean_a, first), (mean_b, second) = _moments(a, b)
    values = np.linalg.eigvals(first @ second).astype(complex)
    gap = mean_a - mean_b
    return complex(gap @ gap + np.trace(first) + np.trace(second) - 2 * np.sqrt(values).sum())


def frechet_distance__element_wise(a, b):
    """You took the root of each entry of the product. ^½ is a *matrix* square root: the matrix whose product with
    itself is C₁C₂."""
    (mean_a, first), (mean_b, second) = _moments(a, b)
    gap, product = mean_a - mean_b, first @ second
    return float(gap @ gap + np.trace(first + second - 2 * np.sqrt(np.abs(product))))


def frechet_distance__correlation(a, b):
    """You used correlations. They lose the scale of each feature; the distance needs covariances."""
    corrected = []
    for mean, matrix in _moments(a, b):
        deviations = np.sqrt(np.diag(matrix).clip(0))
        deviations = np.where(deviations > 0, deviations, 1.0)
        corrected += [mean, matrix / np.outer(deviations, deviations)]
    return _distance(*corrected)


def frechet_distance__population(a, b):
    """You divided by n. The task asks for the sample covariance, divided by n − 1."""
    mean_a, mean_b = a.mean(axis=0), b.mean(axis=0)
    return _distance(mean_a, np.atleast_2d(np.cov(a.T, bias=True)), mean_b, np.atleast_2d(np.cov(b.T, bias=True)))


def frechet_distance__root(a, b):
    """You took the root of the result. The definition asked for has none."""
    (mean_a, first), (mean_b, second) = _moments(a, b)
    return math.sqrt(max(_distance(mean_a, first, mean_b, second), 0))


def frechet_distance__variances_only(a, b):
    """You compared the variances of single features only. How features vary *together* counts too: use the whole
    covariance matrices."""
    (mean_a, first), (mean_b, second) = _moments(a, b)
    return _distance(mean_a, np.diag(np.diag(first)), mean_b, np.diag(np.diag(second)))


def frechet_distance__means_only(a, b):
    """You compared the means only. A generator that draws the mean picture again and again would be perfect."""
    return float(((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum())


def frechet_distance__once(a, b):
    """The last part counts twice: it is 2 (C₁C₂)^½. A crowd has distance 0 from itself."""
    (mean_a, first), (mean_b, second) = _moments(a, b)
    return _distance(mean_a, first, mean_b, second) + float(_shared(first, second))


def frechet_distance__adds_a_little(a, b):
    """You added a small number to the diagonals so that the root exists. Features that don't vary then seem to, and
    the result is off by more than it may be."""
    (mean_a, first), (mean_b, second) = _moments(a, b)
    little = 1e-3 * np.eye(len(first))
    gap = mean_a - mean_b
    return float(gap @ gap + np.trace(first) + np.trace(second) - 2 * _shared(first + little, second + little))


# 5. inpaint

SIDE = 4
PIXELS = SIDE * SIDE
ROWS = 240


def _world():
    """Return a crowd whose exact denoiser is known: a bright or a dark motif, plus smooth texture."""
    place = torch.arange(PIXELS, dtype=torch.float64)
    apart = ((place // SIDE)[:, None] - place // SIDE) ** 2 + ((place % SIDE)[:, None] - place % SIDE) ** 2
    texture = 0.15 * torch.exp(-apart / 4) + 0.01 * torch.eye(PIXELS, dtype=torch.float64)
    motif = 0.8 * torch.cos(place * math.pi / 4) + 0.5
    return motif, texture


MOTIF, TEXTURE = _world()
VALUES, VECTORS = torch.linalg.eigh(TEXTURE)


def _noise_in(x, kept):
    """Return the exact expected noise in x at share `kept`: each motif's pull, weighted by its probability."""
    variances, root = kept * VALUES + 1 - kept, math.sqrt(kept)
    away = torch.stack([(x - sign * root * MOTIF) @ VECTORS for sign in (1, -1)])
    shares = (-(away**2 / variances).sum(dim=-1) / 2).softmax(dim=0)
    return math.sqrt(1 - kept) * ((shares[..., None] * away / variances).sum(dim=0) @ VECTORS.T)


class Denoiser:
    """The exact denoiser. It notes how much noise the known pixels carried that it was given, and whether nan came."""

    def __init__(self, alpha_bars, known, mask):
        self.alpha_bars, self.known, self.mask = alpha_bars.clone(), known.clone(), mask.clone()
        self.levels, self.spoiled, self.alike = [], False, False

    def __call__(self, x, t):
        if not isinstance(x, torch.Tensor) or x.shape != self.known.shape:
            raise ValueError(f"denoise needs all pictures at once, a tensor of shape {tuple(self.known.shape)}")
        if not 0 <= int(t) < len(self.alpha_bars):
            raise IndexError(f"denoise knows the steps 0 to {len(self.alpha_bars) - 1}, not {t}")
        kept = self.alpha_bars[int(t)]
        self.spoiled = self.spoiled or bool(x.isnan().any())
        if self.mask.any():
            added = (x - kept.sqrt() * self.known) / (1 - kept).sqrt()
            level = added[self.mask].square().mean().sqrt().item()
            self.levels.append((int(t), level))
            both = self.mask[:-3] & self.mask[3:]  # masks come in turns of three
            apart = (added[:-3] - added[3:])[both]
            self.alike = self.alike or (level > 0.5 and len(apart) > 0 and bool(apart.abs().max() < 0.05))
        return _noise_in(x.detach().double(), float(kept)).to(x.dtype)


def _torn(seed, rubbish):
    """Return pictures, which of them show the bright motif, and masks: upper half, left half, or half of the pixels."""
    generator = torch.Generator().manual_seed(seed)
    bright = torch.rand(ROWS, generator=generator) < 0.5
    noise = torch.randn(ROWS, PIXELS, generator=generator, dtype=torch.float64)
    pictures = torch.where(bright, 1.0, -1.0)[:, None] * MOTIF + (noise * VALUES.sqrt()) @ VECTORS.T
    place = torch.arange(PIXELS)
    masks = torch.stack([place < PIXELS // 2, place % SIDE < SIDE // 2, place % 2 == 0])
    mask = masks[torch.arange(ROWS) % 3]
    return torch.where(mask, pictures, rubbish).float(), mask, bright


def _schedule(steps, name):
    """Return the lesson's schedule, or one whose first step is as noisy as others' twentieth."""
    where = torch.linspace(0, 1, steps + 1, dtype=torch.float64)
    if name == "cosine":
        curve = torch.cos((where + 0.008) / 1.008 * math.pi / 2) ** 2
        ratios = (curve[1:] / curve[:-1]).clamp(min=0.001)
        return ratios.cumprod(0).float()
    return torch.exp(-10 * (0.16 + 0.9 * where[:-1]) ** 2).float()


def _misfit(pictures, bright):
    """Return how far pictures are from their motif, in the texture's own units: about 1 for real ones."""
    away = (pictures.double() - torch.where(bright, 1.0, -1.0)[:, None] * MOTIF) @ VECTORS
    return float((away**2 / VALUES).mean())


def _spread_left(mask):
    """Return the exact spread of the hidden pixels, given the known ones and the motif, over all rows."""
    kept = []
    for row in mask[:3]:
        hidden, seen = TEXTURE[~row][:, ~row], TEXTURE[~row][:, row]
        kept.append(torch.diagonal(hidden - seen @ torch.linalg.solve(TEXTURE[row][:, row], seen.T)).mean())
    return float(torch.stack(kept).mean().sqrt())


def _seeded(seed):
    return torch.Generator().manual_seed(seed)


def _complete(inpaint, known, mask, alpha_bars, generator):
    """Return what the answer made of it, and the denoiser that it called."""
    denoise = Denoiser(alpha_bars, known, mask)
    returned = inpaint(denoise, known.clone(), mask.clone(), alpha_bars.clone(), generator)
    require(
        not denoise.spoiled,
        "denoise was given nan: rubbish from the unknown pixels of `known` reached it.",
    )
    kind(returned, torch.Tensor)
    shape(returned, tuple(known.shape))
    require(returned.dtype == known.dtype, f"The pictures should be {known.dtype}; they are {returned.dtype}.")
    return returned.detach(), denoise


@hints(
    "The model was trained on pictures with the noise of step t on *all* pixels. What would the known pixels look like "
    "at that step?",
    "Run an ordinary sampler from pure noise. Before each call of `denoise`, replace the known pixels; the others stay "
    "as the sampler left them.",
    "Replace them by √ā·known + √(1−ā)·fresh noise, with the ā of that very step, and by `known` itself only after the "
    "last step. `torch.where` keeps the rubbish out.",
)
@equivalent(
    "len(alpha_bars) - 1",
    "len(alpha_bars) - 2",
    because="only the first of many steps in nearly pure noise is left out",
)
@equivalent(
    "now.sqrt() * known + (1 - now).sqrt() * noise",
    "now.sqrt() * known - (1 - now).sqrt() * noise",
    because="normal noise has no sign",
)
@equivalent("predicted + fresh", "predicted - fresh", because="normal noise has no sign")
@told_by_message
def check_inpaint(inpaint):
    def torn(steps, name, rubbish):
        known, mask, bright = _torn(steps, rubbish)
        alpha_bars = _schedule(steps, name)
        state = torch.random.get_rng_state()
        generator = _seeded(1)
        result, denoise = _complete(inpaint, known, mask, alpha_bars, generator)
        require(torch.equal(torch.random.get_rng_state(), state), "You drew from torch's global generator.")
        _judge(result, known, mask, bright)
        require(
            not denoise.alike, "All pictures got the same noise. Draw it for each picture on its own: (n, d) numbers."
        )
        for t, level in reversed(denoise.levels):
            require(
                0.8 < level < 1.25,
                f"At step {t} the known pixels that you gave to denoise carried {level:.2f} times the noise that "
                "belongs to this step. The model expects the noise of step t on every pixel.",
            )
        other, _ = _complete(inpaint, known, mask, alpha_bars, generator)
        require(
            not torch.equal(other, result),
            "A second run with the same `generator` gave the same completions again. Use it as it comes: don't seed "
            "it, and don't make another one.",
        )
        _varies(result, other, mask)

    for_all(torn, st.just(call(40, "rough", 30.0)), also=[call(50, "cosine", math.nan)], examples=1)
    _small_cases(inpaint)


def _judge(result, known, mask, bright):
    wrong = (result - known).abs()[mask].max().item()
    require(wrong < 1e-4, f"Known pixels must stay: one of them changed by {wrong:.2g}.")
    require(result.isfinite().all(), "There are pixels that aren't finite numbers.")
    side = torch.where(mask, 0.0, result).double() @ MOTIF
    hidden = (torch.where(mask, 0.0, 1.0).double() * MOTIF**2).sum(dim=1)
    agrees = float(((side / hidden > 0) == bright).double().mean())
    require(
        agrees > 0.88,
        f"The invented pixels show the motif of the known ones in {agrees:.2f} of the pictures; expected: in all. "
        "The halves don't know of each other.",
    )
    misfit = _misfit(result, bright)
    require(
        0.6 < misfit < 4.2,
        f"Known and invented pixels don't fit together: the deviation from a real picture is {misfit:.2f}, where real "
        "pictures have 1.00 (0.6 to 4.2 is accepted).",
    )


def _varies(result, other, mask):
    spread = float((result - other)[~mask].double().square().mean().div(2).sqrt())
    exact = _spread_left(mask)
    require(
        0.6 * exact < spread < 1.7 * exact,
        f"Two completions of the same pictures differ by a spread of {spread:.2f}; pictures that share these known "
        f"pixels have {exact:.2f}.",
    )


def _small_cases(inpaint):
    known, mask, _ = _torn(3, math.nan)
    alpha_bars = _schedule(12, "cosine")
    one, again = (_complete(inpaint, known[:1], mask[:1], alpha_bars, _seeded(4))[0] for _ in range(2))
    close(again, one, "a second run with an equally seeded generator")
    close(one[mask[:1]], known[:1][mask[:1]], "the known pixels of a single picture", atol=1e-4)
    everything = torch.ones(2, PIXELS, dtype=torch.bool)
    clean = torch.where(mask, known, 0.5)[:2]
    close(_complete(inpaint, clean, everything, alpha_bars, _seeded(5))[0], clean, "a picture without a gap", atol=1e-4)
    nothing = torch.zeros(ROWS, PIXELS, dtype=torch.bool)
    free, _ = _complete(inpaint, torch.full((ROWS, PIXELS), math.nan), nothing, _schedule(20, "cosine"), _seeded(6))
    require(free.isfinite().all(), "With nothing known, the result should be freely drawn pictures; it isn't finite.")
    vary = _misfit(free, free.double() @ MOTIF > 0)
    require(
        vary > 0.33,
        f"With nothing known, the pictures have {vary:.2f} times the variance of real ones around their motif (above "
        "0.33 is accepted). Does each step leave the noise of step t − 1, all of it?",
    )
    share = float((free.double() @ MOTIF > 0).double().mean())
    require(0.35 < share < 0.65, f"With nothing known, half of the pictures should be bright; {share:.2f} are.")
    few = torch.tensor([0.95, 0.4, 0.1, 0.02, 1e-4])
    coarse, _ = _complete(inpaint, torch.full((ROWS, PIXELS), math.nan), nothing, few, _seeded(7))
    require(
        _misfit(coarse, coarse.double() @ MOTIF > 0) < 1.5,
        "With a schedule of five large steps, noise is left in the pictures. After the call for step t they must be at "
        "the noise of step t − 1, and after step 0 without any.",
    )


def _known_at(known, mask, kept, generator):
    noise = torch.randn(known.shape, generator=generator)
    return torch.where(mask, kept.sqrt() * known + (1 - kept).sqrt() * noise, 0.0)


def _sampler(denoise, known, mask, alpha_bars, generator, put, finish=True, fresh_scale=1.0):
    x = torch.randn(known.shape, generator=generator)
    for t in range(len(alpha_bars) - 1, -1, -1):
        now = alpha_bars[t]
        x = put(x, now)
        predicted = denoise(x, t)
        clean = (x - (1 - now).sqrt() * predicted) / now.sqrt()
        before = alpha_bars[t - 1] if t else torch.ones_like(now)
        fresh = fresh_scale * ((1 - before) / (1 - now) * (1 - now / before)).sqrt()
        noise = torch.randn(known.shape, generator=generator)
        x = before.sqrt() * clean + (1 - before - fresh**2).clamp(min=0).sqrt() * predicted + fresh * noise
    return torch.where(mask, known, x) if finish else x


def inpaint__clean(denoise, known, mask, alpha_bars, generator):
    """You put the known pixels in *clean* at every step. The model expects the noise level of step t everywhere, and
    has never met a picture that is half clean."""
    return _sampler(denoise, known, mask, alpha_bars, generator, lambda x, now: torch.where(mask, known, x))


def inpaint__only_at_the_end(denoise, known, mask, alpha_bars, generator):
    """You put the known pixels in after the last step only. That leaves a seam: the halves were drawn without knowing
    of each other."""
    return _sampler(denoise, known, mask, alpha_bars, generator, lambda x, now: x)


def inpaint__inverted(denoise, known, mask, alpha_bars, generator):
    """Your mask is upside down: True marks what is *known*, and those pixels must come back unchanged."""
    known = torch.where(mask, known, 0.0)
    return _sampler(
        denoise,
        known,
        ~mask,
        alpha_bars,
        generator,
        lambda x, now: torch.where(mask, x, _known_at(known, ~mask, now, generator)),
    )


def inpaint__without_noise(denoise, known, mask, alpha_bars, generator):
    """You scaled the known pixels by √ā but gave them no noise. At step t the model expects √(1−ā) of noise on every
    pixel."""
    return _sampler(
        denoise, known, mask, alpha_bars, generator, lambda x, now: torch.where(mask, now.sqrt() * known, x)
    )


def inpaint__known_not_restored(denoise, known, mask, alpha_bars, generator):
    """After the last step the known pixels are what the model made of them. They must be `known` itself."""
    return _sampler(
        denoise,
        known,
        mask,
        alpha_bars,
        generator,
        lambda x, now: torch.where(mask, _known_at(known, mask, now, generator), x),
        finish=False,
    )


def inpaint__multiplies(denoise, known, mask, alpha_bars, generator):
    """You multiplied by the mask to leave pixels out. Where `known` is nan, nan · 0 is nan again. `torch.where`
    chooses."""
    number = mask.float()
    return _sampler(
        denoise,
        known,
        mask,
        alpha_bars,
        generator,
        lambda x, now: (
            number * (now.sqrt() * known + (1 - now).sqrt() * torch.randn(x.shape, generator=generator))
            + (1 - number) * x
        ),
    )


def inpaint__global_noise(denoise, known, mask, alpha_bars, generator):
    """You drew noise from torch's global generator. Two runs with the same `generator` must be equal: pass it to every
    `randn`."""
    return _sampler(
        denoise,
        known,
        mask,
        alpha_bars,
        generator,
        lambda x, now: torch.where(mask, now.sqrt() * known + (1 - now).sqrt() * torch.randn(x.shape), x),
    )


def inpaint__one_call(denoise, known, mask, alpha_bars, generator):
    """You asked the model once, at the last step. From almost pure noise it can only answer with the mean of all
    pictures; many small steps are needed."""
    now = alpha_bars[-1]
    x = torch.randn(known.shape, generator=generator)
    x = torch.where(mask, _known_at(known, mask, now, generator), x)
    return torch.where(mask, known, (x - (1 - now).sqrt() * denoise(x, len(alpha_bars) - 1)) / now.sqrt())
