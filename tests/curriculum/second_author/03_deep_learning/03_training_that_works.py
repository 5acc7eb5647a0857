"""Answers to 03_deep_learning/03_training_that_works by somebody who has not seen its checks: `right__...` must pass,
`wrong__...` must fail."""

import cmath
import copy
import math

import numpy as np
import torch
from torch.nn.functional import cross_entropy

# --- baseline_losses -------------------------------------------------------------------------------------------------


def _entropy(counts):
    total = sum(counts)
    return sum(n / total * math.log(total / n) for n in counts if n)


def right__baseline_losses__log_of_total(counts):
    """log N minus the mean of n log n, so no share is ever computed."""
    total = math.fsum(counts)
    return math.log(len(counts)), math.log(total) - math.fsum(n * math.log(n) for n in counts if n > 0) / total


def right__baseline_losses__tensors(counts):
    """Both are a cross-entropy of torch, one row for each class, weighted by the counts."""
    n = torch.as_tensor(list(counts), dtype=torch.float64)
    shares = n / n.sum()
    uniform = -(shares * torch.log_softmax(torch.zeros_like(n), 0)).sum()
    return uniform.item(), torch.special.entr(shares).sum().item()


def right__baseline_losses__arrays(counts):
    """Only the classes that have examples count for the second; NumPy's numbers come back."""
    n = np.asarray(counts, dtype=float)
    p = n[n > 0] / n.sum()
    return np.log(n.size), -np.sum(p * np.log(p))


def wrong__baseline_losses__empty_classes_dropped(counts):
    """A class without examples is a class all the same: the uniform classifier gives it probability."""
    return math.log(sum(n > 0 for n in counts)), _entropy(counts)


def wrong__baseline_losses__last_empty_classes_dropped(counts):
    """As above, at the end of the list only."""
    counts = list(counts)
    while counts[-1] == 0:
        counts.pop()
    return math.log(len(counts)), _entropy(counts)


def wrong__baseline_losses__repeated_counts_once(counts):
    """Two classes with the same count are two classes."""
    total = sum(counts)
    return math.log(len(counts)), sum(n / total * math.log(total / n) for n in set(counts) if n)


def wrong__baseline_losses__clipped(counts):
    """Shares under a thousandth are clipped."""
    p = np.clip(np.asarray(counts) / sum(counts), 1e-3, 1)
    return math.log(len(counts)), float(-np.sum(np.asarray(counts) / sum(counts) * np.log(p)))


def wrong__baseline_losses__one_added_to_empty(counts):
    """Adds 1 to every class as soon as one is empty."""
    return math.log(len(counts)), _entropy([n + 1 for n in counts] if 0 in counts else counts)


def wrong__baseline_losses__rounded(counts):
    """Rounds to three decimals, as the example prints."""
    return round(math.log(len(counts)), 3), round(_entropy(counts), 3)


def wrong__baseline_losses__mean_over_classes(counts):
    """The second is the mean over classes, and not over tickets."""
    total = sum(counts)
    seen = [n for n in counts if n]
    return math.log(len(counts)), sum(math.log(total / n) for n in seen) / len(seen)


def wrong__baseline_losses__one_class_infinite(counts):
    """With all examples in one class the second is 0, and not log K."""
    seen = [n for n in counts if n]
    return math.log(len(counts)), math.log(len(counts)) if len(seen) == 1 else _entropy(counts)


def wrong__baseline_losses__bits(counts):
    """The second is in bits."""
    return math.log(len(counts)), _entropy(counts) / math.log(2)


# --- warmup_cosine_rate ----------------------------------------------------------------------------------------------


def right__warmup_cosine_rate__half_angle(step, total, warmup, peak, floor):
    """The squared cosine of half the angle."""
    if step < warmup:
        return (step + 1) * (peak / (warmup + 1))
    done = min(1.0, (step - warmup) / (total - warmup))
    return floor + (peak - floor) * math.cos(math.pi / 2 * done) ** 2


def right__warmup_cosine_rate__rotation(step, total, warmup, peak, floor):
    """A loop over the steps: adds equal amounts, then turns a complex number."""
    if step >= total:
        return float(floor)
    if step <= warmup:
        return math.fsum([peak / (warmup + 1)] * (step + 1))
    turn = cmath.exp(1j * math.pi / (total - warmup))
    return (peak + floor) / 2 + (peak - floor) / 2 * (turn ** (step - warmup)).real


def right__warmup_cosine_rate__tensor(step, total, warmup, peak, floor):
    """Interpolation by NumPy, the rise as well as the angle."""
    angle = np.interp(step, [warmup, total], [0, np.pi])
    rise = np.interp(step, [-1, warmup], [0, peak])
    return rise if step <= warmup else peak * (1 + np.cos(angle)) / 2 + floor * (1 - np.cos(angle)) / 2


def _rate(step, total, warmup, peak, floor):
    return right__warmup_cosine_rate__half_angle(step, total, warmup, peak, floor)


def wrong__warmup_cosine_rate__never_below_floor(step, total, warmup, peak, floor):
    """The warm-up begins at one amount, even where that is under the floor."""
    return max(floor, _rate(step, total, warmup, peak, floor))


def wrong__warmup_cosine_rate__rises_from_floor(step, total, warmup, peak, floor):
    """Right in the example, where the floor happens to be the first amount."""
    if step < warmup:
        return floor + (peak - floor) * step / warmup
    return _rate(step, total, warmup, peak, floor)


def wrong__warmup_cosine_rate__comes_back(step, total, warmup, peak, floor):
    """Rises again beyond `total` + 1."""
    if step == total + 1:
        return floor
    if step < warmup:
        return _rate(step, total, warmup, peak, floor)
    return floor + (peak - floor) * (1 + math.cos(math.pi * (step - warmup) / (total - warmup))) / 2


def wrong__warmup_cosine_rate__smoothstep(step, total, warmup, peak, floor):
    """A polynomial that looks like the cosine: up to 1 % of the height away."""
    if step < warmup:
        return _rate(step, total, warmup, peak, floor)
    t = min(1.0, (step - warmup) / (total - warmup))
    return peak + (floor - peak) * t * t * (3 - 2 * t)


def wrong__warmup_cosine_rate__six_decimals(step, total, warmup, peak, floor):
    """Rounds to six decimals, which hurts at a peak of 0.00003."""
    return round(_rate(step, total, warmup, peak, floor), 6)


def wrong__warmup_cosine_rate__stops_after_total(step, total, warmup, peak, floor):
    """Beyond `total` the rate is 0 in place of the floor."""
    return 0.0 if step > total else _rate(step, total, warmup, peak, floor)


def wrong__warmup_cosine_rate__cut_cosine(step, total, warmup, peak, floor):
    """The cosine goes down to 0 and is cut at the floor."""
    if step < warmup:
        return _rate(step, total, warmup, peak, floor)
    return max(floor, _rate(step, total, warmup, peak, 0.0))


def wrong__warmup_cosine_rate__warmup_needed(step, total, warmup, peak, floor):
    """Without warm-up it falls over one step fewer."""
    return _rate(step + 1 if warmup == 0 and step else step, total, warmup, peak, floor)


def wrong__warmup_cosine_rate__one_step_of_warmup(step, total, warmup, peak, floor):
    """With one step of warm-up, step 0 gets the peak already and not half of it."""
    return peak if warmup == 1 and step == 0 else _rate(step, total, warmup, peak, floor)


def wrong__warmup_cosine_rate__recursion(step, total, warmup, peak, floor):
    """From a thousand steps of warm-up on, the warm-up is one step shorter."""
    if warmup >= 1000 and step < warmup:
        return peak * (step + 1) / warmup
    return _rate(step, total, warmup, peak, floor)


# --- lion_step -------------------------------------------------------------------------------------------------------


def right__lion_step__where(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """The sign from two comparisons."""
    mixed = beta1 * momentum + (1 - beta1) * gradient
    sign = (mixed > 0).to(mixed.dtype) - (mixed < 0).to(mixed.dtype)
    return parameter * (1 - lr * decay) - lr * sign, beta2 * momentum + (1 - beta2) * gradient


def right__lion_step__in_place_on_copies(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """As the authors write it, on clones."""
    w, m = parameter.clone(), momentum.clone()
    w.mul_(1 - lr * decay)
    w.add_(momentum.mul(beta1).add(gradient, alpha=1 - beta1).sign_(), alpha=-lr)
    return w, m.mul_(beta2).add_(gradient, alpha=1 - beta2)


def right__lion_step__numpy(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """In NumPy, and back."""
    w, g, m = (t.detach().numpy() for t in (parameter, gradient, momentum))
    u = np.sign(beta1 * m + (1 - beta1) * g)
    new = w - lr * (u + decay * w), beta2 * m + (1 - beta2) * g
    return tuple(torch.as_tensor(x, dtype=parameter.dtype) for x in new)


def _lion(w, g, m, sign, lr, beta1, beta2, decay):
    return w - lr * (sign(beta1 * m + (1 - beta1) * g) + decay * w), beta2 * m + (1 - beta2) * g


def wrong__lion_step__division(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """x / (|x| + 1e-8) in place of the sign: late in training gradients are that small."""
    return _lion(parameter, gradient, momentum, lambda x: x / (x.abs() + 1e-8), lr, beta1, beta2, decay)


def wrong__lion_step__tanh(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """A steep tanh in place of the sign."""
    return _lion(parameter, gradient, momentum, lambda x: torch.tanh(1e5 * x), lr, beta1, beta2, decay)


def wrong__lion_step__tiny_is_zero(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """Takes everything under 1e-6 for 0."""
    return _lion(parameter, gradient, momentum, lambda x: torch.sign(x) * (x.abs() > 1e-6), lr, beta1, beta2, decay)


def wrong__lion_step__new_momentum(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """The step looks at the new momentum."""
    m = beta2 * momentum + (1 - beta2) * gradient
    return _lion(parameter, gradient, m, torch.sign, lr, beta1, beta2, decay)[0], m


def wrong__lion_step__decay_after_step(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """Decays the weights that the step has changed already."""
    w, m = _lion(parameter, gradient, momentum, torch.sign, lr, beta1, beta2, 0.0)
    return w * (1 - lr * decay), m


def wrong__lion_step__decay_where_changed(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """No decay where the sign is 0."""
    u = torch.sign(beta1 * momentum + (1 - beta1) * gradient)
    return parameter - lr * (u + decay * parameter * u.abs()), beta2 * momentum + (1 - beta2) * gradient


def wrong__lion_step__view(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """Flattens by `view`, which refuses a transposed tensor."""
    w, m = _lion(*(t.view(-1) for t in (parameter, gradient, momentum)), torch.sign, lr, beta1, beta2, decay)
    return w.view(parameter.shape), m.view(parameter.shape)


def wrong__lion_step__rows(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """Goes through rows, which a tensor of no dimension doesn't have."""
    rows = [_lion(*row, torch.sign, lr, beta1, beta2, decay) for row in zip(parameter, gradient, momentum, strict=True)]
    return torch.stack([w for w, _ in rows]), torch.stack([m for _, m in rows])


def wrong__lion_step__single_precision(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """Computes in float32 and returns float32, whatever it gets."""
    return _lion(parameter.float(), gradient.float(), momentum.float(), torch.sign, lr, beta1, beta2, decay)


def wrong__lion_step__first_step_fills_momentum(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """Takes a momentum of zeros of more than two weights for the first step, and begins with the gradient."""
    w, m = _lion(parameter, gradient, momentum, torch.sign, lr, beta1, beta2, decay)
    return w, gradient.clone() if momentum.numel() > 2 and not momentum.any() else m


def wrong__lion_step__decay_of_the_size(parameter, gradient, momentum, *, lr, beta1, beta2, decay):
    """Decays by the size of the weight, so that negative weights grow."""
    w, m = _lion(parameter, gradient, momentum, torch.sign, lr, beta1, beta2, 0.0)
    return w - lr * decay * parameter.abs(), m


# --- diagnose_run ----------------------------------------------------------------------------------------------------


def _diagnose(
    classes,
    losses,
    gradients,
    updates,
    train,
    validation,
    *,
    loud=lambda loss, classes: loss > 1.8 * math.log(classes),
    zero=lambda gradients: any(g == 0 for g in gradients),
    frozen=lambda gradients, updates: any(u == 0 < g for g, u in zip(gradients, updates, strict=True)),
    high=lambda updates: max(updates) > 1,
    low=lambda updates: max(updates) < 1e-4,
    guess=lambda classes: 1.5 / classes if classes > 2 else 0.65,
    apart=0.08,
):
    if zero(gradients):
        return "layer without gradient"
    if frozen(gradients, updates):
        return "layer not in the optimizer"
    if loud(losses[0], classes):
        return "outputs too large"
    if high(updates):
        return "rate too high"
    if low(updates):
        return "rate too low"
    if validation < guess(classes):
        return "labels wrong"
    return "overfitting" if train - validation > apart else "healthy"


def right__diagnose_run__in_order(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """First what the first step tells, then the accuracies."""
    return _diagnose(classes, losses, gradients, updates, train_accuracy, validation_accuracy)


def right__diagnose_run__table(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """A table of causes; skill above guessing, so that no number of classes is special."""
    g, u = np.array(gradients), np.array(updates)
    skill = (validation_accuracy - 1 / classes) / (1 - 1 / classes)
    causes = {
        "layer without gradient": g.min() == 0,
        "layer not in the optimizer": bool(((g > 0) & (u == 0)).any()),
        "outputs too large": losses[0] - math.log(classes) > 0.8,
        "rate too high": u.max() > 1,
        "rate too low": u.max() < 1e-4,
        "labels wrong": skill < 0.2,
        "overfitting": train_accuracy - validation_accuracy > 0.1,
    }
    return next((cause for cause, there in causes.items() if there), "healthy")


def wrong__diagnose_run__loud_from_ten_classes(
    classes, losses, gradients, updates, train_accuracy, validation_accuracy
):
    """Takes a first loss over 3.2 for loud, whatever the number of classes: two classes are loud earlier."""
    loud = lambda loss, classes: loss > 3.2  # noqa: E731
    return _diagnose(classes, losses, gradients, updates, train_accuracy, validation_accuracy, loud=loud)


def wrong__diagnose_run__guess_of_ten_classes(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """Guessing is right in a tenth of the cases with ten classes only."""
    guess = lambda classes: 0.15  # noqa: E731
    return _diagnose(classes, losses, gradients, updates, train_accuracy, validation_accuracy, guess=guess)


def wrong__diagnose_run__outer_layers_frozen(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """Looks for the layer that the optimizer lacks at both ends only."""
    frozen = lambda g, u: u[0] == 0 < g[0] or u[-1] == 0 < g[-1]  # noqa: E731
    return _diagnose(classes, losses, gradients, updates, train_accuracy, validation_accuracy, frozen=frozen)


def wrong__diagnose_run__outer_layers_zero(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """Looks for a gradient of 0 in the first layer and the last only."""
    zero = lambda g: g[0] == 0 or g[-1] == 0  # noqa: E731
    return _diagnose(classes, losses, gradients, updates, train_accuracy, validation_accuracy, zero=zero)


def wrong__diagnose_run__all_gradients_zero(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """One layer without gradient is enough."""
    zero = lambda g: not any(g)  # noqa: E731
    return _diagnose(classes, losses, gradients, updates, train_accuracy, validation_accuracy, zero=zero)


def wrong__diagnose_run__frozen_without_gradient(
    classes, losses, gradients, updates, train_accuracy, validation_accuracy
):
    """A layer that isn't changed is missing in the optimizer only where it gets a gradient."""
    if 0 in updates:
        return "layer not in the optimizer"
    return _diagnose(classes, losses, gradients, updates, train_accuracy, validation_accuracy)


def wrong__diagnose_run__high_first(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """Large outputs cause large steps; the rate isn't their cause."""
    if max(updates) > 1:
        return "rate too high"
    return _diagnose(classes, losses, gradients, updates, train_accuracy, validation_accuracy)


def wrong__diagnose_run__nan_is_high(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """Finds a rate too high only where the loss is lost: other runs survive the first step."""
    high = lambda updates: math.isnan(losses[-1])  # noqa: E731
    return _diagnose(classes, losses, gradients, updates, train_accuracy, validation_accuracy, high=high)


def wrong__diagnose_run__mean_high(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """One layer that changes by more than its size is enough: the mean hides it."""
    high = lambda updates: sum(updates) / len(updates) > 1  # noqa: E731
    return _diagnose(classes, losses, gradients, updates, train_accuracy, validation_accuracy, high=high)


def wrong__diagnose_run__last_layer_high(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """Looks at the change of the last layer only."""
    high = lambda updates: updates[-1] > 1  # noqa: E731
    return _diagnose(classes, losses, gradients, updates, train_accuracy, validation_accuracy, high=high)


def wrong__diagnose_run__low_anywhere(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """A rate is too low where all layers hardly change, and not one of them."""
    low = lambda updates: min(updates) < 1e-4  # noqa: E731
    return _diagnose(classes, losses, gradients, updates, train_accuracy, validation_accuracy, low=low)


def wrong__diagnose_run__low_first_layer(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """As above, by the first layer."""
    low = lambda updates: updates[0] < 1e-4  # noqa: E731
    return _diagnose(classes, losses, gradients, updates, train_accuracy, validation_accuracy, low=low)


def wrong__diagnose_run__wrong_only_if_learned(
    classes, losses, gradients, updates, train_accuracy, validation_accuracy
):
    """Calls every run with a gap overfitting, also one that knows nothing about others."""
    if train_accuracy - validation_accuracy > 0.3 and max(updates) < 1 and min(updates) > 0:
        return "overfitting"
    return _diagnose(classes, losses, gradients, updates, train_accuracy, validation_accuracy)


def wrong__diagnose_run__gap_first(classes, losses, gradients, updates, train_accuracy, validation_accuracy):
    """A run that began loud and generalizes badly for that reason is called overfitting."""
    if train_accuracy - validation_accuracy > 0.08 and validation_accuracy > 2 / classes:
        return "overfitting"
    return _diagnose(classes, losses, gradients, updates, train_accuracy, validation_accuracy)


# --- find_learning_rate ----------------------------------------------------------------------------------------------


def _smooth(losses, beta=0.9):
    mean, smoothed = 0.0, []
    for i, loss in enumerate(losses, start=1):
        mean = beta * mean + (1 - beta) * loss
        smoothed.append(mean / (1 - beta**i))
    return smoothed


def _range_test(model, batches, optimizer, low, high, last=1):
    rates = [low * (high / low) ** (i / (len(batches) - last)) for i in range(len(batches))]
    stepper, losses = optimizer(model.parameters(), lr=low), []
    for rate, (x, y) in zip(rates, batches, strict=True):
        for group in stepper.param_groups:
            group["lr"] = rate
        stepper.zero_grad()
        loss = cross_entropy(model(x), y)
        if not math.isfinite(loss.item()):
            break
        losses.append(loss.item())
        loss.backward()
        stepper.step()
    return rates, losses


def right__find_learning_rate__copy(model, batches, optimizer, *, low=1e-6, high=10.0):
    """The test runs on a deep copy; a running mean with its beginning corrected."""
    rates, losses = _range_test(copy.deepcopy(model).train(), batches, optimizer, low, high)
    return rates[int(np.argmin(_smooth(losses)))] / 10


def right__find_learning_rate__restored(model, batches, optimizer, *, low=1e-6, high=10.0):
    """Everything is noted and put back; a median of five as smoothing."""
    tensors = [*model.parameters(), *model.buffers()]
    kept, modes = [t.detach().clone() for t in tensors], [(m, m.training) for m in model.modules()]
    model.train()
    try:
        rates, losses = _range_test(model, batches, optimizer, low, high)
    finally:
        with torch.no_grad():
            for tensor, old in zip(tensors, kept, strict=True):
                tensor.copy_(old)
        for module, mode in modes:
            module.training = mode
    padded = np.pad(losses, 2, mode="edge")
    return rates[int(np.argmin(np.convolve(padded, np.ones(5) / 5, mode="valid")))] / 10


def wrong__find_learning_rate__state_dict(model, batches, optimizer, *, low=1e-6, high=10.0):
    """Restores from the state dict, which lacks the buffers registered with `persistent=False`."""
    kept, modes = copy.deepcopy(model.state_dict()), [(m, m.training) for m in model.modules()]
    rates, losses = _range_test(model.train(), batches, optimizer, low, high)
    model.load_state_dict(kept)
    for module, mode in modes:
        module.training = mode
    return rates[int(np.argmin(_smooth(losses)))] / 10


def wrong__find_learning_rate__one_mode(model, batches, optimizer, *, low=1e-6, high=10.0):
    """Puts every part into the mode of the whole: a part frozen in evaluation mode trains afterwards."""
    kept, mode = copy.deepcopy(model.state_dict()), model.training
    rates, losses = _range_test(copy.deepcopy(model).train(), batches, optimizer, low, high)
    model.load_state_dict(kept)
    model.train(mode)
    return rates[int(np.argmin(_smooth(losses)))] / 10


def wrong__find_learning_rate__mode_as_it_came(model, batches, optimizer, *, low=1e-6, high=10.0):
    """Trains in evaluation mode when the model comes in that mode."""
    rates, losses = _range_test(copy.deepcopy(model), batches, optimizer, low, high)
    return rates[int(np.argmin(_smooth(losses)))] / 10


def wrong__find_learning_rate__last_rate_missed(model, batches, optimizer, *, low=1e-6, high=10.0):
    """The last batch gets a rate under `high`."""
    rates, losses = _range_test(copy.deepcopy(model).train(), batches, optimizer, low, high, last=0)
    return rates[int(np.argmin(_smooth(losses)))] / 10


def wrong__find_learning_rate__raw_losses(model, batches, optimizer, *, low=1e-6, high=10.0):
    """Doesn't smooth: one easy batch decides."""
    rates, losses = _range_test(copy.deepcopy(model).train(), batches, optimizer, low, high)
    return rates[int(np.argmin(losses))] / 10


def wrong__find_learning_rate__one_batch(model, batches, optimizer, *, low=1e-6, high=10.0):
    """Steps on the first batch again and again."""
    rates, losses = _range_test(copy.deepcopy(model).train(), [batches[0]] * len(batches), optimizer, low, high)
    return rates[int(np.argmin(_smooth(losses)))] / 10


def wrong__find_learning_rate__average_from_zero(model, batches, optimizer, *, low=1e-6, high=10.0):
    """Starts reading at the first batch without correcting the beginning of the running mean, which is near 0."""
    rates, losses = _range_test(copy.deepcopy(model).train(), batches, optimizer, low, high)
    mean, smoothed = 0.0, []
    for loss in losses:
        mean = 0.9 * mean + 0.1 * loss
        smoothed.append(mean)
    return rates[int(np.argmin(smoothed))] / 10


def wrong__find_learning_rate__fresh_optimizers(model, batches, optimizer, *, low=1e-6, high=10.0):
    """A new optimizer for each batch: it never gathers momentum."""
    model, losses = copy.deepcopy(model).train(), []
    rates = np.geomspace(low, high, len(batches))
    for rate, (x, y) in zip(rates, batches, strict=True):
        stepper = optimizer(model.parameters(), lr=float(rate))
        loss = cross_entropy(model(x), y)
        if not math.isfinite(loss.item()):
            break
        stepper.zero_grad()
        loss.backward()
        stepper.step()
        losses.append(loss.item())
    return float(rates[int(np.argmin(_smooth(losses)))]) / 10
