"""Answers to 03_deep_learning/02_neural_networks by somebody who has not seen its checks: `right__...` must pass,
`wrong__...` must fail."""

import copy
import math
import operator
import random
from collections import Counter, defaultdict
from fractions import Fraction
from itertools import pairwise

import numpy as np
import torch
from torch import nn

# ---------------------------------------------------------------- mlp_parameter_count


def right__mlp_parameter_count__pairwise(sizes, bias=True):
    return sum((inputs + bool(bias)) * outputs for inputs, outputs in pairwise(sizes))


def right__mlp_parameter_count__loop_over_indices(sizes, bias=True):
    total = 0
    for i in range(1, len(sizes)):
        total += sizes[i - 1] * sizes[i]
        if bias:
            total += sizes[i]
    return total


def right__mlp_parameter_count__weights_then_biases(sizes, bias=True):
    weights = sum(map(operator.mul, sizes[:-1], sizes[1:]))
    return weights + sum(sizes[1:]) if bias else weights


def right__mlp_parameter_count__recursive(sizes, bias=True):
    if len(sizes) < 2:
        return 0
    return sizes[0] * sizes[1] + (sizes[1] if bias else 0) + right__mlp_parameter_count__recursive(sizes[1:], bias)


def right__mlp_parameter_count__objects(sizes, bias=True):
    array = np.array(list(sizes), dtype=object)
    return int(array[:-1] @ array[1:]) + (int(array[1:].sum()) if bias else 0)


def wrong__mlp_parameter_count__int64(sizes, bias=True):
    """Overflows beyond 64 bits: the count is exact, however large."""
    with np.errstate(all="ignore"):
        array = np.array(sizes, dtype=np.uint64)
        return int((array[:-1] * array[1:]).sum() + (array[1:].sum() if bias else np.uint64(0)))


def wrong__mlp_parameter_count__float(sizes, bias=True):
    """Rounds beyond 2**53: the count is exact."""
    return int(sum(float(a) * b + (b if bias else 0) for a, b in pairwise(sizes)))


def wrong__mlp_parameter_count__fsum(sizes, bias=True):
    """Each product is exact, their sum is rounded beyond 2**53."""
    return int(math.fsum(a * b + (b if bias else 0) for a, b in pairwise(sizes)))


def wrong__mlp_parameter_count__distinct_layers(sizes, bias=True):
    """Counts layers of the same shape only once."""
    return sum(a * b + (b if bias else 0) for a, b in set(pairwise(sizes)))


def wrong__mlp_parameter_count__distinct_biases(sizes, bias=True):
    """Counts biases of layers of the same width only once."""
    return sum(a * b for a, b in pairwise(sizes)) + (sum(set(sizes[1:])) if bias else 0)


def wrong__mlp_parameter_count__bias_of_the_inputs(sizes, bias=True):
    """Gives each layer as many biases as it has inputs."""
    return sum(a * b + (a if bias else 0) for a, b in pairwise(sizes))


def wrong__mlp_parameter_count__no_bias_on_the_output(sizes, bias=True):
    """The output layer has a bias too."""
    return sum(a * b for a, b in pairwise(sizes)) + (sum(sizes[1:-1]) if bias else 0)


def wrong__mlp_parameter_count__bias_for_one_size(sizes, bias=True):
    """A single number makes no layer, so it has no biases either."""
    total = sum(a * b for a, b in pairwise(sizes))
    return total + (sum(sizes[1:] or sizes) if bias else 0)


def wrong__mlp_parameter_count__one_size_raises(sizes, bias=True):
    """A single number has no parameters, it is no mistake."""
    if len(sizes) < 2:
        raise ValueError("an MLP needs inputs and outputs")
    return sum(a * b + (b if bias else 0) for a, b in pairwise(sizes))


def wrong__mlp_parameter_count__default_without_bias(sizes, bias=False):
    """The default is with biases."""
    return sum(a * b + (b if bias else 0) for a, b in pairwise(sizes))


def wrong__mlp_parameter_count__ignores_bias(sizes, bias=True):
    """Ignores `bias`."""
    return sum(a * b + b for a, b in pairwise(sizes))


def wrong__mlp_parameter_count__one_bias_per_layer(sizes, bias=True):
    """Adds one number per layer instead of one per unit."""
    return sum(a * b + bool(bias) for a, b in pairwise(sizes))


def wrong__mlp_parameter_count__builds_it(sizes, bias=True):
    """Builds the network on the meta device, which fails for sizes beyond 64 bits."""
    layers = [nn.Linear(a, b, bias=bias, device="meta") for a, b in pairwise(sizes)]
    return sum(p.numel() for layer in layers for p in layer.parameters())


def wrong__mlp_parameter_count__only_a_few_layers(sizes, bias=True):
    """Stops after eight layers."""
    return sum(a * b + (b if bias else 0) for a, b in list(pairwise(sizes))[:8])


_counts = {}


def wrong__mlp_parameter_count__remembers_without_bias(sizes, bias=True):
    """Remembers the count of these sizes, whatever `bias` was."""
    key = tuple(sizes)
    if key not in _counts:
        _counts[key] = sum(a * b + (b if bias else 0) for a, b in pairwise(sizes))
    return _counts[key]


def wrong__mlp_parameter_count__sorted(sizes, bias=True):
    """Sorts the sizes first."""
    sizes = sorted(sizes, reverse=True)
    return sum(a * b + (b if bias else 0) for a, b in pairwise(sizes))


# ---------------------------------------------------------------- cross_entropy_from_logits


def right__cross_entropy_from_logits__shifted(logits, labels):
    z = np.asarray(logits, dtype=float)
    z = z - z.max(axis=1, keepdims=True)
    losses = np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), labels]
    return float(losses.mean())


def right__cross_entropy_from_logits__logaddexp(logits, labels):
    z = np.asarray(logits, dtype=np.float64)
    return np.mean(np.logaddexp.reduce(z, axis=1) - np.take_along_axis(z, np.asarray(labels)[:, None], 1)[:, 0])


def right__cross_entropy_from_logits__torch(logits, labels):
    z = torch.tensor(np.asarray(logits), dtype=torch.float64)
    return nn.functional.cross_entropy(z, torch.tensor(np.asarray(labels), dtype=torch.int64)).item()


def right__cross_entropy_from_logits__plain_loop(logits, labels):
    total = 0.0
    for row, label in zip(np.asarray(logits).tolist(), np.asarray(labels).tolist(), strict=True):
        top = max(row)
        total += top - row[label] + math.log(math.fsum(math.exp(value - top) for value in row))
    return total / len(labels)


def right__cross_entropy_from_logits__one_hot(logits, labels):
    z = np.asarray(logits, dtype=float)
    top = z.max(axis=1)
    normalizers = top + np.log(np.exp(z - top[:, None]).sum(axis=1))
    return float((normalizers - (z * np.eye(z.shape[1])[labels]).sum(axis=1)).sum() / z.shape[0])


def _losses(z, labels, shift):
    z = np.asarray(z, dtype=float)
    with np.errstate(all="ignore"):
        return np.log(np.exp(z - shift).sum(axis=1)) - (z - shift)[np.arange(len(z)), labels]


def _true_losses(logits, labels):
    z = np.asarray(logits, dtype=float)
    return _losses(z, labels, z.max(axis=1, keepdims=True))


def wrong__cross_entropy_from_logits__naive(logits, labels):
    """Overflows: logits reach 10,000."""
    return float(_losses(logits, labels, 0.0).mean())


def wrong__cross_entropy_from_logits__one_maximum(logits, labels):
    """Subtracts the maximum of all rows, so rows that are thousands below vanish."""
    return float(_losses(logits, labels, np.max(logits)).mean())


def wrong__cross_entropy_from_logits__minimum(logits, labels):
    """Subtracts the row's minimum: a row that spans more than 709 overflows."""
    return float(_losses(logits, labels, np.min(logits, axis=1, keepdims=True)).mean())


def wrong__cross_entropy_from_logits__middle(logits, labels):
    """Subtracts the middle of the row: a row that spans more than 1,419 overflows."""
    z = np.asarray(logits, dtype=float)
    return float(_losses(z, labels, (z.max(axis=1, keepdims=True) + z.min(axis=1, keepdims=True)) / 2).mean())


def wrong__cross_entropy_from_logits__relative_to_label(logits, labels):
    """log Σ exp(z − z at the label) overflows where the label is more than 709 below another one."""
    z = np.asarray(logits, dtype=float)
    return float(_losses(z, labels, z[np.arange(len(z)), labels][:, None]).mean())


def wrong__cross_entropy_from_logits__softmax_first(logits, labels):
    """The shifted softmax underflows to 0 at a label far below: its logarithm is −inf."""
    z = np.asarray(logits, dtype=float)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    with np.errstate(all="ignore"):
        return float(-np.log((e / e.sum(axis=1, keepdims=True))[np.arange(len(z)), labels]).mean())


def wrong__cross_entropy_from_logits__epsilon(logits, labels):
    """Adds a tiny number before the logarithm, so no loss exceeds 690."""
    z = np.asarray(logits, dtype=float)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return float(-np.log((e / e.sum(axis=1, keepdims=True))[np.arange(len(z)), labels] + 1e-300).mean())


def wrong__cross_entropy_from_logits__long_double(logits, labels):
    """The softmax in 80 bits reaches further, but underflows where logits differ by more than 11,400."""
    z = np.asarray(logits, dtype=np.longdouble)
    with np.errstate(all="ignore"):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return float(-np.log((e / e.sum(axis=1, keepdims=True))[np.arange(len(z)), labels]).mean())


def wrong__cross_entropy_from_logits__clipped(logits, labels):
    """Clips the logits."""
    z = np.clip(logits, -5000, 5000)
    return float(_true_losses(z, labels).mean())


def wrong__cross_entropy_from_logits__whole_numbers(logits, labels):
    """Cuts the fractions off where the logits are integers."""
    z = np.array(logits)
    top = z.max(axis=1, keepdims=True)
    log_softmax = np.empty_like(z)
    log_softmax[:] = z - top - np.log(np.exp((z - top).astype(float)).sum(axis=1, keepdims=True))
    return float(-log_softmax[np.arange(len(z)), labels].mean())


def wrong__cross_entropy_from_logits__sum(logits, labels):
    """Adds the rows up instead of averaging them."""
    return float(_true_losses(logits, labels).sum())


def wrong__cross_entropy_from_logits__median(logits, labels):
    """The median, which is the mean of one or two rows only."""
    return float(np.median(_true_losses(logits, labels)))


def wrong__cross_entropy_from_logits__all_pairs(logits, labels):
    """Takes every row at every label."""
    z = np.asarray(logits, dtype=float)
    z = z - z.max(axis=1, keepdims=True)
    return float((np.log(np.exp(z).sum(axis=1, keepdims=True)) - z)[:, labels].mean())


def wrong__cross_entropy_from_logits__bits(logits, labels):
    """Uses the logarithm to base 2."""
    return float(_true_losses(logits, labels).mean() / np.log(2))


def wrong__cross_entropy_from_logits__maximum_only(logits, labels):
    """Takes the maximum for log Σ exp as soon as the row spans more than 12."""
    z = np.asarray(logits, dtype=float)
    losses = _true_losses(z, labels)
    far = z.max(axis=1) - z.min(axis=1) > 12
    return float(np.where(far, z.max(axis=1) - z[np.arange(len(z)), labels], losses).mean())


def wrong__cross_entropy_from_logits__skips_the_bad_rows(logits, labels):
    """Leaves out the rows whose naive loss is not finite."""
    losses = _losses(logits, labels, 0.0)
    return float(losses[np.isfinite(losses)].mean())


def wrong__cross_entropy_from_logits__binary(logits, labels):
    """Takes a single column for a binary logit; the softmax of one number is 1."""
    z = np.asarray(logits, dtype=float)
    if z.shape[1] == 1:
        z = np.hstack([np.zeros_like(z), z])
    return float(_true_losses(z, labels).mean())


def wrong__cross_entropy_from_logits__absolute_maximum(logits, labels):
    """Subtracts the largest absolute value: a row of big negative logits underflows."""
    return float(_losses(logits, labels, np.abs(logits).max(axis=1, keepdims=True)).mean())


# ---------------------------------------------------------------- mlp_gradients


def right__mlp_gradients__by_hand(x, y, w1, b1, w2, b2, penalty):
    hidden = np.tanh(x @ w1 + b1)
    delta = 2 * (hidden @ w2 + b2 - y) / y.size
    back = delta @ w2.T * (1 - hidden**2)
    return x.T @ back + penalty * w1, back.sum(axis=0), hidden.T @ delta + penalty * w2, delta.sum(axis=0)


def right__mlp_gradients__autograd(x, y, w1, b1, w2, b2, penalty):
    p = [torch.tensor(np.asarray(a), dtype=torch.float64, requires_grad=True) for a in (w1, b1, w2, b2)]
    output = torch.tanh(torch.tensor(np.asarray(x, dtype=float)) @ p[0] + p[1]) @ p[2] + p[3]
    loss = ((output - torch.tensor(np.asarray(y, dtype=float))) ** 2).mean()
    loss = loss + penalty / 2 * (p[0].square().sum() + p[2].square().sum())
    loss.backward()
    return tuple(a.grad.numpy() for a in p)


def right__mlp_gradients__row_by_row(x, y, w1, b1, w2, b2, penalty):
    g1, c1, g2, c2 = penalty * w1, np.zeros(b1.shape), penalty * w2, np.zeros(b2.shape)
    n, k = y.shape
    for row, target in zip(x, y, strict=True):
        hidden = np.tanh(row @ w1 + b1)
        error = 2 / (n * k) * (hidden @ w2 + b2 - target)
        back = (w2 @ error) * (1 - hidden * hidden)
        g1 = g1 + np.outer(row, back)
        c1 = c1 + back
        g2 = g2 + np.outer(hidden, error)
        c2 = c2 + error
    return g1, c1, g2, c2


def right__mlp_gradients__einsum(x, y, w1, b1, w2, b2, penalty):
    hidden = np.tanh(np.einsum("nd,dh->nh", x, w1) + b1)
    error = (np.einsum("nh,hk->nk", hidden, w2) + b2 - y) * (2 / y.shape[0] / y.shape[1])
    slope = (1 + hidden) * (1 - hidden)
    return (
        np.einsum("nd,nk,hk,nh->dh", x, error, w2, slope) + penalty * w1,
        np.einsum("nk,hk,nh->h", error, w2, slope),
        np.einsum("nh,nk->hk", hidden, error) + penalty * w2,
        np.einsum("nk->k", error),
    )


def right__mlp_gradients__complex_step(x, y, w1, b1, w2, b2, penalty):
    values = [np.array(a, dtype=complex) for a in (w1, b1, w2, b2)]
    gradients = []
    for value in values:
        gradient = np.zeros(value.shape)
        for index in np.ndindex(value.shape):
            value[index] += 1e-30j
            output = np.tanh(x @ values[0] + values[1]) @ values[2] + values[3]
            loss = ((output - y) ** 2).mean() + penalty / 2 * ((values[0] ** 2).sum() + (values[2] ** 2).sum())
            gradient[index] = loss.imag / 1e-30
            value[index] = value[index].real
        gradients.append(gradient)
    return tuple(gradients)


def _gradients(x, y, w1, b1, w2, b2, penalty, count=None):
    hidden = np.tanh(x @ w1 + b1)
    delta = 2 * (hidden @ w2 + b2 - y) / (count or y.size)
    back = delta @ w2.T * (1 - hidden**2)
    return x.T @ back + penalty * w1, back.sum(axis=0), hidden.T @ delta + penalty * w2, delta.sum(axis=0)


def wrong__mlp_gradients__mean_over_rows_only(x, y, w1, b1, w2, b2, penalty):
    """Divides by n, not by n·k."""
    return _gradients(x, y, w1, b1, w2, b2, penalty, len(x))


def wrong__mlp_gradients__sum(x, y, w1, b1, w2, b2, penalty):
    """Adds the squared errors up: the loss is their mean."""
    return _gradients(x, y, w1, b1, w2, b2, penalty, 1)


def wrong__mlp_gradients__no_two(x, y, w1, b1, w2, b2, penalty):
    """Loses the 2 of the square."""
    return _gradients(x, y, w1, b1, w2, b2, penalty, 2 * y.size)


def wrong__mlp_gradients__penalty_twice(x, y, w1, b1, w2, b2, penalty):
    """The derivative of penalty/2·w² is penalty·w, not twice that."""
    return _gradients(x, y, w1, b1, w2, b2, 2 * penalty)


def wrong__mlp_gradients__penalty_on_the_second_only(x, y, w1, b1, w2, b2, penalty):
    """All weights are penalized, those of the first layer too (which are 0 in the example)."""
    g1, c1, g2, c2 = _gradients(x, y, w1, b1, w2, b2, penalty)
    return g1 - penalty * w1, c1, g2, c2


def wrong__mlp_gradients__penalty_on_biases(x, y, w1, b1, w2, b2, penalty):
    """Penalizes the biases too, which are 0 in the example."""
    g1, c1, g2, c2 = _gradients(x, y, w1, b1, w2, b2, penalty)
    return g1, c1 + penalty * b1, g2, c2 + penalty * b2


def wrong__mlp_gradients__mean_penalty(x, y, w1, b1, w2, b2, penalty):
    """Takes the mean of the squared weights instead of their sum."""
    g1, c1, g2, c2 = _gradients(x, y, w1, b1, w2, b2, 0)
    return g1 + penalty * w1 / max(w1.size, 1), c1, g2 + penalty * w2 / max(w2.size, 1), c2


def wrong__mlp_gradients__penalty_over_n(x, y, w1, b1, w2, b2, penalty):
    """Averages the penalty over the rows too."""
    return _gradients(x, y, w1, b1, w2, b2, penalty / len(x))


def wrong__mlp_gradients__penalty_through_tanh(x, y, w1, b1, w2, b2, penalty):
    """Lets the penalty's gradient of w2 flow back into the first layer."""
    hidden = np.tanh(x @ w1 + b1)
    delta = 2 * (hidden @ w2 + b2 - y) / y.size
    back = (delta @ (w2 + penalty * w2).T) * (1 - hidden**2)
    return x.T @ back + penalty * w1, back.sum(axis=0), hidden.T @ delta + penalty * w2, delta.sum(axis=0)


def wrong__mlp_gradients__slope_of_the_sum(x, y, w1, b1, w2, b2, penalty):
    """Takes 1 − z² with z before the tanh; both are 0 in the example."""
    z = x @ w1 + b1
    hidden = np.tanh(z)
    delta = 2 * (hidden @ w2 + b2 - y) / y.size
    back = delta @ w2.T * (1 - z**2)
    return x.T @ back + penalty * w1, back.sum(axis=0), hidden.T @ delta + penalty * w2, delta.sum(axis=0)


def wrong__mlp_gradients__no_slope(x, y, w1, b1, w2, b2, penalty):
    """Forgets the derivative of tanh."""
    hidden = np.tanh(x @ w1 + b1)
    delta = 2 * (hidden @ w2 + b2 - y) / y.size
    back = delta @ w2.T
    return x.T @ back + penalty * w1, back.sum(axis=0), hidden.T @ delta + penalty * w2, delta.sum(axis=0)


def wrong__mlp_gradients__not_transposed(x, y, w1, b1, w2, b2, penalty):
    """Uses w2 instead of its transpose where it is square."""
    hidden = np.tanh(x @ w1 + b1)
    delta = 2 * (hidden @ w2 + b2 - y) / y.size
    back = delta @ (w2 if w2.shape[0] == w2.shape[1] else w2.T) * (1 - hidden**2)
    return x.T @ back + penalty * w1, back.sum(axis=0), hidden.T @ delta + penalty * w2, delta.sum(axis=0)


def wrong__mlp_gradients__finite_differences(x, y, w1, b1, w2, b2, penalty):
    """Only near the gradient: one-sided differences with a step of 0.0001."""
    values = [np.array(a, dtype=float) for a in (w1, b1, w2, b2)]

    def loss():
        output = np.tanh(x @ values[0] + values[1]) @ values[2] + values[3]
        return ((output - y) ** 2).mean() + penalty / 2 * ((values[0] ** 2).sum() + (values[2] ** 2).sum())

    base, gradients = loss(), []
    for value in values:
        gradient = np.zeros(value.shape)
        for index in np.ndindex(value.shape):
            old = value[index]
            value[index] = old + 1e-4
            gradient[index] = (loss() - base) / 1e-4
            value[index] = old
        gradients.append(gradient)
    return tuple(gradients)


def wrong__mlp_gradients__keeps_a_row_axis(x, y, w1, b1, w2, b2, penalty):
    """Returns the biases' gradients with shape (1, h) and (1, k)."""
    g1, c1, g2, c2 = _gradients(x, y, w1, b1, w2, b2, penalty)
    return g1, c1[None], g2, c2[None]


def wrong__mlp_gradients__squeezed(x, y, w1, b1, w2, b2, penalty):
    """Loses the axes of length 1."""
    return tuple(np.squeeze(g) for g in _gradients(x, y, w1, b1, w2, b2, penalty))


def wrong__mlp_gradients__weights_first(x, y, w1, b1, w2, b2, penalty):
    """Returns w1, w2, b1, b2."""
    g1, c1, g2, c2 = _gradients(x, y, w1, b1, w2, b2, penalty)
    return g1, g2, c1, c2


def wrong__mlp_gradients__no_output_bias(x, y, w1, b1, w2, b2, penalty):
    """Forgets b2 in the forward pass; it is 0 in the example."""
    return _gradients(x, y, w1, b1, w2, 0 * b2, penalty)


def wrong__mlp_gradients__clipped(x, y, w1, b1, w2, b2, penalty):
    """Clips the errors to ±10, as a trainer would."""
    hidden = np.tanh(x @ w1 + b1)
    delta = 2 * np.clip(hidden @ w2 + b2 - y, -10, 10) / y.size
    back = delta @ w2.T * (1 - hidden**2)
    return x.T @ back + penalty * w1, back.sum(axis=0), hidden.T @ delta + penalty * w2, delta.sum(axis=0)


def right__mlp_gradients__slope_by_cosh(x, y, w1, b1, w2, b2, penalty):
    z = x @ w1 + b1
    delta = 2 / y.size * (np.tanh(z) @ w2 + b2 - y)
    with np.errstate(over="ignore"):
        back = delta @ w2.T / np.cosh(z) ** 2
    return x.T @ back + penalty * w1, back.sum(axis=0), np.tanh(z).T @ delta + penalty * w2, delta.sum(axis=0)


def wrong__mlp_gradients__tanh_by_exp(x, y, w1, b1, w2, b2, penalty):
    """(e^z − e^−z) / (e^z + e^−z) is nan from 710 on; tanh is 1 there."""
    z = x @ w1 + b1
    with np.errstate(all="ignore"):
        hidden = (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))
    delta = 2 * (hidden @ w2 + b2 - y) / y.size
    back = delta @ w2.T * (1 - hidden**2)
    return x.T @ back + penalty * w1, back.sum(axis=0), hidden.T @ delta + penalty * w2, delta.sum(axis=0)


# ---------------------------------------------------------------- linear_piece_count


def _bends(w, b, v):
    change = defaultdict(int)
    for wi, bi, vi in zip(*(np.asarray(a).tolist() for a in (w, b, v)), strict=True):
        if wi:
            change[Fraction(-bi, wi)] += vi * abs(wi)
    return change


def right__linear_piece_count__fractions(w, b, v, low, high):
    return 1 + sum(low < place < high and change != 0 for place, change in _bends(w, b, v).items())


def right__linear_piece_count__slopes_between(w, b, v, low, high):
    units = list(zip(*(np.asarray(a).tolist() for a in (w, b, v)), strict=True))
    inside = sorted({Fraction(-bi, wi) for wi, bi, _ in units if wi and low < Fraction(-bi, wi) < high})
    points = [Fraction(low), *inside, Fraction(high)]
    slopes = []
    for left, end in pairwise(points):
        middle = (left + end) / 2
        slopes.append(sum(vi * wi for wi, bi, vi in units if wi * middle + bi > 0))
    return 1 + sum(a != c for a, c in pairwise(slopes))


def right__linear_piece_count__reduced_pairs(w, b, v, low, high):
    change = Counter()
    for wi, bi, vi in zip(*(np.asarray(a).tolist() for a in (w, b, v)), strict=True):
        if wi == 0:
            continue
        divisor = math.gcd(wi, bi) * (1 if wi > 0 else -1)
        change[wi // divisor, bi // divisor] += vi * abs(wi)
    return 1 + sum(1 for (p, q), c in change.items() if c != 0 and low < -q / p < high)


def right__linear_piece_count__numpy(w, b, v, low, high):
    w, b, v = (np.asarray(a).astype(np.int64) for a in (w, b, v))
    live = w != 0
    places, group = np.unique(-b[live] / w[live], return_inverse=True)
    change = np.zeros(len(places), dtype=np.int64)
    np.add.at(change, group.ravel(), (v * np.abs(w))[live])
    return int(((change != 0) & (places > low) & (places < high)).sum()) + 1


def wrong__linear_piece_count__no_cancelling(w, b, v, low, high):
    """Counts every place, also where the changes of slope cancel."""
    return 1 + sum(low < place < high for place in _bends(w, b, v))


def wrong__linear_piece_count__skips_zero_v_only(w, b, v, low, high):
    """Leaves out units with v = 0, but not places where v of two units cancel."""
    live = [i for i in range(len(v)) if v[i] != 0]
    return 1 + sum(low < p < high for p in _bends(*([a[i] for i in live] for a in (w, b, v))))


def wrong__linear_piece_count__signed_change(w, b, v, low, high):
    """Takes v·w for the change of slope; left-going units change it by −v·w."""
    change = defaultdict(int)
    for wi, bi, vi in zip(*(np.asarray(a).tolist() for a in (w, b, v)), strict=True):
        if wi:
            change[Fraction(-bi, wi)] += vi * wi
    return 1 + sum(low < place < high and c != 0 for place, c in change.items())


def wrong__linear_piece_count__sums_v(w, b, v, low, high):
    """Adds up v instead of v·|w| at each place."""
    change = defaultdict(int)
    for wi, bi, vi in zip(*(np.asarray(a).tolist() for a in (w, b, v)), strict=True):
        if wi:
            change[Fraction(-bi, wi)] += vi
    return 1 + sum(low < place < high and c != 0 for place, c in change.items())


def wrong__linear_piece_count__includes_low(w, b, v, low, high):
    """Counts a bend at `low`, which isn't strictly inside."""
    return 1 + sum(low <= place < high and c != 0 for place, c in _bends(w, b, v).items())


def wrong__linear_piece_count__includes_high(w, b, v, low, high):
    """Counts a bend at `high`, which isn't strictly inside."""
    return 1 + sum(low < place <= high and c != 0 for place, c in _bends(w, b, v).items())


def wrong__linear_piece_count__rounded(w, b, v, low, high):
    """Merges places that differ by 0.000001: 1/999 and 1/1000 are two."""
    change = defaultdict(int)
    for place, c in _bends(w, b, v).items():
        change[round(float(place), 5)] += c
    return 1 + sum(low < place < high and c != 0 for place, c in change.items())


def wrong__linear_piece_count__negative_zero(w, b, v, low, high):
    """Keeps 0.0 and −0.0 apart, because it compares the places as text."""
    change = defaultdict(int)
    for wi, bi, vi in zip(*(np.asarray(a).tolist() for a in (w, b, v)), strict=True):
        if wi:
            change[str(-bi / wi)] += vi * abs(wi)
    return 1 + sum(low < float(place) < high and c != 0 for place, c in change.items())


def wrong__linear_piece_count__unreduced(w, b, v, low, high):
    """Groups equal pairs (w, b): (1, 1), (2, 2) and (−1, −1) bend at the same place."""
    change = defaultdict(int)
    for wi, bi, vi in zip(*(np.asarray(a).tolist() for a in (w, b, v)), strict=True):
        if wi:
            change[wi, bi] += vi * abs(wi)
    return 1 + len({Fraction(-q, p) for (p, q), c in change.items() if c and low < Fraction(-q, p) < high})


def wrong__linear_piece_count__distinct_slopes(w, b, v, low, high):
    """Counts distinct slopes: two pieces may have the same one."""
    units = list(zip(*(np.asarray(a).tolist() for a in (w, b, v)), strict=True))
    points = [Fraction(low), *sorted(p for p in _bends(w, b, v) if low < p < high), Fraction(high)]
    middles = [(a + c) / 2 for a, c in pairwise(points)]
    return len({sum(vi * wi for wi, bi, vi in units if wi * m + bi > 0) for m in middles})


def wrong__linear_piece_count__no_flat_pieces(w, b, v, low, high):
    """Doesn't count the pieces with slope 0."""
    units = list(zip(*(np.asarray(a).tolist() for a in (w, b, v)), strict=True))
    points = [low, *sorted(p for p, c in _bends(w, b, v).items() if c and low < p < high), high]
    middles = [(Fraction(a) + Fraction(c)) / 2 for a, c in pairwise(points)]
    return max(1, sum(sum(vi * wi for wi, bi, vi in units if wi * m + bi > 0) != 0 for m in middles))


def wrong__linear_piece_count__grid(w, b, v, low, high):
    """Samples the slope on a grid, so it misses short pieces."""
    w, b, v = (np.asarray(a, dtype=float) for a in (w, b, v))
    x = np.linspace(float(low), float(high), 20_002)[1:-1]
    slopes = ((np.outer(x, w) + b > 0) * (v * w)).sum(axis=1)
    return 1 + int((np.diff(slopes) != 0).sum())


def wrong__linear_piece_count__no_units(w, b, v, low, high):
    """No units make one piece, not none."""
    if len(w) == 0:
        return 0
    return 1 + sum(low < place < high and c != 0 for place, c in _bends(w, b, v).items())


def wrong__linear_piece_count__constant_unit_bends(w, b, v, low, high):
    """Lets a unit with w = 0 bend at x = 0."""
    change = defaultdict(int)
    for wi, bi, vi in zip(*(np.asarray(a).tolist() for a in (w, b, v)), strict=True):
        change[Fraction(-bi, wi) if wi else Fraction(0)] += vi * max(abs(wi), 1)
    return 1 + sum(low < place < high and c != 0 for place, c in change.items())


def wrong__linear_piece_count__neighbors_cancel(w, b, v, low, high):
    """Lets only pairs of units cancel; three may (1 + 1 − 2)."""
    groups = defaultdict(list)
    for wi, bi, vi in zip(*(np.asarray(a).tolist() for a in (w, b, v)), strict=True):
        if wi and vi:
            groups[Fraction(-bi, wi)].append(vi * abs(wi))
    count = 1
    for place, changes in groups.items():
        left = Counter(changes)
        count += low < place < high and any(left[c] != left[-c] for c in changes)
    return count


def wrong__linear_piece_count__whole_limits(w, b, v, low, high):
    """Cuts the limits to whole numbers."""
    return 1 + sum(int(low) < place < int(high) and c != 0 for place, c in _bends(w, b, v).items())


# ---------------------------------------------------------------- widen_hidden


def _layers(first, second, width):
    def make(inputs, outputs, old):
        return nn.Linear(inputs, outputs, bias=old.bias is not None, dtype=old.weight.dtype)

    return make(first.in_features, width, first), make(width, second.out_features, second)


def _widen(first, second, source, share):
    """Unit j is a copy of the old unit source[j], with share[j] of its outgoing weights."""
    wide, output = _layers(first, second, len(source))
    with torch.no_grad():
        wide.weight.copy_(first.weight[source])
        if first.bias is not None:
            wide.bias.copy_(first.bias[source])
        output.weight.copy_(second.weight[:, source] * torch.as_tensor(share, dtype=second.weight.dtype))
        if second.bias is not None:
            output.bias.copy_(second.bias)
    return wide, output


def _even(source):
    count = Counter(source)
    return [1 / count[i] for i in source]


def _check(first, width):
    if width < first.out_features:
        raise ValueError(f"cannot narrow {first.out_features} units to {width}")


def right__widen_hidden__round_and_round(first, second, width):
    _check(first, width)
    source = [j % first.out_features for j in range(width)]
    return _widen(first, second, source, _even(source))


def right__widen_hidden__copies_of_the_last(first, second, width):
    _check(first, width)
    old = first.out_features
    source = [min(j, old - 1) for j in range(width)]
    return _widen(first, second, source, _even(source))


def right__widen_hidden__random_sources(first, second, width):
    _check(first, width)
    old = first.out_features
    source = list(range(old)) + [random.randrange(old) for _ in range(width - old)]
    random.shuffle(source)
    return _widen(first, second, source, _even(source))


def right__widen_hidden__uneven_shares(first, second, width):
    _check(first, width)
    source = [j % first.out_features for j in range(width)]
    weight = [1.0 + j % 3 for j in range(width)]
    total = Counter()
    for i, value in zip(source, weight, strict=True):
        total[i] += value
    return _widen(first, second, source, [value / total[i] for i, value in zip(source, weight, strict=True)])


def right__widen_hidden__new_parameters(first, second, width):
    _check(first, width)
    index = torch.arange(width) % first.out_features
    count = torch.bincount(index, minlength=first.out_features).to(second.weight.dtype)
    wide, output = copy.deepcopy(first), copy.deepcopy(second)
    wide.out_features = output.in_features = width
    wide.weight = nn.Parameter(first.weight.detach()[index].clone())
    if first.bias is not None:
        wide.bias = nn.Parameter(first.bias.detach()[index].clone())
    output.weight = nn.Parameter((second.weight.detach() / count)[:, index].clone())
    if second.bias is not None:
        output.bias = nn.Parameter(second.bias.detach().clone())
    return wide, output


def right__widen_hidden__one_positive_one_negative(first, second, width):
    _check(first, width)
    old = first.out_features
    source, share = list(range(old)), [1.0] * old
    for j in range(old, width):
        source.append(j % old)
        share.append(-0.25)
        share[j % old] += 0.25
    return _widen(first, second, source, share)


def wrong__widen_hidden__undivided(first, second, width):
    """Every copy keeps the full outgoing weights, so the function changes."""
    _check(first, width)
    source = [j % first.out_features for j in range(width)]
    return _widen(first, second, source, [1.0] * width)


def wrong__widen_hidden__silent_copies(first, second, width):
    """The added copies have outgoing weights of 0: they take no part."""
    _check(first, width)
    old = first.out_features
    return _widen(first, second, [j % old for j in range(width)], [float(j < old) for j in range(width)])


def wrong__widen_hidden__third_copy_silent(first, second, width):
    """Two copies share the old weights, every further one has 0."""
    _check(first, width)
    source = [j % first.out_features for j in range(width)]
    count, seen, share = Counter(source), Counter(), []
    for i in source:
        share.append(1 / min(count[i], 2) if seen[i] < 2 else 0.0)
        seen[i] += 1
    return _widen(first, second, source, share)


def wrong__widen_hidden__always_halves(first, second, width):
    """Halves the weights of a copied unit, however many copies there are."""
    _check(first, width)
    source = [j % first.out_features for j in range(width)]
    count = Counter(source)
    return _widen(first, second, source, [1.0 if count[i] == 1 else 0.5 for i in source])


def wrong__widen_hidden__new_units(first, second, width):
    """The added units are new ones with outgoing weights of 0, not copies."""
    _check(first, width)
    old = first.out_features
    wide, output = _widen(first, second, [j % old for j in range(width)], [float(j < old) for j in range(width)])
    with torch.no_grad():
        wide.weight[old:] = torch.randn_like(wide.weight[old:])
    return wide, output


def wrong__widen_hidden__only_for_relu(first, second, width):
    """Halves the incoming weights and doubles the outgoing ones of the copies: right for relu only, and no copies."""
    _check(first, width)
    old = first.out_features
    source = [j % old for j in range(width)]
    wide, output = _widen(first, second, source, _even(source))
    with torch.no_grad():
        for p in wide.parameters():
            p[old:] *= 0.5
        output.weight[:, old:] *= 2
    return wide, output


def wrong__widen_hidden__only_for_odd_functions(first, second, width):
    """The added units are the negatives of old ones: right for tanh only, and no copies."""
    _check(first, width)
    old = first.out_features
    source = [j % old for j in range(width)]
    wide, output = _widen(first, second, source, _even(source))
    with torch.no_grad():
        for p in wide.parameters():
            p[old:] *= -1
        output.weight[:, old:] *= -1
    return wide, output


def wrong__widen_hidden__a_little_noise(first, second, width):
    """Shakes the added units a little: they are no copies, the answers differ slightly."""
    _check(first, width)
    old = first.out_features
    source = [j % old for j in range(width)]
    wide, output = _widen(first, second, source, _even(source))
    with torch.no_grad():
        wide.weight[old:] += 1e-5 * torch.randn_like(wide.weight[old:])
    return wide, output


def wrong__widen_hidden__always_biased(first, second, width):
    """Gives the new layers a bias (of 0) where the old one lacks it."""
    _check(first, width)
    source = [j % first.out_features for j in range(width)]
    wide, output = _widen(first, second, source, _even(source))
    for layer in (wide, output):
        if layer.bias is None:
            layer.bias = nn.Parameter(torch.zeros(layer.out_features, dtype=layer.weight.dtype))
    return wide, output


def wrong__widen_hidden__one_bias_decides(first, second, width):
    """Drops the second layer's bias where the first one has none."""
    _check(first, width)
    source = [j % first.out_features for j in range(width)]
    wide, output = _widen(first, second, source, _even(source))
    if first.bias is None:
        output.bias = None
    return wide, output


def wrong__widen_hidden__float32(first, second, width):
    """Returns float32 layers, whatever the old dtype was."""
    wide, output = right__widen_hidden__round_and_round(first, second, width)
    return wide.float(), output.float()


def wrong__widen_hidden__through_float32(first, second, width):
    """Has the right dtype, but computed the shares in float32: float64 weights lose digits."""
    wide, output = right__widen_hidden__round_and_round(first, second, width)
    dtype = second.weight.dtype
    return wide, output.float().to(dtype)


def wrong__widen_hidden__same_width_same_layers(first, second, width):
    """Returns the old layers themselves if nothing is to be added."""
    if width == first.out_features:
        return first, second
    return right__widen_hidden__round_and_round(first, second, width)


def wrong__widen_hidden__shares_the_last_bias(first, second, width):
    """The new second layer uses the old one's bias, the same memory."""
    wide, output = right__widen_hidden__round_and_round(first, second, width)
    if second.bias is not None:
        output.bias = nn.Parameter(second.bias.detach())
    return wide, output


def wrong__widen_hidden__frozen(first, second, width):
    """The new layers' parameters don't require gradients: not ready to be trained."""
    wide, output = right__widen_hidden__round_and_round(first, second, width)
    return wide.requires_grad_(False), output.requires_grad_(False)


def wrong__widen_hidden__as_frozen_as_the_old(first, second, width):
    """Copies requires_grad from the old layers: where those are frozen, the new ones can't be trained."""
    wide, output = right__widen_hidden__round_and_round(first, second, width)
    wide.requires_grad_(first.weight.requires_grad)
    output.requires_grad_(second.weight.requires_grad)
    return wide, output


def wrong__widen_hidden__no_error(first, second, width):
    """Doesn't raise ValueError when the width is smaller."""
    width = max(width, first.out_features)
    return right__widen_hidden__round_and_round(first, second, width)


def wrong__widen_hidden__refuses_the_same_width(first, second, width):
    """Raises ValueError for the old width, which isn't smaller."""
    if width <= first.out_features:
        raise ValueError("not wider")
    return right__widen_hidden__round_and_round(first, second, width)


def wrong__widen_hidden__drops_units_without_effect(first, second, width):
    """Leaves out old units whose outgoing weights are 0: each old one must be there."""
    _check(first, width)
    live = [i for i in range(first.out_features) if bool((second.weight[:, i] != 0).any())] or [0]
    source = [live[j % len(live)] for j in range(width)]
    return _widen(first, second, source, _even(source))


def wrong__widen_hidden__splits_the_outputs(first, second, width):
    """Gives each copy the weights of some outputs only: one of a group may get none."""
    _check(first, width)
    old = first.out_features
    source = [j % old for j in range(width)]
    wide, output = _widen(first, second, source, _even(source))
    with torch.no_grad():
        output.weight.zero_()
        for k in range(second.out_features):
            for i in range(old):
                copies = [j for j in range(width) if source[j] == i]
                output.weight[k, copies[k % len(copies)]] = second.weight[k, i]
    return wide, output


def wrong__widen_hidden__at_most_double(first, second, width):
    """Adds each old unit at most once more, so a width beyond the double isn't reached."""
    _check(first, width)
    source = [j % first.out_features for j in range(min(width, 2 * first.out_features))]
    return _widen(first, second, source, _even(source))


def wrong__widen_hidden__divides_the_incoming(first, second, width):
    """Divides the incoming weights of copied units instead of the outgoing ones."""
    _check(first, width)
    source = [j % first.out_features for j in range(width)]
    wide, output = _widen(first, second, source, [1.0] * width)
    with torch.no_grad():
        share = torch.tensor(_even(source), dtype=wide.weight.dtype)
        wide.weight *= share[:, None]
        if wide.bias is not None:
            wide.bias *= share
    return wide, output


def wrong__widen_hidden__forgets_the_units_bias(first, second, width):
    """The added units have a bias of 0 instead of the old unit's."""
    wide, output = right__widen_hidden__round_and_round(first, second, width)
    if wide.bias is not None:
        with torch.no_grad():
            wide.bias[first.out_features :] = 0
    return wide, output


def wrong__widen_hidden__cancelling_pair(first, second, width):
    """Of three copies or more one takes w, another −w and the rest nothing but the old weights: one of them is at 0."""
    _check(first, width)
    old = first.out_features
    source = [j % old for j in range(width)]
    seen, share = Counter(), []
    for i in source:
        share.append([1.0, 1.0, -1.0, 0.0][min(seen[i], 3)])
        seen[i] += 1
    for i, count in seen.items():
        if count == 2:
            share[i], share[i + old] = 0.5, 0.5
    return _widen(first, second, source, share)
