"""Answers to 03_deep_learning/08_recurrent_networks by somebody who has not seen its checks: `right__...` must pass,
`wrong__...` must fail."""

import math

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from torch import nn
from torch.nn import functional

# --- 1. past_future_pairs ---------------------------------------------------------------------------------------------


def _windows(series, width):
    count = max(len(series) - width + 1, 0)
    return series[np.arange(count)[:, None] + np.arange(width)]


def right__past_future_pairs__index_table(series, past, horizon):
    windows = _windows(series, past + horizon)
    return windows[:, :past], windows[:, past:]


def right__past_future_pairs__loop(series, past, horizon):
    questions, answers = [], []
    for start in range(len(series) - past - horizon + 1):
        questions.append(series[start : start + past])
        answers.append(series[start + past : start + past + horizon])
    return np.array(questions).reshape(-1, past), np.array(answers).reshape(-1, horizon)


def right__past_future_pairs__sliding_windows(series, past, horizon):
    if len(series) < past + horizon:
        return np.empty((0, past)), np.empty((0, horizon))
    windows = sliding_window_view(series, past + horizon)
    return windows[:, :past], windows[:, past:]


def right__past_future_pairs__column_by_column(series, past, horizon):
    count = max(0, len(series) - past - horizon + 1)
    columns = [series[shift : shift + count] for shift in range(past + horizon)]
    return np.stack(columns[:past], axis=1), np.stack(columns[past:], axis=1)


def right__past_future_pairs__filled_tables(series, past, horizon):
    count = max(0, series.size - past - horizon + 1)
    questions = np.zeros((count, past), dtype=series.dtype)
    answers = np.zeros((count, horizon), dtype=series.dtype)
    for row in range(count):
        questions[row] = series[row:][:past]
        answers[row] = series[row + past :][:horizon]
    return questions, answers


def right__past_future_pairs__list_of_both(series, past, horizon):
    windows = _windows(np.asarray(series), past + horizon)
    return [windows[:, :past].copy(), windows[:, past:].copy()]


def wrong__past_future_pairs__last_example_lost(series, past, horizon):
    """The last place where an example begins is left out; with exactly one example there is none."""
    windows = _windows(series[:-1], past + horizon)
    return windows[:, :past], windows[:, past:]


def wrong__past_future_pairs__last_lost_if_it_is_the_only_one(series, past, horizon):
    """A log of exactly past + horizon readings holds one example, not none."""
    if len(series) <= past + horizon:
        return np.empty((0, past)), np.empty((0, horizon))
    return right__past_future_pairs__index_table(series, past, horizon)


def wrong__past_future_pairs__short_has_no_width(series, past, horizon):
    """A log that is too short must give shapes (0, past) and (0, horizon), not (0,)."""
    starts = range(len(series) - past - horizon + 1)
    return (
        np.array([series[s : s + past] for s in starts]),
        np.array([series[s + past : s + past + horizon] for s in starts]),
    )


def wrong__past_future_pairs__short_has_widths_of_the_question(series, past, horizon):
    """For a short log, the answers must be (0, horizon), not (0, past)."""
    if len(series) < past + horizon:
        return np.empty((0, past)), np.empty((0, past))
    return right__past_future_pairs__index_table(series, past, horizon)


def wrong__past_future_pairs__empty_log_fails(series, past, horizon):
    """An empty log is allowed, and gives empty tables."""
    if not len(series):
        raise ValueError("no readings")
    return right__past_future_pairs__index_table(series, past, horizon)


def wrong__past_future_pairs__answer_is_the_last_reading(series, past, horizon):
    """The answer is all `horizon` readings, not the one that is `horizon` steps ahead."""
    windows = _windows(series, past + horizon)
    return windows[:, :past], windows[:, -1:]


def wrong__past_future_pairs__next_example_after_the_answer(series, past, horizon):
    """Examples begin at every place, not every `horizon` places."""
    windows = _windows(series, past + horizon)[::horizon]
    return windows[:, :past], windows[:, past:]


def wrong__past_future_pairs__repeated_examples_once(series, past, horizon):
    """Equal examples at two places are two examples."""
    windows = _windows(series, past + horizon)
    rows = list(dict.fromkeys(map(tuple, windows.tolist())))
    table = np.array(rows, dtype=series.dtype).reshape(-1, past + horizon)
    return table[:, :past], table[:, past:]


def wrong__past_future_pairs__flat_questions_dropped(series, past, horizon):
    """A question of zeros (the station stood still) is an example too."""
    windows = _windows(series, past + horizon)
    windows = windows[windows[:, :past].any(axis=1)]
    return windows[:, :past], windows[:, past:]


def wrong__past_future_pairs__through_float32(series, past, horizon):
    """Readings such as 2**24 + 1 or 0.1 don't come back as they are."""
    windows = _windows(series.astype(np.float32).astype(series.dtype), past + horizon)
    return windows[:, :past], windows[:, past:]


def wrong__past_future_pairs__ordered_by_first_reading(series, past, horizon):
    """Rows must be in the order of time, not of the first reading."""
    windows = _windows(series, past + horizon)
    windows = windows[np.argsort(windows[:, 0], kind="stable")]
    return windows[:, :past], windows[:, past:]


def wrong__past_future_pairs__question_backwards(series, past, horizon):
    """Lag order (the latest reading first) isn't the order of time."""
    windows = _windows(series, past + horizon)
    return windows[:, :past][:, ::-1], windows[:, past:]


def wrong__past_future_pairs__answer_overlaps_long_horizon(series, past, horizon):
    """If the horizon is longer than the past, the answer begins too early."""
    windows = _windows(series, past + horizon)
    begin = past if horizon <= past else past - 1
    return windows[:, :past], windows[:, begin : begin + horizon]


def wrong__past_future_pairs__first_thousand(series, past, horizon):
    """A log of more than a thousand readings holds more examples."""
    return right__past_future_pairs__index_table(series[:1000], past, horizon)


_TABLES: dict[tuple[int, int, int], tuple[np.ndarray, np.ndarray]] = {}


def wrong__past_future_pairs__remembered_by_size(series, past, horizon):
    """Another log of the same length gets the tables of the first one."""
    key = len(series), past, horizon
    if key not in _TABLES:
        _TABLES[key] = right__past_future_pairs__index_table(series, past, horizon)
    return _TABLES[key]


# --- 2. gru_cell ------------------------------------------------------------------------------------------------------


def right__gru_cell__chunks(x, h, w_x, w_h, b_x, b_h):
    from_x = (x @ w_x.T + b_x).chunk(3, dim=1)
    from_h = (h @ w_h.T + b_h).chunk(3, dim=1)
    r = torch.sigmoid(from_x[0] + from_h[0])
    z = torch.sigmoid(from_x[1] + from_h[1])
    n = torch.tanh(from_x[2] + r * from_h[2])
    return (1 - z) * n + z * h


def right__gru_cell__slices(x, h, w_x, w_h, b_x, b_h):
    width = h.shape[1]

    def part(i, value, weight, bias):
        rows = slice(i * width, (i + 1) * width)
        return functional.linear(value, weight[rows], bias[rows])

    r, z = (torch.sigmoid(part(i, x, w_x, b_x) + part(i, h, w_h, b_h)) for i in (0, 1))
    n = torch.tanh(part(2, x, w_x, b_x) + r * part(2, h, w_h, b_h))
    return n + z * (h - n)


def right__gru_cell__torch_function(x, h, w_x, w_h, b_x, b_h):
    return torch.gru_cell(x, h, w_x, w_h, b_x, b_h)


def right__gru_cell__stacked(x, h, w_x, w_h, b_x, b_h):
    width = h.shape[1]
    a = torch.einsum("bi,gwi->gbw", x, w_x.reshape(3, width, -1)) + b_x.reshape(3, 1, width)
    c = torch.einsum("bi,gwi->gbw", h, w_h.reshape(3, width, width)) + b_h.reshape(3, 1, width)
    gates = (a[:2] + c[:2]).sigmoid()
    return torch.lerp((a[2] + gates[0] * c[2]).tanh(), h, gates[1])


def right__gru_cell__functional_call(x, h, w_x, w_h, b_x, b_h):
    cell = nn.GRUCell(x.shape[1], h.shape[1])
    named = {"weight_ih": w_x, "weight_hh": w_h, "bias_ih": b_x, "bias_hh": b_h}
    return torch.func.functional_call(cell, named, (x, h))


def right__gru_cell__row_by_row(x, h, w_x, w_h, b_x, b_h):
    rows = []
    for one, state in zip(x, h, strict=True):
        a, c = torch.mv(w_x, one) + b_x, torch.mv(w_h, state) + b_h
        (ar, az, an), (cr, cz, cn) = a.split(len(state)), c.split(len(state))
        r, z = 0.5 + 0.5 * torch.tanh((ar + cr) / 2), 0.5 + 0.5 * torch.tanh((az + cz) / 2)
        rows.append((1 - z) * torch.tanh(an + r * cn) + z * state)
    return torch.stack(rows) if rows else h.clone()


def _pieces(x, h, w_x, w_h, b_x, b_h):
    return (x @ w_x.T + b_x).chunk(3, dim=1), (h @ w_h.T + b_h).chunk(3, dim=1)


def wrong__gru_cell__z_keeps_the_new(x, h, w_x, w_h, b_x, b_h):
    """The roles of z and 1 − z are swapped: no difference at z = 1/2."""
    (xr, xz, xn), (hr, hz, hn) = _pieces(x, h, w_x, w_h, b_x, b_h)
    z = torch.sigmoid(xz + hz)
    return z * torch.tanh(xn + torch.sigmoid(xr + hr) * hn) + (1 - z) * h


def wrong__gru_cell__z_first(x, h, w_x, w_h, b_x, b_h):
    """The first rows belong to r, not to z."""
    (xz, xr, xn), (hz, hr, hn) = _pieces(x, h, w_x, w_h, b_x, b_h)
    z = torch.sigmoid(xz + hz)
    return (1 - z) * torch.tanh(xn + torch.sigmoid(xr + hr) * hn) + z * h


def wrong__gru_cell__reset_before_the_product(x, h, w_x, w_h, b_x, b_h):
    """r multiplies U_n h + c_n, not h itself (equal for width 1 without c_n, or for a diagonal U_n)."""
    width = h.shape[1]
    (xr, xz, xn), (hr, hz, _) = _pieces(x, h, w_x, w_h, b_x, b_h)
    r, z = torch.sigmoid(xr + hr), torch.sigmoid(xz + hz)
    n = torch.tanh(xn + (r * h) @ w_h[2 * width :].T + r * b_h[2 * width :])
    return (1 - z) * n + z * h


def wrong__gru_cell__bias_outside_the_reset(x, h, w_x, w_h, b_x, b_h):
    """c_n is inside the bracket that r multiplies."""
    width = h.shape[1]
    (xr, xz, xn), (hr, hz, hn) = _pieces(x, h, w_x, w_h, b_x, b_h)
    r, z = torch.sigmoid(xr + hr), torch.sigmoid(xz + hz)
    c = b_h[2 * width :]
    return (1 - z) * torch.tanh(xn + c + r * (hn - c)) + z * h


def wrong__gru_cell__rows_interleaved(x, h, w_x, w_h, b_x, b_h):
    """The rows are stacked gate by gate, not unit by unit (no difference for width 1)."""
    order = torch.arange(3 * h.shape[1]).reshape(-1, 3).T.reshape(-1)
    return right__gru_cell__chunks(x, h, w_x[order], w_h[order], b_x[order], b_h[order])


def wrong__gru_cell__hand_made_sigmoid(x, h, w_x, w_h, b_x, b_h):
    """e^s / (1 + e^s) is nan for a large s, where the sigmoid is 1."""
    (xr, xz, xn), (hr, hz, hn) = _pieces(x, h, w_x, w_h, b_x, b_h)
    r, z = (s.exp() / (1 + s.exp()) for s in (xr + hr, xz + hz))
    return (1 - z) * torch.tanh(xn + r * hn) + z * h


def wrong__gru_cell__hand_made_tanh(x, h, w_x, w_h, b_x, b_h):
    """(e^s − e^−s) / (e^s + e^−s) is nan for a large s, where tanh is 1."""
    (xr, xz, xn), (hr, hz, hn) = _pieces(x, h, w_x, w_h, b_x, b_h)
    r, z = torch.sigmoid(xr + hr), torch.sigmoid(xz + hz)
    s = xn + r * hn
    n = (s.exp() - (-s).exp()) / (s.exp() + (-s).exp())
    return (1 - z) * n + z * h


def wrong__gru_cell__sigmoid_with_nan_gradient(x, h, w_x, w_h, b_x, b_h):
    """1 / (1 + e^−s) is right, but its gradient is nan for s = −100."""
    (xr, xz, xn), (hr, hz, hn) = _pieces(x, h, w_x, w_h, b_x, b_h)
    r, z = (1 / (1 + torch.exp(-s)) for s in (xr + hr, xz + hz))
    return (1 - z) * torch.tanh(xn + r * hn) + z * h


def wrong__gru_cell__copied_into_a_layer(x, h, w_x, w_h, b_x, b_h):
    """Gradients reach x and h, but none of the weights and biases."""
    cell = nn.GRUCell(x.shape[1], h.shape[1], dtype=x.dtype)
    with torch.no_grad():
        for own, given in zip(cell.parameters(), (w_x, w_h, b_x, b_h), strict=True):
            own.copy_(given)
    return cell(x, h)


def wrong__gru_cell__old_state_detached_in_the_mix(x, h, w_x, w_h, b_x, b_h):
    """The gradient of z ⊙ h to h is lost; the others are right."""
    (xr, xz, xn), (hr, hz, hn) = _pieces(x, h, w_x, w_h, b_x, b_h)
    r, z = torch.sigmoid(xr + hr), torch.sigmoid(xz + hz)
    return (1 - z) * torch.tanh(xn + r * hn) + z * h.detach()


def wrong__gru_cell__one_bias_for_the_gates(x, h, w_x, w_h, b_x, b_h):
    """c_r and c_z are forgotten."""
    width = h.shape[1]
    kept = torch.cat([torch.zeros_like(b_h[: 2 * width]), b_h[2 * width :]])
    return right__gru_cell__chunks(x, h, w_x, w_h, b_x, kept)


def wrong__gru_cell__no_biases_of_a_zero_state(x, h, w_x, w_h, b_x, b_h):
    """A state of zeros still adds the biases c."""
    if not h.any():
        b_h = torch.zeros_like(b_h)
    return right__gru_cell__chunks(x, h, w_x, w_h, b_x, b_h)


def wrong__gru_cell__state_clamped(x, h, w_x, w_h, b_x, b_h):
    """A state may be larger than 5: nothing says that it came out of a tanh."""
    return right__gru_cell__chunks(x, h.clamp(-5, 5), w_x, w_h, b_x, b_h)


def wrong__gru_cell__split_by_inputs(x, h, w_x, w_h, b_x, b_h):
    """The gates have `width` rows each, not as many as there are inputs."""
    d = x.shape[1] if 3 * x.shape[1] < len(w_x) else h.shape[1]
    a, c = x @ w_x.T + b_x, h @ w_h.T + b_h
    r = torch.sigmoid(a[:, :d] + c[:, :d])
    z = torch.sigmoid(a[:, d : 2 * d] + c[:, d : 2 * d])
    n = torch.tanh(a[:, -d:] + r * c[:, -d:])
    return (1 - z) * n + z * h[:, :d]


def wrong__gru_cell__one_row_squeezed(x, h, w_x, w_h, b_x, b_h):
    """A batch of one row gives (1, width), not (width,)."""
    return right__gru_cell__chunks(x, h, w_x, w_h, b_x, b_h).squeeze(0)


# --- 3. memory_length -------------------------------------------------------------------------------------------------


def right__memory_length__power_of_two_scale(weight, floor, limit):
    weight = np.asarray(weight, dtype=float)
    power, exponent, last = np.eye(len(weight)), 0, 0
    wanted, wanted_exponent = math.frexp(floor)
    for k in range(1, limit + 1):
        power = power @ weight
        norm = np.linalg.norm(power, 2)
        if norm == 0:
            break
        mantissa, shift = math.frexp(norm)
        exponent += shift
        power = power * 0.5**shift if abs(shift) < 1000 else np.ldexp(power, -shift)
        if (exponent, mantissa) >= (wanted_exponent, wanted):
            last = k
    return last


def right__memory_length__logarithms(weight, floor, limit):
    power, size, last = np.eye(len(weight)), 0.0, 0
    for k in range(1, limit + 1):
        power = weight @ power
        norm = float(np.linalg.svd(power, compute_uv=False)[0])
        if not norm:
            return last
        power, size = power / norm, size + math.log(norm)
        if size >= math.log(floor) - 1e-12 * k:
            last = k
    return last


def right__memory_length__torch_from_all_norms(weight, floor, limit):
    matrix = torch.as_tensor(np.asarray(weight, dtype=np.float64))
    power, total, sizes = torch.eye(len(matrix), dtype=torch.float64), 0.0, []
    for _ in range(limit):
        power = power @ matrix
        norm = torch.linalg.matrix_norm(power, ord=2).item()
        if norm == 0.0:
            sizes.append(-math.inf)
            continue
        total += math.log2(norm)
        power /= norm
        sizes.append(total)
    return max((k for k, size in enumerate(sizes, 1) if size >= math.log2(floor) - 1e-9), default=0)


def right__memory_length__scaled_by_largest_entry(weight, floor, limit):
    weight = np.array(weight, dtype=np.float64)
    power, log_scale, answer = weight.copy(), 0.0, 0
    for k in range(1, int(limit) + 1):
        largest = np.abs(power).max()
        if largest == 0:
            break
        power = power / largest
        log_scale += np.log(largest)
        top = np.sqrt(np.linalg.eigvalsh(power.T @ power)[-1])
        if log_scale + np.log(top) >= np.log(floor) - 1e-10:
            answer = k
        power = power @ weight
    return np.int64(answer)


def _norms(weight, limit):
    """Logarithms of the spectral norms of the powers 1, ..., limit."""
    power, size, sizes = np.eye(len(weight)), 0.0, []
    for _ in range(limit):
        power = power @ weight
        norm = float(np.linalg.norm(power, 2))
        if norm == 0:
            sizes += [-math.inf] * (limit - len(sizes))
            break
        power, size = power / norm, size + math.log(norm)
        sizes.append(size)
    return np.array(sizes)


def _last(reached):
    return int(np.flatnonzero(reached)[-1]) + 1 if np.any(reached) else 0


def wrong__memory_length__stops_at_the_first_below(weight, floor, limit):
    """The norm may rise again after it has fallen below the floor."""
    reached = _norms(weight, limit) >= math.log(floor) - 1e-12
    return int(np.argmin(reached)) if not reached.all() else limit


def wrong__memory_length__stops_after_ten_below(weight, floor, limit):
    """The norm may rise again after more than ten steps below the floor."""
    last = 0
    for k, size in enumerate(_norms(weight, limit), 1):
        if size >= math.log(floor) - 1e-12:
            last = k
        elif k > last + 10:
            break
    return last


def wrong__memory_length__stops_at_overflow(weight, floor, limit):
    """A power that outgrows every float can shrink again, as [[0, a, 0], [0, 0, a], [0, 0, 0]] does."""
    sizes = _norms(weight, limit)
    if (sizes > 709).any():
        return limit
    return _last(sizes >= math.log(floor) - 1e-12)


def wrong__memory_length__plain_powers(weight, floor, limit):
    """The powers become inf, then nan: a network that grows is judged to have forgotten."""
    with np.errstate(all="ignore"):
        power, last = np.asarray(weight, dtype=float), 0
        for k in range(1, limit + 1):
            if np.isfinite(power).all() and np.linalg.norm(power, 2) >= floor:
                last = k
            power = power @ weight
    return last


def wrong__memory_length__grows_so_it_lasts(weight, floor, limit):
    """A spectral radius above 1 doesn't mean that `floor` is reached within `limit` steps."""
    if np.abs(np.linalg.eigvals(weight)).max() > 1 + 1e-9:
        return limit
    return _last(_norms(weight, limit) >= math.log(floor) - 1e-12)


def wrong__memory_length__largest_eigenvalue(weight, floor, limit):
    """The spectral norm of a matrix that isn't symmetric is larger than its largest eigenvalue."""
    radius = float(np.abs(np.linalg.eigvals(np.asarray(weight, dtype=float))).max())
    if radius == 0:
        return 0
    return _last(np.arange(1, limit + 1) * math.log(radius) >= math.log(floor) - 1e-12)


def wrong__memory_length__power_of_the_norm(weight, floor, limit):
    """‖W‖ᵏ is only an upper bound of ‖Wᵏ‖."""
    norm = float(np.linalg.norm(weight, 2))
    if norm == 0:
        return 0
    return _last(np.arange(1, limit + 1) * math.log(norm) >= math.log(floor) - 1e-12)


def _last_with(weight, floor, limit, measure):
    power, size, last = np.eye(len(weight)), 0.0, 0
    for k in range(1, limit + 1):
        power = power @ weight
        norm = float(np.linalg.norm(power, 2))
        if norm == 0:
            break
        power, size = power / norm, size + math.log(norm)
        if size + math.log(measure(power)) >= math.log(floor) - 1e-12:
            last = k
    return last


def wrong__memory_length__frobenius(weight, floor, limit):
    """NumPy's default norm of a matrix is the Frobenius norm (equal for rank 1)."""
    return _last_with(weight, floor, limit, np.linalg.norm)


def wrong__memory_length__largest_column_sum(weight, floor, limit):
    """`ord=1` is the largest column sum, not the spectral norm."""
    return _last_with(weight, floor, limit, lambda power: np.linalg.norm(power, 1))


def wrong__memory_length__elementwise_powers(weight, floor, limit):
    """W ** k is the power of each number, not of the matrix (equal for a diagonal matrix)."""
    weight = np.asarray(weight, dtype=float)
    last = 0
    with np.errstate(all="ignore"):
        for k in range(1, limit + 1):
            power = weight**k
            if not np.isfinite(power).all() or np.linalg.norm(power, 2) >= floor:
                last = k
    return last


def wrong__memory_length__strictly_above(weight, floor, limit):
    """A norm that equals `floor` reaches it."""
    return _last(_norms(weight, limit) > math.log(floor) + 1e-9)


def wrong__memory_length__at_least_one(weight, floor, limit):
    """0 if the norm is below `floor` from the first step."""
    return max(1, _last(_norms(weight, limit) >= math.log(floor) - 1e-12))


def wrong__memory_length__at_most_five_hundred(weight, floor, limit):
    """`limit` may be thousands."""
    return _last(_norms(weight, min(limit, 500)) >= math.log(floor) - 1e-12)


def wrong__memory_length__warns_of_log_zero(weight, floor, limit):
    """No warning may be raised: the logarithm of a power of zeros warns."""
    power, size, sizes = np.eye(len(weight)), 0.0, []
    for _ in range(limit):
        power = power @ weight
        norm = np.linalg.norm(power, 2)
        size = size + np.log(norm)
        sizes.append(size)
        power = power / norm if norm else power
    return _last(np.array(sizes) >= math.log(floor) - 1e-12)


def wrong__memory_length__limit_not_reached(weight, floor, limit):
    """k = limit counts too."""
    return _last(_norms(weight, max(limit - 1, 0)) >= math.log(floor) - 1e-12)


def wrong__memory_length__integers_overflow(weight, floor, limit):
    """Powers of an integer matrix wrap around at 2**63."""
    power, scale, last = np.asarray(weight), 0.0, 0
    for k in range(1, limit + 1):
        norm = float(np.linalg.norm(power, 2))
        if norm == 0:
            break
        if scale + math.log(norm) >= math.log(floor) - 1e-12:
            last = k
        if power.dtype.kind == "f":
            power, scale = power / norm, scale + math.log(norm)
        power = power @ weight
    return last


# --- 4. masked_token_loss ---------------------------------------------------------------------------------------------


def _real(logits, lengths):
    return torch.arange(logits.shape[1]) < lengths[:, None]


def right__masked_token_loss__select(logits, targets, lengths):
    real = _real(logits, lengths)
    return functional.cross_entropy(logits[real], targets[real].long())


def right__masked_token_loss__ignore_index(logits, targets, lengths):
    real = _real(logits, lengths)
    clean = torch.where(real[..., None], logits, torch.zeros_like(logits))
    return functional.cross_entropy(clean.transpose(1, 2), targets.long().masked_fill(~real, -100))


def right__masked_token_loss__row_by_row(logits, targets, lengths):
    total, count = 0.0, 0
    for row, wanted, length in zip(logits, targets, lengths.tolist(), strict=True):
        total = total + functional.cross_entropy(row[:length], wanted[:length].long(), reduction="sum")
        count += length
    return total / count


def right__masked_token_loss__gather(logits, targets, lengths):
    real = _real(logits, lengths)
    scores = logits.masked_fill(~real.unsqueeze(-1), 0).log_softmax(-1)
    chosen = scores.gather(-1, targets.masked_fill(~real, 0).long().unsqueeze(-1)).squeeze(-1)
    return -(chosen * real).sum() / real.sum()


def right__masked_token_loss__concatenated(logits, targets, lengths):
    rows = [row[:n] for row, n in zip(logits, lengths.tolist(), strict=True)]
    wanted = [row[:n] for row, n in zip(targets, lengths.tolist(), strict=True)]
    scores, chosen = torch.cat(rows), torch.cat(wanted).to(torch.int64)
    return (scores.logsumexp(dim=1) - scores[torch.arange(len(chosen)), chosen]).mean()


def right__masked_token_loss__without_long(logits, targets, lengths):
    real = _real(logits, lengths)
    return functional.nll_loss(torch.log_softmax(logits[real], dim=-1), targets[real])


def _token_losses(logits, targets, real):
    clean = logits.masked_fill(~real[..., None], 0)
    wanted = targets.long().masked_fill(~real, 0)
    return functional.cross_entropy(clean.transpose(1, 2), wanted, reduction="none")


def wrong__masked_token_loss__mean_of_row_means(logits, targets, lengths):
    """Each token has the same weight, not each row."""
    real = _real(logits, lengths)
    losses = _token_losses(logits, targets, real) * real
    return (losses.sum(1) / lengths.clamp(min=1))[lengths > 0].mean()


def wrong__masked_token_loss__all_places_in_the_mean(logits, targets, lengths):
    """The sum is divided by all places, padding too."""
    real = _real(logits, lengths)
    return (_token_losses(logits, targets, real) * real).mean()


def wrong__masked_token_loss__where_after_the_loss(logits, targets, lengths):
    """The loss is right; the gradient is nan where the padding's logits are nan."""
    real = _real(logits, lengths)
    wanted = targets.long().masked_fill(~real, 0)
    losses = functional.cross_entropy(logits.transpose(1, 2), wanted, reduction="none")
    return torch.where(real, losses, torch.zeros_like(losses)).sum() / real.sum()


def wrong__masked_token_loss__mask_times_loss(logits, targets, lengths):
    """0 times nan is nan."""
    real = _real(logits, lengths)
    wanted = targets.long().masked_fill(~real, 0)
    losses = functional.cross_entropy(logits.transpose(1, 2), wanted, reduction="none")
    return (losses * real).sum() / real.sum()


def wrong__masked_token_loss__padding_by_target(logits, targets, lengths):
    """Padding can hold a valid target; only `lengths` says what is real."""
    real = (targets >= 0) & (targets < logits.shape[-1]) & ~logits.isnan().any(-1)
    return functional.cross_entropy(logits[real], targets[real].long())


def wrong__masked_token_loss__padding_by_nan(logits, targets, lengths):
    """Padding can hold finite logits."""
    real = ~logits.isnan().any(-1) & (targets >= 0) & (targets < logits.shape[-1])
    real &= torch.arange(logits.shape[1]) < lengths.max()
    return functional.cross_entropy(logits[real], targets[real].long())


def wrong__masked_token_loss__class_zero_ignored(logits, targets, lengths):
    """Real tokens of class 0 are left out."""
    real = _real(logits, lengths)
    clean = logits.masked_fill(~real[..., None], 0)
    return functional.cross_entropy(clean.flatten(0, 1), targets.long().masked_fill(~real, 0).flatten(), ignore_index=0)


def wrong__masked_token_loss__empty_rows_count_one(logits, targets, lengths):
    """A row of length 0 has no token; its first place is padding."""
    real = _real(logits, lengths)
    losses = _token_losses(logits, targets, real) * real
    return losses.sum() / lengths.clamp(min=1).sum()


def wrong__masked_token_loss__empty_rows_read(logits, targets, lengths):
    """In a row of length 0, the first place is read if its target is valid and its logits are finite."""
    real = _real(logits, lengths)
    first = (targets[:, 0] >= 0) & (targets[:, 0] < logits.shape[-1]) & logits[:, 0].isfinite().all(-1)
    real[:, 0] |= first
    return functional.cross_entropy(logits[real], targets[real].long())


def wrong__masked_token_loss__softmax_then_log(logits, targets, lengths):
    """log(softmax) is −inf for a token that is 200 below the best; its cross-entropy is 200."""
    real = _real(logits, lengths)
    likely = torch.softmax(logits[real], dim=-1)
    return -likely[torch.arange(len(likely)), targets[real].long()].log().mean()


def wrong__masked_token_loss__raw_exponentials(logits, targets, lengths):
    """e^1000 is inf."""
    real = _real(logits, lengths)
    scores, wanted = logits[real], targets[real].long()
    return (scores.exp().sum(-1).log() - scores[torch.arange(len(wanted)), wanted]).mean()


def wrong__masked_token_loss__tiny_likelihood_clamped(logits, targets, lengths):
    """A clamp at 1e-12 hides how wrong the model is: the cross-entropy may be above 27.6."""
    real = _real(logits, lengths)
    likely = torch.softmax(logits[real], dim=-1)[torch.arange(int(real.sum())), targets[real].long()]
    return -likely.clamp(min=1e-12).log().mean()


def wrong__masked_token_loss__no_gradient(logits, targets, lengths):
    """The loss has no gradient."""
    return right__masked_token_loss__select(logits.detach(), targets, lengths).requires_grad_()


def wrong__masked_token_loss__one_number_in_a_list(logits, targets, lengths):
    """The result has a dimension."""
    return right__masked_token_loss__select(logits, targets, lengths).reshape(1)


def wrong__masked_token_loss__float(logits, targets, lengths):
    """A plain number isn't a tensor and has no gradient."""
    return right__masked_token_loss__select(logits, targets, lengths).item()


def wrong__masked_token_loss__last_token_lost(logits, targets, lengths):
    """The last real token of each row that has more than one is left out."""
    return right__masked_token_loss__select(logits, targets, torch.where(lengths > 1, lengths - 1, lengths))


def wrong__masked_token_loss__gradient_by_place(logits, targets, lengths):
    """The loss is right, but its gradient is divided by all places."""
    real = _real(logits, lengths)
    loss = right__masked_token_loss__select(logits, targets, lengths)
    scaled = loss * real.float().mean()
    return scaled + (loss - scaled).detach()


# --- 5. forecast_band -------------------------------------------------------------------------------------------------


def _simple_forecast(known, horizon):
    """Level of the last months + trend of four years + season of six years."""
    slope = (known[-12:].mean() - known[-60:-48].mean()) / 48
    months = np.arange(-71, 1)
    flat = (known[-72:] - slope * months).reshape(6, 12)
    season = (flat - flat.mean(axis=1, keepdims=True)).mean(axis=0)
    rest = flat[-1] - season
    ahead = np.arange(1, horizon + 1)
    return rest[-4:].mean() + slope * ahead + season[(ahead - 1) % 12], rest - rest[-4:].mean()


def _examples(history, horizon, first=72):
    rows, answers = [], []
    for now in range(first, len(history) - horizon + 1):
        forecast, rest = _simple_forecast(history[:now], horizon)
        rows.append(rest)
        answers.append(history[now : now + horizon] - forecast)
    return np.array(rows), np.array(answers)


def _tensor(table):
    return torch.tensor(table, dtype=torch.float32)


def _shrunk(model, rows, share):
    return share * np.asarray(model(_tensor(rows)), dtype=float)


def _grown(widths):
    """Widths that never shrink with the distance, and end above their beginning."""
    widths = np.maximum.accumulate(widths)
    return widths * np.linspace(0.97, 1.03, len(widths))


def _held_out(history, horizon, train, cut=0.55, least=0.0):
    """Return the middle and the errors on months that the network hasn't seen."""
    history = np.asarray(history, dtype=float)
    rows, answers = _examples(history, horizon)
    scale = answers.std()
    rows, answers = rows / scale, answers / scale
    known = int(cut * len(rows))
    model = train(_tensor(rows[: known - horizon]), _tensor(answers[: known - horizon]))
    guesses, later = _shrunk(model, rows[known:], 1.0), answers[known:]
    share = np.clip((guesses * later).sum() / max((guesses**2).sum(), 1e-12), least, 1)
    errors = later - share * guesses
    forecast, rest = _simple_forecast(history, horizon)
    middle = forecast + scale * _shrunk(model, rest[None] / scale, share)[0]
    return middle, errors * scale


def right__forecast_band__quantiles_of_held_out_errors(history, horizon, train):
    middle, errors = _held_out(history, horizon, train)
    shift = np.median(errors, axis=0)
    widths = _grown(np.quantile(np.abs(errors - shift), 0.82, axis=0))
    return np.stack([middle + shift - widths, middle + shift, middle + shift + widths])


def right__forecast_band__normal_spread(history, horizon, train):
    middle, errors = _held_out(history, horizon, train)
    middle = middle + errors.mean(axis=0)
    half = 1.3 * errors.std(axis=0)
    ahead = np.arange(1, horizon + 1)
    slope, start = np.polyfit(ahead, half, 1)
    half = start + max(slope, 0.005 * half.mean()) * ahead
    return np.array([middle - half, middle, middle + half])


def right__forecast_band__two_networks(history, horizon, train):
    """The second half judges the first one's network, and the other way round: the errors of both, sorted."""
    history = np.asarray(history, dtype=float)
    rows, answers = _examples(history, horizon)
    scale = np.abs(answers).mean() + 1e-300
    rows, answers = rows / scale, answers / scale
    half = len(rows) // 2
    parts = [(slice(0, half - horizon), slice(half, None)), (slice(half + horizon, None), slice(0, half))]
    forecast, rest = _simple_forecast(history, horizon)
    errors, guesses = [], []
    for learn, judge in parts:
        model = train(_tensor(rows[learn]), _tensor(answers[learn]))
        errors.append(answers[judge] - _shrunk(model, rows[judge], 0.5))
        guesses.append(_shrunk(model, rest[None] / scale, 0.5)[0])
    errors = np.concatenate(errors)
    middle = np.mean(guesses, axis=0) + np.median(errors[half // 2 :], axis=0)
    below, above = np.quantile(errors - np.median(errors, axis=0), [0.1, 0.9], axis=0)
    band = np.stack([middle - _grown(-below), middle, middle + _grown(above)])
    return (forecast + scale * band).astype(np.float32 if np.ptp(history) > 1 else float)


def _raw_pairs(values, horizon, past=24):
    table = _windows(values, past + horizon)
    return table[:, :past], table[:, past:]


def wrong__forecast_band__errors_of_the_training_rows(history, horizon, train):
    """A network that knows its training rows by heart has no errors there: the band has no width."""
    rows, answers = _examples(history, horizon)
    scale = answers.std()
    model = train(_tensor(rows / scale), _tensor(answers / scale))
    errors = answers - scale * _shrunk(model, rows / scale, 1.0)
    forecast, rest = _simple_forecast(history, horizon)
    middle = forecast + scale * _shrunk(model, rest[None] / scale, 1.0)[0]
    widths = _grown(np.quantile(np.abs(errors), 0.8, axis=0))
    return np.stack([middle - widths, middle, middle + widths])


def wrong__forecast_band__levels_standardized_once(history, horizon, train):
    """The network never answers beyond what it has seen: a series that rises stays below its future."""
    mean, scale = history.mean(), history.std()
    rows, answers = _raw_pairs((history - mean) / scale, horizon)
    known = int(0.7 * len(rows))
    model = train(_tensor(rows[:known]), _tensor(answers[:known]))
    widths = _grown(np.quantile(np.abs(answers[known:] - _shrunk(model, rows[known:], 1.0)), 0.8, axis=0))
    middle = _shrunk(model, (history[None, -24:] - mean) / scale, 1.0)[0]
    return mean + scale * np.stack([middle - widths, middle, middle + widths])


def wrong__forecast_band__numbers_as_they_are(history, horizon, train):
    """`train` expects numbers of a size around 1, whatever the unit."""
    rows, answers = _examples(history, horizon)
    known = int(0.55 * len(rows))
    model = train(_tensor(rows[: known - horizon]), _tensor(answers[: known - horizon]))
    errors = answers[known:] - _shrunk(model, rows[known:], 0.5)
    forecast, rest = _simple_forecast(history, horizon)
    middle = forecast + _shrunk(model, rest[None], 0.5)[0] + np.median(errors, axis=0)
    widths = _grown(np.quantile(np.abs(errors - np.median(errors, axis=0)), 0.82, axis=0))
    return np.stack([middle - widths, middle, middle + widths])


def wrong__forecast_band__scaled_for_ppm_only(history, horizon, train):
    """Divided by 1 ppm: in ppb or ppt, the numbers aren't of a size around 1."""
    unit = 1.0 if history.mean() < 1000 else 2.0
    return unit * wrong__forecast_band__numbers_as_they_are(history / unit, horizon, train)


def wrong__forecast_band__same_width_everywhere(history, horizon, train):
    """The band must grow with the distance."""
    middle, errors = _held_out(history, horizon, train)
    width = np.quantile(np.abs(errors), 0.8)
    return np.stack([middle - width, middle, middle + width])


def wrong__forecast_band__shrinks(history, horizon, train):
    """The widths are in the wrong order: the nearest month has the widest band."""
    low, middle, high = right__forecast_band__quantiles_of_held_out_errors(history, horizon, train)
    return np.stack([middle - (middle - low)[::-1], middle, middle + (high - middle)[::-1]])


def wrong__forecast_band__ninety_nine_percent(history, horizon, train):
    """A band that holds nearly every month isn't one of 80 %."""
    low, middle, high = right__forecast_band__quantiles_of_held_out_errors(history, horizon, train)
    return np.stack([3 * low - 2 * middle, middle, 3 * high - 2 * middle])


def wrong__forecast_band__half_as_wide(history, horizon, train):
    """A third of the months is outside of the band on each side."""
    low, middle, high = right__forecast_band__quantiles_of_held_out_errors(history, horizon, train)
    return np.stack([(low + 2 * middle) / 3, middle, (high + 2 * middle) / 3])


def wrong__forecast_band__middle_first(history, horizon, train):
    """The order is lower end, middle, upper end."""
    low, middle, high = right__forecast_band__quantiles_of_held_out_errors(history, horizon, train)
    return np.stack([middle, low, high])


def wrong__forecast_band__a_row_for_each_month(history, horizon, train):
    """The shape is (3, horizon), not (horizon, 3)."""
    return right__forecast_band__quantiles_of_held_out_errors(history, horizon, train).T


def wrong__forecast_band__year_repeated(history, horizon, train):
    """Beyond the twelfth month, the second year is the first one again, without its rise or a wider band."""
    band = right__forecast_band__quantiles_of_held_out_errors(history, 12, train)
    return band[:, np.arange(horizon) % 12]


def wrong__forecast_band__last_year_plus_rise(history, horizon, train):
    """The middle is the forecast that is to be beaten."""
    ahead = np.arange(horizon)
    rise = history[-12:].mean() - history[-24:-12].mean()
    middle = history[-12:][ahead % 12] + rise * (1 + ahead // 12)
    _, errors = _held_out(history, horizon, train)
    widths = _grown(np.quantile(np.abs(errors), 0.85, axis=0)) * 1.2
    return np.stack([middle - widths, middle, middle + widths])


def wrong__forecast_band__signed_quantiles_around_the_network(history, horizon, train):
    """If the network errs to one side, both quantiles have one sign: the middle lies outside of the band."""
    middle, errors = _held_out(history, horizon, train, least=1.0)
    below, above = np.quantile(errors, [0.1, 0.9], axis=0)
    grow = np.linspace(0.97, 1.03, horizon)
    return np.stack([middle + below * grow, middle, middle + above * grow])


def wrong__forecast_band__least_width_of_one_unit(history, horizon, train):
    """A width that isn't proportional to the series: in ppt it is nothing, in ppm it holds every month."""
    low, middle, high = right__forecast_band__quantiles_of_held_out_errors(history, horizon, train)
    widths = np.maximum((high - low) / 2, 3.0 + 0.1 * np.arange(horizon))
    return np.stack([middle - widths, middle, middle + widths])


def wrong__forecast_band__float64_rows(history, horizon, train):
    """`train` takes float32, as `trained` says."""
    return right__forecast_band__quantiles_of_held_out_errors(
        history, horizon, lambda x, y: train(x.double(), y.double())
    )


_BANDS: dict[int, np.ndarray] = {}


def wrong__forecast_band__remembered_by_horizon(history, horizon, train):
    """A second series of the same horizon gets the first one's band."""
    if horizon not in _BANDS:
        _BANDS[horizon] = right__forecast_band__quantiles_of_held_out_errors(history, horizon, train)
    return _BANDS[horizon]
