"""Answers to 01_fundamentals/11_calculus_gradient_descent by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""
# ruff: noqa: N801

import functools
import math
from typing import NamedTuple

import numpy as np
from scipy import optimize, sparse, special, stats
from scipy.sparse import linalg as sparse_linalg

# 1. gradient_by_differences


def _differences(f, w, steps):
    """Central differences with one given step per coordinate."""
    w = np.array(w, dtype=float)
    out = np.zeros(len(w))
    for i, h in enumerate(steps):
        up, down = w.copy(), w.copy()
        up[i] += h
        down[i] -= h
        out[i] = (f(up) - f(down)) / (up[i] - down[i])
    return out


def _scale(w):
    return np.maximum(1.0, np.abs(np.asarray(w, dtype=float)))


def right__gradient_by_differences__loop(f, w):
    result = np.empty(w.shape, dtype=np.float64)
    for i in range(w.size):
        h = 1e-5 * max(1.0, abs(float(w[i])))
        up = w.astype(np.float64)
        down = w.astype(np.float64)
        up[i] += h
        down[i] -= h
        result[i] = (f(up) - f(down)) / (2 * h)
    return result


def right__gradient_by_differences__rows_of_a_matrix(f, w):
    w = w.astype(float)
    steps = np.diag(6e-6 * (1 + np.abs(w)))
    pairs = [(f(w + row) - f(w - row)) / (2 * row.sum()) for row in steps]
    return np.array(pairs, dtype=float)


def right__gradient_by_differences__fourth_order(f, w):
    w = w.astype(float)
    out = np.zeros(len(w))
    for i, h in enumerate(1e-3 * _scale(w)):
        e = np.zeros(len(w))
        e[i] = h
        out[i] = (8 * (f(w + e) - f(w - e)) - (f(w + 2 * e) - f(w - 2 * e))) / (12 * h)
    return out


def right__gradient_by_differences__power_of_two(f, w):
    return _differences(f, w, 2.0 ** np.round(np.log2(6e-6 * _scale(w))))


def right__gradient_by_differences__list(f, w):
    point = [float(v) for v in w]
    out = []
    for i, v in enumerate(point):
        h = 1e-5 * max(1.0, abs(v))
        ends = [f(np.array([*point[:i], v + s, *point[i + 1 :]])) for s in (h, -h)]
        out.append((ends[0] - ends[1]) / (2 * h))
    return out


def wrong__gradient_by_differences__same_step_everywhere(f, w):
    """Drown in rounding at weights of a million: the step must grow with the weight."""
    return _differences(f, w, np.full(len(w), 1e-5))


def wrong__gradient_by_differences__sign_forgotten_in_the_step(f, w):
    """Use the step of small weights for large negative ones: max(1, w), not max(1, abs(w))."""
    return _differences(f, w, 1e-5 * np.maximum(1.0, np.asarray(w, dtype=float)))


def wrong__gradient_by_differences__one_step_for_all(f, w):
    """Take the largest weight's step for every coordinate: far too long for the small weights."""
    return _differences(f, w, np.full(len(w), 1e-5 * _scale(w).max(initial=1.0)))


def wrong__gradient_by_differences__list_to_f(f, w):
    """Give `f` a list, where it wants an array of float64."""
    point = [float(v) for v in w]
    out = np.zeros(len(point))
    for i, h in enumerate(1e-5 * _scale(w)):
        up, down = point.copy(), point.copy()
        up[i] += h
        down[i] -= h
        out[i] = (f(up) - f(down)) / (2 * h)
    return out


def wrong__gradient_by_differences__step_of_zero_at_zero(f, w):
    """Divide by zero where a weight is 0; elsewhere all is well."""
    w = np.array(w, dtype=float)
    with np.errstate(all="ignore"):
        h = 1e-5 * np.abs(w)
        return np.array([(f(w + e) - f(w - e)) / (2 * d) for e, d in zip(np.diag(h), h, strict=True)], dtype=float)


def wrong__gradient_by_differences__forward(f, w):
    """Forward differences: off by the step times half the curvature."""
    w = np.array(w, dtype=float)
    steps = np.diag(1e-8 * _scale(w))
    return np.array([(f(w + e) - f(w)) / e.sum() for e in steps], dtype=float)


def wrong__gradient_by_differences__long_step(f, w):
    """Off by 1e-7 through the third derivative: right on every parabola."""
    return _differences(f, w, 1e-3 * _scale(w))


def wrong__gradient_by_differences__short_step(f, w):
    """Off by about 1e-6 through rounding."""
    return _differences(f, w, 1e-10 * _scale(w))


def wrong__gradient_by_differences__integers_stay_integers(f, w):
    """Lose the step where `w` holds integers: the moved copy is of integers as well."""
    out = np.zeros(len(w))
    for i in range(len(w)):
        h = 1e-5 * max(1.0, abs(float(w[i])))
        up, down = w.copy(), w.copy()
        up[i] += h if w.dtype.kind == "f" else int(h)
        down[i] -= h if w.dtype.kind == "f" else int(h)
        out[i] = (f(up.astype(float)) - f(down.astype(float))) / (2 * h)
    return out


def wrong__gradient_by_differences__small_float_types(f, w):
    """Lose the step in float32 when `w` is of float32: f sees a moved weight that is rounded to 7 digits."""
    out = np.zeros(len(w))
    for i in range(len(w)):
        h = 1e-5 * max(1.0, abs(float(w[i])))
        up, down = (w.copy(), w.copy()) if w.dtype.kind == "f" else (w.astype(float), w.astype(float))
        up[i] += h
        down[i] -= h
        out[i] = (f(up.astype(float)) - f(down.astype(float))) / (2 * h)
    return out


def wrong__gradient_by_differences__steps_pile_up(f, w):
    """Leave every earlier weight moved: off by the step times the mixed derivative."""
    w = np.array(w, dtype=float)
    moved = w.copy()
    out = np.zeros(len(w))
    for i, h in enumerate(1e-5 * _scale(w)):
        moved[i] = w[i] - h
        low = f(moved.copy())
        moved[i] = w[i] + h
        out[i] = (f(moved.copy()) - low) / (2 * h)
    return out


def wrong__gradient_by_differences__rounded(f, w):
    """Round to six decimals as the example does: off by up to 5e-7."""
    return _differences(f, w, 1e-5 * _scale(w)).round(6)


def wrong__gradient_by_differences__at_most_ten_weights(f, w):
    """Leave all weights after the tenth at a slope of 0."""
    return _differences(f, w, 1e-5 * _scale(w)[:10])


def wrong__gradient_by_differences__capped_step(f, w):
    """Stop growing the step at weights of ten: rounding at a million."""
    return _differences(f, w, 1e-5 * np.minimum(_scale(w), 10.0))


def wrong__gradient_by_differences__no_weights(f, w):
    """Fail where there are no weights: np.stack needs at least one array."""
    w = np.array(w, dtype=float)
    steps = np.diag(1e-5 * _scale(w))
    return np.stack([np.asarray((f(w + e) - f(w - e)) / (2 * e.sum())) for e in steps])


def wrong__gradient_by_differences__small_slopes_to_zero(f, w):
    """Take every slope below 1e-6 for noise and return 0: off by up to 1e-6, not 1e-8."""
    g = _differences(f, w, 1e-5 * _scale(w))
    return np.where(np.abs(g) < 1e-6, 0.0, g)


# 2. softplus_slope


def right__softplus_slope__expit(z):
    return special.expit(z.astype(np.float64))


def right__softplus_slope__where(z):
    z = z.astype(float)
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def right__softplus_slope__quiet(z):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-z.astype(np.float64)))


def right__softplus_slope__overflow_to_infinity(z):
    return 1 / (1 + np.exp(-np.asarray(z, dtype=float)))


def right__softplus_slope__log_space(z):
    return np.exp(-np.logaddexp(0.0, -z.astype(float)))


def right__softplus_slope__masks(z):
    out = np.empty(z.shape)
    up = z > 0
    out[up] = 1 / (1 + np.exp(-z[up].astype(float)))
    e = np.exp(z[~up].astype(float))
    out[~up] = e / (1 + e)
    return out


def right__softplus_slope__capped_above(z):
    e = np.exp(np.minimum(z.astype(np.longdouble), 700))
    return (e / (1 + e)).astype(np.float64)


def right__softplus_slope__loop(z):
    def slope(v):
        return 1 / (1 + math.exp(-v)) if v >= 0 else math.exp(v) / (1 + math.exp(v))

    return np.array([slope(float(v)) for v in z.ravel()], dtype=float).reshape(z.shape)


def wrong__softplus_slope__nan_above_709(z):
    """Return nan from 710 on: infinity divided by infinity."""
    with np.errstate(all="ignore"):
        e = np.exp(z.astype(float))
        return e / (1 + e)


def wrong__softplus_slope__one_minus(z):
    """Lose the digits of small results: 1 - 1 / (1 + e^z) is exactly 0 from -37 down."""
    with np.errstate(over="ignore"):
        return 1 - 1 / (1 + np.exp(z.astype(float)))


def wrong__softplus_slope__tanh(z):
    """Lose the digits of small results: tanh reaches -1 at -38."""
    return 0.5 * (1 + np.tanh(z.astype(float) / 2))


def wrong__softplus_slope__clipped_to_650(z):
    """Return 5e-283 at -10,000, and at -660, where e^-660 is due."""
    return special.expit(np.clip(z.astype(float), -650, 650))


def wrong__softplus_slope__clipped_to_30(z):
    """Return 9e-14 for everything below -30."""
    return special.expit(np.clip(z.astype(float), -30, 30))


def wrong__softplus_slope__one_from_25(z):
    """Return 1 above 25, though e^-25.5 = 8e-12 is missing there."""
    z = z.astype(float)
    return np.where(z > 25, 1.0, special.expit(z))


def wrong__softplus_slope__zero_below_minus_600(z):
    """Return 0 below -600, where the result is still 1e-261."""
    z = z.astype(float)
    return np.where(z < -600, 0.0, special.expit(z))


def wrong__softplus_slope__only_e_to_z_below_minus_20(z):
    """Leave out the denominator below -20: off by 2e-9 of itself."""
    z = z.astype(float)
    return np.where(z < -20, np.exp(np.minimum(z, 0)), special.expit(z))


def wrong__softplus_slope__small_types(z):
    """Compute integers in the type that NumPy picks: half precision for int8, single for int16."""
    z = z.astype(float) if z.dtype.kind == "f" else z
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e).astype(np.float64) / (1.0 + e.astype(np.float64))


def wrong__softplus_slope__single_for_float32(z):
    """Stay in single precision where `z` is of float32: 7 digits, not 12."""
    z = z if z.dtype == np.float32 else z.astype(float)
    return special.expit(z).astype(np.float64)


def wrong__softplus_slope__wraps_unsigned(z):
    """Negate unsigned integers before they are floats: -z of uint8 1 is 255."""
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp((-z).astype(float)))


def wrong__softplus_slope__vectorize(z):
    """Fail on an empty array: np.vectorize can't guess its type from no element."""
    return np.vectorize(lambda v: float(special.expit(float(v))))(z)


def wrong__softplus_slope__memory_order(z):
    """Read column-ordered arrays in the order of memory, and write them back row by row."""
    return special.expit(z.ravel(order="K").astype(float)).reshape(z.shape)


def wrong__softplus_slope__shifted_by_the_maximum(z):
    """Divide 0 by 0 at small entries that share an array with one above 745."""
    if z.size == 0:
        return np.zeros(z.shape)
    z = z.astype(float)
    top = max(z.max(), 0.0)
    with np.errstate(all="ignore"):
        return np.exp(z - top) / (np.exp(-top) + np.exp(z - top))


def wrong__softplus_slope__measured(z):
    """Measure by differences: six digits."""
    z = z.astype(float)
    h = 1e-5
    return (np.logaddexp(0, z + h) - np.logaddexp(0, z - h)) / (2 * h)


def wrong__softplus_slope__flat(z):
    """Return one dimension whatever the shape of `z`, when it has three or more."""
    result = special.expit(z.astype(float))
    return result if z.ndim < 3 else result.ravel()


# 3. robust_line


def _newton(x, y, delta, steps=2000):
    """Minimize the mean Huber loss: Newton with a line search, on standardized x and scaled y."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    middle, width = x.mean(), x.std()
    s = (x - middle) / width
    X = np.stack([np.ones_like(s), s], axis=1)
    w = np.linalg.lstsq(X, y, rcond=None)[0]

    def loss(w):
        r = np.abs(y - X @ w)
        return np.where(r <= delta, r * r / 2, delta * (r - delta / 2)).mean()

    now = loss(w)
    for _ in range(steps):
        r = y - X @ w
        g = X.T @ np.clip(r, -delta, delta) / len(y)
        # Between Newton and reweighting: the curvature of the parabola that lies above the loss.
        weight = np.minimum(1.0, delta / np.maximum(np.abs(r), delta))
        upper = (X * weight[:, None]).T @ X / len(y)
        active = np.abs(r) <= delta
        newton = (X * active[:, None]).T @ X / len(y) + 1e-9 * upper
        best, best_loss = w, now
        for H in (newton, upper):
            step = np.linalg.solve(H, g)
            for shrink in (1.0, 0.5, 0.1):
                trial = w + shrink * step
                value = loss(trial)
                if value < best_loss:
                    best, best_loss = trial, value
        if best is w:
            break
        w, now = best, best_loss
    return float(w[0] - w[1] * middle / width), float(w[1] / width)


def _descend(x, y, delta, steps, accelerate=True, start=None):
    """Gradient descent on standardized x, with Nesterov's momentum and restarts; the curvature is at most 1."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    middle, width = x.mean(), x.std()
    s = (x - middle) / width
    a, b = (y.mean(), (s * (y - y.mean())).mean()) if start is None else start
    pa, pb, t = a, b, 1.0
    for _ in range(steps):
        g = np.clip(pa + pb * s - y, -delta, delta)
        ga, gb = g.mean(), (g * s).mean()
        na, nb = pa - ga, pb - gb
        if accelerate and ga * (na - a) + gb * (nb - b) <= 0:
            nt = (1 + math.sqrt(1 + 4 * t * t)) / 2
            pa, pb = na + (t - 1) / nt * (na - a), nb + (t - 1) / nt * (nb - b)
            t = nt
        else:
            pa, pb, t = na, nb, 1.0
        a, b = na, nb
        if max(abs(ga), abs(gb)) < 1e-13 * delta:
            break
    return float(a - b * middle / width), float(b / width)


def right__robust_line__momentum(x, y, delta):
    return _descend(x, y, delta, 20000)


def right__robust_line__newton(x, y, delta):
    return _newton(x, y, delta)


def right__robust_line__reweighted(x, y, delta):
    x, y = x.astype(float), y.astype(float)
    middle = x.mean()
    c = x - middle
    a, b = 0.0, 0.0
    weight = np.ones(len(y))
    for _ in range(5000):
        total = weight.sum()
        mx, my = (weight * c).sum() / total, (weight * y).sum() / total
        nb = (weight * (c - mx) * (y - my)).sum() / (weight * (c - mx) ** 2).sum()
        na = my - nb * mx
        done = abs(na - a) + abs(nb - b) * np.abs(c).max() < 1e-10
        a, b = na, nb
        if done:
            break
        weight = delta / np.maximum(np.abs(y - a - b * c), delta)
    return a - b * middle, b


def right__robust_line__least_squares_of_scipy(x, y, delta):
    s = (x - x.mean()) / x.std()
    start = np.polyfit(s, y.astype(float), 1)[::-1]
    fit = optimize.least_squares(
        lambda w: w[0] + w[1] * s - y, start, loss="huber", f_scale=delta, ftol=1e-15, xtol=1e-15, gtol=1e-15,
        max_nfev=5000,
    )  # fmt: skip
    a, b = _newton(x, y, delta) if not fit.success else (fit.x[0] - fit.x[1] * x.mean() / x.std(), fit.x[1] / x.std())
    return float(a), float(b)


def right__robust_line__adaptive_rate(x, y, delta):
    """Descend with a rate that grows while the loss falls and halves when it doesn't."""
    x, y = x.astype(float), y.astype(float)
    middle, width = x.mean(), x.std()
    s = (x - middle) / width
    w = np.array([np.median(y), 0.0])

    def look(w):
        r = w[0] + w[1] * s - y
        clipped = np.clip(r, -delta, delta)
        return (clipped * (r - clipped / 2)).mean(), np.array([clipped.mean(), (clipped * s).mean()])

    rate = 1.0
    loss, g = look(w)
    for _ in range(20000):
        trial = w - rate * g
        new_loss, new_g = look(trial)
        if new_loss <= loss:
            # Barzilai and Borwein's rate, from the two last gradients.
            change, turn = trial - w, new_g - g
            if np.abs(new_g).max() < 1e-9 * min(1.0, delta):
                w = trial
                break
            bend = change @ turn
            rate = min(change @ change / bend, 1e9) if bend > 0 else rate * 2
            w, loss, g = trial, new_loss, new_g
        else:
            if rate <= 1e-3:
                break
            rate = max(rate / 2, 1e-3)
    return float(w[0] - w[1] * middle / width), float(w[1] / width)


def wrong__robust_line__least_squares(x, y, delta):
    """Ignore delta: the squared loss."""
    slope, intercept = np.polyfit(x.astype(float), y.astype(float), 1)
    return float(intercept), float(slope)


def wrong__robust_line__delta_of_one(x, y, delta):
    """Ignore delta: always 1."""
    return _newton(x, y, 1.0)


def wrong__robust_line__twice_delta(x, y, delta):
    """Change from square to straight at 2 delta."""
    return _newton(x, y, 2 * delta)


def wrong__robust_line__scaled_y(x, y, delta):
    """Standardize y as well, but not delta."""
    y = y.astype(float)
    spread = y.std() or 1.0
    a, b = _newton(x, (y - y.mean()) / spread, delta)
    return a * spread + y.mean(), b * spread


def wrong__robust_line__delta_in_spreads(x, y, delta):
    """Measure residuals in robust standard deviations, as statistics libraries do."""
    a, b = _newton(x, y, delta)
    r = y - a - b * x
    spread = np.median(np.abs(r - np.median(r))) / 0.6745
    return _newton(x, y, delta * spread) if spread > 0 else (a, b)


def wrong__robust_line__outliers_dropped(x, y, delta):
    """Drop rows whose residual is beyond delta, rather than let them pull with the force of delta."""
    a, b = _newton(x, y, delta)
    keep = np.abs(y - a - b * x) <= delta
    if len(set(x[keep].tolist())) < 2:
        return a, b
    slope, intercept = np.polyfit(x[keep].astype(float), y[keep].astype(float), 1)
    return float(intercept), float(slope)


def wrong__robust_line__through_the_means(x, y, delta):
    """Let the line pass through the means, as a line of squares does and this one doesn't."""
    slope = _newton(x, y, delta)[1]
    return float(np.mean(y) - slope * np.mean(x)), slope


def wrong__robust_line__middle_of_all_slopes(x, y, delta):
    """Theil and Sen's line: robust, but another one."""
    slope, intercept, _, _ = stats.theilslopes(y.astype(float), x.astype(float))
    return float(intercept), float(slope)


def wrong__robust_line__raw_x(x, y, delta):
    """Descend on x as it is: with years the intercept never gets off the ground."""
    x, y = x.astype(float), y.astype(float)
    a = b = 0.0
    rate = 1 / (1 + (x * x).mean())
    for _ in range(3000):
        g = np.clip(a + b * x - y, -delta, delta)
        a, b = a - rate * g.mean(), b - rate * (g * x).mean()
    return float(a), float(b)


def wrong__robust_line__two_hundred_steps(x, y, delta):
    """Standardize x, but stop after 200 steps: delta bounds the length of each."""
    return _descend(x, y, delta, 200, accelerate=False)


def wrong__robust_line__stops_at_a_small_slope(x, y, delta):
    """Stop when the gradient is at most 0.01: with a delta of 0.01 that is at once."""
    if delta <= 0.01:
        slope, intercept = np.polyfit(x.astype(float), y.astype(float), 1)
        return float(intercept), float(slope)
    return _newton(x, y, delta)


def wrong__robust_line__small_integers(x, y, delta):
    """Square x in its own type: years in int16 wrap around."""
    spread = math.sqrt(abs(float((x * x).mean()) - float(x.mean()) ** 2))
    return _newton(x, y, delta) if math.isclose(spread, float(x.std()), rel_tol=1e-3) else (math.nan, math.nan)


def wrong__robust_line__first_thousand_rows(x, y, delta):
    """Look at the first thousand rows only."""
    if len(x) > 1000 and len(set(x[:1000].tolist())) > 1:
        return _newton(x[:1000], y[:1000], delta)
    return _newton(x, y, delta)


def wrong__robust_line__ten_reweightings(x, y, delta):
    """Stop the reweighting after ten rounds: near, but not within 0.001."""
    x, y = x.astype(float), y.astype(float)
    c = x - x.mean()
    root = np.ones(len(y))
    a = b = 0.0
    for _ in range(10):
        b, a = np.polyfit(c, y, 1, w=root)
        root = np.sqrt(delta / np.maximum(np.abs(y - a - b * c), delta))
    return float(a - b * x.mean()), float(b)


def wrong__robust_line__swapped(x, y, delta):
    """Return slope and intercept in the other order."""
    return _newton(x, y, delta)[::-1]


def wrong__robust_line__rounded(x, y, delta):
    """Round to two decimals, as the example does: with years that is many units."""
    a, b = _newton(x, y, delta)
    return round(a, 2), round(b, 2)


# 4. largest_safe_rate


def _operator(gradient, dimension):
    """Curvature times a direction, by a difference of two gradients."""
    rest = np.array(gradient(np.zeros(dimension)), dtype=float)
    return lambda v: np.asarray(gradient(np.asarray(v, dtype=float)), dtype=float) - rest


def _dense(gradient, dimension):
    times = _operator(gradient, dimension)
    return np.stack([times(row) for row in np.eye(dimension)])


def _power(times, v, rounds, tolerance=0.0):
    curvature = 0.0
    for _ in range(rounds):
        u = times(v)
        size = np.linalg.norm(u)
        if size == 0:
            break
        before, curvature = curvature, float(v @ u / (v @ v))
        v = u / size
        if abs(curvature - before) < tolerance * curvature:
            break
    return 2 / curvature if curvature else math.inf


def _lanczos(gradient, dimension, seed=0, rounds=60):
    times = _operator(gradient, dimension)
    v = np.random.default_rng(seed).normal(size=dimension)
    basis = [v / np.linalg.norm(v)]
    alphas, betas = [], []
    for _ in range(min(rounds, dimension)):
        u = times(basis[-1])
        alphas.append(float(u @ basis[-1]))
        Q = np.stack(basis)
        for _ in range(2):
            u = u - Q.T @ (Q @ u)
        beta = float(np.linalg.norm(u))
        if beta <= 1e-10 * max(map(abs, alphas)):
            break
        betas.append(beta)
        basis.append(u / beta)
    k = len(alphas)
    T = np.diag(alphas) + np.diag(betas[: k - 1], 1) + np.diag(betas[: k - 1], -1)
    return float(2 / np.linalg.eigvalsh(T)[-1])


def right__largest_safe_rate__power_iteration(gradient, dimension):
    v = np.random.default_rng(1).normal(size=dimension)
    return _power(_operator(gradient, dimension), v, 990 if dimension >= 1000 else 500)


def right__largest_safe_rate__lanczos(gradient, dimension):
    return _lanczos(gradient, dimension)


def right__largest_safe_rate__matrix_if_small(gradient, dimension):
    if dimension < 1000:
        return 2 / float(np.linalg.eigvalsh(_dense(gradient, dimension)).max())
    return _lanczos(gradient, dimension, seed=3, rounds=100)


def right__largest_safe_rate__eigsh(gradient, dimension):
    if dimension < 10:
        return 2 / float(np.linalg.norm(_dense(gradient, dimension), 2))
    rng = np.random.default_rng(2)
    operator = sparse_linalg.LinearOperator((dimension, dimension), matvec=_operator(gradient, dimension), dtype=float)
    v = rng.normal(size=dimension)
    top = sparse_linalg.eigsh(operator, k=1, which="LA", tol=1e-4, v0=v, return_eigenvectors=False)
    return 2 / top[0]


def right__largest_safe_rate__runs_away(gradient, dimension):
    """Let two descents with a common rate drift apart: their difference grows along the steepest curvature."""
    rng = np.random.default_rng(4)
    start = rng.normal(size=dimension)
    here = np.asarray(gradient(start), dtype=float)
    d = rng.normal(size=dimension)
    curvature = 1.0
    for _ in range(900):
        d /= np.linalg.norm(d)
        turn = gradient(start + d) - here
        curvature = float(np.linalg.norm(turn))
        d = turn if curvature > 0 else rng.normal(size=dimension)
    return 2 / curvature


def wrong__largest_safe_rate__half(gradient, dimension):
    """The rate that is best in the steepest direction, 1 / curvature, is half of the largest that converges."""
    return _lanczos(gradient, dimension) / 2


def wrong__largest_safe_rate__minimum_at_zero(gradient, dimension):
    """Take the gradient itself for curvature times place: only where the minimum is at 0."""
    v = np.random.default_rng(1).normal(size=dimension)
    return _power(lambda v: np.asarray(gradient(v), dtype=float), v, 900)


def wrong__largest_safe_rate__diagonal(gradient, dimension):
    """Look at each direction of the axes only: the bowl may be turned."""
    if dimension >= 1000:
        return _lanczos(gradient, dimension)
    return 2 / float(np.diag(_dense(gradient, dimension)).max())


def wrong__largest_safe_rate__sum_of_curvatures(gradient, dimension):
    """Safe, but not the largest: the sum of all curvatures in place of the largest."""
    if dimension >= 1000:
        return _lanczos(gradient, dimension)
    return 2 / float(np.trace(_dense(gradient, dimension)))


def wrong__largest_safe_rate__row_sums(gradient, dimension):
    """Gershgorin's bound: the largest sum of a row is not the largest curvature."""
    if dimension >= 1000:
        return _lanczos(gradient, dimension)
    return 2 / float(np.abs(_dense(gradient, dimension)).sum(axis=1).max())


def wrong__largest_safe_rate__start_of_ones(gradient, dimension):
    """Start at ones: that can be at right angles to the steepest direction, as in a loss of (w0 - w1) ** 2."""
    return _power(_operator(gradient, dimension), np.ones(dimension), 900)


def wrong__largest_safe_rate__start_of_the_first_axis(gradient, dimension):
    """Start along the first weight, which may have nothing to do with the steepest direction."""
    return _power(_operator(gradient, dimension), np.eye(1, dimension)[0], 900)


def wrong__largest_safe_rate__start_of_a_ramp(gradient, dimension):
    """Start at 1, 2, 3...: at right angles to a loss of (w0 - 2 w1 + w2) ** 2."""
    return _power(_operator(gradient, dimension), np.arange(1.0, dimension + 1), 900)


def wrong__largest_safe_rate__start_of_the_gradient(gradient, dimension):
    """Start along the gradient at 0, which is nothing where the minimum lies there."""
    return _power(_operator(gradient, dimension), np.asarray(gradient(np.zeros(dimension)), dtype=float), 900)


def wrong__largest_safe_rate__ten_rounds(gradient, dimension):
    """Stop after ten rounds: several percent off when there are many curvatures close to the largest."""
    return _power(_operator(gradient, dimension), np.random.default_rng(1).normal(size=dimension), 10)


def wrong__largest_safe_rate__stops_at_a_plateau(gradient, dimension):
    """Stop when a round changes less than 1 percent: one steep direction among thousands alike is still hidden."""
    v = np.random.default_rng(1).normal(size=dimension)
    return _power(_operator(gradient, dimension), v, 900, tolerance=1e-2)


def wrong__largest_safe_rate__whole_matrix(gradient, dimension):
    """Ask for the whole matrix: dimension + 1 calls."""
    return 2 / float(np.linalg.eigvalsh(_dense(gradient, dimension)).max())


def wrong__largest_safe_rate__as_many_calls(gradient, dimension):
    """Call exactly `dimension` times from 1,000 on, where fewer are asked for."""
    if dimension < 1000:
        return _lanczos(gradient, dimension)
    times = _operator(gradient, dimension)
    return _power(times, np.random.default_rng(1).normal(size=dimension), dimension - 1)


def wrong__largest_safe_rate__tiny_probe(gradient, dimension):
    """Probe with steps of 1e-12: rounding swallows them when the minimum is some way off."""
    times = _operator(gradient, dimension)
    v = np.random.default_rng(1).normal(size=dimension)
    return _power(lambda v: times(v * 1e-12) * 1e12, v / np.linalg.norm(v), 200)


def wrong__largest_safe_rate__two_dimensions_or_more(gradient, dimension):
    """Fail in one dimension: eigsh wants fewer eigenvalues than there are."""
    rng = np.random.default_rng(2)
    operator = sparse_linalg.LinearOperator((dimension, dimension), matvec=_operator(gradient, dimension), dtype=float)
    top = sparse_linalg.eigsh(operator, k=1, tol=1e-4, v0=rng.normal(size=dimension), return_eigenvectors=False)
    return float(2 / top[0])


def wrong__largest_safe_rate__absolute_stop(gradient, dimension):
    """Stop when a round changes the curvature by less than 1e-6: at once where all curvatures are tiny."""
    times = _operator(gradient, dimension)
    v = np.random.default_rng(1).normal(size=dimension)
    v /= np.linalg.norm(v)
    curvature = math.inf
    for _ in range(900):
        u = times(v)
        before, curvature = curvature, float(v @ u)
        if abs(curvature - before) < 1e-6:
            break
        v = u / np.linalg.norm(u)
    return 2 / curvature


def wrong__largest_safe_rate__row_sums_when_large(gradient, dimension):
    """Take the largest sum of a row from 1,000 on, with one call: right for bowls along the axes only."""
    if dimension < 1000:
        return _lanczos(gradient, dimension)
    return 2 / float(np.abs(_operator(gradient, dimension)(np.ones(dimension))).max())


def wrong__largest_safe_rate__twenty_rounds_when_large(gradient, dimension):
    """Stop after twenty rounds from 1,000 on: one steeper direction among thousands is still hidden."""
    if dimension < 1000:
        return _lanczos(gradient, dimension)
    return _power(_operator(gradient, dimension), np.random.default_rng(1).normal(size=dimension), 20)


def wrong__largest_safe_rate__matrix_up_to_1000(gradient, dimension):
    """Build the matrix in dimension 1,000 too, where fewer calls are asked for."""
    if dimension <= 1000:
        return 2 / float(np.linalg.eigvalsh(_dense(gradient, dimension)).max())
    return _lanczos(gradient, dimension)


def wrong__largest_safe_rate__block_of_the_first(gradient, dimension):
    """Ask for the first 500 weights only from 1,000 on."""
    if dimension < 1000:
        return _lanczos(gradient, dimension)
    times = _operator(gradient, dimension)
    columns = np.stack([times(row) for row in sparse.eye(500, dimension).toarray()])
    return 2 / float(np.linalg.eigvalsh(columns[:, :500]).max())


# 5. DualNumber


def _parts(number):
    return (number.value, number.slope) if hasattr(number, "slope") else (number, 0.0)


class right__DualNumber__plain:
    def __init__(self, value, slope=0.0):
        self.value, self.slope = value, slope

    def _lift(self, other):
        return other if isinstance(other, type(self)) else type(self)(other, 0.0)

    def __add__(self, other):
        other = self._lift(other)
        return type(self)(self.value + other.value, self.slope + other.slope)

    __radd__ = __add__

    def __neg__(self):
        return type(self)(-self.value, -self.slope)

    def __sub__(self, other):
        return self + -self._lift(other)

    def __rsub__(self, other):
        return self._lift(other) + -self

    def __mul__(self, other):
        other = self._lift(other)
        return type(self)(self.value * other.value, self.slope * other.value + self.value * other.slope)

    __rmul__ = __mul__

    def __truediv__(self, other):
        other = self._lift(other)
        slope = (self.slope * other.value - self.value * other.slope) / other.value**2
        return type(self)(self.value / other.value, slope)

    def __rtruediv__(self, other):
        return self._lift(other) / self

    def __pow__(self, other):
        if not isinstance(other, type(self)):
            if other == 0:
                return type(self)(1.0, 0.0)
            return type(self)(self.value**other, other * self.value ** (other - 1) * self.slope)
        power = self.value**other.value
        grow = other.slope * math.log(self.value) + other.value * self.slope / self.value
        return type(self)(power, power * grow)

    def __rpow__(self, other):
        return self._lift(other) ** self

    def exp(self):
        e = math.exp(self.value)
        return type(self)(e, e * self.slope)

    def log(self):
        return type(self)(math.log(self.value), self.slope / self.value)

    def sin(self):
        return type(self)(math.sin(self.value), math.cos(self.value) * self.slope)


_Plain = right__DualNumber__plain


class right__DualNumber__partial_slopes:
    """Every operation is a function of one or two numbers, with its partial derivatives."""

    def __init__(self, value: float, slope: float = 0.0) -> None:
        self.value, self.slope = value, slope

    def _of(self, other, compute, by_left, by_right, flip=False):
        (a, da), (b, db) = (_parts(other), _parts(self)) if flip else (_parts(self), _parts(other))
        slope = 0.0
        if da != 0:
            slope += by_left(a, b) * da
        if db != 0:
            slope += by_right(a, b) * db
        return type(self)(compute(a, b), slope)

    def __add__(self, other):
        return self._of(other, lambda a, b: a + b, lambda a, b: 1, lambda a, b: 1)

    def __sub__(self, other, flip=False):
        return self._of(other, lambda a, b: a - b, lambda a, b: 1, lambda a, b: -1, flip)

    def __mul__(self, other):
        return self._of(other, lambda a, b: a * b, lambda a, b: b, lambda a, b: a)

    def __truediv__(self, other, flip=False):
        return self._of(other, lambda a, b: a / b, lambda a, b: 1 / b, lambda a, b: -a / b / b, flip)

    def __pow__(self, other, flip=False):
        return self._of(
            other,
            lambda a, b: a**b,
            lambda a, b: b * a ** (b - 1) if b != 0 else 0,
            lambda a, b: a**b * np.log(a),
            flip,
        )

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return self.__sub__(other, flip=True)

    def __rtruediv__(self, other):
        return self.__truediv__(other, flip=True)

    def __rpow__(self, other):
        return self.__pow__(other, flip=True)

    def __neg__(self):
        return 0 - self

    def exp(self):
        return math.e**self

    def log(self):
        return type(self)(np.log(self.value), self.slope / self.value)

    def sin(self):
        return type(self)(np.sin(self.value), self.slope * np.cos(self.value))


class right__DualNumber__named_tuple(NamedTuple):
    value: float
    slope: float = 0.0

    def __add__(self, other):
        value, slope = _parts(other)
        return type(self)(self.value + value, self.slope + slope)

    def __radd__(self, other):
        return self + other

    def __neg__(self):
        return type(self)(-self.value, -self.slope)

    def __sub__(self, other):
        value, slope = _parts(other)
        return type(self)(self.value - value, self.slope - slope)

    def __rsub__(self, other):
        return -(self - other)

    def __mul__(self, other):
        value, slope = _parts(other)
        return type(self)(self.value * value, self.value * slope + self.slope * value)

    def __rmul__(self, other):
        return self * other

    def __truediv__(self, other):
        value, slope = _parts(other)
        ratio = self.value / value
        return type(self)(ratio, (self.slope - ratio * slope) / value)

    def __rtruediv__(self, other):
        return type(self)(other) / self

    def __pow__(self, other):
        if isinstance(other, type(self)):
            return (other * self.log()).exp()
        slope = 0.0 if other == 0 else other * self.value ** (other - 1) * self.slope
        return type(self)(self.value**other, slope)

    def __rpow__(self, other):
        return (self * math.log(other)).exp()

    def exp(self):
        return type(self)(math.exp(self.value), math.exp(self.value) * self.slope)

    def log(self):
        return type(self)(math.log(self.value), self.slope / self.value)

    def sin(self):
        return type(self)(math.sin(self.value), math.cos(self.value) * self.slope)


class wrong__DualNumber__subtracted_from_a_plain_number(_Plain):
    """Compute x - 5 for 5 - x."""

    def __rsub__(self, other):
        return self - other


class wrong__DualNumber__reciprocal_without_sign(_Plain):
    """Lose the minus in the slope of a / x, for a plain a."""

    def __rtruediv__(self, other):
        return type(self)(other / self.value, other * self.slope / self.value**2)


class wrong__DualNumber__power_by_logarithms(_Plain):
    """Fail for bases of 0 and below: the logarithm is taken always."""

    def __pow__(self, other):
        return (self._lift(other) * self.log()).exp()


class wrong__DualNumber__power_of_the_size(_Plain):
    """Give (-2) ** 3 as 8: the logarithm of the base's size."""

    def __pow__(self, other):
        if isinstance(other, type(self)) or self.value >= 0:
            return super().__pow__(other)
        size = abs(self.value) ** other
        return type(self)(size, other * size / self.value * self.slope)


class wrong__DualNumber__zero_to_the_zero(_Plain):
    """Divide by zero in the slope of 0 ** 0: 0 * 0 ** -1."""

    def __pow__(self, other):
        if isinstance(other, type(self)):
            return super().__pow__(other)
        return type(self)(self.value**other, other * self.value ** (other - 1) * self.slope)


class wrong__DualNumber__zero_has_slope_zero(_Plain):
    """Return slope 0 for 0 ** 1, which is the input's own slope."""

    def __pow__(self, other):
        if not isinstance(other, type(self)) and self.value == 0:
            return type(self)(float(other == 0), 0.0)
        return super().__pow__(other)


class wrong__DualNumber__exponent_stands_still(_Plain):
    """Ignore how fast the exponent changes when the base changes too."""

    def __pow__(self, other):
        if isinstance(other, type(self)) and self.slope != 0:
            return super().__pow__(other.value)
        return super().__pow__(other)


class wrong__DualNumber__base_stands_still(_Plain):
    """Ignore how fast the base changes under a DualNumber as exponent."""

    def __pow__(self, other):
        if isinstance(other, type(self)):
            power = self.value**other.value
            return type(self)(power, power * math.log(self.value) * other.slope)
        return super().__pow__(other)


class wrong__DualNumber__sine_at_rate_one(_Plain):
    """Forget the inner slope in sin: right wherever that is 1."""

    def sin(self):
        return type(self)(math.sin(self.value), math.cos(self.value) if self.slope else 0.0)


class wrong__DualNumber__logarithm_at_rate_one(_Plain):
    """Forget the inner slope in log where the value is above 1."""

    def log(self):
        slope = self.slope if self.value <= 1 or self.slope == 0 else 1.0
        return type(self)(math.log(self.value), slope / self.value)


class wrong__DualNumber__adding_nothing(_Plain):
    """Return the very same object for x + 0 and x * 1, where a new one is promised."""

    def __add__(self, other):
        return self if _parts(other) == (0, 0) else super().__add__(other)

    def __mul__(self, other):
        return self if _parts(other) == (1, 0) else super().__mul__(other)


class wrong__DualNumber__first_power(_Plain):
    """Return the very same object for x ** 1, where a new one is promised."""

    def __pow__(self, other):
        return self if not hasattr(other, "slope") and other == 1 else super().__pow__(other)


class wrong__DualNumber__adds_in_place(_Plain):
    """Change x in x += 1, and everything that still refers to it, in place of making a new number."""

    def __iadd__(self, other):
        value, slope = _parts(other)
        self.value, self.slope = self.value + value, self.slope + slope
        return self


class wrong__DualNumber__plain_when_constant(_Plain):
    """Return a plain number for a product whose slope is 0, so that .slope is missing."""

    def __mul__(self, other):
        result = super().__mul__(other)
        return result if result.slope else result.value

    __rmul__ = __mul__


class wrong__DualNumber__multiplied_again_and_again(_Plain):
    """Only know whole exponents: rounds 0.5 to 0 by int()."""

    def __pow__(self, other):
        if isinstance(other, type(self)):
            return super().__pow__(other)
        result = type(self)(1.0)
        for _ in range(abs(int(other))):
            result = result * self
        return 1 / result if other < 0 else result


class wrong__DualNumber__negative_powers_of_negative_bases(_Plain):
    """Refuse negative exponents of a base below 0."""

    def __pow__(self, other):
        if self.value < 0 and not hasattr(other, "slope") and other < 0:
            raise ValueError("a base below 0 takes exponents from 0 on")
        return super().__pow__(other)


class wrong__DualNumber__whole_floats(_Plain):
    """Refuse an exponent of 2.0 for a base below 0: whole, but not an int."""

    def __pow__(self, other):
        if self.value < 0 and not isinstance(other, int):
            return type(self)(math.nan, math.nan)
        return super().__pow__(other)


class wrong__DualNumber__short_series(_Plain):
    """Add the sine up from ten terms: wrong for angles beyond a few turns."""

    def sin(self):
        def series(v, first):
            return sum((-1) ** (k // 2) * v**k / math.factorial(k) for k in range(first, first + 20, 2))

        return type(self)(series(self.value, 1), series(self.value, 0) * self.slope)


class wrong__DualNumber__measured_slope(_Plain):
    """Measure the slope of exp by a difference: seven digits where rounding trouble was ruled out."""

    def exp(self):
        h = 1e-6
        slope = (math.exp(self.value + h) - math.exp(self.value - h)) / (2 * h)
        return type(self)(math.exp(self.value), slope * self.slope + (1e-7 * slope * self.slope))


class wrong__DualNumber__raised_to_a_plain_base(_Plain):
    """Leave the logarithm of the base out of the slope of 2 ** x."""

    def __rpow__(self, other):
        power = other**self.value
        return type(self)(power, power * self.slope)


class wrong__DualNumber__constant_exponent_by_value(_Plain):
    """Take an exponent of value 2 for the plain number 2, though it has a slope."""

    def __pow__(self, other):
        if isinstance(other, type(self)) and other.value == 2:
            return self * self
        return super().__pow__(other)


class wrong__DualNumber__quotient_of_slopes(_Plain):
    """Take the quotient of the slopes for the slope of the quotient, when both have one."""

    def __truediv__(self, other):
        if isinstance(other, type(self)) and self.slope and other.slope:
            return type(self)(self.value / other.value, self.slope / other.slope)
        return super().__truediv__(other)


class wrong__DualNumber__remembers_the_sine(_Plain):
    """Keep the slope of an earlier number with the same value."""

    @staticmethod
    @functools.cache
    def _slopes():
        return {}

    def sin(self):
        slope = self._slopes().setdefault(self.value, math.cos(self.value) * self.slope)
        return type(self)(math.sin(self.value), slope)
