# %% [markdown]
# # Exercises: Stack simple functions
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check`
# below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(mlp_parameter_count)` gives the next
# of three hints, `solution(mlp_parameter_count)` the answer with its reasons. Any order; `progress()` says where you are.
# Nothing is trained here.

# %%
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import nn

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Count before you build  ★☆☆ · 5 min
# Before you rent a machine, you want to know how many numbers a network will learn, also for sizes that would never fit
# into this computer's memory. Count the parameters of a multilayer perceptron from its layer sizes, without building it.
# Every linear layer has a bias, or none has.


# %%
def mlp_parameter_count(sizes: Sequence[int], bias: bool = True) -> int:
    """Return the number of parameters of an MLP: inputs, hidden layers and outputs have these `sizes`.

    `sizes` holds one number or more, all positive; a single number makes no layer, so it has no parameters. The count
    is exact, however large.

    >>> mlp_parameter_count([64, 128, 10])
    9610
    >>> mlp_parameter_count([64, 128, 10], bias=False)
    9472
    """
    # BEGIN SOLUTION
    return sum((inputs + bias) * outputs for inputs, outputs in pairwise(sizes))
    # END SOLUTION


# %%
check(mlp_parameter_count)

# %% [markdown] tags=["solution"]
# A layer from a to b units has a·b weights, and each of its b outputs adds one bias: (a + 1)·b. Python counts True as 1,
# so `inputs + bias` covers both cases. `pairwise` hands out neighbors: (64, 128), then (128, 10).
# Python's integers don't overflow; `np.prod` would, silently, above 9·10¹⁸. In the large models of this phase most
# parameters sit in such pairs of layers.

# %% [markdown]
# ## 2. A loss that survives large logits  ★☆☆ · 10 min
# A colleague's monitoring job computes the loss of a served model, in NumPy. On some days it reports `nan`, on others
# `inf`, though the model is fine: somebody turned the scale of the logits up. Return the mean cross-entropy, right for
# every logit between −10,000 and 10,000, also when rows differ by thousands.


# %%
def cross_entropy_from_logits(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean over the rows of −log(softmax of the row, at its label), natural logarithm.

    Shapes: logits (n, k), float32, float64 or int64; labels (n,) of integers from 0 to k − 1; n and k are at least 1.

    >>> float(cross_entropy_from_logits(np.array([[0.0, 0.0], [2000.0, 0.0]]), np.array([0, 1])).round(4))
    1000.3466
    """
    # BEGIN SOLUTION
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(shifted).sum(axis=1))
    return (log_sums - shifted[np.arange(len(labels)), labels]).mean()
    # END SOLUTION


# %%
check(cross_entropy_from_logits)

# %% [markdown] tags=["solution"]
# −log softmax is log Σ exp(z) − z[label], so no probability is ever computed, and none can round to 0 before its
# logarithm is taken. Subtracting a constant from a row changes neither term's difference; with the row's own maximum, the
# largest exponential is 1 and the sum lies between 1 and k. One maximum for the whole matrix leaves rows far below it
# with a sum of 0. `torch.nn.functional.cross_entropy` does the same.

# %% [markdown]
# ## 3. Backward through tanh, with a penalty  ★★☆ · 20 min
# A small controller must run without torch, and learn on the device. Its network is tanh(x·w1 + b1)·w2 + b2. Write the
# gradients of its loss: the mean of the squared errors over all n·k outputs, plus penalty/2 times the sum of the squares
# of all *weights*. Biases aren't penalized.


# %%
def mlp_gradients(
    x: np.ndarray,
    y: np.ndarray,
    w1: np.ndarray,
    b1: np.ndarray,
    w2: np.ndarray,
    b2: np.ndarray,
    penalty: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients at w1, b1, w2 and b2, in this order, each with the shape of its parameter.

    Shapes: x (n, d), y (n, k), w1 (d, h), b1 (h,), w2 (h, k), b2 (k,), all of floats; n at least 1.

    >>> one, zero = np.ones((1, 1)), np.zeros(1)
    >>> [g.tolist() for g in mlp_gradients(one, -one, 0 * one, zero, one, zero, penalty=0.5)]
    [[[2.0]], [2.0], [[0.5]], [2.0]]
    """
    # BEGIN SOLUTION
    h = np.tanh(x @ w1 + b1)
    up = 2 * (h @ w2 + b2 - y) / y.size
    up_z = (up @ w2.T) * (1 - h**2)
    return x.T @ up_z + penalty * w1, up_z.sum(axis=0), h.T @ up + penalty * w2, up.sum(axis=0)
    # END SOLUTION


# %%
check(mlp_gradients)

# %% [markdown] tags=["solution"]
# Only two lines differ from the lesson's. At the output a squared error brings 2·(prediction − y), divided by the number
# of outputs that the mean runs over. At the hidden layer the gate `z > 0` becomes tanh's slope 1 − h². The penalty adds
# its own gradient, penalty·w, to the weights, since gradients of a sum of losses add. It isn't averaged over examples: it
# is there once, not once for each row.

# %% [markdown]
# ## 4. Count the pieces exactly  ★★☆ · 15 min
# A bank must explain its pricing network, x ↦ v·relu(w·x + b), with one input and one hidden layer, as a list of straight
# pieces. How many are there between `low` and `high`? A piece ends where the *slope changes*, strictly inside the
# interval. A function without any bend has one piece.


# %%
def linear_piece_count(w: np.ndarray, b: np.ndarray, v: np.ndarray, low: float, high: float) -> int:
    """Return the number of linear pieces of x ↦ Σ v[i]·relu(w[i]·x + b[i]) on the interval from `low` to `high`.

    w, b and v are arrays (units,) of int64, entries between −1000 and 1000, any of them zero; there may be no units.
    `low` is smaller than `high`; both are multiples of 0.5.

    >>> linear_piece_count(np.array([1, 1]), np.array([0, -1]), np.array([1, 1]), low=-5, high=5)
    3
    >>> linear_piece_count(np.array([1, 1]), np.array([0, -1]), np.array([1, 1]), low=0, high=5)
    2
    """
    # BEGIN SOLUTION
    bends: dict[float, int] = {}
    for weight, bias, out in np.stack([w, b, v], axis=1).tolist():
        if weight:
            at = -bias / weight
            bends[at] = bends.get(at, 0) + out * abs(weight)
    return 1 + sum(low < at < high and change != 0 for at, change in bends.items())
    # END SOLUTION


# %%
check(linear_piece_count)

# %% [markdown] tags=["solution"]
# A unit bends at x = −b/w. Walking to the right, its part of the slope rises by v·w there if w is positive (it switches
# on), and by −v·w if w is negative (it switches off): v·|w| both times. Units that bend at the same place add up, and a
# sum of 0 is no bend: relu(x) − relu(−x) is the straight line x. Equal fractions give equal floats here, so a dictionary
# may use them as keys. Units with w = 0 are constant.

# %% [markdown]
# ## 5. Grow a network that is in use  ★★★ · 25 min
# A model in production has become too small, and nobody wants to train from the beginning. Make its hidden layer wider
# without changing a single answer. Every unit of the wide layer is a copy of an old one, each old one is still there, and
# every copy takes part: none of its group has all outgoing weights at 0 where the old unit hadn't.


# %%
def widen_hidden(first: nn.Linear, second: nn.Linear, width: int) -> tuple[nn.Linear, nn.Linear]:
    """Return new layers with `width` hidden units between them that compute the same function as the old pair.

    The pair is used as second(f(first(x))), where f is any function of single numbers, such as relu or tanh. Either
    layer may lack its bias; the new one then lacks it too. Their dtype is kept. The old layers stay as they are and
    share no memory with the new ones, which are ready to be trained, even if the old ones are frozen
    (`requires_grad=False`). Raises ValueError if `width` is smaller than the old one.

    >>> first, second = nn.Linear(3, 2), nn.Linear(2, 1)
    >>> wide, output = widen_hidden(first, second, 5)
    >>> wide.weight.shape, output.weight.shape
    (torch.Size([5, 3]), torch.Size([1, 5]))
    >>> x = torch.randn(4, 3)
    >>> torch.allclose(output(wide(x).relu()), second(first(x).relu()), atol=1e-6)
    True
    """
    # BEGIN SOLUTION
    old = first.out_features
    if width < old:
        raise ValueError(f"{width} units are fewer than the {old} that are there")
    copies = torch.arange(width) % old
    share = torch.bincount(copies)[copies]
    wide = nn.Linear(first.in_features, width, bias=first.bias is not None, dtype=first.weight.dtype)
    output = nn.Linear(width, second.out_features, bias=second.bias is not None, dtype=second.weight.dtype)
    with torch.no_grad():
        wide.weight.copy_(first.weight[copies])
        output.weight.copy_(second.weight[:, copies] / share)
        if first.bias is not None:
            wide.bias.copy_(first.bias[copies])
        if second.bias is not None:
            output.bias.copy_(second.bias)
    return wide, output
    # END SOLUTION


# %%
check(widen_hidden)

# %% [markdown] tags=["solution"]
# A copied unit has the same value as the old one, whatever the activation. What the next layer receives from the group
# must stay the same, so the outgoing weight is divided among its members; `bincount` says how many there are. Dividing
# *incoming* weights would change the unit's value. One catch: exact twins with equal shares also get equal gradients and
# stay twins for ever. Unequal shares, or a little noise, let them part when training goes on (Chen, Goodfellow and
# Shlens, *Net2Net*, 2016).
