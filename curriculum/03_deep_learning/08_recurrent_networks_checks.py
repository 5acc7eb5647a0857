"""Checks, hints and known mistakes of 03_deep_learning/08_recurrent_networks."""

import math
import warnings
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from torch import nn
from torch.nn.functional import cross_entropy

from handrail.expect import (
    agree,
    arrays,
    attempt,
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

# 1. past_future_pairs


def _one_by_one(series, past, horizon):
    """Walk through the series, and take an example wherever one ends inside it."""
    values, questions, answers = list(series), [], []
    begin = 0
    while begin + past + horizon <= len(values):
        questions.append(values[begin : begin + past])
        answers.append(values[begin + past : begin + past + horizon])
        begin += 1
    kind_of = np.asarray(series).dtype
    return (
        np.array(questions, dtype=kind_of).reshape(-1, past),
        np.array(answers, dtype=kind_of).reshape(-1, horizon),
    )


@hints(
    "How many readings in a row does one example need? Then at how many places can an example begin?",
    "A column of beginnings plus a row of offsets gives a table of positions; indexing with it gives the readings.",
    "The answers' offsets start at `past`. There are len(series) − past − horizon + 1 beginnings, but never below 0.",
)
def check_past_future_pairs(past_future_pairs):
    series = arrays(st.sampled_from([float, int]).flatmap(_readings), size=between(0, 9), distinct=True)
    also = [
        call(np.array([1, 2, 3, 4, 5]), 2, 1),
        call(np.array([1.0, 2.5, 4.0, 8.0, 16.0, 32.0, 64.0]), 2, 3),
        call(np.array([3.0, 1.0, 2.0]), 1, 2),
        call(np.array([3.0, 1.0, 2.0]), 3, 2),
        call(np.array([1.0]), 1, 1),
        call(np.array([]), 2, 3),
        call(np.arange(3000.0), 24, 12),
        call(np.array([5.0, np.nan, 5.0, 5.0, -1.0]), 1, 2),
        call(np.full(4, 2.0), 1, 1),  # equal examples, and each counts
        call(np.array([2**24 + 1, 2**24 + 3, 3]), 1, 1),  # more digits than a float32 has
    ]
    agree(past_future_pairs, _one_by_one, on=(series, between(1, 4), between(1, 4)), also=also)


def _readings(of):
    return numbers(-8, 8, step=0.5) if of is float else between(-9, 9)


def past_future_pairs__overlap(series, past, horizon):
    """Your answers begin with the last reading of the question, so the network can copy it. The answer starts right
    *after* the question."""
    begins = np.arange(max(0, len(series) - past - horizon + 1))[:, None]
    return series[begins + np.arange(past)], series[begins + past - 1 + np.arange(horizon)]


def past_future_pairs__last_pair_lost(series, past, horizon):
    """The last example is missing. N readings hold N − past − horizon + 1 examples: count those of the shortest series
    that holds one."""
    begins = np.arange(max(0, len(series) - past - horizon))[:, None]
    return series[begins + np.arange(past)], series[begins + past + np.arange(horizon)]


def past_future_pairs__one_late(series, past, horizon):
    """Your answers come one step late: a reading between question and answer is skipped."""
    begins = np.arange(max(0, len(series) - past - horizon))[:, None]
    return series[begins + np.arange(past)], series[begins + past + 1 + np.arange(horizon)]


def past_future_pairs__blocks(series, past, horizon):
    """Your examples stand side by side. They may overlap: one begins at *every* reading that leaves room for it."""
    begins = np.arange(0, max(0, len(series) - past - horizon + 1), past + horizon)[:, None]
    return series[begins + np.arange(past)], series[begins + past + np.arange(horizon)]


def past_future_pairs__only_one_step(series, past, horizon):
    """Your answers hold one reading, the one `horizon` steps ahead. All the readings up to it belong to the answer."""
    begins = np.arange(max(0, len(series) - past - horizon + 1))[:, None]
    return series[begins + np.arange(past)], series[begins + past + horizon - 1]


def past_future_pairs__short_series(series, past, horizon):
    """A series that is too short for one example fails, or gives tables of the wrong width. It holds no example, but
    the tables keep their widths: (0, past) and (0, horizon)."""
    begins = range(len(series) - past - horizon + 1)
    questions = np.array([series[i : i + past] for i in begins])
    return questions, np.array([series[i + past : i + past + horizon] for i in begins])


# 2. gru_cell


def _grid(*dimensions, seed, dtype, spread=8):
    """Return random multiples of 0.25 from -spread/4 to spread/4."""
    generator = torch.Generator().manual_seed(seed)
    return (torch.randint(-spread, spread + 1, dimensions, generator=generator) / 4).to(dtype)


@st.composite
def _cells(draw):
    batch, inputs, width, seed = draw(between(1, 3)), draw(between(1, 3)), draw(between(1, 3)), draw(between(0, 99))
    dtype = draw(st.sampled_from([torch.float32, torch.float32, torch.float64]))
    shapes = (batch, inputs), (batch, width), (3 * width, inputs), (3 * width, width), (3 * width,), (3 * width,)
    return call(*(_grid(*size, seed=seed + 100 * i, dtype=dtype) for i, size in enumerate(shapes)))


def _torch_cell(x, h, w_x, w_h, b_x, b_h):
    """Let torch's own cell do it, with these weights."""
    cell = nn.GRUCell(x.shape[1], h.shape[1], dtype=x.dtype)
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    state = dict(zip(names, (w_x, w_h, b_x, b_h), strict=True))
    return torch.func.functional_call(cell, state, (x, h))


@hints(
    "The weights of the three parts are stacked. How many products do you need at least, and how do you cut a result "
    "into thirds?",
    "For n, keep the part that comes from x and the part that comes from h apart: r multiplies only one of them.",
    "chunk(3, dim=1) both `x @ w_x.T + b_x` and `h @ w_h.T + b_h`. r and z are sigmoids of sums; n is the tanh of the "
    "third part of x plus r times the third part of h.",
)
def check_gru_cell(gru_cell):
    one = torch.ones(1, 1)
    zeros = torch.zeros(3, 1), torch.zeros(3), torch.zeros(3)
    saturated, shut = (call(one, 2 * one, size * torch.ones(3, 1), *zeros) for size in (1e4, -200))
    shapes = _SIZES, ((2, 1), (2, 5), (15, 1), (15, 5), (15,), (15,))
    also = [call(*(_grid(*size, seed=7 + i, dtype=torch.float32) for i, size in enumerate(sizes))) for sizes in shapes]
    x, h, *weights = also[0].args
    also += [saturated, call(x, torch.zeros_like(h), *weights), call(x, 20 * h, *weights)]
    agree(gru_cell, _torch_cell, on=_cells(), also=also, examples=40, rtol=1e-4, atol=1e-5)

    def flows(*arguments):
        mine, theirs = ([a.clone().requires_grad_() for a in arguments] for _ in range(2))
        returned = gru_cell(*mine)
        require(
            isinstance(returned, torch.Tensor) and returned.requires_grad,
            "The values are right, but no gradient flows back: the result isn't connected to the inputs any more.",
        )
        attempt(lambda: returned.sum().backward(), "the backward pass through your cell")
        _torch_cell(*theirs).sum().backward()
        for name, a, b in zip(("x", "h", "w_x", "w_h", "b_x", "b_h"), mine, theirs, strict=True):
            require(a.grad is not None, f"The values are right, but no gradient reaches {name}.")
            infinite = "e to a large power overflows, and torch's own sigmoid and tanh don't"
            require(a.grad.isfinite().all(), f"The values are right, but the gradient of {name} is nan: {infinite}.")
            close(a.grad, b.grad, f"the gradient of {name}", rtol=1e-4, atol=1e-5)

    for_all(flows, _cells(), also=[saturated, shut], examples=10)


_SIZES = (2, 3), (2, 2), (6, 3), (6, 2), (6,), (6,)


def _parts(x, h, w_x, w_h, b_x, b_h):
    of_x, of_h = (x @ w_x.T + b_x).chunk(3, dim=1), (h @ w_h.T + b_h).chunk(3, dim=1)
    return (of_x[0] + of_h[0]).sigmoid(), (of_x[1] + of_h[1]).sigmoid(), of_x[2], of_h[2]


def gru_cell__reset_before_product(x, h, w_x, w_h, b_x, b_h):
    """You multiplied the state by r *before* the product with U_n. That is the first paper's cell; the formulas here,
    and torch, apply r after it."""
    r, z, n_x, _ = _parts(x, h, w_x, w_h, b_x, b_h)
    width = h.shape[1]
    n = (n_x + (r * h) @ w_h[2 * width :].T + b_h[2 * width :]).tanh()
    return (1 - z) * n + z * h


def gru_cell__z_exchanged(x, h, w_x, w_h, b_x, b_h):
    """z and 1 − z are exchanged. In these formulas z *keeps* the old state."""
    r, z, n_x, n_h = _parts(x, h, w_x, w_h, b_x, b_h)
    return z * (n_x + r * n_h).tanh() + (1 - z) * h


def gru_cell__sigmoid_candidate(x, h, w_x, w_h, b_x, b_h):
    """Your candidate n is a sigmoid, so no state can become negative. Gates are sigmoids, because they say how much;
    the candidate is a tanh."""
    r, z, n_x, n_h = _parts(x, h, w_x, w_h, b_x, b_h)
    return (1 - z) * (n_x + r * n_h).sigmoid() + z * h


def gru_cell__bias_not_reset(x, h, w_x, w_h, b_x, b_h):
    """The bias c_n stands outside the reset. r multiplies the whole of U_n h + c_n."""
    r, z, n_x, n_h = _parts(x, h, w_x, w_h, b_x, b_h)
    bias = b_h[2 * h.shape[1] :]
    return (1 - z) * (n_x + r * (n_h - bias) + bias).tanh() + z * h


def gru_cell__reset_all(x, h, w_x, w_h, b_x, b_h):
    """r multiplies the candidate's part of x too. It resets the past only: the new input always enters."""
    r, z, n_x, n_h = _parts(x, h, w_x, w_h, b_x, b_h)
    return (1 - z) * (r * (n_x + n_h)).tanh() + z * h


def gru_cell__order_of_gates(x, h, w_x, w_h, b_x, b_h):
    """You took the rows of z for r and those of r for z. The first third of the rows belongs to r."""
    z, r, n_x, n_h = _parts(x, h, w_x, w_h, b_x, b_h)
    return (1 - z) * (n_x + r * n_h).tanh() + z * h


def gru_cell__no_reset(x, h, w_x, w_h, b_x, b_h):
    """r is missing in your candidate, so the cell can't drop its past."""
    _, z, n_x, n_h = _parts(x, h, w_x, w_h, b_x, b_h)
    return (1 - z) * (n_x + n_h).tanh() + z * h


def gru_cell__no_gradient(x, h, w_x, w_h, b_x, b_h):
    """The values are right, but you left torch (or detached a tensor) on the way, so no gradient flows back and the
    cell can't be trained."""
    r, z, n_x, n_h = _parts(x, h, w_x, w_h, b_x, b_h)
    return ((1 - z) * (n_x + r * n_h).tanh() + z * h).detach()


# 3. memory_length


def _norms(weight, limit):
    """Return the spectral norms of the first powers: roots of the largest eigenvalue of (Wᵏ)ᵀWᵏ."""
    norms, power = [], np.eye(len(weight))
    for _ in range(limit):
        power = power @ np.asarray(weight, dtype=float)
        norms.append(math.sqrt(max(0.0, np.linalg.eigvalsh(power.T @ power)[-1])))
    return norms


def _by_norms(weight, floor, limit):
    return max((k for k, norm in enumerate(_norms(weight, limit), start=1) if norm >= floor), default=0)


@st.composite
def _linear_networks(draw):
    n = draw(between(1, 3))
    limit = draw(between(0, 12))
    floor = draw(st.sampled_from([0.01, 0.1, 0.3, 0.7, 1.1, 2.0, 5.0, 40.0]))
    entries = draw(st.sampled_from([numbers(-1, 1, step=0.25), numbers(-4, 4, step=0.5), between(-2, 2)]))
    weight = draw(arrays(entries, shape=(n, n)))
    # where a norm and the floor are equal but for rounding, move the floor
    while any(abs(norm - floor) < 1e-6 * floor for norm in _norms(weight, limit)):
        floor *= 1.01
    return call(weight, round(floor, 6), limit)


def _turn(angle, factor=1.0):
    return factor * np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


@hints(
    "Try [[0, −1], [1, 0]] on paper: a quarter turn. What are its powers, and by how much does each stretch a vector?",
    "Multiply the power by the matrix once more in each step, and take `np.linalg.norm(power, 2)`. May you stop at the "
    "first one below `floor`?",
    "Divide the power by its norm after each step, and keep the logarithm of all that you divided by. That sum is the "
    "logarithm of the true norm. What if a power is 0?",
)
def check_memory_length(memory_length):
    shear, hidden = np.array([[0.5, 20.0], [0.0, 0.5]]), np.array([[0.0, 0.5], [8.0, 0.0]])
    also = [
        call(np.array([[0.5]]), 0.1, 50),
        call(np.array([[0.5]]), 0.25, 50),  # equal counts
        call(np.array([[0.5]]), 0.25, 2),
        call(_turn(0.7), 0.9, 40),
        call(_turn(0.7, 0.99), 0.5, 200),
        call(shear, 1.0, 50),
        call(hidden, 7.0, 9),  # small, large, small, large
        call(hidden, 5.0, 2),
        call(np.array([[0.0, 3.0], [0.0, 0.0]]), 0.5, 10),  # the second power is 0
        call(np.array([[0.0]]), 0.5, 3),
        call(np.array([[2.0]]), 8.0, 0),
        call(np.array([[2, 1], [0, 1]]), 3.0, 4),
        call(np.array([[0.5, 0.0], [0.0, -0.75]]), 0.4, 9),
        call(np.array([[1.99, -1.0], [1.0, 0.0]]), 15.0, 60),  # below for 17 steps, and back
        call(np.array([[2]]), 1.0, 100),  # too large for int64
    ]
    agree(memory_length, _by_norms, on=_linear_networks(), also=also, examples=60)
    for weight, floor, limit, expected, why in _long_memories():
        given = call(weight, floor, limit)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            returned = memory_length(*given.copy().args)
        close(returned, expected, given=given, why=why)
        raised = f"{caught[0].category.__name__}: {caught[0].message}" if caught else ""
        require(not caught, f"The result is right, but a warning was raised. {raised}.", given)


def _long_memories():
    """Yield cases with a known answer that leave the range of floats, or nearly."""
    yield np.array([[0.0, 3.0], [0.0, 0.0]]), 0.5, 10, 1, "The second power is 0."
    yield np.array([[3.0]]), 1.0, 1500, 1500, "The powers grow past every float, and stay above the floor."
    yield np.array([[0.0, 9.0], [9.0, 0.0]]), 10.0, 401, 401, "The powers grow past every float."
    yield 8 * np.eye(3)[[1, 2, 0]], 0.5, 400, 400, "The powers grow past every float."
    yield _turn(0.3), 0.99, 100, 100, "A rotation forgets nothing."
    chain = np.array([[0.0, 1e200, 0.0], [0.0, 0.0, 1e200], [0.0, 0.0, 0.0]])
    yield chain, 1.0, 5, 2, "The second power is larger than every float; the third is 0."
    wave = np.array([[1.9999, -1.0], [1.0, 0.0]])
    yield wave, 150.0, 600, 543, "The norm is below 150 for 169 steps, and rises again."
    yield np.array([[0.5]]), 1e-5, 100, 16, "0.5 to the power of 16 is 1.5e-05."
    block = np.zeros((3, 3))
    block[:2, :2], block[2, 2] = _turn(1.1, 0.9), 0.1
    yield block, 1e-3, 100, 65, "0.9 to the power of 65 is 0.00106."


def _largest(condition, limit):
    return max((k for k in range(1, limit + 1) if condition(k)), default=0)


def _scaled_powers(weight, limit):
    """Yield k, a power divided by e^s, and s."""
    power, s = np.eye(len(weight)), 0.0
    for k in range(1, limit + 1):
        power = weight @ power
        size = np.abs(power).max()
        if size == 0:
            return
        power, s = power / size, s + math.log(size)
        yield k, power, s


def _reaching(weight, floor, limit, measure):
    logs = {k: math.log(measure(power)) + s for k, power, s in _scaled_powers(weight, limit) if measure(power) > 0}
    return max((k for k, log in logs.items() if log >= math.log(floor) - 1e-12), default=0)


def memory_length__largest_entry(weight, floor, limit):
    """You looked at the largest *entry* of the power. A rotation by 45° has no entry above 0.71 and forgets nothing:
    the norm asks how much any *vector* is stretched."""
    return _reaching(weight, floor, limit, lambda power: np.abs(power).max())


def memory_length__eigenvalues(weight, floor, limit):
    """You used the largest eigenvalue to the power of k. It tells about the long run; a matrix that isn't symmetric can
    stretch vectors much more before that."""
    radius = np.abs(np.linalg.eigvals(weight)).max()
    return _largest(lambda k: radius > 0 and k * math.log(radius) >= math.log(floor) - 1e-12, limit)


def memory_length__power_of_norm(weight, floor, limit):
    """You took the norm of W to the power of k. That is an upper bound: the vector that W stretches most may not be
    stretched again. Take the norm of the power."""
    norm = np.linalg.norm(weight, 2)
    return _largest(lambda k: norm > 0 and k * math.log(norm) >= math.log(floor) - 1e-12, limit)


def memory_length__frobenius(weight, floor, limit):
    """`np.linalg.norm(power)` is the root of the sum of all squares. The spectral norm, the largest stretch of
    a vector, needs `ord=2`."""
    return _reaching(weight, floor, limit, np.linalg.norm)


def memory_length__stops_early(weight, floor, limit):
    """You stopped at the first power below `floor`. The norm can come back above it: look at every k up to `limit`."""
    best = 0
    for k, power, s in _scaled_powers(weight, limit):
        if math.log(np.linalg.norm(power, 2)) + s < math.log(floor) - 1e-12:
            break
        best = k
    return best


def memory_length__beyond_limit(weight, floor, limit):
    """You looked one step beyond `limit`. It is the largest k that counts."""
    return _reaching(weight, floor, limit + 1, lambda power: np.linalg.norm(power, 2))


def memory_length__strictly_above(weight, floor, limit):
    """A norm that equals `floor` still reaches it: *at least*, not more than."""
    norms = {k: np.linalg.norm(power, 2) for k, power, _ in _scaled_powers(weight, limit)}
    logs = {k: math.log(norms[k]) + s for k, _, s in _scaled_powers(weight, limit)}
    return max((k for k, log in logs.items() if log > math.log(floor) + 1e-12), default=0)


def memory_length__overflows(weight, floor, limit):
    """Right for short memories, but your powers outgrow the largest float, and become inf, then nan. Nothing is at
    least `floor` then. Keep the power near 1, and compare what is left."""
    best, power = 0, np.eye(len(weight))
    with np.errstate(all="ignore"):
        for k in range(1, limit + 1):
            power = weight @ power
            if not np.isfinite(power).all():
                break
            if np.linalg.norm(power, 2) >= floor:
                best = k
    return best


# 4. masked_token_loss


def _token_by_token(logits, targets, lengths):
    """Add up the losses of the real tokens in float64, one at a time."""
    losses = []
    for row, words, length in zip(logits.tolist(), targets.tolist(), lengths.tolist(), strict=True):
        for scores, word in zip(row[:length], words[:length], strict=True):
            top = max(scores)
            losses.append(top + math.log(sum(math.exp(s - top) for s in scores)) - scores[word])
    return torch.tensor(sum(losses) / len(losses), dtype=logits.dtype)


@st.composite
def _batches(draw, leftovers=True):
    batch, n, classes = draw(between(1, 3)), draw(between(1, 4)), draw(between(2, 4))
    lengths = draw(st.lists(between(0, n), min_size=batch, max_size=batch).filter(any))
    seed, dtype = draw(between(0, 99)), draw(st.sampled_from([torch.float32, torch.float32, torch.float64]))
    logits = _grid(batch, n, classes, seed=seed, dtype=dtype, spread=12)
    targets = torch.randint(classes, (batch, n), generator=torch.Generator().manual_seed(seed))
    left = draw(st.sampled_from(_LEFTOVERS))
    return _with_leftovers(logits, targets, lengths, *(left if leftovers else ()))


_LEFTOVERS = (-1, 5.0), (999, math.nan), (0, math.inf), (-100, 0.0), (1, 1.0)


def _with_leftovers(logits, targets, lengths, target=None, logit=None):
    logits, targets = logits.clone(), targets.clone()
    for i, length in enumerate(lengths if target is not None else ()):
        targets[i, length:], logits[i, length:] = target, logit
    return call(logits, targets, torch.tensor(lengths))


@hints(
    "What is the mean over: places, mails or words? Count them for a batch with one mail of 3 words and one of 1.",
    "Compare the row 0, 1, 2, … with the column of lengths: a mask of shape (batch, n). Select with it *before* you "
    "compute a loss.",
    "`logits[mask]` has shape (words, classes), `targets[mask]` has shape (words,); their mean cross-entropy is the "
    "answer.",
)
@equivalent(
    "torch.arange(targets.shape[1], device=targets.device)",
    "torch.arange(targets.shape[1])",
    because="checked on a CPU",
)
def check_masked_token_loss(masked_token_loss):
    plain = _grid(2, 3, 3, seed=1, dtype=torch.float32)
    words = torch.tensor([[0, 1, 2], [2, 0, 1]])
    also = [call(plain, words, torch.tensor([3, 1])), call(plain, words, torch.tensor([0, 2]))]
    also += [call(plain, words, torch.tensor([3, 3])), call(500 * plain, words, torch.tensor([2, 3]))]
    padded = [_with_leftovers(plain, words, [1, 0], *left) for left in _LEFTOVERS]
    agree(
        masked_token_loss,
        _token_by_token,
        on=st.one_of(_batches(leftovers=False), _batches()),
        also=also + padded,
        examples=30,
        rtol=1e-4,
        atol=1e-5,
    )

    def gradient(logits, targets, lengths):
        leaf = logits.clone().requires_grad_()
        loss = masked_token_loss(leaf, targets, lengths)
        kind(loss, torch.Tensor)
        shape(loss, ())
        require(loss.requires_grad, "The loss is right, but no gradient flows back from it: keep it a tensor of torch.")
        attempt(lambda: loss.backward(), "the backward pass from your loss")
        require(leaf.grad is not None, "The loss is right, but no gradient reaches the logits.")
        expected = torch.zeros_like(logits)
        for i, length in enumerate(lengths.tolist()):
            for j in range(length):
                expected[i, j] = logits[i, j].softmax(dim=0)
                expected[i, j, targets[i, j]] -= 1
        close(leaf.grad, expected / lengths.sum(), "the gradient of the logits", rtol=1e-4, atol=1e-5)

    for_all(gradient, _batches(), also=padded, examples=10)


def _each(logits, targets):
    """Return the loss of each place, 0 where the target is no class."""
    there = (targets >= 0) & (targets < logits.shape[2])
    return cross_entropy(logits.transpose(1, 2), targets * there, reduction="none"), there


def _mask(targets, lengths):
    return torch.arange(targets.shape[1]) < lengths[:, None]


def masked_token_loss__all_places(logits, targets, lengths):
    """You took the mean over all places, padding included. Padding is easy to predict and flatters the model, or it is
    garbage; in no case is it text."""
    return _each(logits, targets)[0].mean()


def masked_token_loss__mean_of_means(logits, targets, lengths):
    """You took the mean for each mail, then the mean over mails. A word in a short mail then weighs more than one in a
    long mail; the loss per word weighs all alike."""
    mask = _mask(targets, lengths)
    rows = [cross_entropy(logits[i][mask[i]], targets[i][mask[i]]) for i in range(len(lengths)) if lengths[i]]
    return torch.stack(rows).mean()


def masked_token_loss__one_too_many(logits, targets, lengths):
    """Your mask takes one place too many from each row: `arange <= lengths`. Places count from 0."""
    mask = torch.arange(targets.shape[1]) <= lengths[:, None]
    each = _each(logits, targets)[0]
    return each[mask].mean()


def masked_token_loss__one_too_few(logits, targets, lengths):
    """Your mask loses the last token of each row. Token number `length` stands at place length − 1, and is real."""
    mask = torch.arange(targets.shape[1]) < lengths[:, None] - 1
    return _each(logits, targets)[0][mask].mean()


def masked_token_loss__divides_by_places(logits, targets, lengths):
    """You set the losses of padding to 0, and then divided by the number of *all* places. Divide by the number of real
    tokens."""
    mask = _mask(targets, lengths)
    return cross_entropy(logits[mask], targets[mask], reduction="sum") / targets.numel()


def masked_token_loss__sum(logits, targets, lengths):
    """That is the sum over the real tokens. The loss *per word* divides by their number."""
    mask = _mask(targets, lengths)
    return cross_entropy(logits[mask], targets[mask], reduction="sum")


def masked_token_loss__multiplied_by_mask(logits, targets, lengths):
    """You multiplied the losses by the mask, or replaced them after they were computed. 0 · nan is nan, in the loss or
    in its gradient: leave the padding out *before* you compute."""
    each, _ = _each(logits, targets)
    return (each * _mask(targets, lengths)).sum() / lengths.sum()


def masked_token_loss__ignores_class_0(logits, targets, lengths):
    """You left out every token whose target is 0. That is a real word; the padding is given by `lengths`."""
    mask = _mask(targets, lengths) & (targets != 0)
    return cross_entropy(logits[mask], targets[mask])


# 5. forecast_band


@cache
def _co2():
    """Return the monthly means of Mauna Loa, 1958 to 2001, in ppm."""
    import pandas as pd

    package = find_spec("statsmodels").submodule_search_locations[0]  # importing it takes longer than the check
    weeks = pd.read_csv(Path(package) / "datasets" / "co2" / "co2.csv", index_col="date")["co2"]
    weeks.index = pd.to_datetime(weeks.index.astype(str), format="%Y%m%d")
    return weeks.resample("MS").mean().interpolate().to_numpy(dtype=float)


@cache
def _generated(seed, months):
    """Return a series with a rise, a yearly wave and a level that wanders at random, in ppm."""
    random, month = np.random.default_rng(seed), np.arange(months)
    wave = random.uniform(1, 5) * np.sin(month * np.pi / 6 + seed)
    wander = random.normal(0, random.uniform(0.15, 0.5), months).cumsum()
    return 330 + random.uniform(0.02, 0.2) * month + wave + wander + random.normal(0, 0.1, months)


@cache
def _real(unit):
    """Return histories and what came, for each February from 1994 on."""
    series = _co2() * unit
    horizons = (12, 12, 14, 12, 12, 18)
    return [(series[: 432 + 12 * y], series[432 + 12 * y :][:horizon]) for y, horizon in enumerate(horizons)]


@cache
def _made():
    """Return histories from 25 to 35 years long, and the 12 to 24 months after them."""
    cases = []
    for seed in range(16):
        known, horizon = 300 + 8 * seed, (24, 12, 13, 18)[seed % 4]
        series = _generated(seed, known + horizon) * (1.0, 1e3, 1e6)[seed % 3]
        cases.append((series[:known], series[known:]))
    return cases


def _trainer(low=0.0):
    """Return a function that trains, and the list of how known the rows are that its network is asked about.

    With `low`, the network answers so many deviations too low.
    """
    known_share = []

    def quick_train(x, y):
        """Fit a network of 40 fixed random units in closed form; it also knows the training rows by heart."""
        for name, rows in (("x", x), ("y", y)):
            _is_table(name, rows)
        if len(x) != len(y) or not len(x):
            raise ValueError(f"train got {len(x)} rows of x and {len(y)} rows of y")
        x, y = x.detach().double(), y.detach().double()
        generator = torch.Generator().manual_seed(0)
        weight = torch.randn(x.shape[1], 40, generator=generator, dtype=torch.float64) / (2 * x.shape[1] ** 0.5)
        bias = 0.3 * torch.randn(40, generator=generator, dtype=torch.float64)

        def units(rows):
            return torch.cat([(rows @ weight + bias).tanh(), torch.ones(len(rows), 1, dtype=torch.float64)], dim=1)

        known = units(x)
        linear = torch.linalg.solve(known.T @ known + torch.eye(41), known.T @ y)
        linear = linear.clamp(-20, 20)  # as far as training gets from small random weights

        def model(rows):
            if not isinstance(rows, torch.Tensor) or rows.ndim != 2 or rows.shape[1] != x.shape[1]:
                raise ValueError(f"the model wants rows of {x.shape[1]} numbers, a tensor (n, {x.shape[1]})")
            rows = rows.detach().double()
            answers = units(rows) @ linear
            apart, nearest = torch.cdist(rows, x).min(dim=1)
            answers = torch.where((apart < 1e-6)[:, None], y[nearest], answers) - low * y.std(dim=0)
            known_share.append((apart < 1e-6).double().mean().item())
            return answers.clamp(y.min(dim=0).values, y.max(dim=0).values).float()

        return model

    return quick_train, known_share


def _is_table(name, rows):
    """Raise what a network would, or what its training would suffer from in silence."""
    if not isinstance(rows, torch.Tensor) or rows.ndim != 2 or rows.dtype != torch.float32:
        raise ValueError(f"train wants {name} as a tensor of float32 with two dimensions: rows, numbers in a row")
    if not rows.isfinite().all():
        raise ValueError(f"train got nan or infinite values in {name}")
    size = rows.double().square().mean().sqrt()
    if len(rows) and not 0.02 < size < 50:
        far = "larger" if size > 1 else "smaller"
        raise ValueError(f"train expects numbers of a size around 1, whatever the unit; those of {name} are far {far}")


def _last_year_and_rise(history, horizon):
    rise = history[-12:].mean() - history[-24:-12].mean()
    return np.array([history[-12 + m % 12] + rise * (1 + m // 12) for m in range(horizon)])


def _is_band(band, horizon, when):
    """Return the band as an array, or fail."""
    kind(band, (np.ndarray, torch.Tensor, list, tuple))
    if isinstance(band, list | tuple):
        band = attempt(lambda: np.asarray(band, dtype=float), "making an array of your list")
    if isinstance(band, torch.Tensor):
        band = band.detach().numpy()
    shape(band, (3, horizon))
    require(np.issubdtype(band.dtype, np.floating), f"The band should hold floats; its dtype is {band.dtype}.")
    require(np.isfinite(band).all(), f"For {when} your band holds nan or infinite values.")
    ordered = (band[0] <= band[1]).all() and (band[1] <= band[2]).all()
    require(ordered, f"For {when} the rows aren't in order: lower end, middle, upper end.")
    return band.astype(float)


def _judge(forecast_band, cases, when, quick_train):
    """Forecast all cases; return the error in errors of the rule, which months are inside, and the widths by distance.

    The widths are in deviations of the history. Distances beyond 12 months are those of the cases that have all 24.
    """
    errors, naive, inside, low = [], [], [], []
    widths = [[] for _ in range(24)]
    for history, actual in cases:
        size = history.std()
        band = _is_band(forecast_band(history.copy(), len(actual), quick_train), len(actual), when)
        away = np.abs(band[1] - actual).mean() / size
        require(away < 8, f"For {when} your forecast isn't even near. Return levels, in the unit of `history`.")
        errors.append(np.abs(band[1] - actual) / size)
        naive.append(np.abs(_last_year_and_rise(history, len(actual)) - actual) / size)
        low.append(band[1] < actual)
        inside.append((band[0] <= actual) & (actual <= band[2]))
        for distance, width in enumerate((band[2] - band[0])[: 24 if len(actual) == 24 else 12] / size):
            widths[distance].append(width)
    require(
        np.concatenate(low).mean() < 0.95,
        f"For {when} the middle of your band stays behind: it lies below nearly all of the months that came.",
    )
    ratio = np.concatenate(errors).mean() / np.concatenate(naive).mean()
    return ratio, np.concatenate(inside), np.array([np.mean(width) for width in widths if width])


def _grows(width, when):
    """Fail unless months 10 to 12 are less sure than 1 to 3."""
    growth = width[9:12].mean() / width[:3].mean() if width[:3].all() else 1.0
    require(growth > 0.9, f"For {when} your band shrinks: it is narrower for months 10 to 12 than for months 1 to 3.")
    require(growth > 1.1, f"For {when} your band hardly grows: months 10 to 12 aren't less sure than 1 to 3.")


@hints(
    "What does a network have to output for a month whose level no training month ever had? What if it sees *changes*?",
    "Let it answer with the total change after 1, 2, …, `horizon` months. To know how far it errs at each distance, "
    "keep some years out of the training, and forecast these.",
    "For each distance, the 0.1 and 0.9 quantiles of the held-out errors, added to the forecast, are the ends of the "
    "band; the median belongs to the middle. Undo the scaling, and add the last known value.",
)
@told_by_message
@equivalent("past, held_out = (24, 96)", "past, held_out = (25, 96)", because="a free choice")
@equivalent("past, held_out = (24, 96)", "past, held_out = (23, 96)", because="a free choice")
@equivalent("past, held_out = (24, 96)", "past, held_out = (24, 97)", because="a free choice")
@equivalent("past, held_out = (24, 96)", "past, held_out = (24, 95)", because="a free choice")
@equivalent("[0.1, 0.5, 0.9]", "[0.2, 0.5, 0.9]", because="a band of 70 % is inside the tolerance")
def check_forecast_band(forecast_band):
    quick_train, known_share = _trainer()
    sets = {"CO₂ in ppm": _real(1.0), "CO₂ in ppb": _real(1000.0), "generated series": _made()}
    inside, widths = [], {}
    for when, cases in sets.items():
        ratio, hits, widths[when] = _judge(forecast_band, cases, when, quick_train)
        inside.append(hits)
        require(
            ratio <= 0.8,
            f"For {when} the middle of your band errs more than 0.8 times as much as the same month last year, plus "
            "last year's mean rise.",
        )
    share = np.concatenate(inside).mean()
    asked = "" if max(known_share, default=0) < 0.5 else " Your network was asked about months that it was trained on."
    require(share >= 0.6, f"Your band is too narrow: fewer than 60 % of the coming months are in it.{asked}")
    for when, width in widths.items():
        _grows(width, when)
    in_ppm, in_ppb, made = widths.values()
    require(
        made[21:].mean() > 1.05 * made[9:12].mean(),
        "For generated series your band doesn't grow beyond the first year: months 22 to 24 are as sure as 10 to 12.",
    )
    require(share <= 0.95, "Your band is too wide: more than 95 % of the coming months are in it.")
    require(
        0.7 < in_ppb.mean() / in_ppm.mean() < 1.4,
        "For CO₂ in ppb your band isn't a thousand times as wide as in ppm. The unit must make no difference.",
    )
    history, actual = _made()[1]
    band = forecast_band(history.copy(), len(actual), _trainer(low=2.0)[0])
    _is_band(band, len(actual), "a network that always answers too low")


def _forecast(series, horizon, train, total=True, held_out=96, scale=True):
    """Return the scaled forecast after `series`, and its errors on held-out and on training windows."""
    mean, deviation = (series[:-held_out].mean(), series[:-held_out].std()) if scale else (0.0, 1.0)
    windows = torch.tensor(sliding_window_view((series - mean) / deviation, 24 + horizon), dtype=torch.float32)
    x, y = windows[:, :24], windows[:, 24:]
    y = y.cumsum(dim=1) if total else y
    model = train(x[:-held_out], y[:-held_out])
    new, old = y[-held_out:] - model(x[-held_out:]), y[:-held_out] - model(x[:-held_out])
    return model(windows[-1:, -24:])[0].numpy(), new.numpy(), old.numpy(), mean, deviation


def _levels(history, band, mean, deviation):
    """Return the band of scaled total changes as levels."""
    return history[-1] + band * deviation + mean * np.arange(1, band.shape[1] + 1)


def forecast_band__levels(history, horizon, train):
    """Your network reads and answers levels. CO₂ never stops rising, and a network stays behind at the levels
    that it was trained on. Let it work on changes."""
    middle, new, _, mean, deviation = _forecast(history, horizon, train, total=False)
    ends = np.quantile(new - np.median(new, axis=0), (0.1, 0.5, 0.9), axis=0)
    return mean + deviation * (middle + ends)


def forecast_band__unscaled(history, horizon, train):
    """Your network gets numbers in the unit of the series. Another unit makes them a thousand times as large, and every
    unit of the network is saturated. Scale them by the history alone, and undo it at the end."""
    middle, new, _, mean, deviation = _forecast(np.diff(history), horizon, train, scale=False)
    return _levels(history, middle + np.quantile(new, (0.1, 0.5, 0.9), axis=0), mean, deviation)


def forecast_band__constant_width(history, horizon, train):
    """Your band has the same width everywhere. The error of the first months is a part of the error of all later ones:
    it adds up, so take quantiles for each distance."""
    middle, new, _, mean, deviation = _forecast(np.diff(history), horizon, train)
    return _levels(history, middle + np.quantile(new, (0.1, 0.5, 0.9))[:, None], mean, deviation)


def forecast_band__training_residuals(history, horizon, train):
    """Your band is built from errors on the months that the network was trained on. It knows these, perhaps by heart.
    Keep some years out of the training, and take the errors there."""
    middle, _, old, mean, deviation = _forecast(np.diff(history), horizon, train)
    return _levels(history, middle + np.quantile(old, (0.1, 0.5, 0.9), axis=0), mean, deviation)


def forecast_band__changes(history, horizon, train):
    """You returned changes, not levels: add them up, and add the last known value."""
    middle, new, _, mean, deviation = _forecast(np.diff(history), horizon, train)
    return (middle + np.quantile(new, (0.1, 0.5, 0.9), axis=0)) * deviation + mean


def forecast_band__whole_range(history, horizon, train):
    """Nearly everything lies in your band, as if it reached to the largest held-out errors. An 80 % band leaves one
    month in ten below and one above: quantiles 0.1 and 0.9 of the total error at each distance."""
    middle, new, _, mean, deviation = _forecast(np.diff(history), horizon, train)
    reach = 1.5 * np.abs(new).max(axis=0)
    return _levels(history, np.stack([middle - reach, middle, middle + reach]), mean, deviation)


def forecast_band__one_sided(history, horizon, train):
    """Your ends are corrected by the held-out errors, your middle isn't. Where the network was too low nine times in
    ten, the lower end then lies above the middle: shift the middle by the median error."""
    middle, new, _, mean, deviation = _forecast(np.diff(history), horizon, train)
    low, high = np.quantile(new, (0.1, 0.9), axis=0)
    return _levels(history, np.stack([middle + low, middle, middle + high]), mean, deviation)
