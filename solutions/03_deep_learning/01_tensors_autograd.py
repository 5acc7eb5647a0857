# %% [markdown]
# # Exercises: Let the machine differentiate
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check`
# below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(mean_outer_product)` gives the next of
# three hints, `solution(mean_outer_product)` the answer with its reasons. Any order; `progress()` says where you are.

# %%
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Average the outer products  ★☆☆ · 8 min
# An optimizer wants to know, for every weight of a layer, how inputs and gradients vary together. For each example of a
# batch that is an *outer product*: a table of each number of one row times each number of the other. Return the mean of
# these tables over the batch, without a Python loop. It stands inside a loss, so gradients must flow through it.


# %%
def mean_outer_product(x: Tensor, y: Tensor) -> Tensor:
    """Return the mean over the batch of the outer products of the rows of `x` and the rows of `y`.

    Shapes: x (n, d), y (n, e), n at least 1; the result (d, e). All three hold floats of the same dtype.

    >>> mean_outer_product(torch.tensor([[1.0, 2.0], [3.0, 0.0]]), torch.tensor([[1.0], [1.0]]))
    tensor([[2.],
            [1.]])
    """
    # BEGIN SOLUTION
    return x.T @ y / len(x)
    # END SOLUTION


# %%
check(mean_outer_product)

# %% [markdown] tags=["solution"]
# Entry (i, j) of the result is the mean over the rows r of x[r, i] · y[r, j]. A matrix product sums exactly that when
# `x` is transposed: Xᵀ is (d, n), y is (n, e), and the inner axis is the batch. It never makes the (n, d, e) tensor that
# `x[:, :, None] * y[:, None]` needs. This is also the gradient of a linear layer's weights: inputs times gradients from
# above, over the batch.

# %% [markdown]
# ## 2. Go back through tanh  ★☆☆ · 7 min
# You add tanh to the tape. Forward it computes output = tanh(x), and to save memory the tape keeps the *output* and
# throws x away. Write the rule for the way back: from the output, and the gradient that arrives from above, the gradient
# at x. The slope of tanh at x is 1 − tanh²(x).


# %%
def tanh_upstream(output: np.ndarray, upstream: np.ndarray) -> np.ndarray:
    """Return the gradient at x, where `output` is tanh(x) and `upstream` the gradient at the output.

    Both have the same shape, which may be any; the result has it too. Outputs lie between -1 and 1, both included.

    >>> tanh_upstream(np.array([0.0, 0.5]), np.array([2.0, 2.0]))
    array([2. , 1.5])
    """
    # BEGIN SOLUTION
    return upstream * (1 - output**2)
    # END SOLUTION


# %%
check(tanh_upstream)

# %% [markdown] tags=["solution"]
# tanh(x) is what `output` holds, so its square needs no x. The chain rule multiplies that slope by what arrives from
# above, entry by entry, since each output depends on one input. At an output of ±1 the slope is 0: a saturated unit
# passes nothing back, which lesson 03 meets again. Keeping the output instead of x is what torch does for tanh, sigmoid,
# exp and softmax; that is why changing their results in place raises.

# %% [markdown]
# ## 3. Undo a broadcast  ★★☆ · 15 min
# The lesson's tape multiplied by `ones` because it couldn't broadcast. Real engines broadcast forward, and on the way
# back they bring the gradient to the shape that the operand had. `gradient` has the shape of the *result* of an
# operation; return the gradient of an operand of shape `shape` that was stretched to it by NumPy's rules.


# %%
def unbroadcast_gradient(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return `gradient` brought back to `shape`, which broadcasts to the shape of `gradient`.

    An axis of length 1 may have been stretched to any length, 0 too; leading axes may be missing in `shape`.

    >>> unbroadcast_gradient(np.array([[1.0, 2.0], [10.0, 20.0]]), (2,))
    array([11., 22.])
    >>> unbroadcast_gradient(np.array([[1.0, 2.0], [10.0, 20.0]]), (2, 1))
    array([[ 3.],
           [30.]])
    """
    # BEGIN SOLUTION
    missing = gradient.ndim - len(shape)
    summed = gradient.sum(axis=tuple(range(missing)))
    stretched = tuple(axis for axis, length in enumerate(shape) if length == 1)
    return summed.sum(axis=stretched, keepdims=True)
    # END SOLUTION


# %%
check(unbroadcast_gradient)

# %% [markdown] tags=["solution"]
# Broadcasting *uses one number several times*, and gradients that arrive from several users add. So both kinds of
# stretching are undone by sums: leading axes that the operand didn't have disappear, axes of length 1 keep their place
# (`keepdims=True`). Shapes are aligned from the right, so a (3, 3) gradient for an operand (3,) is summed over the rows,
# though both axes have the right length. Summing an axis of length 1 that wasn't stretched does no harm.

# %% [markdown]
# ## 4. Order a build  ★★☆ · 20 min
# The tape lists parents before their children. A build system has the same task: library before program. `parents` says
# what each target is made from. Return an order in which to build `result`: everything it depends on, nothing else, each
# once, each after all its parents. There are no cycles, but some chains are thousands of targets long (Python's
# recursion stops at about 1,000), and many targets are used more than once.


# %%
def safe_order(parents: dict[str, list[str]], result: str) -> list[str]:
    """Return the targets that `result` depends on, and `result` itself, each after all its parents.

    A target that isn't a key of `parents` has none. A list may name a parent twice.

    >>> safe_order({"app": ["tools", "base"], "tools": ["base"], "docs": ["app"]}, "app")
    ['base', 'tools', 'app']
    """
    # BEGIN SOLUTION
    order, opened, placed = [], set(), set()
    waiting = [result]
    while waiting:
        node = waiting.pop()
        if node not in opened:
            opened.add(node)
            waiting += [node, *parents.get(node, [])]
        elif node not in placed:
            placed.add(node)
            order.append(node)
    return order
    # END SOLUTION


# %%
check(safe_order)

# %% [markdown] tags=["solution"]
# Each target is taken from the stack twice. The first time it is *opened*: it goes back onto the stack, and its parents
# on top of it. The second time everything above it is done, so it can be *placed*. The two sets keep a shared target
# from being opened or placed again; without them the work grows with the number of paths, which doubles with each
# diamond. An own stack instead of recursion is what lets torch go back through a network 100,000 operations deep.

# %% [markdown]
# ## 5. Feel the curvature along a direction  ★★★ · 25 min
# How fast does the gradient change when you move along `direction`? That is H · direction, where H holds all second
# slopes of `f`. It tells how large a learning rate may be. For a million weights H doesn't fit into any memory, and its
# rows would take a million backward passes. Two are enough for the product: return it, exactly (no differences), and
# leave every `.grad` as it was.


# %%
def curvature_along(f: Callable[[Tensor], Tensor], x: Tensor, direction: Tensor) -> Tensor:
    """Return the Hessian of `f` at `x` times `direction`, without the Hessian.

    `f` returns a single number (a tensor without axes), computed from its argument by torch. `x` and `direction` have
    the same shape (any) and dtype; so has the result. Where `f` is linear it is all zeros. `x` may or may not require a
    gradient.

    >>> curvature_along(lambda x: x[0] ** 2 * x[1], torch.tensor([1.0, 5.0]), torch.tensor([1.0, 0.0]))
    tensor([10.,  2.])
    """
    # BEGIN SOLUTION
    x = x.detach().requires_grad_()
    (slopes,) = torch.autograd.grad(f(x), x, create_graph=True)
    if not slopes.requires_grad:
        return torch.zeros_like(direction)
    (product,) = torch.autograd.grad(slopes, x, direction, materialize_grads=True)
    return product
    # END SOLUTION


# %%
check(curvature_along)

# %% [markdown] tags=["solution"]
# The gradient is a vector of slopes; its product with a fixed direction is one number, and the gradient of *that* number
# is H · direction. `create_graph=True` keeps the first gradient on the tape, and the third argument of `autograd.grad`
# multiplies by the direction. A linear f has slopes that don't depend on x, hence the two precautions.
# `torch.func.jvp(grad(f), (x,), (direction,))` does the same by carrying the direction forward.
