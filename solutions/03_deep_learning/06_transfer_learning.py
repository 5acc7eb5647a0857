# %% [markdown]
# # Exercises: Stand on someone else's training
#
# Five exercises to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check`
# below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(freeze_except)` gives the next of
# three hints, `solution(freeze_except)` the answer with its reasons. Any order; `progress()` says where you are. Nothing
# here trains.

# %%
import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Hold still  ★★☆ · 15 min
# Only the modules named by `prefixes`, with all inside them, shall learn; everything else is frozen. A frozen BatchNorm
# must use and keep its remembered means, even when somebody calls `model.train()` later and trains. Change the model
# itself, and return how many numbers learn. A parameter that is shared with a learning module learns, and counts once.


# %%
def freeze_except(model: nn.Module, prefixes: Sequence[str]) -> int:
    """Freeze all but the named modules; return how many numbers still learn.

    `prefixes` are full names such as "head" or "body.2". A name that isn't a module of the model raises ValueError.
    BatchNorm is one of `nn.BatchNorm1d`, `2d`, `3d`, with or without parameters. Learning ones keep averaging in training
    mode. Weights may come frozen, a BatchNorm doesn't.

    >>> model = nn.Sequential()
    >>> model.fc, model.fc2 = nn.Linear(4, 3), nn.Linear(3, 2)
    >>> freeze_except(model, ["fc"])
    15
    >>> model.fc2.weight.requires_grad
    False
    """

    # BEGIN SOLUTION
    def hold_still(layer, inputs):
        layer.eval()

    names = dict(model.named_modules(remove_duplicate=False))
    unknown = set(prefixes) - set(names)
    if unknown:
        raise ValueError(f"no such module: {unknown}")
    learning = [part for prefix in prefixes for part in names[prefix].modules()]
    model.requires_grad_(False)
    for part in learning:
        part.requires_grad_(True)
    for part in model.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d) and part not in learning:
            part.register_forward_pre_hook(hold_still)
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
    # END SOLUTION


# %%
check(freeze_except)

# %% [markdown] tags=["solution"]
# Ask the model for the module by its name, and freeze or unfreeze what it holds: comparing the beginnings of names as text
# takes "fc2" for a part of "fc". The running means of BatchNorm are buffers, not parameters, so `requires_grad` doesn't
# reach them. A single `eval()` lasts until the next `model.train()`. The hook runs before each forward pass, and puts the
# layer back. A momentum of 0 would keep the memory, but the layer would still standardize by its batch.

# %% [markdown]
# ## 2. A classifier without training  ★☆☆ · 10 min
# A help desk adds a topic every week and has three examples of it. Classify by the nearest mean: bring each row of
# `features` to length 1, average the rows of each class, and give every query the label whose mean has the largest cosine
# with it. Equal cosines: the smaller label.


# %%
def nearest_mean_labels(features: np.ndarray, labels: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Return for each query the label of the class whose mean direction is nearest.

    Shapes: features (n, d), labels (n,), any integers, queries (m, d) with m from 0; the result is (m,). At least one
    feature; no row, and no mean, is all zeros.

    >>> nearest_mean_labels(np.array([[9.0, 0.0], [0.0, 1.0]]), np.array([7, 3]), np.array([[1.0, 2.0]]))
    array([3])
    """

    # BEGIN SOLUTION
    def unit(rows):
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    classes = np.unique(labels)
    means = np.stack([unit(features[labels == label]).mean(axis=0) for label in classes])
    return classes[(queries @ unit(means).T).argmax(axis=1)]
    # END SOLUTION


# %%
check(nearest_mean_labels)

# %% [markdown] tags=["solution"]
# Three lengths could spoil a cosine. That of a feature: without bringing it to 1, a long one dominates its class. That of a
# mean: it is short where a class is spread out, so a plain dot product favors narrow classes. That of the query doesn't
# matter, since it multiplies all its cosines. `np.unique` sorts, so `argmax` takes the smaller label of equal ones, and
# indexing turns positions back into labels such as 3 and 7.

# %% [markdown]
# ## 3. Move the early layers least  ★★☆ · 15 min
# You fine-tune a network of blocks, the first next to the input. Make parameter groups for `torch.optim.AdamW`: the head
# gets `rate`, the last block rate · decay, the one before rate · decay², and so on. Parameters with fewer than two
# dimensions (biases, norms) get `weight_decay` 0.0; leave the optimizer's default for all others. A parameter shared by
# several parts goes with the one nearest to the output.


# %%
def layerwise_groups(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> list[dict[str, object]]:
    """Return groups with `params` (a list), `lr`, and `weight_decay` where it is 0; every parameter exactly once.

    Frozen parameters have their place too, and a block without parameters is a block. No group is empty. Groups may come
    in any order, and several may have the same rate.

    >>> groups = layerwise_groups([nn.Linear(2, 2, bias=False)], nn.Linear(2, 1, bias=False), rate=0.5, decay=0.5)
    >>> sorted((group["lr"], len(group["params"])) for group in groups)
    [(0.25, 1), (0.5, 1)]
    """
    # BEGIN SOLUTION
    groups, seen = [], set()
    for depth, part in enumerate([head, *reversed(blocks)]):
        own = [p for p in part.parameters() if p not in seen]
        seen.update(own)
        lr = rate * decay**depth
        plain = {"params": [p for p in own if p.ndim >= 2], "lr": lr}
        thin = {"params": [p for p in own if p.ndim < 2], "lr": lr, "weight_decay": 0.0}
        groups += [group for group in (plain, thin) if group["params"]]
    return groups
    # END SOLUTION


# %%
check(layerwise_groups)

# %% [markdown] tags=["solution"]
# Go from the head down, and remember what was handed out: then a shared parameter is met first where it is nearest to the
# output. Tensors in a set are compared by identity, which is what is meant; `p in a_list` would compare their numbers.
# Weight decay pulls towards 0, which makes sense for a matrix and none for the scale of a norm, whose neutral value is 1.

# %% [markdown]
# ## 4. What is a head start worth?  ★★☆ · 15 min
# "Three points better" says nothing to those who pay for labels. Say how many labels training from scratch needs to
# reach what transfer reaches with `at` labels, as a multiple of `at`. Between two sizes the score is a straight line over the
# *logarithm* of the size. Take the first place where it is reached: the smallest size, if it is reached there already;
# `math.inf` if it never is.


# %%
def labels_worth(sizes: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int) -> float:
    """Return the labels that scratch needs for transfer's score at `at`, divided by `at`.

    `sizes` rise, are at least 1, and `at` is one of them. The scores may rise and fall.

    >>> round(labels_worth([5, 20, 80], scratch=[0.5, 0.7, 0.9], transfer=[0.8, 0.85, 0.9], at=5), 6)
    8.0
    """
    # BEGIN SOLUTION
    target = transfer[sizes.index(at)]
    if scratch[0] >= target:
        return sizes[0] / at
    for (few, low), (many, high) in pairwise(zip(sizes, scratch, strict=True)):
        if high >= target:
            return few * (many / few) ** ((target - low) / (high - low)) / at
    return math.inf
    # END SOLUTION


# %%
check(labels_worth)

# %% [markdown] tags=["solution"]
# Halfway between 20 and 80 on a logarithmic axis is their geometric mean, 40: go the same share of the way in the exponent
# that the score goes between its ends. As the earlier points all lie below the target, the first point at or above it ends
# the right segment. A result below 1 is possible, and means that transfer has cost labels.

# %% [markdown]
# ## 5. Load what fits, and say what didn't  ★★★ · 25 min
# A checkpoint from a colleague: names begin with "module.", the head has other classes, one buffer is new. Where a
# name (without `strip` at its beginning) and shape fit, copy the numbers into the model's own parameter or buffer, and report
# the names. If nothing fits, raise ValueError. The checkpoint stays usable: later training must not change it.


# %%
def load_what_fits(model: nn.Module, state: Mapping[str, Tensor], strip: str = "") -> dict[str, list[str]]:
    """Copy tensors into the model; return sorted names under "loaded", "missing", "unexpected" and "mismatched".

    Names are the model's, without `strip`, which is removed once, where a name begins with it (this makes no two equal). The
    names of `model.state_dict()` count, parameters and buffers. "mismatched": the model has another shape. "missing": the model's names that `state`
    doesn't have. Values are converted to the model's dtype. `requires_grad` stays.

    >>> report = load_what_fits(nn.Linear(2, 1), {"module.weight": torch.ones(1, 2), "module.b": torch.ones(1)}, "module.")
    >>> report["loaded"], report["missing"], report["unexpected"], report["mismatched"]
    (['weight'], ['bias'], ['b'], [])
    """
    # BEGIN SOLUTION
    given = {name.removeprefix(strip): value for name, value in state.items()}
    own = model.state_dict()
    shared = sorted(own.keys() & given.keys())
    loaded = [name for name in shared if own[name].shape == given[name].shape]
    if not loaded:
        raise ValueError("Nothing was loaded: compare the names of the model with those of the state.")
    for name in loaded:
        own[name].copy_(given[name])
    return {
        "loaded": loaded,
        "missing": sorted(own.keys() - given.keys()),
        "unexpected": sorted(given.keys() - own.keys()),
        "mismatched": [name for name in shared if name not in loaded],
    }
    # END SOLUTION


# %%
check(load_what_fits)

# %% [markdown] tags=["solution"]
# The tensors of `state_dict()` are detached but share the model's memory, so `copy_` into them changes the model, converts
# the dtype, and leaves the checkpoint alone. Shapes are compared first, because `copy_` also broadcasts: one number would
# fill a whole bias. `load_state_dict(strict=False)` ignores names but raises at shapes, and is content with loading nothing.
# The report is the point: read it before you train.
