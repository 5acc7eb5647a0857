# %% [markdown]
# # Exercises: Make it learn, and find out why it does not
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check`
# below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(baseline_losses)` gives the next of
# three hints, `solution(baseline_losses)` the answer with its reasons. Any order; `progress()` says where you are. Only
# the last check trains something, for a second or two.

# %%
import copy
import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Know the loss of knowing nothing  ★☆☆ · 6 min
# A colleague's classifier of support tickets reports a cross-entropy of 1.1, and nobody knows whether that is good. Two
# classifiers that never read a ticket tell: one gives every class the same probability, the other gives each class its
# share of the tickets. Compute the mean cross-entropy of both from the number of tickets in each class. A class of the
# list may have no tickets yet.


# %%
def baseline_losses(counts: Sequence[int]) -> tuple[float, float]:
    """Return the mean cross-entropies, in nats, of equal probabilities and of the classes' shares as probabilities.

    `counts` holds the number of examples of each class, 0 or more; at least one class has examples.

    >>> uniform, shares = baseline_losses([900, 100, 0])
    >>> print(f"{uniform:.3f} {shares:.3f}")
    1.099 0.325
    """
    # BEGIN SOLUTION
    total = sum(counts)
    shares = [count / total for count in counts if count]
    return math.log(len(counts)), -sum(share * math.log(share) for share in shares)
    # END SOLUTION


# %%
check(baseline_losses)

# %% [markdown] tags=["solution"]
# Equal probabilities give each example −ln(1/K) = ln K, whatever its class. With shares p, a fraction p of the examples
# pays −ln p, which adds up to −Σ p ln p, the *entropy* of the labels. A class without examples pays nothing, so it is
# left out before 0·ln 0 becomes `nan`. The first number is what a fresh network should lose. The second is what it
# reaches by learning its last bias: a loss that stays there says that nothing was read from the inputs.

# %% [markdown]
# ## 2. Warm up, then cool down  ★☆☆ · 12 min
# Your training script asks for the learning rate before each step, numbered from 0. The rate rises in equal amounts and
# reaches `peak` at step `warmup`. Step 0 already gets one such amount, so that it isn't wasted. Then the rate falls along
# half a period of a cosine, and reaches `floor` at step `total`. Beyond that it stays at `floor`.


# %%
def warmup_cosine_rate(step: int, total: int, warmup: int, peak: float, floor: float) -> float:
    """Return the learning rate of a step: linear up to `peak`, then a cosine down to `floor`.

    0 <= step, 0 <= warmup < total, 0 <= floor <= peak. Without warm-up, step 0 gets `peak`.

    >>> [round(warmup_cosine_rate(step, 8, 4, peak=1.0, floor=0.2), 2) for step in range(10)]
    [0.2, 0.4, 0.6, 0.8, 1.0, 0.88, 0.6, 0.32, 0.2, 0.2]
    """
    # BEGIN SOLUTION
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    done = min((step - warmup) / (total - warmup), 1.0)
    return floor + (peak - floor) * (1 + math.cos(math.pi * done)) / 2
    # END SOLUTION


# %%
check(warmup_cosine_rate)

# %% [markdown] tags=["solution"]
# Steps 0 to `warmup` are `warmup` + 1 steps, so each adds peak / (warmup + 1). The cosine runs over what is left,
# `total` − `warmup`: its share `done` goes from 0 to 1, and (1 + cos π·done) / 2 from 1 to 0. Scale that to the
# distance between `peak` and `floor`, not to `peak`. Had the cosine run over `total`, the rate would jump at the end of
# the warm-up. `min` keeps a run that is longer than planned from climbing up the next half of the cosine.

# %% [markdown]
# ## 3. Write an optimizer from its formula  ★★☆ · 15 min
# A paper reports that *Lion* (Chen and others, 2023) needs half the memory of Adam. You want to try it before the library
# has it. With weights w, gradient g, momentum m:
#
# - u = sign(β₁ m + (1 − β₁) g), where the sign of 0 is 0;
# - w ← w − lr · (u + decay · w);
# - m ← β₂ m + (1 − β₂) g.
#
# Return the new w and m as new tensors; the old ones stay as they are.


# %%
def lion_step(
    parameter: Tensor, gradient: Tensor, momentum: Tensor, *, lr: float, beta1: float, beta2: float, decay: float
) -> tuple[Tensor, Tensor]:
    """Return parameter and momentum after one step of Lion. All tensors have one shape and dtype.

    >>> w, m = lion_step(
    ...     torch.tensor([1.0, 1.0]), torch.tensor([4.0, -4.0]), torch.zeros(2), lr=0.1, beta1=0.5, beta2=0.75, decay=0.0
    ... )
    >>> w
    tensor([0.9000, 1.1000])
    >>> m
    tensor([ 1., -1.])
    """
    # BEGIN SOLUTION
    direction = torch.sign(beta1 * momentum + (1 - beta1) * gradient)
    stepped = parameter - lr * (direction + decay * parameter)
    return stepped, beta2 * momentum + (1 - beta2) * gradient
    # END SOLUTION


# %%
check(lion_step)

# %% [markdown] tags=["solution"]
# Three lines, one for each formula. Both new values are made from the *old* momentum: the direction mixes with β₁, the
# memory with β₂, and mixing twice would be another optimizer. Every weight moves by the same amount, lr, so Lion's rates
# are three to ten times smaller than Adam's. It keeps one number for each weight where Adam keeps two. The decay is
# *decoupled*, as in AdamW: it shrinks the weight itself. Inside the sign it would change a direction at most.

# %% [markdown]
# ## 4. Name the cause  ★★☆ · 25 min
# A night's training runs lie before you: real runs on digits, with 2 to 20 classes, two to four layers, SGD or Adam. All
# but a few went wrong. Write the function that reads the log of one run and names the cause. Several symptoms may show at
# once; name what *caused* them. The thresholds are yours: in these runs, sick differs clearly from healthy.


# %%
def diagnose_run(
    classes: int,
    losses: Sequence[float],
    gradients: Sequence[float],
    updates: Sequence[float],
    train_accuracy: float,
    validation_accuracy: float,
) -> str:
    """Return what is wrong with a training run of a classifier whose classes are equally frequent.

    `losses` begins with the cross-entropy before the first step; means of later epochs follow and may be `nan`.
    `gradients` and `updates` belong to the first step, a number for each layer's weights: the length of the gradient,
    and that of the change divided by that of the weights. Accuracies were measured at the end. The answer is one of

    - "healthy"
    - "labels wrong": the training labels don't belong to their pictures
    - "layer not in the optimizer": some layer gets a gradient and is never changed
    - "layer without gradient": some layer's gradient is 0
    - "outputs too large": the fresh network is loudly wrong
    - "overfitting": it does well on the training data, and clearly worse, though better than guessing, on others
    - "rate too high": a step changes weights by more than their own size
    - "rate too low": a step changes nowhere as much as a ten-thousandth of the weights

    >>> diagnose_run(10, [2.31, 1.10, 0.38], [0.30, 0.81], [0.0021, 0.0113], 0.97, 0.95)
    'healthy'
    """
    # BEGIN SOLUTION
    if losses[0] > 1.5 * math.log(classes):
        return "outputs too large"
    if min(gradients) == 0:
        return "layer without gradient"
    if min(updates) == 0:
        return "layer not in the optimizer"
    if max(updates) > 1:
        return "rate too high"
    if max(updates) < 1e-4:
        return "rate too low"
    if validation_accuracy < 1 / classes + 0.1:
        return "labels wrong"
    return "overfitting" if train_accuracy - validation_accuracy > 0.1 else "healthy"
    # END SOLUTION


# %%
check(diagnose_run)

# %% [markdown] tags=["solution"]
# The order is the point, and it is the order in which a run happens. Before the first step there is only the loss, which
# should be ln K. Then come the gradients, then what the optimizer made of them: a layer without gradient isn't changed
# either, so ask for gradients first. One sick layer disappears in a mean, so ask for the smallest and the largest. Only
# when the machinery works do accuracies say something. A network that memorizes shuffled labels has a large gap too, but
# on new pictures it guesses; an overfitted one knows something.

# %% [markdown]
# ## 5. Find the learning rate  ★★★ · 30 min
# Your team guesses a rate for each model. Automate the range test: a step on each batch, at rates
# rising geometrically from `low` (first batch) to `high` (last). Smooth the losses, since batches differ, and stop
# reading where they aren't finite. Return a tenth of the rate where the smoothed loss is lowest; within a factor of 3 is
# near enough. The model must come out as it went in: weights, all buffers, the mode of each part.


# %%
def find_learning_rate(
    model: nn.Module,
    batches: Sequence[tuple[Tensor, Tensor]],
    optimizer: Callable[..., torch.optim.Optimizer],
    *,
    low: float = 1e-6,
    high: float = 10.0,
) -> float:
    """Return a tenth of the rate where the smoothed cross-entropy of a range test is lowest.

    `batches` holds 50 pairs or more of inputs and labels; `model(inputs)` returns logits. The optimizer is made once, by
    `optimizer(parameters, lr=rate)`, and `torch.optim.AdamW` is one; change its rate in `param_groups`. Train in
    training mode, whatever mode the model comes in.

    >>> three_to_one = torch.ones(4, 1), torch.tensor([0, 0, 0, 1])
    >>> rate = find_learning_rate(nn.Linear(1, 2), [three_to_one] * 80, torch.optim.AdamW)
    >>> 0.0002 < rate < 0.2
    True
    """
    # BEGIN SOLUTION
    probe = copy.deepcopy(model).train()
    steps = optimizer(probe.parameters(), lr=low)
    average, best, best_rate = None, math.inf, low
    for k, (inputs, labels) in enumerate(batches):
        rate = low * (high / low) ** (k / (len(batches) - 1))
        loss = cross_entropy(probe(inputs), labels)
        average = loss.item() if average is None else average + 0.2 * (loss.item() - average)
        if average < best:
            best, best_rate = average, rate
        for group in steps.param_groups:
            group["lr"] = rate
        steps.zero_grad()
        loss.backward()
        steps.step()
    return best_rate / 10
    # END SOLUTION


# %%
check(find_learning_rate)

# %% [markdown] tags=["solution"]
# A copy takes the damage, so nothing has to be restored: not the weights, not the running means of BatchNorm, not the
# mode. Equal *factors* between rates give each power of ten the same number of steps. The average of recent losses
# ignores a single lucky batch. It begins with the first loss: begun with 0, it would be lowest at the start. An average
# that has met a `nan` stays `nan`, and `nan < best` is False, so reading stops there by itself. Where the loss is lowest
# it is about to explode, since the rate is the last one that still helped; a tenth of it leaves room for a whole
# training.
