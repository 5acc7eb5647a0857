"""Checks, hints and known mistakes of 03_deep_learning/01_tensors_autograd."""

import math

import numpy as np
import torch
import torch._dynamo  # torch.func loads it at its first use, and it replaces torch.manual_seed: not the learner's doing
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from handrail.expect import (
    AnswerRaised,
    Mismatch,
    agree,
    attempt,
    between,
    call,
    close,
    for_all,
    hints,
    kind,
    require,
    shape,
    vectorized,
)


def grid(*dimensions, seed, dtype=torch.float32):
    """Return random multiples of 0.25 between -3 and 3: short to read, seldom tied."""
    generator = torch.Generator().manual_seed(seed)
    return (torch.randint(-12, 13, dimensions, generator=generator) / 4).to(dtype)


class Work(TorchDispatchMode):
    """Counts the operations that torch does, those of backward passes too, and remembers the largest tensor."""

    def __init__(self):
        super().__init__()
        self.operations, self.entries = 0, 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        self.operations += 1
        for one in result if isinstance(result, tuple | list) else (result,):
            if isinstance(one, torch.Tensor):
                self.entries = max(self.entries, one.numel())
        return result


# 1. mean_outer_product


def example_by_example(x, y):
    """Fill the table entry by entry, over the examples, in Python's floats."""
    n, d, e = len(x), x.shape[1], y.shape[1]
    rows, others = x.tolist(), y.tolist()
    table = [[math.fsum(rows[r][i] * others[r][j] for r in range(n)) / n for j in range(e)] for i in range(d)]
    return torch.tensor(table, dtype=x.dtype)


@st.composite
def batches(draw):
    n, d, e, seed = draw(between(1, 4)), draw(between(1, 3)), draw(between(1, 3)), draw(between(0, 60))
    dtype = draw(st.sampled_from([torch.float32, torch.float32, torch.float64]))
    x, y = grid(n, d, seed=seed, dtype=dtype), grid(n, e, seed=seed + 100, dtype=dtype)
    if draw(st.booleans()):
        x = x.T.contiguous().T  # the same numbers in another order of memory
    return call(x, y)


@hints(
    "Write down entry (i, j) of the result as a sum over the rows. Over which axis of x and of y does it run?",
    "A sum of products over a shared axis is a matrix product. How must x be turned so that the batch is its inner "
    "axis?",
    "The result has one row for each column of x. And it is a mean: how many tables did the product add up?",
)
def check_mean_outer_product(mean_outer_product):
    also = [
        call(torch.tensor([[1.0, 2.0], [3.0, 0.0]]), torch.tensor([[1.0], [1.0]])),
        call(torch.tensor([[1.0], [-1.0]]), torch.tensor([[1.0, 2.0], [-1.0, 0.0]])),
        call(torch.tensor([[2.0, 0.5, 1.0]]), torch.tensor([[3.0, -1.0]])),
        call(grid(5, 3, seed=1), grid(5, 2, seed=2)),
        call(grid(300, 2, seed=3), grid(300, 3, seed=4)),
        call(torch.tensor([[1e8 + 1], [-1e8]], dtype=torch.float64), torch.ones(2, 1, dtype=torch.float64)),
    ]
    agree(mean_outer_product, example_by_example, on=batches(), also=also, examples=40)
    x, y, pull = (grid(n, m, seed=seed, dtype=torch.float64) for n, m, seed in ((4, 3, 5), (4, 2, 6), (3, 2, 7)))
    x, y = x.requires_grad_(), y.requires_grad_()
    returned = mean_outer_product(x, y)
    kind(returned, torch.Tensor)
    require(returned.requires_grad, "No gradient flows through your result: it left torch on the way.")
    mine = attempt(lambda: torch.autograd.grad((returned * pull).sum(), (x, y), allow_unused=True), "going back")
    for name, gradient, expected in zip("xy", mine, (y @ pull.T / 4, x @ pull / 4), strict=True):
        require(gradient is not None, f"No gradient flows through your result to {name}.")
        close(gradient, expected, f"the gradient that reaches {name}")
    few, many = ((grid(n, 3, seed=n), grid(n, 2, seed=n + 1)) for n in (4, 400))
    vectorized(mean_outer_product, call(*few), call(*many), why="One matrix product goes over the whole batch.")
    wide = [(grid(2, d, seed=d), grid(2, d, seed=d + 1)) for d in (3, 200)]
    vectorized(mean_outer_product, *(call(*pair) for pair in wide), why="One matrix product makes all columns at once.")
    _as_few_operations(mean_outer_product, few, many)
    _as_few_operations(mean_outer_product, *wide)


def _as_few_operations(mean_outer_product, small, large):
    """Refuse a loop that Python doesn't see, such as `map` over the rows: torch sees each of its steps."""
    counts = []
    for x, y in (small, large):
        with Work() as work:
            mean_outer_product(x, y)
        counts.append(work.operations)
    require(
        counts[1] <= counts[0] + 50,
        f"For x of shape {tuple(large[0].shape)} you used {counts[1]:,} operations of torch, for "
        f"{tuple(small[0].shape)} {counts[0]:,}: a loop, however it is written. One matrix product does it all.",
    )


def mean_outer_product__product_of_means(x, y):
    """You multiplied the means. The mean of products is not the product of means: it also holds how x and y vary
    together."""
    return torch.outer(x.mean(0), y.mean(0))


def mean_outer_product__sums(x, y):
    """You summed over the batch; divide by the number of examples. Otherwise a larger batch gives a larger result."""
    return x.T @ y


def mean_outer_product__transposed(x, y):
    """Your table is on its side. Its rows belong to x and its columns to y: shape (d, e)."""
    return y.T @ x / len(x)


def mean_outer_product__covariance(x, y):
    """You subtracted the means first. That is the covariance; the mean of outer products takes the rows as they are."""
    return (x - x.mean(0)).T @ (y - y.mean(0)) / len(x)


def mean_outer_product__divides_by_width(x, y):
    """You divided by the number of columns. The mean is over the batch: divide by the number of rows."""
    return x.T @ y / x.shape[1]


def mean_outer_product__sample(x, y):
    """You divided by n − 1. A mean of n tables divides by n."""
    return x.T @ y / max(len(x) - 1, 1)


def mean_outer_product__all_pairs(x, y):
    """You divided by the number of *entries* of x. A mean of n tables divides by n, the number of rows."""
    return x.T @ y / x.numel()


# 2. tanh_upstream


def through_autograd(output, upstream):
    """Find x with atanh, and let torch go back through tanh."""
    x = torch.atanh(torch.tensor(output, dtype=torch.float64)).requires_grad_()
    x.tanh().backward(torch.tensor(upstream, dtype=torch.float64))
    return x.grad.numpy().astype(np.result_type(output, upstream))


@st.composite
def saturating(draw):
    size = draw(st.sampled_from([(3,), (1,), (), (0,), (5,), (2, 2), (2, 1, 3), (0, 3)]))
    dtype = draw(st.sampled_from([np.float64, np.float64, np.float32]))
    rng = np.random.default_rng(draw(between(0, 60)))
    output, upstream = rng.integers(-8, 9, size) / 8, rng.integers(-12, 13, size) / 4
    return call(np.asarray(output, dtype=dtype), np.asarray(upstream, dtype=dtype))


@hints(
    "The slope of tanh at x is 1 − tanh²(x). Which of these quantities do you already hold?",
    "The chain rule: how the loss reacts to x is how it reacts to the output, times how the output reacts to x.",
    "Each output depends on its own x alone, so everything happens entry by entry: one square, one difference, one "
    "product.",
)
def check_tanh_upstream(tanh_upstream):
    also = [
        call(np.array([0.0, 0.5]), np.array([2.0, 2.0])),
        call(np.array([-0.5, 0.75, 1.0, -1.0]), np.array([4.0, -1.0, 3.0, 5.0])),
        call(np.array([[0.25, -0.25], [0.0, 0.5]]), np.array([[1.0, 2.0], [0.0, -8.0]])),
        call(np.array([0.999, -0.999, 1e-4]), np.array([1e6, -1e6, 1e-6])),
        call(np.zeros((0, 3)), np.zeros((0, 3))),
    ]
    agree(tanh_upstream, through_autograd, on=saturating(), also=also, examples=40)
    agree(tanh_upstream, through_autograd, on=saturating(), also=also[1:3], examples=1)


def tanh_upstream__tanh_again(output, upstream):
    """You took tanh a second time. `output` already is tanh(x), so its slope is 1 − output²."""
    return upstream * (1 - np.tanh(output) ** 2)


def tanh_upstream__local_only(output, upstream):
    """That is the slope of tanh alone. The chain rule multiplies it by the gradient that comes from above."""
    return 1 - output**2 + 0 * upstream


def tanh_upstream__adds(output, upstream):
    """You added the two slopes. Slopes along a chain multiply; only gradients that arrive from several users add."""
    return upstream + (1 - output**2)


def tanh_upstream__not_squared(output, upstream):
    """The square is missing: the slope is 1 − tanh²(x), not 1 − tanh(x)."""
    return upstream * (1 - output)


def tanh_upstream__sigmoid(output, upstream):
    """output · (1 − output) is the slope of the *sigmoid*, written with its output. That of tanh is 1 − output²."""
    return upstream * output * (1 - output)


def tanh_upstream__precedence(output, upstream):
    """`upstream` multiplies only the square, since a product is computed before a difference. Put 1 − output² in
    parentheses."""
    return 1 - output**2 * upstream


def tanh_upstream__inverse(output, upstream):
    """You divided by the slope. That is the rule for the inverse of tanh; going back through tanh multiplies."""
    with np.errstate(all="ignore"):
        return upstream / (1 - output**2)


def tanh_upstream__sums(output, upstream):
    """You added up the gradients from above before you multiplied. Each output depends on its own x alone, so each
    entry keeps its own."""
    return upstream.sum() * (1 - output**2)


def tanh_upstream__wrong_sign(output, upstream):
    """The sign is wrong: tanh rises everywhere, so its slope is never negative. It is 1 − output²."""
    return upstream * (output**2 - 1)


# 3. unbroadcast_gradient


def through_expand(gradient, shape):
    """Stretch zeros of this shape with torch, and let autograd bring the gradient back."""
    operand = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
    stretched = operand.expand(gradient.shape)
    (back,) = torch.autograd.grad(stretched, operand, torch.tensor(gradient.copy(order="C"), dtype=torch.float64))
    return back.numpy().astype(gradient.dtype)


def counted(*lengths, dtype=float):
    """Return 1, 2, 3, ... in this shape."""
    return (1 + np.arange(math.prod(lengths), dtype=dtype)).reshape(lengths)


@st.composite
def stretched(draw):
    full = draw(st.lists(st.sampled_from([1, 2, 3, 2, 3, 0]), max_size=4))
    missing = draw(between(0, len(full)))
    shape = tuple(1 if draw(st.booleans()) else length for length in full[missing:])
    rng = np.random.default_rng(draw(between(0, 60)))
    gradient = np.asarray(rng.integers(-12, 13, full) / 4, dtype=draw(st.sampled_from([np.float64, np.float32])))
    return call(gradient.copy(order="F") if draw(st.booleans()) else gradient, shape)


@hints(
    "Stretching uses one number in several places. What happens to gradients that arrive from several users?",
    "Align both shapes at the right. Two kinds of axes were stretched: those that the operand doesn't have at all, and "
    "those where it has length 1.",
    "Sum over the leading axes that are missing, then over the axes of length 1. The second kind has to stay in the "
    "shape, with length 1: NumPy's sum has an argument for that.",
)
def check_unbroadcast_gradient(unbroadcast_gradient):
    cases = [
        ((2, 2), (2,)),
        ((2, 2), (2, 1)),
        ((2, 3), ()),
        ((2, 3), (2, 3)),
        ((2, 3), (1, 3)),
        ((3, 3, 3), (3, 1, 3)),
        ((2, 3, 2), (1, 2)),
        ((2, 2, 2), (1, 1)),
        ((1, 3), (3,)),
        ((0, 3), (1, 3)),
        ((0, 3), (3,)),
        ((2, 0), (2, 1)),
        ((2, 0), (0,)),
        ((2, 1, 2, 3), (1, 1, 3)),
    ]
    first = [call(counted(*full), shape) for full, shape in cases]
    agree(unbroadcast_gradient, through_expand, on=stretched(), also=first, examples=45)
    agree(unbroadcast_gradient, through_expand, on=stretched(), also=first[:8], examples=1)


def _missing(gradient, shape):
    return tuple(range(gradient.ndim - len(shape)))


def _stretched(shape):
    return tuple(axis for axis, length in enumerate(shape) if length == 1)


def unbroadcast_gradient__sums_everything(gradient, shape):
    """You added up everything. Only the axes that were stretched are summed; the others keep one number for each
    entry of the operand."""
    return gradient.sum()


def unbroadcast_gradient__leading_only(gradient, shape):
    """The leading axes are right, but axes of length 1 were stretched too: sum them back to length 1."""
    return gradient.sum(axis=_missing(gradient, shape))


def unbroadcast_gradient__ones_only(gradient, shape):
    """Axes of length 1 are right, but the axes that `shape` doesn't have are still there. The operand was repeated
    along them as well: sum them away."""
    axes = tuple(axis + gradient.ndim - len(shape) for axis in _stretched(shape))
    return gradient.sum(axis=axes, keepdims=True)


def unbroadcast_gradient__loses_axes(gradient, shape):
    """Axes of length 1 have disappeared. The result needs exactly the shape of the operand: keep a summed axis, with
    length 1."""
    return gradient.sum(axis=_missing(gradient, shape)).sum(axis=_stretched(shape))


def unbroadcast_gradient__keeps_axes(gradient, shape):
    """The axes that `shape` doesn't have are still there, with length 1. The result needs exactly the shape of the
    operand: sum leading axes away."""
    summed = gradient.sum(axis=_missing(gradient, shape), keepdims=True)
    axes = tuple(axis + gradient.ndim - len(shape) for axis in _stretched(shape))
    return summed.sum(axis=axes, keepdims=True)


def unbroadcast_gradient__means(gradient, shape):
    """You took means. The copies share one value, so a change of it changes them all: their gradients add."""
    summed = gradient.sum(axis=_missing(gradient, shape)).sum(axis=_stretched(shape), keepdims=True)
    with np.errstate(all="ignore"):  # the mean of nothing is NaN
        return summed / np.float64(gradient.size / max(math.prod(shape), 1))


def unbroadcast_gradient__takes_one(gradient, shape):
    """You took the gradient of the first copy and dropped the others. All copies share one value, so their gradients
    add."""
    first = gradient[(0,) * (gradient.ndim - len(shape))]
    return first[tuple(slice(0, 1) if length == 1 else slice(None) for length in shape)]


def unbroadcast_gradient__aligned_left(gradient, shape):
    """You aligned the shapes at the left. NumPy aligns them at the right: what is missing are *leading* axes."""
    summed = gradient.sum(axis=tuple(range(len(shape), gradient.ndim)))
    return summed.sum(axis=_stretched(shape), keepdims=True)


def unbroadcast_gradient__unchanged(gradient, shape):
    """You only changed the shape. Where the operand was stretched there are more gradients than it has entries; those
    of one entry have to be added."""
    return np.resize(gradient, shape)


# 4. safe_order


def needed_for(parents, result):
    """Return what the result depends on, and itself: grow the set until nothing new comes in."""
    needed = {result}
    while True:
        more = {parent for target in needed for parent in parents.get(target, [])} - needed
        if not more:
            return needed
        needed |= more


@st.composite
def builds(draw):
    names = draw(st.permutations("abcdefg"))[: draw(between(1, 7))]
    parents = {}
    for i, name in enumerate(names):
        below = draw(st.lists(st.sampled_from(names[:i]), max_size=3)) if i else []
        if below or draw(st.booleans()):
            parents[name] = below
    keys = draw(st.permutations(list(parents)))
    return call({key: parents[key] for key in keys}, draw(st.sampled_from(names[-2:])))


DIAMOND = {"app": ["left", "right"], "left": ["base"], "right": ["base"]}
SHORTCUT = {"app": ["base", "tools"], "tools": ["base"], "docs": ["app"], "base": []}
LONG_AND_SHORT = {"d": ["a", "c"], "c": ["b"], "b": ["a"], "a": ["z"], "other": ["a", "d"]}
TWICE = {"square": ["x", "x"]}
TWICE_AND_DEEP = {"c": ["a", "a", "b"], "b": ["m"], "m": ["z"]}


@hints(
    "Begin with a node that has no parents: when may it be listed? And one whose parents are all listed?",
    "Depth first: to list a node, first list each of its parents (in the same way), then the node itself. Remember "
    "what you have met, or shared nodes come twice.",
    "Without recursion, keep a stack, and put a node on it twice: once to look at its parents, and again below them, "
    "to be listed when they are done.",
)
def check_safe_order(safe_order):
    def builds_in_order(parents, result):
        returned = safe_order(parents, result)
        kind(returned, (list, tuple))
        _require_safe(list(returned), parents, result)

    also = [
        call(parents, next(iter(parents))) for parents in (SHORTCUT, LONG_AND_SHORT, DIAMOND, TWICE, TWICE_AND_DEEP)
    ]
    also += [call({}, "alone"), call({"other": ["alone"]}, "alone"), call({"b": ["a"], "c": ["b"]}, "b")]
    also += [call({"b": ["a"], "c": ["b"], "d": ["c", "a"]}, "d")]
    for_all(builds_in_order, builds(), also=also, examples=45)
    _survives_depth(safe_order)
    layers = {f"{side}{i}": [f"left{i - 1}", f"right{i - 1}"] for i in range(1, 41) for side in ("left", "right")}
    returned = safe_order(dict(layers), "left40")  # with 2**40 paths: one that walks them all is stopped
    kind(returned, (list, tuple))
    _require_safe(list(returned), layers, "left40")


def _survives_depth(safe_order):
    chain = {f"t{i}": [f"t{i - 1}"] for i in range(2000, 0, -1)}
    try:
        returned = safe_order(chain, "t2000")
    except AnswerRaised as raised:
        if isinstance(raised.error, RecursionError):
            raise Mismatch(
                "A chain of 2,000 targets is too deep for Python's recursion. Keep the targets that wait in a list of "
                "your own."
            ) from raised
        raise
    expected = [f"t{i}" for i in range(2001)]
    require(
        isinstance(returned, list | tuple) and list(returned) == expected,
        "A chain of 2,000 targets, t2000 made from t1999 and so on down to t0, should come out as t0, t1, …, t2000.",
    )


def _require_safe(order, parents, result):
    problem = _problem(order, parents, result)
    if problem:
        raise Mismatch(problem, returned=order)


def _problem(order, parents, result):
    """Return a sentence on the first target that stands where it may not, or nothing."""
    needed, done = needed_for(parents, result), set()
    for target in order:
        if not isinstance(target, str):
            return f"The list should hold names of targets, not {target!r}."
        if target not in needed:
            return f"{target!r} is in your list, but {result!r} doesn't depend on it."
        if target in done:
            return f"{target!r} is in your list twice."
        late = next((parent for parent in parents.get(target, []) if parent not in done and parent in order), None)
        if late is not None:
            return f"{target!r} stands before {late!r}, which it is made from."
        done.add(target)
    return f"{min(needed - done)!r} is missing in your list." if needed - done else ""


def _post_order(parents, result, seen):
    if result in seen:
        return []
    seen.add(result)
    return [name for parent in parents.get(result, []) for name in _post_order(parents, parent, seen)] + [result]


def safe_order__preorder(parents, result):
    """You list a node when you meet it, before its parents. List it when all of them are done."""
    order, waiting = [], [result]
    while waiting:
        node = waiting.pop()
        if node not in order:
            order.append(node)
            waiting += reversed(parents.get(node, []))
    return order


def safe_order__by_distance(parents, result):
    """You sorted by the distance from the result. Where paths of different length meet, the nearer way puts a node too
    late: what counts is whether all its users come later."""
    level, order = [result], []
    while level:
        order += [node for node in level if node not in order]
        level = list(dict.fromkeys(p for node in level for p in parents.get(node, []) if p not in order))
    return order[::-1]


def safe_order__repeats(parents, result):
    """A node that several others use is in your list several times. Remember which nodes you have met."""
    return [name for parent in parents.get(result, []) for name in safe_order__repeats(parents, parent)] + [result]


def safe_order__result_first(parents, result):
    """Your order is turned round: it begins with the result. Parents come first, and the result is last."""
    return _post_order(parents, result, set())[::-1]


def safe_order__everything(parents, result):
    """You ordered all targets that there are. List only what the result depends on."""
    seen = set()
    return [name for key in [result, *parents] for name in _post_order(parents, key, seen)]


def safe_order__one_step(parents, result):
    """You list the parents of the result and stop there. They have parents too."""
    return [*dict.fromkeys(parents.get(result, [])), result]


def safe_order__without_result(parents, result):
    """The result itself is missing: it stands at the end of the list."""
    return _post_order(parents, result, set())[:-1]


def safe_order__order_of_keys(parents, result):
    """You kept the order in which the dictionary names its targets. It says nothing about what is made from what."""
    needed = needed_for(parents, result)
    return list(dict.fromkeys([key for key in parents if key in needed] + sorted(needed)))


def safe_order__alphabetical(parents, result):
    """You sorted the names. The alphabet says nothing about what is made from what."""
    return sorted(needed_for(parents, result))


def safe_order__keys_only(parents, result):
    """Targets without an entry in `parents` are missing from your list. They have no parents, but they are needed."""
    return [name for name in _post_order(parents, result, set()) if name in parents]


def safe_order__recursion(parents, result):
    """The order is right, but you find it by recursion, and Python stops that at a depth of about 1,000. Keep the nodes
    that wait on a stack of your own."""
    return _post_order(parents, result, set())


# 5. curvature_along

WEIGHT = torch.tensor(2.0, requires_grad=True)
MATRIX = torch.tensor([[1.0, 2.0], [0.0, -1.0], [0.5, 1.0]])


def sum_of_cubes(x):
    """Return the sum of the cubes."""
    return (x**3).sum()


def product_of_all(x):
    """Return the product of all entries."""
    return x.prod()


def sum_of_neighbors(x):
    """Return the sum of each entry times the square of the next."""
    flat = x.flatten()
    return (flat[:-1] * flat[1:] ** 2).sum()


def log_sum_exp(x):
    """Return the logarithm of the sum of exp."""
    return x.flatten().logsumexp(0)


def three_times_the_sum(x):
    """Return 3 times the sum: a linear function."""
    return (3 * x).sum()


def weight_times_sum(x):
    """Return the sum times a weight that requires a gradient: a linear function of x."""
    return (WEIGHT * x).sum()


def weight_times_squares(x):
    """Return the sum of squares times a weight that requires a gradient."""
    return WEIGHT * (x**2).sum()


def square_of_sum_and_sines(x):
    """Return the square of the sum, plus the sines."""
    return x.sum() ** 2 + x.sin().sum()


def through_a_matrix(x):
    """Return the sum of exp of MATRIX @ x, for two numbers in float32."""
    return (MATRIX @ x).exp().sum()


def fast_waves(x):
    """Return the sum of sin of 100 · MATRIX @ x, for two numbers in float32: a difference is coarse here."""
    return (100 * MATRIX @ x).sin().sum()


FUNCTIONS = [sum_of_cubes, product_of_all, sum_of_neighbors, log_sum_exp, three_times_the_sum]
FUNCTIONS += [weight_times_sum, weight_times_squares, square_of_sum_and_sines]


def with_the_hessian(f, x, direction):
    """Build the whole matrix of second slopes, and multiply."""
    hessian = torch.autograd.functional.hessian(f, x.detach()).detach()
    return (hessian.reshape(x.numel(), x.numel()) @ direction.flatten()).reshape(x.shape)


@st.composite
def directions(draw):
    size = draw(st.sampled_from([(2,), (1,), (3,), (2, 2), (), (1, 3), (6,)]))
    dtype = draw(st.sampled_from([torch.float32, torch.float64]))
    seed = draw(between(0, 60))
    x = grid(*size, seed=seed, dtype=dtype)
    if draw(st.booleans()):
        x = x.requires_grad_()
    return call(draw(st.sampled_from(FUNCTIONS)), x, grid(*size, seed=seed + 100, dtype=dtype))


@hints(
    "H · direction says how the gradient changes when you go along the direction. So you need the slope of a slope: "
    "the gradient has to stay on the tape.",
    "gradient · direction is a single number that depends on x. What is *its* gradient?",
    "`torch.autograd.grad` with `create_graph=True` gives the gradient; multiply it by the direction, add up, and take "
    "the gradient once more. What if the first gradient doesn't depend on x at all?",
)
def check_curvature_along(curvature_along):
    def curves(f, x, direction):
        WEIGHT.grad = torch.tensor(7.0)  # as if a training step had left it
        required = x.requires_grad
        x.grad = torch.ones_like(x) if required else None
        returned = curvature_along(f, x, direction)
        kind(returned, torch.Tensor)
        shape(returned, tuple(x.shape))
        close(returned, with_the_hessian(f, x, direction))
        kept = x.grad is not None and bool((x.grad == 1).all()) if required else x.grad is None
        kept = kept and WEIGHT.grad is not None and WEIGHT.grad.item() == 7 and direction.grad is None
        require(kept, "Your function changes what stands in a `.grad`; the next training step would go wrong.")
        require(x.requires_grad == required, "Your function changed whether x requires a gradient.")

    pair, along = torch.tensor([1.0, 2.0]), torch.tensor([1.0, -0.5])
    first = [call(f, pair, along) for f in (product_of_all, sum_of_cubes, square_of_sum_and_sines, log_sum_exp)]
    first += [call(f, pair, along) for f in (weight_times_squares, three_times_the_sum, weight_times_sum)]
    first += [call(sum_of_cubes, pair.double().requires_grad_(), 1000 * along.double())]
    first += [call(f, pair / 4, along) for f in (through_a_matrix, fast_waves)]
    first += [call(sum_of_neighbors, pair, torch.zeros(2))]
    nearly_opposite = torch.tensor([1e8 + 1, -1e8], dtype=torch.float64)
    first += [call(square_of_sum_and_sines, torch.zeros(2, dtype=torch.float64), nearly_opposite)]
    for_all(curves, directions(), also=first, examples=30)
    _takes_two_passes(curvature_along, n=1000)


def _takes_two_passes(curvature_along, n):
    x, direction = (grid(n, seed=seed, dtype=torch.float64) for seed in (1, 2))
    with Work() as work:
        returned = curvature_along(sum_of_neighbors, x, direction)
    kind(returned, torch.Tensor)
    shape(returned, (n,))
    hessian = torch.diag(torch.cat([torch.zeros(1), 2 * x[:-1]])) + torch.diag(2 * x[1:], 1) + torch.diag(2 * x[1:], -1)
    close(returned, hessian @ direction, f"the result for {n:,} numbers")
    require(
        work.entries <= 20 * n and work.operations <= 800,
        f"The numbers are right, but for {n:,} of them you used {work.operations:,} operations of torch, and a tensor "
        f"of {work.entries:,} entries: the whole matrix, row by row or at once. Two backward passes are enough.",
    )


def _slopes(f, x, create_graph=True):
    x = x.detach().requires_grad_()
    return x, torch.autograd.grad(f(x), x, create_graph=create_graph)[0]


def _again(number, x):
    if not number.requires_grad:
        return torch.zeros_like(x)
    return torch.autograd.grad(number, x, materialize_grads=True)[0]


def curvature_along__slope(f, x, direction):
    """That is the slope along the direction, a single number. The curvature says how the whole gradient changes, so it
    is a vector."""
    return (_slopes(f, x)[1] * direction).sum().detach()


def curvature_along__no_graph(f, x, direction):
    """The first gradient isn't on the tape, so it can't be differentiated. Ask `autograd.grad` to record it."""
    x, slopes = _slopes(f, x, create_graph=False)
    return torch.autograd.grad((slopes * direction).sum(), x)[0]


def curvature_along__breaks_on_linear(f, x, direction):
    """It stops where the gradient doesn't depend on x, as that of a linear function. There the curvature is 0: return
    zeros."""
    x, slopes = _slopes(f, x)
    return torch.autograd.grad((slopes * direction).sum(), x)[0]


def curvature_along__trusts_x(f, x, direction):
    """It stops where x doesn't require a gradient. Take a copy that does, and differentiate with respect to it; x stays
    as it is."""
    (slopes,) = torch.autograd.grad(f(x), x, create_graph=True)
    return _again((slopes * direction).sum(), x).detach()


def curvature_along__row_by_row(f, x, direction):
    """Right answer, but you built all n rows of the matrix, with a backward pass for each. One product needs one more
    pass: take the gradient of gradient · direction."""
    rows = _rows(*_slopes(f, x))
    return torch.stack([(row * direction).sum() for row in rows]).reshape(x.shape)


def _rows(x, slopes):
    """Return the rows of the Hessian, one backward pass for each."""
    if not slopes.requires_grad:
        return [torch.zeros_like(x) for _ in range(x.numel())]
    ones = torch.eye(x.numel(), dtype=x.dtype).reshape(x.numel(), *x.shape)
    return [torch.autograd.grad(slopes, x, one, retain_graph=True, materialize_grads=True)[0] for one in ones]


def curvature_along__entrywise(f, x, direction):
    """You multiplied by the direction after the second gradient. Then each entry only holds its row's sum times its own
    direction; the direction has to be inside, in gradient · direction."""
    x, slopes = _slopes(f, x)
    return _again(slopes.sum(), x) * direction


def curvature_along__without_direction(f, x, direction):
    """The direction plays no role in your answer: you added up the rows of the matrix. Weight them by the direction."""
    x, slopes = _slopes(f, x)
    return _again(slopes.sum(), x)


def curvature_along__quadratic_form(f, x, direction):
    """You multiplied by the direction twice. direction · H · direction is a number: how the *slope along the direction*
    changes. The task asks for H · direction, a vector."""
    x, slopes = _slopes(f, x)
    return (_again((slopes * direction).sum(), x) * direction).sum()


def curvature_along__differences(f, x, direction):
    """You took a difference of two gradients. It depends on the step, and in float32 about three digits are
    right. Let autograd differentiate the gradient."""
    step = 1e-4
    ahead, behind = (_slopes(f, x + sign * step * direction)[1].detach() for sign in (1, -1))
    return (ahead - behind) / (2 * step)


def curvature_along__diagonal(f, x, direction):
    """You used only the diagonal: how each slope changes with its own number. A slope also changes with all the other
    numbers."""
    rows = torch.stack([row.flatten() for row in _rows(*_slopes(f, x))])
    return rows.diagonal().reshape(x.shape) * direction


def curvature_along__gradient(f, x, direction):
    """You differentiated once: that is the gradient, times the direction entry by entry. Curvature is the slope of the
    slope."""
    return _slopes(f, x)[1].detach() * direction
