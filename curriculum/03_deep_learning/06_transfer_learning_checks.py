"""Checks, hints and known mistakes of 03_deep_learning/06_transfer_learning."""

import math
from itertools import pairwise

import numpy as np
import torch
from hypothesis import strategies as st
from torch import nn

from handrail.expect import (
    agree,
    attempt,
    between,
    call,
    close,
    equivalent,
    hints,
    kind,
    numbers,
    raises,
    require,
    told_by_message,
)

NORMS = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d
PICTURES = torch.randn(6, 4, generator=torch.Generator().manual_seed(3)) * 3 + 2


# 1. freeze_except


class Small(nn.Module):
    """A model with names that begin alike, modules in modules, norms with and without parameters, a shared layer."""

    def __init__(self, tied=False, started=True):
        super().__init__()
        torch.manual_seed(0)
        deep = nn.Sequential(nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)))
        self.body = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), deep, nn.BatchNorm1d(4, affine=False))
        self.fc = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
        self.fc2 = nn.Linear(4, 4, bias=not tied)
        self.pictures = nn.Sequential(nn.BatchNorm2d(1), nn.BatchNorm3d(2))
        self.head_fc = nn.Linear(4, 3)
        self.scale = nn.Parameter(torch.ones(5))
        if tied:
            self.fc2.weight = self.body[0].weight
            self.twin = self.fc2
        self.train(started)

    def forward(self, x):
        x = self.fc2(self.fc(self.body(x)))
        first, second = self.pictures
        x = x + first(x[:, None, None])[:, 0, 0] + second(x[:, :2, None, None, None])[:, :1, 0, 0, 0]
        return self.head_fc(x) * self.scale.sum()


def part_by_part(model, prefixes):
    """Return the identities of the parameters and the norms that learn."""
    parts = [part for prefix in prefixes for part in model.get_submodule(prefix).modules()]
    return {id(p) for part in parts for p in part.parameters()}, {id(part) for part in parts}


def frozen_rightly(freeze_except, prefixes, tied=False, started=True):
    """Freeze a model, train it twice, and look at what moved."""
    model = Small(tied, started)
    given = call(Small(tied, started), prefixes)
    learn, averaging = part_by_part(model, prefixes)
    right = sum(p.numel() for p in model.parameters() if id(p) in learn)
    returned = freeze_except(model, prefixes)
    for name, p in model.named_parameters():
        verb = "learn" if id(p) in learn else "be frozen"
        require(p.requires_grad == (id(p) in learn), f"With prefixes {prefixes}, {name} should {verb}.", given)
    kind(returned, (int, np.integer))
    close(returned, right, f"the count for {prefixes}", given, exact_dtype=True)
    names = {part: name for name, part in model.named_modules()}
    for mode in (None, True, False, True):
        if mode is not None:
            attempt(lambda mode=mode: model.train(mode), "calling model.train()")
        when = "right after your function" if mode is None else f"after model.train({mode})"
        norms = [part for part in model.modules() if isinstance(part, NORMS)]
        before = [
            (part.running_mean.clone(), part.running_var.clone(), part.num_batches_tracked.item()) for part in norms
        ]
        outputs = {}
        hooks = [
            part.register_forward_hook(lambda part, x, y: outputs.__setitem__(part, (x[0].detach(), y.detach())))
            for part in norms
        ]
        attempt(lambda: model(PICTURES), "running the model")
        for hook in hooks:
            hook.remove()
        for part, was in zip(norms, before, strict=True):
            if id(part) not in averaging:
                _remembers(part, was, f"{names[part]} is frozen, but {when}", outputs[part], given)
            elif mode or (mode is None and started):
                moved = not torch.equal(part.running_mean, was[0])
                require(moved, f"{names[part]} may learn, but its running means don't move {when}.", given)
            elif mode is False:
                _remembers(part, was, f"{names[part]} may learn, but {when}", outputs[part], given)


def _remembers(part, was, what, seen, given):
    means, variances, batches = was
    moved = not (torch.equal(part.running_mean, means) and torch.equal(part.running_var, variances))
    require(not moved, f"{what} its running means move in a forward pass.", given)
    x, y = seen
    view = [1, -1] + [1] * (x.ndim - 2)
    expected = (x - means.view(view)) / (variances.view(view) + part.eps).sqrt()
    if part.affine:
        expected = expected * part.weight.detach().view(view) + part.bias.detach().view(view)
    same = torch.allclose(y, expected, atol=1e-4)
    require(same, f"{what} it standardizes by the batch, not by what it remembers.", given)
    kept = part.num_batches_tracked.item() == batches
    require(kept, f"{what} a forward pass changes its buffer `num_batches_tracked`.", given)


@told_by_message
@hints(
    "What does `requires_grad` reach? Look at `model.named_buffers()` for what it doesn't.",
    "`model.get_submodule(name)` hands you a module by its full name. Freeze all, then unfreeze these. What undoes the "
    "`eval()` of a BatchNorm, and when would you have to repeat it?",
    "A forward pre-hook, `register_forward_pre_hook`, runs before each forward pass; it gets the layer and its inputs, "
    "and returns nothing.",
)
def check_freeze_except(freeze_except):
    for prefixes in (["fc"], ["fc2", "head_fc"], ["body.1"], ["body", "fc"], ["body", "body.1"], []):
        frozen_rightly(freeze_except, prefixes)
    frozen_rightly(freeze_except, ("pictures",), started=False)
    frozen_rightly(freeze_except, ["pictures.0", "body.3"])
    frozen_rightly(freeze_except, ["fc2"], tied=True)
    frozen_rightly(freeze_except, ["twin"], tied=True)
    again = Small()
    again.requires_grad_(False)
    freeze_except(again, ["fc2"])
    require(again.fc2.weight.requires_grad, "A named module that came frozen should learn.")
    for wrong in (["f"], ["fc", "nothing"], ["fc2.weight"], ["body."]):
        raises(freeze_except, ValueError, call(Small(), wrong), f"{wrong[-1]!r} isn't a module.")


def _frozen(model, chosen, still=True, count=None):
    for name, p in model.named_parameters():
        p.requires_grad_(chosen(name))
    if still:
        for name, part in model.named_modules():
            if isinstance(part, NORMS) and not chosen(name + ".weight"):
                part.register_forward_pre_hook(lambda layer, inputs: layer.eval() and None)
    learning = [p for p in model.parameters() if p.requires_grad]
    return count(learning) if count else sum(p.numel() for p in learning)


def _inside(prefixes):
    return lambda name: any(name.startswith(prefix + ".") for prefix in prefixes)


def freeze_except__contains(model, prefixes):
    """You compared names as text, so a prefix also took modules whose names only contain or continue it, as `fc2` does
    `fc`. Names end at a dot."""
    return _frozen(model, lambda name: any(prefix in name for prefix in prefixes))


def freeze_except__counts_tensors(model, prefixes):
    """You counted tensors. A weight of 4 × 3 is one tensor and twelve numbers: count the numbers."""
    return _frozen(model, _inside(prefixes), count=len)


def freeze_except__still_averages(model, prefixes):
    """A frozen layer that still averages is not frozen. The running means of BatchNorm are buffers, which
    `requires_grad` doesn't reach."""
    return _frozen(model, _inside(prefixes), still=False)


def freeze_except__eval_once(model, prefixes):
    """You called `eval()` once. The next `model.train()` reaches every layer and undoes it: a frozen BatchNorm needs
    something that lasts."""
    count = _frozen(model, _inside(prefixes), still=False)
    for name, part in model.named_modules():
        if isinstance(part, NORMS) and not _inside(prefixes)(name + ".weight"):
            part.eval()
    return count


def freeze_except__momentum_zero(model, prefixes):
    """Your frozen BatchNorm keeps its means, but in training mode it standardizes by the batch all the same. It must
    use what it remembers."""
    count = _frozen(model, _inside(prefixes), still=False)
    for name, part in model.named_modules():
        if isinstance(part, NORMS) and not _inside(prefixes)(name + ".weight"):
            part.momentum = 0.0
    return count


def freeze_except__all_norms(model, prefixes):
    """You stopped every BatchNorm, also those inside the modules that learn. They should go on averaging."""
    count = _frozen(model, _inside(prefixes), still=False)
    for part in model.modules():
        if isinstance(part, NORMS):
            part.register_forward_pre_hook(lambda layer, inputs: layer.eval() and None)
    return count


# 2. nearest_mean_labels


def one_by_one(features, labels, queries):
    """Go through queries and classes in loops, with plain sums."""
    answers = []
    for query in queries.tolist():
        best = None
        for label in sorted(set(labels.tolist())):
            rows = [row for row, own in zip(features.tolist(), labels.tolist(), strict=True) if own == label]
            total = [math.fsum(row[j] / math.hypot(*row) for row in rows) for j in range(len(query))]
            dot = math.fsum(a * b for a, b in zip(total, query, strict=True))
            cosine = dot / math.hypot(*total) / math.hypot(*query)
            if best is None or cosine > best[0] + 1e-12:
                best = cosine, label
        answers.append(best[1])
    return np.array(answers, dtype=labels.dtype)


@st.composite
def few_shots(draw):
    n, d, m = draw(between(1, 7)), draw(between(2, 4)), draw(between(0, 4))
    rng = np.random.default_rng(draw(between(0, 200)))
    labels = rng.choice([-2, 3, 7], size=n)
    features = rng.normal(size=(n, d)) * 10.0 ** rng.integers(-2, 3, size=(n, 1))
    return call(features, labels, rng.normal(size=(m, d)) * 10.0 ** rng.integers(-2, 3, size=(m, 1)))


ONE_LONG = call(
    np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 50.0], [-1.0, 2.0]]),
    np.array([3, 3, 3, 7]),
    np.array([[0.1, 1.0], [1.0, 0.3]]),
)
SPREAD = call(
    np.array([[1.0, 0.0], [0.0, 1.0], [0.9, -0.3]]), np.array([5, 5, 9]), np.array([[1.0, 0.2], [0.5, 0.5], [1.0, 0.0]])
)
TIED = call(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([4, 2]), np.array([[1.0, 1.0], [3.0, 1.0]]))
WHOLE = call(np.array([[3, 0], [0, 5], [1, 1]]), np.array([1, 0, 0]), np.array([[2, 1], [1, 2]]))


CLOSE = call(np.array([[1.0, 0.0], [1.0, 4e-7]]), np.array([3, 7]), np.array([[0.0, 1.0]]))
SHORT = call(np.array([[1e-6, 0.0], [0.0, 1.0], [1.0, 0.0]]), np.array([3, 3, 7]), np.array([[1.0, 0.5]]))
LARGE_LABELS = call(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([2**53, 2**53 + 1]), np.array([[0.5, 1.0]]))


@hints(
    "A cosine is the dot product of two vectors of length 1. Which of your vectors has another length?",
    "Bring every feature to length 1, average by class, and bring the means to length 1 again.",
    "`np.unique(labels)` gives the labels in order; `argmax` over the cosines gives positions in it, not labels.",
)
@equivalent(
    "unit(features[labels == label]).mean",
    "unit(features[labels == label]).sum",
    because="the means are brought to length 1 afterwards",
)
def check_nearest_mean_labels(nearest_mean_labels):
    empty = call(np.ones((1, 2)), np.array([7]), np.zeros((0, 2)))
    single = call(np.array([[1.0, 2.0]]), np.array([7]), np.array([[-1.0, -2.0], [0.5, 0.0]]))
    also = [ONE_LONG, SPREAD, TIED, WHOLE, single, empty, CLOSE, SHORT, LARGE_LABELS]
    agree(nearest_mean_labels, one_by_one, on=few_shots(), also=also, examples=60)


def _unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _by_class(features, labels):
    return np.stack([features[labels == label].mean(axis=0) for label in np.unique(labels)])


def nearest_mean_labels__long_vectors(features, labels, queries):
    """One long vector dominates its class: you averaged the features as they are. Bring each to length 1 first."""
    return np.unique(labels)[(queries @ _unit(_by_class(features, labels)).T).argmax(axis=1)]


def nearest_mean_labels__long_means(features, labels, queries):
    """You took dot products with means of different lengths, so a class whose rows agree wins over one that is spread
    out. Bring the means to length 1 too."""
    return np.unique(labels)[(queries @ _by_class(_unit(features), labels).T).argmax(axis=1)]


def nearest_mean_labels__no_lengths(features, labels, queries):
    """Those are dot products of vectors as they are, not cosines. Bring features and means to length 1."""
    return np.unique(labels)[(queries @ _by_class(features, labels).T).argmax(axis=1)]


def nearest_mean_labels__positions(features, labels, queries):
    """You returned positions, 0, 1, 2 and so on. Labels may be 3 and 7: look them up."""
    return (queries @ _unit(_by_class(_unit(features), labels)).T).argmax(axis=1)


def nearest_mean_labels__nearest_example(features, labels, queries):
    """That is the label of the nearest single example. Compare with the mean of each class."""
    return labels[(queries @ _unit(features).T).argmax(axis=1)]


def nearest_mean_labels__distance(features, labels, queries):
    """You measured distances from the queries as they are. The length of a query must not matter: use the cosine."""
    means = _by_class(_unit(features), labels)
    return np.unique(labels)[np.linalg.norm(queries[:, None] - means, axis=2).argmin(axis=1)]


# 3. layerwise_groups


class Odd(nn.Module):
    """A block with parameters of no, one and three dimensions, of one row, without numbers, and a frozen one."""

    def __init__(self):
        super().__init__()
        self.gate = nn.Parameter(torch.tensor(1.0))
        self.conv = nn.Conv1d(2, 2, 3)
        self.row = nn.Parameter(torch.ones(1, 3))
        self.frozen = nn.Parameter(torch.ones(2, 2), requires_grad=False)
        self.none = nn.Parameter(torch.ones(0, 2))
        self.nothing = nn.Parameter(torch.ones(0, 2))


def stack(count, tied="", odd=False):
    """Return blocks and a head; `tied` shares the weight of the first block with another part."""
    torch.manual_seed(count)
    blocks = [nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2)) for _ in range(count)]
    head = nn.Linear(2, 2)
    if odd:
        blocks[0] = Odd()
    if tied == "head":
        head.weight = blocks[0][0].weight
    if tied == "blocks":
        blocks[-1][0].weight = blocks[0][0].weight
    if tied == "bias":
        head.bias = blocks[0][0].bias
    if tied == "inside":
        blocks[0].add_module("again", blocks[0][0])
    return blocks, head


def expected_settings(blocks, head, rate, decay):
    """Return the rate and the weight decay of each parameter; what is nearer to the output overwrites."""
    settings = {}
    for distance, part in [(len(blocks) - i, block) for i, block in enumerate(blocks)] + [(0, head)]:
        for name, p in part.named_parameters():
            settings[id(p)] = (rate * math.prod([decay] * distance), 0.5 if p.dim() > 1 else 0.0, name, distance)
    return settings


@told_by_message
@hints(
    "List the parts from the output to the input: head, last block, and so on. Which power of `decay` goes with each?",
    "Split each part's parameters by `p.ndim`. What do you have to remember so that no parameter is handed out twice?",
    "A set of the parameters seen so far; begin with the head. Leave out groups that are empty.",
)
def check_layerwise_groups(layerwise_groups):
    cases = [
        (0, "", False),
        (1, "", False),
        (2, "", False),
        (3, "head", False),
        (3, "blocks", False),
        (2, "bias", False),
    ]
    cases += [(2, "inside", False), (2, "", True)]
    for count, tied, odd in cases:
        for rate, decay in ((0.5, 0.5), (1e-3, 0.25), (0.25, 1.0)):
            blocks, head = stack(count, tied, odd)
            _right_groups(layerwise_groups, tuple(blocks) if count == 1 else blocks, head, rate, decay)
    bare = stack(1)[0], nn.Linear(2, 2, bias=False)
    _right_groups(layerwise_groups, *bare, 0.5, 0.5)
    _right_groups(layerwise_groups, [nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2)], nn.LayerNorm(2), 0.5, 0.5)


def _right_groups(layerwise_groups, blocks, head, rate, decay):
    given = call(blocks, head, rate, decay)
    settings = expected_settings(blocks, head, rate, decay)
    before = [p.detach().clone() for part in [*blocks, head] for p in part.parameters()]
    groups = layerwise_groups(blocks, head, rate, decay)
    kind(groups, list)
    counts = {}
    for group in groups:
        kind(group, dict, "a group")
        require("params" in group and "lr" in group, "A group needs the keys `params` and `lr`.", given)
        kind(group["params"], list, "`params`")
        require(group["params"], "One of your groups is empty.", given)
        require(set(group) <= {"params", "lr", "weight_decay"}, f"A group has the keys {sorted(group)}.", given)
        for p in group["params"]:
            kind(p, torch.Tensor, "an entry of `params`")
            counts[id(p)] = counts.get(id(p), 0) + 1
    require(set(counts) <= set(settings), "A tensor in your groups isn't a parameter of these modules.", given)
    twice = [settings[one][2] for one, many in counts.items() if many > 1]
    require(not twice, "A parameter is in more than one place. Each goes once, shared ones too.", given)
    lost = [settings[one][2] for one in settings if one not in counts]
    require(not lost, f"A parameter is in none of your groups: {lost[0] if lost else None}.", given)
    for group in groups:
        for p in group["params"]:
            lr, weight_decay, name, distance = settings[id(p)]
            place = "of the head" if not distance else f"{distance} before the head"
            close(group["lr"], lr, f"the rate of {name} {place}", given)
            what = f"the weight decay of {name}, with {p.ndim} dimensions and 0.5 as the optimizer's own,"
            close(group.get("weight_decay", 0.5), weight_decay, what, given)
    after = [p.detach() for part in [*blocks, head] for p in part.parameters()]
    require(all(map(torch.equal, before, after)), "Your function changed the parameters.", given)


def _groups(parts, decays=lambda p: p.ndim >= 2, once=True):
    groups, seen = [], set()
    for lr, part in parts:
        for p in part.parameters():
            if not (once and p in seen):
                groups.append({"params": [p], "lr": lr} | ({} if decays(p) else {"weight_decay": 0.0}))
            seen.add(p)
    return groups


def _parts(blocks, head, rate, decay):
    return [(rate * decay**i, part) for i, part in enumerate([head, *reversed(blocks)])]


def layerwise_groups__reversed(blocks, head, rate, decay):
    """Your order is reversed. The earliest layers are the most general: move them least. The last block is the one next
    to the head."""
    return _groups([(rate, head)] + [(rate * decay ** (i + 1), block) for i, block in enumerate(blocks)])


def layerwise_groups__tied_twice(blocks, head, rate, decay):
    """A shared parameter was handed out twice, and would be moved twice in each step. Remember which you have had."""
    return _groups(_parts(blocks, head, rate, decay), once=False)


def layerwise_groups__decays_all(blocks, head, rate, decay):
    """Biases and norms are decayed like matrices. Parameters with fewer than two dimensions get weight decay 0."""
    return _groups(_parts(blocks, head, rate, decay), decays=lambda p: True)


def layerwise_groups__same_as_head(blocks, head, rate, decay):
    """Your last block has the rate of the head. It comes one step after it: rate · decay."""
    parts = [(rate, head)] + [(rate * decay**i, block) for i, block in enumerate(reversed(blocks))]
    return _groups(parts)


def layerwise_groups__linear(blocks, head, rate, decay):
    """You divided the rates in equal steps. Each block has `decay` times the rate of the one after it."""
    parts = [(rate * max(0.0, 1 - i * (1 - decay)), part) for i, part in enumerate([head, *reversed(blocks)])]
    return _groups(parts)


def layerwise_groups__biases_by_name(blocks, head, rate, decay):
    """You went by the name `bias`. The scale of a norm is called `weight`, and has one dimension too: look at the
    number of dimensions."""
    names = {id(p): name for part in [*blocks, head] for name, p in part.named_parameters()}
    return _groups(_parts(blocks, head, rate, decay), decays=lambda p: not names[id(p)].endswith("bias"))


def layerwise_groups__first_place(blocks, head, rate, decay):
    """A shared parameter got the rate of the part nearest to the *input*. It goes with the one nearest to the
    output."""
    return _groups(_parts(blocks, head, rate, decay)[::-1])


# 4. labels_worth


def by_interpolation(sizes, scratch, transfer, at):
    """Find the first point that reaches the score, and let NumPy interpolate the logarithm before it."""
    score = dict(zip(sizes, transfer, strict=True))[at]
    reached = [i for i, value in enumerate(scratch) if value >= score]
    if not reached:
        return math.inf
    k = reached[0]
    if k == 0:
        return sizes[0] / at
    return float(np.exp(np.interp(score, scratch[k - 1 : k + 1], np.log(sizes[k - 1 : k + 1])))) / at


SIZES = ([1], [1, 2], [5, 20], [2, 3, 10], [5, 20, 80], [1, 2, 50, 100], [3, 5, 20, 100, 400])


@st.composite
def curves(draw):
    sizes = list(draw(st.sampled_from(SIZES)))
    score = numbers(0, 1, step=0.25)
    scratch, transfer = ([draw(score) for _ in sizes] for _ in range(2))
    if draw(st.booleans()):
        scratch.sort()
    return call(sizes, scratch, transfer, draw(st.sampled_from(sizes)))


@hints(
    "Which score is to be reached? Draw both curves over a logarithmic axis, and go right from transfer's point until "
    "you meet the other curve.",
    "Find the first point of scratch that reaches the score. Which share of the way from the point before has the "
    "score gone? Go the same share in log(size).",
    'n₀ · (n₁ / n₀)^share, divided by `at`. The first size and "never" need cases of their own.',
)
@equivalent("zip(sizes, scratch, strict=True)", "zip(sizes, scratch)", because="both are of one length")
@equivalent("zip(sizes, scratch, strict=True)", "zip(sizes, scratch, strict=False)", because="both are of one length")
def check_labels_worth(labels_worth):
    also = [
        call([5, 20, 80], [0.5, 0.7, 0.9], [0.8, 0.85, 0.9], 5),
        call([5, 20, 80], [0.5, 0.7, 0.9], [0.8, 0.85, 0.9], 20),
        call([5, 20, 80], [0.5, 0.7, 0.9], [0.6, 0.7, 0.95], 80),
        call([5, 20, 80], [0.5, 0.7, 0.9], [0.4, 0.6, 0.8], 80),
        call([5, 20, 80], [0.5, 0.7, 0.9], [0.4, 0.6, 0.8], 5),
        call([5, 20, 80, 320], [0.5, 0.9, 0.6, 0.95], [0.8, 0.8, 0.8, 0.8], 5),
        call([5, 20, 80], [0.5, 0.7, 0.7], [0.7, 0.7, 0.9], 5),
        call([5, 20, 80], [0.5, 0.3, 0.9], [0.6, 0.6, 0.6], 5),
        call([5, 20, 80], [0.5, 0.7, 0.85], [0.8, 0.8, 0.9], 5),
        call([5, 20], [0.5, 0.6999995], [0.7, 0.7], 5),
        call([1], [0.5], [0.5], 1),
    ]
    agree(labels_worth, by_interpolation, on=curves(), also=also, examples=40)


def _worth(sizes, scratch, transfer, at, between_sizes=lambda a, b, share: a * (b / a) ** share, never=math.inf):
    target = transfer[sizes.index(at)]
    if scratch[0] >= target:
        return sizes[0] / at
    for (few, low), (many, high) in pairwise(zip(sizes, scratch, strict=True)):
        if high >= target:
            return between_sizes(few, many, (target - low) / (high - low)) / at
    return never


def labels_worth__linear(sizes, scratch, transfer, at):
    """You interpolated over the number of labels. Learning curves are straighter over its logarithm, and the task says
    so."""
    return _worth(sizes, scratch, transfer, at, lambda a, b, share: a + share * (b - a))


def labels_worth__next_point(sizes, scratch, transfer, at):
    """You returned the first size in the list that reaches the score. It is reached somewhere before: interpolate."""
    return _worth(sizes, scratch, transfer, at, lambda a, b, share: b)


def labels_worth__difference(sizes, scratch, transfer, at):
    """That is a difference of accuracies. The answer is a factor of labels."""
    return transfer[sizes.index(at)] - scratch[sizes.index(at)]


def labels_worth__labels(sizes, scratch, transfer, at):
    """You returned a number of labels. Divide by `at`: the answer is a multiple."""
    return _worth(sizes, scratch, transfer, at) * at


def labels_worth__largest(sizes, scratch, transfer, at):
    """Where scratch never reaches the score you returned the largest size, which pretends it does there. Return
    infinity."""
    return _worth(sizes, scratch, transfer, at, never=sizes[-1] / at)


def labels_worth__at_least_one(sizes, scratch, transfer, at):
    """You never return less than 1. Transfer can cost labels: then scratch needs fewer, and the answer is below 1."""
    return max(1.0, _worth(sizes, scratch, transfer, at))


def labels_worth__sorts(sizes, scratch, transfer, at):
    """You handed unsorted scores to `np.interp`, which needs them to rise. Curves fall now and then; find the first
    place where the score is reached."""
    target = transfer[sizes.index(at)]
    if max(scratch) < target:
        return math.inf
    return float(np.exp(np.interp(target, scratch, np.log(sizes)))) / at


# 5. load_what_fits


class Taker(nn.Module):
    """A model with buffers, a repeated name, a frozen weight, and a weight with two names."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.net = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
        self.net.add_module("net", nn.Linear(2, 2))
        self.head = nn.Linear(2, 4)
        self.net[0].weight.requires_grad_(False)
        self.tied = self.net.net.weight
        self.register_buffer("cache", torch.zeros(2), persistent=False)


def checkpoint(strip="", drop=(), add=(), shapes=(), dtype=None):
    """Return a state for a `Taker`, its names behind a prefix, with things missing, added, or of another shape."""
    generator = torch.Generator().manual_seed(5)
    state = {}
    for name, value in Taker().state_dict().items():
        if name in drop:
            continue
        new = torch.rand(dict(shapes).get(name, value.shape), generator=generator) + 2
        whole = torch.full(new.shape, 2**24 + 1)  # float32 doesn't have this number
        state[strip + name] = new.to(dtype or value.dtype) if value.is_floating_point() else whole
    if "tied" not in drop:
        state[strip + "tied"] = state[strip + "net.net.weight"].clone()
    for name in add:
        state[name] = torch.rand(2, generator=generator)
    return state


CASES = {
    "the same names": ({}, ""),
    "a prefix": ({"strip": "module."}, "module."),
    "a prefix that is a part of other names": ({"strip": "net."}, "net."),
    "another head": ({"shapes": [("head.weight", (7, 2)), ("head.bias", (7,))]}, ""),
    "a bias of one number, which would broadcast": ({"shapes": [("head.bias", (1,))], "strip": "m."}, "m."),
    "the same number of entries, transposed": ({"shapes": [("net.0.weight", (2, 3)), ("head.weight", (2, 4))]}, ""),
    "missing and unexpected names": ({"drop": ["net.0.bias", "head.weight"], "add": ["extra", "body.x"]}, ""),
    "float64": ({"dtype": torch.float64, "strip": "a.b."}, "a.b."),
    "names without the prefix beside": (
        {"strip": "module.", "add": ["other", "x.module.y", "module.extra"], "drop": ["head.bias"]},
        "module.",
    ),
    "a missing buffer": ({"drop": ["net.1.running_mean"]}, ""),
    "one number, but of shape (1,)": ({"shapes": [("net.1.num_batches_tracked", (1,))]}, ""),
    "one of the two names of a weight": ({"drop": ["tied"], "add": ["tied.x"]}, ""),
    "a buffer that `state_dict()` leaves out": ({"add": ["cache"]}, ""),
}


def expected_report(model, state, strip):
    """Return the report, name by name."""
    report = {"loaded": [], "missing": [], "unexpected": [], "mismatched": []}
    own = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    given = {name[len(strip) :] if name.startswith(strip) else name: tuple(v.shape) for name, v in state.items()}
    for name in sorted(set(own) | set(given)):
        if name not in given:
            report["missing"].append(name)
        elif name not in own:
            report["unexpected"].append(name)
        else:
            report["loaded" if own[name] == given[name] else "mismatched"].append(name)
    return report


@told_by_message
@hints(
    "Begin with the four lists: which names do both have, which only one, and where do the shapes differ?",
    "`str.removeprefix` removes text at the beginning, once. `model.state_dict()` has parameters and buffers; its "
    "tensors share the model's memory.",
    "Compare the shapes yourself, then `copy_` into the tensors of `state_dict()`. Raise before you return if the "
    "first list is empty.",
)
def check_load_what_fits(load_what_fits):
    for title, (settings, strip) in CASES.items():
        _loads(load_what_fits, title, checkpoint(**settings), strip)
    nothing = [({"a": torch.ones(1)}, ""), (checkpoint("module."), ""), ({}, ""), ({"head.bias": torch.ones(9)}, "")]
    for state, strip in nothing:
        given = call(Taker(), state, strip)
        raises(load_what_fits, ValueError, given, "Nothing fits, and silence would look like success.")


def _loads(load_what_fits, title, state, strip):
    model, before = Taker(), {name: value.clone() for name, value in Taker().state_dict().items()}
    original = {name: value.clone() for name, value in state.items()}
    parameters = dict(model.named_parameters(remove_duplicate=False))
    expected = expected_report(model, state, strip)
    returned = load_what_fits(model, state, strip) if strip else load_what_fits(model, state)
    kind(returned, dict)
    close(set(returned), set(expected), "the set of keys")
    for key, names in expected.items():
        kind(returned[key], list, f'"{key}"')
        close(returned[key], names, f'"{key}" (case: {title})')
    backward = {name.removeprefix(strip): value for name, value in original.items()}
    for name, value in model.state_dict().items():
        wanted = backward[name].to(value.dtype) if name in expected["loaded"] else before[name]
        if name == "tied" and name in expected["missing"]:
            wanted = backward["net.net.weight"]
        verb = "loaded" if name in expected["loaded"] else "left alone"
        require(value.dtype == before[name].dtype, f"{name} has another dtype than before (case: {title}).")
        same = value.shape == wanted.shape and torch.equal(value, wanted)
        require(same, f"{name} should be {verb}; its numbers are others (case: {title}).")
    for name, p in model.named_parameters(remove_duplicate=False):
        what = f"{name} is a new parameter. Copy into the model's own: an optimizer made before knows only the old one."
        require(p is parameters[name], what)
    require(
        not model.net[0].weight.requires_grad and model.head.weight.requires_grad,
        "`requires_grad` of a weight changed.",
    )
    with torch.no_grad():
        for value in [*model.parameters(), *model.buffers()]:
            value.add_(1)
    kept = set(state) == set(original) and all(torch.equal(state[name], original[name]) for name in original)
    require(kept, "Training the model now changes the checkpoint: both share memory.")


def _fill(model, given, fits, copy=True):
    own = model.state_dict()
    loaded = sorted(name for name in own.keys() & given.keys() if fits(own[name], given[name]))
    for name in loaded:
        own[name].copy_(given[name])
    return {
        "loaded": loaded,
        "missing": sorted(own.keys() - given.keys()),
        "unexpected": sorted(given.keys() - own.keys()),
        "mismatched": sorted((own.keys() & given.keys()) - set(loaded)),
    }


def _same_shape(a, b):
    return a.shape == b.shape


def _some(report):
    if not report["loaded"]:
        raise ValueError("nothing was loaded")
    return report


def load_what_fits__silent(model, state, strip=""):
    """A wrong prefix loads nothing and nobody notices. Raise ValueError when the list of loaded names is empty."""
    return _fill(model, {name.removeprefix(strip): value for name, value in state.items()}, _same_shape)


def load_what_fits__not_strict(model, state, strip=""):
    """`strict=False` forgives names, not shapes: a tensor of another shape raises. Report it, and load the others."""
    given = {name.removeprefix(strip): value for name, value in state.items()}
    missing, unexpected = model.load_state_dict(given, strict=False)
    loaded = sorted(model.state_dict().keys() & given.keys())
    return _some({"loaded": loaded, "missing": sorted(missing), "unexpected": sorted(unexpected), "mismatched": []})


def load_what_fits__shares(model, state, strip=""):
    """You assigned the tensors instead of copying their numbers. Both models now share memory: training one changes the
    other."""
    given = {name.removeprefix(strip): value for name, value in state.items()}
    report = _some(_fill(model, given, _same_shape))
    own = model.state_dict(keep_vars=True)
    for name in report["loaded"]:
        if own[name].dtype == given[name].dtype:
            own[name].data = given[name]
    return report


def load_what_fits__replaces(model, state, strip=""):
    """You removed too much: the prefix goes once, and only at the beginning of a name. What follows it stays, even if
    it looks the same."""
    given = {name.replace(strip, "") if strip else name: value for name, value in state.items()}
    return _some(_fill(model, given, _same_shape))


def load_what_fits__cuts(model, state, strip=""):
    """You cut off as many characters as the prefix has, also from names that don't begin with it."""
    return _some(_fill(model, {name[len(strip) :]: value for name, value in state.items()}, _same_shape))


def load_what_fits__same_size(model, state, strip=""):
    """You compared the number of entries. A transposed weight has as many: compare the shapes."""
    given = {name.removeprefix(strip): value for name, value in state.items()}
    report = _some(_fill(model, given, _same_shape))
    own = model.state_dict()
    for name in list(report["mismatched"]):
        if own[name].numel() == given[name].numel():
            own[name].copy_(given[name].reshape(own[name].shape))
            report["mismatched"].remove(name)
            report["loaded"] = sorted([*report["loaded"], name])
    return report


def load_what_fits__parameters_only(model, state, strip=""):
    """You forgot the buffers. The running means of BatchNorm were trained too: use `state_dict()`."""
    given = {name.removeprefix(strip): value for name, value in state.items()}
    buffers = dict(model.named_buffers())
    given = {name: value for name, value in given.items() if name not in buffers}
    return _some(_fill(model, given, _same_shape))


def load_what_fits__missing_too(model, state, strip=""):
    """Names of another shape are also in your list of missing ones. The checkpoint has them: they are mismatched
    only."""
    report = _some(_fill(model, {name.removeprefix(strip): value for name, value in state.items()}, _same_shape))
    return report | {"missing": sorted(report["missing"] + report["mismatched"])}
