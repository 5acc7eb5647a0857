"""Checks, hints and known mistakes of 03_deep_learning/03_training_that_works."""

import copy
import math

import numpy as np
import torch
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import cross_entropy

from handrail.expect import (
    agree,
    between,
    call,
    equivalent,
    hints,
    kind,
    numbers,
    require,
    slow,
    told_by_message,
)
from handrail.kit.pictures import digits
from handrail.kit.training import accuracy, fit

# 1. baseline_losses


def example_by_example(counts):
    """List the label of every example, and average minus the logarithm of what each classifier gives it."""
    labels = [label for label, count in enumerate(counts) for _ in range(count)]
    uniform = math.fsum(-math.log(1 / len(counts)) for _ in labels) / len(labels)
    return uniform, math.fsum(-math.log(labels.count(label) / len(labels)) for label in labels) / len(labels)


@hints(
    "Cross-entropy of one example: minus the logarithm of the probability that its true class got. What does each "
    "of the two classifiers give it?",
    "The first gives 1/K to every example. The second gives p to an example of a class with share p, and a share p of "
    "the examples are of that class. Average.",
    "The natural logarithm; `len(counts)` classes, the empty ones too; and in the second sum a class without examples "
    "has no term.",
)
def check_baseline_losses(baseline_losses):
    also = [call([900, 100, 0]), call([1, 1]), call([5]), call([0, 3]), call([3, 0, 0, 1]), call([1, 2, 3, 4])]
    some = st.lists(between(0, 12), min_size=1, max_size=6).filter(any)
    agree(baseline_losses, example_by_example, on=(some,), also=also, examples=40)
    for big in ([9 * 10**12, 10**12, 0], [999_999, 1]):  # many examples; a share of a millionth
        agree(baseline_losses, lambda counts: (math.log(len(counts)), _entropy(counts)), on=(st.just(big),), examples=1)


def _entropy(counts, log=math.log):
    total = sum(counts)
    return -sum(count / total * log(count / total) for count in counts if count)


def baseline_losses__bits(counts):
    """You took logarithms to base 2, which gives bits. Torch's loss is in nats: the natural logarithm."""
    return math.log2(len(counts)), _entropy(counts, math.log2)


def baseline_losses__nan(counts):
    """The second number became nan: 0 · ln 0 isn't a number for NumPy. A class without examples adds 0."""
    with np.errstate(all="ignore"):
        shares = np.array(counts) / sum(counts)
        return math.log(len(counts)), float(-(shares * np.log(shares)).sum())


def baseline_losses__majority(counts):
    """Your second number is minus the logarithm of the largest share: what the examples of the most frequent class
    pay. Average over *all* examples."""
    return math.log(len(counts)), math.log(sum(counts) / max(counts))


def baseline_losses__present_only(counts):
    """Your first classifier knows which classes are empty. It gives every class of the list the same probability, so
    the empty ones count."""
    return math.log(sum(count > 0 for count in counts)), _entropy(counts)


def baseline_losses__unweighted(counts):
    """You averaged over the classes, one term each. Average over the examples: a frequent class counts more."""
    total, present = sum(counts), [count for count in counts if count]
    return math.log(len(counts)), -sum(math.log(count / total) for count in present) / len(present)


def baseline_losses__swapped(counts):
    """The two numbers are exchanged: equal probabilities first, then the shares."""
    return _entropy(counts), math.log(len(counts))


def baseline_losses__total(counts):
    """You added the losses of all examples up. Cross-entropy is reported per example."""
    return sum(counts) * math.log(len(counts)), sum(counts) * _entropy(counts)


# 2. warmup_cosine_rate


def by_sine(step, total, warmup, peak, floor):
    """Add up equal amounts, then use half the angle: (1 + cos 2a) / 2 is sin² of what is left."""
    if step <= warmup:
        return math.fsum([peak / (warmup + 1)] * (step + 1))
    left = max(total - step, 0) / (total - warmup)
    return floor + (peak - floor) * math.sin(math.pi / 2 * left) ** 2


@st.composite
def schedules(draw):
    total = draw(between(1, 12))
    warmup, step = draw(between(0, total - 1)), draw(between(0, total + 6))
    floor = draw(numbers(0, 2))
    return call(step, total, warmup, floor + draw(numbers(0, 3)), floor)


@hints(
    "Write down the rates of the first steps for warmup = 4 and peak = 1, with equal differences: step 4 has 1, and "
    "step 0 isn't 0. What is the difference?",
    "During the warm-up it is peak · (step + 1) / (warmup + 1). After it, compute which share of the *remaining* "
    "steps, total − warmup, is done.",
    "With that share s from 0 to 1, (1 + cos πs) / 2 falls from 1 to 0. Stretch that between `peak` and `floor`, and "
    "keep s from passing 1.",
)
@equivalent("step < warmup", "step <= warmup", because="both pieces give `peak` at step `warmup`")
def check_warmup_cosine_rate(warmup_cosine_rate):
    also = [call(step, 8, 4, 1.0, 0.25) for step in (0, 1, 3, 4, 5, 6, 7, 8, 9, 12, 13, 16)]
    also += [call(step, 4, 0, 2.0, 0.0) for step in (0, 1, 3, 4, 5)]
    also += [call(0, 1, 0, 1.0, 0.5), call(500, 10_000, 1000, 3e-3, 1e-5), call(9000, 10_000, 1000, 3e-3, 1e-5)]
    agree(warmup_cosine_rate, by_sine, on=schedules(), also=also, examples=80)


def _cooled(done, peak, floor):
    return floor + (peak - floor) * (1 + math.cos(math.pi * min(done, 1.0))) / 2


def warmup_cosine_rate__jumps(step, total, warmup, peak, floor):
    """The rate jumps at the end of the warm-up: your cosine runs over all `total` steps. It begins at `warmup`, at the
    peak, and has total − warmup steps."""
    return peak * (step + 1) / (warmup + 1) if step < warmup else _cooled(step / total, peak, floor)


def warmup_cosine_rate__wastes_first(step, total, warmup, peak, floor):
    """Step 0 has the rate 0, so the first batch is computed and thrown away. Step 0 gets the first of warmup + 1 equal
    amounts."""
    return peak * step / warmup if step < warmup else _cooled((step - warmup) / (total - warmup), peak, floor)


def warmup_cosine_rate__early_peak(step, total, warmup, peak, floor):
    """You reach the peak one step too early: steps 0 to `warmup` are warmup + 1 steps."""
    return peak * (step + 1) / warmup if step < warmup else _cooled((step - warmup) / (total - warmup), peak, floor)


def warmup_cosine_rate__ignores_floor(step, total, warmup, peak, floor):
    """Your cosine falls to 0; `floor` has no influence. Stretch it between `peak` and `floor`."""
    return warmup_cosine_rate__clipped(step, total, warmup, peak, 0.0)


def warmup_cosine_rate__clipped(step, total, warmup, peak, floor):
    """You let the cosine fall to 0 and cut it off at `floor`. It then lies on the floor long before `total`; stretch it
    between `peak` and `floor`."""
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    return max(_cooled((step - warmup) / (total - warmup), peak, 0.0), floor)


def warmup_cosine_rate__adds_floor(step, total, warmup, peak, floor):
    """You added `floor` to a cosine that starts at `peak`, so the rate jumps to peak + floor. The cosine spans
    peak − floor."""
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    return floor + _cooled((step - warmup) / (total - warmup), peak, 0.0)


def warmup_cosine_rate__rises_again(step, total, warmup, peak, floor):
    """After `total` your rate rises again, up the next half of the cosine. Runs get prolonged; stay at `floor`."""
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    return floor + (peak - floor) * (1 + math.cos(math.pi * (step - warmup) / (total - warmup))) / 2


def warmup_cosine_rate__quarter(step, total, warmup, peak, floor):
    """That is a quarter of a period, cos from 0 to π/2: it falls slowly and ends in a kink. Half a period, from 0 to π,
    is flat at both ends."""
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    return floor + (peak - floor) * math.cos(math.pi / 2 * min((step - warmup) / (total - warmup), 1.0))


def warmup_cosine_rate__linear(step, total, warmup, peak, floor):
    """The rate falls along a straight line. Use half a period of a cosine."""
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    return peak + (floor - peak) * min((step - warmup) / (total - warmup), 1.0)


def warmup_cosine_rate__from_floor(step, total, warmup, peak, floor):
    """Your warm-up starts from `floor`. It rises in equal amounts of peak / (warmup + 1), the first of them at step
    0."""
    if step < warmup:
        return floor + (peak - floor) * (step + 1) / (warmup + 1)
    return _cooled((step - warmup) / (total - warmup), peak, floor)


# 3. lion_step


def entry_by_entry(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """Take the step for each number alone, in NumPy and float64."""
    w, g, m = (one.detach().numpy().astype(np.float64) for one in (parameter, gradient, momentum))
    mixed = beta1 * m + (1 - beta1) * g
    direction = (mixed > 0).astype(float) - (mixed < 0)
    new_w, new_m = w * (1 - lr * decay) - lr * direction, m * beta2 + g * (1 - beta2)
    return tuple(torch.tensor(one, dtype=parameter.dtype) for one in (new_w, new_m))


@st.composite
def lion_steps(draw):
    shape = draw(st.sampled_from([(), (1,), (3,), (4,), (2, 3), (2, 1, 2)]))
    dtype = draw(st.sampled_from([torch.float32, torch.float32, torch.float64]))
    generator = torch.Generator().manual_seed(draw(between(0, 60)))
    tensors = [(torch.randint(-8, 9, shape, generator=generator) / 4).to(dtype) for _ in range(3)]
    beta = st.sampled_from([0.0, 0.25, 0.5, 0.75, 0.875, 1.0])  # exact in binary, so that a sum of 0 is 0
    decay = draw(st.sampled_from([0.0, 0.5, 1.0, 2.0]))
    lr = draw(st.sampled_from([0.0, 0.125, 0.5, 1.0]))
    return call(*tensors, lr=lr, beta1=draw(beta), beta2=draw(beta), decay=decay)


@hints(
    "Translate the three lines one by one. Which m stands on the right of each: the one that you were given, or "
    "the new one?",
    "The direction mixes with β₁, the new momentum with β₂, both from the old momentum. `torch.sign` is elementwise "
    "and gives 0 for 0.",
    "The decay multiplies the weight and isn't inside the sign; lr multiplies the sum of direction and decayed weight.",
)
def check_lion_step(lion_step):
    numbers_of = [torch.tensor(values) for values in ([1.0, -2.0, 0.0, 4.0], [4.0, -1.0, 0.0, 2.0], [-1.0, 3.0, 0, -2])]
    also = [call(*numbers_of, lr=0.125, beta1=0.5, beta2=0.75, decay=decay) for decay in (0.0, 0.5)]
    also += [call(*numbers_of, lr=0.01, beta1=0.9, beta2=0.99, decay=0.1)]
    large = [torch.tensor([1.0, 1.0]), torch.tensor([1e-12, -1e6]), torch.zeros(2)]
    also += [call(*large, lr=0.25, beta1=0.5, beta2=0.5, decay=0.0)]
    also += [call(*numbers_of[:2], torch.zeros(4), lr=0.125, beta1=0.5, beta2=0.75, decay=0.5)]
    agree(lion_step, entry_by_entry, on=lion_steps(), also=also, examples=60, exact_dtype=True)
    tilted = [(torch.arange(6.0) * factor - 2).reshape(2, 3).T for factor in (1, -1, 2)]
    agree(
        lion_step,
        entry_by_entry,
        on=st.just(call(*tilted, lr=0.125, beta1=0.5, beta2=0.75, decay=0.5)),
        examples=1,
        why="These tensors are transposed, so their numbers don't lie in memory in order.",
    )


def lion_step__sign_of_memory(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """You took the sign of the *new* momentum. The direction mixes with beta1, the memory with beta2."""
    memory = beta2 * momentum + (1 - beta2) * gradient
    return parameter - lr * (memory.sign() + decay * parameter), memory


def lion_step__mixes_twice(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """You updated the momentum first and then mixed it with the gradient again. Both mixtures use the old momentum."""
    memory = beta2 * momentum + (1 - beta2) * gradient
    direction = (beta1 * memory + (1 - beta1) * gradient).sign()
    return parameter - lr * (direction + decay * parameter), memory


def lion_step__remembers_mixture(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """Your new momentum is made from the mixture of the direction, not from the old momentum."""
    mixed = beta1 * momentum + (1 - beta1) * gradient
    return parameter - lr * (mixed.sign() + decay * parameter), beta2 * mixed + (1 - beta2) * gradient


def lion_step__coupled_decay(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """You added the decay to the gradient. Lion's decay is decoupled: it shrinks the weight itself, outside the sign
    and outside the memory."""
    gradient = gradient + decay * parameter
    direction = (beta1 * momentum + (1 - beta1) * gradient).sign()
    return parameter - lr * direction, beta2 * momentum + (1 - beta2) * gradient


def lion_step__one_beta(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """You used beta1 for the memory, too. It has its own, beta2."""
    memory = beta1 * momentum + (1 - beta1) * gradient
    return parameter - lr * (memory.sign() + decay * parameter), memory


def lion_step__exchanged_betas(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """beta1 and beta2 are exchanged: beta1 belongs to the direction, beta2 to the memory."""
    direction = (beta2 * momentum + (1 - beta2) * gradient).sign()
    return parameter - lr * (direction + decay * parameter), beta1 * momentum + (1 - beta1) * gradient


def lion_step__no_sign(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """The sign is missing: your step grows with the gradient, as in SGD with momentum. Lion moves each weight by lr."""
    mixed = beta1 * momentum + (1 - beta1) * gradient
    return parameter - lr * (mixed + decay * parameter), beta2 * momentum + (1 - beta2) * gradient


def lion_step__decay_without_rate(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """Your decay isn't multiplied by the learning rate. In the formula, lr stands before the whole bracket."""
    direction = (beta1 * momentum + (1 - beta1) * gradient).sign()
    return parameter * (1 - decay) - lr * direction, beta2 * momentum + (1 - beta2) * gradient


def lion_step__decays_after(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """You decayed the weight after the step. In the formula the w in the bracket is the old one."""
    stepped = parameter - lr * (beta1 * momentum + (1 - beta1) * gradient).sign()
    return stepped * (1 - lr * decay), beta2 * momentum + (1 - beta2) * gradient


def lion_step__ascends(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """You walk uphill: the step is subtracted from the weight."""
    direction = (beta1 * momentum + (1 - beta1) * gradient).sign()
    return parameter + lr * (direction - decay * parameter), beta2 * momentum + (1 - beta2) * gradient


def lion_step__zero_goes_up(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """Where the mixture is 0, you move the weight. The sign of 0 is 0."""
    mixed = beta1 * momentum + (1 - beta1) * gradient
    direction = torch.where(mixed >= 0, 1.0, -1.0).to(parameter.dtype)
    return parameter - lr * (direction + decay * parameter), beta2 * momentum + (1 - beta2) * gradient


# 4. diagnose_run

# 81 runs made for this exercise on scikit-learn's digits: 2, 4, 10 or 20 classes (digits, and their negatives), two to
# four layers, SGD or Adam, each with one cause planted; pictures with noise where it says overfitting, and in three of
# the healthy runs. Seeds were drawn until the symptoms were clear. Two of the runs whose outputs are too large take
# steps larger than the weights, and two (trained on 200 digits) have a gap; with fresh weights of the usual size, the
# same settings are healthy. Cause | classes | losses: before the first step, first and last epoch | gradients | updates
# | accuracies.
RUNS = """
healthy | 20 | 2.98 1.49 0.0917 | 0.314 0.284 0.817 | 0.0158 0.0149 0.0548 | 0.967 | 0.954
outputs too large | 2 | 2.01 1.78 2.92e-5 | 9.73 11.6 10.9 3.25 | 0.0435 0.0512 0.0478 0.0205 | 1 | 0.989
outputs too large | 10 | 28.3 52.9 2.3 | 157 0.893 | 3.41 0.000251 | 0.102 | 0.102
outputs too large | 10 | 14.1 13.2 0.964 | 6.83 6.97 | 0.00113 0.0013 | 0.76 | 0.558
outputs too large | 4 | 19.4 719 1.39 | 86.1 94.5 0.675 | 1.87 2.05 0.000287 | 0.254 | 0.254
outputs too large | 10 | 68.3 61.2 1.05 | 29.5 29.5 30.3 | 0.00114 0.00117 0.00115 | 0.845 | 0.624
healthy | 2 | 0.68 0.542 3.54e-5 | 0.289 0.247 0.779 | 0.00128 0.00109 0.0632 | 1 | 1
labels wrong | 2 | 0.693 0.697 0.00105 | 0.131 0.123 0.215 | 0.000569 0.000551 0.0169 | 1 | 0.497
overfitting | 2 | 0.714 0.714 3.66e-7 | 0.255 0.255 0.294 0.79 | 0.0167 0.0158 0.015 0.0498 | 1 | 0.832
rate too high | 2 | 0.764 122 0.0163 | 0.242 0.622 | 4.46 18.3 | 0.994 | 1
layer not in the optimizer | 20 | 3.02 1.53 0.172 | 0.316 0.307 0.875 | 0 0.00134 0.0231 | 0.947 | 0.917
layer not in the optimizer | 4 | 1.38 1.33 0.517 | 0.329 0.807 | 0.00147 0 | 0.972 | 0.98
layer without gradient | 20 | 3.07 2.38 0.573 | 0 1.02 | 0 0.0548 | 0.914 | 0.901
layer without gradient | 4 | 1.39 1.39 1.39 | 0 0 0 0 | 0 0 0 0 | 0.275 | 0.229
rate too low | 20 | 3.02 3.02 2.94 | 0.437 1.17 | 1.13e-6 1.83e-5 | 0.0564 | 0.0533
rate too low | 4 | 1.44 1.44 1.44 | 0.227 0.709 | 2.02e-7 8.69e-6 | 0.213 | 0.307
labels wrong | 20 | 2.99 2.95 0.000309 | 0.249 0.238 0.239 0.934 | 0.00111 0.00107 0.00107 0.0247 | 1 | 0.0456
rate too high | 4 | 1.43 47.7 1.5 | 0.23 0.222 0.72 | 0.0405 0.0394 1.73 | 0.247 | 0.258
healthy | 20 | 2.98 2.71 0.0979 | 0.314 0.284 0.817 | 8.26e-5 7.51e-5 0.00129 | 0.98 | 0.967
healthy | 4 | 1.46 1.38 0.946 | 0.348 1.4 | 0.000308 0.0183 | 0.76 | 0.782
outputs too large | 20 | 8.67 1.6 0.0806 | 17.5 16.9 1.39 | 0.0159 0.0149 0.00179 | 0.989 | 0.959
labels wrong | 4 | 1.42 1.4 1.29 | 0.175 0.211 0.607 | 0.0136 0.0136 0.0491 | 0.464 | 0.152
healthy | 10 | 2.33 2.22 1.66 | 0.316 1.15 | 0.00559 0.0184 | 0.653 | 0.613
outputs too large | 2 | 8.52 1.78 9.15e-6 | 75.7 79.8 2.48 | 0.012 0.0128 0.000568 | 1 | 0.994
layer without gradient | 2 | 0.693 0.694 0.693 | 0 0 0 | 0 0 0 | 0.514 | 0.506
rate too high | 20 | 3 8.73e4 4.26 | 0.341 0.289 0.822 | 50.4 52.2 188 | 0.0486 | 0.0478
labels wrong | 20 | 3.02 3.02 2.94 | 0.262 0.239 0.731 | 0.00113 0.00106 0.0196 | 0.102 | 0.00333
overfitting | 20 | 3.05 3.03 0.000676 | 0.28 0.344 1.25 | 0.0167 0.0153 0.0552 | 1 | 0.303
healthy | 4 | 1.43 1.22 0.0192 | 0.23 0.222 0.72 | 0.013 0.0129 0.0509 | 1 | 0.986
layer without gradient | 2 | 0.693 0.693 0.694 | 0 0 0 | 0 0 0 | 0.514 | 0.466
layer not in the optimizer | 4 | 1.42 1.36 0.122 | 0.241 0.22 0.174 0.596 | 0.00107 0.000958 0.000769 0 | 0.98 | 0.964
rate too high | 20 | 3.05 194 3.54 | 0.458 1.42 | 15.9 54.1 | 0.0497 | 0.05
rate too low | 2 | 0.628 0.625 0.627 | 0.253 0.709 | 1.38e-6 5.23e-6 | 0.678 | 0.607
overfitting | 20 | 2.94 2.9 0.000233 | 0.315 0.329 0.356 1.35 | 0.0166 0.0147 0.0141 0.0532 | 1 | 0.271
healthy | 20 | 3.08 1.34 0.0801 | 0.381 1.09 | 0.00169 0.0292 | 0.987 | 0.972
outputs too large | 10 | 8.2 1.73 0.0236 | 16.8 19 2.18 | 0.0141 0.0141 0.00173 | 0.996 | 0.944
layer without gradient | 20 | 3.04 2.02 0.579 | 0 0 0 0.753 | 0 0 0 0.0194 | 0.852 | 0.847
rate too high | 2 | 0.678 1.25e6 9.77 | 0.255 0.209 0.528 | 41.7 39.4 145 | 0.477 | 0.534
rate too low | 10 | 2.32 2.31 2.31 | 0.233 0.218 0.677 | 1.43e-6 1.42e-6 5.3e-6 | 0.102 | 0.1
labels wrong | 10 | 2.33 2.31 2.25 | 0.201 0.204 0.667 | 0.000891 0.00091 0.0252 | 0.195 | 0.0356
healthy | 20 | 3.01 1.24 0.107 | 0.406 1.5 | 0.0018 0.04 | 0.988 | 0.966
outputs too large | 4 | 4.89 1.8 0.0182 | 15.7 1.91 | 0.0142 0.0018 | 0.997 | 0.947
layer not in the optimizer | 20 | 3.06 2.65 0.937 | 0.435 1.49 | 0.00194 0 | 0.892 | 0.893
rate too low | 4 | 1.39 1.39 1.39 | 0.237 0.204 0.512 | 2.08e-7 1.81e-7 6.22e-6 | 0.156 | 0.169
labels wrong | 4 | 1.37 1.38 0.0111 | 0.143 0.389 | 0.000633 0.0218 | 1 | 0.188
overfitting | 2 | 0.695 0.689 0.000391 | 0.249 0.738 | 0.0167 0.0637 | 1 | 0.847
healthy | 10 | 2.35 1.43 0.0603 | 0.25 0.261 0.255 0.851 | 0.0135 0.0141 0.0135 0.0504 | 0.99 | 0.971
outputs too large | 10 | 8.46 1.52 0.0318 | 14.5 2.61 | 0.0641 0.00308 | 0.996 | 0.969
layer without gradient | 10 | 2.3 2.31 2.31 | 0 0 0 | 0 0 0 | 0.102 | 0.0978
layer not in the optimizer | 4 | 1.4 1.34 0.0588 | 0.172 0.175 0.214 0.496 | 0.00076 0.00079 0.00094 0 | 0.997 | 0.986
rate too high | 20 | 3 nan nan | 0.366 0.388 0.371 1.22 | 324 347 329 6.33e3 | 0.0494 | 0.05
rate too low | 2 | 0.728 0.727 0.726 | 0.253 0.922 | 4.59e-6 2.12e-5 | 0.511 | 0.484
labels wrong | 4 | 1.4 1.41 1.32 | 0.143 0.517 | 0.0138 0.0549 | 0.414 | 0.157
overfitting | 10 | 2.35 2.33 0.00455 | 0.267 0.851 | 0.0167 0.0545 | 1 | 0.509
healthy | 10 | 2.3 1.45 0.0498 | 0.21 0.248 0.226 0.723 | 0.000936 0.00109 0.001 0.0255 | 0.979 | 0.933
outputs too large | 4 | 28.7 13 0.126 | 68.6 2.2 | 0.0136 0.000488 | 0.983 | 0.972
layer not in the optimizer | 10 | 2.3 2.1 0.714 | 0.208 0.626 | 0.0144 0 | 0.927 | 0.911
rate too high | 20 | 2.99 nan nan | 0.243 0.215 0.239 0.848 | 21.6 19 21 451 | 0.0494 | 0.05
labels wrong | 4 | 1.44 1.41 0.00019 | 0.175 0.2 0.187 0.666 | 0.000777 0.000881 0.000839 0.0388 | 1 | 0.293
overfitting | 20 | 2.98 2.92 0.000226 | 0.245 0.269 0.249 1.18 | 0.0164 0.0154 0.0153 0.0554 | 1 | 0.269
healthy | 4 | 1.41 1.14 0.00659 | 0.23 0.219 0.592 | 0.0139 0.0142 0.0536 | 1 | 0.994
outputs too large | 10 | 36.3 23.1 2.31 | 64.3 72.3 2.67 | 0.286 0.32 0.001 | 0.106 | 0.0844
layer without gradient | 2 | 0.727 0.691 0.161 | 0 0 0.165 0.422 | 0 0 0.0142 0.0498 | 0.961 | 0.949
layer not in the optimizer | 2 | 0.674 0.589 0.0634 | 0.309 0.733 | 0 0.0552 | 0.994 | 0.989
rate too high | 2 | 0.688 2.98e29 6.23e3 | 0.302 0.28 1.02 | 266 253 1.63e4 | 0.525 | 0.469
rate too low | 4 | 1.46 1.47 1.45 | 0.232 0.266 0.326 1.33 | 2.1e-7 2.42e-7 2.85e-7 1.56e-5 | 0.217 | 0.283
overfitting | 20 | 2.89 2.89 0.00539 | 0.306 1.15 | 0.0168 0.0551 | 1 | 0.256
healthy | 20 | 3.03 1.45 0.0966 | 0.331 0.274 0.749 | 0.0163 0.0149 0.0541 | 0.97 | 0.953
outputs too large | 2 | 8.3 4.26 0.000564 | 88.1 2.36 | 0.014 0.000463 | 1 | 0.984
layer without gradient | 4 | 1.4 1.26 0.154 | 0 0 0.19 0.523 | 0 0 0.000844 0.03 | 0.928 | 0.892
layer not in the optimizer | 20 | 3.11 2.48 0.191 | 0.524 0.451 1.48 | 0.0023 0.00197 0 | 0.962 | 0.956
rate too high | 10 | 2.33 8.61e4 3.58 | 0.233 0.216 0.744 | 48 45.5 172 | 0.104 | 0.0956
rate too low | 10 | 2.34 2.34 2.33 | 0.296 0.287 0.273 0.9 | 4.84e-6 4.92e-6 4.6e-6 1.78e-5 | 0.177 | 0.162
labels wrong | 4 | 1.43 1.41 0.0147 | 0.164 0.475 | 0.000711 0.0276 | 1 | 0.247
overfitting | 10 | 2.32 2.32 0.000149 | 0.223 0.219 0.18 0.545 | 0.000984 0.000987 0.000799 0.02 | 1 | 0.493
healthy | 20 | 3.12 2.46 1.04 | 0.392 0.415 0.366 1.34 | 0.00565 0.00542 0.00511 0.0178 | 0.68 | 0.632
outputs too large | 2 | 2.72 1.73 0.0179 | 11.5 2.53 | 0.0142 0.00433 | 0.994 | 0.994
healthy | 2 | 0.711 0.53 0.000119 | 0.276 0.268 0.787 | 0.00124 0.00118 0.0656 | 1 | 1
labels wrong | 2 | 0.69 0.709 0.000153 | 0.11 0.0956 0.0712 0.149 | 0.0131 0.0145 0.0142 0.0472 | 1 | 0.425
rate too high | 10 | 2.34 6.64 3.21 | 0.258 0.743 | 0.136 3.34 | 0.105 | 0.0911
healthy | 4 | 1.43 1.4 0.0605 | 0.23 0.222 0.72 | 6.08e-5 5.91e-5 0.00259 | 1 | 0.97
"""


def _recorded():
    runs = []
    for line in RUNS.strip().splitlines():
        cause, *fields = (field.strip() for field in line.split("|"))
        classes, *lists, train, validation = ([float(value) for value in field.split()] for field in fields)
        runs.append((cause, call(int(classes[0]), *lists, train[0], validation[0])))
    return runs


NOBODY = "thresholds are the learner's: no recorded run lies there"
RECORDED = _recorded()
CAUSES = {repr((run.args[0], run.args[1], *run.args[4:])): cause for cause, run in RECORDED}


def turned(run, by):
    """Return a recorded run with its layers turned by so many places."""
    classes, losses, gradients, updates, *accuracies = run.args
    return call(classes, losses, gradients[by:] + gradients[:by], updates[by:] + updates[:by], *accuracies)


def planted(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """Look up the cause that was planted in a recorded run."""
    return CAUSES[repr((classes, losses, train_accuracy, validation_accuracy))]


@st.composite
def reordered(draw):
    """Return a recorded run with its layers in another order, which changes nothing about the cause."""
    classes, losses, gradients, updates, *accuracies = draw(st.sampled_from([run for _, run in RECORDED])).args
    layers = draw(st.permutations(range(len(gradients))))
    return call(classes, losses, [gradients[i] for i in layers], [updates[i] for i in layers], *accuracies)


@hints(
    "Sort the symptoms by *when* they can be seen: before the first step, in the first step, at the end. What goes "
    "wrong early has consequences later, so ask about it first.",
    "A fresh network should lose ln K. A layer without gradient isn't changed either. One sick layer disappears in a "
    "mean: which layer must you look at?",
    "Accuracies come last. A network that learned wrong labels by heart and an overfitted one both have a gap; compare "
    "the validation accuracy with that of guessing, 1/K.",
)
@equivalent("losses[0] > 1.5 * math.log(classes)", "losses[0] >= 1.5 * math.log(classes)", because=NOBODY)
@equivalent("max(updates) > 1", "max(updates) >= 1", because=NOBODY)
@equivalent("max(updates) < 0.0001", "max(updates) <= 0.0001", because=NOBODY)
@equivalent("max(updates) < 0.0001", "max(updates) < 0.0002", because=NOBODY)
@equivalent("validation_accuracy < 1 / classes + 0.1", "validation_accuracy <= 1 / classes + 0.1", because=NOBODY)
@equivalent("1 / classes + 0.1", "1 / classes + 0.2", because=NOBODY)
@equivalent("train_accuracy - validation_accuracy > 0.1", "train_accuracy - validation_accuracy >= 0.1", because=NOBODY)
def check_diagnose_run(diagnose_run):
    also = [run for _, run in RECORDED]
    one_layer = [run for cause, run in RECORDED if "layer" in cause or cause == "rate too high"]
    also += [turned(run, by) for run in one_layer for by in range(1, len(run.args[2]))]
    agree(diagnose_run, planted, on=reordered(), also=also, examples=60)


def _diagnosis(run, loud=None, sick=min, frozen=True, order="labels first", chance=None):
    """Diagnose like the reference, with one part exchanged."""
    classes, losses, gradients, updates, train, validation = run
    chance = chance or 1 / classes + 0.1
    if losses[0] > (loud or 1.5 * math.log(classes)):
        return "outputs too large"
    if sick(gradients) < 1e-6:
        return "layer without gradient"
    if frozen and sick(updates) < 1e-9:
        return "layer not in the optimizer"
    if max(updates) > 1:
        return "rate too high"
    if max(updates) < 1e-4:
        return "rate too low"
    if order == "labels first" and validation < chance:
        return "labels wrong"
    if train - validation > 0.1:
        return "overfitting"
    return "labels wrong" if validation < chance else "healthy"


def _mean(values):
    return sum(values) / len(values)


def diagnose_run__overfitting_first(*run):
    """You asked about the gap between the accuracies before you asked whether the labels carry a signal. Shuffled
    labels also give a gap, once they are learned by heart; but on new pictures such a network guesses."""
    return _diagnosis(run, order="gap first")


def diagnose_run__rate_before_outputs(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """You blamed the rate for large steps. Outputs that are too large make large gradients, and these the large steps:
    ask about the first loss first."""
    run = classes, losses, gradients, updates, train_accuracy, validation_accuracy
    return "rate too high" if max(updates) > 1 else _diagnosis(run)


def diagnose_run__fixed_ten(*run):
    """You compare the first loss with a fixed number. What a fresh network loses is ln K: 0.7 with two classes, 3.0
    with twenty."""
    return _diagnosis(run, loud=1.5 * math.log(10))


def diagnose_run__fixed_two(*run):
    """You take every first loss above 2.3 or so for too large. That is ln 10; with K classes, a fresh network loses
    ln K."""
    return _diagnosis(run, loud=2.5)


def diagnose_run__mean_of_layers(*run):
    """You averaged over the layers, or asked whether all are sick. One sick layer disappears in a mean, and one is
    enough: look at the smallest number."""
    return _diagnosis(run, sick=_mean)


def diagnose_run__first_layer(*run):
    """You looked at one layer only. Any of them may be the sick one."""
    return _diagnosis(run, sick=lambda values: values[0])


def diagnose_run__last_layer(*run):
    """You looked at the last layer only. Any of them may be the sick one."""
    return _diagnosis(run, sick=lambda values: values[-1])


def diagnose_run__optimizer_before_gradient(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """A layer without gradient isn't changed either. You named the consequence; the missing gradient comes first."""
    if losses[0] < 1.5 * math.log(classes) and min(updates) < 1e-9:
        return "layer not in the optimizer"
    return _diagnosis((classes, losses, gradients, updates, train_accuracy, validation_accuracy))


def diagnose_run__labels_first(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """You called the labels wrong wherever new pictures are guessed. Runs that didn't train at all guess too: look at
    gradients and updates first."""
    run = classes, losses, gradients, updates, train_accuracy, validation_accuracy
    if losses[0] < 1.5 * math.log(classes) and validation_accuracy < 1 / classes + 0.1:
        return "labels wrong"
    return _diagnosis(run)


def diagnose_run__fixed_chance(*run):
    """You call 0.2 or less guessing. Guessing is right in one case of K: 0.5 with two classes."""
    return _diagnosis(run, chance=0.2)


def diagnose_run__twice_chance(*run):
    """Your limit for guessing is twice 1/K, which is 1 with two classes: everything lies below it."""
    return _diagnosis(run, chance=2 / run[0])


def diagnose_run__no_optimizer_check(*run):
    """You never look for a layer that has a gradient and isn't changed: its update is 0."""
    return _diagnosis(run, frozen=False)


def diagnose_run__watches_nan(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """You recognize a rate that is too high by a loss that is nan or rises. Some such runs recover; the update, larger
    than the weights, tells it in every case."""
    run = classes, losses, gradients, updates, train_accuracy, validation_accuracy
    cause = _diagnosis(run)
    if cause == "rate too high" and losses[-1] < losses[0]:
        return "healthy"
    return cause


def diagnose_run__waits_for_success(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """You call a run healthy as soon as its accuracies are high. A run can do well although a part of it is broken, and
    the log shows the part."""
    if validation_accuracy > 0.9 and train_accuracy - validation_accuracy < 0.1:
        return "healthy"
    return _diagnosis((classes, losses, gradients, updates, train_accuracy, validation_accuracy))


# 5. find_learning_rate


class Rehearsal:
    """A model and an optimizer whose loss after a step at some rate is known beforehand."""

    def __init__(
        self, steps, low, high, best, *, bottom=0.4, lucky=None, blows_up=True, dies=False, training=True, parts=False
    ):
        self.low, self.high, self.best, self.bottom = low, high, best, bottom
        self.rates = [low * (high / low) ** (k / (steps - 1)) for k in range(steps)]
        self.lucky, self.blows_up, self.dies = lucky, blows_up, dies
        self.used, self.modes, self.made = [], [], 0
        self.batches = [(torch.full((2, 1), float(k)), torch.zeros(2, dtype=torch.int64)) for k in range(steps)]
        self.model = self._model().train(training)
        if parts:
            self.model.frozen = nn.BatchNorm1d(1).eval()
            self.model.register_buffer("unsaved", torch.tensor(0), persistent=False)

    def loss(self, rate):
        """Return the loss that a step at this rate leads to."""
        if self.lucky is not None and len(self.used) == self.lucky:
            return 0.02
        if rate > self.best * 1.0001:
            beyond = math.log10(rate / self.best)
            return (math.nan if self.dies and beyond > 0.4 else 3.0 + 4 * beyond) if self.blows_up else self.bottom
        return min(2.3, self.bottom + 0.76 * math.log10(self.best / rate))

    def _model(self):
        rehearsal = self

        class Model(nn.Module):
            def __init__(self):
                super().__init__()
                self.score = nn.Parameter(torch.tensor(-math.log(math.exp(2.3) - 1)))
                self.register_buffer("calls", torch.tensor(0))

            def forward(self, inputs):
                rehearsal.modes.append(self.training)
                if self.training:
                    self.calls += 1
                    if hasattr(self, "unsaved"):
                        self.unsaved += 1
                return torch.stack([self.score, 0 * self.score]).expand(len(inputs), 2)

        return Model()

    def optimizer(self, parameters, lr=1e-3, **others):
        """Return an optimizer that leads to the rehearsed losses."""
        rehearsal = self

        class Scripted(torch.optim.Optimizer):
            def step(self, closure=None):
                for group in self.param_groups:
                    rate = float(group["lr"])
                    loss = rehearsal.loss(rate)
                    with torch.no_grad():
                        for one in group["params"]:
                            one.fill_(-math.log(math.expm1(loss)) if loss == loss else math.nan)
                    rehearsal.used.append(rate)

        self.made += 1
        return Scripted(parameters, {"lr": lr})


def snapshot(model):
    """Return everything about a model that a range test must leave alone."""
    tensors = [*model.named_parameters(), *model.named_buffers()]
    state = {name: value.detach().clone() for name, value in tensors}
    return state, [part.training for part in model.modules()], [p.requires_grad for p in model.parameters()]


def untouched(before, model):
    """Fail unless the model is as it was."""
    state, modes, learns = before
    now, modes_now, learns_now = snapshot(model)
    changed = [name for name in state if name not in now or not torch.equal(state[name], now[name])]
    buffers = {name for name, _ in model.named_buffers()}
    weights = [name for name in changed if name not in buffers]
    hidden = [name for name in changed if name not in model.state_dict()]
    require(not weights, "The model's weights changed. A range test ruins them: work on a copy, or put them back.")
    require(
        not changed or changed != hidden,
        "A buffer changed that isn't in `state_dict()`, since it was registered with `persistent=False`.",
    )
    require(not changed, "The weights are as before, but a buffer changed, such as the running means of BatchNorm.")
    require(
        modes == modes_now or modes[0] != modes_now[0],
        "A part of the model was in evaluation mode, frozen, while the rest trained; it came back in training mode."
        if modes[0]
        else "A part of the model came back in another mode.",
    )
    require(modes == modes_now, "The model came back in another mode: training and evaluation mode are part of it.")
    require(learns == learns_now, "Some parameters came back with another `requires_grad`.")


def as_rate(returned):
    """Return what came back as a float."""
    kind(returned, (float, int, np.number, torch.Tensor))
    require(not isinstance(returned, bool), "The result should be a float; it is a bool.")
    require(not isinstance(returned, torch.Tensor) or returned.numel() == 1, "The result should be one number.")
    return float(returned)


def rehearse(find_learning_rate, one, told):
    """Run a rehearsed range test and look at all that happened."""
    before = snapshot(one.model)
    limits = {} if (one.low, one.high) == (1e-6, 10.0) else {"low": one.low, "high": one.high}
    returned = as_rate(find_learning_rate(one.model, one.batches, one.optimizer, **limits))
    require(one.used, "No step was taken: nobody called the optimizer's `step`.")
    require(one.made == 1, f"You made {one.made} optimizers. Make one, and change its rate: Adam has a memory.")
    require(all(one.modes), "The batches went through a model in evaluation mode. Train in training mode.")
    pairs = zip(one.used, one.rates, strict=False)
    steps = f"From {one.low:g} at the first of {len(one.rates)} batches to {one.high:g} at the last"
    for k, (tried, wanted) in enumerate(pairs, start=1):
        message = f"{steps}, the rate of batch number {k} should be {wanted:.4g}; yours is {tried:.4g}."
        require(abs(tried / wanted - 1) < 1e-3, message)
    require(len(one.used) <= len(one.rates), f"You took {len(one.used)} steps. Take one on each batch.")
    untouched(before, one.model)
    expected = one.best / 10
    ratio = returned / expected if returned == returned else math.nan
    require(
        1 / 3.2 < ratio < 3.2,
        f"{told} A tenth of the rate where the smoothed loss is lowest is about {expected:.2g}; "
        f"you returned {returned:.2g}.",
    )


SCRIPTS = {
    "The loss fell from 2.3 to 0.4 at a rate of 0.1, then exploded.": lambda: Rehearsal(100, 1e-6, 10, 0.1),
    "One lucky batch had a loss of 0.02 at a tiny rate, where all others had 2.3.": lambda: Rehearsal(
        100, 1e-6, 10, 0.1, lucky=12
    ),
    "The loss fell until a rate of 0.001, exploded, and was nan beyond 0.0025.": lambda: Rehearsal(
        120, 1e-8, 1, 1e-3, dies=True
    ),
    "The model came in evaluation mode; the loss was lowest at a rate of 2.": lambda: Rehearsal(
        80, 1e-4, 100, 2.0, training=False
    ),
    "The loss was lowest at a rate of 0.00003.": lambda: Rehearsal(60, 1e-7, 1e-2, 3e-5),
    "The model has a frozen part.": lambda: Rehearsal(50, 1e-6, 10, 0.1, parts=True),
}


def _task(scale=1.0):
    x, y, x_new, y_new = (torch.from_numpy(part) for part in digits())
    return scale * x.flatten(1), y, scale * x_new.flatten(1), y_new


def momentum(parameters, lr):
    """Return SGD with momentum 0.9."""
    return torch.optim.SGD(parameters, lr=lr, momentum=0.9)


def small(*sizes):
    """Return a network with a BatchNorm after its first layer."""
    inputs, hidden, outputs = sizes
    return nn.Sequential(nn.Linear(inputs, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, outputs))


TRAININGS = {
    "digits, two layers with BatchNorm, AdamW": (lambda: small(64, 64, 10), torch.optim.AdamW, 1.0),
    "digits, two layers, SGD with momentum": (
        lambda: nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)),
        momentum,
        1.0,
    ),
    "digits with pixels from 0 to 16, one layer, SGD with momentum": (lambda: nn.Linear(64, 10), momentum, 16.0),
}


def trained_accuracy(find_learning_rate, name, seed):
    """Return the rate found for a real task, and the accuracy after five epochs at this rate."""
    make, optimizer, scale = TRAININGS[name]
    x, y, x_new, y_new = _task(scale)
    torch.manual_seed(seed)
    model = make()
    generator = torch.Generator().manual_seed(seed)
    batches = [(x[rows], y[rows]) for _ in range(3) for rows in torch.randperm(len(x), generator=generator).split(32)]
    before = snapshot(model)
    rate = as_rate(find_learning_rate(model, batches, optimizer))
    untouched(before, model)
    require(0 < rate < math.inf, f"On {name}, you returned a rate of {rate:g}.")
    fit(model, x, y, epochs=5, lr=rate, batch_size=32, seed=seed, optimizer=optimizer)
    return rate, accuracy(model, x_new, y_new)


@equivalent("0.2 * (loss.item() - average)", "0.4 * (loss.item() - average)", because="another smoothing, as good")
@equivalent("average < best", "average <= best", because="averages seldom tie")
@equivalent("best_rate / 10", "best_rate / 11", because="a factor of 3 is near enough")
@equivalent("best_rate / 10", "best_rate / 9", because="a factor of 3 is near enough")
@told_by_message
@slow("runs three range tests and three short trainings")
@hints(
    "Three parts: a copy of the model that may be ruined, a loop with one step for each batch, and a list of losses "
    "to read. Which rate belongs to batch k, so that each is the same factor above the one before?",
    "low · (high / low)^(k / (n − 1)). Set it in every group of `param_groups`, under `'lr'`. Keep a "
    "running average of the losses, and leave the loop at the first that isn't finite.",
    "The answer is a tenth of the rate at the smallest *average*. An average that starts at 0 is smallest at the "
    "beginning: start it with the first loss, or correct it as Adam does. `copy.deepcopy` protects the buffers, too.",
)
def check_find_learning_rate(find_learning_rate):
    for told, script in SCRIPTS.items():
        rehearse(find_learning_rate, script(), told)
    for name in TRAININGS:
        rate, score = trained_accuracy(find_learning_rate, name, seed=0)
        require(
            score > 0.85, f"On {name}: five epochs at the rate that you returned, {rate:.2g}, reach {score:.2f} only."
        )


def _range_test(model, batches, optimizer, low, high, rates=None, weight=0.8, mode=True, start=None):
    """Run a range test on the model itself; return rates and smoothed losses."""
    steps, average, seen = optimizer(model.parameters(), lr=low), start, []
    model.train(mode)
    rates = rates if rates is not None else np.geomspace(low, high, len(batches))
    for rate, (inputs, labels) in zip(rates, batches, strict=True):
        loss = cross_entropy(model(inputs), labels)
        if not loss.isfinite():
            break
        average = loss.item() if average is None else weight * average + (1 - weight) * loss.item()
        seen.append((float(rate), average))
        for group in steps.param_groups:
            group["lr"] = float(rate)
        steps.zero_grad()
        loss.backward()
        steps.step()
    return seen


def _lowest(seen):
    return min(seen, key=lambda pair: pair[1])[0]


def find_learning_rate__at_the_minimum(model, batches, optimizer, *, low=1e-6, high=10.0):
    """You returned the rate where the loss is lowest. There it is about to explode; five epochs at this rate fail. Take
    a tenth of it."""
    return _lowest(_range_test(copy.deepcopy(model), batches, optimizer, low, high))


def find_learning_rate__linear_rates(model, batches, optimizer, *, low=1e-6, high=10.0):
    """Your rates have equal distances, so nearly all steps are spent near `high`. Use equal factors."""
    rates = np.linspace(low, high, len(batches))
    return _lowest(_range_test(copy.deepcopy(model), batches, optimizer, low, high, rates)) / 10


def find_learning_rate__ruins_weights(model, batches, optimizer, *, low=1e-6, high=10.0):
    """You ran the test on the model itself, and its weights are ruined now. Work on a copy. (`state_dict()` alone is
    none: it hands out the model's own tensors.)"""
    return _lowest(_range_test(model, batches, optimizer, low, high)) / 10


def find_learning_rate__forgets_buffers(model, batches, optimizer, *, low=1e-6, high=10.0):
    """You put the parameters back, but not the buffers: the running means of a BatchNorm aren't parameters, yet they
    changed. Work on a copy."""
    before, mode = [p.detach().clone() for p in model.parameters()], model.training
    rate = _lowest(_range_test(model, batches, optimizer, low, high)) / 10
    with torch.no_grad():
        for parameter, old in zip(model.parameters(), before, strict=True):
            parameter.copy_(old)
    model.train(mode)
    return rate


def find_learning_rate__forgets_mode(model, batches, optimizer, *, low=1e-6, high=10.0):
    """Weights and buffers are back, but the model came in evaluation mode and leaves in training mode."""
    before = copy.deepcopy(model.state_dict())
    rate = _lowest(_range_test(model, batches, optimizer, low, high)) / 10
    model.load_state_dict(before)
    return rate


def find_learning_rate__no_smoothing(model, batches, optimizer, *, low=1e-6, high=10.0):
    """You took the smallest loss of a single batch. A lucky batch decides then; smooth the losses first."""
    return _lowest(_range_test(copy.deepcopy(model), batches, optimizer, low, high, weight=0.0)) / 10


def find_learning_rate__average_from_zero(model, batches, optimizer, *, low=1e-6, high=10.0):
    """Your average starts at 0, so it is smallest at the beginning. Start with the first loss, or divide by
    1 − wᵏ⁺¹."""
    return _lowest(_range_test(copy.deepcopy(model), batches, optimizer, low, high, start=0.0)) / 10


def find_learning_rate__nan_wins(model, batches, optimizer, *, low=1e-6, high=10.0):
    """A loss became nan, and NumPy's `argmin` takes nan for the smallest. Stop reading where losses aren't finite."""
    probe, rates = copy.deepcopy(model).train(), np.geomspace(low, high, len(batches))
    steps, losses, average = optimizer(probe.parameters(), lr=low), [], None
    for rate, (inputs, labels) in zip(rates, batches, strict=True):
        loss = cross_entropy(probe(inputs), labels)
        average = loss.item() if average is None else 0.8 * average + 0.2 * loss.item()
        losses.append(average)
        for group in steps.param_groups:
            group["lr"] = float(rate)
        steps.zero_grad()
        loss.backward()
        steps.step()
    return float(rates[np.argmin(losses)]) / 10


def find_learning_rate__evaluation_mode(model, batches, optimizer, *, low=1e-6, high=10.0):
    """You ran the test in the mode in which the model came, and it may be evaluation mode. Dropout and BatchNorm behave
    differently there; call `train()` on the copy."""
    probe = copy.deepcopy(model)
    return _lowest(_range_test(probe, batches, optimizer, low, high, mode=model.training)) / 10


def find_learning_rate__many_optimizers(model, batches, optimizer, *, low=1e-6, high=10.0):
    """You made a new optimizer for every rate. Momentum and Adam's averages start from nothing each time, so the test
    measures another optimizer. Change the rate of one."""
    probe, average, seen = copy.deepcopy(model).train(), None, []
    for rate, (inputs, labels) in zip(np.geomspace(low, high, len(batches)), batches, strict=True):
        loss = cross_entropy(probe(inputs), labels)
        if not loss.isfinite():
            break
        average = loss.item() if average is None else 0.8 * average + 0.2 * loss.item()
        seen.append((float(rate), average))
        probe.zero_grad()
        loss.backward()
        optimizer(probe.parameters(), lr=float(rate)).step()
    return _lowest(seen) / 10


def find_learning_rate__constant_rate(model, batches, optimizer, *, low=1e-6, high=10.0):
    """You computed the rates but trained at `low` all the time. The optimizer reads its rate from `param_groups`."""
    rates = np.geomspace(low, high, len(batches))
    seen = _range_test(copy.deepcopy(model), batches, optimizer, low, high, np.full(len(batches), low))
    return float(rates[np.argmin([average for _, average in seen])]) / 10


def find_learning_rate__last_finite(model, batches, optimizer, *, low=1e-6, high=10.0):
    """You went by the last rate whose loss is finite. The loss explodes long before it overflows; look for the
    minimum."""
    return _range_test(copy.deepcopy(model), batches, optimizer, low, high)[-1][0] / 10
