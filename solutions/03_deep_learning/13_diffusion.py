# %% [markdown]
# # Exercises: Sculpt pictures out of noise
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check`
# below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(first_step_below)` gives the next of
# three hints, `solution(first_step_below)` the answer with its reasons. Any order; `progress()` says where you are.
# Everything is small: no training, no GPU. As in the lesson, ā is the share of a picture's variance that is left: step t
# holds √ā·picture + √(1−ā)·noise.

# %%
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Find where the signal drowns  ★☆☆ · 8 min
# Two teams use schedules of different lengths, and "step 40" means something else in each. You compare them by
# signal-to-noise ratio, ā/(1−ā). Return the first step, counted from 0, whose ratio is *below* `ratio`; if there is none,
# the number of steps. Some schedules are made for experiments: they may rise again, begin with ā = 1, or be empty.


# %%
def first_step_below(alpha_bars: Tensor, ratio: float) -> int:
    """Return the index of the first entry of `alpha_bars` (steps,) with ā/(1−ā) < `ratio`, or the number of steps.

    The entries lie between 0 and 1; ā = 1 is a ratio of infinity.

    >>> first_step_below(torch.tensor([0.9, 0.5, 0.2]), 1.0)
    2
    """
    # BEGIN SOLUTION
    below = (alpha_bars / (1 - alpha_bars) < ratio).nonzero()
    return int(below[0]) if len(below) else len(alpha_bars)
    # END SOLUTION


# %%
check(first_step_below)

# %% [markdown] tags=["solution"]
# `alpha_bars / (1 - alpha_bars)` is a ratio of *variances* (powers), so no root is taken; 1/0 is `inf` in torch, and
# infinity is below nothing. `nonzero` lists the steps below in order. Counting the entries that aren't below, or a binary
# search, gives the same only for a schedule that never rises. `argmax` of the booleans returns 0 both for "the first" and
# for "none".

# %% [markdown]
# ## 2. Read another model's output  ★☆☆ · 12 min
# A model that you want to use predicts neither noise nor picture, but the *velocity* v = √ā·ε − √(1−ā)·x₀: noise ε and
# clean picture x₀, mixed once more. Your sampler needs both back, from v and the noisy x_t = √ā·x₀ + √(1−ā)·ε. Pictures
# of a batch are at different steps, so each has its own ā. At the last step ā may be exactly 0, at the first exactly 1.


# %%
def from_velocity(velocity: Tensor, x_t: Tensor, alpha_bar: Tensor) -> tuple[Tensor, Tensor]:
    """Return the clean pictures and the noise, each of the shape of `x_t`.

    Shapes: `velocity` and `x_t` (batch, ...) with any number of further axes, also none; `alpha_bar` (batch,), from 0 to
    1, the ends included.

    >>> clean, noise = from_velocity(torch.tensor([[0.2]]), torch.tensor([[1.4]]), torch.tensor([0.36]))
    >>> print(f"{clean.item():.2f} {noise.item():.2f}")
    0.68 1.24
    """
    # BEGIN SOLUTION
    alpha_bar = alpha_bar.reshape(-1, *[1] * (x_t.ndim - 1))
    signal, noise = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()
    return signal * x_t - noise * velocity, noise * x_t + signal * velocity
    # END SOLUTION


# %%
check(from_velocity)

# %% [markdown] tags=["solution"]
# (x_t, v) is (x₀, ε) turned by an angle whose cosine is √ā and whose sine is √(1−ā); turning back needs the same two
# numbers and no division. That is why models are trained on v: a noise predictor must be divided by √ā to get a picture,
# which explodes at the last step. ā needs axes of length 1 behind it. Without them, a batch of n pictures with n columns
# broadcasts silently along the wrong axis.

# %% [markdown]
# ## 3. Know the score exactly  ★★☆ · 20 min
# You test a sampler, so you want a case in which nothing is learned and everything known. The data come from a mixture of
# bells on a line; at noise level ā each x₀ has become √ā·x₀ + √(1−ā)·ε. Return the *score* at each place x: the slope of
# the logarithm of the density of these noisy values. Samplers start far out: at x = ±1,000 the answer must be a number
# too.


# %%
def mixture_score_at(
    x: np.ndarray, weights: np.ndarray, means: np.ndarray, widths: np.ndarray, alpha_bar: float
) -> np.ndarray:
    """Return the slope of the log density at each entry of `x` (n,), after noising the mixture to `alpha_bar`.

    n is at least 1. `weights` (positive, sum 1), `means` and `widths` (positive standard deviations) are (bells,); `alpha_bar` lies from 0
    to 1, the ends included.

    >>> one = np.array([1.0])
    >>> mixture_score_at(np.array([0.0, 1.0]), one, one * 2, one, 0.25)
    array([1., 0.])
    """
    # BEGIN SOLUTION
    variances = alpha_bar * widths**2 + 1 - alpha_bar
    away = np.sqrt(alpha_bar) * means - x[:, None]
    logs = np.log(weights) - np.log(variances) / 2 - away**2 / (2 * variances)
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return (shares * away / variances).sum(axis=1)
    # END SOLUTION


# %%
check(mixture_score_at)

# %% [markdown] tags=["solution"]
# Scaling by √ā moves a bell's mean to √ā·m and its variance to ā·s²; independent noise adds 1 − ā. Each bell alone pulls
# toward its mean with the slope (mean − x)/variance. Together, each pulls with its *share*, the probability that x came
# from it, which is its weight times its height at x. Far out all heights round to 0, and 0/0 is `nan`; subtracting the
# largest logarithm before `exp` keeps the nearest bell at 1.

# %% [markdown]
# ## 4. Measure a distance between crowds  ★★☆ · 20 min
# Two generators, one number each: the *Fréchet distance* between Gaussians fitted to the features of drawn and of real
# pictures, |m₁ − m₂|² + trace(C₁ + C₂ − 2 (C₁C₂)^½). C is the sample covariance (divided by n − 1), ^½ the matrix square
# root. Be ready for fewer pictures than features and for features that never vary: C is then singular, and the result
# must still be an ordinary number, right to 0.0001.


# %%
def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Return the Fréchet distance (as defined, not its root) between Gaussians fitted to `a` (n, d) and `b` (m, d).

    n and m are at least 2, d at least 1. The result is a real number; it is never below −0.0001.

    >>> a = np.array([[0.0], [2.0]])
    >>> round(frechet_distance(a, 2 * a + 3), 6)  # means 1 and 5, variances 2 and 8
    18.0
    """
    # BEGIN SOLUTION
    first, second = (np.atleast_2d(np.cov(features, rowvar=False)) for features in (a, b))
    values, vectors = np.linalg.eigh(first)
    root = vectors * np.sqrt(values.clip(0)) @ vectors.T
    shared = np.sqrt(np.linalg.eigvalsh(root @ second @ root).clip(0)).sum()
    gap = a.mean(axis=0) - b.mean(axis=0)
    return float(gap @ gap + np.trace(first) + np.trace(second) - 2 * shared)
    # END SOLUTION


# %%
check(frechet_distance)

# %% [markdown] tags=["solution"]
# The trace of a matrix square root is the sum of the roots of the eigenvalues. C₁C₂ isn't symmetric, so rounding makes its
# eigenvalues slightly complex or negative, and their roots complex or `nan`. C₁^½ C₂ C₁^½ has the same eigenvalues and
# *is* symmetric: `eigvalsh` returns real ones, and what rounding pushed below 0 is clipped. `np.cov` returns a number
# rather than a matrix for a single feature, hence `atleast_2d`. In the doctest: 16 + 2 + 8 − 2·√16 = 18.

# %% [markdown]
# ## 5. Complete a torn picture  ★★★ · 35 min
# An archive's scans are torn. `denoise(x, t)` is a trained model: for all pictures x at step t, one integer, it returns
# the noise in them. It expects the noise of step t on *every* pixel, drawn anew each time. Draw completions: keep the
# known pixels, and invent the others so that both fit *together*. Where `mask` is False, `known` holds rubbish, even
# `nan`. Completions must vary as pictures do; all randomness comes from `generator`, used as it comes.


# %%
def inpaint(
    denoise: Callable[[Tensor, int], Tensor],
    known: Tensor,
    mask: Tensor,
    alpha_bars: Tensor,
    generator: torch.Generator,
) -> Tensor:
    """Return pictures (n, d) that equal `known` where `mask` is True, completed elsewhere.

    `known` (n, d) clean pixels, `mask` (n, d) booleans, each row its own; `alpha_bars` (steps,) falls with t, in many
    small steps or in a few large ones, and the last one is almost 0. `denoise` takes and returns all of (n, d) at once.

    >>> nothing_to_add = torch.tensor([[1.0, -1.0]])
    >>> everything = torch.tensor([[True, True]])
    >>> inpaint(lambda x, t: x, nothing_to_add, everything, torch.tensor([0.9, 0.01]), torch.Generator())
    tensor([[ 1., -1.]])
    """
    # BEGIN SOLUTION
    x = torch.randn(known.shape, generator=generator)
    for t in range(len(alpha_bars) - 1, -1, -1):
        now = alpha_bars[t]
        noise = torch.randn(known.shape, generator=generator)
        x = torch.where(mask, now.sqrt() * known + (1 - now).sqrt() * noise, x)
        predicted = denoise(x, t)
        clean = (x - (1 - now).sqrt() * predicted) / now.sqrt()
        before = alpha_bars[t - 1] if t else torch.ones(())
        fresh = torch.randn(known.shape, generator=generator)
        x = before.sqrt() * clean + ((1 - before) / 2).sqrt() * (predicted + fresh)
    return torch.where(mask, known, x)
    # END SOLUTION


# %%
check(inpaint)

# %% [markdown] tags=["solution"]
# The model has seen pictures at step t only with the noise of step t *everywhere*. So before each call the known pixels
# are taken from the clean scan and given exactly that noise; the unknown ones stay where the sampler is, and are drawn
# toward what fits. Put in only at the end, the known pixels had no say. `torch.where` chooses, while multiplying by the
# mask would turn `nan` · 0 into `nan`. Here half of each step's noise is new, between DDIM and a full redraw: new noise
# lets the unknown half forget a beginning that doesn't fit. RePaint (2022) repeats each step for the same reason.
