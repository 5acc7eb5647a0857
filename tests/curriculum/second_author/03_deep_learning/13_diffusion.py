"""Answers to 03_deep_learning/13_diffusion by somebody who has not seen its checks: `right__...` must pass,
`wrong__...` must fail."""

import math
from itertools import pairwise

import numpy as np
import scipy.special
import torch

# --- 1. first_step_below ----------------------------------------------------------------------------------------------


def right__first_step_below__plain_loop(alpha_bars, ratio):
    for step, a in enumerate(alpha_bars.tolist()):
        if a < 1 and a / (1 - a) < ratio:
            return step
    return len(alpha_bars)


def right__first_step_below__nonzero(alpha_bars, ratio):
    below = torch.nonzero(alpha_bars / (1 - alpha_bars) < ratio).flatten()
    return int(below[0]) if len(below) else len(alpha_bars)


def right__first_step_below__sentinel_and_argmax(alpha_bars, ratio):
    below = torch.cat([alpha_bars / (1 - alpha_bars) < ratio, torch.tensor([True])])
    return int(below.int().argmax())


def right__first_step_below__without_dividing(alpha_bars, ratio):
    return next((i for i, a in enumerate(alpha_bars) if a < ratio * (1 - a)), len(alpha_bars))


def right__first_step_below__numpy(alpha_bars, ratio):
    a = alpha_bars.numpy()
    with np.errstate(divide="ignore"):
        below = np.flatnonzero(a / (1 - a) < ratio)
    return min(below, default=np.int64(a.size))


def wrong__first_step_below__counts_the_steps_above(alpha_bars, ratio):
    """A schedule that rises again has steps above after the first one below."""
    return int((alpha_bars / (1 - alpha_bars) >= ratio).sum())


def wrong__first_step_below__bisection(alpha_bars, ratio):
    """Bisection needs a sorted schedule; one that rises again isn't sorted."""
    low, high = 0, len(alpha_bars)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if alpha_bars[middle] / (1 - alpha_bars[middle]) < ratio else (middle + 1, high)
    return low


def wrong__first_step_below__after_the_last_above(alpha_bars, ratio):
    """Returns the step after the last one above, not the first below."""
    above = torch.nonzero(alpha_bars / (1 - alpha_bars) >= ratio).flatten()
    return int(above[-1]) + 1 if len(above) else 0


def wrong__first_step_below__at_most(alpha_bars, ratio):
    """A ratio equal to `ratio` isn't below it."""
    below = torch.nonzero(alpha_bars / (1 - alpha_bars) <= ratio).flatten()
    return int(below[0]) if len(below) else len(alpha_bars)


def wrong__first_step_below__zero_if_none(alpha_bars, ratio):
    """Argmax of no True at all is 0, not the number of steps."""
    below = alpha_bars / (1 - alpha_bars) < ratio
    return int(below.int().argmax()) if len(below) else 0


def wrong__first_step_below__last_step_if_none(alpha_bars, ratio):
    """Without a step below it returns the last step, not the number of steps."""
    below = torch.nonzero(alpha_bars / (1 - alpha_bars) < ratio).flatten()
    return int(below[0]) if len(below) else max(len(alpha_bars) - 1, 0)


def wrong__first_step_below__divides_by_zero(alpha_bars, ratio):
    """Python floats raise ZeroDivisionError at 1."""
    return next((i for i, a in enumerate(alpha_bars.tolist()) if a / (1 - a) < ratio), len(alpha_bars))


def wrong__first_step_below__guards_the_denominator(alpha_bars, ratio):
    """With 1e-3 under the line, a ratio of infinity counts as 1,000: below 5,000."""
    below = torch.nonzero(alpha_bars / (1 - alpha_bars).clamp(min=1e-3) < ratio).flatten()
    return int(below[0]) if len(below) else len(alpha_bars)


def wrong__first_step_below__infinity_counts_as_zero(alpha_bars, ratio):
    """Treats 1 as a ratio of 0."""
    snr = torch.nan_to_num(alpha_bars / (1 - alpha_bars), posinf=0.0)
    below = torch.nonzero(snr < ratio).flatten()
    return int(below[0]) if len(below) else len(alpha_bars)


def wrong__first_step_below__amplitudes(alpha_bars, ratio):
    """Compares the ratio of amplitudes (its root)."""
    below = torch.nonzero((alpha_bars / (1 - alpha_bars)).sqrt() < ratio).flatten()
    return int(below[0]) if len(below) else len(alpha_bars)


def wrong__first_step_below__skips_zero(alpha_bars, ratio):
    """An entry of 0 has the ratio 0, which is below any positive ratio."""
    for step, a in enumerate(alpha_bars.tolist()):
        if 0 < a < 1 and a / (1 - a) < ratio:
            return step
    return len(alpha_bars)


def wrong__first_step_below__needs_a_step(alpha_bars, ratio):
    """Raises on an empty schedule."""
    snr = alpha_bars / (1 - alpha_bars)
    if snr.min() >= ratio:
        return len(snr)
    return int((snr < ratio).int().argmax())


def wrong__first_step_below__never_the_first(alpha_bars, ratio):
    """Looks for a crossing, so a first step that is already below is missed."""
    snr = (alpha_bars / (1 - alpha_bars)).tolist()
    for step, (before, after) in enumerate(pairwise(snr), start=1):
        if before >= ratio > after:
            return step
    return len(snr)


def wrong__first_step_below__at_most_a_hundred(alpha_bars, ratio):
    """Looks at 100 steps only."""
    for step, a in enumerate(alpha_bars[:100].tolist()):
        if a < 1 and a / (1 - a) < ratio:
            return step
    return len(alpha_bars)


def wrong__first_step_below__half_precision(alpha_bars, ratio):
    """In half precision 0.9999 is 1, and its ratio infinite."""
    a = alpha_bars.half().double()
    below = torch.nonzero(a / (1 - a) < ratio).flatten()
    return int(below[0]) if len(below) else len(a)


# --- 2. from_velocity -------------------------------------------------------------------------------------------------


def _tall(alpha_bar, like):
    return alpha_bar.reshape(-1, *[1] * (like.ndim - 1))


def right__from_velocity__reshape(velocity, x_t, alpha_bar):
    a = _tall(alpha_bar, x_t)
    return a.sqrt() * x_t - (1 - a).sqrt() * velocity, (1 - a).sqrt() * x_t + a.sqrt() * velocity


def right__from_velocity__einsum(velocity, x_t, alpha_bar):
    signal, noise = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()

    def times(s, z):
        return torch.einsum("b,b...->b...", s, z)

    return times(signal, x_t) - times(noise, velocity), times(noise, x_t) + times(signal, velocity)


def right__from_velocity__picture_by_picture(velocity, x_t, alpha_bar):
    clean, noise = torch.empty_like(x_t), torch.empty_like(x_t)
    for i, a in enumerate(alpha_bar):
        clean[i] = a**0.5 * x_t[i] - (1 - a) ** 0.5 * velocity[i]
        noise[i] = (1 - a) ** 0.5 * x_t[i] + a**0.5 * velocity[i]
    return clean, noise


def right__from_velocity__turn_in_the_plane(velocity, x_t, alpha_bar):
    angle = torch.acos(_tall(alpha_bar, x_t).sqrt())
    turned = torch.complex(x_t, velocity) * torch.complex(torch.cos(angle), torch.sin(angle))
    return turned.real, turned.imag


def right__from_velocity__solve_two_equations(velocity, x_t, alpha_bar):
    s, n = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()
    mixing = torch.stack([torch.stack([s, n], -1), torch.stack([-n, s], -1)], -2)
    seen = torch.stack([x_t.reshape(len(x_t), math.prod(x_t.shape[1:])), velocity.reshape(len(x_t), -1)], 1)
    clean, noise = torch.linalg.solve(mixing, seen).unbind(1)
    return clean.reshape(x_t.shape), noise.reshape(x_t.shape)


def right__from_velocity__axes_to_the_back(velocity, x_t, alpha_bar):
    s, n = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()
    x, v = x_t.movedim(0, -1), velocity.movedim(0, -1)
    return (s * x - n * v).movedim(-1, 0), (n * x + s * v).movedim(-1, 0)


def wrong__from_velocity__tables_only(velocity, x_t, alpha_bar):
    """With one axis, `[:, None]` turns (batch,) into (batch, batch); with three it meets the wrong axis."""
    a = alpha_bar[:, None]
    return a.sqrt() * x_t - (1 - a).sqrt() * velocity, (1 - a).sqrt() * x_t + a.sqrt() * velocity


def wrong__from_velocity__pictures_only(velocity, x_t, alpha_bar):
    """Four axes are assumed: fewer get more."""
    a = alpha_bar[:, None, None, None]
    return a.sqrt() * x_t - (1 - a).sqrt() * velocity, (1 - a).sqrt() * x_t + a.sqrt() * velocity


def wrong__from_velocity__last_axis(velocity, x_t, alpha_bar):
    """Where batch and last axis are equally long, the noise levels go along the wrong axis."""
    a = alpha_bar if x_t.shape[-1] == len(alpha_bar) else _tall(alpha_bar, x_t)
    return a.sqrt() * x_t - (1 - a).sqrt() * velocity, (1 - a).sqrt() * x_t + a.sqrt() * velocity


def wrong__from_velocity__no_empty_axes(velocity, x_t, alpha_bar):
    """Pictures without further axes aren't handled: the result is (batch, 1)."""
    a = alpha_bar.reshape(-1, *[1] * max(x_t.ndim - 1, 1))
    x, v = x_t.reshape(len(x_t), -1) if x_t.ndim == 1 else x_t, velocity
    v = v.reshape(len(x_t), -1) if v.ndim == 1 else v
    return a.sqrt() * x - (1 - a).sqrt() * v, (1 - a).sqrt() * x + a.sqrt() * v


def wrong__from_velocity__divides_for_the_noise(velocity, x_t, alpha_bar):
    """The noise is 0 / 0 where the share is 1."""
    a = _tall(alpha_bar, x_t)
    clean = a.sqrt() * x_t - (1 - a).sqrt() * velocity
    return clean, (x_t - a.sqrt() * clean) / (1 - a).sqrt()


def wrong__from_velocity__nan_becomes_zero(velocity, x_t, alpha_bar):
    """Where the share is 1 the noise is the velocity, not 0."""
    a = _tall(alpha_bar, x_t)
    clean = a.sqrt() * x_t - (1 - a).sqrt() * velocity
    return clean, torch.nan_to_num((x_t - a.sqrt() * clean) / (1 - a).sqrt(), posinf=0.0, neginf=0.0)


def wrong__from_velocity__guards_the_division(velocity, x_t, alpha_bar):
    """With a share of 0 the clean picture is -velocity, not (x - noise) / 1e-8."""
    a = _tall(alpha_bar, x_t)
    noise = (1 - a).sqrt() * x_t + a.sqrt() * velocity
    return (x_t - (1 - a).sqrt() * noise) / a.sqrt().clamp(min=1e-8), noise


def wrong__from_velocity__clamps_the_share(velocity, x_t, alpha_bar):
    """Clamping at 0.001 is wrong by 3 % at the ends."""
    a = _tall(alpha_bar, x_t).clamp(1e-3, 1 - 1e-3)
    return a.sqrt() * x_t - (1 - a).sqrt() * velocity, (1 - a).sqrt() * x_t + a.sqrt() * velocity


def wrong__from_velocity__swapped(velocity, x_t, alpha_bar):
    """Returns the noise first."""
    return right__from_velocity__reshape(velocity, x_t, alpha_bar)[::-1]


def wrong__from_velocity__noise_with_minus(velocity, x_t, alpha_bar):
    """The sign of the velocity's share in the noise is wrong."""
    a = _tall(alpha_bar, x_t)
    return a.sqrt() * x_t - (1 - a).sqrt() * velocity, (1 - a).sqrt() * x_t - a.sqrt() * velocity


def wrong__from_velocity__without_roots(velocity, x_t, alpha_bar):
    """Uses the shares of the variance as factors."""
    a = _tall(alpha_bar, x_t)
    return a * x_t - (1 - a) * velocity, (1 - a) * x_t + a * velocity


def wrong__from_velocity__one_minus_root(velocity, x_t, alpha_bar):
    """Mistakes the factor of the noise for 1 minus the factor of the picture; equal at both ends."""
    s = _tall(alpha_bar, x_t).sqrt()
    return s * x_t - (1 - s) * velocity, (1 - s) * x_t + s * velocity


def wrong__from_velocity__first_level_for_all(velocity, x_t, alpha_bar):
    """Each picture has its own level."""
    a = alpha_bar[:1].reshape([1] * x_t.ndim)
    return a.sqrt() * x_t - (1 - a).sqrt() * velocity, (1 - a).sqrt() * x_t + a.sqrt() * velocity


def wrong__from_velocity__pixels_stay_in_bounds(velocity, x_t, alpha_bar):
    """Nothing says that the clean pictures end at 1, and the inverse isn't one any more."""
    clean, noise = right__from_velocity__reshape(velocity, x_t, alpha_bar)
    return clean.clamp(-1, 1), noise


def wrong__from_velocity__flat(velocity, x_t, alpha_bar):
    """Returns pictures with more than one further axis flattened."""
    clean, noise = right__from_velocity__reshape(velocity, x_t, alpha_bar)
    return (clean.flatten(1), noise.flatten(1)) if clean.ndim > 2 else (clean, noise)


# --- 3. mixture_score_at ----------------------------------------------------------------------------------------------


def right__mixture_score_at__scipy_softmax(x, weights, means, widths, alpha_bar):
    variance = alpha_bar * widths**2 + 1 - alpha_bar
    away = np.sqrt(alpha_bar) * means - x[:, None]
    share = scipy.special.softmax(np.log(weights) - np.log(variance) / 2 - away**2 / (2 * variance), axis=1)
    return (share * away / variance).sum(axis=1)


def right__mixture_score_at__plain_loop(x, weights, means, widths, alpha_bar):
    scores = []
    for place in x:
        logs, slopes = [], []
        for weight, mean, width in zip(weights, means, widths, strict=True):
            variance = alpha_bar * width**2 + (1 - alpha_bar)
            away = place - math.sqrt(alpha_bar) * mean
            logs.append(math.log(weight) - 0.5 * math.log(variance) - away**2 / (2 * variance))
            slopes.append(-away / variance)
        top = max(logs)
        parts = [math.exp(value - top) for value in logs]
        scores.append(sum(p * s for p, s in zip(parts, slopes, strict=True)) / sum(parts))
    return np.array(scores)


def right__mixture_score_at__autograd(x, weights, means, widths, alpha_bar):
    z = torch.tensor(np.asarray(x, dtype=float), requires_grad=True)
    w, m, s = (torch.tensor(np.asarray(v, dtype=float)) for v in (weights, means, widths))
    bells = torch.distributions.Normal(alpha_bar**0.5 * m, (alpha_bar * s**2 + 1 - alpha_bar).sqrt())
    mixture = torch.distributions.MixtureSameFamily(torch.distributions.Categorical(w), bells)
    mixture.log_prob(z).sum().backward()
    return z.grad.numpy()


def right__mixture_score_at__logsumexp_of_signed_terms(x, weights, means, widths, alpha_bar):
    sd = np.sqrt(alpha_bar * np.square(widths) + (1 - alpha_bar))
    centered = (np.sqrt(alpha_bar) * means[:, None] - x) / sd[:, None]
    logs = np.log(weights / sd)[:, None] - 0.5 * centered**2
    total = scipy.special.logsumexp(logs, axis=0)
    return np.sum(np.exp(logs - total) * centered / sd[:, None], axis=0)


def right__mixture_score_at__relative_to_each_bell(x, weights, means, widths, alpha_bar):
    variance = alpha_bar * widths**2 + (1 - alpha_bar)
    slope = (alpha_bar**0.5 * means - x[:, None]) / variance
    logs = np.log(weights) - 0.5 * np.log(variance) - 0.5 * variance * slope**2
    with np.errstate(over="ignore"):
        share = 1 / np.exp(logs[:, None, :] - logs[:, :, None]).sum(axis=2)
    return np.einsum("nk,nk->n", share, slope)


def wrong__mixture_score_at__densities(x, weights, means, widths, alpha_bar):
    """Far out every density is 0: nan at 1,000."""
    variance = alpha_bar * widths**2 + 1 - alpha_bar
    away = np.sqrt(alpha_bar) * means - x[:, None]
    with np.errstate(all="ignore"):
        density = weights / np.sqrt(variance) * np.exp(-(away**2) / (2 * variance))
        return (density * away / variance).sum(axis=1) / density.sum(axis=1)


def wrong__mixture_score_at__nan_becomes_zero(x, weights, means, widths, alpha_bar):
    """Far out the slope isn't 0."""
    return np.nan_to_num(wrong__mixture_score_at__densities(x, weights, means, widths, alpha_bar))


def wrong__mixture_score_at__tiny_denominator(x, weights, means, widths, alpha_bar):
    """Adding 1e-300 gives 0 far out."""
    variance = alpha_bar * widths**2 + 1 - alpha_bar
    away = np.sqrt(alpha_bar) * means - x[:, None]
    density = weights / np.sqrt(variance) * np.exp(-(away**2) / (2 * variance))
    return (density * away / variance).sum(axis=1) / (density.sum(axis=1) + 1e-300)


def wrong__mixture_score_at__clipped_exponent(x, weights, means, widths, alpha_bar):
    """Far out the bells share equally, by weight, instead of one taking all."""
    variance = alpha_bar * widths**2 + 1 - alpha_bar
    away = np.sqrt(alpha_bar) * means - x[:, None]
    density = weights / np.sqrt(variance) * np.exp(np.maximum(-(away**2) / (2 * variance), -700))
    return (density * away / variance).sum(axis=1) / density.sum(axis=1)


def wrong__mixture_score_at__nearest_center_far_out(x, weights, means, widths, alpha_bar):
    """Far out the widest bell decides, not the one with the nearest center."""
    variance = alpha_bar * widths**2 + 1 - alpha_bar
    away = np.sqrt(alpha_bar) * means - x[:, None]
    near = np.abs(away).argmin(axis=1)
    fallback = away[np.arange(len(x)), near] / variance[near]
    score = wrong__mixture_score_at__densities(x, weights, means, widths, alpha_bar)
    return np.where(np.isfinite(score), score, fallback)


def wrong__mixture_score_at__best_bell_only(x, weights, means, widths, alpha_bar):
    """Between bells several count."""
    variance = alpha_bar * widths**2 + 1 - alpha_bar
    away = np.sqrt(alpha_bar) * means - x[:, None]
    best = (np.log(weights) - np.log(variance) / 2 - away**2 / (2 * variance)).argmax(axis=1)
    return away[np.arange(len(x)), best] / variance[best]


def wrong__mixture_score_at__without_heights(x, weights, means, widths, alpha_bar):
    """A wide bell is lower: 1/sd is missing in the shares; harmless where the widths are equal."""
    variance = alpha_bar * widths**2 + 1 - alpha_bar
    away = np.sqrt(alpha_bar) * means - x[:, None]
    share = scipy.special.softmax(np.log(weights) - away**2 / (2 * variance), axis=1)
    return (share * away / variance).sum(axis=1)


def wrong__mixture_score_at__without_weights(x, weights, means, widths, alpha_bar):
    """Ignores the weights."""
    return right__mixture_score_at__scipy_softmax(x, np.ones_like(weights), means, widths, alpha_bar)


def wrong__mixture_score_at__centers_dont_shrink(x, weights, means, widths, alpha_bar):
    """The centers shrink with the root of the share."""
    scale = np.sqrt(alpha_bar) if alpha_bar else 1.0
    return right__mixture_score_at__scipy_softmax(x, weights, means / scale, widths, alpha_bar)


def wrong__mixture_score_at__widths_shrink_by_the_root(x, weights, means, widths, alpha_bar):
    """The standard deviation of the noisy bell isn't the sum of two standard deviations."""
    sd = np.sqrt(alpha_bar) * widths + np.sqrt(1 - alpha_bar)
    away = np.sqrt(alpha_bar) * means - x[:, None]
    share = scipy.special.softmax(np.log(weights) - np.log(sd) - away**2 / (2 * sd**2), axis=1)
    return (share * away / sd**2).sum(axis=1)


def wrong__mixture_score_at__tweedie(x, weights, means, widths, alpha_bar):
    """Through the mean of the clean value: 0 / 0 without noise."""
    variance = alpha_bar * widths**2 + 1 - alpha_bar
    away = x[:, None] - np.sqrt(alpha_bar) * means
    share = scipy.special.softmax(np.log(weights) - np.log(variance) / 2 - away**2 / (2 * variance), axis=1)
    clean = (share * (means + np.sqrt(alpha_bar) * widths**2 / variance * away)).sum(axis=1)
    with np.errstate(all="ignore"):
        return (np.sqrt(alpha_bar) * clean - x) / (1 - np.float64(alpha_bar))


def wrong__mixture_score_at__expected_noise(x, weights, means, widths, alpha_bar):
    """Returns the noise, not the score."""
    return -np.sqrt(1 - alpha_bar) * right__mixture_score_at__scipy_softmax(x, weights, means, widths, alpha_bar)


def wrong__mixture_score_at__finite_difference(x, weights, means, widths, alpha_bar):
    """A forward difference with a step of 0.01 is off by half a percent of the curvature."""
    variance = alpha_bar * widths**2 + 1 - alpha_bar

    def log_density(z):
        away = np.sqrt(alpha_bar) * means - z[:, None]
        return scipy.special.logsumexp(np.log(weights) - np.log(variance) / 2 - away**2 / (2 * variance), axis=1)

    return (log_density(x + 0.01) - log_density(x)) / 0.01


def wrong__mixture_score_at__one_scale_for_all(x, weights, means, widths, alpha_bar):
    """Subtracts the largest exponent of the whole table: other places underflow."""
    variance = alpha_bar * widths**2 + 1 - alpha_bar
    away = np.sqrt(alpha_bar) * means - x[:, None]
    logs = np.log(weights) - np.log(variance) / 2 - away**2 / (2 * variance)
    density = np.exp(logs - logs.max(initial=-np.inf))
    with np.errstate(all="ignore"):
        return (density * away / variance).sum(axis=1) / density.sum(axis=1)


def wrong__mixture_score_at__places_are_clipped(x, weights, means, widths, alpha_bar):
    """Samplers start far out; at 1,000 the slope of 30 is returned."""
    return right__mixture_score_at__scipy_softmax(np.clip(x, -30, 30), weights, means, widths, alpha_bar)


# --- 4. frechet_distance ----------------------------------------------------------------------------------------------


def _root(c):
    values, vectors = np.linalg.eigh(c)
    return vectors * np.sqrt(values.clip(0)) @ vectors.T


def _moments(a, ddof=1):
    centered = a - a.mean(axis=0)
    return a.mean(axis=0), centered.T @ centered / (len(a) - ddof)


def right__frechet_distance__symmetric_product(a, b):
    (m1, c1), (m2, c2) = _moments(a), _moments(b)
    inner = _root(c1) @ c2 @ _root(c1)
    cross = np.sqrt(np.linalg.eigvalsh((inner + inner.T) / 2).clip(0)).sum()
    return float(((m1 - m2) ** 2).sum() + np.trace(c1) + np.trace(c2) - 2 * cross)


def right__frechet_distance__nuclear_norm(a, b):
    p = (a - a.mean(axis=0)) / math.sqrt(len(a) - 1)
    q = (b - b.mean(axis=0)) / math.sqrt(len(b) - 1)
    gap = a.mean(axis=0) - b.mean(axis=0)
    return gap @ gap + (p**2).sum() + (q**2).sum() - 2 * np.linalg.norm(p @ q.T, "nuc")


def right__frechet_distance__nuclear_norm_of_roots(a, b):
    c1, c2 = (np.cov(z, rowvar=False).reshape(z.shape[1], z.shape[1]) for z in (a, b))
    cross = np.linalg.svd(_root(c1) @ _root(c2), compute_uv=False).sum()
    return float(np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(c1 + c2) - 2 * cross)


def right__frechet_distance__eigenvalues_of_the_product(a, b):
    c1, c2 = (np.atleast_2d(np.cov(z.T)) for z in (a, b))
    values = np.linalg.eigvals(c1 @ c2).real.clip(min=0)
    distance = np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(c1 + c2) - 2 * np.sqrt(values).sum()
    return max(float(distance), 0.0)


def right__frechet_distance__torch(a, b):
    p, q = (torch.as_tensor(np.asarray(z, dtype=np.float64)) for z in (a, b))
    gap = p.mean(0) - q.mean(0)
    p, q = ((z - z.mean(0)) / math.sqrt(len(z) - 1) for z in (p, q))
    return (gap.square().sum() + p.square().sum() + q.square().sum()).item() - 2 * torch.linalg.svdvals(
        p @ q.T
    ).sum().item()


def wrong__frechet_distance__divides_by_n(a, b):
    """The sample covariance divides by n - 1."""
    (m1, c1), (m2, c2) = _moments(a, 0), _moments(b, 0)
    return float(((m1 - m2) ** 2).sum() + np.trace(c1 + c2) - 2 * np.linalg.norm(_root(c1) @ _root(c2), "nuc"))


def wrong__frechet_distance__padded_diagonal(a, b):
    """1e-6 on the diagonal is an error of 0.002 for each feature that varies in one crowd only."""
    (m1, c1), (m2, c2) = _moments(a), _moments(b)
    c1, c2 = (c + 1e-6 * np.eye(len(c)) for c in (c1, c2))
    return float(((m1 - m2) ** 2).sum() + np.trace(c1 + c2) - 2 * np.linalg.norm(_root(c1) @ _root(c2), "nuc"))


def wrong__frechet_distance__pads_only_if_singular(a, b):
    """As the formula in regular cases, off by more than 0.0001 in singular ones."""
    singular = any(np.linalg.matrix_rank(_moments(z)[1]) < z.shape[1] for z in (a, b))
    return (wrong__frechet_distance__padded_diagonal if singular else right__frechet_distance__symmetric_product)(a, b)


def wrong__frechet_distance__trace_of_two_roots(a, b):
    """The root of a product isn't the product of roots, unless they commute."""
    (m1, c1), (m2, c2) = _moments(a), _moments(b)
    return float(((m1 - m2) ** 2).sum() + np.trace(c1 + c2) - 2 * np.trace(_root(c1) @ _root(c2)))


def wrong__frechet_distance__symmetrized_product(a, b):
    """(C1 C2 + C2 C1) / 2 has other eigenvalues than C1 C2."""
    (m1, c1), (m2, c2) = _moments(a), _moments(b)
    values = np.linalg.eigvalsh((c1 @ c2 + c2 @ c1) / 2).clip(0)
    return float(((m1 - m2) ** 2).sum() + np.trace(c1 + c2) - 2 * np.sqrt(values).sum())


def wrong__frechet_distance__features_are_independent(a, b):
    """Ignores covariances between features."""
    s1, s2 = a.std(axis=0, ddof=1), b.std(axis=0, ddof=1)
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + ((s1 - s2) ** 2).sum())


def wrong__frechet_distance__independent_if_few(a, b):
    """Falls back to independent features where there are fewer pictures than features."""
    few = min(len(a), len(b)) <= a.shape[1]
    return (wrong__frechet_distance__features_are_independent if few else right__frechet_distance__symmetric_product)(
        a, b
    )


def wrong__frechet_distance__its_root(a, b):
    """The distance as defined is asked for, not its root."""
    return math.sqrt(max(right__frechet_distance__symmetric_product(a, b), 0))


def wrong__frechet_distance__length_not_squared(a, b):
    """The length of the difference of the means must be squared."""
    gap = np.linalg.norm(a.mean(0) - b.mean(0))
    return right__frechet_distance__symmetric_product(a, b) - gap**2 + gap


def wrong__frechet_distance__constant_features_dropped(a, b):
    """A feature that varies in one crowd only still counts, and so do the means of constant ones."""
    keep = (a.std(axis=0) > 0) & (b.std(axis=0) > 0)
    return right__frechet_distance__symmetric_product(a[:, keep], b[:, keep]) if keep.any() else 0.0


def wrong__frechet_distance__cov_of_one_feature(a, b):
    """`np.cov` of one feature has no axes, and eigvals raises."""
    c1, c2 = np.cov(a.T), np.cov(b.T)
    values = np.linalg.eigvals(c1 @ c2 if np.ndim(c1) else c1 * c2).real.clip(min=0)
    return float(np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(c1 + c2) - 2 * np.sqrt(values).sum())


def wrong__frechet_distance__single_precision(a, b):
    """The covariance as mean square minus squared mean, in float32, loses small spreads beside large means."""
    a, b = a.astype(np.float32), b.astype(np.float32)
    (m1, c1), (m2, c2) = (
        (z.mean(0), (z.T @ z - len(z) * np.outer(z.mean(0), z.mean(0))) / (len(z) - 1)) for z in (a, b)
    )
    return float(((m1 - m2) ** 2).sum() + np.trace(c1 + c2) - 2 * np.linalg.norm(_root(c1) @ _root(c2), "nuc"))


def wrong__frechet_distance__unclipped_roots(a, b):
    """Tiny negative eigenvalues of a singular covariance become nan under the root."""
    (m1, c1), (m2, c2) = _moments(a), _moments(b)
    with np.errstate(invalid="ignore"):
        cross = np.sqrt(np.linalg.eigvals(c1 @ c2).real).sum()
    return float(((m1 - m2) ** 2).sum() + np.trace(c1 + c2) - 2 * cross)


def wrong__frechet_distance__pooled_sizes(a, b):
    """Divides both covariances by the size of the first crowd."""
    p, q = (z - z.mean(axis=0) for z in (a, b))
    p, q = p / math.sqrt(len(a) - 1), q / math.sqrt(len(a) - 1)
    gap = a.mean(0) - b.mean(0)
    return float(gap @ gap + (p**2).sum() + (q**2).sum() - 2 * np.linalg.norm(p @ q.T, "nuc"))


# --- 5. inpaint -------------------------------------------------------------------------------------------------------


def _randn(generator, like):
    return torch.randn(like.shape, generator=generator, dtype=like.dtype)


def _kept(alpha_bars, t):
    return alpha_bars[t] if t >= 0 else torch.ones_like(alpha_bars[0])


def _guess(x, noise, now):
    return (x - (1 - now).sqrt() * noise) / now.sqrt()


def _step(x, noise, now, then, fresh, eta=1.0):
    new = eta * ((1 - then) / (1 - now) * (1 - now / then)).sqrt()
    old = (1 - then - new**2).clamp(min=0).sqrt()
    return then.sqrt() * _guess(x, noise, now) + old * noise + new * fresh


def _safe(known, mask):
    return torch.where(mask, known, torch.zeros_like(known))


def right__inpaint__replace_after_each_step(denoise, known, mask, alpha_bars, generator):
    known = _safe(known, mask)
    x = _randn(generator, known)
    last = len(alpha_bars) - 1
    a = alpha_bars[last]
    x = torch.where(mask, a.sqrt() * known + (1 - a).sqrt() * x, x)
    for t in range(last, -1, -1):
        now, then = alpha_bars[t], _kept(alpha_bars, t - 1)
        x = _step(x, denoise(x, t), now, then, _randn(generator, x))
        x = torch.where(mask, then.sqrt() * known + (1 - then).sqrt() * _randn(generator, x), x)
    return x


def _repaint(denoise, known, mask, alpha_bars, generator, rounds):
    known = _safe(known, mask)
    x = _randn(generator, known)
    for t in reversed(range(len(alpha_bars))):
        now, then = alpha_bars[t], _kept(alpha_bars, t - 1)
        for again in reversed(range(rounds)):
            seen = torch.where(mask, now.sqrt() * known + (1 - now).sqrt() * _randn(generator, x), x)
            x = _step(seen, denoise(seen, t), now, then, _randn(generator, x))
            if again:
                x = torch.where(mask, then.sqrt() * known + (1 - then).sqrt() * _randn(generator, x), x)
                x = (now / then).sqrt() * x + (1 - now / then).sqrt() * _randn(generator, x)
    return torch.where(mask, known, x)


def right__inpaint__repaint_with_five_rounds(denoise, known, mask, alpha_bars, generator):
    return _repaint(denoise, known, mask, alpha_bars, generator, 5)


def right__inpaint__replace_before_each_step(denoise, known, mask, alpha_bars, generator):
    return _repaint(denoise, known, mask, alpha_bars, generator, 1)


def right__inpaint__formulas_of_ho(denoise, known, mask, alpha_bars, generator):
    alphas = alpha_bars / torch.cat([torch.ones(1, dtype=alpha_bars.dtype), alpha_bars[:-1]])
    x = _randn(generator, known)
    for t in range(len(alpha_bars) - 1, -1, -1):
        now, then, alpha = alpha_bars[t], _kept(alpha_bars, t - 1), alphas[t]
        noisy = now.sqrt() * known + (1 - now).sqrt() * _randn(generator, x)
        x = torch.where(mask, noisy, x)
        x = (x - (1 - alpha) / (1 - now).sqrt() * denoise(x, t)) / alpha.sqrt()
        if t:
            x = x + ((1 - then) / (1 - now) * (1 - alpha)).sqrt() * _randn(generator, x)
    return torch.where(mask, known, x)


def right__inpaint__deterministic_steps_with_jumps_back(denoise, known, mask, alpha_bars, generator):
    known = _safe(known, mask)
    x = _randn(generator, known)
    for t in reversed(range(len(alpha_bars))):
        now, then = alpha_bars[t], _kept(alpha_bars, t - 1)
        for _ in range(5):
            x = torch.where(mask, now.sqrt() * known + (1 - now).sqrt() * _randn(generator, x), x)
            clean = torch.where(mask, known, _guess(x, denoise(x, t), now))
            noise = denoise(x, t)
            x0 = _step(x, noise, now, then, _randn(generator, x), eta=0.0)
            x = (now / then).sqrt() * x0 + (1 - now / then).sqrt() * _randn(generator, x)
        x = x0
    return torch.where(mask, known, x if len(alpha_bars) else clean)


def right__inpaint__langevin_on_each_level(denoise, known, mask, alpha_bars, generator):
    known = _safe(known, mask)
    x = _randn(generator, known)
    for t in reversed(range(len(alpha_bars))):
        now, then = alpha_bars[t], _kept(alpha_bars, t - 1)
        size = 0.2 * (1 - now)
        for _ in range(5):
            x = torch.where(mask, now.sqrt() * known + (1 - now).sqrt() * _randn(generator, x), x)
            score = -denoise(x, t) / (1 - now).sqrt()
            x = x + size / 2 * score + size.sqrt() * _randn(generator, x)
        x = torch.where(mask, now.sqrt() * known + (1 - now).sqrt() * _randn(generator, x), x)
        x = _step(x, denoise(x, t), now, then, _randn(generator, x))
    return torch.where(mask, known, x)


def _replacing(
    denoise, known, mask, alpha_bars, randn, level=lambda now, then: then, eta=1.0, noisy=1.0, start=1.0, order=None
):
    """Do as `right__inpaint__replace_after_each_step`, with one thing changed."""
    known = _safe(known, mask)
    x = start * randn(known)
    for t in order or reversed(range(len(alpha_bars))):
        now, then = alpha_bars[t], _kept(alpha_bars, t - 1)
        x = _step(x, denoise(x, t), now, then, randn(x), eta)
        a = level(now, then)
        x = torch.where(mask, a.sqrt() * known + noisy * (1 - a).sqrt() * randn(x), x)
    return torch.where(mask, known, x)


def wrong__inpaint__pastes_at_the_end(denoise, known, mask, alpha_bars, generator):
    """Invents pictures that know nothing of the known pixels."""
    x = _randn(generator, known)
    for t in reversed(range(len(alpha_bars))):
        x = _step(x, denoise(x, t), alpha_bars[t], _kept(alpha_bars, t - 1), _randn(generator, x))
    return torch.where(mask, known, x)


def wrong__inpaint__known_pixels_without_noise(denoise, known, mask, alpha_bars, generator):
    """The denoiser expects noise on every pixel; these are pasted clean."""
    return _replacing(denoise, known, mask, alpha_bars, lambda z: _randn(generator, z), noisy=0.0)


def wrong__inpaint__clean_and_not_shrunk(denoise, known, mask, alpha_bars, generator):
    """Known pixels are pasted as they are."""
    one = torch.ones_like(alpha_bars[0])
    return _replacing(denoise, known, mask, alpha_bars, lambda z: _randn(generator, z), level=lambda now, then: one)


def wrong__inpaint__noise_of_the_step_before(denoise, known, mask, alpha_bars, generator):
    """Known pixels have the noise of step t when the denoiser is asked about step t - 1."""
    return _replacing(denoise, known, mask, alpha_bars, lambda z: _randn(generator, z), level=lambda now, then: now)


def wrong__inpaint__multiplies_by_the_mask(denoise, known, mask, alpha_bars, generator):
    """0 times nan is nan."""
    x = _randn(generator, known)
    m = mask.to(known.dtype)
    for t in reversed(range(len(alpha_bars))):
        now, then = alpha_bars[t], _kept(alpha_bars, t - 1)
        x = _step(x, denoise(x, t), now, then, _randn(generator, x))
        x = m * (then.sqrt() * known + (1 - then).sqrt() * _randn(generator, x)) + (1 - m) * x
    return x


def wrong__inpaint__trusts_finite_rubbish(denoise, known, mask, alpha_bars, generator):
    """Starts from all of `known`, so that finite rubbish stays in the completion where little noise is added."""
    filled = torch.nan_to_num(known)
    a = alpha_bars[len(alpha_bars) // 2]
    x = a.sqrt() * filled + (1 - a).sqrt() * _randn(generator, known)
    for t in reversed(range(len(alpha_bars) // 2 + 1)):
        now, then = alpha_bars[t], _kept(alpha_bars, t - 1)
        x = _step(x, denoise(x, t), now, then, _randn(generator, x))
        x = torch.where(mask, then.sqrt() * filled + (1 - then).sqrt() * _randn(generator, x), x)
    return torch.where(mask, known, x)


def wrong__inpaint__no_fresh_noise(denoise, known, mask, alpha_bars, generator):
    """DDPM's step without its noise: completions vary too little."""
    known = _safe(known, mask)
    x = _randn(generator, known)
    for t in reversed(range(len(alpha_bars))):
        now, then = alpha_bars[t], _kept(alpha_bars, t - 1)
        x = _step(x, denoise(x, t), now, then, torch.zeros_like(x))
        x = torch.where(mask, then.sqrt() * known + (1 - then).sqrt() * _randn(generator, x), x)
    return torch.where(mask, known, x)


def wrong__inpaint__best_guess(denoise, known, mask, alpha_bars, generator):
    """The expected picture, not one drawn: no variety."""
    known, t = _safe(known, mask), len(alpha_bars) // 2
    a, guesses = alpha_bars[t], []
    x = known
    for _ in range(30):
        x = torch.where(mask, known, x)
        noisy = a.sqrt() * x + (1 - a).sqrt() * _randn(generator, x)
        x = _guess(noisy, denoise(noisy, t), a)
        guesses.append(x)
    return torch.where(mask, known, torch.stack(guesses[10:]).mean(0))


def wrong__inpaint__global_randomness(denoise, known, mask, alpha_bars, generator):
    """Randomness comes from torch's global state."""
    return _replacing(denoise, known, mask, alpha_bars, torch.randn_like)


def wrong__inpaint__global_randomness_seeded_from_the_generator(denoise, known, mask, alpha_bars, generator):
    """Only the start comes from the generator; the rest is global."""
    first = iter([_randn(generator, known)])
    return _replacing(denoise, known, mask, alpha_bars, lambda z: _either(first, z))


def _either(first, z):
    drawn = next(first, None)
    return torch.randn_like(z) if drawn is None else drawn


def wrong__inpaint__sows_the_generator_anew(denoise, known, mask, alpha_bars, generator):
    """The same completion whatever generator comes in."""
    generator.manual_seed(0)
    return _replacing(denoise, known, mask, alpha_bars, lambda z: _randn(generator, z))


def wrong__inpaint__copies_the_generator(denoise, known, mask, alpha_bars, generator):
    """Its own generator, with the seed of the one given: a second call repeats the first."""
    own = torch.Generator().manual_seed(generator.initial_seed())
    return _replacing(denoise, known, mask, alpha_bars, lambda z: _randn(own, z))


def wrong__inpaint__one_noise_for_all_rows(denoise, known, mask, alpha_bars, generator):
    """Every picture gets the same noise, so equal scans are completed equally."""

    def randn(z):
        return torch.randn(z.shape[1], generator=generator, dtype=z.dtype).expand(z.shape)

    return _replacing(denoise, known, mask, alpha_bars, randn)


def wrong__inpaint__mask_of_the_first_row(denoise, known, mask, alpha_bars, generator):
    """Each row has its own mask."""
    wide = mask[:1].expand(mask.shape) if len(mask) else mask
    filled = torch.nan_to_num(known)
    x = _replacing(denoise, filled, wide, alpha_bars, lambda z: _randn(generator, z))
    return torch.where(mask, known, x)


def wrong__inpaint__step_as_tensor(denoise, known, mask, alpha_bars, generator):
    """The denoiser is given one integer for all, not a tensor of steps."""

    def asked(x, t):
        return denoise(x, torch.full((len(x),), t))

    return _replacing(asked, known, mask, alpha_bars, lambda z: _randn(generator, z))


def wrong__inpaint__step_off_by_one(denoise, known, mask, alpha_bars, generator):
    """Asks the denoiser about the next lower step than the noise has."""

    def asked(x, t):
        return denoise(x, max(t - 1, 0))

    return _replacing(asked, known, mask, alpha_bars, lambda z: _randn(generator, z))


def wrong__inpaint__forgets_step_zero(denoise, known, mask, alpha_bars, generator):
    """Stops at step 1: what is invented keeps the noise of step 0."""
    order = list(range(len(alpha_bars) - 1, 0, -1))
    return _replacing(denoise, known, mask, alpha_bars, lambda z: _randn(generator, z), order=order or [0])


def wrong__inpaint__starts_from_paper(denoise, known, mask, alpha_bars, generator):
    """Starts from zeros: the first call of the denoiser sees a picture without noise."""
    return _replacing(denoise, known, mask, alpha_bars, lambda z: _randn(generator, z), start=0.0)


def wrong__inpaint__noise_without_its_root(denoise, known, mask, alpha_bars, generator):
    """Known pixels are noised with 1 - a in place of its root: too little noise."""
    known = _safe(known, mask)
    x = _randn(generator, known)
    for t in reversed(range(len(alpha_bars))):
        now, then = alpha_bars[t], _kept(alpha_bars, t - 1)
        x = _step(x, denoise(x, t), now, then, _randn(generator, x))
        x = torch.where(mask, then.sqrt() * known + (1 - then) * _randn(generator, x), x)
    return torch.where(mask, known, x)


def wrong__inpaint__known_pixels_keep_the_last_noise(denoise, known, mask, alpha_bars, generator):
    """The known pixels of the result are nearly, not exactly, those of `known`."""
    known = _safe(known, mask)
    x = _randn(generator, known)
    for t in reversed(range(len(alpha_bars))):
        now, then = alpha_bars[t], _kept(alpha_bars, t - 1)
        x = torch.where(mask, now.sqrt() * known + (1 - now).sqrt() * _randn(generator, x), x)
        x = _step(x, denoise(x, t), now, then, _randn(generator, x))
    return x


def wrong__inpaint__known_pixels_of_another_row(denoise, known, mask, alpha_bars, generator):
    """While sampling, each row sees the known pixels of its neighbor; only the end is right."""
    other, where = _safe(known, mask).roll(1, 0), mask.roll(1, 0)
    x = _replacing(denoise, other, where, alpha_bars, lambda z: _randn(generator, z))
    return torch.where(mask, known, x)


def wrong__inpaint__picture_by_picture(denoise, known, mask, alpha_bars, generator):
    """The denoiser takes all pictures at once."""
    rows = [_repaint(denoise, known[[i]], mask[[i]], alpha_bars, generator, 1) for i in range(len(known))]
    return torch.cat(rows)


def wrong__inpaint__one_noise_for_the_whole_path(denoise, known, mask, alpha_bars, generator):
    """The noise of the known pixels isn't drawn anew each time."""
    once = _randn(generator, known)
    x = _randn(generator, known)
    for t in reversed(range(len(alpha_bars))):
        now, then = alpha_bars[t], _kept(alpha_bars, t - 1)
        x = torch.where(mask, now.sqrt() * known + (1 - now).sqrt() * once, x)
        x = _step(x, denoise(x, t), now, then, _randn(generator, x), eta=0.0)
    return torch.where(mask, known, x)


def wrong__inpaint__too_much_new_noise(denoise, known, mask, alpha_bars, generator):
    """Adds noise of variance 1 - alpha after each step: more than step t - 1 has where steps are large."""
    x = _randn(generator, known)
    for t in reversed(range(len(alpha_bars))):
        now, alpha = alpha_bars[t], alpha_bars[t] / _kept(alpha_bars, t - 1)
        x = torch.where(mask, now.sqrt() * known + (1 - now).sqrt() * _randn(generator, x), x)
        x = (x - (1 - alpha) / (1 - now).sqrt() * denoise(x, t)) / alpha.sqrt()
        x = x + (1 - alpha).sqrt() * _randn(generator, x) if t else x
    return torch.where(mask, known, x)
