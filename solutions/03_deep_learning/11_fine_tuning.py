# %% [markdown]
# # Exercises: Adapt a real model
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check`
# below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(pool_hidden)` gives the next of three
# hints, `solution(pool_hidden)` the answer with its reasons. Any order; `progress()` says where you are. Nothing is
# trained here.

# %%
import math
import random
from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
import torch
from scipy.optimize import nnls
from torch import Tensor, nn
from transformers import EvalPrediction

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. One vector for a sentence  ★☆☆ · 12 min
# Three encoders were pre-trained with three kinds of pooling: the mean, the maximum of each column, or the last token.
# Your service must offer all three. A tokenizer may pad on the right or on the left; whatever stands in the padding, even
# `nan`, must not matter. A sentence without a real token gives zeros.


# %%
def pool_hidden(hidden: Tensor, mask: Tensor, how: str) -> Tensor:
    """Return a vector for each sentence, from its real tokens: their "mean", "max" or "last".

    Shapes: hidden (batch, n, d), mask (batch, n) with 1 (or True) for a real token and 0 for padding; the result is
    (batch, d). Raises ValueError for another `how`.

    >>> hidden = torch.tensor([[[1.0], [3.0], [500.0]]])
    >>> pool_hidden(hidden, torch.tensor([[1, 1, 0]]), "mean")
    tensor([[2.]])
    """
    # BEGIN SOLUTION
    there = mask.bool()
    real = there[..., None]
    if how == "mean":
        return hidden.masked_fill(~real, 0.0).sum(dim=1) / real.sum(dim=1).clamp(min=1)
    if how == "max":
        return hidden.masked_fill(~real, -math.inf).amax(dim=1).masked_fill(~real.any(dim=1), 0.0)
    if how == "last":
        last = (there * torch.arange(mask.shape[1], device=mask.device)).argmax(dim=1)
        return hidden[torch.arange(len(hidden)), last].masked_fill(~real.any(dim=1), 0.0)
    raise ValueError(f"how must be 'mean', 'max' or 'last', not {how!r}")
    # END SOLUTION


# %%
check(pool_hidden)

# %% [markdown] tags=["solution"]
# All three need the mask. `masked_fill` *replaces* padding; multiplying by 0 would keep a `nan`, since 0 · `nan` is
# `nan`. The mean divides by the number of real tokens, the maximum ignores padding only where it is −∞ (a 0 wins over
# negative values), and the last real token is the one with the highest place among the real ones, on whichever side the
# padding is.

# %% [markdown]
# ## 2. Metrics for the Trainer  ★☆☆ · 12 min
# The help desk's messages have rare classes; in a small evaluation set some may be missing. Write `compute_metrics` for
# the `Trainer`. `prediction.predictions` holds the scores, or a tuple whose first entry holds them (models that also
# return hidden states do that). Macro F1 is the plain mean of the classes' F1 over every class that occurs among the
# labels or among the predicted classes.


# %%
def trainer_metrics(prediction: EvalPrediction) -> dict[str, float]:
    """Return the accuracy and the macro F1 of at least one prediction, under "accuracy" and "macro_f1".

    Shapes: scores (n, classes), `prediction.label_ids` (n,). The class with the highest score is predicted.

    >>> scores = np.array([[2.0, 1.0, 0.0], [0.0, 1.0, 0.0], [3.0, 1.0, 0.0]])
    >>> trainer_metrics(EvalPrediction(predictions=scores, label_ids=np.array([0, 1, 1])))
    {'accuracy': 0.6666666666666666, 'macro_f1': 0.6666666666666666}
    """
    # BEGIN SOLUTION
    scores = prediction.predictions[0] if isinstance(prediction.predictions, tuple) else prediction.predictions
    predicted, labels = scores.argmax(axis=1), prediction.label_ids
    f1 = []
    for one in np.union1d(labels, predicted):
        right = np.sum((labels == one) & (predicted == one))
        f1.append(2 * right / (np.sum(labels == one) + np.sum(predicted == one)))
    return {"accuracy": float(np.mean(predicted == labels)), "macro_f1": float(np.mean(f1))}
    # END SOLUTION


# %%
check(trainer_metrics)

# %% [markdown] tags=["solution"]
# F1 is 2·right / (how often the class occurs + how often it is predicted), so a class that occurs at all on either side
# never divides by zero, and one that occurs on neither isn't asked. The macro mean gives a rare class the same weight as a
# common one; a micro mean over single labels would be the accuracy once more. `argmax(axis=1)` compares the classes of
# one example.

# %% [markdown]
# ## 3. Keep families together  ★★☆ · 25 min
# An inherited docstring differs from its parent's in one word. Put such relatives on the same side. Two texts are
# related if the Jaccard index of their sets of word triples (shared / all) is at least `threshold`; families are closed
# under chains: a~b and b~c make one family of a, b and c. Words are `text.lower().split()`; a text of fewer than three
# words has one "triple", the tuple of its words.


# %%
def family_split(texts: Sequence[str], share: float, threshold: float, seed: int) -> tuple[list[int], list[int]]:
    """Return the indices of the training texts and of the test texts, both ascending.

    Whole families go to the test in a random order that depends on `seed`, until it holds at least `share` (0 to 1) of
    all texts; then no more. `threshold` is above 0, and at most 1.

    >>> family_split(["Fit the model.", "fit the model."], share=0.5, threshold=0.9, seed=0)
    ([], [0, 1])
    """
    # BEGIN SOLUTION
    words = [text.lower().split() for text in texts]
    triples = [{tuple(word[i : i + 3]) for i in range(max(1, len(word) - 2))} for word in words]
    family = list(range(len(texts)))
    for i, j in combinations(range(len(texts)), 2):
        if len(triples[i] & triples[j]) / len(triples[i] | triples[j]) >= threshold:
            family = [family[i] if one == family[j] else one for one in family]
    order = sorted(set(family))
    random.Random(seed).shuffle(order)
    test: list[int] = []
    for one in order:
        if len(test) >= share * len(texts):
            break
        test += [i for i, own in enumerate(family) if own == one]
    return sorted(set(range(len(texts))) - set(test)), sorted(test)
    # END SOLUTION


# %%
check(family_split)

# %% [markdown] tags=["solution"]
# Whenever two texts are related, everything with the family number of the one takes that of the other, so chains close by
# themselves (a union–find does the same faster). Comparing all pairs costs n²; beyond ten thousand texts people hash the
# triples (MinHash) and compare only those that meet. Drawing families instead of texts makes the share inexact, which is
# the price of a test that is really new.

# %% [markdown]
# ## 4. How many labels to buy  ★★☆ · 20 min
# Your manager asks what a model with 95 % accuracy would cost in labels. You have a learning curve. Fit
# *error = floor + a·n^(−b)* by least squares, with floor ≥ 0, a ≥ 0 and b between 0.05 and 2, and say how many labels the
# fitted curve needs to reach the target, even where that is a number between those you measured. If the floor lies at or
# above the error that the target allows, no number of labels is enough.


# %%
def labels_for_target(sizes: Sequence[int], accuracies: Sequence[float], target: float) -> int | None:
    """Return the smallest number of labels at which the fitted curve reaches `target`, or None if it never does.

    `sizes` are at least four different numbers of labels, in any order; `accuracies` and `target` lie between 0 and 1.

    >>> labels_for_target([25, 100, 400, 1600], [0.7, 0.8, 0.85, 0.875], target=0.8876)
    6504
    """
    # BEGIN SOLUTION
    n, errors = np.asarray(sizes), 1 - np.asarray(accuracies)
    fits = []
    for b in np.linspace(0.05, 2, 196):
        (floor, a), miss = nnls(np.column_stack([np.ones(len(n)), (n / n.min()) ** -b]), errors)
        fits.append((miss, floor, a, b))
    _, floor, a, b = min(fits)
    room = 1 - target - floor
    return None if room <= 0 else max(1, math.ceil(n.min() * (a / room) ** (1 / b)))
    # END SOLUTION


# %%
check(labels_for_target)

# %% [markdown] tags=["solution"]
# For a fixed exponent b the curve is linear in floor and a, and `nnls` (least squares with coefficients ≥ 0) finds the
# best pair without a starting value; only b needs a search, over a grid. The floor decides: without it, every target is
# promised. Dividing n by its smallest value keeps the two columns of similar size. Beyond four times your largest size
# such an answer is a guess; say so when you hand it over.

# %% [markdown]
# ## 5. Small batches, the same gradient  ★★★ · 25 min
# A batch of 32 sentences doesn't fit into memory, so it comes in chunks. Fill the gradients with those of the *mean loss
# per counted token of all chunks together*. Each chunk is a pair (inputs, labels); the label −100 isn't counted.
# `loss_sum(model(inputs), labels)` returns the loss *summed* over a chunk's counted tokens. Call the model once for each
# chunk, and free a chunk's graph before the next. Gradients left over from before must not matter.


# %%
def accumulated_gradients(
    model: nn.Module, chunks: Sequence[tuple[Tensor, Tensor]], loss_sum: Callable[[Tensor, Tensor], Tensor]
) -> None:
    """Fill `.grad` of the model's trainable parameters with the gradient of the mean loss of all counted tokens.

    Raises ValueError if no token is counted. Changes no weight, no mode and no `requires_grad`.

    >>> model = nn.Linear(1, 1, bias=False)
    >>> chunks = [(torch.ones(1, 1), torch.tensor([5])), (torch.ones(3, 1), torch.tensor([1, 1, -100]))]
    >>> accumulated_gradients(model, chunks, lambda out, y: (out[:, 0] * y)[y != -100].sum())
    >>> model.weight.grad  # (5 + 1 + 1) / 3
    tensor([[2.3333]])
    """
    # BEGIN SOLUTION
    total = sum(int((labels != -100).sum()) for _, labels in chunks)
    if total == 0:
        raise ValueError("no token is counted")
    model.zero_grad()
    for inputs, labels in chunks:
        (loss_sum(model(inputs), labels) / total).backward()
    # END SOLUTION


# %%
check(accumulated_gradients)

# %% [markdown] tags=["solution"]
# Gradients add up over calls of `backward`, and the gradient of a sum is the sum of the gradients. So divide each chunk's
# *sum* by the number of tokens of *all* chunks, which you have to count first. A mean of the chunks' means would let a
# chunk with one token count as much as one with three; several training libraries did that until 2024. `backward` frees
# the chunk's graph; adding up the losses and calling it once at the end would keep all of them in memory.
