"""Checks, hints and known mistakes of 03_deep_learning/09_attention_transformers."""

import math

import numpy as np
import torch
from hypothesis import strategies as st
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from handrail.expect import agree, between, call, close, equivalent, for_all, hints, kind, raises, require, shape


def grid(*dimensions, seed, dtype=torch.float32, spread=8):
    """Return random multiples of 0.25 between -spread/4 and spread/4: short to read, seldom tied."""
    generator = torch.Generator().manual_seed(seed)
    return (torch.randint(-spread, spread + 1, dimensions, generator=generator) / 4).to(dtype)


def softmax(scores):
    """Return the softmax of a NumPy vector."""
    weights = np.exp(scores - scores.max())
    return weights / weights.sum()


def float64(tensor):
    """Return a tensor as a float64 array."""
    return tensor.detach().cpu().numpy().astype(np.float64)


class Largest(TorchFunctionMode):
    """Remembers the size of the largest tensor that torch makes; a view is as large as what it views."""

    entries = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        with torch._C.DisableTorchFunction():
            for one in result if isinstance(result, tuple | list) else (result,):
                if isinstance(one, torch.Tensor):
                    self.entries = max(self.entries, one.untyped_storage().nbytes() // one.element_size())
        return result


# 1. attend_to_lengths


def sentence_by_sentence(q, k, v, lengths):
    """Cut the padding off each sentence, then attend query by query, in NumPy and float64."""
    result = np.zeros((len(q), q.shape[1], v.shape[2]))
    for i, length in enumerate(lengths.tolist()):
        keys, values = float64(k[i, :length]), float64(v[i, :length])
        for j, query in enumerate(float64(q[i])):
            if length:
                result[i, j] = softmax(keys @ query / math.sqrt(len(query))) @ values
    return torch.tensor(result, dtype=v.dtype)


@st.composite
def padded_batches(draw):
    batch, queries, keys, d, e = (draw(between(1, most)) for most in (3, 3, 4, 3, 2))
    lengths = draw(st.lists(between(0, keys), min_size=batch, max_size=batch))
    seed, dtype = draw(between(0, 50)), draw(st.sampled_from([torch.float32, torch.float32, torch.float64]))
    q, k = grid(batch, queries, d, seed=seed, dtype=dtype), grid(batch, keys, d, seed=seed + 100, dtype=dtype)
    v = grid(batch, keys, e, seed=seed + 200, dtype=dtype)
    for i, length in enumerate(lengths):  # left over from an earlier batch
        k[i, length:] *= 4
        v[i, length:] += 500
    return call(q, k, v, torch.tensor(lengths, dtype=draw(st.sampled_from([torch.int64, torch.int32]))))


FAR_BELOW_ZERO = call(
    torch.full((1, 2, 1), 300.0),
    torch.tensor([[[-100.0], [-101.0], [0.0]]]),
    torch.tensor([[[1.0], [2.0], [900.0]]]),
    torch.tensor([2]),
)

LEFTOVERS = call(
    torch.ones(1, 1, 1),
    torch.tensor([[[0.0], [1.0], [1e12]]]),
    torch.tensor([[[1.0], [2.0], [900.0]]]),
    torch.tensor([2]),
)


@hints(
    "Padding is what a query may not *look at*. So which axis of the table of scores does a length cut: queries "
    "or keys?",
    "Compare a row of key numbers 0, 1, 2, … with the lengths, shaped so that it broadcasts to (batch, 1, keys). "
    "What must stand in a score so that its weight is exactly 0?",
    "Fill the scores of padding with minus infinity before the softmax. A row that has no key left becomes nan; "
    "put zeros there.",
)
@equivalent("torch.arange(k.shape[1], device=k.device)", "torch.arange(k.shape[1])", because="checked on a CPU")
def check_attend_to_lengths(attend_to_lengths):
    empty_line = call(
        torch.zeros(2, 1, 1), torch.zeros(2, 2, 1), torch.tensor([[[1.0], [3.0]], [[5.0], [7.0]]]), torch.tensor([0, 2])
    )
    agree(
        attend_to_lengths,
        sentence_by_sentence,
        on=padded_batches(),
        also=[empty_line, FAR_BELOW_ZERO, LEFTOVERS],
        examples=30,
        rtol=1e-4,
        atol=1e-4,
    )


def _scores(q, k):
    return q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])


def _there(k, lengths):
    return torch.arange(k.shape[1]) < lengths[:, None, None]


def attend_to_lengths__masks_weights(q, k, v, lengths):
    """You masked the weights after the softmax. What is left of a row then sums to less than 1, since padding had
    already taken its share of the denominator. Mask the scores."""
    return (_scores(q, k).softmax(dim=-1) * _there(k, lengths)) @ v


def attend_to_lengths__masks_queries(q, k, v, lengths):
    """You masked the rows, the *queries*. Padding must not be looked *at*: every query stays, and the columns of the
    keys beyond the length go."""
    rows = torch.arange(q.shape[1])[:, None] < lengths[:, None, None]
    return _scores(q, k).masked_fill(~rows, -math.inf).softmax(dim=-1).nan_to_num() @ v


def attend_to_lengths__scores_of_zero(q, k, v, lengths):
    """You multiplied the scores by the mask, so padding has the score 0. That is a score like any other: its weight is
    e⁰ = 1 before normalizing. Padding is still visible."""
    there = _there(k, lengths)
    return (_scores(q, k) * there).softmax(dim=-1) @ v * (lengths > 0)[:, None, None]


def attend_to_lengths__finite_penalty(q, k, v, lengths):
    """You hid padding behind a large negative *number*. Real scores can be lower than it, and then padding gets all
    the attention. Only minus infinity is below every score."""
    penalty = _scores(q, k).masked_fill(~_there(k, lengths), -1e4)
    return penalty.softmax(dim=-1) @ v * (lengths > 0)[:, None, None]


def attend_to_lengths__nan_for_empty(q, k, v, lengths):
    """A sentence of length 0 came back as nan: its softmax is 0/0. Give such a row zeros."""
    return _scores(q, k).masked_fill(~_there(k, lengths), -math.inf).softmax(dim=-1) @ v


def attend_to_lengths__averages_empty(q, k, v, lengths):
    """For a sentence of length 0 you returned the mean of its padding: where every score is equally low, softmax gives
    every key the same weight. An empty sentence has nothing to say; return zeros for it."""
    return _scores(q, k).masked_fill(~_there(k, lengths), torch.finfo(q.dtype).min).softmax(dim=-1) @ v


def attend_to_lengths__unscaled(q, k, v, lengths):
    """The scores aren't divided by the square root of the width of q and k."""
    scores = (q @ k.transpose(1, 2)).masked_fill(~_there(k, lengths), -math.inf)
    return scores.softmax(dim=-1).nan_to_num() @ v


def attend_to_lengths__inverted(q, k, v, lengths):
    """Your mask is upside down: the queries look at the padding, and at nothing else. Say for each mask whether True
    means "may look" or "may not"."""
    return _scores(q, k).masked_fill(_there(k, lengths), -math.inf).softmax(dim=-1).nan_to_num() @ v


def attend_to_lengths__zeroes_padding(q, k, v, lengths):
    """You set padded keys and values to 0 and attended to all of them. A key of zeros has score 0, so it still takes
    its share of the attention; the result shrinks toward 0."""
    there = (torch.arange(k.shape[1]) < lengths[:, None])[..., None]
    return _scores(q, k * there).softmax(dim=-1) @ (v * there)


def attend_to_lengths__one_too_many(q, k, v, lengths):
    """One key too many is visible. A sentence of length 2 has the keys 0 and 1; key number 2 is padding."""
    there = torch.arange(k.shape[1]) <= lengths[:, None, None]
    return _scores(q, k).masked_fill(~there, -math.inf).softmax(dim=-1) @ v


def attend_to_lengths__zeroes_queries(q, k, v, lengths):
    """You zeroed the rows of *queries* beyond the length as well. `lengths` counts keys: every query gets its result,
    and only a sentence of length 0 gives zeros."""
    scores = _scores(q, k).masked_fill(~_there(k, lengths), -math.inf)
    rows = torch.arange(q.shape[1])[:, None] < lengths[:, None, None]
    return scores.softmax(dim=-1).nan_to_num() @ v * rows


def attend_to_lengths__adds_penalty(q, k, v, lengths):
    """You *added* a large negative number to the scores of padding. A leftover score can be larger than that number,
    and then padding gets all the attention. Replace these scores by minus infinity."""
    scores = _scores(q, k) - 1e9 * ~_there(k, lengths)
    return scores.softmax(dim=-1) @ v * (lengths > 0)[:, None, None]


# 2. through_heads


def adds_up_tokens(heads):
    """Add up along the tokens of each head."""
    return heads.cumsum(dim=-2)


def multiplies_by_head_number(heads):
    """Multiply each head by its number, from 1."""
    return heads * torch.arange(1, heads.shape[1] + 1, dtype=heads.dtype)[:, None, None]


def multiplies_by_token_number(heads):
    """Multiply each token by its number, from 1."""
    return heads * torch.arange(1, heads.shape[2] + 1, dtype=heads.dtype)[:, None]


def multiplies_by_sentence_number(heads):
    """Multiply each sentence of the batch by its number, from 1."""
    return heads * torch.arange(1, heads.shape[0] + 1, dtype=heads.dtype)[:, None, None, None]


def mirrors_columns(heads):
    """Reverse the columns of each head."""
    return heads.flip(-1)


def changes_nothing(heads):
    """Return the heads as they are."""
    return heads


PER_HEAD = [
    multiplies_by_head_number,
    multiplies_by_token_number,
    multiplies_by_sentence_number,
    mirrors_columns,
    adds_up_tokens,
    changes_nothing,
]


def slice_by_slice(x, heads, per_head):
    """Cut the columns of each head out, work on a stack of them, and put the columns side by side again."""
    width = x.shape[-1] // heads
    stack = torch.stack([x[:, :, h * width : (h + 1) * width] for h in range(heads)], dim=1)
    worked = per_head(stack)
    return torch.cat([worked[:, h] for h in range(heads)], dim=-1)


@st.composite
def layers(draw):
    batch, n, heads, width = (draw(between(1, most)) for most in (2, 4, 3, 3))
    x = torch.arange(1.0, batch * n * heads * width + 1).reshape(batch, n, heads * width)
    if draw(st.booleans()):
        x = x.transpose(0, 1).contiguous().transpose(0, 1)  # the same values in another order of memory
    return call(x, heads, draw(st.sampled_from(PER_HEAD)))


@hints(
    "In memory, the columns of one token lie next to each other. Which axis can `reshape` cut into heads without "
    "mixing tokens?",
    "Reshape to (batch, n, heads, d / heads) first; then the axes of tokens and heads have to change places.",
    "After `per_head`, undo both steps in the opposite order. Before everything, look at the remainder of d "
    "divided by heads.",
)
def check_through_heads(through_heads):
    also = [call(torch.arange(16.0).reshape(2, 2, 4), 2, per_head) for per_head in PER_HEAD]
    agree(through_heads, slice_by_slice, on=layers(), also=also, examples=40)
    for width, heads in ((5, 2), (2, 4), (9, 6), (4, 0)):
        raises(
            through_heads,
            ValueError,
            call(torch.ones(2, 12, width), heads, changes_nothing),
            why=f"{heads} heads can't share {width} columns evenly.",
        )


def _or_refuse(x, heads):
    if heads < 1 or x.shape[-1] % heads:
        raise ValueError(f"{heads} heads can't share {x.shape[-1]} columns")
    return x.shape


def through_heads__without_transpose(x, heads, per_head):
    """You reshaped straight to (batch, heads, n, …). The shape is right, the content isn't: head 0 received the first
    *tokens* with all their columns. Cut the width, then move the axis."""
    batch, n, width = _or_refuse(x, heads)
    return per_head(x.reshape(batch, heads, n, -1)).reshape(batch, n, width)


def through_heads__merges_without_transpose(x, heads, per_head):
    """The split is right, but you put the heads together without moving the axis back: each row of the result holds
    several tokens of one head, not several heads of one token."""
    batch, n, width = _or_refuse(x, heads)
    return per_head(x.reshape(batch, n, heads, -1).transpose(1, 2)).reshape(batch, n, width)


def through_heads__every_other_column(x, heads, per_head):
    """You dealt the columns out in turn, like cards. Head 0 owns the *first* d / heads columns, in one piece."""
    batch, n, width = _or_refuse(x, heads)
    return per_head(x.reshape(batch, n, -1, heads).permute(0, 3, 1, 2)).permute(0, 2, 3, 1).reshape(batch, n, width)


def through_heads__head_by_head(x, heads, per_head):
    """You called `per_head` once for each head. It expects all heads at once, in one tensor (batch, heads, n, d /
    heads): what it does may depend on the number of the head."""
    _or_refuse(x, heads)
    return torch.cat([per_head(part[:, None])[:, 0] for part in x.chunk(heads, dim=-1)], dim=-1)


def through_heads__tokens_before_heads(x, heads, per_head):
    """`per_head` received (batch, n, heads, d / heads). It expects the heads in front of the tokens: move the axis
    before the call, and back afterwards."""
    batch, n, width = _or_refuse(x, heads)
    return per_head(x.reshape(batch, n, heads, -1)).reshape(batch, n, width)


def through_heads__sentence_by_sentence(x, heads, per_head):
    """You called `per_head` once for each sentence. It expects the whole batch at once, in one tensor (batch, heads, n,
    d / heads)."""
    batch, n, width = _or_refuse(x, heads)
    split = x.reshape(batch, n, heads, -1).transpose(1, 2)
    return torch.cat([per_head(one[None]) for one in split]).transpose(1, 2).reshape(batch, n, width)


def through_heads__heads_in_batch(x, heads, per_head):
    """You put the heads into the batch: `per_head` received (batch · heads, 1, n, d / heads). It expects sentences and
    heads on two axes, and may treat them differently."""
    batch, n, width = _or_refuse(x, heads)
    split = x.reshape(batch, n, heads, -1).transpose(1, 2)
    worked = per_head(split.flatten(0, 1)[:, None])
    return worked.reshape(split.shape).transpose(1, 2).reshape(batch, n, width)


def through_heads__width_for_number(x, heads, per_head):
    """You took `heads` for the *width* of a head. It is their number; each is d / heads wide."""
    batch, n, width = _or_refuse(x, heads)
    split = x.reshape(batch, n, -1, heads).transpose(1, 2)
    return per_head(split).transpose(1, 2).reshape(batch, n, width)


def through_heads__drops_columns(x, heads, per_head):
    """Where `heads` doesn't divide the width, you dropped the columns that were left over. Refuse with a ValueError: a
    layer that silently loses part of its input is worse than one that stops."""
    batch, n, width = x.shape
    each = width // heads
    split = x[..., : heads * each].reshape(batch, n, heads, each).transpose(1, 2)
    return per_head(split).transpose(1, 2).reshape(batch, n, heads * each)


def through_heads__other_error(x, heads, per_head):
    """Where `heads` doesn't divide the width, your function stops with somebody else's error message, about shapes.
    Check the division yourself and raise a ValueError that names the two numbers."""
    split = x.unflatten(-1, (heads, -1)).transpose(1, 2)
    return per_head(split).transpose(1, 2).flatten(2)


# 3. rotate_positions

TOLERANCE = {"rtol": 1e-3, "atol": 3e-3}


def as_clock_hands(x, positions, base, *, halves):
    """Rotate by multiplying complex numbers, in float64; the pairs are neighbors or halves."""
    numbers = float64(x)
    width = numbers.shape[-1]
    real, imaginary = np.split(numbers, 2, axis=-1) if halves else (numbers[..., 0::2], numbers[..., 1::2])
    speeds = np.array([float(base) ** (-2 * j / width) for j in range(width // 2)])
    turned = (real + 1j * imaginary) * np.exp(1j * np.multiply.outer(positions.numpy().astype(float), speeds))
    parts = (turned.real, turned.imag)
    return np.concatenate(parts, axis=-1) if halves else np.stack(parts, axis=-1).reshape(numbers.shape)


@st.composite
def placed_rows(draw):
    n, pairs, seed = draw(between(1, 4)), draw(between(1, 4)), draw(between(0, 50))
    leading = draw(st.sampled_from([(), (), (2,), (1, 2)]))
    start = draw(st.sampled_from([0, 0, 1, 7, 40, 4096, -5]))
    steps = draw(st.lists(between(0, 9), min_size=n, max_size=n))
    dtype = draw(st.sampled_from([torch.float32, torch.float32, torch.float64]))
    base = draw(st.sampled_from([10_000.0, 10_000.0, 100.0, 500_000.0]))
    x = grid(*leading, n, 2 * pairs, seed=seed, dtype=dtype)
    return call(x, torch.tensor([start + step for step in steps]), base)


@hints(
    "Turning the point (a, b) by an angle gives (a·cos − b·sin, a·sin + b·cos). Here every pair of columns is "
    "such a point. How many angles are there?",
    "One angle for each position and each pair: `positions[:, None]` times a row of d/2 speeds. The speeds start "
    "at 1 and end near 1/base.",
    "Take the first members of all pairs as one tensor (..., n, d/2) and the second members as another, turn, and"
    " put the two results back into the columns that they came from.",
)
@equivalent("torch.arange(0, width, 2, device=x.device)", "torch.arange(0, width, 2)", because="checked on a CPU")
def check_rotate_positions(rotate_positions):
    def turns(x, positions, base):
        returned = rotate_positions(x, positions, base)
        kind(returned, torch.Tensor)
        shape(returned, tuple(x.shape))
        require(returned.dtype.is_floating_point, f"The result should hold real numbers, not {returned.dtype}.")
        result, given = float64(returned), float64(x)
        still = positions.numpy() == 0
        unmoved = np.where(still[:, None], given, result)
        close(result, unmoved, why="Position 0 leaves a row as it is.", **TOLERANCE)
        lengths = [np.linalg.norm(rows, axis=-1) for rows in (result, given)]
        close(*lengths, "the lengths of the rows", why="Turning keeps lengths.", **TOLERANCE)
        ways = [as_clock_hands(x, positions, base, halves=halves) for halves in (False, True)]
        if not any(np.allclose(result, way, **TOLERANCE) for way in ways):
            either = "(Pairs of columns d/2 apart would do as well.)" if x.shape[-1] > 2 else ""
            close(result, ways[0], why=either, **TOLERANCE)

    def default_base(x, positions):
        returned = rotate_positions(x, positions)
        kind(returned, torch.Tensor)
        shape(returned, tuple(x.shape))
        ways = [as_clock_hands(x, positions, 10_000, halves=halves) for halves in (False, True)]
        if not any(np.allclose(float64(returned), way, **TOLERANCE) for way in ways):
            close(returned, ways[0], why="Without `base` it is 10,000.", **TOLERANCE)

    first = [
        call(torch.tensor([[1.0, 0.0]]), torch.tensor([1]), 10_000.0),
        call(torch.tensor([[1.0, 0.0, 2.0, 0.0]]), torch.tensor([3]), 10_000.0),
        call(torch.eye(6), torch.tensor([0, 1, 2, 0, 1, 5]), 100.0),
        call(torch.tensor([[1.0, 0.0, 2.0, 0.0]] * 2), torch.tensor([-3, 10_000]), 10_000.0),
        call(torch.tensor([[[[1.0, 0.0]] * 2] * 2]), torch.tensor([1, 4]), 10_000.0),
        call(torch.tensor([[[[1.0, 0.0]] * 2] * 2]), torch.tensor([2, 3]), 10_000.0),  # nothing may be remembered
    ]
    for_all(turns, placed_rows(), also=first, examples=30)
    for_all(default_base, st.just(call(grid(3, 6, seed=1), torch.tensor([4096, 4097, 2]))), examples=1)

    n, d = 64, 32
    with Largest() as largest:
        turns(grid(n, d, seed=1), torch.arange(n), 10_000.0)
    require(
        largest.entries <= 4 * n * d,
        f"The numbers are right, but for {n} rows of {d} columns one of your tensors has {largest.entries:,} entries. "
        f"That is a matrix for each row; a cosine and a sine for each pair are {n} × {d} numbers.",
    )


def _turned(x, angles):
    first, second = x[..., 0::2], x[..., 1::2]
    turned = (first * angles.cos() - second * angles.sin(), first * angles.sin() + second * angles.cos())
    return torch.stack(turned, dim=-1).flatten(-2)


def _speeds(x, base):
    return base ** (-torch.arange(0, x.shape[-1], 2) / x.shape[-1])


def rotate_positions__one_speed(x, positions, base=10_000.0):
    """You turned all pairs by the same angle. Such an encoding repeats itself after 2π tokens: far places look like
    near ones. Pair j needs a speed of its own."""
    return _turned(x, positions[:, None].expand(-1, x.shape[-1] // 2).to(x.dtype))


def rotate_positions__first_pair_only(x, positions, base=10_000.0):
    """Only the first pair of columns is turned; the others never learn where they stand."""
    angles = positions[:, None] * _speeds(x, base)
    angles[:, 1:] = 0
    return _turned(x, angles)


def rotate_positions__adds(x, positions, base=10_000.0):
    """You *added* sines and cosines, the sinusoidal encoding. That changes the lengths of the rows, and position 0
    isn't left alone. Rotary encoding multiplies."""
    angles = positions[:, None] * _speeds(x, base)
    return x + torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)


def rotate_positions__numbers_rows(x, positions, base=10_000.0):
    """You numbered the rows yourself. The positions are given: packed documents start again at 0, and a cache starts
    somewhere in the middle."""
    return _turned(x, torch.arange(x.shape[-2])[:, None] * _speeds(x, base))


def rotate_positions__fixed_base(x, positions, base=10_000.0):
    """The argument `base` changes nothing: 10,000 is written into your function. Models for long texts use other
    bases."""
    return _turned(x, positions[:, None] * _speeds(x, 10_000.0))


def rotate_positions__half_the_exponent(x, positions, base=10_000.0):
    """Your speeds fall only to 1/√base: the exponent of pair j is −2j/d. j numbers pairs, and there are half as many
    of them as columns."""
    return _turned(x, positions[:, None] * base ** (-torch.arange(x.shape[-1] // 2) / x.shape[-1]))


def rotate_positions__clockwise(x, positions, base=10_000.0):
    """You turn clockwise; the sign of the sine is exchanged. Scores would still depend on the distance only, but a
    model trained with the usual direction wouldn't understand your keys."""
    return _turned(x, -positions[:, None] * _speeds(x, base))


def rotate_positions__mixed_pairs(x, positions, base=10_000.0):
    """Two conventions are mixed: your cosines and sines are laid out for pairs of columns d/2 apart, but you turn
    neighboring columns. The two members of a pair then get different angles, and lengths change."""
    angles = torch.cat([positions[:, None] * _speeds(x, base)] * 2, dim=-1)
    quarter = torch.stack([-x[..., 1::2], x[..., 0::2]], dim=-1).flatten(-2)
    return x * angles.cos() + quarter * angles.sin()


def rotate_positions__overwrites_first(x, positions, base=10_000.0):
    """The second member of each pair is computed from the first one *after* that was turned. Keep the old value until
    both are done."""
    angles = positions[:, None] * _speeds(x, base)
    first = x[..., 0::2] * angles.cos() - x[..., 1::2] * angles.sin()
    second = first * angles.sin() + x[..., 1::2] * angles.cos()
    return torch.stack([first, second], dim=-1).flatten(-2)


def rotate_positions__wrong_columns(x, positions, base=10_000.0):
    """The pairs are turned rightly, but put back into other columns than they came from: you took neighbors and
    returned halves. Even at position 0 the columns change places."""
    return _turned(x, positions[:, None] * _speeds(x, base)).unflatten(-1, (-1, 2)).transpose(-2, -1).flatten(-2)


def rotate_positions__halves_to_neighbors(x, positions, base=10_000.0):
    """The pairs are turned rightly, but put back into other columns than they came from: you took halves and returned
    neighbors. Even at position 0 the columns change places."""
    pairs = x.unflatten(-1, (2, -1)).transpose(-2, -1).flatten(-2)
    return _turned(pairs, positions[:, None] * _speeds(x, base))


def rotate_positions__mixed_halves(x, positions, base=10_000.0):
    """Two conventions are mixed: your cosines and sines are laid out for neighboring columns, but you turn pairs d/2
    apart. The two members of a pair then get different angles, and lengths change."""
    angles = (positions[:, None] * _speeds(x, base)).repeat_interleave(2, dim=-1)
    first, second = x.chunk(2, dim=-1)
    return x * angles.cos() + torch.cat([-second, first], dim=-1) * angles.sin()


# 4. attention_share


def products_of_a_block(length, width, expansion):
    """Count each matrix product of a block with two heads (one where the width is odd) as rows × inner × columns."""
    heads = 2 if width % 2 == 0 else 1
    one = width // heads
    linear = [(length, width, width)] * 4 + [(length, width, expansion * width), (length, expansion * width, width)]
    quadratic = [(length, one, length), (length, length, one)] * heads
    count = [sum(rows * inner * columns for rows, inner, columns in part) for part in (quadratic, linear)]
    return count[0] / sum(count)


@hints(
    "List the matrix products of one block with their shapes. For the scores of one head: (length, width of a head) "
    "times what?",
    "Linear in the length: four projections, and the feed-forward part, twice. Quadratic: scores, and the "
    "weighted sum. What do several heads change about the last two?",
    "Each projection takes length · width², each half of the feed-forward part `expansion` times that; scores and"
    " weighted sum take length² · width each. Divide.",
)
def check_attention_share(attention_share):
    sizes = st.builds(call, between(1, 5000), between(1, 2000), between(1, 8))
    also = [call(1024, 512, 4), call(1, 1, 1), call(512, 768, 4), call(100_000, 64, 2)]

    def share(length, width, expansion):
        returned = attention_share(length, width, expansion)
        if not isinstance(returned, np.floating | np.ndarray | torch.Tensor):
            kind(returned, float)
        close(returned, products_of_a_block(length, width, expansion))

    for_all(share, sizes, also=also, examples=40)
    agree(attention_share, lambda n, d: products_of_a_block(n, d, 4), on=(between(1, 100), between(1, 100)), examples=5)


def _share(quadratic, linear):
    return quadratic / (quadratic + linear)


def attention_share__times_heads(length, width, expansion=4):
    """You multiplied by the number of heads. Heads split the width, they don't multiply the work: h heads of width d/h
    take h · n² · d/h."""
    heads = max(2, width // 64)
    return _share(2 * heads * length**2 * width, (4 + 2 * expansion) * length * width**2)


def attention_share__forgets_projections(length, width, expansion=4):
    """The four projections are missing: queries, keys, values and the output each take a product with a width × width
    matrix."""
    return _share(2 * length**2 * width, 2 * expansion * length * width**2)


def attention_share__forgets_output(length, width, expansion=4):
    """There are four projections, not three: the heads' results go through one more after they are joined."""
    return _share(2 * length**2 * width, (3 + 2 * expansion) * length * width**2)


def attention_share__widens_only(length, width, expansion=4):
    """You counted the feed-forward part once. It widens *and* comes back, which is two products of the same size."""
    return _share(2 * length**2 * width, (4 + expansion) * length * width**2)


def attention_share__scores_only(length, width, expansion=4):
    """Your quadratic part is half as large as it should be. Scores *and* weighted sum take length² · width
    multiply-adds each, and every token attends to all."""
    return _share(length**2 * width, (4 + 2 * expansion) * length * width**2)


def attention_share__fixed_expansion(length, width, expansion=4):
    """The argument `expansion` changes nothing: 4 is written into your function."""
    return _share(2 * length**2 * width, 12 * length * width**2)


def attention_share__causal(length, width, expansion=4):
    """You let each token attend only to itself and the ones before. This is an encoder: every token attends to all."""
    return _share(length * (length + 1) * width, (4 + 2 * expansion) * length * width**2)


def attention_share__of_attention(length, width, expansion=4):
    """That is the share within the attention layer. A block has a feed-forward part too, and it is the bigger half."""
    return _share(2 * length**2 * width, 4 * length * width**2)


def attention_share__ratio(length, width, expansion=4):
    """You divided the quadratic part by the linear part. A share compares a part with the *whole*."""
    return 2 * length**2 * width / ((4 + 2 * expansion) * length * width**2)


def attention_share__percent(length, width, expansion=4):
    """That is a percentage. A share lies between 0 and 1."""
    return 100 * _share(2 * length**2 * width, (4 + 2 * expansion) * length * width**2)


# 5. windowed_attention


def token_by_token(q, k, v, window):
    """Attend one query at a time, over the keys that its window reaches, in NumPy and float64."""
    rows = []
    for i, query in enumerate(float64(q)):
        begin = max(0, i - window + 1)
        weights = softmax(float64(k[begin : i + 1]) @ query / math.sqrt(len(query)))
        rows.append(weights @ float64(v[begin : i + 1]))
    return torch.tensor(np.array(rows), dtype=v.dtype)


@st.composite
def windows(draw):
    n, d, e = draw(between(1, 6)), draw(between(1, 3)), draw(between(1, 2))
    seed, window = draw(between(0, 50)), draw(st.one_of(between(1, 7), st.just(20)))
    dtype = draw(st.sampled_from([torch.float32, torch.float32, torch.float64]))
    return call(*(grid(n, m, seed=seed + 100 * i, dtype=dtype) for i, m in enumerate((d, d, e))), window)


@hints(
    "Each token needs a table of `window` keys, not of n. What would the shape of the scores be if you had one "
    "row for each token and one column for each place in its window?",
    "Compute, for every token, the numbers of the keys it may see; indexing with that table gathers (n, window, "
    "d). Or go window step by window step, or block by block.",
    "The first tokens have fewer keys than `window`. Read anything there, but give it the score minus infinity: "
    "zeros, put in front of the keys, would have score 0.",
)
@equivalent(
    "torch.arange(window - 1, -1, -1, device=q.device)",
    "torch.arange(window - 1, -1, -1)",
    because="checked on a CPU",
)
@equivalent("torch.arange(n, device=q.device)", "torch.arange(n)", because="checked on a CPU")
def check_windowed_attention(windowed_attention):
    same, values = torch.zeros(3, 2), torch.tensor([[2.0], [4.0], [10.0]])
    also = [call(same, same, values, window) for window in (2, 1, 9)]
    also += [
        call(torch.ones(3, 1), torch.tensor([[0.0], [1.0], [0.0]]), torch.tensor([[0.0], [4.0], [0.0]]), 2),
        call(torch.tensor([[300.0], [-300.0], [0.0]]), torch.tensor([[300.0], [299.0], [1.0]]), values, 2),
    ]
    agree(windowed_attention, token_by_token, on=windows(), also=also, examples=30, rtol=1e-4, atol=1e-4)
    for n, window in ((300, 100), (500, 3), (2048, 16)):
        _stays_small(windowed_attention, n, window, d=8)


def _stays_small(windowed_attention, n, window, d):
    q, k, v = (grid(n, d, seed=seed) for seed in (1, 2, 3))
    with Largest() as largest:
        returned = windowed_attention(q, k, v, window)
    kind(returned, torch.Tensor)
    shape(returned, (n, d))
    banded = functional.scaled_dot_product_attention(q[:300], k[:300], v[:300], attn_mask=_band(300, window))
    close(returned[:300], banded, f"the beginning of a result for {n:,} tokens", rtol=1e-4, atol=1e-4)
    require(
        largest.entries <= 4 * n * window * d,
        f"The numbers are right, but for {n:,} tokens and a window of {window} one of your tensors has "
        f"{largest.entries:,} entries. About n × window × (d + e) = {2 * n * window * d:,} is enough.",
    )


def _band(n, window):
    distance = torch.arange(n)[:, None] - torch.arange(n)
    return (distance >= 0) & (distance < window)


def windowed_attention__full_matrix(q, k, v, window):
    """Right answer, but you made a full n × n table: 16.8 million entries for 4,096 tokens, where a window of 16 needs
    65,000. Gather only the keys that each token sees."""
    scores = q @ k.T / math.sqrt(q.shape[-1])
    return scores.masked_fill(~_band(len(q), window), -math.inf).softmax(dim=-1) @ v


def windowed_attention__one_too_many(q, k, v, window):
    """Your window reaches one token too far. The token itself is *inside* the window: it sees itself and `window` − 1
    before it."""
    scores = q @ k.T / math.sqrt(q.shape[-1])
    return scores.masked_fill(~_band(len(q), window + 1), -math.inf).softmax(dim=-1) @ v


def windowed_attention__not_itself(q, k, v, window):
    """You left out the token itself: `window` counts it. The first token would have nothing else to look at."""
    distance = torch.arange(len(q))[:, None] - torch.arange(len(q))
    band = (distance >= 1) & (distance <= window)
    scores = q @ k.T / math.sqrt(q.shape[-1])
    return scores.masked_fill(~band, -math.inf).softmax(dim=-1).nan_to_num() @ v


def windowed_attention__sees_padding(q, k, v, window):
    """The first rows are wrong. You put zeros in front of the keys so that every window is full, and a key of zeros
    has score 0, which takes its part of the attention. Mask those places."""
    front = [functional.pad(part, (0, 0, window - 1, 0)).unfold(0, window, 1) for part in (k, v)]
    weights = (torch.einsum("nd,ndw->nw", q, front[0]) / math.sqrt(q.shape[-1])).softmax(dim=-1)
    return torch.einsum("nw,new->ne", weights, front[1])


def windowed_attention__sees_zeros(q, k, v, window):
    """The first rows are wrong. Where the window reaches before the beginning you put zeros for keys and values; their
    score is 0, not minus infinity, so they take a part of the attention."""
    return windowed_attention__sees_padding(q, k, v, min(window, len(q)))


def windowed_attention__both_sides(q, k, v, window):
    """Your window reaches to both sides. Causal attention never looks at a later token."""
    distance = torch.arange(len(q))[:, None] - torch.arange(len(q))
    scores = q @ k.T / math.sqrt(q.shape[-1])
    return scores.masked_fill(distance.abs() >= window, -math.inf).softmax(dim=-1) @ v


def windowed_attention__unscaled(q, k, v, window):
    """The scores aren't divided by the square root of the width of q and k."""
    return (q @ k.T).masked_fill(~_band(len(q), window), -math.inf).softmax(dim=-1) @ v


def windowed_attention__repeats_first_key(q, k, v, window):
    """The first rows are wrong. Where the window reaches before the beginning you read key 0 again and again, and it
    got attention each time. Those places need the score minus infinity."""
    places = (torch.arange(len(q))[:, None] - torch.arange(window - 1, -1, -1)).clamp(min=0)
    weights = (torch.einsum("nd,nwd->nw", q, k[places]) / math.sqrt(q.shape[-1])).softmax(dim=-1)
    return torch.einsum("nw,nwe->ne", weights, v[places])


def windowed_attention__separate_blocks(q, k, v, window):
    """You cut the tokens into blocks and let each block attend to itself. The window moves with the token: the first
    token of a block still sees the end of the block before."""
    block = torch.arange(len(q)) // window
    scores = (q @ k.T / math.sqrt(q.shape[-1])).masked_fill(block[:, None] != block, -math.inf)
    return scores.masked_fill(~_band(len(q), window), -math.inf).softmax(dim=-1) @ v
