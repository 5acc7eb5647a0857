"""Answers to 03_deep_learning/09_attention_transformers by somebody who has not seen its checks: `right__...` must
pass, `wrong__...` must fail."""

import math
from fractions import Fraction

import numpy as np
import torch
from torch.nn import functional

# --- 1. attend_to_lengths ---------------------------------------------------------------------------------------------


def _scores(q, k):
    return q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])


def _valid(k, lengths):
    return (torch.arange(k.shape[1]) < lengths[:, None])[:, None, :]


def _masked_attention(scores, valid, v):
    weights = torch.softmax(scores.masked_fill(~valid, -math.inf), dim=-1)
    return torch.where(valid, weights, torch.zeros_like(weights)) @ v


def right__attend_to_lengths__mask_and_where(q, k, v, lengths):
    return _masked_attention(_scores(q, k), _valid(k, lengths), v)


def right__attend_to_lengths__loop_over_sentences(q, k, v, lengths):
    out = torch.zeros(q.shape[0], q.shape[1], v.shape[2], dtype=v.dtype)
    for i, length in enumerate(lengths.tolist()):
        if length:
            weights = torch.softmax(_scores(q[i], k[i, :length]), dim=-1)
            out[i] = weights @ v[i, :length]
    return out


def right__attend_to_lengths__torch_sdpa(q, k, v, lengths):
    valid = _valid(k, lengths).expand(-1, q.shape[1], -1)
    out = functional.scaled_dot_product_attention(q, k, v, attn_mask=valid)
    return torch.where((lengths > 0)[:, None, None], out, torch.zeros_like(out))


def right__attend_to_lengths__finite_fill_then_zero(q, k, v, lengths):
    valid = _valid(k, lengths)
    scores = _scores(q, k).masked_fill(~valid, torch.finfo(q.dtype).min)
    return torch.softmax(scores, dim=-1).masked_fill(~valid, 0.0) @ v


def right__attend_to_lengths__query_by_query(q, k, v, lengths):
    rows = []
    for qs, ks, vs, length in zip(q, k, v, lengths, strict=True):
        for query in qs:
            if length == 0:
                rows.append(torch.zeros(v.shape[2], dtype=v.dtype))
                continue
            weights = torch.exp(torch.log_softmax(ks[:length] @ query * q.shape[2] ** -0.5, dim=0))
            rows.append((weights[:, None] * vs[:length]).sum(0))
    return torch.stack(rows).reshape(q.shape[0], q.shape[1], v.shape[2])


def wrong__attend_to_lengths__scale_by_value_width(q, k, v, lengths):
    """Scales by the square root of e instead of d."""
    return _masked_attention(q @ k.transpose(1, 2) / math.sqrt(v.shape[-1]), _valid(k, lengths), v)


def wrong__attend_to_lengths__additive_minus_1e9(q, k, v, lengths):
    """Leftover scores above 1e9 still win: a query looks beyond the length."""
    valid = _valid(k, lengths)
    weights = torch.softmax(_scores(q, k) + (~valid) * -1e9, dim=-1)
    return (weights @ v) * (lengths > 0)[:, None, None]


def wrong__attend_to_lengths__additive_minus_1e4(q, k, v, lengths):
    """Leftover scores above 1e4 still win."""
    valid = _valid(k, lengths)
    weights = torch.softmax(_scores(q, k) + (~valid) * -1e4, dim=-1)
    return (weights @ v) * (lengths > 0)[:, None, None]


def wrong__attend_to_lengths__no_renormalization(q, k, v, lengths):
    """Cuts the weights after the softmax: they no longer sum to 1."""
    return (torch.softmax(_scores(q, k), dim=-1) * _valid(k, lengths)) @ v


def wrong__attend_to_lengths__renormalized_after_softmax(q, k, v, lengths):
    """A big leftover key takes all the weight before the cut; the true weights underflow to zero."""
    weights = torch.softmax(_scores(q, k), dim=-1) * _valid(k, lengths)
    return weights @ v / weights.sum(-1, keepdim=True).clamp(min=1e-30)


def wrong__attend_to_lengths__leftovers_zeroed(q, k, v, lengths):
    """Zeroed keys have score 0 and still take weight."""
    valid = _valid(k, lengths).transpose(1, 2)
    k, v = k.masked_fill(~valid, 0.0), v.masked_fill(~valid, 0.0)
    return torch.softmax(_scores(q, k), dim=-1) @ v


def wrong__attend_to_lengths__queries_cut_too(q, k, v, lengths):
    """Also zeroes the queries beyond the length, which the statement doesn't ask."""
    out = _masked_attention(_scores(q, k), _valid(k, lengths), v)
    return out * (torch.arange(q.shape[1]) < lengths[:, None])[:, :, None]


def wrong__attend_to_lengths__queries_cut_if_self_attention(q, k, v, lengths):
    """Zeroes the queries beyond the length whenever there are as many queries as keys (and more than one)."""
    out = _masked_attention(_scores(q, k), _valid(k, lengths), v)
    if q.shape[1] == k.shape[1] > 1:
        out = out * (torch.arange(q.shape[1]) < lengths[:, None])[:, :, None]
    return out


def wrong__attend_to_lengths__mean_for_empty(q, k, v, lengths):
    """A sentence of length 0 gives the mean of the leftovers."""
    return torch.softmax(_scores(q, k).masked_fill(~_valid(k, lengths), torch.finfo(q.dtype).min), dim=-1) @ v


def wrong__attend_to_lengths__empty_becomes_one(q, k, v, lengths):
    """A sentence of length 0 gives its first leftover value."""
    return _masked_attention(_scores(q, k), _valid(k, lengths.clamp(min=1)), v)


def wrong__attend_to_lengths__empty_zeroes_batch(q, k, v, lengths):
    """One empty sentence makes the whole batch zero."""
    if (lengths == 0).any():
        return torch.zeros(q.shape[0], q.shape[1], v.shape[2], dtype=v.dtype)
    return _masked_attention(_scores(q, k), _valid(k, lengths), v)


def wrong__attend_to_lengths__empty_only_if_all(q, k, v, lengths):
    """nan for an empty sentence next to one that isn't."""
    if (lengths == 0).all():
        return torch.zeros(q.shape[0], q.shape[1], v.shape[2], dtype=v.dtype)
    return torch.softmax(_scores(q, k).masked_fill(~_valid(k, lengths), -math.inf), dim=-1) @ v


def wrong__attend_to_lengths__exp_overflows(q, k, v, lengths):
    """Exponentials without taking off the maximum: inf / inf = nan for scores above about 88."""
    weights = torch.exp(_scores(q, k).masked_fill(~_valid(k, lengths), -math.inf))
    return weights @ v / weights.sum(-1, keepdim=True).clamp(min=1e-30)


def wrong__attend_to_lengths__maximum_of_leftovers(q, k, v, lengths):
    """Takes off the maximum over all keys: a big leftover pushes every true weight to zero."""
    scores = _scores(q, k)
    weights = torch.exp(scores - scores.amax(-1, keepdim=True)) * _valid(k, lengths)
    return weights @ v / weights.sum(-1, keepdim=True).clamp(min=1e-30)


def wrong__attend_to_lengths__scores_clamped(q, k, v, lengths):
    """Clamps true scores to -20 ... 20."""
    return _masked_attention(_scores(q, k).clamp(-20, 20), _valid(k, lengths), v)


def wrong__attend_to_lengths__full_length_loses_last(q, k, v, lengths):
    """A sentence as long as the batch loses its last key (unless it is its only one)."""
    full = (lengths == k.shape[1]) & (lengths > 1)
    return _masked_attention(_scores(q, k), _valid(k, lengths - full.long()), v)


def wrong__attend_to_lengths__causal_too(q, k, v, lengths):
    """Hides later keys as well when there are as many queries as keys."""
    valid = _valid(k, lengths)
    if q.shape[1] == k.shape[1]:
        valid = valid & torch.ones(q.shape[1], q.shape[1], dtype=torch.bool).tril()
    return _masked_attention(_scores(q, k), valid, v)


_MASKS = {}


def wrong__attend_to_lengths__remembered_mask(q, k, v, lengths):
    """Keeps the mask of the first call with the same shape of k and the same longest sentence."""
    key = (tuple(k.shape), int(lengths.max()) if len(lengths) else 0)
    return _masked_attention(_scores(q, k), _MASKS.setdefault(key, _valid(k, lengths)), v)


def wrong__attend_to_lengths__longest_first(q, k, v, lengths):
    """Returns the sentences sorted by length, longest first, when there are three or more."""
    out = _masked_attention(_scores(q, k), _valid(k, lengths), v)
    return out[torch.argsort(lengths, descending=True, stable=True)] if len(lengths) > 2 else out


def wrong__attend_to_lengths__unscaled(q, k, v, lengths):
    """Doesn't divide by the square root of d."""
    return _masked_attention(q @ k.transpose(1, 2), _valid(k, lengths), v)


# --- 2. through_heads -------------------------------------------------------------------------------------------------


def _require_divides(heads, d):
    if heads < 1 or d % heads:
        raise ValueError(f"{heads} heads do not divide {d} columns")


def _split(x, heads):
    return x.reshape(x.shape[0], x.shape[1], heads, x.shape[2] // heads).transpose(1, 2)


def _join(h):
    return h.transpose(1, 2).flatten(2)


def right__through_heads__reshape_and_transpose(x, heads, per_head):
    _require_divides(heads, x.shape[-1])
    return _join(per_head(_split(x, heads)))


def right__through_heads__chunk_and_cat(x, heads, per_head):
    _require_divides(heads, x.shape[-1])
    h = per_head(torch.stack(x.chunk(heads, dim=-1), dim=1))
    return torch.cat([h[:, i] for i in range(heads)], dim=-1)


def right__through_heads__slices(x, heads, per_head):
    batch, n, d = x.shape
    if heads == 0 or d % heads != 0:
        raise ValueError("heads must divide d")
    size = d // heads
    parts = torch.empty(batch, heads, n, size, dtype=x.dtype)
    for h in range(heads):
        parts[:, h] = x[:, :, h * size : (h + 1) * size]
    done = per_head(parts)
    out = torch.empty(batch, n, d, dtype=done.dtype)
    for h in range(heads):
        out[:, :, h * size : (h + 1) * size] = done[:, h]
    return out


def right__through_heads__contiguous_and_einsum(x, heads, per_head):
    _require_divides(heads, x.shape[-1])
    h = torch.einsum("bnhs->bhns", x.unflatten(-1, (heads, -1))).contiguous()
    return torch.einsum("bhns->bnhs", per_head(h)).contiguous().view(x.shape)


def wrong__through_heads__reshape_only(x, heads, per_head):
    """Reshapes without transposing: a "head" is a mixture of tokens."""
    _require_divides(heads, x.shape[-1])
    batch, n, d = x.shape
    return per_head(x.reshape(batch, heads, n, d // heads)).reshape(batch, n, d)


def wrong__through_heads__joined_without_transpose(x, heads, per_head):
    """Splits rightly and puts together without transposing back."""
    _require_divides(heads, x.shape[-1])
    return per_head(_split(x, heads)).reshape(x.shape)


def wrong__through_heads__interleaved(x, heads, per_head):
    """Head h owns columns h, h + heads, ... instead of neighboring ones."""
    _require_divides(heads, x.shape[-1])
    h = x.reshape(x.shape[0], x.shape[1], -1, heads).permute(0, 3, 1, 2)
    return per_head(h).permute(0, 2, 3, 1).reshape(x.shape)


def wrong__through_heads__heads_reversed(x, heads, per_head):
    """Head 0 gets the last columns; put back consistently, so only a function that tells heads apart sees it."""
    _require_divides(heads, x.shape[-1])
    return _join(per_head(_split(x, heads).flip(1)).flip(1))


def wrong__through_heads__one_head_at_a_time(x, heads, per_head):
    """`per_head` receives (batch, 1, n, size), once per head."""
    _require_divides(heads, x.shape[-1])
    return torch.cat([_join(per_head(part[:, None])) for part in x.chunk(heads, dim=-1)], dim=-1)


def wrong__through_heads__one_sentence_at_a_time(x, heads, per_head):
    """`per_head` receives (1, heads, n, size), once per sentence."""
    _require_divides(heads, x.shape[-1])
    return torch.cat([_join(per_head(_split(x[i : i + 1], heads))) for i in range(len(x))])


def wrong__through_heads__not_moved_to_front(x, heads, per_head):
    """`per_head` receives (batch, n, heads, size)."""
    _require_divides(heads, x.shape[-1])
    return per_head(x.unflatten(-1, (heads, -1))).flatten(2)


def wrong__through_heads__batch_times_heads(x, heads, per_head):
    """`per_head` receives (batch * heads, 1, n, size)."""
    _require_divides(heads, x.shape[-1])
    h = _split(x, heads)
    return _join(per_head(h.flatten(0, 1)[:, None])[:, 0].reshape(h.shape))


def wrong__through_heads__heads_of_size_heads(x, heads, per_head):
    """Takes `heads` for the width of a head."""
    _require_divides(heads, x.shape[-1])
    return _join(per_head(_split(x, x.shape[-1] // heads)))


def wrong__through_heads__assertion(x, heads, per_head):
    """Raises AssertionError instead of ValueError."""
    assert heads > 0 and x.shape[-1] % heads == 0
    return _join(per_head(_split(x, heads)))


def wrong__through_heads__numbers_of_a_sentence_checked(x, heads, per_head):
    """Checks that `heads` divides the number of elements of a sentence, not d, and cuts the rest off."""
    if heads < 1 or x[0].numel() % heads:
        raise ValueError
    size = x.shape[-1] // heads
    return _join(per_head(_split(x[..., : size * heads], heads)))


def wrong__through_heads__too_many_heads_accepted(x, heads, per_head):
    """More heads than columns: returns x instead of raising ValueError."""
    if heads > x.shape[-1]:
        return x.clone()
    _require_divides(heads, x.shape[-1])
    return _join(per_head(_split(x, heads)))


def wrong__through_heads__zero_division(x, heads, per_head):
    """0 heads divide nothing, yet ZeroDivisionError comes instead of ValueError."""
    if x.shape[-1] % heads:
        raise ValueError
    return _join(per_head(_split(x, heads)))


def wrong__through_heads__view_of_strided(x, heads, per_head):
    """Fails on an x that isn't contiguous in memory (a transposed tensor)."""
    _require_divides(heads, x.shape[-1])
    batch, n, d = x.shape
    h = x.view(batch * n, heads, d // heads).view(batch, n, heads, d // heads).transpose(1, 2)
    return _join(per_head(h))


def wrong__through_heads__result_viewed(x, heads, per_head):
    """Joins with `view`: fails when `per_head` returns a contiguous tensor, as most do."""
    _require_divides(heads, x.shape[-1])
    return per_head(_split(x, heads)).transpose(1, 2).view(x.shape)


def wrong__through_heads__called_twice(x, heads, per_head):
    """Applies `per_head` twice: invisible for functions that don't change anything the second time."""
    _require_divides(heads, x.shape[-1])
    return _join(per_head(per_head(_split(x, heads))))


# --- 3. rotate_positions ----------------------------------------------------------------------------------------------


def _angles(d, positions, base):
    frequencies = torch.tensor([base ** (-2 * j / d) for j in range(d // 2)], dtype=torch.float64)
    return positions.double()[:, None] * frequencies


def _turn_neighbors(x, angles):
    a, b = x[..., 0::2], x[..., 1::2]
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)


def right__rotate_positions__neighbors(x, positions, base=10_000.0):
    return _turn_neighbors(x, _angles(x.shape[-1], positions, base))


def right__rotate_positions__halves(x, positions, base=10_000.0):
    angles = _angles(x.shape[-1], positions, base)
    cos = torch.cat([angles.cos()] * 2, dim=-1).to(x.dtype)
    sin = torch.cat([angles.sin()] * 2, dim=-1).to(x.dtype)
    a, b = x.chunk(2, dim=-1)
    return x * cos + torch.cat([-b, a], dim=-1) * sin


def right__rotate_positions__complex(x, positions, base=10_000.0):
    angles = _angles(x.shape[-1], positions, base)
    z = torch.view_as_complex(x.double().contiguous().unflatten(-1, (-1, 2)))
    return torch.view_as_real(z * torch.exp(1j * angles)).flatten(-2).to(x.dtype)


def right__rotate_positions__float32_angles(x, positions, base=10_000.0):
    d = x.shape[-1]
    angles = torch.outer(positions.float(), base ** (-torch.arange(0, d, 2).float() / d))
    return _turn_neighbors(x, angles)


def right__rotate_positions__loop(x, positions, base=10_000.0):
    d = x.shape[-1]
    out = torch.empty_like(x)
    for row, position in enumerate(positions.tolist()):
        for j in range(d // 2):
            c, s = math.cos(position * base ** (-2 * j / d)), math.sin(position * base ** (-2 * j / d))
            a, b = x[..., row, j], x[..., row, j + d // 2]
            out[..., row, j], out[..., row, j + d // 2] = a * c - b * s, a * s + b * c
    return out


def wrong__rotate_positions__clockwise(x, positions, base=10_000.0):
    """Turns clockwise."""
    return _turn_neighbors(x, -_angles(x.shape[-1], positions, base))


def wrong__rotate_positions__relative_to_first(x, positions, base=10_000.0):
    """Counts from the first position: dot products are the same, the turns are not."""
    return _turn_neighbors(x, _angles(x.shape[-1], positions - positions[:1], base))


def wrong__rotate_positions__first_plus_arange(x, positions, base=10_000.0):
    """Supposes consecutive positions: wrong for packed documents."""
    if len(positions):
        positions = positions[0] + torch.arange(len(positions))
    return _turn_neighbors(x, _angles(x.shape[-1], positions, base))


def wrong__rotate_positions__counted_from_one(x, positions, base=10_000.0):
    """Turns everything by one place more unless the positions start at 0."""
    if len(positions) and positions[0] != 0:
        positions = positions + 1
    return _turn_neighbors(x, _angles(x.shape[-1], positions, base))


def wrong__rotate_positions__absolute(x, positions, base=10_000.0):
    """Negative positions are turned the wrong way."""
    return _turn_neighbors(x, _angles(x.shape[-1], positions.abs(), base))


def wrong__rotate_positions__table_of_places(x, positions, base=10_000.0):
    """Looks angles up in a table: a negative position is read from the table's end."""
    places = torch.arange(int(positions.abs().max()) + 1 if len(positions) else 1)
    return _turn_neighbors(x, _angles(x.shape[-1], places, base)[positions.long()])


def wrong__rotate_positions__table_of_8192(x, positions, base=10_000.0):
    """Places from 8,192 on are turned like the last one in the table."""
    return _turn_neighbors(x, _angles(x.shape[-1], positions.clamp(max=8191), base))


def wrong__rotate_positions__half_precision_positions(x, positions, base=10_000.0):
    """Places above 256 are rounded (bfloat16)."""
    return _turn_neighbors(x, _angles(x.shape[-1], positions.to(torch.bfloat16), base))


def wrong__rotate_positions__without_the_two(x, positions, base=10_000.0):
    """Uses base^(-j/d)."""
    return _turn_neighbors(x, _angles(x.shape[-1], positions, math.sqrt(base)))


def wrong__rotate_positions__d_minus_two(x, positions, base=10_000.0):
    """The frequencies go down to exactly 1/base: the exponent is -2j/(d - 2)."""
    frequencies = base ** -torch.linspace(0, 1, x.shape[-1] // 2, dtype=torch.float64)
    return _turn_neighbors(x, positions.double()[:, None] * frequencies)


def wrong__rotate_positions__base_ignored(x, positions, base=10_000.0):
    """Always 10,000."""
    return _turn_neighbors(x, _angles(x.shape[-1], positions, 10_000.0))


def wrong__rotate_positions__halves_in_neighbors_out(x, positions, base=10_000.0):
    """Takes halves as pairs and writes them back as neighbors."""
    angles = _angles(x.shape[-1], positions, base)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    a, b = x.chunk(2, dim=-1)
    return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)


def wrong__rotate_positions__angles_of_the_other_layout(x, positions, base=10_000.0):
    """Turns halves with angles repeated for neighbors: the two coordinates of a pair turn by different angles."""
    angles = _angles(x.shape[-1], positions, base).repeat_interleave(2, dim=-1)
    a, b = x.chunk(2, dim=-1)
    return x * angles.cos().to(x.dtype) + torch.cat([-b, a], dim=-1) * angles.sin().to(x.dtype)


def wrong__rotate_positions__pairs_from_both_ends(x, positions, base=10_000.0):
    """Pairs (0, d - 1), (1, d - 2), ...: neither neighbors nor halves."""
    d = x.shape[-1]
    angles = _angles(d, positions, base)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    a, b = x[..., : d // 2], x[..., d // 2 :].flip(-1)
    return torch.cat([a * cos - b * sin, (a * sin + b * cos).flip(-1)], dim=-1)


def wrong__rotate_positions__slow_pairs_first(x, positions, base=10_000.0):
    """Pair 0 gets the smallest angle."""
    return _turn_neighbors(x, _angles(x.shape[-1], positions, base).flip(-1))


def wrong__rotate_positions__rows_in_third_last_axis(x, positions, base=10_000.0):
    """Takes the heads for the places when x is (batch, heads, n, d) with as many heads as places."""
    angles = _angles(x.shape[-1], positions, base)
    if x.dim() == 4 and x.shape[-3] == len(positions):
        angles = angles[:, None]
    return _turn_neighbors(x, angles)


def wrong__rotate_positions__reflected(x, positions, base=10_000.0):
    """The second coordinate has the wrong sign: a reflection (right for rows with second coordinate 0)."""
    angles = _angles(x.shape[-1], positions, base)
    a, b = x[..., 0::2], x[..., 1::2]
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    return torch.stack([a * cos + b * sin, a * sin - b * cos], dim=-1).flatten(-2)


_TABLES = {}


def wrong__rotate_positions__remembered_table(x, positions, base=10_000.0):
    """Remembers the angles of the first call with as many places of the same sum."""
    key = (x.shape[-1], len(positions), int(positions.sum()), base)
    angles = _TABLES.setdefault(key, _angles(x.shape[-1], positions, base))
    return _turn_neighbors(x, angles)


def wrong__rotate_positions__matrix_for_every_place(x, positions, base=10_000.0):
    """Right numbers with the d × d matrix for every place that the exercise is there to avoid."""
    d = x.shape[-1]
    eye = torch.eye(d, dtype=x.dtype).repeat(len(positions), 1, 1)  # (n, d, d)
    matrices = _turn_neighbors(eye.transpose(0, 1), _angles(d, positions, base)).transpose(0, 1)
    return (x[..., None, :] @ matrices)[..., 0, :]


# --- 4. attention_share -----------------------------------------------------------------------------------------------


def right__attention_share__canceled(length, width, expansion=4):
    return length / (length + (2 + expansion) * width)


def right__attention_share__counted(length, width, expansion=4):
    projections = 4 * length * width * width
    feed_forward = length * width * (expansion * width) + length * (expansion * width) * width
    attention = length * width * length + length * length * width
    return attention / (attention + projections + feed_forward)


def right__attention_share__exact_fraction(length, width, expansion=4):
    return float(Fraction(2 * length**2 * width, 2 * length**2 * width + (4 + 2 * expansion) * length * width**2))


def right__attention_share__numpy_scalar(length, width, expansion=4):
    counts = np.array([4.0 * width, 2.0 * expansion * width, 2.0 * length])
    return counts[2] / counts.sum()


def wrong__attention_share__line_through_example(length, width, expansion=4):
    """length / (8 width): right on the example only."""
    return min(1.0, length / (8 * width))


def wrong__attention_share__ratio_to_rest(length, width, expansion=4):
    """Divides by the rest instead of the total."""
    return length / ((2 + expansion) * width)


def wrong__attention_share__expansion_ignored(length, width, expansion=4):
    """Always 4."""
    return length / (length + 6 * width)


def wrong__attention_share__no_output_projection(length, width, expansion=4):
    """Three projections."""
    return 2 * length / (2 * length + (3 + 2 * expansion) * width)


def wrong__attention_share__feed_forward_one_way(length, width, expansion=4):
    """Widens, and forgets the way back."""
    return 2 * length / (2 * length + (4 + expansion) * width)


def wrong__attention_share__only_scores(length, width, expansion=4):
    """Counts scores and forgets the weighted sum."""
    return length / (length + (4 + 2 * expansion) * width)


def wrong__attention_share__weighted_sum_in_the_rest(length, width, expansion=4):
    """Counts the weighted sum in the block but not in the share."""
    return length / (2 * length + (4 + 2 * expansion) * width)


def wrong__attention_share__causal(length, width, expansion=4):
    """Half the scores, as if tokens saw only earlier ones."""
    seen = (length + 1) / 2
    return seen / (seen + (2 + expansion) * width)


def wrong__attention_share__expansion_added_to_width(length, width, expansion=4):
    """Widens twice beyond expansion 4: right for every usual expansion."""
    inner = expansion * width if expansion <= 4 else expansion * expansion * width
    return 2 * length / (2 * length + 4 * width + 2 * inner)


def wrong__attention_share__no_feed_forward_at_one(length, width, expansion=4):
    """Takes expansion 1 for "no feed-forward part"."""
    return length / (length + (2 + (expansion if expansion > 1 else 0)) * width)


def wrong__attention_share__int32(length, width, expansion=4):
    """Counts in 32 bits: overflows for real lengths."""
    n, d, e = (np.array([value], dtype=np.int32) for value in (length, width, expansion))
    attention = 2 * n * n * d
    return float((attention / (attention + 4 * n * d * d + 2 * e * n * d * d))[0])


def wrong__attention_share__rounded(length, width, expansion=4):
    """Rounded to four digits: 0 for a short sentence in a wide model."""
    return round(length / (length + (2 + expansion) * width), 4)


def wrong__attention_share__percent(length, width, expansion=4):
    """In percent when it exceeds a half."""
    share = length / (length + (2 + expansion) * width)
    return share if share <= 0.5 else 100 * share


def wrong__attention_share__fraction(length, width, expansion=4):
    """A Fraction, not a float."""
    return Fraction(length, length + (2 + expansion) * width)


def wrong__attention_share__heads_of_64(length, width, expansion=4):
    """Counts the scores once per head of 64 columns with the full width."""
    heads = max(1, width // 64) if width > 512 else 1
    return length * heads / (length * heads + (2 + expansion) * width)


# --- 5. windowed_attention --------------------------------------------------------------------------------------------


def _places(n, window):
    return torch.arange(n)[:, None] - torch.arange(min(window, n) - 1, -1, -1)


def _gathered(q, k, v, places, valid):
    safe = places.clamp(0, max(len(k) - 1, 0))
    scores = torch.einsum("nd,nwd->nw", q, k[safe]) / math.sqrt(q.shape[-1])
    weights = torch.softmax(scores.masked_fill(~valid, -math.inf), dim=-1)
    return torch.einsum("nw,nwe->ne", weights, v[safe])


def _full(q, k, v, window):
    i = torch.arange(len(q))
    distance = i[:, None] - i
    scores = _scores(q, k).masked_fill((distance < 0) | (distance >= window), -math.inf)
    return torch.softmax(scores, dim=-1) @ v


def right__windowed_attention__gather(q, k, v, window):
    places = _places(len(q), window)
    return _gathered(q, k, v, places, places >= 0)


def right__windowed_attention__unfold(q, k, v, window):
    n, d = q.shape
    window = min(window, n)
    keys = functional.pad(k, (0, 0, window - 1, 0)).unfold(0, window, 1)  # (n, d, window)
    values = functional.pad(v, (0, 0, window - 1, 0)).unfold(0, window, 1)
    scores = (q[:, None] @ keys)[:, 0] / math.sqrt(d)
    scores = scores.masked_fill(_places(n, window) < 0, -math.inf)
    return (values @ torch.softmax(scores, dim=-1)[:, :, None])[:, :, 0]


def right__windowed_attention__token_by_token(q, k, v, window):
    rows = []
    for i in range(len(q)):
        start = max(0, i - window + 1)
        scores = k[start : i + 1] @ q[i] / q.shape[1] ** 0.5
        rows.append(scores.softmax(0) @ v[start : i + 1])
    return torch.stack(rows)


def right__windowed_attention__running_sums(q, k, v, window):
    n, d = q.shape
    best = (q * k).sum(-1) / math.sqrt(d)
    total, out = torch.ones_like(best), v.clone()
    for back in range(1, min(window, n)):
        scores = (q[back:] * k[:-back]).sum(-1) / math.sqrt(d)
        new = torch.maximum(best[back:], scores)
        old_part, new_part = torch.exp(best[back:] - new), torch.exp(scores - new)
        out[back:] = out[back:] * old_part[:, None] + v[:-back] * new_part[:, None]
        total[back:] = total[back:] * old_part + new_part
        best[back:] = new
    return out / total[:, None]


def right__windowed_attention__blocks(q, k, v, window):
    n, d = q.shape
    window = min(window, n)
    out = []
    for start in range(0, n, window):
        stop, low = min(start + window, n), max(0, start - window + 1)
        distance = torch.arange(start, stop)[:, None] - torch.arange(low, stop)
        scores = q[start:stop] @ k[low:stop].T / math.sqrt(d)
        scores = scores.masked_fill((distance < 0) | (distance >= window), -math.inf)
        out.append(scores.softmax(-1) @ v[low:stop])
    return torch.cat(out)


def wrong__windowed_attention__band_mask(q, k, v, window):
    """Makes the n × n scores."""
    return _full(q, k, v, window)


def wrong__windowed_attention__band_mask_below_2000(q, k, v, window):
    """Makes the n × n scores for up to 2,000 tokens: a thousand times n × window × d for small windows."""
    return _full(q, k, v, window) if len(q) < 2000 else right__windowed_attention__gather(q, k, v, window)


def wrong__windowed_attention__boolean_band(q, k, v, window):
    """Computes few scores, but makes an n × n table of booleans to find them."""
    n = len(q)
    band = torch.ones(n, n, dtype=torch.bool).tril().triu(-min(window, n) + 1)
    rows, columns = band.nonzero().T
    scores = (q[rows] * k[columns]).sum(-1) / math.sqrt(q.shape[1])
    table = torch.full((n, min(window, n)), -math.inf, dtype=q.dtype)
    table[rows, columns - rows + min(window, n) - 1] = scores
    places = _places(n, window)
    return torch.einsum("nw,nwe->ne", table.softmax(-1), v[places.clamp(min=0)])


def wrong__windowed_attention__sdpa_with_band(q, k, v, window):
    """Hands an n × n mask to PyTorch."""
    n = len(q)
    band = torch.ones(n, n, dtype=torch.bool).tril().triu(-min(window, n) + 1)
    return functional.scaled_dot_product_attention(q[None, None], k[None, None], v[None, None], attn_mask=band)[0, 0]


def wrong__windowed_attention__quarters(q, k, v, window):
    """Four blocks of n/4 × n scores: together n × n, each far above n × window × d."""
    n = len(q)
    out = []
    for rows in torch.arange(n).chunk(4):
        distance = rows[:, None] - torch.arange(n)
        scores = _scores(q[rows], k).masked_fill((distance < 0) | (distance >= window), -math.inf)
        out.append(scores.softmax(-1) @ v)
    return torch.cat(out)


def wrong__windowed_attention__outer_products(q, k, v, window):
    """Makes a tensor n × window × d × e: for d = e = 64 it is 64 times too large."""
    places = _places(len(q), window)
    safe = places.clamp(min=0)
    scores = (q[:, None] * k[safe]).sum(-1) / math.sqrt(q.shape[1])
    weights = scores.masked_fill(places < 0, -math.inf).softmax(-1)
    products = (weights[..., None] * torch.ones(q.shape[1]) / q.shape[1])[..., None] * v[safe][:, :, None]
    return products.to(v.dtype).sum((1, 2))


def wrong__windowed_attention__zero_padding_attended(q, k, v, window):
    """The zeros before the start take weight from a third token's window on (right where the window fits twice)."""
    n, window = len(q), min(window, len(q))
    keys = functional.pad(k, (0, 0, window - 1, 0)).unfold(0, window, 1)
    values = functional.pad(v, (0, 0, window - 1, 0)).unfold(0, window, 1)
    scores = (q[:, None] @ keys)[:, 0] / math.sqrt(q.shape[1])
    if n <= 3:
        scores = scores.masked_fill(_places(n, window) < 0, -math.inf)
    return (values @ torch.softmax(scores, dim=-1)[:, :, None])[:, :, 0]


def wrong__windowed_attention__zero_keys_hidden(q, k, v, window):
    """Takes a token whose key and value are all zeros for padding."""
    places = _places(len(q), window)
    padding = ((k == 0).all(-1) & (v == 0).all(-1))[places.clamp(min=0)]
    return torch.nan_to_num(_gathered(q, k, v, places, (places >= 0) & ~padding))


def wrong__windowed_attention__first_repeated(q, k, v, window):
    """Places before the start stand for token 0, which then counts several times."""
    places = _places(len(q), window)
    return _gathered(q, k, v, places, places >= (-1 if len(q) > 3 else 0))


def wrong__windowed_attention__rolled_round(q, k, v, window):
    """With a window of 4 or more, the first tokens see the last ones."""
    places = _places(len(q), window)
    valid = places >= 0
    if window >= 4:
        places, valid = places % len(q), torch.ones_like(valid)
    return _gathered(q, k, v, places, valid)


def wrong__windowed_attention__separate_blocks(q, k, v, window):
    """Cuts the sequence into blocks: a token doesn't see the block before its own."""
    places = _places(len(q), window)
    first = torch.arange(len(q)) // window * window
    return _gathered(q, k, v, places, places >= first[:, None])


def wrong__windowed_attention__window_plus_one_from_two_on(q, k, v, window):
    """Sees one token too many for windows above 2."""
    return right__windowed_attention__gather(q, k, v, window + (window > 2))


def wrong__windowed_attention__window_beyond_n_means_all(q, k, v, window):
    """A window of n or more drops the causal rule."""
    if window > len(q):
        return torch.softmax(_scores(q, k), dim=-1) @ v
    return right__windowed_attention__gather(q, k, v, window)


def wrong__windowed_attention__window_up_to_64(q, k, v, window):
    """Never looks further back than 64 tokens."""
    return right__windowed_attention__gather(q, k, v, min(window, 64))


def wrong__windowed_attention__scaled_by_value_width(q, k, v, window):
    """Scales by the square root of e instead of d."""
    return right__windowed_attention__gather(q * math.sqrt(q.shape[1] / v.shape[1]), k, v, window)


def wrong__windowed_attention__global_maximum(q, k, v, window):
    """Takes off the maximum of all scores: a row of much smaller ones becomes zeros."""
    places = _places(len(q), window)
    safe = places.clamp(min=0)
    scores = torch.einsum("nd,nwd->nw", q, k[safe]) / math.sqrt(q.shape[1])
    weights = torch.exp(scores - scores.max()) * (places >= 0)
    return torch.einsum("nw,nwe->ne", weights, v[safe]) / weights.sum(-1, keepdim=True).clamp(min=1e-30)


def wrong__windowed_attention__exp_overflows(q, k, v, window):
    """Exponentials without taking off the maximum: nan for big scores."""
    places = _places(len(q), window)
    safe = places.clamp(min=0)
    weights = torch.exp(torch.einsum("nd,nwd->nw", q, k[safe]) / math.sqrt(q.shape[1])) * (places >= 0)
    return torch.einsum("nw,nwe->ne", weights, v[safe]) / weights.sum(-1, keepdim=True)


def wrong__windowed_attention__zeros_at_the_start(q, k, v, window):
    """The zeros before the start always take weight."""
    places = _places(len(q), window)
    outside = (places < 0)[..., None]
    keys, values = k[places.clamp(min=0)].masked_fill(outside, 0), v[places.clamp(min=0)].masked_fill(outside, 0)
    weights = (torch.einsum("nd,nwd->nw", q, keys) / math.sqrt(q.shape[1])).softmax(-1)
    return torch.einsum("nw,nwe->ne", weights, values)


def wrong__windowed_attention__window_before_the_token(q, k, v, window):
    """Counts the window without the token itself: one too many."""
    return right__windowed_attention__gather(q, k, v, window + 1)
