"""Answers to 03_deep_learning/11_fine_tuning by somebody who has not seen its checks: `right__...` must pass,
`wrong__...` must fail."""

import itertools
import math
import random
from collections import Counter

import numpy as np
import torch
from scipy.optimize import curve_fit, minimize_scalar, nnls
from sklearn.metrics import accuracy_score, f1_score

# --- 1. pool_hidden ---------------------------------------------------------------------------------------------------


def _known(how):
    if how not in ("mean", "max", "last"):
        raise ValueError(f"no such pooling: {how}")


def _mean(hidden, real):
    kept = torch.where(real[..., None], hidden, torch.zeros_like(hidden))
    return kept.sum(1) / real.sum(1, keepdim=True).clamp(min=1).to(hidden.dtype)


def _max(hidden, real):
    top = hidden.masked_fill(~real[..., None], -math.inf).amax(1)
    return torch.where(real.any(1)[:, None], top, torch.zeros_like(top))


def _last(hidden, real):
    place = (torch.arange(1, real.shape[1] + 1) * real).argmax(1)
    found = hidden[torch.arange(len(hidden)), place]
    return torch.where(real.any(1)[:, None], found, torch.zeros_like(found))


def _pool(hidden, mask, how):
    _known(how)
    return {"mean": _mean, "max": _max, "last": _last}[how](hidden, mask.bool())


def right__pool_hidden__vectorized(hidden, mask, how):
    return _pool(hidden, mask, how)


def right__pool_hidden__loop(hidden, mask, how):
    if how not in {"mean", "max", "last"}:
        raise ValueError(how)
    out = hidden.new_zeros(hidden.shape[0], hidden.shape[2])
    for i in range(len(hidden)):
        tokens = hidden[i][mask[i] != 0]
        if len(tokens) == 0:
            continue
        if how == "mean":
            out[i] = tokens.mean(0)
        elif how == "max":
            out[i] = tokens.max(0).values
        else:
            out[i] = tokens[-1]
    return out


def right__pool_hidden__weights_after_zeroing(hidden, mask, how):
    _known(how)
    real = mask > 0
    clean = hidden.masked_fill(~real.unsqueeze(-1), 0.0)
    if how == "mean":
        weights = real.to(hidden.dtype) / real.sum(1, keepdim=True).clamp(min=1)
        return torch.einsum("bn,bnd->bd", weights, clean)
    if how == "last":
        later = torch.flip(torch.cumsum(torch.flip(real.long(), [1]), 1), [1])
        return (clean * ((later == 1) & real).unsqueeze(-1)).sum(1)
    lowest = torch.finfo(hidden.dtype).min
    top = hidden.masked_fill(~real.unsqueeze(-1), lowest).max(dim=1).values
    return top * real.any(1, keepdim=True)


def right__pool_hidden__python_lists(hidden, mask, how):
    _known(how)
    rows = []
    for tokens, flags in zip(hidden.tolist(), mask.tolist(), strict=True):
        real = [token for token, flag in zip(tokens, flags, strict=True) if flag]
        columns = list(zip(*real, strict=True))
        if not real:
            rows.append([0.0] * hidden.shape[2])
        elif how == "mean":
            rows.append([math.fsum(column) / len(real) for column in columns])
        else:
            rows.append([max(column) for column in columns] if how == "max" else list(real[-1]))
    return torch.tensor(rows, dtype=hidden.dtype).reshape(hidden.shape[0], hidden.shape[2])


def wrong__pool_hidden__mask_times_hidden(hidden, mask, how):
    """A nan in the padding reaches the mean."""
    if how == "mean":
        return (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)
    return _pool(hidden, mask, how)


def wrong__pool_hidden__nan_only_is_cleaned(hidden, mask, how):
    """An inf in the padding still reaches the mean (inf times 0)."""
    if how == "mean":
        clean = torch.where(hidden.isnan(), torch.zeros_like(hidden), hidden)
        return (clean * mask[..., None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)
    return _pool(hidden, mask, how)


def wrong__pool_hidden__max_filled_with_zero(hidden, mask, how):
    """A sentence with a column of negative numbers gives 0."""
    if how == "max":
        return hidden.masked_fill(~mask.bool()[..., None], 0.0).amax(1)
    return _pool(hidden, mask, how)


def wrong__pool_hidden__max_filled_with_minus_10000(hidden, mask, how):
    """Real numbers below -10000 lose against the filling."""
    if how == "max":
        real = mask.bool()
        return hidden.masked_fill(~real[..., None], -1e4).amax(1) * real.any(1)[:, None]
    return _pool(hidden, mask, how)


def wrong__pool_hidden__max_by_lowered_padding(hidden, mask, how):
    """Padding lowered by 1e9 instead of replaced: nan stays nan."""
    if how == "max":
        real = mask.bool()
        return (hidden - 1e9 * (~real)[..., None]).amax(1) * real.any(1)[:, None]
    return _pool(hidden, mask, how)


def wrong__pool_hidden__last_by_length(hidden, mask, how):
    """Takes token number length - 1: wrong if the padding is on the left."""
    if how == "last":
        real = mask.bool()
        found = hidden[torch.arange(len(hidden)), (real.sum(1) - 1).clamp(min=0)]
        return torch.where(real.any(1)[:, None], found, torch.zeros_like(found))
    return _pool(hidden, mask, how)


def wrong__pool_hidden__left_padding_guessed_from_first_row(hidden, mask, how):
    """Decides for the batch: if any sentence ends in a real token, all are taken to (a full one is no left padding)."""
    if how == "last":
        real = mask.bool()
        if bool(real[:, -1].any()):
            return torch.where(real.any(1)[:, None], hidden[:, -1], torch.zeros_like(hidden[:, -1]))
    return _pool(hidden, mask, how)


def wrong__pool_hidden__last_is_the_last_position(hidden, mask, how):
    """Takes the last position, padding or not."""
    if how == "last":
        return torch.where(mask.bool().any(1)[:, None], hidden[:, -1], torch.zeros_like(hidden[:, -1]))
    return _pool(hidden, mask, how)


def wrong__pool_hidden__empty_last_not_zero(hidden, mask, how):
    """A sentence without a real token gives its first token for "last"."""
    if how == "last":
        return hidden[torch.arange(len(hidden)), (torch.arange(1, mask.shape[1] + 1) * mask).argmax(1)]
    return _pool(hidden, mask, how)


def wrong__pool_hidden__empty_max_is_minus_infinity(hidden, mask, how):
    """A sentence without a real token gives -inf for "max"."""
    if how == "max":
        return hidden.masked_fill(~mask.bool()[..., None], -math.inf).amax(1)
    return _pool(hidden, mask, how)


def wrong__pool_hidden__empty_mean_is_nan(hidden, mask, how):
    """A sentence without a real token gives nan for "mean"."""
    if how == "mean":
        real = mask.bool()
        return torch.where(real[..., None], hidden, 0.0).sum(1) / real.sum(1, keepdim=True)
    return _pool(hidden, mask, how)


def wrong__pool_hidden__divides_by_all_positions(hidden, mask, how):
    """Padding counts in the mean's divisor."""
    if how == "mean":
        return torch.where(mask.bool()[..., None], hidden, 0.0).mean(1)
    return _pool(hidden, mask, how)


def wrong__pool_hidden__epsilon_in_the_divisor(hidden, mask, how):
    """The mean is a little too small: 0.01 is added to the number of tokens."""
    if how == "mean":
        real = mask.bool()
        return torch.where(real[..., None], hidden, 0.0).sum(1) / (real.sum(1, keepdim=True) + 0.01)
    return _pool(hidden, mask, how)


def wrong__pool_hidden__unknown_is_mean(hidden, mask, how):
    """Another `how` must raise ValueError."""
    return _pool(hidden, mask, how if how in ("max", "last") else "mean")


def wrong__pool_hidden__upper_case_accepted(hidden, mask, how):
    """ "Mean" is another `how` and must raise ValueError."""
    return _pool(hidden, mask, how.lower())


def wrong__pool_hidden__key_error(hidden, mask, how):
    """Raises KeyError instead of ValueError."""
    return {"mean": _mean, "max": _max, "last": _last}[how](hidden, mask.bool())


def wrong__pool_hidden__max_of_the_row_sums(hidden, mask, how):
    """Takes the token with the largest sum, not the maximum of each column."""
    if how == "max":
        real = mask.bool()
        sums = hidden.sum(2).masked_fill(~real, -math.inf)
        found = hidden[torch.arange(len(hidden)), sums.argmax(1)]
        return torch.where(real.any(1)[:, None], found, torch.zeros_like(found))
    return _pool(hidden, mask, how)


def wrong__pool_hidden__mean_of_absolute_numbers(hidden, mask, how):
    """Negative numbers count as positive in the mean."""
    return _pool(hidden.abs() if how == "mean" else hidden, mask, how)


# --- 2. trainer_metrics -----------------------------------------------------------------------------------------------


def _scores(prediction):
    scores = prediction.predictions
    return np.asarray(scores[0] if isinstance(scores, tuple) else scores)


def _f1(labels, guesses, k):
    hits = np.sum((labels == k) & (guesses == k))
    both = np.sum(labels == k) + np.sum(guesses == k)
    return float(2 * hits / both) if both else 0.0


def _metrics(prediction, classes):
    guesses, labels = _scores(prediction).argmax(1), np.asarray(prediction.label_ids)
    scores = [_f1(labels, guesses, k) for k in classes(labels, guesses)]
    return {"accuracy": float(np.mean(guesses == labels)), "macro_f1": float(np.mean(scores))}


def right__trainer_metrics__sklearn(prediction):
    guesses, labels = _scores(prediction).argmax(axis=-1), prediction.label_ids
    return {"accuracy": accuracy_score(labels, guesses), "macro_f1": f1_score(labels, guesses, average="macro")}


def right__trainer_metrics__numpy(prediction):
    return _metrics(prediction, np.union1d)


def right__trainer_metrics__counter(prediction):
    guesses = [max(range(len(row)), key=row.__getitem__) for row in _scores(prediction).tolist()]
    labels = [int(label) for label in prediction.label_ids]
    hits = Counter(a for a, b in zip(labels, guesses, strict=True) if a == b)
    seen = Counter(labels) + Counter(guesses)
    return {
        "accuracy": sum(hits.values()) / len(labels),
        "macro_f1": sum(2 * hits[k] / seen[k] for k in seen) / len(seen),
    }


def right__trainer_metrics__confusion_matrix(prediction):
    scores, labels = _scores(prediction), np.asarray(prediction.label_ids)
    size = max(scores.shape[1], int(labels.max()) + 1)
    table = np.zeros((size, size))
    np.add.at(table, (labels, scores.argmax(1)), 1)
    both = table.sum(0) + table.sum(1)
    f1 = 2 * np.diag(table)[both > 0] / both[both > 0]
    return {"macro_f1": np.float64(f1.mean()), "accuracy": np.trace(table) / table.sum()}


def wrong__trainer_metrics__every_column_is_a_class(prediction):
    """Classes that occur nowhere count with F1 = 0."""
    columns = range(_scores(prediction).shape[1])
    return _metrics(prediction, lambda labels, guesses: columns)


def wrong__trainer_metrics__classes_up_to_the_largest(prediction):
    """A class below the largest that occurs nowhere counts with F1 = 0."""
    return _metrics(prediction, lambda labels, guesses: range(max(labels.max(), guesses.max()) + 1))


def wrong__trainer_metrics__classes_of_the_labels(prediction):
    """A class that is only predicted doesn't count."""
    return _metrics(prediction, lambda labels, guesses: np.unique(labels))


def wrong__trainer_metrics__classes_of_the_guesses(prediction):
    """A class that is never predicted doesn't count."""
    return _metrics(prediction, lambda labels, guesses: np.unique(guesses))


def wrong__trainer_metrics__classes_in_both(prediction):
    """Only classes that occur among the labels and the predictions count."""
    found = np.intersect1d(prediction.label_ids, _scores(prediction).argmax(1))
    return _metrics(prediction, lambda labels, guesses: found if len(found) else np.union1d(labels, guesses))


def wrong__trainer_metrics__weighted(prediction):
    """Weights the classes by their number of labels."""
    guesses, labels = _scores(prediction).argmax(1), prediction.label_ids
    return {
        "accuracy": float(np.mean(guesses == labels)),
        "macro_f1": float(f1_score(labels, guesses, average="weighted")),
    }


def wrong__trainer_metrics__f1_of_the_means(prediction):
    """The harmonic mean of macro precision and macro recall, not the mean of the classes' F1."""
    guesses, labels = _scores(prediction).argmax(1), np.asarray(prediction.label_ids)
    classes = np.union1d(labels, guesses)
    hits = [np.sum((labels == k) & (guesses == k)) for k in classes]
    precision = np.mean([h / max(1, np.sum(guesses == k)) for h, k in zip(hits, classes, strict=True)])
    recall = np.mean([h / max(1, np.sum(labels == k)) for h, k in zip(hits, classes, strict=True)])
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"accuracy": float(np.mean(guesses == labels)), "macro_f1": float(f1)}


def wrong__trainer_metrics__balanced_accuracy(prediction):
    """The mean of the classes' recall in place of accuracy."""
    out = _metrics(prediction, np.union1d)
    guesses, labels = _scores(prediction).argmax(1), np.asarray(prediction.label_ids)
    out["accuracy"] = float(np.mean([np.mean(guesses[labels == k] == k) for k in np.unique(labels)]))
    return out


def wrong__trainer_metrics__last_of_the_tuple(prediction):
    """Takes the last entry of the tuple, the hidden states, as the scores."""
    scores = prediction.predictions
    guesses = np.asarray(scores[-1] if isinstance(scores, tuple) else scores).reshape(len(prediction.label_ids), -1)
    guesses, labels = guesses.argmax(1), prediction.label_ids
    return {
        "accuracy": float(np.mean(guesses == labels)),
        "macro_f1": float(f1_score(labels, guesses, average="macro")),
    }


def wrong__trainer_metrics__tuple_only_of_two(prediction):
    """Unpacks the tuple only if it has two entries."""
    scores = prediction.predictions
    if isinstance(scores, tuple) and len(scores) != 2:
        raise TypeError("two entries expected")
    return _metrics(prediction, np.union1d)


def wrong__trainer_metrics__array_only(prediction):
    """Can't read a tuple of arrays of different shapes."""
    guesses, labels = np.asarray(prediction.predictions).argmax(1), prediction.label_ids
    return {
        "accuracy": accuracy_score(labels, guesses),
        "macro_f1": f1_score(labels, guesses, average="macro"),
    }


def wrong__trainer_metrics__two_classes_binary(prediction):
    """With two columns, the F1 of class 1 in place of the mean of both."""
    out = _metrics(prediction, np.union1d)
    if _scores(prediction).shape[1] == 2:
        out["macro_f1"] = _f1(np.asarray(prediction.label_ids), _scores(prediction).argmax(1), 1)
    return out


def wrong__trainer_metrics__rounded(prediction):
    """Rounds to four digits."""
    return {name: round(value, 4) for name, value in _metrics(prediction, np.union1d).items()}


def wrong__trainer_metrics__largest_size_of_score(prediction):
    """Takes the score of the largest absolute value: a very low one wins."""
    guesses, labels = np.abs(_scores(prediction)).argmax(1), prediction.label_ids
    return {
        "accuracy": accuracy_score(labels, guesses),
        "macro_f1": f1_score(labels, guesses, average="macro"),
    }


def wrong__trainer_metrics__exponentials(prediction):
    """Compares exponentials without taking off the maximum: scores of 1000 are all inf, and the first wins."""
    with np.errstate(over="ignore"):
        guesses, labels = np.exp(_scores(prediction).astype(float)).argmax(1), prediction.label_ids
    return {
        "accuracy": accuracy_score(labels, guesses),
        "macro_f1": f1_score(labels, guesses, average="macro"),
    }


def wrong__trainer_metrics__hits_left_out(prediction):
    """A class that was never hit is left out of the mean instead of counting 0."""
    guesses, labels = _scores(prediction).argmax(1), np.asarray(prediction.label_ids)
    f1 = [_f1(labels, guesses, k) for k in np.union1d(labels, guesses)]
    f1 = [value for value in f1 if value > 0] or [0.0]
    return {"accuracy": float(np.mean(guesses == labels)), "macro_f1": float(np.mean(f1))}


def wrong__trainer_metrics__other_keys(prediction):
    """Prefixes the keys, which the Trainer does itself."""
    return {f"eval_{name}": value for name, value in _metrics(prediction, np.union1d).items()}


# --- 3. family_split --------------------------------------------------------------------------------------------------


def _triples(text):
    words = text.lower().split()
    return {tuple(words)} if len(words) < 3 else set(zip(words, words[1:], words[2:], strict=False))


def _jaccard(a, b):
    return len(a & b) / len(a | b)


def _families(texts, related):
    sets, parent = [_triples(text) for text in texts], list(range(len(texts)))

    def root(i):
        while parent[i] != i:
            i = parent[i]
        return i

    for i, j in itertools.combinations(range(len(texts)), 2):
        if related(sets[i], sets[j]):
            parent[root(j)] = root(i)
    groups = {}
    for i in range(len(texts)):
        groups.setdefault(root(i), []).append(i)
    return list(groups.values())


def _fill(families, n, share, ordered):
    test = []
    for family in ordered(families):
        if len(test) >= share * n - 1e-9:
            break
        test += family
    return [i for i in range(n) if i not in test], sorted(test)


def _shuffled(seed):
    def ordered(families):
        families = list(families)
        random.Random(seed).shuffle(families)
        return families

    return ordered


def _split(texts, share, seed, related):
    return _fill(_families(texts, related), len(texts), share, _shuffled(seed))


def right__family_split__union_find(texts, share, threshold, seed):
    return _split(texts, share, seed, lambda a, b: _jaccard(a, b) >= threshold)


def right__family_split__numpy_permutation(texts, share, threshold, seed):
    families = _families(texts, lambda a, b: _jaccard(a, b) >= threshold)
    order = np.random.default_rng(seed).permutation(len(families))
    test = set()
    for k in order:
        if len(test) / len(texts) >= share:
            break
        test |= set(families[k])
    return sorted(set(range(len(texts))) - test), sorted(test)


def right__family_split__search_in_depth(texts, share, threshold, seed):
    sets, left, families = [_triples(text) for text in texts], set(range(len(texts))), []
    while left:
        queue, family = [left.pop()], []
        while queue:
            i = queue.pop()
            family.append(i)
            near = {j for j in left if _jaccard(sets[i], sets[j]) >= threshold}
            left -= near
            queue += near
        families.append(family)
    rng, test = random.Random(seed), []
    while families and len(test) < share * len(texts) - 1e-9:
        test += families.pop(rng.randrange(len(families)))
    return [i for i in range(len(texts)) if i not in test], sorted(test)


def right__family_split__smallest_label_spreads(texts, share, threshold, seed):
    sets, label, changed = [_triples(text) for text in texts], list(range(len(texts))), True
    while changed:
        changed = False
        for i, j in itertools.combinations(range(len(texts)), 2):
            if label[i] != label[j] and len(sets[i] & sets[j]) / len(sets[i] | sets[j]) >= threshold:
                label[i] = label[j] = min(label[i], label[j])
                changed = True
    order = sorted(set(label))
    np.random.RandomState(seed).shuffle(order)
    test = []
    for k in order:
        if len(test) >= share * len(texts) - 1e-9:
            break
        test.extend(i for i, own in enumerate(label) if own == k)
    return sorted(i for i in range(len(texts)) if label[i] not in {label[t] for t in test}), sorted(test)


def wrong__family_split__neighbors_of_the_first_only(texts, share, threshold, seed):
    """Families hold the relatives of their first text, not those of its relatives."""
    sets, free, families = [_triples(text) for text in texts], list(range(len(texts))), []
    while free:
        family = [i for i in free if _jaccard(sets[free[0]], sets[i]) >= threshold]
        free = [i for i in free if i not in family]
        families.append(family)
    return _fill(families, len(texts), share, _shuffled(seed))


def wrong__family_split__one_pass_of_labels(texts, share, threshold, seed):
    """A text joins the first family that it fits; two families that it connects stay apart."""
    sets, families = [_triples(text) for text in texts], []
    for i in range(len(texts)):
        for family in families:
            if any(_jaccard(sets[i], sets[j]) >= threshold for j in family):
                family.append(i)
                break
        else:
            families.append([i])
    return _fill(families, len(texts), share, _shuffled(seed))


def wrong__family_split__above_the_threshold(texts, share, threshold, seed):
    """A Jaccard index equal to the threshold isn't enough."""
    return _split(texts, share, seed, lambda a, b: a == b or _jaccard(a, b) > threshold)


def wrong__family_split__shared_by_the_smaller(texts, share, threshold, seed):
    """Divides by the smaller set instead of the union."""
    return _split(texts, share, seed, lambda a, b: len(a & b) / min(len(a), len(b)) >= threshold)


def wrong__family_split__dice(texts, share, threshold, seed):
    """Dice's index instead of Jaccard's."""
    return _split(texts, share, seed, lambda a, b: 2 * len(a & b) / (len(a) + len(b)) >= threshold)


def _grouped(texts, share, threshold, seed, triples):
    sets = {id(text): triples(text) for text in texts}
    groups = []
    for i, text in enumerate(texts):
        ours = sets[id(text)]
        near = [g for g in groups if any(_jaccard(ours, sets[id(texts[j])]) >= threshold for j in g)]
        groups = [g for g in groups if g not in near] + [sorted([i, *itertools.chain(*near)])]
    return _fill(sorted(groups), len(texts), share, _shuffled(seed))


def wrong__family_split__case_matters(texts, share, threshold, seed):
    """Doesn't lower the words."""

    def triples(text):
        words = text.split()
        return {tuple(words)} if len(words) < 3 else set(zip(words, words[1:], words[2:], strict=False))

    return _grouped(texts, share, threshold, seed, triples)


def wrong__family_split__periods_cut(texts, share, threshold, seed):
    """Takes punctuation off the words."""

    def triples(text):
        return _triples(" ".join(word.strip(".,:;") for word in text.split()))

    return _grouped(texts, share, threshold, seed, triples)


def wrong__family_split__pairs(texts, share, threshold, seed):
    """Pairs of words instead of triples."""

    def triples(text):
        words = text.lower().split()
        return {tuple(words)} if len(words) < 3 else set(itertools.pairwise(words))

    return _grouped(texts, share, threshold, seed, triples)


def wrong__family_split__order_in_a_triple_ignored(texts, share, threshold, seed):
    """Sorts the words of a triple."""
    return _grouped(texts, share, threshold, seed, lambda text: {tuple(sorted(t)) for t in _triples(text)})


def wrong__family_split__short_texts_all_related(texts, share, threshold, seed):
    """Texts of fewer than three words have no triples and count as equal."""

    def triples(text):
        words = text.lower().split()
        return _triples(text) if len(words) >= 3 else {()}

    return _grouped(texts, share, threshold, seed, triples)


def wrong__family_split__short_texts_never_related(texts, share, threshold, seed):
    """Texts of fewer than three words have no triples and are related to none."""
    return _split(texts, share, seed, lambda a, b: len(min(a, key=len)) == 3 and _jaccard(a, b) >= threshold)


def wrong__family_split__two_words_only_are_short(texts, share, threshold, seed):
    """An empty text has no triple at all, so two empty texts aren't related."""
    return _split(texts, share, seed, lambda a, b: a != {()} and _jaccard(a, b) >= threshold)


def wrong__family_split__repeated_triples_counted(texts, share, threshold, seed):
    """Counts repeated triples: not sets."""

    def triples(text):
        words = text.lower().split()
        if len(words) < 3:
            return Counter([tuple(words)])
        return Counter(zip(words, words[1:], words[2:], strict=False))

    bags = [triples(text) for text in texts]
    sets = [frozenset((t, k) for t, times in bag.items() for k in range(times)) for bag in bags]
    groups = []
    for i in range(len(texts)):
        near = [g for g in groups if any(_jaccard(sets[i], sets[j]) >= threshold for j in g)]
        groups = [g for g in groups if g not in near] + [sorted([i, *itertools.chain(*near)])]
    return _fill(sorted(groups), len(texts), share, _shuffled(seed))


def wrong__family_split__stops_before_the_share(texts, share, threshold, seed):
    """Leaves out the family that would take the test beyond the share."""
    test = []
    families = _families(texts, lambda a, b: _jaccard(a, b) >= threshold)
    for family in _shuffled(seed)(families):
        if len(test) + len(family) > share * len(texts) + 1e-9:
            break
        test += family
    return [i for i in range(len(texts)) if i not in test], sorted(test)


def wrong__family_split__skips_large_families(texts, share, threshold, seed):
    """Skips a family that would overshoot and goes on: large families end in training; overshoots only at the end."""
    families = _shuffled(seed)(_families(texts, lambda a, b: _jaccard(a, b) >= threshold))
    test, skipped = [], []
    for family in families:
        if len(test) + len(family) <= share * len(texts) + 1e-9:
            test += family
        else:
            skipped.append(family)
    for family in skipped:
        if len(test) >= share * len(texts) - 1e-9:
            break
        test += family
    return [i for i in range(len(texts)) if i not in test], sorted(test)


def wrong__family_split__smallest_first(texts, share, threshold, seed):
    """Shuffles, then takes the smallest families first."""
    families = _families(texts, lambda a, b: _jaccard(a, b) >= threshold)
    return _fill(families, len(texts), share, lambda f: sorted(_shuffled(seed)(f), key=len))


def wrong__family_split__largest_first(texts, share, threshold, seed):
    """Shuffles, then takes the largest families first."""
    families = _families(texts, lambda a, b: _jaccard(a, b) >= threshold)
    return _fill(families, len(texts), share, lambda f: sorted(_shuffled(seed)(f), key=len, reverse=True))


def wrong__family_split__one_too_many(texts, share, threshold, seed):
    """Goes on when the test holds exactly the share."""
    test = []
    for family in _shuffled(seed)(_families(texts, lambda a, b: _jaccard(a, b) >= threshold)):
        if len(test) > share * len(texts) + 1e-9:
            break
        test += family
    return [i for i in range(len(texts)) if i not in test], sorted(test)


def wrong__family_split__share_of_the_families(texts, share, threshold, seed):
    """Takes a share of the families, not of the texts."""
    families = _shuffled(seed)(_families(texts, lambda a, b: _jaccard(a, b) >= threshold))
    test = sorted(itertools.chain(*families[: math.ceil(share * len(families) - 1e-9)]))
    return [i for i in range(len(texts)) if i not in test], test


def wrong__family_split__at_least_one_family(texts, share, threshold, seed):
    """With share 0 one family goes to the test, although it holds 0 texts, which is enough, without any."""
    return right__family_split__union_find(texts, max(share, 1e-6), threshold, seed)


def wrong__family_split__seed_ignored(texts, share, threshold, seed):
    """The same order for every seed."""
    return right__family_split__union_find(texts, share, threshold, 7)


def wrong__family_split__global_state(texts, share, threshold, seed):
    """The order comes from the global state: the same seed gives different answers."""
    return right__family_split__union_find(texts, share, threshold, random.randrange(10**9))


def wrong__family_split__two_orders(texts, share, threshold, seed):
    """Forward for even seeds, backward for odd ones: not a random order; families in the middle are never first."""
    families = _families(texts, lambda a, b: _jaccard(a, b) >= threshold)
    return _fill(families, len(texts), share, lambda f: f[:: 1 if seed % 2 == 0 else -1])


def wrong__family_split__in_random_order(texts, share, threshold, seed):
    """The indices come in the order in which they were drawn, not ascending."""
    families = _shuffled(seed)(_families(texts, lambda a, b: _jaccard(a, b) >= threshold))
    test = []
    for family in families:
        if len(test) >= share * len(texts) - 1e-9:
            break
        test += family
    return [i for i in range(len(texts)) if i not in test], test


def wrong__family_split__test_first(texts, share, threshold, seed):
    """Returns the test before the training."""
    return right__family_split__union_find(texts, share, threshold, seed)[::-1]


def wrong__family_split__texts_by_value(texts, share, threshold, seed):
    """Looks indices up by text: copies of a text all get the first one's index."""
    train, test = right__family_split__union_find(texts, share, threshold, seed)
    place = list(texts).index
    return sorted(place(texts[i]) for i in train), sorted(place(texts[i]) for i in test)


# --- 4. labels_for_target ---------------------------------------------------------------------------------------------


def _at(b, x, y):
    (floor, a), rest = nnls(np.stack([np.ones_like(x), x**-b], axis=1), y)
    return rest, floor, a


def _curve(sizes, accuracies, low=0.05, high=2.0):
    x, y = np.asarray(sizes, dtype=float), 1 - np.asarray(accuracies, dtype=float)
    scale = x.min()
    grid = np.linspace(low, high, 400)
    best = grid[np.argmin([_at(b, x / scale, y)[0] for b in grid])]
    step = grid[1] - grid[0]
    bounds = (max(low, best - step), min(high, best + step))
    found = minimize_scalar(
        lambda b: _at(b, x / scale, y)[0], bounds=bounds, method="bounded", options={"xatol": 1e-12}
    )
    b = min((found.x, *bounds, best), key=lambda b: _at(b, x / scale, y)[0])
    _, floor, a = _at(b, x / scale, y)
    return floor, a * scale**b, b


def _needed(floor, a, b, target):
    if a == 0 and floor <= 1 - target:
        return 1
    if floor >= 1 - target - 1e-12:
        return None
    return max(1, math.ceil((a / (1 - target - floor)) ** (1 / b) - 1e-6))


def right__labels_for_target__nnls_and_search(sizes, accuracies, target):
    return _needed(*_curve(sizes, accuracies), target)


def right__labels_for_target__curve_fit(sizes, accuracies, target):
    x, y = np.asarray(sizes, dtype=float), 1 - np.asarray(accuracies, dtype=float)
    best = None
    for start in (0.1, 0.3, 0.6, 1.0, 1.5):
        (floor, a, b), _ = curve_fit(
            lambda n, floor, a, b: floor + a * (n / x.min()) ** -b,
            x,
            y,
            p0=(y.min() / 2, max(np.ptp(y), 1e-3), start),
            bounds=((0, 0, 0.05), (np.inf, np.inf, 2)),
            xtol=1e-15,
            ftol=1e-15,
            gtol=1e-15,
            max_nfev=5000,
        )
        loss = np.sum((floor + a * (x / x.min()) ** -b - y) ** 2)
        if best is None or loss < best[0]:
            best = loss, floor, a * x.min() ** b, b
    return _needed(*best[1:], target)


def _line(b, x, y):
    z = x**-b
    a = np.sum((z - z.mean()) * (y - y.mean())) / np.sum((z - z.mean()) ** 2)
    floor = y.mean() - a * z.mean()
    if a < 0:
        a, floor = 0.0, y.mean()
    if floor < 0:
        a, floor = np.sum(z * y) / np.sum(z * z), 0.0
    return np.sum((floor + a * z - y) ** 2), floor, a


def right__labels_for_target__line_for_each_power(sizes, accuracies, target):
    x, y = np.array(sizes, dtype=float), 1 - np.array(accuracies, dtype=float)
    unit = x.min()
    low, high = 0.05, 2.0
    for _ in range(14):
        grid = np.linspace(low, high, 41)
        best = int(np.argmin([_line(b, x / unit, y)[0] for b in grid]))
        low, high = grid[max(0, best - 1)], grid[min(40, best + 1)]
    _, floor, a = _line(grid[best], x / unit, y)
    return _needed(floor, a * unit ** grid[best], grid[best], target)


def wrong__labels_for_target__no_floor(sizes, accuracies, target):
    """A straight line in logarithms: the floor is taken to be 0."""
    slope, start = np.polyfit(np.log(sizes), np.log(1 - np.asarray(accuracies) + 1e-12), 1)
    return max(1, math.ceil(math.exp((math.log(1 - target) - start) / slope)))


def wrong__labels_for_target__power_one_half(sizes, accuracies, target):
    """The power is fixed at 1/2."""
    x, y = np.asarray(sizes, dtype=float), 1 - np.asarray(accuracies)
    _, floor, a = _at(0.5, x, y)
    return _needed(floor, a, 0.5, target)


def wrong__labels_for_target__power_up_to_one(sizes, accuracies, target):
    """Powers from 1 to 2 aren't tried."""
    return _needed(*_curve(sizes, accuracies, high=1.0), target)


def wrong__labels_for_target__power_from_0_1(sizes, accuracies, target):
    """Powers below 0.1 aren't tried."""
    return _needed(*_curve(sizes, accuracies, low=0.1), target)


def wrong__labels_for_target__power_up_to_four(sizes, accuracies, target):
    """Powers above 2 are tried, too."""
    return _needed(*_curve(sizes, accuracies, high=4.0), target)


def wrong__labels_for_target__coarse_powers(sizes, accuracies, target):
    """Only the powers 0.05, 0.1, 0.15, ..., 2."""
    x, y = np.asarray(sizes, dtype=float), 1 - np.asarray(accuracies)
    b = min(np.arange(1, 41) / 20, key=lambda b: _at(b, x, y)[0])
    _, floor, a = _at(b, x, y)
    return _needed(floor, a, b, target)


def wrong__labels_for_target__floor_may_be_negative(sizes, accuracies, target):
    """A plain line for each power: the floor can be below 0."""
    x, y = np.asarray(sizes, dtype=float), 1 - np.asarray(accuracies)

    def fit(b):
        design = np.stack([np.ones_like(x), (x / x.min()) ** -b], axis=1)
        floor, a = np.linalg.lstsq(design, y, rcond=None)[0]
        return np.sum((design @ [floor, a] - y) ** 2), floor, a * x.min() ** b

    b = min(np.linspace(0.05, 2, 4001), key=lambda b: fit(b)[0])
    _, floor, a = fit(b)
    if floor >= 1 - target or a <= 0:
        return None
    return _needed(floor, a, b, target)


def wrong__labels_for_target__floor_is_the_lowest_error(sizes, accuracies, target):
    """Takes the lowest measured error as the floor."""
    if target > max(accuracies):
        return None
    return _needed(*_curve(sizes, accuracies), target)


def wrong__labels_for_target__between_measurements(sizes, accuracies, target):
    """Interpolates between the measurements."""
    pairs = sorted(zip(sizes, accuracies, strict=True))
    if target > pairs[-1][1]:
        return _needed(*_curve(sizes, accuracies), target)
    return math.ceil(np.interp(target, [a for _, a in pairs], [n for n, _ in pairs]))


def wrong__labels_for_target__measured_size_if_any_reaches_it(sizes, accuracies, target):
    """Returns the smallest measured number of labels that reached the target."""
    reached = [n for n, accuracy in zip(sizes, accuracies, strict=True) if accuracy >= target]
    return int(min(reached)) if reached else _needed(*_curve(sizes, accuracies), target)


def wrong__labels_for_target__at_least_the_smallest_size(sizes, accuracies, target):
    """Never returns less than the smallest measured size."""
    found = _needed(*_curve(sizes, accuracies), target)
    return None if found is None else int(max(found, min(sizes)))


def wrong__labels_for_target__at_least_the_largest_size(sizes, accuracies, target):
    """Never returns less than the largest measured size."""
    found = _needed(*_curve(sizes, accuracies), target)
    return None if found is None else int(max(found, max(sizes)))


def wrong__labels_for_target__rounded_down(sizes, accuracies, target):
    """One too few: the curve isn't there yet."""
    floor, a, b = _curve(sizes, accuracies)
    found = _needed(floor, a, b, target)
    return found if found is None or found == 1 else found - 1


def wrong__labels_for_target__one_too_many(sizes, accuracies, target):
    """One label more than needed."""
    found = _needed(*_curve(sizes, accuracies), target)
    return None if found is None else found + 1


def wrong__labels_for_target__a_million_is_never(sizes, accuracies, target):
    """More than a million labels count as never."""
    found = _needed(*_curve(sizes, accuracies), target)
    return None if found is None or found > 10**6 else found


def wrong__labels_for_target__sorted_apart(sizes, accuracies, target):
    """Sorts sizes and accuracies apart from each other: a dip in the curve is lost."""
    return _needed(*_curve(sorted(sizes), sorted(accuracies)), target)


def wrong__labels_for_target__order_taken_as_given(sizes, accuracies, target):
    """Sorts the sizes but not their accuracies."""
    return _needed(*_curve(sorted(sizes), accuracies), target)


def wrong__labels_for_target__first_four_points(sizes, accuracies, target):
    """Uses the first four points only."""
    return _needed(*_curve(sizes[:4], accuracies[:4]), target)


def wrong__labels_for_target__accuracy_decreases(sizes, accuracies, target):
    """Returns 0 instead of None if the floor is above the allowed error."""
    found = _needed(*_curve(sizes, accuracies), target)
    return 0 if found is None else found


def wrong__labels_for_target__infinity_for_never(sizes, accuracies, target):
    """Returns inf where None is asked for."""
    found = _needed(*_curve(sizes, accuracies), target)
    return math.inf if found is None else found


# --- 5. accumulated_gradients -----------------------------------------------------------------------------------------


def _count(chunks):
    total = sum(int((labels != -100).sum()) for _, labels in chunks)
    if total == 0:
        raise ValueError("no token is counted")
    return total


def _learned(model):
    return [p for p in model.parameters() if p.requires_grad]


def _clear(model):
    for p in _learned(model):
        p.grad = None


def right__accumulated_gradients__divide_the_loss(model, chunks, loss_sum):
    total = _count(chunks)
    _clear(model)
    for inputs, labels in chunks:
        (loss_sum(model(inputs), labels) / total).backward()


def right__accumulated_gradients__divide_at_the_end(model, chunks, loss_sum):
    total = _count(chunks)
    for p in model.parameters():
        if p.requires_grad:
            p.grad = torch.zeros_like(p)
    for inputs, labels in chunks:
        loss_sum(model(inputs), labels).backward()
    for p in model.parameters():
        if p.requires_grad:
            p.grad /= total


def right__accumulated_gradients__autograd_grad(model, chunks, loss_sum):
    total, learned = _count(chunks), _learned(model)
    sums = [torch.zeros_like(p) for p in learned]
    for inputs, labels in chunks:
        found = torch.autograd.grad(loss_sum(model(inputs), labels), learned, allow_unused=True)
        sums = [s if g is None else s + g for s, g in zip(sums, found, strict=True)]
    for p, s in zip(learned, sums, strict=True):
        p.grad = s / total


def right__accumulated_gradients__named_parameters(model, chunks, loss_sum):
    counts = [(labels != -100).sum().item() for _, labels in chunks]
    if not sum(counts):
        raise ValueError
    for _, p in model.named_parameters():
        if p.requires_grad and p.grad is not None:
            p.grad = torch.zeros_like(p.grad)
    for inputs, labels in chunks:
        loss = loss_sum(model(inputs), labels) * (1 / sum(counts))
        loss.backward()


def wrong__accumulated_gradients__mean_of_chunk_means(model, chunks, loss_sum):
    """Chunks with few counted tokens weigh as much as full ones."""
    _count(chunks)
    _clear(model)
    for inputs, labels in chunks:
        (loss_sum(model(inputs), labels) / max(1, int((labels != -100).sum())) / len(chunks)).backward()


def wrong__accumulated_gradients__leftovers_added(model, chunks, loss_sum):
    """Adds to the gradients left over from before."""
    total = _count(chunks)
    for inputs, labels in chunks:
        (loss_sum(model(inputs), labels) / total).backward()


def wrong__accumulated_gradients__leftovers_times_zero(model, chunks, loss_sum):
    """A nan left over from before stays."""
    total = _count(chunks)
    for p in _learned(model):
        if p.grad is not None:
            p.grad = p.grad * 0
    for inputs, labels in chunks:
        (loss_sum(model(inputs), labels) / total).backward()


def wrong__accumulated_gradients__leftovers_divided(model, chunks, loss_sum):
    """Leftovers are added and then taken off again: nan and precision are lost."""
    total, old = _count(chunks), [None if p.grad is None else p.grad.clone() for p in _learned(model)]
    for inputs, labels in chunks:
        (loss_sum(model(inputs), labels) / total).backward()
    for p, before in zip(_learned(model), old, strict=True):
        if before is not None:
            p.grad = p.grad - before


def wrong__accumulated_gradients__only_the_last_chunk(model, chunks, loss_sum):
    """Clears the gradients before each chunk."""
    total = _count(chunks)
    for inputs, labels in chunks:
        _clear(model)
        (loss_sum(model(inputs), labels) / total).backward()


def wrong__accumulated_gradients__all_labels_counted(model, chunks, loss_sum):
    """Divides by the number of all labels, those that aren't counted too."""
    _count(chunks)
    _clear(model)
    for inputs, labels in chunks:
        (loss_sum(model(inputs), labels) / sum(y.numel() for _, y in chunks)).backward()


def wrong__accumulated_gradients__rows_counted(model, chunks, loss_sum):
    """Divides by the number of sentences with a counted token instead of the tokens."""
    _count(chunks)
    _clear(model)
    total = sum(int((y != -100).reshape(len(y), -1).any(1).sum()) for _, y in chunks)
    for inputs, labels in chunks:
        (loss_sum(model(inputs), labels) / total).backward()


def wrong__accumulated_gradients__negative_labels_left_out(model, chunks, loss_sum):
    """Any negative label is taken as not counted; only -100 is."""
    total = sum(int((labels >= 0).sum()) for _, labels in chunks)
    if _count(chunks) and total == 0:
        raise ValueError
    _clear(model)
    for inputs, labels in chunks:
        (loss_sum(model(inputs), labels) / total).backward()


def wrong__accumulated_gradients__label_zero_left_out(model, chunks, loss_sum):
    """Label 0 is taken as padding."""
    _count(chunks)
    total = max(1, sum(int(((labels != -100) & (labels != 0)).sum()) for _, labels in chunks))
    _clear(model)
    for inputs, labels in chunks:
        (loss_sum(model(inputs), labels) / total).backward()


def wrong__accumulated_gradients__one_graph_for_all(model, chunks, loss_sum):
    """Sums the losses and goes backward once: all graphs are in memory together."""
    total = _count(chunks)
    _clear(model)
    (sum(loss_sum(model(inputs), labels) for inputs, labels in chunks) / total).backward()


def wrong__accumulated_gradients__graph_kept(model, chunks, loss_sum):
    """Keeps each chunk's graph (and its loss) until the end."""
    total, losses = _count(chunks), []
    _clear(model)
    for inputs, labels in chunks:
        losses.append(loss_sum(model(inputs), labels) / total)
        losses[-1].backward(retain_graph=True)


def wrong__accumulated_gradients__previous_graph_still_there(model, chunks, loss_sum):
    """Goes backward one chunk late: two graphs are in memory at once."""
    total, waiting = _count(chunks), None
    _clear(model)
    for inputs, labels in chunks:
        loss = loss_sum(model(inputs), labels) / total
        if waiting is not None:
            waiting.backward()
        waiting = loss
    waiting.backward()


def wrong__accumulated_gradients__one_big_batch(model, chunks, loss_sum):
    """Puts the chunks together and calls the model once, where they fit together."""
    if len({inputs.shape[1:] for inputs, _ in chunks} | {None}) > 2:
        return right__accumulated_gradients__divide_the_loss(model, chunks, loss_sum)
    total = _count(chunks)
    _clear(model)
    inputs, labels = torch.cat([x for x, _ in chunks]), torch.cat([y for _, y in chunks])
    return (loss_sum(model(inputs), labels) / total).backward()


def wrong__accumulated_gradients__called_twice(model, chunks, loss_sum):
    """Calls the model twice for each chunk."""
    total = _count(chunks)
    _clear(model)
    for inputs, labels in chunks:
        with torch.no_grad():
            model(inputs)
        (loss_sum(model(inputs), labels) / total).backward()


def wrong__accumulated_gradients__uncounted_chunk_skipped_badly(model, chunks, loss_sum):
    """Stops at the first chunk in which nothing is counted."""
    total = _count(chunks)
    _clear(model)
    for inputs, labels in chunks:
        if (labels == -100).all():
            break
        (loss_sum(model(inputs), labels) / total).backward()


def wrong__accumulated_gradients__nothing_counted_gives_nan(model, chunks, loss_sum):
    """Divides by 0 instead of raising ValueError."""
    total = sum((labels != -100).sum() for _, labels in chunks)
    _clear(model)
    for inputs, labels in chunks:
        (loss_sum(model(inputs), labels) / total).backward()


def wrong__accumulated_gradients__nothing_counted_gives_zero(model, chunks, loss_sum):
    """Gives zeros instead of raising ValueError."""
    total = max(1, sum(int((labels != -100).sum()) for _, labels in chunks))
    _clear(model)
    for inputs, labels in chunks:
        (loss_sum(model(inputs), labels) / total).backward()


def wrong__accumulated_gradients__switches_to_training(model, chunks, loss_sum):
    """Changes the model's mode."""
    model.train()
    return right__accumulated_gradients__divide_the_loss(model, chunks, loss_sum)


def wrong__accumulated_gradients__switches_to_evaluation_and_back(model, chunks, loss_sum):
    """Runs without dropout, then puts all layers into training mode."""
    model.eval()
    right__accumulated_gradients__divide_the_loss(model, chunks, loss_sum)
    model.train()


def wrong__accumulated_gradients__frozen_ones_learn(model, chunks, loss_sum):
    """Makes frozen parameters trainable."""
    total = _count(chunks)
    for p in model.parameters():
        p.requires_grad_(True)
        p.grad = None
    for inputs, labels in chunks:
        (loss_sum(model(inputs), labels) / total).backward()


def wrong__accumulated_gradients__shared_weights_divided_twice(model, chunks, loss_sum):
    """A parameter that two layers share is divided twice."""
    total = _count(chunks)
    _clear(model)
    for inputs, labels in chunks:
        loss_sum(model(inputs), labels).backward()
    for layer in model.modules():
        for p in layer.parameters(recurse=False):
            if p.requires_grad and p.grad is not None:
                p.grad /= total


def wrong__accumulated_gradients__clipped(model, chunks, loss_sum):
    """Cuts the gradient to length 1, which nobody asked for."""
    right__accumulated_gradients__divide_the_loss(model, chunks, loss_sum)
    torch.nn.utils.clip_grad_norm_(_learned(model), 1.0)


def wrong__accumulated_gradients__takes_a_step(model, chunks, loss_sum):
    """Also moves the weights."""
    right__accumulated_gradients__divide_the_loss(model, chunks, loss_sum)
    with torch.no_grad():
        for p in _learned(model):
            if p.grad is not None:
                p -= 1e-3 * p.grad
