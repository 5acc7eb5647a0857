# %% [markdown]
# # Exercises: Let every token look
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check`
# below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(attend_to_lengths)` gives the next of
# three hints, `solution(attend_to_lengths)` the answer with its reasons. Any order; `progress()` says where you are.
# Everything is small: no training, no GPU.

# %%
import math
from collections.abc import Callable

import torch
from torch import Tensor

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Attend to what is there  ★☆☆ · 15 min
# A translation service answers sentences in batches. Short ones are padded: whatever stands in `k` and `v` beyond a
# sentence's length is left over from an earlier batch: finite, but perhaps huge. No query may look at it. Now and then
# somebody submits an empty line. Its result must be zeros; a `nan` there would end the training run.


# %%
def attend_to_lengths(q: Tensor, k: Tensor, v: Tensor, lengths: Tensor) -> Tensor:
    """Return scaled dot-product attention in which sentence i has only its first `lengths[i]` keys.

    Shapes: q (batch, queries, d), k (batch, keys, d), v (batch, keys, e), lengths (batch,) of integers from 0 to keys;
    the result (batch, queries, e). A sentence of length 0 gives zeros.

    >>> v = torch.tensor([[[1.0], [3.0], [500.0]]])
    >>> attend_to_lengths(torch.zeros(1, 1, 2), torch.zeros(1, 3, 2), v, torch.tensor([2]))
    tensor([[[2.]]])
    """
    # BEGIN SOLUTION
    scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
    there = torch.arange(k.shape[1], device=k.device) < lengths[:, None, None]
    weights = scores.masked_fill(~there, -math.inf).softmax(dim=-1)
    return weights.masked_fill(~there, 0.0) @ v
    # END SOLUTION


# %%
check(attend_to_lengths)

# %% [markdown] tags=["solution"]
# `there` has shape (batch, 1, keys), so it masks columns (keys) and broadcasts over the queries. −∞ before the softmax
# makes a weight exactly 0 *and* leaves it out of the denominator. No finite number is safe, since a real score may be
# lower still. In a row without any key the softmax is 0/0, and the second `masked_fill` replaces those `nan`. That is
# enough for this result; for the gradient of such a row it isn't, and `scaled_dot_product_attention` handles both.

# %% [markdown]
# ## 2. Take a layer apart into heads  ★☆☆ · 10 min
# You review libraries of attention variants: plain, windowed, rotary. They all wrap something in the same way: split the
# width into heads, work on the heads, put them together again. Write the wrapper once. `per_head` receives a tensor
# (batch, heads, n, d / heads) and returns one of that shape. Head 0 owns the first d / heads columns, head 1 the next.


# %%
def through_heads(x: Tensor, heads: int, per_head: Callable[[Tensor], Tensor]) -> Tensor:
    """Return `per_head` applied once, to all heads of `x` (batch, n, d), put back into that shape.

    Raises ValueError unless `heads` divides d (0 divides nothing).

    >>> x = torch.arange(8.0).reshape(1, 2, 4)
    >>> through_heads(x, 2, lambda h: h.flip(-1))  # each head mirrors its own two columns
    tensor([[[1., 0., 3., 2.],
             [5., 4., 7., 6.]]])
    """
    # BEGIN SOLUTION
    batch, n, width = x.shape
    if heads < 1 or width % heads:
        raise ValueError(f"{heads} heads can't share a width of {width}")
    split = x.reshape(batch, n, heads, width // heads).transpose(1, 2)
    return per_head(split).transpose(1, 2).reshape(batch, n, width)
    # END SOLUTION


# %%
check(through_heads)

# %% [markdown] tags=["solution"]
# The columns of one token lie next to each other in memory, so the width is what `reshape` can cut; moving the heads in
# front of the tokens takes a `transpose`. `reshape(batch, heads, n, -1)` has the right shape and hands head 0 whole
# tokens instead, the scrambled layer of section 8. Undo the two steps in the opposite order. And check the division
# yourself: rounding it down would drop columns, or fail later with a message about shapes.

# %% [markdown]
# ## 3. Turn without matrices  ★★☆ · 20 min
# The lesson stored a d×d rotation for every place; a model that reads 100,000 tokens can't. Write rotary encoding as
# real models do, with a cosine and a sine for each pair of coordinates, and for *given* positions: documents packed into
# one row start again at 0, and a cache starts at 4,096. You choose the pairs: neighbors (0, 1), (2, 3), …, or halves
# (0, d/2), (1, d/2 + 1), …


# %%
def rotate_positions(x: Tensor, positions: Tensor, base: float = 10_000.0) -> Tensor:
    """Return `x` with pair j of each row turned counterclockwise by positions × base^(−2j/d) radians.

    Shapes: x (..., n, d) with an even d, positions (n,), any integers; the result has the shape of x. Pair number j,
    for j from 0 to d/2 − 1, is made of neighboring columns or of columns d/2 apart.

    >>> rotate_positions(torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([0, 1]))
    tensor([[1.0000, 0.0000],
            [0.5403, 0.8415]])
    """
    # BEGIN SOLUTION
    width = x.shape[-1]
    speeds = base ** (-torch.arange(0, width, 2, device=x.device) / width)
    angles = positions[:, None] * speeds
    first, second = x[..., ::2], x[..., 1::2]
    turned = (first * angles.cos() - second * angles.sin(), first * angles.sin() + second * angles.cos())
    return torch.stack(turned, dim=-1).flatten(-2)
    # END SOLUTION


# %%
check(rotate_positions)

# %% [markdown] tags=["solution"]
# Multiplying by the rotation [[cos, −sin], [sin, cos]] needs four products for each pair, not d² for each token. The
# angles have shape (n, d/2) and broadcast over batch and heads. A rotation changes no length, and turning q by p and k by
# p′ leaves a score that depends on p − p′ alone. The speeds fall from 1 to almost 1/base: fast pairs tell neighbors
# apart, slow ones far places. One speed for all pairs would repeat after 6.28 tokens. Never mix the two pairings: models
# trained with one and run with the other return noise.

# %% [markdown]
# ## 4. Find where the work is  ★★☆ · 15 min
# Your team wants to buy "linear attention" for its document classifier, to save the quadratic cost. Before you pay: what
# share of an encoder block's multiply–adds *is* quadratic in the length? Count the matrix products: query, key, value and
# output projections, scores, weighted sum, and a feed-forward part that widens to `expansion` × `width` and back. Leave
# out softmax, norms and biases.


# %%
def attention_share(length: int, width: int, expansion: int = 4) -> float:
    """Return the share, from 0 to 1, of a block's multiply-adds that scores and weighted sum take, in all heads together.

    One sequence of `length` tokens, every token attends to all; vectors of `width` numbers. A product of an (a, b) and
    a (b, c) matrix takes a·b·c multiply-adds.

    >>> attention_share(length=1024, width=512)
    0.25
    """
    # BEGIN SOLUTION
    quadratic = 2 * length**2 * width
    linear = 4 * length * width**2 + 2 * expansion * length * width**2
    return quadratic / (quadratic + linear)
    # END SOLUTION


# %%
check(attention_share)

# %% [markdown] tags=["solution"]
# A product of (a, b) and (b, c) takes a·b·c multiply–adds. Scores and weighted sum take n²d each: with h heads it is h
# times n²·d/h, so heads drop out. Four projections take nd² each, the feed-forward part twice expansion·nd². The share
# shortens to n / (n + (2 + expansion)·d): half only when n is six times the width. For 512 tokens and d = 768 it is 10 %,
# so there is little to save. (The n² *memory* is another matter.)

# %% [markdown]
# ## 5. Attend in a window  ★★★ · 35 min
# A model for server logs reads 4,096 events at a time. Only the last few matter for each one: itself and the `window` − 1
# before it. A band mask on the full score matrix gives the right answer and still computes 4,096² = 16.8 million scores.
# Return the same numbers without ever making a tensor much larger than n × window × (d + e).


# %%
def windowed_attention(q: Tensor, k: Tensor, v: Tensor, window: int) -> Tensor:
    """Return causal scaled dot-product attention in which token i sees tokens i − window + 1 to i, as far as they exist.

    Shapes: q and k (n, d), v (n, e); the result (n, e). `window` is at least 1, and may be larger than n.

    >>> q = k = torch.zeros(3, 2)
    >>> windowed_attention(q, k, torch.tensor([[2.0], [4.0], [10.0]]), window=2)
    tensor([[2.],
            [3.],
            [7.]])
    """
    # BEGIN SOLUTION
    n, width = q.shape
    before = torch.arange(window - 1, -1, -1, device=q.device)  # how many places back each column looks
    places = torch.arange(n, device=q.device)[:, None] - before  # (n, window), negative before the first token
    reach = places.clamp(min=0)
    scores = torch.einsum("nd,nwd->nw", q, k[reach]) / math.sqrt(width)
    weights = scores.masked_fill(places < 0, -math.inf).softmax(dim=1)
    return torch.einsum("nw,nwe->ne", weights, v[reach])
    # END SOLUTION


# %%
check(windowed_attention)

# %% [markdown] tags=["solution"]
# Row i of `places` holds the numbers of the keys that token i may see. `k[reach]` gathers them into (n, window, d), so
# scores and weights are (n, window), not (n, n). The first rows reach before the beginning: those places are clamped to
# read *something*, then masked, because a padded key of zeros has score 0, which is a score like any other. The token
# itself is the last column. Sliding windows like this make the memory of a long-context model grow like n.
