"""Checks, hints and known mistakes of 03_deep_learning/02_neural_networks."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import torch
from hypothesis import strategies as st
from torch import nn

from handrail.expect import (
    Mismatch,
    agree,
    attempt,
    between,
    call,
    close,
    equivalent,
    for_all,
    hints,
    kind,
    raises,
    require,
    shape,
    told_by_message,
)

# 1. mlp_parameter_count


def unit_by_unit(sizes, bias=True):
    """Add up, for every unit behind the first layer, its incoming weights and its bias."""
    return sum(outputs * inputs for inputs, outputs in pairwise(sizes)) + (sum(sizes[1:]) if bias else 0)


@st.composite
def layer_sizes(draw):
    sizes = draw(st.lists(between(1, 9), min_size=1, max_size=5))
    sizes = draw(st.sampled_from([list, tuple]))(sizes)
    bias = draw(st.sampled_from([None, True, False]))
    return call(sizes) if bias is None else call(sizes, bias) if draw(st.booleans()) else call(sizes, bias=bias)


@hints(
    "Draw a network of 2, 3 and 1 units. How many arrows run between the first two columns? How many units add a bias?",
    "A layer from a to b units holds a table of a × b weights, and one bias for each unit that it *makes*.",
    "Walk over neighboring pairs of sizes and add up; `bias` decides whether each pair brings its second number once "
    "more.",
)
def check_mlp_parameter_count(mlp_parameter_count):
    also = [call([64, 128, 10]), call([64, 128, 10], bias=False), call([3, 2]), call([5]), call([5], False)]
    also += [call((2, 3, 4, 5, 6), True), call((1, 1, 1), False), call([7, 1, 9])]
    agree(mlp_parameter_count, _built, on=layer_sizes(), also=also, examples=25, exact_dtype=True)
    many = call([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
    close(mlp_parameter_count(*many.args), _built(*many.args), given=many, why="A network may have many layers.")
    huge = [call([10**5, 10**6, 10**5, 3]), call([3 * 10**9, 7 * 10**9, 11], False), call([10**12, 10**12 + 1])]
    for given in huge:
        returned = mlp_parameter_count(*given.args)
        kind(returned, (int, np.integer))
        close(returned, unit_by_unit(*given.args), given=given, why="Large counts must be exact too.")


def _built(sizes, bias=True):
    """Build the network in torch, on a device that stores nothing, and count."""
    layers = [nn.Linear(a, b, bias=bias, device="meta") for a, b in pairwise(sizes)]
    return sum(parameter.numel() for layer in layers for parameter in layer.parameters())


def mlp_parameter_count__no_biases(sizes, bias=True):
    """You counted weights only. Unless `bias` is False, each unit behind the inputs has one bias."""
    return sum(a * b for a, b in pairwise(sizes))


def mlp_parameter_count__bias_of_inputs(sizes, bias=True):
    """You gave a bias to each *input* of a layer. A bias belongs to the unit that adds it: there is one for each
    output."""
    return sum(a * (b + bias) for a, b in pairwise(sizes))


def mlp_parameter_count__sum_of_sizes(sizes, bias=True):
    """You added up the units. Weights connect *pairs* of layers: a layer from a to b units has a · b of them."""
    return sum(sizes)


def mlp_parameter_count__always_bias(sizes, bias=True):
    """The argument `bias` changes nothing: you always count the biases."""
    return sum((a + 1) * b for a, b in pairwise(sizes))


def mlp_parameter_count__inputs_too(sizes, bias=True):
    """You gave a bias to the inputs of the network as well. They aren't computed, so nothing is added to them."""
    return sum(a * b for a, b in pairwise(sizes)) + bias * sum(sizes)


def mlp_parameter_count__one_bias_a_layer(sizes, bias=True):
    """You counted one bias for each layer. Each *unit* of a layer has its own."""
    return sum(a * b + bias for a, b in pairwise(sizes))


def mlp_parameter_count__product(sizes, bias=True):
    """You multiplied all sizes. Each layer connects two neighbors; the layers' counts add up."""
    return math.prod(sizes)


def mlp_parameter_count__hidden_biases_only(sizes, bias=True):
    """The biases of the last layer are missing. Outputs are computed like hidden units, each with a bias."""
    return sum(a * b for a, b in pairwise(sizes)) + bias * sum(sizes[1:-1])


def mlp_parameter_count__first_and_last(sizes, bias=True):
    """You counted the first and the last layer. There may be any number of layers in between, or just one in all."""
    pairs = list(pairwise(sizes))
    return sum((a + bias) * b for a, b in (pairs[:1] + pairs[-1:] if len(pairs) > 1 else pairs))


def mlp_parameter_count__overflows(sizes, bias=True):
    """Your count goes through NumPy's 64-bit integers or through floats, and large ones come out wrong. Python's own
    integers have no limit."""
    return round(sum(float(a + bias) * float(b) for a, b in pairwise(sizes)))


# 2. cross_entropy_from_logits


def row_by_row(logits, labels):
    """Return the mean loss with Python's floats, one row at a time."""
    losses = []
    for row, label in zip(logits.tolist(), labels.tolist(), strict=True):
        top = max(row)
        losses.append(top - row[label] + math.log(math.fsum(math.exp(z - top) for z in row)))
    return math.fsum(losses) / len(losses)


@st.composite
def scored_rows(draw):
    n, k = draw(between(1, 4)), draw(between(1, 4))
    rng = np.random.default_rng(draw(between(0, 80)))
    scale = draw(st.sampled_from([0.25, 0.25, 1.0, 50.0, 800.0]))
    logits = rng.integers(-12, 13, (n, k)) * scale + draw(st.sampled_from([0.0, 0.0, 300.0, -300.0]))
    logits = logits.astype(draw(st.sampled_from([np.float64, np.float64, np.float32, np.int64])))
    logits = np.asfortranarray(logits) if draw(st.booleans()) else logits
    return call(logits, rng.integers(0, k, n).astype(draw(st.sampled_from([np.int64, np.int64, np.int32, np.uint8]))))


@hints(
    "Which intermediate result becomes infinite, or exactly 0, when a logit is large? Can you get to the loss without "
    "it?",
    "−log(exp(z) / Σ exp) = log Σ exp − z. And adding a constant to a whole row doesn't change its softmax.",
    "Subtract each row's own maximum, keeping the axis. Then the largest exponential of every row is 1: take the "
    "logarithm of the row's sum, subtract the label's entry, and average over the rows.",
)
def check_cross_entropy_from_logits(cross_entropy_from_logits):
    def loses(logits, labels):
        returned = cross_entropy_from_logits(logits, labels)
        require(np.ndim(returned) == 0, "The result should be a single number, the mean over the rows.")
        close(returned, row_by_row(logits, labels), rtol=1e-5, atol=1e-6)

    also = [
        call(np.array([[0.0, 0.0], [2000.0, 0.0]]), np.array([0, 1])),
        call(np.array([[1.0, 2.0, 4.0], [0.5, 0.0, -1.0]]), np.array([2, 1])),
        call(np.array([[10_000.0, -10_000.0], [-10_000.0, -9_999.0]]), np.array([1, 0])),
        call(np.array([[-9_000.0, -9_001.0, -9_002.0]]), np.array([1])),
        call(np.array([[40.0, 0.0]]), np.array([1])),
        call(np.array([[7.0], [-7.0]]), np.array([0, 0])),
        call(np.array([[30.0, 0.0], [0.0, 0.0]]), np.array([0, 0])),
        call(np.array([[2, 0, 1], [-3, 5, 0], [1, 1, 1]]), np.array([0, 1, 2])),
        call(np.array([[9_000.0, 8_999.0], [0.0, 1.0], [-9_000.0, -8_998.0]]), np.array([1, 1, 0], dtype=np.uint8)),
    ]
    for_all(loses, scored_rows(), also=also, examples=35)
    rng = np.random.default_rng(0)
    loses(rng.normal(0, 3, (300, 40)), rng.integers(0, 40, 300))


def _shifted_losses(logits, labels, top):
    with np.errstate(all="ignore"):
        shifted = logits - top
        return np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels]


def cross_entropy_from_logits__overflows(logits, labels):
    """exp overflowed, or all of a row became 0: subtract the row's maximum from the logits first."""
    return _shifted_losses(logits, labels, 0.0).mean()


def cross_entropy_from_logits__one_maximum(logits, labels):
    """You subtracted one maximum from the whole matrix. Rows far below it underflow, and the logarithm of 0 is −∞. Each
    row needs its own."""
    return _shifted_losses(logits, labels, logits.max()).mean()


def cross_entropy_from_logits__maximum_of_columns(logits, labels):
    """You subtracted a maximum for each *column*. That changes the softmax; only a constant for a whole row doesn't."""
    return _shifted_losses(logits, labels, logits.max(axis=0)).mean()


def cross_entropy_from_logits__sums(logits, labels):
    """You added up the losses. Report the mean, so that the number doesn't grow with the batch."""
    return _shifted_losses(logits, labels, logits.max(axis=1, keepdims=True)).sum()


def cross_entropy_from_logits__log_of_softmax(logits, labels):
    """Where the label is far below its row's maximum, the loss comes out infinite: a probability became 0 before its
    logarithm was taken, or an exp overflowed. Subtract the row's maximum, and never compute the probability."""
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    with np.errstate(divide="ignore"):
        return -np.log((odds / odds.sum(axis=1, keepdims=True))[np.arange(len(labels)), labels]).mean()


def cross_entropy_from_logits__clips(logits, labels):
    """You clipped probabilities, or added a tiny number to them, so no loss can get large. A confident mistake costs as
    much as the logits differ."""
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return -np.log((odds / odds.sum(axis=1, keepdims=True))[np.arange(len(labels)), labels] + 1e-12).mean()


def cross_entropy_from_logits__forgets_shift(logits, labels):
    """You shifted the logits in the sum, but took the label's logit unshifted. Both terms need the same row, or the
    maximum has to be added back."""
    top = logits.max(axis=1, keepdims=True)
    return (np.log(np.exp(logits - top).sum(axis=1)) - logits[np.arange(len(labels)), labels]).mean()


def cross_entropy_from_logits__negative(logits, labels):
    """The sign is turned: that is the mean log probability. The loss is its negative, and never below 0."""
    return -_shifted_losses(logits, labels, logits.max(axis=1, keepdims=True)).mean()


def cross_entropy_from_logits__base_two(logits, labels):
    """That is the loss in bits. Take the natural logarithm, as torch does."""
    return _shifted_losses(logits, labels, logits.max(axis=1, keepdims=True)).mean() / math.log(2)


def cross_entropy_from_logits__mean_of_entries(logits, labels):
    """You divided by the number of entries. Each *row* is one example: divide by the number of rows."""
    return _shifted_losses(logits, labels, logits.max(axis=1, keepdims=True)).sum() / logits.size


def cross_entropy_from_logits__likeliest(logits, labels):
    """You took the largest logit of each row, not the one at the label. That loss would be small for any answer."""
    return _shifted_losses(logits, logits.argmax(axis=1), logits.max(axis=1, keepdims=True)).mean()


def cross_entropy_from_logits__per_row(logits, labels):
    """That is the loss of each row. Return their mean, one number."""
    return _shifted_losses(logits, labels, logits.max(axis=1, keepdims=True))


def cross_entropy_from_logits__all_classes(logits, labels):
    """You averaged −log probability over *all* classes. Only the label's own counts."""
    top = logits.max(axis=1, keepdims=True)
    return (np.log(np.exp(logits - top).sum(axis=1, keepdims=True)) - (logits - top)).mean()


def cross_entropy_from_logits__every_pair(logits, labels):
    """Indexing with `[:, labels]` takes every label from every row. Give the rows their numbers too: row i with label
    i."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return (np.log(np.exp(shifted).sum(axis=1, keepdims=True)) - shifted[:, labels]).mean()


# 3. mlp_gradients


def by_autograd(x, y, w1, b1, w2, b2, penalty):
    """Let torch differentiate the loss as the statement words it."""
    parameters = [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in (w1, b1, w2, b2)]
    v1, c1, v2, c2 = parameters
    predicted = (torch.tensor(x, dtype=torch.float64) @ v1 + c1).tanh() @ v2 + c2
    loss = nn.functional.mse_loss(predicted, torch.tensor(y, dtype=torch.float64))
    (loss + penalty / 2 * (v1.pow(2).sum() + v2.pow(2).sum())).backward()
    return tuple(parameter.grad.numpy() for parameter in parameters)


def network(n, d, h, k, penalty, seed, dtype=np.float64):
    """Return arguments of these sizes: random multiples of 0.25 between -2 and 2."""
    rng = np.random.default_rng(seed)
    shapes = [(n, d), (n, k), (d, h), (h,), (h, k), (k,)]
    return call(*((rng.integers(-8, 9, size) / 4).astype(dtype) for size in shapes), penalty)


@st.composite
def networks(draw):
    n, d, h, k = (draw(between(1, most)) for most in (4, 3, 3, 3))
    dtype = draw(st.sampled_from([np.float64, np.float64, np.float32]))
    return network(n, d, h, k, draw(st.sampled_from([0.0, 0.5, 2.0])), draw(between(0, 80)), dtype)


NAMES = ("w1", "b1", "w2", "b2")


@hints(
    "Write the loss as a chain: z, h = tanh(z), prediction, squared error. Then go back one step at a time, as the "
    "lesson's `gradients` did. Which two steps are different here?",
    "A squared error has the slope 2 · (prediction − y), and the mean runs over all entries of y. At the hidden layer, "
    "multiply by the slope of tanh.",
    "The slope of tanh is 1 minus the square of its *output*. The penalty's gradient is penalty times the weight, "
    "added once, to both weight matrices and to no bias.",
)
def check_mlp_gradients(mlp_gradients):
    def differentiates(x, y, w1, b1, w2, b2, penalty):
        returned = mlp_gradients(x, y, w1, b1, w2, b2, penalty)
        kind(returned, (tuple, list))
        require(len(returned) == 4, f"There should be four gradients; there are {len(returned)}.")
        expected = by_autograd(x, y, w1, b1, w2, b2, penalty)
        coarse = x.dtype == np.float32 or any(str(getattr(mine, "dtype", ""))[-7:] == "float32" for mine in returned)
        wide = {"rtol": 1e-4, "atol": 1e-4} if coarse else {"rtol": 1e-10, "atol": 1e-11}
        for name, mine, theirs in zip(NAMES, returned, expected, strict=True):
            shape(mine, theirs.shape, f"the gradient at {name}")
            close(mine, theirs, f"the gradient at {name}", **wide, why="" if coarse else "Ten digits are compared.")

    one, zero = np.ones((1, 1)), np.zeros(1)
    also = [call(one, -one, 0 * one, zero, one, zero, 0.5), call(one, 0 * one, one, zero, one, zero, 0.0)]
    also += [network(4, 3, 2, 1, 0.5, seed=1), network(3, 2, 3, 2, 0.0, seed=2), network(1, 3, 2, 3, 2.0, seed=3)]
    also += [network(4, 2, 2, 3, 1.0, seed=4), network(2, 3, 3, 2, 0.25, seed=5), network(40, 6, 7, 5, 0.1, seed=6)]
    also += [call(one, -100 * one, one, zero, one, zero, 0.0), call(1000 * one, one, one, zero, one, zero, 0.0)]
    for_all(differentiates, networks(), also=also, examples=22)


def _backward(x, y, w1, b1, w2, b2, penalty, gate=lambda z: 1 - np.tanh(z) ** 2, scale=None):
    z = x @ w1 + b1
    h = np.tanh(z)
    up = (2 / y.size if scale is None else scale) * (h @ w2 + b2 - y)
    up_z = (up @ w2.T) * gate(z)
    return x.T @ up_z + penalty * w1, up_z.sum(axis=0), h.T @ up + penalty * w2, up.sum(axis=0)


def mlp_gradients__slope_of_z(x, y, w1, b1, w2, b2, penalty):
    """You computed tanh's slope as 1 − z². It is 1 − h², where h = tanh(z) is the *output* of the hidden layer."""
    return _backward(x, y, w1, b1, w2, b2, penalty, gate=lambda z: 1 - z**2)


def mlp_gradients__tanh_twice(x, y, w1, b1, w2, b2, penalty):
    """You took tanh twice: h is already tanh(z), so its slope is 1 − h², not 1 − tanh(h)²."""
    return _backward(x, y, w1, b1, w2, b2, penalty, gate=lambda z: 1 - np.tanh(np.tanh(z)) ** 2)


def mlp_gradients__relu(x, y, w1, b1, w2, b2, penalty):
    """That is relu's gate from the lesson. Here the activation is tanh, whose slope is 1 − h²."""
    return _backward(x, y, w1, b1, w2, b2, penalty, gate=lambda z: z > 0)


def mlp_gradients__no_gate(x, y, w1, b1, w2, b2, penalty):
    """On the way back through the hidden layer, the slope of tanh is missing: multiply by 1 − h²."""
    return _backward(x, y, w1, b1, w2, b2, penalty, gate=np.ones_like)


def mlp_gradients__not_averaged(x, y, w1, b1, w2, b2, penalty):
    """You didn't divide by the number of outputs. The mean carries 1/(n·k) into every gradient."""
    return _backward(x, y, w1, b1, w2, b2, penalty, scale=2)


def mlp_gradients__mean_of_rows(x, y, w1, b1, w2, b2, penalty):
    """You divided by the number of rows. The mean runs over all n·k outputs, so with several outputs divide by both."""
    return _backward(x, y, w1, b1, w2, b2, penalty, scale=2 / len(y))


def mlp_gradients__without_two(x, y, w1, b1, w2, b2, penalty):
    """A factor of 2 is missing: the slope of e² is 2·e. (The ½ of this task belongs to the penalty only.)"""
    return _backward(x, y, w1, b1, w2, b2, penalty, scale=1 / y.size)


def mlp_gradients__biases_penalized(x, y, w1, b1, w2, b2, penalty):
    """You penalized the biases too. Only weights are."""
    g1, c1, g2, c2 = _backward(x, y, w1, b1, w2, b2, penalty)
    return g1, c1 + penalty * b1, g2, c2 + penalty * b2


def mlp_gradients__no_penalty(x, y, w1, b1, w2, b2, penalty):
    """The argument `penalty` changes nothing. It adds penalty times the weight to the gradients of both weight
    matrices."""
    return _backward(x, y, w1, b1, w2, b2, 0.0)


def mlp_gradients__half_penalty(x, y, w1, b1, w2, b2, penalty):
    """Your penalty's gradient is half of what it should be. The ½ in the loss cancels the 2 of the square: what is left
    is penalty times the weight."""
    return _backward(x, y, w1, b1, w2, b2, penalty / 2)


def mlp_gradients__double_penalty(x, y, w1, b1, w2, b2, penalty):
    """Your penalty's gradient is twice what it should be. The loss has penalty/2 times the square, so what is left is
    penalty times the weight."""
    return _backward(x, y, w1, b1, w2, b2, 2 * penalty)


def mlp_gradients__averaged_penalty(x, y, w1, b1, w2, b2, penalty):
    """You divided the penalty by the number of examples. It is there once, whatever the batch: add it after
    averaging."""
    return _backward(x, y, w1, b1, w2, b2, penalty / len(x))


def mlp_gradients__last_layer_penalized(x, y, w1, b1, w2, b2, penalty):
    """You penalized only the last layer's weights. The penalty is on *all* weights, the hidden layer's too."""
    g1, *others = _backward(x, y, w1, b1, w2, b2, penalty)
    return g1 - penalty * w1, *others


def mlp_gradients__weights_first(x, y, w1, b1, w2, b2, penalty):
    """The numbers are right, in another order: return the gradients at w1, b1, w2 and b2."""
    g1, c1, g2, c2 = _backward(x, y, w1, b1, w2, b2, penalty)
    return g1, g2, c1, c2


def mlp_gradients__uphill(x, y, w1, b1, w2, b2, penalty):
    """You took y − prediction. The gradient of the error then points the wrong way, and training climbs."""
    return _backward(x, y, w1, b1, w2, b2, penalty, scale=-2 / y.size)


def mlp_gradients__mean_of_biases(x, y, w1, b1, w2, b2, penalty):
    """You averaged the biases' gradients over the batch. The mean is already in what arrives from above: sum here."""
    g1, c1, g2, c2 = _backward(x, y, w1, b1, w2, b2, penalty)
    return g1, c1 / len(x), g2, c2 / len(x)


# 4. linear_piece_count


def by_exact_slopes(w, b, v, low, high):
    """Cut the interval wherever a unit might bend, take the exact slope of each part, and count the changes."""
    w, b, v = (part.tolist() for part in (w, b, v))
    low, high = Fraction(low), Fraction(high)
    cuts = {Fraction(-bias, weight) for weight, bias in zip(w, b, strict=True) if weight}
    ends = [low, *sorted(cut for cut in cuts if low < cut < high), high]

    def value(x):
        return sum(out * max(weight * x + bias, 0) for weight, bias, out in zip(w, b, v, strict=True))

    slopes = [(value(right) - value(left)) / (right - left) for left, right in pairwise(ends)]
    return 1 + sum(one != other for one, other in pairwise(slopes))


@st.composite
def pricing(draw):
    units = draw(between(0, 5))
    w, b, v = (draw(st.lists(between(-m, m), min_size=units, max_size=units)) for m in (2, 3, 2))
    low = draw(between(-8, 6)) / 2
    high = low + draw(between(1, 12)) / 2
    return call(*(np.array(part, dtype=np.int64) for part in (w, b, v)), low, high)


def units(*rows, low=-5, high=5):
    """Return a call from one (w, b, v) for each unit."""
    w, b, v = np.array(rows, dtype=np.int64).reshape(-1, 3).T.copy()
    return call(w, b, v, low, high)


@hints(
    "Where does a single unit bend? Is that place inside the interval? And what happens to the slope of the *whole* "
    "function there, when several units bend at the same place?",
    "A unit bends at −b/w. By how much does the slope change there, walking to the right, when w is positive? And when "
    "it is negative?",
    "Collect the changes of slope by place, adding up those at the same place: v times the absolute value of w, both "
    "times. Count the places strictly inside whose sum isn't 0.",
)
@equivalent(
    "bends.get(at, 0) + out * abs(weight)",
    "bends.get(at, 0) - out * abs(weight)",
    because="every change of slope then has the other sign, and none becomes 0 by it",
)
def check_linear_piece_count(linear_piece_count):
    also = [
        units((1, 0, 1), (1, -1, 1)),
        units((1, 0, 1), (1, -1, 1), low=0),
        units((1, 0, 1), (1, -9, 1)),
        units((1, -2, 1), (2, -4, 3)),
        units((1, -1, 1), (1, -1, -1)),
        units((1, 0, 1), (-1, 0, -1)),
        units((1, 0, 1), (-1, 0, 1)),
        units((0, 1, 2), (1, 0, 1)),
        units((0, 0, 2)),
        units((1, 0, 0), (1, -2, 1)),
        units((2, -1, 1), (-2, 1, 1), (1, 3, -1), low=0.5),
        units((1, 5, 1), (1, -5, 1)),
        units((3, -1, 1), (6, -2, -1), (3, -2, 1), low=-1, high=1),
        units((3, -1, 2), (6, -2, -1)),
        units((1, -2, 1), (1, 1, -1), (-1, 4, 2), (1, -2, 2), low=-0.5, high=2.5),
        units((999, -500, 1), (1000, -501, 1), (998, -500, 1), low=0, high=1),
        units((1, -1, 1), (1, -2, -1), (1, -1, 1), low=1, high=2),
        units((1, -1, 1), (1, -1, 1), (1, -1, -2)),
        units(),
    ]

    def counts(w, b, v, low, high):
        returned = linear_piece_count(w, b, v, low, high)
        kind(returned, (int, np.integer, float, np.floating))
        require(not isinstance(returned, bool), "The result should be a number of pieces, not a bool.")
        close(returned, by_exact_slopes(w, b, v, low, high))

    for_all(counts, pricing(), also=also, examples=45)
    rng = np.random.default_rng(0)
    counts(*(rng.integers(-m, m + 1, 60) for m in (6, 12, 2)), -1.5, 2.0)


def _bends(w, b, v, low, high, weigh=lambda w, v: v * abs(w)):
    changes = {}
    for weight, bias, out in zip(w.tolist(), b.tolist(), v.tolist(), strict=True):
        if weight and low < Fraction(-bias, weight) < high:
            at = Fraction(-bias, weight)
            changes[at] = changes.get(at, 0) + weigh(weight, out)
    return changes


def linear_piece_count__units_plus_one(w, b, v, low, high):
    """You counted one bend for every unit. A unit may bend outside the interval, or not at all; two may bend at the
    same place."""
    return len(w) + 1


def linear_piece_count__anywhere(w, b, v, low, high):
    """You counted bends outside the interval too. Only those strictly between `low` and `high` count."""
    return 1 + sum(change != 0 for change in _bends(w, b, v, -math.inf, math.inf).values())


def linear_piece_count__each_unit(w, b, v, low, high):
    """Two units bend at the same place, and you counted two bends. There is one end of a piece there, at most."""
    kinks = [-bias / weight for weight, bias, out in zip(w, b, v, strict=True) if weight and out]
    return 1 + sum(low < at < high for at in kinks)


def linear_piece_count__cancelled(w, b, v, low, high):
    """You counted a place where the slope doesn't change: v is 0 there, or the changes of several units cancel. Add
    them up before you count."""
    return 1 + len(_bends(w, b, v, low, high))


def linear_piece_count__same_switch(w, b, v, low, high):
    """You count places where some unit with v ≠ 0 bends. Units at the same place can cancel: add up their changes of
    slope before you count."""
    return 1 + sum(change != 0 for change in _bends(w, b, v, low, high, lambda w, v: abs(v)).values())


def linear_piece_count__signed(w, b, v, low, high):
    """You took v·w as the change of slope. A unit with negative w switches *off* there, which changes the slope by
    −v·w: it is v·|w| both times."""
    return 1 + sum(change != 0 for change in _bends(w, b, v, low, high, lambda w, v: v * w).values())


def linear_piece_count__only_v(w, b, v, low, high):
    """You added up v alone. Steep units change the slope more: the change is v·|w|."""
    return 1 + sum(change != 0 for change in _bends(w, b, v, low, high, lambda w, v: v).values())


def linear_piece_count__with_ends(w, b, v, low, high):
    """You counted bends at the ends of the interval. There is nothing on the other side of them: only bends strictly
    inside count."""
    everywhere = _bends(w, b, v, -math.inf, math.inf)
    return 1 + sum(change != 0 and low <= at <= high for at, change in everywhere.items())


def linear_piece_count__bends(w, b, v, low, high):
    """You returned the number of bends. Between them and outside of them lie pieces: one more."""
    return sum(change != 0 for change in _bends(w, b, v, low, high).values())


def linear_piece_count__divides_by_zero(w, b, v, low, high):
    """A unit with w = 0 has no bend, and −b/w divides by zero. Leave such units out."""
    changes = {}
    for weight, bias, out in zip(w.tolist(), b.tolist(), v.tolist(), strict=True):
        at = Fraction(-bias, weight)
        changes[at] = changes.get(at, 0) + out * abs(weight)
    return 1 + sum(low < at < high and change != 0 for at, change in changes.items())


def linear_piece_count__wrong_sign(w, b, v, low, high):
    """You look for the bends at b/w. A unit bends where w·x + b = 0, at x = −b/w."""
    return 1 + sum(change != 0 for change in _bends(w, -b, v, low, high).values())


# 5. widen_hidden


class Layer(nn.Linear):
    """A linear layer whose text shows its numbers."""

    def __repr__(self):
        bias = "None" if self.bias is None else self.bias.tolist()
        frozen = "" if self.weight.requires_grad else ", frozen"
        return f"‹Linear with weight {self.weight.tolist()}, bias {bias}, {str(self.weight.dtype)[6:]}{frozen}›"


def layer(inputs, outputs, seed, bias=True, dtype=torch.float32, without=()):
    """Return a layer with random multiples of 0.25 between -2 and 2, none 0; the columns `without` are 0."""
    made = Layer(inputs, outputs, bias=bias, dtype=dtype)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.copy_(torch.randint(1, 9, parameter.shape, generator=generator) / 4)
            parameter.mul_(torch.randint(0, 2, parameter.shape, generator=generator) * 2 - 1)
        made.weight[:, list(without)] = 0
    return made


def pair(inputs, hidden, outputs, width, seed=0, biases=(True, True), dtype=torch.float32, without=()):
    """Return a call: a pair of layers, and the width that the hidden layer shall get."""
    first = layer(inputs, hidden, seed, biases[0], dtype)
    return call(first, layer(hidden, outputs, seed + 100, biases[1], dtype, without), width)


def _frozen(given):
    """Return the call with layers that aren't trained any more."""
    for old in given.args[:2]:
        old.requires_grad_(False)
    return given


@told_by_message
@hints(
    "If a hidden unit exists twice, its value reaches the next layer twice. What has to happen to the weights behind "
    "it?",
    "Decide for each new unit which old one it copies (any rule that uses every old unit will do). Incoming weights "
    "and bias are copied as they are; the outgoing weight is shared among all copies of the same unit.",
    "Indexing rows of the first weight matrix, and columns of the second, with one tensor of unit numbers does the "
    "copying; `torch.bincount` says by how much to divide. Mind layers without a bias, and copy under `no_grad`.",
)
def check_widen_hidden(widen_hidden):
    def keeps_function(first, second, width):
        before = [parameter.detach().clone() for parameter in (*first.parameters(), *second.parameters())]
        returned = widen_hidden(first, second, width)
        kind(returned, (tuple, list))
        require(len(returned) == 2, f"Return two layers; you returned {len(returned)} things.")
        after = [*first.parameters(), *second.parameters()]
        still = len(after) == len(before) and all(
            a.shape == b.shape and torch.equal(a.detach(), b) for a, b in zip(after, before, strict=True)
        )
        require(still, "Your function changed the old layers. They are in use: make new ones.")
        for new, name in zip(returned, ("first", "second"), strict=True):
            kind(new, nn.Linear, f"the {name} new layer")
        _new_layers(first, second, *returned, width)
        _same_outputs(first, second, *returned)
        _takes_part(first, second, *returned)

    also = [
        pair(2, 2, 1, 3, seed=8),
        pair(1, 2, 2, 2),
        pair(3, 2, 2, 7, seed=1),
        pair(2, 3, 1, 5, seed=2, biases=(True, False)),
    ]
    also += [pair(2, 3, 2, 4, seed=3, biases=(False, True)), pair(2, 1, 1, 7, seed=4, dtype=torch.float64)]
    also += [pair(2, 3, 2, 6, seed=5, without=[1]), pair(5, 4, 3, 11, seed=6, biases=(False, False))]
    also += [
        pair(2, hidden, 2, width, seed=width) for hidden, width in ((1, 1), (1, 2), (2, 4), (2, 5), (3, 8), (5, 6))
    ]
    also += [_frozen(pair(1, 1, 1, 2, seed=7))]
    for_all(keeps_function, also, examples=1, also=also)
    why = "The wide layer has to hold a copy of every old unit."
    for width in (2, 1):
        raises(widen_hidden, ValueError, pair(2, 3, 1, width), why=why)


def _new_layers(first, second, wide, output, width):
    shape(wide.weight, (width, first.in_features), "the first new layer's weight")
    shape(output.weight, (second.out_features, width), "the second new layer's weight")
    told = (wide.in_features, wide.out_features, output.in_features, output.out_features)
    sizes = (first.in_features, width, width, second.out_features)
    require(told == sizes, f"The new layers' `in_features` and `out_features` should be {sizes}; they are {told}.")
    for old, new, name in ((first, wide, "first"), (second, output, "second")):
        lacks = "The old one has none." if old.bias is None else "The old one has one."
        require((old.bias is None) == (new.bias is None), f"Whether the {name} new layer has a bias is wrong. {lacks}")
        if new.bias is not None:
            shape(new.bias, (new.out_features,), f"the {name} new layer's bias")
        for parameter in new.parameters():
            require(parameter.dtype == old.weight.dtype, f"The {name} new layer should have dtype {old.weight.dtype}.")
            fresh = isinstance(parameter, nn.Parameter) and parameter.is_leaf and parameter.requires_grad
            require(fresh, f"The {name} new layer can't be trained: it needs parameters that require gradients.")
            require(bool(parameter.isfinite().all()), f"The {name} new layer holds numbers that aren't finite.")
            shared = [p.untyped_storage().data_ptr() for p in (*first.parameters(), *second.parameters())]
            own = parameter.untyped_storage().data_ptr() not in shared
            require(own, f"The {name} new layer shares memory with an old one: training it would change both.")


def _same_outputs(first, second, wide, output):
    x = torch.randn(6, first.in_features, generator=torch.Generator().manual_seed(0)).to(first.weight.dtype)
    hidden = attempt(lambda: wide(x), "running the first new layer")
    for name, function in (("relu", torch.relu), ("tanh", torch.tanh), ("abs", torch.abs)):
        with torch.no_grad():
            expected = second(function(first(x)))
            returned = attempt(lambda f=function: output(f(hidden)), "running the new layers").detach()
        exact = expected.dtype == torch.float64
        if not torch.allclose(returned, expected, rtol=1e-9 if exact else 1e-5, atol=1e-9 if exact else 1e-5):
            i = int((returned - expected).abs().amax(dim=1).argmax())
            place = f"With {name} between the layers, and x = {x[i].tolist()}, "
            digits = " Nine digits are compared in float64." if exact else ""
            said = f"the wide network returns {returned[i].tolist()}; the old one returned {expected[i].tolist()}."
            raise Mismatch(
                f"{place}{said}{digits}",
                returned=(wide.weight.detach(), wide.bias, output.weight.detach(), output.bias),
            )


def _unit(layer, i):
    return torch.cat(
        [layer.weight[i], layer.bias[i : i + 1] if layer.bias is not None else layer.weight[i, :0]]
    ).detach()


def _takes_part(first, second, wide, output):
    """Require that every new unit copies an old one, every old one is there, and no copy is cut off."""
    met = set()
    for i in range(wide.out_features):
        olds = [j for j in range(first.out_features) if torch.allclose(_unit(wide, i), _unit(first, j), rtol=1e-6)]
        require(olds, f"New unit {i} isn't a copy of an old one: it has other incoming weights, or another bias.")
        met.update(olds)
        alive = any(bool(second.weight[:, j].any()) for j in olds)
        cut = alive and not bool((output.weight[:, i].abs() > 1e-6).any())
        require(
            not cut, f"New unit {i} takes no part: all its outgoing weights are 0, and those of the old one weren't."
        )
    lost = sorted(set(range(first.out_features)) - met)
    require(not lost, f"Old unit {lost[0] if lost else ''} has no copy in the wide layer.")


def _widened(first, second, width, incoming, outgoing, copies=None):
    """Return the wide pair, with functions of the copied weights and of the number of copies."""
    if width < first.out_features:
        raise ValueError("too narrow")
    copies = torch.arange(width) % first.out_features if copies is None else copies
    count = torch.bincount(copies)[copies]
    wide = nn.Linear(first.in_features, width, bias=first.bias is not None, dtype=first.weight.dtype)
    output = nn.Linear(width, second.out_features, bias=second.bias is not None, dtype=second.weight.dtype)
    with torch.no_grad():
        wide.weight.copy_(incoming(first.weight[copies], count[:, None]))
        output.weight.copy_(outgoing(second.weight[:, copies], count))
        if first.bias is not None:
            wide.bias.copy_(first.bias[copies])
        if second.bias is not None:
            output.bias.copy_(second.bias)
    return wide, output


def _kept(weights, count):
    return weights


def _shared(weights, count):
    return weights / count


def widen_hidden__counts_twice(first, second, width):
    """You copied the outgoing weights whole, so a copied unit now counts twice. Share its outgoing weight among the
    copies."""
    return _widened(first, second, width, _kept, _kept)


def widen_hidden__splits_incoming(first, second, width):
    """You divided the *incoming* weights. With a bias, or with an activation like tanh, half the input isn't half the
    value. Copy what comes in, share what goes out."""
    return _widened(first, second, width, _shared, _kept)


def widen_hidden__splits_both(first, second, width):
    """You divided incoming *and* outgoing weights. Copies keep what comes in; only what goes out is shared."""
    return _widened(first, second, width, _shared, _shared)


def widen_hidden__random(first, second, width):
    """The new units have random weights, so the output changed. Make them copies of old ones."""
    wide, output = _widened(first, second, width, _kept, _kept)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for part in (wide.weight[first.out_features :], output.weight[:, first.out_features :]):
            part.copy_(torch.randn(part.shape, generator=generator))
    return wide, output


def widen_hidden__cut_off(first, second, width):
    """You gave the new units outgoing weights of 0. The output is kept, but they take no part. Let each copy carry a
    share."""
    first_of_its_kind = torch.arange(width) < first.out_features
    return _widened(first, second, width, _kept, lambda weights, count: weights * first_of_its_kind)


def widen_hidden__halves(first, second, width):
    """You divided by 2. A unit may have more than one copy, or none: divide by the number of units in its group."""
    return _widened(first, second, width, _kept, lambda weights, count: weights / (1 + (count > 1)))


def widen_hidden__scales_all(first, second, width):
    """You divided all outgoing weights by width / old width. Units aren't all copied equally often: each group has its
    own number."""
    return _widened(first, second, width, _kept, lambda weights, count: weights * first.out_features / width)


def widen_hidden__shares_bias(first, second, width):
    """You left the first layer's bias behind. A copy needs the bias of its unit too, or its value changes."""
    wide, output = _widened(first, second, width, _kept, _shared)
    if wide.bias is not None:
        nn.init.zeros_(wide.bias)
    return wide, output


def widen_hidden__in_place(first, second, width):
    """You changed the old layers themselves. They are in use: make new ones."""
    wide, output = _widened(first, second, width, _kept, _shared)
    first.weight, first.bias, first.out_features = wide.weight, wide.bias, width
    second.weight, second.bias, second.in_features = output.weight, output.bias, width
    return first, second


def widen_hidden__always_biases(first, second, width):
    """You gave the new layers biases, though the old ones may have none. Then the new one shall have none either."""
    wide, output = _widened(first, second, width, _kept, _shared)
    for new in (wide, output):
        if new.bias is None:
            new.bias = nn.Parameter(torch.zeros(new.out_features, dtype=new.weight.dtype))
    return wide, output


def widen_hidden__float32(first, second, width):
    """Your new layers are float32. Give them the dtype of the old ones."""
    return tuple(new.float() for new in _widened(first, second, width, _kept, _shared))


def widen_hidden__shares_memory(first, second, width):
    """A new layer uses an old one's bias itself, not a copy: training the wide network would change the old one."""
    wide, output = _widened(first, second, width, _kept, _shared)
    output.bias = second.bias
    return wide, output


def widen_hidden__narrows(first, second, width):
    """You accept a width smaller than the old one, and units are lost. Raise ValueError."""
    if width < first.out_features:
        return nn.Linear(first.in_features, width), nn.Linear(width, second.out_features)
    return _widened(first, second, width, _kept, _shared)


def widen_hidden__by_so_many(first, second, width):
    """You added `width` units to those that are there. `width` is the new total."""
    return _widened(first, second, first.out_features + width, _kept, _shared)
