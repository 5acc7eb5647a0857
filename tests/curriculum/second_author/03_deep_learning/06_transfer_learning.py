"""Answers to 03_deep_learning/06_transfer_learning by somebody who has not seen its checks: `right__...` must pass,
`wrong__...` must fail."""

import itertools
import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)

# 1. freeze_except


def _modules_of(model: nn.Module, prefixes: Sequence[str]) -> list[nn.Module]:
    """The named modules with all inside them."""
    names = dict(model.named_modules(remove_duplicate=False))
    for prefix in prefixes:
        if prefix not in names:
            raise ValueError(f"the model has no module {prefix!r}")
    return [inner for prefix in prefixes for inner in names[prefix].modules()]


def _hold(norm: nn.Module) -> None:
    norm.eval()
    norm.train = lambda mode=True: norm


def _freeze(model: nn.Module, learning: Sequence[nn.Module], hold: Callable[[nn.Module], object] = _hold) -> int:
    model.requires_grad_(False)
    for module in learning:
        module.requires_grad_(True)
    kept = {id(module) for module in learning}
    for module in model.modules():
        if isinstance(module, _NORMS) and id(module) not in kept:
            hold(module)
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def right__freeze_except__train_does_nothing(model: nn.Module, prefixes: Sequence[str]) -> int:
    return _freeze(model, _modules_of(model, prefixes))


def right__freeze_except__hook(model: nn.Module, prefixes: Sequence[str]) -> int:
    def hold(norm: nn.Module) -> None:
        norm.eval()
        norm.register_forward_pre_hook(lambda module, _: module.eval() and None)

    return _freeze(model, _modules_of(model, prefixes), hold)


def right__freeze_except__new_forward(model: nn.Module, prefixes: Sequence[str]) -> int:
    def hold(norm: nn.Module) -> None:
        def forward(x: Tensor) -> Tensor:
            means, variances = norm.running_mean, norm.running_var
            remembers = means is not None
            return functional.batch_norm(x, means, variances, norm.weight, norm.bias, not remembers, 0.0, norm.eps)

        norm.forward = forward

    return _freeze(model, _modules_of(model, prefixes), hold)


def right__freeze_except__own_train_method(model: nn.Module, prefixes: Sequence[str]) -> int:
    def hold(norm: nn.Module) -> None:
        def train(self: nn.Module, mode: bool = True) -> nn.Module:
            return nn.Module.train(self, False)

        norm.__class__ = type("Held" + type(norm).__name__, (type(norm),), {"train": train})
        norm.train()

    return _freeze(model, _modules_of(model, prefixes), hold)


def right__freeze_except__names_of_parameters(model: nn.Module, prefixes: Sequence[str]) -> int:
    modules = dict(model.named_modules(remove_duplicate=False))
    if not set(prefixes) <= set(modules):
        raise ValueError("unknown module")

    def inside(name: str) -> bool:
        return any(prefix == "" or f"{name}.".startswith(f"{prefix}.") for prefix in prefixes)

    pairs = list(model.named_parameters(remove_duplicate=False))
    learning = {id(parameter): parameter for name, parameter in pairs if inside(name)}
    for _, parameter in pairs:
        parameter.requires_grad = id(parameter) in learning
    kept = {id(module) for name, module in modules.items() if inside(name)}
    for module in modules.values():
        if isinstance(module, _NORMS) and id(module) not in kept:
            _hold(module)
    return sum(math.prod(parameter.shape) for parameter in learning.values())


def wrong__freeze_except__begins_with(model: nn.Module, prefixes: Sequence[str]) -> int:
    """Lets "body.10" learn for the name "body.1", and "fc2" for "fc"."""
    _modules_of(model, prefixes)
    names = dict(model.named_modules(remove_duplicate=False))
    return _freeze(model, [m for name, m in names.items() if any(name.startswith(p) for p in prefixes)])


def wrong__freeze_except__eval_once(model: nn.Module, prefixes: Sequence[str]) -> int:
    """A later `model.train()` wakes the frozen norms up."""
    return _freeze(model, _modules_of(model, prefixes), lambda norm: norm.eval())


def wrong__freeze_except__momentum(model: nn.Module, prefixes: Sequence[str]) -> int:
    """The frozen norms keep their means, but use those of the batch."""

    def hold(norm: nn.Module) -> None:
        norm.momentum = 0.0

    return _freeze(model, _modules_of(model, prefixes), hold)


def wrong__freeze_except__restores(model: nn.Module, prefixes: Sequence[str]) -> int:
    """Puts the remembered means back after each batch, but the batch was normalized by its own."""

    def hold(norm: nn.Module) -> None:
        norm.eval()
        before = {name: buffer.clone() for name, buffer in norm.named_buffers()}

        def put_back(module: nn.Module, *_: object) -> None:
            for name, value in before.items():
                module.get_buffer(name).copy_(value)

        norm.register_forward_hook(put_back)

    return _freeze(model, _modules_of(model, prefixes), hold)


def wrong__freeze_except__eval_too_late(model: nn.Module, prefixes: Sequence[str]) -> int:
    """`eval()` calls `train(False)`, which does nothing any more: the norm stays in training mode from the start."""

    def hold(norm: nn.Module) -> None:
        norm.train = lambda mode=True: norm
        norm.eval()

    return _freeze(model, _modules_of(model, prefixes), hold)


def wrong__freeze_except__norms_without_learning_numbers(model: nn.Module, prefixes: Sequence[str]) -> int:
    """A norm without parameters inside a learning module is frozen too; it should keep averaging."""
    learning = _modules_of(model, prefixes)
    count = _freeze(model, learning, lambda norm: None)
    for module in model.modules():
        if isinstance(module, _NORMS) and not any(parameter.requires_grad for parameter in module.parameters()):
            _hold(module)
    return count


def wrong__freeze_except__norms_with_frozen_numbers(model: nn.Module, prefixes: Sequence[str]) -> int:
    """A frozen norm without parameters, or whose parameters learn elsewhere, goes on averaging."""
    learning = _modules_of(model, prefixes)
    count = _freeze(model, learning, lambda norm: None)
    for module in model.modules():
        if isinstance(module, _NORMS) and any(not parameter.requires_grad for parameter in module.parameters()):
            _hold(module)
    return count


def wrong__freeze_except__two_dimensions_only(model: nn.Module, prefixes: Sequence[str]) -> int:
    """`BatchNorm1d` and `BatchNorm3d` are forgotten."""
    return _freeze(
        model, _modules_of(model, prefixes), lambda norm: _hold(norm) if isinstance(norm, nn.BatchNorm2d) else None
    )


def wrong__freeze_except__first_name_of_a_parameter(model: nn.Module, prefixes: Sequence[str]) -> int:
    """A shared parameter is listed under its first name only: frozen, if that is a frozen module's."""
    learning = _modules_of(model, prefixes)
    _freeze(model, learning)
    count = 0
    for name, parameter in model.named_parameters():
        parameter.requires_grad = any(prefix == "" or name.startswith(prefix + ".") for prefix in prefixes)
        count += parameter.numel() * parameter.requires_grad
    return count


def wrong__freeze_except__last_name_of_a_parameter(model: nn.Module, prefixes: Sequence[str]) -> int:
    """A shared parameter is frozen again, if the last module that has it is a frozen one."""
    learning = _modules_of(model, prefixes)
    _freeze(model, learning)
    for name, parameter in model.named_parameters(remove_duplicate=False):
        parameter.requires_grad = any(prefix == "" or name.startswith(prefix + ".") for prefix in prefixes)
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def wrong__freeze_except__adds_up_modules(model: nn.Module, prefixes: Sequence[str]) -> int:
    """Counts a parameter twice that two named modules share, or when a name lies inside another."""
    learning = _modules_of(model, prefixes)
    _freeze(model, learning)
    names = dict(model.named_modules(remove_duplicate=False))
    return sum(parameter.numel() for prefix in prefixes for parameter in names[prefix].parameters())


def wrong__freeze_except__first_part_of_the_name(model: nn.Module, prefixes: Sequence[str]) -> int:
    """The name "body.2" lets all of "body" learn."""
    _modules_of(model, prefixes)
    return _freeze(model, _modules_of(model, [prefix.split(".")[0] for prefix in prefixes]))


def wrong__freeze_except__leaves_of_the_tree(model: nn.Module, prefixes: Sequence[str]) -> int:
    """A parameter that a module with children owns itself goes on learning, though nobody named it."""
    learning = {id(module) for module in _modules_of(model, prefixes)}
    own = [p for m in model.modules() if any(True for _ in m.children()) for p in m.parameters(recurse=False)]
    _freeze(model, [module for module in model.modules() if id(module) in learning])
    for parameter in own:
        parameter.requires_grad = True
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def wrong__freeze_except__not_the_inner_ones(model: nn.Module, prefixes: Sequence[str]) -> int:
    """Only the parameters of the named modules and their children learn, not those of the modules inside these."""
    learning = _modules_of(model, prefixes)
    _freeze(model, learning)
    names = dict(model.named_modules(remove_duplicate=False))
    near = [m for prefix in prefixes for m in (names[prefix], *names[prefix].children())]
    direct = {id(parameter) for module in near for parameter in module.parameters(recurse=False)}
    for parameter in model.parameters():
        parameter.requires_grad = id(parameter) in direct
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def wrong__freeze_except__some_name_is_known(model: nn.Module, prefixes: Sequence[str]) -> int:
    """An unknown name beside a known one raises nothing."""
    names = dict(model.named_modules(remove_duplicate=False))
    known = [prefix for prefix in prefixes if prefix in names]
    if prefixes and not known:
        raise ValueError("none of these modules exists")
    return _freeze(model, _modules_of(model, known))


def wrong__freeze_except__parameters_have_names_too(model: nn.Module, prefixes: Sequence[str]) -> int:
    """The name of a parameter, "fc.weight", isn't a module's, but is accepted."""
    parameters = dict(model.named_parameters(remove_duplicate=False))
    _freeze(model, _modules_of(model, [prefix for prefix in prefixes if prefix not in parameters]))
    for prefix in prefixes:
        if prefix in parameters:
            parameters[prefix].requires_grad = True
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def wrong__freeze_except__all_norms(model: nn.Module, prefixes: Sequence[str]) -> int:
    """The norms of the learning modules are in evaluation mode until somebody calls `train()`: they should average."""
    learning = _modules_of(model, prefixes)
    model.eval()
    return _freeze(model, learning)


def wrong__freeze_except__one_name_per_module(model: nn.Module, prefixes: Sequence[str]) -> int:
    """A module that the model holds under two names is unknown under the second."""
    names = dict(model.named_modules())
    if not set(prefixes) <= set(names):
        raise ValueError("unknown module")
    return _freeze(model, _modules_of(model, prefixes))


# 2. nearest_mean_labels


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _means(features: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    classes = np.unique(labels)
    rows = _unit(features)
    return classes, np.array([rows[labels == label].mean(axis=0) for label in classes])


def right__nearest_mean_labels__matrices(features: np.ndarray, labels: np.ndarray, queries: np.ndarray) -> np.ndarray:
    classes, means = _means(features, labels)
    return classes[np.argmax(_unit(queries) @ _unit(means).T, axis=1)]


def right__nearest_mean_labels__sums(features: np.ndarray, labels: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """A class's sum has the direction of its mean, and a query's length changes no order."""
    classes, number = np.unique(labels, return_inverse=True)
    sums = np.zeros((len(classes), np.shape(features)[1]))
    np.add.at(sums, number, _unit(features))
    return np.take(classes, (np.asarray(queries) @ _unit(sums).T).argmax(axis=1))


def right__nearest_mean_labels__loops(features: np.ndarray, labels: np.ndarray, queries: np.ndarray) -> list[int]:
    groups: dict[int, list[list[float]]] = defaultdict(list)
    for row, label in zip(features, labels, strict=True):
        length = math.hypot(*map(float, row))
        groups[int(label)].append([float(value) / length for value in row])
    means = {}
    for label in sorted(groups):
        mean = [math.fsum(column) / len(groups[label]) for column in zip(*groups[label], strict=True)]
        length = math.hypot(*mean)
        means[label] = [value / length for value in mean]
    return [max(means, key=lambda label: math.fsum(map(float.__mul__, map(float, q), means[label]))) for q in queries]


def right__nearest_mean_labels__torch(features: np.ndarray, labels: np.ndarray, queries: np.ndarray) -> np.ndarray:
    x, q = torch.as_tensor(np.asarray(features, float)), torch.as_tensor(np.asarray(queries, float))
    classes, number = torch.as_tensor(np.asarray(labels)).unique(sorted=True, return_inverse=True)
    belongs = functional.one_hot(number, len(classes)).double()
    means = belongs.T @ (x / x.norm(dim=1, keepdim=True)) / belongs.sum(0)[:, None]
    cosines = (q / q.norm(dim=1, keepdim=True)) @ (means / means.norm(dim=1, keepdim=True)).T
    best = cosines.max(dim=1, keepdim=True).values
    place = torch.where(cosines == best, torch.arange(len(classes)), len(classes)).min(dim=1).values
    return classes[place].numpy()


def wrong__nearest_mean_labels__rows_as_they_are(f: np.ndarray, labels: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Long rows outvote the others of their class: they weren't brought to length 1."""
    classes = np.unique(labels)
    means = np.array([np.asarray(f)[labels == label].mean(axis=0) for label in classes])
    return classes[np.argmax(q @ _unit(means).T, axis=1)]


def wrong__nearest_mean_labels__dot_product(f: np.ndarray, labels: np.ndarray, q: np.ndarray) -> np.ndarray:
    """A class whose rows disagree has a short mean: not the cosine."""
    classes, means = _means(f, labels)
    return classes[np.argmax(_unit(q) @ means.T, axis=1)]


def wrong__nearest_mean_labels__distance(f: np.ndarray, labels: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The nearest mean by distance, not by cosine."""
    classes, means = _means(f, labels)
    return classes[np.argmin(np.linalg.norm(_unit(q)[:, None] - means[None], axis=2), axis=1)]


def wrong__nearest_mean_labels__mean_of_cosines(f: np.ndarray, labels: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The largest mean cosine with the rows, which isn't the cosine with the mean."""
    classes = np.unique(labels)
    cosines = _unit(q) @ _unit(f).T
    return classes[np.argmax(np.stack([cosines[:, labels == label].mean(axis=1) for label in classes], 1), axis=1)]


def wrong__nearest_mean_labels__nearest_row(f: np.ndarray, labels: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The label of the nearest row, not of the nearest mean."""
    order = np.argsort(labels, kind="stable")
    return np.asarray(labels)[order][np.argmax(_unit(q) @ _unit(f)[order].T, axis=1)]


def wrong__nearest_mean_labels__first_seen(f: np.ndarray, labels: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Equal cosines: the label that came first, not the smaller one."""
    classes = np.array(list(dict.fromkeys(np.asarray(labels).tolist())))
    means = np.array([_unit(f)[labels == label].mean(axis=0) for label in classes])
    return classes[np.argmax(_unit(q) @ _unit(means).T, axis=1)]


def wrong__nearest_mean_labels__larger_label(f: np.ndarray, labels: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Equal cosines: the larger label."""
    classes, means = _means(f, labels)
    return classes[::-1][np.argmax(_unit(q) @ _unit(means[::-1]).T, axis=1)]


def wrong__nearest_mean_labels__about_equal(f: np.ndarray, labels: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Takes cosines for equal that differ by a millionth."""
    classes, means = _means(f, labels)
    return classes[np.argmax(np.round(_unit(q) @ _unit(means).T, 6), axis=1)]


def wrong__nearest_mean_labels__absolute(f: np.ndarray, labels: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The opposite direction counts as near."""
    classes, means = _means(f, labels)
    return classes[np.argmax(np.abs(_unit(q) @ _unit(means).T), axis=1)]


def wrong__nearest_mean_labels__starts_at_zero(f: np.ndarray, labels: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Where all cosines are negative, the smallest label, not the one with the largest cosine."""
    classes, means = _means(f, labels)
    return classes[np.argmax(np.maximum(_unit(q) @ _unit(means).T, 0.0), axis=1)]


def wrong__nearest_mean_labels__through_floats(f: np.ndarray, labels: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Labels beyond 2**53 lose their last digits: any integers are allowed."""
    classes, means = _means(f, labels)
    return classes.astype(float)[np.argmax(_unit(q) @ _unit(means).T, axis=1)].astype(np.int64)


def wrong__nearest_mean_labels__label_as_row(f: np.ndarray, labels: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Uses labels as row numbers: negative ones count from the end, and mix two classes or come back as another."""
    size = int(np.max(np.abs(labels))) + 1
    if size > 100_000:
        return right__nearest_mean_labels__matrices(f, labels, q)
    means = np.zeros((size, np.shape(f)[1]))
    np.add.at(means, np.asarray(labels), _unit(f))
    lengths = np.linalg.norm(means, axis=1)
    cosines = _unit(q) @ (means / np.where(lengths == 0, 1, lengths)[:, None]).T
    return np.argmax(np.where(lengths > 0, cosines, -2), axis=1)


def wrong__nearest_mean_labels__consecutive_labels(f: np.ndarray, labels: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Rows of one label that aren't next to each other make several classes."""
    runs = [(label, list(rows)) for label, rows in itertools.groupby(range(len(labels)), key=lambda i: labels[i])]
    runs.sort(key=lambda run: run[0])
    means = np.array([_unit(f)[rows].mean(axis=0) for _, rows in runs])
    return np.array([label for label, _ in runs])[np.argmax(_unit(q) @ _unit(means).T, axis=1)]


def wrong__nearest_mean_labels__softened(f: np.ndarray, labels: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The constant in the divisor makes short rows lighter, and classes with a short mean less near."""
    rows, classes = f / (np.linalg.norm(f, axis=1, keepdims=True) + 1e-3), np.unique(labels)
    means = np.array([rows[labels == label].mean(axis=0) for label in classes])
    return classes[np.argmax(_unit(q) @ (means / (np.linalg.norm(means, axis=1, keepdims=True) + 1e-3)).T, axis=1)]


def wrong__nearest_mean_labels__at_least_one_query(f: np.ndarray, labels: np.ndarray, q: np.ndarray) -> np.ndarray:
    """No query raises; the result should be empty."""
    return np.concatenate([right__nearest_mean_labels__matrices(f, labels, row[None]) for row in np.asarray(q)])


# 3. layerwise_groups

_Groups = list[dict[str, object]]


def _entry(parameter: Tensor, rate: float) -> dict[str, object]:
    return {"params": [parameter], "lr": rate} | ({"weight_decay": 0.0} if parameter.ndim < 2 else {})


def right__layerwise_groups__from_the_output(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> _Groups:
    groups: _Groups = []
    seen: set[int] = set()
    for depth, part in enumerate([head, *reversed(list(blocks))]):
        new = [p for p in part.parameters() if id(p) not in seen]
        seen |= {id(p) for p in new}
        small, large = [p for p in new if p.ndim < 2], [p for p in new if p.ndim >= 2]
        if small:
            groups.append({"params": small, "lr": rate * decay**depth, "weight_decay": 0.0})
        if large:
            groups.append({"params": large, "lr": rate * decay**depth})
    return groups


def right__layerwise_groups__one_each(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> _Groups:
    rates: dict[Tensor, float] = {}
    for index, part in enumerate([*blocks, head]):
        rates.update(dict.fromkeys(part.parameters(), rate * decay ** (len(blocks) - index)))
    return [_entry(parameter, value) for parameter, value in rates.items()]


def right__layerwise_groups__running_product(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> _Groups:
    kinds: dict[tuple[float, bool], list[Tensor]] = defaultdict(list)
    taken: set[Tensor] = set()
    now = float(rate)
    for part in (head, *(blocks[i] for i in range(len(blocks) - 1, -1, -1))):
        for _, parameter in part.named_parameters(remove_duplicate=False):
            if parameter not in taken:
                taken.add(parameter)
                kinds[now, len(parameter.shape) in (0, 1)].append(parameter)
        now *= decay
    return [
        dict(params=found, lr=value, **({"weight_decay": 0} if small else {}))
        for (value, small), found in kinds.items()
    ]


def _wrong_groups(parts: Iterable[tuple[nn.Module, float]], entry: Callable = _entry) -> _Groups:
    """The parts from the output to the input, each with its rate."""
    seen: set[int] = set()
    groups: _Groups = []
    for part, rate in parts:
        for parameter in part.parameters():
            if id(parameter) not in seen:
                seen.add(id(parameter))
                groups.append(entry(parameter, rate))
    return groups


def _parts(blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float) -> list[tuple[nn.Module, float]]:
    return [(part, rate * decay**i) for i, part in enumerate([head, *reversed(list(blocks))])]


def wrong__layerwise_groups__from_the_input(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> _Groups:
    """The first block moves most, the last one least."""
    return _wrong_groups([(head, rate), *((block, rate * decay ** (i + 1)) for i, block in enumerate(blocks))])


def wrong__layerwise_groups__last_block_as_the_head(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> _Groups:
    """The last block gets the head's rate."""
    rest = [(block, rate * decay**i) for i, block in enumerate(reversed(list(blocks)))]
    return _wrong_groups([(head, rate), *rest])


def wrong__layerwise_groups__shared_with_the_input(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> _Groups:
    """A shared parameter goes with the part nearest to the input."""
    return _wrong_groups(reversed(_parts(blocks, head, rate, decay)))


def wrong__layerwise_groups__shared_with_the_first_block(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> _Groups:
    """The head takes what it shares, but a parameter of two blocks goes with the earlier one."""
    first, *rest = _parts(blocks, head, rate, decay)
    return _wrong_groups([first, *reversed(rest)])


def wrong__layerwise_groups__by_name(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> _Groups:
    """Decays the norms' weights: they have one dimension."""
    seen: set[int] = set()
    groups: _Groups = []
    for part, now in _parts(blocks, head, rate, decay):
        for name, parameter in part.named_parameters():
            if id(parameter) not in seen:
                seen.add(id(parameter))
                plain: dict[str, object] = {"params": [parameter], "lr": now}
                groups.append(plain | ({"weight_decay": 0.0} if name.endswith("bias") else {}))
    return groups


def wrong__layerwise_groups__narrow_matrices(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> _Groups:
    """A matrix with one row has two dimensions, and should decay."""

    def entry(parameter: Tensor, now: float) -> dict[str, object]:
        return {"params": [parameter], "lr": now} | ({"weight_decay": 0.0} if parameter.squeeze().ndim < 2 else {})

    return _wrong_groups(_parts(blocks, head, rate, decay), entry)


def wrong__layerwise_groups__exactly_one_dimension(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> _Groups:
    """A parameter without dimensions (a single number) decays."""

    def entry(parameter: Tensor, now: float) -> dict[str, object]:
        return {"params": [parameter], "lr": now} | ({"weight_decay": 0.0} if parameter.ndim == 1 else {})

    return _wrong_groups(_parts(blocks, head, rate, decay), entry)


def wrong__layerwise_groups__exactly_two_dimensions(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> _Groups:
    """The kernels of convolutions, with four dimensions, should decay."""

    def entry(parameter: Tensor, now: float) -> dict[str, object]:
        return {"params": [parameter], "lr": now} | ({"weight_decay": 0.0} if parameter.ndim != 2 else {})

    return _wrong_groups(_parts(blocks, head, rate, decay), entry)


def wrong__layerwise_groups__own_default(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> _Groups:
    """Writes AdamW's default into the groups: `AdamW(groups, weight_decay=0.1)` has no effect any more."""

    def entry(parameter: Tensor, now: float) -> dict[str, object]:
        return {"params": [parameter], "lr": now, "weight_decay": 0.01 if parameter.ndim >= 2 else 0.0}

    return _wrong_groups(_parts(blocks, head, rate, decay), entry)


def wrong__layerwise_groups__equal_is_shared(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> _Groups:
    """Takes equal parameters for one: the biases of two fresh norms are different parameters."""
    kept: list[Tensor] = []
    groups: _Groups = []
    for part, now in _parts(blocks, head, rate, decay):
        for parameter in part.parameters():
            if not any(torch.equal(parameter, other) for other in kept):
                kept.append(parameter)
                groups.append(_entry(parameter, now))
    return groups


def wrong__layerwise_groups__by_address(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> _Groups:
    """All parameters without numbers have the address 0: only one of them is in a group."""
    seen: set[int] = set()
    groups: _Groups = []
    for part, now in _parts(blocks, head, rate, decay):
        for parameter in part.parameters():
            if parameter.data_ptr() not in seen:
                seen.add(parameter.data_ptr())
                groups.append(_entry(parameter, now))
    return groups


def wrong__layerwise_groups__learning_only(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> _Groups:
    """Frozen parameters are missing: every parameter exactly once."""
    groups = right__layerwise_groups__one_each(blocks, head, rate, decay)
    return [group for group in groups if group["params"][0].requires_grad]


def wrong__layerwise_groups__blocks_with_parameters(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> _Groups:
    """A block without parameters is a block too: those before it move less by one more step."""
    full = [block for block in blocks if list(block.parameters())]
    return right__layerwise_groups__one_each(full, head, rate, decay)


def wrong__layerwise_groups__deep_ones_rounded(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> _Groups:
    """The rates of deep blocks are rounded to seven decimals, at last to 0."""
    return _wrong_groups([(part, round(now, 7)) for part, now in _parts(blocks, head, rate, decay)])


def wrong__layerwise_groups__detached(
    blocks: Sequence[nn.Module], head: nn.Module, rate: float, decay: float
) -> _Groups:
    """`state_dict()` has buffers too, and new tensors in place of the parameters: AdamW would move nothing."""
    parts = _parts(blocks, head, rate, decay)
    return [_entry(value, now) for part, now in parts for value in part.state_dict().values()]


# 4. labels_worth


def _crossing(sizes: Sequence[int], scores: Sequence[float], target: float) -> float:
    if scores[0] >= target:
        return sizes[0]
    for (low, below), (high, above) in itertools.pairwise(zip(sizes, scores, strict=True)):
        if above >= target:
            share = (target - below) / (above - below)
            return math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    return math.inf


def _goal(sizes: Sequence[int], transfer: Sequence[float], at: int) -> float:
    return transfer[list(sizes).index(at)]


def right__labels_worth__loop(s: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int) -> float:
    return _crossing(s, scratch, _goal(s, transfer, at)) / at


def right__labels_worth__powers(
    sizes: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int
) -> float:
    goal = dict(zip(sizes, transfer, strict=True))[at]
    reached = next((i for i, score in enumerate(scratch) if score >= goal), None)
    if reached is None:
        return float("inf")
    if reached == 0:
        return sizes[0] / at
    before, after = scratch[reached - 1], scratch[reached]
    low, high = sizes[reached - 1] / at, sizes[reached] / at
    return low ** ((after - goal) / (after - before)) * high ** ((goal - before) / (after - before))


def right__labels_worth__numpy(
    sizes: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int
) -> np.floating:
    size, score = np.asarray(sizes, dtype=float), np.asarray(scratch, dtype=float)
    goal = transfer[bisect_left(sizes, at)]
    (places,) = np.nonzero(score >= goal)
    if not len(places):
        return np.float64(np.inf)
    last = places[0]
    first = max(last - 1, 0)
    if first == last:
        return size[0] / at
    log = np.interp(goal, score[first : last + 1], np.log10(size[first : last + 1] / at))
    return np.float64(10) ** log


def wrong__labels_worth__straight_over_sizes(
    sizes: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int
) -> float:
    """A straight line over the size, not over its logarithm."""
    goal = _goal(sizes, transfer, at)
    if scratch[0] >= goal:
        return sizes[0] / at
    for i in range(1, len(sizes)):
        if scratch[i] >= goal:
            share = (goal - scratch[i - 1]) / (scratch[i] - scratch[i - 1])
            return (sizes[i - 1] + share * (sizes[i] - sizes[i - 1])) / at
    return math.inf


def wrong__labels_worth__one_more(
    sizes: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int
) -> float:
    """The logarithm of size + 1: a little off at small sizes."""
    found = _crossing([size + 1 for size in sizes], scratch, _goal(sizes, transfer, at)) - 1
    return found / at


def wrong__labels_worth__whole_labels(
    sizes: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int
) -> float:
    """Rounds up to whole labels, which isn't asked."""
    found = _crossing(sizes, scratch, _goal(sizes, transfer, at))
    return found if found == math.inf else math.ceil(found - 1e-9) / at


def wrong__labels_worth__without_dips(
    sizes: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int
) -> float:
    """Irons the curve first, so that it never falls: the line then starts too high after a dip."""
    return _crossing(sizes, np.maximum.accumulate(scratch).tolist(), _goal(sizes, transfer, at)) / at


def wrong__labels_worth__for_good(
    sizes: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int
) -> float:
    """The place from which on it is always reached, not the first one."""
    goal = _goal(sizes, transfer, at)
    low = [i for i, score in enumerate(scratch) if score < goal]
    start = low[-1] if low else 0
    return _crossing(sizes[start:], scratch[start:], goal) / at


def wrong__labels_worth__at_least_one(
    sizes: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int
) -> float:
    """Never below 1, though scratch may need fewer labels."""
    return max(1.0, _crossing(sizes, scratch, _goal(sizes, transfer, at)) / at)


def wrong__labels_worth__from_here_on(
    sizes: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int
) -> float:
    """Looks only at sizes from `at` on: scratch may have reached it earlier."""
    start = list(sizes).index(at)
    return _crossing(sizes[start:], scratch[start:], transfer[start]) / at


def wrong__labels_worth__strictly(
    sizes: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int
) -> float:
    """An equal score is reached; this one asks for more."""
    goal = _goal(sizes, transfer, at)
    if scratch[0] > goal:
        return sizes[0] / at
    for (low, below), (high, above) in itertools.pairwise(zip(sizes, scratch, strict=True)):
        if above > goal:
            share = (goal - below) / (above - below)
            return low ** (1 - share) * high**share / at
    return math.inf


def wrong__labels_worth__strictly_at_first(
    sizes: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int
) -> float:
    """A plateau that starts at the smallest size with the very score: reached there, not at its end."""
    goal = _goal(sizes, transfer, at)
    if scratch[0] > goal:
        return sizes[0] / at
    for (low, below), (high, above) in itertools.pairwise(zip(sizes, scratch, strict=True)):
        if above >= goal:
            share = (goal - below) / (above - below) if above != below else 1.0
            return low ** (1 - share) * high**share / at
    return math.inf


def wrong__labels_worth__almost_reached(
    sizes: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int
) -> float:
    """A millionth too low isn't reached."""
    goal = _goal(sizes, transfer, at)
    for i, score in enumerate(scratch):
        if abs(score - goal) < 1e-6:
            return _crossing(sizes[: i + 1], [*scratch[:i], goal], goal) / at
        if score > goal:
            break
    return _crossing(sizes, scratch, goal) / at


def wrong__labels_worth__beyond_the_end(
    sizes: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int
) -> float:
    """Goes on with the last line where the score is never reached."""
    goal = _goal(sizes, transfer, at)
    if max(scratch) >= goal or len(sizes) < 2 or scratch[-1] <= scratch[-2]:
        return _crossing(sizes, scratch, goal) / at
    share = (goal - scratch[-1]) / (scratch[-1] - scratch[-2])
    return sizes[-1] * (sizes[-1] / sizes[-2]) ** min(share, 50.0) / at


def wrong__labels_worth__grid(
    sizes: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int
) -> float:
    """The first of a thousand sizes per stretch that reaches it: near, not equal."""
    goal = _goal(sizes, transfer, at)
    if scratch[0] >= goal:
        return sizes[0] / at
    for i in range(1, len(sizes)):
        logs = np.linspace(math.log(sizes[i - 1]), math.log(sizes[i]), 1001)
        scores = np.linspace(scratch[i - 1], scratch[i], 1001)
        if (scores >= goal).any():
            return float(np.exp(logs[np.argmax(scores >= goal)])) / at
    return math.inf


def wrong__labels_worth__by_the_smallest(
    sizes: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int
) -> float:
    """A multiple of the smallest size, not of `at`."""
    return _crossing(sizes, scratch, _goal(sizes, transfer, at)) / sizes[0]


def wrong__labels_worth__best_so_far(
    sizes: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int
) -> float:
    """Compares with the best score of transfer up to `at`, though the scores may fall."""
    place = list(sizes).index(at)
    return _crossing(sizes, scratch, max(transfer[: place + 1])) / at


def wrong__labels_worth__interpolated(
    sizes: Sequence[int], scratch: Sequence[float], transfer: Sequence[float], at: int
) -> float:
    """`np.interp` over sorted scores: mixes the sizes where the curve falls."""
    goal = _goal(sizes, transfer, at)
    if max(scratch) < goal:
        return math.inf
    order = np.argsort(scratch, kind="stable")
    return float(np.exp(np.interp(goal, np.asarray(scratch)[order], np.log(np.asarray(sizes, float))[order]))) / at


# 5. load_what_fits


def _sorted_report(
    model: nn.Module, state: Mapping[str, Tensor], rename: Callable[[str], str]
) -> tuple[dict[str, list[str]], dict[str, Tensor]]:
    own = model.state_dict()
    given = {rename(name): value for name, value in state.items()}
    fits = {name: value for name, value in given.items() if name in own and own[name].shape == value.shape}
    report = {
        "loaded": sorted(fits),
        "missing": sorted(set(own) - set(given)),
        "unexpected": sorted(set(given) - set(own)),
        "mismatched": sorted((set(given) & set(own)) - set(fits)),
    }
    return report, fits


def _load(model: nn.Module, state: Mapping[str, Tensor], rename: Callable[[str], str]) -> dict[str, list[str]]:
    report, fits = _sorted_report(model, state, rename)
    if not fits:
        raise ValueError("nothing fits")
    own = model.state_dict()
    for name, value in fits.items():
        own[name].copy_(value)
    return report


def right__load_what_fits__copy(model: nn.Module, state: Mapping[str, Tensor], strip: str = "") -> dict[str, list[str]]:
    return _load(model, state, lambda name: name.removeprefix(strip))


def right__load_what_fits__load_state_dict(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    report, fits = _sorted_report(model, state, lambda name: name[len(strip) :] if name.startswith(strip) else name)
    if report["loaded"] == []:
        raise ValueError(f"none of the {len(state)} tensors fits")
    own = model.state_dict()
    model.load_state_dict(own | {name: value.detach().to(own[name].dtype) for name, value in fits.items()})
    return report


def right__load_what_fits__tensors_of_the_model(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    own = model.state_dict(keep_vars=True)
    report: dict[str, list[str]] = {key: [] for key in ("loaded", "missing", "unexpected", "mismatched")}
    missing = set(own)
    for full in sorted(state, key=lambda name: name.removeprefix(strip)):
        name = full.removeprefix(strip)
        missing.discard(name)
        if name not in own:
            report["unexpected"].append(name)
        elif list(own[name].size()) != list(state[full].size()):
            report["mismatched"].append(name)
        else:
            report["loaded"].append(name)
            with torch.no_grad():
                own[name][...] = state[full]
    report["missing"] = sorted(missing)
    if not report["loaded"]:
        raise ValueError("nothing fits")
    return report


def wrong__load_what_fits__strips_letters(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    """`lstrip` removes letters: "module.l1.weight" may lose more than "module."."""
    return _load(model, state, lambda name: name.lstrip(strip) if strip else name)


def wrong__load_what_fits__strips_in_the_middle(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    """Removes `strip` where it comes first, though the name doesn't begin with it."""
    return _load(model, state, lambda name: name.replace(strip, "", 1))


def wrong__load_what_fits__strips_again(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    """Removes `strip` as often as the name begins with it, not once."""

    def rename(name: str) -> str:
        while strip and name.startswith(strip):
            name = name[len(strip) :]
        return name

    return _load(model, state, rename)


def wrong__load_what_fits__only_prefixed_names(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    """Leaves out names that don't begin with `strip`."""
    return _load(
        model,
        {name: value for name, value in state.items() if name.startswith(strip)},
        lambda name: name.removeprefix(strip),
    )


def wrong__load_what_fits__old_names_unexpected(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    """Reports unexpected tensors under the checkpoint's names, not without `strip`."""
    report = right__load_what_fits__copy(model, state, strip)
    unexpected = set(report["unexpected"])
    return report | {"unexpected": sorted(name for name in state if name.removeprefix(strip) in unexpected)}


def wrong__load_what_fits__mismatched_is_missing(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    """Names whose tensor has another shape are missing too: `state` has them."""
    report = right__load_what_fits__copy(model, state, strip)
    return report | {"missing": sorted(report["missing"] + report["mismatched"])}


def wrong__load_what_fits__as_many_numbers(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    """Loads a tensor of another shape with as many numbers."""
    own = model.state_dict()
    shaped = {}
    for name, value in state.items():
        mine = own.get(name.removeprefix(strip))
        same = mine is not None and mine.numel() == value.numel()
        shaped[name] = value.reshape(mine.shape) if same else value
    return right__load_what_fits__copy(model, shaped, strip)


def wrong__load_what_fits__tries_to_load(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    """`load_state_dict` accepts a shape (1,) for a single number without dimensions: another shape."""
    report, _ = _sorted_report(model, state, lambda name: name.removeprefix(strip))
    report["loaded"], report["mismatched"] = [], []
    for full, value in sorted(state.items(), key=lambda item: item[0].removeprefix(strip)):
        name = full.removeprefix(strip)
        if name in report["unexpected"]:
            continue
        try:
            model.load_state_dict({name: value}, strict=False)
            report["loaded"].append(name)
        except RuntimeError:
            report["mismatched"].append(name)
    if not report["loaded"]:
        raise ValueError("nothing fits")
    return report


def wrong__load_what_fits__broadcasts(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    """`copy_` spreads a smaller tensor over the model's."""
    own, wide = model.state_dict(), {}
    for name, value in state.items():
        mine = own.get(name.removeprefix(strip))
        try:
            wide[name] = value if mine is None else value.expand(mine.shape)
        except RuntimeError:
            wide[name] = value
    return right__load_what_fits__copy(model, wide, strip)


def wrong__load_what_fits__parameters_only(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    """Reports buffers as loaded, but copies parameters only."""
    report, fits = _sorted_report(model, state, lambda name: name.removeprefix(strip))
    if not fits:
        raise ValueError("nothing fits")
    for name, parameter in model.named_parameters(remove_duplicate=False):
        if name in fits:
            parameter.data.copy_(fits[name])
    return report


def wrong__load_what_fits__names_of_named_parameters(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    """Lists a shared parameter under one name only, and buffers that `state_dict()` leaves out."""
    own = dict(model.named_parameters()) | dict(model.named_buffers())
    given = {name.removeprefix(strip): value for name, value in state.items()}
    fits = {name for name in given if name in own and own[name].shape == given[name].shape}
    if not fits:
        raise ValueError("nothing fits")
    with torch.no_grad():
        for name in fits:
            own[name].copy_(given[name])
    return {
        "loaded": sorted(fits),
        "missing": sorted(set(own) - set(given)),
        "unexpected": sorted(set(given) - set(own)),
        "mismatched": sorted((set(given) & set(own)) - fits),
    }


def wrong__load_what_fits__shares_memory(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    """A tensor of the same dtype isn't copied by `to`: training changes the checkpoint."""
    report, fits = _sorted_report(model, state, lambda name: name.removeprefix(strip))
    if not fits:
        raise ValueError("nothing fits")
    for name, mine in model.state_dict(keep_vars=True).items():
        if name in fits:
            mine.data = fits[name].detach().to(mine.dtype)
    return report


def wrong__load_what_fits__shares_buffers(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    """The norms average into the checkpoint's own buffers."""
    report = right__load_what_fits__copy(model, state, strip)
    for full, value in state.items():
        path, _, name = full.removeprefix(strip).rpartition(".")
        if full.removeprefix(strip) in report["loaded"] and name in model.get_submodule(path)._buffers:
            mine = model.get_submodule(path)
            mine._buffers[name] = value.detach().to(mine._buffers[name].dtype)
    return report


def wrong__load_what_fits__assigns(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    """New parameters in place of the model's: an optimizer made before, or a shared parameter, keeps the old ones."""
    report, fits = _sorted_report(model, state, lambda name: name.removeprefix(strip))
    if not fits:
        raise ValueError("nothing fits")
    own = model.state_dict()
    model.load_state_dict(
        {name: value.detach().clone().to(own[name].dtype) for name, value in fits.items()}, strict=False, assign=True
    )
    return report


def wrong__load_what_fits__thaws(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    """Loaded parameters learn again: `requires_grad` should stay."""
    report = right__load_what_fits__copy(model, state, strip)
    for name, parameter in model.named_parameters(remove_duplicate=False):
        if name in report["loaded"]:
            parameter.requires_grad_(True)
    return report


def wrong__load_what_fits__through_float32(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    """float32 loses digits of float64 and of counters above 2**24."""
    return right__load_what_fits__copy(model, {name: value.float() for name, value in state.items()}, strip)


def wrong__load_what_fits__never_raises_for_shapes(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    """Names fit, no shape does: nothing is loaded, and it doesn't raise."""
    report, fits = _sorted_report(model, state, lambda name: name.removeprefix(strip))
    return report if report["mismatched"] and not fits else right__load_what_fits__copy(model, state, strip)


def wrong__load_what_fits__natural_order(
    model: nn.Module, state: Mapping[str, Tensor], strip: str = ""
) -> dict[str, list[str]]:
    """In the model's order, "2.weight" before "10.weight": not sorted."""
    report = right__load_what_fits__copy(model, state, strip)
    order = {name: place for place, name in enumerate(model.state_dict())}
    return {key: sorted(names, key=lambda name: (order.get(name, len(order)), name)) for key, names in report.items()}
